//! What a configuration says of registries: how they are reached, and whose packs may be used. Only
//! words: what stands behind a prefix, a mirror or the path of a key, or in a PEM, is not known
//! here.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::{Value, json};

use crate::RunError;

/// The beginning of references: a host, or a host and words of a path.
const PREFIX: &str =
    r"^([A-Za-z0-9.\-]+|\[[0-9a-fA-F:]+\])(:[0-9]{1,5})?(/[a-z0-9][a-z0-9._\-]*)*/?$";

/// How a text begins that is a PEM itself, and no path of one.
const PEM: &str = "-----BEGIN";

/// How a text that is to be a path or a PEM is recognised as one of both.
const PATH_OR_PEM: &str = r"^([^\r\n]+|\s*-----BEGIN[\s\S]*)$";

/// What stands in a key that nobody but its owner may have.
const PRIVATE: &str = "PRIVATE KEY-----";

/// How the registries of a prefix are reached.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "Registry")]
pub struct RegistryOf {
    /// The beginning of references: `registry.example`, or `registry.example/acme`. Of several the
    /// longest counts.
    #[serde(deserialize_with = "prefix")]
    #[schemars(regex(pattern = PREFIX))]
    pub prefix: String,
    /// Places that have the same, and are asked first: a host, or a host and a path, which stands
    /// in place of the prefix.
    #[serde(default, deserialize_with = "prefixes")]
    #[schemars(inner(regex(pattern = PREFIX)))]
    pub mirrors: Vec<String>,
    /// Whether it is asked without TLS; by default only one on this machine is, that has no `ca`.
    #[serde(default)]
    pub plain_http: Option<bool>,
    /// Authorities by which its certificate may be signed, beside those of the system: a file of
    /// PEM, relative to the configuration, or the PEM itself, which begins with `-----BEGIN`.
    #[serde(default)]
    #[schemars(schema_with = "path_or_pem")]
    pub ca: Option<String>,
}

/// Whose packs may be used of the registries of a prefix.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "Signatures", extend("oneOf" = either()))]
pub struct SignersOf {
    /// The beginning of references, as in `registries`.
    #[serde(deserialize_with = "prefix")]
    #[schemars(regex(pattern = PREFIX))]
    pub prefix: String,
    /// Public keys, of which a signature by one is enough. Each is a file of PEM, relative to the
    /// configuration, or the PEM itself, which begins with `-----BEGIN`.
    #[serde(default)]
    #[schemars(schema_with = "paths_or_pems")]
    pub keys: Vec<String>,
    /// Whether packs may be used that nobody has signed.
    #[serde(default)]
    pub allow_unsigned: bool,
}

/// Keys, or that none is needed.
fn either() -> Value {
    let keys = json!({"required": ["keys"], "properties": {"keys": {"minItems": 1}}});
    let none =
        json!({"required": ["allowUnsigned"], "properties": {"allowUnsigned": {"const": true}}});
    json!([keys, none])
}

fn path_or_pem(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": ["string", "null"],
        "pattern": PATH_OR_PEM,
        "not": {"type": "string", "pattern": PRIVATE},
    })
}

fn paths_or_pems(_: &mut SchemaGenerator) -> Schema {
    let item = json!({"type": "string", "pattern": PATH_OR_PEM, "not": {"pattern": PRIVATE}});
    json_schema!({"type": "array", "items": item})
}

/// Whether a text is a PEM itself, and not the path of a file of one.
pub fn is_pem(text: &str) -> bool {
    text.trim_start().starts_with(PEM)
}

/// What is wrong with a text that is to be a path or a PEM. It is not repeated: it may be a secret.
fn wrong(text: &str) -> Option<RunError> {
    if text.contains(PRIVATE) {
        let help = "write what may be known: a public key, as `rulebox rules keygen` writes it \
                    into cosign.pub, or certificates. Whoever has read this file may have the \
                    private key: make another one";
        return Some(RunError::new("it is a private key").help(help));
    }
    let is_path = !text.is_empty() && !text.contains(['\r', '\n']);
    (!is_path && !is_pem(text)).then(|| {
        RunError::new("it is neither the path of a file nor a PEM")
            .help("name a file, or write the PEM below `|`: it begins with -----BEGIN")
    })
}

impl RegistryOf {
    /// What is wrong with it, and where in it.
    pub(crate) fn problem(&self) -> Option<(Vec<String>, RunError)> {
        Some((vec!["ca".to_owned()], wrong(self.ca.as_ref()?)?))
    }
}

impl SignersOf {
    /// What is wrong with one of its keys, and where in it.
    pub(crate) fn problem_of_keys(&self) -> Option<(Vec<String>, RunError)> {
        let mut keys = self.keys.iter().enumerate();
        keys.find_map(|(nth, it)| Some((vec!["keys".to_owned(), nth.to_string()], wrong(it)?)))
    }

    /// What is wrong with it.
    pub(crate) fn problem(&self) -> Option<&'static str> {
        match (self.keys.is_empty(), self.allow_unsigned) {
            (true, false) => Some("name `keys`, or say `allowUnsigned: true`"),
            (false, true) => Some("with `allowUnsigned` no key counts; say one of both"),
            _ => None,
        }
    }
}

fn prefix<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    checked(String::deserialize(deserializer)?).map_err(D::Error::custom)
}

fn prefixes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let all = Vec::<String>::deserialize(deserializer)?;
    all.into_iter().map(checked).collect::<Result<_, _>>().map_err(D::Error::custom)
}

/// By hand, and as the schema has it.
fn checked(text: String) -> Result<String, String> {
    let pattern = regex::Regex::new(PREFIX).expect("it is one");
    if pattern.is_match(&text) {
        return Ok(text);
    }
    Err(format!(
        "`{}` is no beginning of references such as `registry.example/acme`, without oci://",
        rulebox_core::text::escape(&text)
    ))
}
