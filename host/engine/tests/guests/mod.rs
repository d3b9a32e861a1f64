//! The guests in `fixtures/packs` as bytes, and the inventory over which they run.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use rulebox_core::{Coverage, Inventory, ObjectSlot, TextLine, TextSlot};
use rulebox_engine::{Cache, Engine, Limits, Pack, PackError, PackSource};

/// How a line begins that includes another file.
pub(crate) const INCLUDE: &str = ";; include: ";

/// `fixtures/packs`.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/packs")
}

/// A guest as bytes; a file that says `;; raw` is given as it is.
pub(crate) fn assemble(name: &str) -> Vec<u8> {
    let text = with_parts(name);
    if text.lines().any(|it| it == ";; raw") {
        return text.into_bytes();
    }
    wat::parse_str(text).expect("component text")
}

/// A guest's text with what it includes.
pub(crate) fn with_parts(name: &str) -> String {
    let text = fs::read_to_string(folder().join(name)).expect("a guest or a part of one");
    let line =
        |line: &str| line.strip_prefix(INCLUDE).map_or_else(|| format!("{line}\n"), with_parts);
    text.lines().map(line).collect()
}

/// The deadline is far more than an honest guest here needs (a millisecond), also in the eighth of
/// it that a rule after a looping one has, and short enough to wait for. A guest that floods
/// reaches the limits in less than half of it.
pub(crate) fn limits() -> Limits {
    let deadline = Duration::from_secs(8);
    Limits { deadline, samples: 10_000, output_bytes: 8 << 20, ..Limits::default() }
}

pub(crate) fn engine(limits: Limits) -> Engine {
    Engine::new(limits, Cache::Off).expect("an engine")
}

pub(crate) fn load(engine: &Engine, bytes: &[u8]) -> Result<Pack, PackError> {
    engine.load(PackSource::Bytes { name: "guest.wasm", bytes })
}

/// These objects, and one line.
pub(crate) fn inventory(objects: &[String]) -> Arc<Inventory> {
    let objects = ObjectSlot {
        objects: objects.iter().map(|it| it.as_str().into()).collect(),
        coverage: Coverage::Complete,
        reason: String::new(),
    };
    let line = TextLine { path: "a.log".to_owned(), line: 3, text: "an error".to_owned() };
    let texts = TextSlot { lines: vec![line], coverage: Coverage::Complete, reason: String::new() };
    let mut inventory = Inventory::default();
    inventory.objects.insert("guest/things".to_owned(), Arc::new(objects));
    inventory.texts.insert("guest/lines".to_owned(), texts);
    Arc::new(inventory)
}

/// `{"metadata":{"name":"0"}}` and so on.
pub(crate) fn objects(count: usize) -> Vec<String> {
    (0..count).map(|it| format!(r#"{{"metadata":{{"name":"{it}"}}}}"#)).collect()
}
