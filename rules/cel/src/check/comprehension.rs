//! `all`, `exists`, `filter`, `map`: what they look at, and joins that an index makes fast.

use std::rc::Rc;

use crate::{
    code::{Code, Comprehension as Compiled, Rest},
    mask::{Shape, Step},
    scope::Named,
    syntax::{Comprehension, Expr, Kind, Macro, Op, is_identifier},
    types::Type,
};

use super::{Checked, Checker};

impl Checker<'_, '_> {
    pub(super) fn comprehension(&mut self, it: &Comprehension) -> Checked {
        let Comprehension { what, range, name, at, filter, body } = it;
        let start = range.start;
        let range = self.expr(range);
        let masks = &mut self.shared.masks;
        let element = match &range.ty {
            Type::List(of) => Some((**of).clone()),
            // What is counted of a mapping are its keys.
            Type::Map(_) => {
                range.shape.step(&Step::Any, masks).touch(masks);
                Some(Type::String)
            }
            Type::Object(_) => {
                range.shape.whole(masks);
                Some(Type::String)
            }
            Type::Dyn => Some(Type::Dyn),
            _ => None,
        };
        range.shape.count(masks);
        let keys = matches!(range.ty, Type::Map(_) | Type::Object(_));
        let shape = if keys { Shape::default() } else { range.shape.step(&Step::Each, masks) };
        let element = element.unwrap_or_else(|| {
            let message = format!("the elements of a list are asked for, and this is {}", range.ty);
            self.problem(start, message, "what may be absent: `object.?a.orValue([])`");
            Type::Dyn
        });
        if !is_identifier(name) || self.scope.is_taken(name, self.shared) {
            let message = format!("`{name}` has a meaning already");
            self.problem(*at, message, "take another name for the element");
        }
        let local = Named { name: name.clone(), ty: element, shape, depth: 0 };
        self.scope.locals.push(local);
        let filter = filter.as_ref().map(|it| self.condition(it));
        let checked = match what {
            Macro::Map => self.expr(body),
            _ => Checked { ty: Type::Bool, ..Checked::new(self.condition(body), Type::Bool) },
        };
        self.scope.locals.pop();
        let (ty, shape) = match what {
            Macro::All | Macro::Exists | Macro::ExistsOne => (Type::Bool, Shape::default()),
            Macro::Filter if keys => (Type::list(Type::String), Shape::default()),
            Macro::Filter => (range.ty.clone(), range.shape.clone()),
            Macro::Map => (Type::list(checked.ty), Shape::of(checked.shape)),
        };
        let need = match &range.code {
            Code::Need(need) => Some(*need),
            _ => None,
        };
        let compiled =
            Box::new(Compiled { what: *what, range: range.code, filter, body: checked.code });
        let lookup = need
            .filter(|_| matches!(what, Macro::Filter | Macro::Exists))
            .and_then(|need| Some((need, self.join(name, body)?)));
        let code = match lookup {
            Some((need, (path, key))) => {
                Code::Lookup { need, path, key: Box::new(key), rest: Rest(compiled) }
            }
            None => Code::Comprehension(compiled),
        };
        Checked { code, ty, shape, depth: 0 }
    }

    /// The path and the key of a condition that is `it.path == key`, or begins so and goes on by
    /// `&&`; the key names no element.
    fn join(&mut self, name: &str, body: &Expr) -> Option<(Rc<[Rc<str>]>, Code)> {
        let first = match &body.kind {
            Kind::And(all) => all.first()?,
            _ => body,
        };
        let Kind::Binary { op: Op::Equal, sides } = &first.kind else { return None };
        let [left, right] = &**sides;
        let (path, key) = match (path(name, left), path(name, right)) {
            (Some(path), None) => (path, right),
            (None, Some(path)) => (path, left),
            _ => return None,
        };
        // What stands in a comprehension counts its names from where it stands, and would be
        // checked once more for each that it stands in.
        let unfit = |it: &Expr| match &it.kind {
            Kind::Name(it) => it == name,
            Kind::Comprehension(_) => true,
            _ => false,
        };
        if holds(key, &unfit) {
            return None;
        }
        // It was checked as a part of the condition: nothing new is wrong, nothing new is read.
        Some((path.into(), self.expr(key).code))
    }
}

/// The fields of `it.metadata.name`.
fn path(name: &str, expr: &Expr) -> Option<Vec<Rc<str>>> {
    match &expr.kind {
        Kind::Name(it) => (it == name).then(Vec::new),
        Kind::Select { of, field, optional: false, .. } => {
            let mut path = path(name, of)?;
            path.push(field.as_str().into());
            Some(path)
        }
        _ => None,
    }
}

/// Whether an expression, or one of those that it is made of, is as is asked.
fn holds(expr: &Expr, asked: &dyn Fn(&Expr) -> bool) -> bool {
    let any = |all: &[Expr]| all.iter().any(|it| holds(it, asked));
    if asked(expr) {
        return true;
    }
    match &expr.kind {
        Kind::Literal(_) | Kind::Name(_) => false,
        Kind::Select { of, .. } | Kind::Has { of, .. } | Kind::Not(of) | Kind::Negate(of) => {
            holds(of, asked)
        }
        Kind::Index { of, key, .. } => holds(of, asked) || holds(key, asked),
        Kind::Call { target, args, .. } => {
            target.as_ref().is_some_and(|it| holds(it, asked)) || any(args)
        }
        Kind::Binary { sides, .. } => any(&sides[..]),
        Kind::Conditional(parts) => any(&parts[..]),
        Kind::And(all) | Kind::Or(all) | Kind::List(all) => any(all),
        Kind::Map(entries) => entries.iter().any(|it| holds(&it.0, asked) || holds(&it.1, asked)),
        Kind::Comprehension(it) => {
            holds(&it.range, asked)
                || it.filter.as_ref().is_some_and(|it| holds(it, asked))
                || holds(&it.body, asked)
        }
    }
}
