//! The file of a pack, looked at before anything is compiled: refused in few words, or of a shape
//! that can be compiled. Must not panic or hang.

use rulebox_core::text::escape;
use rulebox_engine::{Limits, PackError, PackErrorKind, checks};

/// What a component begins with.
const HEADER: &[u8] = b"\0asm\x0d\0\x01\0";

pub(crate) fn check(bytes: &[u8]) {
    let limits = Limits::default();
    if let Err(kind) = checks::component(bytes, &limits) {
        check_told(kind);
    }
    if !bytes.starts_with(HEADER) {
        // So that nothing is wasted on the first eight bytes.
        if let Err(kind) = checks::component(&[HEADER, bytes].concat(), &limits) {
            check_told(kind);
        }
    }
}

/// What is told of a pack that was refused is short, and nothing of it is hidden.
pub(crate) fn check_told(kind: PackErrorKind) {
    for failure in (PackError { pack: "pack.wasm".to_owned(), kind }).failures() {
        for text in [&failure.message, &failure.help] {
            assert_eq!(escape(text), **text, "escaped");
            // 2 KiB of a pack's words, each character of which may be shown by ten.
            assert!(text.len() < 24 << 10, "{} bytes", text.len());
        }
    }
}
