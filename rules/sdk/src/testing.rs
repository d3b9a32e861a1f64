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

use rulebox_core::{
    Collector, Coverage, Finding, Inventory, Json, Moment, NeedSet, Problem, Reading, Sample, Span,
    TextLine, Undecided,
};
pub use rulebox_fixture::{Expectation, Fixture, Outcome, examples};
use rulebox_reader::{Reader, Source};

use crate::{Host, ObjectCursor, Pack, TextCursor};

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
    for input in &reading.inputs {
        let lost = input.problems.iter().filter(|it| Problem::lost(it));
        outcome.losses.extend(lost.map(|it| it.described(&input.name)));
    }
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

    fn add_span(&self, span: Span) {
        self.outcome.borrow_mut().spans.push(span);
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
