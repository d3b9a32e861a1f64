//! Bundles: what the tools are known to omit.

use std::fs;

use rulebox_core::Coverage;

use super::*;

/// Pods of csdr and of all namespaces, backups and vaults of csdr, secrets, nodes.
fn needs() -> NeedSet {
    let object = |id: &str, group: &str, kind: &str, namespaces: &[&str]| ObjectNeed {
        id: id.to_owned(),
        group: group.to_owned(),
        kind: kind.to_owned(),
        namespaces: namespaces.iter().map(|&it| it.to_owned()).collect(),
        ..ObjectNeed::default()
    };
    let objects = vec![
        object("pods", "", "Pod", &["csdr"]),
        object("all-pods", "", "Pod", &[]),
        object("events", "", "Event", &["csdr"]),
        object("deployments", "apps", "Deployment", &["csdr"]),
        object("secrets", "", "Secret", &["csdr"]),
        object("nodes", "", "Node", &[]),
        object("backups", "velero.io", "Backup", &["csdr"]),
        object("vaults", "csdr.alibabacloud.com", "BackupLocation", &["csdr"]),
    ];
    NeedSet { objects, texts: Vec::new() }
}

/// A list of one kind, as an API server returns it.
fn list(kind: &str, api_version: &str, items: &[Value]) -> String {
    let kind = format!("{kind}List");
    json!({"apiVersion": api_version, "items": items, "kind": kind, "metadata": {}}).to_string()
}

fn pods(namespace: &str) -> String {
    list("Pod", "v1", &[untyped(pod(namespace, &format!("of-{namespace}")))])
}

fn read_files(files: &[(&str, String)]) -> Reading {
    let folder = tempfile::tempdir().expect("a folder");
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
    read_needs(vec![Source::Path(folder.path().to_owned())])
}

fn read_needs(sources: Vec<Source>) -> Reading {
    let reader = Reader::new(&needs()).expect("needs");
    let mut collector = Collector::new(needs()).expect("selectors");
    reader.read(sources, &mut collector, &mut |_| {});
    collector.finish()
}

#[track_caller]
fn check(reading: &Reading, need: &str, coverage: Coverage, reason: &str) {
    let slot = &reading.inventory.objects[need];
    assert_eq!((slot.coverage, slot.reason.as_str()), (coverage, reason), "{need}");
}

/// `kubectl cluster-info dump` of namespaces: pods in each, everything else empty.
fn cluster_info(namespaces: &[&str]) -> Vec<(String, String)> {
    let mut files = vec![("dump/nodes.json".to_owned(), list("Node", "v1", &[]))];
    for namespace in namespaces {
        files.push((format!("dump/{namespace}/pods.json"), pods(namespace)));
        for (file, api_version, kind) in [
            ("events", "v1", "Event"),
            ("replication-controllers", "v1", "ReplicationController"),
            ("services", "v1", "Service"),
            ("daemonsets", "apps/v1", "DaemonSet"),
            ("deployments", "apps/v1", "Deployment"),
            ("replicasets", "apps/v1", "ReplicaSet"),
        ] {
            files.push((format!("dump/{namespace}/{file}.json"), list(kind, api_version, &[])));
        }
    }
    files
}

fn read_cluster_info(namespaces: &[&str], more: &[(&str, String)]) -> Reading {
    let dump = cluster_info(namespaces);
    let mut files: Vec<_> = dump.iter().map(|(path, text)| (path.as_str(), text.clone())).collect();
    files.extend(more.iter().cloned());
    read_files(&files)
}

#[test]
fn a_cluster_info_dump_holds_no_custom_resources() {
    let reading = read_cluster_info(&["kube-system", "csdr"], &[]);
    assert_eq!(words(&reading), [""; 0]);
    check(
        &reading,
        "vaults",
        Coverage::Absent,
        "a `kubectl cluster-info dump` holds no custom resources: add `kubectl get \
         backuplocations.csdr.alibabacloud.com -n csdr -o yaml`",
    );
    check(
        &reading,
        "secrets",
        Coverage::Absent,
        "a `kubectl cluster-info dump` holds no Secret: add `kubectl get secrets -n csdr -o yaml`",
    );
    check(&reading, "nodes", Coverage::Complete, "");
}

#[test]
fn a_cluster_info_dump_lists_what_is_not_there() {
    let reading = read_cluster_info(&["kube-system", "csdr"], &[]);
    check(&reading, "pods", Coverage::Complete, "");
    check(&reading, "events", Coverage::Complete, "");
    check(&reading, "deployments", Coverage::Complete, "");
}

#[test]
fn a_cluster_info_dump_holds_some_namespaces() {
    let reading = read_cluster_info(&["kube-system", "default"], &[]);
    let outside = "a `kubectl cluster-info dump` holds the namespaces that it is told to, here \
        default, kube-system, and not csdr";
    for (need, resource) in
        [("pods", "pods"), ("events", "events"), ("deployments", "deployments.apps")]
    {
        let reason = format!("{outside}: add `kubectl get {resource} -n csdr -o yaml`");
        check(&reading, need, Coverage::Partial, &reason);
    }
    let reason = "a `kubectl cluster-info dump` holds the namespaces that it is told to, here \
        default, kube-system: add `kubectl get pods -A -o yaml`";
    check(&reading, "all-pods", Coverage::Partial, reason);
}

#[test]
fn a_cluster_info_dump_of_all_namespaces_holds_all_pods() {
    let reading = read_cluster_info(&["csdr", "default", "kube-public", "kube-system"], &[]);
    check(&reading, "all-pods", Coverage::Complete, "");
}

#[test]
fn what_is_added_to_a_bundle_counts() {
    let vaults = list("BackupLocation", "csdr.alibabacloud.com/v1beta1", &[]);
    let more = [("added/pods.json", pods("csdr")), ("added/vaults.json", vaults)];
    let reading = read_cluster_info(&["default", "kube-system"], &more);
    check(&reading, "pods", Coverage::Complete, "");
    check(&reading, "all-pods", Coverage::Complete, "");
    check(&reading, "vaults", Coverage::Complete, "");
}

#[test]
fn a_list_that_is_missing_in_a_bundle_is_named() {
    let files = cluster_info(&["csdr", "kube-system"]);
    let files: Vec<_> = files
        .iter()
        .filter(|it| !it.0.ends_with("csdr/deployments.json"))
        .map(|(path, text)| (path.as_str(), text.clone()))
        .collect();
    let reading = read_files(&files);
    let reason = "a `kubectl cluster-info dump` lists Deployment.apps in each namespace that it \
        visits, and here not in csdr: it ended early, or may not list them: add `kubectl get \
        deployments.apps -n csdr -o yaml`";
    check(&reading, "deployments", Coverage::Partial, reason);
}

#[test]
fn a_folder_that_only_looks_similar_is_no_bundle() {
    let reading =
        read_files(&[("a/pods.json", pods("csdr")), ("a/nodes.json", list("Node", "v1", &[]))]);
    check(
        &reading,
        "vaults",
        Coverage::Absent,
        "the input holds no BackupLocation.csdr.alibabacloud.com",
    );
    check(&reading, "all-pods", Coverage::Complete, "");
}

/// What `kubectl cluster-info dump` prints without an output folder.
fn printed() -> String {
    let indented = |text: String| {
        let value: Value = serde_json::from_str(&text).expect("JSON");
        serde_json::to_string_pretty(&value).expect("JSON") + "\n"
    };
    let mut text = indented(list("Node", "v1", &[]));
    for namespace in ["kube-system", "csdr"] {
        text += &indented(list("Event", "v1", &[]));
        text += &indented(pods(namespace));
        let pod = format!("container c of pod {namespace}/of-{namespace}");
        let logged = pods("logged").replace("of-logged", &format!("logged-{namespace}"));
        let broken = "{\"apiVersion\": \"v1\", \"metadata\": [\n";
        let start = format!("==== START logs for {pod} ====\nI0915 started\n");
        let end = format!("==== END logs for {pod} ====\n");
        text += &[&start, &logged, "\n---\n", &logged, "\n", broken, &end].concat();
    }
    text
}

#[test]
fn a_printed_cluster_info_dump_is_known_by_its_logs() {
    let reading = read_needs(vec![stream("dump.json", printed())]);
    assert_eq!(words(&reading), [""; 0]);
    let pods = &reading.inventory.objects["all-pods"].objects;
    assert_eq!(pods.len(), 2, "what is logged is no object: {pods:#?}");
    check(&reading, "pods", Coverage::Complete, "");
    check(&reading, "events", Coverage::Complete, "");
    let reason = "a `kubectl cluster-info dump` holds the namespaces that it is told to, here \
        csdr, kube-system: add `kubectl get pods -A -o yaml`";
    check(&reading, "all-pods", Coverage::Partial, reason);
    assert!(reading.inventory.objects["vaults"].reason.contains("holds no custom resources"));
}

#[test]
fn a_printed_cluster_info_dump_is_the_same_piece_by_piece() {
    let whole = read_needs(vec![stream("dump.json", printed())]);
    for window_bytes in [64, 100, 333, 1_000] {
        let limits = Limits { window_bytes, ..Limits::default() };
        let reader = Reader::new(&needs()).expect("needs").with_limits(limits);
        let mut collector = Collector::new(needs()).expect("selectors");
        reader.read(vec![stream("dump.json", printed())], &mut collector, &mut |_| {});
        let reading = collector.finish();
        assert_eq!(words(&reading), words(&whole), "{window_bytes}");
        assert_eq!(reading.inventory, whole.inventory, "{window_bytes}");
    }
}

#[test]
fn velero_debug_holds_pods_and_what_is_of_velero() {
    let folder = "velero-bundle/kubecapture";
    let backups = list("Backup", "velero.io/v1", &[untyped(backup("nightly"))]);
    let backups = backups.replace("\"velero\"", "\"csdr\"");
    let reading = read_files(&[
        (&format!("{folder}/core_v1/csdr/pods-202609150230.0001.json"), pods("csdr")),
        (&format!("{folder}/velero.io_v1/csdr/backups-202609150230.0001.json"), backups),
        ("velero-bundle/version.txt", "Client: v1.16.0\n".to_owned()),
    ]);
    check(&reading, "pods", Coverage::Complete, "");
    check(&reading, "backups", Coverage::Complete, "");
    for (need, what) in [
        ("events", "no Event: add `kubectl get events -n csdr -o yaml`"),
        ("deployments", "no Deployment.apps: add `kubectl get deployments.apps -n csdr -o yaml`"),
        (
            "vaults",
            "no custom resources but those of velero.io: add `kubectl get \
             backuplocations.csdr.alibabacloud.com -n csdr -o yaml`",
        ),
    ] {
        let reason = format!("a bundle of `velero debug` holds {what}");
        check(&reading, need, Coverage::Absent, &reason);
    }
}

#[test]
fn troubleshoot_holds_custom_resources_where_there_are_some() {
    let vault = json!([{
        "apiVersion": "csdr.alibabacloud.com/v1beta1",
        "kind": "BackupLocation",
        "metadata": {"name": "v", "namespace": "a"},
    }]);
    let root = "support-bundle/cluster-resources";
    let reading = read_files(&[
        (&format!("{root}/pods/csdr.json"), list("Pod", "v1", &[])),
        (&format!("{root}/pods/a.json"), pods("a")),
        (&format!("{root}/pods/kube-public.json"), list("Pod", "v1", &[])),
        (&format!("{root}/events/a.json"), list("Event", "v1", &[])),
        (
            &format!("{root}/custom-resources/backuplocations.csdr.alibabacloud.com/a.yaml"),
            yaml(&vault, Style::default()),
        ),
    ]);
    check(&reading, "pods", Coverage::Complete, "");
    check(&reading, "all-pods", Coverage::Complete, "");
    check(&reading, "vaults", Coverage::Complete, "");
    check(
        &reading,
        "backups",
        Coverage::Absent,
        "a support bundle of Troubleshoot holds no Backup.velero.io: none was there, or it may not \
         list them: add `kubectl get backups.velero.io -n csdr -o yaml`",
    );
    check(
        &reading,
        "secrets",
        Coverage::Absent,
        "a support bundle of Troubleshoot holds no Secret: add `kubectl get secrets -n csdr -o \
         yaml`",
    );
    assert_eq!(reading.inventory.objects["events"].coverage, Coverage::Partial);
    assert!(reading.inventory.objects["events"].reason.contains("here not in csdr"));
}

#[test]
fn a_must_gather_holds_the_namespaces_that_it_visits() {
    let root = "must-gather/image";
    let events = format!(
        "---\n{}",
        yaml(&json!({"apiVersion": "v1", "items": [], "kind": "EventList"}), Style::default())
    );
    let reading = read_files(&[
        (&format!("{root}/namespaces/default/core/pods.yaml"), pods("default")),
        (&format!("{root}/namespaces/default/core/events.yaml"), events),
        (
            &format!("{root}/namespaces/csdr/core/configmaps/chosen.yaml"),
            yaml(
                &json!({
                    "apiVersion": "v1",
                    "kind": "ConfigMap",
                    "metadata": {"name": "chosen", "namespace": "csdr"},
                }),
                Style::default(),
            ),
        ),
        (
            &format!("{root}/cluster-scoped-resources/core/nodes/n.yaml"),
            yaml(
                &json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n"}}),
                Style::default(),
            ),
        ),
    ]);
    let outside = "a must-gather holds the namespaces that it is told to, here default, and not \
        csdr: add `kubectl get";
    check(&reading, "pods", Coverage::Partial, &format!("{outside} pods -n csdr -o yaml`"));
    check(&reading, "events", Coverage::Partial, &format!("{outside} events -n csdr -o yaml`"));
    check(&reading, "secrets", Coverage::Absent, &format!("{outside} secrets -n csdr -o yaml`"));
    check(&reading, "nodes", Coverage::Complete, "");
    check(
        &reading,
        "vaults",
        Coverage::Absent,
        "a must-gather holds only the custom resources that an operator names: add `kubectl get \
         backuplocations.csdr.alibabacloud.com -n csdr -o yaml`",
    );
}

#[test]
fn sonobuoy_leaves_events_secrets_and_custom_resources_out() {
    let pods = json!([untyped(pod("csdr", "x"))]).to_string();
    let reading = read_files(&[("resources/ns/csdr/core_v1_pods.json", pods)]);
    check(&reading, "pods", Coverage::Complete, "");
    for (need, what) in [
        ("events", "no Event: add `kubectl get events"),
        ("secrets", "no Secret: add `kubectl get secrets"),
        ("vaults", "no custom resources: add `kubectl get backuplocations.csdr.alibabacloud.com"),
        (
            "deployments",
            "no Deployment.apps: none was there, or it may not list them: add `kubectl get \
             deployments.apps",
        ),
    ] {
        let reason = format!("a snapshot of Sonobuoy holds {what} -n csdr -o yaml`");
        check(&reading, need, Coverage::Absent, &reason);
    }
}

#[test]
fn a_backup_of_velero_holds_what_it_includes() {
    let reading = read_files(&[
        ("resources/pods/namespaces/csdr/x.json", pod("csdr", "x").to_string()),
        ("resources/pods/v1-preferredversion/namespaces/csdr/x.json", pod("csdr", "x").to_string()),
    ]);
    assert_eq!(reading.inventory.objects["pods"].objects.len(), 1);
    let reason = "a backup of Velero holds only what it includes, as it was then";
    check(
        &reading,
        "all-pods",
        Coverage::Partial,
        &format!("{reason}: add `kubectl get pods -A -o yaml`"),
    );
    check(
        &reading,
        "vaults",
        Coverage::Absent,
        &format!(
            "{reason}: add `kubectl get backuplocations.csdr.alibabacloud.com -n csdr -o yaml`"
        ),
    );
}
