//! `rulebox serve` as a cluster runs it: the binary, a kubeconfig, an API server over loopback that
//! changes, and clients that ask.

mod api;
mod client;
#[path = "../../../registry/tests/registry/fake.rs"]
#[expect(dead_code, reason = "the tests of the crate use more of it")]
mod fake;
mod faults;
#[path = "../../../engine/tests/guests/mod.rs"]
#[expect(dead_code, reason = "the tests of the engine use the rest")]
mod guests;
mod labels;
mod openapi;
mod page;
mod parity;
#[path = "../planted/mod.rs"]
mod planted;
mod pods;
#[path = "../printed/mod.rs"]
mod printed;
#[path = "../program/mod.rs"]
mod program;
mod recovery;
mod reload;
mod served;
#[path = "../live/server.rs"]
#[expect(dead_code, reason = "the tests of `check --live` use the rest")]
mod server;
mod tls;

use serde_json::{Value, json};

use api::Api;
use client::{Sse, get};
use served::{Served, eventually};
use server::Cluster;

/// A vault in this phase.
fn vault(name: &str, phase: &str) -> Value {
    json!({
        "apiVersion": "csdr.alibabacloud.com/v1beta1",
        "kind": "BackupLocation",
        "metadata": {"name": name, "namespace": "csdr", "uid": format!("uid-{name}")},
        "status": {"phase": phase},
    })
}

/// A cluster with one unavailable vault, and neither pods nor events.
fn cluster() -> Cluster {
    let bare = Cluster::default().serves("v1", "Pod", Vec::new()).serves("v1", "Event", Vec::new());
    bare.serves(
        "csdr.alibabacloud.com/v1beta1",
        "BackupLocation",
        vec![vault("vault-prod", "Unavailable")],
    )
}

/// Where vaults are listed.
const VAULTS: &str = "/apis/csdr.alibabacloud.com/v1beta1/namespaces/csdr/backuplocations";

/// One rule, of which `vault-prod` is a finding.
const ONE: [&str; 2] = ["--rule", "vault-unavailable"];

/// The names of the findings, as `/api/v1/findings` gives them.
fn found(served: &Served, query: &str) -> Vec<String> {
    let answer = served.get(&format!("/api/v1/findings{query}"));
    assert_eq!(answer.status, 200, "{}", answer.body);
    let findings = answer.json();
    let findings = findings["findings"].as_array().expect("a list").iter();
    findings.map(|it| it["subject"]["name"].as_str().expect("a name").to_owned()).collect()
}

#[test]
fn what_changes_in_a_cluster_is_found_and_served() {
    let api = Api::new(cluster());
    let served = Served::start(&api, &ONE);
    served.ready();
    assert_eq!(found(&served, ""), ["vault-prod"]);
    api.apply(vault("vault-test", "Unavailable"));
    eventually("two findings", || found(&served, "").len() == 2);
    api.apply(vault("vault-prod", "Available"));
    eventually("it is available", || found(&served, "") == ["vault-test"]);
    api.delete(vault("vault-test", "Unavailable"));
    eventually("it is deleted", || found(&served, "").is_empty());
    let report = served.get("/api/v1/report").json();
    let rules = report["rules"].as_array().expect("a list");
    let rule = rules.iter().find(|it| it["rule"] == "vault-unavailable").expect("the rule");
    assert_eq!(rule["result"], "pass", "{rule}");
}

#[test]
fn findings_are_chosen_by_parameters() {
    let served = Served::start(&Api::new(cluster()), &ONE);
    served.ready();
    let all = ["vault-prod"];
    let none: [&str; 0] = [];
    for query in [
        "?severity=info",
        "?severity=high",
        "?rule=vault-unavailable",
        "?pack=backup-center&kind=BackupLocation&namespace=csdr&name=vault-prod",
        "?suppressed=false",
        "?cluster=up",
        "?cluster=up&severity=high",
        "?",
    ] {
        assert_eq!(found(&served, query), all, "{query}");
    }
    for query in [
        "?suppressed=true",
        "?name=other",
        "?namespace=",
        "?namespace=other&kind=Other",
        "?rule=backup-failed",
    ] {
        assert_eq!(found(&served, query), none, "{query}");
    }
    let finding = served.get("/api/v1/findings").json()["findings"][0].clone();
    assert!(finding["firstSeen"].as_str().expect("a time").ends_with('Z'), "{finding}");
}

#[test]
fn nothing_that_is_served_or_logged_has_a_secret() {
    let said = planted::text();
    let mut vault = vault("vault-prod", "Unavailable");
    vault["status"]["message"] = json!(said);
    vault["spec"] = json!({"objectStorage": {"bucket": said}});
    let bare = Cluster::default().serves("v1", "Pod", Vec::new()).serves("v1", "Event", Vec::new());
    let api = Api::new(bare.serves("csdr.alibabacloud.com/v1beta1", "BackupLocation", vec![vault]));
    let served = Served::start(&api, &["--verbose"]);
    served.ready();
    let mut events = Sse::follow(served.address, Some("0"));
    for path in ["/", "/metrics", "/api/v1/findings", "/api/v1/report", "/readyz"] {
        let answer = served.get(path);
        planted::check(path, &answer.body);
    }
    assert!(served.get("/api/v1/report").body.contains("REDACTED"));
    planted::check("an event", &events.next().data);
    let logged = served.logged();
    assert!(logged.contains("evaluated"), "{logged}");
    planted::check("the log", &logged);
}

/// Says the value of a Secret in a message, a label and a metric.
const TELLTALE: &str = r#"apiVersion: rulebox.dev/v1alpha1
kind: RulePack
metadata: {name: acme, version: 0.1.0}
needs:
  secrets: {kind: Secret}
rules:
  - id: told
    severity: high
    summary: A value is told
    for: secrets
    when: true
    message: "in turn {{ object.metadata.labels.turn }} it is {{ object.data.phrase }}"
    labels: {phrase: object.data.phrase}
metrics:
  - name: acme_told
    help: What is told.
    rule: told
    type: info
    labels: {phrase: object.data.phrase}
"#;

#[test]
fn what_a_server_says_has_no_value_of_a_secret_that_a_pack_is_given() {
    // `planted horse`, and then `planted battery`.
    let phrases = ["cGxhbnRlZCBob3JzZQ==", "cGxhbnRlZCBiYXR0ZXJ5"];
    let secret = |turn: usize| {
        json!({
            "apiVersion": "v1", "kind": "Secret", "data": {"phrase": phrases[turn]},
            "metadata": {
                "name": "s", "namespace": "shop", "uid": "uid-s",
                "labels": {"turn": turn.to_string()},
            },
        })
    };
    let folder = tempfile::tempdir().expect("a folder");
    let pack = folder.path().join("pack.yaml");
    std::fs::write(&pack, TELLTALE).expect("written");
    let api = Api::new(Cluster::default().serves("v1", "Secret", vec![secret(0)]));
    let served = Served::start(&api, &["--pack", pack.to_str().expect("UTF-8")]);
    served.ready();
    for turn in 0..phrases.len() {
        api.apply(secret(turn));
        let said = format!("in turn {turn} it is REDACTED");
        eventually(&said, || served.get("/api/v1/findings").body.contains(&said));
        let paths = ["/", "/metrics", "/api/v1/findings", "/api/v1/report"];
        let bodies = paths.map(|it| served.get(it).body);
        assert!(bodies.iter().all(|it| it.contains("REDACTED")), "{bodies:?}");
        for text in bodies.into_iter().chain([served.logged()]) {
            let holds = |it: &&&str| text.contains(it.trim_end_matches('='));
            assert_eq!(phrases.iter().find(holds), None, "{text}");
        }
    }
}

/// A request is refused, with these words.
#[track_caller]
fn check_refused(served: &Served, path: &str, error: &str, help: &str) {
    let answer = served.get(path);
    assert_eq!(answer.status, 400, "{path}: {answer:?}");
    let said = answer.json();
    assert_eq!(said["error"], error, "{path}");
    let told = said["help"].as_str().expect("words");
    assert!(told.contains(help), "{path}: {told}");
}

/// What is misspelt must not find nothing, as if all were well.
#[test]
fn parameters_and_values_that_are_not_known_are_refused() {
    let served = Served::start(&Api::new(cluster()), &ONE);
    served.ready();
    let check = |query: &str, error: &str, help: &str| {
        check_refused(&served, &format!("/api/v1/findings?{query}"), error, help);
    };
    let no = |what: &str, name: &str| format!("there is no {what} `{name}`");
    let severities = "there are info, low, medium, high, critical";
    check("severity=bad", &no("severity", "bad"), severities);
    check("severity=", &no("severity", ""), severities);
    check("severity=High", &no("severity", "High"), "did you mean `high`?");
    check("suppressed=1", &no("value of `suppressed`", "1"), "there are true, false");
    check("colour=red", &no("parameter", "colour"), "severity, suppressed, cluster, pack, rule");
    check("severty=high", &no("parameter", "severty"), "did you mean `severity`?");
    check("name=a&name=b", "the parameter `name` is given twice", "once");
    check("cluster=prod", &no("cluster", "prod"), "there are up");
    check("cluster=", &no("cluster", ""), "there are up");
    check("pack=backup-centre", &no("pack", "backup-centre"), "did you mean `backup-center`?");
    check("rule=vault-unavailble", &no("rule", "vault-unavailble"), "`vault-unavailable`? there");
    check("pack=backup-center&rule=x", &no("rule", "x"), "vault-unavailable");
    for path in ["/api/v1/report", "/api/v1/events", "/metrics"] {
        let query = format!("{path}?severity=high");
        check_refused(&served, &query, &no("parameter", "severity"), "has no parameters");
        assert_eq!(served.get(&format!("{path}s?severity=high")).status, 404);
    }
    assert_eq!(served.get("/metrics?").status, 200);
    let both = Served::start(&Api::new(cluster()), &["--all-contexts", "--rule", ONE[1]]);
    both.ready();
    let error = no("cluster", "dwon");
    check_refused(&both, "/api/v1/findings?cluster=dwon", &error, "`down`? there are down, up");
    assert_eq!(found(&both, "?cluster=down"), [] as [&str; 0]);
}

/// Who asks for findings alone must not take silence for health.
#[test]
fn rules_that_could_not_judge_are_told_beside_the_findings() {
    let served = Served::start(&Api::new(cluster()), &["--rule", "vault-unavailable"]);
    served.ready();
    let told =
        |served: &Served| served.get("/api/v1/findings?name=nobody").json()["notJudged"].clone();
    assert_eq!(told(&served), json!([]));
    let served = Served::start(&Api::new(cluster()), &["--rule", "backup-failed"]);
    eventually("it has a result", || served.get("/api/v1/findings").status == 200);
    let told = told(&served);
    assert_eq!(
        (&told[0]["rule"], &told[0]["result"]),
        (&json!("backup-failed"), &json!("no_data"))
    );
    assert!(told[0]["reason"].as_str().is_some_and(|it| it.contains("serves no")), "{told}");
}

#[test]
fn a_client_that_has_the_result_is_not_sent_it_again() {
    let api = Api::new(cluster());
    let served = Served::start(&api, &ONE);
    served.ready();
    for path in ["/api/v1/findings", "/api/v1/report"] {
        let first = served.get(path);
        let etag = first.header("etag").expect("an ETag").to_owned();
        for known in [etag.clone(), format!("W/{etag}"), format!("\"x\", {etag}"), "*".to_owned()] {
            let again = get(served.address, path, &[("If-None-Match", &known)]);
            assert_eq!((again.status, again.body.as_str()), (304, ""), "{known}");
            assert_eq!(again.header("etag"), Some(&*etag));
        }
        let other = get(served.address, path, &[("If-None-Match", "\"x\"")]);
        assert_eq!(other.status, 200);
    }
    let etag = served.get("/api/v1/report").header("etag").map(str::to_owned);
    api.apply(vault("vault-test", "Unavailable"));
    eventually("another result", || {
        served.get("/api/v1/report").header("etag").map(str::to_owned) != etag
    });
}

#[test]
fn metrics_are_text_for_prometheus_or_openmetrics() {
    let served = Served::start(&Api::new(cluster()), &ONE);
    served.ready();
    let text = served.get("/metrics");
    let content = text.header("content-type").expect("a type").to_owned();
    assert!(content.starts_with("text/plain; version=0.0.4"), "{content}");
    let mut series = std::collections::BTreeSet::new();
    for line in text.body.lines().filter(|it| !it.starts_with('#')) {
        let (name, value) = line.rsplit_once(' ').expect("a series and a value");
        assert!(value.parse::<f64>().is_ok(), "{line}");
        assert!(series.insert(name.to_owned()), "twice: {name}");
    }
    assert_eq!(served.metric("rulebox_cluster_up{cluster=\"up\"}"), Some(1.0));
    let finding = "rulebox_finding{pack=\"backup-center\",rule=\"vault-unavailable\"";
    assert!(text.body.contains(finding), "{}", text.body);
    for name in [
        "rulebox_build_info",
        "rulebox_leader",
        "rulebox_config_last_reload_successful",
        "rulebox_watch_up",
        "rulebox_watch_last_contact_timestamp_seconds",
        "rulebox_last_run_timestamp_seconds",
        "rulebox_runs_total",
        "process_resident_memory_bytes",
        "process_cpu_seconds_total",
    ] {
        assert!(text.body.contains(&format!("# TYPE {name} ")), "{name}: {}", text.body);
    }
    let accept = "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.2";
    let open = get(served.address, "/metrics", &[("Accept", accept)]);
    let content = open.header("content-type").expect("a type");
    assert!(content.starts_with("application/openmetrics-text"), "{content}");
    assert!(open.body.ends_with("# EOF\n"), "{}", open.body);
    assert!(!text.body.contains("# EOF"));
}

/// What is served has the metrics and labels that boards and alerts are held to, and no other.
#[test]
fn metrics_of_a_server_are_those_that_are_listed() {
    let nobody = ["--alertmanager", "http://127.0.0.1:9"];
    let served = Served::start(&Api::new(cluster()), &[&ONE[..], &nobody].concat());
    served.ready();
    let text = served.get("/metrics").body;
    let mut seen = std::collections::BTreeSet::new();
    let is_own = |it: &&str| it.starts_with("rulebox_") || it.starts_with("process_");
    for line in text.lines().filter(is_own) {
        let (name, rest) = line.split_at(line.find(['{', ' ']).expect("a value"));
        let metric = rulebox_deploy::HOST_METRICS.iter().find(|it| it.name == name);
        let metric = metric.unwrap_or_else(|| panic!("{name} is not listed"));
        let labels = rest.trim_start_matches('{').split("\",");
        for (label, _) in labels.filter_map(|it| it.split_once("=\"")) {
            let is_listed = metric.labels.contains(&label) || label == "cluster" || metric.open;
            assert!(is_listed, "{name}: {label}");
        }
        seen.insert(name);
    }
    for metric in rulebox_deploy::HOST_METRICS.iter().filter(|it| it.of_server) {
        assert!(seen.contains(metric.name), "{} is listed, and not served", metric.name);
    }
    for metric in rulebox_deploy::HOST_METRICS.iter().filter(|it| seen.contains(it.name)) {
        // The names of some families have no suffix.
        let help = text.lines().filter_map(|it| it.strip_prefix("# HELP ")?.split_once(' '));
        let mut help = help.filter(|it| metric.name.starts_with(it.0)).map(|it| it.1);
        assert!(help.any(|it| it == metric.help), "{}: {}", metric.name, metric.help);
    }
}

#[test]
fn what_is_not_there_says_what_is() {
    let served = Served::start(&Api::new(cluster()), &ONE);
    served.ready();
    let answer = served.get("/api/v2/findings");
    assert_eq!(answer.status, 404);
    assert!(answer.body.contains("/api/v1/findings"), "{}", answer.body);
    assert_eq!(client::send(served.address, "POST /metrics HTTP/1.1", &[]).status, 405);
    assert_eq!(served.get("/livez").body, "ok\n");
}

#[test]
fn events_begin_with_a_reset_and_can_be_replayed() {
    let api = Api::new(cluster());
    let served = Served::start(&api, &ONE);
    served.ready();
    let mut events = Sse::follow(served.address, None);
    let reset = events.next();
    assert_eq!((reset.event.as_str(), reset.data.as_str()), ("reset", "{}"));
    api.apply(vault("vault-test", "Unavailable"));
    let added = events.named("added", "vault-test");
    assert!(added.data["lastSeen"].is_string() && added.data["firstSeen"].is_string());
    let mut changed = vault("vault-test", "Unavailable");
    changed["status"]["message"] = "AccessDenied: the token has expired".into();
    api.apply(changed);
    let said = events.named("changed", "vault-test");
    assert_eq!(said.data["firstSeen"], added.data["firstSeen"]);
    api.delete(vault("vault-test", "Unavailable"));
    let gone = events.named("gone", "vault-test");
    // Who was away is sent what it has missed, and nothing twice.
    let mut again = Sse::follow(served.address, Some(&added.id));
    assert_eq!(again.named("changed", "vault-test").id, said.id);
    assert_eq!(again.named("gone", "vault-test").id, gone.id);
    // A number of another process, or no number.
    for unknown in ["abc-1", "7", ""] {
        assert_eq!(Sse::follow(served.address, Some(unknown)).next().event, "reset", "{unknown}");
    }
}

#[test]
fn a_slow_client_holds_up_nobody() {
    let api = Api::new(cluster());
    let served = Served::start(&api, &ONE);
    served.ready();
    let mut slow = Sse::follow(served.address, None);
    for nth in 0..300 {
        api.apply(vault(&format!("vault-{nth:03}"), "Unavailable"));
    }
    eventually("all are found", || found(&served, "").len() == 301);
    for nth in 0..300 {
        api.delete(vault(&format!("vault-{nth:03}"), "Unavailable"));
    }
    eventually("all are gone", || found(&served, "").len() == 1);
    // It reads what was sent only now: each object came and went.
    assert_eq!(slow.next().event, "reset");
    let (mut added, mut gone) = (0, 0);
    while gone < 300 {
        match slow.next().event.as_str() {
            "added" => added += 1,
            "gone" => gone += 1,
            "changed" => {}
            other => panic!("{other}"),
        }
    }
    assert_eq!(added, 300);
}

#[test]
fn the_process_ends_in_order_while_a_client_follows_events() {
    let served = Served::start(&Api::new(cluster()), &ONE);
    served.ready();
    let mut events = Sse::follow(served.address, None);
    assert_eq!(events.next().event, "reset");
    assert_eq!(served.end(), 0);
    assert!(events.ended(), "the stream ends");
}

#[test]
fn a_process_that_has_not_seen_everything_is_not_ready() {
    let api = Api::new(cluster());
    let pods = "/api/v1/namespaces/csdr/pods";
    let served = Served::start(&api, &["--context", "down", "--context", "up"]);
    served.ready();
    drop(served);
    // A list that fails is seen too: nothing will come of it.
    api.refuse(pods, Some(500));
    let served = Served::start(&api, &ONE);
    served.ready();
    let report = served.get("/api/v1/report").json();
    let mut coverage = report["coverage"].as_array().expect("a list").iter();
    let pod = coverage.find(|it| it["kind"] == "Pod");
    assert!(pod.is_none_or(|it| it["coverage"] == "absent"), "{report:#}");
}

#[test]
fn a_cluster_that_is_down_hides_nothing_of_another() {
    let served = Served::start(&Api::new(cluster()), &["--all-contexts", "--rule", ONE[1]]);
    served.ready();
    assert_eq!(found(&served, "?cluster=up"), ["vault-prod"]);
    assert_eq!(found(&served, ""), ["vault-prod"]);
    assert_eq!(served.metric("rulebox_cluster_up{cluster=\"up\"}"), Some(1.0));
    assert_eq!(served.metric("rulebox_cluster_up{cluster=\"down\"}"), Some(0.0));
    let report = served.get("/api/v1/report").json();
    let result = |cluster: &str| {
        let mut rules = report["rules"].as_array().expect("a list").iter();
        let of = |it: &&Value| it["cluster"] == cluster && it["rule"] == "vault-unavailable";
        rules.find(of).expect("the rule").clone()
    };
    assert_eq!(result("up")["result"], "fail");
    let down = result("down");
    assert_eq!(down["result"], "no_data", "{down}");
    assert!(down["reason"].as_str().expect("a reason").contains("the connection failed"), "{down}");
}

#[test]
fn what_was_seen_of_a_cluster_that_is_lost_counts_for_a_while() {
    let api = Api::new(cluster());
    let served = Served::start(&api, &[&ONE[..], &["--stale-after", "2s"]].concat());
    served.ready();
    api.refuse(VAULTS, Some(503));
    api.end_watches();
    let coverage = || {
        let report = served.get("/api/v1/report").json();
        let mut coverage = report["coverage"].as_array().expect("a list").iter();
        let of = coverage.find(|it| it["kind"] == "BackupLocation").expect("the need");
        of["coverage"].as_str().expect("a word").to_owned()
    };
    eventually("it is no longer believed", || coverage() == "partial");
    assert_eq!(found(&served, ""), ["vault-prod"], "what is found stays found");
    let answer = served.get("/api/v1/findings").json();
    let (finding, rule) = (&answer["findings"][0], &answer["notJudged"][0]);
    let since = finding["staleSince"].as_str().expect("it is old");
    assert_eq!(rule["staleSince"], since, "{answer:#}");
    assert!(since.ends_with('Z') && *since < *answer["asOf"]["time"].as_str().expect("a time"));
    api.refuse(VAULTS, None);
    eventually("it is believed again", || coverage() == "complete");
    eventually("it is of now", || {
        let answer = served.get("/api/v1/findings").json();
        answer["findings"][0]["fingerprint"].is_string()
            && answer["findings"][0]["staleSince"].is_null()
    });
}

#[test]
fn credentials_that_were_rotated_are_read_anew() {
    let api = Api::new(cluster());
    api.accept("first");
    let (_folder, file) = api.kubeconfig("first");
    let served = Served::start_with(&file, &ONE);
    served.ready();
    assert_eq!(found(&served, ""), ["vault-prod"]);
    api.write_kubeconfig(&file, "second");
    api.accept("second");
    api.end_watches();
    api.delete(vault("vault-prod", "Unavailable"));
    eventually("it is seen with the new token", || found(&served, "").is_empty());
}

#[test]
fn an_address_that_others_reach_is_refused_without_tls() {
    let api = Api::new(cluster());
    let (_folder, file) = api.kubeconfig("");
    let kubeconfig = file.to_str().expect("UTF-8");
    let arguments = ["serve", "--listen", "0.0.0.0:0", "--kubeconfig", kubeconfig];
    let ran = program::run(&mut program::command(&arguments), "");
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("--tls-cert") && ran.err.contains("--insecure"), "{}", ran.err);
}
