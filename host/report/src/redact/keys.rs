//! Which names of fields, labels, variables and flags say that what they name is a secret. There
//! is one list, for the texts of reports and for the objects of bundles.

use super::looks::{
    is_error_word, is_mixed, is_name, is_placeholder, is_reference, is_time, looks_made,
};

/// What stands before `key` in the name of a secret.
macro_rules! keys {
    () => {
        concat!(
            "access|secret|api|private|account|encryption|decryption|signing|master|auth|shared",
            "|session|hmac|aes|cipher",
        )
    };
}

/// What may stand behind the name of a secret: there are several, and this is one of them. Words
/// such as `file`, `name` and `ttl` are not among these: what they name is no secret.
macro_rules! suffixes {
    () => {
        concat!(
            "old|new|prev|previous|next|current|prod|production|prd|dev|development|test|testing",
            "|stage|staging|stg|qa|uat|live|local|default|primary|secondary|main|replica|backup",
            "|bak|base|base64|b64|value|plain|admin|root|ro|rw|read|write",
        )
    };
}

/// The end of a name in a pattern: `_V1`, `2`, `_OLD`.
macro_rules! ending {
    () => {
        concat!("(?:[_-]?v?[0-9]{1,4}|[_-](?:", suffixes!(), ")){0,3}")
    };
}

pub(super) use {ending, keys, suffixes};

/// What a name says of its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    /// A password, whatever it looks like.
    Password,
    /// `pwd` alone, which is a folder, too.
    Folder,
    /// `pass` and `pw`, which are words of tests, too.
    Short,
    /// A secret or a token, which may be the name of an object.
    Secret,
    /// A key, which may be one of a map.
    Key,
    /// A login, where it looks like one.
    Login,
}

/// Whether the value of a field, a label or a variable is a secret since its name says so: `key` is
/// the name, `.` and `[0]` included.
pub(super) fn is_secret_of(key: &str, value: &str) -> bool {
    /// Shorter numbers are ports, counts and times.
    const SHORTEST_NUMBER: usize = 6;
    let last = key.rsplit(['.', '/']).next().unwrap_or(key);
    let last = last.split('[').next().unwrap_or(last);
    let Some(sort) = sort_of(last) else { return false };
    if is_placeholder(value) || is_reference(value) || is_time(value) {
        return false;
    }
    let is_number = value.len() < SHORTEST_NUMBER && value.bytes().all(|it| it.is_ascii_digit());
    let is_word = !is_number && !is_name(value) && !value.contains(' ');
    let of_variable = is_variable(last) && !is_number;
    match sort {
        Sort::Password => true,
        Sort::Folder => !value.starts_with('/'),
        Sort::Short => !is_measure(value) && (is_word || of_variable),
        Sort::Secret => is_word || (of_variable && !is_name_of_parts(value)),
        Sort::Key => is_word || of_variable,
        Sort::Login => is_login(value),
    }
}

/// Whether this names a login, and no sort of login: `admin:hunter2`.
pub(super) fn is_login(value: &str) -> bool {
    value.len() >= 6
        && is_mixed(value)
        && !is_name(value)
        && !is_reference(value)
        && !value.contains("://")
}

fn sort_of(name: &str) -> Option<Sort> {
    let mut words = words_of(name);
    while words.len() > 1 && words.last().is_some_and(|it| is_ending(it)) {
        words.pop();
    }
    let last = words.last_mut()?;
    let bare = last.trim_end_matches(|it: char| it.is_ascii_digit()).len();
    if bare > 0 {
        last.truncate(bare);
    }
    let count = words.len();
    let last = words.last().map_or("", String::as_str);
    match last {
        "pwd" if count == 1 => return Some(Sort::Folder),
        "pwd" => return Some(Sort::Password),
        "pass" | "pw" => return Some(Sort::Short),
        "auth" | "credential" | "credentials" | "creds" if count > 1 => return Some(Sort::Login),
        _ => {}
    }
    let all = words.concat();
    let ends = |words: &[&str]| words.iter().any(|it| all.ends_with(it));
    if ends(&["password", "passwd", "passphrase"]) {
        return Some(Sort::Password);
    }
    if ends(&["secret", "token"]) {
        return Some(Sort::Secret);
    }
    let of_key = all.strip_suffix("key")?;
    keys!().split('|').any(|it| of_key.ends_with(it)).then_some(Sort::Key)
}

/// The words of `dbPassword`, `DB_PASSWORD` and `db-password`, in lower case.
fn words_of(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    let mut letters = name.chars().peekable();
    while let Some(it) = letters.next() {
        let ends_capitals =
            before.is_ascii_uppercase() && letters.peek().is_some_and(char::is_ascii_lowercase);
        let begins = it.is_ascii_uppercase() && (!before.is_ascii_uppercase() || ends_capitals);
        if !it.is_ascii_alphanumeric() || begins {
            words.push(String::new());
        }
        if let (true, Some(word)) = (it.is_ascii_alphanumeric(), words.last_mut()) {
            word.push(it.to_ascii_lowercase());
        }
        before = it;
    }
    words.retain(|it| !it.is_empty());
    words
}

fn is_ending(word: &str) -> bool {
    let number = word.strip_prefix('v').unwrap_or(word);
    (!number.is_empty() && number.bytes().all(|it| it.is_ascii_digit()))
        || suffixes!().split('|').any(|it| it == word)
}

/// Whether a name is written as variables of a shell are.
pub(super) fn is_variable(name: &str) -> bool {
    let has = |is: fn(u8) -> bool| name.bytes().any(is);
    has(|it| it.is_ascii_uppercase()) && !has(|it| it.is_ascii_lowercase())
}

/// Whether an error stands in the place of a value: its code, or a sentence.
pub(super) fn is_error(value: &str) -> bool {
    let first = value.split_whitespace().next().unwrap_or_default();
    let mut letters = value.chars();
    let is_code = letters.next().is_some_and(char::is_uppercase)
        && letters.clone().any(char::is_lowercase)
        && letters.all(char::is_alphabetic)
        && !looks_made(value);
    is_error_word(first) || is_code
}

/// Whether this may be the name of an object, and is no single word.
pub(super) fn is_name_of_parts(value: &str) -> bool {
    is_name(value) && value.contains(['-', '.', '/'])
}

/// Whether this is a number, perhaps with a unit: `13`, `1200ms`, `10.5s`.
pub(super) fn is_measure(value: &str) -> bool {
    let unit = value.trim_start_matches(|it: char| it.is_ascii_digit() || ".,/%".contains(it));
    unit.len() < value.len() && unit.len() <= 3 && unit.chars().all(char::is_alphabetic)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(is_secret: bool, all: &[(&str, &str)]) {
        for (key, value) in all {
            assert_eq!(is_secret_of(key, value), is_secret, "{key}: {value}");
        }
    }

    #[test]
    fn names_of_secrets_say_that_their_values_are() {
        check(
            true,
            &[
                ("DB_PASSWORD", "/SlashSens1122"),
                ("ENCRYPTION_KEY", "abcdefghijklmnop"),
                ("APP_SECRET", "correct horse battery"),
                ("SECRET_KEY", "abcdefghijklmnop"),
                ("MYSQL_PWD", "hunter"),
                ("MYSQL_PWD", "/hunter2"),
                ("REDIS_AUTH", "redisPw1122"),
                ("DB_CREDENTIALS", "app:dbPw1122"),
                ("DB_PASSWORD_OLD", "hunter"),
                ("PASSWORD2", "hunter"),
                ("password2", "hunter"),
                ("PASSWORD_1", "hunter"),
                ("JWT_SECRET_KEY_V1", "abcdefgh"),
                ("TOKEN_PROD", "tokenPw1122"),
                ("API_KEY_V2", "apiKey1122"),
                ("spec.config.dbPasswordOld", "hunter"),
                ("DB_PASS", "hunter"),
                ("dbPwd", "hunter"),
            ],
        );
    }

    #[test]
    fn names_of_what_is_no_secret_do_not() {
        check(
            false,
            &[
                ("secretName", "x"),
                ("tokenTTL", "3600abc1"),
                ("passwordFile", "/etc/x"),
                ("DB_PASSWORD_FILE", "/run/secrets/db"),
                ("DB_PASSWORD", "/run/secrets/db"),
                ("tokenExpirationSeconds", "3607"),
                ("secretKeyRef", "a1b2c3d4"),
                ("automountServiceAccountToken", "false"),
                ("TOKEN_URL", "https://sts1.example.com"),
                ("ENCRYPTION_KEY", "arn:aws:kms:us-east-1:123456789012:key/a1"),
                ("secretKey", "password"),
                ("APP_SECRET", "cloud-credentials"),
                ("PWD", "/root"),
                ("OLDPWD", "/root"),
                ("GOOGLE_APPLICATION_CREDENTIALS", "/var/secrets/key1.json"),
                ("BASIC_AUTH", "enabled"),
                ("auth", "a1b2c3d4"),
                ("PASS", "13"),
                ("token", "17"),
                ("lastToken", "2026-09-15T02:26:39Z"),
                ("bypass", "often"),
                ("monkey", "a1b2c3d4"),
            ],
        );
    }
}
