//! From texts to a pack: what its names mean, which policies there are, what it needs.

mod given;
mod needs;
mod rules;

use rulebox_core::{NeedSet, PackInfo, RuleInfo};
use rulebox_text::{Position, Problem, Problems, Text, names, settings, yaml};

use crate::{
    clock::Clock,
    document::{self, Document},
    gatekeeper::{self, Document as Yaml},
    pack::Rule,
    policy::{Policy, Source},
};

use needs::Needs;

/// Bytes of all files of a pack. Gatekeeper's whole library has 600 kB.
const BYTES: usize = 4 << 20;

/// So many problems are told: whoever has corrected them is told the next.
const MOST: usize = 40;

/// A pack that was loaded: what it says of itself, and its rules.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) info: PackInfo,
    pub(crate) rules: Vec<Rule>,
    pub(crate) policies: Vec<Policy>,
}

/// What is loaded, a rule after the other.
struct Loader<'d> {
    /// The path of `pack.yaml`.
    path: &'d str,
    /// Their names.
    settings: Vec<&'d str>,
    needs: Needs,
    policies: Vec<Policy>,
    rules: Vec<Rule>,
    infos: Vec<RuleInfo>,
}

/// Loads a pack of its files, `pack.yaml` first.
pub(crate) fn load(texts: &[Text], clock: &Clock) -> Result<Loaded, Vec<Problem>> {
    let (first, rest) = texts.split_first().map_or((None, &[][..]), |it| (Some(it.0), it.1));
    let (path, content) = first.map_or(("pack.yaml", ""), |it| (&it.path, &it.content));
    let mut told = Problems::new(path);
    let start = Position { line: 1, column: 1 };
    if texts.iter().map(|it| it.content.len()).sum::<usize>() > BYTES {
        let message =
            format!("the files of a pack have at most {BYTES} bytes, and these have more");
        told.add(start, message, "make several packs of it");
        return Err(told.finish());
    }
    let root = yaml::parse(content, &mut told);
    if root.is_none() && told.is_empty() {
        told.add(start, "the text is empty", "write a pack: see the guide, Rules in Rego");
    }
    let document = root.and_then(|it| document::read(&it, &mut told));
    let Some(document) = document else { return Err(told.finish()) };
    let mut others = Vec::new();
    let loaded = pack(path, &document, rest, clock, (&mut told, &mut others));
    let mut problems = told.finish();
    problems.extend(others);
    problems.truncate(MOST);
    if problems.is_empty() { Ok(loaded) } else { Err(problems) }
}

fn pack(
    path: &str,
    document: &Document,
    texts: &[Text],
    clock: &Clock,
    (told, others): (&mut Problems, &mut Vec<Problem>),
) -> Loaded {
    if let Some(name) = &document.name {
        names::kebab(name, "a pack", told);
    }
    if let Some(version) = &document.version {
        names::version(version, told);
    }
    let settings_schema = settings::schema(&document.settings, told);
    let mut policies = Vec::new();
    let sources: Vec<_> = texts
        .iter()
        .filter(|it| is_rego(&it.path))
        .map(|Text { path, content }| Source {
            path: path.clone(),
            text: content.clone(),
            syntax: document.syntax,
            within: None,
        })
        .collect();
    let whole = sources.is_empty() || {
        let policy = Policy::parse(sources, clock, others);
        let parsed = policy.is_some();
        policies.extend(policy);
        parsed
    };
    let has_own = !policies.is_empty();
    let documents = yaml_documents(texts, others);
    let constraints = gatekeeper::read(&documents, clock, &mut policies, others);
    let needs = Needs::new(&document.needs, told);
    let settings: Vec<_> = document.settings.iter().map(|it| it.name.text.as_str()).collect();
    for it in &policies {
        it.other_settings(&settings, others);
    }
    let (rules, infos) = (Vec::new(), Vec::new());
    let mut loader = Loader { path, settings, needs, policies, rules, infos };
    for written in &document.rules {
        // What a text that cannot be read declares is not known.
        if whole {
            loader.rule(written, has_own, told, others);
        }
    }
    let known: Vec<_> = constraints.iter().map(|it| it.id.clone()).collect();
    for (name, _) in document.constraints.iter().filter(|it| !known.contains(&it.0.text)) {
        let message = format!("there is no constraint `{}`", name.text);
        let help = names::help(&name.text, known.iter().map(String::as_str), "constraints");
        // Of constraints that cannot be read the names are not known.
        if others.is_empty() {
            told.add(name.at(), message, help);
        }
    }
    for constraint in constraints {
        let words = document.constraints.iter().find(|it| it.0.text == constraint.id);
        loader.constraint(constraint, words.map(|it| &it.1), told, others);
    }
    if document.rules.is_empty() && loader.rules.is_empty() && others.is_empty() {
        let help = "write `rules`, or put Gatekeeper's templates and constraints beside it";
        told.add(document.at, "a pack has at least one rule", help);
    }
    // What follows from another problem helps nobody.
    if whole && told.is_empty() {
        loader.needs.unused(told);
        if has_own {
            loader.unused(others);
        }
        loader.not_given(others);
    }
    let Loader { needs, policies, rules, infos, .. } = loader;
    let text = |it: &Option<yaml::Scalar>| it.as_ref().map_or(String::new(), |it| it.text.clone());
    let info = PackInfo {
        name: text(&document.name),
        version: text(&document.version),
        rules: infos,
        needs: NeedSet { objects: needs.objects, texts: Vec::new() },
        metrics: Vec::new(),
        settings_schema,
    };
    Loaded { info, rules, policies }
}

fn is_of(path: &str, extensions: &[&str]) -> bool {
    path.rsplit_once('.').is_some_and(|it| extensions.contains(&it.1))
}

/// Files of Rego, without the tests that stand beside them.
fn is_rego(path: &str) -> bool {
    is_of(&path.to_lowercase(), &["rego"]) && !path.ends_with("_test.rego")
}

/// Gatekeeper's documents in the files of YAML and JSON, which is YAML too.
fn yaml_documents(texts: &[Text], others: &mut Vec<Problem>) -> Vec<Yaml> {
    let mut documents = Vec::new();
    let is_data = |it: &&Text| is_of(&it.path.to_lowercase(), &["yaml", "yml", "json"]);
    for Text { path, content } in texts.iter().filter(is_data) {
        // A file of something else is not ours to judge. Its group may be misspelt.
        if !content.contains("gate") {
            continue;
        }
        let mut told = Problems::new(path);
        for node in yaml::parse_all(content, &mut told) {
            documents.extend(gatekeeper::ours(node, path, others));
        }
        if content.contains("gatekeeper.sh") {
            others.extend(told.finish());
        }
    }
    documents
}
