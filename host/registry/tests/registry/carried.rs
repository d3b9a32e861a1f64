//! Packs go to where there is no network in one file, with their signatures, and what was changed
//! on the way is refused.

use rulebox_registry::{
    Digest, Lock, PrivateKey, Puller, SignatureForm, Store, Trust, load, push, save, sign,
};

use crate::{
    PACK, anybody, artifact,
    fake::{Fake, network, puller},
};

fn store() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(&folder.path().join("store")).expect("a store");
    (folder, store)
}

#[tokio::test]
async fn a_pack_and_its_signatures_are_carried() {
    let fake = Fake::start().await;
    let reference = fake.reference("acme/rules:1.0");
    let digest = push(&network(), &reference, &artifact(PACK)).await.expect("pushed");
    let (key, _) = PrivateKey::generate(b"").expect("a key");
    for form in [SignatureForm::Payload, SignatureForm::Bundle] {
        sign(&network(), &reference, &key, form).await.expect("signed");
    }
    let trust = Trust { keys: vec![key.public("ours.pub")], ..Trust::default() };
    let mut file = Vec::new();
    let there = puller(network());
    let saved =
        save(&there, std::slice::from_ref(&reference), &trust, &mut file).await.expect("saved");
    assert_eq!((saved[0].signatures, saved[0].signed_by.as_deref()), (2, Some("ours.pub")));
    let mut again = Vec::new();
    save(&there, std::slice::from_ref(&reference), &trust, &mut again).await.expect("saved");
    assert!(file == again, "the same bytes");
    let (_folder, kept) = store();
    let loaded = load(&kept, 1 << 20, &trust, &file[..]).expect("loaded");
    assert_eq!(loaded, saved);
    let mut lock = Lock::default();
    lock.set(&reference, digest);
    let here = Puller { store: Some(kept), network: None, lock, ..there };
    here.pull(&reference, &trust).await.expect("without a network");
    let (stranger, _) = PrivateKey::generate(b"").expect("a key");
    let strange = Trust { keys: vec![stranger.public("strange.pub")], ..Trust::default() };
    let error = load(&store().1, 1 << 20, &strange, &file[..]).expect_err("of another");
    assert_eq!(error.code(), "signature-not-verified");
    assert_eq!(
        load(&store().1, 4, &trust, &file[..]).expect_err("small").code(),
        "archive-invalid"
    );
}

/// What a tar of these files is refused for.
#[track_caller]
fn check_refused(files: &[(&str, &[u8])], want: &str) {
    let mut tar = tar::Builder::new(Vec::new());
    for (path, bytes) in files {
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        tar.append_data(&mut header, path, *bytes).expect("appended");
    }
    let file = tar.into_inner().expect("a tar");
    let error = load(&store().1, 1 << 20, &anybody(), &file[..]).expect_err(want).to_string();
    assert!(error.contains(want), "{error}");
}

#[test]
fn an_archive_that_is_none_or_was_changed_is_refused() {
    let layout: (&str, &[u8]) = ("oci-layout", br#"{"imageLayoutVersion":"1.0.0"}"#);
    let index = |manifests: &str| format!(r#"{{"schemaVersion":2,"manifests":[{manifests}]}}"#);
    let digest = Digest::of(b"{}");
    let blob = format!("blobs/sha256/{}", digest.hex());
    check_refused(&[], "it has no oci-layout or no index.json");
    check_refused(&[layout], "it has no oci-layout or no index.json");
    check_refused(&[layout, ("index.json", b"{")], "it is no index");
    check_refused(&[layout, ("index.json", index("").as_bytes())], "names no pack");
    check_refused(&[layout, (&blob, b"evil")], "is not what its name says");
    check_refused(&[layout, ("evil", b"")], "is not what its name says");
    check_refused(&[layout, (&blob, &vec![0; 2 << 20])], "is larger than 1048576 bytes");
    let named = |name: &str, kind: &str| {
        index(&format!(
            r#"{{"mediaType":"x","digest":"{digest}","size":2,"annotations":{{{kind}
            "org.opencontainers.image.ref.name":"{name}"}}}}"#
        ))
    };
    let pack = named("r/a:1", "");
    check_refused(&[layout, ("index.json", pack.as_bytes())], "the manifest of r/a:1 is missing");
    check_refused(&[layout, ("index.json", pack.as_bytes()), (&blob, b"{}")], "cannot be used");
    check_refused(&[layout, ("index.json", named("", "").as_bytes())], "`` is no reference");
    let signature = named("r/a:x", r#""kind":"dev.cosignproject.cosign/sigs","#);
    let missing = format!("the signature {digest} is missing");
    check_refused(&[layout, ("index.json", signature.as_bytes())], &missing);
    let error = load(&store().1, 1, &anybody(), &b"hello"[..]).expect_err("no tar");
    assert_eq!(error.code(), "archive-invalid");
}
