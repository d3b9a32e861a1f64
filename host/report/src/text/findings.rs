//! Findings: what is wrong, why, what to type, and what shows it. Those that the configuration
//! suppresses stand behind them.

use std::collections::{HashMap, HashSet};

use anstyle::AnsiColor;
use rulebox_core::{
    Evidence, Finding, ObjectRef, Report, ReportedFinding, Suppression, text::escape,
};

use super::{
    page::{FIELD, Page, count},
    places::{in_brackets, shown_place},
    style::Detail,
};
use crate::{
    forest::Forest,
    prose::{Step, steps, wrap},
};

/// How many characters of one value of evidence are shown unless verbose: four lines of a terminal.
/// Longer values are logs and stack traces.
const VALUE_SHOWN: usize = 320;

/// The findings that count, in trees: a cause in full, what follows from it with what that adds.
pub(super) fn findings(
    page: &mut Page,
    report: &Report,
    cluster: &str,
    (forest, names): (&Forest, &HashMap<(&str, &str), usize>),
) {
    // The finding at the top of the tree, and what the tree has said.
    let (mut top, mut said) = (None, Said::default());
    for (at, it) in report.findings.iter().enumerate() {
        if it.cluster != cluster || it.suppressed.is_some() {
            continue;
        }
        let above = forest.shown_above(&report.findings, at);
        if above.is_none() {
            (top, said) = (Some(at), Said::default());
        }
        let causes = it.causes.iter().filter_map(|cause| names.get(&(cluster, cause.as_str())));
        // That it follows from the finding at the top is clear where it stands.
        let told = causes.filter(|&&cause| above.is_none() || top != Some(cause));
        let causes: Vec<_> = told.map(|&cause| &report.findings[cause]).collect();
        finding(page, it, above.is_some(), &causes, &mut said);
    }
    if top.is_some() && page.style.detail == Detail::Quiet {
        page.gap();
    }
}

/// What a tree of findings has said, so that what follows from a cause does not repeat it.
#[derive(Default)]
struct Said<'r> {
    subjects: HashSet<[&'r str; 4]>,
    causes: HashSet<&'r str>,
    /// Of remedies: sentences and commands.
    steps: HashSet<Step<'r>>,
    evidence: HashSet<([&'r str; 4], &'r str, &'r str)>,
}

impl<'r> Said<'r> {
    /// Whether a sentence and the commands behind it say nothing new. What is typed counts: each
    /// rule introduces it in words of its own.
    fn has_block(&self, block: &[Step<'r>]) -> bool {
        let mut commands = block.iter().filter(|it| !matches!(it, Step::Say(_))).peekable();
        if commands.peek().is_none() {
            return block.iter().all(|it| self.steps.contains(it));
        }
        commands.all(|it| self.steps.contains(it))
    }
}

/// What is not repeated is told by this.
const AS_ABOVE: &str = "as above";

fn finding<'r>(
    page: &mut Page,
    it: &'r ReportedFinding,
    follows: bool,
    causes: &[&ReportedFinding],
    said: &mut Said<'r>,
) {
    let ReportedFinding {
        cluster: _,
        pack,
        fingerprint,
        finding,
        place,
        evidence_places: _, // with the evidence
        suppressed: _,
        causes: _, // those that are to be told are given
    } = it;
    let Finding {
        rule,
        severity,
        subject,
        summary,
        cause,
        remedy,
        evidence: _,
        labels,
        caused_by: _, // what became of it is in the causes
    } = finding;
    page.heading(follows, *severity, subject, pack, rule);
    if page.style.detail == Detail::Quiet {
        // Not wrapped, and no gap behind it: a finding is two lines, for `grep` too.
        page.line(2, &escape(summary));
        return;
    }
    page.prose(2, "", summary);
    page.list("due to", causes.iter().map(|it| due_to(it)));
    let is_said = !cause.is_empty() && !said.causes.insert(cause);
    page.prose(2, "cause", if is_said { AS_ABOVE } else { cause });
    page.remedy(remedy, said);
    let is_new = said.subjects.insert(name(subject));
    if let Some(place) = place.as_ref().filter(|_| is_new).and_then(shown_place) {
        page.labelled(2, 2 + FIELD, Some("found at"), &escape(&place));
    }
    page.evidence(it, said);
    if page.style.detail == Detail::Verbose {
        let labels = labels.iter().map(|(name, value)| format!("{name} = {value}"));
        page.list("labels", labels);
        page.line(2, &format!("fingerprint {}", escape(fingerprint)));
    }
    page.gap();
}

/// `BackupLocation csdr/vault  backup-center/vault-unavailable`
fn due_to(it: &ReportedFinding) -> String {
    let ReportedFinding { pack, finding: Finding { rule, subject, .. }, suppressed, .. } = it;
    let known = if suppressed.is_some() { ", which is suppressed" } else { "" };
    format!("{subject}  {pack}/{rule}{known}")
}

/// What names an object; a reference may lack the version or the uid.
fn name(object: &ObjectRef) -> [&str; 4] {
    [object.group(), &object.kind, &object.namespace, &object.name]
}

pub(super) fn suppressed(page: &mut Page, report: &Report, cluster: &str) {
    let hidden: Vec<_> = report
        .findings
        .iter()
        .filter(|it| it.cluster == cluster)
        .filter_map(|it| Some((it, it.suppressed.as_ref()?)))
        .collect();
    if hidden.is_empty() || page.style.detail == Detail::Quiet {
        return;
    }
    page.title("SUPPRESSED", &format!("{}, by the configuration", count(hidden.len(), "finding")));
    for (it, Suppression { reason, expires }) in hidden {
        let Finding { rule, severity, subject, summary, .. } = &it.finding;
        let (pack, rule) = (escape(&it.pack), escape(rule));
        let subject = subject.to_string();
        page.line(2, &format!("{severity}  {}  {pack}/{rule}", escape(&subject)));
        page.prose(4, "", summary);
        let until = expires
            .as_ref()
            .map_or_else(|| "no expiry".to_owned(), |it| format!("until {}", it.typed));
        page.prose(4, "", &format!("{until}: {reason}"));
    }
    page.gap();
}

impl Page {
    /// Sentences wrapped, commands whole. A sentence and its commands that the tree has said
    /// already are not repeated.
    fn remedy<'r>(&mut self, remedy: &'r str, said: &mut Said<'r>) {
        let steps = steps(remedy);
        let blocks = steps.chunk_by(|_, next| !matches!(next, Step::Say(_)));
        let mut label = Some("remedy");
        let mut is_above = false;
        for block in blocks {
            let was_above = std::mem::replace(&mut is_above, said.has_block(block));
            match (is_above, was_above) {
                (true, true) => {}
                (true, false) => self.labelled(2, 2 + FIELD, label.take(), AS_ABOVE),
                (false, _) => block.iter().for_each(|it| self.step(*it, &mut label)),
            }
        }
        said.steps.extend(&steps);
    }

    /// `!` stands before a command that changes something, apart from it, so that a line can still
    /// be copied by its words.
    fn step(&mut self, step: Step<'_>, label: &mut Option<&str>) {
        let (command, changes) = match step {
            Step::Say(text) => {
                for line in wrap(&escape(text), self.style.width - 2 - FIELD) {
                    self.labelled(2, 2 + FIELD, label.take(), &line);
                }
                return;
            }
            Step::Look(command) => (command, false),
            Step::Change(command) => (command, true),
        };
        if let Some(label) = label.take() {
            self.labelled(2, 2 + FIELD, Some(label), "");
        }
        if changes {
            self.has_changes = true;
            let color = AnsiColor::Yellow.on_default().bold();
            let (mark, command) = (self.paint(color, "!"), self.paint(color, &escape(command)));
            self.line(2 + FIELD, &format!("{mark} {command}"));
        } else {
            let command = self.paint(AnsiColor::Green.on_default(), &escape(command));
            self.line(4 + FIELD, &command);
        }
    }

    /// `path = value`, after the object where that is not the finding's subject. The first time,
    /// the object's place stands behind it: `(dump.yaml:812)`, or only `(line 812)` in the file
    /// that was named last. What the tree has said already is not repeated.
    fn evidence<'r>(&mut self, finding: &'r ReportedFinding, said: &mut Said<'r>) {
        let limit = if self.style.detail == Detail::Verbose { usize::MAX } else { VALUE_SHOWN };
        let ReportedFinding { finding: Finding { subject: of, .. }, place, .. } = finding;
        let mut named = vec![of];
        let mut file = place.as_ref().filter(|it| it.line.is_some());
        let key = |it: &'r Evidence| {
            let Evidence { subject, path, value } = it;
            (subject.as_ref().map_or([""; 4], name), path.as_str(), value.as_str())
        };
        let new: Vec<_> =
            finding.evidence().filter(|(it, _)| !said.evidence.contains(&key(it))).collect();
        said.evidence.extend(finding.finding.evidence.iter().map(key));
        let lines = new.into_iter().map(|(Evidence { subject, path, value }, place)| {
            let other = subject.as_ref().filter(|it| !is_same(it, of));
            let other = other.map_or_else(String::new, |it| {
                let is_new = !named.iter().any(|known| is_same(known, it));
                named.push(it);
                let place = place.filter(|_| is_new);
                let place = place.and_then(|it| in_brackets(it, &mut file)).unwrap_or_default();
                format!("{it}{place}: ")
            });
            let is = if path.is_empty() { "" } else { " = " };
            format!("{other}{path}{is}{}", shorten(value, limit))
        });
        self.list("evidence", lines);
    }
}

fn shorten(value: &str, limit: usize) -> String {
    let rest = value.chars().count().saturating_sub(limit);
    if rest == 0 {
        return value.to_owned();
    }
    let head: String = value.chars().take(limit).collect();
    format!("{head}… and {rest} more characters")
}

/// Whether two references name the same object.
fn is_same(a: &ObjectRef, b: &ObjectRef) -> bool {
    name(a) == name(b)
}
