//! Runs a credential plugin of a kubeconfig (`exec`), within a time, beside the runtime, and reads
//! what it says. When it is asked, and what for, is not known here.

use std::{
    io::{self, IsTerminal as _, Read, Write as _},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex, mpsc},
    thread,
    time::{Duration, Instant},
};

use jiff::Timestamp;
use kube::config::{ExecConfig, ExecInteractiveMode, Kubeconfig};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::failure::{Failure, MESSAGE_LENGTH, excerpt, innermost};

/// The most bytes that are read of what a plugin says: a token, or a certificate and its key.
const SAID_BYTES: usize = 1 << 20;

/// The most bytes that are kept of what it tells a person: the last ones.
const TOLD_BYTES: usize = 16 << 10;

/// How often it is looked whether a plugin has ended.
const STEP: Duration = Duration::from_millis(10);

/// How long the rest of its output is waited for when it has ended: a program that it has started
/// may keep the pipe open.
const REST: Duration = Duration::from_millis(500);

/// What a plugin has said.
#[derive(Debug, Default, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Said {
    #[serde(default)]
    pub(crate) token: Option<String>,
    #[serde(default, rename = "clientCertificateData")]
    pub(crate) certificate: Option<String>,
    #[serde(default, rename = "clientKeyData")]
    pub(crate) key: Option<String>,
    #[serde(default, rename = "expirationTimestamp")]
    pub(crate) expires: Option<Timestamp>,
}

/// Asks a plugin. It has `time`, and where it may talk to a person all that is `left`.
pub(crate) async fn ask(
    plugin: &ExecConfig,
    time: Duration,
    left: Option<Duration>,
) -> Result<Said, Failure> {
    let talks =
        plugin.interactive_mode != Some(ExecInteractiveMode::Never) && io::stdin().is_terminal();
    let time = match left {
        Some(left) if talks => left,
        Some(left) => time.min(left),
        // A person needs minutes to log in by a browser.
        None if talks => time.max(Duration::from_mins(5)),
        None => time,
    };
    let (plugin, command) = (plugin.clone(), plugin.command.clone().unwrap_or_default());
    let (done, answer) = tokio::sync::oneshot::channel();
    // A thread of its own: the runtime waits for its own threads when the run ends.
    thread::spawn(move || {
        let _ = done.send(run(&plugin, talks, time));
    });
    let said = answer.await.unwrap_or_else(|_| Err("it could not be run".to_owned()));
    said.map_err(|reason| Failure::Credentials {
        reason: format!("credential plugin `{}`: {reason}", excerpt(&command)),
    })
}

fn run(plugin: &ExecConfig, talks: bool, time: Duration) -> Result<Said, String> {
    let end = Instant::now() + time;
    let mut child = command(plugin, talks)?.spawn().map_err(|error| {
        let hint = plugin.install_hint.as_deref().unwrap_or_default().trim();
        let hint = if hint.is_empty() { String::new() } else { format!("; {}", excerpt(hint)) };
        format!("cannot be started: {}{hint}", innermost(&error))
    })?;
    let first = |kept: &mut Vec<u8>, next: &[u8]| {
        let room = SAID_BYTES.saturating_sub(kept.len());
        kept.extend_from_slice(&next[..next.len().min(room)]);
    };
    let last = |kept: &mut Vec<u8>, next: &[u8]| {
        kept.extend_from_slice(next);
        kept.drain(..kept.len().saturating_sub(TOLD_BYTES));
    };
    let said = Pipe::of(child.stdout.take(), first, false);
    let told = Pipe::of(child.stderr.take(), last, talks);
    let status = wait(&mut child, end);
    let (said, told) = (said.rest(), told.rest());
    let told = last_lines(&told);
    match status {
        None => Err(format!("no answer within {} s{told}", time.as_secs_f64())),
        Some(status) if !status.success() => Err(format!("ended with {status}{told}")),
        Some(_) => parse(&said).map_err(|it| format!("{it}{told}")),
    }
}

fn command(plugin: &ExecConfig, talks: bool) -> Result<Command, String> {
    let name = plugin.command.as_deref().filter(|it| !it.is_empty());
    let mut command = Command::new(name.ok_or("the kubeconfig names no command")?);
    command.args(plugin.args.iter().flatten());
    for variable in plugin.env.iter().flatten() {
        if let (Some(name), Some(value)) = (variable.get("name"), variable.get("value")) {
            command.env(name, value);
        }
    }
    let mut spec = json!({"interactive": talks});
    if plugin.provide_cluster_info {
        spec["cluster"] = serde_json::to_value(&plugin.cluster).map_err(|it| it.to_string())?;
    }
    let version = &plugin.api_version;
    let info = json!({"apiVersion": version, "kind": "ExecCredential", "spec": spec});
    command.env("KUBERNETES_EXEC_INFO", info.to_string());
    command.stdin(if talks { Stdio::inherit() } else { Stdio::null() });
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    Ok(command)
}

/// Waits until it ends, or ends it.
fn wait(child: &mut Child, end: Instant) -> Option<ExitStatus> {
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if Instant::now() < end => thread::sleep(STEP),
            _ => {
                let _ = child.kill();
                let _ = child.wait();
                return None;
            }
        }
    }
}

/// What comes out of a program, read by a thread, so that it never waits for us.
struct Pipe {
    read: Arc<Mutex<Vec<u8>>>,
    ended: mpsc::Receiver<()>,
}

impl Pipe {
    /// `keep`: adds what comes next to what is kept. `shown`: whether a person is shown it too.
    fn of(
        mut pipe: Option<impl Read + Send + 'static>,
        keep: fn(&mut Vec<u8>, &[u8]),
        shown: bool,
    ) -> Self {
        let read = Arc::new(Mutex::new(Vec::new()));
        let (end, ended) = mpsc::channel();
        let kept = Arc::clone(&read);
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Some(Ok(length @ 1..)) = pipe.as_mut().map(|it| it.read(&mut buffer)) {
                if shown {
                    let _ = io::stderr().write_all(&buffer[..length]);
                }
                let mut kept = kept.lock().expect("nobody panics while holding it");
                keep(&mut kept, &buffer[..length]);
            }
            let _ = end.send(());
        });
        Self { read, ended }
    }

    /// All that was read, when the program has ended.
    fn rest(&self) -> Vec<u8> {
        let _ = self.ended.recv_timeout(REST);
        std::mem::take(&mut *self.read.lock().expect("nobody panics while holding it"))
    }
}

/// The last lines of what a plugin tells a person, behind a colon.
fn last_lines(told: &[u8]) -> String {
    const LINES: usize = 3;
    let text = String::from_utf8_lossy(told);
    let lines: Vec<_> = text.lines().map(str::trim).filter(|it| !it.is_empty()).collect();
    let last = lines[lines.len().saturating_sub(LINES)..].join(" / ");
    let over = last.chars().count().saturating_sub(MESSAGE_LENGTH);
    let last: String = last.chars().skip(over).collect();
    if last.is_empty() { String::new() } else { format!(": {}", excerpt(&last)) }
}

/// Reads an `ExecCredential`: JSON, and of some plugins YAML.
fn parse(said: &[u8]) -> Result<Said, String> {
    #[derive(Deserialize)]
    struct Credential {
        status: Option<Said>,
    }
    let no_credential =
        |it: &dyn std::fmt::Display| excerpt(&format!("what it prints is no ExecCredential: {it}"));
    let credential: Credential = match serde_json::from_slice(said) {
        Ok(it) => it,
        Err(error) => {
            // kube's reader of YAML takes any keys.
            let text = String::from_utf8_lossy(said);
            let mut read = Kubeconfig::from_yaml(&text).map_err(|_| no_credential(&error))?;
            let status = read.other.remove("status").unwrap_or(Value::Null);
            let status = serde_json::from_value(status).map_err(|it| no_credential(&it))?;
            Credential { status }
        }
    };
    credential.status.ok_or_else(|| no_credential(&"it has no status"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plugin(script: &str) -> ExecConfig {
        ExecConfig {
            command: Some("sh".to_owned()),
            args: Some(vec!["-c".to_owned(), script.to_owned()]),
            interactive_mode: Some(ExecInteractiveMode::Never),
            ..ExecConfig::default()
        }
    }

    #[track_caller]
    fn check(plugin: &ExecConfig, time: Duration, want: Result<&str, &str>) {
        let got = run(plugin, false, time).map(|it| it.token.unwrap_or_default());
        assert_eq!(got.as_deref().map_err(String::as_str), want);
    }

    const LONG: Duration = Duration::from_mins(1);

    #[test]
    fn a_plugin_says_a_token_as_json_or_yaml() {
        let json = plugin(r#"echo '{"kind": "ExecCredential", "status": {"token": "t1"}}'"#);
        check(&json, LONG, Ok("t1"));
        check(&plugin("printf 'kind: ExecCredential\nstatus:\n  token: t2\n'"), LONG, Ok("t2"));
        let told = plugin(
            r#"echo "{\"status\": {\"token\": \"$(echo $KUBERNETES_EXEC_INFO | wc -l)\"}}""#,
        );
        check(&told, LONG, Ok("1"));
    }

    #[test]
    fn a_plugin_that_fails_is_quoted() {
        let lines = plugin("for it in a b c d; do echo $it >&2; done; exit 3");
        check(&lines, LONG, Err("ended with exit status: 3: b / c / d"));
        check(
            &plugin("echo hello"),
            LONG,
            Err("what it prints is no ExecCredential: expected value at line 1 column 1"),
        );
        check(
            &plugin("echo '{}'"),
            LONG,
            Err("what it prints is no ExecCredential: it has no status"),
        );
        let missing = ExecConfig {
            command: Some("/no/such/plugin".to_owned()),
            install_hint: Some("install it first".to_owned()),
            ..plugin("")
        };
        check(
            &missing,
            LONG,
            Err("cannot be started: No such file or directory (os error 2); install it first"),
        );
    }

    #[test]
    fn a_plugin_that_does_not_end_is_ended() {
        let endless = plugin("echo waiting for a login >&2; exec tail -f /dev/null");
        let time = Duration::from_millis(200);
        check(&endless, time, Err("no answer within 0.2 s: waiting for a login"));
    }

    #[test]
    fn a_flood_is_read_and_not_kept() {
        let flood = plugin("head -c 5000000 /dev/zero | tr '\\0' ' '; echo '{}'");
        let got = run(&flood, false, LONG).expect_err("too long");
        assert!(got.starts_with("what it prints is no ExecCredential"), "{got}");
    }
}
