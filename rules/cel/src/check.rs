//! Checks expressions, and makes code of them: what names mean, which types operators take, what is
//! read of which objects.
//!
//! A problem is told, and what is wrong counts as something whose type is not known: so one mistake
//! is one problem, and those behind it are told too.

mod call;
mod comprehension;

use std::rc::Rc;

use crate::{
    code::Code,
    kubernetes::{self, NoField},
    mask::{Shape, Step},
    scope::{Origin, Scope, Shared},
    syntax::{Expr, Kind, Literal, Op, parse},
    types::Type,
    value::Value,
};

/// How many expressions may stand in each other, with those that they name.
const DEPTH: usize = 200;

/// An expression that was checked.
#[derive(Debug)]
pub(crate) struct Checked {
    pub(crate) code: Code,
    pub(crate) ty: Type,
    pub(crate) shape: Shape,
    pub(crate) depth: usize,
}

impl Checked {
    fn new(code: Code, ty: Type) -> Self {
        Self { code, ty, shape: Shape::default(), depth: 0 }
    }

    /// What stands for an expression with a problem.
    pub(crate) fn unknown() -> Self {
        Self::new(Code::Constant(Value::Null), Type::Dyn)
    }
}

/// Reads an expression and checks it.
pub(crate) fn check(origin: Origin<'_>, scope: &mut Scope, shared: &mut Shared<'_>) -> Checked {
    match parse(origin.text) {
        Ok(expr) => {
            let mut checker = Checker { origin, scope, shared, deepest: 0 };
            let checked = checker.expr(&expr);
            let depth = expr.depth + checker.deepest;
            if depth > DEPTH {
                let message = format!("more than {DEPTH} expressions stand in each other");
                checker.problem(
                    0,
                    message,
                    "with those of `let` that are named; make them simpler",
                );
            }
            Checked { depth, ..checked }
        }
        Err(error) => {
            let at = origin.at(error.at.min(origin.text.len()));
            shared.problems.add(at, error.message, error.help);
            Checked::unknown()
        }
    }
}

/// The same for an expression of a certain type, all of whose value counts.
pub(crate) fn check_as(
    wanted: &Type,
    origin: Origin<'_>,
    scope: &mut Scope,
    shared: &mut Shared<'_>,
) -> Code {
    let checked = check(origin, scope, shared);
    checked.shape.whole(&mut shared.masks);
    if !checked.ty.meets(wanted) {
        let at = origin.at(origin.text.len() - origin.text.trim_start().len());
        let message = format!("{wanted} is expected here, and this is {}", checked.ty);
        shared.problems.add(at, message, help_for(wanted));
    }
    checked.code
}

fn help_for(wanted: &Type) -> &'static str {
    match wanted {
        Type::Bool => "compare it with something, `… == …`, or ask for a field by `has(…)`",
        _ => "see the functions that convert: int(…), double(…), string(…), size(…)",
    }
}

struct Checker<'c, 's> {
    origin: Origin<'c>,
    scope: &'c mut Scope,
    shared: &'c mut Shared<'s>,
    /// The deepest of the expressions that are named.
    deepest: usize,
}

impl Checker<'_, '_> {
    fn problem(&mut self, at: usize, message: impl Into<String>, help: impl Into<String>) {
        let at = self.origin.at(at);
        self.shared.problems.add(at, message, help);
    }

    fn shown(&self, expr: &Expr) -> Rc<str> {
        self.origin.shown(expr.start, expr.end)
    }

    /// One whose value counts as a whole.
    fn used(&mut self, expr: &Expr) -> Checked {
        let checked = self.expr(expr);
        checked.shape.whole(&mut self.shared.masks);
        checked
    }

    fn condition(&mut self, expr: &Expr) -> Code {
        let checked = self.used(expr);
        if !checked.ty.meets(&Type::Bool) {
            let message = format!("true or false is expected here, and this is {}", checked.ty);
            self.problem(expr.start, message, help_for(&Type::Bool));
        }
        checked.code
    }

    fn expr(&mut self, expr: &Expr) -> Checked {
        match &expr.kind {
            Kind::Literal(literal) => literal_value(literal),
            Kind::Name(name) => self.name(name, expr.start),
            Kind::Select { of, field, at, optional } => {
                self.select(expr, of, field, *at, *optional)
            }
            Kind::Has { of, field, at } => {
                let of = self.expr(of);
                self.field(&of, field, *at);
                let field = field.as_str().into();
                Checked::new(Code::Has { of: Box::new(of.code), field }, Type::Bool)
            }
            Kind::Index { of, key, optional } => self.index(expr, of, key, *optional),
            Kind::Call { name, at, target, args } => {
                self.call(expr, name, *at, target.as_deref(), args)
            }
            Kind::Not(of) => {
                let code = self.condition(of);
                Checked::new(Code::Not(Box::new(code)), Type::Bool)
            }
            Kind::Negate(of) => self.negate(of),
            Kind::Binary { op, sides } => self.binary(expr, *op, &sides[0], &sides[1]),
            Kind::And(all) => {
                let all = all.iter().map(|it| self.condition(it)).collect();
                Checked::new(Code::And(all), Type::Bool)
            }
            Kind::Or(all) => {
                let all = all.iter().map(|it| self.condition(it)).collect();
                Checked::new(Code::Or(all), Type::Bool)
            }
            Kind::Conditional(parts) => self.conditional(parts),
            Kind::List(items) => self.list(items),
            Kind::Map(entries) => self.map(entries),
            Kind::Comprehension(it) => self.comprehension(it),
        }
    }

    fn name(&mut self, name: &str, at: usize) -> Checked {
        let Scope { object, lets, locals, .. } = &*self.scope;
        if let Some(nth) = locals.iter().rposition(|it| it.name == name) {
            let (ty, shape) = (locals[nth].ty.clone(), locals[nth].shape.clone());
            return Checked { code: Code::Local(nth), ty, shape, depth: 0 };
        }
        if let Some((_, need)) = object.as_ref().filter(|it| it.0 == name) {
            let ty = self.shared.needs[*need].object.clone();
            return Checked { code: Code::Object, ty, shape: Shape::object(*need), depth: 0 };
        }
        if let Some(nth) = lets.iter().position(|it| it.name == name) {
            let (ty, shape) = (lets[nth].ty.clone(), lets[nth].shape.clone());
            self.deepest = self.deepest.max(lets[nth].depth);
            return Checked { code: Code::Let(nth), ty, shape, depth: 0 };
        }
        if let Some(need) = self.shared.needs.iter().position(|it| it.name == name) {
            self.scope.used.insert(need);
            let ty = Type::list(self.shared.needs[need].object.clone());
            let shape = Shape::of(Shape::object(need));
            return Checked { code: Code::Need(need), ty, shape, depth: 0 };
        }
        if name == "settings" {
            return Checked::new(Code::Settings, Type::map(Type::Dyn));
        }
        const TYPES: [&str; 8] =
            ["int", "uint", "double", "bool", "string", "bytes", "list", "map"];
        if let Some(name) = TYPES.iter().chain(&["null_type"]).find(|it| **it == name) {
            return Checked::new(Code::Constant(Value::Type(name)), Type::Meta);
        }
        if self.scope.later.iter().any(|it| it == name) {
            let message = format!("`{name}` is defined further below, or by this");
            self.problem(at, message, "a value may use those above it: move it up");
        } else {
            let help = match &self.scope.object {
                Some((own, _)) if name == "object" => {
                    format!("the object is called `{own}` here, by `as`")
                }
                _ => self.scope.help(name, self.shared),
            };
            self.problem(at, format!("nothing is called `{name}`"), help);
        }
        Checked::unknown()
    }

    /// The type of a field, and where it stands; that it is there counts.
    fn field(&mut self, of: &Checked, field: &str, at: usize) -> (Type, Shape) {
        let shape = of.shape.step(&Step::Key(field.to_owned()), &mut self.shared.masks);
        shape.touch(&mut self.shared.masks);
        if let Code::Settings = of.code {
            return (self.setting(field, at), shape);
        }
        let ty = kubernetes::field(&of.ty, field).unwrap_or_else(|no| {
            let (message, help) = match no {
                NoField::Unknown { nearest } => {
                    let owner = match &of.ty {
                        Type::Object(name) => name,
                        _ => "it",
                    };
                    let help = match nearest {
                        Some(nearest) => format!("did you mean `{nearest}`?"),
                        None => {
                            "see `kubectl explain`; a field of another version is asked for by \
                                 `dyn(…)`"
                                .to_owned()
                        }
                    };
                    (format!("{owner} of Kubernetes has no field `{field}`"), help)
                }
                NoField::NoFields => {
                    let help = match of.ty {
                        Type::List(_) => "take an element, `[0]`, or look at all: `.exists(it, …)`",
                        _ => "remove the dot and what follows it",
                    };
                    (format!("{} has no field `{field}`", of.ty), help.to_owned())
                }
            };
            self.problem(at, message, help);
            Type::Dyn
        });
        (ty, shape)
    }

    fn setting(&mut self, name: &str, at: usize) -> Type {
        let known = self.shared.settings.iter().find(|it| it.0 == name);
        if let Some((_, ty)) = known {
            return ty.clone();
        }
        let names = self.shared.settings.iter().map(|it| it.0.as_str());
        let help = match rulebox_core::closest(name, names) {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => "describe it under `settings`, with its type and its default".to_owned(),
        };
        self.problem(at, format!("the pack has no setting `{name}`"), help);
        Type::Dyn
    }

    fn select(
        &mut self,
        expr: &Expr,
        of: &Expr,
        field: &str,
        at: usize,
        optional: bool,
    ) -> Checked {
        let of = self.expr(of);
        let (ty, shape) = self.field(&of, field, at);
        let ty = optional_type(ty, optional);
        let (of, field, shown) = (Box::new(of.code), field.into(), self.shown(expr));
        Checked { code: Code::Select { of, field, shown, optional }, ty, shape, depth: 0 }
    }

    fn index(&mut self, expr: &Expr, of: &Expr, key: &Expr, optional: bool) -> Checked {
        let of = self.expr(of);
        let shown = self.shown(expr);
        let (ty, shape, key) = if let Kind::Literal(Literal::String(name)) = &key.kind {
            let step = Step::Key(name.to_string());
            let shape = of.shape.step(&step, &mut self.shared.masks);
            let ty = match &of.ty {
                // A field that is written so need not be known: that is how one of another
                // version is asked for.
                Type::Object(_) | Type::Dyn | Type::Optional(_) => {
                    kubernetes::field(&of.ty, name).unwrap_or(Type::Dyn)
                }
                Type::Map(it) => (**it).clone(),
                _ => {
                    self.not_indexed(key, &of.ty, "a text");
                    Type::Dyn
                }
            };
            let ty = match &of.code {
                Code::Settings => self.setting(name, key.start + 1),
                _ => ty,
            };
            (ty, shape, self.used(key).code)
        } else {
            let checked = self.used(key);
            let (masks, mut shape) = (&mut self.shared.masks, Shape::default());
            if !matches!(checked.ty, Type::String) {
                shape = shape.or(of.shape.step(&Step::Each, masks));
            }
            if !matches!(checked.ty, Type::Int | Type::Uint) {
                shape = shape.or(of.shape.step(&Step::Any, masks));
            }
            let ty = match (&of.ty, &checked.ty) {
                (Type::List(it), Type::Int | Type::Dyn)
                | (Type::Map(it), Type::String | Type::Dyn) => (**it).clone(),
                (Type::Dyn | Type::Object(_) | Type::Optional(_), _) => Type::Dyn,
                (of, given) => {
                    let (of, given) = (of.clone(), given.to_string());
                    self.not_indexed(key, &of, &given);
                    Type::Dyn
                }
            };
            (ty, shape, checked.code)
        };
        shape.touch(&mut self.shared.masks);
        let ty = optional_type(ty, optional);
        let (of, key) = (Box::new(of.code), Box::new(key));
        Checked { code: Code::Index { of, key, shown, optional }, ty, shape, depth: 0 }
    }

    fn not_indexed(&mut self, key: &Expr, of: &Type, given: &str) {
        let message = format!("{of} has no element at {given}");
        let help = "lists are indexed by whole numbers, mappings by texts";
        self.problem(key.start, message, help);
    }

    fn negate(&mut self, of: &Expr) -> Checked {
        let checked = self.used(of);
        let fits = matches!(checked.ty, Type::Dyn | Type::Int | Type::Double | Type::Duration);
        if !fits {
            let message = format!("`-` takes a number, and this is {}", checked.ty);
            self.problem(of.start, message, "`not` is `!`");
        }
        Checked::new(Code::Negate(Box::new(checked.code)), checked.ty)
    }

    fn conditional(&mut self, [condition, then, other]: &[Expr; 3]) -> Checked {
        let condition = self.condition(condition);
        let (then, other) = (self.expr(then), self.expr(other));
        let code = Code::Conditional(Box::new([condition, then.code, other.code]));
        let shape = then.shape.or(other.shape);
        Checked { code, ty: then.ty.or(other.ty), shape, depth: 0 }
    }

    fn list(&mut self, items: &[Expr]) -> Checked {
        let items: Vec<_> = items.iter().map(|it| self.expr(it)).collect();
        let types = items.iter().map(|it| it.ty.clone());
        let ty = types.reduce(Type::or).unwrap_or(Type::Dyn);
        let mut shape = Shape::default();
        let mut codes = Vec::new();
        for item in items {
            shape = shape.or(item.shape);
            codes.push(item.code);
        }
        let shape = Shape::of(shape);
        Checked { code: Code::List(codes), ty: Type::list(ty), shape, depth: 0 }
    }

    fn map(&mut self, entries: &[(Expr, Expr)]) -> Checked {
        let (mut codes, mut shape, mut ty) = (Vec::new(), Shape::default(), None::<Type>);
        for (key, value) in entries {
            let checked = self.used(key);
            if !checked.ty.meets(&Type::String) {
                let message =
                    format!("the keys of a mapping are texts, and this is {}", checked.ty);
                self.problem(key.start, message, "put it between quotes");
            }
            let value = self.expr(value);
            shape = shape.or(value.shape);
            ty = Some(ty.map_or(value.ty.clone(), |it| it.or(value.ty)));
            codes.push((checked.code, value.code));
        }
        let ty = Type::map(ty.unwrap_or(Type::Dyn));
        Checked { code: Code::Map(codes), ty, shape: Shape::of(shape), depth: 0 }
    }

    fn binary(&mut self, expr: &Expr, op: Op, left: &Expr, right: &Expr) -> Checked {
        let shown = self.shown(expr);
        let (a, b) = (self.expr(left), self.expr(right));
        let masks = &mut self.shared.masks;
        // Two lists in a row are looked at no further.
        let lists = matches!((op, &a.ty, &b.ty), (Op::Add, Type::List(_), Type::List(_)));
        let key = match &left.kind {
            Kind::Literal(Literal::String(it)) if matches!(b.ty, Type::Map(_)) => Some(it),
            _ => None,
        };
        match (op, key) {
            _ if lists => {}
            (Op::In, Some(key)) => {
                b.shape.step(&Step::Key(key.to_string()), masks).touch(masks);
            }
            (Op::In, None) if matches!(b.ty, Type::Map(_)) => {
                a.shape.whole(masks);
                b.shape.step(&Step::Any, masks).touch(masks);
            }
            _ => {
                a.shape.whole(masks);
                b.shape.whole(masks);
            }
        }
        let Some(ty) = operator(op, &a.ty, &b.ty) else {
            let (message, help) = misfit(op, &a.ty, &b.ty);
            self.problem(expr.start, message, help);
            return Checked::unknown();
        };
        let shape = if lists { a.shape.or(b.shape) } else { Shape::default() };
        let code = Code::Binary { op, sides: Box::new([a.code, b.code]), shown };
        Checked { code, ty, shape, depth: 0 }
    }
}

fn optional_type(ty: Type, optional: bool) -> Type {
    match ty {
        Type::Optional(_) => ty,
        ty if optional => Type::Optional(Box::new(ty)),
        ty => ty,
    }
}

fn literal_value(literal: &Literal) -> Checked {
    let (value, ty) = match literal {
        Literal::Null => (Value::Null, Type::Null),
        Literal::Bool(it) => (Value::Bool(*it), Type::Bool),
        Literal::Int(it) => (Value::Int(*it), Type::Int),
        Literal::Uint(it) => (Value::Uint(*it), Type::Uint),
        Literal::Double(it) => (Value::Double(*it), Type::Double),
        Literal::String(it) => (Value::String(Rc::clone(it)), Type::String),
        Literal::Bytes(it) => (Value::Bytes(Rc::clone(it)), Type::Bytes),
    };
    Checked::new(Code::Constant(value), ty)
}

/// What an operator gives; none where it does not take both types.
fn operator(op: Op, left: &Type, right: &Type) -> Option<Type> {
    use Type::{Age, Bool, Bytes, Double, Duration, Dyn, Int, List, Map, Object, Timestamp, Uint};
    match op {
        Op::Equal | Op::NotEqual => {
            let ages = *left == Age || *right == Age;
            (left.meets(right) && !ages).then_some(Bool)
        }
        Op::In => match right {
            List(of) => left.meets(of).then_some(Bool),
            Map(_) | Object(_) => left.meets(&Type::String).then_some(Bool),
            Dyn => Some(Bool),
            _ => None,
        },
        Op::Less | Op::LessOrEqual | Op::Greater | Op::GreaterOrEqual => match (left, right) {
            (Age, Duration | Dyn) | (Duration | Dyn, Age) => Some(Bool),
            (Age, _) | (_, Age) => None,
            (Dyn, _) | (_, Dyn) => Some(Bool),
            (a, b) if a.is_number() && b.is_number() => Some(Bool),
            (a, b) => {
                let ordered = matches!(
                    a,
                    Type::String
                        | Bool
                        | Bytes
                        | Timestamp
                        | Duration
                        | Type::Quantity
                        | Type::Semver
                );
                (a == b && ordered).then_some(Bool)
            }
        },
        Op::Add => match (left, right) {
            (List(a), List(b)) => Some(Type::list((**a).clone().or((**b).clone()))),
            (Timestamp, Duration) | (Duration, Timestamp) => Some(Timestamp),
            (a, b) if a == b && matches!(a, Type::String | Bytes | Duration | Type::Quantity) => {
                Some(a.clone())
            }
            (a, b) => number(a, b),
        },
        Op::Subtract => match (left, right) {
            (Timestamp, Timestamp) => Some(Duration),
            (Timestamp, Duration) => Some(Timestamp),
            (a, b) if a == b && matches!(a, Duration | Type::Quantity) => Some(a.clone()),
            (a, b) => number(a, b),
        },
        Op::Multiply | Op::Divide => number(left, right),
        Op::Remainder if *left == Double || *right == Double => None,
        Op::Remainder => number(left, right).filter(|it| matches!(it, Int | Uint | Dyn)),
    }
}

fn number(left: &Type, right: &Type) -> Option<Type> {
    match (left, right) {
        (Type::Dyn, Type::Dyn) => Some(Type::Dyn),
        (Type::Dyn, it) | (it, Type::Dyn) => {
            let never = matches!(it, Type::Bool | Type::Null | Type::Age | Type::Meta);
            (!never).then_some(Type::Dyn)
        }
        (a, b) => (a == b && a.is_number()).then(|| a.clone()),
    }
}

/// What is wrong with an operator between two types, and what to do.
fn misfit(op: Op, left: &Type, right: &Type) -> (String, String) {
    let sign = op.sign();
    let message = match op {
        Op::Equal | Op::NotEqual => {
            format!("`{sign}` compares {left} with {right}, which are never equal")
        }
        Op::In => format!("`in` looks for {left} in {right}"),
        _ => format!("`{sign}` does not take {left} and {right}"),
    };
    let has = |ty: &Type| left == ty || right == ty;
    let help = if has(&Type::Age) {
        "an age is known within bounds: compare it by `<` or `>` with a duration, \
         `age(x) > duration(\"1h\")`"
    } else if op == Op::In {
        "a list holds elements of one type, a mapping has texts for keys"
    } else if has(&Type::Quantity) {
        "make both quantities: `quantity(…)`"
    } else if has(&Type::String) && (left.is_number() || right.is_number()) {
        "a text stands between quotes; `int(…)` makes a number of one, `string(…)` a text"
    } else if has(&Type::Timestamp) && has(&Type::String) {
        "make a time of the text: `timestamp(…)`"
    } else if left.is_number() && right.is_number() {
        "make both of one type: `int(…)`, `double(…)`"
    } else {
        "what may be of several types is compared as `dyn(…)`"
    };
    (message, help.to_owned())
}
