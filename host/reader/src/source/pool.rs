//! The files of a folder on several cores.
//!
//! Short texts, which most files are, are read by whoever is free; archives and long files by the one thread that
//! puts the logs together, each when its turn comes. Batches go round the workers in turn, so that their logs come
//! back in the order of the files without being sorted.

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

/// What is to be done about an entry of a folder.
pub(crate) enum Job {
    Read { path: PathBuf },
    Skip { name: FileName, why: Skipped },
    Lost { name: FileName, reason: String },
}

/// What became of a batch: logs, and jobs that are for the one who puts them together.
type Batch = Vec<Result<Journal, Job>>;

/// Reads files, if there is more than one core.
pub(crate) struct Pool<'f> {
    folder: &'f Folder<'f>,
    workers: Vec<(mpsc::SyncSender<Vec<Job>>, mpsc::Receiver<Batch>)>,
    batch: Vec<Job>,
    /// How many jobs workers have been given.
    sent: usize,
    /// Which workers have batches, in the order of these.
    busy: VecDeque<usize>,
    next: usize,
}

/// Calls `feed` with a pool for the files of an input.
pub(crate) fn side_by_side(
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
                let mut session = Session::beside(needs, selection);
                let mut buffer = Buffer::default();
                for batch in files {
                    if done.send(short_ones(&mut session, folder, batch, &mut buffer)).is_err() {
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

/// Reads those files that are short texts: one log for as many as stand beside each other.
fn short_ones(
    session: &mut Session<'_>,
    folder: &Folder<'_>,
    jobs: Vec<Job>,
    buffer: &mut Buffer,
) -> Batch {
    let mut batch = Batch::new();
    for job in jobs {
        if !short(session, folder, &job, buffer) {
            batch.push(Ok(std::mem::take(session.journal())));
            batch.push(Err(job));
        }
    }
    batch.push(Ok(std::mem::take(session.journal())));
    batch
}

/// Reads a file if it is a short text, and says whether it is.
fn short(session: &mut Session<'_>, folder: &Folder<'_>, job: &Job, buffer: &mut Buffer) -> bool {
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

/// Does it at once.
fn act(session: &mut Session<'_>, folder: &Folder<'_>, job: Job) {
    match job {
        Job::Read { path } => read_path(session, &path, &folder.file(&path)),
        Job::Skip { name, why } => session.skip_file(why, &name),
        Job::Lost { name, reason } => session.lost(&name, None, reason),
    }
}

impl Pool<'_> {
    /// So many files go to a worker at once, of a large folder: handing them over then costs little beside opening them.
    const BATCH: usize = 256;
    /// And so many of a small one, so that every core has some.
    const SMALL: usize = 32;
    /// So many batches may wait for a worker.
    const AHEAD: usize = 4;

    /// Adds the next entry.
    pub(crate) fn add(&mut self, session: &mut Session<'_>, job: Job) {
        if self.workers.is_empty() {
            return act(session, self.folder, job);
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

    /// Takes the batch that was sent first of those that are not back.
    fn receive(&mut self, session: &mut Session<'_>) {
        let Some(worker) = self.busy.pop_front() else { return };
        let batch = self.workers[worker].1.recv().unwrap_or_default();
        for it in batch {
            match it {
                Ok(journal) => session.adopt(journal),
                Err(job) => act(session, self.folder, job),
            }
        }
    }

    /// Takes all that has been added: what the session tells next stands behind it.
    pub(crate) fn settle(&mut self, session: &mut Session<'_>) {
        if !self.batch.is_empty() {
            self.send(session);
        }
        while !self.busy.is_empty() {
            self.receive(session);
        }
    }
}
