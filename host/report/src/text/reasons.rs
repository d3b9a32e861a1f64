//! Reasons that many share: each is said once, with the kinds and the rules that it is about.

use std::collections::{BTreeMap, BTreeSet};

use rulebox_core::ObjectNeed;

use super::page::Page;

/// A reason, and the kind that it is about, where it is about one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Reason {
    /// The words around each name of the kind: one more than the names.
    words: Vec<String>,
    kind: Option<Kind>,
}

/// How a reason names a kind.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Kind {
    /// `Backup.velero.io`, or `backups.velero.io` where the reason names only that.
    name: String,
    /// Each name that stood in the reason.
    names: Vec<String>,
}

impl Reason {
    /// A reason that is about no kind, or about any.
    pub(super) fn plain(reason: &str) -> Self {
        Self { words: vec![reason.to_owned()], kind: None }
    }

    /// A reason that is about a kind, and may name it or its resource.
    pub(super) fn of_kind(reason: &str, group: &str, kind: &str) -> Self {
        let name = kind_name(group, kind);
        let resource = kind_name(group, &plural_of(kind));
        let (mut words, mut names) = (Vec::new(), Vec::new());
        let mut from = 0;
        for (at, found) in places_of(reason, [&name, &resource]) {
            words.push(reason[from..at].to_owned());
            names.push(found.to_owned());
            from = at + found.len();
        }
        words.push(reason[from..].to_owned());
        let name = if names.is_empty() || names.contains(&name) { name } else { resource };
        Self { words, kind: Some(Kind { name, names }) }
    }

    /// The same, about a kind that it need not name.
    pub(super) fn about(self, kind: &str) -> Self {
        let of_kind = || Kind { name: kind.to_owned(), names: Vec::new() };
        Self { kind: Some(self.kind.unwrap_or_else(of_kind)), ..self }
    }

    fn whole(&self) -> String {
        let names = self.kind.iter().flat_map(|it| &it.names);
        let rest = self.words[1..].iter().zip(names).map(|(word, name)| format!("{name}{word}"));
        format!("{}{}", self.words[0], rest.collect::<String>())
    }
}

/// `Backup.velero.io`
pub(super) fn kind_name(group: &str, kind: &str) -> String {
    let (group, kind) = (group.to_owned(), kind.to_owned());
    ObjectNeed { group, kind, ..ObjectNeed::default() }.kind_name()
}

/// The plural as Kubernetes guesses it.
fn plural_of(kind: &str) -> String {
    let singular = kind.to_lowercase();
    match singular.strip_suffix('y') {
        _ if singular == "endpoints" => singular,
        _ if singular.ends_with('s') => format!("{singular}es"),
        Some(head) => format!("{head}ies"),
        None => format!("{singular}s"),
    }
}

/// Where one of these names stands as a word of its own, in their order.
fn places_of<'n>(text: &str, names: [&'n String; 2]) -> Vec<(usize, &'n str)> {
    let in_word = |it: char| it.is_alphanumeric() || "-_.".contains(it);
    let places = names.into_iter().flat_map(|name| {
        let places = text.match_indices(name.as_str());
        places.map(move |(at, _)| (at, name.as_str()))
    });
    let is_word = |(at, name): &(usize, &str)| {
        let (before, after) = (&text[..*at], &text[at + name.len()..]);
        !before.ends_with(in_word) && !after.starts_with(in_word)
    };
    let mut places: Vec<_> = places.filter(is_word).collect();
    places.sort_unstable();
    places.dedup_by_key(|it| it.0);
    places
}

/// Reasons, each with what it holds for: rules, or what was found of a kind.
#[derive(Debug, Default)]
pub(super) struct Reasons {
    /// What is about kinds, by its words: it comes first.
    of_kinds: BTreeMap<Vec<String>, Holders>,
    plain: BTreeMap<Vec<String>, Holders>,
}

type Holders = BTreeMap<Option<Kind>, BTreeSet<String>>;

impl Reasons {
    pub(super) fn add(&mut self, reason: Reason, item: String) {
        let Reason { words, kind } = reason;
        let reasons = if kind.is_some() { &mut self.of_kinds } else { &mut self.plain };
        reasons.entry(words).or_default().entry(kind).or_default().insert(item);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.of_kinds.is_empty() && self.plain.is_empty()
    }

    /// Writes each reason, and below it what it holds for. `all`: so many items are all that there
    /// are.
    pub(super) fn write(&self, page: &mut Page, indent: usize, all: usize) {
        let list = |items: &BTreeSet<String>| {
            if items.len() == all && all > 3 {
                format!("all {all}")
            } else {
                items.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
            }
        };
        for (words, kinds) in self.of_kinds.iter().chain(&self.plain) {
            if let [(kind, items)] = Vec::from_iter(kinds).as_slice() {
                let is_named = words.len() > 1 || kind.is_none();
                let reason = Reason { words: words.clone(), kind: (*kind).clone() };
                page.hanging(indent, &reason.whole());
                let name = kind.as_ref().filter(|_| !is_named).map(|it| format!("{}: ", it.name));
                page.hanging(indent + 2, &format!("{}{}", name.unwrap_or_default(), list(items)));
                continue;
            }
            let names: Vec<_> = kinds.keys().flatten().collect();
            page.hanging(indent, &of_several(words, &names));
            for (kind, items) in kinds {
                let name = kind.as_ref().map(|it| format!("{}: ", it.name)).unwrap_or_default();
                page.hanging(indent + 2, &format!("{name}{}", list(items)));
            }
        }
    }
}

/// A reason that several kinds share, which stand below it: `the input holds none of these`. In a
/// command they are listed.
fn of_several(words: &[String], kinds: &[&Kind]) -> String {
    let mut text = words[0].clone();
    let mut was_named = false;
    for (nth, word) in words[1..].iter().enumerate() {
        let in_command = text.matches('`').count() % 2 == 1;
        if in_command && text.ends_with('`') && word.starts_with('`') {
            text.pop();
            text.push_str(if was_named { "them" } else { "these" });
            text.push_str(&word[1..]);
        } else if in_command {
            let names: Vec<_> = kinds.iter().map(|it| it.names[nth].as_str()).collect();
            text.push_str(&names.join(","));
            text.push_str(word);
            continue;
        } else {
            let is_none = text.ends_with(" no ");
            text.truncate(text.len() - if is_none { "no ".len() } else { 0 });
            text.push_str(match (is_none, was_named) {
                (true, _) => "none of these",
                (false, false) => "these",
                (false, true) => "them",
            });
            text.push_str(word);
        }
        was_named = true;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TextStyle;

    /// What is written of a reason that a pod and a backup of Velero share; `NAME` and `RESOURCE`
    /// stand for each.
    #[track_caller]
    fn check(reason: &str, want: &str) {
        let mut reasons = Reasons::default();
        for (group, kind, name, resource) in [
            ("", "Pod", "Pod", "pods"),
            ("velero.io", "Backup", "Backup.velero.io", "backups.velero.io"),
        ] {
            let reason = reason.replace("NAME", name).replace("RESOURCE", resource);
            let parted = Reason::of_kind(&reason, group, kind);
            assert_eq!(parted.whole(), reason);
            reasons.add(parted, "r".to_owned());
        }
        let mut page = Page::new(TextStyle { width: 200, ..TextStyle::default() });
        reasons.write(&mut page, 0, 9);
        assert_eq!(page.out, want);
    }

    #[test]
    fn kinds_that_share_a_reason_stand_below_it() {
        let names = "  Backup.velero.io: r\n  Pod: r\n";
        check("the input holds no NAME", &format!("the input holds none of these\n{names}"));
        check("it leaves out NAME of a", &format!("it leaves out these of a\n{names}"));
        check("it holds nothing of the kind", &format!("it holds nothing of the kind\n{names}"));
    }

    #[test]
    fn resources_are_named_where_the_reason_names_them() {
        check(
            "forbidden: cannot list RESOURCE in namespace a; grant `list` on `RESOURCE` by a Role",
            "forbidden: cannot list these in namespace a; grant `list` on them by a Role\n  \
             backups.velero.io: r\n  pods: r\n",
        );
        check(
            "none of NAME: add `kubectl get RESOURCE -A`",
            "none of these: add `kubectl get backups.velero.io,pods -A`\n  \
             Backup.velero.io: r\n  Pod: r\n",
        );
    }

    #[test]
    fn a_name_in_a_longer_word_is_none() {
        let reason = Reason::of_kind("no Pod.example.org, no PodGroup, a/Pod", "", "Pod");
        assert_eq!(reason.words, ["no Pod.example.org, no PodGroup, a/", ""]);
    }
}
