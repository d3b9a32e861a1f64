//! A Constraint: what it matches, its parameters, and how bad it is where it is violated.

use rulebox_core::Severity;
use rulebox_text::{
    Position, Problem,
    yaml::{Kind, Node},
};
use serde_json::{Map, Value};

use super::{
    Constrained, Document, Filter, at, kinds, kinds::GroupKind, only, schema, tell,
    template::Template, word, words,
};

/// What `spec` may hold.
const SPEC: [&str; 4] = ["match", "parameters", "enforcementAction", "scopedEnforcementActions"];
/// What `spec.match` may hold.
const KEYS: [&str; 8] = [
    "kinds",
    "namespaces",
    "excludedNamespaces",
    "labelSelector",
    "scope",
    "name",
    "source",
    "namespaceSelector",
];

pub(super) fn read(
    document: &Document,
    template: &Template,
    problems: &mut Vec<Problem>,
) -> Option<Constrained> {
    let Document { path, node } = document;
    let before = problems.len();
    let mut wrong = |at: Position, message: String, help: &str| {
        tell(problems, path, at, message, help);
    };
    only(node, &[], &["apiVersion", "kind", "metadata", "spec", "status"], &mut wrong);
    only(node, &["spec"], &SPEC, &mut wrong);
    let (kind, name) = (word(node, &["kind"]), word(node, &["metadata", "name"]));
    if name.is_empty() {
        wrong(node.at, "the constraint has no name".to_owned(), "write `metadata: {name: …}`");
    }
    let matched = at(node, &["spec", "match"]);
    let kinds = match matched.map(kinds) {
        Some(Ok(kinds)) if !kinds.is_empty() => kinds,
        Some(Err((at, why))) => {
            let help = "name API groups and kinds: a rule says what it needs, and gets only that";
            wrong(at, format!("what the constraint matches cannot be asked for: {why}"), help);
            Vec::new()
        }
        _ => {
            let message = "the constraint has no `spec.match.kinds`, so that it matches everything";
            let help = "name API groups and kinds: a rule says what it needs, and gets only that";
            wrong(matched.map_or(node.at, |it| it.at), message.to_owned(), help);
            Vec::new()
        }
    };
    let mut label_selector = String::new();
    let mut filter = Filter::default();
    if let Some(matched) = matched {
        only(node, &["spec", "match"], &KEYS, &mut wrong);
        if let Some(it) = matched.get("namespaceSelector") {
            let help = "name the namespaces: `namespaces`, `excludedNamespaces`";
            wrong(it.at, "`match.namespaceSelector` is not known here".to_owned(), help);
        }
        if let Some(it) = at(matched, &["labelSelector"]) {
            label_selector = selector(it, &mut wrong);
        }
        if let Some(source) = at(matched, &["source"]) {
            let text = word(matched, &["source"]);
            if !["All", "Original"].contains(&text) {
                let help = "nothing is expanded here: write All or Original, or take the \
                            constraint out of the folder of the pack";
                wrong(source.at, format!("`match.source` cannot be `{text}`"), help);
            }
        }
        for key in ["namespaces", "excludedNamespaces"] {
            let Some(list) = at(matched, &[key]) else { continue };
            if !matches!(list.kind, Kind::List(_)) {
                wrong(list.at, format!("`match.{key}` is a list"), "write `[shop, team-*]`");
            }
            for it in list.items() {
                pattern(it, &mut wrong);
            }
        }
        if let Some(name) = at(matched, &["name"]) {
            pattern(name, &mut wrong);
        }
        if let Some(scope) = at(matched, &["scope"]) {
            let text = word(matched, &["scope"]);
            if !["*", "Namespaced", "Cluster"].contains(&text) {
                let help = "write *, Namespaced or Cluster";
                wrong(scope.at, format!("`match.scope` cannot be `{text}`"), help);
            }
        }
        filter = Filter {
            namespaces: words(matched, &["namespaces"]),
            excluded: words(matched, &["excludedNamespaces"]),
            namespaced: match word(matched, &["scope"]) {
                "Namespaced" => Some(true),
                "Cluster" => Some(false),
                _ => None,
            },
            name: word(matched, &["name"]).to_owned(),
        };
    }
    let severity = severity(node, &mut wrong);
    if let Some(parameters) = at(node, &["spec", "parameters"]) {
        let mut found = Vec::new();
        schema::check(parameters, &template.schema, "spec.parameters", &mut found);
        for (at, message, help) in found {
            wrong(at, message, &help);
        }
    }
    let mut parameters = at(node, &["spec", "parameters"]).map_or(Value::Null, Node::json);
    fill(&mut parameters, &template.schema);
    if parameters.is_null() {
        parameters = Value::Object(Map::new());
    }
    if problems.len() > before {
        return None;
    }
    // Only where it leaves out nothing may the namespaces be asked for.
    let asked = kinds.iter().all(kinds::is_namespaced)
        && !filter.namespaces.iter().any(|it| it.contains('*'));
    Some(Constrained {
        path: path.clone(),
        at: node.at,
        id: name.replace('.', "-"),
        severity,
        summary: format!("The constraint {kind}/{name} is violated"),
        documentation: documentation(template, (kind, name), &parameters),
        kinds,
        namespaces: if asked { filter.namespaces.clone() } else { Vec::new() },
        label_selector,
        filter,
        parameters,
        inventory: template.inventory.clone(),
        policy: template.policy,
        package: template.package.clone(),
    })
}

/// Tells a name that Gatekeeper would not take, which has `*` at its ends alone.
fn pattern(node: &Node, wrong: &mut impl FnMut(Position, String, &str)) {
    let name = node.text().map_or("", |it| it.text.as_str());
    let inner = name.strip_prefix('*').unwrap_or(name);
    let inner = inner.strip_suffix('*').unwrap_or(inner);
    let known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-:.".contains(c);
    if inner.trim_matches('-').is_empty() || !inner.chars().all(known) {
        let help = "write a name, with `*` at its beginning or end for any other text: `team-*`";
        wrong(node.at, format!("`{name}` is no name, and no pattern of names"), help);
    }
}

fn entries(node: &Node) -> impl Iterator<Item = (&str, &Node)> {
    let entries = match &node.kind {
        rulebox_text::yaml::Kind::Map(entries) => entries.as_slice(),
        _ => &[],
    };
    entries.iter().map(|(key, node)| (key.text.as_str(), node))
}

fn kinds(matched: &Node) -> Result<Vec<GroupKind>, (Position, String)> {
    let mut found = Vec::new();
    let listed = at(matched, &["kinds"]);
    if let Some(it) = listed.filter(|it| !matches!(it.kind, Kind::List(_))) {
        return Err((it.at, "`match.kinds` is a list".to_owned()));
    }
    for it in listed.map(Node::items).unwrap_or_default() {
        for key in ["apiGroups", "kinds"] {
            if let Some(list) = at(it, &[key])
                && words(it, &[key]).len() != list.items().len().max(1)
            {
                return Err((list.at, format!("`{key}` is a list of names")));
            }
        }
        let mut unknown = None;
        only(it, &[], &["apiGroups", "kinds"], &mut |at, message, help| {
            unknown.get_or_insert((at, format!("{message} in `match.kinds[]`; {help}")));
        });
        if let Some(unknown) = unknown {
            return Err(unknown);
        }
        let groups = words(it, &["apiGroups"]);
        let all = if groups.is_empty() { vec!["*".to_owned()] } else { groups };
        let kinds = words(it, &["kinds"]);
        if kinds.is_empty() {
            return Err((it.at, "it names no kinds, and so means all that there are".to_owned()));
        }
        found.extend(kinds::of(&all, &kinds).map_err(|why| (it.at, why))?);
    }
    Ok(found)
}

/// How bad it is where a constraint is violated: by what Gatekeeper's audit does then.
fn severity(node: &Node, wrong: &mut impl FnMut(Position, String, &str)) -> Severity {
    let of = |action: &str| match action {
        "" | "deny" => Some(Severity::High),
        "warn" => Some(Severity::Medium),
        "dryrun" => Some(Severity::Low),
        _ => None,
    };
    let scoped = at(node, &["spec", "scopedEnforcementActions"]);
    let action = at(node, &["spec", "enforcementAction"]);
    let place = action.or(scoped).map_or(node.at, |it| it.at);
    match (word(node, &["spec", "enforcementAction"]), scoped) {
        ("scoped", scoped) => {
            let mut worst = None;
            for it in scoped.map(Node::items).unwrap_or_default() {
                only(it, &[], &["action", "enforcementPoints"], wrong);
                let points = at(it, &["enforcementPoints"]).map(Node::items).unwrap_or_default();
                for it in points {
                    only(it, &[], &["name"], wrong);
                }
                let names: Vec<_> = points.iter().map(|it| word(it, &["name"])).collect();
                let action = word(it, &["action"]);
                let Some(severity) = of(action).filter(|_| !action.is_empty()) else {
                    let message = format!("`{action}` is no enforcement action");
                    wrong(it.at, message, "write deny, warn or dryrun");
                    worst = Some(Severity::High);
                    continue;
                };
                if names.iter().any(|it| ["*", "audit.gatekeeper.sh"].contains(it)) {
                    worst = worst.max(Some(severity));
                }
            }
            if worst.is_none() {
                let help = "name `audit.gatekeeper.sh` or `*` in `enforcementPoints`, or take the \
                            constraint out of the folder of the pack";
                let message = "none of `scopedEnforcementActions` is for the audit".to_owned();
                wrong(place, message, help);
            }
            worst.unwrap_or(Severity::High)
        }
        (_, Some(scoped)) => {
            let message = "`scopedEnforcementActions` stand beside another enforcement action";
            wrong(scoped.at, message.to_owned(), "write `enforcementAction: scoped`");
            Severity::High
        }
        (other, None) => of(other).unwrap_or_else(|| {
            let message = format!("`{other}` is no enforcement action");
            wrong(place, message, "write deny, warn or dryrun");
            Severity::High
        }),
    }
}

/// A label selector as Kubernetes' command line has it. What an API server refuses is told.
fn selector(node: &Node, wrong: &mut impl FnMut(Position, String, &str)) -> String {
    let known = ["matchLabels", "matchExpressions"];
    if !matches!(node.kind, Kind::Map(_)) {
        wrong(node.at, "a label selector is a mapping".to_owned(), "write `matchLabels` below it");
    }
    only(node, &[], &known, wrong);
    if let Some(it) = at(node, &["matchLabels"]).filter(|it| !matches!(it.kind, Kind::Map(_))) {
        wrong(it.at, "`matchLabels` is a mapping".to_owned(), "write `key: value` below it");
    }
    if let Some(it) = at(node, &["matchExpressions"]).filter(|it| !matches!(it.kind, Kind::List(_)))
    {
        wrong(it.at, "`matchExpressions` is a list".to_owned(), "write `- …` below it");
    }
    let labels = node.get("matchLabels").into_iter().flat_map(entries);
    let mut terms: Vec<_> = labels
        .map(|(key, it)| format!("{key}={}", it.text().map_or("", |it| it.text.as_str())))
        .collect();
    for it in node.get("matchExpressions").map(Node::items).unwrap_or_default() {
        only(it, &[], &["key", "operator", "values"], wrong);
        let (key, values) = (word(it, &["key"]), words(it, &["values"]));
        if key.is_empty() {
            wrong(it.at, "an expression has no `key`".to_owned(), "write the name of a label");
        }
        let operator = word(it, &["operator"]);
        let takes = ["In", "NotIn"].contains(&operator);
        if takes && values.is_empty() {
            let message = format!("`{operator}` has no values");
            wrong(it.at, message, "write `values: [a]`: no API server takes it without");
        } else if !takes && !values.is_empty() && !operator.is_empty() {
            let message = format!("`{operator}` takes no values");
            wrong(it.at, message, "write In or NotIn, or leave `values` out");
        }
        let values = values.join(",");
        terms.push(match operator {
            "In" => format!("{key} in ({values})"),
            "NotIn" => format!("{key} notin ({values})"),
            "Exists" => key.to_owned(),
            "DoesNotExist" => format!("!{key}"),
            other => {
                let message = format!("`{other}` is no operator of label selectors");
                wrong(it.at, message, "write In, NotIn, Exists or DoesNotExist");
                continue;
            }
        });
    }
    terms.join(",")
}

/// Fills in the defaults of a schema, as the API server does when a constraint is written.
fn fill(value: &mut Value, schema: &Value) {
    let Some(properties) = schema["properties"].as_object() else { return };
    if value.is_null() {
        *value = Value::Object(Map::new());
    }
    let Value::Object(fields) = value else { return };
    for (name, schema) in properties {
        match (fields.get_mut(name), schema.get("default")) {
            (Some(value), _) => fill(value, schema),
            (None, Some(default)) => drop(fields.insert(name.clone(), default.clone())),
            (None, None) => {}
        }
    }
}

fn documentation(template: &Template, (kind, name): (&str, &str), parameters: &Value) -> String {
    let title = match template.title.trim_end_matches('.') {
        "" => String::new(),
        title => format!("{title}. "),
    };
    let description = match template.description.as_str() {
        "" => String::new(),
        description => format!("{description}\n\n"),
    };
    let given = parameters.as_object().is_some_and(|it| !it.is_empty());
    let shown = match serde_json::to_string_pretty(parameters) {
        Ok(shown) if given => format!(" Its parameters:\n\n```json\n{shown}\n```"),
        _ => String::new(),
    };
    format!("{title}{description}The constraint `{name}` of Gatekeeper's template `{kind}`.{shown}")
}
