//! Elements of a list without keys that are no objects, and objects inside of something else.

use super::{twice::check, *};

const ALL: &[&str] = &["backups", "pods"];

fn string(text: &str) -> String {
    Value::from(text).to_string()
}

fn item(text: &str) -> String {
    let lines: String = text.lines().flat_map(|it| ["  ", it, "\n"]).collect();
    format!("- {}", lines.trim_start())
}

#[test]
fn an_array_of_objects_holds_nothing_else() {
    let [x, y] = ["x", "y"].map(|it| pod("csdr", it).to_string());
    check(&format!("[{x},{y}]"), &[]);
    check(&format!("[{x},[{y}]]"), ALL);
    check(&format!("[{x},{}]", string(&y)), ALL);
    check(&format!("[{x},5]"), ALL);
    check(&format!("[null,{x}]"), ALL);
    check(&format!("[{{\"a\":1}},{x}]"), ALL);
}

#[test]
fn a_list_of_objects_in_yaml_holds_nothing_else() {
    let [x, y] = ["x", "y"].map(|it| yaml(&pod("csdr", it), Style::default()));
    let x = item(&x);
    check(&format!("{x}{}", item(&y)), &[]);
    check(&format!("{x}- 5\n"), ALL);
    check(&format!("- text\n{x}"), ALL);
    check(&format!("{x}- {}", item(&y)), ALL);
    let lines: String = y.lines().flat_map(|it| ["    ", it, "\n"]).collect();
    check(&format!("{x}- |\n{lines}"), ALL);
}

#[test]
fn objects_of_a_server_inside_of_something_else() {
    let x = pod("csdr", "x").to_string();
    check(&format!("[[{x}]]"), &["pods"]);
    check(&format!("[{{\"a\":{{\"b\":{x}}}}}]"), &["pods"]);
    check(&format!("{{\"a\":{{\"b\":{{\"items\":[{x}]}}}}}}"), &["pods"]);
    check(&format!("{{\"items\":[[{x}]]}}"), &["pods"]);
}

#[test]
fn templates_and_kinds_that_nobody_asks_for() {
    let template = backup("x").to_string();
    check(&format!("[[{template}]]"), &[]);
    check(&format!("{{\"a\":{{\"b\":{template}}}}}"), &[]);
    let node = pod("csdr", "x").to_string().replace("\"Pod\"", "\"Node\"");
    check(&format!("[[{node}]]"), &[]);
    check("[1, \"apiVersion\", {\"metadata\": 1}]", &[]);
}

/// A server writes nothing there, and who reads a list looks at nothing but its items.
#[test]
fn objects_beside_the_items_of_a_list() {
    let [x, y] = ["x", "y"].map(|it| pod("csdr", it));
    let of = r#""apiVersion":"v1","kind":"List""#;
    for y in [y.to_string(), format!("[{y}]"), format!("{{\"a\":[{y}]}}")] {
        check(&format!(r#"{{{of},"items":[{x}],"more":{y}}}"#), &["pods"]);
        check(&format!(r#"{{"more":{y},{of},"items":[{x}]}}"#), &["pods"]);
        check(&format!(r#"{{{of},"items":[{x}],"metadata":{{"x":{y}}}}}"#), &["pods"]);
        check(&format!(r#"{{{of},"items":[],"more":{y}}}"#), &["pods"]);
        check(&format!(r#"{{{of},"items":null,"more":{y}}}"#), &["pods"]);
        check(&format!(r#"[{x},{{{of},"items":[{x}],"more":{y}}}]"#), &["pods"]);
        let list: Value =
            serde_json::from_str(&format!(r#"{{{of},"items":[{x}],"more":{y}}}"#)).expect("JSON");
        check(&yaml(&list, Style::default()), &["pods"]);
    }
    let node = y.to_string().replace("\"Pod\"", "\"Node\"");
    check(&format!(r#"{{{of},"items":[{x}],"more":[{node}]}}"#), &[]);
    check(&format!(r#"{{{of},"items":[{x}],"metadata":{{"resourceVersion":"1"}}}}"#), &[]);
}

#[test]
fn items_in_other_capitals() {
    let backups = r#""apiVersion":"velero.io/v1","kind":"BackupList""#;
    let item = untyped(backup("x"));
    check(&format!(r#"{{{backups},"items":[],"Items":[{item}]}}"#), &["backups"]);
    check(&format!(r#"{{{backups},"items":[],"ITEMS":[]}}"#), &[]);
    let of = r#""apiVersion":"v1","kind":"List""#;
    check(&format!(r#"{{{of},"items":[{}],"Items":[{}]}}"#, backup("x"), backup("y")), ALL);
}
