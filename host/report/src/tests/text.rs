//! The text for people: its sections, its limits, and what a hostile dump cannot do to it.

use rulebox_core::{
    AsOf, AsOfSource, ClusterMoment, Coverage, Input, Moment, NeedCoverage, Report, RuleInfo,
    RuleOutcome, RuleResult, Severity, Witness,
};

use super::sample::{
    all, clusters, coverage, evidence, finding, hostile, no_data, nothing_read, object, outcome,
    place, problem, rich, time, trees,
};
use crate::{Collect, Detail, Links, TextStyle, text};

fn plain(report: &Report) -> String {
    text(report, &TextStyle::default(), None)
}

fn text_of(report: &Report, style: &TextStyle) -> String {
    text(report, style, None)
}

fn in_detail(report: &Report, detail: Detail) -> String {
    text(report, &TextStyle { detail, ..TextStyle::default() }, None)
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
    insta::assert_snapshot!(text(&rich(), &style, None));
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
            rule.reasons = vec![text.clone()];
        }
    });
}

#[test]
fn colours_are_nothing_but_colours() {
    for (name, report) in all() {
        let mut shown = text(&report, &TextStyle { color: true, ..TextStyle::default() }, None);
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
    check_input_title(&[false], "INPUT  1 problem; what was read is whole\n");
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
    check_has(&report, Detail::Normal, &["FAILED", "backup-center/r\n    it broke"], &[]);
    check_has(&report, Detail::Quiet, &["FAILED  backup-center/r  it broke the contract\n"], &[]);
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

/// A need of a kind, `Backup.velero.io`, in these namespaces, of which so many objects were seen.
fn need(id: &str, kind: &str, namespaces: &[&str], selected: usize, reason: &str) -> NeedCoverage {
    let (kind, group) = kind.split_once('.').unwrap_or((kind, ""));
    let how = match (reason, selected) {
        ("", _) => Coverage::Complete,
        (_, 0) => Coverage::Absent,
        _ => Coverage::Partial,
    };
    let namespaces = namespaces.iter().map(|&it| it.to_owned()).collect();
    NeedCoverage { namespaces, ..coverage(id, group, kind, how, selected, reason) }
}

/// A report of one file with these needs, and rules that require some of them: each passes where
/// they are covered.
fn judged(needs: &[NeedCoverage], rules: &[(&str, &[&str])]) -> Report {
    let rules = rules.iter().map(|(id, requires)| {
        let requires: Vec<_> = requires.iter().map(|&it| it.to_owned()).collect();
        let lacking = needs.iter().filter(|it| requires.contains(&it.need));
        let mut reasons: Vec<_> = lacking.map(|it| it.reason.clone()).collect();
        reasons.retain(|it| !it.is_empty());
        let result = if reasons.is_empty() { RuleResult::Pass } else { RuleResult::NoData };
        let rule = outcome(id, Severity::High, result, "");
        RuleOutcome { reasons, rule: RuleInfo { requires, ..rule.rule }, ..rule }
    });
    Report {
        rules: rules.collect(),
        coverage: needs.to_vec(),
        inputs: vec![Input { name: "in".to_owned(), objects: 9, ..Input::default() }],
        ..Report::default()
    }
}

/// The sections before the summary, and what stands behind it, where a command can be offered.
fn parts(report: &Report, detail: Detail) -> (String, String) {
    let collect = Collect { script: "SCRIPT".to_owned(), bundle: "BUNDLE".to_owned() };
    let style = TextStyle { detail, ..TextStyle::default() };
    let shown = text(report, &style, Some(&collect));
    let (body, end) = shown.split_once("SUMMARY").expect("a summary");
    let end = end.split_once("\nDO FIRST\n").map_or("", |it| it.1);
    (body.to_owned(), end.to_owned())
}

fn body(report: &Report, detail: Detail) -> String {
    parts(report, detail).0
}

#[track_caller]
fn check_body(report: &Report, want: &str, offers: bool) {
    let (body, end) = parts(report, Detail::Normal);
    assert_eq!(body, want);
    assert_eq!(end.contains("\n              SCRIPT\n"), offers, "{end}");
}

fn none(id: &str, kind: &str) -> NeedCoverage {
    need(id, kind, &[], 0, &format!("the input holds no {kind}"))
}

#[test]
fn each_missing_kind_is_named_once_with_its_rules() {
    let needs =
        [none("backup", "Backup.velero.io"), none("pod", "Pod"), need("node", "Node", &[], 2, "")];
    let rules: [(&str, &[&str]); 3] =
        [("a", &["backup"]), ("b", &["pod", "backup"]), ("c", &["node"])];
    let want = "NO DATA  2 rules could not judge: this is not a pass\n  \
         backup-center: 2 of 3 rules\n    \
         the input holds none of these\n      \
         Backup.velero.io: a, b\n      Pod: b\n";
    // Nodes show that something of the pack is there: it has no kinds of its own but one.
    let mut report = judged(&needs, &rules);
    report.coverage.push(need("vault", "Vault.example.org", &[], 1, ""));
    check_body(&report, &format!("{want}\n"), true);
    let offer = "DO FIRST\n  collect   nothing was found, but 2 rules could not judge: \
         this is not a pass.\n            \
         This writes a script; run it where kubectl reaches the cluster, and\n            \
         check the archive that it leaves:\n              SCRIPT\n            \
         Or, with access to the cluster:\n              BUNDLE\n";
    let end = format!("DO FIRST\n{}", parts(&report, Detail::Normal).1);
    assert_eq!(end, offer);
    let not_offered = "  no data   nothing was found, but 2 rules could not judge: \
         this is not a pass;\n            NO DATA says why\n";
    assert!(plain(&report).ends_with(not_offered), "{}", plain(&report));
}

#[test]
fn a_kind_whose_name_begins_another_is_named_too() {
    let needs = [none("pod", "Pod"), none("group", "PodGroup.example.org")];
    let mut report = judged(&needs, &[("a", &["pod", "group"])]);
    report.coverage.push(need("vault", "Vault.example.org", &[], 1, ""));
    // As a run gives them.
    report.rules[0].reasons.remove(0);
    let kinds = "      Pod: a\n      PodGroup.example.org: a\n";
    check_has(&report, Detail::Normal, &[kinds], &[]);
}

#[test]
fn what_a_tool_leaves_out_is_said_once_and_not_how_to_add_each() {
    let reason =
        |it: &str| format!("a bundle holds no custom resources: add `kubectl get {it} -A`");
    let needs = [
        need("backup", "Backup.velero.io", &[], 0, &reason("backups.velero.io")),
        need("schedule", "Schedule.velero.io", &[], 0, &reason("schedules.velero.io")),
        need("vault", "Vault.example.org", &[], 1, ""),
    ];
    let report = judged(&needs, &[("a", &["backup"]), ("b", &["schedule"])]);
    let title = "NO DATA  2 rules could not judge: this is not a pass\n  \
         backup-center: 2 of 2 rules\n";
    let kinds = "      Backup.velero.io: a\n      Schedule.velero.io: b\n";
    let once = format!("{title}    a bundle holds no custom resources\n{kinds}\n");
    check_body(&report, &once, true);
    let joined = "    a bundle holds no custom resources: add\n        \
         `kubectl get backups.velero.io,schedules.velero.io -A`\n";
    let resources = "      backups.velero.io: a\n      schedules.velero.io: b\n";
    check_has(&report, Detail::Normal, &[&format!("{joined}{resources}")], &[]);
}

#[test]
fn kinds_that_are_refused_share_a_reason() {
    let refused = |it: &str| {
        format!(
            "forbidden: cannot list {it} in namespace csdr; grant `list` on `{it}` in csdr to \
             `ops` by a Role"
        )
    };
    let needs = [
        need("backup", "Backup.velero.io", &["csdr"], 0, &refused("backups.velero.io")),
        need("pod", "Pod", &["csdr"], 0, &refused("pods")),
    ];
    let report = judged(&needs, &[("a", &["backup"]), ("b", &["pod"])]);
    let want = "    forbidden: cannot list these in namespace csdr; grant `list` on them in \
         csdr\n        to `ops` by a Role\n      backups.velero.io: a\n      pods: b\n";
    check_has(&report, Detail::Normal, &[want], &["COVERAGE", "none of its objects"]);
}

#[test]
fn a_loss_is_said_once_beside_the_kinds_that_are_missing() {
    let lost = problem("", Some(7), "is cut off; what follows is left out", true);
    let described = "in:7: is cut off; what follows is left out";
    let needs = [
        need("pod", "Pod", &[], 2, described),
        need("node", "Node", &[], 0, &format!("the input holds no Node; {described}")),
        need("event", "Event", &[], 1, described),
    ];
    let mut report = judged(&needs, &[("a", &["pod"]), ("b", &["node"])]);
    report.inputs[0].problems.push(lost);
    let want = "NO DATA  2 rules could not judge: this is not a pass\n  \
         backup-center: 2 of 2 rules\n    \
         the input holds no Node\n      b\n    \
         in:7: is cut off; what follows is left out\n      a, b\n";
    let shown = body(&report, Detail::Normal);
    assert!(shown.starts_with(&format!("{want}\nINPUT")), "{shown}");
}

#[test]
fn a_command_is_offered_only_where_it_would_help() {
    let mut report = judged(&[], &[]);
    report.rules = vec![outcome("r", Severity::High, RuleResult::NoData, "the age is not known")];
    let want = "NO DATA  1 rule could not judge: this is not a pass\n  \
         backup-center: 1 of 1 rule\n    the age is not known\n      r\n\n";
    check_body(&report, want, false);
    report.rules[0].result = RuleResult::Error;
    assert!(!parts(&report, Detail::Normal).1.contains("SCRIPT"));
}

#[test]
fn a_rule_with_findings_says_what_it_could_not_judge() {
    let mut report = judged(&[], &[]);
    report.rules = vec![outcome("r", Severity::High, RuleResult::Fail, "vault b is redacted")];
    let want = "NOT JUDGED  1 rule with findings could not judge all\n  \
         vault b is redacted\n    r\n\n";
    check_body(&report, want, false);
    assert!(body(&report, Detail::Verbose).contains("vault b is redacted"));
    assert!(!body(&report, Detail::Quiet).contains("vault b is redacted"));
    assert!(body(&report, Detail::Quiet).contains("NOT JUDGED"));
}

/// A pack about vaults and the pods of csdr, in a cluster that has neither.
fn elsewhere() -> Report {
    let mut labelled = need("agent", "Pod", &["kube-system"], 0, "");
    labelled.label_selector = "app=agent".to_owned();
    let needs = [
        none("backup", "Backup.velero.io"),
        none("restore", "Restore.velero.io"),
        none("vault", "Vault.example.org"),
        need(
            "pod",
            "Pod",
            &["csdr"],
            0,
            "the input holds Pod of other namespaces, and none of csdr",
        ),
        need("node", "Node", &[], 3, ""),
        labelled,
    ];
    judged(
        &needs,
        &[
            ("failed", &["backup", "restore"]),
            ("unavailable", &["vault"]),
            ("unhealthy", &["pod"]),
            ("old", &["node"]),
            ("agent-unhealthy", &["agent"]),
        ],
    )
}

#[test]
fn a_pack_of_which_the_input_holds_nothing_is_one_line() {
    let want = "NO DATA  3 rules could not judge: this is not a pass\n  \
         backup-center: the input holds none of its objects (4 kinds, such as\n    \
         Vault.example.org, Backup.velero.io): 3 of its 5 rules could not judge\n";
    check_body(&elsewhere(), &format!("{want}\n"), true);
    let verbose = body(&elsewhere(), Detail::Verbose);
    assert!(verbose.contains("  the input holds no Vault.example.org\n    backup-center/unavail"));
    assert!(verbose.contains("pod: Pod: absent, none found: the input holds Pod of other"));
    let mut two = elsewhere();
    for it in &mut two.rules.iter_mut().filter(|it| it.rule.id == "failed") {
        it.pack = "other".to_owned();
    }
    let backup = NeedCoverage { pack: "other".to_owned(), ..none("backup", "Backup.velero.io") };
    two.coverage
        .push(NeedCoverage { pack: "other".to_owned(), ..none("restore", "Restore.velero.io") });
    two.coverage.push(backup);
    let other = "\n  other: the input holds none of its objects (Backup.velero.io,\n    \
         Restore.velero.io): its one rule could not judge\n";
    check_has(&two, Detail::Normal, &[other, "such as\n"], &["holds none of these"]);
}

#[test]
fn a_pack_whose_kinds_a_cluster_does_not_serve_is_one_line() {
    let mut report = elsewhere();
    let serves =
        |it: &mut String| *it = it.replace("the input holds no ", "the cluster serves no ");
    report.coverage.iter_mut().for_each(|it| serves(&mut it.reason));
    report.rules.iter_mut().flat_map(|it| &mut it.reasons).for_each(serves);
    let want = "backup-center: the cluster holds none of its objects (";
    check_has(&report, Detail::Normal, &[want], &["serves no"]);
}

/// A pack of which something is there, or of which more is to be said, is told kind by kind.
#[track_caller]
fn check_here(change: impl Fn(&mut Report)) {
    let mut report = elsewhere();
    change(&mut report);
    check_has(&report, Detail::Normal, &[], &["none of its objects"]);
}

#[test]
fn a_pack_of_which_something_is_there_is_told_kind_by_kind() {
    let need = |report: &mut Report, id: &str, change: &dyn Fn(&mut NeedCoverage)| {
        let it = report.coverage.iter_mut().find(|it| it.need == id).expect("the need");
        let was = it.reason.clone();
        change(it);
        let now = it.reason.clone();
        let reasons = report.rules.iter_mut().flat_map(|it| &mut it.reasons);
        reasons.filter(|it| **it == was).for_each(|it| it.clone_from(&now));
    };
    check_here(|it| need(it, "pod", &|it| it.selected = 1));
    check_here(|it| need(it, "vault", &|it| it.selected = 1));
    // A rule has judged the pods that it selects by a label.
    check_here(|it| need(it, "agent", &|it| it.selected = 1));
    check_here(|it| need(it, "vault", &|it| it.reason = "forbidden: cannot list it".to_owned()));
    check_here(|it| need(it, "vault", &|it| it.reason = "--namespace a leaves it out".to_owned()));
    check_here(|it| it.rules[1].reasons = vec!["its age is not known".to_owned()]);
    check_here(|it| it.rules[3].result = RuleResult::Fail);
    check_here(|it| it.rules[3].result = RuleResult::Error);
    check_here(|it| {
        need(it, "vault", &|it| it.reason.push_str("; in: is cut off"));
        it.inputs[0].problems.push(problem("", None, "is cut off", true));
    });
}

#[test]
fn coverage_names_the_selection_and_repeats_nothing() {
    let told = "a bundle holds only a";
    let mut system = need("system-pod", "Pod", &["kube-system"], 2, told);
    system.label_selector = "app=x".to_owned();
    let needs = [
        need("pod", "Pod", &["csdr"], 1, told),
        system,
        need("event", "Event", &["csdr", "a"], 4, told),
        need("node", "Node", &[], 4, "a bundle holds few nodes"),
    ];
    let report = judged(&needs, &[("nodes", &["node"])]);
    let want = "\nCOVERAGE  objects may be missing\n  a bundle holds only a\n    \
         Event: 4 found in csdr and a\n    \
         Pod: 1 found in csdr, 2 found in kube-system with app=x\n\n";
    check_has(&report, Detail::Normal, &[want], &[]);
    assert_eq!(plain(&report).matches("few nodes").count(), 1);
    check_has(&report, Detail::Quiet, &[], &["COVERAGE"]);
}

#[test]
fn a_path_that_was_mistyped_is_answered_in_few_lines() {
    let mut report =
        judged(&[none("pod", "Pod"), none("node", "Node")], &[("a", &["pod", "node"])]);
    let reason = "no such file or folder: check the path";
    report.inputs[0].objects = 0;
    report.inputs[0].problems = vec![problem("", None, reason, true)];
    let help = "  help      name a file, a folder or an archive of Kubernetes objects as YAML \
                or\n            JSON\n";
    let want = format!(
        "NOTHING READ  no rule could judge: this is not a pass\n  not read  in: {reason}\n{help}"
    );
    assert_eq!(plain(&report), want);
    assert_eq!(in_detail(&report, Detail::Quiet), want);
    check_has(&report, Detail::Verbose, &["NO DATA", "NOTHING WAS READ"], &[]);
    // What a cluster says of itself is more than that nothing was read.
    let refused = "forbidden: cannot list pods";
    report.coverage[0].reason = refused.to_owned();
    report.rules[0].reasons[0] = refused.to_owned();
    check_has(&report, Detail::Normal, &["NO DATA", refused], &["NOTHING READ "]);
}

#[test]
fn quiet_is_one_line_a_finding_and_one_for_what_a_pack_could_not_judge() {
    let mut report = elsewhere();
    let mut it = finding("old", Severity::High, object("v1", "Node", "", "n"));
    it.finding.summary = "It is old. ".repeat(20).trim().to_owned();
    let old = format!("HIGH  Node n  backup-center/old  {}", it.finding.summary);
    report.findings = vec![it.clone(), it];
    let shown = in_detail(&report, Detail::Quiet);
    let no_data = "NO DATA  backup-center: 3 of 5 rules could not judge: this is not a pass";
    let summary = "SUMMARY  9 objects read; findings: 2 high; rules: 2 pass, 0 fail, 3 no data, \
                   0 error, 0 skipped";
    let lines: Vec<_> = shown.lines().collect();
    assert_eq!(lines, [&*old, &*old, no_data, summary]);
}

#[test]
fn quiet_names_the_cluster_of_each_line() {
    let has = ["HIGH  Pod csdr/velero-0 in dev  backup-center/", "not a pass in test\n"];
    check_has(&clusters(), Detail::Quiet, &has, &["CLUSTER"]);
}

/// So many findings of one rule, each of which another follows from.
fn alike(count: usize) -> Report {
    let mut findings = Vec::new();
    for nth in 0..count {
        let vault = object("v1", "Vault", "a", &format!("v{nth:05}"));
        let mut it = finding("vault-unavailable", Severity::Critical, vault);
        it.finding.summary = "It is unavailable.".to_owned();
        it.finding.remedy = format!(
            "Let whoever owns the bucket allow it, and wait until it was checked again, which \
             takes five minutes at most:\n  kubectl get vaults\nThen see {nth}."
        );
        it.fingerprint = format!("vault{nth}");
        let mut below = finding(
            "backup-failed",
            Severity::High,
            object("v1", "Backup", "a", &format!("b{nth}")),
        );
        below.causes = vec![it.fingerprint.clone()];
        below.fingerprint = format!("backup{nth}");
        findings.extend([it, below]);
    }
    Report { findings, ..Report::default() }
}

#[test]
fn many_that_are_alike_are_a_few_and_how_many_more() {
    let report = alike(500);
    let overview = "OVERVIEW  500 critical, 500 high\n  \
         CRITICAL  Vault a/v00000  vault-unavailable\n    HIGH    Backup a/b0  backup-failed\n  \
         CRITICAL  Vault a/v00001  vault-unavailable\n    HIGH    Backup a/b1  backup-failed\n  \
         CRITICAL  Vault a/v00002  vault-unavailable\n    HIGH    Backup a/b2  backup-failed\n  \
         CRITICAL  … and 497 more of vault-unavailable, and 497 that follow from them\n\n";
    let more = "\nCRITICAL  … and 497 more of backup-center/vault-unavailable, and 497 that follow \
                from them\n  --verbose shows them as the others, --quiet in a line each\n";
    let cut = "  cut       behind … something is left out; --verbose shows all\n";
    let then = "  then      499 other causes, in the order of the overview\n";
    check_has(&report, Detail::Normal, &[overview, more, cut, then], &["v00003"]);
    check_has(&report, Detail::Verbose, &["\nCRITICAL  Vault a/v00499 "], &["…"]);
    check_has(&report, Detail::Quiet, &["\nCRITICAL  Vault a/v00499 "], &["…"]);
    // One more would be as long as the line that says so.
    check_has(&alike(4), Detail::Normal, &["Vault a/v00003"], &["…"]);
}

#[test]
fn what_is_worse_or_of_another_rule_is_not_among_what_is_alike() {
    let mut report = alike(9);
    report.findings[15].finding.severity = Severity::Critical;
    report.findings[17].finding.rule = "backup-stuck".to_owned();
    let has = ["CRITICAL  Backup a/b7", "HIGH    Backup a/b8  backup-stuck", "… and 4 more of"];
    check_has(&report, Detail::Normal, &has, &["a/v00006"]);
}

#[test]
fn of_a_long_chain_the_rest_is_counted() {
    let mut report = alike(150);
    for at in 1..report.findings.len() {
        let above = report.findings[at - 1].fingerprint.clone();
        report.findings[at].causes = vec![above];
    }
    let has = ["\n  … and 200 more findings, none worse than CRITICAL\n\nCRITICAL  Vault a/v00000"];
    check_has(&report, Detail::Normal, &has, &["Vault a/v00050"]);
    check_has(&report, Detail::Verbose, &["also HIGH  Backup a/b149"], &["…"]);
}

#[test]
fn a_remedy_is_said_once_and_other_findings_name_where() {
    let report = alike(2);
    let second = "  remedy    as above, for Vault a/v00000\n            Then see 1.\n";
    check_has(&report, Detail::Normal, &[second], &[]);
    // Once with the finding, and once at the end.
    assert_eq!(plain(&report).matches("kubectl get vaults").count(), 2);
}

#[test]
fn one_finding_needs_no_overview_and_no_end() {
    let mut report = alike(1);
    report.findings.truncate(1);
    let has_not = ["OVERVIEW", "DO FIRST"];
    check_has(&report, Detail::Normal, &["CRITICAL  Vault a/v00000  "], &has_not);
    report.rules = vec![outcome("r", Severity::High, RuleResult::NoData, "the age is not known")];
    let end = "DO FIRST\n  mend      Vault a/v00000  backup-center/vault-unavailable\n            \
         Let whoever owns the bucket allow it, and wait until it was checked\n            \
         again, which takes five minutes at most:\n              kubectl get vaults\n            \
         Its remedy above says more.\n  no data   1 rule could not judge: this is not a pass; NO \
         DATA says why\n";
    assert!(plain(&report).ends_with(end), "{}", plain(&report));
}

#[test]
fn the_end_begins_with_the_tree_of_the_worst() {
    let mut report = alike(2);
    report.findings[0].finding.severity = Severity::Low;
    report.findings[3].finding.severity = Severity::Critical;
    report.findings[2].finding.severity = Severity::Medium;
    report.findings[2].cluster = "b".to_owned();
    report.findings[3].cluster = "b".to_owned();
    let end = "DO FIRST\n  mend      Vault a/v00001 in b  backup-center/vault-unavailable\n";
    check_has(&report, Detail::Normal, &[end], &[]);
}

#[test]
fn what_is_long_is_shortened_unless_verbose() {
    let mut report = alike(1);
    let it = &mut report.findings[0];
    let pod = object("v1", "Pod", "a", "b");
    it.finding.summary = "long ".repeat(2000);
    it.finding.cause = "wide ".repeat(2000);
    it.finding.remedy = format!(
        "Type one:\n  kubectl get {}\nType all:\n{}Then wait.",
        "x".repeat(9000),
        (0..60).map(|nth| format!("  kubectl get p{nth}\n")).collect::<Vec<_>>().concat()
    );
    it.finding.evidence =
        (0..40).map(|nth| evidence(&pod, &format!("p{nth}."), &"ab ".repeat(3000))).collect();
    it.causes = (0..40).map(|nth| format!("cause{nth}")).collect();
    for nth in 0..40 {
        let mut it = finding("other", Severity::Info, object("v1", "Pod", "a", &format!("c{nth}")));
        it.fingerprint = format!("cause{nth}");
        report.findings.push(it);
    }
    let has = [
        "and 9200 more characters",
        "(a command of 9012 characters)",
        "Type all:\n            … and 61 more lines\n",
        "            … and 32 more\n",
        "            … and 34 more\n",
        "--verbose shows all",
    ];
    check_has(&report, Detail::Normal, &has, &["p8.", "Pod a/c39", "kubectl get p0"]);
    let lines = plain(&report).lines().count();
    assert!(lines < 180, "{lines} lines");
    check_has(&report, Detail::Verbose, &["p39.", "kubectl get p59"], &["…"]);
    check_has(&report, Detail::Quiet, &["… and 9680 more characters\n"], &[]);
}

#[test]
fn a_name_without_room_is_shortened_in_the_overview_alone() {
    let name = format!("a{}z", "x".repeat(250));
    let mut report = alike(1);
    report.findings[0].finding.subject.name = name.clone();
    let line = "  CRITICAL  Vault a/axxxxxxxxxxxxxxx…xxxxxxxxxxxxxxxxxxxxxxxz  vault-unavailable\n";
    check_has(&report, Detail::Normal, &[line, &format!("\nCRITICAL  Vault a/{name}")], &[]);
}

#[test]
fn no_line_is_a_command_to_the_runner_of_a_pipeline() {
    for detail in [Detail::Quiet, Detail::Normal, Detail::Verbose] {
        for pad in 0..90 {
            let mut report = alike(1);
            let text = format!("{} ::stop-commands::x ::add-mask::a", "x".repeat(pad));
            let it = &mut report.findings[0].finding;
            (it.summary, it.cause) = (text.clone(), format!("::error::{text}"));
            it.remedy = format!("::error::{text}\n  ::warning::{text}\n##[group]a ##vso[task.b]");
            it.evidence = vec![evidence(&it.subject.clone(), "", &format!("::error::{text}"))];
            for color in [false, true] {
                let style = TextStyle { color, detail, ..TextStyle::default() };
                let shown = anstream::adapter::strip_str(&text_of(&report, &style)).to_string();
                let is_command = |it: &&str| {
                    it.trim_start().starts_with("::") || it.contains("##[") || it.contains("##vso")
                };
                let found: Vec<_> = shown.lines().filter(is_command).collect();
                assert!(found.is_empty(), "{found:?} in\n{shown}");
            }
        }
    }
}

#[test]
fn places_lead_to_their_files_where_links_are_wanted() {
    let pod = object("v1", "Pod", "a", "b");
    let mut it = finding("r", Severity::High, pod);
    it.place = Some(place("in\u{7}", "", Some(7)));
    it.finding.evidence = vec![evidence(&object("v1", "Event", "a", "c"), "reason", "Failed")];
    it.evidence_places = vec![Some(place("b.yaml", "", Some(9)))];
    let report = Report { findings: vec![it], ..Report::default() };
    let mut links = Links::default();
    links.add(("in\u{7}", ""), "host", b"/d/in\x07");
    links.add(("b.yaml", ""), "host", b"/d/b.yaml");
    let shown = text_of(&report, &TextStyle { links, ..TextStyle::default() });
    let link =
        |to: &str, text: &str| format!("\x1b]8;;file://host/d/{to}\x1b\\{text}\x1b]8;;\x1b\\");
    let found = format!("  found at  {}\n", link("in%07", r"in\u{7}:7"));
    let event = format!("  evidence  Event a/c ({}): reason", link("b.yaml", "b.yaml:9"));
    assert!(shown.contains(&found) && shown.contains(&event), "{shown:?}");
    assert_eq!(anstream::adapter::strip_str(&shown).to_string(), plain(&report));
}

#[test]
fn where_a_cluster_has_refused_another_script_is_no_advice() {
    let refused = "forbidden: cannot list pods in namespace csdr; grant `list` on `pods` in csdr \
                   to `ops` by a Role";
    let check = |reason: &str, want: bool| {
        let report = judged(&[need("pod", "Pod", &["csdr"], 0, reason)], &[("a", &["pod"])]);
        assert_eq!(parts(&report, Detail::Normal).1.contains("SCRIPT"), want, "{reason}");
    };
    check(refused, false);
    check("the cluster serves no Pod", false);
    check("the bundle lacks lists/pods@csdr.json, which lists.txt names", true);
    check(&format!("{refused}; the bundle holds no list of pods in namespace a"), true);
}
