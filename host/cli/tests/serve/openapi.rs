//! The answers of a server against `host/serve/openapi.json`, by which programs read them.

use std::{collections::BTreeSet, fs};

use serde_json::{Value, json};

use crate::{
    ONE, VAULTS,
    api::Api,
    client::{Answer, Sse, exchange, get, request_of},
    cluster, program,
    served::{Served, eventually},
    vault,
};

/// The document.
pub(crate) struct OpenApi(Value);

impl OpenApi {
    pub(crate) fn read() -> Self {
        let text = fs::read_to_string(program::root().join("host/serve/openapi.json"));
        Self(serde_json::from_str(&text.expect("it is committed")).expect("JSON"))
    }

    fn paths(&self) -> Vec<String> {
        self.0["paths"].as_object().expect("paths").keys().cloned().collect()
    }

    fn parameters(&self, path: &str) -> Vec<&Value> {
        self.0["paths"][path]["get"]["parameters"].as_array().into_iter().flatten().collect()
    }

    /// Fails where a value does not fit a schema of the document.
    #[track_caller]
    fn check_fits(&self, schema: &Value, value: &Value, what: &str) {
        let mut schema = schema.clone();
        schema["components"] = self.0["components"].clone();
        let validator = jsonschema::draft202012::new(&schema).expect("a schema");
        let errors: Vec<_> = validator.iter_errors(value).map(|it| it.to_string()).collect();
        assert!(errors.is_empty(), "{what}: {errors:#?}\n{value:#}");
    }

    /// Fails where an answer of a path is none that the document names.
    #[track_caller]
    pub(crate) fn check(&self, path: &str, answer: &Answer) {
        let what = format!("{path}: {}", answer.status);
        let responses = &self.0["paths"][path]["get"]["responses"];
        let response = responses.get(answer.status.to_string());
        let response = response.unwrap_or_else(|| panic!("{what} is not in the document"));
        let Some(content) = response["content"].as_object() else {
            assert_eq!(answer.body, "", "{what}: it has no content");
            return;
        };
        let typed = answer.header("content-type").unwrap_or_default();
        let named = typed.split(';').next().unwrap_or_default();
        let media = content.get(named).unwrap_or_else(|| panic!("{what}: `{typed}` is not told"));
        if named == "application/json" {
            self.check_fits(&media["schema"], &answer.json(), &what);
        }
    }
}

#[test]
fn every_path_answers_as_the_document_says() {
    let told = OpenApi::read();
    let served = Served::start(&Api::new(cluster()), &ONE);
    // Before there is a result, or just when it comes.
    told.check("/api/v1/findings", &served.get("/api/v1/findings"));
    served.ready();
    for path in told.paths() {
        let foreign = exchange(served.address, request_of("other.example", &path).as_bytes());
        let foreign = Answer::of(&foreign);
        assert_eq!(foreign.status, 421, "{path}");
        told.check(&path, &foreign);
        // Its answer does not end; see below.
        if path == "/api/v1/events" {
            continue;
        }
        let answer = served.get(&path);
        assert_eq!(answer.status, 200, "{path}");
        told.check(&path, &answer);
        let unknown = served.get(&format!("{path}?colour=red"));
        told.check(&path, &unknown);
        let known = told.parameters(&path).iter().any(|it| it["name"] == "If-None-Match");
        let again = get(served.address, &path, &[("If-None-Match", "*")]);
        assert_eq!(again.status == 304, known, "{path}");
        told.check(&path, &again);
    }
    let open = [("Accept", "application/openmetrics-text")];
    told.check("/metrics", &get(served.address, "/metrics", &open));
}

#[test]
fn a_server_that_sees_nothing_answers_as_the_document_says() {
    let told = OpenApi::read();
    let api = Api::new(cluster());
    for path in [VAULTS, "/api/v1/namespaces/csdr/pods", "/api/v1/namespaces/csdr/events"] {
        api.refuse(path, Some(403));
    }
    let served = Served::start(&api, &ONE);
    eventually("it has a result", || served.get("/api/v1/report").status == 200);
    assert_eq!(served.get("/readyz").status, 503);
    for path in told.paths().iter().filter(|it| *it != "/api/v1/events") {
        told.check(path, &served.get(path));
    }
}

#[test]
fn the_parameters_of_the_document_are_those_that_there_are() {
    let told = OpenApi::read();
    let served = Served::start(&Api::new(cluster()), &ONE);
    served.ready();
    let refused = served.get("/api/v1/findings?colour=red").json();
    let help = refused["help"].as_str().expect("words");
    let names = help.split_once("there are ").expect("names").1;
    let names: BTreeSet<_> = names.split(", ").collect();
    let parameters = told.parameters("/api/v1/findings");
    let queries = parameters.iter().filter(|it| it["in"] == "query");
    let in_document: BTreeSet<_> = queries.clone().filter_map(|it| it["name"].as_str()).collect();
    assert_eq!(in_document, names);
    // Each word that the document lists is taken.
    for parameter in queries {
        let name = parameter["name"].as_str().expect("a name");
        let listed = parameter["schema"]["enum"].as_array().cloned().unwrap_or_default();
        let logical = parameter["schema"]["type"] == "boolean";
        let logical = [json!("true"), json!("false")].into_iter().filter(|_| logical);
        for value in listed.into_iter().chain(logical) {
            let value = value.as_str().expect("a word");
            let answer = served.get(&format!("/api/v1/findings?{name}={value}"));
            assert_eq!(answer.status, 200, "{name}={value}");
        }
    }
}

#[test]
fn events_are_as_the_document_says() {
    let told = OpenApi::read();
    let api = Api::new(cluster());
    let served = Served::start(&api, &ONE);
    served.ready();
    let mut events = Sse::follow(served.address, None);
    assert_eq!(events.next().event, "reset");
    api.apply(vault("vault-test", "Unavailable"));
    let added = events.named("added", "vault-test");
    let responses = &told.0["paths"]["/api/v1/events"]["get"]["responses"];
    told.check_fits(&responses["200"]["x-data"], &added.data, "an event");
}
