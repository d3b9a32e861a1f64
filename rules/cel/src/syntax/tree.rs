//! The tree of an expression.

use std::rc::Rc;

/// An expression, and the bytes of the text from which it was read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Expr {
    pub(crate) kind: Kind,
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// How many expressions stand in each other here.
    pub(crate) depth: usize,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Kind {
    Literal(Literal),
    Name(String),
    /// `of.field`, or `of.?field`; `at` is where the field's name stands.
    Select {
        of: Box<Expr>,
        field: String,
        at: usize,
        optional: bool,
    },
    /// `has(of.field)`.
    Has {
        of: Box<Expr>,
        field: String,
        at: usize,
    },
    /// `of[key]`, or `of[?key]`.
    Index {
        of: Box<Expr>,
        key: Box<Expr>,
        optional: bool,
    },
    /// `name(args)`, or `target.name(args)`; `at` is where the name stands.
    Call {
        name: String,
        at: usize,
        target: Option<Box<Expr>>,
        args: Vec<Expr>,
    },
    Not(Box<Expr>),
    Negate(Box<Expr>),
    Binary {
        op: Op,
        sides: Box<[Expr; 2]>,
    },
    /// All of `a && b && c`.
    And(Vec<Expr>),
    /// All of `a || b || c`.
    Or(Vec<Expr>),
    /// `condition ? then : else`.
    Conditional(Box<[Expr; 3]>),
    List(Vec<Expr>),
    Map(Vec<(Expr, Expr)>),
    Comprehension(Box<Comprehension>),
}

/// `range.all(name, body)` and its kin.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Comprehension {
    pub(crate) what: Macro,
    pub(crate) range: Expr,
    pub(crate) name: String,
    /// Where the name stands.
    pub(crate) at: usize,
    /// The condition of `map` with three arguments.
    pub(crate) filter: Option<Expr>,
    pub(crate) body: Expr,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Macro {
    All,
    Exists,
    ExistsOne,
    Filter,
    Map,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Literal {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Double(f64),
    String(Rc<str>),
    Bytes(Rc<[u8]>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Op {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
}

impl Op {
    /// As it is written.
    pub(crate) fn sign(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Remainder => "%",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::In => "in",
        }
    }
}

impl Kind {
    /// The deepest of its parts.
    pub(super) fn depth(&self) -> usize {
        let deepest = |all: &[Expr]| all.iter().map(|it| it.depth).max().unwrap_or(0);
        match self {
            Self::Literal(_) | Self::Name(_) => 0,
            Self::Select { of, .. } | Self::Has { of, .. } | Self::Not(of) | Self::Negate(of) => {
                of.depth
            }
            Self::Index { of, key, .. } => of.depth.max(key.depth),
            Self::Call { target, args, .. } => {
                target.as_ref().map_or(0, |it| it.depth).max(deepest(args))
            }
            Self::Binary { sides, .. } => deepest(&sides[..]),
            Self::Conditional(parts) => deepest(&parts[..]),
            Self::And(all) | Self::Or(all) | Self::List(all) => deepest(all),
            Self::Map(entries) => {
                entries.iter().map(|(key, it)| key.depth.max(it.depth)).max().unwrap_or(0)
            }
            Self::Comprehension(it) => {
                let filter = it.filter.as_ref().map_or(0, |it| it.depth);
                it.range.depth.max(it.body.depth).max(filter)
            }
        }
    }
}
