//! Lists the compiled form of each pack in `rules-wasm/packs` as `BUILT_IN`, so that the binary
//! carries them. `cargo xtask wasm` makes them.

use std::{env, fmt::Write as _, fs, path::Path};

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let (sources, made) = (root.join("rules-wasm/packs"), root.join("target/packs"));
    for folder in [&sources, &made] {
        println!("cargo::rerun-if-changed={}", folder.display());
    }
    let packs = fs::read_dir(&sources).into_iter().flatten();
    // A pack that is no more may have left its compiled form behind.
    let mut compiled: Vec<_> = packs
        .filter_map(|it| Some(made.join(it.ok()?.file_name()).with_extension("cwasm")))
        .collect();
    compiled.sort();
    if compiled.is_empty() || compiled.iter().any(|it| !it.exists()) {
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
