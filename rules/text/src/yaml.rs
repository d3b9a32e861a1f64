//! A YAML text as a tree that knows where everything stands, down to the character of a scalar: an
//! expression in a block or between quotes is told by its line and column.
//!
//! `saphyr-parser` parses the grammar. A pack needs no anchors, aliases, tags and second documents,
//! so that they are problems here, as are keys that stand twice.

use std::rc::Rc;

use saphyr_parser::{Event, Parser, ScalarStyle, Span, StrInput};
use serde_json::{Map, Number, Value};

use crate::problem::{Position, Problems};

/// Lists and mappings in each other. The format needs six; a schema of settings may need more.
const DEPTH: usize = 64;
/// Lists, mappings and scalars.
const NODES: usize = 100_000;

/// A value, and where it begins.
#[derive(Debug, Clone)]
pub struct Node {
    /// Where it begins.
    pub at: Position,
    /// What it is.
    pub kind: Kind,
}

/// What stands there.
#[derive(Debug, Clone)]
pub enum Kind {
    /// A word, a number, a text.
    Scalar(Scalar),
    /// Values in their order.
    List(Vec<Node>),
    /// Values by key, in their order.
    Map(Vec<(Scalar, Node)>),
}

/// A word, a number, a text: what it is depends on who asks.
#[derive(Debug, Clone)]
pub struct Scalar {
    /// As it is meant: without quotes, lines folded.
    pub text: String,
    source: Rc<Source>,
    /// The index of its first character in the source.
    start: usize,
    style: ScalarStyle,
}

/// The characters of a text, and where its lines begin.
#[derive(Debug)]
struct Source {
    chars: Vec<char>,
    lines: Vec<usize>,
}

impl Source {
    fn new(text: &str) -> Self {
        let chars: Vec<_> = text.chars().collect();
        let ends = chars.iter().enumerate().filter(|(_, c)| **c == '\n').map(|(at, _)| at + 1);
        let lines = std::iter::once(0).chain(ends).collect();
        Self { chars, lines }
    }

    fn position(&self, index: usize) -> Position {
        let line = self.lines.partition_point(|it| *it <= index);
        let begin = self.lines.get(line.wrapping_sub(1)).copied().unwrap_or(0);
        let number = |it: usize| u32::try_from(it).unwrap_or(u32::MAX);
        Position { line: number(line), column: number(index - begin + 1) }
    }
}

/// Reads the only document of a text. None where it is no YAML, which is told.
pub fn parse(text: &str, problems: &mut Problems) -> Option<Node> {
    let source = Rc::new(Source::new(text));
    let parser = Parser::new_from_str(text);
    let mut tree = Tree { parser, source, problems, nodes: 0 };
    match tree.document() {
        Ok(node) => node,
        Err((at, message, help)) => {
            problems.add(at, message, help);
            None
        }
    }
}

/// Reads all documents of a text, but for empty ones; those before the place where it is no YAML.
pub fn parse_all(text: &str, problems: &mut Problems) -> Vec<Node> {
    let source = Rc::new(Source::new(text));
    let parser = Parser::new_from_str(text);
    let mut tree = Tree { parser, source, problems, nodes: 0 };
    let mut documents = Vec::new();
    loop {
        let read = match tree.next() {
            Ok((Event::StreamEnd, _)) => return documents,
            Ok((
                Event::StreamStart | Event::DocumentStart(_) | Event::DocumentEnd | Event::Nothing,
                _,
            )) => continue,
            Ok((event, span)) => tree.node(event, span, DEPTH),
            Err(stop) => Err(stop),
        };
        match read {
            Ok(node) if node.is_null() => {}
            Ok(node) => documents.push(node),
            Err((at, message, help)) => {
                problems.add(at, message, help);
                return documents;
            }
        }
    }
}

type Stop = (Position, String, String);

struct Tree<'t, 'p> {
    parser: Parser<'t, StrInput<'t>>,
    source: Rc<Source>,
    problems: &'p mut Problems,
    nodes: usize,
}

impl<'t> Tree<'t, '_> {
    fn next(&mut self) -> Result<(Event<'t>, Span), Stop> {
        match self.parser.next_event() {
            Some(Ok(next)) => Ok(next),
            Some(Err(error)) => {
                let at = self.source.position(error.marker().index().min(self.source.chars.len()));
                let help = if error.info().contains("flow") {
                    "in a list or a mapping on one line, a text with `[`, `]`, `{` or `}` stands \
                     between quotes: [\"spec.containers[].image\"]"
                } else {
                    "correct the YAML: see the indentation and quotes before this place"
                };
                Err((at, format!("it is no YAML: {}", error.info()), help.to_owned()))
            }
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    fn at(&self, span: Span) -> Position {
        self.source.position(span.start.index().min(self.source.chars.len()))
    }

    fn document(&mut self) -> Result<Option<Node>, Stop> {
        loop {
            match self.next()? {
                (Event::StreamStart | Event::DocumentStart(_) | Event::Nothing, _) => {}
                (Event::StreamEnd | Event::DocumentEnd, _) => return Ok(None),
                (event, span) => {
                    let node = self.node(event, span, DEPTH)?;
                    return self.end().map(|()| Some(node));
                }
            }
        }
    }

    fn end(&mut self) -> Result<(), Stop> {
        loop {
            match self.next()? {
                (Event::DocumentEnd | Event::Nothing, _) => {}
                (Event::StreamEnd, _) => return Ok(()),
                (_, span) => {
                    let help = "a pack is one document: remove what follows `---`";
                    let message = "another document begins here".to_owned();
                    return Err((self.at(span), message, help.to_owned()));
                }
            }
        }
    }

    fn node(&mut self, event: Event<'t>, span: Span, depth: usize) -> Result<Node, Stop> {
        let at = self.at(span);
        self.nodes += 1;
        if depth == 0 || self.nodes > NODES {
            let what = if depth == 0 { "lists and mappings in each other" } else { "values" };
            let limit = if depth == 0 { DEPTH } else { NODES };
            let message = format!("there are more than {limit} {what}");
            return Err((at, message, "make several packs of it".to_owned()));
        }
        let kind = match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.refuse(at, anchor, tag.is_some());
                Kind::Scalar(self.scalar(text.into_owned(), style, span))
            }
            Event::SequenceStart(anchor, tag) => {
                self.refuse(at, anchor, tag.is_some());
                Kind::List(self.list(depth)?)
            }
            Event::MappingStart(anchor, tag) => {
                self.refuse(at, anchor, tag.is_some());
                Kind::Map(self.map(depth)?)
            }
            _ => {
                let help = "write what it stands for here";
                return Err((at, "an alias (`*name`) is not read here".into(), help.into()));
            }
        };
        Ok(Node { at, kind })
    }

    fn refuse(&mut self, at: Position, anchor: usize, tag: bool) {
        if anchor != 0 || tag {
            let what = if tag { "a tag (`!name`)" } else { "an anchor (`&name`)" };
            self.problems.add(at, format!("{what} is not read here"), "remove it");
        }
    }

    fn scalar(&self, text: String, style: ScalarStyle, span: Span) -> Scalar {
        Scalar { text, source: Rc::clone(&self.source), start: span.start.index(), style }
    }

    fn list(&mut self, depth: usize) -> Result<Vec<Node>, Stop> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd | Event::StreamEnd, _) => return Ok(items),
                (event, span) => items.push(self.node(event, span, depth - 1)?),
            }
        }
    }

    fn map(&mut self, depth: usize) -> Result<Vec<(Scalar, Node)>, Stop> {
        let mut entries: Vec<(Scalar, Node)> = Vec::new();
        loop {
            let key = match self.next()? {
                (Event::MappingEnd | Event::StreamEnd, _) => return Ok(entries),
                (Event::Scalar(text, style, ..), span) => {
                    self.scalar(text.into_owned(), style, span)
                }
                (_, span) => {
                    let help = "a key is a word; a text that begins with `{` or `[` needs quotes";
                    let message = "a list or a mapping cannot be a key".to_owned();
                    return Err((self.at(span), message, help.to_owned()));
                }
            };
            let (event, span) = self.next()?;
            let value = self.node(event, span, depth - 1)?;
            if entries.iter().any(|(it, _)| it.text == key.text) {
                let message = format!("the key `{}` stands twice", key.text);
                self.problems.add(key.at(), message, "remove one of them");
            } else {
                entries.push((key, value));
            }
        }
    }
}

impl Scalar {
    /// A text that stands nowhere: of a default, or made here.
    pub fn made(text: &str) -> Self {
        let source = Rc::new(Source::new(""));
        Self { text: text.to_owned(), source, start: 0, style: ScalarStyle::Plain }
    }

    /// Where it begins.
    pub fn at(&self) -> Position {
        self.position(0)
    }

    /// Where the character at this byte of its text stands in the source.
    ///
    /// Text and source are walked side by side. Blanks and line feeds differ between both, since
    /// lines are folded and indented; all other characters stand there as they are, or escaped.
    pub fn position(&self, offset: usize) -> Position {
        let chars = &self.source.chars;
        let mut raw = self.start.min(chars.len());
        match chars.get(raw) {
            Some('|' | '>') if matches!(self.style, ScalarStyle::Literal | ScalarStyle::Folded) => {
                raw += chars[raw..].iter().take_while(|it| **it != '\n').count();
            }
            Some('\'') if self.style == ScalarStyle::SingleQuoted => raw += 1,
            Some('"') if self.style == ScalarStyle::DoubleQuoted => raw += 1,
            _ => {}
        }
        let mut last = raw;
        for (at, c) in self.text.char_indices() {
            let Some((place, next)) = self.beside(c, raw) else { break };
            last = place;
            if at >= offset {
                return self.source.position(place);
            }
            raw = next;
            last = last.max(next.saturating_sub(1));
        }
        // Behind the last character, where something is missing.
        let behind = usize::from(offset > 0 && !self.text.is_empty());
        self.source.position((last + behind).min(chars.len()))
    }

    /// Where a character of the text stands at or behind an index, and the index behind it.
    fn beside(&self, c: char, mut raw: usize) -> Option<(usize, usize)> {
        let chars = &self.source.chars;
        if c.is_whitespace() {
            let here = chars.get(raw).copied();
            if here == Some('\\') && self.style == ScalarStyle::DoubleQuoted {
                return Some((raw, raw + self.escape(raw)));
            }
            return Some((raw, raw + usize::from(here == Some(c))));
        }
        loop {
            let here = *chars.get(raw)?;
            match here {
                '\\' if self.style == ScalarStyle::DoubleQuoted => {
                    let length = self.escape(raw);
                    if chars.get(raw + 1) != Some(&'\n') {
                        return Some((raw, raw + length));
                    }
                    raw += length;
                }
                '\'' if self.style == ScalarStyle::SingleQuoted && c == '\'' => {
                    return Some((raw, raw + 2));
                }
                _ if here == c => return Some((raw, raw + 1)),
                _ if here.is_whitespace() => raw += 1,
                _ => return None,
            }
        }
    }

    /// The length of an escape between double quotes.
    fn escape(&self, raw: usize) -> usize {
        match self.source.chars.get(raw + 1) {
            Some('x') => 4,
            Some('u') => 6,
            Some('U') => 10,
            _ => 2,
        }
    }

    /// What it means in JSON: of a word without quotes, its letters decide, as in Kubernetes.
    fn json(&self) -> Value {
        if self.style != ScalarStyle::Plain {
            return Value::String(self.text.clone());
        }
        match self.text.as_str() {
            "" | "~" | "null" | "Null" | "NULL" => Value::Null,
            "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => true.into(),
            "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => {
                false.into()
            }
            text => {
                let integer = || text.parse::<i64>().ok().map(Value::from);
                let float = || {
                    let digits = text.starts_with(|c: char| c.is_ascii_digit() || c == '-');
                    let number = text.parse().ok().filter(|_| digits);
                    number.and_then(Number::from_f64).map(Value::Number)
                };
                integer().or_else(float).unwrap_or_else(|| text.into())
            }
        }
    }
}

impl Node {
    /// The value of a key; none where there is none, or this is no mapping.
    pub fn get(&self, key: &str) -> Option<&Self> {
        let Kind::Map(entries) = &self.kind else { return None };
        entries.iter().find(|it| it.0.text == key).map(|it| &it.1)
    }

    /// The text of a scalar.
    pub fn text(&self) -> Option<&Scalar> {
        if let Kind::Scalar(scalar) = &self.kind { Some(scalar) } else { None }
    }

    /// The items of a list; none of anything else.
    pub fn items(&self) -> &[Self] {
        if let Kind::List(items) = &self.kind { items } else { &[] }
    }

    /// The same as JSON.
    pub fn json(&self) -> Value {
        match &self.kind {
            Kind::Scalar(scalar) => scalar.json(),
            Kind::List(items) => items.iter().map(Self::json).collect(),
            Kind::Map(entries) => {
                let entries = entries.iter().map(|(key, it)| (key.text.clone(), it.json()));
                Value::Object(entries.collect::<Map<_, _>>())
            }
        }
    }

    /// Whether nothing stands here.
    pub fn is_null(&self) -> bool {
        matches!(&self.kind, Kind::Scalar(it) if it.json().is_null())
    }
}
