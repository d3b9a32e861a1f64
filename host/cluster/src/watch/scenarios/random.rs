//! No finding lost, none invented: whatever happens to objects, watches and server, what is known
//! in the end is what one list of the final state shows.

use std::time::Duration;

use proptest::prelude::*;
use rulebox_core::{Coverage, Inventory, NeedSet, Scope, Selection, Store};
use rulebox_reader::Reader;

use super::{
    ALWAYS, Watching, broad_and_narrow, scenario,
    server::{Fault, Server, event},
};
use crate::Options;

/// What happens next.
#[derive(Debug, Clone)]
enum Step {
    Apply(usize, bool),
    Delete(usize),
    Replace(usize),
    End,
    Break,
    CutWithinALine,
    Garbage,
    Expire,
    Compact,
    Bookmark,
    Fail(u16, usize),
    Forbid,
    Heal,
    /// In milliseconds.
    Wait(u64),
}

const NAMES: [&str; 6] = ["a/u", "a/v", "a/w", "b/x", "b/y", "c/z"];

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (0..NAMES.len(), any::<bool>()).prop_map(|(it, web)| Step::Apply(it, web)),
        4 => (0..NAMES.len()).prop_map(Step::Delete),
        1 => (0..NAMES.len()).prop_map(Step::Replace),
        2 => Just(Step::End),
        1 => Just(Step::Break),
        1 => Just(Step::CutWithinALine),
        1 => Just(Step::Garbage),
        1 => Just(Step::Expire),
        2 => Just(Step::Compact),
        1 => Just(Step::Bookmark),
        1 => (prop::sample::select(vec![410_u16, 429, 500, 404]), 1..4_usize)
            .prop_map(|(code, times)| Step::Fail(code, times)),
        1 => Just(Step::Forbid),
        2 => Just(Step::Heal),
        6 => prop::sample::select(vec![0, 1, 600, 5_000, 90_000, 400_000]).prop_map(Step::Wait),
    ]
}

fn take(server: &Server, step: &Step) -> u64 {
    match step {
        Step::Apply(it, web) => {
            server.apply("pods", NAMES[*it], if *web { "web" } else { "db" });
        }
        Step::Delete(it) => server.delete("pods", NAMES[*it]),
        Step::Replace(it) => server.replace("pods", NAMES[*it]),
        Step::End => server.end_watches(),
        Step::Break => server.break_watches(),
        Step::CutWithinALine => {
            server.say("{\"type\":\"ADDED\",\"object\":{\"meta");
            server.end_watches();
        }
        Step::Garbage => server.say("}\n"),
        Step::Expire => server.say(&event("ERROR", &serde_json::json!({"code": 410}))),
        Step::Compact => server.compact(),
        Step::Bookmark => server.bookmark(),
        Step::Fail(code, times) => server.fail("/pods", Fault::Status(*code), *times),
        Step::Forbid => server.fail("/api/v1/pods", Fault::Status(403), ALWAYS),
        Step::Heal => server.heal(),
        Step::Wait(time) => return *time,
    }
    0
}

/// What a store holds that is filled by one list.
fn listed_once(server: &Server, needs: &NeedSet) -> Inventory {
    let mut store = Store::new(needs.clone()).expect("selectors");
    let selection = Selection::new(needs.clone()).expect("selectors");
    let reader = Reader::new(needs).expect("fields");
    let list = server.all("pods").to_string();
    let (page, answers) = reader.read_page(list.as_bytes(), ("", "v1", "Pod"), "pods", &selection);
    let (copies, losses) = answers.into_copies();
    assert_eq!(losses, [] as [&str; 0]);
    let scope = Scope { kind: "Pod".to_owned(), ..Scope::default() };
    store.replace(&scope, page.resource_version.parse().ok(), copies);
    for need in 0..needs.objects.len() {
        store.set_coverage(need, Coverage::Complete, "");
    }
    store.snapshot()
}

fn check(steps: &[Step], streams: bool) {
    scenario(async |server| {
        let server = if streams { server } else { server.without_streams() };
        server.apply("pods", "a/u", "web");
        server.apply("pods", "b/x", "db");
        let options = Options { page_size: 2, ..Options::default() };
        let mut watching = Watching::begin_with(&server, broad_and_narrow(), options, 3);
        for step in steps {
            let time = take(&server, step);
            if let Step::Wait(_) = step {
                watching.rest(Duration::from_millis(time)).await;
            }
        }
        server.heal();
        watching.seconds(900).await;
        let known = watching.store.snapshot();
        let listed = listed_once(&server, watching.store.needs());
        for (need, slot) in &listed.objects {
            let (known, listed) = (&known.objects[need], slot);
            assert_eq!(known.objects, listed.objects, "need {need}");
            assert_eq!((known.coverage, known.reason.as_str()), (Coverage::Complete, ""));
        }
        let waits = |watching: &Watching| -> String {
            watching.covered.iter().map(|it| it.2.as_str()).collect()
        };
        // One that was asked for again just now has not caught up yet.
        if !waits(&watching).is_empty() && server.watches() == 1 {
            watching.seconds(2).await;
        }
        let waits = waits(&watching);
        assert_eq!(watching.settled, 1);
        // One that has shown nothing for long is asked for again just now.
        assert!(server.watches() <= 1);
        assert!(waits.is_empty() || server.watches() == 0, "{waits}");
    });
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 200,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn what_is_known_in_the_end_is_what_a_list_shows(
        steps in prop::collection::vec(step(), 0..40),
        streams in any::<bool>(),
    ) {
        check(&steps, streams);
    }
}
