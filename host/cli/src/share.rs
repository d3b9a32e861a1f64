//! `rulebox rules push`, `pull`, `lock`, `save`, `load`, `sign`, `verify` and `keygen`: files and
//! words in, registries and files out. How packs travel is not known here.

use std::{
    collections::BTreeMap,
    env,
    fmt::Write as _,
    fs::{self, File, OpenOptions},
    io::{self, BufReader, BufWriter, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use rulebox_engine::Limits;
use rulebox_registry::{
    self as registry, Carried, Content, Digest, Lock, PrivateKey, Reference, SignatureForm, Trust,
};

use crate::{
    config,
    exit::Failure,
    files::{self, Target},
    output, passwords,
    push_files::Pushed,
    registries::{self, Configured, Registries, failure, public_key, reference},
    registry_args::FromRegistries,
    requests::block_on,
    share_args::{self as typed, Chosen, Form, Reached, Share},
};

/// The text to print.
pub(crate) fn run(command: &Share) -> Result<String, Failure> {
    match command {
        Share::Push(it) => push(it),
        Share::Pull(it) => pull(it),
        Share::Lock(it) => lock(it),
        Share::Save(it) => save(it),
        Share::Load(it) => load(it),
        Share::Sign(it) => sign(it),
        Share::Verify(it) => verify(it),
        Share::Keygen(it) => keygen(it),
    }
}

fn configured(reached: &Reached) -> Result<Configured, Failure> {
    let (config, file) = config::read(&reached.config)?;
    Configured::of(&config, &file)
}

fn registries(chosen: &Chosen) -> Result<Registries, Failure> {
    let limits = Limits::from(&chosen.limits);
    let made =
        Registries::new(&chosen.registries, &configured(&chosen.reached)?, limits.pack_bytes)?;
    output::note(made.note.clone());
    Ok(made)
}

fn references(words: &[String]) -> Result<Vec<Reference>, Failure> {
    words.iter().map(|it| reference(it)).collect()
}

fn push(push: &typed::Push) -> Result<String, Failure> {
    let to = reference(&push.to)?;
    let Pushed { content, annotations } = Pushed::read(&push.pack, (&push.limits).into())?;
    let own = push.annotations.iter().cloned();
    let annotations: BTreeMap<_, _> = annotations.into_iter().chain(own).collect();
    let artifact = registry::Artifact { content, annotations, created: created()? };
    let limits = Limits::from(&push.limits);
    let network = registries::network(&configured(&push.reached)?, limits.pack_bytes)?;
    let before = block_on(registry::tagged(&network, &to))?.map_err(|it| failure(&it))?;
    let digest = block_on(registry::push(&network, &to, &artifact))?.map_err(|it| failure(&it))?;
    output::note(before.filter(|it| *it != digest).map(|before| {
        format!(
            "{to} was {before} before: whoever locked it keeps that, and whoever requires a \
             signature is refused until this one is signed"
        )
    }));
    Ok(format!("{}\n", to.at(digest)))
}

/// When what is built was made, as builds that give the same each time are told.
fn created() -> Result<Option<String>, Failure> {
    const VARIABLE: &str = "SOURCE_DATE_EPOCH";
    let Some(seconds) = env::var_os(VARIABLE) else { return Ok(None) };
    let seconds = seconds.to_string_lossy().into_owned();
    let time = seconds.parse().ok().and_then(|it| Timestamp::from_second(it).ok());
    let time = time.ok_or_else(|| {
        Failure::usage(format!("{VARIABLE} is `{seconds}`, and no number of seconds"))
            .help("unset it, or let it be the time of a commit: git log -1 --format=%ct")
    })?;
    Ok(Some(time.to_string()))
}

fn pull(pull: &typed::Pull) -> Result<String, Failure> {
    let references = references(&pull.references)?;
    if pull.to.is_some() && references.len() > 1 {
        return Err(Failure::usage("--to takes one pack, and several were named")
            .help("pull them one by one"));
    }
    let from = registries(&pull.chosen)?;
    if from.puller.store.is_none() && pull.to.is_none() {
        return Err(Failure::usage("there is no place where pulled packs could be kept")
            .help("name a file: --to rules.wasm"));
    }
    let mut text = String::new();
    for reference in references {
        let pulled = block_on(from.puller.pull(&reference, &from.trust))?;
        let pulled = pulled.map_err(|it| failure(&it))?;
        if let Some(to) = &pull.to {
            write_pack(to, &pulled.content)?;
        }
        text += &line(&reference.at(pulled.digest), pulled.signed_by.as_deref());
    }
    Ok(text)
}

/// A pack that may be used, and who says so.
fn line(reference: &Reference, signed_by: Option<&str>) -> String {
    match signed_by {
        Some(key) => format!("{reference} signed by {}\n", rulebox_core::text::escape(key)),
        None => format!("{reference} not verified\n"),
    }
}

/// Writes a pack to where nothing is.
fn write_pack(to: &Path, content: &Content) -> Result<(), Failure> {
    match content {
        Content::Component(bytes) | Content::Text(bytes) => write_new(to, bytes, 0o666),
        Content::Folder(files) => {
            fs::create_dir(to).map_err(|it| not_written(to, &it))?;
            for (path, bytes) in files {
                let path = to.join(path);
                let folder = path.parent().unwrap_or(to);
                fs::create_dir_all(folder).map_err(|it| not_written(folder, &it))?;
                write_new(&path, bytes, 0o666)?;
            }
            Ok(())
        }
    }
}

/// Writes a file that is not there yet.
fn write_new(path: &Path, bytes: &[u8], mode: u32) -> Result<(), Failure> {
    let mut options = OpenOptions::new();
    let opened = options.write(true).create_new(true).mode(mode).open(path);
    opened.and_then(|mut it| it.write_all(bytes)).map_err(|it| not_written(path, &it))
}

fn not_written(path: &Path, error: &io::Error) -> Failure {
    let help = match error.kind() {
        io::ErrorKind::AlreadyExists => "remove it first, or choose another name",
        _ => "choose a place that you may write to",
    };
    let words = files::words(error);
    Failure::usage(format!("cannot write {}: {words}", path.display())).help(help)
}

fn lock(lock: &typed::Lock) -> Result<String, Failure> {
    let mut chosen = lock.chosen.clone();
    chosen.registries.begins_lock = true;
    let mut from = registries(&chosen)?;
    let mut locked = std::mem::take(&mut from.puller.lock);
    from.puller.locked = false;
    let mut references = references(&lock.references)?;
    if let Some(it) = references.iter().find(|it| it.tag().is_none()) {
        let message =
            format!("{it} has no tag, and so nothing to lock: its digest says what it is");
        return Err(Failure::usage(message).help("name a tag: …:1.0"));
    }
    if references.is_empty() {
        references = locked.iter().map(|it| it.0.clone()).collect();
    }
    if references.is_empty() {
        return Err(Failure::usage("the lock holds nothing that could be asked for anew")
            .help("name what to lock: rulebox rules lock oci://registry.example/acme/rules:1.0"));
    }
    let mut text = String::new();
    for reference in &references {
        let verified = block_on(from.puller.pull(reference, &from.trust))?;
        let verified = verified.map_err(|it| failure(&it))?;
        text += &set(&mut locked, reference, verified.digest);
    }
    write_lock(&lock.chosen.registries, &locked)?;
    Ok(text)
}

/// Locks a reference, and says what that changes.
fn set(lock: &mut Lock, reference: &Reference, digest: Digest) -> String {
    let known = lock.digest(reference).is_some();
    match lock.set(reference, digest.clone()) {
        Some(before) => format!("{reference} {before} -> {digest}\n"),
        None if known => format!("{reference} {digest} (unchanged)\n"),
        None => format!("{reference} {digest} (new)\n"),
    }
}

fn write_lock(typed: &FromRegistries, lock: &Lock) -> Result<(), Failure> {
    let target = Target::of(&typed.lock())?;
    match files::write(&[(&target, lock.text().as_bytes())]).into_iter().next() {
        Some(failure) => Err(failure),
        None => Ok(()),
    }
}

fn save(save: &typed::Save) -> Result<String, Failure> {
    let references = references(&save.references)?;
    let from = registries(&save.chosen)?;
    let written = |it| not_written(&save.file, &it);
    let file = OpenOptions::new().write(true).create_new(true).open(&save.file).map_err(written)?;
    let to = BufWriter::new(file);
    let saved = block_on(registry::save(&from.puller, &references, &from.trust, to))
        .and_then(|it| it.map_err(|it| failure(&it)));
    if saved.is_err() {
        // Half a file is none.
        let _gone = fs::remove_file(&save.file);
    }
    Ok(saved?.iter().map(carried).collect())
}

fn carried(it: &Carried) -> String {
    line(&it.reference.at(it.digest.clone()), it.signed_by.as_deref())
}

fn load(load: &typed::Load) -> Result<String, Failure> {
    let Chosen { registries: typed, reached, limits } = &load.chosen;
    let limits = Limits::from(limits);
    // Nothing is asked: it is all in the file.
    let begins_lock = load.write_lock;
    let quiet = FromRegistries { offline: true, begins_lock, ..typed.clone() };
    let from = Registries::new(&quiet, &configured(reached)?, limits.pack_bytes)?;
    let store = from.puller.store.as_ref().expect("without one it would have failed");
    let name = load.file.display();
    let file = File::open(&load.file).map_err(|it| {
        let message = format!("cannot read {name}: {}", files::words(&it));
        Failure::usage(message).help("name a file that `rulebox rules save` has written")
    })?;
    let loaded = registry::load(store, limits.pack_bytes, &from.trust, BufReader::new(file));
    let loaded = loaded.map_err(|it| {
        let failed = failure(&it);
        Failure { message: format!("cannot load {name}: {}", failed.message), ..failed }
    })?;
    let mut text: String = loaded.iter().map(carried).collect();
    if load.write_lock {
        let mut lock = from.puller.lock.clone();
        for it in loaded.iter().filter(|it| it.reference.tag().is_some()) {
            write!(text, "locked {}", set(&mut lock, &it.reference, it.digest.clone()))
                .expect("a text takes all");
        }
        write_lock(typed, &lock)?;
    }
    Ok(text)
}

fn sign(sign: &typed::Sign) -> Result<String, Failure> {
    let reference = reference(&sign.reference)?;
    let name = sign.key.display().to_string();
    let pem = registries::read(&sign.key, "the key")?;
    let mut unasked = None;
    let key = PrivateKey::from_pem(&name, &pem, || {
        passwords::ask(&name).map_err(|it| {
            let reason = it.message.clone();
            unasked = Some(it);
            registry::RegistryError::Key { name: name.clone(), reason }
        })
    });
    let key = key.map_err(|it| unasked.take().unwrap_or_else(|| failure(&it)))?;
    let form = match sign.form {
        Form::Payload => SignatureForm::Payload,
        Form::Bundle => SignatureForm::Bundle,
    };
    let network = registries::network(&configured(&sign.reached)?, Limits::default().pack_bytes)?;
    let signed = block_on(registry::sign(&network, &reference, &key, form))?;
    Ok(line(&reference.at(signed.map_err(|it| failure(&it))?), Some(&name)))
}

fn verify(verify: &typed::Verify) -> Result<String, Failure> {
    let references = references(&verify.references)?;
    let keys = verify.keys.iter().map(|it| public_key(it)).collect::<Result<_, _>>()?;
    let trust = Trust { keys, ..Trust::default() };
    let most = Limits::default().pack_bytes;
    let mut from =
        Registries::new(&FromRegistries::default(), &configured(&verify.reached)?, most)?;
    // What a registry has now is asked for, whatever is kept or locked.
    (from.puller.store, from.puller.lock) = (None, Lock::default());
    let mut text = String::new();
    for reference in references {
        let verified = block_on(from.puller.verified(&reference, &trust))?;
        let (digest, signed_by) = verified.map_err(|it| failure(&it))?;
        text += &line(&reference.at(digest), signed_by.as_deref());
    }
    Ok(text)
}

fn keygen(keygen: &typed::Keygen) -> Result<String, Failure> {
    let with = |end: &str| PathBuf::from(format!("{}.{end}", keygen.to.display()));
    let (private, public) = (with("key"), with("pub"));
    for path in [&private, &public] {
        if path.exists() {
            return Err(not_written(path, &io::ErrorKind::AlreadyExists.into()));
        }
    }
    let password = passwords::ask_new()?;
    let (key, text) = PrivateKey::generate(&password).map_err(|it| failure(&it))?;
    write_new(&private, text.as_bytes(), 0o600)?;
    write_new(&public, key.public("").pem().as_bytes(), 0o666)?;
    Ok(format!(
        "{} signs: keep it and its password to yourself\n{} verifies: give it to everybody\n",
        private.display(),
        public.display()
    ))
}
