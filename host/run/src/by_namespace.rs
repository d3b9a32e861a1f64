//! Entries of the configuration for some namespaces: of which they speak, and which severities they
//! give. A namespace is known by its name, or by the labels of its Namespace object, which the host
//! then reads by itself.

use std::collections::{BTreeMap, BTreeSet};

use rulebox_core::{
    Coverage, Inventory, Json, ObjectNeed, ObjectRef, PackInfo, Selector, Severity, text::escaped,
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::words::{NamespacePattern, SeverityWord};

/// By which the host finds the Namespace objects that it reads itself. No pack is called so.
pub(crate) const NEED: &str = "rulebox/namespaces";

/// The kind of the objects that namespaces are.
pub(crate) const KIND: &str = "Namespace";

/// What a pattern of names of namespaces consists of, for editors.
const NAMES: &str = r"^(?!(\**[a-z0-9?-]){64})[a-z0-9*?]([a-z0-9*?-]*[a-z0-9*?])?$";

/// What is otherwise in some namespaces.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "OfNamespaces", extend("allOf" = of_something()))]
pub(crate) struct OfNamespaces {
    /// A label selector of Kubernetes that their Namespace objects match: `env=prod`.
    #[serde(default)]
    #[schemars(with = "Option<String>", regex(pattern = r"\S"))]
    pub(crate) labels: Option<Labels>,
    /// Their names, or patterns of names, of which one must match: `team-*`.
    #[serde(default)]
    #[schemars(with = "Vec<String>", length(min = 1), inner(regex(pattern = NAMES)))]
    pub(crate) names: Option<Vec<NamespacePattern>>,
    /// By pack: the settings that are otherwise there. Null takes one away.
    #[serde(default)]
    pub(crate) settings: BTreeMap<String, Value>,
    /// By rule: the severity of its findings there.
    #[serde(default)]
    pub(crate) severities: BTreeMap<String, SeverityWord>,
}

/// A label selector.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Labels(Selector);

impl TryFrom<String> for Labels {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let selector = Selector::parse(&text).map_err(|it| escaped(it.to_string()))?;
        if selector.is_empty() {
            return Err("it names no label, and would match every namespace".to_owned());
        }
        Ok(Self(selector))
    }
}

/// That an entry names namespaces, and what is otherwise there.
fn of_something() -> Value {
    let named = ["labels", "names"].map(|it| json!({"required": [it]}));
    let said = ["settings", "severities"]
        .map(|it| json!({"required": [it], "properties": {it: {"minProperties": 1}}}));
    json!([{"anyOf": named}, {"anyOf": said}])
}

impl OfNamespaces {
    /// What is wrong with it as a whole.
    pub(crate) fn problem(&self) -> Option<&'static str> {
        let Self { labels, names, settings, severities } = self;
        if names.as_ref().is_some_and(Vec::is_empty) {
            return Some("it names no namespace: name one, or leave `names` out");
        }
        if labels.is_none() && names.is_none() {
            return Some("it does not say which namespaces: name `labels` or `names`");
        }
        if settings.is_empty() && severities.is_empty() {
            return Some("it says nothing of them: name `settings` or `severities`");
        }
        None
    }

    /// Whether it holds in a namespace; none where that depends on labels that nobody has seen.
    pub(crate) fn holds(&self, name: &str, known: &Namespaces) -> Option<bool> {
        let Self { labels, names, .. } = self;
        if names.as_ref().is_some_and(|it| !it.iter().any(|it| it.matches(name))) {
            return Some(false);
        }
        let Some(Labels(selector)) = labels else { return Some(true) };
        known.labels(name).map(|it| selector.matches(it))
    }
}

/// What a run over several namespaces needs of them: their labels, if an entry names labels.
pub(crate) fn need(entries: &[OfNamespaces]) -> Option<ObjectNeed> {
    entries.iter().any(|it| it.labels.is_some()).then(|| ObjectNeed {
        id: NEED.to_owned(),
        kind: KIND.to_owned(),
        fields: vec!["metadata.labels".to_owned()],
        ..ObjectNeed::default()
    })
}

/// How the labels of namespaces matter to a pack.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ByLabels {
    /// Whether its settings depend on them: then no rule can be judged without them.
    pub(crate) settings: bool,
    /// The rules whose severities depend on them.
    pub(crate) severities: BTreeSet<String>,
}

impl ByLabels {
    pub(crate) fn of(entries: &[OfNamespaces], pack: &PackInfo) -> Self {
        let by_labels = || entries.iter().filter(|it| it.labels.is_some());
        let severities = by_labels().flat_map(|it| it.severities.keys());
        let is_named = |rule: &&str| {
            let mut names = severities.clone();
            names.any(|it| it == rule || *it == format!("{}/{rule}", pack.name))
        };
        Self {
            settings: by_labels().any(|it| it.settings.contains_key(&pack.name)),
            severities: pack
                .rules
                .iter()
                .map(|it| it.id.as_str())
                .filter(is_named)
                .map(str::to_owned)
                .collect(),
        }
    }

    /// Whether what is said of a rule depends on labels.
    pub(crate) fn concerns(&self, rule: &str) -> bool {
        self.settings || self.severities.contains(rule)
    }
}

/// The namespaces of a cluster, as far as they were seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Namespaces {
    pub(crate) labels: BTreeMap<String, BTreeMap<String, String>>,
    /// Why there may be others; none where all were seen.
    pub(crate) others: Option<String>,
}

/// What tells of a Namespace in its projection, and of any object where it lies.
#[derive(Deserialize)]
struct Head {
    #[serde(default)]
    metadata: Metadata,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Metadata {
    pub(crate) name: String,
    pub(crate) namespace: String,
    labels: BTreeMap<String, String>,
}

/// None where a value is of a wrong type.
pub(crate) fn metadata(object: &Json) -> Option<Metadata> {
    serde_json::from_str::<Head>(&object.text()).ok().map(|it| it.metadata)
}

impl Namespaces {
    /// Those that the host was shown.
    pub(crate) fn of(inventory: &Inventory) -> Self {
        let Some(slot) = inventory.objects.get(NEED) else {
            return Self { labels: BTreeMap::new(), others: Some(String::new()) };
        };
        let seen = slot.objects.iter().filter_map(metadata);
        let labels = seen.map(|it| (it.name, it.labels)).collect();
        let others = (slot.coverage != Coverage::Complete).then(|| slot.reason.clone());
        Self { labels, others }
    }

    /// The labels of a namespace; none where it was not seen and may be there.
    fn labels(&self, name: &str) -> Option<&BTreeMap<String, String>> {
        /// Where all were seen, one that is not among them has no labels.
        static NONE: BTreeMap<String, String> = BTreeMap::new();
        self.labels.get(name).or_else(|| self.others.is_none().then_some(&NONE))
    }
}

/// The namespace in which an object lies: a Namespace lies in itself, others that lie in none have
/// an empty one.
pub(crate) fn namespace_of(object: &ObjectRef) -> &str {
    if object.kind == KIND && object.group().is_empty() { &object.name } else { &object.namespace }
}

/// The severity of findings about an object, where an entry names one: that of the last entry that
/// is known to hold; and whether it may be another, as that depends on labels that nobody has seen.
pub(crate) fn severity(
    entries: &[OfNamespaces],
    (pack, rule): (&str, &str),
    subject: &ObjectRef,
    known: &Namespaces,
) -> (Option<Severity>, bool) {
    let name = namespace_of(subject);
    if entries.is_empty() || name.is_empty() {
        return (None, false);
    }
    let with_pack = format!("{pack}/{rule}");
    let mut unknown = false;
    for entry in entries.iter().rev() {
        let severities = &entry.severities;
        let Some(severity) = severities.get(&with_pack).or_else(|| severities.get(rule)) else {
            continue;
        };
        match entry.holds(name, known) {
            Some(true) => return (Some(severity.0), unknown),
            Some(false) => {}
            None => unknown = true,
        }
    }
    (None, unknown)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rulebox_core::ObjectSlot;

    use super::*;

    fn entries(value: Value) -> Vec<OfNamespaces> {
        serde_json::from_value(value).expect("entries")
    }

    /// A cluster of which these namespaces with these labels were seen: `shop env=prod`.
    pub(crate) fn seen(namespaces: &[&str], coverage: Coverage) -> Namespaces {
        let objects = namespaces.iter().map(|it| {
            let (name, label) = it.split_once(' ').unwrap_or((it, ""));
            let label = label.split_once('=');
            let labels: BTreeMap<_, _> = label.into_iter().collect();
            json!({"metadata": {"name": name, "labels": labels}}).to_string().into()
        });
        let slot = ObjectSlot { objects: objects.collect(), coverage, reason: "why".to_owned() };
        let objects = [(NEED.to_owned(), Arc::new(slot))].into();
        Namespaces::of(&Inventory { objects, ..Inventory::default() })
    }

    /// Whether an entry holds in a namespace.
    #[track_caller]
    fn check(entry: Value, name: &str, known: &Namespaces, want: Option<bool>) {
        let mut entry = entry;
        entry["severities"] = json!({"r": "low"});
        let entry = &entries(json!([entry]))[0];
        assert_eq!(entry.holds(name, known), want, "{entry:?} in {name}");
    }

    #[test]
    fn an_entry_holds_by_names_and_by_labels() {
        let known = seen(&["shop stage=prod", "lab stage=test", "bare"], Coverage::Partial);
        check(json!({"names": ["sh*", "x"]}), "shop", &known, Some(true));
        check(json!({"names": ["sh*"]}), "lab", &known, Some(false));
        check(json!({"labels": "stage=prod"}), "shop", &known, Some(true));
        check(json!({"labels": "stage=prod"}), "lab", &known, Some(false));
        check(json!({"labels": "!stage"}), "bare", &known, Some(true));
        check(json!({"labels": "stage=prod", "names": ["l*"]}), "shop", &known, Some(false));
    }

    #[test]
    fn labels_that_nobody_has_seen_decide_nothing() {
        let some = seen(&["shop stage=prod"], Coverage::Partial);
        check(json!({"labels": "stage=prod"}), "other", &some, None);
        // Names alone decide that it does not.
        check(json!({"labels": "stage=prod", "names": ["s*"]}), "other", &some, Some(false));
        let all = seen(&["shop stage=prod"], Coverage::Complete);
        check(json!({"labels": "stage=prod"}), "other", &all, Some(false));
        check(json!({"labels": "stage!=prod"}), "other", &all, Some(true));
        let none = Namespaces::of(&Inventory::default());
        check(json!({"labels": "stage=prod"}), "shop", &none, None);
    }

    #[track_caller]
    fn check_severity(kind: &str, namespace: &str, name: &str, want: (Option<Severity>, bool)) {
        let entries = entries(json!([
            {"names": ["*"], "severities": {"p/r": "low"}},
            {"labels": "stage=prod", "severities": {"r": "high", "p/r": "critical"}},
            {"names": ["shop"], "settings": {"p": {}}},
        ]));
        let subject = ObjectRef {
            api_version: "v1".to_owned(),
            kind: kind.to_owned(),
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            ..ObjectRef::default()
        };
        let known = seen(&["shop stage=prod", "lab stage=test"], Coverage::Partial);
        assert_eq!(severity(&entries, ("p", "r"), &subject, &known), want);
    }

    #[test]
    fn the_last_entry_that_holds_gives_the_severity() {
        check_severity("Pod", "shop", "x", (Some(Severity::Critical), false));
        check_severity("Pod", "lab", "x", (Some(Severity::Low), false));
        check_severity("Pod", "other", "x", (Some(Severity::Low), true));
        check_severity("Node", "", "shop", (None, false));
        check_severity("Namespace", "", "shop", (Some(Severity::Critical), false));
    }

    #[test]
    fn labels_matter_to_the_packs_and_rules_that_an_entry_names() {
        let rule = |id: &str| rulebox_core::RuleInfo {
            id: id.to_owned(),
            severity: Severity::High,
            summary: String::new(),
            documentation: String::new(),
            requires: Vec::new(),
            consults: Vec::new(),
        };
        let pack = |name: &str| PackInfo {
            name: name.to_owned(),
            rules: vec![rule("r"), rule("s")],
            ..PackInfo::default()
        };
        let by = |value, name| ByLabels::of(&entries(value), &pack(name));
        let labels =
            json!([{"labels": "a=b", "settings": {"p": {}}, "severities": {"q/s": "low"}}]);
        let (p, q) = (by(labels.clone(), "p"), by(labels, "q"));
        assert!(p.settings && p.concerns("r") && p.concerns("s"));
        assert!(!q.settings && !q.concerns("r") && q.concerns("s"));
        let names = by(json!([{"names": ["a"], "settings": {"p": {}}}]), "p");
        assert_eq!(names, ByLabels::default());
    }
}
