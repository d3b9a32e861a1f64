//! The keys of one mapping: each is asked for, and one that nobody asks for is a problem.

use rulebox_core::closest;

use crate::{
    problem::{Position, Problems},
    yaml::{Kind, Node, Scalar},
};

/// The entries of a mapping, and which of them were asked for.
pub struct Keys<'n, 'p> {
    at: Position,
    /// With an article, for sentences.
    what: &'static str,
    entries: &'n [(Scalar, Node)],
    asked: Vec<&'static str>,
    problems: &'p mut Problems,
}

impl<'n, 'p> Keys<'n, 'p> {
    /// None where this is no mapping, which is told.
    pub fn new(node: &'n Node, what: &'static str, problems: &'p mut Problems) -> Option<Self> {
        let Kind::Map(entries) = &node.kind else {
            problems.add(node.at, format!("{what} is a mapping"), "write `key: value` below it");
            return None;
        };
        Some(Self { at: node.at, what, entries, asked: Vec::new(), problems })
    }

    /// Where other problems with this mapping are told.
    pub fn problems(&mut self) -> &mut Problems {
        self.problems
    }

    /// Tells that a key is missing.
    pub fn missing(&mut self, key: &str, help: &str) {
        self.problems.add(self.at, format!("{} has no `{key}`", self.what), help);
    }

    fn get(&mut self, key: &'static str) -> Option<&'n Node> {
        if !self.asked.contains(&key) {
            self.asked.push(key);
        }
        let node = &self.entries.iter().find(|it| it.0.text == key)?.1;
        (!node.is_null()).then_some(node)
    }

    /// A text, a word or a number, as it is written.
    pub fn text(&mut self, key: &'static str) -> Option<Scalar> {
        let node = self.get(key)?;
        self.scalar(node, key)
    }

    fn scalar(&mut self, node: &Node, key: &str) -> Option<Scalar> {
        if let Kind::Scalar(scalar) = &node.kind {
            return Some(scalar.clone());
        }
        let help = "put it between quotes if it begins with `{` or `[`";
        self.problems.add(node.at, format!("`{key}` is one text"), help);
        None
    }

    /// The same where there must be one.
    pub fn required(&mut self, key: &'static str) -> Option<Scalar> {
        if self.get(key).is_none() {
            self.missing(key, "write it");
            return None;
        }
        self.text(key)
    }

    /// A value, whatever it is.
    pub fn map(&mut self, key: &'static str) -> Option<&'n Node> {
        self.get(key)
    }

    /// The values of a mapping, by name.
    pub fn entries(&mut self, key: &'static str) -> Vec<(&'n Scalar, &'n Node)> {
        let Some(node) = self.get(key) else { return Vec::new() };
        let Kind::Map(entries) = &node.kind else {
            let message = format!("`{key}` is a mapping");
            self.problems.add(node.at, message, "write `name: …` below it");
            return Vec::new();
        };
        entries.iter().map(|(name, it)| (name, it)).collect()
    }

    /// Texts by name, in their order.
    pub fn named(&mut self, key: &'static str) -> Vec<(Scalar, Scalar)> {
        let entries = self.entries(key).into_iter();
        let entries: Vec<_> = entries
            .filter_map(|(name, it)| Some((name.clone(), self.scalar(it, &name.text)?)))
            .collect();
        entries
    }

    /// The items of a list.
    pub fn list(&mut self, key: &'static str) -> Vec<&'n Node> {
        let Some(node) = self.get(key) else { return Vec::new() };
        if let Kind::List(items) = &node.kind {
            return items.iter().collect();
        }
        self.problems.add(node.at, format!("`{key}` is a list"), "write `- …` below it");
        Vec::new()
    }

    /// A list of texts.
    pub fn texts(&mut self, key: &'static str) -> Vec<Scalar> {
        let items = self.list(key).into_iter();
        items.filter_map(|it| self.scalar(it, key)).collect()
    }

    /// Tells the keys that nobody has asked for.
    pub fn finish(self) -> &'p mut Problems {
        for (key, _) in self.entries.iter().filter(|it| !self.asked.contains(&it.0.text.as_str())) {
            let help = match closest(&key.text, self.asked.iter().copied()) {
                Some(nearest) => format!("did you mean `{nearest}`?"),
                None => format!("its keys are {}", self.asked.join(", ")),
            };
            let message = format!("{} has no key `{}`", self.what, key.text);
            self.problems.add(key.at(), message, help);
        }
        self.problems
    }
}
