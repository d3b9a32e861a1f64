//! Readers of reports that are not ours, had once: packages of Python and npm, in the versions that
//! `host/report/readers` names. What they read, and what they must see, is said there.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use crate::process::{Process, Result, npm_ci, root, write_if_changed};

/// The one program that npm would make executable by a script of the package, and no script of a
/// package is run.
const MULTITOOL: &str = "node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool";

/// The folder with the readers, installed there if they are missing or were others.
pub(super) fn installed(folder: &Path) -> Result<PathBuf> {
    let folder = folder.join("readers");
    let from = root().join("host/report/readers");
    let mut news = false;
    for name in ["requirements.txt", "package.json", "package-lock.json"] {
        let text = fs::read(from.join(name)).map_err(|it| format!("cannot read {name}: {it}"))?;
        news |= write_if_changed(&folder.join(name), &text)?;
    }
    let done = folder.join("done");
    if done.exists() && !news {
        return Ok(folder);
    }
    let _ = fs::remove_file(&done);
    let at = |name: &str| folder.join(name).display().to_string();
    let needs = |what: &'static str| {
        move |error: String| format!("{error}\nThe readers of reports need {what}")
    };
    Process::new("python3")
        .args(["-m", "venv", &at("venv")])
        .run()
        .map_err(needs("Python and its venv; on Debian, as root: apt-get install python3-venv"))?;
    Process::new(&at("venv/bin/pip"))
        .args(["install", "--quiet", "--disable-pip-version-check", "-r"])
        .args([at("requirements.txt")])
        .run()
        .map_err(needs("packages of Python from a registry"))?;
    npm_ci(&folder).map_err(needs("Node.js, npm and packages of npm from a registry"))?;
    let multitool = folder.join(MULTITOOL);
    fs::set_permissions(&multitool, fs::Permissions::from_mode(0o755))
        .and_then(|()| fs::write(&done, ""))
        .map_err(|it| format!("cannot prepare {}: {it}", multitool.display()))?;
    Ok(folder)
}
