//! Whose signature counts, in both forms, from a registry and from the store.

use rulebox_registry::{
    Digest, PrivateKey, PublicKey, Puller, Reference, SignatureForm, Store, Trust, push, sign,
};

use crate::{
    PACK, artifact,
    fake::{Fake, network, puller, status},
};

struct Signed {
    fake: Fake,
    reference: Reference,
    digest: Digest,
    key: PrivateKey,
}

impl Signed {
    async fn push() -> Self {
        let fake = Fake::start().await;
        let reference = fake.reference("acme/rules:1.0");
        let digest = push(&network(), &reference, &artifact(PACK)).await.expect("pushed");
        let (key, _) = PrivateKey::generate(b"").expect("a key");
        Self { fake, reference, digest, key }
    }

    async fn sign(&self, key: &PrivateKey, form: SignatureForm) {
        let signed = sign(&network(), &self.reference, key, form).await.expect("signed");
        assert_eq!(signed, self.digest);
    }

    fn public(&self) -> PublicKey {
        self.key.public("ours.pub")
    }

    /// By which key it is signed, or the code of the refusal.
    async fn pull(&self, puller: &Puller, keys: &[PublicKey]) -> Result<String, &'static str> {
        let trust = Trust { keys: keys.to_vec(), ..Trust::default() };
        let pulled = puller.pull(&self.reference, &trust).await;
        pulled.map(|it| it.signed_by.expect("a key")).map_err(|it| it.code())
    }

    fn tag(&self) -> String {
        format!("acme/rules:sha256-{}", self.digest.hex())
    }
}

async fn check(form: SignatureForm) {
    let it = Signed::push().await;
    let (ours, puller) = (it.public(), puller(network()));
    assert_eq!(it.pull(&puller, &[]).await, Err("signature-no-key"));
    assert_eq!(it.pull(&puller, std::slice::from_ref(&ours)).await, Err("signature-missing"));
    let (strange, _) = PrivateKey::generate(b"").expect("a key");
    it.sign(&strange, form).await;
    assert_eq!(it.pull(&puller, std::slice::from_ref(&ours)).await, Err("signature-not-verified"));
    it.sign(&it.key, form).await;
    assert_eq!(it.pull(&puller, std::slice::from_ref(&ours)).await, Ok("ours.pub".to_owned()));
    let strange = strange.public("strange.pub");
    assert_eq!(it.pull(&puller, &[strange]).await, Ok("strange.pub".to_owned()), "both count");
    // What is signed is the digest: another pack under the same tag is not.
    push(&network(), &it.reference, &artifact("kind: Evil")).await.expect("pushed");
    assert_eq!(it.pull(&puller, &[ours]).await, Err("signature-missing"));
}

#[tokio::test]
async fn a_payload_under_a_tag_counts_for_its_digest_and_key() {
    check(SignatureForm::Payload).await;
}

#[tokio::test]
async fn a_bundle_counts_for_its_digest_and_key() {
    check(SignatureForm::Bundle).await;
}

#[tokio::test]
async fn a_signature_of_another_pack_is_none() {
    let it = Signed::push().await;
    it.sign(&it.key, SignatureForm::Payload).await;
    let other = it.fake.reference("acme/rules:other");
    let digest = push(&network(), &other, &artifact("kind: Evil")).await.expect("pushed");
    let signature = it.fake.manifest(&format!("{}.sig", it.tag())).expect("a signature");
    it.fake.plant_manifest(&format!("acme/rules:sha256-{}.sig", digest.hex()), &signature);
    let trust = Trust { keys: vec![it.public()], ..Trust::default() };
    let error = puller(network()).pull(&other, &trust).await.expect_err("not signed");
    assert_eq!(error.code(), "signature-not-verified");
    assert!(error.to_string().contains("it signs another digest"), "{error}");
}

#[tokio::test]
async fn nothing_of_a_pack_is_fetched_before_its_signature_is_verified() {
    let it = Signed::push().await;
    it.fake.asked();
    assert!(it.pull(&puller(network()), &[it.public()]).await.is_err());
    let asked = it.fake.asked();
    assert!(!asked.iter().any(|it| it.contains("/blobs/")), "{asked:?}");
}

#[tokio::test]
async fn a_broken_signature_hides_no_good_one() {
    let it = Signed::push().await;
    it.sign(&it.key, SignatureForm::Bundle).await;
    it.fake.plant_manifest(&format!("{}.sig", it.tag()), b"nonsense");
    assert!(it.pull(&puller(network()), &[it.public()]).await.is_ok());
    it.fake.remove(&it.tag());
    let trust = Trust { keys: vec![it.public()], ..Trust::default() };
    let error = puller(network()).pull(&it.reference, &trust).await.expect_err("broken");
    assert_eq!(error.code(), "signature-not-verified");
    assert!(error.to_string().contains("the manifest of the signature"), "{error}");
}

#[tokio::test]
async fn a_signature_is_kept_and_verified_again_each_time() {
    let it = Signed::push().await;
    it.sign(&it.key, SignatureForm::Payload).await;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store");
    let store = Store::open(&path).expect("a store");
    let kept = Puller { store: Some(store), ..puller(network()) };
    let ours = [it.public()];
    assert!(it.pull(&kept, &ours).await.is_ok());
    let mut offline = Puller { network: None, ..kept.clone() };
    offline.lock.set(&it.reference, it.digest.clone());
    assert!(it.pull(&offline, &ours).await.is_ok(), "nothing is asked");
    let (strange, _) = PrivateKey::generate(b"").expect("a key");
    let strange = [strange.public("strange.pub")];
    assert_eq!(it.pull(&offline, &strange).await, Err("signature-not-verified"));
    // A registry that has lost the signature does not take it from those who have it.
    it.fake.instead(|head| head.uri.path().contains("sha256-").then(|| status(404)));
    assert!(it.pull(&kept, &ours).await.is_ok());
    std::fs::remove_dir_all(path.join("signatures")).expect("it is ours");
    assert_eq!(it.pull(&offline, &ours).await, Err("offline"));
}
