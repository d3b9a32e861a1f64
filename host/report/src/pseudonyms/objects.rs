//! Pseudonyms in objects themselves, for those who hand on objects and not a report of them.

use std::collections::{BTreeMap, BTreeSet};

use aho_corasick::AhoCorasick;
use serde_json::Value;

use super::{
    Pseudonyms, sort_of,
    words::{is_made, is_public_image, is_time, is_word_label, service_of},
};

/// Keys whose lists hold containers, or what is known of them.
const CONTAINERS: [&str; 6] = [
    "containerStatuses",
    "containers",
    "ephemeralContainerStatuses",
    "ephemeralContainers",
    "initContainerStatuses",
    "initContainers",
];

/// Keys whose values are labels, or choose objects by them.
const LABELS: [&str; 4] = ["labels", "matchLabels", "nodeSelector", "selector"];

/// Labels of Kubernetes whose values everybody has; beside those that are words in reports.
const COMMON_LABELS: [&str; 5] = ["arch", "managed-by", "os", "pod-template-hash", "tier"];

/// Keys whose values say what a thing is, whatever it is called.
const TYPES: [&str; 3] = ["apiVersion", "apiGroup", "kind"];

/// A name that a text holds.
#[derive(Debug, Clone)]
pub struct NameInUse {
    /// What it names: a kind, or what a field does.
    sort: String,
    name: String,
    /// Whether it stands somewhere by itself, and not only in other names.
    is_alone: bool,
}

impl Pseudonyms {
    /// The same, in which these names stay as they are, also inside of others.
    #[must_use]
    pub fn keeping(mut self, kept: BTreeSet<String>) -> Self {
        self.names.extend(kept.into_iter().map(|it| (it.clone(), it)));
        self
    }

    /// The names of objects that a text holds, in the order in which they come; and what objects
    /// call their own beside them: the values of their labels, their containers and their images.
    /// An object is called after its own kind, whoever refers to it.
    pub fn names_in<'o>(
        objects: impl Iterator<Item = &'o Value> + Clone,
        text: &str,
    ) -> Vec<NameInUse> {
        let mut names = Self { collected: Some(Vec::new()), ..Self::numbered() };
        objects.clone().for_each(|it| names.learn_kinds(it));
        for object in objects {
            names.learn(object);
            names.learn_words("", object);
        }
        let mut all = names.collected.take().unwrap_or_default();
        let mut known = BTreeSet::new();
        all.retain(|(_, name)| known.insert(name.clone()));
        // Of thousands of names a small text holds few. What no automaton can find stays.
        let found = AhoCorasick::new(all.iter().map(|it| &it.1)).ok();
        let mut used: BTreeMap<usize, bool> = BTreeMap::new();
        for it in found.iter().flat_map(|it| it.find_overlapping_iter(text)) {
            let goes_on = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '-');
            let is_alone = !goes_on(text[..it.start()].chars().next_back())
                && !goes_on(text[it.end()..].chars().next());
            *used.entry(it.pattern().as_usize()).or_default() |= is_alone;
        }
        let all = all.into_iter().enumerate().filter_map(|(nth, (sort, name))| {
            let is_alone = if found.is_some() { *used.get(&nth)? } else { true };
            Some(NameInUse { sort, name, is_alone })
        });
        all.collect()
    }

    /// Learns names. What was made of one of them, by a controller or for a moment (`web-0`,
    /// `daily-20260915021000`), keeps what stands behind that name.
    pub fn learn_names(&mut self, names: &[NameInUse]) {
        self.finder = None;
        let known = names.iter().map(|it| (it.name.as_str(), it)).collect();
        for it in names {
            self.of_parts(&known, &it.name);
        }
    }

    /// Learns what objects are called, and those that they refer to with a kind.
    fn learn_kinds(&mut self, value: &Value) {
        match value {
            Value::Object(entries) => {
                let own = entries.get("metadata").unwrap_or(value).get("name");
                let kind = entries.get("kind").and_then(Value::as_str);
                if let (Some(kind), Some(name)) = (kind, own.and_then(Value::as_str)) {
                    self.name(&kind.to_lowercase(), name);
                }
                entries.values().for_each(|it| self.learn_kinds(it));
            }
            Value::Array(items) => items.iter().for_each(|it| self.learn_kinds(it)),
            _ => {}
        }
    }

    /// Gives a name its pseudonym, and before that the name of which it was made.
    fn of_parts(&mut self, known: &BTreeMap<&str, &NameInUse>, name: &str) {
        if self.names.contains_key(name) {
            return;
        }
        let sort = known.get(name).map_or("name", |it| it.sort.as_str());
        let parts = name.match_indices('-').map(|(at, _)| (&name[..at], &name[at + 1..])).rev();
        let is_base = |base: &str| known.get(base).is_some_and(|it| it.is_alone);
        let mut parts = parts.filter(|(base, behind)| {
            !base.is_empty() && (is_time(behind) || (is_made(behind) && is_base(base)))
        });
        let Some((base, behind)) = parts.next() else {
            self.made(sort, name);
            return;
        };
        if known.contains_key(base) {
            self.of_parts(known, base);
        }
        let made = format!("{}-{behind}", self.made(sort, base));
        self.names.insert(name.to_owned(), made.clone());
        self.all.insert(made);
    }

    fn learn_words(&mut self, key: &str, value: &Value) {
        match value {
            Value::Object(entries) if LABELS.contains(&key) => {
                for (label, value) in entries {
                    let last = label.rsplit('/').next().unwrap_or(label);
                    let is_common = is_word_label(last) || COMMON_LABELS.contains(&last);
                    match value.as_str() {
                        Some(text) if !is_common && !is_plain(text) => {
                            self.name(&sort_of(last), text);
                        }
                        Some(_) => {}
                        // `matchLabels` stands in a `selector`.
                        None => self.learn_words(label, value),
                    }
                }
            }
            Value::Object(entries) => {
                for (inner, value) in entries {
                    match value {
                        Value::String(image) if inner == "image" => self.image(image),
                        value => self.learn_words(inner, value),
                    }
                }
            }
            Value::Array(items) => {
                for item in items {
                    if let Some(name) = item["name"].as_str().filter(|_| CONTAINERS.contains(&key))
                    {
                        self.name("container", name);
                    }
                    self.learn_words(key, item);
                }
            }
            _ => {}
        }
    }

    /// An image without a host, which the form of an address would show, is of somebody on Docker
    /// Hub.
    fn image(&mut self, image: &str) {
        let name = image.split(['@', ':']).next().unwrap_or(image);
        if let Some((owner, _)) = name.split_once('/')
            && !owner.contains('.')
            && !is_public_image(&format!("/{name}"))
            && service_of(owner).is_none()
        {
            self.name("image", name);
        }
    }

    /// Puts pseudonyms into all texts of a value. What is in it must have been learnt.
    pub fn object(&mut self, value: &mut Value) {
        let finder = self.finder();
        self.value(&finder, value);
    }

    fn value(&mut self, finder: &super::Finder, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.whole(finder, text),
            Value::Array(items) => items.iter_mut().for_each(|it| self.value(finder, it)),
            Value::Object(entries) => entries
                .iter_mut()
                .filter(|it| !TYPES.contains(&it.0.as_str()))
                .for_each(|it| self.value(finder, it.1)),
            _ => {}
        }
    }

    /// What stands in the place of a text that is a name as a whole.
    pub fn name_of(&mut self, text: &str) -> String {
        let finder = self.finder();
        self.whole(&finder, text)
    }

    /// All names that have pseudonyms, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().filter(|it| it.0 != it.1).map(|it| it.0.as_str())
    }
}

/// Whether a text is a number or a truth value, and names nothing.
fn is_plain(text: &str) -> bool {
    text.parse::<f64>().is_ok() || text.parse::<bool>().is_ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// What becomes of an object, where these names stay.
    #[track_caller]
    fn check(kept: &[&str], object: Value, want: Value) {
        let kept = kept.iter().map(|&it| it.to_owned()).collect();
        let mut names = Pseudonyms::numbered().keeping(kept);
        let text = object.to_string();
        names.learn_names(&Pseudonyms::names_in([&object].into_iter(), &text));
        let mut renamed = object;
        names.object(&mut renamed);
        assert_eq!(renamed, want);
    }

    fn pod() -> Value {
        json!({
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                "name": "payments-0",
                "namespace": "erp",
                "labels": {"app": "payments", "app.kubernetes.io/version": "1.2", "count": "3"},
            },
            "spec": {
                "nodeName": "n1",
                "containers": [{"name": "pay-api", "image": "acme/pay-api:1.2"}],
            },
            "status": {"message": "payments-0 of erp waits for n1", "phase": "Pending"},
        })
    }

    #[test]
    fn what_an_object_calls_its_own_has_pseudonyms() {
        check(
            &[],
            pod(),
            json!({
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {
                    "name": "app-1-0",
                    "namespace": "namespace-1",
                    "labels": {"app": "app-1", "app.kubernetes.io/version": "1.2", "count": "3"},
                },
                "spec": {
                    "nodeName": "node-1",
                    "containers": [{"name": "container-1", "image": "image-1:1.2"}],
                },
                "status": {
                    "message": "app-1-0 of namespace-1 waits for node-1", "phase": "Pending",
                },
            }),
        );
    }

    #[test]
    fn names_that_are_kept_stay_everywhere() {
        let object = json!({"kind": "Pod", "metadata": {"name": "a1", "namespace": "b1"}});
        let want = json!({"kind": "Pod", "metadata": {"name": "a1", "namespace": "namespace-1"}});
        check(&["a1"], object, want);
        let object = json!({"metadata": {"name": "b1", "namespace": "b1-x1"}});
        let want = json!({"metadata": {"name": "object-1", "namespace": "b1-x1"}});
        check(&["b1-x1"], object, want);
    }

    #[test]
    fn a_selector_still_selects() {
        let selector = json!({"selector": {"app": "web", "matchLabels": {"team": "red-one"}}});
        let object = json!({"kind": "Service", "metadata": {"name": "s1"}, "spec": selector});
        let selector = json!({"selector": {"app": "app-1", "matchLabels": {"team": "team-1"}}});
        let want = json!({"kind": "Service", "metadata": {"name": "service-1"}, "spec": selector});
        check(&[], object, want);
    }

    #[test]
    fn an_object_is_called_after_its_own_kind() {
        let event = json!({
            "kind": "Event",
            "metadata": {"name": "vault-dr.18d5", "namespace": "erp"},
            "involvedObject": {"kind": "Vault", "name": "vault-dr"},
        });
        let want = json!({
            "kind": "Event",
            "metadata": {"name": "event-1", "namespace": "namespace-1"},
            "involvedObject": {"kind": "Vault", "name": "vault-1"},
        });
        check(&[], event, want);
    }

    #[test]
    fn what_was_made_of_a_name_keeps_what_stands_behind_it() {
        let list = |names: [&str; 5]| {
            let kinds = ["Pod", "Plan", "Backup", "Backup", "Pod"].into_iter().zip(names);
            let object = |(kind, name)| json!({"kind": kind, "metadata": {"name": name}});
            json!({"items": kinds.map(object).collect::<Vec<_>>()})
        };
        check(
            &[],
            list([
                "erp-db-0",
                "nightly-x1",
                "nightly-x1-20260915021000",
                "by-hand-20260915",
                "erp-db",
            ]),
            list(["pod-1-0", "plan-1", "plan-1-20260915021000", "backup-1-20260915", "pod-1"]),
        );
        // Nothing is known by what stands before the number.
        check(&[], list(["a1-0", "b1", "c1", "d1", "e1"]), {
            list(["pod-1", "plan-1", "backup-1", "backup-2", "pod-2"])
        });
    }

    #[test]
    fn when_something_is_done_is_no_name() {
        let object = json!({"kind": "Schedule", "metadata": {}, "spec": {"schedule": "0 2 * * *"}});
        check(&[], object.clone(), object);
    }

    #[test]
    fn components_that_everybody_has_stay() {
        let velero = json!({
            "kind": "Pod",
            "metadata": {"name": "velero-6bf7d4cf9c-x2b7k", "labels": {"component": "velero"}},
            "spec": {"containers": [{"name": "velero", "image": "velero/velero:v1.14"}]},
        });
        check(&[], velero.clone(), velero);
    }
}
