//! Which file of a crate imports which, read from its text: for tests that hold a crate to the
//! direction of its imports.
//!
//! Every path that begins with `crate::` counts, whether in a `use` or not, and every path that
//! begins with a child module's name. `super::` counts too, but for `super::*`, which only tests
//! write. Comments do not count.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use crate::list;

/// The files of a crate, named by their modules (`kubernetes/kills`, the root is empty), each with
/// those that it imports.
#[derive(Debug, Default)]
pub struct Imports(BTreeMap<String, BTreeSet<String>>);

impl Imports {
    /// Reads the files below `src`.
    ///
    /// # Panics
    ///
    /// Where a file cannot be read.
    pub fn read(src: &Path) -> Self {
        let mut texts = BTreeMap::new();
        collect(src, "", &mut texts);
        Self::of(&texts)
    }

    fn of(texts: &BTreeMap<String, String>) -> Self {
        let file = |path: &[String]| {
            let prefixes = (0..=path.len()).rev().map(|it| path[..it].join("/"));
            prefixes.into_iter().find(|it| texts.contains_key(it)).unwrap_or_default()
        };
        let imports = texts.iter().map(|(module, text)| {
            let paths = paths(module, text);
            let files = paths.iter().map(|it| file(it)).filter(|it| it != module).collect();
            (module.clone(), files)
        });
        Self(imports.collect())
    }

    /// Each import: the file that has it, and the file that it names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().flat_map(|(from, to)| to.iter().map(|to| (from.as_str(), to.as_str())))
    }

    /// Files that import each other, in their order, if there are any.
    pub fn circle(&self) -> Option<Vec<&str>> {
        let mut done = BTreeSet::new();
        self.0.keys().find_map(|it| self.circle_from(it, &mut Vec::new(), &mut done))
    }

    fn circle_from<'a>(
        &'a self,
        file: &'a str,
        way: &mut Vec<&'a str>,
        done: &mut BTreeSet<&'a str>,
    ) -> Option<Vec<&'a str>> {
        if let Some(at) = way.iter().position(|it| *it == file) {
            return Some(way[at..].to_vec());
        }
        if !done.insert(file) {
            return None;
        }
        way.push(file);
        let circle = self.0[file].iter().find_map(|it| self.circle_from(it, way, done));
        way.pop();
        circle
    }
}

/// The text of each module, without comments.
fn collect(folder: &Path, module: &str, texts: &mut BTreeMap<String, String>) {
    for path in list(folder) {
        let stem = crate::stem(&path);
        let name = if module.is_empty() { stem.clone() } else { format!("{module}/{stem}") };
        if path.is_dir() {
            collect(&path, &name, texts);
        } else if path.extension().is_some_and(|it| it == "rs") {
            let text =
                fs::read_to_string(&path).unwrap_or_else(|it| panic!("{}: {it}", path.display()));
            let code = text.lines().filter(|it| !it.trim_start().starts_with("//"));
            let name = if ["lib", "mod"].contains(&stem.as_str()) { module } else { &name };
            texts.insert(name.to_owned(), code.collect::<Vec<_>>().join("\n"));
        }
    }
}

/// The paths that a module names, each from the crate's root.
fn paths(module: &str, text: &str) -> Vec<Vec<String>> {
    let own: Vec<_> = module.split('/').filter(|it| !it.is_empty()).map(str::to_owned).collect();
    let parent = own[..own.len().saturating_sub(1)].to_vec();
    let mut paths = Vec::new();
    for (at, rest) in starts(text, "crate::") {
        if !text[..at].ends_with('$') {
            tree(rest, &[], &mut paths);
        }
    }
    for (_, rest) in starts(text, "super::") {
        if !rest.starts_with('*') {
            tree(rest, &parent, &mut paths);
        }
    }
    for line in text.lines() {
        let line = line.trim_start_matches("pub ").trim_start_matches("pub(crate) ");
        let child = line.strip_prefix("mod ").and_then(|it| it.strip_suffix(';'));
        if let Some(child) = child
            && starts(text, &format!("{child}::")).next().is_some()
        {
            paths.push([own.as_slice(), &[child.to_owned()]].concat());
        }
    }
    paths
}

/// Where a path begins, and what follows its first word.
fn starts<'t>(text: &'t str, word: &str) -> impl Iterator<Item = (usize, &'t str)> {
    let begins = |at: &usize| {
        let before = text[..*at].chars().next_back();
        !before.is_some_and(|it| it.is_alphanumeric() || it == '_' || it == ':')
    };
    text.match_indices(word)
        .map(|(at, word)| (at, at + word.len()))
        .filter(move |(at, _)| begins(at))
        .map(|(at, end)| (at, &text[end..]))
}

/// Reads `a::{b, c::d}` and adds `a/b` and `a/c/d`; returns what follows.
fn tree<'t>(text: &'t str, before: &[String], paths: &mut Vec<Vec<String>>) -> &'t str {
    let mut path = before.to_vec();
    let mut rest = text.trim_start();
    loop {
        if let Some(group) = rest.strip_prefix('{') {
            rest = group;
            loop {
                rest = tree(rest, &path, paths).trim_start();
                match rest.strip_prefix(',') {
                    Some(more) if !more.trim_start().starts_with('}') => rest = more,
                    more => {
                        let end = more.unwrap_or(rest).trim_start();
                        return end.strip_prefix('}').unwrap_or(end);
                    }
                }
            }
        }
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        let (word, behind) = rest.split_at(end);
        if !word.is_empty() && word != "self" {
            path.push(word.to_owned());
        }
        let Some(more) = behind.strip_prefix("::") else {
            paths.push(path);
            // The new name of `a as b` is no part of a path.
            let renamed = behind.strip_prefix(" as ");
            return renamed.map_or(behind, |it| {
                it.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_')
            });
        };
        rest = more;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The files that `a/b` imports, in a crate of some files.
    #[track_caller]
    fn check(text: &str, want: &[&str]) {
        let names = ["", "a", "a/b", "a/b/inner", "a/c", "d"];
        let mut texts: BTreeMap<_, _> =
            names.iter().map(|it| ((*it).to_owned(), String::new())).collect();
        texts.insert("a/b".to_owned(), text.to_owned());
        let imports = Imports::of(&texts);
        let found: Vec<_> = imports.iter().map(|(_, to)| to).collect();
        assert_eq!(found, want, "{text}");
    }

    #[test]
    fn a_use_names_files() {
        check("use crate::d;", &["d"]);
        check("use crate::d::Item;", &["d"]);
        check("use crate::{\n    a::c::{self, Item},\n    d,\n};", &["a/c", "d"]);
        check("use crate::{a::{c::{X, Y as Z}}, d::{Item}};", &["a/c", "d"]);
        check("use crate::a::Item;", &["a"]);
        check("use crate::Item;", &[""]);
        check("use other::d; use d::Item; use not_crate::d;", &[]);
    }

    #[test]
    fn a_path_outside_of_a_use_counts() {
        check("let x = crate::d::make(crate::a::c::ONE);", &["a/c", "d"]);
    }

    #[test]
    fn a_neighbour_and_a_child_count() {
        check("use super::c::Item;", &["a/c"]);
        check("mod tests {\n    use super::*;\n}", &[]);
        check("pub mod inner;\npub use inner::Item;", &["a/b/inner"]);
        check("pub mod inner;", &[]);
    }

    #[test]
    fn a_circle_is_found() {
        let imports = |edges: &[(&str, &str)]| {
            let mut files = BTreeMap::<String, BTreeSet<String>>::new();
            for (from, to) in edges {
                files.entry((*from).to_owned()).or_default().insert((*to).to_owned());
                files.entry((*to).to_owned()).or_default();
            }
            Imports(files)
        };
        assert_eq!(imports(&[("a", "b"), ("a", "c"), ("b", "c")]).circle(), None);
        let circle = imports(&[("a", "b"), ("b", "c"), ("c", "b")]);
        assert_eq!(circle.circle(), Some(vec!["b", "c"]));
    }
}
