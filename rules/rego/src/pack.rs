//! A pack that was loaded, described to the host and evaluated for it.

use std::collections::BTreeSet;

use regorus::Value;
use rulebox_core::{Moment, ObjectRef, PackInfo, Path, Severity};
use rulebox_sdk::{Host, Kept, Run};
use rulebox_text::{Problem, Text};

use crate::{
    clock::{self, Clock},
    entry::Entry,
    gatekeeper::Filter,
    input, load,
    policy::Policy,
    report::{self, Said},
    template::Template,
};

/// A rule that was checked.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) id: String,
    pub(crate) severity: Severity,
    pub(crate) summary: String,
    /// The needs whose objects are judged.
    pub(crate) judged: Vec<String>,
    /// Which of them.
    pub(crate) filter: Filter,
    /// The number of its policy.
    pub(crate) policy: usize,
    pub(crate) entries: Vec<Entry>,
    /// Whether what they say changes at most once with time.
    pub(crate) one_age: bool,
    /// Whether it is a constraint, and its policy a template.
    pub(crate) of_constraint: bool,
    /// None: the input is the object. Else it is a review of it, with these parameters.
    pub(crate) parameters: Option<Value>,
    /// What stands in the inventory, without which the policy cannot judge.
    pub(crate) inventory: Vec<String>,
    /// The same of what only adds.
    pub(crate) consults: Vec<String>,
    /// Whether the policy reads the inventory.
    pub(crate) reads_inventory: bool,
    pub(crate) cause: Option<Template>,
    /// Steps; true where one is a command.
    pub(crate) remedy: Vec<(bool, Template)>,
    /// Whose values are shown.
    pub(crate) evidence: Vec<Path>,
    pub(crate) labels: Vec<(String, Template)>,
}

/// A pack of rules in Rego that has no problem.
#[derive(Debug)]
pub struct Pack {
    info: PackInfo,
    rules: Vec<Rule>,
    policies: Vec<Policy>,
    clock: Clock,
}

/// One rule while it is evaluated.
struct Judge<'p, 'h> {
    rule: &'p Rule,
    run: Run<'h>,
    policy: Policy,
    /// The need of the inventory that could not be seen whole.
    incomplete: Option<&'p str>,
    /// The same of what only adds: what was found counts, and that nothing was found does not.
    less: Option<&'p str>,
}

/// What a rule says about an object.
#[derive(Default)]
struct Answer {
    /// Each with whether it only warns.
    said: Vec<(Said, bool)>,
    /// Why it says no more.
    unknown: Vec<String>,
}

impl Pack {
    /// Reads and checks a pack of these files, `pack.yaml` first. The problems are told in the
    /// order of the files and their text.
    pub fn load(texts: &[Text]) -> Result<Self, Vec<Problem>> {
        let clock = Clock::default();
        let load::Loaded { info, rules, policies } = load::load(texts, &clock)?;
        Ok(Self { info, rules, policies, clock })
    }

    /// What the pack holds and needs.
    pub fn describe(&self) -> &PackInfo {
        &self.info
    }

    /// Evaluates the named rules over what was captured at this moment. The settings are JSON.
    pub fn evaluate(
        &self,
        host: &dyn Host,
        as_of: Moment,
        settings: &str,
        rules: &[String],
    ) -> Result<(), String> {
        let settings = if settings.is_empty() { "{}" } else { settings };
        let settings = Value::from_json_str(settings)
            .map_err(|it| format!("the settings are no JSON: {it}"))?;
        let kept = Kept::default();
        let mut judges = Vec::new();
        for id in rules {
            let rule = self.rules.iter().find(|it| it.id == *id);
            let rule = rule.ok_or_else(|| format!("the pack has no rule `{id}`"))?;
            judges.push(self.judge(rule, host, as_of, &settings, &kept)?);
        }
        for need in &self.info.needs.objects {
            let judges: &mut Vec<_> =
                &mut judges.iter_mut().filter(|it| it.rule.judged.contains(&need.id)).collect();
            if judges.is_empty() {
                continue;
            }
            input::each(host, &need.id, |object| {
                for judge in &mut *judges {
                    judge.object(&object, &settings, as_of, &self.clock);
                }
            });
        }
        for judge in judges {
            judge.run.finish();
        }
        Ok(())
    }

    fn judge<'p>(
        &'p self,
        rule: &'p Rule,
        host: &'p dyn Host,
        as_of: Moment,
        settings: &Value,
        kept: &'p Kept,
    ) -> Result<Judge<'p, 'p>, String> {
        let required: Vec<_> = rule.inventory.iter().map(String::as_str).collect();
        let consulted: Vec<_> = rule.consults.iter().map(String::as_str).collect();
        let all = [&required[..], &consulted[..]].concat();
        let inventory = (!all.is_empty()).then(|| input::inventory(host, &all));
        Ok(Judge {
            rule,
            run: Run::new(host, (&rule.id, rule.severity), as_of, "", kept),
            policy: self.policies[rule.policy].with_data(input::data(settings, inventory))?,
            incomplete: input::incomplete(host, &required),
            less: input::incomplete(host, &consulted).filter(|_| rule.reads_inventory),
        })
    }
}

impl Judge<'_, '_> {
    fn object(&mut self, object: &Value, settings: &Value, as_of: Moment, clock: &Clock) {
        if !matches!(object, Value::Object(_)) {
            self.run.undecided("an object cannot be read: it is no mapping");
            return;
        }
        if !self.rule.filter.takes(object) {
            return;
        }
        let about = input::reference(object);
        let input = match &self.rule.parameters {
            None => object.clone(),
            Some(parameters) => input::review(object, parameters),
        };
        clock.set(as_of.earliest());
        let answer = self.answer(&input);
        let asked_time = clock.was_asked();
        if asked_time && !self.holds(&answer, &input, as_of, clock) {
            let whether = "whether it is as the policy has it, which asks what time it is,";
            self.run.age_not_known(&about, whether);
            return;
        }
        let Answer { said, unknown } = answer;
        for why in &unknown {
            self.run.untold(&about, why);
        }
        if !said.is_empty() {
            self.tell(&about, &said, asked_time, (object, settings));
        } else if let Some(need) = self.less.filter(|_| unknown.is_empty()) {
            let why =
                format!("the policy reads the inventory, and not all of `{need}` could be seen");
            self.run.untold(&about, &why);
        }
    }

    /// Whether the answer does not depend on when exactly the input was taken.
    fn holds(&mut self, answer: &Answer, input: &Value, as_of: Moment, clock: &Clock) -> bool {
        let Some(latest) = clock::other_end(as_of) else { return true };
        if !self.rule.one_age {
            return false;
        }
        clock.set(Some(latest));
        let late = self.answer(input);
        let known = answer.unknown.is_empty() && late.unknown.is_empty();
        !known || answer.said.is_empty() == late.said.is_empty()
    }

    /// Asks the rules of the policy about an input. What one of them cannot say hides nothing of
    /// what the others do.
    fn answer(&mut self, input: &Value) -> Answer {
        let mut answer = Answer::default();
        for Entry { path, warns, shown } in &self.rule.entries {
            let value = self.policy.value(path, input.clone());
            for line in self.policy.printed() {
                self.run.debug(&line);
            }
            let value = match value {
                Ok(value) => value,
                Err(why) => {
                    if !answer.unknown.contains(&why) {
                        answer.unknown.push(why);
                    }
                    continue;
                }
            };
            let mut odd = BTreeSet::new();
            for it in report::said(&value) {
                match it {
                    Ok(said) => answer.said.push((said, *warns)),
                    Err(why) => drop(odd.insert(why)),
                }
            }
            let odd = odd.into_iter().map(|it| format!("a message of {shown} {it}"));
            answer.unknown.extend(odd);
        }
        answer
    }

    /// What was found; where it may rest on what could not be seen, that it is not known.
    fn tell(
        &self,
        about: &ObjectRef,
        said: &[(Said, bool)],
        asked_time: bool,
        values: (&Value, &Value),
    ) {
        if let Some(need) = self.incomplete {
            let why = format!(
                "the policy compares it with all of `{need}`, not all of which could be seen"
            );
            self.run.untold(about, &why);
            return;
        }
        for (said, warns) in said {
            let how = (*warns, asked_time);
            self.run.report(report::finding(self.rule, about.clone(), said, how, values));
        }
    }
}
