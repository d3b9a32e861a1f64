//! What rules read, as a table and as JSON.

use std::{fs, path::PathBuf};

use rulebox_core::{NeedSet, ObjectNeed, PackInfo, RuleInfo, Severity, TextNeed};
use serde_json::Value;

use crate::{NeedsView, needs_json, needs_json_schema, needs_table};

fn rule(id: &str, requires: &[&str], consults: &[&str]) -> RuleInfo {
    let texts = |it: &[&str]| it.iter().map(|&it| it.to_owned()).collect();
    RuleInfo {
        id: id.to_owned(),
        severity: Severity::Low,
        summary: String::new(),
        documentation: String::new(),
        requires: texts(requires),
        consults: texts(consults),
    }
}

fn need(id: &str, group: &str, kind: &str, fields: &[&str]) -> ObjectNeed {
    ObjectNeed {
        id: id.to_owned(),
        group: group.to_owned(),
        kind: kind.to_owned(),
        fields: fields.iter().map(|&it| it.to_owned()).collect(),
        ..ObjectNeed::default()
    }
}

/// A pack with three rules over Pods, Backups, Secrets and logs.
fn pack() -> PackInfo {
    let csdr = vec!["velero".to_owned(), "csdr".to_owned()];
    let pods = |id: &str, fields: &[&str]| ObjectNeed {
        namespaces: csdr.clone(),
        label_selector: "app=velero".to_owned(),
        ..need(id, "", "Pod", fields)
    };
    let objects = vec![
        need("backups", "velero.io", "Backup", &[]),
        pods("pods", &["status.phase", "spec.nodeName"]),
        pods("pods-too", &["status.phase", "metadata.labels"]),
        need("secrets", "", "Secret", &["type", "data.\"a\u{202e}b\""]),
        need("unread", "", "Node", &[]),
    ];
    let texts = vec![TextNeed {
        id: "logs".to_owned(),
        paths: vec!["**/velero*.log".to_owned()],
        pattern: "level=error".to_owned(),
    }];
    PackInfo {
        name: "own".to_owned(),
        rules: vec![
            rule("first", &["pods", "backups"], &["pods-too"]),
            rule("second", &["pods-too"], &["secrets", "logs"]),
            rule("third", &["unread"], &[]),
        ],
        needs: NeedSet { objects, texts },
        ..PackInfo::default()
    }
}

fn view(rules: &[&str]) -> NeedsView {
    let mut view = NeedsView::default();
    view.add(&pack(), rules);
    view
}

#[track_caller]
fn check(view: &NeedsView, width: usize, want: &str) {
    assert_eq!(needs_table(view, width), want);
}

#[test]
fn a_table_names_what_is_read_and_by_whom() {
    check(
        &view(&["first", "second"]),
        80,
        "\
RESOURCE           NAMESPACES   LABELS      FIELDS
pods               csdr,velero  app=velero  3
    first, second
secrets            all          -           2
    SECRETS: rules see data.\"a\\u{202e}b\", type
    second
backups.velero.io  all          -           all
    first

FILES, AND WHICH LINES OF THEM
**/velero*.log
    what matches level=error
    second
",
    );
}

#[test]
fn labels_without_room_for_a_column_stand_below() {
    check(
        &view(&["first"]),
        45,
        "\
RESOURCE           NAMESPACES   FIELDS
pods               csdr,velero  3
    labels app=velero
    first
backups.velero.io  all          all
    first
",
    );
}

#[test]
fn what_no_chosen_rule_reads_is_not_shown() {
    let want =
        "RESOURCE  NAMESPACES  LABELS  FIELDS\nnodes     all         -       all\n    third\n";
    check(&view(&["third"]), 80, want);
    check(&view(&[]), 80, "");
}

#[test]
fn rules_of_several_packs_are_told_apart() {
    let mut both = view(&["third"]);
    both.add(&PackInfo { name: "other".to_owned(), ..pack() }, &["third"]);
    let want = "RESOURCE  NAMESPACES  FIELDS\nnodes     all         all\n    other/third,\n    \
                own/third\n";
    check(&both, 20, want);
}

fn committed() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("schema/needs.schema.json")
}

#[test]
fn the_json_fits_the_committed_schema() {
    let (path, schema) = (committed(), needs_json_schema());
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, &schema).expect("the schema can be written");
    }
    assert!(
        fs::read_to_string(&path).unwrap_or_default() == schema,
        "{} is stale: BLESS=1 cargo test --workspace --lib schema",
        path.display(),
    );
    let schema: Value = serde_json::from_str(&schema).expect("the schema is JSON");
    let validator = jsonschema::draft202012::new(&schema).expect("the schema compiles");
    let text = needs_json(&view(&["first", "second"]));
    let json: Value = serde_json::from_str(&text).expect("JSON");
    assert!(validator.is_valid(&json), "{text}");
    assert_eq!(json["objects"][0]["fields"][0], "metadata.labels");
    assert_eq!(json["objects"][0]["requiredBy"], serde_json::json!(["own/first", "own/second"]));
    assert_eq!(json["objects"][0]["consultedBy"], serde_json::json!([]));
    assert_eq!(json["texts"][0]["consultedBy"], serde_json::json!(["own/second"]));
    assert!(text.is_ascii(), "what is hidden is seen: {text}");
}
