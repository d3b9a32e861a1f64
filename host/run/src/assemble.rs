//! From what was read and what a pack has said to the report: decides how each rule came out.

use std::{collections::HashMap, sync::Arc};

use rulebox_core::{
    Coverage, Evidence, Finding, Inventory, NeedCoverage, ObjectRef, PackFailure, PackInfo,
    PackSample, PackSpan, Place, Places, Report, ReportedFinding, RuleInfo, RuleOutcome,
    RuleResult, scoped,
};
use rulebox_engine::Evaluation;

use crate::{again::Said, policy::Chosen};

/// Adds what a pack has said of a cluster to the report. The pack's log is no part of it. `said`:
/// where the cluster is watched, what the pack has said before.
pub(crate) fn add(
    report: &mut Report,
    cluster: &str,
    (inventory, places): (&Inventory, &Places),
    (chosen, said): (&Chosen, Option<&Said>),
    pack: &PackInfo,
    evaluation: Evaluation,
) {
    report.coverage.extend(coverage(cluster, inventory, pack));
    let asked = chosen.of_pack(pack);
    for rule in &pack.rules {
        let is_chosen = asked.contains(&rule.id.as_str());
        let said = said.filter(|_| is_chosen);
        let (result, reasons) = if is_chosen {
            let held = said.and_then(|it| it.held(&rule.id));
            held.unwrap_or_else(|| outcome(rule, pack, inventory, &evaluation))
        } else {
            (RuleResult::Skipped, vec![chosen.skip_reason(&pack.name, &rule.id).to_owned()])
        };
        report.rules.push(RuleOutcome {
            cluster: cluster.to_owned(),
            pack: pack.name.clone(),
            rule: rule.clone(),
            severity: rule.severity,
            result,
            reasons,
            stale_since: said.and_then(|it| it.stale_since(&rule.id)),
        });
    }
    let Evaluation { findings, samples, spans, undecided: _, failures, log: _ } = evaluation;
    // All at once, as looking up many costs little more than looking up one.
    let mut found = places.of(findings.iter().flat_map(objects)).into_iter();
    report.findings.extend(findings.into_iter().map(|finding| {
        let mut place = |_: &ObjectRef| found.next().flatten();
        let of_subject = place(&finding.subject);
        let evidence = finding.evidence.iter();
        let of_evidence = evidence.map(|it| it.subject.as_ref().and_then(&mut place)).collect();
        let (finding, of_evidence) = with_logs(finding, of_subject.as_ref(), of_evidence);
        ReportedFinding {
            cluster: cluster.to_owned(),
            pack: pack.name.clone(),
            fingerprint: String::new(), // set when the report is arranged
            place: of_subject,
            evidence_places: of_evidence,
            finding,
            suppressed: None,
            causes: Vec::new(), // set when the run is finished
        }
    }));
    let metrics: HashMap<_, _> =
        pack.metrics.iter().map(|it| (it.name.as_str(), Arc::new(it.clone()))).collect();
    report.samples.extend(samples.into_iter().filter_map(|sample| {
        let metric = Arc::clone(metrics.get(sample.metric.as_str())?);
        Some(PackSample { cluster: cluster.to_owned(), pack: pack.name.clone(), metric, sample })
    }));
    report.timeline.extend(spans.into_iter().map(|span| PackSpan {
        cluster: cluster.to_owned(),
        span,
        pack: pack.name.clone(),
    }));
    report
        .failures
        .extend(failures.into_iter().map(|it| PackFailure { cluster: cluster.to_owned(), ..it }));
}

/// Adds to the evidence which objects stand in a log or behind one, and where.
fn with_logs(
    mut finding: Finding,
    of_subject: Option<&Place>,
    mut of_evidence: Vec<Option<Place>>,
) -> (Finding, Vec<Option<Place>>) {
    let subject = (&finding.subject, of_subject);
    let places = of_evidence.iter().map(Option::as_ref);
    let evidence = finding.evidence.iter().map(|it| it.subject.as_ref()).zip(places);
    let evidence = evidence.filter_map(|(subject, place)| Some((subject?, place)));
    let mut logged: Vec<(&ObjectRef, &Place)> = Vec::new();
    for (object, place) in std::iter::once(subject).chain(evidence) {
        let new = !logged.iter().any(|it| it.0 == object);
        logged.extend(place.filter(|it| it.logged && new).map(|it| (object, it)));
    }
    let told = logged.into_iter().map(|(object, place)| {
        let Place { input, path, line, .. } = place;
        let file = if path.is_empty() { String::new() } else { format!(": {path}") };
        let line = line.map(|it| format!(":{it}")).unwrap_or_default();
        let value = format!(
            "stands at {input}{file}{line} in a log or behind one, which may have made it up"
        );
        let evidence = Evidence { subject: Some(object.clone()), path: String::new(), value };
        (evidence, Some(place.clone()))
    });
    let (told, places): (Vec<_>, Vec<_>) = told.unzip();
    finding.evidence.extend(told);
    of_evidence.extend(places);
    (finding, of_evidence)
}

/// The subject of a finding, and the subjects of its evidence.
fn objects(finding: &Finding) -> impl Iterator<Item = &ObjectRef> {
    let evidence = finding.evidence.iter().filter_map(|it| it.subject.as_ref());
    std::iter::once(&finding.subject).chain(evidence)
}

/// How a rule came out, and why. An error comes first, as the rule's findings may be incomplete;
/// then come findings, and beside them what the rule could not judge. A rule that could not see all
/// that it requires does not pass.
fn outcome(
    rule: &RuleInfo,
    pack: &PackInfo,
    inventory: &Inventory,
    evaluation: &Evaluation,
) -> (RuleResult, Vec<String>) {
    let guilty =
        evaluation.failures.iter().find(|it| it.rule.as_ref().is_none_or(|it| *it == rule.id));
    if let Some(failure) = guilty {
        return (RuleResult::Error, vec![failure.message.clone()]);
    }
    let mut reasons: Vec<_> = evaluation
        .undecided
        .iter()
        .filter(|it| it.rule == rule.id)
        .map(|it| it.reason.clone())
        .collect();
    if evaluation.findings.iter().any(|it| it.rule == rule.id) {
        reasons.sort();
        reasons.dedup();
        return (RuleResult::Fail, reasons);
    }
    for need in &rule.requires {
        if let Some((coverage, reason)) =
            covered(inventory, pack, need).filter(|it| it.0 != Coverage::Complete)
        {
            reasons.push(if reason.is_empty() {
                format!("`{need}` is covered {coverage}ly")
            } else {
                reason.to_owned()
            });
        }
    }
    reasons.sort();
    reasons.dedup();
    // What was lost may hide objects of every need: a reason that is part of another is left out.
    let all = reasons.clone();
    reasons.retain(|it| !all.iter().any(|other| other != it && other.contains(it)));
    (if reasons.is_empty() { RuleResult::Pass } else { RuleResult::NoData }, reasons)
}

fn covered<'i>(
    inventory: &'i Inventory,
    pack: &PackInfo,
    need: &str,
) -> Option<(Coverage, &'i str)> {
    let key = scoped(&pack.name, need);
    let objects = inventory.objects.get(&key).map(|it| (it.coverage, it.reason.as_str()));
    objects.or_else(|| inventory.texts.get(&key).map(|it| (it.coverage, it.reason.as_str())))
}

fn coverage(cluster: &str, inventory: &Inventory, pack: &PackInfo) -> Vec<NeedCoverage> {
    let key = |id: &str| scoped(&pack.name, id);
    let objects = pack.needs.objects.iter().filter_map(|need| {
        let slot = inventory.objects.get(&key(&need.id))?;
        Some((
            &need.id,
            need.group.as_str(),
            need.kind.as_str(),
            (need.namespaces.as_slice(), need.label_selector.as_str()),
            slot.coverage,
            slot.objects.len(),
            &slot.reason,
        ))
    });
    let texts = pack.needs.texts.iter().filter_map(|need| {
        let slot = inventory.texts.get(&key(&need.id))?;
        Some((&need.id, "", "", (&[][..], ""), slot.coverage, slot.lines.len(), &slot.reason))
    });
    let covered = objects.chain(texts).map(
        |(need, group, kind, (namespaces, labels), coverage, selected, reason)| NeedCoverage {
            cluster: cluster.to_owned(),
            pack: pack.name.clone(),
            need: need.clone(),
            group: group.to_owned(),
            kind: kind.to_owned(),
            namespaces: namespaces.to_vec(),
            label_selector: labels.to_owned(),
            coverage,
            selected,
            reason: reason.clone(),
        },
    );
    covered.collect()
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use rulebox_core::{
        Collector, Evidence, Identity, NeedSet, ObjectCopy, ObjectNeed, ObjectSlot, Place,
        Position, Severity, Undecided,
    };

    use super::*;
    use crate::Choice;

    /// A pack `p` with a rule `r` that requires `pods` and `nodes`, and consults `events`.
    fn pack() -> PackInfo {
        let owned = |it: &[&str]| it.iter().map(|&it| it.to_owned()).collect();
        let rule = RuleInfo {
            id: "r".to_owned(),
            severity: Severity::High,
            summary: String::new(),
            documentation: String::new(),
            requires: owned(&["pods", "nodes"]),
            consults: owned(&["events"]),
        };
        PackInfo { name: "p".to_owned(), rules: vec![rule], ..PackInfo::default() }
    }

    fn evaluation(findings: usize, undecided: &[&str], failed_rule: Option<&str>) -> Evaluation {
        let finding = Finding {
            rule: "r".to_owned(),
            severity: Severity::High,
            subject: ObjectRef::default(),
            summary: String::new(),
            cause: String::new(),
            remedy: String::new(),
            evidence: Vec::new(),
            labels: Vec::new(),
            caused_by: Vec::new(),
        };
        let undecided = undecided
            .iter()
            .map(|&it| Undecided { rule: "r".to_owned(), reason: it.to_owned() })
            .collect();
        let failure = |rule: &str| PackFailure {
            cluster: String::new(),
            pack: "p".to_owned(),
            rule: (!rule.is_empty()).then(|| rule.to_owned()),
            code: "trap".to_owned(),
            message: "it trapped".to_owned(),
            help: String::new(),
        };
        Evaluation {
            findings: vec![finding; findings],
            undecided,
            failures: failed_rule.map(failure).into_iter().collect(),
            ..Evaluation::default()
        }
    }

    /// How `r` comes out where the needs named are covered so, with this reason, and all others
    /// fully.
    #[track_caller]
    fn check(
        not_covered: &[(&str, Coverage, &str)],
        evaluation: &Evaluation,
        want: (RuleResult, &str),
    ) {
        let mut inventory = Inventory::default();
        for need in ["pods", "nodes", "events"] {
            let (coverage, reason) = not_covered
                .iter()
                .find(|it| it.0 == need)
                .map_or((Coverage::Complete, ""), |it| (it.1, it.2));
            let slot = ObjectSlot { objects: Vec::new(), coverage, reason: reason.to_owned() };
            inventory.objects.insert(scoped("p", need), Arc::new(slot));
        }
        let pack = pack();
        let (result, reasons) = outcome(&pack.rules[0], &pack, &inventory, evaluation);
        assert_eq!((result, reasons.join("; ").as_str()), want);
    }

    #[test]
    fn a_rule_that_saw_all_that_it_requires_passes() {
        check(&[], &evaluation(0, &[], None), (RuleResult::Pass, ""));
        let events = ("events", Coverage::Absent, "not in the dump");
        check(&[events], &evaluation(0, &[], None), (RuleResult::Pass, ""));
    }

    #[test]
    fn a_required_need_that_is_not_covered_is_no_data() {
        let pods = ("pods", Coverage::Partial, "cut off");
        check(&[pods], &evaluation(0, &[], None), (RuleResult::NoData, "cut off"));
        let pods = ("pods", Coverage::Partial, "");
        let want = "`pods` is covered partially";
        check(&[pods], &evaluation(0, &[], None), (RuleResult::NoData, want));
    }

    #[test]
    fn each_reason_for_no_data_is_given_once() {
        let lost =
            [("pods", Coverage::Partial, "cut off"), ("nodes", Coverage::Partial, "cut off")];
        check(&lost, &evaluation(0, &[], None), (RuleResult::NoData, "cut off"));
        let two = evaluation(0, &["too old", "a.yaml was cut off"], None);
        check(&lost, &two, (RuleResult::NoData, "a.yaml was cut off; too old"));
    }

    #[test]
    fn a_finding_comes_before_no_data() {
        let pods = ("pods", Coverage::Absent, "not in the dump");
        check(&[pods], &evaluation(1, &[], None), (RuleResult::Fail, ""));
    }

    #[test]
    fn a_rule_with_findings_says_what_it_could_not_judge() {
        let pods = ("pods", Coverage::Absent, "not in the dump");
        let undecided = ["too old", "a is redacted", "too old"];
        let want = (RuleResult::Fail, "a is redacted; too old");
        check(&[pods], &evaluation(1, &undecided, None), want);
    }

    #[test]
    fn an_error_of_the_rule_or_of_the_pack_comes_before_findings() {
        let error = (RuleResult::Error, "it trapped");
        check(&[], &evaluation(1, &[], Some("r")), error);
        check(&[], &evaluation(1, &[], Some("")), error);
        check(&[], &evaluation(1, &[], Some("other")), (RuleResult::Fail, ""));
    }

    fn pod(name: &str) -> ObjectRef {
        ObjectRef {
            api_version: "v1".to_owned(),
            kind: "Pod".to_owned(),
            name: name.to_owned(),
            ..ObjectRef::default()
        }
    }

    /// Where the pods `a`, `b` and `c` were read.
    fn places() -> Places {
        let need = ObjectNeed { kind: "Pod".to_owned(), ..ObjectNeed::default() };
        let needs = NeedSet { objects: vec![need], texts: Vec::new() };
        let mut collector = Collector::new(needs).expect("selectors");
        collector.begin_input("pods.yaml");
        for (name, line) in [("a", 1), ("b", 7), ("c", 9)] {
            collector.take(ObjectCopy {
                identity: Identity::new("v1", "Pod", "", name, ""),
                resource_version: None,
                projections: [(0, "{}".into())].into_iter().collect(),
                created: None,
                position: Position { line: NonZeroU32::new(line), ..Position::default() },
            });
        }
        collector.finish().places
    }

    #[test]
    fn findings_and_their_evidence_say_where_their_objects_were_read() {
        let evidence = |name: &str| Evidence {
            subject: (!name.is_empty()).then(|| pod(name)),
            ..Evidence::default()
        };
        let mut evaluation = evaluation(2, &[], None);
        let said = [("b", ["c", "", "b"]), ("other", ["a", "other", ""])];
        for (finding, (subject, names)) in evaluation.findings.iter_mut().zip(said) {
            (finding.subject, finding.evidence) = (pod(subject), names.map(evidence).to_vec());
        }
        let mut report = Report::default();
        let read = (&Inventory::default(), &places());
        let (choice, pack) = (Choice::default(), pack());
        let chosen = Chosen::of(&choice, &[&pack]).expect("rules");
        add(&mut report, "", read, (&chosen, None), &pack, evaluation);
        let line = |it: &Option<Place>| it.as_ref().and_then(|it| it.line);
        let lines = report
            .findings
            .iter()
            .map(|it| (line(&it.place), it.evidence_places.iter().map(line).collect::<Vec<_>>()));
        let want = [(Some(7), vec![Some(9), None, Some(7)]), (None, vec![Some(1), None, None])];
        assert_eq!(lines.collect::<Vec<_>>(), want);
    }

    #[test]
    fn a_finding_says_which_of_its_objects_stand_in_a_log() {
        let evidence = [pod("a"), pod("b"), pod("c"), pod("b")]
            .map(|it| Evidence { subject: Some(it), ..Evidence::default() });
        let finding = Finding {
            subject: pod("a"),
            evidence: evidence.to_vec(),
            ..evaluation(1, &[], None).findings.remove(0)
        };
        let place = |line, logged| {
            let (input, path) = ("d.tar".to_owned(), "a.log".to_owned());
            Some(Place { input, path, line: Some(line), logged })
        };
        let places = vec![place(1, true), place(7, true), place(9, false), place(7, true)];
        let (finding, places) = with_logs(finding, places[0].clone().as_ref(), places);
        let told = finding.evidence.iter().map(|it| it.value.as_str()).filter(|it| !it.is_empty());
        let want = [1, 7].map(|line| {
            format!(
                "stands at d.tar: a.log:{line} in a log or behind one, which may have made it up"
            )
        });
        assert_eq!(told.collect::<Vec<_>>(), want);
        assert_eq!(places[4..], [place(1, true), place(7, true)]);
    }
}
