//! Why needs are not covered, taken apart: what a reason says of a kind, and what it says of a
//! loss, which many needs share.

use rulebox_core::{NeedCoverage, Report};

use super::reasons::Reason;

/// What tells the reasons of one report apart.
pub(super) struct Gaps<'r> {
    /// What was lost, as the reasons of needs give it.
    losses: Vec<String>,
    /// The same without its place.
    lost: Vec<&'r str>,
    /// Whether one command is offered for all kinds, so that none needs one of its own.
    one_command: bool,
}

impl<'r> Gaps<'r> {
    pub(super) fn of(report: &'r Report, one_command: bool) -> Self {
        let all = report.inputs.iter().flat_map(|input| {
            let lost = input.problems.iter().filter(|it| it.lost());
            lost.map(|it| (it.described(&input.name), it.reason.as_str()))
        });
        let (losses, lost) = all.unzip();
        Self { losses, lost, one_command }
    }

    /// What the reason of a need says, in one part or two.
    pub(super) fn parts(&self, need: &NeedCoverage) -> Vec<Reason> {
        let NeedCoverage { group, kind, reason, .. } = need;
        let (of_kind, loss) = self.parted(reason);
        let loss = loss.map(Reason::plain);
        let of_kind = if self.one_command { without_commands(of_kind) } else { of_kind.to_owned() };
        let of_kind = match (of_kind.as_str(), kind.as_str()) {
            ("", _) => None,
            (reason, "") => Some(Reason::plain(reason)),
            (reason, kind) => Some(Reason::of_kind(reason, group, kind)),
        };
        of_kind.into_iter().chain(loss).collect()
    }

    /// A reason without the loss that it ends with, and the loss.
    fn parted<'t>(&self, reason: &'t str) -> (&'t str, Option<&'t str>) {
        let ends = self.losses.iter().filter_map(|loss| {
            let head = reason.strip_suffix(loss.as_str())?;
            if head.is_empty() { Some(head) } else { head.strip_suffix("; ") }
        });
        // Of losses that end alike, the longest is the one that was meant.
        match ends.min_by_key(|it| it.len()) {
            Some("") => ("", Some(reason)),
            Some(head) => (head, Some(&reason[head.len() + "; ".len()..])),
            None => (reason, None),
        }
    }

    /// Whether something of a need was lost.
    pub(super) fn is_lost(&self, need: &NeedCoverage) -> bool {
        self.lost.iter().any(|it| need.reason.contains(it))
    }
}

/// A reason without the commands that a tool's layout adds for each kind.
fn without_commands(reason: &str) -> String {
    const BEGIN: &str = ": add `";
    let mut left = String::new();
    let mut rest = reason;
    while let Some((head, tail)) = rest.split_once(BEGIN) {
        let Some((_, after)) = tail.split_once('`') else { break };
        left.push_str(head);
        rest = after;
    }
    left + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_command_of_a_reason_is_left_out() {
        let check = |reason: &str, want: &str| assert_eq!(without_commands(reason), want);
        check("it holds no Pod: add `kubectl get pods`", "it holds no Pod");
        check("a: add `b`; c: add `d`", "a; c");
        check("a: add `b", "a: add `b");
        check("a", "a");
    }
}
