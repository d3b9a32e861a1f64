//! A need as it is written: which objects a pack asks for. Which of their fields it reads is for
//! each language to say.

use rulebox_core::{ObjectNeed, Path, Selector};

use crate::{
    keys::Keys,
    kubernetes::{self, NoField},
    names,
    problem::Problems,
    yaml::Scalar,
};

/// The objects of one kind, by the name that rules call them.
#[derive(Debug)]
pub struct Need {
    /// The key.
    pub name: Scalar,
    /// None and empty: core.
    pub group: Option<Scalar>,
    /// Missing only where that was told.
    pub kind: Option<Scalar>,
    /// Empty: all.
    pub namespaces: Vec<Scalar>,
    /// None: all objects.
    pub label_selector: Option<Scalar>,
}

impl Need {
    /// Takes the keys that needs have in all languages.
    pub fn read(name: &Scalar, keys: &mut Keys<'_, '_>) -> Self {
        Self {
            name: name.clone(),
            group: keys.text("group"),
            kind: keys.required("kind"),
            namespaces: keys.texts("namespaces"),
            label_selector: keys.text("labelSelector"),
        }
    }

    /// Tells what is wrong with all but the name.
    pub fn check(&self, problems: &mut Problems) {
        if let Some(selector) = &self.label_selector
            && let Err(error) = Selector::parse(&selector.text)
        {
            let message = format!("`{}` is no label selector", error.selector);
            let help = "write `key=value`, `key!=value`, `key in (a,b)`, `key` or `!key`";
            problems.add(selector.at(), message, help);
        }
        if let Some(kind) = &self.kind {
            names::word(kind, "kind", "write it as in a manifest: `Pod`", problems);
        }
        if let Some(group) = self.group.as_ref().filter(|it| !it.text.is_empty()) {
            names::word(group, "API group", "leave out the version: `apps`", problems);
        }
        if let Some(kind) = &self.kind
            && let Some((message, help)) =
                kubernetes::refusal(text(self.group.as_ref()), kind.text.trim())
        {
            problems.add(kind.at(), message, help);
        }
        for namespace in &self.namespaces {
            names::namespace(namespace, problems);
        }
    }

    /// Why a field that a language names is not in the objects; none where it may be.
    pub fn astray(&self, field: &Path) -> Option<NoField> {
        kubernetes::astray((text(self.group.as_ref()), text(self.kind.as_ref())), field)
    }

    /// The need as the host is told it, of these fields.
    pub fn of_fields(&self, fields: Vec<String>) -> ObjectNeed {
        ObjectNeed {
            id: self.name.text.clone(),
            group: text(self.group.as_ref()).to_owned(),
            kind: text(self.kind.as_ref()).to_owned(),
            namespaces: self.namespaces.iter().map(|it| it.text.clone()).collect(),
            label_selector: text(self.label_selector.as_ref()).to_owned(),
            fields,
        }
    }
}

/// What was written; nothing where nothing was.
fn text(scalar: Option<&Scalar>) -> &str {
    scalar.map_or("", |it| it.text.trim())
}
