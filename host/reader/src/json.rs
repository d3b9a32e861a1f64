//! JSON: a parser for everything, and a faster outline of single objects.
//!
//! Both give the same answers. Must not know what surrounds the text.

mod parse;

mod outline;
mod step;
mod walk;

mod write;

#[cfg(test)]
pub(crate) use parse::value;
pub(crate) use {
    outline::Outline,
    parse::{document, first, first_key, skip_separators, split, whole},
    step::{end_of_value, skip_space},
};
