//! A run beside an earlier report: what that holds is known and does not count, what is new does.

use std::collections::BTreeMap;

use rulebox_core::{Baseline, Report, Severity, Suppression, SuppressionSource, text::escaped};
use rulebox_report::{
    DiffView, SideView, arrange, diff, exchanged, other_clusters, other_objects, rule_of,
    subject_text,
    view::{FindingView, ReportView, SuppressionSourceView},
};

use crate::{Outcome, RunError};

/// Compares an outcome with the report of an earlier run. Its findings are suppressed where the
/// report holds them, unless they are worse now. One that was suppressed there for another reason
/// is not known by it: where that reason has gone, it counts.
///
/// Adds notes of what has become worse, and of what nobody can say whether it is new; and, as good
/// news, what is gone.
/// Fails where the report is of another cluster, which says nothing of this one.
pub fn compare(outcome: &mut Outcome, name: &str, old: &ReportView) -> Result<(), RunError> {
    let new = ReportView::from(&outcome.report);
    let (old, new) = ((name, old), ("this run", &new));
    if let Some(other) = other_clusters(old, new) {
        return Err(RunError::new(format!("--baseline: {other}"))
            .help("name a report of the same cluster, which `rulebox check -o json=FILE` writes"));
    }
    let compared = diff(old, new);
    let is_known = |it: &FindingView| {
        it.suppressed.as_ref().is_none_or(|it| it.source == SuppressionSourceView::Baseline)
    };
    let same = compared.same.iter().map(|it| (it, it));
    let both = same.chain(compared.changed.iter().map(|it| (&it.old, &it.new)));
    let known: BTreeMap<_, _> = both
        .filter(|(old, _)| is_known(old))
        .map(|(old, new)| {
            ((new.cluster.clone(), new.fingerprint.clone()), Severity::from(old.severity))
        })
        .collect();
    let as_of = old.1.as_of.time.as_deref().and_then(|it| it.parse().ok());
    let of = old.1.as_of.time.as_deref().map(|it| format!(" of {it}")).unwrap_or_default();
    let reason = format!("in the baseline {name}{of}");
    let mut worse = Vec::new();
    for it in &mut outcome.report.findings {
        let key = (it.cluster.clone(), it.fingerprint.clone());
        let Some(was) = known.get(&key).filter(|_| it.suppressed.is_none()) else { continue };
        if it.finding.severity > *was {
            worse.push(format!("{} is {}, and was {was}", it.finding.subject, it.finding.severity));
            continue;
        }
        let (reason, source) = (reason.clone(), SuppressionSource::Baseline);
        it.suppressed = Some(Suppression { reason, expires: None, source });
    }
    let objects = other_objects(old, new);
    outcome.notes.extend(objects.map(|it| escaped(format!("--baseline: {it}"))));
    outcome.notes.extend(exchanged(old, new).map(|it| {
        let note = format!("--baseline: {it}: what has come up since does not count");
        escaped(note)
    }));
    outcome.notes.extend(notes(&compared, name, &worse));
    let gone = compared.gone.iter().map(named).collect();
    outcome.news.extend(note(name, "of its findings gone", gone));
    // Read back, since what is gone has no other form.
    let gone = ReportView { findings: compared.gone, ..ReportView::from(&Report::default()) };
    let gone = Report::try_from(&gone).map(|it| it.findings);
    let gone = gone.map_err(|it| RunError::new(format!("--baseline {name}: {it}")))?;
    let known = known.into_keys().collect();
    outcome.report.baseline = Some(Baseline { name: name.to_owned(), as_of, known, gone });
    outcome.report = arrange(std::mem::take(&mut outcome.report));
    Ok(())
}

fn named(it: &FindingView) -> String {
    format!("{} of {}", rule_of(it), subject_text(&it.subject))
}

/// What a person is told of some findings; nothing of none.
fn note(name: &str, what: &str, all: Vec<String>) -> Option<String> {
    /// More are counted: the report names each.
    const SHOWN: usize = 5;
    let count = all.len();
    let more = count.saturating_sub(SHOWN);
    let more = if more > 0 { format!("; and {more} more") } else { String::new() };
    let shown = all.into_iter().take(SHOWN).collect::<Vec<_>>().join("; ");
    let note = format!("baseline {name}: {count} {what}: {shown}{more}");
    (count > 0).then(|| escaped(note))
}

/// What a person may have to look at.
fn notes(compared: &DiffView, name: &str, worse: &[String]) -> Vec<String> {
    let mut notes = Vec::new();
    let mut tell = |what: &str, all: Vec<String>| notes.extend(note(name, what, all));
    tell("of its findings worse, and counted", worse.to_vec());
    let unsure = |side: SideView| {
        let of_side = compared.unknown.iter().filter(move |it| it.side == side);
        of_side.map(|it| format!("{} ({})", named(&it.finding), it.reason)).collect::<Vec<_>>()
    };
    tell(
        "counted of which it cannot tell whether they are new, as it could not judge",
        unsure(SideView::New),
    );
    tell(
        "of its findings of which this run cannot tell whether they are gone",
        unsure(SideView::Old),
    );
    notes
}

#[cfg(test)]
mod tests {
    use rulebox_core::{
        AsOf, ClusterUid, Finding, Moment, ObjectRef, ReportedFinding, RuleInfo, RuleOutcome,
        RuleResult,
    };

    use super::*;

    /// A report of these findings of the rule `r`, each `severity name`; `!` stands behind those
    /// that the configuration suppresses.
    fn report(findings: &[&str]) -> Report {
        let of = |line: &&str| {
            let (severity, name) = line.trim_end_matches('!').split_once(' ').expect("two words");
            let suppressed = line
                .ends_with('!')
                .then(|| Suppression { reason: "a drill".to_owned(), ..Suppression::default() });
            ReportedFinding {
                cluster: String::new(),
                pack: "p".to_owned(),
                fingerprint: String::new(),
                finding: Finding {
                    rule: "r".to_owned(),
                    severity: severity.parse().expect("a severity"),
                    subject: ObjectRef {
                        kind: "Pod".to_owned(),
                        name: name.to_owned(),
                        ..ObjectRef::default()
                    },
                    summary: String::new(),
                    cause: String::new(),
                    remedy: String::new(),
                    evidence: Vec::new(),
                    labels: Vec::new(),
                    caused_by: Vec::new(),
                },
                place: None,
                evidence_places: Vec::new(),
                suppressed,
                causes: Vec::new(),
            }
        };
        let mut findings: Vec<_> = findings.iter().map(of).collect();
        rulebox_report::identify(&mut findings);
        let rule = RuleInfo {
            id: "r".to_owned(),
            severity: Severity::High,
            summary: String::new(),
            documentation: String::new(),
            requires: Vec::new(),
            consults: Vec::new(),
        };
        let rules = vec![RuleOutcome {
            cluster: String::new(),
            pack: "p".to_owned(),
            rule,
            severity: Severity::High,
            result: RuleResult::Fail,
            reasons: Vec::new(),
            stale_since: None,
        }];
        let moment = Moment::bounded("2026-09-14T00:00:00Z".parse().ok(), None);
        let as_of = AsOf { moment, ..AsOf::default() };
        arrange(Report { findings, rules, as_of, ..Report::default() })
    }

    fn outcome(report: Report) -> Outcome {
        let none = Vec::new;
        Outcome { report, warnings: none(), notes: none(), news: none(), log: none() }
    }

    /// What a run of `new` says beside a baseline of `old`: each finding that counts, and the
    /// notes, of each some words.
    #[track_caller]
    fn check(old: &Report, new: &[&str], counts: &[&str], notes: &[&str]) {
        let mut outcome = outcome(report(new));
        compare(&mut outcome, "old.json", &ReportView::from(old)).expect("the same cluster");
        let counted = outcome.report.findings.iter().filter(|it| it.suppressed.is_none());
        let counted: Vec<_> = counted.map(|it| it.finding.subject.name.as_str()).collect();
        assert_eq!(counted, counts);
        assert_eq!(outcome.notes.len(), notes.len(), "{:#?}", outcome.notes);
        for (note, words) in outcome.notes.iter().zip(notes) {
            assert!(note.contains(words), "{note}");
        }
        assert_eq!(outcome.news, Vec::<String>::new());
    }

    #[test]
    fn what_the_baseline_holds_does_not_count_and_what_is_new_does() {
        check(&report(&["high a"]), &["high a", "low b"], &["b"], &[]);
    }

    #[test]
    fn what_is_known_says_by_which_report() {
        let mut outcome = outcome(report(&["high a"]));
        let old = ReportView::from(&report(&["high a"]));
        compare(&mut outcome, "old.json", &old).expect("the same cluster");
        let suppressed = outcome.report.findings[0].suppressed.clone().expect("it is known");
        assert_eq!(suppressed.source, SuppressionSource::Baseline);
        assert_eq!(suppressed.reason, "in the baseline old.json of 2026-09-14T00:00:00Z");
    }

    #[test]
    fn what_has_become_worse_counts_and_what_has_become_better_does_not() {
        let worse = "1 of its findings worse, and counted: Pod a is high, and was low";
        check(&report(&["low a", "high b"]), &["high a", "low b"], &["a"], &[worse]);
    }

    #[test]
    fn what_is_gone_is_good_news() {
        let mut outcome = outcome(report(&[]));
        let old = ReportView::from(&report(&["high a"]));
        compare(&mut outcome, "old.json", &old).expect("the same cluster");
        let gone = "baseline old.json: 1 of its findings gone: p/r of Pod a";
        assert_eq!((outcome.notes.len(), outcome.news.as_slice()), (0, &[gone.to_owned()][..]));
    }

    #[test]
    fn what_was_suppressed_for_another_reason_is_not_known_by_it() {
        check(&report(&["high a!"]), &["high a"], &["a"], &[]);
    }

    #[test]
    fn a_baseline_of_a_run_with_a_baseline_holds_what_that_held() {
        let mut first = outcome(report(&["high a"]));
        let oldest = ReportView::from(&report(&["high a"]));
        compare(&mut first, "oldest.json", &oldest).expect("the same cluster");
        check(&first.report, &["high a"], &[], &[]);
    }

    #[test]
    fn what_the_baseline_could_not_judge_counts_and_is_told() {
        let mut old = report(&[]);
        old.rules[0].result = RuleResult::NoData;
        old.rules[0].reasons = vec!["it holds no Pod".to_owned()];
        let told = "1 counted of which it cannot tell whether they are new, as it could not \
                    judge: p/r of Pod a (it holds no Pod)";
        check(&old, &["high a"], &["a"], &[told]);
    }

    #[test]
    fn a_baseline_that_is_later_than_the_run_is_told() {
        let mut old = report(&[]);
        old.as_of.moment = Moment::at("2029-01-01T00:00:00Z".parse().expect("a time"));
        let told = "--baseline: old.json speaks of 2029-01-01T00:00:00Z, and this run of";
        check(&old, &[], &[], &[told]);
    }

    #[test]
    fn a_baseline_of_another_cluster_is_refused() {
        let of = |uid: &str| {
            let uid = ClusterUid { cluster: String::new(), uid: uid.to_owned() };
            Report { cluster_uids: vec![uid], ..report(&["high a"]) }
        };
        let mut outcome = outcome(of("u2"));
        let error = compare(&mut outcome, "old.json", &ReportView::from(&of("u1")));
        let error = error.expect_err("it is of another cluster").to_string();
        assert!(error.contains("--baseline: old.json and this run are of different"), "{error}");
    }
}
