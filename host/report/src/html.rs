//! For people, as one page: what is broken, worst first, as trees of causes, with remedies to copy
//! and evidence to unfold; what could not be seen; and the vaults, backups and components.
//!
//! The page asks nobody for anything: style and script stand in it, and its content security
//! policy allows these two alone, by their digests. It can be read without its script, which adds
//! search, filters and copying. All text of others is escaped by `maud`, which has no other way.

mod panels;

use std::collections::{BTreeSet, HashMap};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest as _, Sha256};

use crate::{
    shown::{headline, lost, named, one_line, place_text, rule_of, subject_text},
    view::{AsOfView, EvidenceView, FindingView, ReportView, StepKindView, StepView},
};

const STYLE: &str = include_str!("html/page.css");
const SCRIPT: &str = include_str!("html/page.js");

/// So much evidence of a finding is shown; the rest is counted. The JSON has all of it.
const EVIDENCE: usize = 40;

/// So many characters of a value are shown: a message of a megabyte is not read.
const VALUE: usize = 10_000;

/// Writes a report as one HTML page. The report must be in the order of [`crate::arrange()`].
pub fn html(report: &ReportView) -> String {
    let policy = format!(
        "default-src 'none'; style-src '{}'; script-src '{}'; base-uri 'none'; form-action 'none'",
        digest(STYLE),
        digest(SCRIPT)
    );
    let title = headline(&report.summary);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="generator" content={ "Rulebox " (env!("CARGO_PKG_VERSION")) };
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 { (title) }
                    (as_of(report))
                    (filters(report))
                }
                main {
                    (findings(report))
                    (unjudged(report))
                    (unread(report))
                    (panels::panels(report))
                    (suppressed(report))
                    (rules(report))
                    (inputs(report))
                }
                footer { "Rulebox " (env!("CARGO_PKG_VERSION")) }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    let mut text = page.into_string();
    text.push('\n');
    text
}

/// A source of a content security policy: the text with this digest.
fn digest(text: &str) -> String {
    format!("sha256-{}", BASE64_STANDARD.encode(Sha256::digest(text)))
}

fn as_of(report: &ReportView) -> Markup {
    let moment = |it: &AsOfView| match (&it.time, &it.latest) {
        (Some(time), Some(latest)) if time == latest => time.clone(),
        (Some(time), None) => format!("{time} or later"),
        (Some(time), Some(latest)) => format!("between {time} and {latest}"),
        (None, _) => "unknown: ages could not be judged".to_owned(),
    };
    html! {
        p.as-of {
            @if report.clusters.is_empty() {
                "As of " (moment(&report.as_of))
            } @else {
                @for (nth, it) in report.clusters.iter().enumerate() {
                    @if nth > 0 { "; " }
                    (one_line(&it.cluster)) " as of " (moment(&it.as_of))
                }
            }
        }
    }
}

/// The choices that the script brings to life; without it they would do nothing, and are hidden.
fn filters(report: &ReportView) -> Markup {
    let counted: Vec<_> = report.findings.iter().filter(|it| it.suppressed.is_none()).collect();
    let severities = report.summary.findings.iter().rev().filter(|it| *it.1 > 0);
    let select = |name: &str, label: &str, values: BTreeSet<&str>| {
        html! {
            @if values.len() > 1 {
                label {
                    (label) " "
                    select name=(name) {
                        option value="" { "all" }
                        @for it in values { option value=(one_line(it)) { (one_line(it)) } }
                    }
                }
            }
        }
    };
    html! {
        form.filters role="search" hidden {
            label { "Search " input type="search" name="q" autocomplete="off"; }
            fieldset {
                legend { "Severity" }
                @for (severity, count) in severities {
                    label {
                        input type="checkbox" name="severity" value=(severity);
                        " " (severity) " (" (count) ")"
                    }
                }
            }
            (select("cluster", "Cluster", counted.iter().map(|it| it.cluster.as_str()).collect()))
            (select("pack", "Pack", counted.iter().map(|it| it.pack.as_str()).collect()))
            (select("rule", "Rule", counted.iter().map(|it| it.rule.as_str()).collect()))
            (select(
                "namespace",
                "Namespace",
                counted.iter().map(|it| it.subject.namespace.as_str()).collect(),
            ))
            button type="reset" { "Show all" }
            output.shown {}
        }
    }
}

/// The findings that count, each below its cause.
fn findings(report: &ReportView) -> Markup {
    let counted: Vec<_> = report.findings.iter().filter(|it| it.suppressed.is_none()).collect();
    let names: HashMap<_, _> = counted
        .iter()
        .enumerate()
        .map(|(at, it)| ((it.cluster.as_str(), it.fingerprint.as_str()), at))
        .collect();
    // A cause stands before what it causes, so that none can stand below itself.
    let above = |at: usize| {
        let it = counted[at];
        let above = names.get(&(it.cluster.as_str(), it.caused_by.first()?.as_str())).copied();
        above.filter(|above| *above < at)
    };
    let depths = (0..counted.len()).fold(Vec::new(), |mut depths: Vec<usize>, at| {
        depths.push(above(at).map_or(0, |above| depths[above] + 1));
        depths
    });
    html! {
        section aria-labelledby="findings" {
            h2 #findings { "Findings" }
            @if counted.is_empty() { p { "No rule has found anything." } }
            @for (at, it) in counted.iter().enumerate() {
                (finding(it, depths[at], above(at).map(|above| counted[above])))
            }
        }
    }
}

/// The name of a finding in the page.
fn anchor(it: &FindingView) -> String {
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

/// Deeper trees are drawn like this one.
const DEEPEST: usize = 4;

fn finding(it: &FindingView, depth: usize, above: Option<&FindingView>) -> Markup {
    let severity = it.severity.to_string();
    html! {
        article #(anchor(it)) class={ "finding " (severity) " depth-" (depth.min(DEEPEST)) }
            data-severity=(severity) data-cluster=(one_line(&it.cluster))
            data-pack=(one_line(&it.pack)) data-rule=(one_line(&it.rule))
            data-namespace=(one_line(&it.subject.namespace)) {
            h3 {
                span.severity { (severity) } " "
                span.subject { (one_line(&subject_text(&it.subject))) }
                @if !it.cluster.is_empty() { " " span.cluster { "in " (one_line(&it.cluster)) } }
                " " code.rule { (one_line(&rule_of(it))) }
            }
            p.summary { (one_line(&it.summary)) }
            @if let Some(above) = above {
                p.because {
                    "because of "
                    a href={ "#" (anchor(above)) } {
                        (one_line(&above.rule)) ": " (one_line(&subject_text(&above.subject)))
                    }
                }
            }
            p.cause { b { "Cause " } (one_line(&it.cause)) }
            @if !it.steps.is_empty() {
                div.remedy { b { "Remedy" } @for step in &it.steps { (remedy(step)) } }
            }
            @if let Some(place) = &it.place {
                p.place { b { "Found at " } code { (one_line(&place_text(place))) } }
            }
            @if !it.evidence.is_empty() { (proof(&it.evidence)) }
        }
    }
}

fn remedy(step: &StepView) -> Markup {
    html! {
        @match step.kind {
            StepKindView::Say => p { (one_line(&step.text)) },
            StepKindView::Look => pre.look { code { (visible(&step.text)) } },
            StepKindView::Change => pre.change { code { (visible(&step.text)) } },
        }
    }
}

/// Lines as they are, with hidden characters made visible.
fn visible(text: &str) -> String {
    rulebox_core::text::escape_lines(text).into_owned()
}

fn proof(evidence: &[EvidenceView]) -> Markup {
    let shown = |it: &EvidenceView| {
        let value: String = it.value.chars().take(VALUE).collect();
        let cut = if value.len() < it.value.len() { "…" } else { "" };
        format!("{}{cut}", visible(&value))
    };
    html! {
        details.evidence {
            summary { "Evidence (" (evidence.len()) ")" }
            dl {
                @for it in evidence.iter().take(EVIDENCE) {
                    dt {
                        @if let Some(subject) = &it.subject {
                            (one_line(&subject_text(subject))) " "
                        }
                        code { (one_line(&it.path)) }
                        @if let Some(place) = &it.place {
                            " " span.place { (one_line(&place_text(place))) }
                        }
                    }
                    dd { (shown(it)) }
                }
            }
            @if evidence.len() > EVIDENCE {
                p { (evidence.len() - EVIDENCE) " more stand in the report as JSON." }
            }
        }
    }
}

/// Rules and packs that could not judge, or not all.
fn unjudged(report: &ReportView) -> Markup {
    let rules: Vec<_> = report.rules.iter().filter(|it| it.lacks_data()).collect();
    html! {
        @if !(rules.is_empty() && report.failures.is_empty()) {
            section.unjudged aria-labelledby="unjudged" {
                h2 #unjudged { "Not judged: this is not a pass" }
                dl {
                    @for it in &report.failures {
                        dt {
                            code {
                                (one_line(&it.pack))
                                @if let Some(rule) = &it.rule { "/" (one_line(rule)) }
                            }
                            " " (one_line(&it.code))
                        }
                        dd { (one_line(&it.message)) " " (one_line(&it.help)) }
                    }
                    @for it in rules {
                        dt {
                            code { (one_line(&it.pack)) "/" (one_line(&it.rule)) }
                            @if !it.cluster.is_empty() { " in " (one_line(&it.cluster)) }
                        }
                        dd { (one_line(&it.reason)) }
                    }
                }
            }
        }
    }
}

/// What could not be read.
fn unread(report: &ReportView) -> Markup {
    let lost: Vec<_> = lost(report).collect();
    html! {
        @if !lost.is_empty() {
            section.unread aria-labelledby="unread" {
                h2 #unread { "Not read: objects may be missing" }
                dl {
                    @for (place, it) in lost {
                        dt { code { (one_line(&place_text(&place))) } }
                        dd { (one_line(&it.reason)) }
                    }
                }
            }
        }
    }
}

fn suppressed(report: &ReportView) -> Markup {
    let all = report.findings.iter().filter_map(|it| Some((it, it.suppressed.as_ref()?)));
    let all: Vec<_> = all.collect();
    html! {
        @if !all.is_empty() {
            section aria-labelledby="suppressed" {
                details {
                    summary { h2 #suppressed { "Suppressed (" (all.len()) ")" } }
                    dl {
                        @for (it, suppression) in all {
                            dt { code { (one_line(&rule_of(it))) } " " (one_line(&named(it))) }
                            dd {
                                (one_line(&suppression.reason))
                                @if let Some(expires) = &suppression.expires {
                                    " (until " (expires) ")"
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn rules(report: &ReportView) -> Markup {
    html! {
        section aria-labelledby="rules" {
            details {
                summary { h2 #rules { "Rules (" (report.rules.len()) ")" } }
                div.wide tabindex="0" {
                    table {
                        thead { tr {
                            th scope="col" { "Rule" }
                            th scope="col" { "Result" }
                            th scope="col" { "Looks for" }
                        } }
                        tbody {
                            @for it in &report.rules {
                                tr {
                                    th scope="row" {
                                        code { (one_line(&it.pack)) "/" (one_line(&it.rule)) }
                                        @if !it.cluster.is_empty() {
                                            " in " (one_line(&it.cluster))
                                        }
                                    }
                                    td { (it.result) }
                                    td { (one_line(&it.summary)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn inputs(report: &ReportView) -> Markup {
    html! {
        section aria-labelledby="inputs" {
            details {
                summary { h2 #inputs { "Inputs (" (report.inputs.len()) ")" } }
                @for it in &report.inputs {
                    h3 { code { (one_line(&it.name)) } }
                    p {
                        (it.files) " files, " (it.objects) " objects, " (it.needed)
                        " of them needed by rules"
                    }
                    @let notes: Vec<_> = it.problems.iter().filter(|it| !it.lost).collect();
                    @if !notes.is_empty() {
                        ul {
                            @for it in notes {
                                li {
                                    code {
                                        (one_line(&it.place))
                                        @if let Some(line) = it.line { ":" (line) }
                                    }
                                    " " (one_line(&it.reason))
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
