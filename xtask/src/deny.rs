//! Checks what is depended on by `deny.toml`: licences, bans, sources, and advisories where their
//! database can be had. Installs cargo-deny where it is missing.

use std::{fs, path::PathBuf};

use crate::{
    process::{Process, Result, cargo},
    wasm::target_dir,
};

/// One version, so that the same tree gives the same answer.
const VERSION: &str = "0.20.2";

/// Checks the tree of `Cargo.lock`, the fuzzer's part too.
pub(crate) fn run() -> Result {
    let program = find_or_install()?;
    let deny = |arguments: &[&str]| Process::new(&program).args(["--locked"]).args(arguments);
    deny(&["check", "bans", "licenses", "sources"]).run()?;
    // A machine without GitHub has no advisories, and its other checks count all the same.
    if Process::new(&program).args(["fetch", "db"]).output().is_none() {
        eprintln!(
            "Advisories: not checked, because their database cannot be fetched from \
             https://github.com/RustSec/advisory-db. Where it can: cargo xtask deny"
        );
        return Ok(());
    }
    deny(&["check", "--disable-fetch", "advisories"]).run()
}

/// The program, compiled without optimisation and without debug information: it runs for seconds,
/// and is compiled in a minute.
fn find_or_install() -> Result<String> {
    let folder = target_dir().join("tools");
    let program = folder.join("bin/cargo-deny").to_string_lossy().into_owned();
    let version = Process::new(&program).args(["--version"]).output();
    if version.is_some_and(|it| it.ends_with(VERSION)) {
        return Ok(program);
    }
    eprintln!("Installing cargo-deny {VERSION} into {}.", folder.display());
    let build = folder.join("build");
    cargo(["install", "cargo-deny", "--version", VERSION, "--locked", "--debug", "--force"])
        .args([PathBuf::from("--root"), folder, PathBuf::from("--target-dir"), build.clone()])
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        .run()
        .map_err(|it| {
            format!(
                "{it}\nIt is needed to check dependencies, and comes from crates.io; where that \
                 cannot be reached, put cargo-deny {VERSION} at {program}"
            )
        })?;
    // Hundreds of megabytes that nothing needs any more.
    let _ = fs::remove_dir_all(build);
    Ok(program)
}
