//! A page of a list is a part of the list, until all pages of it were read.

use rulebox_core::Coverage;

use super::*;
use crate::archives::tar;

/// A page of the pods with these names. `metadata`: of the list.
fn page(names: &[&str], metadata: Value) -> Value {
    let items: Vec<_> = names.iter().map(|it| untyped(pod("csdr", it))).collect();
    let mut metadata = metadata;
    metadata["resourceVersion"] = "40".into();
    json!({"apiVersion": "v1", "items": items, "kind": "PodList", "metadata": metadata})
}

fn block(value: &Value) -> String {
    yaml(value, Style::default())
}

/// What a folder covers that holds these texts, each read in pieces and in one.
#[track_caller]
fn check(texts: &[String], want: Coverage) -> Vec<String> {
    let files: Vec<_> = (0..).map(|it: u32| format!("d/{it}")).take(texts.len()).collect();
    let files = files.iter().zip(texts).map(|(name, it)| (name.as_str(), it.as_bytes().to_vec()));
    let archive = tar(&files.collect::<Vec<_>>());
    let mut told = Vec::new();
    for window_bytes in [64, 300, 1 << 20] {
        let limits = Limits { window_bytes, ..Limits::default() };
        let reading = read_within(&limits, vec![stream("dump", &archive)]);
        let slot = &reading.inventory.objects["pods"];
        assert_eq!(slot.coverage, want, "{window_bytes}: {texts:?}");
        told = words(&reading);
        assert_eq!(told.is_empty(), want == Coverage::Complete, "{told:?}");
    }
    told
}

#[test]
fn a_page_that_others_follow_is_partial() {
    for write in [Value::to_string, block] {
        let told = check(&[write(&page(&["x"], json!({"continue": "t"})))], Coverage::Partial);
        let want = "lost d/0:1: one page of a list, and not all pages of it are in the input: \
             `metadata.continue` says that others follow; \
             get the list without `limit`, or add all pages";
        assert_eq!(told, [want]);
        let counted = page(&["x"], json!({"remainingItemCount": 3}));
        let told = check(&[write(&counted)], Coverage::Partial);
        assert!(told[0].contains("3 more objects stand on others"), "{told:?}");
        check(&[write(&page(&[], json!({"continue": "t"})))], Coverage::Partial);
        // Inside another list.
        let list = json!({"apiVersion": "v1", "items": [counted], "kind": "List"});
        check(&[write(&list)], Coverage::Partial);
    }
}

#[test]
fn pages_that_end_are_whole() {
    let first = page(&["x"], json!({"continue": "t", "remainingItemCount": 2}));
    let second = page(&["y"], json!({"continue": "u", "remainingItemCount": 1}));
    let last = page(&["z"], json!({}));
    for write in [Value::to_string, block] {
        let [first, second, last] = [&first, &second, &last].map(write);
        check(&[first.clone(), second.clone(), last.clone()], Coverage::Complete);
        check(&[last.clone(), first.clone(), second.clone()], Coverage::Complete);
        check(&[format!("{first}\n---\n{second}\n---\n{last}")], Coverage::Complete);
        check(&[first.clone(), second.clone()], Coverage::Partial);
        // The one between is missing, by the count.
        check(&[first, last], Coverage::Partial);
    }
}

#[test]
fn a_list_of_another_moment_ends_no_page() {
    let first = page(&["x"], json!({"continue": "t"}));
    let mut other = page(&["z"], json!({}));
    other["metadata"]["resourceVersion"] = "41".into();
    check(&[first.to_string(), other.to_string()], Coverage::Partial);
}

#[test]
fn a_page_of_another_kind_concerns_nobody() {
    let services = json!({
        "apiVersion": "v1",
        "items": [],
        "kind": "ServiceList",
        "metadata": {"continue": "t"},
    });
    let reading = read_bytes(format!("{}\n{services}", page(&["x"], json!({}))));
    assert_eq!(reading.inventory.objects["pods"].coverage, Coverage::Complete);
}
