//! Checks a pack before it runs: the bytes, and the names of imports and exports. These are read
//! before anything is compiled ([`crate::shape`]), and again before anything is linked
//! ([`crate::pack`]).

use crate::{
    CONTRACT, Limits, PackErrorKind, contract::Spoken, error::cut_name, limits::description,
};

/// The interfaces of the contract that a pack may import, and the patch that brought each.
const INTERFACES: [(&str, u32); 5] =
    [("inventory", 0), ("log", 0), ("report", 0), ("timeline", 1), ("types", 0)];

/// What an interpreter imports beside the contract: the texts of the pack that it stands for.
pub(crate) const PACK_TEXTS: &str = "rulebox:interpreter/pack-texts@0.1.0";

/// What a component is taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// A pack: it has the contract alone.
    Pack,
    /// An interpreter of this build: it has [`PACK_TEXTS`] too.
    Interpreter,
}

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
    /// Whether it asks for the texts of a pack.
    texts: bool,
    outside: Vec<String>,
}

impl Imports {
    /// Adds an import, which is an interface or something else. A version of the contract that this
    /// host does not support is refused at once.
    pub(crate) fn add(&mut self, name: &str, interface: bool) -> Result<(), PackErrorKind> {
        match sort(name) {
            Import::Contract if interface => {}
            Import::Wasi if interface => self.wasi.push(name.to_owned()),
            Import::PackTexts if interface => self.texts = true,
            Import::ContractVersion(found) if interface => {
                let newer = Spoken::of(found) == Spoken::Newer;
                return Err(PackErrorKind::ContractVersion { found: cut_name(found), newer });
            }
            _ => self.outside.push(format!("`{}`", cut_name(name))),
        }
        Ok(())
    }

    /// Refuses what is neither of the contract nor of WASI 0.2, nor an interpreter's.
    pub(crate) fn finish(&self, role: Role) -> Result<(), PackErrorKind> {
        let texts = (self.texts && role == Role::Pack).then(|| format!("`{PACK_TEXTS}`"));
        let outside: Vec<_> = self.outside.iter().cloned().chain(texts).collect();
        if outside.is_empty() {
            return Ok(());
        }
        Err(PackErrorKind::ImportOutsideContract { imports: first(&outside) })
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
    PackTexts,
    Outside,
}

fn sort(name: &str) -> Import<'_> {
    if name == PACK_TEXTS {
        return Import::PackTexts;
    }
    let (path, version) = name.split_once('@').unwrap_or((name, ""));
    let Some((package, interface)) = path.split_once('/') else {
        return Import::Outside;
    };
    if package == CONTRACT {
        let Spoken::Supported(patch) = Spoken::of(version) else {
            return Import::ContractVersion(version);
        };
        let is_known = |it: &(&str, u32)| it.0 == interface && it.1 <= patch;
        return if INTERFACES.iter().any(is_known) { Import::Contract } else { Import::Outside };
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
    fn the_contract_in_its_version_and_the_patches_before_it() {
        check("rulebox:rules/inventory@0.1.0", &Import::Contract);
        check("rulebox:rules/inventory@0.1.1", &Import::Contract);
        check("rulebox:rules/types@0.1.0", &Import::Contract);
        check("rulebox:rules/inventory@0.1.2", &Import::ContractVersion("0.1.2"));
        check("rulebox:rules/inventory@0.2.0", &Import::ContractVersion("0.2.0"));
        check("rulebox:rules/inventory@0.0.9", &Import::ContractVersion("0.0.9"));
        check("rulebox:rules/inventory@0.1.1-rc1", &Import::ContractVersion("0.1.1-rc1"));
        check("rulebox:rules/inventory@0.1", &Import::ContractVersion("0.1"));
        check("rulebox:rules/inventory", &Import::ContractVersion(""));
        check("rulebox:rules/secrets@0.1.0", &Import::Outside);
    }

    #[test]
    fn an_interface_is_known_from_the_patch_that_brought_it() {
        check("rulebox:rules/timeline@0.1.1", &Import::Contract);
        check("rulebox:rules/timeline@0.1.0", &Import::Outside);
    }

    #[track_caller]
    fn check_refusal(version: &str, want: &str) {
        let name = format!("rulebox:rules/report@{version}");
        let error = Imports::default().add(&name, true).expect_err("a refusal");
        assert_eq!(error.to_string(), want);
    }

    #[test]
    fn a_newer_contract_is_called_newer() {
        let newer = "it speaks rulebox:rules@0.1.2, which is newer than rulebox:rules@0.1.1, the \
                     newest that this host speaks";
        check_refusal("0.1.2", newer);
        let other = "it speaks rulebox:rules@0.0.9; this host speaks rulebox:rules@0.1.1";
        check_refusal("0.0.9", other);
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
    fn the_texts_of_a_pack_are_for_interpreters() {
        check(PACK_TEXTS, &Import::PackTexts);
        check("rulebox:interpreter/pack-texts@0.1.1", &Import::Outside);
        let mut imports = Imports::default();
        imports.add(PACK_TEXTS, true).expect("it is known");
        imports.finish(Role::Interpreter).expect("it may");
        let refused = imports.finish(Role::Pack).expect_err("a refusal").to_string();
        assert_eq!(refused, format!("it imports `{PACK_TEXTS}`, which is outside the contract"));
    }

    #[test]
    fn anything_else_is_outside() {
        check("run", &Import::Outside);
        check("acme:tools/shell@1.0.0", &Import::Outside);
        check("rulebox:rules-extra/inventory@0.1.0", &Import::Outside);
    }
}
