//! Texts made of fragments at random: most are refused by the parser; the others are like nothing that anybody
//! writes.

use proptest::prelude::*;

use super::*;

const FRAGMENTS: [&str; 76] = [
    "\n",
    "\n",
    "\n",
    "\n",
    "\n",
    "\n",
    "\n  ",
    "\n  ",
    "\n  ",
    "\n    ",
    "\n    ",
    "\n      ",
    "\n ",
    "\n   ",
    "\n- ",
    "\n  - ",
    "\n    - ",
    "\n\n",
    "\r\n",
    "\r\n  ",
    "  ",
    " ",
    " ",
    "a: ",
    "b: ",
    "a: ",
    "b: ",
    "a:",
    "b:",
    "c: ",
    "a",
    "b",
    "x y",
    "- ",
    "- ",
    "-",
    "metadata:",
    "name: ",
    "labels:",
    "kind: ",
    "apiVersion: ",
    "spec:",
    "status:",
    "phase: ",
    "'",
    "'",
    "\"",
    "\"",
    "|",
    "|-",
    "|+",
    "|2",
    ">",
    "# c",
    " # c",
    "#",
    ":",
    ": ",
    "{}",
    "[]",
    "[",
    "]",
    "{",
    "}",
    "~",
    "null",
    "1",
    "0x1F",
    "\\",
    "\\\n",
    "\t",
    "time: ",
    "2024-06-01T08:00:00Z",
    "!!str ",
    "&x ",
    "? ",
];

fn soup() -> impl Strategy<Value = String> {
    proptest::collection::vec(proptest::sample::select(&FRAGMENTS[..]), 1..24)
        .prop_map(|it| it.concat())
}

/// More often than not something that a parser takes.
fn lines() -> impl Strategy<Value = String> {
    let indent = proptest::sample::select(vec![0, 0, 0, 0, 2, 2, 2, 4, 4, 6, 1, 3]);
    let dashes = proptest::sample::select(vec!["", "", "", "", "- ", "- ", "- - ", "-", "-   "]);
    let key = proptest::sample::select(vec![
        "a:",
        "b:",
        "c:",
        "d:",
        "spec:",
        "status:",
        "phase:",
        "metadata:",
        "name:",
        "labels:",
        "\"a\":",
        "'b' :",
        "a b:",
        "",
        "",
        "",
        "time:",
        "renewTime:",
        "1:",
        "yes:",
        "-a:",
        "kind:",
        "? a",
        "&x a:",
        "<<:",
        "é:",
    ]);
    let value = proptest::sample::select(vec![
        "",
        "",
        "",
        "",
        "x",
        "x y",
        "1",
        "~",
        "\"x",
        "y\"",
        "'x",
        "y'",
        "'x'",
        "\"\\x41\"",
        "\"a\\",
        "|",
        "|-",
        "|+",
        "|2",
        "|1-",
        "# c",
        "x # c",
        "#x",
        "{}",
        "[]",
        "[a,",
        "b]",
        "{a: b}",
        "&x",
        "*x",
        "!!str",
        "!!map",
        "2024-06-01T08:00:00Z",
        "2025-06-01T08:00:00.5Z",
        "\"2024-06-01T08:00:00\\x5a\"",
        "- x",
        "a: b",
        ">",
        "---",
        "...",
        "\t",
        "x\t",
        "\u{feff}",
        "x:",
        "''",
    ]);
    let end = proptest::sample::select(vec![
        "\n",
        "\n",
        "\n",
        "\n",
        "\n\n",
        "\r\n",
        " \n",
        "\n  \n",
        "\n# c\n",
        "\n  # c\n",
        "\r",
        "\n\t\n",
        "",
    ]);
    let line = (indent, dashes, key, value, end).prop_map(|(indent, dashes, key, value, end)| {
        format!("{:indent$}{dashes}{key} {value}{end}", "")
    });
    proptest::collection::vec(line, 1..9).prop_map(|it| it.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn fragments_are_read_as_the_parser_reads_them(text in soup()) {
        compare(&text);
        compare_list(&as_item(&text));
    }

    #[test]
    fn lines_are_read_as_the_parser_reads_them(text in lines()) {
        compare(&text);
        compare_list(&as_item(&text));
    }
}
