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
mod apart;
mod backoff;
mod bundle;
mod captures;
mod clocks;
mod closest;
mod clusters;
mod collector;
mod copy;
pub mod coverage;
mod doubles;
mod extent;
mod few;
mod finding;
mod identity;
mod inventory;
mod json;
mod kept;
mod logged;
mod losses;
mod moment;
mod names;
mod need;
mod object;
mod one_cluster;
mod order;
mod pack;
mod packer;
mod place;
mod position;
mod problem;
mod reading;
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
mod trust;
mod units;
mod witness;

pub use alias::{addresses, canonical};
pub use backoff::backoff;
pub use bundle::Bundle;
pub use clocks::{Ahead, Beat, Bound, BoundBy, Captured, Clock, Clocks, Sighting};
pub use closest::closest;
pub use collector::Collector;
pub use copy::ObjectCopy;
pub use coverage::{Coverage, NeedCoverage};
pub use extent::Extent;
pub use few::Few;
pub use finding::{Evidence, Finding, PROBLEM, Sample, Span, Undecided, fingerprint_parts};
pub use identity::Identity;
pub use inventory::{Inventory, ObjectSlot, TextLine, TextSlot};
pub use json::{IGNORE, Json};
pub use kept::Kept;
pub use moment::Moment;
pub use names::{REPORTER, is_group, is_kind, is_namespace};
pub use need::{NeedSet, ObjectNeed, Path, PathError, Segment, TextNeed, scope_of, scoped};
pub use object::{ObjectRef, group_of};
pub use pack::{MetricInfo, MetricType, PackInfo, RuleInfo};
pub use packer::Packer;
pub use place::{Place, Places};
pub use position::Position;
pub use problem::{Concerns, Problem, ProblemKind};
pub use reading::{Reading, Readings, SeveralOfOneName};
pub use report::{
    AsOf, AsOfSource, AskedCluster, Baseline, ClusterMoment, ClusterUid, Expiry, Input,
    PackFailure, PackSample, PackSpan, PackVersion, Report, ReportedFinding, RuleOutcome,
    RuleResult, Suppression, SuppressionSource, Tool,
};
pub use scope::Scope;
pub use selection::Selection;
pub use selector::{Selector, SelectorError};
pub use severity::Severity;
pub use shell::shell_word;
pub use store::Store;
pub use trust::Logged;
pub use units::ListScope;
pub use witness::{EVENT_KEYS, EVENT_SERIES, LEASE_KEYS, Times, Witness, in_status};
