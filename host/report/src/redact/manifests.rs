//! The values of Secrets in manifests that a text quotes: in JSON, also in JSON in a string, in
//! YAML, and as Go prints them.

use std::{ops::Range, sync::LazyLock};

use regex::Regex;

use super::{forms::MARK, looks::is_placeholder};

/// Where the values of Secrets stand in a text.
pub(super) fn of_secrets(text: &str) -> Vec<Range<usize>> {
    static KIND: LazyLock<Regex> = LazyLock::new(|| {
        let pattern = concat!(
            r#"(?-u:\b)[Kk]ind\\{0,16}["']?[ \t]{0,4}:[ \t]{0,4}\\{0,16}["']?"#,
            r#"Secret(?:[\s"'\\,}\]]|$)|(?-u:\b)v1\.Secret\{"#,
        );
        Regex::new(pattern).expect("the pattern is sound")
    });
    static BLOCK: LazyLock<Regex> = LazyLock::new(|| {
        let pattern = concat!(
            r"(?-u:\b)(?:data|stringData)",
            r#"(?:(?<json>(?<quote>\\{0,16}["'])[ \t]{0,4}:(?:\s|\\{1,16}[nrt]){0,40}\{)"#,
            r"|(?<map>:map\[))",
            r"|(?m:^)(?<indent>[ \t]*)(?:data|stringData):[ \t]*\r?(?m:$)",
            r"|(?-u:\b)(?:Data|StringData):[ \t]?(?:(?<typed>map\[string\](?:string",
            r"|\[\](?:byte|uint8))\{)|(?<printed>map\[))",
        );
        Regex::new(pattern).expect("the pattern is sound")
    });
    let is_typed = text.contains("map[string][]byte{") || text.contains("map[string][]uint8{");
    if !(is_typed || text.contains("Secret") && KIND.is_match(text)) {
        return Vec::new();
    }
    let mut ranges = Vec::new();
    let mut from = 0;
    while let Some(block) = BLOCK.captures_at(text, from) {
        let end = block.get_match().end();
        from = if block.name("json").is_some() {
            json(text, end, &block["quote"], &mut ranges)
        } else if block.name("map").is_some() || block.name("printed").is_some() {
            printed(text, end, &mut ranges)
        } else if block.name("typed").is_some() {
            typed(text, end, &mut ranges)
        } else {
            lines_below(text, end, block["indent"].len(), &mut ranges);
            end
        };
    }
    ranges.retain(|it| {
        let value = &text[it.clone()];
        value != MARK && !is_placeholder(value)
    });
    ranges
}

/// The values of an object of JSON that begins at `at`; returns where it ends. `quote` is one as it
/// stands there, with the backslashes that each text around it has put before it.
fn json(text: &str, mut at: usize, quote: &str, ranges: &mut Vec<Range<usize>>) -> usize {
    let mut is_value = false;
    loop {
        let rest = &text[at..];
        if rest.starts_with(quote) {
            let begin = at + quote.len();
            let end = end_of(text, begin, quote);
            if is_value && begin < end {
                ranges.push(begin..end);
            }
            at = (end + quote.len()).min(text.len());
            is_value = false;
            continue;
        }
        match rest.chars().next() {
            None | Some('}') => return at,
            Some(':') => is_value = true,
            Some(',') => is_value = false,
            _ => {}
        }
        let is_plain = |it: char| it.is_ascii_alphanumeric() || "+-._/=".contains(it);
        let plain = rest.find(|it| !is_plain(it)).unwrap_or(rest.len());
        if is_value && plain > 0 {
            ranges.push(at..at + plain);
        }
        // An escape, as `\n` between lines, is no value.
        let step = match rest.strip_prefix('\\') {
            Some(behind) => {
                let bare = behind.trim_start_matches('\\');
                1 + behind.len() - bare.len() + bare.chars().next().map_or(0, char::len_utf8)
            }
            None => plain.max(rest.chars().next().map_or(1, char::len_utf8)),
        };
        at += step;
    }
}

/// Where a string ends that begins at `begin`: at the next quote that no further backslash takes
/// its meaning from.
fn end_of(text: &str, begin: usize, quote: &str) -> usize {
    let depth = quote.len() - 1;
    let mark = quote.as_bytes()[depth];
    let mut backslashes = 0_usize;
    for (at, it) in text.bytes().enumerate().skip(begin) {
        if it == b'\\' {
            backslashes += 1;
            continue;
        }
        let rest = backslashes.checked_sub(depth);
        if it == mark && rest.is_some_and(|it| it.is_multiple_of(2 * (depth + 1))) {
            return at - depth;
        }
        backslashes = 0;
    }
    text.len()
}

/// The values of a map as Go prints it: `a:x b:y]`.
fn printed(text: &str, begin: usize, ranges: &mut Vec<Range<usize>>) -> usize {
    // Bytes are printed as numbers in brackets.
    let mut depth = 0_usize;
    let mut end = text.len();
    for (at, it) in text.bytes().enumerate().skip(begin) {
        match it {
            b'[' => depth += 1,
            b']' if depth == 0 => {
                end = at;
                break;
            }
            b']' => depth -= 1,
            _ => {}
        }
    }
    let mut at = begin;
    for word in text[begin..end].split(' ') {
        // A value may have blanks.
        let key = match word.split_once(':') {
            Some((key, _)) if !key.contains('[') => key.len() + 1,
            _ => 0,
        };
        if key < word.len() {
            ranges.push(at + key..at + word.len());
        }
        at += word.len() + 1;
    }
    end
}

/// The values of a map as Go writes it: `"a":[]byte("x"), "b":[]uint8{0x1, 0x2}}`.
fn typed(text: &str, begin: usize, ranges: &mut Vec<Range<usize>>) -> usize {
    static VALUE: LazyLock<Regex> = LazyLock::new(|| {
        let pattern = concat!(
            r#"^[,\s]*\\{0,4}"(?:[^"\\]|\\[^"])*\\{0,4}":[ ]?"#,
            r#"(?:\[\]byte\(\\{0,4}"(?<text>(?:[^"\\]|\\[^")])*)"#,
            r#"\\{0,4}"?\)?|\\{0,4}"(?<plain>(?:[^"\\]|\\[^",}])*)\\{0,4}"?"#,
            r"|\[\](?:byte|uint8)\{(?<bytes>[^}]*)\}?)",
        );
        Regex::new(pattern).expect("the pattern is sound")
    });
    let mut at = begin;
    while let Some(found) = VALUE.captures(&text[at..]) {
        let value = ["text", "plain", "bytes"].iter().find_map(|it| found.name(it));
        if let Some(value) = value.filter(|it| !it.is_empty()) {
            ranges.push(at + value.start()..at + value.end());
        }
        at += found.get_match().end();
    }
    at
}

/// The values of the lines that stand deeper than a key.
fn lines_below(text: &str, key_end: usize, indent: usize, ranges: &mut Vec<Range<usize>>) {
    let mut at = key_end;
    for line in text[key_end..].split_inclusive('\n') {
        let begin = at;
        at += line.len();
        let words = line.trim();
        if words.is_empty() {
            continue;
        }
        let depth = line.len() - line.trim_start().len();
        if depth <= indent {
            break;
        }
        let first = begin + depth;
        let value = match words.split_once(':') {
            Some((key, value)) if !key.contains(' ') => {
                let value_begin = first + key.len() + 1;
                value_begin + (value.len() - value.trim_start().len())..first + words.len()
            }
            // The text of a block.
            _ => first..first + words.len(),
        };
        let is_begin = ["|", "|-", "|+", ">", ">-", ">+"].contains(&&text[value.clone()]);
        if !value.is_empty() && !is_begin {
            ranges.push(value);
        }
    }
}
