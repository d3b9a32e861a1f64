//! CEL as text: tokens, and the tree that they make. What names mean is not known here.
//!
//! This is a parser of our own because a problem must be told by its line and column also where the
//! syntax is right, a misspelt field for example, and the parsers of others keep no places of what
//! they have parsed. How deep expressions nest is bounded, so that whoever walks over one may
//! recurse.

mod error;
mod lexer;
mod parser;
mod tree;

pub(crate) use lexer::{is_identifier, is_reserved, placeholder_end};
pub(crate) use parser::parse;
pub(crate) use tree::{Comprehension, Expr, Kind, Literal, Macro, Op};
