//! Functions over regular expressions, as OPA has them: by RE2, and in place of those of the
//! interpreter, by which a pattern that it cannot read is undefined, and so false.

use anyhow::{Result, anyhow};
use regex::Regex;
use regorus::Value;
use rulebox_text::re2;

/// The functions that take a pattern, and which argument it is.
pub(crate) const TAKE: [(&str, usize); 7] = [
    ("re_match", 0),
    ("regex.find_all_string_submatch_n", 0),
    ("regex.find_n", 0),
    ("regex.match", 0),
    ("regex.replace", 1),
    ("regex.split", 0),
    ("regex.template_match", 0),
];

fn compile(function: &str, pattern: &str) -> Result<Regex> {
    re2::compile(pattern).map_err(|it| anyhow!("{function}: `{pattern}` is no pattern: {it}"))
}

/// A text among the arguments. As in OPA, without it the answer is undefined.
fn text(value: &Value) -> Option<&str> {
    match value {
        Value::String(it) => Some(it),
        _ => None,
    }
}

/// How many at most; below 0 all.
fn number(value: &Value) -> Option<usize> {
    let number = value.as_i64().ok()?;
    Some(usize::try_from(number).unwrap_or(usize::MAX))
}

pub(super) fn re_match(of: &[Value]) -> Result<Value> {
    is_match("re_match", of)
}

pub(super) fn matches(of: &[Value]) -> Result<Value> {
    is_match("regex.match", of)
}

fn is_match(function: &str, of: &[Value]) -> Result<Value> {
    let (Some(pattern), Some(value)) = (text(&of[0]), text(&of[1])) else {
        return Ok(Value::Undefined);
    };
    Ok(Value::from(compile(function, pattern)?.is_match(value)))
}

#[expect(clippy::unnecessary_wraps, reason = "it is one of the functions of `ADDED`")]
pub(super) fn is_valid(of: &[Value]) -> Result<Value> {
    Ok(Value::from(text(&of[0]).is_some_and(|it| re2::compile(it).is_ok())))
}

pub(super) fn find_n(of: &[Value]) -> Result<Value> {
    let (Some(pattern), Some(value), Some(most)) = (text(&of[0]), text(&of[1]), number(&of[2]))
    else {
        return Ok(Value::Undefined);
    };
    let regex = compile("regex.find_n", pattern)?;
    let found = regex.find_iter(value).take(most).map(|it| Value::from(it.as_str()));
    Ok(Value::from(found.collect::<Vec<_>>()))
}

pub(super) fn find_all(of: &[Value]) -> Result<Value> {
    let (Some(pattern), Some(value), Some(most)) = (text(&of[0]), text(&of[1]), number(&of[2]))
    else {
        return Ok(Value::Undefined);
    };
    let regex = compile("regex.find_all_string_submatch_n", pattern)?;
    let found = regex.captures_iter(value).take(most).map(|it| {
        let groups = it.iter().map(|it| Value::from(it.map_or("", |it| it.as_str())));
        Value::from(groups.collect::<Vec<_>>())
    });
    Ok(Value::from(found.collect::<Vec<_>>()))
}

pub(super) fn replace(of: &[Value]) -> Result<Value> {
    let (Some(value), Some(pattern), Some(by)) = (text(&of[0]), text(&of[1]), text(&of[2])) else {
        return Ok(Value::Undefined);
    };
    Ok(Value::from(&*compile("regex.replace", pattern)?.replace_all(value, by)))
}

/// As Go parts a text: nothing stands before an empty match at its beginning.
pub(super) fn split(of: &[Value]) -> Result<Value> {
    let (Some(pattern), Some(value)) = (text(&of[0]), text(&of[1])) else {
        return Ok(Value::Undefined);
    };
    let regex = compile("regex.split", pattern)?;
    if !pattern.is_empty() && value.is_empty() {
        return Ok(Value::from(vec![Value::from("")]));
    }
    let (mut parts, mut begin, mut end) = (Vec::new(), 0, 0);
    for found in regex.find_iter(value) {
        end = found.start();
        if found.end() != 0 {
            parts.push(Value::from(&value[begin..end]));
        }
        begin = found.end();
    }
    if end != value.len() {
        parts.push(Value::from(&value[begin..]));
    }
    Ok(Value::from(parts))
}

/// A text between whose delimiters patterns stand.
pub(super) fn template_match(of: &[Value]) -> Result<Value> {
    let name = "regex.template_match";
    let texts: Option<Vec<_>> = of.iter().map(text).collect();
    let Some([template, value, open, close]) = texts.as_deref() else {
        return Ok(Value::Undefined);
    };
    if open.chars().count() != 1 || close.chars().count() != 1 {
        return Err(anyhow!("{name} takes delimiters of one character"));
    }
    let (mut regex, mut rest) = (r"\A".to_owned(), *template);
    while let Some((before, behind)) = rest.split_once(*open) {
        let mut depth = 1_usize;
        let end = behind.char_indices().find(|(_, c)| {
            if close.starts_with(*c) {
                depth -= 1;
            } else if open.starts_with(*c) {
                depth += 1;
            }
            depth == 0
        });
        let Some((end, _)) = end else {
            return Err(anyhow!("{name}: a delimiter of the template `{template}` is not closed"));
        };
        before.chars().for_each(|it| re2::literal(&mut regex, it));
        regex.push_str("(?:");
        regex.push_str(&behind[..end]);
        regex.push(')');
        rest = &behind[end + close.len()..];
    }
    rest.chars().for_each(|it| re2::literal(&mut regex, it));
    regex.push_str(r"\z");
    Ok(Value::from(compile(name, &regex)?.is_match(value)))
}
