//! What operators do. A comparison has three answers where one side is known within bounds only.

use std::{cmp::Ordering, rc::Rc};

use jiff::SignedDuration;
use rulebox_sdk::Exceeds;

use crate::{
    error::{Error, Evaluated, ITEMS, TEXT_BYTES, text, unfit, wrong},
    syntax::Op,
    value::{KnownAge, List, Value},
};

pub(crate) fn negate(value: &Value) -> Evaluated {
    match value {
        Value::Int(it) => it.checked_neg().map(Value::Int).ok_or_else(overflow),
        Value::Double(it) => Ok(Value::Double(-it)),
        Value::Duration(it) => it.checked_neg().map(Value::Duration).ok_or_else(overflow),
        Value::AtLeast { of, .. } => Err(Error::Incomplete(*of)),
        it => Err(unfit(it, "a number")),
    }
}

fn overflow() -> Error {
    wrong("the number is larger than 64 bits hold".to_owned())
}

pub(crate) fn binary(op: Op, left: &Value, right: &Value) -> Evaluated {
    match op {
        Op::Equal | Op::NotEqual => {
            let same = equal(left, right)?;
            Ok(Value::Bool(same == (op == Op::Equal)))
        }
        Op::In => contains(right, left),
        Op::Less | Op::LessOrEqual | Op::Greater | Op::GreaterOrEqual => {
            compare(op, left, right).map(Value::Bool)
        }
        Op::Add => add(left, right),
        Op::Subtract | Op::Multiply | Op::Divide | Op::Remainder => arithmetic(op, left, right),
    }
}

fn equal(left: &Value, right: &Value) -> Result<bool, Error> {
    match (left, right) {
        (Value::AtLeast { count, of }, Value::Int(it))
        | (Value::Int(it), Value::AtLeast { count, of }) => {
            if it < count {
                Ok(false)
            } else {
                Err(Error::Incomplete(*of))
            }
        }
        _ => match not_known(left).or_else(|| not_known(right)) {
            Some(error) => Err(error),
            None => Ok(left.same(right)),
        },
    }
}

/// Why a value cannot be compared with another one: it, or a part of it, is known within bounds
/// only.
pub(crate) fn not_known(value: &Value) -> Option<Error> {
    match value {
        Value::AtLeast { of, .. } => Some(Error::Incomplete(*of)),
        Value::Age(age) => Some(Error::Age(Rc::clone(&age.of))),
        Value::Unsure { why, .. } => Some((**why).clone()),
        Value::List(list) => match list.incomplete {
            Some(need) => Some(Error::Incomplete(need)),
            None => list.items.iter().find_map(not_known),
        },
        Value::Map(map) => map.entries().find_map(|it| not_known(&it.1)),
        Value::Optional(Some(held)) => not_known(held),
        _ => None,
    }
}

fn contains(whole: &Value, part: &Value) -> Evaluated {
    match (whole, part) {
        (Value::List(list), part) => {
            for item in &list.items {
                if equal(item, part)? {
                    return Ok(Value::Bool(true));
                }
            }
            match list.incomplete {
                Some(need) => Err(Error::Incomplete(need)),
                None => Ok(Value::Bool(false)),
            }
        }
        (Value::Map(map), Value::String(key)) => Ok(Value::Bool(map.get(key).is_some())),
        (Value::Map(_) | Value::Null, _) => Ok(Value::Bool(false)),
        (it, _) => Err(unfit(it, "a list or a mapping behind `in`")),
    }
}

/// Below, at, above: which of them an order must be.
fn compare(op: Op, left: &Value, right: &Value) -> Result<bool, Error> {
    let fits = |it: Ordering| match op {
        Op::Less => it.is_lt(),
        Op::LessOrEqual => it.is_le(),
        Op::Greater => it.is_gt(),
        _ => it.is_ge(),
    };
    match (left, right) {
        (Value::Age(age), Value::Duration(limit)) => compare_age(op, age, *limit),
        (Value::Duration(limit), Value::Age(age)) => compare_age(mirrored(op), age, *limit),
        (Value::Age(_), other) | (other, Value::Age(_)) => {
            Err(wrong(format!("an age is compared with a duration, and there is {}", other.kind())))
        }
        (Value::AtLeast { count, of }, other) => compare_count(op, *count, *of, other),
        (other, Value::AtLeast { count, of }) => compare_count(mirrored(op), *count, *of, other),
        _ => left.order(right).map(fits).map_or_else(
            || {
                if let Some(error) = not_known(left).or_else(|| not_known(right)) {
                    return Err(error);
                }
                let nan = |it: &Value| matches!(it, Value::Double(it) if it.is_nan());
                if nan(left) || nan(right) {
                    return Ok(false);
                }
                Err(wrong(format!("{} and {} have no order", left.kind(), right.kind())))
            },
            Ok,
        ),
    }
}

fn mirrored(op: Op) -> Op {
    match op {
        Op::Less => Op::Greater,
        Op::LessOrEqual => Op::GreaterOrEqual,
        Op::Greater => Op::Less,
        Op::GreaterOrEqual => Op::LessOrEqual,
        op => op,
    }
}

/// An age is never below zero: what has not come yet has none.
fn compare_age(op: Op, age: &KnownAge, limit: SignedDuration) -> Result<bool, Error> {
    let of_what_comes = limit.is_zero() && matches!(op, Op::GreaterOrEqual | Op::Less);
    if limit.is_negative() || of_what_comes {
        let message = "an age is not below zero: of what lies ahead, ask for the age of a moment \
                       before it, `age(timestamp(t) - duration(\"24h\")) > duration(\"0s\")`";
        return Err(wrong(message.to_owned()));
    }
    // At least as old as a limit is older than what is a nanosecond below it.
    let below = || limit.checked_sub(SignedDuration::from_nanos(1)).unwrap_or(limit);
    let (exceeds, wanted) = match op {
        Op::Greater => (age.age.exceeds(limit), true),
        Op::GreaterOrEqual => (age.age.exceeds(below()), true),
        Op::LessOrEqual => (age.age.exceeds(limit), false),
        _ => (age.age.exceeds(below()), false),
    };
    match exceeds {
        Exceeds::Yes => Ok(wanted),
        Exceeds::No => Ok(!wanted),
        Exceeds::Undecided => Err(Error::Age(Rc::clone(&age.of))),
    }
}

/// A number of which the least is known, beside another.
fn compare_count(op: Op, count: i64, of: usize, other: &Value) -> Result<bool, Error> {
    let least = Value::Int(count);
    let at_least = compare(op, &least, other)?;
    match op {
        // What is greater at its least is greater.
        Op::Greater | Op::GreaterOrEqual if at_least => Ok(true),
        // What is not below at its least is not below.
        Op::Less | Op::LessOrEqual if !at_least => Ok(false),
        _ => Err(Error::Incomplete(of)),
    }
}

/// Numbers, texts, lists, times and durations.
pub(crate) fn add(left: &Value, right: &Value) -> Evaluated {
    match (left, right) {
        (Value::String(a), Value::String(b)) => {
            if a.len() + b.len() > TEXT_BYTES {
                return text(format!("{a}{b}"));
            }
            Ok(Value::text(&[&**a, &**b].concat()))
        }
        (Value::String(_) | Value::Unsure { .. }, Value::String(_) | Value::Unsure { .. }) => {
            let (text, why) = (format!("{left}{right}"), not_known(left).or(not_known(right)));
            unsure(text, why.unwrap_or_else(overflow))
        }
        (Value::List(a), Value::List(b)) => {
            if a.items.len() + b.items.len() > ITEMS {
                return Err(wrong(format!("a list has more than {ITEMS} elements")));
            }
            let items = a.items.iter().chain(&b.items).cloned().collect();
            let incomplete = a.incomplete.or(b.incomplete);
            Ok(Value::List(Rc::new(List { items, incomplete })))
        }
        (Value::Bytes(a), Value::Bytes(b)) => Ok(Value::Bytes([&**a, &**b].concat().into())),
        (Value::Quantity(a), Value::Quantity(b)) => {
            a.add(*b).map(Value::Quantity).ok_or_else(overflow)
        }
        _ => arithmetic(Op::Add, left, right),
    }
}

/// A text about what is known within bounds only.
pub(crate) fn unsure(made: String, why: Error) -> Evaluated {
    match text(made)? {
        Value::String(text) => Ok(Value::Unsure { text, why: Rc::new(why) }),
        other => Ok(other),
    }
}

/// Arithmetic of whole numbers: adding, subtracting, multiplying; and dividing, with its rest.
fn whole<T: Copy + Default + PartialEq>(
    op: Op,
    (a, b): (T, T),
    [add, subtract, multiply]: [fn(T, T) -> Option<T>; 3],
    [divide, rest]: [fn(T, T) -> Option<T>; 2],
) -> Result<T, Error> {
    let result = match op {
        Op::Add => add(a, b),
        Op::Subtract => subtract(a, b),
        Op::Multiply => multiply(a, b),
        _ if b == T::default() => return Err(wrong("a number is divided by zero".to_owned())),
        Op::Divide => divide(a, b),
        _ => rest(a, b),
    };
    result.ok_or_else(overflow)
}

fn arithmetic(op: Op, left: &Value, right: &Value) -> Evaluated {
    match (left, right) {
        (Value::AtLeast { of, .. }, _) | (_, Value::AtLeast { of, .. }) => {
            Err(Error::Incomplete(*of))
        }
        (Value::Int(a), Value::Int(b)) => {
            let of = [i64::checked_add, i64::checked_sub, i64::checked_mul];
            whole(op, (*a, *b), of, [i64::checked_div, i64::checked_rem]).map(Value::Int)
        }
        (Value::Uint(a), Value::Uint(b)) => {
            let of = [u64::checked_add, u64::checked_sub, u64::checked_mul];
            whole(op, (*a, *b), of, [u64::checked_div, u64::checked_rem]).map(Value::Uint)
        }
        (Value::Double(a), Value::Double(b)) => match op {
            Op::Add => Ok(Value::Double(a + b)),
            Op::Subtract => Ok(Value::Double(a - b)),
            Op::Multiply => Ok(Value::Double(a * b)),
            Op::Divide => Ok(Value::Double(a / b)),
            _ => Err(wrong("`%` is of whole numbers".to_owned())),
        },
        _ => times(op, left, right),
    }
}

fn times(op: Op, left: &Value, right: &Value) -> Evaluated {
    let result = match (op, left, right) {
        (Op::Add, Value::Duration(a), Value::Duration(b)) => a.checked_add(*b).map(Value::Duration),
        (Op::Subtract, Value::Duration(a), Value::Duration(b)) => {
            a.checked_sub(*b).map(Value::Duration)
        }
        (Op::Add, Value::Timestamp(a), Value::Duration(b))
        | (Op::Add, Value::Duration(b), Value::Timestamp(a)) => {
            a.checked_add(*b).ok().map(Value::Timestamp)
        }
        (Op::Subtract, Value::Timestamp(a), Value::Duration(b)) => {
            a.checked_sub(*b).ok().map(Value::Timestamp)
        }
        (Op::Subtract, Value::Timestamp(a), Value::Timestamp(b)) => {
            Some(Value::Duration(a.duration_since(*b)))
        }
        (Op::Subtract, Value::Quantity(a), Value::Quantity(b)) => {
            a.subtract(*b).map(Value::Quantity)
        }
        _ => {
            let (left, right) = (left.kind(), right.kind());
            return Err(wrong(format!("`{}` does not take {left} and {right}", op.sign())));
        }
    };
    result.ok_or_else(overflow)
}
