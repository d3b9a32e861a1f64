//! Finds a compiler for `wasm32-unknown-unknown`, and installs one if there is none.

use std::path::{Path, PathBuf};

use crate::process::{Process, Result, cargo};

/// What the packs are compiled to.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

const DEBIAN_PACKAGES: [&str; 3] = ["rustc-web", "cargo-web", "rust-web-src"];

/// A compiler that can build for [`TARGET`].
pub(crate) enum Toolchain {
    /// The compiler that runs this chore, with the target's standard library installed.
    Own,
    /// Debian's compiler, which has the source of the standard library, with the linker of the own
    /// compiler.
    Debian { linker: PathBuf },
}

impl Toolchain {
    /// The installed compiler; else one that rustup or, as root, apt-get can install; else an error
    /// that says what to type.
    pub(crate) fn find_or_install() -> Result<Self> {
        Self::find().map_or_else(Self::install, Ok)
    }

    fn find() -> Option<Self> {
        let sysroot = PathBuf::from(Process::new("rustc").args(["--print", "sysroot"]).output()?);
        if sysroot.join("lib/rustlib").join(TARGET).join("lib").is_dir() {
            return Some(Self::Own);
        }
        let host = Process::new("rustc").args(["--version", "--verbose"]).output()?;
        let host = host.lines().find_map(|it| it.strip_prefix("host: "))?.to_owned();
        let linker = sysroot.join("lib/rustlib").join(host).join("bin/rust-lld");
        let complete = Path::new("/usr/bin/rustc").exists()
            && Path::new("/usr/bin/cargo").exists()
            && debian_source();
        (complete && linker.exists()).then_some(Self::Debian { linker })
    }

    fn install() -> Result<Self> {
        eprintln!(
            "The packs are built for {TARGET}, which is not installed: trying `rustup target add \
             {TARGET}`."
        );
        let _ = Process::new("rustup").args(["target", "add", TARGET]).run();
        if let Some(found) = Self::find() {
            return Ok(found);
        }
        if Process::new("id").args(["-u"]).output().as_deref() == Some("0") {
            eprintln!("Trying Debian's packages: {}.", DEBIAN_PACKAGES.join(" "));
            let apt = |arguments: &[&str]| {
                Process::new("apt-get")
                    .args(arguments)
                    .env("DEBIAN_FRONTEND", "noninteractive")
                    .run()
            };
            let _ = apt(&["update", "-qq"]);
            let _ =
                apt(&[&["install", "-y", "-qq", "--no-install-recommends"][..], &DEBIAN_PACKAGES]
                    .concat());
        }
        Self::find().ok_or_else(|| {
            format!(
                "no compiler for {TARGET} was found, and none could be installed.\n\
                 With rustup, type: rustup target add {TARGET}\n\
                 On Debian, as root: apt-get install {}",
                DEBIAN_PACKAGES.join(" ")
            )
        })
    }

    /// `cargo build` or `cargo rustc` for [`TARGET`], without packages and target directory.
    pub(crate) fn cargo(&self, command: &str) -> Process {
        match self {
            Self::Own => cargo([command, "--target", TARGET]),
            Self::Debian { linker } => Process::new("/usr/bin/cargo")
                .args([command, "--target", TARGET, "-Zbuild-std=std,panic_abort"])
                // Only nightly compilers build the standard library from source; Debian's is built
                // for it.
                .env("RUSTC_BOOTSTRAP", "1")
                .env("RUSTC", "/usr/bin/rustc")
                .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker),
        }
    }
}

/// Whether the source of the standard library of `/usr/bin/rustc` is installed.
fn debian_source() -> bool {
    let Some(sysroot) = Process::new("/usr/bin/rustc").args(["--print", "sysroot"]).output() else {
        return false;
    };
    Path::new(&sysroot).join("lib/rustlib/src/rust/library/std/Cargo.toml").exists()
}
