//! The formats in which a report can be written, and what each is for. The command line, its help
//! and the documentation take formats from here.
//!
//! A new format is a file with its function, and here a variant, its place in [`Format::ALL`] and
//! an arm in each `match`; what the caller decides about its looks is a field of [`RenderOptions`].

use std::{fmt, str::FromStr};

use rulebox_core::Report;

use crate::{
    csv::csv,
    github::github,
    html::{PageOptions, html},
    json::json,
    junit::junit,
    markdown::markdown,
    openmetrics::openmetrics,
    policy_report::{ReportKind, policy_report},
    prometheus::{PrometheusOptions, prometheus},
    sarif::sarif,
    text::{Collect, TextStyle, text, would_help},
    view::ReportView,
    yaml::yaml,
};

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// For people: see [`crate::text()`].
    Text,
    /// For programs: see [`crate::json()`].
    Json,
    /// For people, as one page: see [`crate::html()`].
    Html,
    /// For programs and people that prefer it: see [`crate::yaml()`].
    Yaml,
    /// For a ticket: see [`crate::markdown()`].
    Markdown,
    /// For code scanning and viewers of results: see [`crate::sarif()`].
    Sarif,
    /// For pipelines: see [`crate::junit()`].
    Junit,
    /// For GitHub Actions: see [`crate::github()`].
    Github,
    /// For spreadsheets: see [`crate::csv()`].
    Csv,
    /// For Prometheus: see [`crate::prometheus()`].
    Prometheus,
    /// For what reads OpenMetrics alone: see [`crate::openmetrics()`].
    Openmetrics,
    /// For a cluster: see [`crate::policy_report()`].
    PolicyReport,
    /// The same as OpenReports has it.
    OpenReports,
}

/// What the caller decides about the formats that leave a choice.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RenderOptions {
    /// For [`Format::Text`].
    pub text: TextStyle,
    /// For formats that people read: what to type to be given what the input did not show; none
    /// where nothing would help.
    pub collect: Option<Collect>,
    /// For [`Format::Prometheus`] and [`Format::Openmetrics`].
    pub prometheus: PrometheusOptions,
}

impl Format {
    /// All formats, in the order in which help and documentation list them.
    pub const ALL: [Self; 13] = [
        Self::Text,
        Self::Html,
        Self::Json,
        Self::Yaml,
        Self::Markdown,
        Self::Sarif,
        Self::Junit,
        Self::Github,
        Self::Csv,
        Self::Prometheus,
        Self::Openmetrics,
        Self::PolicyReport,
        Self::OpenReports,
    ];

    /// The word on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
            Self::Html => "html",
            Self::Yaml => "yaml",
            Self::Markdown => "markdown",
            Self::Sarif => "sarif",
            Self::Junit => "junit",
            Self::Github => "github",
            Self::Csv => "csv",
            Self::Prometheus => "prometheus",
            Self::Openmetrics => "openmetrics",
            Self::PolicyReport => "policyreport",
            Self::OpenReports => "openreports",
        }
    }

    /// What the format is for: a fragment without a full stop, for help and the book.
    pub const fn about(self) -> &'static str {
        match self {
            Self::Text => "for people: what is wrong, why, and what to type",
            Self::Json => "for programs, as `rulebox schema` describes it",
            Self::Html => "for people, as one page that needs no network",
            Self::Yaml => "the fields of json, as YAML",
            Self::Markdown => "for a ticket",
            Self::Sarif => "SARIF 2.1.0, for code scanning and viewers of results",
            Self::Junit => "JUnit's XML, for pipelines: each rule is a test",
            Self::Github => "annotations of a run of GitHub Actions",
            Self::Csv => "for spreadsheets: a line for each finding",
            Self::Prometheus => "metrics, for a scrape or the textfile collector",
            Self::Openmetrics => "the same metrics as OpenMetrics 1.0",
            Self::PolicyReport => "PolicyReports as YAML, for `kubectl apply --server-side -f`",
            Self::OpenReports => "the same as Reports of openreports.io",
        }
    }

    /// Writes a report. The report must be in the order of [`crate::arrange()`].
    pub fn render(self, report: &Report, options: &RenderOptions) -> String {
        match self {
            Self::Text => text(report, &options.text, options.collect.as_ref()),
            Self::Json => json(report),
            Self::Html => {
                let collect = options.collect.as_ref().filter(|_| would_help(report));
                let options = PageOptions { collect: collect.cloned(), live: None };
                html(&ReportView::from(report), &options)
            }
            Self::Yaml => yaml(&ReportView::from(report)),
            Self::Markdown => markdown(&ReportView::from(report)),
            Self::Sarif => sarif(report),
            Self::Junit => junit(&ReportView::from(report)),
            Self::Github => github(&ReportView::from(report)),
            Self::Csv => csv(&ReportView::from(report)),
            Self::Prometheus => prometheus(report, options.prometheus),
            Self::Openmetrics => openmetrics(report, options.prometheus),
            Self::PolicyReport => policy_report(report, ReportKind::PolicyReports),
            Self::OpenReports => policy_report(report, ReportKind::OpenReports),
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
