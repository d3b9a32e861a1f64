//! What `serve` costs with many objects, and how late it is: `cargo xtask bench serve`, which names
//! the program that users get. It measures, prints, and judges nothing.

use std::{
    env, fs,
    io::{Read as _, Write as _},
    net::{Shutdown, TcpListener, TcpStream},
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::{self, sleep},
    time::{Duration, Instant},
};

use rulebox_cluster::Send;
use serde_json::{Value, json};

use crate::{
    http,
    serving::{Serving, program},
    world::{ADMIN, World, path_of, world},
};

/// Events and backups, beside the pods.
const EVENTS: u64 = 5_000;
const BACKUPS: u64 = 2_000;

/// Changes in a second.
const CHANGES: u64 = 10;

/// How often it is measured how long a change takes to get into the metrics.
const ROUNDS: usize = 120;

fn number(name: &str, default: u64) -> u64 {
    env::var(name).ok().and_then(|it| it.parse().ok()).unwrap_or(default)
}

/// A connection to the API server through which bytes are counted.
struct Counted {
    port: u16,
    from_server: Arc<AtomicU64>,
}

impl Counted {
    fn new(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let from_server = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&from_server);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let Ok(server) = TcpStream::connect(("127.0.0.1", server)) else { continue };
                let halves = (client.try_clone(), server.try_clone());
                let (Ok(to_client), Ok(from_client)) = (client.try_clone(), halves.0) else {
                    continue;
                };
                let Ok(to_server) = halves.1 else { continue };
                let count = Arc::clone(&count);
                thread::spawn(move || copy(from_client, to_server, &AtomicU64::new(0)));
                thread::spawn(move || copy(server, to_client, &count));
            }
        });
        Self { port, from_server }
    }

    fn bytes(&self) -> u64 {
        self.from_server.load(Ordering::Relaxed)
    }
}

fn copy(mut from: TcpStream, mut to: TcpStream, count: &AtomicU64) {
    let mut buffer = vec![0; 256 << 10];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        count.fetch_add(length as u64, Ordering::Relaxed);
        if to.write_all(&buffer[..length]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
}

/// What a process takes of the machine.
struct Usage {
    /// Resident now, and at most, in KiB.
    resident: u64,
    peak: u64,
    /// Of a processor, in hundredths of a second.
    ticks: u64,
}

impl Usage {
    fn of(process: u32) -> Self {
        let read = |file: &str| {
            let text = fs::read_to_string(format!("/proc/{process}/{file}"));
            text.expect("the process runs, on Linux")
        };
        let status = read("status");
        let field = |name: &str| {
            let line = status.lines().find_map(|it| it.strip_prefix(name)).expect("a field");
            line.split_whitespace().next().and_then(|it| it.parse().ok()).expect("a number")
        };
        let (resident, peak) = (field("VmRSS:"), field("VmHWM:"));
        let stat = read("stat");
        let fields = stat.rsplit(')').next().expect("a name in brackets").split_whitespace();
        let ticks = fields.skip(11).take(2).map(|it| it.parse::<u64>().expect("a number")).sum();
        Self { resident, peak, ticks }
    }
}

/// Of a core, in percent, while something goes on.
fn busy(process: u32, meanwhile: impl FnOnce()) -> f64 {
    let (before, begun) = (Usage::of(process).ticks, Instant::now());
    meanwhile();
    let ticks = Usage::of(process).ticks - before;
    // A tick is a hundredth of a second on every Linux.
    Duration::from_millis(ticks * 10).as_secs_f64() / begun.elapsed().as_secs_f64() * 100.0
}

fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').take(1).collect()
}

fn pod(nth: u64) -> Value {
    let container = |name: &str| {
        let env: Vec<_> = (0..10)
            .map(|it| json!({"name": format!("VAR_{it}"), "value": format!("value-{it}-{nth}")}))
            .collect();
        json!({
            "name": name,
            "image": format!("registry.example.com/shop/{name}:v1.{}", nth % 40),
            "env": env,
            "resources": {
                "limits": {"cpu": "500m", "memory": "512Mi"},
                "requests": {"cpu": "100m", "memory": "256Mi"},
            },
            "livenessProbe": {"httpGet": {"path": "/healthz", "port": 8080}},
        })
    };
    let status = |name: &str| {
        json!({
            "name": name, "image": "x", "imageID": format!("x@sha256:{nth:064x}"),
            "containerID": format!("containerd://{nth:064x}"),
            "ready": true, "started": true, "restartCount": nth % 3,
            "state": {"running": {"startedAt": "2026-09-20T10:00:00Z"}},
        })
    };
    let since = "2026-09-20T10:00:00Z";
    let condition =
        |name: &str| json!({"type": name, "status": "True", "lastTransitionTime": since});
    let conditions = ["Initialized", "Ready", "ContainersReady", "PodScheduled"].map(condition);
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {
            "name": format!("service-{:05}-7c9d8f6b5-{nth:05}", nth / 3),
            "namespace": "csdr",
            "labels": {
                "app": format!("service-{:05}", nth / 3), "pod-template-hash": "7c9d8f6b5",
            },
            "annotations": {"checksum/config": format!("{nth:064x}")},
        },
        "spec": {
            "containers": [container("app"), container("sidecar")],
            "nodeName": format!("node-{:03}", nth % 150),
        },
        "status": {
            "phase": "Running",
            "podIP": format!("10.{}.{}.{}", nth % 200, nth / 200 % 250, nth % 250),
            "hostIP": "192.168.0.7", "qosClass": "Burstable",
            "startTime": "2026-09-20T09:59:02Z",
            "conditions": conditions,
            "containerStatuses": [status("app"), status("sidecar")],
        },
    })
}

fn event(nth: u64) -> Value {
    let backup = format!("plan-{:02}-{:05}", nth % 50, nth % BACKUPS);
    json!({
        "apiVersion": "v1", "kind": "Event",
        "metadata": {"name": format!("{backup}.{nth:016x}"), "namespace": "csdr"},
        "involvedObject": {
            "apiVersion": "csdr.alibabacloud.com/v1beta1", "kind": "ApplicationBackup",
            "namespace": "csdr", "name": backup,
        },
        "reason": "BackupProgress",
        "type": if nth.is_multiple_of(4) { "Warning" } else { "Normal" },
        "message": format!("step {nth} of the backup took longer than usual"),
        "source": {"component": "csdr-controller"}, "count": nth % 20 + 1,
        "firstTimestamp": "2026-09-20T10:00:00Z", "lastTimestamp": "2026-09-20T10:00:00Z",
    })
}

fn backup(nth: u64) -> Value {
    let failed = nth.is_multiple_of(40);
    json!({
        "apiVersion": "csdr.alibabacloud.com/v1beta1", "kind": "ApplicationBackup",
        "metadata": {
            "name": format!("plan-{:02}-{nth:05}", nth % 50), "namespace": "csdr",
            "labels": {"csdr.alibabacloud.com/schedule": format!("plan-{:02}", nth % 50)},
        },
        "spec": {
            "storageLocation": "vault-bench", "includedNamespaces": ["shop"], "ttl": "720h",
            "backupType": "AppAndPvBackup",
        },
        "status": {
            "phase": if failed { "Failed" } else { "Completed" },
            "message": if failed { "velero backup process timeout" } else { "" },
            "completionTimestamp": "2026-09-20T10:00:00Z",
        },
    })
}

/// Changes pods in a way that no rule looks at, until told to stop. How many changes were made, and
/// how many a busy server has refused.
fn churn(world: &World, pods: u64, stop: &AtomicBool) -> (u64, u64) {
    let (begun, mut done, mut refused) = (Instant::now(), 0, 0);
    while !stop.load(Ordering::Relaxed) {
        let pod = pod(done % pods);
        let change = json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {
                "name": pod["metadata"]["name"], "namespace": "csdr",
                "annotations": {"example.org/touched": done.to_string()},
            },
        });
        let applied = world.send(Send::Apply, &path_of(&pod, true), &change);
        refused += u64::from(!applied.is_success());
        done += 1;
        let due = begun + Duration::from_secs(done) / u32::try_from(CHANGES).expect("small");
        sleep(due.saturating_duration_since(Instant::now()));
    }
    (done - refused, refused)
}

/// How long each change of a vault took to get into the metrics, in order.
fn delays(world: &World, serving: &Serving, vault: &Value) -> Vec<Duration> {
    let mut delays = Vec::new();
    for round in 0..ROUNDS {
        let phase = if round % 2 == 0 { "Unavailable" } else { "Available" };
        let begun = Instant::now();
        world.change(vault, |it| it["status"]["phase"] = phase.into());
        let is_shown = || {
            let metrics = http::get(&serving.address, "/metrics").expect("an answer").body;
            let mut lines = metrics.lines();
            lines.any(|it| {
                it.starts_with("backup_center_backup_location_info{")
                    && it.contains(&format!("phase=\"{phase}\""))
            })
        };
        while !is_shown() {
            assert!(begun.elapsed() < Duration::from_mins(1), "a change is not shown");
            sleep(Duration::from_millis(5));
        }
        delays.push(begun.elapsed());
        // Not in step with what goes on each second.
        sleep(Duration::from_millis(700 + 37 * (round as u64 % 20)));
    }
    delays.sort();
    delays
}

#[test]
#[ignore = "measures for an hour: `cargo xtask bench serve`"]
fn a_large_cluster_for_an_hour() {
    let Some(world) = world() else { return };
    let pods = number("RULEBOX_BENCH_PODS", 20_000);
    let minutes = number("RULEBOX_BENCH_MINUTES", 60);
    let counted = Counted::new(world.port());
    let kubeconfig = world.kubeconfig_at(ADMIN, counted.port);
    let arguments = ["--context", ADMIN];

    let empty = Serving::start(&kubeconfig, &arguments);
    sleep(Duration::from_secs(10));
    let nothing = Usage::of(empty.id());
    drop(empty);
    println!("with an empty cluster: {} KiB resident (load {})", nothing.resident, load());

    let begun = Instant::now();
    world.create_all((0..pods).map(pod));
    world.create_all((0..EVENTS).map(event));
    world.create_all((0..BACKUPS).map(backup));
    let vault = world.create(&json!({
        "apiVersion": "csdr.alibabacloud.com/v1beta1", "kind": "BackupLocation",
        "metadata": {"name": "vault-bench", "namespace": "csdr"},
        "status": {"phase": "Available"},
    }));
    println!("{pods} pods, {EVENTS} events, {BACKUPS} backups made in {:?}", begun.elapsed());

    // One list of the same: by pages, compressed.
    let before = counted.bytes();
    let begun = Instant::now();
    let check = Command::new(program())
        .args(["check", "--live", "--output", "json", "--fail-on", "never", "--kubeconfig"])
        .arg(&kubeconfig)
        .output()
        .expect("it runs");
    let took = begun.elapsed();
    let report: Value = serde_json::from_slice(&check.stdout).expect("a report");
    let input = &report["inputs"][0];
    println!(
        "check --live: {took:?}; {} objects, of which {} needed; {} bytes from the server, \
         unpacked {} (load {})",
        input["objects"],
        input["needed"],
        counted.bytes() - before,
        input["bytes"],
        load(),
    );
    let needed = input["needed"].as_u64().expect("a number");

    let before = counted.bytes();
    let begun = Instant::now();
    let serving = Serving::begin(&kubeconfig, &arguments);
    println!("serve: first result after {:?} (load {})", begun.elapsed(), load());
    let process = serving.id();
    let memory = |when: &str| {
        let Usage { resident, peak, .. } = Usage::of(process);
        let each = resident.saturating_sub(nothing.resident) * 1024 / needed.max(1);
        println!(
            "{when}: {resident} KiB resident, at most {peak}; {each} bytes for each needed object"
        );
    };
    memory("after the first result");
    println!("{} bytes from the server until then", counted.bytes() - before);
    let before = counted.bytes();
    let rest = busy(process, || sleep(Duration::from_mins(2)));
    println!("at rest for two minutes: {rest:.2} % of a core (load {})", load());
    memory("then");
    println!("{} bytes from the server meanwhile", counted.bytes() - before);

    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let changes = scope.spawn(|| churn(&world, pods, &stop));
        let before = counted.bytes();
        for minute in (0..minutes).step_by(5) {
            let part = (minutes - minute).min(5);
            let busy = busy(process, || sleep(Duration::from_mins(part)));
            println!(
                "{} minutes of {CHANGES} changes a second that matter to nobody: {busy:.2} % of a \
                 core (load {})",
                minute + part,
                load()
            );
            memory("then");
        }
        println!("{} bytes from the server meanwhile", counted.bytes() - before);
        let delays = delays(&world, &serving, &vault);
        let at = |percent: usize| delays[(delays.len() * percent).div_ceil(100) - 1];
        println!(
            "a change gets into the metrics after {:?} (p50), {:?} (p90), {:?} (p99), of {ROUNDS} \
             (load {})",
            at(50),
            at(90),
            at(99),
            load()
        );
        stop.store(true, Ordering::Relaxed);
        let (done, refused) = changes.join().expect("no panic");
        println!("{done} changes in all, and {refused} that the server refused");
    });
    memory("in the end");
}
