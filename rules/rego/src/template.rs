//! Texts with placeholders, `{{ object.metadata.name }}`: what stands at a path of the object that
//! is judged, of the settings, or of the details of a message. Whatever must be computed is
//! computed in Rego.

use regorus::Value;
use rulebox_sdk::shell_word;
use rulebox_text::{
    Problems, names,
    template::{Piece, one_line, pieces},
    yaml::Scalar,
};

use crate::{
    fields::{self, Fields},
    tree::Step,
};

/// A text with placeholders that was checked.
#[derive(Debug, Clone, Default)]
pub(crate) struct Template(Vec<Part>);

#[derive(Debug, Clone)]
enum Part {
    Text(String),
    /// `object`, `settings` or `details`, and the keys below it.
    Path(Vec<String>),
}

/// What placeholders stand for.
pub(crate) struct Values<'v> {
    pub(crate) object: &'v Value,
    pub(crate) settings: &'v Value,
    /// What the policy says beside its message.
    pub(crate) details: &'v Value,
}

/// What placeholders may stand for.
pub(crate) struct Known<'k> {
    pub(crate) settings: &'k [&'k str],
    /// None: the objects are whole.
    pub(crate) fields: Option<Fields>,
}

impl Known<'_> {
    /// Why a path stands for nothing, and what to do.
    fn refusal(&self, path: &[String]) -> Option<(String, String)> {
        let (root, keys) = path.split_first()?;
        if root == "settings" {
            let name = keys.first().filter(|it| !self.settings.contains(&it.as_str()))?;
            let help = names::help(name, self.settings.iter().copied(), "settings");
            return Some((format!("the pack has no setting `{name}`"), help));
        }
        if root == "details" {
            return None;
        }
        let steps: Vec<_> = keys.iter().cloned().map(Step::Key).collect();
        let fields = self.fields.as_ref().filter(|it| !it.cover(&steps));
        fields.map(|_| {
            let message = format!("no field of the need gives `{}`", path.join("."));
            let help = format!("add it to the `fields` of the need: `{}`", fields::path(&steps));
            (message, help)
        })
    }
}

/// Reads a text and checks its placeholders. In a command each stands outside of quotes: it is
/// quoted as it needs.
pub(crate) fn read(
    scalar: &Scalar,
    command: bool,
    known: &Known<'_>,
    problems: &mut Problems,
) -> Template {
    let close = (|it: &str| it.find("}}"), "close it by `}}`");
    let parts = pieces(scalar, command, close, problems);
    let parts = parts.into_iter().map(|it| match it {
        Piece::Text(text) => Part::Text(text.to_owned()),
        Piece::Placeholder { start, text, .. } => {
            let path = path(text);
            if !is_readable(&path) {
                let message = format!("`{}` is no placeholder", text.trim());
                let help = "write `object.`, `settings.` or `details.` and the names below it, \
                            with dots between them; compute anything else in Rego";
                problems.add(scalar.position(start), message, help);
            } else if let Some((message, help)) = known.refusal(&path) {
                problems.add(scalar.position(start), message, help);
            }
            Part::Path(path)
        }
    });
    Template(parts.collect())
}

fn path(text: &str) -> Vec<String> {
    text.trim().split('.').map(str::to_owned).collect()
}

const ROOTS: [&str; 3] = ["object", "settings", "details"];

fn is_readable(path: &[String]) -> bool {
    let is_key = |it: &String| {
        !it.is_empty() && it.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c))
    };
    let root = path.first().is_some_and(|it| ROOTS.contains(&it.as_str()));
    root && path.len() >= 2 && path.iter().all(is_key)
}

impl Template {
    /// The text about an object. What is not there is told in its place.
    pub(crate) fn sentence(&self, values: &Values<'_>) -> String {
        let text = self.fill(values, |it| match it {
            Ok(value) => value,
            Err(path) => format!("(`{path}` is not set)"),
        });
        one_line(&text)
    }

    /// The same as a command, each placeholder one word; none where one is not there, since a
    /// command with a hole in it would do another thing.
    pub(crate) fn command(&self, values: &Values<'_>) -> Option<String> {
        let mut whole = true;
        let text = self.fill(values, |it| {
            whole &= it.is_ok();
            shell_word(&it.unwrap_or_default()).into_owned()
        });
        whole.then_some(text)
    }

    fn fill(
        &self,
        values: &Values<'_>,
        mut word: impl FnMut(Result<String, String>) -> String,
    ) -> String {
        let parts = self.0.iter().map(|part| match part {
            Part::Text(text) => text.clone(),
            Part::Path(path) => {
                let (root, keys) =
                    path.split_first().map_or(("", &[][..]), |it| (it.0.as_str(), it.1));
                let root = match root {
                    "settings" => values.settings,
                    "details" => values.details,
                    _ => values.object,
                };
                let found = keys.iter().fold(root, |it, key| &it[key.as_str()]);
                word(shown(found).ok_or_else(|| path.join(".")))
            }
        });
        parts.collect()
    }
}

/// A value as a word; none where there is none.
pub(crate) fn shown(value: &Value) -> Option<String> {
    match value {
        Value::Undefined | Value::Null => None,
        Value::String(it) => Some(it.to_string()),
        value => value.to_json_str().ok(),
    }
}
