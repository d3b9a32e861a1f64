//! Fields that no public schema promises.

use std::ops::Deref;

use serde::{Deserialize, Deserializer, de::DeserializeOwned};

use crate::Fields;

/// A field that no public schema promises: what is there in another shape than `T` reads as absent,
/// so that a wrong guess costs the guess and not the object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guess<T>(Option<T>);

impl<T> Default for Guess<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Deref for Guess<T> {
    type Target = Option<T>;

    fn deref(&self) -> &Option<T> {
        &self.0
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Guess<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        Ok(Self(T::deserialize(value).ok()))
    }
}

impl<T: Fields> Fields for Guess<T> {
    fn fields(at: &str, out: &mut Vec<String>) {
        T::fields(at, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_absent() {
        let read = |json| serde_json::from_str::<Guess<String>>(json).expect("any JSON").0;
        assert_eq!(read(r#""timed out""#).as_deref(), Some("timed out"));
        assert_eq!(read(r#"{"text": "timed out"}"#), None);
        assert_eq!(read("7"), None);
    }
}
