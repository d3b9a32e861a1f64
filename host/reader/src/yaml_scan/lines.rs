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

/// The line that begins here, if it is indented by at most `column` and neither blank nor a comment.
#[inline]
pub(super) fn line_at(text: &[u8], start: usize, column: usize) -> Option<Line> {
    let line = &text[start..];
    let indent = line.iter().position(|it| *it != b' ')?;
    let content = match line[indent] {
        b'\n' | b'#' => false,
        b'\r' => line.get(indent + 1).is_some_and(|it| *it != b'\n'),
        _ => indent <= column,
    };
    content.then_some(Line { start, indent })
}

/// The first line that begins after `from` and is indented by at most `column`, other than blank and comment
/// lines; none where the text ends before.
pub(super) fn next_line(text: &[u8], from: usize, column: usize) -> Option<Line> {
    // A search is compiled for a column; lines between both are found for nothing.
    match column {
        0 => search::<0>(text, from, column),
        1..=2 => search::<2>(text, from, column),
        3..=4 => search::<4>(text, from, column),
        5..=8 => search::<8>(text, from, column),
        9..=16 => search::<16>(text, from, column),
        17..=32 => search::<32>(text, from, column),
        _ => line_by_line(text, from, column),
    }
}

fn search<const COLUMN: usize>(text: &[u8], from: usize, column: usize) -> Option<Line> {
    let mut at = from;
    while let Some(rest) = text.get(at..).filter(|it| !it.is_empty()) {
        let mut hits = if let Some(chunk) = rest.first_chunk() {
            shallow::<COLUMN>(Block::new(chunk))
        } else {
            let mut chunk = [b' '; Block::LEN];
            chunk[..rest.len()].copy_from_slice(rest);
            shallow::<COLUMN>(Block::new(&chunk))
        };
        while hits != 0 {
            let line = line_at(text, at + hits.trailing_zeros() as usize + 1, column);
            if line.is_some() {
                return line;
            }
            hits &= hits - 1;
        }
        // Of a block, only lines count whose indentation is seen up to the column.
        at += Block::LEN - 1 - COLUMN;
    }
    None
}

/// As [`next_line`], at whatever column.
pub(super) fn content_line(text: &[u8], from: usize) -> Option<Line> {
    line_by_line(text, from, usize::MAX)
}

fn line_by_line(text: &[u8], from: usize, column: usize) -> Option<Line> {
    let mut at = from;
    loop {
        at += memchr(b'\n', &text[at..])? + 1;
        let line = line_at(text, at, column);
        if line.is_some() {
            return line;
        }
    }
}

/// Where line feeds stand that too few spaces follow to reach behind the column. A line feed counts where the block
/// holds so many bytes behind it.
#[inline]
fn shallow<const COLUMN: usize>(block: Block) -> u64 {
    let (feeds, mut spaces) = (block.mask(b'\n'), block.mask(b' ') >> 1);
    let mut done = 0;
    while done < COLUMN {
        let step = (done + 1).min(COLUMN - done);
        spaces &= spaces >> step;
        done += step;
    }
    feeds & !spaces & (u64::MAX >> (COLUMN + 1))
}
