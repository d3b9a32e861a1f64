//! The bytes of a file on disk that a worker holds.

use std::{fs::File, os::unix::fs::FileExt};

use crate::{
    broken::Odd,
    limits::Limits,
    text::{
        buffer::Buffer,
        decode::{Glance, cut_off, has_lone_return, newlines, utf8},
    },
};

/// A stretch of a file that is held.
pub(super) struct Stretch<'w> {
    file: &'w File,
    size: u64,
    /// Where in the file the stretch begins.
    origin: u64,
    /// Its first `held` bytes are the stretch.
    buffer: Buffer,
    pub(super) held: usize,
    /// What they hold.
    glance: Glance,
    /// Lines that end before it.
    lines: u64,
    /// So much is read at once: what has been read is looked at next, and should still be in a cache.
    piece: usize,
    /// So much more is read at least where something reaches beyond the stretch.
    ahead: usize,
}

impl<'w> Stretch<'w> {
    /// Nothing of a file yet.
    pub(super) fn new(file: &'w File, size: u64, limits: &Limits) -> Self {
        let (buffer, glance) = (Buffer::default(), Glance::default());
        let (piece, ahead) = (limits.stretch_bytes(), limits.head_bytes());
        let (origin, held, lines) = (0, 0, 0);
        Self { file, size, origin, buffer, held, glance, lines, piece, ahead }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.buffer.bytes()[..self.held]
    }

    /// Whether it reaches the end of the file.
    pub(super) fn ends(&self) -> bool {
        self.origin + self.held as u64 == self.size
    }

    /// Where in the file a place is.
    pub(super) fn place(&self, index: usize) -> u64 {
        self.origin + index as u64
    }

    /// Where a place of the file is: the beginning, if it lies before the stretch.
    pub(super) fn index(&self, place: u64) -> usize {
        usize::try_from(place.saturating_sub(self.origin)).unwrap_or(usize::MAX)
    }

    /// Begins anew, and reads a piece of what stands before `end`. `on`: with what is held from there on.
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

    /// Lets go what stands before `at`, and reads on.
    pub(super) fn go_on(&mut self, at: usize, end: u64) -> Result<(), Odd> {
        let (lines, origin) = (self.lines(at), self.place(at));
        self.buffer.go_on(self.piece + self.ahead, origin, at..self.held);
        self.glance.feeds -= lines - self.lines;
        (self.origin, self.held, self.lines) = (origin, self.held - at, lines);
        self.more(0, end)
    }

    /// Reads on where what begins at `at` does not end: as much as a piece has room for, if there is as much before `end`;
    /// as much as there is of it, so that it is looked at twice on average.
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
        // One who reads alone names what is wrong with the file.
        self.file.read_exact_at(buffer, at).map_err(|_| Odd)?;
        self.glance.add(buffer);
        self.held = end;
        Ok(())
    }

    /// Text without zeros; a character that is cut off at its end is left out.
    pub(super) fn text(&self, begin: usize, end: usize) -> Result<&str, Odd> {
        let bytes = &self.bytes()[begin..end];
        let rest = if end < self.held || !self.ends() { cut_off(bytes) } else { 0 };
        if self.glance.zeros { Err(Odd) } else { utf8(&bytes[..bytes.len() - rest]).ok_or(Odd) }
    }

    /// Whether YAML breaks a line somewhere where the scanners do not.
    pub(super) fn has_lone_return(&self) -> bool {
        let bytes = self.bytes();
        // Of a line that is cut off there, the line feed may follow.
        let bytes = if self.ends() { bytes } else { bytes.strip_suffix(b"\r").unwrap_or(bytes) };
        self.glance.returns && has_lone_return(bytes)
    }

    /// How many lines have ended before a place since it was opened.
    pub(super) fn lines(&self, index: usize) -> u64 {
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
