//! Random texts.

use std::collections::HashSet;

use proptest::{collection::vec, prelude::*, sample::select};
use serde::Serialize;
use serde_json::ser::{PrettyFormatter, Serializer};

use super::*;

pub(super) fn indented(value: &serde_json::Value, indent: &str) -> String {
    let mut out = Vec::new();
    let pretty = PrettyFormatter::with_indent(indent.as_bytes());
    value.serialize(&mut Serializer::with_formatter(&mut out, pretty)).expect("memory");
    String::from_utf8(out).expect("text")
}

/// Where a string, a list or a mapping ends, byte by byte.
pub(super) fn end(text: &str) -> Option<usize> {
    let (mut depth, mut inside, mut escaped) = (0, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'"' if !escaped => inside = !inside,
            b'[' | b'{' if !inside => depth += 1,
            b']' | b'}' if !inside => depth -= 1,
            _ => {}
        }
        escaped = byte == b'\\' && !escaped;
        if depth == 0 && !inside {
            return Some(at + 1);
        }
    }
    None
}

#[derive(Debug, Clone)]
enum Node {
    Scalar(String),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
}

/// Whether texts are typical, or merely possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mood {
    Plain,
    Hostile,
}

#[derive(Debug, Clone, Copy)]
enum Layout {
    Compact,
    Indented(usize),
    /// Whitespace of any kind, by chance.
    Any(usize),
}

fn layout() -> impl Strategy<Value = Layout> {
    prop_oneof![
        Just(Layout::Compact),
        select(vec![1, 2, 4]).prop_map(Layout::Indented),
        any::<u32>().prop_map(|it| Layout::Any(it as usize)),
    ]
}

/// A string with quotes, as in a text.
fn string(mood: Mood) -> impl Strategy<Value = String> {
    let plain = select(vec![
        "a",
        "b",
        "c",
        "",
        "time",
        "é",
        "😀",
        r#"\""#,
        r"\\",
        r"\n",
        r"\/",
        r"\u00e9",
        r"\ud83d\ude00",
        r"\u003c",
        r"\u0000",
        "}{",
        "][",
        ",",
        ":",
        "\u{7f}",
        "null",
        "2024-05-01T08:00:00Z",
        "2025-01-01T00:00:00.5Z",
        r"2024-05-01\u005408:00:00Z",
    ]);
    let long = (0_usize..70).prop_map(|it| "x".repeat(it));
    let slashes = (0_usize..70).prop_map(|it| r"\\".repeat(it));
    let broken = select(vec!["\"", "\\", "\n", r"\x", r"\ud800", r"\u12", "\u{0}"]);
    let piece = prop_oneof![
        40 => plain.prop_map(str::to_owned),
        4 => long,
        2 => slashes,
        u32::from(mood == Mood::Hostile) => broken.prop_map(str::to_owned),
    ];
    vec(piece, 0..4).prop_map(|it| format!("\"{}\"", it.concat()))
}

fn key(mood: Mood) -> impl Strategy<Value = String> {
    let known = select(vec![
        r#""a""#,
        r#""b""#,
        r#""c""#,
        r#""time""#,
        r#""startTime""#,
        r#""renewTime""#,
        r#""lastValidationTime""#,
        r#""\u0061""#,
        r#""notAfter""#,
    ]);
    prop_oneof![3 => known.prop_map(str::to_owned), 1 => string(mood)]
}

fn scalar(mood: Mood) -> impl Strategy<Value = String> {
    let plain = select(vec![
        "null",
        "true",
        "false",
        "0",
        "1",
        "-1",
        "-0",
        "1.0",
        "1e3",
        "0.1",
        "1.5E-7",
        "12345678",
        "123456789012345678",
        "1234567890123456789",
        "-9223372036854775808",
        "18446744073709551615",
        "100000000000000000000",
        r#""2024-05-01T08:00:01Z""#,
        r#""2024-05-01T08:00:00+00:00""#,
        r#""2025-01-01T00:00:00.25Z""#,
    ]);
    let broken = select(vec!["", "nul", "nulll", "01", "-", "1.", "1e999", "é", "{", "]", "1 2"]);
    prop_oneof![
        10 => plain.prop_map(str::to_owned),
        10 => string(mood),
        u32::from(mood == Mood::Hostile) => broken.prop_map(str::to_owned),
    ]
}

/// Usually drops entries with duplicate keys.
fn map(mut entries: Vec<(String, Node)>, mood: Mood) -> Node {
    let mut seen = HashSet::new();
    let decoded = |key: &str| serde_json::from_str::<String>(key).expect("a string");
    entries.retain(|(key, _)| mood == Mood::Hostile || seen.insert(decoded(key)));
    Node::Map(entries)
}

fn node(mood: Mood) -> impl Strategy<Value = Node> {
    scalar(mood).prop_map(Node::Scalar).prop_recursive(5, 40, 6, move |node| {
        prop_oneof![
            vec(node.clone(), 0..5).prop_map(Node::List),
            vec((key(mood), node), 0..6).prop_map(move |it| map(it, mood)),
        ]
    })
}

/// An entry, usually with a typical value for its key.
fn entry(
    keys: &'static [&'static str],
    usual: impl Strategy<Value = Node>,
    mood: Mood,
) -> impl Strategy<Value = (String, Node)> {
    let key = select(keys).prop_map(|it| format!("\"{it}\""));
    (key, prop_oneof![3 => usual, u32::from(mood == Mood::Hostile) => node(mood)])
}

fn object(mood: Mood) -> impl Strategy<Value = Node> {
    let text = || string(mood).prop_map(Node::Scalar);
    let labels = || vec((key(mood), scalar(mood).prop_map(Node::Scalar)), 0..5);
    let labels = labels().prop_map(move |it| map(it, mood));
    let metadata = vec(
        prop_oneof![
            6 => entry(
                &["name", "namespace", "uid", "resourceVersion", "generateName"], text(), mood,
            ),
            2 => entry(&["labels"], labels, mood),
            2 => entry(
                &["managedFields", "annotations", "a", "creationTimestamp"], node(mood), mood,
            ),
        ],
        0..8,
    );
    let metadata = metadata.prop_map(move |it| map(it, mood));
    let odd_key = (key(mood), node(mood));
    let entries = vec(
        prop_oneof![
            3 => entry(&["apiVersion", "kind"], text(), mood),
            2 => entry(&["metadata"], metadata, mood),
            4 => entry(
                &["spec", "status", "a", "b", "c", "items", "lastTimestamp", "series"],
                node(mood), mood,
            ),
            u32::from(mood == Mood::Hostile) => odd_key,
        ],
        0..8,
    );
    entries.prop_map(move |it| map(it, mood))
}

impl Layout {
    /// Whitespace before a token at this depth; `line`: starts a line in indented text.
    fn space(&mut self, line: Option<usize>, out: &mut String) {
        match self {
            Self::Compact => {}
            Self::Indented(by) => {
                if let Some(depth) = line {
                    out.push('\n');
                    out.push_str(&" ".repeat(*by * depth));
                }
            }
            Self::Any(chance) => {
                *chance = chance
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                let blanks = ["", "", " ", "\n", "\t ", "\r\n", "                    ", " \n \t"];
                out.push_str(blanks[(*chance >> 33) % blanks.len()]);
            }
        }
    }

    fn write(&mut self, node: &Node, depth: usize, out: &mut String) {
        let (open, close, length) = match node {
            Node::Scalar(it) => return out.push_str(it),
            Node::List(items) => ('[', ']', items.len()),
            Node::Map(entries) => ('{', '}', entries.len()),
        };
        out.push(open);
        for i in 0..length {
            self.space(Some(depth + 1), out);
            match node {
                Node::Map(entries) => {
                    out.push_str(&entries[i].0);
                    self.space(None, out);
                    out.push(':');
                    if matches!(self, Self::Indented(_)) {
                        out.push(' ');
                    }
                    self.space(None, out);
                    self.write(&entries[i].1, depth + 1, out);
                }
                Node::List(items) => self.write(&items[i], depth + 1, out),
                Node::Scalar(_) => {}
            }
            if i + 1 < length {
                self.space(None, out);
                out.push(',');
            }
        }
        self.space(Some(depth).filter(|_| length > 0), out);
        out.push(close);
    }
}

fn text(mood: Mood) -> impl Strategy<Value = String> {
    (object(mood), layout()).prop_map(|(object, mut layout)| {
        let mut out = String::new();
        layout.write(&object, 0, &mut out);
        out
    })
}

fn projections() -> impl Strategy<Value = Vec<Projection>> {
    let first = select(vec![
        "a",
        "b",
        "c",
        "*",
        "spec",
        "status",
        "metadata",
        "metadata.labels",
        "items",
        "kind",
    ]);
    let next =
        select(vec![".a", ".b", ".c", ".*", "[]", ".time", ".startTime", ".\"}{\"", ".\"\\\"\""]);
    let path =
        (first, vec(next, 0..4)).prop_map(|(first, next)| format!("{first}{}", next.concat()));
    let projection = vec(path, 0..6)
        .prop_map(|it| projection(&it.iter().map(String::as_str).collect::<Vec<_>>()));
    vec(projection, 1..4)
}

proptest! {
    #[test]
    fn plain_objects_are_never_odd(text in text(Mood::Plain), projections in projections()) {
        prop_assert_eq!(compare(&text, &projections), Answer::Same);
        check_cut(&text, &projections);
    }

    #[test]
    fn hostile_objects_are_the_same_or_odd(
        text in text(Mood::Hostile),
        projections in projections(),
        changes in vec(
            (
                any::<prop::sample::Index>(),
                0..3,
                select(vec!['"', '\\', '{', '}', '[', ']', ',', ':', '0', 'n', '\n', 'é']),
            ),
            0..3,
        ),
    ) {
        compare(&text, &projections);
        let mut characters: Vec<char> = text.chars().collect();
        for (at, change, character) in changes {
            let at = at.index(characters.len());
            match change {
                0 => characters[at] = character,
                1 => characters.insert(at, character),
                _ => _ = characters.remove(at),
            }
            if characters.is_empty() {
                return Ok(());
            }
        }
        let changed: String = characters.into_iter().collect();
        compare(&changed, &projections);
        check_cut(&changed, &projections);
    }

    #[test]
    fn ends_are_found_in_any_bytes(
        text in r#"[\[{"][\[\]{}",:\\ a0é]{0,300}"#,
    ) {
        prop_assert_eq!(end_of_value(text.as_bytes(), 0), Ok(end(&text)));
    }

    #[test]
    fn whitespace_is_stepped_over(space in "[ \n\r\t]{0,70}", after in "[a\u{b}\u{a0}\u{c}]?") {
        let text = format!("{space}{after}");
        prop_assert_eq!(skip_space(text.as_bytes(), 0), space.len());
    }

    #[test]
    fn any_text(text in r#"\{[\[\]{}",:\\ a0é\n]{0,60}"#, projections in projections()) {
        compare(&text, &projections);
        check_cut(&text, &projections);
    }
}
