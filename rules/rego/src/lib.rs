//! Packs whose rules are written in Rego, and Gatekeeper's templates and constraints as they are.
//!
//! ```text
//! texts -> pack.yaml (document), templates (gatekeeper) -> rules, needs and policies (load) ->
//! Pack Pack + Host -> evaluate, an object after the other -> findings, and what is not known
//! ```
//!
//! `regorus` parses and evaluates Rego. What it cannot do, or must not do in a sandbox, is a
//! problem when the pack is loaded, with its line and column: a policy that would only half run is
//! none. Rego does not say which fields it reads, so that a need which names none takes whole
//! objects.
//!
//! This crate knows nothing of WebAssembly, files and clusters: it speaks to a [`Host`], which is
//! the imports of a component, or a store in a test.
//!
//! [`Host`]: rulebox_sdk::Host

mod ages;
mod builtins;
mod clock;
mod document;
mod entry;
mod evidence;
mod fields;
mod flow;
mod gatekeeper;
mod input;
mod load;
mod pack;
mod policy;
mod report;
mod scan;
mod template;
mod tree;

pub use pack::Pack;
pub use rulebox_text::{Problem, Text};
