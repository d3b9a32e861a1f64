//! How bad a finding is.

use std::{fmt, str::FromStr};

use crate::closest;

/// How bad a finding is: the five severities of PolicyReport, from the least to the worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Good to know; nothing is wrong.
    Info,
    /// A flaw that has had no effect so far.
    Low,
    /// Something works worse than it should.
    Medium,
    /// Something does not work.
    High,
    /// Data is, or is about to be, unprotected.
    Critical,
}

impl Severity {
    /// All severities, from the least to the worst.
    pub const ALL: [Self; 5] = [Self::Info, Self::Low, Self::Medium, Self::High, Self::Critical];

    /// The lower-case word that PolicyReport uses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Severity {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|it| it.as_str().eq_ignore_ascii_case(word)).ok_or_else(|| {
            match closest(word, Self::ALL.map(Self::as_str)) {
                Some(meant) => format!("`{word}` is no severity; did you mean `{meant}`?"),
                None => format!("`{word}` is no severity: use info, low, medium, high or critical"),
            }
        })
    }
}
