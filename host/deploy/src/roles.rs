//! What a run may do in a cluster: no more than the rules read. Needs that name namespaces become
//! rules of a Role in each of these, all others rules of a ClusterRole.

use std::{
    collections::{BTreeMap, BTreeSet},
    error::Error,
    fmt,
};

use rulebox_bundle::{is_secret, plural_of};
use rulebox_core::{is_group, is_kind, is_namespace};
use rulebox_report::{NeedsView, ObjectNeedView};
use serde_json::{Value, json};

/// Groups whose plurals are known: Kubernetes' own, where each follows from its kind, and those of
/// the built-in packs. Of others the plural is a guess.
const KNOWN: [&str; 17] = [
    "",
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "apiregistration.k8s.io",
    "apps",
    "autoscaling",
    "batch",
    "coordination.k8s.io",
    "csdr.alibabacloud.com",
    "discovery.k8s.io",
    "events.k8s.io",
    "networking.k8s.io",
    "policy",
    "rbac.authorization.k8s.io",
    "snapshot.storage.k8s.io",
    "storage.k8s.io",
    "velero.io",
];

/// The plurals that somebody has given, by kind and group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plurals(BTreeMap<(String, String), String>);

/// Why a text names no plural.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PluralError(String);

impl fmt::Display for PluralError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for PluralError {}

impl Plurals {
    /// Adds `Widget.example.org=widgetry`.
    pub fn add(&mut self, text: &str) -> Result<(), PluralError> {
        let error = |why: &str| {
            Err(PluralError(format!("{why}: write KIND.GROUP=PLURAL, as Mouse.example.org=mice")))
        };
        let Some((kind, plural)) = text.split_once('=') else {
            return error("the plural is missing");
        };
        let (kind, group) = kind.split_once('.').unwrap_or((kind, ""));
        if !is_kind(kind) || !kind.starts_with(|it: char| it.is_ascii_uppercase()) {
            return error("this begins with no kind");
        }
        if !is_group(group) {
            return error("this names no group");
        }
        if !is_namespace(plural) {
            return error("a plural has small letters only");
        }
        self.0.insert((kind.to_owned(), group.to_owned()), plural.to_owned());
        Ok(())
    }

    /// The plural of a kind, and whether it is a guess.
    fn of(&self, kind: &str, group: &str) -> (String, bool) {
        match self.0.get(&(kind.to_owned(), group.to_owned())) {
            Some(plural) => (plural.clone(), false),
            None => (plural_of(kind), !KNOWN.contains(&group)),
        }
    }

    /// Those that name no kind of these needs, as they were given.
    pub fn unused(&self, needs: &NeedsView) -> Vec<String> {
        let is_read = |it: &(&(String, String), &String)| {
            let (kind, group) = it.0;
            needs.objects.iter().any(|it| it.kind == *kind && it.group == *group)
        };
        let unused = self.0.iter().filter(|it| !is_read(it));
        unused
            .map(|((kind, group), plural)| match group.as_str() {
                "" => format!("{kind}={plural}"),
                _ => format!("{kind}.{group}={plural}"),
            })
            .collect()
    }
}

/// The names of resources, by group.
type Rules = BTreeMap<String, BTreeSet<String>>;

/// What rules read, as rules of roles.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Roles {
    /// In all namespaces, or outside of them.
    cluster: Rules,
    /// In one namespace.
    namespaces: BTreeMap<String, Rules>,
    /// Plurals that were guessed: `widgets.example.org`, for the kind `Widget`.
    guesses: BTreeSet<(String, String)>,
    /// Which rules read Secrets, and what of them.
    secrets: BTreeMap<String, BTreeSet<String>>,
}

impl Roles {
    /// The roles for these needs. A need whose names cannot be names is an error: nothing else
    /// may get into a role.
    pub fn of(needs: &NeedsView, plurals: &Plurals) -> Result<Self, PluralError> {
        let mut roles = Self::default();
        for need in &needs.objects {
            check(need)?;
            let (plural, is_guess) = plurals.of(&need.kind, &need.group);
            if is_guess {
                roles.guesses.insert((need.kind.clone(), format!("{plural}.{}", need.group)));
            }
            if is_secret(&need.group, &need.kind) {
                let fields = || {
                    if need.fields.is_empty() {
                        return BTreeSet::from(["all of them".to_owned()]);
                    }
                    need.fields.iter().cloned().collect::<BTreeSet<_>>()
                };
                for rule in need.required_by.iter().chain(&need.consulted_by) {
                    roles.secrets.entry(rule.clone()).or_default().extend(fields());
                }
            }
            let add = |rules: &mut Rules| {
                rules.entry(need.group.clone()).or_default().insert(plural.clone());
            };
            if need.namespaces.is_empty() {
                add(&mut roles.cluster);
            }
            for namespace in &need.namespaces {
                add(roles.namespaces.entry(namespace.clone()).or_default());
            }
        }
        roles.drop_repeated();
        Ok(roles)
    }

    /// What the ClusterRole allows need not be allowed once more.
    fn drop_repeated(&mut self) {
        for rules in self.namespaces.values_mut() {
            for (group, resources) in rules.iter_mut() {
                if let Some(everywhere) = self.cluster.get(group) {
                    resources.retain(|it| !everywhere.contains(it));
                }
            }
            rules.retain(|_, it| !it.is_empty());
        }
        self.namespaces.retain(|_, it| !it.is_empty());
    }

    /// Whether nothing is read.
    pub fn is_empty(&self) -> bool {
        self.cluster.is_empty() && self.namespaces.is_empty()
    }

    /// The namespaces that have a role.
    pub(crate) fn namespaces(&self) -> impl Iterator<Item = &str> {
        self.namespaces.keys().map(String::as_str)
    }

    /// The part `rbac` of the chart's values.
    pub fn values(&self) -> Value {
        let rules = |rules: &Rules| -> Value {
            let rule = |(group, resources): (&String, &BTreeSet<String>)| {
                let groups = [group];
                json!({"apiGroups": groups, "resources": resources})
            };
            rules.iter().map(rule).collect()
        };
        // A list, since Helm merges maps: a namespace that is not needed would stay.
        let namespace =
            |(name, it): (&String, &Rules)| json!({"namespace": name, "rules": rules(it)});
        let namespaces: Vec<_> = self.namespaces.iter().map(namespace).collect();
        json!({"cluster": rules(&self.cluster), "namespaces": namespaces})
    }

    /// What whoever applies the roles is to know: which rules read Secrets, which plurals are
    /// guesses. A sentence each.
    pub fn notes(&self) -> Vec<String> {
        let secrets = self.secrets.iter().map(|(rule, fields)| {
            let fields: Vec<_> = fields.iter().map(String::as_str).collect();
            format!(
                "the rule {rule} reads Secrets ({}): the role allows to read them whole, since \
                 Kubernetes knows no permission for a field",
                fields.join(", ")
            )
        });
        let guesses = self.guesses.iter().map(|(kind, resource)| {
            let group = resource.split_once('.').map_or("", |it| it.1);
            format!(
                "`{resource}` is a guess for the kind {kind}; if `kubectl api-resources \
                 --api-group={group}` shows another name, type --plural {kind}.{group}=NAME"
            )
        });
        secrets.chain(guesses).collect()
    }
}

fn check(need: &ObjectNeedView) -> Result<(), PluralError> {
    let error = |what: &str, name: &str| {
        let rules = need.required_by.iter().chain(&need.consulted_by);
        let rule = rules.map(String::as_str).next().unwrap_or_default();
        Err(PluralError(format!(
            "the rule {rule} asks for {what} `{name}`, which cannot be one; leave it out: \
             --skip-rule {rule}"
        )))
    };
    match need.namespaces.iter().find(|it| !is_namespace(it)) {
        _ if !is_group(&need.group) => error("group", &need.group),
        _ if !is_kind(&need.kind) => error("kind", &need.kind),
        Some(it) => error("namespace", it),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn need(kind: &str, group: &str, namespaces: &[&str]) -> ObjectNeedView {
        ObjectNeedView {
            resource: String::new(),
            group: group.to_owned(),
            kind: kind.to_owned(),
            namespaces: namespaces.iter().map(|&it| it.to_owned()).collect(),
            label_selector: String::new(),
            fields: vec!["type".to_owned()],
            required_by: vec!["own/rule".to_owned()],
            consulted_by: Vec::new(),
        }
    }

    fn view(objects: &[ObjectNeedView]) -> NeedsView {
        NeedsView { objects: objects.to_vec(), ..NeedsView::default() }
    }

    #[track_caller]
    fn check(needs: &[ObjectNeedView], plurals: &[&str], want: Value, notes: &[&str]) {
        let mut given = Plurals::default();
        for it in plurals {
            given.add(it).expect("a plural");
        }
        let roles = Roles::of(&view(needs), &given).expect("roles");
        assert_eq!(roles.values(), want);
        let is = roles.notes();
        assert_eq!(is.len(), notes.len(), "{is:?}");
        for (is, want) in is.iter().zip(notes) {
            assert!(is.contains(want), "{is}");
        }
    }

    #[test]
    fn needs_of_namespaces_are_roles_in_them() {
        check(
            &[
                need("Pod", "", &["csdr", "kube-system"]),
                need("Backup", "velero.io", &["csdr"]),
                need("Node", "", &[]),
            ],
            &[],
            json!({
                "cluster": [{"apiGroups": [""], "resources": ["nodes"]}],
                "namespaces": [
                    {"namespace": "csdr", "rules": [
                        {"apiGroups": [""], "resources": ["pods"]},
                        {"apiGroups": ["velero.io"], "resources": ["backups"]},
                    ]},
                    {"namespace": "kube-system", "rules": [
                        {"apiGroups": [""], "resources": ["pods"]},
                    ]},
                ],
            }),
            &[],
        );
    }

    #[test]
    fn what_is_allowed_everywhere_is_not_allowed_twice() {
        check(
            &[need("Pod", "", &["csdr"]), need("Pod", "", &[])],
            &[],
            json!({
                "cluster": [{"apiGroups": [""], "resources": ["pods"]}],
                "namespaces": [],
            }),
            &[],
        );
    }

    #[test]
    fn a_plural_that_is_not_known_is_a_guess_unless_it_is_given() {
        let role = |name: &str| {
            json!({
                "cluster": [{"apiGroups": ["own.org"], "resources": [name]}],
                "namespaces": [],
            })
        };
        let mouse = [need("Mouse", "own.org", &[])];
        check(&mouse, &[], role("mouses"), &["type --plural Mouse.own.org=NAME"]);
        check(&mouse, &["Mouse.own.org=mice"], role("mice"), &[]);
    }

    #[test]
    fn who_reads_secrets_is_told() {
        check(
            &[need("Secret", "", &["csdr"])],
            &[],
            json!({
                "cluster": [],
                "namespaces": [
                    {"namespace": "csdr", "rules": [
                        {"apiGroups": [""], "resources": ["secrets"]},
                    ]},
                ],
            }),
            &["the rule own/rule reads Secrets (type)"],
        );
    }

    #[test]
    fn what_cannot_be_a_name_gets_into_no_role() {
        let bad = [need("Pod: [x]", "", &[]), need("Pod", "a b", &[]), need("Pod", "", &["../x"])];
        for need in bad {
            let error = Roles::of(&view(&[need]), &Plurals::default()).expect_err("refused");
            assert!(error.to_string().contains("--skip-rule own/rule"), "{error}");
        }
    }

    #[test]
    fn a_plural_names_its_kind() {
        for text in ["mice", "Mouse", "mouse=mice", "Mouse=", "Mouse.a b=mice", "Mouse=Mice"] {
            let error = Plurals::default().add(text).expect_err("refused").to_string();
            assert!(error.contains("Mouse.example.org=mice"), "{text}: {error}");
        }
        let mut plurals = Plurals::default();
        plurals.add("Mouse.own.org=mice").expect("a plural");
        assert_eq!(plurals.unused(&view(&[])), ["Mouse.own.org=mice"]);
    }
}
