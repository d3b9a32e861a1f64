use std::{fs, path::PathBuf};

use rulebox_core::{MetricType, Report};
use serde_json::Value;

use super::sample::{all, metric, rich, sample};
use crate::{json, json_schema};

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
        "{} is not what the views give; look at the difference after `BLESS=1 cargo test -p rulebox-report schema`",
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
