//! What is needed, compiled: fields to project, lines to search for, and how to read.

use std::{
    collections::HashMap,
    fmt,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use regex::{Regex, RegexBuilder};
use rulebox_core::{NeedSet, Path, TextNeed, scope_of};

use super::projection::Projection;
use crate::limits::{GLOBS_BYTES, Limits, PATTERN_BYTES, PATTERNS_BYTES, SEARCH_SPEED};

/// A set of needs, compiled for reading; and how to read.
#[derive(Debug, Clone)]
pub(crate) struct Needs {
    pub(crate) set: NeedSet,
    pub(crate) projections: Vec<Projection>,
    pub(crate) texts: Vec<TextSearch>,
    pub(crate) limits: Limits,
    /// Whether to use only the full parsers.
    pub(crate) thorough: bool,
    pub(crate) threads: usize,
    /// Files that are not read where a folder holds them, with their real paths.
    pub(crate) left_out: Vec<PathBuf>,
}

/// A text need, compiled.
#[derive(Debug, Clone)]
pub(crate) struct TextSearch {
    pub(crate) paths: GlobSet,
    /// Matches a line.
    pub(crate) pattern: Regex,
    /// Finds in a text where matching lines may be; none if only each line can show it.
    pub(crate) region: Option<Regex>,
    /// What the patterns of its pack have taken.
    pub(crate) time: Arc<SearchTime>,
}

/// How long the patterns of one pack have searched, and how much.
#[derive(Debug, Default)]
pub(crate) struct SearchTime {
    nanoseconds: AtomicU64,
    bytes: AtomicU64,
}

impl SearchTime {
    pub(crate) fn add(&self, time: Duration, bytes: usize) {
        let time = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        self.nanoseconds.fetch_add(time, Ordering::Relaxed);
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Whether they may search on, where they may take so long at first.
    pub(crate) fn has_any(&self, seconds: u64) -> bool {
        let bytes = self.bytes.load(Ordering::Relaxed);
        let most = Duration::from_secs(seconds)
            .saturating_add(Duration::from_secs(bytes) / (SEARCH_SPEED << 20));
        Duration::from_nanos(self.nanoseconds.load(Ordering::Relaxed)) < most
    }
}

/// Why a need is invalid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeedError {
    /// The id of the need.
    pub need: String,
    /// What is wrong with it.
    pub reason: String,
}

impl fmt::Display for NeedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "need `{}`: {}", self.need, self.reason)
    }
}

impl std::error::Error for NeedError {}

impl Needs {
    pub(crate) fn new(set: &NeedSet) -> Result<Self, NeedError> {
        let error = |need: &str, reason: String| NeedError { need: need.to_owned(), reason };
        let projections = set.objects.iter().map(|need| {
            let paths = need.fields.iter().map(|it| Path::parse(it)).collect::<Result<Vec<_>, _>>();
            let paths = paths.map_err(|it| error(&need.id, it.to_string()))?;
            Ok(Projection::new(&paths))
        });
        let mut times: HashMap<&str, Arc<SearchTime>> = HashMap::new();
        let texts = set.texts.iter().map(|need| {
            let time = Arc::clone(times.entry(scope_of(&need.id)).or_default());
            let of_pack = set.texts.iter().filter(|it| scope_of(&it.id) == scope_of(&need.id));
            let (mut patterns, mut globs) = (0, 0);
            for it in of_pack {
                patterns += 1;
                globs += it.paths.iter().map(String::len).sum::<usize>();
            }
            if globs > GLOBS_BYTES {
                let reason = format!(
                    "the globs of all needs for texts have {globs} bytes, of which there may be \
                     {GLOBS_BYTES}: name fewer or shorter ones"
                );
                return Err(error(&need.id, reason));
            }
            TextSearch::new(need, patterns, time).map_err(|reason| error(&need.id, reason))
        });
        Ok(Self {
            projections: projections.collect::<Result<_, _>>()?,
            texts: texts.collect::<Result<_, _>>()?,
            set: set.clone(),
            limits: Limits::default(),
            thorough: false,
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            left_out: Vec::new(),
        })
    }
}

impl TextSearch {
    /// A `*` does not match a `/`; `**/` matches any number of folders, or none. `patterns`: how
    /// many its pack has.
    fn new(need: &TextNeed, patterns: usize, time: Arc<SearchTime>) -> Result<Self, String> {
        let mut paths = GlobSetBuilder::new();
        for path in &need.paths {
            let glob = GlobBuilder::new(path).literal_separator(true).build();
            paths.add(glob.map_err(|it| format!("`{path}` is no glob: {}", it.kind()))?);
        }
        let paths =
            paths.build().map_err(|it| format!("its globs are too large: {}", it.kind()))?;
        let most = PATTERN_BYTES.min(PATTERNS_BYTES / patterns.max(1));
        let pattern = compiled(&need.pattern, most).build().map_err(|it| match it {
            regex::Error::CompiledTooBig(_) => format!(
                "its pattern takes more than {most} bytes, which is its share of what the \
                 patterns of one pack may take: make its repetitions fewer, or write `(?-u:\\w)` \
                 for `\\w`"
            ),
            it => format!("`{}` is no regular expression: {it}", need.pattern),
        })?;
        Ok(Self { paths, pattern, region: region(&need.pattern, most), time })
    }
}

/// An expression that takes so many bytes at most.
fn compiled(pattern: &str, most: usize) -> RegexBuilder {
    let mut builder = RegexBuilder::new(pattern);
    builder.size_limit(most).dfa_size_limit(most);
    builder
}

/// The same expression for a text of many lines. If it matches a line, it matches the text there or
/// earlier. Not possible if the expression refers to the end of a line, which a carriage return may
/// hide, or sets other flags than the one for case.
fn region(pattern: &str, most: usize) -> Option<Regex> {
    let plain = pattern.strip_prefix("(?i)").unwrap_or(pattern);
    let groups = ["(?:", "(?P<", "(?<"].iter().map(|it| plain.matches(it).count()).sum::<usize>();
    let odd = ["$", "\\A", "\\z"].iter().any(|it| plain.contains(it));
    let by_region = !odd && plain.matches("(?").count() == groups;
    by_region.then(|| compiled(pattern, most).multi_line(true).build().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use rulebox_core::ObjectNeed;

    use super::*;

    #[test]
    fn honest_patterns_may_search_as_much_as_there_is() {
        let time = SearchTime::default();
        let after = |seconds, mib: usize| {
            time.add(Duration::from_secs(seconds), mib << 20);
            time.has_any(10)
        };
        assert!(after(9, 1) && after(1, 1), "a little beyond, for what was searched");
        assert!(!after(1, 1));
        assert!(after(100, 16 * 101));
    }

    #[track_caller]
    fn check(field: &str, path: &str, pattern: &str, want: &str) {
        let object = ObjectNeed {
            id: "o".to_owned(),
            fields: vec![field.to_owned()],
            ..ObjectNeed::default()
        };
        let text = TextNeed {
            id: "t".to_owned(),
            paths: vec![path.to_owned()],
            pattern: pattern.to_owned(),
        };
        let needs = NeedSet { objects: vec![object], texts: vec![text] };
        let error = Needs::new(&needs).expect_err("a need that cannot be read for").to_string();
        assert!(error.contains(want), "{error}");
    }

    #[test]
    fn what_is_wrong_with_a_need_is_named() {
        check("a..b", "*", "x", "need `o`: `a..b` is no field path: a key is empty");
        check("a", "[", "x", "need `t`: `[` is no glob");
        check("a", "*", "(", "need `t`: `(` is no regular expression");
    }
}
