//! What the names in a pack may look like: as all packs that are written as text have it, and those
//! of variables.

use rulebox_text::{
    Problems,
    names::{BYTES, shortened},
    yaml::Scalar,
};

pub(crate) use rulebox_text::names::{help, kebab, line, metric, snake, version};

use crate::syntax::{is_identifier, is_reserved};

/// What expressions can name.
pub(crate) fn variable(name: &Scalar, taken: &[&str], problems: &mut Problems) {
    let text = name.text.as_str();
    if is_reserved(text) {
        let message = format!("`{text}` is a word that CEL keeps for itself");
        problems.add(name.at(), message, "take another name");
    } else if !is_identifier(text) || text.len() > BYTES {
        let message = format!("`{}` cannot be a name in expressions", shortened(text));
        let help = "write letters, digits and `_`";
        problems.add(name.at(), message, help);
    } else if taken.contains(&text) {
        let help = "needs, values and the object that is judged each have a name of their own";
        problems.add(name.at(), format!("`{text}` has a meaning already"), help);
    }
}
