//! The newest timestamp that an input proves.

use super::*;

#[track_caller]
fn check(text: &str, want: Option<(&str, &str, &str)>) {
    let reading = read_bytes(text);
    let witness = reading.witness.map(|it| (it.time.to_string(), it.field, it.object));
    let witness = witness
        .as_ref()
        .map(|(time, field, object)| (time.as_str(), field.as_str(), object.as_str()));
    assert_eq!(witness, want);
}

const NODE: &str = concat!(
    r#"{"apiVersion":"v1","kind":"Node","metadata":{"name":"n","#,
    r#""creationTimestamp":"2024-05-01T08:00:00Z"},"#,
    "\n",
    r#"    "status":{"conditions":[{"lastHeartbeatTime":"2024-05-02T08:00:00Z","#,
    r#""message":"2030-01-01T00:00:00Z"}],"X":1}}"#,
);

#[test]
fn at_any_depth_and_of_kinds_that_nobody_needs() {
    check(NODE, Some(("2024-05-02T08:00:00Z", "lastHeartbeatTime", "Node n")));
    let list = format!(r#"{{"kind":"NodeList","apiVersion":"v1","items":[{NODE}]}}"#);
    check(&list, Some(("2024-05-02T08:00:00Z", "lastHeartbeatTime", "Node n")));
}

#[test]
fn of_all_objects_the_newest() {
    let older = NODE.replace("2024-05-02", "2023-05-02").replace("\"n\"", "\"m\"");
    check(
        &format!("{NODE}\n{older}"),
        Some(("2024-05-02T08:00:00Z", "lastHeartbeatTime", "Node n")),
    );
    check(
        &format!("{older}\n{NODE}"),
        Some(("2024-05-02T08:00:00Z", "lastHeartbeatTime", "Node n")),
    );
}

#[test]
fn fractions_and_offsets() {
    let with = |time: &str| NODE.replace("2024-05-02T08:00:00Z", time);
    check(
        &with("2024-05-02T08:00:00.123456Z"),
        Some(("2024-05-02T08:00:00.123456Z", "lastHeartbeatTime", "Node n")),
    );
    check(
        &with("2024-05-02T10:00:00+02:00"),
        Some(("2024-05-02T08:00:00Z", "lastHeartbeatTime", "Node n")),
    );
}

#[test]
fn what_proves_nothing() {
    let without = |time: &str| {
        NODE.replace("2024-05-02T08:00:00Z", time).replace("2024-05-01T08:00:00Z", time)
    };
    for time in ["1970-01-01T00:00:00Z", "@now-5m", "2024-13-01T08:00:00Z", "2024-05-01", ""] {
        check(&without(time), None);
    }
    check("{\"creationTimestamp\":\"2024-05-01T08:00:00Z\",\"metadata\":1}", None);
}
