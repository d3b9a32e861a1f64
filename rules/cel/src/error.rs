//! What evaluation comes to: a value, or why there is none; and how much one may make.

pub(crate) use crate::why::Error;

use crate::value::Value;

/// Bytes of a text that an expression may make. What people read is shorter, and one that doubles
/// itself would fill the memory.
pub(crate) const TEXT_BYTES: usize = 1 << 20;
/// Elements of a list that an expression may make.
pub(crate) const ITEMS: usize = 1_000_000;

pub(crate) type Evaluated = Result<Value, Error>;

pub(crate) fn wrong(message: String) -> Error {
    Error::Wrong(message.into())
}

/// An argument of another type than the function takes.
pub(crate) fn unfit(value: &Value, wanted: &str) -> Error {
    wrong(format!("{wanted} is expected, and there is {}", value.kind()))
}

/// A text that is not too long.
pub(crate) fn text(text: String) -> Evaluated {
    if text.len() > TEXT_BYTES {
        return Err(wrong(format!("a text is longer than {TEXT_BYTES} bytes")));
    }
    Ok(Value::text(&text))
}
