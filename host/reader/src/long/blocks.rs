//! A long file on disk, on one core or several.
//!
//! The file is cut into blocks. Whoever reads a block looks for the first place in it where, as far as the block
//! shows, an item of the list or a document begins, reads from there, piece by piece, and goes on beyond the end of the
//! block until the next such place. Whether it had guessed right shows when the logs are put together: each block must begin
//! where the one before it has ended. Where one does not, its log is thrown away, and the file is read on from there
//! one after the other. Who reads alone guesses nothing: each block goes on where the one before it has ended.

use std::{
    collections::BTreeMap,
    sync::{
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
        mpsc,
    },
    thread,
};

use rulebox_core::Selection;

use super::{
    disk::Disk,
    worker::{Block, Content, Worker},
};
use crate::{broken::Odd, object::needs::Needs};

/// What came of the blocks.
#[derive(Debug, Default)]
pub(super) struct Progress {
    /// Up to here the file has been read.
    pub(super) at: u64,
    /// Lines up to there.
    pub(super) lines: u64,
    /// Whether what stands there must be read one after the other for good.
    pub(super) stuck: bool,
    /// Whether the list has ended there.
    pub(super) ended: bool,
}

/// Reads a file from `from` on, block by block, as long as `content` is what it holds. `take` gets the blocks in
/// order, and the number of lines before each.
pub(super) fn read(
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
