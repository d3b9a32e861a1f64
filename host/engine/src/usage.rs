//! What a guest took of the sandbox.

use std::time::Duration;

/// What one guest took, from its start to its end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// From its start to its end, without the time for which it waited for a place.
    pub time: Duration,
    /// All its linear memories together at its end, in bytes. They never shrink.
    pub memory_bytes: usize,
    /// Instructions of WebAssembly that it executed, where its code
    /// [counts them](crate::Code::Metered). What the host does for it is not among them.
    pub instructions: Option<u64>,
}
