//! Why a container of a pod waits: it ends again and again, its image cannot be pulled, or it
//! cannot be created.

use rulebox_sdk::{Remedy, Seen, shell_word};

use super::{
    missing::Missing,
    problem::{Problem, Reason},
    question::Question,
};
use crate::kubernetes::{
    crashes,
    ends::{self, Probe, Why},
    kills::{self, Kill},
    messages::Message,
    objects::core::{ContainerStatus, Pod, Waiting},
    workloads::{Injector, Origin},
};

impl Question<'_> {
    /// A container that waits for something that will not come.
    pub(super) fn waiting<T, L>(
        &self,
        seen: &Seen<T>,
        pod: &Pod<L>,
        at: &str,
        container: &ContainerStatus,
        waiting: &Waiting,
    ) -> Option<Problem> {
        let own = Message::at(seen, format!("{at}.state.waiting.message"), &waiting.message);
        let problem = match waiting.reason.as_str() {
            "ImagePullBackOff"
            | "ErrImagePull"
            | "InvalidImageName"
            | "ImageInspectError"
            | "ErrImageNeverPull"
            | "RegistryUnavailable" => {
                let is_pull = |text: &str| text.starts_with("Failed to pull image");
                let event = self.warnings.newest_where(seen.reference(), is_pull);
                self.image(seen, pod, container, waiting, own, event)
            }
            "CreateContainerConfigError" | "CreateContainerError" | "RunContainerError" => {
                let is_error = |text: &str| text.starts_with("Error:");
                let message =
                    own.or_else(|| self.warnings.newest_where(seen.reference(), is_error));
                self.not_created(seen, pod, container, message)
            }
            _ => return None,
        };
        Some(
            problem
                .label("container", &container.name)
                .seen(format!("{at}.state.waiting.reason"), &waiting.reason),
        )
    }

    /// A container that ends again and again.
    pub(super) fn crash<T, L>(
        &self,
        seen: &Seen<T>,
        pod: &Pod<L>,
        at: &str,
        container: &ContainerStatus,
    ) -> Problem {
        let name = &container.name;
        let (namespace, word) = (shell_word(seen.namespace()), shell_word(name));
        let what = if container.is_backing_off() {
            format!("is in CrashLoopBackOff after {} restarts", container.restarts())
        } else {
            format!("was restarted {} times", container.restarts())
        };
        let node = &pod.spec.node_name;
        let end = container.last_end().map(|(_, it)| it);
        let is_last = |it: &Kill<'_>| end.is_some_and(|end| std::ptr::eq(it.end, end));
        let kill = kills::of(pod).into_iter().find(|it| it.container.name == *name && is_last(it));
        let probe = ends::probe(seen.reference(), pod, name, end, self.warnings);
        let mut problem = match (kill, probe) {
            (Some(kill), _) if kill.for_memory => self.killed(seen, pod, &kill, what),
            (_, Some((probe, messages))) => self.probed(seen, pod, name, probe, messages, what),
            (Some(kill), None) => self.killed(seen, pod, &kill, what),
            (None, None) => {
                let message = crashes::message(seen, at, container, self.warnings);
                let cause = match &message {
                    Some(Message { text, events: None, .. }) => {
                        format!("Container {name} says: {text}")
                    }
                    Some(Message { text, .. }) => {
                        format!("An event about container {name} or its pod says: {text}")
                    }
                    None => format!("Container {name} {}", crashes::silent(end, node)),
                };
                let is_unseen = message.is_none() && end.is_some_and(ends::is_unseen);
                let reason =
                    if is_unseen { Reason::Ended(Why::NodeRestarted) } else { Reason::CrashLoop };
                Problem::new(seen, node, reason, what).because(cause).messages(message)
            }
        };
        problem.is_loop = true;
        problem = problem
            .label("container", name)
            .seen(format!("{at}.restartCount"), container.restarts())
            .first(Remedy::default().say("See the log of its last run:").command(format!(
                "kubectl -n {namespace} logs {} -c {word} --previous",
                shell_word(seen.name())
            )));
        match container.last_end() {
            Some((path, end)) => problem.seen(format!("{at}.{path}"), kills::words(end)),
            None => problem,
        }
    }

    /// A container that the kubelet restarts because a probe fails.
    pub(super) fn probed<T, L>(
        &self,
        seen: &Seen<T>,
        pod: &Pod<L>,
        container: &str,
        probe: Probe,
        messages: Vec<Message>,
        what: String,
    ) -> Problem {
        let kind = probe.as_str();
        let said = messages.iter().find_map(|it| failure(&it.text)).map(|it| format!(": {it}"));
        let cause = format!(
            "The kubelet restarts container {container} because its {kind} probe fails{}",
            said.unwrap_or_default()
        );
        let longer = match probe {
            Probe::Liveness => "a startupProbe, or its livenessProbe a higher failureThreshold",
            Probe::Startup => "a startupProbe with a higher failureThreshold",
        };
        let place = match self.workload.origin(container) {
            Origin::Container | Origin::InitContainer => format!(", in {}", self.workload),
            Origin::Injected => {
                let who = Injector::of(container).map_or("whoever injects it", |it| it.name);
                format!(
                    ". It is no container of {}: its probe is configured with {who}",
                    self.workload
                )
            }
            Origin::NotChecked => {
                format!(", in {}, which is not in the input", self.workload)
            }
            Origin::NoWorkload => ", in whatever made the pod".to_owned(),
        };
        let is_init =
            pod.spec.container(container).is_some_and(|(at, _)| at.starts_with("spec.init"));
        let list = if is_init { "initContainers" } else { "containers" };
        let path = format!("{{.spec.{list}[?(@.name==\"{container}\")].{kind}Probe}}");
        Problem::new(seen, &pod.spec.node_name, Reason::ProbeKilled(probe), what)
            .because(cause)
            .messages(messages)
            .say(format!(
                "If its log shows that it was still starting or only slow, give it \
                 {longer}{place}. This shows the probe:"
            ))
            .command(format!(
                "kubectl -n {} get pod {} -o jsonpath={}",
                shell_word(seen.namespace()),
                shell_word(seen.name()),
                shell_word(&path)
            ))
    }

    /// An image that cannot be pulled. A new kubelet gives the reason in the container's status, an
    /// old one only in an event.
    pub(super) fn image<T, L>(
        &self,
        seen: &Seen<T>,
        pod: &Pod<L>,
        container: &ContainerStatus,
        waiting: &Waiting,
        own: Option<Message>,
        event: Option<Message>,
    ) -> Problem {
        const DENIED: [&str; 5] =
            ["denied", "forbidden", "unauthorized", "authentication required", "no basic auth"];
        const UNREACHABLE: [&str; 8] = [
            "timeout",
            "timed out",
            "no such host",
            "connection refused",
            "network is unreachable",
            "no route to host",
            "dial tcp",
            "deadline exceeded",
        ];
        const NOT_FOUND: [&str; 3] = ["not found", "manifest unknown", "does not exist"];
        let image = pod.spec.container(&container.name).map_or("", |(_, it)| &it.image);
        let classify = |message: &Message| {
            // The name of an image may hold any word and number.
            let text = message.text.replace(image, "").to_lowercase();
            let has = |parts: &[&str]| parts.iter().any(|it| text.contains(it));
            if has(&DENIED) {
                Some(Reason::ImagePullDenied)
            } else if has(&UNREACHABLE) {
                Some(Reason::RegistryUnreachable)
            } else if has(&NOT_FOUND) {
                Some(Reason::ImageNotFound)
            } else {
                None
            }
        };
        let known = own.iter().chain(&event).find_map(|it| Some((classify(it)?, it.clone())));
        let (reason, message) = match known {
            Some((reason, message)) => (reason, Some(message)),
            None => (Reason::ImagePullFailed, event.or(own)),
        };
        let said = message.as_ref().map_or(&waiting.reason, |it| &it.text);
        let problem = Problem::new(seen, &pod.spec.node_name, reason, "cannot pull its image")
            .because(format!(
                "The image {image} of container {} cannot be pulled: {said}",
                container.name
            ));
        let problem = match reason {
            Reason::ImageNotFound => problem.say(format!(
                "The registry does not have it. Unless the image was changed by hand, install the \
                 component again from {}.",
                self.platform.installer
            )),
            Reason::ImagePullDenied => problem
                .say(
                    "The registry refuses the cluster: check the image pull Secret, and that its \
                     account may read the repository. The Secret that the pod uses:",
                )
                .command(format!(
                    "kubectl -n {} get pod {} -o jsonpath='{{.spec.imagePullSecrets}}'",
                    shell_word(seen.namespace()),
                    shell_word(seen.name())
                )),
            Reason::RegistryUnreachable => problem.say(format!(
                "The registry cannot be reached from node {}: {}.",
                pod.spec.node_name, self.platform.registry
            )),
            _ => problem,
        };
        problem.messages(message).describe()
    }

    /// A container that cannot be created, mostly because something it refers to does not exist.
    pub(super) fn not_created<T, L>(
        &self,
        seen: &Seen<T>,
        pod: &Pod<L>,
        container: &ContainerStatus,
        message: Option<Message>,
    ) -> Problem {
        let text = message.as_ref().map_or("", |it| &it.text);
        let node = &pod.spec.node_name;
        let name = &container.name;
        let problem = match Missing::find(text) {
            Some(missing) => missing.write(
                Problem::new(seen, node, Reason::ConfigMissing, "cannot start").because(format!(
                    "Container {name} needs {}, which does not exist: {text}",
                    missing.words()
                )),
                seen.namespace(),
                self.platform,
            ),
            None if text.is_empty() => {
                Problem::new(seen, node, Reason::ContainerNotCreated, "cannot start")
                    .because(format!("Container {name} cannot be created, and no reason is given."))
                    .describe()
            }
            None => Problem::new(seen, node, Reason::ContainerNotCreated, "cannot start")
                .because(format!("Container {name} cannot be created: {text}"))
                .describe(),
        };
        problem.messages(message)
    }
}

/// What a failed probe says, without the words that it has failed.
fn failure(text: &str) -> Option<&str> {
    let (kind, rest) = text.split_once(" probe ")?;
    let (_, said) = rest.split_once(": ")?;
    ["Liveness", "Startup"].contains(&kind).then_some(said.trim())
}
