//! Checks a pack before it runs: the bytes, and the names of imports and exports. These are read
//! before anything is compiled ([`crate::shape`]), and again before anything is linked
//! ([`crate::pack`]).

use crate::{
    CONTRACT, CONTRACT_VERSION, Limits, PackErrorKind, error::cut_name, limits::description,
};

/// The interfaces of the contract that a pack may import.
const INTERFACES: [&str; 4] = ["inventory", "log", "report", "types"];

/// The packages of WASI 0.2 that components of JavaScript's and Python's toolchains import.
const WASI_PACKAGES: [&str; 7] = ["cli", "clocks", "filesystem", "http", "io", "random", "sockets"];

/// `\0asm`, then the version: 1 in layer 0 is a module.
const MODULE: &[u8] = b"\0asm\x01\0\0\0";
/// Layer 1 is a component.
const COMPONENT_LAYER: &[u8] = b"\x01\0";

/// Whether these bytes can be a component at all.
pub(crate) fn bytes(bytes: &[u8], limits: &Limits) -> Result<(), PackErrorKind> {
    let limit = limits.pack_bytes;
    if !bytes.starts_with(b"\0asm") {
        return Err(PackErrorKind::NotWebAssembly { found: looks_like(bytes) });
    }
    if bytes.starts_with(MODULE) {
        return Err(PackErrorKind::CoreModule);
    }
    if bytes.get(6..8) != Some(COMPONENT_LAYER) {
        return Err(PackErrorKind::NotWebAssembly {
            found: "a WebAssembly file of an unknown kind",
        });
    }
    if bytes.len() > limit {
        return Err(PackErrorKind::PackTooBig { limit });
    }
    Ok(())
}

fn looks_like(bytes: &[u8]) -> &'static str {
    let text = bytes.trim_ascii_start();
    if bytes.is_empty() {
        "the file is empty"
    } else if text.starts_with(b"(") || text.starts_with(b";;") {
        "WebAssembly text; it must be binary (`wasm-tools parse`)"
    } else if bytes.starts_with(b"\x7fELF") {
        "a program or compiled code"
    } else if bytes.starts_with(b"\x1f\x8b") {
        "a gzip file"
    } else if bytes.starts_with(b"PK\x03\x04") {
        "a zip file"
    } else {
        "the file does not begin with `\\0asm`"
    }
}

/// What a component imports.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Imports {
    /// Interfaces of WASI 0.2, in the order of import.
    pub(crate) wasi: Vec<String>,
    outside: Vec<String>,
}

impl Imports {
    /// Adds an import, which is an interface or something else. Another version of the contract is
    /// refused at once.
    pub(crate) fn add(&mut self, name: &str, interface: bool) -> Result<(), PackErrorKind> {
        match sort(name) {
            Import::Contract if interface => {}
            Import::Wasi if interface => self.wasi.push(name.to_owned()),
            Import::ContractVersion(found) if interface => {
                return Err(PackErrorKind::ContractVersion { found: cut_name(found) });
            }
            _ => self.outside.push(format!("`{}`", cut_name(name))),
        }
        Ok(())
    }

    /// Refuses what is neither of the contract nor of WASI 0.2.
    pub(crate) fn finish(&self) -> Result<(), PackErrorKind> {
        if self.outside.is_empty() {
            return Ok(());
        }
        Err(PackErrorKind::ImportOutsideContract { imports: first(&self.outside) })
    }
}

/// As many as help; the others are counted.
pub(crate) fn first(all: &[String]) -> Vec<String> {
    let mut told = all.iter().take(description::PROBLEMS).cloned().collect::<Vec<_>>();
    if told.len() < all.len() {
        told.push(format!("and {} more", all.len() - told.len()));
    }
    told
}

/// Which functions of the contract a component exports.
#[derive(Debug, Default)]
pub(crate) struct Exports {
    describe: bool,
    evaluate: bool,
}

impl Exports {
    /// Adds an export, which is a function or something else.
    pub(crate) fn add(&mut self, name: &str, function: bool) {
        self.describe |= name == "describe" && function;
        self.evaluate |= name == "evaluate" && function;
    }

    /// Refuses a component that lacks one of them.
    pub(crate) fn finish(&self) -> Result<(), PackErrorKind> {
        for (export, found) in [("describe", self.describe), ("evaluate", self.evaluate)] {
            if !found {
                return Err(PackErrorKind::MissingExport { export });
            }
        }
        Ok(())
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Import<'a> {
    Contract,
    ContractVersion(&'a str),
    Wasi,
    Outside,
}

fn sort(name: &str) -> Import<'_> {
    let (path, version) = name.split_once('@').unwrap_or((name, ""));
    let Some((package, interface)) = path.split_once('/') else {
        return Import::Outside;
    };
    if package == CONTRACT {
        return match (INTERFACES.contains(&interface), version == CONTRACT_VERSION) {
            (true, true) => Import::Contract,
            (_, false) => Import::ContractVersion(version),
            (false, true) => Import::Outside,
        };
    }
    let wasi = package.strip_prefix("wasi:").is_some_and(|it| WASI_PACKAGES.contains(&it));
    let patch = version.strip_prefix("0.2.");
    let release = patch.is_some_and(|it| !it.is_empty() && it.bytes().all(|b| b.is_ascii_digit()));
    if wasi && release { Import::Wasi } else { Import::Outside }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, want: &Import<'_>) {
        assert_eq!(&sort(name), want, "{name}");
    }

    #[test]
    fn the_contract_in_its_version() {
        check("rulebox:rules/inventory@0.1.0", &Import::Contract);
        check("rulebox:rules/types@0.1.0", &Import::Contract);
        check("rulebox:rules/inventory@0.2.0", &Import::ContractVersion("0.2.0"));
        check("rulebox:rules/inventory@0.1.1", &Import::ContractVersion("0.1.1"));
        check("rulebox:rules/inventory", &Import::ContractVersion(""));
        check("rulebox:rules/secrets@0.1.0", &Import::Outside);
    }

    #[test]
    fn wasi_in_any_patch_of_0_2() {
        check("wasi:cli/environment@0.2.0", &Import::Wasi);
        check("wasi:http/types@0.2.10", &Import::Wasi);
        check("wasi:cli/environment@0.3.0", &Import::Outside);
        check("wasi:cli/environment@0.2.0-rc-2024", &Import::Outside);
        check("wasi:nn/graph@0.2.0", &Import::Outside);
        check("wasi:keyvalue/store@0.2.0", &Import::Outside);
    }

    #[test]
    fn anything_else_is_outside() {
        check("run", &Import::Outside);
        check("acme:tools/shell@1.0.0", &Import::Outside);
        check("rulebox:rules-extra/inventory@0.1.0", &Import::Outside);
    }
}
