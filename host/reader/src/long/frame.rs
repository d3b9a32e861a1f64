//! Reads the keys before and after the items of a long list.

use crate::{
    broken::{Broken, Odd},
    document::list::{self, YamlList, content_line, is_of_items, stretch, yaml_list},
    json,
    object::{
        intake::Intake,
        value::{Entries, Value},
    },
    text::{
        decode,
        survey::{Style, Survey},
    },
    yaml,
};

/// The text of the first item; none if it may be incomplete.
pub(super) fn first_yaml_item<'t>(
    text: &'t str,
    list: YamlList,
    survey: &mut Survey,
) -> Option<&'t str> {
    let bytes = text.as_bytes();
    let after = memchr::memchr(b'\n', &bytes[list.first..])? + list.first + 1;
    let rest = &text[after..];
    let mut length = list::FIRST;
    loop {
        let stretch = stretch(rest, length);
        if let Some(end) = survey.look(stretch, Style::Yaml).next_line_at(0, list.column) {
            return Some(&text[list.first..after + end]);
        }
        if stretch.len() == rest.len() {
            return None;
        }
        length *= 2;
    }
}

/// Whether the first item has `apiVersion` and `kind`.
pub(super) fn typed(first: Option<&Value<'_>>) -> bool {
    first.is_some_and(|it| ["apiVersion", "kind"].iter().all(|key| it.get(key).is_some()))
}

/// Reads the keys after the items of a YAML list.
pub(super) fn after_items(
    text: &str,
    list: YamlList,
    intake: &mut Intake<'_, '_, 'static>,
) -> Result<(), Broken> {
    let Some(first) = content_line(text.as_bytes(), 0) else {
        return Ok(());
    };
    if list.key.is_none() || is_of_items(&text[first..]) {
        let line = decode::newlines(&text.as_bytes()[..first]) + 1;
        return Err(Broken::yaml(line, "more follows the end of the list"));
    }
    // A key behind the last item shows that the item is complete, whatever follows the key.
    let line = text[first..].lines().next().unwrap_or_default();
    if line.split_once(':').is_some_and(|it| it.1.is_empty() || it.1.starts_with(' ')) {
        intake.item_begins();
    }
    let entries = yaml::entries(text, intake.needs().limits.alias_bytes)?;
    intake.entries(entries);
    Ok(())
}

/// The next list in the same document, and the keys before it: two files were joined without a
/// marker.
pub(super) fn next_yaml_list(
    text: &str,
    length: usize,
    survey: &mut Survey,
    alias_bytes: usize,
) -> Option<(Entries<'static>, YamlList)> {
    let first = content_line(text.as_bytes(), 0)?;
    if is_of_items(&text[first..]) {
        return None;
    }
    let list = yaml_list(text, length, survey)?;
    let entries = yaml::entries(&text[..list.key?], alias_bytes).ok()?;
    Some((entries, list))
}

/// The start of a JSON list.
pub(super) struct JsonList {
    /// The keys before the items.
    pub(super) entries: Entries<'static>,
    pub(super) first: usize,
    /// Whether the list is the document.
    pub(super) bare: bool,
    /// Whether the kind of the items is known from the list or from its first item.
    pub(super) kinds: bool,
    /// The bytes from the end of the first item to the first key of the second; empty if unknown.
    pub(super) between: Vec<u8>,
    /// Position of the brace of the second item in `between`.
    pub(super) brace: usize,
}

/// Finds the list that is the document or the value of its key `items`; none if the text ends
/// before the end of the first item.
pub(super) fn json_list(text: &str, start: usize) -> Result<Option<JsonList>, Odd> {
    let bytes = text.as_bytes();
    let mut entries = Vec::new();
    let bare = bytes.get(start) == Some(&b'[');
    let mut at = start;
    if !bare {
        at = json::skip_space(bytes, start + 1);
        loop {
            let Some((key, value)) = json_key(text, at)? else { return Ok(None) };
            if key == "items" {
                at = value;
                break;
            }
            let Some((value, after)) = json_value(text, value)? else { return Ok(None) };
            entries.push((key.into(), value));
            match bytes.get(after) {
                Some(b',') => at = json::skip_space(bytes, after + 1),
                Some(_) => return Err(Odd),
                None => return Ok(None),
            }
        }
        if bytes.get(at) != Some(&b'[') {
            return Err(Odd);
        }
    }
    let first = json::skip_space(bytes, at + 1);
    let Some((item, after)) = json_value(text, first)? else { return Ok(None) };
    let states_kind =
        ["apiVersion", "kind"].iter().all(|key| entries.iter().any(|it| it.0 == *key));
    let kinds = states_kind || bare || typed(Some(&item));
    let (between, brace) = between(text, after).unwrap_or_default();
    Ok(Some(JsonList { entries, first, bare, kinds, between, brace }))
}

/// The bytes between items, given the position of the comma after the first.
fn between(text: &str, comma: usize) -> Option<(Vec<u8>, usize)> {
    let bytes = text.as_bytes();
    let from = bytes[..comma].iter().rposition(|it| *it == b'}')?;
    let brace = json::skip_space(bytes, comma + 1);
    let key = json::skip_space(bytes, brace + 1);
    let is_object = bytes.get(brace) == Some(&b'{') && bytes.get(key) == Some(&b'"');
    let end = json::end_of_value(bytes, key).ok()??;
    (is_object && bytes[comma] == b',').then(|| (bytes[from..end].to_vec(), brace - from))
}

/// The entries after a value, up to the end of the object, and where the object ends; none if the
/// text ends before.
pub(super) fn json_entries(
    text: &str,
    at: usize,
) -> Result<Option<(Entries<'static>, usize)>, Odd> {
    let bytes = text.as_bytes();
    let mut entries = Vec::new();
    let mut at = json::skip_space(bytes, at);
    loop {
        match bytes.get(at) {
            None => return Ok(None),
            Some(b'}') => return Ok(Some((entries, at + 1))),
            Some(b',') => at = json::skip_space(bytes, at + 1),
            Some(_) => return Err(Odd),
        }
        let Some((key, value)) = json_key(text, at)? else { return Ok(None) };
        let Some((value, after)) = json_value(text, value)? else { return Ok(None) };
        entries.push((key.into(), value));
        at = after;
    }
}

/// The key at `at`, and where its value starts.
fn json_key(text: &str, at: usize) -> Result<Option<(String, usize)>, Odd> {
    let bytes = text.as_bytes();
    let Some((key, colon)) = json_value(text, at)? else { return Ok(None) };
    let Value::Text(key) = key else { return Err(Odd) };
    match bytes.get(colon) {
        Some(b':') => {
            let value = json::skip_space(bytes, colon + 1);
            Ok((value < text.len()).then(|| (key.into_owned(), value)))
        }
        Some(_) => Err(Odd),
        None => Ok(None),
    }
}

/// The value at `at`, and where the text after it starts.
fn json_value(text: &str, at: usize) -> Result<Option<(Value<'static>, usize)>, Odd> {
    let bytes = text.as_bytes();
    if at >= text.len() {
        return Ok(None);
    }
    let Some(end) = json::end_of_value(bytes, at)? else { return Ok(None) };
    let after = json::skip_space(bytes, end);
    if after == text.len() {
        return Ok(None);
    }
    let value = json::whole(&text[at..end]).map_err(|_| Odd)?;
    Ok(Some((value.into_owned(), after)))
}
