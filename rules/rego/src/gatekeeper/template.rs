//! A ConstraintTemplate: its Rego, and what it says of itself.

use rulebox_text::{
    Position, Problem,
    yaml::{Node, Scalar},
};
use serde_json::Value;

use super::{
    Document, at,
    kinds::{self, GroupKind},
    only, tell, word,
};
use crate::{
    clock::Clock,
    policy::{Policy, Source, Syntax},
};

/// The target of Kubernetes' objects.
const TARGET: &str = "admission.k8s.gatekeeper.sh";
const SYNC: &str = "metadata.gatekeeper.sh/requires-sync-data";

/// A template that was checked.
pub(super) struct Template {
    /// The kind of its constraints.
    pub(super) kind: String,
    pub(super) at: Position,
    pub(super) path: String,
    pub(super) title: String,
    pub(super) description: String,
    /// The schema of its parameters.
    pub(super) schema: Value,
    /// What it compares with.
    pub(super) inventory: Vec<GroupKind>,
    /// The number of its policy.
    pub(super) policy: usize,
    pub(super) package: String,
}

pub(super) fn read(
    document: &Document,
    clock: &Clock,
    policies: &mut Vec<Policy>,
    problems: &mut Vec<Problem>,
) -> Option<Template> {
    let Document { path, node } = document;
    let before = problems.len();
    keys(node, &mut |at, message, help| tell(problems, path, at, message, help));
    if problems.len() > before {
        return None;
    }
    let mut wrong = |at: Position, message: String, help: &str| {
        tell(problems, path, at, message, help);
        None
    };
    let kind = word(node, &["spec", "crd", "spec", "names", "kind"]).to_owned();
    if kind.is_empty() {
        let message = "the template has no `spec.crd.spec.names.kind`".to_owned();
        return wrong(node.at, message, "write the kind of its constraints");
    }
    let targets = at(node, &["spec", "targets"]).map(Node::items).unwrap_or_default();
    let Some(target) = targets.iter().find(|it| word(it, &["target"]) == TARGET) else {
        let message = format!("the template has no target `{TARGET}`");
        return wrong(node.at, message, "only templates for objects of Kubernetes are read");
    };
    let Some(sources) = sources(target, path) else {
        let message = format!("the template of `{kind}` has no Rego");
        let help = "write `rego: |` into its target; templates in CEL are not read";
        return wrong(target.at, message, help);
    };
    let annotation = |name: &str| word(node, &["metadata", "annotations", name]).trim();
    let inventory = match synced(annotation(SYNC)) {
        Ok(inventory) => inventory,
        Err(why) => {
            let at = at(node, &["metadata", "annotations", SYNC]).map_or(node.at, |it| it.at);
            let help = "write lists in a list: [[{\"groups\": [\"\"], \"versions\": [\"v1\"], \
                        \"kinds\": [\"Service\"]}]]";
            return wrong(at, format!("the annotation `{SYNC}` cannot be read: {why}"), help);
        }
    };
    let policy = Policy::parse(sources, clock, problems)?;
    if inventory.is_empty()
        && let Some((source, at)) = policy.place_of("data.inventory")
    {
        let help = format!("say what it compares with by the annotation `{SYNC}`");
        let message = "the template reads `data.inventory`, and does not say which objects";
        problems.push(source.problem(at, message, help));
        return None;
    }
    let package = policy.package(0).to_owned();
    policies.push(policy);
    let schema = ["spec", "crd", "spec", "validation", "openAPIV3Schema"];
    Some(Template {
        kind,
        at: node.at,
        path: path.clone(),
        title: annotation("metadata.gatekeeper.sh/title").to_owned(),
        description: annotation("description").to_owned(),
        schema: at(node, &schema).map_or(Value::Null, Node::json),
        inventory,
        policy: policies.len() - 1,
        package,
    })
}

/// Tells keys of a template that mean nothing.
fn keys(node: &Node, wrong: &mut impl FnMut(Position, String, &str)) {
    only(node, &[], &["apiVersion", "kind", "metadata", "spec", "status"], wrong);
    only(node, &["spec"], &["crd", "targets"], wrong);
    only(node, &["spec", "crd"], &["spec"], wrong);
    only(node, &["spec", "crd", "spec"], &["names", "validation"], wrong);
    let names = ["kind", "shortNames", "listKind", "plural", "singular", "categories"];
    only(node, &["spec", "crd", "spec", "names"], &names, wrong);
    let validation = ["openAPIV3Schema", "legacySchema"];
    only(node, &["spec", "crd", "spec", "validation"], &validation, wrong);
    for target in at(node, &["spec", "targets"]).map(Node::items).unwrap_or_default() {
        only(target, &[], &["target", "rego", "libs", "code", "operations"], wrong);
        for code in at(target, &["code"]).map(Node::items).unwrap_or_default() {
            only(code, &[], &["engine", "source"], wrong);
            if word(code, &["engine"]) == "Rego" {
                only(code, &["source"], &["rego", "libs", "version"], wrong);
            }
        }
    }
}

/// The Rego of a target and its libraries, of `code` or as it stood before.
fn sources(target: &Node, path: &str) -> Option<Vec<Source>> {
    let code = at(target, &["code"]).map(Node::items).unwrap_or_default();
    let code = code.iter().find(|it| word(it, &["engine"]) == "Rego");
    let holder = code.and_then(|it| it.get("source")).unwrap_or(target);
    let syntax = match word(holder, &["version"]) {
        "v1" => Syntax::V1,
        _ => Syntax::V0,
    };
    let source = |it: &Scalar| Source {
        path: path.to_owned(),
        text: it.text.clone(),
        // A text that asks for the newer grammar by `import rego.v1` gets it.
        syntax: Some(syntax),
        within: Some(it.clone()),
    };
    let main = holder.get("rego")?.text()?;
    let libraries = at(holder, &["libs"]).map(Node::items).unwrap_or_default();
    let libraries = libraries.iter().filter_map(Node::text);
    Some(std::iter::once(main).chain(libraries).map(source).collect())
}

/// What a template compares with: of each of its requirements the first way to meet it. The text is
/// JSON, mostly between quotes.
fn synced(annotation: &str) -> Result<Vec<GroupKind>, String> {
    if annotation.is_empty() {
        return Ok(Vec::new());
    }
    let json = annotation.strip_prefix('"').and_then(|it| it.strip_suffix('"'));
    let json: Value = serde_json::from_str(json.unwrap_or(annotation))
        .map_err(|it| format!("it is no JSON: {it}"))?;
    let words = |it: &Value, key: &str| {
        let words = it[key].as_array().map(Vec::as_slice).unwrap_or_default().iter();
        words.filter_map(|it| it.as_str().map(str::to_owned)).collect::<Vec<_>>()
    };
    let requirements = json.as_array().ok_or("it is no list")?;
    let mut found = Vec::new();
    for it in requirements {
        let ways = it.as_array().ok_or("a requirement in it is no list")?;
        let way = ways.first().ok_or("a requirement in it is empty")?;
        found.extend(kinds::of(&words(way, "groups"), &words(way, "kinds"))?);
    }
    Ok(found)
}
