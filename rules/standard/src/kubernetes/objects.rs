//! The shapes of the objects that rules read, by the API they belong to: only the fields that some
//! rule needs, under the names that the API has for them.

pub mod apps;
pub mod core;
pub mod snapshot;
