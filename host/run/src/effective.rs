//! What a run goes by: the configuration as it was written, and for the rest the defaults of the
//! packs and of Rulebox; and of each value, where it comes from.

use serde_json::{Map, Value, json};

use crate::{FailOn, Merged, Plan};

/// The configuration of a run with all its defaults. It is a configuration, too.
#[derive(Debug)]
pub struct Effective<'m> {
    merged: &'m Merged,
    value: Value,
}

/// Where a value of the effective configuration comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// From a configuration; [`Merged::origin`] says from which.
    Written,
    /// It is a default of this pack.
    Pack(String),
    /// It is a default of Rulebox.
    Rulebox,
}

impl<'m> Effective<'m> {
    /// What a plan goes by that was made of this configuration. Severities and limits stand in it
    /// where they were written: the others are those of the rules and of the command line.
    pub fn of(merged: &'m Merged, plan: &Plan) -> Self {
        let mut value = match merged.value() {
            Value::Object(fields) => fields.clone(),
            _ => Map::new(),
        };
        let defaults = [
            ("failOn", json!(FailOn::default().to_string())),
            ("failOnNoData", json!(false)),
            ("annotations", json!(true)),
        ];
        for (key, default) in defaults {
            value.entry(key).or_insert(default);
        }
        let mut settings = match value.remove("settings") {
            Some(Value::Object(settings)) => settings,
            _ => Map::new(),
        };
        for (pack, complete) in plan.settings() {
            // Of a pack that takes none, nothing is said.
            if let Value::Object(fields) = complete
                && (!fields.is_empty() || settings.contains_key(pack))
            {
                settings.insert(pack.to_owned(), Value::Object(fields));
            }
        }
        if !settings.is_empty() {
            value.insert("settings".to_owned(), Value::Object(settings));
        }
        Self { merged, value: Value::Object(value) }
    }

    /// All of it.
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// Where the value at a place comes from.
    pub fn source(&self, place: &[String]) -> Source {
        let written = self.merged.origin(place).is_some_and(|it| it.exact);
        match place {
            _ if written => Source::Written,
            [settings, pack, ..] if settings == "settings" => Source::Pack(pack.clone()),
            _ => Source::Rulebox,
        }
    }

    /// Each value that holds no others, with its place: keys, and numbers from 0 in lists.
    pub fn leaves(&self) -> Vec<(Vec<String>, &Value)> {
        let mut leaves = Vec::new();
        collect(&self.value, &mut Vec::new(), &mut leaves);
        leaves
    }
}

fn collect<'v>(
    value: &'v Value,
    place: &mut Vec<String>,
    leaves: &mut Vec<(Vec<String>, &'v Value)>,
) {
    let below: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields.iter().map(|(key, it)| (key.clone(), it)).collect(),
        Value::Array(items) => (0..).map(|nth: usize| nth.to_string()).zip(items).collect(),
        _ => Vec::new(),
    };
    if below.is_empty() {
        leaves.push((place.clone(), value));
    }
    for (key, value) in below {
        place.push(key);
        collect(value, place, leaves);
        place.pop();
    }
}
