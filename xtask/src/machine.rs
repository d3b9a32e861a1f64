//! The kinds of machine that releases are for, and how the program is built for one of them: linked
//! statically with musl, and with the packs compiled for its processor. What is made of the program
//! is not known here.

use std::{env, path::PathBuf};

use crate::{
    process::{Process, Result, cargo},
    wasm,
};

/// A processor under Linux, as Rust names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Machine {
    pub(crate) processor: &'static str,
}

pub(crate) const X86_64: Machine = Machine { processor: "x86_64" };
pub(crate) const AARCH64: Machine = Machine { processor: "aarch64" };

impl Machine {
    /// Linked with musl, so that nothing is loaded when the program starts.
    pub(crate) fn target(self) -> String {
        format!("{}-unknown-linux-musl", self.processor)
    }

    /// Whether this machine is one.
    pub(crate) fn is_here(self) -> bool {
        self.processor == env::consts::ARCH
    }

    /// A compiler of C; else what to do.
    fn compiler(self) -> Result<String> {
        let Self { processor } = self;
        let cross = |library: &str| format!("{processor}-linux-{library}-gcc");
        // One for glibc will do elsewhere: what is compiled of C calls hardly anything.
        let (own, package) = if self.is_here() {
            ("musl-gcc".to_owned(), "musl-tools".to_owned())
        } else {
            (cross("gnu"), format!("gcc-{}-linux-gnu", processor.replace('_', "-")))
        };
        let has = |program: &String| Process::new(program).args(["--version"]).output().is_some();
        [cross("musl"), own].into_iter().find(has).ok_or_else(|| {
            format!(
                "a compiler of C for {processor} is missing: on Debian type apt-get install \
                 {package}"
            )
        })
    }

    /// Builds the program for users, and says where it is.
    pub(crate) fn build(self) -> Result<PathBuf> {
        let target = self.target();
        let compiler = self.compiler()?;
        if Process::new("rustup").args(["--version"]).output().is_some() {
            Process::new("rustup").args(["target", "add", &target]).run()?;
        }
        wasm::build()?;
        let variable = |name: &str| format!("{name}_{}", target.replace('-', "_"));
        let mut build = cargo(["build", "--profile", "dist", "--package", "rulebox"])
            .args(["--target", &target])
            .env(&variable("CC"), compiler);
        if !self.is_here() {
            wasm::precompile_for(self.processor)?;
            let linker = format!("CARGO_TARGET_{}_LINKER", target.replace('-', "_").to_uppercase());
            build = build.env(&linker, "rust-lld");
        }
        build.run()?;
        Ok(wasm::target_dir().join(target).join("dist/rulebox"))
    }

    /// What starts a program of such a machine here: nothing where it is one, else an emulator;
    /// none where there is none.
    pub(crate) fn emulator(self) -> Option<String> {
        if self.is_here() {
            return Some(String::new());
        }
        let emulator = format!("qemu-{}", self.processor);
        Process::new(&emulator).args(["--version"]).output().map(|_| emulator)
    }
}
