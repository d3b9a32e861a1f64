//! Findings as trees: each below the first of its causes. Formats ask here what stands above a
//! finding; nothing here knows how it is shown.

use std::{cmp::Reverse, collections::HashMap};

use rulebox_core::{ReportedFinding, Severity};

/// What stands above each finding of a list, by its place in the list.
#[derive(Debug)]
pub(crate) struct Forest {
    above: Vec<Option<usize>>,
}

impl Forest {
    /// A cause that is not in the list is none. Of a circle, which no finished run has, one is cut.
    pub(crate) fn of(findings: &[ReportedFinding]) -> Self {
        let names = names(findings);
        let mut above: Vec<_> = findings
            .iter()
            .map(|it| names.get(&(it.cluster.as_str(), it.causes.first()?.as_str())).copied())
            .collect();
        // In which walk upwards each was met, from 1.
        let mut met = vec![0; above.len()];
        for start in 0..above.len() {
            let mut at = start;
            while met[at] == 0 {
                met[at] = start + 1;
                match above[at] {
                    Some(next) if met[next] == start + 1 => above[at] = None,
                    Some(next) => at = next,
                    None => {}
                }
            }
        }
        Self { above }
    }

    /// The finding that one stands below.
    pub(crate) fn above(&self, at: usize) -> Option<usize> {
        self.above[at]
    }

    /// The nearest finding above one that counts.
    pub(crate) fn shown_above(&self, findings: &[ReportedFinding], at: usize) -> Option<usize> {
        let mut above = self.above(at)?;
        while findings[above].suppressed.is_some() {
            above = self.above(above)?;
        }
        Some(above)
    }
}

/// The place of each finding, by cluster and fingerprint.
pub(crate) fn names(findings: &[ReportedFinding]) -> HashMap<(&str, &str), usize> {
    let named = findings
        .iter()
        .enumerate()
        .map(|(at, it)| ((it.cluster.as_str(), it.fingerprint.as_str()), at));
    named.collect()
}

/// Puts each finding behind what it stands below. Trees, and those below one finding, come in the
/// order of the worst in them that counts, else of their first; the list has the order of findings
/// that stand alone.
pub(crate) fn by_trees(findings: Vec<ReportedFinding>) -> Vec<ReportedFinding> {
    let forest = Forest::of(&findings);
    let mut below = vec![Vec::new(); findings.len()];
    let mut roots = Vec::new();
    for at in 0..findings.len() {
        match forest.above(at) {
            Some(above) => below[above].push(at),
            None => roots.push(at),
        }
    }
    let mut worst: Vec<_> = findings.iter().map(Worst::of).collect();
    for &at in in_depth(&roots, &below).iter().rev() {
        if let Some(above) = forest.above(at) {
            worst[above] = worst[above].with(worst[at]);
        }
    }
    for siblings in below.iter_mut().chain([&mut roots]) {
        siblings.sort_by_key(|&at| Reverse(worst[at].severity()));
    }
    let mut findings: Vec<_> = findings.into_iter().map(Some).collect();
    let order = in_depth(&roots, &below);
    order.into_iter().filter_map(|at| findings[at].take()).collect()
}

/// The roots in their order, each before what is below it.
pub(crate) fn in_depth(roots: &[usize], below: &[Vec<usize>]) -> Vec<usize> {
    let mut order = Vec::with_capacity(below.len());
    let mut next: Vec<_> = roots.iter().rev().copied().collect();
    while let Some(at) = next.pop() {
        order.push(at);
        next.extend(below[at].iter().rev());
    }
    order
}

/// The worst severity in a tree.
#[derive(Debug, Clone, Copy)]
struct Worst {
    /// Of the findings that count.
    counted: Option<Severity>,
    all: Severity,
}

impl Worst {
    fn of(it: &ReportedFinding) -> Self {
        let all = it.finding.severity;
        Self { counted: it.suppressed.is_none().then_some(all), all }
    }

    fn with(self, other: Self) -> Self {
        Self { counted: self.counted.max(other.counted), all: self.all.max(other.all) }
    }

    fn severity(self) -> Severity {
        self.counted.unwrap_or(self.all)
    }
}
