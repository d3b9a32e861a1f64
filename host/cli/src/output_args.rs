//! `-o`, and what else says how reports are written: formats, and the files that they go to.

use std::{borrow::Cow, ffi::OsStr, os::unix::ffi::OsStrExt as _, path::PathBuf};

use clap::{
    Args, ValueHint,
    builder::{OsStringValueParser, TypedValueParser},
};
use rulebox_core::closest;
use rulebox_report::{Format, PrometheusOptions};

use crate::numbers::count;

/// Where a report goes, and how much of it is shown.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct Written {
    #[arg(
        long = "output",
        short,
        value_name = "FORMAT[=FILE]",
        default_value = "text",
        value_parser = OutputTo::parser(),
        help = output_help(),
        long_help = output_long_help(),
    )]
    pub(crate) outputs: Vec<OutputTo>,
    /// Say less: a line for each finding, and for what a pack could not judge; no progress, and no
    /// notes.
    /// Warnings stay: what was typed or configured and has no effect.
    #[arg(long, short, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Say more: all that is alike or long, labels, rules that passed, every coverage; what packs
    /// log goes to standard error.
    #[arg(long, short)]
    pub(crate) verbose: bool,
    /// Put pseudonyms in the place of names, hosts, buckets and ids, the same in all outputs; with
    /// a file that holds a secret key, the same from report to report. The documentation says what
    /// is covered.
    #[arg(long, value_name = "KEYFILE", num_args = 0..=1, require_equals = true)]
    #[arg(value_hint = ValueHint::FilePath)]
    #[expect(clippy::option_option, reason = "clap tells no option from one without a value so")]
    pub(crate) pseudonymise: Option<Option<PathBuf>>,
    /// The most series of findings and of packs in the prometheus and the openmetrics output; what
    /// the run says of itself and of its rules always stands there.
    #[arg(long, value_name = "N", default_value_t = PrometheusOptions::default().max_series)]
    #[arg(value_parser = count)]
    pub(crate) max_series: usize,
}

fn output_help() -> String {
    let words = Format::ALL.map(Format::as_str).join(", ");
    format!("How to report, and where to; repeatable. One of: {words}")
}

fn output_long_help() -> String {
    let formats = Format::ALL.map(|it| format!("- {it}: {}", it.about())).join("\n");
    format!(
        "How to report, and where to; repeatable. Without a file it goes to standard output, which \
         takes one format.\n\n{formats}\n"
    )
}

/// A format and the file that it goes to: `json`, `json=report.json`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OutputTo {
    pub(crate) format: Format,
    pub(crate) file: Option<PathBuf>,
}

impl OutputTo {
    /// As clap parses it.
    pub(crate) fn parser() -> impl TypedValueParser<Value = Self> {
        OsStringValueParser::new().try_map(|it| Self::parse(&it))
    }

    fn parse(typed: &OsStr) -> Result<Self, String> {
        let (word, file) = parted(typed);
        if file.is_some_and(|it| it.is_empty() || it == "-") {
            return Err(
                "a file's name must follow `=`; without `=` it goes to standard output".to_owned()
            );
        }
        Ok(Self { format: format(&word)?, file: file.map(PathBuf::from) })
    }
}

/// What stands before the first `=`, and the path behind it, which need not be text.
pub(crate) fn parted(typed: &OsStr) -> (Cow<'_, str>, Option<&OsStr>) {
    let bytes = typed.as_bytes();
    match bytes.iter().position(|it| *it == b'=') {
        None => (typed.to_string_lossy(), None),
        Some(at) => {
            (String::from_utf8_lossy(&bytes[..at]), Some(OsStr::from_bytes(&bytes[at + 1..])))
        }
    }
}

fn format(word: &str) -> Result<Format, String> {
    word.parse().map_err(|error| match meant(word) {
        Some(meant) => format!("`{word}` is not an output format; {meant}"),
        None => error,
    })
}

/// What was meant by a word that is no format.
fn meant(word: &str) -> Option<String> {
    let known = |it: &str| it.parse::<Format>().ok();
    if let Some(all) = word.split(',').map(known).collect::<Option<Vec<_>>>() {
        let all = all.iter().map(|it| format!("-o {it}=FILE"));
        return Some(format!("write one -o for each: {}", all.collect::<Vec<_>>().join(" ")));
    }
    if let Some((format, file)) = word.split_once([':', ' '])
        && let Some(format) = known(format)
    {
        return Some(format!("write -o {format}={file}"));
    }
    if let Some(meant) = closest(word, Format::ALL.map(Format::as_str)) {
        return Some(format!("did you mean `{meant}`?"));
    }
    let format = match word.rsplit_once('.').map(|it| it.1) {
        Some("json") => Format::Json.as_str(),
        Some("prom") => Format::Prometheus.as_str(),
        Some("openmetrics" | "om") => Format::Openmetrics.as_str(),
        Some("html" | "htm") => Format::Html.as_str(),
        Some("yaml" | "yml") => Format::Yaml.as_str(),
        Some("md") => Format::Markdown.as_str(),
        Some("sarif") => Format::Sarif.as_str(),
        Some("csv") => Format::Csv.as_str(),
        Some("xml") => Format::Junit.as_str(),
        Some("txt" | "log") => Format::Text.as_str(),
        _ if word.contains(['.', '/']) => "FORMAT",
        _ => return None,
    };
    Some(format!("a file stands behind its format: -o {format}={word}"))
}
