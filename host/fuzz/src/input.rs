//! Anything: text, compressed files, archives. Must not panic, hang (`-timeout`), or hold more than
//! the limits allow (`-rss_limit_mb`).

use std::sync::LazyLock;

use rulebox_reader::Reader;

use crate::reader::{READER, read_stream, small_limits};

static SMALL: LazyLock<Reader> = LazyLock::new(|| READER.clone().with_limits(small_limits()));

pub(crate) fn check(bytes: &[u8]) {
    let reading = read_stream(&SMALL, bytes);
    let problems: usize = reading.inputs.iter().map(|it| it.problems.len()).sum();
    // One more counts the rest, and there is one for each reason to skip files, and for each limit.
    assert!(problems <= 16 + 8 + 24, "{problems} problems");
}
