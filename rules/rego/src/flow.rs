//! Where parts of the input, and of `data`, go: through variables, rules and functions, from the
//! rules that are asked. So it is known what a policy reads of them by constant names, also where
//! it calls them otherwise.
//!
//! ```text
//! entries -> rules that they ask -> statements -> parts (part) -> reads
//! ```
//!
//! Rules are walked over until nothing more is learnt, and once more to note what is read. A
//! function is looked at once for all its calls.

mod builtins;
mod part;
mod walk;

use std::collections::{BTreeMap, BTreeSet};

use regorus::unstable::{Module, Rule, RuleHead};
use rulebox_text::Position;

use crate::tree::{Aliases, Step, reference};

pub(crate) use part::Part;
use part::Parts;

/// One of the definitions of a rule: its source, and its number there.
pub(crate) type Definition = (usize, usize);

/// What a policy does with what it reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum How {
    /// Whatever it does with it is another read.
    Through,
    /// It asks whether there is something, or how much.
    Exists,
    /// It takes all that is below it.
    Whole,
}

/// One place where something is read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Read {
    /// The number of the source.
    pub(crate) source: usize,
    pub(crate) line: u32,
    pub(crate) column: u32,
    /// The rule with its package, and which of its definitions.
    pub(crate) rule: (String, Definition),
    /// What it may be: one of these.
    pub(crate) parts: Parts,
    pub(crate) how: How,
    /// Of which kinds the object is here, where the policy has asked that.
    pub(crate) kinds: Option<BTreeSet<String>>,
}

impl Read {
    pub(crate) fn at(&self) -> Position {
        Position { line: self.line, column: self.column }
    }
}

/// A comparison of the object's kind with constants, without which a rule does not hold.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Asked {
    pub(crate) source: usize,
    pub(crate) line: u32,
    pub(crate) column: u32,
    pub(crate) rule: Definition,
    pub(crate) kinds: BTreeSet<String>,
}

/// What the rules that some entries ask read.
#[derive(Debug, Default)]
pub(crate) struct Flow {
    pub(crate) reads: BTreeSet<Read>,
    pub(crate) asked: BTreeSet<Asked>,
    /// Which other rules must hold where one does, each with that one.
    pub(crate) needed: BTreeSet<(Definition, String)>,
    /// The rules that are asked, each with its definitions.
    pub(crate) definitions: BTreeMap<String, BTreeSet<Definition>>,
    /// Where a policy is given another input, `with input as …`, or goes on without end: what is
    /// read behind it is not known.
    pub(crate) lost: Option<(usize, Position)>,
}

/// The texts that see each other.
pub(crate) struct Sources<'m> {
    pub(super) modules: Vec<&'m Module>,
    /// Of each.
    pub(super) packages: Vec<&'m str>,
    pub(super) aliases: Vec<Aliases>,
    /// The places of all rules of a name, with its package: source, and number in it.
    pub(super) rules: BTreeMap<String, Vec<(usize, usize)>>,
    pub(super) functions: BTreeSet<String>,
}

impl<'m> Sources<'m> {
    pub(crate) fn new(modules: Vec<&'m Module>, packages: Vec<&'m str>) -> Self {
        let mut rules = BTreeMap::<_, Vec<_>>::new();
        let mut functions = BTreeSet::new();
        for (source, (module, package)) in modules.iter().zip(&packages).enumerate() {
            for (nth, rule) in module.policy.iter().enumerate() {
                let Some(name) = name(rule) else { continue };
                let name = format!("{package}.{name}");
                if matches!(rule.as_ref(), Rule::Spec { head: RuleHead::Func { .. }, .. }) {
                    functions.insert(name.clone());
                }
                rules.entry(name).or_default().push((source, nth));
            }
        }
        let aliases = modules.iter().map(|it| Aliases::of(it)).collect();
        Self { modules, packages, aliases, rules, functions }
    }

    /// What the rules that these entries ask read.
    pub(crate) fn flow(&self, entries: &BTreeSet<String>) -> Flow {
        let mut walk = walk::Walk::new(self, entries);
        walk.settle();
        walk.noted()
    }
}

/// The name of a rule, without what stands behind it.
fn name(rule: &Rule) -> Option<String> {
    let refr = match rule {
        Rule::Spec { head, .. } => {
            let (RuleHead::Compr { refr, .. }
            | RuleHead::Set { refr, .. }
            | RuleHead::Func { refr, .. }) = head;
            refr
        }
        Rule::Default { refr, .. } => refr,
    };
    let read = reference(refr)?;
    // A function may be of a name with dots.
    let mut name = read.root;
    if matches!(rule, Rule::Spec { head: RuleHead::Func { .. }, .. }) {
        for it in &read.steps {
            if let Step::Key(key) = it {
                name.push('.');
                name.push_str(key);
            }
        }
    }
    Some(name)
}
