//! Reads a text in pieces and as a whole. The first byte is the size of the pieces.

use rulebox_core::Places;
use rulebox_reader::Limits;

use crate::reader::{
    READER, has_lone_return, has_lost, is_starred, only_begins_like_json, read_stream,
};

pub(crate) fn check(bytes: &[u8]) {
    let Some((size, bytes)) = bytes.split_first() else { return };
    // Archives are for another target.
    if bytes.iter().take(6).any(|it| !it.is_ascii_graphic() && !it.is_ascii_whitespace()) {
        return;
    }
    // Binary files are recognised by their first kilobytes; real pieces are not smaller.
    if bytes.contains(&0) {
        return;
    }
    let window_bytes = 16 + usize::from(*size);
    let read = |reader| {
        let mut reading = read_stream(reader, bytes);
        // A piece may not show on which line an odd item begins.
        reading.places = Places::default();
        reading
    };
    let whole = read(&READER);
    let pieces = READER.clone().with_limits(Limits { window_bytes, ..Limits::default() });
    let pieces = read(&pieces);
    // A piece may show less of an error.
    if has_lost(&whole) || is_starred(bytes) {
        return;
    }
    // Some things show only in the whole text, and are reported if that is not held: invalid JSON,
    // lone carriage returns, words of objects, an object with `items`.
    let problems = pieces.inputs.iter().flat_map(|it| &it.problems);
    let shows_late = only_begins_like_json(bytes)
        || has_lone_return(bytes)
        || whole.objects.is_empty()
        || problems.into_iter().any(|it| it.reason.contains("one object that has `items`"));
    if has_lost(&pieces) && shows_late {
        return;
    }
    assert_eq!(pieces, whole, "left: pieces of {window_bytes} bytes; right: the whole text");
}
