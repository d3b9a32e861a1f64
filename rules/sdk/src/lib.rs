//! What a rule author depends on.
//!
//! A rule is a function. Its arguments say what it reads, its doc comment is its documentation, and
//! it needs to know nothing about WebAssembly:
//!
//! ```
//! use rulebox_sdk::{Fields, Object, Objects, Run, rule, shell_word};
//! use serde::Deserialize;
//!
//! #[derive(Default, Deserialize, Object)]
//! #[object(group = "velero.io")]
//! #[serde(default)]
//! struct BackupStorageLocation {
//!     status: Status,
//! }
//!
//! #[derive(Default, Deserialize, Fields)]
//! #[serde(default)]
//! struct Status {
//!     phase: String,
//! }
//!
//! /// A backup storage location cannot be used.
//! ///
//! /// Velero sets the phase after each validation, once a minute.
//! ///
//! /// ```yaml fires
//! /// apiVersion: velero.io/v1
//! /// kind: BackupStorageLocation
//! /// metadata: {name: default, namespace: velero}
//! /// status: {phase: Unavailable}
//! /// ```
//! ///
//! /// ```yaml quiet
//! /// apiVersion: velero.io/v1
//! /// kind: BackupStorageLocation
//! /// metadata: {name: default, namespace: velero}
//! /// status: {phase: Available}
//! /// ```
//! #[rule(severity = critical)]
//! fn storage_location_unavailable(run: &Run<'_>, locations: Objects<'_, BackupStorageLocation>) {
//!     for location in locations {
//!         if location.status.phase == "Unavailable" {
//!             run.report(
//!                 location
//!                     .finding("the storage location is unavailable")
//!                     .remedy("See what Velero says of it:")
//!                     .command(format!(
//!                         "kubectl -n velero describe backupstoragelocation/{}",
//!                         shell_word(location.name())
//!                     ))
//!                     .evidence("status.phase", &location.status.phase),
//!             );
//!         }
//!     }
//! }
//!
//! # #[cfg(feature = "testing")]
//! # use rulebox_sdk::{Pack, testing};
//! # #[cfg(feature = "testing")]
//! testing::check_examples(&Pack::new("my-rules", "0.1.0").rules(&[&RULE]));
//! ```
//!
//! How old something is, is known within bounds only: a dump proves by its newest timestamp that it
//! was not taken before, and seldom that it was not taken much later. [`Run::age`] therefore gives
//! an [`Age`], whose comparison with a limit has three answers; between *yes* and *no* a rule says
//! [`Run::age_not_known`].
//!
//! What happened when is told beside findings, whether or not something is wrong: [`Run::tell`]
//! takes a [`SpanDraft`] for the timeline of the report.
//!
//! A finding that follows from another names the object of that by [`Draft::caused_by`], where
//! evidence shows it: the report puts it below. Commands that look come before those that change
//! something.
//!
//! The attribute makes `static RULE` beside the function, so each rule is in a module of its own. A
//! pack is a list of rules ([`Pack`]); [`component!`] makes it a WebAssembly component, and the
//! `testing` feature runs it natively.
//!
//! This crate knows nothing about the host but the contract (`rulebox.wit`).

// The macros name `::rulebox_sdk`, here too.
extern crate self as rulebox_sdk;

mod age;
mod argument;
mod draft;
mod durations;
mod fields;
mod guess;
mod host;
mod kept;
mod metric;
mod object;
mod objects;
mod pack;
mod quantity;
mod remedy;
mod rule;
mod run;
mod seen;
mod span_draft;
mod text;

#[cfg(target_family = "wasm")]
pub mod component;
#[cfg(feature = "testing")]
pub mod testing;

pub use age::{Age, Exceeds};
pub use argument::{Argument, Declaration, SettingsOf};
pub use draft::Draft;
pub use durations::duration_words;
pub use fields::{Fields, child_path};
pub use guess::Guess;
pub use host::{Host, ObjectCursor, TextCursor};
#[doc(hidden)]
pub use kept::Kept;
pub use metric::Metric;
#[doc(hidden)]
pub use metric::MetricDeclaration;
pub use object::Object;
pub use objects::{Consulted, Objects};
pub use pack::Pack;
pub use quantity::Quantity;
pub use remedy::Remedy;
pub use rule::Rule;
pub use rulebox_core::{
    Coverage, Evidence, Finding, MetricInfo, MetricType, Moment, ObjectRef, PackInfo, REPORTER,
    Sample, Severity, Span, TextLine, Undecided, shell_word, text::escape,
};
pub use rulebox_sdk_derive::{Fields, Object, rule};
pub use run::Run;
pub use seen::Seen;
pub use span_draft::SpanDraft;
pub use text::{Lines, Text};

/// Makes a pack a WebAssembly component: `rulebox_sdk::component!(my_rules::pack());` in the
/// `lib.rs` of a crate of type `cdylib`. Elsewhere than on WebAssembly it is nothing.
#[macro_export]
macro_rules! component {
    ($pack:expr) => {
        #[cfg(target_family = "wasm")]
        mod component {
            struct Component;

            impl $crate::component::Guest for Component {
                fn describe() -> $crate::component::types::PackInfo {
                    $crate::component::describe(&$pack)
                }

                fn evaluate(run: $crate::component::types::RunContext) -> Result<(), String> {
                    $crate::component::evaluate(&$pack, run)
                }
            }

            $crate::component::export!(Component with_types_in $crate::component::bindings);
        }
    };
}
