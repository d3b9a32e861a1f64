//! Words to lines: what comes from a dump is made harmless, sentences are wrapped, commands are not.

use std::borrow::Cow;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Makes control and invisible characters visible: `\n`, `\u{1b}`. A dump must not move the reader's cursor, fake a
/// line, or turn a name around.
pub(crate) fn escape(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if is_hidden(c) {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    Cow::Owned(shown)
}

/// Controls (Unicode category Cc), line separators, and characters of no width that reorder or hide text.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Breaks one paragraph into lines of at most `width` columns, at spaces and beside wide characters. A word that is
/// wider than that, and a span in `backticks`, stay whole: they are there to be copied.
pub(crate) fn wrap(paragraph: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for Atom { text, spaced } in atoms(paragraph) {
        let gap = usize::from(spaced && !line.is_empty());
        if !line.is_empty() && used + gap + text.width() > width {
            lines.push(std::mem::take(&mut line));
            used = 0;
        } else if gap == 1 {
            line.push(' ');
            used += 1;
        }
        line.push_str(text);
        used += text.width();
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// What a line is never broken inside of.
struct Atom<'a> {
    text: &'a str,
    /// Whether a space stands before it.
    spaced: bool,
}

fn atoms(paragraph: &str) -> Vec<Atom<'_>> {
    let mut atoms = Vec::new();
    let mut rest = paragraph;
    loop {
        let text = rest.trim_start_matches(' ');
        if text.is_empty() {
            return atoms;
        }
        let end = atom_end(text);
        atoms.push(Atom { text: &text[..end], spaced: text.len() < rest.len() });
        rest = &text[end..];
    }
}

/// Where the atom at the start of a text ends.
fn atom_end(text: &str) -> usize {
    let mut chars = text.char_indices().peekable();
    let mut quoted = false;
    while let Some((at, c)) = chars.next() {
        match c {
            '`' => quoted = !quoted && text[at + 1..].contains('`'),
            ' ' if !quoted => return at,
            _ => {}
        }
        let Some(&(next_at, next)) = chars.peek() else { break };
        let is_beside_wide = c.width() == Some(2) || next.width() == Some(2);
        if is_beside_wide && !quoted && !opens(c) && !closes(next) {
            return next_at;
        }
    }
    text.len()
}

/// Punctuation that ends no line, ASCII and its full-width kin.
fn opens(c: char) -> bool {
    matches!(
        c,
        '(' | '[' | '{' | '"' | '\u{ff08}' | '\u{300a}' | '\u{300c}' | '\u{300e}' | '\u{3010}'
    )
}

/// Punctuation that starts no line, ASCII and its full-width kin.
fn closes(c: char) -> bool {
    c.is_ascii_punctuation() && !opens(c)
        || matches!(
            c,
            '\u{3001}'
                | '\u{3002}'
                | '\u{300b}'
                | '\u{300d}'
                | '\u{300f}'
                | '\u{3011}'
                | '\u{ff01}'
                | '\u{ff09}'
                | '\u{ff0c}'
                | '\u{ff1a}'
                | '\u{ff1b}'
                | '\u{ff1f}'
        )
}

/// A piece of a remedy.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step<'a> {
    /// A sentence.
    Prose(&'a str),
    /// What is to be typed.
    Command(&'a str),
}

/// Splits a remedy into sentences and commands. A command is a line in a ``` fence, a line that is indented or starts
/// with `$ `, or a span in backticks that holds a space: that one leaves its sentence for a line of its own.
pub(crate) fn steps(remedy: &str) -> Vec<Step<'_>> {
    let mut steps = Vec::new();
    let mut fenced = false;
    for line in remedy.lines() {
        let text = line.trim();
        if text.starts_with("```") {
            fenced = !fenced;
        } else if text.is_empty() {
        } else if fenced {
            steps.push(Step::Command(line.trim_end()));
        } else if let Some(command) = text.strip_prefix("$ ") {
            steps.push(Step::Command(command));
        } else if line.starts_with("  ") || line.starts_with('\t') {
            steps.push(Step::Command(text));
        } else {
            sentence(text, &mut steps);
        }
    }
    steps
}

fn sentence<'a>(text: &'a str, steps: &mut Vec<Step<'a>>) {
    let mut rest = text;
    let mut from = 0;
    while let Some(open) = rest[from..].find('`').map(|at| from + at) {
        let Some(close) = rest[open + 1..].find('`').map(|at| open + 1 + at) else { break };
        let span = rest[open + 1..close].trim();
        if !span.contains(' ') {
            from = close + 1;
            continue;
        }
        push_prose(&rest[..open], steps);
        steps.push(Step::Command(span));
        rest = rest[close + 1..].trim_start_matches(['.', ',', ';', ':', ' ']);
        from = 0;
    }
    push_prose(rest, steps);
}

fn push_prose<'a>(text: &'a str, steps: &mut Vec<Step<'a>>) {
    let text = text.trim();
    if !text.is_empty() {
        steps.push(Step::Prose(text));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_wrap(paragraph: &str, width: usize, lines: &[&str]) {
        assert_eq!(wrap(paragraph, width), lines);
    }

    #[track_caller]
    fn check_steps(remedy: &str, expected: &[Step<'_>]) {
        assert_eq!(steps(remedy), expected);
    }

    #[test]
    fn lines_end_at_spaces() {
        check_wrap("one two  three", 7, &["one two", "three"]);
    }

    #[test]
    fn a_line_may_be_full_and_not_more() {
        check_wrap("aaa bbb", 7, &["aaa bbb"]);
        check_wrap("aaa bbb", 6, &["aaa", "bbb"]);
    }

    #[test]
    fn a_long_word_stays_whole() {
        check_wrap(
            "see https://help.example/long for more",
            8,
            &["see", "https://help.example/long", "for more"],
        );
    }

    #[test]
    fn a_span_in_backticks_stays_whole() {
        check_wrap("run `kubectl get pods -A` now", 10, &["run", "`kubectl get pods -A`", "now"]);
    }

    #[test]
    fn a_lone_backtick_binds_nothing() {
        check_wrap("a ` b c d", 4, &["a `", "b c", "d"]);
    }

    #[test]
    fn wide_characters_count_twice_and_break_anywhere() {
        check_wrap("备份失败了 ok", 6, &["备份失", "败了", "ok"]);
    }

    #[test]
    fn wide_punctuation_does_not_start_a_line() {
        check_wrap("备份\u{ff0c}失败。", 4, &["备", "份\u{ff0c}", "失", "败。"]);
    }

    #[test]
    fn nothing_gives_no_line() {
        check_wrap("  ", 10, &[]);
    }

    #[test]
    fn hidden_characters_are_shown() {
        assert_eq!(escape("a\u{1b}[2J\nb\u{202e}c\u{9b}"), "a\\u{1b}[2J\\nb\\u{202e}c\\u{9b}");
    }

    #[test]
    fn visible_characters_stay() {
        assert!(matches!(escape("备份 naïve \\n \"`"), Cow::Borrowed(_)));
    }

    #[test]
    fn a_command_in_a_sentence_gets_its_own_line() {
        check_steps(
            "Raise it: `kubectl set resources x`. Then check `csdr`.",
            &[
                Step::Prose("Raise it:"),
                Step::Command("kubectl set resources x"),
                Step::Prose("Then check `csdr`."),
            ],
        );
    }

    #[test]
    fn lines_that_look_like_commands_are_commands() {
        check_steps(
            "First:\n  kubectl a\n$ kubectl b\n```sh\nif x; then\n  y\n```\nlast",
            &[
                Step::Prose("First:"),
                Step::Command("kubectl a"),
                Step::Command("kubectl b"),
                Step::Command("if x; then"),
                Step::Command("  y"),
                Step::Prose("last"),
            ],
        );
    }
}
