//! A rule as a value, without the types of its arguments.

use rulebox_core::{RuleInfo, Severity};

use crate::{Declaration, Run, metric::MetricDeclaration};

/// A rule as a value. [`crate::rule`] makes it from a function.
pub struct Rule {
    /// kebab-case, unique in the pack, never reused: the function's name.
    pub id: &'static str,
    /// How bad its findings are unless they say otherwise.
    pub severity: Severity,
    /// The first line of the documentation: the problem that the rule is named after.
    pub summary: &'static str,
    /// Markdown: the function's doc comment.
    pub documentation: &'static str,
    #[doc(hidden)]
    pub metrics: &'static [MetricDeclaration],
    #[doc(hidden)]
    pub declare: fn(&mut Declaration),
    #[doc(hidden)]
    pub evaluate: for<'r> fn(&'r Run<'r>),
}

impl Rule {
    pub(crate) fn declaration(&self) -> Declaration {
        let mut declaration = Declaration::default();
        (self.declare)(&mut declaration);
        declaration
    }

    pub(crate) fn info(&self, declaration: &Declaration) -> RuleInfo {
        RuleInfo {
            id: self.id.to_owned(),
            severity: self.severity,
            summary: self.summary.to_owned(),
            documentation: self.documentation.to_owned(),
            requires: declaration.requires.clone(),
            consults: declaration.consults.clone(),
        }
    }
}
