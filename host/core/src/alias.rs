//! Kinds that API servers serve under several groups: each object has one address in each of them.
//!
//! A need names one group. Objects that were read under another address of the kind are given to
//! the need as if they had been read under the one that it names.

/// Kind, older or other group, and the `apiVersion` under which needs ask for such objects. Of
/// these but events, both addresses have the same fields.
const ALIASES: [(&str, &str, &str); 7] = [
    ("DaemonSet", "extensions", "apps/v1"),
    ("Deployment", "extensions", "apps/v1"),
    ("Event", "events.k8s.io", "v1"),
    // `networking.k8s.io/v1` has other fields.
    ("Ingress", "extensions", "networking.k8s.io/v1beta1"),
    ("NetworkPolicy", "extensions", "networking.k8s.io/v1"),
    ("PodSecurityPolicy", "extensions", "policy/v1beta1"),
    ("ReplicaSet", "extensions", "apps/v1"),
];

/// The `apiVersion` under which needs ask for objects of this group and kind, where it is another
/// one.
pub fn canonical(group: &str, kind: &str) -> Option<&'static str> {
    let alias = ALIASES.iter().find(|it| it.0 == kind && it.1 == group);
    alias.map(|it| it.2)
}

/// The groups under which a server may serve a kind: first the one that a need names, then others
/// that hold the same objects.
pub fn addresses<'g>(group: &'g str, kind: &str) -> impl Iterator<Item = &'g str> + use<'g> {
    let others = ALIASES.iter().filter(move |it| it.0 == kind && group == crate::group_of(it.2));
    let others: Vec<&'g str> = others.map(|it| it.1).collect();
    std::iter::once(group).chain(others)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(group: &str, kind: &str, want: &[&str]) {
        assert_eq!(addresses(group, kind).collect::<Vec<_>>(), want);
        for alias in &want[1..] {
            let canonical = canonical(alias, kind).expect("an alias");
            assert_eq!(crate::group_of(canonical), group);
        }
    }

    #[test]
    fn kinds_that_moved_have_several_addresses() {
        check("", "Event", &["", "events.k8s.io"]);
        check("apps", "Deployment", &["apps", "extensions"]);
        check("", "Pod", &[""]);
        check("events.k8s.io", "Event", &["events.k8s.io"]);
        check("apps", "StatefulSet", &["apps"]);
    }

    #[test]
    fn an_address_that_needs_name_is_no_alias() {
        assert_eq!(canonical("", "Event"), None);
        assert_eq!(canonical("apps", "Deployment"), None);
        assert_eq!(canonical("extensions", "Pod"), None);
    }
}
