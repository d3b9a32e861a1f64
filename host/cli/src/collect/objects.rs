//! What is taken of objects: the fields that needs read, without values of Secrets and without what
//! looks like a credential.

use std::collections::BTreeSet;

use rulebox_bundle::{
    Fields, LAST_APPLIED, List, SECRET_FIELDS, SECRET_VALUES, is_secret, is_withheld,
};
use rulebox_core::{Json, NeedSet, ObjectNeed, Path};
use rulebox_report::redact_json;
use serde_json::{Value, json};

/// What is taken of every object: who it is, and by what needs choose it.
const IDENTITY: [&str; 7] = [
    "metadata.creationTimestamp",
    "metadata.deletionTimestamp",
    "metadata.labels",
    "metadata.name",
    "metadata.namespace",
    "metadata.resourceVersion",
    "metadata.uid",
];

/// One need for each list, by which a cluster is asked for the fields that any need reads of its
/// kind; and the same with the fields that the bundle will hold.
pub(crate) fn asked(needs: &NeedSet, lists: &[List]) -> (NeedSet, NeedSet) {
    let fields = Fields::of(needs);
    let (mut asked, mut taken) = (NeedSet::default(), NeedSet::default());
    for list in lists {
        let List { group, kind, namespace } = list;
        let need = |fields: BTreeSet<String>| ObjectNeed {
            id: list.stem(),
            group: group.clone(),
            kind: kind.clone(),
            namespaces: namespace.iter().cloned().collect(),
            label_selector: String::new(),
            fields: fields.into_iter().collect(),
        };
        let identity = || IDENTITY.iter().map(|&it| it.to_owned());
        let read = fields.of_kind(group, kind);
        if is_secret(group, kind) {
            let own = || SECRET_FIELDS.iter().map(|&it| it.to_owned()).chain(identity());
            let kept = read.into_iter().flatten().filter(|it| !is_withheld(it));
            let kept: BTreeSet<_> = kept.map(Path::to_string).chain(own()).collect();
            // Their keys are told.
            let keys = SECRET_VALUES.iter().map(|&it| it.to_owned());
            asked.objects.push(need(kept.iter().cloned().chain(keys).collect()));
            taken.objects.push(need(kept));
        } else {
            let all = read.map_or_else(BTreeSet::new, |it| {
                it.iter().map(Path::to_string).chain(identity()).collect()
            });
            asked.objects.push(need(all.clone()));
            taken.objects.push(need(all));
        }
    }
    (asked, taken)
}

/// A typed list of these objects, and how many credentials were replaced in it.
pub(super) fn list(list: &List, api_version: &str, objects: &[Json]) -> (String, usize) {
    let mut redacted = 0;
    let items = objects.iter().map(|json| {
        let mut object: Value = serde_json::from_str(&json.text()).expect("projections are JSON");
        object["apiVersion"] = api_version.into();
        object["kind"] = list.kind.as_str().into();
        redacted += strip(list, &mut object);
        object
    });
    let items: Vec<_> = items.collect();
    let kind = format!("{}List", list.kind);
    let list = json!({"apiVersion": api_version, "items": items, "kind": kind, "metadata": {}});
    (format!("{list}\n"), redacted)
}

/// Takes away what is never collected of an object, and what looks like a credential; returns how
/// many of those there were.
pub(crate) fn strip(list: &List, object: &mut Value) -> usize {
    let is_secret = is_secret(&list.group, &list.kind);
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        if is_secret {
            metadata.remove("annotations");
        }
        if let Some(all) = metadata.get_mut("annotations").and_then(Value::as_object_mut) {
            all.remove(LAST_APPLIED);
        }
    }
    for field in SECRET_VALUES.iter().filter(|_| is_secret) {
        if let Some(values) = object.get_mut(field).and_then(Value::as_object_mut) {
            values.values_mut().for_each(|it| *it = "".into());
        }
    }
    redact_json(object)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(kind: &str, object: &Value, want: &Value, redacted: usize) {
        let of = List { group: String::new(), kind: kind.to_owned(), namespace: None };
        let (text, count) = list(&of, "v1", &[object.to_string().into()]);
        let list: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!((&list["items"][0], count), (want, redacted));
        assert_eq!(list["kind"], format!("{kind}List"));
    }

    #[test]
    fn values_and_annotations_of_secrets_are_not_taken() {
        check(
            "Secret",
            &json!({"data": {"a": "eA=="}, "metadata": {"annotations": {"b": "c"}, "name": "s"}}),
            &json!({
                "apiVersion": "v1", "kind": "Secret",
                "data": {"a": ""}, "metadata": {"name": "s"},
            }),
            0,
        );
    }

    #[test]
    fn what_kubectl_keeps_of_an_object_is_not_taken() {
        check(
            "Pod",
            &json!({"metadata": {"annotations": {LAST_APPLIED: "{}", "b": "c"}, "name": "p"}}),
            &json!({
                "apiVersion": "v1", "kind": "Pod",
                "metadata": {"annotations": {"b": "c"}, "name": "p"},
            }),
            0,
        );
    }

    #[test]
    fn credentials_are_replaced_and_counted() {
        check(
            "Pod",
            &json!({"spec": {"args": ["--password=hunter2", "--level=3"]}}),
            &json!({
                "apiVersion": "v1", "kind": "Pod",
                "spec": {"args": ["--password=REDACTED", "--level=3"]},
            }),
            1,
        );
    }

    #[test]
    fn values_that_a_key_or_a_variable_names_are_replaced() {
        let env = |value: &str| json!([{"name": "DB_PASSWORD", "value": value}]);
        check(
            "Pod",
            &json!({"spec": {"config": {"apiKey": "a1B2c3D4"}, "env": env("hunter2")}}),
            &json!({
                "apiVersion": "v1", "kind": "Pod",
                "spec": {"config": {"apiKey": "REDACTED"}, "env": env("REDACTED")},
            }),
            2,
        );
    }

    #[test]
    fn a_bundle_keeps_no_secret_that_a_report_does_not() {
        let env = json!([
            {"name": "DB_PASSWORD", "value": "/slash"}, {"value": "before", "name": "API_KEY_V2"},
            {"name": "APP_SECRET", "value": "correct horse"}, {"name": "MYSQL_PWD", "value": "pw"},
            {"name": "DB_PASSWORD_FILE", "value": "/run/secrets/db"},
        ]);
        let args = json!(["--password", "word", "--level", "3", "--token", "$(TOKEN)"]);
        let kept_env = json!([
            {"name": "DB_PASSWORD", "value": "REDACTED"},
            {"value": "REDACTED", "name": "API_KEY_V2"},
            {"name": "APP_SECRET", "value": "REDACTED"}, {"name": "MYSQL_PWD", "value": "REDACTED"},
            {"name": "DB_PASSWORD_FILE", "value": "/run/secrets/db"},
        ]);
        let kept_args = json!(["--password", "REDACTED", "--level", "3", "--token", "$(TOKEN)"]);
        check(
            "Pod",
            &json!({"spec": {"env": env, "args": args, "secretName": "s-1"}}),
            &json!({
                "apiVersion": "v1", "kind": "Pod",
                "spec": {"env": kept_env, "args": kept_args, "secretName": "s-1"},
            }),
            5,
        );
    }

    #[test]
    fn each_list_asks_for_what_any_need_of_its_kind_reads() {
        let need = |kind: &str, field: &str| ObjectNeed {
            kind: kind.to_owned(),
            fields: vec![field.to_owned()],
            ..ObjectNeed::default()
        };
        let objects = vec![
            need("Pod", "status"),
            need("Pod", "metadata.annotations"),
            need("Secret", "data"),
        ];
        let needs = NeedSet { objects, texts: Vec::new() };
        let (asked, taken) = asked(&needs, &rulebox_bundle::all_lists_of(&needs));
        let pods = "metadata.annotations metadata.creationTimestamp metadata.deletionTimestamp \
                    metadata.labels metadata.name metadata.namespace metadata.resourceVersion \
                    metadata.uid status";
        assert_eq!(asked.objects[0].fields.join(" "), pods);
        assert_eq!(taken.objects[0], asked.objects[0]);
        let has = |it: &NeedSet| it.objects[1].fields.contains(&"data".to_owned());
        assert!(has(&asked) && !has(&taken));
    }
}
