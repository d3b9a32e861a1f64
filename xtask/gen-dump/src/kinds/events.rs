//! Events of pods, and of tasks of the backup center.

use serde_json::{Value, json};

use super::{
    backup_center::{backup_name, refusal},
    context::Context,
    managed,
};
use crate::{
    moment::Moment,
    names::{CSDR, app, node_name},
};

/// What happened, to which object, and which component reports it.
struct Happening {
    involved: (&'static str, &'static str, String),
    reason: &'static str,
    message: String,
    component: &'static str,
    is_warning: bool,
}

pub(super) fn event(context: &mut Context<'_>) -> Value {
    let Happening { involved, reason, message, component, is_warning } = happening(context);
    let (api_version, kind, object) = involved;
    let name = format!("{object}.18d5{}", context.random().hex(12));
    let node = node_name(context.below(120));
    let namespace = context.namespace.to_owned();
    let mut event = json!({
        "count": 1 + context.below(500),
        "eventTime": null,
        "firstTimestamp": Moment::CREATION.to_string(),
        "involvedObject": {
            "apiVersion": api_version,
            "kind": kind,
            "name": object,
            "namespace": namespace,
            "resourceVersion": context.maker.number(),
            "uid": context.maker.uid(),
        },
        "lastTimestamp": Moment::CREATION.later(context.below(3_000)).to_string(),
        "message": message,
        "metadata": context.metadata(&name, json!({})),
        "reason": reason,
        "reportingComponent": component,
        "reportingInstance": "",
        "source": {"component": component},
        "type": if is_warning { "Warning" } else { "Normal" },
    });
    if component == "kubelet" {
        event["source"]["host"] = json!(node);
        event["reportingInstance"] = json!(node);
        let container = format!("spec.containers{{{}}}", app(&namespace, context.random()));
        event["involvedObject"]["fieldPath"] = json!(container);
    }
    let parts = [
        "count",
        "firstTimestamp",
        "involvedObject",
        "lastTimestamp",
        "message",
        "reason",
        "source",
        "type",
    ];
    managed::add(&mut event, &[(component, &parts, "")]);
    event
}

fn happening(context: &mut Context<'_>) -> Happening {
    let namespace = context.namespace.to_owned();
    if namespace == CSDR && context.nth.is_multiple_of(2) {
        let involved = ("csdr.alibabacloud.com/v1beta1", "ApplicationBackup", backup_name(context));
        let is_warning = context.nth.is_multiple_of(6);
        let (reason, message) = if is_warning {
            ("Failed", format!("VaultError: backup vault is unavailable: {}", refusal(context)))
        } else {
            ("Completed", "the backup is completed".to_owned())
        };
        return Happening { involved, reason, message, component: "csdr-controller", is_warning };
    }
    let app = app(&namespace, context.random());
    let hash = context.random().suffix(10);
    let pod = format!("{app}-{hash}-{}", context.maker.suffix());
    let (reason, message, component, is_warning) = match context.nth % 8 {
        0 => (
            "Scheduled",
            format!("Successfully assigned {namespace}/{pod} to {}", node_name(context.below(120))),
            "default-scheduler",
            false,
        ),
        1 => (
            "Pulled",
            format!(
                "Container image \"registry.shop.example/{namespace}/{app}:1.4.2\" already present \
                 on machine"
            ),
            "kubelet",
            false,
        ),
        2 => ("Created", format!("Created container: {app}"), "kubelet", false),
        3 => (
            "Unhealthy",
            format!(
                "Readiness probe failed: Get \"http://10.64.{}.{}:8080/healthz\": context deadline \
                 exceeded (Client.Timeout exceeded while awaiting headers)",
                context.below(256),
                context.below(256)
            ),
            "kubelet",
            true,
        ),
        4 => (
            "BackOff",
            format!(
                "Back-off restarting failed container {app} in pod {pod}_{namespace}({})",
                context.maker.uid()
            ),
            "kubelet",
            true,
        ),
        5 => (
            "FailedScheduling",
            "0/120 nodes are available: 1 node(s) had untolerated taint \
             {node.kubernetes.io/disk-pressure: }, 119 Insufficient memory. preemption: 0/120 \
             nodes are available: 1 Preemption is not helpful for scheduling, 119 No preemption \
             victims found for incoming pod."
                .to_owned(),
            "default-scheduler",
            true,
        ),
        6 => (
            "FailedMount",
            "MountVolume.SetUp failed for volume \"config\" : configmap \"app-config\" not found"
                .to_owned(),
            "kubelet",
            true,
        ),
        _ => ("Killing", format!("Stopping container {app}"), "kubelet", false),
    };
    Happening { involved: ("v1", "Pod", pod), reason, message, component, is_warning }
}
