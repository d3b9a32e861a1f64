//! Finds the compiled packs (`cargo xtask wasm`) and lists them as `BUILT_IN`, so that they become
//! part of the binary.

use std::{env, fmt::Write as _, fs, path::Path};

fn main() {
    let packs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/packs");
    println!("cargo::rerun-if-changed={}", packs.display());
    let mut compiled: Vec<_> = fs::read_dir(&packs)
        .into_iter()
        .flatten()
        .filter_map(|it| it.ok().map(|it| it.path()))
        .filter(|it| it.extension().is_some_and(|it| it == "cwasm"))
        .collect();
    compiled.sort();
    if compiled.is_empty() {
        println!("cargo::error=the built-in packs are not built; type: cargo xtask wasm");
        return;
    }
    let mut list = String::from("&[\n");
    for path in compiled {
        let path = path.canonicalize().expect("it was just listed");
        println!("cargo::rerun-if-changed={}", path.display());
        let name = path.file_stem().expect("it has a name").to_string_lossy().into_owned();
        writeln!(list, "    ({name:?}, include_bytes!({:?})),", path.display().to_string())
            .expect("a string takes all");
    }
    list.push(']');
    let out = Path::new(&env::var("OUT_DIR").expect("cargo sets it")).join("built_in.rs");
    fs::write(&out, list).expect("cargo's folder can be written");
}
