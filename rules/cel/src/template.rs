//! Texts with placeholders: `{{ expression }}`.

use rulebox_text::{
    template::{Piece, pieces},
    yaml::Scalar,
};

use crate::{
    check::{Checked, check},
    code::Code,
    scope::{Origin, Scope, Shared},
    syntax::placeholder_end,
};

/// A text with placeholders that was checked.
#[derive(Debug)]
pub(crate) struct Template(pub(crate) Vec<Part>);

#[derive(Debug)]
pub(crate) enum Part {
    Text(String),
    Value(Code),
}

/// Reads a text and checks its placeholders. In a command each stands outside of quotes: it is
/// quoted as it needs.
pub(crate) fn read(
    scalar: &Scalar,
    command: bool,
    scope: &mut Scope,
    shared: &mut Shared<'_>,
) -> Template {
    let close = "close it by `}}`; two braces as text are {{ \"{{\" }}";
    let parts = pieces(scalar, command, (placeholder_end, close), shared.problems);
    let parts = parts.into_iter().map(|it| match it {
        Piece::Text(text) => Part::Text(text.to_owned()),
        Piece::Placeholder { inner, text, .. } => {
            let origin = Origin { scalar, base: inner, text };
            let Checked { code, shape, .. } = check(origin, scope, shared);
            shape.whole(&mut shared.masks);
            Part::Value(code)
        }
    });
    Template(parts.collect())
}
