//! What each format says of how much was found and judged, read by a reader of that format. Tests
//! of the program use this file too, so it knows formats by their words alone.

use std::collections::BTreeMap;

use quick_junit::{NonSuccessKind, TestCaseStatus};
use serde_json::Value;

/// The severities, as all formats write them.
const SEVERITIES: [&str; 5] = ["critical", "high", "medium", "low", "info"];

/// How many of what a format shows; none where it does not tell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Findings that count, by severity.
    pub(crate) findings: Option<BTreeMap<String, usize>>,
    /// Findings that count, where a format does not tell their severities.
    pub(crate) all_findings: Option<usize>,
    pub(crate) suppressed: Option<usize>,
    /// Rules by the results that the format tells.
    pub(crate) rules: BTreeMap<&'static str, usize>,
    /// Rules without data, for all or beside what they found.
    pub(crate) unjudged: Option<usize>,
    pub(crate) failures: Option<usize>,
    /// Rules without data and failures, where a format lists both as one.
    pub(crate) unjudged_or_failed: Option<usize>,
    /// Rules that failed and failures, where a format does not tell them apart.
    pub(crate) errors: Option<usize>,
}

impl Counts {
    fn found(&mut self, severity: &str) {
        let findings = self.findings.get_or_insert_default();
        *findings.entry(severity.to_owned()).or_default() += 1;
    }

    fn rule(&mut self, result: &'static str) {
        *self.rules.entry(result).or_default() += 1;
    }

    /// Fails where a format says other numbers than the report.
    #[track_caller]
    pub(crate) fn agree(&self, report: &Self, what: &str) {
        let Self { findings, all_findings, suppressed, rules, .. } = self;
        let total = |it: &Self| it.findings.iter().flat_map(BTreeMap::values).sum::<usize>();
        if findings.is_some() {
            assert_eq!(findings, &report.findings, "{what}: findings");
        }
        if let Some(all) = all_findings {
            assert_eq!(*all, total(report), "{what}: findings");
        }
        let same = |name: &str, told: Option<usize>, is: Option<usize>| {
            assert!(told.is_none() || told == is, "{what}: {name}: {told:?} instead of {is:?}");
        };
        same("suppressed", *suppressed, report.suppressed);
        same("unjudged", self.unjudged, report.unjudged);
        same("failures", self.failures, report.failures);
        same("unjudged or failed", self.unjudged_or_failed, report.unjudged_or_failed);
        same("errors", self.errors, report.errors);
        for (result, number) in rules {
            assert_eq!(Some(number), report.rules.get(result), "{what}: rules with {result}");
        }
    }
}

/// What a format tells of a report.
pub(crate) fn read(format: &str, text: &str) -> Counts {
    match format {
        "json" => report(&serde_json::from_str(text).expect("JSON")),
        "yaml" => report(&serde_saphyr::from_str(text).expect("YAML")),
        "text" => plain(text),
        "html" => {
            Counts { all_findings: Some(text.matches("<article ").count()), ..Counts::default() }
        }
        "markdown" => markdown(text),
        "sarif" => sarif(&serde_json::from_str(text).expect("JSON")),
        "junit" => junit(text),
        "github" => github(text),
        "csv" => comma_separated(text),
        "prometheus" | "openmetrics" => metrics(text),
        "policyreport" | "openreports" => policy_reports(text),
        other => panic!("no reader of {other}: write one"),
    }
}

const RESULTS: [&str; 5] = ["pass", "fail", "no_data", "error", "skipped"];

fn known(result: &str) -> &'static str {
    RESULTS.into_iter().find(|it| *it == result).unwrap_or_else(|| panic!("no result: {result}"))
}

fn word<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_default()
}

fn items<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value[key].as_array().map(Vec::as_slice).unwrap_or_default()
}

fn report(value: &Value) -> Counts {
    let mut counts = Counts { findings: Some(BTreeMap::new()), ..Counts::default() };
    let findings = items(value, "findings");
    let suppressed = |it: &&Value| !it["suppressed"].is_null();
    for it in findings.iter().filter(|it| !suppressed(it)) {
        counts.found(word(it, "severity"));
    }
    counts.suppressed = Some(findings.iter().filter(suppressed).count());
    counts.rules = RESULTS.map(|it| (it, 0)).into();
    for it in items(value, "rules") {
        counts.rule(known(word(it, "result")));
    }
    let unjudged = |it: &&Value| {
        word(it, "result") == "no_data"
            || word(it, "result") == "fail" && !word(it, "reason").is_empty()
    };
    let unjudged = items(value, "rules").iter().filter(unjudged).count();
    let failures = items(value, "failures").len();
    counts.unjudged = Some(unjudged);
    counts.failures = Some(failures);
    counts.unjudged_or_failed = Some(unjudged + failures);
    counts.errors = Some(counts.rules["error"] + failures);
    counts
}

/// The summary, of which a line may be wrapped.
fn plain(text: &str) -> Counts {
    let mut counts = Counts::default();
    let Some((_, summary)) = text.split_once("\nSUMMARY\n") else { return counts };
    let field = |name: &str| {
        let mut lines = summary.lines().skip_while(|it| !it.starts_with(&format!("  {name} ")));
        let first = lines.next().expect("the field").trim_start().trim_start_matches(name);
        let rest = lines.take_while(|it| it.starts_with("     "));
        let parts = std::iter::once(first).chain(rest).map(str::trim);
        parts.collect::<Vec<_>>().join(" ")
    };
    let mut findings = BTreeMap::new();
    counts.suppressed = Some(0);
    for part in field("findings").split(", ").filter(|it| *it != "none") {
        let (number, word) = part.split_once(' ').expect("a number and a word");
        let number: usize = number.parse().expect("a number");
        if word == "suppressed" {
            counts.suppressed = Some(number);
        } else {
            findings.insert(word.to_owned(), number);
        }
    }
    counts.findings = Some(findings);
    for part in field("rules").split(", ") {
        let (number, result) = part.split_once(' ').expect("a number and a result");
        counts.rules.insert(known(&result.replace(' ', "_")), number.parse().expect("a number"));
    }
    counts
}

fn markdown(text: &str) -> Counts {
    let mut counts = Counts { findings: Some(BTreeMap::new()), ..Counts::default() };
    for line in text.lines() {
        let cell = line.strip_prefix("| ").and_then(|it| it.split_once(" | "));
        if let Some((severity, _)) = cell.filter(|it| SEVERITIES.contains(&it.0)) {
            counts.found(severity);
        }
    }
    let section = |title: &str| {
        let section = text.split_once(&format!("\n## {title}")).map_or("", |it| it.1);
        let lines = section.lines().skip(1).take_while(|it| !it.starts_with("## "));
        lines.filter(|it| it.starts_with("- ")).count()
    };
    counts.suppressed = Some(section("Suppressed"));
    counts.unjudged_or_failed = Some(section("Not judged"));
    counts
}

fn sarif(value: &Value) -> Counts {
    let mut counts = Counts { findings: Some(BTreeMap::new()), ..Counts::default() };
    let run = &value["runs"][0];
    let results = items(run, "results");
    let suppressed = |it: &&Value| !items(it, "suppressions").is_empty();
    for it in results.iter().filter(|it| !suppressed(it)) {
        counts.found(word(&it["properties"], "severity"));
    }
    counts.suppressed = Some(results.iter().filter(suppressed).count());
    let notes = items(&run["invocations"][0], "toolExecutionNotifications");
    let no_data = |it: &&Value| word(&it["descriptor"], "id") == "no-data";
    let failed = |it: &&Value| word(it, "level") == "error";
    counts.unjudged = Some(notes.iter().filter(no_data).count());
    counts.failures = Some(notes.iter().filter(failed).count());
    counts
}

fn junit(text: &str) -> Counts {
    let read = quick_junit::Report::deserialize_from_str(text).expect("JUnit");
    let mut counts = Counts {
        findings: Some(BTreeMap::new()),
        suppressed: Some(0),
        unjudged: Some(0),
        errors: Some(0),
        rules: [("pass", 0), ("skipped", 0)].into(),
        ..Counts::default()
    };
    for suite in read.test_suites.iter().filter(|it| it.name.as_str() != "inputs") {
        for case in &suite.test_cases {
            match &case.status {
                TestCaseStatus::Success { .. } => counts.rule("pass"),
                TestCaseStatus::Skipped { ty, .. } => match ty.as_deref() {
                    Some("suppressed") => *counts.suppressed.get_or_insert_default() += 1,
                    Some("no_data") => *counts.unjudged.get_or_insert_default() += 1,
                    _ => counts.rule("skipped"),
                },
                TestCaseStatus::NonSuccess { kind: NonSuccessKind::Error, .. } => {
                    *counts.errors.get_or_insert_default() += 1;
                }
                TestCaseStatus::NonSuccess { ty, .. } => {
                    counts.found(ty.as_deref().unwrap_or_default());
                }
            }
        }
    }
    counts
}

fn github(text: &str) -> Counts {
    let mut counts = Counts {
        findings: Some(BTreeMap::new()),
        unjudged: Some(0),
        failures: Some(0),
        ..Counts::default()
    };
    for line in text.lines() {
        let (command, _) = line[2..].split_once("::").expect("a command");
        let title = command.split_once("title=").expect("a title").1;
        let first = title.split(' ').next().unwrap_or_default();
        if SEVERITIES.contains(&first) {
            counts.found(first);
        } else if let Some(of) = title.strip_prefix("no data for ") {
            let number = of.split(' ').next().unwrap_or_default();
            *counts.unjudged.get_or_insert_default() += number.parse::<usize>().expect("a number");
        } else if command.starts_with("error ") {
            *counts.failures.get_or_insert_default() += 1;
        }
    }
    counts
}

fn comma_separated(text: &str) -> Counts {
    let mut counts = Counts {
        findings: Some(BTreeMap::new()),
        suppressed: Some(0),
        unjudged: Some(0),
        errors: Some(0),
        ..Counts::default()
    };
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let rows = reader.deserialize().map(|it| it.expect("a row"));
    for row in rows.collect::<Vec<BTreeMap<String, String>>>() {
        match row["result"].as_str() {
            "fail" if row["suppressed"].is_empty() => counts.found(&row["severity"]),
            "fail" => *counts.suppressed.get_or_insert_default() += 1,
            "no_data" => *counts.unjudged.get_or_insert_default() += 1,
            "error" => *counts.errors.get_or_insert_default() += 1,
            other => panic!("no result: {other}"),
        }
    }
    counts
}

fn metrics(text: &str) -> Counts {
    let mut counts = Counts {
        findings: Some(BTreeMap::new()),
        suppressed: Some(0),
        failures: Some(0),
        rules: RESULTS.map(|it| (it, 0)).into(),
        ..Counts::default()
    };
    for line in text.lines().filter(|it| !it.starts_with('#')) {
        let (series, value) = line.rsplit_once(' ').expect("a value");
        let name = series.split('{').next().unwrap_or_default();
        let label = |label: &str| {
            let (_, rest) = series.split_once(&format!("{label}=\"")).expect("the label");
            rest.split('"').next().unwrap_or_default()
        };
        let number = || value.parse::<usize>().expect("a whole number");
        match name {
            "rulebox_findings" if number() > 0 => {
                let findings = counts.findings.get_or_insert_default();
                *findings.entry(label("severity").to_owned()).or_default() += number();
            }
            "rulebox_findings_suppressed" => {
                *counts.suppressed.get_or_insert_default() += number();
            }
            "rulebox_pack_failures" => *counts.failures.get_or_insert_default() += number(),
            "rulebox_rule_result" => {
                // One that has found something may have no data for the rest.
                let found = series.replace("result=\"no_data\"", "result=\"fail\"");
                if found == series || !text.contains(&*found) {
                    counts.rule(known(label("result")));
                }
            }
            _ => {}
        }
    }
    counts
}

fn policy_reports(text: &str) -> Counts {
    let mut counts = Counts {
        findings: Some(BTreeMap::new()),
        suppressed: Some(0),
        failures: Some(0),
        rules: [("pass", 0), ("no_data", 0), ("error", 0), ("skipped", 0)].into(),
        ..Counts::default()
    };
    let documents: Vec<Value> = serde_saphyr::from_multiple(text).expect("YAML");
    for document in &documents {
        let results = items(document, "results");
        for word in ["pass", "fail", "warn", "error", "skip"] {
            let number = results.iter().filter(|it| it["result"] == word).count();
            assert_eq!(document["summary"][word], number, "{document}");
        }
        for it in results {
            let property = |name: &str| word(&it["properties"], name);
            if word(it, "result") == "fail" {
                counts.found(word(it, "severity"));
            } else if !property("suppressed").is_empty() {
                *counts.suppressed.get_or_insert_default() += 1;
            } else if !property("failure").is_empty() {
                *counts.failures.get_or_insert_default() += 1;
            } else if !["", "fail"].contains(&property("ruleResult")) {
                counts.rule(known(property("ruleResult")));
            }
        }
    }
    counts
}
