//! Counts how often a validator holds parts of a schema against parts of settings, before it does:
//! small schemas can ask for more than ever ends.

use serde_json::{Map, Value};

use crate::limits::settings::COMPARISONS;

/// How deep a schema and its references are followed into settings. Both nest at most 128 deep.
const DEPTH: usize = 1000;

/// Whether it is no more than the limit.
pub(crate) fn few(schema: &Value, settings: &Value) -> bool {
    Comparisons { root: schema, left: COMPARISONS }.count(schema, settings, 0).is_some()
}

/// Counts how often parts of a schema are held against parts of settings, as a validator does it.
struct Comparisons<'a> {
    root: &'a Value,
    left: usize,
}

impl Comparisons<'_> {
    /// Counts what is compared for `value`; none where it is too much.
    fn count(&mut self, schema: &Value, value: &Value, depth: usize) -> Option<()> {
        /// Schemas that apply to the same value.
        const SAME: [&str; 4] = ["not", "if", "then", "else"];
        const SAME_LISTS: [&str; 3] = ["allOf", "anyOf", "oneOf"];
        /// Schemas, by name, that may apply to the same value.
        const SAME_MAPS: [&str; 2] = ["dependentSchemas", "dependencies"];
        /// Schemas that apply to every value in this one, at most.
        const EACH: [&str; 7] = [
            "propertyNames",
            "additionalProperties",
            "unevaluatedProperties",
            "items",
            "additionalItems",
            "unevaluatedItems",
            "contains",
        ];
        let choices = schema.get("enum").and_then(Value::as_array).map_or(0, Vec::len);
        let depth = depth + 1;
        self.left = self.left.checked_sub(1 + choices).filter(|_| depth <= DEPTH)?;
        let Value::Object(schema) = schema else { return Some(()) };
        if let Some(target) = schema.get("$ref").and_then(Value::as_str) {
            let target = target.strip_prefix('#').and_then(|it| self.root.pointer(it));
            if let Some(target) = target {
                self.count(target, value, depth)?;
            }
        }
        for schema in SAME.iter().filter_map(|it| schema.get(*it)) {
            self.count(schema, value, depth)?;
        }
        let lists = SAME_LISTS.iter().filter_map(|it| schema.get(*it)?.as_array());
        for schema in lists.flatten() {
            self.count(schema, value, depth)?;
        }
        let maps = SAME_MAPS.iter().filter_map(|it| schema.get(*it)?.as_object());
        for schema in maps.flat_map(Map::values) {
            self.count(schema, value, depth)?;
        }
        for inner in children(value) {
            for schema in EACH.iter().filter_map(|it| schema.get(*it)) {
                self.count(schema, inner, depth)?;
            }
            let patterns = schema.get("patternProperties").and_then(Value::as_object);
            for schema in patterns.into_iter().flat_map(Map::values) {
                self.count(schema, inner, depth)?;
            }
        }
        if let (Some(schemas), Value::Object(object)) =
            (schema.get("properties").and_then(Value::as_object), value)
        {
            for (key, inner) in object {
                if let Some(schema) = schemas.get(key) {
                    self.count(schema, inner, depth)?;
                }
            }
        }
        // In older drafts a list of `items` has one schema for each position.
        for key in ["prefixItems", "items"] {
            if let (Some(Value::Array(schemas)), Value::Array(items)) = (schema.get(key), value) {
                for (schema, inner) in schemas.iter().zip(items) {
                    self.count(schema, inner, depth)?;
                }
            }
        }
        Some(())
    }
}

fn children(value: &Value) -> Box<dyn Iterator<Item = &Value> + '_> {
    match value {
        Value::Array(items) => Box::new(items.iter()),
        Value::Object(object) => Box::new(object.values()),
        _ => Box::new(std::iter::empty()),
    }
}
