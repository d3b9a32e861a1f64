use std::io::{self, Write};

use serde_json::Value;

use super::yaml;

/// How the objects of a dump are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Form {
    /// YAML, one `kind: List`: `kubectl get -o yaml`.
    List,
    /// YAML, one document an object, with `---` between them.
    MultiDocument,
    /// JSON without blanks, one `kind: List`.
    Json,
}

impl Form {
    /// All of them.
    pub(crate) const ALL: [Self; 3] = [Self::List, Self::MultiDocument, Self::Json];

    /// The name of a file that holds it.
    pub(crate) fn file_name(self) -> &'static str {
        match self {
            Self::List => "list.yaml",
            Self::MultiDocument => "multi-document.yaml",
            Self::Json => "list.json",
        }
    }
}

/// A dump that is being written.
pub(super) struct Dump<'w> {
    form: Form,
    out: &'w mut dyn Write,
    objects: u64,
}

impl<'w> Dump<'w> {
    pub(super) fn begin(form: Form, out: &'w mut dyn Write) -> io::Result<Self> {
        match form {
            Form::List => out.write_all(b"apiVersion: v1\nitems:")?,
            Form::MultiDocument => {}
            Form::Json => out.write_all(br#"{"apiVersion":"v1","items":["#)?,
        }
        Ok(Self { form, out, objects: 0 })
    }

    pub(super) fn object(&mut self, object: &Value) -> io::Result<()> {
        let first = self.objects == 0;
        self.objects += 1;
        match self.form {
            Form::List => {
                self.out.write_all(if first { b"\n" } else { b"" })?;
                self.out.write_all(yaml::item(object).as_bytes())
            }
            Form::MultiDocument => {
                self.out.write_all(if first { b"" } else { b"---\n" })?;
                self.out.write_all(yaml::document(object).as_bytes())
            }
            Form::Json => {
                self.out.write_all(if first { b"" } else { b"," })?;
                serde_json::to_writer(&mut *self.out, object).map_err(Into::into)
            }
        }
    }

    pub(super) fn end(self) -> io::Result<()> {
        match self.form {
            Form::List => {
                self.out.write_all(if self.objects == 0 { b" []\n" } else { b"" })?;
                self.out.write_all(b"kind: List\nmetadata:\n  resourceVersion: \"\"\n")
            }
            Form::MultiDocument => Ok(()),
            Form::Json => self
                .out
                .write_all(b"],\"kind\":\"List\",\"metadata\":{\"resourceVersion\":\"\"}}\n"),
        }
    }
}
