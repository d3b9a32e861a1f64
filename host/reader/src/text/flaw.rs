//! What is no text in a text.

/// Line of the first bytes that are not text, and what they are.
pub(crate) type Flaw = (u64, &'static str);

/// Words of an object stand in UTF-16 as another encoding has them: nothing can read both.
pub(crate) const OTHER_ENCODING: &str = "`apiVersion` and `kind` stand here in another encoding \
     than the text before them, as where two programs write into one file: what is written in it \
     is not read; write each into a file of its own";
