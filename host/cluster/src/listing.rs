//! Reads one list, page by page. What was read is given back when the list has ended; which lists
//! are read at the same time is not known here.

use std::{
    collections::HashSet,
    sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
};

use kube::core::{Request, params::ListParams};
use rulebox_bundle as words;
use rulebox_core::{Concerns, Problem, Selection, coverage::serves_none};
use rulebox_reader::{Answers, ListPage, Reader};

use crate::{
    discovery::Resource,
    fetch::{Failure, Fetch},
    plan::{List, Outcome},
};

/// How often a list that expired between two pages is started again. A server keeps a list for 5
/// minutes. If a list has expired three times, a fourth attempt will not help.
const RESTARTS: u32 = 3;

/// The most pages of a list. With one object on a page, as many as the largest clusters have of a
/// kind; a server that never stops giving tokens is left before its memory of them fills ours.
const PAGES: usize = 200_000;

/// The most pages in a row that hold nothing. A server that looks for few among many ends a page
/// early, and does so some times.
const EMPTY_PAGES: usize = 100;

/// How lists are read, and how much was read of all.
pub(crate) struct Reading<'r> {
    pub(crate) reader: &'r Reader,
    pub(crate) selection: &'r Selection,
    pub(crate) page_size: u32,
    /// The most bytes of objects that wait until their lists have ended.
    pub(crate) most: u64,
    /// Objects read so far.
    pub(crate) objects: AtomicUsize,
    /// About how many bytes those take that are needed.
    pub(crate) kept: AtomicU64,
}

/// Reads one list. What was read stays even if the rest fails.
///
/// The request names no `resourceVersion`. `0` would cost the server less, but the server may
/// answer from a cache of any age, and older servers then ignore `limit` and send everything in one
/// answer. A diagnosis must see the current state, and all pages as of the same time.
///
/// A list that expires is read again from the start, because its remaining pages would be of a
/// later time; what its pages held before is dropped, for some of it may be gone.
pub(crate) async fn read(
    fetch: &mut Fetch,
    resource: &Resource,
    list: &List,
    reading: &Reading<'_>,
    progress: &mut (dyn FnMut(&str) + Send),
) -> (Outcome, Answers) {
    let request = Request::new(resource.path(list.namespace.as_deref()));
    let mut pass = Pass::default();
    let mut page_size = reading.page_size.max(1);
    let mut restarts = 0;
    let failure = loop {
        progress("");
        let params = params(list, page_size, &pass.token);
        let page = match request.list(&params) {
            Ok(it) => fetch.get(&it.uri().to_string(), progress).await,
            Err(error) => Err(Failure::Broken { reason: format!("cannot be asked for: {error}") }),
        };
        let taken = match page {
            Ok(page) => pass.take(&page, resource, list, reading),
            Err(Failure::Gone) if restarts < RESTARTS => {
                restarts += 1;
                pass.drop_all(reading);
                pass = Pass::default();
                continue;
            }
            Err(Failure::TooLong { .. }) if page_size > 1 => {
                page_size /= 2;
                continue;
            }
            Err(Failure::TooLong { bytes }) => {
                let failure = Failure::TooLong { bytes };
                Err(Failure::Broken { reason: format!("{failure}, with one object on a page") })
            }
            Err(failure) => Err(failure),
        };
        match taken {
            Ok(true) => break None,
            Ok(false) => {}
            Err(failure) => break Some(failure),
        }
    };
    let Pass { mut answers, mut outcome, mut shortfalls, .. } = pass;
    if let Some(failure) = failure {
        if failure.is_of_all() {
            outcome.cut_off = failure.to_string();
        } else if failure.is_loss() {
            let place = described(resource, list);
            let reason = failure.to_string();
            let concerns = Concerns::kind(&list.group, &list.kind);
            answers.lost(Problem { place, reason, concerns, ..Problem::default() });
        }
        shortfalls.push(reason(&failure, resource, list));
    }
    outcome.shortfall = shortfalls.join("; ");
    (outcome, answers)
}

pub(crate) fn params(list: &List, page_size: u32, token: &str) -> ListParams {
    let mut params = ListParams::default().limit(page_size);
    if !list.selector.is_empty() {
        params = params.labels(&list.selector);
    }
    if !token.is_empty() {
        params = params.continue_token(token);
    }
    params
}

/// What was read of a list since it was begun.
#[derive(Default)]
struct Pass {
    answers: Answers,
    outcome: Outcome,
    shortfalls: Vec<String>,
    /// Of the next page.
    token: String,
    /// Those of the pages that were asked for.
    tokens: HashSet<String>,
    empty: usize,
    kept: u64,
}

impl Pass {
    /// Reads a page. Gives whether it is the last one.
    fn take(
        &mut self,
        bytes: &[u8],
        resource: &Resource,
        list: &List,
        reading: &Reading<'_>,
    ) -> Result<bool, Failure> {
        let no_list = || Failure::Broken { reason: "the server's answer is no list".to_owned() };
        if !bytes.trim_ascii_start().starts_with(b"{") {
            return Err(no_list());
        }
        let place = described(resource, list);
        let (group, version) = resource.group_version();
        let items = (group, version, resource.kind.as_str());
        let (page, mut answers) = reading.reader.read_page(bytes, items, &place, reading.selection);
        let lost = answers.problems().iter().filter(|it| it.lost());
        let losses: Vec<_> = lost.map(|it| format!("{place}: {}", it.reason)).collect();
        if losses.is_empty() && !page.listed {
            return Err(no_list());
        }
        let ListPage { continue_token: next, objects, .. } = page;
        let kept = answers.kept();
        self.answers.append(answers);
        self.outcome.begun |= objects > 0 || losses.is_empty();
        self.outcome.objects += objects;
        self.shortfalls.extend(losses);
        self.kept += kept;
        reading.objects.fetch_add(objects, Relaxed);
        let kept = reading.kept.fetch_add(kept, Relaxed) + kept;
        if next.is_empty() {
            return Ok(true);
        }
        self.empty = if objects == 0 { self.empty + 1 } else { 0 };
        let stop = |reason: String| Err(Failure::Broken { reason });
        if !self.tokens.insert(next.clone()) {
            return stop("the server repeats the same page".to_owned());
        }
        if self.empty > EMPTY_PAGES || self.tokens.len() > PAGES {
            return stop("the server goes on without end".to_owned());
        }
        if kept > reading.most {
            return stop(format!(
                "what rules need takes more than {} MiB (--objects-memory)",
                reading.most >> 20
            ));
        }
        self.token = next;
        Ok(false)
    }

    /// Takes its objects back from what all lists have read.
    fn drop_all(&self, reading: &Reading<'_>) {
        reading.objects.fetch_sub(self.outcome.objects, Relaxed);
        reading.kept.fetch_sub(self.kept, Relaxed);
    }
}

/// `pods in namespace csdr`, `backups.velero.io`.
pub(crate) fn described(resource: &Resource, list: &List) -> String {
    words::described(&resource.role_name(), list.namespace.as_deref())
}

pub(crate) fn reason(failure: &Failure, resource: &Resource, list: &List) -> String {
    match failure {
        Failure::Forbidden { user, .. } => {
            let namespace = list.namespace.as_deref();
            words::forbidden(&resource.role_name(), namespace, resource.namespaced, user)
        }
        // It was served a moment ago.
        Failure::NotFound => serves_none(&list.kind_name()),
        _ => format!("{}: {failure}", described(resource, list)),
    }
}
