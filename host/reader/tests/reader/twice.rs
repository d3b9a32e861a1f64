//! A key that stands twice in one mapping, with different values, hides nothing: what either value
//! makes of the object is a loss.

use rulebox_core::Coverage;

use super::*;

/// A text behind a good object of each kind: what is partial then.
#[track_caller]
pub(super) fn check(text: &str, want: &[&str]) {
    let good = format!("{}\n---\n{}\n", pod("csdr", "good"), backup("good"));
    for reader in [Reader::new(&needs()), Reader::new(&needs()).map(Reader::thorough)] {
        for window_bytes in [64, 1 << 20] {
            let limits = Limits { window_bytes, ..Limits::default() };
            let reader = reader.clone().expect("needs").with_limits(limits);
            let mut collector = Collector::new(needs()).expect("selectors");
            let sources = vec![stream("good", &good), stream("dump", text)];
            reader.read(sources, &mut collector, &mut |_| {});
            let reading = collector.finish();
            let objects = reading.inventory.objects.iter();
            let partial = objects.filter(|it| it.1.coverage != Coverage::Complete);
            let partial: Vec<_> = partial.map(|it| it.0.as_str()).collect();
            // A window may end where nothing tells what follows.
            let is = if window_bytes == 64 { partial.len() >= want.len() } else { partial == want };
            assert!(is, "{window_bytes}: {partial:?}\n{text}\n{:?}", words(&reading));
        }
    }
}

/// A pod with more at its end, as JSON, as YAML, and as an item of a list of either. In YAML, a
/// second first key begins another object.
#[track_caller]
fn check_end(key: &str, value: &str, want: &[&str]) {
    let pod = pod("csdr", "x");
    let json = pod.to_string();
    let json = format!("{},\"{key}\":{value}}}", &json[..json.len() - 1]);
    let block = format!("{}{key}: {value}\n", yaml(&pod, Style::default()));
    let item: String = block.lines().flat_map(|it| ["  ", it, "\n"]).collect();
    check(&json, want);
    if key != "apiVersion" {
        check(&block, want);
    }
    check(&format!(r#"{{"apiVersion":"v1","kind":"List","items":[{json}]}}"#), want);
    check(&format!("apiVersion: v1\nitems:\n- {}kind: List\n", item.trim_start()), want);
}

#[test]
fn a_second_kind() {
    check_end("kind", "\"Event\"", &["pods"]);
    check_end("kind", "\"Pod\"", &[]);
    check_end("kind", "\"List\"", &["backups", "pods"]);
    check_end("kind", "\"PodList\"", &["pods"]);
    check_end("kind", "\"Table\"", &["backups", "pods"]);
}

#[test]
fn a_second_version() {
    check_end("apiVersion", "\"apps/v1\"", &["pods"]);
    check_end("apiVersion", "\"v1\"", &[]);
}

#[test]
fn of_either_kind_something_may_be_lost() {
    let pod = pod("csdr", "x").to_string();
    let both = ",\"apiVersion\":\"velero.io/v1\",\"kind\":\"Backup\"}";
    check(&format!("{}{both}", &pod[..pod.len() - 1]), &["backups", "pods"]);
}

#[test]
fn a_second_status_and_a_second_field() {
    check_end("status", "{\"phase\":\"Failed\"}", &["pods"]);
    check_end("metadata", "{\"name\":\"y\",\"namespace\":\"csdr\"}", &["pods"]);
    let pod = pod("csdr", "x");
    for (one, two) in [
        ("\"phase\":", "\"phase\":\"Failed\",\"phase\":"),
        ("\"name\":\"x\"", "\"name\":\"y\",\"name\":\"x\""),
        ("\"uid\":", "\"uid\":\"other\",\"uid\":"),
    ] {
        check(&pod.to_string().replacen(one, two, 1), &["pods"]);
    }
    let block = yaml(&pod, Style::default());
    check(&block.replace("  phase:", "  phase: Failed\n  phase:"), &["pods"]);
    check(&block.replace("  phase:", "  phase: Running\n  phase:"), &[]);
}

#[test]
fn objects_that_nobody_asks_for() {
    let node = r#"{"apiVersion":"v1","kind":"Node","metadata":{"name":"n"},"status":{}"#;
    check(&format!("{node},\"status\":{{\"a\":1}}}}"), &[]);
    check(&format!("{node},\"kind\":\"Event\"}}"), &[]);
}

#[test]
fn a_list_that_says_twice_what_it_is() {
    let pod = pod("csdr", "x");
    let list = |keys: &str| format!("{{{keys},\"items\":[{pod}]}}");
    let of_pods = r#""apiVersion":"v1","kind":"PodList""#;
    check(&list(of_pods), &[]);
    check(&list(&format!(r#"{of_pods},"metadata":{{"continue":"x"}},"metadata":{{}}"#)), &["pods"]);
    check(&list(&format!(r#"{of_pods},"metadata":{{"continue":"x","continue":""}}"#)), &["pods"]);
    let all = &["backups", "pods"];
    check(&list(r#""apiVersion":"v1","kind":"List","kind":"NodeList""#), all);
    let metadata = r#""metadata":{"continue":"x"},"metadata":{}"#;
    check(&list(&format!(r#""apiVersion":"v1","kind":"List",{metadata}"#)), all);
}

#[test]
fn an_envelope_with_two_objects_in_one_place() {
    let [x, y] = ["x", "y"].map(|it| pod("csdr", it).to_string());
    let all = &["backups", "pods"];
    check(&format!(r#"{{"type":"ADDED","object":{x},"object":{y}}}"#), all);
    check(&format!(r#"{{"a":{x},"a":{y}}}"#), all);
}

#[test]
fn many_kinds() {
    let kinds = |kind: &str| format!("kind: {kind}\n").repeat(20_000);
    let pod = yaml(&pod("csdr", "x"), Style::default());
    check(&format!("{pod}{}", kinds("Event")), &["pods"]);
    let each: Vec<_> = (0..5_000).map(|it| format!("kind: K{it}\n")).collect();
    check(&format!("{pod}{}", each.concat()), &["backups", "pods"]);
}
