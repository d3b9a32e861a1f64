//! The packs: `rules-wasm/packs/<name>` → `target/packs/<name>.wasm`, a component, and `<name>.cwasm`, the same
//! compiled for this machine's kind, which the binary carries. The example → `target/packs/examples`, which it does not.

use std::{
    fs,
    path::{Path, PathBuf},
};

use wit_component::ComponentEncoder;

use crate::{
    process::{Process, Result, cargo, root, write_if_changed},
    toolchain::{TARGET, Toolchain},
};

/// The package of `rules-wasm/examples/rust`, named as an organisation would name it, and its pack.
const EXAMPLE: (&str, &str) = ("org-rules", "org-workloads");

/// Where the component of [`EXAMPLE`] is put.
pub(crate) fn example() -> PathBuf {
    root().join("target/packs/examples").join(EXAMPLE.1).with_extension("wasm")
}

/// Builds what has changed.
pub(crate) fn build() -> Result {
    let packs = packs()?;
    const PROFILE: [&str; 5] = ["--quiet", "--profile", "wasm", "--target-dir", "target/wasm"];
    let toolchain = Toolchain::find_or_install()?;
    let mut build = toolchain.cargo("build");
    for pack in &packs {
        build = build.args(["--package", &package(pack)]);
    }
    build.args(PROFILE).run()?;
    // The example is a library for tests too, and cargo leaves link-time optimisation out where it builds one beside a
    // module, so that only the module is asked for.
    let module_only = ["--package", EXAMPLE.0, "--lib", "--crate-type", "cdylib"];
    toolchain.cargo("rustc").args(module_only).args(PROFILE).run()?;
    write_if_changed(&example(), &componentize(&module(EXAMPLE.0))?)?;

    let precompile = build_bin("rulebox-precompile")?;
    for pack in &packs {
        let component = root().join("target/packs").join(format!("{pack}.wasm"));
        write_if_changed(&component, &componentize(&module(&package(pack)))?)?;
        let compiled = component.with_extension("cwasm");
        if is_older(&compiled, &component) || is_older(&compiled, &precompile) {
            Process::new(&precompile.to_string_lossy()).args([&component, &compiled]).run()?;
        }
    }
    Ok(())
}

/// Builds a binary of the host and gives its path.
///
/// Always of the whole workspace: cargo unifies the features of what it is asked for, and another choice of packages
/// would compile wasmtime once more.
pub(crate) fn build_bin(name: &str) -> Result<PathBuf> {
    cargo(["build", "--quiet", "--workspace", "--bin", name]).run()?;
    Ok(target_dir().join("debug").join(name))
}

/// The names of the packs.
pub(crate) fn packs() -> Result<Vec<String>> {
    let folder = root().join("rules-wasm/packs");
    let entries =
        fs::read_dir(&folder).map_err(|it| format!("cannot read {}: {it}", folder.display()))?;
    let mut packs: Vec<_> =
        entries.filter_map(|it| it.ok()?.file_name().into_string().ok()).collect();
    packs.sort();
    Ok(packs)
}

fn package(pack: &str) -> String {
    format!("rulebox-pack-{pack}")
}

/// What cargo makes of a package of packs.
fn module(package: &str) -> PathBuf {
    let file = format!("{}.wasm", package.replace('-', "_"));
    root().join("target/wasm").join(TARGET).join("wasm").join(file)
}

/// Where cargo puts the binaries of the host.
pub(crate) fn target_dir() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |it| root().join(it))
}

/// A core module, which carries its interface types in a section of its own, as a component.
fn componentize(module: &Path) -> Result<Vec<u8>> {
    let bytes = fs::read(module).map_err(|it| format!("cannot read {}: {it}", module.display()))?;
    let encoded = ComponentEncoder::default()
        .validate(true)
        .module(&bytes)
        .and_then(ComponentEncoder::encode);
    encoded.map_err(|it| format!("cannot make a component of {}: {it:#}", module.display()))
}

/// Whether `made` must be made again from `source`.
fn is_older(made: &Path, source: &Path) -> bool {
    let modified = |path: &Path| fs::metadata(path).and_then(|it| it.modified()).ok();
    modified(made).is_none_or(|it| modified(source).is_some_and(|source| source > it))
}
