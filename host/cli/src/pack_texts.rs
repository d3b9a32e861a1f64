//! Reads packs that are written as text: one YAML file, or a folder of files around its
//! `pack.yaml`.

use std::path::{Path, PathBuf};

use rulebox_core::{PackFailure, text::escaped};
use rulebox_engine::PackText;

use crate::{
    exit::Failure,
    pack_files,
    pack_parts::{FILES, REGO, is_rego, left_out, parts},
};

/// What a pack's rules are written in where it does not say.
const LANGUAGE: &str = "cel";

/// The word behind `language:`. Whether it is one that is known, and the rest of the YAML, is for
/// the interpreter to judge.
pub(crate) fn language(texts: &[PackText]) -> &str {
    let first = texts.first().map_or("", |it| it.content.as_str());
    let word = first.lines().find_map(|it| it.strip_prefix("language:")).unwrap_or_default();
    let word = word.split('#').next().unwrap_or_default().trim().trim_matches(['"', '\'']);
    if word == REGO { REGO } else { LANGUAGE }
}

/// The files of a pack, `pack.yaml` first. What is no text is a failure of the pack; what cannot be
/// read ends the run.
pub(crate) fn read(
    path: &Path,
    most: usize,
) -> Result<Result<Vec<PackText>, PackFailure>, Failure> {
    let mut texts = match read_one(path, most)? {
        Ok(text) => vec![text],
        Err(failure) => return Ok(Err(failure)),
    };
    let parts = parts(path);
    if language(&texts) != REGO {
        let says = texts[0].content.lines().any(|it| it.starts_with("language:"));
        let beside = |it: &&PathBuf| is_rego(it) && it.parent() == path.parent();
        if let Some(policy) = parts.iter().find(beside).filter(|_| !says) {
            let message = format!(
                "it does not say what its rules are written in, and {} stands beside it",
                policy.display()
            );
            let help = "write `language: rego` into it, or `language: cel` if they are CEL";
            return Ok(Err(refused(path, "invalid-pack", message, help)));
        }
        return Ok(Ok(texts));
    }
    if let Some((left_out, why)) = left_out(path).first() {
        let message = format!("{} is not read: {why}", left_out.display());
        let help = "a pack that is read in part would pass for a whole one: put the file into the \
                    folder of the pack, or take it out";
        return Ok(Err(refused(path, "invalid-pack", message, help)));
    }
    if parts.len() > FILES {
        let message = format!("the folder holds more than {FILES} files");
        return Ok(Err(refused(path, "pack-too-big", message, "make several packs of it")));
    }
    let mut left = most.saturating_sub(texts[0].content.len());
    for part in parts {
        match read_one(&part, left)? {
            Ok(text) => {
                left -= text.content.len();
                texts.push(text);
            }
            Err(failure) => return Ok(Err(failure)),
        }
    }
    Ok(Ok(texts))
}

fn read_one(path: &Path, most: usize) -> Result<Result<PackText, PackFailure>, Failure> {
    let bytes = match pack_files::read(path, most)? {
        Ok(bytes) => bytes,
        Err(failure) => return Ok(Err(failure)),
    };
    if bytes.len() > most {
        let message = format!("the pack has more than {most} bytes");
        let help = "part it, or allow more: `--pack-size`";
        return Ok(Err(refused(path, "pack-too-big", message, help)));
    }
    Ok(text(path.display().to_string(), bytes).map_err(|it| *it))
}

/// A file of a pack that is written as text.
pub(crate) fn text(path: String, bytes: Vec<u8>) -> Result<PackText, Box<PackFailure>> {
    match String::from_utf8(bytes) {
        Ok(content) => Ok(PackText { path, content }),
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let message = format!("it is no text: the byte at {at} is not UTF-8");
            let help = "write it as YAML in UTF-8";
            Err(Box::new(refused(Path::new(&path), "invalid-pack", message, help)))
        }
    }
}

fn refused(path: &Path, code: &str, message: String, help: &str) -> PackFailure {
    PackFailure::of_pack(escaped(path.display().to_string()), code, message, help.to_owned())
}
