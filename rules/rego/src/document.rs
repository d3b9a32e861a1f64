//! `pack.yaml` of a pack in Rego as records: which keys there are, and what kind of value each
//! takes.

use rulebox_core::Severity;
use rulebox_text::{
    Position, Problems, Step, head,
    keys::Keys,
    settings::Setting,
    yaml::{Kind, Node, Scalar},
};
use serde_json::Value;

use crate::policy::Syntax;

/// A pack as it is written.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) at: Position,
    pub(crate) name: Option<Scalar>,
    pub(crate) version: Option<Scalar>,
    pub(crate) syntax: Option<Syntax>,
    pub(crate) settings: Vec<Setting>,
    pub(crate) needs: Vec<Need>,
    pub(crate) rules: Vec<Rule>,
    /// Words of constraints, by the names of these.
    pub(crate) constraints: Vec<(Scalar, Words)>,
}

/// A need, and the fields that it names: no policy says which it reads.
#[derive(Debug)]
pub(crate) struct Need {
    pub(crate) of: rulebox_text::Need,
    pub(crate) fields: Vec<Scalar>,
}

#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) id: Option<Scalar>,
    pub(crate) severity: Severity,
    pub(crate) words: Words,
    pub(crate) over: Vec<Scalar>,
    pub(crate) package: Option<Scalar>,
    pub(crate) entries: Vec<Scalar>,
    /// Whether the input is a review, as Gatekeeper gives it, and not the object.
    pub(crate) review: bool,
    pub(crate) parameters: Option<Value>,
    pub(crate) inventory: Vec<Scalar>,
    pub(crate) consults: Vec<Scalar>,
}

/// What a policy does not say of itself.
#[derive(Debug)]
pub(crate) struct Words {
    pub(crate) summary: Option<Scalar>,
    pub(crate) documentation: Option<Scalar>,
    pub(crate) cause: Option<Scalar>,
    pub(crate) remedy: Vec<Step>,
    /// Paths in the object.
    pub(crate) evidence: Vec<Scalar>,
    pub(crate) labels: Vec<(Scalar, Scalar)>,
}

impl Words {
    /// All but the steps of the remedy, which are read where the keys of the mapping are done with.
    fn read(keys: &mut Keys<'_, '_>) -> Self {
        Self {
            summary: keys.text("summary"),
            documentation: keys.text("documentation"),
            cause: keys.text("cause"),
            remedy: Vec::new(),
            evidence: keys.texts("evidence"),
            labels: keys.named("labels"),
        }
    }

    fn with_remedy(self, steps: &[&Node], problems: &mut Problems) -> Self {
        let remedy = steps.iter().filter_map(|it| Step::read(it, problems)).collect();
        Self { remedy, ..self }
    }
}

/// Reads a pack. None where the text is another thing, which is told.
pub(crate) fn read(root: &Node, problems: &mut Problems) -> Option<Document> {
    if !head::is_pack(root, problems) {
        return None;
    }
    let mut keys = Keys::new(root, "a pack", problems)?;
    head::version(&mut keys);
    if let Some(language) = keys.text("language").filter(|it| it.text != "rego") {
        let message = format!("there is no language `{}`", language.text);
        keys.problems().add(language.at(), message, "write rego or cel");
    }
    let syntax = word(&mut keys, "rego", [("v0", Some(Syntax::V0)), ("v1", Some(Syntax::V1))]);
    let settings = keys.entries("settings");
    let needs = keys.entries("needs");
    let rules = keys.list("rules");
    let constraints = keys.entries("constraints");
    let problems = keys.finish();
    let (name, version) = head::metadata(root, problems);
    Some(Document {
        at: root.at,
        name,
        version,
        syntax: syntax.flatten(),
        settings: settings.into_iter().map(|(name, node)| Setting::new(name, node)).collect(),
        needs: needs.into_iter().filter_map(|(name, node)| need(name, node, problems)).collect(),
        rules: rules.into_iter().filter_map(|it| rule(it, problems)).collect(),
        constraints: constraints
            .into_iter()
            .filter_map(|(name, node)| Some((name.clone(), words(node, problems)?)))
            .collect(),
    })
}

/// One of some words; that it is another is told.
fn word<T, const N: usize>(
    keys: &mut Keys<'_, '_>,
    key: &'static str,
    words: [(&'static str, T); N],
) -> Option<T> {
    let written = keys.text(key)?;
    let known = words.each_ref().map(|it| it.0).join(", ");
    let found = words.into_iter().find(|it| it.0 == written.text).map(|it| it.1);
    if found.is_none() {
        let message = format!("`{key}` cannot be `{}`", written.text);
        keys.problems().add(written.at(), message, format!("write one of {known}"));
    }
    found
}

fn need(name: &Scalar, node: &Node, problems: &mut Problems) -> Option<Need> {
    let mut keys = Keys::new(node, "a need", problems)?;
    let of = rulebox_text::Need::read(name, &mut keys);
    let need = Need { of, fields: keys.texts("fields") };
    keys.finish();
    Some(need)
}

/// One text, or a list of them.
fn one_or_more(keys: &mut Keys<'_, '_>, key: &'static str) -> Vec<Scalar> {
    match keys.map(key).map(|it| &it.kind) {
        Some(Kind::Scalar(it)) => vec![it.clone()],
        Some(_) => keys.texts(key),
        None => Vec::new(),
    }
}

fn words(node: &Node, problems: &mut Problems) -> Option<Words> {
    let mut keys = Keys::new(node, "what is said of a constraint", problems)?;
    let words = Words::read(&mut keys);
    let steps = keys.list("remedy");
    Some(words.with_remedy(&steps, keys.finish()))
}

fn rule(node: &Node, problems: &mut Problems) -> Option<Rule> {
    let mut keys = Keys::new(node, "a rule", problems)?;
    let severities = [
        ("info", Severity::Info),
        ("low", Severity::Low),
        ("medium", Severity::Medium),
        ("high", Severity::High),
        ("critical", Severity::Critical),
    ];
    let id = keys.required("id");
    if keys.map("severity").is_none() {
        keys.missing("severity", "write info, low, medium, high or critical");
    }
    let over = one_or_more(&mut keys, "for");
    if over.is_empty() {
        keys.missing("for", "name the need, or a list of needs, whose objects are judged");
    }
    let severity = word(&mut keys, "severity", severities).unwrap_or(Severity::Info);
    keys.required("summary");
    let rule = Rule {
        id,
        severity,
        words: Words::read(&mut keys),
        over,
        package: keys.text("package"),
        entries: one_or_more(&mut keys, "entry"),
        review: word(&mut keys, "input", [("object", false), ("review", true)]).unwrap_or(false),
        parameters: keys.map("parameters").map(Node::json),
        inventory: keys.texts("inventory"),
        consults: keys.texts("consults"),
    };
    if rule.parameters.is_some() && !rule.review {
        let help = "write `input: review`, or make a setting of it: `data.settings.name`";
        let at = node.get("parameters").map_or(node.at, |it| it.at);
        keys.problems().add(at, "`parameters` are for rules whose input is a review", help);
    }
    let steps = keys.list("remedy");
    let problems = keys.finish();
    Some(Rule { words: rule.words.with_remedy(&steps, problems), ..rule })
}
