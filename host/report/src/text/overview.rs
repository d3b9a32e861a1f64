//! First of all, what is wrong, a line for each finding: how bad it is, where, and the problem that
//! its rule is named after. What the sections below say in full.

use std::collections::BTreeSet;

use anstyle::Style;
use rulebox_core::{Finding, Report, ReportedFinding, RuleOutcome, RuleResult, text::escape};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::{
    alike::{More, Rest, Row, Rows},
    page::{Page, count},
    style::Detail,
    summary,
};

/// How wide the column of severities is: `CRITICAL` below another finding.
const SEVERITY: usize = 10;

/// Findings below findings are indented to here: what is deeper has no room for its name.
const DEEPEST: usize = 6;

/// Of a name that has no room, so much is shown at least.
const NAME_SHOWN: usize = 24;

/// Writes it where it says more than the sections behind it: of several findings or clusters.
pub(super) fn overview(
    page: &mut Page,
    report: &Report,
    clusters: &BTreeSet<&str>,
    rows: &Rows<'_>,
) {
    let several = clusters.len() > 1;
    if rows.shown.len() < 2 && !several {
        return;
    }
    let counted: Vec<_> = report.findings.iter().filter(|it| it.suppressed.is_none()).collect();
    let packs: BTreeSet<_> = counted.iter().map(|it| it.pack.as_str()).collect();
    page.title("OVERVIEW", &summary::finding_counts(report));
    for &cluster in clusters {
        if !cluster.is_empty() {
            page.line(2, &format!("cluster {}", escape(cluster)));
        }
        let indent = if cluster.is_empty() { 2 } else { 4 };
        let mut is_silent = true;
        for row in rows.shown.iter().filter(|it| report.findings[it.at].cluster == cluster) {
            is_silent = false;
            line(page, indent, &report.findings[row.at], row, packs.len() > 1);
        }
        if let Some(it) = rows.rest.get(cluster) {
            page.line(indent, &of_rest(*it));
        }
        let is_no_data =
            |it: &&RuleOutcome| it.cluster == cluster && it.result == RuleResult::NoData;
        let no_data = report.rules.iter().filter(is_no_data).count();
        if no_data > 0 {
            let words = format!("{:SEVERITY$}{}", "NO DATA", count(no_data, "rule"));
            page.line(indent, &format!("{words} could not judge: this is not a pass"));
        } else if is_silent && !cluster.is_empty() {
            page.line(indent, "no findings");
        }
    }
    page.gap();
}

/// `CRITICAL  BackupLocation csdr/vault-prod  vault-unavailable`
fn line(page: &mut Page, indent: usize, it: &ReportedFinding, row: &Row, with_pack: bool) {
    let ReportedFinding { pack, finding: Finding { rule, severity, subject, .. }, .. } = it;
    let indent = indent + 2 * row.depth.min(DEEPEST);
    let column = SEVERITY.saturating_sub(2 * row.depth).max(severity.as_str().len() + 2);
    let gap = column - severity.as_str().len();
    let severity = page.severity(*severity);
    let rule = if with_pack { format!("{pack}/{rule}") } else { rule.clone() };
    let rule = escape(&rule);
    if let Some(more) = row.more {
        page.has_cuts = true;
        return page.line(indent, &format!("{severity}{:gap$}{}", "", of_more(more, &rule)));
    }
    let subject = escape(&subject.to_string()).into_owned();
    let room = page.style.width.saturating_sub(indent + column + 2 + rule.width());
    let subject = if page.style.detail == Detail::Verbose { subject } else { short(subject, room) };
    let subject = page.paint(Style::new().bold(), &subject);
    page.line(indent, &format!("{severity}{:gap$}{subject}  {rule}", ""));
}

/// `… and 480 more of backup-failed, and 3 that follow from them`
pub(super) fn of_more(More { trees, below }: More, rule: &str) -> String {
    let from =
        if below > 0 { format!(", and {below} that follow from them") } else { String::new() };
    format!("… and {trees} more of {rule}{from}")
}

/// `… and 400 more findings, none worse than HIGH`
pub(super) fn of_rest(Rest { findings, worst }: Rest) -> String {
    let worst = worst.as_str().to_uppercase();
    format!("… and {}, none worse than {worst}", count(findings, "more finding"))
}

/// A name without its middle, where it has no room: its end tells it from others. It stands in full
/// below.
fn short(name: String, room: usize) -> String {
    let room = room.max(NAME_SHOWN);
    if name.width() <= room {
        return name;
    }
    let part = |chars: &mut dyn Iterator<Item = char>| {
        let mut used = 0;
        let fits = |it: &char| {
            used += it.width().unwrap_or_default();
            used <= (room - 1) / 2
        };
        chars.take_while(fits).collect::<Vec<_>>()
    };
    let (head, mut tail) = (part(&mut name.chars()), part(&mut name.chars().rev()));
    tail.reverse();
    head.into_iter().chain(['…']).chain(tail).collect()
}
