//! Checks what is depended on by `deny.toml`: licences, bans, sources, and advisories where their
//! database can be had. Installs cargo-deny where it is missing.

use crate::{
    process::{Process, Result},
    tools::Tool,
};

const CARGO_DENY: Tool = Tool {
    name: "cargo-deny",
    version: "0.20.2",
    features: &[],
    purpose: "It is needed to check dependencies",
};

/// Checks the tree of `Cargo.lock`, the fuzzer's part too.
pub(crate) fn run() -> Result {
    let program = CARGO_DENY.find_or_install()?;
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
