//! Commands in findings, as they must be typed here: with the context and the kubeconfig that the
//! run was told, so that what is copied into a shell reaches the cluster that was read, and not the
//! one that is current there. Rules do not know how a cluster was reached; this is the one place
//! that adds it, where a run has its findings and nothing is written yet.

use std::{borrow::Cow, path::Path};

use rulebox_core::shell_word;
use rulebox_report::{Step, steps};

/// The program that reaches clusters.
const KUBECTL: &str = "kubectl";

/// How kubectl has to be called; empty where it reaches the cluster by itself.
#[derive(Debug, Default)]
pub(crate) struct Aim(String);

impl Aim {
    /// For what was typed.
    pub(crate) fn of(kubeconfig: Option<&Path>, context: Option<&str>) -> Self {
        let file = kubeconfig.map(|it| it.to_string_lossy());
        let flags = [("--kubeconfig", file), ("--context", context.map(Cow::Borrowed))];
        let flags = flags.into_iter().filter_map(|(flag, word)| Some((flag, word?)));
        let flags = flags.map(|(flag, word)| format!(" {flag} {}", shell_word(&word)));
        Self(flags.collect::<Vec<_>>().concat())
    }

    /// The steps of a remedy with its commands aimed: lines that run kubectl, and commands in
    /// sentences, which stand in backticks.
    pub(crate) fn aimed(&self, remedy: &str) -> String {
        if self.0.is_empty() || !remedy.contains(KUBECTL) {
            return remedy.to_owned();
        }
        let commands = steps(remedy).into_iter().filter_map(|it| match it {
            Step::Look(command) | Step::Change(command) => Some(command),
            Step::Say(_) => None,
        });
        let mut commands = commands.peekable();
        let lines = remedy.split('\n').map(|line| {
            if commands.next_if(|it| line.contains(it)).is_some() {
                self.aimed_script(line)
            } else {
                self.aimed_sentence(line)
            }
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    fn aimed_sentence(&self, line: &str) -> String {
        let spans = line.split('`').enumerate().map(|(nth, span)| {
            if nth % 2 == 1 { self.aimed_script(span) } else { span.to_owned() }
        });
        spans.collect::<Vec<_>>().join("`")
    }

    /// A line of a script, in which kubectl may stand at the beginning and behind `|`, `;`, `&` and
    /// `$(`. What stands in quotes is a word of some command.
    fn aimed_script(&self, line: &str) -> String {
        let mut aimed = String::new();
        let mut begins = true;
        let mut quote = None;
        let mut chars = line.char_indices();
        while let Some((at, c)) = chars.next() {
            let rest = &line[at..];
            let is_kubectl = rest
                .strip_prefix(KUBECTL)
                .is_some_and(|it| it.is_empty() || it.starts_with([' ', '\t']));
            if begins && quote.is_none() && is_kubectl {
                aimed.push_str(KUBECTL);
                aimed.push_str(&self.0);
                chars = line.char_indices();
                chars.nth(line[..at + KUBECTL.len()].chars().count() - 1);
                begins = false;
                continue;
            }
            aimed.push(c);
            match (c, quote) {
                ('\\', None | Some('"')) => aimed.extend(chars.next().map(|it| it.1)),
                ('\'' | '"', None) => quote = Some(c),
                (c, Some(open)) if c == open => quote = None,
                _ => {}
            }
            let opens = "|;&(".contains(c) && quote.is_none();
            begins = opens || (begins && (c.is_whitespace() || c == '$'));
        }
        aimed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(remedy: &str, want: &str) {
        let aim = Aim::of(Some(Path::new("a b.yaml")), Some("prod"));
        let flags = "--kubeconfig 'a b.yaml' --context prod";
        assert_eq!(aim.aimed(remedy), want.replace("FLAGS", flags));
    }

    #[test]
    fn commands_reach_the_cluster_of_the_run() {
        check("kubectl -n csdr get pod", "kubectl FLAGS -n csdr get pod");
        check(
            "See its events:\nkubectl describe node n\nkubectl knows more.",
            "See its events:\nkubectl FLAGS describe node n\nkubectl knows more.",
        );
        check(
            "kubectl get pod -o name | grep x && kubectl get node",
            "kubectl FLAGS get pod -o name | grep x && kubectl FLAGS get node",
        );
        check("$ kubectl get node", "$ kubectl FLAGS get node");
        check("Try `kubectl get node`, or wait.", "Try `kubectl FLAGS get node`, or wait.");
        check(
            "kubectl patch pod '; kubectl x' -p \"a\\\"; kubectl y\"",
            "kubectl FLAGS patch pod '; kubectl x' -p \"a\\\"; kubectl y\"",
        );
        check("kubectl get é; kubectl get", "kubectl FLAGS get é; kubectl FLAGS get");
        check("velero backup describe kubectl", "velero backup describe kubectl");
    }

    #[test]
    fn where_nothing_was_typed_commands_stay() {
        let remedy = "kubectl get node";
        assert_eq!(Aim::of(None, None).aimed(remedy), remedy);
    }
}
