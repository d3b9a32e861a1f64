//! Why there is no fixture of what was to be recorded, and what to do.

use std::fmt;

use rulebox_core::text::escape;

/// Why there is no fixture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordError {
    /// The rule could not be asked; why.
    NotAsked(String),
    /// Of the objects alone the rule says something else: this.
    Otherwise(String),
    /// With pseudonyms in the place of these names the rule says something else.
    Names(Vec<String>),
    /// No comment can expect it; why.
    NoComment(String),
    /// The case does not hold: what is wrong with it.
    DoesNotHold(Vec<String>),
}

impl fmt::Display for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAsked(why) => write!(f, "the rule could not be asked: {why}"),
            Self::Otherwise(said) => {
                write!(f, "of the objects alone the rule says something else: {said}")
            }
            Self::Names(names) if names.is_empty() => {
                f.write_str("with pseudonyms in the place of names the rule says something else")
            }
            Self::Names(names) => {
                let names: Vec<_> = names.iter().map(|it| format!("`{}`", escape(it))).collect();
                write!(
                    f,
                    "the rule says something else with pseudonyms in the place of {}",
                    names.join(", ")
                )
            }
            Self::NoComment(why) => write!(f, "no comment can expect the finding: {why}"),
            Self::DoesNotHold(problems) => {
                write!(f, "the fixture would not hold: {}", problems.join("; "))
            }
        }
    }
}

impl std::error::Error for RecordError {}

impl RecordError {
    /// What to do.
    pub fn help(&self) -> String {
        match self {
            Self::NotAsked(_) => "see what the pack says of the dump: rulebox check".to_owned(),
            Self::Otherwise(_) => "a fixture holds no lines of logs, no values of Secrets, no \
                                   credentials, no settings of single namespaces, and nothing that \
                                   could not be read: write by hand what hangs on one of these"
                .to_owned(),
            Self::Names(names) if names.is_empty() => {
                "keep all names, and look through the file before you share it: --keep-names"
                    .to_owned()
            }
            Self::Names(names) => format!(
                "where they tell nothing of whose cluster it is, keep them: --keep-names={}",
                names.join(",")
            ),
            Self::NoComment(_) => "write the fixture by hand, with another name".to_owned(),
            Self::DoesNotHold(_) => {
                "write the fixture by hand, from what `rulebox check` says of the dump".to_owned()
            }
        }
    }
}
