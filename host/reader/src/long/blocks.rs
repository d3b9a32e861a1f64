//! A long file on disk, on one core or several.
//!
//! The file is cut into blocks. Whoever reads a block looks for the first place in it where, as far as the block
//! shows, an item of the list or a document begins, reads from there, piece by piece, and goes on beyond the end of the
//! block until the next such place. Whether it had guessed right shows when the logs are put together: each block must begin
//! where the one before it has ended. Where one does not, its log is thrown away, and the file is read on from there
//! one after the other. Who reads alone guesses nothing: each block goes on where the one before it has ended.

use std::{
    collections::BTreeMap,
    fs::File,
    os::unix::fs::FileExt,
    sync::{
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
        mpsc,
    },
    thread,
};

use rulebox_core::Selection;

use super::disk::Disk;
use crate::{
    broken::{Broken, Odd},
    document::{
        list::{Form, Reached},
        split,
    },
    input::{
        name::FileName,
        session::{Found, Session},
    },
    journal::Log,
    json,
    layout::Layout,
    object::{
        intake::{Intake, Part, Pass, Setting},
        needs::Needs,
        outline::Outlined,
        value::Entries,
    },
    text::{
        buffer::Buffer,
        decode::{Glance, cut_off, has_lone_return, newlines, utf8},
        survey::{Style, Survey, block_before},
    },
};

/// What the blocks of a file hold.
pub(crate) enum Content<'c> {
    /// The items of a list.
    Items {
        /// What the list says of itself before its items.
        root: &'c Entries<'static>,
        setting: &'c Setting<'c>,
        form: Form<'c>,
    },
    /// Documents between markers.
    Documents { name: &'c FileName, layout: &'c Layout<'c> },
}

/// What came of the blocks.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    /// Up to here the file has been read.
    pub(crate) at: u64,
    /// Lines up to there.
    pub(crate) lines: u64,
    /// Whether what stands there must be read one after the other for good.
    pub(crate) stuck: bool,
    /// Whether the list has ended there.
    pub(crate) ended: bool,
}

/// What a block held. Lines count from the line of `start`.
#[derive(Default)]
pub(crate) struct Block {
    /// Where the first item or document begins, and where reading has ended; none where none begins in the block.
    span: Option<(u64, u64)>,
    lines: u64,
    /// Whether the list ends at the end.
    ended: bool,
    log: Log,
    /// Of the items of a list.
    pub(crate) part: Part,
    /// Of documents.
    pub(crate) found: Found,
}

impl Block {
    /// Where in the file reading has ended.
    pub(crate) fn end(&self) -> u64 {
        self.span.map_or(0, |it| it.1)
    }

    /// What has been written down, given the number of lines before the block.
    pub(crate) fn log(&mut self, lines: u64) -> Log {
        let mut log = std::mem::take(&mut self.log);
        log.problems.iter_mut().for_each(|it| it.line = it.line.map(|line| line + lines));
        log
    }
}

/// Reads a file from `from` on, block by block, as long as `content` is what it holds. `take` gets the blocks in
/// order, and the number of lines before each.
pub(crate) fn read(
    needs: &Needs,
    selection: &Selection,
    disk: Disk<'_>,
    from: u64,
    content: &Content<'_>,
    take: &mut dyn FnMut(Block, u64),
) -> Progress {
    let worker = || Worker::new(needs, selection, disk.file, disk.size, content);
    let progress = Progress { at: from, ..Progress::default() };
    let mut merge = Merge { progress, take };
    let (threads, block_bytes) = (needs.threads, needs.limits.block_bytes());
    if threads > 1 {
        // All are to be at work until the end.
        let share = disk.size.saturating_sub(from) / (threads as u64 * 8);
        let length = share.clamp(needs.limits.window_bytes as u64, block_bytes);
        merge.side_by_side(threads, disk.size, length, worker);
    } else {
        merge.one_by_one(disk.size, block_bytes, worker());
    }
    merge.progress
}

/// Puts blocks together.
struct Merge<'t> {
    progress: Progress,
    take: &'t mut dyn FnMut(Block, u64),
}

impl Merge<'_> {
    /// Each block begins where the one before it has ended, so none is guessed.
    fn one_by_one(&mut self, size: u64, length: u64, mut worker: Worker<'_, '_>) {
        worker.alone = true;
        while self.progress.at < size {
            let start = self.progress.at;
            let block = worker.block(start, (start + length).min(size), true);
            if !self.block(block, start) {
                return;
            }
        }
    }

    fn side_by_side<'w, 'r: 'w>(
        &mut self,
        threads: usize,
        size: u64,
        length: u64,
        worker: impl Fn() -> Worker<'w, 'r> + Sync,
    ) {
        let from = self.progress.at;
        let number = (size - from).div_ceil(length);
        let (next, stop) = (AtomicU64::new(0), AtomicBool::new(false));
        let (send, receive) = mpsc::sync_channel(threads * 2);
        thread::scope(|scope| {
            for _ in 0..threads {
                let send = send.clone();
                let (next, stop, worker) = (&next, &stop, &worker);
                scope.spawn(move || {
                    let mut worker = worker();
                    while !stop.load(Relaxed) {
                        let i = next.fetch_add(1, Relaxed);
                        if i >= number {
                            return;
                        }
                        let start = from + i * length;
                        let block = worker.block(start, (start + length).min(size), i == 0);
                        let stuck = block.is_err();
                        if send.send((i, block)).is_err() || stuck {
                            return;
                        }
                    }
                });
            }
            drop(send);
            let mut waiting = BTreeMap::new();
            let mut i = 0;
            'blocks: for (number, block) in &receive {
                waiting.insert(number, block);
                while let Some(block) = waiting.remove(&i) {
                    i += 1;
                    if !self.block(block, (from + i * length).min(size)) {
                        break 'blocks;
                    }
                }
            }
            stop.store(true, Relaxed);
            drop(receive);
        });
    }

    /// Takes the next block, which nothing need begin in where reading has already come to `end`. Returns whether the
    /// one behind it may follow.
    fn block(&mut self, block: Result<Block, Odd>, end: u64) -> bool {
        let Self { progress, take } = self;
        let Ok(block) = block else {
            progress.stuck = true;
            return false;
        };
        let reached = match block.span {
            Some((start, reached)) if start == progress.at => reached,
            // An item or document that began before reaches beyond the block.
            _ => return progress.at >= end,
        };
        let (lines, ended) = (block.lines, block.ended);
        take(block, progress.lines);
        progress.at = reached;
        progress.lines += lines;
        if ended {
            (progress.stuck, progress.ended) = (true, true);
        }
        !ended
    }
}

/// Whoever reads blocks on one thread.
struct Worker<'w, 'r> {
    content: &'w Content<'w>,
    session: Session<'r>,
    stretch: Stretch<'w>,
    survey: Survey,
    /// Whether it reads all blocks, one after the other.
    alone: bool,
}

/// A stretch of a file that is held.
struct Stretch<'w> {
    file: &'w File,
    size: u64,
    /// Where in the file the stretch begins.
    origin: u64,
    /// Its first `held` bytes are the stretch.
    buffer: Buffer,
    held: usize,
    /// What they hold.
    glance: Glance,
    /// Lines that end before it.
    lines: u64,
    /// So much is read at once: what has been read is looked at next, and should still be in a cache.
    piece: usize,
    /// So much more is read at least where something reaches beyond the stretch.
    ahead: usize,
}

impl<'w, 'r> Worker<'w, 'r> {
    /// Documents that are longer are not read here.
    const LONG: usize = 8 << 20;
    /// In so many bytes nearly always an item of a list begins, and shows that it is one.
    const NEAR: usize = 64 << 10;

    fn new(
        needs: &'r Needs,
        selection: &'r Selection,
        file: &'w File,
        size: u64,
        content: &'w Content<'w>,
    ) -> Self {
        let (buffer, glance) = (Buffer::default(), Glance::default());
        let (piece, ahead) = (needs.limits.stretch_bytes(), needs.limits.head_bytes());
        let (origin, held, lines) = (0, 0, 0);
        let stretch = Stretch { file, size, origin, buffer, held, glance, lines, piece, ahead };
        let session = Session::beside(needs, selection);
        Self { content, session, stretch, survey: Survey::default(), alone: false }
    }

    /// Reads what begins between `start` and `end`, piece by piece. `known`: something begins at `start`.
    fn block(&mut self, start: u64, end: u64, known: bool) -> Result<Block, Odd> {
        // So much before the start shows whether something begins there.
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
            Content::Items { root, setting, form } => {
                let mut intake = Intake::new(&mut self.session.objects, setting, Pass::First);
                intake.begin_part(root);
                let (stretch, survey) = (&mut self.stretch, &mut self.survey);
                let (reached, ended) = items(stretch, survey, &mut intake, begin, end, *form)?;
                block.part = intake.into_part();
                block.ended = ended;
                reached
            }
            Content::Documents { name, layout } => {
                self.documents(begin, end, name, layout, &mut block.found)?
            }
        };
        block.lines = self.stretch.lines(reached) - lines;
        block.span = Some((from, self.stretch.place(reached)));
        block.log = std::mem::take(self.session.log());
        Ok(block)
    }

    /// Where, as far as the block shows, the first item or document begins.
    fn begin(&mut self, end: u64) -> Result<Option<usize>, Odd> {
        loop {
            let begin = self.first();
            if begin.is_some() || self.stretch.place(self.stretch.held) >= end {
                return Ok(begin);
            }
            self.stretch.more(0, end)?;
        }
    }

    /// Where, as far as the stretch shows, the first item or document begins.
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

    /// Where, as far as `end` bytes of the stretch show, the first item begins; where the stretch ends before that, what
    /// may be one.
    fn json_item(&self, between: &[u8], brace: usize, end: usize) -> Option<usize> {
        let text = self.stretch.text(0, end).ok()?;
        // Who an object is shows without a look at all of the text.
        let survey = Survey::default();
        let mut braces = memchr::memmem::find_iter(text.as_bytes(), between).map(|it| it + brace);
        // Of the objects that begin like an item, only an item has a name: an entry of `managedFields` has none.
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

    /// Reads the documents that begin between `begin` and `end`. Returns where the next one begins.
    fn documents(
        &mut self,
        begin: usize,
        end: u64,
        name: &FileName,
        layout: &Layout<'_>,
        found: &mut Found,
    ) -> Result<usize, Odd> {
        let (mut at, first) = (begin, self.stretch.lines(begin));
        loop {
            let next = self.next_document(at, end)?;
            let text = self.stretch.text(at, next)?;
            // In a log that was printed between documents, what looks like a marker is none.
            if split::ends_in_log(text) {
                return Err(Odd);
            }
            let line = self.stretch.lines(at) - first + 1;
            self.session.parts(name, text, line, false, layout, found);
            if self.stretch.place(next) >= end {
                return Ok(next);
            }
            self.stretch.go_on(next, end)?;
            at = 0;
        }
    }

    /// Where the last document begins that the stretch shows behind `at`; behind `end`, the first one, or the end of the
    /// file.
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

/// The first `---` that begins a line, with the line feed before it at `from` or behind that.
fn marker(bytes: &[u8], from: usize) -> Option<usize> {
    let mut lines = memchr::memmem::find_iter(&bytes[from..], DASHES).map(|it| from + it + 1);
    lines.find(|it| is_marker(bytes, *it))
}

/// The last `---` that begins a line, with the line feed before it at `from` or behind that.
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

/// What a marker looks like, and the end of the line before it.
const DASHES: &[u8] = b"\n---";

fn is_marker(bytes: &[u8], at: usize) -> bool {
    matches!(bytes.get(at + split::MARKER), Some(b' ' | b'\t' | b'\r' | b'\n'))
}

/// Reads the items that begin between `begin` and `end`. Returns where that ends, and whether the list ends there.
fn items(
    stretch: &mut Stretch<'_>,
    survey: &mut Survey,
    intake: &mut Intake<'_, '_, 'static>,
    begin: usize,
    end: u64,
    form: Form<'_>,
) -> Result<(usize, bool), Odd> {
    let lines = stretch.lines(begin);
    // Where the text begins in the stretch, where the next item does in the text, and where the text has begun in the one
    // before it.
    let (mut text_at, mut at, mut seen) = (begin, 0, None);
    loop {
        let ends = stretch.ends();
        let text = stretch.text(text_at, stretch.held)?;
        if form.style() == Style::Yaml && stretch.has_lone_return() {
            return Err(Odd);
        }
        let until = stretch.index(end).saturating_sub(text_at);
        let surveyed = match seen {
            None => survey.look(text, form.style()),
            Some(from) => survey.look_on(text, form.style(), from),
        };
        let unfinished = loop {
            match form.items_of(surveyed, at, until, ends, intake) {
                Reached::Until(it) => return Ok((text_at + it, false)),
                Reached::End(it) => return Ok((text_at + it, true)),
                Reached::Broken { at: from, end, broken, more } => {
                    let line = stretch.lines(text_at + from) - lines + broken.line;
                    let reason = format!("{}; {}", broken.reason, Broken::ITEM_LEFT_OUT);
                    intake.left_out(Broken::new(line, reason));
                    at = end;
                    if !more {
                        return Ok((text_at + end, true));
                    }
                }
                // One who reads on alone names what is wrong.
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

impl Stretch<'_> {
    fn bytes(&self) -> &[u8] {
        &self.buffer.bytes()[..self.held]
    }

    /// Whether it reaches the end of the file.
    fn ends(&self) -> bool {
        self.origin + self.held as u64 == self.size
    }

    /// Where in the file a place is.
    fn place(&self, index: usize) -> u64 {
        self.origin + index as u64
    }

    /// Where a place of the file is: the beginning, if it lies before the stretch.
    fn index(&self, place: u64) -> usize {
        usize::try_from(place.saturating_sub(self.origin)).unwrap_or(usize::MAX)
    }

    /// Begins anew, and reads a piece of what stands before `end`. `on`: with what is held from there on.
    fn open(&mut self, origin: u64, end: u64, on: bool) -> Result<(), Odd> {
        let held = origin.checked_sub(self.origin).filter(|_| on);
        let held = held.and_then(|it| usize::try_from(it).ok()).filter(|it| *it <= self.held);
        if held.is_none() {
            (self.origin, self.held, self.glance) = (origin, 0, Glance::default());
        }
        self.go_on(held.unwrap_or(0), end)?;
        self.lines = 0;
        Ok(())
    }

    /// Lets go what stands before `at`, and reads on.
    fn go_on(&mut self, at: usize, end: u64) -> Result<(), Odd> {
        let (lines, origin) = (self.lines(at), self.place(at));
        self.buffer.go_on(self.piece + self.ahead, origin, at..self.held);
        self.glance.feeds -= lines - self.lines;
        (self.origin, self.held, self.lines) = (origin, self.held - at, lines);
        self.more(0, end)
    }

    /// Reads on where what begins at `at` does not end: as much as a piece has room for, if there is as much before `end`;
    /// as much as there is of it, so that it is looked at twice on average.
    fn more(&mut self, at: usize, end: u64) -> Result<(), Odd> {
        let piece = self.piece.min(self.index(end));
        let least = self.ahead.max(self.held - at);
        self.fill(least.max(piece.saturating_sub(self.held)))
    }

    fn fill(&mut self, bytes: usize) -> Result<(), Odd> {
        let at = self.origin + self.held as u64;
        let bytes = usize::try_from(self.size - at).unwrap_or(bytes).min(bytes);
        let end = self.held + bytes;
        self.buffer.grow(end);
        let buffer = &mut self.buffer.bytes_mut()[self.held..end];
        // One who reads alone names what is wrong with the file.
        self.file.read_exact_at(buffer, at).map_err(|_| Odd)?;
        self.glance.add(buffer);
        self.held = end;
        Ok(())
    }

    /// Text without zeros; a character that is cut off at its end is left out.
    fn text(&self, begin: usize, end: usize) -> Result<&str, Odd> {
        let bytes = &self.bytes()[begin..end];
        let rest = if end < self.held || !self.ends() { cut_off(bytes) } else { 0 };
        if self.glance.zeros { Err(Odd) } else { utf8(&bytes[..bytes.len() - rest]).ok_or(Odd) }
    }

    /// Whether YAML breaks a line somewhere where the scanners do not.
    fn has_lone_return(&self) -> bool {
        let bytes = self.bytes();
        // Of a line that is cut off there, the line feed may follow.
        let bytes = if self.ends() { bytes } else { bytes.strip_suffix(b"\r").unwrap_or(bytes) };
        self.glance.returns && has_lone_return(bytes)
    }

    /// How many lines have ended before a place since it was opened.
    fn lines(&self, index: usize) -> u64 {
        // Mostly the rest is short, or the beginning.
        let bytes = self.bytes();
        let (before, behind) = bytes.split_at(index);
        self.lines
            + if index < behind.len() {
                newlines(before)
            } else {
                self.glance.feeds - newlines(behind)
            }
    }
}
