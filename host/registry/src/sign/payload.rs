//! What is signed, in the two forms that cosign has: "simple signing", a text that names a digest,
//! and a bundle, an in-toto statement about a digest in a DSSE envelope. A signature counts only if
//! what it signs says that it signs this digest: one of an attestation is none.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Deserialize;
use serde_json::{Value, json};

use super::key::{PrivateKey, PublicKey};
use crate::{Digest, Reference, RegistryError};

/// The media type of a bundle.
pub(crate) const BUNDLE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";

/// What a simple payload says that it is.
const SIMPLE_TYPE: &str = "cosign container image signature";

/// What a statement says that it is, and what it states.
const STATEMENT: &str = "https://in-toto.io/Statement/v1";
pub(crate) const SIGNED: &str = "https://sigstore.dev/cosign/sign/v1";
const IN_TOTO: &str = "application/vnd.in-toto+json";

/// The text that is signed for a digest.
pub(crate) fn simple(reference: &Reference, digest: &Digest) -> Vec<u8> {
    // Keys stand sorted, as cosign has them.
    let payload = json!({
        "critical": {
            "identity": {"docker-reference": reference.name()},
            "image": {"docker-manifest-digest": digest},
            "type": SIMPLE_TYPE,
        },
        "optional": null,
    });
    serde_json::to_vec(&payload).expect("texts")
}

/// Whether this text, signed so by one of the keys, names the digest: by which, or why not.
pub(crate) fn check_simple<'a>(
    payload: &[u8],
    signature: &str,
    digest: &Digest,
    keys: &'a [PublicKey],
) -> Result<&'a PublicKey, String> {
    let signature = STANDARD.decode(signature.trim()).map_err(|_| "it is no base64".to_owned())?;
    let key = keys.iter().find(|it| it.verifies(payload, &signature));
    let key = key.ok_or("it is of another key, or was changed")?;
    let text: Value = serde_json::from_slice(payload).map_err(|_| "it signs no JSON".to_owned())?;
    let critical = &text["critical"];
    if critical["type"] != SIMPLE_TYPE {
        return Err("it signs something else than an artifact".to_owned());
    }
    let named = critical["image"]["docker-manifest-digest"].as_str().unwrap_or_default();
    if named != digest.to_string() {
        return Err("it signs another digest".to_owned());
    }
    Ok(key)
}

/// As far as it is read: what proves when it was signed, and by whom a certificate was given, is
/// for those who trust no key.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Bundle {
    media_type: String,
    dsse_envelope: Option<Envelope>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope {
    payload: String,
    payload_type: String,
    signatures: Vec<Sig>,
}

#[derive(Deserialize)]
struct Sig {
    sig: String,
}

/// The bundle that is signed for a digest.
pub(crate) fn bundle(digest: &Digest, key: &PrivateKey) -> Result<Vec<u8>, RegistryError> {
    let statement = json!({
        "_type": STATEMENT,
        "subject": [{"digest": {"sha256": digest.hex()}}],
        "predicateType": SIGNED,
        "predicate": {},
    });
    let statement = serde_json::to_vec(&statement).expect("texts");
    let signature = key.sign(&authenticated(IN_TOTO, &statement))?;
    let bundle = json!({
        "mediaType": BUNDLE,
        "verificationMaterial": {"publicKey": {"hint": key.public("").hint()}},
        "dsseEnvelope": {
            "payload": STANDARD.encode(statement),
            "payloadType": IN_TOTO,
            "signatures": [{"sig": STANDARD.encode(signature)}],
        },
    });
    Ok(serde_json::to_vec(&bundle).expect("texts"))
}

/// As [`check_simple`], of a bundle.
pub(crate) fn check_bundle<'a>(
    bundle: &[u8],
    digest: &Digest,
    keys: &'a [PublicKey],
) -> Result<&'a PublicKey, String> {
    let bundle: Bundle = serde_json::from_slice(bundle).map_err(|it| format!("no bundle: {it}"))?;
    if !bundle.media_type.starts_with("application/vnd.dev.sigstore.bundle") {
        return Err(format!("its media type is `{}`", bundle.media_type));
    }
    let envelope = bundle.dsse_envelope.ok_or("it holds no statement")?;
    let Envelope { payload, payload_type, signatures } = envelope;
    let payload = STANDARD.decode(payload).map_err(|_| "it is no base64".to_owned())?;
    // What the envelope says that it holds is signed as well.
    let signed = authenticated(&payload_type, &payload);
    let signatures = signatures.iter().filter_map(|it| STANDARD.decode(&it.sig).ok());
    let signatures: Vec<_> = signatures.take(8).collect();
    let key = keys.iter().find(|key| signatures.iter().any(|it| key.verifies(&signed, it)));
    let key = key.ok_or("it is of another key, or was changed")?;
    if payload_type != IN_TOTO {
        return Err(format!("it signs `{payload_type}`"));
    }
    let statement: Value =
        serde_json::from_slice(&payload).map_err(|_| "it signs no JSON".to_owned())?;
    if statement["_type"] != STATEMENT || statement["predicateType"] != SIGNED {
        return Err("it states something else than that it signs".to_owned());
    }
    let subjects = statement["subject"].as_array().into_iter().flatten();
    let mut named = subjects.map(|it| it["digest"]["sha256"].as_str().unwrap_or_default());
    if !named.any(|it| it == digest.hex()) {
        return Err("it signs another digest".to_owned());
    }
    Ok(key)
}

/// The bytes that an envelope's signature is of: DSSE's pre-authentication encoding.
fn authenticated(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let head = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len());
    [head.as_bytes(), payload].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PUB: &[u8] = include_bytes!("../../tests/cosign/cosign.pub");
    const PAYLOAD: &[u8] = include_bytes!("../../tests/cosign/payload.json");
    const SIGNATURE: &str = include_str!("../../tests/cosign/payload.sig");
    /// Of `cosign sign` (3.1.3), of the same digest by the same key.
    const BUNDLE_OF_COSIGN: &[u8] = include_bytes!("../../tests/cosign/bundle.json");
    const DIGEST: &str = "sha256:b66ed96ebaccfa0256f6d2a592076f8421f4e2439187368155ba6fc1f7c18257";

    fn keys() -> Vec<PublicKey> {
        vec![PublicKey::from_pem("cosign.pub", PUB).expect("a key")]
    }

    fn digest() -> Digest {
        DIGEST.parse().expect("a digest")
    }

    #[test]
    fn signatures_of_cosign_are_verified() {
        let keys = keys();
        let by = check_simple(PAYLOAD, SIGNATURE, &digest(), &keys).expect("a signature");
        assert_eq!(by.name(), "cosign.pub");
        let by = check_bundle(BUNDLE_OF_COSIGN, &digest(), &keys).expect("a signature");
        assert_eq!(by.name(), "cosign.pub");
    }

    #[test]
    fn a_payload_is_what_cosign_writes() {
        let reference = "oci://127.0.0.1:5077/acme/rules:1.0".parse().expect("a reference");
        let ours: Value = serde_json::from_slice(&simple(&reference, &digest())).expect("JSON");
        assert_eq!(ours, serde_json::from_slice::<Value>(PAYLOAD).expect("JSON"));
    }

    #[test]
    fn what_was_signed_for_something_else_is_refused() {
        let (keys, other) = (keys(), Digest::of(b"other"));
        let error = check_simple(PAYLOAD, SIGNATURE, &other, &keys).expect_err("another");
        assert_eq!(error, "it signs another digest");
        let error = check_bundle(BUNDLE_OF_COSIGN, &other, &keys).expect_err("another");
        assert_eq!(error, "it signs another digest");
        let (key, _) = PrivateKey::generate(b"").expect("a key");
        let others = [key.public("other.pub")];
        let error = check_simple(PAYLOAD, SIGNATURE, &digest(), &others).expect_err("a stranger");
        assert_eq!(error, "it is of another key, or was changed");
        assert!(check_bundle(BUNDLE_OF_COSIGN, &digest(), &others).is_err());
    }

    /// What a payload of this key is refused for.
    #[track_caller]
    fn check_refused(payload: &Value, want: &str) {
        let (key, _) = PrivateKey::generate(b"").expect("a key");
        let keys = [key.public("k")];
        let bytes = payload.to_string().into_bytes();
        let signature = STANDARD.encode(key.sign(&bytes).expect("signed"));
        let error = check_simple(&bytes, &signature, &digest(), &keys).expect_err(want);
        assert_eq!(error, want);
    }

    #[test]
    fn a_payload_says_that_it_signs_an_artifact() {
        let of = |kind: &str, digest: &str| {
            json!({"critical": {"type": kind, "image": {
                "docker-manifest-digest": digest,
            }}})
        };
        check_refused(
            &of("atomic container signature", DIGEST),
            "it signs something else than an artifact",
        );
        check_refused(&of(SIMPLE_TYPE, ""), "it signs another digest");
        check_refused(&json!([]), "it signs something else than an artifact");
    }

    /// What a statement of this key is refused for.
    #[track_caller]
    fn check_stated(change: impl Fn(&mut Value), want: &str) {
        let (key, _) = PrivateKey::generate(b"").expect("a key");
        let keys = [key.public("k")];
        let bytes = bundle(&digest(), &key).expect("a bundle");
        assert!(check_bundle(&bytes, &digest(), &keys).is_ok());
        let mut bundle: Value = serde_json::from_slice(&bytes).expect("JSON");
        let payload = bundle["dsseEnvelope"]["payload"].as_str().expect("a payload");
        let payload = STANDARD.decode(payload).expect("base64");
        let mut statement: Value = serde_json::from_slice(&payload).expect("JSON");
        change(&mut statement);
        let statement = statement.to_string();
        let signed = authenticated(IN_TOTO, statement.as_bytes());
        bundle["dsseEnvelope"]["payload"] = STANDARD.encode(statement).into();
        let signature = STANDARD.encode(key.sign(&signed).expect("signed"));
        bundle["dsseEnvelope"]["signatures"] = json!([{"sig": signature}]);
        let error = check_bundle(bundle.to_string().as_bytes(), &digest(), &keys);
        assert_eq!(error.expect_err(want), want);
    }

    #[test]
    fn an_attestation_is_no_signature() {
        let other = "it states something else than that it signs";
        check_stated(|it| it["predicateType"] = "https://slsa.dev/provenance/v1".into(), other);
        check_stated(|it| it["_type"] = "x".into(), other);
        check_stated(|it| it["subject"] = json!([]), "it signs another digest");
        check_stated(
            |it| it["subject"] = json!([{"digest": {"sha512": "x"}}]),
            "it signs another digest",
        );
    }

    #[test]
    fn what_is_no_bundle_says_why() {
        let of = |text: &str| check_bundle(text.as_bytes(), &digest(), &keys()).expect_err("none");
        assert!(of("{").starts_with("no bundle: "));
        assert_eq!(of(r#"{"mediaType": "x"}"#), "its media type is `x`");
        let empty = format!(r#"{{"mediaType": "{BUNDLE}"}}"#);
        assert_eq!(of(&empty), "it holds no statement");
    }
}
