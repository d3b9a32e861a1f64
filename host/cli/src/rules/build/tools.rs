//! What builds look at: which version a program is of, and what has to be made again.

use std::{fs, path::Path};

/// The major version that a program tells: `v20.11.0`, `Python 3.11.7`.
pub(crate) fn version(text: &str) -> Vec<u32> {
    let digits = text.trim_start_matches(|it: char| !it.is_ascii_digit());
    let end = digits.find(|it: char| !it.is_ascii_digit() && it != '.').unwrap_or(digits.len());
    digits[..end].split('.').map_while(|it| it.parse().ok()).collect()
}

/// Whether a file is not there, or older than another that is.
pub(crate) fn is_older(made: &Path, source: &Path) -> bool {
    let modified = |path: &Path| fs::metadata(path).and_then(|it| it.modified()).ok();
    modified(made).is_none_or(|made| modified(source).is_some_and(|it| it > made))
}

#[cfg(test)]
mod tests {
    use super::version;

    #[test]
    fn a_version_is_found_in_what_programs_say() {
        assert_eq!(version("v20.11.0\n"), [20, 11, 0]);
        assert_eq!(version("Python 3.13.0rc1"), [3, 13, 0]);
        assert_eq!(version("none"), [0; 0]);
    }
}
