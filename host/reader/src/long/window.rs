//! A text that is read piece by piece.
//!
//! Decodes bytes, and counts lines. Must not know what the text says.

use std::io::Read;

use crate::{
    document::separator::{begins_separator_line, next_separator_line},
    text::{
        buffer::{Buffer, cause},
        decode::{cut_off, has_lone_return, newlines, utf8, valid_lines},
        flaw::Flaw,
    },
};

/// The part of a text that is held: complete characters, from the position where reading goes on.
pub(crate) struct Window<'i> {
    input: &'i mut dyn Read,
    text: String,
    /// Where the text that is held starts: what stands before it is dropped with the next read, so
    /// that small steps cost little.
    start: usize,
    /// The buffer for the next read.
    buffer: Buffer,
    /// The first bytes of an incomplete character.
    rest: Vec<u8>,
    /// Line of the first byte of the text, from 1.
    line: u64,
    /// Whether the text starts at the start of a line.
    begins_line: bool,
    ended: bool,
    /// Why the rest cannot be read.
    cut: Option<String>,
    flaw: Option<Flaw>,
    /// Bytes read so far.
    bytes: u64,
    /// Where the text starts that was read last.
    added: usize,
    /// No line that starts before here separates documents; counted from the start of what `text`
    /// holds, as is the next.
    clear: usize,
    /// No carriage return before here is a line break of its own.
    returns: usize,
}

impl<'i> Window<'i> {
    /// A window on a text whose first bytes have been read.
    pub(crate) fn new(head: &[u8], input: &'i mut dyn Read) -> Self {
        let mut window = Self {
            input,
            text: String::new(),
            start: 0,
            buffer: Buffer::default(),
            rest: Vec::new(),
            line: 1,
            begins_line: true,
            ended: false,
            cut: None,
            flaw: None,
            bytes: head.len() as u64,
            added: 0,
            clear: 0,
            returns: 0,
        };
        window.take(head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head));
        window
    }

    pub(crate) fn text(&self) -> &str {
        &self.text[self.start..]
    }

    /// The text that was read last.
    pub(crate) fn added(&self) -> &str {
        &self.text()[self.added..]
    }

    /// The line, from 1, of a byte of the text.
    pub(crate) fn line_of(&self, at: usize) -> u64 {
        self.line + newlines(&self.text().as_bytes()[..at])
    }

    /// Whether the text starts at the start of a line.
    pub(crate) fn begins_line(&self) -> bool {
        self.begins_line
    }

    /// Up to where no line of the text starts like one that separates documents, except perhaps
    /// the first. Each byte is looked at once, however small the steps are.
    pub(crate) fn clear(&mut self) -> usize {
        /// The start of such a line, but for its last sign.
        const SHORT: usize = 2;
        if self.clear <= self.start {
            self.clear = self.start;
            if self.begins_line && begins_separator_line(self.text()) {
                return 0;
            }
        }
        let from = self.clear.saturating_sub(1).max(self.start);
        self.clear = next_separator_line(&self.text, from)
            .unwrap_or_else(|| self.text.len().saturating_sub(SHORT).max(self.clear));
        self.clear - self.start
    }

    /// Whether a carriage return of the text is a line break of its own.
    pub(crate) fn has_lone_return(&mut self) -> bool {
        let from = self.returns.max(self.start);
        if has_lone_return(&self.text.as_bytes()[from..]) {
            return true;
        }
        self.returns = self.text.len();
        false
    }

    /// Whether nothing follows the text.
    pub(crate) fn ended(&self) -> bool {
        self.ended
    }

    /// Why nothing follows, if this is not the end.
    pub(crate) fn cut(&self) -> Option<&str> {
        self.cut.as_deref()
    }

    /// The first bytes that were not text.
    pub(crate) fn flaw(&self) -> Option<Flaw> {
        self.flaw
    }

    /// Bytes read so far.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Drops the text before `at`.
    pub(crate) fn drop_before(&mut self, at: usize) {
        self.line += newlines(&self.text().as_bytes()[..at]);
        if at > 0 {
            self.begins_line = self.text()[..at].ends_with('\n');
        }
        self.start += at;
        self.added = self.added.saturating_sub(at);
    }

    /// No more bytes are read at a time, unless a caller asks for them: they are held twice.
    const AT_ONCE: usize = 32 << 20;

    /// Drops the text before `at` and reads more: `least` bytes, or as many as are held if that is
    /// more. So text that is examined again after each read is examined twice on average, if it is
    /// not very long. Returns whether there may be more text.
    pub(crate) fn more(&mut self, at: usize, least: usize) -> bool {
        self.drop_before(at);
        if self.ended {
            return false;
        }
        let dropped = std::mem::take(&mut self.start);
        self.text.drain(..dropped);
        self.clear = self.clear.saturating_sub(dropped);
        self.returns = self.returns.saturating_sub(dropped);
        let held = self.text.len();
        let mut buffer = std::mem::take(&mut self.buffer);
        let want = least.max(held.min(Self::AT_ONCE));
        let (read, result) = buffer.read(self.input, want, self.bytes);
        self.bytes += read as u64;
        self.ended = read < want;
        if let Err(error) = result {
            self.cut = Some(format!("{}: what follows is lost", cause(&error)));
        }
        let rest = std::mem::take(&mut self.rest);
        self.take(&buffer.after(&rest)[..rest.len() + read]);
        self.buffer = buffer;
        self.added = held;
        self.text.len() > held || !self.ended
    }

    /// Adds bytes to the text, except for an incomplete character.
    fn take(&mut self, bytes: &[u8]) {
        let rest = if self.ended { 0 } else { cut_off(bytes) };
        let (bytes, rest) = bytes.split_at(bytes.len() - rest);
        self.rest.extend_from_slice(rest);
        let known = self.text.len();
        if let Some(text) = utf8(bytes) {
            self.text.push_str(text);
        } else {
            let before = newlines(self.text.as_bytes()) + valid_lines(bytes);
            self.text.push_str(&String::from_utf8_lossy(bytes));
            self.flawed(self.line + before, "bytes that are no UTF-8");
        }
        // A parser would take a zero for the end of the text. A crash can leave zeros at the end of
        // a file.
        if let Some(at) = memchr::memchr(0, &self.text.as_bytes()[known..]) {
            self.flawed(self.line_of(known + at), "zero bytes");
            self.text = self.text.replace('\0', "\u{fffd}");
            // It is longer now.
            (self.clear, self.returns) = (self.start, self.start);
        }
    }

    /// Position of the text in the input, if nothing in it was replaced.
    pub(crate) fn offset(&self) -> Option<u64> {
        let held = (self.text().len() + self.rest.len()) as u64;
        self.flaw.is_none().then(|| self.bytes - held)
    }

    /// Continues at another position, to which the input has been set, `lines` lines after `from`.
    pub(crate) fn jump(&mut self, from: usize, lines: u64, offset: u64) {
        self.line += newlines(&self.text().as_bytes()[..from]) + lines;
        self.text.clear();
        (self.start, self.clear, self.returns) = (0, 0, 0);
        self.rest.clear();
        (self.bytes, self.added, self.ended) = (offset, 0, false);
    }

    fn flawed(&mut self, line: u64, what: &'static str) {
        self.flaw.get_or_insert((line, what));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], want: &str, flaw: Option<Flaw>) {
        for head in 0..bytes.len().min(4) {
            for least in 1..5 {
                let (head, mut input) = bytes.split_at(head);
                let mut window = Window::new(head, &mut input);
                let mut text = window.text().to_owned();
                while window.more(window.text().len(), least) {
                    text.push_str(window.text());
                }
                assert_eq!((text.as_str(), window.flaw()), (want, flaw), "{head:?} {least}");
                assert_eq!(window.line_of(window.text().len()), 1 + newlines(want.as_bytes()));
                assert_eq!((window.bytes(), window.ended()), (bytes.len() as u64, true));
            }
        }
    }

    #[test]
    fn characters_are_never_cut() {
        check("aé€\n😀b\n".as_bytes(), "aé€\n😀b\n", None);
    }

    #[test]
    fn what_is_no_text_is_replaced_and_named() {
        check(b"a\nb\xff\nc", "a\nb\u{fffd}\nc", Some((2, "bytes that are no UTF-8")));
        check(b"a\xff\n\xe2\x82\xac", "a\u{fffd}\n€", Some((1, "bytes that are no UTF-8")));
        check(b"a\nb\xe2\x82", "a\nb\u{fffd}", Some((2, "bytes that are no UTF-8")));
        check(b"a\n\nb\0c\n\0", "a\n\nb\u{fffd}c\n\u{fffd}", Some((3, "zero bytes")));
    }

    #[test]
    fn what_is_still_read_stays() {
        let mut input: &[u8] = b"cd\nef";
        let mut window = Window::new(b"ab\n", &mut input);
        assert!(window.more(3, 2));
        assert_eq!((window.text(), window.added(), window.line_of(0)), ("cd", "cd", 2));
        assert!(window.more(1, 1));
        assert_eq!((window.text(), window.added()), ("d\n", "\n"));
        assert!(window.more(0, 1));
        assert_eq!((window.text(), window.added(), window.line_of(2)), ("d\nef", "ef", 3));
        assert!(!window.more(2, 1) && window.ended());
        assert_eq!(window.text(), "ef");
    }
}
