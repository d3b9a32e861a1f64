//! The comparison of two reports as one HTML page, in the style of a report's. It needs no network;
//! its script does no more than copy commands. All text of others is escaped by `maud`, which has
//! no other way.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::{
    diff::{Change, ComparedView, DiffView, Entry},
    html::{
        COPY, STYLE, digest,
        parts::{Section, badge, grouped, prose, step},
    },
    shown::{named, one_line, place_text, rule_of, suppression_text},
};

/// So many findings of a kind of change are shown; the rest is counted. The JSON has all of them.
const SHOWN: usize = 1_000;

/// Writes a comparison as one HTML page.
pub fn diff_html(diff: &DiffView) -> String {
    let policy = format!(
        "default-src 'none'; style-src '{}'; script-src '{}'; base-uri 'none'; form-action 'none'",
        digest(STYLE),
        digest(COPY)
    );
    let title = diff.counts();
    let sections = sections(diff);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="generator" content={ "Rulebox " (env!("CARGO_PKG_VERSION")) };
                title { (title) " · Rulebox" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                a.skip href="#main" { "Skip to the comparison" }
                header.top {
                    div.line { p.brand { "Rulebox" } p.source { "Comparison of two reports" } }
                    h1 { (title) }
                    (compared("Before", &diff.before))
                    (compared("After", &diff.after))
                }
                div.columns {
                    aside.rail {
                        nav #contents aria-label="Sections" {
                            ul { @for it in &sections { (it.link()) } }
                        }
                    }
                    main #main tabindex="-1" { @for it in &sections { (it) } }
                }
                footer { "Rulebox " (env!("CARGO_PKG_VERSION")) }
                script { (PreEscaped(COPY)) }
            }
        }
    };
    let mut text = page.into_string();
    text.push('\n');
    text
}

fn compared(word: &str, ComparedView { name, as_of, findings, .. }: &ComparedView) -> Markup {
    html! {
        p.as-of {
            (word) ": " code { (one_line(name)) }
            @if let Some(time) = as_of { ", as of " (one_line(time)) }
            ", " (findings) " findings that count"
        }
    }
}

/// What speaks against taking it for all, and each kind of change.
fn sections(diff: &DiffView) -> Vec<Section> {
    let entries = diff.entries();
    let parts = Change::ALL.into_iter().filter_map(|it| part(it, &entries));
    warnings(&diff.warnings).into_iter().chain(parts).collect()
}

fn warnings(all: &[String]) -> Option<Section> {
    let body = html! { ul { @for it in all { li { (one_line(it)) } } } };
    let (title, count) = ("Compare with care".to_owned(), all.len());
    let (id, class, folded) = ("warnings", "unsure", false);
    (count > 0).then_some(Section { id, title, count, class, folded, body })
}

fn part(change: Change, entries: &[Entry<'_>]) -> Option<Section> {
    let of: Vec<_> = entries.iter().filter(|it| it.change == change).collect();
    let (id, title, count) = (change.as_str(), change.title().to_owned(), of.len());
    let body = html! {
        div.tree { @for it in of.iter().take(SHOWN) { (finding(it)) } }
        @if count > SHOWN {
            p.note { (grouped(count - SHOWN)) " more stand in the comparison as JSON." }
        }
    };
    let (class, folded) = ("", change == Change::Same);
    (count > 0).then_some(Section { id, title, count, class, folded, body })
}

fn finding(entry: &Entry<'_>) -> Markup {
    let Entry { change, finding: it, note, counts, .. } = entry;
    html! {
        article class={ "finding depth-0 " (it.severity) } {
            h3 { (badge(it.severity)) " " span.what { (prose(&it.summary)) } }
            p.facts {
                code.subject { (one_line(&named(it))) }
                code.rule { (one_line(&rule_of(it))) }
                @if let (true, Some(place)) = (counts, &it.place) {
                    code.place { (one_line(&place_text(place))) }
                }
            }
            @if !note.is_empty() {
                div.was { @if *change == Change::Changed { "was: " } (prose(note)) }
            }
            @if let Some(suppression) = &it.suppressed {
                div.was { "suppressed: " (prose(&suppression_text(suppression))) }
            }
            @if *counts {
                @if !it.cause.is_empty() {
                    div.cause { h4 { "Cause" } div { (prose(&it.cause)) } }
                }
                @if !it.steps.is_empty() {
                    div.remedy {
                        h4 { "Remedy" }
                        div { @for it in &it.steps { (step(it, None)) } }
                    }
                }
            }
        }
    }
}
