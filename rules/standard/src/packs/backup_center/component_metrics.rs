//! The metrics of the components: what the dashboard *Addon Status* of the backup center shows. All
//! have the component and its namespace, so that one joins the other.

use rulebox_sdk::{Metric, Quantity, Run};

use crate::{
    kubernetes::objects::core::{Amounts, Container, Pod},
    packs::backup_center::objects::selections::ComponentLabels,
};

/// Whether a component works.
pub const HEALTHY: Metric<2> = Metric::gauge(
    "backup_center_component_healthy",
    "Whether a component has a pod that is ready.",
    ["component", "namespace"],
);
/// How often it was restarted.
pub const RESTARTS: Metric<3> = Metric::gauge(
    "backup_center_component_restarts",
    "How often the containers of a pod were restarted, init containers included.",
    ["component", "namespace", "pod"],
);
/// Its age.
pub const START_TIME: Metric<3> = Metric::gauge(
    "backup_center_component_start_time_seconds",
    "When a pod was started, in seconds since 1970.",
    ["component", "namespace", "pod"],
);
/// What it is promised.
pub const MEMORY_REQUEST: Metric<3> = Metric::gauge(
    "backup_center_component_memory_request_bytes",
    "The memory requests of the containers of a pod.",
    ["component", "namespace", "pod"],
);
/// What it is held to.
pub const MEMORY_LIMIT: Metric<3> = Metric::gauge(
    "backup_center_component_memory_limit_bytes",
    "The memory limits of the containers of a pod; absent where one of them has no limit.",
    ["component", "namespace", "pod"],
);
/// What it is promised.
pub const CPU_REQUEST: Metric<3> = Metric::gauge(
    "backup_center_component_cpu_request_cores",
    "The CPU requests of the containers of a pod, in cores.",
    ["component", "namespace", "pod"],
);
/// What it is held to.
pub const CPU_LIMIT: Metric<3> = Metric::gauge(
    "backup_center_component_cpu_limit_cores",
    "The CPU limits of the containers of a pod, in cores; absent where one of them has no limit.",
    ["component", "namespace", "pod"],
);

/// The values of one pod that has not come to its end.
///
/// `labels`: the component, the namespace and the name of the pod, by which they join those of
/// other exporters.
pub fn sample(run: &Run<'_>, labels: [&str; 3], pod: &Pod<ComponentLabels>) {
    let restarts: u32 = pod.status.containers().map(|(_, it)| it.restarts()).sum();
    run.sample(&RESTARTS, labels, restarts.into());
    if let Some(time) = pod.status.start_time {
        run.sample(&START_TIME, labels, time.as_second() as f64);
    }
    let requests = |of: fn(&Amounts) -> &Quantity| {
        let set: Vec<_> =
            amounts(pod, |it| of(&it.resources.requests)).into_iter().flatten().collect();
        (!set.is_empty()).then(|| set.iter().sum())
    };
    let limits = |of: fn(&Amounts) -> &Quantity| {
        let set =
            amounts(pod, |it| of(&it.resources.limits)).into_iter().collect::<Option<Vec<_>>>();
        set.filter(|it| !it.is_empty()).map(|it| it.iter().sum())
    };
    let values: [(&Metric<3>, Option<f64>); 4] = [
        (&MEMORY_REQUEST, requests(|it| &it.memory)),
        (&MEMORY_LIMIT, limits(|it| &it.memory)),
        (&CPU_REQUEST, requests(|it| &it.cpu)),
        (&CPU_LIMIT, limits(|it| &it.cpu)),
    ];
    for (metric, value) in values {
        if let Some(value) = value {
            run.sample(metric, labels, value);
        }
    }
}

/// An amount of each container that stays.
fn amounts<L>(pod: &Pod<L>, of: impl Fn(&Container) -> &Quantity) -> Vec<Option<f64>> {
    pod.spec.containers.iter().map(|it| of(it).value()).collect()
}
