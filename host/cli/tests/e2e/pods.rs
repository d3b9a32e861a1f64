//! A pod as `rulebox manifests` prints it, started with its arguments, its variables and its files:
//! it pulls a signed pack of a real registry, over TLS and with a password, and watches a real API
//! server.

use std::fs;

use rulebox_reader::yaml;
use serde_json::json;

use crate::{
    manifests::check,
    printed::{Node, PACK, Printed},
    registry::Registry,
    serving::Serving,
    world::{ADMIN, world},
};

#[test]
fn a_pod_finds_what_its_signed_pack_of_a_registry_finds() {
    let Some(registry) = Registry::start() else { return };
    fs::write(registry.path("pack.yaml"), PACK).expect("written");
    let (key, pack) = (registry.path("cosign.key"), registry.path("pack.yaml"));
    let config = registry.path("rulebox.yaml");
    let reference = registry.reference("acme/rules:1.0");
    registry.rulebox(&["rules", "keygen", "--to", &registry.path("cosign")]);
    registry.rulebox(&["rules", "push", &pack, &reference, "--config", &config]);
    registry.rulebox(&["rules", "sign", "--key", &key, &reference, "--config", &config]);
    let signers =
        format!("signatures: [{{prefix: '{}/acme', keys: [cosign.pub]}}]\n", registry.address);
    let text = fs::read_to_string(&config).expect("a configuration");
    fs::write(&config, text + &signers).expect("written");
    let manifests = ["manifests", "--image", "r.example/rulebox:1", "--config", &config];
    let named = ["--pack", &reference, "--pull-secret", "logins"];
    let text = registry.rulebox(&[&manifests[..], &named].concat());
    let objects = text.split("\n---\n").map(|it| yaml::to_json_value(it).expect("YAML"));
    check("a pack of a registry", &objects.collect::<Vec<_>>(), &["Deployment", "ConfigMap"]);
    let printed = Printed::of(text);
    let node = Node::new();
    let logins = fs::read_to_string(registry.path("docker/config.json")).expect("logins");
    node.write("/etc/rulebox/logins/config.json", &logins);
    // Nothing of the desk is there where the pod is.
    for name in ["cosign.pub", "tls.crt", "rulebox.yaml", "docker/config.json"] {
        fs::remove_file(registry.path(name)).expect("removed");
    }
    let Some(world) = world() else { return };
    world.create(&json!({
        "apiVersion": "csdr.alibabacloud.com/v1beta1", "kind": "BackupLocation",
        "metadata": {"name": "vault-a", "namespace": "csdr"},
        "status": {"phase": "Unavailable"},
    }));
    let kubeconfig = world.kubeconfig(ADMIN);
    let served = Serving::begin_as(&mut node.command(&printed, &kubeconfig));
    served.wait_for_finding("vault-lost", "vault-a", true);
    assert!(served.get("/metrics").contains("rulebox_finding{pack=\"acme\""));
    assert_eq!(served.end(), Some(0));
    // The container starts again, and the registry is gone.
    drop(registry);
    let served = Serving::begin_as(&mut node.command(&printed, &kubeconfig));
    served.wait_for_finding("vault-lost", "vault-a", true);
    assert_eq!(served.end(), Some(0));
}
