//! What could not be read of a source, and whose objects may be missing because of it.

use std::collections::BTreeSet;

use crate::{ObjectNeed, alias::addresses};

/// Something that could not be read, or was passed over.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The file inside the input; empty where the input is one file.
    pub place: String,
    /// From 1.
    pub line: Option<u64>,
    /// What it is, and why it could not be read.
    pub reason: String,
    /// Whose objects may be missing because of it.
    pub concerns: Concerns,
    /// What it is, for whoever does not read words.
    pub kind: ProblemKind,
}

/// What a [`Problem`] is, where that matters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProblemKind {
    /// A limit to what inputs may cost was met: it is told before all others, and never left out.
    Limit,
    /// Nothing was read of an input that is one file.
    Unread,
    /// Anything else.
    #[default]
    Other,
}

impl Problem {
    /// Whether something may be missing because of it. A picture in a bundle is a problem, and no
    /// loss.
    pub fn lost(&self) -> bool {
        self.concerns != Concerns::Nothing
    }

    /// The input, the file, the line and the reason, as a rule without data gives them. `input`:
    /// the name of the input.
    pub fn described(&self, input: &str) -> String {
        let Self { place, line, reason, .. } = self;
        let line = line.map(|it| format!(":{it}")).unwrap_or_default();
        let place = if place.is_empty() || place == input {
            input.to_owned()
        } else {
            format!("{input}: {place}")
        };
        format!("{place}{line}: {reason}")
    }
}

/// Whose objects may be missing because of a [`Problem`].
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Concerns {
    /// No objects are missing.
    #[default]
    Nothing,
    /// Lines of one text need, by its index.
    Text(usize),
    /// Objects of these kinds, by group and kind. May be empty: what is missing is of kinds that no
    /// need asks for.
    Kinds(BTreeSet<(String, String)>),
    /// Objects of these needs alone, by their ids: other needs were given the same objects.
    Needs(BTreeSet<String>),
    /// Anything: nothing tells what is missing.
    Everything,
}

impl Concerns {
    /// The objects of one kind.
    pub fn kind(group: &str, kind: &str) -> Self {
        Self::Kinds(BTreeSet::from([(group.to_owned(), kind.to_owned())]))
    }

    /// What either concerns.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Nothing, it) | (it, Self::Nothing) => it,
            (Self::Kinds(mut kinds), Self::Kinds(more)) => {
                kinds.extend(more);
                Self::Kinds(kinds)
            }
            (Self::Needs(mut needs), Self::Needs(more)) => {
                needs.extend(more);
                Self::Needs(needs)
            }
            (one, other) if one == other => one,
            _ => Self::Everything,
        }
    }

    /// Whether objects that a need selects may be missing. They may have been lost under any
    /// address of their kind.
    pub(crate) fn objects_of(&self, need: &ObjectNeed) -> bool {
        match self {
            Self::Needs(ids) => ids.contains(&need.id),
            _ => self.kind_of(&need.group, &need.kind),
        }
    }

    /// The same for all objects of a kind.
    pub(crate) fn kind_of(&self, group: &str, kind: &str) -> bool {
        match self {
            Self::Nothing | Self::Text(_) | Self::Needs(_) => false,
            Self::Kinds(kinds) => addresses(group, kind)
                .any(|group| kinds.contains(&(group.to_owned(), kind.to_owned()))),
            Self::Everything => true,
        }
    }

    /// Whether lines that a text need selects may be missing.
    pub(crate) fn lines_of(&self, need: usize) -> bool {
        match self {
            Self::Nothing | Self::Kinds(_) | Self::Needs(_) => false,
            Self::Text(it) => *it == need,
            Self::Everything => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn need(group: &str, kind: &str) -> ObjectNeed {
        ObjectNeed { group: group.to_owned(), kind: kind.to_owned(), ..ObjectNeed::default() }
    }

    #[test]
    fn kinds_concern_those_who_ask_for_them() {
        let restores = Concerns::kind("velero.io", "Restore");
        assert!(restores.objects_of(&need("velero.io", "Restore")));
        assert!(!restores.objects_of(&need("velero.io", "Backup")));
        assert!(!restores.objects_of(&need("example.org", "Restore")));
        assert!(!restores.lines_of(0));
    }

    #[test]
    fn an_older_address_of_a_kind_concerns_those_who_ask_for_it_today() {
        let old = Concerns::kind("extensions", "Deployment");
        assert!(old.objects_of(&need("apps", "Deployment")));
        assert!(!old.objects_of(&need("apps", "DaemonSet")));
    }

    #[test]
    fn two_losses_concern_what_each_concerns() {
        let [pods, nodes] = ["Pod", "Node"].map(|it| Concerns::kind("", it));
        let both = pods.clone().and(nodes.clone());
        assert!(both.objects_of(&need("", "Pod")) && both.objects_of(&need("", "Node")));
        assert!(!both.objects_of(&need("", "Event")));
        assert_eq!(pods.clone().and(Concerns::Nothing), pods);
        assert_eq!(Concerns::Nothing.and(Concerns::Text(1)), Concerns::Text(1));
        assert_eq!(Concerns::Text(1).and(Concerns::Text(1)), Concerns::Text(1));
        assert_eq!(pods.clone().and(Concerns::Text(1)), Concerns::Everything);
        let [one, two] = ["a/pods", "b/pods"].map(|it| Concerns::Needs([it.to_owned()].into()));
        let asked = |id: &str| ObjectNeed { id: id.to_owned(), ..need("", "Pod") };
        let both = one.clone().and(two);
        assert!(both.objects_of(&asked("a/pods")) && both.objects_of(&asked("b/pods")));
        assert!(!one.objects_of(&asked("b/pods")) && !one.kind_of("", "Pod"));
        assert_eq!(one.and(pods), Concerns::Everything);
        assert_eq!(Concerns::Everything.and(nodes), Concerns::Everything);
    }
}
