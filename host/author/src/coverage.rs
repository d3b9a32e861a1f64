//! Which rules, causes and needs no case shows.
//!
//! A cause is a value of the label `reason` of a rule's findings. Which values there are is not
//! said by the contract: known are those that a case shows, and, of a rule that gives the label at
//! all, those that its documentation lists (``- `bucket-acl`, `access-denied`: …``).

use std::{collections::BTreeSet, fmt::Write as _};

use rulebox_core::PackInfo;
use rulebox_fixture::listed_causes;
use serde::Serialize;

use crate::run::Shown;

/// What cases show, and what none does.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CoverageView {
    /// How many rules there are.
    pub rules: usize,
    /// The rules that fire in no case.
    pub never_fire: Vec<String>,
    /// The rules that could judge in no case, and found nothing.
    pub never_quiet: Vec<String>,
    /// How many causes are known.
    pub causes: usize,
    /// The causes that the documentation lists and no case shows: `rule reason`.
    pub causes_without_case: Vec<String>,
    /// The causes that a case shows and the documentation does not list, of rules that list any.
    pub causes_not_documented: Vec<String>,
    /// How many needs there are.
    pub needs: usize,
    /// The needs of which no case holds an object, or a line.
    pub needs_without_case: Vec<String>,
}

impl CoverageView {
    /// Of all cases together.
    pub(crate) fn of(packs: &[&PackInfo], cases: &[&Shown]) -> Self {
        let mut view = Self::default();
        for pack in packs {
            let fired = |rule: &(String, String)| cases.iter().any(|it| it.fired.contains(rule));
            let quiet = |rule: &(String, String)| cases.iter().any(|it| it.quiet.contains(rule));
            for rule in &pack.rules {
                let named = (pack.name.clone(), rule.id.clone());
                view.rules += 1;
                view.never_fire.extend((!fired(&named)).then(|| rule.id.clone()));
                view.never_quiet.extend((!quiet(&named)).then(|| rule.id.clone()));
                let shown = cases.iter().flat_map(|it| &it.causes);
                let shown = shown.filter(|it| it.0 == pack.name && it.1 == rule.id);
                let shown: BTreeSet<_> = shown.map(|it| it.2.clone()).collect();
                if !shown.is_empty() {
                    view.causes_of(&rule.id, &shown, &listed_causes(&rule.documentation));
                }
            }
            let objects = pack.needs.objects.iter().map(|it| (&it.id, it.kind_name()));
            let texts = pack.needs.texts.iter().map(|it| (&it.id, it.paths.join(", ")));
            for (need, what) in objects.chain(texts) {
                let named = (pack.name.clone(), need.clone());
                let is_shown = cases.iter().any(|it| it.needs.contains(&named));
                view.needs += 1;
                view.needs_without_case.extend((!is_shown).then(|| format!("{need} ({what})")));
            }
        }
        view
    }

    fn causes_of(&mut self, rule: &str, shown: &BTreeSet<String>, listed: &BTreeSet<String>) {
        let named = |it: &String| format!("{rule} {it}");
        self.causes += shown.union(listed).count();
        self.causes_without_case.extend(listed.difference(shown).map(named));
        if !listed.is_empty() {
            self.causes_not_documented.extend(shown.difference(listed).map(named));
        }
    }

    /// Lines for people.
    pub(crate) fn text(&self) -> String {
        let mut text = String::from("\nCOVERAGE\n");
        let mut line = |what: &str, all: usize, missing: &[(&str, &[String])]| {
            let lacking: BTreeSet<_> = missing.iter().flat_map(|it| it.1).collect();
            let _ = writeln!(text, "  {what:7} {} of {all}", all.saturating_sub(lacking.len()));
            for (why, names) in missing.iter().filter(|it| !it.1.is_empty()) {
                let _ = writeln!(text, "          {why}: {}", names.join(", "));
            }
        };
        line(
            "rules",
            self.rules,
            &[("fire in no case", &self.never_fire), ("quiet in no case", &self.never_quiet)],
        );
        line("causes", self.causes, &[("in no case", &self.causes_without_case)]);
        line("needs", self.needs, &[("read in no case", &self.needs_without_case)]);
        if !self.causes_not_documented.is_empty() {
            let causes = self.causes_not_documented.join(", ");
            let _ = writeln!(text, "  causes that the documentation does not list: {causes}");
        }
        text
    }
}
