//! HTTP towards a registry that is not trusted: connections, single exchanges, and who asks. What
//! registries keep is not known here.

pub(crate) mod challenge;
mod connect;
pub(crate) mod exchange;

pub use connect::Proxies;
pub(crate) use exchange::{Answer, Asked, Exchange};
