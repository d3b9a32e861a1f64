//! Kinds that come back one after the other: a rule that compares them says nothing of a state that
//! never was.

use serde_json::{Value, json};

use crate::{
    api::Api,
    client::Sse,
    found,
    served::{Served, eventually},
    server::Cluster,
};

const GROUP: &str = "csdr.alibabacloud.com/v1beta1";

const BACKUPS: &str = "/apis/csdr.alibabacloud.com/v1beta1/namespaces/csdr/applicationbackups";

const EVENTS: &str = "/api/v1/namespaces/csdr/events";

/// A rule that compares events with what they are about.
const JOIN: [&str; 4] = ["--rule", "backup-warning-event", "--interval", "200ms"];

fn backup(name: &str, phase: &str) -> Value {
    json!({
        "apiVersion": GROUP,
        "kind": "ApplicationBackup",
        "metadata": {"name": name, "namespace": "csdr", "uid": format!("uid-{name}")},
        "status": {"phase": phase},
    })
}

/// A warning about a backup.
fn warning(backup: &str) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": format!("{backup}.1"), "namespace": "csdr", "uid": "e-1"},
        "type": "Warning",
        "reason": "Retry",
        "message": "HBR backup request failed: timeout, retry later",
        "involvedObject": {
            "apiVersion": GROUP,
            "kind": "ApplicationBackup",
            "namespace": "csdr",
            "name": backup,
            "uid": format!("uid-{backup}"),
        },
    })
}

fn cluster() -> Cluster {
    let bare = Cluster::default().serves("v1", "Pod", Vec::new());
    let bare = bare.serves("v1", "Event", vec![warning("standing"), warning("ending")]);
    bare.serves(
        GROUP,
        "ApplicationBackup",
        vec![backup("standing", "InProgress"), backup("ending", "InProgress")],
    )
}

/// How the rule came out, and why.
fn outcome(served: &Served) -> (String, String) {
    let report = served.get("/api/v1/report").json();
    let rules = report["rules"].as_array().expect("a list");
    let rule = rules.iter().find(|it| it["rule"] == "backup-warning-event").expect("the rule");
    let text = |key: &str| rule[key].as_str().expect("a text").to_owned();
    (text("result"), text("reason"))
}

fn lists(served: &Served, kind: &str) -> f64 {
    let text = served.get("/metrics").body;
    let is_list = |it: &&str| {
        it.starts_with("rulebox_watch_lists_total") && it.contains(&format!("kind=\"{kind}\""))
    };
    let lists = text.lines().filter(is_list).filter_map(|it| it.rsplit(' ').next()?.parse().ok());
    lists.fold(0.0, |sum: f64, it: f64| sum + it)
}

/// Waits until all rules that were due have been evaluated some times.
fn evaluated(served: &Served) {
    let runs = || served.metric("rulebox_runs_total").unwrap_or_default();
    let before = runs();
    eventually("it is evaluated again", || runs() >= before + 4.0);
}

/// Both kinds are lost. Meanwhile one backup fails, one completes, and one begins, with a warning
/// of each; then one kind comes back before the other.
#[track_caller]
fn check(late: &str, soon: &str) {
    let api = Api::new(cluster());
    let served = Served::start(&api, &JOIN);
    served.ready();
    let before = || found(&served, "") == ["ending", "standing"];
    eventually("both are found", before);
    let mut events = Sse::follow(served.address, None);
    assert_eq!(events.next().event, "reset");
    api.refuse(BACKUPS, Some(503));
    api.refuse(EVENTS, Some(503));
    api.end_watches();
    eventually("it waits", || outcome(&served).1.contains("503"));
    api.apply(backup("ending", "Completed"));
    api.apply(backup("beginning", "Completed"));
    api.apply(warning("beginning"));
    let seen = lists(&served, soon);
    api.refuse(if soon == "Event" { EVENTS } else { BACKUPS }, None);
    eventually("one is back", || lists(&served, soon) > seen);
    evaluated(&served);
    assert!(before(), "{:?}", found(&served, ""));
    let (result, reason) = outcome(&served);
    assert_eq!(result, "fail");
    assert!(reason.starts_with("judged at 2") && reason.contains("waits for"), "{reason}");
    api.refuse(if late == "Event" { EVENTS } else { BACKUPS }, None);
    eventually("all is known", || found(&served, "") == ["standing"]);
    eventually("nothing is waited for", || outcome(&served) == ("fail".to_owned(), String::new()));
    // What was told of all that is what has happened.
    let gone = events.next();
    assert_eq!(gone.event, "gone");
    assert!(gone.data.contains("\"ending\""), "{}", gone.data);
    api.delete(warning("standing"));
    let last = events.next();
    assert_eq!(last.event, "gone");
    assert!(last.data.contains("\"standing\""), "{}", last.data);
}

#[test]
fn events_that_come_back_before_their_objects_invent_nothing() {
    check("ApplicationBackup", "Event");
}

#[test]
fn objects_that_come_back_before_their_events_lose_nothing() {
    check("Event", "ApplicationBackup");
}

#[test]
fn a_process_that_begins_while_a_kind_is_away_invents_nothing() {
    let api = Api::new(cluster());
    api.apply(backup("ending", "Completed"));
    api.refuse(BACKUPS, Some(503));
    let served = Served::start(&api, &JOIN);
    served.ready();
    evaluated(&served);
    assert_eq!(found(&served, ""), [] as [&str; 0]);
    let (result, reason) = outcome(&served);
    assert_eq!(result, "no_data");
    assert!(reason.contains("waits for") && reason.contains("503"), "{reason}");
    api.refuse(BACKUPS, None);
    eventually("all is known", || found(&served, "") == ["standing"]);
}
