//! The findings of a report as suppressions of a configuration, so that a team can begin with what
//! it has, and be told of what comes.

use std::fmt::Write as _;

use crate::{
    json::visible_json,
    shown::{named, one_line, rule_of},
    view::{FindingView, ReportView},
};

/// Writes a configuration that suppresses each finding of a report that counts, by its fingerprint,
/// with this reason, until this date. Above each stands what it is of.
pub fn suppressions(report: &ReportView, reason: &str, until: &str) -> String {
    let mut text = String::from(
        "# Findings that are known, as `rulebox check --write-suppressions FILE` has found them. \
         They are\n# shown, and do not count until they expire. For --config; or move the entries \
         into your rulebox.yaml.\n",
    );
    let counted: Vec<_> = report.findings.iter().filter(|it| it.suppressed.is_none()).collect();
    if counted.is_empty() {
        text.push_str("suppressions: []\n");
        return text;
    }
    text.push_str("suppressions:\n");
    for it in counted {
        entry(&mut text, it, reason, until);
    }
    text
}

fn entry(text: &mut String, it: &FindingView, reason: &str, until: &str) {
    let FindingView { severity, cluster, fingerprint, summary, .. } = it;
    let _ = writeln!(text, "# {severity} {}: {}", one_line(&rule_of(it)), one_line(&named(it)));
    let _ = writeln!(text, "#   {}", one_line(summary));
    // Sixteen digits would be a number.
    let _ = writeln!(text, "- fingerprint: {}", quoted(fingerprint));
    if !cluster.is_empty() {
        let _ = writeln!(text, "  cluster: {}", quoted(cluster));
    }
    let _ = writeln!(text, "  reason: {}", quoted(reason));
    let _ = writeln!(text, "  expires: {}", quoted(until));
}

/// A text of JSON is one of YAML.
fn quoted(text: &str) -> String {
    visible_json(&serde_json::to_string(text).expect("a text"))
}
