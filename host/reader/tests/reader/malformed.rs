//! Broken input: what can be read is read, the rest is reported with its line.

use std::fmt::Write;

use super::*;

#[track_caller]
fn check(text: impl AsRef<[u8]>, want: &[&str], problems: &[&str]) {
    let reading = read_bytes(text);
    assert_eq!((names(&reading), words(&reading)), (owned(want), owned(problems)));
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|&it| it.to_owned()).collect()
}

fn item(name: &str) -> String {
    format!("- apiVersion: v1\n  kind: Pod\n  metadata:\n    name: {name}\n    namespace: a\n")
}

#[test]
fn a_yaml_list_that_ends_inside_an_object() {
    let list = format!("apiVersion: v1\nitems:\n{}{}", item("p1"), item("p2"));
    check(
        &list,
        &["p1"],
        &["lost :12: the document ends without `kind`, so it is cut off; 1 object before it \
             read; Pod a/p2 may be incomplete and is left out"],
    );
    check(
        &list[..list.len() - 8],
        &["p1"],
        &["lost :12: the text ends in the middle of an object: not readable as YAML: simple key \
             expected; 1 object before it read; what follows is left out"],
    );
}

#[test]
fn a_json_list_that_ends_inside_an_object() {
    let list = json!({"apiVersion": "v1", "items": [pod("a", "x"), pod("a", "y")], "kind": "List"});
    let pretty = format!("{list:#}");
    let second = pretty.rfind("\"y\"").expect("the second pod");
    check(
        &pretty[..second],
        &["x"],
        &["lost :43: the JSON ends inside a value, so it is cut off; 1 object before it read; \
             what follows is left out"],
    );
}

#[test]
fn one_bad_document_costs_no_other() {
    let good = yaml(&pod("a", "x"), Style::default());
    check(
        format!("{good}---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: \"y\n---\n{good}"),
        &["x"],
        &["lost :27: the text ends in the middle of an object: not readable as YAML: while \
             scanning a quoted scalar, found unexpected end of stream; the object that stands \
             there is left out"],
    );
}

#[test]
fn one_bad_line_of_json_costs_no_other() {
    let (x, y) = (pod("a", "x"), pod("a", "y"));
    check(
        format!("{x}\n{{\"apiVersion\": v1}}\n{y}\n"),
        &["x", "y"],
        &["lost :2: not readable as JSON: expected value; the object that stands there is left \
             out"],
    );
}

#[test]
fn bytes_that_are_no_utf_8() {
    let mut text = yaml(&pod("a", "x"), Style::default()).into_bytes();
    let at = text.iter().rposition(|it| *it == b'R').expect("Running");
    text[at] = 0xff;
    check(
        text,
        &["x"],
        &["lost :20: bytes that are no UTF-8 stand here, and were replaced by `\u{fffd}`"],
    );
}

#[test]
fn zeros_at_the_end_of_a_file() {
    let mut text = yaml(&pod("a", "x"), Style::default());
    text.push_str(&"# filler\n".repeat(1_000));
    text.push_str("\0\0\0\0");
    let reading = read_bytes(text);
    assert!(
        words(&reading).iter().any(|it| it.contains("zero bytes stand here")),
        "{:?}",
        words(&reading)
    );
}

#[test]
fn billions_of_laughs() {
    let mut text =
        "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\na0: &a0 [lol, lol, lol]\n".to_owned();
    for i in 1..12 {
        let aliases = vec![format!("*a{}", i - 1); 10].join(", ");
        writeln!(text, "a{i}: &a{i} [{aliases}]").expect("a text");
    }
    check(
        text,
        &[],
        &["lost :9: its aliases unfold to more than 16777216 bytes; Pod x is left out"],
    );
}

#[test]
fn an_alias_of_itself() {
    check(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec: &a\n  b: *a\n",
        &[],
        &["lost :5: an alias stands inside of what it stands for; Pod x is left out"],
    );
}

#[test]
fn nested_too_deep() {
    let pod = |spec: &str| {
        format!(
            "{{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{{\"name\":\"x\"}},\
             \"spec\":{spec}}}"
        )
    };
    let lists = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
    check(pod(&lists(99)), &["x"], &[]);
    check(
        pod(&lists(100)),
        &[],
        &["lost :1: not readable as JSON: nested more than 100 levels deep; Pod x is left out"],
    );
    let yaml =
        |spec: &str| format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: x}}\nspec: {spec}\n");
    check(yaml(&lists(99)), &["x"], &[]);
    check(
        yaml(&lists(100)),
        &[],
        &["lost :4: nested more than 100 levels deep; Pod x is left out"],
    );
}

#[test]
fn nested_too_deep_by_aliases() {
    let mut text = "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\na0: &a0 [x]\n".to_owned();
    for i in 1..200 {
        writeln!(text, "a{i}: &a{i} [*a{}]", i - 1).expect("a text");
    }
    check(text, &[], &["lost :103: nested more than 100 levels deep; Pod x is left out"]);
}

#[test]
fn brackets_without_end() {
    for open in ["[", "{\"a\":", "- ", "? ", "- - ", "{a: "] {
        for head in ["", "apiVersion: v1\nkind: Pod\nspec: ", "{\"apiVersion\": \"v1\", \"a\": "] {
            let reading = read_bytes(format!("{head}{}", open.repeat(100_000)));
            assert_eq!(names(&reading), [""; 0]);
        }
    }
}

#[test]
fn a_key_that_json_cannot_say() {
    check(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\n? [a]\n: b\n",
        &[],
        &["lost :4: a key is a list or a mapping, which JSON cannot say; Pod x is left out"],
    );
}

#[test]
fn of_equal_keys_the_last_counts_and_the_others_are_told() {
    let check = |text: &str, line: &str, key: &str| {
        let reading = read_bytes(text);
        let told = format!(
            "lost :{line}: the key `{key}` stands more than once in one mapping, with different \
             values: nothing tells which of them is right"
        );
        assert_eq!(words(&reading), [told]);
        let pod = reading.inventory.objects["pods"].objects[0].text();
        assert_eq!(pod, r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"x"},"a":{"b":2}}"#);
    };
    check("apiVersion: v1\nkind: Pod\nmetadata: {name: x}\na: {b: 1, b: 2}\n", "1", "b");
    check(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: y}\nmetadata: {name: x}\na: {b: 2}\n",
        "1",
        "metadata",
    );
    let json =
        r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"x"},"a":1,"a":{"b":1,"b":2}}"#;
    check(json, "1", "b");
}

#[test]
fn many_problems_are_counted() {
    let limits = Limits { problems: 2, ..Limits::default() };
    let text = "apiVersion: v1\nkind: Pod\nmetadata: {\n---\n".repeat(5);
    let reading = read_within(&limits, vec![stream("dump", text)]);
    assert_eq!(problems(&reading).len(), 3);
    assert_eq!(words(&reading)[2], "lost :: 3 more problems like these");
}

/// Behind many small problems, each limit that was met is told, and before them.
#[test]
fn a_limit_that_was_met_does_not_hide_behind_other_problems() {
    use crate::archives::{gz, tar};
    let broken = "apiVersion: v1\nkind: Pod\nmetadata: {\n---\n".repeat(30);
    let limits = Limits { problems: 3, window_bytes: 256, ..Limits::default() };
    let pod = |spec: &str| {
        format!("{broken}apiVersion: v1\nkind: Pod\nmetadata:\n  name: x\nspec: {spec}\n")
    };
    let laughs = format!("&a {}\nb: [*a, *a, *a]", "x".repeat(100));
    let zeros = vec![b' '; 1 << 16];
    let texts: Vec<(Limits, Vec<u8>, &str)> = vec![
        (limits.clone(), pod(&"[".repeat(200)).into(), "levels deep"),
        (Limits { alias_bytes: 100, ..limits.clone() }, pod(&laughs).into(), "its aliases unfold"),
        (
            Limits { document_bytes: 1_000, ..limits.clone() },
            pod(&"x ".repeat(2_000)).into(),
            "that cannot be read piece by piece",
        ),
        (
            limits.clone(),
            format!("{broken}{}", "apiVersion: v1\n".repeat((1 << 16) + 9)).into(),
            "objects and lines around them in one document",
        ),
    ];
    let archive = |name: &str, bytes: &[u8]| {
        tar(&[("a.yaml", broken.clone().into_bytes()), (name, bytes.to_vec())])
    };
    let archives = vec![
        (
            Limits { path_bytes: 20, ..limits.clone() },
            archive(&"x".repeat(30), b"a: 1\n"),
            "a path of more than",
        ),
        (Limits { entries: 1, ..limits.clone() }, archive("b", b"a: 1\n"), "files in one input"),
        (
            limits.clone(),
            archive("b.tar", &tar(&[("c.tar", tar(&[("d", b"a: 1\n".to_vec())]))])),
            "an archive in more than",
        ),
        (limits.clone(), archive("b", &gz(&gz(&gz(b"a: 1\n")))), "compressed more than"),
        (
            Limits { total_bytes: 8_192, ..limits.clone() },
            archive("b", &gz(&zeros)),
            "the input unpacks to more than",
        ),
        (
            Limits { ratio: 2, ratio_floor: 8_192, ..limits.clone() },
            archive("b", &gz(&zeros)),
            "times as many bytes come out",
        ),
    ];
    for (limits, bytes, message) in texts.into_iter().chain(archives) {
        let reading = read_within(&limits, vec![stream("dump", bytes)]);
        let told = words(&reading);
        assert!(told[0].contains(message), "no `{message}` at first: {told:?}");
        assert!(told.last().is_some_and(|it| it.ends_with("more problems like these")), "{told:?}");
    }
}

#[test]
fn templates_are_no_yaml() {
    let reading = read_bytes("apiVersion: v1\nkind: Pod\nmetadata:\n  name: {{ .Values.name }}\n");
    assert!(words(&reading)[0].starts_with("lost :4: "), "{:?}", words(&reading));
}

#[test]
fn an_item_of_a_list_that_is_no_object() {
    let lost = ["lost :1: 1 item of the list is no object: the list is not whole"];
    let pod = pod("a", "x");
    for items in [json!([null]), json!(["x"]), json!([pod, null])] {
        let names: &[&str] = if items.get(1).is_some() { &["x"] } else { &[] };
        let list = |kind: &str| format!(r#"{{"apiVersion":"v1","items":{items},"kind":"{kind}"}}"#);
        check(list("PodList"), names, &lost);
        check(list("List"), names, &lost);
        check(format!(r#"{{"kind":"PodList","apiVersion":"v1","items":{items}}}"#), names, &lost);
    }
    check("apiVersion: v1\nitems:\n- null\nkind: PodList\n", &[], &lost);
    check(r#"{"apiVersion":"v1","items":[{}],"kind":"List"}"#, &[], &lost);
    check(r#"{"apiVersion":"v1","items":null,"kind":"PodList"}"#, &[], &[]);
    // Nothing but a list of objects is to hold objects.
    let foreign = words(&read_bytes(r#"{"items": [null, "x"]}"#));
    assert!(foreign.iter().all(|it| !it.starts_with("lost")), "{foreign:?}");
}

/// Where a text is broken, the type that it states may be.
#[test]
fn a_broken_type_concerns_everything() {
    use super::twice::check;
    let all = ["backups", "pods"];
    check("apiVersion: velero.io/v1\nkind: Backup\n metadata: {name: x}\nstatus: {}\n", &all);
    check("kind: Backup\napiVersion: velero.io/v1\n metadata: {name: x}\nstatus: {}\n", &all);
    check("apiVersion: velero.io/v1\nkind: backup\nmetadata: {name: [x}\n", &["backups"]);
    check("apiVersion: velero.io/v1\nkind: Backup\nmetadata: {name: [x}\n", &["backups"]);
    check("apiVersion: v1\nkind: Node\nmetadata: {name: [x}\n", &[]);
}
