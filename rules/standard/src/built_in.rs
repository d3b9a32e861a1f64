//! A pack of this crate, as tests and tools that handle all packs need it.

use rulebox_sdk::Pack;

/// A pack, and what it says of itself beyond what the contract asks.
#[derive(Debug, Clone, Copy)]
pub struct BuiltIn {
    /// Makes it.
    pub pack: fn() -> Pack,
    /// The values of the label `reason` that its catalogue of messages gives; none for a pack
    /// without a catalogue.
    pub reasons: Option<fn() -> Vec<&'static str>>,
}
