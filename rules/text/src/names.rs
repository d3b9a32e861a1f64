//! What the names in a pack may look like: as the host has it for all packs.

use rulebox_core::closest;

use crate::{problem::Problems, yaml::Scalar};

/// Bytes of a name, at most.
pub const BYTES: usize = 253;

/// `my-rule`.
pub fn kebab(name: &Scalar, what: &str, problems: &mut Problems) {
    let words = name.text.split('-');
    let word = |it: &str| {
        !it.is_empty() && it.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    let begins = name.text.starts_with(|c: char| c.is_ascii_lowercase());
    if !begins || name.text.len() > BYTES || !words.into_iter().all(word) {
        let message = format!("`{}` cannot be the name of {what}", shortened(&name.text));
        let help = "write small letters and digits, in words parted by `-`: `my-name`";
        problems.add(name.at(), message, help);
    } else if is_word_of_yaml(&name.text) {
        odd(name, what, problems);
    }
}

fn odd(name: &Scalar, what: &str, problems: &mut Problems) {
    let message = format!("`{}` cannot be the name of {what}", name.text);
    let help = "take another word: YAML may read this one as true, false or nothing";
    problems.add(name.at(), message, help);
}

/// `1.2.3`.
pub fn version(version: &Scalar, problems: &mut Problems) {
    if !is_version(&version.text) {
        let message = format!("`{}` is no semantic version", shortened(&version.text));
        problems.add(version.at(), message, "write three numbers: 0.1.0");
    }
}

fn is_version(text: &str) -> bool {
    let (version, build) = text.split_once('+').map_or((text, None), |(a, b)| (a, Some(b)));
    let (core, before) = version.split_once('-').map_or((version, None), |(a, b)| (a, Some(b)));
    let number = |it: &str| {
        let plain = it == "0" || !it.starts_with('0');
        plain && it.parse::<u64>().is_ok() && it.bytes().all(|b| b.is_ascii_digit())
    };
    let word =
        |it: &str| !it.is_empty() && it.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let words = |it: &str| it.split('.').all(word);
    core.split('.').count() == 3
        && core.split('.').all(number)
        && before.is_none_or(words)
        && build.is_none_or(words)
}

/// `my_metric`, or the name of a label.
pub fn snake(name: &Scalar, what: &str, problems: &mut Problems) {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let begins = name.text.starts_with(|c: char| c.is_ascii_alphabetic());
    if !begins || name.text.len() > BYTES || !name.text.chars().all(word) {
        let message = format!("`{}` cannot be the name of {what}", shortened(&name.text));
        problems.add(name.at(), message, "write letters, digits and `_`: `my_name`");
    } else if is_word_of_yaml(&name.text) {
        odd(name, what, problems);
    }
}

/// `my_metric_bytes`.
pub fn metric(name: &Scalar, problems: &mut Problems) {
    let word = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    let begins = name.text.starts_with(|c: char| c.is_ascii_lowercase());
    if !begins || name.text.len() > BYTES || !name.text.bytes().all(word) {
        let message = format!("`{}` cannot be the name of a metric", shortened(&name.text));
        problems.add(name.at(), message, "write small letters, digits and `_`: `my_name`");
    } else if name.text.ends_with("_info") {
        let message = format!("the metric name `{}` ends in `_info`", name.text);
        problems.add(name.at(), message, "leave it out: that of an info metric is shown with it");
    }
}

/// A kind or a group.
pub fn word(name: &Scalar, what: &str, help: &str, problems: &mut Problems) {
    let text = &name.text;
    let odd = |c: char| c.is_whitespace() || c == '/' || rulebox_core::text::is_hidden(c);
    if text.is_empty() || text.len() > BYTES || text.contains(odd) {
        problems.add(name.at(), format!("`{}` is no {what}", shortened(text)), help);
    }
}

/// A namespace that there can be.
pub fn namespace(name: &Scalar, problems: &mut Problems) {
    let text = &name.text;
    let word = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    let ends = |it: Option<&u8>| it.is_some_and(|it| *it != b'-');
    let bytes = text.as_bytes();
    // A label of DNS (RFC 1123): 63 bytes.
    if bytes.len() > 63
        || !bytes.iter().all(|it| word(*it))
        || !ends(bytes.first())
        || !ends(bytes.last())
    {
        let message = format!("`{}` is no namespace", shortened(text));
        let help = "name each whole, without patterns; leave `namespaces` out for all";
        problems.add(name.at(), message, help);
    }
}

/// Whether a name means something else to readers of YAML 1.1, which a configuration may be written
/// for: there it would have to stand between quotes.
fn is_word_of_yaml(name: &str) -> bool {
    const WORDS: [&str; 9] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    WORDS.iter().any(|it| name.eq_ignore_ascii_case(it))
}

/// A text of one line, which is not empty.
pub fn line(text: &Scalar, what: &str, problems: &mut Problems) {
    /// A line on a screen is shorter.
    const LONGEST: usize = 4096;
    let line = text.text.trim();
    if line.is_empty() || line.contains('\n') || line.len() > LONGEST {
        problems.add(text.at(), format!("{what} is one line of text"), "write one short sentence");
    }
}

/// `my-need` or `my_need`.
pub fn snake_or_kebab(name: &Scalar, what: &str, problems: &mut Problems) {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let begins = name.text.starts_with(|c: char| c.is_ascii_alphabetic());
    if !begins || name.text.len() > BYTES || !name.text.chars().all(word) {
        let message = format!("`{}` cannot be the name of {what}", shortened(&name.text));
        problems.add(name.at(), message, "write letters, digits, `-` and `_`: `my-name`");
    }
}

/// What to do about a name that is none of those that are known.
pub fn help<'a>(name: &str, known: impl Iterator<Item = &'a str> + Clone, what: &str) -> String {
    if let Some(nearest) = closest(name, known.clone()) {
        return format!("did you mean `{nearest}`?");
    }
    let known: Vec<_> = known.map(|it| format!("`{it}`")).collect();
    if known.is_empty() {
        return format!("the pack has no {what}");
    }
    format!("its {what} are {}", known.join(", "))
}

/// The beginning of a text, for a sentence about it.
pub fn shortened(text: &str) -> String {
    text.chars().take(60).collect()
}
