//! The public [`Reader`]: opens sources, reads lists, fills a collector.

use std::{
    io,
    path::{Path, PathBuf},
};

use rulebox_core::{Collector, Concerns, NeedSet, Problem, Selection};

use crate::{
    answer::{self, Answer},
    input::{
        name::{FileName, name_of},
        session::Session,
        tally::Tally,
    },
    limits::Limits,
    meter::{Counts, Meter, Progress},
    object::{
        intake::Setting,
        needs::{NeedError, Needs},
    },
    source::{
        archive::read_stream,
        folder::read_folder,
        origin::Source,
        path::{read_path, size_of_source},
    },
    type_meta::TypeMeta,
};

/// What a list from an API server states about itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListPage {
    /// `metadata.continue`: requests the next page; empty on the last one.
    pub continue_token: String,
    /// `metadata.resourceVersion`: a watch continues from here.
    pub resource_version: String,
    /// Number of objects on this page.
    pub objects: usize,
    /// Whether the page has `items`, even if there are none or they are `null`. An answer without
    /// them must not pass for an empty list.
    pub listed: bool,
}

/// Reads inputs for one set of needs.
#[derive(Debug, Clone)]
pub struct Reader(Needs);

impl Reader {
    /// A reader with the default [`Limits`]. It may fill collectors for the same needs only.
    pub fn new(needs: &NeedSet) -> Result<Self, NeedError> {
        Needs::new(needs).map(Self)
    }

    /// The same reader with other limits.
    #[must_use]
    pub fn with_limits(self, limits: Limits) -> Self {
        Self(Needs { limits, ..self.0 })
    }

    /// The same reader with this number of threads, at least one; by default one per core that the
    /// process may use. The result does not depend on it.
    #[must_use]
    pub fn with_threads(self, threads: usize) -> Self {
        Self(Needs { threads: threads.max(1), ..self.0 })
    }

    /// The same reader, which leaves these files out where a folder holds them: the outputs of the
    /// run that an earlier one has left there. The paths are real ones, without links.
    #[must_use]
    pub fn without(self, files: Vec<PathBuf>) -> Self {
        Self(Needs { left_out: files, ..self.0 })
    }

    /// Number of threads.
    pub fn threads(&self) -> usize {
        self.0.threads
    }

    /// The same reader, which parses every document in full: slow, for comparison.
    #[must_use]
    pub fn thorough(self) -> Self {
        Self(Needs { thorough: true, ..self.0 })
    }

    /// Reads inputs into a collector, in order.
    ///
    /// Never fails as a whole: what could not be read becomes a problem of its input. The content
    /// of a file decides what it is, never its name.
    ///
    /// # Panics
    ///
    /// If the collector is for other needs than the reader.
    pub fn read(
        &self,
        sources: Vec<Source>,
        collector: &mut Collector,
        progress: &mut dyn FnMut(&Progress<'_>),
    ) {
        assert_eq!(collector.needs(), &self.0.set, "a collector for the reader's needs");
        let selection = collector.selection().clone();
        let total = sources.iter().map(size_of_source).sum();
        let mut counts = Counts { total, ..Counts::default() };
        for source in sources {
            let name = source.name();
            collector.begin_input(&name);
            counts.input = name;
            let meter = Meter::new(counts, &mut *progress);
            let tally = Tally::new(&self.0, &mut *collector, meter);
            let mut session = Session::new(&selection, tally);
            match source {
                Source::Path(path) if path.is_dir() => read_folder(&mut session, &path),
                Source::Path(path) => read_path(&mut session, &path, &name_of(&path)),
                Source::Stdin => {
                    read_stream(&mut session, &FileName::default(), io::stdin());
                }
                Source::Stream(name, stream) => {
                    read_stream(&mut session, &name_of(Path::new(&name)), stream);
                }
            }
            counts = session.finish();
        }
    }

    /// Reads one plain text (YAML, JSON, lines for text needs) as an input of its own.
    ///
    /// # Panics
    ///
    /// If the collector is for other needs than the reader.
    pub fn read_text(&self, name: &str, bytes: &[u8], collector: &mut Collector) {
        assert_eq!(collector.needs(), &self.0.set, "a collector for the reader's needs");
        collector.begin_input(name);
        let mut silent = |_: &Progress<'_>| {};
        let selection = collector.selection().clone();
        let meter = Meter::new(Counts::default(), &mut silent);
        let mut session = Session::new(&selection, Tally::new(&self.0, collector, meter));
        session.file(&name_of(Path::new(name)), bytes, None);
        session.finish();
    }

    /// Reads one page of a JSON list from an API server into the current input of the collector.
    ///
    /// Items of typed lists state no type, so `items` gives it: group, version, kind. Errors become
    /// problems of the input, at `place`.
    ///
    /// # Panics
    ///
    /// If the collector is for other needs than the reader.
    pub fn read_list(
        &self,
        bytes: &[u8],
        items: (&str, &str, &str),
        place: &str,
        collector: &mut Collector,
    ) -> ListPage {
        assert_eq!(collector.needs(), &self.0.set, "a collector for the reader's needs");
        let (group, version, kind) = items;
        let lost = |line, reason: String| {
            let concerns = Concerns::kind(group, kind);
            Problem { place: place.to_owned(), line, reason, concerns }
        };
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                collector.problem(lost(None, format!("the answer is no text: {error}")));
                return ListPage::default();
            }
        };
        let separator = if group.is_empty() { "" } else { "/" };
        let api_version = format!("{group}{separator}{version}");
        let given = Some(TypeMeta { api_version, kind: kind.to_owned() });
        let mut silent = |_: &Progress<'_>| {};
        let selection = collector.selection().clone();
        let meter = Meter::new(Counts::default(), &mut silent);
        let mut session = Session::new(&selection, Tally::new(&self.0, &mut *collector, meter));
        let outcome = session.parse(text, false, &Setting { given, ..Setting::default() });
        session.finish();
        let input = collector.input();
        input.bytes += bytes.len() as u64;
        if let Some(loss) = outcome.loss {
            collector.problem(lost(Some(loss.line), loss.reason));
        } else if let Some((_, count)) = outcome.nameless {
            collector.problem(lost(
                None,
                format!("{count} of kind {kind} without `metadata.name`: left out"),
            ));
        } else if outcome.other {
            collector.problem(lost(None, format!("the answer is no list of {kind}")));
        }
        ListPage {
            continue_token: outcome.continue_token,
            resource_version: outcome.resource_version,
            objects: outcome.objects,
            listed: outcome.listed,
        }
    }

    /// Reads what an API server answers to a list, or sends of an object in a watch, as copies.
    ///
    /// Items of typed lists state no type, so `given` states it: group, version, kind. The
    /// selection must be of the reader's needs.
    pub fn answer(&self, bytes: &[u8], given: (&str, &str, &str), selection: &Selection) -> Answer {
        answer::read(&self.0, selection, bytes, given)
    }
}
