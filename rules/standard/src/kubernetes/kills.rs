//! Which containers of a pod were killed, and whether memory was why.

use jiff::Timestamp;

use crate::kubernetes::objects::core::{ContainerStatus, Pod, Terminated};

/// 128 + 9: what a process leaves behind that was ended by SIGKILL.
const KILLED: i32 = 137;

/// A container that was killed.
#[derive(Debug)]
pub struct Kill<'a> {
    /// What the kubelet says of the container.
    pub container: &'a ContainerStatus,
    /// How it ended.
    pub end: &'a Terminated,
    /// The path of the container in the pod: `status.containerStatuses[0]`.
    pub at: String,
    /// The path of its exit below that: `lastState.terminated`.
    pub path: &'static str,
    /// Whether the kubelet says `OOMKilled`. Otherwise it was SIGKILL, for an unknown reason.
    pub for_memory: bool,
    /// Whether the container was added for debugging. It is not restarted.
    pub is_ephemeral: bool,
    /// Whether it has not been restarted.
    pub is_down: bool,
}

impl Kill<'_> {
    /// When it happened.
    pub fn time(&self) -> Option<Timestamp> {
        self.end.finished_at
    }
}

/// The kills that a pod shows, of every kind of container, the most telling first: those for
/// memory, of them the newest.
///
/// `OOMKilled` counts whatever the exit code: where a child is killed, the main process may end
/// with another. Exit code 137 alone counts less, and not at all in a pod that was evicted, is
/// being deleted, or whose node lost sight of it (`ContainerStatusUnknown`): there it says nothing.
pub fn of<L>(pod: &Pod<L>) -> Vec<Kill<'_>> {
    let mut kills = Vec::new();
    let is_leaving = pod.status.is_over() || pod.metadata.deletion_timestamp.is_some();
    for (at, container) in pod.status.containers() {
        let now = container.state.terminated.as_ref().map(|it| ("state.terminated", it));
        let before = container.last_state.terminated.as_ref();
        let before = before.map(|it| ("lastState.terminated", it));
        for (path, end) in now.into_iter().chain(before) {
            let for_memory = end.reason == "OOMKilled";
            if for_memory || is_sigkill(end) && !is_leaving {
                let is_ephemeral = at.starts_with("status.ephemeral");
                let has_ended = container.state.terminated.is_some() && !is_ephemeral;
                let is_down = has_ended || container.is_backing_off();
                kills.push(Kill {
                    container,
                    end,
                    at: at.clone(),
                    path,
                    for_memory,
                    is_ephemeral,
                    is_down,
                });
            }
        }
    }
    kills.sort_by_key(|it| std::cmp::Reverse((it.for_memory, it.time())));
    kills
}

/// Whether it was SIGKILL that ended a container, and its status does not say why.
pub fn is_sigkill(end: &Terminated) -> bool {
    end.exit_code == Some(KILLED) && end.reason == "Error"
}

/// How a container ended, as evidence: `Error, exit code 1, finished at 2026-09-15T01:47:48Z`.
pub fn words(end: &Terminated) -> String {
    let when = end.finished_at.map(|it| format!(", finished at {it}")).unwrap_or_default();
    format!("{}, {}{when}", end.reason, end.exit())
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Default, Deserialize)]
    struct NoLabels {}

    /// The paths of the kills.
    #[track_caller]
    fn check(status: &str, want: &[&str]) {
        let pod = format!(r#"{{"status": {status}}}"#);
        let pod: Pod<NoLabels> = serde_json::from_str(&pod).expect("a pod");
        let paths: Vec<_> =
            of(&pod).into_iter().map(|it| format!("{}.{}", it.at, it.path)).collect();
        assert_eq!(paths, want, "{status}");
    }

    #[test]
    fn oom_killed_counts_whatever_the_exit_code() {
        check(
            r#"{"containerStatuses": [{"name": "a",
                "lastState": {"terminated": {"reason": "OOMKilled", "exitCode": 1}}}]}"#,
            &["status.containerStatuses[0].lastState.terminated"],
        );
    }

    #[test]
    fn every_kind_of_container_counts() {
        let killed =
            r#"[{"name": "a", "state": {"terminated": {"reason": "OOMKilled", "exitCode": 137}}}]"#;
        for list in ["containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"] {
            let path = format!("status.{list}[0].state.terminated");
            check(&format!(r#"{{"{list}": {killed}}}"#), &[&path]);
        }
    }

    #[test]
    fn a_sigkill_counts_only_where_nothing_else_explains_it() {
        let sigkill = |phase: &str, reason: &str| {
            format!(
                r#"{{"phase": "{phase}", "containerStatuses": [{{"name": "a",
                    "lastState": {{"terminated": {{"reason": "{reason}", "exitCode": 137}}}}}}]}}"#
            )
        };
        check(&sigkill("Running", "Error"), &["status.containerStatuses[0].lastState.terminated"]);
        check(&sigkill("Running", "ContainerStatusUnknown"), &[]);
        check(&sigkill("Failed", "Error"), &[]);
    }

    #[test]
    fn memory_comes_first() {
        check(
            r#"{"containerStatuses": [
                {"name": "a", "lastState": {"terminated": {"reason": "Error", "exitCode": 137,
                    "finishedAt": "2026-09-15T02:00:00Z"}}},
                {"name": "b", "lastState": {"terminated": {"reason": "OOMKilled", "exitCode": 137,
                    "finishedAt": "2026-09-15T01:00:00Z"}}}]}"#,
            &[
                "status.containerStatuses[1].lastState.terminated",
                "status.containerStatuses[0].lastState.terminated",
            ],
        );
    }
}
