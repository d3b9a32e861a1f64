//! Texts made of random fragments. The parser refuses most of them.

use proptest::prelude::*;

use super::*;

/// Repeated fragments are more frequent.
const FRAGMENTS: &str = "\n¦\n¦\n¦\n¦\n  ¦\n  ¦\n  ¦\n    ¦\n    ¦\n      ¦\n ¦\n   ¦\n- ¦\n  - ¦\
    \n    - ¦\n\n¦\r\n¦\r\n  ¦\r¦  ¦ ¦ ¦\
    a: ¦b: ¦a: ¦b: ¦a:¦b:¦c: ¦a¦b¦x y¦- ¦- ¦-¦metadata:¦name: ¦labels:¦kind: ¦apiVersion: ¦spec:¦\
    status:¦phase: ¦time: ¦\
    '¦'¦\"¦\"¦\n\"¦\n'¦\\\n\"¦\\\n¦\\¦|¦|-¦|+¦|2¦>¦# c¦ # c¦#¦:¦: ¦{}¦[]¦[¦]¦[x¦{¦}¦{x¦,¦~¦null¦1¦\
    0x1F¦\t¦2024-06-01T08:00:00Z¦\
    {\"a\":\"¦[\"a\", ¦\":[¦\"}¦a:\"¦\n  {\"a\": [1]}¦!!str ¦&x ¦&x{¦*x¦? ¦<<: ¦\n---¦\u{feff}";

const INDENTS: [usize; 12] = [0, 0, 0, 0, 2, 2, 2, 4, 4, 6, 1, 3];

const DASHES: &str = "¦¦¦¦- ¦- ¦- - ¦-¦-   ";

const KEYS: &str = "a:¦b:¦c:¦d:¦spec:¦status:¦phase:¦metadata:¦name:¦labels:¦time:¦renewTime:¦\
    kind:¦¦¦¦\"a\":¦'b' :¦a b:¦1:¦yes:¦-a:¦\
    ? a¦&x a:¦<<:¦é:";

const VALUES: &str = "¦¦¦¦x¦x y¦1¦~¦\"x¦y\"¦'x¦y'¦'x'¦\"\\x41\"¦\"a\\¦|¦|-¦|+¦|2¦|1-¦# c¦x # c¦#x¦\
    {}¦[]¦[a,¦[a¦b]¦{a: b}¦{a¦b: c}¦{\"a\":\"b\"}¦{\"a\":\"¦{a:\"}, \"¦\"a {\":¦&x¦&x [a¦\
    *x¦!!str¦!!map¦2024-06-01T08:00:00Z¦2025-06-01T08:00:00.5Z¦\"2024-06-01T08:00:00\\x5a\"¦- x¦\
    a: b¦>¦---¦...¦\t¦x\t¦\u{feff}¦x:¦''";

const ENDS: &str = "\n¦\n¦\n¦\n¦\n\n¦\r\n¦ \n¦\n  \n¦\n# c\n¦\n  # c\n¦\r¦\n\t\n¦";

fn one_of(words: &'static str) -> impl Strategy<Value = &'static str> {
    proptest::sample::select(words.split('¦').collect::<Vec<_>>())
}

fn soup() -> impl Strategy<Value = String> {
    proptest::collection::vec(one_of(FRAGMENTS), 1..24).prop_map(|it| it.concat())
}

/// Usually something that a parser accepts.
fn lines() -> impl Strategy<Value = String> {
    let indent = proptest::sample::select(&INDENTS[..]);
    let line = (indent, one_of(DASHES), one_of(KEYS), one_of(VALUES), one_of(ENDS));
    let line = line.prop_map(|(indent, dashes, key, value, end)| {
        format!("{:indent$}{dashes}{key} {value}{end}", "")
    });
    proptest::collection::vec(line, 1..9).prop_map(|it| it.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn fragments_are_read_as_the_parser_reads_them(text in soup()) {
        compare(&text);
        compare_list(&as_item(&text));
    }

    #[test]
    fn lines_are_read_as_the_parser_reads_them(text in lines()) {
        compare(&text);
        compare_list(&as_item(&text));
    }
}
