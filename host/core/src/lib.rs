//! The words of Rulebox, and the store that holds the objects which rules see.
//!
//! ```text
//! ObjectNeed ─┐                      ┌─> Finding ─┐
//! TextNeed  ──┴> NeedSet -> Inventory ┼─> Sample  ─┼─> Report
//!                 (a Store gives it)  └─> Undecided┘
//! ```
//!
//! A source is given a [`NeedSet`]. A dump, or a cluster that is read once, fills a [`Collector`];
//! a cluster that is watched keeps a [`Store`] up to date. The [`Inventory`] is what rules see.
//! What they say becomes a [`Report`], and outputs read nothing else.
//!
//! This crate knows nothing about files, networks, WebAssembly or serialisation: it is data and the
//! few decisions that live and offline must share (which of two copies of an object counts, how
//! much of a need is covered, when the source was captured).

mod alias;
mod captures;
mod clocks;
mod clusters;
mod collector;
mod copy;
mod coverage;
mod doubles;
mod few;
mod finding;
mod identity;
mod inventory;
mod logged;
mod moment;
mod need;
mod object;
mod order;
mod pack;
mod place;
mod position;
mod problem;
mod report;
mod rivals;
mod scope;
mod selection;
mod selector;
mod severity;
mod shell;
mod store;
mod succession;
pub mod text;
mod units;
mod witness;

pub use alias::{addresses, canonical};
pub use clocks::{Ahead, Beat, Bound, BoundBy, Captured, Clock, Clocks, Sighting};
pub use collector::{Collector, Extent, Reading, Readings, SeveralOfOneName};
pub use copy::ObjectCopy;
pub use coverage::{Coverage, NeedCoverage};
pub use few::Few;
pub use finding::{Evidence, Finding, Sample, Undecided, fingerprint_parts};
pub use identity::Identity;
pub use inventory::{Inventory, ObjectSlot, TextLine, TextSlot};
pub use moment::Moment;
pub use need::{NeedSet, ObjectNeed, Path, PathError, Segment, TextNeed, scoped};
pub use object::{ObjectRef, group_of};
pub use pack::{MetricInfo, MetricType, PackInfo, RuleInfo};
pub use place::{Place, Places};
pub use position::Position;
pub use problem::{Concerns, Problem};
pub use report::{
    AsOf, AsOfSource, ClusterMoment, Input, PackFailure, PackSample, Report, ReportedFinding,
    RuleOutcome, RuleResult, Suppression,
};
pub use scope::Scope;
pub use selection::Selection;
pub use selector::{Selector, SelectorError};
pub use severity::Severity;
pub use shell::shell_word;
pub use store::Store;
pub use units::ListScope;
pub use witness::{EVENT_KEYS, EVENT_SERIES, LEASE_KEYS, Times, Witness, in_status};
