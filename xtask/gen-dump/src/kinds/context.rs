//! What the builders of all kinds share.

use serde_json::{Value, json};

use crate::{moment::Moment, prototype::Maker, random::Random};

/// What a prototype is built from.
pub(super) struct Context<'m> {
    pub(super) namespace: &'m str,
    /// The index among the kind's prototypes. A backup and its twin of Velero have names that
    /// depend on this index alone.
    pub(super) nth: usize,
    pub(super) maker: &'m mut Maker,
}

impl Context<'_> {
    /// Whether this prototype is one of every `n`.
    pub(super) fn every(&self, n: usize) -> bool {
        self.nth % n == n - 1
    }

    pub(super) fn random(&mut self) -> &mut Random {
        &mut self.maker.random
    }

    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.maker.random.below(end)
    }

    /// `metadata` of an object that a client has made; fields of `more` replace those made here.
    pub(super) fn metadata(&mut self, name: &str, more: Value) -> Value {
        let mut metadata = json!({
            "creationTimestamp": Moment::CREATION.to_string(),
            "name": name,
            "resourceVersion": self.maker.number(),
            "uid": self.maker.uid(),
        });
        if !self.namespace.is_empty() {
            metadata["namespace"] = json!(self.namespace);
        }
        if let (Value::Object(metadata), Value::Object(more)) = (&mut metadata, more) {
            metadata.extend(more);
        }
        metadata
    }
}
