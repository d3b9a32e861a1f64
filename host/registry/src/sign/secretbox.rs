//! A secret under a password, as cosign keeps keys: scrypt makes a key of the password, and NaCl's
//! secretbox (XSalsa20 and Poly1305) holds the secret under it. What the secret is, is not known
//! here.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use poly1305::{Poly1305, universal_hash::KeyInit as _};
use salsa20::{
    XSalsa20,
    cipher::{KeyIvInit as _, StreamCipher as _},
};
use serde::{Deserialize, Serialize};

/// Bytes of a key, a nonce, a code, and of a salt.
const KEY: usize = 32;
const NONCE: usize = 24;
const CODE: usize = 16;
const SALT: usize = 32;

/// What this program costs whoever guesses passwords: 64 MiB a guess, as cosign does.
const LOG_N: u32 = 16;
const R: u32 = 8;
const P: u32 = 1;

/// A file may ask for more memory than this machine has: 512 MiB are eight times what is usual.
const MEMORY: u64 = 512 << 20;

#[derive(Serialize, Deserialize)]
struct Sealed {
    kdf: Kdf,
    cipher: Cipher,
    ciphertext: String,
}

#[derive(Serialize, Deserialize)]
struct Kdf {
    name: String,
    params: Params,
    salt: String,
}

#[derive(Serialize, Deserialize)]
struct Params {
    #[serde(rename = "N")]
    n: u64,
    r: u32,
    p: u32,
}

#[derive(Serialize, Deserialize)]
struct Cipher {
    name: String,
    nonce: String,
}

/// The secret of what [`seal`] or cosign has made. An error in words.
pub(super) fn open(sealed: &[u8], password: &[u8]) -> Result<Vec<u8>, String> {
    let sealed: Sealed =
        serde_json::from_slice(sealed).map_err(|it| format!("its box is no JSON: {it}"))?;
    let Sealed { kdf, cipher, ciphertext } = sealed;
    if (&*kdf.name, &*cipher.name) != ("scrypt", "nacl/secretbox") {
        return Err(format!("it is sealed by {} and {}", kdf.name, cipher.name));
    }
    let bytes =
        |text: &str| STANDARD.decode(text).map_err(|_| "its box has what is no base64".to_owned());
    let nonce: [u8; NONCE] =
        bytes(&cipher.nonce)?.try_into().map_err(|_| format!("its nonce has not {NONCE} bytes"))?;
    let key = stretch(password, &bytes(&kdf.salt)?, &kdf.params)?;
    let mut text = bytes(&ciphertext)?;
    if text.len() < CODE {
        return Err("its box is too short".to_owned());
    }
    let code: [u8; CODE] = text.drain(..CODE).collect::<Vec<_>>().try_into().expect("as many");
    let (mut stream, mac) = begin(&key, &nonce);
    let want: [u8; CODE] = mac.compute_unpadded(&text).into();
    // The file is this user's own: that comparing takes longer or shorter tells nobody anything.
    if want != code {
        return Err("the password is another one, or the file was changed".to_owned());
    }
    stream.apply_keystream(&mut text);
    Ok(text)
}

/// Seals a secret under a password.
pub(super) fn seal(secret: &[u8], password: &[u8]) -> Result<Vec<u8>, String> {
    let (mut salt, mut nonce) = ([0; SALT], [0; NONCE]);
    getrandom::fill(&mut salt).map_err(|it| it.to_string())?;
    getrandom::fill(&mut nonce).map_err(|it| it.to_string())?;
    let params = Params { n: 1 << LOG_N, r: R, p: P };
    let key = stretch(password, &salt, &params)?;
    let (mut stream, mac) = begin(&key, &nonce);
    let mut text = secret.to_vec();
    stream.apply_keystream(&mut text);
    let code: [u8; CODE] = mac.compute_unpadded(&text).into();
    let sealed = Sealed {
        kdf: Kdf { name: "scrypt".to_owned(), params, salt: STANDARD.encode(salt) },
        cipher: Cipher { name: "nacl/secretbox".to_owned(), nonce: STANDARD.encode(nonce) },
        ciphertext: STANDARD.encode([&code[..], &text].concat()),
    };
    Ok(serde_json::to_vec(&sealed).expect("texts and numbers"))
}

/// The stream behind its first 32 bytes, and what authenticates by these.
fn begin(key: &[u8; KEY], nonce: &[u8; NONCE]) -> (XSalsa20, Poly1305) {
    let mut stream = XSalsa20::new(key.into(), nonce.into());
    let mut first = [0; KEY];
    stream.apply_keystream(&mut first);
    (stream, Poly1305::new(&first.into()))
}

/// A key of a password.
fn stretch(password: &[u8], salt: &[u8], params: &Params) -> Result<[u8; KEY], String> {
    let Params { n, r, p } = *params;
    let memory = n.saturating_mul(u64::from(r)).saturating_mul(128);
    if !n.is_power_of_two() || n < 2 || memory > MEMORY || !(1..=64).contains(&p) {
        return Err(format!("its scrypt (N {n}, r {r}, p {p}) is none, or costs too much"));
    }
    let log = u8::try_from(n.trailing_zeros()).expect("at most 63");
    let params = scrypt::Params::new(log, r, p).map_err(|it| it.to_string())?;
    let mut key = [0; KEY];
    scrypt::scrypt(password, salt, &params, &mut key).map_err(|it| it.to_string())?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_is_opened_by_its_password_alone() {
        let sealed = seal(b"secret", b"pw").expect("sealed");
        assert_eq!(open(&sealed, b"pw").expect("opened"), b"secret");
        let error = open(&sealed, b"wp").expect_err("another password");
        assert_eq!(error, "the password is another one, or the file was changed");
        assert_ne!(seal(b"secret", b"pw").expect("sealed"), sealed, "nothing is used twice");
    }

    #[test]
    fn what_is_no_box_says_why() {
        let sealed = seal(b"secret", b"pw").expect("sealed");
        let sealed: serde_json::Value = serde_json::from_slice(&sealed).expect("JSON");
        let with = |pointer: &str, value: serde_json::Value| {
            let mut sealed = sealed.clone();
            *sealed.pointer_mut(pointer).expect("a place") = value;
            open(sealed.to_string().as_bytes(), b"pw").expect_err("no box")
        };
        assert!(with("/kdf/name", "pbkdf2".into()).contains("sealed by pbkdf2"));
        assert!(with("/kdf/params/N", (1_u64 << 40).into()).contains("costs too much"));
        assert!(with("/kdf/params/N", 3.into()).contains("is none"));
        assert!(with("/kdf/params/r", 0.into()).contains("parameters"));
        assert!(with("/kdf/params/p", 1000.into()).contains("costs too much"));
        assert!(with("/cipher/nonce", "AAAA".into()).contains("has not 24 bytes"));
        assert!(with("/ciphertext", "AAAA".into()).contains("too short"));
        assert!(with("/ciphertext", "-".into()).contains("no base64"));
        assert!(open(b"{", b"").expect_err("no JSON").contains("no JSON"));
    }
}
