//! Whether all pages of a list were read: an API server gives a long list in pages where it is
//! asked for a limited number of objects, and `kubectl get --raw` asks for one page.

use std::collections::BTreeMap;

use rulebox_core::{Concerns, Problem};

use crate::journal::Page;

/// The pages of one input.
#[derive(Debug, Default)]
pub(super) struct Pages {
    /// By group, kind and `resourceVersion`.
    lists: BTreeMap<(String, String, String), List>,
    /// Pages of which nothing tells their list.
    alone: Vec<Open>,
}

/// The pages of one list, in whichever order.
#[derive(Debug, Default)]
struct List {
    items: u64,
    /// How many items the list has, as far as its pages say it.
    least: u64,
    /// Whether the last page was read.
    ends: bool,
    /// The first page that says that others follow.
    open: Option<Open>,
}

/// A page that others follow.
#[derive(Debug)]
struct Open {
    place: String,
    line: Option<u64>,
    remaining: Option<u64>,
    concerns: Concerns,
}

impl Pages {
    /// Takes note of a page, and where it stands.
    pub(super) fn see(&mut self, place: String, line: Option<u64>, page: Page) {
        let Page { list, concerns, items, follows, remaining } = page;
        let open = follows.then_some(Open { place, line, remaining, concerns });
        let Some(list) = list else { return self.alone.extend(open) };
        let list = self.lists.entry(list).or_default();
        let items = items as u64;
        list.items += items;
        list.least = list.least.max(items.saturating_add(remaining.unwrap_or(0)));
        list.ends |= !follows;
        list.open = list.open.take().or(open);
    }

    /// What is missing of lists of which not all pages were read.
    pub(super) fn missing(self) -> impl Iterator<Item = Problem> {
        let lists = self.lists.into_values().filter(|it| !it.ends || it.items < it.least);
        let open = lists.filter_map(|it| it.open).chain(self.alone);
        open.map(|Open { place, line, remaining, concerns }| {
            let others = match remaining {
                Some(1) => "1 more object stands on another".to_owned(),
                Some(more) => format!("{more} more objects stand on others"),
                None => "`metadata.continue` says that others follow".to_owned(),
            };
            let reason = format!(
                "one page of a list, and not all pages of it are in the input: {others}; \
                 get the list without `limit`, or add all pages"
            );
            Problem { place, line, reason, concerns, ..Problem::default() }
        })
    }
}
