//! Lines by their indentation.

use memchr::memchr;

use crate::block::Block;

/// A line that is neither blank nor a comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Line {
    /// Where its indentation begins.
    pub(super) start: usize,
    /// Spaces before its content.
    pub(super) indent: usize,
}

impl Line {
    /// Where its content begins.
    pub(super) fn content(self) -> usize {
        self.start + self.indent
    }
}

/// The first line at or after `from` (a line start) that is indented by at most `column`, other than blank and
/// comment lines; none where the text ends before.
pub(super) fn next_line(text: &[u8], from: usize, column: usize) -> Option<Line> {
    // Most values take one line, so that the first line is it.
    let first = text.get(from..)?;
    let indent = first.iter().take(column + 1).take_while(|it| **it == b' ').count();
    if indent <= column && first.get(indent).is_some_and(|it| !b"\r\n#".contains(it)) {
        return Some(Line { start: from, indent });
    }
    if column < Block::LEN { search(text, from, column) } else { line_by_line(text, from, column) }
}

/// As [`next_line`], at whatever column.
pub(super) fn content_line(text: &[u8], from: usize) -> Option<Line> {
    line_by_line(text, from, usize::MAX)
}

fn line_by_line(text: &[u8], from: usize, column: usize) -> Option<Line> {
    let mut start = from;
    while start < text.len() {
        let indent = text[start..].iter().take_while(|it| **it == b' ').count();
        if indent <= column && is_content(text, start + indent) {
            return Some(Line { start, indent });
        }
        start += indent;
        start += memchr(b'\n', &text[start..])? + 1;
    }
    None
}

/// Whether what stands behind a line's indentation is neither a comment nor the end of the line.
fn is_content(text: &[u8], at: usize) -> bool {
    match text.get(at) {
        None | Some(b'\n' | b'#') => false,
        Some(b'\r') => text.get(at + 1).is_some_and(|it| *it != b'\n'),
        Some(_) => true,
    }
}

/// Looks at a block at once.
fn search(text: &[u8], from: usize, column: usize) -> Option<Line> {
    let mut rows = Rows::new(column);
    let mut at = from;
    while at < text.len() {
        let rest = &text[at..];
        let mut ends = if let Some(chunk) = rest.first_chunk() {
            rows.next(Block::new(chunk))
        } else {
            let mut chunk = [b'\n'; Block::LEN];
            chunk[..rest.len()].copy_from_slice(rest);
            rows.next(Block::new(&chunk))
        };
        while ends != 0 {
            let end = at + ends.trailing_zeros() as usize;
            if is_content(text, end) {
                let before = &text[from..end];
                let indent = before.iter().rev().take_while(|it| **it == b' ').count();
                return Some(Line { start: end - indent, indent });
            }
            ends &= ends - 1;
        }
        at += Block::LEN;
    }
    None
}

/// Finds where lines are indented by too little, block by block.
struct Rows {
    /// A line begins with the next block.
    begins: bool,
    /// The next block begins inside the indentation of a line.
    indented: bool,
    /// Bits of the next block that lie within the column of a line that began before.
    near: u64,
    column: usize,
}

impl Rows {
    fn new(column: usize) -> Self {
        Self { begins: true, indented: false, near: 0, column }
    }

    /// Where the indentation of a line ends within the column, other than at a line feed.
    #[inline]
    fn next(&mut self, block: Block) -> u64 {
        let (feeds, spaces) = (block.mask(b'\n'), block.mask(b' '));
        let starts = feeds << 1 | u64::from(self.begins);
        self.begins = feeds >> 63 == 1;
        // Adding to a run of spaces carries to the first byte behind it.
        let (sum, over) = spaces.overflowing_add(starts);
        let (sum, over_again) = sum.overflowing_add(u64::from(self.indented));
        self.indented = over || over_again;
        let near = self.smear(starts);
        #[expect(clippy::cast_possible_truncation, reason = "the half that is meant")]
        let (low, high) = (near as u64, (near >> 64) as u64);
        let within = low | self.near;
        self.near = high;
        sum & !spaces & !feeds & within
    }

    /// The bits themselves and the `column` bits behind each.
    #[inline]
    fn smear(&self, bits: u64) -> u128 {
        let mut near = u128::from(bits);
        let mut done = 0;
        while done < self.column {
            let step = (done + 1).min(self.column - done);
            near |= near << step;
            done += step;
        }
        near
    }
}
