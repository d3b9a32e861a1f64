//! `status` of a pod, as a kubelet writes it.

use serde_json::{Value, json};

use super::{
    faults::{Condition, Place, State},
    pod::Pod,
};
use crate::prototype::Maker;

/// The state of one container.
struct ContainerStatus {
    state: Value,
    last_state: Value,
    restarts: u64,
    ready: bool,
}

impl Pod {
    pub(super) fn status(&self, maker: &mut Maker) -> Value {
        let mut containers = Vec::new();
        for (place, name) in [(Place::First, self.app.as_str()), (Place::Second, "proxy")] {
            let status = self.container(place, name, maker);
            let image = if place == Place::First {
                format!("{}:{}", self.image, self.version)
            } else {
                "registry.shop.example/mesh/proxy:1.29.4".to_owned()
            };
            containers.push((status, name, image));
        }
        let ready = containers.iter().all(|(it, ..)| it.ready);
        let started = !matches!(self.condition, Condition::CrashLoop(Place::Init));
        let running = started && self.condition != Condition::ImagePull;
        let mut status = json!({
            "conditions": self.conditions(started, ready),
            "hostIP": format!("172.20.{}.{}", self.node / 250, 10 + self.node % 250),
            "phase": if running { "Running" } else { "Pending" },
            "podIP": self.ip,
            "podIPs": [{"ip": self.ip}],
            "qosClass": "Burstable",
            "startTime": self.created.to_string(),
        });
        let rendered: Vec<_> = containers
            .into_iter()
            .map(|(it, name, image)| it.render(name, &image, maker))
            .collect();
        status["containerStatuses"] = json!(rendered);
        if self.condition.has_init() {
            let image = format!("{}:{}", self.image, self.version);
            let init = self.container(Place::Init, "migrate", maker);
            status["initContainerStatuses"] = json!([init.render("migrate", &image, maker)]);
        }
        if self.condition.has_ephemeral() {
            let image = "registry.shop.example/tools/debug:2.1.0";
            let debugger = self.container(Place::Ephemeral, "debugger", maker);
            status["ephemeralContainerStatuses"] =
                json!([debugger.render("debugger", image, maker)]);
        }
        status
    }

    fn conditions(&self, started: bool, ready: bool) -> Value {
        let word = |it: bool| if it { "True" } else { "False" };
        let mut conditions = vec![
            json!({
                "lastProbeTime": null,
                "lastTransitionTime": self.started.to_string(),
                "status": word(started),
                "type": "Initialized",
            }),
            json!({
                "lastProbeTime": null,
                "lastTransitionTime": self.started.to_string(),
                "status": word(ready),
                "type": "Ready",
            }),
            json!({
                "lastProbeTime": null,
                "lastTransitionTime": self.started.to_string(),
                "status": word(ready),
                "type": "ContainersReady",
            }),
            json!({
                "lastProbeTime": null,
                "lastTransitionTime": self.created.to_string(),
                "status": "True",
                "type": "PodScheduled",
            }),
        ];
        if !ready {
            for condition in &mut conditions[1..3] {
                condition["reason"] = json!("ContainersNotReady");
                condition["message"] =
                    json!(format!("containers with unready status: [{} proxy]", self.app));
            }
        }
        Value::Array(conditions)
    }

    fn container(&self, at: Place, name: &str, maker: &mut Maker) -> ContainerStatus {
        let healthy = ContainerStatus {
            state: json!({"running": {"startedAt": self.started.to_string()}}),
            last_state: json!({}),
            restarts: 0,
            ready: true,
        };
        match self.condition {
            Condition::CrashLoop(Place::Init) if at != Place::Init => ContainerStatus {
                state: json!({"waiting": {"reason": "PodInitializing"}}),
                ready: false,
                ..healthy
            },
            Condition::CrashLoop(place) if place == at => self.crash_loop(name, maker),
            Condition::OutOfMemory { place, state, exit_code } if place == at => {
                self.out_of_memory(state, exit_code, maker)
            }
            Condition::KilledByProbe if at == Place::First => self.restarted(maker, 137, "Error"),
            Condition::RestartedOnce if at == Place::Second => {
                self.restarted(maker, 0, "Completed")
            }
            Condition::ImagePull if at == Place::First => ContainerStatus {
                state: json!({"waiting": {
                    "message": format!("Back-off pulling image \"{}:{}\": ErrImagePull: manifest \
                        unknown", self.image, self.version),
                    "reason": "ImagePullBackOff",
                }}),
                ready: false,
                ..healthy
            },
            _ => healthy,
        }
    }

    fn crash_loop(&self, name: &str, maker: &mut Maker) -> ContainerStatus {
        let Self { name: pod, namespace, uid, .. } = self;
        let code = maker.random.pick(&[1, 2, 139, 255]);
        ContainerStatus {
            state: json!({"waiting": {
                "message": format!("back-off 5m0s restarting failed container={name} \
                    pod={pod}_{namespace}({uid})"),
                "reason": "CrashLoopBackOff",
            }}),
            last_state: json!({"terminated": self.end(maker, code, "Error")}),
            restarts: 5 + maker.random.below(400),
            ready: false,
        }
    }

    fn out_of_memory(&self, state: State, exit_code: u8, maker: &mut Maker) -> ContainerStatus {
        let end = self.end(maker, exit_code, "OOMKilled");
        match state {
            State::Now => ContainerStatus {
                state: json!({"terminated": end}),
                last_state: json!({}),
                restarts: 0,
                ready: false,
            },
            State::Last => ContainerStatus {
                state: json!({"running": {"startedAt": end["finishedAt"]}}),
                last_state: json!({"terminated": end}),
                restarts: 1 + maker.random.below(60),
                ready: true,
            },
        }
    }

    /// A container that ended once and runs again.
    fn restarted(&self, maker: &mut Maker, exit_code: u8, reason: &str) -> ContainerStatus {
        let end = self.end(maker, exit_code, reason);
        ContainerStatus {
            state: json!({"running": {"startedAt": end["finishedAt"]}}),
            last_state: json!({"terminated": end}),
            restarts: 1,
            ready: true,
        }
    }

    fn end(&self, maker: &mut Maker, exit_code: u8, reason: &str) -> Value {
        let started = self.started.later(maker.random.below(3_000));
        json!({
            "containerID": format!("containerd://{}", maker.hex(64)),
            "exitCode": exit_code,
            "finishedAt": started.later(1 + maker.random.below(600)).to_string(),
            "reason": reason,
            "startedAt": started.to_string(),
        })
    }
}

impl ContainerStatus {
    fn render(self, name: &str, image: &str, maker: &mut Maker) -> Value {
        let Self { state, last_state, restarts, ready } = self;
        let repository = image.rsplit_once(':').map_or(image, |(it, _)| it);
        let started = state.get("running").is_some();
        let mut status = json!({
            "image": image,
            "imageID": format!("{repository}@sha256:{}", maker.hex(64)),
            "lastState": last_state,
            "name": name,
            "ready": ready,
            "restartCount": restarts,
            "started": started,
            "state": state,
        });
        if started {
            status["containerID"] = json!(format!("containerd://{}", maker.hex(64)));
        }
        status
    }
}
