//! Which of what was read is of one cluster, and what of an older dump counts beside a newer one.
//!
//! A table has a line for each document: where it stands (`input`, `input/file`,
//! `input/file:line`; in the name of an input `|` stands for `/`), the newest timestamp in it as a
//! time of one day, and what it holds:
//! - `n/x=u@08:00` the object `x` in the namespace `n`, its uid, and when it was created; `@` and
//!   the time may be missing,
//! - `n/x=u@08:00>v` the same, which refers to the object of uid `v`,
//! - `home=u` the uid of the Namespace kube-system,
//! - `list` a list of all namespaces, `list:n` one of the namespace `n`,
//! - `logged` that it stands behind a log,
//! - `lost` an object of the kind is missing; `unread` all is, and no file was found.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use proptest::prelude::*;
use rulebox_core::{
    Clock, Clocks, Collector, Concerns, Coverage, Few, Identity, ListScope, Logged, NeedSet,
    ObjectCopy, ObjectNeed, Position, Problem, Readings, SeveralOfOneName, Sighting, Witness,
};

fn time(text: &str) -> Timestamp {
    format!("2026-09-15T{text}:00Z").parse().expect("a time")
}

fn needs() -> NeedSet {
    let need =
        ObjectNeed { id: "pods".to_owned(), kind: "Pod".to_owned(), ..ObjectNeed::default() };
    NeedSet { objects: vec![need], texts: Vec::new() }
}

fn object(collector: &mut Collector, token: &str) {
    let (name, rest) = token.split_once('=').expect("a uid");
    let (namespace, name) = name.split_once('/').expect("a namespace");
    let (rest, refers) = rest.split_once('>').unwrap_or((rest, ""));
    let (uid, created) = match rest.split_once('@') {
        Some((uid, created)) => (uid, Some(time(created))),
        None => (rest, None),
    };
    collector.seen("", "Pod", namespace, 1);
    let json = format!(r#"{{"name":"{name}","own":"{uid}","ref":{{"uid":"{refers}"}}}}"#);
    let mut projections = Few::default();
    projections.push((0, json.into()));
    collector.take(ObjectCopy {
        identity: Identity::new("v1", "Pod", namespace, name, uid),
        resource_version: None,
        projections,
        created,
        position: Position::default(),
    });
}

#[track_caller]
fn read(table: &[&str], names: &[(&str, &str)]) -> Readings {
    try_read(table, names).expect("each name is of one cluster")
}

fn try_read(table: &[&str], names: &[(&str, &str)]) -> Result<Readings, SeveralOfOneName> {
    let mut collector = Collector::new(needs()).expect("no selectors");
    let mut inputs: Vec<String> = Vec::new();
    let mut file = None;
    for line in table {
        let mut words = line.split_whitespace();
        let (place, taken) = (words.next().expect("a place"), words.next().expect("a time"));
        let (place, at) = place.split_once(':').unwrap_or((place, "0"));
        let (input, path) = place.split_once('/').unwrap_or((place, ""));
        if inputs.last().is_none_or(|it| it != input) {
            collector.begin_input(&input.replace('|', "/"));
            inputs.push(input.to_owned());
            file = None;
        }
        if words.clone().next() == Some("unread") {
            let concerns = Concerns::Everything;
            collector.problem(Problem { concerns, ..Problem::default() });
            continue;
        }
        if file != Some(path) {
            collector.begin_file(path);
            file = Some(path);
        }
        if at != "0" {
            collector.begin_document(at.parse().expect("a line"));
        }
        if taken != "-" {
            let (field, object) = (String::new(), String::new());
            let witness = Witness { time: time(taken), field, object };
            let mut clocks = Clocks::default();
            clocks.see(Sighting { clock: Clock::Server, witness, beat: None });
            collector.clocks(clocks);
        }
        for word in words {
            match word.split_once(['=', ':']).unwrap_or((word, "")) {
                ("home", uid) => collector.cluster(uid),
                ("list", namespace) => collector.listed_whole(ListScope {
                    group: String::new(),
                    kind: "Pod".to_owned(),
                    namespace: (!namespace.is_empty()).then(|| namespace.to_owned()),
                }),
                ("logged", _) => collector.behind_log(Logged::Log),
                ("lines", _) => collector.behind_log(Logged::Lines),
                ("text", _) => collector.behind_log(Logged::Text),
                ("lost", _) => collector.problem(Problem {
                    place: path.to_owned(),
                    concerns: Concerns::kind("", "Pod"),
                    ..Problem::default()
                }),
                _ => object(&mut collector, word),
            }
        }
    }
    let name = |input: &String| names.iter().find(|it| it.0 == input).map(|it| it.1.to_owned());
    let names: Vec<_> = inputs.iter().map(name).collect();
    collector.clusters(&names)
}

/// The uids of the objects of each cluster, behind its label.
fn clusters(readings: &Readings) -> Vec<String> {
    let uid = |json: &str| json.split('"').nth(7).expect("a uid").to_owned();
    let cluster = |(label, reading): &(String, rulebox_core::Reading)| {
        let objects = &reading.inventory.objects["pods"].objects;
        let uids: Vec<_> = objects.iter().map(|it| uid(&it.text())).collect();
        format!("{label}: {}", uids.join(" "))
    };
    readings.clusters.iter().map(cluster).collect()
}

#[track_caller]
fn check(table: &[&str], want: &[&str]) {
    assert_eq!(clusters(&read(table, &[])), want);
}

#[track_caller]
fn check_named(names: &[(&str, &str)], table: &[&str], want: &[&str]) {
    assert_eq!(clusters(&read(table, names)), want);
}

#[test]
fn what_does_not_clash_is_one_cluster() {
    check(&["a 10:00 n/x=u1@08:00", "b 10:00 n/y=u2@08:00"], &[": u1 u2"]);
    check(&["a 10:00 n/x=u1@08:00", "b 10:00 n/x=u1@08:00"], &[": u1"]);
    check(&[], &[": "]);
}

#[test]
fn one_name_with_two_uids_at_the_same_time_is_of_two_clusters() {
    let a = "a 10:00 n/x=u1@08:00 n/y=u2@08:00";
    check(&[a, "b 10:00 n/x=u3@09:00 n/z=u4@09:00"], &["a: u1 u2", "b: u3 u4"]);
    // Each was taken later than it is known to have been.
    check(&[a, "b - n/x=u3@09:00"], &["a: u1 u2", "b: u3"]);
}

#[test]
fn an_object_that_was_made_again_is_of_one_cluster() {
    // The older object is gone.
    check(&["a 10:00 n/x=u1@08:00", "b 12:00 n/x=u2@11:00"], &[": u2"]);
    check(&["b 12:00 n/x=u2@11:00", "a 10:00 n/x=u1@08:00"], &[": u2"]);
    // A capture takes its time.
    check(&["a 10:00 n/x=u1@08:00", "b 10:00 n/x=u2@10:00"], &[": u2"]);
    // Nothing tells which came first.
    check(&["a 10:00 n/x=u1", "b 12:00 n/x=u2"], &[": u1 u2"]);
}

#[test]
fn two_uids_of_kube_system_are_two_clusters() {
    let table = ["a - home=k1 n/x=u1", "b - home=k2 n/y=u2"];
    check(&table, &["a: u1", "b: u2"]);
    check(&["a - home=k1 n/x=u1", "b - home=k1 n/y=u2"], &[": u1 u2"]);
}

#[test]
fn a_folder_is_cut_where_it_holds_two_clusters() {
    let dumps = [
        "dumps/east/nodes.yaml 10:00 m/a=u1@08:00",
        "dumps/east/pods.yaml 10:00 n/x=u2@08:00",
        "dumps/west/nodes.yaml 10:00 m/b=u3@08:00",
        "dumps/west/pods.yaml 10:00 n/x=u4@08:00",
    ];
    check(&dumps, &["dumps/east: u1 u2", "dumps/west: u3 u4"]);
    let files = ["d/e.yaml 10:00 n/x=u1@08:00", "d/w.yaml 10:00 n/x=u2@08:00"];
    check(&files, &["d/e.yaml: u1", "d/w.yaml: u2"]);
}

#[test]
fn an_input_in_which_nothing_clashes_stays_together() {
    let table = [
        "a/nodes.yaml 10:00 m/a=u1@08:00",
        "a/pods.yaml 10:00 n/x=u2@08:00",
        "b.yaml 10:00 n/x=u3@08:00",
    ];
    check(&table, &["a: u1 u2", "b.yaml: u3"]);
}

#[test]
fn parts_are_joined_where_something_proves_it() {
    let files = [
        "d/e.yaml 10:00 n/x=u1@08:00",
        "d/e2.yaml 10:00 m/o=u5@08:00>u1",
        "d/w.yaml 10:00 n/x=u2@08:00",
        "d/w2.yaml 10:00 n/y=u6@08:00 n/x=u2@08:00",
    ];
    check(&files, &["d/e.yaml and 1 other path: u5 u1", "d/w.yaml and 1 other path: u2 u6"]);
    let told = [
        "d/e.yaml 10:00 home=k1 n/x=u1@08:00",
        "d/w.yaml 10:00 home=k2 n/x=u2@08:00",
        "d/z.yaml 10:00 home=k1 m/z=u3@08:00",
    ];
    check(&told, &["d/e.yaml and 1 other path: u3 u1", "d/w.yaml: u2"]);
}

#[test]
fn objects_of_one_uid_and_two_names_are_two() {
    check(&["a 10:00 n/x=u1 n/y=u1"], &[": u1 u1"]);
    check(&["a 10:00 n/x=REDACTED n/y=REDACTED m/x=REDACTED"], &[": REDACTED REDACTED REDACTED"]);
    let zeros = "00000000-0000-0000-0000-000000000000";
    let files = [format!("a 10:00 n/x={zeros}"), format!("b 10:00 n/y={zeros}")];
    check(&[&files[0], &files[1]], &[&format!(": {zeros} {zeros}")]);
}

#[test]
fn a_uid_that_stands_for_many_joins_no_clusters() {
    for uid in ["***HIDDEN***", "u9"] {
        let files = [
            &format!("d/e.yaml 10:00 n/r={uid} n/x=u1@08:00"),
            "d/w.yaml 10:00 n/x=u2@08:00",
            &format!("d/y.yaml 10:00 m/z={uid}"),
        ];
        let want =
            [format!("d/e.yaml: {uid} u1"), "d/w.yaml: u2".into(), format!("d/y.yaml: {uid}")];
        check(&files, &want.each_ref().map(String::as_str));
    }
    // Nor does an object that refers to it.
    let files = [
        "d/e.yaml 10:00 n/r=REDACTED n/x=u1@08:00",
        "d/w.yaml 10:00 n/x=u2@08:00",
        "d/y.yaml 10:00 m/z=u3>REDACTED",
    ];
    check(&files, &["d/e.yaml: REDACTED u1", "d/w.yaml: u2", "d/y.yaml: u3"]);
}

#[test]
fn a_uid_that_stands_for_many_is_of_no_cluster() {
    check(&["a - home=REDACTED n/x=u1", "b - home=k2 n/y=u2"], &[": u1 u2"]);
    check(&["a - home=k1 n/x=k1", "b - home=k2 n/y=k2"], &[": k1 k2"]);
}

#[test]
fn what_belongs_to_two_that_clash_belongs_to_neither() {
    let table = [
        "d/a 10:00 home=k1 n/x=u1@08:00",
        "d/b 10:00 home=k1 n/y=u2@08:00",
        "d/c 10:00 n/y=u3@08:00",
        // Refers to an object of the one cluster and to one of the other.
        "d/d 10:00 m/p=u4>u1 m/q=u5>u3",
    ];
    check(&table, &["d/a and 1 other path: u1 u2", "d/c: u3", "d/d: u4 u5"]);
}

#[test]
fn more_clusters_than_one_run_judges_are_told() {
    let mut lines: Vec<_> =
        (0..150).map(|it| format!("d/f{it:03} - home=k{it} n/x=u{it}")).collect();
    lines.push("d/real - home=k n/x=u n/y=v".to_owned());
    let lines: Vec<_> = lines.iter().map(String::as_str).collect();
    let readings = read(&lines, &[]);
    assert_eq!((readings.clusters.len(), readings.left_out), (100, 51));
    assert!(readings.clusters.iter().any(|it| it.0 == "d/real"), "the one of most objects");
    let told: Vec<_> = readings.inputs[0].problems.iter().map(|it| it.reason.as_str()).collect();
    let want = "the cluster of d/f099 and 50 more are not judged: one run judges 100 clusters at \
                most, and this seems to hold more; put the files of each into a folder, and name \
                it: --cluster NAME=FOLDER";
    assert_eq!(told, [want]);
    assert!(readings.inputs[0].problems[0].lost());
    let covered = readings.clusters.iter().map(|it| it.1.inventory.objects["pods"].coverage);
    assert!(covered.min() == Some(Coverage::Complete), "what is left out is not of the others");
}

#[test]
fn of_one_name_more_pairs_than_are_compared_are_of_different_clusters() {
    let lines: Vec<_> = (0..1_500).map(|it| format!("d/f{it:04} 10:00 n/x=u{it}@08:00")).collect();
    let lines: Vec<_> = lines.iter().map(String::as_str).collect();
    let readings = read(&lines, &[]);
    assert_eq!((readings.clusters.len(), readings.left_out), (100, 1_400));
}

/// What is told of these documents, and how much they cover.
#[track_caller]
fn check_logged(table: &[&str], want: &[&str], coverage: Coverage, told: &[&str]) {
    let readings = read(table, &[]);
    assert_eq!(clusters(&readings), want);
    let pods = &readings.clusters[0].1.inventory.objects["pods"];
    assert_eq!(pods.coverage, coverage);
    let problems = readings.inputs.iter().flat_map(|it| &it.problems);
    assert_eq!(problems.map(|it| it.reason.as_str()).collect::<Vec<_>>(), told);
}

#[test]
fn what_stands_behind_a_log_never_replaces_what_was_read_elsewhere() {
    let told = "behind a log, which may have made it up, stands Pod n/x: \
         what was read elsewhere counts";
    let (real, made_up) = ("a/z.yaml 10:00 n/x=u1@08:00", "12:00 logged n/x=u2@11:00");
    for log in ["a/b.log", "a/z.yaml:9", "a/zz.log"] {
        let made_up = format!("{log} {made_up}");
        let mut table = [real, &made_up];
        table.sort_by_key(|it| it.split(' ').next().map(str::to_owned));
        check_logged(&table, &[": u1"], Coverage::Complete, &[told]);
    }
}

#[test]
fn objects_that_stand_behind_logs_twice_and_differ_are_a_loss() {
    let table = ["a:1 10:00 list", "a:9 10:00 logged n/x=u1", "a:20 10:00 logged n/x=u2"];
    let told = "Pod n/x stands more than once behind logs, which may have made it up, \
         and the copies differ";
    check_logged(&table, &[": u1 u2"], Coverage::Partial, &[told]);
    let same = ["a:1 10:00 list", "a:9 10:00 logged n/x=u1", "a:20 10:00 logged n/x=u1"];
    check_logged(&same, &[": u1"], Coverage::Complete, &[]);
}

#[test]
fn a_kind_that_stands_only_behind_logs_is_partial() {
    let told = "Pod was read only behind a log or in one, which may have made it up: \
         add a dump of it without logs";
    check_logged(&["a:9 10:00 logged n/x=u1"], &[": u1"], Coverage::Partial, &[told]);
    check_logged(&["a:9 10:00 logged list"], &[": "], Coverage::Partial, &[told]);
    check_logged(&["a:1 - n/y=u0", "a:9 - logged n/x=u1"], &[": u1 u0"], Coverage::Complete, &[]);
}

/// A script that collects objects writes lines as a log has them, so nothing is lost behind those.
#[test]
fn what_stands_behind_lines_like_those_of_a_log_counts_where_nothing_else_tells_of_it() {
    let told = "Pod was read only behind lines that look like those of a log, which may have made \
         it up: it counts, since nothing else tells of it";
    check_logged(&["a:9 10:00 lines n/x=u1"], &[": u1"], Coverage::Complete, &[told]);
    let told = "behind a log, which may have made it up, stands Pod n/x: \
         what was read elsewhere counts";
    let (real, of_log) = ("a:1 10:00 n/x=u1@08:00", "a:20 12:00 logged n/x=u2@11:00");
    let of_lines = "a:9 12:00 lines n/x=u3@11:00";
    check_logged(&[real, of_lines], &[": u1"], Coverage::Complete, &[told]);
    check_logged(
        &[real, of_lines, of_log],
        &[": u1"],
        Coverage::Complete,
        &["behind a log, which may have made it up, stands Pod n/x and 1 more object: \
         what was read elsewhere counts"],
    );
    let only = "Pod was read only behind lines that look like those of a log, which may have made \
         it up: it counts, since nothing else tells of it";
    check_logged(&[of_lines, of_log], &[": u3"], Coverage::Complete, &[told, only]);
}

#[test]
fn a_log_tells_no_cluster() {
    check(&["a:1 - home=k1 n/x=u1", "a:9 - logged home=k2 n/y=u2"], &[": u1 u2"]);
}

#[test]
fn what_could_be_of_either_is_judged_alone() {
    let files = [
        "d/e.yaml 10:00 n/x=u1@08:00",
        "d/o.yaml 10:00 m/o=u5@08:00>u1 m/p=u7@08:00>u2",
        "d/q.yaml 10:00 m/q=u8@08:00",
        "d/w.yaml 10:00 n/x=u2@08:00",
    ];
    check(&files, &["d/e.yaml: u1", "d/o.yaml: u5 u7", "d/q.yaml: u8", "d/w.yaml: u2"]);
}

#[test]
fn a_file_to_which_two_clusters_were_appended_is_cut_at_the_documents() {
    let file = [
        "all.yaml:1 10:00 list n/x=u1@08:00",
        "all.yaml:50 10:00 m/a=u2@08:00",
        "all.yaml:90 10:00 list n/x=u3@08:00",
        "all.yaml:120 10:00 m/b=u4@08:00",
    ];
    check(&file, &["all.yaml:1: u2 u1", "all.yaml:90: u4 u3"]);
    // What repeats a list begins what follows, where something clashes.
    let file = [
        "all.yaml:1 10:00 list p/x=u1@08:00",
        "all.yaml:50 10:00 m/a=u2@08:00",
        "all.yaml:90 10:00 list p/y=u3@08:00",
        "all.yaml:120 10:00 m/a=u4@08:00",
    ];
    check(&file, &["all.yaml:1: u2 u1", "all.yaml:90: u4 u3"]);
}

#[test]
fn a_named_input_is_of_the_cluster_that_the_user_names() {
    let table = ["a 10:00 n/x=u1@08:00", "b 10:00 n/x=u2@08:00", "c 10:00 n/y=u3@08:00"];
    let names = [("a", "east"), ("b", "west"), ("c", "east")];
    check_named(&names, &table, &["east: u1 u3", "west: u2"]);
    check_named(&names[..2], &table, &["c: u3", "east: u1", "west: u2"]);
    // Nothing clashes, and only one is named: the name is of that one.
    check_named(&names[..1], &[table[0], table[2]], &["c: u3", "east: u1"]);
    check_named(&names[..1], &[&format!("{} n/y=u3", table[0]), table[2]], &["east: u1 u3"]);
    check_named(&names[..1], &["a - unread", table[2]], &["c: u3", "east: "]);
    check_named(&names[..1], &[table[0], "c - unread"], &["east: u1"]);
    check_named(&names, &[table[0], "b - "], &["east: u1", "west: "]);
}

/// Inputs that all have the name `one`: the clusters that they are of, and what clashes.
#[track_caller]
fn check_misnamed(table: &[&str], want: Result<(), (&[&str], &str)>) {
    let input = |it: &&str| it.split([' ', '/', ':']).next().unwrap_or_default().to_owned();
    let inputs: Vec<_> = table.iter().map(input).collect();
    let names: Vec<_> = inputs.iter().map(|it| (it.as_str(), "one")).collect();
    let got = try_read(table, &names).map(|_| ());
    let got = got.map_err(|it| {
        assert_eq!(it.name, "one");
        (it.clusters.into_iter().map(|it| it.1.join(" ")).collect::<Vec<_>>(), it.clash)
    });
    let want = want.map_err(|(places, clash)| {
        (places.iter().map(|it| (*it).to_owned()).collect(), clash.to_owned())
    });
    assert_eq!(got, want);
}

#[test]
fn one_name_cannot_be_of_two_clusters() {
    let a = "a 10:00 n/x=u1@08:00";
    let clash = "Pod n/x has two uids at the same time";
    check_misnamed(&[a, "b 10:00 n/x=u2@08:00"], Err((&["a", "b"], clash)));
    let folder = ["d/e/1 10:00 n/x=u1@08:00", "d/e/2 10:00 n/y=u3", "d/w/1 10:00 n/x=u2@08:00"];
    check_misnamed(&folder, Err((&["d/e", "d/w"], clash)));
    let homes = ["f:1 - home=k1 n/x=u1", "f:9 - home=k2 n/y=u2"];
    let clash = "the Namespace kube-system has the uids k1 and k2";
    check_misnamed(&homes, Err((&["f:1", "f:9"], clash)));
    // The object was made again.
    check_misnamed(&[a, "b 12:00 n/x=u2@11:00"], Ok(()));
    // Something else proves that it is one.
    let homes = ["a 10:00 home=k n/x=u1@08:00", "b 10:00 home=k n/x=u2@08:00"];
    check_misnamed(&homes, Ok(()));
}

#[test]
fn files_in_place_of_their_folder_are_cut_as_the_folder() {
    let table = |separator: &str, root: &str| {
        let files = [
            "e/nodes.yaml 10:00 m/a=u1@08:00",
            "e/pods.yaml 10:00 n/x=u2@08:00",
            "w/nodes.yaml 10:00 m/b=u3@08:00",
            "w/pods.yaml 10:00 n/x=u4@08:00",
        ];
        files.map(|it| format!("{root}{}", it.replacen('/', separator, 1)))
    };
    let check = |table: &[String], more: &[&str], want: &[&str]| {
        let table: Vec<_> = table.iter().map(String::as_str).chain(more.iter().copied()).collect();
        self::check(&table, want);
    };
    let both = ["d/e: u1 u2", "d/w: u3 u4"];
    check(&table("/", "d/"), &[], &both);
    check(&table("|", "d|"), &[], &both);
    check(&table("/", "d|"), &[], &both);
    check(&table("|", ".|d|"), &[], &["./d/e: u1 u2", "./d/w: u3 u4"]);
    check(&table("|", "|d|"), &[], &["/d/e: u1 u2", "/d/w: u3 u4"]);
    check(&table("|", ""), &[], &["e: u1 u2", "w: u3 u4"]);
    check(&table("|", "d|"), &["- 10:00 n/z=u5"], &["-: u5", both[0], both[1]]);
    // Nobody named the folder, so a file that is alone in it stands for itself.
    check(&[], &["e|x 10:00 n/x=u1@08:00", "w|x 10:00 n/x=u2@08:00"], &["e/x: u1", "w/x: u2"]);
}

#[test]
fn files_of_one_folder_stay_together_beside_a_named_input() {
    let named = "east 10:00 n/x=u1@08:00";
    let west = ["d|w|a 10:00 m/b=u2@08:00", "d|w|b 10:00 n/x=u3@08:00"];
    let table = [named, west[0], west[1]];
    check_named(&[("east", "east")], &table, &["d/w: u2 u3", "east: u1"]);
    // The folder holds what has a name.
    let table = [&named.replace("east", "d|w|e"), west[0], west[1]];
    let want = ["d/w/a and 1 other path: u2 u3", "east: u1"];
    check_named(&[("d|w|e", "east")], &table, &want);
}

#[test]
fn a_name_is_of_its_cluster_where_a_file_is_called_so() {
    let table = ["a 10:00 n/x=u1@08:00", "b 10:00 n/x=u2@08:00"];
    check_named(&[("b", "a")], &table, &["a: u2", "a (2): u1"]);
}

#[test]
fn a_named_input_without_objects_is_told() {
    let readings = read(&["a 10:00 n/x=u1", "b - "], &[("a", "east"), ("b", "west")]);
    let problem = &readings.inputs[1].problems[0];
    assert_eq!(problem.reason, "holds no Kubernetes objects of the cluster west");
    assert!(problem.lost());
}

#[test]
fn a_newer_list_stands_for_an_older_one() {
    let old = "old 09:00 list n/x=u1 n/y=u2";
    check(&[old, "new 10:00 list n/y=u2"], &[": u2"]);
    check(&["new 10:00 list n/y=u2", old], &[": u2"]);
    check(&[old, "new 10:00 list:n n/y=u2"], &[": u1 u2"]);
    check(&["old 09:00 list:n n/x=u1 n/y=u2", "new 10:00 list:n n/y=u2"], &[": u2"]);
    // It is of another namespace.
    check(&["old 09:00 list:n n/x=u1", "new 10:00 list:m m/y=u2 n/x=u1"], &[": u2 u1"]);
    // It may be of another label selector, which found nothing new.
    check(&["old 09:00 list:n n/x=u1", "new 10:00 list:n n/y=u2"], &[": u1 u2"]);
    // It is no list.
    check(&[old, "new 10:00 n/y=u2"], &[": u1 u2"]);
    // Nobody knows whether a log has made it up; both may be.
    check(&[old, "new 10:00 text list n/y=u2"], &[": u1 u2"]);
    check(&["old 09:00 text list n/x=u1 n/y=u2", "new 10:00 text list n/y=u2"], &[": u2"]);
    check(&["old 09:00 n/x=u1", "new 10:00 list n/y=u2"], &[": u2"]);
    // Both are of one capture.
    check(&[old, "new 09:14 list n/y=u2"], &[": u1 u2"]);
    // Something of it was lost.
    check(&[old, "new 10:00 list lost n/y=u2"], &[": u1 u2"]);
}

#[test]
fn documents_of_one_file_are_captures() {
    let (old, new) = ("09:00 list n/x=u1 n/y=u2", "10:00 list n/y=u2");
    check(&[&format!("f:1 {old}"), &format!("f:9 {new}")], &[": u2"]);
    check(&[&format!("f:1 {new}"), &format!("f:9 {old}")], &[": u2"]);
    check(&[&format!("f:1 {old}"), "f:9 10:00 n/z=u3"], &[": u1 u2 u3"]);
    let again = ["f:1 08:00 n/x=u1@07:00", "f:5 09:00 n/x=u1@07:00", "f:9 11:00 n/x=u2@10:00"];
    check(&again, &[": u2"]);
}

#[test]
fn folders_are_captures() {
    let table = [
        "d/1/events.yaml 09:00 m/a=u1",
        "d/1/pods.yaml 08:00 list n/x=u2 n/y=u3",
        "d/2/events.yaml 12:00 m/b=u4",
        "d/2/pods.yaml 08:05 list n/y=u3",
    ];
    // The list of all namespaces is of the newer capture, though it is quiet itself.
    check(&table, &[": u4 u3"]);
    // Files of one folder have each their own age.
    check(&["d/1.yaml 08:00 list n/x=u2 n/y=u3", "d/2.yaml 09:00 list n/y=u3"], &[": u3"]);
    // What they have in common may stand in other files.
    let (old, new) = ("d/1/a 08:00 list:n n/x=u2", "d/2/a 09:00 list:n n/y=u3");
    check(&[old, new], &[": u2 u3"]);
    check(&[old, "d/1/b 08:00 m/o=u5", new, "d/2/b 09:00 m/o=u5"], &[": u5 u3"]);
    let (old, new) = ("d/a 08:00 list:n n/x=u2", "e/a 09:00 list:n n/y=u3");
    check(&[old, "d/b 08:00 m/o=u5", new, "e/b 09:00 m/o=u5"], &[": u5 u3"]);
}

#[test]
fn a_loss_of_what_was_replaced_does_not_count() {
    let coverage = |table: &[&str]| {
        let mut clusters = read(table, &[]).clusters;
        let slot = clusters.remove(0).1.inventory.objects.remove("pods").expect("a slot");
        slot.coverage
    };
    let new = "new 10:00 list n/y=u2";
    assert_eq!(coverage(&["old 09:00 list lost n/x=u1", new]), Coverage::Complete);
    assert_eq!(coverage(&["old 09:00 lost m/o=u3", new]), Coverage::Complete);
    let of_namespace = "new 10:00 list:n n/y=u2";
    assert_eq!(coverage(&["old 09:00 lost n/x=u1", of_namespace]), Coverage::Partial);
}

#[test]
fn a_loss_is_of_the_cluster_that_it_is_in() {
    let table = ["d/e/pods.yaml 10:00 n/x=u1@08:00", "d/w/pods.yaml 10:00 n/x=u2@08:00 lost"];
    let coverage = |readings: Readings| {
        let slots = readings.clusters.into_iter();
        slots.map(|it| it.1.inventory.objects["pods"].coverage).collect::<Vec<_>>()
    };
    assert_eq!(coverage(read(&table, &[])), [Coverage::Complete, Coverage::Partial]);
}

#[test]
fn a_loss_of_a_named_input_is_of_the_named_cluster() {
    let check = |lost: &str, names: &[(&str, &str)], want: &[(&str, Coverage)]| {
        let clusters = read(&["b 10:00 n/x=u1@08:00", lost], names).clusters;
        let slot = |it: &rulebox_core::Reading| it.inventory.objects["pods"].coverage;
        let got: Vec<_> = clusters.iter().map(|it| (it.0.as_str(), slot(&it.1))).collect();
        assert_eq!(got, want, "{lost}");
    };
    use Coverage::{Absent, Complete, Partial};
    let both = [("a", "east"), ("b", "west")];
    check("a - unread", &both, &[("east", Absent), ("west", Complete)]);
    check("a - ", &both, &[("east", Absent), ("west", Complete)]);
    check("a - unread", &[("a", "west"), ("b", "west")], &[("west", Partial)]);
    // It may have been of either.
    check("a - unread", &both[1..], &[("west", Partial)]);
}

/// The problems of each input, behind its name and its line.
#[track_caller]
fn check_told(table: &[&str], want: &[&str]) {
    let inputs = read(table, &[]).inputs;
    let told = inputs.iter().flat_map(|input| {
        let problems = input.problems.iter();
        problems.map(|it| format!("{}/{}: {}", input.name, it.place, it.reason))
    });
    assert_eq!(told.collect::<Vec<_>>(), want);
}

#[test]
fn a_copy_without_uid_does_not_count_beside_one_with() {
    let (told, bare) = ("a 10:00 n/x=u1@08:00 n/y=u2@08:00", "b/f - n/x= n/y= n/z=");
    check(&[told, bare], &[": u1 u2 "]);
    check(&[bare, told], &[": u1 u2 "]);
    let one = "b/f: Pod n/x has no uid; its copy with a uid counts instead";
    check_told(&[told, "b/f - n/x= n/z="], &[one]);
    let both = "b/f: Pod n/x and 1 more object have no uid; their copies with a uid count instead";
    check_told(&[told, bare], &[both]);
    check_told(&[told, "b - n/z="], &[]);
    // In each cluster by itself.
    let other = "c 10:00 n/x=u3@09:00 home=c";
    check(&["a 10:00 n/x=u1@08:00 n/x= home=a", other], &["a: u1", "c: u3"]);
}

#[test]
fn copies_that_differ_are_told_where_neither_is_newer() {
    let differ = "b/f: another copy of Pod n/x than this: the two differ, and neither is newer";
    check_told(&["a - n/x= n/y=", "b/f - n/x=>v n/y="], &[differ]);
    check_told(&["b/f - n/x=>v n/y=", "a - n/x= n/y="], &[differ]);
    let several = "b/f: other copies of Pod n/x and 1 more object than those here: \
        they differ, and none is newer";
    check_told(&["a - n/x= n/y=", "b/f - n/x=>v n/y=>v"], &[several]);
    check_told(&["a - n/x=>v n/y=", "b/f - n/x=>v n/z=>v"], &[]);
}

/// Documents of a few clusters and moments, over a few names.
fn tables() -> impl Strategy<Value = Vec<(String, Vec<String>)>> {
    // An object is created once.
    let object = (0..3_u8, 0..4_u8)
        .prop_map(|(name, uid)| format!("n/{name}=u{name}{uid}@0{}:00", 5 + (name + uid) % 3));
    let document = (0..4_u8, prop::collection::vec(object, 1..4), 0..5_u8).prop_map(
        |(hour, objects, home)| {
            let home = if home < 2 { format!(" home=k{home}") } else { String::new() };
            format!("0{}:30{home} {}", 5 + hour, objects.join(" "))
        },
    );
    let input = prop::collection::vec(document, 1..3);
    prop::collection::vec(input, 1..5).prop_map(|inputs| {
        let inputs = inputs.into_iter().enumerate();
        inputs.map(|(nth, documents)| (format!("i{nth}"), documents)).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn files_and_the_folder_that_holds_them_are_cut_alike(table in tables()) {
        let clusters_of = |separators: [&str; 2]| {
            let [of_folder, of_file] = separators;
            let mut lines = Vec::new();
            for (folder, documents) in &table {
                let documents = documents.iter().enumerate();
                lines.extend(documents.map(|(nth, it)| {
                    format!("d{of_folder}{folder}{of_file}f{nth} {it}")
                }));
            }
            let lines: Vec<_> = lines.iter().map(String::as_str).collect();
            // A file that is alone in its folder stands for it.
            let uids = |it: String| it.split_once(": ").map(|it| it.1.to_owned());
            let mut clusters: Vec<_> = clusters(&read(&lines, &[])).into_iter().map(uids).collect();
            clusters.sort();
            clusters
        };
        let folder = clusters_of(["/", "/"]);
        prop_assert_eq!(&clusters_of(["|", "/"]), &folder);
        prop_assert_eq!(&clusters_of(["|", "|"]), &folder);
    }

    #[test]
    fn the_order_of_the_inputs_does_not_matter(table in tables(), turn in 0..4_usize) {
        let lines = |inputs: &[(String, Vec<String>)]| -> Vec<String> {
            let of = |(input, documents): &(String, Vec<String>)| {
                let documents = documents.iter().enumerate();
                documents.map(|(nth, it)| format!("{input}/f{nth} {it}")).collect::<Vec<_>>()
            };
            inputs.iter().flat_map(of).collect()
        };
        let sets = |inputs: &[(String, Vec<String>)]| -> BTreeMap<String, BTreeSet<String>> {
            let lines = lines(inputs);
            let lines: Vec<_> = lines.iter().map(String::as_str).collect();
            let of = |it: String| {
                let (label, uids) = it.split_once(": ").expect("a label");
                (label.to_owned(), uids.split(' ').map(str::to_owned).collect())
            };
            clusters(&read(&lines, &[])).into_iter().map(of).collect()
        };
        let mut turned = table.clone();
        turned.rotate_left(turn % table.len());
        prop_assert_eq!(sets(&table), sets(&turned));
        turned.reverse();
        prop_assert_eq!(sets(&table), sets(&turned));
    }
}
