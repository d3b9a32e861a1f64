//! The one command of kubectl that dumps what needs read. It is the simplest way, and shows less
//! than a bundle.

use std::collections::BTreeSet;

use rulebox_core::{NeedSet, shell_word};

use crate::{is_secret, resource_of};

/// The command that dumps into `dump.yaml` what these needs read, in two lines. It names Leases
/// too, which show when the dump was taken, and never Secrets: kubectl would write their values.
pub fn dump_command(needs: &NeedSet) -> String {
    let kinds = needs.objects.iter().map(|it| (&*it.group, &*it.kind));
    let kinds = kinds.filter(|it| !is_secret(it.0, it.1)).chain([("coordination.k8s.io", "Lease")]);
    let kinds: BTreeSet<_> = kinds.collect();
    let names: Vec<_> = kinds.iter().map(|(group, kind)| resource_of(group, kind)).collect();
    format!("kubectl get -A -o yaml > dump.yaml \\\n  {}", shell_word(&names.join(",")))
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
        assert_eq!(
            dump_command(&needs),
            format!("kubectl get -A -o yaml > dump.yaml \\\n  {want}")
        );
    }

    #[test]
    fn each_kind_is_named_once_and_leases_too() {
        check(
            &[("velero.io", "Backup"), ("", "Pod"), ("velero.io", "Backup")],
            "pods,leases.coordination.k8s.io,backups.velero.io",
        );
        check(&[("coordination.k8s.io", "Lease"), ("", "Pod")], "pods,leases.coordination.k8s.io");
    }

    #[test]
    fn values_of_secrets_are_not_dumped() {
        check(&[("", "Secret"), ("", "Pod")], "pods,leases.coordination.k8s.io");
        check(&[("own.org", "Secret")], "leases.coordination.k8s.io,secrets.own.org");
    }

    #[test]
    fn what_a_shell_would_read_is_quoted() {
        check(&[("", "$(id)")], "'$(id)s,leases.coordination.k8s.io'");
    }
}
