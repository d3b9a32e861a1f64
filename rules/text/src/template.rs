//! Texts with placeholders, `{{ … }}`: where these stand. What stands in one is for each language
//! to read.

use crate::{problem::Problems, shell::Place, yaml::Scalar};

/// A part of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'t> {
    /// As it is written.
    Text(&'t str),
    /// What stands between the braces.
    Placeholder {
        /// Where the opening braces stand: bytes of the text.
        start: usize,
        /// Where the content stands.
        inner: usize,
        /// The content.
        text: &'t str,
    },
}

/// Parts a text at its placeholders, whose contents end where `end` finds it. In a command each
/// stands where the shell reads a word: what it stands for is quoted as one. `close`: what to do
/// about one that is open.
pub fn pieces<'t>(
    scalar: &'t Scalar,
    command: bool,
    (end, close): (impl Fn(&str) -> Option<usize>, &str),
    problems: &mut Problems,
) -> Vec<Piece<'t>> {
    let text = &scalar.text;
    let mut pieces = Vec::new();
    let (mut at, mut place) = (0, Place::default());
    while let Some(begin) = text[at..].find("{{") {
        let before = &text[at..at + begin];
        place.read(before);
        pieces.push(Piece::Text(before));
        let (start, inner) = (at + begin, at + begin + 2);
        let Some(length) = end(&text[inner..]) else {
            problems.add(scalar.position(start), "a placeholder is not closed", close);
            return pieces;
        };
        if let Some((at, help)) = place.refusal().filter(|_| command) {
            let message = format!("a placeholder of a command stands {at}");
            problems.add(scalar.position(start), message, help);
        }
        place.word();
        pieces.push(Piece::Placeholder { start, inner, text: &text[inner..inner + length] });
        at = inner + length + 2;
    }
    pieces.push(Piece::Text(&text[at..]));
    pieces
}

/// A sentence that was written on several lines, as one.
pub fn one_line(text: &str) -> String {
    text.split('\n').map(str::trim).filter(|it| !it.is_empty()).collect::<Vec<_>>().join(" ")
}
