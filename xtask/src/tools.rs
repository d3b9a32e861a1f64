//! Programs of crates.io that chores run, each in one version, installed into target/tools where it
//! is missing. What it is run for is known to the chore alone.

use std::{fs, path::PathBuf};

use crate::{
    process::{Process, Result, cargo},
    wasm::target_dir,
};

/// A program, which its crate is named after.
pub(crate) struct Tool {
    pub(crate) name: &'static str,
    /// One version, so that the same tree gives the same answer.
    pub(crate) version: &'static str,
    /// What cargo is told of its features.
    pub(crate) features: &'static [&'static str],
    /// What it does, for whoever has to get it: `It builds the site`.
    pub(crate) purpose: &'static str,
}

impl Tool {
    /// The program, compiled without optimisation and without debug information: it runs for
    /// seconds, and is compiled in a minute.
    pub(crate) fn find_or_install(&self) -> Result<String> {
        let Self { name, version, features, purpose } = self;
        let folder = target_dir().join("tools");
        let program = folder.join("bin").join(name).to_string_lossy().into_owned();
        let found = Process::new(&program).args(["--version"]).output();
        if found.is_some_and(|it| it.ends_with(version)) {
            return Ok(program);
        }
        eprintln!("Installing {name} {version} into {}.", folder.display());
        let build = folder.join("build");
        cargo(["install", name, "--version", version, "--locked", "--debug", "--force"])
            .args(*features)
            .args([PathBuf::from("--root"), folder, PathBuf::from("--target-dir"), build.clone()])
            .env("CARGO_PROFILE_DEV_DEBUG", "0")
            .run()
            .map_err(|it| {
                format!(
                    "{it}\n{purpose}, and comes from crates.io; where that cannot be reached, put \
                     {name} {version} at {program}"
                )
            })?;
        // Hundreds of megabytes that nothing needs any more.
        let _ = fs::remove_dir_all(build);
        Ok(program)
    }
}
