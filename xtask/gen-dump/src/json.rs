//! JSON as Go prints it: kubectl indents by four, an API server not at all, and both escape
//! characters that HTML could misread.

use std::io;

use serde::Serialize as _;
use serde_json::{
    Serializer, Value,
    ser::{CompactFormatter, Formatter, PrettyFormatter},
};

/// JSON without blanks.
pub(crate) fn compact(value: &Value) -> String {
    print(value, CompactFormatter)
}

/// JSON with lines, indented by `by` blanks for each level; the first line is not indented.
pub(crate) fn indented(value: &Value, by: usize, level: usize) -> String {
    let step = " ".repeat(by);
    let text = print(value, PrettyFormatter::with_indent(step.as_bytes()));
    text.replace('\n', &format!("\n{}", step.repeat(level)))
}

fn print(value: &Value, formatter: impl Formatter) -> String {
    let mut out = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut out, ForHtml(formatter));
    value.serialize(&mut serializer).expect("a value has text keys, and memory takes all");
    String::from_utf8(out).expect("JSON is text")
}

/// See `SetEscapeHTML` of encoding/json, which is on by default.
struct ForHtml<F>(F);

impl<F: Formatter> Formatter for ForHtml<F> {
    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(at) = rest.find(['<', '>', '&', '\u{2028}', '\u{2029}']) {
            let (before, from) = rest.split_at(at);
            let special = from.chars().next().expect("it was found");
            write!(writer, "{before}\\u{:04x}", u32::from(special))?;
            rest = &from[special.len_utf8()..];
        }
        writer.write_all(rest.as_bytes())
    }

    fn begin_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_array(writer)
    }

    fn end_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array(writer)
    }

    fn begin_array_value<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.0.begin_array_value(writer, first)
    }

    fn end_array_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }

    fn end_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_html_could_misread_is_escaped() {
        let value = json!({"k": "<a> & \u{2028}\"q\""});
        assert_eq!(compact(&value), r#"{"k":"\u003ca\u003e \u0026 \u2028\"q\""}"#);
    }

    #[test]
    fn lines_of_an_item_stand_below_it() {
        let value = json!({"a": [1, {}], "b": []});
        let want = "{\n        \"a\": [\n            1,\n            {}\n        ],\n        \
            \"b\": []\n    }";
        assert_eq!(indented(&value, 4, 1), want);
    }
}
