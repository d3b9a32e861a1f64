//! The part of a file on disk that a worker holds.
//!
//! Must not know documents or items: a worker decides what to keep.

use std::{fs::File, os::unix::fs::FileExt};

use crate::{
    broken::Odd,
    limits::Limits,
    text::{
        buffer::Buffer,
        decode::{Glance, cut_off, has_lone_return, newlines, utf8},
    },
};

/// A stretch of a file, in memory.
pub(super) struct Stretch<'w> {
    file: &'w File,
    size: u64,
    /// Position in the file where the stretch starts.
    origin: u64,
    /// The first `held` bytes are the stretch.
    buffer: Buffer,
    pub(super) held: usize,
    /// What these bytes contain.
    glance: Glance,
    /// Lines before the stretch.
    lines: u64,
    /// Bytes that are read at a time. They are parsed next, and should still be in a cache.
    piece: usize,
    /// At least this many more bytes are read if something extends beyond the stretch.
    ahead: usize,
}

impl<'w> Stretch<'w> {
    /// An empty stretch.
    pub(super) fn new(file: &'w File, size: u64, limits: &Limits) -> Self {
        let (buffer, glance) = (Buffer::default(), Glance::default());
        let (piece, ahead) = (limits.stretch_bytes(), limits.head_bytes());
        let (origin, held, lines) = (0, 0, 0);
        Self { file, size, origin, buffer, held, glance, lines, piece, ahead }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.buffer.bytes()[..self.held]
    }

    /// Whether the stretch reaches the end of the file.
    pub(super) fn ends(&self) -> bool {
        self.origin + self.held as u64 == self.size
    }

    /// The position in the file for an index in the stretch.
    pub(super) fn place(&self, index: usize) -> u64 {
        self.origin + index as u64
    }

    /// The index in the stretch for a position in the file; 0 if the position is before the
    /// stretch.
    pub(super) fn index(&self, place: u64) -> usize {
        usize::try_from(place.saturating_sub(self.origin)).unwrap_or(usize::MAX)
    }

    /// Moves to `origin`, and reads a piece, up to `end`. `on`: bytes that are held already are
    /// kept.
    pub(super) fn open(&mut self, origin: u64, end: u64, on: bool) -> Result<(), Odd> {
        let held = origin.checked_sub(self.origin).filter(|_| on);
        let held = held.and_then(|it| usize::try_from(it).ok()).filter(|it| *it <= self.held);
        if held.is_none() {
            (self.origin, self.held, self.glance) = (origin, 0, Glance::default());
        }
        self.go_on(held.unwrap_or(0), end)?;
        self.lines = 0;
        Ok(())
    }

    /// Drops the bytes before `at`, and reads more.
    pub(super) fn go_on(&mut self, at: usize, end: u64) -> Result<(), Odd> {
        let (lines, origin) = (self.lines(at), self.place(at));
        self.buffer.go_on(self.piece + self.ahead, origin, at..self.held);
        self.glance.feeds -= lines - self.lines;
        (self.origin, self.held, self.lines) = (origin, self.held - at, lines);
        self.more(0, end)
    }

    /// Reads more because the text at `at` is incomplete: as much as a piece has room for, up to
    /// `end`; at least as much as is held, so that text is examined twice on average.
    pub(super) fn more(&mut self, at: usize, end: u64) -> Result<(), Odd> {
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
        // The sequential reader takes over here and reports the error.
        self.file.read_exact_at(buffer, at).map_err(|_| Odd)?;
        self.glance.add(buffer);
        self.held = end;
        Ok(())
    }

    /// The text, if it is UTF-8 without zeros; without an incomplete character at the end.
    pub(super) fn text(&self, begin: usize, end: usize) -> Result<&str, Odd> {
        let bytes = &self.bytes()[begin..end];
        let rest = if end < self.held || !self.ends() { cut_off(bytes) } else { 0 };
        if self.glance.zeros { Err(Odd) } else { utf8(&bytes[..bytes.len() - rest]).ok_or(Odd) }
    }

    /// Whether there are line breaks that YAML knows and the scanners do not.
    pub(super) fn has_lone_return(&self) -> bool {
        let bytes = self.bytes();
        // The line feed may follow after the stretch.
        let bytes = if self.ends() { bytes } else { bytes.strip_suffix(b"\r").unwrap_or(bytes) };
        self.glance.returns && has_lone_return(bytes)
    }

    /// Lines before an index, counted since the stretch was opened.
    pub(super) fn lines(&self, index: usize) -> u64 {
        // Usually one side is short.
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
