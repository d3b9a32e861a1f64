//! The comparison of two reports for a ticket or a pull request, as Markdown.

use std::fmt::Write as _;

use crate::{
    diff::{Change, ComparedView, DiffView},
    markdown::{cell, code, prose},
    shown::{named, rule_of, suppression_text},
};

/// So many findings of a kind of change stand in a table: GitHub takes a comment of 65,536
/// characters.
const SHOWN: usize = 50;

/// Writes a comparison as Markdown: a table for each kind of change. Findings that are the same are
/// counted alone.
pub fn diff_markdown(diff: &DiffView) -> String {
    let mut text = format!("# Rulebox: {}\n", diff.counts());
    for (word, it) in [("Before", &diff.before), ("After", &diff.after)] {
        let ComparedView { name, as_of, findings, .. } = it;
        let time = as_of.as_deref().map_or_else(String::new, |it| format!(", as of {}", code(it)));
        let _ = write!(text, "\n{word}: {}{time}, {findings} findings that count.\n", code(name));
    }
    for it in &diff.warnings {
        let _ = write!(text, "\n**Compare with care**: {}\n", prose(it));
    }
    let entries = diff.entries();
    for change in Change::ALL.into_iter().filter(|it| *it != Change::Same) {
        let of: Vec<_> = entries.iter().filter(|it| it.change == change).collect();
        if of.is_empty() {
            continue;
        }
        let _ = write!(
            text,
            "\n## {}\n\n| severity | object | problem | rule |\n|---|---|---|---|\n",
            change.title()
        );
        for entry in of.iter().take(SHOWN) {
            let it = entry.finding;
            let mut problem = prose(&it.summary);
            if !entry.note.is_empty() {
                let was = if change == Change::Changed { "was: " } else { "" };
                let _ = write!(problem, " ({was}{})", prose(&entry.note));
            }
            if let Some(suppression) = &it.suppressed {
                let _ = write!(problem, " (suppressed: {})", prose(&suppression_text(suppression)));
            }
            let _ = writeln!(
                text,
                "| {} | {} | {} | {} |",
                it.severity,
                cell(&code(&named(it))),
                cell(&problem),
                cell(&code(&rule_of(it)))
            );
        }
        if let Some(more) = of.len().checked_sub(SHOWN).filter(|it| *it > 0) {
            let _ = write!(text, "\nand {more} more\n");
        }
    }
    text
}
