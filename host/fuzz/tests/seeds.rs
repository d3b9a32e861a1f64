//! Replays what fuzzers begin with, and what they have found: each file in `seeds` is a test of its
//! own name.

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use libtest_mimic::{Arguments, Failed, Trial};
use rulebox_fuzz::Target;

/// All seeds together: a repository is no place for a corpus.
const MOST_BYTES: u64 = 1 << 20;

fn main() -> ExitCode {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds");
    let mut trials = vec![
        Trial::test("every_target_has_seeds_and_no_others_are_there", {
            let folder = folder.clone();
            move || same_folders(&folder)
        }),
        Trial::test("seeds_are_small", {
            let folder = folder.clone();
            move || are_small(&folder)
        }),
    ];
    for target in Target::ALL {
        for file in files(&folder.join(target.name)) {
            let name = format!("{}/{}", target.name, name_of(&file));
            trials.push(Trial::test(name, move || {
                (target.check)(&fs::read(&file)?);
                Ok(())
            }));
        }
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn same_folders(folder: &Path) -> Result<(), Failed> {
    let is: Vec<_> = files(folder).iter().map(|it| name_of(it)).collect();
    let mut wanted = Target::ALL.map(|it| it.name.to_owned());
    wanted.sort();
    let empty = Target::ALL.iter().find(|it| files(&folder.join(it.name)).is_empty());
    match empty {
        Some(it) => Err(format!("no seeds of {}", it.name).into()),
        None if is != wanted => Err(format!("seeds of {is:?}, targets {wanted:?}").into()),
        None => Ok(()),
    }
}

fn are_small(folder: &Path) -> Result<(), Failed> {
    let all = files(folder).into_iter().flat_map(|it| files(&it));
    let bytes: u64 = all.map(|it| fs::metadata(it).map_or(0, |it| it.len())).sum();
    if bytes > MOST_BYTES { Err(format!("{bytes} bytes of seeds").into()) } else { Ok(()) }
}

/// What stands in a folder, sorted.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut files: Vec<_> = entries.filter_map(|it| Some(it.ok()?.path())).collect();
    files.sort();
    files
}

fn name_of(path: &Path) -> String {
    path.file_name().map_or_else(String::new, |it| it.to_string_lossy().into_owned())
}
