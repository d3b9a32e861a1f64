//! Finds keys and values of block YAML by their columns.
//!
//! In valid YAML, what belongs to a key is indented more than the key; except for the dashes of its
//! list, which may be in the column of the key, and for quoted text in such a list.

use std::borrow::Cow;

use memchr::{memchr, memchr2, memrchr};

use super::{
    resolve::{Style, resolve_key},
    scalar,
};
use crate::{
    broken::Odd,
    object::value::Value,
    text::{
        lines::{Line, next_content_line},
        survey::Surveyed,
    },
};

/// Why a scan stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// Only the full parser can read this.
    Odd,
    /// The text ends too early, and more may follow.
    More,
}

impl From<Odd> for Stop {
    fn from(Odd: Odd) -> Self {
        Self::Odd
    }
}

impl From<Stop> for Odd {
    /// A text that contains a whole object needs no more text.
    fn from(_: Stop) -> Self {
        Self
    }
}

/// A text to scan.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scan<'t> {
    text: &'t str,
    surveyed: Surveyed<'t>,
    /// Whether nothing follows the text.
    last: bool,
    /// Up to this position, all lines are complete.
    lines: usize,
}

/// A key of a mapping, or the dash of a list element.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry<'t> {
    /// Empty for a list element.
    pub(super) key: &'t str,
    /// Where its value starts on the same line; else the end of the line.
    pub(super) value: usize,
    /// Column of the key or dash.
    pub(super) column: usize,
    /// Position of the dash; none for a key.
    dash: Option<usize>,
}

impl Entry<'_> {
    pub(super) fn is_element(&self) -> bool {
        self.dash.is_some()
    }
}

/// The kind of value after a key or a dash.
#[derive(Debug, Clone, Copy)]
pub(super) enum Node {
    Nothing,
    /// `{}`
    EmptyMap,
    /// `[]`
    EmptyList,
    /// A scalar that starts here.
    Scalar(usize),
    /// A mapping whose first key is here, in this column.
    Map {
        at: usize,
        column: usize,
    },
    /// A list whose first dash is here, in this column.
    List {
        at: usize,
        column: usize,
    },
}

impl<'t> Scan<'t> {
    pub(super) fn new(surveyed: Surveyed<'t>, last: bool) -> Self {
        let text = surveyed.text();
        let lines = if last { None } else { memrchr(b'\n', text.as_bytes()) };
        Self { text, surveyed, last, lines: lines.map_or(text.len(), |it| it + 1) }
    }

    /// The text up to `end`; nothing follows.
    pub(super) fn until(self, end: usize) -> Self {
        Self::new(self.surveyed.until(end), true)
    }

    pub(super) fn surveyed(self) -> Surveyed<'t> {
        self.surveyed
    }

    pub(super) fn text(self) -> &'t str {
        self.text
    }

    pub(super) fn byte(self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    /// Position of the line feed that ends the line; the end of the text if there is none.
    pub(super) fn line_end(self, at: usize) -> Result<usize, Stop> {
        match memchr(b'\n', &self.text.as_bytes()[at..]) {
            Some(end) => Ok(at + end),
            None if self.last => Ok(self.text.len()),
            None => Err(Stop::More),
        }
    }

    /// Where the next line starts.
    pub(super) fn line_after(self, at: usize) -> Result<usize, Stop> {
        Ok((self.line_end(at)? + 1).min(self.text.len()))
    }

    /// Whether there is a line end or a space.
    fn is_break(self, at: usize) -> bool {
        matches!(self.byte(at), None | Some(b' ' | b'\n' | b'\r'))
    }

    pub(super) fn is_dash(self, at: usize) -> bool {
        self.byte(at) == Some(b'-') && self.is_break(at + 1)
    }

    pub(super) fn spaces_end(self, at: usize) -> usize {
        at + self.text.as_bytes()[at..].iter().take_while(|it| **it == b' ').count()
    }

    /// The line, if its kind is certain.
    #[inline]
    fn known(self, line: Option<Line>) -> Result<Option<Line>, Stop> {
        let Some(line) = line else {
            return if self.last { Ok(None) } else { Err(Stop::More) };
        };
        match self.byte(line.content()) {
            // The line may be blank.
            Some(b'\t' | b'\r') => Err(Stop::Odd),
            // This quote may end a text whose last line feed is escaped. Only then may it be in the
            // first column.
            Some(b'"') if line.indent == 0 && self.is_escaped(line.start) => Err(Stop::Odd),
            // A byte order mark may end the document.
            Some(0xef) if self.text[line.content()..].starts_with('\u{feff}') => Err(Stop::Odd),
            _ if line.content() >= self.lines => Err(Stop::More),
            _ => Ok(Some(line)),
        }
    }

    /// Whether the line before this one ends with a `\`.
    fn is_escaped(self, start: usize) -> bool {
        let before = &self.text.as_bytes()[..start];
        before.ends_with(b"\\\n") || before.ends_with(b"\\\r\n")
    }

    /// The line after an entry and its value.
    pub(super) fn after(self, entry: Entry<'t>) -> Result<Option<Line>, Stop> {
        let mut at = entry.value;
        if entry.is_element() {
            at = self.past_quoted(at)?;
        }
        let dashes = !entry.is_element() && self.ends_or_comment(entry.value);
        loop {
            let line = self.known(self.surveyed.next_line(at, entry.column))?;
            match line {
                Some(line)
                    if dashes && line.indent == entry.column && self.is_dash(line.content()) =>
                {
                    at = self.past_quoted(self.spaces_end(line.content() + 1))?;
                }
                _ => return Ok(line),
            }
        }
    }

    /// Where the quoted scalar at `at` ends; `at` if there is none. Only quoted text of a list
    /// element may be in the column of the dash.
    fn past_quoted(self, at: usize) -> Result<usize, Stop> {
        match self.byte(at) {
            Some(quote @ (b'"' | b'\'')) => self.quote_end(at, quote),
            // A quote may follow an anchor or a tag.
            Some(b'&' | b'!' | b'\t') => Err(Stop::Odd),
            _ => Ok(at),
        }
    }

    /// Position of the closing quote.
    pub(super) fn quote_end(self, at: usize, quote: u8) -> Result<usize, Stop> {
        let bytes = self.text.as_bytes();
        let mut at = at + 1;
        loop {
            let found = bytes.get(at..).and_then(|it| memchr2(quote, b'\\', it));
            let Some(found) = found else {
                return Err(if self.last { Stop::Odd } else { Stop::More });
            };
            at += found;
            let next = self.byte(at + 1);
            match bytes[at] {
                b'\\' if quote == b'"' => at += 2,
                b'\\' => at += 1,
                b'\'' if next == Some(b'\'') => at += 2,
                _ if next.is_none() && !self.last => return Err(Stop::More),
                _ => return Ok(at),
            }
        }
    }

    /// Whether the line ends here, or a comment starts.
    fn ends_or_comment(self, at: usize) -> bool {
        matches!(self.byte(at), None | Some(b'\n' | b'\r' | b'#'))
    }

    /// The key at `at`. Without a key, the line is odd.
    #[inline]
    pub(super) fn key(self, at: usize, column: usize) -> Result<Entry<'t>, Stop> {
        // Nearly every key is a word, and is recognised here.
        let (key, colon) = match self.word_key(at) {
            Some(colon) => (plain_key(&self.text[at..colon])?, colon),
            None => self.other_key(at)?.ok_or(Stop::Odd)?,
        };
        let value = self.spaces_end(colon + 1);
        if self.byte(value) == Some(b'\t') {
            return Err(Stop::Odd);
        }
        Ok(Entry { key, value, column, dash: None })
    }

    /// The list element whose dash is at `at`.
    #[inline]
    pub(super) fn element(self, at: usize, column: usize) -> Result<Entry<'t>, Stop> {
        let value = self.spaces_end(at + 1);
        if self.byte(value) == Some(b'\t') {
            return Err(Stop::Odd);
        }
        Ok(Entry { key: "", value, column, dash: Some(at) })
    }

    /// Position of the colon, if the key is a word.
    #[inline]
    fn word_key(self, at: usize) -> Option<usize> {
        let end = scalar::word_end(self.text.as_bytes(), at);
        (end > at && self.byte(end) == Some(b':') && self.is_break(end + 1)).then_some(end)
    }

    /// Whether the line starts with a key.
    fn is_key(self, at: usize) -> Result<bool, Stop> {
        Ok(self.word_key(at).is_some() || self.other_key(at)?.is_some())
    }

    /// A key that is not a word, and the position of its colon; none if the line does not start
    /// with a key.
    fn other_key(self, at: usize) -> Result<Option<(&'t str, usize)>, Stop> {
        let end = self.line_end(at)?;
        match self.byte(at) {
            None => Ok(None),
            Some(quote @ (b'"' | b'\'')) => {
                let Ok(close) = self.until(end).quote_end(at, quote) else { return Ok(None) };
                let colon = self.spaces_end(close + 1);
                if self.byte(colon) != Some(b':') || !self.is_break(colon + 1) {
                    return self.line_ends(close + 1).map(|()| None);
                }
                match scalar::quoted(self.text, at, close)? {
                    Cow::Borrowed(key) => Ok(Some((key, colon))),
                    Cow::Owned(_) => Err(Stop::Odd),
                }
            }
            Some(b'-' | b'?' | b':') if self.is_break(at + 1) => Ok(None),
            Some(it) if is_indicator(it) => Ok(None),
            Some(_) => {
                let Some(colon) = self.plain_key_end(at, end)? else { return Ok(None) };
                let key = self.text[at..colon].trim_end_matches(' ');
                if key == "<<" || !scalar::is_sure(key) {
                    return Err(Stop::Odd);
                }
                Ok(Some((plain_key(key)?, colon)))
            }
        }
    }

    /// Position of the colon after the plain key at `at`, on the line that ends at `end`.
    fn plain_key_end(self, at: usize, end: usize) -> Result<Option<usize>, Odd> {
        let mut before = 0;
        for (i, byte) in self.text.as_bytes()[at..end].iter().enumerate() {
            match byte {
                b':' if self.is_break(at + i + 1) => return Ok(Some(at + i)),
                b'#' if before == b' ' => return Ok(None),
                // A tab is a blank inside text, but may also precede a colon.
                b'\t' => return Err(Odd),
                _ => before = *byte,
            }
        }
        Ok(None)
    }

    /// The kind of value after a key or a dash.
    pub(super) fn node(self, entry: Entry<'t>) -> Result<Node, Stop> {
        let (at, column) = (entry.value, entry.column);
        if !self.ends_or_comment(at) {
            return match entry.dash {
                None => self.flow_node(at),
                Some(dash) => self.block_node(at, column + (at - dash)),
            };
        }
        let line = self.known(next_content_line(self.text.as_bytes(), at))?;
        let Some(line) = line else { return Ok(Node::Nothing) };
        let at = line.content();
        if line.indent > column {
            self.block_node(at, line.indent)
        } else if line.indent == column && !entry.is_element() && self.is_dash(at) {
            Ok(Node::List { at, column })
        } else {
            Ok(Node::Nothing)
        }
    }

    /// A value that may be a block collection.
    fn block_node(self, at: usize, column: usize) -> Result<Node, Stop> {
        if self.is_dash(at) {
            return Ok(Node::List { at, column });
        }
        if self.is_key(at)? {
            return Ok(Node::Map { at, column });
        }
        self.flow_node(at)
    }

    /// A value that is not a block collection.
    fn flow_node(self, at: usize) -> Result<Node, Stop> {
        let bytes = &self.text.as_bytes()[at..];
        match bytes {
            [b'{', b'}', ..] => self.line_ends(at + 2).map(|()| Node::EmptyMap),
            [b'[', b']', ..] => self.line_ends(at + 2).map(|()| Node::EmptyList),
            [b'|' | b'>' | b'"' | b'\'', ..] => Ok(Node::Scalar(at)),
            [b'-' | b'?' | b':', ..] if self.is_break(at + 1) => Err(Stop::Odd),
            [it, ..] if is_indicator(*it) => Err(Stop::Odd),
            _ => Ok(Node::Scalar(at)),
        }
    }

    /// Fails unless only a comment follows on the line.
    pub(super) fn line_ends(self, at: usize) -> Result<(), Stop> {
        let next = self.spaces_end(at);
        match self.byte(next) {
            None | Some(b'\n' | b'\r') => Ok(()),
            Some(b'#') if next > at => Ok(()),
            _ => Err(Stop::Odd),
        }
    }

    /// Calls `each` for every entry of a mapping; it returns the line after the entry. Returns the
    /// line after the mapping.
    pub(super) fn map(
        self,
        at: usize,
        column: usize,
        outer: usize,
        mut each: impl FnMut(Entry<'t>) -> Result<Option<Line>, Stop>,
    ) -> Result<Option<Line>, Stop> {
        let mut at = at;
        loop {
            match each(self.key(at, column)?)? {
                Some(line) if line.indent == column => at = line.content(),
                Some(line) if line.indent > outer => return Err(Stop::Odd),
                after => return Ok(after),
            }
        }
    }

    /// Like [`map`](Self::map), for the elements of a list.
    pub(super) fn list(
        self,
        at: usize,
        column: usize,
        outer: usize,
        mut each: impl FnMut(Entry<'t>) -> Result<Option<Line>, Stop>,
    ) -> Result<Option<Line>, Stop> {
        let mut at = at;
        loop {
            match each(self.element(at, column)?)? {
                Some(line) if line.indent == column && self.is_dash(line.content()) => {
                    at = line.content();
                }
                Some(line) if line.indent > outer => return Err(Stop::Odd),
                after => return Ok(after),
            }
        }
    }

    /// Fails if a flow collection that is not empty starts in an entry, at any level. `flows`:
    /// where they may start. Returns the line after the entry.
    pub(super) fn blocks_only(
        self,
        entry: Entry<'t>,
        flows: &[usize],
        depth: usize,
    ) -> Result<Option<Line>, Stop> {
        let after = self.after(entry)?;
        let first = flows.partition_point(|it| *it < entry.value);
        if flows.get(first).is_none_or(|it| *it >= self.end(after)) {
            return Ok(after);
        }
        let depth = depth.checked_sub(1).ok_or(Stop::Odd)?;
        let (outer, below) =
            (entry.column, |entry| self.blocks_only(entry, &flows[first..], depth));
        match self.node(entry)? {
            Node::Map { at, column } => self.map(at, column, outer, below),
            Node::List { at, column } => self.list(at, column, outer, below),
            Node::Nothing | Node::EmptyMap | Node::EmptyList | Node::Scalar(_) => Ok(after),
        }
    }

    /// The scalar at `at`, of a key or dash in column `column`. `end`: start of the line after it.
    pub(super) fn scalar(self, at: usize, column: usize, end: usize) -> Result<Value<'t>, Stop> {
        match self.byte(at) {
            Some(b'|') => Ok(Value::Text(scalar::literal(self, at, column, end)?)),
            Some(b'>') => Err(Stop::Odd),
            Some(quote @ (b'"' | b'\'')) => {
                let close = self.quote_end(at, quote)?;
                self.line_ends(close + 1)?;
                Ok(Value::Text(scalar::quoted(self.text, at, close)?))
            }
            _ => scalar::plain(self, at, end),
        }
    }

    /// The value of an entry, if it is a scalar. `end`: start of the line after it.
    pub(super) fn scalar_of(self, entry: Entry<'t>, end: usize) -> Result<Option<Value<'t>>, Stop> {
        match self.node(entry)? {
            Node::Nothing => Ok(Some(Value::Null)),
            Node::Scalar(at) => self.scalar(at, entry.column, end).map(Some),
            Node::EmptyMap | Node::EmptyList | Node::Map { .. } | Node::List { .. } => Ok(None),
        }
    }

    /// Start of a line; the end of the text if there is none.
    pub(super) fn end(self, line: Option<Line>) -> usize {
        line.map_or(self.text.len(), |it| it.start)
    }
}

/// The key for a plain text, if it is the text itself. Keys like `0x1F` or `yes` are left to the
/// full parser.
#[inline]
fn plain_key(text: &str) -> Result<&str, Odd> {
    if scalar::is_word(text.as_bytes()) {
        return Ok(text);
    }
    match resolve_key(Cow::Borrowed(text), Style::Plain) {
        Cow::Borrowed(key) => Ok(key),
        Cow::Owned(_) => Err(Odd),
    }
}

/// Whether a byte cannot start a plain scalar.
fn is_indicator(byte: u8) -> bool {
    matches!(
        byte,
        b',' | b'['
            | b']'
            | b'{'
            | b'}'
            | b'#'
            | b'&'
            | b'*'
            | b'!'
            | b'|'
            | b'>'
            | b'\''
            | b'"'
            | b'%'
            | b'@'
            | b'`'
    ) || byte <= b' '
}
