//! Which fields of each kind were taken.

use std::collections::{BTreeMap, BTreeSet};

use rulebox_core::{NeedSet, ObjectNeed, Path};

use crate::{List, TableError, table};

/// The fields that were taken, by group and kind. Of a kind that stands for itself alone the whole
/// objects were taken.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fields(BTreeMap<(String, String), Option<BTreeSet<Path>>>);

impl Fields {
    /// The fields that needs read. A text that is no path takes the whole object: whoever checks
    /// needs refuses it.
    pub fn of(needs: &NeedSet) -> Self {
        let mut all = Self::default();
        for need in &needs.objects {
            let paths: Option<Vec<_>> = need.fields.iter().map(|it| Path::parse(it).ok()).collect();
            let paths = paths.filter(|it| !it.is_empty());
            let known = all.0.entry((need.group.clone(), need.kind.clone()));
            let known = known.or_insert_with(|| Some(BTreeSet::new()));
            match (known.as_mut(), paths) {
                (Some(known), Some(paths)) => known.extend(paths),
                _ => *known = None,
            }
        }
        all
    }

    /// The fields of a kind; none: the whole object, or nothing of the kind.
    pub fn of_kind(&self, group: &str, kind: &str) -> Option<&BTreeSet<Path>> {
        self.0.get(&(group.to_owned(), kind.to_owned()))?.as_ref()
    }

    /// Whether the table says what was taken of a kind.
    pub fn tells_of(&self, group: &str, kind: &str) -> bool {
        self.0.contains_key(&(group.to_owned(), kind.to_owned()))
    }

    /// Whether the table says what was taken of the objects of a list.
    pub fn tells(&self, list: &List) -> bool {
        self.tells_of(&list.group, &list.kind)
    }

    /// Which fields that a need reads were not taken.
    pub fn missing(&self, need: &ObjectNeed) -> Vec<String> {
        let Some(taken) = self.of_kind(&need.group, &need.kind) else { return Vec::new() };
        if need.fields.is_empty() {
            return vec!["the whole object".to_owned()];
        }
        let is_taken = |field: &&String| {
            Path::parse(field).is_ok_and(|field| {
                taken.iter().any(|it| field.segments().starts_with(it.segments()))
            })
        };
        need.fields.iter().filter(|it| !is_taken(it)).cloned().collect()
    }

    /// The table `fields.txt`: in each line the group (`-` for core), the kind, and a path; `*` for
    /// the whole object. The last line counts the others.
    pub fn print(&self) -> String {
        let mut lines = String::new();
        for ((group, kind), paths) in &self.0 {
            let group = if group.is_empty() { "-" } else { group };
            let paths = match paths {
                None => vec!["*".to_owned()],
                Some(paths) => paths.iter().map(Path::to_string).collect(),
            };
            lines.extend(paths.into_iter().map(|it| format!("{group} {kind} {it}\n")));
        }
        table::ended(lines)
    }

    /// Reads the table that [`Self::print`] writes.
    pub fn parse(table: &str) -> Result<Self, TableError> {
        let mut all = Self::default();
        for (number, line) in table::rows(table)? {
            let error = |reason: &str| TableError { line: number, reason: reason.to_owned() };
            let (group, rest) = line.split_once(' ').ok_or_else(|| error("no kind"))?;
            let (kind, path) = rest.split_once(' ').ok_or_else(|| error("no field"))?;
            let group = if group == "-" { "" } else { group };
            let known = all.0.entry((group.to_owned(), kind.to_owned()));
            if path == "*" {
                *known.or_insert(None) = None;
            } else if let Some(known) = known.or_insert_with(|| Some(BTreeSet::new())) {
                known.insert(Path::parse(path).map_err(|it| error(&it.to_string()))?);
            }
        }
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn need(kind: &str, fields: &[&str]) -> ObjectNeed {
        ObjectNeed {
            kind: kind.to_owned(),
            fields: fields.iter().map(|&it| it.to_owned()).collect(),
            ..ObjectNeed::default()
        }
    }

    /// What was taken for these needs, and what another need misses.
    #[track_caller]
    fn check(taken: &[ObjectNeed], table: &str, need: &ObjectNeed, missing: &[&str]) {
        let fields = Fields::of(&NeedSet { objects: taken.to_vec(), texts: Vec::new() });
        assert_eq!(fields.print(), table);
        assert_eq!(Fields::parse(table).as_ref(), Ok(&fields));
        assert_eq!(fields.missing(need), missing);
    }

    #[test]
    fn fields_of_all_needs_of_a_kind_are_taken() {
        check(
            &[need("Pod", &["status.phase"]), need("Pod", &["spec", "metadata.\"a b\""])],
            "- Pod metadata.a b\n- Pod spec\n- Pod status.phase\nend 3\n",
            &need("Pod", &["spec.containers[].name", "status.phase", "status"]),
            &["status"],
        );
    }

    #[test]
    fn a_need_for_whole_objects_takes_them() {
        let whole = [need("Pod", &["status.phase"]), need("Pod", &[])];
        check(&whole, "- Pod *\nend 1\n", &need("Pod", &["status", "spec"]), &[]);
        let part = [need("Pod", &["status"])];
        check(&part, "- Pod status\nend 1\n", &need("Pod", &[]), &["the whole object"]);
    }
}
