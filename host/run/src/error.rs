//! Why there is no plan: a name that no pack knows, or a configuration that does not fit the packs.
//! What ends a run by an error here was typed or configured wrongly. The caller decides what
//! becomes of it: an exit code, or the plan that was there before.

use std::fmt;

use rulebox_core::text::{escape, escaped};

/// What is wrong with what was typed or configured, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunError {
    /// What is wrong, where, and why: a lower-case fragment without a full stop.
    pub message: String,
    /// What to do; empty where the message says it all.
    pub help: String,
    /// Where in the configuration: keys, and numbers from 0 in lists; the message begins with them.
    /// None where the configuration is not to blame.
    pub place: Option<Vec<String>>,
}

impl RunError {
    /// What is wrong.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: escaped(message.into()), help: String::new(), place: None }
    }

    /// Says what to do.
    #[must_use]
    pub fn help(self, help: impl Into<String>) -> Self {
        Self { help: escaped(help.into()), ..self }
    }

    /// Says which argument is to blame.
    pub(crate) fn of_argument(self, argument: &str) -> Self {
        Self { message: format!("{argument}: {}", self.message), ..self }
    }

    /// Says which place of a configuration is to blame.
    #[must_use]
    pub fn in_configuration<S: Into<String>>(self, place: impl IntoIterator<Item = S>) -> Self {
        let place: Vec<String> = place.into_iter().map(Into::into).collect();
        let message = match shown(&place) {
            it if it.is_empty() => self.message,
            it => format!("{}: {}", escape(&it), self.message),
        };
        Self { message, place: Some(place), ..self }
    }
}

impl RunError {
    /// The same at another place: what stands in a file of its own has another one there than in
    /// the whole.
    #[must_use]
    pub fn at(self, place: Vec<String>) -> Self {
        let Some(old) = &self.place else { return self };
        let begin = format!("{}: ", escape(&shown(old)));
        let message = self.message.strip_prefix(&begin).unwrap_or(&self.message).to_owned();
        Self { message, place: None, ..self }.in_configuration(place)
    }
}

/// `suppressions[0].rule`.
fn shown(place: &[String]) -> String {
    let mut shown = String::new();
    for it in place {
        if it.bytes().all(|it| it.is_ascii_digit()) && !shown.is_empty() {
            shown.extend(["[", it, "]"]);
        } else {
            shown += if shown.is_empty() { "" } else { "." };
            shown += it;
        }
    }
    shown
}

/// The message alone; callers show the help in their own way.
impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for RunError {}
