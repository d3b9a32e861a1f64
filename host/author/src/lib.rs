//! What an author of rules is given, for packs in any language: tests in the product's own sandbox,
//! projects to begin with, components of what a compiler has made, what a pack asks for and what
//! it costs.
//!
//! ```text
//! cases ─> Tests::run ─> CaseResult ─> Results: text, JSON, JUnit, coverage
//! a language, a name ─> project ─> files
//! a finding, the objects of a dump ─> record ─> a case
//! a module ─> component
//! a pack ─> PackView: text, JSON; two of them ─> what the newer one asks for more
//! a pack, objects ─> measure ─> BenchView: text, JSON; two of them ─> what costs more
//! ```
//!
//! Which folders hold cases, which programs compile, where files go and how the command line looks
//! is not known here; of files, only those of a case are read, by the reader.

mod case;
mod read;
mod run;

mod bench;

mod coverage;
mod diff;
mod junit;
mod results;

mod component;
mod project;

mod record;

mod against;
mod inspect;

pub use against::asks_for_more;
pub use bench::{
    BenchError, BenchView, Beside, CompareError, ComparedView, Contestants, EMPTY, Objects,
    Started, compare, measure,
};
pub use case::{Case, Comments, Content, Kind, examples};
pub use component::component;
pub use coverage::CoverageView;
pub use inspect::{FileView, PackView};
pub use project::{Language, NameError, project};
pub use record::{Listed, RecordError, Recorded, Recording, Wanted, names_of, record};
pub use results::{CaseView, Results};
pub use run::{CaseResult, Tests};
