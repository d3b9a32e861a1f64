//! How far a guest has read a need: the cursors of the contract.
//!
//! They are a module of their own because both the generated bindings and the guest name them.

/// The objects of one need, and how many of them the guest was given.
#[expect(
    unreachable_pub,
    reason = "the generated bindings re-export it inside their private module"
)]
pub struct ObjectCursor {
    pub(crate) need: String,
    pub(crate) at: usize,
}

/// The lines of one need, and how many of them the guest was given.
#[expect(
    unreachable_pub,
    reason = "the generated bindings re-export it inside their private module"
)]
pub struct TextCursor {
    pub(crate) need: String,
    pub(crate) at: usize,
}
