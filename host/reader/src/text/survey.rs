//! Surveys a text once, before anything in it is read.
//!
//! Everything that has to be searched in every byte is searched here, in one pass: each byte is
//! loaded once, and most bytes never again. The scanners decide what the finds mean.

use std::ops::Range;

use fearless_simd::{Level, Simd, dispatch, prelude::*, u8x64};

use super::{
    block::{self, bits, is, load, load_at, padded},
    lines::{Line, line_at},
};

/// The language of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    Yaml,
    Json,
}

/// What was found in a text. Reused for one text after the other.
#[derive(Debug, Default)]
pub(crate) struct Survey {
    /// YAML only: one entry per 64-byte block, after an unused first one. Never shrinks, so that it
    /// is zeroed once.
    shallow: Vec<Shallow>,
    /// See [`Surveyed::marks`].
    marks: Vec<usize>,
    /// Whether there are too many marks to store. Only hostile texts have so many.
    flooded: bool,
    /// Length of the last text.
    length: usize,
}

/// Line feeds of a block followed by at most two spaces, and by at most four. In a list, most
/// searches are for the next key of an object or of its `metadata`. One bit per byte, the lowest
/// for the first.
///
/// Nothing else is stored of a block: storing costs as much as searching.
#[derive(Debug, Clone, Copy, Default)]
struct Shallow {
    two: u64,
    four: u64,
}

/// Line feeds of a block, and bytes followed by three spaces.
#[derive(Debug, Clone, Copy, Default)]
struct Edges {
    feeds: u64,
    spaces: u64,
}

impl Edges {
    /// Combines the edges with those of the next block.
    #[inline(always)]
    fn followed_by(self, next: Self) -> Shallow {
        // Three spaces, and three more after two bytes.
        let five = self.spaces & (self.spaces >> 2 | next.spaces << (block::LEN - 2));
        Shallow { two: self.feeds & !self.spaces, four: self.feeds & !five }
    }
}

/// Line feeds and spaces of a block.
#[derive(Debug, Clone, Copy, Default)]
struct Lines {
    feeds: u64,
    spaces: u64,
}

impl Lines {
    #[inline(always)]
    fn of<S: Simd>(block: u8x64<S>) -> Self {
        Self { feeds: bits(block, b'\n'), spaces: bits(block, b' ') }
    }

    /// Line feeds with at most `COLUMN` spaces after them, as far as the next block shows.
    #[inline(always)]
    fn shallow<const COLUMN: usize>(self, next: u64) -> u64 {
        // Only the first bits of the next block are valid after each step, and only these matter.
        let (mut spaces, mut behind) = (self.spaces >> 1 | next << 63, next >> 1);
        let mut done = 0;
        while done < COLUMN {
            let step = (done + 1).min(COLUMN - done);
            spaces &= spaces >> step | behind << (block::LEN - step);
            behind &= behind >> step;
            done += step;
        }
        self.feeds & !spaces
    }
}

/// A text, and what was found in it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Surveyed<'t> {
    text: &'t str,
    survey: &'t Survey,
}

impl Survey {
    /// Surveys a text.
    pub(crate) fn look<'t>(&'t mut self, text: &'t str, style: Style) -> Surveyed<'t> {
        self.marks.clear();
        self.flooded = false;
        self.look_at_rest(text, style, 0)
    }

    /// Surveys a text that continues the last one: it starts with the part of that from `from`,
    /// where a [block](block_before) starts. Only the new part is surveyed.
    pub(crate) fn look_on<'t>(
        &'t mut self,
        text: &'t str,
        style: Style,
        from: usize,
    ) -> Surveyed<'t> {
        debug_assert_eq!(from % block::LEN, 0, "a block begins where a text goes on");
        let first = from / block::LEN;
        // A block is fully known only with the whole block after it.
        let known = (self.length.min(from + text.len()) / block::LEN).saturating_sub(first + 1);
        if known == 0 || self.flooded {
            return self.look(text, style);
        }
        if style == Style::Yaml {
            self.shallow.copy_within(first + 1..=first + known, 1);
        }
        let end = from + known * block::LEN;
        self.marks.retain(|it| (from..end).contains(it));
        self.marks.iter_mut().for_each(|it| *it -= from);
        self.look_at_rest(text, style, known)
    }

    /// `known`: number of blocks that have been surveyed.
    fn look_at_rest<'t>(&'t mut self, text: &'t str, style: Style, known: usize) -> Surveyed<'t> {
        let bytes = text.as_bytes();
        match style {
            Style::Yaml => {
                dispatch!(Level::new(), simd => look::<_, true>(simd, bytes, known, self));
            }
            Style::Json => {
                dispatch!(Level::new(), simd => look::<_, false>(simd, bytes, known, self));
            }
        }
        self.length = bytes.len();
        self.again(text)
    }

    /// The last text.
    pub(crate) fn again<'t>(&'t self, text: &'t str) -> Surveyed<'t> {
        Surveyed { text, survey: self }
    }
}

impl<'t> Surveyed<'t> {
    pub(crate) fn text(self) -> &'t str {
        self.text
    }

    /// The same text, up to `end`.
    pub(crate) fn until(self, end: usize) -> Self {
        Self { text: &self.text[..end], ..self }
    }

    /// Positions of the few bytes that may have a special meaning, in order; none if there are too
    /// many. In JSON, only the last two:
    ///
    /// - a blank, line feed or control character before `{` or `[`, unless that closes at once
    /// - `&`
    /// - a carriage return without a line feed
    /// - `\` before a line break or a numeric escape; JSON has only `\u`
    /// - `-`, three bytes before the `T` and six before a `:` of what may be a timestamp
    pub(crate) fn marks(self, range: Range<usize>) -> Option<&'t [usize]> {
        if self.survey.flooded {
            return None;
        }
        let marks = &self.survey.marks;
        let first = marks.partition_point(|it| *it < range.start);
        let marks = &marks[first..];
        // An object has few marks.
        let number = marks.iter().position(|it| *it >= range.end);
        Some(&marks[..number.unwrap_or(marks.len())])
    }

    /// The first line that starts after `from`, is indented by at most `column`, and is neither
    /// blank nor a comment; none if the text ends before.
    pub(crate) fn next_line(self, from: usize, column: usize) -> Option<Line> {
        match column {
            0..=2 => self.search(from, column, self.seen(from).iter().map(|it| it.two)),
            3..=4 => self.search(from, column, self.seen(from).iter().map(|it| it.four)),
            _ => dispatch!(Level::new(), simd => self.search_deep(simd, from, column)),
        }
    }

    /// Like [`next_line`](Self::next_line), but includes the line that starts at `from`.
    pub(crate) fn next_line_at(self, from: usize, column: usize) -> Option<usize> {
        let line = line_at(self.text.as_bytes(), from, column);
        line.or_else(|| self.next_line(from, column)).map(|it| it.start)
    }

    /// What was found, starting with the block of `from`.
    fn seen(self, from: usize) -> &'t [Shallow] {
        let blocks = self.text.len().div_ceil(block::LEN);
        self.survey.shallow.get(from / block::LEN + 1..=blocks).unwrap_or_default()
    }

    /// Compiled for a few columns. A search for a column in between finds more lines, which are
    /// checked.
    #[inline(always)]
    fn search_deep<S: Simd>(self, simd: S, from: usize, column: usize) -> Option<Line> {
        let blocks = from / block::LEN..self.text.len().div_ceil(block::LEN);
        let lines = |it| self.lines(simd, it);
        let next = |it| lines(it + 1).spaces;
        match column {
            ..=8 => self.search(from, column, blocks.map(|it| lines(it).shallow::<8>(next(it)))),
            9..=16 => self.search(from, column, blocks.map(|it| lines(it).shallow::<16>(next(it)))),
            17..=32 => {
                self.search(from, column, blocks.map(|it| lines(it).shallow::<32>(next(it))))
            }
            _ => self.search(from, column, blocks.map(|it| lines(it).feeds)),
        }
    }

    /// Line feeds and spaces of a block.
    #[inline(always)]
    fn lines<S: Simd>(self, simd: S, block: usize) -> Lines {
        let text = self.text.as_bytes();
        match text.get(block * block::LEN..) {
            None | Some([]) => Lines::default(),
            Some(rest) => match rest.first_chunk() {
                Some(block) => Lines::of(load(simd, block)),
                None => Lines::of(load(simd, &padded(rest))),
            },
        }
    }

    /// `hits`: for each block, starting with that of `from`, line feeds before lines indented by at
    /// most the column, and perhaps others.
    #[inline(always)]
    fn search(self, from: usize, column: usize, hits: impl Iterator<Item = u64>) -> Option<Line> {
        let text = self.text.as_bytes();
        // Line feeds before `from` do not count.
        let (mut block, mut counts) = (from / block::LEN, u64::MAX << (from % block::LEN));
        for hits in hits {
            let mut hits = hits & counts;
            counts = u64::MAX;
            while hits != 0 {
                let start = block * block::LEN + hits.trailing_zeros() as usize + 1;
                if start >= text.len() {
                    return None;
                }
                let line = line_at(text, start, column);
                if line.is_some() {
                    return line;
                }
                hits &= hits - 1;
            }
            block += 1;
        }
        None
    }
}

/// Start of the last block, up to `at`, at which a text can be continued.
pub(crate) fn block_before(text: &str, at: usize) -> usize {
    let mut blocks = (0..=at / block::LEN).rev().map(|it| it * block::LEN);
    blocks.find(|it| text.is_char_boundary(*it)).unwrap_or(0)
}

/// A block, and the distance from the `-` of a timestamp to its `T`.
const CHUNK: usize = block::LEN + 3;

#[inline(always)]
fn look<S: Simd, const YAML: bool>(simd: S, text: &[u8], known: usize, survey: &mut Survey) {
    /// No calls between this many blocks, or the constants would be loaded again for each.
    const TOGETHER: usize = 32;
    let number = text.len().div_ceil(block::LEN);
    let chunk_of = |it: usize| text.get(it * block::LEN..).and_then(|it| it.first_chunk());
    let mut before = Edges::default();
    if YAML {
        // An entry is stored when the next block has been surveyed, at the next index. So the first
        // one is unused.
        if survey.shallow.len() <= number {
            survey.shallow.resize(number + 1, Shallow::default());
        }
        let last_known = known.checked_sub(1).and_then(chunk_of);
        before = last_known.map_or(before, |it| look_at::<_, YAML>(simd, it).0);
    }
    let mut i = known;
    while i < number {
        let mut found = [0; TOGETHER];
        let first = i;
        for found in &mut found {
            let Some(chunk) = chunk_of(i) else { break };
            *found = see::<_, YAML>(simd, chunk, i, &mut before, &mut survey.shallow);
            i += 1;
        }
        // The last blocks are padded, in a call of their own: where two calls meet, LLVM keeps
        // vectors of bits, which processors without AVX-512 take apart bit by bit.
        if i < first + TOGETHER && i < number {
            let chunk = padded(&text[i * block::LEN..]);
            found[i - first] = see::<_, YAML>(simd, &chunk, i, &mut before, &mut survey.shallow);
            i += 1;
        }
        for (i, found) in (first..i).zip(found).filter(|it| it.1 != 0) {
            mark(text, i * block::LEN, found, survey);
        }
    }
    if YAML {
        survey.shallow[number] = before.followed_by(Edges::default());
    }
}

/// Surveys a block, and stores the entry of the one before. Returns candidates for marks.
#[inline(always)]
fn see<S: Simd, const YAML: bool>(
    simd: S,
    chunk: &[u8; CHUNK],
    i: usize,
    before: &mut Edges,
    shallow: &mut [Shallow],
) -> u64 {
    let (edges, found) = look_at::<_, YAML>(simd, chunk);
    if YAML {
        shallow[i] = before.followed_by(edges);
        *before = edges;
    }
    found
}

/// Line ends of a block, and candidates for marks.
///
/// Most finds are bytes that become zero: arithmetic is faster than comparing.
#[inline(always)]
fn look_at<S: Simd, const YAML: bool>(simd: S, chunk: &[u8; CHUNK]) -> (Edges, u64) {
    let all = |byte| u8x64::splat(simd, byte);
    let [block, next, second, third] = [0, 1, 2, 3].map(|it| load_at(simd, chunk, it));
    if !YAML {
        let found = is(block, b'-') & is(third, b'T') | is(block, b'\\') & is(next, b'u');
        return (Edges::default(), found.to_bitmask());
    }
    let date = block ^ all(b'-') | third ^ all(b'T');
    let alone = (block ^ all(b'\\')).min(block ^ all(b'\r')).min(block ^ all(b'&'));
    let found = date.min(alone);
    // `[` and `{` differ in this bit only, and the closing bracket is two more for both.
    let opens = (next | all(0x20)) ^ all(b'{') | block.saturating_sub(all(b' '));
    let open = is(opens, 0) & second.simd_ne(next + all(2));
    let indent = next ^ all(b' ') | second ^ all(b' ') | third ^ all(b' ');
    let edges = Edges { feeds: bits(block, b'\n'), spaces: bits(indent, 0) };
    (edges, (is(found, 0) | open).to_bitmask())
}

/// Stores the candidates of a block that are marks.
#[inline(never)]
fn mark(text: &[u8], at: usize, mut found: u64, survey: &mut Survey) {
    /// Any text may have `FEW` marks, and one more for every `SPARSE` bytes. Dumps have far fewer.
    const FEW: usize = 256;
    const SPARSE: usize = 16;
    if survey.marks.len() > FEW + text.len() / SPARSE {
        survey.flooded = true;
        return;
    }
    while found != 0 {
        let mark = at + found.trailing_zeros() as usize;
        found &= found - 1;
        let byte = |behind: usize| text.get(mark + behind).copied().unwrap_or_default();
        // Texts with escapes are often full of `\"` and `\n`; those with carriage returns have one
        // in each line.
        let is_mark = match byte(0) {
            b'\\' => b"uUx\r\n".contains(&byte(1)),
            b'\r' => byte(1) != b'\n',
            b'-' => byte(6) == b':',
            _ => true,
        };
        if is_mark {
            survey.marks.push(mark);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The marks of a text, found byte by byte.
    fn marks(text: &[u8], style: Style) -> Vec<usize> {
        let at = |it: usize| text.get(it).copied().unwrap_or_default();
        let is_mark = |it: &usize| {
            let next = at(it + 1);
            let opens = next == b'{' && at(it + 2) != b'}' || next == b'[' && at(it + 2) != b']';
            match at(*it) {
                b'-' => at(it + 3) == b'T' && at(it + 6) == b':',
                b'\\' if style == Style::Json => next == b'u',
                b'\\' => b"uUx\r\n".contains(&next),
                b'&' => style == Style::Yaml,
                b'\r' if next != b'\n' => style == Style::Yaml,
                ..=b' ' => style == Style::Yaml && opens,
                _ => false,
            }
        };
        (0..text.len()).filter(is_mark).collect()
    }

    /// The next line, found line by line.
    fn next_line(text: &[u8], from: usize, column: usize) -> Option<Line> {
        let starts = (from..text.len()).filter(|it| text[*it] == b'\n').map(|it| it + 1);
        starts.filter(|it| *it < text.len()).find_map(|it| line_at(text, it, column))
    }

    #[track_caller]
    fn check(survey: &mut Survey, text: &str) {
        let bytes = text.as_bytes();
        for style in [Style::Json, Style::Yaml] {
            let surveyed = survey.look(text, style);
            assert_eq!(surveyed.marks(0..text.len()), Some(&*marks(bytes, style)));
            let (from, to) = (text.len() / 3, text.len() / 2);
            let mut want = marks(bytes, style);
            want.retain(|it| (from..to).contains(it));
            assert_eq!(surveyed.marks(from..to), Some(&*want));
        }
        let surveyed = survey.again(text);
        for column in [0, 1, 2, 3, 4, 5, 8, 9, 16, 17, 32, 33, 63, 64, 70] {
            for from in 0..=text.len() {
                let want = next_line(bytes, from, column);
                assert_eq!(surveyed.next_line(from, column), want, "{from}, {column}");
            }
        }
        // Bytes after the end of a text are not seen.
        let half = text.floor_char_boundary(text.len() / 2);
        assert_eq!(surveyed.until(half).next_line(0, 2), next_line(&bytes[..half], 0, 2));
    }

    /// A survey in two parts finds the same as one of the whole text.
    #[track_caller]
    fn check_on(text: &str, held: usize, at: usize, end: usize) {
        let held = text.floor_char_boundary(held.min(text.len()));
        let from = block_before(&text[..held], at.min(held));
        let rest = &text[from..text.floor_char_boundary(from.max(end))];
        let (mut survey, mut anew) = (Survey::default(), Survey::default());
        for style in [Style::Json, Style::Yaml] {
            survey.look(&text[..held], style);
            let surveyed = survey.look_on(rest, style, from);
            let want = anew.look(rest, style);
            assert_eq!(surveyed.marks(0..rest.len()), want.marks(0..rest.len()), "{style:?}");
            if style == Style::Yaml {
                for column in [0, 2, 4, 7] {
                    let lines = |it: Surveyed<'_>| {
                        let mut from = 0;
                        let next = || {
                            let line = it.next_line(from, column)?;
                            from = line.start;
                            Some(line)
                        };
                        std::iter::from_fn(next).collect::<Vec<_>>()
                    };
                    assert_eq!(lines(surveyed), lines(want), "column {column}");
                }
            }
        }
    }

    #[test]
    fn what_is_held_of_a_hostile_text_is_bounded() {
        let mut survey = Survey::default();
        for hostile in ["&", " [", "\r", "\\u"] {
            let text = hostile.repeat(100_000);
            assert_eq!(survey.look(&text, Style::Yaml).marks(0..text.len()), None);
            assert!(survey.marks.len() < text.len() / 8);
        }
        assert_eq!(survey.look("&", Style::Yaml).marks(0..1), Some(&[0][..]));
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            failure_persistence: None,
            ..ProptestConfig::default()
        })]

        #[test]
        fn what_is_seen_is_what_stands_there(
            first in "( {0,9}(- )?[a-z#&]{0,9}[:{\\[\\]}\\\\uxé-]{0,3}(2024-05-01T08:00)?\
                [\t\r\n]){0,12}",
            second in "[ \n\r]{0,200}",
        ) {
            let mut survey = Survey::default();
            check(&mut survey, &first);
            check(&mut survey, &second);
            check(&mut survey, &first);
        }

        #[test]
        fn what_is_seen_before_is_seen_when_more_follows(
            text in "(( {0,9}(- )?[a-z#&]{0,9}[:{\\[\\]}\\\\uxé-]{0,3}(2024-05-01T08:00)?\
                [\t\r\n]){0,12}[é\n ]{0,80}){0,3}",
            held in 0..700_usize,
            at in 0..700_usize,
            end in 0..1_400_usize,
        ) {
            check_on(&text, held, at, end);
        }
    }
}
