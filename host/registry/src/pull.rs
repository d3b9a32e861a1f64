//! From a reference to a pack: which digest it stands for, whether somebody who is believed has
//! signed that, and then its content. The store is asked before the network, and without a network
//! nothing else is. Content is fetched only when the signature has been verified.

use crate::{
    Content, Digest, Lock, Network, PublicKey, Reference, RegistryError, Store, Trust, artifact,
    attached::{self, Attached},
    client::Client,
    limits,
    manifest::{Descriptor, Manifest},
    settings::places,
    trust::{Verdict, Wanted},
};

/// What packs are pulled with.
#[derive(Debug, Clone)]
pub struct Puller {
    /// What was pulled before; a machine without a place for it has none.
    pub store: Option<Store>,
    /// Registries; none where they must not be asked.
    pub network: Option<Network>,
    /// What references stand for.
    pub lock: Lock,
    /// Whether only what is locked may be used.
    pub locked: bool,
    /// Bytes that a pack may have.
    pub pack_bytes: usize,
}

/// A pack that may be used.
#[derive(Debug)]
pub struct Pulled {
    /// What it is.
    pub digest: Digest,
    /// The pack.
    pub content: Content,
    /// The key by which it is signed; none where unsigned packs are allowed.
    pub signed_by: Option<String>,
}

/// A manifest that was found, and what of the network may be asked for the rest.
pub(crate) struct Found {
    pub(crate) digest: Digest,
    pub(crate) bytes: Vec<u8>,
    pub(crate) manifest: Manifest,
    /// The registry, and before it its mirrors.
    clients: Vec<Client>,
}

impl Puller {
    /// Pulls a pack.
    pub async fn pull(
        &self,
        reference: &Reference,
        trust: &Trust,
    ) -> Result<Pulled, RegistryError> {
        let found = self.find(reference).await?;
        let signed_by = self.verify(reference, &found, trust).await?;
        let content = self.content(reference, &found).await?;
        Ok(Pulled { digest: found.digest, content, signed_by })
    }

    /// What a reference stands for, if somebody who is believed has signed it; and by which key.
    pub async fn verified(
        &self,
        reference: &Reference,
        trust: &Trust,
    ) -> Result<(Digest, Option<String>), RegistryError> {
        let found = self.find(reference).await?;
        let signed_by = self.verify(reference, &found, trust).await?;
        Ok((found.digest, signed_by))
    }

    /// The manifest of a reference.
    pub(crate) async fn find(&self, reference: &Reference) -> Result<Found, RegistryError> {
        let digest = self.resolve(reference)?;
        let clients = self.clients(reference)?;
        let of = reference.to_string();
        let kept = digest.as_ref().and_then(|it| self.kept(it, limits::MANIFEST_BYTES));
        let bytes = match (kept, &digest) {
            (Some(bytes), _) => bytes,
            (None, Some(_)) if self.network.is_none() => {
                return Err(offline(reference, "its manifest"));
            }
            (None, None) if self.network.is_none() => {
                return Err(RegistryError::Unresolved { reference: reference.to_string() });
            }
            (None, digest) => {
                let name = digest.as_ref().map(ToString::to_string);
                let name = name.or_else(|| reference.tag().map(str::to_owned)).unwrap_or_default();
                first(&clients, async |it: &Client| Ok(it.manifest(&name).await?.0)).await?
            }
        };
        let manifest = Manifest::read(&bytes, &of)?;
        self.keep(&bytes)?;
        Ok(Found { digest: Digest::of(&bytes), bytes, manifest, clients })
    }

    /// The digest, where the reference or the lock says it; else a registry is asked.
    fn resolve(&self, reference: &Reference) -> Result<Option<Digest>, RegistryError> {
        let locked = self.lock.digest(reference);
        match (reference.digest(), locked) {
            (Some(typed), Some(locked)) if typed != locked => Err(RegistryError::LockDiffers {
                reference: reference.to_string(),
                locked: locked.clone(),
            }),
            (Some(digest), _) | (None, Some(digest)) => Ok(Some(digest.clone())),
            (None, None) if self.locked => {
                Err(RegistryError::NotLocked { reference: reference.to_string() })
            }
            (None, None) => Ok(None),
        }
    }

    /// The registry of a reference, and before it the mirrors that are named for it.
    fn clients(&self, reference: &Reference) -> Result<Vec<Client>, RegistryError> {
        let Some(network) = &self.network else { return Ok(Vec::new()) };
        let places = places(&network.registries, reference)?;
        places.iter().map(|it| Client::new(network, it, false)).collect()
    }

    /// The key by which what was found is signed; none where it need not be.
    pub(crate) async fn verify(
        &self,
        reference: &Reference,
        found: &Found,
        trust: &Trust,
    ) -> Result<Option<String>, RegistryError> {
        let Wanted::By(keys) = trust.wanted(reference, &found.digest)? else { return Ok(None) };
        let mut verdict = Verdict::default();
        let kept = self.kept_signatures(&found.digest);
        if let Some(key) = verdict.look(&kept, &found.digest, keys) {
            return Ok(Some(key));
        }
        if found.clients.is_empty() {
            return Err(if kept.is_empty() {
                offline(reference, "its signature")
            } else {
                verdict.refusal(reference, &found.digest)
            });
        }
        // What a registry has by now counts, and not what it had.
        let mut verdict = Verdict::default();
        for client in &found.clients {
            if let Some(key) = self.ask(client, found, keys, &mut verdict).await? {
                return Ok(Some(key));
            }
        }
        Err(verdict.refusal(reference, &found.digest))
    }

    /// Looks for a signature in one place: payloads first, because one request tells whether there
    /// are any.
    async fn ask(
        &self,
        client: &Client,
        found: &Found,
        keys: &[PublicKey],
        verdict: &mut Verdict,
    ) -> Result<Option<String>, RegistryError> {
        let digest = &found.digest;
        let mut all = Vec::new();
        match attached::payloads(client, digest).await {
            Ok(it) => all.extend(it),
            Err(error) => verdict.missed(&error),
        }
        if let Some(key) = verdict.look(&all, digest, keys) {
            self.keep_signatures(digest, &all)?;
            return Ok(Some(key));
        }
        match attached::bundles(client, digest).await {
            Ok((bundles, errors)) => {
                for error in &errors {
                    verdict.missed(error);
                }
                let key = verdict.look(&bundles, digest, keys);
                all.extend(bundles);
                if key.is_some() {
                    self.keep_signatures(digest, &all)?;
                }
                Ok(key)
            }
            Err(error) => {
                verdict.missed(&error);
                Ok(None)
            }
        }
    }

    /// All signatures of what was found, for somebody who carries them elsewhere.
    pub(crate) async fn signatures(&self, found: &Found) -> Result<Vec<Attached>, RegistryError> {
        let mut all = self.kept_signatures(&found.digest);
        for client in &found.clients {
            let mut here: Vec<_> =
                attached::payloads(client, &found.digest).await?.into_iter().collect();
            here.extend(attached::bundles(client, &found.digest).await?.0);
            here.retain(|it| !all.iter().any(|kept| kept.bytes == it.bytes));
            all.extend(here);
        }
        self.keep_signatures(&found.digest, &all)?;
        Ok(all)
    }

    /// The pack of a manifest.
    pub(crate) async fn content(
        &self,
        reference: &Reference,
        found: &Found,
    ) -> Result<Content, RegistryError> {
        let of = reference.to_string();
        let layer = artifact::layer(&found.manifest, &of)?;
        let bytes = match self.kept_part(layer, self.pack_bytes) {
            Some(bytes) => bytes,
            None => self.parts(reference, found).await?.pop().expect("a config and a layer"),
        };
        artifact::content(layer, bytes, &of)
    }

    /// The config of a pack and its layer. The config is of no use here, and kept so that what is
    /// kept is whole.
    pub(crate) async fn parts(
        &self,
        reference: &Reference,
        found: &Found,
    ) -> Result<Vec<Vec<u8>>, RegistryError> {
        let layer = artifact::layer(&found.manifest, &reference.to_string())?;
        let all = [
            (&found.manifest.config, "config", limits::CONFIG_BYTES),
            (layer, "layer", self.pack_bytes),
        ];
        let mut parts = Vec::new();
        for (of, kind, limit) in all {
            parts.push(match self.kept_part(of, limit) {
                Some(bytes) => bytes,
                None if found.clients.is_empty() => return Err(offline(reference, "its content")),
                None => {
                    let bytes = self.part(of, kind, limit, found).await?;
                    self.keep(&bytes)?;
                    bytes
                }
            });
        }
        Ok(parts)
    }

    async fn part(
        &self,
        of: &Descriptor,
        kind: &str,
        limit: usize,
        found: &Found,
    ) -> Result<Vec<u8>, RegistryError> {
        first(&found.clients, async |it: &Client| it.blob(of, kind, limit).await).await
    }

    fn kept(&self, digest: &Digest, most: usize) -> Option<Vec<u8>> {
        self.store.as_ref()?.get(digest, most)
    }

    fn kept_part(&self, of: &Descriptor, most: usize) -> Option<Vec<u8>> {
        self.store.as_ref()?.part(of, most)
    }

    fn kept_signatures(&self, digest: &Digest) -> Vec<Attached> {
        let Some(store) = &self.store else { return Vec::new() };
        let listed = store.signatures(digest);
        listed.iter().filter_map(|it| Attached::of_store(store, it)).collect()
    }

    fn keep_signatures(&self, digest: &Digest, all: &[Attached]) -> Result<(), RegistryError> {
        let Some(store) = &self.store else { return Ok(()) };
        all.iter().try_for_each(|it| it.keep(store))?;
        store.put_signatures(digest, all.iter().map(Attached::descriptor).collect())
    }

    fn keep(&self, bytes: &[u8]) -> Result<(), RegistryError> {
        self.store.as_ref().map_or(Ok(()), |it| it.put(bytes).map(drop))
    }
}

fn offline(reference: &Reference, what: &str) -> RegistryError {
    RegistryError::Offline { reference: reference.to_string(), what: what.to_owned() }
}

/// The answer of the first place that has one: mirrors may be down, or not have it yet. What is
/// wrong is what is wrong with the registry itself, which comes last.
async fn first<T>(
    clients: &[Client],
    ask: impl AsyncFn(&Client) -> Result<T, RegistryError>,
) -> Result<T, RegistryError> {
    let mut last = None;
    for client in clients {
        match ask(client).await {
            Ok(it) => return Ok(it),
            Err(error) => last = Some(error),
        }
    }
    Err(last.expect("at least the registry itself is asked"))
}
