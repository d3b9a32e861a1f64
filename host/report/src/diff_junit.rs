//! The comparison of two reports for pipelines: JUnit's XML, in which each finding is a test.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use crate::{
    diff::{Change, DiffView, Entry},
    junit::{case, named, names, skipped},
    prose::with_changes_marked,
    shown::{one_line, place_text, rule_of},
};

/// Writes a comparison as JUnit's XML. How findings have changed is a test suite each: those that
/// are new, or worse, have failed; those that are gone have passed; all others were skipped, since
/// they tell nothing new.
pub fn diff_junit(diff: &DiffView) -> String {
    let mut whole = Report::new("rulebox diff");
    let entries = diff.entries();
    let names = names(entries.iter().map(|it| it.finding));
    for change in Change::ALL {
        let mut suite = TestSuite::new(change.title());
        let of_suite = entries.iter().zip(&names).filter(|it| it.0.change == change);
        suite.add_test_cases(of_suite.map(|(it, name)| test(it, name)));
        whole.add_test_suite(suite);
    }
    if !diff.warnings.is_empty() {
        let mut suite = TestSuite::new("comparison");
        suite.add_test_cases(
            diff.warnings.iter().map(|it| {
                case("comparison", "comparison", NonSuccessKind::Error, "warning", it, it)
            }),
        );
        whole.add_test_suite(suite);
    }
    let mut text = whole.to_string().expect("the views hold nothing but words and numbers");
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

fn test(Entry { change, finding: it, note, counts, .. }: &Entry<'_>, name: &str) -> TestCase {
    let of = if it.cluster.is_empty() { String::new() } else { format!("{}: ", it.cluster) };
    let name = format!("{of}{name}");
    if *counts {
        let mut lines =
            vec![note.clone(), it.cause.clone(), with_changes_marked(&it.remedy).into_owned()];
        lines.retain(|it| !it.is_empty());
        lines.extend(it.place.as_ref().map(place_text));
        let kind = it.severity.to_string();
        let text = lines.join("\n");
        return case(&name, &it.pack, NonSuccessKind::Failure, &kind, &it.summary, &text);
    }
    if *change == Change::Gone {
        return named(&name, &it.pack, TestCaseStatus::success());
    }
    let note = if note.is_empty() { &it.summary } else { note };
    let reason = format!("{} {}: {}", it.severity, rule_of(it), one_line(note));
    skipped(&name, &it.pack, change.as_str(), &reason)
}
