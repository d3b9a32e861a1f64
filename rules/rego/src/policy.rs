//! Rego that was parsed: texts that see each other, and nothing else.
//!
//! A text stands in a file of its own, or in a value of a YAML file: what is wrong with it is told
//! where it stands.

mod checks;

use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use regorus::{Engine, Value};
use rulebox_text::{Position, Problem, yaml::Scalar};

use crate::{
    ages::Ages,
    builtins,
    clock::Clock,
    entry::Entry,
    flow::{Flow, Sources},
    scan::{self, Name},
    tree::{self, Outline, Reference, Step},
};

/// Bytes of one text. `regorus` has other limits: lines of 1024 characters, 20,000 lines, 32
/// expressions in each other.
const BYTES: usize = 512 << 10;
/// Characters of one line, of which a place in it is told.
const LINE: usize = 8192;
/// Operators and names of one text. A long chain of operators becomes a deep tree, and whoever
/// walks over one recurses.
const CHAIN: usize = 200;
/// Brackets and braces in each other: with each, the parser takes twice as long.
const DEPTH: usize = 12;

/// The grammar of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Syntax {
    /// Before OPA 1.0: `deny[msg] { … }`.
    V0,
    /// Since then: `deny contains msg if { … }`.
    V1,
}

/// One text in Rego.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    /// The path of its file.
    pub(crate) path: String,
    pub(crate) text: String,
    /// None: the grammar that fits.
    pub(crate) syntax: Option<Syntax>,
    /// Where it stands in a YAML file; none: it is the file.
    pub(crate) within: Option<Scalar>,
}

/// Texts that were parsed together.
#[derive(Debug, Clone)]
pub(crate) struct Policy {
    engine: Engine,
    sources: Vec<Source>,
    /// The package of each source: `data.main`.
    packages: Vec<String>,
    /// What each source calls and reads.
    outlines: Vec<Outline>,
}

impl Policy {
    /// Parses texts that see each other. None where there is a problem.
    pub(crate) fn parse(
        sources: Vec<Source>,
        clock: &Clock,
        problems: &mut Vec<Problem>,
    ) -> Option<Self> {
        let mut engine = Engine::new();
        engine.set_gather_prints(true);
        // As in OPA, where a function is defined more than once, one that fails is passed over.
        engine.set_strict_builtin_errors(false);
        let added = builtins::add(&mut engine, clock);
        debug_assert!(added.is_ok(), "each is added once");
        let mut policy = Self { engine, sources, packages: Vec::new(), outlines: Vec::new() };
        let before = problems.len();
        for nth in 0..policy.sources.len() {
            match policy.add(nth) {
                Ok(package) => policy.packages.push(package),
                Err(problem) => problems.push(problem),
            }
        }
        if problems.len() == before {
            let modules = policy.engine.get_modules();
            policy.outlines = modules.iter().map(|it| tree::outline(it)).collect();
            for nth in 0..policy.sources.len() {
                problems.extend(policy.documents(nth));
                problems.extend(policy.other_rules(nth));
                problems.extend(policy.functions(nth));
                problems.extend(policy.imports(nth));
                problems.extend(policy.empty_calls(nth));
                problems.extend(policy.patterns(nth));
            }
        }
        (problems.len() == before).then_some(policy)
    }

    /// Adds a source; its name in the engine is its number, so that an error tells it.
    fn add(&mut self, nth: usize) -> Result<String, Problem> {
        let source = &self.sources[nth];
        if source.text.len() > BYTES {
            let message = format!("a text in Rego has at most {BYTES} bytes, and this has more");
            return Err(source.problem(START, message, "part it"));
        }
        if source.text.split('\n').any(|it| it.len() > LINE) {
            let message = format!("a line has more than {LINE} bytes");
            return Err(source.problem(START, message, "part it"));
        }
        if let Some((line, column)) = scan::chain(&source.text, CHAIN) {
            let at = Position { line, column };
            let message =
                format!("more than {CHAIN} operators or parts of a name follow each other");
            return Err(source.problem(at, message, "part the expression"));
        }
        if let Some((line, column)) = scan::depth(&source.text, DEPTH) {
            let message = format!("more than {DEPTH} brackets and braces are open here");
            return Err(source.problem(Position { line, column }, message, "part the expression"));
        }
        let mut add = |syntax: Syntax| {
            self.engine.set_rego_v0(syntax == Syntax::V0);
            self.engine.add_policy(nth.to_string(), source.text.clone())
        };
        let error = match source.syntax {
            Some(syntax) => match add(syntax) {
                Ok(package) => return Ok(package),
                Err(error) => error,
            },
            None => match add(Syntax::V1) {
                Ok(package) => return Ok(package),
                Err(new) => match add(Syntax::V0) {
                    Ok(package) => return Ok(package),
                    // The grammar that got further is the one that is meant.
                    Err(old) if wrong(&old).place > wrong(&new).place => old,
                    Err(_) => new,
                },
            },
        };
        let Wrong { place, message } = wrong(&error);
        let at = place.map_or(START, |it| it.1);
        Err(source.problem(at, message, "correct the Rego: `opa check` says more"))
    }

    /// The sources whose rules some entries may ask: those of their packages, and of packages that
    /// these name.
    pub(crate) fn seen_from(&self, entries: &[Entry]) -> BTreeSet<usize> {
        let all = 0..self.packages.len();
        let is_of = |nth: &usize, path: &str| path.starts_with(&format!("{}.", self.package(*nth)));
        let begin = all.clone().filter(|nth| entries.iter().any(|it| is_of(nth, &it.path)));
        let mut seen: BTreeSet<usize> = begin.collect();
        loop {
            let reads = seen.iter().flat_map(|nth| &self.outlines[*nth].reads);
            let reads: Vec<_> = reads.filter(|it| it.root == "data").map(Reference::text).collect();
            let is_read = |nth: &usize| {
                let below = |it: &String| self.package(*nth).starts_with(it);
                reads.iter().any(|it| below(it) || is_of(nth, &format!("{it}.")))
            };
            let before = seen.len();
            seen.extend(all.clone().filter(is_read));
            if seen.len() == before {
                return seen;
            }
        }
    }

    /// Whether what some entries say, taken together, changes at most once with time.
    pub(crate) fn has_one_age(&self, entries: &[Entry]) -> bool {
        let seen = self.seen_from(entries);
        let mut engine = self.engine.clone();
        let mut ages = Ages::default();
        for (nth, module) in engine.get_modules().iter().enumerate() {
            if seen.contains(&nth) {
                ages.add(self.package(nth), module);
            }
        }
        ages.is_one(&entries.iter().map(|it| it.path.clone()).collect())
    }

    /// What the rules that some entries ask read, of each set of entries.
    pub(crate) fn flows(&self, of: &[BTreeSet<String>]) -> Vec<Rc<Flow>> {
        let mut engine = self.engine.clone();
        let modules = engine.get_modules().iter().map(AsRef::as_ref).collect();
        let packages = (0..self.sources.len()).map(|it| self.package(it)).collect();
        let sources = Sources::new(modules, packages);
        let mut known = BTreeMap::new();
        of.iter()
            .map(|it| Rc::clone(known.entry(it).or_insert_with(|| Rc::new(sources.flow(it)))))
            .collect()
    }

    /// One of the sources.
    pub(crate) fn source(&self, nth: usize) -> &Source {
        &self.sources[nth]
    }

    /// Whether what some entries ask reads `data.inventory`, or all of `data`.
    pub(crate) fn reads_inventory(&self, entries: &[Entry]) -> bool {
        let seen = self.seen_from(entries);
        self.reads().filter(|it| seen.contains(&it.0) && it.2.root == "data").any(|it| {
            match it.2.steps.first() {
                Some(Step::Key(key)) => key == "inventory",
                _ => true,
            }
        })
    }

    /// What is read of the input and of `data`, each with its source.
    pub(crate) fn reads(&self) -> impl Iterator<Item = (usize, &Source, &Reference)> {
        let sources = self.sources.iter().zip(&self.outlines).enumerate();
        sources.flat_map(|(nth, (source, it))| it.reads.iter().map(move |it| (nth, source, it)))
    }

    /// Whether a source of the same package has a rule of this name.
    fn declares(&self, nth: usize, name: &str) -> bool {
        let package = self.packages.get(nth);
        self.sources_of(package).any(|it| self.has_rule(it, name))
    }

    fn has_rule(&self, nth: usize, name: &str) -> bool {
        let source = nth.to_string();
        self.engine.has_declared_rule_rooted_at(&source, name).unwrap_or(false)
    }

    fn sources_of(&self, package: Option<&String>) -> impl Iterator<Item = usize> {
        let of = self.packages.iter().enumerate();
        of.filter(move |it| Some(it.1) == package).map(|it| it.0)
    }

    /// The package of a source: `data.main`.
    pub(crate) fn package(&self, nth: usize) -> &str {
        self.packages.get(nth).map_or("", String::as_str)
    }

    /// The packages, each once.
    pub(crate) fn packages(&self) -> BTreeSet<&str> {
        self.packages.iter().map(String::as_str).collect()
    }

    /// The names of the rules of a package that this accepts, sorted.
    pub(crate) fn rules(&self, package: &str, accepts: impl Fn(&str) -> bool) -> BTreeSet<String> {
        let package = package.to_owned();
        let mut rules = BTreeSet::new();
        for nth in self.sources_of(Some(&package)) {
            let names = scan::names(&self.sources[nth].text).into_iter().map(|it| it.text);
            let names: BTreeSet<_> = names.filter(|it| accepts(it)).collect();
            rules.extend(names.into_iter().filter(|it| self.has_rule(nth, it)).map(str::to_owned));
        }
        rules
    }

    /// Where a text names `data.inventory`, or another part of `data`.
    pub(crate) fn place_of(&self, name: &str) -> Option<(&Source, Position)> {
        let is = |it: &Name<'_>| {
            it.text == name || it.text.strip_prefix(name).is_some_and(|it| it.starts_with('.'))
        };
        self.sources.iter().find_map(|source| {
            let found = scan::names(&source.text).into_iter().find(is)?;
            Some((source, Position { line: found.line, column: found.column }))
        })
    }

    /// The package of one of the sources.
    pub(crate) fn package_of(&self, source: &Source) -> &str {
        let nth = self.sources.iter().position(|it| std::ptr::eq(it, source));
        nth.map_or("", |it| self.package(it))
    }

    /// Where a package declares a rule.
    pub(crate) fn declaration(&self, package: &str, path: &str) -> Option<(&Source, Position)> {
        let name = path.strip_prefix(package)?.strip_prefix('.')?;
        let package = package.to_owned();
        let nth = self.sources_of(Some(&package)).find(|it| self.has_rule(*it, name))?;
        let source = &self.sources[nth];
        let found = scan::names(&source.text).into_iter().find(|it| it.text == name)?;
        Some((source, Position { line: found.line, column: found.column }))
    }

    /// The same as words: `policy.rego:3:1`.
    pub(crate) fn place_of_rule(&self, package: &str, path: &str) -> Option<String> {
        let (source, at) = self.declaration(package, path)?;
        let Position { line, column } = source.position(at);
        Some(format!("{}:{line}:{column}", source.path))
    }

    /// Checks all that can be known of a rule before there is an object.
    pub(crate) fn compile(&self, path: &str) -> Result<(), Problem> {
        if let Some(problem) = self.function(path) {
            return Err(problem);
        }
        let mut engine = self.engine.clone();
        match engine.compile_with_entrypoint(&path.into()) {
            Ok(_) => Ok(()),
            Err(error) => {
                let Wrong { place, message } = wrong(&error);
                let (nth, at) = place.unwrap_or((0, START));
                let source = self.sources.get(nth).unwrap_or(&self.sources[0]);
                Err(source.problem(at, message, "correct the Rego: `opa check` says more"))
            }
        }
    }

    /// Gives the policy its documents beside the input.
    pub(crate) fn with_data(&self, data: Value) -> Result<Self, String> {
        let mut policy = self.clone();
        policy.engine.add_data(data).map_err(|it| it.to_string())?;
        Ok(policy)
    }

    /// The value of a rule for an input. An error is a sentence that tells where it came from.
    pub(crate) fn value(&mut self, path: &str, input: Value) -> Result<Value, String> {
        self.engine.set_input(input);
        self.engine.eval_rule(path.to_owned()).map_err(|error| {
            let Wrong { place, message } = wrong(&error);
            match place.and_then(|(nth, at)| Some((self.sources.get(nth)?, at))) {
                Some((source, at)) => {
                    let Position { line, column } = source.position(at);
                    format!("{}:{line}:{column}: {message}", source.path)
                }
                None => message,
            }
        })
    }

    /// What `print` has said since.
    pub(crate) fn printed(&mut self) -> Vec<String> {
        self.engine.take_prints().unwrap_or_default()
    }
}

const START: Position = Position { line: 1, column: 1 };

impl Source {
    /// A place of the text in its file.
    fn position(&self, at: Position) -> Position {
        let Some(scalar) = &self.within else { return at };
        let number = |it: u32| usize::try_from(it).unwrap_or(usize::MAX).saturating_sub(1);
        let line: usize = self.text.split_inclusive('\n').take(number(at.line)).map(str::len).sum();
        let rest = self.text.get(line..).unwrap_or_default();
        let column = rest.char_indices().nth(number(at.column)).map_or(0, |it| it.0);
        scalar.position(line + column)
    }

    pub(crate) fn problem(
        &self,
        at: Position,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Problem {
        let Position { line, column } = self.position(at);
        let (message, help) = (message.into(), help.into());
        Problem { path: self.path.clone(), line, column, message, help }
    }
}

/// What an error of `regorus` says.
struct Wrong {
    /// Which source, and where in it.
    place: Option<(usize, Position)>,
    message: String,
}

/// Takes an error of `regorus` apart. It draws the place: `--> 0:3:9`, the line, and a caret, then
/// `error: ` and what is wrong.
fn wrong(error: &anyhow::Error) -> Wrong {
    let text = format!("{error:#}");
    let place = text.split("--> ").nth(1).and_then(|it| {
        let mut numbers = it.lines().next()?.split(':').map(|it| it.trim().parse::<u32>().ok());
        let (source, line, column) = (numbers.next()??, numbers.next()??, numbers.next()??);
        Some((usize::try_from(source).ok()?, Position { line, column }))
    });
    let message = match text.split_once("error: ") {
        Some((_, message)) if place.is_some() => message,
        _ => &text,
    };
    // What follows draws other places.
    let message = message.trim().lines().next().unwrap_or_default().trim();
    let message = message.split("--> ").next().unwrap_or_default().trim_end_matches([':', '.']);
    Wrong { place, message: message.chars().take(300).collect() }
}
