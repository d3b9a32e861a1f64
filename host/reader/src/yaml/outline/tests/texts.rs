//! Texts written by hand, and what outlines make of them.

use super::*;

/// A whole object, as JSON without its head.
#[track_caller]
fn check(text: &str, want: &str) {
    assert_eq!(compare(text), Answer::Same);
    let item = as_item(text);
    assert_eq!(compare_list(&item), Answer::Same);
    check_cuts(&format!("{item}- kind: Pod\n"));
    let mut survey = Survey::default();
    let surveyed = survey.look(text, Style::Yaml);
    let (outline, _) = Outline::read(surveyed, 0, 0, true).expect("not odd").expect("whole");
    let mut out = String::new();
    outline.project(&projection(&[]), &no_type(), &mut out).expect("not odd");
    assert_eq!(out, format!(r#"{{"apiVersion":"","kind":""{want}}}"#));
}

#[test]
fn plain_scalars() {
    check(
        "a: x\nb: x y  \nc: 1.0\nd: 0x1F\ne: yes\nf: 512Mi\n",
        r#","a":"x","b":"x y","c":1,"d":31,"e":true,"f":"512Mi""#,
    );
    check(
        "a: http://x:80/#y # z\nb: a:b\nc: -x\nd: \"x\" # y\n",
        r#","a":"http://x:80/#y","b":"a:b","c":"-x","d":"x""#,
    );
    check("a: x\n  y\n\n\n  z # c\n# c\nb: q\n  x\n", r#","a":"x y\n\nz","b":"q x""#);
    check("a:\n  x\n  y\nb:\n  'x\n  y'\n", r#","a":"x y","b":"x y""#);
    check("a: x\n - y\n\nb: z", r#","a":"x - y","b":"z""#);
    check("a: x\r\n  y\r\nb: z\r\n", r#","a":"x y","b":"z""#);
}

#[test]
fn quoted_scalars() {
    check(r#"a: """#, r#","a":"""#);
    check("a: 'it''s'\nb: '\\n'\n", r#","a":"it's","b":"\\n""#);
    check(
        r#"a: "\x41\u00e9\U0001F980\t\"\\\/\0\e\_\N\L\P\a\b\v\f\r\n\ ""#,
        ",\"a\":\"Aé🦀\\t\\\"\\\\/\\u0000\\u001b\u{a0}\u{85}\u{2028}\u{2029}\\u0007\\b\\u000b\
         \\f\\r\\n \"",
    );
    check("a: \"x  \n  y\n\n  z\"\nb: 'x\n\n\n  y'\n", r#","a":"x y\nz","b":"x\n\ny""#);
    check("a: \"x \\\n  y\\\n  \\ z\\\n\n  q\"\n", r#","a":"x y z\nq""#);
    check("a: \"x\\t \n  y\"\nb: \"\n  x\n  \"\n", r#","a":"x\t y","b":" x ""#);
    check("a: \"x\\\r\n  y\r\n  z\"\r\n", r#","a":"xy z""#);
}

#[test]
fn literal_scalars() {
    check(
        "a: |\n  x\n\n    y\n\nb: |-\n  x\n\nc: |+\n  x\n\n\nd: 1\n",
        r#","a":"x\n\n  y\n","b":"x","c":"x\n\n\n","d":1"#,
    );
    check("a: |2\n    x\nb: |1-\n  x\nc: |+1\n  x\n", r#","a":"  x\n","b":" x","c":" x\n""#);
    check("a: | # c\n\n  x\n # c\nb: |\nc: |+\n\n\n", r#","a":"\nx\n","b":"","c":"\n\n""#);
    check("a: |\n  # x\n  # y\n# z\nb: |\n  x", r##","a":"# x\n# y\n","b":"x\n""##);
    check("a: |\n  x \n   \n  y\n", r#","a":"x \n \ny\n""#);
    check("a: |-\r\n  x\r\n\r\n  y\r\nb: 1\r\n", r#","a":"x\n\ny","b":1"#);
    check("a:\n- |\n  x\n- |\n x\nb: 1\n", r#","a":["x\n","x\n"],"b":1"#);
}

#[test]
fn mappings_and_lists() {
    check("a:\n  b:\n    c: x\n  d: w\ne: z\n", r#","a":{"b":{"c":"x"},"d":"w"},"e":"z""#);
    check(
        "a:\n- x\n- k: 1\n  z: 2\n-\n  q: 3\n- - s\n  - t\n-\nb: 1\n",
        r#","a":["x",{"k":1,"z":2},{"q":3},["s","t"],null],"b":1"#,
    );
    check(
        "a:\n  - x:\n    - w\n    z: 1\n  -   k: 1\n      l: 2\n",
        r#","a":[{"x":["w"],"z":1},{"k":1,"l":2}]"#,
    );
    check("a: {}\nb: []  # c\nc:\n- {}\n- []\nd:\n  {}\n", r#","a":{},"b":[],"c":[{},[]],"d":{}"#);
    check("a:\nb: ~\nc:\n  d: null\ne:\n- null\n-\n", r#","c":{},"e":[null,null]"#);
    check(
        "\"a\": 1\n'b' : 2\n\"c d\": 3\n8080: 4\n-x: 5\n",
        r#","a":1,"b":2,"c d":3,"8080":4,"-x":5"#,
    );
    check("a:\n- 'x': 1\n- \"y\" : 2\n- \"z\"\n", r#","a":[{"x":1},{"y":2},"z"]"#);
}

#[test]
fn what_is_stepped_over_holds_anything() {
    let text = "metadata:\n  annotations:\n    a: |\n      kind: List\n      items:\n      - \
        metadata:\n          name: inner\n  \
        # name: comment\n  name: outer\n  labels:\n    a: 1\n";
    check_answer(text, Answer::Same);
    let mut survey = Survey::default();
    let surveyed = survey.look(text, Style::Yaml);
    let (outline, _) = Outline::read(surveyed, 0, 0, true).expect("not odd").expect("whole");
    assert_eq!(outline.name().expect("a name").name, "outer");
    check("a:\n- \"x\nkind: y\"\n- 'x\n\n- z'\nb: 1\n", r#","a":["x kind: y","x\n- z"],"b":1"#);
    check("a: |\n  ---\n  - x\n  # y\n  k: [\n\n\nb: 1\n", r#","a":"---\n- x\n# y\nk: [\n","b":1"#);
}

#[test]
fn comments_and_blank_lines_stand_anywhere() {
    let text = "a: # c\n\n# c\n  # c\n  b: 1\n   \n\n# c\n  c: 2\n\n\nd: 3\n# end\n";
    check(text, r#","a":{"b":1,"c":2},"d":3"#);
}

/// Compares a text, alone and as an item.
#[track_caller]
fn check_answer(text: &str, want: Answer) {
    assert_eq!(compare(text), want, "{text}");
    assert_eq!(compare_list(&as_item(text)), want, "{text}");
}

#[test]
fn what_only_the_parser_reads_right_is_odd() {
    for text in [
        "a: &x 1\nb: *x\n",
        "a: !!str 1\n",
        "a: !x {b: 1}\n",
        "a:\n  <<: {b: 1}\n",
        "<<: {b: 1}\na: 1\n",
        "? a\n: b\n",
        "a:\n  ? b\n  : c\n",
        "metadata:\n  <<: &x\n    name: y\n",
        "metadata:\n  \"a\"\t: 1\n  name: y\n",
        "metadata:\n  a\t: 1\n  name: y\n",
        "a: >\n  x\n  y\n",
        "a: [1, 2]\n",
        "a: {b: 1}\n",
        "a: \tx\n",
        "a: x\ty\n",
        "a: x\n\t\nb: y\n",
        "a: \"x\r    y\"\n",
        "a: 1\na: 2\n",
        "a:\n  b: 1\n  b: 2\n",
        "metadata:\n  name: a\n  name: b\n",
        "metadata:\n  labels:\n    a: 1\n    a: 2\n",
        "yes: 1\n",
        "\"a\\nb\": 1\n",
        "a:\n- &x \"b\nc: d\"\n- 1\n",
    ] {
        check_answer(text, Answer::Odd);
    }
}

#[test]
fn flow_collections_that_go_on_in_any_column_are_odd() {
    for text in [
        "a: [x,\n\"b\"]\nc: 1\n",
        "a: {x\nkind: y}\nc: 1\n",
        "a: &x{y\nkind: z}\nc: 1\n",
        "a:\n  b:\n  - c: [{x\nkind: y}]\nd: 1\n",
        "a: [\n  x\n]\n",
    ] {
        assert_eq!(compare(text), Answer::Odd, "{text}");
    }
}

#[test]
fn a_carriage_return_by_itself_is_odd() {
    assert_eq!(compare("a: x\rb: y\n"), Answer::Odd);
    assert_eq!(compare("a:\n  b: |\n    x\rc: y\n"), Answer::Odd);
    assert_eq!(compare_list("- a: x\r  b: y\n"), Answer::Odd);
}

#[test]
fn a_quote_that_closes_in_the_first_column_is_odd() {
    assert_eq!(compare("  a: \"x\\\n\"\n  kind: Pod\n"), Answer::Odd);
    assert_eq!(compare("a: \"x\\\n\" # \": x\nkind: Pod\n"), Answer::Odd);
}

#[test]
fn brackets_in_texts_are_no_flow_collections() {
    check_answer("a: |\n  {\n    \"x\": [\n      1,\n      2\nb: x {y\nc: 'x [y'\n", Answer::Same);
    check_answer("a: x & [y\nb: x &&y\n", Answer::Same);
    check_answer("a:\n- |\n  {b: \"x\n  y\n- c: x |\n    [y\nd: 1\n", Answer::Same);
    // Only a key may follow an empty literal scalar, and a collection cannot be one.
    check_answer("a:\n  b: |\n  {c: \"x\nkind: y\": 1}: z\nd: 1\n", Answer::Refused);
    check_answer("a:\n  b: |\n  [c]: {d: \"x\nkind: y\"}\nd: 1\n", Answer::Refused);
}

#[track_caller]
fn check_marks(text: &str, want: Marks) {
    let mut survey = Survey::default();
    let surveyed = survey.look(text, Style::Yaml);
    assert_eq!(Marks::of(surveyed, 0..text.len()), want, "{text}");
}

#[test]
fn what_cannot_go_on_in_the_next_line_is_not_looked_into() {
    for text in [
        "a: {}\nb: []\n",
        "a: x {y [z\n",
        "a: x{y\nk:{\"uid\":1}: {}\n",
        "a: |\n  {\"b\":{\"c\": [1, -2.5e+1, null, \"\\\"}\"]},\"d\":\"{\"}\n",
        "a: |\n  {'b'\n",
        "a:\n- b: |\n    [c\nd: e |\n  {",
        "a: 1\r\nb: 2\r\n",
    ] {
        check_marks(text, Marks::Flow(Vec::new()));
    }
    for (text, flows) in [
        ("a: [x\n", &[3][..]),
        ("- {x\n", &[2]),
        ("a: !x [\n", &[6]),
        ("a: &x  {\n", &[7]),
        ("a: &x{\n", &[5]),
        ("a: &x{\nb: {\nc: {}\nd{: 1\n", &[5, 10]),
        ("a:\n  {\n", &[5]),
        ("a:\n  {\"b\": 'c'}\n", &[5]),
        ("a:\n  {b:\"}\n", &[5]),
        ("a: # |\n  {b\n", &[9]),
        ("a: |\n  {b\n  {c\n", &[12]),
        ("a:\n  [\"b\"\n", &[5]),
        ("a:\n  [\"b\n\"]\n", &[5]),
        ("a:\n  {\"b\"c}\n", &[5]),
        ("a:\n  {\"b\":1} [\n  [", &[17]),
        ("a: {x\nb: []\nc:\n  [\n", &[3, 17]),
    ] {
        check_marks(text, Marks::Flow(flows.to_vec()));
    }
    check_marks("a: 1\rb: 2\n", Marks::Return);
}

#[test]
fn separators_end_an_object() {
    let mut survey = Survey::default();
    let mut end = |text, last| {
        let read = Outline::read(survey.look(text, Style::Yaml), 0, 0, last);
        read.expect("not odd").map(|it| it.1)
    };
    assert_eq!(end("a: 1\n--- # x\nb: 2\n", true), Some(5));
    assert_eq!(end("a: 1\n...", true), Some(5));
    assert_eq!(end("a: 1\n---", false), None);
}

#[test]
fn what_begins_a_document_is_no_key() {
    assert_eq!(compare("---  'a: '"), Answer::Odd);
    assert_eq!(compare("--- a: 1\n"), Answer::Refused);
    assert_eq!(compare("---a: 1\n"), Answer::Same);
}

#[test]
fn nesting_is_limited() {
    let nested = |levels: usize| {
        let keys = (0..levels).map(|it| format!("{:it$}a:\n", ""));
        keys.collect::<String>()
    };
    check_answer(&nested(80), Answer::Same);
    assert_eq!(compare(&format!("a: {}x\n", "- ".repeat(4))), Answer::Refused);
    check_answer(&nested(120), Answer::Refused);
    check_answer(&format!("a:\n{}x\n", "- ".repeat(120)), Answer::Refused);
}

#[test]
fn lines_are_found_by_their_indentation() {
    let mut survey = Survey::default();
    for columns in [0, 1, 2, 3, 7, 16, 31, 32, 33, 60, 70] {
        let blanks = "\n  \n   # x\n\r\n";
        let lines = (0..130)
            .map(|length| format!("{blanks}{:1$}{2}\n", "", columns + 1, "x".repeat(length)));
        let text = format!("a:\n{}", lines.collect::<String>());
        let end = text.len();
        assert_eq!(survey.look(&text, Style::Yaml).next_line_at(3, columns), None);
        for indent in [columns, columns / 2, 0] {
            let text = format!("{text}{:indent$}b: 1\n", "");
            assert_eq!(
                survey.look(&text, Style::Yaml).next_line_at(3, columns),
                Some(end),
                "{indent}/{columns}"
            );
        }
    }
}

#[test]
fn timestamps_are_found_however_they_are_written() {
    let text = "metadata:\n  creationTimestamp: '2024-05-01T08:00:00Z'\n  managedFields:\n  \
        - time: 2024-05-01T08:00:01Z\n    fieldsV1:\n      f:time: 2030-01-01T00:00:00Z\n  \
        name: n\n\
        status:\n  startTime: 2024-05-01T08:00:00Z\n  notAfter: 2030-01-01T00:00:00Z\n  \
        conditions:\n  \
        - lastTransitionTime: \"2024-05-02T08:00:00Z\"\n  \
        - lastTransitionTime: \"2024-05-02T\\x308:00:00Z\"\n    \
        lastProbeTime: 2024-05-02T10:00:00+02:00\n";
    check_answer(text, Answer::Same);
    let mut survey = Survey::default();
    let surveyed = survey.look(text, Style::Yaml);
    let (outline, _) = Outline::read(surveyed, 0, 0, true).expect("not odd").expect("whole");
    let extent = |key| outline.extent(key).map(|it| &text[it]);
    assert!(extent("status").is_some_and(|it| it.ends_with("+02:00\n")));
    assert!(extent("metadata").is_some_and(|it| it.contains("f:time") && !it.contains("notAfter")));
    assert_eq!(extent("spec"), None);
}
