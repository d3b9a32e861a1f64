//! Pushes packs, and signatures of what is there. The manifest comes last: nobody finds half a pack
//! under its name.

use crate::{
    Artifact, Digest, Network, PrivateKey, Reference, RegistryError,
    artifact::Parts,
    attached,
    client::Client,
    manifest::{Descriptor, MANIFEST, Manifest},
};

/// The form of a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureForm {
    /// A signed payload under a tag, which all versions of cosign verify.
    Payload,
    /// A bundle that refers to the pack, as cosign 3 writes it.
    Bundle,
}

/// Pushes a pack, and returns its digest.
pub async fn push(
    network: &Network,
    reference: &Reference,
    artifact: &Artifact,
) -> Result<Digest, RegistryError> {
    let Parts { manifest, config, layer } = artifact.parts()?;
    let digest = Digest::of(&manifest);
    let wrong = |reason: String| RegistryError::Setting { what: reference.to_string(), reason };
    let tag = reference.tag().ok_or_else(|| wrong("it has no tag to push to".to_owned()))?;
    if reference.digest().is_some_and(|it| *it != digest) {
        return Err(wrong(format!("what is pushed has another digest, {digest}")));
    }
    let client = Client::new(network, reference, true)?;
    client.put_blob(&config).await?;
    client.put_blob(&layer).await?;
    client.put(tag, &manifest).await?;
    Ok(digest)
}

/// What a tag stands for in its registry; none where there is no such tag.
pub async fn tagged(
    network: &Network,
    reference: &Reference,
) -> Result<Option<Digest>, RegistryError> {
    let Some(tag) = reference.tag() else { return Ok(None) };
    let client = Client::new(network, reference, true)?;
    Ok(client.manifest_if_any(tag).await?.map(|it| it.1))
}

/// Signs what a reference stands for in its registry, and returns its digest.
pub async fn sign(
    network: &Network,
    reference: &Reference,
    key: &PrivateKey,
    form: SignatureForm,
) -> Result<Digest, RegistryError> {
    let client = Client::new(network, reference, true)?;
    let name = reference.digest().map(ToString::to_string);
    let name = name.or_else(|| reference.tag().map(str::to_owned)).unwrap_or_default();
    let (bytes, digest) = client.manifest(&name).await?;
    Manifest::read(&bytes, &reference.to_string())?;
    match form {
        SignatureForm::Payload => {
            attached::push_payload(&client, reference, &digest, key).await?;
        }
        SignatureForm::Bundle => {
            attached::push_bundle(&client, Descriptor::of(MANIFEST, &bytes), key).await?;
        }
    }
    Ok(digest)
}
