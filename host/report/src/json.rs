//! For programs: a report as JSON text, and back. What the text holds is said in [`crate::view`].

use std::{
    error::Error,
    fmt::{self, Write as _},
};

use rulebox_core::{Report, text::is_hidden};
use schemars::{JsonSchema, Schema, generate::SchemaSettings, transform::RecursiveTransform};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    prose::MARKS_OF_COMMANDS,
    view::{OtherVersion, ReportView},
};

/// Writes a report as JSON, indented, with a line feed at the end. The report must be in the order
/// of [`crate::arrange()`].
pub fn json(report: &Report) -> String {
    write_json(&ReportView::from(report))
}

/// Writes a report that is a view already: what [`read_json`] has read comes out as the same bytes.
pub fn write_json(report: &ReportView) -> String {
    json_of(report)
}

/// A view as JSON, indented, with a line feed at the end.
pub(crate) fn json_of(view: &impl Serialize) -> String {
    let mut text =
        serde_json::to_string_pretty(view).expect("the views hold nothing but words and numbers");
    text.push('\n');
    visible_json(&text)
}

/// JSON text with the same meaning, in which hidden characters are written as `\u202e`, and no
/// text commands the runner of a pipeline that prints it.
///
/// Programs compare names, so a parser must find them as they are. People print reports on
/// terminals, where a name that turns the direction of reading must not act. JSON's own escapes
/// serve both; encoders use them for C0 alone.
pub fn visible_json(text: &str) -> String {
    let mut visible = String::with_capacity(text.len());
    for c in text.chars() {
        // Outside of strings JSON has no character that is hidden, but for those of its layout.
        if c == '\n' || !is_hidden(c) {
            visible.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            let _ = write!(visible, "\\u{unit:04x}");
        }
    }
    for mark in MARKS_OF_COMMANDS.into_iter().filter(|it| text.contains(it)) {
        visible = visible.replace(mark, &format!("\\u0023{}", &mark[1..]));
    }
    visible
}

/// Reads what [`json`] has written. Fields that this version of Rulebox does not know are ignored;
/// a report with another [`crate::SCHEMA_VERSION`] is refused.
pub fn read_json(text: &str) -> Result<ReportView, ReadError> {
    /// Asked first, so that a report of another version is not refused for one of its fields.
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Version {
        schema_version: String,
    }
    let Version { schema_version } = serde_json::from_str(text).map_err(ReadError::NoReport)?;
    OtherVersion::refuse(schema_version).map_err(ReadError::OtherVersion)?;
    serde_json::from_str(text).map_err(ReadError::NoReport)
}

/// Why a report could not be read.
#[derive(Debug)]
pub enum ReadError {
    /// The text is not JSON, or the JSON is not a report.
    NoReport(serde_json::Error),
    /// The report has another schemaVersion.
    OtherVersion(OtherVersion),
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoReport(cause) => {
                write!(f, "not a report: {cause}: give the output of `rulebox check -o json`")
            }
            Self::OtherVersion(it) => it.fmt(f),
        }
    }
}

impl Error for ReadError {}

/// The JSON Schema (draft 2020-12) of what [`json`] writes, in the same layout. It is committed as
/// `schema/report.schema.json`.
pub fn json_schema() -> String {
    schema_of::<ReportView>()
}

/// The JSON Schema of a view that is written.
pub(crate) fn schema_of<T: JsonSchema>() -> String {
    let settings = SchemaSettings::draft2020_12()
        .for_serialize()
        .with_transform(RecursiveTransform(unwrap_description));
    let schema = settings.into_generator().into_root_schema_for::<T>();
    let mut text = serde_json::to_string_pretty(&schema).expect("a schema is JSON");
    text.push('\n');
    text
}

/// A description is one line, however the comment that it comes from is wrapped.
fn unwrap_description(schema: &mut Schema) {
    if let Some(Value::String(text)) = schema.get_mut("description") {
        *text = text.replace('\n', " ");
    }
}
