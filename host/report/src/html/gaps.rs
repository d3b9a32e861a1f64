//! What could not be seen: inputs in which nothing was, rules and packs that could not judge, files
//! that could not be read; and what to type to be given the rest.

use std::collections::{BTreeMap, BTreeSet};

use maud::{Markup, html};
use rulebox_core::coverage::holds_none;

use super::parts::{Section, command, grouped, many, prose};
use crate::{
    shown::{is_nothing_read, lost, one_line, place_text},
    text::Collect,
    view::{FailureView, InputView, ReportView, ResultView, RuleView},
};

/// So many lines of a list stand open.
const OPEN: usize = 12;

/// So many are in the page at all: a folder of broken files is not read line by line.
const MOST: usize = 500;

/// Lines, of which many are unfolded on demand.
fn list(lines: &[Markup]) -> Markup {
    let (open, rest) = lines.split_at(lines.len().min(OPEN));
    html! {
        ul.reasons { @for it in open { li { (it) } } }
        @if !rest.is_empty() {
            details.more {
                summary { (grouped(rest.len())) " more" }
                ul.reasons { @for it in rest.iter().take(MOST) { li { (it) } } }
                @if rest.len() > MOST {
                    p.note {
                        (grouped(rest.len() - MOST)) " more stand in the report as JSON."
                    }
                }
            }
        }
    }
}

/// What to type to be given what was not seen.
fn how_to_see(collect: &Collect) -> Markup {
    html! {
        div.collect {
            h3 { "Collect all that these rules need" }
            p {
                "This writes a script. Run it where kubectl reaches the cluster, and check the \
                 archive that it leaves:"
            }
            (command(&collect.script))
            p { "Or, with access to the cluster:" }
            (command(&collect.bundle))
        }
    }
}

/// Inputs in which there is no object.
pub(super) fn nothing_read(report: &ReportView, collect: Option<&Collect>) -> Option<Section> {
    if !is_nothing_read(report) {
        return None;
    }
    let of_input = |InputView { name, files, problems, .. }: &InputView| {
        let mut lines: Vec<_> = problems
            .iter()
            .map(|it| {
                let place = [name, &it.place].map(|it| one_line(it));
                html! {
                    code {
                        (place[0])
                        @if !place[1].is_empty() { "/" (place[1]) }
                        @if let Some(line) = it.line { ":" (line) }
                    }
                    " " (prose(&it.reason))
                }
            })
            .collect();
        if lines.is_empty() {
            lines.push(html! {
                code { (one_line(name)) } " no Kubernetes object in " (many(*files, "file"))
            });
        }
        lines
    };
    let lines: Vec<_> = report.inputs.iter().flat_map(of_input).collect();
    let body = html! {
        p { "No rule could judge anything: this is not a pass." }
        (list(&lines))
        @if is_all_said(report) {
            p { "Name a file, a folder or an archive of Kubernetes objects as YAML or JSON." }
        }
        @if let Some(collect) = collect { (how_to_see(collect)) }
    };
    let title = "Nothing was read".to_owned();
    Some(Section { id: "blind", title, count: 0, class: "alarm", folded: false, body })
}

/// Whether all that is missing is missing because the inputs hold nothing: what each rule lacks
/// would say nothing more. What a cluster says of itself is more than that.
fn is_all_said(report: &ReportView) -> bool {
    let nothing = holds_none("");
    let says_nothing = |it: &RuleView| it.reason.split("; ").all(|it| it.starts_with(&nothing));
    let mut silent = report.rules.iter().filter(|it| it.result == ResultView::NoData);
    is_nothing_read(report) && silent.all(says_nothing)
}

/// Rules and packs that could not judge, or not all.
pub(super) fn unjudged(report: &ReportView, collect: Option<&Collect>) -> Option<Section> {
    let is_all_said = is_all_said(report);
    let lacking = report.rules.iter().filter(|it| it.lacks_data() && !is_all_said);
    let lacking: Vec<_> = lacking.collect();
    let failures = &report.failures;
    if lacking.is_empty() && failures.is_empty() {
        return None;
    }
    let mut packs: BTreeMap<(&str, &str), Vec<&RuleView>> = BTreeMap::new();
    for it in &lacking {
        packs.entry((&it.cluster, &it.pack)).or_default().push(it);
    }
    let asked = |of: (&str, &str)| {
        let asked = report.rules.iter().filter(|it| it.result != ResultView::Skipped);
        asked.filter(|it| (it.cluster.as_str(), it.pack.as_str()) == of).count()
    };
    let body = html! {
        p.note { "This is not a pass: what these rules look for may be there." }
        @if !failures.is_empty() {
            ul.failures { @for it in failures { li { (failure(it)) } } }
        }
        @for (of, rules) in &packs {
            details.pack open[packs.len() == 1 && failures.is_empty()] {
                summary {
                    b { (one_line(of.1)) }
                    @if !of.0.is_empty() { " in " (one_line(of.0)) }
                    ": " (extent(rules, asked(*of)))
                }
                (list(&reasons(rules)))
            }
        }
        @if let (Some(collect), false) = (collect, is_nothing_read(report)) {
            (how_to_see(collect))
        }
    };
    let title = "Not judged".to_owned();
    let count = lacking.len() + failures.len();
    Some(Section { id: "unjudged", title, count, class: "unsure", folded: false, body })
}

/// `4 of 19 rules could not judge, 1 could not judge all`
fn extent(rules: &[&RuleView], asked: usize) -> String {
    let not = rules.iter().filter(|it| it.result == ResultView::NoData).count();
    let counts = [(not, "could not judge"), (rules.len() - not, "could not judge all")];
    let counts = counts.into_iter().filter(|it| it.0 > 0).enumerate();
    let counts = counts.map(|(nth, (count, what))| match nth {
        0 => format!("{} of {} {what}", grouped(count), many(asked, "rule")),
        _ => format!("{} {what}", grouped(count)),
    });
    counts.collect::<Vec<_>>().join(", ")
}

/// Each reason once, with the rules that it keeps from judging; what concerns most comes first.
fn reasons(rules: &[&RuleView]) -> Vec<Markup> {
    let mut reasons: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for it in rules {
        for reason in it.reason.split("; ") {
            reasons.entry(reason).or_default().insert(&it.rule);
        }
    }
    let mut reasons: Vec<_> = reasons.into_iter().collect();
    reasons.sort_by_key(|it| std::cmp::Reverse(it.1.len()));
    let line = |(reason, of): &(&str, BTreeSet<&str>)| {
        let all = of.len() == rules.len() && of.len() > 1;
        html! {
            div { (prose(reason)) }
            div.of {
                @if all {
                    "all of them"
                } @else {
                    @for it in of { code { (one_line(it)) } " " }
                }
            }
        }
    };
    reasons.iter().map(line).collect()
}

fn failure(it: &FailureView) -> Markup {
    html! {
        p {
            code {
                (one_line(&it.pack))
                @if let Some(rule) = &it.rule { "/" (one_line(rule)) }
            }
            @if !it.cluster.is_empty() { " in " (one_line(&it.cluster)) }
            " failed: " b { (one_line(&it.code)) }
        }
        div { (prose(&it.message)) }
        @if !it.help.is_empty() { div.help { (prose(&it.help)) } }
    }
}

/// What could not be read.
pub(super) fn unread(report: &ReportView) -> Option<Section> {
    if is_nothing_read(report) {
        return None;
    }
    let lines: Vec<_> = lost(report)
        .map(|(place, it)| {
            html! { code { (one_line(&place_text(&place))) } " " (prose(&it.reason)) }
        })
        .collect();
    if lines.is_empty() {
        return None;
    }
    let body = html! {
        p.note { "Objects may be missing because of this." }
        (list(&lines))
    };
    let (title, count) = ("Not read".to_owned(), lines.len());
    Some(Section { id: "unread", title, count, class: "unsure", folded: false, body })
}
