//! Counts what has been read, and reports progress.

use std::{
    io::{self, Read},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

/// How far reading has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress<'a> {
    /// Name of the input that is being read.
    pub input: &'a str,
    /// Files read so far, of all inputs.
    pub files: usize,
    /// Objects read so far, of all inputs.
    pub objects: usize,
    /// Bytes read from disk or stdin so far, of all inputs, before decompression.
    pub bytes: u64,
    /// Bytes of all inputs, if known in advance.
    pub total: Option<u64>,
}

/// Counts of what has been read.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) input: String,
    pub(crate) files: usize,
    pub(crate) objects: usize,
    pub(crate) bytes: Arc<AtomicU64>,
    pub(crate) total: Option<u64>,
}

/// Counts what is read, and reports progress.
pub(crate) struct Meter<'r> {
    pub(crate) counts: Counts,
    progress: &'r mut dyn FnMut(&Progress<'_>),
}

impl<'r> Meter<'r> {
    pub(crate) fn new(counts: Counts, progress: &'r mut dyn FnMut(&Progress<'_>)) -> Self {
        Self { counts, progress }
    }

    /// Adds to the counts.
    pub(crate) fn add(&mut self, objects: usize, files: usize) {
        self.counts.objects += objects;
        self.counts.files += files;
        self.report();
    }

    fn report(&mut self) {
        let Counts { input, files, objects, bytes, total } = &self.counts;
        let (files, objects, bytes, total) = (*files, *objects, bytes.load(Relaxed), *total);
        (self.progress)(&Progress { input, files, objects, bytes, total });
    }
}

/// Fails where a stream goes on beyond a limit.
pub(crate) struct Bounded<R> {
    pub(crate) inner: R,
    pub(crate) limit: u64,
    pub(crate) read: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.read += n as u64;
        if self.read <= self.limit {
            return Ok(n);
        }
        let reason = format!(
            "a stream of more than {} bytes: write it to a file, and check that",
            self.limit
        );
        Err(io::Error::other(reason))
    }
}

/// Counts the bytes that are read.
pub(crate) struct Counted<R, const COUNTERS: usize> {
    pub(crate) inner: R,
    pub(crate) counters: [Arc<AtomicU64>; COUNTERS],
}

impl<R: Read, const COUNTERS: usize> Read for Counted<R, COUNTERS> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.counters.iter().for_each(|it| _ = it.fetch_add(n as u64, Relaxed));
        Ok(n)
    }
}
