//! Which findings make a run fail: the least severity that counts, as a word in the configuration
//! or on the command line.

use std::{fmt, str::FromStr};

use rulebox_core::{Severity, closest};

/// The least severity of the findings that make a run fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailOn {
    /// No finding makes a run fail.
    Never,
    /// A finding of this severity, or of a higher one, makes a run fail.
    AtLeast(Severity),
}

/// `info` is worth knowing, and nothing is wrong.
impl Default for FailOn {
    fn default() -> Self {
        Self::AtLeast(Severity::Low)
    }
}

const NEVER: &str = "never";

impl FromStr for FailOn {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.eq_ignore_ascii_case(NEVER) {
            return Ok(Self::Never);
        }
        // What other tools call it.
        let is_none = ["none", "off", "no", "false"].iter().any(|it| it.eq_ignore_ascii_case(text));
        let meant = closest(text, [NEVER]).or_else(|| is_none.then_some(NEVER));
        let severity = text.parse::<Severity>().map_err(|it| match meant {
            Some(never) => format!("`{text}` is no severity; did you mean `{never}`?"),
            None if it.ends_with('?') => it,
            None => format!("{it}, or never"),
        });
        severity.map(Self::AtLeast)
    }
}

impl fmt::Display for FailOn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Never => f.pad("never"),
            Self::AtLeast(severity) => f.pad(severity.as_str()),
        }
    }
}

impl FailOn {
    /// Whether a finding of this severity makes a run fail.
    pub fn fails(self, severity: Severity) -> bool {
        matches!(self, Self::AtLeast(least) if severity >= least)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(word: &str, failing: &[Severity]) {
        let fail_on: FailOn = word.parse().expect("a word");
        let all = Severity::ALL.into_iter();
        assert_eq!(all.filter(|it| fail_on.fails(*it)).collect::<Vec<_>>(), failing);
    }

    #[test]
    fn severities_from_the_named_one_on_fail() {
        check("critical", &[Severity::Critical]);
        check("CRITICAL", &[Severity::Critical]);
        check("high", &[Severity::High, Severity::Critical]);
    }

    #[test]
    fn never_fails_nothing() {
        check("never", &[]);
        check("Never", &[]);
        let error = "none".parse::<FailOn>().expect_err("no severity");
        assert_eq!(error, "`none` is no severity; did you mean `never`?");
    }

    #[test]
    fn an_unknown_word_is_told_the_choices() {
        let error = "grave".parse::<FailOn>().expect_err("no severity");
        assert!(
            error.starts_with("`grave` is no severity") && error.ends_with("or never"),
            "{error}"
        );
    }
}
