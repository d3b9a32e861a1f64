//! What counts on though its rule says nothing any more: no data is not healthy. A finding that was
//! told goes on for a while where its rule cannot judge; it does not end as if it were mended.

use std::{collections::HashSet, time::Duration};

use rulebox_core::{Report, RuleResult};

/// For so long. An upgrade of a control plane takes less; then `rulebox_watch_up` and
/// `rulebox_rule_result` have to say it.
pub(super) const HELD: Duration = Duration::from_hours(1);

/// The rules that could not judge, or not all: cluster, pack and rule.
pub(super) fn unjudged(report: &Report) -> HashSet<(&str, &str, &str)> {
    let rules = report.rules.iter();
    let rules = rules.filter(|it| it.lacks_data() || it.result == RuleResult::Error);
    rules.map(|it| (&*it.cluster, &*it.pack, &*it.rule.id)).collect()
}
