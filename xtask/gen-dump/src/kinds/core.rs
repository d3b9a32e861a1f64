//! Nodes and Secrets.

use serde_json::{Map, Value, json};

use super::{context::Context, managed};
use crate::{moment::Moment, names::node_name};

/// A node with fifty images.
pub(super) fn node(context: &mut Context<'_>) -> Value {
    let number = context.below(120);
    // The suffix keeps names unique however many nodes there are.
    let name = format!("{}-{}", node_name(number), context.maker.suffix());
    let images: Vec<_> = (0..50)
        .map(|it| {
            let image = format!("registry.shop.example/apps/service-{it:02}");
            let digest = context.random().hex(64);
            json!({
                "names": [format!("{image}@sha256:{digest}"), format!("{image}:2.{it}.1")],
                "sizeBytes": 20_000_000 + context.below(900_000_000),
            })
        })
        .collect();
    let memory = ("KubeletHasSufficientMemory", "kubelet has sufficient memory available");
    let disk = ("KubeletHasNoDiskPressure", "kubelet has no disk pressure");
    let pid = ("KubeletHasSufficientPID", "kubelet has sufficient PID available");
    let ready = ("KubeletReady", "kubelet is posting ready status");
    let condition = |kind: &str, status: &str, (reason, message): (&str, &str)| {
        json!({
            "lastHeartbeatTime": Moment::before_capture(79).to_string(),
            "lastTransitionTime": "2026-03-02T06:44:03Z",
            "message": message,
            "reason": reason,
            "status": status,
            "type": kind,
        })
    };
    let hex = context.random().hex(17);
    let node_id = format!("{{\"diskplugin.csi.alibabacloud.com\":\"i-bp1{hex}\"}}");
    let metadata = json!({
        "annotations": {
            "csi.volume.kubernetes.io/nodeid": node_id,
            "node.alpha.kubernetes.io/ttl": "0",
            "volumes.kubernetes.io/controller-managed-attach-detach": "true",
        },
        "creationTimestamp": "2026-03-02T06:44:03Z",
        "labels": {
            "kubernetes.io/arch": "amd64",
            "kubernetes.io/hostname": name,
            "kubernetes.io/os": "linux",
            "node.kubernetes.io/instance-type": "ecs.g7.4xlarge",
            "topology.kubernetes.io/region": "cn-hangzhou",
            "topology.kubernetes.io/zone": "cn-hangzhou-j",
        },
    });
    let mut node = json!({
        "metadata": context.metadata(&name, metadata),
        "spec": {
            "podCIDR": format!("10.{}.{}.0/24", 64 + number / 2, number),
            "podCIDRs": [format!("10.{}.{}.0/24", 64 + number / 2, number)],
            "providerID": format!("cn-hangzhou.i-bp1{}", context.random().hex(17)),
        },
        "status": {
            "addresses": [
                {"address": format!("172.20.0.{}", 10 + number), "type": "InternalIP"},
                {"address": name, "type": "Hostname"},
            ],
            "allocatable": {
                "cpu": "15890m",
                "ephemeral-storage": "114022843818",
                "hugepages-1Gi": "0",
                "hugepages-2Mi": "0",
                "memory": "58387100Ki",
                "pods": "128",
            },
            "capacity": {
                "cpu": "16",
                "ephemeral-storage": "123722704Ki",
                "hugepages-1Gi": "0",
                "hugepages-2Mi": "0",
                "memory": "64832412Ki",
                "pods": "128",
            },
            "conditions": [
                condition("MemoryPressure", "False", memory),
                condition("DiskPressure", "False", disk),
                condition("PIDPressure", "False", pid),
                condition("Ready", "True", ready),
            ],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": 10_250}},
            "images": images,
            "nodeInfo": {
                "architecture": "amd64",
                "bootID": context.maker.uid(),
                "containerRuntimeVersion": "containerd://1.6.36",
                "kernelVersion": "5.10.134-18.al8.x86_64",
                "kubeProxyVersion": "v1.31.1",
                "kubeletVersion": "v1.31.1",
                "machineID": context.maker.hex(32),
                "operatingSystem": "linux",
                "osImage": "Alibaba Cloud Linux 3.2104 U10 (OpenAnolis Edition)",
                "systemUUID": context.maker.uid(),
            },
        },
    });
    managed::add(
        &mut node,
        &[
            ("kube-controller-manager", &["metadata", "spec"], ""),
            ("kubelet", &["status"], "status"),
        ],
    );
    node
}

/// A Secret with base64 of a password, of certificates, or of a release of Helm, which is long.
pub(super) fn secret(context: &mut Context<'_>) -> Value {
    let (name, kind, fields): (_, _, &[(&str, usize)]) = match context.nth % 4 {
        0 => ("credentials", "Opaque", &[("password", 32), ("username", 12)]),
        1 => (
            "tls",
            "kubernetes.io/tls",
            &[("ca.crt", 1_480), ("tls.crt", 1_600), ("tls.key", 2_236)],
        ),
        2 => ("pull", "kubernetes.io/dockerconfigjson", &[(".dockerconfigjson", 424)]),
        _ => ("sh.helm.release.v1", "helm.sh/release.v1", &[("release", 24_000)]),
    };
    let name = format!("{name}.{}-{}", context.namespace, context.maker.suffix());
    let mut data = Map::new();
    for (key, length) in fields {
        data.insert((*key).to_owned(), json!(context.maker.base64(*length)));
    }
    let metadata = json!({"labels": {"app.kubernetes.io/managed-by": "Helm", "version": "1"}});
    let mut secret = json!({
        "data": data,
        "metadata": context.metadata(&name, metadata),
        "type": kind,
    });
    managed::add(&mut secret, &[("helm", &["data", "metadata", "type"], "")]);
    secret
}
