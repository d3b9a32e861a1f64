//! The one command of kubectl that dumps what needs read. It is the simplest way, and shows less
//! than a bundle.

use std::collections::BTreeSet;

use rulebox_core::NeedSet;

use crate::{is_secret, resource_of};

/// What kubectl calls the kinds of these needs, in the order in which rules name them, and Leases,
/// which show when the dump was taken. Secrets are not among them: kubectl would write their
/// values.
pub fn dumped(needs: &NeedSet) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let kinds = needs.objects.iter().map(|it| (&*it.group, &*it.kind));
    let kinds = kinds.filter(|it| !is_secret(it.0, it.1)).chain([("coordination.k8s.io", "Lease")]);
    kinds.filter(|it| seen.insert(*it)).map(|(group, kind)| resource_of(group, kind)).collect()
}

/// The command that dumps them into `dump.yaml`, in two lines.
pub fn dump_command(needs: &NeedSet) -> String {
    format!("kubectl get -A -o yaml > dump.yaml \\\n  {}", dumped(needs).join(","))
}

#[cfg(test)]
mod tests {
    use rulebox_core::ObjectNeed;

    use super::*;

    #[track_caller]
    fn check(kinds: &[(&str, &str)], want: &str) {
        let need = |&(group, kind): &(&str, &str)| ObjectNeed {
            group: group.to_owned(),
            kind: kind.to_owned(),
            ..ObjectNeed::default()
        };
        let needs = NeedSet { objects: kinds.iter().map(need).collect(), texts: Vec::new() };
        assert_eq!(dumped(&needs).join(","), want);
    }

    #[test]
    fn each_kind_is_named_once_and_leases_too() {
        check(
            &[("velero.io", "Backup"), ("", "Pod"), ("velero.io", "Backup")],
            "backups.velero.io,pods,leases.coordination.k8s.io",
        );
        check(
            &[("coordination.k8s.io", "Lease"), ("", "Pod")],
            "leases.coordination.k8s.io,pods",
        );
    }

    #[test]
    fn values_of_secrets_are_not_dumped() {
        check(&[("", "Secret"), ("", "Pod")], "pods,leases.coordination.k8s.io");
        check(&[("own.org", "Secret")], "secrets.own.org,leases.coordination.k8s.io");
    }
}
