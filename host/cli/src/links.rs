//! What the places of a report lead to: files of this machine.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use rulebox_core::{Place, Report};
use rulebox_report::Links;

/// The files that findings and their evidence name, where they are there. A file inside an archive
/// is shown by the archive.
pub(crate) fn of(report: &Report) -> Links {
    let places = report
        .findings
        .iter()
        .flat_map(|it| it.place.iter().chain(it.evidence_places.iter().flatten()));
    let places: BTreeSet<_> = places.map(|Place { input, path, .. }| (&**input, &**path)).collect();
    let host = host();
    let mut links = Links::default();
    for (input, path) in places {
        // Standard input, and not a file of that name.
        if let Some(file) = file(input, path).filter(|_| input != "-") {
            links.add((input, path), &host, file.as_os_str().as_encoded_bytes());
        }
    }
    links
}

fn file(input: &str, path: &str) -> Option<PathBuf> {
    let input = Path::new(input).canonicalize().ok()?;
    if input.is_file() {
        return Some(input);
    }
    let file = input.join(path).canonicalize().ok()?;
    (file.is_file() && file.starts_with(&input)).then_some(file)
}

/// By which a terminal knows that a file is of another machine.
fn host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}
