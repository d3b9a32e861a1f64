//! Why a pack does not take settings, with the place of each problem. How settings are completed
//! and checked is not known here.

use std::fmt;

use jsonschema::{ValidationError, error::ValidationErrorKind};
use rulebox_core::closest;
use serde_json::{Map, Value};
use thiserror::Error;

use crate::{
    error::{cut, cut_name},
    limits::{report::MESSAGE_BYTES, settings::PROBLEMS},
};

/// What is wrong with one setting.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SettingProblem {
    /// Keys, and numbers from 0 in lists; empty for the settings as a whole.
    pub path: Vec<String>,
    /// What is wrong with the value, or that there is no such setting.
    pub reason: String,
}

impl fmt::Display for SettingProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path.join("."))?;
        }
        f.write_str(&self.reason)
    }
}

/// Why a pack does not take settings.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SettingsError {
    /// The pack has no settings.
    #[error("the pack takes no settings")]
    NoSettings,
    /// The settings do not fit the pack's schema.
    #[error("{}", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Invalid {
        /// All problems, each with its place.
        problems: Vec<SettingProblem>,
    },
    /// The pack's schema stands for more than any pack needs.
    #[error("the pack's settings schema stands for too many {what}; the limit is {limit}")]
    TooMuch {
        /// What there is too much of.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
    /// The pack's schema cannot be read. This happens only if the pack was not verified when it was
    /// built.
    #[error("the pack's settings schema cannot be used: {reason}")]
    Schema {
        /// Why.
        reason: String,
    },
}

impl SettingsError {
    /// A stable kebab-case word.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoSettings => "no-settings",
            Self::Invalid { .. } => "invalid-settings",
            Self::TooMuch { .. } => "settings-too-big",
            Self::Schema { .. } => "invalid-settings-schema",
        }
    }

    /// What to do.
    pub fn help(&self) -> String {
        let help = match self {
            Self::NoSettings => "remove the settings of this pack from the configuration",
            Self::Invalid { .. } => "see which settings the pack takes: `rulebox schema PACK`",
            Self::TooMuch { .. } => {
                "make the schema smaller: fewer references to what has defaults or refers on"
            }
            Self::Schema { .. } => "report it to the pack's author",
        };
        help.to_owned()
    }
}

/// What is wrong, in the words of settings: a range has two ends, and a misspelt name is near
/// another. The names and values in it may be the pack's: it is no longer than an error may be.
pub(crate) fn described(schema: &Value, error: &ValidationError<'_>) -> Vec<SettingProblem> {
    let path = error.instance_path().as_str().split('/').skip(1);
    let path: Vec<_> = path.map(|it| cut_name(&it.replace("~1", "/").replace("~0", "~"))).collect();
    let value = || error.instance().to_string();
    let reason = match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            let known = around(schema, error).and_then(|it| it.get("properties")?.as_object());
            let known: Vec<_> = known.into_iter().flat_map(Map::keys).map(String::as_str).collect();
            let unknown = |name: &String| {
                let meant = closest(name, known.iter().copied());
                let meant = meant.map(|it| format!("; did you mean `{it}`?")).unwrap_or_default();
                let reason = format!("there is no such setting{meant}");
                SettingProblem { path: [&path[..], &[cut_name(name)]].concat(), reason }
            };
            return unexpected.iter().take(PROBLEMS).map(unknown).collect();
        }
        ValidationErrorKind::Minimum { .. } | ValidationErrorKind::Maximum { .. } => {
            let around = around(schema, error);
            let end = |key| around.and_then(|it| it.get(key));
            match (end("minimum"), end("maximum")) {
                (Some(least), Some(most)) => {
                    format!("{} is not between {least} and {most}", value())
                }
                (Some(least), None) => format!("{} is less than {least}", value()),
                (None, Some(most)) => format!("{} is more than {most}", value()),
                (None, None) => error.to_string(),
            }
        }
        ValidationErrorKind::Type { .. } => error.to_string().replace('"', "`"),
        _ => error.to_string(),
    };
    vec![SettingProblem { path, reason: cut(&reason, MESSAGE_BYTES / 4) }]
}

/// The part of the schema that holds the keyword which failed; none where references lead
/// elsewhere.
fn around<'s>(schema: &'s Value, error: &ValidationError<'_>) -> Option<&'s Value> {
    schema.pointer(error.schema_path().as_str().rsplit_once('/')?.0)
}
