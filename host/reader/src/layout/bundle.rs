//! Which tools have written an input, and what they omit.

use std::collections::{BTreeMap, BTreeSet};

use rulebox_bundle::{plural_of, resource_of};
use rulebox_core::{Collector, Coverage, Extent, ObjectNeed, addresses};

use super::{
    kinds::KINDS,
    location::{Location, locate},
    tool::{CLUSTER_INFO, Tool},
};

/// How much of a kind a tool collects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Taken {
    /// Nothing, by default.
    Not,
    /// What other objects refer to, or what its options select.
    Chosen,
    /// Everything in the namespaces it visits; no file if there is nothing.
    Found,
    /// Everything in the namespaces it visits; a file for each namespace, even if there is nothing.
    Listed,
}

impl Tool {
    fn takes(self, need: &ObjectNeed, files: &Seen) -> Taken {
        let plural = plural_of(&need.kind);
        let seen = files.lists(need).is_some();
        match self {
            Self::ClusterInfoDump => {
                let listed = CLUSTER_INFO.iter().any(|it| it.replace('-', "") == plural);
                let listed = listed && ["", "apps"].contains(&need.group.as_str());
                if listed || (seen && !is_custom(need)) { Taken::Listed } else { Taken::Not }
            }
            // `oc adm inspect` writes the custom resources that an operator lists.
            Self::MustGather if is_custom(need) => Taken::Chosen,
            Self::MustGather => Taken::Listed,
            Self::Sonobuoy if seen => Taken::Found,
            Self::Sonobuoy if is_custom(need) => Taken::Not,
            // Its default configuration omits both.
            Self::Sonobuoy if ["events", "secrets"].contains(&plural.as_str()) => Taken::Not,
            Self::Sonobuoy => Taken::Found,
            Self::Troubleshoot if is_custom(need) => Taken::Found,
            // Versions differ in what they collect.
            Self::Troubleshoot if seen => Taken::Listed,
            Self::VeleroBackup => Taken::Chosen,
            Self::VeleroDebug if need.group == "velero.io" || need.kind == "Pod" => Taken::Found,
            Self::Troubleshoot | Self::VeleroDebug => Taken::Not,
        }
    }
}

/// Whether the kind is not built into Kubernetes.
fn is_custom(need: &ObjectNeed) -> bool {
    let of_kubernetes = need.group.ends_with(".k8s.io") || !need.group.contains('.');
    !of_kubernetes && !KINDS.iter().any(|it| it.0 == need.group && it.2 == need.kind)
}

/// The files of one bundle.
#[derive(Debug, Default)]
struct Seen {
    namespaces: BTreeSet<String>,
    /// Plural, group if known, and namespaces; the empty namespace stands for cluster-scoped
    /// objects.
    lists: BTreeMap<(String, Option<String>), BTreeSet<String>>,
    /// Whether the bundle is one text, whose lists do not show their namespace.
    printed: bool,
    /// Whether there was a file that only this tool writes.
    certain: bool,
}

impl Seen {
    fn add(&mut self, place: &Location<'_>) {
        if place.lists {
            let key = (place.plural.to_owned(), place.group.map(str::to_owned));
            self.lists.entry(key).or_default().insert(place.namespace.to_owned());
            if !place.namespace.is_empty() {
                self.namespaces.insert(place.namespace.to_owned());
            }
        }
        self.certain |=
            place.tool != Tool::ClusterInfoDump || place.plural == "replicationcontrollers";
    }

    /// The namespaces for which objects of the kind were listed.
    fn lists(&self, need: &ObjectNeed) -> Option<&BTreeSet<String>> {
        if self.printed {
            return Some(&self.namespaces);
        }
        let plural = plural_of(&need.kind);
        let groups = addresses(&need.group, &need.kind).map(|it| Some(it.to_owned()));
        std::iter::once(None)
            .chain(groups)
            .find_map(|group| self.lists.get(&(plural.clone(), group)))
    }
}

/// The bundles in an input.
#[derive(Debug, Default)]
pub(crate) struct Bundles {
    /// By tool; and by folder for a tool whose file names are common.
    seen: BTreeMap<(Tool, String), Seen>,
}

impl Bundles {
    /// Records the path of a file.
    pub(crate) fn see(&mut self, path: &str) {
        let Some(place) = locate(path) else { return };
        let root = match place.tool {
            Tool::ClusterInfoDump => path.rsplitn(3, '/').nth(2).unwrap_or_default(),
            _ => "",
        };
        self.seen.entry((place.tool, root.to_owned())).or_default().add(&place);
    }

    /// Records that a text was printed by `kubectl cluster-info dump`, with logs of pods of this
    /// namespace.
    pub(crate) fn see_printed(&mut self, namespace: &str) {
        let seen = self.seen.entry((Tool::ClusterInfoDump, String::new())).or_default();
        seen.namespaces.insert(namespace.to_owned());
        (seen.printed, seen.certain) = (true, true);
    }

    /// Reports how far the tools cover each need.
    pub(crate) fn report_coverage(&self, needs: &[ObjectNeed], collector: &mut Collector) {
        for ((bundle, _), seen) in self.seen.iter().filter(|it| it.1.certain) {
            for (i, need) in needs.iter().enumerate() {
                if let Some((coverage, reason)) = extent(*bundle, seen, need) {
                    let namespaces = seen.namespaces.clone();
                    collector.reaches(Extent { need: i, coverage, namespaces, reason });
                }
            }
        }
    }
}

/// How far a bundle covers a need, and why; none if only the objects show it.
fn extent(bundle: Tool, seen: &Seen, need: &ObjectNeed) -> Option<(Coverage, String)> {
    let tool = bundle.name();
    let kind = need.kind_name();
    let add = format!("add `{}`", command(need));
    let lists = seen.lists(need);
    let absent = |reason: String| Some((Coverage::Absent, format!("{reason}: {add}")));
    let partial = |reason: String| Some((Coverage::Partial, format!("{reason}: {add}")));
    let taken = bundle.takes(need, seen);
    match taken {
        Taken::Not if is_custom(need) && bundle == Tool::VeleroDebug => {
            return absent(format!("{tool} holds no custom resources but those of velero.io"));
        }
        Taken::Not if is_custom(need) => {
            return absent(format!("{tool} holds no custom resources"));
        }
        Taken::Not => return absent(format!("{tool} holds no {kind}")),
        Taken::Chosen if bundle == Tool::VeleroBackup => {
            return partial(format!("{tool} holds only what it includes, as it was then"));
        }
        Taken::Chosen => {
            return absent(format!(
                "{tool} holds only the custom resources that an operator names"
            ));
        }
        Taken::Found | Taken::Listed => {}
    }
    // Cluster-scoped objects have no namespace.
    if lists.is_some_and(|it| it.contains("")) {
        return None;
    }
    let here = names(&seen.namespaces);
    let outside: BTreeSet<_> =
        need.namespaces.iter().filter(|it| !seen.namespaces.contains(*it)).cloned().collect();
    if !outside.is_empty() {
        let reason = format!(
            "{tool} holds the namespaces that it is told to, here {here}, and not {}",
            names(&outside)
        );
        return partial(reason);
    }
    let Some(lists) = lists else {
        return match taken {
            // The kind may be cluster-scoped: a must-gather writes such objects one by one.
            Taken::Listed if need.namespaces.is_empty() && bundle == Tool::MustGather => None,
            Taken::Listed => absent(format!(
                "{tool} lists {kind} in each namespace that it visits, and here is no such list: \
                 it ended early, or may not list them"
            )),
            _ => absent(format!("{tool} holds no {kind}: none was there, or it may not list them")),
        };
    };
    let mut unlisted: BTreeSet<String> = seen.namespaces.difference(lists).cloned().collect();
    unlisted.retain(|it| need.namespaces.is_empty() || need.namespaces.contains(it));
    if taken == Taken::Listed && !unlisted.is_empty() {
        return partial(format!(
            "{tool} lists {kind} in each namespace that it visits, and here not in {}: \
             it ended early, or may not list them",
            names(&unlisted)
        ));
    }
    if need.namespaces.is_empty() && !bundle.visits_all(&seen.namespaces) {
        return partial(format!("{tool} holds the namespaces that it is told to, here {here}"));
    }
    Some((Coverage::Complete, String::new()))
}

/// The command that prints everything a need selects. The plural is guessed as Kubernetes guesses
/// it.
fn command(need: &ObjectNeed) -> String {
    let resource = resource_of(&need.group, &need.kind);
    let place = match need.namespaces.as_slice() {
        [namespace] => format!("-n {namespace}"),
        _ => "-A".to_owned(),
    };
    format!("kubectl get {resource} {place} -o yaml")
}

/// The first names, and how many more there are.
fn names(all: &BTreeSet<String>) -> String {
    const SHOWN: usize = 4;
    let shown: Vec<&str> = all.iter().take(SHOWN).map(String::as_str).collect();
    let shown = shown.join(", ");
    match all.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
