//! Holds a run of the program to what it must say.

use crate::program::Ran;

/// It ended with a code, and printed words.
#[track_caller]
pub(crate) fn held(ran: &Ran, code: i32, want: &[&str]) {
    let Ran { code: ended, out, err } = ran;
    assert_eq!(*ended, code, "{out}{err}");
    for words in want {
        assert!((out.clone() + err).contains(words), "no {words:?}: {out}{err}");
    }
}
