//! What is cut off at the front, or stands behind something before each line, is read or a loss: no
//! object vanishes in silence.

use super::{twice::check, *};

const ALL: &[&str] = &["backups", "pods"];

fn block(value: &Value) -> String {
    yaml(value, Style::default())
}

/// Something needed is a loss, or all is read.
#[track_caller]
fn check_lost(text: &str) {
    for window_bytes in [64, 1 << 20] {
        let limits = Limits { window_bytes, ..Limits::default() };
        let reading = read_within(&limits, vec![stream("dump", text)]);
        let words = words(&reading);
        let lost = problems(&reading).iter().any(|it| it.lost() && it.concerns != kinds(&[]));
        assert!(lost || names(&reading).contains(&"bad".to_owned()), "{words:?}\n{text}");
    }
}

fn kinds(kinds: &[(&str, &str)]) -> rulebox_core::Concerns {
    let own = |it: &(&str, &str)| (it.0.to_owned(), it.1.to_owned());
    rulebox_core::Concerns::Kinds(kinds.iter().map(own).collect())
}

/// A dump that was cut at its front, at each byte up to the name of its first object.
#[test]
fn cut_at_the_front() {
    let good = format!("{}---\n{}", block(&pod("csdr", "x")), block(&backup("y")));
    let lines = format!("{}\n{}\n", pod("csdr", "x"), backup("y"));
    let bad = [
        block(&backup("bad")),
        yaml(&backup("bad"), Style { flow_from: 2, ..Style::default() }),
        format!("{}\n", backup("bad")),
        format!("{:#}\n", backup("bad")),
    ];
    for bad in bad {
        let end = bad.find("bad").expect("a name");
        for at in 1..end {
            let text = &bad[at..];
            check_lost(&format!("{text}---\n{good}"));
            if !bad.starts_with("{\n") {
                check_lost(&format!("{text}{lines}"));
            }
        }
    }
}

/// The first item of a list is cut off at its front; of the list nothing is left.
#[test]
fn a_list_cut_at_the_front() {
    let item = |value: &Value| {
        let lines: String = block(value).lines().flat_map(|it| ["  ", it, "\n"]).collect();
        format!("- {}", lines.trim_start())
    };
    let (bad, good) = (item(&backup("bad")), item(&pod("csdr", "x")));
    let end = bad.find("bad").expect("a name");
    for at in 1..end {
        check_lost(&format!("{}{good}kind: List\n", &bad[at..]));
    }
    let list = json!({"items": [backup("bad"), pod("csdr", "x")], "kind": "List"}).to_string();
    for at in 1..list.find("bad").expect("a name") {
        check_lost(&format!("{}\n", &list[at..]));
    }
}

#[test]
fn a_type_behind_something_that_cannot_be_read() {
    let rest = block(&backup("x")).replace("apiVersion: velero.io/v1\n", "");
    for junk in ["velero.io/v1", "\")", ")", "\"a\"b", "io/v1 # a"] {
        check(&format!("{junk}\n{rest}"), &["backups"]);
        check(&format!("{junk}\n{}", rest.replace("Backup", "Config")), &[]);
    }
    let body = rest.replace("kind: Backup\n", "");
    check(&format!("kup\n{body}"), ALL);
    check(&body, ALL);
}

#[test]
fn lines_that_only_look_like_those_of_objects() {
    check("Our kind: Backup\nand its metadata: none\n", &[]);
    check("# kind: Backup\n# metadata:\n#   name: x\n", &[]);
    check("tarting\",\"kind\":\"Backup\",\"error\":{\"a\":1}}\n{\"msg\":\"a\"}\n", &[]);
    check("replicas: 1\nmetadata: {team: a}\n", &[]);
    check("kind: Backup\nfrequency: daily\n", &[]);
}

/// With the same thing before each line objects are read; with another, too, or they are a loss.
#[test]
fn something_else_before_each_line() {
    let text = block(&backup("bad"));
    let before = |before: &dyn Fn(usize) -> String| -> String {
        (0..).zip(text.lines()).flat_map(|(nth, it)| [before(nth), format!("{it}\n")]).collect()
    };
    for text in [
        before(&|it| format!("{}:", it + 9)),
        before(&|it| format!("{}\t", it + 9)),
        before(&|it| format!("{}: ", it * 5)),
        before(&|it| format!("{:4}  ", it + 98)),
        before(&|it| format!("dump.yaml:{}:", it + 9)),
        before(&|it| format!("2026-09-15T00:00:0{it}Z ")),
        before(&|it| format!("2026-09-15T00:00:00.{it}Z stdout F ")),
    ] {
        let reading = read_bytes(&text);
        assert_eq!(names(&reading), ["bad"], "{:?}\n{text}", words(&reading));
        assert!(problems(&reading).iter().all(|it| !it.lost()) || text.contains("stdout"));
    }
    for text in [
        before(&|it| format!("{}: ", "x".repeat(it + 1))),
        before(&|it| format!("line {} of 9> ", it * 5)),
        before(&|it| format!("web-{it} | ")),
    ] {
        check(&text, &["backups"]);
        check(&text.replace("Backup", "Config"), &[]);
    }
}

/// A text that ends inside a line, and what is partial then; behind others, and as the last item of
/// a list, something is.
#[track_caller]
fn check_cut(text: &str, want: &[&str]) {
    check(text, want);
    let lines: String = text.lines().flat_map(|it| ["  ", it, "\n"]).collect();
    let item = format!("- {}", lines.trim());
    let good = pod("csdr", "good");
    let first = format!("- {good}\n");
    for text in [
        format!("{}---\n{text}", block(&good)),
        format!("{first}{item}"),
        format!("apiVersion: v1\nkind: List\nitems:\n{first}{item}"),
        item,
    ] {
        check_lost(&text);
    }
}

/// Whoever writes objects ends each line.
#[test]
fn cut_off_inside_the_type() {
    let text = "apiVersion: velero.io/v1\nkind: Backup";
    for to in "apiVersion: ".len()..=text.len() {
        let text = &text[..to];
        if text.ends_with('\n') || text.ends_with("kind") {
            continue;
        }
        check_cut(text, if text.contains('/') { &["backups"] } else { ALL });
    }
    check_cut("kind: Backup\napiVersion: vel", &["backups"]);
    check_cut("kind: BackupList\napiVersion: vel", &["backups"]);
    check_cut("apiVersion: velero.io/v1\nkind: BackupLi", &["backups"]);
    check_cut("apiVersion: v1\nkind: Lis", ALL);
    check("apiVersion: v1\nkind: Conf", &[]);
    check_lost(&format!("{}---\napiVersion: v1\nkind: Conf", block(&pod("csdr", "x"))));
    check("apiVersion: v1\nmetadata: {name: x}\nkind: ConfigMap", &[]);
    check("apiVersion: v1\nitems: []\nkind: List", &[]);
}

#[test]
fn cut_off_inside_the_name() {
    let of = |kind: &str, last: &str| {
        format!("apiVersion: velero.io/v1\nkind: {kind}\nmetadata:\n  name: x{last}")
    };
    for last in ["", "\n  namespace: vel", "\n  namespace: velero\n  uid: 1f-a"] {
        check_cut(&of("Backup", last), &["backups"]);
        check(&of("Config", last), &[]);
        check(&format!("{}\nspec: {{}}", of("Backup", "\n  namespace: velero")), &[]);
    }
    let whole = of("Backup", "\n  namespace: velero");
    check(&format!("{whole}\n"), &[]);
    check(&format!("spec: {{}}\n{whole}"), &[]);
    check(&format!("{whole}\nspec:\n  a:\n  - name: x"), &[]);
}
