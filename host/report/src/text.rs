//! For an engineer at a terminal, at night: what is broken, why, what to type, and what could not
//! be seen. One file for each section of the text, in their order; [`Page`] does the layout.

mod overview;

mod findings;
mod remedy;

mod failures;

mod no_data;

mod coverage;
mod inputs;
mod nothing_read;
mod summary;

mod collect;
mod first;

mod quiet;

mod alike;
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

pub(crate) use self::collect::would_help;
pub use self::{
    collect::Collect,
    style::{Detail, TextStyle},
};

/// Writes a report for people. The report must be in the order of [`crate::arrange()`].
/// `collect`: what to type to be given what the input did not show; none where nothing would help.
///
/// Everything that comes from inputs and packs is escaped: the only control characters of the
/// result are line feeds and, with `color`, its own colours, and its own links. No line is a
/// command to the runner of a pipeline.
pub fn text(report: &Report, style: &TextStyle, collect: Option<&Collect>) -> String {
    let mut page = Page::new(style.clone());
    if nothing_read::is_all(report) && style.detail < Detail::Verbose {
        nothing_read::nothing_read(&mut page, report, collect);
        return page.out;
    }
    let clusters = clusters(report);
    if style.detail == Detail::Quiet {
        quiet::quiet(&mut page, report, &clusters);
        return page.out;
    }
    let forest = Forest::of(&report.findings);
    let rows = alike::rows(&report.findings, &forest, style.detail == Detail::Verbose);
    let names = forest::names(&report.findings);
    overview::overview(&mut page, report, &clusters, &rows);
    let mut remedies = remedy::Said::default();
    let gaps = Gaps::of(report, collect.is_some());
    let mut findings_end = 0;
    for &cluster in &clusters {
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
        findings::findings(&mut page, report, cluster, (&rows, &names), &mut remedies);
        findings_end = page.out.len();
        findings::suppressed(&mut page, report, cluster);
        failures::failures(&mut page, report, cluster);
        let said = no_data::no_data(&mut page, report, cluster, &gaps);
        no_data::in_part(&mut page, report, cluster);
        no_data::other_rules(&mut page, report, cluster);
        coverage::coverage(&mut page, report, cluster, &gaps, &said);
    }
    inputs::problems(&mut page, report);
    let is_above = findings_end == page.out.len();
    summary::summary(&mut page, report);
    first::first(&mut page, report, (&rows, clusters.len() > 1), is_above, collect);
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
