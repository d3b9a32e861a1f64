//! Reads a text with outlines and with full parsers; the seeds are JSON.

use crate::yaml;

/// [`yaml::check`] for what begins like JSON; that is all of the difference.
pub(crate) fn check(bytes: &[u8]) {
    let start = bytes.trim_ascii_start();
    if start.starts_with(b"{") || start.starts_with(b"[") {
        yaml::check(bytes);
    }
}
