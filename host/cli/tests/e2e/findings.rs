//! Findings appear, change and vanish with the objects, in each thing that is served.

use std::io::BufRead as _;

use serde_json::json;

use crate::{
    http,
    serving::Serving,
    world::{ADMIN, wait_for, world},
};

fn vault(phase: &str, message: &str) -> serde_json::Value {
    json!({
        "apiVersion": "csdr.alibabacloud.com/v1beta1", "kind": "BackupLocation",
        "metadata": {"name": "vault-1", "namespace": "csdr"},
        "spec": {"objectStorage": {"bucket": "cnfs-oss-a", "prefix": "p"}},
        "status": {"phase": phase, "message": message},
    })
}

#[test]
fn a_vault_that_becomes_unavailable_is_a_finding_and_one_that_recovers_is_none() {
    let Some(world) = world() else { return };
    let serving = Serving::start(&world.kubeconfig(ADMIN), &[]);
    let mut events = http::open(&serving.address, "/api/v1/events", &[]).expect("a stream");
    let mut next = |wanted: &str| {
        let mut line = String::new();
        while line.trim() != format!("event: {wanted}") {
            line.clear();
            assert_ne!(events.read_line(&mut line).expect("an event"), 0, "waited for {wanted}");
        }
    };
    next("reset");
    let name = "vault-1";
    let vault = world.create(&vault("Unavailable", "AccessDenied: 403"));
    serving.wait_for_finding("vault-unavailable", name, true);
    next("added");
    let series = |text: &str| {
        let line = |it: &&str| it.starts_with("rulebox_finding{") && it.contains(name);
        text.lines().filter(line).count()
    };
    assert_eq!(series(&serving.get("/metrics")), 1);

    world.change(&vault, |it| it["status"]["message"] = json!("NoSuchBucket"));
    wait_for("the finding changes", || serving.get("/api/v1/findings").contains("NoSuchBucket"));
    next("changed");

    world.change(&vault, |it| it["status"] = json!({"phase": "Available"}));
    serving.wait_for_finding("vault-unavailable", name, false);
    next("gone");
    assert_eq!(series(&serving.get("/metrics")), 0);

    world.change(&vault, |it| it["status"] = json!({"phase": "Unavailable"}));
    serving.wait_for_finding("vault-unavailable", name, true);
    world.delete(&vault);
    serving.wait_for_finding("vault-unavailable", name, false);
    assert_eq!(serving.end(), Some(0));
}
