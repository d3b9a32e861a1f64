//! Reads the items of a long list, sequentially or in parallel.

use std::{
    io::{Seek, SeekFrom},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use super::{blocks, disk::Disk, window::Window, worker::Content};
use crate::{
    broken::Broken,
    document::list::{Form, Reached},
    input::{search::Search, tally::Tally},
    journal::Journal,
    object::{
        intake::{Intake, Setting},
        value::Entries,
    },
    text::survey::Survey,
};

/// How many bytes of a text have been counted.
pub(super) struct Counted {
    pub(super) bytes: u64,
    /// Counts the bytes from disk that are not counted when they are read.
    pub(super) meter: Option<Arc<AtomicU64>>,
}

impl Counted {
    /// Counts up to a position. Some text is read twice, and counted once.
    pub(super) fn up_to(&mut self, bytes: u64, journal: &mut Journal) {
        let more = bytes.saturating_sub(self.bytes);
        self.bytes += more;
        journal.bytes += more;
        if let Some(meter) = &self.meter {
            meter.fetch_add(more, Relaxed);
        }
    }
}

/// Reads the items of a long list.
pub(super) struct Items<'l, 'r> {
    pub(super) search: &'l mut Search<'r>,
    pub(super) counted: &'l mut Counted,
    pub(super) tally: &'l mut Option<Tally<'r>>,
    pub(super) disk: Option<Disk<'l>>,
    /// The keys before the items.
    pub(super) root: Entries<'static>,
    pub(super) setting: &'l Setting<'l>,
    pub(super) form: Form<'l>,
    pub(super) survey: Survey,
    /// The line in the file where the document starts.
    pub(super) line: u64,
    /// Whether to read a window before trying blocks again.
    pub(super) waits: bool,
    /// Whether blocks have reached the end of the list.
    pub(super) ended: bool,
}

impl<'l> Items<'l, '_> {
    /// Reads all items, from the first on. Returns where and how the list ends.
    pub(super) fn all(
        &mut self,
        window: &mut Window<'_>,
        first: usize,
        intake: &mut Intake<'_, '_, 'static>,
    ) -> (usize, Result<(), Broken>) {
        let limit = intake.needs().limits.document_bytes;
        let mut at = first;
        intake.text_begins(window.line_of(0));
        loop {
            let (text, ended) = (window.text(), window.ended());
            match self.form.items(text, at, usize::MAX, ended, &mut self.survey, intake) {
                Reached::Unfinished(_) if window.ended() => return (at, self.cut_off(window)),
                Reached::Unfinished(from) if window.text().len() - from >= limit => {
                    return (window.text().len(), self.broken(window, from, too_long(limit)));
                }
                Reached::Unfinished(from) => {
                    at = self.read_on(window, from, intake);
                    if self.ended {
                        return (at, Ok(()));
                    }
                }
                Reached::Broken { at: from, end, broken, more } => {
                    let line = self.lines(window, from) + broken.line;
                    let reason = format!("{}; {}", broken.reason, Broken::ITEM_LEFT_OUT);
                    intake.left_out(Broken { line, reason, ..broken });
                    at = end;
                    if !more {
                        return (at, Ok(()));
                    }
                }
                Reached::Lost { at } => {
                    let reason = "not readable as JSON: expected `,` or `]`".to_owned();
                    return (at, self.broken(window, at, reason));
                }
                Reached::End(end) | Reached::Until(end) => return (end, Ok(())),
            }
        }
    }

    /// Another list of the same document starts, after these entries.
    pub(super) fn begins_again(&mut self, entries: &Entries<'static>, form: Form<'l>) {
        self.root.extend(entries.iter().cloned());
        (self.form, self.ended) = (form, false);
    }

    /// Lines of the document before a position.
    pub(super) fn lines(&self, window: &Window<'_>, at: usize) -> u64 {
        window.line_of(at) - self.line
    }

    pub(super) fn broken(
        &self,
        window: &Window<'_>,
        at: usize,
        reason: String,
    ) -> Result<(), Broken> {
        Err(Broken::new(self.lines(window, at) + 1, reason))
    }

    pub(super) fn cut_off(&self, window: &Window<'_>) -> Result<(), Broken> {
        let reason = "the JSON ends inside a value, so it is cut off";
        Err(Broken::cut_off(self.lines(window, window.text().len()) + 1, reason))
    }

    /// Reads more, starting with the item at `from`. Returns where the next item starts.
    fn read_on(
        &mut self,
        window: &mut Window<'_>,
        from: usize,
        intake: &mut Intake<'_, '_, 'static>,
    ) -> usize {
        if !std::mem::take(&mut self.waits) && self.in_blocks(window, from, intake) {
            self.more(window, 0, intake);
        } else {
            self.more(window, from, intake);
        }
        0
    }

    /// Reads one more piece.
    pub(super) fn more(
        &mut self,
        window: &mut Window<'_>,
        at: usize,
        intake: &mut Intake<'_, '_, 'static>,
    ) {
        window.more(at, intake.needs().limits.piece_bytes());
        intake.text_begins(window.line_of(0));
        record_read(window, self.search, self.counted, intake.journal());
        self.replay(intake);
    }

    fn replay(&mut self, intake: &mut Intake<'_, '_, 'static>) {
        if let Some(tally) = &mut self.tally {
            tally.replay(std::mem::take(intake.journal()));
        }
    }

    /// Reads items in parallel. Returns whether any were read.
    fn in_blocks(
        &mut self,
        window: &mut Window<'_>,
        from: usize,
        intake: &mut Intake<'_, '_, 'static>,
    ) -> bool {
        let (Some(disk), Some(offset)) = (self.disk, window.offset()) else { return false };
        let offset = offset + from as u64;
        if self.search.is_asked_for() || !disk.is_long(offset, intake.needs()) {
            return false;
        }
        self.replay(intake);
        let path = intake.path().to_owned();
        let Self { root, setting, form, .. } = self;
        let content = Content::Items { path: &path, root, setting, form: *form };
        let before = window.line_of(from) - 1;
        let base = before + 1 - self.line;
        let (needs, selection) = (intake.needs(), intake.selection());
        let (tally, counted) = (&mut self.tally, &mut self.counted);
        let progress =
            blocks::read(needs, selection, disk, offset, &content, &mut |mut block, lines| {
                // An item that was held back comes before those of the block.
                intake.item_begins();
                let held = std::mem::take(intake.journal());
                let mut journal = block.journal(before + lines);
                counted.up_to(block.end(), &mut journal);
                if let Some(tally) = tally {
                    tally.replay(held);
                    tally.replay(journal);
                }
                intake.part(block.part.moved(before + lines), base + lines);
            });
        if progress.stuck && !progress.ended {
            self.disk = None;
        }
        self.waits = true;
        self.ended = progress.ended;
        progress.at > offset && {
            jump(window, from, disk, &progress);
            true
        }
    }
}

/// Moves a window to the position that blocks have reached.
pub(super) fn jump(
    window: &mut Window<'_>,
    from: usize,
    disk: Disk<'_>,
    progress: &blocks::Progress,
) {
    let mut file = disk.file;
    // Seeking cannot fail: the file has been read at this position.
    if file.seek(SeekFrom::Start(progress.at)).is_ok() {
        window.jump(from, progress.lines, progress.at);
    }
}

/// Counts and searches the text that was read last: complete lines, and an incomplete last line at
/// the end.
pub(super) fn record_read(
    window: &Window<'_>,
    search: &mut Search<'_>,
    counted: &mut Counted,
    journal: &mut Journal,
) {
    counted.up_to(window.bytes(), journal);
    search.next(window.added(), window.ended(), journal);
}

pub(super) fn too_long(limit: usize) -> String {
    format!(
        "a document of more than {limit} bytes that cannot be read piece by piece: \
                 what follows of it is not read"
    )
}
