//! What `rulebox manifests` prints is what an API server takes, and its service account may do what
//! the rules need, and nothing else.

use std::{collections::BTreeSet, process::Command};

use rulebox_cluster::Send;
use rulebox_reader::yaml;
use serde_json::{Value, json};

use crate::world::{World, path_of, world};

/// Everything that a role can allow for a resource.
const VERBS: [&str; 8] =
    ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"];

/// The objects that are printed.
pub(crate) fn manifests(arguments: &[&str]) -> Vec<Value> {
    let run = Command::new(env!("CARGO_BIN_EXE_rulebox")).arg("manifests").args(arguments).output();
    let run = run.expect("it runs");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let text = String::from_utf8(run.stdout).expect("text");
    let objects = text.split("\n---\n").map(|it| yaml::to_json_value(it).expect("YAML"));
    objects.filter(Value::is_object).collect()
}

/// The resources that the server has: group, plural, and whether they have namespaces.
fn resources(world: &World) -> BTreeSet<(String, String, bool)> {
    let get = |path: &str| world.send(Send::Get, path, &Value::Null).body;
    let groups = get("/apis");
    let groups = groups["groups"].as_array().expect("groups").iter();
    let versions = groups.map(|it| it["preferredVersion"]["groupVersion"].clone());
    let paths = versions.map(|it| format!("/apis/{}", it.as_str().expect("a version")));
    let mut resources = BTreeSet::new();
    for path in paths.chain(["/api/v1".to_owned()]) {
        let list = get(&path);
        let version = list["groupVersion"].as_str().unwrap_or_default();
        let group = version.split_once('/').map_or("", |it| it.0);
        for resource in list["resources"].as_array().into_iter().flatten() {
            let name = resource["name"].as_str().expect("a name").to_owned();
            let namespaced = resource["namespaced"] == true;
            resources.insert((group.to_owned(), name, namespaced));
        }
    }
    resources
}

/// Whether a service account may do something.
fn may(world: &World, attributes: &Value) -> bool {
    let answered = world.send(
        Send::Create,
        "/apis/authorization.k8s.io/v1/subjectaccessreviews",
        &json!({
            "apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview",
            "spec": {
                "user": "system:serviceaccount:rulebox:rulebox",
                "resourceAttributes": attributes,
            },
        }),
    );
    assert!(answered.is_success(), "{}", answered.message());
    answered.body["status"]["allowed"] == true
}

/// What the printed roles say, in the form of the answers: group, resource, namespace and verb.
fn granted(objects: &[Value]) -> BTreeSet<(String, String, String, String)> {
    let mut all = BTreeSet::new();
    let texts = |it: &Value| -> Vec<String> {
        let items = it.as_array().into_iter().flatten();
        items.map(|it| it.as_str().expect("a word").to_owned()).collect()
    };
    let roles = objects.iter().filter(|it| it["kind"] == "Role" || it["kind"] == "ClusterRole");
    for role in roles {
        let namespace = role["metadata"]["namespace"].as_str().unwrap_or_default();
        for rule in role["rules"].as_array().into_iter().flatten() {
            for group in texts(&rule["apiGroups"]) {
                for resource in texts(&rule["resources"]) {
                    for verb in texts(&rule["verbs"]) {
                        let resource = resource.clone();
                        all.insert((group.clone(), resource, namespace.to_owned(), verb));
                    }
                }
            }
        }
    }
    all
}

#[test]
fn the_account_may_read_what_rules_need_and_nothing_else() {
    let Some(world) = world() else { return };
    let namespace = json!({
        "apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "rulebox"},
    });
    world.send(Send::Create, "/api/v1/namespaces", &namespace);
    let objects = manifests(&["--image", "registry.example.com/rulebox:1"]);
    let is_of_rights = |it: &&Value| {
        let kind = it["kind"].as_str().unwrap_or_default();
        kind.contains("Role") || kind == "ServiceAccount"
    };
    for object in &objects {
        let path = path_of(object, true);
        let path = if is_of_rights(&object) { path } else { format!("{path}?dryRun=All") };
        let applied = world.send(Send::Apply, &path, object);
        assert!(applied.is_success(), "{path}: {}", applied.message());
    }
    let granted = granted(&objects);
    assert!(granted.iter().any(|it| it.1 == "backuplocations" && it.3 == "watch"));
    let mut differ = Vec::new();
    for (group, resource, namespaced) in resources(&world) {
        let namespaces: &[&str] =
            if namespaced { &["", "csdr", "kube-system", "default", "rulebox"] } else { &[""] };
        for namespace in namespaces {
            for verb in VERBS {
                let (name, sub) = resource.split_once('/').unwrap_or((&resource, ""));
                let is = may(
                    &world,
                    &json!({
                        "group": group, "resource": name, "subresource": sub,
                        "namespace": namespace, "verb": verb,
                    }),
                );
                let of = |namespace: &str| {
                    let row = (group.clone(), resource.clone(), namespace.to_owned(), verb.into());
                    granted.contains(&row)
                };
                // What is granted in all namespaces is granted in each.
                let should = of("") || (!namespace.is_empty() && of(namespace));
                // Everybody may ask what they may do themselves.
                let is_own = group == "authorization.k8s.io" || group == "authentication.k8s.io";
                if is != should && !(is_own && resource.starts_with("self")) {
                    differ.push(format!("{verb} {resource}.{group} in `{namespace}`: {is}"));
                }
            }
        }
    }
    assert!(differ.is_empty(), "{differ:#?}");
    for object in objects.iter().filter(is_of_rights) {
        world.send(Send::Delete, &path_of(object, true), &Value::Null);
    }
}
