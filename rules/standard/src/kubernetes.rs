//! What Kubernetes itself says of objects, whoever runs in them: shapes, events, and why a pod does not work.
//!
//! Nothing here knows a pack, its namespace, or the platform below: what depends on those is handed in.

pub mod objects;

pub mod messages;
pub mod thresholds;

pub mod crashes;
pub mod kills;
pub mod memory;

pub mod unready;
