use std::path::PathBuf;

use rulebox_reader::NeedError;

/// Why a cluster could not be read at all. What goes wrong after the first answer is no error: it shows in the
/// coverage of the needs.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClusterError {
    /// A kubeconfig cannot be read, or is none.
    #[error("cannot read the kubeconfig {}: {reason}", path.display())]
    Kubeconfig {
        /// The file.
        path: PathBuf,
        /// What the file system or the parser says.
        reason: String,
    },
    /// There is no kubeconfig, and this is no pod.
    #[error("no cluster is configured: {reason}; name a kubeconfig by $KUBECONFIG or --kubeconfig")]
    NotConfigured {
        /// Where one was looked for.
        reason: String,
    },
    /// No context was named, and the kubeconfig has no current one.
    #[error("the kubeconfig has no current context; name one by --context: {}", listed(known))]
    NoCurrentContext {
        /// Those that it has.
        known: Vec<String>,
    },
    /// The kubeconfig has no such context.
    #[error("the kubeconfig has no context `{context}`; it has {}", listed(known))]
    UnknownContext {
        /// As it was named.
        context: String,
        /// Those that it has.
        known: Vec<String>,
    },
    /// What the kubeconfig says of a context cannot be used: a missing cluster, an unreadable certificate.
    #[error("cannot use {cluster}: {reason}; see `kubectl config view --minify`")]
    Configuration {
        /// `context kind-prod`, `in-cluster`.
        cluster: String,
        /// What cannot be used, and why.
        reason: String,
    },
    /// A name given as a namespace cannot be one.
    #[error(
        "`{namespace}` cannot be a namespace: it must be 1 to 63 of `a` to `z`, `0` to `9` and `-`, without `-` at its ends"
    )]
    Namespace {
        /// As it was given.
        namespace: String,
    },
    /// A need of a pack cannot be read for, here or anywhere.
    #[error("cannot read for a pack: {0}")]
    Need(NeedError),
    /// The first request found no server, no trust, or no entry.
    #[error("cannot reach {cluster} at {server}: {reason}; {help}")]
    Unreachable {
        /// `context kind-prod`, `in-cluster`.
        cluster: String,
        /// The server's address.
        server: String,
        /// What happened.
        reason: String,
        /// What to do about it.
        help: String,
    },
}

impl ClusterError {
    /// Whether the cluster is at fault, and not what was configured or typed.
    pub fn is_unreachable(&self) -> bool {
        matches!(self, Self::Unreachable { .. })
    }
}

fn listed(contexts: &[String]) -> String {
    if contexts.is_empty() { "none".to_owned() } else { contexts.join(", ") }
}
