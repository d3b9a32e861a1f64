//! What the documentation shows of the program: its formats, its commands, its configuration. The
//! help of each command is checked where it is made (`manual`).

#[path = "../program/mod.rs"]
mod program;
mod schema;

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use rulebox_reader::yaml;
use rulebox_report::Format;
use serde_json::Value;

const BOOK: &str = "host/docs/src";

/// Compares a file of the book with what it must hold; with `BLESS`, writes it.
#[track_caller]
fn check_file(file: &str, want: &str) {
    let path = program::root().join(BOOK).join(file);
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, want).expect("written");
    }
    assert!(
        fs::read_to_string(&path).unwrap_or_default() == want,
        "{BOOK}/{file} shows something else; type: BLESS=1 cargo test --workspace --test docs -- \
         --test-threads 1"
    );
}

/// Compares what stands in a page between two marks; with `BLESS`, writes it there.
#[track_caller]
fn check(page: &str, name: &str, content: &str) {
    let begin = format!("<!-- begin {name}: checked by host/cli/tests/docs -->\n");
    let end = format!("<!-- end {name} -->");
    let text = fs::read_to_string(program::root().join(BOOK).join(page)).expect("a page");
    let (before, rest) = text.split_once(&begin).expect("a beginning");
    let (_, after) = rest.split_once(&end).expect("an end");
    check_file(page, &format!("{before}{begin}{content}{end}{after}"));
}

fn printed(arguments: &[&str]) -> String {
    let ran = program::run(&mut program::command(arguments), "");
    assert_eq!(ran.code, 0, "{arguments:?}: {}", ran.err);
    ran.out
}

#[test]
fn every_format_is_listed() {
    let row = |it: Format| format!("| `{it}` | {} |\n", it.about());
    let rows = Format::ALL.map(row).concat();
    check("reference/formats.md", "formats", &format!("\n| format | |\n|---|---|\n{rows}\n"));
}

/// The command that `rulebox needs` makes of what the built-in rules read.
#[test]
fn the_command_to_dump_with_is_that_of_the_needs() {
    let needs = printed(&["needs"]);
    let from = needs.find("kubectl get -A -o yaml").expect("a command");
    let command: Vec<_> = needs[from..].lines().take(2).collect();
    let command = command.join("\n");
    check("guide/inputs.md", "dump", &format!("```sh\n{command}\nrulebox check dump.yaml\n```\n"));
}

#[test]
fn the_schema_of_the_configuration_is_that_of_the_program() {
    check_file("reference/config.schema.json", &printed(&["schema", "config"]));
}

#[test]
fn every_setting_is_listed() {
    let schema: Value = serde_json::from_str(&printed(&["schema", "config"])).expect("JSON");
    let packs = schema["properties"]["settings"]["properties"].as_object().expect("packs");
    let mut page = String::new();
    for pack in packs.keys() {
        let _ = write!(page, "\n### `{pack}`\n\n| setting | default | what |\n|---|---|---|\n");
        let own = &schema["$defs"][format!("settings-{pack}")]["properties"];
        for (name, setting) in own.as_object().into_iter().flatten() {
            let what = setting["description"].as_str().unwrap_or_default().replace('\n', " ");
            let _ = writeln!(page, "| `{name}` | `{}` | {what} |", setting["default"]);
        }
    }
    check("reference/configuration.md", "settings", &format!("{page}\n"));
}

/// The types of a report, each with its fields.
#[test]
fn every_field_of_a_report_is_listed() {
    let schema: Value = serde_json::from_str(&printed(&["schema"])).expect("JSON");
    let place = |name: &str| format!("#{}", name.to_lowercase());
    let mut page = format!("\n{}", schema::section("Report", &schema, &place));
    for (name, schema) in schema["$defs"].as_object().expect("types") {
        page += &schema::section(name, schema, &place);
    }
    check("reference/report.md", "fields", &page);
}

/// What is served: each path with what it takes and answers, and the types that no report has.
#[test]
fn every_path_that_is_served_is_listed() {
    let report: Value = serde_json::from_str(&printed(&["schema"])).expect("JSON");
    let of_report = |it: &str| it == "Report" || report["$defs"].get(it).is_some();
    let place = |name: &str| {
        let page = if of_report(name) { "report.md" } else { "" };
        format!("{page}#{}", name.to_lowercase())
    };
    let text = fs::read_to_string(program::root().join("host/serve/openapi.json"));
    let told: Value = serde_json::from_str(&text.expect("a document")).expect("JSON");
    let mut page = String::new();
    let words = |it: &Value| it.as_str().unwrap_or_default().to_owned();
    for (path, operation) in told["paths"].as_object().expect("paths") {
        let operation = &operation["get"];
        let _ = write!(page, "\n### GET {path}\n\n{}\n", words(&operation["summary"]));
        if let Some(text) = operation["description"].as_str() {
            let _ = write!(page, "\n{text}\n");
        }
        if let Some(parameters) = operation["parameters"].as_array() {
            page += "\n| parameter | in | type | what |\n|---|---|---|---|\n";
            for it in parameters {
                let typed = schema::type_of(&it["schema"], &place);
                let (name, place) = (words(&it["name"]), words(&it["in"]));
                let what = words(&it["description"]);
                let _ = writeln!(page, "| `{name}` | {place} | {typed} | {what} |");
            }
        }
        page += "\n| status | answer | when |\n|---|---|---|\n";
        for (status, response) in operation["responses"].as_object().expect("responses") {
            let content = response["content"].as_object().into_iter().flatten();
            let content = content.map(|(media, it)| match it["schema"].get("$ref") {
                Some(_) => format!("`{media}`: {}", schema::type_of(&it["schema"], &place)),
                None => format!("`{media}`"),
            });
            let content: Vec<_> = content.collect();
            let (content, when) = (content.join(", "), words(&response["description"]));
            let _ = writeln!(page, "| {status} | {content} | {when} |");
        }
    }
    page.push('\n');
    for (name, schema) in told["components"]["schemas"].as_object().expect("types") {
        if !of_report(name) {
            page += &schema::section(name, schema, &place);
        }
    }
    check("reference/http-api.md", "paths", &page);
}

/// All documents of the repository.
fn documents(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").map(|it| it.expect("an entry").path());
    let is_ours = |it: &PathBuf| {
        let name = it.file_name().unwrap_or_default().to_string_lossy();
        !name.starts_with('.') && !["target", "node_modules"].contains(&&*name)
    };
    let mut paths: Vec<_> = entries.filter(is_ours).collect();
    paths.sort();
    let below = |it: PathBuf| if it.is_dir() { documents(&it) } else { vec![it] };
    let files = paths.into_iter().flat_map(below);
    files.filter(|it| it.is_dir() || it.extension().is_some_and(|it| it == "md")).collect()
}

/// The blocks of code in a document whose language begins so: the place and the text of each.
fn blocks(language: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for path in documents(&program::root()) {
        let text = fs::read_to_string(&path).expect("a document");
        let mut lines = text.lines().enumerate();
        while let Some((nth, line)) = lines.next() {
            let Some(named) = line.trim_start().strip_prefix("```") else { continue };
            let inner = lines.by_ref().take_while(|it| !it.1.trim_start().starts_with("```"));
            let inner: Vec<_> = inner.map(|it| it.1).collect();
            let inner = inner.join("\n");
            // What another file holds is checked there.
            if named == language && !inner.contains("{{#include") {
                found.push((format!("{}:{}", path.display(), nth + 1), inner));
            }
        }
    }
    found
}

#[test]
fn every_configuration_that_is_shown_can_be_used_and_fits_the_schema() {
    let schema: Value = serde_json::from_str(&printed(&["schema", "config"])).expect("JSON");
    let validator = jsonschema::draft202012::new(&schema).expect("a schema");
    let shown = blocks("yaml config");
    assert!(shown.len() >= 2, "{shown:?}");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("rulebox.yaml");
    for (place, text) in shown {
        fs::write(&file, &text).expect("written");
        let name = file.to_str().expect("UTF-8");
        let check = ["check", "fixtures/clusters/vault-denied.yaml", "--quiet", "--config", name];
        let ran = program::run(&mut program::command(&check), "");
        assert!(ran.code <= 1, "{place}: {}", ran.err);
        let value = yaml::to_json_value(&text).unwrap_or_else(|it| panic!("{place}: {it}"));
        let errors: Vec<_> = validator.iter_errors(&value).map(|it| it.to_string()).collect();
        assert!(errors.is_empty(), "{place}: {errors:?}");
    }
}

#[test]
fn every_sample_of_json_and_yaml_can_be_read() {
    for (place, text) in blocks("json") {
        let read = serde_json::from_str::<Value>(&text);
        assert!(read.is_ok(), "{place}: {read:?}");
    }
    let samples = blocks("yaml");
    assert!(samples.len() >= 3, "{samples:?}");
    for (place, text) in samples {
        // A dump may have several documents.
        for document in text.split("\n---\n") {
            let read = yaml::to_json_value(document);
            assert!(read.is_ok(), "{place}: {read:?}");
        }
    }
}
