//! Two texts line by line: what one has and the other has not.

use std::fmt::Write as _;

use similar::{Algorithm, capture_diff_slices};

/// Texts of more lines are not compared line by line: what that takes grows with both.
const MOST_LINES: usize = 2000;

/// How many lines stay around a difference.
const AROUND: usize = 2;

/// The lines of both texts: `-` in the old one alone, `+` in the new one alone. Of what is the
/// same, only what stands beside a difference.
pub(crate) fn diff(old: &str, new: &str) -> String {
    let (old, new): (Vec<_>, Vec<_>) = (old.lines().collect(), new.lines().collect());
    let lines = compared(&old, &new);
    let differs = |nth: usize| lines.get(nth).is_some_and(|it| it.0 != ' ');
    let mut text = String::new();
    let mut left_out = false;
    for (nth, (mark, line)) in lines.iter().enumerate() {
        let beside = nth.saturating_sub(AROUND)..=nth + AROUND;
        if !beside.into_iter().any(differs) {
            left_out = true;
            continue;
        }
        if std::mem::take(&mut left_out) {
            text += "  …\n";
        }
        let _ = writeln!(text, "{mark} {line}");
    }
    if left_out {
        text += "  …\n";
    }
    text
}

fn compared<'t>(old: &[&'t str], new: &[&'t str]) -> Vec<(char, &'t str)> {
    if old.len().max(new.len()) > MOST_LINES {
        let removed = old.iter().map(|it| ('-', *it));
        return removed.chain(new.iter().map(|it| ('+', *it))).collect();
    }
    let changes = capture_diff_slices(Algorithm::Lcs, old, new);
    let lines = changes.iter().flat_map(|it| it.iter_changes(old, new));
    lines.map(|it| (it.tag().to_string().chars().next().unwrap_or(' '), it.value())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(old: &str, new: &str, want: &str) {
        assert_eq!(diff(old, new), want);
    }

    #[test]
    fn what_differs_is_marked_and_its_neighbours_stay() {
        check("a\nb\nc\nd\ne\n", "a\nb\nc\nD\ne\n", "  …\n  b\n  c\n- d\n+ D\n  e\n");
        check("a\n", "a\nb\n", "  a\n+ b\n");
        check("a\nb\n", "b\n", "- a\n  b\n");
        check("a\nb\nc\nd\n", "A\nb\nc\nd\n", "- a\n+ A\n  b\n  c\n  …\n");
    }

    #[test]
    fn a_long_text_is_told_as_a_whole() {
        let old = "x\n".repeat(MOST_LINES + 1);
        let lines = diff(&old, "x\n").lines().filter(|it| it.starts_with('-')).count();
        assert_eq!(lines, MOST_LINES + 1);
    }
}
