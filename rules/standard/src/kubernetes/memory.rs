//! Memory limits of containers: what it means that one was reached, and how to raise it.

use rulebox_sdk::{Quantity, shell_word};

use crate::kubernetes::objects::core::Container;

/// The memory limit of a container, where it has one.
pub fn limit(container: &Container) -> Option<&Quantity> {
    let limit = &container.resources.limits.memory;
    limit.value().filter(|it| *it > 0.0).map(|_| limit)
}

/// Why a container is OOM-killed.
pub fn why_killed(limit: Option<&Quantity>) -> String {
    match limit {
        Some(limit) => {
            format!("It is killed when it reaches its memory limit of {}.", limit.as_str())
        }
        None => "It is OOM-killed and has no limit: its node is short of memory.".to_owned(),
    }
}

/// What to do if a container has no limit: the sentence before [`FIND_NODE_COMMAND`].
pub const FIND_NODE: &str = "See which nodes have memory left:";
/// Shows it.
pub const FIND_NODE_COMMAND: &str = "kubectl top node";

/// A memory limit that should be doubled.
#[derive(Debug, Clone, Copy)]
pub struct Doubling<'a> {
    /// Where the workload is.
    pub namespace: &'a str,
    /// As kubectl takes it: `deploy/velero`.
    pub workload: &'a str,
    /// The container.
    pub container: &'a str,
    /// Its limit now.
    pub limit: &'a Quantity,
}

impl Doubling<'_> {
    /// A sentence without its end, because more may follow:
    /// `Double the memory limit of velero, from 2Gi to 4Gi`.
    pub fn sentence(&self, whose: &str) -> String {
        let (limit, double) = (self.limit.as_str(), doubled(self.limit));
        format!("Double the memory limit of {whose}, from {limit} to {double}")
    }

    /// The command that does so.
    pub fn command(&self) -> String {
        let Self { namespace, workload, container, limit } = self;
        let (namespace, container) = (shell_word(namespace), shell_word(container));
        let double = doubled(limit);
        format!(
            "kubectl -n {namespace} set resources {workload} -c {container} \
             --limits=memory={double}"
        )
    }
}

/// Twice a limit, in whole Gi or Mi.
pub fn doubled(limit: &Quantity) -> String {
    const MI: f64 = 1024.0 * 1024.0;
    const GI: f64 = 1024.0 * MI;
    let double = 2.0 * limit.value().unwrap_or_default();
    if double % GI == 0.0 {
        format!("{}Gi", double / GI)
    } else {
        format!("{}Mi", (double / MI).ceil())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(limit: &str, want: &str) {
        let limit = serde_json::from_value(limit.into()).expect("a quantity");
        assert_eq!(doubled(&limit), want);
    }

    #[test]
    fn limits_double() {
        check("2Gi", "4Gi");
        check("512Mi", "1Gi");
        check("64Mi", "128Mi");
        check("1500M", "2862Mi");
    }
}
