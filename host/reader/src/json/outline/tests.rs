//! Compares outlines with the full parser.

mod random;

use rulebox_core::Path;

use super::*;
use crate::{
    json::{end_of_value, parse, skip_space},
    limits::MAX_DEPTH,
    object::{dates, objects},
    text::survey::{Style, Survey},
};

/// How an outline compares with the full parser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Same,
    Odd,
    /// The parser refuses the text; the outline may answer anything.
    Refused,
}

const FIELDS: [&[&str]; 7] = [
    &[],
    &["spec", "status.phase", "status.a[].b"],
    &["a.*", "a.b", "a[]", "b[].a", "b.*.a", "c"],
    &["*.a", "a.*.b", "a[].a[].a", "b[][].a", "metadata.labels.*"],
    &["*[].a", "*.*"],
    &["a.a.a", "a.b.a", "b.a", "b.b", "metadata.labels.app", "metadata.managedFields[].time"],
    &["metadata", "a[][]", "b"],
];

fn projection(fields: &[&str]) -> Projection {
    let paths = fields.iter().map(|it| Path::parse(it).expect("a path"));
    Projection::new(&paths.collect::<Vec<_>>())
}

/// Compares all answers of the outline of a text.
#[track_caller]
fn compare(text: &str, projections: &[Projection]) -> Answer {
    let text = text.trim_ascii_end();
    // The object is in the middle of a text.
    let before = " [ \"\u{e9}\" , ";
    let document = format!("{before}{text} , {{\"a\\");
    let mut survey = Survey::default();
    let read = Outline::read(survey.look(&document, Style::Json), before.len());
    let Ok(value) = parse::whole(text) else {
        if let Ok(Some((outline, _))) = read {
            exhaust(&outline, projections);
        }
        return Answer::Refused;
    };
    let (outline, end) = match read {
        Err(Odd) => return Answer::Odd,
        Ok(read) => read.expect("it stands whole in the text"),
    };
    assert_eq!(&document[before.len()..end], text, "what was read of it");
    assert_eq!(end_of_value(document.as_bytes(), before.len()), Ok(Some(end)));
    assert_eq!(*outline.head(), Head::of(&value));
    let mut answer = Answer::Same;
    match outline.name() {
        Ok(it) => assert_eq!(it, Name::of(&value)),
        Err(Odd) => answer = Answer::Odd,
    }
    match outline.labels() {
        Ok(it) => assert_eq!(it, objects::labels(value.get("metadata"))),
        Err(Odd) => answer = Answer::Odd,
    }
    for key in ["app", "rulebox.dev/ignore"] {
        match outline.annotation(key) {
            Ok(it) => {
                let want = objects::annotation(value.get("metadata"), key);
                assert_eq!(it.as_deref(), want.as_deref(), "{key}");
            }
            Err(Odd) => answer = Answer::Odd,
        }
    }
    let meta = TypeMeta { api_version: String::new(), kind: "A\"kind\n".to_owned() };
    for projection in projections {
        let mut out = "before".to_owned();
        if outline.project(projection, &meta, &mut out).is_ok() {
            let want = projection.project(&value, &meta);
            assert_eq!(out.strip_prefix("before"), Some(&*want), "{projection:?}");
        } else {
            assert_eq!(out, "before");
            answer = Answer::Odd;
        }
    }
    if dates::tests::compare(&outline, &value).is_err() {
        answer = Answer::Odd;
    }
    answer
}

/// A type, if it does not matter.
fn no_type() -> TypeMeta {
    TypeMeta { api_version: String::new(), kind: String::new() }
}

/// Calls everything for a text that no parser reads: it must terminate.
fn exhaust(outline: &Outline<'_>, projections: &[Projection]) {
    _ = outline.labels();
    _ = outline.annotation("app");
    for projection in projections {
        _ = outline.project(projection, &no_type(), &mut String::new());
    }
    _ = outline.recent(None);
    _ = outline.extent("status");
}

#[track_caller]
fn check(text: &str, want: Answer) {
    let projections = FIELDS.map(projection);
    assert_eq!(compare(text, &projections), want);
    check_cut(text, &projections);
}

/// A truncated text has no outline.
#[track_caller]
fn check_cut(text: &str, projections: &[Projection]) {
    let text = text.trim_ascii_end();
    for at in (0..text.len()).filter(|it| text.is_char_boundary(*it)) {
        let (cut, rest) = text.split_at(at);
        match Outline::read(Survey::default().look(cut, Style::Json), 0) {
            Err(Odd) | Ok(None) => {}
            // Text after the `}` is not part of the object.
            Ok(Some((outline, end))) => {
                assert!(parse::whole(text).is_err(), "read of {cut}, before {rest}");
                assert!(end <= at);
                exhaust(&outline, projections);
            }
        }
        _ = end_of_value(cut.as_bytes(), 0);
    }
}

const POD: &str = concat!(
    r#"{"apiVersion":"v1","kind":"Pod","metadata":{"annotations":{"a/b":"{\"a\":[\"\\\\\"]}","#,
    r#""c":"<é>\u003c\ud83d\ude00"},"#,
    "\n",
    r#""creationTimestamp":"2026-09-10T20:49:01Z","labels":{"app":"web","version":"1.0"},"#,
    r#""managedFields":[{"fieldsV1":{"f:metadata":"#,
    "\n",
    r#"{"f:labels":{".":{},"f:app":{}}},"f:spec":{"f:containers":{"k:{\"name\":\"proxy\"}":"#,
    r#"{".":{},"f:image":{}}}}},"time":"2026-09-10T20:49:01Z"}],"#,
    "\n",
    r#""name":"x","namespace":"y","resourceVersion":"44649111","#,
    r#""uid":"25c112ae-c3e4-463c-a6aa-7c9ab6bb6194"},"spec":{"containers":[{"args":"#,
    "\n",
    r#"["--log={\"level\": \"info\"}","a\tb\\"],"image":"a/b:1","ports":"#,
    r#"[{"containerPort":8080}],"resources":{}},{"image":null}],"priority":0,"#,
    "\n",
    r#""nodeSelector":{},"volumes":[]},"status":{"phase":"Running","conditions":"#,
    r#"[{"lastProbeTime":null,"status":"True","#,
    "\n",
    r#""lastTransitionTime":"2026-09-10T20:49:24Z"}],"ratio":0.5,"a":[{"b":-1},null,{"c":"#,
    r#"[]},true]}}"#,
);

#[test]
fn what_api_servers_write_is_never_odd() {
    let compact = POD.replace('\n', "");
    check(&compact, Answer::Same);
    let value: serde_json::Value = serde_json::from_str(&compact).expect("JSON");
    check(&value.to_string(), Answer::Same);
    for indent in ["  ", "    ", "\t"] {
        check(&random::indented(&value, indent), Answer::Same);
    }
}

#[test]
fn whitespace() {
    check(
        "{ \n\t\r \"a\" \r\n : \t [ 1 , 2\n,\t{ \"b\"\n:\nnull } , [ ] , { } ] \n , \"metadata\" : \
         { \"name\"  :  \"x\" , \"labels\" : { \"a\" : \"b\" } } }",
        Answer::Same,
    );
    check("{ }", Answer::Same);
    check("{\u{c}}", Answer::Refused);
    check("{\u{a0}}", Answer::Refused);
}

#[test]
fn numbers() {
    for number in [
        "0",
        "-0",
        "0.0",
        "-1",
        "1.0",
        "1e3",
        "1E+2",
        "0.5",
        "1e20",
        "1.5e-7",
        "100000000000000000000",
        "123456789012345678",
        "1234567890123456789",
        "-123456789012345678",
        "-9223372036854775808",
        "9223372036854775808",
        "18446744073709551615",
        "18446744073709551616",
        "9007199254740993.0",
    ] {
        let metadata = format!(r#"{{"name":{number},"labels":{{"a":{number}}}}}"#);
        let text = format!(r#"{{"a":{number},"b":[{number}],"metadata":{metadata}}}"#);
        check(&text, Answer::Same);
    }
    for number in ["01", "-", "--1", "1.", ".5", "1e", "+1", "1e999", "0x1", "1-1", "NaN"] {
        check(&format!(r#"{{"a":{number}}}"#), Answer::Refused);
    }
}

#[test]
fn words() {
    check(
        concat!(
            r#"{"a":true,"b":[false,null],"c":null,"metadata":{"name":true,"uid":null,"#,
            r#""labels":{"a":false,"b":null}}}"#,
        ),
        Answer::Same,
    );
    for word in ["tru", "truex", "nul", "nulll", "True", "none", "fals3"] {
        check(&format!(r#"{{"a":{word},"metadata":{{"name":{word}}}}}"#), Answer::Refused);
    }
}

#[test]
fn strings() {
    for text in [
        r"",
        r#"\""#,
        r"\\",
        r#"\\\""#,
        r"\/",
        r"\b\f\n\r\t",
        r"\u0041",
        r"\u001f",
        r"\u00e9é",
        r"\ud83d\ude00😀",
        r"\u2028\u007f",
        "\u{7f}",
        r"}{][,:",
        r#"\",\":{["#,
        r"é\\é",
        r"\u0022\u005c",
    ] {
        let metadata = format!(r#"{{"name":"{text}","labels":{{"{text}":"{text}"}}}}"#);
        let text = format!(
            r#"{{"a":"{text}","b":["{text}"],"spec":{{"{text}":1}},"metadata":{metadata}}}"#
        );
        check(&text, Answer::Same);
    }
    for text in ["\n", "\u{1}", "\u{0}", r"\x", r"\ud800", r"\ude00\ud83d", r"\u12g4", r"\u12"] {
        check(&format!(r#"{{"a":"{text}"}}"#), Answer::Refused);
    }
}

#[test]
fn keys_with_escapes_are_read_below_the_outline_only() {
    check(r#"{"\u0061":1}"#, Answer::Odd);
    check(r#"{"metadata":{"n\u0061me":"x"}}"#, Answer::Odd);
    check(r#"{"a":{"\u0061":{"\u0062":1,"a\n":2}}}"#, Answer::Same);
    check(r#"{"metadata":{"labels":{"\u0061pp":"x\n"}}}"#, Answer::Same);
}

#[test]
fn keys_that_stand_twice_are_odd_where_one_looks() {
    check(r#"{"spec":1,"spec":2}"#, Answer::Odd);
    check(r#"{"kind":"A","kind":"B"}"#, Answer::Odd);
    check(r#"{"metadata":{"name":"a"},"metadata":{"name":"b"}}"#, Answer::Odd);
    check(r#"{"metadata":{"name":"a","name":"b"}}"#, Answer::Odd);
    check(r#"{"metadata":{"labels":{"a":"b","a":null}}}"#, Answer::Odd);
    check(r#"{"a":{"b":1,"\u0062":null}}"#, Answer::Odd);
    check(r#"{"a":{"\n":1,"\u000a":2}}"#, Answer::Odd);
    check(
        r#"{"a":[{"b":{"time":"2030-01-01T00:00:00Z","time":"2020-01-01T00:00:00Z"}}]}"#,
        Answer::Odd,
    );
    let many: Vec<_> = (0..40).map(|it| format!(r#""k{it}":{it},"#)).collect();
    let many = many.concat();
    check(&format!(r#"{{{many}"k":0}}"#), Answer::Same);
    check(&format!(r#"{{{many}"k7":0}}"#), Answer::Odd);
    check(&format!(r#"{{"a":{{{many}"k7":0}}}}"#), Answer::Odd);
}

#[test]
fn a_key_that_stands_twice_where_nobody_looks_is_no_matter() {
    let status = [projection(&["status.phase", "spec.a"])];
    let text = r#"{"spec":{"a":1,"b":{"c":1,"c":2},"b":3},"status":{"phase":"x"}}"#;
    assert_eq!(compare(text, &status), Answer::Same);
    let text = r#"{"spec":{"a":null,"a":1}}"#;
    assert_eq!(compare(text, &status), Answer::Odd);
}

#[test]
fn heads() {
    check(
        concat!(
            r#"{"apiVersion":"","kind":3,"metadata":{"generateName":"x-","name":null,"uid":7,"#,
            r#""namespace":["a"]}}"#,
        ),
        Answer::Same,
    );
    check(
        r#"{"apiVersion":null,"kind":"a\u0062","metadata":{"name":"","resourceVersion":1.0}}"#,
        Answer::Same,
    );
    check(r#"{"metadata":"x","items":null}"#, Answer::Same);
    check(r#"{"metadata":["name"],"kind":{}}"#, Answer::Same);
    check(r#"{"metadata":null,"kind":["Pod"],"items":[{"metadata":{"name":"x"}}]}"#, Answer::Same);
    check(r#"{"metadata":{"labels":[1],"name":{}}}"#, Answer::Same);
    check(
        r#"{"metadata":{"labels":{"a":1,"b":true,"c":[],"d":{},"e":null,"f":1e3},"name":"x"}}"#,
        Answer::Same,
    );
}

#[test]
fn timestamps() {
    check(
        r#"{"a":{"time":"2026-01-01T00:00:00Z"},"b":[{"startTime":"2026-01-01T00:00:00Z"}]}"#,
        Answer::Same,
    );
    check(
        r#"{"a":{"notAfter":"2036-01-01T00:00:00Z","time":"2026-01-01T00:00:00.25+02:00"}}"#,
        Answer::Same,
    );
    check(
        r#"{"time":["2026-01-01T00:00:00Z"],"startTime":{"a":"2026-01-01T00:00:00Z"}}"#,
        Answer::Same,
    );
    check(r#"{"t\u0069me":"2026-01-01T00:00:00Z"}"#, Answer::Odd);
    check(r#"{"a":{"t\u0069me":"2026-01-01T00:00:00Z"}}"#, Answer::Same);
    check(
        r#"{"a":{"time":"2026-01-01\u005400:00:00Z","x\"time":"2026-01-01T00:00:00Z"}}"#,
        Answer::Same,
    );
    check(r#"{"a":{"time":"2026-01-01T00:00:00[America\/New_York]"}}"#, Answer::Same);
    check(r#"{"a":"{\"time\":\"2026-01-01T00:00:00Z\"}"}"#, Answer::Same);
    check(
        r#"{"time":"2024-05-01T08:00:00Z","eventTime":"2024-05-01T08:00:00.500001Z"}"#,
        Answer::Same,
    );
}

#[test]
fn nesting() {
    // The object itself is one level.
    let nested = |levels: usize| {
        let lists = format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        let maps = format!("{}1{}", r#"{"a":"#.repeat(levels), "}".repeat(levels));
        [format!(r#"{{"a":{lists}}}"#), format!(r#"{{"a":{maps}}}"#)]
    };
    let projections = FIELDS.map(projection);
    for text in nested(MAX_DEPTH - 1) {
        assert_eq!(compare(&text, &projections), Answer::Same);
    }
    for text in nested(MAX_DEPTH) {
        assert_eq!(compare(&text, &projections), Answer::Refused);
    }
    let mut survey = Survey::default();
    for text in nested(200_000) {
        let surveyed = survey.look(&text, Style::Json);
        let (outline, end) = Outline::read(surveyed, 0).expect("plain").expect("whole");
        assert_eq!(end, text.len());
        assert_eq!(outline.project(&projections[0], &no_type(), &mut String::new()), Err(Odd));
    }
}

#[test]
fn mistakes() {
    for text in [
        "",
        "{,}",
        r#"{"a"}"#,
        r#"{"a":}"#,
        r#"{"a":1,}"#,
        r#"{"a":1 "b":2}"#,
        r#"{"a" 1}"#,
        "{a:1}",
        "{'a':1}",
        r#"{"a":1;}"#,
        r#"{"a":[1,]}"#,
        r#"{"a":[,1]}"#,
        r#"{"a":[1 2]}"#,
        r#"{"a":[1}}"#,
        r#"{"a":{"b":1]}"#,
        r#"{"a":{]}"#,
        r#"{"a":[}"#,
        r#"{"a":[[}]}"#,
        r#"{"a":"b":"c"}"#,
        r#"{"a":// c
            1}"#,
        r#"{"a":1}}"#,
        r#"{"a":1}]"#,
        "{1:2}",
        "{null:2}",
        r#"{"metadata":{]}"#,
        r#"{"metadata":{"labels":{"a"}}}"#,
        r#"{"a\":1}"#,
        r#"{"a":"b\"}"#,
        r#"{"a":\"}"#,
        r#"{"metadata":{"name":"x",}}"#,
        "{\"a\":\u{feff}1}",
    ] {
        check(text, Answer::Refused);
    }
    let projections = FIELDS.map(projection);
    assert_eq!(compare(r#"{"metadata":{"name":"x"}"#, &projections), Answer::Refused);
    for text in ["[]", "1", r#""a""#, "null", " {}"] {
        check(text, Answer::Odd);
    }
}

/// A `|` marks the end; without one, the text ends before.
#[track_caller]
fn check_end(marked: &str, want: Result<bool, Odd>) {
    let text = marked.replace('|', "");
    let want = want.map(|ends| ends.then(|| marked.find('|').expect("an end")));
    assert_eq!(end_of_value(text.as_bytes(), 0), want, "{text}");
}

#[test]
fn ends_of_values() {
    for marked in [
        "1| ",
        "-1.5e+3|,",
        "true|",
        "null|]",
        "false|x",
        r#""a"|"#,
        r#""\""| ""#,
        r#""\\"|""#,
        r#"""|"#,
        "[]|]",
        "{}|",
        r#"{"]}":"[{\"}"}|}"#,
        r#"["\\"]|"]"#,
        r#"["\\\"]"]|]"#,
        "[1,[2,[3]],{}]|,[",
        "[}|",
    ] {
        check_end(marked, Ok(true));
    }
    for text in [
        "",
        "1",
        "-",
        "tru",
        "n",
        "\"",
        r#""a"#,
        r#""a\""#,
        r#""a\"#,
        "[",
        "{\"a\":[]",
        r#"["]"#,
        "[[]",
    ] {
        check_end(text, Ok(false));
    }
    for text in [" 1", "]", ",", "nul ", "tx", "é", "\"\n\"", "+1", "\\"] {
        check_end(text, Err(Odd));
    }
    assert_eq!(end_of_value(b"1", 7), Ok(None));
}

#[test]
fn strings_that_reach_over_blocks() {
    for length in 0..140 {
        for run in 0..10 {
            let (filler, slashes) = ("x".repeat(length), r"\".repeat(run));
            let text = format!(r#"["{filler}{slashes}",["]"],"{slashes}{slashes}"]"]]"#);
            for text in [&text, &text[1..]] {
                assert_eq!(end_of_value(text.as_bytes(), 0), Ok(random::end(text)), "{text}");
            }
        }
    }
}
