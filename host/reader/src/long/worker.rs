//! Reads one block of a long file, on one thread.
//!
//! Must not know the other blocks: [`super::blocks`] puts them together.

use std::fs::File;

use rulebox_core::{Clocks, Logged, ObjectCopy, Selection};

use super::stretch::Stretch;
use crate::{
    broken::{Broken, Odd},
    document::{
        list::{Form, Reached},
        printed_log, separator,
    },
    input::{
        name::FileName,
        session::{Found, Session},
    },
    journal::Journal,
    json,
    layout::Layout,
    object::{
        intake::{Intake, Part, Pass, Setting},
        lines::{Within, further},
        needs::Needs,
        outline::Outlined,
        value::Entries,
    },
    text::survey::{Style, Survey, block_before},
};

/// What a file consists of.
pub(super) enum Content<'c> {
    /// The items of a list.
    Items {
        /// Of the file inside the input.
        path: &'c str,
        /// The keys before the items.
        root: &'c Entries<'static>,
        setting: &'c Setting<'c>,
        form: Form<'c>,
    },
    /// Documents separated by markers.
    Documents {
        name: &'c FileName,
        layout: &'c Layout<'c>,
        /// Behind what they stand.
        logged: Logged,
    },
}

/// What was read of a block. Lines count from the line of its start.
#[derive(Default)]
pub(super) struct Block {
    /// Where the first item or document starts, and where reading has ended; none if none starts in
    /// the block.
    pub(super) span: Option<(u64, u64)>,
    pub(super) lines: u64,
    /// Whether the list ends there.
    pub(super) ended: bool,
    journal: Journal,
    /// Outcome of the items of a list.
    pub(super) part: Part,
    /// What was found in documents.
    pub(super) found: Found,
}

impl Block {
    /// Position in the file where reading has ended.
    pub(super) fn end(&self) -> u64 {
        self.span.map_or(0, |it| it.1)
    }

    /// What was found of when the file was captured.
    pub(super) fn clocks(&self) -> &Clocks {
        &self.journal.open.clocks
    }

    /// The journal, given the number of lines before the block.
    pub(super) fn journal(&mut self, lines: u64) -> Journal {
        let mut journal = std::mem::take(&mut self.journal);
        journal.problems.iter_mut().for_each(|it| it.line = it.line.map(|line| line + lines));
        for redacted in journal.redacted.values_mut() {
            redacted.line = redacted.line.map(|it| it + lines);
        }
        for section in journal.sections_mut() {
            section.document = section.document.map(|it| if it == 0 { 0 } else { it + lines });
            for ObjectCopy { position, .. } in &mut section.copies {
                position.line = further(position.line, lines);
            }
        }
        journal
    }
}

/// Reads blocks on one thread.
pub(super) struct Worker<'w, 'r> {
    content: &'w Content<'w>,
    session: Session<'r>,
    stretch: Stretch<'w>,
    survey: Survey,
    /// Whether this is the only worker, which reads all blocks.
    pub(super) alone: bool,
}

impl<'w, 'r> Worker<'w, 'r> {
    /// Longer documents are read sequentially.
    const LONG: usize = 8 << 20;
    /// Within this many bytes a list item almost always starts.
    const NEAR: usize = 64 << 10;

    pub(super) fn new(
        needs: &'r Needs,
        selection: &'r Selection,
        file: &'w File,
        size: u64,
        content: &'w Content<'w>,
    ) -> Self {
        let stretch = Stretch::new(file, size, &needs.limits);
        let mut session = Session::worker(needs, selection);
        session.objects.open(match content {
            Content::Items { path, .. } => path,
            Content::Documents { name, .. } => &name.place,
        });
        if let Content::Documents { logged, .. } = content {
            session.objects.stand_behind(*logged);
        }
        Self { content, session, stretch, survey: Survey::default(), alone: false }
    }

    /// What has been found in blocks that count. What was found in others, which may have been
    /// guessed to begin inside an object, is forgotten.
    pub(super) fn know(&mut self, clocks: Clocks) {
        self.session.objects.know(clocks);
    }

    /// Reads everything that starts between `start` and `end`. `known`: an item or document starts
    /// at `start`.
    pub(super) fn block(&mut self, start: u64, end: u64, known: bool) -> Result<Block, Odd> {
        // These bytes before the start show whether an item or document starts there.
        let before = match self.content {
            _ if known => 0,
            Content::Items { form: Form::Json { brace, .. }, .. } => *brace as u64,
            Content::Items { .. } | Content::Documents { .. } => 1,
        };
        self.stretch.open(start - before, end, self.alone)?;
        let begin = if known { Some(0) } else { self.begin(end)? };
        let Some(begin) = begin else { return Ok(Block::default()) };
        let (from, lines) = (self.stretch.place(begin), self.stretch.lines(begin));
        let mut block = Block::default();
        let reached = match self.content {
            Content::Items { root, setting, form, .. } => {
                let mut intake = Intake::new(&mut self.session.objects, setting, Pass::First);
                intake.begin_part(root);
                let (stretch, survey) = (&mut self.stretch, &mut self.survey);
                let (reached, ended) = items(stretch, survey, &mut intake, begin, end, *form)?;
                block.part = intake.into_part();
                block.ended = ended;
                reached
            }
            Content::Documents { name, layout, logged } => {
                self.documents(begin, end, name, layout, *logged, &mut block.found)?
            }
        };
        block.lines = self.stretch.lines(reached) - lines;
        block.span = Some((from, self.stretch.place(reached)));
        block.journal = std::mem::take(self.session.journal());
        Ok(block)
    }

    /// Where the first item or document appears to start in the block.
    fn begin(&mut self, end: u64) -> Result<Option<usize>, Odd> {
        loop {
            let begin = self.first();
            if begin.is_some() || self.stretch.place(self.stretch.held) >= end {
                return Ok(begin);
            }
            self.stretch.more(0, end)?;
        }
    }

    /// Where the first item or document appears to start in the stretch.
    fn first(&self) -> Option<usize> {
        let bytes = self.stretch.bytes();
        match self.content {
            Content::Items { form: Form::Yaml { column }, .. } => {
                let dash = format!("\n{}- ", " ".repeat(*column));
                memchr::memmem::find(bytes, dash.as_bytes()).map(|it| it + 1)
            }
            Content::Items { form: Form::Json { between, brace }, .. } => {
                let ends = [Self::NEAR.min(bytes.len()), bytes.len()];
                ends.into_iter().find_map(|it| self.json_item(between, *brace, it))
            }
            Content::Documents { .. } => marker(bytes, 0),
        }
    }

    /// Where the first item appears to start in the first `end` bytes of the stretch. May return an
    /// incomplete object at the end of the stretch.
    fn json_item(&self, between: &[u8], brace: usize, end: usize) -> Option<usize> {
        let text = self.stretch.text(0, end).ok()?;
        // The identity of an object can be read without a survey.
        let survey = Survey::default();
        let mut braces = memchr::memmem::find_iter(text.as_bytes(), between).map(|it| it + brace);
        // Other objects may start like an item, but have no name: entries of `managedFields`, for
        // example.
        let mut whole = true;
        let found = braces.find(|it| match json::Outline::read(survey.again(text), *it) {
            Ok(Some((outline, _))) => outline.head().named,
            Ok(None) => {
                whole = false;
                true
            }
            Err(Odd) => false,
        });
        found.filter(|_| whole || end == self.stretch.held)
    }

    /// Reads the documents that start between `begin` and `end`. Returns where the next one starts.
    fn documents(
        &mut self,
        begin: usize,
        end: u64,
        name: &FileName,
        layout: &Layout<'_>,
        logged: Logged,
        found: &mut Found,
    ) -> Result<usize, Odd> {
        let (mut at, first) = (begin, self.stretch.lines(begin));
        // Blocks of documents start behind other documents.
        found.several = true;
        loop {
            let next = self.next_document(at, end)?;
            let text = self.stretch.text(at, next)?;
            // A printed log may contain lines that look like markers, and what stands behind it
            // counts less.
            if printed_log::first_log(text, 0).is_some() {
                return Err(Odd);
            }
            let line = self.stretch.lines(at) - first + 1;
            found.followed = !(self.stretch.ends() && next == self.stretch.held);
            self.session.parts(name, text, line, false, layout, found);
            // Its lines count from the start of the file, and what stands behind a log counts less.
            if !found.around.is_empty() || self.session.objects.logged() != logged {
                return Err(Odd);
            }
            if self.stretch.place(next) >= end {
                return Ok(next);
            }
            self.stretch.go_on(next, end)?;
            at = 0;
        }
    }

    /// Start of the last document in the stretch after `at`; or, if the stretch reaches `end`, of
    /// the first document after `end`, or the end of the file.
    fn next_document(&mut self, at: usize, end: u64) -> Result<usize, Odd> {
        loop {
            let (bytes, until) = (self.stretch.bytes(), self.stretch.index(end));
            let next = if bytes.len() < until {
                last_marker(bytes, at)
            } else {
                marker(bytes, until - 1).or(self.stretch.ends().then_some(bytes.len()))
            };
            if let Some(next) = next {
                return Ok(next);
            }
            if bytes.len() - at > Self::LONG {
                return Err(Odd);
            }
            self.stretch.more(at, end)?;
        }
    }
}

/// The first `---` at the start of a line; the line feed before it is at `from` or later.
fn marker(bytes: &[u8], from: usize) -> Option<usize> {
    let mut lines = memchr::memmem::find_iter(&bytes[from..], DASHES).map(|it| from + it + 1);
    lines.find(|it| is_marker(bytes, *it))
}

/// The last `---` at the start of a line; the line feed before it is at `from` or later.
fn last_marker(bytes: &[u8], from: usize) -> Option<usize> {
    let mut end = bytes.len();
    loop {
        let feed = from + memchr::memmem::rfind(&bytes[from..end], DASHES)?;
        if is_marker(bytes, feed + 1) {
            return Some(feed + 1);
        }
        end = feed + 1;
    }
}

/// A marker, and the line feed before it.
const DASHES: &[u8] = b"\n---";

fn is_marker(bytes: &[u8], at: usize) -> bool {
    matches!(bytes.get(at + separator::MARKER), Some(b' ' | b'\t' | b'\r' | b'\n'))
}

/// Reads the items that start between `begin` and `end`. Returns where reading has ended, and
/// whether the list ends there.
fn items(
    stretch: &mut Stretch<'_>,
    survey: &mut Survey,
    intake: &mut Intake<'_, '_, 'static>,
    begin: usize,
    end: u64,
    form: Form<'_>,
) -> Result<(usize, bool), Odd> {
    let lines = stretch.lines(begin);
    // Start of the text in the stretch, of the next item in the text, and of the text in the one
    // before.
    let (mut text_at, mut at, mut seen) = (begin, 0, None);
    loop {
        let ends = stretch.ends();
        let text = stretch.text(text_at, stretch.held)?;
        if form.style() == Style::Yaml && stretch.has_lone_return() {
            return Err(Odd);
        }
        let until = stretch.index(end).saturating_sub(text_at);
        // Only the text that is held is counted, and only up to objects that are selected.
        intake.text_begins(stretch.lines(text_at) - lines + 1);
        let within = Within::new(text, 0);
        let surveyed = match seen {
            None => survey.look(text, form.style()),
            Some(from) => survey.look_on(text, form.style(), from),
        };
        let unfinished = loop {
            match form.items_of(surveyed, within, at, until, ends, intake) {
                Reached::Until(it) => return Ok((text_at + it, false)),
                Reached::End(it) => return Ok((text_at + it, true)),
                Reached::Broken { at: from, end, broken, more } => {
                    let line = stretch.lines(text_at + from) - lines + broken.line;
                    let reason = format!("{}; {}", broken.reason, Broken::ITEM_LEFT_OUT);
                    intake.left_out(Broken { line, reason, ..broken });
                    at = end;
                    if !more {
                        return Ok((text_at + end, true));
                    }
                }
                // The sequential reader takes over here and reports the error.
                Reached::Lost { .. } => return Err(Odd),
                Reached::Unfinished(_) if ends => return Err(Odd),
                Reached::Unfinished(it) => break it,
            }
        };
        if text.len() - unfinished > intake.needs().limits.document_bytes {
            return Err(Odd);
        }
        let from = block_before(text, unfinished);
        stretch.go_on(text_at + from, end)?;
        (text_at, at, seen) = (0, unfinished - from, Some(from));
    }
}
