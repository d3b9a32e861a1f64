//! Several configurations as one: that of an organisation, of a team, of a cluster. A later one
//! wins, by RFC 7396 (JSON Merge Patch): keys are merged, any other value takes the place of what
//! stood there, and null takes it away. Lists of what is known, secret, or said of namespaces are
//! joined, the earlier first: no team takes away by accident what the organisation says.
//!
//! Which files hold them, and that these are YAML, is not known here.

use rulebox_core::text::escaped;
use serde_json::{Map, Value};

use crate::{Config, RunError};

/// The lists of a configuration that are joined. All other lists are values.
const JOINED: [&str; 5] = ["suppressions", "redact", "namespaces", "registries", "signatures"];

/// One of several configurations.
#[derive(Debug, Clone, PartialEq)]
pub struct Layer {
    /// What people call it: the path of its file.
    pub name: String,
    /// As it was written; null where it says nothing.
    pub value: Value,
}

/// Several configurations as one, and where each value comes from.
#[derive(Debug, Clone, Default)]
pub struct Merged {
    layers: Vec<Layer>,
    value: Value,
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Which of the configurations, from 0.
    pub layer: usize,
    /// Where in it: keys, and numbers from 0 in lists.
    pub place: Vec<String>,
    /// Whether the value itself stands there, and not only what is nearest around it.
    pub exact: bool,
}

impl Merged {
    /// Merges configurations, in their order. Each must be one by itself; an error says which is
    /// none, and where in it.
    pub fn of(layers: Vec<Layer>) -> Result<Self, (usize, RunError)> {
        let mut value = Value::Null;
        for (nth, layer) in layers.iter().enumerate() {
            // In the first there is nothing to take away, so that null is a value there.
            let alone = if nth == 0 { layer.value.clone() } else { without_nulls(&layer.value) };
            Config::from_value(alone).map_err(|it| (nth, it))?;
            if nth == 0 {
                value = layer.value.clone();
            } else if !layer.value.is_null() {
                patch(&mut value, &layer.value, true);
            }
        }
        Ok(Self { layers, value })
    }

    /// All of them as one value.
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// All of them as one configuration. The place of an error is that in the whole.
    pub fn config(&self) -> Result<Config, RunError> {
        let mut config = Config::from_value(self.value.clone())?;
        if self.layers.len() > 1 {
            for (nth, it) in config.suppressions.iter_mut().enumerate() {
                let place = ["suppressions".to_owned(), nth.to_string()];
                if let Some(Origin { layer, place, .. }) = self.origin(&place) {
                    let (name, nth) = (&self.layers[layer].name, &place[1]);
                    it.place = escaped(format!("{name}: suppressions[{nth}]"));
                }
            }
        }
        Ok(config)
    }

    /// Where the value at a place of the whole comes from, or the nearest around it that is there.
    /// None where nothing was configured.
    pub fn origin(&self, place: &[String]) -> Option<Origin> {
        let depths = (0..=place.len()).rev();
        let depth = depths.into_iter().find(|it| get(&self.value, &place[..*it]).is_some())?;
        let (within, exact) = (&place[..depth], depth == place.len());
        let joined = within.split_first().filter(|it| JOINED.contains(&it.0.as_str()));
        if let Some((list, [nth, rest @ ..])) = joined {
            let (layer, nth) = *self.items(list).get(nth.parse::<usize>().ok()?)?;
            let place = [list.clone(), nth.to_string()].into_iter().chain(rest.iter().cloned());
            return Some(Origin { layer, place: place.collect(), exact });
        }
        let says = |(nth, it): &(usize, &Layer)| {
            get(&it.value, within).is_some_and(|it| *nth == 0 || !it.is_null())
        };
        let (layer, _) = self.layers.iter().enumerate().rev().find(says)?;
        Some(Origin { layer, place: within.to_vec(), exact })
    }

    /// Which item of which configuration each item of a joined list is.
    fn items(&self, list: &str) -> Vec<(usize, usize)> {
        let mut items = Vec::new();
        for (layer, it) in self.layers.iter().enumerate() {
            match it.value.get(list) {
                Some(Value::Array(own)) => items.extend((0..own.len()).map(|nth| (layer, nth))),
                Some(Value::Null) => items.clear(),
                _ => {}
            }
        }
        items
    }
}

/// Changes a value as a later configuration says. `root`: whether it is a whole configuration.
fn patch(target: &mut Value, later: &Value, root: bool) {
    let Value::Object(later) = later else {
        *target = later.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(target) = target else { return };
    for (key, value) in later {
        match (target.get_mut(key), value) {
            (_, Value::Null) => drop(target.remove(key)),
            (Some(Value::Array(own)), Value::Array(more))
                if root && JOINED.contains(&key.as_str()) =>
            {
                own.extend(more.iter().cloned());
            }
            (Some(own), value) => patch(own, value, false),
            (None, value) => drop(target.insert(key.clone(), without_nulls(value))),
        }
    }
}

/// What another value says where nothing stood before.
pub(crate) fn merge(target: &mut Value, later: &Value) {
    patch(target, later, false);
}

/// Without the keys whose value is null: there is nothing that they could take away.
fn without_nulls(value: &Value) -> Value {
    let Value::Object(fields) = value else { return value.clone() };
    let fields = fields.iter().filter(|it| !it.1.is_null());
    Value::Object(fields.map(|(key, value)| (key.clone(), without_nulls(value))).collect())
}

/// The value at a place.
fn get<'v>(value: &'v Value, place: &[String]) -> Option<&'v Value> {
    place.iter().try_fold(value, |value, key| match value {
        Value::Object(fields) => fields.get(key),
        Value::Array(items) => items.get(key.parse::<usize>().ok()?),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn merged(values: &[Value]) -> Merged {
        let names = ["org.yaml", "team.yaml", "cluster.yaml"];
        let layers = names
            .iter()
            .zip(values)
            .map(|(name, value)| Layer { name: (*name).to_owned(), value: value.clone() });
        Merged::of(layers.collect()).expect("each is a configuration")
    }

    #[track_caller]
    fn check(values: &[Value], want: &Value) {
        assert_eq!(merged(values).value(), want);
    }

    #[test]
    fn keys_are_merged_and_a_later_one_wins() {
        let org = json!({"failOn": "high", "settings": {"a": {"x": 1, "list": [1, 2]}}});
        let team = json!({"failOn": "low", "settings": {"a": {"list": [3]}, "b": {"y": 2}}});
        let want =
            json!({"failOn": "low", "settings": {"a": {"x": 1, "list": [3]}, "b": {"y": 2}}});
        check(&[org.clone(), team], &want);
        check(&[org.clone(), Value::Null, json!({})], &org);
        check(&[Value::Null, org.clone()], &org);
    }

    #[test]
    fn null_takes_away_what_an_earlier_one_says() {
        let org = json!({"failOn": "high", "settings": {"a": {"x": 1, "y": null}}});
        let team = json!({"failOn": null, "settings": {"a": {"x": null}, "b": {"z": null}}});
        check(&[org.clone(), team], &json!({"settings": {"a": {"y": null}, "b": {}}}));
        check(&[org.clone(), json!({"settings": null})], &json!({"failOn": "high"}));
        // In the first it is a value.
        check(std::slice::from_ref(&org), &org);
    }

    fn suppress(rule: &str) -> Value {
        json!({"rule": rule, "reason": "known"})
    }

    #[test]
    fn lists_of_what_is_known_are_joined() {
        let known = |rules: &[&str]| {
            let all: Vec<_> = rules.iter().map(|it| suppress(it)).collect();
            json!({"suppressions": all, "redact": [{"pattern": rules[0]}]})
        };
        let want = json!({
            "suppressions": [suppress("a"), suppress("b"), suppress("c")],
            "redact": [{"pattern": "a"}, {"pattern": "b"}],
        });
        check(&[known(&["a"]), known(&["b", "c"])], &want);
        let none = json!({"suppressions": null, "redact": null});
        check(&[known(&["a"]), none, known(&["b", "c"])], &known(&["b", "c"]));
    }

    /// Where a value of two configurations comes from: `team.yaml settings/a/x`.
    #[track_caller]
    fn check_origin(place: &[&str], want: &str) {
        let org = json!({
            "failOn": "high", "settings": {"a": {"x": 1, "y": [1, 2]}},
            "suppressions": [suppress("a"), suppress("b")],
        });
        let team = json!({
            "settings": {"a": {"x": 2}}, "suppressions": [suppress("c")], "annotations": false,
        });
        let merged = merged(&[org, team]);
        let place: Vec<_> = place.iter().map(|&it| it.to_owned()).collect();
        let origin = merged.origin(&place).map(|it| {
            let near = if it.exact { "" } else { "near " };
            format!("{near}{} {}", merged.layers[it.layer].name, it.place.join("/"))
        });
        assert_eq!(origin.unwrap_or_default(), want);
    }

    #[test]
    fn each_value_comes_from_somewhere() {
        check_origin(&["failOn"], "org.yaml failOn");
        check_origin(&["annotations"], "team.yaml annotations");
        check_origin(&["settings", "a", "x"], "team.yaml settings/a/x");
        check_origin(&["settings", "a", "y", "1"], "org.yaml settings/a/y/1");
        check_origin(&["settings", "a", "z"], "near team.yaml settings/a");
        check_origin(&["suppressions", "1", "rule"], "org.yaml suppressions/1/rule");
        check_origin(&["suppressions", "2", "rule"], "team.yaml suppressions/0/rule");
        check_origin(&["suppressions", "2", "name"], "near team.yaml suppressions/0");
        check_origin(&["suppressions", "3"], "near team.yaml suppressions");
    }

    #[test]
    fn each_must_be_one_by_itself() {
        let layer = |value| Layer { name: String::new(), value };
        let wrong = json!({"suppressions": [{"rule": "a"}]});
        let (nth, error) = Merged::of(vec![layer(json!({})), layer(wrong)]).expect_err("no reason");
        assert_eq!(nth, 1);
        assert_eq!(error.place.expect("a place"), ["suppressions", "0"]);
        let (nth, _) = Merged::of(vec![layer(json!({"failOn": null}))]).expect_err("no word");
        assert_eq!(nth, 0);
    }

    #[test]
    fn a_suppression_is_told_by_its_own_place() {
        let known = |rule: &str| json!({"suppressions": [suppress(rule)]});
        let config = merged(&[known("a"), known("b")]).config().expect("a configuration");
        let places: Vec<_> = config.suppressions.iter().map(|it| it.place.as_str()).collect();
        assert_eq!(places, ["org.yaml: suppressions[0]", "team.yaml: suppressions[0]"]);
        let config = merged(&[known("a")]).config().expect("a configuration");
        assert_eq!(config.suppressions[0].place, "suppressions[0]");
    }
}
