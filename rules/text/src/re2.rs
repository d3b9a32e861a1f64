//! Patterns as RE2 has them, by which Kubernetes, CEL and OPA read regular expressions, made into
//! those of the crate `regex`.
//!
//! Both read most patterns alike. RE2 knows ASCII alone by `\d`, `\s`, `\w` and `\b`; it takes a
//! brace or a bracket that opens nothing as it stands; and in its classes `&&`, `--` and `~~` mean
//! nothing: <https://github.com/google/re2/wiki/Syntax>. What RE2 refuses is refused here too.

use std::{fmt::Write as _, iter::Peekable, str::Chars};

use regex::{Regex, RegexBuilder};

/// Bytes that a compiled pattern may take.
const BYTES: usize = 1 << 20;
/// Groups in each other.
const NEST: u32 = 50;
/// How often RE2 repeats something, at most.
const REPEATS: u32 = 1000;

/// Reads a pattern: each character of a text is then looked at once, whatever the pattern is. An
/// error is a sentence.
pub fn compile(pattern: &str) -> Result<Regex, String> {
    let built = RegexBuilder::new(&translate(pattern)?).size_limit(BYTES).nest_limit(NEST).build();
    built.map_err(|it| match it {
        regex::Error::CompiledTooBig(_) => "it takes too much memory".to_owned(),
        it => it.to_string().lines().last().unwrap_or_default().trim().replace("error: ", ""),
    })
}

/// The same pattern for the crate `regex`.
fn translate(pattern: &str) -> Result<String, String> {
    let mut it = Translator { rest: pattern.chars().peekable(), out: String::new() };
    it.pattern()?;
    Ok(it.out)
}

struct Translator<'p> {
    rest: Peekable<Chars<'p>>,
    out: String,
}

/// What an escape stands for.
enum Escaped {
    One(char),
    /// A class, as it stands in another one.
    Class(String),
    /// `\b`, `\A`, …: a place, and no character.
    Place(&'static str),
    /// `\Q`
    Quote,
}

/// The classes that are named as `[:alpha:]`.
const NAMES: [&str; 14] = [
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct",
    "space", "upper", "word", "xdigit",
];

/// Which thing stands before a sign that repeats.
#[derive(PartialEq, Eq)]
enum Before {
    Nothing,
    Something,
    Repeated,
}

impl Translator<'_> {
    fn pattern(&mut self) -> Result<(), String> {
        let mut before = Before::Nothing;
        while let Some(c) = self.rest.next() {
            let mut now = Before::Something;
            match c {
                '\\' => match self.escaped()? {
                    Escaped::One(c) => self.literal(c),
                    Escaped::Class(it) => self.write(&["[", &it, "]"]),
                    Escaped::Place(it) => self.write(&[it]),
                    Escaped::Quote => {
                        if !self.quote() {
                            now = before;
                        }
                    }
                },
                '[' => self.class()?,
                '(' => {
                    self.group()?;
                    now = Before::Nothing;
                }
                '|' => {
                    self.out.push('|');
                    now = Before::Nothing;
                }
                '*' | '+' | '?' => {
                    self.repeat(&before, &c.to_string())?;
                    now = Before::Repeated;
                }
                '{' => match self.times() {
                    None => self.literal('{'),
                    Some((least, most, sign)) => {
                        if least > most || most > REPEATS {
                            return Err("invalid repetition count".to_owned());
                        }
                        self.repeat(&before, &sign)?;
                        now = Before::Repeated;
                    }
                },
                ')' | '.' | '^' | '$' => self.out.push(c),
                c => self.literal(c),
            }
            before = now;
        }
        Ok(())
    }

    fn write(&mut self, parts: &[&str]) {
        self.out.extend(parts.iter().copied());
    }

    /// A character as it stands.
    fn literal(&mut self, c: char) {
        literal(&mut self.out, c);
    }

    fn repeat(&mut self, before: &Before, sign: &str) -> Result<(), String> {
        match before {
            Before::Something => {}
            Before::Nothing => {
                return Err(format!("missing argument to repetition operator: `{sign}`"));
            }
            Before::Repeated => return Err("invalid nested repetition operator".to_owned()),
        }
        self.out.push_str(sign);
        if self.rest.next_if_eq(&'?').is_some() {
            self.out.push('?');
        }
        Ok(())
    }

    /// What follows `{` where it repeats, `2}`, `2,}` or `2,3}`: how often at least and at most,
    /// and how that is written. None where it does not.
    fn times(&mut self) -> Option<(u32, u32, String)> {
        let text: String = self.rest.clone().take(32).take_while(|it| *it != '}').collect();
        let number = |it: &str| {
            let plain = it == "0" || !it.starts_with('0');
            let digits = !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit());
            (plain && digits).then(|| it.parse().unwrap_or(u32::MAX))
        };
        let (least, most) = match text.split_once(',') {
            None => (number(&text)?, number(&text)?),
            Some((least, "")) => (number(least)?, number(least)?),
            Some((least, most)) => (number(least)?, number(most)?),
        };
        let mut ahead = self.rest.clone();
        // Behind the digits stands the brace, or the end of the pattern.
        ahead.nth(text.chars().count()).filter(|it| *it == '}')?;
        self.rest = ahead;
        Some((least, most, format!("{{{text}}}")))
    }

    /// What follows `(`.
    fn group(&mut self) -> Result<(), String> {
        self.out.push('(');
        if self.rest.next_if_eq(&'?').is_none() {
            return Ok(());
        }
        self.out.push('?');
        match self.rest.peek() {
            Some('P' | '<') => {
                let mut name = String::new();
                for c in self.rest.by_ref() {
                    name.push(c);
                    if c == '>' {
                        break;
                    }
                }
                let inner = name.trim_start_matches('P').strip_prefix('<');
                let inner = inner.and_then(|it| it.strip_suffix('>'));
                let word = |it: &str| it.chars().all(|c| c == '_' || c.is_alphanumeric());
                if !inner.is_some_and(|it| !it.is_empty() && word(it)) {
                    return Err("invalid named capture".to_owned());
                }
                self.out.push_str(&name);
                Ok(())
            }
            _ => loop {
                match self.rest.next() {
                    Some(c @ (':' | ')')) => {
                        self.out.push(c);
                        return Ok(());
                    }
                    Some(c @ ('i' | 'm' | 's' | 'U' | '-')) => self.out.push(c),
                    _ => return Err("invalid or unsupported group".to_owned()),
                }
            },
        }
    }

    /// What stands between `\Q` and `\E`, or the end. False where it is nothing.
    fn quote(&mut self) -> bool {
        let mut any = false;
        while let Some(c) = self.rest.next() {
            if c == '\\' && self.rest.next_if_eq(&'E').is_some() {
                break;
            }
            self.literal(c);
            any = true;
        }
        any
    }

    /// What follows a backslash.
    fn escaped(&mut self) -> Result<Escaped, String> {
        let Some(c) = self.rest.next() else {
            return Err("trailing backslash at the end of the pattern".to_owned());
        };
        Ok(match c {
            'A' => Escaped::Place(r"\A"),
            'z' => Escaped::Place(r"\z"),
            'b' => Escaped::Place(r"(?-u:\b)"),
            'B' => Escaped::Place(r"(?-u:\B)"),
            'Q' => Escaped::Quote,
            'd' | 'D' | 's' | 'S' | 'w' | 'W' => Escaped::Class(perl(c).to_owned()),
            'p' | 'P' => Escaped::Class(self.property(c == 'P')?),
            c => Escaped::One(self.escaped_character(c)?),
        })
    }

    /// `\n`, `\x7F`, `\012`, `\.`: the character that is meant by what follows a backslash.
    fn escaped_character(&mut self, c: char) -> Result<char, String> {
        let wrong = || format!("invalid escape sequence: `\\{c}`");
        let code = match c {
            'a' => 7,
            'f' => 12,
            'n' => 10,
            'r' => 13,
            't' => 9,
            'v' => 11,
            '0'..='7' => {
                let mut code = c.to_digit(8).unwrap_or_default();
                let more = self.rest.peek().is_some_and(|it| it.is_digit(8));
                if c != '0' && !more {
                    return Err(wrong());
                }
                for _ in 0..2 {
                    let Some(next) = self.rest.next_if(|it| it.is_digit(8)) else { break };
                    code = code * 8 + next.to_digit(8).unwrap_or_default();
                }
                code
            }
            'x' => {
                let digits: String = if self.rest.next_if_eq(&'{').is_some() {
                    self.rest.by_ref().take_while(|it| *it != '}').collect()
                } else {
                    self.rest.by_ref().take(2).collect()
                };
                u32::from_str_radix(&digits, 16).map_err(|_| wrong())?
            }
            c if c.is_ascii() && !c.is_ascii_alphanumeric() => return Ok(c),
            _ => return Err(wrong()),
        };
        char::from_u32(code).ok_or_else(wrong)
    }

    /// `N`, `{Greek}`, `{^Greek}`, as it stands in a class.
    fn property(&mut self, mut negated: bool) -> Result<String, String> {
        let mut name = match self.rest.next() {
            Some('{') => self.rest.by_ref().take_while(|it| *it != '}').collect(),
            Some(c) => c.to_string(),
            None => String::new(),
        };
        if let Some(rest) = name.strip_prefix('^') {
            negated = !negated;
            name = rest.to_owned();
        }
        if name.is_empty() || !name.chars().all(|it| it.is_ascii_alphabetic() || it == '_') {
            return Err("invalid character class range".to_owned());
        }
        Ok(format!(r"\{}{{{name}}}", if negated { 'P' } else { 'p' }))
    }

    /// What follows `[`.
    fn class(&mut self) -> Result<(), String> {
        self.out.push('[');
        if self.rest.next_if_eq(&'^').is_some() {
            self.out.push('^');
        }
        let mut first = true;
        loop {
            let missing = || "missing closing `]`".to_owned();
            let c = self.rest.next().ok_or_else(missing)?;
            if c == ']' && !first {
                self.out.push(']');
                return Ok(());
            }
            first = false;
            if c == '[' && self.rest.peek() == Some(&':') && self.named_class()? {
                continue;
            }
            let low = match c {
                '\\' => match self.escaped()? {
                    Escaped::One(c) => c,
                    Escaped::Class(it) => {
                        self.out.push_str(&it);
                        continue;
                    }
                    Escaped::Place(_) | Escaped::Quote => {
                        return Err("invalid escape sequence in a class".to_owned());
                    }
                },
                c => c,
            };
            self.literal(low);
            let mut ahead = self.rest.clone();
            if ahead.next() != Some('-') || ahead.next().is_none_or(|it| it == ']') {
                continue;
            }
            self.rest.next();
            let high = match self.rest.next().ok_or_else(missing)? {
                '\\' => match self.escaped()? {
                    Escaped::One(c) => c,
                    _ => return Err("invalid character class range".to_owned()),
                },
                c => c,
            };
            if high < low {
                return Err(format!("invalid character class range: `{low}-{high}`"));
            }
            self.out.push('-');
            self.literal(high);
        }
    }

    /// `[:alpha:]` behind its first bracket. False where it is none, and nothing was read.
    fn named_class(&mut self) -> Result<bool, String> {
        let text: String = self.rest.clone().collect();
        let Some(end) = text.find(":]").filter(|it| *it > 0) else { return Ok(false) };
        let name = &text[1..end];
        let plain = name.strip_prefix('^').unwrap_or(name);
        if !NAMES.contains(&plain) {
            return Err(format!("invalid character class range: `[:{name}:]`"));
        }
        self.write(&["[:", name, ":]"]);
        for _ in 0..text[..end + 2].chars().count() {
            self.rest.next();
        }
        Ok(true)
    }
}

/// A class of Perl in ASCII, as it stands in another class.
fn perl(c: char) -> &'static str {
    match c {
        'd' => "0-9",
        'D' => "[^0-9]",
        's' => r"\t\n\f\r\x20",
        'S' => r"[^\t\n\f\r\x20]",
        'w' => "0-9A-Za-z_",
        _ => "[^0-9A-Za-z_]",
    }
}

/// Writes a character of a pattern that means itself.
pub fn literal(out: &mut String, c: char) {
    if c.is_ascii() && !c.is_ascii_alphanumeric() {
        // A text takes all that is written to it.
        let _ = write!(out, r"\x{:02X}", u32::from(c));
    } else {
        out.push(c);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, text: &str, want: bool) {
        let regex = compile(pattern).unwrap_or_else(|it| panic!("{pattern}: {it}"));
        assert_eq!(regex.is_match(text), want, "{pattern} {text} {regex}");
    }

    #[test]
    fn classes_take_signs_as_they_stand() {
        check(r"^[\w-./]+$", "docker.io/lib-x", true);
        check(r"^[\w-.]+$", "a-b", true);
        check(r"^[\d-a]+$", "1-a", true);
        check(r"^[\d-a]+$", "b", false);
        check("^[[]$", "[", true);
        check("^[[a]$", "[", true);
        check("^[a-z&&b]$", "&", true);
        check("^[a-z&&b]$", "c", true);
        check("^[+--]$", ",", true);
        check("^[a-b--]$", "c", false);
        check("^[a~~b]$", "~", true);
        check("^[]a]$", "]", true);
        check("^[^]a]$", "b", true);
        check("^[a-]$", "-", true);
        check("^[[:alpha:]-]+$", "a-", true);
        check("^[[:^alpha:]]$", "a", false);
        check(r"^[\pL\d]+$", "ä1", true);
        check(r"^[\W]$", "ä", true);
        check(r"^[^\s]$", "x", true);
        check(r"^[^\D]$", "1", true);
        check(r"^[^\D]$", "x", false);
    }

    #[test]
    fn braces_that_repeat_nothing_stand_for_themselves() {
        check("^{{.*}}$", "{{x}}", true);
        check("^a{$", "a{", true);
        check("^a{,2}$", "a{,2}", true);
        check("^a{2}$", "aa", true);
        check("^a{1,2}?$", "aa", true);
        check("^a{2,}$", "aaa", true);
        check("^a{01}$", "a{01}", true);
        check("^a]}$", "a]}", true);
    }

    #[test]
    fn quoted_texts_are_no_patterns() {
        check(r"^\Qa.b\E$", "a.b", true);
        check(r"^\Qa.b\E$", "axb", false);
        check(r"^\Qa.b", "a.b*", true);
        check(r"^\Qab\E+$", "abb", true);
        check(r"^\<\>\_$", "<>_", true);
        check(r"^\x{41}\x42\103\n$", "ABC\n", true);
    }

    #[test]
    fn classes_by_letters_know_ascii_alone() {
        check(r"^\d$", "٣", false);
        check(r"^\w$", "ä", false);
        check(r"^\D\W\S$", "ääx", true);
        check(r"ä\b", "ä", false);
        check(r"ä\B", "ä", true);
        check(r"a\b", "a b", true);
        check(r"^\p{Greek}\p{^Greek}\PN$", "αab", true);
        check("(?i)^ERP$", "erp", true);
        check("^(?P<a>x)(?<b>y)(?:z)$", "xyz", true);
    }

    #[test]
    fn what_re2_refuses_is_refused() {
        for pattern in [
            "(",
            ")",
            "[",
            "[a",
            "[]",
            "*",
            "a**",
            "a{2}{3}",
            "a|*",
            r"\1",
            r"\Z",
            r"\y",
            r"\",
            "(?=a)",
            "(?x)a",
            r"(a)\1",
            "[b-a]",
            "[[:word]:]]x[:y:]",
            r"[a-\d]",
            "a{1001}",
            "(?P<>a)",
            r"\p{Nothing}",
            r"[\b]",
        ] {
            assert!(compile(pattern).is_err(), "{pattern}");
        }
    }
}
