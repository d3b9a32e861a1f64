//! Whether `BACKUP-CENTER.md` speaks of what there is: its rules, metrics, labels and reasons
//! exist, it names every one of the pack's rules and metrics, and the messages of its tables are
//! known by the reasons beside them.

use std::collections::BTreeSet;

use rulebox_rules_standard::packs::backup_center::{
    self,
    catalogue::{self, Subject},
};
use rulebox_sdk::{MetricInfo, MetricType, PackInfo};

const PAGE: &str = include_str!("../BACKUP-CENTER.md");

fn pack() -> PackInfo {
    backup_center::pack().describe()
}

/// The texts in backticks.
fn code(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// The cells of each row of each table, without the heads.
fn rows() -> Vec<Vec<&'static str>> {
    let lines: Vec<_> = PAGE.lines().collect();
    let is_row = |at: &usize| {
        let is_table = |line: &str| line.starts_with("| ");
        is_table(lines[*at]) && !lines.get(at + 1).is_some_and(|it| it.starts_with("|---"))
    };
    let cells =
        |at: usize| lines[at].trim_matches('|').split(" | ").map(str::trim).collect::<Vec<_>>();
    (0..lines.len()).filter(is_row).map(cells).collect()
}

/// The rules that a text links to, each by its own name.
fn rules(text: &str) -> BTreeSet<&str> {
    let parts: Vec<_> = text.split("](RULES.md#").collect();
    let links = parts.windows(2).map(|it| {
        let name = it[0].rsplit('[').next().unwrap_or_default();
        let anchor = it[1].split(')').next().unwrap_or_default();
        assert_eq!(name, anchor, "a link has the name of its rule");
        anchor
    });
    links.collect()
}

fn exposed(metric: &MetricInfo) -> String {
    match metric.metric_type {
        MetricType::Info => format!("{}_info", metric.name),
        MetricType::Gauge => metric.name.clone(),
    }
}

#[test]
fn it_names_every_rule_and_no_other() {
    let pack = pack();
    let there: BTreeSet<_> = pack.rules.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(rules(PAGE), there);
}

#[test]
fn it_names_every_metric_and_no_other() {
    let named: BTreeSet<_> = code(PAGE)
        .into_iter()
        .filter(|it| it.starts_with("backup_center_"))
        .map(str::to_owned)
        .collect();
    let there: BTreeSet<_> = pack().metrics.iter().map(exposed).collect();
    assert_eq!(named, there);
}

#[test]
fn the_labels_of_a_column_are_those_of_its_metric() {
    let metrics = pack().metrics;
    let mut columns = 0;
    for row in rows() {
        let [_, metric, labels] = row.as_slice() else { continue };
        let Some(metric) = metrics.iter().find(|it| *metric == format!("`{}`", exposed(it))) else {
            continue;
        };
        columns += 1;
        let first = code(labels)[0].split('=').next().expect("a label");
        assert!(metric.labels.iter().any(|it| it == first), "{row:?}: {:?}", metric.labels);
    }
    assert_eq!(columns, 19, "the columns of the three dashboards");
}

#[test]
fn a_reason_is_one_of_its_rules() {
    let pack = pack();
    for row in rows() {
        let [_, named, reasons] = row.as_slice() else { continue };
        let named = rules(named);
        let rules: Vec<_> = pack.rules.iter().filter(|it| named.contains(it.id.as_str())).collect();
        for reason in code(reasons).into_iter().filter(|_| !rules.is_empty()) {
            let in_words = format!("`{reason}`");
            let is_known = rules.iter().any(|it| it.documentation.contains(&in_words))
                || catalogue::named(reason).is_some();
            assert!(is_known, "no rule of {row:?} knows {in_words}");
        }
    }
}

#[test]
fn a_message_is_known_by_its_reason() {
    use Subject::{Backup, Conversion, Pod, Restore, Vault};
    let mut messages = 0;
    for row in rows() {
        let [message, _, reasons] = row.as_slice() else { continue };
        // A cell that is a message begins with it; one that only quotes a word does not.
        let (Some(message), &[reason]) = (message.strip_prefix('`'), code(reasons).as_slice())
        else {
            continue;
        };
        let Some(message) =
            message.split('`').next().filter(|_| catalogue::named(reason).is_some())
        else {
            continue;
        };
        messages += 1;
        let known = [Vault, Backup, Restore, Conversion, Pod]
            .into_iter()
            .filter_map(|it| catalogue::find(message, it, ""))
            .any(|it| it.entry.reason == reason);
        assert!(known, "`{message}` is not known by `{reason}`");
    }
    assert_eq!(messages, 29, "messages of the FAQ");
}
