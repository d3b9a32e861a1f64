//! Which folder of `host/reader/src` may name which.
//!
//! Reads paths that start with `crate`, `super` or `self`, in `use` trees and elsewhere. Tests may
//! name anything.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use rulebox_snapshots::{list, root, stem};

/// Folders and files, highest first. Each may name only those in lower rows.
const ROWS: [&[&str]; 11] = [
    &["lib"],
    &["reader"],
    &["source"],
    &["long"],
    &["input"],
    &["document"],
    &["yaml", "json"],
    &["object"],
    &["layout"],
    &["text"],
    &["broken", "journal", "limits", "meter", "type_meta"],
];

/// Files that may name each other: reading nodes and reading scalars is one hot loop.
const CIRCLE: [&str; 2] = ["yaml::scalar", "yaml::scan"];

/// A module, from the root of the crate; the root itself is empty.
type Module = Vec<String>;

#[test]
fn arrows_of_the_reader_go_down() {
    let uses = Uses::read(&root().join("host/reader/src"));
    let row = |name: &str| ROWS.iter().position(|row| row.contains(&name));
    let mut up = Vec::new();
    for (from, to) in uses.pairs() {
        let (from_top, to_top) = (top(&from), top(&to));
        let from_row = row(from_top).unwrap_or_else(|| panic!("{from_top} has no row in ROWS"));
        let to_row = row(to_top).unwrap_or_else(|| panic!("{to_top} has no row in ROWS"));
        if from_top != to_top && to_row <= from_row {
            up.push(format!("{} names {}", from.join("::"), to.join("::")));
        }
    }
    assert!(up.is_empty(), "not down the list of ROWS: {up:#?}");
}

#[test]
fn no_files_of_the_reader_name_each_other() {
    let mut pairs = Uses::read(&root().join("host/reader/src")).pairs();
    // A file that names no other, or that no other names, is in no circle.
    loop {
        let (from, to): (BTreeSet<_>, BTreeSet<_>) = pairs.iter().cloned().unzip();
        let before = pairs.len();
        pairs.retain(|(a, b)| to.contains(a) && from.contains(b));
        if pairs.len() == before {
            break;
        }
    }
    let circles: BTreeSet<_> = pairs.iter().map(|it| it.0.join("::")).collect();
    assert_eq!(circles, CIRCLE.map(str::to_owned).into(), "files that name each other");
}

#[test]
fn paths_are_read_anywhere() {
    let source = "
        pub(crate) use crate::{a::{self, B as C, d::*}, e::F};
        use super::{
            g, // h::I
            j::{K},
        };
        fn f() -> crate::l::M { self::n(); super::super::o::p() }
        #[cfg(test)]
        mod tests { use crate::q::R; }";
    let module = ["x", "y"].map(str::to_owned).to_vec();
    let paths: Vec<_> = paths(source, &module).iter().map(|it| it.join("::")).collect();
    let want = ["a", "a::B", "a::d::*", "e::F", "x::g", "x::j::K", "l::M", "x::y::n", "o::p"];
    assert_eq!(paths, want);
}

fn top(module: &[String]) -> &str {
    module.first().map_or("lib", String::as_str)
}

/// Which paths the files of a crate name.
struct Uses {
    /// For each module, the paths that its file names.
    paths: BTreeMap<Module, Vec<Module>>,
    /// For each path that an entry file offers with `use`, the path that it stands for.
    offered: BTreeMap<Module, Module>,
}

impl Uses {
    fn read(folder: &Path) -> Self {
        let mut uses = Self { paths: BTreeMap::new(), offered: BTreeMap::new() };
        uses.add(folder, &[]);
        uses.offer();
        uses
    }

    fn add(&mut self, folder: &Path, parent: &[String]) {
        for path in list(folder) {
            let name = stem(&path);
            let module = if name == "lib" { Vec::new() } else { [parent, &[name][..]].concat() };
            if module.last().is_some_and(|it| it == "tests") {
                continue;
            }
            if path.is_dir() {
                self.add(&path, &module);
            } else {
                let source = std::fs::read_to_string(&path).expect("a source file");
                let paths = paths(&source, &module);
                self.paths.insert(module, paths);
            }
        }
    }

    /// Separates what entry files offer from what files name. Entry files offer names of their own
    /// modules.
    fn offer(&mut self) {
        let modules: BTreeSet<_> = self.paths.keys().cloned().collect();
        for (module, paths) in &mut self.paths {
            paths.retain(|path| {
                let child = path.get(..=module.len());
                let offers = path.starts_with(module.as_slice())
                    && child.is_some_and(|it| modules.contains(it));
                if let (true, Some(name)) = (offers, path.last()) {
                    self.offered
                        .insert([module.as_slice(), &[name.clone()][..]].concat(), path.clone());
                }
                !offers
            });
        }
    }

    /// The module that a path leads to.
    fn target(&self, path: &[String]) -> Module {
        for end in (0..=path.len()).rev() {
            let (begin, rest) = path.split_at(end);
            if self.paths.contains_key(begin) {
                return begin.to_vec();
            }
            if let Some(offered) = self.offered.get(begin) {
                return self.target(&[offered.as_slice(), rest].concat());
            }
        }
        Module::new()
    }

    /// Which module names which other. A module that names an entry file names everything that the
    /// entry file offers.
    fn pairs(&self) -> BTreeSet<(Module, Module)> {
        let mut pairs = BTreeSet::new();
        for (from, paths) in &self.paths {
            for to in paths.iter().map(|it| self.target(it)) {
                let offered = self.offered.iter().filter(|it| it.0.starts_with(&to));
                let offered = offered.filter(|it| it.0.len() == to.len() + 1 && !to.is_empty());
                let targets = offered.map(|it| self.target(it.1)).chain([to.clone()]);
                pairs.extend(targets.filter(|it| it != from).map(|it| (from.clone(), it)));
            }
        }
        pairs
    }
}

/// The paths that the file of a module names, from the root of the crate.
fn paths(source: &str, module: &[String]) -> Vec<Module> {
    let lines = source.lines().map(|it| it.split("//").next().unwrap_or_default().trim());
    let source = lines.collect::<Vec<_>>().join("\n");
    let tokens = tokens(source.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default());
    let mut paths = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let begins = at == 0 || tokens[at - 1] != "::";
        let is_path = match tokens[at].as_str() {
            "crate" | "super" | "self" => tokens.get(at + 1).is_some_and(|it| it == "::"),
            // The path of an own module, or of another crate, which leads nowhere.
            "use" => {
                at += 1;
                true
            }
            _ => false,
        };
        if begins && is_path {
            at = tree(&tokens, at, &[], &mut paths);
        } else {
            at += 1;
        }
    }
    paths.iter().map(|it| absolute(it, module)).collect()
}

/// Words, `::` and single characters.
fn tokens(source: &str) -> Vec<String> {
    let mut tokens = Vec::<String>::new();
    let mut word = false;
    for it in source.chars() {
        let is_word = it.is_alphanumeric() || it == '_';
        match tokens.last_mut() {
            Some(last) if (is_word && word) || (it == ':' && last == ":") => last.push(it),
            _ if it.is_whitespace() => {}
            _ => tokens.push(it.to_string()),
        }
        word = is_word;
    }
    tokens
}

/// Reads the tree of paths that begins at `at`, below `parent`. Returns where it ends.
fn tree(tokens: &[String], mut at: usize, parent: &[String], paths: &mut Vec<Module>) -> usize {
    let mut path = parent.to_vec();
    let token = |at: usize| tokens.get(at).map_or("", String::as_str);
    loop {
        match token(at) {
            "{" => {
                at += 1;
                while !matches!(token(at), "}" | "") {
                    at = tree(tokens, at, &path, paths);
                    at += usize::from(token(at) == ",");
                }
                return at + 1;
            }
            "self" if !path.is_empty() => {}
            name => path.push(name.to_owned()),
        }
        at += 1;
        if token(at) != "::" {
            break;
        }
        at += 1;
    }
    paths.push(path);
    // `as` and the other name.
    if token(at) == "as" { at + 2 } else { at }
}

/// A path of a module, from the root of the crate.
fn absolute(path: &[String], module: &[String]) -> Module {
    let (mut from, mut rest) = (module, path);
    match rest.first().map(String::as_str) {
        Some("crate") => (from, rest) = (&[], &rest[1..]),
        Some("self") => rest = &rest[1..],
        _ => {}
    }
    while rest.first().is_some_and(|it| it == "super") {
        from = from.split_last().map_or(&[], |it| it.1);
        rest = &rest[1..];
    }
    [from, rest].concat()
}
