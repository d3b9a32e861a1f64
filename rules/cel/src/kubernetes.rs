//! What is known of Kubernetes' own kinds: the fields of each, and their types. It stands in
//! `kubernetes.txt`, which a test writes from the types of `k8s-openapi` (`tests/kubernetes.rs`).
//!
//! A line with `/` gives the type of a kind, `apps/Deployment=Deployment`, and one without the
//! fields of a type: `Deployment=apiVersion:s,kind:s,metadata:ObjectMeta,…`. A type is a letter
//! (`s` text, `i` whole number, `n` number, `b` true or false, `q` quantity, `t` time, `d`
//! anything), another type's name, `[` and a type for a list of it, `{` for a mapping to it.

use std::{collections::HashMap, sync::LazyLock};

use rulebox_core::closest;

use crate::types::Type;

static TABLE: LazyLock<HashMap<&'static str, &'static str>> = LazyLock::new(|| {
    let lines = include_str!("kubernetes.txt").lines();
    lines.filter(|it| !it.starts_with('#')).filter_map(|it| it.split_once('=')).collect()
});

/// The type of a kind; `Dyn` where it is none of Kubernetes' own.
pub(crate) fn kind(group: &str, kind: &str) -> Type {
    TABLE.get(format!("{group}/{kind}").as_str()).map_or(Type::Dyn, |it| Type::Object(it))
}

fn fields(object: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let fields = TABLE.get(object).copied().unwrap_or_default();
    fields.split(',').filter_map(|it| it.split_once(':'))
}

/// The type of a field of a value, as far as it is known.
pub(crate) fn field(of: &Type, name: &str) -> Result<Type, NoField> {
    match of {
        Type::Dyn => Ok(Type::Dyn),
        Type::Map(of) => Ok((**of).clone()),
        Type::Object(object) => match fields(object).find(|it| it.0 == name) {
            Some((_, word)) => Ok(read(word)),
            None => Err(NoField::Unknown { nearest: closest(name, fields(object).map(|it| it.0)) }),
        },
        Type::Optional(of) => field(of, name).map(|it| Type::Optional(Box::new(it))),
        _ => Err(NoField::NoFields),
    }
}

/// Why there is no such field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NoField {
    /// The type is known, and has others; the nearest of them.
    Unknown { nearest: Option<&'static str> },
    /// A text or a number has none.
    NoFields,
}

fn read(word: &'static str) -> Type {
    match word {
        // A time is a text in an object, and so is a quantity.
        "s" | "t" | "q" => Type::String,
        "i" => Type::Int,
        "n" => Type::Double,
        "b" => Type::Bool,
        "d" => Type::Dyn,
        _ => match (word.strip_prefix('['), word.strip_prefix('{')) {
            (Some(of), _) => Type::list(read(of)),
            (_, Some(of)) => Type::map(read(of)),
            _ => Type::Object(word),
        },
    }
}
