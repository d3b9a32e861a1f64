//! The signatures of an artifact, where cosign keeps them: a manifest under the tag
//! `sha256-….sig` with a layer for each payload, and bundles, which are referrers of the artifact.
//! Who is believed is not known here.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::json;

use crate::{
    Digest, PrivateKey, Reference, RegistryError, Store,
    client::Client,
    limits,
    manifest::{Descriptor, EMPTY, EMPTY_BYTES, MANIFEST, Manifest},
    sign::payload::{BUNDLE, SIGNED, bundle, simple},
};

/// The media type of a payload, and the annotation with its signature.
const SIMPLE: &str = "application/vnd.dev.cosign.simplesigning.v1+json";
const SIGNATURE: &str = "dev.cosignproject.cosign/signature";

/// What all media types of bundles begin with.
const BUNDLES: &str = "application/vnd.dev.sigstore.bundle";

/// The config of a manifest of payloads is that of an image, which some registries want to see.
const IMAGE_CONFIG: &str = "application/vnd.oci.image.config.v1+json";

/// A manifest of signatures, with all that it is made of.
#[derive(Debug, Clone)]
pub(crate) struct Attached {
    pub(crate) bytes: Vec<u8>,
    pub(crate) manifest: Manifest,
    /// As the manifest lists them: the config, then the layers.
    pub(crate) parts: Vec<Vec<u8>>,
}

/// One signature.
#[derive(Debug)]
pub(crate) enum Signature {
    Simple { payload: Vec<u8>, signature: String },
    Bundle(Vec<u8>),
}

/// The tag under which payloads for a digest are.
pub(crate) fn tag(digest: &Digest) -> String {
    format!("sha256-{}.sig", digest.hex())
}

impl Attached {
    /// The signatures in it.
    pub(crate) fn signatures(&self) -> Vec<Signature> {
        let layers = self.manifest.layers.iter().zip(self.parts.iter().skip(1));
        let signature = |(layer, bytes): (&Descriptor, &Vec<u8>)| {
            if layer.media_type.starts_with(BUNDLES) {
                return Some(Signature::Bundle(bytes.clone()));
            }
            let signature = layer.annotations.get(SIGNATURE)?.clone();
            let is_simple = layer.media_type == SIMPLE;
            is_simple.then(|| Signature::Simple { payload: bytes.clone(), signature })
        };
        layers.filter_map(signature).collect()
    }

    /// Its descriptor, as lists of signatures have it.
    pub(crate) fn descriptor(&self) -> Descriptor {
        Descriptor {
            artifact_type: self.manifest.artifact_type.clone(),
            ..Descriptor::of(MANIFEST, &self.bytes)
        }
    }

    /// Reads one of a store. None where it is not whole.
    pub(crate) fn of_store(store: &Store, of: &Descriptor) -> Option<Self> {
        let bytes = store.part(of, limits::MANIFEST_BYTES)?;
        let manifest = read(&bytes, &of.digest).ok()?;
        let parts = manifest.parts().map(|it| store.part(it, limits::SIGNATURE_BYTES));
        let parts = parts.collect::<Option<_>>()?;
        Some(Self { bytes, manifest, parts })
    }

    /// Keeps it in a store.
    pub(crate) fn keep(&self, store: &Store) -> Result<(), RegistryError> {
        self.parts.iter().chain([&self.bytes]).try_for_each(|it| store.put(it).map(drop))
    }

    async fn fetch(
        client: &Client,
        bytes: Vec<u8>,
        digest: &Digest,
    ) -> Result<Self, RegistryError> {
        let manifest = read(&bytes, digest)?;
        let mut parts = Vec::new();
        for part in manifest.parts() {
            parts.push(client.blob(part, "signature", limits::SIGNATURE_BYTES).await?);
        }
        Ok(Self { bytes, manifest, parts })
    }

    async fn push(&self, client: &Client, name: &str) -> Result<(), RegistryError> {
        for part in &self.parts {
            client.put_blob(part).await?;
        }
        client.put(name, &self.bytes).await
    }
}

fn read(bytes: &[u8], digest: &Digest) -> Result<Manifest, RegistryError> {
    let of = format!("the signature {digest}");
    let manifest = Manifest::read(bytes, &of)?;
    if manifest.layers.len() > limits::SIGNATURES {
        let reason = format!("it has more than {} layers", limits::SIGNATURES);
        return Err(RegistryError::NoManifest { of, reason });
    }
    Ok(manifest)
}

/// The payloads that a registry has for a digest.
pub(crate) async fn payloads(
    client: &Client,
    digest: &Digest,
) -> Result<Option<Attached>, RegistryError> {
    match client.manifest_if_any(&tag(digest)).await? {
        Some((bytes, found)) => Ok(Some(Attached::fetch(client, bytes, &found).await?)),
        None => Ok(None),
    }
}

/// The bundles that a registry has for a digest; what of them could not be read.
pub(crate) async fn bundles(
    client: &Client,
    digest: &Digest,
) -> Result<(Vec<Attached>, Vec<RegistryError>), RegistryError> {
    let (mut found, mut errors) = (Vec::new(), Vec::new());
    let listed = client.referrers(digest).await?.manifests;
    let is_bundle =
        |it: &&Descriptor| it.artifact_type.as_deref().is_some_and(|it| it.starts_with(BUNDLES));
    for it in listed.iter().filter(is_bundle).take(limits::SIGNATURES) {
        let fetched = async {
            let (bytes, _) = client.manifest(&it.digest.to_string()).await?;
            Attached::fetch(client, bytes, &it.digest).await
        };
        match fetched.await {
            Ok(it) => found.push(it),
            Err(error) => errors.push(error),
        }
    }
    Ok((found, errors))
}

/// Adds a payload that names this digest to those that the registry has.
pub(crate) async fn push_payload(
    client: &Client,
    reference: &Reference,
    digest: &Digest,
    key: &PrivateKey,
) -> Result<(), RegistryError> {
    let payload = simple(reference, digest);
    let signature = STANDARD.encode(key.sign(&payload)?);
    let mut layer = Descriptor::of(SIMPLE, &payload);
    layer.annotations = BTreeMap::from([(SIGNATURE.to_owned(), signature)]);
    let before = payloads(client, digest).await?;
    let (mut layers, mut parts) = match before {
        Some(it) => (it.manifest.layers, it.parts.into_iter().skip(1).collect()),
        None => (Vec::new(), Vec::new()),
    };
    layers.push(layer);
    parts.push(payload);
    if layers.len() > limits::SIGNATURES {
        let of = tag(digest);
        let reason = format!("it has {} signatures already", limits::SIGNATURES);
        return Err(RegistryError::NoManifest { of, reason });
    }
    let diffs: Vec<_> = layers.iter().map(|it| &it.digest).collect();
    let config = json!({
        "architecture": "",
        "config": {},
        "created": "0001-01-01T00:00:00Z",
        "history": vec![json!({"created": "0001-01-01T00:00:00Z"}); diffs.len()],
        "os": "",
        "rootfs": {"type": "layers", "diff_ids": diffs},
    });
    let config = serde_json::to_vec(&config).expect("texts");
    let manifest = Manifest::new(Descriptor::of(IMAGE_CONFIG, &config), layers);
    parts.insert(0, config);
    let attached = Attached { bytes: manifest.bytes(), manifest, parts };
    attached.push(client, &tag(digest)).await
}

/// Adds a bundle that names this artifact.
pub(crate) async fn push_bundle(
    client: &Client,
    subject: Descriptor,
    key: &PrivateKey,
) -> Result<(), RegistryError> {
    let digest = subject.digest.clone();
    let bundle = bundle(&digest, key)?;
    let layer = Descriptor::of(BUNDLE, &bundle);
    let mut manifest = Manifest::new(Descriptor::of(EMPTY, EMPTY_BYTES), vec![layer]);
    manifest.artifact_type = Some(BUNDLE.to_owned());
    manifest.subject = Some(subject);
    let annotations = [
        ("dev.sigstore.bundle.content", "dsse-envelope"),
        ("dev.sigstore.bundle.predicateType", SIGNED),
    ];
    let annotations = annotations.map(|(key, value)| (key.to_owned(), value.to_owned()));
    manifest.annotations = annotations.into();
    let parts = vec![EMPTY_BYTES.to_vec(), bundle];
    let attached = Attached { bytes: manifest.bytes(), manifest, parts };
    let mut descriptor = attached.descriptor();
    attached.push(client, &descriptor.digest.to_string()).await?;
    descriptor.annotations.clone_from(&attached.manifest.annotations);
    client.refer(descriptor, &digest).await
}
