//! Whose objects a loss concerns, and from which namespaces a list was taken.

use std::io::Write;

use rulebox_core::Coverage;
use tempfile::NamedTempFile;

use super::*;

/// Pods, backups and restores of `csdr`, and nodes.
fn needs() -> NeedSet {
    let need = |group: &str, kind: &str, namespaces: &[&str]| ObjectNeed {
        id: kind.to_owned(),
        group: group.to_owned(),
        kind: kind.to_owned(),
        namespaces: namespaces.iter().map(|&it| it.to_owned()).collect(),
        ..ObjectNeed::default()
    };
    let objects = vec![
        need("", "Pod", &["csdr"]),
        need("", "Node", &[]),
        need("velero.io", "Backup", &["csdr"]),
        need("velero.io", "Restore", &["csdr"]),
    ];
    NeedSet { objects, texts: Vec::new() }
}

fn read_with(reader: &Reader, sources: Vec<Source>) -> Reading {
    let mut collector = Collector::new(needs()).expect("selectors");
    reader.read(sources, &mut collector, &mut |_| {});
    collector.finish()
}

fn read_all(sources: Vec<Source>) -> Reading {
    read_with(&Reader::new(&needs()).expect("needs"), sources)
}

/// `Pod=complete Node=absent …`
fn coverage(reading: &Reading) -> String {
    let slots = ["Pod", "Node", "Backup", "Restore"].map(|kind| {
        let coverage = reading.inventory.objects[kind].coverage;
        format!("{kind}={coverage}")
    });
    slots.join(" ")
}

/// What one text and a good dump of all kinds cover together.
#[track_caller]
fn check(name: &str, text: &str, want: &str) -> Reading {
    let items = [object("v1", "Pod", "csdr", "p"), object("v1", "Node", "", "n")];
    let good = ["Backup", "Restore"].map(|it| object("velero.io/v1", it, "csdr", "v"));
    let good = list(&[&items[..], &good[..]].concat());
    let sources = vec![stream("good.json", good.to_string()), stream(name, text)];
    let reading = read_all(sources);
    assert_eq!(coverage(&reading), want, "{text}\n{:?}", words(&reading));
    reading
}

const ALL: &str = "Pod=complete Node=complete Backup=complete Restore=complete";
const NONE: &str = "Pod=partial Node=partial Backup=partial Restore=partial";
const NO_BACKUPS: &str = "Pod=complete Node=complete Backup=partial Restore=complete";
const NO_PODS: &str = "Pod=partial Node=complete Backup=complete Restore=complete";

fn object(api_version: &str, kind: &str, namespace: &str, name: &str) -> Value {
    let mut object = json!({
        "apiVersion": api_version,
        "kind": kind,
        "metadata": {"name": name},
        "spec": {"a": {"b": "c"}},
    });
    if !namespace.is_empty() {
        object["metadata"]["namespace"] = namespace.into();
    }
    object
}

fn list(items: &[Value]) -> Value {
    json!({"apiVersion": "v1", "items": items, "kind": "List", "metadata": {"resourceVersion": ""}})
}

fn block(value: &Value) -> String {
    yaml(value, Style::default())
}

/// The answer of a server that refuses, with these details.
fn refusal(message: &str, details: &Value) -> Value {
    json!({
        "apiVersion": "v1", "code": 403, "details": details, "kind": "Status", "message": message,
        "metadata": {}, "reason": "Forbidden", "status": "Failure",
    })
}

#[test]
fn a_refusal_concerns_the_kind_that_it_names() {
    let details = json!({"group": "velero.io", "kind": "backups"});
    let message = "backups.velero.io is forbidden: User \"u\" cannot list resource \"backups\" \
         in API group \"velero.io\" in the namespace \"csdr\"";
    for answer in [
        refusal("no", &details),
        refusal(message, &json!({})),
        refusal("pods is forbidden", &json!({})),
        refusal("secrets is forbidden", &json!({})),
        refusal("Unauthorized", &json!({})),
    ] {
        let want = match answer["message"].as_str().expect("a text") {
            "Unauthorized" => NONE,
            "pods is forbidden" => NO_PODS,
            "secrets is forbidden" => ALL,
            _ => NO_BACKUPS,
        };
        for text in [answer.to_string(), block(&answer)] {
            let reading = check("denied.json", &text, want);
            assert!(problems(&reading).iter().any(|it| it.lost()), "{text}");
        }
    }
    let reading = check("x/denied.json", &refusal("no", &details).to_string(), NO_BACKUPS);
    let reason = "x/denied.json:1: the API server's refusal was saved here, not objects: no";
    assert_eq!(reading.inventory.objects["Backup"].reason, reason);
}

#[test]
fn a_refusal_in_a_bundle_concerns_the_kind_that_its_path_tells() {
    let answer = refusal("Unauthorized", &json!({})).to_string();
    let want = "Pod=complete Node=complete Backup=complete Restore=partial";
    check("resources/ns/csdr/velero.io_v1_restores.json", &answer, want);
}

#[test]
fn a_refusal_in_a_line_concerns_the_kind_that_it_names() {
    let of = |what: &str| {
        format!(
            "Error from server (Forbidden): {what} is forbidden: User \"u\" cannot list it in the \
             namespace \"csdr\""
        )
    };
    let pods = block(&pod("csdr", "q"));
    for (line, want) in [
        (of("backups.velero.io"), NO_BACKUPS),
        (of("pods"), NO_PODS),
        (of("secrets"), ALL),
        ("Unable to connect to the server: net/http: TLS handshake timeout".to_owned(), NONE),
        ("error: the server doesn't have a resource type \"nodes\"".to_owned(), ALL),
        // As PowerShell breaks it.
        (
            "kubectl.exe : Error from server (Forbidden): it is forbidden: cannot list resource \
             \"back\nups\" in API group \"velero.io\""
                .to_owned(),
            NONE,
        ),
    ] {
        for text in [format!("{line}\n{pods}"), format!("{pods}{line}\n"), format!("{line}\n")] {
            check("dump.yaml", &text, want);
        }
    }
}

/// A text without its last bytes.
fn cut(text: &str) -> &str {
    &text[..text.len() * 2 / 3]
}

#[test]
fn a_list_that_breaks_off_concerns_what_it_lists() {
    let backups = ["x", "y"].map(|it| untyped(object("velero.io/v1", "Backup", "csdr", it)));
    let typed = |kind: &str| json!({"apiVersion": "velero.io/v1", "items": backups, "kind": kind});
    let items = json!({"items": backups});
    let header = "kind: BackupList\napiVersion: velero.io/v1\n";
    check("a", cut(&format!("{header}{}", block(&items))), NO_BACKUPS);
    let json = format!(
        r#"{{"kind":"BackupList","apiVersion":"velero.io/v1","items":{}}}"#,
        json!(backups)
    );
    check("a", cut(&json), NO_BACKUPS);
    // The kind stands behind the items, and the group before them.
    let of_group = "Pod=complete Node=complete Backup=partial Restore=partial";
    check("a", cut(&block(&typed("BackupList"))), of_group);
    check("a", cut(&typed("BackupList").to_string()), of_group);
    let untyped_list = list(&[object("velero.io/v1", "Backup", "csdr", "x"), pod("csdr", "z")]);
    check("a", cut(&block(&untyped_list)), NONE);
    check("a", cut(&untyped_list.to_string()), NONE);
}

#[test]
fn of_several_documents_that_break_off_more_may_be_missing() {
    let backups = untyped(object("velero.io/v1", "Backup", "csdr", "x"));
    let typed = json!({"items": [backups]});
    let typed = format!("kind: BackupList\napiVersion: velero.io/v1\n{}", block(&typed));
    let one = block(&object("v1", "Pod", "csdr", "q"));
    check("a", &format!("{one}---\n{}", cut(&typed)), NONE);
    check("a", &format!("{one}---\n{}\n---\n{one}", cut(&typed)), NO_BACKUPS);
}

#[test]
fn a_broken_object_concerns_its_kind() {
    let good = block(&object("v1", "Node", "", "m"));
    let broken = block(&object("velero.io/v1", "Backup", "csdr", "x")).replace("b: c", "b: [}");
    let broken = format!("{broken}status: {{}}\n");
    check("a", &broken, NO_BACKUPS);
    check("a", &format!("{good}---\n{broken}---\n{good}"), NO_BACKUPS);
    // What follows is another object.
    let reading = check("a", &format!("{broken}{good}"), NO_BACKUPS);
    assert!(names(&reading).contains(&"m".to_owned()));
    let nameless = object("v1", "Pod", "csdr", "").to_string().replace("\"name\":\"\",", "");
    let nameless = nameless.replace(",\"name\":\"\"", "").replace("\"name\":\"\"", "");
    check("a", &nameless, NO_PODS);
}

#[test]
fn a_broken_item_concerns_its_kind() {
    let item = |it: &str| object("velero.io/v1", "Backup", "csdr", it);
    let items = [item("x"), item("broken"), object("v1", "Node", "", "m"), item("y")];
    let broken = |text: String| {
        let at = text.find("broken").expect("an item");
        let odd = text[at..].replacen("b: c", "b: [}", 1).replacen("\"c\"", "\"\\q\"", 1);
        format!("{}{odd}", &text[..at])
    };
    for text in [broken(block(&list(&items))), broken(list(&items).to_string())] {
        let limits = Limits { window_bytes: 64, ..Limits::default() };
        let reader = Reader::new(&needs()).expect("needs").with_limits(limits);
        let good = list(&[pod("csdr", "p"), object("velero.io/v1", "Restore", "csdr", "r")]);
        let sources = vec![stream("good", good.to_string()), stream("a", &text)];
        let reading = read_with(&reader, sources);
        assert_eq!(coverage(&reading), NO_BACKUPS, "{text}\n{:?}", words(&reading));
        assert_eq!(names(&reading), ["x", "y", "m", "p", "r"], "{text}");
    }
}

#[test]
fn an_item_behind_which_the_list_goes_on_is_whole() {
    let text = block(&list(&[pod("csdr", "x"), pod("csdr", "y")]));
    let text = format!("{text}- odd: [\n");
    assert_eq!(names(&read_bytes(&text)), ["x", "y"]);
    let pods = ["x", "y"].map(|it| untyped(pod("csdr", it)));
    let typed = json!({"apiVersion": "v1", "items": pods, "kind": "PodList"});
    let reading = read_bytes(format!("{}odd: [\n", block(&typed)));
    assert_eq!(names(&reading), ["x", "y"]);
    assert!(words(&reading)[0].contains("2 objects before it read"), "{:?}", words(&reading));
}

/// What sources cover that hold these lists of pods, each as JSON and as YAML.
#[track_caller]
fn check_lists(lists: &[Value], want: Coverage) {
    for write in [Value::to_string, block] {
        let sources = lists.iter().map(|it| stream("a", write(it))).collect();
        let reading = read_all(sources);
        assert_eq!(reading.inventory.objects["Pod"].coverage, want, "{lists:?}");
    }
}

#[test]
fn a_list_of_several_namespaces_was_taken_from_all() {
    let [x, y] = ["a", "b"].map(|it| object("v1", "Pod", it, "x"));
    check_lists(&[list(&[x.clone(), y.clone()])], Coverage::Complete);
    let service = object("v1", "Service", "b", "s");
    check_lists(&[list(&[x.clone(), service])], Coverage::Complete);
    let typed = json!({"apiVersion": "v1", "items": [untyped(x), untyped(y)], "kind": "PodList"});
    check_lists(std::slice::from_ref(&typed), Coverage::Complete);
    check_lists(&[list(&[typed])], Coverage::Complete);
}

#[test]
fn a_list_of_one_namespace_says_nothing_of_others() {
    let of = |namespace: &str, name: &str| object("v1", "Pod", namespace, name);
    check_lists(&[list(&[of("a", "x"), of("a", "y")])], Coverage::Partial);
    check_lists(&[list(&[of("a", "x"), object("v1", "Node", "", "n")])], Coverage::Partial);
    check_lists(&[list(&[of("a", "x")]), list(&[of("b", "x")])], Coverage::Partial);
    let typed =
        |it| json!({"apiVersion": "v1", "items": [untyped(of(it, "x"))], "kind": "PodList"});
    check_lists(&[typed("a")], Coverage::Partial);
    check_lists(&[typed("csdr")], Coverage::Complete);
    // Lists that a program has put into one.
    check_lists(&[list(&[typed("a"), typed("b")])], Coverage::Partial);
    check_lists(&[json!([of("a", "x"), of("b", "x")])], Coverage::Partial);
    // A page: others follow.
    let mut page = list(&[of("a", "x"), of("b", "x")]);
    page["metadata"]["continue"] = "more".into();
    check_lists(&[page], Coverage::Partial);
}

#[test]
fn of_a_kind_that_a_list_does_not_hold_it_says_nothing() {
    let of = |kind: &str, it: &str| object("v1", kind, it, "x");
    check_lists(&[list(&[of("Service", "a"), of("Service", "b")])], Coverage::Absent);
}

#[test]
fn documents_and_files_of_single_objects_are_no_list() {
    let pods = ["a", "b"].map(|it| block(&object("v1", "Pod", it, "x")));
    let partial = |sources| {
        let reading = read_all(sources);
        assert_eq!(reading.inventory.objects["Pod"].coverage, Coverage::Partial);
    };
    partial(vec![stream("a", pods.join("---\n"))]);
    partial(pods.iter().map(|it| stream("a", it)).collect());
    // Two lists without a marker between them.
    let lists = ["a", "b"].map(|it| block(&list(&[object("v1", "Pod", it, "x")])));
    partial(vec![stream("a", lists.concat())]);
}

/// In however small pieces the text is read, and on however many threads.
#[test]
fn pieces_of_a_list_tell_its_namespaces_together() {
    let of = |namespace: &str, name: &str| object("v1", "Pod", namespace, name);
    let filler = (0..6).map(|it| of("a", &format!("x{it}")));
    let everywhere: Vec<_> = filler.clone().chain([of("b", "last")]).collect();
    let one: Vec<_> = filler.collect();
    for (items, want) in [(&everywhere, Coverage::Complete), (&one, Coverage::Partial)] {
        for text in [block(&list(items)), list(items).to_string(), format!("{:#}", list(items))] {
            let mut file = NamedTempFile::new().expect("a file");
            file.write_all(text.as_bytes()).expect("written");
            for window_bytes in [16, 64, 100, 200, 333, 1 << 20] {
                for threads in [1, 3] {
                    let limits = Limits { window_bytes, ..Limits::default() };
                    let reader = Reader::new(&needs()).expect("needs");
                    let reader = reader.with_limits(limits).with_threads(threads);
                    let on_disk = || Source::Path(file.path().to_owned());
                    for source in [on_disk(), stream("a", &text)] {
                        let reading = read_with(&reader, vec![source]);
                        let slot = &reading.inventory.objects["Pod"];
                        assert_eq!(slot.coverage, want, "{window_bytes} {threads} {text}");
                    }
                }
            }
        }
    }
}

/// What is told of a pod in which this was replaced, alone and in a list, as YAML and as JSON.
#[track_caller]
fn check_redacted(field: &[&str], text: &str, coverage: Coverage, want: &str) {
    let mut redacted = pod("csdr", "x");
    match field {
        [key] => redacted[key] = text.into(),
        [outer, key] => redacted[outer][key] = text.into(),
        _ => unreachable!("fields stand at two depths"),
    }
    let list = |items: &[&Value]| json!({"apiVersion": "v1", "items": items, "kind": "List"});
    let other = pod("csdr", "y");
    for write in [Value::to_string, block] {
        for value in [redacted.clone(), list(&[&redacted, &other]), list(&[&other, &redacted])] {
            let reading = read_all(vec![stream("dump", write(&value))]);
            assert_eq!(reading.inventory.objects["Pod"].coverage, coverage, "{value}");
            let words = words(&reading);
            assert!(words.iter().any(|it| it.contains(want)), "{words:?}");
        }
    }
}

#[test]
fn a_kind_that_was_redacted_may_be_any() {
    for kind in ["***HIDDEN***", "REDACTED", "<kind>", "-"] {
        let mut text = pod("csdr", "x");
        text["kind"] = kind.into();
        let reading =
            read_all(vec![stream("dump", block(&text) + "---\n" + &block(&pod("a", "y")))]);
        assert_eq!(reading.inventory.objects["Pod"].coverage, Coverage::Partial);
        let want = "is no `apiVersion` and no kind, so it was redacted or changed";
        assert!(words(&reading)[0].contains(want), "{:?}", words(&reading));
    }
    let mut text = list(&[pod("csdr", "y"), pod("csdr", "x")]);
    text["items"][1]["apiVersion"] = "***".into();
    let reading = read_all(vec![stream("dump", text.to_string())]);
    assert_eq!(reading.inventory.objects["Pod"].coverage, Coverage::Partial);
}

#[test]
fn a_name_that_was_redacted_may_be_any_of_its_kind() {
    let namespace = "is no namespace, so it was redacted or changed: the Pod may pass for another";
    check_redacted(&["metadata", "namespace"], "REDACTED", Coverage::Partial, namespace);
    let name = "is no name, so it was redacted or changed: the Pod may pass for another";
    check_redacted(&["metadata", "name"], "***HIDDEN***", Coverage::Partial, name);
    let mut nameless = pod("csdr", "");
    nameless["metadata"]["uid"] = "".into();
    let reading = read_all(vec![stream("dump", block(&nameless))]);
    assert_eq!(reading.inventory.objects["Pod"].coverage, Coverage::Partial);
    assert!(words(&reading)[0].contains("a Pod has no name"), "{:?}", words(&reading));
}

/// What is told of such a value, alone, as an item of a list and of a bare one, in YAML and JSON.
#[track_caller]
fn check_hollow(value: &Value, coverage: Coverage, want: &str) {
    let list = json!({"apiVersion": "v1", "items": [pod("csdr", "y"), value], "kind": "List"});
    for write in [Value::to_string, block] {
        let alone = words(&read_bytes(write(value)));
        assert!(alone[0].starts_with("lost ") && alone[0].contains(want), "{value}: {alone:?}");
        for value in [&list, &json!([pod("csdr", "y"), value])] {
            let reading = read_all(vec![stream("dump", write(value))]);
            assert_eq!(reading.inventory.objects["Pod"].coverage, coverage, "{value}");
            let words = words(&reading);
            assert!(words.iter().any(|it| it.contains(want)), "{value}: {words:?}");
        }
    }
}

#[test]
fn a_list_without_items_is_a_loss() {
    let list =
        |kind: &str, key: &str, items: Value| json!({"apiVersion": "v1", "kind": kind, key: items});
    for (key, items) in
        [("items", json!("<omitted>")), ("items", json!({"x": 1})), ("itmes", json!([]))]
    {
        for kind in ["PodList", "List"] {
            let want = format!("a {kind} without a list of items");
            check_hollow(&list(kind, key, items.clone()), Coverage::Partial, &want);
        }
    }
}

#[test]
fn a_refusal_as_an_item_is_a_loss() {
    let status = json!({"apiVersion": "v1", "kind": "Status", "status": "Failure",
        "message": "pods is forbidden", "details": {"kind": "pods"}});
    check_hollow(&status, Coverage::Partial, "the API server's refusal");
}

#[test]
fn a_part_of_an_object_is_a_loss() {
    let mut partial = pod("csdr", "x");
    partial["apiVersion"] = "meta.k8s.io/v1".into();
    partial["kind"] = "PartialObjectMetadata".into();
    check_hollow(&partial, Coverage::Partial, "is not the whole object");
    let version = "meta.k8s.io/v1";
    let rows =
        |it: Value| json!({"apiVersion": version, "kind": "Table", "rows": [{"object": it}]});
    check_hollow(&rows(partial), Coverage::Partial, "is not the whole object");
    assert_eq!(names(&read_bytes(rows(pod("csdr", "x")).to_string())), ["x"]);
}
