//! Reads a long file on disk in blocks, on one thread or on several.
//!
//! The file is cut into blocks of equal length. A worker guesses where in its block the first item
//! or document starts, and reads from there to the first item or document after the block. When the
//! journals are put together, each block must start where the one before has ended. If a guess was
//! wrong, the journal is dropped, and the file is read on sequentially from there. A single thread
//! does not guess: each block starts where the one before has ended.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
        mpsc,
    },
    thread,
};

use rulebox_core::{Clocks, Selection};

use super::{
    disk::Disk,
    worker::{Block, Content, Worker},
};
use crate::{broken::Odd, object::needs::Needs};

/// How far a file has been read in blocks.
#[derive(Debug, Default)]
pub(super) struct Progress {
    /// Position up to which the file has been read.
    pub(super) at: u64,
    /// Lines up to that position.
    pub(super) lines: u64,
    /// Whether the rest must be read sequentially.
    pub(super) stuck: bool,
    /// Whether the list ends at that position.
    pub(super) ended: bool,
}

/// Reads a file block by block, starting at `from`, as long as it consists of `content`. `take`
/// gets the blocks in order, each with the number of lines before it.
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
    let clocks = Mutex::default();
    let mut merge = Merge { progress, take, clocks: &clocks };
    let (threads, block_bytes) = (needs.threads, needs.limits.block_bytes());
    if threads > 1 {
        // Small blocks near the end of the file keep all threads busy.
        let share = disk.size.saturating_sub(from) / (threads as u64 * 8);
        let length = share.clamp(needs.limits.window_bytes as u64, block_bytes);
        merge.in_parallel(threads, disk.size, length, worker);
    } else {
        merge.in_sequence(disk.size, block_bytes, worker());
    }
    merge.progress
}

/// Puts blocks together.
struct Merge<'t> {
    progress: Progress,
    take: &'t mut dyn FnMut(Block, u64),
    /// What was found in the blocks so far of when the file was captured.
    clocks: &'t Mutex<Clocks>,
}

/// No thread panics while it holds them.
fn lock(clocks: &Mutex<Clocks>) -> MutexGuard<'_, Clocks> {
    clocks.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Merge<'_> {
    /// Each block starts where the one before has ended, so nothing is guessed.
    fn in_sequence(&mut self, size: u64, length: u64, mut worker: Worker<'_, '_>) {
        worker.alone = true;
        while self.progress.at < size {
            let start = self.progress.at;
            let block = worker.block(start, (start + length).min(size), true);
            if !self.block(block, start) {
                return;
            }
        }
    }

    fn in_parallel<'w, 'r: 'w>(
        &mut self,
        threads: usize,
        size: u64,
        length: u64,
        worker: impl Fn() -> Worker<'w, 'r> + Sync,
    ) {
        let from = self.progress.at;
        let number = (size - from).div_ceil(length);
        let (next, stop, clocks) = (AtomicU64::new(0), AtomicBool::new(false), self.clocks);
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
                        worker.know(lock(clocks).clone());
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

    /// Takes the next block. It may be empty if reading has already reached `end`. Returns whether
    /// the block after it may follow.
    fn block(&mut self, block: Result<Block, Odd>, end: u64) -> bool {
        let Self { progress, take, clocks } = self;
        let Ok(block) = block else {
            progress.stuck = true;
            return false;
        };
        let reached = match block.span {
            Some((start, reached)) if start == progress.at => reached,
            // An item or document of an earlier block extends beyond this one.
            _ => return progress.at >= end,
        };
        let (lines, ended) = (block.lines, block.ended);
        lock(clocks).merge(block.clocks());
        take(block, progress.lines);
        progress.at = reached;
        progress.lines += lines;
        if ended {
            (progress.stuck, progress.ended) = (true, true);
        }
        !ended
    }
}
