//! The rules, natively, on YAML as `kubectl get pod -o yaml` prints it.

use rulebox_sdk::testing::{self, Fixture};

/// Runs a rule and holds what it says to the `# expect:` lines of the YAML.
#[track_caller]
fn check(rule: &str, yaml: &str) {
    let outcome = testing::evaluate(&org_rules::pack(), rule, yaml);
    let judged = Fixture::parse(yaml).and_then(|it| it.judge(&outcome));
    judged.unwrap_or_else(|it| panic!("{it}"));
}

#[test]
fn the_examples_in_the_documentation_hold() {
    testing::check_examples(&org_rules::pack());
}

#[test]
fn a_loop_is_found_in_each_list_of_containers() {
    for list in ["initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses"] {
        let pod = "# expect: Pod shop/web-0 container=app\n\
                   {apiVersion: v1, kind: Pod, metadata: {name: web-0, namespace: shop}, \
                   status: {LIST: [{name: app, state: {waiting: {reason: CrashLoopBackOff}}}]}}";
        check("pod-crash-loop", &pod.replace("LIST", list));
    }
}

#[test]
fn a_loop_names_the_last_exit_code() {
    check("pod-crash-loop", include_str!("crash_loop.yaml"));
}

#[test]
fn an_out_of_memory_kill_is_found_in_each_list_and_state() {
    for list in ["initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses"] {
        for state in ["state", "lastState"] {
            for exit_code in ["0", "1", "137"] {
                let pod = "# expect: Pod shop/web-0 container=app\n\
                           {apiVersion: v1, kind: Pod, metadata: {name: web-0, namespace: shop}, \
                           status: {LIST: [{name: app, \
                           STATE: {terminated: {reason: OOMKilled, exitCode: CODE}}}]}}";
                let pod = pod.replace("LIST", list).replace("STATE", state);
                check("container-oom-killed", &pod.replace("CODE", exit_code));
            }
        }
    }
}

#[test]
fn a_namespace_can_be_ignored() {
    for rule in ["pod-crash-loop", "container-oom-killed"] {
        let pod = "# expect: none\n\
                   # settings: {\"ignoredNamespaces\": [\"load-test\"]}\n\
                   {apiVersion: v1, kind: Pod, metadata: {name: web-0, namespace: load-test}, \
                   status: {containerStatuses: [{name: app, \
                   state: {waiting: {reason: CrashLoopBackOff}}, \
                   lastState: {terminated: {reason: OOMKilled, exitCode: 137}}}]}}";
        check(rule, pod);
    }
}

#[test]
fn what_is_no_loop_and_no_out_of_memory_is_quiet() {
    let pod = "# expect: none\n\
               {apiVersion: v1, kind: Pod, metadata: {name: web-0, namespace: shop}, \
               status: {containerStatuses: [{name: app, \
               state: {waiting: {reason: ImagePullBackOff}}, \
               lastState: {terminated: {reason: Error, exitCode: 137}}}]}}";
    check("pod-crash-loop", pod);
    check("container-oom-killed", pod);
}

#[test]
fn without_pods_there_is_no_data() {
    let config_map = "# expect: no data: Pod\n{apiVersion: v1, kind: ConfigMap, metadata: {name: \
                      a, namespace: shop}}";
    check("pod-crash-loop", config_map);
    check("container-oom-killed", config_map);
}
