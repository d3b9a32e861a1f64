//! Takes secrets out of texts and of reports. What diagnoses stand on stays: codes, ids of
//! requests, names of objects, sentences.
//!
//! ```text
//! looks ─> keys ─> forms, own ─> pieces, manifests ─> text ─┬─> step: Report ─> Report
//!    └───> values ──────────────────────────────────────────┤
//!                                                           └─> json: objects
//! ```

mod forms;
mod json;
mod keys;
mod looks;
mod manifests;
mod own;
mod pieces;
mod step;
mod text;
mod values;

pub use json::redact_json;
pub use own::Own;
pub use step::Redaction;
pub use text::redact;
pub use values::SecretValues;
