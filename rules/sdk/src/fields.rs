//! Which paths of an object a type reads: the host hands over no other part of the object.

use std::collections::{BTreeMap, HashMap};

use crate::Quantity;

/// A type that knows which paths of an object it reads.
///
/// Derived for structs: each field under the name by which serde knows it. A leaf (a word, a
/// number, a moment) reads its own path, a list `[]` below that, a mapping every key (`*`).
pub trait Fields {
    /// Adds the paths that a value at `at` reads.
    fn fields(at: &str, out: &mut Vec<String>);
}

/// The path of a key below `at`; a key that holds a dot is quoted. Called by derived code.
pub fn child_path(at: &str, key: &str) -> String {
    let quoted = key.contains(['.', '[', ']', '*', '"', '\\']);
    let key = if quoted {
        format!("\"{}\"", key.replace('\\', "\\\\").replace('"', "\\\""))
    } else {
        key.to_owned()
    };
    if at.is_empty() { key } else { format!("{at}.{key}") }
}

macro_rules! leaves {
    ($($leaf:ty),*) => {$(
        impl Fields for $leaf {
            fn fields(at: &str, out: &mut Vec<String>) {
                out.push(at.to_owned());
            }
        }
    )*};
}

leaves!(
    bool,
    u8,
    u16,
    u32,
    u64,
    i8,
    i16,
    i32,
    i64,
    f32,
    f64,
    String,
    jiff::Timestamp,
    serde_json::Value,
    Quantity
);

impl<T: Fields> Fields for Option<T> {
    fn fields(at: &str, out: &mut Vec<String>) {
        T::fields(at, out);
    }
}

impl<T: Fields> Fields for Box<T> {
    fn fields(at: &str, out: &mut Vec<String>) {
        T::fields(at, out);
    }
}

impl<T: Fields> Fields for Vec<T> {
    fn fields(at: &str, out: &mut Vec<String>) {
        T::fields(&format!("{at}[]"), out);
    }
}

impl<T: Fields> Fields for BTreeMap<String, T> {
    fn fields(at: &str, out: &mut Vec<String>) {
        T::fields(&format!("{at}.*"), out);
    }
}

impl<T: Fields, S> Fields for HashMap<String, T, S> {
    fn fields(at: &str, out: &mut Vec<String>) {
        T::fields(&format!("{at}.*"), out);
    }
}
