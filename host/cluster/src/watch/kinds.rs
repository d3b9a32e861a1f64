//! Which resources a server serves for the kinds of the needs, asked again and again: what was
//! known of a group that does not answer now stays known.

use std::collections::{BTreeMap, BTreeSet};

use rulebox_core::{ObjectNeed, addresses, is_group};
use tokio::time::{Duration, Instant};

use super::health::is_silence;
use crate::{
    discovery::{Resource, discover},
    fetch::{Failure, Fetch},
    plan::{self, Ask},
};

/// A kind that was served and is not may be on its way back for so long: a chart that is installed
/// anew deletes its definitions and brings them again.
const RETURNS_WITHIN: Duration = Duration::from_mins(10);

/// What is known of the kinds: each group and kind, and its resource.
#[derive(Debug, Clone, Default)]
pub(super) struct Kinds {
    resources: BTreeMap<(String, String), Resource>,
    /// Why a kind of the group may be served all the same.
    failures: BTreeMap<String, Failure>,
    /// Since when kinds that were served are not.
    vanished: BTreeMap<(String, String), Instant>,
}

impl Kinds {
    /// Asks the server. An error, where it does not answer at all or accepts no credentials; then
    /// everything stays as it was.
    pub(super) async fn ask(&mut self, fetch: &Fetch, needs: &[ObjectNeed]) -> Result<(), Failure> {
        let mut wanted: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        for need in needs.iter().filter(|it| is_group(&it.group)) {
            wanted.entry(&need.group).or_default().insert(need.kind.clone());
        }
        let (mut answered, mut first) = (false, None);
        for (group, kinds) in wanted {
            // Of each group it counts by itself which requests have failed.
            let mut fetch = fetch.clone();
            let mut found = discover(&mut fetch, group, &kinds, &mut |_| {}).await;
            if let Some(failure) = found.failure.take() {
                // A server that fails one group may serve the others.
                let of_group = matches!(failure, Failure::Status { .. } | Failure::Busy { .. });
                if is_silence(&failure) && !of_group {
                    return Err(failure);
                }
                answered |= !is_silence(&failure);
                first.get_or_insert_with(|| failure.clone());
                self.failures.insert(group.to_owned(), failure);
                self.add(group, found.resources);
                continue;
            }
            answered = true;
            self.failures.remove(group);
            for kind in kinds {
                // Old servers serve some kinds in another group only.
                for alias in addresses(group, &kind).skip(1) {
                    if found.resources.contains_key(&kind) {
                        break;
                    }
                    let kinds = BTreeSet::from([kind.clone()]);
                    let other = discover(&mut fetch, alias, &kinds, &mut |_| {}).await;
                    found.resources.extend(other.resources);
                    found.failure = found.failure.or(other.failure);
                }
                if !found.resources.contains_key(&kind) && found.failure.is_none() {
                    let kind = (group.to_owned(), kind);
                    if self.resources.remove(&kind).is_some() {
                        self.vanished.insert(kind, Instant::now());
                    }
                }
            }
            if let Some(failure) = found.failure {
                self.failures.insert(group.to_owned(), failure);
            }
            self.add(group, found.resources);
        }
        // A server that fails all of them answers nothing.
        match first {
            Some(failure) if !answered => Err(failure),
            _ => Ok(()),
        }
    }

    fn add(&mut self, group: &str, resources: BTreeMap<String, Resource>) {
        let resources = resources.into_iter().map(|(kind, it)| ((group.to_owned(), kind), it));
        for (kind, resource) in resources {
            self.vanished.remove(&kind);
            self.resources.insert(kind, resource);
        }
    }

    /// Whether a kind that was served until a while ago may be served again soon.
    pub(super) fn may_return(&self) -> bool {
        self.vanished.values().any(|it| it.elapsed() < RETURNS_WITHIN)
    }

    /// The resource of a kind, if it is served.
    pub(super) fn resource(&self, group: &str, kind: &str) -> Option<&Resource> {
        self.resources.get(&(group.to_owned(), kind.to_owned()))
    }

    /// The lists of a need, or why there are none.
    pub(super) fn lists(&self, need: &ObjectNeed, allowed: &[String]) -> Result<Ask, String> {
        if !is_group(&need.group) {
            return Err(format!("`{}` cannot be an API group", need.group));
        }
        let found = self.resource(&need.group, &need.kind);
        plan::ask_found(need, found, self.failures.get(&need.group), allowed)
    }
}
