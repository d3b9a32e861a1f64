//! What `rulebox manifests` has printed, as a container that can be started here: with its
//! arguments, its variables and its files, and with nothing of the machine that printed it.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
};

use rulebox_reader::yaml;
use serde_json::Value;
use tempfile::TempDir;

use crate::program;

/// Finds what is not available.
pub(crate) const PACK: &str = r#"apiVersion: rulebox.dev/v1alpha1
kind: RulePack
metadata: {name: acme, version: 0.1.0}
needs:
  vaults: {group: csdr.alibabacloud.com, kind: BackupLocation}
rules:
  - id: vault-lost
    severity: high
    summary: A vault is lost
    for: vaults
    when: object.status.phase == "Unavailable"
    message: "{{ object.metadata.name }} is lost"
"#;

/// What was printed.
pub(crate) struct Printed {
    pub(crate) text: String,
    /// The pod and its container.
    pub(crate) pod: Value,
    pub(crate) container: Value,
    /// The text of its configuration.
    pub(crate) config: String,
    pub(crate) egress: Value,
}

/// A place where pods are started one after the other: the node, with the volume that outlives a
/// container.
pub(crate) struct Node {
    folder: TempDir,
}

impl Printed {
    #[track_caller]
    pub(crate) fn of(text: String) -> Self {
        let documents = text.split("\n---\n").map(|it| yaml::to_json_value(it).expect("YAML"));
        let objects: Vec<_> = documents.collect();
        let of = |kind: &str| objects.iter().find(|it| it["kind"] == kind).cloned();
        let deployment = of("Deployment").map(|it| it["spec"]["template"]["spec"].clone());
        let job = |it: Value| it["spec"]["jobTemplate"]["spec"]["template"]["spec"].clone();
        let pod = deployment.or_else(|| of("CronJob").map(job)).expect("something runs");
        let container = pod["containers"][0].clone();
        let map = of("ConfigMap").expect("a configuration");
        let config = map["data"]["rulebox.yaml"].as_str().expect("a text").to_owned();
        let egress = of("NetworkPolicy").expect("a policy")["spec"]["egress"].clone();
        Self { text, pod, container, config, egress }
    }

    pub(crate) fn arguments(&self) -> Vec<&str> {
        let arguments = self.container["args"].as_array().expect("arguments");
        arguments.iter().map(|it| it.as_str().expect("a text")).collect()
    }
}

impl Node {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let node = Self { folder };
        // As a kubelet makes an emptyDir where the pod has an fsGroup.
        let kept = node.path("/var/lib/rulebox");
        fs::create_dir_all(&kept).expect("a folder");
        fs::set_permissions(&kept, fs::Permissions::from_mode(0o2777)).expect("it is ours");
        node
    }

    /// Where a path of the container is here.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path.trim_start_matches('/'))
    }

    fn here(&self, text: &str) -> String {
        let mut here = text.to_owned();
        for within in ["/etc/rulebox", "/var/lib/rulebox"] {
            here = here.replace(within, &self.path(within).display().to_string());
        }
        here
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, text).expect("written");
    }

    /// The command that the container is.
    pub(crate) fn command(&self, printed: &Printed, kubeconfig: &Path) -> Command {
        self.write("/etc/rulebox/config/rulebox.yaml", &printed.config);
        let arguments = printed.arguments();
        let is_serve = arguments[0] == "serve";
        let arguments = arguments.into_iter().filter(|it| !it.starts_with("--listen="));
        let arguments: Vec<_> = arguments.map(|it| self.here(it)).collect();
        let mut command = program::command(&[]);
        command.args(arguments).arg("--kubeconfig").arg(kubeconfig);
        if is_serve {
            command.args(["--listen", "127.0.0.1:0"]);
        }
        command.current_dir("/").env("HOME", "/");
        for name in ["XDG_DATA_HOME", "XDG_CACHE_HOME", "DOCKER_CONFIG", "REGISTRY_AUTH_FILE"] {
            command.env_remove(name);
        }
        for it in printed.container["env"].as_array().expect("variables") {
            let text = |key: &str| it[key].as_str().expect("a text");
            command.env(text("name"), self.here(text("value")));
        }
        command
    }
}
