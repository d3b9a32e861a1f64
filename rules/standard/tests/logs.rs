//! What rules read from the logs of a dump: a folder of files, which a fixture of one file cannot
//! show.

use std::fs;

use rulebox_rules_standard::packs::backup_center;
use rulebox_sdk::{
    Moment,
    testing::{self, Outcome},
};

const ROLE_MISSING: &str = "2026-09-15T02:27:11Z ERROR SDKError:\n   StatusCode: 403\n   Code: \
                            MagpieBridgeSlrNotExist\n   Message: code: 403, \
                            AliyunServiceRoleForHbrMagpieBridge doesn't exist\n";

/// A pod of hbr-client that ends again and again and does not say why.
const CRASHING: &str = r#"
apiVersion: v1
kind: Pod
metadata: {name: hbr-client-7xk2p, namespace: csdr, labels: {app: hbr-client}}
spec: {nodeName: node-1}
status:
  phase: Running
  conditions: [{type: Ready, status: "False", lastTransitionTime: "2026-09-15T01:00:00Z"}]
  containerStatuses:
  - name: hbr-client
    restartCount: 14
    state: {waiting: {reason: CrashLoopBackOff}}
    lastState: {terminated: {exitCode: 1, reason: Error, finishedAt: "2026-09-15T02:27:11Z"}}
"#;

/// Reads a folder as the product reads a dump, and evaluates `hbr-client-unhealthy`.
fn evaluate(files: &[(&str, &str)]) -> Outcome {
    let folder = tempfile::tempdir().expect("a folder");
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder above")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
    let as_of = Moment::at("2026-09-15T02:30:00Z".parse().expect("a time"));
    let pack = backup_center::pack();
    testing::evaluate_folder(&pack, "hbr-client-unhealthy", folder.path(), Some(as_of))
}

/// The reason that is found beside a log, and what of the log is in the evidence.
#[track_caller]
fn check(pods: &str, log: (&str, &str), want: &[(&str, bool)]) {
    let outcome = evaluate(&[("pods.yaml", pods), log]);
    let reason = |it: &rulebox_sdk::Finding| {
        let (_, reason) = it.labels.iter().find(|(name, _)| name == "reason").expect("a reason");
        let cites = it.evidence.iter().any(|it| it.path.starts_with("log "));
        (reason.clone(), cites)
    };
    let found: Vec<_> = outcome.findings.iter().map(reason).collect();
    let want: Vec<_> = want.iter().map(|(reason, cites)| ((*reason).to_owned(), *cites)).collect();
    assert_eq!(found, want, "{}\n{outcome:#?}", log.0);
}

#[test]
fn the_log_of_a_pod_tells_why_it_crashes_wherever_it_lies() {
    for path in [
        "csdr/hbr-client-7xk2p/logs.txt",
        "cluster-resources/pods/logs/csdr/hbr-client-7xk2p/hbr-client-previous.log",
        "namespaces/csdr/pods/hbr-client-7xk2p/hbr-client/hbr-client/logs/previous.log",
        "kubecapture/core_v1/csdr/hbr-client-7xk2p/hbr-client/hbr-client.log",
        "var/log/pods/csdr_hbr-client-7xk2p_0d6f/hbr-client/14.log",
        "hbr-client-7xk2p.log",
        "hbr-client-7xk2p.previous.txt",
    ] {
        check(CRASHING, (path, ROLE_MISSING), &[("hbr-api-gateway-not-authorized", true)]);
    }
}

#[test]
fn a_log_that_names_no_pod_counts_for_one_that_crashes() {
    check(CRASHING, ("hbr-client.log", ROLE_MISSING), &[("hbr-api-gateway-not-authorized", true)]);
}

#[test]
fn the_log_of_another_pod_does_not_count() {
    let both = format!(
        "{CRASHING}---{}",
        CRASHING
            .replace("7xk2p", "2b9zq")
            .replace("CrashLoopBackOff", "")
            .replace("\"False\"", "\"True\"")
            .replace("14", "0")
    );
    check(&both, ("hbr-client-2b9zq.log", ROLE_MISSING), &[("crash-loop", false)]);
}

#[test]
fn another_log_tells_nothing() {
    check(CRASHING, ("csdr-velero-1.log", ROLE_MISSING), &[("crash-loop", false)]);
    check(CRASHING, ("hbr-client-7xk2p.log", "all is well\n"), &[("crash-loop", false)]);
}

#[test]
fn an_old_line_does_not_speak_against_a_pod_that_works() {
    let works = CRASHING
        .replace("waiting: {reason: CrashLoopBackOff}", "running: {}")
        .replace("\"False\"", "\"True\"")
        .replace("14", "1");
    check(&works, ("hbr-client-7xk2p.log", ROLE_MISSING), &[]);
}

#[test]
fn a_log_does_not_speak_for_a_pod_that_has_not_run() {
    let without_image = CRASHING.replace("CrashLoopBackOff", "ImagePullBackOff");
    check(&without_image, ("hbr-client-7xk2p.log", ROLE_MISSING), &[("image-pull-failed", false)]);
}
