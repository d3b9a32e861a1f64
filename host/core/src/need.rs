//! What a pack asks for, and the paths by which it names fields.

use std::fmt;

/// Objects that a pack asks for, and the fields of them that it is given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ObjectNeed {
    /// Unique in its [`NeedSet`].
    pub id: String,
    /// API group, empty for core. A need matches group and kind, at any version.
    pub group: String,
    /// `Pod`.
    pub kind: String,
    /// Empty: every namespace.
    pub namespaces: Vec<String>,
    /// Kubernetes label selector syntax; empty: every object.
    pub label_selector: String,
    /// Paths as [`Path`] reads them. Empty: the whole object.
    pub fields: Vec<String>,
}

impl ObjectNeed {
    /// The plural-less name by which people know a kind: `Pod`, `Backup.velero.io`.
    pub fn kind_name(&self) -> String {
        if self.group.is_empty() {
            self.kind.clone()
        } else {
            format!("{}.{}", self.kind, self.group)
        }
    }
}

/// Lines of logs and other text files that a pack asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TextNeed {
    /// Unique in its [`NeedSet`].
    pub id: String,
    /// Globs on the path inside the input.
    pub paths: Vec<String>,
    /// A regular expression; a pack is given the lines that match.
    pub pattern: String,
}

/// Everything that one run asks its source for.
///
/// The host prefixes each id with the name of its pack and a slash, so that ids do not collide.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NeedSet {
    /// Needs for objects.
    pub objects: Vec<ObjectNeed>,
    /// Needs for lines of text.
    pub texts: Vec<TextNeed>,
}

impl NeedSet {
    /// Adds another set, prefixing its ids with `scope` and a slash.
    pub fn add(&mut self, scope: &str, other: &NeedSet) {
        self.objects.extend(
            other.objects.iter().map(|it| ObjectNeed { id: scoped(scope, &it.id), ..it.clone() }),
        );
        self.texts.extend(
            other.texts.iter().map(|it| TextNeed { id: scoped(scope, &it.id), ..it.clone() }),
        );
    }
}

/// The id of a pack's need among those of all packs of a run: the inventory has its slots by it.
pub fn scoped(scope: &str, id: &str) -> String {
    format!("{scope}/{id}")
}

/// Whose need has this id: the pack by whose name it is [scoped]; empty where there is one alone.
pub fn scope_of(id: &str) -> &str {
    id.split_once('/').map_or("", |it| it.0)
}

/// One step of a [`Path`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Segment {
    /// A key of a mapping.
    Key(String),
    /// Every element of a list: `[]`.
    Each,
    /// Every value of a mapping: `*`.
    Any,
}

/// The path of a field in an object: `status.containerStatuses[].restartCount`.
///
/// Keys are joined by dots; `[]` goes into every element of a list, `*` into every value of a
/// mapping. A key that holds a dot, a bracket, a star or a quote is quoted:
/// `metadata.annotations."velero.io/source"`, with `\"` and `\\` for a quote and a backslash in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path(Vec<Segment>);

/// Why a text is not a [`Path`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathError {
    /// The text.
    pub path: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is no field path: {}", self.path, self.reason)
    }
}

impl std::error::Error for PathError {}

impl Path {
    /// Reads a path.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        let error = |reason| PathError { path: text.to_owned(), reason };
        let mut segments = Vec::new();
        let mut rest = text;
        loop {
            if let Some(quoted) = rest.strip_prefix('"') {
                let (key, after) = unquote(quoted).ok_or_else(|| error("a quote is not closed"))?;
                segments.push(Segment::Key(key));
                rest = after;
            } else {
                let end = rest.find(['.', '[']).unwrap_or(rest.len());
                let (key, after) = rest.split_at(end);
                match key {
                    "" => return Err(error("a key is empty")),
                    "*" => segments.push(Segment::Any),
                    _ if key.contains(['*', ']', '"']) => {
                        return Err(error("a key with `*`, `]` or `\"` must be quoted"));
                    }
                    _ => segments.push(Segment::Key(key.to_owned())),
                }
                rest = after;
            }
            while let Some(after) = rest.strip_prefix("[]") {
                segments.push(Segment::Each);
                rest = after;
            }
            if rest.is_empty() {
                return Ok(Self(segments));
            }
            rest = rest.strip_prefix('.').ok_or_else(|| error("`.` or `[]` must follow a key"))?;
        }
    }

    /// The steps, from the root of the object.
    pub fn segments(&self) -> &[Segment] {
        &self.0
    }
}

/// The key up to the closing quote, and what follows it.
fn unquote(text: &str) -> Option<(String, &str)> {
    let mut key = String::new();
    let mut chars = text.char_indices();
    while let Some((at, it)) = chars.next() {
        match it {
            '"' => return Some((key, &text[at + 1..])),
            '\\' => key.push(chars.next()?.1),
            _ => key.push(it),
        }
    }
    None
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Each => f.write_str("[]")?,
                Segment::Any => write!(f, "{}*", if i == 0 { "" } else { "." })?,
                Segment::Key(key) => {
                    if i > 0 {
                        f.write_str(".")?;
                    }
                    if key.is_empty() || key.contains(['.', '[', ']', '*', '"', '\\']) {
                        write!(f, "\"{}\"", key.replace('\\', "\\\\").replace('"', "\\\""))?;
                    } else {
                        f.write_str(key)?;
                    }
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, want: Result<&str, &str>) {
        let got = Path::parse(text);
        match (&got, want) {
            (Ok(path), Ok(want)) => {
                assert_eq!(format!("{:?}", path.segments()), want);
                assert_eq!(path.to_string(), text, "a path prints as it was written");
            }
            (Err(error), Err(want)) => assert_eq!(error.reason, want),
            _ => panic!("{text}: {got:?}, expected {want:?}"),
        }
    }

    #[test]
    fn keys_lists_and_stars() {
        check("kind", Ok(r#"[Key("kind")]"#));
        check(
            "status.conditions[].type",
            Ok(r#"[Key("status"), Key("conditions"), Each, Key("type")]"#),
        );
        check("data.*", Ok(r#"[Key("data"), Any]"#));
        check("matrix[][]", Ok(r#"[Key("matrix"), Each, Each]"#));
    }

    #[test]
    fn a_key_with_dots_is_quoted() {
        check(
            r#"metadata.annotations."velero.io/source""#,
            Ok(r#"[Key("metadata"), Key("annotations"), Key("velero.io/source")]"#),
        );
        check(r#""a\"b\\c""#, Ok(r#"[Key("a\"b\\c")]"#));
    }

    #[test]
    fn what_is_no_path_is_named() {
        check("", Err("a key is empty"));
        check("a..b", Err("a key is empty"));
        check("a.", Err("a key is empty"));
        check("a[0]", Err("`.` or `[]` must follow a key"));
        check(r#""a"#, Err("a quote is not closed"));
        check("a*", Err("a key with `*`, `]` or `\"` must be quoted"));
    }
}
