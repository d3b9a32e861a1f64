//! The objects of a kind as a rule reads them: a stream of what there is.

use std::{marker::PhantomData, rc::Rc, vec};

use rulebox_core::{Coverage, ObjectRef};

use crate::{
    Argument, Declaration, Object, ObjectCursor, Run, Seen, kept::Answers, seen::Unreadable,
};

/// How many objects cross the boundary in one call: enough that the call itself does not count
/// (0.25 µs an object at 1, unmeasurable at 128), few enough that a batch of fat objects stays
/// small.
const BATCH: u32 = 128;

/// The objects of a kind that a rule cannot judge without: where the source does not cover them
/// completely and the rule finds nothing, it shows as `no data`.
///
/// They come a batch at a time. A few MiB of them are kept for the next iteration, in this rule or
/// another; more are read again, so that memory stays flat. An object that does not fit the struct
/// is skipped, and the rule is undecided about it, with the field named.
pub struct Objects<'r, T>(Reader<'r, T>);

/// The objects of a kind that only add to what a rule says: a cause, an event, a limit.
pub struct Consulted<'r, T>(Reader<'r, T>);

struct Reader<'r, T> {
    run: &'r Run<'r>,
    object: PhantomData<T>,
}

impl<T> Clone for Reader<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Reader<'_, T> {}

impl<'r, T: Object> Reader<'r, T> {
    fn iter(self) -> Iter<'r, T> {
        let from = match self.run.kept().get() {
            Some(answers) => From::Kept { answers, at: 0 },
            None => From::Host {
                cursor: self.run.host().open(T::ID),
                batch: Vec::new().into_iter(),
                keep: Some((Vec::new(), 0)),
            },
        };
        Iter { run: self.run, from }
    }
}

macro_rules! reader {
    ($name:ident, $declare:ident) => {
        impl<'r, T: Object> $name<'r, T> {
            /// The objects, in the order of namespace and name.
            pub fn iter(&self) -> Iter<'r, T> {
                self.0.iter()
            }

            /// Those that do not fit the struct, so that the iteration skips them: they are not
            /// absent. The name of one is empty where that cannot be read either.
            pub fn unreadable(&self) -> Vec<ObjectRef> {
                let mut iter = self.0.iter();
                let answers = std::iter::from_fn(|| iter.answer());
                answers.filter_map(Result::err).map(|it| *it.about).collect()
            }

            /// Whether the source could show them.
            pub fn coverage(&self) -> Coverage {
                self.0.run.host().covers(T::ID)
            }
        }

        impl<'r, T: Object> IntoIterator for $name<'r, T> {
            type Item = Seen<T>;
            type IntoIter = Iter<'r, T>;

            fn into_iter(self) -> Iter<'r, T> {
                self.iter()
            }
        }

        impl<'r, T: Object> IntoIterator for &$name<'r, T> {
            type Item = Seen<T>;
            type IntoIter = Iter<'r, T>;

            fn into_iter(self) -> Iter<'r, T> {
                self.iter()
            }
        }

        impl<'r, T: Object> Argument<'r> for $name<'r, T> {
            fn declare(declaration: &mut Declaration) {
                declaration.$declare(T::need());
            }

            fn take(run: &'r Run<'r>) -> Self {
                Self(Reader { run, object: PhantomData })
            }
        }
    };
}

reader!(Objects, requires);
reader!(Consulted, consults);

/// Reads objects a batch at a time.
pub struct Iter<'r, T> {
    run: &'r Run<'r>,
    from: From<'r, T>,
}

/// Where objects come from.
enum From<'r, T> {
    /// Who has iterated to their end before.
    Kept { answers: Rc<Answers<T>>, at: usize },
    Host {
        cursor: Box<dyn ObjectCursor + 'r>,
        batch: vec::IntoIter<String>,
        /// What has come so far, and its size in bytes of JSON; none if that is too much to keep.
        keep: Option<(Answers<T>, usize)>,
    },
}

impl<T: Object> Iter<'_, T> {
    /// The next object, or what is wrong with it.
    fn answer(&mut self) -> Option<Result<Seen<T>, Unreadable>> {
        match &mut self.from {
            From::Kept { answers, at } => {
                *at += 1;
                answers.get(*at - 1).cloned()
            }
            From::Host { cursor, batch, keep } => {
                if batch.as_slice().is_empty() {
                    *batch = cursor.next(BATCH).into_iter();
                }
                let kept = self.run.kept();
                let Some(json) = batch.next() else {
                    if let Some((answers, bytes)) = keep.take() {
                        kept.put(answers, bytes);
                    }
                    return None;
                };
                let length = json.len();
                let answer = Seen::read(json);
                *keep = keep.take().filter(|(_, bytes)| kept.has_room(bytes + length));
                if let Some((answers, bytes)) = keep {
                    answers.push(answer.clone());
                    *bytes += length;
                }
                Some(answer)
            }
        }
    }
}

impl<T: Object> Iterator for Iter<'_, T> {
    type Item = Seen<T>;

    fn next(&mut self) -> Option<Seen<T>> {
        loop {
            match self.answer()? {
                Ok(seen) => return Some(seen),
                Err(it) => self.run.undecided(&it.reason),
            }
        }
    }
}
