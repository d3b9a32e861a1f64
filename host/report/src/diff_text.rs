//! The comparison of two reports for people.

use std::fmt::Write as _;

use rulebox_core::text::escape;

use crate::{
    diff::{Change, ComparedView, DiffView, Entry},
    prose::{Step, steps, uncommanded, wrap},
    shown::{named, one_line, rule_of},
    text::Detail,
};

/// The comparison for people: what was compared, a line for each finding, with what it was where
/// that has changed, and why where it is new. `--quiet` leaves causes away, `--verbose` adds
/// remedies, and the findings that are the same.
pub fn diff_text(diff: &DiffView, width: usize, detail: Detail) -> String {
    let mut page = Page { text: String::new(), width };
    if detail != Detail::Quiet {
        for (word, it) in [("before", &diff.before), ("after", &diff.after)] {
            let ComparedView { name, as_of, findings, .. } = it;
            let time = as_of.as_deref().map_or_else(String::new, |it| format!(", as of {it}"));
            let plural = if *findings == 1 { "" } else { "s" };
            page.line(0, &format!("{word:7} {name}{time}: {findings} finding{plural}"));
        }
        page.text.push('\n');
    }
    for it in &diff.warnings {
        page.line(0, &format!("COMPARE WITH CARE: {it}"));
        page.text.push('\n');
    }
    let entries = diff.entries();
    for change in Change::ALL {
        let of: Vec<_> = entries.iter().filter(|it| it.change == change).collect();
        let is_shown = change != Change::Same || detail == Detail::Verbose;
        if of.is_empty() || !is_shown {
            continue;
        }
        page.line(0, &change.title().to_uppercase());
        let is_shown = |it: &&Entry<'_>| !it.is_worded_anew || detail == Detail::Verbose;
        let (shown, others): (Vec<_>, Vec<_>) = of.into_iter().partition(is_shown);
        for it in shown {
            page.finding(it, detail);
        }
        if !others.is_empty() {
            let count = others.len();
            page.line(2, &format!("{count} with another cause or remedy alone: see --verbose"));
        }
        page.text.push('\n');
    }
    page.line(0, &diff.counts());
    page.text
}

struct Page {
    text: String,
    width: usize,
}

impl Page {
    /// A line, which is wrapped, and whose rest is indented more.
    fn line(&mut self, indent: usize, line: &str) {
        let room = self.width.saturating_sub(indent + 2).max(20);
        let mut wrapped = wrap(&one_line(line), room).into_iter();
        let first = wrapped.next().unwrap_or_default();
        let _ = writeln!(self.text, "{:indent$}{}", "", uncommanded(&first));
        for it in wrapped {
            let _ = writeln!(self.text, "{:indent$}  {}", "", uncommanded(&it));
        }
    }

    fn finding(&mut self, entry: &Entry<'_>, detail: Detail) {
        let Entry { change, finding: it, note, counts, .. } = entry;
        let suppressed = if it.suppressed.is_some() { " (suppressed)" } else { "" };
        let note = match change {
            _ if note.is_empty() => String::new(),
            Change::Changed => format!(" (was: {note})"),
            _ => format!(" ({note})"),
        };
        let severity = it.severity.to_string().to_uppercase();
        let (named, rule, summary) = (named(it), rule_of(it), &it.summary);
        self.line(2, &format!("{severity:8} {named}  {rule}{suppressed}: {summary}{note}"));
        if !counts || detail == Detail::Quiet {
            return;
        }
        if !it.cause.is_empty() {
            self.line(4, &format!("cause: {}", it.cause));
        }
        if detail != Detail::Verbose {
            return;
        }
        for step in steps(&it.remedy) {
            match step {
                Step::Say(text) => self.line(4, text),
                // A command is one line, so that it can be copied.
                Step::Look(command) => {
                    let _ = writeln!(self.text, "      {}", uncommanded(&escape(command)));
                }
                Step::Change(command) => {
                    let _ = writeln!(self.text, "    ! {}", uncommanded(&escape(command)));
                }
            }
        }
    }
}
