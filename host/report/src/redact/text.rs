//! Takes secrets out of one text. Time is linear in the text.

use std::{borrow::Cow, ops::Range, sync::LazyLock};

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use regex::{Captures, Regex};
use rulebox_core::text::is_hidden;

use super::{
    forms::{FORMS, Form, GROUPS, MARK},
    looks::Place,
    manifests::of_secrets,
    own::Own,
    pieces::{behind_cuts, cookies, more_lines, more_of_word, of_keys},
};

/// How often a text is looked through at most: mostly the second time finds nothing. The bound
/// keeps the time linear in texts that are made to nest one form in another.
const ROUNDS: usize = 32;

/// A shorter word may be a part of any other.
const SHORTEST_WORD: usize = 4;

/// The text without its secrets, and how many were taken out. `REDACTED` stands for each. A text
/// that was redacted stays as it is.
///
/// These are the secrets whose forms Rulebox knows; a [`Redaction`](super::Redaction) knows also
/// those of the user.
pub fn redact(text: &str) -> (Cow<'_, str>, usize) {
    let mut count = 0;
    let text = without_secrets(text, &[], &mut |_, _| count += 1);
    (text, count)
}

/// The same with the user's own forms. `told` is given what each secret is, and the secret.
pub(super) fn without_secrets<'t>(
    text: &'t str,
    own: &[Own],
    told: &mut dyn FnMut(&str, &str),
) -> Cow<'t, str> {
    let (mut shown, mut found) = search(text, own);
    // Colours, or characters without width, may stand in a secret. The search in the text as it is
    // finds half of such a one, so it must not come first.
    if let Some(bare_text) = bare(text) {
        let (clean, more) = search(&bare_text, own);
        if more != found {
            let words = std::mem::replace(&mut found, more);
            // Where such characters part words, only the first search has seen these.
            let clean = without_words(&clean, words, &mut found);
            // And what they have parted stands together now.
            let (clean, more) = search(&clean, own);
            shown = Cow::Owned(clean.into_owned());
            found.extend(more);
        }
    }
    // In commands `?` stands for such characters.
    if let Some(text) = joined(&shown) {
        let (clean, more) = search(&text, own);
        if !more.is_empty() {
            shown = Cow::Owned(clean.into_owned());
            found.extend(more);
        }
    }
    for (kind, secret) in &found {
        told(kind, secret);
    }
    shown
}

/// The text without words that another search has found.
fn without_words(text: &str, words: Found, found: &mut Found) -> String {
    let words = words.into_iter().map(|(kind, word)| (kind, bare(&word).unwrap_or(word)));
    let is_known = |it: &(String, String)| it.1.len() >= SHORTEST_WORD && !MARK.contains(&it.1);
    let words: Vec<_> = words.filter(is_known).collect();
    let search = AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostLongest)
        .build(words.iter().map(|it| &it.1));
    let Ok(search) = search else { return text.to_owned() };
    let mut clean = String::with_capacity(text.len());
    search.replace_all_with(text, &mut clean, |it, _, clean| {
        found.push(words[it.pattern()].clone());
        clean.push_str(MARK);
        true
    });
    clean
}

/// What was found in a text: the kind and the secret.
type Found = Vec<(String, String)>;

fn search<'t>(text: &'t str, own: &[Own]) -> (Cow<'t, str>, Found) {
    let mut found = Vec::new();
    let mut text = Cow::Borrowed(text);
    for Own { name, pattern } in own {
        let ranges = pattern.captures_iter(&text).filter_map(|it| {
            let secret = it.name("secret").or_else(|| it.get(0))?;
            (!secret.is_empty() && !MARK.contains(secret.as_str())).then(|| secret.range())
        });
        let ranges: Vec<_> = ranges.collect();
        take(&mut text, &ranges, name, &mut found);
    }
    let values = of_secrets(&text);
    take(&mut text, &values, "secret-data", &mut found);
    let words = behind_cuts(&text);
    take(&mut text, &words, "assigned", &mut found);
    // What stands around a secret may look like another one once the mark stands there.
    for _ in 0..ROUNDS {
        let before = found.len();
        for nth in possible(&text) {
            let form = &FORMS[nth];
            let ranges: Vec<_> = secrets(form, &KNOWN[nth], &text).collect();
            take(&mut text, &ranges, form.kind, &mut found);
        }
        let lines = of_keys(&text);
        take(&mut text, &lines, "private-key", &mut found);
        let pairs = cookies(&text);
        take(&mut text, &pairs, "authorization", &mut found);
        let ranges: Vec<_> = encoded(&text).collect();
        take(&mut text, &ranges, "encoded", &mut found);
        if found.len() == before {
            break;
        }
    }
    (text, found)
}

/// The forms, as they are looked for.
static KNOWN: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let regex = |it: &Form| Regex::new(it.pattern).expect("the patterns are sound");
    FORMS.iter().map(regex).collect()
});

/// The forms of which a text has a sign, by their places. Most texts have few: to look for all
/// forms at once, by their patterns, took a hundred times as long.
fn possible(text: &str) -> impl Iterator<Item = usize> + use<> {
    static SIGNS: LazyLock<(AhoCorasick, Vec<usize>)> = LazyLock::new(|| {
        let signs = FORMS.iter().enumerate();
        let signs = signs.flat_map(|(nth, it)| it.signs.iter().map(move |sign| (*sign, nth)));
        let (signs, forms): (Vec<&str>, Vec<usize>) = signs.unzip();
        let found = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .kind(Some(AhoCorasickKind::DFA))
            .build(signs);
        (found.expect("they are few"), forms)
    });
    let (signs, forms) = &*SIGNS;
    let mut is_possible = vec![false; FORMS.len()];
    for it in signs.find_overlapping_iter(text) {
        is_possible[forms[it.pattern().as_usize()]] = true;
    }
    is_possible.into_iter().enumerate().filter(|it| it.1).map(|it| it.0)
}

/// Where words stand that show a secret when they are decoded, as the values of Secrets do.
fn encoded(text: &str) -> impl Iterator<Item = Range<usize>> {
    /// A shorter word holds no secret and what tells that it is one.
    const SHORTEST: usize = 24;
    let in_word = |it: u8| it.is_ascii_alphanumeric() || b"+/".contains(&it);
    let mut begin = 0;
    let words = text.as_bytes().split(move |it| !in_word(*it)).map(move |word| {
        let at = begin;
        begin += word.len() + 1;
        at..at + word.len()
    });
    words.filter(|it| it.len() >= SHORTEST && shows_secret(&text[it.clone()]))
}

fn shows_secret(word: &str) -> bool {
    let Ok(bytes) = BASE64.decode(word) else { return false };
    let Ok(text) = std::str::from_utf8(&bytes) else { return false };
    possible(text).any(|nth| secrets(&FORMS[nth], &KNOWN[nth], text).next().is_some())
}

/// Also of a text that was cut.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Where the secrets of one form stand.
fn secrets<'t>(
    form: &'t Form,
    regex: &'t Regex,
    text: &'t str,
) -> impl Iterator<Item = Range<usize>> {
    regex.captures_iter(text).filter_map(|found: Captures<'t>| {
        let secret = GROUPS.iter().find_map(|it| found.name(it))?;
        let place = Place {
            before: &text[..found.get_match().start()],
            value: secret.as_str(),
            behind: &text[secret.end()..],
        };
        let is_secret = place.value != MARK && (form.is_secret)(&found, &place);
        is_secret.then(|| {
            // What is assigned may go on where the form has ended.
            let is_word = found.name("plain").is_some()
                && found.name("sign").is_some_and(|it| it.as_str() == "=");
            let mut end = secret.end();
            if is_word {
                end += more_of_word(&text[end..]);
            }
            end += more_lines(&text[secret.start()..end], &text[end..]);
            secret.start()..end
        })
    })
}

/// Puts the mark in the places of secrets.
fn take(text: &mut Cow<'_, str>, ranges: &[Range<usize>], kind: &str, found: &mut Found) {
    if ranges.is_empty() {
        return;
    }
    let mut redacted = String::with_capacity(text.len());
    let mut end = 0;
    for range in ranges {
        // One may go on over the next.
        if range.start < end {
            continue;
        }
        found.push((kind.to_owned(), text[range.clone()].to_owned()));
        redacted.push_str(&text[end..range.start]);
        redacted.push_str(MARK);
        end = range.end;
    }
    redacted.push_str(&text[end..]);
    *text = Cow::Owned(redacted);
}

/// The text without the question marks inside words; none where there is nothing of it.
fn joined(text: &str) -> Option<String> {
    static IN_WORD: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"([A-Za-z0-9_-])\?+([A-Za-z0-9_-])").expect("the pattern is sound")
    });
    match IN_WORD.replace_all(text, "$1$2") {
        Cow::Borrowed(_) => None,
        Cow::Owned(joined) => Some(joined),
    }
}

/// The text without what a reader does not see: hidden characters, colours, and both as they are
/// written when they are made visible. None where there is nothing of it.
fn bare(text: &str) -> Option<String> {
    static ESCAPED: LazyLock<Regex> = LazyLock::new(|| {
        let pattern = r"\\u(?:\{(?<short>[0-9a-fA-F]{1,6})\}|(?<four>[0-9a-fA-F]{4}))";
        Regex::new(pattern).expect("the pattern is sound")
    });
    static COLOURS: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new("\u{1b}\\[[0-9;]{0,40}[A-Za-z]").expect("the pattern is sound")
    });
    let hides = |it: char| is_hidden(it) && !['\n', '\r', '\t'].contains(&it);
    let is_escaped = text.contains("\\u");
    if !is_escaped && !text.contains(hides) {
        return None;
    }
    let text = if is_escaped {
        ESCAPED.replace_all(text, |found: &Captures<'_>| {
            let digits = found.name("short").or_else(|| found.name("four"));
            let code = digits.and_then(|it| u32::from_str_radix(it.as_str(), 16).ok());
            match code.and_then(char::from_u32) {
                Some(it) if hides(it) => it.to_string(),
                _ => found[0].to_owned(),
            }
        })
    } else {
        Cow::Borrowed(text)
    };
    Some(COLOURS.replace_all(&text, "").chars().filter(|it| !hides(*it)).collect())
}
