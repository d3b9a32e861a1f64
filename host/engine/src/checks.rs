//! What is checked of a pack without running it, one function for each thing that it sends: its
//! file, its description, its settings. [`Engine::load`](crate::Engine::load) calls the same
//! checks; here they stand for whoever holds them to something without running a pack: the fuzzer
//! (`host/fuzz`).

use rulebox_core::PackInfo;
use serde_json::Value;

use crate::{
    Limits, PackErrorKind, SettingsError, description, settings, shape,
    verify::{self, Role},
};

/// Checks a pack's file before it is compiled: that it is a component, the names of what it imports
/// and exports, and its shape.
pub fn component(bytes: &[u8], limits: &Limits) -> Result<(), PackErrorKind> {
    verify::bytes(bytes, limits)?;
    shape::check(bytes, Role::Pack)
}

/// Checks what a pack says of itself, but for its settings schema; its sentences are escaped in
/// what is returned.
pub fn description(info: PackInfo) -> Result<PackInfo, PackErrorKind> {
    description::check(info)
}

/// What is wrong with a settings schema. An empty text says that the pack has no settings.
pub fn settings_schema(schema: &str) -> Result<(), String> {
    settings::check_schema(schema)
}

/// The settings of a run: [`Pack::settings`](crate::Pack::settings).
pub fn settings(schema: &str, user: Option<&Value>) -> Result<String, SettingsError> {
    settings::complete(schema, user)
}
