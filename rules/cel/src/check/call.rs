//! Calls of functions: which there are, what they take, and what can be seen before they run.

use crate::{
    code::Code,
    functions::{Form, Function, Gives, forms, nearest, usage},
    library,
    mask::{Shape, Step},
    quantity::{Quantity, Semver},
    syntax::{Expr, Kind, Literal},
    types::Type,
};

use super::{Checked, Checker};

impl Checker<'_, '_> {
    pub(super) fn call(
        &mut self,
        expr: &Expr,
        name: &str,
        at: usize,
        target: Option<&Expr>,
        args: &[Expr],
    ) -> Checked {
        // `optional.of(x)` is a name with a dot, and no target.
        if let Some(Kind::Name(space)) = target.map(|it| &it.kind)
            && space == "optional"
        {
            let name = format!("optional.{name}");
            return self.function(expr, &name, at, None, args);
        }
        self.function(expr, name, at, target, args)
    }

    fn function(
        &mut self,
        expr: &Expr,
        name: &str,
        at: usize,
        target: Option<&Expr>,
        args: &[Expr],
    ) -> Checked {
        let shown = self.shown(expr);
        let exprs: Vec<&Expr> = target.into_iter().chain(args).collect();
        let checked: Vec<_> = exprs.iter().map(|it| self.expr(it)).collect();
        let all: Vec<_> = forms(name, target.is_some()).collect();
        if all.is_empty() {
            self.unknown_function(name, at, target.is_some());
            self.whole(&checked);
            return Checked::unknown();
        }
        let Some(form) = self.choose(&all, &checked, &exprs, at, target.is_some()) else {
            self.whole(&checked);
            return Checked::unknown();
        };
        let function = form.function;
        let regex = self.constants(function, &exprs);
        let shape = self.read(function, &checked);
        let first = checked.first().map_or(Type::Dyn, |it| it.ty.clone());
        let ty = match (&form.gives, function, first) {
            (_, Function::Split | Function::FindAll, _) => Type::list(Type::String),
            (Gives::Type(ty), ..) => ty.clone(),
            (Gives::Target, _, first) => first,
            (Gives::Element, _, Type::List(of)) | (Gives::Held, _, Type::Optional(of)) => *of,
            (Gives::OptionalOfFirst, Function::OptionalOf, first) => {
                Type::Optional(Box::new(first))
            }
            (Gives::OptionalOfFirst, ..) => Type::Optional(Box::new(Type::Dyn)),
            (Gives::Element | Gives::Held, ..) => Type::Dyn,
        };
        let ty = match function {
            // Of two types, either.
            Function::OrValue => ty.or(checked.get(1).map_or(Type::Dyn, |it| it.ty.clone())),
            _ => ty,
        };
        let shown = match (function, exprs.first()) {
            // An age is told by what it is counted from.
            (Function::Age, Some(it)) => self.shown(it),
            _ => shown,
        };
        let args = checked.into_iter().map(|it| it.code).collect();
        Checked { code: Code::Call { function, args, regex, shown }, ty, shape, depth: 0 }
    }

    /// All of the values counts.
    fn whole(&mut self, checked: &[Checked]) {
        for it in checked {
            it.shape.whole(&mut self.shared.masks);
        }
    }

    fn unknown_function(&mut self, name: &str, at: usize, target: bool) {
        let same = forms(name, !target).next();
        let message = match (same.is_some(), target) {
            (false, _) => format!("there is no function `{name}`"),
            (true, true) => format!("`{name}` is no function of a value"),
            (true, false) => format!("`{name}` is a function of a value"),
        };
        let help = match same.or_else(|| nearest(name)) {
            Some(form) if same.is_some() => format!("write `{}`", usage(form)),
            Some(form) => format!("did you mean `{}`?", usage(form)),
            None => "the guide lists all functions: Packs as YAML".to_owned(),
        };
        self.problem(at, message, help);
    }

    /// The form that takes these arguments.
    fn choose(
        &mut self,
        all: &[&'static Form],
        checked: &[Checked],
        exprs: &[&Expr],
        at: usize,
        target: bool,
    ) -> Option<&'static Form> {
        let given = checked.len() - usize::from(target);
        let counted: Vec<_> = all
            .iter()
            .filter(|it| (it.args.len() - it.optional..=it.args.len()).contains(&given))
            .collect();
        let usages = || {
            let all: Vec<_> = all.iter().map(|it| format!("`{}`", usage(it))).collect();
            format!("write {}", all.join(" or "))
        };
        if counted.is_empty() {
            let noun = if given == 1 { "argument" } else { "arguments" };
            let message = format!("`{}` does not take {given} {noun}", all[0].name);
            self.problem(at, message, usages());
            return None;
        }
        let misfit = |form: &Form| {
            let wanted = form.target.iter().chain(form.args);
            wanted.zip(checked).position(|(wanted, it)| !wanted.takes(&it.ty))
        };
        if let Some(form) = counted.iter().find(|it| misfit(it).is_none()) {
            return Some(form);
        }
        let form = counted.iter().max_by_key(|it| misfit(it)).expect("there is one");
        let nth = misfit(form).expect("it does not fit");
        let wanted = form.target.iter().chain(form.args).nth(nth).expect("it was compared");
        let (name, words) = (form.name, wanted.words());
        let message = format!("`{name}` takes {words}, and this is {}", checked[nth].ty);
        self.problem(exprs[nth].start, message, usages());
        None
    }

    /// Checks arguments that are written down, and compiles a pattern.
    fn constants(&mut self, function: Function, exprs: &[&Expr]) -> Option<Box<regex::Regex>> {
        let nth = match function {
            Function::MatchesOf | Function::Matches | Function::Find | Function::FindAll => 1,
            _ => 0,
        };
        let expr = exprs.get(nth)?;
        let Kind::Literal(Literal::String(text)) = &expr.kind else { return None };
        let (what, help) = match function {
            Function::MatchesOf | Function::Matches | Function::Find | Function::FindAll => {
                match rulebox_text::re2::compile(text) {
                    Ok(regex) => return Some(Box::new(regex)),
                    Err(error) => {
                        let message = format!("this pattern cannot be used: {error}");
                        let help = "patterns are those of https://docs.rs/regex; write r\"…\" so \
                                    that backslashes stay";
                        self.problem(expr.start, message, help);
                        return None;
                    }
                }
            }
            Function::Duration if library::duration(text).is_none() => {
                ("duration", "write 90s, 15m, 1h30m; a day is 24h")
            }
            Function::Timestamp | Function::Age if library::time(text).is_none() => {
                ("time", "write 2026-09-15T02:30:00Z")
            }
            Function::Quantity if Quantity::parse(text).is_none() => {
                ("quantity", "write 500m, 2, 256Mi")
            }
            Function::Semver if Semver::parse(text).is_none() => ("version", "write 1.2.3"),
            _ => return None,
        };
        self.problem(expr.start, format!("`{text}` is no {what}"), help);
        None
    }

    /// What a function looks at of its arguments, and where what it gives comes from.
    fn read(&mut self, function: Function, checked: &[Checked]) -> Shape {
        let masks = &mut self.shared.masks;
        match (function, checked) {
            (Function::Size | Function::SizeOf, [it]) => {
                it.shape.count(masks);
                if let Type::Map(_) = it.ty {
                    it.shape.step(&Step::Any, masks).touch(masks);
                }
                Shape::default()
            }
            (Function::Dyn | Function::HeldValue | Function::OptionalOf, [it]) => it.shape.clone(),
            (Function::HasValue, _) => Shape::default(),
            (Function::OrValue | Function::Or, [it, other]) => {
                it.shape.clone().or(other.shape.clone())
            }
            _ => {
                self.whole(checked);
                Shape::default()
            }
        }
    }
}
