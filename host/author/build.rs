//! Makes a component of the text of the empty pack, so that the program needs no reader of it.

use std::{env, fs, path::Path};

const TEXT: &str = "src/bench/empty.wat";

fn main() {
    println!("cargo::rerun-if-changed={TEXT}");
    let component = wat::parse_file(TEXT).expect("the text is a component");
    let out = env::var("OUT_DIR").expect("cargo sets it");
    fs::write(Path::new(&out).join("empty.wasm"), component)
        .expect("cargo's folder can be written");
}
