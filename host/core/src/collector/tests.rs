//! Which copies count, and how far each need is covered.

use std::convert::Infallible;

use super::*;
use crate::{Few, ObjectNeed, Position};

const POD: &str = "pods";

fn need(namespaces: &[&str]) -> NeedSet {
    let namespaces = namespaces.iter().map(|&it| it.to_owned()).collect();
    let need = ObjectNeed {
        id: POD.to_owned(),
        kind: "Pod".to_owned(),
        namespaces,
        ..ObjectNeed::default()
    };
    NeedSet { objects: vec![need], texts: Vec::new() }
}

fn pod(namespace: &str, name: &str, uid: &str, version: &str) -> ObjectCopy {
    let identity = Identity::new("v1", "Pod", namespace, name, uid);
    ObjectCopy {
        identity,
        resource_version: version.parse().ok(),
        projections: Few::default(),
        created: None,
        position: Position::default(),
    }
}

fn offer(collector: &mut Collector, copy: ObjectCopy, json: &str) {
    let namespace = copy.identity.namespace();
    collector.seen("", "Pod", namespace, 1);
    let labels = || Ok::<_, Infallible>(BTreeMap::new());
    let of_kind = collector.selection().of_kind("", "Pod");
    let Ok(needs) = collector.selection().of(&of_kind, namespace, labels);
    if !needs.is_empty() {
        let projections = needs.into_iter().map(|it| (it, json.into())).collect();
        collector.take(ObjectCopy { projections, ..copy });
    }
}

#[track_caller]
fn check(needs: NeedSet, offered: &[(ObjectCopy, &str)], want: &[&str]) -> Reading {
    let mut collector = Collector::new(needs).expect("selectors");
    for (copy, json) in offered {
        offer(&mut collector, copy.clone(), json);
    }
    let reading = collector.finish();
    let objects = &reading.inventory.objects[POD].objects;
    let objects: Vec<_> = objects.iter().map(Json::text).collect();
    assert_eq!(objects, want);
    reading
}

#[test]
fn of_two_copies_the_higher_resource_version_counts() {
    let copies = [
        (pod("a", "x", "u", "9"), "old"),
        (pod("a", "x", "u", "10"), "new"),
        (pod("a", "x", "u", "8"), "older"),
    ];
    check(need(&[]), &copies, &["new"]);
}

#[test]
fn a_copy_without_version_never_replaces_one_with() {
    check(
        need(&[]),
        &[(pod("a", "x", "u", "9"), "told"), (pod("a", "x", "u", ""), "not")],
        &["told"],
    );
    check(
        need(&[]),
        &[(pod("a", "x", "u", ""), "not"), (pod("a", "x", "u", "9"), "told")],
        &["told"],
    );
}

#[test]
fn the_copy_that_counts_tells_where_the_object_stands() {
    let copies = [
        (pod("a", "x", "u", "1"), "old"),
        (pod("a", "y", "v", "1"), "other"),
        (pod("a", "x", "u", "2"), "new"),
    ];
    check(need(&[]), &copies, &["new", "other"]);
}

#[test]
fn another_uid_is_another_object_even_of_the_same_name() {
    check(
        need(&[]),
        &[(pod("a", "x", "u1", "1"), "one"), (pod("a", "x", "u2", "2"), "two")],
        &["one", "two"],
    );
}

#[test]
fn rules_see_objects_by_namespace_and_name() {
    let unsorted = [
        (pod("b", "a", "", ""), "b/a"),
        (pod("a", "z", "", ""), "a/z"),
        (pod("a", "b", "", ""), "a/b"),
    ];
    check(need(&[]), &unsorted, &["a/b", "a/z", "b/a"]);
}

#[test]
fn a_kind_that_was_not_seen_is_absent_and_an_empty_list_complete() {
    let reading = check(need(&[]), &[], &[]);
    assert_eq!(reading.inventory.objects[POD].coverage, Coverage::Absent);
    let mut collector = Collector::new(need(&["csdr"])).expect("selectors");
    collector.listed("", "Pod");
    assert_eq!(collector.finish().inventory.objects[POD].coverage, Coverage::Complete);
}

#[test]
fn objects_of_other_namespaces_cover_partially() {
    let reading = check(need(&["csdr"]), &[(pod("default", "x", "", ""), "")], &[]);
    let slot = &reading.inventory.objects[POD];
    assert_eq!(
        (slot.coverage, slot.reason.as_str()),
        (Coverage::Partial, "the input holds Pod of other namespaces, and none of csdr")
    );
}

#[test]
fn objects_without_a_namespace_may_be_of_any() {
    let said = |number: usize| {
        format!(
            "the input holds {number} Pod without a namespace, which may be of csdr: dump them \
             with their `metadata.namespace`, as kubectl prints it"
        )
    };
    let partial = |said: &str, seen: &[&str], extents: &[Extent]| {
        check_extent(&["csdr"], Some(seen), extents, (Coverage::Partial, said));
    };
    partial(&said(1), &[""], &[]);
    partial(&said(1), &["", "default"], &[]);
    partial(&said(1), &["csdr", ""], &[]);
    partial(&said(1), &["", "csdr"], &[extent(Coverage::Complete, &["csdr"])]);
    // A need of all namespaces is given them.
    check_extent(&[], Some(&[""]), &[], (Coverage::Complete, ""));
    let mut collector = Collector::new(need(&["csdr"])).expect("selectors");
    for name in ["x", "y"] {
        offer(&mut collector, pod("", name, "", ""), "");
    }
    let (group, kind) = (String::new(), "Pod".to_owned());
    collector.listed_whole(ListScope { group, kind, namespace: None });
    assert_eq!(collector.finish().inventory.objects[POD].reason, said(2));
}

/// What is said of the pods after these losses, each on the line of its number.
#[track_caller]
fn check_losses(losses: &[Concerns], want: (Coverage, &str)) {
    let mut collector = Collector::new(need(&[])).expect("selectors");
    collector.begin_input("dump.yaml");
    offer(&mut collector, pod("a", "x", "", ""), "");
    for (line, concerns) in (1..).zip(losses) {
        collector.problem(Problem {
            line: Some(line),
            reason: "the file ends inside an object".to_owned(),
            concerns: concerns.clone(),
            ..Problem::default()
        });
    }
    let slot = collector.finish().inventory.objects.remove(POD).expect("a slot");
    assert_eq!((slot.coverage, slot.reason.as_str()), want);
}

#[test]
fn a_loss_makes_partial_what_it_concerns() {
    let [pods, nodes] = ["Pod", "Node"].map(|it| Concerns::kind("", it));
    let lost = |line| format!("dump.yaml:{line}: the file ends inside an object");
    check_losses(&[Concerns::Everything], (Coverage::Partial, &lost(1)));
    check_losses(&[Concerns::Nothing, pods], (Coverage::Partial, &lost(2)));
    check_losses(&[nodes.clone(), Concerns::Everything], (Coverage::Partial, &lost(2)));
    check_losses(&[nodes, Concerns::Text(0)], (Coverage::Complete, ""));
}

#[test]
fn of_a_kind_that_was_not_seen_the_reason_names_the_loss() {
    let mut collector = Collector::new(need(&[])).expect("selectors");
    collector.begin_input("pods.json");
    let concerns = Concerns::kind("", "Pod");
    let reason = "forbidden".to_owned();
    collector.problem(Problem { reason, concerns, ..Problem::default() });
    let slot = collector.finish().inventory.objects.remove(POD).expect("a slot");
    assert_eq!(
        (slot.coverage, slot.reason.as_str()),
        (Coverage::Absent, "the input holds no Pod; pods.json: forbidden")
    );
}

#[test]
fn a_list_of_all_namespaces_shows_that_one_of_them_has_none() {
    let check = |extents: &[Extent], want: (Coverage, &str)| {
        let mut collector = Collector::new(need(&["csdr"])).expect("selectors");
        offer(&mut collector, pod("default", "x", "", ""), "");
        let (group, kind) = (String::new(), "Pod".to_owned());
        collector.listed_whole(ListScope { group, kind, namespace: None });
        for extent in extents {
            collector.reaches(extent.clone());
        }
        let slot = collector.finish().inventory.objects.remove(POD).expect("a slot");
        assert_eq!((slot.coverage, slot.reason.as_str()), want);
    };
    check(&[], (Coverage::Complete, ""));
    check(&[extent(Coverage::Partial, &["default"])], (Coverage::Partial, "told"));
}

fn extent(coverage: Coverage, namespaces: &[&str]) -> Extent {
    let namespaces = namespaces.iter().map(|&it| it.to_owned()).collect();
    let reason = if coverage == Coverage::Complete { "" } else { "told" };
    Extent { need: 0, coverage, namespaces, reason: reason.to_owned() }
}

/// What is said of a need after objects and extents. `None`: the kind was only listed.
#[track_caller]
fn check_extent(
    wanted: &[&str],
    seen: Option<&[&str]>,
    extents: &[Extent],
    want: (Coverage, &str),
) {
    let mut collector = Collector::new(need(wanted)).expect("selectors");
    for namespace in seen.into_iter().flatten() {
        offer(&mut collector, pod(namespace, "x", "", ""), "");
    }
    if seen.is_none() {
        collector.listed("", "Pod");
    }
    for extent in extents {
        collector.reaches(extent.clone());
    }
    let slot = collector.finish().inventory.objects.remove(POD).expect("a slot");
    assert_eq!((slot.coverage, slot.reason.as_str()), want);
}

#[test]
fn what_a_tool_leaves_out_is_absent_until_it_is_seen() {
    let left_out = [extent(Coverage::Absent, &[])];
    check_extent(&["csdr"], Some(&[]), &left_out, (Coverage::Absent, "told"));
    check_extent(&["csdr"], Some(&["csdr"]), &left_out, (Coverage::Complete, ""));
    check_extent(&[], Some(&["csdr"]), &left_out, (Coverage::Complete, ""));
}

#[test]
fn a_tool_that_takes_some_namespaces_covers_partially() {
    let some = [extent(Coverage::Partial, &["a", "b"])];
    check_extent(&[], Some(&["a"]), &some, (Coverage::Partial, "told"));
    check_extent(&[], Some(&["a", "c"]), &some, (Coverage::Complete, ""));
    check_extent(&["csdr"], Some(&["a"]), &some, (Coverage::Partial, "told"));
    check_extent(&["csdr"], None, &some, (Coverage::Partial, "told"));
    check_extent(&["csdr"], Some(&["a", "csdr"]), &some, (Coverage::Complete, ""));
}

#[test]
fn a_tool_that_takes_all_covers_what_it_has_found_empty() {
    let all = [extent(Coverage::Partial, &["a"]), extent(Coverage::Complete, &["a", "csdr"])];
    check_extent(&["csdr"], Some(&["a"]), &all, (Coverage::Complete, ""));
    check_extent(&["csdr"], None, &all, (Coverage::Complete, ""));
    check_extent(&["csdr"], Some(&[]), &all, (Coverage::Absent, "told"));
}

#[test]
fn what_the_source_states_outweighs_what_the_objects_tell() {
    let mut collector = Collector::new(need(&[])).expect("selectors");
    collector.cover(0, Coverage::Partial, "forbidden in b");
    collector.cover(0, Coverage::Complete, "");
    assert_eq!(collector.finish().inventory.objects[POD].reason, "forbidden in b");
}
