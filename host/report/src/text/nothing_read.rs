//! Inputs in which there is no object: a path that was mistyped, a picture, an empty file. What
//! each rule lacks would say nothing more.

use rulebox_core::{
    Coverage, Input, NeedCoverage, Problem, ProblemKind, Report, RuleResult, coverage::holds_none,
};

use super::{
    collect::Collect,
    inputs::PROBLEMS_SHOWN,
    page::{Page, count},
    places::place_words,
    reasons::kind_name,
};

/// Whether the inputs hold no object, and nothing came of them. What a cluster or a tool says of
/// itself is more than that.
pub(super) fn is_all(report: &Report) -> bool {
    let is_silent = |it| matches!(it, RuleResult::NoData | RuleResult::Skipped);
    let says_nothing = |it: &NeedCoverage| {
        it.coverage == Coverage::Absent
            && (it.kind.is_empty()
                || it.reason.starts_with(&holds_none(&kind_name(&it.group, &it.kind))))
    };
    !report.inputs.is_empty()
        && report.inputs.iter().all(|it| it.objects == 0)
        && report.findings.is_empty()
        && report.failures.is_empty()
        && report.rules.iter().any(|it| it.result == RuleResult::NoData)
        && report.rules.iter().all(|it| is_silent(it.result))
        && report.coverage.iter().all(says_nothing)
}

pub(super) fn nothing_read(page: &mut Page, report: &Report, collect: Option<&Collect>) {
    page.title("NOTHING READ", "no rule could judge: this is not a pass");
    let mut lines = Vec::new();
    for Input { name, files, problems, .. } in &report.inputs {
        for it in problems {
            let Problem { place, line, reason, concerns: _, kind } = it;
            let word = if it.lost() { "not read" } else { "note" };
            lines.push((
                *kind != ProblemKind::Limit,
                word,
                format!("{}: {reason}", place_words(name, place, *line)),
            ));
        }
        if problems.is_empty() {
            let holds = format!("{name}: no Kubernetes object in {}", count(*files, "file"));
            lines.push((true, "read", holds));
        }
    }
    // What could not be read comes first.
    lines.sort_by_key(|it| (it.0, it.1 != "not read"));
    let shown = page.most(lines.len(), PROBLEMS_SHOWN);
    for (_, word, line) in &lines[..shown] {
        page.prose(2, word, line);
    }
    page.rest(2, lines.len() - shown);
    let mut help =
        "name a file, a folder or an archive of Kubernetes objects as YAML or JSON".to_owned();
    if let Some(Collect { script, .. }) = collect {
        help = format!("{help}; `{script}` writes a script that takes one");
    }
    page.prose(2, "help", &help);
}
