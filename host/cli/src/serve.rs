//! `rulebox serve`, from what was typed to a process that stays: loads the plan, connects the
//! clusters, listens, and loads the plan anew when its files change. How clusters are watched and
//! what is served is not known here.

use std::{
    fs, io,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use jiff::Timestamp;
use rulebox_cluster::{Cluster, WatchHealth};
use rulebox_core::PackFailure;
use rulebox_engine::Limits;
use rulebox_run::Plan;
use rulebox_serve::{
    Admission, Certificate, Clock, Counters, FOLLOWERS, Guard, Listener, Loaded, Options, Outputs,
    Reloads, Site, Told, evaluate, lead, router, write,
};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::{Semaphore, watch},
    task::spawn_blocking,
    time::{MissedTickBehavior, interval},
};
use tracing_subscriber::{
    Layer as _,
    filter::{LevelFilter, Targets},
    layer::SubscriberExt as _,
    util::SubscriberInitExt as _,
};

use crate::{
    config, elsewhere,
    exit::{Exit, Failure},
    files, gather,
    log::CleanLines,
    pack_files, packs,
    registries::Configured,
    serve_args::{Clusters, Http, LogFormat, Serve},
};

/// So often the files of the configuration, the packs and the certificate are looked at. That is a
/// question to the system for each, and who edits one by hand does not wait.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// No certificate and no key is longer.
const PEM_BYTES: usize = 1 << 20;

/// Serves until the process is told to end.
pub(crate) fn run(serve: &Serve) -> Result<Exit, Failure> {
    check(&serve.site)?;
    log(&serve.site);
    // Before they are read, so that no change is missed.
    let known = Stamps::of(serve);
    let read = read(serve, &[])?;
    let certificate = certificate(&serve.site)?;
    let outputs = elsewhere::of_serve(&serve.outputs, &serve.clusters.namespace)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|it| cannot_start(&it))?;
    let exit = runtime.block_on(stay(serve, known, read, certificate, outputs));
    // A pack may still evaluate, until its deadline, and nobody waits for what it gives.
    runtime.shutdown_background();
    exit
}

/// Refuses what must not be served to whoever can connect.
fn check(site: &Http) -> Result<(), Failure> {
    let Http { listen, tls_cert, insecure, .. } = site;
    if listen.ip().is_loopback() || *insecure || tls_cert.is_some() {
        return Ok(());
    }
    Err(Failure::usage(format!("--listen {listen} would answer other machines in plain text"))
        .help(
            "give --tls-cert and --tls-key, listen on 127.0.0.1, or say --insecure where a network \
         policy or a proxy decides who connects",
        ))
}

/// Logs what Rulebox says, and what packs log; of the libraries below only what is wrong.
fn log(site: &Http) {
    let level = if site.verbose { LevelFilter::DEBUG } else { LevelFilter::INFO };
    let ours = ["rulebox", "rulebox_serve", "pack"].map(|it| (it, level));
    // kube tells of each request that fails, without a cluster; the watches tell it with one.
    let targets = Targets::new().with_default(LevelFilter::ERROR).with_targets(ours);
    let targets = targets.with_target("kube_client", LevelFilter::OFF);
    let format = site.log_format;
    let to = move || CleanLines(format, io::stderr());
    let lines = tracing_subscriber::fmt::layer().with_writer(to);
    let lines = match format {
        LogFormat::Text => lines.with_ansi(false).boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    };
    // Somebody else's log stays as it is.
    let _ = tracing_subscriber::registry().with(lines.with_filter(targets)).try_init();
}

fn cannot_start(error: &dyn std::fmt::Display) -> Failure {
    Failure { exit: Exit::Bug, message: format!("cannot start: {error}"), help: String::new() }
}

/// What the files say.
struct Read {
    loaded: Loaded,
    /// The texts of the configurations.
    config: Vec<String>,
}

/// Refuses to go on without packs that were named and not pulled: another try may have them, and
/// who only looks at whether this process is ready would not miss their findings.
fn refuse_without(not_pulled: &[PackFailure]) -> Result<(), Failure> {
    let Some(PackFailure { pack, message, help, .. }) = not_pulled.first() else { return Ok(()) };
    for PackFailure { pack, message, help, .. } in &not_pulled[1..] {
        tracing::error!("the pack {pack} was not pulled: {message}; {help}");
    }
    let message = format!("the pack {pack} was not pulled: {message}");
    let help = format!("{help}; then start this again, as a kubelet does by itself");
    Err(Failure { exit: Exit::Pack, message, help })
}

/// What the files say now. `used`: the texts of the configurations that are used.
fn read(serve: &Serve, used: &[String]) -> Result<Read, Failure> {
    let (config, file) = config::read(&serve.config)?;
    file.refuse_emptied(used)?;
    let limits = Limits::from(&serve.limits);
    let configured = Configured::of(&config, &file)?;
    let packs::Loaded { packs, failures, notes, not_pulled, .. } =
        packs::load(&serve.packs, &configured, limits)?;
    for note in notes {
        tracing::info!("{note}");
    }
    refuse_without(&not_pulled)?;
    let choice = (&serve.choice).into();
    let is_empty = packs.is_empty();
    let plan = Plan::new(packs.into(), &choice, config, &packs::built_in())
        .map_err(|it| file.explain(it).without_packs(&failures))?;
    // Nothing would be judged, and all that is served would look healthy.
    if is_empty {
        let message = "no pack could be used".to_owned();
        let failure = Failure { exit: Exit::Pack, message, help: String::new() };
        return Err(failure.without_packs(&failures));
    }
    for warning in plan.warnings() {
        tracing::warn!("{warning}");
    }
    Ok(Read { loaded: Loaded { plan, failures }, config: file.texts() })
}

fn certificate(site: &Http) -> Result<Option<Arc<Certificate>>, Failure> {
    let (Some(chain), Some(key)) = (&site.tls_cert, &site.tls_key) else { return Ok(None) };
    let key = read_certificate(chain, key)?;
    Ok(Some(Arc::new(Certificate::new(key))))
}

fn read_certificate(chain: &Path, key: &Path) -> Result<rulebox_serve::CertifiedKey, Failure> {
    let read = |path: &Path| {
        files::read_small(path, PEM_BYTES).map_err(|it| {
            Failure::usage(format!("cannot read {}: {}", path.display(), files::words(&it)))
                .help("name a file of PEM")
        })
    };
    Certificate::read(&read(chain)?, &read(key)?).map_err(|it| {
        let (chain, key) = (chain.display(), key.display());
        Failure::usage(format!("cannot use {chain} with {key}: {it}")).help(
            "--tls-cert takes the certificate and its chain, --tls-key the key of the certificate, \
             both as PEM",
        )
    })
}

/// The clusters that were named.
async fn connect(typed: &Clusters) -> Result<Vec<Cluster>, Failure> {
    let contexts = if typed.all_contexts {
        let contexts = rulebox_cluster::contexts(typed.kubeconfig.as_deref())
            .map_err(|it| gather::cluster_failure(&it))?;
        contexts.into_iter().map(Some).collect()
    } else if typed.contexts.is_empty() {
        vec![None]
    } else {
        let mut contexts: Vec<_> = typed.contexts.iter().cloned().map(Some).collect();
        contexts.sort();
        contexts.dedup();
        contexts
    };
    let mut clusters = Vec::new();
    for context in contexts {
        let options = rulebox_cluster::Options {
            kubeconfig: typed.kubeconfig.clone(),
            context,
            namespaces: typed.namespace.clone(),
            request_timeout: typed.request_timeout,
            deadline: None,
            ..rulebox_cluster::Options::default()
        };
        let cluster = rulebox_cluster::connect(&options).await;
        clusters.push(cluster.map_err(|it| gather::cluster_failure(&it))?);
    }
    Ok(clusters)
}

async fn stay(
    serve: &Serve,
    known: Stamps,
    Read { loaded, config }: Read,
    certificate: Option<Arc<Certificate>>,
    outputs: Outputs,
) -> Result<Exit, Failure> {
    // Listened for first: who is told to end while it starts must not miss it.
    let mut terminate = signal(SignalKind::terminate()).map_err(|it| cannot_start(&it))?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(|it| cannot_start(&it))?;
    let clusters = connect(&serve.clusters).await?;
    let listen = serve.site.listen;
    let listener = Listener::bind(listen, certificate.clone()).await.map_err(|it| {
        Failure::usage(format!("cannot listen on {listen}: {it}"))
            .help("choose another address by --listen; port 0 takes one that is free")
    })?;
    let address = listener.address().map_err(|it| cannot_start(&it))?;
    let admission = match clusters.first() {
        _ if serve.site.insecure => Admission::All,
        // Over TLS the name was checked by whoever trusts the certificate.
        _ if listen.ip().is_loopback() && certificate.is_some() => Admission::All,
        _ if listen.ip().is_loopback() => Admission::Local(address),
        Some(cluster) => Admission::Guarded(Arc::new(Guard::new(cluster.clone()))),
        None => return Err(cannot_start(&"there is no cluster that says who may read")),
    };
    let options = Options {
        interval: serve.evaluation.interval,
        stale_after: serve.clusters.stale_after,
        max_series: serve.site.max_series,
        ..Options::default()
    };
    let (clock, boot) = (Clock::new(gather::now), boot());
    let (resign, resigned) = watch::channel(false);
    let lease = serve.outputs.lease.clone().zip(clusters.first().cloned());
    let leads = watch::Sender::new(true);
    let (leader, election) = match lease {
        Some((lease, cluster)) => {
            let me = rulebox_serve::identity(&outputs.instance, &boot);
            let (leader, election) = lead(cluster, lease, &me, clock.clone(), resigned);
            (leader, Some(tokio::spawn(election)))
        }
        None => (leads.subscribe(), None),
    };
    let counters = Arc::new(Counters::new(outputs.all()));
    let watched = clusters.clone();
    let (plans, plan) = watch::channel(Arc::new(loaded));
    let (results, evaluation) = evaluate(clusters, plan, options.clone(), clock.clone());
    let (stop, stopped) = watch::channel(false);
    let (reloads, reloaded) = watch::channel(Reloads { ok: true, at: clock.now() });
    let (watches, leading) = (results.clusters.clone(), leader.clone());
    let published = results.published.clone();
    let (led, sent, told) = (leader.clone(), Arc::clone(&counters), clock.clone());
    let writing = tokio::spawn(write(outputs, watched, published, led, told, sent));
    let site = Site {
        results,
        version: env!("CARGO_PKG_VERSION"),
        boot,
        leader,
        reloads: reloaded,
        outputs: counters,
        options,
        clock,
        stop: stopped.clone(),
        followers: Arc::new(Semaphore::new(FOLLOWERS)),
    };
    let scheme = if certificate.is_some() { "https" } else { "http" };
    tracing::info!("serving on {scheme}://{address}");
    tokio::spawn(tell_of_watches(watches));
    if election.is_some() {
        tokio::spawn(tell_of_leading(leading));
    }
    let http = tokio::spawn(listener.serve(router(site, admission), stopped));
    let again = tokio::spawn(reload(serve.clone(), (known, config), plans, certificate, reloads));
    let evaluation = tokio::spawn(evaluation);
    let exit = tokio::select! {
        _ = terminate.recv() => Exit::Clean,
        _ = interrupt.recv() => Exit::Clean,
        // It ends by itself only where it cannot go on.
        _ = evaluation => Exit::Bug,
    };
    tracing::info!("ending");
    again.abort();
    // Nothing is resolved or taken away: another process goes on. It may lead when this one writes
    // no more.
    writing.abort();
    let _ = writing.await;
    resign.send_replace(true);
    if let Some(election) = election {
        let _ = election.await;
    }
    let _ = stop.send(true);
    let _ = http.await;
    Ok(exit)
}

/// Logs each cluster and each watch that stops showing changes, and each that shows them again. A
/// failure that goes on is asked about again every half minute, and is logged once an hour.
async fn tell_of_watches(clusters: Vec<rulebox_serve::Health>) {
    /// What stands for the cluster itself, which no watch is called.
    const CLUSTER: &str = "";
    let tell = |rulebox_serve::Health { cluster, mut health }: rulebox_serve::Health| async move {
        let mut told = Told::default();
        let mut begun = false;
        while health.changed().await.is_ok() {
            let rulebox_cluster::Health { up, reason, watches: now, .. } =
                health.borrow_and_update().clone();
            if !reason.is_empty() {
                if told.fails(CLUSTER, &reason) {
                    tracing::warn!(cluster, "not reached: {reason}");
                }
            } else if up && told.works(CLUSTER) {
                tracing::info!(cluster, "reached again");
            }
            if !begun && !now.is_empty() && now.iter().all(|it| it.up || !it.reason.is_empty()) {
                begun = true;
                tracing::info!(cluster, watches = now.len(), "watching");
            }
            let name = |it: &WatchHealth| {
                let WatchHealth { kind, namespace, selector, .. } = it;
                let of = namespace.as_deref().map(|it| format!(" in {it}")).unwrap_or_default();
                let with = if selector.is_empty() { "" } else { " with " };
                format!("{kind}{of}{with}{selector}")
            };
            for watch in &now {
                let name = name(watch);
                if !watch.reason.is_empty() {
                    if told.fails(&name, &watch.reason) {
                        tracing::warn!(cluster, "not watched: {name}: {}", watch.reason);
                    }
                } else if watch.up && told.works(&name) {
                    tracing::info!(cluster, "watched again: {name}");
                }
            }
        }
    };
    futures_util::future::join_all(clusters.into_iter().map(tell)).await;
}

/// Logs whether this process writes and serves findings, or stands by.
async fn tell_of_leading(mut leading: watch::Receiver<bool>) {
    tracing::info!("asking for the Lease: a process that does not hold it writes nothing");
    let mut led = false;
    loop {
        let leads = *leading.borrow_and_update();
        if leads && !led {
            tracing::info!("leading: this process writes, and serves findings");
        } else if led && !leads {
            tracing::info!("leading no more: this process stands by");
        }
        led = leads;
        if leading.changed().await.is_err() {
            return;
        }
    }
}

/// What tells this process from others.
fn boot() -> String {
    format!("{:x}", Timestamp::now().as_microsecond())
}

/// Loads plan and certificate anew when their files change. What cannot be used is told, and what
/// was used before stays.
async fn reload(
    serve: Serve,
    (mut known, mut config): (Stamps, Vec<String>),
    plans: watch::Sender<Arc<Loaded>>,
    certificate: Option<Arc<Certificate>>,
    reloads: watch::Sender<Reloads>,
) {
    let mut looks = interval(LOOK_EVERY);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        looks.tick().await;
        let now = Stamps::of(&serve);
        if now == known {
            continue;
        }
        let (old, typed) = (Arc::clone(&plans.borrow()), serve.clone());
        let used = config.clone();
        let plan_changed = now.plan != known.plan;
        let certificate_changed = now.certificate != known.certificate;
        known = now;
        let mut told = Ok(());
        if plan_changed {
            let read = spawn_blocking(move || read(&typed, &used)).await;
            told = match read {
                Ok(Ok(Read { loaded: new, config: texts })) => {
                    match new.failures.iter().find(|it| !old.failures.contains(it)) {
                        None => {
                            config = texts;
                            let _ = plans.send(Arc::new(new));
                            Ok(())
                        }
                        Some(failure) => Err(format!("pack {}: {}", failure.pack, failure.message)),
                    }
                }
                Ok(Err(failure)) => Err(failure.to_string()),
                Err(error) => Err(error.to_string()),
            };
        }
        if let (true, Some(shown), Some(chain), Some(key)) =
            (certificate_changed, &certificate, &serve.site.tls_cert, &serve.site.tls_key)
        {
            match read_certificate(chain, key) {
                Ok(key) => shown.exchange(key),
                Err(failure) => told = Err(failure.to_string()),
            }
        }
        match &told {
            Ok(()) => tracing::info!("loaded the changed files"),
            Err(error) => tracing::error!("what was loaded before stays: {error}"),
        }
        reloads.send_replace(Reloads { ok: told.is_ok(), at: gather::now() });
    }
}

fn plan_files(serve: &Serve) -> Vec<PathBuf> {
    let packs = pack_files::read_files(&serve.packs);
    let pulled = serve.packs.registries.files();
    serve.config.iter().cloned().chain(packs).chain(pulled).collect()
}

fn certificate_files(serve: &Serve) -> Vec<PathBuf> {
    serve.site.tls_cert.iter().chain(&serve.site.tls_key).cloned().collect()
}

/// What changes when a file does: its place on the disk, its size, its time.
type Stamp = (PathBuf, Option<(u64, u64, i64, i64)>);

/// Of all files that may change.
#[derive(PartialEq)]
struct Stamps {
    plan: Vec<Stamp>,
    certificate: Vec<Stamp>,
}

impl Stamps {
    fn of(serve: &Serve) -> Self {
        let (plan, certificate) = (plan_files(serve), certificate_files(serve));
        Self { plan: stamps(&plan), certificate: stamps(&certificate) }
    }
}

/// A mounted ConfigMap is a link that is exchanged, so the file behind it is another one.
fn stamps(files: &[PathBuf]) -> Vec<Stamp> {
    let stamp = |path: &PathBuf| {
        let it = fs::metadata(path).ok()?;
        Some((it.ino(), it.len(), it.mtime(), it.mtime_nsec()))
    };
    files.iter().map(|it| (it.clone(), stamp(it))).collect()
}
