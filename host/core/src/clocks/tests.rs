//! Clocks that agree, clocks that are ahead, and what beats.

use proptest::prelude::*;

use super::*;

fn time(text: &str) -> Timestamp {
    text.parse().expect("a timestamp")
}

/// `2024-05-01T08:00` means the whole minute.
fn minute(text: &str) -> Timestamp {
    time(&format!("{text}:00Z"))
}

fn clock(name: &str) -> Clock {
    match name.split_once(' ') {
        Some(("node", name)) => Clock::Node(name.to_owned()),
        Some(("group", name)) => Clock::Group(name.to_owned()),
        Some((_, name)) => Clock::Reporter(name.to_owned()),
        None => Clock::Server,
    }
}

/// What the clocks wrote: whose, what beats, when.
fn clocks(seen: &[(&str, Option<Beat>, &str)]) -> Clocks {
    let mut clocks = Clocks::default();
    for (name, beat, at) in seen {
        clocks.see(Sighting {
            clock: clock(name),
            witness: Witness {
                time: minute(at),
                object: format!("Pod {name}"),
                field: beat.map_or("startedAt", Beat::field).to_owned(),
            },
            beat: *beat,
        });
    }
    clocks
}

/// Compares the earliest moment, the latest one, and the clocks that are ahead.
#[track_caller]
fn check(seen: &[(&str, Option<Beat>, &str)], want: (&str, Option<&str>, &[&str])) {
    let Captured { witness, latest, ahead } = clocks(seen).captured();
    let ahead: Vec<_> = ahead.into_iter().map(|it| it.clock).collect();
    assert_eq!(ahead, want.2.iter().map(|it| clock(it)).collect::<Vec<_>>(), "clocks ahead");
    assert_eq!(witness.map(|it| it.time), Some(minute(want.0)), "at the least");
    assert_eq!(latest.map(|it| it.time), want.1.map(time), "at the most");
}

const LEASE: Option<Beat> = Some(Beat::Lease);
const STATUS: Option<Beat> = Some(Beat::NodeStatus);
const CSDR: Option<Beat> = Some(Beat::BackupLocation);
const VELERO: Option<Beat> = Some(Beat::BackupStorageLocation);

/// Three nodes that beat, and an API server that has nothing to do.
const ALIVE: [(&str, Option<Beat>, &str); 4] = [
    ("node a", LEASE, "2024-05-01T08:00"),
    ("node b", LEASE, "2024-05-01T08:00"),
    ("node c", STATUS, "2024-05-01T07:57"),
    ("server", None, "2024-05-01T02:00"),
];

#[test]
fn the_newest_time_is_the_least() {
    check(&ALIVE, ("2024-05-01T08:00", Some("2024-05-01T08:10:10Z"), &[]));
    check(&ALIVE[3..], ("2024-05-01T02:00", None, &[]));
    assert_eq!(Clocks::default().captured(), Captured::default());
}

#[test]
fn each_kind_of_beat_has_its_pause() {
    for (beat, want) in [
        (LEASE, "2024-05-01T08:10:10Z"),
        (STATUS, "2024-05-01T08:15:00Z"),
        (CSDR, "2024-05-01T08:15:00Z"),
        (VELERO, "2024-05-01T08:11:00Z"),
    ] {
        let of_node = [("node a", beat, "2024-05-01T08:00")];
        check(&of_node, ("2024-05-01T08:00", Some(want), &[]));
    }
}

#[test]
fn one_clock_ahead_of_what_beats_is_told() {
    for at in ["2024-05-01T08:16", "2027-01-01T00:00", "2099-01-01T00:00"] {
        for (name, beat) in [("node d", None), ("node d", LEASE), ("group velero.io", None)] {
            let mut seen = ALIVE.to_vec();
            seen.push((name, beat, at));
            check(&seen, ("2024-05-01T08:00", Some("2024-05-01T08:10:10Z"), &[name]));
        }
    }
    let mut seen = ALIVE.to_vec();
    seen[3].2 = "2027-01-01T00:00";
    check(&seen, ("2024-05-01T08:00", Some("2024-05-01T08:10:10Z"), &["server"]));
}

#[test]
fn several_clocks_may_be_ahead_but_not_all() {
    // A controller runs on the node.
    let mut seen = ALIVE.to_vec();
    seen.push(("node x", LEASE, "2024-05-01T11:00"));
    seen.push(("group velero.io", None, "2024-05-01T10:59"));
    let ahead = ["node x", "group velero.io"];
    check(&seen, ("2024-05-01T08:00", Some("2024-05-01T08:10:10Z"), &ahead));
    seen.push(("group apps", None, "2024-05-01T10:58"));
    seen.push(("reporter y", None, "2024-05-01T10:57"));
    check(&seen, ("2024-05-01T11:00", Some("2024-05-01T11:10:10Z"), &[]));
}

#[test]
fn a_little_later_is_not_ahead() {
    let mut seen = ALIVE.to_vec();
    seen.push(("node d", None, "2024-05-01T08:09"));
    check(&seen, ("2024-05-01T08:09", Some("2024-05-01T08:10:10Z"), &[]));
    // Reading all kinds took longer than usual.
    seen.push(("group velero.io", None, "2024-05-01T08:15"));
    check(&seen, ("2024-05-01T08:15", Some("2024-05-01T08:15:00Z"), &[]));
}

#[test]
fn where_the_api_server_has_gone_on_the_beats_were_dumped_before() {
    let mut seen = ALIVE.to_vec();
    seen.push(("server", None, "2024-05-02T02:00"));
    seen.push(("group velero.io", None, "2024-05-02T03:00"));
    check(&seen, ("2024-05-02T03:00", None, &[]));
}

#[test]
fn clocks_that_agree_are_a_later_dump() {
    let vaults = |at| [("group velero.io", VELERO, at), ("group csdr.alibabacloud.com", CSDR, at)];
    let mut seen = ALIVE[..3].to_vec();
    seen.extend(vaults("2024-05-02T08:00"));
    check(&seen, ("2024-05-02T08:00", None, &[]));
    // Vaults that nobody validates any more.
    let mut seen = ALIVE[..2].to_vec();
    seen.extend(vaults("2024-05-01T07:00"));
    check(&seen, ("2024-05-01T08:00", Some("2024-05-01T08:10:10Z"), &[]));
    seen.remove(1);
    check(&seen, ("2024-05-01T08:00", Some("2024-05-01T08:10:10Z"), &[]));
}

#[test]
fn of_two_nodes_that_disagree_neither_is_believed() {
    let one = ("node a", STATUS, "2024-05-01T11:00");
    let other = ("node b", STATUS, "2024-05-01T08:00");
    let server = ("server", None, "2024-05-01T02:00");
    check(&[one, other, server], ("2024-05-01T08:00", Some("2024-05-01T11:15:00Z"), &["node a"]));
    let ahead = clocks(&[one, other, server]).captured().ahead;
    assert!(ahead[0].to_string().contains("or those have stopped"), "{}", ahead[0]);
    let late = ("group apps", None, "2024-05-01T10:50");
    check(&[one, other, late], ("2024-05-01T11:00", Some("2024-05-01T11:15:00Z"), &[]));
}

#[test]
fn what_has_stopped_beating_shows_no_clock_to_be_ahead() {
    // Node b is down.
    let down = [
        ("node a", LEASE, "2024-05-04T08:00"),
        ("node b", LEASE, "2024-05-01T08:00"),
        ("server", None, "2024-05-04T07:50"),
    ];
    check(&down, ("2024-05-04T08:00", Some("2024-05-04T08:10:10Z"), &[]));
    // Velero has died, and its pod was restarted in vain.
    let dead = [
        ("node a", None, "2024-05-04T08:00"),
        ("group velero.io", VELERO, "2024-05-01T08:00"),
        ("server", None, "2024-05-01T02:00"),
    ];
    check(&dead, ("2024-05-04T08:00", None, &[]));
}

#[test]
fn a_vault_alone_may_be_validated_by_nobody_any_more() {
    let one = ("group velero.io", VELERO, "2024-05-01T08:00");
    check(&[one], ("2024-05-01T08:00", None, &[]));
    // Both stop with csdr-controller.
    let other = ("group csdr.alibabacloud.com", CSDR, "2024-05-01T07:58");
    check(&[one, other], ("2024-05-01T08:00", None, &[]));
    let elected = ("group coordination.k8s.io", LEASE, "2024-05-01T07:59");
    check(&[one, elected], ("2024-05-01T08:00", Some("2024-05-01T08:11:00Z"), &[]));
    let older = ("group csdr.alibabacloud.com", CSDR, "2024-05-01T07:00");
    check(&[one, older], ("2024-05-01T08:00", None, &[]));
    let node = ("node a", STATUS, "2024-05-01T07:00");
    check(&[one, node], ("2024-05-01T08:00", None, &[]));
}

/// Four clocks of which none beats.
fn quiet(newest: &str) -> Vec<(&'static str, Option<Beat>, String)> {
    vec![
        ("node a", None, newest.to_owned()),
        ("node b", None, "2024-05-01T08:00".to_owned()),
        ("node c", None, "2024-04-01T08:00".to_owned()),
        ("server", None, "2024-03-01T08:00".to_owned()),
    ]
}

#[track_caller]
fn check_quiet(newest: &str, known: usize, want: (&str, &[&str])) {
    let seen = quiet(newest);
    let seen: Vec<_> = seen.iter().map(|it| (it.0, it.1, it.2.as_str())).take(known).collect();
    check(&seen, (want.0, None, want.1));
}

#[test]
fn where_nothing_beats_only_a_clock_far_from_all_others_is_ahead() {
    check_quiet("2099-01-01T00:00", 4, ("2024-05-01T08:00", &["node a"]));
    check_quiet("2099-01-01T00:00", 3, ("2024-05-01T08:00", &["node a"]));
    // Of two, nobody can tell which is right.
    check_quiet("2099-01-01T00:00", 2, ("2099-01-01T00:00", &[]));
    check_quiet("2024-06-30T08:01", 4, ("2024-05-01T08:00", &["node a"]));
    // A container was restarted, after weeks.
    check_quiet("2024-06-30T08:00", 4, ("2024-06-30T08:00", &[]));
}

#[test]
fn a_backup_once_a_day_is_no_clock_ahead() {
    let daily = [
        ("group velero.io", None, "2024-05-03T02:05"),
        ("server", None, "2024-05-03T02:00"),
        ("node a", None, "2024-04-01T08:00"),
        ("node b", None, "2024-03-01T08:00"),
    ];
    check(&daily, ("2024-05-03T02:05", None, &[]));
}

/// What is said where files were written then.
#[track_caller]
fn check_files(files: &[Option<&str>], want: Option<&str>) {
    let mut clocks = clocks(&ALIVE);
    for (i, written) in files.iter().enumerate() {
        clocks.see_file(&format!("{i}.yaml"), written.map(minute));
    }
    let latest = clocks.of_input("dump.tar").captured().latest;
    let by_entry = latest.filter(|it| matches!(it.by, BoundBy::Entry { .. }));
    let said = by_entry.map(|it| match it.by {
        BoundBy::Entry { input, place } => format!("{} {input} {place}", it.time),
        BoundBy::Beat(_) | BoundBy::Bundle => String::new(),
    });
    assert_eq!(said.as_deref(), want);
}

#[test]
fn an_archive_tells_when_its_files_were_written() {
    let both = [Some("2024-05-01T08:02"), Some("2024-05-01T08:03")];
    check_files(&both, Some("2024-05-01T08:03:00Z dump.tar 1.yaml"));
    check_files(&[both[1], both[1]], Some("2024-05-01T08:03:00Z dump.tar 0.yaml"));
    // The beats are stricter.
    check_files(&[Some("2024-06-01T08:00")], None);
    // Before the newest time in it: somebody's clock is behind.
    check_files(&[Some("2024-05-01T07:59")], None);
    // Another file was not in an archive.
    check_files(&[both[0], None], None);
    check_files(&[None, both[0]], None);
}

#[test]
fn a_clock_ahead_is_told_in_a_sentence() {
    let mut seen = ALIVE.to_vec();
    seen.push(("node x", None, "2027-01-01T00:00"));
    let ahead = clocks(&seen).of_input("dump").captured().ahead;
    assert_eq!(
        (ahead[0].to_string().as_str(), ahead[0].input.as_str()),
        (
            "the clock of node x is ahead of all others: startedAt of Pod node x is \
             2027-01-01T00:00:00Z; it does not count for ages",
            "dump"
        )
    );
}

/// A part of a source: some times, and perhaps a file.
fn part() -> impl Strategy<Value = Clocks> {
    let names = ["server", "node a", "node b", "node c", "group x", "group y", "reporter z"];
    let beat = prop_oneof![Just(None), Just(LEASE), Just(VELERO)];
    let seen = (0..names.len(), beat, 0..6_i64, "[ab]", "[ab]");
    let file = prop_oneof![Just(None), Just(Some(None)), (0..3_i64).prop_map(|it| Some(Some(it)))];
    let at = |step: i64| Timestamp::constant(1_714_550_400 + step * 600, 0);
    (prop::collection::vec(seen, 0..8), file, "[ab]").prop_map(move |(seen, file, input)| {
        let mut clocks = Clocks::default();
        for (name, beat, step, object, field) in seen {
            let witness = Witness { time: at(step), object, field };
            clocks.see(Sighting { clock: clock(names[name]), witness, beat });
        }
        if let Some(written) = file {
            clocks.see_file("x", written.map(at));
        }
        clocks.of_input(&input)
    })
}

fn merged<'c>(parts: impl IntoIterator<Item = &'c Clocks>) -> Clocks {
    let mut all = Clocks::default();
    parts.into_iter().for_each(|it| all.merge(it));
    all
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn parts_give_the_same_in_any_order_and_grouping(
        parts in prop::collection::vec(part(), 0..6),
        middle in 0..6_usize,
    ) {
        let all = merged(&parts);
        prop_assert_eq!(&merged(parts.iter().rev()), &all);
        let (one, other) = parts.split_at(middle.min(parts.len()));
        prop_assert_eq!(&merged([&merged(other), &merged(one)]), &all);
        prop_assert_eq!(&merged([&all, &all]), &all);
    }

    #[test]
    fn what_is_left_out_changes_nothing(clocks in part(), more in part()) {
        let mut all = clocks.clone();
        all.merge(&more);
        let mut without = clocks.clone();
        let older = |newest: &Newest, it: &Seen| Some(it.time()) < newest.since(Some(&it.clock));
        for seen in more.witnesses.0.into_iter().filter(|it| !older(&clocks.witnesses, it)) {
            without.witnesses.see(&seen);
        }
        prop_assert_eq!(&without.witnesses, &all.witnesses);
    }

    #[test]
    fn the_latest_is_never_before_the_earliest(clocks in part()) {
        let Captured { witness, latest, .. } = clocks.captured();
        if let (Some(witness), Some(latest)) = (witness, latest) {
            prop_assert!(witness.time <= latest.time);
        }
    }
}
