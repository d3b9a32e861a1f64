//! From texts to lines: sentences are wrapped, commands are not. Nothing here knows reports.

use std::borrow::Cow;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::effect;

/// Breaks one paragraph into lines of at most `width` columns, at spaces and beside wide
/// characters. A word that is wider than that, and a span in `backticks`, stay whole, so that they
/// can be copied.
pub fn wrap(paragraph: &str, width: usize) -> Vec<String> {
    wrap_hanging(paragraph, width, width)
}

/// [`wrap`], where the lines behind the first have another width.
pub(crate) fn wrap_hanging(paragraph: &str, first: usize, others: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for Atom { text, spaces } in atoms(paragraph) {
        let gap = if line.is_empty() { 0 } else { spaces };
        let width = if lines.is_empty() { first } else { others };
        if !line.is_empty() && used + gap + text.width() > width {
            lines.push(std::mem::take(&mut line));
            used = 0;
        } else {
            line.extend(std::iter::repeat_n(' ', gap));
            used += gap;
        }
        line.push_str(text);
        used += text.width();
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// What makes a command of a line, wherever it stands: for GitHub's runner, and for that of Azure.
pub(crate) const MARKS_OF_COMMANDS: [&str; 2] = ["##[", "##vso["];

/// A line that no runner of a pipeline takes for a command, whatever text it holds. GitHub's obeys
/// a line that begins with `::`, behind blanks, and both one that holds a mark.
pub(crate) fn uncommanded(line: &str) -> Cow<'_, str> {
    let mut line = Cow::Borrowed(line);
    for mark in MARKS_OF_COMMANDS {
        if line.contains(mark) {
            line = Cow::Owned(line.replace(mark, &format!("#\\u{{23}}{}", &mark[2..])));
        }
    }
    // Behind colours too: whoever keeps the text may take them away.
    let mut text = line.trim_start();
    while let Some(rest) = text.strip_prefix("\u{1b}[").and_then(|it| it.split_once('m')) {
        text = rest.1.trim_start();
    }
    if text.starts_with("::") {
        let at = line.len() - text.len();
        line = Cow::Owned(format!("{}\\u{{3a}}{}", &line[..at], &line[at + 1..]));
    }
    line
}

/// A piece of a paragraph that is never broken.
struct Atom<'a> {
    text: &'a str,
    /// How many spaces stand before it.
    spaces: usize,
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
        atoms.push(Atom { text: &text[..end], spaces: rest.len() - text.len() });
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
        // A line that began with what has no width would begin with what is not seen.
        let is_one = next.width() == Some(0) || c == JOINER;
        if is_beside_wide && !quoted && !is_one && !opens(c) && !closes(next) {
            return next_at;
        }
    }
    text.len()
}

/// Makes one character of two emoji.
const JOINER: char = '\u{200d}';

/// Punctuation that must not end a line, in ASCII and full width.
fn opens(c: char) -> bool {
    matches!(
        c,
        '(' | '[' | '{' | '"' | '\u{ff08}' | '\u{300a}' | '\u{300c}' | '\u{300e}' | '\u{3010}'
    )
}

/// Punctuation that must not start a line, in ASCII and full width.
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step<'a> {
    /// A sentence.
    Say(&'a str),
    /// A line to type that shows something and changes nothing.
    Look(&'a str),
    /// A line to type that changes something, or may do so.
    Change(&'a str),
}

impl<'a> Step<'a> {
    pub(crate) fn text(self) -> &'a str {
        match self {
            Self::Say(text) | Self::Look(text) | Self::Change(text) => text,
        }
    }

    fn command(line: &'a str, changes: bool) -> Self {
        if changes { Self::Change(line) } else { Self::Look(line) }
    }
}

/// Splits a remedy into sentences and commands. A command is a line that stands in a ``` fence, is
/// indented, or starts with `$ `; or that starts with a lower-case letter and does not end like a
/// sentence. The lines of one fence are one command: all change something where one does.
pub fn steps(remedy: &str) -> Vec<Step<'_>> {
    let mut steps = Vec::new();
    let mut fenced: Option<Vec<&str>> = None;
    for line in remedy.lines() {
        let text = line.trim();
        if text.starts_with("```") {
            match fenced.take() {
                Some(lines) => end_fence(&mut steps, &lines),
                None => fenced = Some(Vec::new()),
            }
        } else if let Some(lines) = &mut fenced {
            lines.push(line.trim_end());
        } else if text.is_empty() {
            // Lines are separate steps anyhow: a blank line adds nothing.
        } else if let Some(command) = text.strip_prefix("$ ") {
            steps.push(Step::command(command, effect::changes(command)));
        } else if line.starts_with("  ") || line.starts_with('\t') || is_command(text) {
            steps.push(Step::command(text, effect::changes(text)));
        } else {
            steps.push(Step::Say(text));
        }
    }
    end_fence(&mut steps, &fenced.unwrap_or_default());
    steps
}

/// A remedy for those who see its words alone: each command that changes something says so.
pub(crate) fn with_changes_marked(remedy: &str) -> Cow<'_, str> {
    let steps = steps(remedy);
    if !steps.iter().any(|it| matches!(it, Step::Change(_))) {
        return Cow::Borrowed(remedy);
    }
    let lines = steps.into_iter().map(|it| match it {
        Step::Say(text) => Cow::Borrowed(text),
        Step::Look(command) => Cow::Owned(format!("  {command}")),
        Step::Change(command) => Cow::Owned(format!("  {CHANGES}: {command}")),
    });
    Cow::Owned(lines.collect::<Vec<_>>().join("\n"))
}

/// What stands before a command that changes something, or may do so.
pub(crate) const CHANGES: &str = "changes the cluster";

fn end_fence<'a>(steps: &mut Vec<Step<'a>>, lines: &[&'a str]) {
    let changes = effect::changes(&lines.join("\n"));
    steps.extend(lines.iter().map(|line| Step::command(line, changes)));
}

fn is_command(line: &str) -> bool {
    // The dot of `kubectl cp pod:/log .` is a folder, not a full stop.
    let ends_like_a_sentence =
        line.ends_with(['.', ':', ';', ',', '!', '?']) && !line.ends_with(" .");
    line.starts_with(|c: char| c.is_ascii_lowercase()) && !ends_like_a_sentence
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

    #[track_caller]
    fn check_uncommanded(line: &str, want: &str) {
        assert_eq!(uncommanded(line), want);
        assert_eq!(uncommanded(want), want, "twice is once");
    }

    #[test]
    fn no_line_commands_the_runner_of_a_pipeline() {
        check_uncommanded("  ::add-mask::a", r"  \u{3a}:add-mask::a");
        check_uncommanded("\u{3000}\t::error::a", "\u{3000}\t\\u{3a}:error::a");
        check_uncommanded("\u{1b}[1m \u{1b}[2m::a", "\u{1b}[1m \u{1b}[2m\\u{3a}:a");
        check_uncommanded("a ##[group]b ##vso[task]", r"a #\u{23}[group]b #\u{23}vso[task]");
        for harmless in ["a ::b", ": :a", "# [a", "fe80::1", ""] {
            check_uncommanded(harmless, harmless);
        }
    }

    #[test]
    fn lines_end_at_spaces() {
        check_wrap("one two  three", 7, &["one two", "three"]);
        check_wrap("one two  three", 20, &["one two  three"]);
    }

    #[test]
    fn the_lines_behind_the_first_may_be_shorter() {
        assert_eq!(wrap_hanging("aaa bbb ccc ddd", 7, 5), ["aaa bbb", "ccc", "ddd"]);
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
    fn what_joins_or_marks_a_character_stays_with_it() {
        check_wrap("修👩\u{200d}🔧好", 2, &["修", "👩\u{200d}🔧", "好"]);
        check_wrap("备\u{301}份", 2, &["备\u{301}", "份"]);
        check_wrap("备\u{200d}evidence", 4, &["备\u{200d}evidence"]);
    }

    #[test]
    fn nothing_gives_no_line() {
        check_wrap("  ", 10, &[]);
    }

    #[test]
    fn a_line_that_starts_with_a_program_is_a_command() {
        check_steps(
            "Raise it:\nkubectl cp pod:/log .\nThen `csdr` is well.\nkubectl knows more.",
            &[
                Step::Say("Raise it:"),
                Step::Change("kubectl cp pod:/log ."),
                Step::Say("Then `csdr` is well."),
                Step::Say("kubectl knows more."),
            ],
        );
    }

    #[test]
    fn a_line_that_is_marked_as_a_command_is_one() {
        check_steps(
            "First:\n  ./a.\n\n$ B=1 b:\n```sh\nif x; then\n  Y.\n```\nLast",
            &[
                Step::Say("First:"),
                Step::Change("./a."),
                Step::Change("B=1 b:"),
                Step::Change("if x; then"),
                Step::Change("  Y."),
                Step::Say("Last"),
            ],
        );
    }

    #[test]
    fn the_lines_of_a_fence_are_one_command() {
        check_steps(
            "```\nkubectl get pods \\\n  -o wide\n```\n  kubectl get nodes",
            &[
                Step::Look("kubectl get pods \\"),
                Step::Look("  -o wide"),
                Step::Look("kubectl get nodes"),
            ],
        );
        check_steps(
            "```\nkubectl get pods\nkubectl delete pod a",
            &[Step::Change("kubectl get pods"), Step::Change("kubectl delete pod a")],
        );
    }
}
