//! For an engineer at a terminal, at night: what is broken, why, what to type, and what could not
//! be seen. One function for each section of the text, in their order; [`Page`] does the layout.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    fmt::Write as _,
};

use anstyle::{AnsiColor, Style};
use rulebox_core::{
    AsOf, AsOfSource, ClusterMoment, Coverage, Evidence, Finding, Input, NeedCoverage, ObjectRef,
    PackFailure, Place, Problem, Report, ReportedFinding, RuleOutcome, RuleResult, Severity,
    Suppression, text::escape,
};

use crate::{
    forest::{self, Forest},
    prose::{Step, steps, wrap, wrap_hanging},
};

/// How the text looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextStyle {
    /// Whether it holds ANSI escape codes for colours.
    pub color: bool,
    /// Columns. Sentences are wrapped to it, commands and names are not. A width below
    /// [`TextStyle::MIN_WIDTH`] counts as that.
    pub width: usize,
    /// How much the text says.
    pub detail: Detail,
}

impl TextStyle {
    /// Narrower than this, the hanging indent leaves no room for words.
    pub const MIN_WIDTH: usize = 40;
}

impl Default for TextStyle {
    fn default() -> Self {
        Self { color: false, width: 80, detail: Detail::Normal }
    }
}

/// How much the text says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// Two lines for a finding; what failed and the summary stay.
    Quiet,
    /// What somebody needs to act.
    #[default]
    Normal,
    /// Also labels, fingerprints, rules that passed or were skipped, every coverage; no value is
    /// shortened.
    Verbose,
}

/// How many problems of inputs are shown unless verbose. One bad archive can hold thousands; the
/// first few show the pattern, and fit on a screen beside the findings.
const PROBLEMS_SHOWN: usize = 10;

/// How many characters of one value of evidence are shown unless verbose: four lines of a terminal.
/// Longer values are logs and stack traces.
const VALUE_SHOWN: usize = 320;

/// How wide the labels of a finding's fields are: `evidence` and a gap.
const FIELD: usize = 10;

/// Writes a report for people. The report must be in the order of [`crate::arrange()`].
///
/// Everything that comes from inputs and packs is escaped: the only control characters of the
/// result are line feeds and, with `color`, its own colours.
pub fn text(report: &Report, style: &TextStyle) -> String {
    let mut page = Page::new(*style);
    let trees = (&Forest::of(&report.findings), &forest::names(&report.findings));
    for cluster in clusters(report) {
        if !cluster.is_empty() {
            page.title(&format!("CLUSTER {}", escape(cluster)), "");
            page.gap();
            // Among others, silence would look like something forgotten.
            let counts = |it: &ReportedFinding| it.cluster == cluster && it.suppressed.is_none();
            if !report.findings.iter().any(counts) {
                page.line(0, "no findings");
                page.gap();
            }
        }
        findings(&mut page, report, cluster, trees);
        suppressed(&mut page, report, cluster);
        failures(&mut page, report, cluster);
        no_data(&mut page, report, cluster);
        other_rules(&mut page, report, cluster);
        coverage(&mut page, report, cluster);
    }
    problems(&mut page, report);
    summary(&mut page, report);
    page.out
}

/// The clusters that the report names, sorted; what belongs to no cluster comes first.
fn clusters(report: &Report) -> BTreeSet<&str> {
    let findings = report.findings.iter().map(|it| it.cluster.as_str());
    let rules = report.rules.iter().map(|it| it.cluster.as_str());
    let failures = report.failures.iter().map(|it| it.cluster.as_str());
    let coverage = report.coverage.iter().map(|it| it.cluster.as_str());
    findings.chain(rules).chain(failures).chain(coverage).collect()
}

/// The findings that count, in trees: a cause in full, what follows from it with what that adds.
fn findings(
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
    page.prose(2, "", summary);
    if page.style.detail > Detail::Quiet {
        page.list("due to", causes.iter().map(|it| due_to(it)));
        let is_said = !cause.is_empty() && !said.causes.insert(cause);
        page.prose(2, "cause", if is_said { AS_ABOVE } else { cause });
        page.remedy(remedy, said);
        let is_new = said.subjects.insert(name(subject));
        if let Some(place) = place.as_ref().filter(|_| is_new).and_then(shown_place) {
            page.labelled(2, 2 + FIELD, Some("found at"), &escape(&place));
        }
        page.evidence(it, said);
    }
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

fn suppressed(page: &mut Page, report: &Report, cluster: &str) {
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
        let until = expires.map_or_else(|| "no expiry".to_owned(), |time| format!("until {time}"));
        page.prose(4, "", &format!("{until}: {reason}"));
    }
    page.gap();
}

fn failures(page: &mut Page, report: &Report, cluster: &str) {
    let failures: Vec<_> = report.failures.iter().filter(|it| it.cluster == cluster).collect();
    let is_explained = |it: &RuleOutcome| {
        let names = |rule: &Option<String>| rule.as_ref().is_none_or(|rule| *rule == it.rule.id);
        failures.iter().any(|failure| failure.pack == it.pack && names(&failure.rule))
    };
    let unexplained: Vec<_> =
        outcomes(report, cluster, RuleResult::Error).filter(|it| !is_explained(it)).collect();
    if failures.is_empty() && unexplained.is_empty() {
        return;
    }
    page.title("FAILED", "packs and rules that failed; all others were evaluated");
    for PackFailure { cluster: _, pack, rule, code, message, help } in failures {
        let rule = rule.as_ref().map_or_else(String::new, |rule| format!("/{}", escape(rule)));
        page.line(2, &format!("{}{rule}  {}", escape(pack), escape(code)));
        page.prose(4, "", message);
        if !help.is_empty() {
            page.prose(4, "help", help);
        }
    }
    for RuleOutcome { pack, rule, reason, .. } in unexplained {
        page.line(2, &format!("{}/{}", escape(pack), escape(&rule.id)));
        page.prose(4, "", reason);
    }
    page.gap();
}

fn no_data(page: &mut Page, report: &Report, cluster: &str) {
    let rules: Vec<_> = outcomes(report, cluster, RuleResult::NoData).collect();
    if rules.is_empty() {
        return;
    }
    page.title(
        "NO DATA",
        &format!("{} could not judge: this is not a pass", count(rules.len(), "rule")),
    );
    by_reason(page, &rules);
    page.gap();
}

/// Rules that need no action, so they are shown only if verbose.
fn other_rules(page: &mut Page, report: &Report, cluster: &str) {
    if page.style.detail < Detail::Verbose {
        return;
    }
    for (title, result) in [("SKIPPED", RuleResult::Skipped), ("PASSED", RuleResult::Pass)] {
        let rules: Vec<_> = outcomes(report, cluster, result).collect();
        if !rules.is_empty() {
            page.title(title, &count(rules.len(), "rule"));
            by_reason(page, &rules);
            page.gap();
        }
    }
}

fn outcomes<'a>(
    report: &'a Report,
    cluster: &'a str,
    result: RuleResult,
) -> impl Iterator<Item = &'a RuleOutcome> {
    report.rules.iter().filter(move |it| it.cluster == cluster && it.result == result)
}

/// Rules under the reason that they share.
fn by_reason(page: &mut Page, rules: &[&RuleOutcome]) {
    let mut reasons: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for RuleOutcome { pack, rule, reason, .. } in rules {
        let name = format!("{}/{}", escape(pack), escape(&rule.id));
        reasons.entry(reason).or_default().push(name);
    }
    for (reason, names) in reasons {
        let indent = if reason.is_empty() { 2 } else { 4 };
        // The further lines of a reason are no names of rules, and no reasons.
        let (first, others) = (page.style.width - 2, page.style.width - 6);
        for (nth, line) in wrap_hanging(&escape(reason), first, others).iter().enumerate() {
            page.line(if nth == 0 { 2 } else { 6 }, line);
        }
        for name in names {
            page.line(indent, &name);
        }
    }
}

/// Needs of which not everything was seen. An absent need already shows under `NO DATA`, with its
/// rules; a partial need does not, where a rule found something in what was seen.
fn coverage(page: &mut Page, report: &Report, cluster: &str) {
    let verbose = page.style.detail == Detail::Verbose;
    let is_shown = |it: &Coverage| verbose || *it == Coverage::Partial;
    let mut lines = BTreeSet::new();
    for it in report.coverage.iter().filter(|it| it.cluster == cluster && is_shown(&it.coverage)) {
        let NeedCoverage { cluster: _, pack, need, group, kind, coverage, selected, reason } = it;
        let kind = if kind.is_empty() { format!("text {need}") } else { kind_name(group, kind) };
        let found = if *selected == 0 { "none".to_owned() } else { selected.to_string() };
        let why = if reason.is_empty() { String::new() } else { format!(": {reason}") };
        lines.insert(if verbose {
            format!("{pack}/{need}: {kind}: {coverage}, {found} found{why}")
        } else {
            format!("{kind}: {found} found{why}")
        });
    }
    if lines.is_empty() || page.style.detail == Detail::Quiet {
        return;
    }
    page.title("COVERAGE", if verbose { "" } else { "objects may be missing" });
    page.list("", lines.into_iter());
    page.gap();
}

fn problems(page: &mut Page, report: &Report) {
    let all = report.inputs.iter().flat_map(|Input { name, problems, .. }| {
        problems.iter().map(move |problem| (name.as_str(), problem))
    });
    let mut all: Vec<_> = all.collect();
    if page.style.detail == Detail::Quiet {
        all.retain(|(_, problem)| problem.lost());
    }
    if all.is_empty() {
        return;
    }
    all.sort_by_key(|(_, problem)| !problem.lost());
    let shown = if page.style.detail == Detail::Verbose { all.len() } else { PROBLEMS_SHOWN };
    let lost = all.iter().any(|(_, problem)| problem.lost());
    let effect = if lost { "objects may be missing" } else { "no objects are missing" };
    page.title("INPUT", &format!("{}; {effect}", count(all.len(), "problem")));
    for (name, problem) in all.iter().take(shown) {
        let Problem { place, line, reason, concerns: _ } = problem;
        let at = place_words(name, place, *line);
        let word = if problem.lost() { "lost" } else { "skipped" };
        page.prose(2, word, &escape(&format!("{at}: {reason}")));
    }
    if all.len() > shown {
        page.line(2, &format!("… and {} more", all.len() - shown));
    }
    page.gap();
}

/// `bundle.tar.gz: pods.yaml:4711`, `dump.yaml:812`
fn place_words(input: &str, path: &str, line: Option<u64>) -> String {
    let mut words = input.to_owned();
    if !path.is_empty() {
        let _ = write!(words, ": {path}");
    }
    if let Some(line) = line {
        let _ = write!(words, ":{line}");
    }
    words
}

/// A place that somebody can go to: one with a line.
fn shown_place(Place { input, path, line }: &Place) -> Option<String> {
    line.map(|line| place_words(input, path, Some(line)))
}

/// A place behind the name of an object. `file`: the place that was shown last, if any.
fn in_brackets<'p>(place: &'p Place, file: &mut Option<&'p Place>) -> Option<String> {
    let is_same = |it: &Place| (&it.input, &it.path) == (&place.input, &place.path);
    let words = match place.line {
        Some(line) if file.is_some_and(is_same) => format!("line {line}"),
        _ => shown_place(place)?,
    };
    *file = Some(place);
    Some(format!(" ({words})"))
}

fn summary(page: &mut Page, report: &Report) {
    page.title("SUMMARY", "");
    let objects: usize = report.inputs.iter().map(|it| it.objects).sum();
    if objects == 0 {
        page.loud(&format!(
            "NOTHING WAS READ: no Kubernetes object in {}. This does not mean that all is well.",
            count(report.inputs.len(), "input"),
        ));
    }
    page.prose(2, "read", &read(report, objects));
    page.prose(2, "findings", &finding_counts(report));
    page.prose(2, "rules", &rule_counts(report));
    match report.clusters.as_slice() {
        [] => page.prose(2, "as of", &as_of(&report.as_of)),
        [one, others @ ..] if others.iter().all(|it| it.as_of == one.as_of) => {
            page.prose(2, "as of", &as_of(&one.as_of));
        }
        all => {
            for ClusterMoment { cluster, as_of: moment } in all {
                page.prose(2, "as of", &format!("{} ({cluster})", as_of(moment)));
            }
        }
    }
    if page.has_changes {
        page.prose(2, "commands", "those behind a ! change something; all others only look");
    }
}

/// `12 objects in 1 input (1 file, 3.4 KiB): 5 needed, 7 skipped because no rule needs them`
fn read(report: &Report, objects: usize) -> String {
    let inputs = &report.inputs;
    let files: usize = inputs.iter().map(|it| it.files).sum();
    let bytes: u64 = inputs.iter().map(|it| it.bytes).sum();
    let needed: usize = inputs.iter().map(|it| it.needed).sum();
    let lost = inputs.iter().flat_map(|it| &it.problems).filter(|it| it.lost()).count();
    let mut line = format!("{} in {}", count(objects, "object"), count(inputs.len(), "input"));
    if files > 0 {
        let _ = write!(line, " ({}, {})", count(files, "file"), size(bytes));
    }
    let _ = write!(line, ": {needed} needed");
    if needed != report.objects_needed {
        let _ = write!(line, " ({} different)", report.objects_needed);
    }
    let _ = write!(line, ", {} skipped because no rule needs them", objects.saturating_sub(needed));
    if lost > 0 {
        let _ = write!(line, "; objects may be missing because of {}", count(lost, "problem"));
    }
    line
}

fn finding_counts(report: &Report) -> String {
    let mut parts = Vec::new();
    for severity in Severity::ALL.into_iter().rev() {
        let counts =
            |it: &&ReportedFinding| it.suppressed.is_none() && it.finding.severity == severity;
        let found = report.findings.iter().filter(counts).count();
        if found > 0 {
            parts.push(format!("{found} {severity}"));
        }
    }
    if parts.is_empty() {
        parts.push("none".to_owned());
    }
    let suppressed = report.findings.iter().filter(|it| it.suppressed.is_some()).count();
    if suppressed > 0 {
        parts.push(format!("{suppressed} suppressed"));
    }
    parts.join(", ")
}

fn rule_counts(report: &Report) -> String {
    let parts = RuleResult::ALL.map(|result| {
        let rules = report.rules.iter().filter(|it| it.result == result).count();
        format!("{rules} {}", result.as_str().replace('_', " "))
    });
    parts.join(", ")
}

fn as_of(AsOf { moment, source }: &AsOf) -> String {
    match source {
        AsOfSource::Unknown => "unknown: no timestamp found, so rules that need an age have no \
                                data; set it with `--as-of`"
            .to_owned(),
        AsOfSource::Given => format!("{moment}, given by --as-of"),
        AsOfSource::Now => format!("{moment}, now"),
        AsOfSource::Bundle => format!("{moment}: the bundle says when it was collected"),
        AsOfSource::Witness(witness) => escape(&format!(
            "{moment}: the newest timestamp found is {} of {}; if you know when it was taken, \
             type `--as-of TIME`",
            witness.field, witness.object
        ))
        .into_owned(),
    }
}

/// `1 rule`, `2 rules`.
fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// `512 B`, `1.5 MiB`.
fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let (mut value, mut unit) = (bytes as f64 / 1024.0, 0);
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{value:.1} {}", UNITS[unit])
}

/// `Pod`, `Backup (velero.io)`.
fn kind_name(group: &str, kind: &str) -> String {
    if group.is_empty() { kind.to_owned() } else { format!("{kind} ({group})") }
}

/// The text written so far, and the layout of what follows.
struct Page {
    out: String,
    style: TextStyle,
    /// Whether a command was written that changes something.
    has_changes: bool,
}

impl Page {
    fn new(style: TextStyle) -> Self {
        let width = style.width.max(TextStyle::MIN_WIDTH);
        Self { out: String::new(), style: TextStyle { width, ..style }, has_changes: false }
    }

    /// One line that is never wrapped.
    fn line(&mut self, indent: usize, line: &str) {
        let _ = writeln!(self.out, "{:indent$}{line}", "");
    }

    fn gap(&mut self) {
        self.out.push('\n');
    }

    fn paint(&self, style: Style, text: &str) -> String {
        if self.style.color && !text.is_empty() {
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    }

    /// The title of a section, and a note on the section.
    fn title(&mut self, title: &str, note: &str) {
        let title = self.paint(Style::new().bold(), title);
        let gap = if note.is_empty() { "" } else { "  " };
        self.line(0, &format!("{title}{gap}{note}"));
    }

    /// A sentence that nobody must overlook.
    fn loud(&mut self, sentence: &str) {
        for line in wrap(sentence, self.style.width - 2) {
            let line = self.paint(severity_style(Severity::Critical), &line);
            self.line(2, &line);
        }
    }

    /// `CRITICAL  BackupLocation csdr/vault  backup-center/vault-unavailable`; `also ` stands
    /// before what follows from a finding above. No text of a dump begins at the first column.
    fn heading(
        &mut self,
        follows: bool,
        severity: Severity,
        subject: &ObjectRef,
        pack: &str,
        rule: &str,
    ) {
        let also = if follows { "also " } else { "" };
        let severity = self.paint(severity_style(severity), &severity.as_str().to_uppercase());
        let subject = self.paint(Style::new().bold(), &escape(&subject.to_string()));
        let rule = self.paint(Style::new().dimmed(), &escape(&format!("{pack}/{rule}")));
        self.line(0, &format!("{also}{severity}  {subject}  {rule}"));
    }

    /// A paragraph, wrapped; a label stands in a column before it. The further lines are indented:
    /// a message that is long enough would else write a label where labels stand.
    fn prose(&mut self, indent: usize, label: &str, text: &str) {
        let width = |indent: usize| self.style.width.saturating_sub(indent);
        if label.is_empty() {
            let lines = wrap_hanging(&escape(text), width(indent), width(indent + 2));
            for (nth, line) in lines.iter().enumerate() {
                self.line(indent + if nth == 0 { 0 } else { 2 }, line);
            }
            return;
        }
        let hang = indent + FIELD;
        let mut label = Some(label);
        for line in wrap(&escape(text), width(hang)) {
            self.labelled(indent, hang, label.take(), &line);
        }
    }

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

    /// Items in a column behind one label; the further lines of an item are indented.
    fn list(&mut self, label: &str, items: impl Iterator<Item = String>) {
        let hang = 2 + if label.is_empty() { 0 } else { FIELD };
        let mut label = Some(label).filter(|label| !label.is_empty());
        for item in items {
            for (nth, line) in wrap(&escape(&item), self.style.width - hang - 2).iter().enumerate()
            {
                let further = if nth == 0 { "" } else { "  " };
                self.labelled(2, hang, label.take(), &format!("{further}{line}"));
            }
        }
    }

    fn labelled(&mut self, indent: usize, hang: usize, label: Option<&str>, line: &str) {
        let Some(label) = label else { return self.line(hang, line) };
        let gap = (hang - indent).saturating_sub(label.len());
        let label = self.paint(Style::new().dimmed(), label);
        self.line(indent, format!("{label}{:gap$}{line}", "").trim_end());
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

fn severity_style(severity: Severity) -> Style {
    match severity {
        Severity::Critical => AnsiColor::Red.on_default().bold().invert(),
        Severity::High => AnsiColor::Red.on_default().bold(),
        Severity::Medium => AnsiColor::Yellow.on_default().bold(),
        Severity::Low => AnsiColor::Cyan.on_default(),
        Severity::Info => AnsiColor::Blue.on_default(),
    }
}
