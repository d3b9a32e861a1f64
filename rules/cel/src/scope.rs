//! What an expression may name.

use std::{collections::BTreeSet, rc::Rc};

use rulebox_core::closest;
use rulebox_text::{Position, Problems, yaml::Scalar};

use crate::{
    mask::{Mask, Shape},
    types::Type,
};

/// A need, as expressions see it.
#[derive(Debug, Clone)]
pub(crate) struct Need {
    pub(crate) name: String,
    /// The type of one object.
    pub(crate) object: Type,
}

/// A value by name.
#[derive(Debug, Clone)]
pub(crate) struct Named {
    pub(crate) name: String,
    pub(crate) ty: Type,
    pub(crate) shape: Shape,
    /// How deep its expression is, those that it names included.
    pub(crate) depth: usize,
}

/// What all expressions of a pack share.
#[derive(Debug)]
pub(crate) struct Shared<'s> {
    pub(crate) needs: &'s [Need],
    pub(crate) settings: &'s [(String, Type)],
    /// What is read of each need.
    pub(crate) masks: Vec<Mask>,
    pub(crate) problems: &'s mut Problems,
}

/// What the expressions of one rule share.
#[derive(Debug, Default)]
pub(crate) struct Scope {
    /// The name of the object that is judged, and its need.
    pub(crate) object: Option<(String, usize)>,
    pub(crate) lets: Vec<Named>,
    /// Names of values that stand further below.
    pub(crate) later: Vec<String>,
    /// The elements that comprehensions around an expression look at.
    pub(crate) locals: Vec<Named>,
    /// The needs that expressions name.
    pub(crate) used: BTreeSet<usize>,
}

/// Where the text of an expression stands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Origin<'s> {
    pub(crate) scalar: &'s Scalar,
    /// Where the expression begins in the scalar.
    pub(crate) base: usize,
    pub(crate) text: &'s str,
}

impl<'s> Origin<'s> {
    pub(crate) fn whole(scalar: &'s Scalar) -> Self {
        Self { scalar, base: 0, text: &scalar.text }
    }

    pub(crate) fn at(&self, offset: usize) -> Position {
        self.scalar.position(self.base + offset)
    }

    /// A part of the text, for sentences.
    pub(crate) fn shown(&self, start: usize, end: usize) -> Rc<str> {
        const LONGEST: usize = 80;
        let part = self.text.get(start..end).unwrap_or_default();
        let part = part.split_whitespace().collect::<Vec<_>>().join(" ");
        if part.chars().count() <= LONGEST {
            return part.into();
        }
        (part.chars().take(LONGEST).collect::<String>() + "…").into()
    }
}

impl Scope {
    /// All names that an expression may use here.
    pub(crate) fn names<'a>(&'a self, shared: &'a Shared<'_>) -> impl Iterator<Item = &'a str> {
        let locals = self.locals.iter().map(|it| it.name.as_str());
        let object = self.object.iter().map(|it| it.0.as_str());
        let lets = self.lets.iter().map(|it| it.name.as_str());
        let needs = shared.needs.iter().map(|it| it.name.as_str());
        locals.chain(object).chain(lets).chain(needs).chain(["settings"])
    }

    /// Whether a name means something else than the element of a comprehension.
    pub(crate) fn is_taken(&self, name: &str, shared: &Shared<'_>) -> bool {
        self.names(shared).skip(self.locals.len()).any(|it| it == name)
    }

    /// What to do about a name that is not known.
    pub(crate) fn help(&self, name: &str, shared: &Shared<'_>) -> String {
        if let Some(nearest) = closest(name, self.names(shared)) {
            return format!("did you mean `{nearest}`?");
        }
        let names: Vec<_> = self.names(shared).map(|it| format!("`{it}`")).collect();
        format!("what may be named here: {}", names.join(", "))
    }
}
