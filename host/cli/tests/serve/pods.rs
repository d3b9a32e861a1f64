//! Pods that `rulebox manifests` has printed: what stands in a Deployment or a CronJob is started
//! here. Packs come from a registry in memory that wants a password.

use std::{
    fs,
    io::Read as _,
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use axum::{
    body::Body,
    http::{header, request::Parts},
    response::Response,
};
use rulebox_reader::yaml;
use serde_json::json;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::{
    api::Api,
    cluster,
    fake::{Fake, status},
    found, guests,
    printed::{Node, PACK, Printed},
    program::{self, Ran},
    served::{Served, eventually},
};

/// `user:secret`.
const BASIC: &str = "Basic dXNlcjpzZWNyZXQ=";

/// Who prints manifests, and the registry.
struct Desk {
    folder: TempDir,
    fake: Fake,
    _runtime: Runtime,
}

impl Desk {
    /// A registry with the pack `acme/rules:1.0`, signed by `cosign.key`.
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        let runtime = runtime.expect("a runtime");
        let fake = runtime.block_on(Fake::start());
        let folder = tempfile::tempdir().expect("a folder");
        let desk = Self { folder, fake, _runtime: runtime };
        fs::write(desk.path("pack.yaml"), PACK).expect("written");
        fs::write(desk.path("guest.wasm"), guests::assemble("honest.wat")).expect("written");
        desk.run(&["rules", "keygen"]);
        desk.push("pack.yaml");
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn reference(&self) -> String {
        self.fake.reference("acme/rules:1.0").to_string()
    }

    fn push(&self, pack: &str) {
        self.run(&["rules", "push", pack, &self.reference()]);
        self.run(&["rules", "sign", "--key", "cosign.key", &self.reference()]);
    }

    fn try_run(&self, arguments: &[&str]) -> Ran {
        let mut command = program::command(arguments);
        command.current_dir(self.folder.path());
        command.env("HOME", self.folder.path()).env("COSIGN_PASSWORD", "pw");
        for name in ["XDG_DATA_HOME", "DOCKER_CONFIG", "REGISTRY_AUTH_FILE", "SOURCE_DATE_EPOCH"] {
            command.env_remove(name);
        }
        program::run(&mut command, "")
    }

    #[track_caller]
    fn run(&self, arguments: &[&str]) -> String {
        let ran = self.try_run(arguments);
        assert_eq!(ran.code, 0, "{arguments:?}: {}{}", ran.out, ran.err);
        ran.out
    }

    /// What is printed for this pack.
    #[track_caller]
    fn print(&self, arguments: &[&str]) -> Printed {
        let reference = self.reference();
        let manifests = ["manifests", "--image", "r.example/rulebox:1", "--pack", &reference];
        Printed::of(self.run(&[&manifests[..], arguments].concat()))
    }

    /// From here on the registry asks for a password.
    fn ask_for_a_password(&self) {
        self.fake.instead(|it: &Parts| {
            let says = it.headers.get(header::AUTHORIZATION).is_some_and(|it| it == BASIC);
            let refused = Response::builder().status(401);
            let refused = refused.header(header::WWW_AUTHENTICATE, "Basic realm=\"x\"");
            (!says).then(|| refused.body(Body::empty()).expect("a response"))
        });
    }

    /// The Secret of the logins.
    fn logins(&self) -> String {
        format!(r#"{{"auths": {{"{}": {{"auth": "dXNlcjpzZWNyZXQ="}}}}}}"#, self.fake.address)
    }
}

/// The command that the container is on a node.
fn command(node: &Node, printed: &Printed, api: &Api) -> Command {
    let kubeconfig = node.path("/kubeconfig");
    api.write_kubeconfig(&kubeconfig, "");
    node.command(printed, &kubeconfig)
}

/// A process that is ended where it does not end by itself.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A pod that is to end by itself: its exit code, and what it says.
#[track_caller]
fn ended(printed: &Printed, api: &Api) -> (i32, String) {
    let node = Node::new();
    let mut command = command(&node, printed, api);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = Ended(command.spawn().expect("the binary runs"));
    let mut code = None;
    eventually("it ends", || {
        code = child.0.try_wait().expect("a child").map(|it| it.code().unwrap_or(-1));
        code.is_some()
    });
    let mut said = String::new();
    child.0.stderr.take().expect("a pipe").read_to_string(&mut said).expect("text");
    (code.expect("it has ended"), said)
}

/// A file of authorities as some keep it: with words, and with a key that is nobody's business.
const AUTHORITIES: &str = "of the house\n-----BEGIN CERTIFICATE-----\nAAAA\n\
    -----END CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\nBBBB\n-----END PRIVATE KEY-----\n";

/// By whom packs must be signed, in a file; and how registries are reached.
fn signers(desk: &Desk) -> [&'static str; 2] {
    let text = format!(
        "severities: {{acme/vault-lost: critical}}\n\
         signatures: [{{prefix: '{}/acme', keys: [../cosign.pub]}}]\n\
         registries:\n\
         - {{prefix: '{0}', plainHttp: true}}\n\
         - {{prefix: r.example, mirrors: ['m.example:5000/x'], ca: ca.pem}}\n",
        desk.fake.address
    );
    fs::create_dir_all(desk.path("etc")).expect("a folder");
    fs::write(desk.path("etc/ca.pem"), AUTHORITIES).expect("written");
    fs::write(desk.path("etc/rulebox.yaml"), text).expect("written");
    ["--config", "etc/rulebox.yaml"]
}

#[test]
fn a_pod_pulls_and_verifies_its_pack_and_starts_again_without_a_registry() {
    let desk = Desk::new();
    let key = fs::read_to_string(desk.path("cosign.pub")).expect("a key");
    let mut more = signers(&desk).to_vec();
    more.extend(["--pull-secret", "logins"]);
    let printed = desk.print(&more);
    let digest = desk.run(&["rules", "verify", "--key", "cosign.pub", &desk.reference()]);
    let pinned = digest.split(' ').next().expect("a reference");
    assert!(printed.arguments().contains(&&*format!("--pack={pinned}")), "{}", printed.text);
    let config = yaml::to_json_value(&printed.config).expect("YAML");
    assert_eq!(config["signatures"][0]["keys"][0], *key);
    assert!(printed.config.contains("- | # etc/rulebox.yaml:2\n"), "{}", printed.config);
    let authorities = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let registries = json!([
        {"prefix": desk.fake.address.to_string(), "plainHttp": true},
        {"prefix": "r.example", "mirrors": ["m.example:5000/x"], "ca": authorities},
    ]);
    assert_eq!(config["registries"], registries);
    for word in ["cosign.pub", "ca.pem", "PRIVATE KEY", "BBBB", "of the house"] {
        assert!(!printed.config.contains(word), "{word}: {}", printed.config);
    }
    let port = desk.fake.address.port();
    let let_through = printed.egress.as_array().expect("rules").iter();
    let mut let_through = let_through.flat_map(|it| it["ports"].as_array().expect("ports"));
    assert!(let_through.any(|it| it["port"] == port), "{}", printed.egress);
    let told = "# the pods log in to registries by the Secret logins, which must exist";
    assert!(printed.text.contains(told), "{}", printed.text);
    // Nothing of the desk is there where the pod is.
    fs::remove_file(desk.path("cosign.pub")).expect("removed");
    desk.ask_for_a_password();
    let (api, node) = (Api::new(cluster()), Node::new());
    node.write("/etc/rulebox/logins/config.json", &desk.logins());
    desk.fake.asked();
    let served = Served::start_as(&mut command(&node, &printed, &api));
    served.ready();
    assert_eq!(found(&served, "?rule=vault-lost"), ["vault-prod"]);
    let severity = served.get("/api/v1/findings").json()["findings"][0]["severity"].clone();
    assert_eq!(severity, "critical");
    let text = served.get("/metrics").body;
    let finding = "rulebox_finding{pack=\"acme\",rule=\"vault-lost\"";
    assert!(text.contains(finding), "{text}");
    assert_eq!(served.end(), 0);
    let asked = desk.fake.asked();
    assert!(asked.iter().any(|it| it.ends_with(BASIC)), "{asked:?}");
    // The container starts again: the registry is gone, and nobody asks it.
    desk.fake.instead(|_| Some(status(500)));
    let served = Served::start_as(&mut command(&node, &printed, &api));
    served.ready();
    assert_eq!(found(&served, "?rule=vault-lost"), ["vault-prod"]);
    assert_eq!(served.end(), 0);
    assert_eq!(desk.fake.asked(), [""; 0]);
}

#[test]
fn a_pod_that_cannot_pull_its_pack_ends_and_says_what_to_do() {
    let desk = Desk::new();
    let mut more = signers(&desk).to_vec();
    more.extend(["--pack", "standard"]);
    let printed = desk.print(&more);
    let api = Api::new(cluster());
    desk.ask_for_a_password();
    let (code, said) = ended(&printed, &api);
    assert_eq!(code, 4, "not served with the built-in packs alone: {said}");
    for word in ["acme/rules:1.0@sha256:", "was not pulled", "by --pull-secret;", "start this"] {
        assert!(said.contains(word), "{word}: {said}");
    }
    desk.fake.instead(|_| Some(status(404)));
    let (code, said) = ended(&printed, &api);
    assert_eq!(code, 4, "{said}");
    assert!(said.contains("has no manifest sha256:"), "{said}");
    // So it does where a rule of the missing pack is named.
    desk.fake.instead(|_| None);
    let printed = desk.print(&[&signers(&desk)[..], &["--rule", "acme/vault-lost"]].concat());
    desk.fake.instead(|_| Some(status(404)));
    let (code, said) = ended(&printed, &api);
    assert_eq!(code, 4, "{said}");
}

#[test]
fn a_pod_refuses_what_another_key_has_signed() {
    let desk = Desk::new();
    let printed = desk.print(&signers(&desk));
    // The same content, of which somebody else says that it is good.
    let verified = desk.run(&["rules", "verify", "--key", "cosign.pub", &desk.reference()]);
    let digest = verified.split(['@', ' ']).nth(1).expect("a digest");
    desk.fake.remove(&format!("acme/rules:{}.sig", digest.replace(':', "-")));
    desk.run(&["rules", "keygen", "--to", "other"]);
    desk.run(&["rules", "sign", "--key", "other.key", &desk.reference()]);
    let api = Api::new(cluster());
    let (code, said) = ended(&printed, &api);
    assert_eq!(code, 4, "{said}");
    assert!(said.contains("is of a known key"), "{said}");
    // Nor is anything printed for other content that only somebody else has signed.
    desk.run(&["rules", "push", "guest.wasm", &desk.reference()]);
    desk.run(&["rules", "sign", "--key", "other.key", &desk.reference()]);
    let reference = desk.reference();
    let manifests = ["manifests", "--image", "r.example/rulebox:1", "--pack", &reference];
    let ran = desk.try_run(&[&manifests[..], &signers(&desk)].concat());
    assert_eq!((ran.code, &*ran.out), (4, ""), "{}", ran.err);
    assert!(ran.err.contains("is of a known key"), "{}", ran.err);
}

#[test]
fn what_was_typed_of_signers_is_what_pods_go_by() {
    let desk = Desk::new();
    let key = fs::read_to_string(desk.path("cosign.pub")).expect("a key");
    desk.run(&["rules", "keygen", "--to", "other"]);
    let configured = signers(&desk);
    let text = fs::read_to_string(desk.path("etc/rulebox.yaml")).expect("a configuration");
    fs::write(desk.path("etc/rulebox.yaml"), text.replace("cosign.pub", "other.pub"))
        .expect("written");
    let typed = desk.print(&[&configured[..], &["--require-signature", "cosign.pub"]].concat());
    let config = yaml::to_json_value(&typed.config).expect("YAML");
    let address = desk.fake.address;
    let all = json!([{"prefix": format!("{address}/acme/rules"), "keys": [key]}]);
    assert_eq!(config["signatures"], all);
    let comment = "# --require-signature cosign.pub\n";
    assert!(typed.config.contains(comment), "{}", typed.config);
    let api = Api::new(cluster());
    let node = Node::new();
    let served = Served::start_as(&mut command(&node, &typed, &api));
    served.ready();
    assert_eq!(found(&served, ""), ["vault-prod"]);
    assert_eq!(served.end(), 0);
    // Without a configuration, too.
    let unsigned = desk.print(&["--allow-unsigned"]);
    let config = yaml::to_json_value(&unsigned.config).expect("YAML");
    let prefix = format!("{address}/acme/rules");
    let all = json!([{"prefix": prefix, "allowUnsigned": true}]);
    assert_eq!(config, json!({"signatures": all}));
}

#[test]
fn a_cronjob_pulls_its_pack_and_keeps_what_it_compiles() {
    let desk = Desk::new();
    desk.push("guest.wasm");
    let printed = desk.print(&[&signers(&desk)[..2], &["--form", "cronjob"]].concat());
    let volume = printed.pod["volumes"].as_array().expect("volumes").iter();
    let mut kept = volume.filter(|it| it["name"] == "kept");
    assert_eq!(kept.next().expect("a volume")["emptyDir"]["sizeLimit"], "512Mi");
    let (api, node) = (Api::new(cluster()), Node::new());
    let ran = program::run(&mut command(&node, &printed, &api), "");
    assert!(ran.out.contains("guest"), "{}{}", ran.out, ran.err);
    assert!(!ran.err.contains("at each start"), "it is kept: {}", ran.err);
    let compiled = fs::read_dir(node.path("/var/lib/rulebox/cache/rulebox/packs"));
    assert!(compiled.expect("a folder").count() > 1, "an entry beside the key");
    assert!(node.path("/var/lib/rulebox/data/rulebox/registry/blobs/sha256").is_dir());
}
