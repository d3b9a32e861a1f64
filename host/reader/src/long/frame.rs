//! What frames the items of a long list: the keys before and behind them.

use crate::{
    broken::{Broken, Odd},
    document::list::{YamlList, content_line, is_of_items, yaml_list},
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

/// The text of the first item; none where it may go on beyond the text.
pub(super) fn first_yaml_item<'t>(
    text: &'t str,
    list: YamlList,
    survey: &mut Survey,
) -> Option<&'t str> {
    let bytes = text.as_bytes();
    let after = memchr::memchr(b'\n', &bytes[list.first..])? + list.first + 1;
    let rest = survey.look(&text[after..], Style::Yaml);
    let end = after + rest.next_line_at(0, list.column)?;
    Some(&text[list.first..end])
}

/// Whether the first value says itself what it is.
pub(super) fn typed(items: Vec<Value<'_>>) -> bool {
    let first = items.first();
    first.is_some_and(|it| ["apiVersion", "kind"].iter().all(|key| it.get(key).is_some()))
}

/// Takes the keys that follow the items of a YAML list.
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
    let entries = yaml::entries(text, intake.needs().limits.alias_bytes)?;
    intake.entries(entries);
    Ok(())
}

/// The next list of items that a document holds, and the keys before it: two files were put together without a marker.
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

/// The beginning of a JSON list.
pub(super) struct JsonList {
    /// What stands before the items.
    pub(super) entries: Entries<'static>,
    pub(super) first: usize,
    /// Whether the list is the document.
    pub(super) bare: bool,
    /// Whether it is told what the items are, by the list or by the first of them.
    pub(super) kinds: bool,
    /// What stands from the end of the first item to the first key of the second; empty where that does not show.
    pub(super) between: Vec<u8>,
    /// Where the brace of the second item stands in that.
    pub(super) brace: usize,
}

/// The list that a JSON document is, or that stands under its key `items`; none where the text ends before the end of
/// its first item.
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
    let told = ["apiVersion", "kind"].iter().all(|key| entries.iter().any(|it| it.0 == *key));
    let kinds = told || bare || typed(vec![item]);
    let (between, brace) = between(text, after).unwrap_or_default();
    Ok(Some(JsonList { entries, first, bare, kinds, between, brace }))
}

/// What stands between items, given the comma after the first one.
fn between(text: &str, comma: usize) -> Option<(Vec<u8>, usize)> {
    let bytes = text.as_bytes();
    let from = bytes[..comma].iter().rposition(|it| *it == b'}')?;
    let brace = json::skip_space(bytes, comma + 1);
    let key = json::skip_space(bytes, brace + 1);
    let is_object = bytes.get(brace) == Some(&b'{') && bytes.get(key) == Some(&b'"');
    let end = json::end_of_value(bytes, key).ok()??;
    (is_object && bytes[comma] == b',').then(|| (bytes[from..end].to_vec(), brace - from))
}

/// The entries that follow a value, up to the end of the object, and where that is; none where the text ends before.
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

/// The key that stands here, and where its value begins.
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

/// The value that stands here, and where what follows it begins.
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
