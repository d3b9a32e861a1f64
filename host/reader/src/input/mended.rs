//! What a text is read as that is not an object, or not only.

use crate::{
    document::{
        noise::{
            characters::{Cleaned, cleaned},
            sift::{Piece, sift},
        },
        split::holds_word,
    },
    object::intake::Outcome,
};

/// A text, and what does not belong to the objects in it.
pub(super) enum Mended<'t> {
    /// It is read like another text.
    Cleaned(Cleaned),
    /// In pieces.
    Sifted(Vec<Piece<'t>>),
}

impl<'t> Mended<'t> {
    /// None if all of the text may be one object.
    pub(super) fn of(text: &'t str) -> Option<Self> {
        Self::cleaned(text).or_else(|| sift(text).map(Self::Sifted))
    }

    fn cleaned(text: &str) -> Option<Self> {
        cleaned(text).map(Self::Cleaned)
    }

    /// Of a document with this outcome. One that was parsed whole is what it is.
    pub(super) fn of_odd(text: &'t str, outcome: &Outcome) -> Option<Self> {
        if outcome.is_broken() {
            Self::of(text)
        } else if outcome.is_odd() {
            Self::cleaned(text)
        } else {
            None
        }
    }

    /// Of a text that starts after a JSON document or like one; `whole`: it is valid JSON.
    pub(super) fn of_json(text: &'t str, whole: bool) -> Option<Self> {
        if whole || !holds_word(text) {
            return None;
        }
        Self::of(text)
    }
}
