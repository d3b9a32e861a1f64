//! Which pods keep crashing, and with which message.

use rulebox_sdk::{Run, Seen};

use crate::kubernetes::{
    messages::{Message, Warnings},
    objects::core::{ContainerStatus, Pod},
    thresholds::Thresholds,
};

/// Whether a pod keeps crashing.
#[derive(Debug)]
pub enum Crash<'a> {
    /// It is not, or it has ended.
    None,
    /// It was restarted many times, at an unknown time.
    Unknown,
    /// A container of it is.
    Loop {
        /// The path of the container in the pod: `status.containerStatuses[0]`.
        at: String,
        /// What the kubelet says of it.
        container: &'a ContainerStatus,
    },
}

/// A container in back-off, else one with many restarts of which the last is recent; the thresholds
/// say how many and how recent. A completed init container does not count.
pub fn of<'a, L>(run: &Run<'_>, thresholds: &Thresholds, pod: &'a Pod<L>) -> Crash<'a> {
    if !pod.lives() {
        return Crash::None;
    }
    let mut crash = Crash::None;
    for (at, container) in pod.status.containers() {
        let is_many = container.restart_count >= thresholds.crash_restarts;
        let end = container.last_end().and_then(|(_, it)| it.finished_at);
        let is_init = at.starts_with("status.initContainer");
        let is_done =
            is_init && container.state.terminated.as_ref().is_some_and(|it| it.exit_code == 0);
        if container.is_backing_off() {
            return Crash::Loop { at, container };
        }
        if !is_many || is_done {
            continue;
        }
        match end.and_then(|it| run.age(it)) {
            Some(age) if age <= thresholds.crash_within => return Crash::Loop { at, container },
            Some(_) => {}
            None => crash = Crash::Unknown,
        }
    }
    crash
}

/// The termination message of a container, else the newest warning about its pod. A warning about
/// the back-off itself gives no reason.
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
    let is_reason = |text: &str| !text.to_lowercase().starts_with("back-off restarting");
    own.or_else(|| warnings.newest_where(pod.reference(), is_reason))
}
