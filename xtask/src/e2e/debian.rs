//! Finds Prometheus and Alertmanager: on the PATH, else in Debian's packages, which are unpacked
//! and not installed, so that no service starts.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use crate::process::{Process, Result};

/// What watches the server that is tested.
pub(super) struct Monitoring {
    pub(super) prometheus: PathBuf,
    pub(super) promtool: PathBuf,
    pub(super) alertmanager: PathBuf,
}

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

fn find(program: &str, unpacked: &Path) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = env::split_paths(&path).chain([unpacked.join("usr/bin")]);
    folders.map(|it| it.join(program)).find(|it| it.is_file())
}

fn unpack(root: &Path) -> Result {
    fs::create_dir_all(root).map_err(|it| format!("cannot make {}: {it}", root.display()))?;
    if Process::new("id").args(["-u"]).output().as_deref() == Some("0") {
        let _ = Process::new("apt-get").args(["update", "-qq"]).run();
    }
    for (package, _) in PACKAGES {
        // apt-get writes to the current folder.
        let line = format!(
            "cd '{}' && apt-get download -qq {package} && dpkg-deb -x {package}_*.deb . && rm \
             {package}_*.deb",
            root.display()
        );
        Process::new("sh").args(["-c", &line]).run()?;
    }
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
