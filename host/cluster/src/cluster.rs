//! A cluster: connects to it, finds the kinds, reads the lists, and states the coverage of each
//! need.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Mutex,
        atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
};

use jiff::SignedDuration;
use rulebox_core::{
    Collector, Concerns, Coverage, ObjectNeed, Problem, addresses, is_group, is_namespace,
    shell_word,
};
use rulebox_reader::Reader;

use crate::{
    ClusterError, Options,
    credentials::Access,
    discovery::{Discovery, discover},
    fetch::{Deadline, Failure, Fetch},
    kubeconfig,
    listing::Reading,
    lists,
    plan::{self, List, Outcome},
};

/// A cluster that can be read. No request has been sent yet.
#[derive(Clone)]
pub struct Cluster {
    name: String,
    described: String,
    server: String,
    access: Access,
    pub(crate) options: Options,
    deadline: Option<Deadline>,
    /// Why requests are sent without credentials; empty if they are not.
    anonymous: String,
}

/// How far [`Cluster::read`] has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress<'a> {
    /// The current request: `the kinds of apps`, `pods in namespace csdr`.
    pub step: &'a str,
    /// Why the reading pauses, and for how long; empty if it does not.
    pub waiting: &'a str,
    /// Lists that were read, or failed.
    pub lists_done: usize,
    /// All lists; 0 until the cluster has told which kinds it serves.
    pub lists: usize,
    /// Objects read so far.
    pub objects: usize,
}

/// What [`Cluster::read`] tells beside what the collector has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadCluster {
    /// For each object need the `apiVersion` by which the cluster serves it; none if it does not.
    pub served: Vec<Option<String>>,
    /// How far the clock of the cluster is ahead of that of this machine, where they differ by more
    /// than a minute. The times in objects are the cluster's: ages are counted to its clock.
    pub ahead: SignedDuration,
}

/// Clocks that differ by no more are taken for the same. NTP keeps them within a second; rules
/// count in minutes.
const SAME_CLOCK: SignedDuration = SignedDuration::from_secs(60);

/// Finds the cluster and the credentials that the options and the environment name, and runs the
/// credential plugin if there is one. Nothing is sent to the cluster before [`Cluster::read`]. Must
/// be called in a tokio runtime.
pub async fn connect(options: &Options) -> Result<Cluster, ClusterError> {
    if let Some(it) = options.namespaces.iter().find(|it| !is_namespace(it)) {
        return Err(ClusterError::Namespace { namespace: it.clone() });
    }
    let deadline = Deadline::of(options);
    let kubeconfig::Chosen { name, described, mut config, source, anonymous } =
        kubeconfig::choose(options).await?;
    // `Fetch` limits the time and the retries of each request; kube's own retries have no limit in
    // time.
    config.connect_timeout = Some(options.request_timeout);
    config.read_timeout = None;
    config.default_retry = false;
    let server = config.cluster_url.to_string();
    let access = Access::of(config, source, options.request_timeout);
    access.ticket(deadline.map(|it| it.at)).await.map_err(|it| ClusterError::Configuration {
        cluster: described.clone(),
        reason: it.to_string(),
    })?;
    let options = options.clone();
    Ok(Cluster { name, described, server, access, options, deadline, anonymous })
}

impl Cluster {
    #[cfg(test)]
    pub(crate) fn of_client(context: &str, client: kube::Client, options: Options) -> Self {
        let described = format!("context {context}");
        let server = format!("https://{context}.example:6443/");
        let deadline = Deadline::of(&options);
        let (name, access, anonymous) = (context.to_owned(), client.into(), String::new());
        Self { name, described, server, access, options, deadline, anonymous }
    }

    /// The context of the kubeconfig, or `in-cluster`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What people call it in messages: `context kind-prod`, `in-cluster`.
    pub fn described(&self) -> &str {
        &self.described
    }

    /// Reads what the collector's needs ask for, as a new input of the collector, and states the
    /// coverage of each object need.
    ///
    /// Fails only if the cluster cannot be reached at all; every other failure shows in the
    /// coverage of the needs that it affects. A cluster has no files, so needs for text stay as
    /// they are.
    pub async fn read(
        &self,
        collector: &mut Collector,
        progress: &mut (dyn FnMut(&Progress<'_>) + Send),
    ) -> Result<ReadCluster, ClusterError> {
        let reader = Reader::new(collector.needs()).map_err(ClusterError::Need)?;
        let reader = reader.with_limits(self.options.limits.clone());
        collector.begin_input(&self.described);
        let needs = collector.needs().objects.clone();
        let mut fetch = self.fetch();
        let discoveries = self.discover(&mut fetch, &needs, collector, progress).await?;
        if !fetch.contact() && !discoveries.is_empty() {
            // Any web server answers that it has none of the groups.
            if let Err(failure) = fetch.get("/version", &mut |_| {}).await
                && !matches!(failure, Failure::Forbidden { .. })
            {
                return Err(self.unreachable(&failure));
            }
        }
        let asks: Vec<_> = needs.iter().map(|need| self.ask(need, &discoveries)).collect();
        let wanted: BTreeSet<_> = asks.iter().flatten().flat_map(|it| it.lists.clone()).collect();
        let selection = collector.selection().clone();
        let reading = Reading {
            reader: &reader,
            selection: &selection,
            page_size: self.options.page_size,
            // What waits for its turn, beside what has had it.
            most: self.options.limits.kept_bytes.saturating_mul(2),
            objects: AtomicUsize::new(0),
            kept: AtomicU64::new(0),
        };
        let resource = |list: &List| discoveries[&list.group].resources[&list.kind].clone();
        let (done, answers) = {
            let lists = wanted.len();
            let mut tell = |step: &str, waiting: &str, lists_done: usize| {
                let objects = reading.objects.load(Relaxed);
                progress(&Progress { step, waiting, lists_done, lists, objects });
            };
            let tell: lists::Tell<'_> = Mutex::new(&mut tell);
            let at_once = self.options.at_once;
            lists::read(&fetch, &wanted, &resource, at_once, &reading, &tell).await
        };
        for answers in answers {
            reader.give(answers, collector);
        }
        tell_cut_off(&done, collector);
        for (i, ask) in asks.iter().enumerate() {
            let (coverage, reason) = match ask {
                Ok(ask) => plan::judge(ask, &done),
                Err(reason) => (Coverage::Absent, reason.clone()),
            };
            collector.cover(i, coverage, &reason);
        }
        self.tell_missing_namespaces(&fetch, &done, collector).await;
        let ahead = fetch.ahead().filter(|it| it.abs() > SAME_CLOCK).unwrap_or_default();
        self.tell_of_access(ahead, collector);
        let served = needs.iter().map(|need| {
            let found = discoveries.get(&need.group)?.resources.get(&need.kind)?;
            Some(found.api_version.clone())
        });
        Ok(ReadCluster { served: served.collect(), ahead })
    }

    /// What the server says of its version (GET /version); none if it does not.
    pub async fn version(&self) -> Option<Vec<u8>> {
        self.ask_once("/version").await
    }

    /// The uid of the Namespace kube-system, which no other cluster has; none if the server does
    /// not show it.
    pub async fn uid(&self) -> Option<String> {
        let answer = self.ask_once("/api/v1/namespaces/kube-system").await?;
        let namespace: serde_json::Value = serde_json::from_slice(&answer).ok()?;
        let uid = namespace.get("metadata")?.get("uid")?.as_str()?;
        (!uid.is_empty()).then(|| uid.to_owned())
    }

    /// The names of all namespaces; none if the server does not list them.
    pub async fn namespaces(&self) -> Option<Vec<String>> {
        let answer = self.ask_once("/api/v1/namespaces").await?;
        let list: serde_json::Value = serde_json::from_slice(&answer).ok()?;
        let names = list.get("items")?.as_array()?.iter();
        let name =
            |it: &serde_json::Value| Some(it.get("metadata")?.get("name")?.as_str()?.to_owned());
        let is_page = list.pointer("/metadata/continue").is_some_and(|it| *it != "");
        names.map(name).collect::<Option<Vec<_>>>().filter(|_| !is_page)
    }

    /// Sends requests to this cluster, within its deadline.
    pub(crate) fn fetch(&self) -> Fetch {
        Fetch::new(self.access.clone(), &self.options).until(self.deadline)
    }

    /// Asks for what is good to have, and can be done without.
    async fn ask_once(&self, path: &str) -> Option<Vec<u8>> {
        self.fetch().without_retries().get(path, &mut |_| {}).await.ok()
    }

    /// Tells of namespaces that the user has named and the server does not have: a list of nothing
    /// there is no sign of health. One that holds anything is there, and not asked for.
    async fn tell_missing_namespaces(
        &self,
        fetch: &Fetch,
        done: &BTreeMap<List, Outcome>,
        collector: &mut Collector,
    ) {
        for namespace in self.options.namespaces.iter().collect::<BTreeSet<_>>() {
            let holds_any = |(list, outcome): (&List, &Outcome)| {
                list.namespace.as_ref() == Some(namespace) && outcome.objects > 0
            };
            if done.iter().any(holds_any) {
                continue;
            }
            let path = format!("/api/v1/namespaces/{namespace}");
            let answer = fetch.clone().without_retries().get(&path, &mut |_| {}).await;
            if answer == Err(Failure::NotFound) {
                let reason = format!("the cluster has no namespace {namespace}");
                collector.problem(Problem { reason, ..Problem::default() });
            }
        }
    }

    /// Tells what a person may want to know of how the cluster was asked.
    fn tell_of_access(&self, ahead: SignedDuration, collector: &mut Collector) {
        if !self.anonymous.is_empty() {
            let reason = format!("no credentials were sent: {}", self.anonymous);
            collector.problem(Problem { reason, ..Problem::default() });
        }
        if !ahead.is_zero() {
            let minutes = (ahead.abs().as_secs() + 30) / 60;
            let which = if ahead.is_positive() { "ahead of" } else { "behind" };
            let reason = format!(
                "the clock of the cluster is {minutes} min {which} that of this machine: ages are \
                 counted to the cluster's"
            );
            collector.problem(Problem { reason, ..Problem::default() });
        }
    }
}

impl Cluster {
    /// What the server serves of the groups that the needs name, by group.
    async fn discover(
        &self,
        fetch: &mut Fetch,
        needs: &[ObjectNeed],
        collector: &mut Collector,
        progress: &mut (dyn FnMut(&Progress<'_>) + Send),
    ) -> Result<BTreeMap<String, Discovery>, ClusterError> {
        let mut kinds: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        for need in needs.iter().filter(|it| is_group(&it.group)) {
            kinds.entry(&need.group).or_default().insert(need.kind.clone());
        }
        let mut discoveries = BTreeMap::new();
        for (group, kinds) in &kinds {
            let found = self.discover_group(fetch, group, kinds, collector, progress).await?;
            discoveries.insert((*group).to_owned(), found);
        }
        for (group, kinds) in kinds {
            for kind in kinds {
                self.discover_alias(fetch, group, kind, &mut discoveries, collector, progress)
                    .await?;
            }
        }
        Ok(discoveries)
    }

    /// What the server serves of one group.
    async fn discover_group(
        &self,
        fetch: &mut Fetch,
        group: &str,
        kinds: &BTreeSet<String>,
        collector: &mut Collector,
        progress: &mut (dyn FnMut(&Progress<'_>) + Send),
    ) -> Result<Discovery, ClusterError> {
        let step = format!("the kinds of {}", group_name(group));
        let mut progress = |waiting: &str| {
            let (lists_done, lists, objects) = (0, 0, 0);
            progress(&Progress { step: &step, waiting, lists_done, lists, objects });
        };
        progress("");
        let discovery = discover(fetch, group, kinds, &mut progress).await;
        if let (Some(failure), false) = (&discovery.failure, fetch.contact()) {
            return Err(self.unreachable(failure));
        }
        if let Some(failure) = discovery.failure.as_ref().filter(|it| it.is_loss()) {
            let (place, reason) = (group_name(group), failure.to_string());
            let kinds = kinds.iter().map(|kind| (group.to_owned(), kind.clone()));
            let concerns = Concerns::Kinds(kinds.collect());
            collector.problem(Problem { place, reason, concerns, ..Problem::default() });
        }
        Ok(discovery)
    }

    /// Looks for a kind in the other groups that hold the same objects, if the server does not
    /// serve it in the group of the need: old servers serve Deployments in `extensions` only.
    async fn discover_alias(
        &self,
        fetch: &mut Fetch,
        group: &str,
        kind: String,
        discoveries: &mut BTreeMap<String, Discovery>,
        collector: &mut Collector,
        progress: &mut (dyn FnMut(&Progress<'_>) + Send),
    ) -> Result<(), ClusterError> {
        let known = discoveries.get(group);
        let is_served = known.is_none_or(|it| it.resources.contains_key(&kind));
        if is_served || known.is_some_and(|it| it.failure.is_some()) {
            return Ok(());
        }
        let kinds = BTreeSet::from([kind.clone()]);
        for alias in addresses(group, &kind).skip(1) {
            let mut other = self.discover_group(fetch, alias, &kinds, collector, progress).await?;
            let Some(discovery) = discoveries.get_mut(group) else { continue };
            if let Some(resource) = other.resources.remove(&kind) {
                discovery.resources.insert(kind, resource);
                return Ok(());
            }
            discovery.failure = discovery.failure.take().or(other.failure);
        }
        Ok(())
    }

    /// The lists of a need, or why there are none.
    fn ask(
        &self,
        need: &ObjectNeed,
        discoveries: &BTreeMap<String, Discovery>,
    ) -> Result<plan::Ask, String> {
        let Some(discovery) = discoveries.get(&need.group) else {
            return Err(format!("`{}` cannot be an API group", need.group));
        };
        let found = discovery.resources.get(&need.kind);
        plan::ask_found(need, found, discovery.failure.as_ref(), &self.options.namespaces)
    }

    fn unreachable(&self, failure: &Failure) -> ClusterError {
        let kubectl = self.kubectl();
        let help = match failure {
            Failure::Unauthorized if !self.anonymous.is_empty() => {
                format!("no credentials were sent: {}", self.anonymous)
            }
            Failure::Unauthorized => {
                format!("log in again, and see `{kubectl} auth whoami`")
            }
            Failure::Connection { reason, .. } if reason.contains("certificate") => {
                "check `certificate-authority-data` of the cluster in the kubeconfig".to_owned()
            }
            Failure::NoApi { .. } => {
                "check `server` of the cluster in the kubeconfig, and proxies".to_owned()
            }
            _ => {
                format!("check the address and the network, and try `{kubectl} get --raw /version`")
            }
        };
        ClusterError::Unreachable {
            cluster: self.described.clone(),
            server: self.server.clone(),
            reason: failure.to_string(),
            help,
        }
    }

    /// How kubectl is called to reach the same cluster, in a shell.
    fn kubectl(&self) -> String {
        let mut kubectl = "kubectl".to_owned();
        if let Some(file) = &self.options.kubeconfig {
            kubectl.push_str(" --kubeconfig ");
            kubectl.push_str(&shell_word(&file.to_string_lossy()));
        }
        if let Some(context) = self.described.strip_prefix("context ") {
            kubectl.push_str(" --context ");
            kubectl.push_str(&shell_word(context));
        }
        kubectl
    }
}

/// Tells of lists that were cut off for a reason that is none of their own: each reason once.
fn tell_cut_off(done: &BTreeMap<List, Outcome>, collector: &mut Collector) {
    let mut reasons: BTreeMap<&str, Vec<&List>> = BTreeMap::new();
    for (list, outcome) in done.iter().filter(|it| !it.1.cut_off.is_empty()) {
        reasons.entry(&outcome.cut_off).or_default().push(list);
    }
    for (reason, lists) in reasons {
        let place = match lists.len() {
            1 => "1 list".to_owned(),
            count => format!("{count} lists"),
        };
        let kinds = lists.iter().map(|it| (it.group.clone(), it.kind.clone()));
        let concerns = Concerns::Kinds(kinds.collect());
        collector.problem(Problem {
            place,
            reason: reason.to_owned(),
            concerns,
            ..Problem::default()
        });
    }
}

/// What people call a group.
fn group_name(group: &str) -> String {
    if group.is_empty() { "the core group".to_owned() } else { group.to_owned() }
}
