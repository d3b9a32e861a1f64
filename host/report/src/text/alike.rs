//! Which findings the text shows: of many that are alike, the first few and how many more there
//! are. Nothing here knows how a finding looks.

use std::collections::{BTreeMap, HashMap};

use rulebox_core::{Finding, ReportedFinding, Severity};

use crate::forest::{self, Forest};

/// How many of the trees that are alike are shown: enough to see what they have in common.
const ALIKE_SHOWN: usize = 3;

/// How many rows of one cluster are shown: more are not read, and trees come worst first.
const ROWS_SHOWN: usize = 100;

/// The findings that the text shows, and what is left out behind them, by cluster.
pub(super) struct Rows<'r> {
    pub(super) shown: Vec<Row>,
    pub(super) rest: BTreeMap<&'r str, Rest>,
}

/// The findings of a cluster for which there is no room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rest {
    pub(super) findings: usize,
    pub(super) worst: Severity,
}

/// What stands at one place of the list of findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Row {
    /// How many findings it stands below.
    pub(super) depth: usize,
    /// A finding, by its place in the report; of those that are left out, the first.
    pub(super) at: usize,
    /// What is left out here, where that is what the row is for.
    pub(super) more: Option<More>,
}

/// Trees that are like those before them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct More {
    pub(super) trees: usize,
    /// How many findings follow from those at their tops.
    pub(super) below: usize,
}

/// The findings that count, each behind what it follows from. `all`: none is left out.
///
/// Trees are alike where rules, severities and the labels `reason` agree, of the top and of what
/// stands below it, however often each stands there: so nothing that is worse, or of another rule
/// or reason, is left out.
pub(super) fn rows<'r>(findings: &'r [ReportedFinding], forest: &Forest, all: bool) -> Rows<'r> {
    let mut below = vec![Vec::new(); findings.len()];
    let mut roots = Vec::new();
    for at in (0..findings.len()).filter(|&at| findings[at].suppressed.is_none()) {
        match forest.shown_above(findings, at) {
            Some(above) => below[above].push(at),
            None => roots.push(at),
        }
    }
    let trees = Trees::of(findings, &roots, &below);
    let mut shown = Vec::new();
    let mut of_cluster: HashMap<&str, usize> = HashMap::new();
    let mut rest: BTreeMap<&str, Rest> = BTreeMap::new();
    let mut next = trees.siblings(&roots, 0, all);
    next.reverse();
    while let Some(row) = next.pop() {
        let ReportedFinding { cluster, finding, .. } = &findings[row.at];
        let of_cluster = of_cluster.entry(cluster).or_default();
        *of_cluster += 1;
        if all || *of_cluster <= ROWS_SHOWN {
            shown.push(row);
        } else {
            let worst = finding.severity;
            let rest = rest.entry(cluster).or_insert(Rest { findings: 0, worst });
            rest.findings += row.more.map_or(1, |it| it.trees + it.below);
            rest.worst = rest.worst.max(worst);
        }
        if row.more.is_none() {
            let siblings = trees.siblings(&below[row.at], row.depth + 1, all);
            next.extend(siblings.into_iter().rev());
        }
    }
    Rows { shown, rest }
}

/// What two trees must have in common to be alike; shapes below have numbers.
type Shape<'r> = (&'r str, &'r str, &'r str, &'r str, Severity, Vec<usize>);

/// The tree below each finding.
struct Trees {
    shapes: Vec<usize>,
    sizes: Vec<usize>,
}

impl Trees {
    fn of(findings: &[ReportedFinding], roots: &[usize], below: &[Vec<usize>]) -> Self {
        let mut numbers: HashMap<Shape<'_>, usize> = HashMap::new();
        let (mut shapes, mut sizes) = (vec![0; findings.len()], vec![1; findings.len()]);
        for &at in forest::in_depth(roots, below).iter().rev() {
            let mut shapes_below: Vec<_> = below[at].iter().map(|&it| shapes[it]).collect();
            shapes_below.sort_unstable();
            shapes_below.dedup();
            let ReportedFinding { cluster, pack, finding, .. } = &findings[at];
            let Finding { rule, severity, labels, .. } = finding;
            let reason = labels.iter().find(|it| it.0 == "reason").map_or("", |it| &*it.1);
            let shape = (&**cluster, &**pack, &**rule, reason, *severity, shapes_below);
            let number = numbers.len();
            shapes[at] = *numbers.entry(shape).or_insert(number);
            sizes[at] += below[at].iter().map(|&it| sizes[it]).sum::<usize>();
        }
        Self { shapes, sizes }
    }

    /// The rows of findings that stand below one, or below none. One that is alike is not worth a
    /// line that says so.
    fn siblings(&self, siblings: &[usize], depth: usize, all: bool) -> Vec<Row> {
        let mut counts: HashMap<usize, (usize, More)> = HashMap::new();
        for &at in siblings.iter().filter(|_| !all) {
            let (count, more) =
                counts.entry(self.shapes[at]).or_insert((0, More { trees: 0, below: 0 }));
            *count += 1;
            if *count > ALIKE_SHOWN {
                more.trees += 1;
                more.below += self.sizes[at] - 1;
            }
        }
        let mut met: HashMap<usize, usize> = HashMap::new();
        let mut rows = Vec::new();
        for &at in siblings {
            let more = counts.get(&self.shapes[at]).map(|it| it.1).filter(|it| it.trees > 1);
            let nth = met.entry(self.shapes[at]).or_default();
            *nth += 1;
            if more.is_none() || *nth <= ALIKE_SHOWN {
                rows.push(Row { depth, at, more: None });
            } else if *nth == ALIKE_SHOWN + 1 {
                rows.push(Row { depth, at, more });
            }
        }
        rows
    }
}
