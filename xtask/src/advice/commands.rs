//! Finds the commands of a program that messages and documents name, so that tests can check them
//! against the real command line. `host/cli` uses this file too.
//!
//! Prose names a command in backticks. Code, in a code fence or in Rust, also names one at the
//! start of a line or of a string, behind `$`, behind a colon, and in a pipe.

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::error::{ContextKind, ContextValue, Error, ErrorKind};

/// A program whose commands are checked.
pub(crate) struct Program {
    pub(crate) name: &'static str,
    /// Why the real command line refuses these words, the program's name first; see [`refusal`].
    pub(crate) refusal: fn(&[&str]) -> Option<String>,
}

impl Program {
    fn refused(&self, words: &[String]) -> Option<String> {
        let line = std::iter::once(self.name).chain(words.iter().map(String::as_str));
        (self.refusal)(&line.collect::<Vec<_>>())
    }

    /// Every command that the repository names exists.
    #[track_caller]
    pub(crate) fn check_repository(&self, root: &Path) {
        let all = in_repository(root, self.name);
        assert!(all.len() > 20, "{} commands were found", all.len());
        let wrong = all.iter().filter_map(|it| {
            let refusal = self.refused(&it.words)?;
            Some(format!("{}: `{} {}`: {refusal}", it.place, self.name, it.words.join(" ")))
        });
        let wrong: Vec<_> = wrong.collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    /// A text names these commands.
    #[track_caller]
    pub(crate) fn check(&self, text: &str, language: Language, want: &[&str]) {
        let found = in_text(text, language, self.name);
        let found: Vec<_> = found.iter().map(|it| it.join(" ")).collect();
        assert_eq!(found, want, "{text}");
    }

    /// Whether a command is refused.
    #[track_caller]
    pub(crate) fn check_refused(&self, command: &str, want: bool) {
        let words: Vec<_> = command.split_whitespace().map(str::to_owned).collect();
        assert_eq!(self.refused(&words).is_some(), want, "{command}");
    }
}

/// A command, and the place that names it.
struct Advice {
    place: String,
    /// The words of the command, without the program.
    words: Vec<String>,
}

/// The language of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Language {
    Markdown,
    Rust,
}

/// All commands of `program` in the sources and documents below `root`.
fn in_repository(root: &Path, program: &str) -> Vec<Advice> {
    let mut files = Vec::new();
    collect(root, &mut files);
    files.sort();
    let mut all = Vec::new();
    for (path, language) in files {
        let text = fs::read_to_string(&path).expect("sources and documents are UTF-8");
        let place = path.strip_prefix(root).unwrap_or(&path).display().to_string();
        for words in in_text(&text, language, program) {
            all.push(Advice { place: place.clone(), words });
        }
    }
    all
}

fn collect(folder: &Path, files: &mut Vec<(PathBuf, Language)>) {
    for entry in fs::read_dir(folder).expect("a folder of the repository") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        // The tests of this search name commands that do not exist.
        let skipped = ["target", "node_modules", "advice", "advice.rs"].contains(&name.as_str());
        if skipped || name.starts_with('.') {
            continue;
        }
        let language = match path.extension().and_then(|it| it.to_str()) {
            _ if path.is_dir() => {
                collect(&path, files);
                continue;
            }
            Some("md") => Language::Markdown,
            Some("rs") => Language::Rust,
            _ => continue,
        };
        files.push((path, language));
    }
}

/// The words of each command of `program` in a text.
fn in_text(text: &str, language: Language, program: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for (code, part) in parts(text, language) {
        for (at, _) in part.match_indices(program) {
            let (before, behind) = (&part[..at], &part[at + program.len()..]);
            let ends = |it: char| it.is_whitespace() || "`\"".contains(it);
            if !behind.is_empty() && !behind.starts_with(ends) {
                continue;
            }
            // A program alone, in quotes, is the name of a package or a file.
            let quoted = before.ends_with('"') && behind.starts_with('"');
            let span = before.rsplit_once('`').filter(|(it, _)| it.matches('`').count() % 2 == 0);
            let (before, end) = match span {
                Some((_, before)) => (before, &['`'][..]),
                None if code && language == Language::Rust => (before, &['`', '"'][..]),
                None if code => (before, &['`'][..]),
                None => continue,
            };
            if !quoted && begins_command(before) {
                found.push(words(behind.split(end).next().unwrap_or_default()));
            }
        }
    }
    found
}

/// The lines of code and the paragraphs of prose, each with whether it is code.
fn parts(text: &str, language: Language) -> Vec<(bool, String)> {
    let mut parts = Vec::new();
    let mut paragraph = String::new();
    let mut fenced = false;
    for line in joined(text, language).lines() {
        let line = line.trim();
        let comment = ["//!", "///", "//"].iter().find_map(|it| line.strip_prefix(it));
        let (prose, line) = match (language, comment) {
            (Language::Rust, Some(comment)) => (true, comment.trim()),
            (Language::Rust, None) => (false, line),
            (Language::Markdown, _) => (true, line),
        };
        let fence = prose && line.starts_with("```");
        fenced = (fenced != fence) && prose;
        if prose && !fenced && !fence && !line.is_empty() {
            paragraph.push_str(line);
            paragraph.push(' ');
            continue;
        }
        parts.push((false, std::mem::take(&mut paragraph)));
        parts.push((true, line.to_owned()));
    }
    parts.push((false, paragraph));
    parts
}

/// The text with continued lines joined. In strings of Rust, an escaped line end also ends a line.
fn joined(text: &str, language: Language) -> String {
    let mut pieces = text.split("\\\n");
    let mut joined = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        joined.push_str(piece.trim_start());
    }
    if language == Language::Rust {
        joined = joined.replace("\\n", "\n").replace("\\\"", "\"");
    }
    joined
}

/// Whether a command begins after this part of a line of code.
fn begins_command(before: &str) -> bool {
    let before = before.trim_end_matches([' ', '\t']);
    let last = before.rsplit([' ', '"']).next().unwrap_or_default();
    let variable = last.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty() && name.chars().all(|it| it.is_ascii_uppercase() || it == '_')
    });
    before.is_empty()
        || before.ends_with(['"', '$', ':', '|', ';', '(', '&'])
        || before.ends_with("cargo xtask")
        || variable
}

/// The words up to the end of the command: a pipe, a redirection, a comment, another command.
fn words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    for word in command.split_whitespace() {
        let placeholder = word.starts_with('<') && word.ends_with('>');
        let ends = ["|", "&", ";", "#", "<", ">", "2>", ")"].iter().any(|it| word.starts_with(it));
        if ends && !placeholder {
            break;
        }
        let last = word.ends_with([';', ')', ',']);
        let bare = word.trim_end_matches([';', ')', ',']).trim_matches(['\'', '"']);
        // What a line of usage says in place of options would be taken for the first argument.
        if !bare.is_empty() && bare != "[OPTIONS]" {
            words.push(bare.to_owned());
        }
        if last {
            break;
        }
    }
    words
}

/// Why the command line refuses a command. Advice may leave arguments away, and may use
/// placeholders: FILE, NAME=VALUE, `{name}`, `…`.
pub(crate) fn refusal<T>(parsed: Result<T, Error>) -> Option<String> {
    let error = parsed.err()?;
    let value = |kind| match error.get(kind) {
        Some(ContextValue::String(it)) => Some(it.as_str()),
        _ => None,
    };
    let allowed = match error.kind() {
        ErrorKind::DisplayHelp
        | ErrorKind::DisplayVersion
        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
        | ErrorKind::MissingSubcommand
        | ErrorKind::MissingRequiredArgument => true,
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            value(ContextKind::InvalidValue).is_some_and(is_placeholder)
        }
        ErrorKind::InvalidSubcommand => {
            value(ContextKind::InvalidSubcommand).is_some_and(is_placeholder)
        }
        ErrorKind::UnknownArgument => {
            value(ContextKind::InvalidArg).is_some_and(|it| it.contains('{'))
        }
        _ => false,
    };
    let reason = error.to_string();
    (!allowed).then(|| reason.lines().next().unwrap_or_default().to_owned())
}

fn is_placeholder(word: &str) -> bool {
    let upper = |it: char| it.is_ascii_uppercase() || "-_|=[].".contains(it);
    word == "…"
        || word.contains('{')
        || word.starts_with('<')
        || (word.chars().all(upper) && word.contains(|it: char| it.is_ascii_uppercase()))
}
