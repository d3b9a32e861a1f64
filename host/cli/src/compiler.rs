//! Packs are compiled by a second process of this program, which can be stopped: what a compiler
//! needs for a stranger's code does not show beforehand. Both ends are here: [`compile`] starts the
//! process and waits for it, [`serve`] is what the process does.
//!
//! The component goes in by standard input, the compiled pack comes back by standard output, and
//! one line by standard error where there is none. No file is written, and no other process holds
//! an end of these pipes.

use std::{
    env,
    io::{self, Read, Write as _},
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc,
    thread,
};

use rulebox_engine::{Code, Limits, PackErrorKind};

use crate::{exit::Failure, pack_args::CompilePack};

/// Threads that compile at once: each holds the function that it works on.
const THREADS: usize = 8;

/// How many times the deadline is waited for. The deadline is processor time, which the system
/// counts and which does not depend on what else the machine does; a process that gets none of it
/// ends too.
const WAIT: u32 = 4;

/// How much is read of what the process says when it fails.
const WORDS_BYTES: u64 = 2048;

/// Compiles a component in a process of its own, within the limits.
pub(crate) fn compile(
    limits: &Limits,
    code: Code,
    component: &[u8],
) -> Result<Vec<u8>, PackErrorKind> {
    let threads = thread::available_parallelism().map_or(1, usize::from).min(THREADS);
    let failed = |error: io::Error| PackErrorKind::CompilerFailed { reason: error.to_string() };
    let mut child = Command::new(this_program().map_err(failed)?)
        .arg("compile-pack")
        .arg(format!("--pack-bytes={}", limits.pack_bytes))
        .arg(format!("--memory-bytes={}", limits.compile_memory_bytes))
        .arg(format!("--cpu-seconds={}", limits.compile_deadline.as_secs().max(1)))
        .args((code == Code::Metered).then_some("--metered"))
        .env("RAYON_NUM_THREADS", threads.to_string())
        // A process without memory could not write one, and would wait for itself.
        .env("RUST_BACKTRACE", "0")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    let ended = converse(&mut child, limits, component);
    // The process ends with its pipes, or is ended; either way it is waited for.
    let Some((compiled, words)) = ended else {
        let _ended = child.kill();
        let _status = child.wait();
        return Err(PackErrorKind::CompileTooLong { limit: limits.compile_deadline });
    };
    let status = child.wait().map_err(failed)?;
    if status.success() { Ok(compiled) } else { Err(failure(status, &words, limits)) }
}

/// Gives the component to the process and returns its answer and its words; none where it did not
/// answer in time.
fn converse(child: &mut Child, limits: &Limits, component: &[u8]) -> Option<(Vec<u8>, String)> {
    let (mut input, output, errors) =
        (child.stdin.take()?, child.stdout.take()?, child.stderr.take()?);
    let (sender, receiver) = mpsc::channel();
    thread::scope(|scope| {
        // A process that has ended takes no more: its words say why.
        scope.spawn(move || input.write_all(component).is_ok());
        let words = scope.spawn(move || read(errors, WORDS_BYTES));
        let most = limits.compiled_bytes as u64 + 1;
        scope.spawn(move || sender.send(read(output, most)).is_ok());
        let compiled = receiver.recv_timeout(limits.compile_deadline * WAIT).ok();
        if compiled.is_none() {
            // The threads end when their pipes do.
            let _ended = child.kill();
        }
        let words = words.join().unwrap_or_default();
        Some((compiled?, String::from_utf8_lossy(&words).trim().to_owned()))
    })
}

/// Reads to the end, or to the limit, and then lets go of the pipe.
fn read(mut from: impl Read, most: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    let _read = from.by_ref().take(most).read_to_end(&mut bytes);
    bytes
}

/// On Linux the file from which this process runs, even if another stands in its place by now.
fn this_program() -> io::Result<PathBuf> {
    if cfg!(target_os = "linux") { Ok("/proc/self/exe".into()) } else { env::current_exe() }
}

/// Why the process has no answer.
fn failure(status: ExitStatus, words: &str, limits: &Limits) -> PackErrorKind {
    let memory = words.contains("memory allocation of") || words.contains("Cannot allocate memory");
    if memory || signal(status) == Some(KILLED) {
        return PackErrorKind::CompileMemory { limit: limits.compile_memory_bytes };
    }
    if signal(status) == Some(OUT_OF_TIME) {
        return PackErrorKind::CompileTooLong { limit: limits.compile_deadline };
    }
    if status.code() == Some(FAILED) {
        return PackErrorKind::NotCompilable { reason: words.to_owned() };
    }
    let words = words.lines().map(str::trim).filter(|it| !it.is_empty()).collect::<Vec<_>>();
    let separator = if words.is_empty() { "" } else { ": " };
    let reason = format!("it ended with {status}{separator}{}", words.join(" | "));
    PackErrorKind::CompilerFailed { reason }
}

/// SIGKILL: this program has not sent it, so the system was out of memory.
const KILLED: i32 = 9;
/// SIGXCPU.
const OUT_OF_TIME: i32 = 24;

#[cfg(unix)]
fn signal(status: ExitStatus) -> Option<i32> {
    use std::os::unix::process::ExitStatusExt as _;
    status.signal()
}

#[cfg(not(unix))]
fn signal(_: ExitStatus) -> Option<i32> {
    None
}

/// The exit code of a process that could not compile, and says why.
const FAILED: i32 = 20;

/// Compiles standard input to standard output: what the second process does.
pub(crate) fn serve(typed: &CompilePack) -> Result<i32, Failure> {
    let CompilePack { pack_bytes, memory_bytes, cpu_seconds, metered } = *typed;
    let code = if metered { Code::Metered } else { Code::Plain };
    limit(memory_bytes, cpu_seconds);
    let limits = Limits { pack_bytes, ..Limits::default() };
    let component = read(io::stdin().lock(), pack_bytes as u64 + 1);
    match rulebox_engine::compile(&limits, code, &component) {
        Ok(compiled) => {
            io::stdout()
                .lock()
                .write_all(&compiled)
                .map_err(|it| Failure::usage(it.to_string()))?;
            Ok(0)
        }
        Err(PackErrorKind::NotCompilable { reason }) => {
            eprintln!("{reason}");
            Ok(FAILED)
        }
        Err(error) => {
            eprintln!("{error}");
            Ok(FAILED)
        }
    }
}

/// Limits this process. Where the system knows no such limit, the parent's deadline remains, and
/// the limits on a component's shape.
#[cfg(unix)]
fn limit(memory_bytes: u64, cpu_seconds: u64) {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let set = |resource, most| {
        // At the lower end the process is told, at the upper end killed. A limit that is lower
        // already stays.
        let limit = Rlimit { current: Some(most), maximum: Some(most.saturating_add(1)) };
        let _set = setrlimit(resource, limit);
    };
    // Of the address space, which threads and allocators only reserve, many times more is used.
    #[cfg(target_os = "linux")]
    set(Resource::Data, memory_bytes);
    #[cfg(not(target_os = "linux"))]
    set(Resource::As, memory_bytes);
    set(Resource::Cpu, cpu_seconds);
    set(Resource::Core, 0);
}

#[cfg(not(unix))]
fn limit(_: u64, _: u64) {}
