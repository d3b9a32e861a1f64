//! How many objects of each kind each namespace holds.

use crate::{
    kinds::{KINDS, Kind},
    names::{CSDR, SHOP},
};

/// Namespaces that every cluster has.
const OF_EVERY_CLUSTER: [&str; 4] = ["default", "kube-node-lease", "kube-public", "kube-system"];

/// Objects of one kind in one namespace.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Group {
    pub(crate) kind: &'static Kind,
    /// Empty for cluster-scoped objects.
    pub(crate) namespace: &'static str,
    /// The index of the group's first object among all objects of the kind.
    pub(crate) first: u64,
    pub(crate) count: u64,
}

impl Group {
    /// Whether the built-in pack needs the group's objects.
    pub(crate) fn is_needed(&self) -> bool {
        self.kind.needed && self.namespace == CSDR
    }
}

/// The objects of a kind, by its plural, in a namespace: one group or none.
pub(crate) fn of<'g>(groups: &'g [Group], plural: &str, namespace: &str) -> &'g [Group] {
    let at = groups.iter().position(|it| it.kind.plural == plural && it.namespace == namespace);
    at.map_or(&[], |it| &groups[it..=it])
}

/// The groups of each kind.
pub(crate) fn of_one_kind(groups: &[Group]) -> impl Iterator<Item = &[Group]> {
    groups.chunk_by(|a, b| a.kind.plural == b.kind.plural)
}

/// The namespaces of the dump, sorted.
pub(crate) fn namespaces() -> Vec<&'static str> {
    let mut all = [&OF_EVERY_CLUSTER[..], &SHOP, &[CSDR]].concat();
    all.sort_unstable();
    all
}

/// A kind that was chosen, and its weight among the chosen.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Choice {
    pub(crate) kind: &'static Kind,
    weight: u64,
}

/// The value of `--kinds`: `pods`, `pods=3,secrets=97`, `all`.
#[derive(Debug, Clone)]
pub(crate) struct Choices(Vec<Choice>);

impl std::str::FromStr for Choices {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut choices: Vec<Choice> = Vec::new();
        for word in text.split(',').map(str::trim) {
            let (name, weight) = match word.split_once('=') {
                Some((name, weight)) => (name, Some(weight)),
                None => (word, None),
            };
            let weight = weight.map(|it| {
                let weight = it.parse().ok().filter(|it| (1..=1_000_000).contains(it));
                weight
                    .ok_or_else(|| format!("the weight of `{word}` is no number from 1 to 1000000"))
            });
            let weight = weight.transpose()?;
            if name == "all" {
                if weight.is_some() {
                    return Err("`all` takes no weight: name the kinds to weigh them".to_owned());
                }
                choices.extend(KINDS.iter().map(|kind| Choice { kind, weight: kind.weight }));
            } else {
                let kind = KINDS.iter().find(|it| it.plural == name);
                let kind = kind.ok_or_else(|| unknown(name))?;
                choices.push(Choice { kind, weight: weight.unwrap_or(kind.weight) });
            }
        }
        for (i, choice) in choices.iter().enumerate() {
            if choices[..i].iter().any(|it| it.kind.plural == choice.kind.plural) {
                return Err(format!("`{}` is named twice", choice.kind.plural));
            }
        }
        // In the order in which a dump lists them, whatever the order of the words.
        choices.sort_by_key(|it| KINDS.iter().position(|kind| kind.plural == it.kind.plural));
        Ok(Self(choices))
    }
}

fn unknown(name: &str) -> String {
    let known: Vec<_> = KINDS.iter().map(|it| it.plural).collect();
    format!("`{name}` is none of the kinds that can be made: all, {}", known.join(", "))
}

impl Choices {
    /// Distributes the objects over kinds and namespaces. `needed` is the percentage of objects
    /// that the built-in pack needs.
    pub(crate) fn plan(&self, objects: u64, needed: Option<f64>) -> Result<Vec<Group>, String> {
        let Self(choices) = self;
        let in_backup_center: Vec<u64>;
        let elsewhere: Vec<u64>;
        let weights = |of: &dyn Fn(&Kind) -> bool| -> Vec<u64> {
            choices.iter().map(|it| if of(it.kind) { it.weight } else { 0 }).collect()
        };
        if let Some(percent) = needed {
            let share = share(objects, percent);
            in_backup_center = deal(share, &weights(&|it| it.needed)).ok_or(
                "none of the chosen kinds is one that the built-in pack needs: add pods, events, \
                 backups or the like to --kinds, or leave --needed away",
            )?;
            let others = weights(&|it| !it.other_namespaces().is_empty());
            elsewhere = deal(objects - share, &others).ok_or(
                "all of the chosen kinds are only ever needed: add configmaps, secrets or the like \
                 to --kinds, or say --needed 100",
            )?;
        } else {
            let totals = deal(objects, &weights(&|_| true)).unwrap_or_default();
            let ours = |(total, Choice { kind, .. }): (&u64, &Choice)| match kind.other_namespaces()
            {
                [] => *total,
                // The backup center is a small part of a cluster.
                _ if kind.lies_in_backup_center() => *total / 50,
                _ => 0,
            };
            in_backup_center = totals.iter().zip(choices).map(ours).collect();
            elsewhere =
                totals.iter().zip(&in_backup_center).map(|(all, ours)| all - ours).collect();
        }
        let mut groups = Vec::new();
        for ((choice, ours), others) in choices.iter().zip(in_backup_center).zip(elsewhere) {
            let kind = choice.kind;
            let namespaces = kind.other_namespaces();
            let mut counts: Vec<_> =
                namespaces.iter().copied().zip(even(others, namespaces.len())).collect();
            if kind.lies_in_backup_center() {
                counts.push((CSDR, ours));
            }
            counts.sort_unstable_by_key(|it| it.0);
            let mut first = 0;
            for (namespace, count) in counts.into_iter().filter(|it| it.1 > 0) {
                groups.push(Group { kind, namespace, first, count });
                first += count;
            }
        }
        Ok(groups)
    }
}

/// A percentage of a number, rounded.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a percentage of a number lies between 0 and the number"
)]
fn share(of: u64, percent: f64) -> u64 {
    ((of as f64 * percent / 100.0).round() as u64).min(of)
}

/// Divides a number by weights, so that the parts add up to it. None if all weights are 0 and the
/// number is not.
fn deal(total: u64, weights: &[u64]) -> Option<Vec<u64>> {
    let sum: u64 = weights.iter().sum();
    if sum == 0 {
        return (total == 0).then(|| vec![0; weights.len()]);
    }
    let mut so_far = 0;
    let mut dealt = 0;
    let parts = weights.iter().map(|weight| {
        so_far += weight;
        let until = u128::from(total) * u128::from(so_far) / u128::from(sum);
        let until = u64::try_from(until).expect("no more than the total");
        let part = until - dealt;
        dealt = until;
        part
    });
    Some(parts.collect())
}

fn even(total: u64, parts: usize) -> Vec<u64> {
    deal(total, &vec![1; parts]).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(kinds: &str, objects: u64, needed: Option<f64>, want: &[(&str, u64, u64)]) {
        let groups = kinds.parse::<Choices>().expect(kinds).plan(objects, needed).expect(kinds);
        let mut got: Vec<(&str, u64, u64)> = Vec::new();
        for group in groups {
            if got.last().is_none_or(|it| it.0 != group.kind.plural) {
                got.push((group.kind.plural, 0, 0));
            }
            let last = got.last_mut().expect("one was pushed");
            assert_eq!(group.first, last.1 + last.2, "indexes go on");
            *(if group.namespace == CSDR { &mut last.1 } else { &mut last.2 }) += group.count;
        }
        assert_eq!(got, want, "{kinds}");
    }

    #[track_caller]
    fn check_error(kinds: &str, needed: Option<f64>, want: &str) {
        let error = kinds.parse::<Choices>().and_then(|it| it.plan(100, needed).map(drop));
        let error = error.expect_err(kinds);
        assert!(error.contains(want), "{error}");
    }

    #[test]
    fn weights_deal_the_objects_out() {
        check("pods", 1_000, None, &[("pods", 20, 980)]);
        check("secrets=3,pods=1", 1_000, None, &[("pods", 5, 245), ("secrets", 15, 735)]);
        check("nodes=1,backups=1", 10, None, &[("nodes", 0, 5), ("backups", 5, 0)]);
    }

    #[test]
    fn a_share_is_needed() {
        check("pods", 1_000, Some(3.0), &[("pods", 30, 970)]);
        check(
            "pods=1,backups=1,secrets=1",
            1_000,
            Some(10.0),
            &[("pods", 50, 450), ("secrets", 0, 450), ("backups", 50, 0)],
        );
        check("backups", 10, Some(100.0), &[("backups", 10, 0)]);
    }

    #[test]
    fn misuse_is_named() {
        check_error("pod", None, "`pod` is none of the kinds that can be made: all, nodes,");
        check_error("pods,pods", None, "`pods` is named twice");
        check_error("pods,all", None, "`pods` is named twice");
        check_error("pods=0", None, "no number from 1 to 1000000");
        check_error("all=3", None, "`all` takes no weight");
        check_error("secrets", Some(3.0), "add pods, events");
        check_error("backups", Some(3.0), "add configmaps");
    }
}
