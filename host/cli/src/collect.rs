//! `rulebox collect`: what the chosen rules read of a cluster, in one archive. How a cluster is
//! asked and what the files are called is not known here.

mod archive;
pub(crate) mod objects;
mod place;

use std::{collections::BTreeMap, path::PathBuf};

use jiff::Timestamp;
use rulebox_bundle::{self as bundle, Fields, Info, List};
use rulebox_cluster::ReadCluster;
use rulebox_core::{
    Collector, Coverage, NeedSet, ObjectNeed, Reading, coverage::LEFT_OUT, is_group, is_kind,
    is_namespace, shell_word, text::escape,
};
use rulebox_report::NeedsView;
use rulebox_run::Plan;

use crate::{
    args::Collect,
    config,
    exit::{Exit, Failure},
    gather, output, packs,
    progress::Progress,
    requests::block_on,
};
use archive::Archive;
use place::Place;

/// What was collected, as a person is told it.
struct Collected {
    archive: Archive,
    lists: usize,
    objects: usize,
    /// What could not be read, and why.
    missing: Vec<(String, String)>,
    /// How many lists of one namespace were read.
    namespaced: usize,
    /// The namespaces of the cluster, where they could be listed.
    namespaces: Option<Vec<String>>,
    redacted: usize,
    cluster: String,
}

/// Does one run.
pub(crate) fn run(typed: &Collect) -> Result<Exit, Failure> {
    let now = gather::now();
    let name = format!("rulebox-bundle-{}", now.strftime("%Y%m%dT%H%M%SZ"));
    let file = typed.output.clone().unwrap_or_else(|| PathBuf::from(format!("{name}.tar.gz")));
    let place = Place::of(typed, &file)?;
    let (config, files) = config::read(&typed.packs.config)?;
    let packs = packs::load_configured(&typed.packs, &config, &files)?;
    let plan = Plan::new(packs.into(), &(&typed.choice).into(), config, &packs::built_in())
        .map_err(|it| files.explain(it))?;
    output::warn(&plan.warnings());
    let needs = plan.needs();
    needs.objects.iter().try_for_each(check)?;
    if needs.objects.is_empty() {
        return Err(Failure::usage("there is nothing to collect: no chosen rule reads objects")
            .help("choose other rules, or see `rulebox rules list`"));
    }
    if !typed.quiet {
        output::note(logs(&plan.needs_view(), "this collects"));
    }
    let collected = collect(typed, &needs, now, &name)?;
    let Collected { archive, lists, .. } = &collected;
    let bytes = archive.finish().expect("memory takes all bytes");
    if *lists == 0 {
        tell(typed, &collected, None);
        return Ok(Exit::Input);
    }
    let unwritten = place.write(&bytes);
    if unwritten.is_empty() {
        tell(typed, &collected, Some((&place, bytes.len())));
    }
    unwritten.iter().for_each(output::complain);
    Ok(unwritten.iter().map(|it| it.exit).fold(Exit::Clean, Exit::max))
}

/// What to tell of logs, which nobody collects: a sentence for each that rules read. `who`: the
/// subject and verb.
pub(crate) fn logs(view: &NeedsView, who: &str) -> Vec<String> {
    let said = view.texts.iter().map(|it| {
        let rules = |begin: &str, rules: &[String]| match rules {
            [] => None,
            some => Some(format!("{begin} {}", some.join(", "))),
        };
        let readers = [
            rules("without them there is no data for", &it.required_by),
            rules("without them some is not seen by", &it.consulted_by),
        ];
        let readers = readers.into_iter().flatten().collect::<Vec<_>>().join("; ");
        let paths = it.paths.join(", ");
        let text =
            format!("{who} no logs ({paths}); {readers}; to add logs: rulebox check BUNDLE logs/");
        escape(&text).into_owned()
    });
    said.collect()
}

/// Nothing of a pack gets into a path but checked names.
fn check(need: &ObjectNeed) -> Result<(), Failure> {
    let ObjectNeed { id, group, kind, namespaces, .. } = need;
    let namespace = namespaces.iter().find(|it| !is_namespace(it));
    let (what, name) = match namespace {
        _ if !is_group(group) => ("group", group),
        _ if !is_kind(kind) => ("kind", kind),
        Some(it) => ("namespace", it),
        None => return Ok(()),
    };
    Err(Failure {
        exit: Exit::Pack,
        message: format!("the need {id} asks for {what} `{name}`, which cannot be one"),
        help: "leave its pack or its rules out: --skip-rule RULE".to_owned(),
    })
}

/// Asks the cluster. `now`: what ages are counted to, before the first request.
fn collect(
    typed: &Collect,
    needs: &NeedSet,
    now: Timestamp,
    name: &str,
) -> Result<Collected, Failure> {
    let progress = Progress::new(typed.quiet);
    let lists = bundle::all_lists_of(needs);
    let (asked, taken) = objects::asked(needs, &lists);
    let mut collector: Collector = gather::collector(&asked)?;
    let options = gather::options(&typed.target, &typed.deadline);
    let read = block_on(async {
        let cluster = rulebox_cluster::connect(&options).await?;
        let mut say = |it: &rulebox_cluster::Progress<'_>| {
            progress.say(|| format!("{} {}", it.step, it.waiting));
        };
        let read = cluster.read(&mut collector, &mut say).await?;
        let (version, uid) = (cluster.version().await, cluster.uid().await);
        let namespaces = match typed.target.namespace.as_slice() {
            [] => None,
            _ => cluster.namespaces().await,
        };
        Ok((cluster.described().to_owned(), read, version, uid, namespaces))
    })?;
    let (cluster, read, version, uid, namespaces) =
        read.map_err(|it| gather::cluster_failure(&it))?;
    let ReadCluster { served, ahead } = read;
    // The times in objects are those of the cluster's clock.
    let now = gather::at(now, ahead);
    let reading = collector.finish();
    let mut collected = Collected {
        archive: Archive::new(name, now),
        lists: 0,
        objects: 0,
        missing: Vec::new(),
        namespaced: 0,
        namespaces,
        redacted: 0,
        cluster,
    };
    let whole = |list: &List| {
        let slot = &reading.inventory.objects.get(&list.stem());
        slot.is_some_and(|it| it.coverage == Coverage::Complete)
    };
    let is_held = |it: &&List| {
        let everywhere = it.everywhere();
        it.namespace.is_none() || !lists.contains(&everywhere) || !whole(&everywhere)
    };
    let mut kept = Vec::new();
    for (list, api_version) in lists.iter().zip(served).filter(|it| is_held(&it.0)) {
        collected.add(list, api_version.as_deref(), &reading);
        kept.push(list.clone());
    }
    let info = Info {
        format: bundle::FORMAT,
        rulebox: env!("CARGO_PKG_VERSION").to_owned(),
        as_of: now,
        cluster: uid.unwrap_or_default(),
        redacted: collected.redacted,
    };
    let info = serde_json::to_string(&info).expect("texts and numbers are JSON") + "\n";
    let archive = &mut collected.archive;
    archive.add(bundle::INFO, info.into_bytes());
    archive.add(bundle::LISTS, List::print(&kept).into_bytes());
    archive.add(bundle::FIELDS, Fields::of(&taken).print().into_bytes());
    if let Some(version) = version {
        archive.add(bundle::VERSION, version);
    }
    Ok(collected)
}

impl Collected {
    /// Adds the files of a list.
    fn add(&mut self, list: &List, api_version: Option<&str>, reading: &Reading) {
        let Some(slot) = reading.inventory.objects.get(&list.stem()) else { return };
        if slot.coverage != Coverage::Complete {
            self.archive.add(&list.error_file(), format!("{}\n", slot.reason).into_bytes());
            self.missing.push((list.described(), slot.reason.clone()));
        }
        if let (Coverage::Partial | Coverage::Complete, Some(api_version)) =
            (slot.coverage, api_version)
        {
            let (text, redacted) = objects::list(list, api_version, &slot.objects);
            self.archive.add(&list.file(), text.into_bytes());
            self.lists += 1;
            self.namespaced += usize::from(list.namespace.is_some());
            self.objects += slot.objects.len();
            self.redacted += redacted;
        }
    }
}

/// Tells a person what was collected, what was not, and what to type next.
fn tell(typed: &Collect, collected: &Collected, written: Option<(&Place, usize)>) {
    let Collected {
        archive: _,
        lists,
        objects,
        missing,
        namespaced,
        namespaces,
        redacted,
        cluster,
    } = collected;
    if typed.quiet && written.is_some() {
        return;
    }
    let cluster = escape(cluster);
    match written {
        Some((place, bytes)) => output::tell(&format!(
            "collected {lists} lists of {cluster} with {objects} objects into {}: {bytes} bytes",
            escape(&place.to_string())
        )),
        None => output::tell(&format!("no list of {cluster} could be read: nothing was written")),
    }
    let (outside, missing): (Vec<_>, Vec<_>) =
        missing.iter().partition(|it| it.1.starts_with(LEFT_OUT));
    if !outside.is_empty() {
        let asked = &typed.target.namespace;
        let names: Vec<_> = outside.iter().map(|it| it.0.as_str()).collect();
        let held = if *namespaced == 0 { "none" } else { "some" };
        output::tell(&format!(
            "the namespaces asked for ({}) hold {held} of the namespaced lists that rules read; \
             left out: {}",
            escape(&asked.join(", ")),
            escape(&few(&names))
        ));
        for it in asked.iter().filter(|it| namespaces.as_ref().is_some_and(|all| !all.contains(it)))
        {
            output::tell(&format!("the cluster has no namespace {}", escape(it)));
        }
    }
    // Of each reason the lists, in order.
    let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (list, reason) in missing {
        reasons.entry(reason).or_default().push(list);
    }
    if !reasons.is_empty() {
        output::tell("not, or not all, could be read of:");
    }
    for (reason, lists) in reasons {
        output::tell(&format!("  {}: {}", escape(&lists.join(", ")), escape(reason)));
    }
    if *redacted > 0 {
        output::tell(&format!(
            "{redacted} values that look like credentials were replaced by REDACTED"
        ));
    }
    if let Some(file) = written.and_then(|it| it.0.file()) {
        output::tell(&format!("next: rulebox check {}", shell_word(&file.to_string_lossy())));
    }
}

/// The first names, and how many more there are.
fn few(names: &[&str]) -> String {
    const SHOWN: usize = 3;
    let shown = names.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
