//! Which kinds a group serves, and by which resource each is listed.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{APIGroup, APIResourceList};
use serde::de::DeserializeOwned;

use crate::fetch::{Failure, Fetch, excerpt};

/// How a kind is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Resource {
    /// `v1`, `apps/v1`.
    pub(crate) api_version: String,
    /// `Pod`.
    pub(crate) kind: String,
    /// `pods`.
    pub(crate) plural: String,
    pub(crate) namespaced: bool,
    /// Whether the server lists the kind. Some kinds only answer questions, for example
    /// `TokenReview`.
    pub(crate) listable: bool,
}

impl Resource {
    /// Group and version: `apps` and `v1` of `apps/v1`. The core group has no name.
    pub(crate) fn group_version(&self) -> (&str, &str) {
        self.api_version.split_once('/').unwrap_or(("", &self.api_version))
    }

    /// The path of the kind's list, in one namespace or in all.
    pub(crate) fn path(&self, namespace: Option<&str>) -> String {
        let root = if self.api_version.contains('/') { "apis" } else { "api" };
        let namespace = namespace.map(|it| format!("namespaces/{it}/")).unwrap_or_default();
        format!("/{root}/{}/{namespace}{}", self.api_version, self.plural)
    }

    /// The name in a role: `pods`, `backups.velero.io`.
    pub(crate) fn role_name(&self) -> String {
        match self.group_version() {
            ("", _) => self.plural.clone(),
            (group, _) => format!("{}.{group}", self.plural),
        }
    }
}

/// What discovery found in a group.
#[derive(Debug, Default)]
pub(crate) struct Discovery {
    /// By kind.
    pub(crate) resources: BTreeMap<String, Resource>,
    /// Why a kind that is not in `resources` may be served all the same.
    pub(crate) failure: Option<Failure>,
}

/// Looks for kinds in one group: first in the group's preferred version, then in the others.
///
/// Discovery of one group takes two small answers and works on every version of Kubernetes. The
/// aggregated form needs 1.26 and returns every resource of every group, a megabyte in a cluster
/// with many custom resources.
pub(crate) async fn discover(
    fetch: &mut Fetch,
    group: &str,
    kinds: &BTreeSet<String>,
    waiting: &mut (dyn FnMut(&str) + Send),
) -> Discovery {
    let mut found = Discovery::default();
    let versions = match versions(fetch, group, waiting).await {
        Ok(it) => it,
        Err(Failure::NotFound) => return found,
        Err(failure) => return Discovery { failure: Some(failure), ..found },
    };
    for version in versions {
        let root = if version.contains('/') { "apis" } else { "api" };
        match answer::<APIResourceList>(fetch, &format!("/{root}/{version}"), waiting).await {
            Ok(list) => take(&mut found.resources, &version, list, kinds),
            Err(Failure::NotFound) => {}
            Err(failure) => found.failure = Some(failure),
        }
        if kinds.iter().all(|it| found.resources.contains_key(it)) {
            return Discovery { failure: None, ..found };
        }
    }
    found
}

/// The versions of a group in the form of `apiVersion`, the preferred one first. The core group has
/// one.
async fn versions(
    fetch: &mut Fetch,
    group: &str,
    waiting: &mut (dyn FnMut(&str) + Send),
) -> Result<Vec<String>, Failure> {
    if group.is_empty() {
        return Ok(vec!["v1".to_owned()]);
    }
    let known: APIGroup = answer(fetch, &format!("/apis/{group}"), waiting).await?;
    let mut versions: Vec<_> = known.versions.into_iter().map(|it| it.group_version).collect();
    if let Some(preferred) = known.preferred_version {
        // A stable sort: the others keep the server's order of priority.
        versions.sort_by_key(|it| *it != preferred.group_version);
    }
    Ok(versions)
}

fn take(
    resources: &mut BTreeMap<String, Resource>,
    version: &str,
    list: APIResourceList,
    kinds: &BTreeSet<String>,
) {
    for it in list.resources {
        let is_subresource = it.name.contains('/');
        if is_subresource || !kinds.contains(&it.kind) {
            continue;
        }
        let listable = it.verbs.iter().any(|it| it == "list");
        let known = resources.get(&it.kind);
        if known.is_none_or(|known| listable && !known.listable) {
            let resource = Resource {
                api_version: version.to_owned(),
                kind: it.kind.clone(),
                plural: it.name,
                namespaced: it.namespaced,
                listable,
            };
            resources.insert(it.kind, resource);
        }
    }
}

async fn answer<T: DeserializeOwned>(
    fetch: &mut Fetch,
    path: &str,
    waiting: &mut (dyn FnMut(&str) + Send),
) -> Result<T, Failure> {
    let body = fetch.get(path, waiting).await?;
    serde_json::from_slice(&body).map_err(|it| {
        let reason = format!("the server's answer to {path} is broken: {it}");
        Failure::Broken { reason: excerpt(&reason) }
    })
}
