//! Objects that were read under another address than the one that needs name.

use rulebox_core::Coverage;

use super::*;

fn needs(kinds: &[(&str, &str)]) -> NeedSet {
    let objects = kinds.iter().map(|(group, kind)| ObjectNeed {
        id: format!("{group}/{kind}"),
        group: (*group).to_owned(),
        kind: (*kind).to_owned(),
        ..ObjectNeed::default()
    });
    NeedSet { objects: objects.collect(), texts: Vec::new() }
}

/// Reads a text by outlines and in full; both must give the same.
#[track_caller]
fn read_for(kinds: &[(&str, &str)], text: &str) -> Reading {
    let needs = needs(kinds);
    let read = |reader: Reader| {
        let mut collector = Collector::new(needs.clone()).expect("selectors");
        reader.read_text("a", text.as_bytes(), &mut collector);
        collector.finish()
    };
    let reader = Reader::new(&needs).expect("needs");
    let reading = read(reader.clone());
    assert_eq!(reading, read(reader.thorough()), "{text}");
    reading
}

fn new_event(uid: &str) -> Value {
    let mut event = json!({
        "action": "Binding",
        "apiVersion": "events.k8s.io/v1",
        "deprecatedCount": 4,
        "deprecatedFirstTimestamp": "2024-05-01T08:00:00Z",
        "deprecatedLastTimestamp": "2024-05-01T09:00:00Z",
        "deprecatedSource": {"component": "kubelet"},
        "eventTime": "2024-05-01T08:00:00.000000Z",
        "kind": "Event",
        "metadata": {"name": "web.1", "namespace": "shop", "resourceVersion": "7"},
        "note": "Back-off restarting failed container",
        "reason": "BackOff",
        "regarding": {"kind": "Pod", "name": "web", "namespace": "shop"},
        "reportingController": "kubelet",
        "series": {"count": 5, "lastObservedTime": "2024-05-01T09:30:00.000000Z"},
        "type": "Warning",
    });
    if !uid.is_empty() {
        event["metadata"]["uid"] = uid.into();
    }
    event
}

fn old_event(uid: &str) -> Value {
    let mut event = new_event(uid);
    let entries = event.as_object_mut().expect("an object");
    for (key, core) in [
        ("note", "message"),
        ("regarding", "involvedObject"),
        ("deprecatedCount", "count"),
        ("deprecatedFirstTimestamp", "firstTimestamp"),
        ("deprecatedLastTimestamp", "lastTimestamp"),
        ("deprecatedSource", "source"),
        ("reportingController", "reportingComponent"),
    ] {
        let value = entries.remove(key).expect("a field");
        entries.insert(core.to_owned(), value);
    }
    event["apiVersion"] = "v1".into();
    event
}

const EVENT: (&str, &str) = ("", "Event");

#[track_caller]
fn objects(reading: &Reading, need: &str) -> Vec<Value> {
    let slot = &reading.inventory.objects[need];
    assert_eq!(slot.coverage, Coverage::Complete, "{}", slot.reason);
    slot.objects.iter().map(|it| serde_json::from_str(&it.text()).expect("JSON")).collect()
}

/// An event in a list, in a typed list and alone, as JSON and as YAML.
fn forms(event: &Value) -> Vec<String> {
    let list = json!({"apiVersion": "v1", "items": [event], "kind": "List"});
    let api_version = event["apiVersion"].clone();
    let items = [untyped(event.clone())];
    let typed = json!({"apiVersion": api_version, "items": items, "kind": "EventList"});
    let values = [list, typed, event.clone()];
    values.iter().flat_map(|it| [it.to_string(), yaml(it, Style::default())]).collect()
}

#[test]
fn an_event_of_the_other_group_is_an_event() {
    for text in forms(&new_event("u")) {
        let reading = read_for(&[EVENT], &text);
        assert_eq!(objects(&reading, "/Event"), [old_event("u")], "{text}");
        assert_eq!(reading.objects, [(String::new(), "Event".to_owned(), 1)], "{text}");
    }
}

#[test]
fn both_forms_of_an_event_are_one_object() {
    for uid in ["u", ""] {
        let both = json!({
            "apiVersion": "v1", "items": [new_event(uid), old_event(uid)], "kind": "List",
        });
        for text in [both.to_string(), yaml(&both, Style::default())] {
            let reading = read_for(&[EVENT], &text);
            assert_eq!(objects(&reading, "/Event"), [old_event(uid)], "{text}");
        }
    }
}

#[test]
fn an_empty_list_of_the_other_group_says_that_there_are_none() {
    let list = r#"{"apiVersion":"events.k8s.io/v1","items":[],"kind":"EventList"}"#;
    assert!(objects(&read_for(&[EVENT], list), "/Event").is_empty());
}

#[test]
fn who_asks_for_the_other_address_gets_it_as_it_is() {
    let other = ("events.k8s.io", "Event");
    for text in forms(&new_event("u")) {
        let reading = read_for(&[other], &text);
        assert_eq!(objects(&reading, "events.k8s.io/Event"), [new_event("u")], "{text}");
    }
}

#[test]
fn who_asks_for_both_addresses_gets_both() {
    let other = ("events.k8s.io", "Event");
    for text in forms(&new_event("")) {
        let reading = read_for(&[EVENT, other], &text);
        assert_eq!(objects(&reading, "events.k8s.io/Event"), [new_event("")], "{text}");
        assert_eq!(objects(&reading, "/Event"), [old_event("")], "{text}");
        assert_eq!(reading.inputs[0].objects, 1, "{text}");
    }
    let list = r#"{"apiVersion":"events.k8s.io/v1","items":[],"kind":"EventList"}"#;
    let reading = read_for(&[EVENT, other], list);
    assert!(objects(&reading, "events.k8s.io/Event").is_empty());
    assert!(objects(&reading, "/Event").is_empty());
}

#[test]
fn what_nobody_asks_for_keeps_its_address() {
    let reading = read_for(&[("", "Pod")], &new_event("u").to_string());
    assert_eq!(reading.objects, [("events.k8s.io".to_owned(), "Event".to_owned(), 1)]);
}

#[test]
fn older_groups_of_a_kind_are_the_kind() {
    for api_version in ["extensions/v1beta1", "apps/v1beta1", "apps/v1beta2", "apps/v1"] {
        let deployment = json!({
            "apiVersion": api_version,
            "kind": "Deployment",
            "metadata": {"name": "web", "namespace": "shop"},
            "spec": {"replicas": 2},
        });
        for text in [deployment.to_string(), yaml(&deployment, Style::default())] {
            let reading = read_for(&[("apps", "Deployment")], &text);
            let [object] = &objects(&reading, "apps/Deployment")[..] else { panic!("{text}") };
            assert_eq!(object["spec"]["replicas"], 2, "{text}");
        }
    }
}

#[test]
fn an_ingress_of_the_oldest_group_has_the_fields_of_its_beta() {
    let ingress = json!({
        "apiVersion": "extensions/v1beta1", "kind": "Ingress", "metadata": {"name": "web"},
    });
    let reading = read_for(&[("networking.k8s.io", "Ingress")], &ingress.to_string());
    let objects = objects(&reading, "networking.k8s.io/Ingress");
    assert_eq!(objects[0]["apiVersion"], "networking.k8s.io/v1beta1");
}
