//! Which cluster is read, how much of it, and how long the reading may wait.

use std::{path::PathBuf, time::Duration};

use rulebox_reader::Limits;

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
    /// How much of the answers is kept.
    pub limits: Limits,
}

/// `kubectl get` asks for 500 objects a page too. 30 seconds are half of what an API server grants
/// a request. The pauses of 4 retries add up to about 8 seconds, which is longer than the failover
/// of a load balancer.
impl Default for Options {
    fn default() -> Self {
        Self {
            kubeconfig: None,
            context: None,
            namespaces: Vec::new(),
            page_size: 500,
            request_timeout: Duration::from_secs(30),
            retries: 4,
            limits: Limits::default(),
        }
    }
}
