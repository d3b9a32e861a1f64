//! For pipelines: JUnit's XML, in which each rule is a test.

use std::{
    collections::{BTreeMap, HashMap},
    fmt::Write as _,
};

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use rulebox_core::PROBLEM;

use crate::{
    prose::with_changes_marked,
    shown::{one_line, place_text, subject_text, suppression_text},
    view::{FindingView, InputView, ReportView, ResultView, RuleView},
};

/// The types of what is no success, as the attribute `type` has them.
const NO_DATA: &str = "no_data";

/// Writes a report as JUnit's XML.
///
/// Each pack, in each cluster, is a test suite. A rule that found nothing is a test that passed;
/// each finding is one that failed, or that was skipped where it is suppressed. A rule that could
/// not judge was skipped, and says why: it has not passed. What failed, and an input of which
/// objects may be missing, is an error.
pub fn junit(report: &ReportView) -> String {
    let mut suites: BTreeMap<(&str, &str), Vec<TestCase>> = BTreeMap::new();
    for (it, name) in report.findings.iter().zip(names(report.findings.iter())) {
        suites.entry((&it.cluster, &it.pack)).or_default().push(of_finding(it, &name));
    }
    for it in &report.rules {
        suites.entry((&it.cluster, &it.pack)).or_default().extend(of_rule(it));
    }
    for it in &report.failures {
        let name = it.rule.as_deref().unwrap_or(&it.pack);
        let text = format!("{}\n{}", it.message, it.help);
        // The test of the rule itself has its name.
        let name = format!("{name}: {}", it.code);
        let case = case(&name, &it.pack, NonSuccessKind::Error, &it.code, &it.message, &text);
        suites.entry((&it.cluster, &it.pack)).or_default().push(case);
    }
    let mut whole = Report::new("rulebox");
    for ((cluster, pack), cases) in suites {
        let name = if cluster.is_empty() { pack.to_owned() } else { format!("{cluster}: {pack}") };
        let mut suite = TestSuite::new(one_line(&name));
        suite.add_test_cases(cases);
        suite.add_properties(versions(report, pack));
        whole.add_test_suite(suite);
    }
    let mut inputs = TestSuite::new("inputs");
    inputs.add_test_cases(report.inputs.iter().map(of_input));
    whole.add_test_suite(inputs);
    let text = whole.to_string().expect("the views hold nothing but words and numbers");
    let mut text = with_skipped(&text);
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

/// The same text in which suites say how many tests were skipped as the schema of Jenkins has it:
/// the encoder says `disabled`, which that schema does not know. No text of a test begins a line,
/// and none holds an angle bracket.
pub fn with_skipped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        if line.trim_start().starts_with("<testsuite ") {
            out.push_str(&line.replacen("\" disabled=\"", "\" skipped=\"", 1));
        } else {
            out.push_str(line);
        }
    }
    out
}

/// What made the report, and the version of a pack.
fn versions(report: &ReportView, pack: &str) -> Vec<(String, String)> {
    let mut versions = Vec::new();
    let mut tell = |name: &str, it: &str| versions.push((name.to_owned(), one_line(it).into()));
    if let Some(tool) = &report.tool {
        tell("tool", &tool.name);
        tell("toolVersion", &tool.version);
    }
    if let Some(of) = report.packs.iter().find(|it| it.name == pack) {
        tell("packVersion", &of.version);
        tell("contract", &of.contract);
    }
    versions
}

/// What the tests of some findings are called. Readers of JUnit know a test by its name, so what a
/// rule finds of one object is told apart: by the label `problem`, else by a number.
pub(crate) fn names<'r>(findings: impl Iterator<Item = &'r FindingView>) -> Vec<String> {
    let mut counts: HashMap<(&str, &str, String), usize> = HashMap::new();
    let name = |it: &'r FindingView| {
        let mut name = format!("{}: {}", it.rule, subject_text(&it.subject));
        if let Some(problem) = it.labels.get(PROBLEM).filter(|it| !it.is_empty()) {
            let _ = write!(name, ": {problem}");
        }
        let count = counts.entry((&it.cluster, &it.pack, name.clone())).or_default();
        *count += 1;
        if *count > 1 {
            let _ = write!(name, " ({count})");
        }
        name
    };
    findings.map(name).collect()
}

fn of_finding(it: &FindingView, name: &str) -> TestCase {
    if let Some(suppression) = &it.suppressed {
        return skipped(name, &it.pack, "suppressed", &suppression_text(suppression));
    }
    let mut lines = vec![it.cause.clone(), with_changes_marked(&it.remedy).into_owned()];
    lines.extend(it.place.as_ref().map(place_text));
    let kind = it.severity.to_string();
    case(name, &it.pack, NonSuccessKind::Failure, &kind, &it.summary, &lines.join("\n"))
}

/// The test that stands for the rule itself; none where its findings say all.
fn of_rule(it: &RuleView) -> Option<TestCase> {
    match it.result {
        ResultView::Pass => Some(named(&it.rule, &it.pack, TestCaseStatus::success())),
        ResultView::Fail if it.reason.is_empty() => None,
        ResultView::Fail | ResultView::NoData => {
            Some(skipped(&it.rule, &it.pack, NO_DATA, &it.reason))
        }
        ResultView::Skipped => Some(skipped(&it.rule, &it.pack, "skipped", &it.reason)),
        ResultView::Error => {
            Some(case(&it.rule, &it.pack, NonSuccessKind::Error, "error", &it.reason, &it.reason))
        }
    }
}

fn of_input(it: &InputView) -> TestCase {
    let lost: Vec<_> = it.problems.iter().filter(|it| it.lost).collect();
    let [first, ..] = lost.as_slice() else {
        return named(&it.name, "inputs", TestCaseStatus::success());
    };
    let lines = lost.iter().map(|it| {
        let line = it.line.map(|it| format!(":{it}")).unwrap_or_default();
        format!("{}{line}: {}", it.place, it.reason)
    });
    let text = lines.collect::<Vec<_>>().join("\n");
    case(&it.name, "inputs", NonSuccessKind::Error, "not read", &first.reason, &text)
}

pub(crate) fn case(
    name: &str,
    class: &str,
    kind: NonSuccessKind,
    kind_word: &str,
    message: &str,
    text: &str,
) -> TestCase {
    let mut status = TestCaseStatus::non_success(kind);
    status
        .set_type(one_line(kind_word))
        .set_message(one_line(message))
        .set_description(indented(text));
    named(name, class, status)
}

pub(crate) fn skipped(name: &str, class: &str, kind_word: &str, reason: &str) -> TestCase {
    let mut status = TestCaseStatus::skipped();
    status.set_type(kind_word).set_message(one_line(reason));
    named(name, class, status)
}

pub(crate) fn named(name: &str, class: &str, status: TestCaseStatus) -> TestCase {
    let mut case = TestCase::new(one_line(name), status);
    case.set_classname(one_line(class));
    case
}

/// Lines, none of which a pipeline that prints this takes for a command of its own: those begin a
/// line.
fn indented(text: &str) -> String {
    let lines = text.lines().map(|it| format!("| {}", one_line(it)));
    lines.collect::<Vec<_>>().join("\n")
}
