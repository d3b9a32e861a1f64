//! What goes wrong with registries, signatures, the store and locks. Each error has a stable code
//! and says what to do. Texts of servers are cut where they enter, and escaped where they are
//! shown.

use std::{path::PathBuf, time::Duration};

use thiserror::Error;

use crate::Digest;

/// Why a pack could not be pushed, pulled, verified, kept or carried.
#[derive(Debug, Error)]
pub enum RegistryError {
    /// Nothing answers, or what answers is no server of this name.
    #[error("{host} cannot be reached: {reason}")]
    Unreachable {
        /// Whom it was asked.
        host: String,
        /// Why.
        reason: String,
    },
    /// It took longer than it may.
    #[error("{host} did not answer {what} within {} s", limit.as_secs_f64())]
    Silent {
        /// Who was asked.
        host: String,
        /// What for.
        what: String,
        /// How long was waited.
        limit: Duration,
    },
    /// It does not let this user do it.
    #[error("{host} refuses {what}: {reason}")]
    Refused {
        /// Who.
        host: String,
        /// What was asked for.
        what: String,
        /// Its words.
        reason: String,
        /// Whether credentials were sent.
        known: bool,
    },
    /// There is no such thing.
    #[error("{host} has no {what}")]
    Missing {
        /// Who was asked.
        host: String,
        /// What for.
        what: String,
    },
    /// It answers what no registry answers.
    #[error("{host} answers {what} with what no registry answers: {reason}")]
    Odd {
        /// Who.
        host: String,
        /// What was asked for.
        what: String,
        /// What is wrong with the answer.
        reason: String,
    },
    /// It says that it cannot.
    #[error("{host} cannot answer {what}: {reason}")]
    Failed {
        /// Who.
        host: String,
        /// What was asked for.
        what: String,
        /// Its words.
        reason: String,
    },
    /// It sends more than it may.
    #[error("{what} of {host} is larger than {limit} bytes")]
    TooLarge {
        /// Who sends it.
        host: String,
        /// What.
        what: String,
        /// How much it may be.
        limit: usize,
    },
    /// It sends another length than it said.
    #[error("{what} of {host} has not the {said} bytes that its manifest says")]
    WrongSize {
        /// Who sends it.
        host: String,
        /// What.
        what: String,
        /// What the manifest says.
        said: u64,
    },
    /// It sends something else than was asked for.
    #[error("{what} of {host} is not what its digest says: it has {got}")]
    WrongDigest {
        /// Who sends it.
        host: String,
        /// What was asked for.
        what: String,
        /// The digest of what came.
        got: Digest,
    },
    /// It sends elsewhere, where we do not go.
    #[error("{host} sends {what} elsewhere, {reason}")]
    Redirected {
        /// Who.
        host: String,
        /// What was asked for.
        what: String,
        /// Why that is not followed.
        reason: String,
    },
    /// The document is no manifest.
    #[error("the manifest of {of} cannot be used: {reason}")]
    NoManifest {
        /// Whose.
        of: String,
        /// Why.
        reason: String,
    },
    /// The artifact is something else.
    #[error("{of} is no pack: {reason}")]
    NoPack {
        /// What was pulled.
        of: String,
        /// Why.
        reason: String,
    },
    /// Credentials cannot be had.
    #[error("no credentials for {host}: {reason}")]
    Credentials {
        /// For whom.
        host: String,
        /// Why.
        reason: String,
    },
    /// What was configured or typed cannot be used.
    #[error("{what}: {reason}")]
    Setting {
        /// Which setting.
        what: String,
        /// Why.
        reason: String,
    },
    /// The network may not be touched, and it is not in the store.
    #[error("{reference} is not in the store: {what} is missing, and nothing may be fetched")]
    Offline {
        /// What was named.
        reference: String,
        /// What of it.
        what: String,
    },
    /// Nothing says which digest a tag has, and it may not be asked.
    #[error("which pack {reference} is stands in no lock, and nothing may be fetched")]
    Unresolved {
        /// What was named.
        reference: String,
    },
    /// Only what is locked may be used.
    #[error("{reference} is not in the lock")]
    NotLocked {
        /// What was named.
        reference: String,
    },
    /// Argument and lock name different packs.
    #[error("the lock says that {reference} is {locked}")]
    LockDiffers {
        /// What was named, with a digest.
        reference: String,
        /// What the lock says.
        locked: Digest,
    },
    /// No key is known by which it could be verified.
    #[error("{reference} ({digest}) is not verified: no key is known for it")]
    NoKey {
        /// What was named.
        reference: String,
        /// What it is.
        digest: Digest,
    },
    /// Nobody has signed it.
    #[error("{reference} ({digest}) is not signed")]
    Unsigned {
        /// What was named.
        reference: String,
        /// What it is.
        digest: Digest,
    },
    /// There are signatures, and none is of a known key.
    #[error("no signature of {reference} ({digest}) is of a known key: {reasons}")]
    NotVerified {
        /// What was named.
        reference: String,
        /// What it is.
        digest: Digest,
        /// Why, for each.
        reasons: String,
    },
    /// A key cannot be used.
    #[error("the key {name} cannot be used: {reason}")]
    Key {
        /// Its file.
        name: String,
        /// Why.
        reason: String,
    },
    /// The store cannot be used.
    #[error("the store of packs {} cannot be used: {reason}", folder.display())]
    Store {
        /// Where it is.
        folder: PathBuf,
        /// Why.
        reason: String,
    },
    /// A layout in a tar is none, or is incomplete.
    #[error("it is no archive of packs: {reason}")]
    Archive {
        /// Why.
        reason: String,
    },
}

impl RegistryError {
    /// A stable kebab-case word.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreachable { .. } => "registry-unreachable",
            Self::Silent { .. } => "registry-silent",
            Self::Refused { .. } => "registry-refused",
            Self::Missing { .. } => "registry-missing",
            Self::Odd { .. } => "registry-odd",
            Self::Failed { .. } => "registry-failed",
            Self::TooLarge { .. } => "registry-too-large",
            Self::WrongSize { .. } => "registry-wrong-size",
            Self::WrongDigest { .. } => "registry-wrong-digest",
            Self::Redirected { .. } => "registry-redirected",
            Self::NoManifest { .. } => "manifest-invalid",
            Self::NoPack { .. } => "not-a-pack",
            Self::Credentials { .. } => "credentials-unavailable",
            Self::Setting { .. } => "registry-setting",
            Self::Offline { .. } => "offline",
            Self::Unresolved { .. } => "offline-unresolved",
            Self::NotLocked { .. } => "not-locked",
            Self::LockDiffers { .. } => "lock-differs",
            Self::NoKey { .. } => "signature-no-key",
            Self::Unsigned { .. } => "signature-missing",
            Self::NotVerified { .. } => "signature-not-verified",
            Self::Key { .. } => "key-unusable",
            Self::Store { .. } => "store-unavailable",
            Self::Archive { .. } => "archive-invalid",
        }
    }

    /// What to do.
    pub fn help(&self) -> String {
        let text = match self {
            Self::Unreachable { .. } => {
                "check the name, the network and $HTTPS_PROXY; a registry without TLS, or with a \
                 certificate of your own authority, is named under `registries` of the \
                 configuration"
            }
            Self::Silent { .. } | Self::Failed { .. } => {
                "try again, or name a mirror under `registries`"
            }
            Self::Refused { known: true, .. } => {
                "these credentials do not allow it: log in as somebody who may"
            }
            Self::Refused { known: false, .. } => {
                "no credentials were found: log in, for example with `docker login`; they are read \
                 from $REGISTRY_AUTH_FILE, $DOCKER_CONFIG/config.json or ~/.docker/config.json. \
                 Pods have those of the Secret that `rulebox manifests` is told by --pull-secret"
            }
            Self::Missing { .. } => "check the reference: repository, tag and digest",
            Self::Odd { .. } => "check that the host is a registry and no proxy's or login page",
            Self::TooLarge { what, .. } if what.starts_with("layer") => {
                "if this pack is to be trusted, allow it by --pack-size"
            }
            Self::TooLarge { .. } | Self::WrongSize { .. } | Self::WrongDigest { .. } => {
                "do not use it: what the registry, or somebody between, sends is not what was \
                 pushed; push it again, or use another registry"
            }
            Self::Redirected { .. } => "ask whoever runs the registry",
            Self::NoManifest { .. } | Self::NoPack { .. } => {
                "name a pack that `rulebox rules push` or a tool for Wasm artifacts has pushed"
            }
            Self::Credentials { .. } => "log in again, for example with `docker login`",
            Self::Setting { .. } => "correct it, or leave it out",
            Self::Offline { .. } => {
                "run once without --offline, or carry it here: `rulebox rules save` there, \
                 `rulebox rules load` here"
            }
            Self::Unresolved { reference } => {
                return format!(
                    "write a lock where there is a network: rulebox rules lock {}; or name a \
                     digest",
                    rulebox_core::shell_word(reference)
                );
            }
            Self::NotLocked { reference } => {
                return format!(
                    "lock it: rulebox rules lock {}",
                    rulebox_core::shell_word(reference)
                );
            }
            Self::LockDiffers { .. } => {
                "name the same digest, or none; or write the lock anew: rulebox rules lock"
            }
            Self::NoKey { .. } => {
                "name the key of whoever signs it: --require-signature cosign.pub, or `signatures` \
                 in the configuration; or say --allow-unsigned"
            }
            Self::Unsigned { .. } => {
                "have it signed: rulebox rules sign --key cosign.key REFERENCE; who trusts it as \
                 it is runs it with --allow-unsigned"
            }
            Self::NotVerified { .. } => {
                "do not use it unless you know why: somebody else has signed it, or it was changed"
            }
            Self::Key { .. } => {
                "name a key of `rulebox rules keygen` or `cosign generate-key-pair`: ECDSA P-256, \
                 as PEM"
            }
            Self::Store { .. } => {
                "make it a folder of this user that nobody else can write to (chmod 700), or \
                 remove it"
            }
            Self::Archive { .. } => "name a file that `rulebox rules save` has written",
        };
        text.to_owned()
    }
}

/// What is shown of a server's or a program's words.
pub(crate) fn cut(text: &str) -> String {
    const MOST: usize = 300;
    let text = text.trim();
    match text.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
