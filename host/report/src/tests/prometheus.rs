//! The metrics as a strict parser of the format reads them.

use std::collections::{BTreeMap, BTreeSet};

use rulebox_core::{
    AsOf, AsOfSource, AskedCluster, ClusterMoment, MetricType, Moment, PackSample, Report, Severity,
};

use super::sample::{all, clusters, finding, hostile, metric, object, rich, sample, trees};
use crate::{
    DEFAULT_MAX_SERIES, PrometheusOptions,
    metrics::{Families, FamilyType, Labels},
    prometheus, prometheus_text,
};

fn encode(report: &Report) -> String {
    prometheus(report, PrometheusOptions::default())
}

type Series = (String, BTreeMap<String, String>);

/// Reads the text as strictly as Prometheus does, and a little more: a family is one block with
/// HELP and TYPE, families come in the order of their names, labels are named once, no series comes
/// twice. Gives the values.
#[track_caller]
fn parse(text: &str) -> BTreeMap<Series, f64> {
    let mut found = BTreeMap::new();
    let mut blocks: Vec<String> = Vec::new();
    let mut helped = String::new();
    assert!(text.ends_with('\n'), "the last line ends");
    for line in text.lines() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            helped = help.split(' ').next().expect("a name").to_owned();
        } else if let Some(typed) = line.strip_prefix("# TYPE ") {
            let word = if helped.ends_with("_total") { "counter" } else { "gauge" };
            assert_eq!(typed, format!("{helped} {word}"), "TYPE follows HELP");
            blocks.push(helped.clone());
        } else if !line.starts_with('#') {
            let (series, value) = parse_series(line);
            assert_eq!(Some(&series.0), blocks.last(), "in its block: {line}");
            assert!(found.insert(series, value).is_none(), "twice: {line}");
        }
    }
    assert!(blocks.is_sorted_by(|a, b| a < b), "families are sorted, and each is one block");
    found
}

#[track_caller]
fn parse_series(line: &str) -> (Series, f64) {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let end = line.find(|c| !is_name(c)).expect("more than a name");
    let (name, mut rest) = line.split_at(end);
    assert!(name.starts_with(|c: char| !c.is_ascii_digit()), "{line}");
    let mut labels = BTreeMap::new();
    if let Some(inner) = rest.strip_prefix('{') {
        rest = inner;
        loop {
            let (label, after) = rest.split_once("=\"").expect("a label");
            assert!(!label.is_empty() && label.chars().all(is_name), "{line}");
            let (value, after) = parse_value(after);
            if !value.is_empty() {
                assert!(labels.insert(label.to_owned(), value).is_none(), "{label} twice: {line}");
            }
            rest = &after[1..];
            match after.chars().next() {
                Some(',') => {}
                Some('}') => break,
                _ => panic!("neither the next label nor the end: {line}"),
            }
        }
    }
    let value = rest.strip_prefix(' ').expect("a space before the value");
    ((name.to_owned(), labels), value.parse().expect("a number"))
}

/// The value up to its quote, unescaped, and what follows the quote.
#[track_caller]
fn parse_value(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return (value, &text[at + 1..]),
            '\\' => match chars.next() {
                Some((_, 'n')) => value.push('\n'),
                Some((_, c @ ('\\' | '"'))) => value.push(c),
                other => panic!("no escape: {other:?}"),
            },
            c => {
                assert!(!c.is_control(), "a control character in {text}");
                value.push(c);
            }
        }
    }
    panic!("a label value without end: {text}")
}

/// The value of the series that has these labels, and maybe others; the only one.
#[track_caller]
fn check_value(text: &str, name: &str, labels: &[(&str, &str)], expected: Option<f64>) {
    let fits = |series: &Series| {
        let has = |(name, value): &(&str, &str)| series.1.get(*name).is_some_and(|it| it == value);
        series.0 == name && labels.iter().all(has)
    };
    let found: Vec<f64> = parse(text)
        .into_iter()
        .filter(|(series, _)| fits(series))
        .map(|(_, value)| value)
        .collect();
    assert_eq!(found, Vec::from_iter(expected), "{name} {labels:?} in\n{text}");
}

#[test]
fn a_report_of_everything() {
    insta::assert_snapshot!(encode(&rich()));
}

#[test]
fn a_hostile_dump() {
    insta::assert_snapshot!(encode(&hostile()));
}

#[test]
fn every_report_can_be_scraped() {
    for (_, report) in all() {
        for max_series in [0, 12, 15, DEFAULT_MAX_SERIES] {
            parse(&prometheus(&report, PrometheusOptions { max_series }));
        }
    }
}

#[test]
fn a_suppressed_finding_is_counted_apart() {
    let text = encode(&rich());
    let rule = [("rule", "component-version")];
    check_value(&text, "rulebox_finding", &rule, None);
    check_value(&text, "rulebox_findings", &rule, None);
    check_value(&text, "rulebox_findings_suppressed", &rule, Some(1.0));
}

#[test]
fn a_finding_that_follows_from_one_that_counts_says_from_which() {
    let text = encode(&trees());
    let check = |rule: &str, cause: Option<&str>| {
        let labels = [("rule", rule), ("caused_by", cause.unwrap_or_default())];
        let labels = if cause.is_some() { &labels[..] } else { &labels[..1] };
        check_value(&text, "rulebox_finding", labels, Some(1.0));
    };
    check("vault-unavailable", None);
    check("backup-failed", Some("BackupLocation csdr/vault-a"));
    check("backup-stuck", Some("Deployment csdr/csdr-controller"));
    let drill = text.lines().find(|it| it.contains("drill")).expect("a series");
    assert!(!drill.contains("caused_by"), "its cause is suppressed: {drill}");
}

#[test]
fn what_is_worse_than_its_cause_is_an_alert_of_its_own() {
    let mut report = trees();
    let failed = report.findings.iter_mut().find(|it| it.finding.rule == "backup-failed");
    failed.expect("a finding").finding.severity = Severity::Critical;
    let cause = report.findings.iter_mut().find(|it| it.finding.rule == "vault-unavailable");
    cause.expect("its cause").finding.severity = Severity::Medium;
    let text = encode(&report);
    let series = text.lines().find(|it| {
        it.starts_with("rulebox_finding{")
            && it.contains("backup-failed")
            && it.contains("critical")
    });
    assert!(!series.expect("a series").contains("caused_by"), "{series:?}");
}

#[test]
fn a_label_that_names_one_attempt_does_not_join() {
    let text = encode(&rich());
    check_value(&text, "rulebox_finding", &[("bucket", "cnfs-oss-a")], Some(1.0));
    check_value(&text, "rulebox_finding", &[("exported_name", "shadowed")], Some(1.0));
    assert!(!text.contains("request_id") && !text.contains("5C3D"), "{text}");
}

#[test]
fn a_long_label_does_not_join() {
    let mut it = finding("r", Severity::Low, object("v1", "Pod", "a", "b"));
    it.finding.labels =
        vec![("long".to_owned(), "x".repeat(129)), ("fits".to_owned(), "x".repeat(128))];
    let text = encode(&Report { findings: vec![it], ..Report::default() });
    assert!(!text.contains("long=") && text.contains("fits="), "{text}");
}

#[test]
fn findings_that_differ_in_words_only_are_one_series() {
    let mut a = finding("r", Severity::Low, object("v1", "Pod", "a", "b"));
    a.finding.labels = vec![("x".to_owned(), "1".to_owned()), ("y".to_owned(), "2".to_owned())];
    let mut b = a.clone();
    b.finding.labels.reverse();
    b.finding.labels.push(("empty".to_owned(), String::new()));
    let text = encode(&Report { findings: vec![a, b], ..Report::default() });
    check_value(&text, "rulebox_finding", &[], Some(1.0));
    check_value(&text, "rulebox_findings", &[("rule", "r")], Some(2.0));
}

#[test]
fn a_cluster_is_there_only_where_there_are_several() {
    assert!(!encode(&rich()).contains("cluster=\""));
    let text = encode(&clusters());
    check_value(&text, "rulebox_finding", &[("cluster", "prod")], Some(1.0));
    let both = [("cluster", "dev"), ("exported_cluster", "own")];
    check_value(&text, "backup_center_clusters", &both, Some(1.0));
}

#[test]
fn a_pack_that_has_both_names_of_the_label_keeps_both() {
    let metric = metric("m", MetricType::Gauge, &["cluster", "exported_cluster"]);
    let of = |cluster: &str| {
        let cluster = cluster.to_owned();
        PackSample { cluster, ..sample(&metric, &["own", "other"], 1.0) }
    };
    let text = encode(&with_samples(vec![of("dev")]));
    let all =
        [("cluster", "dev"), ("exported_cluster", "other"), ("exported_exported_cluster", "own")];
    check_value(&text, "m", &all, Some(1.0));
    let alone = encode(&with_samples(vec![of("")]));
    let both = [("cluster", "own"), ("exported_cluster", "other")];
    check_value(&alone, "m", &both, Some(1.0));
}

#[test]
fn each_cluster_has_its_moment() {
    let moment = |cluster: &str, time: &str| ClusterMoment {
        cluster: cluster.to_owned(),
        as_of: AsOf { moment: Moment::at(super::sample::time(time)), source: AsOfSource::Given },
    };
    let clusters = vec![moment("a", "1970-01-01T00:01:00Z"), moment("b", "1970-01-01T00:02:00Z")];
    let text = encode(&Report { clusters, ..Report::default() });
    let name = "rulebox_as_of_timestamp_seconds";
    check_value(&text, name, &[("cluster", "a")], Some(60.0));
    check_value(&text, name, &[("cluster", "b")], Some(120.0));
}

#[test]
fn an_info_metric_is_a_gauge_with_a_suffix() {
    check_value(&encode(&rich()), "backup_center_backup_location_info", &[], Some(1.0));
}

fn with_samples(samples: Vec<PackSample>) -> Report {
    Report { samples, ..Report::default() }
}

#[track_caller]
fn check_dropped(samples: Vec<PackSample>, reason: &str, number: f64) {
    let text = encode(&with_samples(samples));
    check_value(&text, "rulebox_series_dropped", &[("reason", reason)], Some(number));
    let comment = text.lines().filter(|line| line.starts_with("# rulebox: ")).count();
    assert_eq!(comment > 0, number > 0.0, "said aloud in\n{text}");
}

#[test]
fn a_series_with_two_values_is_dropped_once() {
    let metric = metric("m", MetricType::Gauge, &["l"]);
    check_dropped(
        vec![sample(&metric, &["a"], 2.0), sample(&metric, &["a"], 1.0)],
        "duplicate",
        1.0,
    );
}

#[test]
fn a_series_that_is_said_twice_is_merged() {
    let metric = metric("m", MetricType::Gauge, &["l"]);
    check_dropped(
        vec![sample(&metric, &["a"], 2.0), sample(&metric, &["a"], 2.0)],
        "duplicate",
        0.0,
    );
}

#[test]
fn a_name_belongs_to_one_pack() {
    let metric = metric("m", MetricType::Gauge, &["l"]);
    let mine = sample(&metric, &["a"], 1.0);
    let other = PackSample { pack: "z-other".to_owned(), ..sample(&metric, &["b"], 1.0) };
    check_dropped(vec![other, mine], "conflict", 1.0);
}

#[test]
fn an_info_and_a_gauge_do_not_share_a_name() {
    let info = metric("m", MetricType::Info, &["l"]);
    let gauge = metric("m_info", MetricType::Gauge, &["l"]);
    check_dropped(vec![sample(&info, &["a"], 1.0), sample(&gauge, &["b"], 1.0)], "conflict", 1.0);
}

#[test]
fn the_names_of_the_host_are_its_own() {
    let metric = metric("rulebox_anything", MetricType::Gauge, &[]);
    check_dropped(vec![sample(&metric, &[], 1.0)], "conflict", 1.0);
}

#[test]
fn what_prometheus_refuses_is_dropped() {
    let series = [
        sample(&metric("9m", MetricType::Gauge, &[]), &[], 1.0),
        sample(&metric("m b", MetricType::Gauge, &[]), &[], 1.0),
        sample(&metric("m", MetricType::Gauge, &["a-b"]), &["x"], 1.0),
        sample(&metric("m", MetricType::Gauge, &["__a"]), &["x"], 1.0),
        sample(&metric("m", MetricType::Gauge, &["a", "a"]), &["x", "y"], 1.0),
        sample(&metric("m", MetricType::Gauge, &["a"]), &[], 1.0),
    ];
    check_dropped(series.to_vec(), "invalid", 6.0);
}

/// 3 series of `few`, 20 of `many`, and 2 findings beside the host's own.
fn crowd() -> Report {
    let few = metric("few", MetricType::Gauge, &["l"]);
    let many = metric("many", MetricType::Gauge, &["l"]);
    let samples = |metric, number: usize| {
        (0..number).map(move |nth| sample(metric, &[&format!("{nth:02}")], nth as f64))
    };
    let mut report = with_samples(samples(&many, 20).chain(samples(&few, 3)).collect());
    // The worse word is the later one.
    for severity in [Severity::Low, Severity::Medium] {
        report.findings.push(finding("r", severity, object("v1", "Pod", "a", severity.as_str())));
    }
    report
}

#[track_caller]
fn check_cut(max_series: usize, expected: &str, dropped: f64) -> String {
    let text = prometheus(&crowd(), PrometheusOptions { max_series });
    let mut families: BTreeMap<String, usize> = BTreeMap::new();
    for (name, _) in parse(&text).into_keys().filter(|(name, _)| !name.starts_with("rulebox_s")) {
        *families.entry(name).or_default() += 1;
    }
    let shown: Vec<_> = families.iter().map(|(name, number)| format!("{name} {number}")).collect();
    assert_eq!(shown.join(", "), expected, "in\n{text}");
    check_value(&text, "rulebox_series_dropped", &[("reason", "limit")], Some(dropped));
    text
}

#[test]
fn below_the_limit_nothing_is_cut() {
    check_cut(
        34,
        "few 3, many 20, rulebox_finding 2, rulebox_findings 2, rulebox_objects_needed 1",
        0.0,
    );
}

#[test]
fn the_largest_family_is_cut_first_and_from_its_end() {
    let text = check_cut(
        16,
        "few 3, many 2, rulebox_finding 2, rulebox_findings 2, rulebox_objects_needed 1",
        18.0,
    );
    assert!(text.starts_with("# rulebox: 18 series of many left out: limit\n"), "{text}");
    check_value(&text, "many", &[("l", "01")], Some(1.0));
}

#[test]
fn the_worst_finding_is_cut_last() {
    let text =
        check_cut(10, "rulebox_finding 1, rulebox_findings 2, rulebox_objects_needed 1", 24.0);
    check_value(&text, "rulebox_finding", &[("severity", "medium")], Some(1.0));
}

#[test]
fn a_rule_of_many_findings_hides_no_other_rule_and_no_metric_hides_findings() {
    let mut report = crowd();
    for nth in 0..500 {
        let object = object("v1", "Pod", "a", &format!("x{nth:03}"));
        report.findings.push(finding("many", Severity::Critical, object));
    }
    for nth in 0..60 {
        let object = object("v1", "Pod", "a", &format!("y{nth:03}"));
        report.findings.push(finding("some", Severity::Low, object));
    }
    let text = prometheus(&report, PrometheusOptions { max_series: 140 });
    let of = |rule: &str| {
        let is_of = |(name, labels): &(String, BTreeMap<String, String>)| {
            name == "rulebox_finding" && labels["rule"] == rule
        };
        parse(&text).into_keys().filter(is_of).count()
    };
    assert_eq!((of("r"), of("some")), (2, 50));
    assert!((50..90).contains(&of("many")), "{}", of("many"));
    let text = prometheus(&report, PrometheusOptions { max_series: 110 });
    assert!(!text.contains("\nmany{"), "the first findings stand before the metrics of packs");
}

#[test]
fn the_counts_of_the_host_are_never_cut() {
    check_cut(0, "rulebox_findings 2, rulebox_objects_needed 1", 25.0);
}

#[test]
fn the_documentation_names_every_family() {
    let documented: BTreeSet<&str> = include_str!("../metrics.rs")
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix("/// | `")?.split('`').next())
        .filter(|name| name.starts_with("rulebox_"))
        .collect();
    let down = AskedCluster { cluster: "prod".to_owned(), up: false };
    let written = parse(&encode(&Report { asked: vec![down], ..rich() }));
    let written: BTreeSet<&str> = written
        .keys()
        .map(|(name, _)| name.as_str())
        .filter(|name| name.starts_with("rulebox_"))
        .collect();
    assert_eq!(documented, written);
}

#[test]
fn many_findings_leave_room_for_the_metrics_of_packs() {
    let mut report = crowd();
    let pod = |nth: usize| object("v1", "Pod", "a", &format!("p{nth}"));
    report.findings.extend((0..500).map(|it| finding("r", Severity::Critical, pod(it))));
    let text = prometheus(&report, PrometheusOptions { max_series: 120 });
    let series = |name: &str| parse(&text).into_keys().filter(|it| it.0 == name).count();
    assert_eq!((series("few"), series("many")), (3, 20));
    assert!(series("rulebox_finding") >= 50, "{text}");
}

/// What a server writes that has evaluated `report`.
fn serve(report: &Report, max_series: usize) -> String {
    let mut families = Families::of(report);
    let runs = families.host(FamilyType::Counter, "rulebox_runs_total", "Runs.");
    runs.add(Labels::default().with("outcome", "done"), 1.0);
    runs.add(Labels::default().with("outcome", "done"), 1.0);
    families
        .host(FamilyType::Gauge, "process_start_time_seconds", "When the process was started.")
        .put(Labels::default(), 1_782_000_000.0);
    families.limit(max_series);
    prometheus_text(&families)
}

#[test]
fn a_server_adds_families_of_its_own() {
    let text = serve(&rich(), DEFAULT_MAX_SERIES);
    check_value(&text, "rulebox_runs_total", &[("outcome", "done")], Some(2.0));
    check_value(&text, "process_start_time_seconds", &[], Some(1_782_000_000.0));
    check_value(&text, "rulebox_objects_needed", &[], Some(20.0));
}

#[test]
fn families_of_a_server_are_never_cut() {
    check_value(&serve(&crowd(), 0), "rulebox_runs_total", &[], Some(2.0));
}

#[test]
fn a_pack_gives_way_to_a_server() {
    let metric = metric("process_start_time_seconds", MetricType::Gauge, &["l"]);
    let samples = vec![sample(&metric, &["a"], 1.0), sample(&metric, &["b"], 2.0)];
    let text = serve(&with_samples(samples), DEFAULT_MAX_SERIES);
    check_value(&text, "process_start_time_seconds", &[], Some(1_782_000_000.0));
    check_value(&text, "rulebox_series_dropped", &[("reason", "conflict")], Some(2.0));
}

#[test]
fn values_that_look_alike_are_one_series() {
    let metric = metric("m", MetricType::Gauge, &["l"]);
    let samples = vec![sample(&metric, &["\u{1b}"], 1.0), sample(&metric, &["\\u{1b}"], 1.0)];
    check_value(&encode(&with_samples(samples)), "m", &[], Some(1.0));
}
