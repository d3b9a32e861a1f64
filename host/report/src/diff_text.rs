//! The comparison of two reports for people.

use std::fmt::Write as _;

use rulebox_core::text::escape;

use crate::{
    diff::{ChangedView, DiffView, SideView, UnknownView},
    prose::wrap,
    shown::{named, rule_of},
    view::FindingView,
};

/// The comparison for people: a line for each finding, with what it was where that has changed.
pub fn diff_text(diff: &DiffView, width: usize) -> String {
    let DiffView { schema_version: _, new, gone, changed, same, unknown } = diff;
    let mut text = String::new();
    let mut part = |title: &str, lines: Vec<String>| {
        if lines.is_empty() {
            return;
        }
        let _ = writeln!(text, "{title}");
        for line in lines.iter().map(|it| escape(it)) {
            let mut wrapped = wrap(&line, width.saturating_sub(4)).into_iter();
            let _ = writeln!(text, "  {}", wrapped.next().unwrap_or_default());
            for it in wrapped {
                let _ = writeln!(text, "    {it}");
            }
        }
        text.push('\n');
    };
    part("NEW", new.iter().map(line).collect());
    part("GONE", gone.iter().map(line).collect());
    part("CHANGED", changed.iter().map(change).collect());
    let unknown_line = |it: &UnknownView| {
        let (here, there) = match it.side {
            SideView::Old => ("before", "after"),
            SideView::New => ("after", "before"),
        };
        format!("{} ({here}); {there}: {}", line(&it.finding), it.reason)
    };
    part("CANNOT BE COMPARED", unknown.iter().map(unknown_line).collect());
    let counts = [
        (new.len(), "new"),
        (gone.len(), "gone"),
        (changed.len(), "changed"),
        (same.len(), "the same"),
        (unknown.len(), "cannot be compared"),
    ];
    let counts = counts.map(|(count, what)| format!("{count} {what}"));
    let _ = writeln!(text, "{}", counts.join(", "));
    text
}

fn line(it: &FindingView) -> String {
    let suppressed = if it.suppressed.is_some() { " (suppressed)" } else { "" };
    format!(
        "{:8} {}  {}{suppressed}: {}",
        it.severity.to_string().to_uppercase(),
        named(it),
        rule_of(it),
        it.summary
    )
}

fn change(it: &ChangedView) -> String {
    let ChangedView { old, new, fields } = it;
    let mut was = Vec::new();
    if old.severity != new.severity {
        was.push(format!("severity {}", old.severity));
    }
    if old.summary != new.summary {
        was.push(old.summary.clone());
    } else if was.is_empty() {
        was.push(format!("another {}", fields.join(", ")));
    }
    match (old.suppressed.is_some(), new.suppressed.is_some()) {
        (true, false) => was.push("suppressed".to_owned()),
        (false, true) => was.push("not suppressed".to_owned()),
        _ => {}
    }
    format!("{}; was: {}", line(new), was.join("; "))
}
