//! Writes the files of a dump, to a folder or into an archive.

use std::{
    collections::BTreeSet,
    fs::File,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use flate2::{Compression, write::GzEncoder};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

/// Something that files can be written to, one after the other.
pub(crate) trait Files {
    /// Writes a file. `content` may be called twice, because the header of tar needs the size.
    fn file(&mut self, path: &str, content: &Content<'_>) -> io::Result<()>;
}

/// Writes the content of a file, the same each time.
pub(crate) type Content<'c> = dyn Fn(&mut dyn Write) -> io::Result<()> + 'c;

/// How a folder is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Packing {
    Tar,
    #[value(name = "tar.gz")]
    TarGz,
    #[value(name = "tar.zst")]
    TarZst,
    Zip,
}

impl Packing {
    /// Packs what `write` writes.
    pub(crate) fn pack(
        self,
        out: &mut dyn Write,
        write: impl FnOnce(&mut dyn Files) -> io::Result<()>,
    ) -> io::Result<()> {
        // The fastest level, because dumps are made to be read.
        match self {
            Self::Tar => tar(out, write),
            Self::TarGz => {
                let mut gz = GzEncoder::new(out, Compression::fast());
                tar(&mut gz, write)?;
                gz.finish().map(drop)
            }
            Self::TarZst => {
                let mut zst = zstd::Encoder::new(out, 1)?;
                tar(&mut zst, write)?;
                zst.finish().map(drop)
            }
            Self::Zip => {
                let mut zip = Zip(ZipWriter::new_stream(out));
                write(&mut zip)?;
                zip.0.finish().map(drop).map_err(io::Error::other)
            }
        }
    }
}

/// Files on disk.
pub(crate) struct Folder {
    root: PathBuf,
    made: BTreeSet<PathBuf>,
}

impl Folder {
    pub(crate) fn new(root: &Path) -> Self {
        Self { root: root.to_owned(), made: BTreeSet::new() }
    }
}

impl Files for Folder {
    fn file(&mut self, path: &str, content: &Content<'_>) -> io::Result<()> {
        let path = self.root.join(path);
        let folder = path.parent().expect("a file lies in a folder");
        if !self.made.contains(folder) {
            std::fs::create_dir_all(folder)?;
            self.made.insert(folder.to_owned());
        }
        let mut out = BufWriter::new(File::create(&path)?);
        content(&mut out)?;
        out.flush()
    }
}

fn tar(
    out: &mut dyn Write,
    write: impl FnOnce(&mut dyn Files) -> io::Result<()>,
) -> io::Result<()> {
    write(&mut Tar(&mut *out))?;
    out.write_all(&[0; 2 * BLOCK])
}

const BLOCK: usize = 512;

struct Tar<'w>(&'w mut dyn Write);

impl Files for Tar<'_> {
    fn file(&mut self, path: &str, content: &Content<'_>) -> io::Result<()> {
        let mut size = Size(0);
        content(&mut size)?;
        let mut header = tar::Header::new_ustar();
        header.set_path(path)?;
        header.set_mode(0o644);
        header.set_mtime(1_789_439_400);
        header.set_size(size.0);
        header.set_cksum();
        self.0.write_all(header.as_bytes())?;
        content(self.0)?;
        let rest = usize::try_from(size.0 % BLOCK as u64).expect("less than a block");
        self.0.write_all(&[0; BLOCK][..(BLOCK - rest) % BLOCK])
    }
}

/// Counts bytes.
struct Size(u64);

impl Write for Size {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Zip<'w>(ZipWriter<zip::write::StreamWriter<&'w mut dyn Write>>);

impl Files for Zip<'_> {
    fn file(&mut self, path: &str, content: &Content<'_>) -> io::Result<()> {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .compression_level(Some(1))
            .large_file(true);
        self.0.start_file(path, options).map_err(io::Error::other)?;
        content(&mut self.0)
    }
}
