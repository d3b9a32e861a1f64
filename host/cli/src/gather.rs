//! Reads what rules need, from dumps or from live clusters. Which rules need it, and what they find
//! in it, is not known here: each reading is handed to the caller.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::mpsc,
    thread,
    time::Duration,
};

use futures_util::{StreamExt as _, stream};
use jiff::{SignedDuration, Timestamp};
use rulebox_cluster::{ClusterError, Options};
use rulebox_core::{
    AsOf, AsOfSource, Collector, Concerns, Input, Moment, NeedSet, Problem, Reading, Readings,
    text::escaped,
};
use rulebox_reader::{Limits, Reader, Source};
use tokio::time::Instant;

use crate::{
    cluster_args::{ClusterDeadline, Live, Target},
    clusters::{self, Inputs},
    exit::{Exit, Failure},
    limit_args::InputLimits,
    numbers::MIB,
    progress::Progress,
    requests::block_on,
};

/// Reads files, folders and archives, and tells the clusters apart. `left_out`: files that are not
/// read where a folder holds them.
pub(crate) fn offline(
    inputs: &Inputs,
    left_out: Vec<PathBuf>,
    needs: &NeedSet,
    typed: &InputLimits,
    progress: &Progress,
) -> Result<Readings, Failure> {
    let reader = Reader::new(needs).map_err(|it| Failure {
        exit: Exit::Pack,
        message: it.to_string(),
        help: "mend the pack that has this need".to_owned(),
    })?;
    let reader = reader.with_limits(limits(typed)).without(left_out);
    let mut collector = collector(needs)?.with_threads(reader.threads());
    let sources: Vec<_> = inputs.paths.iter().map(|it| source(it)).collect();
    reader.read(sources, &mut collector, &mut |it| progress.read(it));
    collector
        .clusters(&inputs.names)
        .map_err(|it| clusters::several_of_one_name(&it, &inputs.names))
}

/// The moment of a dump: the one that was given, or the one that it proves.
pub(crate) fn as_of(given: Option<Timestamp>, reading: &Reading) -> AsOf {
    if let Some(given) = given {
        return AsOf { moment: Moment::at(given), source: AsOfSource::Given };
    }
    let moment = reading.captured();
    let source = match &reading.witness {
        _ if reading.collected.is_some() => AsOfSource::Bundle,
        Some(witness) => AsOfSource::Witness(witness.clone()),
        None => AsOfSource::Unknown,
    };
    AsOf { moment, source }
}

/// What was read of a live cluster.
pub(crate) struct OfCluster {
    /// The context; empty where only one is asked.
    pub(crate) name: String,
    /// The context, or `in-cluster`.
    pub(crate) asked: String,
    pub(crate) reading: Reading,
    /// How far its clock is ahead of that of this machine.
    pub(crate) ahead: SignedDuration,
}

/// A live cluster that could not be read.
pub(crate) struct Down {
    /// The context, or `in-cluster`.
    pub(crate) asked: String,
    /// As an input that is lost.
    pub(crate) input: Input,
    pub(crate) failure: Failure,
}

/// So many clusters are read at the same time. Each may keep as many objects as one alone.
const CLUSTERS_AT_ONCE: usize = 16;

/// Reads one cluster, or those of all contexts, which do not wait for each other. `each` is given
/// their readings in the order of their names, each as soon as those before have been given; then
/// it is dropped. Returns those that could not be read: with several clusters, one that is down
/// must not lose the findings of the others. Fails where nothing can be asked.
pub(crate) fn live(
    live: &Live,
    needs: &NeedSet,
    typed: &InputLimits,
    progress: &Progress,
    each: &mut dyn FnMut(OfCluster),
) -> Result<Vec<Down>, Failure> {
    let Live { enabled: _, all_contexts, target, deadline, run_deadline } = live;
    let contexts = if *all_contexts {
        let contexts = rulebox_cluster::contexts(target.kubeconfig.as_deref())
            .map_err(|it| cluster_failure(&it))?;
        contexts.into_iter().map(Some).collect()
    } else {
        vec![target.context.clone()]
    };
    let after = Duration::from_secs(*run_deadline);
    let run_ends = Some((Instant::now() + after, after));
    let mut asked = Vec::new();
    for context in contexts {
        let options = options(target, deadline);
        let options = Options { context, limits: limits(typed), run_ends, ..options };
        let mut collector = collector(needs)?;
        collector.is_now();
        asked.push((options, collector));
    }
    let (send, readings) = mpsc::channel();
    let (mut waiting, mut next, mut down) = (BTreeMap::new(), 0, Vec::new());
    thread::scope(|scope| {
        let reading = scope.spawn(move || block_on(read(asked, progress, send)));
        // What is evaluated here must not keep the others from reading.
        for (nth, read) in readings {
            waiting.insert(nth, read);
            while let Some((context, read)) = waiting.remove(&next) {
                next += 1;
                match taken(context, read, *all_contexts)? {
                    Ok(it) => each(it),
                    Err(it) => down.push(it),
                }
            }
        }
        reading.join().unwrap_or_else(|it| std::panic::resume_unwind(it))
    })?;
    Ok(down)
}

/// The context that was asked, and what was read of its cluster: its name, what a person calls it,
/// how far its clock is ahead.
type Read = (Option<String>, Result<(String, Reading, SignedDuration), ClusterError>);

/// Reads clusters, some at the same time, and sends what was read of each as soon as it has ended.
async fn read(
    asked: Vec<(Options, Collector)>,
    progress: &Progress,
    send: mpsc::Sender<(usize, Read)>,
) {
    let several = asked.len() > 1;
    let read = asked.into_iter().enumerate().map(async |(nth, (options, mut collector))| {
        let context = options.context.clone();
        let of = context.as_deref().filter(|_| several).unwrap_or_default();
        let result = async {
            let cluster = rulebox_cluster::connect(&options).await?;
            let mut say = |it: &rulebox_cluster::Progress<'_>| {
                progress.say(|| format!("{of} {} {}", it.step, it.waiting));
            };
            let read = cluster.read(&mut collector, &mut say).await?;
            Ok((cluster.name().to_owned(), read.ahead))
        };
        let result = result.await.map(|(name, ahead)| (name, collector.finish(), ahead));
        // Nobody listens where the run has failed.
        let _ = send.send((nth, (context, result)));
    });
    stream::iter(read).buffer_unordered(CLUSTERS_AT_ONCE).collect::<()>().await;
}

/// What was read of a cluster, or why it was not. Fails where there is no other, and it is not the
/// cluster that is at fault.
fn taken(
    context: Option<String>,
    read: Result<(String, Reading, SignedDuration), ClusterError>,
    all_contexts: bool,
) -> Result<Result<OfCluster, Down>, Failure> {
    let (asked, reading, ahead) = match read {
        Ok(it) => it,
        Err(error) => {
            let failure = cluster_failure(&error);
            let Some(described) = error.cluster() else { return Err(failure) };
            let input = unread_cluster(described, &error);
            let asked = described.strip_prefix("context ").unwrap_or(described).to_owned();
            return Ok(Err(Down { asked, input, failure }));
        }
    };
    let name = context.filter(|_| all_contexts).unwrap_or_default();
    Ok(Ok(OfCluster { name, asked, reading, ahead }))
}

fn limits(typed: &InputLimits) -> Limits {
    let InputLimits { objects_memory, document_size } = *typed;
    Limits {
        kept_bytes: u64::from(objects_memory) * MIB as u64,
        document_bytes: usize::try_from(document_size).unwrap_or(usize::MAX).saturating_mul(MIB),
        ..Limits::default()
    }
}

/// The moment that ages are counted to where a cluster is asked, in whole seconds: the API server
/// writes no others. Where its clock differs from that of this machine, its own counts.
pub(crate) fn now() -> Timestamp {
    Timestamp::from_second(Timestamp::now().as_second()).expect("a part of now")
}

/// The same moment by a clock that is so far ahead.
pub(crate) fn at(now: Timestamp, ahead: SignedDuration) -> Timestamp {
    now.saturating_add(SignedDuration::from_secs(ahead.as_secs())).unwrap_or(now)
}

/// Which cluster was typed.
pub(crate) fn options(target: &Target, deadline: &ClusterDeadline) -> Options {
    let Target { context, namespace, kubeconfig, request_timeout, answer_size } = target;
    Options {
        kubeconfig: kubeconfig.clone(),
        context: context.clone(),
        namespaces: namespace.clone(),
        request_timeout: Duration::from_secs(*request_timeout),
        deadline: Some(Duration::from_secs(deadline.cluster_deadline)),
        answer_bytes: *answer_size as usize * MIB,
        ..Options::default()
    }
}

fn source(input: &Path) -> Source {
    if input == Path::new("-") { Source::Stdin } else { Source::Path(input.to_owned()) }
}

pub(crate) fn collector(needs: &NeedSet) -> Result<Collector, Failure> {
    Collector::new(needs.clone()).map_err(|it| Failure {
        exit: Exit::Pack,
        message: it.to_string(),
        help: String::new(),
    })
}

pub(crate) fn cluster_failure(error: &ClusterError) -> Failure {
    let exit = match error {
        ClusterError::Need { .. } => Exit::Pack,
        it if it.is_unreachable() => Exit::Unreachable,
        _ => Exit::Usage,
    };
    Failure { exit, message: error.to_string(), help: String::new() }
}

/// A cluster that could not be read, as an input that is lost.
fn unread_cluster(described: &str, error: &ClusterError) -> Input {
    let (reason, concerns) = (escaped(error.to_string()), Concerns::Everything);
    let problem = Problem { reason, concerns, ..Problem::default() };
    Input { name: described.to_owned(), problems: vec![problem], ..Input::default() }
}
