//! From a document to a pack: what its names mean, what its expressions are, what it needs.

mod evidence;
mod metric;
mod settings;

use std::collections::BTreeSet;

use rulebox_core::{NeedSet, PackInfo, RuleInfo};
use rulebox_text::{
    Position, Problem, Problems, Step, Text,
    yaml::{self, Scalar},
};

use crate::{
    check::{Checked, check, check_as},
    code::Code,
    document::{self, Document},
    kubernetes,
    mask::{Mask, Shape},
    names,
    rule::{Metric, Rule},
    scope::{Named, Need, Origin, Scope, Shared},
    template::{self, Template},
    types::Type,
};

/// Bytes of a pack. That of a hundred rules has 200 kB.
const BYTES: usize = 1 << 20;
/// Values by name of one rule.
const LETS: usize = 200;

/// A pack that was loaded: what it says of itself, and its rules.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) info: PackInfo,
    pub(crate) rules: Vec<Rule>,
    pub(crate) metrics: Vec<Metric>,
}

/// Loads a pack of one text, `pack.yaml`.
pub(crate) fn load(texts: &[Text]) -> Result<Loaded, Vec<Problem>> {
    let (path, content) = texts.first().map_or(("pack.yaml", ""), |it| (&it.path, &it.content));
    let mut problems = Problems::new(path);
    let start = Position { line: 1, column: 1 };
    if content.len() > BYTES {
        let message = format!("a pack in YAML has at most {BYTES} bytes, and this has more");
        problems.add(start, message, "make several packs of it");
        return Err(problems.finish());
    }
    let root = yaml::parse(content, &mut problems);
    if root.is_none() && problems.is_empty() {
        problems.add(start, "the text is empty", "write a pack: see the guide, Packs as YAML");
    }
    let document = root.and_then(|it| document::read(&it, &mut problems));
    let loaded = document.map(|it| pack(&it, &mut problems));
    match loaded {
        Some(loaded) if problems.is_empty() => Ok(loaded),
        _ => Err(problems.finish()),
    }
}

fn text(scalar: Option<&Scalar>) -> String {
    scalar.map(|it| it.text.trim().to_owned()).unwrap_or_default()
}

fn pack(document: &Document, problems: &mut Problems) -> Loaded {
    if let Some(name) = &document.name {
        names::kebab(name, "a pack", problems);
    }
    if let Some(version) = &document.version {
        names::version(version, problems);
    }
    let settings = settings::read(&document.settings, problems);
    let needs: Vec<_> = document.needs.iter().map(|it| need(it, problems)).collect();
    let shared = Shared {
        needs: &needs,
        settings: &settings.types,
        masks: vec![Mask::default(); needs.len()],
        problems,
    };
    let mut loader = Loader { document, shared, rules: Vec::new(), infos: Vec::new() };
    let mut scopes = Vec::new();
    for written in &document.rules {
        scopes.push(loader.rule(written));
    }
    let (metrics, metric_infos) = loader.metrics(&mut scopes);
    // What the expressions of metrics name beside the rule's is needed too.
    for (info, (scope, written)) in loader.infos.iter_mut().zip(scopes.iter().zip(&document.rules))
    {
        (info.requires, info.consults) = needed(scope, written, &needs);
    }
    let Loader { shared, rules, infos, .. } = loader;
    let used: BTreeSet<_> = scopes
        .iter()
        .flat_map(|it| it.used.iter().copied().chain(it.object.as_ref().map(|it| it.1)))
        .collect();
    // What follows from another problem helps nobody.
    let whole = shared.problems.is_empty();
    let unused = document.needs.iter().enumerate().filter(|it| !used.contains(&it.0));
    for (_, written) in unused.filter(|_| whole) {
        let message = format!("no rule reads the need `{}`", written.name.text);
        shared.problems.add(written.name.at(), message, "name it in an expression, or remove it");
    }
    let objects = document.needs.iter().zip(&shared.masks);
    let objects = objects.map(|(it, mask)| it.of_fields(mask.fields()));
    let info = PackInfo {
        name: text(document.name.as_ref()),
        version: text(document.version.as_ref()),
        rules: infos,
        needs: NeedSet { objects: objects.collect(), texts: Vec::new() },
        metrics: metric_infos,
        settings_schema: settings.schema,
    };
    Loaded { info, rules, metrics }
}

fn need(written: &rulebox_text::Need, problems: &mut Problems) -> Need {
    names::variable(&written.name, &["settings", "object"], problems);
    written.check(problems);
    let (group, kind) = (text(written.group.as_ref()), text(written.kind.as_ref()));
    Need { name: written.name.text.clone(), object: kubernetes::kind(&group, &kind) }
}

/// The needs that a rule requires, and those that it only consults.
fn needed(scope: &Scope, written: &document::Rule, needs: &[Need]) -> (Vec<String>, Vec<String>) {
    let judged = scope.object.iter().map(|it| it.1);
    let others =
        scope.used.iter().copied().filter(|it| scope.object.as_ref().map(|it| it.1) != Some(*it));
    let all = judged.chain(others).map(|it| needs[it].name.clone());
    let consulted = |name: &String| written.consults.iter().any(|it| it.text == *name);
    let object = scope.object.as_ref().map(|it| &needs[it.1].name);
    all.partition(|it| Some(it) == object || !consulted(it))
}

/// What is loaded, an expression after the other.
struct Loader<'d, 's> {
    document: &'d Document,
    shared: Shared<'s>,
    rules: Vec<Rule>,
    infos: Vec<RuleInfo>,
}

impl Loader<'_, '_> {
    fn rule(&mut self, written: &document::Rule) -> Scope {
        let id = text(written.id.as_ref());
        if let Some(scalar) = &written.id {
            names::kebab(scalar, "a rule", self.shared.problems);
            if self.infos.iter().any(|it| it.id == id) {
                let message = format!("two rules are called `{id}`");
                self.shared.problems.add(scalar.at(), message, "give one another name");
            }
        }
        if let Some(summary) = &written.summary {
            names::line(summary, "the summary of a rule", self.shared.problems);
        }
        let mut scope = self.scope(written);
        let lets = self.lets(written, &mut scope);
        let bool_of = |it: &Scalar, scope: &mut Scope, shared: &mut Shared<'_>| {
            check_as(&Type::Bool, Origin::whole(it), scope, shared)
        };
        let when = written.when.as_ref().map(|it| bool_of(it, &mut scope, &mut self.shared));
        let shared = &mut self.shared;
        let template = |it: &Option<Scalar>, scope: &mut Scope, shared: &mut Shared<'_>| {
            it.as_ref().map(|it| template::read(it, false, scope, shared))
        };
        let message = template(&written.message, &mut scope, shared);
        let cause = template(&written.cause, &mut scope, shared);
        let remedy = written.remedy.iter().map(|it| match it {
            Step::Say(it) => (false, template::read(it, false, &mut scope, shared)),
            Step::Run(it) => (true, template::read(it, true, &mut scope, shared)),
        });
        let remedy = remedy.collect();
        let evidence = written
            .evidence
            .iter()
            .filter_map(|it| evidence::read(it, &mut scope, shared))
            .collect();
        let labels = written.labels.iter().map(|(name, value)| {
            names::snake(name, "a label", shared.problems);
            let Checked { code, shape, .. } = check(Origin::whole(value), &mut scope, shared);
            shape.whole(&mut shared.masks);
            (name.text.clone(), code)
        });
        let labels = labels.collect();
        let caused_by = written.caused_by.iter().map(|it| {
            let Checked { code, shape, ty, .. } = check(Origin::whole(it), &mut scope, shared);
            // Who an object is always comes along.
            shape.touch(&mut shared.masks);
            if !matches!(ty, Type::Dyn | Type::Object(_) | Type::List(_) | Type::Map(_)) {
                let message = format!("an object is expected here, and this is {ty}");
                let help = "give an object, or a list of objects: `vaults.filter(it, …)`";
                shared.problems.add(it.at(), message, help);
            }
            code
        });
        let caused_by = caused_by.collect();
        self.consults(written, &scope);
        self.infos.push(RuleInfo {
            id: id.clone(),
            severity: written.severity,
            summary: text(written.summary.as_ref()),
            documentation: documentation(written),
            requires: Vec::new(),
            consults: Vec::new(),
        });
        self.rules.push(Rule {
            id,
            severity: written.severity,
            need: scope.object.as_ref().map_or(0, |it| it.1),
            lets,
            when: when.unwrap_or(Code::Constant(crate::value::Value::Null)),
            message: message.unwrap_or(Template(Vec::new())),
            cause,
            remedy,
            evidence,
            labels,
            caused_by,
        });
        scope
    }

    /// What the expressions of a rule may name.
    fn scope(&mut self, written: &document::Rule) -> Scope {
        let needs = self.shared.needs;
        let names = needs.iter().map(|it| it.name.as_str());
        let taken: Vec<_> = names.clone().chain(["settings"]).collect();
        let name = match &written.variable {
            Some(name) => {
                names::variable(name, &taken, self.shared.problems);
                name.text.clone()
            }
            None => "object".to_owned(),
        };
        let mut scope = Scope::default();
        if let Some(over) = &written.over {
            if let Some(need) = needs.iter().position(|it| it.name == over.text) {
                scope.object = Some((name, need));
            } else {
                let message = format!("the pack has no need `{}`", over.text);
                let help = names::help(&over.text, names, "needs");
                self.shared.problems.add(over.at(), message, help);
                // So that what the object is called is known all the same.
                let local = Named { name, ty: Type::Dyn, shape: Shape::default(), depth: 0 };
                scope.lets.push(local);
            }
        }
        scope
    }

    fn lets(&mut self, written: &document::Rule, scope: &mut Scope) -> Vec<Code> {
        let mut codes: Vec<_> =
            scope.lets.iter().map(|_| Code::Constant(crate::value::Value::Null)).collect();
        if let Some((name, _)) = written.lets.get(LETS) {
            let message = format!("a rule has at most {LETS} values by name");
            self.shared.problems.add(name.at(), message, "make several rules of it");
        }
        scope.later = written.lets.iter().map(|it| it.0.text.clone()).collect();
        for (name, value) in written.lets.iter().take(LETS) {
            let taken: Vec<_> = scope.names(&self.shared).map(str::to_owned).collect();
            let taken: Vec<_> = taken.iter().map(String::as_str).collect();
            names::variable(name, &taken, self.shared.problems);
            let Checked { code, ty, shape, depth } =
                check(Origin::whole(value), scope, &mut self.shared);
            codes.push(code);
            scope.later.remove(0);
            scope.lets.push(Named { name: name.text.clone(), ty, shape, depth });
        }
        scope.later.clear();
        codes
    }

    /// What is consulted must be a need, and be named by an expression.
    fn consults(&mut self, written: &document::Rule, scope: &Scope) {
        let needs = self.shared.needs;
        for name in &written.consults {
            let names = needs.iter().map(|it| it.name.as_str());
            let problem = match needs.iter().position(|it| it.name == name.text) {
                None => {
                    let help = names::help(&name.text, names, "needs");
                    (format!("the pack has no need `{}`", name.text), help)
                }
                Some(need) if scope.object.as_ref().is_some_and(|it| it.1 == need) => {
                    let message = format!("`{}` are the objects that are judged", name.text);
                    (message, "remove it from `consults`".to_owned())
                }
                Some(need) if !scope.used.contains(&need) => {
                    let message = format!("no expression of the rule names `{}`", name.text);
                    (message, "remove it from `consults`".to_owned())
                }
                Some(_) => continue,
            };
            self.shared.problems.add(name.at(), problem.0, problem.1);
        }
    }
}

/// A rule without documentation says what it is named after.
fn documentation(written: &document::Rule) -> String {
    let summary = text(written.summary.as_ref());
    match &written.documentation {
        Some(it) if !it.text.trim().is_empty() => it.text.trim().to_owned(),
        _ => format!("{}.", summary.trim_end_matches('.')),
    }
}
