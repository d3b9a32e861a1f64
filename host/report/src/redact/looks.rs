//! What words look like: a secret, a name, a sentence, a place to fill in.

/// What may be a secret, and where it stands.
pub(super) struct Place<'t> {
    /// The text before all that the pattern matches.
    pub(super) before: &'t str,
    pub(super) value: &'t str,
    /// The text behind the value.
    pub(super) behind: &'t str,
}

/// What stands where a secret would: a word of the language, a variable, a place to fill in,
/// asterisks.
pub(super) fn is_placeholder(value: &str) -> bool {
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
pub(super) fn is_sentence(place: &Place<'_>) -> bool {
    let mut letters = place.value.trim_end_matches(['.', ':']).chars().skip(1);
    let next = place.behind.strip_prefix(' ');
    let follows = next.is_some_and(|it| it.starts_with(char::is_alphabetic));
    follows && letters.all(char::is_lowercase)
}

/// Whether this may be the name of an object, perhaps behind its namespace: words of lower-case
/// letters and digits. A uid has no word, nor has the token of a node that joins.
pub(super) fn is_name(value: &str) -> bool {
    let legal = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || b"-./".contains(&it);
    let is_word = |it: &str| {
        it.len() > 2
            && it.bytes().all(|it| it.is_ascii_lowercase())
            && it.bytes().any(|it| !it.is_ascii_hexdigit())
    };
    let is_joining = value.len() == 23 && value.as_bytes()[6] == b'.';
    value.bytes().all(legal) && value.split(['-', '.', '/']).any(is_word) && !is_joining
}

/// Whether this is the name of an object that begins as tokens of somebody do: `hvs.agent-7d9f8`,
/// `glpat-rotator-x2lqz`. What stands behind the beginning of a token is no words with hyphens.
pub(super) fn begins_as_a_token(value: &str) -> bool {
    let rest = value.split_once(['-', '.']).map_or("", |it| it.1);
    rest.contains('-') && is_name(rest)
}

/// Whether a program has made this, and nobody has written it: letters and digits together, or many
/// capitals in no order. Codes of errors are words with capitals.
pub(super) fn looks_made(value: &str) -> bool {
    let count = |is: fn(&u8) -> bool| value.as_bytes().iter().filter(|it| is(it)).count();
    let (digits, letters) = (count(u8::is_ascii_digit), count(u8::is_ascii_alphabetic));
    let capitals = count(u8::is_ascii_uppercase);
    let is_mixed = digits > 0 && letters > 0;
    let is_dense = capitals * 3 > letters && capitals < letters;
    value.len() >= 8 && (is_mixed || is_dense || value.ends_with('='))
}

/// Whether a value has letters and digits.
pub(super) fn is_mixed(value: &str) -> bool {
    let has = |is: fn(u8) -> bool| value.bytes().any(is);
    has(|it| it.is_ascii_digit()) && has(|it| it.is_ascii_alphabetic())
}

/// Whether this says where a secret is, and is none: a file that each system may have, or a key of
/// a cloud. A password may begin with a slash, too.
pub(super) fn is_reference(value: &str) -> bool {
    const FOLDERS: [&str; 20] = [
        "app",
        "certs",
        "config",
        "data",
        "dev",
        "etc",
        "home",
        "keys",
        "mnt",
        "opt",
        "proc",
        "root",
        "run",
        "secrets",
        "srv",
        "tmp",
        "usr",
        "var",
        "vault",
        "workspace",
    ];
    const STORES: [&str; 6] = ["acs:", "alias/", "arn:", "k8s://", "projects/", "vault:secret/"];
    if STORES.iter().any(|it| value.starts_with(it)) {
        return true;
    }
    let parts = value.strip_prefix('/').and_then(|it| it.split_once('/'));
    parts.is_some_and(|(first, _)| FOLDERS.contains(&first))
}

/// Whether this is a time of RFC 3339, also one without a zone.
pub(super) fn is_time(value: &str) -> bool {
    const FORM: &[u8] = b"0000-00-00T00:00:00";
    let bytes = value.as_bytes();
    let is_alike = |(it, form): (&u8, &u8)| match form {
        b'0' => it.is_ascii_digit(),
        b'T' => b"Tt_".contains(it),
        form => it == form,
    };
    bytes.len() >= FORM.len()
        && bytes.iter().zip(FORM).all(is_alike)
        && bytes[FORM.len()..].iter().all(|it| it.is_ascii_digit() || b".:+-Zz".contains(it))
}

/// Whether a sentence that tells of an error begins so, in the place of a value: as shells and
/// checks of a configuration do.
pub(super) fn is_error_word(word: &str) -> bool {
    const WORDS: [&str; 33] = [
        "a",
        "an",
        "cannot",
        "denied",
        "does",
        "empty",
        "error",
        "expired",
        "failed",
        "forbidden",
        "has",
        "inaccessible",
        "invalid",
        "is",
        "it",
        "may",
        "misconfigured",
        "missing",
        "must",
        "no",
        "not",
        "parameter",
        "required",
        "should",
        "the",
        "unauthenticated",
        "unauthorized",
        "unbound",
        "unknown",
        "unset",
        "was",
        "wrong",
        "you",
    ];
    WORDS.binary_search(&&*word.to_lowercase()).is_ok()
}
