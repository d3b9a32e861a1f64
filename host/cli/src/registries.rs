//! What was typed and configured of registries becomes what packs are pulled with: keys, locks and
//! authorities are read, the logins of the user, and the place where packs are kept. How a registry
//! is asked is not known here.

use std::{
    env, io,
    path::{Path, PathBuf},
};

use rulebox_core::{PackFailure, text::escaped};
use rulebox_reader::yaml;
use rulebox_registry::{
    Credentials, Limits, Lock, Network, Proxies, PublicKey, Pulled, Puller, Reference, Registry,
    RegistryError, SCHEME, Signers, Store, Trust, certificates,
};
use rulebox_run::{Config, RegistryOf, RunError, SignersOf, is_pem};

use crate::{
    config::ConfigFiles,
    exit::{Exit, Failure},
    files,
    registry_args::FromRegistries,
    requests::block_on,
};

/// A key is 200 bytes, and a chain of authorities some hundred kB.
const PEM_BYTES: usize = 1 << 20;

/// A line of a lock has 200 bytes.
const LOCK_BYTES: usize = 1 << 20;

/// What a configuration says of registries, with the files that it names.
#[derive(Debug, Clone, Default)]
pub(crate) struct Configured {
    pub(crate) registries: Vec<Registry>,
    pub(crate) signers: Vec<Signers>,
}

/// What packs of registries are pulled with.
pub(crate) struct Registries {
    pub(crate) puller: Puller,
    pub(crate) trust: Trust,
    /// Why packs are not kept, where they should be.
    pub(crate) note: Option<String>,
}

impl Configured {
    /// Reads what a configuration names, which is relative to the file that says it, or holds.
    pub(crate) fn of(config: &Config, files: &ConfigFiles) -> Result<Self, Failure> {
        let (registries, signers) = config.sources();
        let place = |list: &str, nth: usize| [list.to_owned(), nth.to_string()];
        let registry = |(nth, it): (usize, &RegistryOf)| {
            let RegistryOf { prefix, mirrors, plain_http, ca } = it;
            let place = place("registries", nth);
            let ca = ca.as_ref().map(|it| {
                if is_pem(it) {
                    let place = [&place[..], &["ca".to_owned()]].concat();
                    return authorities_within(it, &place, files);
                }
                read(&files.beside(&place, it), "the authorities")
            });
            Ok::<_, Failure>(Registry {
                prefix: prefix.clone(),
                mirrors: mirrors.clone(),
                plain_http: *plain_http,
                ca: ca.transpose()?,
            })
        };
        let signers_of = |(nth, it): (usize, &SignersOf)| {
            let SignersOf { prefix, keys, allow_unsigned } = it;
            let place = place("signatures", nth);
            let keys = keys.iter().enumerate().map(|(nth, it)| {
                if is_pem(it) {
                    let place = [&place[..], &["keys".to_owned(), nth.to_string()]].concat();
                    return key_within(it, &place, files);
                }
                public_key(&files.beside(&place, it))
            });
            Ok::<_, Failure>(Signers {
                prefix: prefix.clone(),
                keys: keys.collect::<Result<_, _>>()?,
                allow_unsigned: *allow_unsigned,
            })
        };
        Ok(Self {
            registries: registries.iter().enumerate().map(registry).collect::<Result<_, _>>()?,
            signers: signers.iter().enumerate().map(signers_of).collect::<Result<_, _>>()?,
        })
    }
}

impl Registries {
    /// `pack_bytes`: what a pack may have.
    pub(crate) fn new(
        typed: &FromRegistries,
        configured: &Configured,
        pack_bytes: usize,
    ) -> Result<Self, Failure> {
        let FromRegistries { keys, allow_unsigned, locked, offline, .. } = typed;
        let keys = keys.iter().map(|it| public_key(it)).collect::<Result<_, _>>()?;
        let trust =
            Trust { keys, signers: configured.signers.clone(), allow_unsigned: *allow_unsigned };
        let network = (!offline).then(|| network(configured, pack_bytes)).transpose()?;
        let (store, note) = match store() {
            Ok(store) => (Some(store), None),
            Err(error) if *offline => return Err(failure(&error)),
            Err(error) => {
                let note = format!("packs are pulled at each start: {error}; {}", error.help());
                (None, Some(escaped(note)))
            }
        };
        let lock = read_lock(typed)?;
        let puller = Puller { store, network, lock, locked: *locked, pack_bytes };
        Ok(Self { puller, trust, note })
    }

    /// Pulls a pack; what stands in the way is a failure of that pack.
    pub(crate) fn pull(
        &self,
        reference: &Reference,
    ) -> Result<Result<Pulled, PackFailure>, Failure> {
        let pulled = block_on(self.puller.pull(reference, &self.trust))?;
        Ok(pulled.map_err(|error| {
            let (pack, message) = (escaped(reference.to_string()), escaped(error.to_string()));
            PackFailure::of_pack(pack, error.code(), message, error.help())
        }))
    }
}

/// How registries are reached.
pub(crate) fn network(configured: &Configured, pack_bytes: usize) -> Result<Network, Failure> {
    Ok(Network {
        registries: configured.registries.clone(),
        credentials: Credentials::from_env().map_err(|it| failure(&it))?,
        proxies: Proxies::from_env(),
        limits: Limits { pack_bytes, ..Limits::default() },
    })
}

/// The word that was typed as a reference.
pub(crate) fn reference(word: &str) -> Result<Reference, Failure> {
    word.parse().map_err(|it| {
        let help =
            format!("write it as {SCHEME}registry.example/acme/rules:1.0, or with @sha256:…");
        Failure::usage(format!("`{word}` names no pack of a registry: {it}")).help(help)
    })
}

/// Where packs of registries are kept: with the user's data, since what was carried here by hand is
/// nowhere else.
pub(crate) fn store() -> Result<Store, RegistryError> {
    let folder = |variable| env::var_os(variable).map(PathBuf::from).filter(|it| it.is_absolute());
    let in_home =
        if cfg!(target_os = "macos") { "Library/Application Support" } else { ".local/share" };
    let home = || folder("HOME").map(|it| it.join(in_home));
    let data = folder("XDG_DATA_HOME").or_else(home);
    let data = data.ok_or_else(|| RegistryError::Store {
        folder: "~/.local/share/rulebox/registry".into(),
        reason: "neither $XDG_DATA_HOME nor $HOME says where it is".to_owned(),
    })?;
    Store::open(&data.join("rulebox/registry"))
}

/// The lock that was typed, or the one of this folder; where there is none, an empty one.
pub(crate) fn read_lock(typed: &FromRegistries) -> Result<Lock, Failure> {
    let path = typed.lock();
    let wrong = |reason: &str| {
        let help = "write it anew: rulebox rules lock oci://registry.example/acme/rules:1.0";
        Failure::usage(format!("cannot use the lock {}: {reason}", path.display())).help(help)
    };
    let bytes = match files::read_small(&path, LOCK_BYTES) {
        Err(error)
            if error.kind() == io::ErrorKind::NotFound
                && (typed.lock.is_none() || typed.begins_lock) =>
        {
            return Ok(Lock::default());
        }
        read => read.map_err(|it| wrong(&files::words(&it)))?,
    };
    let text = String::from_utf8(bytes).map_err(|it| wrong(&it.to_string()))?;
    let value = yaml::to_json_value(&text).map_err(|it| wrong(&it.to_string()))?;
    Lock::from_value(&value).map_err(|it| wrong(&it))
}

/// Reads a public key; it is called what its file is.
pub(crate) fn public_key(path: &Path) -> Result<PublicKey, Failure> {
    let bytes = read(path, "the key")?;
    PublicKey::from_pem(&path.display().to_string(), &bytes).map_err(|it| failure(&it))
}

/// A public key that stands in a configuration itself; it is called what its place is.
fn key_within(pem: &str, place: &[String], files: &ConfigFiles) -> Result<PublicKey, Failure> {
    let name = files.places()(place).to_string();
    PublicKey::from_pem(&name, pem.as_bytes()).map_err(|it| {
        let help = it.help();
        let reason = match it {
            RegistryError::Key { reason, .. } => reason,
            other => other.to_string(),
        };
        no_pem(reason, &help, place, files)
    })
}

/// The certificates of authorities that stand in a configuration themselves.
fn authorities_within(
    pem: &str,
    place: &[String],
    files: &ConfigFiles,
) -> Result<Vec<u8>, Failure> {
    let help = "write certificates, as they stand in a file of PEM";
    let all = certificates(pem.as_bytes()).map_err(|it| no_pem(it, help, place, files))?;
    Ok(all.into_bytes())
}

/// Why a PEM of a configuration cannot be used; it is not repeated.
fn no_pem(reason: String, help: &str, place: &[String], files: &ConfigFiles) -> Failure {
    // In YAML a text of several lines becomes one unless a bar says that it does not.
    let help = format!("{help}; write it below `|`, each line as it stands in its file");
    files.explain(RunError::new(reason).help(help).in_configuration(place.to_vec()))
}

/// Reads a small file that was named.
pub(crate) fn read(path: &Path, what: &str) -> Result<Vec<u8>, Failure> {
    files::read_small(path, PEM_BYTES).map_err(|it| {
        let message = format!("cannot read {what} {}: {}", path.display(), files::words(&it));
        Failure::usage(message).help("check the path")
    })
}

/// What an error of registries is to the shell: wrong usage where the user wrote it, else a failure
/// of a pack.
pub(crate) fn failure(error: &RegistryError) -> Failure {
    let exit = match error {
        RegistryError::Setting { .. }
        | RegistryError::Key { .. }
        | RegistryError::LockDiffers { .. } => Exit::Usage,
        _ => Exit::Pack,
    };
    Failure { exit, message: error.to_string(), help: error.help() }
}
