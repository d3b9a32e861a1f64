//! Objects inside what a tool writes around them.
//!
//! Only envelopes of known tools are opened: in other documents, objects are templates or text.

use super::value::Value;

/// An object in an envelope.
#[derive(Debug, PartialEq)]
pub(crate) struct Enclosed<'v, 'a> {
    pub(crate) value: &'v Value<'a>,
    /// Whether it was the last that a watch saw of the object.
    pub(crate) deleted: bool,
}

impl<'v, 'a> From<&'v Value<'a>> for Enclosed<'v, 'a> {
    fn from(value: &'v Value<'a>) -> Self {
        Self { value, deleted: false }
    }
}

/// The objects in a document, if it is an envelope: `kubectl get --watch --output-watch-events`,
/// what Ansible's `k8s_info` registers, answers
/// under names.
pub(crate) fn open<'v, 'a>(root: &'v Value<'a>) -> Option<Vec<Enclosed<'v, 'a>>> {
    if ["apiVersion", "kind"].iter().any(|it| root.get(it).is_some()) {
        return None;
    }
    watch_event(root).or_else(|| ansible(root)).or_else(|| named(root))
}

/// `{type: ADDED, object: …}`
fn watch_event<'v, 'a>(root: &'v Value<'a>) -> Option<Vec<Enclosed<'v, 'a>>> {
    let event = root.get("type")?.text()?;
    let value = root.get("object").filter(|it| is_typed(it))?;
    let inside = |deleted| vec![Enclosed { value, deleted }];
    match event {
        "ADDED" | "MODIFIED" | "ERROR" => Some(inside(false)),
        "DELETED" => Some(inside(true)),
        // It tells how far a watch is.
        "BOOKMARK" => Some(Vec::new()),
        _ => None,
    }
}

/// `{resources: […]}`, or one of these for each turn of a loop: `{results: [{resources: […]}]}`;
/// both also under the name of a variable.
fn ansible<'v, 'a>(root: &'v Value<'a>) -> Option<Vec<Enclosed<'v, 'a>>> {
    let named = match root {
        Value::Map(entries) if entries.len() == 1 => &entries[0].1,
        _ => root,
    };
    [root, named].into_iter().find_map(|it| match it.get("results") {
        Some(Value::List(results)) => {
            let all: Vec<_> = results.iter().filter_map(resources).flatten().collect();
            results.iter().any(|it| resources(it).is_some()).then_some(all)
        }
        _ => resources(it),
    })
}

fn resources<'v, 'a>(result: &'v Value<'a>) -> Option<Vec<Enclosed<'v, 'a>>> {
    const OF_RESULTS: [&str; 4] = ["api_found", "changed", "failed", "ansible_loop_var"];
    let Some(Value::List(items)) = result.get("resources") else { return None };
    let known = OF_RESULTS.iter().any(|it| result.get(it).is_some());
    (known && items.iter().all(is_typed)).then(|| items.iter().map(Enclosed::from).collect())
}

/// `{pods: {kind: List, items: […]}, …}`: answers of the API, each under a name.
fn named<'v, 'a>(root: &'v Value<'a>) -> Option<Vec<Enclosed<'v, 'a>>> {
    let Value::Map(entries) = root else { return None };
    let is_answer = |it: &Value<'_>| {
        let name = it.get("metadata").and_then(|it| it.get("name"));
        let items = matches!(it.get("items"), Some(Value::List(_)));
        is_typed(it) && (items || name.and_then(Value::text).is_some())
    };
    let answers = entries.iter().map(|it| &it.1).filter(|it| is_answer(it));
    let answers: Vec<_> = answers.map(Enclosed::from).collect();
    (!answers.is_empty()).then_some(answers)
}

fn is_typed(value: &Value<'_>) -> bool {
    ["apiVersion", "kind"].iter().all(|it| value.get(it).and_then(Value::text).is_some())
}
