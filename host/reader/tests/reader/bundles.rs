//! Bundles that Rulebox has collected: they say themselves when they were taken, and what they
//! hold.

use std::fs;

use rulebox_core::{Coverage, Input, Readings};

use super::{
    archives::{gz, tar},
    *,
};

/// Pods of csdr with a few fields, all backups, and logs.
fn needs() -> NeedSet {
    let object = |id: &str, group: &str, kind: &str, namespaces: &[&str]| ObjectNeed {
        id: id.to_owned(),
        group: group.to_owned(),
        kind: kind.to_owned(),
        namespaces: namespaces.iter().map(|&it| it.to_owned()).collect(),
        fields: vec!["metadata.name".to_owned(), "status.phase".to_owned()],
        ..ObjectNeed::default()
    };
    let objects =
        vec![object("pods", "", "Pod", &["csdr"]), object("backups", "velero.io", "Backup", &[])];
    let paths = vec!["**/*.json".to_owned(), "**/*.err".to_owned()];
    let logs = TextNeed { id: "logs".to_owned(), paths, pattern: "name".to_owned() };
    NeedSet { objects, texts: vec![logs] }
}

const AS_OF: &str = "2024-05-02T00:00:00Z";
const INFO: &str = r#"{"format":1,"rulebox":"0.1.0","asOf":"2024-05-02T00:00:00Z","cluster":"c1"}"#;
const LISTS: &str = "pods@csdr - Pod csdr\nbackups.velero.io@ALL velero.io Backup -\nend 2\n";
const FIELDS: &str = "- Pod *\nvelero.io Backup *\nend 2\n";
const FORBIDDEN: &str = "Error from server (Forbidden): backups.velero.io is forbidden: User \"u\" \
                         cannot list resource \"backups\" in API group \"velero.io\" at the \
                         cluster scope\n";

fn pods(namespace: &str, names: &[&str]) -> String {
    let items: Vec<_> = names.iter().map(|it| pod(namespace, it)).collect();
    json!({"apiVersion": "v1", "items": items, "kind": "PodList", "metadata": {}}).to_string()
}

fn backups() -> String {
    let items = [backup("nightly")];
    json!({"apiVersion": "velero.io/v1", "items": items, "kind": "BackupList", "metadata": {}})
        .to_string()
}

/// A whole bundle.
fn bundle() -> Vec<(&'static str, String)> {
    vec![
        ("rulebox-bundle.json", INFO.to_owned()),
        ("lists.txt", LISTS.to_owned()),
        ("fields.txt", FIELDS.to_owned()),
        ("lists/pods@csdr.json", pods("csdr", &["web"])),
        ("lists/backups.velero.io@ALL.json", backups()),
        ("version.json", r#"{"gitVersion": "v1.30.0"}"#.to_owned()),
        ("apis/v1.json", r#"{"kind": "APIResourceList", "apiVersion": "v1"}"#.to_owned()),
    ]
}

/// The same with other files in place of some; an empty text takes one away.
fn with(other: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
    let mut files = bundle();
    for (path, text) in other {
        files.retain(|it| it.0 != *path);
        if !text.is_empty() {
            files.push((path, (*text).to_owned()));
        }
    }
    files
}

fn packed(files: &[(&str, String)]) -> Vec<u8> {
    let files: Vec<_> =
        files.iter().map(|(path, text)| (*path, text.clone().into_bytes())).collect();
    gz(&tar(&files))
}

fn read_clusters(sources: Vec<Source>, limits: &Limits) -> Readings {
    let reader = Reader::new(&needs()).expect("needs").with_limits(limits.clone());
    let mut collector = Collector::new(needs()).expect("selectors");
    reader.read(sources, &mut collector, &mut |_| {});
    collector.clusters(&[]).expect("no names")
}

fn read_one(sources: Vec<Source>) -> Reading {
    let Readings { clusters, inputs, .. } = read_clusters(sources, &Limits::default());
    let [(_, reading)] = <[_; 1]>::try_from(clusters).expect("one cluster");
    Reading { inputs, ..reading }
}

fn read_files(files: &[(&str, String)]) -> Reading {
    read_one(vec![stream("bundle.tar.gz", packed(files))])
}

/// What is covered of pods and of backups, and what is told of the input.
#[track_caller]
fn check(files: &[(&str, String)], want: [(Coverage, &str); 2], told: &[&str]) -> Reading {
    let reading = read_files(files);
    let slots = ["pods", "backups"].map(|it| &reading.inventory.objects[it]);
    assert_eq!(slots.map(|it| (it.coverage, it.reason.as_str())), want);
    assert_eq!(words(&reading), told);
    assert_eq!(reading.inventory.texts["logs"].coverage, Coverage::Absent, "no logs are in it");
    reading
}

const WHOLE: (Coverage, &str) = (Coverage::Complete, "");

#[test]
fn a_bundle_is_as_of_the_moment_that_it_names_and_has_no_losses() {
    let reading = check(&bundle(), [WHOLE, WHOLE], &[]);
    assert_eq!(names(&reading), ["nightly", "web"]);
    assert_eq!(reading.captured().to_string(), AS_OF);
}

#[test]
fn a_clock_that_is_ahead_does_not_move_a_bundle() {
    let later = pods("csdr", &["web"]).replace("2024-05-01", "2024-06-01");
    let reading = check(&with(&[("lists/pods@csdr.json", &later)]), [WHOLE, WHOLE], &[]);
    assert_eq!(reading.captured().to_string(), AS_OF);
}

#[test]
fn the_order_of_files_does_not_matter() {
    let mut files = bundle();
    let want = check(&files, [WHOLE, WHOLE], &[]);
    files.reverse();
    assert_eq!(check(&files, [WHOLE, WHOLE], &[]).inventory, want.inventory);
}

#[test]
fn a_bundle_is_found_in_a_folder_of_a_folder_and_in_an_archive_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |path: &str, bytes: &[u8]| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, bytes).expect("a file");
    };
    let read = || read_one(vec![Source::Path(folder.path().to_owned())]);
    write("a/b.tar.gz", &packed(&bundle()));
    let in_archive = read();
    fs::remove_file(folder.path().join("a/b.tar.gz")).expect("removed");
    for (path, text) in bundle() {
        write(&format!("a/b/{path}"), text.as_bytes());
    }
    let in_folder = read();
    for reading in [in_archive, in_folder] {
        assert_eq!(words(&reading), Vec::<String>::new());
        assert_eq!(reading.captured().to_string(), AS_OF);
        assert_eq!(reading.inventory.objects["pods"].coverage, Coverage::Complete);
    }
}

#[test]
fn an_empty_list_is_complete() {
    check(&with(&[("lists/pods@csdr.json", &pods("csdr", &[]))]), [WHOLE, WHOLE], &[]);
    let untyped = r#"{"apiVersion":"v1","items":[],"kind":"List","metadata":{}}"#;
    check(&with(&[("lists/pods@csdr.json", untyped)]), [WHOLE, WHOLE], &[]);
}

#[test]
fn a_forbidden_list_has_the_words_of_a_live_cluster_and_is_no_loss() {
    let forbidden = (
        Coverage::Absent,
        "forbidden: cannot list backups.velero.io in all namespaces; grant `list` on \
         `backups.velero.io` to `u` by a ClusterRole, or stay within namespaces by --namespace",
    );
    let files = with(&[
        ("lists/backups.velero.io@ALL.json", ""),
        ("lists/backups.velero.io@ALL.err", FORBIDDEN),
    ]);
    check(&files, [WHOLE, forbidden], &[]);
}

#[test]
fn a_kind_that_is_not_served_is_no_loss() {
    let files = with(&[
        ("lists/backups.velero.io@ALL.json", ""),
        ("lists/backups.velero.io@ALL.err", "the cluster serves no Backup.velero.io\n"),
    ]);
    check(&files, [WHOLE, (Coverage::Absent, "the cluster serves no Backup.velero.io")], &[]);
}

#[test]
fn a_connection_that_failed_is_a_loss_and_makes_what_was_read_partial() {
    let files = with(&[("lists/backups.velero.io@ALL.err", "Unable to connect: EOF\n")]);
    check(
        &files,
        [WHOLE, (Coverage::Partial, "Unable to connect: EOF")],
        &["lost lists/backups.velero.io@ALL.err:: Unable to connect: EOF"],
    );
}

#[test]
fn a_list_of_which_there_is_nothing_ended_early() {
    let reason = "the bundle lacks lists/backups.velero.io@ALL.json, which lists.txt names: \
                  collecting or copying it ended early";
    check(
        &with(&[("lists/backups.velero.io@ALL.json", "")]),
        [WHOLE, (Coverage::Absent, reason)],
        &["lost lists.txt:: names lists of which there is nothing: collecting or copying the \
           bundle ended early: backups.velero.io"],
    );
}

#[test]
fn a_list_that_was_not_asked_for_is_absent() {
    let reason = "the bundle holds no list of backups.velero.io: collect again for the \
                  rules that are checked now";
    let files = with(&[
        ("lists/backups.velero.io@ALL.json", ""),
        ("lists.txt", "pods@csdr - Pod csdr\nend 1\n"),
    ]);
    check(&files, [WHOLE, (Coverage::Absent, reason)], &[]);
}

#[test]
fn a_list_that_breaks_off_is_partial() {
    let items = [backup("nightly"), backup("weekly")];
    let list = json!({"apiVersion": "velero.io/v1", "items": items, "kind": "BackupList"});
    let cut = list.to_string();
    let cut = &cut[..cut.len() - 40];
    let reading = read_files(&with(&[("lists/backups.velero.io@ALL.json", cut)]));
    let slot = &reading.inventory.objects["backups"];
    assert_eq!(slot.coverage, Coverage::Partial, "{}", slot.reason);
    assert!(slot.reason.starts_with("lists/backups.velero.io@ALL.json:1: "), "{}", slot.reason);
    assert_eq!(reading.inventory.objects["pods"].coverage, Coverage::Complete);
    assert!(words(&reading)[0].starts_with("lost lists/backups.velero.io@ALL.json:1: "));
}

#[test]
fn a_field_that_was_not_taken_never_passes() {
    let fields = "- Pod metadata.name\nvelero.io Backup metadata\nvelero.io Backup status\nend 3\n";
    let reason = "the bundle holds Pod without status.phase: collect again for the rules \
                  that are checked now";
    let files = with(&[("fields.txt", fields)]);
    let reading = check(&files, [(Coverage::Absent, reason), WHOLE], &[]);
    assert_eq!(names(&reading), ["nightly"], "nobody is given an object without its fields");
}

#[test]
fn another_input_may_bring_the_field_that_was_not_taken() {
    let fields = "- Pod metadata.name\nvelero.io Backup *\nend 2\n";
    let bundle = packed(&with(&[("fields.txt", fields)]));
    let sources =
        vec![stream("bundle.tar.gz", bundle), stream("pods.json", pods("csdr", &["web"]))];
    let reading = read_one(sources);
    assert_eq!(reading.inventory.objects["pods"].coverage, Coverage::Complete);
    assert_eq!(names(&reading), ["nightly", "web"]);
}

/// Where a bundle lacks a field, it takes no object away that another input holds, whichever of the
/// copies is newer.
#[test]
fn a_newer_copy_without_the_field_takes_nothing_away() {
    let bundle = |version: &str| {
        let pods = pods("csdr", &["web"]).replace("\"7\"", version);
        let fields = "- Pod metadata.name\nvelero.io Backup *\n";
        packed(&with(&[("fields.txt", fields), ("lists/pods@csdr.json", &pods)]))
    };
    let dump = || stream("pods.json", pods("csdr", &["web"]));
    for version in ["\"6\"", "\"7\"", "\"8\""] {
        let bundle = || stream("bundle.tar.gz", bundle(version));
        for sources in [vec![bundle(), dump()], vec![dump(), bundle()]] {
            assert_eq!(names(&read_one(sources)), ["nightly", "web"], "{version}");
        }
    }
}

/// What one of two needs is not given does not make two copies differ.
#[test]
fn a_field_that_was_not_taken_contradicts_no_other_copy() {
    let mut needs = needs();
    let ready = ObjectNeed { id: "ready".to_owned(), ..needs.objects[0].clone() };
    needs.objects.push(ObjectNeed { fields: vec!["metadata.name".to_owned()], ..ready });
    let files = with(&[("fields.txt", "- Pod metadata.name\nvelero.io Backup *\nend 2\n")]);
    let bundle = || stream("bundle.tar.gz", packed(&files));
    let dump = || stream("pods.json", pods("csdr", &["web"]));
    for sources in [vec![bundle(), dump()], vec![dump(), bundle()]] {
        let mut collector = Collector::new(needs.clone()).expect("selectors");
        let reader = Reader::new(&needs).expect("needs");
        reader.read(sources, &mut collector, &mut |_| {});
        let Readings { clusters, inputs, .. } = collector.clusters(&[]).expect("no names");
        let objects = |need: &str| clusters[0].1.inventory.objects[need].objects.len();
        assert_eq!((clusters.len(), objects("pods"), objects("ready")), (1, 1, 1));
        assert!(inputs.iter().all(|it| it.problems.is_empty()), "{inputs:?}");
    }
}

/// A page of the pods, a redacted name: the bundle judges its lists, so it must know of it.
#[test]
fn what_is_lost_of_a_list_makes_it_partial() {
    let page =
        pods("csdr", &["web"]).replace(r#""metadata":{}}"#, r#""metadata":{"continue":"t"}}"#);
    let redacted = pods("csdr", &["web", "REDACTED"]);
    let lost = [
        (page, "`metadata.continue` says that others follow"),
        (redacted, "`REDACTED` is no name, so it was redacted or changed"),
    ];
    for (list, why) in lost {
        let reading = read_files(&with(&[("lists/pods@csdr.json", &list)]));
        let slot = &reading.inventory.objects["pods"];
        assert_eq!(slot.coverage, Coverage::Partial, "{why}");
        assert!(slot.reason.contains(why), "{}", slot.reason);
        let words = words(&reading);
        assert!(words[0].starts_with("lost lists/pods@csdr.json:1: "), "{words:?}");
        assert_eq!((words.len(), words[0].contains(why)), (1, true), "{words:?}");
    }
}

#[test]
fn what_is_held_back_of_a_bundle_takes_room() {
    let all: Vec<_> = (0..40).map(|it| format!("p{it}")).collect();
    let list = pods("csdr", &all.iter().map(String::as_str).collect::<Vec<_>>());
    let files = with(&[("lists/pods@csdr.json", &list)]);
    let limits = Limits { kept_bytes: 12 << 10, ..Limits::default() };
    let sources = vec![stream("bundle.tar.gz", packed(&files)), stream("more.json", list)];
    let Readings { clusters, inputs, .. } = read_clusters(sources, &limits);
    let slot = &clusters[0].1.inventory.objects["pods"];
    assert_eq!(slot.coverage, Coverage::Partial);
    assert!((10..40).contains(&slot.objects.len()), "{}", slot.objects.len());
    for Input { problems, .. } in inputs {
        // The second finds no room for its lines either.
        let is_told = |it: &Problem| it.reason.starts_with("what rules need takes more than");
        assert!(!problems.is_empty() && problems.iter().all(is_told), "{problems:?}");
    }
}

/// A group that is called like a log.
#[test]
fn a_list_is_no_log() {
    let mut needs = needs();
    needs.objects[1].group = "app.log.io".to_owned();
    let list = backups().replace("velero.io", "app.log.io");
    let mut files = with(&[
        ("lists.txt", "pods@csdr - Pod csdr\nbackups.app.log.io@ALL app.log.io Backup -\nend 2\n"),
        ("fields.txt", "- Pod *\napp.log.io Backup *\nend 2\n"),
        ("lists/backups.velero.io@ALL.json", ""),
    ]);
    files.push(("lists/backups.app.log.io@ALL.json", list));
    let mut collector = Collector::new(needs.clone()).expect("selectors");
    let source = stream("bundle.tar.gz", packed(&files));
    Reader::new(&needs).expect("needs").read(vec![source], &mut collector, &mut |_| {});
    let Readings { clusters, inputs, .. } = collector.clusters(&[]).expect("no names");
    let slot = &clusters[0].1.inventory.objects["backups"];
    assert_eq!((slot.coverage, slot.objects.len()), (Coverage::Complete, 1));
    assert!(inputs[0].problems.is_empty(), "{inputs:?}");
}

#[test]
fn beside_another_dump_a_bundle_is_one_clock_of_several() {
    let check = |dump: &str, want: &str| {
        let bundle = stream("bundle.tar.gz", packed(&bundle()));
        let reading = read_one(vec![bundle, stream("more.json", dump)]);
        assert_eq!(reading.captured().to_string(), want);
    };
    check(&pods("other", &["x"]), "2024-05-02T00:00:00Z or later");
    let newer = pods("other", &["x"]).replace("2024-05-01", "2024-06-01");
    check(&newer, "2024-05-02T00:00:00Z or later");
}

#[test]
fn what_cannot_be_read_of_a_bundle_makes_nothing_of_it_complete() {
    let broken = |file: &str, told: &str| {
        (Coverage::Partial, format!("nothing of the bundle can be relied on: {file}: {told}"))
    };
    let check = |files: &[(&str, String)], (coverage, reason): (Coverage, String), told: &str| {
        let want = (coverage, reason.as_str());
        super::bundles::check(files, [want, want], &[told])
    };
    let newer = "the bundle has format 2, and this version of Rulebox reads formats up to 1: \
                 update rulebox";
    let reading = check(
        &with(&[("rulebox-bundle.json", r#"{"format": 2}"#)]),
        broken("rulebox-bundle.json:1", newer),
        &format!("lost rulebox-bundle.json:1: {newer}"),
    );
    assert_eq!(reading.captured().to_string(), "2024-05-01T08:00:00Z or later");
    check(
        &with(&[("rulebox-bundle.json", "{")]),
        broken("rulebox-bundle.json:1", "the file ends early"),
        "lost rulebox-bundle.json:1: the file ends early",
    );
    check(
        &with(&[("lists.txt", "a b\nend 1\n")]),
        broken("lists.txt:1", "4 words make a line, and here are 2"),
        "lost lists.txt:1: 4 words make a line, and here are 2",
    );
    check(
        &with(&[("fields.txt", "- Pod a\n- Pod\nend 2\n")]),
        broken("fields.txt:2", "no field"),
        "lost fields.txt:2: no field",
    );
}

#[test]
fn files_that_tell_of_a_bundle_are_read_up_to_a_limit() {
    let limits = Limits { bundle_bytes: 40, ..Limits::default() };
    let source = stream("bundle.tar.gz", packed(&bundle()));
    let Readings { clusters, inputs, .. } = read_clusters(vec![source], &limits);
    let reason = "cannot be read as text, or is longer than any such file";
    assert_eq!(inputs[0].problems[0].reason, reason);
    assert_eq!(clusters[0].1.inventory.objects["pods"].coverage, Coverage::Partial);
}

#[test]
fn small_windows_change_nothing() {
    let read = |window_bytes: usize| {
        let limits = Limits { window_bytes, ..Limits::default() };
        let source = stream("bundle.tar.gz", packed(&bundle()));
        let mut read = read_clusters(vec![source], &limits);
        read.clusters.remove(0).1
    };
    let want = read(1 << 20);
    for window_bytes in [1, 7, 64, 300] {
        assert_eq!(read(window_bytes), want, "windows of {window_bytes} bytes");
    }
}

#[test]
fn two_bundles_in_one_archive_lend_each_other_nothing() {
    let other = INFO.replace("c1", "c2");
    let files = [
        ("a/rulebox-bundle.json", INFO.to_owned()),
        ("a/lists.txt", LISTS.to_owned()),
        ("a/fields.txt", FIELDS.to_owned()),
        ("a/lists/pods@csdr.json", pods("csdr", &["a"])),
        ("a/lists/backups.velero.io@ALL.json", backups()),
        ("b/rulebox-bundle.json", other),
        ("b/lists.txt", LISTS.to_owned()),
        ("b/fields.txt", FIELDS.to_owned()),
        ("b/lists/pods@csdr.err", "the cluster serves no Pod\n".to_owned()),
        ("b/lists/backups.velero.io@ALL.err", FORBIDDEN.to_owned()),
    ];
    let source = stream("both.tar.gz", packed(&files));
    let Readings { clusters, .. } = read_clusters(vec![source], &Limits::default());
    let covered: Vec<_> = clusters
        .iter()
        .map(|(label, it)| (label.as_str(), it.inventory.objects["pods"].coverage))
        .collect();
    let want = [("both.tar.gz/a", Coverage::Complete), ("both.tar.gz/b", Coverage::Absent)];
    assert_eq!(covered, want);
}

#[test]
fn of_two_bundles_of_one_cluster_the_newer_one_counts() {
    let mut files = bundle();
    let older = INFO.replace("05-02", "05-01");
    files.extend([
        ("old/rulebox-bundle.json", older),
        ("old/lists.txt", LISTS.to_owned()),
        ("old/fields.txt", FIELDS.to_owned()),
        ("old/lists/pods@csdr.json", pods("csdr", &["gone", "web"])),
        ("old/lists/backups.velero.io@ALL.json", backups()),
    ]);
    let reading = read_files(&files);
    assert_eq!(names(&reading), ["nightly", "web"]);
    assert_eq!(reading.captured().to_string(), AS_OF);
}

#[test]
fn files_of_such_names_elsewhere_are_read_as_before() {
    let files = [
        ("version.json", pod("csdr", "web").to_string()),
        ("lists/pods@csdr.json", pods("csdr", &["other"])),
        ("lists/x.err", FORBIDDEN.to_owned()),
    ];
    let reading = read_files(&files);
    assert_eq!(names(&reading), ["other", "web"]);
    assert!(words(&reading)[0].starts_with("lost lists/x.err:1: "), "{:?}", words(&reading));
}

/// The list of pods is this text: how much of them is covered, why not all, and what is told.
#[track_caller]
fn check_pods(text: &str, (coverage, reason): (Coverage, &str), told: &str) {
    let reason = format!("lists/pods@csdr.json{reason}");
    let told = format!("lost lists/pods@csdr.json:{told}");
    check(&with(&[("lists/pods@csdr.json", text)]), [(coverage, &reason), WHOLE], &[&told]);
}

#[test]
fn a_list_whose_items_are_null_is_empty() {
    let text = r#"{"apiVersion":"v1","items":null,"kind":"PodList","metadata":{}}"#;
    check(&with(&[("lists/pods@csdr.json", text)]), [WHOLE, WHOLE], &[]);
}

#[test]
fn an_item_that_is_no_object_is_a_loss() {
    let text = |items: &str| {
        let sorted = format!(r#"{{"apiVersion":"v1","items":{items},"kind":"PodList"}}"#);
        [sorted, format!(r#"{{"kind":"PodList","apiVersion":"v1","items":{items}}}"#)]
    };
    let pod = pod("csdr", "web").to_string();
    let one = "1: 1 item of the list is no object: the list is not whole";
    let two = "1: 2 items of the list are no object: the list is not whole";
    let cases =
        [("[null]", one), ("[\"x\"]", one), ("[[], 1]", two), (&format!("[{pod}, null]"), one)];
    for (items, want) in cases {
        for text in text(items) {
            check_pods(&text, (Coverage::Partial, &format!(":{want}")), want);
        }
    }
    let nameless = "1: 1 of kind Pod without `metadata.name`: left out";
    for (text, want) in text("[{}]").into_iter().zip([one, nameless]) {
        check_pods(&text, (Coverage::Partial, &format!(":{want}")), want);
    }
}

#[test]
fn what_is_no_list_of_the_kind_is_no_data() {
    let table = r#"{"kind":"Table","apiVersion":"meta.k8s.io/v1","rows":[]}"#;
    let partial =
        r#"{"kind":"PartialObjectMetadataList","apiVersion":"meta.k8s.io/v1","items":[]}"#;
    let other = r#"{"kind":"SecretList","apiVersion":"v1","items":[]}"#;
    let no_list = "but what is no list";
    let cases = [
        (table.to_owned(), no_list),
        (table.replace(",\"rows\":[]", ""), no_list),
        (pod("csdr", "web").to_string(), no_list),
        (partial.to_owned(), "but a PartialObjectMetadataList"),
        (other.to_owned(), "but a SecretList"),
    ];
    for (text, but) in cases {
        let reading = read_files(&with(&[("lists/pods@csdr.json", &text)]));
        let slot = &reading.inventory.objects["pods"];
        assert_eq!(slot.coverage, Coverage::Absent, "{text}");
        let want = "lists/pods@csdr.json holds no list of pods in namespace csdr";
        assert!(slot.reason.starts_with(want), "{}", slot.reason);
        assert!(slot.reason.ends_with(but) || slot.reason == want, "{}", slot.reason);
        assert!(words(&reading).iter().any(|it| it.starts_with("lost lists/pods@csdr.json")));
    }
}

#[test]
fn a_page_of_a_list_is_not_whole() {
    let page = |metadata: &str, items: &str| {
        format!(r#"{{"kind":"PodList","apiVersion":"v1","metadata":{metadata},"items":{items}}}"#)
    };
    let metadata = [r#"{"continue":"t"}"#, r#"{"remainingItemCount":3}"#];
    for (metadata, items) in metadata.into_iter().flat_map(|it| [(it, "[]"), (it, "null")]) {
        let reading = read_files(&with(&[("lists/pods@csdr.json", &page(metadata, items))]));
        let slot = &reading.inventory.objects["pods"];
        assert_eq!(slot.coverage, Coverage::Partial, "{metadata}");
        assert!(words(&reading).iter().any(|it| it.starts_with("lost lists/pods@csdr.json")));
    }
}

#[test]
fn a_list_that_the_bundle_does_not_name_counts_for_nothing() {
    let reason = "the bundle holds no list of pods in namespace csdr: collect again for the \
                  rules that are checked now";
    let files = with(&[("lists.txt", "backups.velero.io@ALL velero.io Backup -\nend 1\n")]);
    let told = "told lists/pods@csdr.json:: lists.txt does not name this list: it is not read";
    let reading = check(&files, [(Coverage::Absent, reason), WHOLE], &[told]);
    assert_eq!(names(&reading), ["nightly"]);
}

#[test]
fn a_list_of_another_namespace_is_not_whole() {
    let both = {
        let items = [pod("csdr", "web"), pod("velero", "web")];
        json!({"apiVersion": "v1", "items": items, "kind": "PodList", "metadata": {}}).to_string()
    };
    let want = "is to hold pods in namespace csdr, and holds some of velero";
    for text in [pods("velero", &["web"]), both] {
        check_pods(&text, (Coverage::Partial, &format!(" {want}")), &format!(": {want}"));
    }
}

#[test]
fn an_item_that_lost_its_namespace_may_be_of_any() {
    let mut lost = pod("csdr", "job");
    lost["metadata"].as_object_mut().expect("metadata").remove("namespace");
    let items = [pod("csdr", "web"), lost];
    let some =
        json!({"apiVersion": "v1", "items": items, "kind": "PodList", "metadata": {}}).to_string();
    let want = "the input holds 1 Pod without a namespace, which may be of csdr: dump them with \
                their `metadata.namespace`, as kubectl prints it";
    let files = with(&[("lists/pods@csdr.json", &some)]);
    check(&files, [(Coverage::Partial, want), WHOLE], &[]);
}

#[test]
fn an_empty_file_of_reasons_says_that_collecting_ended_early() {
    let reason = "lists/pods@csdr.err does not say why the list is not whole: collecting ended \
                  early";
    let mut files = bundle();
    files.push(("lists/pods@csdr.err", String::new()));
    let told = format!("lost lists/pods@csdr.err:: {reason}");
    let reading = read_files(&files);
    assert_eq!(reading.inventory.objects["pods"].coverage, Coverage::Partial);
    assert_eq!(reading.inventory.objects["pods"].reason, reason);
    assert_eq!(words(&reading), [told]);
}

#[test]
fn a_folder_or_a_link_in_the_place_of_reasons_is_no_whole_list() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |it: &str| folder.path().join(it);
    for (file, text) in bundle() {
        fs::create_dir_all(path(file).parent().expect("a folder")).expect("a folder");
        fs::write(path(file), text).expect("a file");
    }
    fs::create_dir(path("lists/pods@csdr.err")).expect("a folder");
    std::os::unix::fs::symlink("x", path("lists/backups.velero.io@ALL.err")).expect("a link");
    let reading = read_one(vec![Source::Path(folder.path().to_owned())]);
    for need in ["pods", "backups"] {
        let slot = &reading.inventory.objects[need];
        assert_eq!(slot.coverage, Coverage::Partial, "{need}");
        assert!(slot.reason.ends_with(".err is no file that can be read as text"), "{need}");
    }
}

#[test]
fn a_table_that_lost_its_end_makes_nothing_complete() {
    for (file, text) in [
        ("lists.txt", "pods@csdr - Pod csdr\nbackups.velero.io@ALL velero.io Back"),
        ("lists.txt", "pods@csdr - Pod csdr\n"),
        ("lists.txt", " "),
        ("fields.txt", " "),
        ("fields.txt", "- Pod *\nvelero.io Backup *\n"),
        ("fields.txt", ""),
    ] {
        let reading = read_files(&with(&[(file, text)]));
        for need in ["pods", "backups"] {
            let slot = &reading.inventory.objects[need];
            assert_eq!(slot.coverage, Coverage::Partial, "{file} {text}: {}", slot.reason);
        }
        assert!(words(&reading)[0].starts_with(&format!("lost {file}:")), "{:?}", words(&reading));
    }
}

#[test]
fn a_kind_of_which_no_field_is_named_is_not_complete() {
    let reason = "fields.txt names no field of Pod: nothing tells what was taken";
    let told = "lost fields.txt:: names no field of Pod, which lists.txt names: nothing tells what \
                was taken";
    let files = with(&[("fields.txt", "velero.io Backup *\nend 1\n")]);
    let reading = check(&files, [(Coverage::Absent, reason), WHOLE], &[told]);
    assert_eq!(names(&reading), ["nightly"]);
}

#[test]
fn a_bundle_that_holds_another_cluster_is_one_cluster_and_a_loss() {
    let home = json!({"apiVersion": "v1", "kind": "Namespace",
                      "metadata": {"name": "kube-system", "uid": "c2"}});
    let list = json!({"apiVersion": "v1", "kind": "NamespaceList", "items": [home]}).to_string();
    let mut files = with(&[
        ("lists.txt", "namespaces@ALL - Namespace -\npods@csdr - Pod csdr\nend 2\n"),
        ("fields.txt", "- Namespace *\n- Pod *\nend 2\n"),
        ("lists/backups.velero.io@ALL.json", ""),
    ]);
    files.push(("lists/namespaces@ALL.json", list));
    let reading = read_files(&files);
    let told = "lost rulebox-bundle.json:: the bundle says that it is of the cluster c1, and holds \
                objects of the cluster c2 (the uid of the Namespace kube-system): collect it again";
    assert_eq!(words(&reading), [told]);
    assert_eq!(reading.inventory.objects["pods"].coverage, Coverage::Partial);
}

#[test]
fn a_warning_before_a_list_is_fine_and_one_behind_it_is_a_loss() {
    let warned = format!("Warning: v1 is old\n{}", pods("csdr", &["web"]));
    let reading = read_files(&with(&[("lists/pods@csdr.json", &warned)]));
    assert_eq!(reading.inventory.objects["pods"].coverage, Coverage::Complete);
    let warned = format!("{}\nWarning: v1 is old\n", pods("csdr", &["web"]));
    let reading = read_files(&with(&[("lists/pods@csdr.json", &warned)]));
    let slot = &reading.inventory.objects["pods"];
    assert_eq!(slot.coverage, Coverage::Partial, "{}", slot.reason);
}
