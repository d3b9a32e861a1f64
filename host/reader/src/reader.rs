use std::{fs, io, os::unix::ffi::OsStrExt, path::Path};

use rulebox_core::{Collector, Problem};
use walkdir::WalkDir;

use crate::{
    input::{
        name::{FileName, Folder, name_of},
        session::Session,
        tally::Tally,
    },
    journal::PassedOver,
    meter::{Counts, Meter, Progress},
    object::{intake::Setting, needs::Reader},
    source::{
        archive::{read_file, read_stream},
        origin::Source,
        pool::{Job, side_by_side},
    },
    type_meta::TypeMeta,
};

/// What a list answered by an API server says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListPage {
    /// `metadata.continue`: asks for the next page; empty on the last.
    pub continue_token: String,
    /// `metadata.resourceVersion`: from here a watch goes on.
    pub resource_version: String,
    /// Objects on this page.
    pub objects: usize,
}

impl Reader {
    /// Reads inputs into a collector, each as an input of its own, in order.
    ///
    /// Never fails as a whole: what could not be read becomes a problem of its input. Content decides what a file
    /// is, and never its name.
    ///
    /// # Panics
    /// If the collector is for other needs than the reader.
    pub fn read(
        &self,
        sources: Vec<Source>,
        collector: &mut Collector,
        progress: &mut dyn FnMut(&Progress<'_>),
    ) {
        assert_eq!(collector.needs(), &self.needs, "a collector for the reader's needs");
        let selection = collector.selection().clone();
        let total = sources.iter().map(size_of_source).sum();
        let mut counts = Counts { total, ..Counts::default() };
        for source in sources {
            let name = source.name();
            collector.begin_input(&name);
            counts.input = name;
            let meter = Meter::new(counts, &mut *progress);
            let tally = Tally::new(self, &mut *collector, meter);
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
    /// If the collector is for other needs than the reader.
    pub fn read_text(&self, name: &str, bytes: &[u8], collector: &mut Collector) {
        assert_eq!(collector.needs(), &self.needs, "a collector for the reader's needs");
        collector.begin_input(name);
        let mut silent = |_: &Progress<'_>| {};
        let selection = collector.selection().clone();
        let meter = Meter::new(Counts::default(), &mut silent);
        let mut session = Session::new(&selection, Tally::new(self, collector, meter));
        session.file(&name_of(Path::new(name)), bytes, None);
        session.finish();
    }

    /// Reads one page of a JSON list that an API server has answered, into the collector's open input.
    ///
    /// The items of typed lists name no kind, so `items` says what they are: group, version, kind. What is wrong
    /// with the page becomes a problem of the input, at `place`.
    ///
    /// # Panics
    /// If the collector is for other needs than the reader.
    pub fn read_list(
        &self,
        bytes: &[u8],
        items: (&str, &str, &str),
        place: &str,
        collector: &mut Collector,
    ) -> ListPage {
        assert_eq!(collector.needs(), &self.needs, "a collector for the reader's needs");
        let lost =
            |line, reason: String| Problem { place: place.to_owned(), line, reason, lost: true };
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                collector.problem(lost(None, format!("the answer is no text: {error}")));
                return ListPage::default();
            }
        };
        let (group, version, kind) = items;
        let separator = if group.is_empty() { "" } else { "/" };
        let api_version = format!("{group}{separator}{version}");
        let given = Some(TypeMeta { api_version, kind: kind.to_owned() });
        let mut silent = |_: &Progress<'_>| {};
        let selection = collector.selection().clone();
        let meter = Meter::new(Counts::default(), &mut silent);
        let mut session = Session::new(&selection, Tally::new(self, &mut *collector, meter));
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
        }
    }
}

pub(crate) fn read_path(session: &mut Session<'_>, path: &Path, name: &FileName) {
    match fs::File::open(path) {
        Ok(file) => read_file(session, name, file),
        Err(error) => session.lost(name, None, cannot_open(&error)),
    }
}

fn cannot_open(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file or folder: check the path".to_owned(),
        io::ErrorKind::PermissionDenied => {
            "permission denied: run as a user who may read it, or change its mode".to_owned()
        }
        _ => format!("cannot be opened: {error}"),
    }
}

/// The files of a folder and the folders in it, by name. Links are not followed: they may lead anywhere.
fn read_folder(session: &mut Session<'_>, folder: &Path) {
    let root = folder;
    let folder = Folder::new(root);
    // Paths in one folder differ in the names alone.
    let walk = WalkDir::new(root)
        .sort_by(|a, b| a.path().as_os_str().as_bytes().cmp(b.path().as_os_str().as_bytes()));
    side_by_side(session, &folder, |session, pool| {
        for entry in walk {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    let name = folder.file(error.path().unwrap_or(root));
                    let reason = error.io_error().map_or_else(|| error.to_string(), cannot_open);
                    pool.add(session, Job::Lost { name, reason });
                    continue;
                }
            };
            let kind = entry.file_type();
            if kind.is_dir() {
                continue;
            }
            if !session.has_room() {
                pool.settle(session);
                session.admit(&FileName::default());
                return;
            }
            session.admit(&FileName::default());
            let job = if kind.is_file() {
                Job::Read { path: entry.into_path() }
            } else {
                let why = if kind.is_symlink() { PassedOver::Link } else { PassedOver::Device };
                Job::PassOver { name: folder.file(entry.path()), why }
            };
            pool.add(session, job);
        }
    });
}

/// Bytes on disk, where they can be told at once: those of a folder show only when its files are read.
fn size_of_source(source: &Source) -> Option<u64> {
    match source {
        Source::Path(path) => path.metadata().ok().filter(fs::Metadata::is_file).map(|it| it.len()),
        Source::Stdin | Source::Stream(..) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_opened_says_what_to_do() {
        for (kind, want) in [
            (io::ErrorKind::NotFound, "check the path"),
            (io::ErrorKind::PermissionDenied, "run as a user who may read it"),
            (io::ErrorKind::Interrupted, "cannot be opened: "),
        ] {
            let words = cannot_open(&kind.into());
            assert!(words.contains(want), "{words}");
        }
    }
}
