//! The needs of a pack: those that it names, and those that constraints bring.

use rulebox_core::{ObjectNeed, Path};
use rulebox_text::{Problems, names, yaml::Scalar};

use crate::{document, gatekeeper::GroupKind};

/// The needs, in their order.
pub(super) struct Needs {
    pub(super) objects: Vec<ObjectNeed>,
    /// Where each that was written is named, and whether a rule has asked for it.
    written: Vec<(Scalar, bool)>,
}

impl Needs {
    pub(super) fn new(written: &[document::Need], told: &mut Problems) -> Self {
        let mut needs = Self { objects: Vec::new(), written: Vec::new() };
        for it in written {
            names::snake_or_kebab(&it.of.name, "a need", told);
            needs.objects.push(need(it, told));
            needs.written.push((it.of.name.clone(), false));
        }
        needs
    }

    /// The need of this name, which counts as asked for. That there is none is told.
    pub(super) fn named(&mut self, name: &Scalar, told: &mut Problems) -> Option<String> {
        if let Some(it) = self.written.iter_mut().find(|it| it.0.text == name.text) {
            it.1 = true;
            return Some(name.text.clone());
        }
        let known = self.written.iter().map(|it| it.0.text.as_str());
        let help = names::help(&name.text, known, "needs");
        told.add(name.at(), format!("the pack has no need `{}`", name.text), help);
        None
    }

    /// The need for a kind of a constraint: one that there is, or a new one. An error says why
    /// there cannot be one.
    pub(super) fn asked(
        &mut self,
        (group, kind): &GroupKind,
        namespaces: &[String],
        label_selector: &str,
    ) -> Result<String, String> {
        let wanted = |it: &&ObjectNeed| {
            it.group == *group
                && it.kind == *kind
                && it.namespaces == namespaces
                && it.label_selector == label_selector
                && it.fields.is_empty()
        };
        if let Some(need) = self.objects.iter().find(wanted) {
            return Ok(need.id.clone());
        }
        if is_secret(group, kind) {
            return Err("it would be given whole Secrets".to_owned());
        }
        let name = format!("{}s", kind.to_lowercase());
        let is_free = |it: &String| !self.objects.iter().any(|need| need.id == *it);
        let others = (2..=self.objects.len() + 1).map(|it| format!("{name}-{it}"));
        let id = std::iter::once(name.clone()).chain(others).find(is_free).unwrap_or_default();
        self.objects.push(ObjectNeed {
            id: id.clone(),
            group: group.clone(),
            kind: kind.clone(),
            namespaces: namespaces.to_vec(),
            label_selector: label_selector.to_owned(),
            fields: Vec::new(),
        });
        Ok(id)
    }

    pub(super) fn unused(&self, told: &mut Problems) {
        for (name, _) in self.written.iter().filter(|it| !it.1) {
            let message = format!("no rule names the need `{}`", name.text);
            told.add(
                name.at(),
                message,
                "name it in `for`, `inventory` or `consults`, or remove it",
            );
        }
    }
}

fn is_secret(group: &str, kind: &str) -> bool {
    group.is_empty() && kind == "Secret"
}

fn need(written: &document::Need, told: &mut Problems) -> ObjectNeed {
    let document::Need { of, fields } = written;
    of.check(told);
    for field in fields {
        match Path::parse(&field.text) {
            Err(error) => {
                told.add(field.at(), error.to_string(), "write `spec.containers[].image`");
            }
            Ok(path) => {
                if let Some(no) = of.astray(&path) {
                    no.tell(field, told);
                }
            }
        }
    }
    let need = of.of_fields(fields.iter().map(|it| it.text.clone()).collect());
    if is_secret(&need.group, &need.kind) && fields.is_empty() {
        let help = "name the fields that the policy reads: `fields: [type, metadata.labels]`";
        let message = "a need for Secrets names no fields, and would take whole ones";
        told.add(of.name.at(), message, help);
    }
    need
}
