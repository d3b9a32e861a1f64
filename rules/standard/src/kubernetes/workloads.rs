//! The workload that made a pod: whether it is in the input, which containers are its own, and
//! which were put into its pods by somebody else.
//!
//! A pod has more containers than the workload that made it where an admission webhook injects
//! sidecars. A command that changes such a container in the workload ends in an error.

use std::fmt;

use rulebox_sdk::{Quantity, shell_word};
use serde_json::{Map, Value, json};

use crate::kubernetes::objects::{
    apps::{Deployment, PodTemplateSpec},
    core::Container,
};

/// A workload, as far as it was seen.
#[derive(Debug, Clone, Copy)]
pub struct Workload<'a> {
    /// Where it is.
    pub namespace: &'a str,
    /// What it is.
    pub kind: Kind,
    /// Its name.
    pub name: &'a str,
    /// What its pods are made of.
    pub template: Template<'a>,
}

/// What a workload is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Some pods, anywhere.
    Deployment,
    /// One pod a node.
    DaemonSet,
}

/// What the pods of a workload are made of.
#[derive(Debug, Clone, Copy)]
pub enum Template<'a> {
    /// It is in the input.
    Seen(&'a PodTemplateSpec),
    /// The workload is not in the input, and may exist.
    NotSeen,
    /// The input holds every workload of the kind, and not this one.
    NoWorkload,
}

/// Where a container of a pod comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The workload has it.
    Container,
    /// The workload has it, to run before the others.
    InitContainer,
    /// Another put it into the pod.
    Injected,
    /// The workload is not in the input.
    NotChecked,
    /// The workload does not exist.
    NoWorkload,
}

impl<'a> Workload<'a> {
    /// A Deployment, where it was seen; else whether all were.
    pub fn deployment(
        namespace: &'a str,
        name: &'a str,
        seen: Option<&'a Deployment>,
        all: bool,
    ) -> Self {
        let template = Template::of(seen.map(|it| &it.spec.template.spec), all);
        Self { namespace, kind: Kind::Deployment, name, template }
    }

    /// Where a container of one of its pods comes from.
    pub fn origin(&self, container: &str) -> Origin {
        let is_injector = Injector::of(container).is_some();
        match self.template {
            Template::NoWorkload => Origin::NoWorkload,
            Template::NotSeen if is_injector => Origin::Injected,
            Template::NotSeen => Origin::NotChecked,
            Template::Seen(it) if it.containers.iter().any(|it| it.name == container) => {
                Origin::Container
            }
            Template::Seen(it) if it.init_containers.iter().any(|it| it.name == container) => {
                Origin::InitContainer
            }
            // Not the whole of it: no workload is without containers.
            Template::Seen(it) if it.containers.is_empty() && !is_injector => Origin::NotChecked,
            Template::Seen(_) => Origin::Injected,
        }
    }

    /// The memory limit that it sets for a container.
    pub fn limit(&self, container: &str) -> Option<&'a Quantity> {
        let Template::Seen(it) = self.template else { return None };
        let mut containers = it.containers.iter().chain(&it.init_containers);
        let limit = &containers.find(|it| it.name == container)?.resources.limits.memory;
        limit.value().map(|_| limit)
    }

    /// As kubectl takes it: `deploy velero`.
    pub fn word(&self) -> String {
        let kind = match self.kind {
            Kind::Deployment => "deploy",
            Kind::DaemonSet => "daemonset",
        };
        format!("{kind} {}", shell_word(self.name))
    }

    /// The sentence before a command that changes it, where it could not be looked at.
    pub fn not_checked(&self, container: &str) -> String {
        format!(
            "{self} is not in the input, so that it could not be checked whether it has a \
             container {container}."
        )
    }
}

impl fmt::Display for Workload<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            Kind::Deployment => "Deployment",
            Kind::DaemonSet => "DaemonSet",
        };
        write!(f, "{kind} {}", self.name)
    }
}

impl<'a> Template<'a> {
    /// The template, where it was seen; else whether all workloads were.
    pub fn of(seen: Option<&'a PodTemplateSpec>, all: bool) -> Self {
        match seen {
            Some(it) => Self::Seen(it),
            None if all => Self::NoWorkload,
            None => Self::NotSeen,
        }
    }
}

/// Whoever injects a sidecar that is known by the name of its container, and the annotations of
/// pods that set what the sidecar may use.
#[derive(Debug)]
pub struct Injector {
    container: &'static str,
    /// Its name.
    pub name: &'static str,
    memory_limit: &'static str,
    /// What goes back to nothing where only the limit of memory is set: the memory and the CPU that
    /// it is promised, and the CPU that it is held to.
    others: Option<[&'static str; 3]>,
}

static INJECTORS: [Injector; 4] = [
    Injector {
        container: "istio-proxy",
        name: "Istio",
        memory_limit: "sidecar.istio.io/proxyMemoryLimit",
        others: Some([
            "sidecar.istio.io/proxyMemory",
            "sidecar.istio.io/proxyCPU",
            "sidecar.istio.io/proxyCPULimit",
        ]),
    },
    Injector {
        container: "linkerd-proxy",
        name: "Linkerd",
        memory_limit: "config.linkerd.io/proxy-memory-limit",
        others: None,
    },
    Injector {
        container: "vault-agent",
        name: "the Vault Agent Injector",
        memory_limit: "vault.hashicorp.com/agent-limits-mem",
        others: None,
    },
    Injector {
        container: "daprd",
        name: "Dapr",
        memory_limit: "dapr.io/sidecar-memory-limit",
        others: None,
    },
];

impl Injector {
    /// Whose sidecar a container is, by its name.
    pub fn of(container: &str) -> Option<&'static Self> {
        INJECTORS.iter().find(|it| it.container == container)
    }

    /// The command that sets the memory limit of the sidecar in the pods of a workload.
    pub fn limit_command(
        &self,
        workload: &Workload<'_>,
        sidecar: &Container,
        limit: &str,
    ) -> String {
        let mut annotations = Map::new();
        annotations.insert(self.memory_limit.to_owned(), limit.into());
        let resources = &sidecar.resources;
        let values = [&resources.requests.memory, &resources.requests.cpu, &resources.limits.cpu];
        for (name, value) in self.others.into_iter().flatten().zip(values) {
            if !value.as_str().is_empty() {
                annotations.insert(name.to_owned(), value.as_str().into());
            }
        }
        let metadata = json!({"annotations": Value::Object(annotations)});
        let patch = json!({"spec": {"template": {"metadata": metadata}}});
        format!(
            "kubectl -n {} patch {} -p {}",
            shell_word(workload.namespace),
            workload.word(),
            shell_word(&patch.to_string())
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(template: Option<&str>, all: bool, container: &str, want: Origin) {
        let template = template.map(|it| serde_json::from_str(it).expect("a template"));
        let workload = Workload {
            namespace: "apps",
            kind: Kind::Deployment,
            name: "web",
            template: Template::of(template.as_ref(), all),
        };
        assert_eq!(workload.origin(container), want, "{container} of {template:?}");
    }

    #[test]
    fn a_container_of_the_template_is_its_own() {
        let template = r#"{"containers": [{"name": "a"}], "initContainers": [{"name": "b"}]}"#;
        check(Some(template), true, "a", Origin::Container);
        check(Some(template), true, "b", Origin::InitContainer);
        check(Some(template), false, "c", Origin::Injected);
        check(Some(r#"{"containers": [{"name": "istio-proxy"}]}"#), true, "istio-proxy", {
            Origin::Container
        });
    }

    #[test]
    fn what_was_not_seen_is_not_checked() {
        check(None, false, "a", Origin::NotChecked);
        check(Some("{}"), true, "a", Origin::NotChecked);
        check(None, true, "a", Origin::NoWorkload);
        check(None, false, "istio-proxy", Origin::Injected);
    }

    #[track_caller]
    fn check_command(container: &str, want: &str) {
        let workload = Workload::deployment("apps", "web", None, false);
        let sidecar = serde_json::from_str(
            r#"{"resources": {"limits": {"cpu": "2", "memory": "64Mi"},
                "requests": {"cpu": "1"}}}"#,
        );
        let injector = Injector::of(container).expect("a known sidecar");
        let command = injector.limit_command(&workload, &sidecar.expect("a container"), "128Mi");
        assert!(command.starts_with("kubectl -n apps patch deploy web -p "), "{command}");
        assert!(command.contains(want), "{command}");
    }

    #[test]
    fn the_limit_of_a_sidecar_is_an_annotation_of_its_injector() {
        check_command("istio-proxy", r#""sidecar.istio.io/proxyMemoryLimit":"128Mi""#);
        check_command("istio-proxy", r#""sidecar.istio.io/proxyCPU":"1""#);
        check_command("istio-proxy", r#""sidecar.istio.io/proxyCPULimit":"2""#);
        check_command("linkerd-proxy", r#""config.linkerd.io/proxy-memory-limit":"128Mi""#);
        check_command("vault-agent", r#""vault.hashicorp.com/agent-limits-mem":"128Mi""#);
        check_command("daprd", r#""dapr.io/sidecar-memory-limit":"128Mi""#);
    }
}
