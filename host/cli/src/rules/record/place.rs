//! Where a fixture goes: the file that was typed, or the one beside the pack. None is written over.

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use rulebox_author::Wanted;
use rulebox_core::shell_word;
use rulebox_registry::Reference;

use crate::{
    exit::Failure,
    pack_args::{Packs, STANDARD},
    rules::cases,
};

/// Where the fixture goes.
pub(super) enum To {
    Stdout,
    File(PathBuf),
}

impl To {
    /// The name of the case.
    pub(super) fn name(&self) -> String {
        let stem = match self {
            Self::Stdout => None,
            Self::File(path) => path.file_stem(),
        };
        stem.map_or_else(|| "bad_case".to_owned(), |it| it.to_string_lossy().into_owned())
    }
}

/// The place that was typed.
pub(super) fn named(path: &Path) -> Result<To, Failure> {
    if path == Path::new("-") {
        return Ok(To::Stdout);
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let is_yaml = path.extension().is_some_and(|it| it == "yaml" || it == "yml");
    if !name.starts_with("bad_") || !is_yaml {
        return Err(Failure::usage(format!("`{name}` is no name of a fixture with a finding"))
            .help("name it bad_CASE.yaml: `rulebox rules test` goes by the name"));
    }
    Ok(To::File(path.to_owned()))
}

/// `fixtures/RULE/bad_NAME.yaml` beside the pack.
pub(super) fn default_place(
    packs: &Packs,
    (_, rule): &(String, String),
    wanted: &Wanted,
) -> Result<To, Failure> {
    let [pack] = &packs.packs[..] else {
        return Err(Failure::usage("several packs were named, and the fixture is beside one")
            .help("name the file: -o fixtures/RULE/bad_CASE.yaml"));
    };
    if pack == STANDARD || Reference::is_one(pack) {
        return Err(Failure::usage(format!("the pack `{pack}` has no folder here"))
            .help("name the file: -o bad_CASE.yaml, or -o - for standard output"));
    }
    let name = match wanted {
        Wanted::NoData(_) => "no_data".to_owned(),
        Wanted::Finding(finding) => {
            let reason = finding.labels.iter().find(|it| it.0 == "reason");
            let word = reason.map_or(&finding.subject.kind, |it| &it.1);
            word.chars()
                .map(|it| if it.is_ascii_alphanumeric() { it.to_ascii_lowercase() } else { '_' })
                .take(60)
                .collect()
        }
    };
    let folder = cases::folder(pack, None).join("fixtures").join(rule);
    Ok(To::File(folder.join(format!("bad_{name}.yaml"))))
}

pub(super) fn refuse_existing(path: &Path) -> Result<(), Failure> {
    if fs::symlink_metadata(path).is_err() {
        return Ok(());
    }
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let free = (2..).map(|nth| path.with_file_name(format!("{stem}_{nth}.yaml")));
    let free = free.into_iter().find(|it| !it.exists()).unwrap_or_default();
    Err(Failure::usage(format!("{} is there already, and is not written over", path.display()))
        .help(format!("name another file: -o {}", shell_word(&free.to_string_lossy()))))
}

/// A new file, in a folder that is made where there is none.
pub(super) fn write(path: &Path, text: &str) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)?;
    fs::File::create_new(path)?.write_all(text.as_bytes())
}

/// What to type to run it; where it stands in no folder of cases, what to do with it.
pub(super) fn test_command(packs: &Packs, rule: &str, path: &Path) -> String {
    let above = |nth: usize| path.ancestors().nth(nth);
    let is_named =
        |nth: usize, name: &str| above(nth).and_then(Path::file_name).is_some_and(|it| it == name);
    let ([pack], true, true) = (&packs.packs[..], is_named(1, rule), is_named(2, "fixtures"))
    else {
        return format!("to have it tested, put it into fixtures/{rule} beside the pack\n");
    };
    let folder = above(3).unwrap_or(Path::new(""));
    let cases = if folder == cases::folder(pack, None) {
        String::new()
    } else {
        format!(" --cases {}", shell_word(&folder.to_string_lossy()))
    };
    format!("test it: rulebox rules test {}{cases} --rule {rule}\n", shell_word(pack))
}
