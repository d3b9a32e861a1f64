//! The text for people: its sections, its limits, and what a hostile dump cannot do to it.

use rulebox_core::{
    AsOf, AsOfSource, ClusterMoment, Input, Moment, Report, RuleResult, Severity, Witness,
};

use super::sample::{
    all, clusters, evidence, finding, hostile, no_data, nothing_read, object, outcome, place,
    problem, rich, time, trees,
};
use crate::{Detail, TextStyle, text};

fn plain(report: &Report) -> String {
    text(report, &TextStyle::default())
}

fn in_detail(report: &Report, detail: Detail) -> String {
    text(report, &TextStyle { detail, ..TextStyle::default() })
}

#[track_caller]
fn check_has(report: &Report, detail: Detail, has: &[&str], has_not: &[&str]) {
    let shown = in_detail(report, detail);
    for it in has {
        assert!(shown.contains(it), "`{it}` is missing in\n{shown}");
    }
    for it in has_not {
        assert!(!shown.contains(it), "`{it}` is in\n{shown}");
    }
}

#[test]
fn a_report_of_everything() {
    insta::assert_snapshot!(plain(&rich()));
}

#[test]
fn a_quiet_report() {
    insta::assert_snapshot!(in_detail(&rich(), Detail::Quiet));
}

#[test]
fn a_verbose_report() {
    insta::assert_snapshot!(in_detail(&rich(), Detail::Verbose));
}

#[test]
fn a_narrow_report_wraps_sentences_and_not_commands() {
    let style = TextStyle { width: 1, ..TextStyle::default() };
    insta::assert_snapshot!(text(&rich(), &style));
}

#[test]
fn trees_of_findings() {
    insta::assert_snapshot!(plain(&trees()));
}

#[test]
fn trees_of_findings_in_a_quiet_report() {
    insta::assert_snapshot!(in_detail(&trees(), Detail::Quiet));
}

#[test]
fn a_command_that_changes_something_is_marked_and_the_mark_explained() {
    let command = "            ! kubectl -n csdr rollout restart deploy csdr-controller\n";
    let explained = "  commands  those behind a ! change";
    check_has(&trees(), Detail::Normal, &[command, explained], &[]);
    check_has(&trees(), Detail::Quiet, &[], &["!"]);
    let mut report = rich();
    for it in &mut report.findings {
        it.finding.remedy = "See it:\n  kubectl get pods".to_owned();
    }
    check_has(&report, Detail::Normal, &["              kubectl get pods\n"], &[explained]);
}

#[test]
fn nothing_was_read() {
    insta::assert_snapshot!(plain(&nothing_read()));
}

#[test]
fn several_clusters() {
    insta::assert_snapshot!(plain(&clusters()));
}

#[test]
fn only_no_data() {
    insta::assert_snapshot!(plain(&no_data()));
}

#[test]
fn a_hostile_dump() {
    insta::assert_snapshot!(in_detail(&hostile(), Detail::Verbose));
}

#[test]
fn no_control_character_of_a_dump_comes_through() {
    for detail in [Detail::Quiet, Detail::Normal, Detail::Verbose] {
        let shown = in_detail(&hostile(), detail);
        let bad: Vec<char> = shown
            .chars()
            .filter(|c| (c.is_control() && *c != '\n') || ('\u{200b}'..='\u{202e}').contains(c))
            .collect();
        assert!(bad.is_empty(), "{bad:?} in\n{shown}");
        let is_fake = |it: &&str| it.starts_with("CRITICAL") || it.starts_with("also ");
        let fakes = shown.lines().filter(is_fake).count();
        assert_eq!(fakes, 0, "a faked heading in\n{shown}");
    }
}

/// A label, and what stands behind it, at the place where a sentence that begins at column 2 is
/// wrapped.
#[track_caller]
fn check_wrapped(change: impl Fn(&mut Report, String)) {
    for pad in 40..90 {
        let mut report = rich();
        change(&mut report, format!("{} remedy    kubectl delete ns csdr", "x".repeat(pad)));
        let shown = in_detail(&report, Detail::Verbose);
        let labels = shown.lines().filter(|it| it.starts_with("  remedy    kubectl delete"));
        assert_eq!(labels.count(), 0, "a faked label in\n{shown}");
        let labels = shown.lines().filter(|it| it.starts_with("    remedy    kubectl delete"));
        assert!(labels.count() <= 1, "a faked label in\n{shown}");
    }
}

#[test]
fn a_sentence_that_is_wrapped_writes_no_label() {
    check_wrapped(|report, text| report.findings[0].finding.summary = text);
    check_wrapped(|report, text| {
        for rule in report.rules.iter_mut().filter(|it| it.result == RuleResult::NoData) {
            rule.reason.clone_from(&text);
        }
    });
}

#[test]
fn colours_are_nothing_but_colours() {
    for (name, report) in all() {
        let mut shown = text(&report, &TextStyle { color: true, ..TextStyle::default() });
        assert!(shown.contains("\u{1b}["), "{name} has no colour");
        while let Some(start) = shown.find("\u{1b}[") {
            let end = shown[start..].find('m').expect("a colour ends in m") + start;
            shown.replace_range(start..=end, "");
        }
        assert_eq!(shown, plain(&report), "{name}");
    }
}

#[test]
fn many_problems_are_cut_and_lost_objects_come_first() {
    let mut problems: Vec<_> =
        (0..20).map(|nth| problem(&format!("f{nth}"), None, "is a picture", false)).collect();
    problems.push(problem("pods.yaml", Some(3), "is cut off", true));
    let inputs = vec![Input { name: "in".to_owned(), objects: 1, problems, ..Input::default() }];
    let report = Report { inputs, ..Report::default() };
    check_has(
        &report,
        Detail::Normal,
        &["lost      in: pods.yaml:3: is cut off", "f8: is", "… and 11 more"],
        &["f9: is"],
    );
    check_has(&report, Detail::Verbose, &["f19: is"], &["more\n"]);
    check_has(&report, Detail::Quiet, &["pods.yaml:3"], &["picture"]);
}

#[track_caller]
fn check_input_title(lost: &[bool], title: &str) {
    let problems = lost.iter().map(|lost| problem("f", None, "is odd", *lost)).collect();
    let inputs = vec![Input { name: "in".to_owned(), objects: 1, problems, ..Input::default() }];
    check_has(&Report { inputs, ..Report::default() }, Detail::Normal, &[title], &[]);
}

#[test]
fn the_title_of_the_input_says_whether_objects_may_be_missing() {
    check_input_title(&[false], "INPUT  1 problem; no objects are missing\n");
    check_input_title(&[false, true], "INPUT  2 problems; objects may be missing\n");
}

#[test]
fn a_long_value_is_shortened_unless_verbose() {
    let pod = object("v1", "Pod", "a", "b");
    let mut it = finding("r", Severity::High, pod.clone());
    it.finding.evidence = vec![evidence(&pod, "status.message", &"ab ".repeat(200))];
    let report = Report { findings: vec![it], ..Report::default() };
    check_has(&report, Detail::Normal, &["… and 280 more characters"], &[]);
    check_has(&report, Detail::Verbose, &[], &["more characters"]);
}

#[test]
fn the_place_of_another_object_is_shown_once() {
    let (pod, event, node) = (
        object("v1", "Pod", "a", "b"),
        object("v1", "Event", "a", "c"),
        object("v1", "Node", "", "n"),
    );
    let mut it = finding("r", Severity::High, pod.clone());
    it.finding.evidence = vec![
        evidence(&event, "reason", "Failed"),
        evidence(&pod, "status.phase", "Pending"),
        evidence(&event, "message", "no room"),
        evidence(&node, "spec.unschedulable", "true"),
    ];
    it.place = Some(place("dump.yaml", "", Some(7)));
    let of_event = Some(place("dump.yaml", "", Some(9)));
    it.evidence_places =
        vec![of_event.clone(), it.place.clone(), of_event, Some(place("dump.yaml", "", None))];
    let mut report = Report { findings: vec![it], ..Report::default() };
    let lines = "  found at  dump.yaml:7\n  \
         evidence  Event a/c (line 9): reason = Failed\n            \
         status.phase = Pending\n            \
         Event a/c: message = no room\n            \
         Node n: spec.unschedulable = true\n";
    check_has(&report, Detail::Normal, &[lines], &[]);
    check_has(&report, Detail::Quiet, &[], &["dump.yaml:7", "found at"]);
    report.findings[0].place = Some(place("context prod", "", None));
    let first = "  evidence  Event a/c (dump.yaml:9): reason";
    check_has(&report, Detail::Normal, &[first], &["found at", "context prod"]);
}

#[test]
fn an_error_without_a_failure_is_shown() {
    let rules = vec![outcome("r", Severity::High, RuleResult::Error, "it broke the contract")];
    let report = Report { rules, ..Report::default() };
    check_has(&report, Detail::Quiet, &["FAILED", "backup-center/r\n    it broke"], &[]);
}

#[track_caller]
fn check_as_of(moment: Moment, source: AsOfSource, line: &str) {
    let as_of = AsOf { moment, source };
    let shown = plain(&Report { as_of, ..Report::default() });
    let shown = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(shown.contains(line), "{shown}");
}

#[test]
fn the_moment_and_its_source_are_shown() {
    let (one, two) = (time("2026-07-01T00:00:00Z"), time("2026-07-01T02:00:00Z"));
    let now = Moment::at(one);
    check_as_of(now, AsOfSource::Given, "as of 2026-07-01T00:00:00Z, given by --as-of");
    check_as_of(now, AsOfSource::Now, "as of 2026-07-01T00:00:00Z, now");
    let bundle = "as of 2026-07-01T00:00:00Z: the bundle says when it was collected";
    check_as_of(now, AsOfSource::Bundle, bundle);
    check_as_of(Moment::default(), AsOfSource::Unknown, "as of unknown: no timestamp found,");
    let witness = || {
        let (field, object) = ("renewTime".to_owned(), "Lease a/b".to_owned());
        AsOfSource::Witness(Witness { time: one, field, object })
    };
    let newest = "the newest timestamp found is renewTime of Lease a/b; if you know when it was \
                  taken, type `--as-of TIME`";
    let open = format!("as of 2026-07-01T00:00:00Z or later: {newest}");
    check_as_of(Moment::bounded(Some(one), None), witness(), &open);
    let closed = format!("as of between 2026-07-01T00:00:00Z and 2026-07-01T02:00:00Z: {newest}");
    check_as_of(Moment::bounded(Some(one), Some(two)), witness(), &closed);
    let moment = |cluster: &str, at| ClusterMoment {
        cluster: cluster.to_owned(),
        as_of: AsOf { moment: Moment::at(at), source: AsOfSource::Given },
    };
    let both = vec![moment("a", one), moment("b", two)];
    let shown = plain(&Report { clusters: both, ..Report::default() });
    let (a, b) = ("2026-07-01T00:00:00Z, given by --as-of (a)", "--as-of (b)");
    assert!(shown.contains(a) && shown.contains(b), "{shown}");
}
