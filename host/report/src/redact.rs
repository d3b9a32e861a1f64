//! Takes secrets out of free text: messages, annotations, command lines. What diagnoses stand on
//! stays: codes, ids of requests, names of objects, sentences. Time is linear in the text.
//!
//! A secret is known by its own form (an access key id, a token), or by what stands before it.
//! Where only a colon does, as in `token: x`, it may also be a sentence, so the value must look
//! like one that a program has made.

use std::{borrow::Cow, ops::Range, sync::LazyLock};

use regex::{Captures, Regex, RegexSet};

/// What stands in the place of a secret.
const MARK: &str = "REDACTED";

/// How often a text is looked through at most: mostly the second time finds nothing. The bound
/// keeps the time linear in texts that are made to nest one form in another.
const ROUNDS: usize = 32;

/// The text without its secrets, and how many were taken out. `REDACTED` stands for each. A text
/// that was redacted stays as it is.
pub fn redact(text: &str) -> (Cow<'_, str>, usize) {
    static SET: LazyLock<RegexSet> = LazyLock::new(|| {
        RegexSet::new(RULES.iter().map(|it| it.pattern)).expect("the patterns are sound")
    });
    static REGEXES: LazyLock<Vec<Regex>> = LazyLock::new(|| {
        RULES.iter().map(|it| Regex::new(it.pattern).expect("the patterns are sound")).collect()
    });
    let mut text = Cow::Borrowed(text);
    let mut count = 0;
    // What stands around a secret may look like another one once the mark stands there.
    for _ in 0..ROUNDS {
        let before = count;
        for nth in SET.matches(&text) {
            let ranges: Vec<_> = secrets(&RULES[nth], &REGEXES[nth], &text).collect();
            if !ranges.is_empty() {
                count += ranges.len();
                text = Cow::Owned(without(&text, &ranges));
            }
        }
        if count == before {
            break;
        }
    }
    (text, count)
}

/// Where the secrets of one form stand.
fn secrets<'t>(
    rule: &'t Rule,
    regex: &'t Regex,
    text: &'t str,
) -> impl Iterator<Item = Range<usize>> {
    regex.captures_iter(text).filter_map(|found| {
        let secret = ["secret", "single", "plain"].iter().find_map(|it| found.name(it))?;
        let place = Place {
            before: &text[..found.get_match().start()],
            value: secret.as_str(),
            behind: &text[secret.end()..],
        };
        let is_secret = place.value != MARK && (rule.is_secret)(&found, &place);
        is_secret.then(|| secret.range())
    })
}

fn without(text: &str, ranges: &[Range<usize>]) -> String {
    let mut redacted = String::with_capacity(text.len());
    let mut end = 0;
    for range in ranges {
        redacted.push_str(&text[end..range.start]);
        redacted.push_str(MARK);
        end = range.end;
    }
    redacted.push_str(&text[end..]);
    redacted
}

/// One form of secrets.
struct Rule {
    /// The group `secret` is what goes. No search may look far ahead and then match little: that
    /// would take quadratic time.
    pattern: &'static str,
    /// Whether it is one.
    is_secret: fn(&Captures<'_>, &Place<'_>) -> bool,
}

/// What may be a secret, and where it stands.
struct Place<'t> {
    /// The text before all that the pattern matches.
    before: &'t str,
    value: &'t str,
    /// The text behind the value.
    behind: &'t str,
}

const RULES: [Rule; 10] = [
    // Private keys, also one that is cut off.
    Rule {
        pattern: concat!(
            r"(?s)(?<secret>-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY.*?",
            r"(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|\z))",
        ),
        is_secret: |_, _| true,
    },
    // Passwords in addresses: `https://user:password@host`.
    Rule {
        pattern: concat!(
            r#"[A-Za-z][A-Za-z0-9+.-]{0,30}://[^\s/:@?\#"'<>]{0,200}:"#,
            r#"(?<secret>[^\s/"'<>]+)@"#,
        ),
        is_secret: |_, _| true,
    },
    // Headers: `Authorization: Bearer x`, also as Go prints them, in brackets.
    Rule {
        pattern: concat!(
            r#"(?i)(?-u:\b)authorization\\{0,4}["']?[ \t]{0,4}[:=][ \t]{0,4}\[?\\{0,4}["']?"#,
            r#"(?:(?<scheme>[a-z][a-z0-9-]{1,30})[ \t]{1,4})?(?<secret>[^\s"'\\,;\]]+)"#,
        ),
        is_secret: |found, place| {
            let scheme = found.name("scheme").map_or("", |it| it.as_str()).to_lowercase();
            let is_known = ["bearer", "basic", "token", "negotiate"].contains(&&*scheme);
            (is_known && !is_sentence(place)) || looks_made(place.value)
        },
    },
    // The same in a sentence, where `basic authentication` is none.
    Rule {
        pattern: concat!(
            r"(?i)(?-u:\b)(?:bearer|basic)[ \t]{1,4}",
            r"(?<secret>[A-Za-z0-9+/=._~-]{8,})",
        ),
        is_secret: |_, place| looks_made(place.value),
    },
    // Parameters of signed addresses, and headers of their names. Dates and expiries stay: they say
    // why an address is refused.
    Rule {
        pattern: concat!(
            r"(?i)(?:(?-u:\b)|\\u0026)",
            r"(?:x-(?:amz|oss|goog)-(?:credential|signature|security-token)",
            r"|ossaccesskeyid|awsaccesskeyid|security-?token|signature|sig)",
            r#"\\{0,4}["']?[ \t]{0,4}[=:][ \t]{0,4}\[?\\{0,4}["']?"#,
            r"(?<secret>[A-Za-z0-9%+/=_.~-]{8,})",
        ),
        is_secret: |_, place| looks_made(place.value),
    },
    // Flags: `--password x`.
    Rule {
        pattern: concat!(
            r"(?i)--[a-z-]{0,30}(?:password|passwd|token|secret|secret-key|api-key)[ \t]{1,4}",
            r#"["']?(?<secret>[^\s"'\\,;$<{(-][^\s"'\\,;]*)"#,
        ),
        is_secret: |_, place| !is_sentence(place),
    },
    // Assignments: `password: x`, `TOKEN=x`, `"clientSecret": "x"`, also in JSON in a string.
    Rule {
        pattern: concat!(
            r"(?i)(?<key>passw(?:or)?d|(?-u:\b)pwd|passphrase|secret|token|(?-u:\b)sk",
            r"|(?:secret[_-]?access|secret|api|private|account|encryption)[_-]?key)",
            r#"(?<quote>\\{0,4}["'])?[ \t]{0,4}(?<sign>[:=])[ \t]{0,4}"#,
            r#"(?:\\{0,4}"(?<secret>(?:[^"\\]|\\[^"])+)|\\{0,4}'(?<single>(?:[^'\\]|\\[^'])+)"#,
            r#"|(?<plain>[^\s"'\\,;&<>(){}\[\]]+))"#,
        ),
        is_secret: is_assigned,
    },
    // Ids of access keys, and what is written behind one.
    Rule {
        pattern: concat!(
            r"(?-u:\b)(?<secret>(?:LTAI[A-Za-z0-9]{12,28}|(?:AKIA|ASIA)[A-Z0-9]{16}",
            r"|STS\.[A-Za-z0-9]{16,40})(?:[:/][A-Za-z0-9+/]{20,}={0,2})?)",
        ),
        is_secret: |_, _| true,
    },
    // JSON Web Tokens.
    Rule {
        pattern: concat!(
            r"(?-u:\b)(?<secret>eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}",
            r"(?:\.[A-Za-z0-9_-]*){0,3})",
        ),
        is_secret: |_, _| true,
    },
    // Tokens that say what they are: of GitHub, GitLab, Slack.
    Rule {
        pattern: concat!(
            r"(?-u:\b)(?<secret>(?:gh[pousr]_|github_pat_|glpat-|xox[abprs]-)",
            r"[A-Za-z0-9_-]{16,})",
        ),
        is_secret: |_, _| true,
    },
];

/// Whether a secret is assigned. `password: x` is one where no sentence follows; of tokens and
/// secrets with a colon alone the value must look made, for `failed to get token: Unauthorized` is
/// an error.
fn is_assigned(found: &Captures<'_>, place: &Place<'_>) -> bool {
    let Place { before, value, .. } = *place;
    let key = found["key"].to_lowercase();
    let is_of_key = |it: char| it.is_ascii_alphanumeric() || "_.-".contains(it);
    let before_key = before.trim_end_matches(is_of_key);
    let is_quoted = found.name("plain").is_none();
    // Messages quote names: `"own-secret": Failed to list`, or `"…/token": EOF`.
    let is_member = found.name("quote").is_some() && before_key.ends_with(['"', '\'']);
    let is_certain = (is_member && is_quoted) || &found["sign"] == "=";
    if is_placeholder(value) || (key == "pwd" && value.starts_with('/')) {
        return false;
    }
    if key.starts_with("pass") || key == "pwd" {
        return is_certain || is_quoted || !is_sentence(place);
    }
    if key == "secret" && before_key.len() == before.len() && is_name(value) {
        return false;
    }
    let is_number = value.len() < 6 && value.bytes().all(|it| it.is_ascii_digit());
    if is_certain { !is_number } else { looks_made(value) && !is_name(value) }
}

/// What stands where a secret would: a word of the language, a variable, a place to fill in,
/// asterisks.
fn is_placeholder(value: &str) -> bool {
    const WORDS: [&str; 8] = ["null", "none", "nil", "true", "false", "yes", "no", "undefined"];
    let is_variable = |it: &str| {
        it.starts_with(['(', '{'])
            || it.bytes().all(|it| it.is_ascii_uppercase() || it.is_ascii_digit() || it == b'_')
    };
    WORDS.contains(&&*value.to_lowercase())
        || value.strip_prefix('$').is_some_and(is_variable)
        || value.starts_with("{{")
        || (value.starts_with('%') && value.len() <= 2)
        || (value.starts_with('<') && value.ends_with('>'))
        || value.chars().all(|it| "*.-".contains(it))
        || (value.len() > 2 && value.chars().all(|it| "xX".contains(it)))
}

/// Whether a text goes on as a sentence: this is a plain word, and another follows.
fn is_sentence(place: &Place<'_>) -> bool {
    let mut letters = place.value.trim_end_matches(['.', ':']).chars().skip(1);
    let next = place.behind.strip_prefix(' ');
    let follows = next.is_some_and(|it| it.starts_with(char::is_alphabetic));
    follows && letters.all(char::is_lowercase)
}

/// Whether this may be the name of an object, perhaps behind its namespace: words of lower-case
/// letters and digits. A uid has no word, nor has the token of a node that joins.
fn is_name(value: &str) -> bool {
    let legal = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || b"-./".contains(&it);
    let is_word = |it: &str| {
        it.len() > 2
            && it.bytes().all(|it| it.is_ascii_lowercase())
            && it.bytes().any(|it| !it.is_ascii_hexdigit())
    };
    let is_joining = value.len() == 23 && value.as_bytes()[6] == b'.';
    value.bytes().all(legal) && value.split(['-', '.', '/']).any(is_word) && !is_joining
}

/// Whether a program has made this, and nobody has written it: letters and digits together, or many
/// capitals in no order. Codes of errors are words with capitals.
fn looks_made(value: &str) -> bool {
    let count = |is: fn(&u8) -> bool| value.as_bytes().iter().filter(|it| is(it)).count();
    let (digits, letters) = (count(u8::is_ascii_digit), count(u8::is_ascii_alphabetic));
    let capitals = count(u8::is_ascii_uppercase);
    let is_mixed = digits > 0 && letters > 0;
    let is_dense = capitals * 3 > letters && capitals < letters;
    value.len() >= 8 && (is_mixed || is_dense || value.ends_with('='))
}
