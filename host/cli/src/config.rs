//! Reads the configuration file. What a configuration may say is not known here, only that its text
//! is YAML.

use std::{fs, path::Path};

use rulebox_run::Config;

use crate::exit::Failure;

/// Reads a configuration file, `rulebox.yaml`.
pub(crate) fn read(path: &Path) -> Result<Config, Failure> {
    let failure = |reason: String| {
        Failure::usage(format!("cannot use the configuration {}: {reason}", path.display()))
    };
    let text = fs::read_to_string(path).map_err(|it| failure(it.to_string()))?;
    let value = rulebox_reader::yaml::to_json_value(&text).map_err(|it| failure(it.to_string()))?;
    Config::from_value(value).map_err(|it| failure(it.message))
}
