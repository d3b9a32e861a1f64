//! The annotation for the host: it stands beside what a need is given of an object, however the
//! object is read.

use super::*;

const YAML: &str = "\
apiVersion: v1
kind: Pod
metadata:
  name: a
  namespace: n
  annotations:
    other: \"rulebox.dev/ignore: no\"
    rulebox.dev/ignore: 'a=one; b=two'
spec: {nodeName: n1}
";

const JSON: &str = r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a","namespace":"n",
"annotations":{"rulebox.dev\/ignore":"a=one; b=two","z":"rulebox.dev/ignore"}},
"spec":{"nodeName":"n1"}}"#;

/// What a need of `spec` is given of the one pod of a text, and its annotation.
#[track_caller]
fn check(text: &str, want: Option<&str>) {
    let need = ObjectNeed {
        id: "p/pods".to_owned(),
        kind: "Pod".to_owned(),
        fields: vec!["spec.nodeName".to_owned()],
        ..ObjectNeed::default()
    };
    let needs = NeedSet { objects: vec![need], texts: Vec::new() };
    for thorough in [false, true] {
        let reader = Reader::new(&needs).expect("needs");
        let reader = if thorough { reader.thorough() } else { reader };
        let mut collector = Collector::new(needs.clone()).expect("selectors");
        reader.read(vec![stream("a", text)], &mut collector, &mut |_| {});
        let reading = collector.finish();
        let [pod] = &reading.inventory.objects["p/pods"].objects[..] else { panic!("one pod") };
        assert_eq!(pod.annotation(), want, "thorough: {thorough}");
        assert!(!pod.text().contains("ignore"), "{pod}");
        assert!(pod.text().contains(r#""spec":{"nodeName":"n1"}"#), "{pod}");
    }
}

#[test]
fn the_annotation_stands_beside_what_a_need_is_given() {
    check(YAML, Some("a=one; b=two"));
    check(JSON, Some("a=one; b=two"));
}

#[test]
fn it_may_have_several_lines() {
    let text = YAML.replace("'a=one; b=two'", "|\n      a=one\n      b=two");
    check(&text, Some("a=one\nb=two\n"));
}

#[test]
fn another_annotation_is_none_for_the_host() {
    check(&YAML.replace("    rulebox.dev/ignore:", "    rulebox.dev/other:"), None);
    check(&JSON.replace("ignore\":\"a", "others\":\"a"), None);
}

#[test]
fn one_that_is_no_text_is_none() {
    check(&YAML.replace("'a=one; b=two'", "[a]"), None);
    check(&YAML.replace("  annotations:\n", "  annotations: none\n  labels:\n"), None);
}
