//! A pack's settings: the user's, checked against the pack's JSON Schema, and the schema's defaults
//! for the rest.
//!
//! A schema is the pack's word, and small ones can stand for much: a part that refers to two others
//! that refer to two others, a long default in a thousand places. So a schema has limits, what is
//! filled in has a budget, and before settings are held against a schema it is counted how often
//! that would happen.

use std::{collections::HashSet, thread};

use jsonschema::{PatternOptions, Validator};
use serde_json::{Map, Value};

use crate::{
    SettingsError, comparisons,
    error::cut,
    limits::{report::MESSAGE_BYTES, settings as limits},
    settings_error::described,
};

/// How deep defaults are filled in. A schema may refer to itself; no configuration is that deep.
const DEPTH: usize = 32;

/// Stack for `jsonschema`, which follows references by recursion: as many as a schema may have,
/// each behind a hundred parts in each other.
const STACK_BYTES: usize = 256 << 20;

/// What is wrong with a schema, as an error. An empty text says that the pack has no settings.
pub(crate) fn check_schema(schema: &str) -> Result<(), String> {
    let Some(schema) = parse(schema)? else {
        return Ok(());
    };
    if !schema.is_object() {
        return Err("its settings schema is no JSON object".to_owned());
    }
    on_a_deep_stack(|| validator(&schema).map(|_| ()))?
}

/// The settings of a run, as compact JSON.
pub(crate) fn complete(schema: &str, user: Option<&Value>) -> Result<String, SettingsError> {
    let schema = parse(schema).map_err(|reason| SettingsError::Schema { reason })?;
    let Some(schema) = schema else {
        let none = user.is_none_or(|it| it.is_null() || it.as_object().is_some_and(Map::is_empty));
        return if none { Ok("{}".to_owned()) } else { Err(SettingsError::NoSettings) };
    };
    let user = user.filter(|it| !it.is_null());
    let mut settings = user.cloned().unwrap_or_else(|| Value::Object(Map::new()));
    let mut filler = Filler { root: &schema, steps: limits::STEPS, bytes: limits::DEFAULT_BYTES };
    filler.fill(&schema, &mut settings, DEPTH)?;
    // The author of the schema has tested that the defaults alone fit. A required setting without a
    // default shows here.
    if user.is_some() || lacks_required(&schema, &settings) {
        on_a_deep_stack(|| validate(&schema, &settings))
            .map_err(|reason| SettingsError::Schema { reason })??;
    }
    Ok(settings.to_string())
}

/// Reads a schema within its limits. It stands alone: it refers to itself by `#` and `#/…` only, so
/// that what it stands for can be counted.
fn parse(schema: &str) -> Result<Option<Value>, String> {
    if schema.trim().is_empty() {
        return Ok(None);
    }
    let at_most = |what: &str, found: usize, limit: usize| {
        let problem = || format!("its settings schema has {found} {what}; the limit is {limit}");
        if found > limit { Err(problem()) } else { Ok(()) }
    };
    at_most("bytes", schema.len(), limits::SCHEMA_BYTES)?;
    let parsed: Value = serde_json::from_str(schema)
        .map_err(|error| format!("its settings schema is no JSON: {error}"))?;
    let (mut nodes, mut patterns, mut references) = (0, 0, HashSet::new());
    let mut rest = vec![&parsed];
    while let Some(value) = rest.pop() {
        nodes += 1;
        match value {
            Value::Object(object) => {
                for (key, value) in object {
                    match (key.as_str(), value) {
                        ("$ref", Value::String(target)) => {
                            check_local(target)?;
                            references.insert(target.as_str());
                        }
                        ("$dynamicRef" | "$recursiveRef", Value::String(target)) => {
                            return Err(refers(key, target));
                        }
                        ("$id", Value::String(target)) if !std::ptr::eq(object, root(&parsed)) => {
                            return Err(refers(key, target));
                        }
                        ("pattern", Value::String(_)) => patterns += 1,
                        ("patternProperties", Value::Object(of)) => patterns += of.len(),
                        _ => {}
                    }
                    rest.push(value);
                }
            }
            Value::Array(items) => rest.extend(items),
            _ => {}
        }
    }
    at_most("parts", nodes, limits::SCHEMA_NODES)?;
    at_most("references", references.len(), limits::REFERENCES)?;
    at_most("regular expressions", patterns, limits::PATTERNS)?;
    Ok(Some(parsed))
}

fn root(schema: &Value) -> *const Map<String, Value> {
    schema.as_object().map_or(std::ptr::null(), std::ptr::from_ref)
}

fn check_local(target: &str) -> Result<(), String> {
    let local = target == "#" || target.starts_with("#/");
    if local { Ok(()) } else { Err(refers("$ref", target)) }
}

fn refers(key: &str, target: &str) -> String {
    format!(
        "its settings schema is no JSON Schema that stands alone: `{key}` is `{}`; refer to its \
         own parts by `#/…`",
        crate::error::cut_name(target)
    )
}

/// Compiles a schema. Its regular expressions are those of the crate `regex`, which look at each
/// character once.
fn validator(schema: &Value) -> Result<Validator, String> {
    let patterns = PatternOptions::regex()
        .size_limit(limits::PATTERN_BYTES)
        .dfa_size_limit(limits::PATTERN_BYTES);
    let compiled = jsonschema::options().with_pattern_options(patterns).build(schema);
    compiled.map_err(|error| {
        cut(&format!("its settings schema is no JSON Schema: {error}"), MESSAGE_BYTES)
    })
}

/// Runs this on a stack on which the references of a schema can be followed.
fn on_a_deep_stack<R: Send>(work: impl FnOnce() -> R + Send) -> Result<R, String> {
    thread::scope(|scope| {
        let thread = thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, work);
        let thread = thread.map_err(|error| {
            format!("its settings schema cannot be read: the host has no thread for it: {error}")
        })?;
        Ok(thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })
}

fn validate(schema: &Value, settings: &Value) -> Result<(), SettingsError> {
    if !comparisons::few(schema, settings) {
        let (what, limit) = ("comparisons with its schema", limits::COMPARISONS);
        return Err(SettingsError::TooMuch { what, limit });
    }
    let schema = &mut schema.clone();
    bound(schema);
    let validator = validator(schema).map_err(|reason| SettingsError::Schema { reason })?;
    let problems = validator.iter_errors(settings).flat_map(|it| described(schema, &it));
    let mut problems: Vec<_> = problems.take(limits::PROBLEMS).collect();
    problems.sort();
    if problems.is_empty() { Ok(()) } else { Err(SettingsError::Invalid { problems }) }
}

/// Gives numbers whose `format` says how many bits they have in the guest the ends that follow from
/// it. To validators a format is only a word, and the guest would fail on a larger number.
fn bound(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            let ends = match object.get("format").and_then(Value::as_str) {
                Some("uint8") => Some((0, i64::from(u8::MAX))),
                Some("uint16") => Some((0, i64::from(u16::MAX))),
                Some("uint32") => Some((0, i64::from(u32::MAX))),
                Some("int8") => Some((i64::from(i8::MIN), i64::from(i8::MAX))),
                Some("int16") => Some((i64::from(i16::MIN), i64::from(i16::MAX))),
                Some("int32") => Some((i64::from(i32::MIN), i64::from(i32::MAX))),
                _ => None,
            };
            if let Some((least, most)) = ends {
                object.entry("minimum").or_insert(least.into());
                object.entry("maximum").or_insert(most.into());
            }
            object.values_mut().for_each(bound);
        }
        Value::Array(items) => items.iter_mut().for_each(bound),
        _ => {}
    }
}

fn lacks_required(schema: &Value, settings: &Value) -> bool {
    let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
    required.filter_map(Value::as_str).any(|it| settings.get(it).is_none())
}

/// Fills defaults in.
struct Filler<'a> {
    /// What `$ref` refers to.
    root: &'a Value,
    /// Parts of the schema that may still be looked at.
    steps: usize,
    /// Bytes of defaults that may still be filled in.
    bytes: usize,
}

impl<'a> Filler<'a> {
    /// Fills the defaults of `schema` in where `value` has nothing, at every depth.
    fn fill(
        &mut self,
        schema: &'a Value,
        value: &mut Value,
        depth: usize,
    ) -> Result<(), SettingsError> {
        let Some(depth) = depth.checked_sub(1) else {
            return Ok(());
        };
        for schema in self.parts(schema)? {
            match value {
                Value::Object(object) => self.fill_object(schema, object, depth)?,
                Value::Array(items) => {
                    if let Some(schema) = schema.get("items") {
                        for it in items {
                            self.fill(schema, it, depth)?;
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn fill_object(
        &mut self,
        schema: &'a Value,
        object: &mut Map<String, Value>,
        depth: usize,
    ) -> Result<(), SettingsError> {
        let properties = schema.get("properties").and_then(Value::as_object);
        for (key, schema) in properties.into_iter().flatten() {
            if let Some(value) = object.get_mut(key) {
                self.fill(schema, value, depth)?;
            } else if let Some(value) = self.default(schema, depth)? {
                self.take_bytes(size_of::<(String, Value)>() + key.len())?;
                object.insert(key.clone(), value);
            }
        }
        if let Some(schema @ Value::Object(_)) = schema.get("additionalProperties") {
            for (key, value) in object {
                if properties.is_none_or(|it| !it.contains_key(key)) {
                    self.fill(schema, value, depth)?;
                }
            }
        }
        Ok(())
    }

    /// The default of a property that is not given: its own, or those of its properties.
    fn default(&mut self, schema: &'a Value, depth: usize) -> Result<Option<Value>, SettingsError> {
        let parts = self.parts(schema)?;
        let given = parts.iter().find_map(|it| it.get("default"));
        let nested = || parts.iter().any(|it| it.get("properties").is_some());
        let mut value = match given {
            Some(value) => {
                self.take_bytes(size(value))?;
                value.clone()
            }
            None if nested() => Value::Object(Map::new()),
            None => return Ok(None),
        };
        let empty = value.as_object().is_some_and(Map::is_empty);
        self.fill(schema, &mut value, depth)?;
        let unasked = empty && given.is_none();
        let still_empty = value.as_object().is_some_and(Map::is_empty);
        Ok((!(unasked && still_empty)).then_some(value))
    }

    /// A schema and those that apply beside it, each once.
    fn parts(&mut self, schema: &'a Value) -> Result<Vec<&'a Value>, SettingsError> {
        let mut parts = vec![schema];
        let mut seen = HashSet::from([std::ptr::from_ref(schema)]);
        let mut at = 0;
        while let Some(&part) = parts.get(at) {
            at += 1;
            let more =
                beside(self.root, part).inspect(|_| self.steps = self.steps.saturating_sub(1));
            parts.extend(more.filter(|it| seen.insert(std::ptr::from_ref(*it))));
            self.steps = self.steps.saturating_sub(1);
            if self.steps == 0 {
                let (what, limit) = ("parts of its schema to look at", limits::STEPS);
                return Err(SettingsError::TooMuch { what, limit });
            }
        }
        Ok(parts)
    }

    fn take_bytes(&mut self, bytes: usize) -> Result<(), SettingsError> {
        let (what, limit) = ("bytes of defaults", limits::DEFAULT_BYTES);
        let left = self.bytes.checked_sub(bytes);
        self.bytes = left.ok_or(SettingsError::TooMuch { what, limit })?;
        Ok(())
    }
}

/// The schemas that apply beside this one: the target of `$ref` inside the same schema, and the
/// parts of `allOf`.
fn beside<'a>(root: &'a Value, schema: &'a Value) -> impl Iterator<Item = &'a Value> {
    let all_of = schema.get("allOf").and_then(Value::as_array).into_iter().flatten();
    target(root, schema).into_iter().chain(all_of)
}

fn target<'a>(root: &'a Value, schema: &'a Value) -> Option<&'a Value> {
    let target = schema.get("$ref").and_then(Value::as_str)?;
    root.pointer(target.strip_prefix('#')?)
}

/// What a value occupies. It nests no deeper than the parser of JSON allows.
fn size(value: &Value) -> usize {
    let inner = match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(size).sum(),
        Value::Object(object) => {
            object.iter().map(|it| size_of::<String>() + it.0.len() + size(it.1)).sum()
        }
        _ => 0,
    };
    size_of::<Value>() + inner
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn schema() -> String {
        json!({
            "type": "object",
            "additionalProperties": false,
            "properties": {
                "threshold": { "type": "integer", "minimum": 1, "default": 3 },
                "window": { "$ref": "#/$defs/window" },
                "names": { "type": "array", "items": { "$ref": "#/$defs/name" } },
                "vaults": { "additionalProperties": { "$ref": "#/$defs/window" } },
                "note": { "type": "string" },
            },
            "$defs": {
                "window": {
                    "type": "object",
                    "properties": {
                        "minutes": { "type": "integer", "default": 60 },
                        "zone": { "allOf": [{ "$ref": "#/$defs/zone" }], "default": "UTC" },
                    },
                },
                "zone": { "type": "string" },
                "name": {
                    "type": "object",
                    "properties": { "strict": { "type": "boolean", "default": true } },
                },
            },
        })
        .to_string()
    }

    #[track_caller]
    fn check(user: Option<Value>, want: Result<&Value, &str>) {
        match (complete(&schema(), user.as_ref()), want) {
            (Ok(got), Ok(want)) => {
                assert_eq!(serde_json::from_str::<Value>(&got).expect("JSON"), *want);
            }
            (Err(error), Err(want)) => assert!(error.to_string().contains(want), "{error}"),
            (got, want) => panic!("{got:?}, expected {want:?}"),
        }
    }

    #[test]
    fn defaults_stand_at_every_depth() {
        let window = json!({ "minutes": 60, "zone": "UTC" });
        check(None, Ok(&json!({ "threshold": 3, "window": window })));
        check(Some(Value::Null), Ok(&json!({ "threshold": 3, "window": window })));
    }

    #[test]
    fn what_the_user_sets_stays_and_the_rest_is_filled() {
        check(
            Some(json!({
                "threshold": 9,
                "window": { "minutes": 5 },
                "names": [{}],
                "vaults": { "a": { "zone": "CET" } },
            })),
            Ok(&json!({
                "threshold": 9,
                "window": { "minutes": 5, "zone": "UTC" },
                "names": [{ "strict": true }],
                "vaults": { "a": { "minutes": 60, "zone": "CET" } },
            })),
        );
    }

    #[test]
    fn what_does_not_fit_is_named_with_its_place() {
        check(Some(json!({ "threshold": 0 })), Err("threshold: 0 is less than 1"));
        check(
            Some(json!({ "treshold": 4 })),
            Err("treshold: there is no such setting; did you mean `threshold`?"),
        );
        check(Some(json!({ "window": { "minutes": "5" } })), Err("window.minutes: "));
        check(Some(json!([])), Err("is not of type `object`"));
    }

    #[test]
    fn a_number_fits_the_type_that_the_guest_has_for_it() {
        let schema = r#"{"properties": {"n": {"type": "integer", "format": "uint32"}}}"#;
        assert!(complete(schema, Some(&json!({ "n": u32::MAX }))).is_ok());
        let error = complete(schema, Some(&json!({ "n": 1_u64 << 32 }))).expect_err("too large");
        assert_eq!(error.to_string(), "n: 4294967296 is not between 0 and 4294967295");
    }

    #[test]
    fn all_that_is_wrong_is_named() {
        let error = complete(&schema(), Some(&json!({ "threshold": 0, "note": 1 })));
        let Err(SettingsError::Invalid { problems }) = error else { panic!("{error:?}") };
        assert_eq!(problems.len(), 2);
    }

    /// A pack chooses the names that it knows, and by its defaults those that it does not.
    #[test]
    fn what_is_wrong_is_told_in_few_words() {
        let names = |end: &str| (0..1000).map(|it| (format!("{it}{end}"), json!({}))).collect();
        let known: Map<_, _> = names("known");
        let long = format!("0{}", "x".repeat(10_000));
        let mut user: Map<_, _> = names("unknown");
        user.insert(long, json!({}));
        let schema = json!({ "properties": known, "additionalProperties": false }).to_string();
        let error = complete(&schema, Some(&Value::Object(user)));
        let Err(SettingsError::Invalid { problems }) = error else { panic!("{error:?}") };
        assert_eq!(problems.len(), limits::PROBLEMS);
        assert!(problems.iter().all(|it| it.to_string().len() < 400), "{problems:?}");
        assert!(problems.iter().any(|it| it.path[0].ends_with("… (10001 bytes)")), "{problems:?}");
    }

    #[test]
    fn a_required_setting_is_missed_without_any_settings() {
        let schema = json!({ "properties": { "vault": {} }, "required": ["vault"] }).to_string();
        let error = complete(&schema, None).expect_err("vault is required");
        assert_eq!(error.code(), "invalid-settings");
        assert!(error.to_string().contains("\"vault\" is a required property"), "{error}");
    }

    #[test]
    fn a_pack_without_schema_takes_none() {
        assert_eq!(complete("", None).as_deref(), Ok("{}"));
        assert_eq!(complete("", Some(&json!({}))).as_deref(), Ok("{}"));
        assert_eq!(complete("", Some(&json!({ "a": 1 }))), Err(SettingsError::NoSettings));
    }

    #[test]
    fn a_schema_that_names_itself_ends() {
        let schema = r##"{"properties":{"child":{"$ref":"#"},"n":{"default":1}}}"##;
        assert!(complete(schema, None).is_ok());
        assert!(check_schema(schema).is_ok());
    }

    #[track_caller]
    fn check_too_much(schema: &str, user: Option<&Value>, want: &str) {
        let error = check_schema(schema)
            .map_err(|reason| SettingsError::Schema { reason })
            .and_then(|()| complete(schema, user))
            .expect_err("too much");
        assert!(error.to_string().contains(want), "{error}");
    }

    #[test]
    fn a_schema_that_names_itself_twice_is_not_followed_for_ever() {
        let schema = r##"{"properties":{"a":{"$ref":"#"},"b":{"$ref":"#"},"n":{"default":1}}}"##;
        check_too_much(schema, None, "bytes of defaults; the limit is 1048576");
        let schema = schema.replace(r#""default":1"#, r#""type":"integer""#);
        check_too_much(&schema, None, "parts of its schema to look at; the limit is 200000");
        let all = r##"{"allOf":[{"$ref":"#/$defs/0"},{"$ref":"#/$defs/0"}]}"##;
        let defs: Vec<_> = (0..40)
            .map(|it| format!("\"{it}\":{}", all.replace("/0", &format!("/{}", it + 1))))
            .collect();
        let schema =
            format!("{{\"$ref\":\"#/$defs/0\",\"$defs\":{{{},\"40\":{{}}}}}}", defs.join(","));
        let user = json!({ "a": 1 });
        check_too_much(&schema, Some(&user), "comparisons with its schema; the limit is 1000000");
        check_too_much(r##"{"$ref":"#"}"##, Some(&user), "comparisons with its schema");
    }

    #[test]
    fn a_long_default_in_many_places_is_too_much() {
        let places: Vec<_> =
            (0..2000).map(|it| format!("\"p{it}\":{{\"$ref\":\"#/$defs/x\"}}")).collect();
        let schema = format!(
            "{{\"properties\":{{{}}},\"$defs\":{{\"x\":{{\"default\":\"{}\"}}}}}}",
            places.join(","),
            "y".repeat(100_000)
        );
        check_too_much(&schema, None, "bytes of defaults; the limit is 1048576");
    }

    #[test]
    fn a_schema_has_limits() {
        let long = format!("{{\"title\":\"{}\"}}", "t".repeat(limits::SCHEMA_BYTES));
        check_too_much(&long, None, "bytes; the limit is 524288");
        let wide = format!("{{\"enum\":[{}0]}}", "0,".repeat(limits::SCHEMA_NODES));
        check_too_much(&wide, None, "parts; the limit is 50000");
        let patterns: Vec<_> =
            (0..=limits::PATTERNS).map(|it| format!("{{\"pattern\":\"{it}\"}}")).collect();
        let patterns = format!("{{\"allOf\":[{}]}}", patterns.join(","));
        check_too_much(&patterns, None, "65 regular expressions; the limit is 64");
        let bomb = r#"{"pattern":"^((a{0,1000}){0,1000}){0,1000}$"}"#;
        check_too_much(bomb, None, "no JSON Schema");
    }

    /// As many references as there may be, each behind parts in each other.
    #[test]
    fn a_long_chain_of_references_does_not_overflow_the_stack() {
        let chain = |links: usize| {
            let inside = |to: usize| {
                let nest = 100;
                let target = format!("{{\"$ref\":\"#/$defs/{to}\"}}");
                format!("{}{target}{}", "{\"not\":".repeat(nest), "}".repeat(nest))
            };
            let defs: Vec<_> =
                (0..links).map(|it| format!("\"{it}\":{}", inside(it + 1))).collect();
            let defs = defs.join(",");
            format!("{{\"$ref\":\"#/$defs/0\",\"$defs\":{{{defs},\"{links}\":{{}}}}}}")
        };
        assert_eq!(check_schema(&chain(limits::REFERENCES - 2)), Ok(()));
        check_too_much(&chain(limits::REFERENCES), None, "references; the limit is");
    }

    #[test]
    fn what_is_no_schema_is_refused() {
        assert!(check_schema("").is_ok());
        for (schema, why) in [
            ("{", "no JSON"),
            ("[]", "no JSON object"),
            (r#"{"type":"nothing"}"#, "no JSON Schema"),
            (r#"{"$schema":"https://example.com/none","type":"object"}"#, "no JSON Schema"),
            (r#"{"properties":{"a":{"$ref":"https://example.com/x.json"}}}"#, "no JSON Schema"),
        ] {
            let problem = check_schema(schema).expect_err(schema);
            assert!(problem.contains(why), "{schema}: {problem}");
        }
    }
}
