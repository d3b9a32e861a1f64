//! From tokens to a tree.

use super::{
    error::SyntaxError,
    lexer::{Lexed, Token, tokens},
    tree::{Comprehension, Expr, Kind, Literal, Macro, Op},
};

/// How many expressions may stand in each other. What people write has ten; whoever walks over a
/// tree, on any stack, takes so many steps down.
const DEPTH: usize = 80;
/// Bytes of one expression.
const BYTES: usize = 64 << 10;

/// Reads a whole text as one expression.
pub(crate) fn parse(text: &str) -> Result<Expr, SyntaxError> {
    if text.len() > BYTES {
        let message = format!("the expression is longer than {BYTES} bytes");
        return Err(SyntaxError::new(0, message, "part it by `let`"));
    }
    let mut parser = Parser { text, tokens: tokens(text)?, at: 0, open: 0 };
    let expr = parser.conditional()?;
    if *parser.peek() == Token::End {
        return Ok(expr);
    }
    Err(parser.unexpected("the expression ends before it, or an operator is missing"))
}

struct Parser<'t> {
    text: &'t str,
    tokens: Vec<Lexed>,
    at: usize,
    /// Expressions that have begun and not ended.
    open: usize,
}

type Parsed = Result<Expr, SyntaxError>;

impl Parser<'_> {
    fn peek(&self) -> &Token {
        &self.tokens[self.at].token
    }

    fn start(&self) -> usize {
        self.tokens[self.at].start
    }

    /// Where the token before ends.
    fn end(&self) -> usize {
        self.at.checked_sub(1).map_or(0, |it| self.tokens[it].end)
    }

    fn take(&mut self) -> Token {
        let token = self.tokens[self.at].token.clone();
        if token != Token::End {
            self.at += 1;
        }
        token
    }

    fn takes(&mut self, sign: &str) -> bool {
        let is_next = matches!(self.peek(), Token::Sign(it) if *it == sign);
        if is_next {
            self.at += 1;
        }
        is_next
    }

    fn expect(&mut self, sign: &str, help: &str) -> Result<(), SyntaxError> {
        if self.takes(sign) { Ok(()) } else { Err(self.unexpected(help)) }
    }

    fn unexpected(&self, help: &str) -> SyntaxError {
        let Lexed { token, start, end } = &self.tokens[self.at];
        let message = match token {
            Token::End if self.at == 0 => "an expression is missing".to_owned(),
            Token::End => "the expression breaks off".to_owned(),
            _ => format!("`{}` is not expected here", &self.text[*start..*end]),
        };
        SyntaxError::new(*start, message, help)
    }

    fn too_deep(at: usize) -> SyntaxError {
        let message = format!("more than {DEPTH} expressions stand in each other");
        SyntaxError::new(at, message, "part it by `let`")
    }

    fn make(&self, kind: Kind, start: usize) -> Parsed {
        let depth = kind.depth() + 1;
        if depth > DEPTH {
            return Err(Self::too_deep(start));
        }
        Ok(Expr { kind, start, end: self.end(), depth })
    }

    /// One that stands in another, behind a bracket or a sign.
    fn inner(&mut self, parse: fn(&mut Self) -> Parsed) -> Parsed {
        self.open += 1;
        if self.open > DEPTH {
            return Err(Self::too_deep(self.start()));
        }
        let parsed = parse(self);
        self.open -= 1;
        parsed
    }

    fn conditional(&mut self) -> Parsed {
        let start = self.start();
        let condition = self.or()?;
        if !self.takes("?") {
            return Ok(condition);
        }
        let then = self.inner(Self::or)?;
        self.expect(":", "a condition is `condition ? then : else`")?;
        let other = self.inner(Self::conditional)?;
        self.make(Kind::Conditional(Box::new([condition, then, other])), start)
    }

    fn or(&mut self) -> Parsed {
        self.chain("||", Self::and, Kind::Or)
    }

    fn and(&mut self) -> Parsed {
        self.chain("&&", Self::relation, Kind::And)
    }

    fn chain(
        &mut self,
        sign: &str,
        part: fn(&mut Self) -> Parsed,
        kind: fn(Vec<Expr>) -> Kind,
    ) -> Parsed {
        let start = self.start();
        let mut parts = vec![part(self)?];
        while self.takes(sign) {
            parts.push(part(self)?);
        }
        match parts.len() {
            1 => Ok(parts.swap_remove(0)),
            _ => self.make(kind(parts), start),
        }
    }

    fn relation(&mut self) -> Parsed {
        const OPS: [Op; 7] = [
            Op::Equal,
            Op::NotEqual,
            Op::Less,
            Op::LessOrEqual,
            Op::Greater,
            Op::GreaterOrEqual,
            Op::In,
        ];
        self.binary(&OPS, Self::sum)
    }

    fn sum(&mut self) -> Parsed {
        self.binary(&[Op::Add, Op::Subtract], Self::product)
    }

    fn product(&mut self) -> Parsed {
        self.binary(&[Op::Multiply, Op::Divide, Op::Remainder], Self::unary)
    }

    fn binary(&mut self, ops: &[Op], side: fn(&mut Self) -> Parsed) -> Parsed {
        let start = self.start();
        let mut left = side(self)?;
        while let Some(&op) = ops.iter().find(|it| self.takes(it.sign())) {
            let sides = Box::new([left, side(self)?]);
            left = self.make(Kind::Binary { op, sides }, start)?;
        }
        Ok(left)
    }

    fn unary(&mut self) -> Parsed {
        let start = self.start();
        if self.takes("!") {
            let of = self.inner(Self::unary)?;
            return self.make(Kind::Not(Box::new(of)), start);
        }
        if self.takes("-") {
            if let Token::Literal(Literal::Int(value)) = *self.peek() {
                self.at += 1;
                // The least stands for its own amount, which is one too large: see the lexer.
                let value = value.checked_neg().unwrap_or(i64::MIN);
                let literal = self.make(Kind::Literal(Literal::Int(value)), start)?;
                return self.members(literal, start);
            }
            let of = self.inner(Self::unary)?;
            return self.make(Kind::Negate(Box::new(of)), start);
        }
        let primary = self.primary()?;
        self.members(primary, start)
    }

    /// What follows an expression by `.` and `[`.
    fn members(&mut self, mut of: Expr, start: usize) -> Parsed {
        loop {
            let optional = matches!(self.peek(), Token::Sign(".?" | "[?"));
            if self.takes(".") || self.takes(".?") {
                let at = self.start();
                let Token::Name(field) = self.peek().clone() else {
                    let help = "the name of a field follows a dot; one that is no word stands in \
                                `[\"the-name\"]`";
                    return Err(self.unexpected(help));
                };
                self.at += 1;
                if !optional && self.takes("(") {
                    of = self.member_call(of, field, at, start)?;
                } else {
                    of =
                        self.make(Kind::Select { of: Box::new(of), field, at, optional }, start)?;
                }
            } else if self.takes("[") || self.takes("[?") {
                let key = self.inner(Self::conditional)?;
                self.expect("]", "an index ends with `]`")?;
                let (of_, key) = (Box::new(of), Box::new(key));
                of = self.make(Kind::Index { of: of_, key, optional }, start)?;
            } else {
                return Ok(of);
            }
        }
    }

    fn member_call(&mut self, target: Expr, name: String, at: usize, start: usize) -> Parsed {
        let args = self.arguments()?;
        let what = match name.as_str() {
            "all" => Macro::All,
            "exists" => Macro::Exists,
            "exists_one" | "existsOne" => Macro::ExistsOne,
            "filter" => Macro::Filter,
            "map" => Macro::Map,
            _ => {
                let target = Some(Box::new(target));
                return self.make(Kind::Call { name, at, target, args }, start);
            }
        };
        let wrong = || {
            let form = if what == Macro::Map { "it, value" } else { "it, condition" };
            let message = format!("`{name}` takes a name and an expression");
            SyntaxError::new(at, message, format!("write `list.{name}({form})`"))
        };
        let mut args = args.into_iter();
        let variable = args.next().ok_or_else(wrong)?;
        let Kind::Name(variable_name) = variable.kind else { return Err(wrong()) };
        let (filter, body) = match (args.next(), args.next(), args.next()) {
            (Some(body), None, _) => (None, body),
            (Some(filter), Some(body), None) if what == Macro::Map => (Some(filter), body),
            _ => return Err(wrong()),
        };
        let it = Comprehension {
            what,
            range: target,
            name: variable_name,
            at: variable.start,
            filter,
            body,
        };
        self.make(Kind::Comprehension(Box::new(it)), start)
    }

    /// Up to the closing bracket.
    fn arguments(&mut self) -> Result<Vec<Expr>, SyntaxError> {
        self.list(")", "arguments are parted by `,`, and end with `)`")
    }

    fn list(&mut self, close: &str, help: &str) -> Result<Vec<Expr>, SyntaxError> {
        let mut items = Vec::new();
        while !self.takes(close) {
            items.push(self.inner(Self::conditional)?);
            if !self.takes(",") {
                self.expect(close, help)?;
                break;
            }
        }
        Ok(items)
    }

    fn primary(&mut self) -> Parsed {
        let (start, before) = (self.start(), self.at);
        match self.take() {
            Token::Literal(Literal::Int(i64::MIN)) => {
                let message = "the number is larger than 64 bits hold";
                Err(SyntaxError::new(start, message, "write 5u, or a number with a point"))
            }
            Token::Literal(literal) => self.make(Kind::Literal(literal), start),
            Token::Name(name) if self.takes("(") => self.call(name, start),
            Token::Name(name) => self.make(Kind::Name(name), start),
            Token::Sign("(") => {
                let inner = self.inner(Self::conditional)?;
                self.expect(")", "a bracket is not closed: `)` is missing")?;
                // The brackets belong to it: they are shown with it.
                Ok(Expr { start, end: self.end(), ..inner })
            }
            Token::Sign("[") => {
                let items = self.list("]", "a list is `[a, b]`")?;
                self.make(Kind::List(items), start)
            }
            Token::Sign("{") => self.map(start),
            Token::Sign(_) | Token::End => {
                self.at = before;
                Err(self.unexpected("a value stands here: a name, a number, a text, a list"))
            }
        }
    }

    fn call(&mut self, name: String, start: usize) -> Parsed {
        let mut args = self.arguments()?;
        if name != "has" {
            return self.make(Kind::Call { name, at: start, target: None, args }, start);
        }
        let last = args.pop().map(|it| it.kind);
        if let (Some(Kind::Select { of, field, at, optional: false }), true) =
            (last, args.is_empty())
        {
            return self.make(Kind::Has { of, field, at }, start);
        }
        let help = "write `has(object.spec.nodeName)`; of a key that is no word `\"the-key\" in \
                    object.metadata.labels`";
        Err(SyntaxError::new(start, "`has` asks for one field, behind a dot", help))
    }

    fn map(&mut self, start: usize) -> Parsed {
        let mut entries = Vec::new();
        while !self.takes("}") {
            let key = self.inner(Self::conditional)?;
            self.expect(":", "a mapping is `{\"key\": value}`")?;
            entries.push((key, self.inner(Self::conditional)?));
            if !self.takes(",") {
                self.expect("}", "a mapping is `{\"key\": value}`")?;
                break;
            }
        }
        self.make(Kind::Map(entries), start)
    }
}
