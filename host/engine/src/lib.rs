//! A pack of rules as a WebAssembly component: load, verify, compile and cache, limit, evaluate.
//!
//! ```text
//! bytes -> verify (names, shape) -> compile (or deserialise) -> link -> describe -> Pack
//! Pack + Run + Inventory -> evaluate: all rules in one guest, or one by one -> Evaluation
//! ```
//!
//! A pack is untrusted. It gets the contract (`rules-wasm/wit`) and nothing else of the host. It
//! has a deadline, a memory limit and limits on what it may be and say. Whatever a pack does
//! becomes a named failure beside the findings of all others, and no call into this crate panics
//! for it. Each call of a guest gets a fresh instance, so no rule sees what another has left
//! behind, and the same input gives the same output.
//!
//! This is the only crate that knows wasmtime. It knows nothing of files, clusters, formats or the
//! command line.

mod account;
mod bindings;
mod cache;
pub mod checks;
mod comparisons;
mod compile;
mod config;
mod contract;
mod cursor;
mod describe;
mod description;
mod engine;
mod error;
mod evaluate;
mod guest;
mod guest_error;
mod limits;
mod pack;
mod pack_text;
mod settings;
mod settings_error;
mod shape;
mod slots;
mod usage;
mod verify;
mod wasi;

pub use compile::{Compile, compile};
pub use config::Code;
pub use contract::{CONTRACT, CONTRACT_VERSION};
pub use engine::{Cache, Engine};
pub use error::{EngineError, PackError, PackErrorKind, TextProblem};
pub use evaluate::{Ended, Evaluation, Run};
pub use guest_error::GuestError;
pub use limits::Limits;
pub use pack::{Interpreter, Pack, PackSource};
pub use pack_text::PackText;
pub use settings_error::{SettingProblem, SettingsError};
pub use usage::Usage;
