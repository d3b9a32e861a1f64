//! The crate against a registry on a loopback that does what it should, and one that does not.

mod carried;
mod fake;
mod hostile;
mod logins;
mod pulled;
mod signed;

use std::collections::BTreeMap;

use rulebox_registry::{Artifact, Content, Trust};

/// A pack as text.
const PACK: &str = "apiVersion: rulebox.dev/v1alpha1\nkind: RulePack\n";

fn artifact(text: &str) -> Artifact {
    let content = Content::Text(text.as_bytes().to_vec());
    Artifact { content, annotations: BTreeMap::new(), created: None }
}

fn anybody() -> Trust {
    Trust { allow_unsigned: true, ..Trust::default() }
}
