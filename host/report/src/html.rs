//! For people, as one page: what is broken, worst first, as trees of causes, with remedies to copy
//! and evidence to unfold; what could not be seen; and the vaults, backups and components.
//!
//! The page asks nobody for anything: style and script stand in it, and its content security
//! policy allows these two alone, by their digests. It can be read without its script, which adds
//! search, filters and copying. A page that a server keeps up to date has a second script, which
//! asks that server and nobody else. All text of others is escaped by `maud`, which has no other
//! way.

mod filters;
mod findings;
mod gaps;
mod groups;
mod head;
mod options;
mod panels;
pub(crate) mod parts;
mod rest;
mod timeline;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use maud::{DOCTYPE, PreEscaped, html};
use sha2::{Digest as _, Sha256};

pub use self::options::{Live, PageOptions};
use self::parts::Section;
use crate::{
    shown::{headline, made_by, redacted_text},
    text::Collect,
    view::ReportView,
};

pub(crate) const STYLE: &str =
    concat!(include_str!("html/page.css"), include_str!("html/timeline.css"));
/// Copies commands.
pub(crate) const COPY: &str = include_str!("html/copy.js");
const SCRIPT: &str = concat!(include_str!("html/copy.js"), include_str!("html/page.js"));
const LIVE: &str = include_str!("html/live.js");

/// Writes a report as one HTML page. The report must be in the order of [`crate::arrange()`].
pub fn html(report: &ReportView, options: &PageOptions) -> String {
    let live = options.live.as_ref();
    let title = headline(report);
    let sections = sections(report, options.collect.as_ref());
    let page = html! {
        (DOCTYPE)
        html lang="en" data-result=[live.map(|it| &it.result)] data-at=[live.map(|it| &it.at)] {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(page_policy(live.is_some()));
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="generator" content={ "Rulebox " (env!("CARGO_PKG_VERSION")) };
                meta name="referrer" content="no-referrer";
                title { (title) " · Rulebox" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                a.skip href="#main" { "Skip to the findings" }
                (head::head(report, live))
                div.columns {
                    aside.rail {
                        (filters::filters(report))
                        nav #contents aria-label="Sections" {
                            ul { @for it in &sections { (it.link()) } }
                        }
                    }
                    main #main tabindex="-1" { @for it in &sections { (it) } }
                }
                footer {
                    @if let Some(taken) = redacted_text(&report.summary.redacted) {
                        p { "Taken out: " (taken) }
                    }
                    @if let Some(made_by) = made_by(report.tool.as_ref(), &report.packs) {
                        p { (made_by) }
                    }
                    p {
                        "The report as JSON is the complete form: "
                        code { "-o json=report.json" }
                    }
                }
                script { (PreEscaped(SCRIPT)) }
                @if live.is_some() { script { (PreEscaped(LIVE)) } }
            }
        }
    };
    let mut text = page.into_string();
    text.push('\n');
    text
}

/// What a page may do: run its own scripts and, where a server keeps it up to date, ask that
/// server. A server that sends it as a header can also forbid that it is framed.
pub fn page_policy(live: bool) -> String {
    let connect = if live { "; connect-src 'self'" } else { "" };
    let scripts = if live {
        format!("'{}' '{}'", digest(SCRIPT), digest(LIVE))
    } else {
        format!("'{}'", digest(SCRIPT))
    };
    format!(
        "default-src 'none'; style-src '{}'; script-src {scripts}{connect}; base-uri 'none'; \
         form-action 'none'",
        digest(STYLE),
    )
}

/// A source of a content security policy: the text with this digest.
pub(crate) fn digest(text: &str) -> String {
    format!("sha256-{}", BASE64_STANDARD.encode(Sha256::digest(text)))
}

/// All that has something to show, in the order in which somebody asks for it.
fn sections(report: &ReportView, collect: Option<&Collect>) -> Vec<Section> {
    let first = [
        gaps::nothing_read(report, collect),
        findings::findings(report),
        gaps::unjudged(report, collect),
        gaps::unread(report),
        timeline::timeline(report),
    ];
    let last =
        [rest::suppressed(report), rest::rules(report), rest::seen(report), rest::inputs(report)];
    let panels = panels::panels(report);
    first.into_iter().chain(panels).chain(last).flatten().collect()
}
