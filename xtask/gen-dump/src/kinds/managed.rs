//! `metadata.managedFields`: which client has set which field. It is about as long as the object
//! itself.

use serde_json::{Map, Value, json};

use crate::moment::Moment;

/// Adds `managedFields`. Of each client it takes the name, the parts of the object that the client
/// has set, and the subresource or an empty text.
pub(super) fn add(object: &mut Value, clients: &[(&str, &[&str], &str)]) {
    let managed = clients.iter().map(|(manager, parts, subresource)| {
        let mut fields = Map::new();
        for part in *parts {
            match object.get(part).filter(|_| *part != "metadata") {
                Some(value) => {
                    fields.insert(format!("f:{part}"), fields_v1(value));
                }
                None if *part == "metadata" => {
                    fields.insert("f:metadata".to_owned(), metadata(&object["metadata"]));
                }
                None => {}
            }
        }
        let mut managed = json!({
            "apiVersion": object.get("apiVersion").cloned().unwrap_or(json!("v1")),
            "fieldsType": "FieldsV1",
            "fieldsV1": fields,
            "manager": manager,
            "operation": "Update",
            "time": Moment::CREATION.later(fields.len() as u64).to_string(),
        });
        if !subresource.is_empty() {
            managed["subresource"] = json!(subresource);
        }
        managed
    });
    object["metadata"]["managedFields"] = managed.collect();
}

/// Labels, annotations and the like, without what the API server sets.
fn metadata(metadata: &Value) -> Value {
    let parts = ["annotations", "finalizers", "generateName", "labels", "ownerReferences"];
    let set = parts.into_iter().filter_map(|it| Some((it.to_owned(), metadata.get(it)?.clone())));
    fields_v1(&Value::Object(set.collect()))
}

/// The format of <https://github.com/kubernetes-sigs/structured-merge-diff>: `f:` is a field, `k:`
/// an element named by its keys, `v:` an element named by its value, `.` the thing itself.
fn fields_v1(value: &Value) -> Value {
    let mut fields = Map::new();
    match value {
        Value::Object(entries) => {
            for (key, value) in entries {
                fields.insert(format!("f:{key}"), fields_v1(value));
            }
        }
        Value::Array(items) => {
            fields.insert(".".to_owned(), json!({}));
            for item in items {
                let key = ["name", "type", "uid", "ip"]
                    .into_iter()
                    .find_map(|it| Some((it, item.get(it)?)));
                let (key, below) = match (key, item) {
                    (Some((key, value)), _) => (format!("k:{}", json!({ key: value })), {
                        let mut below = fields_v1(item);
                        below["."] = json!({});
                        below
                    }),
                    (None, Value::String(_)) => (format!("v:{item}"), json!({})),
                    (None, _) => return json!({}),
                };
                fields.insert(key, below);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    Value::Object(fields)
}
