//! Which finding explains which: the objects that rules name as causes become findings, and never a
//! circle. How a report shows it is not known here.
//!
//! An object stands for the worst finding about it that does not itself follow from another one
//! about that object; for a finding about something else, where there is none, for the worst that
//! does.

use std::{
    cmp::Reverse,
    collections::{BTreeSet, HashMap},
};

use rulebox_core::{Finding, ObjectRef, ReportedFinding, Severity};

/// Fills in what each finding follows from. The findings must have their severities, fingerprints
/// and suppressions, and may come in any order.
///
/// Of several causes those that count come before those that are suppressed, and then the worst.
/// A suppressed cause stays one: what follows from it is still shown, and still counts. Where
/// findings explain each other in a circle, only a worse one explains another.
pub(crate) fn resolve(findings: &mut [ReportedFinding]) {
    findings.sort_by(|a, b| rank(a).cmp(&rank(b)));
    for of_cluster in findings.chunk_by_mut(|a, b| a.cluster == b.cluster) {
        let subjects = Subjects::of(of_cluster);
        let mut causes: Vec<_> =
            of_cluster.iter().enumerate().map(|(at, it)| subjects.causes(at, it)).collect();
        cut_circles(&mut causes);
        for at in 0..of_cluster.len() {
            let mut found: Vec<_> = causes[at].iter().map(|&it| &of_cluster[it]).collect();
            // They are in the order of their ranks, and sorting keeps it.
            found.sort_by_key(|it| it.suppressed.is_some());
            of_cluster[at].causes = found.iter().map(|it| it.fingerprint.clone()).collect();
        }
    }
}

/// By cluster, then the worst first; no two findings of a cluster have one fingerprint.
fn rank(it: &ReportedFinding) -> (&str, Reverse<Severity>, [&str; 7]) {
    let Finding { rule, severity, subject, .. } = &it.finding;
    let ObjectRef { kind, namespace, name, .. } = subject;
    let names = [&it.pack, rule, namespace, kind, name, subject.group(), &it.fingerprint];
    (&it.cluster, Reverse(*severity), names)
}

/// What an object is known by, but for its uid.
type Name<'f> = (&'f str, &'f str, &'f str, &'f str);

fn name(object: &ObjectRef) -> Name<'_> {
    (object.group(), &object.kind, &object.namespace, &object.name)
}

/// Whether two references mean one object; one of them may lack the uid.
fn is_same(a: &ObjectRef, b: &ObjectRef) -> bool {
    name(a) == name(b) && (a.uid.is_empty() || b.uid.is_empty() || a.uid == b.uid)
}

/// Whether a finding says that it follows from what else is wrong with its subject.
fn follows(finding: &Finding) -> bool {
    finding.caused_by.iter().any(|it| is_same(it, &finding.subject))
}

/// The findings of a cluster by what they are about.
#[derive(Default)]
struct Subjects<'f>(HashMap<Name<'f>, About<'f>>);

/// The findings about objects of one name.
#[derive(Default)]
struct About<'f> {
    own: Worst<'f>,
    /// Those that follow from others about the same object.
    following: Worst<'f>,
}

/// The worst of some findings, by their places in the order of ranks.
#[derive(Default)]
struct Worst<'f> {
    of_all: FirstTwo,
    by_uid: HashMap<&'f str, FirstTwo>,
}

/// The first two of some places: the first may be the one that asks.
#[derive(Debug, Clone, Copy, Default)]
struct FirstTwo([Option<usize>; 2]);

impl FirstTwo {
    fn add(&mut self, at: usize) {
        if let Some(free) = self.0.iter_mut().find(|it| it.is_none()) {
            *free = Some(at);
        }
    }

    fn but(self, asking: usize) -> Option<usize> {
        self.0.into_iter().flatten().find(|it| *it != asking)
    }
}

impl<'f> Worst<'f> {
    fn add(&mut self, uid: &'f str, at: usize) {
        self.of_all.add(at);
        self.by_uid.entry(uid).or_default().add(at);
    }

    fn find(&self, uid: &str, asking: usize) -> Option<usize> {
        if uid.is_empty() {
            return self.of_all.but(asking);
        }
        let of = |uid: &str| self.by_uid.get(uid).and_then(|it| it.but(asking));
        [of(uid), of("")].into_iter().flatten().min()
    }
}

impl<'f> Subjects<'f> {
    /// Of findings in the order of their ranks.
    fn of(findings: &'f [ReportedFinding]) -> Self {
        let mut subjects = Self::default();
        for (at, ReportedFinding { finding, .. }) in findings.iter().enumerate() {
            let about = subjects.0.entry(name(&finding.subject)).or_default();
            let worst = if follows(finding) { &mut about.following } else { &mut about.own };
            worst.add(&finding.subject.uid, at);
        }
        subjects
    }

    /// What explains a finding, in the order of ranks.
    fn causes(&self, at: usize, it: &ReportedFinding) -> Vec<usize> {
        let Finding { subject, caused_by, .. } = &it.finding;
        let causes = caused_by.iter().filter_map(|object| {
            let About { own, following } = self.0.get(&name(object))?;
            let any = || following.find(&object.uid, at).filter(|_| !is_same(object, subject));
            own.find(&object.uid, at).or_else(any)
        });
        causes.collect::<BTreeSet<_>>().into_iter().collect()
    }
}

/// Leaves of each circle what leads to an earlier finding, and everything outside of circles.
fn cut_circles(causes: &mut [Vec<usize>]) {
    let circles = circles(causes);
    for (at, of) in causes.iter_mut().enumerate() {
        of.retain(|&cause| circles[cause] != circles[at] || cause < at);
    }
}

/// A number for each place; two have the same where each leads to the other (Kosaraju). Without
/// recursion, because a pack decides how long a chain is.
fn circles(causes: &[Vec<usize>]) -> Vec<usize> {
    let mut effects = vec![Vec::new(); causes.len()];
    for (at, of) in causes.iter().enumerate() {
        for &cause in of {
            effects[cause].push(at);
        }
    }
    let mut ended = Vec::new();
    let mut is_seen = vec![false; causes.len()];
    for start in 0..causes.len() {
        walk(start, causes, &mut is_seen, &mut ended);
    }
    let mut circles = vec![0; causes.len()];
    let mut is_seen = vec![false; causes.len()];
    for &start in ended.iter().rev() {
        let mut reached = Vec::new();
        walk(start, &effects, &mut is_seen, &mut reached);
        for it in reached {
            circles[it] = start;
        }
    }
    circles
}

/// Walks to all that was not seen yet, in depth, and notes each where it is left.
fn walk(start: usize, next: &[Vec<usize>], is_seen: &mut [bool], left: &mut Vec<usize>) {
    if std::mem::replace(&mut is_seen[start], true) {
        return;
    }
    let mut way = vec![(start, next[start].iter())];
    while let Some((at, rest)) = way.last_mut() {
        if let Some(&it) = rest.find(|&&it| !is_seen[it]) {
            is_seen[it] = true;
            way.push((it, next[it].iter()));
        } else {
            left.push(*at);
            way.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rulebox_core::Suppression;

    use super::*;

    fn object(name: &str) -> ObjectRef {
        let (name, uid) = name.split_once('#').unwrap_or((name, ""));
        let (namespace, name) = name.split_once('/').unwrap_or(("", name));
        ObjectRef {
            api_version: "v1".to_owned(),
            kind: "Pod".to_owned(),
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            uid: uid.to_owned(),
        }
    }

    /// A finding `rule` about `object`, whose fingerprint is `rule object`.
    fn finding(severity: Severity, rule: &str, about: &str, caused_by: &[&str]) -> ReportedFinding {
        ReportedFinding {
            cluster: String::new(),
            pack: "p".to_owned(),
            fingerprint: format!("{rule} {about}"),
            finding: Finding {
                rule: rule.to_owned(),
                severity,
                subject: object(about),
                summary: String::new(),
                cause: String::new(),
                remedy: String::new(),
                evidence: Vec::new(),
                labels: Vec::new(),
                caused_by: caused_by.iter().map(|it| object(it)).collect(),
            },
            place: None,
            evidence_places: Vec::new(),
            suppressed: None,
            causes: Vec::new(),
        }
    }

    fn high(rule: &str, about: &str, caused_by: &[&str]) -> ReportedFinding {
        finding(Severity::High, rule, about, caused_by)
    }

    fn suppressed(it: ReportedFinding) -> ReportedFinding {
        let why = Suppression { reason: "known".to_owned(), ..Suppression::default() };
        ReportedFinding { suppressed: Some(why), ..it }
    }

    /// What explains the finding that was given first.
    #[track_caller]
    fn check(findings: &[ReportedFinding], want: &[&str]) {
        let first = findings[0].fingerprint.clone();
        for findings in [findings.to_vec(), findings.iter().rev().cloned().collect()] {
            let mut findings: Vec<_> = findings;
            resolve(&mut findings);
            let found = findings.iter().find(|it| it.fingerprint == first).expect("it is there");
            assert_eq!(found.causes, want);
        }
    }

    #[test]
    fn a_cause_is_found_by_its_object() {
        check(&[high("r", "a", &["b"]), high("s", "b", &[])], &["s b"]);
        check(&[high("r", "a", &["n/b"]), high("s", "b", &[])], &[]);
        check(&[high("r", "a", &["none"]), high("s", "b", &[])], &[]);
        let mut other = high("s", "b", &[]);
        other.finding.subject.api_version = "apps/v1".to_owned();
        check(&[high("r", "a", &["b"]), other.clone()], &[]);
        other.finding.subject.api_version = "v2".to_owned();
        check(&[high("r", "a", &["b"]), other], &["s b"]);
    }

    #[test]
    fn two_uids_are_two_objects() {
        check(&[high("r", "a", &["b#1"]), high("s", "b#2", &[])], &[]);
        check(&[high("r", "a", &["b#1"]), high("s", "b", &[])], &["s b"]);
        check(&[high("r", "a", &["b"]), high("s", "b#2", &[])], &["s b#2"]);
        let two = [high("t", "b", &[]), high("s", "b#1", &[])];
        check(&[high("r", "a", &["b#1"]), two[0].clone(), two[1].clone()], &["s b#1"]);
    }

    #[test]
    fn an_object_stands_for_the_worst_finding_about_it() {
        let low = finding(Severity::Low, "l", "b", &[]);
        check(&[high("r", "a", &["b"]), low, high("s", "b", &[])], &["s b"]);
    }

    #[test]
    fn the_own_subject_stands_for_what_else_is_wrong_with_it() {
        let worst = finding(Severity::Critical, "follows", "b", &["b"]);
        let cause = finding(Severity::Medium, "cause", "b", &[]);
        check(&[worst.clone(), cause.clone()], &["cause b"]);
        check(&[high("r", "b", &["b"]), worst.clone(), cause.clone()], &["cause b"]);
        check(&[high("r", "a", &["b"]), worst.clone(), cause], &["cause b"]);
        check(&[high("r", "b", &["b"]), worst.clone()], &[]);
        check(&[high("r", "a", &["b"]), worst], &["follows b"]);
    }

    #[test]
    fn the_worst_of_several_causes_comes_first_and_a_suppressed_one_last() {
        let worst = finding(Severity::Critical, "w", "d", &[]);
        let both = high("r", "a", &["b", "d"]);
        check(&[both.clone(), high("s", "b", &[]), worst.clone()], &["w d", "s b"]);
        check(&[both, high("s", "b", &[]), suppressed(worst)], &["s b", "w d"]);
    }

    #[test]
    fn a_suppressed_cause_explains_as_before() {
        check(&[high("r", "a", &["b"]), suppressed(high("s", "b", &[]))], &["s b"]);
    }

    #[test]
    fn a_circle_is_cut_where_the_worst_stands() {
        let worst = finding(Severity::Critical, "w", "b", &["a"]);
        check(&[high("r", "a", &["b"]), worst.clone()], &["w b"]);
        check(&[worst.clone(), high("r", "a", &["b"])], &[]);
        // What only leads into a circle keeps its cause.
        let outside = finding(Severity::Critical, "o", "c", &["a"]);
        check(&[outside, high("r", "a", &["b"]), worst], &["r a"]);
    }

    #[test]
    fn nothing_explains_a_finding_of_another_cluster() {
        let mut other = high("s", "b", &[]);
        other.cluster = "east".to_owned();
        check(&[high("r", "a", &["b"]), other], &[]);
    }

    #[test]
    fn a_long_chain_is_followed() {
        let name = |it: usize| format!("{it:05}");
        let link = |it: usize| high("r", &name(it), &[&name(it + 1)]);
        let mut chain: Vec<_> = (0..10_000).map(link).collect();
        resolve(&mut chain);
        assert_eq!(chain.iter().filter(|it| it.causes.len() == 1).count(), 9_999);
    }

    fn any_finding() -> impl Strategy<Value = ReportedFinding> {
        let object = "[a-e](#[12])?";
        let severity = prop::sample::select(Severity::ALL.to_vec());
        let causes = prop::collection::vec(object, 0..4);
        (severity, "[rs]", object, causes, "(east)?", any::<bool>()).prop_map(
            |(severity, rule, about, causes, cluster, is_known)| {
                let causes: Vec<_> = causes.iter().map(String::as_str).collect();
                let it = finding(severity, &rule, &about, &causes);
                let it = ReportedFinding { cluster, ..it };
                if is_known { suppressed(it) } else { it }
            },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            failure_persistence: None,
            ..ProptestConfig::default()
        })]

        /// Whoever is taken away when all its causes are gone leaves nothing behind but a circle.
        #[test]
        fn causes_never_run_in_a_circle_and_no_order_changes_them(
            findings in prop::collection::vec(any_finding(), 0..12),
            seed in prop::collection::vec(any::<prop::sample::Index>(), 12),
        ) {
            let mut findings = findings;
            // A fingerprint is unique in its cluster.
            for (nth, it) in findings.iter_mut().enumerate() {
                it.fingerprint = format!("{nth:02}");
            }
            let mut shuffled = findings.clone();
            for (at, index) in seed.iter().enumerate().take(findings.len()) {
                shuffled.swap(at, index.index(findings.len()));
            }
            resolve(&mut findings);
            resolve(&mut shuffled);
            prop_assert_eq!(&findings, &shuffled);
            let mut left = findings.clone();
            loop {
                let before = left.len();
                let there: Vec<_> =
                    left.iter().map(|it| (it.cluster.clone(), it.fingerprint.clone())).collect();
                left.retain(|it| {
                    let key = |cause: &String| (it.cluster.clone(), cause.clone());
                    it.causes.iter().any(|cause| there.contains(&key(cause)))
                });
                if left.len() == before {
                    break;
                }
            }
            prop_assert!(left.is_empty(), "{left:#?}");
        }
    }
}
