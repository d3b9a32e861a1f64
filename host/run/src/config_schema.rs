//! The JSON Schema of a configuration, by which editors complete and check it.

use rulebox_core::PackInfo;
use schemars::{Schema, generate::SchemaSettings, transform::RecursiveTransform};
use serde_json::{Map, Value, json};

use crate::Config;

/// Where the schema says what an entry for some namespaces may hold.
const OF_NAMESPACES: [&str; 3] = ["$defs", "OfNamespaces", "properties"];

/// The schema (draft 2020-12) of what [`Config::from_value`] reads. Of these packs it also knows
/// the settings, and the rules. What it refuses is refused; what it cannot say, such as that a rule
/// is not there, is found by a run.
pub fn config_schema(packs: &[&PackInfo]) -> Value {
    let settings =
        SchemaSettings::draft2020_12().with_transform(RecursiveTransform(unwrap_description));
    let mut schema = settings.into_generator().into_root_schema_for::<Config>().to_value();
    for pack in packs {
        let place = format!("settings-{}", pack.name);
        let mut own: Value = serde_json::from_str(&pack.settings_schema).unwrap_or(json!({}));
        if let Value::Object(own) = &mut own {
            own.remove("$schema");
        }
        move_references(&mut own, &format!("#/$defs/{place}"));
        let reference = json!({"$ref": format!("#/$defs/{place}")});
        *at(&mut schema, &["$defs", &place]) = own;
        for settings in [&["properties"][..], &OF_NAMESPACES] {
            let place = [settings, &["settings", "properties", &pack.name]].concat();
            // Where settings are changed alone, those that must be there need not be.
            let is_whole = settings.len() == 1;
            *at(&mut schema, &place) = if is_whole { reference.clone() } else { json!({}) };
        }
        let limits = json!({"$ref": "#/$defs/LimitsOfPack"});
        *at(&mut schema, &["properties", "limits", "properties", &pack.name]) = limits;
    }
    let rules = || packs.iter().flat_map(|pack| pack.rules.iter().map(|it| (&pack.name, it)));
    for (pack, rule) in rules() {
        let severity = json!({"$ref": "#/$defs/Severity", "description": rule.summary});
        for name in [rule.id.clone(), format!("{pack}/{}", rule.id)] {
            for severities in [&["properties"][..], &OF_NAMESPACES] {
                let place = [severities, &["severities", "properties", &name]].concat();
                *at(&mut schema, &place) = severity.clone();
            }
        }
    }
    if !packs.is_empty() {
        let short = rules().map(|it| it.1.id.clone());
        let long = rules().map(|(pack, rule)| format!("{pack}/{}", rule.id));
        let names: Vec<_> = short.chain(long).collect();
        *at(&mut schema, &["$defs", "Suppression", "properties", "rule", "examples"]) =
            names.into();
    }
    schema
}

/// The value behind these keys, which are made where they are missing.
fn at<'v>(value: &'v mut Value, keys: &[&str]) -> &'v mut Value {
    keys.iter().fold(value, |value, key| {
        if !value.is_object() {
            *value = Value::Object(Map::new());
        }
        &mut value[*key]
    })
}

/// The schema of a pack refers to its own parts alone: where it stands in another, from that one's
/// root.
fn move_references(schema: &mut Value, root: &str) {
    match schema {
        Value::Object(fields) => {
            for (key, field) in fields {
                match field {
                    Value::String(target) if key == "$ref" => {
                        *target = target.replacen('#', root, 1);
                    }
                    field => move_references(field, root),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|it| move_references(it, root)),
        _ => {}
    }
}

/// A description is one line, however the comment that it comes from is wrapped.
fn unwrap_description(schema: &mut Schema) {
    if let Some(Value::String(text)) = schema.get_mut("description") {
        *text = text.replace('\n', " ");
    }
}

#[cfg(test)]
mod tests {
    use rulebox_core::{RuleInfo, Severity};

    use super::*;

    fn pack() -> PackInfo {
        let rule = RuleInfo {
            id: "disk-full".to_owned(),
            severity: Severity::High,
            summary: "A disk is full".to_owned(),
            documentation: String::new(),
            requires: Vec::new(),
            consults: Vec::new(),
        };
        let settings_schema = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "additionalProperties": false,
            "properties": {"hours": {"$ref": "#/$defs/Hours"}, "inner": {"$ref": "#"}},
            "$defs": {"Hours": {"type": "integer", "minimum": 1}},
        })
        .to_string();
        PackInfo {
            name: "org".to_owned(),
            rules: vec![rule],
            settings_schema,
            ..Default::default()
        }
    }

    #[track_caller]
    fn check(value: &Value, fits: bool) {
        let schema = config_schema(&[&pack()]);
        jsonschema::draft202012::meta::validate(&schema).expect("it is one of draft 2020-12");
        let validator = jsonschema::draft202012::new(&schema).expect("it compiles");
        let errors: Vec<_> = validator.iter_errors(value).map(|it| it.to_string()).collect();
        assert_eq!(errors.is_empty(), fits, "{value}: {errors:?}");
    }

    #[test]
    fn settings_are_those_of_their_pack() {
        check(&json!({"settings": {"org": {"hours": 6}}}), true);
        check(&json!({"settings": {"org": {"hours": 0}}}), false);
        check(&json!({"settings": {"org": {"minutes": 6}}}), false);
        check(&json!({"settings": {"org": {"inner": {"inner": {"hours": 1}}}}}), true);
        check(&json!({"settings": {"org": {"inner": {"inner": {"hours": 0}}}}}), false);
        // It may be of a pack that another run loads.
        check(&json!({"settings": {"other": {"anything": 6}}}), true);
    }

    #[test]
    fn rules_are_offered_and_others_may_be_named() {
        check(&json!({"severities": {"disk-full": "low"}}), true);
        check(&json!({"severities": {"disk-full": "grave"}}), false);
        check(&json!({"severities": {"org/disk-full": "low", "other": "high"}}), true);
        check(&json!({"suppressions": [{"rule": "other", "reason": "known"}]}), true);
        let schema = config_schema(&[&pack()]);
        let offered = &schema["$defs"]["Suppression"]["properties"]["rule"]["examples"];
        assert_eq!(offered, &json!(["disk-full", "org/disk-full"]));
        check(&json!({"severities": {"org/disk-full": "grave"}}), false);
    }

    #[test]
    fn entries_for_namespaces_know_packs_and_rules() {
        let entry = |key: &str, value: Value| json!({"namespaces": [{"names": ["a"], key: value}]});
        check(&entry("settings", json!({"org": {"hours": 6}})), true);
        check(&entry("settings", json!({"org": {"hours": null}})), true);
        check(&entry("severities", json!({"org/disk-full": "low"})), true);
        check(&entry("severities", json!({"disk-full": "grave"})), false);
        check(&json!({"limits": {"org": {"memory": "1Gi"}, "other": {"findings": 1}}}), true);
        check(&json!({"limits": {"org": {"memory": "8Gi"}}}), false);
        let schema = config_schema(&[&pack()]);
        let offered = &schema["$defs"]["OfNamespaces"]["properties"]["settings"]["properties"];
        assert!(offered["org"].is_object());
    }
}
