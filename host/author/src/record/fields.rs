//! Leaves out the fields of objects that are not needed, from the outside in: what a field holds is
//! looked at only where the field itself must stay. A field goes from all objects of a kind at
//! once, if it can: a finding may be of a hundred that are alike.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::smallest::smallest;

/// The keys, and the numbers in lists, that lead to a field.
type Place = Vec<String>;

/// What an object is named by, which is never left out.
const NAMED_BY: [&[&str]; 5] =
    [&["apiVersion"], &["kind"], &["metadata"], &["metadata", "name"], &["metadata", "namespace"]];

/// The objects without the fields that are not needed; `holds` as in [`smallest`].
pub(super) fn without_fields(
    objects: &[Value],
    holds: &mut dyn FnMut(&[Value]) -> Option<bool>,
) -> Vec<Value> {
    let mut gone: Vec<BTreeSet<Place>> = vec![BTreeSet::new(); objects.len()];
    let whole = (0..objects.len()).map(|nth| (nth, Place::new()));
    let mut outside: Vec<_> = whole.collect();
    while !outside.is_empty() {
        let inside = outside
            .iter()
            .flat_map(|(nth, place)| below(&objects[*nth], place).into_iter().map(|it| (*nth, it)));
        let (fixed, fields): (Vec<_>, Vec<_>) = inside.partition(|it| is_name(&it.1));
        let mut try_with = |kept: &[usize]| holds(&left(objects, &with(&gone, &fields, kept)));
        let alike = alike(objects, &fields);
        let sorts: Vec<_> = (0..alike.len()).collect();
        let fields_of = |sorts: &[usize]| {
            let mut all: Vec<_> = sorts.iter().flat_map(|it| alike[*it].iter().copied()).collect();
            all.sort_unstable();
            all
        };
        let sorts = smallest(sorts, &mut |some| try_with(&fields_of(some)));
        let mut kept = fields_of(&sorts);
        // Else each of them has been tried by itself.
        if kept.len() > sorts.len() {
            kept = smallest(kept, &mut try_with);
        }
        gone = with(&gone, &fields, &kept);
        outside = fixed.into_iter().chain(kept.iter().map(|it| fields[*it].clone())).collect();
    }
    left(objects, &gone)
}

/// The fields that stand in the same place of objects of the same kind, by their numbers.
fn alike(objects: &[Value], fields: &[(usize, Place)]) -> Vec<Vec<usize>> {
    let mut alike: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (nth, (object, place)) in fields.iter().enumerate() {
        let object = &objects[*object];
        let kind = ["apiVersion", "kind"].map(|it| object[it].as_str().unwrap_or_default());
        alike.entry((kind, place)).or_default().push(nth);
    }
    alike.into_values().collect()
}

fn is_name(place: &Place) -> bool {
    NAMED_BY.iter().any(|it| it.iter().eq(place))
}

/// What is gone already, and those of these fields that are not kept. `kept`: by their numbers, in
/// order.
fn with(
    gone: &[BTreeSet<Place>],
    fields: &[(usize, Place)],
    kept: &[usize],
) -> Vec<BTreeSet<Place>> {
    let mut gone = gone.to_vec();
    for (nth, (object, place)) in fields.iter().enumerate() {
        if kept.binary_search(&nth).is_err() {
            gone[*object].insert(place.clone());
        }
    }
    gone
}

/// The places of what a value at this place holds.
fn below(object: &Value, place: &Place) -> Vec<Place> {
    let value = place.iter().try_fold(object, |value, step| match value {
        Value::Object(map) => map.get(step),
        Value::Array(items) => items.get(step.parse::<usize>().ok()?),
        _ => None,
    });
    let steps: Vec<_> = match value {
        Some(Value::Object(map)) => map.keys().cloned().collect(),
        Some(Value::Array(items)) => (0..items.len()).map(|it| it.to_string()).collect(),
        _ => Vec::new(),
    };
    steps.into_iter().map(|step| [&place[..], &[step]].concat()).collect()
}

fn left(objects: &[Value], gone: &[BTreeSet<Place>]) -> Vec<Value> {
    objects.iter().zip(gone).map(|(it, gone)| without(it, &mut Place::new(), gone)).collect()
}

fn without(value: &Value, place: &mut Place, gone: &BTreeSet<Place>) -> Value {
    let mut inner = |step: String, value: &Value| {
        place.push(step);
        let kept = (!gone.contains(place)).then(|| without(value, place, gone));
        place.pop();
        kept
    };
    match value {
        Value::Object(map) => {
            let kept =
                map.iter().filter_map(|(key, it)| Some((key.clone(), inner(key.clone(), it)?)));
            Value::Object(kept.collect::<Map<_, _>>())
        }
        Value::Array(items) => {
            let kept = items.iter().enumerate().filter_map(|(nth, it)| inner(nth.to_string(), it));
            Value::Array(kept.collect())
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(object: Value, needs: impl Fn(&Value) -> bool, want: Value) {
        let left = without_fields(&[object], &mut |it| Some(needs(&it[0])));
        assert_eq!(left, [want]);
    }

    fn pod() -> Value {
        json!({
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "a", "namespace": "b", "labels": {"app": "x", "tier": "y"}},
            "spec": {"containers": [{"name": "one"}, {"name": "two", "image": "i"}]},
            "status": {"phase": "Failed", "conditions": [{"type": "Ready"}]},
        })
    }

    #[test]
    fn an_object_keeps_what_it_is_named_by() {
        let named = json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "namespace": "b"},
        });
        check(pod(), |_| true, named);
    }

    #[test]
    fn what_is_needed_stays_where_it_was() {
        let image = |it: &Value| {
            let containers = it["spec"]["containers"].as_array();
            containers.is_some_and(|it| it.iter().any(|it| it["image"] == "i"))
        };
        let want = json!({
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "a", "namespace": "b", "labels": {"app": "x"}},
            "spec": {"containers": [{"image": "i"}]},
        });
        check(pod(), |it| image(it) && it["metadata"]["labels"]["app"] == "x", want);
    }

    #[test]
    fn a_field_goes_from_all_objects_of_a_kind_at_once() {
        let pods: Vec<_> = (0..100).map(|_| pod()).collect();
        let mut tried = 0;
        let left = without_fields(&pods, &mut |some| {
            tried += 1;
            Some(some.iter().all(|it| it["status"]["phase"] == "Failed"))
        });
        assert!(left.iter().all(|it| it["status"] == json!({"phase": "Failed"})));
        assert!(left.iter().all(|it| it.get("spec").is_none()));
        // What must stay is tried by itself in each of them, too.
        assert!(tried < 1000, "{tried}");
        let tried = std::cell::Cell::new(0);
        let left = without_fields(&pods, &mut |some| {
            tried.set(tried.get() + 1);
            (tried.get() < 30).then(|| some.iter().all(|it| it["status"]["phase"] == "Failed"))
        });
        assert!(left.iter().all(|it| it.get("spec").is_none()), "{}", left[0]);
    }

    #[test]
    fn nothing_goes_where_nothing_may_be_tried() {
        assert_eq!(without_fields(&[pod()], &mut |_| None), [pod()]);
    }
}
