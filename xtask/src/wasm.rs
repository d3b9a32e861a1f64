//! The packs: `rules-wasm/packs/<name>` → `target/packs/<name>.wasm`, a component, and
//! `<name>.cwasm`, the same compiled for this machine's kind, which the binary carries. The
//! examples → `target/packs/examples`, which it does not.

use std::{
    fs,
    path::{Path, PathBuf},
};

use wit_component::ComponentEncoder;

use crate::{
    process::{Process, Result, cargo, root, write_if_changed},
    toolchain::{TARGET, Toolchain},
};

/// Options of cargo for all that is built for the sandbox.
const PROFILE: [&str; 5] = ["--quiet", "--profile", "wasm", "--target-dir", "target/wasm"];

/// The package of `rules-wasm/examples/rust`, named as an organisation would name it, and its pack.
const RUST_EXAMPLE: (&str, &str) = ("org-rules", "org-workloads");

/// The folder of the example in JavaScript, and its pack.
const JAVASCRIPT_EXAMPLE: (&str, &str) = ("rules-wasm/examples/javascript", "org-javascript");

/// Builds what has changed.
pub(crate) fn build() -> Result {
    let packs = packs()?;
    let mut build = Toolchain::find_or_install()?.cargo("build");
    for pack in &packs {
        build = build.args(["--package", &package(pack)]);
    }
    build.args(PROFILE).run()?;

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

/// Builds the example in Rust, and says where its component is.
pub(crate) fn build_rust_example() -> Result<PathBuf> {
    let (package, pack) = RUST_EXAMPLE;
    // The example is a library for tests too, and cargo leaves link-time optimisation out where it
    // builds one beside a module, so that only the module is asked for.
    let module_only = ["--package", package, "--lib", "--crate-type", "cdylib"];
    Toolchain::find_or_install()?.cargo("rustc").args(module_only).args(PROFILE).run()?;
    let component = example(pack);
    write_if_changed(&component, &componentize(&module(package))?)?;
    Ok(component)
}

/// Builds the example in JavaScript where its sources have changed. Without npm, or what npm must
/// fetch, it says so and goes on: the tests then show that they were not run.
pub(crate) fn build_javascript_example() -> Result {
    let (folder, pack) = JAVASCRIPT_EXAMPLE;
    let component = example(pack);
    let sources = ["pack.js", "build.mjs", "package-lock.json", "../../wit/rulebox.wit"];
    if !sources.iter().any(|it| is_older(&component, &root().join(folder).join(it))) {
        return Ok(());
    }
    if component.exists() {
        // A test of what is outdated would show nothing.
        fs::remove_file(&component)
            .map_err(|it| format!("cannot remove {}: {it}", component.display()))?;
    }
    let npm = || Process::new("npm").args(["--prefix", folder, "--loglevel", "error"]);
    if npm().args(["--version"]).output().is_none() {
        eprintln!("The example in JavaScript is not built: install Node.js 20 or later, with npm.");
        return Ok(());
    }
    let modules = root().join(folder).join("node_modules/.package-lock.json");
    if is_older(&modules, &root().join(folder).join("package-lock.json")) {
        let installed = npm().args(["ci", "--no-audit", "--no-fund"]).run();
        if let Err(failure) = installed {
            eprintln!("The example in JavaScript is not built: {failure}");
            return Ok(());
        }
    }
    npm().args(["run", "--silent", "build", "--"]).args([component]).run()
}

/// Where the component of an example is put.
fn example(pack: &str) -> PathBuf {
    root().join("target/packs/examples").join(pack).with_extension("wasm")
}

/// Builds a binary of the host and gives its path.
///
/// Always of the whole workspace: cargo unifies the features of what it is asked for, and another
/// choice of packages would compile wasmtime once more.
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
    let encoded =
        ComponentEncoder::default().validate(true).module(&bytes).and_then(|mut it| it.encode());
    encoded.map_err(|it| format!("cannot make a component of {}: {it:#}", module.display()))
}

/// Whether `made` must be made again from `source`.
fn is_older(made: &Path, source: &Path) -> bool {
    let modified = |path: &Path| fs::metadata(path).and_then(|it| it.modified()).ok();
    modified(made).is_none_or(|it| modified(source).is_some_and(|source| source > it))
}
