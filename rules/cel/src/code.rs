//! An expression that was checked: names are places, patterns are compiled, and what a message
//! about a part says is written down.

use std::rc::Rc;

use regex::Regex;

use crate::{
    functions::Function,
    syntax::{Macro, Op},
    value::Value,
};

#[derive(Debug)]
pub(crate) enum Code {
    Constant(Value),
    /// The object that is judged.
    Object,
    /// All objects of a need.
    Need(usize),
    /// A value by name of the rule.
    Let(usize),
    Settings,
    /// The element that a comprehension looks at; the outermost is 0.
    Local(usize),
    Select {
        of: Box<Code>,
        field: Rc<str>,
        shown: Rc<str>,
        optional: bool,
    },
    Has {
        of: Box<Code>,
        field: Rc<str>,
    },
    Index {
        of: Box<Code>,
        key: Box<Code>,
        shown: Rc<str>,
        optional: bool,
    },
    Call {
        function: Function,
        args: Vec<Code>,
        regex: Option<Box<Regex>>,
        shown: Rc<str>,
    },
    /// The objects of a need whose text at a path is the key, by an index.
    Lookup {
        need: usize,
        path: Rc<[Rc<str>]>,
        key: Box<Code>,
        rest: Rest,
    },
    Not(Box<Code>),
    Negate(Box<Code>),
    Binary {
        op: Op,
        sides: Box<[Code; 2]>,
        shown: Rc<str>,
    },
    And(Vec<Code>),
    Or(Vec<Code>),
    Conditional(Box<[Code; 3]>),
    List(Vec<Code>),
    Map(Vec<(Code, Code)>),
    Comprehension(Box<Comprehension>),
}

#[derive(Debug)]
pub(crate) struct Comprehension {
    pub(crate) what: Macro,
    pub(crate) range: Code,
    pub(crate) filter: Option<Code>,
    pub(crate) body: Code,
}

/// What a comprehension over a need asks of the objects that an index has found, and how it is
/// evaluated where there is no index.
#[derive(Debug)]
pub(crate) struct Rest(pub(crate) Box<Comprehension>);
