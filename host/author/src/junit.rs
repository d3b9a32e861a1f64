//! For pipelines: JUnit's XML, in which each case is a test.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use rulebox_core::text::escape;

use crate::results::{CaseView, Results};

impl Results {
    /// For pipelines: a test for each case.
    pub fn junit(&self) -> String {
        junit(&self.packs.join(", "), &self.cases)
    }
}

/// One suite, which is named after the packs. A line of a case never begins one of the text: a
/// pipeline that prints it could take that for a command.
fn junit(packs: &str, cases: &[CaseView]) -> String {
    let mut suite = TestSuite::new(escape(packs).into_owned());
    for case in cases {
        let (class, name) = case.name.split_once('/').unwrap_or(("", &case.name));
        let mut status = TestCaseStatus::success();
        if let Some(first) = case.problems.first() {
            status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            let lines = case.problems.iter().chain(&case.said).flat_map(|it| it.lines());
            let lines: Vec<_> = lines.map(|it| format!("| {}", escape(it))).collect();
            let message = escape(first.lines().next().unwrap_or_default());
            status.set_type("case").set_message(message).set_description(lines.join("\n"));
        }
        let mut test = TestCase::new(escape(name).into_owned(), status);
        test.set_classname(escape(class).into_owned());
        suite.add_test_case(test);
    }
    let mut report = Report::new("rulebox rules test");
    report.add_test_suite(suite);
    let text = report.to_string().expect("it holds nothing but words and numbers");
    let text = rulebox_report::with_skipped(&text);
    if text.ends_with('\n') { text } else { text + "\n" }
}
