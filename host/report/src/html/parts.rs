//! What all parts of the page are made of: sections, texts of others, commands, words for counts.

use maud::{Markup, Render, html};
use rulebox_core::text::escape_lines;

use crate::{
    prose::CHANGES,
    shown::one_line,
    view::{FindingView, SeverityView, StepKindView, StepView},
};

/// A part of the page that the list of contents names.
pub(crate) struct Section {
    pub(crate) id: &'static str,
    pub(crate) title: String,
    /// How many things it shows, for the list of contents.
    pub(crate) count: usize,
    /// Its colour there and here; empty for none.
    pub(crate) class: &'static str,
    /// Whether it is unfolded only on demand.
    pub(crate) folded: bool,
    pub(crate) body: Markup,
}

impl Section {
    /// Its line in the list of contents.
    pub(crate) fn link(&self) -> Markup {
        html! {
            li {
                a href={ "#" (self.id) } {
                    span { (self.title) } " "
                    @if self.count > 0 { span.count { (grouped(self.count)) } }
                }
            }
        }
    }
}

impl Render for Section {
    fn render(&self) -> Markup {
        let Self { id, title, count, class, folded, body } = self;
        let heading = html! {
            h2 id=(id) {
                (title)
                @if *folded && *count > 0 { " " span.count { (grouped(*count)) } }
            }
        };
        html! {
            section.(class) aria-labelledby=(id) {
                @if *folded {
                    details.folded { summary { (heading) } (body) }
                } @else {
                    (heading)
                    (body)
                }
            }
        }
    }
}

/// How many, and of what: `1 rule`, `12,000 rules`.
pub(super) fn many(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{} {what}s", grouped(count)) }
}

/// `12,000`.
pub(crate) fn grouped(count: usize) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (nth, digit) in digits.chars().enumerate() {
        if nth > 0 && (digits.len() - nth).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// So many characters of a text stand open: some lines of a screen. Longer ones are logs and stack
/// traces.
const OPEN: usize = 600;

/// So many are in the page at all. A message of a megabyte is not read in a browser.
const MOST: usize = 10_000;

/// A text of others on one line, the rest of a long one to be unfolded.
pub(crate) fn prose(text: &str) -> Markup {
    clipped(&one_line(text))
}

/// Lines of others as they are, with hidden characters made visible.
pub(super) fn lines(text: &str) -> Markup {
    clipped(&escape_lines(text))
}

fn clipped(text: &str) -> Markup {
    let at = |chars: usize| text.char_indices().nth(chars).map(|it| it.0);
    let Some(open) = at(OPEN) else { return html! { (text) } };
    let (open, rest) = text.split_at(open);
    let end = at(MOST).map_or(rest.len(), |it| it - open.len());
    let (rest, beyond) = rest.split_at(end);
    let beyond = beyond.chars().count();
    html! {
        (open) "…"
        details.more {
            summary { (many(rest.chars().count() + beyond, "more character")) }
            "…" (rest)
            @if beyond > 0 {
                p.note { (grouped(beyond)) " more characters stand in the report as JSON." }
            }
        }
    }
}

/// The name of a finding in the page.
pub(super) fn anchor(it: &FindingView) -> String {
    // Of several clusters, fingerprints alone are not unique.
    let cluster = it
        .cluster
        .bytes()
        .fold(0_u64, |sum, byte| sum.wrapping_mul(1_099_511_628_211) ^ u64::from(byte));
    if it.cluster.is_empty() {
        format!("f-{}", it.fingerprint)
    } else {
        format!("f-{}-{cluster:x}", it.fingerprint)
    }
}

/// How bad it is, as a word and a colour.
pub(crate) fn badge(severity: SeverityView) -> Markup {
    let word = severity.to_string();
    html! { span.badge.(word) { (word) } }
}

/// A line that can be copied. The script adds the button.
pub(super) fn command(text: &str) -> Markup {
    html! { div.command { pre { code { (escape_lines(text)) } } } }
}

/// One step of a remedy. `name`: words to mark in commands, since they are to be replaced.
pub(crate) fn step(StepView { kind, text }: &StepView, name: Option<&str>) -> Markup {
    html! {
        @match kind {
            StepKindView::Say => div.say { (prose(text)) },
            StepKindView::Look => div.command { pre { code { (marked(text, name)) } } },
            StepKindView::Change => {
                div.command.change {
                    span.effect { (CHANGES) }
                    pre { code { (marked(text, name)) } }
                }
            }
        }
    }
}

/// Whether a character may be part of a name of Kubernetes.
pub(super) fn is_of_name(it: char) -> bool {
    it.is_ascii_alphanumeric() || matches!(it, '-' | '.' | '_')
}

/// The pieces of a text around a name, where that stands as a whole.
pub(super) fn around<'t>(text: &'t str, name: &str) -> Vec<&'t str> {
    let mut pieces = Vec::new();
    let mut from = 0;
    for (at, _) in text.match_indices(name) {
        let end = at + name.len();
        let is_whole = !name.is_empty()
            && at >= from
            && !text[..at].ends_with(is_of_name)
            && !text[end..].starts_with(is_of_name);
        if is_whole {
            pieces.push(&text[from..at]);
            from = end;
        }
    }
    pieces.push(&text[from..]);
    pieces
}

fn marked(text: &str, name: Option<&str>) -> Markup {
    let Some(name) = name else { return html! { (escape_lines(text)) } };
    html! {
        @for (nth, piece) in around(text, name).into_iter().enumerate() {
            @if nth > 0 { var { (escape_lines(name)) } }
            (escape_lines(piece))
        }
    }
}

/// A table that a phone shows as a list: each cell says what it is. Columns without a word in any
/// row are left out.
pub(super) fn table(caption: &str, columns: &[&str], rows: &[Vec<Markup>]) -> Markup {
    let is_used = |nth: usize| rows.iter().any(|it| it.get(nth).is_some_and(|it| !it.0.is_empty()));
    let used: Vec<_> = (0..columns.len()).filter(|nth| is_used(*nth)).collect();
    html! {
        // ARIA says what the phone's layout would take from the table.
        table role="table" {
            caption.unseen { (caption) }
            thead role="rowgroup" {
                tr role="row" {
                    @for nth in &used { th role="columnheader" scope="col" { (columns[*nth]) } }
                }
            }
            tbody role="rowgroup" {
                @for row in rows {
                    tr role="row" {
                        @for nth in &used {
                            @if *nth == 0 {
                                th role="rowheader" scope="row" { (row[0]) }
                            } @else {
                                td role="cell" data-label=(columns[*nth]) { (row[*nth]) }
                            }
                        }
                    }
                }
            }
        }
    }
}
