//! What a configuration says of registries: how they are reached, and whose packs may be used. Only
//! words: what stands behind a prefix, a mirror or the path of a key is not known here.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::{Value, json};

/// The beginning of references: a host, or a host and words of a path.
const PREFIX: &str =
    r"^([A-Za-z0-9.\-]+|\[[0-9a-fA-F:]+\])(:[0-9]{1,5})?(/[a-z0-9][a-z0-9._\-]*)*/?$";

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
    /// A file, PEM, of authorities by which its certificate may be signed, beside those of the
    /// system; relative to the configuration.
    #[serde(default)]
    #[schemars(length(min = 1))]
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
    /// Files of public keys, PEM: a signature by one of them is enough; relative to the
    /// configuration.
    #[serde(default)]
    #[schemars(inner(length(min = 1)))]
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

impl SignersOf {
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
