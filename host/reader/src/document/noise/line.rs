//! One line: noise of a known kind, the start of an object, or a line that YAML may have.

use super::message;

/// One kind of lines that no object has.
struct Kind {
    #[cfg(test)]
    example: &'static str,
    is: fn(&str) -> bool,
}

macro_rules! kinds {
    ($($example:literal: $is:expr,)*) => {
        &[$(Kind { #[cfg(test)] example: $example, is: $is }),*]
    };
}

/// Lines in the column of the text around them.
const KINDS: &[Kind] = kinds![
    "Error from server (Forbidden): pods is forbidden": message::is_message,
    "E1021 06:39:59.123456   12345 memcache.go:265] couldn't get resource list":
        message::is_of_kubectl,
    "[root@host ~]# kubectl get pods": is_prompt,
    "PS C:\\Users\\a> kubectl get pods": is_windows_prompt,
    "+ kubectl get pods": |line| line.starts_with("+ ") || line.starts_with("++ "),
    "=== pods ===": is_heading,
    "```yaml": |line| line.starts_with("```") || line.starts_with("~~~"),
    "Wed Oct 21 06:40:00 UTC 2026": is_date,
    "At line:1 char:1": |line| line.starts_with("At line:") || line.starts_with("At C:\\"),
    "Script started on 2026-10-21 06:40:00+00:00 [TERM=\"xterm\"]": |line| {
        ["Script started", "Script done"].iter().any(|it| line.starts_with(it))
    },
];

/// Whether a line, without its indentation, is noise wherever it stands.
pub(super) fn is_indented_noise(content: &str) -> bool {
    content.starts_with("+ CategoryInfo")
        || content.starts_with("+ FullyQualifiedErrorId")
        || content.starts_with("+ ~")
}

/// Whether a line, without its indentation, is noise of a known kind.
pub(crate) fn is_noise(content: &str) -> bool {
    /// Longer than what a tool writes before the rest of a line, which may hold many objects.
    const LOOKED_AT: usize = 1 << 10;
    let content = &content[..content.floor_char_boundary(LOOKED_AT)];
    KINDS.iter().any(|it| (it.is)(content)) || is_indented_noise(content)
}

/// `$ kubectl`, `user@host:~$ kubectl`, `[root@host ~]# kubectl`, `root@host:/# kubectl`.
fn is_prompt(line: &str) -> bool {
    let prompt = match line.find(['$', '#', '%', '❯', '➜']) {
        Some(at) => &line[..at],
        None => return false,
    };
    let after = line[prompt.len()..].chars().nth(1);
    if after.is_some_and(|it| !it.is_whitespace()) {
        return false;
    }
    prompt.is_empty() && !line.starts_with('#')
        || prompt.contains('@') && !prompt.contains(['"', '{']) && !prompt.contains(": ")
}

/// `C:\> kubectl`, `PS /home/a> kubectl`.
fn is_windows_prompt(line: &str) -> bool {
    let Some((prompt, _)) = line.split_once('>') else { return false };
    let drive = prompt.as_bytes().get(1..3) == Some(b":\\");
    drive && prompt.as_bytes()[0].is_ascii_alphabetic() || prompt.starts_with("PS ")
}

/// `=== pods ===`, `----- pods -----`, `*** pods`, `----------`.
fn is_heading(line: &str) -> bool {
    ["===", "----", "***"].iter().any(|it| line.starts_with(it))
        || line.strip_prefix("--- ").is_some_and(|it| it.starts_with(char::is_alphanumeric))
}

/// What `date` prints.
fn is_date(line: &str) -> bool {
    const DAYS: [&str; 7] = ["Mon ", "Tue ", "Wed ", "Thu ", "Fri ", "Sat ", "Sun "];
    DAYS.iter().any(|it| line.starts_with(it))
        && line.bytes().filter(|it| *it == b':').count() >= 2
        && !line.contains(": ")
}

/// The key that starts a line of YAML, and the rest of the line behind its colon. The key is one
/// word that starts with a small letter, like all keys of API objects, or is quoted.
pub(super) fn key(content: &str) -> Option<(&str, &str)> {
    if let Some(quote @ ('"' | '\'')) = content.chars().next() {
        let (key, rest) = content[1..].split_once(quote)?;
        let rest = rest.trim_start().strip_prefix(':')?;
        return is_value(rest).then_some((key, rest));
    }
    let (key, rest) = content.split_once(':')?;
    let is_word = |it: u8| it.is_ascii_alphanumeric() || b"-_./".contains(&it);
    let begins = key.trim_start_matches(['-', '_']).starts_with(|it: char| it.is_ascii_lowercase());
    (begins && key.bytes().all(is_word) && is_value(rest)).then_some((key, rest))
}

/// Whether this may stand behind a key. A plain text has no colon before a space.
fn is_value(rest: &str) -> bool {
    let value = rest.trim_start();
    (rest.is_empty() || rest.starts_with([' ', '\t']))
        && (value.starts_with(['"', '\'', '{', '[', '|', '>', '&', '*', '!', '#'])
            || !value.contains(": ") && !value.ends_with(':'))
}

/// Whether it is known what a line is, without its indentation, that stands between objects: noise
/// of a known kind, a comment or the heading of a script (`# pods`), or data as YAML and JSON have
/// it. A sentence is not: a program may have written it into a log, as well as a person.
pub(super) fn is_understood(content: &str) -> bool {
    let content = content.trim();
    let inner = content.trim_start_matches(|it: char| it.is_whitespace() || "{[".contains(it));
    let of_brackets = inner.is_empty()
        || inner.len() < content.len() && inner.starts_with(['"', '\'', '}', ']'])
        || content.trim_end_matches(',').bytes().all(|it| b"{}[]".contains(&it));
    content.is_empty()
        || content.starts_with('#')
        || of_brackets
        || ["---", "...", "\u{1e}"].iter().any(|it| content.starts_with(it))
        || is_dash(content)
        || is_noise(content)
        || key(content.trim_end_matches(',')).is_some()
}

/// Whether a line is the first of a list's item.
pub(super) fn is_dash(content: &str) -> bool {
    content == "-" || content.starts_with("- ")
}

/// Where an object, or an item of a list, may start in a line without indentation: the key with
/// which it starts.
pub(super) fn begins_object(content: &str) -> Option<&str> {
    let mut content = content.trim_end();
    while let Some(rest) = content.strip_prefix("- ") {
        content = rest.trim_start();
    }
    let (key, value) = key(content)?;
    let is_word = !value.trim().contains(char::is_whitespace);
    match key {
        // Its value may be cut off.
        "apiVersion" => is_word.then_some(key),
        "kind" => (is_word && !value.trim().is_empty()).then_some(key),
        "items" | "metadata" => {
            (is_word || value.trim().starts_with(['{', '[', '#'])).then_some(key)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_its_example() {
        for (i, kind) in KINDS.iter().enumerate() {
            let first = KINDS.iter().position(|it| (it.is)(kind.example));
            assert_eq!(first, Some(i), "{}", kind.example);
            assert_eq!(begins_object(kind.example), None, "{}", kind.example);
        }
    }

    #[test]
    fn more_noise() {
        for line in [
            "$ kubectl get pods -o yaml",
            "user@host:~$ kubectl get pods",
            "root@host:/var/log# date",
            "a@b ~ % kubectl get pods",
            "C:\\> kubectl get pods",
            "C:\\Users\\a b>kubectl get pods",
            "++ date",
            "+ ~~~~~~~~~~~~",
            "+ CategoryInfo          : NotSpecified: (:) [], RemoteException",
            "Wed 21 Oct 2026 06:40:00 AM UTC",
            "--- pods ---",
            "W1021 06:39:59.1       1 warnings.go:1] x",
            "kubectl.exe : W1021 06:39:59.1       1 a.go:1] x",
            "error: the server doesn't have a resource type \"x\"",
        ] {
            assert!(is_noise(line), "{line}");
        }
    }

    #[test]
    fn lines_of_objects_are_no_noise() {
        for line in [
            "apiVersion: v1",
            "- apiVersion: v1",
            "kind: Pod",
            "metadata:",
            "metadata: {}",
            "items: []",
            "status: {}",
            "type: Opaque",
            "---",
            "- a",
            "data:",
            "description: costs 3 $ # really",
            "email: a@b.c # x",
            "E1021: x",
            "{",
            "[",
            "}, {",
            "\"a@b\": 1",
            "Monday: x",
        ] {
            assert!(!is_noise(line), "{line}");
        }
    }

    #[test]
    fn what_is_known_between_objects() {
        for line in [
            "",
            "# kubectl get pods",
            "=== pods ===",
            "$ kubectl get pods -o yaml",
            "Error from server (NotFound): pods \"x\" not found",
            "replicas: 1",
            "  - a",
            "\"a\": 1,",
            "}]},",
            "{\"a\": 1}",
        ] {
            assert!(is_understood(line), "{line}");
        }
        for line in [
            "Starting server on port 8080",
            "[main] starting",
            "listening on :8080",
            "GET /healthz 200",
            "Here is what you asked for:",
            "started: x: y",
        ] {
            assert!(!is_understood(line), "{line}");
        }
    }

    #[test]
    fn keys() {
        for (line, want) in [
            ("a: b", Some(("a", " b"))),
            ("a:", Some(("a", ""))),
            ("\"a b\": c: d", None),
            ("'a b' : 'c: d'", Some(("a b", " 'c: d'"))),
            ("a: b: c", None),
            ("a.b/c: {d: e}", Some(("a.b/c", " {d: e}"))),
            ("A: b", None),
            ("a b: c", None),
            ("http://a", None),
        ] {
            assert_eq!(key(line), want, "{line}");
        }
    }

    #[test]
    fn objects_begin_with_their_type() {
        for (line, want) in [
            ("apiVersion: v1", Some("apiVersion")),
            ("- - \"kind\": \"Pod\"", Some("kind")),
            ("kind: of a sort", None),
            ("items:", Some("items")),
            ("metadata: {name: x}", Some("metadata")),
            ("apiVersion:", Some("apiVersion")),
            ("kind:", None),
            ("spec:", None),
        ] {
            assert_eq!(begins_object(line), want, "{line}");
        }
    }
}
