//! Python: pip installs componentize-py, in the version of requirements.txt, into `.venv` of the
//! project, and it makes a component of app.py and what that imports.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

use crate::{
    exit::Failure,
    rules::{
        build::tools::{is_older, version},
        programs::Program,
    },
};

const INSTALL: &str = "install Python 3.10 or later, with venv: https://www.python.org (Debian: \
                       apt-get install python3-venv)";

/// The compiler, where the project names none.
const COMPILER: &str = "componentize-py==0.25.1";

/// The contract, for a project that has no copy of its own.
const CONTRACT: &str = include_str!("../../../../../rules-wasm/wit/rulebox.wit");

pub(crate) fn build(folder: &Path, to: &Path, scratch: &Path) -> Result<(), Failure> {
    let program = |name: &Path| Program::new(name, folder, INSTALL);
    let python = Path::new("python3");
    let said = program(python).silently().args(["--version"]).output()?;
    if version(&said) < vec![3, 10] {
        return Err(Failure::usage(format!("{} is too old", said.trim())).help(INSTALL));
    }
    let own = folder.join(".venv/bin/python");
    if !own.exists() {
        program(python).args(["-m", "venv", ".venv"]).run()?;
    }
    let compiler = folder.join(".venv/bin/componentize-py");
    let named = folder.join("requirements.txt");
    // pip leaves alone what is installed already, so that no file of its tells when it was asked.
    let asked = folder.join(".venv/rulebox-installed");
    if !compiler.exists() || is_older(&asked, &named) {
        let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
        let what = if named.exists() { vec!["-r", "requirements.txt"] } else { vec![COMPILER] };
        program(&own).args(pip).args(what).run()?;
        // Where it cannot be written, the next build asks again.
        let _unwritten = fs::write(&asked, "");
    }
    let wit = contract(folder, scratch)?;
    let words = |it: [&str; 5]| it.map(OsString::from);
    Program::new(&compiler, folder, "requirements.txt must name componentize-py")
        .args(["--quiet", "--wit-path"].map(OsString::from))
        .args([wit.into_os_string()])
        .args(words(["--world", "pack", "componentize", "app", "-o"]))
        .args([to.as_os_str().to_owned()])
        .run()
}

/// The folder of the contract.
fn contract(folder: &Path, scratch: &Path) -> Result<PathBuf, Failure> {
    let own = folder.join("wit");
    if own.is_dir() {
        return Ok(own);
    }
    let wit = scratch.join("wit");
    let written = fs::create_dir(&wit).and_then(|()| fs::write(wit.join("rulebox.wit"), CONTRACT));
    written.map_err(|it| Failure::usage(format!("cannot write the contract: {it}")))?;
    Ok(wit)
}
