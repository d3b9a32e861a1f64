//! Words that stand in several places of a configuration: names with stars, severities.

use std::borrow::Cow;

use globset::{GlobBuilder, GlobMatcher};
use rulebox_core::{
    Severity,
    text::{escape, is_hidden},
};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

/// A name, or a pattern of names: in `drill-*` the star is any text, a question mark is one
/// character. No name in Kubernetes has either.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Pattern(GlobMatcher);

impl Pattern {
    pub(crate) fn matches(&self, name: &str) -> bool {
        self.0.is_match(name)
    }

    /// Whether it names no character: stars, perhaps with question marks, match every name that is
    /// not very short.
    pub(crate) fn matches_all(&self) -> bool {
        let pattern = self.0.glob().glob();
        pattern.contains('*') && pattern.chars().all(|it| "*?".contains(it))
    }
}

impl TryFrom<String> for Pattern {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        // Other patterns of paths are characters of names that somebody has written with care.
        let plain: String = text
            .chars()
            .flat_map(|it| "[]{}!\\".contains(it).then_some('\\').into_iter().chain([it]))
            .collect();
        let glob = GlobBuilder::new(&plain).backslash_escape(true).build();
        let glob = glob.map_err(|it| format!("`{text}` is no pattern of names: {}", it.kind()))?;
        Ok(Self(glob.compile_matcher()))
    }
}

/// A name of a namespace, or a pattern of such names. One that no namespace can have is an error:
/// it would do nothing, and nobody would be told.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct NamespacePattern(Pattern);

impl NamespacePattern {
    pub(crate) fn matches(&self, name: &str) -> bool {
        self.0.matches(name)
    }
}

impl TryFrom<String> for NamespacePattern {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        /// Of a name in Kubernetes that is a label of DNS, in bytes.
        const LONGEST: usize = 63;
        let legal = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || b"-*?".contains(&it);
        let is_possible = !text.is_empty()
            && text.bytes().all(legal)
            && !text.starts_with('-')
            && !text.ends_with('-')
            && text.bytes().filter(|it| *it != b'*').count() <= LONGEST;
        if !is_possible {
            return Err(format!(
                "`{}` can match no namespace: a name of one is {LONGEST} lower-case letters, \
                 digits and hyphens at most, without a hyphen at an end; `*` is any text, `?` one \
                 character",
                escape(&text)
            ));
        }
        Pattern::try_from(text).map(Self)
    }
}

/// A severity; the error of a word that is none names the choices.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct SeverityWord(pub(crate) Severity);

impl TryFrom<String> for SeverityWord {
    type Error = String;

    fn try_from(word: String) -> Result<Self, String> {
        word.parse().map(Self)
    }
}

impl JsonSchema for SeverityWord {
    fn schema_name() -> Cow<'static, str> {
        "Severity".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        // In lower case, as reports have them; any case is read.
        json_schema!({"type": "string", "enum": Severity::ALL.map(Severity::as_str)})
    }
}

/// Whether nobody can read a reason.
pub(crate) fn says_nothing(reason: &str) -> bool {
    reason.chars().all(|it| it.is_whitespace() || is_hidden(it))
}
