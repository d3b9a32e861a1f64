//! What is known of Kubernetes' own kinds: the fields of each, and their types. It stands in
//! `kubernetes.txt`, which a test of the packs in CEL writes from the types of `k8s-openapi`.
//!
//! A line with `/` gives the type of a kind, `apps/Deployment=Deployment`, and one without the
//! fields of a type: `Deployment=apiVersion:s,kind:s,metadata:ObjectMeta,…`. A type is a letter
//! (`s` text, `i` whole number, `n` number, `b` true or false, `q` quantity, `t` time, `d`
//! anything), another type's name, `[` and a type for a list of it, `{` for a mapping to it.

use std::{collections::HashMap, sync::LazyLock};

use rulebox_core::{Path, Segment, closest};

use crate::{problem::Problems, yaml::Scalar};

const LINES: &str = include_str!("kubernetes.txt");

static TABLE: LazyLock<HashMap<&'static str, &'static str>> = LazyLock::new(|| lines().collect());

fn lines() -> impl Iterator<Item = (&'static str, &'static str)> + Clone {
    LINES.lines().filter(|it| !it.starts_with('#')).filter_map(|it| it.split_once('='))
}

fn all() -> impl Iterator<Item = (&'static str, &'static str)> + Clone {
    lines().filter_map(|it| it.0.split_once('/'))
}

/// The type of a kind; none where it is none of Kubernetes' own.
pub fn kind(group: &str, kind: &str) -> Option<&'static str> {
    TABLE.get(format!("{group}/{kind}").as_str()).copied()
}

/// The type of a field of a type.
pub fn field(of: &str, name: &str) -> Result<&'static str, NoField> {
    let fields = || {
        let fields = TABLE.get(of).copied().unwrap_or_default();
        fields.split(',').filter_map(|it| it.split_once(':'))
    };
    let found = fields().find(|it| it.0 == name).map(|it| it.1);
    found.ok_or_else(|| match fields().next() {
        Some(_) => NoField::Unknown { nearest: closest(name, fields().map(|it| it.0)) },
        None => NoField::NoFields,
    })
}

/// Why there is no such field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoField {
    /// The type is known, and has others; the nearest of them.
    Unknown {
        /// The nearest of its fields.
        nearest: Option<&'static str>,
    },
    /// A text or a number has none.
    NoFields,
}

impl NoField {
    /// Tells of a path that leads there.
    pub fn tell(&self, path: &Scalar, problems: &mut Problems) {
        let message = format!("`{}` is no path of the object", path.text);
        problems.add(path.at(), message, self.help());
    }

    fn help(&self) -> String {
        match self {
            Self::Unknown { nearest: Some(nearest) } => format!("did you mean `{nearest}`?"),
            _ => "see `kubectl explain`; lists are followed by `[]`".to_owned(),
        }
    }
}

/// Why a path leads to nothing in the objects of a kind; none where it leads somewhere, or where
/// the kind is none of Kubernetes' own.
pub(crate) fn astray(of: (&str, &str), path: &Path) -> Option<NoField> {
    let mut ty = kind(of.0, of.1)?;
    for segment in path.segments() {
        let below = match (segment, ty) {
            (_, "d") => return None,
            (Segment::Each, ty) => ty.strip_prefix('[').ok_or(NoField::NoFields),
            (Segment::Any, ty) => Ok(ty.strip_prefix('{')?),
            (Segment::Key(key), ty) => ty.strip_prefix('{').map_or_else(|| field(ty, key), Ok),
        };
        match below {
            Ok(below) => ty = below,
            Err(no) => return Some(no),
        }
    }
    None
}

/// Why what is read by these keys is not in the objects of a kind, and which key leads astray; a
/// key that is not known may be each. None where it may be there, or where the kind is none of
/// Kubernetes' own.
pub fn strays<'k>(
    of: (&str, &str),
    keys: impl IntoIterator<Item = Option<&'k str>>,
) -> Option<(usize, NoField)> {
    let mut ty = kind(of.0, of.1)?;
    for (nth, key) in keys.into_iter().enumerate() {
        let below = match (key, ty) {
            (_, "d") => return None,
            (Some(key), ty) => ty.strip_prefix('{').map_or_else(|| field(ty, key), Ok),
            (None, ty) => match ty.strip_prefix(['[', '{']) {
                Some(below) => Ok(below),
                None if TABLE.contains_key(ty) => return None,
                None => Err(NoField::NoFields),
            },
        };
        match below {
            Ok(below) => ty = below,
            Err(no) => return Some((nth, no)),
        }
    }
    None
}

/// Kubernetes' own kinds, each with its group.
pub fn kinds() -> impl Iterator<Item = (&'static str, &'static str)> + Clone {
    all()
}

/// Why there is no such kind, and what to do. None where there is one, or where the group is
/// somebody else's.
pub fn refusal(group: &str, kind: &str) -> Option<(String, String)> {
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

    #[track_caller]
    fn check_path(of: (&str, &str), path: &str, want: Option<&str>) {
        let path = Path::parse(path).expect("a path");
        assert_eq!(astray(of, &path).map(|it| it.help()).as_deref(), want, "{path:?}");
    }

    #[test]
    fn a_path_is_followed_along_the_types() {
        let pod = ("", "Pod");
        check_path(pod, "spec.containers[].image", None);
        check_path(pod, "spec.containers", None);
        check_path(pod, "metadata.labels.app", None);
        check_path(pod, "metadata.labels.\"a.example/b\"", None);
        check_path(pod, "spec.contianers[].image", Some("did you mean `containers`?"));
        let lists = Some("see `kubectl explain`; lists are followed by `[]`");
        check_path(pod, "spec.containers.image", lists);
        check_path(pod, "spec.nodeName[]", lists);
        check_path(pod, "spec.nodeName.x", lists);
        check_path(("acme.example", "Pod"), "spec.contianers", None);
    }
}
