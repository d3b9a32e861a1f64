//! What Kubernetes itself shows, whatever runs on it: the shapes of objects, events, and why a pod
//! does not work.
//!
//! Nothing here knows a pack, its namespace or its platform: a pack hands these in.

pub mod objects;

pub mod messages;
pub mod thresholds;

pub mod untold;

pub mod kills;

pub mod ends;

pub mod crashes;

pub mod workloads;

pub mod memory;

pub mod unready;
