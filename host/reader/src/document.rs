//! One text into documents, and a document into objects: whole, or item by item.
//!
//! Knows how both languages are parsed, and nothing of files or of where bytes come from.

pub(crate) mod printed_log;
pub(crate) mod separator;
pub(crate) mod split;

pub(crate) mod whole;

pub(crate) mod list;
