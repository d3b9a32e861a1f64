//! Where the log of a process that stays is written: standard error, without secrets.

use std::{
    io::{self, Write},
    sync::LazyLock,
};

use regex::{Captures, Regex};
use rulebox_report::redact;

use crate::serve_args::LogFormat;

/// Takes secrets out of lines before they are written. Each write is one line or more.
pub(crate) struct CleanLines<W>(pub(crate) LogFormat, pub(crate) W);

impl<W: Write> Write for CleanLines<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        // A private key without an end would take the line's own end with it.
        let (line, end) = text.strip_suffix('\n').map_or((&*text, ""), |it| (it, "\n"));
        let clean = match self.0 {
            LogFormat::Text => redact(line).0.into_owned(),
            LogFormat::Json => clean_json(line),
        };
        self.1.write_all(format!("{clean}{end}").as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.1.flush()
    }
}

/// Each text of a line of JSON by itself, so that the line stays one.
fn clean_json(line: &str) -> String {
    static TEXT: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r#""(?:[^"\\]|\\.)*""#).expect("the pattern is sound"));
    let clean = |found: &Captures<'_>| {
        let Ok(text) = serde_json::from_str::<String>(&found[0]) else {
            return redact(&found[0]).0.into_owned();
        };
        match redact(&text) {
            (_, 0) => found[0].to_owned(),
            (clean, _) => serde_json::Value::from(&*clean).to_string(),
        }
    };
    TEXT.replace_all(line, clean).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(format: LogFormat, line: &str, want: &str) {
        let mut written = Vec::new();
        CleanLines(format, &mut written).write_all(line.as_bytes()).expect("it is written");
        assert_eq!(String::from_utf8_lossy(&written), want);
    }

    #[test]
    fn a_line_of_text_has_no_secret() {
        check(LogFormat::Text, "WARN pack: password=hunter2\n", "WARN pack: password=REDACTED\n");
        check(LogFormat::Text, "-----BEGIN RSA PRIVATE KEY-----\\nMII\n", "REDACTED\n");
        check(LogFormat::Text, "nothing here\n", "nothing here\n");
    }

    #[test]
    fn a_line_of_json_has_no_secret_and_stays_json() {
        check(
            LogFormat::Json,
            "{\"message\":\"-----BEGIN PRIVATE KEY-----\\nMII\",\"cluster\":\"a\"}\n",
            "{\"message\":\"REDACTED\",\"cluster\":\"a\"}\n",
        );
        check(
            LogFormat::Json,
            "{\"message\":\"{\\\"password\\\":\\\"x\\\"}\",\"help\":\"\\u001b\"}\n",
            "{\"message\":\"{\\\"password\\\":\\\"REDACTED\\\"}\",\"help\":\"\\u001b\"}\n",
        );
    }
}
