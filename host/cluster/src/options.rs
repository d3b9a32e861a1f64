use std::{path::PathBuf, time::Duration};

/// Which cluster is read, how much of it, and with how much patience.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// A kubeconfig to use in place of `$KUBECONFIG`, `~/.kube/config` and the pod's own service account.
    pub kubeconfig: Option<PathBuf>,
    /// The context of the kubeconfig; without it the current one.
    pub context: Option<String>,
    /// Namespaces to stay within; empty: wherever the needs lead. Cluster-scoped kinds are read all the same.
    pub namespaces: Vec<String>,
    /// Objects a page. The server may give fewer.
    pub page_size: u32,
    /// How long one request may take, from its sending to the last byte of the answer.
    pub request_timeout: Duration,
    /// How often a request is sent again after the server was busy, failed, or did not answer.
    pub retries: u32,
}

/// 500 objects a page is what `kubectl get` asks for. 30 seconds are half of what an API server gives a request.
/// 4 retries make the pauses add up to about 8 seconds, which outlasts the failover of a load balancer.
impl Default for Options {
    fn default() -> Self {
        Self {
            kubeconfig: None,
            context: None,
            namespaces: Vec::new(),
            page_size: 500,
            request_timeout: Duration::from_secs(30),
            retries: 4,
        }
    }
}
