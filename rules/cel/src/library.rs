//! What the functions of expressions do.

use std::{cmp::Ordering, rc::Rc};

use jiff::{SignedDuration, Timestamp, tz::Offset};
use regex::Regex;
use rulebox_text::re2;

use crate::{
    error::{Error, Evaluated, ITEMS, TEXT_BYTES, text, unfit, wrong},
    functions::Function,
    operators::add,
    quantity::{Quantity, Semver},
    value::Value,
};

/// Reads `1h30m`, `90s`, `1.5h`, `-2m`, `300ms`.
pub(crate) fn duration(text: &str) -> Option<SignedDuration> {
    const UNITS: [(&str, f64); 6] =
        [("ns", 1e-9), ("us", 1e-6), ("ms", 1e-3), ("h", 3600.0), ("m", 60.0), ("s", 1.0)];
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    if rest == "0" {
        return Some(SignedDuration::ZERO);
    }
    let mut sum = SignedDuration::ZERO;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, behind) = rest.split_at(digits);
        let (unit, seconds) = UNITS.into_iter().find(|it| behind.starts_with(it.0))?;
        let part = match number.parse::<i64>() {
            Ok(number) if seconds >= 1.0 => {
                #[expect(clippy::cast_possible_truncation, reason = "units are whole seconds")]
                let seconds = number.checked_mul(seconds as i64)?;
                SignedDuration::from_secs(seconds)
            }
            _ => SignedDuration::try_from_secs_f64(number.parse::<f64>().ok()? * seconds).ok()?,
        };
        sum = sum.checked_add(part)?;
        rest = &behind[unit.len()..];
    }
    Some(if negative { -sum } else { sum })
}

fn texts<'a>(target: &'a Value, arg: &'a Value) -> Result<(&'a str, &'a str), Error> {
    match (target, arg) {
        (Value::String(target), Value::String(arg)) => Ok((target, arg)),
        (Value::String(_), other) | (other, _) => Err(unfit(other, "a text")),
    }
}

fn int(value: &Value) -> Result<usize, Error> {
    match value {
        Value::Int(it) => usize::try_from(*it).map_err(|_| wrong(format!("{it} is below zero"))),
        it => Err(unfit(it, "a whole number")),
    }
}

fn count(value: usize) -> Value {
    Value::Int(i64::try_from(value).unwrap_or(i64::MAX))
}

fn found(text: &str, at: Option<usize>) -> Value {
    Value::Int(at.map_or(-1, |at| i64::try_from(text[..at].chars().count()).unwrap_or(-1)))
}

fn order(ordering: Ordering) -> Value {
    Value::Int(ordering as i64)
}

/// What functions do that need nothing but their arguments; the target is the first. Lists are
/// whole: one of which not all could be seen was told before.
pub(crate) fn call(function: Function, args: &[Value], regex: Option<&Regex>) -> Evaluated {
    match (function, args) {
        (Function::String, [Value::Bytes(it)]) => match std::str::from_utf8(it) {
            Ok(it) => Ok(Value::text(it)),
            Err(_) => Err(wrong("the bytes are no text in UTF-8".to_owned())),
        },
        (Function::String, [it]) => text(match it {
            Value::Duration(it) => format!("{}s", it.as_secs_f64()),
            it => it.to_string(),
        }),
        (Function::Int | Function::Uint | Function::Double | Function::Bool, [it]) => {
            convert(function, it)
        }
        (Function::Type, [it]) => Ok(Value::Type(it.type_name())),
        (Function::Dyn, [it]) => Ok(it.clone()),
        (Function::Duration, [it]) => match it {
            Value::Duration(it) => Ok(Value::Duration(*it)),
            Value::String(it) => duration(it)
                .map(Value::Duration)
                .ok_or_else(|| wrong(format!("`{it}` is no duration such as 1h30m"))),
            it => Err(unfit(it, "a duration")),
        },
        (Function::Timestamp, [it]) => timestamp(it).map(Value::Timestamp),
        (Function::Quantity, [it]) => quantity(it)
            .map(Value::Quantity)
            .ok_or_else(|| wrong(format!("`{it}` is no quantity such as 500m or 2Gi"))),
        (Function::IsQuantity, [it]) => Ok(Value::Bool(quantity(it).is_some())),
        (Function::Semver, [Value::String(it)]) => Semver::parse(it)
            .map(|it| Value::Semver(Rc::new(it)))
            .ok_or_else(|| wrong(format!("`{it}` is no version such as 1.2.3"))),
        (Function::IsSemver, [Value::String(it)]) => Ok(Value::Bool(Semver::parse(it).is_some())),
        (
            Function::MatchesOf | Function::Matches | Function::Find | Function::FindAll,
            [target, arg],
        ) => by_pattern(function, texts(target, arg)?, regex),
        (_, [Value::Timestamp(it)]) => of_time(function, *it),
        (_, [Value::Quantity(it), rest @ ..]) => of_quantity(function, *it, rest),
        (_, [Value::Semver(it), rest @ ..]) => of_version(function, it, rest),
        (_, [Value::List(list), rest @ ..]) => of_list(function, &list.items, rest),
        (_, [Value::String(target), rest @ ..]) => of_text(function, target, rest),
        (_, [it, ..]) => Err(wrong(format!("there is no such function of {}", it.kind()))),
        (_, []) => Err(wrong("an argument is missing".to_owned())),
    }
}

/// The least double that no signed number of 64 bits reaches.
const BEYOND_INT: f64 = 9_223_372_036_854_775_808.0;

fn convert(function: Function, value: &Value) -> Evaluated {
    let number = || match value {
        Value::String(it) => it.parse::<f64>().ok(),
        Value::Int(it) => Some(*it as f64),
        Value::Uint(it) => Some(*it as f64),
        Value::Double(it) => Some(*it),
        _ => None,
    };
    #[expect(clippy::cast_possible_truncation, reason = "what does not fit was left out")]
    let converted = match (function, value) {
        (Function::Int, Value::Int(it)) => Some(Value::Int(*it)),
        (Function::Int, Value::Uint(it)) => i64::try_from(*it).ok().map(Value::Int),
        (Function::Int, Value::String(it)) => it.parse().ok().map(Value::Int),
        (Function::Int, Value::Timestamp(it)) => Some(Value::Int(it.as_second())),
        (Function::Int, Value::Double(it)) if it.abs() < BEYOND_INT => Some(Value::Int(*it as i64)),
        (Function::Uint, Value::Uint(it)) => Some(Value::Uint(*it)),
        (Function::Uint, Value::Int(it)) => u64::try_from(*it).ok().map(Value::Uint),
        (Function::Uint, Value::String(it)) => it.parse().ok().map(Value::Uint),
        #[expect(clippy::cast_sign_loss, reason = "what is below zero was left out")]
        (Function::Uint, Value::Double(it)) if *it > -1.0 && *it < 2.0 * BEYOND_INT => {
            Some(Value::Uint(*it as u64))
        }
        (Function::Double, _) => number().map(Value::Double),
        (Function::Bool, Value::Bool(it)) => Some(Value::Bool(*it)),
        (Function::Bool, Value::String(it)) => match &**it {
            "true" | "True" | "TRUE" | "t" | "1" => Some(Value::Bool(true)),
            "false" | "False" | "FALSE" | "f" | "0" => Some(Value::Bool(false)),
            _ => None,
        },
        _ => None,
    };
    converted.ok_or_else(|| {
        let wanted = match function {
            Function::Int => "whole number",
            Function::Uint => "whole number without sign",
            Function::Double => "number",
            _ => "true or false",
        };
        let shown: String = value.to_string().chars().take(60).collect();
        wrong(format!("`{shown}` is no {wanted}"))
    })
}

/// What certificates that never expire say (RFC 5280, 4.1.2.5); it lies behind what can be counted.
const NEVER: &str = "9999-12-31T23:59:59Z";

/// A time as RFC 3339 has it.
pub(crate) fn time(text: &str) -> Option<Timestamp> {
    let day_and_time = text.as_bytes().get(10).is_some_and(|it| matches!(it, b'T' | b't'));
    let time = text.parse().ok().or_else(|| (text == NEVER).then_some(Timestamp::MAX));
    time.filter(|_| day_and_time)
}

/// A time, or a text that is one.
pub(crate) fn timestamp(value: &Value) -> Result<Timestamp, Error> {
    match value {
        Value::Timestamp(it) => Ok(*it),
        Value::String(it) => {
            let shown = || it.chars().take(60).collect::<String>();
            time(it).ok_or_else(|| wrong(format!("`{}` is no time", shown())))
        }
        it => Err(unfit(it, "a time")),
    }
}

fn quantity(value: &Value) -> Option<Quantity> {
    match value {
        Value::Quantity(it) => Some(*it),
        Value::String(it) => Quantity::parse(it),
        Value::Int(it) => Some(Quantity::of_int(*it)),
        Value::Uint(it) => i64::try_from(*it).ok().map(Quantity::of_int),
        Value::Double(it) => Quantity::parse(&it.to_string()),
        _ => None,
    }
}

fn by_pattern(function: Function, (target, arg): (&str, &str), regex: Option<&Regex>) -> Evaluated {
    let compiled;
    let regex = if let Some(regex) = regex {
        regex
    } else {
        compiled = re2::compile(arg).map_err(|it| wrong(format!("`{arg}` is no pattern: {it}")))?;
        &compiled
    };
    Ok(match function {
        Function::Find => Value::text(regex.find(target).map_or("", |it| it.as_str())),
        Function::FindAll => {
            let all = regex.find_iter(target).map(|it| Value::text(it.as_str()));
            Value::list(all.collect())
        }
        _ => Value::Bool(regex.is_match(target)),
    })
}

/// In UTC. As CEL has it, months and days of the week count from 0, and days of the month from 1.
fn of_time(function: Function, time: Timestamp) -> Evaluated {
    let time = Offset::UTC.to_datetime(time);
    Ok(Value::Int(match function {
        Function::GetFullYear => time.year().into(),
        Function::GetMonth => i64::from(time.month()) - 1,
        Function::GetDate => time.day().into(),
        Function::GetDayOfWeek => time.weekday().to_sunday_zero_offset().into(),
        Function::GetHours => time.hour().into(),
        Function::GetMinutes => time.minute().into(),
        _ => return Err(wrong("there is no such function of a time".to_owned())),
    }))
}

fn of_quantity(function: Function, it: Quantity, rest: &[Value]) -> Evaluated {
    let other = || rest.first().and_then(quantity).ok_or_else(|| wrong("no quantity".to_owned()));
    let whole = || wrong(format!("{it} is no whole number of 64 bits"));
    let beyond = || wrong("the quantity is too large".to_owned());
    Ok(match function {
        Function::IsGreaterThan => Value::Bool(it > other()?),
        Function::IsLessThan => Value::Bool(it < other()?),
        Function::CompareTo => order(it.cmp(&other()?)),
        Function::IsInteger => Value::Bool(it.as_integer().is_some()),
        Function::AsInteger => Value::Int(it.as_integer().ok_or_else(whole)?),
        Function::AsDouble => Value::Double(it.as_double()),
        Function::Sign => Value::Int(it.sign()),
        Function::AddQuantity => Value::Quantity(it.add(other()?).ok_or_else(beyond)?),
        Function::SubtractQuantity => Value::Quantity(it.subtract(other()?).ok_or_else(beyond)?),
        _ => return Err(wrong("there is no such function of a quantity".to_owned())),
    })
}

fn of_version(function: Function, it: &Semver, rest: &[Value]) -> Evaluated {
    let number = |nth: usize| i64::try_from(it.numbers[nth]).unwrap_or(i64::MAX);
    let ordering = || match rest {
        [Value::Semver(other)] => Ok(it.order(other)),
        _ => Err(wrong("a version is compared with a version".to_owned())),
    };
    Ok(match function {
        Function::IsGreaterThan | Function::IsLaterThan => Value::Bool(ordering()?.is_gt()),
        Function::IsLessThan | Function::IsEarlierThan => Value::Bool(ordering()?.is_lt()),
        Function::CompareTo | Function::CompareVersion => order(ordering()?),
        Function::Major => Value::Int(number(0)),
        Function::Minor => Value::Int(number(1)),
        Function::Patch => Value::Int(number(2)),
        _ => return Err(wrong("there is no such function of a version".to_owned())),
    })
}

fn of_list(function: Function, items: &[Value], rest: &[Value]) -> Evaluated {
    let place = |at: Option<usize>| at.map_or(Value::Int(-1), count);
    let compared = |a: &Value, b: &Value| {
        a.order(b).ok_or_else(|| wrong(format!("{} and {} have no order", a.kind(), b.kind())))
    };
    Ok(match (function, rest) {
        (Function::Join, rest) => {
            let separator = rest.first().map(ToString::to_string).unwrap_or_default();
            let mut joined = String::new();
            for (nth, item) in items.iter().enumerate() {
                let Value::String(item) = item else { return Err(unfit(item, "a text")) };
                if nth > 0 {
                    joined.push_str(&separator);
                }
                joined.push_str(item);
                if joined.len() > TEXT_BYTES {
                    break;
                }
            }
            return text(joined);
        }
        (Function::Sum, _) => {
            let Some((first, rest)) = items.split_first() else { return Ok(Value::Int(0)) };
            return rest.iter().try_fold(first.clone(), |sum, it| add(&sum, it));
        }
        (Function::Min | Function::Max, _) => {
            let wanted = if function == Function::Min { Ordering::Less } else { Ordering::Greater };
            let Some((first, rest)) = items.split_first() else {
                return Err(wrong("an empty list has no least and no greatest".to_owned()));
            };
            let mut best = first;
            for item in rest {
                if compared(item, best)? == wanted {
                    best = item;
                }
            }
            best.clone()
        }
        (Function::IsSorted, _) => {
            let mut sorted = true;
            for pair in items.windows(2) {
                sorted &= compared(&pair[0], &pair[1])?.is_le();
            }
            Value::Bool(sorted)
        }
        (Function::IndexOf | Function::IndexOfText, [it]) => {
            place(items.iter().position(|item| item.same(it)))
        }
        (Function::LastIndexOf | Function::LastIndexOfText, [it]) => {
            place(items.iter().rposition(|item| item.same(it)))
        }
        (Function::Distinct, _) => {
            let mut distinct: Vec<Value> = Vec::new();
            for item in items {
                if !distinct.iter().any(|it| it.same(item)) {
                    distinct.push(item.clone());
                }
            }
            Value::list(distinct)
        }
        (Function::Sort, _) => {
            let mut sorted = items.to_vec();
            for pair in items.windows(2) {
                compared(&pair[0], &pair[1])?;
            }
            sorted.sort_by(|a, b| a.order(b).unwrap_or(Ordering::Equal));
            Value::list(sorted)
        }
        (Function::Flatten, _) => {
            let mut flat = Vec::new();
            for item in items {
                match item {
                    Value::List(list) => flat.extend(list.items.iter().cloned()),
                    item => flat.push(item.clone()),
                }
                if flat.len() > ITEMS {
                    return Err(wrong(format!("a list has more than {ITEMS} elements")));
                }
            }
            Value::list(flat)
        }
        _ => return Err(wrong("there is no such function of a list".to_owned())),
    })
}

fn of_text(function: Function, target: &str, rest: &[Value]) -> Evaluated {
    let beyond = || wrong("the place lies outside the text".to_owned());
    // The byte of a character; the end too.
    let byte = |at: usize| {
        let ends = target.char_indices().map(|it| it.0).chain([target.len()]);
        ends.into_iter().nth(at).ok_or_else(beyond)
    };
    Ok(match (function, rest) {
        (Function::LowerAscii, _) => Value::text(&target.to_ascii_lowercase()),
        (Function::UpperAscii, _) => Value::text(&target.to_ascii_uppercase()),
        (Function::Trim, _) => Value::text(target.trim()),
        (Function::CharAt, [at]) => {
            let at = byte(int(at)?)?;
            let length = target[at..].chars().next().map_or(0, char::len_utf8);
            Value::text(&target[at..at + length])
        }
        (Function::Substring, [from]) => Value::text(&target[byte(int(from)?)?..]),
        (Function::Substring, [from, to]) => {
            let (from, to) = (byte(int(from)?)?, byte(int(to)?)?);
            Value::text(target.get(from..to).ok_or_else(beyond)?)
        }
        (Function::Split, [Value::String(separator), limit @ ..]) => {
            let limit = match limit {
                [Value::Int(limit)] if *limit >= 0 => usize::try_from(*limit).unwrap_or(ITEMS),
                _ => ITEMS,
            };
            let parts: Vec<_> = if separator.is_empty() {
                target.split("").filter(|it| !it.is_empty()).take(limit).map(Value::text).collect()
            } else {
                target.splitn(limit, &**separator).map(Value::text).collect()
            };
            Value::list(parts)
        }
        (Function::Replace, [Value::String(from), Value::String(to), limit @ ..]) => {
            let limit = match limit {
                [Value::Int(limit)] if *limit >= 0 => usize::try_from(*limit).unwrap_or(ITEMS),
                _ => usize::MAX,
            };
            let times = target.matches(&**from).take(limit).count();
            let longer = to.len().saturating_sub(from.len()).saturating_mul(times);
            if longer > TEXT_BYTES {
                return Err(wrong(format!("a text is longer than {TEXT_BYTES} bytes")));
            }
            return text(target.replacen(&**from, to, limit));
        }
        (_, [Value::String(arg)]) => match function {
            Function::Contains => Value::Bool(target.contains(&**arg)),
            Function::StartsWith => Value::Bool(target.starts_with(&**arg)),
            Function::EndsWith => Value::Bool(target.ends_with(&**arg)),
            Function::IndexOf | Function::IndexOfText => found(target, target.find(&**arg)),
            Function::LastIndexOf | Function::LastIndexOfText => {
                found(target, target.rfind(&**arg))
            }
            _ => return Err(wrong("there is no such function of a text".to_owned())),
        },
        (_, [other, ..]) => return Err(unfit(other, "a text")),
        _ => return Err(wrong("there is no such function of a text".to_owned())),
    })
}
