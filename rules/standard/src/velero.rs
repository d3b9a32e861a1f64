//! What every pack about Velero shares: the shapes of its objects, the names that it gives, and
//! when its schedules run.
//!
//! Nothing here knows a pack, or the namespace of its Velero.

pub mod shapes;

pub mod names;
pub mod schedules;
