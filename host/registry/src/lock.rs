//! Which digest each reference stands for: `rulebox.lock`. A project keeps it beside its
//! configuration, so that all its runs use the same packs until somebody decides otherwise. Which
//! file holds it, and that the text is YAML, is not known here.

use std::{collections::BTreeMap, fmt::Write as _};

use serde_json::Value;

use crate::{Digest, Reference};

/// The only version.
const VERSION: u64 = 1;

/// What a lock holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lock {
    packs: BTreeMap<Reference, Digest>,
}

impl Lock {
    /// Reads one. An error in words: what is cut off or misspelt would lock nothing.
    pub fn from_value(value: &Value) -> Result<Self, String> {
        let Value::Object(keys) = value else { return Err("it is empty, or no lock".to_owned()) };
        if keys.get("version").and_then(Value::as_u64) != Some(VERSION) {
            return Err(format!("it is no lock of version {VERSION}"));
        }
        if let Some(key) = keys.keys().find(|it| !matches!(it.as_str(), "version" | "packs")) {
            return Err(format!("it has a key `{key}`, and locks have `version` and `packs`"));
        }
        let mut packs = BTreeMap::new();
        let Some(Value::Object(listed)) = keys.get("packs") else {
            return Err("it has no `packs`: references with digests, or `{}`".to_owned());
        };
        for (name, digest) in listed {
            let reference: Reference = name.parse().map_err(|it| format!("`{name}`: {it}"))?;
            if reference.digest().is_some() {
                return Err(format!("`{name}`: its digest stands behind it, and not in it"));
            }
            let digest = digest.as_str().unwrap_or_default().parse();
            packs.insert(reference, digest.map_err(|it| format!("`{name}`: {it}"))?);
        }
        Ok(Self { packs })
    }

    /// As a file: sorted, so that a change is a line.
    pub fn text(&self) -> String {
        let mut text = format!(
            "# Written by `rulebox rules lock`: which pack each reference stands for.\n\
             version: {VERSION}\npacks:{}\n",
            if self.packs.is_empty() { " {}" } else { "" }
        );
        for (reference, digest) in &self.packs {
            // References and digests have no character that YAML reads otherwise.
            writeln!(text, "  {reference}: {digest}").expect("a text takes all");
        }
        text
    }

    /// What a reference with a tag stands for.
    pub fn digest(&self, reference: &Reference) -> Option<&Digest> {
        self.packs.get(&reference.without_digest())
    }

    /// Locks a reference with a tag; what it stood for before, if that was something else.
    pub fn set(&mut self, reference: &Reference, digest: Digest) -> Option<Digest> {
        let before = self.packs.insert(reference.without_digest(), digest.clone());
        before.filter(|it| *it != digest)
    }

    /// Forgets a reference; whether it was there.
    pub fn remove(&mut self, reference: &Reference) -> bool {
        self.packs.remove(&reference.without_digest()).is_some()
    }

    /// All that is locked.
    pub fn iter(&self) -> impl Iterator<Item = (&Reference, &Digest)> {
        self.packs.iter()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn reference(text: &str) -> Reference {
        text.parse().expect("a reference")
    }

    #[test]
    fn a_lock_is_sorted_and_says_what_changed() {
        let (one, two) = (Digest::of(b"1"), Digest::of(b"2"));
        let mut lock = Lock::default();
        assert_eq!(lock.text().lines().last(), Some("packs: {}"));
        assert_eq!(lock.set(&reference("oci://r/b:1"), one.clone()), None);
        assert_eq!(lock.set(&reference("oci://r/a:1").at(two.clone()), two.clone()), None);
        let lines = format!("packs:\n  oci://r/a:1: {two}\n  oci://r/b:1: {one}\n");
        assert!(lock.text().ends_with(&lines), "{}", lock.text());
        assert_eq!(lock.set(&reference("oci://r/b:1"), one.clone()), None, "the same");
        assert_eq!(lock.set(&reference("oci://r/b:1"), two.clone()), Some(one));
        assert_eq!(lock.digest(&reference("oci://r/b:1")), Some(&two));
        assert_eq!(lock.digest(&reference("oci://r/b:2")), None);
        assert!(lock.remove(&reference("oci://r/b:1")));
    }

    #[test]
    fn what_is_no_lock_says_why() {
        let of = |value: Value| Lock::from_value(&value).expect_err("no lock");
        assert_eq!(of(json!({})), "it is no lock of version 1");
        assert_eq!(of(json!({"version": 2, "packs": {}})), "it is no lock of version 1");
        for packs in [json!({"version": 1}), json!({"version": 1, "packs": ["x"]})] {
            assert!(of(packs).starts_with("it has no `packs`"));
        }
        let misspelt = json!({"version": 1, "packs": {}, "pack": {}});
        assert!(of(misspelt).starts_with("it has a key `pack`"));
        assert_eq!(of(Value::Null), "it is empty, or no lock");
        assert!(of(json!({"version": 1, "packs": {"x": "y"}})).starts_with("`x`: "));
        let it = json!({"version": 1, "packs": {"oci://r/a:1": "latest"}});
        assert!(of(it).starts_with("`oci://r/a:1`: a digest is"));
        assert_eq!(Lock::from_value(&json!({"version": 1, "packs": {}})), Ok(Lock::default()));
    }
}
