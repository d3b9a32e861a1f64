//! JSON: a parser for all of it, and an outline of one object for speed.
//!
//! Both answer the same. Neither knows what surrounds the text.

mod parse;

mod outline;
mod step;
mod walk;

mod newest;
mod write;

#[cfg(test)]
pub(crate) use parse::value;
pub(crate) use {
    outline::Outline,
    parse::{document, skip_separators, split, whole},
    step::{end_of_value, skip_space},
};
