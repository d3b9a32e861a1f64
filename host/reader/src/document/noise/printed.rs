//! What tools print for people instead of objects: named, with the command that writes objects.

use super::line::is_noise;
use crate::journal::Skipped;

/// What a text is, if a tool has printed it for people.
pub(crate) fn printed(text: &str) -> Option<Skipped> {
    let mut lines = text.lines().map(str::trim_end).filter(|it| !it.is_empty());
    let first = lines.by_ref().find(|it| !is_noise(it))?;
    let second = lines.next().unwrap_or_default();
    if is_table(first, second) {
        return Some(Skipped::Table);
    }
    let key = |line: &str, key: &str| {
        line.strip_prefix(key).is_some_and(|it| it.starts_with(' ') && it.trim() != "")
    };
    if !key(first, "Name:") || !(key(second, "Namespace:") || is_described(second)) {
        return None;
    }
    let of_velero = text.lines().any(|it| it.starts_with("Phase:"))
        && text.lines().any(|it| {
            ["Storage Location:", "Velero-Native Snapshot PVs:", "Backup:", "TTL:"]
                .iter()
                .any(|key| it.starts_with(key))
        });
    Some(if of_velero { Skipped::VeleroDescription } else { Skipped::Description })
}

/// What stands second where an object has no namespace.
fn is_described(line: &str) -> bool {
    const KEYS: [&str; 5] = ["Labels:", "Roles:", "Annotations:", "API Version:", "Role:"];
    KEYS.iter().any(|it| line.starts_with(it))
}

/// Whether this is the head of a table, and a row of as many columns or more.
fn is_table(head: &str, row: &str) -> bool {
    let is_title = |it: &str| {
        it.bytes()
            .all(|it| it.is_ascii_uppercase() || it.is_ascii_digit() || b"-()/_:%".contains(&it))
            && it.bytes().any(|it| it.is_ascii_uppercase())
    };
    let head = head.trim_ascii_start();
    let mut titles = head.split_ascii_whitespace();
    let first = titles.next().unwrap_or_default();
    let known = ["NAME", "NAMESPACE", "LAST"].contains(&first);
    // Columns stand apart.
    let apart = head[first.len().min(head.len())..].trim_end().contains("  ");
    known
        && apart
        && head.split_ascii_whitespace().all(is_title)
        && titles.count() > 0
        && row.split_ascii_whitespace().count() > 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, want: Option<Skipped>) {
        assert_eq!(printed(text), want, "{text}");
    }

    #[test]
    fn tables() {
        check("NAME  READY   STATUS    AGE\na     1/1     Running   2d\n", Some(Skipped::Table));
        check("$ kubectl get pods -A\nNAMESPACE   NAME   AGE\na  b  1d\n", Some(Skipped::Table));
        check("NAME   STATUS   CREATED\nnightly   Completed   2026\n", Some(Skipped::Table));
        check("NAME\n", None);
        check("NAME OF THE FILE\nis a text\n", None);
        check("TOTAL   USED\n1  2\n", None);
        check("   \u{feff}#\nx y\n", None);
    }

    #[test]
    fn descriptions() {
        check("Name:  a\nNamespace:  b\nLabels:  <none>\n", Some(Skipped::Description));
        check("\nName:   node-1\nRoles:   <none>\n", Some(Skipped::Description));
        check(
            "Name:  nightly\nNamespace:  velero\nLabels:  <none>\n\nPhase:  Completed\n\n\
             Storage Location:  default\n",
            Some(Skipped::VeleroDescription),
        );
        check("Name: a\nAge: 3\n", None);
    }
}
