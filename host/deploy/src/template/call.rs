//! The functions that templates call. A function that is not here is not used by the chart.

use std::fmt::Write as _;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::yaml::{quoted, to_yaml};

/// Calls a function with its arguments.
pub(crate) fn call(function: &str, arguments: &[Value]) -> Result<Value, String> {
    let truth = |it: bool| Ok(Value::Bool(it));
    let text = |it: String| Ok(Value::String(it));
    match (function, arguments) {
        ("eq", [one, others @ ..]) if !others.is_empty() => {
            truth(others.iter().any(|it| printed(it) == printed(one)))
        }
        ("not", [it]) => truth(!holds(it)),
        ("and", [.., last]) => Ok(arguments.iter().find(|it| !holds(it)).unwrap_or(last).clone()),
        ("or", [.., last]) => Ok(arguments.iter().find(|it| holds(it)).unwrap_or(last).clone()),
        ("gt", [one, other]) => truth(number(one)? > number(other)?),
        ("int", [it]) => Ok(number(it)?.into()),
        ("default", [other, it]) => Ok(if holds(it) { it } else { other }.clone()),
        ("quote", [it]) => text(quoted(&printed(it))),
        ("toYaml", [it]) => text(to_yaml(it)),
        ("contains", [part, whole]) => truth(printed(whole).contains(&printed(part))),
        ("printf", [format, values @ ..]) => {
            let mut values = values.iter().map(printed);
            let mut parts = printed(format).split("%s").map(str::to_owned).collect::<Vec<_>>();
            let last = parts.pop().unwrap_or_default();
            let formatted = parts.into_iter().map(|it| it + &values.next().unwrap_or_default());
            text(formatted.collect::<String>() + &last)
        }
        ("indent", [columns, it]) => text(indented(number(columns)?, &printed(it))),
        ("nindent", [columns, it]) => {
            text(format!("\n{}", indented(number(columns)?, &printed(it))))
        }
        ("trim", [it]) => text(printed(it).trim().to_owned()),
        ("sha256sum", [it]) => {
            let sum = Sha256::digest(printed(it).as_bytes());
            text(sum.iter().fold(String::new(), |mut text, byte| {
                let _ = write!(text, "{byte:02x}");
                text
            }))
        }
        ("required", [message, it]) => match it {
            Value::Null => Err(printed(message)),
            Value::String(it) if it.is_empty() => Err(printed(message)),
            it => Ok(it.clone()),
        },
        ("fail", [message]) => Err(printed(message)),
        _ => Err(format!("`{function}` with {} arguments is not known", arguments.len())),
    }
}

/// Whether a condition holds: nothing and zero do not.
pub(crate) fn holds(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(it) => *it,
        Value::Number(it) => it.as_f64() != Some(0.0),
        Value::String(it) => !it.is_empty(),
        Value::Array(it) => !it.is_empty(),
        Value::Object(it) => !it.is_empty(),
    }
}

/// A value as it is printed.
pub(crate) fn printed(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(it) => it.clone(),
        other => other.to_string(),
    }
}

fn number(value: &Value) -> Result<i64, String> {
    value.as_i64().ok_or_else(|| format!("`{value}` is not a whole number"))
}

/// Each line behind so many columns, as Helm does it: empty ones too.
fn indented(columns: i64, text: &str) -> String {
    let pad = " ".repeat(usize::try_from(columns).unwrap_or_default());
    format!("{pad}{}", text.replace('\n', &format!("\n{pad}")))
}
