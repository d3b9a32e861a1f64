//! The choices that the script brings to life; without it they would do nothing, and are hidden.

use std::collections::BTreeSet;

use maud::{Markup, html};

use super::groups::counted;
use super::parts::grouped;
use crate::{shown::one_line, view::ReportView};

pub(super) fn filters(report: &ReportView) -> Markup {
    let counted = counted(report);
    let severities = report.summary.findings.iter().rev().filter(|it| *it.1 > 0);
    let select = |name: &str, label: &str, values: BTreeSet<&str>| {
        html! {
            @if values.len() > 1 {
                label {
                    span { (label) }
                    select name=(name) {
                        option value="" { "All" }
                        @for it in values {
                            // What is of the cluster has no namespace.
                            option value=(value(it)) {
                                @if it.is_empty() { "none" } @else { (one_line(it)) }
                            }
                        }
                    }
                }
            }
        }
    };
    html! {
        form.filters role="search" aria-label="Findings" hidden {
            label.search {
                span { "Search " kbd title="The key / goes here" { "/" } }
                input type="search" name="q" autocomplete="off" spellcheck="false"
                    placeholder="name, reason, message";
            }
            // A phone has them folded.
            details.choose {
              summary { "Filters" }
              div.choices {
                fieldset {
                    legend { "Severity" }
                    @for (severity, count) in severities {
                        label.(severity) {
                            input type="checkbox" name="severity" value=(severity);
                            span { (severity) } " " span.count { (grouped(*count)) }
                        }
                    }
                }
                (select("cluster", "Cluster", counted.iter().map(|it| &*it.cluster).collect()))
                (select(
                    "namespace",
                    "Namespace",
                    counted.iter().map(|it| &*it.subject.namespace).collect(),
                ))
                (select("pack", "Pack", counted.iter().map(|it| &*it.pack).collect()))
                (select("rule", "Rule", counted.iter().map(|it| &*it.rule).collect()))
              }
            }
            p.result {
                output.shown aria-live="polite" {}
                button type="reset" { "Show all" }
            }
        }
    }
}

/// The value that stands for this name: none is not all.
fn value(name: &str) -> String {
    if name.is_empty() { "-".to_owned() } else { one_line(name).into_owned() }
}
