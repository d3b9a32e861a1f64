//! A bundle that Rulebox has collected: which of its files a path names, and how much of each need
//! its lists hold. What its files are called, and what stands in them, `rulebox-bundle` knows.

use std::collections::BTreeMap;

use rulebox_bundle::{self as bundle, Fields, Info, List};
use rulebox_core::{Coverage, ObjectNeed};

/// What a file would be in a bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part<'p> {
    /// It makes the folder a bundle.
    Info,
    Lists,
    Fields,
    /// Why a list is missing, or is not whole, by the stem of its files.
    Error(&'p str),
    /// The objects of a list, by the stem of its files.
    List(&'p str),
    /// What nobody needs to read: the versions and kinds of the server.
    Other,
}

impl Part<'_> {
    /// Whether it tells of one list.
    pub(crate) fn is_of_list(self) -> bool {
        matches!(self, Self::List(_) | Self::Error(_))
    }

    /// Whether its text tells of the bundle, and holds no objects.
    pub(crate) fn is_told(self) -> bool {
        matches!(self, Self::Info | Self::Lists | Self::Fields | Self::Error(_))
    }
}

/// What a file would be in a bundle, and the folder of that bundle. Whether there is such a bundle,
/// only its [info](Part::Info) tells.
pub(crate) fn part(place: &str) -> Option<(&str, Part<'_>)> {
    let (folder, name) = place.rsplit_once('/').unwrap_or(("", place));
    match name {
        bundle::INFO => return Some((folder, Part::Info)),
        bundle::LISTS => return Some((folder, Part::Lists)),
        bundle::FIELDS => return Some((folder, Part::Fields)),
        bundle::VERSION => return Some((folder, Part::Other)),
        _ => {}
    }
    if let Some(root) = root_of(folder, "lists") {
        let list = name.strip_suffix(".json").map(Part::List);
        let part = list.or_else(|| name.strip_suffix(".err").map(Part::Error));
        return part.map(|it| (root, it));
    }
    if let Some(at) = format!("/{place}").rfind("/apis/") {
        return Some((place[..at].trim_end_matches('/'), Part::Other));
    }
    name.strip_suffix(".err").map(|_| (folder, Part::Other))
}

/// What holds a folder of this name.
fn root_of<'p>(folder: &'p str, name: &str) -> Option<&'p str> {
    let before = folder.strip_suffix(name)?;
    if before.is_empty() { Some(before) } else { before.strip_suffix('/') }
}

/// How the reading of a list ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct State {
    /// Whether any of it was read.
    pub(crate) begun: bool,
    /// Why it is not whole; empty if it is.
    pub(crate) shortfall: String,
}

/// What a bundle says of itself.
#[derive(Debug)]
pub(crate) struct Contents {
    pub(crate) lists: Vec<List>,
    /// None: it cannot be read.
    pub(crate) fields: Option<Fields>,
    /// Of each list how the reading of its file ended; none: there is neither a file nor a reason.
    pub(crate) states: BTreeMap<List, State>,
    /// Why nothing of it can be complete; empty if some can.
    pub(crate) distrust: String,
}

/// What a bundle holds for one need.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Judged {
    pub(crate) coverage: Coverage,
    /// Empty where the coverage is complete.
    pub(crate) reason: String,
    /// Whether its objects lack what the need reads: they are not given to it.
    pub(crate) is_blind: bool,
}

/// Where to get what a bundle lacks.
const AGAIN: &str = "collect again for the rules that are checked now";

impl Contents {
    /// How much of a need the bundle holds: as much as a live cluster would show whose lists ended
    /// in the same way.
    pub(crate) fn judge(&self, need: &ObjectNeed) -> Judged {
        let (coverage, reason) = self.listed(need);
        let judged = Judged { coverage, reason, is_blind: false };
        if judged.coverage == Coverage::Absent {
            return judged;
        }
        let kind = need.kind_name();
        let missing = self.fields.as_ref().map(|it| it.missing(need)).unwrap_or_default();
        let reason = bundle::withheld(need).or_else(|| {
            if self.fields.as_ref().is_some_and(|it| !it.tells_of(&need.group, &need.kind)) {
                let file = bundle::FIELDS;
                return Some(format!(
                    "{file} names no field of {kind}: nothing tells what was taken"
                ));
            }
            let missing = (!missing.is_empty()).then(|| names(&missing))?;
            Some(format!("the bundle holds {kind} without {missing}: {AGAIN}"))
        });
        match reason {
            Some(reason) => Judged { coverage: Coverage::Absent, reason, is_blind: true },
            None => judged,
        }
    }

    fn listed(&self, need: &ObjectNeed) -> (Coverage, String) {
        let ObjectNeed { group, kind, namespaces, .. } = need;
        let of_kind = |it: &&List| it.group == *group && it.kind == *kind;
        let begun = |it: &List| self.states.get(it).is_some_and(|it| it.begun);
        if !self.distrust.is_empty() {
            let begun = self.states.iter().any(|it| of_kind(&it.0) && it.1.begun);
            let coverage = if begun { Coverage::Partial } else { Coverage::Absent };
            return (coverage, self.distrust.clone());
        }
        let mut wanted: Vec<Option<&str>> = namespaces.iter().map(|it| Some(it.as_str())).collect();
        wanted.sort_unstable();
        wanted.dedup();
        if wanted.is_empty() {
            wanted.push(None);
        }
        let (mut any, mut reasons) = (false, Vec::new());
        for namespace in wanted {
            let holds = |it: &&List| it.holds(group, kind, namespace);
            let overlaps = |it: &&List| of_kind(it) && (namespace.is_none() || holds(it));
            any |= self.lists.iter().filter(overlaps).any(begun);
            let whole = |it: &List| self.states.get(it).is_some_and(|it| it.shortfall.is_empty());
            if self.lists.iter().filter(holds).any(whole) {
                continue;
            }
            // A failed list of all namespaces says less than that of the one.
            let own = self.lists.iter().filter(holds).max_by_key(|it| it.namespace.is_some());
            reasons.push(if let Some(own) = own {
                self.states.get(own).map_or_else(
                    || {
                        format!(
                            "the bundle lacks {}, which {} names: collecting or copying it ended \
                         early",
                            own.file(),
                            bundle::LISTS
                        )
                    },
                    |it| it.shortfall.clone(),
                )
            } else {
                let list = List {
                    group: group.clone(),
                    kind: kind.clone(),
                    namespace: namespace.map(str::to_owned),
                };
                let some = self.lists.iter().any(|it| of_kind(&it));
                let of = if some && namespace.is_none() { " of all namespaces" } else { "" };
                format!("the bundle holds no list of {}{of}: {AGAIN}", list.described())
            });
        }
        let coverage = match (any, reasons.is_empty()) {
            (false, _) => Coverage::Absent,
            (true, false) => Coverage::Partial,
            (true, true) => Coverage::Complete,
        };
        (coverage, reasons.join("; "))
    }
}

/// The first fields, and how many more there are.
fn names(fields: &[String]) -> String {
    const SHOWN: usize = 4;
    let shown = fields.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    match fields.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// Characters of kubectl's words that a reason quotes.
const MESSAGE_LENGTH: usize = 300;

/// Kinds that have no namespace: kubectl's words do not tell.
const CLUSTER_SCOPED: [(&str, &str); 14] = [
    ("", "Namespace"),
    ("", "Node"),
    ("", "PersistentVolume"),
    ("apiextensions.k8s.io", "CustomResourceDefinition"),
    ("apiregistration.k8s.io", "APIService"),
    ("rbac.authorization.k8s.io", "ClusterRole"),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"),
    ("scheduling.k8s.io", "PriorityClass"),
    ("snapshot.storage.k8s.io", "VolumeSnapshotClass"),
    ("snapshot.storage.k8s.io", "VolumeSnapshotContent"),
    ("storage.k8s.io", "CSIDriver"),
    ("storage.k8s.io", "CSINode"),
    ("storage.k8s.io", "StorageClass"),
    ("storage.k8s.io", "VolumeAttachment"),
];

/// Why a list is not whole, by the text that stands beside it: kubectl's words or our own. Beside a
/// whole list there is no such file, so one that says nothing tells of a failure, too.
pub(crate) fn reason(text: &str, list: &List) -> String {
    let lines = text.lines().map(str::trim);
    let lines = lines.filter(|it| !it.is_empty() && !it.starts_with("Warning:"));
    let text = lines.collect::<Vec<_>>().join(" ");
    if text.is_empty() {
        let file = list.error_file();
        return format!("{file} does not say why the list is not whole: collecting ended early");
    }
    let refused = text.starts_with("Error from server (Forbidden)");
    if refused && text.contains(" cannot list resource ") {
        let resource = bundle::resource_of(&list.group, &list.kind);
        let is_here = |it: &(&str, &str)| *it == (list.group.as_str(), list.kind.as_str());
        let namespaced = !CLUSTER_SCOPED.iter().any(is_here);
        let user = shortened(bundle::user_in(&text));
        return bundle::forbidden(&resource, list.namespace.as_deref(), namespaced, &user);
    }
    let unknown = text.contains("the server doesn't have a resource type")
        || text
            .starts_with("Error from server (NotFound): the server could not find the requested");
    if unknown {
        let separator = if list.group.is_empty() { "" } else { "." };
        return rulebox_core::coverage::serves_none(&format!(
            "{}{separator}{}",
            list.kind, list.group
        ));
    }
    shortened(&text)
}

/// Whether a reason tells how the cluster is set up, or what was asked for, and no loss.
pub(crate) fn is_refusal(reason: &str) -> bool {
    let begins =
        ["forbidden: ", "the cluster serves ", "--namespace ", "Error from server (Forbidden)"];
    begins.iter().any(|it| reason.starts_with(it))
        || reason.contains(" is cluster-scoped, and the need asks for namespace ")
        || reason.ends_with(": 404 Not Found")
}

/// The start of a message, on one line.
fn shortened(text: &str) -> String {
    let short = text.chars().take(MESSAGE_LENGTH);
    short.map(|it| if it.is_control() { ' ' } else { it }).collect()
}

/// The info of a bundle, or the line at which it cannot be read and why.
pub(crate) fn info(text: Option<&str>) -> Result<Info, (u64, String)> {
    match text {
        Some(text) => Info::parse(text).map_err(|it| (it.line as u64, it.reason)),
        None => Err((1, "cannot be read as text, or is longer than any such file".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(kind: &str, namespace: &str) -> List {
        let namespace = Some(namespace.to_owned()).filter(|it| !it.is_empty());
        List { group: String::new(), kind: kind.to_owned(), namespace }
    }

    /// What a bundle holds of pods in these namespaces: its lists, each with its namespace, whether
    /// any of it was read, and why not all; `-`: nothing is known of it.
    #[track_caller]
    fn check(namespaces: &[&str], lists: &[(&str, bool, &str)], want: (Coverage, &str)) {
        let state = |begun, shortfall: &str| State { begun, shortfall: shortfall.to_owned() };
        let known = lists.iter().filter(|it| it.2 != "-");
        let contents = Contents {
            lists: lists.iter().map(|it| list("Pod", it.0)).collect(),
            fields: None,
            states: known.map(|it| (list("Pod", it.0), state(it.1, it.2))).collect(),
            distrust: String::new(),
        };
        let need = ObjectNeed {
            kind: "Pod".to_owned(),
            namespaces: namespaces.iter().map(|&it| it.to_owned()).collect(),
            ..ObjectNeed::default()
        };
        let Judged { coverage, reason, is_blind } = contents.judge(&need);
        assert_eq!((coverage, reason.as_str(), is_blind), (want.0, want.1, false));
    }

    const WHOLE: (Coverage, &str) = (Coverage::Complete, "");

    #[test]
    fn a_whole_list_covers_what_it_holds() {
        check(&["a"], &[("a", true, "")], WHOLE);
        check(&["a", "b"], &[("", true, "")], WHOLE);
        check(&[], &[("", true, "")], WHOLE);
    }

    #[test]
    fn a_list_that_failed_gives_its_reason() {
        check(&["a"], &[("a", false, "forbidden")], (Coverage::Absent, "forbidden"));
        check(&["a"], &[("a", true, "broke off")], (Coverage::Partial, "broke off"));
        check(
            &["a", "b"],
            &[("a", true, ""), ("b", false, "forbidden")],
            (Coverage::Partial, "forbidden"),
        );
    }

    #[test]
    fn narrow_lists_count_where_the_broad_one_failed() {
        let lists = [("", false, "forbidden"), ("a", true, ""), ("b", false, "no")];
        check(&["a"], &lists, WHOLE);
        check(&["b"], &lists, (Coverage::Absent, "no"));
        check(&["c"], &lists, (Coverage::Absent, "forbidden"));
        check(&[], &lists, (Coverage::Partial, "forbidden"));
    }

    #[test]
    fn a_list_that_was_not_asked_for_is_named() {
        let again = "collect again for the rules that are checked now";
        let none = |of: &str| format!("the bundle holds no list of {of}: {again}");
        check(&["a"], &[], (Coverage::Absent, &none("pods in namespace a")));
        check(&[], &[], (Coverage::Absent, &none("pods")));
        check(&[], &[("a", true, "")], (Coverage::Partial, &none("pods of all namespaces")));
    }

    #[test]
    fn a_list_of_which_nothing_is_left_ended_early() {
        let reason = "the bundle lacks lists/pods@a.json, which lists.txt names: collecting or \
                      copying it ended early";
        check(&["a"], &[("a", false, "-")], (Coverage::Absent, reason));
    }

    #[track_caller]
    fn check_part(place: &str, want: Option<(&str, Part<'_>)>) {
        assert_eq!(part(place), want, "{place}");
    }

    #[test]
    fn files_of_a_bundle_are_known_by_their_paths() {
        check_part("rulebox-bundle.json", Some(("", Part::Info)));
        check_part("x.tar.gz/b/rulebox-bundle.json", Some(("x.tar.gz/b", Part::Info)));
        check_part("b/lists.txt", Some(("b", Part::Lists)));
        check_part("b/lists/pods@csdr.json", Some(("b", Part::List("pods@csdr"))));
        check_part("lists/pods@csdr.err", Some(("", Part::Error("pods@csdr"))));
        check_part("b/apis/velero.io/v1.json", Some(("b", Part::Other)));
        check_part("apis/v1.err", Some(("", Part::Other)));
        check_part("b/version.err", Some(("b", Part::Other)));
        check_part("b/playlists/pods@csdr.json", None);
        check_part("b/lists/notes.md", None);
        check_part("b/pods.json", None);
    }

    #[track_caller]
    fn check_reason(text: &str, of: &List, want: &str, refusal: bool) {
        let reason = reason(text, of);
        assert_eq!((reason.as_str(), is_refusal(&reason)), (want, refusal));
    }

    #[test]
    fn a_refusal_has_the_words_of_a_live_cluster() {
        let words = |place: &str| {
            format!(
                "Error from server (Forbidden): pods is forbidden: User \"u\" cannot list resource \
                 \"pods\" in API group \"\" {place}\n"
            )
        };
        check_reason(
            &words("in the namespace \"a\""),
            &list("Pod", "a"),
            "forbidden: cannot list pods in namespace a; grant `list` on `pods` in a to `u` by a \
             Role",
            true,
        );
        check_reason(
            &words("at the cluster scope"),
            &list("Node", ""),
            "forbidden: cannot list nodes; grant `list` on `nodes` to `u` by a ClusterRole",
            true,
        );
    }

    #[test]
    fn what_is_not_served_is_no_loss_and_what_broke_is() {
        let pods = list("Pod", "a");
        check_reason("the cluster serves no Pod\n", &pods, "the cluster serves no Pod", true);
        check_reason(
            "error: the server doesn't have a resource type \"pods\"",
            &pods,
            "the cluster serves no Pod",
            true,
        );
        check_reason("Warning: v1 is old\nEOF\n", &pods, "EOF", false);
        let silent = "lists/pods@a.err does not say why the list is not whole: collecting ended \
                      early";
        check_reason("Warning: v1 is old\n", &pods, silent, false);
        check_reason("", &pods, silent, false);
        check_reason(&"x".repeat(1000), &pods, &"x".repeat(300), false);
    }
}
