//! Writes a value as YAML, in the form that Helm's `toYaml` gives it: keys in order, lists at the
//! column of their key. Nothing is read here.

use serde_json::Value;

/// The value, without a line feed at its end.
pub fn to_yaml(value: &Value) -> String {
    commented(value, &|_| None)
}

/// The same, with a comment behind each value that holds no others. `comment` is given the keys
/// that lead to it, and numbers from 0 where a list is; what it gives is one line.
pub fn to_yaml_commented(value: &Value, comment: &dyn Fn(&[String]) -> String) -> String {
    commented(value, &|place| Some(comment(place)))
}

fn commented(value: &Value, comment: &dyn Fn(&[String]) -> Option<String>) -> String {
    let mut writer = Writer { text: String::new(), place: Vec::new(), comment };
    writer.write(value, 0);
    writer.text.trim_end_matches('\n').to_owned()
}

struct Writer<'w> {
    text: String,
    /// The keys that lead to the value that is being written.
    place: Vec<String>,
    comment: &'w dyn Fn(&[String]) -> Option<String>,
}

impl Writer<'_> {
    /// Writes a value whose first line begins at the column where the text stands.
    fn write(&mut self, value: &Value, indent: usize) {
        match value {
            Value::Object(map) if !map.is_empty() => {
                for (nth, (key, value)) in sorted(map).into_iter().enumerate() {
                    if nth > 0 {
                        self.pad(indent);
                    }
                    self.text += &scalar(key);
                    self.text += ":";
                    self.place.push(key.clone());
                    self.below(value, indent);
                    self.place.pop();
                }
            }
            Value::Array(list) if !list.is_empty() => {
                for (nth, value) in list.iter().enumerate() {
                    if nth > 0 {
                        self.pad(indent);
                    }
                    self.text += "- ";
                    self.place.push(nth.to_string());
                    match value {
                        Value::String(it) if self.stands_below(it) => self.block(it, indent),
                        _ => self.write(value, indent + 2),
                    }
                    self.place.pop();
                }
            }
            _ => {
                self.text += &inline(value);
                if let Some(comment) = (self.comment)(&self.place) {
                    self.text += " # ";
                    self.text += &comment;
                }
                self.text += "\n";
            }
        }
    }

    /// What stands behind a key.
    fn below(&mut self, value: &Value, indent: usize) {
        match value {
            Value::Object(map) if !map.is_empty() => {
                self.text += "\n";
                self.pad(indent + 2);
                self.write(value, indent + 2);
            }
            Value::Array(list) if !list.is_empty() => {
                self.text += "\n";
                self.pad(indent);
                self.write(value, indent);
            }
            Value::String(it) if self.stands_below(it) => {
                self.text += " ";
                self.block(it, indent);
            }
            _ => {
                self.text += " ";
                self.write(value, indent);
            }
        }
    }

    /// Whether a text stands in lines of its own. Beside comments one that is not ASCII does not:
    /// who shows them to people escapes what is hidden, which works within quotes alone.
    fn stands_below(&self, text: &str) -> bool {
        is_block(text) && (text.is_ascii() || (self.comment)(&self.place).is_none())
    }

    /// Writes such a text below its key, or its dash, which stands at `indent`.
    fn block(&mut self, text: &str, indent: usize) {
        self.text += if text.ends_with('\n') { "|" } else { "|-" };
        if let Some(comment) = (self.comment)(&self.place) {
            self.text += " # ";
            self.text += &comment;
        }
        self.text += "\n";
        for line in text.lines() {
            if !line.is_empty() {
                self.pad(indent + 2);
                self.text += line;
            }
            self.text += "\n";
        }
    }

    fn pad(&mut self, columns: usize) {
        self.text.extend(std::iter::repeat_n(' ', columns));
    }
}

/// Whether lines of a text can stand as they are, below the key.
fn is_block(text: &str) -> bool {
    text.contains('\n')
        && !text.starts_with([' ', '\n'])
        && !text.ends_with("\n\n")
        && text.chars().all(|it| it == '\n' || !it.is_control())
}

/// In the order of their keys, whatever the order of the map is.
fn sorted(map: &serde_json::Map<String, Value>) -> Vec<(&String, &Value)> {
    let mut all: Vec<_> = map.iter().collect();
    all.sort_by_key(|it| it.0);
    all
}

fn inline(value: &Value) -> String {
    match value {
        Value::Object(_) => "{}".to_owned(),
        Value::Array(_) => "[]".to_owned(),
        Value::String(it) => scalar(it),
        other => other.to_string(),
    }
}

/// A text as a scalar of one line: plain where every parser of YAML reads that text, else quoted.
fn scalar(text: &str) -> String {
    const WORDS: [&str; 12] =
        ["true", "false", "null", "yes", "no", "on", "off", "y", "n", "~", ".nan", ".inf"];
    let is_plain = |it: char| it.is_ascii_alphanumeric() || "-_./ %+=@()".contains(it);
    let begins = |it: char| it.is_ascii_alphabetic() || it == '/' || it == '_';
    let plain = text.starts_with(begins)
        && text.chars().all(is_plain)
        && !text.ends_with(' ')
        && !WORDS.contains(&text.to_lowercase().as_str());
    // `128Mi` begins as a number and is none.
    let amount = text.starts_with(|it: char| it.is_ascii_digit())
        && text.ends_with(|it: char| it.is_ascii_alphabetic())
        && text.chars().all(|it| it.is_ascii_alphanumeric() || it == '.')
        && !text.to_lowercase().contains('e')
        && !text.starts_with('0');
    if plain || amount { text.to_owned() } else { quoted(text) }
}

/// A text in double quotes, with the escapes that YAML and JSON share.
pub(crate) fn quoted(text: &str) -> String {
    Value::String(text.to_owned()).to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(value: &Value, want: &str) {
        let is = to_yaml(value);
        assert_eq!(is, want);
        let read = rulebox_reader::yaml::to_json_value(&is).expect("YAML");
        assert_eq!(&read, value, "{is}");
    }

    #[test]
    fn maps_and_lists() {
        check(
            &json!({"rules": [{"verbs": ["list"], "apiGroups": [""]}, []], "b": {}, "a": {"c": 1}}),
            "a:\n  c: 1\nb: {}\nrules:\n- apiGroups:\n  - \"\"\n  verbs:\n  - list\n- []",
        );
    }

    #[test]
    fn a_text_stays_a_text() {
        let texts = [
            "true",
            "No",
            "1",
            "1.5",
            "0x1f",
            "1e3",
            "128Mi",
            "100m",
            "500m",
            "a: b",
            "a #b",
            "- a",
            "*",
            "&a",
            "",
            " a",
            "a ",
            "\u{1}",
            "ä",
            "2026-09-15",
            "12:30",
            "0.5",
            "null",
            "a'b",
            "a\"b",
            "{}",
            "0b1",
            "99185e5586",
            "@daily",
            "*/15 * * * *",
            "%a",
            "0o17",
            "1_000",
        ];
        for text in texts {
            let is = format!("a: {}", scalar(text));
            let read = rulebox_reader::yaml::to_json_value(&is).expect("YAML");
            assert_eq!(read, json!({"a": text}), "{is}");
        }
        assert_eq!((scalar("128Mi"), scalar("pods")), ("128Mi".to_owned(), "pods".to_owned()));
    }

    #[test]
    fn a_comment_stands_behind_each_value_that_holds_no_others() {
        let value = json!({"a": [{"b": "x\ny", "c": "d #e"}, [1]], "f": {}});
        let text = to_yaml_commented(&value, &|place| place.join("."));
        let want = "a:\n- b: |- # a.0.b\n    x\n    y\n  c: \"d #e\" # a.0.c\n- - 1 # a.1.0\n\
                    f: {} # f";
        assert_eq!(text, want);
        let read = rulebox_reader::yaml::to_json_value(&text).expect("YAML");
        assert_eq!(read, value);
    }

    #[test]
    fn lines_stand_in_quotes_where_a_comment_may_have_to_escape_them() {
        let text = to_yaml_commented(&json!({"a": "x\n\u{202e}y"}), &|_| "c".to_owned());
        assert_eq!(text, "a: \"x\\n\u{202e}y\" # c");
    }

    #[test]
    fn lines_are_a_block() {
        check(&json!(["x\ny\n", "z"]), "- |\n  x\n  y\n- z");
        check(
            &json!({"a": ["x\ny"], "b": [["x\ny\n"]]}),
            "a:\n- |-\n  x\n  y\nb:\n- - |\n    x\n    y",
        );
        check(&json!({"a": {"b": "x\n  y\n\nz\n"}}), "a:\n  b: |\n    x\n      y\n\n    z");
        check(&json!({"b": "x\ny", "c": 1}), "b: |-\n  x\n  y\nc: 1");
    }
}
