//! Messages of kubectl: what one says, and whether something was not listed because of it.

/// How a message of kubectl starts, and whether what was asked for may exist without being there.
struct Kind {
    start: &'static str,
    loses: bool,
}

const fn loses(start: &'static str) -> Kind {
    Kind { start, loses: true }
}

const fn tells(start: &'static str) -> Kind {
    Kind { start, loses: false }
}

/// The first that a line starts with counts.
const KINDS: [Kind; 18] = [
    // The server has answered: this is not there, or cannot be listed.
    tells("Error from server (NotFound)"),
    tells("Error from server (MethodNotAllowed)"),
    tells("Error from server (AlreadyExists)"),
    loses("Error from server"),
    tells("error: the server doesn't have a resource type"),
    tells("error: no matching resources found"),
    tells("error: resource mapping not found"),
    tells("error: no context exists with the name"),
    tells("error: there is no need to specify a resource type"),
    loses("error: You must be logged in"),
    loses("error: "),
    loses("Unable to connect to the server"),
    loses("The connection to the server "),
    tells("No resources found"),
    tells("Warning: "),
    tells("WARNING: "),
    tells("Defaulted container "),
    tells("Flag --"),
];

/// A line without the name of the program that PowerShell writes before it.
fn content(line: &str) -> &str {
    const PROGRAMS: [&str; 4] = ["kubectl.exe : ", "kubectl : ", "oc.exe : ", "oc : "];
    PROGRAMS.iter().find_map(|it| line.strip_prefix(it)).unwrap_or(line)
}

/// Whether a line is a message of kubectl, or starts as PowerShell writes one.
pub(crate) fn is_message(line: &str) -> bool {
    // Most lines are none, and this is asked of each document.
    if !line.starts_with(['E', 'e', 'U', 'T', 'N', 'W', 'D', 'F', 'k', 'o']) {
        return false;
    }
    let content = content(line);
    content.len() < line.len() || KINDS.iter().any(|it| content.starts_with(it.start))
}

/// The source file that a line of klog names: `file.go` in
/// `I0915 02:30:00.123456       1 file.go:12] a`.
pub(super) fn klog_file(line: &str) -> Option<&str> {
    let head = line.as_bytes().first_chunk::<6>()?;
    let digits = head[1..5].iter().all(u8::is_ascii_digit);
    if !b"IWEF".contains(&head[0]) || !digits || head[5] != b' ' {
        return None;
    }
    let (head, _) = line.split_once(']')?;
    let (file, number) = head.rsplit(' ').next()?.rsplit_once(':')?;
    number.bytes().all(|it| it.is_ascii_digit()).then_some(file)
}

/// Whether kubectl says this beside what it prints, as a line of klog.
pub(super) fn is_of_kubectl(line: &str) -> bool {
    /// Of client-go and of kubectl.
    const FILES: [&str; 22] = [
        "aws_credentials.go",
        "azure.go",
        "cached_discovery.go",
        "cert_rotation.go",
        "client_config.go",
        "discovery.go",
        "exec.go",
        "gcp.go",
        "helpers.go",
        "loader.go",
        "memcache.go",
        "metrics.go",
        "openapi.go",
        "openapi_getter.go",
        "plugins.go",
        "reflector.go",
        "request.go",
        "round_trippers.go",
        "shortcut.go",
        "table_printer.go",
        "versioner.go",
        "warnings.go",
    ];
    klog_file(content(line)).is_some_and(|it| FILES.contains(&it))
}

/// Whether only kubectl writes a message so.
pub(crate) fn is_certain(line: &str) -> bool {
    let content = content(line);
    let others = ["error: ", "Warning: ", "WARNING: "].iter().any(|it| content.starts_with(it));
    is_message(content) && (!others || content.starts_with("error: You must be logged in"))
}

/// Whether a text starts or ends with a message of kubectl. Some are YAML.
pub(crate) fn is_around(text: &str) -> bool {
    let end = text.trim_ascii_end();
    let last = memchr::memrchr(b'\n', end.as_bytes()).map_or(0, |it| it + 1);
    is_message(text.trim_ascii_start()) || is_message(&end[last..])
}

/// A message that says that something was not read.
pub(crate) fn refusal(line: &str) -> Option<&str> {
    let content = content(line);
    let kind = KINDS.iter().find(|it| content.starts_with(it.start))?;
    kind.loses.then(|| content.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, loses: bool) {
        assert!(is_message(line), "{line}");
        assert_eq!(refusal(line).is_some(), loses, "{line}");
    }

    #[test]
    fn refusals_lose_what_was_asked_for() {
        for line in [
            "Error from server (Forbidden): pods is forbidden: User \"ops\" cannot list resource \
             \"pods\" in API group \"\" at the cluster scope",
            "kubectl.exe : Error from server (Timeout): the server was slow",
            "Unable to connect to the server: dial tcp: i/o timeout",
            "error: You must be logged in to the server (Unauthorized)",
        ] {
            check(line, true);
        }
    }

    #[test]
    fn other_messages_lose_nothing() {
        for line in [
            "Error from server (NotFound): pods \"a\" not found",
            "error: the server doesn't have a resource type \"restores\"",
            "No resources found in csdr namespace.",
            "Warning: v1 ComponentStatus is deprecated in v1.19+",
        ] {
            check(line, false);
        }
    }

    #[test]
    fn each_kind_is_a_message() {
        for Kind { start, .. } in KINDS {
            assert!(is_message(&format!("{start}: x")), "{start}");
        }
        assert!(!is_message("apiVersion: v1"));
    }

    #[test]
    fn messages_around_a_text() {
        assert!(is_around("\nerror: a\nkind: Pod\n") && is_around("kind: Pod\nerror: a\n\n"));
        assert!(!is_around("kind: Pod\nerror: a\nmetadata: {}\n") && !is_around(""));
    }
}
