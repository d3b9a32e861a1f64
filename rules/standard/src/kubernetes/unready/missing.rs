//! Secrets and ConfigMaps that a container needs and that are not there.

use rulebox_sdk::shell_word;

use super::{platform::Platform, problem::Problem};

/// A Secret or ConfigMap, or a key of it, that is not there.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Missing {
    /// `Secret` or `ConfigMap`.
    kind: &'static str,
    name: String,
    /// Empty where the whole object is missing.
    key: String,
}

impl Missing {
    /// Reads `secret "x" not found` and `couldn't find key K in Secret namespace/x`, as the kubelet
    /// words them.
    pub(super) fn find(text: &str) -> Option<Self> {
        const KINDS: [(&str, &str); 2] = [("secret", "Secret"), ("configmap", "ConfigMap")];
        if let Some((_, rest)) = text.split_once("couldn't find key ") {
            let (key, rest) = rest.split_once(" in ")?;
            let (kind, rest) = rest.split_once(' ')?;
            let (_, kind) = KINDS.into_iter().find(|(_, it)| kind.eq_ignore_ascii_case(it))?;
            let object = rest.split([',', ' ', ':', '"']).next()?;
            let name = object.rsplit('/').next()?.to_owned();
            return Some(Self { kind, name, key: key.to_owned() });
        }
        KINDS.into_iter().find_map(|(word, kind)| {
            let (_, rest) = text.split_once(&format!("{word} \""))?;
            let (name, rest) = rest.split_once('"')?;
            let is_missing = rest.trim_start().starts_with("not found");
            is_missing.then(|| Self { kind, name: name.to_owned(), key: String::new() })
        })
    }

    pub(super) fn words(&self) -> String {
        let Self { kind, name, key } = self;
        if key.is_empty() {
            format!("the {kind} {name}")
        } else {
            format!("the key {key} of the {kind} {name}")
        }
    }

    pub(super) fn write(&self, problem: Problem, namespace: &str, platform: &Platform) -> Problem {
        let kind = self.kind.to_lowercase();
        let made = platform.secrets.iter().find(|(name, _)| *name == self.name);
        let say = match made {
            Some((_, made)) => format!("{made} It is expected here:"),
            None => format!(
                "Create {}, from a copy or by installing the component again from {}. It is \
                 expected here:",
                self.words(),
                platform.installer
            ),
        };
        problem.label("missing", format!("{}/{}", self.kind, self.name)).say(say).command(format!(
            "kubectl -n {} get {kind} {}",
            shell_word(namespace),
            shell_word(&self.name)
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_missing(text: &str, want: Option<(&'static str, &str, &str)>) {
        let want = want.map(|(kind, name, key)| Missing {
            kind,
            name: name.to_owned(),
            key: key.to_owned(),
        });
        assert_eq!(Missing::find(text), want, "{text}");
    }

    #[test]
    fn what_is_missing_is_read() {
        check_missing("secret \"a-b\" not found", Some(("Secret", "a-b", "")));
        check_missing("Error: configmap \"c\" not found", Some(("ConfigMap", "c", "")));
        check_missing(
            "MountVolume.SetUp failed for volume \"v\" : secret \"a\" not found",
            Some(("Secret", "a", "")),
        );
        check_missing(
            "couldn't find key HBR_TOKEN in Secret apps/hbr-token",
            Some(("Secret", "hbr-token", "HBR_TOKEN")),
        );
        check_missing(
            "couldn't find key a.yaml in ConfigMap apps/config",
            Some(("ConfigMap", "config", "a.yaml")),
        );
    }

    #[test]
    fn other_texts_tell_of_nothing_missing() {
        check_missing("secret \"a\" is forbidden", None);
        check_missing("couldn't find key", None);
        check_missing("couldn't find key X in Volume a/b", None);
        check_missing("", None);
    }
}
