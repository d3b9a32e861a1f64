//! Bytes and lines: decoding, buffers, and one survey of every byte.
//!
//! Must not know Kubernetes.

pub(crate) mod buffer;
pub(crate) mod decode;
pub(crate) mod flaw;

pub(crate) mod block;
pub(crate) mod json_string;
pub(crate) mod lines;
pub(crate) mod survey;
pub(crate) mod wide;
pub(crate) mod words;
