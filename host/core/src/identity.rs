//! Whether two copies are of the same object, and where objects stand among others.

use std::{
    cmp::Ordering,
    hash::{DefaultHasher, Hash, Hasher},
};

use crate::group_of;

/// Which object a copy is of. One allocation each: a dump may hold hundreds of thousands.
///
/// Two identities are equal where group, kind, namespace, name and uid are. The uid alone never
/// makes two objects one: it only tells an object from what its name stood for before, and tools
/// that redact dumps write one text in place of all uids.
#[derive(Debug, Clone)]
pub struct Identity {
    /// Namespace, name, uid, API version and kind, one behind the other.
    text: Box<str>,
    /// Where each of them but the last ends.
    ends: [u32; 4],
}

/// No part of an identity is longer, so that 32 bits count to the end of all of them; what follows
/// is cut off. Kubernetes takes names of 253 bytes.
const LONGEST: usize = u32::MAX as usize / 5;

impl Identity {
    /// The object of this API version and kind; what the source does not say is empty. A uid that
    /// is only a [placeholder](is_placeholder) is not said.
    pub fn new(api_version: &str, kind: &str, namespace: &str, name: &str, uid: &str) -> Self {
        let uid = if is_placeholder(uid) { "" } else { uid };
        let parts = [namespace, name, uid, api_version, kind];
        let parts = parts.map(|it| &it[..it.floor_char_boundary(LONGEST)]);
        let mut end = 0;
        let ends = std::array::from_fn(|i| {
            end += u32::try_from(parts[i].len()).expect("a part is cut at its longest");
            end
        });
        Self { text: parts.concat().into(), ends }
    }

    /// The same, whatever its name stands for now: what a server shows, of which there is one at a
    /// time.
    #[must_use]
    pub fn without_uid(&self) -> Self {
        let [.., uid, api_version] = self.ends();
        let api_version = &self.text[uid..api_version];
        Self::new(api_version, self.kind(), self.namespace(), self.name(), "")
    }

    /// By namespace, name, uid and API version: the order in which rules see objects.
    pub(crate) fn order(&self, other: &Self) -> Ordering {
        self.parts()[..4].cmp(&other.parts()[..4])
    }

    /// Two prefixes that differ stand in the same [order](Self::order) as their identities. Most
    /// objects differ here, and comparing prefixes reads no memory outside them.
    pub(crate) fn order_prefix(&self) -> [u64; 6] {
        /// A prefix with a longer namespace has no room for the name. Few namespaces are longer,
        /// and names differ more often.
        const NAMESPACE: usize = 24;
        let mut prefix = [0; 6 * size_of::<u64>()];
        let [namespace, name, ..] = self.parts();
        let shown = namespace.len().min(NAMESPACE);
        prefix[..shown].copy_from_slice(&namespace[..shown]);
        // Differs for a namespace that goes on with zeros, or beyond this length.
        prefix[NAMESPACE] = u8::try_from(namespace.len().min(NAMESPACE + 1)).unwrap_or(u8::MAX);
        if shown == namespace.len() {
            let of_name = &mut prefix[NAMESPACE + 1..];
            let shown = name.len().min(of_name.len());
            of_name[..shown].copy_from_slice(&name[..shown]);
        }
        let (words, _) = prefix.as_chunks();
        std::array::from_fn(|i| u64::from_be_bytes(words[i]))
    }

    /// Of its text.
    pub(crate) fn bytes(&self) -> usize {
        self.text.len()
    }

    /// Empty for a cluster-scoped object.
    pub fn namespace(&self) -> &str {
        let [namespace, ..] = self.ends();
        &self.text[..namespace]
    }

    /// `metadata.name`.
    pub fn name(&self) -> &str {
        let [namespace, name, ..] = self.ends();
        &self.text[namespace..name]
    }

    /// `Pod default/web`.
    pub(crate) fn kind_and_name(&self) -> String {
        let separator = if self.namespace().is_empty() { "" } else { "/" };
        format!("{} {}{separator}{}", self.kind(), self.namespace(), self.name())
    }

    pub(crate) fn has_uid(&self) -> bool {
        self.ends[1] < self.ends[2]
    }

    pub(crate) fn uid(&self) -> &str {
        let [_, name, uid, _] = self.ends();
        &self.text[name..uid]
    }

    /// The API group: empty for core.
    pub fn group(&self) -> &str {
        let [.., uid, api_version] = self.ends();
        group_of(&self.text[uid..api_version])
    }

    /// `Pod`.
    pub fn kind(&self) -> &str {
        let [.., api_version] = self.ends();
        &self.text[api_version..]
    }

    /// Where each part of the text but the last ends.
    fn ends(&self) -> [usize; 4] {
        self.ends.map(|it| it as usize)
    }

    /// As bytes: UTF-8 sorts as its characters do.
    fn parts(&self) -> [&[u8]; 5] {
        let [namespace, name, uid, api_version] = self.ends();
        let text = self.text.as_bytes();
        [
            &text[..namespace],
            &text[namespace..name],
            &text[name..uid],
            &text[uid..api_version],
            &text[api_version..],
        ]
    }

    /// What equal identities have in common.
    fn key(&self) -> [&[u8]; 5] {
        let [namespace, name, uid, _, kind] = self.parts();
        [namespace, name, uid, self.group().as_bytes(), kind]
    }

    /// The same for each address of an object.
    pub(crate) fn generation(&self) -> u64 {
        hash((self.namespace(), self.name(), self.uid(), self.kind()))
    }

    /// The same for each address of an object, and for all that its name has stood for.
    pub(crate) fn place(&self) -> u64 {
        hash((self.namespace(), self.name(), self.kind()))
    }
}

impl PartialEq for Identity {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Identity {}

impl Hash for Identity {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}

/// Whether a text only stands where a uid stood: one word without a digit (`REDACTED`), one sign
/// again and again (zeros, `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx`), or signs that no uid has
/// (`***HIDDEN***`). No server makes such a uid: it has 32 random digits with dashes between them.
pub(crate) fn is_placeholder(uid: &str) -> bool {
    /// Shorter ones are written by hand, in tests and examples.
    const LEAST: usize = 4;
    let is_sign = |it: &u8| !it.is_ascii_alphanumeric() && !b"-_.:".contains(it);
    let mut signs = uid.bytes().filter(|it| *it != b'-');
    let first = signs.next();
    let is_word = uid.bytes().all(|it| it.is_ascii_alphabetic());
    let is_one = signs.all(|it| Some(it) == first);
    uid.len() >= LEAST && (is_word || is_one || uid.bytes().any(|it| is_sign(&it)))
}

/// The same for the same name, uid or object, in each run.
pub(crate) fn hash(of: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_stands_in_place_of_a_uid_is_none() {
        let placeholders = [
            "REDACTED",
            "***HIDDEN***",
            "<redacted>",
            "****",
            "0000",
            "00000000-0000-0000-0000-000000000000",
            "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx",
        ];
        for uid in placeholders {
            assert!(!Identity::new("v1", "Pod", "a", "x", uid).has_uid(), "{uid}");
        }
        for uid in ["u", "new", "uid-1", "6f1e2b1c-0000-4000-8000-000000000000"] {
            assert_eq!(Identity::new("v1", "Pod", "a", "x", uid).uid(), uid);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            failure_persistence: None,
            ..ProptestConfig::default()
        })]

        #[test]
        fn what_differs_at_its_beginning_stands_in_that_order(
            texts in prop::collection::vec("(prod|x{20})?[ab\\x00é]{0,6}", 8),
        ) {
            let of = |it: &[String]| Identity::new(&it[0], "Pod", &it[1], &it[2], &it[3]);
            let (a, b) = (of(&texts[..4]), of(&texts[4..]));
            let (prefix, order) = (a.order_prefix().cmp(&b.order_prefix()), a.order(&b));
            prop_assert!(prefix.is_eq() || prefix == order, "{a:?}, {b:?}");
            let told = |it: &Identity| [0, 1, 2, 3].map(|i| it.parts()[i].to_vec());
            prop_assert_eq!(order, told(&a).cmp(&told(&b)));
        }
    }
}
