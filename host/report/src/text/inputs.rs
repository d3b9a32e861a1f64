//! What could not be read of the inputs, or was passed over.

use rulebox_core::{Input, Problem, ProblemKind, Report, text::escape};

use super::{
    page::{Page, count},
    places::place_words,
};

/// How many problems of inputs are shown unless verbose. One bad archive can hold thousands; the
/// first few show the pattern, and fit on a screen beside the findings.
pub(super) const PROBLEMS_SHOWN: usize = 10;
pub(super) fn problems(page: &mut Page, report: &Report) {
    let all = report.inputs.iter().flat_map(|Input { name, problems, .. }| {
        problems.iter().map(move |problem| (name.as_str(), problem))
    });
    let mut all: Vec<_> = all.collect();
    if all.is_empty() {
        return;
    }
    all.sort_by_key(|(_, it)| (it.kind != ProblemKind::Limit, !it.lost()));
    let shown = page.most(all.len(), PROBLEMS_SHOWN);
    let lost = all.iter().any(|(_, problem)| problem.lost());
    let effect = if lost { "objects may be missing" } else { "what was read is whole" };
    page.title("INPUT", &format!("{}; {effect}", count(all.len(), "problem")));
    for (name, problem) in all.iter().take(shown) {
        let Problem { place, line, reason, concerns: _, kind: _ } = problem;
        let at = place_words(name, place, *line);
        let word = if problem.lost() { "lost" } else { "note" };
        page.prose(2, word, &escape(&format!("{at}: {reason}")));
    }
    page.rest(2, all.len() - shown);
    page.gap();
}
