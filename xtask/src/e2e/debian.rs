//! Finds Prometheus, Alertmanager and a registry: on the PATH, else in Debian's packages, which are
//! unpacked and not installed, so that no service starts.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use crate::{debian, process::Result};

/// What watches the server that is tested.
pub(super) struct Monitoring {
    pub(super) prometheus: PathBuf,
    pub(super) promtool: PathBuf,
    pub(super) alertmanager: PathBuf,
}

/// The registry of the distribution project: its package, and the program of it.
const REGISTRY: &str = "docker-registry";

/// Package, and the program of it.
const PACKAGES: [(&str, &str); 2] =
    [("prometheus", "prometheus"), ("prometheus-alertmanager", "prometheus-alertmanager")];

/// Where Debian's Alertmanager looks for its templates. An unpacked one finds nothing there and
/// ends, so it is made to look below the folder in which it is started: the same number of bytes.
const TEMPLATES: (&[u8; 34], &[u8; 34]) =
    (b"/usr/share/prometheus/alertmanager", b"usr/share/prometheus/alertmanager/");

/// The programs, unpacked below `folder` if they are not installed.
pub(super) fn programs(folder: &Path) -> Result<Monitoring> {
    let root = folder.join("debian");
    if PACKAGES.iter().any(|(_, program)| find(program, &root).is_none()) {
        unpack(&root)?;
    }
    let found = |program: &str| {
        find(program, &root).ok_or_else(|| {
            format!(
                "the end-to-end tests need {program}; on Debian, as root: apt-get install {}",
                PACKAGES.map(|it| it.0).join(" ")
            )
        })
    };
    Ok(Monitoring {
        prometheus: found("prometheus")?,
        promtool: found("promtool")?,
        alertmanager: found("prometheus-alertmanager")?,
    })
}

/// A registry, unpacked below `folder` if it is not installed.
pub(super) fn registry(folder: &Path) -> Result<PathBuf> {
    let root = folder.join("debian");
    if find(REGISTRY, &root).is_none() {
        debian::unpack(&root, &[REGISTRY])?;
    }
    find(REGISTRY, &root).ok_or_else(|| {
        format!(
            "the end-to-end tests need {REGISTRY}; on Debian, as root: apt-get install {REGISTRY}"
        )
    })
}

fn find(program: &str, unpacked: &Path) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = env::split_paths(&path).chain([unpacked.join("usr/bin")]);
    folders.map(|it| it.join(program)).find(|it| it.is_file())
}

fn unpack(root: &Path) -> Result {
    debian::unpack(root, &PACKAGES.map(|it| it.0))?;
    let alertmanager = root.join("usr/bin/prometheus-alertmanager");
    let fail = |it| format!("cannot change {}: {it}", alertmanager.display());
    let mut program = fs::read(&alertmanager).map_err(fail)?;
    let (from, to) = TEMPLATES;
    let starts = 0..=program.len().saturating_sub(from.len());
    let found: Vec<_> = starts.filter(|it| program[*it..].starts_with(from)).collect();
    for at in found {
        program[at..at + to.len()].copy_from_slice(to);
    }
    fs::write(&alertmanager, program).map_err(fail)
}
