//! Which pods keep crashing, and with which message.

use rulebox_sdk::{Run, Seen};

use crate::kubernetes::{
    ends,
    messages::{Message, Warnings},
    objects::core::{ContainerStatus, Pod, Terminated},
    thresholds::Thresholds,
};

/// Whether a pod keeps crashing.
#[derive(Debug)]
pub enum Crash<'a> {
    /// It is not, or it has ended.
    None,
    /// It was restarted many times, and does not tell when.
    Unknown,
    /// A container of it is.
    Loop {
        /// The path of the container in the pod: `status.containerStatuses[0]`.
        at: String,
        /// What the kubelet says of it.
        container: &'a ContainerStatus,
    },
}

/// A container in back-off, else one with many restarts of which the last is, or may be, recent;
/// the thresholds say how many and how recent. A completed init container does not count.
pub fn of<'a, L>(run: &Run<'_>, thresholds: &Thresholds, pod: &'a Pod<L>) -> Crash<'a> {
    if !pod.lives() {
        return Crash::None;
    }
    let mut crash = Crash::None;
    for (at, container) in pod.status.containers() {
        let is_many = container.restarts() >= thresholds.crash_restarts;
        let end = container.last_end().and_then(|(_, it)| it.finished_at);
        let is_init = at.starts_with("status.initContainer");
        let is_done = is_init
            && container.state.terminated.as_ref().is_some_and(|it| it.exit_code == Some(0));
        if container.is_backing_off() {
            return Crash::Loop { at, container };
        }
        if !is_many || is_done {
            continue;
        }
        match end {
            // The restarts are there, whatever happened after the input was taken.
            Some(end) if !run.age(end).exceeds(thresholds.crash_within).certainly() => {
                return Crash::Loop { at, container };
            }
            Some(_) => {}
            None => crash = Crash::Unknown,
        }
    }
    crash
}

/// The termination message of a container, else the newest warning about its pod that may be a
/// reason. That the restart is delayed is none, and neither is a failed readiness probe, which does
/// not end a container.
pub fn message<T>(
    pod: &Seen<T>,
    at: &str,
    container: &ContainerStatus,
    warnings: &Warnings,
) -> Option<Message> {
    let own = [
        ("state.terminated.message", &container.state.terminated),
        ("lastState.terminated.message", &container.last_state.terminated),
    ];
    let own = own
        .into_iter()
        .find_map(|(path, end)| Message::at(pod, format!("{at}.{path}"), &end.as_ref()?.message));
    own.or_else(|| warnings.newest_where(pod.reference(), is_reason))
}

/// Whether a warning may say why a container ended.
fn is_reason(text: &str) -> bool {
    let text = text.to_lowercase();
    let is_delay = text.contains("back-off") && text.contains("restarting failed");
    !is_delay && !text.starts_with("readiness probe ")
}

/// What is known of the end of a container that gives no reason, after its name.
pub fn silent(end: Option<&Terminated>, node: &str) -> String {
    match end {
        Some(end) if ends::is_unseen(end) => {
            let on = if node.is_empty() { String::new() } else { format!(" {node}") };
            format!(
                "ended unseen ({}, {}): its node{on} or the container runtime there was restarted.",
                end.reason,
                end.exit()
            )
        }
        Some(Terminated { exit_code: Some(code), .. }) => {
            format!("exits with code {code} and gives no reason.")
        }
        Some(_) | None => "gives no reason for its exit.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, want: bool) {
        assert_eq!(is_reason(text), want, "{text}");
    }

    #[test]
    fn a_delayed_restart_is_no_reason() {
        check("Back-off restarting failed container", false);
        check("Back-off restarting failed container web in pod web-1_apps(3b)", false);
        check(
            "Error syncing pod, skipping: failed to \"StartContainer\" for \"web\" with \
             CrashLoopBackOff: \"Back-off 5m0s restarting failed container=web\"",
            false,
        );
        check("Error: failed to create containerd task", true);
    }

    #[test]
    fn a_readiness_probe_ends_nothing() {
        check("Readiness probe failed: timeout", false);
        check("Liveness probe failed: timeout", true);
    }
}
