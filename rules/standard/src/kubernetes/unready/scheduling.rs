//! Why the scheduler finds no node for a pod.

use rulebox_sdk::Seen;

use super::problem::{Problem, Reason};
use crate::kubernetes::{messages::Message, objects::core::Pod};

/// What keeps nodes from taking a pod, in the words of the scheduler, each with how many nodes it
/// keeps.
fn obstacles(message: &str) -> Vec<String> {
    let Some((_, list)) = message.split_once(" nodes are available: ") else { return Vec::new() };
    let list = list.split(" preemption:").next().unwrap_or_default().trim_end_matches(['.', ' ']);
    let mut obstacles: Vec<String> = Vec::new();
    for part in list.split(", ") {
        // `{key: value}, that the pod didn't tolerate` is one.
        match obstacles.last_mut() {
            Some(last) if !part.starts_with(|it: char| it.is_ascii_digit()) => {
                *last = format!("{last}, {part}");
            }
            _ => obstacles.push(part.to_owned()),
        }
    }
    obstacles
}

/// The problem of a pod that the scheduler finds no node for.
pub(super) fn unschedulable<T, L>(
    seen: &Seen<T>,
    pod: &Pod<L>,
    message: Option<Message>,
) -> Problem {
    let text = message.as_ref().map_or("", |it| &it.text).to_owned();
    let obstacles = obstacles(&text);
    let after = |mark: &str| {
        let mut found: Vec<&str> =
            obstacles.iter().filter_map(|it| Some(it.split_once(mark)?.1)).collect();
        found.dedup();
        found
    };
    let (resources, taints) = (after("Insufficient "), after(" taint"));
    let taints: Vec<_> = taints
        .into_iter()
        .filter_map(|it| Some(it.split_once('{')?.1.split_once('}')?.0))
        .map(|it| it.trim_end_matches(": "))
        .collect();
    let says = |part: &str| text.contains(part);
    let new = |reason| {
        Problem::new(seen, "", reason, "cannot be scheduled")
            .because(if text.is_empty() {
                "The scheduler finds no node for it and gives no reason.".to_owned()
            } else {
                format!("The scheduler finds no node for it: {text}")
            })
            .seen("status.phase", &pod.status.phase)
    };
    let problem = if says("no nodes available") || text.starts_with("0/0 nodes") {
        new(Reason::NoNodes)
            .say("The cluster has no node that can run pods: add a node pool. These are its nodes:")
            .command("kubectl get node")
    } else if !resources.is_empty() {
        let requests = pod.spec.containers.iter().enumerate().flat_map(|(i, it)| {
            let set =
                [("cpu", &it.resources.requests.cpu), ("memory", &it.resources.requests.memory)];
            set.into_iter().filter(|(_, it)| !it.as_str().is_empty()).map(move |(name, it)| {
                (format!("spec.containers[{i}].resources.requests.{name}"), it.as_str().to_owned())
            })
        });
        let which = resources.join(", ");
        let problem = new(Reason::InsufficientResources)
            .label("resource", &which)
            .say(format!(
                "No node has enough {which} left: add a node, or stop what does not need to run. \
                 What the nodes have promised already is listed under Allocated resources:"
            ))
            .command("kubectl describe node");
        requests.fold(problem, |problem, (path, value)| problem.seen(path, value))
    } else if !taints.is_empty() {
        let which = taints.join(", ");
        new(Reason::UntoleratedTaint)
            .label("taint", &which)
            .say(format!(
                "The nodes have a taint that it does not tolerate ({which}). A taint of \
                 node.kubernetes.io/ is set by Kubernetes while something is wrong with a node; \
                 else remove it from a node, or add a node without it:"
            ))
            .command("kubectl get node -o custom-columns=NAME:.metadata.name,TAINTS:.spec.taints")
    } else if says("were unschedulable") || says("was unschedulable") {
        new(Reason::NodesCordoned)
            .say(
                "The nodes that it could run on are cordoned. See which, then uncordon one of \
                 them:",
            )
            .command("kubectl get node")
            .command("kubectl uncordon NODE")
    } else {
        new(Reason::Unschedulable).describe()
    };
    problem.messages(message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_obstacles(message: &str, want: &[&str]) {
        assert_eq!(obstacles(message), want);
    }

    #[test]
    fn the_scheduler_lists_what_keeps_nodes() {
        check_obstacles(
            "0/3 nodes are available: 1 Insufficient cpu, 2 Insufficient memory. preemption: 0/3 \
             nodes are available: 3 No preemption victims found for incoming pod.",
            &["1 Insufficient cpu", "2 Insufficient memory"],
        );
    }

    #[test]
    fn a_taint_of_an_old_scheduler_is_one_obstacle() {
        check_obstacles(
            "0/2 nodes are available: 1 Too many pods, 1 node(s) had taint {dedicated: gpu}, that \
             the pod didn't tolerate.",
            &[
                "1 Too many pods",
                "1 node(s) had taint {dedicated: gpu}, that the pod didn't tolerate",
            ],
        );
    }

    #[test]
    fn another_message_lists_nothing() {
        check_obstacles("no nodes available to schedule pods", &[]);
        check_obstacles("", &[]);
    }
}
