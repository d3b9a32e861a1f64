//! Reads lists, of some kinds at the same time. What comes out does not depend on which answer
//! comes first: the lists of one kind are read one after the other, and kinds are given back in
//! order.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Mutex,
        atomic::{AtomicU32, AtomicUsize, Ordering::Relaxed},
    },
};

use futures_util::{FutureExt as _, StreamExt as _, stream};
use rulebox_reader::Answers;

use crate::{
    discovery::Resource,
    fetch::Fetch,
    listing::{self, Reading},
    plan::{self, List, Outcome},
};

/// Told of each step, of the reason of a pause, and of how many lists are done.
pub(crate) type Tell<'t> = Mutex<&'t mut (dyn FnMut(&str, &str, usize) + Send)>;

/// Reads all lists. Gives how each has ended, and what was read of each kind, in order.
///
/// A server that fails one request after the other is not asked for the rest
/// ([`Fetch::exhausted`]). What counts are the requests of the kinds that stand before, of which
/// all was read when the kind was begun: so that the order of answers decides nothing.
pub(crate) async fn read(
    fetch: &Fetch,
    wanted: &BTreeSet<List>,
    resource: &(dyn Fn(&List) -> Resource + Sync),
    at_once: usize,
    reading: &Reading<'_>,
    tell: &Tell<'_>,
) -> (BTreeMap<List, Outcome>, Vec<Answers>) {
    let mut kinds: BTreeMap<(&str, &str), Vec<&List>> = BTreeMap::new();
    for list in wanted {
        kinds.entry((&list.group, &list.kind)).or_default().push(list);
    }
    let (exhausted, lists_done) = (AtomicU32::new(0), AtomicUsize::new(0));
    let begin = |lists: Vec<&'_ List>| {
        let fetch = fetch.clone().after_exhausted(exhausted.load(Relaxed));
        read_kind(fetch, lists.into_iter().cloned().collect(), resource, reading, tell, &lists_done)
            .boxed()
    };
    let mut read = stream::iter(kinds.into_values().map(begin)).buffered(at_once.max(1));
    let (mut done, mut answers) = (BTreeMap::new(), Vec::new());
    while let Some(kind) = read.next().await {
        let before = if kind.answered { 0 } else { exhausted.load(Relaxed) };
        exhausted.store(before + kind.exhausted, Relaxed);
        done.extend(kind.done);
        answers.push(kind.answers);
    }
    (done, answers)
}

/// What was read of one kind.
struct OfKind {
    done: BTreeMap<List, Outcome>,
    answers: Answers,
    /// Whether a request was answered, or failed in a way that costs no time.
    answered: bool,
    /// How many requests have failed in spite of their retries, since then.
    exhausted: u32,
}

/// Reads the lists of one kind, broad ones first: what a complete list holds is not asked for
/// again.
async fn read_kind(
    mut fetch: Fetch,
    lists: Vec<List>,
    resource: &(dyn Fn(&List) -> Resource + Sync),
    reading: &Reading<'_>,
    tell: &Tell<'_>,
    lists_done: &AtomicUsize,
) -> OfKind {
    let before = fetch.exhausted();
    let mut done: BTreeMap<List, Outcome> = BTreeMap::new();
    let mut answers = Answers::default();
    let mut read = 0;
    let mut answered = false;
    for list in lists {
        if plan::contained(&list, &done).is_none() {
            let resource = resource(&list);
            let step = listing::described(&resource, &list);
            let mut waiting = |it: &str| {
                let mut tell = tell.lock().expect("nobody panics while holding it");
                tell(&step, it, lists_done.load(Relaxed));
            };
            let (outcome, more) =
                listing::read(&mut fetch, &resource, &list, reading, &mut waiting).await;
            answered |= fetch.exhausted() == 0;
            answers.append(more);
            done.insert(list, outcome);
            read += 1;
        }
        lists_done.fetch_add(1, Relaxed);
    }
    if read > 1 {
        answers.keep_newest();
    }
    let exhausted = fetch.exhausted() - if answered { 0 } else { before };
    OfKind { done, answers, answered, exhausted }
}
