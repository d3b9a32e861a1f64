//! The rule `my_problem`.

use rulebox_sdk::{Fields, Object, Objects, Run, rule, shell_word};
use serde::Deserialize;

#[derive(Default, Deserialize, Object)]
#[object(id = "my_problem")]
#[serde(rename_all = "camelCase", default)]
struct Pod {
    status: Status,
}

#[derive(Default, Deserialize, Fields)]
#[serde(rename_all = "camelCase", default)]
struct Status {
    phase: String,
}

/// One line that names the problem.
///
/// What it finds, why it matters, and when it fires and when not.
///
/// # Example
///
/// ```yaml fires
/// apiVersion: v1
/// kind: Pod
/// metadata: {name: web-0, namespace: default}
/// status: {phase: Failed}
/// ```
///
/// ```yaml quiet
/// apiVersion: v1
/// kind: Pod
/// metadata: {name: web-0, namespace: default}
/// status: {phase: Running}
/// ```
///
/// # Sources
///
/// - documented or inferred, and where
#[rule(severity = medium)]
fn my_problem(run: &Run<'_>, pods: Objects<'_, Pod>) {
    for pod in pods {
        if pod.status.phase == "Failed" {
            run.report(
                pod.finding("the pod failed")
                    .cause("why, as far as the evidence tells")
                    .remedy("What to do, in a sentence:")
                    .command(format!(
                        "kubectl -n {} describe pod {}",
                        shell_word(pod.namespace()),
                        shell_word(pod.name())
                    ))
                    .evidence("status.phase", &pod.status.phase),
            );
        }
    }
}
