//! What a text may cost, and that what goes beyond is said to be missing.

use rulebox_core::Coverage;

use super::*;

#[test]
fn objects_that_have_no_room_are_a_loss() {
    let documents = (0..40).map(|it| yaml(&pod("csdr", &format!("p{it}")), Style::default()));
    let text = documents.collect::<Vec<_>>().join("---\n");
    for window_bytes in [200, 1 << 20] {
        let limits = Limits { window_bytes, kept_bytes: 12 << 10, ..Limits::default() };
        let reading = read_within(&limits, vec![stream("a", &text), stream("b", &text)]);
        let kept = names(&reading).len();
        assert!((10..40).contains(&kept), "{kept}");
        let want = |left_out: usize| {
            format!(
                "lost :: what rules need takes more than 0 MiB: {left_out} objects are left out; \
                 read less at a time or for fewer rules, or raise this limit"
            )
        };
        assert_eq!(words(&reading), [want(40 - kept), want(40)]);
        assert_eq!(reading.inventory.objects["pods"].coverage, Coverage::Partial);
        assert_eq!(reading.inventory.objects["backups"].coverage, Coverage::Absent);
    }
}

/// The whole text is an object that only the full parser reads, and no item of a list.
#[track_caller]
fn check_values(text: &str) {
    let other = yaml(&pod("csdr", "x"), Style::default());
    let reading = read_bytes(format!("{other}---\n{text}"));
    let want = "more than 1048576 values in one object";
    assert_eq!(names(&reading), ["x"]);
    let words = words(&reading);
    assert!(words.iter().any(|it| it.starts_with("lost") && it.contains(want)), "{words:?}");
}

#[test]
fn an_object_of_too_many_values_is_a_loss() {
    let values = vec!["a"; (1 << 20) + 1].join(",");
    let metadata = "metadata: {namespace: csdr, name: z}";
    check_values(&format!("apiVersion: v1\nkind: Pod\n{metadata}\nspec: [{values}]\n"));
    let numbers = values.replace('a', "1");
    // The same key twice has no outline.
    let pod = r#""apiVersion":"v1","kind":"Pod","kind":"Pod","metadata":{"name":"z"}"#;
    check_values(&format!(r#"{{{pod},"a":[{numbers}]}}"#));
}

#[test]
fn kinds_beyond_count_are_counted_together() {
    let item = |nth: usize| {
        format!(r#"{{"apiVersion":"v1","kind":"Kind{nth}","metadata":{{"name":"x"}}}}"#)
    };
    let items: Vec<_> = (0..10_500).map(item).collect();
    let text = format!(
        r#"{{"apiVersion":"v1","kind":"List","items":[{},{}]}}"#,
        items.join(","),
        pod("csdr", "x")
    );
    let reading = read_bytes(&text);
    assert_eq!(names(&reading), ["x"]);
    let further = reading.objects.iter().find(|it| it.1 == "further kinds").expect("it is there");
    let all: usize = reading.objects.iter().map(|it| it.2).sum();
    assert_eq!((further.2 > 400, all), (true, 10_501));
    assert_eq!(reading.inventory.objects["pods"].coverage, Coverage::Complete);
}

#[test]
fn a_stream_of_markers_and_of_one_key_ends() {
    let limits = Limits { window_bytes: 1 << 10, document_bytes: 64 << 10, ..Limits::default() };
    let pods = yaml(&pod("csdr", "x"), Style::default());
    let text = format!("{}{pods}", "---\n".repeat(100_000));
    let reading = read_within(&limits, vec![stream("dump", text)]);
    assert_eq!((names(&reading), words(&reading)), (vec!["x".to_owned()], Vec::new()));
    let text = format!("{pods}---\n{}", "apiVersion: v1\n".repeat(10_000));
    let reading = read_within(&limits, vec![stream("dump", text)]);
    assert_eq!(names(&reading), ["x"]);
    assert!(words(&reading).iter().any(|it| it.starts_with("lost")), "{:?}", words(&reading));
}
