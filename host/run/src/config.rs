//! The configuration of a run: settings of packs, severities, suppressions, forms of secrets. It
//! comes as a value: which file holds the text, and that the text is YAML, is not known here.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use rulebox_core::{Expiry, Severity, closest, text::escape};
use rulebox_report::{Own, Redaction};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};
use serde_path_to_error::Segment;

use crate::{
    FailOn, RunError,
    by_namespace::OfNamespaces,
    grant::Grant,
    sources::{RegistryOf, SignersOf},
    words::{Pattern, SeverityWord, says_nothing},
};

/// Each text of a report is searched by each pattern of the user.
const MOST_FORMS: usize = 100;

/// What a suppression must name one of…
const NAMED: [&str; 3] = ["fingerprint", "rule", "kind"];

/// …or, by more than stars alone, of these.
const MATCHED: [&str; 2] = ["namespace", "name"];

/// What the schema says of the whole.
const SCHEMA_DESCRIPTION: &str = "What `--config` reads, as YAML: settings and limits of packs, \
    severities, what is otherwise in some namespaces, findings that are known, and forms of \
    secrets.";

/// `rulebox.yaml`. [`Config::from_value`] reads it; `Deserialize` alone does not check
/// suppressions.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schemars(title = "Configuration of Rulebox", description = SCHEMA_DESCRIPTION)]
pub struct Config {
    /// The least severity of the findings that make a run fail.
    #[serde(deserialize_with = "fail_on")]
    #[schemars(schema_with = "fail_on_schema")]
    pub(crate) fail_on: Option<FailOn>,
    /// Whether a rule without data makes a run fail.
    pub(crate) fail_on_no_data: bool,
    /// By pack.
    pub(crate) settings: BTreeMap<String, Value>,
    /// By rule: `vault-unavailable`, or `backup-center/vault-unavailable`.
    pub(crate) severities: BTreeMap<String, SeverityWord>,
    /// By pack: what it may take, where that is more or less than others may.
    pub(crate) limits: BTreeMap<String, Grant>,
    /// What is otherwise in some namespaces. Of several entries that hold in one, a later wins.
    pub(crate) namespaces: Vec<OfNamespaces>,
    /// Findings that are known, and do not count.
    pub(crate) suppressions: Vec<Suppress>,
    /// Whether objects may say by their annotation which findings about them are known.
    pub(crate) annotations: Option<bool>,
    /// Secrets of forms that Rulebox does not know.
    #[schemars(extend("maxItems" = MOST_FORMS))]
    pub(crate) redact: Vec<Redact>,
    /// How registries are reached.
    pub(crate) registries: Vec<RegistryOf>,
    /// Whose packs of registries may be used.
    pub(crate) signatures: Vec<SignersOf>,
}

/// A form of secrets, which are taken out of all outputs.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "SecretForm")]
pub(crate) struct Redact {
    /// A regular expression: its group `secret` goes, or all that it matches.
    #[serde(deserialize_with = "own_form")]
    #[schemars(with = "String")]
    pub(crate) pattern: Own,
    /// The word that reports count it as.
    #[serde(default)]
    #[schemars(regex(pattern = "^[a-z0-9-]{1,40}$"))]
    pub(crate) name: Option<String>,
}

/// A finding that is known. What is not named matches everything.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "Suppression", extend("anyOf" = of_names()))]
pub(crate) struct Suppress {
    /// The one finding of this fingerprint.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "String")]
    pub(crate) fingerprint: Option<String>,
    /// `backup-failed`, or `backup-center/backup-failed`.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "String")]
    pub(crate) rule: Option<String>,
    /// The kind of the object that it is about.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "String")]
    pub(crate) kind: Option<String>,
    /// Its namespace, or a pattern of namespaces: in `team-*` the star is any text.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "String")]
    pub(crate) namespace: Option<Pattern>,
    /// Its name, or a pattern of names: `drill-*`.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "String")]
    pub(crate) name: Option<Pattern>,
    /// The cluster, as reports name it.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "String")]
    pub(crate) cluster: Option<String>,
    /// Why the finding is suppressed; outputs show it.
    #[schemars(regex(pattern = r"\S"))]
    pub(crate) reason: String,
    /// When the finding counts again: a date, or an RFC 3339 time.
    #[serde(default, deserialize_with = "expiry")]
    #[schemars(schema_with = "expiry_schema")]
    pub(crate) expires: Option<Expiry>,
    /// Where people find it: `suppressions[0]`, perhaps behind the name of its file.
    #[serde(skip)]
    pub(crate) place: String,
}

/// A key without a value would not narrow a suppression as its author means it to.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

/// That a suppression says what it is about.
fn of_names() -> Value {
    /// Something beside stars, or question marks alone.
    const NAMES: &str = r"[^*?]|^\?*$";
    let named = NAMED.map(|it| json!({"required": [it]}));
    let matched =
        MATCHED.map(|it| json!({"required": [it], "properties": {it: {"pattern": NAMES}}}));
    named.into_iter().chain(matched).collect()
}

fn fail_on_schema(_: &mut SchemaGenerator) -> Schema {
    let never = FailOn::Never.to_string();
    let words = Severity::ALL.into_iter().map(|it| it.as_str().to_owned()).chain([never]);
    json_schema!({"type": "string", "enum": words.collect::<Vec<_>>()})
}

fn expiry_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "string",
        // Many programs look at no formats.
        "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}",
        "anyOf": [{"format": "date"}, {"format": "date-time"}],
        "examples": ["2026-12-31", "2026-12-31T18:00:00Z"],
    })
}

fn fail_on<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<FailOn>, D::Error> {
    let word = String::deserialize(deserializer)?;
    word.parse().map(Some).map_err(serde::de::Error::custom)
}

fn own_form<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Own, D::Error> {
    Own::new(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
}

fn expiry<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Expiry>, D::Error> {
    let typed = String::deserialize(deserializer)?;
    expiry_of(&typed).map(Some).map_err(serde::de::Error::custom)
}

/// Reads when a suppression ends: a date, at whose end it does, in UTC; or an RFC 3339 time.
pub fn expiry_of(typed: &str) -> Result<Expiry, String> {
    let end_of = |it: Date| match it.tomorrow() {
        Ok(next) => TimeZone::UTC.to_timestamp(next.at(0, 0, 0, 0)),
        // People write the last day of all for never.
        Err(_) => Ok(Timestamp::MAX),
    };
    let time = match typed.parse::<Timestamp>() {
        Ok(time) => time,
        Err(_) => typed.parse::<Date>().and_then(end_of).map_err(|_| {
            format!(
                "`{}` is neither a date such as 2026-12-31 nor an RFC 3339 time such as \
                 2026-12-31T18:00:00Z",
                escape(typed)
            )
        })?,
    };
    Ok(Expiry { time, typed: typed.to_owned() })
}

impl Config {
    /// Reads a configuration; null is the empty one.
    pub fn from_value(value: Value) -> Result<Self, RunError> {
        if value.is_null() {
            return Ok(Self::default());
        }
        shape(&value)?;
        let mut config: Self = serde_path_to_error::deserialize(value).map_err(|it| {
            let place: Vec<_> = it.path().iter().filter_map(key).collect();
            let problem = it.inner().to_string();
            let help = misspelt(&problem).unwrap_or_default();
            RunError::new(problem).help(help).in_configuration(place)
        })?;
        for (nth, it) in config.suppressions.iter_mut().enumerate() {
            it.place = format!("suppressions[{nth}]");
        }
        config.validate()?;
        config.redaction()?;
        Ok(config)
    }

    /// What takes secrets out of reports.
    pub fn redaction(&self) -> Result<Redaction, RunError> {
        let place = |key: &[&str]| {
            let keys = ["redact"].into_iter().chain(key.iter().copied());
            keys.map(str::to_owned).collect::<Vec<_>>()
        };
        if self.redact.len() > MOST_FORMS {
            let problem = format!("these are more than {MOST_FORMS} patterns");
            return Err(RunError::new(problem)
                .help("join them: `one|other`")
                .in_configuration(place(&[])));
        }
        let own = self.redact.iter().enumerate().map(|(nth, Redact { pattern, name })| {
            let own = pattern.clone();
            let Some(name) = name else { return Ok(own) };
            own.named(name).map_err(|it| {
                RunError::new(it).in_configuration(place(&[&nth.to_string(), "name"]))
            })
        });
        Ok(Redaction::new(own.collect::<Result<_, _>>()?))
    }

    /// The least severity that makes a run fail, where it names one.
    pub fn fail_on(&self) -> Option<FailOn> {
        self.fail_on
    }

    /// The settings of a pack that hold in all namespaces; none where it is set none.
    pub fn settings_of(&self, pack: &str) -> Option<&Value> {
        self.settings.get(pack)
    }

    /// Whether a rule without data makes a run fail.
    pub fn fail_on_no_data(&self) -> bool {
        self.fail_on_no_data
    }

    /// How registries are reached, and whose packs of them may be used.
    pub fn sources(&self) -> (&[RegistryOf], &[SignersOf]) {
        (&self.registries, &self.signatures)
    }

    /// The same, where the annotations of objects suppress nothing.
    #[must_use]
    pub fn without_annotations(self) -> Self {
        Self { annotations: Some(false), ..self }
    }

    /// Refuses what is to be a path or a PEM and is neither, or a secret.
    fn check_pems(&self) -> Result<(), RunError> {
        let of_registries = self.registries.iter().enumerate();
        let of_registries =
            of_registries.filter_map(|(nth, it)| Some(("registries", nth, it.problem()?)));
        let of_signers = self.signatures.iter().enumerate();
        let of_signers =
            of_signers.filter_map(|(nth, it)| Some(("signatures", nth, it.problem_of_keys()?)));
        if let Some((list, nth, (within, problem))) = of_registries.chain(of_signers).next() {
            let place = [list.to_owned(), nth.to_string()].into_iter().chain(within);
            return Err(problem.in_configuration(place));
        }
        Ok(())
    }

    fn validate(&self) -> Result<(), RunError> {
        self.check_pems()?;
        for (nth, it) in self.namespaces.iter().enumerate() {
            if let Some(problem) = it.problem() {
                let place = ["namespaces".to_owned(), nth.to_string()];
                return Err(RunError::new(problem).in_configuration(place));
            }
        }
        for (i, it) in self.suppressions.iter().enumerate() {
            let place = ["suppressions".to_owned(), i.to_string()];
            if says_nothing(&it.reason) {
                let place = place.into_iter().chain(["reason".to_owned()]);
                return Err(
                    RunError::new("say why the finding is silenced").in_configuration(place)
                );
            }
            let named = [&it.fingerprint, &it.rule, &it.kind].iter().any(|it| it.is_some());
            let matched = [&it.namespace, &it.name].into_iter().flatten();
            // A pattern that matches every name names nothing.
            if !named && matched.clone().all(Pattern::matches_all) {
                return Err(RunError::new(
                    "it would silence everything, of a cluster or of all; \
                     name a fingerprint, a rule, a kind, a namespace or a name",
                )
                .in_configuration(place));
            }
        }
        let of_registries = self.registries.iter().map(|it| it.prefix.as_str());
        twice("registries", of_registries)?;
        twice("signatures", self.signatures.iter().map(|it| it.prefix.as_str()))?;
        let wrong = |it: &SignersOf| it.problem();
        let found = self.signatures.iter().enumerate().find_map(|(i, it)| Some((i, wrong(it)?)));
        if let Some((i, problem)) = found {
            let place = ["signatures".to_owned(), i.to_string()];
            return Err(RunError::new(problem).in_configuration(place));
        }
        Ok(())
    }
}

/// Fails where a list has a prefix twice, of which one would not count.
fn twice<'c>(list: &str, prefixes: impl Iterator<Item = &'c str>) -> Result<(), RunError> {
    let mut known = BTreeSet::new();
    for (nth, prefix) in prefixes.enumerate() {
        if !known.insert(prefix.trim_end_matches('/').to_ascii_lowercase()) {
            let message = format!("`{prefix}` stands here twice: write it once");
            return Err(RunError::new(message).in_configuration([list.to_owned(), nth.to_string()]));
        }
    }
    Ok(())
}

/// Keys stand where keys must stand: serde would take a list for them, and name Rust types else.
fn shape(value: &Value) -> Result<(), RunError> {
    let Some(config) = value.as_object() else {
        return Err(RunError::new(format!("this is {}, and no key with its value", what(value)))
            .help(
                "write keys such as `failOn: high`: failOn, failOnNoData, settings, severities, \
                 limits, namespaces, suppressions, redact, annotations, registries, signatures",
            )
            .in_configuration(Vec::<String>::new()));
    };
    let limits = config.get("limits").and_then(Value::as_object).into_iter().flatten();
    if let Some((name, it)) = limits.into_iter().find(|it| !it.1.is_object()) {
        let help = match name.as_str() {
            limit if Grant::KEYS.contains(&limit) => format!("write limits.PACK.{limit}"),
            _ => format!("write keys, such as limits.{name}.memory: 512Mi"),
        };
        return Err(RunError::new(format!("this is {}, and no limits of a pack", what(it)))
            .help(help)
            .in_configuration(["limits", name]));
    }
    let suppressions = config.get("suppressions").and_then(Value::as_array).into_iter().flatten();
    if let Some((nth, it)) = suppressions.enumerate().find(|it| !it.1.is_object()) {
        return Err(RunError::new(format!("this is {}, and no suppression", what(it)))
            .help("write keys: `- rule: backup-failed`, and below it `reason: a drill`")
            .in_configuration(["suppressions".to_owned(), nth.to_string()]));
    }
    let namespaces = config.get("namespaces").and_then(Value::as_array).into_iter().flatten();
    if let Some((nth, it)) = namespaces.enumerate().find(|it| !it.1.is_object()) {
        return Err(RunError::new(format!("this is {}, and says nothing of namespaces", what(it)))
            .help("write keys: `- labels: stage=prod`, and below it `severities: {RULE: critical}`")
            .in_configuration(["namespaces".to_owned(), nth.to_string()]));
    }
    for (list, item, help) in [
        ("redact", "form of secrets", "write a key: `- pattern: 'tk-[0-9a-f]{32}'`"),
        ("registries", "registry", "write keys: `- prefix: registry.example`"),
        ("signatures", "signer", "write keys: `- prefix: registry.example`, and below it `keys:`"),
    ] {
        let all = config.get(list).and_then(Value::as_array).into_iter().flatten();
        if let Some((nth, it)) = all.enumerate().find(|it| !it.1.is_object()) {
            return Err(RunError::new(format!("this is {}, and no {item}", what(it)))
                .help(help)
                .in_configuration([list.to_owned(), nth.to_string()]));
        }
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
    use super::*;

    #[track_caller]
    fn check(value: Value, want: Result<(), &str>) {
        let shown = value.to_string();
        // What is read fits the schema, and what is refused does not; but for an empty file, which
        // nobody needs to complete, and for what is wrong within a pattern.
        let schema = crate::config_schema(&[]);
        let fits = jsonschema::draft202012::is_valid(&schema, &value);
        let unsaid = ["].pattern: ", "is no label selector"];
        let unsaid =
            value.is_null() || want.is_err_and(|it| unsaid.iter().any(|word| it.contains(word)));
        assert!(unsaid || fits == want.is_ok(), "{shown}: it fits the schema: {fits}");
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
                "redact": [{"pattern": "tk-[0-9]+"}, {"pattern": "x", "name": "ours"}],
                "annotations": false,
            }),
            Ok(()),
        );
        check(Value::Null, Ok(()));
    }

    #[test]
    fn a_private_key_is_refused_and_not_repeated() {
        for form in ["", "EC ", "ENCRYPTED SIGSTORE "] {
            let key =
                format!("-----BEGIN {form}PRIVATE KEY-----\nc2Vj\n-----END {form}PRIVATE KEY-----");
            let signers = json!({"signatures": [{"prefix": "r", "keys": ["a.pub", key]}]});
            check(signers.clone(), Err("signatures[0].keys[1]: it is a private key"));
            let registry = json!({"registries": [{"prefix": "r", "ca": format!("\n{key}")}]});
            check(registry.clone(), Err("registries[0].ca: it is a private key"));
            for config in [signers, registry] {
                let RunError { message, help, .. } =
                    Config::from_value(config).expect_err("a private key");
                assert!(!format!("{message}{help}").contains("c2Vj"), "{message} {help}");
            }
        }
    }

    #[test]
    fn what_is_said_of_registries() {
        let registry = |it: Value| json!({"registries": [it]});
        check(registry(json!({"prefix": "r.example:5000/acme/", "mirrors": ["m", "m/x"]})), Ok(()));
        check(registry(json!({"prefix": "[::1]:5000", "plainHttp": true, "ca": "a.pem"})), Ok(()));
        let none = Err("is no beginning of references such as `registry.example/acme`");
        check(registry(json!({"prefix": "oci://r.example"})), none);
        check(registry(json!({"prefix": ""})), none);
        check(registry(json!({"prefix": "r/../x"})), none);
        check(registry(json!({"prefix": "r", "mirrors": ["https://m"]})), none);
        check(registry(json!({})), Err("missing field `prefix`"));
        let pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        check(registry(json!({"prefix": "r", "ca": pem})), Ok(()));
        check(registry(json!({"prefix": "r", "ca": null})), Ok(()));
        check(registry(json!({"prefix": "r", "ca": "AAAA\nBBBB\n"})), Err(".ca: it is neither"));
        check(registry(json!({"prefix": "r", "ca": ""})), Err(".ca: it is neither the path of"));
        check(json!({"registries": [["r"]]}), Err("this is a list, and no registry"));
        let signer = |it: Value| json!({"signatures": [it]});
        let pem = "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n";
        check(signer(json!({"prefix": "r", "keys": ["cosign.pub", pem]})), Ok(()));
        check(signer(json!({"prefix": "r", "keys": ["a\nb"]})), Err(".keys[0]: it is neither"));
        check(signer(json!({"prefix": "r", "keys": ["cosign.pub"]})), Ok(()));
        check(signer(json!({"prefix": "r", "allowUnsigned": true})), Ok(()));
        check(signer(json!({"prefix": "r"})), Err("name `keys`, or say `allowUnsigned: true`"));
        check(signer(json!({"prefix": "r", "keys": []})), Err("name `keys`"));
        let both = json!({"prefix": "r", "keys": ["k"], "allowUnsigned": true});
        check(signer(both), Err("say one of both"));
        check(json!({"signatures": ["k"]}), Err("this is a text, and no signer"));
    }

    #[test]
    fn what_no_schema_can_say() {
        let check = |value: Value, want: &str| {
            let error = Config::from_value(value).expect_err("wrong");
            assert!(error.to_string().contains(want), "{error}");
        };
        let signers = json!([
            {"prefix": "r.example/a", "keys": ["k"]},
            {"prefix": "R.example/a/", "allowUnsigned": true},
        ]);
        let twice = "signatures[1]: `R.example/a/` stands here twice";
        check(json!({"signatures": signers}), twice);
        let unseen = json!([{"rule": "a", "reason": "\u{200b} "}]);
        check(json!({"suppressions": unseen}), "suppressions[0].reason: say why");
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
            json!({"rule": "a", "namespace": null, "reason": "r"}),
            "suppressions[0].namespace: invalid type: null",
        );
        check_suppression(
            json!({"rule": "a", "cluster": null, "reason": "r"}),
            "suppressions[0].cluster: invalid type: null",
        );
        check_suppression(
            json!({"rule": "a", "reason": " "}),
            "suppressions[0].reason: say why the finding is silenced",
        );
        check_suppression(
            json!({"reason": "because"}),
            "suppressions[0]: it would silence everything, of a cluster or of all; name a \
             fingerprint, a rule, a kind, ",
        );
        for name in ["*", "**", "?*", "*?", "*?*?", "??**"] {
            check_suppression(
                json!({"name": name, "namespace": "**", "reason": "because"}),
                "suppressions[0]: it would silence everything",
            );
        }
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

    #[track_caller]
    fn check_redact(redact: Value, want: &str) {
        check(json!({"redact": redact}), Err(want));
    }

    #[test]
    fn what_is_wrong_with_a_form_of_secrets_is_named_with_its_place() {
        check_redact(json!(["a"]), "redact[0]: this is a text, and no form of secrets");
        check_redact(json!([{"name": "a"}]), "redact[0]: missing field `pattern`");
        check_redact(
            json!([{"pattern": "a"}, {"pattern": "a(b"}]),
            "redact[1].pattern: it is no regular expression: unclosed group",
        );
        check_redact(
            json!([{"pattern": "a(?=b)"}]),
            "redact[0].pattern: it is no regular expression: look-around",
        );
        check_redact(
            json!([{"pattern": "(\\d{500}){500}"}]),
            "redact[0].pattern: the pattern is too large",
        );
        check_redact(json!([{"pattern": "a*"}]), "redact[0].pattern: it matches where nothing");
        for pattern in ["data(?P<secret>x?)-loss", "a(b(?<secret>c*|d))*", "a(?<secret>\\b)"] {
            check_redact(
                json!([{"pattern": pattern}]),
                "redact[0].pattern: its group `secret` matches where nothing stands",
            );
        }
        check_redact(
            json!([{"pattern": "a", "name": "a secret"}]),
            "redact[0].name: `a secret` is no name",
        );
        check_redact(json!([{"pattern": "a", "nam": "b"}]), "redact[0].nam: unknown field `nam`");
        check_redact(json!(vec![json!({"pattern": "a"}); 101]), "redact: these are more than 100");
    }

    #[test]
    fn a_pack_is_granted_limits_of_its_own() {
        let all = json!({
            "deadline": "2m", "memory": "512Mi", "findings": 20000, "samples": 0, "output": "1Gi",
        });
        check(json!({"limits": {"acme": all, "other": {}}}), Ok(()));
        let wrong = |limits: Value, want: &str| check(json!({"limits": limits}), Err(want));
        wrong(json!({"memory": "512Mi"}), "limits.memory: this is a text, and no limits of a pack");
        wrong(json!({"acme": 3}), "limits.acme: this is a number, and no limits of a pack");
        wrong(json!({"acme": {"memory": 512}}), "limits.acme.memory: `512` is no amount of memory");
        wrong(json!({"acme": {"memory": "5Gi"}}), "write one such as 512Mi or 2Gi, at most 4Gi");
        wrong(json!({"acme": {"deadline": "2 days"}}), "limits.acme.deadline: `2 days` is no time");
        wrong(json!({"acme": {"findings": -1}}), "limits.acme.findings: invalid value");
        wrong(json!({"acme": {"stack": 1}}), "limits.acme.stack: unknown field `stack`");
    }

    #[test]
    fn entries_for_namespaces_say_which_and_what() {
        let good = json!([
            {"labels": "stage=prod,tier in (a, b)", "settings": {"acme": {"least": 3}}},
            {"names": ["team-*"], "severities": {"backup-failed": "critical"}},
        ]);
        check(json!({"namespaces": good}), Ok(()));
        let wrong = |entry: Value, want: &str| check(json!({"namespaces": [entry]}), Err(want));
        let low = || json!({"backup-failed": "low"});
        wrong(json!("prod"), "namespaces[0]: this is a text, and says nothing of namespaces");
        wrong(json!({"severities": low()}), "namespaces[0]: it does not say which namespaces");
        wrong(json!({"names": [], "severities": low()}), "namespaces[0]: it names no namespace");
        for name in ["LAB-*", "a.b", "", "-a", "*-", "a b", &"a".repeat(64)] {
            let want = format!("namespaces[0].names[1]: `{name}` can match no namespace");
            wrong(json!({"names": ["a-?*", name], "severities": low()}), &want);
        }
        wrong(json!({"names": ["a"]}), "namespaces[0]: it says nothing of them");
        wrong(json!({"names": ["a"], "settings": {}}), "namespaces[0]: it says nothing of them");
        wrong(
            json!({"labels": " ", "severities": low()}),
            "namespaces[0].labels: it names no label",
        );
        wrong(
            json!({"labels": "stage like prod", "severities": low()}),
            "namespaces[0].labels: `stage like prod` is no label selector",
        );
        wrong(
            json!({"names": ["a"], "severities": {"r": "grave"}}),
            "namespaces[0].severities.r: ",
        );
        wrong(json!({"namse": ["a"], "severities": low()}), "unknown field `namse`");
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
