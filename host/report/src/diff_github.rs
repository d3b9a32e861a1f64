//! The comparison of two reports for GitHub Actions: annotations for what is new and counts, so
//! that a pull request is told what it has broken, and not what was broken before.

use std::cmp::Reverse;

use crate::{
    diff::DiffView,
    github::{command, level},
    prose::with_changes_marked,
    shown::{named, rule_of},
};

/// Writes a comparison as workflow commands, a line each, the worst first; then one line that
/// counts all.
pub fn diff_github(diff: &DiffView) -> String {
    let mut text = String::new();
    for it in &diff.warnings {
        command(&mut text, "warning", None, "compare with care", it);
    }
    let mut entries = diff.entries();
    entries.retain(|it| it.counts);
    entries.sort_by_key(|it| Reverse(it.finding.severity));
    for entry in entries {
        let it = entry.finding;
        let title = format!("{}: {} {}", entry.change.as_str(), it.severity, rule_of(it));
        let note = if entry.note.is_empty() { String::new() } else { format!(" ({})", entry.note) };
        let message = format!(
            "{}: {}{note}\n{}\n{}",
            named(it),
            it.summary,
            it.cause,
            with_changes_marked(&it.remedy)
        );
        command(&mut text, level(it.severity), it.place.as_ref(), &title, &message);
    }
    command(&mut text, "notice", None, "Rulebox: compared", &diff.counts());
    text
}
