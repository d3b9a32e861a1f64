//! Why there is no plan: a name that no pack knows, or a configuration that does not fit the packs.
//! What ends a run by an error here was typed or configured wrongly. The caller decides what
//! becomes of it: an exit code, or the plan that was there before.

use std::fmt;

use rulebox_core::text::escaped;

/// What is wrong with what was typed or configured, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunError {
    /// What is wrong, where, and why: a lower-case fragment without a full stop.
    pub message: String,
    /// What to do; empty where the message says it all.
    pub help: String,
}

impl RunError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: escaped(message.into()), help: String::new() }
    }

    pub(crate) fn help(self, help: impl Into<String>) -> Self {
        Self { help: escaped(help.into()), ..self }
    }

    /// Says that a configuration is to blame.
    pub(crate) fn in_configuration(self) -> Self {
        Self { message: format!("in the configuration: {}", self.message), ..self }
    }
}

/// The message alone; callers show the help in their own way.
impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for RunError {}
