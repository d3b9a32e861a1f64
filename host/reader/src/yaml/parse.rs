//! Parses YAML 1.1 like Kubernetes.
//!
//! `saphyr-parser` parses the grammar. What scalars, tags, merge keys, aliases and keys mean is
//! decided here. Of duplicate keys the last counts, as when Kubernetes reads objects;
//! [`to_json_value`], for files that people write, refuses them.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
    fmt,
};

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, StrInput, Tag};

use super::{
    flow,
    redacted::{self, is_starred},
    resolve::{Style, resolve, resolve_key},
};
use crate::{
    broken::Broken,
    limits::{Limits, MAX_DEPTH, MAX_NODES, too_many_nodes, too_much_flow},
    object::{
        intake::Intake,
        lines::Begin,
        value::{Entries, Value, add_missing, keep_last},
    },
};

/// Why a text is not the expected YAML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct YamlError {
    /// From 1.
    pub line: u64,
    /// What is wrong.
    pub reason: String,
}

impl fmt::Display for YamlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.reason)
    }
}

impl std::error::Error for YamlError {}

/// The only document of a text; null if there is none.
///
/// For configuration: values mean what they mean in Kubernetes, a key is the text that was written
/// (`on` is no `true`, since a setting may be called so), and a duplicate key or a second document
/// is an error: neither would count.
pub fn to_json_value(text: &str) -> Result<serde_json::Value, YamlError> {
    let mut nodes = Nodes::of_configuration(text);
    nodes.strict = true;
    nodes
        .only_document()
        .map(serde_json::Value::from)
        .map_err(|Broken { line, reason, .. }| YamlError { line, reason })
}

/// The line of a value in a text that [`to_json_value`] reads, or of the nearest value around it
/// that is there. The path holds keys, and numbers from 0 where a list is.
pub fn line_of(text: &str, path: &[String]) -> Option<u64> {
    let mut nodes = Nodes::of_configuration(text);
    let event = nodes.document_start().ok()??;
    let root = nodes.line;
    Some(nodes.line_below(event, path).ok()?.unwrap_or(root))
}

/// The line of each value that stands in a text that [`to_json_value`] reads, by its path as of
/// [`line_of`]. What an alias stands for has none.
pub fn lines(text: &str) -> HashMap<Vec<String>, u64> {
    let mut lines = HashMap::new();
    let mut nodes = Nodes::of_configuration(text);
    if let Ok(Some(event)) = nodes.document_start() {
        // What cannot be read is told by who reads it.
        let _ = nodes.lines_below(event, &mut Vec::new(), &mut lines);
    }
    lines
}

/// Parses one document into `intake`. Everything before an error has been passed on.
pub(crate) fn document<'a>(
    text: &'a str,
    alias_bytes: usize,
    intake: &mut Intake<'_, '_, 'a>,
) -> Result<(), Broken> {
    let mut nodes = Nodes::new(text, alias_bytes);
    let Some(event) = nodes.document_start()? else { return Ok(()) };
    match event {
        Event::MappingStart(..) => nodes.root(intake)?,
        Event::SequenceStart(..) => {
            intake.bare();
            nodes.items(MAX_DEPTH - 1, intake)?;
        }
        other => intake.scalar(&nodes.node(other, MAX_DEPTH)?),
    }
    nodes.document_end()?;
    nodes.text_end()
}

/// An item of a list, and the line of its first key, if it is a mapping.
pub(crate) type Item = (Value<'static>, Option<u64>);

/// Parses a text that is a list.
pub(crate) fn items(text: &str, alias_bytes: usize) -> Result<Vec<Item>, Broken> {
    let quoted = (is_starred(text) && !parses(text)).then(|| redacted::quote(text));
    let mut nodes = Nodes::new(quoted.as_deref().unwrap_or(text), alias_bytes);
    let mut items = None;
    match nodes.document_start()? {
        Some(Event::SequenceStart(..)) => {
            let items = items.insert(Vec::new());
            while let Some(event) = nodes.item_start()? {
                items.push(nodes.item(event, MAX_DEPTH - 1)?);
            }
            nodes.document_end()?;
        }
        Some(other) => {
            nodes.node(other, MAX_DEPTH)?;
            nodes.document_end()?;
        }
        None => {}
    }
    nodes.text_end()?;
    let items = items.ok_or_else(|| Broken::yaml(1, "an item of a list is expected"))?;
    Ok(items.into_iter().map(|(item, line)| (item.into_owned(), line)).collect())
}

/// Parses a document that is a mapping, or empty.
pub(crate) fn entries(text: &str, alias_bytes: usize) -> Result<Entries<'static>, Broken> {
    root_entries(Nodes::new(text, alias_bytes))
}

/// Like [`entries`], but fails where a key stands twice: several documents may have been joined.
pub(crate) fn entries_once(text: &str, alias_bytes: usize) -> Result<Entries<'static>, Broken> {
    root_entries(Nodes { strict: true, ..Nodes::new(text, alias_bytes) })
}

fn root_entries(mut nodes: Nodes<'_>) -> Result<Entries<'static>, Broken> {
    match nodes.only_document()?.into_owned() {
        Value::Map(entries) => Ok(entries),
        Value::Null => Ok(Vec::new()),
        _ => Err(Broken::yaml(1, "keys and values are expected")),
    }
}

/// The first document of a text; null if there is none.
#[cfg(test)]
pub(crate) fn value(text: &str) -> Result<Value<'_>, Broken> {
    Nodes::new(text, Limits::default().alias_bytes).first_document()
}

/// Whether all of a text is valid YAML.
pub(crate) fn parses(text: &str) -> bool {
    if flow::too_large(text).is_some() {
        return false;
    }
    let mut parser = Parser::new_from_str(text);
    loop {
        match parser.next_event() {
            Some(Ok((Event::StreamEnd, _))) | None => return true,
            Some(Ok(_)) => {}
            Some(Err(_)) => return false,
        }
    }
}

/// Builds values from the events of one document.
struct Nodes<'a> {
    parser: Parser<'a, StrInput<'a>>,
    /// Line of the last event.
    line: u64,
    /// Line of the first key of the outermost mapping since this was reset.
    first_key: Option<u64>,
    /// Values of the anchors.
    anchors: HashMap<usize, Anchored<'a>>,
    /// Bytes that aliases may still add.
    alias_bytes: usize,
    alias_limit: usize,
    /// The line of a flow collection that is too large to be parsed.
    too_large: Option<u64>,
    /// How many more values may be held at once.
    left: usize,
    /// Whether a duplicate key is an error.
    strict: bool,
    /// Whether a key is the text that was written, whatever a value of that text means.
    keys_as_written: bool,
}

struct Anchored<'a> {
    value: Value<'a>,
    bytes: usize,
    depth: usize,
}

impl<'a> Nodes<'a> {
    /// Of a text that [`to_json_value`] reads.
    fn of_configuration(text: &'a str) -> Self {
        let alias_bytes = Limits::default().alias_bytes;
        Self { keys_as_written: true, ..Self::new(text, alias_bytes) }
    }

    fn new(text: &'a str, alias_bytes: usize) -> Self {
        Self {
            parser: Parser::new_from_str(text),
            line: 1,
            first_key: None,
            anchors: HashMap::new(),
            alias_bytes,
            alias_limit: alias_bytes,
            too_large: flow::too_large(text),
            left: MAX_NODES,
            strict: false,
            keys_as_written: false,
        }
    }

    fn next(&mut self) -> Result<Event<'a>, Broken> {
        match self.parser.next_event() {
            Some(Ok((event, span))) => {
                self.line = span.start.line() as u64;
                Ok(event)
            }
            Some(Err(error)) => Err(broken(&error)),
            None => Ok(Event::StreamEnd),
        }
    }

    fn broken<T>(&self, reason: impl Into<String>) -> Result<T, Broken> {
        Err(Broken::new(self.line, reason))
    }

    fn not_yaml<T>(&self, reason: &str) -> Result<T, Broken> {
        Err(Broken::yaml(self.line, reason))
    }

    /// The first event of the first document; none if there is none.
    fn document_start(&mut self) -> Result<Option<Event<'a>>, Broken> {
        if let Some(line) = self.too_large {
            return Err(Broken::new(line, too_much_flow()));
        }
        loop {
            match self.next()? {
                Event::StreamStart | Event::Nothing => {}
                Event::DocumentStart(_) => return self.next().map(Some),
                _ => return Ok(None),
            }
        }
    }

    fn document_end(&mut self) -> Result<(), Broken> {
        match self.next()? {
            Event::DocumentEnd | Event::StreamEnd => Ok(()),
            _ => self.not_yaml("more follows the end of the document"),
        }
    }

    /// Fails if another document follows.
    fn text_end(&mut self) -> Result<(), Broken> {
        match self.next()? {
            Event::StreamEnd => Ok(()),
            _ => self.not_yaml("another document follows"),
        }
    }

    /// Null if there is none.
    fn first_document(&mut self) -> Result<Value<'a>, Broken> {
        let Some(event) = self.document_start()? else { return Ok(Value::Null) };
        let value = self.node(event, MAX_DEPTH)?;
        self.document_end()?;
        Ok(value)
    }

    /// Like [`first_document`](Self::first_document); fails if another document follows.
    fn only_document(&mut self) -> Result<Value<'a>, Broken> {
        let value = self.first_document()?;
        self.text_end()?;
        Ok(value)
    }

    /// The line of the last value on the path that there is; none if not even the first is.
    fn line_below(&mut self, event: Event<'a>, path: &[String]) -> Result<Option<u64>, Broken> {
        let Some((first, rest)) = path.split_first() else { return Ok(None) };
        match event {
            Event::MappingStart(..) => loop {
                let event = self.next()?;
                if event == Event::MappingEnd {
                    return Ok(None);
                }
                let key = self.key(event)?;
                let line = self.line;
                let event = self.next()?;
                if key == *first {
                    return Ok(self.line_below(event, rest)?.or(Some(line)));
                }
                self.node(event, MAX_DEPTH)?;
            },
            Event::SequenceStart(..) => {
                let nth = first.parse().unwrap_or(usize::MAX);
                for _ in 0..nth {
                    let Some(event) = self.item_start()? else { return Ok(None) };
                    self.node(event, MAX_DEPTH)?;
                }
                let Some(event) = self.item_start()? else { return Ok(None) };
                let line = self.line;
                Ok(self.line_below(event, rest)?.or(Some(line)))
            }
            _ => Ok(None),
        }
    }

    /// Notes the line of each value below the one that starts with this event.
    fn lines_below(
        &mut self,
        event: Event<'a>,
        path: &mut Vec<String>,
        lines: &mut HashMap<Vec<String>, u64>,
    ) -> Result<(), Broken> {
        match event {
            Event::MappingStart(..) => loop {
                let event = self.next()?;
                if event == Event::MappingEnd {
                    return Ok(());
                }
                path.push(self.key(event)?.into_owned());
                lines.insert(path.clone(), self.line);
                let event = self.next()?;
                self.lines_below(event, path, lines)?;
                path.pop();
            },
            Event::SequenceStart(..) => {
                for nth in 0_usize.. {
                    let Some(event) = self.item_start()? else { break };
                    path.push(nth.to_string());
                    lines.insert(path.clone(), self.line);
                    self.lines_below(event, path, lines)?;
                    path.pop();
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn root(&mut self, intake: &mut Intake<'_, '_, 'a>) -> Result<(), Broken> {
        let mut merged = Vec::new();
        let mut first = true;
        loop {
            let event = self.next()?;
            if event == Event::MappingEnd {
                break;
            }
            if std::mem::take(&mut first) {
                intake.root_begins(intake.line(self.line));
            }
            let merge = is_merge(&event);
            let key = self.key(event)?;
            let event = self.next()?;
            if merge {
                let value = self.node(event, MAX_DEPTH - 1)?;
                self.merge(value, &mut merged)?;
            } else if intake.streams(&key) && matches!(event, Event::SequenceStart(0, _)) {
                intake.items();
                self.items(MAX_DEPTH - 2, intake)?;
            } else {
                let value = self.node(event, MAX_DEPTH - 1)?;
                intake.entry(key, value);
            }
        }
        intake.defaults(merged);
        Ok(())
    }

    fn items(&mut self, depth: usize, intake: &mut Intake<'_, '_, 'a>) -> Result<(), Broken> {
        let left = self.left;
        while let Some(event) = self.item_start()? {
            intake.item_begins();
            self.left = left;
            let (item, first_key) = self.item(event, depth)?;
            intake.item(item, first_key.map_or(Begin::Unknown, |it| intake.line(it)));
        }
        Ok(())
    }

    /// The first event of the next item of a list; none at the end of the list.
    fn item_start(&mut self) -> Result<Option<Event<'a>>, Broken> {
        let event = self.next()?;
        Ok((event != Event::SequenceEnd).then_some(event))
    }

    /// The item that starts with this event, and the line of its first key.
    fn item(&mut self, event: Event<'a>, depth: usize) -> Result<(Value<'a>, Option<u64>), Broken> {
        let is_map = matches!(event, Event::MappingStart(..));
        self.first_key = None;
        let item = self.node(event, depth)?;
        Ok((item, self.first_key.filter(|_| is_map)))
    }

    /// The value that starts with this event, nested at most `depth` levels.
    fn node(&mut self, event: Event<'a>, depth: usize) -> Result<Value<'a>, Broken> {
        let Some(left) = self.left.checked_sub(1) else { return self.broken(too_many_nodes()) };
        self.left = left;
        let (value, anchor) = match event {
            Event::Alias(anchor) => return self.alias(anchor, depth),
            Event::Scalar(text, style, anchor, tag) => {
                (resolve(text, style_of(style, tag.as_deref())), anchor)
            }
            Event::SequenceStart(anchor, _) => (self.list(depth)?, anchor),
            Event::MappingStart(anchor, _) => (self.map(depth)?, anchor),
            _ => return self.not_yaml("a value is missing"),
        };
        if anchor > 0 {
            let (bytes, depth) = size(&value);
            self.spend(bytes)?;
            self.anchors.insert(anchor, Anchored { value: value.clone(), bytes, depth });
        }
        Ok(value)
    }

    fn list(&mut self, depth: usize) -> Result<Value<'a>, Broken> {
        let depth = self.below(depth)?;
        let mut items = Vec::new();
        loop {
            match self.next()? {
                Event::SequenceEnd => return Ok(Value::List(items)),
                event => items.push(self.node(event, depth)?),
            }
        }
    }

    fn map(&mut self, depth: usize) -> Result<Value<'a>, Broken> {
        let depth = self.below(depth)?;
        let mut entries = Vec::new();
        let mut merged = Vec::new();
        // There may be as many as a text has lines.
        let mut known = HashSet::new();
        loop {
            let event = self.next()?;
            if event == Event::MappingEnd {
                break;
            }
            self.first_key.get_or_insert(self.line);
            let merge = is_merge(&event);
            let key = self.key(event)?;
            if self.strict && !merge && !known.insert(key.clone()) {
                return self.broken(format!("the key `{key}` stands twice in one mapping"));
            }
            let event = self.next()?;
            let value = self.node(event, depth)?;
            if merge { self.merge(value, &mut merged)? } else { entries.push((key, value)) }
        }
        keep_last(&mut entries);
        add_missing(&mut entries, merged);
        Ok(Value::Map(entries))
    }

    fn below(&self, depth: usize) -> Result<usize, Broken> {
        match depth.checked_sub(1) {
            Some(depth) => Ok(depth),
            None => self.broken(format!("nested more than {MAX_DEPTH} levels deep")),
        }
    }

    fn key(&mut self, event: Event<'a>) -> Result<Cow<'a, str>, Broken> {
        let (text, style) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                if anchor > 0 {
                    let (value, bytes) = (Value::Text(text.clone()), text.len());
                    self.anchors.insert(anchor, Anchored { value, bytes, depth: 0 });
                }
                (text, style_of(style, tag.as_deref()))
            }
            Event::Alias(anchor) => match self.alias(anchor, 0)? {
                Value::Text(text) => (text, Style::Text),
                _ => return self.broken("a key is an alias of something that is no text"),
            },
            _ => return self.broken("a key is a list or a mapping, which JSON cannot say"),
        };
        Ok(if self.keys_as_written { text } else { resolve_key(text, style) })
    }

    fn alias(&mut self, anchor: usize, depth: usize) -> Result<Value<'a>, Broken> {
        let Some(anchored) = self.anchors.get(&anchor) else {
            return self.broken("an alias stands inside of what it stands for");
        };
        if anchored.depth > depth {
            return self.broken(format!("nested more than {MAX_DEPTH} levels deep"));
        }
        let (value, bytes) = (anchored.value.clone(), anchored.bytes);
        self.spend(bytes)?;
        Ok(value)
    }

    /// Counts what anchors and aliases add. A few lines of text could otherwise expand to
    /// terabytes.
    fn spend(&mut self, bytes: usize) -> Result<(), Broken> {
        match self.alias_bytes.checked_sub(bytes) {
            Some(rest) => {
                self.alias_bytes = rest;
                Ok(())
            }
            None => {
                self.broken(format!("its aliases unfold to more than {} bytes", self.alias_limit))
            }
        }
    }

    /// Adds the entries of a merge key: one mapping, or several, of which earlier ones take
    /// precedence.
    fn merge(&self, value: Value<'a>, merged: &mut Entries<'a>) -> Result<(), Broken> {
        match value {
            Value::Map(entries) => merged.extend(entries),
            Value::List(maps) => {
                for map in maps {
                    let Value::Map(entries) = map else {
                        return self.broken("`<<` merges something that is no mapping");
                    };
                    merged.extend(entries);
                }
            }
            _ => return self.broken("`<<` merges something that is no mapping"),
        }
        Ok(())
    }
}

fn is_merge(event: &Event<'_>) -> bool {
    match event {
        Event::Scalar(text, ScalarStyle::Plain, _, None) => text == "<<",
        Event::Scalar(_, _, _, Some(tag)) => tag.is_yaml_core_schema() && tag.suffix == "merge",
        _ => false,
    }
}

fn style_of(style: ScalarStyle, tag: Option<&Tag>) -> Style {
    match tag {
        None if style == ScalarStyle::Plain => Style::Plain,
        Some(tag)
            if tag.is_yaml_core_schema()
                && matches!(tag.suffix.as_str(), "int" | "float" | "bool" | "null") =>
        {
            Style::Tagged
        }
        _ => Style::Text,
    }
}

/// Approximate size of a value in memory, and its depth.
fn size(value: &Value<'_>) -> (usize, usize) {
    let node = size_of::<Value<'_>>();
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => (node, 0),
        Value::Text(text) => (node + text.len(), 0),
        Value::List(items) => items.iter().map(size).fold((node, 1), larger),
        Value::Map(entries) => {
            let sizes = entries.iter().map(|(key, value)| {
                let (bytes, depth) = size(value);
                (bytes + key.len() + size_of::<Cow<'_, str>>(), depth)
            });
            sizes.fold((node, 1), larger)
        }
        // It goes where its entry goes.
        Value::Replaced(value) => {
            let (bytes, depth) = size(value);
            (node + bytes, depth)
        }
    }
}

fn larger((bytes, depth): (usize, usize), below: (usize, usize)) -> (usize, usize) {
    (bytes + below.0, depth.max(below.1 + 1))
}

fn broken(error: &ScanError) -> Broken {
    Broken::yaml(error.marker().line() as u64, error.info())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, want: Result<&str, &str>) {
        let got = to_json_value(text).map(|it| it.to_string()).map_err(|it| it.to_string());
        assert_eq!(got.as_deref().map_err(String::as_str), want);
    }

    #[test]
    fn the_only_document_is_the_configuration() {
        check("b: [yes, 0x10]\na: {c: ~}\n", Ok(r#"{"a":{"c":null},"b":[true,16]}"#));
        check("---\na: 1\n...\n", Ok(r#"{"a":1}"#));
        check("# nothing\n", Ok("null"));
        check("", Ok("null"));
        check("{\"a\": 1.0}", Ok(r#"{"a":1}"#));
    }

    #[test]
    fn a_key_of_a_configuration_is_the_text_that_was_written() {
        check("{on: no, y: 1, 0x10: 2, ~: 3}", Ok(r#"{"0x10":2,"on":false,"y":1,"~":3}"#));
        assert_eq!(line_of("a: 1\non:\n  off: 2\n", &["on", "off"].map(str::to_owned)), Some(3));
    }

    #[test]
    fn a_second_document_is_an_error() {
        check("a: 1\n---\nb: 2\n", Err("line 2: not readable as YAML: another document follows"));
    }

    /// Each is looked up once, and not compared with all before it: else this takes minutes.
    #[test]
    fn one_of_very_many_keys_stands_twice() {
        let text: Vec<_> = (0..100_000).map(|it| format!("k{it}: 1\n")).collect();
        let text = text.concat();
        assert_eq!(entries_once(&text, 0).map(|it| it.len()), Ok(100_000));
        let text = format!("{text}k7: 2\n");
        let reason = "the key `k7` stands twice in one mapping";
        let refused = entries_once(&text, 0).map_err(|it| it.reason);
        assert!(refused.as_ref().is_err_and(|it| it.ends_with(reason)), "{refused:?}");
    }

    #[track_caller]
    fn check_line(path: &[&str], want: u64) {
        let text = "# first\na: 1\nb:\n  c: {d: 1}\n  e:\n  - 1\n  - f: 2\n    g: 3\n";
        let path: Vec<_> = path.iter().map(|&it| it.to_owned()).collect();
        assert_eq!(line_of(text, &path), Some(want));
    }

    #[test]
    fn all_values_have_their_lines() {
        let text = "a: &x {b: 1}\nc:\n- *x\n- d: 2\n  e: [3,\n    4]\n";
        let mut all: Vec<_> = lines(text).into_iter().map(|it| (it.0.join("."), it.1)).collect();
        all.sort();
        let want = [
            ("a", 1),
            ("a.b", 1),
            ("c", 2),
            ("c.0", 3),
            ("c.1", 4),
            ("c.1.d", 4),
            ("c.1.e", 5),
            ("c.1.e.0", 5),
            ("c.1.e.1", 6),
        ];
        assert_eq!(all, want.map(|(path, line)| (path.to_owned(), line)));
        assert_eq!(lines("a: ["), [(vec!["a".to_owned()], 1)].into());
    }

    #[test]
    fn a_value_has_a_line() {
        check_line(&["a"], 2);
        check_line(&["b", "c", "d"], 4);
        check_line(&["b", "e", "1", "g"], 8);
    }

    #[test]
    fn what_is_missing_has_the_line_of_what_is_around_it() {
        check_line(&[], 2);
        check_line(&["z"], 2);
        check_line(&["b", "z"], 3);
        check_line(&["b", "e", "1", "z"], 7);
        check_line(&["b", "e", "9"], 5);
    }

    #[test]
    fn errors_have_a_line() {
        check(
            "a: 1\nb: {\n",
            Err("line 3: not readable as YAML: while parsing a node, did not find expected node \
                 content"),
        );
        check("a:\n  b: 1\n  b: 2\n", Err("line 3: the key `b` stands twice in one mapping"));
        check(
            "{a: 1} b",
            Err("line 1: not readable as YAML: did not find expected <document start>"),
        );
        check("a: 1\n<<: 3\n", Err("line 2: `<<` merges something that is no mapping"));
    }
}
