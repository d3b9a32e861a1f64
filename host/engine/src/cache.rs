//! Compiled packs, kept in a folder from one run to the next.
//!
//! What stands in the folder is machine code, which runs without being verified again. So the
//! folder must be this user's and nobody else may write to it; and each entry carries a code
//! (HMAC-SHA-256) over the component that it was compiled from and over all its bytes, with a key
//! that only this user can read. An entry that was exchanged, changed, cut off or copied from
//! elsewhere is none. Whoever can read the key and write to the folder is this user, and could
//! change the program as well.
//!
//! wasmtime has a cache of its own, which believes whatever it finds in its folder.

use std::{
    fmt::{self, Write as _},
    fs::{self, File, OpenOptions},
    hash::{DefaultHasher, Hash, Hasher as _},
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
};

use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

/// Bytes of the key, and of the code before each entry: those of SHA-256.
const CODE: usize = 32;

/// What the folder may hold. Compiled packs of JavaScript and Python have 30 to 60 MB; the oldest
/// go first.
const FOLDER_BYTES: u64 = 1 << 30;

/// The file of the key, beside the entries.
const KEY: &str = "key";

/// An open folder.
pub(crate) struct Kept {
    folder: PathBuf,
    key: [u8; CODE],
}

/// A component, as compiled by an engine of this configuration.
pub(crate) struct Origin(String);

impl Origin {
    pub(crate) fn new(engine: &wasmtime::Engine, component: &[u8]) -> Self {
        let mut engines = DefaultHasher::new();
        engine.precompile_compatibility_hash().hash(&mut engines);
        let mut digest = String::new();
        for byte in Sha256::digest(component) {
            let _ = write!(digest, "{byte:02x}"); // a text takes all
        }
        Self(format!("{digest}-{:016x}", engines.finish()))
    }
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Kept").field(&self.folder).finish()
    }
}

impl Kept {
    /// Opens a folder, and makes it where there is none. A folder that others own or may write to
    /// is refused, with the reason.
    pub(crate) fn open(folder: &Path) -> Result<Self, String> {
        let words = |error: io::Error| error.to_string();
        make(folder).map_err(words)?;
        owner::check(&fs::metadata(folder).map_err(words)?, owner::FOLDER)?;
        let path = folder.join(KEY);
        if !path.try_exists().map_err(words)? {
            make_key(folder, &path).map_err(|it| format!("its key cannot be made: {it}"))?;
        }
        let refused = |why: String| format!("its key {} cannot be used: {why}", path.display());
        let meta = fs::symlink_metadata(&path).map_err(|it| refused(words(it)))?;
        owner::check(&meta, owner::KEY).map_err(refused)?;
        let mut key = Vec::new();
        let mut file = File::open(&path).map_err(|it| refused(words(it)))?.take(CODE as u64 + 1);
        file.read_to_end(&mut key).map_err(|it| refused(words(it)))?;
        let key = key.try_into().map_err(|_| refused(format!("it has not {CODE} bytes")))?;
        Ok(Self { folder: folder.to_owned(), key })
    }

    /// What this component was compiled to, if it is kept. `most` is the most that an entry may
    /// have.
    pub(crate) fn get(&self, origin: &Origin, most: usize) -> Option<Vec<u8>> {
        let path = self.folder.join(&origin.0);
        let mut entry = Vec::new();
        let file = File::open(&path).ok()?;
        let most = most.saturating_add(CODE) as u64;
        file.take(most).read_to_end(&mut entry).ok()?;
        let code = entry.get(..CODE)?;
        if self.code(origin, &entry[CODE..]).verify_slice(code).is_err() {
            // Whatever it is, it is in the way.
            let _gone = fs::remove_file(&path);
            return None;
        }
        entry.drain(..CODE);
        Some(entry)
    }

    /// Keeps what a component was compiled to. Where it cannot be written, nothing is kept: the
    /// next run compiles again.
    pub(crate) fn put(&self, origin: &Origin, compiled: &[u8]) {
        let code = self.code(origin, compiled).finalize().into_bytes();
        let part = self.folder.join(format!("{}.{}.part", origin.0, std::process::id()));
        let written = new_file(&part).and_then(|mut file| {
            file.write_all(&code)?;
            file.write_all(compiled)
        });
        let kept = written.and_then(|()| fs::rename(&part, self.folder.join(&origin.0)));
        if kept.is_err() {
            let _gone = fs::remove_file(&part);
        }
        self.clean(FOLDER_BYTES);
    }

    fn code(&self, origin: &Origin, compiled: &[u8]) -> Hmac<Sha256> {
        let mut code = Hmac::<Sha256>::new_from_slice(&self.key).expect("any length is a key");
        code.update(origin.0.as_bytes()); // of one length
        code.update(compiled);
        code
    }

    /// Removes the oldest entries until the others are no more than so many bytes, and parts that
    /// a run has left behind.
    fn clean(&self, most: u64) {
        let mut entries: Vec<(Option<Timestamp>, u64, PathBuf)> = Vec::new();
        for entry in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let Ok(meta) = entry.metadata() else { continue };
            if entry.file_name() != KEY && meta.is_file() {
                let written = meta.modified().ok().and_then(|it| Timestamp::try_from(it).ok());
                entries.push((written, meta.len(), entry.path()));
            }
        }
        entries.sort();
        let mut bytes: u64 = entries.iter().map(|it| it.1).sum();
        for (_, size, path) in entries {
            if bytes <= most {
                break;
            }
            let _gone = fs::remove_file(path);
            bytes = bytes.saturating_sub(size);
        }
    }
}

/// Writes a new key. Where two runs do so at once, the first one's counts.
fn make_key(folder: &Path, path: &Path) -> io::Result<()> {
    let mut key = [0; CODE];
    getrandom::fill(&mut key).map_err(io::Error::other)?;
    let part = folder.join(format!("{KEY}.{}.part", std::process::id()));
    let made =
        new_file(&part).and_then(|mut file| file.write_all(&key)).and_then(
            |()| match fs::hard_link(&part, path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
                made => made,
            },
        );
    let _gone = fs::remove_file(&part);
    made
}

#[cfg(unix)]
fn make(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(unix)]
fn new_file(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let _gone = fs::remove_file(path);
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

#[cfg(unix)]
mod owner {
    use std::{
        fs::Metadata,
        os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    };

    /// Nobody else may write to a folder of machine code.
    pub(super) const FOLDER: (bool, u32) = (true, 0o022);
    /// Nobody else may read a key.
    pub(super) const KEY: (bool, u32) = (false, 0o077);

    /// Whether this is a folder or a file of this user to which nobody else has these rights.
    pub(super) fn check(meta: &Metadata, (folder, rights): (bool, u32)) -> Result<(), String> {
        let right = if folder { meta.is_dir() } else { meta.is_file() };
        if !right {
            return Err(if folder { "it is no folder" } else { "it is no file" }.to_owned());
        }
        if meta.uid() != rustix::process::geteuid().as_raw() {
            return Err("it belongs to another user".to_owned());
        }
        let mode = meta.permissions().mode() & 0o777;
        if mode & rights != 0 {
            return Err(format!("other users have access to it (mode {mode:03o})"));
        }
        Ok(())
    }
}

/// Elsewhere nothing is known of who may write to a folder.
#[cfg(not(unix))]
fn make(_: &Path) -> io::Result<()> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "packs are not kept on this system"))
}

#[cfg(not(unix))]
fn new_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

#[cfg(not(unix))]
mod owner {
    pub(super) const FOLDER: () = ();
    pub(super) const KEY: () = ();

    pub(super) fn check(_: &std::fs::Metadata, (): ()) -> Result<(), String> {
        Err("its owner is not known".to_owned())
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn origin(name: &str) -> Origin {
        Origin(name.to_owned())
    }

    fn folder() -> (tempfile::TempDir, PathBuf) {
        let outer = tempfile::tempdir().expect("a folder");
        let inner = outer.path().join("a/packs");
        (outer, inner)
    }

    fn mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("it is ours");
    }

    #[track_caller]
    fn check_refused(folder: &Path, want: &str) {
        let reason = Kept::open(folder).expect_err("a folder that cannot be trusted");
        assert!(reason.contains(want), "{reason}");
    }

    #[test]
    fn what_is_kept_is_found_by_a_later_run() {
        let (_outer, folder) = folder();
        Kept::open(&folder).expect("a new folder").put(&origin("a"), b"code");
        let kept = Kept::open(&folder).expect("the same folder");
        assert_eq!(kept.get(&origin("a"), 100).as_deref(), Some(&b"code"[..]));
        assert_eq!(kept.get(&origin("b"), 100), None);
    }

    #[test]
    fn a_folder_that_others_may_write_to_is_refused() {
        let (_outer, folder) = folder();
        Kept::open(&folder).expect("a new folder");
        mode(&folder, 0o777);
        check_refused(&folder, "other users have access to it (mode 777)");
        mode(&folder, 0o720);
        check_refused(&folder, "mode 720");
    }

    #[test]
    fn a_key_that_others_may_read_is_refused() {
        let (_outer, folder) = folder();
        Kept::open(&folder).expect("a new folder");
        mode(&folder.join(KEY), 0o640);
        check_refused(&folder, "mode 640");
        fs::remove_file(folder.join(KEY)).expect("it is ours");
        std::os::unix::fs::symlink("/dev/zero", folder.join(KEY)).expect("a link");
        check_refused(&folder, "it is no file");
    }

    #[test]
    fn an_entry_that_was_exchanged_is_none() {
        let (_outer, folder) = folder();
        let kept = Kept::open(&folder).expect("a new folder");
        kept.put(&origin("a"), b"code of a");
        kept.put(&origin("b"), b"code of b");
        fs::copy(folder.join("b"), folder.join("a")).expect("both are ours");
        assert_eq!(kept.get(&origin("a"), 100), None);
        assert!(kept.get(&origin("b"), 100).is_some());
    }

    #[test]
    fn an_entry_of_which_a_bit_has_flipped_is_none() {
        let (_outer, folder) = folder();
        let kept = Kept::open(&folder).expect("a new folder");
        for at in [0, CODE, CODE + 3] {
            kept.put(&origin("a"), b"code");
            let mut bytes = fs::read(folder.join("a")).expect("an entry");
            bytes[at] ^= 1;
            fs::write(folder.join("a"), bytes).expect("it is ours");
            assert_eq!(kept.get(&origin("a"), 100), None, "byte {at}");
        }
    }

    #[test]
    fn an_entry_under_another_key_is_none() {
        let (_outer, folder) = folder();
        Kept::open(&folder).expect("a new folder").put(&origin("a"), b"code");
        fs::remove_file(folder.join(KEY)).expect("it is ours");
        assert_eq!(Kept::open(&folder).expect("a new key").get(&origin("a"), 100), None);
    }

    #[test]
    fn the_oldest_go_first() {
        let (_outer, folder) = folder();
        let kept = Kept::open(&folder).expect("a new folder");
        for (second, name) in (0..).zip(["a", "b", "c"]) {
            kept.put(&origin(name), &[0; 100]);
            let time = Timestamp::from_second(second).expect("within years");
            let file = OpenOptions::new().write(true).open(folder.join(name)).expect("an entry");
            file.set_modified(time.into()).expect("it is ours");
        }
        kept.clean(300);
        let found = ["a", "b", "c"].map(|it| kept.get(&origin(it), 1000).is_some());
        assert_eq!(found, [false, true, true]);
    }
}
