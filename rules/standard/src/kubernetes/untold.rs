//! What a status does not tell because somebody took it out, or put a placeholder in its place: a
//! rule that finds nothing in such a pod has seen nothing.

use crate::kubernetes::{
    messages::plural,
    objects::core::{ContainerStatus, Pod, Terminated},
};

/// Why the phase of an object tells nothing: it is missing, redacted, or of a version that is newer
/// than these words. None where it is one of the known ones.
pub fn phase(phase: &str, known: &[&str]) -> Option<String> {
    match phase {
        it if known.contains(&it) => None,
        "" => Some("status.phase is missing".to_owned()),
        it => Some(format!("status.phase `{it}` is not a known one")),
    }
}

/// What a pod does not tell of its containers: whether they run, how often they were restarted, how
/// they ended. None where it tells all.
///
/// A pod that was not started has no containers, and neither has one that its node refused, or was
/// evicted from.
pub fn of_containers<L>(pod: &Pod<L>) -> Option<String> {
    const KNOWN: [&str; 5] = ["Pending", "Running", "Succeeded", "Failed", "Unknown"];
    let status = &pod.status;
    let phase = status.phase.as_str();
    if let Some(untold) = self::phase(phase, &KNOWN) {
        return Some(untold);
    }
    let has_begun = match phase {
        "Pending" => false,
        "Failed" => !is_reason(&status.reason),
        _ => true,
    };
    if has_begun && status.container_statuses.is_empty() {
        return Some(format!("it is {phase}, and status.containerStatuses is missing"));
    }
    let lists = [
        (&pod.spec.containers, &status.container_statuses, "containerStatuses"),
        (&pod.spec.init_containers, &status.init_container_statuses, "initContainerStatuses"),
    ];
    for (containers, statuses, list) in lists.into_iter().filter(|_| has_begun) {
        let is_missing = |name: &str| !statuses.iter().any(|it| it.name == name);
        if let Some(it) = containers.iter().find(|it| is_missing(&it.name)) {
            return Some(format!("status.{list} has nothing of container {}", it.name));
        }
    }
    status.containers().find_map(|(at, it)| of_container(&at, it))
}

/// The same of one container.
fn of_container(at: &str, container: &ContainerStatus) -> Option<String> {
    let ContainerStatus { state, last_state, restart_count, .. } = container;
    if restart_count.is_none() {
        return Some(format!("{at}.restartCount is missing"));
    }
    if let Some(waiting) = state.waiting.as_ref().filter(|it| !is_reason(&it.reason)) {
        return Some(no_reason(&format!("{at}.state.waiting"), &waiting.reason));
    }
    let ends = [("state", &state.terminated), ("lastState", &last_state.terminated)];
    ends.into_iter().find_map(|(of, end)| {
        let (path, end) = (format!("{at}.{of}.terminated"), end.as_ref()?);
        let Terminated { reason, exit_code, .. } = end;
        if exit_code.is_none() {
            return Some(format!("{path}.exitCode is missing"));
        }
        (!is_reason(reason)).then(|| no_reason(&path, reason))
    })
}

/// That a container was restarted, and nothing tells how it ended before. Of several restarts the
/// kubelet keeps the last one.
pub fn of_ends<L>(pod: &Pod<L>) -> Option<String> {
    pod.status.containers().find_map(|(at, it)| {
        let is_untold = it.restarts() > 0 && it.last_end().is_none();
        is_untold.then(|| {
            format!(
                "{at} counts {} {}, and lastState.terminated is missing",
                it.restarts(),
                plural(it.restarts(), "restart")
            )
        })
    })
}

fn no_reason(path: &str, reason: &str) -> String {
    if reason.is_empty() {
        format!("{path}.reason is missing")
    } else {
        format!("{path}.reason `{reason}` is no reason, so it was redacted")
    }
}

/// Whether a text can be a reason: a word of letters, some of them small, as `OOMKilled` is;
/// runtimes write two words, too.
fn is_reason(text: &str) -> bool {
    const REDACTED: [&str; 8] = [
        "redacted",
        "hidden",
        "masked",
        "removed",
        "omitted",
        "sanitized",
        "obfuscated",
        "anonymized",
    ];
    text.starts_with(|it: char| it.is_ascii_alphabetic())
        && text.bytes().all(|it| it.is_ascii_alphanumeric() || it == b' ')
        && text.bytes().any(|it| it.is_ascii_lowercase())
        && !REDACTED.iter().any(|it| text.eq_ignore_ascii_case(it))
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Default, Deserialize)]
    struct NoLabels {}

    /// What a pod of this status does not tell, of its containers or of their ends; empty where it
    /// tells all.
    #[track_caller]
    fn check(status: &str, want: &str) {
        let pod =
            format!(r#"{{"spec": {{"containers": [{{"name": "a"}}]}}, "status": {{{status}}}}}"#);
        let pod: Pod<NoLabels> = serde_json::from_str(&pod).expect("a pod");
        let untold = of_containers(&pod).or_else(|| of_ends(&pod)).unwrap_or_default();
        assert_eq!(untold, want, "{status}");
    }

    /// The same of a pod that runs, with this status of its container.
    #[track_caller]
    fn check_container(status: &str, want: &str) {
        let name = r#""name": "a""#;
        check(&format!(r#""phase": "Running", "containerStatuses": [{{{name}, {status}}}]"#), want);
    }

    #[test]
    fn a_pod_that_was_never_started_has_no_containers() {
        check(r#""phase": "Pending""#, "");
        check(r#""phase": "Failed", "reason": "Evicted""#, "");
        check(r#""phase": "Failed""#, "it is Failed, and status.containerStatuses is missing");
    }

    #[test]
    fn a_pod_that_runs_has_containers() {
        check("", "status.phase is missing");
        check(r#""phase": "<removed>""#, "status.phase `<removed>` is not a known one");
        check(r#""phase": "Running""#, "it is Running, and status.containerStatuses is missing");
        check(
            r#""phase": "Running", "containerStatuses": [{"name": "b", "restartCount": 0}]"#,
            "status.containerStatuses has nothing of container a",
        );
    }

    #[test]
    fn a_container_tells_how_it_ended() {
        let ended = |reason: &str, code: &str| {
            let terminated = format!(r#"{{"reason": "{reason}"{code}}}"#);
            format!(r#""restartCount": 1, "lastState": {{"terminated": {terminated}}}"#)
        };
        let code = r#", "exitCode": 2"#;
        check_container(r#""restartCount": 0"#, "");
        check_container(r#""ready": true"#, "status.containerStatuses[0].restartCount is missing");
        check_container(&ended("Error", code), "");
        check_container(&ended("seccomp killed", code), "");
        let at = "status.containerStatuses[0]";
        check_container(
            &ended("Error", ""),
            &format!("{at}.lastState.terminated.exitCode is missing"),
        );
        check_container(&ended("", code), &format!("{at}.lastState.terminated.reason is missing"));
        for placeholder in ["***HIDDEN***", "REDACTED", "Redacted", "<removed>", "xxx-1"] {
            check_container(
                &ended(placeholder, code),
                &format!(
                    "{at}.lastState.terminated.reason `{placeholder}` is no reason, so it was \
                     redacted"
                ),
            );
        }
        check_container(
            r#""restartCount": 3"#,
            &format!("{at} counts 3 restarts, and lastState.terminated is missing"),
        );
        check_container(
            r#""restartCount": 0, "state": {"waiting": {"reason": "XXX"}}"#,
            &format!("{at}.state.waiting.reason `XXX` is no reason, so it was redacted"),
        );
    }
}
