//! The binary while it serves: started, asked, and ended.

use std::{
    fs::File,
    io::{BufRead as _, BufReader},
    net::{SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use tempfile::TempDir;

use crate::{
    api::Api,
    client::{Answer, get},
    program::command,
};

/// What does not happen within this time never will. The machine that runs the tests may be busy.
pub(crate) const AT_MOST: Duration = Duration::from_mins(2);

/// Asks again and again until this is so.
#[track_caller]
pub(crate) fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let end = Instant::now() + AT_MOST;
    while !is_so() {
        assert!(Instant::now() < end, "never: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// A process that serves.
pub(crate) struct Served {
    child: Child,
    log: Arc<Mutex<Vec<String>>>,
    pub(crate) address: SocketAddr,
    /// Of its kubeconfig.
    folder: Option<TempDir>,
}

impl Served {
    /// Serves the cluster `up` on a free port.
    pub(crate) fn start(api: &Api, arguments: &[&str]) -> Self {
        let (folder, file) = api.kubeconfig("");
        let mut served = Self::start_with(&file, arguments);
        served.folder = Some(folder);
        served
    }

    pub(crate) fn start_with(kubeconfig: &Path, arguments: &[&str]) -> Self {
        let kubeconfig = kubeconfig.to_str().expect("UTF-8");
        let mut serve = vec!["serve", "--kubeconfig", kubeconfig];
        if !arguments.contains(&"--listen") {
            serve.extend(["--listen", "127.0.0.1:0"]);
        }
        serve.extend(arguments);
        Self::start_as(&mut command(&serve))
    }

    /// Serves as a command says, which says where it serves.
    pub(crate) fn start_as(command: &mut Command) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the binary runs");
        let log = Arc::new(Mutex::new(Vec::new()));
        let (lines, kept) = (child.stderr.take().expect("a pipe"), Arc::clone(&log));
        thread::spawn(move || {
            for line in BufReader::new(lines).lines().map_while(Result::ok) {
                kept.lock().expect("no panic").push(line);
            }
        });
        let mut address = None;
        eventually("it says where it serves", || {
            let log = log.lock().expect("no panic");
            let said = log.iter().find_map(|it| it.split_once("serving on "));
            // In JSON a quote stands behind it.
            let said = said.and_then(|it| it.1.split_once("://")?.1.split('"').next());
            address = said.and_then(|it| it.parse().ok());
            assert!(child.try_wait().expect("a child").is_none(), "it has ended: {log:?}");
            address.is_some()
        });
        let address = address.expect("it was just found");
        Self { child, log, address, folder: None }
    }

    /// Serves the cluster `up`, and logs to a disk that is full.
    pub(crate) fn start_without_logs(api: &Api, arguments: &[&str]) -> Self {
        let (folder, file) = api.kubeconfig("");
        // It says nowhere where it serves, so it takes a port that was free a moment ago.
        let free = TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr());
        let address = free.expect("a port");
        let (listen, kubeconfig) = (address.to_string(), file.to_str().expect("UTF-8"));
        let serve = ["serve", "--kubeconfig", kubeconfig, "--listen", &listen];
        let mut command = command(&[&serve[..], arguments].concat());
        let full = || File::options().write(true).open("/dev/full").expect("Linux");
        command.stdin(Stdio::null()).stdout(full()).stderr(full());
        let child = command.spawn().expect("the binary runs");
        let mut served = Self { child, log: Arc::default(), address, folder: Some(folder) };
        eventually("it listens", || {
            assert!(served.child.try_wait().expect("a child").is_none(), "it has ended");
            TcpStream::connect(address).is_ok()
        });
        served
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        get(self.address, path, &[])
    }

    /// Waits until it has seen everything once.
    #[track_caller]
    pub(crate) fn ready(&self) {
        eventually("it is ready", || self.get("/readyz").status == 200);
    }

    /// The value of a series whose name and labels begin so.
    pub(crate) fn metric(&self, series: &str) -> Option<f64> {
        let text = self.get("/metrics").body;
        let line = text.lines().find(|it| it.starts_with(series))?;
        line.rsplit(' ').next()?.parse().ok()
    }

    /// All that it has logged.
    pub(crate) fn logged(&self) -> String {
        self.log.lock().expect("no panic").join("\n")
    }

    /// Whether a line of its log holds this.
    pub(crate) fn said(&self, words: &str) -> bool {
        self.log.lock().expect("no panic").iter().any(|it| it.contains(words))
    }

    /// Asks it to end, and gives its exit code.
    pub(crate) fn end(mut self) -> i32 {
        let id = self.child.id().to_string();
        let mut kill = std::process::Command::new("kill");
        assert!(kill.args(["-TERM", &id]).status().expect("kill runs").success());
        let mut code = None;
        eventually("it ends", || {
            code = self.child.try_wait().expect("a child").map(|it| it.code().unwrap_or(-1));
            code.is_some()
        });
        code.expect("it has ended")
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
        drop(self.folder.take());
    }
}
