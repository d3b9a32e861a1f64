//! Anything: text, compressed files, archives. Must not panic, hang (`-timeout`), or hold more than
//! the limits allow (`-malloc_limit_mb`).

#![no_main]

use std::sync::LazyLock;

use rulebox_reader::Reader;
use rulebox_reader_fuzz::{READER, read_stream, small_limits};

static SMALL: LazyLock<Reader> = LazyLock::new(|| READER.clone().with_limits(small_limits()));

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let reading = read_stream(&SMALL, bytes);
    let problems: usize = reading.inputs.iter().map(|it| it.problems.len()).sum();
    // One more counts the rest, and there is one for each reason to skip files.
    assert!(problems <= 16 + 8, "{problems} problems");
});
