//! Random objects, written as tools and people write them: they always have outlines.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;
use crate::yaml::resolve::{Style, resolve};

#[derive(Debug, Clone)]
enum Node {
    Plain(&'static str),
    Text(String),
    Map(Vec<(String, Node)>),
    List(Vec<Node>),
}

/// How a writer writes.
#[derive(Debug, Clone)]
struct Hand {
    /// Random numbers that decide, repeated.
    dice: Vec<u8>,
    thrown: usize,
    /// kubectl sorts keys, does not indent dashes, and quotes only if necessary.
    kubectl: bool,
    line_end: &'static str,
}

impl Hand {
    fn throw(&mut self, sides: u8) -> u8 {
        self.thrown += 1;
        if self.kubectl { 0 } else { self.dice[self.thrown % self.dice.len()] % sides }
    }

    fn document(&mut self, mut entries: Vec<(String, Node)>) -> String {
        let mut out = String::new();
        if self.kubectl {
            entries.sort_by(|a, b| a.0.cmp(&b.0));
        }
        self.map(&entries, 0, &mut out);
        if self.line_end == "\n" { out } else { out.replace('\n', self.line_end) }
    }

    /// What may be between two lines.
    fn between(&mut self, indent: usize, out: &mut String) {
        match self.throw(12) {
            1 => out.push('\n'),
            2 => _ = writeln!(out, "{:indent$}# a comment: with \"marks\" and - dashes", ""),
            3 => out.push_str("# kind: Comment\n"),
            4 => _ = writeln!(out, "{:indent$}", ""),
            _ => {}
        }
    }

    fn map(&mut self, entries: &[(String, Node)], indent: usize, out: &mut String) {
        for (i, (key, value)) in entries.iter().enumerate() {
            if i > 0 {
                self.between(indent, out);
                _ = write!(out, "{:indent$}", "");
            }
            let quote = self.throw(9);
            out.push_str(&match quote {
                // In the first column, a `"` may close a text whose last line ends in a backslash.
                1 if !key.contains('"') && indent > 0 => double(key),
                _ if quote < 3 || !is_plain(key) => single(key),
                _ => key.clone(),
            });
            out.push_str(if self.throw(9) == 1 { " :" } else { ":" });
            self.value(value, indent, false, out);
        }
    }

    /// Writes the value after the colon or the dash in column `indent`.
    fn value(&mut self, value: &Node, indent: usize, element: bool, out: &mut String) {
        match value {
            Node::Plain(text) => {
                if !text.is_empty() {
                    out.push(' ');
                }
                out.push_str(text);
                self.line_end(out);
            }
            Node::Text(text) => {
                out.push(' ');
                self.text(text, indent, out);
            }
            Node::Map(entries) if entries.is_empty() => out.push_str(" {}\n"),
            Node::List(items) if items.is_empty() => out.push_str(" []\n"),
            Node::Map(entries) if element && self.throw(4) < 3 => {
                out.push(' ');
                self.map(entries, indent + 2, out);
            }
            Node::Map(entries) => {
                self.line_end(out);
                let below = indent + 2 + 2 * usize::from(self.throw(3) / 2);
                self.between(below, out);
                _ = write!(out, "{:below$}", "");
                self.map(entries, below, out);
            }
            Node::List(items) => {
                let below = match (element, self.throw(2)) {
                    (true, 0) => {
                        out.push(' ');
                        return self.list(items, indent + 2, out);
                    }
                    (false, 0) => indent,
                    _ => indent + 2,
                };
                self.line_end(out);
                _ = write!(out, "{:below$}", "");
                self.list(items, below, out);
            }
        }
    }

    fn list(&mut self, items: &[Node], indent: usize, out: &mut String) {
        for (i, item) in items.iter().enumerate() {
            if i > 0 {
                self.between(indent, out);
                _ = write!(out, "{:indent$}", "");
            }
            out.push('-');
            self.value(item, indent, true, out);
        }
    }

    fn line_end(&mut self, out: &mut String) {
        match self.throw(12) {
            1 => out.push_str("  \n"),
            2 => out.push_str(" # why: not\n"),
            _ => out.push('\n'),
        }
    }

    fn text(&mut self, text: &str, indent: usize, out: &mut String) {
        let below = indent + 2;
        match self.throw(6) {
            0 | 1 if is_literal(text) => {
                let chomp = match text.trim_end_matches('\n').len() {
                    it if it == text.len() => "-",
                    it if it + 1 == text.len() => "",
                    _ => "+",
                };
                let indicator = if text.starts_with([' ', '\n']) { "2" } else { "" };
                _ = writeln!(out, "|{indicator}{chomp}");
                for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
                    if line.is_empty() {
                        out.push('\n');
                    } else {
                        _ = writeln!(out, "{:below$}{line}", "");
                    }
                }
            }
            0..=2 if is_plain(text) => {
                out.push_str(text);
                self.line_end(out);
            }
            // Old versions of kubectl fold long lines.
            3 if is_plain(text) && text.contains(' ') => {
                out.push_str(&text.replacen(' ', &format!("\n{:below$}", ""), 1));
                self.line_end(out);
            }
            3 | 4 if is_single(text) => {
                let folded = format!("\n\n{:below$}", "");
                out.push_str(&single(text).replace('\n', &folded));
                self.line_end(out);
            }
            5 => {
                let folded = format!("\\\n{:below$}\\ ", "");
                out.push_str(&double(text).replace(' ', &folded));
                self.line_end(out);
            }
            _ => {
                out.push_str(&double(text));
                self.line_end(out);
            }
        }
    }
}

/// Whether a text may be plain.
fn is_plain(text: &str) -> bool {
    let begins = text.starts_with(|it: char| it.is_alphanumeric() || it == '/' || it == '_');
    let is_text = matches!(resolve(text.into(), Style::Plain), Value::Text(_));
    begins
        && is_text
        && !text.ends_with([' ', ':'])
        && !text.contains(['\n', '\t', '\r', '\u{1}', '\u{feff}'])
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.contains("  ")
}

/// Whether a text may be folded in single quotes, with a line feed for a blank line.
fn is_single(text: &str) -> bool {
    let lines: Vec<_> = text.split('\n').collect();
    let inner = lines.iter().all(|it| !it.is_empty() && it.trim() == *it);
    (inner || lines.len() == 1) && !text.contains(['\r', '\u{1}', '\u{feff}'])
}

fn is_literal(text: &str) -> bool {
    let first = text.trim_start_matches('\n').trim_start_matches(' ');
    text.contains('\n')
        && !first.starts_with(['\t', '\n'])
        && !first.is_empty()
        && !text.contains(['\r', '\u{1}', '\u{feff}'])
}

fn single(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn double(text: &str) -> String {
    let mut out = String::from("\"");
    for it in text.chars() {
        match it {
            '"' | '\\' => out.extend(['\\', it]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '\u{1}' | '\u{feff}' => _ = write!(out, "\\u{:04X}", u32::from(it)),
            _ => out.push(it),
        }
    }
    out + "\""
}

fn texts() -> impl Strategy<Value = String> {
    let nasty = proptest::sample::select(vec![
        "",
        " ",
        "yes",
        "1.0",
        "0x1F",
        "null",
        "~",
        "-",
        "- a",
        "a: b",
        "a:",
        "# c",
        "a # c",
        "x y z",
        "it's",
        "\"",
        "\\",
        "é 漢 🦀",
        "{}",
        "{a: b}",
        "[a]",
        "* a",
        "&a",
        "!a",
        "%a",
        "@a",
        "`a",
        "| a",
        "> a",
        "? a",
        "<<",
        "a\tb",
        "\ta",
        " a ",
        "a\r\nb",
        "\u{1}",
        "\u{feff}",
        "2024-06-01T08:00:00Z",
        "2025-06-01T08:00:00.123456Z",
        "2024-06-01T08:00:00+02:00",
        "1970-01-01T00:00:00Z",
        "2024-05-01T08:00:00Z",
        "{\n  \"a\": [\n    1\n  ]\n}\n",
        "[\n  x\ny",
        "foo() {\n  [ -f x ] && y &z\n}\n",
        "a\n",
        "a\n\n",
        "\na\n",
        "  a\nb\n",
        "a\n  b\n\n\nc\n\n",
        "a\n\tb\n",
        "a\n# b\n",
        "a\n  \nb\n",
        "a \nb\n",
        "\"a\\\n\" # \": x\n",
        "apiVersion: v1\nitems:\n- apiVersion: v1\n  kind: Pod\n  metadata:\n    name: inner\n\
         kind: List\n",
        "---\napiVersion: v1\n...\n",
        "- apiVersion: v1\n  kind: Pod\n",
        "key: |\n  inner\n",
        "time: 2030-01-01T00:00:00Z\n",
    ]);
    prop_oneof![
        4 => nasty.prop_map(str::to_owned),
        2 => "[a-z]{1,9}( [a-z]{1,7}){0,4}",
        1 => "[ab:#\"'\\\\\n\t{}&*!-]{0,12}",
        1 => "[a-z]{80,200}",
    ]
}

fn nodes() -> impl Strategy<Value = Node> {
    let plain = proptest::sample::select(vec![
        "",
        "~",
        "null",
        "true",
        "off",
        "1",
        "-0.5",
        "0x1F",
        "1e3",
        "2024-06-02T08:00:00Z",
        "10.0.0.1",
        "512Mi",
        "99185e5586",
    ]);
    let leaf = prop_oneof![plain.prop_map(Node::Plain), texts().prop_map(Node::Text)];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            entries(inner.clone()).prop_map(Node::Map),
            proptest::collection::vec(inner, 0..5).prop_map(Node::List),
        ]
    })
}

fn entries(values: impl Strategy<Value = Node>) -> impl Strategy<Value = Vec<(String, Node)>> {
    let key = prop_oneof![
        8 => proptest::sample::select(vec![
            "a", "b", "c", "name", "time", "renewTime", "startedAt", "notAfter", "f:metadata",
            "k:{\"uid\":\"x\"}", ".", "a/b", "a b", "8080",
            "app.kubernetes.io/name", "yes", "-a", "é",
        ]).prop_map(str::to_owned),
        1 => "[a-z]{1,30}",
    ];
    proptest::collection::btree_map(key, values, 0..6)
        .prop_map(|it| it.into_iter().collect())
        .prop_shuffle()
}

fn objects() -> impl Strategy<Value = Vec<(String, Node)>> {
    let scalar = || {
        prop_oneof![texts().prop_map(Node::Text), Just(Node::Plain("12")), Just(Node::Plain(""))]
    };
    let metadata = (scalar(), scalar(), entries(scalar()), nodes(), nodes()).prop_map(
        |(name, uid, labels, annotations, changes)| {
            Node::Map(vec![
                ("annotations".to_owned(), annotations),
                ("creationTimestamp".to_owned(), Node::Text("2024-06-01T08:00:00Z".to_owned())),
                ("labels".to_owned(), Node::Map(labels)),
                ("managedFields".to_owned(), changes),
                ("name".to_owned(), name),
                ("uid".to_owned(), uid),
            ])
        },
    );
    (scalar(), metadata, nodes(), nodes(), nodes(), nodes(), scalar())
        .prop_map(|(kind, metadata, spec, status, a, b, time)| {
            let keys = ["kind", "metadata", "spec", "status", "a", "b", "lastTimestamp"];
            let values = [kind, metadata, spec, status, a, b, time];
            keys.map(str::to_owned).into_iter().zip(values).collect()
        })
        .prop_shuffle()
}

fn hands() -> impl Strategy<Value = Hand> {
    let dice = proptest::collection::vec(any::<u8>(), 64);
    let line_end = proptest::sample::select(vec!["\n", "\n", "\n", "\r\n"]);
    (dice, line_end, any::<bool>()).prop_map(|(dice, line_end, kubectl)| Hand {
        dice,
        thrown: 0,
        kubectl,
        line_end,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_never_odd(object in objects(), mut hand in hands()) {
        let text = hand.document(object);
        prop_assert_eq!(compare(&text), Answer::Same, "{}", text);
    }

    #[test]
    fn items_end_where_the_next_begins(
        objects in proptest::collection::vec(objects(), 1..4), mut hand in hands(),
    ) {
        let text: String = objects.into_iter().map(|it| as_item(&hand.document(it))).collect();
        prop_assert_eq!(compare_list(&text), Answer::Same, "{}", text);
    }

}

proptest! {
    // Each is read at every length.
    #![proptest_config(ProptestConfig {
        cases: ProptestConfig::default().cases / 16,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn what_is_cut_off_waits(
        objects in proptest::collection::vec(objects(), 2), mut hand in hands(),
    ) {
        check_cuts(&objects.into_iter().map(|it| as_item(&hand.document(it))).collect::<String>());
    }
}
