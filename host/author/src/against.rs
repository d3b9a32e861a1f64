//! What a new version of a pack asks for that the old one did not: whoever installs it has to allow
//! that. Less is no news, and neither are rules, words and the size of the file, which ask for
//! nothing.

use std::collections::BTreeSet;

use rulebox_core::{Path, Segment};

use crate::inspect::{NeedView, PackView};

/// A sentence for each thing, sorted as a pack is told; empty where it asks for no more.
pub fn asks_for_more(old: &PackView, new: &PackView) -> Vec<String> {
    let mut more = Vec::new();
    if version(&new.contract) > version(&old.contract) {
        more.push(format!("contract {}, which was {}", new.contract, old.contract));
    }
    let imports = new.imports.iter().filter(|it| !old.imports.iter().any(|old| is_of(old, it)));
    more.extend(imports.map(|it| format!("import {it}")));
    for need in &new.objects {
        let namespaces = match &need.namespaces[..] {
            [] => vec![None],
            some => some.iter().map(|it| Some(it.as_str())).collect(),
        };
        for namespace in namespaces {
            more.extend(of_need(need, namespace, old));
        }
    }
    let is_new = |it: &&crate::inspect::TextView| {
        !old.texts.iter().any(|old| old.paths == it.paths && old.pattern == it.pattern)
    };
    let texts = new.texts.iter().filter(is_new);
    more.extend(
        texts.map(|it| format!("lines of {} that match `{}`", it.paths.join(", "), it.pattern)),
    );
    let mut told = BTreeSet::new();
    more.retain(|it| told.insert(it.clone()));
    more
}

/// What is new of a need in one namespace, or in all.
fn of_need(need: &NeedView, namespace: Option<&str>, old: &PackView) -> Option<String> {
    let shows = |it: &&NeedView| {
        it.kind == need.kind
            && it.group == need.group
            && (it.namespaces.is_empty()
                || namespace.is_some_and(|name| it.namespaces.iter().any(|it| it == name)))
            && (it.label_selector.is_empty() || it.label_selector == need.label_selector)
    };
    let before: Vec<_> = old.objects.iter().filter(shows).collect();
    let place = match (namespace, need.label_selector.as_str()) {
        (None, "") => " in all namespaces".to_owned(),
        (None, labels) => format!(" in all namespaces with labels {labels}"),
        (Some(name), "") => format!(" in the namespace {name}"),
        (Some(name), labels) => format!(" in the namespace {name} with labels {labels}"),
    };
    let kind = need.kind_name();
    if before.is_empty() {
        let fields = match need.fields.join(", ") {
            fields if fields.is_empty() => "whole".to_owned(),
            fields => fields,
        };
        return Some(format!("{kind}{place}: {fields}"));
    }
    if before.iter().any(|it| it.fields.is_empty()) {
        return None;
    }
    if need.fields.is_empty() {
        return Some(format!("{kind}{place}: whole, and not some fields"));
    }
    let known =
        |field: &&String| before.iter().any(|it| it.fields.iter().any(|it| holds(it, field)));
    let fields: Vec<_> = need.fields.iter().filter(|it| !known(it)).map(String::as_str).collect();
    (!fields.is_empty()).then(|| format!("{kind}{place}: {}", fields.join(", ")))
}

/// Whether one path shows all that another does: it is the same, or leads to what holds it.
fn holds(path: &str, field: &str) -> bool {
    let (Ok(path), Ok(field)) = (Path::parse(path), Path::parse(field)) else {
        return path == field;
    };
    let steps = path.segments().iter().zip(field.segments());
    path.segments().len() <= field.segments().len()
        && steps.into_iter().all(|(one, other)| {
            one == other || (*one == Segment::Any && matches!(other, Segment::Key(_)))
        })
}

/// Whether an import is one that was there, in this version or another: what an interface can do is
/// said by its name, and what a newer contract can by the contract's version.
fn is_of(old: &str, new: &str) -> bool {
    let name = |it: &str| it.split('@').next().unwrap_or_default().to_owned();
    name(old) == name(new)
}

fn version(text: &str) -> Vec<u32> {
    text.split('.').map(|it| it.parse().unwrap_or_default()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn need(kind: &str, namespaces: &[&str], labels: &str, fields: &[&str]) -> NeedView {
        let owned = |it: &[&str]| it.iter().map(|&it| it.to_owned()).collect();
        NeedView {
            id: "n".to_owned(),
            group: String::new(),
            kind: kind.to_owned(),
            namespaces: owned(namespaces),
            label_selector: labels.to_owned(),
            fields: owned(fields),
        }
    }

    fn pack(objects: &[NeedView], imports: &[&str]) -> PackView {
        let imports = imports.iter().map(|&it| it.to_owned()).collect();
        PackView {
            contract: "0.1.0".to_owned(),
            objects: objects.to_vec(),
            imports,
            ..PackView::default()
        }
    }

    #[track_caller]
    fn check(old: NeedView, new: NeedView, want: &[&str]) {
        assert_eq!(asks_for_more(&pack(&[old], &[]), &pack(&[new], &[])), want);
    }

    #[test]
    fn another_kind_and_more_fields_are_more() {
        let pods = || need("Pod", &[], "", &["spec", "status.phase"]);
        check(pods(), pods(), &[]);
        check(pods(), need("Pod", &[], "", &["spec.containers[].image"]), &[]);
        check(
            pods(),
            need("Pod", &[], "", &["status.phase", "status.reason"]),
            &["Pod in all namespaces: status.reason"],
        );
        check(
            pods(),
            need("Pod", &[], "", &[]),
            &["Pod in all namespaces: whole, and not some fields"],
        );
        check(pods(), need("Node", &[], "", &["spec"]), &["Node in all namespaces: spec"]);
        check(pods(), need("Secret", &[], "", &[]), &["Secret in all namespaces: whole"]);
        check(need("Pod", &[], "", &[]), pods(), &[]);
    }

    #[test]
    fn another_namespace_and_fewer_labels_are_more() {
        let pods = |namespaces, labels| need("Pod", namespaces, labels, &["spec"]);
        check(pods(&["a", "b"], ""), pods(&["b"], ""), &[]);
        check(pods(&[], ""), pods(&["b"], "app=x"), &[]);
        check(pods(&["a"], ""), pods(&["a", "b"], ""), &["Pod in the namespace b: spec"]);
        check(pods(&["a"], ""), pods(&[], ""), &["Pod in all namespaces: spec"]);
        check(pods(&[], "app=x"), pods(&[], "app=x"), &[]);
        check(pods(&[], "app=x"), pods(&[], ""), &["Pod in all namespaces: spec"]);
    }

    #[test]
    fn another_import_and_a_newer_contract_are_more() {
        let old = pack(&[], &["rulebox:rules/report@0.1.0"]);
        let mut new = pack(&[], &["rulebox:rules/report@0.1.1", "wasi:cli/stdin@0.2.0"]);
        new.contract = "0.1.1".to_owned();
        let want = ["contract 0.1.1, which was 0.1.0", "import wasi:cli/stdin@0.2.0"];
        assert_eq!(asks_for_more(&old, &new), want);
        assert_eq!(asks_for_more(&new, &old), [""; 0]);
    }

    #[test]
    fn a_star_holds_each_key() {
        assert!(holds("data.*", "data.key") && holds("a[].b", "a[].b.c"));
        assert!(!holds("data.key", "data.*") && !holds("a.b", "a") && !holds("ab", "abc"));
    }
}
