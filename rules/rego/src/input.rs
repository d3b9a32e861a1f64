//! Objects as Rego sees them: conftest's input, Gatekeeper's review, and the inventory.

use std::collections::BTreeMap;

use regorus::Value;
use rulebox_core::{Coverage, ObjectRef};
use rulebox_sdk::Host;

/// How many objects cross the boundary in one call.
const BATCH: u32 = 256;

/// Hands over the objects of a need, one after the other. One that cannot be read is nothing.
pub(crate) fn each(host: &dyn Host, need: &str, mut take: impl FnMut(Value)) {
    let mut cursor = host.open(need);
    loop {
        let batch = cursor.next(BATCH);
        if batch.is_empty() {
            return;
        }
        for json in &batch {
            take(Value::from_json_str(json).unwrap_or(Value::Null));
        }
    }
}

/// A text at a path; empty where there is none.
fn text<'v>(value: &'v Value, path: &[&str]) -> &'v str {
    match path.iter().fold(value, |it, key| &it[*key]) {
        Value::String(it) => it,
        _ => "",
    }
}

/// Which object this is.
pub(crate) fn reference(object: &Value) -> ObjectRef {
    let of = |path: &[&str]| text(object, path).to_owned();
    ObjectRef {
        api_version: of(&["apiVersion"]),
        kind: of(&["kind"]),
        namespace: of(&["metadata", "namespace"]),
        name: of(&["metadata", "name"]),
        uid: of(&["metadata", "uid"]),
    }
}

fn map(entries: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    let entries = entries.into_iter().map(|(key, value)| (Value::from(key), value));
    Value::from(entries.collect::<BTreeMap<_, _>>())
}

/// What Gatekeeper's audit gives a template: of the operation an empty text, since nobody asks for
/// one.
pub(crate) fn review(object: &Value, parameters: &Value) -> Value {
    let api_version = text(object, &["apiVersion"]);
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    let kind = [
        ("group", Value::from(group)),
        ("version", Value::from(version)),
        ("kind", Value::from(text(object, &["kind"]))),
    ];
    let mut review = vec![
        ("kind", map(kind)),
        ("name", Value::from(text(object, &["metadata", "name"]))),
        ("object", object.clone()),
        ("operation", Value::from("")),
    ];
    let namespace = text(object, &["metadata", "namespace"]);
    if !namespace.is_empty() {
        review.push(("namespace", Value::from(namespace)));
    }
    map([("review", map(review)), ("parameters", parameters.clone())])
}

/// Objects below each other: `["default"]["v1"]["Pod"]["erp"]`.
type Tree = BTreeMap<String, BTreeMap<String, BTreeMap<String, BTreeMap<String, Value>>>>;

/// The objects of some needs as Gatekeeper has them: `cluster[apiVersion][kind][name]` and
/// `namespace[namespace][apiVersion][kind][name]`.
pub(crate) fn inventory(host: &dyn Host, needs: &[&str]) -> Value {
    let mut tree = Tree::new();
    for need in needs {
        each(host, need, |object| {
            let ObjectRef { api_version, kind, namespace, name, .. } = reference(&object);
            let versions = tree.entry(namespace).or_default();
            let kinds = versions.entry(api_version).or_default();
            kinds.entry(kind).or_default().insert(name, object);
        });
    }
    let cluster = tree.remove("").unwrap_or_default();
    let object = |entries: Vec<(String, Value)>| {
        let entries = entries.into_iter().map(|(key, value)| (Value::from(key), value));
        Value::from(entries.collect::<BTreeMap<_, _>>())
    };
    let versions = |it: BTreeMap<String, BTreeMap<String, BTreeMap<String, Value>>>| {
        let kinds = |it: BTreeMap<String, BTreeMap<String, Value>>| {
            object(it.into_iter().map(|(k, it)| (k, object(it.into_iter().collect()))).collect())
        };
        object(it.into_iter().map(|(version, it)| (version, kinds(it))).collect())
    };
    let namespaces = tree.into_iter().map(|(name, it)| (name, versions(it))).collect();
    map([("cluster", versions(cluster)), ("namespace", object(namespaces))])
}

/// The first of some needs that is not covered completely.
pub(crate) fn incomplete<'n>(host: &dyn Host, needs: &[&'n str]) -> Option<&'n str> {
    needs.iter().find(|it| host.covers(it) != Coverage::Complete).copied()
}

/// What stands beside the input: the settings, and the inventory.
pub(crate) fn data(settings: &Value, inventory: Option<Value>) -> Value {
    map([("settings", settings.clone())].into_iter().chain(inventory.map(|it| ("inventory", it))))
}
