//! A text piece by piece, and as a whole. The first byte says how large the pieces are.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rulebox_reader::Limits;
use rulebox_reader_fuzz::{
    READER, has_lone_return, has_lost, is_starred, only_begins_like_json, read_stream,
};

fuzz_target!(|bytes: &[u8]| {
    let Some((size, bytes)) = bytes.split_first() else { return };
    // What begins like an archive is none of this target's business.
    if bytes.iter().take(6).any(|it| !it.is_ascii_graphic() && !it.is_ascii_whitespace()) {
        return;
    }
    // What is no text shows in its first kilobytes, which no real piece is smaller than.
    if bytes.contains(&0) {
        return;
    }
    let window_bytes = 16 + usize::from(*size);
    let whole = read_stream(&READER, bytes);
    let pieces = READER.clone().with_limits(Limits { window_bytes, ..Limits::default() });
    let pieces = read_stream(&pieces, bytes);
    // Of what is broken a piece may show less.
    if has_lost(&whole) || is_starred(bytes) {
        return;
    }
    // What shows only in all of a text is told where that is not held: that it is no JSON, that carriage returns break
    // its lines, that its words are those of objects, that what has `items` is one object.
    let problems = pieces.inputs.iter().flat_map(|it| &it.problems);
    let shows_late = only_begins_like_json(bytes)
        || has_lone_return(bytes)
        || whole.objects.is_empty()
        || problems.into_iter().any(|it| it.reason.contains("one object that has `items`"));
    if has_lost(&pieces) && shows_late {
        return;
    }
    assert_eq!(pieces, whole, "left: pieces of {window_bytes} bytes; right: the whole text");
});
