//! Walks over rules, and learns what their variables, values and arguments may be.

use std::collections::{BTreeMap, BTreeSet};

use regorus::{
    Value,
    unstable::{
        AssignOp, BinOp, BoolOp, Expr, Literal, LiteralStmt, Query, Rule, RuleAssign, RuleBody,
        RuleHead, Span,
    },
};
use rulebox_text::Position;

use super::{
    Asked, Flow, How, Read, Sources,
    builtins::{self, Known},
    part::{self, Part, Parts, Wrap},
};
use crate::tree::{self, Reference, Step, position, reference};

/// How often each rule is walked over, on average, at most.
const WALKS: usize = 64;

/// A variable: its rule, the query that it is of, and its name.
type Variable = ((usize, usize), usize, String);

pub(super) struct Walk<'s, 'm> {
    sources: &'s Sources<'m>,
    entries: &'s BTreeSet<String>,
    /// The names of rules that are asked.
    asked: BTreeSet<String>,
    variables: BTreeMap<Variable, Parts>,
    values: BTreeMap<String, Parts>,
    arguments: BTreeMap<(String, usize), Parts>,
    /// The rules that are to be walked over.
    waiting: BTreeSet<String>,
    /// Which rules read the value of each.
    readers: BTreeMap<String, BTreeSet<String>>,
    /// Whether what is read is noted.
    notes: bool,
    flow: Flow,
    /// The place of the rule that is walked over: source, and number in it.
    rule: (usize, usize),
    /// Its name with its package.
    name: String,
    /// Its queries in each other, each with its number and its variables.
    scopes: Vec<(usize, BTreeSet<String>)>,
    queries: usize,
    kinds: Option<BTreeSet<String>>,
    /// Whether what is walked over must hold where the rule does.
    holds: bool,
}

impl<'s, 'm> Walk<'s, 'm> {
    pub(super) fn new(sources: &'s Sources<'m>, entries: &'s BTreeSet<String>) -> Self {
        Self {
            sources,
            entries,
            asked: entries.clone(),
            waiting: entries.clone(),
            readers: BTreeMap::new(),
            variables: BTreeMap::new(),
            values: BTreeMap::new(),
            arguments: BTreeMap::new(),
            notes: false,
            flow: Flow::default(),
            rule: (0, 0),
            name: String::new(),
            scopes: Vec::new(),
            queries: 0,
            kinds: None,
            holds: false,
        }
    }

    /// Walks over the rules that are asked, and again over those of whose parts more was learnt.
    pub(super) fn settle(&mut self) {
        let most = WALKS.saturating_mul(self.sources.rules.len());
        for _ in 0..most {
            let Some(name) = self.waiting.pop_first() else { return };
            self.walk(name);
        }
        if !self.waiting.is_empty() {
            self.lose(Position { line: 1, column: 1 });
        }
    }

    fn walk(&mut self, name: String) {
        for place in self.sources.rules.get(&name).into_iter().flatten() {
            self.rule(name.clone(), *place);
        }
    }

    /// What was read, once nothing more is learnt.
    pub(super) fn noted(mut self) -> Flow {
        self.notes = true;
        for name in self.asked.clone() {
            self.walk(name);
        }
        self.flow
    }

    fn lose(&mut self, at: Position) {
        self.flow.lost.get_or_insert((self.rule.0, at));
    }

    fn ask(&mut self, name: &str) {
        if self.notes && self.holds {
            self.flow.needed.insert((self.rule, name.to_owned()));
        }
        if !self.asked.contains(name) {
            self.asked.insert(name.to_owned());
            self.waiting.insert(name.to_owned());
        }
    }

    fn rule(&mut self, name: String, place: (usize, usize)) {
        let rule = &self.sources.modules[place.0].policy[place.1];
        self.rule = place;
        if self.notes {
            self.flow.definitions.entry(name.clone()).or_default().insert(place);
        }
        self.name = name;
        self.holds = false;
        self.queries = 0;
        self.kinds = None;
        self.scopes = vec![(0, BTreeSet::new())];
        match rule.as_ref() {
            Rule::Default { value, .. } => {
                let parts = self.value(value);
                self.give(parts);
            }
            Rule::Spec { head, bodies, .. } => {
                if let RuleHead::Func { args, .. } = head {
                    for (nth, it) in args.iter().enumerate() {
                        self.declare(it);
                        let given = self.arguments.get(&(self.name.clone(), nth));
                        let given = given.cloned().unwrap_or_default();
                        self.bind(it, given);
                    }
                }
                if bodies.is_empty() {
                    self.head(head, None);
                }
                for body in bodies {
                    // Of several one must hold.
                    let holds = bodies.len() == 1;
                    self.query(&body.query, holds, |walk| walk.head(head, Some(body)));
                }
            }
        }
    }

    /// What a rule is where its body holds.
    fn head(&mut self, head: &RuleHead, body: Option<&RuleBody>) {
        let of_body = body.and_then(|it| it.assign.as_ref());
        let (refr, parts, at) = match head {
            RuleHead::Set { refr, key, .. } => {
                let Some(key) = key else { return };
                (refr, part::wrap(self.value(key), &Wrap::Set), key.span())
            }
            RuleHead::Compr { refr, assign, .. } | RuleHead::Func { refr, assign, .. } => {
                let Some(RuleAssign { value, .. }) = of_body.or(assign.as_ref()) else {
                    self.indexes(refr);
                    return;
                };
                (refr, self.value(value), value.span())
            }
        };
        self.indexes(refr);
        let mut parts = parts;
        if !matches!(head, RuleHead::Func { .. }) {
            let steps = reference(refr).map(|it| it.steps).unwrap_or_default();
            for it in steps.into_iter().rev() {
                let wrap = match it {
                    Step::Key(key) => Wrap::Key(key),
                    Step::Any => Wrap::Any,
                };
                parts = part::wrap(parts, &wrap);
            }
        }
        if self.entries.contains(&self.name) {
            self.note(position(at), &parts, How::Whole);
        }
        self.give(parts);
    }

    /// What the rule is, which others see.
    fn give(&mut self, parts: Parts) {
        let more = part::add(self.values.entry(self.name.clone()).or_default(), parts);
        if self.more(more) {
            let readers = self.readers.get(&self.name).into_iter().flatten().cloned();
            self.waiting.extend(readers);
        }
    }

    /// What another rule is, which this one sees.
    fn value_of(&mut self, name: &str) -> Parts {
        self.readers.entry(name.to_owned()).or_default().insert(self.name.clone());
        self.values.get(name).cloned().unwrap_or_default()
    }

    /// Whether more was learnt.
    fn more(&mut self, more: Option<bool>) -> bool {
        more.unwrap_or_else(|| {
            self.lose(Position { line: 1, column: 1 });
            false
        })
    }

    /// What a variable of the rule may be.
    fn set(&mut self, variable: Variable, parts: Parts) {
        let more = part::add(self.variables.entry(variable).or_default(), parts);
        if self.more(more) {
            self.waiting.insert(self.name.clone());
        }
    }

    /// `holds`: whether it must hold where the rule does.
    fn query(&mut self, query: &Query, holds: bool, behind: impl FnOnce(&mut Self)) {
        let held = std::mem::replace(&mut self.holds, holds);
        self.queries += 1;
        self.scopes.push((self.queries, BTreeSet::new()));
        let outside = self.kinds.clone();
        for it in &query.stmts {
            match &it.literal {
                Literal::SomeVars { vars, .. } => {
                    let names: Vec<_> = vars.iter().map(|it| it.text().to_owned()).collect();
                    if let Some(scope) = self.scopes.last_mut() {
                        scope.1.extend(names);
                    }
                }
                Literal::SomeIn { key, value, .. } => {
                    if let Some(it) = key {
                        self.declare(it);
                    }
                    self.declare(value);
                }
                Literal::Expr { expr, .. } => {
                    if let Expr::AssignExpr { op: AssignOp::ColEq, lhs, .. } = expr.as_ref() {
                        self.declare(lhs);
                    }
                }
                Literal::NotExpr { .. } | Literal::Every { .. } => {}
            }
        }
        for it in &query.stmts {
            self.kinds_of(it);
        }
        for it in &query.stmts {
            self.statement(it);
        }
        behind(self);
        self.holds = held;
        self.kinds = outside;
        self.scopes.pop();
    }

    /// The variables of a pattern are of this query.
    fn declare(&mut self, pattern: &Expr) {
        match pattern {
            Expr::Var { .. } => {
                let name = reference(pattern).map(|it| it.root);
                if let (Some(name), Some(scope)) = (name, self.scopes.last_mut()) {
                    scope.1.insert(name);
                }
            }
            Expr::Array { items, .. } => items.iter().for_each(|it| self.declare(it)),
            Expr::Object { fields, .. } => fields.iter().for_each(|it| self.declare(&it.2)),
            _ => {}
        }
    }

    /// The variable of a name: of the nearest query that declares it, or else of the rule.
    fn variable(&self, name: &str) -> Variable {
        let scope = self.scopes.iter().rev().find(|it| it.1.contains(name)).map_or(0, |it| it.0);
        (self.rule, scope, name.to_owned())
    }

    fn is_declared(&self, name: &str) -> bool {
        self.scopes.iter().any(|it| it.1.contains(name))
    }

    fn bind(&mut self, pattern: &Expr, parts: Parts) {
        match pattern {
            Expr::Var { .. } => {
                let Some(name) = reference(pattern).map(|it| it.root) else { return };
                if name == "_"
                    || parts.is_empty()
                    || !self.is_declared(&name) && self.is_known(&name)
                {
                    return;
                }
                self.set(self.variable(&name), parts);
            }
            Expr::Array { items, .. } => {
                let below = self.step(&parts, &Step::Any, false, pattern.span());
                for it in items {
                    self.bind(it, below.clone());
                }
            }
            Expr::Object { fields, .. } => {
                for (_, key, value) in fields {
                    let step = tree::constant(key).map_or(Step::Any, |it| Step::Key(it.0));
                    let below = self.step(&parts, &step, false, key.span());
                    self.note(position(key.span()), &below, How::Through);
                    self.bind(value, below);
                }
            }
            other => {
                self.uses(other, How::Whole);
                self.note(position(other.span()), &parts, How::Whole);
            }
        }
    }

    /// Whether a name is a rule's, or an import's, or one of the documents.
    fn is_known(&self, name: &str) -> bool {
        name == "input"
            || name == "data"
            || self.sources.aliases[self.rule.0].has(name)
            || self.sources.rules.contains_key(&self.in_package(name))
    }

    fn in_package(&self, name: &str) -> String {
        format!("{}.{name}", self.sources.packages[self.rule.0])
    }

    fn statement(&mut self, statement: &LiteralStmt) {
        for it in &statement.with_mods {
            self.uses(&it.r#as, How::Through);
            if reference(&it.refr).is_some_and(|it| it.root == "input") {
                self.lose(position(&it.span));
            }
        }
        match &statement.literal {
            Literal::SomeVars { .. } => {}
            Literal::SomeIn { key, value, collection, .. } => {
                let parts = self.value(collection);
                if let Some(it) = key {
                    self.bind(it, part::members(&parts));
                }
                let below = self.step(&parts, &Step::Any, false, collection.span());
                self.note(position(collection.span()), &below, How::Through);
                self.bind(value, below);
            }
            Literal::Expr { expr, .. } => match expr.as_ref() {
                Expr::AssignExpr { op, lhs, rhs, .. } => {
                    let parts = self.value(rhs);
                    if *op == AssignOp::Eq {
                        let parts = self.value(lhs);
                        if is_pattern(rhs) {
                            self.bind(rhs, parts);
                        } else if !is_pattern(lhs) {
                            self.note(position(lhs.span()), &parts, How::Whole);
                        }
                    }
                    self.bind(lhs, parts);
                }
                expr => self.condition(expr),
            },
            Literal::NotExpr { expr, .. } => {
                let held = std::mem::replace(&mut self.holds, false);
                self.condition(expr);
                self.holds = held;
            }
            Literal::Every { key, value, domain, query, .. } => {
                let parts = self.value(domain);
                let below = self.step(&parts, &Step::Any, false, domain.span());
                self.note(position(domain.span()), &below, How::Through);
                // Its variables are of a query around the other.
                self.queries += 1;
                let names = [Some(value), key.as_ref()].into_iter().flatten();
                let names = names.map(|it| it.text().to_owned()).collect();
                self.scopes.push((self.queries, names));
                self.set(self.variable(value.text()), below);
                self.query(query, false, |_| {});
                self.scopes.pop();
            }
        }
    }

    /// What only has to hold.
    fn condition(&mut self, expr: &Expr) {
        if let Expr::Call { fcn, params, .. } = expr
            && let Some(name) = reference(fcn).and_then(|it| self.own(&it))
            && params.len() > self.arity(&name)
        {
            // What it gives is a variable's, and need not hold.
            self.value(expr);
            return;
        }
        self.uses(expr, How::Exists);
    }

    /// Notes of which kinds the object is where a statement holds.
    fn kinds_of(&mut self, statement: &LiteralStmt) {
        let Literal::Expr { expr, .. } = &statement.literal else { return };
        let (read, constants) = match expr.as_ref() {
            Expr::BoolExpr { op: BoolOp::Eq, lhs, rhs, .. }
            | Expr::AssignExpr { op: AssignOp::Eq, lhs, rhs, .. } => {
                match (tree::constant(lhs), tree::constant(rhs)) {
                    (None, Some(it)) => (lhs, vec![it.0]),
                    (Some(it), None) => (rhs, vec![it.0]),
                    _ => return,
                }
            }
            Expr::Membership { key: None, value, collection, .. } => match collection.as_ref() {
                Expr::Array { items, .. } | Expr::Set { items, .. } => {
                    let texts: Option<Vec<_>> =
                        items.iter().map(|it| Some(tree::constant(it)?.0)).collect();
                    let Some(texts) = texts else { return };
                    (value, texts)
                }
                _ => return,
            },
            _ => return,
        };
        let notes = std::mem::replace(&mut self.notes, false);
        let parts = self.value(read);
        self.notes = notes;
        let is_kind = |it: &Part| it.is_bare() && it.root == "input" && is_kind(&it.steps);
        if parts.is_empty() || !parts.iter().all(is_kind) {
            return;
        }
        let kinds: BTreeSet<_> = constants.into_iter().collect();
        if self.notes && self.holds {
            let Position { line, column } = position(read.span());
            self.flow.asked.insert(Asked {
                source: self.rule.0,
                line,
                column,
                rule: self.rule,
                kinds: kinds.clone(),
            });
        }
        self.kinds = Some(match self.kinds.take() {
            Some(before) => before.intersection(&kinds).cloned().collect(),
            None => kinds,
        });
    }

    /// Notes what is read.
    fn note(&mut self, at: Position, parts: &Parts, how: How) {
        if !self.notes {
            return;
        }
        // What holds a part is there; what takes all of it takes the part.
        let parts: Parts = match how {
            How::Whole => parts.iter().map(Part::bare).collect(),
            How::Through | How::Exists => parts.iter().filter(|it| it.is_bare()).cloned().collect(),
        };
        if parts.is_empty() {
            return;
        }
        self.flow.reads.insert(Read {
            source: self.rule.0,
            line: at.line,
            column: at.column,
            rule: (self.name.clone(), self.rule),
            parts,
            how,
            kinds: self.kinds.clone(),
        });
    }

    fn step(&mut self, parts: &Parts, step: &Step, soft: bool, at: &Span) -> Parts {
        part::step(parts, step, soft).unwrap_or_else(|| {
            self.lose(position(at));
            Parts::new()
        })
    }

    /// What an expression may be, of which something is made.
    fn uses(&mut self, expr: &Expr, how: How) {
        let parts = self.value(expr);
        let at = reference(expr).map_or_else(|| position(expr.span()), |it| it.at);
        self.note(at, &parts, how);
    }

    /// What an expression may be.
    fn value(&mut self, expr: &Expr) -> Parts {
        match expr {
            Expr::Var { .. } | Expr::RefDot { .. } | Expr::RefBrack { .. } => {
                let parts = self.read(expr);
                let at = reference(expr).map_or_else(|| position(expr.span()), |it| it.at);
                self.note(at, &parts, How::Through);
                parts
            }
            Expr::Array { items, .. } => self.items(items, &Wrap::Any),
            Expr::Set { items, .. } => self.items(items, &Wrap::Set),
            Expr::Object { fields, .. } => {
                let mut all = Parts::new();
                for (_, key, value) in fields {
                    self.uses(key, How::Whole);
                    let wrap = tree::constant(key).map_or(Wrap::Any, |it| Wrap::Key(it.0));
                    all.extend(part::wrap(self.value(value), &wrap));
                }
                all
            }
            Expr::ArrayCompr { term, query, .. } => self.comprehension(query, term, &Wrap::Any),
            Expr::SetCompr { term, query, .. } => self.comprehension(query, term, &Wrap::Set),
            Expr::ObjectCompr { key, value, query, .. } => {
                let mut parts = Parts::new();
                self.query(query, false, |walk| {
                    walk.uses(key, How::Whole);
                    parts = part::wrap(walk.value(value), &Wrap::Any);
                });
                parts
            }
            Expr::Call { fcn, params, .. } => self.call(fcn, params.iter().map(AsRef::as_ref)),
            Expr::UnaryExpr { expr, .. } => {
                self.uses(expr, How::Whole);
                Parts::new()
            }
            Expr::BinExpr { op, lhs, rhs, .. } => {
                let mut parts = self.value(lhs);
                let right = self.value(rhs);
                if *op == BinOp::Intersection {
                    self.note(position(lhs.span()), &parts, How::Whole);
                    self.note(position(rhs.span()), &right, How::Whole);
                }
                parts.extend(right);
                parts
            }
            Expr::BoolExpr { lhs, rhs, .. } => {
                self.uses(lhs, How::Whole);
                self.uses(rhs, How::Whole);
                Parts::new()
            }
            Expr::ArithExpr { lhs, rhs, .. } => {
                self.uses(rhs, How::Whole);
                let parts = self.value(lhs);
                self.note(position(lhs.span()), &parts, How::Whole);
                parts
            }
            Expr::AssignExpr { lhs, rhs, .. } => {
                let parts = self.value(rhs);
                self.bind(lhs, parts);
                Parts::new()
            }
            Expr::Membership { key, value, collection, .. } => {
                if let Some(it) = key {
                    self.uses(it, How::Whole);
                }
                self.uses(value, How::Whole);
                let parts = self.value(collection);
                let below = self.step(&parts, &Step::Any, false, collection.span());
                self.note(position(collection.span()), &below, How::Whole);
                Parts::new()
            }
            Expr::String { .. }
            | Expr::RawString { .. }
            | Expr::Number { .. }
            | Expr::Bool { .. }
            | Expr::Null { .. } => Parts::new(),
        }
    }

    fn items<E: AsRef<Expr>>(&mut self, items: &[E], wrap: &Wrap) -> Parts {
        let mut all = Parts::new();
        for it in items {
            all.extend(part::wrap(self.value(it.as_ref()), wrap));
        }
        all
    }

    fn comprehension(&mut self, query: &Query, term: &Expr, wrap: &Wrap) -> Parts {
        let mut parts = Parts::new();
        self.query(query, false, |walk| parts = part::wrap(walk.value(term), wrap));
        parts
    }

    /// What a path of names may be.
    fn read(&mut self, expr: &Expr) -> Parts {
        if let Some(read) = reference(expr)
            && let Some(parts) = self.document(&read, expr)
        {
            return parts;
        }
        match expr {
            Expr::Var { .. } => {
                let Some(name) = reference(expr).map(|it| it.root) else { return Parts::new() };
                self.variables.get(&self.variable(&name)).cloned().unwrap_or_default()
            }
            Expr::RefDot { refr, field, .. } => {
                let parts = self.read(refr);
                self.step(&parts, &Step::Key(field.0.text().to_owned()), false, &field.0)
            }
            Expr::RefBrack { refr, index, .. } => {
                let parts = self.read(refr);
                self.index(&parts, index)
            }
            other => self.value(other),
        }
    }

    fn index(&mut self, parts: &Parts, index: &Expr) -> Parts {
        match index {
            Expr::String { .. } | Expr::RawString { .. } | Expr::Number { .. } => {}
            Expr::Var { .. } | Expr::Array { .. } | Expr::Object { .. } => {
                let members = part::members(parts);
                if members.is_empty() {
                    self.uses(index, How::Whole);
                } else {
                    self.bind(index, members);
                }
            }
            other => self.uses(other, How::Whole),
        }
        let step = tree::constant(index).map_or(Step::Any, |it| Step::Key(it.0));
        self.step(parts, &step, false, index.span())
    }

    /// What stands in the brackets of a reference that is no value.
    fn indexes(&mut self, expr: &Expr) {
        match expr {
            Expr::RefDot { refr, .. } => self.indexes(refr),
            Expr::RefBrack { refr, index, .. } => {
                self.indexes(refr);
                self.uses(index, How::Whole);
            }
            _ => {}
        }
    }

    /// What a name that is no variable stands for: a document, or a rule, and what is below it.
    /// None where it is a variable, or where the path goes on.
    fn document(&mut self, read: &Reference, expr: &Expr) -> Option<Parts> {
        if self.is_declared(&read.root) {
            return None;
        }
        if !read.steps.is_empty() && !self.is_path_of_rule(read) {
            return None;
        }
        let full = self.resolved(read)?;
        if full.root == "input" {
            let mut parts = Part::root("input");
            for it in &full.steps {
                parts = self.step(&parts, it, false, expr.span());
            }
            return Some(parts);
        }
        // A rule of a package, by its path.
        let mut path = full.root.clone();
        for (nth, it) in full.steps.iter().enumerate() {
            let Step::Key(key) = it else { break };
            path = format!("{path}.{key}");
            if self.sources.rules.contains_key(&path) {
                self.ask(&path);
                let mut parts = self.value_of(&path);
                for it in &full.steps[nth + 1..] {
                    parts = self.step(&parts, it, false, expr.span());
                }
                return Some(parts);
            }
        }
        let all = self.below(&path);
        if !full.steps.is_empty() && !all.is_empty() && full.steps.iter().all(is_key) {
            // A package as it is: any of its rules.
            let mut parts = Parts::new();
            for it in all {
                self.ask(&it);
                parts.extend(self.value_of(&it));
            }
            return Some(part::wrap(parts, &Wrap::Any));
        }
        let mut parts = Part::root("data");
        for it in &full.steps {
            parts = self.step(&parts, it, false, expr.span());
        }
        Some(parts)
    }

    /// Whether a path is constant up to the rule that it names, and no further.
    fn is_path_of_rule(&self, read: &Reference) -> bool {
        let Some(full) = self.resolved(read) else { return false };
        if full.root == "input" || !full.steps.iter().all(is_key) {
            return false;
        }
        let path = full.text();
        self.sources.rules.contains_key(&path) || !self.below(&path).is_empty()
    }

    /// The rules of the packages below a path.
    fn below(&self, path: &str) -> Vec<String> {
        let below = format!("{path}.");
        let rules = self.sources.rules.range(below.clone()..).map(|it| it.0);
        rules.take_while(|it| it.starts_with(&below)).cloned().collect()
    }

    /// A name with what it is imported from, or with its package.
    fn resolved(&self, read: &Reference) -> Option<Reference> {
        let full = self.sources.aliases[self.rule.0].resolve(read.clone());
        if full.root == "input" || full.root == "data" {
            return Some(full);
        }
        let rule = self.in_package(&read.root);
        self.sources.rules.contains_key(&rule).then(|| {
            let keys = rule.split('.').skip(1).map(|it| Step::Key(it.to_owned()));
            let steps = keys.chain(read.steps.iter().cloned()).collect();
            Reference { root: "data".to_owned(), steps, at: read.at }
        })
    }

    /// The function of the policy that is called.
    fn own(&self, called: &Reference) -> Option<String> {
        let in_package = self.in_package(&called.text());
        if self.sources.functions.contains(&in_package) {
            return Some(in_package);
        }
        let path = self.sources.aliases[self.rule.0].resolve(called.clone()).text();
        self.sources.functions.contains(&path).then_some(path)
    }

    fn call<'e>(&mut self, called: &Expr, params: impl Iterator<Item = &'e Expr>) -> Parts {
        let Some(called) = reference(called) else { return Parts::new() };
        let params: Vec<_> = params.collect();
        if let Some(name) = self.own(&called) {
            self.ask(&name);
            let given: Vec<_> = params.iter().map(|it| self.value(it)).collect();
            for (nth, parts) in given.into_iter().enumerate() {
                let to = self.arguments.entry((name.clone(), nth)).or_default();
                let more = part::add(to, parts);
                if self.more(more) {
                    self.waiting.insert(name.clone());
                }
            }
            let parts = self.value_of(&name);
            // What a function gives may be asked for by one more argument.
            let arguments = self.arity(&name);
            if let Some(more) = params.get(arguments) {
                self.bind(more, parts.clone());
            }
            return parts;
        }
        let mut given = Parts::new();
        match builtins::known(&called.text()) {
            Known::Passes => {
                for it in params {
                    given.extend(self.value(it));
                }
                given
            }
            Known::Flattens => {
                for it in params {
                    let parts = self.value(it);
                    given.extend(self.step(&parts, &Step::Any, false, it.span()));
                }
                given
            }
            Known::Get => self.get(&params),
            Known::Takes(how) => {
                for it in params {
                    self.uses(it, how);
                }
                given
            }
        }
    }

    fn arity(&self, name: &str) -> usize {
        let place = self.sources.rules.get(name).and_then(|it| it.first());
        let rule = place.and_then(|it| self.sources.modules[it.0].policy.get(it.1));
        match rule.map(AsRef::as_ref) {
            Some(Rule::Spec { head: RuleHead::Func { args, .. }, .. }) => args.len(),
            _ => usize::MAX,
        }
    }

    /// `object.get(object, key or path, default)`
    fn get(&mut self, params: &[&Expr]) -> Parts {
        let [object, key, default, ..] = params else { return Parts::new() };
        let mut parts = self.value(object);
        let keys = match key {
            Expr::Array { items, .. } => items.iter().map(AsRef::as_ref).collect(),
            other => vec![*other],
        };
        for it in keys {
            let step = if let Some((key, _)) = tree::constant(it) {
                Step::Key(key)
            } else {
                self.uses(it, How::Whole);
                Step::Any
            };
            parts = self.step(&parts, &step, true, it.span());
        }
        self.note(position(object.span()), &parts, How::Through);
        parts.extend(self.value(default));
        parts
    }
}

/// Whether the path is that of the object's kind.
fn is_kind(steps: &[Step]) -> bool {
    let is = |keys: &[&str]| {
        let same = |(step, key): (&Step, &&str)| matches!(step, Step::Key(it) if it == key);
        steps.len() == keys.len() && steps.iter().zip(keys).all(same)
    };
    is(&["kind"]) || is(&["review", "kind", "kind"]) || is(&["review", "object", "kind"])
}

/// Whether names in it may be variables that get a value.
fn is_pattern(expr: &Expr) -> bool {
    matches!(
        expr,
        Expr::Var { value: Value::String(_), .. } | Expr::Array { .. } | Expr::Object { .. }
    )
}

fn is_key(step: &Step) -> bool {
    matches!(step, Step::Key(_))
}
