//! Reads the configuration file, and says where in it a problem stands. What a configuration may
//! say is not known here, only that its text is YAML.

use std::{
    io,
    path::{Path, PathBuf},
};

use rulebox_reader::yaml;
use rulebox_run::{Config, RunError};

use crate::{exit::Failure, files};

/// A thousand suppressions are 200 kB; what is longer is another file.
const LONGEST: usize = 1 << 20;

/// The text of a configuration file, `rulebox.yaml`; nothing where none was named.
#[derive(Debug, Default)]
pub(crate) struct ConfigFile {
    path: PathBuf,
    text: String,
}

/// Reads a configuration file.
pub(crate) fn read(path: &Path) -> Result<(Config, ConfigFile), Failure> {
    let mut file = ConfigFile { path: path.to_owned(), text: String::new() };
    let bytes = files::read_small(path, LONGEST).map_err(|it| {
        let help = match it.kind() {
            io::ErrorKind::NotFound => "check the path",
            _ => "name a file such as rulebox.yaml: a few lines of YAML",
        };
        file.failure(&files::words(&it)).help(help)
    })?;
    file.text = String::from_utf8(bytes).map_err(|it| file.failure(&format!("{it}")))?;
    let value = yaml::to_json_value(&file.text).map_err(|it| file.failure(&it.to_string()))?;
    let config = Config::from_value(value).map_err(|it| file.explain(it))?;
    Ok((config, file))
}

impl ConfigFile {
    /// As it was written.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The failure of a run: with the file and the line, where the configuration is to blame.
    pub(crate) fn explain(&self, error: RunError) -> Failure {
        let RunError { message, help, place: Some(place) } = error else { return error.into() };
        let line = yaml::line_of(&self.text, &place);
        let line = line.map(|it| format!("line {it}: ")).unwrap_or_default();
        self.failure(&format!("{line}{message}")).help(help)
    }

    /// The failure of a run, where the file cannot be used.
    pub(crate) fn failure(&self, reason: &str) -> Failure {
        let file = self.path.display();
        Failure::usage(format!("cannot use the configuration {file}: {reason}"))
    }
}
