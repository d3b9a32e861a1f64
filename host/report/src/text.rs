//! For an engineer at a terminal, at night: what is broken, why, what to type, and what could not
//! be seen. One file for each section of the text, in their order; [`Page`] does the layout.

mod collect;
mod coverage;
mod failures;
mod findings;
mod inputs;
mod no_data;
mod nothing_read;
mod summary;

mod gaps;
mod not_here;
mod page;
mod places;
mod reasons;
mod style;

use std::collections::BTreeSet;

use rulebox_core::{Report, ReportedFinding, text::escape};

use self::{gaps::Gaps, page::Page};
use crate::forest::{self, Forest};

pub use self::{
    collect::Collect,
    style::{Detail, TextStyle},
};

/// Writes a report for people. The report must be in the order of [`crate::arrange()`].
/// `collect`: what to type to be given what the input did not show; none where nothing would help.
///
/// Everything that comes from inputs and packs is escaped: the only control characters of the
/// result are line feeds and, with `color`, its own colours.
pub fn text(report: &Report, style: &TextStyle, collect: Option<&Collect>) -> String {
    let mut page = Page::new(*style);
    if nothing_read::is_all(report) && style.detail < Detail::Verbose {
        nothing_read::nothing_read(&mut page, report, collect);
        return page.out;
    }
    let trees = (&Forest::of(&report.findings), &forest::names(&report.findings));
    let gaps = Gaps::of(report, collect.is_some());
    for cluster in clusters(report) {
        if !cluster.is_empty() {
            page.title(&format!("CLUSTER {}", escape(cluster)), "");
            page.gap();
            // Among others, silence would look like something forgotten.
            let counts = |it: &ReportedFinding| it.cluster == cluster && it.suppressed.is_none();
            if !report.findings.iter().any(counts) {
                page.line(0, "no findings");
                page.gap();
            }
        }
        findings::findings(&mut page, report, cluster, trees);
        findings::suppressed(&mut page, report, cluster);
        failures::failures(&mut page, report, cluster);
        let said = no_data::no_data(&mut page, report, cluster, &gaps);
        no_data::in_part(&mut page, report, cluster);
        no_data::other_rules(&mut page, report, cluster);
        coverage::coverage(&mut page, report, cluster, &gaps, &said);
    }
    collect::collect(&mut page, report, collect);
    inputs::problems(&mut page, report);
    summary::summary(&mut page, report);
    page.out
}

/// The clusters that the report names, sorted; what belongs to no cluster comes first.
fn clusters(report: &Report) -> BTreeSet<&str> {
    let findings = report.findings.iter().map(|it| it.cluster.as_str());
    let rules = report.rules.iter().map(|it| it.cluster.as_str());
    let failures = report.failures.iter().map(|it| it.cluster.as_str());
    let coverage = report.coverage.iter().map(|it| it.cluster.as_str());
    findings.chain(rules).chain(failures).chain(coverage).collect()
}
