//! What somebody looks up: suppressed findings, all rules, what was seen, and the inputs.

use maud::{Markup, html};

use super::parts::{Section, badge, grouped, many, prose, table};
use crate::{
    shown::{named, one_line, rule_of, source_text},
    view::{CoverageView, CoverageWord, ReportView, ResultView},
};

/// So many problems of an input are listed.
const PROBLEMS: usize = 200;

pub(super) fn suppressed(report: &ReportView) -> Option<Section> {
    let all = report.findings.iter().filter_map(|it| Some((it, it.suppressed.as_ref()?)));
    let rows: Vec<_> = all
        .map(|(it, suppression)| {
            let until = suppression.expires.as_deref().unwrap_or("no end");
            vec![
                html! { (one_line(&named(it))) },
                html! { code { (one_line(&rule_of(it))) } },
                badge(it.severity),
                html! { (prose(&suppression.reason)) (source_text(suppression.source)) },
                html! { (one_line(until)) },
            ]
        })
        .collect();
    let columns = ["Object", "Rule", "Severity", "Reason", "Until"];
    folded("suppressed", "Suppressed", &columns, &rows)
}

pub(super) fn rules(report: &ReportView) -> Option<Section> {
    let row = |it: &crate::view::RuleView| {
        let class = match it.result {
            ResultView::Pass if it.stale_since.is_none() => "good",
            ResultView::Pass | ResultView::NoData => "unsure",
            ResultView::Fail | ResultView::Error => "bad",
            ResultView::Skipped => "quiet",
        };
        vec![
            html! {
                code { (one_line(&it.pack)) "/" (one_line(&it.rule)) }
                @if !it.cluster.is_empty() { " in " (one_line(&it.cluster)) }
            },
            html! {
                span.state.(class) { (it.result.to_string().replace('_', " ")) }
                @if let Some(since) = &it.stale_since { " as it was at " (one_line(since)) }
            },
            html! { (prose(&it.summary)) },
        ]
    };
    let rows: Vec<_> = report.rules.iter().map(row).collect();
    folded("rules", "Rules", &["Rule", "Result", "Looks for"], &rows)
}

pub(super) fn seen(report: &ReportView) -> Option<Section> {
    let row = |it: &CoverageView| {
        let (class, word) = match it.coverage {
            CoverageWord::Complete => ("good", "complete"),
            CoverageWord::Partial => ("unsure", "partial"),
            CoverageWord::Absent => ("unsure", "absent"),
        };
        let kind = if it.kind.is_empty() { "text" } else { &it.kind };
        vec![
            html! {
                (one_line(kind))
                @if !it.group.is_empty() { span.quiet { "." (one_line(&it.group)) } }
                @if !it.cluster.is_empty() { " in " (one_line(&it.cluster)) }
            },
            html! { span.state.(class) { (word) } },
            html! { (grouped(it.selected)) },
            html! { code { (one_line(&it.pack)) "/" (one_line(&it.need)) } },
            html! { (prose(&it.reason)) },
        ]
    };
    let rows: Vec<_> = report.coverage.iter().map(row).collect();
    let columns = ["Kind", "Seen", "Objects", "Need", "Why not all"];
    folded("seen", "Coverage", &columns, &rows)
}

fn folded(
    id: &'static str,
    title: &str,
    columns: &[&str],
    rows: &[Vec<Markup>],
) -> Option<Section> {
    let body = table(title, columns, rows);
    let (title, count) = (title.to_owned(), rows.len());
    (count > 0).then_some(Section { id, title, count, class: "", folded: true, body })
}

pub(super) fn inputs(report: &ReportView) -> Option<Section> {
    let body = html! {
        @for it in &report.inputs {
            h3 { code { (one_line(&it.name)) } }
            p {
                (many(it.files, "file")) ", " (many(it.objects, "object")) ", "
                (grouped(it.needed)) " of them needed by rules"
            }
            @let notes: Vec<_> = it.problems.iter().filter(|it| !it.lost).collect();
            @if !notes.is_empty() {
                ul.reasons {
                    @for it in notes.iter().take(PROBLEMS) {
                        li {
                            code {
                                (one_line(&it.place))
                                @if let Some(line) = it.line { ":" (line) }
                            }
                            " " (prose(&it.reason))
                        }
                    }
                }
                @if notes.len() > PROBLEMS {
                    p.note {
                        (grouped(notes.len() - PROBLEMS)) " more stand in the report as JSON."
                    }
                }
            }
        }
    };
    let (title, count) = ("Inputs".to_owned(), report.inputs.len());
    (count > 0).then_some(Section { id: "inputs", title, count, class: "", folded: true, body })
}
