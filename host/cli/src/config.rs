//! Reads the configuration files, and says where in them a problem stands, or a value. What a
//! configuration may say, and how several become one, is not known here, only that each is YAML.

use std::{
    collections::HashMap,
    fmt::Write as _,
    io,
    path::{Path, PathBuf},
};

use rulebox_core::{shell_word, text::escape};
use rulebox_deploy::to_yaml_commented;
use rulebox_reader::yaml;
use rulebox_run::{Config, Layer, Merged, Plan, RunError};

use crate::{
    exit::Failure,
    files::{self, Identity},
};

/// A thousand suppressions are 200 kB; what is longer is another file.
const LONGEST: usize = 1 << 20;

/// The configuration files of a run, in the order in which they were named; perhaps none.
#[derive(Debug, Default)]
pub(crate) struct ConfigFiles {
    files: Vec<ConfigFile>,
    merged: Merged,
}

/// A configuration file, such as `rulebox.yaml`.
#[derive(Debug)]
struct ConfigFile {
    path: PathBuf,
    text: String,
}

/// Where a value stands.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) file: String,
    /// None where an alias stands for it.
    pub(crate) line: Option<u64>,
}

/// Reads configuration files, of which a later one wins; without one, all is as it is by default.
pub(crate) fn read(paths: &[PathBuf]) -> Result<(Config, ConfigFiles), Failure> {
    named_once(paths)?;
    let files: Vec<_> = paths.iter().map(|it| ConfigFile::read(it)).collect::<Result<_, _>>()?;
    let layers = files.iter().map(ConfigFile::layer).collect::<Result<_, _>>()?;
    let merged = Merged::of(layers).map_err(|(nth, it)| files[nth].explain(it))?;
    let files = ConfigFiles { files, merged };
    let config = files.merged.config().map_err(|it| files.explain(it))?;
    Ok((config, files))
}

/// The arguments by which another command reads the same configurations, each behind a blank; none
/// where they ask for no objects.
pub(crate) fn configured(plan: &Plan, paths: &[PathBuf]) -> String {
    let paths = paths.iter().filter(|_| plan.is_configured_by_labels());
    paths.fold(String::new(), |text, it| text + " --config " + &shell_word(&it.to_string_lossy()))
}

/// Refuses a file that was named before: what it says would win over what stands between.
fn named_once(paths: &[PathBuf]) -> Result<(), Failure> {
    let identities: Vec<_> = paths.iter().map(|it| Identity::of(it)).collect();
    for (nth, (path, identity)) in paths.iter().zip(&identities).enumerate() {
        let same = identities[..nth].iter().position(|it| it.is_some() && it == identity);
        if let Some(first) = same.map(|it| &paths[it]) {
            let (path, first) = (path.display(), first.display());
            let as_what = if path.to_string() == first.to_string() {
                "it is named twice".to_owned()
            } else {
                format!("it was named before, as {first}")
            };
            return Err(Failure::usage(format!("cannot use the configuration {path}: {as_what}"))
                .help(
                    "name each file by one --config; of two files, what the later one says wins",
                ));
        }
    }
    Ok(())
}

impl ConfigFiles {
    /// The text of each file, as it was written.
    pub(crate) fn texts(&self) -> Vec<String> {
        self.files.iter().map(|it| it.text.clone()).collect()
    }

    /// Refuses a file that has become empty, of which these were the texts. An editor empties a
    /// file before it writes it: one that says nothing any more is not what somebody wants.
    pub(crate) fn refuse_emptied(&self, before: &[String]) -> Result<(), Failure> {
        let emptied = self.files.iter().zip(before);
        let emptied =
            emptied.filter(|(now, before)| says_nothing(&now.text) && !says_nothing(before));
        match emptied.map(|it| it.0).next() {
            Some(file) => {
                Err(file.failure("it has become empty").help("write `{}` to set up nothing"))
            }
            None => Ok(()),
        }
    }

    /// The text of the one file that says all of this, as it was written; none where several say
    /// it together, or none does.
    pub(crate) fn text_of(&self, value: &serde_json::Value) -> Option<&str> {
        match &self.files[..] {
            [file] if value == self.merged.value() => Some(&file.text),
            _ => None,
        }
    }

    /// What they say together.
    pub(crate) fn merged(&self) -> &Merged {
        &self.merged
    }

    /// Says where a value of the whole stands: the nearest that was written, where it is none.
    pub(crate) fn places(&self) -> impl Fn(&[String]) -> Written {
        let lines: Vec<HashMap<_, _>> = self.files.iter().map(|it| yaml::lines(&it.text)).collect();
        move |place| {
            let origin = self.merged.origin(place).expect("something was configured");
            let file = self.files[origin.layer].path.display().to_string();
            let lines = &lines[origin.layer];
            let line = (1..=origin.place.len()).rev().find_map(|it| lines.get(&origin.place[..it]));
            Written { file, line: line.copied() }
        }
    }

    /// A path that stands at a place of the whole: relative to the file that says it.
    pub(crate) fn beside(&self, place: &[String], path: &str) -> PathBuf {
        let file = self.merged.origin(place).map(|it| &self.files[it.layer].path);
        file.and_then(|it| it.parent()).unwrap_or(Path::new("")).join(path)
    }

    /// The failure of a run: with the file and the line, where the configuration is to blame.
    pub(crate) fn explain(&self, error: RunError) -> Failure {
        let origin = error.place.as_ref().and_then(|it| self.merged.origin(it));
        let (Some(origin), Some(place)) = (origin, &error.place) else { return error.into() };
        // What is missing stands nowhere: it is told below what is nearest.
        let rest = place[origin.place.len()..].iter().cloned();
        let place = origin.place.into_iter().chain(rest).collect();
        self.files[origin.layer].explain(error.at(place))
    }
}

impl std::fmt::Display for Written {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.file)?;
        self.line.map_or(Ok(()), |it| write!(f, ":{it}"))
    }
}

/// A configuration as YAML with a comment behind each value, and a line feed at the end.
pub(crate) fn yaml_with(
    value: &serde_json::Value,
    comment: &dyn Fn(&[String]) -> String,
) -> String {
    let text = to_yaml_commented(value, &|place| escape(&comment(place)).into_owned());
    let mut visible = String::with_capacity(text.len() + 1);
    for c in text.chars() {
        // They stand in quotes: the encoder quotes what is not ASCII.
        match c {
            '\n' => visible.push(c),
            _ if rulebox_core::text::is_hidden(c) => {
                let _ = write!(visible, "\\U{:08x}", u32::from(c));
            }
            _ => visible.push(c),
        }
    }
    visible + "\n"
}

/// Whether a text holds no value of YAML: nothing but comments, markers and `null`.
fn says_nothing(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim);
    lines.all(|it| it.starts_with('#') || ["", "---", "...", "null", "~"].contains(&it))
}

impl ConfigFile {
    fn read(path: &Path) -> Result<Self, Failure> {
        let mut file = Self { path: path.to_owned(), text: String::new() };
        let bytes = files::read_small(path, LONGEST).map_err(|it| {
            let help = match it.kind() {
                io::ErrorKind::NotFound => "check the path",
                _ => "name a file such as rulebox.yaml: a few lines of YAML",
            };
            file.failure(&files::words(&it)).help(help)
        })?;
        file.text = String::from_utf8(bytes).map_err(|it| file.failure(&format!("{it}")))?;
        Ok(file)
    }

    fn layer(&self) -> Result<Layer, Failure> {
        let value = yaml::to_json_value(&self.text).map_err(|it| self.failure(&it.to_string()))?;
        Ok(Layer { name: self.path.display().to_string(), value })
    }

    /// The failure of a run, where the error's place is one in this file.
    fn explain(&self, error: RunError) -> Failure {
        let RunError { message, help, place: Some(place) } = error else { return error.into() };
        let line = yaml::line_of(&self.text, &place);
        let line = line.map(|it| format!("line {it}: ")).unwrap_or_default();
        self.failure(&format!("{line}{message}")).help(help)
    }

    /// The failure of a run, where the file cannot be used.
    fn failure(&self, reason: &str) -> Failure {
        let file = self.path.display();
        Failure::usage(format!("cannot use the configuration {file}: {reason}"))
    }
}
