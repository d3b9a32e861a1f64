//! Which API group a kind is of. A constraint names groups and kinds by themselves, and means each
//! kind of each group; a need is of one that there is.

use rulebox_text::kubernetes;

/// The group of a kind, and the kind.
pub(crate) type GroupKind = (String, String);

/// Kubernetes' own kinds by group; one that stands outside of namespaces has a `*`.
const KINDS: [(&str, &str); 13] = [
    (
        "",
        "Pod Service ConfigMap Secret ServiceAccount Namespace* Node* PersistentVolume* Event \
         PersistentVolumeClaim ReplicationController ResourceQuota LimitRange Endpoints \
         PodTemplate",
    ),
    ("apps", "Deployment StatefulSet DaemonSet ReplicaSet ControllerRevision"),
    ("batch", "Job CronJob"),
    ("networking.k8s.io", "Ingress NetworkPolicy IngressClass*"),
    ("rbac.authorization.k8s.io", "Role RoleBinding ClusterRole* ClusterRoleBinding*"),
    ("policy", "PodDisruptionBudget PodSecurityPolicy*"),
    ("autoscaling", "HorizontalPodAutoscaler"),
    ("storage.k8s.io", "StorageClass* CSIDriver* CSINode* VolumeAttachment*"),
    ("scheduling.k8s.io", "PriorityClass*"),
    ("coordination.k8s.io", "Lease"),
    ("apiextensions.k8s.io", "CustomResourceDefinition*"),
    (
        "admissionregistration.k8s.io",
        "ValidatingWebhookConfiguration* MutatingWebhookConfiguration* \
         ValidatingAdmissionPolicy* ValidatingAdmissionPolicyBinding*",
    ),
    ("apiregistration.k8s.io", "APIService*"),
];

/// A group that kinds have left, and which have.
const LEFT: &str = "extensions";
const THAT_LEFT: [&str; 6] =
    ["DaemonSet", "Deployment", "Ingress", "NetworkPolicy", "PodSecurityPolicy", "ReplicaSet"];

/// Kubernetes' own group of a kind, and whether its objects stand in namespaces.
fn known(kind: &str) -> Option<(&'static str, bool)> {
    KINDS.iter().find_map(|(group, kinds)| {
        let found = kinds.split_whitespace().find(|it| it.trim_end_matches('*') == kind)?;
        Some((*group, !found.ends_with('*')))
    })
}

/// Whether all objects of a kind are known to stand in namespaces.
pub(super) fn is_namespaced(of: &GroupKind) -> bool {
    scope(of) == Some(true)
}

/// Whether the objects of a kind stand in namespaces. None where that is not known.
pub(crate) fn scope((group, kind): &GroupKind) -> Option<bool> {
    known(kind).filter(|it| it.0 == group).map(|it| it.1)
}

/// The kinds that are meant by groups and kinds; an error is what cannot be known, as a sentence.
pub(super) fn of(groups: &[String], kinds: &[String]) -> Result<Vec<GroupKind>, String> {
    let any = groups.iter().any(|it| it == "*");
    let own = |group: &str| group == LEFT || KINDS.iter().any(|it| it.0 == group);
    let mut found = Vec::new();
    for kind in kinds {
        if kind == "*" {
            return Err("it matches all kinds that there are".to_owned());
        }
        let home = known(kind).map(|it| it.0);
        let left = THAT_LEFT.contains(&kind.as_str());
        let is_of = |group: &String, it: &str| group == it || left && group == LEFT;
        let home = home.filter(|it| any || groups.iter().any(|group| is_of(group, it)));
        let others = groups.iter().filter(|it| !own(it) && *it != "*");
        let before = found.len();
        found.extend(
            home.map(str::to_owned).into_iter().chain(others.cloned()).map(|it| (it, kind.clone())),
        );
        if found.len() == before && any {
            return Err(format!("which API group `{kind}` is of is not known"));
        }
        if found.len() == before {
            let wrong = groups.iter().filter_map(|it| match it.as_str() {
                LEFT => {
                    let help = "name the API group that it is of".to_owned();
                    Some((format!("{LEFT} has no kind `{kind}`"), help))
                }
                group => kubernetes::refusal(group, kind),
            });
            let wrong: Vec<_> = wrong.collect();
            if let (Some((why, help)), true) = (wrong.first(), wrong.len() == groups.len()) {
                return Err(format!("{why}; {help}"));
            }
            found.extend(groups.iter().map(|it| (it.clone(), kind.clone())));
        }
    }
    found.dedup();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &str) -> Vec<String> {
        words.split(' ').map(|it| it.trim_matches('-').to_owned()).collect()
    }

    #[track_caller]
    fn check(groups: &str, kinds: &str, want: &[&str]) {
        let found = of(&words(groups), &words(kinds)).map_or_else(
            |it| vec![it],
            |it| it.into_iter().map(|(group, kind)| format!("{group}/{kind}")).collect(),
        );
        assert_eq!(found, want);
    }

    #[test]
    fn a_kind_has_one_group() {
        check("-", "Pod", &["/Pod"]);
        check("- apps", "Pod Deployment", &["/Pod", "apps/Deployment"]);
        check("extensions networking.k8s.io", "Ingress", &["networking.k8s.io/Ingress"]);
        check("*", "Namespace", &["/Namespace"]);
    }

    #[test]
    fn other_groups_have_kinds_of_their_own() {
        check("- serving.knative.dev", "Service", &["/Service", "serving.knative.dev/Service"]);
        check("velero.io", "Backup", &["velero.io/Backup"]);
        check("apps", "Backup", &["apps/Backup"]);
    }

    #[test]
    fn what_cannot_be_known_is_told() {
        check("-", "*", &["it matches all kinds that there are"]);
        let help = "leave `group` out";
        check("apps", "Pod", &[&format!("apps has no kind `Pod`; {help}")]);
        check("*", "Backup", &["which API group `Backup` is of is not known"]);
    }
}
