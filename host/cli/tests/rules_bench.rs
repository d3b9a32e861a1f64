//! `rulebox rules bench`: what is measured, what is compared, and what is refused. No time is held
//! to anything.

mod held;
mod program;

use std::{fs, path::Path};

use program::{Ran, command, root, run};
use serde_json::Value;
use tempfile::TempDir;

/// A pack in CEL with fixtures.
const CEL: &str = "rules-wasm/examples/cel";

/// Few objects and one round, so that it does not take long.
const SMALL: [&str; 4] = ["--objects", "100", "--rounds", "1"];

fn bench(arguments: &[&str]) -> Ran {
    run(&mut command(&[&["rules", "bench"], arguments].concat()), "")
}

/// Holds what the command says of a pack and few objects to a code and to words.
#[track_caller]
fn check(arguments: &[&str], code: i32, want: &[&str]) {
    held::held(&bench(arguments), code, want);
}

fn text(path: &Path) -> String {
    path.to_str().expect("UTF-8").to_owned()
}

fn json(arguments: &[&str]) -> Value {
    let ran = bench(&[arguments, &["-o", "json"]].concat());
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    serde_json::from_str(&ran.out).expect("JSON")
}

/// All numbers of a measurement that are no times.
fn counted(measured: &Value) -> Vec<String> {
    let cost = |it: &Value| {
        let keys = ["objects", "findings", "instructions", "instructionsToStart"];
        let more = ["instructionsPerObject", "memoryBytes"];
        keys.iter().chain(&more).map(|key| format!("{key} {}", it[key])).collect::<Vec<_>>()
    };
    let rules = measured["rules"].as_array().expect("rules");
    let mut all = vec![measured["bytes"].to_string(), measured["input"].to_string()];
    all.extend(rules.iter().chain([&measured["all"]]).flat_map(cost));
    all
}

/// The example with this in the place of that, beside its fixtures.
fn changed(from: &str, to: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let pack = fs::read_to_string(root().join(CEL).join("pack.yaml")).expect("the example");
    assert!(pack.contains(from), "{from}");
    fs::write(folder.path().join("pack.yaml"), pack.replace(from, to)).expect("written");
    folder
}

#[test]
fn a_pack_is_measured_beside_an_empty_one() {
    let want = [
        "PACK  org-platform 0.1.0\n",
        "  beside    an empty pack, which reads the same and looks at nothing\n",
        "instructions an object",
        "memory, with all objects",
        "time to load",
        "  image-not-from-our-registry ",
        "  service-without-pods ",
    ];
    check(&[&[CEL], &SMALL[..]].concat(), 0, &want);
}

#[test]
fn what_is_counted_is_the_same_each_time() {
    let measured = [json(&[&[CEL], &SMALL[..]].concat()), json(&[&[CEL], &SMALL[..]].concat())];
    assert_eq!(counted(&measured[0]), counted(&measured[1]));
    let all = &measured[0]["all"];
    assert!(measured[0]["input"]["objects"].as_u64() >= Some(100), "{}", measured[0]["input"]);
    let of = |key: &str| all["instructionsPerObject"][key].as_f64().expect("a number");
    assert!(of("pack") > of("empty") && of("empty") > 0.0 && of("ratio") > 1.0, "{all}");
    assert!(all["findings"].as_u64() > Some(0), "{all}");
}

#[test]
fn components_and_built_in_packs_are_measured_too() {
    let rust = "target/packs/examples/org-workloads.wasm";
    let dump = "fixtures/clusters/velero-oom.yaml";
    for pack in [rust, "standard"] {
        let measured = json(&[pack, dump, "--rounds", "1"]);
        assert_eq!(measured["input"]["from"], "dumps");
        assert!(measured["all"]["instructions"].as_u64() > Some(0), "{measured}");
        assert!(measured["bytes"]["pack"].as_f64() > Some(0.0), "{measured}");
    }
}

#[test]
fn what_costs_more_than_before_is_an_exit_code() {
    let folder = tempfile::tempdir().expect("a folder");
    let before = text(&folder.path().join("before.json"));
    let small = |pack: &str, more: &[&str]| {
        let arguments = [&[pack, "--cases", CEL], &SMALL[..], more].concat();
        bench(&arguments.iter().map(|it| &**it).collect::<Vec<_>>())
    };
    held::held(&small(CEL, &["--save", &before]), 0, &["PACK  org-platform"]);
    let same = small(CEL, &["--compare", &before]);
    held::held(&same, 0, &["SINCE  org-platform 0.1.0\n", "  it costs what it did\n"]);

    // Each image is compared a hundred times more.
    let slow = "containers.filter(it, \
                [0,1,2,3,4,5,6,7,8,9].map(a, [0,1,2,3,4,5,6,7,8,9].map(b, it.image)).size() > 0 && \
                !it.image.startsWith(settings.registry))";
    let slow = changed("containers.filter(it, !it.image.startsWith(settings.registry))", slow);
    let slow = text(slow.path());
    let more = ["  instructions of image-not-from-our-registry: ", ": MORE than 5% more\n"];
    held::held(&small(&slow, &["--compare", &before]), 1, &more);
    let tolerant = ["--compare", &before, "--tolerance", "1000", "-o", "json"];
    let ran = small(&slow, &tolerant);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let compared: Value = serde_json::from_str(&ran.out).expect("JSON");
    let changes = compared["compared"]["changes"].as_array().expect("changes");
    assert!(changes.iter().any(|it| it["percent"].as_f64() > Some(5.0)), "{changes:?}");
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str| text(&folder.path().join(name));
    let before = file("before.json");
    check(&[&[CEL, "--save", &before], &SMALL[..]].concat(), 0, &[]);
    let compare = ["--compare", &before];
    let others = [&[CEL], &compare[..], &["--objects", "200", "--rounds", "1"]].concat();
    check(&others, 2, &["the pack was given something else", "the same --cases and --objects"]);
    let other = changed("name: org-platform", "name: org-other");
    let other_path = text(other.path());
    let other = [&[&*other_path, "--cases", CEL], &SMALL[..], &compare].concat();
    check(&other, 2, &["it is of another pack, org-platform"]);
    let none = file("none.json");
    fs::write(&none, "{}").expect("written");
    let want = ["it is no measurement of a pack", "--save FILE"];
    check(&[&[CEL, "--compare", &none], &SMALL[..]].concat(), 2, &want);
    check(&[CEL, "--compare", &file("gone.json")], 2, &["cannot read", "--save FILE"]);
    check(&[CEL, "--compare", &before, "--save", &before], 2, &["also what is compared with"]);
    let both = format!("json={}", file("both.json"));
    check(&[CEL, "--save", &both[5..], "-o", &both], 2, &["also what --save writes"]);
}

#[test]
fn what_cannot_be_measured_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let empty = text(folder.path());
    let no_cases = ["there is nothing to measure over", "--cases FOLDER"];
    check(&[CEL, "--cases", &empty], 2, &no_cases);
    let secret = folder.path().join("secret.yaml");
    fs::write(&secret, "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\n").expect("written");
    let nothing = ["the dumps hold no object that the pack reads", "rules inspect"];
    check(&[CEL, &text(&secret)], 3, &nothing);
    check(&["gone.wasm"], 2, &["cannot read the pack"]);
    check(&["/dev/null"], 4, &["a pack is a file"]);
    check(&["host/docs"], 2, &["holds no pack"]);
    check(&[CEL, "--tolerance", "5"], 2, &["--compare"]);
    check(&[CEL, "--compare", "a", "--tolerance", "much"], 2, &["not a number of percent"]);
    check(&[CEL, "dump.yaml", "--objects", "5"], 2, &["cannot be used with"]);
    check(&[CEL, "--rounds", "0"], 2, &["not a whole number, 1 or more"]);
    check(&[CEL, "-o", "junit"], 2, &["`junit` is none of: text, json"]);
    let several = "fixtures/clusters/upgrade.yaml";
    check(&[CEL, several, "--pack-findings", "0", "--rounds", "1"], 4, &["--pack-findings"]);
}
