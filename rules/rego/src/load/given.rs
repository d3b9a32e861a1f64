//! What a policy reads of its input and of the inventory, and is not given: it would look absent,
//! and what would be wrong would pass.

use std::collections::{BTreeMap, BTreeSet};

use rulebox_core::{ObjectNeed, closest};
use rulebox_text::{
    Problem,
    kubernetes::{self, NoField},
};

use super::Loader;
use crate::{
    fields::{self, Fields, Given},
    flow::{Asked, Definition, Flow, How, Part, Read},
    gatekeeper::{self, GroupKind},
    pack::Rule,
    policy::Policy,
    tree::Step,
};

/// What a review holds, as Gatekeeper's audit gives it.
const REVIEW: [&str; 5] = ["kind", "name", "namespace", "object", "operation"];
/// What stands in an input that is no object.
const INPUTS: [&str; 3] = ["review", "parameters", "request"];

/// What is wrong, and what to do.
type Wrong = (String, String);

/// What is told of a place: nothing where it is right for one of the rules that read there.
#[derive(Default)]
struct Places(BTreeMap<(usize, u32, u32, String), Option<Wrong>>);

impl Places {
    /// `wrong`: what is wrong there for one rule, and what to do.
    fn add(&mut self, (nth, line, column): (usize, u32, u32), what: String, wrong: Option<Wrong>) {
        let told = self.0.entry((nth, line, column, what)).or_insert_with(|| wrong.clone());
        if wrong.is_none() {
            *told = None;
        }
    }
}

/// What is read of an object, or why there is no such object in the input: a sentence, and what to
/// do.
type Shape = Result<Option<Vec<Step>>, Wrong>;

impl Loader<'_> {
    /// What the policies read, and no rule that asks them is given.
    pub(super) fn not_given(&self, others: &mut Vec<Problem>) {
        for (number, policy) in self.policies.iter().enumerate() {
            let rules: Vec<_> = self.rules.iter().filter(|it| it.policy == number).collect();
            let of_template = rules.iter().any(|it| it.of_constraint);
            let asked: Vec<BTreeSet<_>> = rules
                .iter()
                .map(|it| it.entries.iter().map(|it| it.path.clone()).collect())
                .collect();
            let mut found = Vec::new();
            let mut places = Places::default();
            for ((rule, flow), asked) in rules.iter().zip(policy.flows(&asked)).zip(&asked) {
                let judge = Reader { loader: self, policy, rule, flow: &flow, asked };
                judge.shapes(&mut found);
                judge.inventory(&mut found);
                judge.fields(&mut found);
                if !of_template {
                    judge.kinds(&mut places);
                }
                judge.astray(of_template, &mut places);
            }
            let told = places.0.into_iter().filter_map(|((nth, line, column, _), it)| {
                let (message, help) = it?;
                let at = rulebox_text::Position { line, column };
                Some(policy.source(nth).problem(at, message, help))
            });
            found.extend(told);
            found.sort_by(|a, b| (&a.path, a.line, a.column).cmp(&(&b.path, b.line, b.column)));
            // What follows in the same line from the same is one mistake.
            let same = |a: &Problem, b: &Problem| {
                (&a.path, a.line, &a.message) == (&b.path, b.line, &b.message)
            };
            for it in found {
                if !others.iter().any(|other| same(other, &it)) {
                    others.push(it);
                }
            }
        }
    }
}

/// A rule, and what its policy reads.
struct Reader<'l> {
    loader: &'l Loader<'l>,
    policy: &'l Policy,
    rule: &'l Rule,
    flow: &'l Flow,
    /// The entries that it asks.
    asked: &'l BTreeSet<String>,
}

impl Reader<'_> {
    fn is_review(&self) -> bool {
        self.rule.parameters.is_some()
    }

    fn needs(&self) -> impl Iterator<Item = &ObjectNeed> {
        self.loader.needs.objects.iter().filter(|it| self.rule.judged.contains(&it.id))
    }

    /// The needs whose objects are read in a place.
    fn needs_of(&self, read: &Read) -> Vec<&ObjectNeed> {
        let fits = |it: &&ObjectNeed| read.kinds.as_ref().is_none_or(|all| all.contains(&it.kind));
        self.needs().filter(fits).collect()
    }

    fn problem(&self, read: &Read, message: String, help: String) -> Problem {
        self.policy.source(read.source).problem(read.at(), message, help)
    }

    fn inputs(&self) -> impl Iterator<Item = &Read> {
        self.flow.reads.iter().filter(|it| it.parts.iter().all(|it| it.root == "input"))
    }

    /// What is read of the object.
    fn shape(&self, steps: &[Step]) -> Shape {
        if self.is_review() { review(steps) } else { self.object(steps) }
    }

    fn object(&self, steps: &[Step]) -> Shape {
        match steps {
            [Step::Key(first), ..] if INPUTS.contains(&first.as_str()) && !self.has(first) => {
                let message = format!("the input is the object, and has no `{first}`");
                let help = if first == "request" {
                    "read the object: `input.spec`; nobody asks for it here"
                } else {
                    "write `input: review` into the rule of pack.yaml, or read the object: \
                     `input.spec`"
                };
                Err((message, help.to_owned()))
            }
            [Step::Any, Step::Key(second), ..] if second == "contents" => Err((
                "the input is one object, and no list of files with `contents`".to_owned(),
                "read the object: `input.spec`; conftest's --combine is not known here".to_owned(),
            )),
            steps => Ok(Some(steps.to_vec())),
        }
    }

    /// Whether one of the objects may have a field of this name.
    fn has(&self, first: &str) -> bool {
        self.needs().any(|it| match kubernetes::kind(&it.group, &it.kind) {
            Some(ty) => kubernetes::field(ty, first).is_ok(),
            None => first == "parameters" && it.kind.ends_with("Class"),
        })
    }

    /// Tells what is read of an input of another shape.
    fn shapes(&self, found: &mut Vec<Problem>) {
        if self.flow.lost.is_some() {
            return;
        }
        let good = |read: &Read| read.parts.iter().any(|it| self.shape(&it.steps).is_ok());
        let mut ways = BTreeMap::<_, BTreeSet<_>>::new();
        for read in self.inputs().filter(|it| good(it)) {
            ways.entry(&read.rule.0).or_default().insert(read.rule.1);
        }
        for read in self.inputs() {
            // One that is written for both shapes asks which one it is.
            let asks = |it: &Part| it.soft || it.steps == [Step::Key("review".to_owned())];
            let other = |it: &&Definition| **it != read.rule.1;
            let has_other_way = !self.asked.contains(&read.rule.0)
                && ways.get(&read.rule.0).is_some_and(|it| it.iter().any(|it| other(&it)));
            if good(read) || has_other_way || read.parts.iter().any(asks) {
                continue;
            }
            let wrong = read.parts.iter().find_map(|it| self.shape(&it.steps).err());
            if let Some((message, help)) = wrong {
                found.push(self.problem(read, message, help));
            }
        }
    }

    /// The needs of the inventory.
    fn fed(&self) -> impl Iterator<Item = &ObjectNeed> {
        self.loader.needs.objects.iter().filter(|it| {
            self.rule.inventory.contains(&it.id) || self.rule.consults.contains(&it.id)
        })
    }

    /// What is read of which objects: those that are judged, or those of the inventory.
    fn read_of(&self, read: &Read, part: &Part) -> Option<(Vec<&ObjectNeed>, Vec<Step>)> {
        if part.root == "input" {
            return Some((self.needs_of(read), self.shape(&part.steps).ok()??));
        }
        let [Step::Key(first), rest @ ..] = &part.steps[..] else { return None };
        let rest = match rest {
            _ if first != "inventory" => return None,
            [Step::Key(scope), rest @ ..] if scope == "cluster" => rest,
            [_, _, rest @ ..] => rest,
            _ => &[],
        };
        let path = Path::of(rest);
        let needs = self.fed().filter(|it| path.fits(&it.group, &it.kind)).collect();
        Some((needs, rest.get(3..).unwrap_or_default().to_vec()))
    }

    /// Tells what no field of a need gives.
    fn fields(&self, found: &mut Vec<Problem>) {
        if self.needs().chain(self.fed()).all(|it| it.fields.is_empty()) {
            return;
        }
        if let Some((nth, at)) = self.flow.lost {
            let message = "what the policy reads cannot be followed from here on, and a need of \
                           its rule names `fields`";
            let help = "leave `fields` out of the need, or read the input by constant names";
            found.push(self.policy.source(nth).problem(at, message, help));
            return;
        }
        for read in &self.flow.reads {
            let wrong = read.parts.iter().find_map(|part| {
                let (needs, steps) = self.read_of(read, part)?;
                needs.into_iter().find_map(|it| missing(it, &steps, read.how, &text(part)))
            });
            if let Some((message, help)) = wrong {
                found.push(self.problem(read, message, help));
            }
        }
    }

    fn is_judged(&self, asked: &Asked) -> bool {
        self.needs().any(|it| asked.kinds.contains(&it.kind))
    }

    /// The definitions of rules that never hold, since they ask for kinds that are not judged; each
    /// with that comparison.
    fn dead(&self) -> BTreeMap<Definition, &Asked> {
        let asked = self.flow.asked.iter().filter(|it| !self.is_judged(it));
        let mut dead: BTreeMap<_, _> = asked.map(|it| (it.rule, it)).collect();
        loop {
            let before = dead.len();
            for (definition, name) in &self.flow.needed {
                let all = self.flow.definitions.get(name).into_iter().flatten();
                let all: Option<Vec<_>> = all.map(|it| dead.get(it).copied()).collect();
                if let Some(why) = all.and_then(|it| it.into_iter().next()) {
                    dead.entry(*definition).or_insert(why);
                }
            }
            if dead.len() == before {
                return dead;
            }
        }
    }

    /// Notes comparisons with kinds that are not judged. A helper may be written for more kinds
    /// than are.
    fn kinds(&self, places: &mut Places) {
        let place = |it: &Asked| (it.source, it.line, it.column);
        for asked in self.flow.asked.iter().filter(|it| self.is_judged(it)) {
            places.add(place(asked), "kind".to_owned(), None);
        }
        let judged: Vec<_> = self.needs().map(|it| it.kind.as_str()).collect();
        let dead = self.dead();
        let entries = self.asked.iter().filter_map(|it| self.flow.definitions.get(it)).flatten();
        for asked in entries.filter_map(|it| dead.get(it)) {
            let kinds: Vec<_> = asked.kinds.iter().map(String::as_str).collect();
            let nearest = kinds.iter().find_map(|it| closest(it, judged.iter().copied()));
            let help = nearest.map_or_else(
                || "name a need for it in `for`, or leave the comparison out".to_owned(),
                |it| format!("did you mean `{it}`?"),
            );
            let message = format!(
                "no object that the rule `{}` judges is of the kind {}",
                self.rule.id,
                kinds.join(" or ")
            );
            places.add(place(asked), "kind".to_owned(), Some((message, help)));
        }
    }

    /// Notes what no object has that is judged, or stands in the inventory.
    fn astray(&self, of_template: bool, places: &mut Places) {
        if self.flow.lost.is_some() {
            return;
        }
        let own = |it: &&ObjectNeed| kubernetes::kind(&it.group, &it.kind).is_some();
        let dead = if of_template { BTreeMap::new() } else { self.dead() };
        for read in self.flow.reads.iter().filter(|it| !dead.contains_key(&it.rule.1)) {
            let wrong = |part: &Part| {
                let (needs, steps) = self.read_of(read, part)?;
                if part.soft || needs.is_empty() || !needs.iter().all(own) {
                    return None;
                }
                // A policy may be written for more kinds than are judged.
                let elsewhere = |it: (&str, &str)| stray_of(it, &steps).is_none();
                if part.root == "input" && kubernetes::kinds().any(elsewhere) {
                    return None;
                }
                let all: Option<Vec<_>> = needs.iter().map(|it| strays(it, &steps)).collect();
                let (nth, no) = all?.into_iter().max_by_key(|it| it.0)?;
                let cut = part.steps.len() - steps.len() + nth;
                let kinds: BTreeSet<_> = needs.iter().map(|it| it.kind.as_str()).collect();
                let kinds = kinds.into_iter().collect::<Vec<_>>().join(" or ");
                Some((text_of(part.root, &part.steps[..=cut]), kinds, no))
            };
            let all: Option<Vec<_>> = read.parts.iter().map(wrong).collect();
            let first = all.and_then(|it| it.into_iter().next());
            let what = read.parts.iter().next().map_or(String::new(), text);
            let wrong = first.map(|(path, kinds, no)| {
                let help = match no {
                    NoField::Unknown { nearest: Some(it) } => format!("did you mean `{it}`?"),
                    _ => "see `kubectl explain`; lists are followed by `[_]`, and what may be \
                          there in other versions is read by `object.get`"
                        .to_owned(),
                };
                (format!("there is no `{path}` in the kind {kinds}"), help)
            });
            places.add((read.source, read.line, read.column), what, wrong);
        }
    }

    /// Tells constant paths of the inventory that nothing feeds.
    fn inventory(&self, found: &mut Vec<Problem>) {
        let fed = self.fed().map(|it| (it.group.clone(), it.kind.clone()));
        let fed: Vec<GroupKind> = fed.collect();
        if fed.is_empty() {
            return;
        }
        for read in &self.flow.reads {
            let wrong: Option<Vec<_>> = read.parts.iter().map(|it| not_fed(it, &fed)).collect();
            if let Some((message, help)) = wrong.and_then(|it| it.into_iter().next()) {
                found.push(self.problem(read, message, help));
            }
        }
    }
}

/// What is read of the object of a review.
fn review(steps: &[Step]) -> Shape {
    let unknown = |key: &str| {
        let message = format!("the input is a review, and has no `{key}`");
        let help = match closest(key, ["review", "parameters"]) {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => format!(
                "write `input.review.object.{key}` if it is a field of the object; where no review \
                 is meant, leave `input: review` out of the rule of pack.yaml"
            ),
        };
        Err((message, help))
    };
    match steps {
        [] => Ok(Some(Vec::new())),
        [Step::Key(first)] if first == "review" => Ok(Some(Vec::new())),
        [Step::Key(first), ..] if first == "parameters" => Ok(None),
        [Step::Key(first), Step::Key(second), rest @ ..] if first == "review" => {
            if second == "object" {
                return Ok(Some(rest.to_vec()));
            }
            if second == "kind"
                && let [Step::Key(third), ..] = rest
                && let known = ["group", "version", "kind"]
                && !known.contains(&third.as_str())
            {
                let message = format!("`input.review.kind` has no `{third}`");
                return Err((message, format!("its keys are {}", known.join(", "))));
            }
            if REVIEW.contains(&second.as_str()) {
                return Ok(None);
            }
            let message = format!("Gatekeeper's audit gives no `input.review.{second}`");
            let help = match closest(second, REVIEW) {
                Some(nearest) => format!("did you mean `{nearest}`?"),
                None if second == "namespaceObject" || second == "_unstable" => {
                    "compare `input.review.namespace` with names, or name namespaces in `match`"
                        .to_owned()
                }
                None => format!(
                    "a review holds {}: leave out what asks for more, since nobody asks for the \
                     object here",
                    REVIEW.join(", ")
                ),
            };
            Err((message, help))
        }
        [Step::Key(first), ..] if first != "review" => unknown(first),
        _ => Ok(None),
    }
}

fn text_of(root: &str, steps: &[Step]) -> String {
    let step = |it: &Step| match it {
        Step::Key(key) => format!(".{key}"),
        Step::Any => "[_]".to_owned(),
    };
    root.to_owned() + &steps.iter().map(step).collect::<String>()
}

fn text(part: &Part) -> String {
    text_of(part.root, &part.steps)
}

/// Why fields of a need do not give what is read, and what to do.
fn missing(need: &ObjectNeed, steps: &[Step], how: How, text: &str) -> Option<Wrong> {
    let given = Fields::of(std::iter::once(need))?;
    // What the kind does not have is no loss.
    if strays(need, steps).is_some() {
        return None;
    }
    let id = &need.id;
    match given.gives(steps, how) {
        Given::Yes => None,
        Given::No => Some((
            format!("no field of the need `{id}` gives the policy `{text}`"),
            format!("add it to the `fields` of the need: `{}`", fields::path(steps)),
        )),
        Given::Partly => {
            let cut = steps.iter().position(|it| *it == Step::Any && how == How::Through);
            let path = fields::path(&steps[..cut.unwrap_or(steps.len())]);
            let help = if path.is_empty() {
                "leave `fields` out of the need, or read by constant names what the policy asks of \
                 it"
                .to_owned()
            } else {
                format!(
                    "name it whole in the `fields` of the need, `{path}`, or read by constant \
                     names what the policy asks of it"
                )
            };
            Some((format!("the fields of the need `{id}` give only parts of `{text}`"), help))
        }
    }
}

/// The path of an object of the inventory behind its scope, as far as it is constant.
struct Path<'s> {
    version: Option<&'s str>,
    kind: Option<&'s str>,
}

impl<'s> Path<'s> {
    fn of(steps: &'s [Step]) -> Self {
        let key = |nth: usize| match steps.get(nth) {
            Some(Step::Key(key)) => Some(key.as_str()),
            _ => None,
        };
        Self { version: key(0), kind: key(1) }
    }

    fn fits(&self, group: &str, kind: &str) -> bool {
        let of = self.version.map(|it| it.split_once('/').map_or("", |it| it.0));
        of.is_none_or(|it| it == group) && self.kind.is_none_or(|it| it == kind)
    }
}

fn stray_of(of: (&str, &str), steps: &[Step]) -> Option<(usize, NoField)> {
    let keys = steps.iter().map(|it| match it {
        Step::Key(key) => Some(key.as_str()),
        Step::Any => None,
    });
    kubernetes::strays(of, keys)
}

fn strays(need: &ObjectNeed, steps: &[Step]) -> Option<(usize, NoField)> {
    stray_of((&need.group, &need.kind), steps)
}

/// Why nothing feeds what is read of the inventory, and what to do. None where something may.
fn not_fed(part: &Part, fed: &[GroupKind]) -> Option<Wrong> {
    let (Step::Key(first), rest) = part.steps.split_first().filter(|_| part.root == "data")? else {
        return None;
    };
    let (Step::Key(scope), rest) = rest.split_first().filter(|_| first == "inventory")? else {
        return None;
    };
    let known = ["cluster", "namespace"];
    if !known.contains(&scope.as_str()) {
        let help = closest(scope, known).unwrap_or("cluster` or `namespace");
        let message = format!("there is no `data.inventory.{scope}`");
        return Some((message, format!("write `{help}`")));
    }
    let is_cluster = scope == "cluster";
    let rest = if is_cluster { rest } else { rest.split_first()?.1 };
    let of = Path::of(rest);
    let is_version = of.version.is_none_or(|it| it.rsplit('/').next().is_some_and(is_version));
    let found: Vec<_> = fed.iter().filter(|it| of.fits(&it.0, &it.1)).collect();
    let path = match (of.version, of.kind) {
        (Some(version), Some(kind)) => format!("[\"{version}\"].{kind}"),
        (Some(version), None) => format!("[\"{version}\"]"),
        (None, Some(kind)) => format!("[_].{kind}"),
        (None, None) => String::new(),
    };
    let below = if is_cluster { "cluster" } else { "namespace[_]" };
    let path = format!("data.inventory.{below}{path}");
    let is_there = |it: &&&GroupKind| gatekeeper::scope(it).is_none_or(|it| it != is_cluster);
    if found.is_empty() || !is_version {
        let shown = |(group, kind): &GroupKind| {
            let slash = if group.is_empty() { "" } else { "/" };
            format!("{group}{slash}{kind}")
        };
        let all: Vec<_> = fed.iter().map(shown).collect();
        let message = format!("nothing stands at `{path}`: the inventory holds {}", all.join(", "));
        let help = "name a need for it in `inventory` or `consults` of the rule, or in the \
                    template's annotation; the path is that of apiVersion, kind and name";
        return Some((message, help.to_owned()));
    }
    if !found.iter().any(|it| is_there(&it)) {
        let (where_, help) = if is_cluster {
            ("in namespaces", "write `data.inventory.namespace[_]`")
        } else {
            ("in no namespace", "write `data.inventory.cluster`")
        };
        let message = format!("nothing stands at `{path}`: such objects stand {where_}");
        return Some((message, help.to_owned()));
    }
    None
}

/// `v1`, `v1beta1`.
fn is_version(text: &str) -> bool {
    text.strip_prefix('v').is_some_and(|it| it.starts_with(|c: char| c.is_ascii_digit()))
}
