//! Reads a text with outlines and with full parsers; the seeds are YAML.

use crate::reader::{READER, THOROUGH, has_lost, is_starred, read_text};

/// Checks that outlines and full parsers read the same.
///
/// Not comparable if the full parsers lose something: outlines may skip the error, and then read
/// more. Nor if values were replaced by stars: this is repaired for a whole document by the one,
/// and object by object by the other.
pub(crate) fn check(bytes: &[u8]) {
    let fast = read_text(&READER, bytes);
    let full = read_text(&THOROUGH, bytes);
    if !has_lost(&full) && !is_starred(bytes) {
        assert_eq!(fast, full, "left: the fast way; right: the full parsers");
    }
}
