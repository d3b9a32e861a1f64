//! What a pack says where its settings are others in some namespaces.
//!
//! A pack takes one set of settings for a whole evaluation, and a rule may look at objects of
//! several namespaces at once. So a pack is evaluated once with the settings that hold everywhere,
//! and once more, over the same objects, for each different set of settings that some namespaces
//! have; of each evaluation those findings are kept whose subject lies in a namespace of these
//! settings. Samples and spans are of the first one: a metric is of the cluster.
//!
//! A reason why a rule cannot judge names no object that the host could look at, so the reasons of
//! all evaluations count: a rule may say too often that it could not judge, and never too seldom.
//!
//! Where nobody knows whether an entry holds, since the labels of a namespace were not seen, the
//! pack is asked what it would say if it held. A rule that would say something else there says that
//! it cannot judge; what it says by the settings that certainly hold is kept beside.

use std::collections::{BTreeMap, BTreeSet};

use rulebox_core::{
    Inventory, Json, ObjectRef, PackFailure, PackInfo, Undecided, scoped, text::escape,
};
use rulebox_engine::{Ended, Evaluation};
use serde_json::{Value, json};

use crate::{
    by_namespace::{KIND, Namespaces, OfNamespaces, metadata, namespace_of},
    merge::merge,
};

/// So many different settings one pack may have in the namespaces of one cluster: for each of them
/// it is evaluated, within the same limits.
const MOST_SETTINGS: usize = 16;

/// The namespaces of the objects that a pack is given. They stand in the order of namespaces, so
/// few have to be looked at.
fn namespaces(inventory: &Inventory, pack: &PackInfo) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let namespace = |it: &Json| metadata(it).unwrap_or_default().namespace;
    for need in &pack.needs.objects {
        let Some(slot) = inventory.objects.get(&scoped(&pack.name, &need.id)) else { continue };
        if need.kind == KIND && need.group.is_empty() {
            found.extend(slot.objects.iter().filter_map(metadata).map(|it| it.name));
            continue;
        }
        let mut rest = &slot.objects[..];
        while let Some(first) = rest.first() {
            let name = namespace(first);
            rest = &rest[rest.partition_point(|it| namespace(it) <= name).max(1)..];
            found.insert(name);
        }
    }
    found.remove("");
    found
}

/// What asks these rules of a pack by these settings.
pub(crate) type Ask<'a> =
    &'a mut dyn FnMut(&Value, &[&str]) -> Result<Evaluation, Box<PackFailure>>;

/// What a pack says of a cluster whose namespaces have settings of their own. `settings`: those
/// that hold everywhere else. `first`: what the pack says by these.
pub(crate) fn evaluate(
    entries: &[OfNamespaces],
    (pack, settings): (&PackInfo, Option<&Value>),
    inventory: &Inventory,
    rules: &[&str],
    first: Evaluation,
    ask: Ask<'_>,
) -> Evaluation {
    let own = |it: &(usize, &OfNamespaces)| it.1.settings.contains_key(&pack.name);
    let entries: Vec<_> = entries.iter().enumerate().filter(own).collect();
    // A rule that fails once fails: what it says beside is not all that it would say.
    let ended = |it: &&str| first.ended(it) == Ended::ToItsEnd;
    let rules: Vec<_> = rules.iter().copied().filter(ended).collect();
    if entries.is_empty() || rules.is_empty() {
        return first;
    }
    let known = Namespaces::of(inventory);
    let mut places = Places::new();
    let settle = |places: &mut Places, name: &str| {
        if !places.contains_key(name) {
            places.insert(name.to_owned(), Settled::of(&entries, name, &known));
        }
    };
    for name in namespaces(inventory, pack).iter().chain(known.labels.keys()) {
        settle(&mut places, name);
    }
    for finding in &first.findings {
        settle(&mut places, namespace_of(&finding.subject));
    }
    let mut said = Said::from([(BTreeSet::new(), Ok(first))]);
    // A finding may lie in a namespace of which no object is read.
    while let Some(by) = unasked(&places, &said) {
        let mut own = settings.cloned().unwrap_or(json!({}));
        for (_, it) in entries.iter().filter(|it| by.contains(&it.0)) {
            merge(&mut own, &it.settings[&pack.name]);
        }
        let evaluation = ask(&own, &rules);
        let findings = evaluation.iter().flat_map(|it| &it.findings);
        findings.for_each(|it| settle(&mut places, namespace_of(&it.subject)));
        said.insert(by, evaluation);
    }
    let doubts = doubts(&said, &places, &rules);
    let mut all = Evaluation::default();
    let certain: BTreeSet<_> = places.values().map(|it| &it.entries).collect();
    if certain.iter().any(|it| !said.contains_key(*it)) {
        all.failures.push(too_many(pack));
    }
    for (by, evaluation) in said {
        let is_own = |it: &ObjectRef| places[namespace_of(it)].entries == by;
        match evaluation {
            Ok(evaluation) if by.is_empty() => {
                let failures = std::mem::take(&mut all.failures);
                all = evaluation;
                all.failures.extend(failures);
                all.findings.retain(|it| is_own(&it.subject));
            }
            Ok(evaluation) if certain.contains(&by) => {
                add(&mut all, evaluation, &told(&by), &is_own);
            }
            Err(failure) if certain.contains(&by) => all.failures.push(of(*failure, &told(&by))),
            // What may hold, and is not known to, counts for what it makes doubtful.
            _ => {}
        }
    }
    tell_doubts(&mut all, &known, doubts);
    drop_failed(&mut all, pack);
    all
}

/// What a pack says by the settings of these entries.
type Said = BTreeMap<BTreeSet<usize>, Result<Evaluation, Box<PackFailure>>>;

/// The namespaces of a cluster, and what holds in each.
type Places = BTreeMap<String, Settled>;

/// The entries by which the pack has not been asked yet. Those that certainly hold somewhere come
/// first; none when all have been asked, or as many as one pack may have.
fn unasked(places: &Places, said: &Said) -> Option<BTreeSet<usize>> {
    let certain = places.values().map(|it| it.entries.clone());
    let possible = places.values().flat_map(Settled::others);
    let mut all = certain.chain(possible);
    all.find(|it| !said.contains_key(it)).filter(|_| said.len() <= MOST_SETTINGS)
}

/// Which entries hold in a namespace.
struct Settled {
    entries: BTreeSet<usize>,
    /// Those of which nobody knows whether they do.
    unknown: Vec<usize>,
}

impl Settled {
    fn of(entries: &[(usize, &OfNamespaces)], name: &str, known: &Namespaces) -> Self {
        let mut settled = Self { entries: BTreeSet::new(), unknown: Vec::new() };
        // What lies in no namespace has the settings that hold everywhere.
        for (nth, entry) in entries.iter().filter(|_| !name.is_empty()) {
            match entry.holds(name, known) {
                Some(true) => drop(settled.entries.insert(*nth)),
                Some(false) => {}
                None => settled.unknown.push(*nth),
            }
        }
        settled
    }

    /// What else may hold: each choice of those that nobody knows of, beside those that do.
    fn others(&self) -> Vec<BTreeSet<usize>> {
        // More choices are more than would be evaluated.
        let unknown = &self.unknown[..self.unknown.len().min(MOST_SETTINGS.ilog2() as usize + 1)];
        let choices = 1..1_usize << unknown.len();
        let chosen = |choice: usize| {
            let nth = unknown.iter().enumerate().filter(move |it| choice >> it.0 & 1 == 1);
            nth.map(|it| *it.1).chain(self.entries.iter().copied()).collect()
        };
        choices.map(chosen).collect()
    }
}

/// `namespaces[0] and namespaces[2]`.
fn told(entries: &BTreeSet<usize>) -> String {
    let all: Vec<_> = entries.iter().map(|it| format!("namespaces[{it}]")).collect();
    all.join(" and ")
}

/// The rules that would be judged otherwise if entries held of which nobody knows whether they do;
/// in which namespaces, and the first of these entries.
fn doubts<'r>(
    said: &Said,
    places: &Places,
    rules: &[&'r str],
) -> BTreeMap<&'r str, BTreeMap<String, usize>> {
    let found = said.iter().filter_map(|(by, evaluation)| {
        let evaluation = evaluation.as_ref().ok()?;
        let mut found: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for it in &evaluation.findings {
            found.entry((it.rule.as_str(), namespace_of(&it.subject))).or_default().push(it);
        }
        Some((by, (evaluation, found)))
    });
    let found: BTreeMap<_, _> = found.collect();
    let mut doubts: BTreeMap<_, BTreeMap<_, _>> = BTreeMap::new();
    for (name, here) in places {
        let Some(first) = here.unknown.first() else { continue };
        for rule in rules {
            let says = |by: &BTreeSet<usize>| {
                let (evaluation, found) = found.get(by)?;
                if evaluation.ended(rule) != Ended::ToItsEnd {
                    return None;
                }
                let undecided = evaluation.undecided.iter().filter(|it| it.rule == *rule);
                let undecided: BTreeSet<_> = undecided.map(|it| it.reason.as_str()).collect();
                Some((found.get(&(*rule, name.as_str())), undecided))
            };
            let certain = says(&here.entries);
            if here.others().iter().any(|it| says(it).is_none_or(|it| certain != Some(it))) {
                doubts.entry(*rule).or_default().insert(name.clone(), *first);
            }
        }
    }
    doubts
}

/// Adds what a pack says by the settings of some namespaces to what it says by those of all others.
fn add(all: &mut Evaluation, new: Evaluation, told: &str, is_own: &dyn Fn(&ObjectRef) -> bool) {
    let Evaluation { findings, samples: _, spans: _, undecided, failures, log } = new;
    all.findings.extend(findings.into_iter().filter(|it| is_own(&it.subject)));
    for Undecided { rule, reason } in undecided {
        let said = all.undecided.iter().any(|it| it.rule == rule && it.reason == reason);
        if !said {
            let reason = format!("{reason} (by the settings of {told})");
            all.undecided.push(Undecided { rule, reason });
        }
    }
    all.failures.extend(failures.into_iter().map(|it| of(it, told)));
    all.log.extend(log);
}

/// A failure by the settings of some namespaces.
fn of(failure: PackFailure, told: &str) -> PackFailure {
    let message = format!("by the settings of {told}: {}", failure.message);
    PackFailure { message, ..failure }
}

fn too_many(pack: &PackInfo) -> PackFailure {
    let message = format!(
        "the namespaces of this cluster have more than {MOST_SETTINGS} different settings of it, \
         for each of which it would be evaluated"
    );
    let help = "name fewer entries of `namespaces`, or entries that do not overlap".to_owned();
    PackFailure::of_pack(pack.name.clone(), "too-many-settings", message, help)
}

/// Says which rules may have been judged by the settings of other namespaces.
fn tell_doubts(
    all: &mut Evaluation,
    known: &Namespaces,
    doubts: BTreeMap<&str, BTreeMap<String, usize>>,
) {
    let why = known.others.as_deref().filter(|it| !it.is_empty());
    let why = why.map(|it| format!(" ({it})")).unwrap_or_default();
    for (rule, names) in doubts {
        let Some((name, entry)) = names.first_key_value() else { continue };
        let which = match names.len() {
            1 => format!("the namespace {}", escape(name)),
            many => format!("{many} namespaces, such as {},", escape(name)),
        };
        let reason = format!(
            "the labels of {which} are not known{why}: by the settings of namespaces[{entry}], \
             which may hold there, it is judged otherwise"
        );
        all.undecided.push(Undecided { rule: rule.to_owned(), reason });
    }
}

/// An evaluation holds nothing of a rule that failed: see [`Evaluation::failures`].
fn drop_failed(all: &mut Evaluation, pack: &PackInfo) {
    let failed: BTreeSet<_> = pack
        .rules
        .iter()
        .map(|it| it.id.as_str())
        .filter(|it| all.ended(it) != Ended::ToItsEnd)
        .collect();
    if failed.is_empty() {
        return;
    }
    let of_metric = |metric: &str| {
        pack.metrics
            .iter()
            .find(|it| it.name == metric)
            .is_some_and(|it| failed.contains(&*it.rule))
    };
    let Evaluation { findings, samples, spans, undecided, failures: _, log: _ } = all;
    findings.retain(|it| !failed.contains(it.rule.as_str()));
    samples.retain(|it| !of_metric(&it.metric));
    spans.retain(|it| !failed.contains(it.rule.as_str()));
    undecided.retain(|it| !failed.contains(it.rule.as_str()));
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rulebox_core::{
        Coverage, Finding, MetricInfo, MetricType, ObjectNeed, ObjectSlot, RuleInfo, Sample,
        Severity,
    };

    use super::*;
    use crate::by_namespace::NEED;

    /// A pack `p` with the rules `few` and `odd`, which reads pods.
    fn pack() -> PackInfo {
        let rule = |id: &str| RuleInfo {
            id: id.to_owned(),
            severity: Severity::High,
            summary: String::new(),
            documentation: String::new(),
            requires: vec!["pods".to_owned()],
            consults: Vec::new(),
        };
        let mut pack = PackInfo {
            name: "p".to_owned(),
            rules: vec![rule("few"), rule("odd")],
            metrics: vec![MetricInfo {
                name: "pods".to_owned(),
                metric_type: MetricType::Gauge,
                help: String::new(),
                rule: "few".to_owned(),
                labels: Vec::new(),
            }],
            ..PackInfo::default()
        };
        pack.needs.objects = vec![ObjectNeed {
            id: "pods".to_owned(),
            kind: "Pod".to_owned(),
            ..Default::default()
        }];
        pack
    }

    /// The namespaces `east`, `lab` and `shop`, each with a pod; their labels, where they were
    /// seen: `env=prod` in `shop`.
    fn inventory(labels: Coverage) -> Inventory {
        let slot = |objects: Vec<Value>, coverage, reason: &str| {
            let objects = objects.iter().map(|it| it.to_string().into()).collect();
            Arc::new(ObjectSlot { objects, coverage, reason: reason.to_owned() })
        };
        let names = ["east", "lab", "shop"];
        let pods = names.map(|it| json!({"metadata": {"namespace": it, "name": "a"}}));
        let namespaces = names.map(|it| {
            let labels = if it == "shop" { json!({"stage": "prod"}) } else { json!({}) };
            json!({"metadata": {"name": it, "labels": labels}})
        });
        let namespaces = if labels == Coverage::Absent { Vec::new() } else { namespaces.to_vec() };
        let objects = [
            ("p/pods".to_owned(), slot(pods.to_vec(), Coverage::Complete, "")),
            (NEED.to_owned(), slot(namespaces, labels, "none were dumped")),
        ];
        Inventory { objects: objects.into(), ..Inventory::default() }
    }

    fn finding(rule: &str, namespace: &str, summary: &str) -> Finding {
        Finding {
            rule: rule.to_owned(),
            severity: Severity::High,
            subject: ObjectRef {
                api_version: "v1".to_owned(),
                kind: "Pod".to_owned(),
                namespace: namespace.to_owned(),
                name: "a".to_owned(),
                ..ObjectRef::default()
            },
            summary: summary.to_owned(),
            cause: String::new(),
            remedy: String::new(),
            evidence: Vec::new(),
            labels: Vec::new(),
            caused_by: Vec::new(),
        }
    }

    /// What the pack says: `few` finds each pod where `least` is above 1, and cannot judge where it
    /// is 7; `odd` finds one node always, and traps where `trap` is set.
    fn says(settings: &Value, rules: &[&str]) -> Evaluation {
        let mut said = Evaluation::default();
        let least = settings["least"].as_i64().unwrap_or(1);
        if rules.contains(&"few") {
            let places = if least > 1 { &["", "east", "lab", "shop", "far"][..] } else { &[] };
            let summary = format!("least {least}");
            said.findings.extend(places.iter().map(|it| finding("few", it, &summary)));
            let (metric, label_values) = ("pods".to_owned(), Vec::new());
            said.samples.push(Sample { metric, label_values, value: least as f64 });
            if least == 7 {
                let (rule, reason) = ("few".to_owned(), "unclear".to_owned());
                said.undecided.push(Undecided { rule, reason });
            }
        }
        if rules.contains(&"odd") {
            said.findings.push(finding("odd", "", "odd"));
            if settings["trap"] == true {
                said.findings.pop();
                said.failures.push(failure(Some("odd")));
            }
        }
        said
    }

    fn failure(rule: Option<&str>) -> PackFailure {
        PackFailure {
            cluster: String::new(),
            pack: "p".to_owned(),
            rule: rule.map(str::to_owned),
            code: "trap".to_owned(),
            message: "it trapped".to_owned(),
            help: String::new(),
        }
    }

    fn evaluated(entries: &Value, base: &Value, labels: Coverage) -> (Evaluation, usize) {
        let entries: Vec<OfNamespaces> = serde_json::from_value(entries.clone()).expect("entries");
        let (pack, rules) = (pack(), ["few", "odd"]);
        let mut asked = 0;
        let ask = &mut |settings: &Value, rules: &[&str]| {
            asked += 1;
            if settings["wrong"] == true {
                Err(Box::new(failure(None)))
            } else {
                Ok(says(settings, rules))
            }
        };
        let of_pack = (&pack, Some(base));
        let first = says(base, &rules);
        let all = evaluate(&entries, of_pack, &inventory(labels), &rules, first, ask);
        (all, asked)
    }

    /// What is found, `rule namespace: summary`, and what is said beside it.
    #[track_caller]
    fn check(entries: Value, base: Value, labels: Coverage, found: &[&str], beside: &[&str]) {
        let (all, _) = evaluated(&entries, &base, labels);
        let got = all.findings.iter().map(|it| {
            let Finding { rule, subject, summary, .. } = it;
            format!("{rule} {}: {summary}", subject.namespace)
        });
        assert_eq!(got.collect::<Vec<_>>(), found);
        let undecided = all.undecided.iter().map(|it| format!("{}: {}", it.rule, it.reason));
        let failures = all.failures.iter().map(|it| it.message.clone());
        assert_eq!(undecided.chain(failures).collect::<Vec<_>>(), beside);
    }

    const ODD: &str = "odd : odd";

    #[test]
    fn a_finding_is_by_the_settings_of_its_namespace() {
        let shop = json!([{"labels": "stage=prod", "settings": {"p": {"least": 3}}}]);
        let want = [ODD, "few shop: least 3"];
        check(shop.clone(), json!({}), Coverage::Complete, &want, &[]);
        let all = ["few : least 2", "few east: least 2", "few lab: least 2", "few far: least 2"];
        let want = [&all[..], &[ODD, "few shop: least 3"]].concat();
        check(shop, json!({"least": 2}), Coverage::Complete, &want, &[]);
        let others = json!([{"names": ["other"], "settings": {"p": {"least": 3}}}]);
        check(others, json!({}), Coverage::Complete, &[ODD], &[]);
    }

    #[test]
    fn of_entries_that_hold_in_one_namespace_a_later_wins() {
        let both = json!([
            {"names": ["*"], "settings": {"p": {"least": 2, "x": 1}}},
            {"labels": "stage=prod", "settings": {"p": {"least": 3}}},
            {"names": ["lab"], "settings": {"p": {"least": null}, "q": {"least": 9}}},
        ]);
        // `far` is known by a finding alone.
        let want = [ODD, "few east: least 2", "few far: least 2", "few shop: least 3"];
        check(both, json!({"least": 1}), Coverage::Complete, &want, &[]);
    }

    #[test]
    fn samples_are_of_the_cluster() {
        let shop = json!([{"names": ["shop"], "settings": {"p": {"least": 3}}}]);
        let (all, asked) = evaluated(&shop, &json!({"least": 2}), Coverage::Absent);
        assert_eq!(all.samples.iter().map(|it| it.value).collect::<Vec<_>>(), [2.0]);
        assert_eq!(asked, 1);
        let severities = json!([{"names": ["shop"], "severities": {"few": "low"}}]);
        let (_, asked) = evaluated(&severities, &json!({}), Coverage::Absent);
        assert_eq!(asked, 0, "no settings of the pack");
    }

    #[test]
    fn reasons_of_all_evaluations_count() {
        let shop = json!([{"names": ["shop"], "settings": {"p": {"least": 7}}}]);
        let reason = "few: unclear (by the settings of namespaces[0])";
        check(shop, json!({}), Coverage::Absent, &[ODD, "few shop: least 7"], &[reason]);
    }

    #[test]
    fn a_rule_that_fails_by_some_settings_fails() {
        let trap = json!([{"names": ["shop"], "settings": {"p": {"trap": true, "least": 3}}}]);
        let told = "by the settings of namespaces[0]: it trapped";
        check(trap, json!({}), Coverage::Absent, &["few shop: least 3"], &[told]);
        let wrong = json!([{"names": ["shop"], "settings": {"p": {"wrong": true}}}]);
        check(wrong, json!({}), Coverage::Absent, &[], &[told]);
        // What fails by the settings of all is not asked again.
        let (all, asked) = evaluated(
            &json!([{"names": ["shop"], "settings": {"p": {"least": 3}}}]),
            &json!({"trap": true}),
            Coverage::Absent,
        );
        assert_eq!((all.failures.len(), asked), (1, 1));
    }

    #[test]
    fn what_depends_on_labels_that_nobody_has_seen_is_no_data() {
        let prod = |settings: Value| json!([{"labels": "stage=prod", "settings": {"p": settings}}]);
        let told = "few: the labels of 4 namespaces, such as east, are not known (none were \
                    dumped): by the settings of namespaces[0], which may hold there, it is judged \
                    otherwise";
        check(prod(json!({"least": 3})), json!({}), Coverage::Absent, &[ODD], &[told]);
        // What would be the same is no matter of doubt.
        check(prod(json!({"other": 3})), json!({}), Coverage::Absent, &[ODD], &[]);
        check(
            prod(json!({"least": 3})),
            json!({}),
            Coverage::Partial,
            &[ODD, "few shop: least 3"],
            &["few: the labels of the namespace far are not known (none were dumped): by the \
               settings of namespaces[0], which may hold there, it is judged otherwise"],
        );
    }

    #[test]
    fn no_more_settings_are_tried_than_would_end() {
        let names = ["east", "lab", "shop"];
        let entry = |nth: usize| {
            let names = [names[nth % 3]];
            json!({"names": names, "settings": {"p": {"least": nth + 2}}})
        };
        let entries: Vec<_> = (0..40).map(entry).collect();
        let (all, asked) = evaluated(&entries.into(), &json!({}), Coverage::Absent);
        assert_eq!((asked, all.failures.len()), (3, 0), "three namespaces");
        let labels: Vec<_> = (0..30)
            .map(|nth| json!({"labels": format!("l={nth}"), "settings": {"p": {"least": nth + 2}}}))
            .collect();
        let (all, asked) = evaluated(&labels.into(), &json!({}), Coverage::Absent);
        assert!(asked <= MOST_SETTINGS, "{asked}");
        assert!(all.undecided.iter().any(|it| it.rule == "few"), "{:?}", all.undecided);
    }
}
