//! Packs become artifacts and packs again; what is no pack says why.

use super::*;

/// A component that imports and exports nothing.
const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";

fn artifact(content: Content) -> Artifact {
    let annotations = [("org.opencontainers.image.title".to_owned(), "acme".to_owned())].into();
    Artifact { content, annotations, created: None }
}

fn folder(files: &[(&str, &str)]) -> Content {
    let files = files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()));
    Content::Folder(files.collect())
}

#[track_caller]
fn check_travels(pack: Content) {
    let Parts { manifest, config, layer: bytes } = artifact(pack.clone()).parts().expect("parts");
    let again = artifact(pack.clone()).parts().expect("parts");
    assert_eq!((again.manifest, again.layer), (manifest.clone(), bytes.clone()));
    let manifest = Manifest::read(&manifest, "it").expect("a manifest");
    assert_eq!(manifest.config.digest, Digest::of(&config));
    let layer = layer(&manifest, "it").expect("a layer");
    assert_eq!((&layer.digest, layer.size), (&Digest::of(&bytes), bytes.len() as u64));
    assert!(content(layer, bytes, "it").expect("a pack") == pack);
}

#[test]
fn every_form_of_a_pack_travels_and_gives_the_same_bytes() {
    check_travels(Content::Component(COMPONENT.to_vec()));
    check_travels(Content::Text(b"kind: RulePack".to_vec()));
    check_travels(folder(&[("pack.yaml", "kind: RulePack"), ("lib/a.rego", "package a")]));
}

#[test]
fn a_component_goes_as_a_wasm_artifact() {
    let text =
        "(component (import \"a:b/c@0.1.0\" (instance)) (component $inner (import \"x\" (func)))
                (export \"d:e/f\" (instance 0)))";
    let bytes = wat::parse_str(text).expect("a component");
    let parts = artifact(Content::Component(bytes.clone())).parts().expect("parts");
    let manifest: serde_json::Value = serde_json::from_slice(&parts.manifest).expect("JSON");
    assert_eq!(manifest["config"]["mediaType"], WASM_CONFIG);
    assert_eq!(manifest["layers"][0]["mediaType"], "application/wasm");
    assert_eq!(manifest["annotations"]["org.opencontainers.image.title"], "acme");
    assert!(manifest.get("artifactType").is_none());
    let config: serde_json::Value = serde_json::from_slice(&parts.config).expect("JSON");
    let digest = Digest::of(&bytes).to_string();
    assert_eq!(
        config,
        json!({
            "created": "1970-01-01T00:00:00Z", "architecture": "wasm", "os": "wasip2",
            "layerDigests": [digest],
            "component": {"imports": ["a:b/c@0.1.0"], "exports": ["d:e/f"], "target": null},
        })
    );
}

#[track_caller]
fn check_refused(bytes: &[u8], layer_type: &str, want: &str) {
    let layer = Descriptor::of(layer_type, bytes);
    let error = content(&layer, bytes.to_vec(), "it").expect_err(want).to_string();
    assert!(error.starts_with("it is no pack: ") && error.contains(want), "{error}");
}

/// A tar with one entry of this type and path, beside the pack.
fn tar(path: &str, of: EntryType) -> Vec<u8> {
    let mut tar = Builder::new(Vec::new());
    for (path, of) in [(PACK_FILE, EntryType::Regular), (path, of)] {
        let mut header = Header::new_ustar();
        header.set_entry_type(of);
        // The writer refuses such names, so they are written by hand.
        header.as_old_mut().name[..path.len()].copy_from_slice(path.as_bytes());
        header.set_size(0);
        header.set_cksum();
        tar.append(&header, &[][..]).expect("appended");
    }
    tar.into_inner().expect("a tar")
}

#[test]
fn what_holds_no_pack_is_refused() {
    check_refused(b"\0asm\x01\0\0\0", WASM_LAYER, "holds no WebAssembly component");
    check_refused(b"hello", WASM_LAYER, "holds no WebAssembly component");
    check_refused(b"", TAR_LAYER, "it has no pack.yaml");
    check_refused(&[b'x'; 600], TAR_LAYER, "its tar is broken");
    check_refused(&tar("../evil", EntryType::Regular), TAR_LAYER, "`../evil` is no path");
    check_refused(&tar("/etc/passwd", EntryType::Regular), TAR_LAYER, "is no path");
    check_refused(&tar("a\\b", EntryType::Regular), TAR_LAYER, "is no path");
    check_refused(&tar("link", EntryType::Symlink), TAR_LAYER, "`link` is no file");
    check_refused(&tar("device", EntryType::Char), TAR_LAYER, "`device` is no file");
    check_refused(&tar(PACK_FILE, EntryType::Regular), TAR_LAYER, "is there twice");
}

#[test]
fn a_manifest_of_something_else_is_no_pack() {
    let config = Descriptor::of("application/vnd.oci.image.config.v1+json", b"{}");
    let of = |layers: Vec<Descriptor>| {
        layer(&Manifest::new(config.clone(), layers), "r/a:1").expect_err("no pack").to_string()
    };
    assert_eq!(of(Vec::new()), "r/a:1 is no pack: it has 0 layers, and a pack has one");
    let layer = Descriptor::of("application/vnd.oci.image.layer.v1.tar+gzip", b"");
    assert!(of(vec![layer]).contains("has the media type `application/vnd.oci.image.layer"));
}

#[test]
fn only_components_and_packs_are_pushed() {
    let refused = |content| artifact(content).parts().expect_err("no pack").to_string();
    assert!(refused(Content::Component(b"hello".to_vec())).contains("no WebAssembly component"));
    assert!(refused(folder(&[("a.rego", "x")])).contains("has no pack.yaml"));
    assert!(refused(folder(&[("pack.yaml", ""), ("../a", "")])).contains("is no path"));
}
