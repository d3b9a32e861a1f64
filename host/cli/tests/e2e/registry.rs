//! Packs shared by a real registry, over TLS and with a password, and signatures that cosign makes
//! and verifies.

use std::{
    env, fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use tempfile::TempDir;

use crate::{
    program::{self, Ran},
    world::wait_for,
};

/// The password of keys, and that of the registry's user.
const PASSWORD: &str = "of the key";
const USER: &str = "pusher:of the registry";

/// The line of a file of users for [`USER`], as `htpasswd -B` makes it.
const USERS: &str = "pusher:$2y$05$abcdefghijklmnopqrstuuLFoxnPzU.Sz8D873bmVkLmP/d3B0HPG\n";

/// A registry, and a folder with all that its clients need.
pub(crate) struct Registry {
    folder: TempDir,
    pub(crate) address: String,
    child: Child,
    cosign: PathBuf,
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _status = self.child.wait();
    }
}

/// A program that was named; none where it was not, which is told.
fn named(name: &str) -> Option<PathBuf> {
    let program = env::var_os(name).filter(|it| !it.is_empty()).map(PathBuf::from);
    if program.is_none() {
        eprintln!("skipped: `cargo xtask e2e` names the programs that this test needs");
    }
    program
}

impl Registry {
    pub(crate) fn start() -> Option<Self> {
        let (program, cosign) = (named("RULEBOX_E2E_REGISTRY")?, named("RULEBOX_E2E_COSIGN")?);
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path();
        certificate(path);
        fs::write(path.join("users"), USERS).expect("written");
        let free = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = free.local_addr().expect("an address").to_string();
        drop(free);
        let config = format!(
            "version: 0.1\nlog: {{level: error}}\n\
             storage: {{filesystem: {{rootdirectory: {0}/data}}}}\n\
             http: {{addr: '{address}', tls: {{certificate: {0}/tls.crt, key: {0}/tls.key}}}}\n\
             auth: {{htpasswd: {{realm: test, path: {0}/users}}}}\n",
            path.display()
        );
        fs::write(path.join("registry.yaml"), config).expect("written");
        let login =
            format!(r#"{{"auths": {{"{address}": {{"auth": "{}"}}}}}}"#, STANDARD.encode(USER));
        fs::create_dir(path.join("docker")).expect("a folder");
        fs::write(path.join("docker/config.json"), login).expect("written");
        let rulebox = format!("registries: [{{prefix: '{address}', ca: tls.crt}}]\n");
        fs::write(path.join("rulebox.yaml"), rulebox).expect("written");
        let child = Command::new(program)
            .arg("serve")
            .arg(path.join("registry.yaml"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the registry runs");
        let registry = Self { folder, address, child, cosign };
        wait_for("the registry answers", || {
            std::net::TcpStream::connect(&registry.address).is_ok()
        });
        Some(registry)
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    pub(crate) fn reference(&self, rest: &str) -> String {
        format!("oci://{}/{rest}", self.address)
    }

    fn try_rulebox(&self, arguments: &[&str]) -> Ran {
        let mut command = program::command(arguments);
        command.env("DOCKER_CONFIG", self.folder.path().join("docker"));
        command.env("XDG_DATA_HOME", self.folder.path()).env("COSIGN_PASSWORD", PASSWORD);
        program::run(&mut command, "")
    }

    /// What it prints, where it succeeds.
    #[track_caller]
    pub(crate) fn rulebox(&self, arguments: &[&str]) -> String {
        let ran = self.try_rulebox(arguments);
        assert_eq!(ran.code, 0, "{arguments:?}: {}", ran.err);
        ran.out
    }

    /// Cosign, which says why it fails on standard error.
    fn cosign(&self, arguments: &[&str]) -> (bool, String) {
        let ran = Command::new(&self.cosign)
            .args(arguments)
            .current_dir(self.folder.path())
            .env("COSIGN_PASSWORD", PASSWORD)
            .env("DOCKER_CONFIG", self.folder.path().join("docker"))
            .env("SSL_CERT_FILE", self.folder.path().join("tls.crt"))
            .env("HOME", self.folder.path())
            .output()
            .expect("cosign runs");
        (ran.status.success(), String::from_utf8_lossy(&ran.stderr).into_owned())
    }
}

/// A certificate for the loopback, which signs itself.
fn certificate(folder: &Path) {
    let mut openssl = Command::new("openssl");
    openssl.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]);
    openssl.args(["-nodes", "-days", "2", "-subj", "/CN=registry"]);
    openssl.args(["-addext", "basicConstraints=critical,CA:FALSE"]);
    openssl.args(["-addext", "subjectAltName=IP:127.0.0.1", "-keyout"]).arg(folder.join("tls.key"));
    let made = openssl.arg("-out").arg(folder.join("tls.crt")).output().expect("openssl runs");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

/// The built-in packs are no files; this is one that is.
fn pack(registry: &Registry) -> String {
    let text = "apiVersion: rulebox.dev/v1alpha1\nkind: RulePack\n\
                metadata: {name: acme, version: 0.1.0}\n";
    let path = registry.path("pack.yaml");
    fs::write(&path, text).expect("written");
    path
}

#[test]
fn a_registry_over_tls_with_a_password_takes_and_gives_packs() {
    let Some(registry) = Registry::start() else { return };
    let config = registry.path("rulebox.yaml");
    let reference = registry.reference("acme/rules:1.0");
    let pushed =
        registry.rulebox(&["rules", "push", &pack(&registry), &reference, "--config", &config]);
    assert!(pushed.starts_with(&format!("{reference}@sha256:")), "{pushed}");
    let to = registry.path("pulled.yaml");
    let pull = ["rules", "pull", &reference, "--to", &to, "--config", &config];
    registry.rulebox(&[&pull[..], &["--allow-unsigned"]].concat());
    assert_eq!(fs::read(&to).expect("pulled"), fs::read(pack(&registry)).expect("pushed"));
    // Without its authority the certificate is nobody's, and without a login nobody may.
    let refused = registry.try_rulebox(&["rules", "pull", &reference, "--allow-unsigned"]);
    assert!(refused.code == 4, "{}", refused.err);
    let plain = registry.path("plain.yaml");
    let tls = format!("registries: [{{prefix: '{}', plainHttp: false}}]\n", registry.address);
    fs::write(&plain, tls).expect("written");
    let refused = ["rules", "pull", &reference, "--allow-unsigned", "--config", &plain];
    let refused = registry.try_rulebox(&refused);
    assert!(refused.code == 4 && refused.err.contains("UnknownIssuer"), "{}", refused.err);
    fs::write(registry.path("docker/config.json"), "{}").expect("written");
    let refused = ["rules", "pull", &registry.reference("acme/rules:2.0"), "--allow-unsigned"];
    let refused = registry.try_rulebox(&[&refused[..], &["--config", &config]].concat());
    assert!(refused.err.contains("no credentials were found"), "{}", refused.err);
}

#[test]
fn cosign_verifies_what_we_sign_and_we_what_cosign_signs() {
    let Some(registry) = Registry::start() else { return };
    let config = registry.path("rulebox.yaml");
    let (key, public) = (registry.path("ours.key"), registry.path("ours.pub"));
    registry.rulebox(&["rules", "keygen", "--to", &registry.path("ours")]);
    let (made, why) = registry.cosign(&["generate-key-pair", "--output-key-prefix", "theirs"]);
    assert!(made, "{why}");
    let verified = |reference: &str, key: &str| {
        let verify = ["rules", "verify", reference, "--key", key, "--config", &config];
        registry.try_rulebox(&verify)
    };
    let by_cosign = |image: &str, key: &str| {
        registry.cosign(&["verify", "--key", key, "--insecure-ignore-tlog", image])
    };
    for (nth, form) in ["payload", "bundle"].into_iter().enumerate() {
        let name = format!("acme/{form}:1.0");
        let (reference, image) =
            (registry.reference(&name), format!("{}/{name}", registry.address));
        let push = ["rules", "push", &pack(&registry), &reference, "--config", &config];
        let pushed = registry.rulebox(&push);
        let digest = pushed.trim().rsplit_once('@').expect("a digest").1.to_owned();
        assert_eq!(verified(&reference, &public).code, 4, "nobody has signed it");
        let sign =
            ["rules", "sign", "--key", &key, &reference, "--form", form, "--config", &config];
        registry.rulebox(&sign);
        let (good, why) = by_cosign(&image, &public);
        assert!(good, "cosign verifies the {form}: {why}");
        assert!(!by_cosign(&image, "theirs.pub").0, "and only by the key");
        assert_eq!(verified(&reference, &public).code, 0);
        let theirs = registry.path("theirs.pub");
        assert_eq!(verified(&reference, &theirs).code, 4);
        let new = format!("--new-bundle-format={}", nth == 1);
        let pinned = format!("{}/acme/{form}@{digest}", registry.address);
        let sign = ["sign", "--yes", "--key", "theirs.key", "--use-signing-config=false"];
        let (signed, why) =
            registry.cosign(&[&sign[..], &["--tlog-upload=false", &new, &pinned]].concat());
        assert!(signed, "{why}");
        let ran = verified(&reference, &theirs);
        assert_eq!(ran.code, 0, "we verify cosign's {form}: {}", ran.err);
        assert_eq!(verified(&reference, &public).code, 0, "ours is still there");
        assert!(by_cosign(&image, &public).0 && by_cosign(&image, "theirs.pub").0);
    }
    // Keys go both ways, too.
    let sign =
        ["sign", "--yes", "--key", &key, "--use-signing-config=false", "--tlog-upload=false"];
    let image = format!("{}/acme/payload:1.0", registry.address);
    let (signed, why) = registry.cosign(&[&sign[..], &[&image]].concat());
    assert!(signed, "cosign signs by a key of ours: {why}");
    let reference = registry.reference("acme/payload:1.0");
    let theirs = registry.path("theirs.key");
    registry.rulebox(&["rules", "sign", "--key", &theirs, &reference, "--config", &config]);
}
