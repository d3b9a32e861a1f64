//! Texts in UTF-16 and UTF-32, which are read as UTF-8: PowerShell redirects in UTF-16.

use std::{
    cell::Cell,
    io::{Read, Result},
};

use super::{
    flaw::{Flaw, OTHER_ENCODING},
    words::Words,
};

/// An encoding of more than one byte a character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wide {
    Utf16Le,
    Utf16Be,
    Utf32Le,
    Utf32Be,
}

impl Wide {
    /// The encoding of a text that starts with these bytes, and how many of them are a byte order
    /// mark. Without a mark, two ASCII characters show it.
    pub(crate) fn of(head: &[u8]) -> Option<(Self, usize)> {
        let ascii = |it: &u8| it.is_ascii() && *it != 0;
        Some(match head {
            [0xff, 0xfe, 0, 0, ..] => (Self::Utf32Le, 4),
            [0, 0, 0xfe, 0xff, ..] => (Self::Utf32Be, 4),
            [0xff, 0xfe, ..] => (Self::Utf16Le, 2),
            [0xfe, 0xff, ..] => (Self::Utf16Be, 2),
            [a, 0, 0, 0, b, 0, 0, 0, ..] if ascii(a) && ascii(b) => (Self::Utf32Le, 0),
            [0, 0, 0, a, 0, 0, 0, b, ..] if ascii(a) && ascii(b) => (Self::Utf32Be, 0),
            [a, 0, b, 0, ..] if ascii(a) && ascii(b) => (Self::Utf16Le, 0),
            [0, a, 0, b, ..] if ascii(a) && ascii(b) => (Self::Utf16Be, 0),
            _ => return None,
        })
    }

    /// What bytes are not that do not belong into such a text.
    fn flaw(self) -> &'static str {
        match self {
            Self::Utf16Le | Self::Utf16Be => "bytes that are no UTF-16",
            Self::Utf32Le | Self::Utf32Be => "bytes that are no UTF-32",
        }
    }

    fn unit_bytes(self) -> usize {
        match self {
            Self::Utf16Le | Self::Utf16Be => 2,
            Self::Utf32Le | Self::Utf32Be => 4,
        }
    }
}

/// Decodes such a text, piece by piece.
#[derive(Debug)]
pub(super) struct Decoder {
    wide: Wide,
    /// The first bytes of an incomplete unit.
    rest: Vec<u8>,
    /// The first half of a character in UTF-16.
    high: Option<u16>,
    /// Lines that have been decoded.
    lines: u64,
    /// The first bytes that are no text.
    pub(super) flaw: Option<Flaw>,
    /// Words that stand in it in UTF-8.
    words: Words,
}

impl Decoder {
    pub(super) fn new(wide: Wide) -> Self {
        let words = Words::narrow();
        Self { wide, rest: Vec::new(), high: None, lines: 0, flaw: None, words }
    }

    /// Appends the text of the bytes that follow. A zero, and what is no character, is replaced.
    pub(super) fn add(&mut self, bytes: &[u8], out: &mut String) {
        let from = out.len();
        // `>>` of another program appends in its own encoding.
        self.words.add(bytes);
        if self.words.is_type() && self.flaw.is_none_or(|it| it.1 != OTHER_ENCODING) {
            self.flaw = Some((self.lines + 1, OTHER_ENCODING));
        }
        let mut bytes = bytes;
        let length = self.wide.unit_bytes();
        if !self.rest.is_empty() {
            let more = bytes.len().min(length - self.rest.len());
            self.rest.extend_from_slice(&bytes[..more]);
            bytes = &bytes[more..];
            if self.rest.len() < length {
                return;
            }
            let unit = std::mem::take(&mut self.rest);
            self.unit(&unit, out);
        }
        let units = bytes.chunks_exact(length);
        self.rest.extend_from_slice(units.remainder());
        for unit in units {
            self.unit(unit, out);
        }
        self.lines += Self::lines(&out.as_bytes()[from..]);
    }

    /// The text ends.
    pub(super) fn end(&mut self, out: &mut String) {
        let half = self.high.take().is_some();
        if half {
            out.push(char::REPLACEMENT_CHARACTER);
        }
        if half || !std::mem::take(&mut self.rest).is_empty() {
            self.flaw.get_or_insert((self.lines + 1, self.wide.flaw()));
        }
    }

    fn unit(&mut self, unit: &[u8], out: &mut String) {
        let number = match (self.wide, unit) {
            (Wide::Utf16Le, &[a, b]) => u32::from(u16::from_le_bytes([a, b])),
            (Wide::Utf16Be, &[a, b]) => u32::from(u16::from_be_bytes([a, b])),
            (Wide::Utf32Le, &[a, b, c, d]) => u32::from_le_bytes([a, b, c, d]),
            (Wide::Utf32Be, &[a, b, c, d]) => u32::from_be_bytes([a, b, c, d]),
            _ => return,
        };
        let high = self.high.take();
        let utf16 = self.wide.unit_bytes() == 2;
        match (high, u16::try_from(number)) {
            (Some(high), Ok(low @ 0xdc00..=0xdfff)) if utf16 => {
                let pair = char::decode_utf16([high, low]).next();
                out.extend(pair.and_then(std::result::Result::ok));
                return;
            }
            (Some(_), _) => self.replace(out),
            (None, _) => {}
        }
        match (char::from_u32(number), u16::try_from(number)) {
            (Some('\0' | char::REPLACEMENT_CHARACTER), _) => self.replace(out),
            (Some(it), _) => out.push(it),
            (None, Ok(high @ 0xd800..=0xdbff)) if utf16 => self.high = Some(high),
            (None, _) => self.replace(out),
        }
    }

    /// Number of lines that a text ends.
    fn lines(text: &[u8]) -> u64 {
        memchr::memchr_iter(b'\n', text).count() as u64
    }

    fn replace(&mut self, out: &mut String) {
        let (lines, what) = (self.lines, self.wide.flaw());
        self.flaw.get_or_insert_with(|| (lines + Self::lines(out.as_bytes()) + 1, what));
        out.push(char::REPLACEMENT_CHARACTER);
    }
}

/// Reads such a text as UTF-8. Holds one piece of it.
pub(crate) struct Narrowed<'n, R> {
    input: R,
    decoder: Decoder,
    piece: Vec<u8>,
    text: String,
    /// How much of the text has been given.
    given: usize,
    ended: bool,
    /// The first bytes that are no text.
    flaw: &'n Cell<Option<Flaw>>,
}

impl<'n, R: Read> Narrowed<'n, R> {
    /// `input`: behind the byte order mark.
    pub(crate) fn new(wide: Wide, input: R, flaw: &'n Cell<Option<Flaw>>) -> Self {
        const PIECE: usize = 64 << 10;
        let (decoder, piece) = (Decoder::new(wide), vec![0; PIECE]);
        Self { input, decoder, piece, text: String::new(), given: 0, ended: false, flaw }
    }
}

impl<R: Read> Read for Narrowed<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        while self.given == self.text.len() && !self.ended {
            let read = self.input.read(&mut self.piece)?;
            self.text.clear();
            self.given = 0;
            if read == 0 {
                self.ended = true;
                self.decoder.end(&mut self.text);
            } else {
                self.decoder.add(&self.piece[..read], &mut self.text);
            }
            self.flaw.set(self.decoder.flaw);
        }
        let rest = &self.text.as_bytes()[self.given..];
        let length = rest.len().min(buffer.len());
        buffer[..length].copy_from_slice(&rest[..length]);
        self.given += length;
        Ok(length)
    }
}
