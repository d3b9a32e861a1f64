//! Deployments and ReplicaSets.

use serde_json::{Value, json};

use super::{context::Context, managed};
use crate::{moment::Moment, names::app};

/// A pod template with its labels, and the name of the app.
struct Workload {
    app: String,
    labels: Value,
    template: Value,
}

impl Workload {
    fn new(context: &mut Context<'_>) -> Self {
        const VALUES: [&str; 5] =
            ["8080", "true", "0.5", "http://search.shop.example:9200/index", ""];
        let namespace = context.namespace.to_owned();
        let app = app(&namespace, context.random());
        let labels =
            json!({"app.kubernetes.io/instance": namespace, "app.kubernetes.io/name": app});
        let env: Vec<_> = (0..8 + context.below(10))
            .map(|it| {
                let value = context.random().pick(&VALUES);
                json!({"name": format!("OPTION_{it}"), "value": value})
            })
            .collect();
        let (major, minor) = (1 + context.below(4), context.below(30));
        let image = format!("registry.shop.example/{namespace}/{app}:{major}.{minor}.0");
        let template = json!({
            "metadata": {
                "creationTimestamp": null,
                "labels": labels,
                "annotations": {"prometheus.io/port": "9090", "prometheus.io/scrape": "true"},
            },
            "spec": {
                "affinity": {
                    "podAntiAffinity": {
                        "preferredDuringSchedulingIgnoredDuringExecution": [{
                            "podAffinityTerm": {
                                "labelSelector": {"matchLabels": labels},
                                "topologyKey": "kubernetes.io/hostname",
                            },
                            "weight": 100,
                        }],
                    },
                },
                "containers": [{
                    "args": ["server", "--config=/etc/app/config.yaml", "--log-format", "json"],
                    "env": env,
                    "image": image,
                    "imagePullPolicy": "IfNotPresent",
                    "livenessProbe": {
                        "failureThreshold": 3,
                        "httpGet": {"path": "/healthz", "port": 8080, "scheme": "HTTP"},
                        "periodSeconds": 10,
                        "successThreshold": 1,
                        "timeoutSeconds": 1,
                    },
                    "name": app,
                    "ports": [{"containerPort": 8080, "name": "http", "protocol": "TCP"}],
                    "resources": {
                        "limits": {"cpu": "1", "memory": "512Mi"},
                        "requests": {"cpu": "100m", "memory": "128Mi"},
                    },
                    "terminationMessagePath": "/dev/termination-log",
                    "terminationMessagePolicy": "File",
                    "volumeMounts": [{"mountPath": "/etc/app", "name": "config", "readOnly": true}],
                }],
                "dnsPolicy": "ClusterFirst",
                "restartPolicy": "Always",
                "schedulerName": "default-scheduler",
                "securityContext": {"fsGroup": 2000, "runAsNonRoot": true},
                "serviceAccount": app,
                "serviceAccountName": app,
                "terminationGracePeriodSeconds": 30,
                "volumes": [{
                    "configMap": {"defaultMode": 420, "name": format!("{app}-config")},
                    "name": "config",
                }],
            },
        });
        Self { app, labels, template }
    }
}

pub(super) fn deployment(context: &mut Context<'_>) -> Value {
    let Workload { app, labels, template } = Workload::new(context);
    let name = format!("{app}-{}", context.maker.suffix());
    let applied = json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": app, "namespace": context.namespace},
        "spec": {"template": template},
    });
    let metadata = json!({
        "annotations": {
            "deployment.kubernetes.io/revision": "7",
            "kubectl.kubernetes.io/last-applied-configuration": format!("{applied}\n"),
        },
        "generation": 7,
        "labels": labels,
    });
    let replicas = 1 + context.below(6);
    let condition = |kind: &str, reason: &str, message: String| {
        json!({
            "lastTransitionTime": Moment::CREATION.to_string(),
            "lastUpdateTime": Moment::CREATION.later(30).to_string(),
            "message": message,
            "reason": reason,
            "status": "True",
            "type": kind,
        })
    };
    let available = "Deployment has minimum availability.".to_owned();
    let progressed = format!("ReplicaSet \"{name}\" has successfully progressed.");
    let mut deployment = json!({
        "metadata": context.metadata(&name, metadata),
        "spec": {
            "progressDeadlineSeconds": 600,
            "replicas": replicas,
            "revisionHistoryLimit": 10,
            "selector": {"matchLabels": labels},
            "strategy": {
                "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"},
                "type": "RollingUpdate",
            },
            "template": template,
        },
        "status": {
            "availableReplicas": replicas,
            "conditions": [
                condition("Available", "MinimumReplicasAvailable", available),
                condition("Progressing", "NewReplicaSetAvailable", progressed),
            ],
            "observedGeneration": 7,
            "readyReplicas": replicas,
            "replicas": replicas,
            "updatedReplicas": replicas,
        },
    });
    managed::add(
        &mut deployment,
        &[
            ("kubectl-client-side-apply", &["metadata", "spec"], ""),
            ("kube-controller-manager", &["status"], "status"),
        ],
    );
    deployment
}

/// A ReplicaSet. Most are old revisions, scaled to zero.
pub(super) fn replica_set(context: &mut Context<'_>) -> Value {
    let Workload { app, mut labels, mut template } = Workload::new(context);
    let hash = context.random().suffix(10);
    labels["pod-template-hash"] = json!(hash);
    template["metadata"]["labels"]["pod-template-hash"] = json!(hash);
    let name = format!("{app}-{hash}-{}", context.maker.suffix());
    let current = context.every(3);
    let replicas = if current { 3 } else { 0 };
    let metadata = json!({
        "annotations": {
            "deployment.kubernetes.io/desired-replicas": "3",
            "deployment.kubernetes.io/max-replicas": "4",
            "deployment.kubernetes.io/revision": "7",
        },
        "generation": 2,
        "labels": labels,
        "ownerReferences": [{
            "apiVersion": "apps/v1",
            "blockOwnerDeletion": true,
            "controller": true,
            "kind": "Deployment",
            "name": app,
            "uid": context.maker.uid(),
        }],
    });
    let mut status = json!({"observedGeneration": 2, "replicas": replicas});
    if current {
        for it in ["availableReplicas", "fullyLabeledReplicas", "readyReplicas"] {
            status[it] = json!(replicas);
        }
    }
    let mut replica_set = json!({
        "metadata": context.metadata(&name, metadata),
        "spec": {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template},
        "status": status,
    });
    managed::add(
        &mut replica_set,
        &[("kube-controller-manager", &["metadata", "spec", "status"], "")],
    );
    replica_set
}
