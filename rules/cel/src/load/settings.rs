//! What expressions know of the settings of a pack.

use rulebox_text::{
    Problems,
    settings::{self, Setting},
};
use serde_json::Value;

use crate::types::Type;

/// The settings as a schema, and as what expressions know of them.
pub(super) struct Settings {
    /// Empty where there is none.
    pub(super) schema: String,
    pub(super) types: Vec<(String, Type)>,
}

pub(super) fn read(written: &[Setting], problems: &mut Problems) -> Settings {
    let types = written.iter().filter(|it| it.schema.is_object());
    let types = types.map(|it| (it.name.text.clone(), type_of(&it.schema).unwrap_or(Type::Dyn)));
    Settings { schema: settings::schema(written, problems), types: types.collect() }
}

fn type_of(schema: &Value) -> Option<Type> {
    Some(match schema.get("type")?.as_str()? {
        "string" => Type::String,
        "integer" => Type::Int,
        // JSON does not tell 5 from 5.0.
        "number" => Type::Dyn,
        "boolean" => Type::Bool,
        "array" => Type::list(schema.get("items").and_then(type_of).unwrap_or(Type::Dyn)),
        "object" => Type::map(Type::Dyn),
        _ => return None,
    })
}
