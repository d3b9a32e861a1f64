//! What each format writes, read by a reader of that format: the same report in all of them agrees
//! on what was found, and what was not judged passes for healthy in none.

use std::{fs, path::Path, process::Command};

use quick_junit::{NonSuccessKind, TestCaseStatus};
use rulebox_core::{Evidence, Problem, Report, RuleResult, Severity, Suppression};
use serde_json::Value;

use super::{
    counts,
    sample::{all, clusters, hostile, no_data, outcome, place, rich, trees},
};
use crate::{
    Detail, Format, RenderOptions, TextStyle, diff, diff_github, diff_junit, diff_sarif, diff_text,
    view::ReportView,
};

fn render(report: &Report, format: Format) -> String {
    format.render(report, &RenderOptions::default())
}

#[test]
fn every_format_tells_the_same_numbers() {
    for (name, report) in all() {
        let truth = counts::read("json", &render(&report, Format::Json));
        for format in Format::ALL {
            let told = counts::read(format.as_str(), &render(&report, format));
            told.agree(&truth, &format!("{name} as {format}"));
        }
    }
}

#[test]
fn the_readers_of_others_read_every_format() {
    let Some(readers) = std::env::var_os("RULEBOX_READERS") else {
        eprintln!("skipped: `cargo xtask e2e` names the readers that this test needs");
        return;
    };
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (name, report) in all() {
        let folder = tempfile::tempdir().expect("a folder");
        for format in Format::ALL {
            let file = folder.path().join(format!("report.{format}"));
            fs::write(file, render(&report, format)).expect("written");
        }
        let mut python = Command::new(Path::new(&readers).join("venv/bin/python"));
        python.arg(here.join("readers/readers.py")).arg(folder.path());
        let output = python.output().expect("Python runs");
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert!(output.status.success(), "{name}:\n{said}");
    }
}

/// The documents of a report.
fn documents(report: &Report, format: Format) -> Vec<Value> {
    serde_saphyr::from_multiple(&render(report, format)).expect("YAML")
}

#[test]
fn a_healthy_cluster_has_a_policy_report() {
    let rules = vec![outcome("r", Severity::Low, RuleResult::Pass, "")];
    let report = Report { rules, ..Report::default() };
    let documents = documents(&report, Format::PolicyReport);
    let [of_cluster] = &documents[..] else { panic!("one document: {documents:?}") };
    assert_eq!(of_cluster["kind"], "ClusterPolicyReport");
    assert_eq!(of_cluster["summary"]["pass"], 1);
    assert_eq!(of_cluster["results"][0]["message"], "What r looks for");
}

#[test]
fn a_policy_report_says_what_was_not_read() {
    let documents = documents(&rich(), Format::PolicyReport);
    let results = documents[0]["results"].as_array().expect("results");
    let lost: Vec<_> = results.iter().filter(|it| it["result"] == "warn").collect();
    let [lost] = &lost[..] else { panic!("one problem: {lost:?}") };
    let want = "bundle.tar.gz pods.yaml:4711: the file ends inside an object";
    assert_eq!(lost["message"], want);
}

#[test]
fn policy_reports_of_two_clusters_have_names_of_their_own() {
    for format in [Format::PolicyReport, Format::OpenReports] {
        let documents = documents(&clusters(), format);
        let name = |it: &Value| format!("{} {}", it["kind"], it["metadata"]);
        let names: std::collections::BTreeSet<_> = documents.iter().map(name).collect();
        assert_eq!(names.len(), documents.len(), "{names:#?}");
        let cluster = |it: &Value| it["metadata"]["annotations"]["rulebox.dev/cluster"].clone();
        assert!(documents.iter().any(|it| cluster(it) == "prod"), "{names:#?}");
    }
}

#[test]
fn a_policy_report_counts_what_has_no_room() {
    let mut report = trees();
    let one = report.findings[0].clone();
    report.findings = vec![one; 600];
    let documents = documents(&report, Format::PolicyReport);
    let full = documents.iter().find(|it| it["summary"]["fail"] == 600).expect("it counts all");
    let results = full["results"].as_array().expect("results");
    assert_eq!(results.len(), 501);
    let message = results[500]["message"].as_str().expect("a message");
    assert!(message.starts_with("100 further results have no room here"), "{message}");
}

#[test]
fn each_format_for_people_says_what_made_the_report() {
    let report = rich();
    let verbose = TextStyle { detail: Detail::Verbose, ..TextStyle::default() };
    for format in [Format::Text, Format::Html, Format::Markdown] {
        let options = RenderOptions { text: verbose.clone(), ..RenderOptions::default() };
        let text = format.render(&report, &options);
        assert!(text.contains("Rulebox 1.2.3, pack "), "{format}: {text}");
    }
    let older = Report { tool: None, packs: Vec::new(), ..report };
    for format in Format::ALL {
        assert!(!render(&older, format).contains("1.2.3"), "{format}");
    }
}

#[test]
fn programs_are_told_the_versions() {
    let sarif: Value = serde_json::from_str(&render(&rich(), Format::Sarif)).expect("JSON");
    let tool = &sarif["runs"][0]["tool"];
    assert_eq!(tool["driver"]["version"], "1.2.3");
    assert_eq!(tool["extensions"][0]["version"], "4.5.6");
    assert_eq!(tool["extensions"][0]["properties"]["contract"], "0.1.0");
    let junit = render(&rich(), Format::Junit);
    for property in [
        r#"<property name="toolVersion" value="1.2.3"/>"#,
        r#"<property name="packVersion" value="4.5.6"/>"#,
        r#"<property name="contract" value="0.1.0"/>"#,
    ] {
        assert!(junit.contains(property), "{property} in {junit}");
    }
}

#[test]
fn the_help_of_a_rule_in_sarif_is_its_documentation() {
    let mut report = rich();
    report.rules[0].rule.documentation = "**Fires** on *all*.".to_owned();
    let help = |report: &Report| {
        let sarif: Value = serde_json::from_str(&render(report, Format::Sarif)).expect("JSON");
        let rules = sarif["runs"][0]["tool"]["driver"]["rules"].as_array().cloned();
        let id = format!("{}/{}", report.rules[0].pack, report.rules[0].rule.id);
        let rules = rules.expect("rules");
        rules.iter().find(|it| it["id"] == *id).expect("the rule")["help"].clone()
    };
    let told = help(&report);
    assert_eq!(told["markdown"], "**Fires** on *all*.");
    let text = told["text"].as_str().expect("a text");
    assert!(text.contains("rulebox rules explain backup-center/"), "{text}");
    let read = Report::try_from(&ReportView::from(&report)).expect("times");
    assert_eq!(help(&read)["markdown"], Value::Null);
    assert_eq!(help(&read)["text"], told["text"]);
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
    }
    let read: ReportView = serde_saphyr::from_str(&render(&report, Format::Yaml)).expect("YAML");
    assert_eq!(read, ReportView::from(&report));
}

/// What the runner of a pipeline would obey, where a report is printed to its log.
#[test]
fn no_format_commands_the_runner_of_a_pipeline() {
    let mut report = rich();
    let text = "::error::a\n  ::stop-commands::b c\u{20}::d ##[group]e ##vso[task.f]";
    let it = &mut report.findings[0].finding;
    (it.summary, it.cause) = (text.to_owned(), text.to_owned());
    it.remedy = format!("{text}\n\n  echo a\n  ::error::b ##[endgroup]");
    it.labels.push(("a".to_owned(), format!("{} {text}", "x".repeat(100))));
    report.failures[0].message = text.to_owned();
    for format in Format::ALL {
        let written = render(&report, format);
        for line in written.lines() {
            let begins = line.trim_start();
            // Its own commands have a title.
            let obeyed = begins.starts_with("::")
                && !(format == Format::Github && begins.contains("title="));
            // What is no text is read from a file.
            let is_log = !matches!(
                format,
                Format::Html | Format::Junit | Format::Csv | Format::Openmetrics | Format::Github
            );
            let marked = is_log && (line.contains("##[") || line.contains("##vso["));
            assert!(!obeyed && !marked, "{format}: {line}");
        }
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
fn junit_has_a_name_for_each_of_several_findings_of_an_object() {
    let mut report = rich();
    let mut other = report.findings[0].clone();
    other.fingerprint.push('x');
    report.findings.push(other.clone());
    other.fingerprint.push('y');
    other.finding.labels.push((rulebox_core::PROBLEM.to_owned(), "no <limit>".to_owned()));
    report.findings.push(other);
    let text = render(&report, Format::Junit);
    let read = quick_junit::Report::deserialize_from_str(&text).expect("JUnit");
    for suite in &read.test_suites {
        let mut names: Vec<_> = suite.test_cases.iter().map(|it| it.name.as_str()).collect();
        names.sort_unstable();
        let twice: Vec<_> = names.windows(2).filter(|it| it[0] == it[1]).collect();
        assert!(twice.is_empty(), "{twice:?}");
    }
    for told in [" (2)\"", ": no &lt;limit&gt;\""] {
        assert!(text.contains(told), "{told} in {text}");
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

/// What a flood of control characters in names makes of a report.
#[test]
fn sarif_is_not_many_times_as_long_as_the_report() {
    let mut report = rich();
    let flood = "\u{1}".repeat(1 << 16);
    let finding = &mut report.findings[0];
    let subject = &mut finding.finding.subject;
    (subject.name, subject.namespace) = (flood.clone(), flood.clone());
    finding.place = Some(place(&flood, &flood, Some(1)));
    let piece = finding.finding.evidence[0].clone();
    let subject = finding.finding.subject.clone();
    finding.finding.evidence = vec![Evidence { subject: Some(subject), ..piece }; 16];
    finding.evidence_places = vec![finding.place.clone(); 16];
    let (sarif, json) = (render(&report, Format::Sarif), render(&report, Format::Json));
    assert!(sarif.len() < json.len() / 16, "{} of {}", sarif.len(), json.len());
    let read: Value = serde_json::from_str(&sarif).expect("JSON");
    let location = &read["runs"][0]["results"][0]["locations"][0];
    let name = location["logicalLocations"][0]["name"].as_str().expect("a name");
    assert_eq!(name.chars().count(), 254);
    assert!(name.ends_with('…'));
    let uri = location.pointer("/physicalLocation/artifactLocation/uri");
    assert_eq!(uri.expect("an address"), "bundle.tar.gz", "no file has the path of the place");
}

/// What tells whether a value is SARIF.
pub(super) fn sarif_schema() -> jsonschema::Validator {
    let mut schema: Value =
        serde_json::from_str(include_str!("sarif-2.1.0.schema.json")).expect("JSON");
    // The schema of OASIS has a bracket too many there, which JavaScript takes for a character.
    for of in ["run", "toolComponent"] {
        let at = format!("/definitions/{of}/properties/language/pattern");
        *schema.pointer_mut(&at).expect("a pattern") = "^[a-zA-Z]{2}(-[a-zA-Z]{2})?$".into();
    }
    jsonschema::validator_for(&schema).expect("a schema")
}

#[test]
fn sarif_fits_its_schema() {
    let validator = sarif_schema();
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
fn github_takes_sarif_since_each_location_is_of_a_file() {
    let check = |name: &str, sarif: &str| {
        let sarif: Value = serde_json::from_str(sarif).expect("JSON");
        for result in sarif["runs"][0]["results"].as_array().expect("results") {
            let all = ["locations", "relatedLocations"].map(|it| result[it].as_array());
            for it in all.into_iter().flatten().flatten() {
                let uri = it.pointer("/physicalLocation/artifactLocation/uri");
                let uri = uri.and_then(Value::as_str).unwrap_or_default();
                let line = it.pointer("/physicalLocation/region/startLine");
                let is_line = line.and_then(Value::as_u64).is_some_and(|it| it > 0);
                assert!(!uri.is_empty() && !uri.contains(' ') && is_line, "{name}: {it:#}");
            }
        }
    };
    for (name, mut report) in all() {
        for is_read in [true, false] {
            check(name, &render(&report, Format::Sarif));
            let view = ReportView::from(&report);
            let nothing = ReportView::from(&Report::default());
            check(name, &diff_sarif(&diff(("dump.yaml", &nothing), ("context prod", &view))));
            check(name, &diff_sarif(&diff(("context prod", &view), ("dump.yaml", &nothing))));
            if is_read {
                report.findings.iter_mut().for_each(|it| it.place = None);
                report.findings.iter_mut().for_each(|it| it.evidence_places.clear());
            }
        }
    }
}

/// Where SARIF says that the worst finding is, and in which line.
#[track_caller]
fn check_place(report: &Report, uri: &str, line: u64) {
    let sarif: Value = serde_json::from_str(&render(report, Format::Sarif)).expect("JSON");
    let at = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(
        (&at["artifactLocation"]["uri"], &at["region"]["startLine"]),
        (&uri.into(), &line.into())
    );
}

#[test]
fn an_object_that_was_not_read_is_where_its_evidence_is_and_else_in_the_input() {
    let mut report = rich();
    report.findings[0].place = Some(place("context prod", "", None));
    check_place(&report, "context%20prod", 1);
    report.findings[0].place = None;
    report.findings[0].evidence_places[0] = None;
    check_place(&report, "bundle.tar.gz/csdr/events.yaml", 47_110);
    report.findings[0].evidence_places.clear();
    check_place(&report, "bundle.tar.gz", 1);
    report.inputs[0].name = "context prod".to_owned();
    check_place(&report, "context%20prod", 1);
    report.inputs.clear();
    check_place(&report, "input", 1);
}

#[test]
fn github_has_one_annotation_for_all_that_a_pack_could_not_judge() {
    let text = render(&no_data(), Format::Github);
    assert_eq!(text.lines().count(), 1, "{text}");
    let begin = "::warning title=no data for 3 of 3 rules of backup-center::They could not judge: \
                 this is not a pass%0A";
    assert!(text.starts_with(begin), "{text}");
    let reason = "%0Abackup-failed, backup-partially-failed: the dump holds no Backup (velero.io)";
    assert!(text.contains(reason), "{text}");
    assert!(!text.contains("What backup-failed looks for"), "it reads like a finding: {text}");
    let mut report = rich();
    let failed = report.rules.iter_mut().find(|it| it.rule.id == "vault-unavailable");
    failed.expect("the rule").reasons = vec!["the dump holds no Event".to_owned()];
    let text = render(&report, Format::Github);
    let in_part = "vault-unavailable (beside what it found): the dump holds no Event";
    assert!(text.contains(in_part), "{text}");
    let of_cluster = render(&clusters(), Format::Github);
    let title = "title=no data for 1 of 1 rules of backup-center in test::";
    assert!(of_cluster.contains(title), "{of_cluster}");
}

#[test]
fn a_command_that_changes_something_says_so_in_every_format_of_remedies() {
    let report = rich();
    let command = "kubectl -n csdr set resources deployment/csdr-velero --limits=memory=512Mi";
    let says = format!("changes the cluster: {command}");
    let looks = "kubectl -n csdr get pods";
    let mut looking = report.clone();
    looking.findings.iter_mut().for_each(|it| it.finding.remedy = format!("Look:\n  {looks}"));
    let formats = [
        Format::Github,
        Format::Sarif,
        Format::Junit,
        Format::Csv,
        Format::PolicyReport,
        Format::OpenReports,
    ];
    for format in formats {
        let text = render(&report, format);
        assert!(text.contains(&says), "{format}: {text}");
        assert!(!render(&looking, format).contains("changes the cluster"), "{format}");
    }
    let ticket = format!("*changes the cluster*:\n\n```sh\n{command}\n");
    let text = render(&report, Format::Markdown);
    assert!(text.contains(&ticket), "{text}");
    assert!(!render(&looking, Format::Markdown).contains("changes the cluster"));
    let nothing = Report { rules: report.rules.clone(), ..Report::default() };
    let (before, after) = (ReportView::from(&nothing), ReportView::from(&report));
    let diff = diff(("before", &before), ("after", &after));
    for text in [diff_github(&diff), diff_sarif(&diff), diff_junit(&diff)] {
        assert!(text.contains(&says), "{text}");
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

/// The report of everything, in which all was judged and all findings are known.
fn all_known() -> Report {
    let suppressed = Some(Suppression { reason: "known".to_owned(), ..Suppression::default() });
    let mut report = Report { failures: Vec::new(), ..rich() };
    report.findings.iter_mut().for_each(|it| it.suppressed.clone_from(&suppressed));
    report.rules.retain(|it| matches!(it.result, RuleResult::Pass | RuleResult::Fail));
    report.inputs.iter_mut().for_each(|it| it.problems.clear());
    report
}

#[test]
fn findings_that_are_known_do_not_look_like_none() {
    let report = all_known();
    let words = "Nothing new: 3 known findings (1 critical, 1 high, 1 medium)";
    for format in [Format::Html, Format::Markdown, Format::Github, Format::Text] {
        let text = render(&report, format);
        let plain = text.replace('\\', "");
        assert!(format == Format::Text || plain.contains(words), "{format}: {text}");
        for false_words in ["othing found", "ound nothing", "has found anything", "nothing was"] {
            assert!(!text.contains(false_words), "{format} says {false_words}: {text}");
        }
    }
    let page = render(&report, Format::Html);
    assert!(page.contains("<header class=\"top known\">") && !page.contains("<li class=\"good\">"));
}

#[test]
fn known_findings_beside_what_could_not_be_judged_are_told() {
    let mut report = all_known();
    report.rules.push(outcome("r", Severity::Low, RuleResult::NoData, "the input holds no Pod"));
    let words = "Nothing new in what could be judged: 3 known findings";
    for format in [Format::Html, Format::Markdown, Format::Github] {
        let text = render(&report, format).replace('\\', "");
        assert!(text.contains(words), "{format}: {text}");
    }
    let text = render(&report, Format::Text).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("nothing new was found, but 1 rule could not judge"), "{text}");
}

#[test]
fn annotations_without_a_rule_that_has_judged_do_not_say_that_all_is_well() {
    let rules = vec![outcome("r", Severity::Low, RuleResult::Skipped, "--skip-rule")];
    let text = render(&Report { rules, ..rich_without_findings() }, Format::Github);
    assert!(text.contains("::Nothing found in what could be judged"), "{text}");
}

fn rich_without_findings() -> Report {
    Report { findings: Vec::new(), ..all_known() }
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

/// How a sentence of a pack stands in a ticket.
#[track_caller]
fn check_markdown(summary: &str, want: &str) {
    let mut report = rich();
    report.findings.truncate(1);
    report.findings[0].finding.summary = summary.to_owned();
    report.findings[0].suppressed = None;
    let text = render(&report, Format::Markdown);
    assert!(text.contains(&format!("\n\n{want}\n")), "{text}");
}

#[test]
fn a_sentence_opens_no_block_and_makes_no_link_in_markdown() {
    check_markdown("1. first", r"1\. first");
    check_markdown("1) first", r"1\) first");
    check_markdown("12.", r"12\.");
    check_markdown("1.5 GiB `a`", r"1\.5 GiB `a`");
    check_markdown("it is version 1. Then", "it is version 1. Then");
    check_markdown("- a", r"\- a");
    check_markdown("+ a", r"\+ a");
    check_markdown("> a", r"\> a");
    check_markdown("=== a", r"\=\=\= a");
    check_markdown("# a", "`#` a");
    check_markdown("a | b", r"a \| b");
    check_markdown("    a\n===\n1. b", r"a \=\=\= 1. b");
    check_markdown("see www.evil.example/a", "see `www.evil.example/a`");
}

#[test]
fn a_report_that_is_read_back_is_the_same() {
    for (name, report) in all() {
        let view = ReportView::from(&report);
        let again = Report::try_from(&view).expect("times");
        assert_eq!(ReportView::from(&again), view, "{name}");
        // What is asked of a cluster, and the documentation of rules, stand in no view.
        for format in Format::ALL {
            assert_eq!(render(&again, format), render(&report, format), "{name} as {format}");
        }
    }
}

#[test]
fn a_report_beside_itself_has_no_difference() {
    for (name, report) in all() {
        let view = ReportView::from(&report);
        let diff = diff(("a", &view), ("b", &view));
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
    let compared =
        |new: &Report| diff(("old", &ReportView::from(&old)), ("new", &ReportView::from(new)));
    let is_gone = compared(&new);
    assert_eq!(
        (is_gone.gone.len(), is_gone.unknown.len()),
        (1, 0),
        "{}",
        diff_text(&is_gone, 80, Detail::Normal)
    );
    for it in new.rules.iter_mut().filter(|it| it.rule.id == rule) {
        it.result = RuleResult::NoData;
        it.reasons = vec!["the dump holds no Pod".to_owned()];
    }
    let unseen = compared(&new);
    assert_eq!(
        (unseen.gone.len(), unseen.unknown.len()),
        (0, 1),
        "{}",
        diff_text(&unseen, 80, Detail::Normal)
    );
    new.rules.clear();
    assert_eq!(compared(&new).gone.len(), 0, "a rule that was not asked sees nothing");
}
