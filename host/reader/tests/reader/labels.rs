//! Needs with a label selector, and dumps that hold several copies of an object.

use super::*;

fn web(namespaces: &[&str]) -> NeedSet {
    let need = ObjectNeed {
        id: "web".to_owned(),
        kind: "Pod".to_owned(),
        namespaces: namespaces.iter().map(|&it| it.to_owned()).collect(),
        label_selector: "app=web".to_owned(),
        ..ObjectNeed::default()
    };
    NeedSet { objects: vec![need], texts: Vec::new() }
}

/// A copy of one pod.
fn copy(app: &str, resource_version: &str) -> Value {
    let mut pod = pod("a", "x");
    pod["metadata"]["labels"]["app"] = app.into();
    pod["metadata"]["resourceVersion"] = resource_version.into();
    pod["status"]["phase"] = format!("{app} {resource_version}").into();
    pod
}

/// The phase that the need for pods with `app=web` is given, in all forms of a dump.
#[track_caller]
fn check(copies: [&Value; 2], want: &[&str]) {
    let list = json!({"apiVersion": "v1", "items": copies, "kind": "List"});
    let documents = copies.map(|it| yaml(it, Style::default())).join("---\n");
    let anchored = documents.replace("phase: ", "phase: &anchor ");
    for text in [list.to_string(), yaml(&list, Style::default()), documents, anchored] {
        for namespaces in [&[][..], &["b", "a"]] {
            let needs = web(namespaces);
            let reader = Reader::new(&needs).expect("needs");
            for reader in [reader.clone(), reader.thorough()] {
                let mut collector = Collector::new(needs.clone()).expect("selectors");
                reader.read(vec![stream("dump", &text)], &mut collector, &mut |_| {});
                let reading = collector.finish();
                let phase = |it: &rulebox_core::Json| {
                    let object: Value = serde_json::from_str(&it.text()).expect("JSON");
                    object["status"]["phase"].as_str().map(str::to_owned)
                };
                let slot = &reading.inventory.objects["web"];
                let phases: Option<Vec<_>> = slot.objects.iter().map(phase).collect();
                assert_eq!(phases.expect("phases"), want, "{text}");
                let selected = copies.iter().filter(|it| it["metadata"]["labels"]["app"] == "web");
                let input = &reading.inputs[0];
                assert_eq!((input.objects, input.needed), (2, selected.count()), "{text}");
                assert_eq!(reading.objects_needed, want.len(), "{text}");
            }
        }
    }
}

#[test]
fn a_newer_copy_that_the_labels_leave_out_takes_the_object_away() {
    check([&copy("web", "7"), &copy("db", "8")], &[]);
    check([&copy("db", "8"), &copy("web", "7")], &[]);
}

#[test]
fn an_older_copy_that_the_labels_leave_out_does_not_count() {
    check([&copy("web", "8"), &copy("db", "7")], &["web 8"]);
    check([&copy("db", "7"), &copy("web", "8")], &["web 8"]);
}

#[test]
fn a_copy_without_version_takes_nothing_away() {
    check([&copy("web", "7"), &copy("db", "")], &["web 7"]);
    check([&copy("db", ""), &copy("web", "")], &["web "]);
}
