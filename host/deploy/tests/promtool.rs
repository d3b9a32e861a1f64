//! The alerts as Prometheus reads them: promtool checks them, and raises each for the series of its
//! file in `alerts`. Without promtool (`PROMTOOL` names another) nothing is tested, and the test
//! says so. The queries of the boards are checked too, as rules that record them.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use rulebox_deploy::{Board, RulesForm, RunbookBase, alerts, dashboard, rules_text, to_yaml};
use serde_json::{Value, json};

/// Runs promtool in a folder; none where there is none.
#[track_caller]
fn promtool(folder: &Path, arguments: &[&str]) {
    let program = std::env::var("PROMTOOL").unwrap_or_else(|_| "promtool".to_owned());
    match Command::new(program).current_dir(folder).args(arguments).output() {
        Err(error) => eprintln!("SKIPPED, nothing was tested: promtool: {error}"),
        Ok(output) => {
            let out = String::from_utf8_lossy(&output.stdout);
            let err = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "promtool {arguments:?}\n{out}\n{err}");
        }
    }
}

/// An empty folder for one test.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

fn cases() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/alerts")
}

#[test]
fn each_alert_has_a_case() {
    let files = fs::read_dir(cases()).expect("a folder").map(|it| it.expect("a file").file_name());
    let files: BTreeSet<_> = files.map(|it| it.to_string_lossy().into_owned()).collect();
    let alerts: BTreeSet<_> = alerts().iter().map(|it| format!("{}.yaml", it.name)).collect();
    assert_eq!(files, alerts);
}

#[test]
fn each_alert_is_raised_for_what_it_is_about() {
    let folder = folder("alerts");
    let rules = rules_text(RulesForm::Rules, &RunbookBase::default());
    fs::write(folder.join("rules.yaml"), rules).expect("written");
    let mut arguments = vec!["test".to_owned(), "rules".to_owned()];
    for alert in alerts() {
        let name = format!("{}.yaml", alert.name);
        fs::copy(cases().join(&name), folder.join(&name)).expect("copied");
        arguments.push(name);
    }
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    promtool(&folder, &["check", "rules", "rules.yaml"]);
    promtool(&folder, &arguments);
}

#[test]
fn prometheus_reads_every_query_of_the_boards() {
    let folder = folder("boards");
    let mut rules = Vec::new();
    for board in Board::ALL {
        let board: Value = serde_json::from_str(&dashboard(board)).expect("JSON");
        for panel in board["panels"].as_array().expect("panels") {
            for target in panel["targets"].as_array().into_iter().flatten() {
                let name = format!("query:{}", rules.len());
                rules.push(json!({"record": name, "expr": target["expr"]}));
            }
        }
    }
    let rules = to_yaml(&json!({"groups": [{"name": "boards", "rules": rules}]}));
    fs::write(folder.join("rules.yaml"), rules).expect("written");
    promtool(&folder, &["check", "rules", "rules.yaml"]);
}
