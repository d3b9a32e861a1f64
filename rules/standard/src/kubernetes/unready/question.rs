//! What is asked of a pod, and which of what it tells answers.

use std::ops::Deref;

use jiff::{SignedDuration, Timestamp};
use rulebox_sdk::{Exceeds, Run, Seen, shell_word};

use crate::kubernetes::{
    crashes::{self, Crash},
    ends::{self, End, Why},
    kills::{self, Kill},
    memory,
    messages::{Message, Warnings},
    objects::core::{ContainerStatus, Pod},
    thresholds::Thresholds,
    untold,
    workloads::Workload,
};

use super::{
    missing::Missing,
    platform::Platform,
    problem::{Problem, Reason, State},
    scheduling::unschedulable,
};

/// What is asked about a pod.
pub struct Question<'a> {
    /// The evaluation.
    pub run: &'a Run<'a>,
    /// For how long a pod may start, and what counts as a crash loop.
    pub thresholds: Thresholds,
    /// The parts of remedies that depend on the platform.
    pub platform: &'a Platform,
    /// Warning events of its namespace, read when they are needed.
    pub warnings: &'a dyn Deref<Target = Warnings>,
    /// What made it.
    pub workload: Workload<'a>,
}

impl Question<'_> {
    /// Why a pod is not ready, if it is not.
    pub fn ask<L, T: Deref<Target = Pod<L>>>(&self, seen: &Seen<T>) -> State {
        let pod: &Pod<L> = seen;
        if !pod.lives() {
            return State::Fine;
        }
        if let Some(end) = ends::of_pod(seen.reference(), pod)
            && end.why != Why::NodeLost
            && !pod.status.is_ready()
        {
            return self.ended(seen, pod, &end);
        }
        if let Some((path, condition)) = pod.status.condition("PodScheduled")
            && condition.status == "False"
            && condition.reason == "Unschedulable"
        {
            let since = condition.last_transition_time.or(pod.metadata.creation_timestamp);
            let message = Message::at(seen, format!("{path}.message"), &condition.message);
            // The scheduler says that it does not fit, so it is reported even if it does not say
            // since when.
            return match self.grace(since) {
                Grace::Within => State::Starting,
                Grace::Undecided => State::Undecided("how long it has been unschedulable"),
                Grace::Past | Grace::NotTold => unready(unschedulable(seen, pod, message)),
            };
        }
        for (at, container) in pod.status.containers() {
            // A container that was added for debugging is not the component.
            if !at.starts_with("status.ephemeral")
                && let Some(waiting) = &container.state.waiting
                && let Some(problem) = self.waiting(seen, pod, &at, container, waiting)
            {
                return unready(problem);
            }
        }
        match crashes::of(self.run, &self.thresholds, pod) {
            Crash::Loop { at, container } => unready(self.crash(seen, pod, &at, container)),
            Crash::Unknown => State::Unknown(
                "it was restarted many times; how long ago is unknown, because the time of its \
                 last exit is missing"
                    .into(),
            ),
            Crash::None => match (self.readiness(seen, pod), untold::of_containers(pod)) {
                (State::Fine, Some(untold)) => State::Unknown(untold.into()),
                (state, _) => state,
            },
        }
    }

    /// A pod that something has ended from outside, and that is still there. Another mostly takes
    /// its place.
    fn ended<T, L>(&self, seen: &Seen<T>, pod: &Pod<L>, end: &End) -> State {
        match self.grace(end.time) {
            Grace::Past => {}
            Grace::Within => return State::Starting,
            Grace::Undecided => return State::Undecided("how long ago it was ended from outside"),
            Grace::NotTold => {
                return State::Unknown(
                    "it was ended from outside; how long ago is unknown, because the time of its \
                     end is missing"
                        .into(),
                );
            }
        }
        let problem = Problem::new(seen, &pod.spec.node_name, Reason::Ended(end.why), end.what());
        unready(
            problem
                .because(end.sentence())
                .steps(&end.remedy())
                .messages(end.shown.iter().cloned()),
        )
    }

    /// Whether a pod has exceeded the time that it may take to start.
    fn grace(&self, since: Option<Timestamp>) -> Grace {
        let Some(since) = since else { return Grace::NotTold };
        match self.run.age(since).exceeds(self.thresholds.starting) {
            Exceeds::Yes => Grace::Past,
            Exceeds::No => Grace::Within,
            Exceeds::Undecided => Grace::Undecided,
        }
    }

    /// Whether a container of a pod was OOM-killed within the window. The pod may work again.
    pub fn ask_for_kill<L, T: Deref<Target = Pod<L>>>(&self, seen: &Seen<T>) -> State {
        let pod: &Pod<L> = seen;
        let Some(kill) = kills::of(pod).into_iter().find(|it| it.for_memory) else {
            let untold = untold::of_ends(pod).filter(|_| pod.lives());
            return untold.map_or(State::Fine, |it| State::Unknown(it.into()));
        };
        let Some(time) = kill.time() else {
            return State::Unknown(
                "its container was OOM-killed; how long ago is unknown, because the time of the \
                 kill is missing"
                    .into(),
            );
        };
        let age = self.run.age(time);
        if !pod.lives() || age.exceeds(self.thresholds.kill_within).certainly() {
            return State::Fine;
        }
        let when = format!(" at {time}");
        let what = if kill.is_ephemeral {
            format!("had container {}, added for debugging, OOM-killed{when}", kill.container.name)
        } else {
            format!("was OOM-killed{when}")
        };
        let problem = self.killed(seen, pod, &kill, what);
        unready(
            problem
                .label("container", &kill.container.name)
                .seen(format!("{}.{}", kill.at, kill.path), kills::words(kill.end)),
        )
    }

    pub(super) fn killed<T, L>(
        &self,
        seen: &Seen<T>,
        pod: &Pod<L>,
        kill: &Kill<'_>,
        what: String,
    ) -> Problem {
        let name = &kill.container.name;
        let node = &pod.spec.node_name;
        if !kill.for_memory {
            let describe = match node.as_str() {
                "" => "kubectl get node".to_owned(),
                node => format!("kubectl describe node {}", shell_word(node)),
            };
            return Problem::new(seen, node, Reason::Killed, what)
                .because(format!("Container {name} {}", memory::WHY_SIGKILL))
                .say(memory::FIND_KILLER)
                .command(format!(
                    "kubectl -n {} describe pod {}",
                    shell_word(seen.namespace()),
                    shell_word(seen.name())
                ))
                .command(describe);
        }
        let limit = pod.spec.container(name).and_then(|(_, it)| memory::limit(it));
        let problem =
            Problem::new(seen, node, Reason::OomKilled, what).because(memory::why_killed(limit));
        let whose = format!("container {name}");
        match memory::raise(&self.workload, &pod.spec, name, &whose, "") {
            Some(remedy) => problem.steps(&remedy),
            None => problem.say(memory::FIND_NODE).command(memory::FIND_NODE_COMMAND),
        }
    }

    /// A pod that has a node and no failing container.
    fn readiness<T, L>(&self, seen: &Seen<T>, pod: &Pod<L>) -> State {
        if pod.status.is_ready() {
            return State::Fine;
        }
        match pod.status.phase.as_str() {
            "Pending" => self.pending(seen, pod),
            "Running" => self.running(seen, pod),
            "Unknown" => unready(node_not_ready(seen, pod).seen("status.phase", "Unknown")),
            _ => State::Unknown("its status.phase is not a known one".into()),
        }
    }

    fn pending<T, L>(&self, seen: &Seen<T>, pod: &Pod<L>) -> State {
        let scheduled = pod.status.condition("PodScheduled").filter(|(_, it)| it.status == "True");
        let scheduled = scheduled.and_then(|(_, it)| it.last_transition_time);
        let since = scheduled.or(pod.metadata.creation_timestamp);
        let is_past_grace = match self.grace(since) {
            Grace::Within => return State::Starting,
            Grace::Undecided => return State::Undecided("how long it has been Pending"),
            Grace::Past => true,
            // What an event says counts all the same.
            Grace::NotTold => false,
        };
        let event = |parts: &[&str]| {
            let says = |text: &str| parts.iter().any(|it| text.contains(it));
            self.warnings.newest_where(seen.reference(), says)
        };
        let node = &pod.spec.node_name;
        let volume = event(&[
            "MountVolume.",
            "AttachVolume.",
            "MapVolume.",
            "Unable to attach or mount volumes",
        ]);
        let what = "does not start";
        if let Some(message) = volume {
            let problem = Problem::new(seen, node, Reason::VolumeNotMounted, what)
                .because(format!("One of its volumes cannot be mounted: {}", message.text));
            let problem = match Missing::find(&message.text) {
                Some(missing) => missing.write(problem, seen.namespace(), self.platform),
                None => problem.describe(),
            };
            return unready(problem.messages([message]));
        }
        if let Some(message) = event(&["Failed to create pod sandbox", "Failed to create sandbox"])
        {
            return unready(self.no_sandbox(seen, node, message));
        }
        let hangs = |it: &&ContainerStatus| {
            it.state.waiting.is_none() && it.state.terminated.is_none() && !it.ready
        };
        if let (true, Some(container)) =
            (is_past_grace, pod.status.init_container_statuses.iter().find(hangs))
        {
            let name = &container.name;
            let problem = Problem::new(seen, node, Reason::NotStarted, what)
                .because(format!("Its init container {name} runs and does not finish."))
                .label("container", name)
                .seen("status.phase", "Pending")
                .say("Its log shows what it waits for:")
                .command(format!(
                    "kubectl -n {} logs {} -c {} --tail=50",
                    shell_word(seen.namespace()),
                    shell_word(seen.name()),
                    shell_word(name)
                ));
            return unready(problem);
        }
        if !is_past_grace {
            return State::Unknown(
                "it is Pending; for how long is unknown, because it has no \
                 metadata.creationTimestamp"
                    .into(),
            );
        }
        unready(
            Problem::new(seen, node, Reason::NotStarted, what)
                .because(
                    "It has had time enough to start, and no event says why it has not (they are \
                     kept for about an hour).",
                )
                .seen("status.phase", "Pending")
                .describe(),
        )
    }

    /// A pod for which its node cannot make the sandbox that its containers share.
    fn no_sandbox<T>(&self, seen: &Seen<T>, node: &str, message: Message) -> Problem {
        const NETWORK: [&str; 6] =
            ["cni", "network", "ip address", "ipam", "vswitch", "available ip"];
        let what = "does not start";
        let text = message.text.to_lowercase();
        if text.contains("sandbox image") || text.contains("pull image") {
            return Problem::new(seen, node, Reason::SandboxNotCreated, what)
                .because(format!(
                    "Its node cannot get the image that every pod needs: {}",
                    message.text
                ))
                .say(format!(
                    "See whether the registry can be reached from node {node}: {}.",
                    self.platform.registry
                ))
                .messages([message])
                .describe();
        }
        if !NETWORK.iter().any(|it| text.contains(it)) {
            return Problem::new(seen, node, Reason::SandboxNotCreated, what)
                .because(format!("Its node cannot set it up: {}", message.text))
                .messages([message])
                .say("See what is wrong with the node:")
                .command(format!("kubectl describe node {}", shell_word(node)));
        }
        Problem::new(seen, node, Reason::NoNetwork, what)
            .because(format!("Its node cannot give it a network: {}", message.text))
            .say(format!(
                "See whether the network plug-in runs on its node, and whether {} has IP \
                 addresses left:",
                self.platform.addresses
            ))
            .command(format!(
                "kubectl -n kube-system get pod -o wide --field-selector spec.nodeName={}",
                shell_word(node)
            ))
            .messages([message])
    }

    /// Of containers that are not ready: the one that was OOM-killed when or since the pod has not
    /// been ready any more.
    fn kill_of_unready<'p, L>(
        &self,
        pod: &'p Pod<L>,
        since: Option<Timestamp>,
        unready: &[&ContainerStatus],
    ) -> Option<Kill<'p>> {
        const BEFORE: SignedDuration = SignedDuration::from_mins(1);
        kills::of(pod).into_iter().find(|kill| {
            let window = self.thresholds.kill_within;
            let may_be_new = |it| !self.run.age(it).exceeds(window).certainly();
            let is_new = kill.time().is_some_and(may_be_new);
            let follows =
                |killed: Timestamp| since.is_none_or(|it| it.duration_since(killed) <= BEFORE);
            kill.for_memory
                && is_new
                && kill.time().is_some_and(follows)
                && unready.iter().any(|it| it.name == kill.container.name)
        })
    }

    fn running<T, L>(&self, seen: &Seen<T>, pod: &Pod<L>) -> State {
        let Some((path, condition)) = pod.status.condition("Ready") else {
            return State::Unknown("it has no condition Ready".into());
        };
        match self.grace(condition.last_transition_time) {
            Grace::Past => {}
            Grace::Within => return State::Starting,
            Grace::Undecided => return State::Undecided("how long it has not been ready"),
            Grace::NotTold => {
                return State::Unknown(
                    "it is not ready; for how long is unknown, because the time of the condition \
                     is missing"
                        .into(),
                );
            }
        }
        let node = &pod.spec.node_name;
        let what = "runs and is not ready";
        if condition.reason == "ReadinessGatesNotReady" {
            let message = Message::at(seen, format!("{path}.message"), &condition.message);
            let cause = format!(
                "Its containers are ready, and a readiness gate of it is not: {}",
                condition.message
            );
            let problem = Problem::new(seen, node, Reason::NotReady, what).because(cause);
            return unready(problem.messages(message).describe());
        }
        // A sidecar that was started before the others must be ready too.
        let is_sidecar = |it: &&ContainerStatus| {
            pod.spec.container(&it.name).is_some_and(|(_, it)| it.restart_policy == "Always")
        };
        let sidecars = pod.status.init_container_statuses.iter().filter(is_sidecar);
        let containers: Vec<_> = pod.status.container_statuses.iter().chain(sidecars).collect();
        if !containers.is_empty() && containers.iter().all(|it| it.ready) {
            return unready(
                node_not_ready(seen, pod).seen(format!("{path}.status"), &condition.status),
            );
        }
        let not_ready: Vec<_> = containers.into_iter().filter(|it| !it.ready).collect();
        if let Some(kill) = self.kill_of_unready(pod, condition.last_transition_time, &not_ready) {
            let problem =
                self.killed(seen, pod, &kill, "was OOM-killed and is not ready".to_owned());
            return unready(
                problem
                    .label("container", &kill.container.name)
                    .seen(format!("{}.{}", kill.at, kill.path), kills::words(kill.end)),
            );
        }
        let is_probe =
            |text: &str| text.contains(" probe failed") || text.contains(" probe errored");
        let message = self.warnings.newest_where(seen.reference(), is_probe);
        let unready_containers: Vec<_> = not_ready.iter().map(|it| it.name.as_str()).collect();
        let which = unready_containers.join(", ");
        let ended = not_ready.iter().find_map(|it| Some((it, it.state.terminated.as_ref()?)));
        let problem = match (&message, ended) {
            (_, Some((container, end))) => Problem::new(seen, node, Reason::NotReady, what)
                .because(format!(
                    "Container {} has ended and was not started again: {}",
                    container.name,
                    kills::words(end)
                )),
            (Some(message), None) => Problem::new(seen, node, Reason::ProbeFailed, what)
                .because(format!("A probe of container {which} fails: {}", message.text)),
            (None, None) => Problem::new(seen, node, Reason::NotReady, what).because(format!(
                "Container {which} runs, and its readiness probe does not succeed; no event says \
                 why (they are kept for about an hour)."
            )),
        };
        let since = condition.last_transition_time.map(|it| format!(", since {it}"));
        let mut problem = problem
            .messages(message)
            .seen(
                format!("{path}.status"),
                format!("{}{}", condition.status, since.unwrap_or_default()),
            )
            .describe();
        if let [container] = unready_containers.as_slice() {
            problem =
                problem.label("container", *container).say("See its log too:").command(format!(
                    "kubectl -n {} logs {} -c {} --tail=50",
                    shell_word(seen.namespace()),
                    shell_word(seen.name()),
                    shell_word(container)
                ));
        }
        unready(problem)
    }
}

fn unready(problem: Problem) -> State {
    State::Unready(Box::new(problem))
}

/// Whether a pod has had the time that it may take to start.
enum Grace {
    Within,
    Past,
    /// It depends on when the input was taken.
    Undecided,
    /// The pod does not tell since when.
    NotTold,
}

/// A pod whose containers are ready, as far as their kubelet said before it fell silent.
fn node_not_ready<T, L>(seen: &Seen<T>, pod: &Pod<L>) -> Problem {
    let node = &pod.spec.node_name;
    Problem::new(seen, node, Reason::NodeNotReady, "is not ready because its node is not")
        .because(format!(
            "Its containers were ready when node {node} last reported; the node has stopped \
             reporting."
        ))
        .label("node", node)
        .say("See what is wrong with the node:")
        .command(format!("kubectl describe node {}", shell_word(node)))
}
