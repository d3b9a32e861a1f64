//! The comparison of two reports as SARIF 2.1.0, which has a word for how each result compares with
//! the run before: `baselineState`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::{
    diff::{Change, DiffView, Entry},
    sarif::{log, result, text, with_state},
    shown::{named, rule_of},
};

/// Writes a comparison as SARIF. A finding of before of which the report of after could not judge
/// is no result, neither a new one nor one that is absent: it is a notification, as is all that
/// cannot be compared.
pub fn diff_sarif(diff: &DiffView) -> String {
    let entries = diff.entries();
    let rules: BTreeSet<_> = entries.iter().map(|it| rule_of(it.finding)).collect();
    let places: BTreeMap<_, _> = rules.iter().map(String::as_str).zip(0_usize..).collect();
    let results = entries.iter().filter_map(|it| {
        let state = match it.change {
            Change::New => "new",
            Change::Changed => "updated",
            Change::Same => "unchanged",
            Change::Gone => "absent",
            Change::Unknown if it.is_there => "new",
            Change::Unknown => return None,
        };
        let of = if it.is_there { &diff.after } else { &diff.before };
        Some(with_state(result(it.finding, &places, &of.name), state))
    });
    let results: Vec<_> = results.collect();
    let tool = json!({ "driver": {
        "name": "Rulebox",
        "version": env!("CARGO_PKG_VERSION"),
        "rules": rules.iter().map(|it| json!({ "id": it })).collect::<Vec<_>>(),
    }});
    let invocation = json!({
        "executionSuccessful": diff.before.problems.is_empty() && diff.after.problems.is_empty(),
        "toolExecutionNotifications": notes(diff, &entries),
    });
    log(&tool, &invocation, &results)
}

fn notes(diff: &DiffView, entries: &[Entry<'_>]) -> Vec<Value> {
    let note = |descriptor: &str, said: &str| {
        json!({
            "level": "warning",
            "descriptor": { "id": descriptor },
            "message": text(said),
        })
    };
    let warnings = diff.warnings.iter().map(|it| note("compare-with-care", it));
    let unknown = entries.iter().filter(|it| it.change == Change::Unknown).map(|it| {
        let said = format!("{}: {}\n{}", named(it.finding), it.finding.summary, it.note);
        let mut note = note("not-compared", &said);
        note["associatedRule"] = json!({ "id": rule_of(it.finding) });
        note
    });
    warnings.chain(unknown).collect()
}
