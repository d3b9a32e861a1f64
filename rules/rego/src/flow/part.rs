//! What a value may be: parts of the input or of `data`, and values that hold such parts.

use std::collections::BTreeSet;

use crate::tree::Step;

/// Keys below each other, at most: more are no path that an object has.
const STEPS: usize = 24;
/// So many parts may one value be.
const PARTS: usize = 200;

/// What was made around a part.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Wrap {
    /// It stands in an object at this key.
    Key(String),
    /// It is a member of a set.
    Set,
    /// It stands in a list, or at a key that is not known.
    Any,
}

/// A part of the input or of `data`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Part {
    /// `input` or `data`.
    pub(crate) root: &'static str,
    pub(crate) steps: Vec<Step>,
    /// Whether it is read by a function that says what stands there where nothing does.
    pub(crate) soft: bool,
    /// From the inside.
    wraps: Vec<Wrap>,
}

impl Part {
    pub(super) fn root(root: &'static str) -> Parts {
        Parts::from([Self { root, steps: Vec::new(), soft: false, wraps: Vec::new() }])
    }

    /// Whether it is the part itself.
    pub(super) fn is_bare(&self) -> bool {
        self.wraps.is_empty()
    }

    pub(super) fn bare(&self) -> Self {
        Self { wraps: Vec::new(), ..self.clone() }
    }
}

/// A value is one of these, or something else.
pub(crate) type Parts = BTreeSet<Part>;

/// What stands at a step. None where there would be too many.
pub(super) fn step(parts: &Parts, step: &Step, soft: bool) -> Option<Parts> {
    let mut found = Parts::new();
    for it in parts {
        let mut it = it.clone();
        match (it.wraps.pop(), step) {
            (Some(Wrap::Key(key)), Step::Key(read)) if key != *read => continue,
            (Some(_), _) => {}
            (None, step) => {
                if it.steps.len() >= STEPS {
                    return None;
                }
                it.steps.push(step.clone());
            }
        }
        it.soft |= soft;
        found.insert(it);
    }
    Some(found)
}

/// What is made around parts.
pub(super) fn wrap(parts: Parts, wrap: &Wrap) -> Parts {
    let wrapped = |mut it: Part| {
        it.wraps.push(wrap.clone());
        it
    };
    parts.into_iter().filter(|it| it.wraps.len() < STEPS).map(wrapped).collect()
}

/// The members of sets that were made: what a variable in brackets behind them is.
pub(super) fn members(parts: &Parts) -> Parts {
    let is_set = |it: &&Part| it.wraps.last() == Some(&Wrap::Set);
    let member = |it: &Part| {
        let mut it = it.clone();
        it.wraps.pop();
        it
    };
    parts.iter().filter(is_set).map(member).collect()
}

/// Adds parts; whether there are more now. None where there would be too many.
pub(super) fn add(to: &mut Parts, parts: Parts) -> Option<bool> {
    let before = to.len();
    to.extend(parts);
    if to.len() > PARTS { None } else { Some(to.len() > before) }
}
