//! Buffers that files are read into, and the causes of read errors.

use std::{
    io::{Error, ErrorKind, Read, Result},
    ops::Range,
};

/// A buffer for a stretch of a file, which is reused for the next.
///
/// The first byte has the same offset in its memory page as in its page of the file. Allocators
/// place large buffers just after the start of a page. Some processors copy several times slower to
/// such a place, because each load appears to depend on a recent store.
#[derive(Debug, Default)]
pub(crate) struct Buffer {
    /// Never shrinks, so that it is zeroed once.
    bytes: Vec<u8>,
    start: usize,
}

impl Buffer {
    const PAGE: usize = 4096;
    /// Room before the first byte: for the first bytes of a character that the stretch before has
    /// started.
    pub(crate) const BEFORE: usize = 3;

    /// Makes room for `len` bytes at position `at` of a file, and for `BEFORE` bytes before them.
    /// Earlier content is lost.
    pub(crate) fn begin(&mut self, len: usize, at: u64) {
        let least = len + Self::BEFORE + Self::PAGE;
        if self.bytes.is_empty() {
            // The system provides zeroed memory, which need not be written.
            self.bytes = vec![0; least];
        } else if self.bytes.len() < least {
            self.bytes.resize(least, 0);
        }
        let place = usize::try_from(at % Self::PAGE as u64).unwrap_or(0);
        let before = self.bytes.as_ptr().addr() + Self::BEFORE;
        self.start = Self::BEFORE + (Self::PAGE + place - before % Self::PAGE) % Self::PAGE;
    }

    /// Like [`begin`](Self::begin), and moves the range `held` to the start.
    pub(crate) fn go_on(&mut self, len: usize, at: u64, held: Range<usize>) {
        let (from, to) = (self.start + held.start, self.start + held.end);
        self.begin(len.max(held.len()), at);
        self.bytes.copy_within(from..to, self.start);
    }

    /// Reads `len` bytes at position `at`, or fewer if the input ends or fails. Returns how many.
    pub(crate) fn read(
        &mut self,
        input: &mut dyn Read,
        len: usize,
        at: u64,
    ) -> (usize, Result<()>) {
        self.begin(len, at);
        fill(input, &mut self.bytes_mut()[..len])
    }

    /// Makes room for `len` bytes in total, and keeps the content.
    pub(crate) fn grow(&mut self, len: usize) {
        let least = self.start + len;
        if self.bytes.len() < least {
            self.bytes.resize(least, 0);
        }
    }

    /// The bytes from the first on.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes[self.start..]
    }

    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.bytes[self.start..]
    }

    /// Copies `before` to before the first byte. Returns all from there.
    pub(crate) fn after(&mut self, before: &[u8]) -> &[u8] {
        let from = self.start - before.len();
        self.bytes[from..self.start].copy_from_slice(before);
        &self.bytes[from..]
    }
}

/// Reads until the buffer is full, or the input ends or fails. Returns the number of bytes.
pub(crate) fn fill(input: &mut dyn Read, buffer: &mut [u8]) -> (usize, Result<()>) {
    let mut end = 0;
    while end < buffer.len() {
        match input.read(&mut buffer[end..]) {
            Ok(0) => break,
            Ok(read) => end += read,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return (end, Err(error)),
        }
    }
    (end, Ok(()))
}

/// The innermost cause of an error: wrappers say less.
pub(crate) fn cause(error: &Error) -> String {
    let mut reason = error.to_string();
    let mut inner = error.get_ref().map(|it| it as &(dyn std::error::Error + 'static));
    while let Some(error) = inner {
        reason = error.to_string();
        inner = match error.downcast_ref::<Error>() {
            Some(io) => io.get_ref().map(|it| it as &(dyn std::error::Error + 'static)),
            None => error.source(),
        };
    }
    if error.kind() == ErrorKind::UnexpectedEof { format!("cut off: {reason}") } else { reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretch_stands_in_its_page_as_in_that_of_the_file() {
        let mut buffer = Buffer::default();
        for (len, at) in
            [(0, 0), (1, 1), (5_000, 4_095), (100_000, 8_192), (7, 1 << 40), (64, 4_100)]
        {
            buffer.begin(len, at);
            assert!(buffer.bytes().len() >= len);
            assert_eq!(buffer.bytes().as_ptr().addr() as u64 % 4096, at % 4096);
            assert_eq!(&buffer.after(b"abc")[..3], b"abc");
        }
    }

    #[test]
    fn what_is_held_stands_first_where_a_stretch_goes_on() {
        let mut buffer = Buffer::default();
        buffer.begin(20_006, 4_094);
        buffer.bytes_mut()[20_000..20_006].copy_from_slice(b"abcdef");
        for (len, at, held, want) in [
            (2, 24_097, 20_003..20_006, &b"def"[..]),
            (50_000, 24_098, 1..3, b"ef"),
            (1, 90_000, 2..2, b""),
        ] {
            buffer.go_on(len, at, held);
            assert_eq!(&buffer.bytes()[..want.len()], want);
            assert!(buffer.bytes().len() >= len);
            assert_eq!(buffer.bytes().as_ptr().addr() as u64 % 4096, at % 4096);
        }
    }

    #[test]
    fn what_was_there_stays_where_it_grows() {
        let mut buffer = Buffer::default();
        buffer.begin(3, 10);
        buffer.bytes_mut()[..3].copy_from_slice(b"xyz");
        buffer.grow(1 << 20);
        assert_eq!(&buffer.bytes()[..3], b"xyz");
        assert!(buffer.bytes().len() >= 1 << 20);
    }
}
