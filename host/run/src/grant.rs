//! What one pack may take, where a configuration grants it more or less than the others.

use std::{borrow::Cow, time::Duration};

use rulebox_core::text::escape;
use rulebox_engine::Limits;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::Value;

/// Limits of one pack; what is not named is as for all packs.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schemars(rename = "LimitsOfPack")]
pub(crate) struct Grant {
    /// As `--pack-deadline`: how long it may take for one evaluation, a day at most.
    deadline: Option<Time>,
    /// As `--pack-memory`: how much memory it may use, 4Gi at most.
    memory: Option<Amount>,
    /// As `--pack-findings`: how many findings it may report.
    findings: Option<usize>,
    /// As `--pack-samples`: how many samples of metrics it may give.
    samples: Option<usize>,
    /// As `--pack-output`: how much it may report in all, 4Gi at most.
    output: Option<Amount>,
}

impl Grant {
    /// The names of the limits.
    pub(crate) const KEYS: [&str; 5] = ["deadline", "memory", "findings", "samples", "output"];

    /// What this pack may use, where all others may use that.
    pub(crate) fn of(self, all: &Limits) -> Limits {
        let Self { deadline, memory, findings, samples, output } = self;
        Limits {
            deadline: deadline.map_or(all.deadline, |it| it.0),
            memory_bytes: memory.map_or(all.memory_bytes, |it| it.0),
            findings: findings.unwrap_or(all.findings),
            samples: samples.unwrap_or(all.samples),
            output_bytes: output.map_or(all.output_bytes, |it| it.0),
            ..*all
        }
    }
}

/// A time in seconds, minutes or hours.
#[derive(Debug, Clone, Copy)]
struct Time(Duration);

impl Time {
    const PATTERN: &str = "^(([1-9][0-9]{0,3}|[1-7][0-9]{4}|8[0-5][0-9]{3}|86[0-3][0-9]{2}|86400)s\
                           |([1-9][0-9]{0,2}|1[0-3][0-9]{2}|14[0-3][0-9]|1440)m\
                           |([1-9]|1[0-9]|2[0-4])h)$";

    fn parse(text: &str) -> Option<Self> {
        let (number, seconds) = number_of(text, &[("s", 1), ("m", 60), ("h", 3600)])?;
        let time = Duration::from_secs(number.checked_mul(seconds)?);
        (time <= Duration::from_hours(24)).then_some(Self(time))
    }
}

/// An amount of memory.
#[derive(Debug, Clone, Copy)]
struct Amount(usize);

impl Amount {
    /// What 32 bits address.
    const MOST: u64 = 4 << 30;

    const PATTERN: &str = "^(([1-9][0-9]{0,2}|[1-3][0-9]{3}|40[0-8][0-9]|409[0-6])Mi|[1-4]Gi)$";

    fn parse(text: &str) -> Option<Self> {
        let (number, bytes) = number_of(text, &[("Mi", 1 << 20), ("Gi", 1 << 30)])?;
        let bytes = number.checked_mul(bytes).filter(|it| *it <= Self::MOST)?;
        usize::try_from(bytes).ok().map(Self)
    }
}

/// A number that is not 0, and what its unit stands for.
fn number_of(text: &str, units: &[(&str, u64)]) -> Option<(u64, u64)> {
    let (number, unit) = units.iter().find_map(|(name, unit)| {
        let number = text.strip_suffix(name)?;
        (number.bytes().all(|it| it.is_ascii_digit()) && !number.starts_with('0'))
            .then_some((number, *unit))
    })?;
    Some((number.parse().ok()?, unit))
}

/// What was written, as a person finds it again.
fn written(value: &Value) -> String {
    match value {
        Value::String(text) => escape(text).into_owned(),
        other => escape(&other.to_string()).into_owned(),
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        value.as_str().and_then(Self::parse).ok_or_else(|| {
            let written = written(&value);
            D::Error::custom(format!(
                "`{written}` is no time: write one such as 90s, 2m or 1h, at most 24h"
            ))
        })
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        value.as_str().and_then(Self::parse).ok_or_else(|| {
            let written = written(&value);
            D::Error::custom(format!(
                "`{written}` is no amount of memory that a pack can use: write one such as 512Mi \
                 or 2Gi, at most 4Gi"
            ))
        })
    }
}

impl JsonSchema for Time {
    fn schema_name() -> Cow<'static, str> {
        "Time".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": Self::PATTERN, "examples": ["90s", "2m"]})
    }
}

impl JsonSchema for Amount {
    fn schema_name() -> Cow<'static, str> {
        "Amount".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": Self::PATTERN, "examples": ["512Mi", "2Gi"]})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, time: Option<u64>, bytes: Option<usize>) {
        assert_eq!(Time::parse(text).map(|it| it.0.as_secs()), time, "{text}");
        assert_eq!(Amount::parse(text).map(|it| it.0), bytes, "{text}");
        // The schema says the same.
        let matches = |pattern: &str| {
            let schema = serde_json::json!({"type": "string", "pattern": pattern});
            jsonschema::draft202012::is_valid(&schema, &text.into())
        };
        let (is_time, is_amount) = (matches(Time::PATTERN), matches(Amount::PATTERN));
        assert_eq!((is_time, is_amount), (time.is_some(), bytes.is_some()), "{text}");
    }

    #[test]
    fn times_and_amounts_have_a_unit_and_an_end() {
        for (text, seconds) in [("90s", 90), ("2m", 120), ("24h", 86400), ("86400s", 86400)] {
            check(text, Some(seconds), None);
        }
        for (text, mib) in [("1Mi", 1), ("512Mi", 512), ("4096Mi", 4096), ("4Gi", 4096)] {
            check(text, None, Some(mib << 20));
        }
        let wrong = [
            "",
            "5",
            "0s",
            "-1s",
            "1.5m",
            "1 m",
            "25h",
            "86401s",
            "1441m",
            "1d",
            "0Mi",
            "4097Mi",
            "5Gi",
            "1Ti",
            "512M",
            "01s",
            "99999999999999999999s",
            "99999999999999999999Mi",
            "s",
        ];
        for wrong in wrong {
            check(wrong, None, None);
        }
    }

    #[test]
    fn what_is_not_granted_is_as_for_all() {
        let grant = serde_json::json!({"deadline": "2m", "memory": "512Mi", "findings": 7});
        let grant: Grant = serde_json::from_value(grant).expect("a grant");
        let all = Limits { samples: 5, deadline: Duration::from_secs(1), ..Limits::default() };
        let own = grant.of(&all);
        let want = Limits {
            deadline: Duration::from_mins(2),
            memory_bytes: 512 << 20,
            findings: 7,
            ..all
        };
        assert_eq!(own, want);
        assert_eq!(Grant::default().of(&all), all);
    }
}
