//! Quoting for commands that people type.

use std::borrow::Cow;

use crate::text::is_hidden;

/// A text as one word of a shell command.
///
/// Names come from dumps, which anybody may have written, and people type the commands: so a text
/// that is not a plain name is quoted, and hidden characters ([`is_hidden`]) become `?`. Quotes do
/// not stop a word that begins with `-` from being an option, so its first character becomes `?`
/// too.
pub fn shell_word(text: &str) -> Cow<'_, str> {
    // In the middle of a word `=` and `~` mean nothing; at its beginning zsh and others expand
    // both, so the one is quoted there and the other everywhere.
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+=,".contains(c);
    if !text.is_empty() && !text.starts_with(['-', '=']) && text.chars().all(plain) {
        return Cow::Borrowed(text);
    }
    let mut word = String::from("'");
    for (i, c) in text.chars().enumerate() {
        match c {
            '\'' => word.push_str("'\\''"),
            '-' if i == 0 => word.push('?'),
            c if is_hidden(c) => word.push('?'),
            c => word.push(c),
        }
    }
    word.push('\'');
    Cow::Owned(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, want: &str) {
        assert_eq!(shell_word(text), want);
    }

    #[test]
    fn a_name_stays_as_it_is() {
        check("csdr-velero-5d8f9c7b6-abcde", "csdr-velero-5d8f9c7b6-abcde");
        check("memory=4Gi", "memory=4Gi");
    }

    #[test]
    fn what_a_shell_would_read_is_quoted() {
        check("a; rm -rf ~", "'a; rm -rf ~'");
        check("it's", r"'it'\''s'");
        check("$(id)", "'$(id)'");
        check("=ls", "'=ls'");
        check("", "''");
        check(" ", "' '");
    }

    #[test]
    fn a_word_is_no_option_and_no_second_line() {
        check("--server=https://evil", "'?-server=https://evil'");
        check("-", "'?'");
        check("a\nb", "'a?b'");
        check("a\u{2028}b\u{202e}c\u{200b}", "'a?b?c?'");
    }
}
