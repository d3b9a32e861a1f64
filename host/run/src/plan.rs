//! One plan, many runs: what packs, choice and configuration mean together, and what becomes of
//! each reading. Where a reading comes from, and what the outcome is written to, is not known here.

use std::{borrow::Cow, sync::Arc};

use jiff::Timestamp;
use rulebox_core::{
    AsOf, AsOfSource, Bound, BoundBy, ClusterMoment, ClusterUid, Inventory, Moment, NeedSet,
    ObjectNeed, PackFailure, PackInfo, PackVersion, Places, Reading, Report, RuleInfo, Tool,
    Witness, text::escape,
};
use rulebox_engine::{Evaluation, Limits, Pack, Run};
use rulebox_report::{NeedsView, Redaction, SecretValues};
use serde_json::Value;

use crate::{
    Choice, Config, FailOn, Known, Memory, RunError,
    annotations::{self, Annotated},
    assemble,
    by_namespace::{self, ByLabels, Namespaces},
    by_settings, causes, pack_settings,
    policy::{self, Chosen},
    secrets,
};

/// Everything that stays the same from one run to the next.
#[derive(Debug)]
pub struct Plan {
    packs: Arc<[Pack]>,
    chosen: Chosen,
    /// The settings of each pack as JSON, in the order of `packs`; or why it cannot run with any.
    settings: Vec<Result<String, PackFailure>>,
    /// What each pack may take, in the order of `packs`.
    limits: Vec<Limits>,
    config: Config,
    redaction: Redaction,
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
    /// The objects that say which findings about them are known.
    pub(crate) annotated: Vec<Annotated>,
    /// The namespaces of each cluster, as far as the configuration asks for them.
    pub(crate) namespaces: Vec<(String, Namespaces)>,
    /// The values of the Secrets that packs were given.
    pub(crate) secrets: SecretValues,
}

impl Evaluated {
    /// Adds what was evaluated of another cluster; see [`Report::merge`].
    pub fn merge(&mut self, other: Self) {
        let Self { report, notes, log, annotated, namespaces, secrets } = other;
        self.secrets.merge(&secrets);
        self.annotated.extend(annotated);
        self.namespaces.extend(namespaces);
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
    /// What a person is glad to know, and need do nothing about.
    pub news: Vec<String>,
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
        let settings = packs
            .iter()
            .map(|it| pack_settings::complete(it, &config))
            .collect::<Result<_, _>>()?;
        let redaction = config.redaction()?;
        let limits = packs.iter().map(|it| {
            let granted = config.limits.get(&it.info().name).copied().unwrap_or_default();
            granted.of(it.limits())
        });
        let limits = limits.collect();
        Ok(Self { packs, chosen, settings, limits, config, redaction, notes })
    }

    /// What a person may want to change of the configuration.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The settings of each pack that can run with them, with their defaults.
    pub(crate) fn settings(&self) -> impl Iterator<Item = (&str, Value)> {
        self.packs.iter().zip(&self.settings).filter_map(|(pack, settings)| {
            let settings = serde_json::from_str(settings.as_ref().ok()?).ok()?;
            Some((pack.info().name.as_str(), settings))
        })
    }

    /// Whether the configuration asks for objects: for namespaces, whose labels it names.
    pub fn is_configured_by_labels(&self) -> bool {
        self.own_need().is_some()
    }

    /// What the chosen rules read, and nothing else: what no rule asks for is not parsed.
    pub fn needs(&self) -> NeedSet {
        let mut needs = NeedSet::default();
        for pack in self.packs.iter().map(Pack::info) {
            needs.add(&pack.name, &needs_of(pack, &self.chosen.of_pack(pack)));
        }
        needs.objects.extend(self.own_need().map(|it| it.0));
        needs
    }

    /// The same for people and programs: which of the chosen rules read what.
    pub fn needs_view(&self) -> NeedsView {
        let mut view = NeedsView::default();
        for pack in self.packs.iter().map(Pack::info) {
            view.add(pack, &self.chosen.of_pack(pack));
        }
        if let Some((need, required_by, consulted_by)) = self.own_need() {
            view.add_read(&need, required_by, consulted_by);
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
            cluster_uid,
        } = reading;
        let inventory = Arc::new(inventory);
        let notes = contradictions(witness, collected, latest, &as_of, cluster);
        let moment = as_of.moment;
        let mut report = begun(cluster, as_of);
        let of_cluster = |uid| ClusterUid { cluster: cluster.to_owned(), uid };
        report.cluster_uids = cluster_uid.map(of_cluster).into_iter().collect();
        report.inputs = inputs;
        (report.objects, report.objects_needed) = (objects, objects_needed);
        let mut log = Vec::new();
        for (nth, pack) in self.packs.iter().enumerate() {
            let info = pack.info();
            step(&info.name);
            let rules = self.chosen.of_pack(info);
            let mut evaluation = self.ask(nth, moment, &rules, &inventory);
            log.extend(evaluation.log.drain(..).map(|line| format!("{}: {line}", info.name)));
            let read = (&*inventory, &places);
            assemble::add(&mut report, cluster, read, (&self.chosen, None), info, evaluation);
        }
        let annotated = annotations::annotated(&inventory, cluster);
        let namespaces = vec![(cluster.to_owned(), Namespaces::of(&inventory))];
        let secrets = secrets::of(inventory.objects.values());
        Evaluated { report, notes, log, annotated, namespaces, secrets }
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
            said.by_labels = ByLabels::of(&self.config.namespaces, info);
            news |= said.wait(info, &chosen, known);
            said.due(info, &chosen, inventory, at, all)
        });
        let due: Vec<_> = due.collect();
        if !news && due.iter().all(Vec::is_empty) {
            return None;
        }
        let mut report = begun(cluster, as_of);
        let (mut log, mut secrets) = (Vec::new(), SecretValues::default());
        for ((nth, pack), due) in self.packs.iter().enumerate().zip(due) {
            let info = pack.info();
            let said = memory.of(&info.name);
            if !due.is_empty() {
                step(&info.name);
                let mut evaluation = self.ask(nth, moment, &due, inventory);
                log.extend(evaluation.log.drain(..).map(|line| format!("{}: {line}", info.name)));
                said.take(info, &due, inventory, at, evaluation);
            }
            let read = (&**inventory, &Places::default());
            let (evaluation, begun) = (said.evaluation.clone(), report.rules.len());
            let chosen = (&self.chosen, Some(&*said));
            assemble::add(&mut report, cluster, read, chosen, info, evaluation);
            said.judged(&report.rules[begun..]);
            secrets.merge(&said.secrets);
        }
        let annotated = annotations::annotated(inventory, cluster);
        let namespaces = vec![(cluster.to_owned(), Namespaces::of(inventory))];
        Some(Evaluated { report, notes: Vec::new(), log, annotated, namespaces, secrets })
    }

    /// Sets severities, suppresses the findings that are known, finds out which explains which,
    /// takes secrets out, and puts the report in order.
    pub fn finish(&self, evaluated: Evaluated) -> Outcome {
        let Evaluated { mut report, mut notes, mut log, annotated, namespaces, secrets } =
            evaluated;
        report.tool = Some(Tool::rulebox());
        report.packs = self.packs.iter().map(version_of).collect();
        notes.extend(policy::override_severities(&mut report, &self.config, &namespaces));
        // Suppressions and causes name findings by the fingerprints that this gives them.
        rulebox_report::identify(&mut report.findings);
        notes.extend(self.notes.iter().cloned());
        notes.extend(policy::suppress(&mut report, &self.config));
        if self.config.annotations.unwrap_or(true) {
            notes.extend(policy::suppress_annotated(&mut report, &annotated));
        }
        causes::resolve(&mut report.findings);
        // Behind all that reads names, before all that shows them.
        let redaction = self.redaction.knowing(&secrets, &report);
        let report = rulebox_report::arrange(redaction.redacted(report));
        for line in notes.iter_mut().chain(&mut log) {
            if let Cow::Owned(clean) = redaction.text(line) {
                *line = clean;
            }
        }
        Outcome { report, warnings: self.warnings(), notes, news: Vec::new(), log }
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

    /// What these rules of a pack say of the objects.
    fn ask(
        &self,
        nth: usize,
        as_of: Moment,
        rules: &[&str],
        inventory: &Arc<Inventory>,
    ) -> Evaluation {
        let (pack, limits) = (&self.packs[nth], &self.limits[nth]);
        let run = |settings: &str, rules: &[&str]| {
            pack.evaluate_within(limits, &Run { as_of, settings, rules }, inventory)
        };
        let first = match &self.settings[nth] {
            Ok(settings) => run(settings, rules),
            Err(failure) if !rules.is_empty() => {
                Evaluation { failures: vec![failure.clone()], ..Evaluation::default() }
            }
            Err(_) => Evaluation::default(),
        };
        let of_pack = (pack.info(), self.config.settings.get(&pack.info().name));
        let ask = &mut |own: &Value, rules: &[&str]| {
            let settings =
                pack.settings(Some(own)).map_err(|it| Box::new(pack_settings::unfit(pack, &it)))?;
            Ok(run(&settings, rules))
        };
        by_settings::evaluate(&self.config.namespaces, of_pack, inventory, rules, first, ask)
    }

    /// What the configuration itself makes the host read, and which of the chosen rules cannot be
    /// judged without, or have another severity with it.
    fn own_need(&self) -> Option<(ObjectNeed, Vec<String>, Vec<String>)> {
        let entries = &self.config.namespaces;
        let need = by_namespace::need(entries)?;
        let (mut required_by, mut consulted_by) = (Vec::new(), Vec::new());
        for pack in self.packs.iter().map(Pack::info) {
            let by_labels = ByLabels::of(entries, pack);
            for rule in self.chosen.of_pack(pack) {
                let name = format!("{}/{rule}", pack.name);
                if by_labels.settings {
                    required_by.push(name);
                } else if by_labels.concerns(rule) {
                    consulted_by.push(name);
                }
            }
        }
        let is_read = !required_by.is_empty() || !consulted_by.is_empty();
        is_read.then_some((need, required_by, consulted_by))
    }
}

/// The report of a cluster, before anything is in it.
fn begun(cluster: &str, as_of: AsOf) -> Report {
    let of_cluster = || ClusterMoment { cluster: cluster.to_owned(), as_of: as_of.clone() };
    let clusters = (!cluster.is_empty()).then(of_cluster).into_iter().collect();
    Report { clusters, as_of, ..Report::default() }
}

/// As a report names a pack.
fn version_of(pack: &Pack) -> PackVersion {
    let PackInfo { name, version, .. } = pack.info();
    PackVersion { name: name.clone(), version: version.clone(), contract: pack.contract() }
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
