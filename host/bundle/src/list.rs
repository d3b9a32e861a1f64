//! Which lists needs ask for, and the file of each.

use std::collections::BTreeSet;

use rulebox_core::{NeedSet, ObjectNeed};

use crate::{TableError, table};

/// One list: all objects of a kind in one namespace, or in all.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct List {
    /// API group, empty for core.
    pub group: String,
    /// `Pod`.
    pub kind: String,
    /// None: all namespaces, or a cluster-scoped kind.
    pub namespace: Option<String>,
}

/// The lists that hold everything the needs select, each once, in order. A list of all namespaces
/// stands for those of one.
pub fn lists_of(needs: &NeedSet) -> Vec<List> {
    let all: BTreeSet<_> = all_lists_of(needs).into_iter().collect();
    let is_held = |it: &List| it.namespace.is_some() && all.contains(&it.everywhere());
    all.iter().filter(|it| !is_held(it)).cloned().collect()
}

/// The same, with those of one namespace for which that of all stands: it may fail where they do
/// not.
pub fn all_lists_of(needs: &NeedSet) -> Vec<List> {
    let lists = needs.objects.iter().flat_map(|need| {
        let ObjectNeed { group, kind, namespaces, .. } = need;
        let list = |namespace| List { group: group.clone(), kind: kind.clone(), namespace };
        match namespaces.as_slice() {
            [] => vec![list(None)],
            some => some.iter().map(|it| list(Some(it.clone()))).collect(),
        }
    });
    lists.collect::<BTreeSet<_>>().into_iter().collect()
}

impl List {
    /// The list of all namespaces.
    #[must_use]
    pub fn everywhere(&self) -> Self {
        Self { namespace: None, ..self.clone() }
    }

    /// Whether the list holds all objects of this kind in a namespace; none: in all.
    pub fn holds(&self, group: &str, kind: &str, namespace: Option<&str>) -> bool {
        let everywhere = self.namespace.is_none();
        let there = everywhere || self.namespace.as_deref() == namespace;
        self.group == group && self.kind == kind && there
    }

    /// What its files are called, without their ending: `pods@csdr`, `backups.velero.io@all`.
    pub fn stem(&self) -> String {
        // No namespace is called so: an upper-case letter cannot be in one.
        let namespace = self.namespace.as_deref().unwrap_or("ALL");
        format!("{}@{namespace}", resource_of(&self.group, &self.kind))
    }

    /// The file of its objects, inside the bundle.
    pub fn file(&self) -> String {
        format!("lists/{}.json", self.stem())
    }

    /// The file that says why the list is missing or not whole, inside the bundle.
    pub fn error_file(&self) -> String {
        format!("lists/{}.err", self.stem())
    }

    /// The table `lists.txt`: in each line the stem, the group, the kind and the namespace, of
    /// which `-` is none. The last line counts the others.
    pub fn print(lists: &[Self]) -> String {
        let or_none = |it: &str| if it.is_empty() { "-".to_owned() } else { it.to_owned() };
        let row = |it: &Self| {
            let namespace = it.namespace.as_deref().unwrap_or_default();
            [it.stem(), or_none(&it.group), it.kind.clone(), or_none(namespace)]
        };
        let rows: Vec<_> = lists.iter().map(row).collect();
        let width = |column: usize| rows.iter().map(|it| it[column].len()).max().unwrap_or(0);
        let [stem, group, kind] = [0, 1, 2].map(width);
        let line = |[a, b, c, d]: &[String; 4]| format!("{a:stem$} {b:group$} {c:kind$} {d}\n");
        table::ended(rows.iter().map(line).collect())
    }

    /// Reads the table that [`Self::print`] writes. The stem is not believed: it follows from the
    /// rest.
    pub fn parse(table: &str) -> Result<Vec<Self>, TableError> {
        let or_none = |it: &str| if it == "-" { String::new() } else { it.to_owned() };
        let line = |(number, text): (usize, &str)| {
            let words: Vec<_> = text.split_whitespace().collect();
            let [_, group, kind, namespace] = words.as_slice() else {
                let reason = format!("4 words make a line, and here are {}", words.len());
                return Err(TableError { line: number, reason });
            };
            let namespace = Some(or_none(namespace)).filter(|it| !it.is_empty());
            Ok(Self { group: or_none(group), kind: (*kind).to_owned(), namespace })
        };
        table::rows(table)?.into_iter().map(line).collect()
    }
}

/// The name by which kubectl and roles know a kind: `pods`, `backups.velero.io`.
pub fn resource_of(group: &str, kind: &str) -> String {
    let separator = if group.is_empty() { "" } else { "." };
    format!("{}{separator}{group}", plural_of(kind))
}

/// The plural as Kubernetes guesses it (`meta.UnsafeGuessKindToResource`).
pub fn plural_of(kind: &str) -> String {
    let singular = kind.to_lowercase();
    match singular.as_bytes() {
        _ if singular == "endpoints" => singular,
        [.., b's'] => format!("{singular}es"),
        [head @ .., b'y'] => format!("{}ies", String::from_utf8_lossy(head)),
        _ => format!("{singular}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn need(group: &str, kind: &str, namespaces: &[&str]) -> ObjectNeed {
        ObjectNeed {
            group: group.to_owned(),
            kind: kind.to_owned(),
            namespaces: namespaces.iter().map(|&it| it.to_owned()).collect(),
            ..ObjectNeed::default()
        }
    }

    #[track_caller]
    fn check(needs: &[ObjectNeed], want: &str) {
        let lists = lists_of(&NeedSet { objects: needs.to_vec(), texts: Vec::new() });
        assert_eq!(List::print(&lists), want);
        assert_eq!(List::parse(want), Ok(lists));
    }

    #[test]
    fn each_list_is_asked_for_once() {
        check(
            &[need("", "Pod", &["csdr", "kube-system"]), need("", "Pod", &["csdr"])],
            "pods@csdr        - Pod csdr\npods@kube-system - Pod kube-system\nend 2\n",
        );
    }

    #[test]
    fn a_list_of_all_namespaces_stands_for_those_of_one() {
        check(
            &[need("velero.io", "Backup", &["csdr"]), need("velero.io", "Backup", &[])],
            "backups.velero.io@ALL velero.io Backup -\nend 1\n",
        );
    }

    #[test]
    fn a_table_that_cannot_be_read_names_its_line() {
        let error = List::parse("a b c d\n\na b c\nend 2\n").expect_err("a word is missing");
        assert_eq!((error.line, &*error.reason), (3, "4 words make a line, and here are 3"));
    }

    #[test]
    fn a_list_holds_its_namespace_or_all() {
        let list = |namespace: Option<&str>| List {
            group: String::new(),
            kind: "Pod".to_owned(),
            namespace: namespace.map(str::to_owned),
        };
        assert!(list(None).holds("", "Pod", Some("csdr")) && list(None).holds("", "Pod", None));
        assert!(list(Some("csdr")).holds("", "Pod", Some("csdr")));
        assert!(!list(Some("csdr")).holds("", "Pod", None));
        assert!(!list(Some("csdr")).holds("", "Pod", Some("velero")));
        assert!(!list(None).holds("apps", "Pod", None) && !list(None).holds("", "Node", None));
    }
}
