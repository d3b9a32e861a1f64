//! Reads a text with outlines and with full parsers; the seeds are YAML.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| rulebox_reader_fuzz::compare_both_ways(bytes));
