//! Steps through lists and mappings, and decodes strings and numbers.

use std::borrow::Cow;

use super::{
    parse,
    step::{Stop, after_number, skip_space},
};
use crate::{
    broken::Odd,
    object::{
        outline::has_duplicates,
        value::{Value, write_text},
    },
    text::json_string::stop_in_string,
};

/// The content of a string, undecoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Text<'t> {
    raw: &'t str,
    escapes: Escaping,
}

/// As wide as a word, so that structs that hold it are copied word by word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
enum Escaping {
    None,
    /// Each escape is the one that `serde_json` would write.
    Canonical,
    Some,
}

impl<'t> Text<'t> {
    /// The string whose opening quote is at `at`, and where it ends.
    pub(super) fn read(text: &'t str, at: usize) -> Result<(Self, usize), Stop> {
        let bytes = text.as_bytes();
        let mut escapes = Escaping::None;
        let mut stop = stop_in_string(bytes, at + 1).ok_or(Stop::Short)?;
        while bytes[stop] != b'"' {
            if bytes[stop] != b'\\' {
                return Err(Stop::Odd);
            }
            match bytes.get(stop + 1) {
                None => return Err(Stop::Short),
                Some(b'"' | b'\\' | b'b' | b'f' | b'n' | b'r' | b't') => {
                    if escapes == Escaping::None {
                        escapes = Escaping::Canonical;
                    }
                }
                Some(b'/' | b'u') => escapes = Escaping::Some,
                Some(_) => return Err(Stop::Odd),
            }
            stop = stop_in_string(bytes, stop + 2).ok_or(Stop::Short)?;
        }
        Ok((Self { raw: &text[at + 1..stop], escapes }, stop + 1))
    }

    /// A string without escapes.
    pub(super) fn plain(raw: &'t str) -> Self {
        Self { raw, escapes: Escaping::None }
    }

    /// The decoded text, if it has no escapes.
    pub(super) fn as_plain(self) -> Result<&'t str, Odd> {
        if self.escapes == Escaping::None { Ok(self.raw) } else { Err(Odd) }
    }

    /// The decoded text.
    pub(super) fn decoded(self) -> Result<Cow<'t, str>, Odd> {
        if self.escapes == Escaping::None {
            return Ok(Cow::Borrowed(self.raw));
        }
        let quoted = format!("\"{}\"", self.raw);
        serde_json::from_str(&quoted).map(Cow::Owned).map_err(|_| Odd)
    }

    /// Appends the string with quotes, as `serde_json` would write it.
    pub(super) fn write(self, out: &mut String) -> Result<(), Odd> {
        if self.escapes == Escaping::Some {
            write_text(&self.decoded()?, out);
        } else {
            out.push('"');
            out.push_str(self.raw);
            out.push('"');
        }
        Ok(())
    }

    /// Whether two of these strings are equal.
    pub(super) fn has_duplicates(all: &[Self]) -> Result<bool, Odd> {
        if all.iter().all(|it| it.escapes != Escaping::Some) {
            // Without unusual escapes, equal strings are written alike.
            return Ok(has_duplicates(all, |it| it.raw));
        }
        let decoded = all.iter().map(|it| it.decoded()).collect::<Result<Vec<_>, _>>()?;
        Ok(has_duplicates(&decoded, |it| it))
    }
}

/// The number at `at`, as the full parser would write it, and where it ends.
pub(super) fn number(text: &str, at: usize) -> Result<(Cow<'_, str>, usize), Stop> {
    let end = after_number(text.as_bytes(), at)?;
    let raw = &text[at..end];
    if is_canonical(raw) {
        return Ok((Cow::Borrowed(raw), end));
    }
    let value = parse::whole(raw).map_err(|_| Stop::Odd)?;
    match value {
        Value::Number(it) => Ok((Cow::Owned(it.to_string()), end)),
        _ => Err(Stop::Odd),
    }
}

/// Whether this is how an integer is written.
fn is_canonical(number: &str) -> bool {
    /// Every 64-bit number may have this many digits.
    const DIGITS: usize = 18;
    let digits = number.strip_prefix('-').unwrap_or(number).as_bytes();
    match digits {
        [b'0'] => number.len() == 1,
        [b'1'..=b'9', rest @ ..] => rest.len() < DIGITS && rest.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

/// Walks through a list or a mapping.
#[derive(Debug)]
pub(super) struct Walk<'t> {
    text: &'t str,
    /// Where the next item, or the `,` before it, may start.
    pub(super) at: usize,
    begun: bool,
}

impl<'t> Walk<'t> {
    /// Enters the list or mapping that starts at `at`.
    pub(super) fn into(text: &'t str, at: usize) -> Self {
        Self { text, at: at + 1, begun: false }
    }

    /// Start of the next element of a list; none at the end of the list. The caller sets `at` to
    /// the end of the element.
    pub(super) fn element(&mut self) -> Result<Option<usize>, Stop> {
        self.next(b']')
    }

    /// The next key of a mapping, and where its value starts; otherwise like
    /// [`element`](Self::element).
    pub(super) fn entry(&mut self) -> Result<Option<(Text<'t>, usize)>, Stop> {
        let Some(at) = self.next(b'}')? else { return Ok(None) };
        let bytes = self.text.as_bytes();
        if bytes[at] != b'"' {
            return Err(Stop::Odd);
        }
        let (key, end) = Text::read(self.text, at)?;
        let colon = skip_space(bytes, end);
        match bytes.get(colon) {
            Some(b':') => {}
            Some(_) => return Err(Stop::Odd),
            None => return Err(Stop::Short),
        }
        let value = skip_space(bytes, colon + 1);
        if value < bytes.len() { Ok(Some((key, value))) } else { Err(Stop::Short) }
    }

    fn next(&mut self, close: u8) -> Result<Option<usize>, Stop> {
        let bytes = self.text.as_bytes();
        let mut at = skip_space(bytes, self.at);
        let byte = *bytes.get(at).ok_or(Stop::Short)?;
        if byte == close {
            self.at = at + 1;
            return Ok(None);
        }
        if self.begun {
            if byte != b',' {
                return Err(Stop::Odd);
            }
            at = skip_space(bytes, at + 1);
        }
        self.begun = true;
        if at < bytes.len() { Ok(Some(at)) } else { Err(Stop::Short) }
    }
}

/// The text of the scalar at `at`, like [`Value::scalar_text`]; none for other values.
pub(super) fn scalar_text(text: &str, at: usize) -> Result<Option<Cow<'_, str>>, Stop> {
    Ok(match text.as_bytes()[at] {
        b'"' => Some(Text::read(text, at)?.0.decoded()?),
        b't' => Some(Cow::Borrowed("true")),
        b'f' => Some(Cow::Borrowed("false")),
        b'-' | b'0'..=b'9' => Some(number(text, at)?.0),
        _ => None,
    })
}
