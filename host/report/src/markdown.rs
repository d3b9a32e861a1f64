//! For a ticket: a report as Markdown, as GitHub, GitLab and most trackers show it.
//!
//! Everything from a dump is other people's text: it stands in code spans and code blocks, or is
//! escaped, so that it makes no heading, no link, no picture and mentions nobody.

use std::fmt::Write as _;

use crate::{
    prose::{CHANGES, uncommanded},
    shown::{
        headline, lost, made_by, named, one_line, place_text, redacted_text, rule_of, subject_text,
        suppression_text,
    },
    view::{EvidenceView, FindingView, ReportView, StepKindView},
};

/// So much evidence of a finding is shown; the rest is counted.
const EVIDENCE: usize = 10;

/// So long may a value of evidence be; what is longer is cut.
const VALUE: usize = 500;

/// So many findings are shown whole: GitHub takes an issue of 65,536 characters. The table above
/// them names all.
const WHOLE: usize = 25;

/// Writes a report as Markdown: a table of all findings, then each with its cause, its remedy and
/// its evidence, then what was not judged.
pub fn markdown(report: &ReportView) -> String {
    let mut text = format!("# Rulebox: {}\n", headline(report));
    if let Some(time) = &report.as_of.time {
        let _ = write!(text, "\nAs of {}.\n", code(time));
    }
    let counts: Vec<_> = report.findings.iter().filter(|it| it.suppressed.is_none()).collect();
    if !counts.is_empty() {
        text.push_str("\n| severity | object | problem | rule |\n|---|---|---|---|\n");
        for it in &counts {
            let _ = writeln!(
                text,
                "| {} | {} | {} | {} |",
                it.severity,
                cell(&code(&named(it))),
                cell(&prose(&it.summary)),
                cell(&code(&rule_of(it)))
            );
        }
    }
    for it in counts.iter().take(WHOLE) {
        finding(&mut text, it, report);
    }
    if let Some(more) = counts.len().checked_sub(WHOLE).filter(|it| *it > 0) {
        let _ = write!(text, "\n{more} more findings stand in the table alone.\n");
    }
    unjudged(&mut text, report);
    unread(&mut text, report);
    let suppressed: Vec<_> =
        report.findings.iter().filter_map(|it| Some((it, it.suppressed.as_ref()?))).collect();
    if !suppressed.is_empty() {
        text.push_str("\n## Suppressed\n\n");
        for (it, suppression) in suppressed {
            let _ = writeln!(
                text,
                "- {} {}: {}",
                code(&rule_of(it)),
                code(&named(it)),
                prose(&suppression_text(suppression))
            );
        }
    }
    if let Some(taken) = redacted_text(&report.summary.redacted) {
        let _ = write!(text, "\nTaken out: {}.\n", prose(&taken));
    }
    if let Some(made_by) = made_by(report.tool.as_ref(), &report.packs) {
        let _ = write!(text, "\nMade by {}.\n", prose(&made_by));
    }
    text
}

fn finding(text: &mut String, it: &FindingView, report: &ReportView) {
    let _ = write!(
        text,
        "\n## {} {}\n\n{}\n",
        it.severity.to_string().to_uppercase(),
        code(&named(it)),
        prose(&it.summary)
    );
    let above = it.caused_by.first().and_then(|above| {
        let mut same = report.findings.iter().filter(|other| other.cluster == it.cluster);
        same.find(|other| other.fingerprint == *above)
    });
    let _ = write!(text, "\n- **cause**: {}\n", prose(&it.cause));
    if let Some(above) = above {
        let _ =
            writeln!(text, "- **because of**: {} {}", code(&rule_of(above)), code(&named(above)));
    }
    let _ = writeln!(text, "- **rule**: {}", code(&rule_of(it)));
    if let Some(place) = &it.place {
        let _ = writeln!(text, "- **found at**: {}", code(&place_text(place)));
    }
    text.push_str("\n**What to do**\n");
    for step in &it.steps {
        match step.kind {
            StepKindView::Say => {
                let _ = write!(text, "\n{}\n", prose(&step.text));
            }
            StepKindView::Look => {
                let _ = write!(text, "\n{}", block("sh", &step.text));
            }
            StepKindView::Change => {
                let _ = write!(text, "\n*{CHANGES}*:\n\n{}", block("sh", &step.text));
            }
        }
    }
    if it.evidence.is_empty() {
        return;
    }
    text.push_str("\n**Evidence**\n\n");
    for it in it.evidence.iter().take(EVIDENCE) {
        let _ = writeln!(text, "- {}", evidence(it));
    }
    if let Some(more) = it.evidence.len().checked_sub(EVIDENCE).filter(|it| *it > 0) {
        let _ = writeln!(text, "- and {more} more");
    }
}

fn evidence(it: &EvidenceView) -> String {
    let subject = it.subject.as_ref().map(|it| format!("{} ", code(&subject_text(it))));
    let line = one_line(&it.value);
    let mut value: String = line.chars().take(VALUE).collect();
    if value.len() < line.len() {
        value.push('…');
    }
    let place = it.place.as_ref().map(|it| format!(" ({})", code(&place_text(it))));
    format!(
        "{}{} = {}{}",
        subject.unwrap_or_default(),
        code(&it.path),
        code(&value),
        place.unwrap_or_default()
    )
}

fn unjudged(text: &mut String, report: &ReportView) {
    let failures = report.failures.iter().map(|it| {
        let rule = it.rule.as_ref().map(|rule| format!("{}/{rule}", it.pack));
        (rule.unwrap_or_else(|| it.pack.clone()), format!("{} {}", it.message, it.help))
    });
    let rules = report.rules.iter().filter(|it| it.lacks_data());
    let rules = rules.map(|it| (format!("{}/{}", it.pack, it.rule), it.reason.clone()));
    let all: Vec<_> = failures.chain(rules).collect();
    if all.is_empty() {
        return;
    }
    text.push_str("\n## Not judged: this is not a pass\n\n");
    for (rule, reason) in all {
        let _ = writeln!(text, "- {}: {}", code(&rule), prose(&reason));
    }
}

fn unread(text: &mut String, report: &ReportView) {
    let mut lost = lost(report).peekable();
    if lost.peek().is_some() {
        text.push_str("\n## Not read: objects may be missing\n\n");
    }
    for (place, it) in lost {
        let _ = writeln!(text, "- {}: {}", code(&place_text(&place)), prose(&it.reason));
    }
}

/// A text in a code span, whatever backticks are in it.
pub(crate) fn code(text: &str) -> String {
    let line = one_line(text);
    let text = uncommanded(&line);
    let fence = "`".repeat(longest_run(&text) + 1);
    let is_tight = !text.is_empty() && !text.starts_with('`') && !text.ends_with('`');
    if is_tight { format!("{fence}{text}{fence}") } else { format!("{fence} {text} {fence}") }
}

/// Lines to type, in a block that none of them ends.
fn block(language: &str, text: &str) -> String {
    let fence = "`".repeat((longest_run(text) + 1).max(3));
    let mut block = format!("{fence}{language}\n");
    for it in text.lines() {
        let _ = writeln!(block, "{}", uncommanded(&one_line_kept(it)));
    }
    block + &fence + "\n"
}

/// A line as it is, but for hidden characters; its indentation stays.
fn one_line_kept(line: &str) -> String {
    let indent = line.len() - line.trim_start_matches(' ').len();
    format!("{}{}", &line[..indent], one_line(line))
}

fn longest_run(text: &str) -> usize {
    text.split(|it| it != '`').map(str::len).max().unwrap_or_default()
}

/// Sentences, in which nothing acts. Spans in backticks are code, as their authors meant them; so
/// is a word that might mention somebody or something.
pub(crate) fn prose(text: &str) -> String {
    let text = one_line(text);
    let mut parts = text.split('`').peekable();
    let mut out = String::new();
    // `1. ` opens a list. Whatever else opens a block is escaped wherever it stands.
    let digits = text.len() - text.trim_start_matches(|it: char| it.is_ascii_digit()).len();
    if digits > 0 && text[digits..].starts_with('.') {
        out = format!("{}\\.", &text[..digits]);
        parts = text[digits + 1..].split('`').peekable();
    }
    if text.starts_with("::") {
        // A paragraph begins a line, which commands the runner of a pipeline.
        out.push('\\');
    }
    let mut is_code = false;
    while let Some(part) = parts.next() {
        // A backtick without another is one.
        if is_code && parts.peek().is_none() {
            out.push_str("\\`");
            is_code = false;
        }
        if is_code {
            out.push_str(&code(part));
        } else {
            words(&mut out, part);
        }
        is_code = !is_code;
    }
    out
}

fn words(out: &mut String, text: &str) {
    for (nth, word) in text.split(' ').enumerate() {
        if nth > 0 {
            out.push(' ');
        }
        // Trackers make links of these.
        let is_link = word.contains("://") || word.to_ascii_lowercase().contains("www.");
        if is_link || word.contains(['@', '#']) {
            out.push_str(&code(word));
            continue;
        }
        for c in word.chars() {
            if c.is_ascii_punctuation() && !matches!(c, '.' | ',' | ';' | ':' | '\'' | '"' | '/') {
                out.push('\\');
            }
            out.push(c);
        }
    }
}

/// What may stand in a cell of a table: a bar would end it, also in a code span.
pub(crate) fn cell(text: &str) -> String {
    text.replace("\\|", "|").replace('|', "\\|")
}
