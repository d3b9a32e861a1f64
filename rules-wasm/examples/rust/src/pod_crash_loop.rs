//! See [`pod_crash_loop`].

use rulebox_sdk::{Objects, Run, SettingsOf, rule, shell_word};

use crate::{pod::Pod, settings::Settings};

/// A container crashes again and again.
///
/// The kubelet waits longer after each crash, up to five minutes, and says `CrashLoopBackOff`
/// meanwhile. Init and ephemeral containers count like the others: a pod whose init container
/// crashes never starts.
///
/// A container that waits for another reason (`ImagePullBackOff`, `ContainerCreating`) does not
/// crash, and one that has restarted and runs now is not in the loop.
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
///     restartCount: 12
///     state: {waiting: {reason: CrashLoopBackOff}}
///     lastState: {terminated: {reason: Error, exitCode: 1}}
/// ```
///
/// ```yaml quiet
/// apiVersion: v1
/// kind: Pod
/// metadata: {name: web-0, namespace: shop}
/// status:
///   containerStatuses:
///   - name: app
///     restartCount: 1
///     state: {running: {startedAt: "2026-09-15T02:30:00Z"}}
///     lastState: {terminated: {reason: Error, exitCode: 1}}
/// ```
///
/// # Sources
///
/// - <https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy>
#[rule(severity = high)]
pub fn pod_crash_loop(run: &Run<'_>, pods: Objects<'_, Pod>, settings: SettingsOf<Settings>) {
    for pod in pods {
        for (path, container) in pod.status.containers() {
            let Some(waiting) = &container.state.waiting else { continue };
            if waiting.reason != "CrashLoopBackOff" || settings.ignores(pod.namespace()) {
                continue;
            }
            let mut finding = pod
                .finding(format!("the container {} crashes again and again", container.name))
                .remedy("Read what it said before it crashed:")
                .command(format!(
                    "kubectl -n {} logs {} -c {} --previous",
                    shell_word(pod.namespace()),
                    shell_word(pod.name()),
                    shell_word(&container.name)
                ))
                .evidence(&format!("{path}.state.waiting.reason"), &waiting.reason)
                .evidence(&format!("{path}.restartCount"), container.restart_count)
                .label("container", &container.name);
            if let Some(end) = &container.last_state.terminated {
                finding = finding
                    .cause(format!(
                        "it last ended with exit code {} ({})",
                        end.exit_code, end.reason
                    ))
                    .evidence(&format!("{path}.lastState.terminated.exitCode"), end.exit_code);
            }
            run.report(finding);
        }
    }
}
