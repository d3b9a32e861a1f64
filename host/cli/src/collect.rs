//! `rulebox collect`: what the chosen rules read of a cluster, in one archive. How a cluster is
//! asked and what the files are called is not known here.

mod archive;
mod objects;

use std::{
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use rulebox_bundle::{self as bundle, Fields, Info, List};
use rulebox_core::{
    Collector, Coverage, NeedSet, ObjectNeed, Reading, is_group, is_kind, is_namespace, shell_word,
    text::escape,
};
use rulebox_run::{Config, Plan};
use tempfile::NamedTempFile;

use crate::{
    args::Collect,
    exit::{Exit, Failure},
    gather, output, packs,
    progress::Progress,
};
use archive::Archive;

/// What was collected, as a person is told it.
struct Collected {
    archive: Archive,
    lists: usize,
    objects: usize,
    /// What could not be read, and why.
    missing: Vec<(String, String)>,
    redacted: usize,
    cluster: String,
}

/// Does one run.
pub(crate) fn run(typed: &Collect) -> Result<Exit, Failure> {
    let now = gather::now();
    let name = format!("rulebox-bundle-{}", now.strftime("%Y%m%dT%H%M%SZ"));
    let file = typed.output.clone().unwrap_or_else(|| PathBuf::from(format!("{name}.tar.gz")));
    let to_stdout = file == Path::new("-");
    if !to_stdout && !typed.force && file.exists() {
        return Err(exists(&file));
    }
    let packs = packs::load_all(&typed.packs)?;
    let plan =
        Plan::new(packs.into(), &(&typed.choice).into(), Config::default(), &packs::built_in())?;
    output::warn(&plan.warnings());
    let needs = plan.needs();
    needs.objects.iter().try_for_each(check)?;
    if needs.objects.is_empty() {
        return Err(Failure::usage("there is nothing to collect: no chosen rule reads objects")
            .help("choose other rules, or see `rulebox rules list`"));
    }
    if !needs.texts.is_empty() && !typed.quiet {
        output::tell("note: no logs are collected; rules that read them have no data");
    }
    let collected = collect(typed, &needs, now, &name)?;
    let Collected { archive, lists, .. } = &collected;
    let bytes = archive.finish().map_err(|it| cannot_write(&file, &it))?;
    if *lists == 0 {
        tell(typed, &collected, None);
        return Ok(Exit::Input);
    }
    if to_stdout {
        let mut out = io::stdout();
        out.write_all(&bytes).and_then(|()| out.flush()).map_err(|it| cannot_write(&file, &it))?;
    } else {
        write(&file, &bytes, typed.force)?;
    }
    tell(typed, &collected, Some((&file, bytes.len())));
    Ok(Exit::Clean)
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
    let read = gather::runtime()?.block_on(async {
        let cluster = rulebox_cluster::connect(&gather::options(&typed.target)).await?;
        let mut say = |it: &rulebox_cluster::Progress<'_>| {
            progress.say(|| format!("{} {}", it.step, it.waiting));
        };
        let served = cluster.read(&mut collector, &mut say).await?;
        let (version, uid) = (cluster.version().await, cluster.uid().await);
        Ok((cluster.described().to_owned(), served, version, uid))
    });
    let (cluster, served, version, uid) = read.map_err(|it| gather::cluster_failure(&it))?;
    let reading = collector.finish();
    let mut collected = Collected {
        archive: Archive::new(name, now),
        lists: 0,
        objects: 0,
        missing: Vec::new(),
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
            self.objects += slot.objects.len();
            self.redacted += redacted;
        }
    }
}

/// Writes beside the file, and renames: a run that breaks off leaves no half of a bundle.
fn write(file: &Path, bytes: &[u8], force: bool) -> Result<(), Failure> {
    let folder = file.parent().filter(|it| !it.as_os_str().is_empty());
    let folder = folder.unwrap_or_else(|| Path::new("."));
    let mut temporary = NamedTempFile::new_in(folder).map_err(|it| cannot_write(file, &it))?;
    temporary.write_all(bytes).map_err(|it| cannot_write(file, &it))?;
    let done = if force { temporary.persist(file) } else { temporary.persist_noclobber(file) };
    match done {
        Ok(_) => Ok(()),
        Err(it) if it.error.kind() == io::ErrorKind::AlreadyExists => Err(exists(file)),
        Err(it) => Err(cannot_write(file, &it.error)),
    }
}

fn exists(file: &Path) -> Failure {
    Failure::usage(format!("{} exists already", file.display()))
        .help("name another file by -o, or write over it by --force")
}

fn cannot_write(file: &Path, error: &io::Error) -> Failure {
    Failure::usage(format!("cannot write {}: {error}", file.display()))
}

/// Tells a person what was collected, what was not, and what to type next.
fn tell(typed: &Collect, collected: &Collected, written: Option<(&Path, usize)>) {
    let Collected { archive: _, lists, objects, missing, redacted, cluster } = collected;
    if typed.quiet && written.is_some() {
        return;
    }
    let cluster = escape(cluster);
    match written {
        Some((file, bytes)) => eprintln!(
            "collected {lists} lists of {cluster} with {objects} objects into {}: {bytes} bytes",
            escape(&file.to_string_lossy())
        ),
        None => eprintln!("no list of {cluster} could be read: nothing was written"),
    }
    if !missing.is_empty() {
        eprintln!("not, or not all, could be read of:");
    }
    for (list, reason) in missing {
        eprintln!("  {}: {}", escape(list), escape(reason));
    }
    if *redacted > 0 {
        eprintln!("{redacted} values that look like credentials were replaced by REDACTED");
    }
    if let Some((file, _)) = written.filter(|it| it.0 != Path::new("-")) {
        eprintln!("next: rulebox check {}", shell_word(&file.to_string_lossy()));
    }
}
