//! One list, page by page, into the collector.

use kube::core::{Request, params::ListParams};
use rulebox_core::{Collector, Problem};
use serde::{Deserialize, de::IgnoredAny};

use crate::{
    discovery::Resource,
    fetch::{Failure, Fetch, excerpt},
    plan::{List, Outcome},
};

/// How often a list that expired between two pages is begun again. A server keeps a list for 5 minutes, so one
/// that expires three times will not be read by trying a fourth.
const RESTARTS: u32 = 3;

/// Reads one list. What it read stays in the collector, whatever becomes of the rest.
///
/// No `resourceVersion` is asked for. `0` would be cheaper for the server, but it may answer from a cache of any
/// age, and older servers then ignore `limit` and send everything in one answer; a diagnosis must see what is, and
/// all pages as of one moment.
///
/// A list that expires is read again from the start: its rest would be of another moment. The collector keeps one
/// copy of each object, the newest.
pub(crate) async fn read(
    fetch: &mut Fetch,
    resource: &Resource,
    list: &List,
    page_size: u32,
    collector: &mut Collector,
    told: &mut (dyn FnMut(&str, usize) + Send),
) -> Outcome {
    let request = Request::new(resource.path(list.namespace.as_deref()));
    let mut outcome = Outcome::default();
    let mut shortfalls: Vec<String> = Vec::new();
    let mut token = String::new();
    let mut restarts = 0;
    loop {
        let objects = collector.input().objects;
        told("", objects);
        let params = params(list, page_size, &token);
        let page = match request.list(&params) {
            Ok(it) => fetch.get(&it.uri().to_string(), &mut |it| told(it, objects)).await,
            Err(error) => Err(Failure::Broken { reason: format!("cannot be asked for: {error}") }),
        };
        let taken = match page {
            Ok(page) => take(&page, resource, list, collector),
            Err(Failure::Gone) if restarts < RESTARTS => {
                restarts += 1;
                token.clear();
                continue;
            }
            Err(failure) => Err(failure),
        };
        let failure = match taken {
            Ok(page) => {
                outcome.begun = true;
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
            collector.problem(Problem { place, line: None, reason, lost: true });
        }
        shortfalls.push(reason(&failure, resource, list));
        break;
    }
    outcome.shortfall = shortfalls.join("; ");
    outcome
}

fn params(list: &List, page_size: u32, token: &str) -> ListParams {
    let mut params = ListParams::default().limit(page_size);
    if !list.selector.is_empty() {
        params = params.labels(&list.selector);
    }
    if !token.is_empty() {
        params = params.continue_token(token);
    }
    params
}

/// What came of a page.
struct Taken {
    /// The token of the next page; empty on the last.
    next: String,
    /// Why some of this one could not be read.
    losses: Vec<String>,
}

/// What a page tells beside its items.
#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    metadata: PageMetadata,
    /// `null` is Go's other way to write an empty list. Naming the function makes a list without items an error.
    #[serde(deserialize_with = "Option::deserialize")]
    #[expect(dead_code, reason = "only its presence counts; the reader takes the items")]
    items: Option<Vec<IgnoredAny>>,
}

#[derive(Default, Deserialize)]
struct PageMetadata {
    #[serde(default, rename = "continue")]
    next: Option<String>,
}

/// Gives a page to the reader.
fn take(
    page: &[u8],
    resource: &Resource,
    list: &List,
    collector: &mut Collector,
) -> Result<Taken, Failure> {
    let Page { metadata, .. } = serde_json::from_slice(page).map_err(|it| {
        let reason = excerpt(&format!("the server's answer is no list in JSON: {it}"));
        Failure::Broken { reason }
    })?;
    collector.listed(&list.group, &list.kind);
    let known = collector.input().problems.len();
    collector.input().bytes += page.len() as u64;
    items::offer(page, &resource.api_version, &resource.kind, collector);
    let new = collector.input().problems[known..].iter().filter(|it| it.lost);
    let losses = new.map(|it| format!("{}: {}", described(resource, list), it.reason)).collect();
    Ok(Taken { next: metadata.next.unwrap_or_default(), losses })
}

/// `pods in namespace csdr`, `backups.velero.io`.
pub(crate) fn described(resource: &Resource, list: &List) -> String {
    let name = resource.role_name();
    match &list.namespace {
        Some(namespace) => format!("{name} in namespace {namespace}"),
        None => name,
    }
}

fn reason(failure: &Failure, resource: &Resource, list: &List) -> String {
    let what = described(resource, list);
    let Failure::Forbidden { user } = failure else {
        return format!("{what}: {failure}");
    };
    let name = resource.role_name();
    let to = if user.is_empty() { String::new() } else { format!(" to `{user}`") };
    match (&list.namespace, resource.namespaced) {
        (Some(namespace), _) => format!(
            "forbidden: cannot list {what}; grant `list` on `{name}` in {namespace}{to} by a Role"
        ),
        (None, true) => format!(
            "forbidden: cannot list {what} in all namespaces; grant `list` on `{name}`{to} by a ClusterRole, or stay within namespaces by --namespace"
        ),
        (None, false) => {
            format!("forbidden: cannot list {what}; grant `list` on `{name}`{to} by a ClusterRole")
        }
    }
}

/// Until the reader takes lists.
mod items {
    use rulebox_core::{Collector, ObjectHead, ObjectRef, Problem};
    use serde_json::Value;

    pub(super) fn offer(page: &[u8], api_version: &str, kind: &str, collector: &mut Collector) {
        let Ok(page) = serde_json::from_slice::<Value>(page) else { return };
        for item in page["items"].as_array().into_iter().flatten() {
            let text = |it: &Value| it.as_str().unwrap_or_default().to_owned();
            let meta = &item["metadata"];
            if !meta.is_object() {
                collector.problem(Problem {
                    reason: "an item has no metadata".to_owned(),
                    lost: true,
                    ..Problem::default()
                });
                continue;
            }
            let object = ObjectRef {
                api_version: api_version.to_owned(),
                kind: kind.to_owned(),
                namespace: text(&meta["namespace"]),
                name: text(&meta["name"]),
                uid: text(&meta["uid"]),
            };
            let labels = meta["labels"].as_object().into_iter().flatten();
            let labels = labels.map(|(k, v)| (k.clone(), text(v))).collect();
            let resource_version = text(&meta["resourceVersion"]);
            let head = ObjectHead { object, resource_version, labels };
            collector.offer(&head, |_| item.to_string());
        }
    }
}
