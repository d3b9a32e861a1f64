//! For code scanning and for viewers of results: SARIF 2.1.0 (OASIS), one run.
//!
//! A finding is a result; what could not be judged, run or read is a notification of the
//! invocation, so that a run without results is not taken for one in which all was judged.

use std::{collections::BTreeMap, fmt::Write as _};

use serde_json::{Value, json};

use crate::{
    json::json_of,
    shown::{file_of, lost, place_text, rule_of, subject_text},
    view::{EvidenceView, FindingView, PlaceView, ReportView, RuleView, SeverityView, SubjectView},
};

/// Where the schema of SARIF 2.1.0 is found; the specification names this place.
const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// By this name a fingerprint is known to other runs; another way to make them gets another name.
const FINGERPRINT: &str = "rulebox/v1";

/// Writes a report as SARIF.
pub fn sarif(report: &ReportView) -> String {
    // Of several clusters, each has the same rules.
    let rules: BTreeMap<_, _> =
        report.rules.iter().rev().map(|it| (id(&it.pack, &it.rule), it)).collect();
    let places: BTreeMap<_, _> = rules.keys().map(String::as_str).zip(0_usize..).collect();
    json_of(&json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "Rulebox",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules.values().copied().map(rule).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "invocations": [invocation(report)],
            "results": report.findings.iter().map(|it| result(it, &places)).collect::<Vec<_>>(),
        }],
    }))
}

fn id(pack: &str, rule: &str) -> String {
    format!("{pack}/{rule}")
}

fn text(text: &str) -> Value {
    json!({ "text": text })
}

fn rule(it: &RuleView) -> Value {
    json!({
        "id": id(&it.pack, &it.rule),
        "name": it.rule,
        "shortDescription": text(&it.summary),
        "defaultConfiguration": { "level": level(it.severity) },
        "properties": { "tags": ["kubernetes", it.pack] },
    })
}

fn level(severity: SeverityView) -> &'static str {
    match severity {
        SeverityView::Critical | SeverityView::High => "error",
        SeverityView::Medium => "warning",
        SeverityView::Low | SeverityView::Info => "note",
    }
}

fn result(it: &FindingView, places: &BTreeMap<&str, usize>) -> Value {
    let id = rule_of(it);
    let others = it.evidence.iter().filter_map(other);
    let mut result = json!({
        "ruleId": id,
        "level": level(it.severity),
        "message": text(&format!("{}\n{}\n{}", it.summary, it.cause, it.remedy)),
        "locations": [location(&it.subject, it.place.as_ref())],
        "relatedLocations": others.collect::<Vec<_>>(),
        "partialFingerprints": { FINGERPRINT: it.fingerprint },
        "properties": {
            "severity": it.severity,
            "cluster": it.cluster,
            "causedBy": it.caused_by,
            "labels": it.labels,
        },
    });
    if let Some(nth) = places.get(id.as_str()) {
        result["ruleIndex"] = json!(nth);
    }
    if let Some(suppression) = &it.suppressed {
        result["suppressions"] = json!([{
            "kind": "external",
            "status": "accepted",
            "justification": suppression.reason,
        }]);
    }
    result
}

/// Where evidence stands that is of an object, and what it is.
fn other(it: &EvidenceView) -> Option<Value> {
    let subject = it.subject.as_ref()?;
    let mut location = location(subject, it.place.as_ref());
    location["message"] = text(&format!("{} = {}", it.path, it.value));
    Some(location)
}

fn location(subject: &SubjectView, place: Option<&PlaceView>) -> Value {
    let mut location = json!({ "logicalLocations": [{
        "name": subject.name,
        "fullyQualifiedName": subject_text(subject),
        "kind": "resource",
    }]});
    if let Some(place) = place {
        let mut physical = json!({ "artifactLocation": { "uri": uri(&file_of(place)) } });
        if let Some(line) = place.line {
            physical["region"] = json!({ "startLine": line });
        }
        location["physicalLocation"] = physical;
    }
    location
}

/// What could not be judged, run or read.
fn invocation(report: &ReportView) -> Value {
    let note = |level: &str, descriptor: &str, said: String, rule: Option<String>| {
        let mut note = json!({
            "level": level,
            "descriptor": { "id": descriptor },
            "message": text(&said),
        });
        if let Some(rule) = rule {
            note["associatedRule"] = json!({ "id": rule });
        }
        note
    };
    let mut notes = Vec::new();
    for it in &report.failures {
        let rule = it.rule.as_ref().map(|rule| id(&it.pack, rule));
        notes.push(note("error", &it.code, format!("{}\n{}", it.message, it.help), rule));
    }
    for (place, it) in lost(report) {
        let said = format!("{}: {}", place_text(&place), it.reason);
        notes.push(note("warning", "not-read", said, None));
    }
    for it in report.rules.iter().filter(|it| it.lacks_data()) {
        let rule = id(&it.pack, &it.rule);
        let said = format!("{rule} could not judge: this is not a pass\n{}", it.reason);
        notes.push(note("warning", "no-data", said, Some(rule)));
    }
    json!({
        "executionSuccessful": report.failures.is_empty(),
        "toolExecutionNotifications": notes,
    })
}

/// A path as a URI reference (RFC 3986).
fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte));
            }
            _ => {
                let _ = write!(uri, "%{byte:02X}");
            }
        }
    }
    uri
}
