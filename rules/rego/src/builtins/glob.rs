//! `glob.match` as OPA has it, by the patterns of gobwas: `*` takes anything but delimiters, `**`
//! takes them too, wherever it stands.

use anyhow::{Result, anyhow, bail};
use regex::{Regex, RegexBuilder};
use regorus::Value;
use rulebox_text::re2::literal;

/// Bytes that a compiled pattern may take.
const BYTES: usize = 1 << 20;
/// Alternatives in each other.
const DEPTH: usize = 20;

pub(super) fn matches(of: &[Value]) -> Result<Value> {
    let (Value::String(pattern), Value::String(text)) = (&of[0], &of[2]) else {
        return Ok(Value::Undefined);
    };
    let delimiters = match &of[1] {
        Value::Null => Vec::new(),
        Value::Array(items) => {
            let mut found = Vec::new();
            for it in items.iter() {
                let Value::String(it) = it else { return Ok(Value::Undefined) };
                let mut chars = it.chars();
                let (Some(c), None) = (chars.next(), chars.next()) else {
                    bail!("glob.match: a delimiter is one character, and `{it}` is not");
                };
                found.push(c);
            }
            if found.is_empty() { vec!['.'] } else { found }
        }
        _ => return Ok(Value::Undefined),
    };
    let regex = compile(pattern, &delimiters)
        .map_err(|it| anyhow!("glob.match: `{pattern}` is no pattern: {it}"))?;
    Ok(Value::from(regex.is_match(text)))
}

/// Reads a pattern. An error is a sentence.
pub(crate) fn compile(pattern: &str, delimiters: &[char]) -> Result<Regex, String> {
    let mut regex = r"(?s)\A".to_owned();
    translate(pattern, delimiters, &mut regex)?;
    regex.push_str(r"\z");
    let built = RegexBuilder::new(&regex).size_limit(BYTES).nest_limit(50).build();
    built.map_err(|_| "it takes too much memory".to_owned())
}

fn translate(pattern: &str, delimiters: &[char], out: &mut String) -> Result<(), String> {
    let one = if delimiters.is_empty() {
        ".".to_owned()
    } else {
        let mut one = "[^".to_owned();
        for it in delimiters {
            literal(&mut one, *it);
        }
        one + "]"
    };
    let mut chars = pattern.chars().peekable();
    let mut depth = 0_usize;
    while let Some(c) = chars.next() {
        match c {
            '*' if chars.next_if_eq(&'*').is_some() => out.push_str(".*"),
            '*' => {
                out.push_str(&one);
                out.push('*');
            }
            '?' => out.push_str(&one),
            '{' => {
                depth += 1;
                if depth > DEPTH {
                    return Err(format!("more than {DEPTH} braces are open"));
                }
                out.push_str("(?:");
            }
            ',' if depth > 0 => out.push('|'),
            '}' if depth > 0 => {
                depth -= 1;
                out.push(')');
            }
            '[' => class(&mut chars, out)?,
            '\\' => {
                if let Some(c) = chars.next() {
                    literal(out, c);
                }
            }
            c => literal(out, c),
        }
    }
    if depth > 0 {
        return Err("a `{` is not closed".to_owned());
    }
    Ok(())
}

/// `[abc]`, `[a-z]`, `[!abc]`: one range, or some characters.
fn class(
    chars: &mut std::iter::Peekable<std::str::Chars<'_>>,
    out: &mut String,
) -> Result<(), String> {
    let not_closed = || "a `[` is not closed".to_owned();
    out.push('[');
    if chars.next_if_eq(&'!').is_some() {
        out.push('^');
    }
    let mut ahead = chars.clone();
    if let (Some(low), Some('-')) = (ahead.next(), ahead.next()) {
        let high = ahead.next().ok_or_else(not_closed)?;
        match ahead.next() {
            Some(']') => {}
            Some(_) => return Err("a class is one range, `[a-z]`, or characters".to_owned()),
            None => return Err(not_closed()),
        }
        if high < low {
            return Err(format!("the range {low}-{high} is empty"));
        }
        literal(out, low);
        out.push('-');
        literal(out, high);
        out.push(']');
        *chars = ahead;
        return Ok(());
    }
    let mut any = false;
    loop {
        let c = match chars.next().ok_or_else(not_closed)? {
            ']' if any => break,
            ']' => return Err("a class is empty".to_owned()),
            '\\' => chars.next().ok_or_else(not_closed)?,
            c => c,
        };
        literal(out, c);
        any = true;
    }
    out.push(']');
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, delimiters: &str, text: &str, want: bool) {
        let delimiters: Vec<_> = delimiters.chars().collect();
        let regex = compile(pattern, &delimiters).unwrap_or_else(|it| panic!("{pattern}: {it}"));
        assert_eq!(regex.is_match(text), want, "{pattern} {text} {regex}");
    }

    #[test]
    fn two_stars_cross_delimiters_wherever_they_stand() {
        check("docker.io/lib**", "/", "docker.io/library/nginx", true);
        check("a**", "/", "a/b", true);
        check("x**y", "/", "x/a/y", true);
        check("**:latest", "/", "a/b:latest", true);
        check("*/team-**", "/", "x/team-a/b", true);
        check("*/team-**", "/", "x/y/team-a/b", false);
        check("{a,b**}", "/", "b/c", true);
        check("{a,b*}", "/", "b/c", false);
        check("**example.com", ".", "a.b.example.com", true);
        check("*example.com", ".", "a.b.example.com", false);
        check("**-prod-**", ".", "x-prod-y.z", true);
    }

    #[test]
    fn one_sign_stands_for_one_character() {
        check("a?c", ".", "abc", true);
        check("a?c", ".", "a.c", false);
        check("a*c", "", "a.c", true);
        check("a[bd]c", "", "abc", true);
        check("a[!bd]c", "", "abc", false);
        check("a[!a-c]", "", "ad", true);
        check(r"a\*", "", "a*", true);
        check(r"a\*", "", "ab", false);
        check("a,b}", "", "a,b}", true);
        check("{a,{b,c}}d", "", "cd", true);
        check("*", "/", "a\nb", true);
    }

    #[test]
    fn what_is_no_pattern() {
        for it in ["[", "[a", "{a", "[]", "[a-z0-9]", "[z-a]", "[a-"] {
            assert!(compile(it, &[]).is_err(), "{it}");
        }
    }
}
