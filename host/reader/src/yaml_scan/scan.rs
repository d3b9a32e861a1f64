//! Keys and values of block YAML by where they stand.
//!
//! In a text that a parser accepts, what belongs to a key at some column is indented more than that, but for the
//! dashes of its list, which may stand at the column itself, and for what a quoted element of such a list holds.

use std::borrow::Cow;

use memchr::{memchr, memchr2, memrchr};

use super::{
    lines::{Line, content_line, next_line},
    scalar,
};
use crate::{
    outline::Odd,
    scalar::{Style, resolve_key},
    value::Value,
};

/// Why a scan does not go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// Only the full parser reads this right.
    Odd,
    /// The text ends too early, and is not the last.
    More,
}

impl From<Odd> for Stop {
    fn from(Odd: Odd) -> Self {
        Self::Odd
    }
}

impl From<Stop> for Odd {
    /// A text that is known to hold a whole object asks for no more.
    fn from(_: Stop) -> Self {
        Self
    }
}

/// A text to scan.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scan<'t> {
    text: &'t str,
    /// Whether nothing follows the text.
    last: bool,
    /// Up to here all lines are there to their end.
    lines: usize,
}

/// A key of a mapping, or the dash of an element.
#[derive(Debug, Clone)]
pub(super) struct Entry<'t> {
    /// Empty for an element.
    pub(super) key: Cow<'t, str>,
    /// Where the key or the dash stands.
    at: usize,
    /// Where its value begins in its line: the end of the line where it does not.
    pub(super) value: usize,
    /// Of the key, or of the dash.
    pub(super) column: usize,
    /// Whether it is an element.
    pub(super) element: bool,
}

/// What stands behind a key or a dash.
#[derive(Debug, Clone, Copy)]
pub(super) enum Node {
    Nothing,
    /// `{}`
    EmptyMap,
    /// `[]`
    EmptyList,
    /// A scalar that begins here.
    Scalar(usize),
    /// A mapping whose first key stands here, at this column.
    Map {
        at: usize,
        column: usize,
    },
    /// A list whose first dash stands here, at this column.
    List {
        at: usize,
        column: usize,
    },
}

impl<'t> Scan<'t> {
    pub(super) fn new(text: &'t str, last: bool) -> Self {
        let lines = if last { None } else { memrchr(b'\n', text.as_bytes()) };
        Self { text, last, lines: lines.map_or(text.len(), |it| it + 1) }
    }

    pub(super) fn text(self) -> &'t str {
        self.text
    }

    pub(super) fn byte(self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    /// Where the line feed stands that ends the line; the end of the text where none does.
    pub(super) fn line_end(self, at: usize) -> Result<usize, Stop> {
        match memchr(b'\n', &self.text.as_bytes()[at..]) {
            Some(end) => Ok(at + end),
            None if self.last => Ok(self.text.len()),
            None => Err(Stop::More),
        }
    }

    /// Where the line after this one begins.
    pub(super) fn line_after(self, at: usize) -> Result<usize, Stop> {
        Ok((self.line_end(at)? + 1).min(self.text.len()))
    }

    /// Whether what stands here ends a line, or is set apart from what is before by a space.
    fn is_break(self, at: usize) -> bool {
        matches!(self.byte(at), None | Some(b' ' | b'\n' | b'\r'))
    }

    pub(super) fn is_dash(self, at: usize) -> bool {
        self.byte(at) == Some(b'-') && self.is_break(at + 1)
    }

    pub(super) fn spaces_end(self, at: usize) -> usize {
        at + self.text.as_bytes()[at..].iter().take_while(|it| **it == b' ').count()
    }

    /// A line that was found, once it is known to its end. One that begins with a tab may be a blank one.
    fn known(self, line: Option<Line>) -> Result<Option<Line>, Stop> {
        match line {
            None if !self.last => Err(Stop::More),
            None => Ok(None),
            Some(line) if self.byte(line.content()) == Some(b'\t') => Err(Stop::Odd),
            Some(line) if line.content() >= self.lines => Err(Stop::More),
            Some(line) => Ok(Some(line)),
        }
    }

    /// The line after what belongs to this entry.
    pub(super) fn after(self, entry: &Entry<'t>) -> Result<Option<Line>, Stop> {
        let bytes = self.text.as_bytes();
        let mut at = entry.value;
        if entry.element {
            at = self.past_quoted(at)?;
        }
        let dashes = !entry.element && self.ends_or_comment(entry.value);
        loop {
            let from = self.line_after(at)?;
            let line = self.known(next_line(bytes, from, entry.column))?;
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

    /// Where a quoted scalar ends that begins here, and here where none does. Only inside quotes, text of an
    /// element may stand at the column of the dash.
    fn past_quoted(self, at: usize) -> Result<usize, Stop> {
        match self.byte(at) {
            Some(quote @ (b'"' | b'\'')) => self.quote_end(at, quote),
            // An anchor or a tag may stand before a quote.
            Some(b'&' | b'!' | b'\t') => Err(Stop::Odd),
            _ => Ok(at),
        }
    }

    /// Where the closing quote stands.
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

    /// Whether a line ends here, but for a comment.
    fn ends_or_comment(self, at: usize) -> bool {
        matches!(self.byte(at), None | Some(b'\n' | b'\r' | b'#'))
    }

    /// The key that stands here. Where it is none, the line is odd.
    pub(super) fn key(self, at: usize, column: usize) -> Result<Entry<'t>, Stop> {
        let end = self.line_end(at)?;
        let (key, colon) = self.key_in(at, end).ok_or(Stop::Odd)?;
        let value = self.spaces_end(colon + 1);
        if self.byte(value) == Some(b'\t') {
            return Err(Stop::Odd);
        }
        Ok(Entry { key, at, value, column, element: false })
    }

    /// The element whose dash stands here.
    pub(super) fn element(self, at: usize, column: usize) -> Result<Entry<'t>, Stop> {
        let value = self.spaces_end(at + 1);
        if self.byte(value) == Some(b'\t') {
            return Err(Stop::Odd);
        }
        Ok(Entry { key: Cow::Borrowed(""), at, value, column, element: true })
    }

    /// A key and where its colon stands, if the line that ends at `end` begins here with one that is certain.
    fn key_in(self, at: usize, end: usize) -> Option<(Cow<'t, str>, usize)> {
        let bytes = &self.text.as_bytes()[..end];
        let (key, colon, style) = match bytes.get(at)? {
            quote @ (b'"' | b'\'') => {
                let inside = Scan::new(&self.text[..end], true);
                let close = inside.quote_end(at, *quote).ok()?;
                let key = scalar::quoted(self.text, at, close).ok()?;
                (key, self.spaces_end(close + 1), Style::Text)
            }
            b'-' | b'?' | b':' if self.is_break(at + 1) => return None,
            it if is_indicator(*it) => return None,
            _ => {
                let colon = self.plain_key_end(at, end)?;
                let key = self.text[at..colon].trim_end_matches(' ');
                if key == "<<" || !scalar::is_sure(key) {
                    return None;
                }
                (Cow::Borrowed(key), colon, Style::Plain)
            }
        };
        if bytes.get(colon) != Some(&b':') || !self.is_break(colon + 1) {
            return None;
        }
        let certain = style == Style::Text || scalar::is_word(key.as_bytes());
        Some((if certain { key } else { resolve_key(key, style) }, colon))
    }

    /// The colon that ends a plain key.
    fn plain_key_end(self, at: usize, end: usize) -> Option<usize> {
        let line = &self.text.as_bytes()[at..end];
        let mut before = 0;
        for (i, byte) in line.iter().enumerate() {
            match byte {
                b':' if self.is_break(at + i + 1) => return Some(at + i),
                b'\t' => return None,
                b'#' if before == b' ' => return None,
                _ => before = *byte,
            }
        }
        None
    }

    /// What stands behind a key or a dash.
    pub(super) fn node(self, entry: &Entry<'t>) -> Result<Node, Stop> {
        let (at, column) = (entry.value, entry.column);
        if !self.ends_or_comment(at) {
            if !entry.element {
                return self.flow_node(at);
            }
            return self.block_node(at, column + (at - entry.at));
        }
        let line = self.known(content_line(self.text.as_bytes(), self.line_after(at)?))?;
        let Some(line) = line else { return Ok(Node::Nothing) };
        let at = line.content();
        if line.indent > column {
            self.block_node(at, line.indent)
        } else if line.indent == column && !entry.element && self.is_dash(at) {
            Ok(Node::List { at, column })
        } else {
            Ok(Node::Nothing)
        }
    }

    /// A node that may be a block.
    fn block_node(self, at: usize, column: usize) -> Result<Node, Stop> {
        if self.is_dash(at) {
            return Ok(Node::List { at, column });
        }
        if self.key_in(at, self.line_end(at)?).is_some() {
            return Ok(Node::Map { at, column });
        }
        self.flow_node(at)
    }

    /// A node that is none.
    fn flow_node(self, at: usize) -> Result<Node, Stop> {
        let bytes = &self.text.as_bytes()[at..];
        match bytes {
            [b'{', b'}', ..] => self.line_ends(at + 2).map(|()| Node::EmptyMap),
            [b'[', b']', ..] => self.line_ends(at + 2).map(|()| Node::EmptyList),
            [b'|' | b'"' | b'\'', ..] => Ok(Node::Scalar(at)),
            [b'-' | b'?' | b':', ..] if self.is_break(at + 1) => Err(Stop::Odd),
            [it, ..] if is_indicator(*it) => Err(Stop::Odd),
            _ => Ok(Node::Scalar(at)),
        }
    }

    /// Makes sure that nothing but a comment follows in the line.
    pub(super) fn line_ends(self, at: usize) -> Result<(), Stop> {
        let next = self.spaces_end(at);
        match self.byte(next) {
            None | Some(b'\n' | b'\r') => Ok(()),
            Some(b'#') if next > at => Ok(()),
            _ => Err(Stop::Odd),
        }
    }

    /// Calls `each` for every entry of a mapping, which returns the line after it. Returns the line after all.
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

    /// The same for the elements of a list.
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

    /// The scalar that begins here, of a key or dash at `column`; `end` is where the line after it begins.
    pub(super) fn scalar(self, at: usize, column: usize, end: usize) -> Result<Value<'t>, Stop> {
        match self.byte(at) {
            Some(b'|') => Ok(Value::Text(scalar::literal(self, at, column, end)?)),
            Some(quote @ (b'"' | b'\'')) => {
                let close = self.quote_end(at, quote)?;
                self.line_ends(close + 1)?;
                Ok(Value::Text(scalar::quoted(self.text, at, close)?))
            }
            _ => scalar::plain(self, at, end),
        }
    }

    /// The value of an entry where it is a scalar, and the line after it.
    pub(super) fn scalar_of(
        self,
        entry: &Entry<'t>,
    ) -> Result<(Option<Value<'t>>, Option<Line>), Stop> {
        let node = self.node(entry)?;
        let after = self.after(entry)?;
        let value = match node {
            Node::Nothing => Some(Value::Null),
            Node::Scalar(at) => {
                let end = after.map_or(self.text.len(), |it| it.start);
                Some(self.scalar(at, entry.column, end)?)
            }
            Node::EmptyMap | Node::EmptyList | Node::Map { .. } | Node::List { .. } => None,
        };
        Ok((value, after))
    }
}

/// Whether a byte begins something other than a plain scalar.
fn is_indicator(byte: u8) -> bool {
    b",[]{}#&*!|>'\"%@` \t\r\n".contains(&byte)
}
