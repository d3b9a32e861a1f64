//! The tokens of CEL.

use std::rc::Rc;

use super::{error::SyntaxError, tree::Literal};

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Literal(Literal),
    Name(String),
    /// An operator, a bracket or another sign.
    Sign(&'static str),
    End,
}

/// Longer signs stand before those that they begin with.
const SIGNS: [&str; 26] = [
    "==", "!=", "<=", ">=", "&&", "||", ".?", "[?", "<", ">", "+", "-", "*", "/", "%", "!", "?",
    ":", ".", ",", "(", ")", "[", "]", "{", "}",
];

/// Words that CEL keeps for itself, and that no variable can have for a name.
const RESERVED: [&str; 17] = [
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "package",
    "namespace",
    "return",
    "var",
    "void",
    "while",
];

/// Whether a text can be the name of a variable.
pub(crate) fn is_identifier(text: &str) -> bool {
    let letter = |c: char| c.is_ascii_alphabetic() || c == '_';
    text.starts_with(letter)
        && text.chars().all(|c| letter(c) || c.is_ascii_digit())
        && !is_reserved(text)
}

/// Whether a text is a word of CEL.
pub(crate) fn is_reserved(text: &str) -> bool {
    RESERVED.contains(&text) || matches!(text, "true" | "false" | "null" | "in")
}

/// A token, and the bytes that it was read from.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Lexed {
    pub(super) token: Token,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// All tokens of a text, with [`Token::End`] at the end.
pub(super) fn tokens(text: &str) -> Result<Vec<Lexed>, SyntaxError> {
    let mut tokens = Vec::new();
    let mut at = 0;
    loop {
        at = skip_blanks(text, at);
        let start = at;
        let rest = &text[at..];
        let Some(first) = rest.chars().next() else {
            tokens.push(Lexed { token: Token::End, start, end: start });
            return Ok(tokens);
        };
        let (token, end) = if let Some(quote) = string_start(rest) {
            string(text, at, quote)?
        } else if first.is_ascii_digit()
            || (first == '.' && rest[1..].starts_with(|c: char| c.is_ascii_digit()))
        {
            number(text, at)?
        } else if first.is_ascii_alphabetic() || first == '_' {
            let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
            let length = rest.find(|c| !word(c)).unwrap_or(rest.len());
            (name(&rest[..length], behind_dot(&tokens), at)?, at + length)
        } else if let Some(sign) = SIGNS.iter().find(|it| rest.starts_with(**it)) {
            (Token::Sign(sign), at + sign.len())
        } else {
            return Err(unknown_sign(first, rest, at));
        };
        tokens.push(Lexed { token, start, end });
        at = end;
    }
}

fn behind_dot(tokens: &[Lexed]) -> bool {
    matches!(tokens.last(), Some(Lexed { token: Token::Sign("." | ".?"), .. }))
}

fn unknown_sign(first: char, rest: &str, at: usize) -> SyntaxError {
    let help = match first {
        '=' => "equality is `==`",
        '&' => "`and` is `&&`",
        '|' => "`or` is `||`",
        '`' => "a field whose name is no word is asked for by `[\"the-name\"]`",
        '{' if rest.starts_with("{{") => "placeholders stand in texts, not in expressions",
        _ => "a text stands between quotes",
    };
    SyntaxError::new(at, format!("`{}` means nothing in CEL", first.escape_default()), help)
}

/// Blanks, line feeds and comments.
fn skip_blanks(text: &str, mut at: usize) -> usize {
    loop {
        let rest = &text[at..];
        at += rest.len() - rest.trim_start().len();
        match text[at..].strip_prefix("//") {
            Some(comment) => at += 2 + comment.find('\n').unwrap_or(comment.len()),
            None => return at,
        }
    }
}

fn name(word: &str, field: bool, at: usize) -> Result<Token, SyntaxError> {
    Ok(match word {
        "true" => Token::Literal(Literal::Bool(true)),
        "false" => Token::Literal(Literal::Bool(false)),
        "null" => Token::Literal(Literal::Null),
        "in" if !field => Token::Sign("in"),
        _ if RESERVED.contains(&word) && !field => {
            let message = format!("`{word}` is a word that CEL keeps for itself");
            return Err(SyntaxError::new(at, message, "take another name"));
        }
        _ => Token::Name(word.to_owned()),
    })
}

fn number(text: &str, at: usize) -> Result<(Token, usize), SyntaxError> {
    let rest = &text[at..];
    let hex = rest.starts_with("0x") || rest.starts_with("0X");
    let mut before = ' ';
    let length = rest
        .char_indices()
        .skip(if hex { 2 } else { 0 })
        .find(|&(at, c)| {
            let exponent = matches!(before, 'e' | 'E') && matches!(c, '+' | '-') && !hex;
            let point =
                c == '.' && !hex && rest[at + 1..].starts_with(|c: char| c.is_ascii_digit());
            before = c;
            !(c.is_ascii_alphanumeric() || c == '_' || exponent || point)
        })
        .map_or(rest.len(), |it| it.0);
    let word = &rest[..length];
    let wrong = || {
        let message = format!("`{word}` is no number");
        SyntaxError::new(at, message, "numbers are 5, 5u, 0x1f and 5.5; of 64 bits")
    };
    let (digits, unsigned) = match word.strip_suffix(['u', 'U']) {
        Some(digits) => (digits, true),
        None => (word, false),
    };
    let (digits, radix) = if hex { (&digits[2..], 16) } else { (digits, 10) };
    let literal = if unsigned {
        u64::from_str_radix(digits, radix).ok().map(Literal::Uint)
    } else if hex || digits.bytes().all(|it| it.is_ascii_digit()) {
        match u64::from_str_radix(digits, radix) {
            // One more than the largest: what stands behind a minus may be the least.
            Ok(it) if it == 1 << 63 => Some(Literal::Int(i64::MIN)),
            it => it.ok().and_then(|it| i64::try_from(it).ok()).map(Literal::Int),
        }
    } else {
        digits.parse().ok().filter(|it: &f64| it.is_finite()).map(Literal::Double)
    };
    Ok((Token::Literal(literal.ok_or_else(wrong)?), at + length))
}

/// How a text begins.
struct Quote {
    /// The prefix and the quotes, in bytes.
    length: usize,
    quotes: &'static str,
    raw: bool,
    bytes: bool,
}

fn string_start(rest: &str) -> Option<Quote> {
    let prefix = rest.bytes().take(2).take_while(|it| b"rRbB".contains(it)).count();
    let (letters, quoted) = rest.split_at(prefix);
    let all = ["\"\"\"", "'''", "\"", "'"];
    let quotes = all.into_iter().find(|it| quoted.starts_with(it))?;
    let has = |letter: char| letters.to_ascii_lowercase().contains(letter);
    let length = prefix + quotes.len();
    Some(Quote { length, quotes, raw: has('r'), bytes: has('b') })
}

/// The bytes between quotes, and where they end in the text.
fn string(text: &str, start: usize, quote: Quote) -> Result<(Token, usize), SyntaxError> {
    let Quote { length, quotes, raw, bytes } = quote;
    let mut content = Vec::new();
    let mut at = start + length;
    loop {
        let rest = &text[at..];
        if rest.starts_with(quotes) {
            at += quotes.len();
            break;
        }
        let Some(c) = rest.chars().next().filter(|c| *c != '\n' || quotes.len() == 3) else {
            let message = format!("the text that begins here is not closed by {quotes}");
            return Err(SyntaxError::new(start, message, "close it on the same line"));
        };
        if c == '\\' && !raw {
            let (value, length) = escape(rest, bytes).ok_or_else(|| {
                let shown: String = rest.chars().take(2).collect();
                let help = "a backslash is `\\\\`; in a pattern write r\"…\"";
                SyntaxError::new(at, format!("`{shown}` is no escape of CEL"), help)
            })?;
            content.extend(value);
            at += length;
        } else {
            content.extend_from_slice(&rest.as_bytes()[..c.len_utf8()]);
            at += c.len_utf8();
        }
    }
    let literal = if bytes {
        Literal::Bytes(content.into())
    } else {
        let text = String::from_utf8(content).expect("each escape gave a character");
        Literal::String(Rc::from(text))
    };
    Ok((Token::Literal(literal), at))
}

/// What an escape stands for, and its length.
fn escape(rest: &str, bytes: bool) -> Option<(Vec<u8>, usize)> {
    let kind = rest[1..].chars().next()?;
    let simple = |it: u8| Some((vec![it], 2));
    let number = |begin: usize, length: usize, radix: u32| {
        let digits = rest.get(begin..begin + length)?;
        let digits = digits.chars().all(|it| it.is_digit(radix)).then_some(digits)?;
        let value = u32::from_str_radix(digits, radix).ok()?;
        let content = if bytes {
            vec![u8::try_from(value).ok()?]
        } else {
            char::from_u32(value)?.to_string().into_bytes()
        };
        Some((content, begin + length))
    };
    match kind {
        'n' => simple(b'\n'),
        't' => simple(b'\t'),
        'r' => simple(b'\r'),
        'a' => simple(7),
        'b' => simple(8),
        'f' => simple(12),
        'v' => simple(11),
        '\\' | '\'' | '"' | '?' | '`' => simple(u8::try_from(kind).ok()?),
        'x' | 'X' => number(2, 2, 16),
        'u' if !bytes => number(2, 4, 16),
        'U' if !bytes => number(2, 8, 16),
        '0'..='3' => number(1, 3, 8),
        _ => None,
    }
}

/// Where the `}}` stands that closes a placeholder whose expression begins at the start of the
/// text: not one between quotes, and not one that closes a mapping.
pub(crate) fn placeholder_end(text: &str) -> Option<usize> {
    let (mut at, mut open) = (0, 0_usize);
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        let word = at > 0 && text[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
        let quote = string_start(rest).filter(|it| !word || it.length == it.quotes.len());
        if let Some(quote) = quote {
            at = string(text, at, quote).map_or(text.len(), |it| it.1);
            continue;
        }
        match c {
            '{' => open += 1,
            '}' if open > 0 => open -= 1,
            '}' if rest.starts_with("}}") => return Some(at),
            _ => {}
        }
        at += c.len_utf8();
    }
    None
}
