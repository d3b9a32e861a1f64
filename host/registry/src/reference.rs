//! What a user types to name a pack in a registry: `oci://registry.example/acme/rules:1.0`, or
//! with a digest behind `@`. What stands behind the name is not known here.

use std::{fmt, str::FromStr};

use crate::Digest;

/// What a reference begins with.
pub const SCHEME: &str = "oci://";

/// As long as a distribution allows the name of a repository to be.
const NAME_BYTES: usize = 255;

/// A place in a registry: where a pack is, or was pushed to.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Reference {
    registry: String,
    repository: String,
    tag: Option<String>,
    digest: Option<Digest>,
}

impl Reference {
    /// Whether a word that was typed names a registry at all.
    pub fn is_one(word: &str) -> bool {
        word.get(..SCHEME.len()).is_some_and(|it| it.eq_ignore_ascii_case(SCHEME))
    }

    /// The host, and the port where one was typed.
    pub fn registry(&self) -> &str {
        &self.registry
    }

    /// The path in it.
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// The name that may be given to another pack later.
    pub fn tag(&self) -> Option<&str> {
        self.tag.as_deref()
    }

    /// What it is, whatever it is called.
    pub fn digest(&self) -> Option<&Digest> {
        self.digest.as_ref()
    }

    /// The same place under a digest.
    #[must_use]
    pub fn at(&self, digest: Digest) -> Self {
        Self { digest: Some(digest), ..self.clone() }
    }

    /// The same place under its tag, whatever that stands for.
    pub(crate) fn without_digest(&self) -> Self {
        Self { digest: None, ..self.clone() }
    }

    /// Registry and repository, as prefixes of a configuration are compared with.
    pub fn name(&self) -> String {
        format!("{}/{}", self.registry, self.repository)
    }

    /// The place where a mirror has the same, which is named by its host and a path, in place of a
    /// prefix of this name.
    pub(crate) fn below(&self, prefix: &str, mirror: &str) -> Option<Self> {
        let name = self.name();
        let (begin, rest) = name.split_at_checked(prefix.len())?;
        if !begin.eq_ignore_ascii_case(prefix) {
            return None;
        }
        let (registry, path) = mirror.split_once('/').unwrap_or((mirror, ""));
        let path = format!("{path}{rest}");
        let place = Self {
            registry: registry.to_owned(),
            repository: path.trim_matches('/').to_owned(),
            ..self.clone()
        };
        place.check().is_ok().then_some(place)
    }

    fn check(&self) -> Result<(), String> {
        if !is_host(&self.registry) {
            return Err(format!("`{}` is no host of a registry", self.registry));
        }
        if self.repository.is_empty() {
            return Err("behind the registry there is no repository".to_owned());
        }
        let is_name = self.repository.split('/').all(is_component);
        if !is_name || self.repository.len() > NAME_BYTES {
            return Err(format!(
                "`{}` is no name of a repository: words of lower-case letters and digits, with \
                 `.`, `_` or `-` in them and `/` between them",
                self.repository
            ));
        }
        match &self.tag {
            Some(tag) if !is_tag(tag) => {
                Err(format!("`{tag}` is no tag: at most 128 letters, digits, `.`, `_` and `-`"))
            }
            _ => Ok(()),
        }
    }
}

/// `registry.example`, `registry.example:5000`, `[::1]:5000`.
fn is_host(text: &str) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (text, None),
    };
    let is_port = |it: &str| it.parse::<u16>().is_ok_and(|it| it > 0);
    let is_word = |it: &str| {
        !it.is_empty()
            && it.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'-')
            && !it.starts_with('-')
            && !it.ends_with('-')
    };
    let bracketed = host.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
    let is_host = match bracketed {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => host.len() <= 253 && host.split('.').all(is_word),
    };
    is_host && port.is_none_or(is_port)
}

/// A word of a repository's name: `a`, `a-b`, `a__b`, `a.b`.
fn is_component(text: &str) -> bool {
    let is_word = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit();
    let separators = text.split(|it: char| it.is_ascii() && is_word(it as u8));
    let ends = text.bytes().next().is_some_and(is_word) && text.bytes().last().is_some_and(is_word);
    ends && separators
        .into_iter()
        .all(|it| matches!(it, "" | "." | "_" | "__") || it.bytes().all(|it| it == b'-'))
}

fn is_tag(text: &str) -> bool {
    let is_letter = |it: u8| it.is_ascii_alphanumeric() || it == b'_';
    text.len() <= 128
        && text.bytes().next().is_some_and(is_letter)
        && text.bytes().all(|it| is_letter(it) || it == b'.' || it == b'-')
}

impl FromStr for Reference {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if !Self::is_one(text) {
            return Err(format!("it does not begin with {SCHEME}"));
        }
        let rest = &text[SCHEME.len()..];
        let (rest, digest) = match rest.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest.parse()?)),
            None => (rest, None),
        };
        let (registry, rest) = rest.split_once('/').unwrap_or((rest, ""));
        let (repository, tag) = match rest.split_once(':') {
            Some((repository, tag)) => (repository, Some(tag.to_owned())),
            None => (rest, None),
        };
        let reference = Self {
            registry: registry.to_ascii_lowercase(),
            repository: repository.to_owned(),
            tag,
            digest,
        };
        reference.check()?;
        if reference.tag.is_none() && reference.digest.is_none() {
            return Err("it has neither a tag nor a digest; there is no default".to_owned());
        }
        Ok(reference)
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SCHEME}{}/{}", self.registry, self.repository)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        match &self.digest {
            Some(digest) => write!(f, "@{digest}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, want: Result<(&str, &str, Option<&str>), &str>) {
        match (text.parse::<Reference>(), want) {
            (Ok(it), Ok(want)) => {
                assert_eq!((it.registry(), it.repository(), it.tag()), want, "{text}");
                assert_eq!(it.to_string().parse(), Ok(it), "{text}");
            }
            (Err(got), Err(want)) => assert!(got.contains(want), "{text}: {got}"),
            (got, want) => panic!("{text}: {got:?} instead of {want:?}"),
        }
    }

    #[test]
    fn a_reference_has_a_host_a_path_and_a_tag_or_a_digest() {
        check("oci://r.example/acme/rules:1.0", Ok(("r.example", "acme/rules", Some("1.0"))));
        check("OCI://R.example:5000/a:x", Ok(("r.example:5000", "a", Some("x"))));
        check("oci://[::1]:5000/a:x", Ok(("[::1]:5000", "a", Some("x"))));
        check("oci://localhost/a-b/c__d/e.f:x", Ok(("localhost", "a-b/c__d/e.f", Some("x"))));
        let digest = Digest::of(b"");
        check(&format!("oci://r/a@{digest}"), Ok(("r", "a", None)));
        check(&format!("oci://r/a:x@{digest}"), Ok(("r", "a", Some("x"))));
    }

    #[test]
    fn what_is_no_reference_says_why() {
        check("https://r/a:x", Err("does not begin with oci://"));
        check("oci://r.example/acme/rules", Err("neither a tag nor a digest"));
        check("oci://r.example:1", Err("behind the registry there is no repository"));
        check("oci:///a:x", Err("is no host"));
        check("oci://user:pass@r/a:x", Err("a digest is"));
        check("oci://r:0/a:x", Err("is no host"));
        check("oci://r:99999/a:x", Err("is no host"));
        check("oci://r_/a:x", Err("is no host"));
        check("oci://r/A:x", Err("is no name of a repository"));
        check("oci://r/../etc:x", Err("is no name of a repository"));
        check("oci://r/a//b:x", Err("is no name of a repository"));
        check("oci://r/a?x=y:x", Err("is no name of a repository"));
        check("oci://r/ä:x", Err("is no name of a repository"));
        check(&format!("oci://r/{}:x", "a".repeat(256)), Err("is no name of a repository"));
        check("oci://r/a:", Err("is no tag"));
        check("oci://r/a:x y", Err("is no tag"));
        check("oci://r/a:x/../y", Err("is no tag"));
        check("oci://r/a:x@sha256:12", Err("a digest is"));
    }

    #[test]
    fn a_mirror_stands_in_place_of_a_prefix() {
        let reference: Reference = "oci://r.example/acme/rules:1".parse().expect("one");
        let below =
            |prefix: &str, mirror: &str| reference.below(prefix, mirror).map(|it| it.to_string());
        let want = |it: &str| Some(it.to_owned());
        assert_eq!(below("r.example", "m"), want("oci://m/acme/rules:1"));
        assert_eq!(below("r.example/acme", "m:1/x/y"), want("oci://m:1/x/y/rules:1"));
        assert_eq!(below("r.example", "m/../x"), None);
        assert_eq!(below("other", "m"), None);
    }
}
