//! One object as a source shows it: what a [`Store`](crate::Store) takes.

use jiff::Timestamp;

use crate::{Few, Identity, Json, Position};

/// One copy of an object: a dump may hold several, and a watch sends one for each change.
#[derive(Debug, Clone)]
pub struct ObjectCopy {
    /// Which object it is.
    pub identity: Identity,
    /// `metadata.resourceVersion` as a number: etcd's revision, which grows with each change.
    /// None where the source does not say it.
    pub resource_version: Option<u64>,
    /// The index of each need that selects this copy, and the fields that the need asks for. Empty
    /// where no need selects this copy: an older copy may have been selected.
    pub projections: Few<(usize, Json)>,
    /// `metadata.creationTimestamp`; none where the source does not say it.
    pub created: Option<Timestamp>,
    /// Where it was read.
    pub position: Position,
}

impl ObjectCopy {
    /// About how many bytes of memory it takes to keep it: its texts, and what stands around them.
    pub fn bytes(&self) -> u64 {
        self.bytes_for(|_| true)
    }

    /// The same of the projections for some needs, by their indices.
    pub fn bytes_for(&self, of: impl Fn(usize) -> bool) -> u64 {
        /// Of each copy: its entry, and its share of the tables.
        const COPY: usize = 256;
        /// Of each projection: its entry, and what an allocation costs.
        const PROJECTION: usize = 48;
        let texts = self.projections.iter().filter(|it| of(it.0));
        let texts: usize = texts.map(|it| it.1.kept() + PROJECTION).sum();
        (COPY + self.identity.bytes() + texts) as u64
    }
}
