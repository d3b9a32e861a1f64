//! What is said of an object: the words of a finding, and why there is none.

use std::fmt::Write as _;

use rulebox_core::{ObjectRef, PackInfo, Segment, shell_word};
use rulebox_sdk::Draft;
use rulebox_text::template::one_line;

use crate::{
    error::{Error, wrong},
    evaluate::Evaluation,
    objects::reference,
    operators::not_known,
    rule::{Evidence, Rule},
    template::{Part, Template},
    value::Value,
};

/// Values of one path that are shown: more of them help nobody.
const VALUES: usize = 20;

/// Why something is not known, as a sentence about an object goes on.
pub(crate) fn reason(error: &Error, info: &PackInfo) -> String {
    if let Error::Incomplete(need) = error {
        let kind = info.needs.objects[*need].kind_name();
        return format!("not all objects of the kind {kind} could be seen");
    }
    why(error)
}

/// The finding of a rule about an object.
pub(crate) fn finding(rule: &Rule, about: ObjectRef, evaluation: &Evaluation<'_>) -> Draft {
    let mut draft = Draft::new(about, sentence(&rule.message, evaluation));
    if let Some(cause) = &rule.cause {
        draft = draft.cause(sentence(cause, evaluation));
    }
    for (command, step) in &rule.remedy {
        draft = match (command, command_line(step, evaluation)) {
            (false, _) => draft.remedy(sentence(step, evaluation)),
            (true, Ok(line)) => draft.command(line),
            // A command with a hole in it would do another thing.
            (true, Err(error)) => {
                draft.remedy(format!("A command is missing here: {}", why(&error)))
            }
        };
    }
    for piece in &rule.evidence {
        draft = shown(piece, draft, evaluation);
    }
    for (name, value) in &rule.labels {
        if let Ok(value) = evaluation.value(value).and_then(known) {
            draft = draft.label(name, value);
        }
    }
    for cause in &rule.caused_by {
        draft = match evaluation.value(cause) {
            Ok(Value::List(list)) => {
                list.items.iter().filter_map(reference).fold(draft, Draft::caused_by)
            }
            Ok(value) => reference(&value).into_iter().fold(draft, Draft::caused_by),
            Err(_) => draft,
        };
    }
    draft
}

fn why(error: &Error) -> String {
    match error {
        Error::Missing(what) => format!("`{what}` is not set"),
        Error::Age(of) => format!("the age of `{of}` is not known"),
        Error::Incomplete(_) => "not all objects could be seen".to_owned(),
        Error::Undecided(why) | Error::Wrong(why) => why.to_string(),
    }
}

/// A text with its placeholders filled. What is not known is told in its place: the finding counts
/// all the same.
fn sentence(template: &Template, evaluation: &Evaluation<'_>) -> String {
    let mut text = String::new();
    for part in &template.0 {
        match part {
            Part::Text(part) => text.push_str(part),
            Part::Value(code) => match evaluation.value(code) {
                Ok(value) => text.push_str(&value.to_string()),
                Err(error) => {
                    let _ = write!(text, "({})", why(&error));
                }
            },
        }
    }
    one_line(&text)
}

/// A value that a command or a label may hold: all of it is known, and it is there.
fn known(value: Value) -> Result<Value, Error> {
    match value {
        Value::Null | Value::Optional(None) => Err(wrong("a value is absent".to_owned())),
        Value::List(it) if it.items.is_empty() && it.incomplete.is_none() => {
            Err(wrong("a list is empty".to_owned()))
        }
        value => not_known(&value).map_or(Ok(value), Err),
    }
}

/// A command: each placeholder is one word, and of a list each element is.
fn command_line(template: &Template, evaluation: &Evaluation<'_>) -> Result<String, Error> {
    let mut text = String::new();
    for part in &template.0 {
        match part {
            Part::Text(part) => text.push_str(part),
            Part::Value(code) => match known(evaluation.value(code)?)? {
                Value::List(list) => {
                    let words =
                        list.items.iter().map(|it| shell_word(&it.to_string()).into_owned());
                    text.push_str(&words.collect::<Vec<_>>().join(" "));
                }
                value => text.push_str(&shell_word(&value.to_string())),
            },
        }
    }
    Ok(text)
}

/// Adds a piece of evidence; what is not known is none.
fn shown(piece: &Evidence, draft: Draft, evaluation: &Evaluation<'_>) -> Draft {
    let Evidence { object, path, segments, value } = piece;
    let object = match object {
        None => evaluation.object.clone(),
        Some(code) => match evaluation.value(code) {
            Ok(object) => object,
            Err(_) => return draft,
        },
    };
    let Some(subject) = reference(&object) else { return draft };
    let values = if let Some(code) = value {
        let value = evaluation.value(code).ok();
        value.map(|it| (path.clone(), it)).into_iter().collect()
    } else {
        let mut values = Vec::new();
        at(&object, segments, String::new(), &mut values);
        values
    };
    values.into_iter().fold(draft, |draft, (path, it)| draft.related_to(&subject, &path, it))
}

/// The values at a path, each with the path on which it stands.
fn at(value: &Value, segments: &[Segment], path: String, values: &mut Vec<(String, Value)>) {
    if values.len() >= VALUES {
        return;
    }
    let Some((segment, rest)) = segments.split_first() else {
        values.push((path, value.clone()));
        return;
    };
    match (segment, value) {
        (Segment::Key(key), Value::Map(map)) => {
            if let Some(below) = map.get(key) {
                at(below, rest, rulebox_sdk::child_path(&path, key), values);
            }
        }
        (Segment::Each, Value::List(list)) => {
            for (nth, below) in list.items.iter().enumerate() {
                at(below, rest, format!("{path}[{nth}]"), values);
            }
        }
        (Segment::Any, Value::Map(map)) => {
            for (key, below) in map.entries() {
                at(below, rest, rulebox_sdk::child_path(&path, key), values);
            }
        }
        _ => {}
    }
}

/// The value of a metric.
pub(crate) fn number(value: &Value) -> Result<f64, Error> {
    if let Value::AtLeast { of, .. } = value {
        return Err(Error::Incomplete(*of));
    }
    let number = value.number().filter(|it| it.is_finite());
    number.ok_or_else(|| wrong(format!("a number is expected, and there is {}", value.kind())))
}
