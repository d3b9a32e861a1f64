//! ConfigMaps with texts that are hard to parse.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{context::Context, managed};

/// A ConfigMap with a text that a fast reader may take for something else. Every sixteenth is
/// harmless.
pub(super) fn config_map(context: &mut Context<'_>) -> Value {
    let (topic, data) = data(context);
    let name = format!("{topic}-{}", context.maker.suffix());
    let metadata = json!({
        "annotations": {"shop.example/checksum": context.maker.hex(32)},
        "labels": {"app.kubernetes.io/managed-by": "Helm"},
    });
    let mut config_map = json!({"data": data, "metadata": context.metadata(&name, metadata)});
    if topic == "binary" {
        config_map["binaryData"] = json!({"logo.png": context.maker.base64(4_000)});
    }
    managed::add(&mut config_map, &[("helm", &["data", "metadata"], "")]);
    config_map
}

/// A list as kubectl prints it.
const LIST: &str = "apiVersion: v1\nitems:\n- apiVersion: v1\n  kind: Pod\n  metadata:\n    name: \
    quoted\n    namespace: csdr\n    uid: 00000000-0000-4000-8000-000000000000\n  status:\n    \
    containerStatuses:\n    - lastState:\n        terminated:\n          exitCode: 137\n          \
    reason: OOMKilled\n      name: quoted\nkind: List\nmetadata:\n  resourceVersion: \"\"\n";

fn data(context: &mut Context<'_>) -> (&'static str, Value) {
    match context.nth % 16 {
        0 => ("list-in-a-block", json!({"dump.yaml": LIST})),
        1 => (
            "documents-in-a-block",
            json!({
                "all.yaml": format!("---\n{LIST}---\n- apiVersion: v1\n- kind: Pod\n...\n---\n"),
                "end": "kind: List\nmetadata:\n  resourceVersion: \"\"",
            }),
        ),
        2 => (
            "carriage-returns",
            json!({
                "my.cnf": "[mysqld]\r\nport=3306\r\n\r\n- apiVersion: v1\r\n  kind: Pod\r\n\
                    max_connections=500\r\n",
            }),
        ),
        3 => (
            "trailing-spaces",
            json!({
                "a": "ends in a space ",
                "motd": "apiVersion: v1 \nitems: \n- apiVersion: v1  \n  kind: Pod\t\n",
                "spaces": "   ",
            }),
        ),
        4 => (
            "unicode",
            json!({
                "greeting": "Grüße, 你好, שלום, привет 👋",
                "invisible": "a\u{feff}b\u{a0}c\u{200b}d\u{2028}e\u{85}f",
                "lists": "значение: да\n列表:\n- 一\n- 二\n",
            }),
        ),
        5 => ("one-line", json!({"dashboard.json": one_line(context)})),
        6 => ("prose", json!({"README": prose(context, ' '), "lines": prose(context, '\n')})),
        7 => (
            "control-characters",
            json!({
                "colours": "\u{1b}[31mred\u{1b}[0m\ttabs\there\u{0}\u{7f}",
                "Makefile": "all:\n\tkubectl get pods -A -o yaml\n",
            }),
        ),
        8 => (
            "doubtful-scalars",
            json!({
                "-": "- dash",
                "...": "---",
                "0x1F": "0o17",
                "1.0": "1.0",
                "12": "12:30:45",
                "1e3": "99185e5586",
                "2026-09-15": "2026-09-15T02:30:00Z",
                "_": "",
                "a": "~",
                "anchor": "&a",
                "at": "@at `tick` %percent",
                "b": "key: value # no comment",
                "c": ".inf",
                "merge": "<<",
                "n": "no",
                "null": "null",
                "quotes": "'single' \"double\"",
                "star": "*anchor",
                "tag": "!!str x",
                "true": "yes",
                "y": "|",
            }),
        ),
        9 => (
            "odd-blocks",
            json!({
                "indented": "    four spaces first\nthen none\n",
                "newlines": "\n\n\n",
                "kept": "text\n\n\n",
                "empty-first": "\n\ntext",
                "no-end": "a\n  b\n    c",
                "quotes": "'\n\"\n",
            }),
        ),
        10 => (
            "objects-as-json",
            json!({
                "pod.json": "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\
                    \"metadata\":{\"name\":\"quoted\"}}",
                "list.json": "{\n    \"apiVersion\": \"v1\",\n    \"items\": [\n        \
                    {\n            \"kind\": \"Pod\"\n        }\n    ],\n    \"kind\": \
                    \"List\"\n}\n",
            }),
        ),
        11 => ("binary", json!({"logo.txt": "see binaryData"})),
        12 => (
            "scripts",
            json!({
                "run.sh": "#!/bin/sh\nset -eu\n# apiVersion: v1\nfor pod in *; do # loops\n  cat \
                    <<EOF >\"$pod\"\n---\napiVersion: v1\nEOF\ndone && echo \"<done> & gone\"\n",
            }),
        ),
        13 => ("applied", json!({"key": "value"})),
        14 => ("deep", json!({"values.yaml": deep()})),
        _ => (
            "plain",
            json!({
                "LOG_LEVEL": "info",
                "config.yaml": "server:\n  port: 8080\n  tls:\n    enabled: true\n",
            }),
        ),
    }
}

/// A dashboard on one line: kubectl does not fold a text with few blanks.
fn one_line(context: &mut Context<'_>) -> String {
    let mut text = "{\"panels\":[".to_owned();
    for panel in 0..400 {
        let separator = if panel == 0 { "" } else { "," };
        let _ = write!(
            text,
            "{separator}{{\"id\":{panel},\"title\":\"a: b - c\",\
             \"expr\":\"rate(http_requests_total{{code=~\\\"5..\\\"}}[5m])>{}\"}}",
            context.below(100)
        );
    }
    text.push_str("]}");
    text
}

fn prose(context: &mut Context<'_>, between: char) -> String {
    const WORDS: [&str; 12] = [
        "backup",
        "the",
        "restore:",
        "- item",
        "#hash",
        "a",
        "cluster",
        "'quoted'",
        "\"twice\"",
        "{brace}",
        "of",
        "namespaces",
    ];
    let mut text = "It begins".to_owned();
    for _ in 0..600 {
        text.push(between);
        text.push_str(context.random().pick(&WORDS));
    }
    text
}

/// A text with forty levels.
fn deep() -> String {
    let mut text = String::new();
    for level in 0..40 {
        let _ = writeln!(text, "{:1$}level{level}:", "", level * 2);
    }
    let _ = writeln!(text, "{:1$}- apiVersion: v1", "", 80);
    text
}
