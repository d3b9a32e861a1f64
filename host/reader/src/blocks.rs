//! A long file on several cores.
//!
//! The file is cut into blocks. Whoever reads a block looks for the first place in it where, as far as the block
//! shows, an item of the list or a document begins, reads from there, and goes on beyond the end of the block until
//! the next such place. Whether it had guessed right shows when the logs are put together: each block must begin
//! where the one before it has ended. Where one does not, its log is thrown away, and the file is read on from there
//! one after the other.

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

use crate::{
    buffer::Buffer,
    document::{Broken, Intake, Part, Pass, Setting},
    json_scan,
    layout::Layout,
    list::{Form, Reached},
    log::Log,
    long::Disk,
    needs::Reader,
    outline::{Odd, Outlined},
    session::{FileName, Found, Session},
    split,
    survey::{Style, Survey},
    text::{Glance, cut_off, has_lone_return, newlines, utf8},
    value::Entries,
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
    reader: &Reader,
    selection: &Selection,
    disk: Disk<'_>,
    from: u64,
    content: &Content<'_>,
    take: &mut dyn FnMut(Block, u64),
) -> Progress {
    let worker = || Worker::new(reader, selection, disk.file, disk.size, content);
    let limits = &reader.limits;
    let progress = Progress { at: from, ..Progress::default() };
    let mut merge = Merge { progress, take };
    if reader.threads > 1 {
        merge.side_by_side(reader.threads, disk.size, limits.window_bytes as u64, worker);
    } else {
        // What has been read is looked at next, and should still be in a cache.
        merge.one_by_one(disk.size, limits.stretch_bytes() as u64, worker());
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
    /// So much more is read at least where something reaches beyond the stretch.
    ahead: usize,
}

impl<'w, 'r> Worker<'w, 'r> {
    /// Documents that are longer are not read here.
    const LONG: usize = 8 << 20;
    /// In so many bytes nearly always an item of a list begins, and shows that it is one.
    const NEAR: usize = 64 << 10;

    fn new(
        reader: &'r Reader,
        selection: &'r Selection,
        file: &'w File,
        size: u64,
        content: &'w Content<'w>,
    ) -> Self {
        let (buffer, glance) = (Buffer::default(), Glance::default());
        let ahead = reader.limits.head_bytes();
        let stretch = Stretch { file, size, origin: 0, buffer, held: 0, ahead, glance };
        let session = Session::beside(reader, selection);
        Self { content, session, stretch, survey: Survey::default(), alone: false }
    }

    /// Reads what begins between `start` and `end`. `known`: something begins at `start`.
    fn block(&mut self, start: u64, end: u64, known: bool) -> Result<Block, Odd> {
        // So much before the start shows whether something begins there.
        let before = match self.content {
            _ if known => 0,
            Content::Items { form: Form::Json { brace, .. }, .. } => *brace as u64,
            Content::Items { .. } | Content::Documents { .. } => 1,
        };
        let until = usize::try_from(end - start + before).map_err(|_| Odd)?;
        self.stretch.open(start - before, until, self.alone)?;
        let begin = if known { Some(0) } else { self.begin() };
        let Some(begin) = begin else { return Ok(Block::default()) };
        let mut block = Block::default();
        let reached = match self.content {
            Content::Items { root, setting, form } => {
                let mut intake = Intake::new(&mut self.session.objects, setting, Pass::First);
                intake.begin_part(root);
                let stretch = &mut self.stretch;
                let survey = &mut self.survey;
                let until = if self.alone { usize::MAX } else { until };
                let (reached, ended) = items(stretch, survey, &mut intake, begin, until, *form)?;
                block.part = intake.into_part();
                block.ended = ended;
                reached
            }
            Content::Documents { name, layout } => {
                let reached = self.next_document(until)?;
                let text = self.stretch.text(begin, reached)?;
                if self.stretch.has_lone_return() {
                    return Err(Odd);
                }
                self.session.chunks(name, text, 1, false, layout, &mut block.found);
                reached
            }
        };
        block.lines = self.stretch.lines(begin, reached);
        let origin = self.stretch.origin;
        block.span = Some((origin + begin as u64, origin + reached as u64));
        block.log = std::mem::take(self.session.log());
        Ok(block)
    }

    /// Where, as far as the block shows, the first item or document begins.
    fn begin(&self) -> Option<usize> {
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

    /// Where, as far as `end` bytes of the block show, its first item begins; where the block ends before that, what may
    /// be one.
    fn json_item(&self, between: &[u8], brace: usize, end: usize) -> Option<usize> {
        let text = self.stretch.text(0, end).ok()?;
        // Who an object is shows without a look at all of the text.
        let survey = Survey::default();
        let mut braces = memchr::memmem::find_iter(text.as_bytes(), between).map(|it| it + brace);
        // Of the objects that begin like an item, only an item has a name: an entry of `managedFields` has none.
        let mut whole = true;
        let found = braces.find(|it| match json_scan::Outline::read(survey.again(text), *it) {
            Ok(Some((outline, _))) => outline.head().named,
            Ok(None) => {
                whole = false;
                true
            }
            Err(Odd) => false,
        });
        found.filter(|_| whole || end == self.stretch.held)
    }

    /// Where the first document begins at `until` or behind it, or where the file ends.
    fn next_document(&mut self, until: usize) -> Result<usize, Odd> {
        loop {
            if let Some(at) = marker(self.stretch.bytes(), until - 1) {
                return Ok(at);
            }
            if self.stretch.ends() {
                return Ok(self.stretch.held);
            }
            if self.stretch.held - until > Self::LONG {
                return Err(Odd);
            }
            self.stretch.more(until)?;
        }
    }
}

/// The first `---` that begins a line, with the line feed before it at `from` or behind that.
fn marker(bytes: &[u8], from: usize) -> Option<usize> {
    let mut lines = memchr::memmem::find_iter(&bytes[from..], b"\n---").map(|it| from + it + 1);
    lines.find(|it| matches!(bytes.get(it + split::MARKER), Some(b' ' | b'\t' | b'\r' | b'\n')))
}

/// Reads the items that begin between `begin` and `until`; those that end in the stretch, if `until` lies beyond all.
/// Returns where that ends, and whether the list ends there.
fn items(
    stretch: &mut Stretch<'_>,
    survey: &mut Survey,
    intake: &mut Intake<'_, '_, 'static>,
    begin: usize,
    until: usize,
    form: Form<'_>,
) -> Result<(usize, bool), Odd> {
    let (mut text_at, mut at) = (begin, begin);
    loop {
        let ends = stretch.ends();
        let text = stretch.text(text_at, stretch.held)?;
        if form.style() == Style::Yaml && stretch.has_lone_return() {
            return Err(Odd);
        }
        let (from, end) = (at - text_at, until.saturating_sub(text_at));
        match form.items(text, from, end, ends, survey, intake) {
            Reached::Until(it) => return Ok((text_at + it, false)),
            Reached::End(it) => return Ok((text_at + it, true)),
            Reached::Broken { at: from, end, broken, more } => {
                let before = &stretch.bytes()[begin..text_at + from];
                let line = newlines(before) + broken.line;
                let reason = format!("{}; {}", broken.reason, Broken::ITEM_LEFT_OUT);
                intake.left_out(Broken { line, reason });
                at = text_at + end;
                if !more {
                    return Ok((at, true));
                }
            }
            // One who reads on alone names what is wrong.
            Reached::Lost { .. } => return Err(Odd),
            Reached::Unfinished(_) if ends => return Err(Odd),
            Reached::Unfinished(it) if until == usize::MAX && text_at + it > begin => {
                return Ok((text_at + it, false));
            }
            Reached::Unfinished(it) => {
                (text_at, at) = (text_at + it, text_at + it);
                if stretch.held - at > intake.reader().limits.document_bytes {
                    return Err(Odd);
                }
                stretch.more(at)?;
            }
        }
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

    /// Begins anew. `on`: with what is held from there on.
    fn open(&mut self, origin: u64, bytes: usize, on: bool) -> Result<(), Odd> {
        let held = (self.origin + self.held as u64).checked_sub(origin).filter(|_| on);
        let held = held.and_then(|it| usize::try_from(it).ok()).filter(|it| *it <= self.held);
        let held = held.unwrap_or(0);
        self.buffer.go_on(bytes + self.ahead, origin, self.held - held..self.held);
        (self.origin, self.held, self.glance) = (origin, held, Glance::default());
        self.glance.add(&self.buffer.bytes()[..held]);
        self.fill(bytes.saturating_sub(held))
    }

    /// Reads on behind what begins at `from` and does not end: as much as there is of it, so that it is looked at twice
    /// on average.
    fn more(&mut self, from: usize) -> Result<(), Odd> {
        self.fill(self.ahead.max(self.held - from))
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

    /// How many lines end between two places of what has been read.
    fn lines(&self, from: usize, to: usize) -> u64 {
        // What is outside is short.
        self.glance.feeds - newlines(&self.bytes()[..from]) - newlines(&self.bytes()[to..])
    }
}
