//! One plan, many runs: what packs, choice and configuration mean together, and what becomes of
//! each reading. Where a reading comes from, and what the outcome is written to, is not known here.

use std::sync::Arc;

use jiff::Timestamp;
use rulebox_core::{
    AsOf, AsOfSource, Bound, BoundBy, ClusterMoment, Inventory, Moment, NeedSet, ObjectNeed,
    PackFailure, PackInfo, Places, Reading, Report, RuleInfo, Witness, shell_word,
    text::{escape, escaped},
};
use rulebox_engine::{Evaluation, Pack, Run, SettingProblem, SettingsError};
use rulebox_report::NeedsView;

use crate::{
    Choice, Config, FailOn, Known, Memory, RunError, assemble, causes,
    policy::{self, Chosen},
};

/// Everything that stays the same from one run to the next.
#[derive(Debug)]
pub struct Plan {
    packs: Arc<[Pack]>,
    chosen: Chosen,
    /// The settings of each pack as JSON, in the order of `packs`; or why it cannot run with any.
    settings: Vec<Result<String, PackFailure>>,
    config: Config,
    /// What a person may want to change of the configuration.
    notes: Vec<String>,
}

/// What the packs have said of one cluster, or of several.
#[derive(Debug, Clone, Default)]
pub struct Evaluated {
    /// What was read and what was found, not yet in order.
    pub report: Report,
    /// What a person may want to know of the moment that ages are counted to.
    pub notes: Vec<String>,
    /// What the packs have written to their logs, each line behind its pack's name.
    pub log: Vec<String>,
}

impl Evaluated {
    /// Adds what was evaluated of another cluster; see [`Report::merge`].
    pub fn merge(&mut self, other: Self) {
        let Self { report, notes, log } = other;
        self.report.merge(report);
        self.notes.extend(notes);
        self.log.extend(log);
    }
}

/// A finished run: what outputs show, and what a person is told beside it.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// In its canonical order, with severities and suppressions.
    pub report: Report,
    /// Those of [`Plan::warnings`].
    pub warnings: Vec<String>,
    /// What a person may want to change: in the configuration, or of what was typed.
    pub notes: Vec<String>,
    /// What the packs have written to their logs, each line behind its pack's name.
    pub log: Vec<String>,
}

impl Plan {
    /// Chooses the rules, and checks the configuration against the packs before anything is read.
    /// `built_in`: the names of the packs that another run may load without a file.
    pub fn new(
        packs: Arc<[Pack]>,
        choice: &Choice,
        config: Config,
        built_in: &[&str],
    ) -> Result<Self, RunError> {
        let infos: Vec<_> = packs.iter().map(Pack::info).collect();
        let notes = policy::validate(&config, &infos, built_in)?;
        let chosen = Chosen::of(choice, &infos)?;
        let settings = packs.iter().map(|it| settings(it, &config)).collect::<Result<_, _>>()?;
        Ok(Self { packs, chosen, settings, config, notes })
    }

    /// What the chosen rules read, and nothing else: what no rule asks for is not parsed.
    pub fn needs(&self) -> NeedSet {
        let mut needs = NeedSet::default();
        for pack in self.packs.iter().map(Pack::info) {
            needs.add(&pack.name, &needs_of(pack, &self.chosen.of_pack(pack)));
        }
        needs
    }

    /// The same for people and programs: which of the chosen rules read what.
    pub fn needs_view(&self) -> NeedsView {
        let mut view = NeedsView::default();
        for pack in self.packs.iter().map(Pack::info) {
            view.add(pack, &self.chosen.of_pack(pack));
        }
        view
    }

    /// Evaluates the chosen rules over what was read of one cluster. `step` is given the name of
    /// each pack before the pack is evaluated. The name of the cluster is empty where the run has
    /// only one, and nobody has named it.
    pub fn evaluate(
        &self,
        cluster: &str,
        reading: Reading,
        as_of: AsOf,
        step: &mut dyn FnMut(&str),
    ) -> Evaluated {
        let Reading {
            inventory,
            inputs,
            witness,
            collected,
            latest,
            ahead: _, // a problem of its input
            objects,
            objects_needed,
            places,
        } = reading;
        let inventory = Arc::new(inventory);
        let notes = contradictions(witness, collected, latest, &as_of, cluster);
        let moment = as_of.moment;
        let mut report = begun(cluster, as_of);
        report.inputs = inputs;
        (report.objects, report.objects_needed) = (objects, objects_needed);
        let mut log = Vec::new();
        for (pack, settings) in self.packs.iter().zip(&self.settings) {
            let info = pack.info();
            step(&info.name);
            let rules = self.chosen.of_pack(info);
            let mut evaluation = ask(pack, settings, moment, &rules, &inventory);
            log.extend(evaluation.log.drain(..).map(|line| format!("{}: {line}", info.name)));
            let read = (&*inventory, &places);
            assemble::add(&mut report, cluster, read, (&self.chosen, None), info, evaluation);
        }
        Evaluated { report, notes, log }
    }

    /// The same for a cluster that is watched: of each pack only the rules are evaluated whose
    /// objects have changed since the memory was last given, or all if `all` says so. None if
    /// nothing was to be evaluated, and no rule waits that did not, or the other way round. A rule
    /// that has failed rests for a while, and one waits while what it reads is not up to date; what
    /// it said last stays. `step` is given the name of each pack before the pack is asked.
    pub fn evaluate_again(
        &self,
        memory: &mut Memory,
        cluster: &str,
        known: Known<'_>,
        as_of: AsOf,
        all: bool,
        step: &mut dyn FnMut(&str),
    ) -> Option<Evaluated> {
        let Known { inventory, .. } = known;
        let moment = as_of.moment;
        let at = moment.earliest().unwrap_or(Timestamp::MIN);
        let mut news = all;
        let due = self.packs.iter().map(Pack::info).map(|info| {
            let (chosen, said) = (self.chosen.of_pack(info), memory.of(&info.name));
            news |= said.wait(info, &chosen, known);
            said.due(info, &chosen, inventory, at, all)
        });
        let due: Vec<_> = due.collect();
        if !news && due.iter().all(Vec::is_empty) {
            return None;
        }
        let mut report = begun(cluster, as_of);
        let mut log = Vec::new();
        for ((pack, settings), due) in self.packs.iter().zip(&self.settings).zip(due) {
            let info = pack.info();
            let said = memory.of(&info.name);
            if !due.is_empty() {
                step(&info.name);
                let mut evaluation = ask(pack, settings, moment, &due, inventory);
                log.extend(evaluation.log.drain(..).map(|line| format!("{}: {line}", info.name)));
                said.take(info, &due, inventory, at, evaluation);
            }
            let read = (&**inventory, &Places::default());
            let (evaluation, begun) = (said.evaluation.clone(), report.rules.len());
            let chosen = (&self.chosen, Some(&*said));
            assemble::add(&mut report, cluster, read, chosen, info, evaluation);
            said.judged(&report.rules[begun..]);
        }
        Some(Evaluated { report, notes: Vec::new(), log })
    }

    /// Sets severities, suppresses the findings that are known, finds out which explains which, and
    /// puts the report in order.
    pub fn finish(&self, evaluated: Evaluated) -> Outcome {
        let Evaluated { mut report, mut notes, log } = evaluated;
        policy::override_severities(&mut report, &self.config);
        // Suppressions and causes name findings by the fingerprints that this gives them.
        rulebox_report::identify(&mut report.findings);
        notes.extend(self.notes.iter().cloned());
        notes.extend(policy::suppress(&mut report, &self.config));
        causes::resolve(&mut report.findings);
        let report = rulebox_report::arrange(report);
        Outcome { report, warnings: self.warnings(), notes, log }
    }

    /// What a person is told even if they want to hear little: which packs are given Secrets, and
    /// for which of their chosen rules.
    pub fn warnings(&self) -> Vec<String> {
        let warning = |pack: &PackInfo| {
            let chosen = self.chosen.of_pack(pack);
            let secrets = needs_of(pack, &chosen).objects;
            let secrets: Vec<_> = secrets.iter().filter(|it| is_secret(it)).collect();
            let reads = |rule: &&RuleInfo| {
                let mut needs = rule.requires.iter().chain(&rule.consults);
                needs.any(|need| secrets.iter().any(|it| it.id == *need))
            };
            let rules = pack.rules.iter().filter(|it| chosen.contains(&it.id.as_str()));
            let rules: Vec<_> = rules.filter(reads).map(|it| it.id.as_str()).collect();
            let first = rules.first()?;
            let more = match rules.len() {
                1 => String::new(),
                many => format!(" and {} more", many - 1),
            };
            Some(format!(
                "the pack {0} reads Secrets, for its rule {first}{more}; to see which and what of \
                 them: rulebox rules explain {0}/{first}",
                pack.name
            ))
        };
        self.packs.iter().filter_map(|it| warning(it.info())).collect()
    }

    /// The least severity that makes a run fail, where the configuration names one.
    pub fn fail_on(&self) -> Option<FailOn> {
        self.config.fail_on
    }

    /// Whether the configuration says that a rule without data makes a run fail.
    pub fn fail_on_no_data(&self) -> bool {
        self.config.fail_on_no_data
    }
}

/// What these rules of a pack say of the objects.
fn ask(
    pack: &Pack,
    settings: &Result<String, PackFailure>,
    as_of: Moment,
    rules: &[&str],
    inventory: &Arc<Inventory>,
) -> Evaluation {
    match settings {
        Ok(settings) => pack.evaluate(&Run { as_of, settings, rules }, inventory),
        Err(failure) if !rules.is_empty() => {
            Evaluation { failures: vec![failure.clone()], ..Evaluation::default() }
        }
        Err(_) => Evaluation::default(),
    }
}

/// The report of a cluster, before anything is in it.
fn begun(cluster: &str, as_of: AsOf) -> Report {
    let of_cluster = || ClusterMoment { cluster: cluster.to_owned(), as_of: as_of.clone() };
    let clusters = (!cluster.is_empty()).then(of_cluster).into_iter().collect();
    Report { clusters, as_of, ..Report::default() }
}

fn is_secret(need: &ObjectNeed) -> bool {
    need.kind == "Secret" && need.group.is_empty()
}

/// Notes where what was read shows that it was captured after or before the moment that was given.
fn contradictions(
    witness: Option<Witness>,
    collected: Option<Timestamp>,
    latest: Option<Bound>,
    as_of: &AsOf,
    cluster: &str,
) -> Vec<String> {
    let given = as_of.moment.earliest().filter(|_| as_of.source == AsOfSource::Given);
    let Some(given) = given else { return Vec::new() };
    let of = if cluster.is_empty() { "the input" } else { &*escape(cluster) };
    let after = witness.filter(|it| it.time > given).map(|Witness { time, field, object }| {
        let object = escape(&object);
        format!("{of} holds {time} ({field} of {object}), which is later than --as-of {given}")
    });
    let before = latest.filter(|it| given > it.time).map(|Bound { time, by }| {
        let by = match by {
            BoundBy::Beat(Witness { time, field, object }) => {
                format!("{field} of {object} is {time}")
            }
            BoundBy::Entry { input, place } => format!("the last file of {input} is {place}"),
            BoundBy::Bundle => "as its bundle says".to_owned(),
        };
        let by = escape(&by);
        format!("{of} seems to have been taken by {time} ({by}), before --as-of {given}")
    });
    let says = collected.filter(|it| *it > given).map(|time| {
        format!(
            "{of} was collected at {time}, as its bundle says, which is later than --as-of {given}"
        )
    });
    let notes = after.or(says).into_iter().chain(before);
    notes.map(|it| format!("{it}: ages are counted to --as-of")).collect()
}

/// The needs of a pack that these rules of it require or consult.
fn needs_of(pack: &PackInfo, rules: &[&str]) -> NeedSet {
    let rules = pack.rules.iter().filter(|it| rules.contains(&it.id.as_str()));
    let read: Vec<_> = rules.flat_map(|it| it.requires.iter().chain(&it.consults)).collect();
    let NeedSet { mut objects, mut texts } = pack.needs.clone();
    objects.retain(|it| read.contains(&&it.id));
    texts.retain(|it| read.contains(&&it.id));
    NeedSet { objects, texts }
}

/// A pack's settings, checked against the pack's schema. Settings that a user has written and that
/// do not fit are the user's to correct, before anything is read. Where the user has written none,
/// or the schema is to blame, the pack alone fails.
fn settings(pack: &Pack, config: &Config) -> Result<Result<String, PackFailure>, RunError> {
    let name = &pack.info().name;
    let user = config.settings.get(name);
    let help = format!("see what it takes: rulebox schema {}", shell_word(name));
    match pack.settings(user) {
        Ok(settings) => Ok(Ok(settings)),
        Err(error @ (SettingsError::NoSettings | SettingsError::Invalid { .. }))
            if user.is_some_and(|it| !it.is_null()) =>
        {
            let mut place = vec!["settings".to_owned(), name.clone()];
            let mut problem = error.to_string();
            if let SettingsError::Invalid { problems } = &error
                && let [SettingProblem { path, reason }] = &problems[..]
            {
                place.extend(path.iter().cloned());
                problem.clone_from(reason);
            }
            Err(RunError::new(problem).in_configuration(place).help(help))
        }
        Err(error) => Ok(Err(PackFailure {
            cluster: String::new(),
            pack: name.clone(),
            rule: None,
            code: error.code().to_owned(),
            message: escaped(format!("settings.{name}: {error}")),
            help: match error {
                SettingsError::Invalid { .. } => {
                    format!("set it by `--config`: settings.{name}; {help}")
                }
                error => error.help(),
            },
        })),
    }
}
