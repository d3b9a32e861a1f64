//! Streams that check what comes out of a container: how much, and whether it is complete.

use std::{
    cell::Cell,
    io::{self, Read},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
};

use crate::{limits::Limits, meter::Counted};

/// How many containers surround a stream, and how much has come out of them.
#[derive(Debug, Clone, Default)]
pub(super) struct Layers {
    pub(super) archives: usize,
    pub(super) compressions: usize,
    pub(super) flow: Flow,
}

/// Bytes that went into the outermost container, and bytes that came out.
#[derive(Debug, Clone, Default)]
pub(super) struct Flow {
    read: Arc<AtomicU64>,
    unpacked: Arc<AtomicU64>,
    /// Whether more has come out than is allowed.
    spent: Arc<AtomicBool>,
}

impl Flow {
    /// Counts bytes that are read.
    pub(super) fn count<R: Read>(&self, inner: R, meter: Arc<AtomicU64>) -> Counted<R, 2> {
        Counted { inner, counters: [self.read.clone(), meter] }
    }

    /// For a container in which reading seeks, and may read twice: its size counts as read.
    pub(super) fn of_size(size: u64) -> Self {
        Self { read: Arc::new(AtomicU64::new(size)), ..Self::default() }
    }

    /// Whether a limit to what comes out has been exceeded: nothing more is read.
    pub(super) fn is_spent(&self) -> bool {
        self.spent.load(Relaxed)
    }
}

/// Fails if more comes out of a container than the limits allow.
pub(super) struct Guarded<R> {
    pub(super) inner: R,
    pub(super) flow: Flow,
    /// Bytes unpacked in the whole input.
    pub(super) total: Arc<AtomicU64>,
    pub(super) limits: Limits,
}

impl<R: Read> Read for Guarded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Self { inner, flow, total, limits } = self;
        let n = inner.read(buffer)?;
        let unpacked = flow.unpacked.fetch_add(n as u64, Relaxed) + n as u64;
        if total.fetch_add(n as u64, Relaxed) + n as u64 > limits.total_bytes {
            flow.spent.store(true, Relaxed);
            let reason = format!("the input unpacks to more than {} bytes", limits.total_bytes);
            return Err(io::Error::other(reason));
        }
        let allowed = flow.read.load(Relaxed).saturating_mul(limits.ratio).max(limits.ratio_floor);
        if unpacked > allowed {
            flow.spent.store(true, Relaxed);
            let reason = format!(
                "more than {} times as many bytes come out as went in, as in an archive bomb",
                limits.ratio
            );
            return Err(io::Error::other(reason));
        }
        Ok(n)
    }
}

/// Fails if a stream ends too early.
pub(super) struct Exact<'c, R> {
    pub(super) inner: R,
    pub(super) left: u64,
    /// Set after any failure: the rest of the archive cannot be read either.
    pub(super) failed: &'c Cell<bool>,
}

impl<R: Read> Read for Exact<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer).inspect_err(|_| self.failed.set(true))?;
        self.left = self.left.saturating_sub(n as u64);
        if n == 0 && !buffer.is_empty() && self.left > 0 {
            self.failed.set(true);
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the archive ends here"));
        }
        Ok(n)
    }
}
