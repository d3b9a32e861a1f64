//! What a rule says of a dump: the one finding that was meant, or why there is no such one, and the
//! objects that it was found among.

use std::path::PathBuf;

use jiff::Timestamp;
use rulebox_author::{Listed, Tests, Wanted};
use rulebox_bundle::{List, lists_of};
use rulebox_core::{
    Coverage, Moment, NeedSet, ObjectNeed, Reading, Readings, Report, ReportedFinding, RuleResult,
    group_of, scoped, text::escape,
};
use rulebox_run::{Choice, Config, Evaluated, Outcome, Plan};
use serde_json::Value;

use crate::{
    clusters::Inputs,
    collect::objects,
    exit::{Exit, Failure},
    gather,
    limit_args::InputLimits,
    output, packs,
    progress::Progress,
};

/// What is to be recorded, as it was typed.
pub(super) struct Meant<'t> {
    pub(super) subject: Option<&'t str>,
    pub(super) fingerprint: Option<&'t str>,
    /// That the rule has no data, for a reason that holds this text.
    pub(super) no_data: Option<&'t str>,
}

/// What the rule said of the dump, and the objects of each cluster in it.
pub(super) struct Found {
    report: Report,
    clusters: Vec<OfCluster>,
}

pub(super) struct OfCluster {
    name: String,
    pub(super) objects: Vec<Value>,
    pub(super) lists: Vec<Listed>,
    pub(super) as_of: Moment,
}

impl Found {
    pub(super) fn of(
        (inputs, as_of): (&[PathBuf], Option<Timestamp>),
        tests: &Tests,
        rule: &(String, String),
        config: Config,
        progress: &Progress,
    ) -> Result<Self, Failure> {
        let choice = Choice { rules: vec![format!("{}/{}", rule.0, rule.1)], ..Choice::default() };
        let plan = Plan::new(tests.packs(), &choice, config, &packs::built_in())?;
        let mut needs = plan.needs();
        let everywhere = everywhere(&needs, &rule.0);
        let lists = lists_of(&everywhere);
        let read = objects::asked(&everywhere, &lists).0;
        needs.objects.extend(read.objects);
        let inputs = Inputs::of_paths(inputs.to_vec())?;
        let Readings { clusters: read, inputs, objects, .. } =
            gather::offline(&inputs, Vec::new(), &needs, &InputLimits::default(), progress)?;
        let mut all = Evaluated::default();
        let mut clusters = Vec::new();
        for (name, reading) in read {
            let objects = taken(&lists, &reading);
            let moment = gather::as_of(as_of, &reading);
            let as_of = moment.moment;
            all.merge(plan.evaluate(&name, reading, moment, &mut |_| {}));
            clusters.push(OfCluster { name, objects, lists: Vec::new(), as_of });
        }
        (all.report.inputs, all.report.objects) = (inputs, objects);
        let Outcome { report, .. } = plan.finish(all);
        if let Some(it) = report.failures.first() {
            let message = format!("pack {}: {}", it.pack, it.message);
            return Err(Failure { exit: Exit::Pack, message, help: it.help.clone() });
        }
        if report.objects.iter().all(|it| it.2 == 0) {
            let why = report.inputs.iter().flat_map(|it| &it.problems).next();
            let why = why.map_or("they hold no object of Kubernetes", |it| it.reason.as_str());
            let message = format!("nothing was read of the dumps: {why}");
            return Err(Failure { exit: Exit::Input, message, help: String::new() });
        }
        for cluster in &mut clusters {
            cluster.lists = listed(&lists, &report, cluster, tests, rule);
        }
        Ok(Self { report, clusters })
    }

    /// What is recorded, and the cluster of it.
    pub(super) fn wanted(
        &self,
        meant: &Meant<'_>,
        rule: &(String, String),
    ) -> Result<(Wanted, &OfCluster), Failure> {
        let of = |name: &str| {
            let cluster = self.clusters.iter().find(|it| it.name == name);
            cluster.expect("each result is of a cluster that was read")
        };
        if let Some(phrase) = meant.no_data {
            let (reason, cluster) = self.reason(phrase, rule)?;
            return Ok((Wanted::NoData(reason), of(&cluster)));
        }
        let is_meant = |it: &&ReportedFinding| {
            let subject = it.finding.subject.to_string();
            let names = [
                subject.as_str(),
                subject.split_once(' ').map_or("", |it| it.1),
                it.finding.subject.name.as_str(),
            ];
            meant.subject.is_none_or(|it| names.contains(&it))
                && meant.fingerprint.is_none_or(|meant| it.fingerprint == meant)
        };
        let meant: Vec<_> = self.report.findings.iter().filter(is_meant).collect();
        match &meant[..] {
            [one] => Ok((Wanted::Finding(Box::new(one.finding.clone())), of(&one.cluster))),
            [] => Err(self.none(rule)),
            several => {
                tell(several);
                Err(Failure::usage(format!(
                    "the rule {} has {} findings that match",
                    rule.1,
                    several.len()
                ))
                .help(format!("name one of them: --fingerprint {}", several[0].fingerprint)))
            }
        }
    }

    /// The one reason for which the rule has no data, and the cluster where it has none.
    fn reason(&self, phrase: &str, rule: &(String, String)) -> Result<(String, String), Failure> {
        let all = self.report.rules.iter().filter(|it| it.rule.id == rule.1 && it.pack == rule.0);
        let all = all.filter(|it| matches!(it.result, RuleResult::NoData | RuleResult::Fail));
        let all = all.flat_map(|it| it.reasons.iter().map(|reason| (reason, &it.cluster)));
        let meant: Vec<_> = all.filter(|it| it.0.contains(phrase)).collect();
        match &meant[..] {
            [(reason, cluster)] => Ok(((*reason).clone(), (*cluster).clone())),
            [] => Err(self.none(rule)),
            several => {
                for it in several {
                    output::tell(&format!("  {}", it.0));
                }
                Err(Failure::usage(format!(
                    "the rule {} has no data for {} reasons that match",
                    rule.1,
                    several.len()
                ))
                .help("name words of one of them: --no-data='WORDS'"))
            }
        }
    }

    /// What the rule said, where it did not say what is to be recorded.
    fn none(&self, rule: &(String, String)) -> Failure {
        let findings: Vec<_> = self.report.findings.iter().collect();
        if !findings.is_empty() {
            tell(&findings);
            return Failure::usage(format!("the rule {} has no such finding", rule.1)).help(
                format!("name one of those it has: --fingerprint {}", findings[0].fingerprint),
            );
        }
        let all = self.report.rules.iter().filter(|it| it.rule.id == rule.1 && it.pack == rule.0);
        let open: Vec<_> = all.filter(|it| it.result == RuleResult::NoData).collect();
        match open.iter().flat_map(|it| &it.reasons).next() {
            Some(reason) => {
                Failure::usage(format!("the rule {} found nothing: no data, {reason}", rule.1))
                    .help("to record that: --no-data")
            }
            None => Failure::usage(format!("the rule {} found nothing: pass", rule.1))
                .help("name a dump in which it finds something: see `rulebox check`"),
        }
    }
}

/// Tells each finding on a line of its own.
fn tell(findings: &[&ReportedFinding]) {
    /// More fill a screen.
    const MOST: usize = 20;
    for it in findings.iter().take(MOST) {
        let finding = &it.finding;
        let of = if it.cluster.is_empty() { String::new() } else { format!("{}: ", it.cluster) };
        let line = format!("  {}  {of}{}  {}", it.fingerprint, finding.subject, finding.summary);
        output::tell(&escape(&line));
    }
    if findings.len() > MOST {
        output::tell(&format!("  and {} more", findings.len() - MOST));
    }
}

/// The needs of a pack for whatever namespaces and labels: what is left out decides, too.
fn everywhere(needs: &NeedSet, pack: &str) -> NeedSet {
    let own = needs.objects.iter().filter(|it| it.id.starts_with(&scoped(pack, "")));
    let all = own.map(|it| ObjectNeed {
        namespaces: Vec::new(),
        label_selector: String::new(),
        ..it.clone()
    });
    NeedSet { objects: all.collect(), texts: Vec::new() }
}

/// The objects of these lists, without what is never collected.
fn taken(lists: &[List], reading: &Reading) -> Vec<Value> {
    let mut taken = Vec::new();
    for list in lists {
        let slot = reading.inventory.objects.get(&list.stem());
        for json in slot.iter().flat_map(|it| &it.objects) {
            let Ok(mut object) = serde_json::from_str::<Value>(&json.text()) else { continue };
            objects::strip(list, &mut object);
            taken.push(object);
        }
    }
    taken
}

/// The kinds of which all was seen that the rule needs, in one cluster.
fn listed(
    lists: &[List],
    report: &Report,
    cluster: &OfCluster,
    tests: &Tests,
    (pack, rule): &(String, String),
) -> Vec<Listed> {
    let infos = tests.infos();
    let info = infos
        .iter()
        .find(|it| it.name == *pack)
        .and_then(|pack| pack.rules.iter().find(|it| it.id == *rule));
    let requires = |need: &String| info.is_some_and(|it| it.requires.contains(need));
    let listed = lists.iter().filter_map(|list| {
        let of_kind = report.coverage.iter().filter(|it| {
            it.cluster == cluster.name
                && it.pack == *pack
                && it.group == list.group
                && it.kind == list.kind
        });
        let of_kind: Vec<_> = of_kind.collect();
        let is_complete = of_kind.iter().all(|it| it.coverage == Coverage::Complete);
        (is_complete && !of_kind.is_empty()).then(|| Listed {
            api_version: version_of(&list.group, &cluster.objects),
            kind: list.kind.clone(),
            is_required: of_kind.iter().any(|it| requires(&it.need)),
        })
    });
    listed.collect()
}

/// A version of a group: that in which objects are shown, if there are any.
fn version_of(group: &str, objects: &[Value]) -> String {
    let mut versions = objects.iter().filter_map(|it| it["apiVersion"].as_str());
    match (versions.find(|it| group_of(it) == group), group) {
        (Some(version), _) => version.to_owned(),
        (None, "") => "v1".to_owned(),
        (None, group) => format!("{group}/v1"),
    }
}
