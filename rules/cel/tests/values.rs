//! What expressions give, as CEL's specification has it: each is written into the message of a
//! finding about a pod.

mod harness;

use harness::{evaluate, load};

const POD: &str = r#"
apiVersion: v1
kind: Pod
metadata:
  name: web-0
  namespace: shop
  labels: {app: web, "acme.example/team": a}
spec:
  containers:
  - {name: app, image: "docker.io/web:1", resources: {limits: {memory: 512Mi, cpu: "2"}}}
  - {name: proxy, image: "registry.acme.example/proxy:2"}
status: {phase: Running}
"#;

#[track_caller]
fn check(expression: &str, want: &str) {
    let pack = format!(
        "apiVersion: rulebox.dev/v1alpha1\nkind: RulePack\n\
         metadata: {{name: test, version: 0.1.0}}\nneeds: {{pods: {{kind: Pod}}}}\nrules:\n\
         - id: tells\n  severity: low\n  summary: It tells\n  for: pods\n  when: \"true\"\n  \
         message: |\n    {{{{ {expression} }}}}\n"
    );
    let outcome = evaluate(&load(&pack), "tells", POD);
    assert_eq!(outcome.findings[0].summary, want, "{expression}");
}

#[test]
fn operators_bind_as_in_cel() {
    check("1 + 2 * 3 - 4", "3");
    check("-2 * -3", "6");
    check("7 / 2 + 7 % 2", "4");
    check("1.5 * 2.0", "3");
    check("!false && 1 < 2 || false", "true");
    check("true ? 1 : false ? 2 : 3", "1");
    check("'a' + 'b' == \"ab\"", "true");
    check("[1, 2] + [3]", "1, 2, 3");
    check("0x1f + 1", "32");
    check("-9223372036854775808", "-9223372036854775808");
    check("2u + 3u", "5");
    check("'a' in ['a', 'b'] && !('c' in ['a'])", "true");
    check("{'a': 1}.a + {'b': 2}['b']", "3");
}

#[test]
fn numbers_of_several_types_are_compared_by_value() {
    check("1 == 1.0 && 1u == 1 && 2 > 1.5 && 1.5 < 2u", "true");
    check("9007199254740993 > 9007199254740992.0", "true");
    check("dyn(1) == dyn('1')", "false");
}

#[test]
fn texts() {
    check("'\\u00e4\\x41\\n'.size()", "3");
    check("r'\\d+' == '\\\\d+'", "true");
    check("'a,b,c'.split(',')[1] + 'a,b,c'.split(',', 2)[1]", "bb,c");
    check("'Ab'.lowerAscii() + 'Ab'.upperAscii()", "abAB");
    check("' a '.trim() + 'aXa'.replace('a', 'b') + 'aa'.replace('a', 'b', 1)", "abXbba");
    check("'häuser'.substring(1, 3) + 'abc'.substring(2) + 'äb'.charAt(1)", "äucb");
    check("'häuser'.indexOf('u') + 'aba'.lastIndexOf('a')", "4");
    check("['a', 'b'].join('-') + ['a', 'b'].join()", "a-bab");
    check("'abc'.matches('^a.c$') && matches('abc', 'b') && 'abc'.contains('b')", "true");
    check(r"'7'.matches(r'^\d$') && !'\u0663'.matches(r'\d') && '\u0663'.matches(r'\D')", "true");
    check(r"!'\u00e9'.matches(r'\w') && 'a-\u00e9'.matches(r'^[\w-]+\W$')", "true");
    check(r"!'\u00a0'.matches(r'\s') && ' '.matches(r'^\s\S*$')", "true");
    check(r"'a b'.matches(r'a\b') && 'ab'.matches(r'a\Bb') && 'a\\d'.matches(r'^a\\d$')", "true");
    check("'a1b22'.find('[0-9]+') + string('a1b22'.findAll('[0-9]+').size())", "12");
    check("string(1) + string(2.5) + string(true)", "12.5true");
    check("int('7') + int(2.9) + size('äö')", "11");
    check("string(uint(1.9)) + string(uint(-0.5)) + string(b'a')", "10a");
    check("string(b'\\xff')", "(in `string(b'\\xff')`: the bytes are no text in UTF-8)");
    check("double(' 1')", "(in `double(' 1')`: ` 1` is no number)");
    check("{'a': 1, 'a': 2}", "(the key `a` stands twice in a mapping)");
}

#[test]
fn lists() {
    check("[1, 2, 3].filter(it, it > 1).map(it, it * 2)", "4, 6");
    check("[1, 2, 3].map(it, it > 1, it * 2)", "4, 6");
    check("[1, 2, 2].exists_one(it, it == 1) && ![1, 2, 2].exists_one(it, it == 2)", "true");
    check("[[1, 2], [3]].all(it, it.exists(x, x > 1))", "true");
    check("[3, 1, 2].sort() == [1, 2, 3] && [1, 1].isSorted()", "true");
    check("[1, 2].sum() + [3, 1].min() + [3, 1].max() + [5, 6].indexOf(6)", "8");
    check("[1, 2, 1].distinct().size() + [[1], [2, 3]].flatten().size()", "5");
    check("size([]) + [1].size() + {'a': 1}.size()", "2");
}

#[test]
fn quantities_and_versions() {
    check("quantity('256Mi') < quantity('1Gi') && quantity('1000m') == quantity('1')", "true");
    check("quantity('1Gi').isGreaterThan(quantity('1G')) && !isQuantity('1GB')", "true");
    check("quantity('1500m').add(quantity('500m')).asInteger()", "2");
    check("quantity('2').sub(1).compareTo(quantity('1'))", "0");
    check("object.spec.containers[0].resources.limits['memory']", "512Mi");
    check("quantity(object.spec.containers[0].resources.limits.cpu).asApproximateFloat()", "2");
    check("semver('1.10.0').isGreaterThan(semver('1.9.0')) && isSemver('1.2.3')", "true");
    check("semver('1.2.3').major() + semver('1.2.3').minor()", "3");
}

#[test]
fn times_and_durations() {
    check("duration('90m') == duration('1h30m') && duration('1.5h') > duration('-1s')", "true");
    check("timestamp('2026-01-01T00:00:00Z') + duration('36h')", "2026-01-02T12:00:00Z");
    check("timestamp('2026-01-02T00:00:00Z') - timestamp('2026-01-01T00:00:00Z')", "24 h");
    check("timestamp('2026-02-03T04:05:06Z').getMonth()", "1");
    check("timestamp('2026-02-03T04:05:06Z').getDate()", "3");
    check("string(duration('90s'))", "90s");
    check("timestamp('9999-12-31T23:59:59Z') > timestamp('2026-01-01T00:00:00Z')", "true");
    check(
        "timestamp('2026-01-01' + ' 00:00:00Z')",
        "(in `timestamp('2026-01-01' + ' 00:00:00Z')`: `2026-01-01 00:00:00Z` is no time)",
    );
}

#[test]
fn fields_that_may_be_absent() {
    check("has(object.spec.nodeName)", "false");
    check("has(object.metadata.labels.app) && 'app' in object.metadata.labels", "true");
    check("object.?spec.?nodeName.orValue('none')", "none");
    check("object.metadata.labels[?'app'].hasValue()", "true");
    check("object.metadata.labels['acme.example/team']", "a");
    check("object.metadata.?annotations.orValue({}).size()", "0");
    check("optional.of(1).value() + optional.none().orValue(2)", "3");
    check("object.metadata.?name.orValue(object.spec.nodeName)", "web-0");
    check("optional.of(1).or(optional.of(1 / 0)).value()", "1");
    check("object.spec.nodeName", "(`object.spec.nodeName` is not set)");
    check("object.spec.containers[2].name", "(`object.spec.containers[2]` is not set)");
}

#[test]
fn what_decides_hides_what_is_not_known() {
    check("object.spec.nodeName == 'a' || true", "true");
    check("true || object.spec.nodeName == 'a'", "true");
    check("object.spec.nodeName == 'a' && false", "false");
    check("[0, 1].exists(it, 1 / it == 1)", "true");
    check("[0, 1].all(it, 1 / it == 2)", "false");
    check("1 / 0 == 1", "(in `1 / 0`: a number is divided by zero)");
    check(
        "9223372036854775807 + 1",
        "(in `9223372036854775807 + 1`: the number is larger than 64 bits hold)",
    );
}

#[test]
fn types_can_be_asked_for() {
    check("type(1) == int && type('a') == string && type([]) == list", "true");
    check("type(object.spec) == map", "true");
}
