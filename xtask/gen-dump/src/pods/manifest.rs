//! `metadata` and `spec` of a pod.

use serde_json::{Map, Value, json};

use super::{faults::Condition, pod::Pod};
use crate::prototype::Maker;

impl Pod {
    pub(super) fn metadata(&self, maker: &mut Maker) -> Value {
        json!({
            "annotations": self.annotations(maker),
            "creationTimestamp": self.created.to_string(),
            "generateName": format!("{}-{}-", self.app, self.template_hash),
            "labels": {
                "app.kubernetes.io/instance": self.namespace,
                "app.kubernetes.io/name": self.app,
                "app.kubernetes.io/version": self.version,
                "pod-template-hash": self.template_hash,
            },
            "managedFields": [self.managed_by_controller(), self.managed_by_kubelet()],
            "name": self.name,
            "namespace": self.namespace,
            "ownerReferences": [{
                "apiVersion": "apps/v1",
                "blockOwnerDeletion": true,
                "controller": true,
                "kind": "ReplicaSet",
                "name": format!("{}-{}", self.app, self.template_hash),
                "uid": self.owner_uid,
            }],
            "resourceVersion": maker.number(),
            "uid": self.uid,
        })
    }

    fn annotations(&self, maker: &mut Maker) -> Value {
        let mut annotations = json!({
            "prometheus.io/port": "9090",
            "prometheus.io/scrape": "true",
            "checksum/config": maker.hex(16),
        });
        if self.condition == Condition::Runbook {
            annotations["shop.example/runbook"] = json!(
                "Alerts: CrashLoopBackOff and OOMKilled.\nreason: OOMKilled\n  \
                 - raise the limit\n  - or use less\n"
            );
        }
        annotations
    }

    fn managed_by_controller(&self) -> Value {
        json!({
            "apiVersion": "v1",
            "fieldsType": "FieldsV1",
            "fieldsV1": {
                "f:metadata": {
                    "f:annotations": {
                        ".": {},
                        "f:checksum/config": {},
                        "f:prometheus.io/port": {},
                        "f:prometheus.io/scrape": {},
                    },
                    "f:generateName": {},
                    "f:labels": {
                        ".": {},
                        "f:app.kubernetes.io/name": {},
                        "f:pod-template-hash": {},
                    },
                    "f:ownerReferences": {
                        ".": {},
                        format!("k:{{\"uid\":\"{}\"}}", self.owner_uid): {},
                    },
                },
                "f:spec": {
                    "f:containers": {
                        format!("k:{{\"name\":\"{}\"}}", self.app): {
                            ".": {},
                            "f:env": {
                                ".": {},
                                "k:{\"name\":\"HTTP_PORT\"}": {
                                    ".": {},
                                    "f:name": {},
                                    "f:value": {},
                                },
                            },
                            "f:image": {},
                            "f:ports": {
                                ".": {},
                                "k:{\"containerPort\":8080,\"protocol\":\"TCP\"}": {
                                    ".": {},
                                    "f:containerPort": {},
                                    "f:protocol": {},
                                },
                            },
                            "f:resources": {".": {}, "f:limits": {".": {}, "f:memory": {}}},
                        },
                        "k:{\"name\":\"proxy\"}": {".": {}, "f:image": {}, "f:resources": {}},
                    },
                    "f:dnsPolicy": {},
                    "f:restartPolicy": {},
                    "f:schedulerName": {},
                },
            },
            "manager": "kube-controller-manager",
            "operation": "Update",
            "time": self.created.to_string(),
        })
    }

    fn managed_by_kubelet(&self) -> Value {
        json!({
            "apiVersion": "v1",
            "fieldsType": "FieldsV1",
            "fieldsV1": {
                "f:status": {
                    "f:conditions": {
                        "k:{\"type\":\"ContainersReady\"}": {
                            ".": {},
                            "f:lastTransitionTime": {},
                            "f:status": {},
                            "f:type": {},
                        },
                        "k:{\"type\":\"Ready\"}": {
                            ".": {},
                            "f:lastTransitionTime": {},
                            "f:status": {},
                            "f:type": {},
                        },
                    },
                    "f:containerStatuses": {},
                    "f:hostIP": {},
                    "f:phase": {},
                    "f:podIPs": {
                        ".": {},
                        format!("k:{{\"ip\":\"{}\"}}", self.ip): {".": {}, "f:ip": {}},
                    },
                    "f:startTime": {},
                },
            },
            "manager": "kubelet",
            "operation": "Update",
            "subresource": "status",
            "time": self.started.to_string(),
        })
    }

    pub(super) fn spec(&self, maker: &mut Maker) -> Value {
        let mut spec = json!({
            "containers": [self.app_container(maker), self.proxy_container()],
            "dnsPolicy": "ClusterFirst",
            "enableServiceLinks": true,
            "nodeName": self.node_name(),
            "preemptionPolicy": "PreemptLowerPriority",
            "priority": 0,
            "restartPolicy": "Always",
            "schedulerName": "default-scheduler",
            "securityContext": {"fsGroup": 2000, "runAsNonRoot": true},
            "serviceAccount": self.app,
            "serviceAccountName": self.app,
            "terminationGracePeriodSeconds": 30,
            "tolerations": [
                {
                    "effect": "NoExecute",
                    "key": "node.kubernetes.io/not-ready",
                    "operator": "Exists",
                    "tolerationSeconds": 300,
                },
                {
                    "effect": "NoExecute",
                    "key": "node.kubernetes.io/unreachable",
                    "operator": "Exists",
                    "tolerationSeconds": 300,
                },
            ],
            "volumes": [
                {
                    "configMap": {"defaultMode": 420, "name": format!("{}-config", self.app)},
                    "name": "config",
                },
                self.token(),
            ],
        });
        if self.condition.has_init() {
            spec["initContainers"] = json!([self.init_container()]);
        }
        if self.condition.has_ephemeral() {
            spec["ephemeralContainers"] = json!([{
                "image": "registry.shop.example/tools/debug:2.1.0",
                "imagePullPolicy": "IfNotPresent",
                "name": "debugger",
                "resources": {},
                "stdin": true,
                "terminationMessagePath": "/dev/termination-log",
                "terminationMessagePolicy": "File",
                "tty": true,
            }]);
        }
        spec
    }

    fn app_container(&self, maker: &mut Maker) -> Value {
        json!({
            "env": Self::env(maker),
            "image": format!("{}:{}", self.image, self.version),
            "imagePullPolicy": "IfNotPresent",
            "livenessProbe": {
                "failureThreshold": 3,
                "httpGet": {"path": "/healthz", "port": 8080, "scheme": "HTTP"},
                "periodSeconds": 10,
                "successThreshold": 1,
                "timeoutSeconds": 1,
            },
            "name": self.app,
            "ports": [{"containerPort": 8080, "name": "http", "protocol": "TCP"}],
            "resources": {
                "limits": {"cpu": "1", "memory": maker.random.pick(&["256Mi", "512Mi", "1Gi"])},
                "requests": {"cpu": "100m", "memory": "128Mi"},
            },
            "terminationMessagePath": "/dev/termination-log",
            "terminationMessagePolicy": "File",
            "volumeMounts": [
                {"mountPath": "/etc/app", "name": "config", "readOnly": true},
                self.token_mount(),
            ],
        })
    }

    /// Values that would be numbers, booleans, dates or null without their quotes.
    fn env(maker: &mut Maker) -> Value {
        // Digits and an `e`, which a parser may take for a number.
        let commit = |maker: &mut Maker| {
            let (before, behind) = (maker.random.below(90_000), maker.random.below(9_000));
            format!("{}e{}", 10_000 + before, 1_000 + behind)
        };
        json!([
            {"name": "HTTP_PORT", "value": "8080"},
            {"name": "TRACING", "value": maker.random.pick(&["true", "off", "yes"])},
            {"name": "SAMPLE_RATIO", "value": maker.random.pick(&["0.5", "1e-3", ".25"])},
            {"name": "COMMIT", "value": commit(maker)},
            {"name": "FROZEN_SINCE", "value": maker.random.pick(&["", "2026-09-01", "22:30"])},
            {
                "name": "POD_IP",
                "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "status.podIP"}},
            },
        ])
    }

    fn proxy_container(&self) -> Value {
        json!({
            "args": [
                "--listen=:15001",
                format!("--upstream={}:8080", self.app),
                "--log={\"level\": \"info\"}",
            ],
            "image": "registry.shop.example/mesh/proxy:1.29.4",
            "imagePullPolicy": "IfNotPresent",
            "name": "proxy",
            "resources": {
                "limits": {"memory": "128Mi"},
                "requests": {"cpu": "10m", "memory": "64Mi"},
            },
            "terminationMessagePath": "/dev/termination-log",
            "terminationMessagePolicy": "File",
            "volumeMounts": [self.token_mount()],
        })
    }

    fn init_container(&self) -> Value {
        let mut container = json!({
            "args": ["migrate", "--wait=60s"],
            "image": format!("{}:{}", self.image, self.version),
            "imagePullPolicy": "IfNotPresent",
            "name": "migrate",
            "resources": {"limits": {"memory": "64Mi"}},
            "terminationMessagePath": "/dev/termination-log",
            "terminationMessagePolicy": "File",
            "volumeMounts": [self.token_mount()],
        });
        if matches!(self.condition, Condition::OutOfMemory { .. }) {
            container["restartPolicy"] = json!("Always");
        }
        container
    }

    fn token_mount(&self) -> Value {
        json!({
            "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount",
            "name": self.token_volume,
            "readOnly": true,
        })
    }

    fn token(&self) -> Value {
        let namespace = json!({
            "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"},
            "path": "namespace",
        });
        let mut volume = Map::new();
        volume.insert("name".to_owned(), json!(self.token_volume));
        volume.insert(
            "projected".to_owned(),
            json!({"defaultMode": 420, "sources": [
                {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
                {
                    "configMap": {
                        "items": [{"key": "ca.crt", "path": "ca.crt"}],
                        "name": "kube-root-ca.crt",
                    },
                },
                {"downwardAPI": {"items": [namespace]}},
            ]}),
        );
        Value::Object(volume)
    }
}
