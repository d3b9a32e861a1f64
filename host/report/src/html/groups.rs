//! How findings stand on the page: in trees, each cause above what follows from it, and those that
//! say the same of many objects as one group.

use std::collections::HashMap;

use super::parts::around;
use crate::view::{FindingView, ReportView, StepView};

/// A tree: a finding that nothing explains, and what follows from it.
#[derive(Debug, Default)]
pub(super) struct Tree(pub(super) Vec<Entry>);

/// A finding, or several that say the same of several objects.
#[derive(Debug)]
pub(super) struct Entry {
    /// 0 for what nothing explains.
    pub(super) depth: usize,
    /// The finding that explains it.
    pub(super) above: Option<usize>,
    /// At least one, in their order.
    pub(super) members: Vec<usize>,
}

/// From so many on, findings of one rule stand as a group: fewer are as short each by itself.
const GROUP: usize = 4;

/// The findings that count, in their order.
pub(super) fn counted(report: &ReportView) -> Vec<&FindingView> {
    report.findings.iter().filter(|it| it.suppressed.is_none()).collect()
}

/// Arranges the findings that count; they stay in their order.
pub(super) fn trees(findings: &[&FindingView]) -> Vec<Tree> {
    let names: HashMap<_, _> = findings
        .iter()
        .enumerate()
        .map(|(at, it)| ((it.cluster.as_str(), it.fingerprint.as_str()), at))
        .collect();
    // A cause stands before what it causes, so that none can stand below itself.
    let above = |at: usize| {
        let it = findings[at];
        let above = names.get(&(it.cluster.as_str(), it.caused_by.first()?.as_str())).copied();
        above.filter(|above| *above < at)
    };
    let above: Vec<_> = (0..findings.len()).map(above).collect();
    let mut has_below = vec![false; findings.len()];
    above.iter().flatten().for_each(|it| has_below[*it] = true);
    let mut depths = Vec::with_capacity(findings.len());
    let mut runs: Vec<Vec<usize>> = Vec::new();
    for at in 0..findings.len() {
        depths.push(above[at].map_or(0, |it: usize| depths[it] + 1));
        let is_alike = |last: &Vec<usize>| {
            let other = last[0];
            let (it, of) = (findings[at], findings[other]);
            above[at] == above[other]
                && !has_below[at]
                && !has_below[other]
                && (&it.cluster, &it.pack, &it.rule, it.severity)
                    == (&of.cluster, &of.pack, &of.rule, of.severity)
        };
        match runs.last_mut().filter(|it| is_alike(it)) {
            Some(run) => run.push(at),
            None => runs.push(vec![at]),
        }
    }
    let mut trees: Vec<Tree> = Vec::new();
    for run in runs {
        let (depth, above) = (depths[run[0]], above[run[0]]);
        let groups =
            if run.len() >= GROUP { vec![run] } else { run.chunks(1).map(Vec::from).collect() };
        for members in groups {
            let entry = Entry { depth, above, members };
            match trees.last_mut().filter(|_| depth > 0) {
                Some(tree) => tree.0.push(entry),
                None => trees.push(Tree(vec![entry])),
            }
        }
    }
    trees
}

/// What all members of a group say, so that it is said once.
#[derive(Debug)]
pub(super) struct Shared<'f> {
    pub(super) cause: Option<&'f str>,
    pub(super) remedy: Option<Remedy<'f>>,
}

/// Steps that are the same for all members but for the name of the object.
#[derive(Debug)]
pub(super) struct Remedy<'f> {
    pub(super) steps: &'f [StepView],
    /// The name that stands in them, where it must be replaced.
    pub(super) name: Option<&'f str>,
}

pub(super) fn shared<'f>(members: &[&'f FindingView]) -> Shared<'f> {
    let Some((first, others)) = members.split_first() else {
        return Shared { cause: None, remedy: None };
    };
    let cause = Some(first.cause.as_str()).filter(|it| others.iter().all(|of| of.cause == *it));
    let name = first.subject.name.as_str();
    let remedy = if others.iter().all(|it| it.steps == first.steps) {
        Some(Remedy { steps: &first.steps, name: None })
    } else if others.iter().all(|it| is_same_but_for_name(first, it)) {
        Some(Remedy { steps: &first.steps, name: Some(name) })
    } else {
        None
    };
    Shared { cause, remedy: remedy.filter(|it| !it.steps.is_empty()) }
}

/// Whether the steps of two findings differ in the name of the object alone. Where they also name
/// the namespace, it must be the same.
fn is_same_but_for_name(one: &FindingView, other: &FindingView) -> bool {
    one.steps.len() == other.steps.len()
        && one.steps.iter().zip(&other.steps).all(|(a, b)| {
            let (a_parts, b_parts) =
                (around(&a.text, &one.subject.name), around(&b.text, &other.subject.name));
            a.kind == b.kind && a_parts == b_parts
        })
}
