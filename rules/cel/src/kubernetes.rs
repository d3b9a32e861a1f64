//! The types of Kubernetes' own kinds and of their fields, as expressions have them.

use rulebox_text::kubernetes;
pub(crate) use rulebox_text::kubernetes::NoField;

use crate::types::Type;

/// The type of a kind; `Dyn` where it is none of Kubernetes' own.
pub(crate) fn kind(group: &str, kind: &str) -> Type {
    kubernetes::kind(group, kind).map_or(Type::Dyn, Type::Object)
}

/// The type of a field of a value, as far as it is known.
pub(crate) fn field(of: &Type, name: &str) -> Result<Type, NoField> {
    match of {
        Type::Dyn => Ok(Type::Dyn),
        Type::Map(of) => Ok((**of).clone()),
        Type::Object(object) => kubernetes::field(object, name).map(read),
        Type::Optional(of) => field(of, name).map(|it| Type::Optional(Box::new(it))),
        _ => Err(NoField::NoFields),
    }
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
