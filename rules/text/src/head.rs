//! What each pack begins with, whatever its rules are written in.

use crate::{
    keys::Keys,
    problem::Problems,
    yaml::{Kind, Node, Scalar},
};

/// What `apiVersion` must be.
pub const API_VERSION: &str = "rulebox.dev/v1alpha1";
/// What `kind` must be.
pub const KIND: &str = "RulePack";

/// Whether a text calls itself a pack; that it does not is told.
pub fn is_pack(root: &Node, problems: &mut Problems) -> bool {
    let begins = format!("a pack begins with `apiVersion: {API_VERSION}` and `kind: {KIND}`");
    if !matches!(root.kind, Kind::Map(_)) {
        problems.add(root.at, "this is no pack: it is no mapping", begins);
        return false;
    }
    let kind = root.get("kind").and_then(|it| Some((it.at, it.text()?.text.as_str())));
    let (at, found, help) = match kind {
        Some((_, KIND)) => return true,
        Some((at, kind)) if kind.ends_with("List") => {
            let dump = "a dump of a cluster stands behind `check`, without `--pack`";
            (at, format!("its kind is `{kind}`"), format!("{begins}; {dump}"))
        }
        Some((at, kind)) => (at, format!("its kind is `{kind}`"), begins),
        None => {
            let dump = "a dump of a cluster stands behind `check`, without `--pack`";
            (root.at, "it has no `kind`".to_owned(), format!("{begins}; {dump}"))
        }
    };
    problems.add(at, format!("this is no pack: {found}"), help);
    false
}

/// Checks `kind` and `apiVersion`, and leaves `metadata` to [`metadata`].
pub fn version(keys: &mut Keys<'_, '_>) {
    keys.required("kind");
    keys.map("metadata");
    match keys.text("apiVersion") {
        Some(it) if it.text != API_VERSION => {
            let message = format!("this version of packs is not known: `{}`", it.text);
            keys.problems().add(it.at(), message, format!("write {API_VERSION}"));
        }
        Some(_) => {}
        None => keys.missing("apiVersion", &format!("write `apiVersion: {API_VERSION}`")),
    }
}

/// The name and the version of a pack.
pub fn metadata(root: &Node, problems: &mut Problems) -> (Option<Scalar>, Option<Scalar>) {
    let Some(node) = root.get("metadata").filter(|it| !it.is_null()) else {
        let help = "write `metadata: {name: my-pack, version: 0.1.0}`";
        problems.add(root.at, "a pack has no `metadata`", help);
        return (None, None);
    };
    let Some(mut keys) = Keys::new(node, "`metadata`", problems) else { return (None, None) };
    let found = (keys.required("name"), keys.required("version"));
    keys.finish();
    found
}
