//! What it costs to write many findings in each format: time, memory beside the report itself, and
//! bytes. Each format is written by a process of its own, so that none uses the memory of another.
//! Run by `cargo xtask bench report`; nothing here asserts a time.

use std::{env, fs, process::Command, time::Instant};

use jiff::Timestamp;
use rulebox_core::{
    AsOf, AsOfSource, Evidence, Finding, Moment, ObjectRef, Place, Report, ReportedFinding,
    RuleInfo, RuleOutcome, RuleResult, Severity,
};
use rulebox_report::{Format, RenderOptions, arrange, identify};

/// So many rules and namespaces share the findings.
const RULES: usize = 20;
const NAMESPACES: usize = 100;

fn main() {
    let arguments: Vec<_> = env::args().collect();
    let value = |name: &str| {
        let at = arguments.iter().position(|it| it == name)?;
        arguments.get(at + 1).cloned()
    };
    let findings = value("--findings").map_or(10_000, |it| it.parse().expect("a number"));
    let rounds = value("--rounds").map_or(5, |it| it.parse().expect("a number"));
    if let Some(format) = value("--format") {
        return one(format.parse().expect("a format"), findings, rounds);
    }
    println!("{findings} findings, the median of {rounds}");
    println!("{:<14}{:>10}{:>12}{:>14}", "", "ms", "MiB", "bytes");
    for format in Format::ALL {
        let mut child = Command::new(env::current_exe().expect("this program"));
        child.args(["--format", format.as_str(), "--findings", &findings.to_string()]);
        let output = child.args(["--rounds", &rounds.to_string()]).output().expect("it runs");
        print!("{}", String::from_utf8_lossy(&output.stdout));
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

/// Measures one format, and prints a line.
fn one(format: Format, findings: usize, rounds: usize) {
    let report = report(findings);
    let options = RenderOptions::default();
    let before = peak();
    let mut times = Vec::new();
    let mut bytes = 0;
    for _ in 0..rounds {
        let start = Instant::now();
        bytes = format.render(&report, &options).len();
        times.push(start.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    let (median, mib) = (times[rounds / 2], (peak() - before) / 1024.0);
    println!("{:<14}{median:>10.1}{mib:>12.1}{bytes:>14}", format.as_str());
}

/// The most memory that this process has had, in KiB; 0 where the system does not tell.
fn peak() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|it| it.strip_prefix("VmHWM:"));
    line.and_then(|it| it.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}

fn report(findings: usize) -> Report {
    let mut all: Vec<_> = (0..findings).map(finding).collect();
    identify(&mut all);
    let as_of = "2026-09-15T02:30:00Z".parse::<Timestamp>().expect("a time");
    arrange(Report {
        as_of: AsOf { moment: Moment::at(as_of), source: AsOfSource::Given },
        findings: all,
        rules: (0..RULES).map(rule).collect(),
        ..Report::default()
    })
}

fn rule(nth: usize) -> RuleOutcome {
    let severity = Severity::ALL[nth % Severity::ALL.len()];
    RuleOutcome {
        cluster: String::new(),
        pack: "pack".to_owned(),
        rule: RuleInfo {
            id: format!("rule-{nth}"),
            severity,
            summary: format!("Something of kind {nth} is wrong"),
            documentation: "**Fires** on what is wrong.\n".repeat(20),
            requires: Vec::new(),
            consults: Vec::new(),
        },
        severity,
        result: RuleResult::Fail,
        reasons: Vec::new(),
        stale_since: None,
    }
}

fn finding(nth: usize) -> ReportedFinding {
    let namespace = format!("namespace-{}", nth % NAMESPACES);
    let object = |kind: &str, name: String| ObjectRef {
        api_version: "v1".to_owned(),
        kind: kind.to_owned(),
        namespace: namespace.clone(),
        name,
        uid: format!("00000000-0000-0000-0000-{nth:012}"),
    };
    let place = |line: usize| {
        let (input, path) = ("bundle.tar.gz".to_owned(), format!("{namespace}/pods.yaml"));
        Some(Place { input, path, line: u64::try_from(line).ok(), logged: false })
    };
    let evidence = |it: usize| Evidence {
        subject: Some(object("Event", format!("event-{nth}.{it}"))),
        path: "message".to_owned(),
        value: format!("rpc error: code = Unknown desc = attempt {it} of pod-{nth} failed"),
    };
    let severity = Severity::ALL[nth % RULES % Severity::ALL.len()];
    ReportedFinding {
        cluster: String::new(),
        pack: "pack".to_owned(),
        fingerprint: String::new(),
        finding: Finding {
            rule: format!("rule-{}", nth % RULES),
            severity,
            subject: object("Pod", format!("pod-{nth}")),
            summary: format!("The pod pod-{nth} of {namespace} does not do what it should"),
            cause: "Its last state says why, as far as anything does: it was killed.".to_owned(),
            remedy: format!(
                "Look at what it says:\n  kubectl -n {namespace} logs pod-{nth} --previous\n\
                 Then give it more memory:\n  kubectl -n {namespace} delete pod pod-{nth}"
            ),
            evidence: (0..3).map(evidence).collect(),
            labels: vec![("reason".to_owned(), "OOMKilled".to_owned())],
            caused_by: Vec::new(),
        },
        place: place(nth),
        evidence_places: (0..3).map(place).collect(),
        suppressed: None,
        causes: Vec::new(),
    }
}
