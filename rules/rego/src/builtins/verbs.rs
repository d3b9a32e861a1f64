//! The verbs of `sprintf` over one value: Go's `fmt`.

use std::fmt::Write as _;

use super::sprintf::Argument;

/// What stands between the percent sign and the verb.
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of Go's formats")]
#[derive(Debug, Default)]
pub(super) struct Spec {
    pub(super) sharp: bool,
    pub(super) zero: bool,
    pub(super) plus: bool,
    pub(super) minus: bool,
    pub(super) space: bool,
    pub(super) width: Option<usize>,
    pub(super) precision: Option<usize>,
}

impl Argument {
    /// The type that Go has for it.
    pub(super) fn type_name(&self) -> &'static str {
        match self {
            Self::Int(it) if i64::try_from(*it).is_ok() => "int",
            Self::Int(_) | Self::Big(_) => "*big.Int",
            Self::Float(_) => "float64",
            Self::Text(_) => "string",
        }
    }
}

/// A value by a verb; one that it does not take shows with the value.
pub(super) fn show(argument: &Argument, verb: char, spec: &Spec) -> String {
    if verb == 'T' {
        return spec.pad(argument.type_name());
    }
    let shown = match argument {
        Argument::Int(it) => integer(it.unsigned_abs(), *it < 0, verb, spec),
        Argument::Big(digits) => matches!(verb, 'd' | 's' | 'v').then(|| spec.pad(digits)),
        Argument::Float(it) => float(*it, verb, spec),
        Argument::Text(it) => word(it, verb, spec),
    };
    shown.unwrap_or_else(|| {
        format!("%!{verb}({}={})", argument.type_name(), show(argument, 'v', spec))
    })
}

impl Spec {
    /// Zeros in place of spaces stand to the left alone.
    fn pad(&self, text: &str) -> String {
        self.pad_with(text, if self.zero && !self.minus { '0' } else { ' ' })
    }

    fn pad_with(&self, text: &str, with: char) -> String {
        let missing = self.width.unwrap_or(0).saturating_sub(text.chars().count());
        let padding = with.to_string().repeat(missing);
        if self.minus { format!("{text}{padding}") } else { format!("{padding}{text}") }
    }
}

fn integer(number: u128, negative: bool, verb: char, spec: &Spec) -> Option<String> {
    let digits = match verb {
        'd' | 'v' => number.to_string(),
        'b' => format!("{number:b}"),
        'o' | 'O' => format!("{number:o}"),
        'x' => format!("{number:x}"),
        'X' => format!("{number:X}"),
        'c' => return Some(spec.pad(&rune(number, negative).to_string())),
        'q' => {
            return Some(spec.pad(&quoted(&rune(number, negative).to_string(), '\'', spec.plus)));
        }
        'U' if !negative => {
            let mut text =
                format!("U+{number:0>width$X}", width = spec.precision.unwrap_or(4).max(4));
            if let Some(c) = u32::try_from(number).ok().and_then(char::from_u32)
                && spec.sharp
            {
                let _ = write!(text, " '{c}'");
            }
            return Some(spec.pad_with(&text, ' '));
        }
        _ => return None,
    };
    let signed = negative || spec.plus || spec.space;
    let least = match (spec.precision, spec.width) {
        (Some(0), _) if number == 0 => return Some(spec.pad_with("", ' ')),
        (Some(precision), _) => precision,
        (None, Some(width)) if spec.zero && !spec.minus => width - usize::from(signed && width > 0),
        _ => 0,
    };
    let digits = format!("{digits:0>least$}");
    let prefix = match verb {
        'O' => "0o",
        'b' if spec.sharp => "0b",
        'o' if spec.sharp && !digits.starts_with('0') => "0",
        'x' if spec.sharp => "0x",
        'X' if spec.sharp => "0X",
        _ => "",
    };
    let sign = match negative {
        true => "-",
        false if spec.plus => "+",
        false if spec.space => " ",
        false => "",
    };
    Some(spec.pad_with(&format!("{sign}{prefix}{digits}"), ' '))
}

/// The character of a number.
fn rune(number: u128, negative: bool) -> char {
    let code = u32::try_from(number).ok().filter(|_| !negative);
    code.and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER)
}

fn float(number: f64, verb: char, spec: &Spec) -> Option<String> {
    let small = verb.to_ascii_lowercase();
    let digits = number.abs();
    let text = match verb {
        'f' | 'F' => format!("{digits:.*}", spec.precision.unwrap_or(6)),
        'e' | 'E' => exponent(&format!("{digits:.*e}", spec.precision.unwrap_or(6))),
        'g' | 'G' | 'v' => general(digits, spec.precision),
        _ => return None,
    };
    let text = if spec.sharp && verb != 'v' { pointed(&text, small, spec.precision) } else { text };
    let text = if verb.is_ascii_uppercase() { text.to_uppercase() } else { text };
    let sign = match number.is_sign_negative() {
        true => "-",
        false if spec.plus => "+",
        false if spec.space => " ",
        false => "",
    };
    let width = spec.width.unwrap_or(0).saturating_sub(sign.len());
    if spec.zero && !spec.minus {
        return Some(format!("{sign}{text:0>width$}"));
    }
    Some(spec.pad_with(&format!("{sign}{text}"), ' '))
}

/// Go's exponent has a sign, and two digits at least.
fn exponent(text: &str) -> String {
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let (sign, digits) = match exponent.strip_prefix('-') {
        Some(digits) => ('-', digits),
        None => ('+', exponent),
    };
    format!("{mantissa}e{sign}{digits:0>2}")
}

/// As few digits as tell the number, or as many as the precision says, with an exponent where that
/// is large.
fn general(number: f64, precision: Option<usize>) -> String {
    let precision = precision.map(|it| it.max(1));
    let text = match precision {
        Some(precision) => format!("{number:.*e}", precision - 1),
        None => format!("{number:e}"),
    };
    let (mantissa, power) = text.split_once('e').unwrap_or((&text, "0"));
    let power: i32 = power.parse().unwrap_or(0);
    let mantissa = if mantissa.contains('.') {
        mantissa.trim_end_matches('0').trim_end_matches('.')
    } else {
        mantissa
    };
    let count =
        i32::try_from(mantissa.len() - usize::from(mantissa.contains('.'))).unwrap_or(i32::MAX);
    let limit = match precision.map(|it| i32::try_from(it).unwrap_or(i32::MAX)) {
        // Go's, for as few digits as there are.
        None => 6,
        Some(precision) if precision > count && count > power => count,
        Some(precision) => precision,
    };
    if power < -4 || power >= limit {
        return exponent(&format!("{mantissa}e{power}"));
    }
    let decimals = usize::try_from(count - 1 - power).unwrap_or(0);
    format!("{number:.decimals$}")
}

/// A decimal point, and the zeros behind it that the verb g leaves out.
fn pointed(text: &str, verb: char, precision: Option<usize>) -> String {
    let (mantissa, tail) = match text.find('e') {
        Some(at) => text.split_at(at),
        None => (text, ""),
    };
    let mut made = mantissa.to_owned();
    if !made.contains('.') {
        made.push('.');
    }
    if verb == 'g' {
        let significant = mantissa.trim_start_matches(['0', '.']).chars();
        let shown = significant.filter(|it| *it != '.').count().max(usize::from(mantissa == "0"));
        made.push_str(&"0".repeat(precision.unwrap_or(6).saturating_sub(shown)));
    }
    made + tail
}

fn word(text: &str, verb: char, spec: &Spec) -> Option<String> {
    let cut = || match spec.precision.and_then(|it| text.char_indices().nth(it)) {
        Some((end, _)) => &text[..end],
        None => text,
    };
    match verb {
        'v' if spec.sharp => Some(spec.pad(&quoted(cut(), '"', false))),
        'v' | 's' => Some(spec.pad(cut())),
        'q' if spec.sharp
            && !cut().contains(|it: char| it == '`' || it.is_control() && it != '\t') =>
        {
            Some(spec.pad(&format!("`{}`", cut())))
        }
        'q' => Some(spec.pad(&quoted(cut(), '"', spec.plus))),
        'x' | 'X' => Some(spec.pad(&hexadecimal(text, verb, spec))),
        _ => None,
    }
}

fn hexadecimal(text: &str, verb: char, spec: &Spec) -> String {
    let byte = |it: u8| if verb == 'x' { format!("{it:02x}") } else { format!("{it:02X}") };
    let bytes: Vec<_> = text.bytes().take(spec.precision.unwrap_or(usize::MAX)).map(byte).collect();
    let prefix = match (spec.sharp && !bytes.is_empty(), verb) {
        (false, _) => "",
        (true, 'x') => "0x",
        (true, _) => "0X",
    };
    let between = if spec.space { format!(" {prefix}") } else { String::new() };
    format!("{prefix}{}", bytes.join(&between))
}

/// As Go writes it in a program.
fn quoted(text: &str, quote: char, ascii: bool) -> String {
    let mut made = String::from(quote);
    for c in text.chars() {
        match c {
            '\\' => made.push_str("\\\\"),
            '\n' => made.push_str("\\n"),
            '\r' => made.push_str("\\r"),
            '\t' => made.push_str("\\t"),
            '\u{7}' => made.push_str("\\a"),
            '\u{8}' => made.push_str("\\b"),
            '\u{b}' => made.push_str("\\v"),
            '\u{c}' => made.push_str("\\f"),
            c if c == quote => made.extend(['\\', c]),
            c if c.is_ascii_control() => drop(write!(made, "\\x{:02x}", u32::from(c))),
            c if c.is_control() || ascii && !c.is_ascii() => {
                let code = u32::from(c);
                let _ = match code {
                    0..=0xffff => write!(made, "\\u{code:04x}"),
                    _ => write!(made, "\\U{code:08x}"),
                };
            }
            c => made.push(c),
        }
    }
    made.push(quote);
    made
}
