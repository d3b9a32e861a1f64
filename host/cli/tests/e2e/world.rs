//! A real API server on the loopback: etcd, kube-apiserver, the custom resources that the packs
//! need, and users with their roles. No scheduler, no controllers: a test is all of them.

use std::{
    env, fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
    thread::sleep,
    time::{Duration, Instant},
};

use futures_util::{StreamExt as _, stream};
use rulebox_bundle::plural_of;
use rulebox_cluster::{Answered, Cluster, Options, Send};
use rulebox_reader::yaml;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// A user who may do everything.
pub(crate) const ADMIN: &str = "admin";

/// A user who may read what is bound in a test.
pub(crate) const READER: &str = "reader";

/// The custom resources: group, version, kind, whether it has namespaces.
const CUSTOM: [(&str, &str, &str, bool); 17] = [
    ("csdr.alibabacloud.com", "v1beta1", "ApplicationBackup", true),
    ("csdr.alibabacloud.com", "v1beta1", "ApplicationRestore", true),
    ("csdr.alibabacloud.com", "v1beta1", "BackupLocation", true),
    ("csdr.alibabacloud.com", "v1beta1", "BackupSchedule", true),
    ("csdr.alibabacloud.com", "v1beta1", "ConvertToSnapshot", true),
    ("csdr.alibabacloud.com", "v1beta1", "DeleteRequest", true),
    ("velero.io", "v1", "Backup", true),
    ("velero.io", "v1", "BackupRepository", true),
    ("velero.io", "v1", "BackupStorageLocation", true),
    ("velero.io", "v1", "DeleteBackupRequest", true),
    ("velero.io", "v1", "PodVolumeBackup", true),
    ("velero.io", "v1", "PodVolumeRestore", true),
    ("velero.io", "v1", "Restore", true),
    ("velero.io", "v1", "Schedule", true),
    ("snapshot.storage.k8s.io", "v1", "VolumeSnapshot", true),
    ("snapshot.storage.k8s.io", "v1", "VolumeSnapshotContent", false),
    ("snapshot.storage.k8s.io", "v1", "VolumeSnapshotClass", false),
];

/// Waits until something is so; panics after a minute.
#[track_caller]
pub(crate) fn wait_for(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_mins(1);
    while !holds() {
        assert!(Instant::now() < end, "waited a minute, and it is not so: {what}");
        // No event tells it; this is not how long anything takes.
        sleep(Duration::from_millis(20));
    }
}

/// The API server. It lives as long as the tests.
pub(crate) struct World {
    folder: TempDir,
    programs: (PathBuf, PathBuf),
    ports: [u16; 3],
    etcd: Option<Child>,
    apiserver: Option<Child>,
    runtime: Runtime,
    admin: Option<Cluster>,
}

/// The API server for one test; none where its programs are not named, which is told.
pub(crate) fn world() -> Option<MutexGuard<'static, World>> {
    static WORLD: OnceLock<Mutex<World>> = OnceLock::new();
    let program = |name: &str| env::var_os(name).map(PathBuf::from);
    let programs = program("RULEBOX_E2E_KUBE_APISERVER").zip(program("RULEBOX_E2E_ETCD"));
    let Some(programs) = programs else {
        eprintln!("skipped: `cargo xtask e2e` names the programs that this test needs");
        return None;
    };
    let world = WORLD.get_or_init(|| Mutex::new(World::start(programs)));
    // A test that failed does not fail the others.
    let mut world = world.lock().unwrap_or_else(PoisonError::into_inner);
    world.clear();
    Some(world)
}

impl World {
    fn start(programs: (PathBuf, PathBuf)) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let free = || {
            let socket = TcpListener::bind("127.0.0.1:0").expect("a port");
            let port = socket.local_addr().expect("an address").port();
            (socket, port)
        };
        let sockets = [free(), free(), free()];
        let ports = [sockets[0].1, sockets[1].1, sockets[2].1];
        drop(sockets);
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = runtime.enable_all().worker_threads(1).build().expect("a runtime");
        let (etcd, apiserver, admin) = (None, None, None);
        let mut world = Self { folder, programs, ports, etcd, apiserver, runtime, admin };
        world.write_files();
        world.start_etcd();
        world.start_apiserver();
        let options = Options { kubeconfig: Some(world.kubeconfig(ADMIN)), ..Options::default() };
        let admin = world.runtime.block_on(rulebox_cluster::connect(&options));
        world.admin = Some(admin.expect("a kubeconfig"));
        for (group, version, kind, namespaced) in CUSTOM {
            world.install(group, version, kind, namespaced);
        }
        for namespace in ["csdr", "velero"] {
            world.create(&json!({
                "apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace},
            }));
        }
        world
    }

    fn write_files(&self) {
        let folder = self.folder.path();
        let openssl = |arguments: &[&str]| {
            let made = Command::new("openssl").args(arguments).current_dir(folder).output();
            assert!(made.expect("openssl is installed").status.success());
        };
        openssl(&["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "sa.key"]);
        openssl(&["ec", "-in", "sa.key", "-pubout", "-out", "sa.pub"]);
        let write = |name: &str, text: String| {
            fs::write(folder.join(name), text).expect("a file");
        };
        write(
            "tokens.csv",
            format!("{ADMIN},{ADMIN},1,system:masters\n{READER},{READER},2,readers\n"),
        );
    }

    /// The port of the API server.
    pub(crate) fn port(&self) -> u16 {
        self.ports[0]
    }

    /// The kubeconfig of a user.
    pub(crate) fn kubeconfig(&self, user: &str) -> PathBuf {
        self.kubeconfig_at(user, self.port())
    }

    /// The same, with another port of this machine.
    pub(crate) fn kubeconfig_at(&self, user: &str, port: u16) -> PathBuf {
        let path = self.folder.path().join(format!("kubeconfig.{user}.{port}"));
        let text = format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: {user}\n\
             clusters: [{{name: e2e, cluster: {{server: 'https://127.0.0.1:{port}', \
             insecure-skip-tls-verify: true}}}}]\n\
             users: [{{name: {user}, user: {{token: {user}}}}}]\n\
             contexts: [{{name: {user}, context: {{cluster: e2e, user: {user}}}}}]\n"
        );
        fs::write(&path, text).expect("a file");
        path
    }

    fn log(&self, name: &str) -> Stdio {
        let path = self.folder.path().join(name);
        fs::OpenOptions::new().create(true).append(true).open(path).expect("a log").into()
    }

    pub(crate) fn start_etcd(&mut self) {
        let [_, client, peer] = self.ports;
        let client = format!("http://127.0.0.1:{client}");
        let peer = format!("http://127.0.0.1:{peer}");
        let child = tied(&self.programs.1)
            .args(["--data-dir", "data", "--unsafe-no-fsync", "--log-level", "warn"])
            .args(["--listen-client-urls", &client, "--advertise-client-urls", &client])
            .args(["--listen-peer-urls", &peer])
            .current_dir(self.folder.path())
            .stderr(self.log("etcd.log"))
            .spawn();
        self.etcd = Some(child.expect("etcd starts"));
    }

    pub(crate) fn start_apiserver(&mut self) {
        let [port, etcd, _] = self.ports;
        let child = tied(&self.programs.0)
            .arg(format!("--etcd-servers=http://127.0.0.1:{etcd}"))
            .arg(format!("--secure-port={port}"))
            .args(["--bind-address=127.0.0.1", "--advertise-address=127.0.0.1"])
            .args(["--endpoint-reconciler-type=none", "--cert-dir=certs"])
            // Nobody makes service accounts, and nobody removes what a finalizer waits for.
            .arg("--disable-admission-plugins=ServiceAccount,NamespaceLifecycle,Priority")
            .args(["--token-auth-file=tokens.csv", "--authorization-mode=RBAC"])
            .args(["--service-account-issuer=https://kubernetes.default"])
            .args([
                "--service-account-key-file=sa.pub",
                "--service-account-signing-key-file=sa.key",
            ])
            // Events stay for longer than any test.
            .args(["--service-cluster-ip-range=10.0.0.0/24", "--event-ttl=24h"])
            .current_dir(self.folder.path())
            .stderr(self.log("apiserver.log"))
            .spawn();
        self.apiserver = Some(child.expect("kube-apiserver starts"));
        let kubeconfig = self.kubeconfig(ADMIN);
        wait_for("the API server is ready", || self.is_ready(&kubeconfig));
    }

    fn is_ready(&self, kubeconfig: &Path) -> bool {
        let options = Options { kubeconfig: Some(kubeconfig.to_owned()), ..Options::default() };
        self.runtime.block_on(async {
            let Ok(cluster) = rulebox_cluster::connect(&options).await else { return false };
            let answered = cluster.send(Send::Get, "/readyz", &Value::Null).await;
            answered.is_ok_and(|it| it.is_success())
        })
    }

    pub(crate) fn stop_apiserver(&mut self) {
        kill(self.apiserver.take());
    }

    pub(crate) fn stop_etcd(&mut self) {
        kill(self.etcd.take());
    }

    /// Sends a request as the admin.
    pub(crate) fn send(&self, how: Send, path: &str, body: &Value) -> Answered {
        let admin = self.admin.as_ref().expect("connected");
        self.runtime.block_on(admin.send(how, path, body)).expect("an answer")
    }

    /// Makes many objects, several at the same time.
    #[track_caller]
    pub(crate) fn create_all(&self, objects: impl Iterator<Item = Value>) {
        const AT_ONCE: usize = 32;
        let admin = self.admin.as_ref().expect("connected");
        let made = stream::iter(objects).map(async |mut object| {
            let path = path_of(&object, false);
            let made = admin.send(Send::Create, &path, &object).await.expect("an answer");
            assert!(made.is_success(), "{path}: {}", made.message());
            if object["status"].is_null() || made.body["status"] == object["status"] {
                return;
            }
            let path = format!("{}/status", path_of(&object, true));
            let mut whole = made.body;
            whole["status"] = object["status"].take();
            let set = admin.send(Send::Replace, &path, &whole).await.expect("an answer");
            assert!(set.is_success(), "{path}: {}", set.message());
        });
        self.runtime.block_on(made.buffer_unordered(AT_ONCE).collect::<()>());
    }

    /// Makes an object, and sets its status where the kind keeps that apart.
    #[track_caller]
    pub(crate) fn create(&self, object: &Value) -> Value {
        let path = path_of(object, false);
        let made = self.send(Send::Create, &path, object);
        assert!(made.is_success(), "{path}: {}", made.message());
        let status = &object["status"];
        if status.is_null() || made.body["status"] == *status {
            return made.body;
        }
        let mut whole = made.body;
        whole["status"] = status.clone();
        let path = format!("{}/status", path_of(object, true));
        let set = self.send(Send::Replace, &path, &whole);
        assert!(set.is_success(), "{path}: {}", set.message());
        set.body
    }

    /// Changes an object: what is given takes the place of what is there.
    #[track_caller]
    pub(crate) fn change(&self, object: &Value, change: impl FnOnce(&mut Value)) {
        let path = path_of(object, true);
        let mut whole = self.send(Send::Get, &path, &Value::Null).body;
        change(&mut whole);
        let set = self.send(Send::Replace, &path, &whole);
        assert!(set.is_success(), "{path}: {}", set.message());
    }

    #[track_caller]
    pub(crate) fn delete(&self, object: &Value) {
        let path = path_of(object, true);
        let gone = self.send(Send::Delete, &path, &Value::Null);
        assert!(gone.is_success(), "{path}: {}", gone.message());
    }

    /// Serves a custom resource, whatever fields its objects have.
    pub(crate) fn install(&self, group: &str, version: &str, kind: &str, namespaced: bool) {
        let plural = plural_of(kind);
        let schema = json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
        self.create(&json!({
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {
                "name": format!("{plural}.{group}"),
                // Groups of Kubernetes itself want to see that somebody has looked at them.
                "annotations": {"api-approved.kubernetes.io": "unapproved, for a test"},
            },
            "spec": {
                "group": group,
                "scope": if namespaced { "Namespaced" } else { "Cluster" },
                "names": {"plural": plural, "singular": kind.to_lowercase(), "kind": kind},
                "versions": [{
                    "name": version, "served": true, "storage": true,
                    "schema": {"openAPIV3Schema": schema},
                }],
            },
        }));
        let path = format!("/apis/{group}/{version}/{plural}");
        wait_for("the custom resource is served", || {
            self.send(Send::Get, &path, &Value::Null).is_success()
        });
    }

    /// Serves a custom resource as its own project defines it. False where `cargo xtask e2e` has no
    /// definitions, which is told.
    pub(crate) fn install_defined(&self, name: &str) -> bool {
        let folder = env::var_os("RULEBOX_E2E_DEFINITIONS").filter(|it| !it.is_empty());
        let Some(folder) = folder else {
            eprintln!("skipped: there is no definition of {name}");
            return false;
        };
        let text = fs::read_to_string(Path::new(&folder).join(format!("{name}.yaml")));
        let definition = yaml::to_json_value(&text.expect("a definition")).expect("YAML");
        let path = path_of(&definition, true);
        let applied = self.send(Send::Apply, &path, &definition);
        assert!(applied.is_success(), "{name}: {}", applied.message());
        wait_for("the custom resource is served", || {
            let conditions =
                &self.send(Send::Get, &path, &Value::Null).body["status"]["conditions"];
            let mut all = conditions.as_array().into_iter().flatten();
            all.any(|it| it["type"] == "Established" && it["status"] == "True")
        });
        true
    }

    /// Takes a custom resource away, with all its objects.
    pub(crate) fn uninstall(&self, group: &str, kind: &str) {
        let name = format!("{}.{group}", plural_of(kind));
        let path = format!("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{name}");
        let gone = self.send(Send::Delete, &path, &Value::Null);
        assert!(gone.is_success(), "{}", gone.message());
        wait_for("the custom resource is gone", || {
            self.send(Send::Get, &path, &Value::Null).status == 404
        });
    }

    /// Removes what a test has left: all objects of the kinds that tests make.
    fn clear(&mut self) {
        if self.etcd.is_none() {
            self.start_etcd();
        }
        if self.apiserver.is_none() {
            self.start_apiserver();
        }
        let custom = CUSTOM.iter().map(|(group, version, kind, _)| {
            format!("/apis/{group}/{version}/{}", plural_of(kind))
        });
        let built_in = [
            "/api/v1/pods",
            "/api/v1/events",
            "/api/v1/configmaps",
            "/apis/apps/v1/deployments",
            "/apis/apps/v1/daemonsets",
            "/apis/storage.k8s.io/v1/storageclasses",
        ];
        for path in custom.chain(built_in.map(str::to_owned)) {
            let list = self.send(Send::Get, &path, &Value::Null).body;
            for item in list["items"].as_array().into_iter().flatten() {
                let (root, plural) = path.rsplit_once('/').expect("a path");
                let name = item["metadata"]["name"].as_str().unwrap_or_default();
                let place = match item["metadata"]["namespace"].as_str() {
                    Some(namespace) => format!("{root}/namespaces/{namespace}/{plural}/{name}"),
                    None => format!("{path}/{name}"),
                };
                let now = json!({"gracePeriodSeconds": 0});
                self.send(Send::Delete, &format!("{place}?gracePeriodSeconds=0"), &now);
            }
        }
    }

    /// Lets the reader do what a role says.
    pub(crate) fn bind(&self, name: &str, rules: &Value) {
        let meta = json!({"name": name});
        let group = "rbac.authorization.k8s.io";
        self.create(&json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
            "metadata": meta, "rules": rules,
        }));
        self.create(&json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
            "metadata": meta,
            "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": name},
            "subjects": [{"apiGroup": group, "kind": "User", "name": READER}],
        }));
    }

    /// Takes that away again.
    pub(crate) fn unbind(&self, name: &str) {
        for kind in ["clusterrolebindings", "clusterroles"] {
            let path = format!("/apis/rbac.authorization.k8s.io/v1/{kind}/{name}");
            self.send(Send::Delete, &path, &Value::Null);
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        kill(self.apiserver.take());
        kill(self.etcd.take());
    }
}

/// A program that ends with this process, whatever ends it: a shell waits at a pipe until nobody
/// holds its other end, and kills the program.
fn tied(program: &Path) -> Command {
    let mut command = Command::new("sh");
    let script = "\"$@\" < /dev/null & cat > /dev/null; kill -9 $!; wait";
    command.args(["-c", script, "sh"]).arg(program).stdin(Stdio::piped());
    command
}

fn kill(child: Option<Child>) {
    if let Some(mut child) = child {
        drop(child.stdin.take());
        let _ = child.wait();
    }
}

/// The path of an object, or of the list that it is added to.
pub(crate) fn path_of(object: &Value, named: bool) -> String {
    let text = |it: &Value| it.as_str().unwrap_or_default().to_owned();
    let version = text(&object["apiVersion"]);
    let root = if version.contains('/') { "apis" } else { "api" };
    let namespace = match object["metadata"]["namespace"].as_str() {
        Some(it) => format!("namespaces/{it}/"),
        None => String::new(),
    };
    let plural = plural_of(&text(&object["kind"]));
    let name =
        if named { format!("/{}", text(&object["metadata"]["name"])) } else { String::new() };
    format!("/{root}/{version}/{namespace}{plural}{name}")
}
