//! The reader from outside: bytes in, inventory and problems out.

mod aliases;
mod annotations;
mod archives;
mod budgets;
mod bundles;
mod clusters;
mod cut;
mod elements;
mod encodings;
mod folders;
mod forms;
mod hidden;
mod labels;
mod layouts;
mod limits;
mod lists;
mod logs;
mod losses;
mod malformed;
mod noise;
mod pages;
mod passed_over;
mod places;
mod projections;
mod texts;
mod twice;
mod types;
mod vanished;
mod windows;
mod witness;

use std::io::Cursor;

use rulebox_core::{Collector, NeedSet, ObjectNeed, Places, Problem, Reading, TextNeed};
use rulebox_reader::{Limits, Reader, Source};
use serde_json::{Value, json};

/// Whole pods and backups, and log lines about memory.
fn needs() -> NeedSet {
    let object = |id: &str, group: &str, kind: &str| ObjectNeed {
        id: id.to_owned(),
        group: group.to_owned(),
        kind: kind.to_owned(),
        ..ObjectNeed::default()
    };
    let log = TextNeed {
        id: "logs".to_owned(),
        paths: vec!["**/*.log".to_owned()],
        pattern: "out of memory".to_owned(),
    };
    NeedSet {
        objects: vec![object("pods", "", "Pod"), object("backups", "velero.io", "Backup")],
        texts: vec![log],
    }
}

fn read(sources: Vec<Source>) -> Reading {
    read_within(&Limits::default(), sources)
}

fn read_within(limits: &Limits, sources: Vec<Source>) -> Reading {
    let reader = Reader::new(&needs()).expect("needs").with_limits(limits.clone());
    let mut collector = Collector::new(needs()).expect("selectors");
    reader.read(sources, &mut collector, &mut |_| {});
    collector.finish()
}

fn stream(name: &str, bytes: impl AsRef<[u8]>) -> Source {
    Source::Stream(name.to_owned(), Box::new(Cursor::new(bytes.as_ref().to_vec())))
}

fn read_bytes(bytes: impl AsRef<[u8]>) -> Reading {
    read(vec![stream("dump", bytes)])
}

/// The names of the selected objects.
fn names(reading: &Reading) -> Vec<String> {
    let objects = reading.inventory.objects.values().flat_map(|it| &it.objects);
    let names = objects.map(|it| {
        let object: Value = serde_json::from_str(&it.text()).expect("projections are JSON");
        object["metadata"]["name"].as_str().unwrap_or_default().to_owned()
    });
    names.collect()
}

fn problems(reading: &Reading) -> Vec<&Problem> {
    reading.inputs.iter().flat_map(|it| &it.problems).collect()
}

/// `place:line: reason`, after `lost ` or `told `.
fn words(reading: &Reading) -> Vec<String> {
    let words = problems(reading).into_iter().map(|problem| {
        let Problem { place, line, reason, .. } = problem;
        let lost = if problem.lost() { "lost" } else { "told" };
        let line = line.map(|it| it.to_string()).unwrap_or_default();
        format!("{lost} {place}:{line}: {reason}")
    });
    words.collect()
}

fn pod(namespace: &str, name: &str) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "creationTimestamp": "2024-05-01T08:00:00Z",
            "labels": {"app": name},
            "name": name,
            "namespace": namespace,
            "resourceVersion": "7",
            "uid": format!("uid-{name}"),
        },
        "spec": {"containers": [{"args": ["-c", "a\nb\n"], "name": "c"}]},
        "status": {"phase": "Running", "restarts": 3, "ready": true, "message": "99185e5586"},
    })
}

fn backup(name: &str) -> Value {
    json!({
        "apiVersion": "velero.io/v1",
        "kind": "Backup",
        "metadata": {"name": name, "namespace": "velero"},
        "spec": {},
        "status": {"errors": 2, "phase": "Failed", "volumes": []},
    })
}

/// An object as the item of a typed list: without apiVersion and kind.
fn untyped(mut object: Value) -> Value {
    let entries = object.as_object_mut().expect("an object");
    entries.remove("apiVersion");
    entries.remove("kind");
    object
}

/// How a test writes YAML.
#[derive(Debug, Clone, Copy, Default)]
struct Style {
    /// `{a: b}` instead of lines, from this depth on; 0: never.
    flow_from: usize,
    /// Single quotes, if the text allows them.
    single: bool,
    /// Dashes indented more than their key.
    indented_lists: bool,
    /// Multi-line texts as `|` blocks.
    literal: bool,
}

/// A value as YAML, in complete lines.
fn yaml(value: &Value, style: Style) -> String {
    let mut out = String::new();
    write_block(value, 0, 1, style, &mut out);
    out.trim_start_matches('\n').to_owned()
}

/// Writes the value after a key, after a dash, or alone, and ends the line.
fn write_block(value: &Value, indent: usize, depth: usize, style: Style, out: &mut String) {
    let flow = style.flow_from > 0 && depth >= style.flow_from;
    match value {
        Value::Object(entries) if !entries.is_empty() && !flow => {
            for (key, value) in entries {
                out.push('\n');
                out.push_str(&" ".repeat(indent));
                out.push_str(&scalar(key, style));
                out.push(':');
                let list = value.is_array() && !style.indented_lists;
                write_block(value, if list { indent } else { indent + 2 }, depth + 1, style, out);
            }
        }
        Value::Array(items) if !items.is_empty() && !flow => {
            for item in items {
                out.push('\n');
                out.push_str(&" ".repeat(indent));
                out.push('-');
                write_block(item, indent + 2, depth + 1, style, out);
            }
        }
        Value::String(text) if is_literal(text) && style.literal && !flow => {
            out.push_str(" |\n");
            let lines: Vec<_> =
                text.lines().map(|it| format!("{}{it}", " ".repeat(indent.max(2)))).collect();
            out.push_str(&lines.join("\n"));
        }
        value => {
            out.push(' ');
            write_flow(value, style, out);
        }
    }
    if depth == 1 {
        out.push('\n');
    }
}

fn is_literal(text: &str) -> bool {
    let visible =
        |it: &str| !it.is_empty() && !it.starts_with(' ') && !it.contains(char::is_control);
    text.ends_with('\n') && text.lines().all(visible) && !text.contains('\r')
}

fn write_flow(value: &Value, style: Style, out: &mut String) {
    match value {
        Value::Object(entries) => {
            let entries = entries.iter().map(|(key, value)| {
                let mut entry = format!("{}: ", scalar(key, style));
                write_flow(value, style, &mut entry);
                entry
            });
            let entries: Vec<_> = entries.collect();
            out.extend(["{", &entries.join(", "), "}"]);
        }
        Value::Array(items) => {
            let items = items.iter().map(|item| {
                let mut text = String::new();
                write_flow(item, style, &mut text);
                text
            });
            let items: Vec<_> = items.collect();
            out.extend(["[", &items.join(", "), "]"]);
        }
        Value::String(text) => out.push_str(&scalar(text, style)),
        other => out.push_str(&other.to_string()),
    }
}

/// Plain if it cannot be misread, else quoted.
fn scalar(text: &str, style: Style) -> String {
    const WORDS: [&str; 9] = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"];
    let word = text.starts_with(|it: char| it.is_ascii_alphabetic())
        && text.chars().all(|it| it.is_ascii_alphanumeric() || "/.-_".contains(it))
        && !WORDS.contains(&text.to_lowercase().as_str());
    if word {
        text.to_owned()
    } else if style.single && !text.contains(char::is_control) {
        format!("'{}'", text.replace('\'', "''"))
    } else {
        Value::from(text).to_string()
    }
}
