//! A rule, its evidence and its metrics, once they were checked.

use rulebox_core::{Segment, Severity};

use crate::{code::Code, template::Template};

/// A rule that was checked.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) id: String,
    pub(crate) severity: Severity,
    /// The need whose objects are judged.
    pub(crate) need: usize,
    pub(crate) lets: Vec<Code>,
    pub(crate) when: Code,
    pub(crate) message: Template,
    pub(crate) cause: Option<Template>,
    /// Steps; true where one is a command.
    pub(crate) remedy: Vec<(bool, Template)>,
    pub(crate) evidence: Vec<Evidence>,
    pub(crate) labels: Vec<(String, Code)>,
    pub(crate) caused_by: Vec<Code>,
}

/// A piece of evidence that was checked.
#[derive(Debug)]
pub(crate) struct Evidence {
    /// None: of the object that is judged.
    pub(crate) object: Option<Code>,
    pub(crate) path: String,
    pub(crate) segments: Vec<Segment>,
    /// None: what stands at the path.
    pub(crate) value: Option<Code>,
}

/// A metric that was checked.
#[derive(Debug)]
pub(crate) struct Metric {
    pub(crate) name: String,
    /// The rule over whose objects it is.
    pub(crate) rule: usize,
    pub(crate) labels: Vec<Code>,
    pub(crate) when: Option<Code>,
    /// None: it is 1.
    pub(crate) value: Option<Code>,
}
