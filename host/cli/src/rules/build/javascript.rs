//! JavaScript: npm fetches the compiler that package.json names, and the script `build` makes the
//! component; it is given the file to write.

use std::{ffi::OsString, path::Path};

use crate::{
    exit::Failure,
    rules::{
        build::tools::{is_older, version},
        programs::Program,
    },
};

/// The oldest Node.js that ComponentizeJS runs on.
const OLDEST: u32 = 20;
const INSTALL: &str = "install Node.js 20 or later, with npm: https://nodejs.org";

pub(crate) fn build(folder: &Path, to: &Path) -> Result<(), Failure> {
    let program = |name: &str| Program::new(name, folder, INSTALL);
    let node = program("node").silently().args(["--version"]).output()?;
    if version(&node).first().is_none_or(|it| *it < OLDEST) {
        return Err(
            Failure::usage(format!("Node.js is {}, which is too old", node.trim())).help(INSTALL)
        );
    }
    let lock = folder.join("package-lock.json");
    let installed = folder.join("node_modules/.package-lock.json");
    if is_older(&installed, &lock) || is_older(&installed, &folder.join("package.json")) {
        let install = if lock.exists() { "ci" } else { "install" };
        // Scripts of packages are not run: the compiler needs none.
        let quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error"];
        program("npm").args([install]).args(quiet).run()?;
    }
    let script = ["run", "--silent", "build", "--"].map(OsString::from);
    program("npm").args(script).args([to.as_os_str().to_owned()]).run()
}
