//! Looks over a text in Rego without parsing it: which functions are called, which names stand
//! where, what is imported. What is wrong with the grammar is not known here.

/// A name, or several with dots between them: `input.review.object`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Name<'t> {
    pub(crate) text: &'t str,
    /// From 1.
    pub(crate) line: u32,
    /// From 1, in characters.
    pub(crate) column: u32,
    /// Whether an opening parenthesis follows at once.
    pub(crate) called: bool,
}

/// Words that are never names.
const KEYWORDS: [&str; 15] = [
    "as", "default", "else", "every", "false", "if", "import", "in", "not", "null", "package",
    "some", "true", "with", "contains",
];

/// A token, and its line.
enum Token<'t> {
    Name(Name<'t>),
    /// A sign, or the beginning of a text or number (`"`).
    Sign(char, u32, u32),
}

/// The names of a text, in their order: none of those in comments and strings.
pub(crate) fn names(text: &str) -> Vec<Name<'_>> {
    let mut before = None;
    let mut names = Vec::new();
    for token in tokens(text) {
        match token {
            Token::Name(name) => {
                let is_call = name.text == "contains" && name.called;
                let is_name = is_call || !KEYWORDS.contains(&name.text);
                // What follows a dot is a part of another name.
                if before != Some('.') && is_name {
                    names.push(name);
                }
                before = None;
            }
            Token::Sign(sign, ..) => before = Some(sign),
        }
    }
    names
}

/// Where more than `limit` operators, brackets and dots follow each other without an end of the
/// expression.
pub(crate) fn chain(text: &str, limit: usize) -> Option<(u32, u32)> {
    let is_operator = |it: char| "+-*/%&|=<>![.".contains(it);
    let (mut length, mut before) = (0, (' ', 0));
    for token in tokens(text) {
        let (sign, line, column, parts) = match token {
            Token::Name(it) => (' ', it.line, it.column, it.text.matches('.').count()),
            Token::Sign(sign, line, column) => (sign, line, column, 0),
        };
        let ends = line != before.1 && !is_operator(before.0) && !is_operator(sign);
        if ends || ";{},:(".contains(sign) {
            length = 0;
        }
        length += parts + usize::from(is_operator(sign));
        if length > limit {
            return Some((line, column));
        }
        before = (sign, line);
    }
    None
}

/// Where more than `limit` brackets and braces are open.
pub(crate) fn depth(text: &str, limit: usize) -> Option<(u32, u32)> {
    let mut depth = 0_usize;
    for token in tokens(text) {
        match token {
            Token::Sign('[' | '{', line, column) => {
                depth += 1;
                if depth > limit {
                    return Some((line, column));
                }
            }
            Token::Sign(']' | '}', ..) => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    None
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut chars = text.char_indices().peekable();
    let (mut line, mut begin) = (1, 0);
    while let Some((at, c)) = chars.next() {
        let column =
            |begin: usize| u32::try_from(text[begin..at].chars().count() + 1).unwrap_or(u32::MAX);
        match c {
            '\n' => (line, begin) = (line + 1, at + 1),
            '#' => while chars.next_if(|it| it.1 != '\n').is_some() {},
            '"' => {
                tokens.push(Token::Sign('"', line, column(begin)));
                // One that is not closed ends with its line; the parser tells it.
                while let Some((_, c)) = chars.next_if(|it| it.1 != '\n') {
                    match c {
                        '"' => break,
                        '\\' => drop(chars.next_if(|it| it.1 != '\n')),
                        _ => {}
                    }
                }
            }
            '`' => {
                tokens.push(Token::Sign('"', line, column(begin)));
                for (at, c) in chars.by_ref() {
                    match c {
                        '`' => break,
                        '\n' => (line, begin) = (line + 1, at + 1),
                        _ => {}
                    }
                }
            }
            _ if is_letter(c) => {
                let is_part = |c: char| is_letter(c) || c.is_ascii_digit() || c == '.';
                let mut end = at + c.len_utf8();
                while let Some((at, c)) = chars.next_if(|it| is_part(it.1)) {
                    end = at + c.len_utf8();
                }
                let called = chars.peek().is_some_and(|it| it.1 == '(');
                let (column, text) = (column(begin), text[at..end].trim_end_matches('.'));
                tokens.push(Token::Name(Name { text, line, column, called }));
            }
            // A number may hold letters: 1e9.
            _ if c.is_ascii_digit() => {
                tokens.push(Token::Sign('"', line, column(begin)));
                while chars.next_if(|it| is_letter(it.1) || it.1.is_ascii_digit()).is_some() {}
            }
            _ if c.is_whitespace() => {}
            _ => tokens.push(Token::Sign(c, line, column(begin))),
        }
    }
    tokens
}

fn is_letter(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_'
}

/// By which words this text calls what it imports: `import data.lib.core as core` gives `core`.
pub(crate) fn aliases(text: &str) -> Vec<&str> {
    let imports = text.lines().filter_map(|it| it.trim().strip_prefix("import "));
    imports
        .filter_map(|it| {
            let it = it.split('#').next().unwrap_or_default().trim();
            match it.split_once(" as ") {
                Some((_, alias)) => Some(alias.trim()),
                None => it.rsplit('.').next(),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, want: &[&str]) {
        let found: Vec<_> = names(text)
            .iter()
            .map(|it| {
                let call = if it.called { "()" } else { "" };
                format!("{}:{} {}{call}", it.line, it.column, it.text)
            })
            .collect();
        assert_eq!(found, want);
    }

    #[test]
    fn names_are_told_from_text() {
        check("x := http.send({})", &["1:1 x", "1:6 http.send()"]);
        check("# http.send(x)\n y", &["2:2 y"]);
        check(r#"a := "http.send(\"x\")" b"#, &["1:1 a", "1:25 b"]);
        check("a := `x\nhttp.send(1)` + b", &["1:1 a", "2:17 b"]);
        check("a := \"open\nb", &["1:1 a", "2:1 b"]);
    }

    #[test]
    fn keywords_are_no_names_and_numbers_have_none() {
        check("not x in y", &["1:5 x", "1:10 y"]);
        check(
            "deny contains msg if contains(a, 1e9)",
            &["1:1 deny", "1:15 msg", "1:22 contains()", "1:31 a"],
        );
    }

    #[test]
    fn a_part_behind_a_bracket_is_no_name_of_its_own() {
        check("input.a[i].b.c", &["1:1 input.a", "1:9 i"]);
        check("\"ü\" y", &["1:5 y"]);
    }

    #[test]
    fn imports_have_a_word() {
        let text = "import data.lib.core\nimport data.lib.b as c # why\nimport rego.v1\nx := 1";
        assert_eq!(aliases(text), ["core", "c", "v1"]);
    }
}
