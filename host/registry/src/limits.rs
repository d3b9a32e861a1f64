//! What a registry may send, and how long it may take. A registry is not trusted: whoever answers
//! under its name may send anything, as long as it likes.

use std::time::Duration;

/// What a registry may send. Each limit is named by the error of what exceeds it.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Bytes of a pack; the caller's limit of packs.
    pub pack_bytes: usize,
    /// From the name to a connection with TLS.
    pub connect: Duration,
    /// Between two pieces of an answer.
    pub silence: Duration,
    /// All of one request and its answer, redirections and waiting included.
    pub request: Duration,
    /// Until a registry that is busy, and does not say for how long, is asked again; twice as long
    /// the next time.
    pub wait: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            pack_bytes: 64 << 20,
            connect: Duration::from_secs(10),
            silence: Duration::from_secs(20),
            // 64 MiB within it are a quarter of a megabyte a second.
            request: Duration::from_mins(5),
            wait: Duration::from_secs(1),
        }
    }
}

/// A manifest of a pack has two kB; that of many signatures, some more. The specification asks
/// registries to take 4 MiB.
pub(crate) const MANIFEST_BYTES: usize = 1 << 20;

/// A config tells the imports and exports of a component: a few hundred bytes.
pub(crate) const CONFIG_BYTES: usize = 1 << 20;

/// What is read of an answer that says what went wrong.
pub(crate) const PROBLEM_BYTES: usize = 16 << 10;

/// A token is a kilobyte; some registries put whole lists of rights into one.
pub(crate) const TOKEN_BYTES: usize = 64 << 10;

/// A signed payload names one digest; a bundle with a certificate and proofs takes ten kB.
pub(crate) const SIGNATURE_BYTES: usize = 256 << 10;

/// Signatures of one pack that are looked at: each costs a request and a verification.
pub(crate) const SIGNATURES: usize = 64;

/// From a registry to where its storage is, and once more by that; a circle ends too.
pub(crate) const REDIRECTS: usize = 5;

/// How often a registry that says that it is busy (429, 503) is asked, and how long it may ask us
/// to wait: limits of requests are per minute or per hour, and an hour is for the user to decide.
pub(crate) const ATTEMPTS: usize = 4;
pub(crate) const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// Files of a pack that is a folder, and bytes of a path there.
pub(crate) const FOLDER_FILES: usize = 1000;
pub(crate) const PATH_BYTES: usize = 200;
