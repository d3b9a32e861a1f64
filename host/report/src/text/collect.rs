//! What to type to be given what the input did not show: one command for all of it.

use anstyle::AnsiColor;
use rulebox_core::{Coverage, Report, RuleResult, coverage::REFUSED, text::escape};

use super::page::{FIELD, Page};

/// Commands that collect all that the chosen rules need. Whoever writes the text does not know the
/// program that it is printed by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Collect {
    /// Writes a script for somebody who has only kubectl.
    pub script: String,
    /// Collects from the cluster itself.
    pub bundle: String,
}

/// Offers the commands, behind the sentence that says what for.
pub(super) fn collect(page: &mut Page, why: &str, Collect { script, bundle }: &Collect) {
    let how = "This writes a script; run it where kubectl reaches the cluster, and check the \
               archive that it leaves:";
    page.prose(2, "collect", &format!("{why} {how}"));
    command(page, script);
    page.prose(2 + FIELD, "", "Or, with access to the cluster:");
    command(page, bundle);
}

fn command(page: &mut Page, command: &str) {
    let command = page.paint(AnsiColor::Green.on_default(), &escape(command));
    page.line(4 + FIELD, &command);
}

/// Whether a rule that could not judge requires a kind that somebody could collect.
pub(crate) fn would_help(report: &Report) -> bool {
    report.rules.iter().filter(|it| it.result == RuleResult::NoData).any(|rule| {
        let mut needs = report.coverage.iter().filter(|it| {
            (&it.cluster, &it.pack) == (&rule.cluster, &rule.pack)
                && rule.rule.requires.contains(&it.need)
        });
        needs.any(|it| {
            let lacks = !it.kind.is_empty() && it.coverage != Coverage::Complete;
            lacks && !is_refused(&it.reason)
        })
    })
}

/// Whether a cluster was asked, and another script would be given the same answer: the reason says
/// what to grant.
fn is_refused(reason: &str) -> bool {
    let is_one = |it: &str| {
        it.starts_with(REFUSED)
            || it.starts_with("the cluster serves no ")
            || it.starts_with("Error from server (Forbidden)")
    };
    reason.split("; ").all(|it| is_one(it) || it.starts_with("grant "))
}
