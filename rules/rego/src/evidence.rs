//! What a finding shows of its object: the values at paths, as `fields` name them.

use regorus::Value;
use rulebox_core::{Path, Segment};
use rulebox_sdk::child_path;
use rulebox_text::{Problems, yaml::Scalar};

use crate::{
    fields::{self, Fields},
    template::shown,
    tree::Step,
};

/// Values of one path that are shown: more of them help nobody.
const VALUES: usize = 20;

/// Reads a path. That it is none, or that no field gives what stands there, is told.
pub(crate) fn read(
    written: &Scalar,
    given: Option<&Fields>,
    problems: &mut Problems,
) -> Option<Path> {
    let path = match Path::parse(&written.text) {
        Ok(path) => path,
        Err(error) => {
            let help = "write `spec.containers[].image`; a key with a dot stands between quotes";
            problems.add(written.at(), error.to_string(), help);
            return None;
        }
    };
    let step = |it: &Segment| match it {
        Segment::Key(key) => Step::Key(key.clone()),
        Segment::Each | Segment::Any => Step::Any,
    };
    let steps: Vec<_> = path.segments().iter().map(step).collect();
    if given.is_some_and(|it| !it.cover(&steps)) {
        let message = format!("no field of the need gives `{path}`");
        let help = format!("add it to the `fields` of the need: `{}`", fields::path(&steps));
        problems.add(written.at(), message, help);
    }
    Some(path)
}

/// The values at a path of an object, each with the path on which it stands.
pub(crate) fn values(object: &Value, path: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    at(object, path.segments(), String::new(), &mut found);
    found
}

fn at(value: &Value, segments: &[Segment], path: String, found: &mut Vec<(String, String)>) {
    if found.len() >= VALUES {
        return;
    }
    let Some((segment, rest)) = segments.split_first() else {
        found.extend(shown(value).map(|it| (path, it)));
        return;
    };
    match (segment, value) {
        (Segment::Key(key), Value::Object(_)) => {
            at(&value[key.as_str()], rest, child_path(&path, key), found);
        }
        (Segment::Each, Value::Array(items)) => {
            for (nth, below) in items.iter().enumerate() {
                at(below, rest, format!("{path}[{nth}]"), found);
            }
        }
        (Segment::Any, Value::Object(entries)) => {
            for (key, below) in entries.iter_sorted() {
                let key = shown(key).unwrap_or_default();
                at(below, rest, child_path(&path, &key), found);
            }
        }
        _ => {}
    }
}
