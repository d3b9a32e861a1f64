//! See [`container_oom_killed`].

use rulebox_sdk::{Objects, Run, SettingsOf, rule, shell_word};

use crate::{pod::Pod, settings::Settings};

/// A container was killed because it ran out of memory.
///
/// It counts whether the container is down now or has been started again since, and whatever its
/// exit code was: the kernel may kill a child process, and the main process then ends with a code
/// of its own. Exit code 137 without the reason `OOMKilled` is a SIGKILL of somebody else, such as
/// a failed liveness probe, and is not reported.
///
/// Each restart forgets the end before the last, so what this rule finds is a lower bound.
///
/// # Example
///
/// ```yaml fires
/// apiVersion: v1
/// kind: Pod
/// metadata: {name: web-0, namespace: shop}
/// status:
///   containerStatuses:
///   - name: app
///     restartCount: 3
///     state: {running: {startedAt: "2026-09-15T02:30:00Z"}}
///     lastState: {terminated: {reason: OOMKilled, exitCode: 137}}
/// ```
///
/// ```yaml quiet
/// apiVersion: v1
/// kind: Pod
/// metadata: {name: web-0, namespace: shop}
/// status:
///   containerStatuses:
///   - name: app
///     restartCount: 3
///     state: {running: {startedAt: "2026-09-15T02:30:00Z"}}
///     lastState: {terminated: {reason: Error, exitCode: 137}}
/// ```
///
/// # Sources
///
/// - <https://kubernetes.io/docs/tasks/configure-pod-container/assign-memory-resource/>
#[rule(severity = medium)]
pub fn container_oom_killed(run: &Run<'_>, pods: Objects<'_, Pod>, settings: SettingsOf<Settings>) {
    for pod in pods {
        for (path, container) in pod.status.containers() {
            let ends = [
                ("state", &container.state.terminated),
                ("lastState", &container.last_state.terminated),
            ];
            let killed = ends.into_iter().find_map(|(state, end)| {
                end.as_ref().filter(|it| it.reason == "OOMKilled").map(|it| (state, it))
            });
            let Some((state, end)) = killed else { continue };
            if settings.ignores(pod.namespace()) {
                continue;
            }
            let (namespace, name) = (shell_word(pod.namespace()), shell_word(pod.name()));
            run.report(
                pod.finding(format!("the container {} ran out of memory", container.name))
                    .cause("it used more memory than its limit, or its node had none left")
                    .remedy(
                        "Compare its limit with what it uses, then raise the limit or use less:",
                    )
                    .command(format!("kubectl -n {namespace} describe pod {name}"))
                    .command(format!("kubectl -n {namespace} top pod {name} --containers"))
                    .evidence(&format!("{path}.{state}.terminated.reason"), &end.reason)
                    .evidence(&format!("{path}.{state}.terminated.exitCode"), end.exit_code)
                    .evidence(&format!("{path}.restartCount"), container.restart_count)
                    .label("container", &container.name),
            );
        }
    }
}
