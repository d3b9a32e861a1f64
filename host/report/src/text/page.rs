//! The layout: lines, titles, paragraphs and lists. What they say is not known here.

use std::{borrow::Cow, fmt::Write as _};

use anstyle::{AnsiColor, Style};
use rulebox_core::{ObjectRef, Severity, text::escape};

use super::style::{Detail, TextStyle};
use crate::{
    links::linked,
    prose::{uncommanded, wrap, wrap_hanging},
};

/// How wide the labels of a finding's fields are: `evidence` and a gap.
pub(super) const FIELD: usize = 10;

/// How many characters of a paragraph are shown unless verbose: what nobody reads further is a
/// stack trace. Built-in rules say nothing as long.
const PROSE_SHOWN: usize = 800;

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
    /// Whether something was shortened or left out that is shown if verbose.
    pub(super) has_cuts: bool,
}

/// An item of a list, and a part of it that leads somewhere.
pub(super) struct Item {
    pub(super) text: String,
    pub(super) link: Option<(String, String)>,
}

impl From<String> for Item {
    fn from(text: String) -> Self {
        Self { text, link: None }
    }
}

impl Page {
    pub(super) fn new(style: TextStyle) -> Self {
        let width = style.width.max(TextStyle::MIN_WIDTH);
        let style = TextStyle { width, ..style };
        Self { out: String::new(), style, has_changes: false, has_cuts: false }
    }

    /// One line that is never wrapped.
    pub(super) fn line(&mut self, indent: usize, line: &str) {
        let _ = writeln!(self.out, "{:indent$}{}", "", uncommanded(line));
    }

    /// A text of others on one line, of which no more characters are shown, unless verbose.
    pub(super) fn shown<'t>(&mut self, text: &'t str, most: usize) -> Cow<'t, str> {
        let text = escape(text);
        // A character takes one byte at least.
        if self.style.detail == Detail::Verbose || text.len() <= most {
            return text;
        }
        let Some((end, _)) = text.char_indices().nth(most) else { return text };
        self.has_cuts = true;
        let rest = text[end..].chars().count();
        Cow::Owned(format!("{}… and {rest} more characters", &text[..end]))
    }

    /// How many of so many are shown where a few show what the others are like; if verbose, all.
    pub(super) fn most(&mut self, all: usize, few: usize) -> usize {
        // One that is left out is not worth the line that says so.
        if self.style.detail == Detail::Verbose || all <= few + 1 {
            return all;
        }
        self.has_cuts = true;
        few
    }

    /// What stands behind the first of a list.
    pub(super) fn rest(&mut self, indent: usize, rest: usize) {
        if rest > 0 {
            self.line(indent, &format!("… and {rest} more"));
        }
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
        let severity = self.severity(severity);
        let subject = self.paint(Style::new().bold(), &escape(&subject.to_string()));
        let rule = self.paint(Style::new().dimmed(), &escape(&format!("{pack}/{rule}")));
        self.line(0, &format!("{also}{severity}  {subject}  {rule}"));
    }

    /// `CRITICAL`
    pub(super) fn severity(&self, severity: Severity) -> String {
        self.paint(severity_style(severity), &severity.as_str().to_uppercase())
    }

    /// A paragraph, wrapped; a label stands in a column before it. The further lines are indented:
    /// a message that is long enough would else write a label where labels stand.
    pub(super) fn prose(&mut self, indent: usize, label: &str, text: &str) {
        if !label.is_empty() {
            return self.paragraph(indent, &mut Some(label), text);
        }
        let text = self.shown(text, PROSE_SHOWN);
        let width = |indent: usize| self.style.width.saturating_sub(indent);
        let lines = wrap_hanging(&text, width(indent), width(indent + 2));
        for (nth, line) in lines.iter().enumerate() {
            self.line(indent + if nth == 0 { 0 } else { 2 }, line);
        }
    }

    /// A paragraph beside the column of labels, in which one may stand.
    pub(super) fn paragraph(&mut self, indent: usize, label: &mut Option<&str>, text: &str) {
        let text = self.shown(text, PROSE_SHOWN);
        let hang = indent + FIELD;
        for line in wrap(&text, self.style.width.saturating_sub(hang)) {
            self.labelled(indent, hang, label.take(), &line);
        }
    }

    /// A reason: its further lines are no reasons, and nothing that stands below one.
    pub(super) fn hanging(&mut self, indent: usize, text: &str) {
        let text = self.shown(text, PROSE_SHOWN);
        let (first, others) = (self.style.width - indent, self.style.width - indent - 4);
        for (nth, line) in wrap_hanging(&text, first, others).iter().enumerate() {
            self.line(if nth == 0 { indent } else { indent + 4 }, line);
        }
    }

    /// Items in a column behind one label; the further lines of an item are indented.
    pub(super) fn list(&mut self, label: &str, items: impl Iterator<Item = Item>) {
        let hang = 2 + if label.is_empty() { 0 } else { FIELD };
        let mut label = Some(label).filter(|label| !label.is_empty());
        for Item { text, mut link } in items {
            let lines = wrap(&escape(&text), self.style.width - hang - 2);
            for (nth, mut line) in lines.into_iter().enumerate() {
                if let Some((words, to)) = link.take_if(|it| line.contains(&it.0)) {
                    line = line.replacen(&words, &linked(&words, &to), 1);
                }
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
