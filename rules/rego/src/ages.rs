//! Whether what a policy says changes at most once with time, as it does where one age is compared
//! with a limit: then what it says at both ends of a moment holds between them.
//!
//! From each call of `time.now_ns` the value is followed through sums, variables and functions to a
//! comparison, and from there through rules to an entry. What is made of it otherwise (a calendar,
//! a second comparison, a list of what is old) may be true in between only.

use std::collections::BTreeSet;

use regorus::unstable::{
    ArithOp, AssignOp, BoolOp, Expr, Literal, Module, Query, Rule, RuleAssign, RuleHead,
};

use crate::tree::{Aliases, reference};

/// Steps on the way from a call to an entry, at most.
const STEPS: usize = 16;

/// What stands around a name.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Around {
    /// The value or the key of a rule.
    Head,
    /// `name := …`
    Assigned(String),
    /// `<`, `<=`, `>`, `>=`.
    Compared,
    /// A sum, a difference, a part.
    Sum,
    /// An argument of a function.
    Argument(String),
    /// A list or an object that is written out.
    Written,
    Not,
    Other,
}

/// A place where a name stands.
#[derive(Debug)]
struct Mention {
    /// With its package: `data.main.old`.
    name: String,
    /// The rule that it stands in, with its package.
    rule: String,
    /// From the outside.
    around: Vec<Around>,
}

/// All places of names in some texts.
#[derive(Debug, Default)]
pub(crate) struct Ages {
    mentions: Vec<Mention>,
    /// Rules with `else`: each branch asks what the one before has not.
    branched: BTreeSet<String>,
}

impl Ages {
    pub(crate) fn add(&mut self, package: &str, module: &Module) {
        let aliases = Aliases::of(module);
        let mut walker =
            Walker { ages: self, package, aliases, rule: String::new(), around: Vec::new() };
        for it in &module.policy {
            walker.rule(it);
        }
    }

    /// Whether the answer of some entries, taken together, changes at most once with time.
    pub(crate) fn is_one(&self, entries: &BTreeSet<String>) -> bool {
        let calls = self.mentions.iter().filter(|it| it.name.ends_with(".time.now_ns"));
        let mut compared = 0;
        for call in calls {
            let Some(rules) = self.value(call, false, STEPS) else { return false };
            for rule in rules {
                match self.truth(&rule, entries, STEPS) {
                    None => return false,
                    Some(asked) => compared += usize::from(asked),
                }
            }
        }
        compared <= 1
    }

    fn mentions_of<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Mention> {
        let is_below = |it: &str, of: &str| {
            it.strip_prefix(of).is_some_and(|it| it.is_empty() || it.starts_with(['.', '[']))
        };
        self.mentions.iter().filter(move |it| is_below(&it.name, name) || is_below(name, &it.name))
    }

    /// The rules in which a value is compared: none where it is only shown. `None` where something
    /// else is made of it.
    fn value(&self, of: &Mention, mut shown: bool, steps: usize) -> Option<Vec<String>> {
        let steps = steps.checked_sub(1)?;
        let mut around = of.around.iter().rev();
        loop {
            let all: Vec<_> = match around.next()? {
                Around::Sum if !shown => continue,
                Around::Argument(it) if !shown && ["floor", "ceil", "round"].contains(&&**it) => {
                    continue;
                }
                Around::Written => {
                    shown = true;
                    continue;
                }
                Around::Argument(it) if ["sprintf", "format_int", "concat"].contains(&&**it) => {
                    shown = true;
                    continue;
                }
                Around::Compared if !shown => {
                    let whole = around.all(|it| matches!(it, Around::Not | Around::Head));
                    return whole.then(|| vec![of.rule.clone()]);
                }
                Around::Assigned(name) => {
                    self.mentions_of(name).filter(|it| it.rule == of.rule).collect()
                }
                Around::Head => self.mentions_of(&of.rule).collect(),
                _ => return None,
            };
            let rules: Vec<_> =
                all.into_iter().map(|it| self.value(it, shown, steps)).collect::<Option<_>>()?;
            let rules = rules.concat();
            return (!shown || rules.is_empty()).then_some(rules);
        }
    }

    /// Whether an entry holds or not as a rule does. `None` where it is more than that.
    fn truth(&self, rule: &str, entries: &BTreeSet<String>, steps: usize) -> Option<bool> {
        let steps = steps.checked_sub(1)?;
        let mentions: Vec<_> = self.mentions_of(rule).collect();
        match &mentions[..] {
            _ if self.branched.contains(rule) => None,
            [] => Some(entries.contains(rule)),
            _ if entries.contains(rule) => None,
            [one] => match &one.around[..] {
                [] | [Around::Not | Around::Head | Around::Assigned(_)] => {
                    self.truth(&one.rule, entries, steps)
                }
                _ => None,
            },
            _ => None,
        }
    }
}

/// Goes over one text.
struct Walker<'w> {
    ages: &'w mut Ages,
    package: &'w str,
    aliases: Aliases,
    rule: String,
    around: Vec<Around>,
}

impl Walker<'_> {
    fn rule(&mut self, rule: &Rule) {
        let (head, bodies) = match rule {
            Rule::Spec { head, bodies, .. } => (head, bodies),
            Rule::Default { .. } => return,
        };
        let (RuleHead::Compr { refr, .. }
        | RuleHead::Set { refr, .. }
        | RuleHead::Func { refr, .. }) = head;
        let Some(name) = reference(refr) else { return };
        self.rule = format!("{}.{}", self.package, name.root);
        match head {
            RuleHead::Compr { assign, .. } | RuleHead::Func { assign, .. } => {
                self.assign(assign.as_ref());
            }
            RuleHead::Set { key, .. } => {
                if let Some(it) = key {
                    self.within(Around::Head, it);
                }
            }
        }
        if bodies.iter().any(|it| it.is_else) {
            self.ages.branched.insert(self.rule.clone());
        }
        for body in bodies {
            self.assign(body.assign.as_ref());
            self.query(&body.query);
        }
    }

    fn assign(&mut self, assign: Option<&RuleAssign>) {
        if let Some(it) = assign {
            self.within(Around::Head, &it.value);
        }
    }

    fn within(&mut self, around: Around, expr: &Expr) {
        self.around.push(around);
        self.expr(expr);
        self.around.pop();
    }

    fn query(&mut self, query: &Query) {
        for statement in &query.stmts {
            match &statement.literal {
                Literal::SomeVars { .. } => {}
                Literal::SomeIn { key, value, collection, .. } => {
                    if let Some(it) = key {
                        self.within(Around::Other, it);
                    }
                    self.within(Around::Other, value);
                    self.within(Around::Other, collection);
                }
                Literal::Expr { expr, .. } => self.expr(expr),
                Literal::NotExpr { expr, .. } => self.within(Around::Not, expr),
                Literal::Every { domain, query, .. } => {
                    self.within(Around::Other, domain);
                    self.inner(query);
                }
            }
            for it in &statement.with_mods {
                self.within(Around::Other, &it.r#as);
            }
        }
    }

    fn inner(&mut self, query: &Query) {
        self.around.push(Around::Other);
        self.query(query);
        self.around.pop();
    }

    /// The name with its package, or as it is imported.
    fn mention(&mut self, expr: &Expr) {
        let Some(it) = reference(expr) else { return };
        let it = self.aliases.resolve(it);
        let name = match it.root.as_str() {
            "data" | "input" => it.text(),
            _ => format!("{}.{}", self.package, it.text()),
        };
        let (rule, around) = (self.rule.clone(), self.around.clone());
        self.ages.mentions.push(Mention { name, rule, around });
    }

    fn indexes(&mut self, expr: &Expr) {
        match expr {
            Expr::RefDot { refr, .. } => self.indexes(refr),
            Expr::RefBrack { refr, index, .. } => {
                self.indexes(refr);
                self.within(Around::Other, index);
            }
            Expr::Var { .. } => {}
            other => self.within(Around::Other, other),
        }
    }

    fn expr(&mut self, expr: &Expr) {
        match expr {
            Expr::Var { .. } | Expr::RefDot { .. } | Expr::RefBrack { .. } => {
                self.mention(expr);
                self.indexes(expr);
            }
            Expr::Array { items, .. } | Expr::Set { items, .. } => {
                for it in items {
                    self.within(Around::Written, it);
                }
            }
            Expr::Object { fields, .. } => fields.iter().for_each(|(_, key, value)| {
                self.within(Around::Written, key);
                self.within(Around::Written, value);
            }),
            Expr::ArrayCompr { term, query, .. } | Expr::SetCompr { term, query, .. } => {
                self.within(Around::Other, term);
                self.inner(query);
            }
            Expr::ObjectCompr { key, value, query, .. } => {
                self.within(Around::Other, key);
                self.within(Around::Other, value);
                self.inner(query);
            }
            Expr::Call { fcn, params, .. } => {
                self.mention(fcn);
                let name = reference(fcn).map_or(String::new(), |it| it.text());
                for it in params {
                    self.within(Around::Argument(name.clone()), it);
                }
            }
            Expr::UnaryExpr { expr, .. } => self.within(Around::Sum, expr),
            Expr::ArithExpr { op, lhs, rhs, .. } => {
                let number = |it: &Expr| matches!(it, Expr::Number { .. } | Expr::Var { .. });
                let (left, right) = match op {
                    ArithOp::Add | ArithOp::Sub => (true, true),
                    ArithOp::Mul => (number(rhs), number(lhs)),
                    ArithOp::Div => (number(rhs), false),
                    ArithOp::Mod => (false, false),
                };
                let kind = |it: bool| if it { Around::Sum } else { Around::Other };
                self.within(kind(left), lhs);
                self.within(kind(right), rhs);
            }
            Expr::BoolExpr { op, lhs, rhs, .. } => {
                let around = match op {
                    BoolOp::Lt | BoolOp::Le | BoolOp::Ge | BoolOp::Gt => Around::Compared,
                    BoolOp::Eq | BoolOp::Ne => Around::Other,
                };
                self.within(around.clone(), lhs);
                self.within(around, rhs);
            }
            Expr::AssignExpr { op: AssignOp::ColEq, lhs, rhs, .. }
                if matches!(lhs.as_ref(), Expr::Var { .. }) =>
            {
                let name = reference(lhs).map_or(String::new(), |it| it.root);
                let name = format!("{}.{name}", self.package);
                self.within(Around::Assigned(name), rhs);
            }
            Expr::BinExpr { lhs, rhs, .. } | Expr::AssignExpr { lhs, rhs, .. } => {
                self.within(Around::Other, lhs);
                self.within(Around::Other, rhs);
            }
            Expr::Membership { key, value, collection, .. } => {
                if let Some(it) = key {
                    self.within(Around::Other, it);
                }
                self.within(Around::Other, value);
                self.within(Around::Other, collection);
            }
            Expr::String { .. }
            | Expr::RawString { .. }
            | Expr::Number { .. }
            | Expr::Bool { .. }
            | Expr::Null { .. } => {}
        }
    }
}
