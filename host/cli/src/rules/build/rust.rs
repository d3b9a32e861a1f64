//! Rust: cargo makes a core module for a target without a system, and of that a component is made
//! here. Neither wasm-tools nor anything else has to be installed.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::{exit::Failure, rules::programs::Program};

const TARGET: &str = "wasm32-unknown-unknown";
const INSTALL: &str = "install Rust: https://rustup.rs";

pub(crate) fn build(folder: &Path, to: &Path) -> Result<(), Failure> {
    let program = |name: &str| Program::new(name, folder, INSTALL);
    let libraries =
        program("rustc").silently().args(["--print", "target-libdir", "--target", TARGET]);
    if !Path::new(libraries.output()?.trim()).is_dir() {
        let message = format!("this compiler has no standard library for {TARGET}");
        return Err(Failure::usage(message).help(format!("type: rustup target add {TARGET}")));
    }
    // The module alone: cargo leaves link-time optimisation out where it builds a library too.
    let module_only = ["rustc", "--lib", "--crate-type", "cdylib", "--release", "--target", TARGET];
    let said = program("cargo")
        .args(module_only)
        .args(["--message-format", "json-render-diagnostics"])
        .output()?;
    let module = module(&said).ok_or_else(|| {
        Failure::usage("cargo has made no module")
            .help("Cargo.toml needs a library: [lib] crate-type = [\"cdylib\", \"rlib\"]")
    })?;
    let bytes = fs::read(&module)
        .map_err(|it| Failure::usage(format!("cannot read {}: {it}", module.display())))?;
    let component = rulebox_author::component(&bytes).map_err(|it| {
        Failure::usage(format!("no component can be made of {}: {it}", module.display()))
            .help("a pack exports the world `pack` of the contract, as by wit_bindgen::generate!")
    })?;
    fs::write(to, component)
        .map_err(|it| Failure::usage(format!("cannot write {}: {it}", to.display())))
}

/// The last module that cargo says to have made: that of the project comes behind what it needs.
fn module(said: &str) -> Option<PathBuf> {
    let mut made = said.lines().filter_map(|line| {
        let line: Value = serde_json::from_str(line).ok()?;
        let files =
            line["filenames"].as_array().filter(|_| line["reason"] == "compiler-artifact")?;
        let files = files.iter().filter_map(Value::as_str);
        let mut files = files.map(PathBuf::from);
        files.find(|it| it.extension().is_some_and(|it| it == "wasm"))
    });
    made.next_back()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_module_is_the_one_that_cargo_names_last() {
        let artifact = |file: &str| {
            format!("{{\"reason\":\"compiler-artifact\",\"filenames\":[\"{file}\"]}}\n")
        };
        let end = "{\"reason\":\"build-finished\",\"success\":true}\n";
        let said = artifact("/t/dep.wasm") + &artifact("/t/my_rules.wasm") + &artifact("/t/a.rlib");
        assert_eq!(module(&(said + end)), Some(PathBuf::from("/t/my_rules.wasm")));
        assert_eq!(module(end), None);
    }
}
