//! One object as a source shows it: what a [`Store`](crate::Store) takes.

use std::sync::Arc;

use jiff::Timestamp;

use crate::{Few, Identity, Position};

/// One copy of an object: a dump may hold several, and a watch sends one for each change.
#[derive(Debug, Clone)]
pub struct ObjectCopy {
    /// Which object it is.
    pub identity: Identity,
    /// `metadata.resourceVersion` as a number: etcd's revision, which grows with each change.
    /// None where the source does not say it.
    pub resource_version: Option<u64>,
    /// The index of each need that selects this copy, and the compact JSON of the fields that the
    /// need asks for. Empty where no need selects this copy: an older copy may have been selected.
    pub projections: Few<(usize, Arc<str>)>,
    /// `metadata.creationTimestamp`; none where the source does not say it.
    pub created: Option<Timestamp>,
    /// Where it was read.
    pub position: Position,
}
