//! Hyperlinks (OSC 8): what the places of a report lead to, where a terminal knows them. Whoever
//! writes the text finds the files; a link is made of nothing but characters that were encoded.

use std::collections::BTreeMap;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};

/// What stays as it is in a path: the unreserved characters of RFC 3986, and what parts folders.
const PATH: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// A host that has anything else, as a colon, would be another part of a link.
const HOST: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.');

/// The links of places, by their input and the path inside it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Links(BTreeMap<(String, String), String>);

impl Links {
    /// A place leads to a file of a host: its absolute path.
    pub fn add(&mut self, (input, path): (&str, &str), host: &str, file: &[u8]) {
        let (host, file) = (percent_encode(host.as_bytes(), HOST), percent_encode(file, PATH));
        self.0.insert((input.to_owned(), path.to_owned()), format!("file://{host}{file}"));
    }

    pub(crate) fn of(&self, input: &str, path: &str) -> Option<&str> {
        if self.0.is_empty() {
            return None;
        }
        self.0.get(&(input.to_owned(), path.to_owned())).map(String::as_str)
    }
}

/// Text that leads somewhere.
pub(crate) fn linked(text: &str, link: &str) -> String {
    format!("\u{1b}]8;;{link}\u{1b}\\{text}\u{1b}]8;;\u{1b}\\")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(host: &str, file: &[u8], want: &str) {
        let mut links = Links::default();
        links.add(("in", "a"), host, file);
        assert_eq!(links.of("in", "a"), Some(want));
        assert_eq!(links.of("in", ""), None);
    }

    #[test]
    fn a_link_holds_nothing_that_ends_it() {
        check("h-1.example", b"/d/a_b~1.yaml", "file://h-1.example/d/a_b~1.yaml");
        check("", b"/a b;c?d#e%f", "file:///a%20b%3Bc%3Fd%23e%25f");
        check("h/x:1", b"/a\x1b]8;;\x07\n\xff", "file://h%2Fx%3A1/a%1B%5D8%3B%3B%07%0A%FF");
    }
}
