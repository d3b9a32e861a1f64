//! Keys of those who sign packs: ECDSA on P-256 with SHA-256, as PEM, in the forms that cosign
//! writes and OpenSSL can. Which file holds a key, and who knows its password, is not known here.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use pem::{EncodeConfig, LineEnding, Pem};
use ring::{
    rand::SystemRandom,
    signature::{
        ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _,
        UnparsedPublicKey,
    },
};
use sha2::{Digest as _, Sha256};

use super::secretbox;
use crate::RegistryError;

/// What stands before the point of a P-256 key in a SubjectPublicKeyInfo: the algorithm and the
/// curve, and how long the point is. DER has one form of it.
const SPKI: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// An uncompressed point.
const POINT: usize = 65;

/// The labels of a sealed key: cosign's of today, and of its first years.
const SEALED: [&str; 2] = ["ENCRYPTED SIGSTORE PRIVATE KEY", "ENCRYPTED COSIGN PRIVATE KEY"];

/// By which signatures are verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    name: String,
    point: Vec<u8>,
}

/// By which packs are signed.
pub struct PrivateKey {
    pair: EcdsaKeyPair,
}

impl std::fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PrivateKey")
    }
}

impl PublicKey {
    /// Reads one. `name`: what it is called where it is spoken of, as its file.
    pub fn from_pem(name: &str, text: &[u8]) -> Result<Self, RegistryError> {
        let wrong =
            |reason: &str| RegistryError::Key { name: name.to_owned(), reason: reason.to_owned() };
        let pem = pem::parse(text).map_err(|_| wrong("it is no PEM"))?;
        match pem.tag() {
            "PUBLIC KEY" => {}
            tag if tag.ends_with("PRIVATE KEY") => {
                return Err(wrong("it is a private key, and should stay with whoever signs"));
            }
            tag => return Err(wrong(&format!("it is a {tag}"))),
        }
        match pem.contents().strip_prefix(&SPKI) {
            Some(point) if point.len() == POINT && point[0] == 4 => {
                Ok(Self { name: name.to_owned(), point: point.to_vec() })
            }
            _ => Err(wrong("it is no key of ECDSA on P-256")),
        }
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it has made this signature, ASN.1, of these bytes.
    pub(crate) fn verifies(&self, bytes: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, &self.point)
            .verify(bytes, signature)
            .is_ok()
    }

    /// As a file.
    pub fn pem(&self) -> String {
        encode("PUBLIC KEY", self.der())
    }

    fn der(&self) -> Vec<u8> {
        [&SPKI[..], &self.point].concat()
    }

    /// By what bundles name a key, without trusting it.
    pub(crate) fn hint(&self) -> String {
        STANDARD.encode(Sha256::digest(self.der()))
    }
}

impl PrivateKey {
    /// Reads one; `password` is asked for where it is sealed under one.
    pub fn from_pem(
        name: &str,
        text: &[u8],
        password: impl FnOnce() -> Result<Vec<u8>, RegistryError>,
    ) -> Result<Self, RegistryError> {
        let wrong = |reason: String| RegistryError::Key { name: name.to_owned(), reason };
        let pem = pem::parse(text).map_err(|_| wrong("it is no PEM".to_owned()))?;
        let document = match pem.tag() {
            "PRIVATE KEY" => pem.into_contents(),
            tag if SEALED.contains(&tag) => {
                secretbox::open(pem.contents(), &password()?).map_err(wrong)?
            }
            "EC PRIVATE KEY" => {
                let reason = "it is in OpenSSL's old form; convert it: openssl pkcs8 -topk8 \
                              -nocrypt -in OLD -out NEW";
                return Err(wrong(reason.to_owned()));
            }
            tag => return Err(wrong(format!("it is a {tag}"))),
        };
        Self::from_pkcs8(&document).map_err(wrong)
    }

    fn from_pkcs8(document: &[u8]) -> Result<Self, String> {
        let random = SystemRandom::new();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, document, &random);
        let pair = pair.map_err(|it| format!("it is no key of ECDSA on P-256 ({it})"))?;
        Ok(Self { pair })
    }

    /// A new key, and the PEM of it under a password.
    pub fn generate(password: &[u8]) -> Result<(Self, String), RegistryError> {
        let failed = |reason: String| RegistryError::Key { name: "new".to_owned(), reason };
        let random = SystemRandom::new();
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random);
        let document = document.map_err(|it| failed(it.to_string()))?;
        let key = Self::from_pkcs8(document.as_ref()).map_err(failed)?;
        let sealed = secretbox::seal(document.as_ref(), password).map_err(failed)?;
        Ok((key, encode(SEALED[0], sealed)))
    }

    /// Signs bytes: ASN.1.
    pub(crate) fn sign(&self, bytes: &[u8]) -> Result<Vec<u8>, RegistryError> {
        let signature = self.pair.sign(&SystemRandom::new(), bytes);
        let signature = signature.map_err(|it| RegistryError::Key {
            name: "that signs".to_owned(),
            reason: it.to_string(),
        })?;
        Ok(signature.as_ref().to_vec())
    }

    /// What verifies what it signs.
    pub fn public(&self, name: &str) -> PublicKey {
        PublicKey { name: name.to_owned(), point: self.pair.public_key().as_ref().to_vec() }
    }
}

/// The certificates of a PEM, as a PEM: what else stands in it is left out, such as a key or words
/// between.
pub fn certificates(text: &[u8]) -> Result<String, String> {
    let all = pem::parse_many(text).map_err(|_| "it is no PEM")?;
    let all = all.into_iter().filter(|it| it.tag() == "CERTIFICATE");
    let all: String = all.map(|it| encode("CERTIFICATE", it.into_contents())).collect();
    if all.is_empty() { Err("there is no certificate in it".to_owned()) } else { Ok(all) }
}

fn encode(tag: &str, contents: Vec<u8>) -> String {
    let config = EncodeConfig::new().set_line_ending(LineEnding::LF);
    pem::encode_config(&Pem::new(tag, contents), config)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of `cosign generate-key-pair` (3.1.3), with the password `pw`.
    const KEY: &str = include_str!("../../tests/cosign/cosign.key");
    const PUB: &str = include_str!("../../tests/cosign/cosign.pub");
    /// A signature of `cosign sign` by it, and what it signs.
    const PAYLOAD: &[u8] = include_bytes!("../../tests/cosign/payload.json");
    const SIGNATURE: &str = include_str!("../../tests/cosign/payload.sig");

    fn password(text: &str) -> impl FnOnce() -> Result<Vec<u8>, RegistryError> {
        let text = text.as_bytes().to_vec();
        || Ok(text)
    }

    #[test]
    fn keys_and_signatures_of_cosign_are_read() {
        let public = PublicKey::from_pem("cosign.pub", PUB.as_bytes()).expect("a key");
        let signature = STANDARD.decode(SIGNATURE).expect("base64");
        assert!(public.verifies(PAYLOAD, &signature));
        assert!(!public.verifies(&PAYLOAD[1..], &signature));
        assert!(!public.verifies(PAYLOAD, &signature[1..]));
        assert_eq!(public.pem(), PUB, "written as it was read");
        assert_eq!(public.hint(), "o8FCzwHvmsfHafbPWVvflMIdXBxWIa/UkSj1BrCXTcE=");
        let private = PrivateKey::from_pem("cosign.key", KEY.as_bytes(), password("pw"));
        let private = private.expect("a key");
        assert_eq!(private.public("cosign.pub"), public);
        let signature = private.sign(b"it").expect("signed");
        assert!(public.verifies(b"it", &signature));
    }

    #[test]
    fn a_new_key_is_sealed_and_its_parts_belong_together() {
        let (key, text) = PrivateKey::generate(b"a password").expect("a key");
        assert!(text.starts_with("-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n"), "{text}");
        let again = PrivateKey::from_pem("k", text.as_bytes(), password("a password"));
        let public = again.expect("the same").public("x");
        assert_eq!(public, key.public("x"));
        let read = PublicKey::from_pem("x", public.pem().as_bytes()).expect("a key");
        assert_eq!(read, public);
    }

    #[test]
    fn a_plain_key_needs_no_password() {
        let random = SystemRandom::new();
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random);
        let text = encode("PRIVATE KEY", document.expect("a key").as_ref().to_vec());
        let never = || panic!("it is not sealed");
        assert!(PrivateKey::from_pem("k", text.as_bytes(), never).is_ok());
    }

    #[test]
    fn of_a_file_of_certificates_nothing_else_is_taken() {
        let one = encode("CERTIFICATE", vec![1; 80]);
        let two = encode("CERTIFICATE", vec![2; 80]);
        let key = encode("PRIVATE KEY", vec![3; 80]);
        let file = format!("# an authority\n{one}{key}words\n{two}").replace('\n', "\r\n");
        assert_eq!(certificates(file.as_bytes()), Ok(format!("{one}{two}")));
        assert_eq!(certificates(key.as_bytes()).unwrap_err(), "there is no certificate in it");
        assert_eq!(certificates(b"hello").unwrap_err(), "there is no certificate in it");
        let broken = one.replace("AQEB", "A*EB");
        assert_eq!(certificates(broken.as_bytes()).unwrap_err(), "it is no PEM");
    }

    #[track_caller]
    fn check_refused(public: bool, text: &str, want: &str) {
        let refused = if public {
            PublicKey::from_pem("k.pem", text.as_bytes()).err()
        } else {
            PrivateKey::from_pem("k.pem", text.as_bytes(), password("wrong")).err()
        };
        let error = refused.expect("no key").to_string();
        assert!(error.starts_with("the key k.pem cannot be used: "), "{error}");
        assert!(error.contains(want), "{error}");
    }

    #[test]
    fn what_is_no_key_says_why() {
        check_refused(true, "hello", "it is no PEM");
        check_refused(true, KEY, "it is a private key");
        check_refused(true, &encode("CERTIFICATE", vec![1]), "it is a CERTIFICATE");
        check_refused(true, &encode("PUBLIC KEY", vec![1]), "no key of ECDSA on P-256");
        let infinity = [&SPKI[..], &[0; POINT]].concat();
        check_refused(true, &encode("PUBLIC KEY", infinity), "no key of ECDSA on P-256");
        check_refused(false, PUB, "it is a PUBLIC KEY");
        check_refused(false, KEY, "the password is another one");
        check_refused(false, &encode("EC PRIVATE KEY", vec![1]), "openssl pkcs8");
        check_refused(false, &encode("PRIVATE KEY", vec![1]), "no key of ECDSA on P-256");
    }
}
