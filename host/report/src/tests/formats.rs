//! What each format writes, read by a reader of that format: the same report in all of them agrees
//! on what was found, and what was not judged passes for healthy in none.

use quick_junit::{NonSuccessKind, TestCaseStatus};
use rulebox_core::{Problem, Report, RuleResult, Severity};
use serde_json::Value;

use super::sample::{all, hostile, outcome, place, rich, trees};
use crate::{Format, RenderOptions, diff, diff_text, view::ReportView};

fn render(report: &Report, format: Format) -> String {
    format.render(report, &RenderOptions::default())
}

/// How many findings count, and how many are suppressed.
fn counts(report: &Report) -> (usize, usize) {
    let suppressed = report.findings.iter().filter(|it| it.suppressed.is_some()).count();
    (report.findings.len() - suppressed, suppressed)
}

#[test]
fn yaml_holds_the_report() {
    for (name, report) in all() {
        let read: ReportView =
            serde_saphyr::from_str(&render(&report, Format::Yaml)).expect("YAML");
        assert_eq!(read, ReportView::from(&report), "{name}");
    }
}

/// Characters that turn the direction of reading, begin a line or command a terminal.
const HIDDEN: [char; 6] = ['\u{1b}', '\u{9b}', '\u{202e}', '\u{2028}', '\u{200b}', '\u{1}'];

#[test]
fn no_format_writes_a_hidden_character_as_it_is() {
    let mut report = rich();
    let text = format!("a{}b\n::error::x", String::from_iter(HIDDEN));
    let finding = &mut report.findings[0];
    finding.cluster.clone_from(&text);
    finding.finding.subject.name.clone_from(&text);
    finding.finding.labels.push((text.clone(), text.clone()));
    finding.place = Some(place("a", &text, None));
    finding.finding.remedy = format!("  {text}");
    report.inputs[0].name.clone_from(&text);
    for format in Format::ALL {
        let written = render(&report, format);
        assert!(!written.contains(HIDDEN), "{format}");
        // A ticket is no log, and the lines of a command are its own.
        let mut lines = written.lines().filter(|_| format != Format::Markdown);
        assert!(!lines.any(|it| it.starts_with("::error::")), "{format}: {written}");
    }
    let read: ReportView = serde_saphyr::from_str(&render(&report, Format::Yaml)).expect("YAML");
    assert_eq!(read, ReportView::from(&report));
}

#[test]
fn csv_has_a_line_for_each_finding_and_each_rule_that_could_not_judge() {
    for (name, report) in all() {
        let text = render(&report, Format::Csv);
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let rows: Vec<_> = reader.records().map(|it| it.expect("a row")).collect();
        let of = |result: &str| rows.iter().filter(|it| &it[0] == result).count();
        assert_eq!(of("fail"), report.findings.len(), "{name}");
        let unjudged = |it: RuleResult| report.rules.iter().filter(|of| of.result == it).count();
        assert!(of("no_data") >= unjudged(RuleResult::NoData), "{name}");
        let errors = unjudged(RuleResult::Error) + report.failures.len();
        assert_eq!(of("error"), errors, "{name}");
        assert_eq!(text.lines().count(), rows.len() + 1, "{name}: a cell has no line end");
    }
}

#[test]
fn no_cell_of_csv_is_a_formula() {
    for cell in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"] {
        let mut report = rich();
        report.findings[0].finding.summary = cell.to_owned();
        let text = render(&report, Format::Csv);
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        for row in reader.records() {
            let row = row.expect("a row");
            let is_formula = |it: &str| it.starts_with(['=', '+', '-', '@', '\t', '\r']);
            assert!(!row.iter().any(is_formula), "{row:?}");
        }
    }
}

#[test]
fn junit_has_a_failure_for_each_finding_and_no_pass_for_what_was_not_judged() {
    for (name, report) in all() {
        let text = render(&report, Format::Junit);
        let read = quick_junit::Report::deserialize_from_str(&text).expect("JUnit");
        let cases = || read.test_suites.iter().flat_map(|it| &it.test_cases);
        let of = |want: NonSuccessKind| {
            let kind = |it: &TestCaseStatus| match it {
                TestCaseStatus::NonSuccess { kind, .. } => Some(*kind),
                _ => None,
            };
            cases().filter(|it| kind(&it.status) == Some(want)).count()
        };
        let (failures, suppressed) = counts(&report);
        assert_eq!(of(NonSuccessKind::Failure), failures, "{name}");
        assert_eq!(read.failures, failures, "{name}");
        let skipped =
            cases().filter(|it| matches!(it.status, TestCaseStatus::Skipped { .. })).count();
        let unjudged = report.rules.iter().filter(|it| it.result == RuleResult::NoData).count();
        assert!(skipped >= suppressed + unjudged, "{name}");
        let lost = report.inputs.iter().filter(|it| it.problems.iter().any(Problem::lost)).count();
        assert!(of(NonSuccessKind::Error) >= report.failures.len() + lost, "{name}");
    }
}

#[test]
fn sarif_fits_its_schema() {
    let mut schema: Value =
        serde_json::from_str(include_str!("sarif-2.1.0.schema.json")).expect("JSON");
    // The schema of OASIS has a bracket too many there, which JavaScript takes for a character.
    for of in ["run", "toolComponent"] {
        let at = format!("/definitions/{of}/properties/language/pattern");
        *schema.pointer_mut(&at).expect("a pattern") = "^[a-zA-Z]{2}(-[a-zA-Z]{2})?$".into();
    }
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    for (name, report) in all() {
        let sarif: Value = serde_json::from_str(&render(&report, Format::Sarif)).expect("JSON");
        let errors: Vec<_> = validator
            .iter_errors(&sarif)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{name}: {errors:#?}");
        let results = sarif["runs"][0]["results"].as_array().expect("results");
        assert_eq!(results.len(), report.findings.len(), "{name}");
        let (_, suppressed) = counts(&report);
        let silenced = results.iter().filter(|it| it.get("suppressions").is_some()).count();
        assert_eq!(silenced, suppressed, "{name}");
        for it in results {
            let Some(nth) = it["ruleIndex"].as_u64() else { continue };
            let rule = sarif.pointer(&format!("/runs/0/tool/driver/rules/{nth}/id"));
            assert_eq!(rule, it.get("ruleId"), "{name}");
        }
    }
}

#[test]
fn github_has_a_command_a_line_and_one_for_each_finding() {
    for (name, report) in all() {
        let text = render(&report, Format::Github);
        let levels = ["::error ", "::warning ", "::notice "];
        for line in text.lines() {
            assert!(levels.iter().any(|it| line.starts_with(it)), "{name}: {line}");
        }
        assert!(text.lines().count() >= counts(&report).0, "{name}");
    }
}

#[test]
fn a_page_holds_each_finding_and_nothing_acts_in_it() {
    for (name, report) in all() {
        let page = render(&report, Format::Html);
        let articles = page.matches("<article ").count();
        assert_eq!(articles, counts(&report).0, "{name}");
        assert_eq!(page.matches("<script>").count(), 1, "{name}: ours alone");
        assert!(!page.contains("http://") && !page.contains("src="), "{name}: it asks for nothing");
    }
    let page = render(&hostile(), Format::Html);
    assert!(!page.contains('\u{1b}') && !page.contains('\u{202e}'), "{page}");
}

#[test]
fn markdown_names_each_finding() {
    for (name, report) in all() {
        let text = render(&report, Format::Markdown);
        for it in report.findings.iter().filter(|it| it.suppressed.is_none()) {
            let subject = it.finding.subject.name.replace(|it: char| !it.is_ascii_graphic(), "");
            let plain = text.replace(|it: char| !it.is_ascii_graphic(), "");
            assert!(plain.contains(&subject), "{name}: {subject} in {text}");
        }
    }
}

#[test]
fn a_report_that_is_read_back_is_the_same() {
    for (name, report) in all() {
        let view = ReportView::from(&report);
        let again = Report::try_from(&view).expect("times");
        assert_eq!(ReportView::from(&again), view, "{name}");
        let text = |report| render(report, Format::Markdown);
        assert_eq!(text(&again), text(&report), "{name}");
    }
}

#[test]
fn a_report_beside_itself_has_no_difference() {
    for (name, report) in all() {
        let view = ReportView::from(&report);
        let diff = diff(&view, &view);
        assert_eq!(diff.same.len(), view.findings.len(), "{name}");
        assert!(diff.new.is_empty() && diff.gone.is_empty() && diff.changed.is_empty(), "{name}");
    }
}

#[test]
fn what_a_report_could_not_see_is_neither_new_nor_gone() {
    let mut old = trees();
    let rule = old.findings[0].finding.rule.clone();
    old.rules = vec![outcome(&rule, Severity::Critical, RuleResult::Fail, "")];
    let mut new = old.clone();
    new.findings.remove(0);
    let compared = |new: &Report| diff(&ReportView::from(&old), &ReportView::from(new));
    let is_gone = compared(&new);
    assert_eq!((is_gone.gone.len(), is_gone.unknown.len()), (1, 0), "{}", diff_text(&is_gone, 80));
    for it in new.rules.iter_mut().filter(|it| it.rule.id == rule) {
        it.result = RuleResult::NoData;
        it.reasons = vec!["the dump holds no Pod".to_owned()];
    }
    let unseen = compared(&new);
    assert_eq!((unseen.gone.len(), unseen.unknown.len()), (0, 1), "{}", diff_text(&unseen, 80));
    new.rules.clear();
    assert_eq!(compared(&new).gone.len(), 0, "a rule that was not asked sees nothing");
}
