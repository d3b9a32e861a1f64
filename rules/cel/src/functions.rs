//! The functions of expressions: what each takes and gives. What they do stands in
//! [`crate::library`].

use rulebox_core::closest;

use crate::types::Type;

/// What an argument may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Of {
    Any,
    Text,
    Int,
    /// A text, a list, a mapping, bytes.
    Sized,
    List,
    /// A time, or a text that is one.
    Time,
    /// A duration, or a text that is one.
    Duration,
    Timestamp,
    /// A quantity.
    Quantity,
    /// A quantity or a whole number.
    QuantityOrInt,
    Semver,
    Optional,
}

impl Of {
    /// Whether a value of the type may be one.
    pub(crate) fn takes(self, given: &Type) -> bool {
        if *given == Type::Dyn {
            return true;
        }
        match self {
            Self::Any => true,
            Self::Text => *given == Type::String,
            Self::Int => *given == Type::Int,
            Self::Sized => matches!(
                given,
                Type::String | Type::List(_) | Type::Map(_) | Type::Bytes | Type::Object(_)
            ),
            Self::List => matches!(given, Type::List(_)),
            Self::Time => matches!(given, Type::String | Type::Timestamp),
            Self::Duration => matches!(given, Type::String | Type::Duration),
            Self::Timestamp => *given == Type::Timestamp,
            Self::Quantity => *given == Type::Quantity,
            Self::QuantityOrInt => matches!(given, Type::Quantity | Type::Int),
            Self::Semver => *given == Type::Semver,
            Self::Optional => matches!(given, Type::Optional(_)),
        }
    }

    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Any => "anything",
            Self::Text => "a text",
            Self::Int => "a whole number",
            Self::Sized => "a text, a list or a mapping",
            Self::List => "a list",
            Self::Time => "a time, or a text such as 2026-09-15T02:30:00Z",
            Self::Duration => "a duration, or a text such as 1h30m",
            Self::Timestamp => "a time",
            Self::Quantity => "a quantity",
            Self::QuantityOrInt => "a quantity or a whole number",
            Self::Semver => "a version",
            Self::Optional => "an optional value",
        }
    }
}

/// What a function gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Gives {
    Type(Type),
    /// The type of what it is asked of.
    Target,
    /// The type of its elements.
    Element,
    /// The type that an optional value holds.
    Held,
    /// An optional value of the type of the first argument.
    OptionalOfFirst,
}

/// One form of a function.
#[derive(Debug)]
pub(crate) struct Form {
    pub(crate) name: &'static str,
    /// What it is asked of, `target.name(…)`; none for `name(…)`.
    pub(crate) target: Option<Of>,
    pub(crate) args: &'static [Of],
    /// How many of the arguments may be left out.
    pub(crate) optional: usize,
    pub(crate) gives: Gives,
    pub(crate) function: Function,
}

macro_rules! functions {
    ($($function:ident $name:literal
        $(. $target:ident)? ($($arg:ident),* $(; $optional:literal)?) -> $gives:expr;)*) => {
        /// What a form does: the name and the target tell it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Function { $($function),* }

        /// All forms of all functions.
        pub(crate) static FORMS: &[Form] = &[$(Form {
            name: $name,
            target: functions!(@target $($target)?),
            args: &[$(Of::$arg),*],
            optional: 0 $(+ $optional)?,
            gives: $gives,
            function: Function::$function,
        }),*];
    };
    (@target) => { None };
    (@target $target:ident) => { Some(Of::$target) };
}

const BOOL: Gives = Gives::Type(Type::Bool);
const INT: Gives = Gives::Type(Type::Int);
const DOUBLE: Gives = Gives::Type(Type::Double);
const TEXT: Gives = Gives::Type(Type::String);
const DYN: Gives = Gives::Type(Type::Dyn);
const QUANTITY: Gives = Gives::Type(Type::Quantity);

functions! {
    // Of CEL.
    Size "size" (Sized) -> INT;
    SizeOf "size".Sized() -> INT;
    String "string" (Any) -> TEXT;
    Int "int" (Any) -> INT;
    Uint "uint" (Any) -> Gives::Type(Type::Uint);
    Double "double" (Any) -> DOUBLE;
    Bool "bool" (Any) -> BOOL;
    Type "type" (Any) -> Gives::Type(Type::Meta);
    Dyn "dyn" (Any) -> DYN;
    Duration "duration" (Duration) -> Gives::Type(Type::Duration);
    Timestamp "timestamp" (Time) -> Gives::Type(Type::Timestamp);
    MatchesOf "matches" (Text, Text) -> BOOL;
    Matches "matches".Text(Text) -> BOOL;
    Contains "contains".Text(Text) -> BOOL;
    StartsWith "startsWith".Text(Text) -> BOOL;
    EndsWith "endsWith".Text(Text) -> BOOL;
    GetFullYear "getFullYear".Timestamp() -> INT;
    GetMonth "getMonth".Timestamp() -> INT;
    GetDate "getDate".Timestamp() -> INT;
    GetDayOfWeek "getDayOfWeek".Timestamp() -> INT;
    GetHours "getHours".Timestamp() -> INT;
    GetMinutes "getMinutes".Timestamp() -> INT;
    // Of CEL's optional values.
    OptionalOf "optional.of" (Any) -> Gives::OptionalOfFirst;
    OptionalNone "optional.none" () -> Gives::OptionalOfFirst;
    HasValue "hasValue".Optional() -> BOOL;
    HeldValue "value".Optional() -> Gives::Held;
    OrValue "orValue".Optional(Any) -> Gives::Held;
    Or "or".Optional(Optional) -> Gives::Target;
    // Of Kubernetes.
    Quantity "quantity" (Any) -> QUANTITY;
    IsQuantity "isQuantity" (Any) -> BOOL;
    IsGreaterThan "isGreaterThan".Quantity(Quantity) -> BOOL;
    IsLessThan "isLessThan".Quantity(Quantity) -> BOOL;
    CompareTo "compareTo".Quantity(Quantity) -> INT;
    IsInteger "isInteger".Quantity() -> BOOL;
    AsInteger "asInteger".Quantity() -> INT;
    AsDouble "asApproximateFloat".Quantity() -> DOUBLE;
    Sign "sign".Quantity() -> INT;
    AddQuantity "add".Quantity(QuantityOrInt) -> QUANTITY;
    SubtractQuantity "sub".Quantity(QuantityOrInt) -> QUANTITY;
    Semver "semver" (Text) -> Gives::Type(Type::Semver);
    IsSemver "isSemver" (Text) -> BOOL;
    IsLaterThan "isGreaterThan".Semver(Semver) -> BOOL;
    IsEarlierThan "isLessThan".Semver(Semver) -> BOOL;
    CompareVersion "compareTo".Semver(Semver) -> INT;
    Major "major".Semver() -> INT;
    Minor "minor".Semver() -> INT;
    Patch "patch".Semver() -> INT;
    Find "find".Text(Text) -> TEXT;
    FindAll "findAll".Text(Text) -> Gives::Type(Type::Dyn);
    IndexOfText "indexOf".Text(Text) -> INT;
    LastIndexOfText "lastIndexOf".Text(Text) -> INT;
    CharAt "charAt".Text(Int) -> TEXT;
    LowerAscii "lowerAscii".Text() -> TEXT;
    UpperAscii "upperAscii".Text() -> TEXT;
    Replace "replace".Text(Text, Text, Int; 1) -> TEXT;
    Split "split".Text(Text, Int; 1) -> DYN;
    Substring "substring".Text(Int, Int; 1) -> TEXT;
    Trim "trim".Text() -> TEXT;
    Join "join".List(Text; 1) -> TEXT;
    Sum "sum".List() -> Gives::Element;
    Min "min".List() -> Gives::Element;
    Max "max".List() -> Gives::Element;
    IsSorted "isSorted".List() -> BOOL;
    IndexOf "indexOf".List(Any) -> INT;
    LastIndexOf "lastIndexOf".List(Any) -> INT;
    Distinct "distinct".List() -> Gives::Target;
    Sort "sort".List() -> Gives::Target;
    Flatten "flatten".List() -> DYN;
    // Of Rulebox.
    Age "age" (Time) -> Gives::Type(Type::Age);
    Undecided "undecided" (Text) -> DYN;
}

/// The forms of a function, as it is called: with a target or without.
pub(crate) fn forms(name: &str, target: bool) -> impl Iterator<Item = &'static Form> {
    FORMS.iter().filter(move |it| it.name == name && it.target.is_some() == target)
}

/// How a function is written, for help.
pub(crate) fn usage(form: &Form) -> String {
    let args = form.args.iter().map(|it| match it {
        Of::Any => "value",
        Of::Text => "text",
        Of::Int => "number",
        Of::Sized | Of::List => "list",
        Of::Time | Of::Timestamp => "time",
        Of::Duration => "duration",
        Of::Quantity | Of::QuantityOrInt => "quantity",
        Of::Semver => "version",
        Of::Optional => "optional",
    });
    let mut args: Vec<_> = args.map(str::to_owned).collect();
    let first = args.len() - form.optional;
    args[first..].iter_mut().for_each(|it| *it = format!("[{it}]"));
    let target = form.target.map_or("", |it| match it {
        Of::Text => "text.",
        Of::List => "list.",
        Of::Timestamp => "time.",
        Of::Quantity => "quantity.",
        Of::Semver => "version.",
        _ => "value.",
    });
    format!("{target}{}({})", form.name, args.join(", "))
}

/// The function that was meant.
pub(crate) fn nearest(name: &str) -> Option<&'static Form> {
    const MACROS: [&str; 1] = ["has"];
    let names = FORMS.iter().map(|it| it.name).chain(MACROS);
    let nearest = closest(name, names)?;
    FORMS.iter().find(|it| it.name == nearest)
}
