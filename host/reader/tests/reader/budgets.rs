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
    check_values(&format!(
        r#"{{"apiVersion":"v1","kind":"Pod","kind":"Pod","metadata":{{"name":"z"}},"a":[{numbers}]}}"#
    ));
}
