//! The tree of a text that was parsed: its calls, and what it reads by constant names.
//!
//! `regorus` shows its trees to programs without a promise that they stay; its version is held.

use std::collections::BTreeMap;

use regorus::{
    Value,
    unstable::{AssignOp, Expr, Literal, Module, Query, Rule, RuleAssign, RuleHead, Span},
};
use rulebox_text::Position;

/// A step of a path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    /// A name, or a constant text in brackets.
    Key(String),
    /// Anything else in brackets.
    Any,
}

/// What is read: `input.spec.containers[_].image`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reference {
    /// `input`, `data`, or a variable.
    pub(crate) root: String,
    pub(crate) steps: Vec<Step>,
    pub(crate) at: Position,
}

impl Reference {
    /// As it may be written.
    pub(crate) fn text(&self) -> String {
        let step = |it: &Step| match it {
            Step::Key(key) => format!(".{key}"),
            Step::Any => "[_]".to_owned(),
        };
        self.root.clone() + &self.steps.iter().map(step).collect::<String>()
    }
}

/// A call of a function by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) name: String,
    pub(crate) arguments: usize,
    /// Those that are texts, each with its place.
    pub(crate) texts: Vec<Option<(String, Position)>>,
    pub(crate) at: Position,
}

/// What a text does, in the order of its expressions.
#[derive(Debug, Clone, Default)]
pub(crate) struct Outline {
    pub(crate) calls: Vec<Call>,
    pub(crate) reads: Vec<Reference>,
    pub(crate) imports: Vec<Reference>,
    /// The names of rules that are functions, and where each begins.
    pub(crate) functions: Vec<(String, Position)>,
}

/// What imported names stand for, and local ones that are parts of something.
#[derive(Debug, Clone, Default)]
pub(crate) struct Aliases(BTreeMap<String, Reference>);

impl Aliases {
    pub(crate) fn of(module: &Module) -> Self {
        let imports = module.imports.iter().filter_map(|import| {
            let read = reference(&import.refr)?;
            let name = match (&import.r#as, read.steps.last()) {
                (Some(name), _) => name.text().to_owned(),
                (None, Some(Step::Key(key))) => key.clone(),
                (None, _) => return None,
            };
            Some((name, read))
        });
        Self(imports.collect())
    }

    /// What the statements of a query call parts of something: `x := input.a`, `some x in input.a`.
    fn learn(&mut self, query: &Query) {
        for statement in &query.stmts {
            let (name, of, within) = match &statement.literal {
                Literal::Expr { expr, .. } => match expr.as_ref() {
                    Expr::AssignExpr { lhs, rhs, .. } => (lhs, rhs, false),
                    _ => continue,
                },
                Literal::SomeIn { value, collection, .. } => (value, collection, true),
                _ => continue,
            };
            let (Expr::Var { .. }, Some(of)) = (name.as_ref(), reference(of)) else { continue };
            let Some(name) = reference(name).map(|it| it.root) else { continue };
            let mut of = self.resolve(of);
            if within {
                of.steps.push(Step::Any);
            }
            if of.root != name {
                self.0.insert(name, of);
            }
        }
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// What is read, if its first name stands for something.
    pub(crate) fn resolve(&self, read: Reference) -> Reference {
        let Some(alias) = self.0.get(&read.root) else { return read };
        let steps = alias.steps.iter().cloned().chain(read.steps).collect();
        Reference { root: alias.root.clone(), steps, at: read.at }
    }
}

/// Looks through a tree.
pub(crate) fn outline(module: &Module) -> Outline {
    let imports = module.imports.iter().filter_map(|it| reference(&it.refr)).collect();
    let outline = Outline { imports, ..Outline::default() };
    let mut walker = Walker { outline, aliases: Aliases::of(module) };
    for it in &module.policy {
        walker.rule(it);
    }
    walker.outline
}

/// A text that is written out, and its place.
pub(crate) fn constant(expr: &Expr) -> Option<(String, Position)> {
    match expr {
        Expr::String { span, value: Value::String(text), .. }
        | Expr::RawString { span, value: Value::String(text), .. } => {
            Some((text.to_string(), position(span)))
        }
        _ => None,
    }
}

pub(crate) fn position(span: &Span) -> Position {
    Position { line: span.line, column: span.col }
}

/// The path of names that an expression is; none where it is another one.
pub(crate) fn reference(expr: &Expr) -> Option<Reference> {
    match expr {
        Expr::Var { span, value: Value::String(name), .. } => {
            Some(Reference { root: name.to_string(), steps: Vec::new(), at: position(span) })
        }
        Expr::RefDot { refr, field, .. } => {
            let mut it = reference(refr)?;
            it.steps.push(Step::Key(field.0.text().to_owned()));
            Some(it)
        }
        Expr::RefBrack { refr, index, .. } => {
            let mut it = reference(refr)?;
            it.steps.push(match index.as_ref() {
                Expr::String { value: Value::String(key), .. }
                | Expr::RawString { value: Value::String(key), .. } => Step::Key(key.to_string()),
                _ => Step::Any,
            });
            Some(it)
        }
        _ => None,
    }
}

struct Walker {
    outline: Outline,
    aliases: Aliases,
}

impl Walker {
    fn rule(&mut self, rule: &Rule) {
        match rule {
            Rule::Spec { head, bodies, .. } => {
                match head {
                    RuleHead::Compr { refr, assign, .. } => {
                        self.indexes(refr);
                        self.assign(assign.as_ref());
                    }
                    RuleHead::Set { refr, key, .. } => {
                        self.indexes(refr);
                        if let Some(it) = key {
                            self.expr(it);
                        }
                    }
                    RuleHead::Func { span, refr, args, assign } => {
                        if let Some(name) = reference(refr) {
                            self.outline.functions.push((name.text(), position(span)));
                        }
                        for it in args {
                            self.expr(it);
                        }
                        self.assign(assign.as_ref());
                    }
                }
                for body in bodies {
                    self.assign(body.assign.as_ref());
                    self.query(&body.query);
                }
            }
            Rule::Default { value, .. } => self.expr(value),
        }
    }

    fn assign(&mut self, assign: Option<&RuleAssign>) {
        if let Some(RuleAssign { op: AssignOp::Eq | AssignOp::ColEq, value, .. }) = assign {
            self.expr(value);
        }
    }

    fn query(&mut self, query: &Query) {
        let outside = self.aliases.clone();
        self.aliases.learn(query);
        for statement in &query.stmts {
            match &statement.literal {
                Literal::SomeVars { .. } => {}
                Literal::SomeIn { key, value, collection, .. } => {
                    if let Some(it) = key {
                        self.expr(it);
                    }
                    self.expr(value);
                    self.expr(collection);
                }
                Literal::Expr { expr, .. } | Literal::NotExpr { expr, .. } => self.expr(expr),
                Literal::Every { domain, query, .. } => {
                    self.expr(domain);
                    self.query(query);
                }
            }
            for it in &statement.with_mods {
                self.expr(&it.r#as);
            }
        }
        self.aliases = outside;
    }

    /// What stands in the brackets of a reference.
    fn indexes(&mut self, expr: &Expr) {
        match expr {
            Expr::RefDot { refr, .. } => self.indexes(refr),
            Expr::RefBrack { refr, index, .. } => {
                self.indexes(refr);
                self.expr(index);
            }
            Expr::Var { .. } => {}
            other => self.expr(other),
        }
    }

    fn expr(&mut self, expr: &Expr) {
        match expr {
            Expr::Var { .. } | Expr::RefDot { .. } | Expr::RefBrack { .. } => {
                if let Some(read) = reference(expr) {
                    self.outline.reads.push(self.aliases.resolve(read));
                }
                self.indexes(expr);
            }
            Expr::Array { items, .. } | Expr::Set { items, .. } => {
                for it in items {
                    self.expr(it);
                }
            }
            Expr::Object { fields, .. } => fields.iter().for_each(|(_, key, value)| {
                self.expr(key);
                self.expr(value);
            }),
            Expr::ArrayCompr { term, query, .. } | Expr::SetCompr { term, query, .. } => {
                self.expr(term);
                self.query(query);
            }
            Expr::ObjectCompr { key, value, query, .. } => {
                self.expr(key);
                self.expr(value);
                self.query(query);
            }
            Expr::Call { fcn, params, .. } => {
                if let Some(it) = reference(fcn) {
                    let (name, arguments) = (it.text(), params.len());
                    let texts = params.iter().map(|it| constant(it)).collect();
                    self.outline.calls.push(Call { name, arguments, texts, at: it.at });
                    self.outline.reads.push(self.aliases.resolve(it));
                }
                for it in params {
                    self.expr(it);
                }
            }
            Expr::UnaryExpr { expr, .. } => self.expr(expr),
            Expr::BinExpr { lhs, rhs, .. }
            | Expr::BoolExpr { lhs, rhs, .. }
            | Expr::ArithExpr { lhs, rhs, .. }
            | Expr::AssignExpr { lhs, rhs, .. } => {
                self.expr(lhs);
                self.expr(rhs);
            }
            Expr::Membership { key, value, collection, .. } => {
                if let Some(it) = key {
                    self.expr(it);
                }
                self.expr(value);
                self.expr(collection);
            }
            Expr::String { .. }
            | Expr::RawString { .. }
            | Expr::Number { .. }
            | Expr::Bool { .. }
            | Expr::Null { .. } => {}
        }
    }
}
