//! Quantities of Kubernetes.

use serde::{Deserialize, Deserializer, de};

/// A Kubernetes quantity: `500m`, `2Gi`, `1`, as text or as a number.
///
/// Suffixes are those of
/// <https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/>.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Quantity(String);

impl Quantity {
    /// As it was written; empty where it is not set.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// In its base unit: bytes, cores. None where it is not set or cannot be read.
    pub fn value(&self) -> Option<f64> {
        let number_end = self
            .0
            .find(|c: char| !matches!(c, '0'..='9' | '.' | '+' | '-'))
            .unwrap_or(self.0.len());
        let (number, suffix) = self.0.split_at(number_end);
        let number: f64 = number.parse().ok()?;
        let factor = match suffix {
            "" => 1.0,
            "n" => 1e-9,
            "u" => 1e-6,
            "m" => 1e-3,
            "k" => 1e3,
            "M" => 1e6,
            "G" => 1e9,
            "T" => 1e12,
            "P" => 1e15,
            "E" => 1e18,
            "Ki" => 1024.0,
            "Mi" => 1024.0 * 1024.0,
            "Gi" => 1024.0 * 1024.0 * 1024.0,
            "Ti" => 1024.0_f64.powi(4),
            "Pi" => 1024.0_f64.powi(5),
            "Ei" => 1024.0_f64.powi(6),
            _ => 10_f64.powi(suffix.strip_prefix(['e', 'E'])?.parse().ok()?),
        };
        Some(number * factor)
    }
}

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Quantity;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a quantity such as 500m or 2Gi")
            }

            fn visit_str<E: de::Error>(self, it: &str) -> Result<Quantity, E> {
                Ok(Quantity(it.to_owned()))
            }

            fn visit_u64<E: de::Error>(self, it: u64) -> Result<Quantity, E> {
                Ok(Quantity(it.to_string()))
            }

            fn visit_i64<E: de::Error>(self, it: i64) -> Result<Quantity, E> {
                Ok(Quantity(it.to_string()))
            }

            fn visit_f64<E: de::Error>(self, it: f64) -> Result<Quantity, E> {
                Ok(Quantity(it.to_string()))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(json: &str, want: Option<f64>) {
        assert_eq!(serde_json::from_str::<Quantity>(json).expect("a quantity").value(), want);
    }

    #[test]
    fn suffixes() {
        check(r#""2Gi""#, Some(2_147_483_648.0));
        check(r#""500m""#, Some(0.5));
        check(r#""1""#, Some(1.0));
        check("2", Some(2.0));
        check(r#""1e3""#, Some(1000.0));
        check(r#""128Mi""#, Some(134_217_728.0));
        check(r#""5E""#, Some(5e18));
    }

    #[test]
    fn what_is_no_quantity_has_no_value() {
        check(r#""""#, None);
        check(r#""2GB""#, None);
        check(r#""many""#, None);
    }
}
