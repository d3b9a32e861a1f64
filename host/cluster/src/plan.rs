//! Which lists the needs require, and what the outcomes of the lists mean for the coverage of each
//! need. Sends no request.

use std::collections::{BTreeMap, BTreeSet};

use rulebox_core::{
    Coverage, ObjectNeed,
    coverage::{LEFT_OUT, serves_none},
    is_namespace,
};

use crate::{discovery::Resource, fetch::Failure};

/// One list to ask for. In their order a broad list stands before those that it contains.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct List {
    pub(crate) group: String,
    pub(crate) kind: String,
    /// How many of the two restrictions below the list has.
    restrictions: u8,
    /// None: all namespaces, or a cluster-scoped kind.
    pub(crate) namespace: Option<String>,
    /// Empty: every object.
    pub(crate) selector: String,
}

impl List {
    fn new(need: &ObjectNeed, namespace: Option<&str>) -> Self {
        let selector = need.label_selector.trim().to_owned();
        Self {
            group: need.group.clone(),
            kind: need.kind.clone(),
            restrictions: u8::from(namespace.is_some()) + u8::from(!selector.is_empty()),
            namespace: namespace.map(str::to_owned),
            selector,
        }
    }

    /// `Pod`, `Backup.velero.io`.
    pub(crate) fn kind_name(&self) -> String {
        let Self { group, kind, .. } = self;
        if group.is_empty() { kind.clone() } else { format!("{kind}.{group}") }
    }

    /// Whether an object can be in both lists.
    fn overlaps(&self, other: &Self) -> bool {
        self.group == other.group
            && self.kind == other.kind
            && (self.namespace.is_none()
                || other.namespace.is_none()
                || self.namespace == other.namespace)
    }

    /// Whether every object of `other` is in this list too.
    pub(crate) fn contains(&self, other: &Self) -> bool {
        self.group == other.group
            && self.kind == other.kind
            && (self.namespace.is_none() || self.namespace == other.namespace)
            && (self.selector.is_empty() || self.selector == other.selector)
    }
}

/// How the reading of a list ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// Whether any page of it was read.
    pub(crate) begun: bool,
    /// Number of objects read, needed or not.
    pub(crate) objects: usize,
    /// Why the server was not asked for it, or not for the rest of it, where the reason is that of
    /// other lists too; else empty.
    pub(crate) cut_off: String,
    /// Why the list is incomplete; empty if it is complete.
    pub(crate) shortfall: String,
}

impl Outcome {
    pub(crate) fn is_complete(&self) -> bool {
        self.shortfall.is_empty()
    }
}

/// What is asked for because of one need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ask {
    pub(crate) lists: Vec<List>,
    /// What `--namespace` excludes; empty if nothing.
    left_out: String,
}

/// The lists of one need, as far as discovery tells, or why there are none. `found`: the resource
/// of its kind; `failure`: why there may be one all the same.
pub(crate) fn ask_found(
    need: &ObjectNeed,
    found: Option<&Resource>,
    failure: Option<&Failure>,
    allowed: &[String],
) -> Result<Ask, String> {
    let kind = need.kind_name();
    match (found, failure) {
        (Some(resource), _) => ask(need, resource, allowed),
        (None, None) => Err(serves_none(&kind)),
        (None, Some(Failure::Forbidden { .. })) => Err(format!(
            "forbidden: cannot find out whether the cluster serves {kind}; grant the ClusterRole \
             `system:discovery`"
        )),
        (None, Some(failure)) => {
            Err(format!("cannot find out whether the cluster serves {kind}: {failure}"))
        }
    }
}

/// The lists of one need, or why there are none. `allowed` are the namespaces that the user named,
/// if any.
fn ask(need: &ObjectNeed, resource: &Resource, allowed: &[String]) -> Result<Ask, String> {
    let kind = need.kind_name();
    if !resource.listable {
        return Err(format!("the cluster serves {kind}, but no list of it"));
    }
    if !resource.namespaced {
        if !need.namespaces.is_empty() {
            let wanted = need.namespaces.join(", ");
            return Err(format!(
                "{kind} is cluster-scoped, and the need asks for namespace {wanted}"
            ));
        }
        return Ok(Ask { lists: vec![List::new(need, None)], left_out: String::new() });
    }
    if let Some(it) = need.namespaces.iter().find(|it| !is_namespace(it)) {
        return Err(format!("the need asks for namespace `{it}`, which cannot be one"));
    }
    let wanted: BTreeSet<&str> = need.namespaces.iter().map(String::as_str).collect();
    let allowed: BTreeSet<&str> = allowed.iter().map(String::as_str).collect();
    let flag = || allowed.iter().map(|it| format!("{LEFT_OUT}{it}")).collect::<Vec<_>>().join(" ");
    let (namespaces, left_out) = match (wanted.is_empty(), allowed.is_empty()) {
        (true, true) => {
            return Ok(Ask { lists: vec![List::new(need, None)], left_out: String::new() });
        }
        (false, true) => (wanted, String::new()),
        (true, false) => {
            let left_out = format!("{} leaves out {kind} of other namespaces", flag());
            (allowed.clone(), left_out)
        }
        (false, false) => {
            let missing: Vec<_> = wanted.difference(&allowed).copied().collect();
            let left_out = format!("{} leaves out {kind} of {}", flag(), missing.join(", "));
            let left_out = if missing.is_empty() { String::new() } else { left_out };
            (wanted.intersection(&allowed).copied().collect(), left_out)
        }
    };
    if namespaces.is_empty() {
        return Err(left_out);
    }
    let lists = namespaces.into_iter().map(|it| List::new(need, Some(it))).collect();
    Ok(Ask { lists, left_out })
}

/// A list that was read completely and holds all of `list`, so that `list` need not be asked for.
pub(crate) fn contained<'a>(list: &List, done: &'a BTreeMap<List, Outcome>) -> Option<&'a Outcome> {
    done.iter().find(|(it, outcome)| outcome.is_complete() && it.contains(list)).map(|(_, it)| it)
}

/// How far the lists of a need cover the need, and why not completely.
pub(crate) fn judge(ask: &Ask, done: &BTreeMap<List, Outcome>) -> (Coverage, String) {
    let mut reasons = Vec::new();
    let mut begun = false;
    for list in &ask.lists {
        // The collector gives an object to every need that selects it, whichever list holds the
        // object.
        begun |= done.iter().any(|(it, outcome)| outcome.begun && it.overlaps(list));
        let outcome = contained(list, done).or_else(|| done.get(list));
        reasons.extend(outcome.filter(|it| !it.is_complete()).map(|it| it.shortfall.clone()));
    }
    if !ask.left_out.is_empty() {
        reasons.push(ask.left_out.clone());
    }
    let coverage = match (begun, reasons.is_empty()) {
        (false, _) => Coverage::Absent,
        (true, false) => Coverage::Partial,
        (true, true) => Coverage::Complete,
    };
    (coverage, reasons.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pods(namespaces: &[&str], selector: &str) -> ObjectNeed {
        ObjectNeed {
            kind: "Pod".to_owned(),
            namespaces: namespaces.iter().map(|&it| it.to_owned()).collect(),
            label_selector: selector.to_owned(),
            ..ObjectNeed::default()
        }
    }

    fn resource(namespaced: bool, listable: bool) -> Resource {
        Resource {
            api_version: "v1".to_owned(),
            kind: "Pod".to_owned(),
            plural: "pods".to_owned(),
            namespaced,
            listable,
        }
    }

    #[track_caller]
    fn check(need: &[&str], allowed: &[&str], want: Result<(&[&str], &str), &str>) {
        let allowed: Vec<_> = allowed.iter().map(|&it| it.to_owned()).collect();
        let got = ask(&pods(need, ""), &resource(true, true), &allowed);
        let got = got.map(|it| {
            let namespaces = it.lists.into_iter().map(|it| it.namespace.unwrap_or("*".to_owned()));
            (namespaces.collect::<Vec<_>>(), it.left_out)
        });
        let want = want
            .map(|(it, reason)| {
                (it.iter().map(|&it| it.to_owned()).collect::<Vec<_>>(), reason.to_owned())
            })
            .map_err(str::to_owned);
        assert_eq!(got, want);
    }

    #[test]
    fn namespaces_of_the_need_and_of_the_user_intersect() {
        check(&[], &[], Ok((&["*"], "")));
        check(&["b", "a", "a"], &[], Ok((&["a", "b"], "")));
        check(&["a", "b"], &["a", "b", "c"], Ok((&["a", "b"], "")));
        check(&["a", "b"], &["a"], Ok((&["a"], "--namespace a leaves out Pod of b")));
        check(
            &[],
            &["b", "a"],
            Ok((&["a", "b"], "--namespace a --namespace b leaves out Pod of other namespaces")),
        );
        check(&["b"], &["a"], Err("--namespace a leaves out Pod of b"));
    }

    #[test]
    fn what_cannot_be_a_namespace_is_never_asked_for() {
        let reason = "the need asks for namespace `a/secrets`, which cannot be one";
        check(&["a/secrets"], &[], Err(reason));
    }

    #[test]
    fn a_cluster_scoped_kind_ignores_the_users_namespaces() {
        let asked = ask(&pods(&[], ""), &resource(false, true), &["a".to_owned()]).expect("a list");
        assert_eq!((asked.lists[0].namespace.as_deref(), asked.left_out.as_str()), (None, ""));
        let error = ask(&pods(&["a"], ""), &resource(false, true), &[]).expect_err("no namespace");
        assert_eq!(error, "Pod is cluster-scoped, and the need asks for namespace a");
        let error = ask(&pods(&[], ""), &resource(true, false), &[]).expect_err("no list");
        assert_eq!(error, "the cluster serves Pod, but no list of it");
    }

    #[test]
    fn broad_lists_come_first_and_contain_the_narrow() {
        let list = |namespace, selector| List::new(&pods(&[], selector), namespace);
        let all = list(None, "");
        let here = list(Some("a"), "");
        let labelled = list(None, "x=y");
        let both = list(Some("a"), "x=y");
        let order: BTreeSet<_> = [&both, &here, &labelled, &all].into_iter().collect();
        assert_eq!(order.into_iter().collect::<Vec<_>>(), [&all, &labelled, &here, &both]);
        assert!(all.contains(&both) && here.contains(&both) && labelled.contains(&both));
        assert!(!here.contains(&labelled) && !labelled.contains(&here) && !both.contains(&all));
        assert!(!here.contains(&list(Some("b"), "")) && !labelled.contains(&list(None, "x=z")));
    }

    #[test]
    fn a_failed_broad_list_serves_nobody() {
        let asked = ask(&pods(&["a"], ""), &resource(true, true), &[]).expect("a list");
        let broad = List::new(&pods(&[], ""), None);
        let failed =
            Outcome { begun: true, shortfall: "forbidden".to_owned(), ..Outcome::default() };
        let read = Outcome { begun: true, ..Outcome::default() };
        let mut done =
            BTreeMap::from([(broad.clone(), failed), (asked.lists[0].clone(), read.clone())]);
        assert_eq!(judge(&asked, &done), (Coverage::Complete, String::new()));
        done = BTreeMap::from([(broad, read)]);
        assert_eq!(judge(&asked, &done), (Coverage::Complete, String::new()));
    }
}
