//! Lines that text needs match.

use rulebox_core::{Coverage, TextLine};

use super::*;
use crate::archives::{gz, tar};

fn lines(reading: &Reading) -> Vec<(&str, u64, &str)> {
    let lines = &reading.inventory.texts["logs"].lines;
    lines
        .iter()
        .map(|TextLine { path, line, text }| (path.as_str(), *line, text.as_str()))
        .collect()
}

const LOG: &str = "I0501 start\r\nE0501 out of memory: killed\r\n\nE0502 out of memory";

#[test]
fn lines_that_match_with_path_and_number() {
    let archive = tar(&[
        ("b/logs/x.log", LOG.into()),
        ("b/logs/x.txt", LOG.into()),
        ("b/logs/old.log.gz", gz(b"out of memory")),
    ]);
    let reading = read_bytes(archive);
    assert_eq!(
        lines(&reading),
        [
            ("b/logs/old.log.gz", 1, "out of memory"),
            ("b/logs/x.log", 2, "E0501 out of memory: killed"),
            ("b/logs/x.log", 4, "E0502 out of memory"),
        ]
    );
    assert_eq!(reading.inventory.texts["logs"].coverage, Coverage::Complete);
    assert_eq!(words(&reading), ["told b/logs/x.txt:: holds no Kubernetes objects: skipped"]);
}

#[test]
fn a_file_alone_is_known_by_its_name() {
    let reading = read(vec![stream("/var/log/velero.log", LOG)]);
    assert_eq!(lines(&reading)[0].0, "velero.log");
}

#[test]
fn a_file_without_such_lines_still_covers_the_need() {
    let reading = read(vec![stream("x.log", "all is well\n")]);
    assert_eq!(reading.inventory.texts["logs"].coverage, Coverage::Complete);
    let reading = read(vec![stream("x.txt", LOG)]);
    assert_eq!(reading.inventory.texts["logs"].coverage, Coverage::Absent);
}

#[test]
fn a_file_with_objects_is_searched_too() {
    let pod = yaml(&pod("a", "x"), Style::default());
    let reading = read(vec![stream("x.log", format!("# out of memory\n{pod}"))]);
    assert_eq!(lines(&reading), [("x.log", 1, "# out of memory")]);
    assert_eq!(names(&reading), ["x"]);
}

#[test]
fn long_lines_are_cut() {
    let limits = Limits { line_bytes: 14, ..Limits::default() };
    let text = "out of memory éé\nthis is far out of memory\n";
    let reading = read_within(&limits, vec![stream("x.log", text)]);
    assert_eq!(lines(&reading), [("x.log", 1, "out of memory ")]);
}

#[test]
fn too_many_lines_are_a_loss() {
    let limits = Limits { text_lines: 2, ..Limits::default() };
    let reading = read_within(&limits, vec![stream("x.log", "out of memory\n".repeat(3))]);
    assert_eq!(lines(&reading).len(), 2);
    assert_eq!(
        words(&reading),
        ["lost :: need `logs` matches more than 2 lines: the rest is not read"]
    );
}

#[test]
fn patterns_that_take_too_long_are_a_loss() {
    let limits = Limits { search_seconds: 0, ..Limits::default() };
    let reading = read_within(&limits, vec![stream("x.log", "out of memory\n".repeat(3))]);
    assert_eq!(lines(&reading), []);
    let told = "the patterns of the pack take more than 0 s, and 16 MiB a second beyond: from here \
                on nothing is searched for need `logs`; write a simpler pattern, or give fewer \
                files";
    assert_eq!(words(&reading), [format!("lost :1: {told}")]);
}

#[test]
fn bytes_that_are_no_text_do_not_hide_a_line() {
    let reading = read(vec![stream("x.log", b"\xff\nout of memory \xff\n")]);
    assert_eq!(lines(&reading), [("x.log", 2, "out of memory \u{fffd}")]);
}

/// No pack may read values of Secrets as lines, whatever its patterns match.
#[test]
fn lines_of_a_file_that_holds_secrets_are_withheld() {
    let secret = json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "x", "namespace": "csdr"},
        "stringData": {"password": "hunter2 out of memory"},
    });
    let block = yaml(&secret, Style::default());
    let in_a_string = json!({"applied": secret.to_string()}).to_string();
    let cut = &block[..block.len() - 3];
    let list = json!({"apiVersion": "v1", "kind": "SecretList", "items": [secret]});
    let line = "out of memory\n".to_owned();
    for text in [
        block.clone(),
        secret.to_string(),
        format!("{:#}", json!({"apiVersion": "v1", "kind": "List", "items": [secret]})),
        list.to_string(),
        format!("{line}{in_a_string}"),
        format!("{line}---\n{cut}"),
        format!("+{}", block.replace('\n', "\n+")),
        block.replace("Secret", "\"Secr\\u0065t\""),
        format!("{block}---\n{}", "# more\n".repeat(1 << 18)),
        format!("{}{block}", line.repeat(3)),
    ] {
        let reading = read(vec![stream("x.log", &text)]);
        assert_eq!(lines(&reading), [], "{text}");
        let told = words(&reading);
        let is_told = |it: &String| it.contains("for need `logs` are withheld: the file holds Sec");
        assert!(told.iter().any(is_told), "{text}\n{told:?}");
        assert_eq!(reading.inventory.texts["logs"].coverage, Coverage::Partial);
    }
    // Other files, and words, are searched.
    let reading = read(vec![
        stream("x.log", "kind: SecretStore\nthe secret is out of memory\n"),
        stream("y.log", block),
    ]);
    assert_eq!(lines(&reading).len(), 1);
}
