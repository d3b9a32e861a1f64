//! The configuration of a run: settings of packs, severities, suppressions. It comes as a value:
//! which file holds the text, and that the text is YAML, is not known here.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use rulebox_core::{Expiry, closest};
use serde::Deserialize;
use serde_json::Value;
use serde_path_to_error::Segment;

use crate::{FailOn, RunError};

/// `rulebox.yaml`. [`Config::from_value`] reads it; `Deserialize` alone does not check
/// suppressions.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Config {
    /// The least severity of the findings that make a run fail.
    #[serde(deserialize_with = "fail_on")]
    pub(crate) fail_on: Option<FailOn>,
    /// Whether a rule without data makes a run fail.
    pub(crate) fail_on_no_data: bool,
    /// By pack.
    pub(crate) settings: BTreeMap<String, Value>,
    /// By rule: `vault-unavailable`, or `backup-center/vault-unavailable`.
    pub(crate) severities: BTreeMap<String, SeverityWord>,
    /// Findings that are known, and do not count.
    pub(crate) suppressions: Vec<Suppress>,
}

/// A finding that is known. What is not named matches everything.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Suppress {
    /// The one finding of this fingerprint.
    #[serde(default)]
    pub(crate) fingerprint: Option<String>,
    /// `backup-failed`, or `backup-center/backup-failed`.
    #[serde(default)]
    pub(crate) rule: Option<String>,
    #[serde(default)]
    pub(crate) kind: Option<String>,
    #[serde(default)]
    pub(crate) namespace: Option<String>,
    #[serde(default)]
    pub(crate) name: Option<String>,
    /// The cluster, as reports name it.
    #[serde(default)]
    pub(crate) cluster: Option<String>,
    /// Why the finding is suppressed; outputs show it.
    pub(crate) reason: String,
    /// When the finding counts again: a date, or an RFC 3339 time.
    #[serde(default, deserialize_with = "expiry")]
    pub(crate) expires: Option<Expiry>,
}

/// A severity; the error of a word that is none names the choices.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct SeverityWord(pub(crate) rulebox_core::Severity);

impl TryFrom<String> for SeverityWord {
    type Error = String;

    fn try_from(word: String) -> Result<Self, String> {
        word.parse().map(Self)
    }
}

fn fail_on<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<FailOn>, D::Error> {
    let word = String::deserialize(deserializer)?;
    word.parse().map(Some).map_err(serde::de::Error::custom)
}

/// A date expires at its end, in UTC.
fn expiry<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Expiry>, D::Error> {
    let typed = String::deserialize(deserializer)?;
    let end_of = |it: Date| match it.tomorrow() {
        Ok(next) => TimeZone::UTC.to_timestamp(next.at(0, 0, 0, 0)),
        // People write the last day of all for never.
        Err(_) => Ok(Timestamp::MAX),
    };
    let time = match typed.parse::<Timestamp>() {
        Ok(time) => time,
        Err(_) => typed.parse::<Date>().and_then(end_of).map_err(|_| {
            serde::de::Error::custom(format!(
                "`{typed}` is neither a date such as 2026-12-31 nor an RFC 3339 time such as \
                 2026-12-31T18:00:00Z"
            ))
        })?,
    };
    Ok(Some(Expiry { time, typed }))
}

impl Config {
    /// Reads a configuration; null is the empty one.
    pub fn from_value(value: Value) -> Result<Self, RunError> {
        if value.is_null() {
            return Ok(Self::default());
        }
        shape(&value)?;
        let config: Self = serde_path_to_error::deserialize(value).map_err(|it| {
            let place: Vec<_> = it.path().iter().filter_map(key).collect();
            let problem = it.inner().to_string();
            let help = misspelt(&problem).unwrap_or_default();
            RunError::new(problem).help(help).in_configuration(place)
        })?;
        config.validate()?;
        Ok(config)
    }

    fn validate(&self) -> Result<(), RunError> {
        for (i, it) in self.suppressions.iter().enumerate() {
            let place = ["suppressions".to_owned(), i.to_string()];
            if it.reason.trim().is_empty() {
                let place = place.into_iter().chain(["reason".to_owned()]);
                return Err(
                    RunError::new("say why the finding is silenced").in_configuration(place)
                );
            }
            if [&it.fingerprint, &it.rule, &it.kind, &it.namespace, &it.name]
                .iter()
                .all(|it| it.is_none())
            {
                return Err(RunError::new(
                    "it would silence everything, of a cluster or of all; \
                     name a fingerprint, a rule, a kind, a namespace or a name",
                )
                .in_configuration(place));
            }
        }
        Ok(())
    }
}

/// Keys stand where keys must stand: serde would take a list for them, and name Rust types else.
fn shape(value: &Value) -> Result<(), RunError> {
    let Some(config) = value.as_object() else {
        return Err(RunError::new(format!("this is {}, and no key with its value", what(value)))
            .help(
                "write keys such as `failOn: high`: failOn, failOnNoData, settings, severities, \
                 suppressions",
            )
            .in_configuration(Vec::<String>::new()));
    };
    let suppressions = config.get("suppressions").and_then(Value::as_array).into_iter().flatten();
    if let Some((nth, it)) = suppressions.enumerate().find(|it| !it.1.is_object()) {
        return Err(RunError::new(format!("this is {}, and no suppression", what(it)))
            .help("write keys: `- rule: backup-failed`, and below it `reason: a drill`")
            .in_configuration(["suppressions".to_owned(), nth.to_string()]));
    }
    Ok(())
}

/// What a value is, in a sentence.
fn what(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "keys with values",
    }
}

/// A step of a path, where it has a name.
fn key(segment: &Segment) -> Option<String> {
    match segment {
        Segment::Seq { index } => Some(index.to_string()),
        Segment::Map { key } => Some(key.clone()),
        Segment::Enum { .. } | Segment::Unknown => None,
    }
}

/// What a key may have meant that serde does not know: it lists those that it does, each in
/// backticks.
fn misspelt(problem: &str) -> Option<String> {
    let (unknown, known) = problem.strip_prefix("unknown field `")?.split_once('`')?;
    let meant = closest(unknown, known.split('`').skip(1).step_by(2))?;
    Some(format!("did you mean `{meant}`?"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(value: Value, want: Result<(), &str>) {
        let shown = value.to_string();
        match (Config::from_value(value), want) {
            (Ok(_), Ok(())) => {}
            (Err(got), Err(want)) => assert!(got.message.contains(want), "{got}"),
            (got, want) => panic!("{shown}: {got:?}, expected {want:?}"),
        }
    }

    #[test]
    fn a_full_configuration() {
        let suppression = json!({
            "rule": "backup-failed", "name": "test", "reason": "a drill", "expires": "2026-12-31",
        });
        check(
            json!({
                "failOn": "high",
                "failOnNoData": true,
                "settings": {"backup-center": {"oomWindowHours": 6}},
                "severities": {"backup-failed": "low"},
                "suppressions": [suppression],
            }),
            Ok(()),
        );
        check(Value::Null, Ok(()));
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        check(json!({"failON": "high"}), Err("unknown field `failON`"));
        check(json!({"failOnNoData": "yes"}), Err("failOnNoData: invalid type: string"));
        let error = Config::from_value(json!({"suppresions": []})).expect_err("misspelt");
        assert_eq!(error.help, "did you mean `suppressions`?");
        check(json!({"failOn": "grave"}), Err("`grave` is no severity"));
        check(json!({"severities": {"a": "grave"}}), Err("severities.a: `grave` is no severity"));
        check(json!("failOn high"), Err("this is a text, and no key with its value"));
        check(json!(["high"]), Err("this is a list, and no key with its value"));
    }

    #[track_caller]
    fn check_suppression(suppression: Value, want: &str) {
        check(json!({"suppressions": [suppression]}), Err(want));
    }

    #[test]
    fn what_is_wrong_with_a_suppression_is_named_with_its_place() {
        check_suppression(json!({"rule": "a"}), "suppressions[0]: missing field `reason`");
        check_suppression(
            json!({"rule": "a", "reason": " "}),
            "suppressions[0].reason: say why the finding is silenced",
        );
        check_suppression(
            json!({"reason": "because"}),
            "suppressions[0]: it would silence everything, of a cluster or of all; name a \
             fingerprint, a rule, a kind, ",
        );
        check_suppression(
            json!({"rule": "a", "reason": "b", "expires": "soon"}),
            "`soon` is neither a date such as 2026-12-31 nor",
        );
        check_suppression(
            json!({"rule": "a", "reason": "b", "expires": "31.12.2026"}),
            "nor an RFC 3339 time such as 2026-12-31T18:00:00Z",
        );
        check_suppression(json!("a"), "suppressions[0]: this is a text, and no suppression");
        check_suppression(json!(["a"]), "suppressions[0]: this is a list, and no suppression");
    }

    #[test]
    fn the_last_day_of_all_is_a_date() {
        let suppression = json!({"rule": "a", "reason": "b", "expires": "9999-12-31"});
        check(json!({"suppressions": [suppression]}), Ok(()));
    }

    #[test]
    fn a_date_expires_at_its_end() {
        let config = Config::from_value(json!({
            "suppressions": [{"rule": "a", "reason": "b", "expires": "2026-12-31"}],
        }))
        .expect("it is right");
        assert_eq!(
            config.suppressions[0].expires,
            Some(Expiry {
                time: "2027-01-01T00:00:00Z".parse().expect("a time"),
                typed: "2026-12-31".to_owned(),
            })
        );
    }
}
