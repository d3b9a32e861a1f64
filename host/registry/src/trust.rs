//! Whose packs may be used: those that a known key has signed, unless the user says that unsigned
//! ones may. A digest tells that content is what was named, and not who made it; so it takes the
//! place of no signature. How signatures are found is not known here.

use crate::{
    Digest, PublicKey, Reference, RegistryError,
    attached::{Attached, Signature},
    settings::{Signers, longest},
    sign::payload::{check_bundle, check_simple},
};

/// Signatures that are tried of one artifact, over all its manifests.
const TRIED: usize = 256;

/// Who is believed.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    /// Keys that were named for this run; they count instead of those of a prefix.
    pub keys: Vec<PublicKey>,
    /// Keys by prefixes.
    pub signers: Vec<Signers>,
    /// Whether packs may be used that nobody has signed.
    pub allow_unsigned: bool,
}

/// What has to be found of a pack before it is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted<'a> {
    Nothing,
    /// A signature by one of these.
    By(&'a [PublicKey]),
}

impl Trust {
    /// What is wanted of a reference; an error where no key is known, and one is needed.
    pub(crate) fn wanted(
        &self,
        reference: &Reference,
        digest: &Digest,
    ) -> Result<Wanted<'_>, RegistryError> {
        if self.allow_unsigned {
            return Ok(Wanted::Nothing);
        }
        if !self.keys.is_empty() {
            return Ok(Wanted::By(&self.keys));
        }
        match longest(&self.signers, |it| &it.prefix, reference) {
            Some(it) if it.allow_unsigned => Ok(Wanted::Nothing),
            Some(it) if !it.keys.is_empty() => Ok(Wanted::By(&it.keys)),
            _ => Err(RegistryError::NoKey {
                reference: reference.to_string(),
                digest: digest.clone(),
            }),
        }
    }
}

impl Trust {
    /// The key by which an artifact with these signatures is signed; none where it need not be.
    pub(crate) fn judge(
        &self,
        reference: &Reference,
        digest: &Digest,
        all: &[Attached],
    ) -> Result<Option<String>, RegistryError> {
        let Wanted::By(keys) = self.wanted(reference, digest)? else { return Ok(None) };
        let mut verdict = Verdict::default();
        match verdict.look(all, digest, keys) {
            Some(key) => Ok(Some(key)),
            None => Err(verdict.refusal(reference, digest)),
        }
    }
}

/// What was found of signatures so far, and why none of them counts.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    found: bool,
    reasons: Vec<String>,
}

impl Verdict {
    /// The name of the key whose signature is among these; why each of them is none is kept.
    pub(crate) fn look(
        &mut self,
        all: &[Attached],
        digest: &Digest,
        keys: &[PublicKey],
    ) -> Option<String> {
        for signature in all.iter().flat_map(Attached::signatures).take(TRIED) {
            self.found = true;
            let checked = match &signature {
                Signature::Simple { payload, signature } => {
                    check_simple(payload, signature, digest, keys)
                }
                Signature::Bundle(bundle) => check_bundle(bundle, digest, keys),
            };
            match checked {
                Ok(key) => return Some(key.name().to_owned()),
                Err(reason) => self.add(reason),
            }
        }
        None
    }

    /// A signature that could not be looked at.
    pub(crate) fn missed(&mut self, error: &RegistryError) {
        self.found = true;
        self.add(error.to_string());
    }

    fn add(&mut self, reason: String) {
        if !self.reasons.contains(&reason) && self.reasons.len() < 4 {
            self.reasons.push(reason);
        }
    }

    /// Why the pack may not be used.
    pub(crate) fn refusal(self, reference: &Reference, digest: &Digest) -> RegistryError {
        let (reference, digest) = (reference.to_string(), digest.clone());
        if self.found {
            let reasons = self.reasons.join("; ");
            return RegistryError::NotVerified { reference, digest, reasons };
        }
        RegistryError::Unsigned { reference, digest }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PrivateKey;

    fn key(name: &str) -> PublicKey {
        PrivateKey::generate(b"").expect("a key").0.public(name)
    }

    /// By which keys a reference has to be signed; none where nothing is wanted.
    #[track_caller]
    fn check(trust: &Trust, reference: &str, want: Result<&[&str], &str>) {
        let reference = reference.parse().expect("a reference");
        let got = trust.wanted(&reference, &Digest::of(b""));
        let got = got.map(|it| match it {
            Wanted::Nothing => Vec::new(),
            Wanted::By(keys) => keys.iter().map(PublicKey::name).collect(),
        });
        match (got, want) {
            (Ok(got), Ok(want)) => assert_eq!(got, want),
            (Err(got), Err(want)) => assert_eq!(got.code(), want),
            (got, want) => panic!("{got:?} instead of {want:?}"),
        }
    }

    #[test]
    fn an_unknown_signer_is_refused_unless_unsigned_packs_are_allowed() {
        let mut trust = Trust::default();
        check(&trust, "oci://r/a:1", Err("signature-no-key"));
        let pinned = format!("oci://r/a@{}", Digest::of(b"x"));
        check(&trust, &pinned, Err("signature-no-key"));
        trust.allow_unsigned = true;
        check(&trust, "oci://r/a:1", Ok(&[]));
    }

    #[test]
    fn keys_are_those_of_the_run_or_else_of_the_longest_prefix() {
        let signers = |prefix: &str, names: &[&str], allow_unsigned| Signers {
            prefix: prefix.to_owned(),
            keys: names.iter().map(|it| key(it)).collect(),
            allow_unsigned,
        };
        let mut trust = Trust {
            signers: vec![
                signers("r", &["r.pub"], false),
                signers("r/acme", &["one.pub", "two.pub"], false),
                signers("r/drafts", &[], true),
            ],
            ..Trust::default()
        };
        check(&trust, "oci://r/a:1", Ok(&["r.pub"]));
        check(&trust, "oci://r/acme/a:1", Ok(&["one.pub", "two.pub"]));
        check(&trust, "oci://r/drafts/a:1", Ok(&[]));
        check(&trust, "oci://other/a:1", Err("signature-no-key"));
        trust.keys = vec![key("run.pub")];
        check(&trust, "oci://r/acme/a:1", Ok(&["run.pub"]));
        check(&trust, "oci://r/drafts/a:1", Ok(&["run.pub"]));
    }
}
