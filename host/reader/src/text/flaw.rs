//! What is no text in a text.

/// Line of the first bytes that are not text, and what they are.
pub(crate) type Flaw = (u64, &'static str);
