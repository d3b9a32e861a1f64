//! Which needs select an object, by its kind, its namespace and its labels.

use std::collections::BTreeMap;

use crate::{NeedSet, Selector, SelectorError};

/// Which objects a set of needs selects.
#[derive(Debug, Clone)]
pub struct Selection {
    needs: NeedSet,
    selectors: Vec<Selector>,
}

impl Selection {
    /// Reads the label selectors of the needs.
    pub fn new(needs: NeedSet) -> Result<Self, SelectorError> {
        let selectors = needs.objects.iter().map(|it| Selector::parse(&it.label_selector));
        Ok(Self { selectors: selectors.collect::<Result<_, _>>()?, needs })
    }

    /// The needs. [`Self::of`] answers their places.
    pub fn needs(&self) -> &NeedSet {
        &self.needs
    }

    /// The needs that ask for objects of this kind.
    pub fn of_kind(&self, group: &str, kind: &str) -> Vec<usize> {
        let needs = self.needs.objects.iter().enumerate();
        needs.filter(|(_, it)| it.kind == kind && it.group == group).map(|it| it.0).collect()
    }

    /// Of the needs that ask for an object's kind, those that select the object. `labels` is called
    /// only where the answer depends on the labels.
    pub fn of<E>(
        &self,
        of_kind: &[usize],
        namespace: &str,
        labels: impl FnOnce() -> Result<BTreeMap<String, String>, E>,
    ) -> Result<Vec<usize>, E> {
        let of_kind = of_kind.iter().copied();
        let mut needs: Vec<_> = of_kind.filter(|it| self.in_namespace(*it, namespace)).collect();
        if needs.iter().any(|it| !self.selectors[*it].is_empty()) {
            let labels = labels()?;
            needs.retain(|it| self.selectors[*it].matches(&labels));
        }
        Ok(needs)
    }

    /// Of the needs that ask for an object's kind, whether one selects the object with some labels,
    /// and does not with others. Only then may a need select one copy of the object and not
    /// another: an object never changes its kind or its namespace.
    pub fn may_select(&self, of_kind: &[usize], namespace: &str) -> bool {
        let labelled = |need: usize| !self.selectors[need].is_empty();
        of_kind.iter().any(|it| labelled(*it) && self.in_namespace(*it, namespace))
    }

    fn in_namespace(&self, need: usize, namespace: &str) -> bool {
        let namespaces = &self.needs.objects[need].namespaces;
        namespaces.is_empty() || namespaces.iter().any(|it| it == namespace)
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;
    use crate::ObjectNeed;

    #[track_caller]
    fn check(group: &str, kind: &str, namespace: &str, app: Option<&str>, want: &[usize]) {
        let need = |namespaces: &[&str], label_selector: &str| ObjectNeed {
            kind: "Pod".to_owned(),
            namespaces: namespaces.iter().map(|&it| it.to_owned()).collect(),
            label_selector: label_selector.to_owned(),
            ..ObjectNeed::default()
        };
        let needs = NeedSet {
            objects: vec![need(&[], ""), need(&["csdr", "velero"], ""), need(&["csdr"], "app=web")],
            texts: Vec::new(),
        };
        let selection = Selection::new(needs).expect("selectors");
        let labels = || match app {
            Some(app) => Ok::<_, Infallible>(BTreeMap::from([("app".to_owned(), app.to_owned())])),
            None => panic!("no selector looks at the labels"),
        };
        let of_kind = selection.of_kind(group, kind);
        assert_eq!(selection.of(&of_kind, namespace, labels), Ok(want.to_vec()));
        assert_eq!(selection.may_select(&of_kind, namespace), app.is_some(), "by labels");
    }

    #[test]
    fn group_kind_namespace_and_labels_select() {
        check("", "Pod", "default", None, &[0]);
        check("", "Pod", "velero", None, &[0, 1]);
        check("", "Pod", "csdr", Some("db"), &[0, 1]);
        check("", "Pod", "csdr", Some("web"), &[0, 1, 2]);
        check("apps", "Pod", "csdr", None, &[]);
        check("", "Node", "csdr", None, &[]);
    }
}
