//! What a watch tells of a cluster: changes to a store, and how far each need is covered. Knows
//! neither requests nor answers.

use rulebox_core::{Coverage, Identity, ObjectCopy, Scope};

/// What became known of a cluster.
#[derive(Debug, Clone)]
pub enum Change {
    /// These are all objects of a scope; see [`rulebox_core::Store::replace`].
    Listed {
        /// What was listed.
        scope: Scope,
        /// The version of the list. None where nothing of before counts, whatever its version is:
        /// the server was restored and counts on from an older one, or it does not count.
        resource_version: Option<u64>,
        /// All objects of the scope that needs select.
        copies: Vec<ObjectCopy>,
    },
    /// Nothing is known of a scope any more; see [`rulebox_core::Store::forget`].
    Forgotten {
        /// What is not known.
        scope: Scope,
    },
    /// An object is new, or has changed.
    Applied {
        /// Where it was seen.
        scope: Scope,
        /// The object.
        copy: ObjectCopy,
    },
    /// An object is gone.
    Removed {
        /// Where it was seen.
        scope: Scope,
        /// Which object.
        identity: Identity,
        /// The version of its removal.
        resource_version: Option<u64>,
    },
    /// How far a need is covered now.
    Covered {
        /// The index of the need.
        need: usize,
        /// How far.
        coverage: Coverage,
        /// Why not completely.
        reason: String,
        /// Whether what is known of it was seen so long ago that it does not count.
        stale: bool,
        /// Why it may soon show something else than what is known, though other needs show nothing
        /// new: its watch is lost or expired, or has not caught up. Empty while it shows what is.
        /// Who compares it with other needs waits.
        waits: String,
    },
    /// Every scope has been listed, or has failed to be: what is known can be judged.
    Settled,
}
