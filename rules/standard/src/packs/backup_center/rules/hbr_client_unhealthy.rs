//! See [`hbr_client_unhealthy`].

use std::{cell::LazyCell, collections::BTreeMap, fmt::Write as _};

use rulebox_sdk::{
    Consulted, Coverage, Draft, Lines, Objects, Run, Seen, SettingsOf, Severity, Text, TextLine,
    rule, shell_word,
};

use crate::{
    kubernetes::{
        messages::{Warnings, plural},
        thresholds::Thresholds,
        unready::{Problem, Question, Reason, State},
        workloads::{Kind, Template, Workload},
    },
    packs::backup_center::{
        catalogue,
        components::{self, HBR_CLIENT, PLATFORM},
        objects::{
            csdr::NAMESPACE,
            selections::{CsdrDaemonSet, CsdrEvent, CsdrPod},
        },
        settings::BackupCenterSettings,
    },
};

/// The logs of hbr-client, as `kubectl cluster-info dump`, support bundles and people lay them
/// down: the name of the pod is that of the file or of a folder above it.
pub struct HbrClientLog;

impl Text for HbrClientLog {
    const ID: &'static str = "hbr-client-log";
    const PATHS: &'static [&'static str] = &[
        "**/*hbr-client*.log",
        "**/*hbr-client*.txt",
        "**/*hbr-client*/**/*.log",
        "**/*hbr-client*/**/*.txt",
    ];
    const PATTERN: &'static str = "MagpieBridgeSlrNotExist|AliyunServiceRoleForHbrMagpieBridge";
}

/// How many nodes and pods a finding names: enough to begin with, and the others have the same.
const SHOWN: usize = 10;

/// hbr-client, which copies the files of volumes to Cloud Backup, does not work on a node.
///
/// Backups and restores of volumes that are mounted there fail with `ClientNotExist`; those of
/// other nodes go on.
///
/// **Fires** once, about the DaemonSet hbr-client in csdr, if one of its pods cannot start,
/// crashes, is not ready, or was OOM-killed within 24 hours; and if the DaemonSet should have pods
/// and has none. The finding is about the DaemonSet and not about the pods, because they change
/// their names and mostly have one cause; it names their nodes. While the pod of another node is
/// ready the severity is medium.
///
/// **Quiet** on pods that have ended or are being deleted, for 10 minutes on what is pending,
/// starting or not ready yet, on a DaemonSet that matches no node, and where there is no
/// hbr-client: a cluster that only backs up disks needs none. Pods with the label `app=hbr-client`
/// in other namespaces are never looked at. A pod whose status does not tell how its containers
/// ended, because it was taken out or redacted, is `no data`; so is a DaemonSet that counts ready
/// pods where none was seen.
///
/// - `hbr-api-gateway-not-authorized`: `MagpieBridgeSlrNotExist`: in its termination message, in an
///   event, or in its log if the dump has it. Remedy: authorize Cloud Backup to use API Gateway.
/// - `hbr-token-missing`: `couldn't find key HBR_TOKEN`: beside the container, or in an event.
///   Remedy: remove hbr-client from the node by its label.
/// - `oom-killed`: it was OOM-killed. Remedy: double its limit where it is set: in the DaemonSet,
///   or by the injector of a sidecar.
/// - `killed`: it is ended by SIGKILL repeatedly, and nothing says why. Remedy: its events, its
///   node.
/// - `liveness-probe-failed`, `startup-probe-failed`: the kubelet restarts it for that probe.
///   Remedy: its log, more time to start.
/// - as of `component-unhealthy`: it cannot be scheduled, started, or does not become ready.
///   Remedy: as there.
/// - `no-pods`: it should run on nodes, and has no pods. Remedy: see the DaemonSet.
///
/// Of several causes the label names the first of this list; the text has all. A log only counts
/// for a pod that does not work, because its lines may be old. A log whose path does not contain
/// the name of a pod counts for every pod that crashes.
///
/// # Settings
///
/// `componentGraceMinutes`, `crashLoopRestarts`, `crashLoopMinutes` as in `component-unhealthy`;
/// `oomWindowHours`: for how long a kill is reported.
///
/// # Metrics
///
/// None.
///
/// # Examples
///
/// ```yaml fires
/// apiVersion: v1
/// kind: Pod
/// metadata: {name: hbr-client-7xk2p, namespace: csdr, labels: {app: hbr-client}}
/// spec: {nodeName: cn-hangzhou.192.168.9.88}
/// status:
///   phase: Pending
///   containerStatuses:
///   - name: hbr-client
///     state:
///       waiting:
///         reason: CreateContainerConfigError
///         message: "couldn't find key HBR_TOKEN in Secret csdr/hbr-client"
/// ```
///
/// ```yaml quiet
/// apiVersion: v1
/// kind: Pod
/// metadata: {name: hbr-client-7xk2p, namespace: csdr, labels: {app: hbr-client}}
/// status:
///   phase: Running
///   conditions: [{type: Ready, status: "True"}]
///   containerStatuses: [{name: hbr-client, ready: true, restartCount: 0}]
/// ```
///
/// # Sources
///
/// - What backups say then, the role for API Gateway, the token and the label of the node: [Backup
///   center
///   FAQ](https://www.alibabacloud.com/help/en/ack/ack-managed-and-ack-dedicated/user-guide/faq-about-the-backup-center).
/// - The layouts of logs: kubernetes/kubectl@dee3483 `clusterinfo_dump.go`,
///   vmware-tanzu/crash-diagnostics v0.3.7, the paths of the kubelet's `/var/log/pods` and
///   `/var/log/containers`.
/// - Inferred: that a pod of hbr-client that does not work is why tasks of its node fail, because
///   the FAQ starts from the task; how long that takes, and what a kill for memory does to a copy.
#[rule(severity = high)]
pub fn hbr_client_unhealthy(
    run: &Run<'_>,
    settings: SettingsOf<BackupCenterSettings>,
    pods: Objects<'_, CsdrPod>,
    daemon_sets: Consulted<'_, CsdrDaemonSet>,
    events: Consulted<'_, CsdrEvent>,
    log: Lines<'_, HbrClientLog>,
) {
    let daemon_set = daemon_sets.iter().find(|it| it.name() == HBR_CLIENT);
    let pods_seen: Vec<_> = pods.iter().filter(components::is_hbr_client).collect();
    let warnings = LazyCell::new(|| Warnings::read(&events));
    let log = LazyCell::new(|| Log { lines: log.iter().collect(), pods: names(&pods_seen) });
    let question = Question {
        run,
        thresholds: Thresholds::from(&*settings),
        platform: &PLATFORM,
        warnings: &warnings,
        workload: Workload {
            namespace: NAMESPACE,
            kind: Kind::DaemonSet,
            name: HBR_CLIENT,
            template: Template::of(
                daemon_set.as_ref().map(|it| &it.spec.template.spec),
                daemon_sets.coverage() == Coverage::Complete,
            ),
        },
    };
    let mut outages: BTreeMap<Why, Vec<(Problem, Option<TextLine>)>> = BTreeMap::new();
    for pod in &pods_seen {
        let state = match question.ask(pod) {
            State::Fine => question.ask_for_kill(pod),
            state => state,
        };
        match state {
            State::Fine | State::Starting => {}
            State::Unknown(why) => run.undecided(&format!("{}: {why}", pod.reference())),
            State::Undecided(what) => run.age_not_known(pod.reference(), what),
            State::Unready(problem) => {
                let line = problem.reason.may_be_in_log().then(|| log.of(pod.name())).flatten();
                let why = Why::of(&problem, line.as_ref());
                outages.entry(why).or_default().push((*problem, line));
            }
        }
    }
    let desired = daemon_set.as_ref().map_or(0, |it| it.status.desired_number_scheduled);
    let living = pods_seen.iter().filter(|it| it.lives()).count();
    let ready = daemon_set.as_ref().map_or(0, |it| it.status.number_ready);
    let daemon_set = DaemonSet {
        seen: daemon_set.clone(),
        nodes: usize::try_from(desired).unwrap_or_default().max(living),
        is_served: pods_seen.iter().any(|it| it.lives() && it.status.is_ready()),
    };
    if !outages.is_empty() {
        run.report(daemon_set.outage(&outages));
    } else if desired > 0 && pods_seen.is_empty() && pods.coverage() == Coverage::Complete {
        match daemon_set.seen.as_ref().filter(|_| ready > 0) {
            Some(it) => run.untold(
                it.reference(),
                &format!("it counts {ready} {}, and none was seen", pods_ready(ready)),
            ),
            None => run.report(daemon_set.without_pods()),
        }
    }
}

fn pods_ready(number: u32) -> &'static str {
    if number == 1 { "pod that is ready" } else { "pods that are ready" }
}

fn names(pods: &[Seen<CsdrPod>]) -> Vec<String> {
    pods.iter().map(|it| it.name().to_owned()).collect()
}

/// Lines of logs, and the pods that they may be of.
struct Log {
    lines: Vec<TextLine>,
    pods: Vec<String>,
}

impl Log {
    /// The last line of a pod's own log, else of one that names no pod.
    fn of(&self, pod: &str) -> Option<TextLine> {
        let is_of = |line: &TextLine, pod: &str| line.path.contains(pod);
        let own = self.lines.iter().rfind(|it| is_of(it, pod));
        let of_nobody = |it: &&TextLine| !self.pods.iter().any(|pod| is_of(it, pod));
        own.or_else(|| self.lines.iter().rfind(of_nobody)).cloned()
    }
}

/// Why pods do not work, the most important first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Why {
    ApiGatewayNotAuthorized,
    TokenMissing,
    Unready(Reason),
}

impl Why {
    fn of(problem: &Problem, line: Option<&TextLine>) -> Self {
        let says = |part: &str| problem.cause.contains(part);
        if says("MagpieBridge") || line.is_some() {
            Self::ApiGatewayNotAuthorized
        } else if says("couldn't find key HBR_TOKEN") {
            Self::TokenMissing
        } else {
            Self::Unready(problem.reason)
        }
    }

    /// The reason of the catalogue, if it has one.
    const fn reason(self) -> &'static str {
        match self {
            Self::ApiGatewayNotAuthorized => "hbr-api-gateway-not-authorized",
            Self::TokenMissing => "hbr-token-missing",
            Self::Unready(reason) => reason.as_str(),
        }
    }

    fn cause(self, first: &Problem) -> String {
        match self {
            Self::Unready(_) => first.cause.clone(),
            known => {
                let entry = catalogue::named(known.reason()).map_or("", |it| it.cause);
                format!("{entry} {}", first.cause)
            }
        }
    }

    fn remedy(self, draft: Draft, problems: &[(Problem, Option<TextLine>)]) -> Draft {
        match self {
            Self::ApiGatewayNotAuthorized => draft
                .remedy(
                    "Authorize Cloud Backup to use API Gateway in the Cloud Backup console; then \
                     hbr-client starts by itself. This shows whether it does:",
                )
                .command("kubectl -n csdr get pod -l app=hbr-client -o wide"),
            Self::TokenMissing => {
                let nodes = nodes(problems);
                let nodes: Vec<_> = nodes.iter().map(|it| shell_word(it)).collect();
                let nodes = if nodes.is_empty() { "NODE".to_owned() } else { nodes.join(" ") };
                draft
                    .remedy(
                        "Remove hbr-client from the node; the next task installs it again, with a \
                         token. Do not copy a token from another cluster.",
                    )
                    .command(format!(
                        "kubectl label node {nodes} csdr.alibabacloud.com/agent-enable=false \
                         --overwrite"
                    ))
            }
            Self::Unready(_) => {
                problems.first().map_or(draft.clone(), |(it, _)| it.write_remedy(draft))
            }
        }
    }
}

/// The nodes of problems, sorted; a pod without one has none.
fn nodes(problems: &[(Problem, Option<TextLine>)]) -> Vec<&str> {
    let nodes = problems.iter().map(|(it, _)| it.node.as_str()).filter(|it| !it.is_empty());
    let mut nodes: Vec<_> = nodes.collect();
    nodes.sort_unstable();
    nodes
}

/// The places of problems: nodes, or pods without a node.
fn places(problems: &[(Problem, Option<TextLine>)]) -> String {
    let place = |it: &Problem| match it.node.as_str() {
        "" => format!("that pod {} is for", it.pod.name),
        node => node.to_owned(),
    };
    let mut places: Vec<_> = problems.iter().map(|(it, _)| place(it)).collect();
    places.sort_unstable();
    let more = places.len().saturating_sub(SHOWN);
    places.truncate(SHOWN);
    let nodes = plural(u32::try_from(problems.len()).unwrap_or(u32::MAX), "node");
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{nodes} {}{more}", places.join(", "))
}

/// The DaemonSet, as far as it was seen.
struct DaemonSet {
    seen: Option<Seen<CsdrDaemonSet>>,
    /// On how many nodes it is to run.
    nodes: usize,
    /// Whether it works on one.
    is_served: bool,
}

impl DaemonSet {
    fn finding(&self, summary: String) -> Draft {
        let subject = match &self.seen {
            Some(it) => it.reference().clone(),
            None => CsdrDaemonSet::named(HBR_CLIENT),
        };
        let draft = Draft::new(subject, summary).label("component", HBR_CLIENT);
        if self.is_served { draft.severity(Severity::Medium) } else { draft }
    }

    fn outage(&self, outages: &BTreeMap<Why, Vec<(Problem, Option<TextLine>)>>) -> Draft {
        let all: usize = outages.values().map(Vec::len).sum();
        let mut groups = outages.iter();
        let (why, problems) = groups.next().expect("only called where there is one");
        let (first, _) = &problems[0];
        let effect = "Cloud Backup cannot copy the volumes that are mounted there";
        let summary = if all == 1 {
            format!("{HBR_CLIENT} {} on {}: {effect}", first.what, places(problems))
        } else {
            format!("{HBR_CLIENT} does not work on {all} of {} nodes: {effect}", self.nodes)
        };
        let mut cause = why.cause(first);
        if all > 1 {
            cause = format!("On {}: {cause}", places(problems));
            for (why, problems) in groups {
                let _ = write!(cause, " On {}: {}", places(problems), why.cause(&problems[0].0));
            }
        }
        let mut draft = self.finding(summary).cause(cause);
        draft = match why {
            Why::Unready(_) => first.write_labels(draft),
            known => draft.label("reason", known.reason()),
        };
        if let ([node], 1) = (nodes(problems).as_slice(), all)
            && first.reason != Reason::NodeNotReady
        {
            draft = draft.label("node", node);
        }
        draft = outages.iter().fold(draft, |draft, (why, problems)| why.remedy(draft, problems));
        draft =
            draft.remedy("Then start the backup or restore that failed again, under a new name.");
        for (problem, line) in outages.values().flatten().take(SHOWN) {
            draft = problem.cite(draft);
            if let Some(TextLine { path, line, text }) = line {
                let at = format!("log {path}:{line}");
                draft = draft.related_to(&problem.pod, &at, text.trim());
            }
        }
        draft
    }

    fn without_pods(&self) -> Draft {
        let desired = self.nodes;
        self.finding(format!(
            "{HBR_CLIENT} should run on {desired} {} and has no pods: Cloud Backup cannot copy \
             volumes",
            if desired == 1 { "node" } else { "nodes" }
        ))
        .label("reason", "no-pods")
        .cause(
            "It has no pod, and no reason is given; usually a quota or an admission webhook \
             refuses them.",
        )
        .remedy("See what the DaemonSet says:")
        .command("kubectl -n csdr describe daemonset/hbr-client")
        .evidence("status.desiredNumberScheduled", desired)
    }
}
