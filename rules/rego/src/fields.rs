//! Which fields of the input a need gives: what a policy reads beside them would look absent.

use rulebox_core::{ObjectNeed, Path, Segment};

use crate::{flow::How, tree::Step};

/// What each object has, whatever a need names.
const ALWAYS: [&str; 5] =
    ["apiVersion", "kind", "metadata.name", "metadata.namespace", "metadata.uid"];

/// The fields of the needs whose objects are judged.
pub(crate) struct Fields(Vec<Path>);

impl Fields {
    /// None where a need takes whole objects.
    pub(crate) fn of<'n>(needs: impl Iterator<Item = &'n ObjectNeed>) -> Option<Self> {
        let mut all = Vec::new();
        for need in needs {
            if need.fields.is_empty() {
                return None;
            }
            all.extend(need.fields.iter().map(String::as_str));
        }
        // One that cannot be read was told.
        let paths = all.into_iter().chain(ALWAYS).filter_map(|it| Path::parse(it).ok());
        Some(Self(paths.collect()))
    }

    /// Whether something of what is read there is given.
    pub(crate) fn cover(&self, steps: &[Step]) -> bool {
        let fits = |(segment, step): (&Segment, &Step)| match (segment, step) {
            (Segment::Key(key), Step::Key(read)) => key == read,
            (Segment::Each, Step::Key(_)) => false,
            (_, Step::Any) | (Segment::Any, _) => true,
        };
        self.0.iter().any(|it| it.segments().iter().zip(steps).all(fits))
    }
}

/// How much of what is read is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Given {
    Yes,
    /// Something below it, and not all that is asked for.
    Partly,
    No,
}

impl Fields {
    /// How much of what a policy reads is given.
    pub(crate) fn gives(&self, steps: &[Step], how: How) -> Given {
        if steps.is_empty() && how != How::Whole {
            return Given::Yes;
        }
        let fits = |(segment, step): (&Segment, &Step)| match (segment, step) {
            (Segment::Key(key), Step::Key(read)) => key == read,
            (Segment::Each, Step::Key(_)) | (Segment::Key(_), Step::Any) => false,
            (_, Step::Any) | (Segment::Any, _) => true,
        };
        let is_given = |it: &Path| {
            let segments = it.segments();
            let below = segments.get(steps.len());
            segments.iter().zip(steps).all(fits)
                && match how {
                    How::Through => true,
                    // A list is as long whatever is taken of its items, and each of these is there.
                    How::Exists if steps.last() == Some(&Step::Any) => true,
                    How::Exists => below.is_none_or(|it| *it == Segment::Each),
                    How::Whole => below.is_none(),
                }
        };
        if self.0.iter().any(is_given) {
            Given::Yes
        } else if self.cover(steps) {
            Given::Partly
        } else {
            Given::No
        }
    }
}

/// The path of what is read, as `fields` name it.
pub(crate) fn path(steps: &[Step]) -> String {
    let plain = |it: &str| !it.is_empty() && it.bytes().all(|b| b.is_ascii_alphanumeric());
    let mut path = String::new();
    for step in steps {
        match step {
            Step::Any => path.push_str("[]"),
            Step::Key(key) => {
                if !path.is_empty() {
                    path.push('.');
                }
                if plain(key) {
                    path.push_str(key);
                } else {
                    path.push('"');
                    path.push_str(&key.replace('\\', "\\\\").replace('"', "\\\""));
                    path.push('"');
                }
            }
        }
    }
    path
}
