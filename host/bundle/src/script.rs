//! The script that collects a bundle where there is nothing but kubectl and a shell. Its text
//! stands in `collect.sh`; here it gets its lists, and what it need not do goes.

use std::{error::Error, fmt};

use rulebox_core::{NeedSet, ObjectNeed, is_group, is_kind, is_namespace};

use crate::{FORMAT, Fields, List, SECRET_FIELDS, is_secret, lists_of};

const TEMPLATE: &str = include_str!("collect.sh");

/// The lines between which the script handles Secrets.
const SECRETS: (&str, &str) = ("# <secrets>\n", "# </secrets>\n");

/// A need that the script cannot ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptError {
    /// The id of the need; empty where there is none that reads objects.
    pub need: String,
    /// What is wrong: a lower-case fragment.
    pub reason: String,
}

impl fmt::Display for ScriptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self { need, reason } if need.is_empty() => f.write_str(reason),
            Self { need, reason } => write!(f, "the need {need} {reason}"),
        }
    }
}

impl Error for ScriptError {}

/// The POSIX shell script that collects what these needs read, as this version of Rulebox writes
/// it. Nothing of a pack gets into it but checked names of groups, kinds and namespaces.
pub fn script(needs: &NeedSet, rulebox: &str) -> Result<String, ScriptError> {
    needs.objects.iter().try_for_each(check)?;
    let lists = lists_of(needs);
    if lists.is_empty() {
        let reason = "there is nothing to collect: no chosen rule reads objects".to_owned();
        return Err(ScriptError { need: String::new(), reason });
    }
    let template = if lists.iter().any(|it| is_secret(&it.group, &it.kind)) {
        TEMPLATE.replace(SECRETS.0, "").replace(SECRETS.1, "")
    } else {
        without_secrets()
    };
    let help = help(&template);
    let number = lists.len().to_string();
    let values = [
        ("@HELP@\n", &*help),
        ("@NUMBER@", &number),
        ("@FORMAT@", &*FORMAT.to_string()),
        ("@RULEBOX@", rulebox),
        ("@FIELDS@\n", &fields(&lists).print()),
        ("@LISTS@\n", &List::print(&lists)),
    ];
    Ok(values.iter().fold(template, |text, (name, value)| text.replace(name, value)))
}

/// Nothing but a name gets into the script, and a path of the API.
fn check(need: &ObjectNeed) -> Result<(), ScriptError> {
    let ObjectNeed { id, group, kind, namespaces, .. } = need;
    let error = |what: &str, name: &str| {
        let reason = format!("asks for {what} `{name}`, which cannot be one");
        Err(ScriptError { need: id.clone(), reason })
    };
    match namespaces.iter().find(|it| !is_namespace(it)) {
        _ if !is_group(group) => error("group", group),
        _ if !is_kind(kind) => error("kind", kind),
        Some(it) => error("namespace", it),
        None => Ok(()),
    }
}

/// What the script says of itself: its head, without the marks of comments.
fn help(script: &str) -> String {
    let head = script.lines().skip(1).map_while(|it| it.strip_prefix('#'));
    head.flat_map(|it| [it.strip_prefix(' ').unwrap_or(it), "\n"]).collect()
}

/// The script for whom no rule reads Secrets.
fn without_secrets() -> String {
    let parts = TEMPLATE.split(SECRETS.0).enumerate().map(|(nth, part)| match nth {
        0 => part,
        _ => part.split_once(SECRETS.1).map_or("", |it| it.1),
    });
    parts.collect()
}

/// What the script takes: whole objects, but of Secrets.
fn fields(lists: &[List]) -> Fields {
    let need = |List { group, kind, .. }: &List| ObjectNeed {
        group: group.clone(),
        kind: kind.clone(),
        fields: if is_secret(group, kind) {
            SECRET_FIELDS.map(str::to_owned).to_vec()
        } else {
            Vec::new()
        },
        ..ObjectNeed::default()
    };
    Fields::of(&NeedSet { objects: lists.iter().map(need).collect(), texts: Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn need(group: &str, kind: &str, namespace: &str) -> ObjectNeed {
        ObjectNeed {
            id: "own/things".to_owned(),
            group: group.to_owned(),
            kind: kind.to_owned(),
            namespaces: vec![namespace.to_owned()],
            ..ObjectNeed::default()
        }
    }

    #[track_caller]
    fn check_refused(need: ObjectNeed, want: &str) {
        let needs = NeedSet { objects: vec![need], texts: Vec::new() };
        let error = script(&needs, "1.0.0").expect_err("the name is refused");
        assert_eq!(error.to_string(), want);
    }

    #[test]
    fn what_cannot_be_a_name_is_refused() {
        check_refused(
            need("a;id", "Pod", "csdr"),
            "the need own/things asks for group `a;id`, which cannot be one",
        );
        check_refused(
            need("", "Pod$(id)", "csdr"),
            "the need own/things asks for kind `Pod$(id)`, which cannot be one",
        );
        check_refused(
            need("", "Pod", "a\nEND"),
            "the need own/things asks for namespace `a\nEND`, which cannot be one",
        );
    }

    #[test]
    fn without_objects_there_is_no_script() {
        let error = script(&NeedSet::default(), "1.0.0").expect_err("nothing to collect");
        assert_eq!(error.to_string(), "there is nothing to collect: no chosen rule reads objects");
    }

    #[track_caller]
    fn check_secrets(kind: &str, group: &str, want: bool) {
        let needs = NeedSet { objects: vec![need(group, kind, "csdr")], texts: Vec::new() };
        let script = script(&needs, "1.0.0").expect("a script");
        assert_eq!(script.contains("ecret"), want, "{script}");
        for mark in
            ["@HELP@", "@NUMBER@", "@FORMAT@", "@RULEBOX@", "@FIELDS@", "@LISTS@", "secrets>"]
        {
            assert!(!script.contains(mark), "{mark} is left:\n{script}");
        }
    }

    #[test]
    fn only_who_reads_secrets_has_a_script_that_asks_for_them() {
        check_secrets("Pod", "", false);
        check_secrets("Secret", "", true);
    }
}
