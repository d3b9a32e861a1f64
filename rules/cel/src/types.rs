//! The types of expressions, as far as they are known before anything is evaluated.

use std::fmt;

/// What a value is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Type {
    /// Not known before evaluation: whatever a custom kind holds.
    Dyn,
    Null,
    Bool,
    Int,
    Uint,
    Double,
    String,
    Bytes,
    Timestamp,
    Duration,
    /// How long ago a moment was, within bounds.
    Age,
    Quantity,
    Semver,
    /// What `type` gives.
    Meta,
    List(Box<Type>),
    /// Keys are texts.
    Map(Box<Type>),
    /// A part of an object of Kubernetes, by its name in the table of `rulebox_text::kubernetes`.
    Object(&'static str),
    Optional(Box<Type>),
}

impl Type {
    pub(crate) fn list(of: Type) -> Self {
        Self::List(Box::new(of))
    }

    pub(crate) fn map(of: Type) -> Self {
        Self::Map(Box::new(of))
    }

    pub(crate) fn is_number(&self) -> bool {
        matches!(self, Self::Int | Self::Uint | Self::Double)
    }

    /// Whether a value may be of both types.
    pub(crate) fn meets(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Dyn, _) | (_, Self::Dyn) => true,
            (a, b) if a.is_number() && b.is_number() => true,
            (Self::List(a), Self::List(b))
            | (Self::Map(a), Self::Map(b))
            | (Self::Optional(a), Self::Optional(b)) => a.meets(b),
            (Self::Object(_), Self::Map(_) | Self::Object(_)) | (Self::Map(_), Self::Object(_)) => {
                true
            }
            // What is null is left out of objects, and may be asked for.
            (Self::Null, it) | (it, Self::Null) => !it.is_number() && *it != Self::Bool,
            (a, b) => a == b,
        }
    }

    /// One type for values of either.
    pub(crate) fn or(self, other: Self) -> Self {
        if self == other { self } else { Self::Dyn }
    }
}

/// With an article, for sentences: `a text`, `a list of texts`.
impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Dyn => "something",
            Self::Null => "null",
            Self::Bool => "true or false",
            Self::Int => "a whole number",
            Self::Uint => "a whole number without sign",
            Self::Double => "a number with a point",
            Self::String => "a text",
            Self::Bytes => "bytes",
            Self::Timestamp => "a time",
            Self::Duration => "a duration",
            Self::Age => "an age",
            Self::Quantity => "a quantity",
            Self::Semver => "a version",
            Self::Meta => "a type",
            Self::List(_) => "a list",
            Self::Map(_) => "a mapping",
            Self::Object(name) => return write!(f, "a mapping ({name})"),
            Self::Optional(of) => return write!(f, "an optional value ({of})"),
        })
    }
}
