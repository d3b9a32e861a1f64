//! What a cluster forbids and no rule complains of, because its rules can do without: a rule that
//! only consults a kind says less without it, and nobody would know why. What a rule lacks so that
//! it cannot judge is told by the rule itself.

use std::collections::BTreeMap;

use rulebox_core::{NeedCoverage, Problem, Report, coverage::REFUSED};

/// Adds to the input of the one cluster of a report what was forbidden and shows in no rule's
/// result.
pub(crate) fn tell(report: &mut Report) {
    let Report { inputs, coverage, rules, .. } = report;
    let Some(input) = inputs.first_mut() else { return };
    let mut told: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for NeedCoverage { pack, need, reason, .. } in coverage.iter() {
        let is_said =
            rules.iter().flat_map(|it| &it.reasons).any(|it| it.contains(reason.as_str()));
        if !reason.contains(REFUSED) || is_said {
            continue;
        }
        let readers = rules.iter().filter(|it| {
            it.pack == *pack
                && it.rule.consults.iter().chain(&it.rule.requires).any(|it| it == need)
        });
        told.entry(reason).or_default().extend(readers.map(|it| it.rule.id.as_str()));
    }
    for (reason, mut readers) in told {
        readers.sort_unstable();
        readers.dedup();
        let reason = format!("{reason}; without it these see less: {}", readers.join(", "));
        input.problems.push(Problem { reason, ..Problem::default() });
    }
}

#[cfg(test)]
mod tests {
    use rulebox_core::{Coverage, Input, RuleInfo, RuleOutcome, RuleResult, Severity};

    use super::*;

    fn rule(id: &str, requires: &str, consults: &str, reasons: &[&str]) -> RuleOutcome {
        let list = |it: &str| it.split_whitespace().map(str::to_owned).collect();
        RuleOutcome {
            cluster: String::new(),
            pack: "p".to_owned(),
            rule: RuleInfo {
                id: id.to_owned(),
                requires: list(requires),
                consults: list(consults),
                severity: Severity::Low,
                summary: String::new(),
                documentation: String::new(),
            },
            severity: Severity::Low,
            result: RuleResult::Pass,
            reasons: reasons.iter().map(|&it| it.to_owned()).collect(),
            stale_since: None,
        }
    }

    fn coverage(need: &str, reason: &str) -> NeedCoverage {
        NeedCoverage {
            cluster: String::new(),
            pack: "p".to_owned(),
            need: need.to_owned(),
            group: String::new(),
            kind: String::new(),
            namespaces: Vec::new(),
            label_selector: String::new(),
            coverage: Coverage::Absent,
            selected: 0,
            reason: reason.to_owned(),
        }
    }

    #[test]
    fn what_is_only_consulted_and_forbidden_is_told() {
        let mut report = Report {
            inputs: vec![Input::default()],
            coverage: vec![
                coverage("pods", "forbidden: cannot list pods"),
                coverage("events", "forbidden: cannot list events"),
                coverage("nodes", "the cluster serves no Node"),
            ],
            rules: vec![
                rule("a", "pods", "events nodes", &["forbidden: cannot list pods"]),
                rule("b", "", "events", &[]),
            ],
            ..Report::default()
        };
        tell(&mut report);
        let told: Vec<_> = report.inputs[0].problems.iter().map(|it| it.reason.as_str()).collect();
        assert_eq!(told, ["forbidden: cannot list events; without it these see less: a, b"]);
        assert!(!report.inputs[0].problems[0].lost());
    }
}
