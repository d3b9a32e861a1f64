//! The harness: run a rule natively, on YAML as a dump would contain it.
//!
//! ```
//! # use rulebox_sdk::{Pack, testing};
//! # let pack = Pack::new("my-rules", "0.1.0");
//! # if false {
//! let yaml = include_str!("testing.rs");
//! let outcome = testing::evaluate(&pack, "storage-location-unavailable", yaml);
//! assert_eq!(outcome.findings[0].subject.name, "default");
//! # }
//! ```
//!
//! The YAML is read by the same reader, projected on the same needs and covered in the same way as
//! in the product, so a rule sees here what it will see there. Comments in it say what is expected,
//! see [`Fixture`].

use std::{cell::RefCell, path::Path};

use jiff::Timestamp;
use rulebox_core::{
    Collector, Coverage, Evidence, Finding, Inventory, Json, Moment, NeedSet, Reading, Sample,
    TextLine, Undecided,
};

use rulebox_reader::{Reader, Source};

use crate::{Host, ObjectCursor, Pack, TextCursor};

/// What a rule said.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outcome {
    /// In the order in which they were reported.
    pub findings: Vec<Finding>,
    /// Values of metrics.
    pub samples: Vec<Sample>,
    /// What it could not judge.
    pub undecided: Vec<Undecided>,
}

/// A test case: YAML, and comments at its head that say what is expected of one rule.
///
/// ```yaml
/// # What the case is, in a sentence.
/// # as-of: 2026-09-15T02:30:00Z
/// # settings: {"oomWindowHours": 6}
/// # expect: BackupLocation csdr/vault-prod: does not belong
/// # expect: BackupLocation csdr/vault-prod reason=bucket-not-owned: cnfs-oss-prod
/// # expect: Schedule csdr/orders caused-by=BackupLocation csdr/vault-prod
/// ```
///
/// Each `expect` names the subject of a finding, then labels that it has, then a phrase that its
/// summary, cause, remedy or evidence contains; labels, phrase or both. `severity=high` is written
/// like a label, and so is `caused-by=Kind namespace/name`, an object that it names as its cause;
/// `caused-by=none` says that it names none. `expect: none` says that there is no finding, `expect:
/// pass` that the rule could also judge all that it saw, `expect: no data: PHRASE` that it is
/// undecided. Several lines about one subject may match one finding; a finding that no line matches
/// fails the case.
///
/// `as-of` is when the input was taken: `2026-09-15T02:30:00Z`, `2026-09-15T02:30:00Z or later`, or
/// `2026-09-15T02:30:00Z to 2026-09-15T04:00:00Z`.
#[derive(Debug, Clone)]
pub struct Fixture<'a> {
    /// The whole text.
    pub text: &'a str,
    /// The given moment; else what the text proves: the newest timestamp in it, or later.
    pub as_of: Option<Moment>,
    /// The given settings, as JSON; else the defaults.
    pub settings: Option<String>,
    /// What is expected.
    pub expectations: Vec<Expectation>,
}

/// One `expect` line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expectation {
    /// No finding.
    Nothing,
    /// No finding, and nothing undecided.
    Pass,
    /// The rule is undecided, with this phrase in the reason.
    NoData(String),
    /// A finding.
    Finding {
        /// Its subject, as [`rulebox_core::ObjectRef`] prints it: `Kind namespace/name`.
        subject: String,
        /// Labels that it has, each with its value; `severity` is its severity.
        labels: Vec<(String, String)>,
        /// Objects that it names as its causes, printed in the same way.
        caused_by: Vec<String>,
        /// Whether it names no cause.
        is_root: bool,
        /// Stands somewhere in the summary, the cause, the remedy or the evidence, in any case of
        /// letters; may be empty.
        phrase: String,
    },
}

impl<'a> Fixture<'a> {
    /// Reads the comments at the head of a text.
    pub fn parse(text: &'a str) -> Result<Self, String> {
        let fixture = Self::read(text)?;
        if fixture.expectations.is_empty() {
            return Err("no comment says what is expected: write `# expect: none`, or `# expect: \
                        Kind namespace/name: phrase`"
                .to_owned());
        }
        Ok(fixture)
    }

    /// The same, whether or not something is expected: an example in documentation says so itself.
    fn read(text: &'a str) -> Result<Self, String> {
        let mut fixture = Self { text, as_of: None, settings: None, expectations: Vec::new() };
        for line in text.lines().take_while(|it| it.starts_with('#') || it.is_empty()) {
            let line = line.trim_start_matches('#').trim();
            if let Some(time) = line.strip_prefix("as-of:") {
                fixture.as_of = Some(moment(time).map_err(|it| format!("`{line}`: {it}"))?);
            } else if let Some(settings) = line.strip_prefix("settings:") {
                fixture.settings = Some(settings.trim().to_owned());
            } else if let Some(expectation) = line.strip_prefix("expect:") {
                fixture.expectations.push(Expectation::parse(expectation.trim())?);
            }
        }
        Ok(fixture)
    }

    /// Fails, with words, where a rule did not say what is expected.
    pub fn judge(&self, outcome: &Outcome) -> Result<(), String> {
        let mut complaints = Vec::new();
        let mut spoken_of = vec![false; outcome.findings.len()];
        for expectation in &self.expectations {
            let met = match expectation {
                Expectation::Nothing => outcome.findings.is_empty(),
                Expectation::Pass => outcome.findings.is_empty() && outcome.undecided.is_empty(),
                Expectation::NoData(phrase) => {
                    outcome.undecided.iter().any(|it| it.reason.contains(phrase))
                }
                Expectation::Finding { .. } => {
                    let meets: Vec<_> =
                        outcome.findings.iter().map(|it| expectation.is_met_by(it)).collect();
                    spoken_of.iter_mut().zip(&meets).for_each(|(spoken, meets)| *spoken |= meets);
                    meets.contains(&true)
                }
            };
            if !met {
                complaints.push(format!("expected, and missing: {expectation:?}"));
            }
        }
        let unexpected = outcome.findings.iter().zip(&spoken_of).filter(|(_, spoken)| !**spoken);
        complaints.extend(
            unexpected
                .map(|(it, _)| format!("found, and not expected: {}: {}", it.subject, it.summary)),
        );
        if complaints.is_empty() {
            Ok(())
        } else {
            Err(format!("{}\n{outcome:#?}", complaints.join("\n")))
        }
    }
}

impl Expectation {
    fn parse(text: &str) -> Result<Self, String> {
        if text == "none" {
            return Ok(Self::Nothing);
        }
        if text == "pass" {
            return Ok(Self::Pass);
        }
        if let Some(phrase) = text.strip_prefix("no data:") {
            return Ok(Self::NoData(phrase.trim().to_owned()));
        }
        let malformed = || {
            format!(
                "`{text}`: write `Kind namespace/name label=value: phrase`, or without the label \
                 or the phrase"
            )
        };
        let (head, phrase) = text.split_once(": ").unwrap_or((text, ""));
        let mut words = head.split_whitespace();
        let (Some(kind), Some(name)) = (words.next(), words.next()) else {
            return Err(malformed());
        };
        let (mut labels, mut caused_by, mut is_root) = (Vec::new(), Vec::new(), false);
        while let Some(word) = words.next() {
            match word.split_once('=').ok_or_else(malformed)? {
                ("caused-by", "none") => is_root = true,
                ("caused-by", kind) => {
                    let name = words.next().ok_or_else(malformed)?;
                    caused_by.push(format!("{kind} {name}"));
                }
                (name, value) => labels.push((name.to_owned(), value.to_owned())),
            }
        }
        if labels.is_empty() && caused_by.is_empty() && !is_root && phrase.is_empty() {
            return Err(malformed());
        }
        let subject = format!("{kind} {name}");
        let phrase = phrase.trim().to_lowercase();
        Ok(Self::Finding { subject, labels, caused_by, is_root, phrase })
    }

    fn is_met_by(&self, finding: &Finding) -> bool {
        let Self::Finding { subject, labels, caused_by, is_root, phrase } = self else {
            return false;
        };
        let causes: Vec<_> = finding.caused_by.iter().map(ToString::to_string).collect();
        let has = |it: &(String, String)| match (it.0.as_str(), it.1.as_str()) {
            ("severity", severity) => finding.severity.as_str() == severity,
            _ => finding.labels.contains(it),
        };
        finding.subject.to_string() == *subject
            && labels.iter().all(has)
            && caused_by.iter().all(|it| causes.contains(it))
            && (!is_root || causes.is_empty())
            && said(finding).any(|it| it.to_lowercase().contains(phrase))
    }
}

/// `T`, `T or later`, `T to T`.
fn moment(text: &str) -> Result<Moment, jiff::Error> {
    let time = |it: &str| it.trim().parse::<Timestamp>();
    if let Some(earliest) = text.trim().strip_suffix(" or later") {
        return Ok(Moment::bounded(Some(time(earliest)?), None));
    }
    match text.split_once(" to ") {
        Some((earliest, latest)) => Ok(Moment::bounded(Some(time(earliest)?), Some(time(latest)?))),
        None => time(text).map(Moment::at),
    }
}

/// The words of a finding.
fn said(finding: &Finding) -> impl Iterator<Item = String> {
    let Finding { summary, cause, remedy, evidence, .. } = finding;
    let seen = evidence.iter().map(|Evidence { subject, path, value }| {
        let subject = subject.as_ref().map(ToString::to_string).unwrap_or_default();
        format!("{subject} {path} {value}")
    });
    [summary.clone(), cause.clone(), remedy.clone()].into_iter().chain(seen)
}

/// Runs one rule of a pack on YAML. Comments in it may set the time and the settings; see
/// [`Fixture`].
///
/// # Panics
///
/// Where the pack describes itself wrongly, has no such rule, or the comments cannot be read: a
/// test should say so.
pub fn evaluate(pack: &Pack, rule: &str, yaml: &str) -> Outcome {
    let Fixture { as_of, settings, .. } = Fixture::read(yaml).unwrap_or_else(|it| panic!("{it}"));
    let settings = settings
        .map_or_else(|| pack.default_settings().to_owned(), |it| pack.complete_settings(&it));
    let reading = read(pack.describe().needs, yaml);
    evaluate_reading(pack, rule, &reading, as_of, &settings)
}

/// Runs one rule of a pack on a folder with the default settings: for rules that read
/// [`crate::Lines`] of logs, whose paths count. Without a moment it is what the folder proves.
///
/// # Panics
///
/// As [`evaluate`].
pub fn evaluate_folder(pack: &Pack, rule: &str, folder: &Path, as_of: Option<Moment>) -> Outcome {
    let needs = pack.describe().needs;
    let (reader, mut collector) = readers(needs);
    reader.read(vec![Source::Path(folder.to_owned())], &mut collector, &mut |_| {});
    evaluate_reading(pack, rule, &collector.finish(), as_of, pack.default_settings())
}

fn evaluate_reading(
    pack: &Pack,
    rule: &str,
    reading: &Reading,
    as_of: Option<Moment>,
    settings: &str,
) -> Outcome {
    let info = pack.describe();
    let about = info
        .rules
        .iter()
        .find(|it| it.id == rule)
        .unwrap_or_else(|| panic!("the pack has no rule `{rule}`"));
    let as_of = as_of.unwrap_or_else(|| reading.captured());
    let store = Store::new(&reading.inventory, "");
    pack.evaluate(&store, as_of, settings, &[rule.to_owned()]).unwrap_or_else(|it| panic!("{it}"));
    let mut outcome = store.into_outcome();
    if outcome.findings.is_empty() {
        // As the host has it: what could not be seen is not healthy.
        let uncovered = about.requires.iter().filter_map(|it| reading.inventory.objects.get(it));
        let uncovered = uncovered.filter(|it| it.coverage != Coverage::Complete);
        outcome.undecided.extend(
            uncovered.map(|it| Undecided { rule: rule.to_owned(), reason: it.reason.clone() }),
        );
    }
    outcome
}

/// Reads YAML, one or many documents, as the product reads a dump.
pub fn read(needs: NeedSet, yaml: &str) -> Reading {
    let (reader, mut collector) = readers(needs);
    reader.read_text("fixture.yaml", yaml.as_bytes(), &mut collector);
    collector.finish()
}

fn readers(needs: NeedSet) -> (Reader, Collector) {
    let reader = Reader::new(&needs).unwrap_or_else(|it| panic!("{it}"));
    let collector = Collector::new(needs).unwrap_or_else(|it| panic!("{it}"));
    (reader, collector)
}

/// Runs the examples in the documentation of every rule: one that is marked `yaml fires` gives
/// exactly one finding, one that is marked `yaml quiet` none.
///
/// # Panics
///
/// Where an example does not do what it says, or a rule has not at least one of each.
pub fn check_examples(pack: &Pack) {
    for rule in &pack.describe().rules {
        for (marker, findings) in [("fires", 1), ("quiet", 0)] {
            let examples = examples(&rule.documentation, marker);
            assert!(
                !examples.is_empty(),
                "{}: the documentation holds no example marked `yaml {marker}`",
                rule.id
            );
            for example in examples {
                let outcome = evaluate(pack, &rule.id, &example);
                assert_eq!(
                    outcome.findings.len(),
                    findings,
                    "{}: the example\n{example}\ngives {outcome:#?}",
                    rule.id
                );
                assert!(
                    outcome.findings.len() + outcome.undecided.len() == findings,
                    "{}: undecided about\n{example}\n{outcome:#?}",
                    rule.id
                );
            }
        }
    }
}

/// The fenced blocks of a Markdown text that are marked `yaml MARKER`.
pub fn examples(markdown: &str, marker: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut lines = markdown.lines();
    while let Some(line) = lines.next() {
        let fence = line.trim().strip_prefix("```");
        if fence.is_some_and(|it| it.trim() == format!("yaml {marker}")) {
            blocks.push(
                lines
                    .by_ref()
                    .take_while(|it| it.trim() != "```")
                    .map(|it| it.to_owned() + "\n")
                    .collect(),
            );
        } else if fence.is_some_and(|it| !it.is_empty()) {
            lines.by_ref().take_while(|it| it.trim() != "```").for_each(drop);
        }
    }
    blocks
}

/// A host in memory.
#[derive(Debug)]
pub struct Store<'i> {
    inventory: &'i Inventory,
    scope: String,
    outcome: RefCell<Outcome>,
}

impl<'i> Store<'i> {
    /// Over an inventory whose needs are named `scope/id`, or `id` where the scope is empty.
    pub fn new(inventory: &'i Inventory, scope: &str) -> Self {
        Self { inventory, scope: scope.to_owned(), outcome: RefCell::default() }
    }

    /// What was said.
    pub fn into_outcome(self) -> Outcome {
        self.outcome.into_inner()
    }

    fn key(&self, need: &str) -> String {
        if self.scope.is_empty() {
            need.to_owned()
        } else {
            rulebox_core::scoped(&self.scope, need)
        }
    }
}

impl Host for Store<'_> {
    fn covers(&self, need: &str) -> Coverage {
        self.inventory
            .coverage(&self.key(need))
            .unwrap_or_else(|| panic!("`{need}` was not declared"))
    }

    fn open(&self, need: &str) -> Box<dyn ObjectCursor + '_> {
        let slot = self
            .inventory
            .objects
            .get(&self.key(need))
            .unwrap_or_else(|| panic!("`{need}` was not declared"));
        Box::new(Rest(&slot.objects))
    }

    fn open_text(&self, need: &str) -> Box<dyn TextCursor + '_> {
        let slot = self
            .inventory
            .texts
            .get(&self.key(need))
            .unwrap_or_else(|| panic!("`{need}` was not declared"));
        Box::new(Rest(&slot.lines))
    }

    fn add_finding(&self, finding: Finding) {
        self.outcome.borrow_mut().findings.push(finding);
    }

    fn add_sample(&self, sample: Sample) {
        self.outcome.borrow_mut().samples.push(sample);
    }

    fn undecided(&self, rule: &str, reason: &str) {
        let undecided = Undecided { rule: rule.to_owned(), reason: reason.to_owned() };
        self.outcome.borrow_mut().undecided.push(undecided);
    }

    fn debug(&self, message: &str) {
        eprintln!("{message}");
    }
}

/// What is left to read.
struct Rest<'i, T>(&'i [T]);

impl<T: Clone> Rest<'_, T> {
    fn take(&mut self, max: u32) -> Vec<T> {
        let (batch, rest) = self.0.split_at(self.0.len().min(max as usize));
        self.0 = rest;
        batch.to_vec()
    }
}

impl ObjectCursor for Rest<'_, Json> {
    fn next(&mut self, max: u32) -> Vec<String> {
        self.take(max).iter().map(ToString::to_string).collect()
    }
}

impl TextCursor for Rest<'_, TextLine> {
    fn next(&mut self, max: u32) -> Vec<TextLine> {
        self.take(max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rulebox_core::{ObjectRef, Severity};

    fn finding() -> Finding {
        let subject = ObjectRef {
            kind: "Pod".to_owned(),
            namespace: "a".to_owned(),
            name: "b".to_owned(),
            ..ObjectRef::default()
        };
        let labels = vec![("reason".to_owned(), "full-disk".to_owned())];
        let disk = ObjectRef { kind: "Disk".to_owned(), name: "d".to_owned(), ..subject.clone() };
        Finding {
            rule: String::new(),
            severity: Severity::High,
            subject,
            summary: "The disk is full".to_owned(),
            cause: String::new(),
            remedy: String::new(),
            evidence: Vec::new(),
            labels,
            caused_by: vec![disk],
        }
    }

    #[track_caller]
    fn check(comments: &str, found: &[Finding], want: Result<(), &str>) {
        let outcome = Outcome { findings: found.to_vec(), ..Outcome::default() };
        let got = Fixture::parse(comments).and_then(|it| it.judge(&outcome));
        match (got, want) {
            (Ok(()), Ok(())) => {}
            (Err(got), Err(want)) if got.contains(want) => {}
            (got, want) => panic!("{comments}: {got:?}, expected {want:?}"),
        }
    }

    #[test]
    fn a_finding_is_known_by_subject_labels_and_phrase() {
        check("# expect: Pod a/b: disk is", &[finding()], Ok(()));
        check("# expect: Pod a/b reason=full-disk", &[finding()], Ok(()));
        check("# expect: Pod a/b reason=full-disk: THE DISK", &[finding()], Ok(()));
        check("# expect: Pod a/b reason=no-disk: the disk", &[finding()], Err("missing"));
        check("# expect: Pod a/b severity=high", &[finding()], Ok(()));
        check("# expect: Pod a/b severity=low", &[finding()], Err("missing"));
        check("# expect: Pod a/b caused-by=Disk a/d: disk is", &[finding()], Ok(()));
        check("# expect: Pod a/b caused-by=Disk a/e", &[finding()], Err("missing"));
        check("# expect: Pod a/b caused-by=none", &[finding()], Err("missing"));
        let root = Finding { caused_by: Vec::new(), ..finding() };
        check("# expect: Pod a/b caused-by=none reason=full-disk", &[root], Ok(()));
        check("# expect: Pod a/b: memory", &[finding()], Err("missing"));
        check("# expect: Pod a/c: disk", &[finding()], Err("not expected: Pod a/b"));
    }

    #[test]
    fn nothing_is_expected_by_name() {
        check("# expect: none", &[], Ok(()));
        check("# expect: none", &[finding()], Err("missing"));
        check("# no word of it", &[], Err("what is expected"));
    }

    #[track_caller]
    fn check_moment(text: &str, want: &str) {
        let fixture = format!("# as-of: {text}\n# expect: none\n");
        let as_of = Fixture::parse(&fixture).expect("a fixture").as_of;
        assert_eq!(as_of.expect("a moment").to_string(), want);
    }

    #[test]
    fn the_moment_may_be_known_within_bounds() {
        let (one, two) = ("2026-09-15T01:00:00Z", "2026-09-15T02:00:00Z");
        check_moment(one, one);
        check_moment(&format!("{one} or later"), &format!("{one} or later"));
        check_moment(&format!("{one} to {two}"), &format!("between {one} and {two}"));
        check("# as-of: now or later\n# expect: none", &[], Err("now or later"));
    }

    #[test]
    fn a_pass_is_no_undecided_rule() {
        let undecided = vec![Undecided { rule: "r".to_owned(), reason: "x".to_owned() }];
        let outcome = Outcome { undecided, ..Outcome::default() };
        let judge = |text| Fixture::parse(text).and_then(|it| it.judge(&outcome));
        assert!(judge("# expect: none").is_ok() && judge("# expect: no data: x").is_ok());
        assert!(judge("# expect: pass").is_err());
        check("# expect: pass", &[], Ok(()));
        check("# expect: pass", &[finding()], Err("missing"));
    }

    #[test]
    fn a_malformed_expectation_is_named() {
        check("# expect: Pod", &[], Err("write `Kind"));
        check("# expect: Pod a/b", &[], Err("write `Kind"));
        check("# expect: Pod a/b reason: x", &[], Err("write `Kind"));
        check("# expect: Pod a/b caused-by=Disk: x", &[], Err("write `Kind"));
    }
}
