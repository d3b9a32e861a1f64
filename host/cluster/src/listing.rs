//! Reads one list, page by page, into the collector.

use kube::core::{Request, params::ListParams};
use rulebox_bundle as words;
use rulebox_core::{Collector, Concerns, Problem};
use rulebox_reader::Reader;

use crate::{
    discovery::Resource,
    fetch::{Failure, Fetch},
    plan::{List, Outcome},
};

/// How often a list that expired between two pages is started again. A server keeps a list for 5
/// minutes. If a list has expired three times, a fourth attempt will not help.
const RESTARTS: u32 = 3;

/// Reads one list. What was read stays in the collector even if the rest fails.
///
/// The request names no `resourceVersion`. `0` would cost the server less, but the server may
/// answer from a cache of any age, and older servers then ignore `limit` and send everything in one
/// answer. A diagnosis must see the current state, and all pages as of the same time.
///
/// A list that expires is read again from the start, because its remaining pages would be of a
/// later time. The collector keeps the newest copy of each object.
pub(crate) async fn read(
    fetch: &mut Fetch,
    resource: &Resource,
    list: &List,
    page_size: u32,
    reader: &Reader,
    collector: &mut Collector,
    progress: &mut (dyn FnMut(&str, usize) + Send),
) -> Outcome {
    let request = Request::new(resource.path(list.namespace.as_deref()));
    let mut outcome = Outcome::default();
    let mut shortfalls: Vec<String> = Vec::new();
    let mut token = String::new();
    let mut restarts = 0;
    loop {
        let objects = collector.input().objects;
        progress("", objects);
        let params = params(list, page_size, &token);
        let page = match request.list(&params) {
            Ok(it) => fetch.get(&it.uri().to_string(), &mut |it| progress(it, objects)).await,
            Err(error) => Err(Failure::Broken { reason: format!("cannot be asked for: {error}") }),
        };
        let taken = match page {
            Ok(page) => take(&page, resource, list, reader, collector),
            Err(Failure::Gone) if restarts < RESTARTS => {
                restarts += 1;
                token.clear();
                continue;
            }
            Err(failure) => Err(failure),
        };
        let failure = match taken {
            Ok(page) => {
                outcome.begun |= page.objects > 0 || page.losses.is_empty();
                shortfalls.extend(page.losses);
                if page.next.is_empty() {
                    break;
                }
                if page.next != token {
                    token = page.next;
                    continue;
                }
                Failure::Broken { reason: "the server repeats the same page".to_owned() }
            }
            Err(failure) => failure,
        };
        if failure.is_loss() {
            let place = described(resource, list);
            let reason = failure.to_string();
            let concerns = Concerns::kind(&list.group, &list.kind);
            collector.problem(Problem { place, line: None, reason, concerns });
        }
        shortfalls.push(reason(&failure, resource, list));
        break;
    }
    outcome.shortfall = shortfalls.join("; ");
    outcome
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

/// What was read of a page.
struct Page {
    /// The token of the next page; empty on the last page.
    next: String,
    objects: usize,
    /// Why some of the page could not be read.
    losses: Vec<String>,
}

/// Gives a page to the reader, which also tells the collector of losses.
fn take(
    page: &[u8],
    resource: &Resource,
    list: &List,
    reader: &Reader,
    collector: &mut Collector,
) -> Result<Page, Failure> {
    let no_list = || Failure::Broken { reason: "the server's answer is no list".to_owned() };
    if !page.trim_ascii_start().starts_with(b"{") {
        return Err(no_list());
    }
    let place = described(resource, list);
    let known = collector.input().problems.len();
    let (group, version) = resource.group_version();
    let read = reader.read_list(page, (group, version, &resource.kind), &place, collector);
    let new = collector.input().problems[known..].iter().filter(|it| it.lost());
    let losses: Vec<_> = new.map(|it| format!("{place}: {}", it.reason)).collect();
    if losses.is_empty() && !read.listed {
        return Err(no_list());
    }
    Ok(Page { next: read.continue_token, objects: read.objects, losses })
}

/// `pods in namespace csdr`, `backups.velero.io`.
pub(crate) fn described(resource: &Resource, list: &List) -> String {
    words::described(&resource.role_name(), list.namespace.as_deref())
}

pub(crate) fn reason(failure: &Failure, resource: &Resource, list: &List) -> String {
    match failure {
        Failure::Forbidden { user } => {
            let namespace = list.namespace.as_deref();
            words::forbidden(&resource.role_name(), namespace, resource.namespaced, user)
        }
        _ => format!("{}: {failure}", described(resource, list)),
    }
}
