//! Memory limits of containers: what it means that one was reached, and how to raise it where it is
//! set.

use rulebox_sdk::{Quantity, Remedy, shell_word};
use serde_json::json;

use crate::kubernetes::{
    objects::core::{Container, PodSpec},
    workloads::{Injector, Origin, Workload},
};

/// The memory limit of a container, where it has one.
pub fn limit(container: &Container) -> Option<&Quantity> {
    let limit = &container.resources.limits.memory;
    limit.value().filter(|it| *it > 0.0).map(|_| limit)
}

/// Why a container is OOM-killed.
pub fn why_killed(limit: Option<&Quantity>) -> String {
    match limit {
        Some(limit) => {
            format!("It is killed when it reaches its memory limit of {}.", limit.as_str())
        }
        None => "It is OOM-killed and has no limit: its node is short of memory.".to_owned(),
    }
}

/// What is known of a container that SIGKILL has ended, where nothing says whose. The kubelet and
/// the container runtime write `OOMKilled` where it was memory.
pub const WHY_SIGKILL: &str = "was ended by SIGKILL (exit code 137), and neither its status nor an \
                               event says why. Nothing shows that it was memory: then the status \
                               says OOMKilled.";

/// What to do about it: the sentence before the commands that show its pod and its node.
pub const FIND_KILLER: &str = "See whether a probe failed, or what its node says of that time (out \
                               of memory, shut down, restarted):";

/// What to do if a container has no limit: the sentence before [`FIND_NODE_COMMAND`].
pub const FIND_NODE: &str = "See which nodes have memory left:";
/// Shows it.
pub const FIND_NODE_COMMAND: &str = "kubectl top node";

/// A memory limit that should be doubled.
#[derive(Debug, Clone, Copy)]
pub struct Doubling<'a> {
    /// Where the workload is.
    pub namespace: &'a str,
    /// As kubectl takes it: `deploy/velero`.
    pub workload: &'a str,
    /// The container.
    pub container: &'a str,
    /// Its limit now.
    pub limit: &'a Quantity,
}

impl Doubling<'_> {
    /// A sentence without its end, because more may follow:
    /// `Double the memory limit of velero, from 2Gi to 4Gi`.
    pub fn sentence(&self, whose: &str) -> String {
        let (limit, double) = (self.limit.as_str(), doubled(self.limit));
        format!("Double the memory limit of {whose}, from {limit} to {double}")
    }

    /// The command that does so.
    pub fn command(&self) -> String {
        let Self { namespace, workload, container, limit } = self;
        let (namespace, container) = (shell_word(namespace), shell_word(container));
        let double = doubled(limit);
        format!(
            "kubectl -n {namespace} set resources {workload} -c {container} \
             --limits=memory={double}"
        )
    }

    /// The command that does so where the container is an init container: `kubectl set resources`
    /// is only sure to find containers that stay.
    pub fn init_command(&self) -> String {
        let resources = json!({"limits": {"memory": doubled(self.limit)}});
        let containers = json!([{"name": self.container, "resources": resources}]);
        let patch = json!({"spec": {"template": {"spec": {"initContainers": containers}}}});
        format!(
            "kubectl -n {} patch {} -p {}",
            shell_word(self.namespace),
            self.workload,
            shell_word(&patch.to_string())
        )
    }
}

/// How to double the memory limit of a container where it is set: in the workload, or where an
/// injector takes it from. None if it has no limit.
///
/// A note is a sentence that follows: what else happens then.
pub fn raise(
    workload: &Workload<'_>,
    pod: &PodSpec,
    container: &str,
    whose: &str,
    note: &str,
) -> Option<Remedy> {
    let (path, spec) = pod.container(container)?;
    let limit = limit(spec)?;
    let word = workload.word();
    let doubling = Doubling { namespace: workload.namespace, workload: &word, container, limit };
    let sentence = doubling.sentence(whose);
    let with_note = |note: &str| match note.trim() {
        "" => format!("{sentence}:"),
        note => format!("{sentence}. {note}"),
    };
    let is_init = path.starts_with("spec.initContainers");
    let command = if is_init { doubling.init_command() } else { doubling.command() };
    let remedy = Remedy::default();
    if let Some(raised) = workload.limit(container).filter(|it| it.value() > limit.value()) {
        return Some(
            remedy
                .say(format!(
                    "{workload} gives {container} {} by now, and this pod still has {}: see that \
                     its new pods start.",
                    raised.as_str(),
                    limit.as_str()
                ))
                .command(format!(
                    "kubectl -n {} rollout status {}",
                    shell_word(workload.namespace),
                    word.replacen(' ', "/", 1)
                )),
        );
    }
    if path.starts_with("spec.ephemeralContainers") {
        return Some(remedy.say(format!(
            "{container} was added for debugging, and {workload} does not have it: nothing has to \
             be changed there."
        )));
    }
    Some(match workload.origin(container) {
        Origin::Container | Origin::InitContainer => remedy.say(with_note(note)).command(command),
        Origin::NotChecked => remedy
            .say(with_note(&format!("{note} {}", workload.not_checked(container))))
            .command(command),
        Origin::NoWorkload => {
            remedy.say(format!("{sentence}, in whatever made the pod: {workload} does not exist."))
        }
        Origin::Injected => injected(workload, spec, &doubling, note),
    })
}

/// How to double the limit of a container that another than the workload put into the pod.
fn injected(
    workload: &Workload<'_>,
    spec: &Container,
    doubling: &Doubling<'_>,
    note: &str,
) -> Remedy {
    let Doubling { container, limit, .. } = doubling;
    let double = doubled(limit);
    let remedy = Remedy::default();
    match Injector::of(container) {
        Some(injector) => remedy
            .say(format!(
                "{container} is a sidecar of {}, and no container of {workload}; its limit is an \
                 annotation of the pod template there. Double it, from {} to {double}. {note}",
                injector.name,
                limit.as_str()
            ))
            .command(injector.limit_command(workload, spec, &double)),
        None => remedy
            .say(format!(
                "{container} is no container of {workload}; most likely an admission webhook puts \
                 it into the pods. Double its limit where that webhook is configured, from {} to \
                 {double}. These are the webhooks:",
                limit.as_str()
            ))
            .command("kubectl get mutatingwebhookconfiguration"),
    }
}

/// Twice a limit, in whole Gi or Mi.
pub fn doubled(limit: &Quantity) -> String {
    const MI: f64 = 1024.0 * 1024.0;
    const GI: f64 = 1024.0 * MI;
    let double = 2.0 * limit.value().unwrap_or_default();
    if double % GI == 0.0 {
        format!("{}Gi", double / GI)
    } else {
        format!("{}Mi", (double / MI).ceil())
    }
}

#[cfg(test)]
mod tests {
    use rulebox_sdk::{Draft, ObjectRef};

    use super::*;
    use crate::kubernetes::objects::apps::Deployment;

    const POD: &str = r#"{
        "containers": [
            {"name": "web", "resources": {"limits": {"memory": "1Gi"}}},
            {"name": "istio-proxy", "resources": {"limits": {"memory": "64Mi"}}},
            {"name": "agent", "resources": {"limits": {"memory": "64Mi"}}},
            {"name": "free"}],
        "initContainers": [{"name": "copy", "resources": {"limits": {"memory": "32Mi"}}}],
        "ephemeralContainers": [{"name": "look", "resources": {"limits": {"memory": "32Mi"}}}]}"#;

    const WEB: &str = r#"{"spec": {"template": {"spec": {
        "containers": [{"name": "web"}], "initContainers": [{"name": "copy"}]}}}}"#;

    /// What a remedy says, and what it does not.
    #[track_caller]
    fn check_raise(deployment: Option<&str>, all: bool, container: &str, says: &str, not: &str) {
        let deployment: Option<Deployment> =
            deployment.map(|it| serde_json::from_str(it).expect("a Deployment"));
        let pod: PodSpec = serde_json::from_str(POD).expect("a pod");
        let workload = Workload::deployment("apps", "web", deployment.as_ref(), all);
        let remedy = raise(&workload, &pod, container, container, "").expect("it has a limit");
        let subject = ObjectRef {
            api_version: String::new(),
            kind: String::new(),
            namespace: String::new(),
            name: String::new(),
            uid: String::new(),
        };
        let text = format!("{:?}", Draft::new(subject, "").steps(&remedy));
        assert!(text.contains(says), "{container}: {text}");
        assert!(!text.contains(not), "{container}: {text}");
    }

    #[test]
    fn a_limit_is_raised_where_it_is_set() {
        let set = "set resources";
        check_raise(Some(WEB), true, "web", "set resources deploy web -c web", "not in the input");
        check_raise(Some(WEB), true, "copy", "initContainers", set);
        check_raise(Some(WEB), true, "istio-proxy", "sidecar.istio.io/proxyMemoryLimit", set);
        check_raise(Some(WEB), true, "agent", "mutatingwebhookconfiguration", set);
        check_raise(Some(WEB), true, "look", "added for debugging", set);
    }

    #[test]
    fn a_limit_that_was_raised_is_not_raised_again() {
        let template = |limit: &str| {
            format!(
                r#"{{"spec": {{"template": {{"spec": {{"containers": [{{"name": "web",
                    "resources": {{"limits": {{"memory": "{limit}"}}}}}}]}}}}}}}}"#
            )
        };
        let set = "set resources";
        check_raise(Some(&template("4Gi")), true, "web", "rollout status deploy/web", set);
        check_raise(Some(&template("1Gi")), true, "web", set, "rollout status");
        check_raise(Some(&template("512Mi")), true, "web", set, "rollout status");
    }

    #[test]
    fn what_could_not_be_checked_is_said() {
        check_raise(None, false, "web", "Deployment web is not in the input", "does not exist");
        check_raise(None, false, "copy", "Deployment web is not in the input", "set resources");
        check_raise(None, true, "web", "Deployment web does not exist", "set resources");
        check_raise(None, false, "istio-proxy", "proxyMemoryLimit", "set resources");
    }

    #[test]
    fn without_a_limit_there_is_nothing_to_raise() {
        let pod: PodSpec = serde_json::from_str(POD).expect("a pod");
        let workload = Workload::deployment("apps", "web", None, false);
        assert!(raise(&workload, &pod, "free", "free", "").is_none());
        assert!(raise(&workload, &pod, "unknown", "unknown", "").is_none());
    }

    #[track_caller]
    fn check(limit: &str, want: &str) {
        let limit = serde_json::from_value(limit.into()).expect("a quantity");
        assert_eq!(doubled(&limit), want);
    }

    #[test]
    fn limits_double() {
        check("2Gi", "4Gi");
        check("512Mi", "1Gi");
        check("64Mi", "128Mi");
        check("1500M", "2862Mi");
    }
}
