//! Reads one file: decodes, splits and parses it, and records what was found or lost.

use std::{
    borrow::Cow,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use jiff::Timestamp;
use rulebox_core::{Concerns, Logged, Problem, Selection};

use super::{around::Around, mended::Mended, name::FileName, search::Search, tally::Tally};
use crate::{
    broken::{Broken, BrokenKind, Odd},
    document::{
        noise::{
            log::{logged, logged_by, logged_by_text},
            message::is_around,
            printed::printed,
            remains::remains,
        },
        printed_log::{end_of_log, namespace_of_log},
        split::{Shape, content, holds_word, parts, shape},
        whole,
    },
    journal::{Journal, Skipped},
    json,
    layout::{Layout, collected},
    meter::Counts,
    object::{
        intake::{Intake, Outcome, Pass, Setting, ends_open},
        lines::Lines,
        needs::Needs,
        objects::{Checkpoint, Objects},
    },
    text::{
        buffer::Buffer,
        decode::{Content, decode, is_disc, newlines, with_line_feeds},
        flaw::{Flaw, OTHER_ENCODING},
        words::Words,
    },
    type_meta::TypeMeta,
    yaml::{
        self,
        redacted::{self, is_starred},
    },
};

/// Reads files, one after the other.
pub(crate) struct Session<'r> {
    pub(crate) objects: Objects<'r>,
    /// Replays the journal. None in a worker: its journal is passed to the session that has the
    /// tally.
    pub(crate) tally: Option<Tally<'r>>,
    entries: usize,
    /// Whether carriage returns of the current text were replaced by line feeds: its lines are not
    /// those of the file.
    rewritten: bool,
    /// From how many texts, one in the other, the current one was made by removing something.
    pub(super) layers: usize,
    /// Reused for each file.
    pub(crate) buffer: Buffer,
    /// Bytes unpacked from all archives of this input.
    #[cfg(feature = "archives")]
    pub(crate) unpacked: Arc<AtomicU64>,
    /// When the current file was written, as its archive tells.
    pub(crate) written: Option<Timestamp>,
}

impl<'r> Session<'r> {
    /// A session that reads an input and replays what it records.
    pub(crate) fn new(selection: &'r Selection, tally: Tally<'r>) -> Self {
        let worker = Self::worker(tally.needs, selection);
        Self { tally: Some(tally), ..worker }
    }

    /// A session for a worker thread.
    pub(crate) fn worker(needs: &'r Needs, selection: &'r Selection) -> Self {
        Self {
            objects: Objects::new(needs, selection),
            tally: None,
            entries: 0,
            rewritten: false,
            layers: 0,
            buffer: Buffer::default(),
            #[cfg(feature = "archives")]
            unpacked: Arc::default(),
            written: None,
        }
    }

    pub(crate) fn needs(&self) -> &'r Needs {
        self.objects.needs
    }

    /// Counts the bytes read from disk or from a stream.
    pub(crate) fn meter(&self) -> Arc<AtomicU64> {
        self.tally.as_ref().map(|it| it.meter.counts.bytes.clone()).unwrap_or_default()
    }

    /// What has been recorded and not replayed yet.
    pub(crate) fn journal(&mut self) -> &mut Journal {
        &mut self.objects.journal
    }

    /// Replays what has been recorded.
    pub(crate) fn flush(&mut self) {
        if let Some(tally) = &mut self.tally {
            tally.replay(std::mem::take(&mut self.objects.journal));
        }
    }

    /// Replays what has been recorded, if it names many files. Long names of empty files would add
    /// up: `file` counts their content only.
    #[cfg(feature = "archives")]
    pub(crate) fn flush_names(&mut self) {
        /// At most 4 MiB of paths, mostly 100 kB.
        const MOST: usize = 1_000;
        let Journal { paths, problems, skipped, .. } = self.journal();
        if paths.len() + problems.len() + skipped.len() >= MOST {
            self.flush();
        }
    }

    /// Replays the journal of a worker that has read files on disk.
    pub(crate) fn adopt(&mut self, journal: Journal) {
        self.meter().fetch_add(journal.bytes, Relaxed);
        self.flush();
        if let Some(tally) = &mut self.tally {
            tally.replay(journal);
        }
    }

    /// Records that something could not be read, and that nothing tells whose objects it held.
    pub(crate) fn lost(&mut self, name: &FileName, line: Option<u64>, reason: impl Into<String>) {
        self.lost_of(name, line, reason.into(), Concerns::Everything);
    }

    /// Records that something could not be read, and whose objects it held.
    pub(crate) fn lost_of(
        &mut self,
        name: &FileName,
        line: Option<u64>,
        reason: String,
        concerns: Concerns,
    ) {
        let place = name.place.clone();
        self.journal().problems.push(Problem {
            place,
            line,
            reason,
            concerns,
            ..Problem::default()
        });
    }

    /// Records that a whole file could not be read.
    pub(crate) fn lost_file(&mut self, name: &FileName, reason: String) {
        let concerns = match self.layout(name).items() {
            Some(items) => Concerns::kind(items.group(), &items.kind),
            None => Concerns::Everything,
        };
        self.lost_of(name, None, reason, concerns);
    }

    /// Records that an object, which starts on this line, may have been lost.
    pub(crate) fn left_out(&mut self, name: &FileName, line: u64, reason: &str, found: &mut Found) {
        found.reported = true;
        self.lost(name, Some(line), reason);
    }

    /// Records something because of which no object is missing.
    pub(crate) fn note(&mut self, name: &FileName, line: Option<u64>, reason: String) {
        self.lost_of(name, line, reason, Concerns::Nothing);
    }

    pub(crate) fn skip_file(&mut self, why: Skipped, name: &FileName) {
        self.journal().skipped.push((why, name.place.clone()));
    }

    /// A file that is no text: an image of a disc may hold anything. `head`: how it begins;
    /// `words`: what stands in it.
    pub(crate) fn binary(&mut self, name: &FileName, head: &[u8], words: &Words) {
        if is_disc(head) {
            let reason = "an image of a disc, which is not read: unpack it (`7z x FILE`) and check \
                          what comes out, or pack it as .tar.gz or .zip";
            return self.lost(name, None, reason);
        }
        if words.is_type() && !name.is_of_mac() {
            let reason = "is no text, and `apiVersion` and `kind` stand in it as in objects: what \
                          it holds is not read";
            return self.lost_file(name, reason.to_owned());
        }
        self.skip_binary(name);
    }

    fn skip_binary(&mut self, name: &FileName) {
        self.skip_file(if name.is_of_mac() { Skipped::OfMac } else { Skipped::Binary }, name);
    }

    /// Whether the limit allows one more file.
    pub(crate) fn has_room(&self) -> bool {
        self.entries < self.needs().limits.entries
    }

    /// Counts a file, and returns whether it may be read. Reports the first file over the limit.
    pub(crate) fn admit(&mut self, name: &FileName) -> bool {
        let limit = self.needs().limits.entries;
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

    /// Reads one file. `cut`: why its content is incomplete.
    pub(crate) fn file(&mut self, name: &FileName, bytes: &[u8], cut: Option<&str>) {
        if tells(name) {
            let short = cut.is_none() && bytes.len() <= self.needs().limits.bundle_bytes;
            let text = short.then(|| String::from_utf8(bytes.to_owned()).ok()).flatten();
            self.journal().told.push((name.place.clone(), text));
        }
        self.objects.file_begins(&name.place, name.is_log());
        self.journal().files += 1;
        self.journal().bytes += bytes.len() as u64;
        match decode(bytes) {
            Content::Empty if cut.is_none() => self.skip_file(Skipped::Empty, name),
            Content::Empty => {}
            Content::Binary => {
                let mut words = Words::default();
                words.add(bytes);
                self.binary(name, bytes, &words);
            }
            Content::Text { text, flaw } => self.text(name, &text, flaw, cut.is_some()),
        }
        if let Some(cut) = cut {
            self.lost(name, None, cut);
        }
        if self.journal().bytes >= self.needs().limits.piece_bytes() as u64 {
            self.flush();
        }
    }

    fn text(&mut self, name: &FileName, text: &str, flaw: Option<Flaw>, cut: bool) {
        let searched = self.search(name, text);
        let found = self.documents(name, text, cut);
        self.record_file(name, &found, searched, flaw, cut);
    }

    /// Records what a file was, after all of it was read. `searched`: a text need searches it.
    /// `cut`: the rest of it could not be read, and may hold anything.
    pub(crate) fn record_file(
        &mut self,
        name: &FileName,
        found: &Found,
        searched: bool,
        flaw: Option<Flaw>,
        cut: bool,
    ) {
        self.journal().paths.push((name.layout.clone(), name.place.clone()));
        if found.objects > 0 {
            let written = self.written;
            self.journal().open.clocks.see_file(&name.place, written);
        }
        match flaw {
            Some((line, OTHER_ENCODING)) => self.lost(name, Some(line), OTHER_ENCODING),
            Some((line, what)) if found.relevant() || found.named => {
                let told = format!("{what} stand here, and were replaced by `\u{fffd}`");
                // What a log says of kinds is no object, however its lines are written.
                if name.is_log() && !found.relevant() {
                    self.note(name, Some(line), told);
                } else {
                    self.lost(name, Some(line), told);
                }
            }
            _ => {}
        }
        if !found.relevant() && !searched {
            if cut && found.printed.is_none() {
                return;
            }
            self.skip_file(found.printed.unwrap_or(Skipped::NoObjects), name);
        } else if found.relevant() {
            if let Some((line, words)) = found.around.words() {
                self.note(name, Some(line), words);
            }
            for _ in 0..found.others {
                self.skip_file(Skipped::Document, name);
            }
        }
    }

    /// Searches a file for matching lines. Returns whether any need searches it.
    fn search(&mut self, name: &FileName, text: &str) -> bool {
        let mut search = Search::new(self.needs(), name);
        search.text(text, &mut self.objects.journal);
        search.is_asked_for()
    }

    fn documents(&mut self, name: &FileName, text: &str, cut: bool) -> Found {
        let layout = self.layout(name);
        let mut found = Found::default();
        self.parts(name, text, 1, cut, &layout, &mut found);
        self.no_kind(name, &found);
        found
    }

    /// What the path of a file implies about the lists in it.
    pub(crate) fn layout<'n>(&self, name: &'n FileName) -> Layout<'n>
    where
        'r: 'n,
    {
        Layout::new(&name.layout, &self.needs().set.objects)
    }

    /// Reads the documents of a text that starts at line `line` of its file. `cut`: the text may be
    /// cut off.
    pub(crate) fn parts(
        &mut self,
        name: &FileName,
        text: &str,
        line: u64,
        cut: bool,
        layout: &Layout<'_>,
        found: &mut Found,
    ) {
        let followed = found.followed;
        for part in parts(text) {
            found.followed = followed || !part.last;
            if part.is_log {
                self.log_printed(part.text);
                if !found.followed && end_of_log(part.text, 0).is_none() {
                    self.log_cut_off(name, line + part.line - 1, found);
                }
                continue;
            }
            let (line, cut) = (line + part.line - 1, cut && part.last);
            match with_line_feeds(part.text) {
                Cow::Borrowed(text) => self.part(name, text, line, cut, layout, found),
                Cow::Owned(text) => {
                    self.rewritten = true;
                    self.parts(name, &text, line, cut, layout, found);
                    self.rewritten = false;
                }
            }
        }
        found.followed = followed;
    }

    /// Records a log printed by `kubectl cluster-info dump`, and its namespace.
    pub(crate) fn log_printed(&mut self, text: &str) {
        self.objects.log_passed(Logged::Log);
        let namespace = namespace_of_log(text).map(str::to_owned);
        self.journal().printed.extend(namespace);
    }

    /// Takes note of lines that are no objects: what stands behind those of a log may be made up.
    pub(crate) fn lines_passed(&mut self, text: &str) {
        self.objects.log_passed(logged_by(text));
    }

    /// The same for a text between objects: lines that nobody understands may be of a log, too. A
    /// table is understood.
    pub(crate) fn text_passed(&mut self, text: &str) {
        let table = printed(text).is_some();
        self.objects.log_passed(if table { logged_by(text) } else { logged_by_text(text) });
    }

    /// Reports a log that does not end: kubectl prints objects of further namespaces behind it.
    pub(crate) fn log_cut_off(&mut self, name: &FileName, line: u64, found: &mut Found) {
        let reason = "a log begins here and does not end: what stands behind it is not read";
        self.left_out(name, line, reason, found);
    }

    fn part(
        &mut self,
        name: &FileName,
        text: &str,
        line: u64,
        cut: bool,
        layout: &Layout<'_>,
        found: &mut Found,
    ) {
        let shape = shape(text);
        found.named |= holds_word(text);
        let setting =
            Setting { given: None, layout: Some(layout), may_end_early: shape == Shape::Yaml };
        match shape {
            Shape::Empty => {}
            // A message of kubectl may be YAML.
            Shape::Yaml if is_around(text) && holds_word(text) => match Mended::of(text) {
                Some(mended) => self.mended(name, mended, line, cut, layout, found),
                None => self.document(name, text, line, cut, &setting, found),
            },
            Shape::Yaml if holds_word(text) => {
                self.document_or_mended(name, text, line, cut, &setting, found);
            }
            Shape::Yaml | Shape::Other => self.other(name, text, line, cut, layout, found),
            Shape::Json => {
                let (before, text) = text.split_at(content(text));
                let line = line + newlines(before.as_bytes());
                self.json(name, text, line, setting, found);
            }
        }
    }

    /// Reports objects of unknown kind.
    pub(crate) fn no_kind(&mut self, name: &FileName, found: &Found) {
        if found.no_kind > 0 {
            let plural = if found.no_kind == 1 { "object names" } else { "objects name" };
            let reason = format!(
                "{} {plural} no kind, and neither a list nor the path of the file \
                 tells it: left out",
                found.no_kind
            );
            self.lost_of(name, None, reason, found.no_kind_of.clone());
        }
    }

    /// Reads consecutive JSON documents; or YAML that only starts like JSON.
    pub(super) fn json(
        &mut self,
        name: &FileName,
        text: &str,
        line: u64,
        setting: Setting<'_>,
        found: &mut Found,
    ) {
        let (mut line, mut counted) = (line, 0);
        let mut end = 0;
        for (at, document, whole) in json::split(text) {
            let ended = std::mem::replace(&mut end, at + document.len());
            line += newlines(&text.as_bytes()[counted..at]);
            counted = at;
            found.ends_odd = !whole;
            let before = found.objects;
            if at == 0 && !whole && yaml::parses(text) {
                let setting = Setting { may_end_early: true, ..setting };
                return self.document(name, text, line, false, &setting, found);
            }
            if let (false, Some(layout), Some(mended)) =
                (whole, setting.layout, Mended::of_json(document, whole))
            {
                self.mended(name, mended, line, false, layout, found);
            } else if !whole
                && !document.starts_with(['{', '['])
                && shape(document) == Shape::Yaml
                && holds_word(document)
            {
                let setting = Setting { may_end_early: true, ..setting.clone() };
                self.document(name, document, line, false, &setting, found);
            } else if holds_word(document) || setting.by_layout().is_some() {
                self.document(name, document, line, false, &setting, found);
            } else {
                if !whole {
                    self.refusals(name, document, line, found);
                }
                if whole || !self.remains(name, &remains(document), line, found) {
                    found.others += 1;
                }
            }
            if !whole {
                self.text_passed(document);
            } else if found.objects == before && !self.objects.is_sure_log() {
                // A number in brackets may be the time before a line. A line may hold many
                // documents, and is looked at once.
                let begins_line = at == 0 || text[ended..at].contains('\n');
                let from = if begins_line { &text[at..] } else { document };
                self.objects.log_passed(logged(from.lines().next().unwrap_or_default()));
            }
        }
    }

    pub(super) fn document(
        &mut self,
        name: &FileName,
        text: &str,
        line: u64,
        cut: bool,
        setting: &Setting<'_>,
        found: &mut Found,
    ) {
        self.begin_lines(line);
        let outcome = self.parse(text, cut, setting);
        let broken = outcome.loss.is_some();
        self.record_outcome(name, line, outcome, found);
        if broken {
            self.lines_passed(text);
        }
    }

    /// The text that is read next starts on this line of the file.
    fn begin_lines(&mut self, line: u64) {
        self.document_begins(line);
        self.objects.lines = if self.rewritten { Lines::default() } else { Lines::from(line) };
    }

    /// A document begins on this line of the file.
    pub(crate) fn document_begins(&mut self, line: u64) {
        self.objects.document_begins(if self.rewritten { 0 } else { line });
    }

    /// Like [`document`](Self::document); if something is wrong with the document, what does not
    /// belong to it is set apart.
    fn document_or_mended(
        &mut self,
        name: &FileName,
        text: &str,
        line: u64,
        cut: bool,
        setting: &Setting<'_>,
        found: &mut Found,
    ) {
        self.begin_lines(line);
        let (outcome, checkpoint) = self.parse_undoable(text, cut, setting);
        // What is described may start like YAML.
        let printed = outcome.loss.is_some() && printed(text).is_some();
        let mended = if printed { None } else { Mended::of_odd(text, &outcome) };
        match (checkpoint, setting.layout) {
            (checkpoint, Some(layout)) if printed || mended.is_some() => {
                if let Some(checkpoint) = checkpoint {
                    self.objects.roll_back(checkpoint);
                }
                match mended {
                    Some(mended) => self.mended(name, mended, line, cut, layout, found),
                    None => self.other(name, text, line, cut, layout, found),
                }
            }
            (checkpoint, _) => {
                if let Some(checkpoint) = checkpoint {
                    self.objects.commit(checkpoint);
                }
                let broken = outcome.loss.is_some();
                self.record_outcome(name, line, outcome, found);
                if broken {
                    self.lines_passed(text);
                }
            }
        }
    }

    /// Counts and reports the outcome of a document that starts at `line`.
    pub(crate) fn record_outcome(
        &mut self,
        name: &FileName,
        line: u64,
        outcome: Outcome,
        found: &mut Found,
    ) {
        let ends_several = found.several && !found.followed;
        found.objects += outcome.objects;
        if outcome.no_kind > 0 {
            let of = outcome.no_kind_of.unwrap_or(Concerns::Everything);
            found.no_kind += outcome.no_kind;
            found.no_kind_of = std::mem::take(&mut found.no_kind_of).and(of);
        }
        found.others += usize::from(outcome.other && outcome.objects == 0);
        found.reported |= outcome.loss.is_some() || outcome.note.is_some() || outcome.listed;
        found.reported |= !outcome.left_out.is_empty();
        for loss in outcome.left_out.into_iter().chain(outcome.loss) {
            let Broken { line: at, kind, reason, concerns } = loss;
            // Where several documents end too early, more documents may have followed.
            let all = kind == BrokenKind::CutOff && ends_several;
            let concerns = if all { Concerns::Everything } else { concerns };
            self.lost_of(name, Some(line + at.saturating_sub(1)), reason, concerns);
        }
        if let Some(page) = outcome.page {
            let place = name.place.clone();
            self.journal().pages.push((place, Some(line), page));
        }
        if let Some(note) = outcome.note {
            self.note(name, Some(line), note);
        }
        if let Some((meta, count)) = outcome.nameless {
            found.reported = true;
            let TypeMeta { kind, .. } = &meta;
            let reason = format!("{count} of kind {kind} without `metadata.name`: left out");
            self.lost_of(name, Some(line), reason, Concerns::kind(meta.group(), kind));
        }
        if let Some((count, concerns)) = outcome.no_objects {
            found.reported = true;
            let items = if count == 1 { "1 item of the list is" } else { "items of the list are" };
            let number = if count == 1 { String::new() } else { format!("{count} ") };
            let reason = format!("{number}{items} no object: the list is not whole");
            self.lost_of(name, Some(line), reason, concerns);
        }
        if let Some(root) = outcome.root
            && collected::part(&name.place).is_some_and(|it| it.1.is_of_list())
        {
            // A list of a bundle is one document.
            const MOST: usize = 2;
            let known = self.journal().roots.iter().rev().take(MOST);
            if known.filter(|it| it.0 == name.place).count() < MOST {
                self.journal().roots.push((name.place.clone(), root));
            }
        }
        found.several |= found.relevant();
    }

    /// Parses a document, and parses it again if its end shows that it must be read in another way.
    /// `cut`: the text is known to be cut off.
    pub(crate) fn parse(&mut self, text: &str, cut: bool, setting: &Setting<'_>) -> Outcome {
        let (outcome, checkpoint) = self.parse_undoable(text, cut, setting);
        if let Some(checkpoint) = checkpoint {
            self.objects.commit(checkpoint);
        }
        outcome
    }

    /// Like [`parse`](Self::parse). The state before, if anything was recorded that the outcome may
    /// give reason to drop.
    fn parse_undoable(
        &mut self,
        text: &str,
        cut: bool,
        setting: &Setting<'_>,
    ) -> (Outcome, Option<Checkpoint>) {
        let mut checkpoint = None;
        let alias_bytes = self.needs().limits.alias_bytes;
        let mut pass = Pass::First;
        let mut before = Outcome::default();
        loop {
            let fast = if cut || self.needs().thorough {
                Err(Odd)
            } else {
                whole::document(text, &mut self.objects, setting, &pass)
            };
            let mut outcome = fast.unwrap_or_else(|Odd| {
                checkpoint.get_or_insert_with(|| self.objects.checkpoint());
                let quoted = (setting.may_end_early && is_starred(text) && !yaml::parses(text))
                    .then(|| redacted::quote(text));
                let text = quoted.as_deref().unwrap_or(text);
                let mut intake = Intake::new(&mut self.objects, setting, pass);
                let parsed = if setting.may_end_early {
                    yaml::document(text, alias_bytes, &mut intake)
                } else {
                    json::document(text, &mut intake)
                };
                let more = setting.may_end_early
                    && parsed.as_ref().is_err_and(|it| holds_more(text, it.line));
                let mut outcome = intake.finish(
                    parsed,
                    text.lines().count() as u64,
                    cut,
                    setting.may_end_early && ends_open(text),
                );
                if let Some(loss) = outcome.loss.as_mut().filter(|_| more) {
                    loss.concerns = Concerns::Everything;
                }
                outcome
            });
            outcome.objects += before.objects;
            outcome.loss = before.loss.take().or(outcome.loss);
            outcome.nameless = before.nameless.take().or(outcome.nameless);
            match outcome.again.take() {
                Some(again) => pass = again,
                None => return (outcome, checkpoint),
            }
            before = outcome;
        }
    }

    /// Replays the rest. Returns the counts for the next input.
    pub(crate) fn finish(mut self) -> Counts {
        self.flush();
        self.tally.map(Tally::finish).unwrap_or_default()
    }
}

/// Whether a file may tell of a bundle that Rulebox has collected.
pub(crate) fn tells(name: &FileName) -> bool {
    collected::part(&name.place).is_some_and(|it| it.1.is_told())
}

/// Whether another object may start behind a line of a YAML document: two texts were joined without
/// a marker.
pub(crate) fn holds_more(text: &str, line: u64) -> bool {
    let lines = usize::try_from(line).unwrap_or(usize::MAX);
    text.lines().skip(lines).any(|it| it.starts_with("apiVersion:")) || has_other_ends(text)
}

/// Whether a text holds a sign that ends a line for YAML 1.1, or for a printer, and for nobody
/// else: its lines may not be those that its author meant.
pub(super) fn has_other_ends(text: &str) -> bool {
    text.contains(['\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}'])
}

/// What was found in a file.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) objects: usize,
    pub(super) no_kind: usize,
    /// Whose they may be.
    no_kind_of: Concerns,
    /// Documents that are not Kubernetes objects.
    pub(crate) others: usize,
    /// Whether the last JSON document was not valid.
    pub(crate) ends_odd: bool,
    /// Whether there was an empty list, or a problem was reported.
    pub(super) reported: bool,
    /// Whether words of an object stand in it.
    pub(crate) named: bool,
    /// What the file is, if it was printed for people.
    pub(crate) printed: Option<Skipped>,
    /// Lines around the objects.
    pub(crate) around: Around,
    /// Whether the file holds other documents before the one that is read now.
    pub(crate) several: bool,
    /// Whether it is known that a document follows the text that is read now.
    pub(crate) followed: bool,
}

impl Found {
    /// Adds what was found in another part of the file.
    pub(crate) fn add(&mut self, other: Self) {
        self.objects += other.objects;
        self.no_kind += other.no_kind;
        self.no_kind_of = std::mem::take(&mut self.no_kind_of).and(other.no_kind_of);
        self.others += other.others;
        self.named |= other.named;
        self.reported |= other.reported;
        self.printed = self.printed.or(other.printed);
        self.around.add(other.around);
        self.several |= other.several;
    }

    /// Whether the file has anything to do with Kubernetes.
    fn relevant(&self) -> bool {
        self.objects > 0 || self.no_kind > 0 || self.reported
    }
}
