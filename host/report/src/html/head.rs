//! The first lines: how it stands, of which moment, and what speaks against taking it for all.

use maud::{Markup, html};

use super::{
    options::Live,
    parts::{grouped, many},
};
use crate::{
    shown::{Standing, headline, is_nothing_read, one_line, standing},
    view::{AsOfView, ReportView, ResultView},
};

/// So many inputs are named; the section of inputs has all.
const INPUTS: usize = 3;

pub(super) fn head(report: &ReportView, live: Option<&Live>) -> Markup {
    let class = match standing(report) {
        Standing::NothingRead => "blind",
        Standing::Found => "found",
        Standing::InPart => "partly",
        Standing::Known => "known",
        Standing::Well => "well",
    };
    let named = report.inputs.iter().take(INPUTS).map(|it| one_line(&it.name));
    let mut named: Vec<_> = named.collect();
    if report.inputs.len() > INPUTS {
        named.push(format!("{} more", grouped(report.inputs.len() - INPUTS)).into());
    }
    html! {
        header.top.(class) {
            div.line {
                p.brand { "Rulebox" }
                p.source { (named.join(", ")) }
                @if live.is_some() {
                    // The script says here how old this is.
                    p #live role="status" { "Load the page again to see what has changed." }
                }
            }
            h1 { (heading(report)) }
            p.as-of { (as_of(report)) (read(report)) }
            (notices(report))
        }
    }
}

/// The headline, each severity in its colour.
fn heading(report: &ReportView) -> Markup {
    if standing(report) != Standing::Found {
        return html! { (headline(report)) };
    }
    let found = report.summary.findings.iter().rev().filter(|it| *it.1 > 0);
    html! {
        @for (nth, (severity, count)) in found.enumerate() {
            @if nth > 0 { ", " }
            span.(severity) { (count) " " (severity) }
        }
    }
}

fn as_of(report: &ReportView) -> Markup {
    let moment = |it: &AsOfView| match (&it.time, &it.latest) {
        (Some(time), Some(latest)) if time == latest => time.clone(),
        (Some(time), None) => format!("{time} or later"),
        (Some(time), Some(latest)) => format!("a moment between {time} and {latest}"),
        (None, _) => "an unknown moment: ages could not be judged".to_owned(),
    };
    html! {
        @match report.clusters.as_slice() {
            [] => span { "As of " (moment(&report.as_of)) },
            all => {
                @for it in all {
                    span { b { (one_line(&it.cluster)) } " as of " (moment(&it.as_of)) }
                }
            }
        }
    }
}

fn read(report: &ReportView) -> Markup {
    let summary = &report.summary;
    html! {
        span {
            (many(summary.objects, "object")) " read, "
            (grouped(summary.objects_needed)) " of them needed by rules"
        }
    }
}

fn notices(report: &ReportView) -> Markup {
    let summary = &report.summary;
    let results = |it: ResultView| summary.rules.get(&it).copied().unwrap_or_default();
    let skipped = results(ResultView::Skipped);
    let asked = summary.rules.values().sum::<usize>() - skipped;
    let no_data = results(ResultView::NoData);
    let failed = report.rules.iter().filter(|it| it.result == ResultView::Fail);
    let in_part = failed.filter(|it| it.lacks_data()).count();
    let stale = report.rules.iter().filter_map(|it| it.stale_since.as_deref());
    let oldest = stale.clone().min();
    let unjudged = if is_nothing_read(report) { "blind" } else { "unjudged" };
    let notice = |class: &str, to: &str, words: String| {
        html! { li.(class) { a href={ "#" (to) } { (words) } } }
    };
    html! {
        ul.notices {
            @if summary.failures > 0 {
                (notice("bad", "unjudged", match summary.failures {
                    1 => "a pack or a rule failed".to_owned(),
                    many => format!("{many} packs or rules failed"),
                }))
            }
            @if no_data > 0 {
                @let words = format!("{} of {} could not judge", no_data, many(asked, "rule"));
                (notice("unsure", unjudged, words))
            }
            @if in_part > 0 {
                @let words = format!("{} with findings could not judge all", many(in_part, "rule"));
                (notice("unsure", "unjudged", words))
            }
            @if summary.problems_lost > 0 {
                @let words = many(summary.problems_lost, "problem");
                (notice("bad", "unread", format!("objects may be missing: {words} of reading")))
            }
            @if let Some(oldest) = oldest {
                @let words = match stale.count() {
                    1 => format!("a rule keeps its result of {oldest}"),
                    rules => format!("{rules} rules keep older results, the oldest of {oldest}"),
                };
                (notice("unsure", "rules", words))
            }
            @if standing(report) == Standing::Well {
                li.good { a href="#rules" { (many(asked, "rule")) " judged, and found nothing" } }
            }
            @if summary.suppressed > 0 {
                @let words = format!("{} suppressed", grouped(summary.suppressed));
                (notice("quiet", "suppressed", words))
            }
            @if asked == 0 { li.unsure { "no rule was asked" } }
        }
    }
}
