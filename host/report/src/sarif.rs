//! For code scanning and for viewers of results: SARIF 2.1.0 (OASIS), one run.
//!
//! A finding is a result; what could not be judged, run or read is a notification of the
//! invocation, so that a run without results is not taken for one in which all was judged.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use rulebox_core::{Report, shell_word};
use serde_json::{Value, json};

use crate::{
    json::json_of,
    prose::with_changes_marked,
    shown::{file_of, lost, place_text, rule_of, subject_text},
    view::{
        BaselineView, EvidenceView, FindingView, PackView, PlaceView, ReportView, RuleView,
        SeverityView, SubjectView, SuppressionSourceView, SuppressionView,
    },
};

/// Where the schema of SARIF 2.1.0 is found; the specification names this place.
const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// By this name a fingerprint is known to other runs; another way to make them gets another name.
const FINGERPRINT: &str = "rulebox/v1";

/// What Kubernetes takes for a name or a namespace has at most so many characters. A dump may claim
/// longer ones: each stands here twice, escaped, and again for each piece of evidence, which would
/// make the output many times as long as the report. A longer one ends in an ellipsis.
const LONGEST_NAME: usize = 253;

/// No file has a longer path (PATH_MAX of Linux): such a place counts as none, since a part of a
/// path would be another.
const LONGEST_PATH: usize = 4096;

/// What stands for an input of which no name is known.
const UNNAMED: &str = "input";

/// Writes a report as SARIF. The help of a rule is the documentation of its pack, where the report
/// has it: one that was read from JSON does not.
pub fn sarif(report: &Report) -> String {
    let documented = report.rules.iter().filter(|it| !it.rule.documentation.is_empty());
    let documented = documented.map(|it| (id(&it.pack, &it.rule.id), &*it.rule.documentation));
    sarif_of(&ReportView::from(report), &documented.collect())
}

fn sarif_of(report: &ReportView, documented: &BTreeMap<String, &str>) -> String {
    let rule = |it: &RuleView| {
        let documentation = documented.get(&id(&it.pack, &it.rule));
        rule(it, documentation.copied())
    };
    // Of several clusters, each has the same rules.
    let rules: BTreeMap<_, _> =
        report.rules.iter().rev().map(|it| (id(&it.pack, &it.rule), it)).collect();
    let places: BTreeMap<_, _> = rules.keys().map(String::as_str).zip(0_usize..).collect();
    let tool = json!({
        "driver": driver(report, rules.values().copied().map(rule).collect()),
        "extensions": report.packs.iter().map(extension).collect::<Vec<_>>(),
    });
    log(&tool, &invocation(report), &results(report, &places))
}

/// A log of one run, as text.
pub(crate) fn log(tool: &Value, invocation: &Value, results: &[Value]) -> String {
    json_of(&json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": tool,
            "columnKind": "unicodeCodePoints",
            "invocations": [invocation],
            "results": results,
        }],
    }))
}

fn id(pack: &str, rule: &str) -> String {
    format!("{pack}/{rule}")
}

pub(crate) fn text(text: &str) -> Value {
    json!({ "text": text })
}

fn driver(report: &ReportView, rules: Vec<Value>) -> Value {
    let mut driver = json!({ "name": "Rulebox", "rules": rules });
    if let Some(tool) = &report.tool {
        driver["name"] = json!(tool.name);
        driver["version"] = json!(tool.version);
    }
    driver
}

/// A pack. Its rules stand with the driver's all the same: most readers look for them there alone.
fn extension(PackView { name, version, contract }: &PackView) -> Value {
    json!({ "name": name, "version": version, "properties": { "contract": contract } })
}

fn rule(it: &RuleView, documentation: Option<&str>) -> Value {
    let id = id(&it.pack, &it.rule);
    let explain = format!("rulebox rules explain {}", shell_word(&id));
    let mut help = text(&format!("To see what the rule looks at, and why: {explain}"));
    if let Some(documentation) = documentation {
        help["markdown"] = documentation.into();
    }
    json!({
        "id": id,
        "name": it.rule,
        "shortDescription": text(&it.summary),
        "help": help,
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

/// All findings; where a baseline was given, each with its state, and those that are gone.
fn results(report: &ReportView, places: &BTreeMap<&str, usize>) -> Vec<Value> {
    let input = read(report);
    let found = |it: &FindingView| result(it, places, input);
    let Some(BaselineView { known, gone, .. }) = &report.baseline else {
        return report.findings.iter().map(found).collect();
    };
    let known: BTreeSet<_> = known.iter().map(|it| (&*it.cluster, &*it.fingerprint)).collect();
    let state = |it: &FindingView| {
        let is_known = known.contains(&(&*it.cluster, &*it.fingerprint));
        match is_known {
            false => "new",
            // What is known and counts has become worse.
            true if it.suppressed.is_none() => "updated",
            true => "unchanged",
        }
    };
    let with = |it, state: &str| with_state(found(it), state);
    let found = report.findings.iter().map(|it| with(it, state(it)));
    found.chain(gone.iter().map(|it| with(it, "absent"))).collect()
}

/// The name of the first input that holds what rules need; where none does, of the first.
fn read(report: &ReportView) -> &str {
    let needed = report.inputs.iter().find(|it| it.needed > 0);
    needed.or(report.inputs.first()).map_or("", |it| &it.name)
}

/// A result, and how it compares with the report of before.
pub(crate) fn with_state(mut result: Value, state: &str) -> Value {
    result["baselineState"] = json!(state);
    result
}

/// A finding as a result. `input`: what was read, where the finding tells no place at all.
pub(crate) fn result(it: &FindingView, places: &BTreeMap<&str, usize>, input: &str) -> Value {
    let id = rule_of(it);
    let place = physical_or(it, input);
    let remedy = with_changes_marked(&it.remedy);
    let others = it.evidence.iter().filter_map(|it| other(it, &place));
    let mut result = json!({
        "ruleId": id,
        "level": level(it.severity),
        "message": text(&format!("{}\n{}\n{remedy}", it.summary, it.cause)),
        "locations": [location(&it.subject, it.place.as_ref(), &place)],
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
    if let Some(SuppressionView { reason, source, .. }) = &it.suppressed {
        let kind = match source {
            SuppressionSourceView::Configuration => "external",
            SuppressionSourceView::Annotation => "inSource",
            // SARIF has a field of its own for it.
            SuppressionSourceView::Baseline => return result,
        };
        result["suppressions"] =
            json!([{ "kind": kind, "status": "accepted", "justification": reason }]);
    }
    result
}

/// Where evidence stands that is of an object, and what it is.
fn other(it: &EvidenceView, or: &Value) -> Option<Value> {
    let subject = it.subject.as_ref()?;
    let mut location = location(subject, it.place.as_ref(), or);
    location["message"] = text(&format!("{} = {}", it.path, it.value));
    Some(location)
}

/// Where a finding stands: its object; where that was not read, the first of its evidence that was;
/// else what was read. GitHub refuses a file in which one location is of no file.
fn physical_or(it: &FindingView, input: &str) -> Value {
    let evidence = it.evidence.iter().map(|it| it.place.as_ref());
    let found = [it.place.as_ref()].into_iter().chain(evidence).flatten().find_map(physical);
    found.unwrap_or_else(|| {
        let uri = if input.is_empty() || input.len() > LONGEST_PATH { UNNAMED } else { input };
        json!({ "artifactLocation": { "uri": uri_of(uri) }, "region": { "startLine": 1 } })
    })
}

fn physical(place: &PlaceView) -> Option<Value> {
    let file = Some(file_of(place)).filter(|it| !it.is_empty() && it.len() <= LONGEST_PATH)?;
    // What GitHub shows stands in a line, also where only the file is known.
    let line = place.line.unwrap_or(1);
    Some(json!({ "artifactLocation": { "uri": uri_of(&file) }, "region": { "startLine": line } }))
}

/// An object, and where it stands; `or`: the place of the finding, where it was not read.
fn location(subject: &SubjectView, place: Option<&PlaceView>, or: &Value) -> Value {
    let SubjectView { api_version, kind, namespace, name, uid } = subject;
    let [kind, namespace, name] = [kind, namespace, name].map(|it| cut(it).into_owned());
    let (api_version, uid) = (api_version.clone(), uid.clone());
    let subject = SubjectView { api_version, kind, namespace, name, uid };
    json!({
        "logicalLocations": [{
            "name": subject.name,
            "fullyQualifiedName": subject_text(&subject),
            "kind": "resource",
        }],
        "physicalLocation": place.and_then(physical).unwrap_or_else(|| or.clone()),
    })
}

/// A name, or the beginning of a longer one.
fn cut(name: &str) -> Cow<'_, str> {
    match name.char_indices().nth(LONGEST_NAME) {
        None => Cow::Borrowed(name),
        Some((end, _)) => Cow::Owned(format!("{}…", &name[..end])),
    }
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
fn uri_of(path: &str) -> String {
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
