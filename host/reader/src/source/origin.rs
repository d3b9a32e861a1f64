//! What a caller names to be read.

use std::{fmt, io::Read, path::PathBuf};

/// Something to read.
pub enum Source {
    /// A file, an archive or a folder.
    Path(PathBuf),
    /// Standard input.
    Stdin,
    /// Another stream, and its name in reports.
    Stream(String, Box<dyn Read + Send>),
}

impl Source {
    /// Its name in reports: the path as given, `-` for standard input.
    pub fn name(&self) -> String {
        match self {
            Self::Path(path) => path.display().to_string(),
            Self::Stdin => "-".to_owned(),
            Self::Stream(name, _) => name.clone(),
        }
    }
}

/// `-` is standard input, anything else a path.
impl From<&str> for Source {
    fn from(argument: &str) -> Self {
        if argument == "-" { Self::Stdin } else { Self::Path(argument.into()) }
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Source").field(&self.name()).finish()
    }
}
