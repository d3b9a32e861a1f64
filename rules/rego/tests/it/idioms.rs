//! How public policies are written: each idiom in a policy of our own.

use crate::gatekeeper::{PODS, judge_template};

const PODS_HEAD: &str = "\
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop, labels: {app: erp}}
";

/// A policy with the older grammar over one Pod with this spec.
#[track_caller]
fn check(rego: &str, parameters: &str, spec: &str, expected: &[&str]) {
    let constraint = PODS.replacen('{', &format!("{{parameters: {parameters}, "), 1);
    let expected: Vec<_> = expected.iter().map(|it| format!("# expect: {it}\n")).collect();
    let dump =
        format!("# as-of: 2026-09-15T02:30:00Z\n{}{PODS_HEAD}spec: {spec}\n", expected.concat());
    judge_template(rego, "{}", &constraint, &dump);
}

#[test]
fn allowed_beginnings_of_images() {
    let rego = r#"package repos

violation[{"msg": msg}] {
  container := input_containers[_]
  fits := [yes | repo := input.parameters.repos[_]; yes := startswith(container.image, repo)]
  not any(fits)
  msg := sprintf("%v is from elsewhere, allowed are %v", [container.image, input.parameters.repos])
}

input_containers[c] { c := input.review.object.spec.containers[_] }
input_containers[c] { c := input.review.object.spec.initContainers[_] }"#;
    let spec =
        "{containers: [{name: c, image: here/x}], initContainers: [{name: i, image: there/y}]}";
    check(rego, "{repos: [here/]}", spec, &["Pod shop/a: there/y is from elsewhere"]);
    check(rego, "{repos: [here/, there/]}", spec, &["pass"]);
}

#[test]
fn quantities_by_functions_with_several_bodies() {
    let rego = r#"package limits

missing(obj, field) { not obj[field] }
missing(obj, field) { obj[field] == "" }

mem_multiple("Ki") = 1024 { true }
mem_multiple("Mi") = 1048576 { true }
mem_multiple("Gi") = 1073741824 { true }
mem_multiple("") = 1 { true }

suffix(mem) = two { count(mem) > 1; two := substring(mem, count(mem) - 2, -1); mem_multiple(two) }
suffix(mem) = "" { not endswith(mem, "i") }

bytes(mem) = n { is_number(mem); n := mem }
bytes(mem) = n {
  not is_number(mem)
  unit := suffix(mem)
  raw := replace(mem, unit, "")
  re_match("^[0-9]+$", raw)
  n := to_number(raw) * mem_multiple(unit)
}

violation[{"msg": msg}] {
  container := input.review.object.spec.containers[_]
  missing(container.resources.limits, "memory")
  msg := sprintf("<%v> has no limit", [container.name])
}

violation[{"msg": msg}] {
  container := input.review.object.spec.containers[_]
  limit := container.resources.limits.memory
  bytes(limit) > bytes(input.parameters.memory)
  msg := sprintf("<%v> may have %v", [container.name, limit])
}"#;
    let spec = |memory: &str| {
        format!("{{containers: [{{name: c, resources: {{limits: {{memory: {memory}}}}}}}]}}")
    };
    check(rego, "{memory: 1Gi}", &spec("2Gi"), &["Pod shop/a: <c> may have 2Gi"]);
    check(rego, "{memory: 1Gi}", &spec("512Mi"), &["pass"]);
    check(rego, "{memory: 1Gi}", &spec("''"), &["Pod shop/a: <c> has no limit"]);
}

#[test]
fn probes_that_are_missing() {
    let rego = r#"package probes

kinds := {kind | kind := input.parameters.kinds[_]}

violation[{"msg": msg}] {
  container := input.review.object.spec.containers[_]
  probe := input.parameters.probes[_]
  not has_probe(container, probe)
  msg := sprintf("%v has no %v", [container.name, probe])
}

has_probe(container, probe) { kinds[k]; container[probe][k] }"#;
    let parameters = "{probes: [readinessProbe, livenessProbe], kinds: [httpGet, tcpSocket]}";
    let spec = "{containers: [{name: c, readinessProbe: {httpGet: {port: 80}}}]}";
    check(rego, parameters, spec, &["Pod shop/a: c has no livenessProbe"]);
}

#[test]
fn fields_by_default_and_capabilities() {
    let rego = r#"package capabilities

violation[{"msg": msg}] {
  container := input.review.object.spec.containers[_]
  added := {cap | cap := container.securityContext.capabilities.add[_]}
  allowed := {cap | cap := lower(input.parameters.allowed[_])}
  more := {cap | cap := added[_]; not allowed[lower(cap)]}
  count(more) > 0
  msg := sprintf("%v adds %v", [container.name, more])
}

violation[{"msg": "it may be root"}] {
  not object.get(object.get(input.review.object.spec, "securityContext", {}), "runAsNonRoot", false)
}

violation[{"msg": "it shares the host's network"}] {
  input.review.object.spec.hostNetwork == true
}"#;
    let spec = "{hostNetwork: true, securityContext: {runAsNonRoot: true}, containers: [{name: c, \
                securityContext: {capabilities: {add: [NET_ADMIN, CHOWN]}}}]}";
    check(
        rego,
        "{allowed: [chown]}",
        spec,
        &["Pod shop/a: c adds {\"NET_ADMIN\"}", "Pod shop/a: it shares the host's network"],
    );
}

#[test]
fn others_of_the_same_kind() {
    let rego = r#"package unique

identical(obj, review) {
  obj.metadata.namespace == review.namespace
  obj.metadata.name == review.name
}

violation[{"msg": msg}] {
  input.review.kind.kind == "Ingress"
  re_match("^(extensions|networking.k8s.io)$", input.review.kind.group)
  host := input.review.object.spec.rules[_].host
  other := data.inventory.namespace[_][version]["Ingress"][name]
  re_match("^(extensions|networking.k8s.io)/.+$", version)
  other.spec.rules[_].host == host
  not identical(other, input.review)
  msg := sprintf("%v is the host of %v too", [host, name])
}"#;
    let sync = "\n    metadata.gatekeeper.sh/requires-sync-data: |\n      \"[[{\"groups\": \
        [\"extensions\"], \"versions\": [\"v1beta1\"], \"kinds\": [\"Ingress\"]}, {\"groups\": \
        [\"networking.k8s.io\"], \"versions\": [\"v1\"], \"kinds\": [\"Ingress\"]}]]\"";
    let constraint =
        "{match: {kinds: [{apiGroups: [extensions, networking.k8s.io], kinds: [Ingress]}]}}";
    let ingress = |name: &str, host: &str| {
        format!(
            "- {{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {{name: {name}, \
             namespace: shop}}, spec: {{rules: [{{host: {host}}}]}}}}\n"
        )
    };
    let head = "# as-of: 2026-09-15T02:30:00Z\n";
    let list = "apiVersion: v1\nkind: List\nitems:\n";
    let both = format!("{list}{}{}", ingress("a", "x.example"), ingress("b", "x.example"));
    let found = "# expect: Ingress shop/a: x.example is the host of b too\n# expect: Ingress \
        shop/b: x.example is the host of a too\n";
    judge_template(rego, sync, constraint, &format!("{head}{found}{both}"));
    let other = both.replacen("x.example", "y.example", 1);
    judge_template(rego, sync, constraint, &format!("{head}# expect: pass\n{other}"));
}
