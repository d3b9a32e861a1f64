//! What objects say of findings about them, by the annotation [`IGNORE`]: which rules may find
//! something there, why, and until when.
//!
//! ```text
//! rulebox.dev/ignore: backup-failed=the drill fails on purpose (until 2026-12-31); other-rule=why
//! ```
//!
//! Whoever may write an object writes this text, so what cannot be understood is told, and does
//! not act.

use std::collections::BTreeMap;

use rulebox_core::{Expiry, IGNORE, Inventory, ObjectRef, text::escape};
use serde::Deserialize;

use crate::{config::expiry_of, words::says_nothing};

/// An object that has the annotation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Annotated {
    /// The cluster, as in a report.
    pub(crate) cluster: String,
    pub(crate) object: ObjectRef,
    text: String,
}

/// What an annotation says of one rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ignore {
    /// `backup-failed`, or `backup-center/backup-failed`.
    pub(crate) rule: String,
    pub(crate) reason: String,
    pub(crate) expires: Option<Expiry>,
}

/// What names an object in its projection.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Head {
    api_version: String,
    kind: String,
    metadata: Metadata,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Metadata {
    namespace: String,
    name: String,
    uid: String,
}

/// The objects of a cluster that have the annotation, as far as a rule reads them, in the order of
/// kind, namespace and name.
pub(crate) fn annotated(inventory: &Inventory, cluster: &str) -> Vec<Annotated> {
    let objects = inventory.objects.values().flat_map(|it| &it.objects);
    let mut found = BTreeMap::new();
    for json in objects {
        let Some(text) = json.annotation() else { continue };
        // A name that is no text stands for no object of a finding.
        let Ok(head) = serde_json::from_str(&json.text()) else { continue };
        let Head { api_version, kind, metadata: Metadata { namespace, name, uid } } = head;
        let object = ObjectRef { api_version, kind, namespace, name, uid };
        let of = |it: &ObjectRef| {
            let ObjectRef { api_version: _, kind, namespace, name, uid } = it.clone();
            [it.group().to_owned(), kind, namespace, name, uid]
        };
        let (cluster, text) = (cluster.to_owned(), text.to_owned());
        found.insert(of(&object), Annotated { cluster, object, text });
    }
    found.into_values().collect()
}

impl Annotated {
    /// Where a person finds it.
    pub(crate) fn place(&self) -> String {
        let Self { cluster, object, .. } = self;
        let of = if cluster.is_empty() { String::new() } else { format!(" in {cluster}") };
        escape(&format!("{object}{of}: annotation {IGNORE}")).into_owned()
    }

    /// What it says, one rule at a time, or what cannot be understood, and why.
    pub(crate) fn entries(&self) -> Vec<Result<Ignore, String>> {
        /// Long enough for a sentence on each rule of the built-in packs.
        const LONGEST: usize = 16 << 10;
        if self.text.len() > LONGEST {
            return vec![Err(format!("it is longer than {} KiB", LONGEST >> 10))];
        }
        let entries = self.text.split([';', '\n']).map(str::trim);
        let entries: Vec<_> = entries.filter(|it| !it.is_empty()).map(entry).collect();
        if entries.is_empty() {
            return vec![Err("it is empty: write RULE=REASON".to_owned())];
        }
        entries
    }
}

fn entry(text: &str) -> Result<Ignore, String> {
    let shown = || {
        /// Enough to find it again.
        const SHOWN: usize = 60;
        let mut shown: String = text.chars().take(SHOWN).collect();
        shown.push_str(if shown.len() < text.len() { "…" } else { "" });
        escape(&shown).into_owned()
    };
    let Some((rule, rest)) = text.split_once('=') else {
        return Err(format!("`{}` is not RULE=REASON", shown()));
    };
    let (rule, rest) = (rule.trim(), rest.trim());
    if rule == "*" {
        return Err(format!("`{}` names no rule: name each", shown()));
    }
    let is_rule = |c: char| c.is_ascii_alphanumeric() || "-_/.".contains(c);
    if rule.is_empty() || !rule.chars().all(is_rule) {
        return Err(format!("`{}` begins with no name of a rule: write RULE=REASON", shown()));
    }
    let (reason, expires) = match rest.rsplit_once("(until ") {
        Some((reason, end)) if end.ends_with(')') => {
            let end = end[..end.len() - 1].trim();
            (reason.trim(), Some(expiry_of(end)?))
        }
        _ => (rest, None),
    };
    if says_nothing(reason) {
        return Err(format!("`{}` does not say why", shown()));
    }
    // Who writes the word means an end: without one, the rule would be silent for ever.
    if let (None, Some(word)) = (&expires, word_of_end(reason)) {
        return Err(format!(
            "`{}` says `{word}` and does not end with it: write RULE=REASON (until 2026-12-31)",
            shown()
        ));
    }
    Ok(Ignore { rule: rule.to_owned(), reason: escape(reason).into_owned(), expires })
}

/// A word by which people say when something ends.
fn word_of_end(reason: &str) -> Option<&'static str> {
    let mut words = reason.split(|c: char| !c.is_alphanumeric());
    words.find_map(|word| {
        ["until", "till", "expires", "expiry"].into_iter().find(|it| word.eq_ignore_ascii_case(it))
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rulebox_core::{Coverage, Json, ObjectSlot};

    use super::*;

    /// What an annotation says: `rule: reason`, `rule: reason until when`, or what is wrong.
    #[track_caller]
    fn check(text: &str, want: &[Result<&str, &str>]) {
        let (cluster, object) = (String::new(), ObjectRef::default());
        let entries = Annotated { cluster, object, text: text.to_owned() }.entries();
        let got: Vec<_> = entries
            .into_iter()
            .map(|it| {
                let Ignore { rule, reason, expires } = it?;
                let until = expires.map(|it| format!(" until {}", it.typed)).unwrap_or_default();
                Ok::<_, String>(format!("{rule}: {reason}{until}"))
            })
            .collect();
        assert_eq!(got.len(), want.len(), "{got:?}");
        for (got, want) in got.iter().zip(want) {
            match (got, want) {
                (Ok(got), Ok(want)) => assert_eq!(got, want),
                (Err(got), Err(want)) => assert!(got.contains(want), "{got}"),
                (got, want) => panic!("{got:?}, expected {want:?}"),
            }
        }
    }

    #[test]
    fn a_rule_and_a_reason() {
        check("backup-failed=a drill, twice a week", &[Ok("backup-failed: a drill, twice a week")]);
        check(" p/backup-failed = a=b ", &[Ok("p/backup-failed: a=b")]);
    }

    #[test]
    fn several_stand_behind_a_semicolon_or_on_lines_of_their_own() {
        check("a=one; b=two;", &[Ok("a: one"), Ok("b: two")]);
        check("a=one\nb=two\n", &[Ok("a: one"), Ok("b: two")]);
    }

    #[test]
    fn a_reason_may_end_with_an_expiry() {
        check("a=a drill (until 2026-12-31)", &[Ok("a: a drill until 2026-12-31")]);
        check(
            "a=(old) drill (until 2026-12-31T18:00:00Z); b=for ever",
            &[Ok("a: (old) drill until 2026-12-31T18:00:00Z"), Ok("b: for ever")],
        );
        check("a=a drill (until tomorrow)", &[Err("`tomorrow` is neither a date")]);
    }

    #[test]
    fn an_expiry_that_is_not_at_the_end_silences_nothing() {
        let told = "says `until` and does not end with it";
        check("a=ticket 4711 (until 2020-12-31).", &[Err(told)]);
        check("a=x (until: 2020-12-31)", &[Err(told)]);
        check("a=x until 2020-12-31", &[Err(told)]);
        check("a=x, expires 2020-12-31", &[Err("says `expires` and does not end with it")]);
        check("a=x (till 2020-12-31)", &[Err("says `till` and does not end with it")]);
        check("a=x (UNTIL 2026-12-31) more; b=why", &[Err(told), Ok("b: why")]);
        check(
            "a=the until-loop fails (until 2026-12-31)",
            &[Ok("a: the until-loop fails until 2026-12-31")],
        );
    }

    #[test]
    fn what_cannot_be_understood_is_told_and_the_rest_acts() {
        check("a=one; known since May", &[Ok("a: one"), Err("`known since May` is not RULE=")]);
        check("a=", &[Err("`a=` does not say why")]);
        check("a=\u{200b}", &[Err("does not say why")]);
        check("a=(until 2026-12-31)", &[Err("does not say why")]);
        check("=why", &[Err("begins with no name of a rule")]);
        check("*=all is well", &[Err("names no rule: name each")]);
        check("the rule=why", &[Err("begins with no name of a rule")]);
        check(" \n", &[Err("it is empty")]);
        check(&"a".repeat(17 << 10), &[Err("longer than 16 KiB")]);
    }

    #[test]
    fn a_reason_of_others_hides_nothing() {
        check("a=x\u{1b}[2Jy", &[Ok("a: x\\u{1b}[2Jy")]);
        check("\u{202e}a=x", &[Err("`\\u{202e}a=x` begins with no name")]);
    }

    #[test]
    fn an_object_that_several_needs_select_is_one() {
        let pod = |name: &str, annotation: Option<&str>| {
            let metadata = format!(r#"{{"namespace":"n","name":"{name}"}}"#);
            let head = r#"{"apiVersion":"v1","kind":"Pod","metadata":"#;
            let json = Json::from(format!("{head}{metadata}}}"));
            annotation.map_or(json.clone(), |it| json.annotated(it.into()))
        };
        let slot = || {
            let objects = vec![pod("b", Some("a=one")), pod("c", None), pod("a", Some("a=two"))];
            let (coverage, reason) = (Coverage::Complete, String::new());
            Arc::new(ObjectSlot { objects, coverage, reason })
        };
        let objects = ["p/pods", "q/pods"].map(|it| (it.to_owned(), slot()));
        let inventory = Inventory { objects: objects.into(), ..Inventory::default() };
        let found = annotated(&inventory, "east");
        let places: Vec<_> = found.iter().map(Annotated::place).collect();
        let want = ["a", "b"].map(|it| format!("Pod n/{it} in east: annotation {IGNORE}"));
        assert_eq!(places, want);
    }
}
