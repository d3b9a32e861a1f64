//! Why a cluster cannot be read, in words for the person who named it.

use std::path::PathBuf;

use rulebox_core::closest;
use rulebox_reader::NeedError;

/// Why a cluster could not be read at all. What fails after the first answer is no error: it shows
/// in the coverage of the needs.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClusterError {
    /// A kubeconfig cannot be read, or is not one.
    #[error("cannot read the kubeconfig {}: {reason}", path.display())]
    Kubeconfig {
        /// The file.
        path: PathBuf,
        /// What the file system or the parser says.
        reason: String,
    },
    /// There is no kubeconfig, and the program does not run in a pod.
    #[error("no cluster is configured: {reason}; name a kubeconfig by $KUBECONFIG or --kubeconfig")]
    NotConfigured {
        /// Where a kubeconfig was looked for.
        reason: String,
    },
    /// No context was named, and the kubeconfig has no current context.
    #[error("the kubeconfig has no current context; name one by --context: {}", listed(known))]
    NoCurrentContext {
        /// The contexts of the kubeconfig.
        known: Vec<String>,
    },
    /// The kubeconfig has no such context.
    #[error("the kubeconfig has no context `{context}`; {}", meant(context, known))]
    UnknownContext {
        /// The context that was named.
        context: String,
        /// The contexts of the kubeconfig.
        known: Vec<String>,
    },
    /// What the kubeconfig says of a context cannot be used: a cluster is missing, or a certificate
    /// cannot be read.
    #[error("cannot use {cluster}: {reason}; see `kubectl config view --minify`")]
    Configuration {
        /// `context kind-prod`, `in-cluster`.
        cluster: String,
        /// What cannot be used, and why.
        reason: String,
    },
    /// A name that was given as a namespace cannot be one.
    #[error(
        "`{namespace}` cannot be a namespace: it must be 1 to 63 of `a` to `z`, `0` to `9` and \
         `-`, without `-` at its ends"
    )]
    Namespace {
        /// The name that was given.
        namespace: String,
    },
    /// A need of a pack cannot be read for, in this cluster or any other.
    #[error("cannot read for a pack: {0}")]
    Need(NeedError),
    /// The first request found no server, no trust, or no access.
    #[error("cannot reach {cluster} at {server}: {reason}; {help}")]
    Unreachable {
        /// `context kind-prod`, `in-cluster`.
        cluster: String,
        /// The server's address.
        server: String,
        /// What happened.
        reason: String,
        /// What to do.
        help: String,
    },
}

impl ClusterError {
    /// The cluster that could not be read, where it is known which one was meant: `context
    /// kind-prod`, `in-cluster`.
    pub fn cluster(&self) -> Option<&str> {
        match self {
            Self::Configuration { cluster, .. } | Self::Unreachable { cluster, .. } => {
                Some(cluster)
            }
            _ => None,
        }
    }

    /// Whether the cluster is at fault, and not the configuration or the arguments.
    pub fn is_unreachable(&self) -> bool {
        matches!(self, Self::Unreachable { .. })
    }
}

/// The context that a misspelt one may have meant; without one that is near, all.
fn meant(context: &str, known: &[String]) -> String {
    match closest(context, known.iter().map(String::as_str)) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("it has {}", listed(known)),
    }
}

fn listed(contexts: &[String]) -> String {
    if contexts.is_empty() { "none".to_owned() } else { contexts.join(", ") }
}
