//! The configuration file: settings of packs, severities, suppressions.

use std::{collections::BTreeMap, fs, path::Path};

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::Deserialize;

use crate::{args::FailOn, exit::Failure};

/// `rulebox.yaml`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct Config {
    /// The least severity for exit code 1; `--fail-on` outweighs it.
    #[serde(deserialize_with = "fail_on")]
    pub(crate) fail_on: Option<FailOn>,
    /// By pack.
    pub(crate) settings: BTreeMap<String, serde_json::Value>,
    /// By rule: `vault-unavailable`, or `backup-center/vault-unavailable`.
    pub(crate) severities: BTreeMap<String, SeverityWord>,
    /// Findings that are known, and do not count.
    pub(crate) suppressions: Vec<Suppress>,
}

/// A finding that is known. What is not named matches everything.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Suppress {
    /// The one finding of the `fingerprint`.
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
    /// Why it is silenced. Whoever reads the report asks.
    pub(crate) reason: String,
    /// From then on it counts again: a date, or an RFC 3339 time.
    #[serde(default, deserialize_with = "expiry")]
    pub(crate) expires: Option<Timestamp>,
}

/// A severity, deserialized with an error that tells the choices.
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

/// A date ends with its last second, in UTC.
fn expiry<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Timestamp>, D::Error> {
    let text = String::deserialize(deserializer)?;
    if let Ok(time) = text.parse::<Timestamp>() {
        return Ok(Some(time));
    }
    let end_of = |it: Date| TimeZone::UTC.to_timestamp(it.tomorrow()?.at(0, 0, 0, 0));
    let date = text.parse::<Date>().and_then(end_of);
    date.map(Some).map_err(|it| {
        serde::de::Error::custom(format!("`{text}` is neither a date nor an RFC 3339 time: {it}"))
    })
}

impl Config {
    /// Reads a configuration file.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let text = fs::read_to_string(path).map_err(|it| failure(path, &it.to_string()))?;
        Self::parse(&text).map_err(|it| failure(path, &it))
    }

    fn parse(text: &str) -> Result<Self, String> {
        let value = rulebox_reader::yaml::to_json_value(text).map_err(|it| it.to_string())?;
        if value.is_null() {
            return Ok(Self::default());
        }
        let config: Self = serde_path_to_error::deserialize(value).map_err(|it| {
            match it.path().to_string().as_str() {
                "." => it.inner().to_string(),
                path => format!("{path}: {}", it.inner()),
            }
        })?;
        config.validate()?;
        Ok(config)
    }

    fn validate(&self) -> Result<(), String> {
        for (i, it) in self.suppressions.iter().enumerate() {
            if it.reason.trim().is_empty() {
                return Err(format!("suppressions[{i}].reason: say why the finding is silenced"));
            }
            if [&it.fingerprint, &it.rule, &it.kind, &it.namespace, &it.name]
                .iter()
                .all(|it| it.is_none())
            {
                return Err(format!(
                    "suppressions[{i}]: it would silence everything; name a fingerprint, a rule, a kind, a namespace or a name"
                ));
            }
        }
        Ok(())
    }
}

fn failure(path: &Path, reason: &str) -> Failure {
    Failure::usage(format!("cannot use the configuration {}: {reason}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, want: Result<(), &str>) {
        let got = Config::parse(text).map(|_| ());
        match (got, want) {
            (Ok(()), Ok(())) => {}
            (Err(got), Err(want)) => assert!(got.contains(want), "{got}"),
            (got, want) => panic!("{text}: {got:?}, expected {want:?}"),
        }
    }

    #[test]
    fn a_full_configuration() {
        check(
            "failOn: high\nsettings:\n  backup-center: {oomWindowHours: 6}\nseverities: {backup-failed: low}\n\
             suppressions:\n- rule: backup-failed\n  name: test\n  reason: a drill\n  expires: 2026-12-31\n",
            Ok(()),
        );
        check("", Ok(()));
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        check("failON: high", Err("unknown field `failON`"));
        check("failOn: grave", Err("`grave` is no severity"));
        check("severities: {a: grave}", Err("severities.a: `grave` is no severity"));
        check("suppressions: [{rule: a}]", Err("suppressions[0]: missing field `reason`"));
        check("suppressions: [{rule: a, reason: ' '}]", Err("suppressions[0].reason: say why"));
        check(
            "suppressions: [{reason: because}]",
            Err("suppressions[0]: it would silence everything"),
        );
        check(
            "suppressions: [{rule: a, reason: b, expires: soon}]",
            Err("`soon` is neither a date nor"),
        );
    }

    #[test]
    fn a_date_ends_with_its_day() {
        let config = Config::parse("suppressions: [{rule: a, reason: b, expires: 2026-12-31}]")
            .expect("it is right");
        assert_eq!(
            config.suppressions[0].expires,
            Some("2027-01-01T00:00:00Z".parse().expect("a time"))
        );
    }
}
