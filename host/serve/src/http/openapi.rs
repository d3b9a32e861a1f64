//! What is served, as a document of OpenAPI 3.1 for programs: `openapi.json`. The schemas are those
//! of the types that are served; tests hold it to the paths that there are, and (`host/cli`) to the
//! answers of a server.

use std::{fs, path::PathBuf};

use rulebox_core::Severity;
use rulebox_report::view::ReportView;
use schemars::{JsonSchema, SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};

use super::{PROBES, Refusal, findings::EQUAL, findings::FindingsView};
use crate::history::EventView;

/// The version of what is served: the one in the paths. Fields and parameters may be added.
const API_VERSION: &str = "1";

/// The document.
fn document() -> Value {
    let mut settings = SchemaSettings::draft2020_12().for_serialize();
    settings.definitions_path = "/components/schemas".into();
    let mut schemas = settings.into_generator();
    let mut paths = Map::new();
    for (path, operation) in operations(&mut schemas) {
        paths.insert(path.to_owned(), json!({"get": operation}));
    }
    let mut document = json!({
        "openapi": "3.1.1",
        "info": {
            "title": "rulebox serve",
            "version": API_VERSION,
            "summary": "What the rules say of the clusters that are watched",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
            "description": "Everything is read by GET. Where it listens on an address that others \
                reach, a request bears the token of a service account that may `get` the path.",
        },
        "servers": [{"url": "http://127.0.0.1:9464", "description": "where it listens by default"}],
        "security": [{}, {"bearer": []}],
        "paths": paths,
        "components": {
            "schemas": schemas.take_definitions(true),
            "securitySchemes": {"bearer": {
                "type": "http",
                "scheme": "bearer",
                "description": "The token of a service account. The API server says whose it is, \
                    and whether they may `get` the nonResourceURL: `/metrics`, \
                    `/rulebox/` for the page, and `/rulebox/api/v1/...` for the others.",
            }},
        },
    });
    unwrap_descriptions(&mut document);
    document
}

fn operations(schemas: &mut SchemaGenerator) -> Vec<(&'static str, Value)> {
    let refusal = |schemas: &mut SchemaGenerator, why: &str| answer::<Refusal<'_>>(schemas, why);
    let unknown_parameter = |schemas: &mut SchemaGenerator| {
        refusal(schemas, "A parameter that is not known: what there is, and what was meant.")
    };
    let etag = json!({
        "name": "If-None-Match", "in": "header", "schema": {"type": "string"},
        "description": "The ETag of the answer that the client has.",
    });
    let not_modified = json!({"description": "The client has this answer already."});
    let no_result = |schemas: &mut SchemaGenerator| {
        refusal(
            schemas,
            "There is no result yet; or the API \
            server cannot be asked who may read; or too many requests wait.",
        )
    };
    let mut all = Vec::new();

    all.push((
        "/",
        json!({
            "operationId": "page",
            "summary": "The report as the page of `check -o html`, for a browser: it follows the \
                events, and says how old it is and when the server does not answer.",
            "parameters": [etag],
            "responses": {
                "200": {
                    "description": "The page.",
                    "content": {"text/html": {"schema": {"type": "string"}}},
                },
                "304": not_modified,
                "400": unknown_parameter(schemas),
                "503": no_result(schemas),
            },
        }),
    ));

    let mut parameters: Vec<_> = parameters();
    parameters.push(etag.clone());
    all.push((
        "/api/v1/findings",
        json!({
            "operationId": "findings",
            "summary": "Findings, as far as they are asked for, with the time since when each is \
                known; and the rules that could not judge.",
            "parameters": parameters,
            "responses": {
                "200": answer::<FindingsView<'_>>(schemas, "The findings."),
                "304": not_modified,
                "400": refusal(schemas, "A parameter, a severity, a cluster, a pack or a rule that \
                    is not known: what there is, and what was meant."),
                "503": no_result(schemas),
            },
        }),
    ));
    all.push((
        "/api/v1/report",
        json!({
            "operationId": "report",
            "summary": "The report of `check -o json`.",
            "parameters": [etag],
            "responses": {
                "200": answer::<ReportView>(schemas, "The report."),
                "304": not_modified,
                "400": unknown_parameter(schemas),
                "503": no_result(schemas),
            },
        }),
    ));
    all.push((
        "/api/v1/events",
        json!({
            "operationId": "events",
            "summary": "Findings that come, change and go, as server-sent events.",
            "description": "The first event is `reset`, with the data `{}`: ask for all findings. \
                Then `added`, `changed` and `gone` follow, each with one finding; the id of each \
                is what `Last-Event-ID` takes. A comment is sent every 15 seconds. Where tokens \
                are reviewed the stream ends after 5 minutes: come back with the last id. That a \
                rule has no data for now, and how old what it has shown is, stands in \
                `/api/v1/findings` alone.",
            "parameters": [{
                "name": "Last-Event-ID", "in": "header", "schema": {"type": "string"},
                "description": "The id of the last event that the client has seen: what it has \
                    missed comes first, or `reset` where that is not kept any more.",
            }],
            "responses": {
                "200": {
                    "description": "The events. The data of each but `reset` fits `FindingEvent`.",
                    "content": {"text/event-stream": {"schema": {"type": "string"}}},
                    "x-data": schemas.subschema_for::<EventView>(),
                },
                "400": unknown_parameter(schemas),
                "503": refusal(schemas, "64 clients follow the events already; or the API server \
                    cannot be asked who may read; or too many requests wait."),
            },
        }),
    ));
    all.push((
        "/metrics",
        json!({
            "operationId": "metrics",
            "summary": "Findings, results of rules, the metrics of the packs, and how the watches \
                are.",
            "responses": {
                "200": {
                    "description": "Prometheus text, or OpenMetrics where `Accept` asks for it.",
                    "content": {
                        "text/plain": {"schema": {"type": "string"}},
                        "application/openmetrics-text": {"schema": {"type": "string"}},
                    },
                },
                "400": unknown_parameter(schemas),
                "503": refusal(schemas, "The API server cannot be asked who may read; or too many \
                    requests wait."),
            },
        }),
    ));
    for (_, operation) in &mut all {
        operation["responses"]["401"] = refusal(schemas, "No token, or one that nobody knows.");
        operation["responses"]["403"] = refusal(schemas, "The bearer may not read this.");
    }

    let text = |why: &str| {
        let content = json!({"text/plain": {"schema": {"type": "string"}}});
        json!({"description": why, "content": content})
    };
    let [livez, readyz] = PROBES;
    all.push((
        livez,
        json!({
            "operationId": "livez",
            "summary": "Whether the process lives.",
            "security": [],
            "responses": {"200": text("It does.")},
        }),
    ));
    all.push((
        readyz,
        json!({
            "operationId": "readyz",
            "summary": "Whether it has seen everything once.",
            "security": [],
            "responses": {
                "200": text("Every list was read once, or has failed for longer than a moment."),
                "503": text("Not yet, or nothing at all could be read, and why."),
            },
        }),
    ));
    for (_, operation) in &mut all {
        operation["responses"]["421"] = refusal(
            schemas,
            "The request names another server: on a loopback without a certificate alone.",
        );
    }
    all
}

/// What `/api/v1/findings` can be asked for.
fn parameters() -> Vec<Value> {
    let query = |name: &str, schema: Value, description: &str| {
        let mut parameter = json!({"name": name, "in": "query", "description": description});
        parameter["schema"] = schema;
        parameter
    };
    let text = || json!({"type": "string"});
    let mut all = vec![
        query(
            "severity",
            json!({"type": "string", "enum": Severity::ALL.map(Severity::as_str)}),
            "This severity or a higher one.",
        ),
        query(
            "suppressed",
            json!({"type": "boolean"}),
            "Whether the finding is suppressed; both where it is absent.",
        ),
    ];
    all.extend(EQUAL.map(|name| {
        let description = match name {
            "cluster" => "The cluster, as `rulebox serve` names it.",
            "pack" => "The pack that the rule is of.",
            "rule" => "The rule: `vault-unavailable`, or `backup-center/vault-unavailable`.",
            "kind" => "The kind of the object that the finding is about.",
            "namespace" => "Its namespace.",
            "name" => "Its name.",
            other => panic!("say what `{other}` is"),
        };
        query(name, text(), description)
    }));
    all
}

/// An answer of this type.
fn answer<T: JsonSchema>(schemas: &mut SchemaGenerator, description: &str) -> Value {
    let schema = schemas.subschema_for::<T>();
    json!({"description": description, "content": {"application/json": {"schema": schema}}})
}

/// A description is one line, however the comment that it comes from is wrapped.
fn unwrap_descriptions(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (key, field) in fields {
                match field {
                    Value::String(text) if key == "description" => *text = text.replace('\n', " "),
                    field => unwrap_descriptions(field),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(unwrap_descriptions),
        _ => {}
    }
}

fn committed() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("openapi.json")
}

#[test]
fn the_document_is_the_committed_one() {
    let (path, document) = (committed(), format!("{:#}\n", document()));
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, &document).expect("the document can be written");
    }
    assert!(
        fs::read_to_string(&path).unwrap_or_default() == document,
        "{} is not what the types give; look at the difference after `BLESS=1 cargo test \
         --workspace --lib openapi`",
        path.display(),
    );
}

/// A path that is served and not told of would be known to nobody.
#[test]
fn every_path_that_is_served_is_in_the_document() {
    let source = include_str!("../http.rs");
    let routes = source.split(".route(\"").skip(1);
    let mut routes: Vec<_> = routes.filter_map(|it| Some(it.split_once('"')?.0)).collect();
    routes.extend(PROBES);
    routes.sort_unstable();
    let document = document();
    let paths = document["paths"].as_object().expect("paths");
    let mut told: Vec<_> = paths.keys().map(String::as_str).collect();
    told.sort_unstable();
    assert_eq!(told, routes);
}
