//! Signatures of packs, in the formats of cosign: keys, what they sign, and who is believed. Where
//! signatures are kept is not known here.

pub(crate) mod key;
pub(crate) mod payload;
mod secretbox;
