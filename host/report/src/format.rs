use std::{fmt, str::FromStr};

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// For people: see [`crate::text()`].
    Text,
    /// For programs: see [`crate::json()`].
    Json,
    /// For Prometheus: see [`crate::prometheus()`].
    Prometheus,
}

impl Format {
    /// All formats, in the order in which they are told.
    pub const ALL: [Self; 3] = [Self::Text, Self::Json, Self::Prometheus];

    /// The word on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
            Self::Prometheus => "prometheus",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|it| it.as_str() == word).ok_or_else(|| {
            let choices = Self::ALL.map(Self::as_str).join(", ");
            format!("`{word}` is no output format: use one of {choices}")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_names_its_format() {
        for format in Format::ALL {
            assert_eq!(format.to_string().parse(), Ok(format));
        }
    }

    #[test]
    fn an_unknown_word_is_told_the_choices() {
        let error = "yaml".parse::<Format>().unwrap_err();
        assert_eq!(error, "`yaml` is no output format: use one of text, json, prometheus");
    }
}
