//! A text with actions in braces, as a tree. What an action gives is not known here.

use std::collections::BTreeMap;

/// A piece of a template.
#[derive(Debug, Clone)]
pub(crate) enum Node {
    /// Stands as it is.
    Text(String),
    /// Is evaluated, and printed.
    Print(Pipeline),
    /// The first branch whose condition holds; the last has none.
    If(Vec<(Option<Pipeline>, Vec<Node>)>),
    /// Its body with another dot, where there is one.
    With(Pipeline, Vec<Node>),
    /// Its body for each value of a list, which is the dot.
    Range(Pipeline, Vec<Node>),
}

/// Calls, each of which gets what the one before it gave.
pub(crate) type Pipeline = Vec<Vec<Term>>;

/// A word of a call.
#[derive(Debug, Clone)]
pub(crate) enum Term {
    /// `.a.b`, `$.a`: whether it begins at the root, and its keys.
    Path(bool, Vec<String>),
    /// `"text"`.
    Text(String),
    /// `8`.
    Number(i64),
    /// `true`.
    Bool(bool),
    /// The name of a function.
    Function(String),
    /// `( … )`.
    Nested(Pipeline),
}

/// Reads a template; named parts are added to `parts`.
pub(crate) fn parse(
    text: &str,
    parts: &mut BTreeMap<String, Vec<Node>>,
) -> Result<Vec<Node>, String> {
    let pieces = pieces(text)?;
    let mut at = 0;
    let (nodes, end) = body(&pieces, &mut at, parts)?;
    match end {
        None => Ok(nodes),
        Some(end) => Err(format!("`{end}` closes nothing")),
    }
}

enum Piece {
    Text(String),
    Action(String),
}

/// Texts and actions by turns, with what dashes trim away.
fn pieces(text: &str) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let (mut rest, mut trims) = (text, false);
    loop {
        let (before, after) = match rest.split_once("{{") {
            Some((before, after)) => (before, Some(after)),
            None => (rest, None),
        };
        let mut before = if trims { before.trim_start() } else { before };
        let Some(after) = after else {
            pieces.push(Piece::Text(before.to_owned()));
            return Ok(pieces);
        };
        let after = match after.strip_prefix('-') {
            Some(after) => {
                before = before.trim_end();
                after
            }
            None => after,
        };
        pieces.push(Piece::Text(before.to_owned()));
        let (action, after) = after.split_once("}}").ok_or("`{{` is not closed")?;
        trims = action.ends_with('-');
        pieces.push(Piece::Action(action.trim_end_matches('-').trim().to_owned()));
        rest = after;
    }
}

/// The nodes up to an action that closes or parts them, and that action.
fn body(
    pieces: &[Piece],
    at: &mut usize,
    parts: &mut BTreeMap<String, Vec<Node>>,
) -> Result<(Vec<Node>, Option<String>), String> {
    let mut nodes = Vec::new();
    while let Some(piece) = pieces.get(*at) {
        *at += 1;
        let action = match piece {
            Piece::Text(text) if text.is_empty() => continue,
            Piece::Text(text) => {
                nodes.push(Node::Text(text.clone()));
                continue;
            }
            Piece::Action(action) => action,
        };
        let (word, rest) = action.split_once(' ').unwrap_or((action, ""));
        match word {
            _ if action.starts_with("/*") => {}
            "end" | "else" => return Ok((nodes, Some(action.clone()))),
            "if" => nodes.push(branches(rest, pieces, at, parts)?),
            "with" => {
                let body = closed(action, pieces, at, parts)?;
                nodes.push(Node::With(pipeline(rest)?, body));
            }
            "range" => {
                let body = closed(action, pieces, at, parts)?;
                nodes.push(Node::Range(pipeline(rest)?, body));
            }
            "define" => {
                let body = closed(action, pieces, at, parts)?;
                parts.insert(rest.trim_matches('"').to_owned(), body);
            }
            _ => nodes.push(Node::Print(pipeline(action)?)),
        }
    }
    Ok((nodes, None))
}

/// A body that has no `else`.
fn closed(
    action: &str,
    pieces: &[Piece],
    at: &mut usize,
    parts: &mut BTreeMap<String, Vec<Node>>,
) -> Result<Vec<Node>, String> {
    let (nodes, end) = body(pieces, at, parts)?;
    match end.as_deref() {
        Some("end") => Ok(nodes),
        _ => Err(format!("`{action}` has no `end` of its own")),
    }
}

fn branches(
    condition: &str,
    pieces: &[Piece],
    at: &mut usize,
    parts: &mut BTreeMap<String, Vec<Node>>,
) -> Result<Node, String> {
    let mut branches = Vec::new();
    let mut condition = Some(pipeline(condition)?);
    loop {
        let (nodes, end) = body(pieces, at, parts)?;
        branches.push((condition, nodes));
        match end.as_deref() {
            Some("end") => return Ok(Node::If(branches)),
            Some("else") => condition = None,
            Some(end) if let Some(next) = end.strip_prefix("else if ") => {
                condition = Some(pipeline(next)?);
            }
            _ => return Err("an `if` is not closed".to_owned()),
        }
    }
}

/// Reads a pipeline.
fn pipeline(text: &str) -> Result<Pipeline, String> {
    let mut words = words(text)?.into_iter();
    let pipeline = calls(&mut words, false)?;
    match words.next() {
        None => Ok(pipeline),
        Some(word) => Err(format!("`{word}` is left over in `{text}`")),
    }
}

fn calls(words: &mut std::vec::IntoIter<String>, nested: bool) -> Result<Pipeline, String> {
    let (mut pipeline, mut call) = (Vec::new(), Vec::new());
    loop {
        let word = words.next();
        match word.as_deref() {
            None if !nested => break,
            Some(")") if nested => break,
            None => return Err("`(` is not closed".to_owned()),
            Some("|") => pipeline.push(std::mem::take(&mut call)),
            Some("(") => call.push(Term::Nested(calls(words, true)?)),
            Some(word) => call.push(term(word)?),
        }
    }
    pipeline.push(call);
    if pipeline.iter().any(Vec::is_empty) {
        return Err("a call has no words".to_owned());
    }
    Ok(pipeline)
}

fn term(word: &str) -> Result<Term, String> {
    if let Some(text) = word.strip_prefix('"') {
        let text = text.strip_suffix('"').ok_or("a text is not closed")?;
        return Ok(Term::Text(text.replace("\\n", "\n").replace("\\\"", "\"")));
    }
    if word.starts_with(['.', '$']) {
        let (from, path) = word.split_once('.').unwrap_or((word, ""));
        let keys = path.split('.').filter(|it| !it.is_empty()).map(str::to_owned);
        return match from {
            "" | "$" => Ok(Term::Path(from == "$", keys.collect())),
            _ => Err(format!("`{from}` is a variable, of which there are none")),
        };
    }
    Ok(match (word, word.parse()) {
        (_, Ok(number)) => Term::Number(number),
        ("true" | "false", _) => Term::Bool(word == "true"),
        _ => Term::Function(word.to_owned()),
    })
}

/// Words, texts with their quotes, parentheses and bars.
fn words(text: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '(' | ')' | '|' => 1,
            '"' => {
                let mut is_escaped = false;
                let end = rest.char_indices().skip(1).find(|(_, it)| {
                    let ends = *it == '"' && !is_escaped;
                    is_escaped = *it == '\\' && !is_escaped;
                    ends
                });
                end.ok_or_else(|| format!("a text is not closed in `{text}`"))?.0 + 1
            }
            _ => rest.find([' ', '(', ')', '|']).unwrap_or(rest.len()),
        };
        words.push(rest[..length].to_owned());
        rest = rest[length..].trim_start();
    }
    Ok(words)
}
