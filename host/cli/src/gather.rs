//! Reads what rules need, from dumps or from live clusters. Which rules need it, and what they find
//! in it, is not known here: each reading is handed to the caller.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use jiff::Timestamp;
use rulebox_cluster::{ClusterError, Options};
use rulebox_core::{
    Collector, Concerns, Input, NeedSet, Problem, Reading, Readings, text::escaped,
};
use rulebox_reader::{Limits, Reader, Source};
use tokio::runtime::Runtime;

use crate::{
    args::{InputLimits, Live, MIB, Target},
    clusters::{self, Inputs},
    exit::{Exit, Failure},
    progress::Progress,
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

/// Reads one cluster after the other. `each` is given the name of a cluster, which is empty where
/// only one is asked, and its reading; then the next one is read, so that the memory holds one at a
/// time. Returns an input for each cluster that could not be read; where only one is asked, that is
/// a failure.
pub(crate) fn live(
    live: &Live,
    needs: &NeedSet,
    typed: &InputLimits,
    progress: &Progress,
    each: &mut dyn FnMut(&str, Reading),
) -> Result<Vec<Input>, Failure> {
    let Live { enabled: _, all_contexts, target } = live;
    let contexts = if *all_contexts {
        let contexts = rulebox_cluster::contexts(target.kubeconfig.as_deref())
            .map_err(|it| cluster_failure(&it))?;
        contexts.into_iter().map(Some).collect()
    } else {
        vec![target.context.clone()]
    };
    let runtime = runtime()?;
    let mut unread = Vec::new();
    for context in contexts {
        let limits = limits(typed);
        let options = Options { context: context.clone(), limits, ..options(target) };
        let mut collector = collector(needs)?;
        collector.is_now();
        let read = runtime.block_on(async {
            let cluster = rulebox_cluster::connect(&options).await?;
            cluster
                .read(&mut collector, &mut |it| {
                    progress.say(|| format!("{} {}", it.step, it.waiting));
                })
                .await
        });
        let name = context.filter(|_| *all_contexts).unwrap_or_default();
        match read {
            Ok(_) => each(&name, collector.finish()),
            // With several clusters, one that is down must not lose the findings of the others.
            Err(error) if *all_contexts => unread.push(unread_cluster(&name, &error)),
            Err(error) => return Err(cluster_failure(&error)),
        }
    }
    Ok(unread)
}

fn limits(typed: &InputLimits) -> Limits {
    let InputLimits { objects_memory, document_size } = *typed;
    Limits {
        kept_bytes: u64::from(objects_memory) * MIB as u64,
        document_bytes: usize::try_from(document_size).unwrap_or(usize::MAX).saturating_mul(MIB),
        ..Limits::default()
    }
}

/// What runs requests.
pub(crate) fn runtime() -> Result<Runtime, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|it| Failure {
        exit: Exit::Unreachable,
        message: format!("cannot start: {it}"),
        help: String::new(),
    })
}

/// The moment that ages are counted to where a cluster is asked, in whole seconds: the API server
/// writes no others.
pub(crate) fn now() -> Timestamp {
    Timestamp::from_second(Timestamp::now().as_second()).expect("a part of now")
}

/// Which cluster was typed.
pub(crate) fn options(target: &Target) -> Options {
    let Target { context, namespace, kubeconfig, request_timeout } = target;
    Options {
        kubeconfig: kubeconfig.clone(),
        context: context.clone(),
        namespaces: namespace.clone(),
        request_timeout: Duration::from_secs(*request_timeout),
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
fn unread_cluster(context: &str, error: &ClusterError) -> Input {
    let (reason, concerns) = (escaped(error.to_string()), Concerns::Everything);
    let problem = Problem { reason, concerns, ..Problem::default() };
    Input { name: format!("context {context}"), problems: vec![problem], ..Input::default() }
}
