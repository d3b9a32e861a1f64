//! Reads a text with outlines and with full parsers; the seeds are JSON.

#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};

fuzz_target!(|bytes: &[u8]| -> Corpus {
    // The other target reads the rest.
    if !bytes.trim_ascii_start().starts_with(b"{") && !bytes.trim_ascii_start().starts_with(b"[") {
        return Corpus::Reject;
    }
    rulebox_reader_fuzz::compare_both_ways(bytes);
    Corpus::Keep
});
