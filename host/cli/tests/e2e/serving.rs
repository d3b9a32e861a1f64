//! A process of `rulebox serve`, and what it serves.

use std::{
    env,
    ffi::OsString,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, mpsc},
    thread,
    time::Duration,
};

use serde_json::Value;

use crate::{http, world::wait_for};

/// The program that is tested; for benches that which users get.
pub(crate) fn program() -> OsString {
    env::var_os("RULEBOX_BENCH_PROGRAM").unwrap_or_else(|| env!("CARGO_BIN_EXE_rulebox").into())
}

/// A process that serves. Killed when it is dropped.
pub(crate) struct Serving {
    child: Child,
    pub(crate) address: String,
    log: Arc<Mutex<String>>,
    happened: Arc<Mutex<Vec<String>>>,
}

impl Serving {
    /// Starts one with this kubeconfig, and waits until it is ready.
    pub(crate) fn start(kubeconfig: &Path, arguments: &[&str]) -> Self {
        let serving = Self::begin(kubeconfig, arguments);
        wait_for("ready", || {
            http::get(&serving.address, "/readyz").is_ok_and(|it| it.status == 200)
        });
        serving.follow();
        serving
    }

    /// Starts one, and waits until it has a result.
    pub(crate) fn begin(kubeconfig: &Path, arguments: &[&str]) -> Self {
        let mut command = Command::new(program());
        command.args(["serve", "--listen", "127.0.0.1:0", "--kubeconfig"]);
        Self::begin_as(command.arg(kubeconfig).args(arguments))
    }

    /// The same as a command says.
    pub(crate) fn begin_as(command: &mut Command) -> Self {
        let mut child = command.stderr(Stdio::piped()).spawn().expect("it starts");
        let lines = BufReader::new(child.stderr.take().expect("a pipe"));
        let log = Arc::new(Mutex::new(String::new()));
        let (send, address) = mpsc::channel();
        let kept = Arc::clone(&log);
        thread::spawn(move || {
            for line in lines.lines().map_while(Result::ok) {
                if let Some((_, address)) = line.split_once("serving on http://") {
                    // In JSON a quote stands behind it.
                    let address = address.split('"').next().unwrap_or_default();
                    let _ = send.send(address.to_owned());
                }
                let mut kept = kept.lock().expect("no panic");
                kept.push_str(&line);
                kept.push('\n');
            }
        });
        let address = address.recv_timeout(Duration::from_mins(1));
        let address = address.unwrap_or_else(|_| panic!("{}", log.lock().expect("no panic")));
        let serving = Self { child, address, log, happened: Arc::default() };
        wait_for("a result", || {
            http::get(&serving.address, "/api/v1/report").is_ok_and(|it| it.status == 200)
        });
        serving
    }

    /// Notes what happens to findings from now on.
    fn follow(&self) {
        let mut events = http::open(&self.address, "/api/v1/events", &[]).expect("a stream");
        let happened = Arc::clone(&self.happened);
        thread::spawn(move || {
            let (mut line, mut event) = (String::new(), String::new());
            while events.read_line(&mut line).is_ok_and(|it| it > 0) {
                if let Some(it) = line.trim().strip_prefix("event: ") {
                    it.clone_into(&mut event);
                } else if let Some(data) = line.strip_prefix("data: ") {
                    let data: Value = serde_json::from_str(data).unwrap_or_default();
                    let name = data["finding"]["subject"]["name"].as_str().unwrap_or_default();
                    let mut happened = happened.lock().expect("no panic");
                    if event != "reset" {
                        happened.push(format!("{event} {name}"));
                    }
                }
                line.clear();
            }
        });
    }

    /// What has happened to findings since this process was ready.
    pub(crate) fn happened(&self) -> Vec<String> {
        self.happened.lock().expect("no panic").clone()
    }

    /// The number of the process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it has logged.
    pub(crate) fn log(&self) -> String {
        self.log.lock().expect("no panic").clone()
    }

    /// A path that must answer 200.
    #[track_caller]
    pub(crate) fn get(&self, path: &str) -> String {
        let answer = http::get(&self.address, path).expect("an answer");
        assert_eq!(answer.status, 200, "{path}: {}\n{}", answer.body, self.log());
        answer.body
    }

    #[track_caller]
    pub(crate) fn json(&self, path: &str) -> Value {
        serde_json::from_str(&self.get(path)).expect("JSON")
    }

    /// Rule and name of each finding.
    #[track_caller]
    pub(crate) fn findings(&self) -> Vec<(String, String)> {
        let answer = self.json("/api/v1/findings");
        let findings = answer["findings"].as_array().expect("findings");
        let text = |it: &Value| it.as_str().unwrap_or_default().to_owned();
        let mut findings: Vec<_> =
            findings.iter().map(|it| (text(&it["rule"]), text(&it["subject"]["name"]))).collect();
        findings.sort();
        findings
    }

    /// Waits until this finding is there, or is not.
    #[track_caller]
    pub(crate) fn wait_for_finding(&self, rule: &str, name: &str, there: bool) {
        let finding = (rule.to_owned(), name.to_owned());
        let what = format!("{rule} of {name} {}", if there { "appears" } else { "vanishes" });
        wait_for(&what, || self.findings().contains(&finding) == there);
    }

    /// The value of a series; none if there is no such.
    #[track_caller]
    pub(crate) fn metric(&self, series: &str) -> Option<f64> {
        let text = self.get("/metrics");
        let line =
            text.lines().find(|it| it.strip_prefix(series).is_some_and(|it| it.starts_with(' ')));
        line.and_then(|it| it.rsplit(' ').next()?.parse().ok())
    }

    /// Sends SIGTERM, and gives the exit code.
    pub(crate) fn end(mut self) -> Option<i32> {
        let pid = self.child.id().to_string();
        let _ = Command::new("kill").args(["-TERM", &pid]).status();
        self.child.wait().expect("it ends").code()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
