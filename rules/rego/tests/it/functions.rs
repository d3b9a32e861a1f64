//! The functions that a policy may call: each of them is there.

use crate::{PACK, judge, load};

const POD: &str = "\
# as-of: 2026-09-15T02:30:00Z
# expect: Pod shop/a: holds
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
";

/// Whether an expression is true.
#[track_caller]
fn check(expression: &str) {
    let rego = format!("package main\ndeny contains \"holds\" if {expression}\n");
    judge(&load(&[("pack.yaml", PACK), ("policy.rego", &rego)]), POD);
}

#[test]
fn those_of_older_rego() {
    check("any([false, true])");
    check("not any([false])");
    check("all([true, true])");
    check("not all({true, false})");
    check(r#"re_match("^a.c$", "abc")"#);
}

#[test]
fn patterns_and_texts() {
    check(r#"regex.match(`^\d+$`, "42")"#);
    check(r#"regex.match(`^\p{L}+$`, "ä")"#);
    check(r#"regex.find_all_string_submatch_n(`a(.)`, "abac", -1) == [["ab", "b"], ["ac", "c"]]"#);
    check(r#"glob.match("*.example", ["."], "a.example")"#);
    check(r#"sprintf("%d %s %v", [1, "a", [2]]) == "1 a [2]""#);
    check(r#"base64.decode("YQ==") == "a""#);
    check(r#"semver.compare("1.2.0", "1.10.0") < 0"#);
    check(r#"units.parse_bytes("1Ki") == 1024"#);
}

#[test]
fn texts_are_made_whatever_is_given() {
    check(r#"sprintf("%s %s", ["a"]) == "a %!s(MISSING)""#);
    check(r#"sprintf("%d", [1.5]) == "%!d(float64=1.5)""#);
    check(r#"sprintf("%s %v", [{1, "a"}, set()]) == `{1, "a"} set()`"#);
    check(r#"sprintf("%d %[1]T", [4294967296 * 8589934592]) == "36893488147419103232 *big.Int""#);
    check(r#"sprintf("%d", [4 / 2]) == "2""#);
    check(r#"{ sprintf("%s", [input.metadata.name], x); x == "a" }"#);
}

#[test]
fn ranges() {
    check("numbers.range(1, 3) == [1, 2, 3]");
    check("numbers.range(3, 1) == [3, 2, 1]");
    check("numbers.range_step(0, 10, 4) == [0, 4, 8]");
    let rego = "package main\ndeny contains \"x\" if numbers.range(1, 1000000000)[0] == 1\n";
    let no_data = POD.replace("Pod shop/a: holds", "no data: at most 1000000 numbers");
    judge(&load(&[("pack.yaml", PACK), ("policy.rego", rego)]), &no_data);
}

#[test]
fn data_in_texts() {
    check(r#"json.unmarshal("[1]") == [1]"#);
    check(r#"yaml.unmarshal("a: [1, x]") == {"a": [1, "x"]}"#);
    check(r#"not yaml.is_valid("a: [")"#);
}

#[test]
fn networks() {
    check(r#"net.cidr_contains("10.0.0.0/8", "10.2.3.4")"#);
    check(r#"net.cidr_contains("10.0.0.0/8", "10.2.0.0/16")"#);
    check(r#"not net.cidr_contains("10.0.0.0/8", "11.0.0.1")"#);
    check(r#"net.cidr_contains("0.0.0.0/0", "11.0.0.1/32")"#);
    check(r#"net.cidr_contains("2001:db8::/32", "2001:db8::1")"#);
    check(r#"not net.cidr_is_valid("10.0.0.0/33")"#);
}

#[test]
fn times() {
    let time = r#"time.parse_rfc3339_ns("2026-02-28T23:59:58Z")"#;
    check(&format!("time.date({time}) == [2026, 2, 28]"));
    check(&format!("time.clock([{time}, \"UTC\"]) == [23, 59, 58]"));
    check(&format!("time.weekday({time}) == \"Saturday\""));
    check(&format!("time.format({time}) == \"2026-02-28T23:59:58Z\""));
    check(&format!("time.date(time.add_date({time}, 0, 1, 1)) == [2026, 3, 29]"));
    check(&format!("time.diff({time}, time.now_ns()) == [0, 6, 17, 2, 30, 2]"));
    check(r#"time.parse_duration_ns("1h30m") == 5400000000000"#);
    check(r#"time.parse_duration_ns("-1.5s") == -1500000000"#);
}

#[test]
fn patterns_are_those_of_re2() {
    check(r#"regex.match(`^[\w-./]+$`, "docker.io/library/nginx")"#);
    check(r#"regex.match("^[a-z&&b]$", "&")"#);
    check(r#"regex.match("{{.*}}", "{{x}}")"#);
    check(r#"regex.match(`^\Qa.b\E$`, "a.b")"#);
    check(r#"not regex.match(`^\d$`, "٣")"#);
    check(r#"re_match("^[[]$", "[")"#);
    check(r#"regex.find_n("a.", "abac", 1) == ["ab"]"#);
    check(r#"regex.replace("abc", "(b)", "<$1>") == "a<b>c""#);
    check(r#"regex.split("/", "a/b/") == ["a", "b", ""]"#);
    check(r#"regex.split("", "ab") == ["a", "b"]"#);
    check(r#"regex.template_match("urn:{[0-9]+}:x", "urn:12:x", "{", "}")"#);
    check(r#"not regex.template_match("urn:{[0-9]+}:x", "urn:a:x", "{", "}")"#);
    check(r#"not regex.is_valid("(")"#);
    check(r#"regex.is_valid("[[]")"#);
    let rego = "package main\ndeny contains \"x\" if regex.match(concat(\"\", [\"(\"]), \"a\")\n";
    let no_data = POD.replace("Pod shop/a: holds", "no data: regex.match: `(` is no pattern");
    judge(&load(&[("pack.yaml", PACK), ("policy.rego", rego)]), &no_data);
}

#[test]
fn two_stars_cross_delimiters() {
    check(r#"glob.match("docker.io/lib**", ["/"], "docker.io/library/nginx")"#);
    check(r#"glob.match("**example.com", [], "a.b.example.com")"#);
    check(r#"not glob.match("*example.com", [], "a.b.example.com")"#);
    check(r#"glob.match("*", null, "a.b")"#);
    check(r#"glob.match(concat("", ["{a,", "b**}"]), ["/"], "b/c")"#);
}
