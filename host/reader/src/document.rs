//! Splits a text into documents, and reads a document's objects: all at once, or item by item.
//!
//! Knows both languages. Must not know files, archives or where the bytes come from.

pub(crate) mod printed_log;
pub(crate) mod separator;
pub(crate) mod split;

pub(crate) mod noise;

pub(crate) mod whole;

pub(crate) mod list;
