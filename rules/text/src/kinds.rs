//! The kinds of Kubernetes' own groups, which stand in `kinds.txt`: a line is `group/Kind`. A test
//! of the packs in CEL writes them from the types of `k8s-openapi`.

use rulebox_core::closest;

const KINDS: &str = include_str!("kinds.txt");

fn all() -> impl Iterator<Item = (&'static str, &'static str)> + Clone {
    KINDS.lines().filter_map(|it| it.split_once('/'))
}

/// Why there is no such kind, and what to do. None where there is one, or where the group is
/// somebody else's.
pub(crate) fn refusal(group: &str, kind: &str) -> Option<(String, String)> {
    if matches!(group, "core" | "v1") {
        let help = "leave `group` out: the kinds of the core group have none";
        return Some((format!("there is no API group `{group}`"), help.to_owned()));
    }
    if !all().any(|it| it.0 == group) || all().any(|it| it == (group, kind)) {
        return None;
    }
    let of_group = all().filter(|it| it.0 == group).map(|it| it.1);
    let help = if let Some((other, _)) = all().find(|it| it.1 == kind) {
        if other.is_empty() {
            "leave `group` out".to_owned()
        } else {
            format!("write `group: {other}`")
        }
    } else if let Some(nearest) = closest(kind, of_group) {
        format!("did you mean `{nearest}`?")
    } else if group.is_empty() {
        "name its group: `group: example.com`".to_owned()
    } else {
        return None;
    };
    let of = if group.is_empty() { "the core group" } else { group };
    Some((format!("{of} has no kind `{kind}`"), help))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(group: &str, kind: &str, want: Option<(&str, &str)>) {
        let refused = refusal(group, kind);
        assert_eq!(refused.as_ref().map(|it| (it.0.as_str(), it.1.as_str())), want);
    }

    #[test]
    fn a_kind_is_looked_for_in_its_group() {
        check("", "Pod", None);
        check("apps", "Deployment", None);
        check("acme.example", "Pod", None);
        check(
            "core",
            "Pod",
            Some((
                "there is no API group `core`",
                "leave `group` out: the kinds of the core group have none",
            )),
        );
        check(
            "",
            "Deployment",
            Some(("the core group has no kind `Deployment`", "write `group: apps`")),
        );
        check("apps", "Pod", Some(("apps has no kind `Pod`", "leave `group` out")));
        check("", "Pood", Some(("the core group has no kind `Pood`", "did you mean `Pod`?")));
        let help = "name its group: `group: example.com`";
        check("", "Backup", Some(("the core group has no kind `Backup`", help)));
        check("apps", "Unheard", None);
    }
}
