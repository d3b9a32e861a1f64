//! Debian's packages, unpacked and not installed: no service starts, and nobody needs to be root.

use std::{fs, path::Path};

use crate::process::{Process, Result};

/// Unpacks packages below a folder.
pub(crate) fn unpack(root: &Path, packages: &[&str]) -> Result {
    make(root)?;
    update();
    packages.iter().try_for_each(|it| fetch(root, it))
}

/// Unpacks a package and all that it needs and this machine does not have.
pub(crate) fn unpack_whole(root: &Path, package: &str) -> Result {
    make(root)?;
    update();
    let planned = Process::new("apt-get")
        .args(["-s", "install", "--no-install-recommends", package])
        .output()
        .ok_or_else(|| format!("apt-get knows no package {package}"))?;
    let lines = planned.lines().filter_map(|it| it.strip_prefix("Inst ")?.split(' ').next());
    let packages: Vec<_> = lines.collect();
    fetch(root, &packages.join(" "))
}

fn make(root: &Path) -> Result {
    fs::create_dir_all(root).map_err(|it| format!("cannot make {}: {it}", root.display()))
}

fn update() {
    if Process::new("id").args(["-u"]).output().as_deref() == Some("0") {
        let _ = Process::new("apt-get").args(["update", "-qq"]).run();
    }
}

/// `packages`: their names, with spaces between them.
fn fetch(root: &Path, packages: &str) -> Result {
    // apt-get writes to the current folder.
    let line = format!(
        "cd '{}' && apt-get download -qq {packages} && for it in *.deb; do dpkg-deb -x \"$it\" . \
         && rm \"$it\" || exit 1; done",
        root.display()
    );
    Process::new("sh").args(["-c", &line]).run()
}
