use std::collections::BTreeMap;

use rulebox_core::{ObjectRef, Path, Segment};

use crate::value::{Value, write_text};

/// The fields that an object need asks for, ready to be taken out of objects.
///
/// The text that comes out is compact JSON: `apiVersion` and `kind` first, then what is asked for in the order of
/// the document, `metadata.name`, `.namespace` and `.uid` always with it. Entries that are null are left out.
/// Elements of lists keep their places: one of which nothing is asked for stands as `{}`. Where a path goes on
/// but the value does not (a scalar, or a list in the place of a mapping), the value stands as it is, so that a
/// rule can name the wrong type.
#[derive(Debug, Clone, Default)]
pub(crate) struct Projection(Branch);

/// What is asked for at one place of an object.
#[derive(Debug, Clone, Default)]
struct Branch {
    /// Everything from here on.
    whole: bool,
    keys: BTreeMap<String, Branch>,
    /// Under every key.
    any: Option<Box<Branch>>,
    /// In every element.
    each: Option<Box<Branch>>,
}

impl Projection {
    /// A projection on these paths; on the whole object where there are none.
    pub(crate) fn new(paths: &[Path]) -> Self {
        let mut root = Branch { whole: paths.is_empty(), ..Branch::default() };
        for path in paths {
            root.add(path.segments());
        }
        for key in ["name", "namespace", "uid"] {
            root.add(&[Segment::Key("metadata".to_owned()), Segment::Key(key.to_owned())]);
        }
        Self(root)
    }

    /// The JSON of what is asked for. `apiVersion` and `kind` are those of `head`: the items of a typed list have
    /// none of their own.
    pub(crate) fn project(&self, object: &Value<'_>, head: &ObjectRef) -> String {
        let mut out = String::from(r#"{"apiVersion":"#);
        write_text(&head.api_version, &mut out);
        out.push_str(r#","kind":"#);
        write_text(&head.kind, &mut out);
        if let Value::Map(entries) = object {
            for (key, value) in entries {
                if key != "apiVersion" && key != "kind" {
                    write_entry(&[&self.0], key, value, ",", &mut out);
                }
            }
        }
        out.push('}');
        out
    }
}

impl Branch {
    fn add(&mut self, path: &[Segment]) {
        match path {
            [] => self.whole = true,
            [Segment::Key(key), rest @ ..] => self.keys.entry(key.clone()).or_default().add(rest),
            [Segment::Any, rest @ ..] => self.any.get_or_insert_default().add(rest),
            [Segment::Each, rest @ ..] => self.each.get_or_insert_default().add(rest),
        }
    }
}

/// Writes an entry of a mapping, if one of the branches asks for it. A `*` and a key may both lead here, so there
/// can be several branches.
fn write_entry(
    branches: &[&Branch],
    key: &str,
    value: &Value<'_>,
    separator: &str,
    out: &mut String,
) -> bool {
    if *value == Value::Null {
        return false;
    }
    let whole = branches.iter().any(|it| it.whole);
    let below: Vec<&Branch> = branches
        .iter()
        .flat_map(|it| it.keys.get(key).into_iter().chain(it.any.as_deref()))
        .collect();
    if !whole && below.is_empty() {
        return false;
    }
    out.push_str(separator);
    write_text(key, out);
    out.push(':');
    if whole {
        value.write_json(out);
    } else {
        write_value(&below, value, out);
    }
    true
}

fn write_value(branches: &[&Branch], value: &Value<'_>, out: &mut String) {
    let into_map = branches.iter().any(|it| !it.keys.is_empty() || it.any.is_some());
    let into_list: Vec<&Branch> = branches.iter().filter_map(|it| it.each.as_deref()).collect();
    match value {
        _ if branches.iter().any(|it| it.whole) => value.write_json(out),
        Value::Map(entries) if into_map => {
            let mut separator = "{";
            for (key, value) in entries {
                if write_entry(branches, key, value, separator, out) {
                    separator = ",";
                }
            }
            out.push_str(if separator == "{" { "{}" } else { "}" });
        }
        Value::List(items) if !into_list.is_empty() => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                match item {
                    Value::Null if !into_list.iter().any(|it| it.whole) => out.push_str("{}"),
                    _ => write_value(&into_list, item, out),
                }
            }
            out.push(']');
        }
        _ => value.write_json(out),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{json, limits::MAX_DEPTH};

    const POD: &str = r#"{"kind":"Pod","metadata":{"labels":{"app":"web","tier":"db"},"uid":"u","name":"x","namespace":"a","annotations":null},
        "spec":{"nodeName":"n1"},"apiVersion":"v1","status":{"phase":"Running","containerStatuses":[
        {"name":"c","restartCount":3,"state":{"waiting":null}},{"ready":true},null]}}"#;
    const HEAD: &str = r#"{"apiVersion":"v1","kind":"Pod","metadata":{"#;

    #[track_caller]
    fn check(object: &str, paths: &[&str], want: &str) {
        let paths: Vec<_> = paths.iter().map(|it| Path::parse(it).expect("a path")).collect();
        let value = json::value(object, MAX_DEPTH).expect("JSON");
        let head = ObjectRef {
            api_version: "v1".to_owned(),
            kind: "Pod".to_owned(),
            ..ObjectRef::default()
        };
        let got = Projection::new(&paths).project(&value, &head);
        assert_eq!(got.strip_prefix(HEAD).unwrap_or(&got), want);
    }

    #[test]
    fn without_fields_everything_comes_and_null_does_not() {
        check(
            POD,
            &[],
            r#""labels":{"app":"web","tier":"db"},"uid":"u","name":"x","namespace":"a"},"spec":{"nodeName":"n1"},"status":{"phase":"Running","containerStatuses":[{"name":"c","restartCount":3,"state":{}},{"ready":true},null]}}"#,
        );
    }

    #[test]
    fn who_it_is_comes_always() {
        check(POD, &["spec.none"], r#""uid":"u","name":"x","namespace":"a"},"spec":{}}"#);
    }

    #[test]
    fn elements_keep_their_places() {
        check(
            POD,
            &["status.containerStatuses[].restartCount"],
            r#""uid":"u","name":"x","namespace":"a"},"status":{"containerStatuses":[{"restartCount":3},{},{}]}}"#,
        );
        check(
            POD,
            &["status.containerStatuses[]"],
            r#""uid":"u","name":"x","namespace":"a"},"status":{"containerStatuses":[{"name":"c","restartCount":3,"state":{}},{"ready":true},null]}}"#,
        );
    }

    #[test]
    fn a_star_and_a_key_add_up() {
        check(
            POD,
            &["metadata.labels.*", "metadata.labels.app"],
            r#""labels":{"app":"web","tier":"db"},"uid":"u","name":"x","namespace":"a"}}"#,
        );
        check(
            r#"{"metadata":{},"a":{"x":{"k":1,"l":2,"m":3},"y":{"k":4,"l":5}}}"#,
            &["a.*.k", "a.x.l"],
            r#"},"a":{"x":{"k":1,"l":2},"y":{"k":4}}}"#,
        );
    }

    #[test]
    fn a_path_and_one_above_it_give_the_one_above() {
        check(
            POD,
            &["status.phase", "spec", "spec.nodeName"],
            r#""uid":"u","name":"x","namespace":"a"},"spec":{"nodeName":"n1"},"status":{"phase":"Running"}}"#,
        );
    }

    #[test]
    fn a_wrong_type_stands_as_it_is() {
        check(r#"{"metadata":{},"status":3}"#, &["status.phase"], r#"},"status":3}"#);
        check(
            r#"{"metadata":{},"status":[{"a":1}]}"#,
            &["status.phase"],
            r#"},"status":[{"a":1}]}"#,
        );
        check(r#"{"metadata":{},"a":{"b":1}}"#, &["a[].b"], r#"},"a":{"b":1}}"#);
        check(r#"{"metadata":{},"a":["x"]}"#, &["a[].b"], r#"},"a":["x"]}"#);
    }
}
