//! The public [`Reader`]: opens sources, fills a collector.

use std::{
    io,
    path::{Path, PathBuf},
};

use rulebox_core::{Collector, NeedSet};

use crate::{
    input::{
        name::{FileName, name_of},
        session::Session,
        tally::Tally,
    },
    limits::Limits,
    meter::{Counts, Meter, Progress},
    object::needs::{NeedError, Needs},
    source::{
        archive::read_stream,
        folder::read_folder,
        origin::Source,
        path::{read_path, size_of_source},
    },
};

/// Reads inputs for one set of needs.
#[derive(Debug, Clone)]
pub struct Reader(pub(crate) Needs);

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
}
