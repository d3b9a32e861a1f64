//! What is never taken into a bundle, whoever asks for it.

use rulebox_core::{ObjectNeed, Path, Segment};

use crate::is_secret;

/// The annotation in which kubectl keeps a whole object, with whatever it was given.
pub const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// The fields of a Secret that hold values; of these a bundle holds the keys alone.
pub const SECRET_VALUES: [&str; 2] = ["data", "stringData"];

/// Why no bundle can hold all that a need reads; none if one can.
pub fn withheld(need: &ObjectNeed) -> Option<String> {
    let paths: Vec<_> = need.fields.iter().filter_map(|it| Path::parse(it).ok()).collect();
    let last_applied = ["metadata", "annotations", LAST_APPLIED];
    if paths.iter().any(|it| it.segments().len() >= 3 && overlap(it, &last_applied)) {
        return Some(format!("{LAST_APPLIED} of {} is never collected", need.kind_name()));
    }
    if !is_secret(&need.group, &need.kind) {
        return None;
    }
    let reads = |field: &[&str]| paths.is_empty() || paths.iter().any(|it| overlap(it, field));
    if SECRET_VALUES.iter().any(|it| reads(&[it])) {
        return Some("values of Secrets are never collected".to_owned());
    }
    let annotations = reads(&["metadata", "annotations"]);
    annotations.then(|| "annotations of Secrets are never collected".to_owned())
}

/// Whether a field of a Secret is never taken, or a part of it is not.
pub fn is_withheld(field: &Path) -> bool {
    let values = SECRET_VALUES.iter().any(|it| overlap(field, &[it]));
    values || overlap(field, &["metadata", "annotations"])
}

/// Whether a path leads to a field, into it, or to what holds it.
fn overlap(path: &Path, field: &[&str]) -> bool {
    path.segments().iter().zip(field).all(|(step, key)| match step {
        Segment::Key(it) => it == key,
        Segment::Any => true,
        Segment::Each => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(kind: &str, fields: &[&str], want: Option<&str>) {
        let need = ObjectNeed {
            kind: kind.to_owned(),
            fields: fields.iter().map(|&it| it.to_owned()).collect(),
            ..ObjectNeed::default()
        };
        assert_eq!(withheld(&need).as_deref(), want, "{kind} {fields:?}");
    }

    #[test]
    fn values_of_secrets_are_withheld() {
        let values = Some("values of Secrets are never collected");
        check("Secret", &["data"], values);
        check("Secret", &["metadata.name", "stringData.cloud"], values);
        check("Secret", &["*"], values);
        check("Secret", &[], values);
        check("Secret", &["metadata.name", "type"], None);
        check("Secret", &["metadata"], Some("annotations of Secrets are never collected"));
        check("ConfigMap", &["data"], None);
    }

    #[test]
    fn what_kubectl_keeps_of_an_object_is_withheld() {
        let field = format!("metadata.annotations.\"{LAST_APPLIED}\"");
        check("Pod", &[&field], Some(&format!("{LAST_APPLIED} of Pod is never collected")));
        check("Pod", &["metadata.annotations"], None);
        check("Pod", &["metadata.annotations.\"a.b/c\""], None);
    }
}
