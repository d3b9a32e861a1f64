//! Gatekeeper's ConstraintTemplates and Constraints, as they are: each constraint becomes a rule.
//!
//! What a constraint matches becomes the needs of its rule; what its template says that it compares
//! with (the annotation `metadata.gatekeeper.sh/requires-sync-data`) stands in the inventory.

mod constraint;
mod filter;
mod kinds;
mod schema;
mod template;

use rulebox_core::{Severity, closest};
use rulebox_text::{
    Position, Problem, Problems,
    yaml::{Kind, Node},
};
use serde_json::Value;

use crate::{clock::Clock, policy::Policy};

pub(crate) use filter::Filter;
pub(crate) use kinds::{GroupKind, scope};

/// One document of a YAML file.
pub(crate) struct Document {
    /// The path of the file.
    pub(crate) path: String,
    pub(crate) node: Node,
}

/// A constraint, with what its template adds.
pub(crate) struct Constrained {
    pub(crate) path: String,
    pub(crate) at: Position,
    pub(crate) id: String,
    pub(crate) severity: Severity,
    pub(crate) summary: String,
    pub(crate) documentation: String,
    pub(crate) kinds: Vec<GroupKind>,
    /// Empty: all.
    pub(crate) namespaces: Vec<String>,
    pub(crate) label_selector: String,
    pub(crate) filter: Filter,
    pub(crate) parameters: Value,
    pub(crate) inventory: Vec<GroupKind>,
    /// The number of the policy.
    pub(crate) policy: usize,
    /// The package of its template.
    pub(crate) package: String,
}

/// Groups of Gatekeeper whose objects say nothing of what is wrong.
const OTHERS: [&str; 3] =
    ["config.gatekeeper.sh", "status.gatekeeper.sh", "connection.gatekeeper.sh"];
/// Groups of Gatekeeper that change what is decided.
const NOT_KNOWN: [&str; 3] =
    ["mutations.gatekeeper.sh", "expansion.gatekeeper.sh", "externaldata.gatekeeper.sh"];
const TEMPLATES: &str = "templates.gatekeeper.sh";
const CONSTRAINTS: &str = "constraints.gatekeeper.sh";
/// Lists in each other.
const LISTS: usize = 8;

/// The templates and constraints of a document, also of a list of them. What is meant for
/// Gatekeeper and is neither is told; anything else beside a pack is not read.
pub(crate) fn ours(node: Node, path: &str, problems: &mut Vec<Problem>) -> Vec<Document> {
    let mut found = Vec::new();
    gather(node, path, LISTS, &mut found, problems);
    found
}

fn gather(
    node: Node,
    path: &str,
    depth: usize,
    found: &mut Vec<Document>,
    problems: &mut Vec<Problem>,
) {
    let (group, kind) = (group(&node), word(&node, &["kind"]));
    if is_template(&node) || is_constraint(&node) && !kind.is_empty() {
        found.push(Document { path: path.to_owned(), node });
    } else if kind == "List" && depth > 0 {
        for it in at(&node, &["items"]).map(Node::items).unwrap_or_default() {
            gather(it.clone(), path, depth - 1, found, problems);
        }
    } else if group == TEMPLATES || group == CONSTRAINTS {
        let message = format!("{group} has no kind `{kind}`");
        let help = "write ConstraintTemplate, or the kind of a template";
        tell(problems, path, node.at, message, help);
    } else if OTHERS.contains(&group) {
        // They say what Gatekeeper itself does.
    } else if NOT_KNOWN.contains(&group) {
        let message = format!("objects of `{group}` are not known here");
        let help = "only templates and constraints are: take it out of the folder of the pack";
        tell(problems, path, node.at, message, help);
    } else if let Some(nearest) = closest(group, [TEMPLATES, CONSTRAINTS]) {
        let message = format!("there is no API group `{group}`");
        tell(problems, path, node.at, message, format!("did you mean `{nearest}`?"));
    }
}

fn is_template(node: &Node) -> bool {
    word(node, &["kind"]) == "ConstraintTemplate" && group(node) == TEMPLATES
}

fn is_constraint(node: &Node) -> bool {
    group(node) == CONSTRAINTS
}

fn group(node: &Node) -> &str {
    word(node, &["apiVersion"]).split('/').next().unwrap_or_default()
}

/// What stands at a path.
fn at<'n>(node: &'n Node, path: &[&str]) -> Option<&'n Node> {
    path.iter().try_fold(node, |it, key| it.get(key)).filter(|it| !it.is_null())
}

/// The text at a path; empty where there is none.
fn word<'n>(node: &'n Node, path: &[&str]) -> &'n str {
    at(node, path).and_then(Node::text).map_or("", |it| it.text.as_str())
}

/// The texts of a list at a path.
fn words(node: &Node, path: &[&str]) -> Vec<String> {
    let items = at(node, path).map(Node::items).unwrap_or_default();
    items.iter().filter_map(|it| Some(it.text()?.text.clone())).collect()
}

/// Tells the keys of a mapping at a path that mean nothing: what stands there would be passed over.
fn only(
    node: &Node,
    path: &[&str],
    known: &[&'static str],
    wrong: &mut impl FnMut(Position, String, &str),
) {
    let Some(node) = at(node, path) else { return };
    let what = if path.is_empty() { String::new() } else { format!("`{}` has ", path.join(".")) };
    let Kind::Map(entries) = &node.kind else {
        if !path.is_empty() {
            let message = format!("`{}` is a mapping", path.join("."));
            wrong(node.at, message, "write `key: value` below it");
        }
        return;
    };
    for (key, _) in entries.iter().filter(|it| !known.contains(&it.0.text.as_str())) {
        let help = match closest(&key.text, known.iter().copied()) {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => format!("its keys are {}", known.join(", ")),
        };
        let message = match what.as_str() {
            "" => format!("there is no key `{}`", key.text),
            what => format!("{what}no key `{}`", key.text),
        };
        wrong(key.at(), message, &help);
    }
}

/// Tells one problem with a file.
fn tell(
    problems: &mut Vec<Problem>,
    path: &str,
    at: Position,
    message: impl Into<String>,
    help: impl Into<String>,
) {
    let mut told = Problems::new(path);
    told.add(at, message, help);
    problems.extend(told.finish());
}

/// Reads templates and constraints; the policies of the templates are added to the others.
pub(crate) fn read(
    documents: &[Document],
    clock: &Clock,
    policies: &mut Vec<Policy>,
    problems: &mut Vec<Problem>,
) -> Vec<Constrained> {
    let mut templates: Vec<template::Template> = Vec::new();
    for it in documents.iter().filter(|it| is_template(&it.node)) {
        let Some(template) = template::read(it, clock, policies, problems) else { continue };
        if templates.iter().any(|it| it.kind == template.kind) {
            let message = format!("two templates are for the kind `{}`", template.kind);
            tell(problems, &it.path, template.at, message, "remove one of them");
        } else {
            templates.push(template);
        }
    }
    let whole = problems.is_empty();
    let mut constraints: Vec<Constrained> = Vec::new();
    for it in documents.iter().filter(|it| is_constraint(&it.node)) {
        let kind = word(&it.node, &["kind"]);
        match templates.iter().find(|it| it.kind == kind) {
            Some(template) => constraints.extend(constraint::read(it, template, problems)),
            // A template that cannot be read was told.
            None if !whole => {}
            None => {
                let message = format!("there is no template for the constraint's kind `{kind}`");
                let help = "put its ConstraintTemplate beside it";
                tell(problems, &it.path, it.node.at, message, help);
            }
        }
    }
    for it in templates.iter().filter(|_| whole) {
        let is_used = |of: &Document| word(&of.node, &["kind"]) == it.kind;
        if !documents.iter().any(|of| is_constraint(&of.node) && is_used(of)) {
            let message = format!("no constraint is of the template's kind `{}`", it.kind);
            let help = "a template judges what a constraint matches: put one beside it";
            tell(problems, &it.path, it.at, message, help);
        }
    }
    constraints
}
