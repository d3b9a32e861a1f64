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
fn check_values(text: &str, want: &str) {
    let other = yaml(&pod("csdr", "x"), Style::default());
    let reading = read_bytes(format!("{other}---\n{text}"));
    assert_eq!(names(&reading), ["x"]);
    let words = words(&reading);
    assert!(words.iter().any(|it| it.starts_with("lost") && it.contains(want)), "{words:?}");
}

#[test]
fn an_object_of_too_many_values_is_a_loss() {
    const MANY: usize = (1 << 20) + 1;
    let want = "more than 1048576 values in one object";
    let metadata = "metadata: {namespace: csdr, name: z}";
    let lines = "- a\n".repeat(MANY);
    check_values(&format!("apiVersion: v1\nkind: Pod\n{metadata}\nspec:\n{lines}"), want);
    let numbers = vec!["1"; MANY].join(",");
    // The same key twice has no outline.
    let pod = r#""apiVersion":"v1","kind":"Pod","kind":"Pod","metadata":{"name":"z"}"#;
    check_values(&format!(r#"{{{pod},"a":[{numbers}]}}"#), want);
}

#[test]
fn a_flow_collection_of_too_many_values_is_a_loss() {
    let values = "1, ".repeat((1 << 19) + 1);
    let want = "more than 524288 values in one flow collection";
    let metadata = "metadata: {namespace: csdr, name: z}";
    check_values(&format!("apiVersion: v1\nkind: Pod\n{metadata}\nspec: [{values}]\n"), want);
}

#[test]
fn values_of_json_behind_each_other_are_no_long_document() {
    let pods: Vec<_> = (0..500).map(|it| pod("csdr", &format!("p{it:03}")).to_string()).collect();
    for (between, window_bytes) in [("\n", 512), ("", 512), ("\n\n", 4 << 10)] {
        let limits = Limits { window_bytes, document_bytes: 8 << 10, ..Limits::default() };
        let reading = read_within(&limits, vec![stream("a", pods.join(between))]);
        assert_eq!((names(&reading).len(), words(&reading)), (500, Vec::new()));
    }
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

/// Reads pods for two packs, of which one asks for them sixteen times.
#[test]
fn a_pack_that_needs_much_takes_no_room_of_another() {
    let pods = |id: &str| ObjectNeed {
        id: id.to_owned(),
        kind: "Pod".to_owned(),
        ..ObjectNeed::default()
    };
    let ids = (0..16).map(|it| format!("greedy/{it}")).chain(["modest/pods".to_owned()]);
    let needs = NeedSet { objects: ids.map(|it| pods(&it)).collect(), texts: Vec::new() };
    let limits = Limits { kept_bytes: 128 << 10, ..Limits::default() };
    let reader = Reader::new(&needs).expect("needs").with_limits(limits);
    let mut collector = Collector::new(needs).expect("selectors");
    let documents = (0..40).map(|it| yaml(&pod("csdr", &format!("p{it}")), Style::default()));
    let text = documents.collect::<Vec<_>>().join("---\n");
    reader.read(vec![stream("dump", text)], &mut collector, &mut |_| {});
    let reading = collector.finish();
    let slot = |id: &str| &reading.inventory.objects[id];
    assert_eq!(slot("modest/pods").objects.len(), 40);
    assert_eq!(slot("modest/pods").coverage, Coverage::Complete);
    let kept = slot("greedy/0").objects.len();
    assert!((5..39).contains(&kept), "{kept}");
    assert_eq!(slot("greedy/0").coverage, Coverage::Partial);
    let want = format!(
        "lost :: what the rules of `greedy` need takes more than one of 2 parts of 0 MiB, and no \
         pack may take more: {} objects are left out for it; read less at a time or for fewer of \
         its rules, or raise this limit",
        40 - kept
    );
    assert_eq!(words(&reading), [want]);
}

#[test]
fn lines_that_have_no_room_are_a_loss() {
    let limits = Limits { kept_bytes: 12 << 10, ..Limits::default() };
    let text = "out of memory\n".repeat(1_000);
    let reading = read_within(&limits, vec![stream("x.log", text)]);
    let slot = &reading.inventory.texts["logs"];
    assert!((40..200).contains(&slot.lines.len()), "{}", slot.lines.len());
    assert_eq!(slot.coverage, Coverage::Partial);
    let want = "lost :: what rules need takes more than 0 MiB: further lines of need `logs` are \
                left out; read less at a time, or raise this limit";
    assert_eq!(words(&reading), [want]);
}

#[test]
fn documents_and_namespaces_take_room_too() {
    let limits = Limits { kept_bytes: 64 << 10, ..Limits::default() };
    let pod = |it: usize| {
        format!("apiVersion: v1\nkind: Pod\nmetadata:\n  name: p{it}\n  namespace: n{it}\n---\n")
    };
    let text = (0..1_000).map(pod).collect::<Vec<_>>().concat();
    let reading = read_within(&limits, vec![stream("dump", text)]);
    let kept = names(&reading).len();
    assert!((40..100).contains(&kept), "{kept}");
    assert_eq!(reading.inputs[0].objects, 1_000);
    let left_out = 1_000 - kept;
    assert!(words(&reading)[0].contains(&format!(": {left_out} objects are left out")));
    assert_eq!(reading.inventory.objects["pods"].coverage, Coverage::Partial);
}

/// Gives the same line for ever.
struct Endless(std::iter::Cycle<std::slice::Iter<'static, u8>>);

impl std::io::Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        buffer.iter_mut().zip(&mut self.0).for_each(|(to, from)| *to = *from);
        Ok(buffer.len())
    }
}

#[track_caller]
fn check_endless(line: &'static [u8]) {
    let limits = Limits {
        window_bytes: 1 << 12,
        document_bytes: 64 << 10,
        stream_bytes: 1 << 20,
        problems: usize::MAX,
        ..Limits::default()
    };
    let endless = Source::Stream("-".to_owned(), Box::new(Endless(line.iter().cycle())));
    let reading = read_within(&limits, vec![endless]);
    let want = "lost :: a stream of more than 1048576 bytes: write it to a file, and check that: \
                what follows is lost";
    let words = words(&reading);
    assert!(words.iter().any(|it| it == want), "{line:?}: {:?}", words.last());
}

#[test]
fn a_stream_that_does_not_end_is_read_to_a_limit() {
    check_endless(b"apiVersion: v1\n");
    check_endless(b"---\n");
    check_endless(b"\0\0\0\0");
    check_endless(b"{}\n");
    check_endless(b"- a: [\n");
}

/// Makes a reader for so many patterns and globs, all of one pack.
fn texts(pattern: &str, globs: &[String], number: usize) -> Result<Reader, String> {
    let text = |nth: usize| TextNeed {
        id: format!("pack/{nth}"),
        paths: globs.to_vec(),
        pattern: pattern.to_owned(),
    };
    let needs = NeedSet { objects: Vec::new(), texts: (0..number).map(text).collect() };
    Reader::new(&needs).map_err(|it| it.to_string())
}

#[test]
fn patterns_are_limited() {
    let all = ["*.log".to_owned()];
    for honest in [r"(?i)\w+ out of memory", r"^\d{4}-\d\d-\d\dT\S+ .*\b(error|fatal)\b"] {
        texts(honest, &all, 1).expect("an honest pattern");
    }
    let long = r"\w{1,20}";
    texts(long, &all, 1).expect("one of them has room");
    let error = texts(long, &all, 64).expect_err("so many have none");
    assert!(error.contains("takes more than 131072 bytes, which is its share"), "{error}");
    let error = texts(r"(\w{1,99}){9}", &all, 1).expect_err("this one is too long");
    assert!(error.contains("takes more than 1048576 bytes, which is its share"), "{error}");
}

#[test]
fn globs_are_limited() {
    let globs = vec!["*a".repeat(1 << 11); 16];
    texts("x", &globs, 1).expect("they have room");
    let error = texts("x", &globs, 2).expect_err("so many have none");
    let want = "the globs of all needs for texts have 131072 bytes, of which there may be 65536";
    assert!(error.contains(want), "{error}");
}

/// The parts of the text that begin on this line and below are a loss.
#[track_caller]
fn check_parts(text: String, line: usize) {
    let limits = Limits { problems: usize::MAX, ..Limits::default() };
    let reading = read_within(&limits, vec![stream("dump", text)]);
    let want = format!(
        "lost :{line}: more than 65536 objects and lines around them in one document: the rest of \
         it is not read; write `---` between objects"
    );
    assert!(words(&reading).contains(&want), "{:?}", words(&reading).last());
}

#[test]
fn a_document_of_too_many_parts_is_a_loss() {
    check_parts("apiVersion: v1\n".repeat((1 << 16) + 10), (1 << 16) + 2);
    // Lines inside of one object.
    let inside = "  a: b\n+ date\n".repeat((1 << 16) + 10);
    check_parts(format!("apiVersion: v1\nkind: Pod\nmetadata:\n{inside}"), 4 + (2 << 16));
}
