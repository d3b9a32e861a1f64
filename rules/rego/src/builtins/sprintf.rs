//! `sprintf` as OPA has it, which is Go's: a number of arguments that does not fit, and a verb that
//! a value does not take, show in the text. Where the interpreter had nothing to say, a `deny`
//! would not fire, and its rule would pass.

use std::fmt::Write as _;

use anyhow::{Result, bail};
use regorus::Value;

use super::{
    text,
    verbs::{Spec, show},
};

/// Bytes of one text.
const BYTES: usize = 1 << 20;
/// The largest width and precision; Go's.
const NUMBER: usize = 1_000_000;

/// A value as Go is given it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Argument {
    Int(i128),
    /// A whole number that is longer: its digits.
    Big(String),
    Float(f64),
    Text(String),
}

/// What was read of a format, and which argument is the next.
struct Reader<'f> {
    format: &'f [u8],
    at: usize,
    arguments: &'f [Argument],
    next: usize,
    /// Whether an argument was named by its number.
    reordered: bool,
    /// Whether the number is one of an argument.
    good: bool,
}

/// The text of a format and a list of values.
pub(super) fn sprintf(of: &[Value]) -> Result<Value> {
    let format = text("sprintf", &of[0])?;
    let Value::Array(values) = &of[1] else { bail!("sprintf takes a text and an array") };
    let arguments: Vec<_> = values.iter().map(argument).collect();
    format_all(format, &arguments).map(Value::from)
}

fn argument(value: &Value) -> Argument {
    match value {
        Value::String(it) => Argument::Text(it.to_string()),
        Value::Number(it) => match it.as_big() {
            Some(whole) => {
                let digits = whole.to_string();
                digits.parse().map_or(Argument::Big(digits), Argument::Int)
            }
            None => Argument::Float(it.as_f64().unwrap_or(f64::NAN)),
        },
        value => Argument::Text(written(value)),
    }
}

/// A value as Rego is written.
fn written(value: &Value) -> String {
    let all = |it: &mut dyn Iterator<Item = &Value>| it.map(written).collect::<Vec<_>>().join(", ");
    match value {
        Value::Array(it) => format!("[{}]", all(&mut it.iter())),
        Value::Set(it) if it.is_empty() => "set()".to_owned(),
        Value::Set(it) => format!("{{{}}}", all(&mut it.iter())),
        Value::Object(it) => {
            let pair = |it: (&Value, &Value)| format!("{}: {}", written(it.0), written(it.1));
            format!("{{{}}}", it.iter().map(pair).collect::<Vec<_>>().join(", "))
        }
        value => value.to_json_str().unwrap_or_default(),
    }
}

fn format_all(format: &str, arguments: &[Argument]) -> Result<String> {
    let bytes = format.as_bytes();
    let mut it = Reader { format: bytes, at: 0, arguments, next: 0, reordered: false, good: true };
    let mut out = String::new();
    while it.at < bytes.len() {
        let rest = &format[it.at..];
        let plain = rest.find('%').unwrap_or(rest.len());
        out.push_str(&rest[..plain]);
        it.at += plain + 1;
        if it.at <= bytes.len() && plain < rest.len() {
            it.verb(format, &mut out);
        }
        if out.len() > BYTES {
            bail!("sprintf makes a text of more than {BYTES} bytes");
        }
    }
    if !it.reordered && it.next < arguments.len() {
        let extra = arguments[it.next..]
            .iter()
            .map(|it| format!("{}={}", it.type_name(), show(it, 'v', &Spec::default())));
        let extra: Vec<_> = extra.collect();
        let _ = write!(out, "%!(EXTRA {})", extra.join(", "));
    }
    Ok(out)
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.format.get(self.at).copied()
    }

    /// What stands behind a percent sign.
    fn verb(&mut self, format: &str, out: &mut String) {
        self.good = true;
        let mut spec = Spec::default();
        while let Some(flag) = self.peek() {
            match flag {
                b'#' => spec.sharp = true,
                b'0' => spec.zero = true,
                b'+' => spec.plus = true,
                b'-' => spec.minus = true,
                b' ' => spec.space = true,
                _ => break,
            }
            self.at += 1;
        }
        let mut named = self.index();
        if self.peek() == Some(b'*') {
            self.at += 1;
            match self.number_of_argument() {
                None => out.push_str("%!(BADWIDTH)"),
                Some(width) => {
                    spec.minus |= width < 0;
                    spec.width = usize::try_from(width.unsigned_abs()).ok();
                }
            }
            named = false;
        } else {
            spec.width = self.number();
            self.good &= !(named && spec.width.is_some());
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.good &= !named;
            named = self.index();
            if self.peek() == Some(b'*') {
                self.at += 1;
                match self.number_of_argument() {
                    None => out.push_str("%!(BADPREC)"),
                    Some(precision) => spec.precision = usize::try_from(precision).ok(),
                }
                named = false;
            } else {
                spec.precision = Some(self.number().unwrap_or(0));
            }
        }
        if !named {
            self.index();
        }
        let Some(verb) = format.get(self.at..).and_then(|it| it.chars().next()) else {
            out.push_str("%!(NOVERB)");
            return;
        };
        self.at += verb.len_utf8();
        if verb == '%' {
            out.push('%');
        } else if !self.good {
            let _ = write!(out, "%!{verb}(BADINDEX)");
        } else if let Some(argument) = self.arguments.get(self.next) {
            self.next += 1;
            spec.plus &= verb != 'v';
            out.push_str(&show(argument, verb, &spec));
        } else {
            let _ = write!(out, "%!{verb}(MISSING)");
        }
    }

    fn number(&mut self) -> Option<usize> {
        let begin = self.at;
        while self.peek().is_some_and(|it| it.is_ascii_digit()) {
            self.at += 1;
        }
        let digits = std::str::from_utf8(&self.format[begin..self.at]).ok()?;
        digits.parse().ok().filter(|it| *it <= NUMBER)
    }

    /// `[1]`: the number of the argument that is meant. Whether there was one.
    fn index(&mut self) -> bool {
        if self.peek() != Some(b'[') {
            return false;
        }
        self.reordered = true;
        let rest = &self.format[self.at..];
        let Some(end) = rest.iter().position(|it| *it == b']') else {
            self.at += 1;
            self.good = false;
            return false;
        };
        let digits = std::str::from_utf8(&rest[1..end]).unwrap_or_default();
        self.at += end + 1;
        let is_number = !digits.is_empty() && digits.bytes().all(|it| it.is_ascii_digit());
        let number = digits.parse::<usize>().ok().filter(|it| is_number && *it <= NUMBER);
        match number {
            Some(number) if (1..=self.arguments.len()).contains(&number) => {
                self.next = number - 1;
            }
            _ => self.good = false,
        }
        number.is_some()
    }

    /// The next argument as a width or a precision.
    fn number_of_argument(&mut self) -> Option<i128> {
        let argument = self.arguments.get(self.next)?;
        self.next += 1;
        match argument {
            Argument::Int(it) if it.unsigned_abs() <= NUMBER as u128 => Some(*it),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What Go prints, which wrote these expectations.
    #[track_caller]
    fn check(format: &str, arguments: &str, want: &str) {
        let arguments = Value::from_json_str(arguments).expect("it is JSON");
        let made = sprintf(&[Value::from(format), arguments]).expect("it is a text");
        assert_eq!(made, Value::from(want), "{format}");
    }

    #[test]
    fn counts_that_do_not_fit_show() {
        check("%s %s", r#"["a"]"#, "a %!s(MISSING)");
        check("%s", r#"["a", "b"]"#, "a%!(EXTRA string=b)");
        check("x", r#"["a", 1, 2.5]"#, "x%!(EXTRA string=a, int=1, float64=2.5)");
        check("100%", "[]", "100%!(NOVERB)");
        check("100%%", "[]", "100%");
    }

    #[test]
    fn a_verb_that_a_value_does_not_take_shows() {
        check("%d", r#"["a"]"#, "%!d(string=a)");
        check("%d", "[1.5]", "%!d(float64=1.5)");
        check("%s", "[1]", "%!s(int=1)");
        check("%f", "[2]", "%!f(int=2)");
        check("%.2f", "[2]", "%!f(int=02)");
        check("%i", "[2]", "%!i(int=2)");
        check("%t", "[true]", "%!t(string=true)");
        check("%w", r#"["a"]"#, "%!w(string=a)");
    }

    #[test]
    fn whole_numbers() {
        check("%d %5d|%-5d|%05d", "[1, 2, 3, 4]", "1     2|3    |00004");
        check("%+d %+d % d", "[1, -1, 1]", "+1 -1  1");
        check("%+05d|%.3d|%6.3d", "[1, 2, 3]", "+0001|002|   003");
        check(
            "%x %X %#x %o %#o %O %b %#b",
            "[255, 255, 255, 8, 8, 8, 5, 5]",
            "ff FF 0xff 10 010 0o10 101 0b101",
        );
        check("%c %q %U %#U", "[97, 97, 97, 8364]", "a 'a' U+0061 U+20AC '€'");
        check("%v %T", "[1, 1]", "1 int");
        check("%.0d|%e", "[0, 1]", "|%!e(int=1)");
    }

    #[test]
    fn numbers_with_a_fraction() {
        check("%5.2f|%-7.1f|%07.2f|%+.1f", "[2.5, 2.5, -2.5, 2.5]", " 2.50|2.5    |-002.50|+2.5");
        check(
            "%f %e %E %g",
            "[2.5, 250.5, 0.00025, 0.25]",
            "2.500000 2.505000e+02 2.500000E-04 0.25",
        );
        check(
            "%v %v %v %v",
            "[0.00001, 1234567.5, 123456.5, 1.5e300]",
            "1e-05 1.2345675e+06 123456.5 1.5e+300",
        );
        check(
            "%.3g %.10g %#.3g %G",
            "[1234.5, 12.5, 1.5, 0.0000015]",
            "1.23e+03 12.5 1.50 1.5E-06",
        );
        check("%T", "[1.5]", "float64");
    }

    #[test]
    fn texts() {
        check("%-5s|%5s|%.3s|%5.1s", r#"["a", "b", "cdefg", "hi"]"#, "a    |    b|cde|    h");
        check(
            "%q %+q %#q %x %X % x %#x",
            r#"["a\"", "ä", "a", "ab", "ab", "ab", "ab"]"#,
            r#""a\"" "\u00e4" `a` 6162 6162 61 62 0x6162"#,
        );
        check("%T %v", r#"["a", "b"]"#, "string b");
        check("%5s|%.1s", r#"["äö", "äö"]"#, "   äö|ä");
    }

    #[test]
    fn values_are_written_as_in_rego() {
        check("%v %s", r#"[[1, "a"], {"k": [null, true]}]"#, r#"[1, "a"] {"k": [null, true]}"#);
        check("%v %v", "[null, false]", "null false");
        check("%T", "[[]]", "string");
    }

    #[test]
    fn arguments_are_named_by_their_number() {
        check("%[1]d %[1]d", "[1]", "1 1");
        check("%[2]s %[1]s", r#"["a", "b"]"#, "b a");
        check("%[3]d|%[x]d|%[1", "[1, 2]", "%!d(BADINDEX)|%!d(BADINDEX)|%!(NOVERB)");
        check("%*d|%-*d|%.*f", "[4, 1, 4, 2, 1, 2.25]", "   1|2   |2.2");
        check("%*d", r#"["a", 1]"#, "%!(BADWIDTH)1");
        check("%[1]*.[2]*[3]f", "[6, 1, 2.25]", "   2.2");
    }

    #[test]
    fn a_text_has_a_bound() {
        let many = "%1000000d".repeat(3);
        let arguments = Value::from_json_str("[1, 2, 3]").expect("it is JSON");
        let error = sprintf(&[Value::from(many), arguments]).expect_err("it is too long");
        assert_eq!(error.to_string(), "sprintf makes a text of more than 1048576 bytes");
    }
}
