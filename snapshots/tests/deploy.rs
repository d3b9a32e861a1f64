//! What is deployed, against what the packs say of themselves: the chart's roles are those of their
//! needs, and boards and alerts ask for metrics and labels that are there.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
};

use rulebox_core::MetricType;
use rulebox_deploy::{
    Board, HOST_METRICS, HostMetric, Plurals, Roles, RulesForm, RunbookBase, alerts, alerts_page,
    dashboard, rules_text,
};
use rulebox_report::NeedsView;
use rulebox_snapshots::{native_packs, root};

/// Compares a file of the chart with what it must hold; with `BLESS`, writes it.
#[track_caller]
fn check_file(path: &str, want: &str) {
    let file = root().join("host/deploy").join(path);
    let is = fs::read_to_string(&file).unwrap_or_default();
    if is == want {
        return;
    }
    assert!(
        std::env::var_os("BLESS").is_some(),
        "host/deploy/{path} is stale; type: cargo xtask codegen"
    );
    fs::write(&file, want).expect("written");
}

/// The roles of all rules of the built-in packs.
fn roles() -> Roles {
    let mut needs = NeedsView::default();
    for pack in native_packs() {
        let info = pack.describe();
        let rules: Vec<_> = info.rules.iter().map(|it| it.id.as_str()).collect();
        needs.add(&info, &rules);
    }
    Roles::of(&needs, &Plurals::default()).expect("roles")
}

#[test]
fn the_roles_of_the_chart_are_those_that_the_packs_need() {
    const BEGIN: &str = "  # begin rbac\n";
    const END: &str = "  # end rbac\n";
    let roles = roles();
    assert_eq!(roles.notes(), Vec::<String>::new(), "no guesses, no Secrets");
    let path = root().join("host/deploy/chart/values.yaml");
    let values = fs::read_to_string(path).expect("values");
    let (before, rest) = values.split_once(BEGIN).expect("a beginning");
    let (_, after) = rest.split_once(END).expect("an end");
    let lines = rulebox_deploy::to_yaml(&roles.values());
    let lines = format!("  {}\n", lines.replace('\n', "\n  "));
    check_file("chart/values.yaml", &format!("{before}{BEGIN}{lines}{END}{after}"));
}

#[test]
fn the_files_of_the_chart_are_those_that_are_printed() {
    for board in Board::ALL {
        check_file(&format!("chart/files/{}.json", board.as_str()), &dashboard(board));
    }
    let rules = rules_text(RulesForm::Rules, &RunbookBase::default());
    check_file("chart/files/alerts.yaml", &rules);
    check_file("ALERTS.md", &alerts_page());
}

/// What the documentation says of metrics.
#[test]
fn the_page_of_the_metrics_lists_all_that_there_are() {
    let cell = |labels: &mut dyn Iterator<Item = &str>| {
        labels.map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", ")
    };
    let mut page = String::from(
        "<!-- Written by `cargo xtask codegen` from what Rulebox and its packs give. -->\n\
         # Metrics\n\n\
         `rulebox check -o prometheus` prints them, and `rulebox serve` serves them at `/metrics`; \
         those that are marked only `serve` has. Where several clusters are read, or one has a \
         name, each series of a cluster has the label `cluster`.\n\n\
         ## Of Rulebox\n\n| metric | labels | what | |\n|---|---|---|---|\n",
    );
    for HostMetric { name, labels, help, of_server, open } in HOST_METRICS {
        let mut labels = cell(&mut labels.iter().copied());
        labels.push_str(if *open { ", and those of the finding" } else { "" });
        let of = if *of_server { "`serve`" } else { "" };
        let _ = writeln!(page, "| `{name}` | {labels} | {help} | {of} |");
    }
    for pack in native_packs() {
        let info = pack.describe();
        let _ = write!(page, "\n## Of the pack `{}`\n\n", info.name);
        page += "| metric | labels | what | rule |\n|---|---|---|---|\n";
        for it in &info.metrics {
            let suffix = if it.metric_type == MetricType::Info { "_info" } else { "" };
            let labels = cell(&mut it.labels.iter().map(String::as_str));
            let rule = format!("[{0}](../../../../rules/standard/RULES.md#{0})", it.rule);
            let _ = writeln!(page, "| `{}{suffix}` | {labels} | {} | {rule} |", it.name, it.help);
        }
    }
    check_file("../docs/src/reference/metrics.md", &page);
}

/// The labels of each metric that Rulebox and its packs give.
fn metrics() -> BTreeMap<String, BTreeSet<String>> {
    let own = |it: &str| it == "cluster";
    let of_host = HOST_METRICS.iter().map(|it| {
        (it.name.to_owned(), it.labels.iter().map(|&it| it.to_owned()).collect::<BTreeSet<_>>())
    });
    let of_packs = native_packs().into_iter().flat_map(|it| it.describe().metrics).map(|it| {
        let suffix = if it.metric_type == MetricType::Info { "_info" } else { "" };
        (format!("{}{suffix}", it.name), it.labels.into_iter().collect())
    });
    let mut all: BTreeMap<String, BTreeSet<String>> = of_host.chain(of_packs).collect();
    for labels in all.values_mut() {
        assert!(!labels.iter().any(|it| own(it)));
        // The host adds the one where clusters have names, Prometheus the other.
        labels.extend(["cluster".to_owned(), "instance".to_owned()]);
    }
    all
}

/// A metric that a query names, with the labels that it matches or groups by.
fn named(query: &str) -> (Vec<(String, Vec<String>)>, Vec<String>) {
    let (mut metrics, mut grouped) = (Vec::new(), Vec::new());
    let word = |it: char| it.is_ascii_alphanumeric() || it == '_' || it == ':';
    let mut rest = query;
    while let Some(at) = rest.find(word) {
        rest = &rest[at..];
        let end = rest.find(|it| !word(it)).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        let after = after.trim_start();
        rest = after;
        if ["by", "on", "ignoring", "without", "group_left"].contains(&name) {
            let inside = after.strip_prefix('(').and_then(|it| it.split_once(')'));
            let (labels, after) = inside.unwrap_or_else(|| panic!("{query}: labels of `{name}`"));
            grouped.extend(labels.split(',').map(|it| it.trim().to_owned()));
            rest = after;
        } else if let Some(inside) = after.strip_prefix('{') {
            let (inside, after) = inside.split_once('}').expect("closed");
            let mut labels = Vec::new();
            let mut quoted = false;
            let parts = inside.split(|it: char| {
                quoted ^= it == '"';
                it == ',' && !quoted
            });
            for part in parts {
                labels.push(part.split(['=', '!']).next().expect("a label").trim().to_owned());
            }
            metrics.push((name.to_owned(), labels));
            rest = after;
        } else if name.contains('_') && !after.starts_with('(') {
            metrics.push((name.to_owned(), Vec::new()));
        }
        if let Some(after) = rest.strip_prefix('[') {
            rest = after.split_once(']').expect("a range").1;
        }
    }
    (metrics, grouped)
}

/// What a query names that is not there.
fn problems(query: &str, there: &BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    let (metrics, grouped) = named(query);
    let mut problems = Vec::new();
    if metrics.is_empty() {
        problems.push(format!("no metric in {query}"));
    }
    for (name, labels) in &metrics {
        match there.get(name) {
            None => problems.push(format!("there is no metric {name}")),
            Some(known) => {
                let unknown = labels.iter().filter(|it| !known.contains(*it));
                problems.extend(unknown.map(|it| format!("{name} has no label {it}")));
                // A label that is grouped by must be of each metric of the query.
                let unknown = grouped.iter().filter(|it| !known.contains(*it));
                problems.extend(unknown.map(|it| format!("{name} has no label {it}, grouped by")));
            }
        }
    }
    problems
}

#[test]
fn a_query_is_looked_through() {
    let there = metrics();
    let check = |query: &str, want: &[&str]| assert_eq!(problems(query, &there), want, "{query}");
    check("sum by (rule) (rulebox_findings{cluster=~\"$cluster\",severity!=\"a,b\"}) > 0", &[]);
    check("rate(process_cpu_seconds_total[5m])", &[]);
    check("rulebox_nothing", &["there is no metric rulebox_nothing"]);
    check("rulebox_leader{pod=\"a\"}", &["rulebox_leader has no label pod"]);
    check("max by (pod) (rulebox_leader)", &["rulebox_leader has no label pod, grouped by"]);
    check("max(1)", &["no metric in max(1)"]);
}

/// Every query of a board, and every label that its columns and legends show.
fn queries(board: Board) -> Vec<(String, BTreeSet<String>)> {
    let board: serde_json::Value = serde_json::from_str(&dashboard(board)).expect("JSON");
    let panels = board["panels"].as_array().expect("panels");
    let mut all = Vec::new();
    for panel in panels {
        for target in panel["targets"].as_array().into_iter().flatten() {
            let legend = target["legendFormat"].as_str().expect("a legend");
            let of_legend = legend.split("{{").skip(1).map(|it| it.split_once("}}").expect("}}").0);
            let columns = panel["transformations"].as_array().into_iter().flatten();
            let columns = columns.filter_map(|it| it["options"]["renameByName"].as_object());
            let columns = columns.flat_map(|it| it.keys()).map(String::as_str);
            let shown = of_legend.chain(columns.filter(|it| !it.starts_with("Value")));
            let query = target["expr"].as_str().expect("a query").to_owned();
            all.push((query, shown.map(str::to_owned).collect()));
        }
    }
    all
}

#[test]
fn every_query_of_a_board_names_what_is_there() {
    let there = metrics();
    for board in Board::ALL {
        let queries = queries(board);
        assert!(queries.len() > 10, "{}", queries.len());
        for (query, shown) in queries {
            assert_eq!(problems(&query, &there), Vec::<String>::new(), "{query}");
            let (metrics, grouped) = named(&query);
            for label in &shown {
                let is_of_series = grouped.is_empty() || query.contains(" and on (instance)");
                let is_known = metrics.iter().all(|it| there[&it.0].contains(label));
                assert!(
                    grouped.contains(label) || is_of_series && is_known,
                    "{query} gives no label {label}"
                );
            }
        }
    }
}

/// Every metric of the packs is on a board: else nobody would see it.
#[test]
fn every_metric_of_the_packs_is_on_a_board() {
    let queries: String = queries(Board::BackupCenter).into_iter().map(|it| it.0 + "\n").collect();
    let of_packs = metrics().into_keys().filter(|it| it.starts_with("backup_center_"));
    let missing: Vec<_> = of_packs.filter(|it| !queries.contains(&format!("{it}{{"))).collect();
    assert_eq!(missing, Vec::<String>::new());
}

#[test]
fn every_alert_names_what_is_there() {
    let there = metrics();
    let rules: Vec<_> = native_packs().iter().flat_map(|it| it.describe().rules).collect();
    for alert in alerts() {
        assert_eq!(problems(&alert.expr, &there), Vec::<String>::new(), "{}", alert.name);
        let (metrics, grouped) = named(&alert.expr);
        for label in alert.description.split("$labels.").skip(1) {
            let end = label.find(|it: char| !it.is_ascii_alphanumeric() && it != '_');
            let label = &label[..end.expect("an end")];
            assert!(grouped.iter().any(|it| it == label), "{}: {label}", alert.name);
        }
        // The rules that it asks for.
        let words = alert.expr.split("rule=").skip(1).chain(alert.expr.split("rule!~").skip(1));
        for words in words {
            let words = words.split('"').nth(1).expect("a value");
            for rule in words.split('|') {
                assert!(rules.iter().any(|it| it.id == rule), "{}: {rule}", alert.name);
            }
        }
        assert!(!metrics.is_empty());
    }
}
