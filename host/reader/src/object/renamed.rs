//! Objects that were read under another address than the one for which needs ask.
//!
//! API servers serve some kinds under several groups. Such an object is given to needs as the
//! server would have given it under the address that they name: with its `apiVersion`, and its
//! fields.

use std::borrow::Cow;

use super::value::{Entries, Value};
use crate::type_meta::TypeMeta;

/// What core/v1 calls the fields of an event of events.k8s.io. All others have the same names.
const EVENT: [(&str, &str); 7] = [
    ("note", "message"),
    ("regarding", "involvedObject"),
    ("deprecatedCount", "count"),
    ("deprecatedFirstTimestamp", "firstTimestamp"),
    ("deprecatedLastTimestamp", "lastTimestamp"),
    ("deprecatedSource", "source"),
    ("reportingController", "reportingComponent"),
];

/// The same object under the address `meta`.
pub(crate) fn renamed<'v>(object: &'v Value<'_>, meta: &'v TypeMeta) -> Value<'v> {
    let mut entries: Entries<'v> = vec![
        ("apiVersion".into(), Value::Text(Cow::Borrowed(&meta.api_version))),
        ("kind".into(), Value::Text(Cow::Borrowed(&meta.kind))),
    ];
    let fields: &[_] = if meta.kind == "Event" { &EVENT } else { &[] };
    if let Value::Map(own) = object {
        for (key, value) in own {
            if key == "apiVersion" || key == "kind" {
                continue;
            }
            let name = fields.iter().find(|it| it.0 == key).map_or(&**key, |it| it.1);
            // An event that has both forms of a field keeps the first.
            if value.is_replaced() || !entries.iter().any(|it| it.0 == name) {
                entries.push((Cow::Borrowed(name), value.clone()));
            }
        }
    }
    Value::Map(entries)
}
