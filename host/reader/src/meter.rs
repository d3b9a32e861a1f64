use std::{cell::Cell, rc::Rc};

/// How far a reading has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress<'a> {
    /// The input being read, as it was named.
    pub input: &'a str,
    /// Files read so far, of all inputs.
    pub files: usize,
    /// Objects read so far, of all inputs.
    pub objects: usize,
    /// Bytes taken from disk or stdin so far, of all inputs; compressed ones count as such.
    pub bytes: u64,
    /// Bytes of all inputs, where that is known beforehand.
    pub total: Option<u64>,
}

/// What has been read.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) input: String,
    pub(crate) files: usize,
    pub(crate) objects: usize,
    pub(crate) bytes: Rc<Cell<u64>>,
    pub(crate) total: Option<u64>,
}

/// Counts what is read and tells whoever wants to know.
pub(crate) struct Meter<'r> {
    pub(crate) counts: Counts,
    progress: &'r mut dyn FnMut(&Progress<'_>),
}

impl<'r> Meter<'r> {
    /// Every so many objects the progress is told, besides once a file.
    const OBJECTS: usize = 500;

    pub(crate) fn new(counts: Counts, progress: &'r mut dyn FnMut(&Progress<'_>)) -> Self {
        Self { counts, progress }
    }

    pub(crate) fn object(&mut self) {
        self.counts.objects += 1;
        if self.counts.objects.is_multiple_of(Self::OBJECTS) {
            self.tell();
        }
    }

    pub(crate) fn file(&mut self) {
        self.counts.files += 1;
        self.tell();
    }

    fn tell(&mut self) {
        let Counts { input, files, objects, bytes, total } = &self.counts;
        let (files, objects, bytes, total) = (*files, *objects, bytes.get(), *total);
        (self.progress)(&Progress { input, files, objects, bytes, total });
    }
}
