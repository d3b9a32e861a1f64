//! Pieces of secrets: what is left of one where a text was cut, and what goes on behind the part
//! that a form finds.

use std::{ops::Range, sync::LazyLock};

use regex::Regex;

use super::{
    forms::MARK,
    looks::{is_name, is_time, looks_made},
};

/// How rules say that they have left out the middle of a message.
const CUT: &str = " bytes are left out here] ";

/// The lines of private keys whose first line is not there. Those of which all lines are there have
/// a form.
pub(super) fn of_keys(text: &str) -> Vec<Range<usize>> {
    /// A shorter line behind other words is one of these.
    const SHORTEST: usize = 16;
    static LINES: LazyLock<Regex> = LazyLock::new(|| {
        let pattern = concat!(
            // Lines end as they are, as JSON writes it or as a command shows it, or all are one.
            r"(?<secret>(?:[A-Za-z0-9+/]+={0,2}[ \t]*(?:\r?\n|\\{1,4}[nr]|\?)(?:\s|\\{1,4}[nr])*",
            r"|[A-Za-z0-9+/]{40,}={0,2}[ \t]+(?:[A-Za-z0-9+/]{1,39}={0,2}[ \t]+)?)+",
            r"(?:[A-Za-z0-9+/]{16,}={0,2})?|[A-Za-z0-9+/]{16,}={0,2})",
            r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY",
        );
        Regex::new(pattern).expect("the pattern is sound")
    });
    if !text.contains("PRIVATE KEY") {
        return Vec::new();
    }
    let lines = LINES.captures_iter(text).filter_map(|it| it.name("secret"));
    let lines = lines.map(|it| {
        let (begin, lines) = (it.start(), it.as_str());
        // The end of the last line stays, and the last word of a sentence before the first.
        let first = lines.find([' ', '\t', '\r', '\n', '\\']).unwrap_or(lines.len());
        let is_word = first < SHORTEST && text[..begin].ends_with([' ', '\t']);
        let is_cut = text[..begin].ends_with(CUT) || text[..begin].trim_end().ends_with('…');
        let skipped = if is_word && !is_cut { first } else { 0 };
        let rest = lines[skipped..].trim_start();
        let rest = rest.trim_start_matches("\\n").trim_start();
        let begin = begin + lines.len() - rest.len();
        begin..begin + without_line_end(rest).len()
    });
    let lines = lines.filter(|it| !it.is_empty());
    lines.filter(|it| &text[it.clone()] != MARK).collect()
}

fn without_line_end(lines: &str) -> &str {
    let lines = lines.trim_end();
    let bare = lines.trim_end_matches(['n', 'r', '\\']);
    // A line may end in these letters itself.
    if lines[bare.len()..].starts_with('\\') { bare.trim_end() } else { lines }
}

/// The word behind the place where a rule has left out the middle of a message, where a program has
/// made it: it may be the end of a secret whose beginning and name are left out.
pub(super) fn behind_cuts(text: &str) -> Vec<Range<usize>> {
    let behind = text.match_indices(CUT).map(|(at, cut)| at + cut.len());
    let words = behind.map(|begin| {
        let rest = &text[begin..];
        let word = rest.split(|it: char| it.is_whitespace() || "\"'\\<>".contains(it)).next();
        let end = begin + word.map_or(0, str::len);
        begin..end + more_lines(&text[begin..end], &text[end..])
    });
    let is_secret = |it: &Range<usize>| {
        let word = &text[it.clone()];
        looks_made(word) && !is_name(word) && !is_time(word) && !word.contains(MARK)
    };
    words.filter(is_secret).collect()
}

/// The cookies of a header beyond the first, which has a form.
pub(super) fn cookies(text: &str) -> Vec<Range<usize>> {
    static HEADER: LazyLock<Regex> = LazyLock::new(|| {
        let pattern = concat!(
            r#"(?i)(?-u:\b)(?:set-)?cookie\\{0,4}["']?[ \t]{0,4}[:=][ \t]{0,4}\[?\\{0,4}["']?"#,
            r#"(?<all>[^\s"'\\,;\]]+(?:;[ \t]{0,4}[^\s"'\\,;\]]+)+)"#,
        );
        Regex::new(pattern).expect("the pattern is sound")
    });
    /// What a server says of a cookie.
    const ATTRIBUTES: [&str; 5] = ["domain", "expires", "max-age", "path", "samesite"];
    let mut ranges = Vec::new();
    for all in HEADER.captures_iter(text).filter_map(|it| it.name("all")) {
        let mut begin = all.start();
        for (nth, part) in all.as_str().split(';').enumerate() {
            let cookie = part.trim();
            let at = begin + (part.len() - part.trim_start().len());
            begin += part.len() + 1;
            let (name, value) = cookie.split_once('=').unwrap_or(("", cookie));
            let is_attribute = ATTRIBUTES.contains(&&*name.to_lowercase());
            if nth > 0 && !is_attribute && looks_made(value) && cookie != MARK {
                ranges.push(at..at + cookie.len());
            }
        }
    }
    ranges
}

/// How much of a text belongs to a value that is assigned by `=` and goes on behind a character
/// that may end it, as in `password=ab,cd`: up to what is assigned next, and to the end of the
/// word. `behind` is the text behind what the form has found.
pub(super) fn more_of_word(behind: &str) -> usize {
    static NEXT: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"^[A-Za-z0-9_.%-]{1,60}[=:]").expect("the pattern is sound"));
    const ENDS: &[char] = &[',', ';', '&', '(', ')', '{', '}', '[', ']'];
    /// A longer password is none. So that the time stays linear.
    const LONGEST: usize = 256;
    if !behind.starts_with(ENDS) {
        return 0;
    }
    let behind = &behind[..behind.floor_char_boundary(LONGEST)];
    let (mut more, mut at) = (0, 0);
    for part in behind.split(ENDS) {
        if NEXT.is_match(part) {
            break;
        }
        let ends = |it: char| it.is_whitespace() || "\"'\\<>".contains(it);
        let length = part.find(ends).unwrap_or(part.len());
        let value = &part[..length];
        if value.bytes().any(|it| it.is_ascii_alphanumeric()) && !value.contains(MARK) {
            more = at + length;
        }
        if length < part.len() {
            break;
        }
        at += part.len() + 1;
    }
    more
}

/// How much of a text are further lines of a value in base64, which programs wrap. `value` is what
/// a form has found, and `behind` what follows.
pub(super) fn more_lines(value: &str, behind: &str) -> usize {
    /// Programs wrap at 64 or 76 letters, of which the name may take some; a shorter line is not
    /// wrapped.
    const SHORTEST: usize = 48;
    const LONGEST: usize = 128;
    static LINE: LazyLock<Regex> = LazyLock::new(|| {
        let pattern =
            r"^[ \t]*(?:\r?\n|(?:\\{1,4}r)?\\{1,4}n)[ \t]{0,40}(?<line>[A-Za-z0-9+/]{4,}={0,2})";
        Regex::new(pattern).expect("the pattern is sound")
    });
    let in_base64 = |it: u8| it.is_ascii_alphanumeric() || b"+/".contains(&it);
    let mut length = value.len();
    let mut more = 0;
    if !value.bytes().all(in_base64) {
        return 0;
    }
    while length >= SHORTEST {
        let rest = &behind[more..];
        let Some(found) = LINE.captures(rest) else { break };
        let (all, line) = (found.get_match(), found["line"].len());
        let next = rest[all.end()..].chars().next();
        let is_whole = next.is_none_or(|it| "\r\n\\\"'".contains(it));
        if !is_whole || line > LONGEST || &found["line"] == MARK {
            break;
        }
        more += all.end();
        length = if found["line"].ends_with('=') { 0 } else { line };
    }
    more
}
