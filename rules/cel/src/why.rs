//! Why an expression has no value.

use std::rc::Rc;

/// Why there is no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Error {
    /// A field, a key or an element is absent: the expression that asks for it.
    Missing(Rc<str>),
    /// An age lies between its bounds: of what.
    Age(Rc<str>),
    /// Not all objects of this need could be seen.
    Incomplete(usize),
    /// The rule says that it cannot know: why.
    Undecided(Rc<str>),
    /// Whatever else is wrong, in words.
    Wrong(Rc<str>),
}
