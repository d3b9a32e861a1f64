//! A small fixture of what a rule says of a dump: of its objects those that are needed, of these
//! the fields that are, without secrets, and with pseudonyms in the place of names.
//!
//! ```text
//! objects, lists ─> all of them still say it ─> fewer documents ─> fewer fields ─> pseudonyms
//!     ─> comments at the head ─> the case as `rules test` runs it
//! ```
//!
//! Each step asks the rule in the sandbox, by the same text as the fixture will have, and goes on
//! with what leaves the rule's words as they were.

mod document;
mod error;
mod fields;
mod names;
mod smallest;
mod wanted;

use std::collections::BTreeSet;

use rulebox_core::{Moment, NeedSet, ObjectRef, text::escape};
use rulebox_fixture::{Expectation, Fixture, Outcome};
use rulebox_report::Redaction;
use serde_json::Value;

use self::{
    document::{Document, yaml},
    fields::without_fields,
    names::{Named, Renamed},
    smallest::smallest,
    wanted::Baseline,
};
use crate::{
    case::{Case, Comments, Content, Kind},
    run::{Said, Tests},
};

pub use document::Listed;
pub use error::RecordError;
pub use wanted::Wanted;

/// What is to be recorded, and of what.
#[derive(Debug, Clone)]
pub struct Recording {
    /// The pack, and the id of its rule.
    pub rule: (String, String),
    /// The name of the case: `bad_loop`.
    pub name: String,
    /// What the rule says of the dump.
    pub wanted: Wanted,
    /// The objects of the kinds that the rule reads, with at least the fields that it reads,
    /// without values of Secrets and without secrets of known forms.
    pub objects: Vec<Value>,
    /// The kinds of which all was seen that the rule needs.
    pub lists: Vec<Listed>,
    /// When the dump was taken.
    pub as_of: Moment,
    /// The settings that the user has set for the pack, without secrets of known forms.
    pub settings: Option<Value>,
    /// Secrets of further forms.
    pub redaction: Redaction,
    /// Names that stay; none: all stay.
    pub kept_names: Option<BTreeSet<String>>,
    /// How often the rule may be asked to leave something out, and as often again for names.
    pub runs: usize,
}

/// A fixture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// YAML, with what is expected at its head.
    pub text: String,
    /// How many objects it has.
    pub objects: usize,
    /// How often the rule was asked.
    pub runs: usize,
    /// Whether nothing more can be left out of it. Else the rule was asked as often as it may be.
    pub is_smallest: bool,
}

/// Makes a fixture. `step` is told what is being done.
pub fn record(
    tests: &Tests,
    mut recording: Recording,
    step: &mut dyn FnMut(&str),
) -> Result<Recorded, RecordError> {
    for it in recording.objects.iter_mut().chain(&mut recording.settings) {
        redact(it, &recording.redaction);
    }
    let left = recording.runs;
    let mut recorder = Recorder { tests, recording: &recording, runs: 0, left, is_smallest: true };
    step("asking the rule about all objects");
    let (all, baseline) = recorder.baseline()?;
    step("leaving out objects");
    let documents = recorder.fewer_documents(&baseline, all);
    step("leaving out fields");
    let documents = recorder.fewer_fields(&baseline, documents);
    let settings = recording.settings.as_ref();
    let (documents, settings, mut names) = match &recording.kept_names {
        None => (documents, settings.cloned(), None),
        Some(kept) => {
            step("putting pseudonyms in the place of names");
            let Renamed { documents, settings, names } =
                recorder.renamed(&baseline, &documents, kept)?;
            (documents, settings, Some(names))
        }
    };
    step("running the case");
    let said = recorder.said(&documents, settings.as_ref())?;
    let place = baseline.place(names.as_mut(), &said.outcome).unwrap_or_default();
    let text = recorder.text((&said.outcome, place), &documents, settings.as_ref())?;
    let case = recorder.case(text.clone());
    let result = tests.run(&case, false);
    if !result.problems.is_empty() {
        return Err(RecordError::DoesNotHold(result.problems));
    }
    let objects = documents.iter().filter(|it| it.object().is_some()).count();
    let Recorder { runs, is_smallest, .. } = recorder;
    Ok(Recorded { text, objects, runs, is_smallest })
}

/// Names that the pack itself has in what it asks for: they tell nothing that its own text does
/// not.
pub fn names_of(needs: &NeedSet) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for need in &needs.objects {
        names.extend(need.namespaces.iter().cloned());
        let is_of_word = |it: char| it.is_alphanumeric() || "-_./".contains(it);
        let words = need.label_selector.split(|it| !is_of_word(it));
        names.extend(words.filter(|it| !it.is_empty()).map(str::to_owned));
    }
    names
}

struct Recorder<'r> {
    tests: &'r Tests,
    recording: &'r Recording,
    /// How often the rule was asked.
    runs: usize,
    /// How often it may still be, to leave something out.
    left: usize,
    /// Whether all was tried that should be.
    is_smallest: bool,
}

impl Recorder<'_> {
    /// What there is of the dump, and what the rule says of it. Where a fixture cannot say that of
    /// all objects, as of those of one namespace no list says that others have none, it may be
    /// able to without those that the finding does not name.
    fn baseline(&mut self) -> Result<(Vec<Document>, Baseline), RecordError> {
        let Recording { objects, lists, wanted, settings, .. } = self.recording;
        let documents = |is_there: &dyn Fn(&Value) -> bool| {
            let objects = objects.iter().filter(|it| is_there(it)).cloned().map(Document::Object);
            let lists = lists.iter().cloned().map(Document::List);
            objects.chain(lists).collect::<Vec<_>>()
        };
        let all = documents(&|_| true);
        let named = documents(&|it| wanted.names(&object_ref(it)));
        let mut otherwise = None;
        for documents in [all, named] {
            let said = self.said(&documents, settings.as_ref())?;
            if let Some(baseline) = Baseline::of(wanted, &said.outcome) {
                return Ok((documents, baseline));
            }
            otherwise.get_or_insert_with(|| in_a_line(&said.outcome));
        }
        Err(RecordError::Otherwise(otherwise.unwrap_or_default()))
    }

    /// What the rule says of these.
    fn said(
        &mut self,
        documents: &[Document],
        settings: Option<&Value>,
    ) -> Result<Said, RecordError> {
        self.runs += 1;
        let text = yaml(documents);
        let settings = settings.map(Value::to_string);
        let as_of = Some(self.recording.as_of);
        let fixture = Fixture { text: &text, as_of, settings, expectations: Vec::new() };
        let case = self.case(text.clone());
        let said = self.tests.evaluate(&case, &fixture, Some(&self.recording.rule));
        let said = said.map_err(RecordError::NotAsked)?;
        match said.failures.first() {
            Some(it) => Err(RecordError::NotAsked(it.message.clone())),
            None => Ok(said),
        }
    }

    /// Whether these are enough; none where nothing more may be tried. What the rule cannot be
    /// asked about is not enough.
    fn holds(
        &mut self,
        documents: &[Document],
        settings: Option<&Value>,
        stays: &mut dyn FnMut(&Outcome) -> bool,
    ) -> Option<bool> {
        let Some(left) = self.left.checked_sub(1) else {
            self.is_smallest = false;
            return None;
        };
        self.left = left;
        let said = self.said(documents, settings);
        Some(said.is_ok_and(|it| it.nothing.is_none() && stays(&it.outcome)))
    }

    /// First those that the finding names, if they are enough. A list that the rule requires stays,
    /// unless an object shows as much.
    fn fewer_documents(&mut self, baseline: &Baseline, all: Vec<Document>) -> Vec<Document> {
        let settings = self.recording.settings.as_ref();
        let is_fixed = |it: &Document| matches!(it, Document::List(it) if it.is_required);
        let (fixed, free): (Vec<_>, Vec<_>) = all.into_iter().partition(is_fixed);
        let named = free.iter().filter(|it| match it {
            Document::Object(object) => self.recording.wanted.names(&object_ref(object)),
            Document::List(_) => true,
        });
        let named: Vec<_> = named.cloned().collect();
        let mut holds = |some: &[Document]| {
            let all = [some, &fixed].concat();
            self.holds(&all, settings, &mut |it| baseline.stays(it))
        };
        let begin = if holds(&named) == Some(true) { named } else { free };
        let kept = smallest(begin, &mut holds);
        let shows = |it: &&Document| {
            let Document::List(list) = it else { return false };
            kept.iter().filter_map(Document::object).any(|it| list.is_of(it))
        };
        let (shown, fixed): (Vec<_>, Vec<_>) = fixed.iter().partition(shows);
        let fixed: Vec<Document> = fixed.into_iter().cloned().collect();
        let shown = smallest(shown, &mut |some| {
            let some = some.iter().map(|it| (*it).clone());
            let all: Vec<_> = kept.iter().cloned().chain(some).chain(fixed.clone()).collect();
            self.holds(&all, settings, &mut |it| baseline.stays(it))
        });
        kept.iter().cloned().chain(shown.into_iter().cloned()).chain(fixed.clone()).collect()
    }

    fn fewer_fields(&mut self, baseline: &Baseline, documents: Vec<Document>) -> Vec<Document> {
        let settings = self.recording.settings.as_ref();
        let objects: Vec<_> = documents.iter().filter_map(|it| it.object().cloned()).collect();
        let lists = || documents.iter().filter(|it| it.object().is_none()).cloned();
        let with = |objects: &[Value]| {
            let objects = objects.iter().cloned().map(Document::Object);
            objects.chain(lists()).collect::<Vec<_>>()
        };
        let objects = without_fields(&objects, &mut |some| {
            self.holds(&with(some), settings, &mut |it| baseline.stays(it))
        });
        with(&objects)
    }

    fn renamed(
        &mut self,
        baseline: &Baseline,
        documents: &[Document],
        kept: &BTreeSet<String>,
    ) -> Result<Renamed, RecordError> {
        let Recording { settings, objects, .. } = self.recording;
        let named = Named::of(documents, settings.as_ref(), objects);
        // Without an answer there is no fixture: what was asked before leaves it as many runs.
        let is_smallest = self.is_smallest;
        self.left = self.recording.runs;
        let mut holds = |it: Renamed| {
            let Renamed { documents, settings, mut names } = it;
            self.holds(&documents, settings.as_ref(), &mut |it| baseline.stays_with(&mut names, it))
        };
        let is_held = holds(named.renamed(kept.clone())) == Some(true);
        let must_stay = if is_held { Vec::new() } else { named.must_stay(kept, &mut holds) };
        self.is_smallest = is_smallest;
        if is_held { Ok(named.renamed(kept.clone())) } else { Err(RecordError::Names(must_stay)) }
    }

    /// The fixture: what it is, when it was taken, what is expected, and the documents.
    fn text(
        &self,
        (outcome, place): (&Outcome, usize),
        documents: &[Document],
        settings: Option<&Value>,
    ) -> Result<String, RecordError> {
        let (about, expectations) = match &self.recording.wanted {
            Wanted::Finding(_) => {
                let about = outcome.findings.get(place);
                let others = outcome.findings.iter().enumerate().filter(|it| it.0 != place);
                let of = about.into_iter().chain(others.map(|it| it.1)).map(Expectation::of);
                (
                    about.map(|it| it.summary.clone()),
                    of.collect::<Result<_, _>>().map_err(RecordError::NoComment)?,
                )
            }
            Wanted::NoData(_) => {
                let rule = None;
                let phrase = outcome.undecided.get(place).map(|it| it.reason.clone());
                let phrase = phrase.unwrap_or_default();
                let about = format!("no data, since {phrase}");
                (Some(about), vec![Expectation::NoData { rule, phrase }])
            }
        };
        let about = escape(&about.unwrap_or_default()).into_owned();
        let settings = settings.map(Value::to_string);
        let as_of = Some(self.recording.as_of);
        let head = Fixture { text: "", as_of, settings, expectations }.head();
        let text = format!("# Recorded: {about}\n{head}{}", yaml(documents));
        // What is left of a secret where lines stand together.
        Ok(self.recording.redaction.text(&text).into_owned())
    }

    fn case(&self, text: String) -> Case {
        let (_, rule) = &self.recording.rule;
        Case {
            name: format!("{rule}/{}", self.recording.name),
            kind: Kind::Fixture { rule: rule.clone() },
            content: Content::Text(text.clone()),
            comments: Comments::Head(text),
            golden: None,
        }
    }
}

/// What an object is named by.
fn object_ref(object: &Value) -> ObjectRef {
    let text = |it: &Value| it.as_str().unwrap_or_default().to_owned();
    let metadata = &object["metadata"];
    ObjectRef {
        api_version: text(&object["apiVersion"]),
        kind: text(&object["kind"]),
        namespace: text(&metadata["namespace"]),
        name: text(&metadata["name"]),
        uid: text(&metadata["uid"]),
    }
}

fn redact(value: &mut Value, redaction: &Redaction) {
    match value {
        Value::String(text) => *text = redaction.text(text).into_owned(),
        Value::Array(items) => items.iter_mut().for_each(|it| redact(it, redaction)),
        Value::Object(entries) => entries.values_mut().for_each(|it| redact(it, redaction)),
        _ => {}
    }
}

/// All that a rule says, in short.
fn in_a_line(outcome: &Outcome) -> String {
    let findings = outcome.findings.iter().map(|it| format!("{}: {}", it.subject, it.summary));
    let reasons = outcome.undecided.iter().map(|it| format!("no data: {}", it.reason));
    let all: Vec<_> = findings.chain(reasons).collect();
    match all.split_first() {
        None => "nothing".to_owned(),
        Some((first, [])) => escape(first).into_owned(),
        Some((first, more)) => format!("{}, and {} more", escape(first), more.len()),
    }
}
