//! Lists: empty, typed, untyped, and those that only look like one.

use rulebox_core::Coverage;

use super::*;

#[test]
fn copies_of_one_version_that_differ_are_told() {
    let (one, mut other) = (pod("csdr", "x"), pod("csdr", "x"));
    other["status"]["phase"] = "Failed".into();
    let told = "another copy of Pod csdr/x than this: the two differ, and neither is newer";
    for text in [format!("{one}\n{other}"), format!("{other}\n{one}")] {
        let words = words(&read_bytes(&text));
        assert!(words.len() == 1 && words[0].ends_with(told), "{words:?}");
    }
    assert_eq!(words(&read_bytes(format!("{one}\n{one}"))), [""; 0]);
}

#[track_caller]
fn check_listed(name: &str, text: &str, want: Coverage) {
    let reading = read(vec![stream(name, text)]);
    assert_eq!(words(&reading), [""; 0]);
    assert_eq!(reading.inventory.objects["backups"].coverage, want);
}

#[test]
fn an_empty_typed_list_says_that_there_are_none() {
    let list = r#"{"kind":"BackupList","apiVersion":"velero.io/v1","items":[]}"#;
    check_listed("a", list, Coverage::Complete);
    check_listed("a", &list.replace("[]", "null"), Coverage::Complete);
    let sorted = "apiVersion: velero.io/v1\nitems: []\nkind: BackupList\n\
        metadata:\n  resourceVersion: \"1\"\n";
    check_listed("a", sorted, Coverage::Complete);
    check_listed("a", &sorted.replace("[]", "null"), Coverage::Complete);
    let nested = format!(r#"{{"apiVersion":"v1","kind":"List","items":[{list}]}}"#);
    check_listed("a", &nested, Coverage::Complete);
}

#[test]
fn an_empty_list_of_anything_says_nothing() {
    let list = "apiVersion: v1\nitems: []\nkind: List\n";
    let reading = read_bytes(list);
    assert_eq!(reading.inventory.objects["backups"].coverage, Coverage::Absent);
    assert_eq!(words(&reading), ["told :: holds no Kubernetes objects: skipped"]);
}

#[test]
fn an_empty_bare_list_is_of_the_kind_that_its_path_tells() {
    // Nothing is known of the other namespaces.
    check_listed(
        "cluster-resources/custom-resources/backups.velero.io/a.yaml",
        "[]",
        Coverage::Partial,
    );
    check_listed("resources/ns/velero/velero.io_v1_backups.json", "[]\n", Coverage::Partial);
}

#[test]
fn items_without_kind_are_of_the_kind_that_the_path_tells() {
    let pods = json!([untyped(pod("a", "x")), untyped(pod("a", "y"))]).to_string();
    let reading = read(vec![stream("resources/ns/a/core_v1_pods.json", &pods)]);
    assert_eq!((names(&reading), words(&reading)), (vec!["x".to_owned(), "y".to_owned()], vec![]));
    let items = json!({"items": [untyped(pod("a", "x"))]}).to_string();
    let reading = read(vec![stream("cluster-resources/pods/a.json", &items)]);
    assert_eq!((names(&reading), words(&reading)), (vec!["x".to_owned()], vec![]));
    let projected = reading.inventory.objects["pods"].objects[0].text();
    assert!(projected.starts_with(r#"{"apiVersion":"v1","kind":"Pod","#), "{projected}");
}

#[test]
fn items_whose_kind_nothing_tells_are_lost() {
    let pods = json!([untyped(pod("a", "x")), untyped(pod("a", "y"))]);
    let problem = "lost :: 2 objects name no kind, and neither a list nor the path of the file \
        tells it: left out";
    for text in [
        pods.to_string(),
        yaml(&pods, Style::default()),
        json!({"items": pods}).to_string(),
        json!({"kind": "List", "apiVersion": "v1", "items": pods}).to_string(),
    ] {
        let reading = read_bytes(text);
        assert_eq!((names(&reading), words(&reading)), (vec![], vec![problem.to_owned()]));
    }
}

/// Reads a text as usual and with the full parsers; both must give the same.
#[track_caller]
fn read_both_ways(text: &str) -> Reading {
    let read = |reader: Reader| {
        let mut collector = Collector::new(needs()).expect("selectors");
        reader.read_text("a", text.as_bytes(), &mut collector);
        collector.finish()
    };
    let reader = Reader::new(&needs()).expect("needs");
    let reading = read(reader.clone());
    assert_eq!(reading, read(reader.thorough()));
    reading
}

#[test]
fn what_a_list_says_behind_its_items_counts_for_them() {
    let items = [untyped(backup("a")), untyped(backup("b"))];
    let list =
        json!({"apiVersion": "velero.io/v1", "items": items, "kind": "BackupList", "metadata": {}});
    for text in [list.to_string(), yaml(&list, Style::default())] {
        let reading = read_both_ways(&text);
        assert_eq!((names(&reading), words(&reading)), (vec!["a".into(), "b".into()], vec![]));
    }
}

#[test]
fn items_that_name_their_kind_stand_among_others() {
    let mixed = [untyped(backup("a")), pod("x", "p"), untyped(backup("b")), backup("c")];
    let list =
        json!({"apiVersion": "velero.io/v1", "items": mixed, "kind": "BackupList", "metadata": {}});
    for text in [list.to_string(), yaml(&list, Style::default())] {
        let reading = read_both_ways(&text);
        let all = ["a", "b", "c", "p"].map(str::to_owned).to_vec();
        assert_eq!((names(&reading), words(&reading)), (all, vec![]));
    }
}

/// Even if only the full parser can read one of them.
#[test]
fn of_two_copies_of_an_item_the_one_that_says_more_counts() {
    let item = |status| {
        format!("- apiVersion: v1\n  kind: Pod\n  metadata: {{name: x}}\n  status: {status}\n")
    };
    let plain = "- apiVersion: v1\n  kind: Pod\n  metadata:\n    name: x\n";
    for (first, status) in [
        (item("{phase: Running}"), r#","status":{"phase":"Running"}"#),
        (item("&here a"), r#","status":"b""#),
        (item("&here c"), r#","status":"c""#),
        (format!("{plain}  kind: Pod\n"), r#","status":"b""#),
        (plain.to_owned(), r#","status":"b""#),
    ] {
        let text = format!("apiVersion: v1\nitems:\n{first}{plain}  status: b\nkind: List\n");
        let reading = read_both_ways(&text);
        let want =
            format!(r#"{{"apiVersion":"v1","kind":"Pod","metadata":{{"name":"x"}}{status}}}"#);
        assert_eq!(*reading.inventory.objects["pods"].objects, [want.into()], "{text}");
    }
}

#[test]
fn an_item_without_a_name_stands_among_others() {
    for items in [
        json!([{"metadata": {"labels": {}}}, untyped(backup("b"))]),
        json!([untyped(backup("b")), {"metadata": {"labels": {}}}]),
        json!([{"spec": {}}, {"status": {}}]),
        json!([{"metadata": {}}, backup("b")]),
        json!([untyped(backup("b")), {"a": "it: is\n quoted"}, pod("x", "p")]),
    ] {
        let list = json!({
            "apiVersion": "velero.io/v1", "items": items, "kind": "BackupList", "metadata": {},
        });
        read_both_ways(&list.to_string());
        read_both_ways(&yaml(&list, Style::default()));
    }
}

#[test]
fn dashes_behind_a_list_are_none_of_its_items() {
    let list = "apiVersion: velero.io/v1\nitems:\n- metadata:\n    name: a\nkind: BackupList\n\
        metadata:\n  x:\n  - y: 1\nother:\n- z: 1\n";
    let reading = read_both_ways(list);
    assert_eq!((names(&reading), words(&reading)), (vec!["a".to_owned()], vec![]));
}

#[test]
fn an_object_with_items_of_its_own_is_no_list() {
    let object = json!({
        "apiVersion": "velero.io/v1",
        "items": ["a", "b"],
        "kind": "Backup",
        "metadata": {"name": "x"},
    });
    for text in [object.to_string(), yaml(&object, Style::default())] {
        let reading = read_bytes(text);
        assert_eq!(words(&reading), [""; 0]);
        let got = reading.inventory.objects["backups"].objects[0].text();
        assert_eq!(
            got,
            concat!(
                r#"{"apiVersion":"velero.io/v1","kind":"Backup","items":["a","b"],"metadata":"#,
                r#"{"name":"x"}}"#,
            )
        );
    }
}

#[test]
fn a_table_is_named() {
    let table = r#"{"kind":"Table","apiVersion":"meta.k8s.io/v1","metadata":{},"rows":[]}"#;
    assert_eq!(
        words(&read_bytes(table)),
        ["told :1: a Table holds what kubectl prints and no objects; write the dump with `-o \
             yaml` or `-o json`"]
    );
}

#[test]
fn a_refusal_that_was_saved_is_a_loss() {
    let status = concat!(
        r#"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","#,
        r#""message":"pods is forbidden"}"#,
    );
    assert_eq!(
        words(&read_bytes(status)),
        ["lost :1: the API server's refusal was saved here, not objects: pods is forbidden"]
    );
}

#[test]
fn an_object_without_a_name_is_lost_if_its_kind_is_needed() {
    let nameless = |kind| format!("apiVersion: v1\nkind: {kind}\nmetadata: {{}}\n");
    assert_eq!(
        words(&read_bytes(nameless("Pod"))),
        ["lost :1: 1 of kind Pod without `metadata.name`: left out"]
    );
    assert_eq!(
        words(&read_bytes(nameless("Node"))),
        ["told :: holds no Kubernetes objects: skipped"]
    );
}

#[test]
fn of_two_copies_the_newer_counts() {
    let mut newer = pod("a", "x");
    newer["metadata"]["resourceVersion"] = "10".into();
    newer["status"]["phase"] = "Failed".into();
    for copies in [json!([pod("a", "x"), newer]), json!([newer, pod("a", "x")])] {
        let reading = read_bytes(copies.to_string());
        let objects = &reading.inventory.objects["pods"].objects;
        assert!(objects.len() == 1 && objects[0].text().contains("Failed"), "{objects:?}");
    }
}

#[track_caller]
fn read_page(page: &Value) -> (rulebox_reader::ListPage, Reading) {
    let reader = Reader::new(&needs()).expect("needs");
    let mut collector = Collector::new(needs()).expect("selectors");
    collector.begin_input("context test");
    let bytes = page.to_string();
    let page = reader.read_list(
        bytes.as_bytes(),
        ("velero.io", "v1", "Backup"),
        "backups",
        &mut collector,
    );
    (page, collector.finish())
}

#[test]
fn a_page_of_an_api_server() {
    let metadata = json!({"continue": "next", "resourceVersion": "12"});
    let items = [untyped(backup("a")), untyped(backup("b"))];
    let (page, reading) = read_page(&json!({
        "apiVersion": "velero.io/v1", "items": items, "kind": "BackupList", "metadata": metadata,
    }));
    assert_eq!(
        (page.continue_token.as_str(), page.resource_version.as_str(), page.objects),
        ("next", "12", 2)
    );
    assert_eq!((names(&reading), words(&reading)), (vec!["a".to_owned(), "b".to_owned()], vec![]));
    assert_eq!(reading.inputs.len(), 1);
}

#[test]
fn an_empty_page_of_an_api_server() {
    let (page, reading) = read_page(&json!({"kind": "Odd", "items": []}));
    assert_eq!(page.objects, 0);
    assert_eq!(reading.inventory.objects["backups"].coverage, Coverage::Complete);
}

#[test]
fn a_page_that_is_none() {
    let (_, reading) = read_page(
        &json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": "no"}),
    );
    assert_eq!(
        words(&reading),
        ["lost backups:1: the API server's refusal was saved here, not objects: no"]
    );
    let (_, reading) = read_page(&json!("hello"));
    assert_eq!(words(&reading), ["lost backups:: the answer is no list of Backup"]);
}

/// Whether a page with these keys counts as a list.
#[track_caller]
fn check_page(page: &Value, want: bool) {
    let (read, _) = read_page(page);
    assert_eq!(read.listed, want, "{page}");
}

#[test]
fn a_page_tells_whether_it_has_items() {
    let typed = json!({"apiVersion": "velero.io/v1", "kind": "BackupList", "metadata": {}});
    check_page(&typed, false);
    check_page(&json!({}), false);
    for mut page in [typed, json!({})] {
        for items in [json!([untyped(backup("a"))]), json!([]), Value::Null] {
            page["items"] = items;
            check_page(&page, true);
        }
    }
}
