//! Objects whose type is not quite that of a needed kind are a loss of that kind.

use super::{twice::check, *};

/// A backup with this change to its text, as JSON, as YAML, and as an item of an array.
#[track_caller]
fn check_type(changes: &[(&str, &str)], want: &[&str]) {
    let changed = |text: String| changes.iter().fold(text, |it, (from, to)| it.replace(from, to));
    let json = changed(backup("x").to_string());
    check(&json, want);
    check(&format!("[{}, {json}]", backup("y")), want);
    check(&changed(yaml(&backup("x"), Style::default())), want);
}

#[test]
fn an_api_version_without_a_version() {
    check_type(&[("velero.io/v1", "velero.io")], &["backups"]);
    check_type(&[("velero.io/v1", "velero.io"), ("Backup", "backup")], &["backups"]);
    check_type(&[("velero.io/v1", "example.org")], &[]);
}

#[test]
fn a_kind_in_other_capitals() {
    check_type(&[("Backup", "backup")], &["backups"]);
    check_type(&[("Backup", "BACKUP")], &["backups"]);
    check_type(&[("Backup", "backup"), ("velero.io", "example.org")], &[]);
    check_type(&[("Backup", "backups")], &[]);
}

#[test]
fn one_half_of_a_type() {
    let of = |text: &str| text.replace("\"apiVersion\":\"velero.io/v1\",", "");
    check(&of(&backup("x").to_string()), &["backups"]);
    check(&of(&backup("x").to_string()).replace("Backup", "backup"), &["backups"]);
    check(&of(&backup("x").to_string()).replace("Backup", "Config"), &[]);
    let block = yaml(&backup("x"), Style::default());
    check(&block.replace("apiVersion: velero.io/v1\n", ""), &["backups"]);
    check(&backup("x").to_string().replace("\"kind\":\"Backup\",", ""), &["backups"]);
    check(r#"{"apiVersion":"v1","metadata":{"name":"a"}}"#, &[]);
}

#[test]
fn lists_of_metadata() {
    let of = r#""apiVersion":"meta.k8s.io/v1","kind":"PartialObjectMetadataList""#;
    let list = |items: &str| format!(r#"{{{of},"items":[{items}]}}"#);
    check(&list(r#"{"metadata":{"name":"x","namespace":"velero"}}"#), &["backups", "pods"]);
    check(&list(""), &[]);
}
