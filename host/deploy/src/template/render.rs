//! What a tree of nodes gives for values.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    call::{call, holds, printed},
    parse::{Node, Pipeline, Term},
};

/// Deeper, parts include each other for ever.
const DEEPEST: usize = 32;

/// What all templates of a chart see.
pub(crate) struct Scope<'a> {
    pub(crate) parts: &'a BTreeMap<String, Vec<Node>>,
    pub(crate) files: &'a [(&'a str, &'a str)],
    pub(crate) root: &'a Value,
}

/// What a node sees besides.
struct Local {
    dot: Value,
    depth: usize,
}

impl Scope<'_> {
    /// The text that nodes give.
    pub(crate) fn render(&self, nodes: &[Node]) -> Result<String, String> {
        let local = Local { dot: self.root.clone(), depth: 0 };
        self.all(nodes, &local)
    }

    fn all(&self, nodes: &[Node], local: &Local) -> Result<String, String> {
        nodes.iter().map(|it| self.one(it, local)).collect()
    }

    fn one(&self, node: &Node, local: &Local) -> Result<String, String> {
        match node {
            Node::Text(text) => Ok(text.clone()),
            Node::Print(pipeline) => Ok(printed(&self.value(pipeline, local)?)),
            Node::If(branches) => {
                for (condition, nodes) in branches {
                    let is_met = match condition {
                        None => true,
                        Some(it) => holds(&self.value(it, local)?),
                    };
                    if is_met {
                        return self.all(nodes, local);
                    }
                }
                Ok(String::new())
            }
            Node::With(pipeline, nodes) => {
                let dot = self.value(pipeline, local)?;
                if !holds(&dot) {
                    return Ok(String::new());
                }
                self.all(nodes, &Local { dot, depth: local.depth })
            }
            Node::Range(pipeline, nodes) => {
                let Value::Array(list) = self.value(pipeline, local)? else {
                    return Ok(String::new());
                };
                list.into_iter()
                    .map(|dot| self.all(nodes, &Local { dot, depth: local.depth }))
                    .collect()
            }
        }
    }

    fn value(&self, pipeline: &Pipeline, local: &Local) -> Result<Value, String> {
        let mut before = None;
        for call in pipeline {
            before = Some(self.call(call, before, local)?);
        }
        before.ok_or_else(|| "an action is empty".to_owned())
    }

    /// A call; what stood before the bar is its last argument.
    fn call(&self, terms: &[Term], last: Option<Value>, local: &Local) -> Result<Value, String> {
        let (head, rest) = terms.split_first().ok_or("a call is empty")?;
        let mut arguments = Vec::new();
        for term in rest {
            arguments.push(self.term(term, local)?);
        }
        arguments.extend(last);
        match head {
            Term::Function(name) if name == "include" => self.include(&arguments, local),
            Term::Function(name) => call(name, &arguments),
            Term::Path(_, keys) if *keys == ["Files", "Get"] => {
                let name = arguments.first().map(printed).unwrap_or_default();
                let found = self.files.iter().find(|it| it.0 == name);
                let (_, text) = found.ok_or_else(|| format!("there is no file `{name}`"))?;
                Ok(Value::String((*text).to_owned()))
            }
            term if arguments.is_empty() => self.term(term, local),
            _ => Err("a value cannot be called".to_owned()),
        }
    }

    fn include(&self, arguments: &[Value], local: &Local) -> Result<Value, String> {
        let [Value::String(name), dot] = arguments else {
            return Err("`include` takes a name and a value".to_owned());
        };
        if local.depth >= DEEPEST {
            return Err(format!("`{name}` includes itself"));
        }
        let nodes = self.parts.get(name).ok_or_else(|| format!("there is no part `{name}`"))?;
        let local = Local { dot: dot.clone(), depth: local.depth + 1 };
        self.all(nodes, &local).map(Value::String)
    }

    fn term(&self, term: &Term, local: &Local) -> Result<Value, String> {
        let (from, keys) = match term {
            Term::Path(from, keys) => (from, keys),
            Term::Text(it) => return Ok(Value::String(it.clone())),
            Term::Number(it) => return Ok((*it).into()),
            Term::Bool(it) => return Ok((*it).into()),
            Term::Nested(it) => return self.value(it, local),
            Term::Function(name) => return call(name, &[]),
        };
        let from = if *from { self.root } else { &local.dot };
        let mut value = from;
        for key in keys {
            // As in Helm, what is not set is nothing.
            value = value.get(key).unwrap_or(&Value::Null);
        }
        Ok(value.clone())
    }
}
