//! The last lines: what was read, how many findings and results there are, and of which moment
//! the text speaks.

use std::fmt::Write as _;

use rulebox_core::{
    AsOf, AsOfSource, ClusterMoment, ProblemKind, Report, ReportedFinding, RuleResult, Severity,
    text::escape,
};

use super::{
    page::{Page, count},
    style::Detail,
};
use crate::{
    amounts::size,
    shown::{made_by, redacted_text},
    view::{PackView, ToolView},
};

pub(super) fn summary(page: &mut Page, report: &Report) {
    page.title("SUMMARY", "");
    let objects: usize = report.inputs.iter().map(|it| it.objects).sum();
    if objects == 0 {
        page.loud(&format!(
            "NOTHING WAS READ: no Kubernetes object in {}. This does not mean that all is well.",
            count(report.inputs.len(), "input"),
        ));
    }
    page.prose(2, "read", &read(report, objects));
    page.prose(2, "findings", &finding_counts(report));
    page.prose(2, "rules", &rule_counts(report));
    match report.clusters.as_slice() {
        [] => page.prose(2, "as of", &as_of(&report.as_of)),
        [one, others @ ..] if others.iter().all(|it| it.as_of == one.as_of) => {
            page.prose(2, "as of", &as_of(&one.as_of));
        }
        all => {
            for ClusterMoment { cluster, as_of: moment } in all {
                page.prose(2, "as of", &format!("{} ({cluster})", as_of(moment)));
            }
        }
    }
    if let Some(taken) = redacted_text(&report.redacted) {
        page.prose(2, "taken out", &taken);
    }
    if page.style.detail == Detail::Verbose {
        let tool = report.tool.as_ref().map(ToolView::from);
        let packs: Vec<_> = report.packs.iter().map(PackView::from).collect();
        if let Some(made_by) = made_by(tool.as_ref(), &packs) {
            page.prose(2, "made by", &made_by);
        }
    }
    if page.has_changes {
        page.prose(2, "commands", "those behind a ! change something; all others only look");
    }
    if page.has_cuts {
        page.prose(2, "cut", "behind … something is left out; --verbose shows all");
    }
}

/// The same, in a line.
pub(super) fn in_line(report: &Report) -> String {
    let objects: usize = report.inputs.iter().map(|it| it.objects).sum();
    let read = count(objects, "object");
    format!("{read} read; findings: {}; rules: {}", finding_counts(report), rule_counts(report))
}

/// `12 objects in 1 input (1 file, 3.4 KiB): 5 needed, 7 skipped because no rule needs them`
fn read(report: &Report, objects: usize) -> String {
    let inputs = &report.inputs;
    let files: usize = inputs.iter().map(|it| it.files).sum();
    let bytes: u64 = inputs.iter().map(|it| it.bytes).sum();
    let needed: usize = inputs.iter().map(|it| it.needed).sum();
    let problems = || inputs.iter().flat_map(|it| &it.problems);
    let lost = problems().filter(|it| it.lost()).count();
    let mut line = format!("{} in {}", count(objects, "object"), count(inputs.len(), "input"));
    if files > 0 {
        let _ = write!(line, " ({}, {})", count(files, "file"), size(bytes));
    }
    let _ = write!(line, ": {needed} needed");
    if needed != report.objects_needed {
        let _ = write!(line, " ({} different)", report.objects_needed);
    }
    // What a limit leaves out was needed.
    let limit = if problems().any(|it| it.lost() && it.kind == ProblemKind::Limit) {
        ", or because of a limit"
    } else {
        ""
    };
    let skipped = objects.saturating_sub(needed);
    let _ = write!(line, ", {skipped} skipped because no rule needs them{limit}");
    if lost > 0 {
        let _ = write!(line, "; objects may be missing because of {}", count(lost, "problem"));
    }
    line
}

pub(super) fn finding_counts(report: &Report) -> String {
    let mut parts = Vec::new();
    for severity in Severity::ALL.into_iter().rev() {
        let counts =
            |it: &&ReportedFinding| it.suppressed.is_none() && it.finding.severity == severity;
        let found = report.findings.iter().filter(counts).count();
        if found > 0 {
            parts.push(format!("{found} {severity}"));
        }
    }
    if parts.is_empty() {
        parts.push("none".to_owned());
    }
    let suppressed = report.findings.iter().filter(|it| it.suppressed.is_some()).count();
    if suppressed > 0 {
        parts.push(format!("{suppressed} suppressed"));
    }
    parts.join(", ")
}

fn rule_counts(report: &Report) -> String {
    let parts = RuleResult::ALL.map(|result| {
        let rules = report.rules.iter().filter(|it| it.result == result).count();
        format!("{rules} {}", result.as_str().replace('_', " "))
    });
    parts.join(", ")
}

fn as_of(AsOf { moment, source }: &AsOf) -> String {
    match source {
        AsOfSource::Unknown => "unknown: no timestamp found, so rules that need an age have no \
                                data; set it with `--as-of`"
            .to_owned(),
        AsOfSource::Given => format!("{moment}, given by --as-of"),
        AsOfSource::Now => format!("{moment}, now"),
        AsOfSource::Bundle => format!("{moment}: the bundle says when it was collected"),
        AsOfSource::Witness(witness) => escape(&format!(
            "{moment}: the newest timestamp found is {} of {}; if you know when it was taken, \
             type `--as-of TIME`",
            witness.field, witness.object
        ))
        .into_owned(),
    }
}
