//! What every pack about Velero shares: the shapes of its objects, the names that it gives, and when its schedules run.
//!
//! Nothing here knows a pack, or in which namespace its Velero lives.

pub mod shapes;

pub mod names;
pub mod schedules;
