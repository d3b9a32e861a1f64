//! Generated dumps, read as the product reads them.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, Read as _},
};

use clap::ValueEnum as _;
use rulebox_core::{Collector, Json, NeedSet, ObjectNeed, Reading};
use serde_json::Value;

use crate::{
    files::{Content, Files, Packing},
    form::Form,
    kinds::{KINDS, Kind},
    names::CSDR,
    options::Options,
    plan::Group,
    trees,
    write::{Written, write, write_stream, write_to},
};

fn dump(options: &Options) -> (Vec<u8>, Written) {
    let mut bytes = Vec::new();
    let (stock, groups) = options.plan().expect("a plan");
    write(options.form, &stock, &groups, &mut bytes).expect("memory takes all");
    (bytes, Written { planted: stock.planted, groups })
}

/// The forms of one text, and those of several files.
fn forms(trees: bool) -> impl Iterator<Item = Form> {
    Form::value_variants().iter().copied().filter(move |it| it.is_tree() == trees)
}

fn all(objects: u64, seed: u64, form: Form) -> Options {
    Options { kinds: "all".parse().expect("kinds"), ..Options::pods(objects, seed, form) }
}

fn items(objects: u64, seed: u64) -> Vec<Value> {
    let (bytes, _) = dump(&Options::pods(objects, seed, Form::Json));
    let mut list: Value = serde_json::from_slice(&bytes).expect("JSON");
    let Value::Array(items) = list["items"].take() else { panic!("a list has items") };
    items
}

/// Reads a dump as the product does: all of each object.
fn read(bytes: &[u8]) -> Reading {
    let (reader, mut collector) = reader();
    reader.read_text("dump", bytes, &mut collector);
    collector.finish()
}

fn reader() -> (rulebox_reader::Reader, Collector) {
    let need = |it: &Kind| ObjectNeed {
        id: it.resource(),
        group: it.group.to_owned(),
        kind: it.kind.to_owned(),
        ..ObjectNeed::default()
    };
    let needs = NeedSet { objects: KINDS.iter().map(need).collect(), texts: Vec::new() };
    let reader = rulebox_reader::Reader::new(&needs).expect("no paths");
    (reader, Collector::new(needs).expect("no selectors"))
}

/// The containers of a pod for which `is` holds of the status.
fn count(pod: &Value, is: impl Fn(&Value) -> bool) -> usize {
    let lists = ["initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses"];
    let statuses = lists.into_iter().filter_map(|it| pod["status"][it].as_array());
    statuses.flatten().filter(|it| is(it)).count()
}

fn crashes(status: &Value) -> bool {
    status["state"]["waiting"]["reason"] == "CrashLoopBackOff"
}

fn out_of_memory(status: &Value) -> bool {
    let killed = |state: &str| status[state]["terminated"]["reason"] == "OOMKilled";
    killed("state") || killed("lastState")
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    for form in forms(false) {
        let bytes = |seed| dump(&all(200, seed, form)).0;
        assert!(bytes(3) == bytes(3), "{form:?}");
        assert!(bytes(3) != bytes(4), "{form:?}: another seed");
    }
}

#[track_caller]
fn check_planted(objects: u64, seed: u64, crash_loops: usize, out_of_memory_kills: usize) {
    let pods = items(objects, seed);
    assert_eq!(pods.len() as u64, objects);
    let counts = |is: fn(&Value) -> bool| pods.iter().map(|pod| count(pod, is)).sum::<usize>();
    assert_eq!((counts(crashes), counts(out_of_memory)), (crash_loops, out_of_memory_kills));
    let faulty = pods.iter().filter(|it| count(it, |it| crashes(it) || out_of_memory(it)) > 0);
    assert_eq!(faulty.count(), crash_loops + out_of_memory_kills, "one fault a pod");
}

#[test]
fn ten_thousand_pods_hold_298_faults() {
    check_planted(10_000, 1, 92, 206);
}

#[test]
fn faults_scale_with_the_number_of_pods() {
    check_planted(1_000, 1, 9, 21);
    check_planted(1_000, 2, 9, 21);
    check_planted(10, 1, 0, 0);
    check_planted(0, 1, 0, 0);
}

#[test]
fn faults_are_spread_over_the_lists_and_states() {
    let pods = items(10_000, 1);
    let count = |list: &str, is: &dyn Fn(&Value) -> bool| {
        let lists = pods.iter().filter_map(|it| it["status"][list].as_array());
        lists.flatten().filter(|it| is(it)).count()
    };
    let killed =
        |state: &'static str| move |it: &Value| it[state]["terminated"]["reason"] == "OOMKilled";
    for list in ["initContainerStatuses", "containerStatuses"] {
        assert!(count(list, &crashes) > 10, "{list}");
        assert!(count(list, &killed("lastState")) > 10, "{list}");
    }
    assert!(count("containerStatuses", &killed("state")) > 10);
    assert!(count("ephemeralContainerStatuses", &killed("state")) > 10);
    let other_code = |it: &Value| {
        out_of_memory(it)
            && it["state"]["terminated"]["exitCode"] != 137
            && it["lastState"]["terminated"]["exitCode"] != 137
    };
    assert!(count("containerStatuses", &other_code) > 5, "an exit code that is not 137");
}

#[test]
fn a_pod_is_about_six_kilobytes() {
    let (bytes, _) = dump(&Options::pods(1_000, 1, Form::Json));
    let mean = bytes.len() / 1_000;
    assert!((6_000..6_400).contains(&mean), "{mean} bytes");
}

#[test]
fn no_timestamp_is_newer_than_the_capture() {
    let (bytes, _) = dump(&all(500, 1, Form::Json));
    let Reading { witness, .. } = read(&bytes);
    let newest = witness.expect("a pod has timestamps").time.to_string();
    assert!(
        ("2026-09-15T00:00:00Z".."2026-09-15T02:30:01Z").contains(&newest.as_str()),
        "{newest}"
    );
}

#[test]
fn names_and_uids_are_unique() {
    let (bytes, _) = dump(&all(1_000, 1, Form::Json));
    let list: Value = serde_json::from_slice(&bytes).expect("JSON");
    let items = list["items"].as_array().expect("items");
    for paths in [["/kind", "/metadata/name"], ["/metadata/uid", ""]] {
        let ids: BTreeSet<_> = items
            .iter()
            .map(|it| paths.map(|path| it.pointer(path).and_then(Value::as_str)))
            .collect();
        assert_eq!(ids.len(), items.len(), "{paths:?}");
    }
}

#[test]
fn every_form_holds_the_objects_that_were_asked_for() {
    let (json, _) = dump(&all(1_000, 7, Form::Json));
    let json = read(&json);
    for form in forms(false).filter(|it| *it != Form::ClusterInfoText) {
        let (bytes, written) = dump(&all(1_000, 7, form));
        let reading = read(&bytes);
        assert!(
            reading.inputs[0].problems.is_empty(),
            "{form:?}: {:?}",
            reading.inputs[0].problems
        );
        for kind in &KINDS {
            let planned: u64 = written
                .groups
                .iter()
                .filter(|it| it.kind.plural == kind.plural)
                .map(|it| it.count)
                .sum();
            let [got, want] =
                [&reading, &json].map(|it| &it.inventory.objects[&kind.resource()].objects);
            assert_eq!(
                (got.len() as u64, planned > 0),
                (planned, true),
                "{form:?}: {}",
                kind.plural
            );
            let value = |it: &Json| serde_json::from_str::<Value>(&it.text()).expect("JSON");
            let first = got.iter().zip(want).find(|(got, want)| value(got) != value(want));
            assert_eq!(first, None, "{form:?}: {}", kind.plural);
        }
    }
}

#[test]
fn a_share_of_the_objects_is_needed() {
    let options = Options { needed: Some(3.0), ..all(1_000, 1, Form::List) };
    let (bytes, written) = dump(&options);
    let mut needs = NeedSet::default();
    for kind in KINDS.iter().filter(|it| it.needed) {
        needs.objects.push(ObjectNeed {
            id: kind.resource(),
            group: kind.group.to_owned(),
            kind: kind.kind.to_owned(),
            namespaces: vec![CSDR.to_owned()],
            ..ObjectNeed::default()
        });
    }
    let reader = rulebox_reader::Reader::new(&needs).expect("no paths");
    let mut collector = Collector::new(needs).expect("no selectors");
    reader.read_text("dump", &bytes, &mut collector);
    let reading = collector.finish();
    assert_eq!((reading.inputs[0].objects, reading.inputs[0].needed), (1_000, 30));
    assert!(
        written
            .to_string()
            .starts_with("1000 objects, 30 of them in what the built-in pack needs: ")
    );
}

#[test]
fn a_size_is_kept_within_a_tenth() {
    for form in forms(false).filter(|it| *it != Form::ClusterInfoText) {
        let options = Options { bytes: Some(8_000_000), ..all(0, 1, form) };
        let size = dump(&options).0.len();
        assert!((7_200_000..8_800_000).contains(&size), "{form:?}: {size}");
    }
}

#[test]
fn managed_fields_can_be_left_out() {
    let options = Options { without_managed_fields: true, ..all(300, 1, Form::List) };
    let text = String::from_utf8(dump(&options).0).expect("text");
    assert!(!text.contains("managedFields"));
}

#[track_caller]
fn check_kinds(form: Form, reading: &Reading, groups: &[Group], holds: impl Fn(&Group) -> bool) {
    let lost: Vec<_> = reading.inputs[0].problems.iter().filter(|it| it.lost()).collect();
    assert!(lost.is_empty(), "{form:?}: {lost:?}");
    for kind in &KINDS {
        let held = groups.iter().filter(|it| it.kind.plural == kind.plural && holds(it));
        let got = &reading.inventory.objects[&kind.resource()].objects;
        let want: u64 = held.map(|it| it.count).sum();
        assert_eq!(got.len() as u64, want, "{form:?}: {}", kind.plural);
    }
}

fn in_cluster_info(group: &Group) -> bool {
    ["nodes", "events", "deployments", "replicasets", "pods"].contains(&group.kind.plural)
}

#[test]
fn what_cluster_info_dump_prints_holds_some_kinds() {
    let (bytes, written) = dump(&all(1_000, 7, Form::ClusterInfoText));
    check_kinds(Form::ClusterInfoText, &read(&bytes), &written.groups, in_cluster_info);
}

#[test]
fn trees_hold_what_their_tools_take() {
    for form in forms(true) {
        let folder = tempfile::tempdir().expect("a folder");
        let written = write_to(&all(300, 7, form), folder.path()).expect("a folder");
        let (reader, mut collector) = reader();
        let source = rulebox_reader::Source::Path(folder.path().to_owned());
        reader.read(vec![source], &mut collector, &mut |_| {});
        let reading = collector.finish();
        let holds = |it: &Group| match form {
            Form::ClusterInfoDump => in_cluster_info(it),
            Form::Sonobuoy => {
                !it.kind.is_custom() && !["events", "secrets"].contains(&it.kind.plural)
            }
            Form::Troubleshoot => it.kind.plural != "secrets",
            Form::VeleroDebug => {
                it.namespace == CSDR && (it.kind.is_pod() || it.kind.group == "velero.io")
            }
            _ => true,
        };
        check_kinds(form, &reading, &written.groups, holds);
    }
}

/// All files of a form.
fn folder(form: Form) -> BTreeMap<String, Vec<u8>> {
    struct Memory(BTreeMap<String, Vec<u8>>);
    impl Files for Memory {
        fn file(&mut self, path: &str, content: &Content<'_>) -> io::Result<()> {
            let mut bytes = Vec::new();
            content(&mut bytes)?;
            assert_eq!(self.0.insert(path.to_owned(), bytes), None, "{path}");
            Ok(())
        }
    }
    let mut files = Memory(BTreeMap::new());
    let (stock, groups) = all(300, 7, form).plan().expect("a plan");
    trees::write(form, &stock, &groups, &mut files).expect("memory takes all");
    files.0
}

fn untar(input: impl io::Read) -> BTreeMap<String, Vec<u8>> {
    let mut archive = tar::Archive::new(input);
    let files = archive.entries().expect("entries").map(|entry| {
        let mut entry = entry.expect("an entry");
        let path = entry.path().expect("a path").display().to_string();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).expect("content");
        (path, bytes)
    });
    files.collect()
}

#[test]
fn archives_hold_the_files_of_the_folder() {
    let form = Form::MustGather;
    let want = folder(form);
    for packing in Packing::value_variants() {
        let options = Options { archive: Some(*packing), ..all(300, 7, form) };
        let mut bytes = Vec::new();
        let failed = |it: io::Error| it.to_string();
        write_stream(&options, &mut bytes, &failed).expect("memory takes all");
        let got = match packing {
            Packing::Tar => untar(bytes.as_slice()),
            Packing::TarGz => untar(flate2::read::GzDecoder::new(bytes.as_slice())),
            Packing::TarZst => untar(zstd::Decoder::new(bytes.as_slice()).expect("zstd")),
            Packing::Zip => {
                let mut archive = zip::ZipArchive::new(io::Cursor::new(bytes)).expect("a zip file");
                let files = (0..archive.len()).map(|at| {
                    let mut file = archive.by_index(at).expect("a file");
                    let mut bytes = Vec::new();
                    file.read_to_end(&mut bytes).expect("content");
                    (file.name().expect("a name").into_owned(), bytes)
                });
                files.collect()
            }
        };
        assert!(got == want, "{packing:?}");
    }
}

#[test]
fn a_form_and_where_it_goes_must_agree() {
    let check = |form, archive, want: &str| {
        let options = Options { archive, ..all(10, 1, form) };
        let failed = |it: io::Error| it.to_string();
        let error = write_stream(&options, &mut io::sink(), &failed).expect_err("misuse");
        assert!(error.contains(want), "{error}");
    };
    check(Form::Folder, None, "name it with --out, or pack it with --archive");
    check(Form::List, Some(Packing::Zip), "--archive is for forms of several files");
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("precious"), "").expect("a file");
    let error = write_to(&all(10, 1, Form::Folder), folder.path()).expect_err("misuse");
    assert!(error.ends_with("is not empty: name another folder, or empty it"), "{error}");
}
