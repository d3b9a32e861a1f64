//! The JSON against its schema, and read back.

use std::{fs, path::PathBuf};

use proptest::prelude::*;
use rulebox_core::{AsOf, AsOfSource, MetricType, Moment, Report};
use serde_json::Value;

use super::sample::{all, metric, rich, sample, time, trees};
use crate::{json, json_schema, read_json, view::ReportView, write_json};

fn committed() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("schema/report.schema.json")
}

fn parse(report: &Report) -> Value {
    serde_json::from_str(&json(report)).expect("JSON")
}

#[track_caller]
fn check_valid(name: &str, value: &Value) {
    let schema = fs::read_to_string(committed()).expect("the schema is committed");
    let schema: Value = serde_json::from_str(&schema).expect("the schema is JSON");
    jsonschema::draft202012::meta::validate(&schema).expect("the schema is one of draft 2020-12");
    let validator = jsonschema::options()
        .should_validate_formats(true)
        .build(&schema)
        .expect("the schema compiles");
    let errors: Vec<_> = validator
        .iter_errors(value)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{name} does not fit the schema: {errors:#?}");
}

#[test]
fn the_schema_is_the_committed_one() {
    let (path, schema) = (committed(), json_schema());
    if std::env::var_os("BLESS").is_some() {
        fs::create_dir_all(path.parent().expect("a folder")).expect("the folder can be made");
        fs::write(&path, &schema).expect("the schema can be written");
    }
    let on_disk = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        on_disk == schema,
        "{} is not what the views give; look at the difference after \
         `BLESS=1 cargo test --workspace --lib schema`",
        path.display(),
    );
}

#[test]
fn every_report_fits_the_schema() {
    for (name, report) in all() {
        check_valid(name, &parse(&report));
    }
}

#[test]
fn the_schema_leaves_room_for_fields_to_come() {
    let mut value = parse(&rich());
    value["new"] = Value::Bool(true);
    value["findings"][0]["new"] = Value::Bool(true);
    value["findings"][0]["subject"]["new"] = Value::Bool(true);
    check_valid("a newer report", &value);
}

#[test]
#[should_panic(expected = "/findings/0/severity")]
fn the_schema_knows_the_words() {
    let mut value = parse(&rich());
    value["findings"][0]["severity"] = "terrible".into();
    check_valid("a wrong word", &value);
}

#[test]
#[should_panic(expected = "/asOf/time")]
fn the_schema_knows_the_form_of_a_time() {
    let mut value = parse(&rich());
    value["asOf"]["time"] = "yesterday".into();
    check_valid("a wrong time", &value);
}

/// The ends of the moment, as a consumer reads them.
#[track_caller]
fn check_as_of(moment: Moment, time: Option<&str>, latest: Option<&str>) {
    let as_of = AsOf { moment, source: AsOfSource::Given };
    let value = parse(&Report { as_of, ..Report::default() });
    check_valid("a moment", &value);
    assert_eq!(value["asOf"]["time"], Value::from(time));
    assert_eq!(value["asOf"]["latest"], Value::from(latest));
}

#[test]
fn both_ends_of_the_moment_are_given() {
    let (one, two) = ("2026-07-01T00:00:00Z", "2026-07-01T02:00:00Z");
    check_as_of(Moment::at(time(one)), Some(one), Some(one));
    check_as_of(Moment::bounded(Some(time(one)), Some(time(two))), Some(one), Some(two));
    check_as_of(Moment::bounded(Some(time(one)), None), Some(one), None);
    check_as_of(Moment::default(), None, None);
}

/// A report of the same version, written before the field was added.
#[test]
fn a_report_without_the_latest_end_is_read() {
    let read = read_changed(|value| {
        value["asOf"].as_object_mut().expect("an object").remove("latest").expect("the field");
    });
    assert!(read.expect("it is read") == ReportView::from(&rich()));
}

#[test]
fn a_report_of_everything() {
    insta::assert_snapshot!(json(&rich()));
}

#[test]
fn what_is_no_number_is_a_word() {
    let metric = metric("m", MetricType::Gauge, &[]);
    let values = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.5, 1e300, 3.0];
    let samples = values.map(|value| sample(&metric, &[], value)).to_vec();
    let value = parse(&Report { samples, ..Report::default() });
    check_valid("odd numbers", &value);
    let shown: Vec<_> = value["metrics"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|it| it["value"].to_string())
        .collect();
    assert_eq!(shown, ["\"NaN\"", "\"+Inf\"", "\"-Inf\"", "0.5", "1e+300", "3"]);
}

#[test]
fn a_cluster_is_there_only_where_there_are_several() {
    assert!(!json(&rich()).contains("\"cluster\""));
    let value = parse(&super::sample::clusters());
    assert_eq!(value["findings"][0]["cluster"], "dev");
    assert_eq!(value["rules"][2]["cluster"], "test");
    assert_eq!(value["metrics"][1]["cluster"], "prod");
}

#[test]
fn a_place_is_there_only_where_it_is_known() {
    let value = parse(&rich());
    let place = &value["findings"][0]["evidence"][1]["place"];
    let want = serde_json::json!({
        "input": "bundle.tar.gz", "path": "csdr/events.yaml", "line": 47_110,
    });
    assert_eq!(*place, want);
    assert_eq!(value["findings"][1]["place"]["line"], Value::Null);
    assert!(value["findings"][2].get("place").is_none());
    let mut older = value;
    for finding in older["findings"].as_array_mut().expect("a list") {
        finding.as_object_mut().expect("a map").remove("place");
    }
    read_json(&older.to_string()).expect("a report without places");
}

#[test]
fn causes_are_named_by_their_fingerprints() {
    let value = parse(&trees());
    let findings = value["findings"].as_array().expect("a list");
    let of = |rule: &str| {
        findings.iter().find(|it| it["rule"] == rule).unwrap_or_else(|| panic!("no {rule}"))
    };
    assert_eq!(of("vault-unavailable")["causedBy"], serde_json::json!([]));
    let cause = &of("vault-unavailable")["fingerprint"];
    assert_eq!(of("backup-failed")["causedBy"], serde_json::json!([cause]));
}

#[test]
fn each_step_of_a_remedy_says_what_it_does() {
    let value = parse(&trees());
    let want = serde_json::json!([
        {"kind": "say", "text": "Grant the role a policy for the bucket, then let the vault read \
                                 it again:"},
        {"kind": "change", "text": "kubectl -n csdr rollout restart deploy csdr-controller"},
        {"kind": "say", "text": "See whether it is Available:"},
        {"kind": "look", "text": "kubectl -n csdr get backuplocations"},
    ]);
    let is_it = |it: &&Value| it["rule"] == "vault-unavailable";
    let finding = value["findings"].as_array().expect("a list").iter().find(is_it);
    assert_eq!(finding.expect("it is there")["steps"], want);
}

#[test]
fn a_report_without_causes_and_steps_can_be_read() {
    let mut older = parse(&trees());
    for finding in older["findings"].as_array_mut().expect("a list") {
        let finding = finding.as_object_mut().expect("a map");
        finding.remove("causedBy").expect("it is written");
        finding.remove("steps").expect("it is written");
    }
    read_json(&older.to_string()).expect("an older report");
}

#[track_caller]
fn check_read_back(name: &str, report: &Report) {
    let written = json(report);
    let read = read_json(&written).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert!(write_json(&read) == written, "{name} is written otherwise:\n{written}");
    assert!(read == ReportView::from(report), "{name} is read otherwise:\n{written}");
}

#[test]
fn what_is_written_is_read_and_written_again_as_the_same_bytes() {
    for (name, report) in all() {
        check_read_back(name, &report);
    }
}

fn with_value(value: f64) -> Report {
    let metric = metric("m", MetricType::Gauge, &[]);
    Report { samples: vec![sample(&metric, &[], value)], ..Report::default() }
}

#[test]
fn infinite_values_are_read_back() {
    check_read_back("+Inf", &with_value(f64::INFINITY));
    check_read_back("-Inf", &with_value(f64::NEG_INFINITY));
}

#[test]
fn a_value_that_is_no_number_is_read_back() {
    // No value equals it, so only the bytes are compared.
    let written = json(&with_value(f64::NAN));
    assert_eq!(write_json(&read_json(&written).expect("a report")), written);
}

proptest! {
    #[test]
    fn every_number_is_read_back(value in any::<f64>().prop_filter("finite", |it| it.is_finite())) {
        check_read_back("a number", &with_value(value));
    }

    #[test]
    fn every_text_is_read_back(text in any::<String>()) {
        let mut report = rich();
        report.findings[0].finding.summary.clone_from(&text);
        report.findings[0].finding.labels.push((text.clone(), text));
        check_read_back("a text", &report);
    }
}

/// Reads a report after a change to its JSON.
fn read_changed(change: impl FnOnce(&mut Value)) -> Result<ReportView, String> {
    let mut value = parse(&rich());
    change(&mut value);
    read_json(&value.to_string()).map_err(|error| error.to_string())
}

#[track_caller]
fn check_refused(change: impl FnOnce(&mut Value), words: &[&str]) {
    let error = read_changed(change).expect_err("it is refused");
    for it in words {
        assert!(error.contains(it), "`{it}` is missing in: {error}");
    }
}

#[test]
fn fields_to_come_are_ignored() {
    let read = read_changed(|value| {
        value["new"] = Value::Bool(true);
        for list in ["findings", "rules", "failures", "coverage", "inputs", "objects", "metrics"] {
            value[list][0]["new"] = "new".into();
        }
        value["findings"][0]["subject"]["new"] = 1.into();
        value["asOf"]["new"] = Value::Null;
        value["summary"]["new"] = 1.into();
    });
    assert!(read.expect("it is read") == ReportView::from(&rich()));
}

#[test]
fn another_version_is_refused_whatever_else_is_in_it() {
    let words = ["schemaVersion `2`", "reads `1`", "check the input again"];
    check_refused(|value| value["schemaVersion"] = "2".into(), &words);
    check_refused(|value| *value = serde_json::json!({"asOf": 7, "schemaVersion": "2"}), &words);
}

#[test]
fn another_version_is_refused_by_every_reader_of_the_view() {
    let mut value = parse(&rich());
    value["schemaVersion"] = "2".into();
    let error = serde_json::from_value::<ReportView>(value).expect_err("it is refused");
    assert!(error.to_string().contains("schemaVersion `2`"), "{error}");
}

#[test]
fn what_is_no_report_is_refused() {
    let help = "give the output of `rulebox check -o json`";
    check_refused(|value| *value = Value::Null, &[help]);
    check_refused(|value| *value = serde_json::json!({}), &["`schemaVersion`", help]);
    check_refused(|value| value["findings"] = Value::Null, &["expected a sequence", help]);
    check_refused(|value| value["findings"][0]["severity"] = "bad".into(), &["`bad`", "`low`"]);
    let error = read_json("CRITICAL  Pod a/b").expect_err("no JSON").to_string();
    assert!(error.contains("line 1 column 1") && error.contains(help), "{error}");
}
