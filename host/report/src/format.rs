//! The formats in which a report can be written, and what each is for. The command line, its help
//! and the README take formats from here.
//!
//! A new format is a file with its function, and here a variant, its place in [`Format::ALL`] and
//! an arm in each `match`; what the caller decides about its looks is a field of [`RenderOptions`].

use std::{fmt, str::FromStr};

use rulebox_core::Report;

use crate::{
    json::json,
    prometheus::{PrometheusOptions, prometheus},
    text::{Collect, TextStyle, text},
};

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// For people: see [`crate::text()`].
    Text,
    /// For programs: see [`crate::json()`].
    Json,
    /// For Prometheus: see [`crate::prometheus()`].
    Prometheus,
}

/// What the caller decides about the formats that leave a choice.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RenderOptions {
    /// For [`Format::Text`].
    pub text: TextStyle,
    /// For formats that people read: what to type to be given what the input did not show; none
    /// where nothing would help.
    pub collect: Option<Collect>,
    /// For [`Format::Prometheus`].
    pub prometheus: PrometheusOptions,
}

impl Format {
    /// All formats, in the order in which help and documentation list them.
    pub const ALL: [Self; 3] = [Self::Text, Self::Json, Self::Prometheus];

    /// The word on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
            Self::Prometheus => "prometheus",
        }
    }

    /// What the format is for: a fragment without a full stop, for help and the README.
    pub const fn about(self) -> &'static str {
        match self {
            Self::Text => "for people: what is wrong, why, and what to type",
            Self::Json => "for programs, as `rulebox schema` describes it",
            Self::Prometheus => "metrics, for a scrape or the textfile collector",
        }
    }

    /// Writes a report. The report must be in the order of [`crate::arrange()`].
    pub fn render(self, report: &Report, options: &RenderOptions) -> String {
        match self {
            Self::Text => text(report, &options.text, options.collect.as_ref()),
            Self::Json => json(report),
            Self::Prometheus => prometheus(report, options.prometheus),
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|it| it.as_str().eq_ignore_ascii_case(word)).ok_or_else(|| {
            let choices = Self::ALL.map(Self::as_str).join(", ");
            format!("`{word}` is not an output format: use one of {choices}")
        })
    }
}
