//! The words of Rulebox, and the store in which a run's objects wait for its rules.
//!
//! ```text
//! ObjectNeed ─┐                      ┌─> Finding ─┐
//! TextNeed  ──┴> NeedSet -> Inventory ┼─> Sample  ─┼─> Report
//!                 (Collector fills it)└─> Undecided┘
//! ```
//!
//! A source (a dump, a cluster) is given a [`NeedSet`] and fills a [`Collector`]; its [`Inventory`] is what
//! rules see. What they say becomes a [`Report`], and outputs read nothing else.
//!
//! This crate knows nothing about files, networks, WebAssembly or serialisation: it is data and the few
//! decisions that live and offline must share (which of two copies of an object counts, what a need has
//! been covered by, what the capture time is).

mod collector;
mod coverage;
mod finding;
mod identity;
mod inventory;
mod need;
mod object;
mod pack;
mod report;
mod selection;
mod selector;
mod severity;
mod witness;

pub use collector::{Collector, Extent, ObjectCopy, Problem, Reading};
pub use coverage::{Coverage, NeedCoverage};
pub use finding::{Evidence, Finding, Sample, Undecided, fingerprint_parts};
pub use identity::Identity;
pub use inventory::{Inventory, ObjectSlot, TextLine, TextSlot};
pub use need::{NeedSet, ObjectNeed, Path, PathError, Segment, TextNeed, scoped};
pub use object::{ObjectRef, group_of};
pub use pack::{MetricInfo, MetricType, PackInfo, RuleInfo};
pub use report::{
    AsOf, AsOfSource, Input, PackFailure, PackSample, Report, ReportedFinding, RuleOutcome,
    RuleResult, Suppression,
};
pub use selection::Selection;
pub use selector::{Selector, SelectorError};
pub use severity::Severity;
pub use witness::{Witness, is_witness_key};
