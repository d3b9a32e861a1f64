//! Which file of a crate imports which, read from its text: for tests that hold a crate to the
//! direction of its imports.
//!
//! Every path counts that begins with `crate`, `super`, `self` or the name of an own module,
//! whether in a `use` or not. A path that leads through a `use` of another file leads to where that
//! `use` leads: who names what an entry file re-exports imports the file that has it. Comments,
//! literals and code for tests (`#[cfg(test)]`) do not count.

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
        collect(src, &[], &mut texts);
        Self::of(&texts)
    }

    fn of(texts: &BTreeMap<Module, String>) -> Self {
        let mut files: BTreeMap<_, _> =
            texts.iter().map(|(module, text)| (module, Named::read(module, text))).collect();
        let tests: Vec<_> = files.values().flat_map(|it| it.tests.clone()).collect();
        files.retain(|module, _| !tests.iter().any(|it| module.starts_with(it)));

        let offered = files.values().flat_map(|it| it.offered.clone()).collect();
        let ways = Ways { files: files.keys().copied().collect(), offered };
        let imports = files.iter().map(|(module, named)| {
            let targets = named.paths.iter().map(|it| ways.target(it, MOST_STEPS));
            let targets = targets.filter(|it| it != *module).map(|it| it.join("/"));
            (module.join("/"), targets.collect())
        });
        Self(imports.collect())
    }

    /// Each import: the file that has it, and the file that it names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().flat_map(|(from, to)| to.iter().map(|to| (from.as_str(), to.as_str())))
    }

    /// The circles: files that import one another, straight or through others.
    pub fn circles(&self) -> Vec<Vec<&str>> {
        let reached: BTreeMap<_, _> =
            self.0.keys().map(|it| (it.as_str(), self.reached(it))).collect();
        let circle = |file: &&str| {
            let members = reached[file].iter().filter(|it| reached[*it].contains(file));
            members.copied().collect::<Vec<_>>()
        };
        let circles: BTreeSet<_> = reached.keys().map(circle).filter(|it| !it.is_empty()).collect();
        circles.into_iter().collect()
    }

    /// What a file imports, straight or through others.
    fn reached(&self, file: &str) -> BTreeSet<&str> {
        let mut reached = BTreeSet::new();
        let mut left: Vec<&String> = self.0[file].iter().collect();
        while let Some(next) = left.pop() {
            if reached.insert(next.as_str()) {
                left.extend(&self.0[next]);
            }
        }
        reached
    }
}

/// A module, or what stands in one, from the root of the crate; the root itself is empty.
type Module = Vec<String>;

/// The text of each module.
fn collect(folder: &Path, module: &[String], texts: &mut BTreeMap<Module, String>) {
    for path in list(folder) {
        let stem = crate::stem(&path);
        let is_root = ["lib", "main", "mod"].contains(&stem.as_str());
        let name = if is_root { module.to_vec() } else { [module, &[stem]].concat() };
        if path.is_dir() {
            collect(&path, &name, texts);
        } else if path.extension().is_some_and(|it| it == "rs") {
            let text =
                fs::read_to_string(&path).unwrap_or_else(|it| panic!("{}: {it}", path.display()));
            texts.insert(name, text);
        }
    }
}

/// Through so many re-exports a path is followed: some lead back to themselves, as a type and a
/// module may share a name.
const MOST_STEPS: usize = 8;

/// Where paths lead.
struct Ways<'t> {
    files: BTreeSet<&'t Module>,
    /// For each path that a file offers with `use`, the path that it stands for.
    offered: BTreeMap<Module, Module>,
}

impl Ways<'_> {
    /// The file that a path leads to.
    fn target(&self, path: &[String], steps: usize) -> Module {
        for end in (0..=path.len()).rev() {
            let (begin, rest) = path.split_at(end);
            if self.files.contains(&begin.to_vec()) {
                return begin.to_vec();
            }
            if let (Some(offered), 1..) = (self.offered.get(begin), steps) {
                return self.target(&[offered, rest].concat(), steps - 1);
            }
        }
        Module::new()
    }
}

/// What a file names.
#[derive(Default)]
struct Named {
    paths: Vec<Module>,
    /// What others may name as if it stood in this file, and what it stands for.
    offered: Vec<(Module, Module)>,
    /// The modules that are there for tests alone.
    tests: Vec<Module>,
}

impl Named {
    fn read(file: &[String], text: &str) -> Self {
        let (tokens, tests) = split_tests(tokens(text));
        let module = |name: &str| [file, &[name.to_owned()]].concat();
        let mut named = Self { tests: tests.into_iter().map(module).collect(), ..Self::default() };
        let children: BTreeSet<_> =
            tokens.windows(2).filter(|it| it[0] == "mod").map(|it| it[1]).collect();

        // The modules in the file that stand around a token, each with the depth of its brackets.
        let mut around = Vec::<(usize, &str)>::new();
        let mut depth = 0;
        let mut at = 0;
        while at < tokens.len() {
            let next = |by: usize| tokens.get(at + by).copied().unwrap_or_default();
            let is_inside = at > 0 && ["::", "$", "."].contains(&tokens[at - 1]);
            match tokens[at] {
                "mod" if next(2) == "{" => around.push((depth, next(1))),
                "{" => depth += 1,
                "}" => {
                    depth = depth.saturating_sub(1);
                    around.pop_if(|it| it.0 == depth);
                }
                // `use<'a>` is a bound.
                word if (word == "use" && next(1) != "<")
                    || (!is_inside
                        && next(1) == "::"
                        && (is_relative(word) || children.contains(word))) =>
                {
                    let is_use = word == "use";
                    let mut leaves = Vec::new();
                    at = tree(&tokens, at + usize::from(is_use), &[], &mut leaves);
                    let around = around.iter().map(|it| it.1.to_owned());
                    let own: Module = file.iter().cloned().chain(around).collect();
                    for (path, name) in leaves {
                        if !is_relative(path[0]) && !children.contains(path[0]) {
                            continue;
                        }
                        let path = absolute(&path, &own);
                        if is_use && name != "*" {
                            let offer = [&own[..], &[name.to_owned()]].concat();
                            named.offered.push((offer, path.clone()));
                        }
                        named.paths.push(path);
                    }
                    continue;
                }
                _ => {}
            }
            at += 1;
        }
        named
    }
}

fn is_relative(word: &str) -> bool {
    ["crate", "super", "self"].contains(&word)
}

/// A path that a module names, from the root of the crate.
fn absolute(path: &[&str], module: &[String]) -> Module {
    let mut own = module.to_vec();
    for word in path {
        match *word {
            "crate" => own.clear(),
            "super" => drop(own.pop()),
            "self" => {}
            name => own.push(name.to_owned()),
        }
    }
    own
}

/// Reads the tree of paths that begins at `at`, below `parent`, into its paths and the names that
/// they get. Returns where it ends.
fn tree<'t>(
    tokens: &[&'t str],
    mut at: usize,
    parent: &[&'t str],
    leaves: &mut Vec<(Vec<&'t str>, &'t str)>,
) -> usize {
    let token = |at: usize| tokens.get(at).copied().unwrap_or_default();
    let mut path = parent.to_vec();
    loop {
        match token(at) {
            "{" => {
                at += 1;
                while !["}", ""].contains(&token(at)) {
                    at = tree(tokens, at, &path, leaves);
                    at += usize::from(token(at) == ",");
                }
                return at + 1;
            }
            // `::serde` is another crate.
            "::" => path.push(""),
            "self" if !path.is_empty() => {}
            name => path.push(name),
        }
        at += 1;
        if token(at) != "::" {
            break;
        }
        at += 1;
    }
    let is_renamed = token(at) == "as";
    let name = if is_renamed { token(at + 1) } else { path[path.len() - 1] };
    leaves.push((path, name));
    if is_renamed { at + 2 } else { at }
}

/// Takes out what stands behind `#[cfg(test)]`, and tells the files among it: `mod tests;`.
fn split_tests(tokens: Vec<&str>) -> (Vec<&str>, Vec<&str>) {
    const MARK: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    let (mut code, mut tests) = (Vec::new(), Vec::new());
    let mut rest = &tokens[..];
    while let Some((first, behind)) = rest.split_first() {
        if let Some(item) = rest.strip_prefix(&MARK) {
            let end = end_of_item(item);
            let files = item[..end].windows(3).filter(|it| it[0] == "mod" && it[2] == ";");
            tests.extend(files.map(|it| it[1]));
            rest = &item[end..];
        } else {
            code.push(*first);
            rest = behind;
        }
    }
    (code, tests)
}

/// Behind the `;` or the `}` that ends an item.
fn end_of_item(tokens: &[&str]) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate() {
        match *token {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 && [";", "}"].contains(token) {
            return at + 1;
        }
    }
    tokens.len()
}

/// Words, `::` and single characters, without comments and literals.
fn tokens(text: &str) -> Vec<&str> {
    let is_word = |it: char| it.is_alphanumeric() || it == '_';
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let skipped = comment(rest).or_else(|| literal(rest));
        let length = match skipped {
            Some(length) => length,
            None if is_word(first) => rest.find(|it| !is_word(it)).unwrap_or(rest.len()),
            None if rest.starts_with("::") => 2,
            None => first.len_utf8(),
        };
        let (token, behind) = rest.split_at(length);
        if skipped.is_none() && !first.is_whitespace() {
            tokens.push(token);
        }
        rest = behind;
    }
    tokens
}

/// The length of the comment that a text begins with.
fn comment(text: &str) -> Option<usize> {
    if text.starts_with("//") {
        Some(text.find('\n').unwrap_or(text.len()))
    } else if text.starts_with("/*") {
        Some(text.find("*/").map_or(text.len(), |it| it + 2))
    } else {
        None
    }
}

/// The length of the literal of characters that a text begins with. Of a lifetime, that of its
/// quote.
fn literal(text: &str) -> Option<usize> {
    let body = text.strip_prefix(['b', 'c']).unwrap_or(text);
    if let Some(raw) = body.strip_prefix('r') {
        let inner = raw.trim_start_matches('#');
        let end = format!("\"{}", &raw[..raw.len() - inner.len()]);
        let inner = inner.strip_prefix('"')?;
        let left = inner.split_once(&end).map_or("", |it| it.1);
        return Some(text.len() - left.len());
    }
    let quote = body.chars().next().filter(|it| ['"', '\''].contains(it))?;
    let mut chars = body[1..].chars();
    if quote == '\'' {
        let mut ahead = chars.clone();
        if ahead.next() != Some('\\') && ahead.next() != Some('\'') {
            return Some(text.len() - chars.as_str().len());
        }
    }
    while let Some(it) = chars.next() {
        match it {
            '\\' => drop(chars.next()),
            it if it == quote => break,
            _ => {}
        }
    }
    Some(text.len() - chars.as_str().len())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The imports of a crate of some files, of which some have a text.
    fn read(texts: &[(&str, &str)]) -> Imports {
        let names = ["", "a", "a/b", "a/b/inner", "a/c", "d", "d/e"].map(|it| (it, ""));
        let texts = names.iter().chain(texts).map(|(name, text)| {
            let module = name.split('/').filter(|it| !it.is_empty()).map(str::to_owned);
            (module.collect(), (*text).to_owned())
        });
        Imports::of(&texts.collect())
    }

    /// The files that `a/b` imports, in a crate where `d` re-exports from `d/e`.
    #[track_caller]
    fn check(text: &str, want: &[&str]) {
        let imports = read(&[("a/b", text), ("d", "mod e;\npub use e::{Item, Other as Re};")]);
        let found: Vec<_> = imports.iter().filter(|it| it.0 == "a/b").map(|it| it.1).collect();
        assert_eq!(found, want, "{text}");
    }

    #[test]
    fn a_use_names_files() {
        check("use crate::d;", &["d"]);
        check("use crate::d::Own;", &["d"]);
        check("use crate::{\n    a::c::{self, Item},\n    d,\n};", &["a/c", "d"]);
        check("use crate::{a::{c::{X, Y as Z}}, d::{Own}};", &["a/c", "d"]);
        check("use crate::a::Item;", &["a"]);
        check("use crate::Item;", &[""]);
        check("use other::d; use d::Item; use ::d::Item; use not_crate::d;", &[]);
        check("pub(crate) use crate::{d::*, a::c as C};", &["a/c", "d"]);
    }

    #[test]
    fn a_path_outside_of_a_use_counts() {
        check("let x = crate::d::make(crate::a::c::ONE);", &["a/c", "d"]);
        check("fn f<'a>() -> crate::d::M + use<'a> { super::super::a::c::p() }", &["a/c", "d"]);
        check("$crate::d::make()", &[]);
    }

    #[test]
    fn a_neighbour_and_a_child_count() {
        check("use super::c::Item;", &["a/c"]);
        check("use super::{\n    c::{K}, // d::I\n    super::d::Own,\n};", &["a/c", "d"]);
        check("pub mod inner;\npub use inner::Item;", &["a/b/inner"]);
        check("pub mod inner;\nfn f() { inner::f() }", &["a/b/inner"]);
        check("pub mod inner;", &[]);
        check("mod own { use super::Item; use super::super::c; }", &["a/c"]);
        check("mod own { } use super::c;", &["a/c"]);
    }

    #[test]
    fn a_re_export_leads_to_its_file() {
        check("use crate::d::Item;", &["d/e"]);
        check("use crate::d::Re;", &["d/e"]);
        check("use crate::d::Other;", &["d"]);
    }

    #[test]
    fn a_re_export_of_its_own_name_ends() {
        let imports =
            read(&[("a", "pub use self::x::x; pub use crate::a::x;"), ("d", "crate::a::x")]);
        assert!(imports.iter().eq([("d", "a")]));
    }

    #[test]
    fn comments_and_literals_do_not_count() {
        check("// use crate::d;\n/* crate::d */ use crate::a::c;", &["a/c"]);
        check(
            r##"f("\"crate::d::X", r#"" crate::d::X"#, b"{", '{', '\'', 'd'); super::c::f()"##,
            &["a/c"],
        );
    }

    #[test]
    fn tests_do_not_count() {
        check("#[cfg(test)]\nmod tests {\n    use crate::d;\n}\nuse crate::a::c;", &["a/c"]);
        check("#[cfg(test)]\nuse crate::d;\nuse crate::a::c;", &["a/c"]);
        check("#[cfg(test)]\nfn f(x: [u8; 1]) { crate::d::f(x); }\nuse super::c;", &["a/c"]);
        let imports = read(&[("d", "#[cfg(test)]\nmod e;"), ("d/e", "use crate::a;")]);
        assert_eq!(imports.iter().count(), 0);
    }

    #[test]
    fn circles_are_found() {
        let circles = |texts: &[(&str, &str)]| format!("{:?}", read(texts).circles());
        let down = [("a", "crate::d::X"), ("a/b", "crate::a::X; crate::d::X")];
        assert_eq!(circles(&down), "[]");
        let two = [("a", "crate::d::X"), ("d", "crate::d::e::X"), ("d/e", "super::X")];
        assert_eq!(circles(&two), r#"[["d", "d/e"]]"#);
        let three = [("a", "crate::a::c::X"), ("a/c", "crate::d::X"), ("d", "crate::a::X")];
        assert_eq!(circles(&three), r#"[["a", "a/c", "d"]]"#);
    }

    #[test]
    fn an_entry_file_and_what_it_offers_are_a_circle_where_the_file_names_it() {
        let entry = "mod e;\npub use e::Item;";
        let circles = |text| read(&[("d", entry), ("d/e", text)]).circles().len();
        assert_eq!(circles("fn f() -> super::Item {}"), 0);
        assert_eq!(circles("use super::Own;"), 1);
    }
}
