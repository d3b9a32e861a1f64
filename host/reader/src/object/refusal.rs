//! Whose objects an API server has refused to list, by the words of its answer.

use rulebox_bundle::plural_of;
use rulebox_core::{Concerns, ObjectNeed, addresses};

/// Whose objects are missing because of what an API server, or kubectl in its place, has answered.
/// None if the answer does not name a resource.
pub(crate) fn concerned_by(message: &str, needs: &[ObjectNeed]) -> Option<Concerns> {
    let (resource, group) = named(message)?;
    Some(concerned(resource, group, needs))
}

/// The needed kinds that a resource may be. `group`: none if it is not known.
pub(crate) fn concerned(resource: &str, group: Option<&str>, needs: &[ObjectNeed]) -> Concerns {
    let resource = resource.to_lowercase();
    let is = |need: &&ObjectNeed| {
        (resource == plural_of(&need.kind) || resource == need.kind.to_lowercase())
            && group.is_none_or(|group| addresses(&need.group, &need.kind).any(|it| it == group))
    };
    let kinds = needs.iter().filter(is).map(|it| (it.group.clone(), it.kind.clone()));
    Concerns::Kinds(kinds.collect())
}

/// The resource that a message names, and its group; none if it does not say the group.
fn named(message: &str) -> Option<(&str, Option<&str>)> {
    // `User "u" cannot list resource "backups" in API group "velero.io" in the namespace "csdr"`
    if let Some((_, rest)) = message.split_once(" resource \"")
        && let Some((resource, rest)) = rest.split_once("\" in API group \"")
        && let Some((group, _)) = rest.split_once('"')
    {
        return Some((resource, Some(group)));
    }
    // `Unable to list "velero.io/v1, Resource=backups": the server was unable to return a response`
    if let Some((version, rest)) = message.split_once(", Resource=")
        && let Some((resource, _)) = rest.split_once('"')
        && let Some((_, version)) = version.rsplit_once('"')
    {
        return Some((resource, Some(rulebox_core::group_of(version))));
    }
    // `the server doesn't have a resource type "backups"`
    if let Some((_, rest)) = message.split_once(" resource type \"") {
        let (resource, group) = resource(rest.split('"').next()?)?;
        return Some((resource, group));
    }
    // `Error from server (Forbidden): backups.velero.io "x" is forbidden`
    let message = match message.split_once("): ") {
        Some((before, rest)) if before.starts_with("Error from server (") => rest,
        _ => message,
    };
    let (first, rest) = message.split_once(' ')?;
    let rest = match rest.strip_prefix('"').and_then(|it| it.split_once("\" ")) {
        Some((_, rest)) => rest,
        None => rest,
    };
    let refused = ["is forbidden", "not found"].iter().any(|it| rest.starts_with(it));
    let (resource, group) = resource(first).filter(|_| refused)?;
    // Here the core group is not written.
    Some((resource, group.or(Some(""))))
}

/// Splits `backups.velero.io`.
fn resource(name: &str) -> Option<(&str, Option<&str>)> {
    let (resource, group) = match name.split_once('.') {
        Some((resource, group)) => (resource, Some(group)),
        None => (name, None),
    };
    let legal = |it: u8| it.is_ascii_alphanumeric() || it == b'-' || it == b'/';
    (!resource.is_empty() && resource.bytes().all(legal)).then_some((resource, group))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(message: &str, want: Option<&[&str]>) {
        let need = |(group, kind): (&str, &str)| ObjectNeed {
            group: group.to_owned(),
            kind: kind.to_owned(),
            ..ObjectNeed::default()
        };
        let kinds = [
            ("", "Pod"),
            ("", "Event"),
            ("velero.io", "Backup"),
            ("velero.io", "Restore"),
            ("snapshots.example.org", "Backup"),
            ("apps", "Deployment"),
        ];
        let concerns = concerned_by(message, &kinds.map(need));
        let kinds = concerns.map(|it| match it {
            Concerns::Kinds(kinds) => {
                kinds.into_iter().map(|(group, kind)| format!("{group}/{kind}")).collect::<Vec<_>>()
            }
            other => panic!("{other:?}"),
        });
        let want = want.map(|it| it.iter().map(|&it| it.to_owned()).collect());
        assert_eq!(kinds, want, "{message}");
    }

    #[test]
    fn a_refusal_names_its_resource() {
        let of = |what: &str| format!("User \"ops\" cannot list {what} in the namespace \"csdr\"");
        let backups = of("resource \"backups\" in API group \"velero.io\"");
        check(&format!("backups.velero.io is forbidden: {backups}"), Some(&["velero.io/Backup"]));
        let pods = of("resource \"pods\" in API group \"\"");
        check(
            &format!("Error from server (Forbidden): pods is forbidden: {pods}"),
            Some(&["/Pod"]),
        );
        // As servers before 1.12 wrote.
        check(
            &format!("backups.velero.io is forbidden: {}", of("backups.velero.io")),
            Some(&["velero.io/Backup"]),
        );
        check(&format!("pods \"x\" is forbidden: {}", of("pods")), Some(&["/Pod"]));
        check(
            "Error from server (NotFound): backups.velero.io \"x\" not found",
            Some(&["velero.io/Backup"]),
        );
        let unable = "Error from server (Timeout): Unable to list \
             \"velero.io/v1, Resource=restores\": the server was unable to return a response";
        check(unable, Some(&["velero.io/Restore"]));
    }

    #[test]
    fn what_no_need_asks_for_concerns_nobody() {
        let of =
            |it: &str| format!("cannot get resource \"{it}\" in API group \"\" in namespace \"a\"");
        check(&of("secrets"), Some(&[]));
        check(&of("pods/log"), Some(&[]));
        check("backups.example.org is forbidden: User \"ops\" cannot list it", Some(&[]));
    }

    #[test]
    fn an_older_group_of_a_kind_is_the_kind() {
        check("deployments.extensions is forbidden: no", Some(&["apps/Deployment"]));
        check("events.events.k8s.io is forbidden: no", Some(&["/Event"]));
    }

    #[test]
    fn without_a_group_a_resource_may_be_of_each() {
        let both = ["snapshots.example.org/Backup", "velero.io/Backup"];
        check("error: the server doesn't have a resource type \"backups\"", Some(&both));
    }

    #[test]
    fn other_answers_name_none() {
        for message in
            ["Unauthorized", "", "etcdserver: request timed out", "access is forbidden: no"]
        {
            let named = message.starts_with("access");
            check(message, named.then_some(&[][..]));
        }
    }
}
