//! What a text in Rego calls, reads and imports that is not there: each would be undefined, which
//! Rego takes for false.

use std::collections::BTreeSet;

use rulebox_core::closest;
use rulebox_text::{Position, Problem, names, re2};

use super::Policy;
use crate::{
    builtins::{self, glob, patterns},
    scan::{self, Name},
    tree::{Call, Reference, Step},
};

/// So many problems of one sort are told of one text.
const MOST: usize = 20;

/// What stands in `data` beside the packages.
const DOCUMENTS: [&str; 2] = ["data.inventory", "data.settings"];

/// Whether a path is another one, or stands below it.
fn is_below(it: &str, of: &str) -> bool {
    it.strip_prefix(of).is_some_and(|it| it.is_empty() || it.starts_with('.'))
}

impl Policy {
    /// What a source reads of `data` that is not there: it would never be true, and never told.
    pub(super) fn documents(&self, nth: usize) -> Vec<Problem> {
        let source = &self.sources[nth];
        let is_there = |it: &str| {
            let packages = self.packages.iter().map(String::as_str);
            packages.chain(DOCUMENTS).any(|of| is_below(it, of) || is_below(of, it))
        };
        let names = scan::names(&source.text).into_iter();
        let missing = names.filter(|it| it.text.starts_with("data.") && !is_there(it.text));
        let problem = |it: Name<'_>| {
            let at = Position { line: it.line, column: it.column };
            let message = format!("there is nothing at `{}`", it.text);
            let help = "put the file of its package into the folder; data that is given to a \
                policy \
                        is a setting, `data.settings.name`";
            source.problem(at, message, help)
        };
        missing.map(problem).take(MOST).collect()
    }

    /// What a source reads of a package that has no such rule.
    pub(super) fn other_rules(&self, nth: usize) -> Vec<Problem> {
        let source = &self.sources[nth];
        let problem = |read: &Reference| {
            let keys = read.steps.iter().map_while(|it| match it {
                Step::Key(key) => Some(key.as_str()),
                Step::Any => None,
            });
            let mut of = read.root.clone();
            for key in keys.filter(|_| read.root == "data") {
                let path = format!("{of}.{key}");
                if self.packages.contains(&of)
                    && !self.sources_of(Some(&of)).any(|it| self.has_rule(it, key))
                    && !self.packages.iter().any(|it| is_below(it, &path))
                {
                    let message = format!("the package `{of}` has no rule `{key}`");
                    let names = self.rules(&of, |_| true);
                    let help = match closest(key, names.iter().map(String::as_str)) {
                        Some(nearest) => format!("did you mean `{nearest}`?"),
                        None => "define it there".to_owned(),
                    };
                    return Some(source.problem(read.at, message, help));
                }
                if self.sources_of(Some(&of)).any(|it| self.has_rule(it, key)) {
                    return None;
                }
                of = path;
            }
            None
        };
        self.outlines[nth].reads.iter().filter_map(problem).take(MOST).collect()
    }

    /// What a source calls that is not there.
    pub(super) fn functions(&self, nth: usize) -> Vec<Problem> {
        let source = &self.sources[nth];
        let aliases: BTreeSet<_> = scan::aliases(&source.text).into_iter().collect();
        let calls = scan::names(&source.text).into_iter().filter(|it| it.called);
        let problem = |it: Name<'_>| {
            let root = it.text.split('.').next().unwrap_or_default();
            let elsewhere = root == "data" || root == "input" || aliases.contains(root);
            // The empty set is written like a call.
            if elsewhere
                || it.text == "set"
                || builtins::is_known(it.text)
                || self.declares(nth, root)
            {
                return None;
            }
            let at = Position { line: it.line, column: it.column };
            if let Some((why, help)) = builtins::refusal(it.text) {
                return Some(source.problem(at, format!("`{}` {why}", it.text), help));
            }
            let help = match closest(it.text, builtins::known()) {
                Some(nearest) => format!("did you mean `{nearest}`?"),
                None => "define it, or import the package that does".to_owned(),
            };
            Some(source.problem(at, format!("there is no function `{}`", it.text), help))
        };
        calls.filter_map(problem).take(MOST).collect()
    }

    /// What a source imports that is not there: the interpreter passes over it.
    pub(super) fn imports(&self, nth: usize) -> Vec<Problem> {
        let source = &self.sources[nth];
        let is_known = |it: &str| {
            let word = it.strip_prefix("future.keywords.");
            let word = word.is_some_and(|it| ["contains", "every", "if", "in"].contains(&it));
            let below = ["data.", "input."].iter().any(|root| it.starts_with(root));
            word || below || ["input", "rego.v1", "future.keywords"].contains(&it)
        };
        let imports = self.outlines[nth].imports.iter();
        let problem = |it: &Reference| {
            let help = "import packages, `data.lib.text`, or `rego.v1`";
            source.problem(it.at, format!("`{}` cannot be imported", it.text()), help)
        };
        imports.filter(|it| !is_known(&it.text())).map(problem).take(MOST).collect()
    }

    /// Calls that the interpreter takes, and that never give anything.
    pub(super) fn empty_calls(&self, nth: usize) -> Vec<Problem> {
        let source = &self.sources[nth];
        let calls = self.outlines[nth].calls.iter();
        let walks = calls.filter(|it| it.name == "walk" && it.arguments == 1);
        let walks = walks.filter(|_| !self.declares(nth, "walk"));
        let problem = |it: &Call| {
            let help = "write `walk(input, [path, value])`";
            source.problem(it.at, "`walk` takes what it finds as its second argument here", help)
        };
        walks.map(problem).take(MOST).collect()
    }

    /// Patterns that are none: a policy that asks by them is never true.
    pub(super) fn patterns(&self, nth: usize) -> Vec<Problem> {
        let source = &self.sources[nth];
        let problem = |it: &Call| {
            if self.declares(nth, it.name.split('.').next().unwrap_or_default()) {
                return None;
            }
            let take = patterns::TAKE.iter().find(|take| take.0 == it.name);
            let (index, help) = match take {
                Some(take) => (take.1, "write a pattern of RE2; `\\` takes a sign as it stands"),
                None if it.name == "glob.match" => {
                    (0, "write `*`, `**`, `?`, `[abc]`, `[a-z]` or `{a,b}`")
                }
                None => return None,
            };
            let (text, at) = it.texts.get(index)?.as_ref()?;
            let why = match it.name.as_str() {
                "glob.match" => glob::compile(text, &[]).err(),
                // What stands between its delimiters is known where they are.
                "regex.template_match" => None,
                _ => re2::compile(text).err(),
            };
            Some(source.problem(*at, format!("this is no pattern: {}", why?), help))
        };
        self.outlines[nth].calls.iter().filter_map(problem).take(MOST).collect()
    }

    /// What is read of `data.settings`, and is none of these settings.
    pub(crate) fn other_settings(&self, settings: &[&str], problems: &mut Vec<Problem>) {
        for (_, source, read) in self.reads().filter(|it| it.2.root == "data") {
            if let [Step::Key(first), Step::Key(name), ..] = &read.steps[..]
                && first == "settings"
                && !settings.contains(&name.as_str())
            {
                let message = format!("the pack has no setting `{name}`");
                let help = names::help(name, settings.iter().copied(), "settings");
                problems.push(source.problem(read.at, message, help));
            }
        }
    }

    /// That a rule which is asked what is wrong is a function: without its arguments it says
    /// nothing.
    pub(super) fn function(&self, path: &str) -> Option<Problem> {
        self.outlines.iter().enumerate().find_map(|(nth, it)| {
            let name = path.strip_prefix(self.package(nth))?.strip_prefix('.')?;
            let (_, at) = it.functions.iter().find(|it| it.0 == name)?;
            let help = "write a rule without arguments, `contains msg if { … }`, or name another \
                        one in `entry`";
            let message = format!("`{name}` is a function, and is asked without an argument");
            Some(self.sources[nth].problem(*at, message, help))
        })
    }
}
