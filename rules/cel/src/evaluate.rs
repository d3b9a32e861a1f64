//! Evaluates code.
//!
//! An answer may be not known: a field is absent, an age lies between its bounds, not all objects
//! of a need could be seen. Each is an error, and `&&`, `||`, `all`, `exists` take it as CEL takes
//! errors: it counts where nothing else decides.

use std::{cell::RefCell, collections::HashMap, rc::Rc};

use rulebox_sdk::Run;

use crate::{
    code::{Code, Comprehension},
    error::{Error, Evaluated, unfit, wrong},
    functions::Function,
    library,
    operators::{binary, negate, not_known, unsure},
    syntax::Macro,
    value::{KnownAge, List, Map, Value},
};

/// What expressions may ask about the input.
pub(crate) trait Source {
    /// All objects of a need.
    fn need(&self, need: usize) -> Rc<List>;
}

/// The positions of the objects of a need by their text at a path; none where one has no text
/// there, so that each must be asked.
type Index = Option<HashMap<Rc<str>, Vec<usize>>>;

/// Indexes of needs, each made once.
#[derive(Default)]
pub(crate) struct Indexes(RefCell<HashMap<Indexed, Rc<Index>>>);

/// A need, and the path by which its objects are found.
type Indexed = (usize, Rc<[Rc<str>]>);

/// One evaluation, of the expressions of one rule about one object.
pub(crate) struct Evaluation<'e> {
    pub(crate) source: &'e dyn Source,
    pub(crate) indexes: &'e Indexes,
    pub(crate) run: &'e Run<'e>,
    pub(crate) settings: &'e Value,
    pub(crate) object: Value,
    /// The expressions by name, and what has become of those that were asked for.
    pub(crate) lets: &'e [Code],
    pub(crate) known: RefCell<Vec<Option<Evaluated>>>,
}

impl Evaluation<'_> {
    pub(crate) fn value(&self, code: &Code) -> Evaluated {
        self.eval(code, &mut Vec::new())
    }

    /// True or false; an error where it is neither.
    pub(crate) fn is_true(&self, code: &Code) -> Result<bool, Error> {
        self.condition(code, &mut Vec::new())
    }

    fn condition(&self, code: &Code, locals: &mut Vec<Value>) -> Result<bool, Error> {
        match self.eval(code, locals)? {
            Value::Bool(it) => Ok(it),
            it => Err(unfit(&it, "true or false")),
        }
    }

    fn eval(&self, code: &Code, locals: &mut Vec<Value>) -> Evaluated {
        match code {
            Code::Constant(value) => Ok(value.clone()),
            Code::Object => Ok(self.object.clone()),
            Code::Need(need) => Ok(Value::List(self.source.need(*need))),
            Code::Settings => Ok(self.settings.clone()),
            Code::Local(nth) => Ok(locals[*nth].clone()),
            Code::Let(nth) => self.named(*nth),
            Code::Select { of, field, shown, optional } => {
                let of = self.eval(of, locals)?;
                let key = Value::String(Rc::clone(field));
                member(&of, &key, shown, *optional)
            }
            Code::Has { of, field } => match self.eval(of, locals)? {
                Value::Map(map) => Ok(Value::Bool(map.get(field).is_some())),
                Value::Null => Ok(Value::Bool(false)),
                Value::Optional(it) => Ok(Value::Bool(
                    matches!(it.as_deref(), Some(Value::Map(it)) if it.get(field).is_some()),
                )),
                it => Err(unfit(&it, "a mapping")),
            },
            Code::Index { of, key, shown, optional } => {
                let of = self.eval(of, locals)?;
                member(&of, &self.eval(key, locals)?, shown, *optional)
            }
            // What stands for an absent value is asked for where it is absent.
            Code::Call {
                function: function @ (Function::OrValue | Function::Or), args, ..
            } => {
                let [first, other] = &args[..] else { return Err(wrong("no argument".to_owned())) };
                match (self.eval(first, locals)?, function) {
                    (Value::Optional(None), _) => self.eval(other, locals),
                    (Value::Optional(Some(held)), Function::OrValue) => Ok((*held).clone()),
                    (it @ Value::Optional(_), _) => Ok(it),
                    (it, _) => Err(unfit(&it, "an optional value")),
                }
            }
            Code::Call { function, args, regex, shown } => {
                let args: Result<Vec<_>, _> = args.iter().map(|it| self.eval(it, locals)).collect();
                self.call(*function, &args?, regex.as_deref(), shown)
            }
            Code::Lookup { .. } => self.lookup(code, locals),
            Code::Not(of) => self.condition(of, locals).map(|it| Value::Bool(!it)),
            Code::Negate(of) => negate(&self.eval(of, locals)?),
            Code::Binary { op, sides, shown } => {
                let (left, right) = (self.eval(&sides[0], locals)?, self.eval(&sides[1], locals)?);
                binary(*op, &left, &right).map_err(|it| place(it, shown))
            }
            Code::And(all) => self.decide(all, false, locals),
            Code::Or(all) => self.decide(all, true, locals),
            Code::Conditional(parts) => {
                let [condition, then, other] = &**parts;
                let chosen = if self.condition(condition, locals)? { then } else { other };
                self.eval(chosen, locals)
            }
            Code::List(items) => {
                let items: Result<_, _> = items.iter().map(|it| self.eval(it, locals)).collect();
                Ok(Value::list(items?))
            }
            Code::Map(entries) => self.map(entries, locals),
            Code::Comprehension(it) => {
                let range = self.eval(&it.range, locals)?;
                self.comprehend(it, &range, locals)
            }
        }
    }

    /// A value by name: evaluated when it is first asked for.
    fn named(&self, nth: usize) -> Evaluated {
        let known = self.known.borrow()[nth].clone();
        if let Some(known) = known {
            return known;
        }
        let value = self.value(&self.lets[nth]);
        self.known.borrow_mut()[nth] = Some(value.clone());
        value
    }

    /// `&&` and `||`: the first part that is `decider` decides, wherever it stands; else an error
    /// counts.
    fn decide(&self, all: &[Code], decider: bool, locals: &mut Vec<Value>) -> Evaluated {
        let mut error = None;
        for part in all {
            match self.condition(part, locals) {
                Ok(it) if it == decider => return Ok(Value::Bool(decider)),
                Ok(_) => {}
                Err(it) => error = error.or(Some(it)),
            }
        }
        error.map_or(Ok(Value::Bool(!decider)), Err)
    }

    fn map(&self, entries: &[(Code, Code)], locals: &mut Vec<Value>) -> Evaluated {
        let mut map = Vec::new();
        for (key, value) in entries {
            let Value::String(key) = self.eval(key, locals)? else {
                return Err(wrong("the keys of a mapping are texts".to_owned()));
            };
            if map.iter().any(|it: &(Rc<str>, Value)| it.0 == key) {
                return Err(wrong(format!("the key `{key}` stands twice in a mapping")));
            }
            map.push((key, self.eval(value, locals)?));
        }
        Ok(Value::Map(Rc::new(Map::new(map))))
    }

    fn call(
        &self,
        function: Function,
        args: &[Value],
        regex: Option<&regex::Regex>,
        shown: &Rc<str>,
    ) -> Evaluated {
        // What is known within bounds only gives no answer but of these.
        let takes_all = matches!(
            function,
            Function::Dyn
                | Function::Type
                | Function::OptionalOf
                | Function::HasValue
                | Function::HeldValue
        );
        let unknown = match (function, args) {
            _ if takes_all => None,
            // Of what stands in it, only its number counts.
            (Function::Size | Function::SizeOf, [Value::List(_) | Value::Map(_)]) => None,
            _ => args.iter().find_map(not_known),
        };
        if let Some(why) = unknown {
            return match (function, args) {
                (Function::String, [it]) => unsure(it.to_string(), why),
                _ => Err(why),
            };
        }
        match (function, args) {
            (Function::Size | Function::SizeOf, [it]) => size(it),
            (Function::Age, [it]) => {
                let age = self.run.age(library::timestamp(it).map_err(|it| place(it, shown))?);
                Ok(Value::Age(Rc::new(KnownAge { age, of: Rc::clone(shown) })))
            }
            (Function::Undecided, [Value::String(why)]) => Err(Error::Undecided(Rc::clone(why))),
            (Function::OptionalOf, [it]) => Ok(Value::Optional(Some(Rc::new(it.clone())))),
            (Function::OptionalNone, []) => Ok(Value::Optional(None)),
            (Function::HasValue, [Value::Optional(it)]) => Ok(Value::Bool(it.is_some())),
            (Function::HeldValue, [Value::Optional(it)]) => {
                it.as_deref().cloned().ok_or_else(|| Error::Missing(Rc::clone(shown)))
            }
            _ => library::call(function, args, regex).map_err(|it| place(it, shown)),
        }
    }

    fn comprehend(&self, it: &Comprehension, range: &Value, locals: &mut Vec<Value>) -> Evaluated {
        match range {
            Value::List(list) => self.over(it, &list.items, list.incomplete, locals),
            Value::Map(map) => {
                let keys: Vec<_> =
                    map.entries().map(|it| Value::String(Rc::clone(&it.0))).collect();
                self.over(it, &keys, None, locals)
            }
            Value::Null => self.over(it, &[], None, locals),
            other => Err(unfit(other, "a list")),
        }
    }

    fn over(
        &self,
        it: &Comprehension,
        items: &[Value],
        incomplete: Option<usize>,
        locals: &mut Vec<Value>,
    ) -> Evaluated {
        let Comprehension { what, filter, body, .. } = it;
        let of_rest = |decided: bool| match incomplete {
            Some(need) => Err(Error::Incomplete(need)),
            None => Ok(Value::Bool(decided)),
        };
        let mut error = None;
        let (mut taken, mut count) = (Vec::new(), 0_usize);
        for item in items {
            locals.push(item.clone());
            let passes = filter.as_ref().map_or(Ok(true), |it| self.condition(it, locals));
            let answer = match (what, passes) {
                (_, Err(error)) => Err(error),
                (Macro::Map, Ok(true)) => self.eval(body, locals).map(Some),
                (Macro::Map, Ok(false)) => Ok(None),
                _ => self.condition(body, locals).map(|it| Some(Value::Bool(it))),
            };
            locals.pop();
            match (what, answer) {
                (Macro::All, Ok(Some(Value::Bool(false)))) => return Ok(Value::Bool(false)),
                (Macro::Exists, Ok(Some(Value::Bool(true)))) => return Ok(Value::Bool(true)),
                (Macro::All | Macro::Exists, Err(it)) => error = error.or(Some(it)),
                (_, Err(it)) => return Err(it),
                (Macro::Filter, Ok(Some(Value::Bool(true)))) => taken.push(item.clone()),
                (Macro::ExistsOne, Ok(Some(Value::Bool(true)))) => count += 1,
                (Macro::Map, Ok(Some(value))) => taken.push(value),
                _ => {}
            }
        }
        match what {
            Macro::All | Macro::Exists => match error {
                Some(error) => Err(error),
                None => of_rest(*what == Macro::All),
            },
            Macro::ExistsOne if count > 1 => Ok(Value::Bool(false)),
            Macro::ExistsOne => of_rest(count == 1),
            Macro::Filter | Macro::Map => {
                Ok(Value::List(Rc::new(List { items: taken, incomplete })))
            }
        }
    }

    /// A comprehension over a need that begins by comparing a path with a key.
    fn lookup(&self, code: &Code, locals: &mut Vec<Value>) -> Evaluated {
        let Code::Lookup { need, path, key, rest } = code else {
            return Err(wrong("no look-up".to_owned()));
        };
        let list = self.source.need(*need);
        let index = self.index(*need, path, &list);
        match (&*index, self.eval(key, locals)) {
            (Some(index), Ok(Value::String(key))) => {
                let found = index.get(&key).map(Vec::as_slice).unwrap_or_default();
                let found: Vec<_> = found.iter().map(|at| list.items[*at].clone()).collect();
                self.over(&rest.0, &found, list.incomplete, locals)
            }
            // Without an index, or with another key than a text: each is asked.
            _ => self.over(&rest.0, &list.items, list.incomplete, locals),
        }
    }

    fn index(&self, need: usize, path: &Rc<[Rc<str>]>, list: &List) -> Rc<Index> {
        let mut indexes = self.indexes.0.borrow_mut();
        let index = indexes.entry((need, Rc::clone(path))).or_insert_with(|| {
            let mut index: HashMap<Rc<str>, Vec<usize>> = HashMap::new();
            for (at, item) in list.items.iter().enumerate() {
                let mut value = item;
                for key in path.iter() {
                    let Value::Map(map) = value else { return Rc::new(None) };
                    let Some(below) = map.get(key) else { return Rc::new(None) };
                    value = below;
                }
                let Value::String(text) = value else { return Rc::new(None) };
                index.entry(Rc::clone(text)).or_default().push(at);
            }
            Rc::new(Some(index))
        });
        Rc::clone(index)
    }
}

/// The expression in which something is wrong, before what is wrong.
fn place(error: Error, shown: &Rc<str>) -> Error {
    match error {
        Error::Wrong(message) if !message.contains('`') || !message.starts_with("in `") => {
            wrong(format!("in `{shown}`: {message}"))
        }
        error => error,
    }
}

/// `of.key` and `of[key]`.
fn member(of: &Value, key: &Value, shown: &Rc<str>, optional: bool) -> Evaluated {
    let (of, optional) = match of {
        Value::Optional(None) => return Ok(Value::Optional(None)),
        Value::Optional(Some(held)) => (&**held, true),
        of => (of, optional),
    };
    let mut incomplete = None;
    let found = match (of, key) {
        (Value::Map(map), Value::String(key)) => map.get(key),
        (Value::List(list), Value::Int(nth)) => {
            incomplete = list.incomplete;
            usize::try_from(*nth).ok().and_then(|it| list.items.get(it))
        }
        (Value::Null, _) => None,
        (Value::Map(_), it) => return Err(unfit(it, "a text as a key")),
        (Value::List(_), it) => return Err(unfit(it, "a whole number as an index")),
        (it, _) => {
            let message = format!("`{shown}` is asked for in {}, which has no fields", it.kind());
            return Err(wrong(message));
        }
    };
    match (found, incomplete) {
        (Some(found), _) if optional => Ok(Value::Optional(Some(Rc::new(found.clone())))),
        (Some(found), _) => Ok(found.clone()),
        (None, Some(need)) => Err(Error::Incomplete(need)),
        (None, None) if optional => Ok(Value::Optional(None)),
        (None, None) => Err(Error::Missing(Rc::clone(shown))),
    }
}

fn size(value: &Value) -> Evaluated {
    let count = match value {
        Value::String(it) => it.chars().count(),
        Value::Bytes(it) => it.len(),
        Value::Map(it) => it.entries().count(),
        Value::Null => 0,
        Value::List(list) => {
            let count = i64::try_from(list.items.len()).unwrap_or(i64::MAX);
            return Ok(match list.incomplete {
                Some(of) => Value::AtLeast { count, of },
                None => Value::Int(count),
            });
        }
        it => return Err(unfit(it, "a text, a list or a mapping")),
    };
    Ok(Value::Int(i64::try_from(count).unwrap_or(i64::MAX)))
}
