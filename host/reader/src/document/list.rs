//! Reads the items of a list, one after the other, by their outlines.
//!
//! An item that has no outline is parsed in full, alone. So only such items cost more.

use crate::{
    broken::{Broken, Odd},
    json,
    object::{
        intake::Intake,
        lines::{Begin, Within},
        outline::Outlined,
    },
    text::{
        decode::has_lone_return,
        survey::{Style, Survey, Surveyed, block_before},
    },
    yaml,
};

/// How the items of a list are written.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Form<'c> {
    /// Block YAML with dashes in this column.
    Yaml { column: usize },
    /// JSON with the bytes `between` from the end of one item to the first key of the next. The
    /// brace of the next item is at `brace` in them.
    Json { between: &'c [u8], brace: usize },
}

impl Form<'_> {
    /// JSON in any layout.
    pub(crate) const JSON: Self = Self::Json { between: &[], brace: 0 };

    /// The language of the items.
    pub(crate) fn style(self) -> Style {
        match self {
            Self::Yaml { .. } => Style::Yaml,
            Self::Json { .. } => Style::Json,
        }
    }

    /// Reads the items that start at `at` or later, and before `until`. `last`: nothing follows the
    /// text.
    ///
    /// The text is surveyed and read one stretch at a time, so that a stretch stays in the core's
    /// cache.
    pub(crate) fn items(
        self,
        text: &str,
        at: usize,
        until: usize,
        last: bool,
        survey: &mut Survey,
        intake: &mut Intake<'_, '_, 'static>,
    ) -> Reached {
        let stretch_bytes = intake.needs().limits.stretch_bytes();
        let (mut from, mut at, mut length) = (at, 0, FIRST.min(stretch_bytes));
        let mut surveyed = survey.look(stretch(&text[from..], length), self.style());
        loop {
            let stretch_ends = from + surveyed.text().len();
            let (until, ends) = (until.saturating_sub(from), stretch_ends == text.len());
            let within = Within::new(text, from);
            match self.items_of(surveyed, within, at, until, last && ends, intake) {
                Reached::Unfinished(it) if !ends => {
                    length = if it == at { 2 * length } else { (2 * length).min(stretch_bytes) };
                    let block = block_before(surveyed.text(), it);
                    (from, at) = (from + block, it - block);
                    surveyed = survey.look_on(stretch(&text[from..], length), self.style(), block);
                }
                it => return it.shifted(from),
            }
        }
    }

    /// Like [`items`](Self::items), for a surveyed text. `within`: the same text as a part of the
    /// text whose lines are counted.
    pub(crate) fn items_of(
        self,
        surveyed: Surveyed<'_>,
        within: Within<'_>,
        at: usize,
        until: usize,
        last: bool,
        intake: &mut Intake<'_, '_, 'static>,
    ) -> Reached {
        match self {
            Self::Yaml { column } => yaml_items(surveyed, within, at, until, column, last, intake),
            Self::Json { .. } => json_items(surveyed, within, at, until, intake),
        }
    }
}

/// How far a stretch of text has been read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Reached {
    /// The item that starts here may continue after the text.
    Unfinished(usize),
    /// The list ends here.
    End(usize),
    /// The next item starts at or after `until`; another block reads it.
    Until(usize),
    /// The item at `at` cannot be read. The list continues at `end`, if `more`. The line counts
    /// from the first line of the item.
    Broken { at: usize, end: usize, broken: Broken, more: bool },
    /// The text from here on is not part of a list.
    Lost { at: usize },
}

impl Reached {
    /// The same position in a text that has `before` more bytes at its start.
    fn shifted(self, before: usize) -> Self {
        match self {
            Self::Unfinished(at) => Self::Unfinished(before + at),
            Self::End(at) => Self::End(before + at),
            Self::Until(at) => Self::Until(before + at),
            Self::Lost { at } => Self::Lost { at: before + at },
            Self::Broken { at, end, broken, more } => {
                Self::Broken { at: before + at, end: before + end, broken, more }
            }
        }
    }
}

/// So much of a list is surveyed first: many are short.
pub(crate) const FIRST: usize = 2 << 10;

/// The first `length` bytes of a text, or a few less.
pub(crate) fn stretch(text: &str, length: usize) -> &str {
    &text[..text.floor_char_boundary(length)]
}

/// Where the items of a YAML list are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct YamlList {
    /// Position of the key `items`; none if the document itself is the list.
    pub(crate) key: Option<usize>,
    /// Start of the line of the first item.
    pub(crate) first: usize,
    /// Column of the dashes.
    pub(crate) column: usize,
}

/// Finds the list that is the document or the value of its key `items`. Returns none if there is no
/// list or the text ends before the list; then all of the text has been surveyed. Most lists start
/// in the first `length` bytes.
pub(crate) fn yaml_list(text: &str, length: usize, survey: &mut Survey) -> Option<YamlList> {
    let lengths = [FIRST.min(length), length, text.len()];
    lengths.into_iter().find_map(|it| yaml_list_in(survey.look(stretch(text, it), Style::Yaml)))
}

fn yaml_list_in(surveyed: Surveyed<'_>) -> Option<YamlList> {
    let text = surveyed.text();
    let bytes = text.as_bytes();
    let content = |from| content_line(bytes, from);
    let dash = |line: usize| {
        let column = bytes[line..].iter().take_while(|it| **it == b' ').count();
        let rest = &bytes[line + column..];
        (rest.first() == Some(&b'-') && matches!(rest.get(1), Some(b' ' | b'\n' | b'\r')))
            .then_some(column)
    };
    let mut at = content(0)?;
    if let Some(column) = dash(at) {
        return Some(YamlList { key: None, first: at, column });
    }
    loop {
        let line_end = memchr::memchr(b'\n', &bytes[at..])? + at + 1;
        let line = text[at..line_end].trim_end();
        if let Some(rest) = line.strip_prefix("items:")
            && (rest.is_empty() || rest.trim_start().starts_with('#') && rest.starts_with(' '))
        {
            let first = content(line_end)?;
            return dash(first).map(|column| YamlList { key: Some(at), first, column });
        }
        at = surveyed.next_line_at(line_end, 0)?;
        // Dashes may be in the column of their key.
        while dash(at).is_some() {
            let line_end = memchr::memchr(b'\n', &bytes[at..])? + at + 1;
            at = surveyed.next_line_at(line_end, 0)?;
        }
    }
}

impl YamlList {
    /// Where the list ends, if the last line that looks like an item is one.
    pub(crate) fn may_end(self, text: &str, survey: &mut Survey) -> usize {
        let dash = format!("\n{}- ", " ".repeat(self.column));
        let items = &text[self.first..];
        let last = memchr::memmem::rfind(items.as_bytes(), dash.as_bytes()).map_or(0, |it| it + 1);
        let rest = survey.look(&items[last..], Style::Yaml);
        let end = rest.next_line(0, self.column).map(|it| it.start);
        self.first + last + end.unwrap_or(items.len() - last)
    }

    /// Whether the first item has `apiVersion` and `kind`. Returns none if the item has no outline,
    /// or does not end within `length` bytes.
    pub(crate) fn is_typed(self, text: &str, length: usize, survey: &mut Survey) -> Option<bool> {
        let item = stretch(&text[self.first..], length);
        let key = self.column + 1;
        let key = key + item.as_bytes().iter().skip(key).take_while(|it| **it == b' ').count();
        let last = self.first + item.len() == text.len();
        if key >= item.len() {
            return None;
        }
        let read = yaml::Outline::read(survey.look(item, Style::Yaml), key, key, last);
        read.ok().flatten().map(|(outline, _)| outline.head().typed)
    }
}

/// Whether a line after the items of a list still belongs to them: it is indented, or an item. A
/// key may start with a dash, too (`-x:`).
pub(crate) fn is_of_items(line: &str) -> bool {
    let mut bytes = line.bytes();
    match bytes.next() {
        Some(b'-') => bytes.next().is_none_or(|it| it.is_ascii_whitespace()),
        first => first == Some(b' '),
    }
}

/// The first line, at `from` or later, that is neither blank nor a comment.
pub(crate) fn content_line(text: &[u8], from: usize) -> Option<usize> {
    let mut line = from;
    while line < text.len() {
        let content = text[line..].iter().position(|it| *it != b' ')?;
        if !matches!(text[line + content], b'\n' | b'\r' | b'#') {
            return Some(line);
        }
        line += memchr::memchr(b'\n', &text[line..])? + 1;
    }
    None
}

/// Reads the items of a YAML list that start at `at` or later, and before `until`. `last`: nothing
/// follows the text.
fn yaml_items(
    surveyed: Surveyed<'_>,
    within: Within<'_>,
    mut at: usize,
    until: usize,
    column: usize,
    last: bool,
    intake: &mut Intake<'_, '_, 'static>,
) -> Reached {
    let text = surveyed.text();
    let bytes = text.as_bytes();
    loop {
        let Some(line) = content_line(bytes, at) else {
            return if last { Reached::End(text.len()) } else { Reached::Unfinished(at) };
        };
        let dash = line + bytes[line..].iter().take_while(|it| **it == b' ').count();
        match bytes.get(dash..dash + 2) {
            None if !last => return Reached::Unfinished(line),
            Some([b'-', b' ' | b'\r' | b'\n']) if dash - line == column => {
                if line >= until {
                    return Reached::Until(line);
                }
            }
            _ if dash - line > column => {
                let broken = Broken::yaml(1, "a line stands between the items of the list");
                let broken = broken.concerning(intake.concerned_by_item(None, None));
                let end = surveyed.next_line_at(line, column);
                let Some(end) = end.or(last.then_some(text.len())) else {
                    return Reached::Unfinished(line);
                };
                return Reached::Broken { at: line, end, broken, more: true };
            }
            _ => return Reached::End(line),
        }
        let key = dash + 1 + bytes[dash + 1..].iter().take_while(|it| **it == b' ').count();
        let outlined = match yaml::Outline::read(surveyed, key, key - line, last) {
            Ok(None) => return Reached::Unfinished(line),
            // The text may end in the middle of this item, so the item is parsed and held back.
            Ok(Some((_, end))) if last && end == text.len() => Err(Odd),
            Ok(Some((outline, end))) => intake.outlined(&outline, within).map(|()| end),
            Err(odd) => Err(odd),
        };
        at = if let Ok(end) = outlined {
            end
        } else {
            let after = memchr::memchr(b'\n', &bytes[line..]).map(|it| line + it + 1);
            let end = after.and_then(|it| surveyed.next_line_at(it, column));
            let Some(end) = end.or(last.then_some(text.len())) else {
                return Reached::Unfinished(line);
            };
            match yaml::items(&text[line..end], intake.needs().limits.alias_bytes) {
                Ok(items) => {
                    // The parser counts lone carriage returns, and files are not counted so.
                    let counts = !has_lone_return(&bytes[line..end]);
                    for (item, first_key) in items {
                        let lines = first_key.filter(|_| counts).map(|it| it - 1);
                        intake.item_begins();
                        intake.item_below(item, within.at(line), lines);
                    }
                }
                Err(broken) => {
                    let [version, kind] = yaml_type(&text[line..end]);
                    let broken = broken.concerning(intake.concerned_by_item(version, kind));
                    return Reached::Broken { at: line, end, broken, more: true };
                }
            }
            end
        };
    }
}

/// `apiVersion` and `kind` of a YAML item that cannot be parsed. The text starts with the dash.
fn yaml_type(item: &str) -> [Option<&str>; 2] {
    let lines = item.lines().enumerate().map(|(i, line)| {
        // The first key may stand behind the dash.
        let start = if i == 0 { line.find('-').map_or(0, |it| it + 1) } else { 0 };
        let content = line[start..].trim_start_matches(' ');
        (line.len() - content.len(), content)
    });
    let lines = lines.filter(|(_, content)| !content.is_empty());
    let Some((column, _)) = lines.clone().next() else { return [None; 2] };
    ["apiVersion:", "kind:"].map(|key| {
        let mut keys = lines.clone().filter(|it| it.0 == column);
        let value = keys.find_map(|it| it.1.strip_prefix(key))?.trim().trim_matches(['"', '\'']);
        Some(value).filter(|it| !it.is_empty())
    })
}

/// `apiVersion` and `kind` of a JSON item that cannot be parsed.
fn json_type(item: &str) -> [Option<&str>; 2] {
    let bytes = item.as_bytes();
    let mut found = [None; 2];
    let mut at = 1;
    loop {
        let key = json::skip_space(bytes, at);
        let Ok(Some(colon)) = json::end_of_value(bytes, key) else { return found };
        let value = json::skip_space(bytes, colon);
        if bytes.get(value) != Some(&b':') {
            return found;
        }
        let value = json::skip_space(bytes, value + 1);
        let Ok(Some(end)) = json::end_of_value(bytes, value) else { return found };
        let text = item[value..end].trim_matches('"');
        match &item[key..colon] {
            "\"apiVersion\"" => found[0] = Some(text),
            "\"kind\"" => found[1] = Some(text),
            _ => {}
        }
        at = json::skip_space(bytes, end);
        if bytes.get(at) != Some(&b',') {
            return found;
        }
        at += 1;
    }
}

/// Reads the items of a JSON list that start at `at` or later, and before `until`. An item is read
/// only if the text shows what follows the item.
fn json_items(
    surveyed: Surveyed<'_>,
    within: Within<'_>,
    at: usize,
    until: usize,
    intake: &mut Intake<'_, '_, 'static>,
) -> Reached {
    let text = surveyed.text();
    let bytes = text.as_bytes();
    let mut item = json::skip_space(bytes, at);
    loop {
        if item >= until && item < text.len() {
            return Reached::Until(item);
        }
        let outlined = match bytes.get(item) {
            None => return Reached::Unfinished(item),
            Some(b'{') => json::Outline::read(surveyed, item),
            Some(_) => Err(Odd),
        };
        let end = match &outlined {
            Ok(None) => return Reached::Unfinished(item),
            Ok(Some((_, end))) => *end,
            Err(Odd) => match json::end_of_value(bytes, item) {
                Ok(Some(end)) => end,
                Ok(None) => return Reached::Unfinished(item),
                Err(Odd) => return Reached::Lost { at: item },
            },
        };
        let after = json::skip_space(bytes, end);
        let more = match bytes.get(after) {
            None => return Reached::Unfinished(item),
            Some(b',') => true,
            Some(b']') => false,
            Some(_) => return Reached::Lost { at: after },
        };
        let taken = match outlined {
            Ok(Some((outline, _))) => intake.outlined(&outline, within),
            _ => Err(Odd),
        };
        if taken.is_err() {
            intake.item_begins();
            match json::whole(&text[item..end]) {
                Ok(value) => {
                    let key = json::first_key(&value, &text[item..end]);
                    let begin = key.map_or(Begin::Unknown, |it| within.at(item + it));
                    intake.item(value.into_owned(), begin);
                }
                Err(broken) => {
                    let [version, kind] = json_type(&text[item..end]);
                    let broken = broken.concerning(intake.concerned_by_item(version, kind));
                    return Reached::Broken { at: item, end: after + 1, broken, more };
                }
            }
        }
        if !more {
            return Reached::End(after + 1);
        }
        item = json::skip_space(bytes, after + 1);
    }
}
