//! What functions of Rego do with parts that they are given.

use super::How;

/// What is known of a function.
pub(super) enum Known {
    /// It gives what it is given, or a part of it, in a list where it takes lists.
    Passes,
    /// It gives the members of members: `union`.
    Flattens,
    /// `object.get`
    Get,
    /// It only looks.
    Takes(How),
}

pub(super) fn known(name: &str) -> Known {
    match name {
        "array.concat" | "array.slice" | "array.reverse" | "sort" | "object.union"
        | "object.filter" | "object.remove" => Known::Passes,
        "union" | "intersection" | "object.union_n" => Known::Flattens,
        "object.get" => Known::Get,
        "count" | "is_array" | "is_boolean" | "is_null" | "is_number" | "is_object" | "is_set"
        | "is_string" | "type_name" => Known::Takes(How::Exists),
        // It changes nothing of what is found.
        "print" | "trace" => Known::Takes(How::Through),
        _ => Known::Takes(How::Whole),
    }
}
