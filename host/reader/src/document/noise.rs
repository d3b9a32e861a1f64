//! What stands around objects in a text: messages, prompts, logs, colours, quotes, prose.
//!
//! It is looked for only where reading a text has failed or has found nothing. Must not know needs
//! or what an object is: it finds the lines that may be one.

pub(crate) mod characters;

pub(crate) mod message;

pub(crate) mod line;

pub(crate) mod log;
pub(crate) mod sift;

pub(crate) mod remains;

pub(crate) mod printed;
