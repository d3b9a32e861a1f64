//! The end of the text, which is what a terminal shows: what to do first. The first steps against
//! the worst that was found, and what to collect where rules could not judge. Where nothing was
//! found, but not all could be judged, that stands here, and not that all is well.

use std::cmp::Reverse;

use rulebox_core::{
    Finding, Problem, Report, ReportedFinding, RuleOutcome, RuleResult, text::escape,
};

use super::{
    alike::Rows,
    collect::{self, Collect},
    page::{FIELD, Page, count},
    remedy,
};
use crate::prose::Step;

/// So many sentences and their commands are first steps; the remedy above has all of them.
const BLOCKS_SHOWN: usize = 3;

/// `several`: whether the report is of several clusters. `is_above`: whether nothing but the
/// summary stands behind the findings, so that the remedy of a single one need not be repeated.
pub(super) fn first(
    page: &mut Page,
    report: &Report,
    (rows, several): (&Rows<'_>, bool),
    is_above: bool,
    collect: Option<&Collect>,
) {
    let worst = worst(report, rows).filter(|_| !is_above || rows.shown.len() > 1);
    let no_data = results(report, RuleResult::NoData).count();
    let errors = results(report, RuleResult::Error).count();
    let lost = report.inputs.iter().flat_map(|it| &it.problems).filter(|it| Problem::lost(it));
    let lost = lost.count();
    let failed = !report.failures.is_empty() || errors > 0;
    if worst.is_none() && no_data == 0 && !failed && lost == 0 {
        return;
    }
    page.gap();
    page.title("DO FIRST", "");
    if let Some(it) = worst {
        steps(page, it, several);
        let trees = rows.shown.iter().filter(|it| it.depth == 0);
        let others = trees.map(|it| it.more.map_or(1, |more| more.trees)).sum::<usize>() - 1;
        if others > 0 {
            let words = format!("{}, in the order of the overview", count(others, "other cause"));
            page.prose(2, "then", &words);
        }
    }
    let nothing = match (rows.shown.is_empty(), report.findings.is_empty()) {
        (true, true) => "nothing was found, but ",
        (true, false) => "nothing new was found, but ",
        (false, _) => "",
    };
    if failed {
        page.prose(2, "failed", &format!("{nothing}a pack or a rule failed: FAILED says why"));
    }
    if lost > 0 {
        page.prose(
            2,
            "lost",
            &format!("{nothing}objects may be missing: INPUT says what was lost"),
        );
    }
    if no_data > 0 {
        let words = format!("{nothing}{} could not judge: this is", count(no_data, "rule"));
        match collect.filter(|_| collect::would_help(report)) {
            Some(it) => collect::collect(page, &format!("{words} not a pass."), it),
            None => page.prose(2, "no data", &format!("{words} not a pass; NO DATA says why")),
        }
    }
}

fn results(report: &Report, result: RuleResult) -> impl Iterator<Item = &RuleOutcome> {
    report.rules.iter().filter(move |it| it.result == result)
}

/// The finding at the top of the tree in which the worst stands; of several, of the first.
fn worst<'r>(report: &'r Report, rows: &Rows<'_>) -> Option<&'r ReportedFinding> {
    let trees = rows.shown.chunk_by(|_, next| next.depth > 0);
    let severity = |at: usize| report.findings[at].finding.severity;
    let worst = trees.min_by_key(|it| Reverse(it.iter().map(|row| severity(row.at)).max()))?;
    Some(&report.findings[worst.first()?.at])
}

/// The first steps of a remedy: to the first command, for what is typed gets one further.
fn steps(page: &mut Page, it: &ReportedFinding, with_cluster: bool) {
    let ReportedFinding { cluster, pack, finding, .. } = it;
    let Finding { rule, subject, remedy, summary, .. } = finding;
    let of = if with_cluster { format!(" in {cluster}") } else { String::new() };
    let line = format!("{subject}{of}  {pack}/{rule}");
    page.labelled(2, 2 + FIELD, Some("mend"), &escape(&line));
    let steps = crate::prose::steps(remedy);
    let mut shown = 0;
    let mut label = None;
    for block in remedy::blocks(&steps).take(BLOCKS_SHOWN) {
        remedy::block(page, block, &mut label);
        shown += block.len();
        if block.iter().any(|it| !matches!(it, Step::Say(_))) {
            break;
        }
    }
    if shown == 0 {
        page.prose(2 + FIELD, "", summary);
    } else if shown < steps.len() {
        page.line(2 + FIELD, "Its remedy above says more.");
    }
}
