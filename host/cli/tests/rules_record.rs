//! `rulebox rules record`: what a fixture holds of a dump, what it does not, and what is refused.

mod held;
mod program;

use std::{
    fs,
    path::{Path, PathBuf},
};

use program::{Ran, command, root, run};
use serde_json::Value;
use tempfile::TempDir;

/// A pack in CEL: images, Services without pods, claims that wait.
const CEL: &str = "rules-wasm/examples/cel/pack.yaml";

const IMAGE: &str = "image-not-from-our-registry";
const SERVICE: &str = "service-without-pods";
const CLAIM: &str = "volume-claim-pending-long";

/// A cluster in which one image is foreign, one Service selects nothing, and one claim waits.
const DUMP: &str = r#"
apiVersion: v1
kind: PodList
items:
- metadata:
    name: billing-0
    namespace: erp
    labels: {app: billing, team: red}
    creationTimestamp: "2026-09-15T01:00:00Z"
  spec:
    nodeName: node-7
    containers:
    - name: ledger
      image: docker.io/hugecorp/ledger:1.2
      env: [{name: DB_PASSWORD, value: hunter2hunter2}]
    - {name: sidecar, image: registry.acme.example/proxy:1}
- metadata: {name: web-0, namespace: erp, labels: {app: web}}
  spec: {containers: [{name: web, image: registry.acme.example/web:1}]}
---
apiVersion: v1
kind: ServiceList
items:
- metadata: {name: web, namespace: erp}
  spec: {selector: {app: web}}
- metadata: {name: invoices, namespace: erp, annotations: {note: "password=hunter2hunter2"}}
  spec: {selector: {app: invoices}, clusterIP: 10.1.2.3}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: ledger-data, namespace: erp, creationTimestamp: "2026-09-15T01:00:00Z"}
spec: {storageClassName: hugecorp-ssd}
status: {phase: Pending}
---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: hugecorp-ssd}
volumeBindingMode: Immediate
---
apiVersion: coordination.k8s.io/v1
kind: Lease
metadata: {name: node-7, namespace: kube-node-lease}
spec: {renewTime: "2026-09-15T02:30:00.000000Z"}
"#;

/// The words of the dump that only its owner has.
const NAMES: [&str; 8] =
    ["erp", "billing", "ledger", "hugecorp", "invoices", "hunter2", "node-7", "10.1.2.3"];

fn record(arguments: &[&str]) -> Ran {
    run(&mut command(&[&["rules", "record"], arguments].concat()), "")
}

/// A folder with the pack and the dump.
fn folder(dump: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::copy(root().join(CEL), folder.path().join("pack.yaml")).expect("copied");
    fs::write(folder.path().join("dump.yaml"), dump).expect("written");
    folder
}

fn at(folder: &TempDir, path: &str) -> String {
    folder.path().join(path).to_str().expect("UTF-8").to_owned()
}

/// Records of this dump by a rule of the pack beside it; more arguments follow.
fn of(folder: &TempDir, rule: &str, more: &[&str]) -> Ran {
    let (dump, pack) = (at(folder, "dump.yaml"), at(folder, ""));
    record(&[&[&*dump, "--pack", &pack, "--rule", rule], more].concat())
}

/// The fixture that was written, which `rules test` must pass.
#[track_caller]
fn written(folder: &TempDir, rule: &str, name: &str) -> String {
    let path = folder.path().join("fixtures").join(rule).join(name);
    let text = fs::read_to_string(&path).unwrap_or_else(|it| panic!("{}: {it}", path.display()));
    let pack = at(folder, "");
    let ran = run(&mut command(&["rules", "test", &pack, "--rule", rule]), "");
    assert_eq!(ran.code, 0, "{}{}\n{text}", ran.out, ran.err);
    text
}

#[track_caller]
fn check_names(text: &str) {
    let shown: Vec<_> = NAMES.iter().filter(|it| text.contains(**it)).collect();
    assert!(shown.is_empty(), "{shown:?}:\n{text}");
}

#[test]
fn a_finding_becomes_a_small_fixture_without_names() {
    let folder = folder(DUMP);
    let ran = of(&folder, IMAGE, &[]);
    held::held(&ran, 0, &["bad_pod.yaml: 1 object, for which", "test it: rulebox rules test "]);
    let text = written(&folder, IMAGE, "bad_pod.yaml");
    check_names(&text);
    let want = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: pod-1\n  namespace: namespace-1\n\
                spec:\n  containers:\n  - image: docker.io/path-1\n    name: container-1\n";
    assert!(text.ends_with(want), "{text}");
    let head = "# Recorded: container-1 runs docker.io/path-1\n\
                # as-of: 2026-09-15T02:30:00Z to ";
    assert!(text.starts_with(head), "{text}");
    let expect = "\n# expect: Pod namespace-1/pod-1 image=docker.io/path-1\napiVersion";
    assert!(text.contains(expect), "{text}");
}

#[test]
fn what_was_seen_as_a_whole_stays_seen() {
    let folder = folder(DUMP);
    held::held(&of(&folder, SERVICE, &[]), 0, &["bad_service.yaml: 1 object"]);
    let text = written(&folder, SERVICE, "bad_service.yaml");
    check_names(&text);
    assert!(text.contains("---\napiVersion: v1\nitems: []\nkind: PodList\n"), "{text}");
    // The label is called as the Service is.
    assert!(text.contains("    app: service-1\n"), "{text}");
}

#[test]
fn what_the_rule_only_consults_goes_where_it_says_nothing() {
    let folder = folder(DUMP);
    held::held(&of(&folder, CLAIM, &[]), 0, &["2 objects"]);
    let text = written(&folder, CLAIM, "bad_persistentvolumeclaim.yaml");
    check_names(&text);
    // The finding names the class as its cause.
    assert!(text.contains("caused-by=StorageClass "), "{text}");
    assert!(!text.contains("volumeBindingMode"), "{text}");
}

#[test]
fn names_stay_where_they_are_kept() {
    let all = folder(DUMP);
    held::held(&of(&all, IMAGE, &["--keep-names"]), 0, &[]);
    let text = written(&all, IMAGE, "bad_pod.yaml");
    assert!(text.contains("# expect: Pod erp/billing-0 "), "{text}");
    assert!(!text.contains("hunter2"), "{text}");
    let some = folder(DUMP);
    held::held(&of(&some, IMAGE, &["--keep-names=erp,ledger"]), 0, &[]);
    let text = written(&some, IMAGE, "bad_pod.yaml");
    assert!(text.contains("# expect: Pod erp/pod-1 "), "{text}");
}

#[test]
fn settings_and_the_moment_are_those_of_the_run() {
    let folder = folder(DUMP);
    let config = at(&folder, "rulebox.yaml");
    let settings = "settings: {org-platform: {registry: docker.io/}}\n";
    fs::write(&config, settings).expect("written");
    let found = ["--subject", "erp/web-0", "--as-of", "2026-09-15T03:00:00Z", "--config", &config];
    held::held(&of(&folder, IMAGE, &found), 0, &[]);
    let text = written(&folder, IMAGE, "bad_pod.yaml");
    let head = "# as-of: 2026-09-15T03:00:00Z\n# settings: {\"registry\":\"docker.io/\"}\n";
    assert!(text.contains(head), "{text}");
}

#[test]
fn several_findings_are_listed_and_one_is_asked_for() {
    let two = folder(&DUMP.replace("registry.acme.example/web", "quay.io/x/web"));
    let ran = of(&two, IMAGE, &[]);
    let want = [
        "  Pod erp/billing-0  ledger runs ",
        "  Pod erp/web-0  web runs ",
        "has 2 findings that match",
        "--fingerprint ",
    ];
    held::held(&ran, 2, &want);
    let line = ran.err.lines().find(|it| it.contains("web-0")).expect("it is listed");
    let fingerprint = line.split_whitespace().next().expect("it begins the line");
    held::held(&of(&two, IMAGE, &["--fingerprint", fingerprint]), 0, &["1 object"]);
    written(&two, IMAGE, "bad_pod.yaml");
    let other = of(&two, IMAGE, &["--subject", "Pod erp/none"]);
    held::held(&other, 2, &["has no such finding", "Pod erp/web-0"]);
}

#[test]
fn what_the_rule_said_is_told_where_it_found_nothing() {
    let clean = folder(&DUMP.replace("docker.io/hugecorp", "registry.acme.example"));
    held::held(&of(&clean, IMAGE, &[]), 2, &["found nothing: pass"]);
    let unseen = folder("apiVersion: v1\nkind: Service\nmetadata: {name: a, namespace: b}\n");
    let want = ["found nothing: no data, the input holds no Pod", "--no-data"];
    held::held(&of(&unseen, IMAGE, &[]), 2, &want);
    let nothing = folder("nothing: here\n");
    held::held(&of(&nothing, IMAGE, &[]), 3, &["nothing was read of the dumps"]);
}

#[test]
fn that_a_rule_has_no_data_can_be_recorded() {
    let unseen = DUMP.replace("PodList", "NodeList");
    let folder = folder(&unseen);
    let several = ["not all objects of the kind Pod", "has no data for 2 reasons that match"];
    held::held(&of(&folder, SERVICE, &["--no-data"]), 2, &several);
    let one = ["--no-data=the input holds no Pod"];
    held::held(&of(&folder, SERVICE, &one), 0, &["bad_no_data.yaml: "]);
    let text = written(&folder, SERVICE, "bad_no_data.yaml");
    check_names(&text);
    assert!(text.contains("# expect: no data: the input holds no Pod\n"), "{text}");
    let other = of(&folder, SERVICE, &["--no-data=of another reason"]);
    held::held(&other, 2, &["found nothing: no data"]);
}

#[test]
fn a_name_that_the_rule_must_see_is_told() {
    let folder = folder(DUMP);
    let pack = fs::read_to_string(folder.path().join("pack.yaml")).expect("the pack");
    let only = "foreign.size() > 0 && object.metadata.namespace == \"erp\"";
    fs::write(folder.path().join("pack.yaml"), pack.replacen("foreign.size() > 0", only, 1))
        .expect("written");
    let want = ["with pseudonyms in the place of `erp`", "--keep-names=erp"];
    held::held(&of(&folder, IMAGE, &[]), 2, &want);
    assert!(!folder.path().join("fixtures").exists());
    held::held(&of(&folder, IMAGE, &["--keep-names=erp"]), 0, &[]);
    written(&folder, IMAGE, "bad_pod.yaml");
}

#[test]
fn nothing_is_written_over_and_names_of_files_are_held_to() {
    let folder = folder(DUMP);
    held::held(&of(&folder, IMAGE, &[]), 0, &[]);
    let again = of(&folder, IMAGE, &[]);
    held::held(&again, 2, &["is there already", "bad_pod_2.yaml"]);
    let out = at(&folder, "good_pod.yaml");
    held::held(&of(&folder, IMAGE, &["-o", &out]), 2, &["no name of a fixture", "bad_CASE.yaml"]);
    let out = at(&folder, "bad_pod.yaml");
    held::held(&of(&folder, IMAGE, &["-o", &out]), 0, &["put it into fixtures/"]);
    assert!(Path::new(&out).is_file());
    let printed = of(&folder, IMAGE, &["-o", "-"]);
    held::held(&printed, 0, &[]);
    assert!(printed.out.starts_with("# Recorded: "), "{}", printed.out);
}

#[test]
fn where_runs_are_few_the_fixture_is_larger_and_holds() {
    let folder = folder(DUMP);
    held::held(
        &of(&folder, IMAGE, &["--runs", "2"]),
        0,
        &["and more could be left out: --runs 20"],
    );
    written(&folder, IMAGE, "bad_pod.yaml");
}

#[test]
fn what_is_typed_wrongly_is_told() {
    let folder = folder(DUMP);
    let dump = at(&folder, "dump.yaml");
    let of_built_in = record(&[&dump, "--rule", "vault-unavailable"]);
    held::held(&of_built_in, 2, &["found nothing"]);
    held::held(&of(&folder, "image-not-from-or-registry", &[]), 2, &["did you mean"]);
    let both = of(&folder, IMAGE, &["--subject", "a", "--fingerprint", "b"]);
    held::held(&both, 2, &["cannot be used with"]);
    held::held(&record(&["--rule", IMAGE]), 2, &["DUMP"]);
    held::held(&record(&[&dump]), 2, &["--rule"]);
}

/// What is recorded of a dump holds, whatever the dump is: those of the built-in rules, some of
/// each.
#[test]
fn what_is_recorded_holds() {
    /// So many of the fixtures are left out for each that is taken.
    const STEP: usize = 12;
    let rules = root().join("fixtures/backup-center");
    let mut dumps = Vec::new();
    for rule in sorted(&rules) {
        dumps.extend(sorted(&rule).into_iter().filter(|it| name(it).starts_with("bad_")));
    }
    let clusters = sorted(&root().join("fixtures/clusters"));
    let dumps = dumps.into_iter().step_by(STEP).chain(clusters.into_iter().step_by(3));
    let folder = tempfile::tempdir().expect("a folder");
    let mut recorded = 0;
    for dump in dumps {
        let dump = dump.to_str().expect("UTF-8").to_owned();
        let report = run(&mut command(&["check", &dump, "-o", "json"]), "");
        let report: Value = serde_json::from_str(&report.out).expect("JSON");
        let Some(finding) = report["findings"].get(0) else { continue };
        let text = |key: &str| finding[key].as_str().expect("a text");
        let rule = text("rule");
        let to = at(&folder, &format!("fixtures/{rule}/bad_{recorded}.yaml"));
        let finding = ["--rule", rule, "--fingerprint", text("fingerprint")];
        let ran = record(&[&[&*dump, "-o", &to, "--runs", "40"], &finding[..]].concat());
        assert_eq!(ran.code, 0, "{dump}: {}{}", ran.out, ran.err);
        recorded += 1;
    }
    assert!(recorded > 20, "{recorded}");
    let all = at(&folder, "");
    let ran = run(&mut command(&["rules", "test", "standard", "--cases", &all, "--quiet"]), "");
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// What is in a folder, in order.
fn sorted(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").map(|it| it.expect("an entry").path());
    let mut all: Vec<_> = entries.collect();
    all.sort();
    all
}
