//! Which cluster is read, how much of it, and how long the reading may wait.

use std::{path::PathBuf, time::Duration};

use rulebox_reader::Limits;
use tokio::time::Instant;

/// Which cluster is read, how much of it, and how long the reading may wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// A kubeconfig to use in place of `$KUBECONFIG`, `~/.kube/config` and the pod's own service
    /// account.
    pub kubeconfig: Option<PathBuf>,
    /// The context of the kubeconfig; the current context if none.
    pub context: Option<String>,
    /// The only namespaces to read; if empty, all that the needs name. Cluster-scoped kinds are
    /// read in either case.
    pub namespaces: Vec<String>,
    /// The most objects on a page. The server may send fewer.
    pub page_size: u32,
    /// How long one request may take, from sending it to the last byte of the answer.
    pub request_timeout: Duration,
    /// How often a request is sent again if the server was busy, failed, or did not answer.
    pub retries: u32,
    /// How long all requests to the cluster may take together, from connecting on; none: there is
    /// no end. What was read until then counts, as a part.
    pub deadline: Option<Duration>,
    /// When the run ends that reads this cluster among others, and how long that is after its
    /// beginning.
    pub run_ends: Option<(Instant, Duration)>,
    /// The most bytes of one answer. A page that is longer is asked for again with fewer objects.
    pub answer_bytes: usize,
    /// How many kinds are listed at the same time.
    pub at_once: usize,
    /// How much of the answers is kept.
    pub limits: Limits,
}

/// `kubectl get` asks for 500 objects a page too. 30 seconds are half of what an API server grants
/// a request. The pauses of 4 retries add up to about 8 seconds, which is longer than the failover
/// of a load balancer. A cluster with 20,000 pods is read in some seconds: one that takes two
/// minutes is ill, and a person waits. 500 pods take 10 MB, 64 MiB hold 40 objects of the greatest
/// size. Four lists at a time are no load for a server that grants a user some hundred requests.
impl Default for Options {
    fn default() -> Self {
        Self {
            kubeconfig: None,
            context: None,
            namespaces: Vec::new(),
            page_size: 500,
            request_timeout: Duration::from_secs(30),
            retries: 4,
            deadline: Some(Duration::from_mins(2)),
            run_ends: None,
            answer_bytes: 64 << 20,
            at_once: 4,
            limits: Limits::default(),
        }
    }
}
