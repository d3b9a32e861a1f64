//! How text of others is shown: nothing of it moves a cursor, adds a line, colours, turns the
//! direction of reading, or hides.
//!
//! Names and messages in dumps, answers of servers, names of files and all that packs say may hold
//! any character. Sentences of ours that hold such text go through [`escape`] where they enter a
//! report, a note, a log or an error. Names, paths, labels and values of evidence stay exact in a
//! report, because programs compare them; whoever shows them to a person escapes them then.
//! Escaping twice is escaping once.

use std::borrow::Cow;

/// The text as one line: each hidden character becomes visible, as `\n`, `\t`, `\u{202e}`.
///
/// Backslashes stay single, so the result is for reading and not for reading back.
pub fn escape(text: &str) -> Cow<'_, str> {
    escape_but(text, |_| false)
}

/// The text as lines: as [`escape`], but line feeds stay, and a carriage return before one goes.
///
/// For what its author has laid out in lines: a remedy, a documentation. Which of the lines come
/// from a dump cannot be seen any more, so its author must [`escape`] what a line is made of; the
/// SDK does so.
pub fn escape_lines(text: &str) -> Cow<'_, str> {
    if text.contains("\r\n") {
        Cow::Owned(escape_but(&text.replace("\r\n", "\n"), |c| c == '\n').into_owned())
    } else {
        escape_but(text, |c| c == '\n')
    }
}

/// [`escape`] for a text that is owned, which most often stays as it is.
pub fn escaped(text: String) -> String {
    match escape(&text) {
        Cow::Borrowed(_) => text,
        Cow::Owned(shown) => shown,
    }
}

/// [`escape_lines`] for a text that is owned.
pub fn escaped_lines(text: String) -> String {
    match escape_lines(&text) {
        Cow::Borrowed(_) => text,
        Cow::Owned(shown) => shown,
    }
}

fn escape_but(text: &str, stays: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(|c| is_hidden(c) && !stays(c)) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    let mut before = None;
    for c in text.chars() {
        let shapes = is_joiner(c) && before.is_some_and(takes_joiners);
        if is_hidden(c) && !stays(c) && !shapes {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
        before = Some(c);
    }
    Cow::Owned(shown)
}

/// Whether a character acts on a terminal or a reader, or is not seen, wherever it stands.
///
/// These are control characters (Unicode category Cc), separators of lines and paragraphs, format
/// characters (Cf) but for the number signs and prefixes of Arabic, Syriac and Kaithi, which are
/// visible, everything else that is by default ignorable (fillers, joiners, variation selectors,
/// tags), and code points that have no meaning of their own (private use, noncharacters), for which
/// a font may show anything or nothing.
pub fn is_hidden(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_control();
    }
    c.is_control()
        || matches!(
            c,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{115f}'..='\u{1160}'
                | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{e000}'..='\u{f8ff}'
                | '\u{fdd0}'..='\u{fdef}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffb}'
                | '\u{13430}'..='\u{1343f}'
                | '\u{1bca0}'..='\u{1bca3}'
                | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0000}'..='\u{10ffff}'
        )
        || matches!(u32::from(c) & 0xffff, 0xfffe..=0xffff)
}

/// The joiners of Persian, of Indic scripts and of emoji, and what chooses between a letter's
/// shapes.
fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200c}'..='\u{200d}' | '\u{fe00}'..='\u{fe0f}')
}

/// Whether a joiner behind a character may shape it: Latin, Greek and Cyrillic, in which names can
/// be made to look alike, have no use for one.
fn takes_joiners(c: char) -> bool {
    c >= '\u{600}' && !is_hidden(c)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, want: &str) {
        assert_eq!(escape(text), want);
        assert_eq!(escape(want), want, "escaping twice is escaping once");
        assert_eq!(escaped(text.to_owned()), want);
    }

    #[track_caller]
    fn check_stays(text: &str) {
        assert!(matches!(escape(text), Cow::Borrowed(_)), "{}", text.escape_unicode());
    }

    #[test]
    fn controls_are_shown() {
        check("a\nb\r\nc\td\0e\u{7f}f\u{8}", r"a\nb\r\nc\td\u{0}e\u{7f}f\u{8}");
        check("\u{1b}[31mred\u{1b}[0m", r"\u{1b}[31mred\u{1b}[0m");
        check("\u{1b}]8;;http://a\u{7}b", r"\u{1b}]8;;http://a\u{7}b");
        check("\u{9b}2J\u{85}", r"\u{9b}2J\u{85}");
    }

    #[test]
    fn directions_and_separators_are_shown() {
        check("a\u{202e}b\u{202a}\u{2066}\u{2069}", r"a\u{202e}b\u{202a}\u{2066}\u{2069}");
        check("\u{200e}\u{200f}\u{61c}", r"\u{200e}\u{200f}\u{61c}");
        check("a\u{2028}b\u{2029}", r"a\u{2028}b\u{2029}");
    }

    #[test]
    fn what_has_no_width_or_no_meaning_is_shown() {
        check("a\u{200b}b\u{2060}\u{feff}\u{ad}", r"a\u{200b}b\u{2060}\u{feff}\u{ad}");
        check("\u{3164}\u{115f}\u{34f}", r"\u{3164}\u{115f}\u{34f}");
        check("a\u{e0041}\u{e0100}", r"a\u{e0041}\u{e0100}");
        check("\u{e000}\u{f0000}\u{ffff}\u{1fffe}", r"\u{e000}\u{f0000}\u{ffff}\u{1fffe}");
    }

    #[test]
    fn joiners_stay_where_they_shape_and_are_shown_where_they_hide() {
        check("می\u{200c}خواهم", "می\u{200c}خواهم");
        check("👩\u{200d}🔧 ❤\u{fe0f}", "👩\u{200d}🔧 ❤\u{fe0f}");
        check("pay\u{200d}pal\u{200c} a\u{fe0f}", r"pay\u{200d}pal\u{200c} a\u{fe0f}");
        check("م\u{200c}\u{200c}", "م\u{200c}\\u{200c}");
    }

    #[test]
    fn visible_text_stays() {
        check_stays("");
        check_stays("   ");
        check_stays("备份 naïve \\n \"`$(id) <b>*x*</b> %s | ; \u{3000}");
        check_stays("\u{fffd} \u{600}\u{6dd}");
    }

    #[test]
    fn lines_stay_lines_and_nothing_else() {
        #[track_caller]
        fn check(text: &str, want: &str) {
            assert_eq!(escape_lines(text), want);
            assert_eq!(escaped_lines(text.to_owned()), want);
        }
        check("a\r\nb\nc\rd\u{2028}e\u{b}", "a\nb\nc\\rd\\u{2028}e\\u{b}");
        check("a\n  b", "a\n  b");
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            failure_persistence: None,
            ..ProptestConfig::default()
        })]

        #[test]
        fn no_control_is_left(text in "\\PC{0,20}|.{0,20}|[\\x00-\\xa0\u{2000}-\u{2070}]{0,20}") {
            let shown = escape(&text).into_owned();
            let hides = |c: char| is_hidden(c) && !is_joiner(c);
            prop_assert!(!shown.contains(hides), "{shown:?}");
            prop_assert_eq!(escape(&shown), shown.as_str());
        }
    }
}
