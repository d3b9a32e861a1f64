//! What the targets of the reader share: needs that reach every part of an object, and comparable
//! readings.

use std::{io::Cursor, sync::LazyLock};

use rulebox_core::{Collector, NeedSet, ObjectNeed, Reading, TextNeed};
use rulebox_reader::{Limits, Reader, Source};
use serde_json::{Deserializer, Value};

/// Whole objects, fields below lists and stars, labels, namespaces, and lines.
pub(crate) fn needs() -> NeedSet {
    let object = |id: &str, group: &str, kind: &str, fields: &[&str]| ObjectNeed {
        id: id.to_owned(),
        group: group.to_owned(),
        kind: kind.to_owned(),
        fields: fields.iter().map(|&it| it.to_owned()).collect(),
        ..ObjectNeed::default()
    };
    let statuses = [
        "metadata.name",
        "status.containerStatuses[].lastState.*.exitCode",
        "status.containerStatuses[].restartCount",
        "status.phase",
    ];
    let annotation = "metadata.annotations.\"velero.io/source\"";
    let objects = vec![
        object("pods", "", "Pod", &statuses),
        ObjectNeed {
            namespaces: vec!["csdr".to_owned()],
            label_selector: "app=web,tier!=cache".to_owned(),
            ..object("labelled", "", "Pod", &["spec"])
        },
        object("config", "", "ConfigMap", &["data.*"]),
        object("backups", "velero.io", "Backup", &[]),
        object("vaults", "csdr.alibabacloud.com", "BackupLocation", &["spec", annotation]),
    ];
    let lines = TextNeed {
        id: "lines".to_owned(),
        paths: vec!["**".to_owned()],
        pattern: "OOMKilled|^panic:".to_owned(),
    };
    NeedSet { objects, texts: vec![lines] }
}

/// A reader on one thread, so that a finding is reproducible.
pub(crate) static READER: LazyLock<Reader> =
    LazyLock::new(|| Reader::new(&needs()).expect("needs").with_threads(1));

/// The same reader with only the full parsers.
pub(crate) static THOROUGH: LazyLock<Reader> = LazyLock::new(|| READER.clone().thorough());

/// Reads a text.
pub(crate) fn read_text(reader: &Reader, bytes: &[u8]) -> Reading {
    let mut collector = Collector::new(needs()).expect("selectors");
    reader.read_text("dump", bytes, &mut collector);
    collector.finish()
}

/// Reads anything, as a stream.
pub(crate) fn read_stream(reader: &Reader, bytes: &[u8]) -> Reading {
    let mut collector = Collector::new(needs()).expect("selectors");
    let stream = Source::Stream("dump".to_owned(), Box::new(Cursor::new(bytes.to_vec())));
    reader.read(vec![stream], &mut collector, &mut |_| {});
    collector.finish()
}

/// Whether something could not be read.
pub(crate) fn has_lost(reading: &Reading) -> bool {
    reading.inputs.iter().flat_map(|it| &it.problems).any(rulebox_core::Problem::lost)
}

/// Whether values may have been replaced by stars.
pub(crate) fn is_starred(bytes: &[u8]) -> bool {
    bytes.windows(2).any(|it| it == b"**")
}

/// Whether a text starts like JSON and is not. It may be YAML, which only its end shows; a text
/// that is held as a whole is then read as YAML.
pub(crate) fn only_begins_like_json(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let mut documents = Deserializer::from_str(&text).into_iter::<Value>();
    text.trim_start_matches('\u{feff}').trim_start().starts_with(['[', '{'])
        && documents.any(|it| it.is_err())
}

/// Whether there are carriage returns that are line breaks of their own.
pub(crate) fn has_lone_return(bytes: &[u8]) -> bool {
    bytes.iter().enumerate().any(|(at, it)| *it == b'\r' && bytes.get(at + 1) != Some(&b'\n'))
}

/// Limits that a few kilobytes exceed.
pub(crate) fn small_limits() -> Limits {
    Limits {
        window_bytes: 64,
        document_bytes: 1 << 16,
        total_bytes: 1 << 20,
        ratio_floor: 1 << 16,
        entries: 64,
        alias_bytes: 1 << 12,
        text_lines: 16,
        problems: 16,
        ..Limits::default()
    }
}
