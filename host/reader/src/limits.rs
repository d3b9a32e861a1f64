/// How much of an input is read before it is called hostile or broken.
///
/// Each limit that is hit is named in a problem of the input, and everything else is still read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes that are read at once. A text that is longer is read piece by piece; each core that reads holds a piece.
    pub window_bytes: usize,
    /// Bytes of one document that cannot be read piece by piece, and so must be held whole: a single object, a list
    /// whose kind follows its items, UTF-16. What is longer is read up to here.
    pub document_bytes: usize,
    /// Bytes that all archives of one input may unpack to.
    pub total_bytes: u64,
    /// How many times more bytes may come out of an archive than went in, once `ratio_floor` has come out.
    pub ratio: u64,
    /// Bytes that come out of an archive before its ratio counts.
    pub ratio_floor: u64,
    /// Files of one input: entries of its archives, files of its folders.
    pub entries: usize,
    /// Bytes of a path inside an archive.
    pub path_bytes: usize,
    /// Bytes that the aliases of one YAML document may add to it.
    pub alias_bytes: usize,
    /// Bytes of a line that a text need sees; the rest of the line is cut off.
    pub line_bytes: usize,
    /// Lines that one text need may take of one input.
    pub text_lines: usize,
    /// Problems of one input that are told one by one; of the rest only the number.
    pub problems: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            // It stays in the caches of most processors, and an object seldom needs a second read: etcd holds none
            // larger than 1.5 MiB.
            window_bytes: 1 << 20,
            // The pods of the largest clusters that Kubernetes supports (150,000 at some 6 kB) come close to it.
            document_bytes: 1 << 30,
            // The largest must-gathers unpack to some GB.
            total_bytes: 16 << 30,
            // Thousands of like pods shrink 300 times under xz; a bomb of zeros 1,000 times under gzip at best
            // and far more elsewhere.
            ratio: 1_000,
            // 256 MB of zeros are unpacked in less than a second, and do no harm.
            ratio_floor: 256 << 20,
            // A must-gather has some ten thousand.
            entries: 500_000,
            // PATH_MAX of Linux.
            path_bytes: 4_096,
            // kubectl prints no alias at all; files written by hand share some lines.
            alias_bytes: 16 << 20,
            // At which containerd and CRI-O split the lines of a container's log.
            line_bytes: 16 << 10,
            // Beyond it a pattern matches everything, and tells nothing.
            text_lines: 100_000,
            // Nobody reads more.
            problems: 1_000,
        }
    }
}

impl Limits {
    /// Bytes that are read at once of a text that is longer than a window. What has been read stays in the second cache
    /// of a core, which has 512 KiB on many, until it has been looked at.
    pub(crate) fn piece_bytes(&self) -> usize {
        self.window_bytes.div_ceil(4)
    }

    /// Bytes of a text that are looked at at once: a piece, and what the one before it has left.
    pub(crate) fn stretch_bytes(&self) -> usize {
        self.window_bytes.div_ceil(2)
    }

    /// Bytes of a file that one core reads, piece by piece, before what it has found is put together with the rest: so
    /// many that handing it over costs nothing beside reading it.
    pub(crate) fn block_bytes(&self) -> u64 {
        4 * self.window_bytes as u64
    }

    /// Bytes of a list's beginning in which nearly always stands what it says of itself, and its first item.
    pub(crate) fn head_bytes(&self) -> usize {
        self.window_bytes.div_ceil(64)
    }
}

/// How deep mappings and lists may nest, in YAML and in JSON.
///
/// The deepest objects that clusters hold are CustomResourceDefinitions, at about 40; `serde_json` stops at 128.
pub(crate) const MAX_DEPTH: usize = 100;
