//! Whether a list is only a page of a longer one, as a request with `limit` gives it.

use rulebox_core::Concerns;

use super::value::Value;
use crate::{journal::Page, type_meta::TypeMeta};

/// The list as a page. `metadata`: of the list. `of_items`: the type of its items, if the list
/// states it; `otherwise`: whose objects the others are, if it does not.
///
/// None if nothing tells that other pages follow, or that the list is the last page of one.
pub(super) fn page(
    metadata: Option<&Value<'_>>,
    of_items: Option<&TypeMeta>,
    otherwise: Concerns,
    items: usize,
) -> Option<Page> {
    let text = |key| {
        let value = metadata.and_then(|it| it.get(key)).and_then(Value::scalar_text);
        value.unwrap_or_default()
    };
    let remaining = text("remainingItemCount").parse().ok().filter(|it| *it > 0);
    let follows = !text("continue").is_empty() || remaining.is_some();
    let version = text("resourceVersion").into_owned();
    let list = of_items.filter(|_| !version.is_empty());
    let list = list.map(|it| (it.group().to_owned(), it.kind.clone(), version));
    let concerns = of_items.map_or(otherwise, |it| Concerns::kind(it.group(), &it.kind));
    let known = follows || list.is_some();
    known.then_some(Page { list, concerns, items, follows, remaining })
}
