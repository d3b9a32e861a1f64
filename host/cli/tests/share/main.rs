//! Packs that are pushed, signed, locked, pulled and carried by the program, against a registry in
//! memory; and what it says where that cannot be done.

#[path = "../../../registry/tests/registry/fake.rs"]
#[expect(dead_code, reason = "the tests of the crate use more of it")]
mod fake;
#[path = "../../../engine/tests/guests/mod.rs"]
#[expect(dead_code, reason = "the tests of the engine use more of it")]
mod guests;
#[path = "../program/mod.rs"]
mod program;

use std::{fs, path::PathBuf};

use fake::Fake;
use program::Ran;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// A registry, and a folder that is the user's home and where he works.
struct Share {
    folder: TempDir,
    fake: Fake,
    _runtime: Runtime,
}

impl Share {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        let runtime = runtime.expect("a runtime");
        let fake = runtime.block_on(Fake::start());
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("rules.wasm"), guests::assemble("honest.wat"))
            .expect("written");
        Self { folder, fake, _runtime: runtime }
    }

    fn reference(&self, rest: &str) -> String {
        self.fake.reference(rest).to_string()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn try_run(&self, arguments: &[&str]) -> Ran {
        let mut command = program::command(arguments);
        command.current_dir(self.folder.path());
        command.env("HOME", self.folder.path()).env_remove("XDG_DATA_HOME");
        for name in ["DOCKER_CONFIG", "REGISTRY_AUTH_FILE", "SOURCE_DATE_EPOCH"] {
            command.env_remove(name);
        }
        command.env("COSIGN_PASSWORD", "pw");
        program::run(&mut command, "")
    }

    /// What it prints, where it succeeds.
    #[track_caller]
    fn run(&self, arguments: &[&str]) -> String {
        let ran = self.try_run(arguments);
        assert_eq!(ran.code, 0, "{arguments:?}: {}{}", ran.out, ran.err);
        ran.out
    }

    /// How it fails.
    #[track_caller]
    fn refused(&self, arguments: &[&str], code: i32, want: &str) {
        let ran = self.try_run(arguments);
        let said = format!("{}{}", ran.out, ran.err);
        assert_eq!(ran.code, code, "{arguments:?}: {said}");
        assert!(said.contains(want), "{arguments:?} says `{want}`: {said}");
    }

    /// Pushes the pack, and returns its reference with the digest.
    fn push(&self, to: &str) -> String {
        self.run(&["rules", "push", "rules.wasm", to]).trim().to_owned()
    }
}

/// A pack of one's own on a dump that has nothing for it: only whether it was evaluated counts.
fn check<'a>(reference: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    const DUMP: &str =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/clusters/several-faults.yaml");
    let check = ["check", DUMP, "--pack", reference, "--fail-on", "never", "-o", "json"];
    [&check[..], more].concat()
}

#[test]
fn a_pack_is_pushed_signed_and_evaluated_by_who_knows_the_key() {
    let share = Share::new();
    let reference = share.reference("acme/rules:1.0");
    let pushed = share.push(&reference);
    assert!(pushed.starts_with(&format!("{reference}@sha256:")), "{pushed}");
    assert_eq!(
        share.push(&share.reference("acme/rules:2.0"))[pushed.find('@').expect("one")..],
        pushed[pushed.find('@').expect("one")..]
    );
    share.refused(&check(&reference, &[]), 4, "signature-no-key");
    share.run(&["rules", "keygen"]);
    let by_key = ["--require-signature", "cosign.pub"];
    share.refused(&check(&reference, &by_key), 4, "signature-missing");
    let signed = share.run(&["rules", "sign", "--key", "cosign.key", &reference]);
    assert_eq!(signed, format!("{pushed} signed by cosign.key\n"));
    let report = share.run(&check(&reference, &by_key));
    assert!(report.contains("\"guest\""), "{report}");
    let verified = share.run(&["rules", "verify", "--key", "cosign.pub", &reference]);
    assert_eq!(verified, format!("{pushed} signed by cosign.pub\n"));
    share.run(&["rules", "keygen", "--to", "other"]);
    share.refused(&check(&reference, &["--require-signature", "other.pub"]), 4, "not-verified");
    share.refused(&["rules", "verify", "--key", "other.pub", &reference], 4, "another key");
    let list = ["rules", "list", "--pack", &reference, "--require-signature", "cosign.pub"];
    assert!(share.run(&list).contains("guest/"));
    let inspect = ["rules", "inspect", &reference];
    share.refused(&inspect, 4, "no key is known for it");
    let seen = share.run(&[&inspect[..], &by_key].concat());
    let digest = &pushed[pushed.find('@').expect("one") + 1..];
    for want in ["PACK  guest", "signed by cosign.pub", digest.trim_end()] {
        assert!(seen.contains(want), "{want}: {seen}");
    }
}

#[test]
fn a_configuration_says_whose_packs_are_used() {
    let share = Share::new();
    let reference = share.reference("acme/rules:1.0");
    share.push(&reference);
    share.run(&["rules", "keygen"]);
    share.run(&["rules", "sign", "--key", "cosign.key", &reference]);
    fs::create_dir(share.path("etc")).expect("a folder");
    fs::rename(share.path("cosign.pub"), share.path("etc/cosign.pub")).expect("moved");
    let address = share.fake.address;
    let configure = |rest: &str| {
        let text = format!("signatures: [{{prefix: '{address}/acme', {rest}}}]\n");
        fs::write(share.path("etc/rulebox.yaml"), text).expect("written");
    };
    let config = ["--config", "etc/rulebox.yaml"];
    configure("keys: [cosign.pub]");
    share.run(&check(&reference, &config));
    share.run(&[&["rules", "explain", "--pack", &reference, "first"][..], &config].concat());
    configure("allowUnsigned: true");
    let unsigned = share.reference("acme/rules:2.0");
    share.push(&unsigned);
    share.run(&check(&unsigned, &config));
    let elsewhere = share.reference("other/rules:1.0");
    share.push(&elsewhere);
    share.refused(&check(&elsewhere, &config), 4, "signature-no-key");
    configure("keys: [none.pub]");
    share.refused(&check(&reference, &config), 2, "cannot read the key etc/none.pub");
}

/// A key, or an authority, may stand in the configuration itself.
#[test]
fn a_configuration_may_hold_keys_themselves() {
    let share = Share::new();
    let reference = share.reference("acme/rules:1.0");
    share.push(&reference);
    share.run(&["rules", "keygen"]);
    share.run(&["rules", "sign", "--key", "cosign.key", &reference]);
    let address = share.fake.address;
    let read = |name: &str| fs::read_to_string(share.path(name)).expect("a key");
    let configure = |key: &str| {
        let key = key.trim_end().replace('\n', "\n    ");
        let text = format!("signatures:\n- prefix: '{address}/acme'\n  keys:\n  - |\n    {key}\n");
        fs::write(share.path("rulebox.yaml"), text).expect("written");
    };
    let config = ["--config", "rulebox.yaml"];
    configure(&read("cosign.pub"));
    share.run(&check(&reference, &config));
    let pull = share.run(&[&["rules", "pull", &reference][..], &config].concat());
    assert!(pull.ends_with(" signed by rulebox.yaml:5\n"), "{pull}");
    // YAML makes one line of several where no bar stands before them.
    configure(&read("cosign.pub").replace('\n', " "));
    share.run(&check(&reference, &config));
    // What is no key says where it stands, and is not repeated.
    let private = read("cosign.key");
    let body = private.lines().nth(1).expect("a body");
    let broken = read("cosign.pub").replace("MFkw", "M*kw");
    let certificate = read("cosign.pub").replace("PUBLIC KEY", "CERTIFICATE");
    for (key, want) in [
        (&*private, "it is a private key"),
        (&broken, "it is no PEM"),
        (&certificate, "it is a CERTIFICATE"),
        ("-----BEGIN PUBLIC KEY-----\nAAAA\n", "it is no PEM"),
        ("AAAA\nBBBB", "it is neither the path of a file nor a PEM"),
    ] {
        configure(key);
        let ran = share.try_run(&check(&reference, &config));
        let place = "cannot use the configuration rulebox.yaml: line 5: signatures[0].keys[0]: ";
        assert_eq!(ran.code, 2, "{key}: {}", ran.err);
        assert!(ran.err.contains(&format!("{place}{want}")), "{key}: {}", ran.err);
        assert!(!ran.err.contains(body) && !ran.out.contains(body), "{}", ran.err);
    }
    let registry = |ca: &str| {
        let ca = ca.trim_end().replace('\n', "\n    ");
        let text = format!("registries:\n- prefix: '{address}'\n  ca: |\n    {ca}\n");
        fs::write(share.path("rulebox.yaml"), text).expect("written");
    };
    for (ca, want) in [
        (&*private, "it is a private key"),
        (&*read("cosign.pub"), "there is no certificate in it"),
    ] {
        registry(ca);
        let ran = share.try_run(&check(&reference, &config));
        let place = "cannot use the configuration rulebox.yaml: line 3: registries[0].ca: ";
        assert_eq!(ran.code, 2, "{}", ran.err);
        assert!(ran.err.contains(&format!("{place}{want}")), "{}", ran.err);
        assert!(!ran.err.contains(body), "{}", ran.err);
    }
}

#[test]
fn a_lock_keeps_a_tag_from_moving() {
    let share = Share::new();
    let reference = share.reference("acme/rules:1.0");
    let unsigned = "--allow-unsigned";
    let first = share.push(&reference);
    share.refused(&check(&reference, &[unsigned, "--locked"]), 4, "not-locked");
    share.refused(&["rules", "lock", unsigned], 2, "the lock holds nothing");
    let locked = share.run(&["rules", "lock", &reference, unsigned]);
    let digest = first.rsplit_once('@').expect("a digest").1;
    assert_eq!(locked, format!("{reference} {digest} (new)\n"));
    let text = fs::read_to_string(share.path("rulebox.lock")).expect("a lock");
    assert!(text.ends_with(&format!("packs:\n  {reference}: {digest}\n")), "{text}");
    fs::write(share.path("pack.yaml"), PACK).expect("written");
    let moved = share.run(&["rules", "push", "pack.yaml", &reference]);
    // The tag names something that is no component: who has locked it does not see that.
    share.run(&check(&reference, &[unsigned, "--locked"]));
    share.refused(&check(moved.trim(), &[unsigned]), 4, "lock-differs");
    let newer = moved.trim().rsplit_once('@').expect("a digest").1;
    let locked = share.run(&["rules", "lock", unsigned]);
    assert_eq!(locked, format!("{reference} {digest} -> {newer}\n"));
    fs::write(share.path("rulebox.lock"), "version: 7\n").expect("written");
    share.refused(&check(&reference, &[unsigned]), 2, "it is no lock of version 1");
    share.refused(&check(&reference, &[unsigned, "--lock", "none"]), 2, "cannot use the lock none");
}

/// A pack as text.
const PACK: &str = "apiVersion: rulebox.dev/v1alpha1\nkind: RulePack\n\
                    metadata: {name: acme, version: 0.1.0}\n";

#[test]
fn packs_are_carried_to_where_there_is_no_network() {
    let there = Share::new();
    let reference = there.reference("acme/rules:1.0");
    there.push(&reference);
    there.run(&["rules", "keygen"]);
    there.run(&["rules", "sign", "--key", "cosign.key", &reference, "--form", "bundle"]);
    let by_key = ["--require-signature", "cosign.pub"];
    there.run(&[&["rules", "save", "packs.tar", &reference][..], &by_key].concat());
    there.refused(&["rules", "save", "packs.tar", &reference, "--allow-unsigned"], 2, "packs.tar");
    let here = Share::new();
    for file in ["packs.tar", "cosign.pub"] {
        fs::copy(there.path(file), here.path(file)).expect("carried");
    }
    drop(there);
    let offline = [&by_key[..], &["--offline"]].concat();
    here.refused(&check(&reference, &offline), 4, "offline-unresolved");
    let loaded = here.run(&[&["rules", "load", "packs.tar", "--write-lock"][..], &by_key].concat());
    assert!(loaded.contains("signed by cosign.pub") && loaded.contains("(new)"), "{loaded}");
    here.run(&check(&reference, &offline));
    here.run(&[&["rules", "pull", "--to", "again.wasm", &reference][..], &offline].concat());
    assert_eq!(fs::read(here.path("again.wasm")).expect("a pack"), guests::assemble("honest.wat"));
    let mut bytes = fs::read(here.path("packs.tar")).expect("an archive");
    let at = bytes.windows(4).position(|it| it == b"\0asm").expect("a component");
    bytes[at + 40] ^= 1;
    fs::write(here.path("packs.tar"), bytes).expect("written");
    let load = [&["rules", "load", "packs.tar"][..], &by_key].concat();
    here.refused(&load, 4, "is not what its name says");
}

#[test]
fn a_second_run_asks_no_registry_for_what_is_locked() {
    let share = Share::new();
    let reference = share.reference("acme/rules:1.0");
    share.push(&reference);
    share.run(&["rules", "lock", &reference, "--allow-unsigned"]);
    share.run(&check(&reference, &["--allow-unsigned"]));
    share.fake.asked();
    share.run(&check(&reference, &["--allow-unsigned"]));
    assert_eq!(share.fake.asked(), [""; 0]);
}

#[test]
fn what_is_typed_wrongly_is_told() {
    let share = Share::new();
    let reference = share.reference("acme/rules:1.0");
    share.refused(&check("oci://r.example/acme", &[]), 2, "neither a tag nor a digest");
    share.refused(&["rules", "push", "none.wasm", &reference], 2, "cannot read the pack none.wasm");
    share.refused(&["rules", "push", ".", &reference], 2, "has no pack.yaml");
    fs::write(share.path("x.yaml"), "kind: Pod\n").expect("written");
    share.refused(&["rules", "push", "x.yaml", &reference], 4, "its kind is not RulePack");
    fs::write(share.path("x.wasm"), b"\0asm\x01\0\0\0").expect("written");
    share.refused(&["rules", "push", "x.wasm", &reference], 4, "pack x.wasm: ");
    share.refused(
        &["rules", "push", "rules.wasm", "r.example/a:1"],
        2,
        "names no pack of a registry",
    );
    let pinned = format!("{reference}@sha256:{}", "0".repeat(64));
    share.refused(&["rules", "push", "rules.wasm", &pinned], 2, "has another digest");
    share.refused(&["rules", "pull", &reference, "--allow-unsigned"], 4, "has no manifest 1.0");
    let both = ["--allow-unsigned", "--require-signature", "cosign.pub"];
    share.refused(&check(&reference, &both), 2, "cannot be used with");
    share.run(&["rules", "keygen"]);
    share.refused(&["rules", "keygen"], 2, "cannot write cosign.key: ");
    share.refused(&["rules", "sign", "--key", "cosign.pub", &reference], 2, "it is a PUBLIC KEY");
    share.refused(
        &["rules", "load", "rules.wasm", "--allow-unsigned"],
        4,
        "cannot load rules.wasm",
    );
    share.refused(
        &["rules", "pull", "oci://127.0.0.1:1/a:1", "--allow-unsigned"],
        4,
        "cannot be reached",
    );
}
