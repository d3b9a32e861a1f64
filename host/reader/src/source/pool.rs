//! Reads the files of a folder on several threads.
//!
//! Most files are short texts, and any worker reads them. Archives and long files are read by the
//! thread that puts the journals together, when it is their turn. Batches are given to the workers
//! in turn, so that journals come back in the order of the files without sorting.

use std::{collections::VecDeque, fs, path::PathBuf, sync::mpsc, thread};

use super::{path::read_path, sniff::is_plain};
use crate::{
    input::{
        name::{FileName, Folder},
        session::Session,
    },
    journal::{Journal, Skipped},
    text::buffer::Buffer,
};

/// What to do with an entry of a folder.
pub(crate) enum Job {
    Read { path: PathBuf },
    Skip { name: FileName, why: Skipped },
    Lost { name: FileName, reason: String },
}

/// Result of a batch: journals, and jobs for the thread that puts them together.
type Batch = Vec<Result<Journal, Job>>;

/// The workers, if there are several threads.
pub(crate) struct Pool<'f> {
    folder: &'f Folder<'f>,
    workers: Vec<(mpsc::SyncSender<Vec<Job>>, mpsc::Receiver<Batch>)>,
    batch: Vec<Job>,
    /// Number of jobs given to workers.
    sent: usize,
    /// Workers with unfinished batches, in the order of the batches.
    busy: VecDeque<usize>,
    next: usize,
}

/// Calls `feed` with a pool for the files of an input.
pub(crate) fn with_pool(
    session: &mut Session<'_>,
    folder: &Folder<'_>,
    feed: impl FnOnce(&mut Session<'_>, &mut Pool<'_>),
) {
    let needs = session.needs();
    let selection = session.objects.selection;
    thread::scope(|scope| {
        let threads = if needs.threads > 1 { needs.threads } else { 0 };
        let workers = (0..threads).map(|_| {
            let (send, files) = mpsc::sync_channel::<Vec<Job>>(Pool::AHEAD);
            let (done, receive) = mpsc::sync_channel::<Batch>(Pool::AHEAD);
            scope.spawn(move || {
                let mut session = Session::worker(needs, selection);
                let mut buffer = Buffer::default();
                for batch in files {
                    if done
                        .send(read_short_texts(&mut session, folder, batch, &mut buffer))
                        .is_err()
                    {
                        return;
                    }
                }
            });
            (send, receive)
        });
        let workers = workers.collect();
        let (batch, busy) = (Vec::new(), VecDeque::new());
        let mut pool = Pool { folder, workers, batch, sent: 0, busy, next: 0 };
        feed(session, &mut pool);
        pool.settle(session);
    });
}

/// Reads the files that are short texts: one journal for each run of them.
fn read_short_texts(
    session: &mut Session<'_>,
    folder: &Folder<'_>,
    jobs: Vec<Job>,
    buffer: &mut Buffer,
) -> Batch {
    let mut batch = Batch::new();
    for job in jobs {
        if !read_short_text(session, folder, &job, buffer) {
            batch.push(Ok(std::mem::take(session.journal())));
            batch.push(Err(job));
        }
    }
    batch.push(Ok(std::mem::take(session.journal())));
    batch
}

/// Reads a file if it is a short text. Returns whether it is.
fn read_short_text(
    session: &mut Session<'_>,
    folder: &Folder<'_>,
    job: &Job,
    buffer: &mut Buffer,
) -> bool {
    let Job::Read { path } = job else { return false };
    let window = session.needs().limits.window_bytes;
    let Ok(mut file) = fs::File::open(path) else { return false };
    let (read, result) = buffer.read(&mut file, window, 0);
    let bytes = &buffer.bytes()[..read];
    if result.is_err() || read == window || !is_plain(bytes) {
        return false;
    }
    session.file(&folder.file(path), bytes, None);
    true
}

/// Does a job now.
fn run(session: &mut Session<'_>, folder: &Folder<'_>, job: Job) {
    match job {
        Job::Read { path } => read_path(session, &path, &folder.file(&path)),
        Job::Skip { name, why } => session.skip_file(why, &name),
        Job::Lost { name, reason } => session.lost(&name, None, reason),
    }
}

impl Pool<'_> {
    /// Files in a batch, of a large folder: passing a batch on then costs little compared with
    /// opening its files.
    const BATCH: usize = 256;
    /// Files in a batch, of a small folder, so that every worker gets some.
    const SMALL: usize = 32;
    /// Batches that may wait for a worker.
    const AHEAD: usize = 4;

    /// Adds the next entry.
    pub(crate) fn add(&mut self, session: &mut Session<'_>, job: Job) {
        if self.workers.is_empty() {
            return run(session, self.folder, job);
        }
        self.batch.push(job);
        if self.batch.len() >= (self.sent / 8).clamp(Self::SMALL, Self::BATCH) {
            self.send(session);
        }
    }

    fn send(&mut self, session: &mut Session<'_>) {
        if self.busy.len() == Self::AHEAD * self.workers.len() {
            self.receive(session);
        }
        let batch = std::mem::take(&mut self.batch);
        self.sent += batch.len();
        // A worker ends only when its channel is closed.
        if self.workers[self.next].0.send(batch).is_ok() {
            self.busy.push_back(self.next);
            self.next = (self.next + 1) % self.workers.len();
        }
    }

    /// Takes the result of the oldest unfinished batch.
    fn receive(&mut self, session: &mut Session<'_>) {
        let Some(worker) = self.busy.pop_front() else { return };
        let batch = self.workers[worker].1.recv().unwrap_or_default();
        for it in batch {
            match it {
                Ok(journal) => session.adopt(journal),
                Err(job) => run(session, self.folder, job),
            }
        }
    }

    /// Finishes all jobs so far. What the session reports next comes after them.
    pub(crate) fn settle(&mut self, session: &mut Session<'_>) {
        if !self.batch.is_empty() {
            self.send(session);
        }
        while !self.busy.is_empty() {
            self.receive(session);
        }
    }
}
