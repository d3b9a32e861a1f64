//! The page: how it stands is said in its first words, findings that say the same stand together,
//! and what is left out is told. How a browser shows it is tested in `browser`.

use rulebox_core::{Coverage, Input, MetricType, Report, ReportedFinding, RuleResult, Severity};

use super::sample::{
    coverage, evidence, finding, metric, nothing_read, object, outcome, place, ready, rich, sample,
};
use crate::{
    Collect, Format, Live, PageOptions, RenderOptions, html, page_policy, view::ReportView,
};

fn page(report: &Report) -> String {
    Format::Html.render(report, &RenderOptions::default())
}

/// The class of the first lines, and the headline.
#[track_caller]
fn check_standing(report: &Report, class: &str, words: &str) {
    let page = page(report);
    assert!(page.contains(&format!("<header class=\"top {class}\">")), "{class}: {page}");
    assert!(page.contains(&format!("<title>{words} · Rulebox</title>")), "{words}: {page}");
}

/// A report of one rule with this result.
fn of(result: RuleResult, reason: &str) -> Report {
    let mut report = rich();
    report.findings.clear();
    report.failures.clear();
    report.inputs.iter_mut().for_each(|it| it.problems.clear());
    report.rules = vec![outcome("vault-unavailable", Severity::High, result, reason)];
    report
}

#[test]
fn only_what_was_judged_looks_well() {
    check_standing(&of(RuleResult::Pass, ""), "well", "Nothing found");
    let in_part = "Nothing found in what could be judged";
    check_standing(&of(RuleResult::NoData, "the input holds no Pod"), "partly", in_part);
    check_standing(&of(RuleResult::Skipped, "switched off"), "partly", in_part);
    check_standing(&of(RuleResult::Error, "it trapped"), "partly", in_part);
    check_standing(&of(RuleResult::Fail, "the input holds no Pod"), "partly", in_part);
    let mut failed = of(RuleResult::Pass, "");
    failed.failures = rich().failures;
    check_standing(&failed, "partly", in_part);
    let mut lost = of(RuleResult::Pass, "");
    lost.inputs = rich().inputs;
    check_standing(&lost, "partly", in_part);
    let mut stale = of(RuleResult::Pass, "it waits for Pod");
    stale.rules[0].stale_since = Some(super::sample::time("2026-01-01T00:00:00Z"));
    check_standing(&stale, "partly", in_part);
    check_standing(&nothing_read(), "blind", "Nothing was read");
}

#[test]
fn what_a_cluster_says_of_itself_is_shown_where_nothing_was_read() {
    let mut report = nothing_read();
    let said = |report: &Report| page(report).contains("the connection failed");
    report.rules[0].reasons = vec!["the input holds no Pod".to_owned()];
    assert!(!page(&report).contains("id=\"unjudged\""), "the inputs hold nothing, and that is all");
    report.rules[0].reasons.push("the connection failed".to_owned());
    assert!(said(&report), "{}", page(&report));
}

#[test]
fn the_command_that_collects_is_shown_where_it_would_help() {
    let (script, bundle) = ("rulebox needs --script", "rulebox collect -o x");
    let collect = Collect { script: script.to_owned(), bundle: bundle.to_owned() };
    let options = RenderOptions { collect: Some(collect), ..RenderOptions::default() };
    let mut lacking = of(RuleResult::NoData, "the input holds no Pod");
    lacking.rules[0].rule.requires = vec!["pod".to_owned()];
    lacking.coverage =
        vec![coverage("pod", "", "Pod", Coverage::Absent, 0, "the input holds no Pod")];
    let mut empty = nothing_read();
    empty.rules.clone_from(&lacking.rules);
    empty.coverage.clone_from(&lacking.coverage);
    for report in [lacking, empty] {
        let shown = Format::Html.render(&report, &options);
        assert!(shown.contains(script) && shown.contains(bundle), "{shown}");
        assert!(!page(&report).contains(script), "there is none");
    }
    let all = Format::Html.render(&of(RuleResult::Pass, ""), &options);
    assert!(!all.contains(script), "all was there");
}

#[test]
fn what_a_rule_keeps_says_of_when_it_is() {
    let mut report = rich();
    let rule = report.findings[0].finding.rule.clone();
    let since = "2026-01-01T00:00:00Z";
    for it in report.rules.iter_mut().filter(|it| it.rule.id == rule) {
        it.stale_since = Some(super::sample::time(since));
    }
    let page = page(&report);
    assert!(page.contains("a rule keeps its result of 2026-01-01T00:00:00Z"), "{page}");
    let of_finding = format!("as it was at <time datetime=\"{since}\">{since}</time>");
    assert!(page.contains(&of_finding), "{page}");
}

/// Findings of one rule, of pods with these names.
fn alike(names: &[&str], shape: impl Fn(&mut ReportedFinding)) -> String {
    let mut report = of(RuleResult::Fail, "");
    report.findings = names
        .iter()
        .map(|name| {
            let mut it = finding("rule", Severity::High, object("v1", "Pod", "csdr", name));
            it.finding.summary = format!("{name} restarts");
            it.finding.cause = "It has no memory.".to_owned();
            it.finding.remedy = format!("Look:\n  kubectl get pod {name} -o yaml");
            shape(&mut it);
            it
        })
        .collect();
    page(&ready(report))
}

#[test]
fn of_the_only_file_a_line_is_place_enough() {
    let mut report = rich();
    let (input, path) = ("/srv/dumps/dump.yaml", "");
    for it in &mut report.findings {
        it.place = Some(place(input, path, Some(1347)));
    }
    let short = format!("<code class=\"place\" title=\"{input}:1347\">line 1347</code>");
    let whole = format!("<code class=\"place\">{input}:1347</code>");
    let several = page(&report);
    assert!(several.contains(&whole) && !several.contains(&short), "{several}");
    report.inputs = vec![Input { name: input.to_owned(), files: 1, ..Input::default() }];
    let one = page(&report);
    assert!(one.contains(&short) && !one.contains(&whole), "{one}");
}

#[test]
fn what_was_not_judged_is_told_as_the_first_lines_tell_it() {
    let rules = [RuleResult::NoData, RuleResult::NoData, RuleResult::Fail, RuleResult::Pass];
    let rules = rules.into_iter().enumerate().map(|(nth, result)| {
        let reason = if result == RuleResult::Pass { "" } else { "the input holds no Pod" };
        outcome(&format!("rule-{nth}"), Severity::High, result, reason)
    });
    let report = Report { rules: rules.collect(), ..of(RuleResult::Pass, "") };
    let page = page(&report);
    let words = "</b>: 2 of 4 rules could not judge, 1 could not judge all</summary>";
    assert!(page.contains(words), "{page}");
    assert!(page.contains("2 of 4 rules could not judge</a>"), "{page}");
    assert!(page.contains("id=\"seen\">Coverage "), "{page}");
}

/// The part of the page that is the components, of a report with findings of these components.
fn components(findings: &[(&str, &str, &str)]) -> String {
    let metric =
        metric("backup_center_component_healthy", MetricType::Gauge, &["component", "namespace"]);
    let mut report = of(RuleResult::Fail, "");
    report.samples = vec![sample(&metric, &["csdr-velero", "csdr"], 1.0)];
    for (pack, rule, component) in findings {
        let mut it = finding(rule, Severity::High, object("v1", "Pod", "csdr", component));
        it.pack = (*pack).to_owned();
        it.finding.labels = vec![("component".to_owned(), (*component).to_owned())];
        report.findings.push(it);
    }
    let page = page(&ready(report));
    let (_, rest) =
        page.split_once("<section class=\"\" aria-labelledby=\"components\"").expect("it");
    rest.split_once("</section>").expect("it ends").0.to_owned()
}

#[test]
fn a_component_leads_to_its_findings_and_one_of_findings_alone_has_a_row() {
    let all = components(&[
        ("backup-center", "velero-oom-restarts", "csdr-velero"),
        ("backup-center", "hbr-client-unhealthy", "hbr-client"),
        ("other", "operator-unhealthy", "operator"),
    ]);
    assert_eq!(all.matches("<th role=\"rowheader\"").count(), 2, "{all}");
    let row = |name: &str| {
        let rows = all.split("<tr role=\"row\">");
        rows.skip(2).find(|it| it.contains(name)).expect("a row").to_owned()
    };
    let (velero, client) = (row("csdr-velero"), row("hbr-client"));
    assert!(velero.contains(">ready</span><a class=\"about\" href=\"#f-"), "{velero}");
    assert!(velero.contains(">velero-oom-restarts</a>"), "{velero}");
    assert!(client.contains(">has findings</span><a class=\"about\""), "{client}");
    assert!(client.contains(">hbr-client-unhealthy</a>") && !client.contains("no pod"), "{client}");
}

#[test]
fn findings_that_say_the_same_of_many_objects_stand_together() {
    let names = ["web-1", "web-2", "web-3", "web-10"];
    let together = alike(&names, |_| {});
    assert_eq!(together.matches("class=\"group ").count(), 1);
    assert_eq!(together.matches("It has no memory.").count(), 1);
    assert_eq!(together.matches("kubectl get pod").count(), 1);
    assert!(together.contains("kubectl get pod <var>web-1</var> -o yaml"), "{together}");
    let few = alike(&names[..3], |_| {});
    assert_eq!(few.matches("class=\"group ").count(), 0);
}

#[test]
fn a_group_says_of_each_member_what_is_its_own() {
    let names = ["web-1", "web-2", "web-3", "web-4"];
    let of_one = alike(&names, |it| {
        if it.finding.subject.name == "web-3" {
            it.finding.cause = "Its image is gone.".to_owned();
            it.finding.remedy = "  kubectl delete pod web-3-web-1".to_owned();
        }
    });
    assert_eq!(of_one.matches("It has no memory.").count(), 3, "{of_one}");
    assert_eq!(of_one.matches("Its image is gone.").count(), 1);
    assert_eq!(of_one.matches("kubectl get pod").count(), 3);
    assert!(of_one.contains("kubectl delete pod web-3-web-1"), "part of a name is no name");
}

#[test]
fn of_many_findings_the_page_tells_whose_evidence_it_leaves_out() {
    let names: Vec<_> = (0..1_001).map(|it| format!("web-{it:04}")).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let page = alike(&names, |it| {
        let value = format!("value of {}", it.finding.subject.name);
        it.finding.evidence = vec![evidence(&it.finding.subject, "status.phase", &value)];
    });
    assert_eq!(page.matches("value of web-").count(), 1_000);
    assert!(page.contains("The evidence of the first 1,000 stands here"), "it is told");
    assert_eq!(page.matches("<article ").count(), 1_001);
}

#[test]
fn a_page_of_a_server_may_ask_that_server_and_a_file_nobody() {
    let view = ReportView::from(&rich());
    let live = Live { result: "\"a-1\"".to_owned(), at: "2026-01-01T00:00:00Z".to_owned() };
    let served = html(&view, &PageOptions { live: Some(live), ..PageOptions::default() });
    let file = html(&view, &PageOptions::default());
    for (page, is_live) in [(&served, true), (&file, false)] {
        let policy = page_policy(is_live).replace('\'', "&#39;");
        let has = page.contains(&page_policy(is_live)) || page.contains(&policy);
        assert!(has, "{is_live}: {policy}");
        assert_eq!(page.contains("EventSource"), is_live);
        assert_eq!(page_policy(is_live).contains("connect-src 'self'"), is_live);
    }
    assert!(served.contains("data-result=\"&quot;a-1&quot;\""), "{served}");
}
