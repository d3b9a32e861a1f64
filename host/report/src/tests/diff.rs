//! Two reports beside each other: how each finding has changed, what is told of both, and that each
//! format shows it.

use rulebox_core::{
    ClusterMoment, ClusterUid, Concerns, Input, PackFailure, Problem, Report, ReportedFinding,
    RuleResult, Severity, Suppression, SuppressionSource,
};
use serde_json::Value;

use super::{
    formats::sarif_schema,
    sample::{finding, hostile, object, outcome, rich, trees},
};
use crate::{
    Detail, DiffView, arrange, diff, diff_csv, diff_github, diff_html, diff_json, diff_junit,
    diff_markdown, diff_sarif, diff_text, diff_yaml, identify, view::ReportView,
};

/// A report of these findings, each `severity rule name`; behind `!` one that is suppressed. Of
/// the rules `one` and `two`, both could judge.
fn report(findings: &[&str]) -> Report {
    let of = |line: &&str| -> ReportedFinding {
        let words: Vec<_> = line.trim_end_matches('!').split(' ').collect();
        let [severity, rule, name] = words[..] else { panic!("{line}: severity rule name") };
        let severity = severity.parse().expect("a severity");
        let mut it = finding(rule, severity, object("v1", "Pod", "n", name));
        it.finding.summary = format!("Pod {name} has a problem.");
        it.suppressed = line.ends_with('!').then(Suppression::default);
        it
    };
    let mut findings: Vec<_> = findings.iter().map(of).collect();
    identify(&mut findings);
    let rules = ["one", "two"].map(|it| outcome(it, Severity::High, RuleResult::Fail, ""));
    arrange(Report { findings, rules: rules.into(), ..Report::default() })
}

fn compared(old: &Report, new: &Report) -> DiffView {
    diff(("old.json", &ReportView::from(old)), ("new.json", &ReportView::from(new)))
}

/// How findings have changed, each as `change severity name: what it was`; `*` stands before those
/// that make a comparison fail.
#[track_caller]
fn check(old: &Report, new: &Report, want: &[&str]) {
    let found = compared(old, new);
    let line = |it: &crate::diff::Entry<'_>| {
        let star = if it.counts { "*" } else { "" };
        let note = if it.note.is_empty() { String::new() } else { format!(": {}", it.note) };
        let (finding, change) = (it.finding, it.change.as_str());
        format!("{star}{change} {} {}{note}", finding.severity, finding.subject.name)
    };
    let got: Vec<_> = found.entries().iter().map(line).collect();
    assert_eq!(got, want);
    assert_eq!(found.counted().count(), want.iter().filter(|it| it.starts_with('*')).count());
}

#[test]
fn a_finding_of_one_side_alone_is_new_or_gone() {
    let (old, new) = (report(&["high one a"]), report(&["high one b", "low two c"]));
    check(&old, &new, &["*new high b", "*new low c", "gone high a"]);
}

#[test]
fn a_finding_of_both_sides_is_the_same_or_has_changed() {
    let old = report(&["high one a", "high one b", "low two c"]);
    let new = report(&["high one a", "low one b", "high two c"]);
    let want = ["*changed high c: severity low", "changed low b: severity high", "same high a"];
    check(&old, &new, &want);
}

#[test]
fn what_is_known_does_not_count_until_it_is_not() {
    let old = report(&["high one a!", "high one b"]);
    let new = report(&["high one a", "high one b!", "high two c!"]);
    let want = ["new high c", "*changed high a: suppressed", "changed high b: not suppressed"];
    check(&old, &new, &want);
}

#[test]
fn what_only_a_baseline_makes_known_counts_here() {
    let mut new = report(&["high one a!"]);
    new.findings[0].suppressed =
        Some(Suppression { source: SuppressionSource::Baseline, ..Suppression::default() });
    check(&report(&[]), &new, &["*new high a"]);
}

#[test]
fn what_the_other_side_could_not_judge_is_neither_new_nor_gone() {
    let (mut old, new) = (report(&["high one a"]), report(&["high two b"]));
    old.rules[1] = outcome("two", Severity::High, RuleResult::NoData, "it holds no Pod");
    let mut blind = new.clone();
    blind.rules.retain(|it| it.rule.id != "one");
    let want = [
        "*unknown high b: found after; before: it holds no Pod",
        "unknown high a: found before; after: the rule backup-center/one was not asked",
    ];
    check(&old, &blind, &want);
}

#[test]
fn what_a_pack_that_failed_would_have_found_is_not_gone() {
    let (old, mut new) = (report(&["high one a"]), report(&[]));
    new.rules.clear();
    for (name, told) in [
        ("backup-center", "the pack backup-center failed"),
        ("packs/b.wasm", "the rule backup-center/one was not asked; packs/b.wasm failed"),
    ] {
        new.failures = vec![PackFailure::of_pack(
            name.to_owned(),
            "trap",
            "it ended".to_owned(),
            String::new(),
        )];
        check(&old, &new, &[&format!("unknown high a: found before; after: {told}")]);
    }
}

#[test]
fn a_report_beside_itself_is_the_same() {
    for report in [rich(), hostile(), trees(), report(&["high one a", "low two b!"])] {
        let found = compared(&report, &report);
        assert_eq!(found.same.len(), report.findings.len());
        assert!(found.entries().iter().all(|it| it.change.as_str() == "same" && !it.counts));
        let others = found.warnings.iter().filter(|it| !it.contains(" was not read in full: "));
        assert_eq!(others.count(), 0, "{:#?}", found.warnings);
    }
}

#[test]
fn the_mirror_of_a_comparison_is_that_of_its_sides_exchanged() {
    let all = [
        rich(),
        trees(),
        report(&["high one a", "low two b"]),
        report(&["low one a", "low two c!"]),
        Report::default(),
    ];
    let names = |all: &[crate::view::FindingView]| -> Vec<String> {
        let mut names: Vec<_> = all.iter().map(|it| it.fingerprint.clone()).collect();
        names.sort();
        names
    };
    for old in &all {
        for new in &all {
            let (found, mirror) = (compared(old, new), compared(new, old));
            assert_eq!(names(&found.new), names(&mirror.gone));
            assert_eq!(names(&found.gone), names(&mirror.new));
            assert_eq!(names(&found.same), names(&mirror.same));
            let changed = |it: &DiffView| -> Vec<_> {
                let mut all: Vec<_> =
                    it.changed.iter().map(|it| it.new.fingerprint.clone()).collect();
                all.sort();
                all
            };
            assert_eq!(changed(&found), changed(&mirror));
            assert_eq!(found.unknown.len(), mirror.unknown.len());
        }
    }
}

/// What is told of two reports beside their findings: some words of each, in order.
#[track_caller]
fn check_warnings(old: &Report, new: &Report, want: &[&str]) {
    let found = compared(old, new).warnings;
    assert_eq!(found.len(), want.len(), "{found:#?}");
    for (found, want) in found.iter().zip(want) {
        assert!(found.contains(want), "{found}");
    }
}

fn of_cluster(name: &str, uid: &str) -> Report {
    let cluster = name.to_owned();
    let clusters =
        vec![ClusterMoment { cluster: cluster.clone(), as_of: rulebox_core::AsOf::default() }];
    let cluster_uids = vec![ClusterUid { cluster, uid: uid.to_owned() }];
    Report {
        clusters: if name.is_empty() { Vec::new() } else { clusters },
        cluster_uids: if uid.is_empty() { Vec::new() } else { cluster_uids },
        ..Report::default()
    }
}

#[test]
fn different_clusters_are_told() {
    let two_uids = "the uid of the Namespace kube-system is u1 in the one and u2 in the other";
    check_warnings(&of_cluster("", "u1"), &of_cluster("", "u2"), &[two_uids]);
    check_warnings(&of_cluster("east", "u1"), &of_cluster("", "u2"), &[two_uids]);
    let names = "the one is of `east`, the other of `west`";
    check_warnings(&of_cluster("east", ""), &of_cluster("west", "u1"), &[names]);
}

#[test]
fn one_cluster_by_two_names_is_one() {
    check_warnings(&of_cluster("east", "u1"), &of_cluster("west", "u1"), &[]);
    check_warnings(&of_cluster("", ""), &of_cluster("west", "u1"), &[]);
}

#[test]
fn objects_of_one_name_with_other_uids_may_be_of_other_clusters() {
    let of = |uids: [&str; 2]| {
        let mut report = report(&["high one a", "high one b"]);
        let objects = report.findings.iter_mut().map(|it| &mut it.finding.subject);
        objects.zip(uids).for_each(|(it, uid)| uid.clone_into(&mut it.uid));
        report
    };
    check_warnings(&of(["u1", "u2"]), &of(["v1", "v2"]), &["may be of different clusters: each"]);
    check_warnings(&of(["u1", ""]), &of(["v1", "v2"]), &["different clusters: the object that"]);
    // One was made anew.
    check_warnings(&of(["u1", "u2"]), &of(["v1", "u2"]), &[]);
    check_warnings(&of(["", ""]), &of(["v1", "v2"]), &[]);
}

#[test]
fn sides_that_were_exchanged_are_told() {
    let at = |time: &str| {
        let mut report = report(&[]);
        let time = time.parse().expect("a time");
        report.as_of.moment = rulebox_core::Moment::at(time);
        report
    };
    let (first, second) = (at("2026-09-14T00:00:00Z"), at("2026-09-15T00:00:00Z"));
    check_warnings(&first, &second, &[]);
    check_warnings(&second, &first, &["which is earlier: the older one is named first"]);
}

#[test]
fn rules_that_can_no_longer_judge_are_told() {
    let (old, mut new) = (report(&["high one a"]), report(&["high one a"]));
    let blind = outcome("two", Severity::High, RuleResult::NoData, "it holds no Pod");
    new.rules[1] = blind;
    let told = "new.json cannot judge by rules by which old.json could: backup-center/two (it \
                holds no Pod)";
    check_warnings(&old, &new, &[told]);
    check_warnings(&new, &new, &[]);
    check_warnings(&new, &old, &[]);
    for (format, text) in all_formats(&compared(&old, &new)) {
        assert!(format == "csv" || text.contains("center/two"), "{format}: {text}");
    }
}

#[test]
fn a_side_that_was_not_read_is_told_and_no_success() {
    let input = |reason: &str, objects: usize| {
        let lost = Problem {
            reason: reason.to_owned(),
            concerns: Concerns::Everything,
            ..Problem::default()
        };
        let problems = if reason.is_empty() { Vec::new() } else { vec![lost] };
        let input =
            Input { name: "dump".to_owned(), files: 1, objects, problems, ..Input::default() };
        Report { inputs: vec![input], ..Report::default() }
    };
    let good = input("", 1);
    let is_successful = |old: &Report, new: &Report| {
        let sarif: Value = serde_json::from_str(&diff_sarif(&compared(old, new))).expect("JSON");
        sarif["runs"][0]["invocations"][0]["executionSuccessful"].clone()
    };
    assert_eq!(is_successful(&good, &good), true);
    let cut = input("the text ends in the middle", 1);
    let told = "new.json was not read in full: dump: the text ends in the middle";
    check_warnings(&good, &cut, &[told]);
    assert_eq!(is_successful(&good, &cut), false);
    let empty = "old.json was not read in full: it holds no object of Kubernetes";
    check_warnings(&input("", 0), &good, &[empty]);
    assert_eq!(is_successful(&input("", 0), &good), false);
    assert!(diff_junit(&compared(&good, &cut)).contains("<error "));
}

/// A comparison with a finding of each sort.
fn of_each_sort() -> DiffView {
    let mut old = report(&["high one same", "low one worse", "high one gone", "high two unseen"]);
    let new = report(&["high one same", "high one worse", "critical one new"]);
    let mut blind = new.clone();
    blind.rules[1] = outcome("two", Severity::High, RuleResult::NoData, "it holds no Pod");
    old.cluster_uids = vec![ClusterUid { cluster: String::new(), uid: "u1".to_owned() }];
    blind.cluster_uids = vec![ClusterUid { cluster: String::new(), uid: "u2".to_owned() }];
    compared(&old, &blind)
}

fn all_formats(diff: &DiffView) -> [(&'static str, String); 9] {
    [
        ("text", diff_text(diff, 80, Detail::Verbose)),
        ("json", diff_json(diff)),
        ("yaml", diff_yaml(diff)),
        ("html", diff_html(diff)),
        ("markdown", diff_markdown(diff)),
        ("sarif", diff_sarif(diff)),
        ("junit", diff_junit(diff)),
        ("github", diff_github(diff)),
        ("csv", diff_csv(diff)),
    ]
}

#[test]
fn each_format_names_what_is_new_and_that_the_clusters_differ() {
    for (format, text) in all_formats(&of_each_sort()) {
        assert!(text.contains("Pod new has a problem."), "{format}: {text}");
        // A table for a spreadsheet has rows of findings alone.
        assert!(format == "csv" || text.contains("different clusters"), "{format}: {text}");
    }
}

#[test]
fn the_page_shows_a_finding_as_the_page_of_a_report_does() {
    let mut new = report(&["high one worse"]);
    new.findings[0].finding.remedy = "Look:\n  kubectl get pods\n  kubectl delete pod x".to_owned();
    let page = diff_html(&compared(&report(&["low one worse"]), &new));
    for part in [
        "<header class=\"top\">",
        "<article class=\"finding depth-0 high\">",
        "<h3><span class=\"badge high\">high</span> ",
        "<div class=\"was\">was: severity low</div>",
        "<div class=\"command\"><pre><code>kubectl get pods</code></pre></div>",
        "<div class=\"command change\"><span class=\"effect\">changes the cluster</span>",
        "<a href=\"#changed\"><span>Changed</span> <span class=\"count\">1</span></a>",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    // That is for those who cannot see.
    assert!(!page.contains("class=\"because\""), "{page}");
    let script = page.split_once("<script>").expect("a script").1;
    let script = script.split_once("</script>").expect("its end").0;
    assert!(
        page.contains(&format!("script-src &#39;{}", crate::html::digest(script)))
            || page.contains(&format!("script-src '{}'", crate::html::digest(script))),
        "{page}"
    );
}

#[test]
fn a_text_for_people() {
    insta::assert_snapshot!(diff_text(&of_each_sort(), 80, Detail::Normal));
}

#[test]
fn a_quiet_text_is_a_line_for_each_finding() {
    let text = diff_text(&of_each_sort(), usize::MAX, Detail::Quiet);
    let of = |name: &str| text.lines().filter(|it| it.contains(&format!("Pod {name} "))).count();
    assert_eq!(["new", "worse", "gone", "unseen", "same"].map(of), [1, 1, 1, 1, 0], "{text}");
}

#[test]
fn sarif_has_the_word_for_each_change() {
    let sarif: Value = serde_json::from_str(&diff_sarif(&of_each_sort())).expect("JSON");
    let run = &sarif["runs"][0];
    let results = run["results"].as_array().expect("results");
    let states: Vec<_> = results
        .iter()
        .map(|it| {
            let name = it["locations"][0]["logicalLocations"][0]["name"].as_str();
            format!("{} {}", name.unwrap_or_default(), it["baselineState"].as_str().unwrap_or("-"))
        })
        .collect();
    assert_eq!(states, ["new new", "worse updated", "gone absent", "same unchanged"]);
    let notes = &run["invocations"][0]["toolExecutionNotifications"];
    assert!(notes.to_string().contains("Pod unseen has a problem."), "{notes}");
    let errors = sarif_schema().iter_errors(&sarif).map(|it| it.to_string()).collect::<Vec<_>>();
    assert!(errors.is_empty(), "{errors:#?}");
}

#[test]
fn junit_fails_what_counts_and_nothing_else() {
    let text = diff_junit(&of_each_sort());
    assert_eq!(text.matches("<failure ").count(), 2, "{text}");
    assert_eq!(text.matches("<skipped ").count(), 2, "{text}");
    assert!(text.contains("<testsuite name=\"Gone\" tests=\"1\" disabled=\"0\" errors=\"0\""));
}

#[test]
fn json_and_yaml_are_read_back() {
    let found = of_each_sort();
    assert_eq!(serde_json::from_str::<DiffView>(&diff_json(&found)).expect("JSON"), found);
    assert_eq!(serde_saphyr::from_str::<DiffView>(&diff_yaml(&found)).expect("YAML"), found);
}

#[test]
fn nothing_of_others_acts_in_any_format() {
    let (nothing, report) = (Report::default(), hostile());
    let view = ReportView::from(&report);
    let both = [
        diff(("a\u{1b}\n", &ReportView::from(&nothing)), ("b\u{202e}", &view)),
        diff(("a\u{1b}\n", &view), ("b\u{202e}", &ReportView::from(&nothing))),
        diff(("a", &view), ("b", &view)),
    ];
    for found in both {
        for (format, text) in all_formats(&found) {
            let acts = |c: char| c != '\n' && rulebox_core::text::is_hidden(c);
            assert!(!text.contains(acts), "{format}: {text:?}");
        }
    }
}

#[test]
fn no_line_of_a_text_is_a_command_of_a_pipeline() {
    let mut new = report(&["high one a"]);
    new.findings[0].finding.summary = "x ::error::y ##[group]z".to_owned();
    new.findings[0].finding.remedy = "::warning::a\n  ::error::b".to_owned();
    for width in [22, 80, usize::MAX] {
        let text = diff_text(&compared(&report(&[]), &new), width, Detail::Verbose);
        for line in text.lines() {
            let acts = line.trim_start().starts_with("::") || line.contains("##[");
            assert!(!acts, "{text}");
        }
    }
}
