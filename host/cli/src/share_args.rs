//! What shares packs by registries and files, as clap parses it: `rulebox rules push` and its kin.
//! What it means is decided elsewhere.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum, ValueHint};

use crate::{exit, pack_args::LoadLimits, registry_args::FromRegistries};

#[derive(Debug, Subcommand)]
pub(crate) enum Share {
    /// Push a pack to a registry.
    #[command(after_long_help = format!("{PUSH_EXAMPLES}\n\n{}", exit::OF_SHARE))]
    Push(Push),
    /// Pull packs of registries, so that later runs need no network; and write one to a file.
    #[command(after_long_help = format!("{PULL_EXAMPLES}\n\n{}", exit::OF_SHARE))]
    Pull(Pull),
    /// Write which packs references stand for into a lock.
    #[command(after_long_help = format!("{LOCK_EXAMPLES}\n\n{}", exit::OF_SHARE))]
    Lock(Lock),
    /// Write packs of registries, with their signatures, into one file for another machine.
    #[command(after_long_help = format!("{CARRY_EXAMPLES}\n\n{}", exit::OF_SHARE))]
    Save(Save),
    /// Read packs of a file that `save` has written.
    #[command(after_long_help = format!("{CARRY_EXAMPLES}\n\n{}", exit::OF_SHARE))]
    Load(Load),
    /// Sign a pack that is in a registry, as cosign does.
    #[command(after_long_help = format!("{SIGN_EXAMPLES}\n\n{}", exit::OF_SHARE))]
    Sign(Sign),
    /// Verify who has signed a pack of a registry: signatures of `sign` and of cosign.
    #[command(after_long_help = format!("{SIGN_EXAMPLES}\n\n{}", exit::OF_SHARE))]
    Verify(Verify),
    /// Make a pair of keys to sign packs with, as `cosign generate-key-pair` does.
    #[command(after_long_help = format!("{SIGN_EXAMPLES}\n\n{}", exit::OF_SHARE))]
    Keygen(Keygen),
}

const PUSH_EXAMPLES: &str = "\
Examples:
  rulebox rules push my-rules.wasm oci://registry.example/acme/rules:1.0
  rulebox rules push rules/ oci://registry.example/acme/rules:1.0 --annotation team=backup

The same pack gives the same digest. Name and version stand in the annotations title and version. \
Credentials are those of `docker login`.";

const PULL_EXAMPLES: &str = "\
Examples:
  rulebox rules pull oci://registry.example/acme/rules:1.0 --require-signature cosign.pub
  rulebox rules pull oci://registry.example/acme/rules:1.0 --to rules.wasm";

const LOCK_EXAMPLES: &str = "\
Examples:
  rulebox rules lock oci://registry.example/acme/rules:1.0
  rulebox rules lock

Without a reference all that the lock holds is asked for anew, and what has changed is told. A \
pack that may not be used is not locked.";

const CARRY_EXAMPLES: &str = "\
Examples:
  rulebox rules save packs.tar oci://registry.example/acme/rules:1.0
  rulebox rules load packs.tar --write-lock --require-signature cosign.pub
  rulebox check dump.yaml --pack oci://registry.example/acme/rules:1.0 --offline \\
    --require-signature cosign.pub

The file is a tar of an OCI image layout. What is loaded is compared with its digests and verified \
as if it had been pulled; the lock says then which pack the tag stands for.";

const SIGN_EXAMPLES: &str = "\
Examples:
  rulebox rules keygen
  rulebox rules sign --key cosign.key oci://registry.example/acme/rules:1.0
  rulebox rules verify --key cosign.pub oci://registry.example/acme/rules:1.0
  cosign verify --key cosign.pub --insecure-ignore-tlog registry.example/acme/rules:1.0

The password of a key is asked for, unless COSIGN_PASSWORD holds it. Nothing is written to a \
transparency log, and none is asked.";

/// How the registry is reached, where nothing is evaluated.
#[derive(Debug, Clone, Args)]
pub(crate) struct Reached {
    /// A configuration, as `check` takes it; repeatable, a later one wins. Here counts what it says
    /// of registries.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) config: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Push {
    /// A WebAssembly component, a pack as YAML, or a folder with pack.yaml.
    #[arg(value_name = "PACK", value_hint = ValueHint::AnyPath)]
    pub(crate) pack: PathBuf,
    /// Where to: oci://registry.example/acme/rules:1.0.
    #[arg(value_name = "REFERENCE")]
    pub(crate) to: String,
    /// What the manifest says of the pack beside; repeatable.
    #[arg(long = "annotation", value_name = "KEY=VALUE", value_parser = pair)]
    pub(crate) annotations: Vec<(String, String)>,
    #[command(flatten)]
    pub(crate) reached: Reached,
    #[command(flatten)]
    pub(crate) limits: LoadLimits,
}

/// `org.opencontainers.image.source=https://git.example/acme`.
fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("write it as KEY=VALUE: org.opencontainers.image.licenses=Apache-2.0".to_owned()),
    }
}

/// What decides which packs may be had, and how.
#[derive(Debug, Clone, Args)]
pub(crate) struct Chosen {
    #[command(flatten)]
    pub(crate) registries: FromRegistries,
    #[command(flatten)]
    pub(crate) reached: Reached,
    #[command(flatten)]
    pub(crate) limits: LoadLimits,
}

#[derive(Debug, Args)]
pub(crate) struct Pull {
    /// oci://registry.example/acme/rules:1.0; repeatable.
    #[arg(value_name = "REFERENCE", required = true)]
    pub(crate) references: Vec<String>,
    /// Write the pack here: a file, or a folder for a pack that is one. What exists is not written
    /// over.
    #[arg(long, value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(crate) to: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) chosen: Chosen,
}

#[derive(Debug, Args)]
pub(crate) struct Lock {
    /// oci://registry.example/acme/rules:1.0; repeatable. Without one: all that is locked.
    #[arg(value_name = "REFERENCE")]
    pub(crate) references: Vec<String>,
    #[command(flatten)]
    pub(crate) chosen: Chosen,
}

#[derive(Debug, Args)]
pub(crate) struct Save {
    /// The file to write; what exists is not written over.
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) file: PathBuf,
    /// oci://registry.example/acme/rules:1.0; repeatable.
    #[arg(value_name = "REFERENCE", required = true)]
    pub(crate) references: Vec<String>,
    #[command(flatten)]
    pub(crate) chosen: Chosen,
}

#[derive(Debug, Args)]
pub(crate) struct Load {
    /// The file to read.
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) file: PathBuf,
    /// Write into the lock which packs its references stand for.
    #[arg(long)]
    pub(crate) write_lock: bool,
    #[command(flatten)]
    pub(crate) chosen: Chosen,
}

#[derive(Debug, Args)]
pub(crate) struct Sign {
    /// oci://registry.example/acme/rules:1.0.
    #[arg(value_name = "REFERENCE")]
    pub(crate) reference: String,
    /// The private key, PEM.
    #[arg(long, value_name = "KEY", value_hint = ValueHint::FilePath)]
    pub(crate) key: PathBuf,
    /// The form of the signature: what all versions of cosign verify, or a bundle as cosign 3
    /// writes it.
    #[arg(long, value_name = "FORM", default_value_t, value_enum, ignore_case = true)]
    pub(crate) form: Form,
    #[command(flatten)]
    pub(crate) reached: Reached,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// A signed payload under a tag.
    #[default]
    Payload,
    /// A bundle that refers to the pack.
    Bundle,
}

#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// oci://registry.example/acme/rules:1.0; repeatable.
    #[arg(value_name = "REFERENCE", required = true)]
    pub(crate) references: Vec<String>,
    /// A public key, PEM: a signature by one of them is enough; repeatable.
    #[arg(long = "key", value_name = "KEY", required = true, value_hint = ValueHint::FilePath)]
    pub(crate) keys: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) reached: Reached,
}

#[derive(Debug, Args)]
pub(crate) struct Keygen {
    /// What the files are called: NAME.key and NAME.pub, which must not exist.
    #[arg(long, value_name = "NAME", default_value = "cosign", value_hint = ValueHint::FilePath)]
    pub(crate) to: PathBuf,
}
