//! Projects objects onto the fields that a need selects.

use rulebox_core::{Path, Segment};

use super::value::{Value, write_text};
use crate::type_meta::TypeMeta;

/// The fields that an object need selects.
///
/// A projection is compact JSON: `apiVersion` and `kind` first, then the selected fields in the
/// order of the document, always with `metadata.name`, `.namespace` and `.uid`. Entries that are
/// null are omitted. List elements keep their positions: one of which nothing is selected becomes
/// `{}`. If a path continues but the value does not (a scalar, or a list instead of a mapping), the
/// whole value is kept, so that a rule can report the wrong type.
#[derive(Debug, Clone, Default)]
pub(crate) struct Projection(Branch);

/// What one or more paths select from a node.
#[derive(Debug, Clone, Default)]
struct Branch {
    /// Selects everything.
    whole: bool,
    /// Sorted by key.
    keys: Vec<(String, Branch)>,
    /// For every key.
    any: Option<Box<Branch>>,
    /// For every element.
    each: Option<Box<Branch>>,
}

/// Branches of the field mask that apply at this node: nearly always one; several if both a `*` and
/// a key lead here.
#[derive(Debug, Clone)]
pub(crate) struct Selected<'p> {
    first: &'p Branch,
    more: Vec<&'p Branch>,
}

impl Projection {
    /// A projection onto these paths; onto the whole object if there are none.
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

    /// What is selected from the root of an object. [`write_head`] always writes `apiVersion` and
    /// `kind`.
    pub(crate) fn root(&self) -> Selected<'_> {
        Selected { first: &self.0, more: Vec::new() }
    }

    /// The JSON of the selected fields. `apiVersion` and `kind` come from `meta`: items of typed
    /// lists have none.
    pub(crate) fn project(&self, object: &Value<'_>, meta: &TypeMeta) -> String {
        let mut out = String::new();
        write_head(meta, &mut out);
        if let Value::Map(entries) = object {
            let root = self.root();
            for (key, value) in entries {
                if key != "apiVersion" && key != "kind" {
                    write_entry(&root, key, value, ',', &mut out);
                }
            }
        }
        out.push('}');
        out
    }

    /// A selected key that has several values in one mapping.
    pub(crate) fn key_of_several<'v>(&self, object: &'v Value<'_>) -> Option<&'v str> {
        key_of_several(Some(&self.root()), object)
    }
}

/// `selected`: none for everything. Looks where [`write_value`] does.
fn key_of_several<'v>(selected: Option<&Selected<'_>>, value: &'v Value<'_>) -> Option<&'v str> {
    let selected = selected.filter(|it| !it.whole());
    match value {
        Value::Map(entries) => {
            let selected = selected.filter(|it| it.keyed());
            entries.iter().find_map(|(key, value)| {
                let below = match selected {
                    Some(selected) => Some(selected.key(key)?),
                    None => None,
                };
                let several = value.is_replaced().then_some(key.as_ref());
                several.or_else(|| key_of_several(below.as_ref(), value))
            })
        }
        Value::List(items) => {
            let each = selected.and_then(Selected::each);
            items.iter().find_map(|it| key_of_several(each.as_ref(), it))
        }
        _ => None,
    }
}

impl Branch {
    fn add(&mut self, path: &[Segment]) {
        match path {
            [] => self.whole = true,
            [Segment::Key(key), rest @ ..] => self.key(key).add(rest),
            [Segment::Any, rest @ ..] => self.any.get_or_insert_default().add(rest),
            [Segment::Each, rest @ ..] => self.each.get_or_insert_default().add(rest),
        }
    }

    fn key(&mut self, key: &str) -> &mut Self {
        let at = match self.find(key) {
            Ok(at) => at,
            Err(at) => {
                self.keys.insert(at, (key.to_owned(), Self::default()));
                at
            }
        };
        &mut self.keys[at].1
    }

    fn find(&self, key: &str) -> Result<usize, usize> {
        self.keys.binary_search_by(|it| it.0.as_str().cmp(key))
    }

    /// The branch for this key by name.
    fn named(&self, key: &str) -> Option<&Self> {
        /// Up to this number, comparing lengths finds a key faster than a binary search.
        const FEW: usize = 8;
        if self.keys.len() <= FEW {
            self.keys.iter().find(|it| it.0 == key).map(|it| &it.1)
        } else {
            self.find(key).ok().map(|at| &self.keys[at].1)
        }
    }
}

impl<'p> Selected<'p> {
    fn of(mut branches: impl Iterator<Item = &'p Branch>) -> Option<Self> {
        Some(Self { first: branches.next()?, more: branches.collect() })
    }

    fn branches(&self) -> impl Iterator<Item = &'p Branch> {
        std::iter::once(self.first).chain(self.more.iter().copied())
    }

    /// Whether everything is selected.
    pub(crate) fn whole(&self) -> bool {
        self.first.whole || self.more.iter().any(|it| it.whole)
    }

    /// Whether entries of a mapping are selected. If neither this nor `whole` is true, a mapping is
    /// kept as a whole.
    pub(crate) fn keyed(&self) -> bool {
        self.branches().any(|it| !it.keys.is_empty() || it.any.is_some())
    }

    /// What is selected from the value of a key; none if nothing is. If `whole` is true, everything
    /// is.
    pub(crate) fn key(&self, key: &str) -> Option<Self> {
        // The usual case: a single branch, without `*`.
        if self.more.is_empty() && self.first.any.is_none() {
            return self.first.named(key).map(|first| Self { first, more: Vec::new() });
        }
        Self::of(self.branches().flat_map(|it| it.named(key).into_iter().chain(it.any.as_deref())))
    }

    /// What is selected from list elements; none if a list is kept as a whole.
    pub(crate) fn each(&self) -> Option<Self> {
        Self::of(self.branches().filter_map(|it| it.each.as_deref()))
    }
}

/// Writes the start of an object: `apiVersion` and `kind`. Entries follow, each after a `,`, and
/// then a `}`.
pub(crate) fn write_head(meta: &TypeMeta, out: &mut String) {
    out.push_str(r#"{"apiVersion":"#);
    write_text(&meta.api_version, out);
    out.push_str(r#","kind":"#);
    write_text(&meta.kind, out);
}

/// Writes an entry of a mapping, if it is selected. Returns whether it is.
fn write_entry(
    selected: &Selected<'_>,
    key: &str,
    value: &Value<'_>,
    separator: char,
    out: &mut String,
) -> bool {
    let below = selected.key(key);
    let whole = selected.whole();
    if !value.is_written() || (below.is_none() && !whole) {
        return false;
    }
    out.push(separator);
    write_text(key, out);
    out.push(':');
    match below {
        Some(below) if !whole => write_value(&below, value, out),
        _ => value.write_json(out),
    }
    true
}

fn write_value(selected: &Selected<'_>, value: &Value<'_>, out: &mut String) {
    match (value, selected.each()) {
        _ if selected.whole() => value.write_json(out),
        (Value::Map(entries), _) if selected.keyed() => {
            let mut separator = '{';
            for (key, value) in entries {
                if write_entry(selected, key, value, separator, out) {
                    separator = ',';
                }
            }
            out.push_str(if separator == '{' { "{}" } else { "}" });
        }
        (Value::List(items), Some(each)) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                match item {
                    Value::Null if !each.whole() => out.push_str("{}"),
                    _ => write_value(&each, item, out),
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

    const POD: &str = concat!(
        r#"{"kind":"Pod","metadata":{"labels":{"app":"web","tier":"db"},"uid":"u","name":"x","#,
        r#""namespace":"a","annotations":null},"#,
        "\n",
        r#"        "spec":{"nodeName":"n1"},"apiVersion":"v1","status":{"phase":"Running","#,
        r#""containerStatuses":["#,
        "\n",
        r#"        {"name":"c","restartCount":3,"state":{"waiting":null}},{"ready":true},"#,
        r#"null]}}"#,
    );
    const HEAD: &str = r#"{"apiVersion":"v1","kind":"Pod","metadata":{"#;

    #[track_caller]
    fn check(object: &str, paths: &[&str], want: &str) {
        let paths: Vec<_> = paths.iter().map(|it| Path::parse(it).expect("a path")).collect();
        let value = json::value(object, MAX_DEPTH).expect("JSON");
        let meta = TypeMeta { api_version: "v1".to_owned(), kind: "Pod".to_owned() };
        let got = Projection::new(&paths).project(&value, &meta);
        assert_eq!(got.strip_prefix(HEAD).unwrap_or(&got), want);
    }

    #[test]
    fn without_fields_everything_comes_and_null_does_not() {
        check(
            POD,
            &[],
            concat!(
                r#""labels":{"app":"web","tier":"db"},"uid":"u","name":"x","namespace":"a"},"#,
                r#""spec":{"nodeName":"n1"},"status":{"phase":"Running","containerStatuses":"#,
                r#"[{"name":"c","restartCount":3,"state":{}},{"ready":true},null]}}"#,
            ),
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
            concat!(
                r#""uid":"u","name":"x","namespace":"a"},"status":{"containerStatuses":"#,
                r#"[{"restartCount":3},{},{}]}}"#,
            ),
        );
        check(
            POD,
            &["status.containerStatuses[]"],
            concat!(
                r#""uid":"u","name":"x","namespace":"a"},"status":{"containerStatuses":"#,
                r#"[{"name":"c","restartCount":3,"state":{}},{"ready":true},null]}}"#,
            ),
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
            concat!(
                r#""uid":"u","name":"x","namespace":"a"},"spec":{"nodeName":"n1"},"status":"#,
                r#"{"phase":"Running"}}"#,
            ),
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
