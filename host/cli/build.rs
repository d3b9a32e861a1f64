//! Lists the compiled form of each pack in `rules-wasm/packs` and of each interpreter in
//! `rules-wasm/interpreters`, and beside it the component that it was compiled from, packed, so
//! that the binary carries both. `cargo xtask wasm` makes them, and compiles them for this
//! machine's kind; where the program is built for another kind, `cargo xtask dist` does.

use std::{
    env,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    list(&root.join("rules-wasm/packs"), root.join("target/packs"), "built_in.rs");
    let interpreters = root.join("rules-wasm/interpreters");
    list(&interpreters, root.join("target/interpreters"), "interpreters.rs");
}

/// Writes a list of what is made of each folder of `sources`: its name, what it was compiled to,
/// and the packed component.
fn list(sources: &Path, mut made: PathBuf, file: &str) {
    let components = made.clone();
    let processor = env::var("CARGO_CFG_TARGET_ARCH").expect("cargo sets it");
    if processor != env::consts::ARCH {
        made.push(processor);
    }
    for folder in [sources, &made] {
        println!("cargo::rerun-if-changed={}", folder.display());
    }
    let packs = fs::read_dir(sources).into_iter().flatten();
    // A pack that is no more may have left its compiled form behind.
    let mut compiled: Vec<_> = packs
        .filter_map(|it| Some(made.join(it.ok()?.file_name()).with_extension("cwasm")))
        .collect();
    compiled.sort();
    let packed = |compiled: &Path| {
        let name = compiled.file_name().expect("it has a name");
        components.join(name).with_extension("wasm.gz")
    };
    if compiled.is_empty() || compiled.iter().any(|it| !it.exists() || !packed(it).exists()) {
        println!("cargo::error=the built-in packs are not built; type: cargo xtask wasm");
        return;
    }
    let mut list = String::from("&[\n");
    for path in compiled {
        let name = path.file_stem().expect("it has a name").to_string_lossy().into_owned();
        let [compiled, component] = [path.clone(), packed(&path)].map(|it| {
            let path = it.canonicalize().expect("it was just listed");
            println!("cargo::rerun-if-changed={}", path.display());
            format!("include_bytes!({:?})", path.display().to_string())
        });
        writeln!(list, "    ({name:?}, {compiled}, {component}),").expect("a string takes all");
    }
    list.push(']');
    let out = Path::new(&env::var("OUT_DIR").expect("cargo sets it")).join(file);
    fs::write(&out, list).expect("cargo's folder can be written");
}
