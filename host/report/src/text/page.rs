//! The layout: lines, titles, paragraphs and lists. What they say is not known here.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use rulebox_core::{ObjectRef, Severity, text::escape};

use super::style::TextStyle;
use crate::prose::{wrap, wrap_hanging};

/// How wide the labels of a finding's fields are: `evidence` and a gap.
pub(super) const FIELD: usize = 10;

/// `1 rule`, `2 rules`.
pub(super) fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// The text written so far, and the layout of what follows.
pub(super) struct Page {
    pub(super) out: String,
    pub(super) style: TextStyle,
    /// Whether a command was written that changes something.
    pub(super) has_changes: bool,
}

impl Page {
    pub(super) fn new(style: TextStyle) -> Self {
        let width = style.width.max(TextStyle::MIN_WIDTH);
        Self { out: String::new(), style: TextStyle { width, ..style }, has_changes: false }
    }

    /// One line that is never wrapped.
    pub(super) fn line(&mut self, indent: usize, line: &str) {
        let _ = writeln!(self.out, "{:indent$}{line}", "");
    }

    pub(super) fn gap(&mut self) {
        self.out.push('\n');
    }

    pub(super) fn paint(&self, style: Style, text: &str) -> String {
        if self.style.color && !text.is_empty() {
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    }

    /// The title of a section, and a note on the section.
    pub(super) fn title(&mut self, title: &str, note: &str) {
        let title = self.paint(Style::new().bold(), title);
        let gap = if note.is_empty() { "" } else { "  " };
        self.line(0, &format!("{title}{gap}{note}"));
    }

    /// A sentence that nobody must overlook.
    pub(super) fn loud(&mut self, sentence: &str) {
        for line in wrap(sentence, self.style.width - 2) {
            let line = self.paint(severity_style(Severity::Critical), &line);
            self.line(2, &line);
        }
    }

    /// `CRITICAL  BackupLocation csdr/vault  backup-center/vault-unavailable`; `also ` stands
    /// before what follows from a finding above. No text of a dump begins at the first column.
    pub(super) fn heading(
        &mut self,
        follows: bool,
        severity: Severity,
        subject: &ObjectRef,
        pack: &str,
        rule: &str,
    ) {
        let also = if follows { "also " } else { "" };
        let severity = self.paint(severity_style(severity), &severity.as_str().to_uppercase());
        let subject = self.paint(Style::new().bold(), &escape(&subject.to_string()));
        let rule = self.paint(Style::new().dimmed(), &escape(&format!("{pack}/{rule}")));
        self.line(0, &format!("{also}{severity}  {subject}  {rule}"));
    }

    /// A paragraph, wrapped; a label stands in a column before it. The further lines are indented:
    /// a message that is long enough would else write a label where labels stand.
    pub(super) fn prose(&mut self, indent: usize, label: &str, text: &str) {
        let width = |indent: usize| self.style.width.saturating_sub(indent);
        if label.is_empty() {
            let lines = wrap_hanging(&escape(text), width(indent), width(indent + 2));
            for (nth, line) in lines.iter().enumerate() {
                self.line(indent + if nth == 0 { 0 } else { 2 }, line);
            }
            return;
        }
        let hang = indent + FIELD;
        let mut label = Some(label);
        for line in wrap(&escape(text), width(hang)) {
            self.labelled(indent, hang, label.take(), &line);
        }
    }

    /// Sentences wrapped, commands whole. A sentence and its commands that the tree has said
    /// Items in a column behind one label; the further lines of an item are indented.
    pub(super) fn list(&mut self, label: &str, items: impl Iterator<Item = String>) {
        let hang = 2 + if label.is_empty() { 0 } else { FIELD };
        let mut label = Some(label).filter(|label| !label.is_empty());
        for item in items {
            for (nth, line) in wrap(&escape(&item), self.style.width - hang - 2).iter().enumerate()
            {
                let further = if nth == 0 { "" } else { "  " };
                self.labelled(2, hang, label.take(), &format!("{further}{line}"));
            }
        }
    }

    pub(super) fn labelled(&mut self, indent: usize, hang: usize, label: Option<&str>, line: &str) {
        let Some(label) = label else { return self.line(hang, line) };
        let gap = (hang - indent).saturating_sub(label.len());
        let label = self.paint(Style::new().dimmed(), label);
        self.line(indent, format!("{label}{:gap$}{line}", "").trim_end());
    }
}

pub(super) fn severity_style(severity: Severity) -> Style {
    match severity {
        Severity::Critical => AnsiColor::Red.on_default().bold().invert(),
        Severity::High => AnsiColor::Red.on_default().bold(),
        Severity::Medium => AnsiColor::Yellow.on_default().bold(),
        Severity::Low => AnsiColor::Cyan.on_default(),
        Severity::Info => AnsiColor::Blue.on_default(),
    }
}
