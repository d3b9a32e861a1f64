//! How much of an input is read, so that hostile input costs little.

/// Limits to what is read of an input.
///
/// A limit that is exceeded becomes a problem of the input. Everything else is still read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes that are read at a time. A longer text is read in pieces; each thread holds one piece.
    pub window_bytes: usize,
    /// Bytes of one document that must be held as a whole: a single object, a list whose kind comes
    /// after its items. A longer one is read up to here.
    pub document_bytes: usize,
    /// Bytes that objects may take, of all inputs, as far as needs ask for them.
    pub kept_bytes: u64,
    /// Bytes that all archives of one input may unpack to.
    pub total_bytes: u64,
    /// How many times more bytes may come out of an archive than went in. Applies once
    /// `ratio_floor` bytes have come out.
    pub ratio: u64,
    /// Bytes that may come out of an archive before `ratio` applies.
    pub ratio_floor: u64,
    /// Bytes of a file that tells of a bundle: who collected it, its lists, why one is missing. A
    /// longer one is not believed.
    pub bundle_bytes: usize,
    /// Files of one input: entries of archives, files of folders.
    pub entries: usize,
    /// Bytes of a path inside an archive.
    pub path_bytes: usize,
    /// Bytes of one header that tells more about the next entry of a tar archive: a long name, pax
    /// records. They are held as a whole.
    pub header_bytes: usize,
    /// Bytes that the links of one archive may hold, with their targets, until all of it has been
    /// read.
    pub link_bytes: usize,
    /// Bytes of the dictionary or window that a compressed stream may need.
    pub dictionary_bytes: u64,
    /// Bytes that the aliases of one YAML document may add to it.
    pub alias_bytes: usize,
    /// Bytes of a line that a text need sees; the rest of the line is ignored.
    pub line_bytes: usize,
    /// Lines that one text need may take from one input.
    pub text_lines: usize,
    /// Seconds that the patterns of one pack may take of all inputs and threads together, beyond
    /// what an honest pattern takes for as much text.
    pub search_seconds: u64,
    /// Problems of one input that are reported one by one; the others are counted.
    pub problems: usize,
    /// Bytes of a stream: of standard input, of a pipe.
    pub stream_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            // Fits into the caches of most processors. Few objects span two windows: etcd limits
            // objects to 1.5 MiB.
            window_bytes: 1 << 20,
            // What kubectl and API servers write is read in pieces. Other tools may write the kind
            // of a list behind its items: this many bytes hold 40,000 pods of about 6 kB.
            document_bytes: 256 << 20,
            // What the built-in rules ask of 150,000 pods takes about 300 MB.
            kept_bytes: 1 << 30,
            // The largest must-gathers unpack to a few GB.
            total_bytes: 16 << 30,
            // Thousands of similar pods compress 300:1 with xz. A bomb of zeros compresses 1,000:1
            // with gzip at best, and far more with others.
            ratio: 1_000,
            // 256 MB of zeros unpack in less than a second, and do no harm.
            ratio_floor: 256 << 20,
            // Thousands of lists, of thousands of namespaces, take a few hundred kilobytes.
            bundle_bytes: 1 << 20,
            // A must-gather has some ten thousand files.
            entries: 500_000,
            // PATH_MAX on Linux.
            path_bytes: 4_096,
            // Paths have at most 4 KiB; extended attributes, which pax records hold too, 64 KiB.
            header_bytes: 1 << 20,
            // 100,000 links of usual length.
            link_bytes: 16 << 20,
            // `xz -9` needs 64 MiB, `lzip -9` 32 MiB. By default, `zstd -d` refuses more than this.
            dictionary_bytes: 128 << 20,
            // kubectl prints no aliases; files written by hand share a few lines.
            alias_bytes: 16 << 20,
            // containerd and CRI-O split lines of container logs at this length.
            line_bytes: 16 << 10,
            // A pattern that matches more lines is useless.
            text_lines: 100_000,
            // As long as a pack may evaluate; the time of honest patterns comes on top.
            search_seconds: 10,
            // Nobody reads more.
            problems: 1_000,
            // As much as the archives of one input may unpack to.
            stream_bytes: 16 << 30,
        }
    }
}

impl Limits {
    /// Bytes of a long text that are read at a time. They stay in the second-level cache, often 512
    /// KiB per core, until they are parsed.
    pub(crate) fn piece_bytes(&self) -> usize {
        self.window_bytes.div_ceil(4)
    }

    /// Bytes of a text that are surveyed at a time: a piece, and the rest of the piece before.
    pub(crate) fn stretch_bytes(&self) -> usize {
        self.window_bytes.div_ceil(2)
    }

    /// Bytes of a file that one thread reads, in pieces, before it passes its journal on. Large
    /// enough that passing it on costs nothing in comparison.
    pub(crate) fn block_bytes(&self) -> u64 {
        4 * self.window_bytes as u64
    }

    /// Most lists have their header and their first item within this many bytes.
    pub(crate) fn head_bytes(&self) -> usize {
        self.window_bytes.div_ceil(64)
    }
}

/// How the reason of a problem begins that tells of a limit which was met; `0` is a number. What an
/// input holds never stands first in a reason.
const TOLD: [&str; 27] = [
    "a document of more than ",
    "the input unpacks to more than ",
    "more than 0 times as many bytes",
    "cannot be read as text, or is longer than any such file",
    "more than 0 files in one input",
    "a path of more than ",
    "a long name of more than ",
    "a long name of a link's target of more than ",
    "a global pax header of more than ",
    "a pax header of more than ",
    "a zip file of more than ",
    "one of many links, ",
    "it needs a dictionary of more than ",
    "its aliases unfold to more than ",
    "need `",
    "the patterns of the pack take more than ",
    "what rules need takes more than ",
    "a stream of more than ",
    "nested more than ",
    "more than 0 values in one object",
    "more than 0 values in one flow collection",
    "more than 0 objects and lines around them",
    "what tools write around lines stands around them in more than ",
    "an archive in more than ",
    "compressed more than ",
    "more than 0 compressed streams",
    "more than 0 parts of paths",
];

/// Which limit the reason of a problem tells of.
pub(crate) fn limit_told(reason: &str) -> Option<usize> {
    let reason = ["not readable as JSON: ", "not readable as YAML: "]
        .iter()
        .find_map(|it| reason.strip_prefix(it))
        .unwrap_or(reason);
    let of = |reason: &str| TOLD.iter().position(|told| begins(reason, told));
    // Behind it stands the name of a member, which may be any.
    let in_archive = reason.starts_with("the archive cannot be read");
    let parts = reason.match_indices(": ").filter(|_| in_archive);
    of(reason).or_else(|| parts.into_iter().find_map(|it| of(&reason[it.0 + it.1.len()..])))
}

/// Whether a text begins so, with a number for `0`.
fn begins(text: &str, with: &str) -> bool {
    let Some((before, after)) = with.split_once('0') else { return text.starts_with(with) };
    let Some(rest) = text.strip_prefix(before) else { return false };
    let number = rest.trim_start_matches(|it: char| it.is_ascii_digit());
    number.len() < rest.len() && number.starts_with(after)
}

/// How deep mappings and lists may be nested, in YAML and in JSON.
///
/// The deepest objects in clusters are CustomResourceDefinitions, with about 40 levels.
/// `serde_json` stops at 128.
pub(crate) const MAX_DEPTH: usize = 100;

/// How many values, of mappings and lists and in them, are held at once of an object that is parsed
/// in full.
///
/// etcd holds no object of more than 1.5 MiB, and a value takes two bytes of that or more. Each
/// takes some 50 bytes of memory, so this is at most as much as a window and an object.
pub(crate) const MAX_NODES: usize = 1 << 20;

/// Of how many parts of [`Limits::kept_bytes`] the needs of one pack may take one, where there are
/// several packs. What two packs need of the largest clusters is less than either part.
pub(crate) const KEPT_PARTS: usize = 2;

/// Bytes that one compiled pattern of a text need may take, and its cache as many.
///
/// A sentence takes a few kilobytes, `\w` forty.
pub(crate) const PATTERN_BYTES: usize = 1 << 20;

/// Bytes that all patterns of one pack may take: each may take its share, and no more than
/// [`PATTERN_BYTES`].
pub(crate) const PATTERNS_BYTES: usize = 8 << 20;

/// How many MiB a pattern searches in a second at least, once it has used up
/// [`Limits::search_seconds`]: honest ones search more than 100, one of [`PATTERN_BYTES`] may
/// search 2 KiB.
pub(crate) const SEARCH_SPEED: u32 = 16;

/// Bytes of text of all globs of one pack. Compiled, each takes up to some hundred.
pub(crate) const GLOBS_BYTES: usize = 64 << 10;

/// The reason for what goes beyond [`MAX_NODES`].
pub(crate) fn too_many_nodes() -> String {
    format!("more than {MAX_NODES} values in one object")
}

/// How many values a flow collection of YAML, `[…]` or `{…}`, may hold.
///
/// The parser holds its tokens until it ends, some 400 bytes for each value. JSON, which is all
/// flow, is not parsed so.
pub(crate) const MAX_FLOW: usize = 1 << 19;

/// The reason for what goes beyond [`MAX_FLOW`].
pub(crate) fn too_much_flow() -> String {
    format!("more than {MAX_FLOW} values in one flow collection")
}

/// Into how many parts a document is taken apart that is not one object: objects, and lines around
/// them. Nobody appends more to one file without a marker.
pub(crate) const MAX_PIECES: usize = 1 << 16;

/// How many times something is removed from all lines of a text: the signs of quoted mails, all at
/// once, or what tools write before lines. A log of a mail, or a mail of what grep says, takes two.
pub(crate) const MAX_LAYERS: usize = 4;

/// How many keys an object or its metadata may have that is outlined. One with more is parsed in
/// full, within [`MAX_NODES`]. Objects have some five.
pub(crate) const MAX_KEYS: usize = 1 << 12;

/// How deep archives may be nested: a bundle, and bundles in it.
#[cfg(feature = "archives")]
pub(crate) const MAX_ARCHIVES: usize = 2;

/// How many times a file may be compressed: `.gz` once, and once more by a web server.
#[cfg(feature = "archives")]
pub(crate) const MAX_COMPRESSIONS: usize = 2;

/// How many streams of bzip2 one file may hold, and one more for each KiB that comes out of them.
/// To begin one takes 50 microseconds. pbzip2 writes one for 900 kB.
#[cfg(feature = "archives")]
pub(crate) const MAX_STREAMS: u64 = 1000;

/// How many parts of paths are looked up to find what the links of one archive lead to. Each costs
/// about a microsecond; a path has ten.
#[cfg(feature = "archives")]
pub(crate) const MAX_LOOKUPS: usize = 1_000_000;

/// How many links one path may lead through. Linux follows as many.
#[cfg(feature = "archives")]
pub(crate) const MAX_JUMPS: usize = 40;
