//! The contract as a trait, so that a rule runs as a component and in a test.

use rulebox_core::{Coverage, Finding, Sample, Span, TextLine};

/// The other side of the contract, as `rulebox.wit` has it: a component speaks to the host, a test
/// to a store in memory.
pub trait Host {
    /// Whether the source could show this need at all.
    fn covers(&self, need: &str) -> Coverage;
    /// The objects of a need.
    fn open(&self, need: &str) -> Box<dyn ObjectCursor + '_>;
    /// The lines of a text need.
    fn open_text(&self, need: &str) -> Box<dyn TextCursor + '_>;
    /// A problem.
    fn add_finding(&self, finding: Finding);
    /// A value of a metric.
    fn add_sample(&self, sample: Sample);
    /// Something that happened, for the timeline.
    fn add_span(&self, span: Span);
    /// A rule could not judge.
    fn undecided(&self, rule: &str, reason: &str);
    /// Goes to the host's log.
    fn debug(&self, message: &str);
}

/// The objects of one need, in batches.
pub trait ObjectCursor {
    /// At most `max` further objects as compact JSON; empty at the end.
    fn next(&mut self, max: u32) -> Vec<String>;
}

/// The lines of one text need, in batches.
pub trait TextCursor {
    /// At most `max` further lines; empty at the end.
    fn next(&mut self, max: u32) -> Vec<TextLine>;
}
