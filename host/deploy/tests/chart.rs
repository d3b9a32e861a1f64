//! The chart: its values are what their schema says, what it gives are objects of Kubernetes, Helm
//! gives the same, and kube-score has nothing against it. Without these programs, which `HELM` and
//! `KUBE_SCORE` name, nothing is compared, and the test says so.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use rulebox_deploy::{Chart, VALUES};
use rulebox_reader::yaml;
use serde_json::{Value, json};

fn defaults() -> Value {
    yaml::to_json_value(VALUES).expect("YAML")
}

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/chart"))
}

/// The objects that the chart gives for values over its defaults, by kind, namespace and name.
#[track_caller]
fn render(name: &str, values: &Value) -> BTreeMap<String, Value> {
    let chart = Chart::new(defaults()).expect("a chart");
    let rendered = chart.render(name, "monitoring", values).expect("manifests");
    let texts: Vec<_> = rendered.into_iter().map(|it| it.1).collect();
    objects(&texts.join("\n---\n"))
}

/// The objects of a text, by kind, namespace and name.
fn objects(text: &str) -> BTreeMap<String, Value> {
    let mut all = BTreeMap::new();
    for document in format!("\n{text}").split("\n---") {
        let object = yaml::to_json_value(document).unwrap_or_else(|it| panic!("{it}\n{document}"));
        if object.is_null() {
            continue;
        }
        let word = |it: &Value| it.as_str().unwrap_or("-").to_owned();
        let (kind, metadata) = (&object["kind"], &object["metadata"]);
        assert!(object["apiVersion"].is_string() && kind.is_string(), "{document}");
        let key =
            format!("{} {}/{}", word(kind), word(&metadata["namespace"]), word(&metadata["name"]));
        assert!(all.insert(key.clone(), object).is_none(), "{key} stands twice");
    }
    all
}

/// Values that together reach each part of each template, by the name of their release: the files
/// of `values`.
fn choices() -> BTreeMap<String, Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/values");
    let files = fs::read_dir(&folder).expect("a folder").map(|it| it.expect("a file").path());
    let choice = |file: PathBuf| {
        let text = fs::read_to_string(&file).expect("text");
        let name = file.file_stem().expect("a name").to_string_lossy().into_owned();
        (name, yaml::to_json_value(&text).expect("YAML"))
    };
    files.map(choice).collect()
}

/// A program that the environment names, or that is on the PATH; none where there is none, which is
/// told.
fn program(variable: &str, name: &str) -> Option<String> {
    let program = std::env::var(variable).unwrap_or_else(|_| name.to_owned());
    match Command::new(&program).arg("version").output() {
        Ok(_) => Some(program),
        Err(error) => {
            eprintln!("SKIPPED, nothing was tested: {program}: {error}");
            None
        }
    }
}

/// What a program prints; it must succeed.
#[track_caller]
fn printed(name: &str, command: &mut Command) -> String {
    let output = command.output().expect("it runs");
    let [out, err] = [output.stdout, output.stderr].map(|it| {
        let text = String::from_utf8(it);
        text.expect("text")
    });
    assert!(output.status.success(), "{name}: {out}\n{err}");
    out
}

/// What Helm prints of the chart with each choice of values, by the name of the release.
#[track_caller]
fn helm(command: &[&str]) -> BTreeMap<String, String> {
    let Some(helm) = program("HELM", "helm") else { return BTreeMap::new() };
    let of = |name: String| {
        let mut run = Command::new(&helm);
        run.args(command.iter().map(|it| it.replace("NAME", &name)))
            .args(["--namespace", "monitoring", "--values"])
            .arg(folder().join(format!("../tests/values/{name}.yaml")))
            .arg(folder());
        let text = printed(&name, &mut run);
        (name, text)
    };
    choices().into_keys().map(of).collect()
}

#[test]
fn helm_gives_the_same() {
    let choices = choices();
    for (name, text) in helm(&["template", "NAME"]) {
        let (is, want) = (render(&name, &choices[&name]), objects(&text));
        for (key, want) in &want {
            assert_eq!(is.get(key), Some(want), "{name}: {key}");
        }
        assert_eq!(is.len(), want.len(), "{name}");
    }
}

#[test]
fn helm_has_nothing_to_say_against_it() {
    for (name, text) in helm(&["lint", "--strict", "--quiet"]) {
        assert_eq!(text.trim(), "", "{name}");
    }
}

#[test]
fn kube_score_finds_nothing_that_was_not_meant() {
    let Some(kube_score) = program("KUBE_SCORE", "kube-score") else { return };
    for (name, values) in choices() {
        // Whoever asks for no NetworkPolicy gets none.
        if values["networkPolicy"]["create"] == false {
            continue;
        }
        let chart = Chart::new(defaults()).expect("a chart");
        let rendered = chart.render(&name, "monitoring", &values).expect("manifests");
        let texts: Vec<_> = rendered.into_iter().map(|it| it.1).collect();
        let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.yaml"));
        fs::write(&file, texts.join("\n---\n")).expect("written");
        printed(
            &name,
            Command::new(&kube_score)
                .args(["score", "--output-format", "ci"])
                // A run takes a moment, and a throttled one makes findings late.
                .arg("--ignore-container-cpu-limit")
                // The image of a version never changes, and nodes start pods without the registry.
                .args(["--ignore-test", "container-image-pull-policy"])
                .arg(&file),
        );
    }
}

#[test]
fn what_is_given_depends_on_what_is_asked_for() {
    let choices = choices();
    let kinds = |name: &str| -> BTreeSet<String> {
        let keys = render(name, &choices[name]).into_keys();
        keys.map(|it| it.replace("monitoring/", "")).collect()
    };
    let all = |names: &[&str]| names.iter().map(|&it| it.to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(
        kinds("rulebox"),
        all(&[
            "ServiceAccount rulebox",
            "ClusterRole -/rulebox",
            "ClusterRoleBinding -/rulebox",
            "Role csdr/rulebox",
            "RoleBinding csdr/rulebox",
            "Role kube-system/rulebox",
            "RoleBinding kube-system/rulebox",
            "NetworkPolicy rulebox",
            "Service rulebox",
            "Deployment rulebox",
        ])
    );
    let asked: BTreeSet<_> = kinds("prod").difference(&kinds("rulebox")).cloned().collect();
    for name in [
        "Namespace -/monitoring",
        "ClusterRole -/prod-rulebox-writes",
        "ClusterRole -/prod-rulebox-metrics",
        "Role prod-rulebox-lease",
        "ConfigMap prod-rulebox",
        "ConfigMap prod-rulebox-dashboards",
        "PodDisruptionBudget prod-rulebox",
        "ServiceMonitor prod-rulebox",
        "PrometheusRule prod-rulebox",
    ] {
        assert!(asked.contains(name), "{name}: {asked:?}");
    }
    let job = kinds("rulebox-cronjob");
    assert!(job.contains("CronJob rulebox-cronjob") && !job.contains("Service rulebox-cronjob"));
    assert_eq!(
        kinds("rulebox-bare"),
        all(&["ServiceAccount watcher", "Service watcher", "Deployment watcher"])
    );
}

/// The verbs of every rule of every role, with their resources.
fn verbs(objects: &BTreeMap<String, Value>) -> Vec<(String, String)> {
    let rules = objects.values().flat_map(|it| it["rules"].as_array().cloned().unwrap_or_default());
    let pairs = rules.flat_map(|rule| {
        let words = |key: &str| -> Vec<String> {
            let words = rule[key].as_array().cloned().unwrap_or_default();
            words.iter().map(|it| it.as_str().expect("a word").to_owned()).collect()
        };
        let verbs = words("verbs");
        let resources = words("resources");
        resources
            .into_iter()
            .flat_map(move |it| verbs.clone().into_iter().map(move |verb| (it.clone(), verb)))
    });
    pairs.collect()
}

#[test]
fn nothing_is_written_unless_it_is_asked_for() {
    let image = json!({"repository": "r.example.com/a"});
    let plain = verbs(&render("rulebox", &json!({"image": image})));
    assert!(plain.iter().all(|it| ["list", "watch"].contains(&it.1.as_str())), "{plain:?}");
    assert!(plain.contains(&("backuplocations".to_owned(), "watch".to_owned())), "{plain:?}");
    let job = verbs(&render("rulebox", &json!({"image": image, "form": "cronjob"})));
    assert!(job.iter().all(|it| it.1 == "list"), "{job:?}");
    let asked = |key: &str, value: Value| {
        let verbs = verbs(&render("rulebox", &json!({"image": image, key: value})));
        let writes = verbs.into_iter().filter(|it| !["list", "watch"].contains(&it.1.as_str()));
        writes.map(|it| format!("{} {}", it.1, it.0)).collect::<BTreeSet<_>>()
    };
    let is = |them: &BTreeSet<String>, want: &[&str]| {
        assert_eq!(them.iter().map(String::as_str).collect::<Vec<_>>(), want);
    };
    is(&asked("writeEvents", true.into()), &["create events", "patch events"]);
    is(
        &asked("writeReports", "policyreports".into()),
        &[
            "create clusterpolicyreports",
            "create policyreports",
            "delete clusterpolicyreports",
            "delete policyreports",
            "get clusterpolicyreports",
            "get policyreports",
            "patch clusterpolicyreports",
            "patch policyreports",
        ],
    );
    is(&asked("replicas", 2.into()), &["create leases", "get leases", "update leases"]);
    is(
        &asked("tls", json!({"secretName": "a"})),
        &["create subjectaccessreviews", "create tokenreviews"],
    );
}

#[test]
fn every_pod_is_restricted() {
    for (name, values) in choices() {
        for (key, object) in render(&name, &values) {
            let pod = match object["kind"].as_str() {
                Some("Deployment") => &object["spec"]["template"]["spec"],
                Some("CronJob") => &object["spec"]["jobTemplate"]["spec"]["template"]["spec"],
                _ => continue,
            };
            let of_pod = &pod["securityContext"];
            assert_eq!(of_pod["runAsNonRoot"], true, "{key}");
            assert_eq!(of_pod["seccompProfile"]["type"], "RuntimeDefault", "{key}");
            let of_container = &pod["containers"][0]["securityContext"];
            assert_eq!(of_container["allowPrivilegeEscalation"], false, "{key}");
            assert_eq!(of_container["readOnlyRootFilesystem"], true, "{key}");
            assert_eq!(of_container["capabilities"]["drop"], json!(["ALL"]), "{key}");
            let resources = &pod["containers"][0]["resources"];
            assert!(resources["limits"]["memory"].is_string(), "{key}");
        }
    }
}

/// The first container of the one Deployment or CronJob, and its pod.
#[track_caller]
fn container(values: &Value) -> (Value, Value) {
    let objects = render("rulebox", values);
    let pod = objects.values().find_map(|it| match it["kind"].as_str() {
        Some("Deployment") => Some(&it["spec"]["template"]["spec"]),
        Some("CronJob") => Some(&it["spec"]["jobTemplate"]["spec"]["template"]["spec"]),
        _ => None,
    });
    let pod = pod.expect("it runs").clone();
    (pod["containers"][0].clone(), pod)
}

/// What a list has of this name.
fn named<'v>(list: &'v Value, name: &str) -> Option<&'v Value> {
    list.as_array().into_iter().flatten().find(|it| it["name"] == name)
}

#[test]
fn packs_of_ones_own_have_a_place_where_they_are_kept() {
    let reference = format!("oci://r.example/acme/rules:1.0@sha256:{}", "0".repeat(64));
    for form in ["deployment", "cronjob"] {
        let with = |packs: Value| {
            let image = json!({"repository": "r.example/rulebox"});
            container(&json!({"image": image, "form": form, "packs": packs}))
        };
        let (container, pod) = with(json!({}));
        assert!(container.get("env").is_none() && pod.get("volumes").is_none(), "{pod:#}");
        let (container, pod) = with(json!({"files": ["rules.wasm"]}));
        assert!(named(&pod["volumes"], "kept").is_some(), "what is compiled is kept: {pod:#}");
        assert!(named(&container["env"], "DOCKER_CONFIG").is_none());
        let (container, pod) = with(json!({"references": [reference], "pullSecret": "logins-1"}));
        let argument = Value::from(format!("--pack={reference}"));
        assert!(container["args"].as_array().expect("args").contains(&argument), "{container:#}");
        assert!(named(&pod["volumes"], "packs").is_none(), "{pod:#}");
        let kept = named(&pod["volumes"], "kept").expect("a volume");
        assert_eq!(kept["emptyDir"]["sizeLimit"], "512Mi");
        let mount = named(&container["volumeMounts"], "kept").expect("it is mounted");
        assert_ne!(mount["readOnly"], true);
        let within = format!("{}/", mount["mountPath"].as_str().expect("a path"));
        for variable in ["XDG_DATA_HOME", "XDG_CACHE_HOME"] {
            let folder = &named(&container["env"], variable).expect("a variable")["value"];
            assert!(folder.as_str().is_some_and(|it| it.starts_with(&within)), "{folder}");
        }
        let logins = named(&pod["volumes"], "logins").expect("a volume");
        assert_eq!(logins["secret"]["secretName"], "logins-1");
        assert_eq!(
            logins["secret"]["items"],
            json!([{"key": ".dockerconfigjson", "path": "config.json"}])
        );
        let mount = named(&container["volumeMounts"], "logins").expect("it is mounted");
        let folder = &named(&container["env"], "DOCKER_CONFIG").expect("a variable")["value"];
        assert_eq!((folder, &mount["readOnly"]), (&mount["mountPath"], &Value::Bool(true)));
        let (_, pod) = with(json!({"pullSecret": "logins-1"}));
        assert!(pod.get("volumes").is_none(), "nothing is pulled: {pod:#}");
    }
}

#[test]
fn a_pod_has_the_storage_that_its_volume_may_take() {
    let mebibytes = |it: &Value| -> u64 {
        let text = it.as_str().expect("an amount").strip_suffix("Mi").expect("MiB");
        text.parse().expect("a number")
    };
    let defaults = defaults();
    let storage = mebibytes(&defaults["resources"]["limits"]["ephemeral-storage"]);
    assert!(storage > mebibytes(&defaults["packs"]["keptSize"]), "its log takes some, too");
}

#[test]
fn a_container_that_starts_has_five_minutes() {
    let image = json!({"repository": "r.example/rulebox"});
    for (secret, scheme) in [("", Value::Null), ("tls", "HTTPS".into())] {
        let (container, _) = container(&json!({"image": image, "tls": {"secretName": secret}}));
        let probe = &container["startupProbe"];
        let number = |key: &str| probe[key].as_u64().expect("a number");
        assert_eq!(number("failureThreshold") * number("periodSeconds"), 300);
        assert_eq!(probe["httpGet"], container["livenessProbe"]["httpGet"]);
        assert_eq!(probe["httpGet"]["scheme"], scheme);
    }
}

#[test]
fn without_an_image_it_says_what_to_set() {
    let chart = Chart::new(defaults()).expect("a chart");
    let error = chart.render("rulebox", "rulebox", &json!({})).expect_err("no image");
    assert!(error.to_string().contains("set image.repository"), "{error}");
}

#[test]
fn the_versions_are_those_of_the_program() {
    let chart = fs::read_to_string(folder().join("Chart.yaml")).expect("a chart");
    let chart = yaml::to_json_value(&chart).expect("YAML");
    assert_eq!(chart["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(chart["appVersion"], env!("CARGO_PKG_VERSION"));
}

#[test]
fn the_schema_knows_the_values_and_no_others() {
    let schema = fs::read_to_string(folder().join("values.schema.json")).expect("a schema");
    let schema: Value = serde_json::from_str(&schema).expect("JSON");
    let keys = |it: &Value| -> BTreeSet<String> {
        it.as_object().expect("a map").keys().cloned().collect()
    };
    let mut known = keys(&schema["properties"]);
    // Of a chart that this one is part of.
    known.remove("global");
    assert_eq!(keys(&defaults()), known);
    for (key, value) in defaults().as_object().expect("a map") {
        let properties = schema["properties"][key].get("properties");
        if let Some(properties) = properties {
            assert_eq!(keys(value), keys(properties), "{key}");
        }
    }
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    for (_, values) in choices() {
        assert!(validator.is_valid(&values), "{values:#}");
    }
    for wrong in [
        json!({"replicas": "two"}),
        json!({"form": "daemonset"}),
        json!({"images": {}}),
        json!({"packs": {"files": ["../x"]}}),
        json!({"packs": {"references": ["oci://r.example/acme/rules:1.0"]}}),
        json!({"packs": {"references": ["rules.wasm"]}}),
        json!({"packs": {"pullSecret": "a b"}}),
    ] {
        assert!(!validator.is_valid(&wrong), "{wrong}");
    }
}

#[test]
fn every_template_is_rendered() {
    let files = fs::read_dir(folder().join("templates")).expect("templates");
    let files = files.map(|it| it.expect("a file").file_name().to_string_lossy().into_owned());
    let files: BTreeSet<_> = files.filter(|it| it.strip_suffix(".yaml").is_some()).collect();
    let known = rulebox_deploy::TEMPLATES.iter().map(|it| it.0.to_owned()).collect();
    assert_eq!(files, known);
}
