//! The rules of a pack: those that `pack.yaml` names, and those that constraints are.

use std::collections::BTreeSet;

use regorus::Value;
use rulebox_core::{Path, RuleInfo};
use rulebox_text::{Problem, Problems, Step, names, yaml::Scalar};

use super::Loader;
use crate::{
    document,
    entry::{self, Entry},
    evidence,
    fields::Fields,
    gatekeeper::{Constrained, Filter},
    pack::Rule,
    policy::Policy,
    template::{self, Known, Template},
};

/// What is said beside the message of a policy.
#[derive(Default)]
struct Said {
    cause: Option<Template>,
    remedy: Vec<(bool, Template)>,
    evidence: Vec<Path>,
    labels: Vec<(String, Template)>,
}

impl Said {
    fn read(written: &document::Words, known: &Known<'_>, told: &mut Problems) -> Self {
        let remedy = written.remedy.iter().map(|it| match it {
            Step::Say(it) => (false, template::read(it, false, known, told)),
            Step::Run(it) => (true, template::read(it, true, known, told)),
        });
        let remedy = remedy.collect();
        let labels = written.labels.iter().map(|(name, value)| {
            names::snake(name, "a label", told);
            (name.text.clone(), template::read(value, false, known, told))
        });
        let labels = labels.collect();
        let evidence = written.evidence.iter();
        let evidence = evidence.filter_map(|it| evidence::read(it, known.fields.as_ref(), told));
        let evidence = evidence.collect();
        if let Some(summary) = &written.summary {
            names::line(summary, "the summary of a rule", told);
        }
        let cause = written.cause.as_ref().map(|it| template::read(it, false, known, told));
        Self { cause, remedy, evidence, labels }
    }
}

impl Loader<'_> {
    /// A rule of `pack.yaml`.
    pub(super) fn rule(
        &mut self,
        written: &document::Rule,
        has_policy: bool,
        told: &mut Problems,
        others: &mut Vec<Problem>,
    ) {
        let id = text(written.id.as_ref());
        if let Some(scalar) = &written.id {
            names::kebab(scalar, "a rule", told);
            if self.rules.iter().any(|it| it.id == id) {
                let message = format!("two rules are called `{id}`");
                told.add(scalar.at(), message, "give one another name");
            }
        }
        let mut named = |of: &[Scalar]| -> Vec<String> {
            of.iter().filter_map(|it| self.needs.named(it, told)).collect()
        };
        let judged = named(&written.over);
        let (inventory, consults) = (named(&written.inventory), named(&written.consults));
        let Some(at) = written.id.as_ref().map(Scalar::at) else { return };
        if !has_policy {
            told.add(at, "the pack has no Rego", "put it beside pack.yaml, in a file *.rego");
            return;
        }
        let policy = &self.policies[0];
        let entries = entries(written, policy, told, others);
        let one_age = policy.has_one_age(&entries);
        let reads_inventory = policy.reads_inventory(&entries);
        let reads = policy.place_of("data.inventory");
        if let (true, true, Some((source, at))) = (inventory.is_empty(), consults.is_empty(), reads)
            && entries
                .iter()
                .any(|it| it.path.starts_with(&format!("{}.", policy.package_of(source))))
        {
            let help = "name in `inventory` the needs that it compares with, or in `consults` \
                those \
                        that only add";
            let message =
                format!("the rule `{id}` reads `data.inventory`, and names nothing for it");
            others.push(source.problem(at, message, help));
        }
        let parameters = written.parameters.clone().map_or("{}".to_owned(), |it| it.to_string());
        let parameters = written.review.then(|| Value::from_json_str(&parameters).ok()).flatten();
        let known = Known { settings: &self.settings, fields: self.fields(&judged) };
        let said = Said::read(&written.words, &known, told);
        let summary = text(written.words.summary.as_ref());
        let documentation = match text(written.words.documentation.as_ref()) {
            it if it.is_empty() => format!("{}.", summary.trim_end_matches('.')),
            it => it,
        };
        self.add(
            documentation,
            Rule {
                id,
                severity: written.severity,
                summary,
                judged,
                filter: Filter::default(),
                policy: 0,
                of_constraint: false,
                entries,
                one_age,
                parameters,
                inventory,
                consults,
                reads_inventory,
                cause: said.cause,
                remedy: said.remedy,
                evidence: said.evidence,
                labels: said.labels,
            },
        );
    }

    /// A constraint as a rule, with the words that `pack.yaml` adds.
    pub(super) fn constraint(
        &mut self,
        it: Constrained,
        words: Option<&document::Words>,
        told: &mut Problems,
        others: &mut Vec<Problem>,
    ) {
        // It is given whole objects.
        let known = Known { settings: &self.settings, fields: None };
        let said = words.map(|it| Said::read(it, &known, told)).unwrap_or_default();
        let own = |own: fn(&document::Words) -> &Option<Scalar>, of_template: &str| match words
            .map_or(String::new(), |it| text(own(it).as_ref()))
        {
            own if own.is_empty() => of_template.to_owned(),
            own => own,
        };
        let summary = own(|it| &it.summary, &it.summary);
        let documentation = own(|it| &it.documentation, &it.documentation);
        let mut wrong = |message: String, help: &str| {
            let mut told = Problems::new(&it.path);
            told.add(it.at, message, help);
            others.extend(told.finish());
        };
        if self.rules.iter().any(|rule| rule.id == it.id) {
            let message = format!("two rules are called `{}`", it.id);
            return wrong(message, "give one constraint another name");
        }
        let named = Scalar::made(&it.id);
        let mut told = Problems::new("");
        names::kebab(&named, "a rule", &mut told);
        if !told.is_empty() {
            let message = format!("the constraint's name `{}` cannot be the name of a rule", it.id);
            return wrong(message, "write small letters and digits, in words parted by `-`");
        }
        let policy = &self.policies[it.policy];
        let entries = entry::find(policy, &it.package, &["violation".to_owned()]);
        if entries.is_empty() {
            let message = "its template has no rule `violation`".to_owned();
            return wrong(message, "write `violation[{\"msg\": msg}] { … }` into the template");
        }
        let compiled: Vec<_> =
            entries.iter().filter_map(|it| policy.compile(&it.path).err()).collect();
        if !compiled.is_empty() {
            others
                .extend(compiled.into_iter().filter(|it| !others.contains(it)).collect::<Vec<_>>());
            return;
        }
        let entries: Vec<_> = entries.into_iter().collect();
        let one_age = policy.has_one_age(&entries);
        let mut ask = |kinds: &[_], namespaces: &[String], selector: &str| {
            let ids = kinds.iter().map(|it| self.needs.asked(it, namespaces, selector));
            ids.collect::<Result<BTreeSet<_>, _>>()
        };
        let judged = ask(&it.kinds, &it.namespaces, &it.label_selector);
        let inventory = ask(&it.inventory, &[], "");
        let (judged, inventory) = match (judged, inventory) {
            (Ok(judged), Ok(inventory)) => (judged, inventory),
            (Err(why), _) | (_, Err(why)) => {
                let help = "write a rule for it in pack.yaml, `input: review`, over a need that \
                    names \
                            the fields";
                return wrong(why, help);
            }
        };
        let parameters = Value::from_json_str(&it.parameters.to_string()).ok();
        self.add(
            documentation,
            Rule {
                id: it.id,
                severity: it.severity,
                summary,
                judged: judged.into_iter().collect(),
                filter: it.filter,
                policy: it.policy,
                of_constraint: true,
                entries,
                one_age,
                parameters: parameters.or_else(|| Some(Value::new_object())),
                inventory: inventory.into_iter().collect(),
                consults: Vec::new(),
                reads_inventory: !it.inventory.is_empty(),
                cause: said.cause,
                remedy: said.remedy,
                evidence: said.evidence,
                labels: said.labels,
            },
        );
    }

    fn add(&mut self, documentation: String, rule: Rule) {
        let Rule { id, severity, summary, judged, inventory, consults, .. } = &rule;
        let unique = |all: &mut dyn Iterator<Item = &String>| {
            let mut known = BTreeSet::new();
            all.filter(|it| known.insert(*it)).cloned().collect::<Vec<_>>()
        };
        let requires = unique(&mut judged.iter().chain(inventory));
        let consults = unique(&mut consults.iter().filter(|it| !requires.contains(it)));
        self.infos.push(RuleInfo {
            id: id.clone(),
            severity: *severity,
            summary: summary.clone(),
            documentation,
            requires,
            consults,
        });
        self.rules.push(rule);
    }

    /// The fields of the objects of some needs.
    pub(super) fn fields(&self, judged: &[String]) -> Option<Fields> {
        Fields::of(self.needs.objects.iter().filter(|it| judged.contains(&it.id)))
    }

    /// Entries that no rule asks: a policy that is not run must not look as if it passed.
    pub(super) fn unused(&self, others: &mut Vec<Problem>) {
        let policy = &self.policies[0];
        let asked: BTreeSet<_> =
            self.rules.iter().filter(|it| it.policy == 0).flat_map(|it| &it.entries).collect();
        for package in policy.packages() {
            if policy.rules(package, |it| it == "exception").len() == 1
                && let Some((source, at)) =
                    policy.declaration(package, &format!("{package}.exception"))
            {
                let message = "exceptions of conftest are not applied";
                let help =
                    "write them into the policy, or suppress what is found in the configuration";
                others.push(source.problem(at, message, help));
            }
            let asked_by_name =
                |it: &String| asked.iter().any(|asked| asked.path == format!("{package}.{it}"));
            let nearly = policy.rules(package, entry::is_nearly);
            for name in nearly.iter().filter(|it| !asked_by_name(it)) {
                let Some((source, at)) = policy.declaration(package, &format!("{package}.{name}"))
                else {
                    continue;
                };
                let message = format!("`{name}` is no entry for conftest, and nobody asks it");
                let help = "write letters and digits behind each `_`, `deny_name`, or name it in \
                            `entry` of a rule; call it otherwise if another rule asks it";
                others.push(source.problem(at, message, help));
            }
            let all = entry::find(policy, package, &[]);
            let is_asked = |it: &Entry| asked.iter().any(|asked| asked.path == it.path);
            for entry in all.iter().filter(|it| !is_asked(it)) {
                let name = entry.path.strip_prefix("data.").unwrap_or(&entry.path);
                let message = format!("no rule of pack.yaml asks `{name}`");
                let short = package.strip_prefix("data.").unwrap_or(package);
                let help =
                    format!("name its package in a rule of {}: `package: {short}`", self.path);
                if let Some((source, at)) = policy.declaration(package, &entry.path) {
                    others.push(source.problem(at, message, help));
                }
            }
        }
    }
}

fn text(scalar: Option<&Scalar>) -> String {
    scalar.map(|it| it.text.trim().to_owned()).unwrap_or_default()
}

/// What a rule asks of its package, each checked.
fn entries(
    written: &document::Rule,
    policy: &Policy,
    told: &mut Problems,
    others: &mut Vec<Problem>,
) -> Vec<Entry> {
    let Some(at) = written.id.as_ref().map(Scalar::at) else { return Vec::new() };
    let packages = policy.packages();
    let short = |it: &'_ str| it.strip_prefix("data.").unwrap_or(it).to_owned();
    let package = if let Some(it) = &written.package {
        format!("data.{}", it.text)
    } else {
        // Libraries have no entries.
        let asked = packages.iter().filter(|it| !entry::find(policy, it, &[]).is_empty());
        let asked: Vec<_> = asked.copied().collect();
        match asked[..] {
            [one] => one.to_owned(),
            [] => packages.iter().next().copied().unwrap_or("data.main").to_owned(),
            _ => {
                let names: Vec<_> = asked.iter().map(|it| short(it)).collect();
                let message = "it is not known which package the rule means";
                told.add(at, message, format!("write `package:` {}", names.join(" or ")));
                return Vec::new();
            }
        }
    };
    if !packages.contains(package.as_str()) {
        let message = format!("there is no package `{}`", short(&package));
        let known: Vec<_> = packages.iter().map(|it| short(it)).collect();
        let help = names::help(&short(&package), known.iter().map(String::as_str), "packages");
        told.add(written.package.as_ref().map_or(at, Scalar::at), message, help);
        return Vec::new();
    }
    let names: Vec<_> = written.entries.iter().map(|it| it.text.clone()).collect();
    let found = entry::find(policy, &package, &names);
    for it in &written.entries {
        if !found.iter().any(|entry| entry.path == format!("{package}.{}", it.text)) {
            let message = format!("the package `{}` has no rule `{}`", short(&package), it.text);
            told.add(it.at(), message, "name one that it has: deny, violation or warn");
        }
    }
    if found.is_empty() && written.entries.is_empty() {
        let message = format!("the package `{}` has no deny, violation or warn", short(&package));
        told.add(at, message, "name the rule that says what is wrong: `entry: …`");
    }
    for it in &found {
        others.extend(policy.compile(&it.path).err().filter(|it| !others.contains(it)));
    }
    found.into_iter().collect()
}
