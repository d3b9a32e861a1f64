//! One input: its files, its problems, and what was passed over.

use std::collections::BTreeMap;

use rulebox_core::{Collector, Problem};

use crate::{
    document::{Intake, Outcome, Pass, Setting},
    json, layout,
    meter::{Counts, Meter},
    needs::Reader,
    object::{Objects, TypeMeta},
    redacted::{self, is_starred},
    search::Search,
    split::{Shape, chunks, shape},
    text::{Content, decode},
    yaml,
};

/// The names of one file.
#[derive(Debug, Clone, Default)]
pub(crate) struct FileName {
    /// In problems: the path inside the input, empty where the input is one file.
    pub(crate) place: String,
    /// For globs, and for lines that they find: the path inside the input, else the name of the file.
    pub(crate) path: String,
    /// For the layout of bundles: as much of the path as is known.
    pub(crate) layout: String,
}

impl FileName {
    /// A file inside a folder or an archive.
    pub(crate) fn inside(&self, path: &str) -> Self {
        let join = |outer: &str| {
            if outer.is_empty() { path.to_owned() } else { format!("{outer}/{path}") }
        };
        let place = join(&self.place);
        Self { path: place.clone(), layout: join(&self.layout), place }
    }
}

/// Why a file, or a document in a file that holds objects besides, was passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum PassedOver {
    NoObjects,
    Document,
    Binary,
    Empty,
    Link,
    Device,
}

impl PassedOver {
    /// What is said of one, and of several.
    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::NoObjects => ("holds no Kubernetes objects", "files hold no Kubernetes objects"),
            Self::Document => (
                "also holds a document that is no Kubernetes object",
                "documents beside objects are no Kubernetes objects",
            ),
            Self::Binary => ("is no text", "files are no text"),
            Self::Empty => ("is empty", "files are empty"),
            Self::Link => {
                ("is a link, and links are not followed", "files are links, which are not followed")
            }
            Self::Device => {
                ("is a device, a pipe or a socket", "files are devices, pipes or sockets")
            }
        }
    }
}

/// Reads one input.
pub(crate) struct Session<'r> {
    pub(crate) objects: Objects<'r>,
    search: Search,
    passed: BTreeMap<PassedOver, Vec<String>>,
    problems: usize,
    /// Problems beyond the limit, and whether one of them lost something.
    untold: (usize, bool),
    entries: usize,
    /// Bytes that archives of this input have unpacked to.
    #[cfg(feature = "archives")]
    pub(crate) unpacked: std::rc::Rc<std::cell::Cell<u64>>,
}

impl<'r> Session<'r> {
    pub(crate) fn new(reader: &'r Reader, collector: &'r mut Collector, meter: Meter<'r>) -> Self {
        Self {
            objects: Objects::new(reader, collector, meter),
            search: Search::new(reader),
            passed: BTreeMap::new(),
            problems: 0,
            untold: (0, false),
            entries: 0,
            #[cfg(feature = "archives")]
            unpacked: std::rc::Rc::default(),
        }
    }

    pub(crate) fn reader(&self) -> &'r Reader {
        self.objects.reader
    }

    /// Something was lost.
    pub(crate) fn lost(&mut self, name: &FileName, line: Option<u64>, reason: impl Into<String>) {
        self.problem(Problem {
            place: name.place.clone(),
            line,
            reason: reason.into(),
            lost: true,
        });
    }

    fn told(&mut self, name: &FileName, line: Option<u64>, reason: String) {
        self.problem(Problem { place: name.place.clone(), line, reason, lost: false });
    }

    fn problem(&mut self, problem: Problem) {
        if self.problems < self.reader().limits.problems {
            self.problems += 1;
            self.objects.collector.problem(problem);
        } else {
            self.untold.0 += 1;
            self.untold.1 |= problem.lost;
        }
    }

    pub(crate) fn pass_over(&mut self, why: PassedOver, name: &FileName) {
        self.passed.entry(why).or_default().push(name.place.clone());
    }

    /// Whether one more file may be read. Says once that it may not.
    pub(crate) fn admit(&mut self, name: &FileName) -> bool {
        let limit = self.reader().limits.entries;
        self.entries += 1;
        if self.entries == limit + 1 {
            self.lost(
                name,
                None,
                format!("more than {limit} files in one input: the rest is not read"),
            );
        }
        self.entries <= limit
    }

    /// Reads one file. `cut` says why its content is incomplete, where it is.
    pub(crate) fn file(&mut self, name: &FileName, bytes: &[u8], cut: Option<&str>) {
        let input = self.objects.collector.input();
        input.files += 1;
        input.bytes += bytes.len() as u64;
        match decode(bytes) {
            Content::Empty if cut.is_none() => self.pass_over(PassedOver::Empty, name),
            Content::Empty => {}
            Content::Binary => self.pass_over(PassedOver::Binary, name),
            Content::Text { text, flaw } => self.text(name, &text, flaw, cut.is_some()),
        }
        if let Some(cut) = cut {
            self.lost(name, None, cut);
        }
        self.objects.meter.file();
    }

    fn text(&mut self, name: &FileName, text: &str, flaw: Option<(u64, &str)>, cut: bool) {
        let searched = self.search(name, text);
        let found = self.documents(name, text, cut);
        if let (Some((line, what)), true) = (flaw, found.relevant()) {
            self.lost(
                name,
                Some(line),
                format!("{what} stand here, and were replaced by `\u{fffd}`"),
            );
        }
        if !found.relevant() && !searched {
            self.pass_over(PassedOver::NoObjects, name);
        } else if found.relevant() {
            for _ in 0..found.others {
                self.pass_over(PassedOver::Document, name);
            }
        }
    }

    /// Looks for lines that needs ask for. Returns whether any need asks for this file.
    fn search(&mut self, name: &FileName, text: &str) -> bool {
        let reader = self.reader();
        let needs = Search::needs(reader, &[&name.path, uncompressed(&name.path)]);
        let flooded = self.search.file(reader, &needs, &name.path, text, self.objects.collector);
        for need in flooded {
            let limit = reader.limits.text_lines;
            let reason =
                format!("need `{need}` matches more than {limit} lines: the rest is not read");
            self.lost(name, None, reason);
        }
        !needs.is_empty()
    }

    fn documents(&mut self, name: &FileName, text: &str, cut: bool) -> Found {
        let layout = layout::type_of(&name.layout, &self.reader().needs.objects);
        let mut found = Found::default();
        for chunk in chunks(text) {
            let shape = shape(chunk.text);
            let setting = Setting {
                given: None,
                layout: layout.clone(),
                may_end_early: shape == Shape::Yaml,
                cut: cut && chunk.last,
            };
            match shape {
                Shape::Empty => {}
                Shape::Yaml if mentions_object(chunk.text) => {
                    if is_starred(chunk.text) && !yaml::parses(chunk.text) {
                        let text = redacted::quote(chunk.text);
                        self.document(name, &text, chunk.line, &setting, &mut found);
                    } else {
                        self.document(name, chunk.text, chunk.line, &setting, &mut found);
                    }
                }
                Shape::Yaml | Shape::Other => found.others += 1,
                Shape::Json => self.json(name, chunk.text, chunk.line, setting, &mut found),
            }
        }
        if found.no_kind > 0 {
            let plural = if found.no_kind == 1 { "object names" } else { "objects name" };
            let reason = format!(
                "{} {plural} no kind, and neither a list nor the path of the file tells it: left out",
                found.no_kind
            );
            self.lost(name, None, reason);
        }
        found
    }

    /// JSON documents that follow each other; or YAML that only begins like JSON.
    fn json(
        &mut self,
        name: &FileName,
        text: &str,
        line: u64,
        setting: Setting,
        found: &mut Found,
    ) {
        let (mut line, mut counted) = (line, 0);
        for (at, document, whole) in json::split(text) {
            line += text[counted..at].matches('\n').count() as u64;
            counted = at;
            if at == 0 && !whole && yaml::parses(text) {
                let setting = Setting { may_end_early: true, ..setting };
                return self.document(name, text, line, &setting, found);
            }
            if setting.layout.is_some() || mentions_object(document) {
                self.document(name, document, line, &setting, found);
            } else {
                found.others += 1;
            }
        }
    }

    fn document(
        &mut self,
        name: &FileName,
        text: &str,
        line: u64,
        setting: &Setting,
        found: &mut Found,
    ) {
        let outcome = self.parse(text, setting);
        found.objects += outcome.objects;
        found.no_kind += outcome.no_kind;
        found.others += usize::from(outcome.other && outcome.objects == 0);
        found.spoken |= outcome.loss.is_some() || outcome.note.is_some() || outcome.listed;
        if let Some(loss) = outcome.loss {
            self.lost(name, Some(line + loss.line.saturating_sub(1)), loss.reason);
        }
        if let Some(note) = outcome.note {
            self.told(name, Some(line), note);
        }
        if let Some((TypeMeta { kind, .. }, count)) = outcome.nameless {
            found.spoken = true;
            let reason = format!("{count} of kind {kind} without `metadata.name`: left out");
            self.lost(name, Some(line), reason);
        }
    }

    /// Parses a document, and once more where that shows only at its end how it must be read.
    pub(crate) fn parse(&mut self, text: &str, setting: &Setting) -> Outcome {
        let alias_bytes = self.reader().limits.alias_bytes;
        let mut pass = Pass::First;
        let mut before = Outcome::default();
        loop {
            let mut intake = Intake::new(&mut self.objects, setting, pass);
            let parsed = if setting.may_end_early {
                yaml::document(text, alias_bytes, &mut intake)
            } else {
                json::document(text, &mut intake)
            };
            let mut outcome = intake.finish(parsed, text.lines().count() as u64);
            outcome.objects += before.objects;
            outcome.loss = before.loss.take().or(outcome.loss);
            outcome.nameless = before.nameless.take().or(outcome.nameless);
            match outcome.again.take() {
                Some(again) => pass = again,
                None => return outcome,
            }
            before = outcome;
        }
    }

    /// Tells what was passed over, and gives the counts back for the next input.
    pub(crate) fn finish(mut self) -> Counts {
        for (why, places) in std::mem::take(&mut self.passed) {
            let (one, several) = why.words();
            let (place, reason) = match places.as_slice() {
                [place] => (place.clone(), format!("{one}: passed over")),
                _ => (
                    String::new(),
                    format!("{} {several}: passed over: {}", places.len(), some(&places)),
                ),
            };
            self.objects.collector.problem(Problem { place, line: None, reason, lost: false });
        }
        if let (1.., lost) = self.untold {
            let reason = format!("{} more problems like these", self.untold.0);
            self.objects.collector.problem(Problem { lost, reason, ..Problem::default() });
        }
        self.objects.meter.counts
    }
}

/// What a file held.
#[derive(Debug, Default)]
struct Found {
    objects: usize,
    no_kind: usize,
    /// Documents that are something else.
    others: usize,
    /// Whether a list was empty, or a problem was told.
    spoken: bool,
}

impl Found {
    /// Whether the file has to do with Kubernetes.
    fn relevant(&self) -> bool {
        self.objects > 0 || self.no_kind > 0 || self.spoken
    }
}

/// Neither an object nor a list lacks both words.
fn mentions_object(text: &str) -> bool {
    text.contains("apiVersion") || text.contains("metadata")
}

/// The first of the different names, and how many more there are.
fn some(places: &[String]) -> String {
    const SHOWN: usize = 3;
    let mut names: Vec<&str> = places.iter().map(String::as_str).collect();
    names.dedup();
    let more = names.len().saturating_sub(SHOWN);
    let shown = names[..names.len().min(SHOWN)].join(", ");
    if more > 0 { format!("{shown} and {more} more") } else { shown }
}

/// A path without the ending of a compressed file.
fn uncompressed(path: &str) -> &str {
    [".gz", ".xz", ".zst", ".bz2"].iter().find_map(|it| path.strip_suffix(it)).unwrap_or(path)
}
