//! Runs other programs from the root of the repository, and says which one failed.

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
    process::{Command, exit},
};

/// A chore that fails says why in a sentence.
pub(crate) type Result<T = ()> = std::result::Result<T, String>;

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().expect("xtask lies in the repository").to_owned()
}

/// The cargo that runs this chore.
pub(crate) fn cargo<const N: usize>(arguments: [&str; N]) -> Process {
    let program = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    Process::new(&program).args(arguments)
}

/// Installs the packages of npm that a folder's lock file names. No script of a package is run.
pub(crate) fn npm_ci(folder: &Path) -> Result {
    Process::new("npm")
        .args([OsStr::new("ci"), OsStr::new("--prefix"), folder.as_os_str()])
        .args(["--loglevel", "error", "--ignore-scripts", "--no-audit", "--no-fund"])
        .run()
}

/// A program with its arguments.
pub(crate) struct Process(Command);

impl Process {
    /// Runs from the root of the repository.
    pub(crate) fn new(program: &str) -> Self {
        let mut command = Command::new(program);
        command.current_dir(root());
        Self(command)
    }

    pub(crate) fn args(mut self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        self.0.args(arguments);
        self
    }

    pub(crate) fn env(mut self, key: &str, value: impl AsRef<OsStr>) -> Self {
        self.0.env(key, value);
        self
    }

    /// Runs the program, and fails if the program fails.
    pub(crate) fn run(mut self) -> Result {
        let status = self.0.status().map_err(|it| format!("cannot run {}: {it}", self.line()))?;
        if status.success() { Ok(()) } else { Err(format!("{} failed: {status}", self.line())) }
    }

    /// Runs the program with its output in a file instead of the terminal, and fails if the program
    /// fails.
    pub(crate) fn run_into(mut self, log: &Path) -> Result {
        let open = || {
            let file = std::fs::File::create(log)?;
            Ok::<_, std::io::Error>((file.try_clone()?, file))
        };
        let (out, err) = open().map_err(|it| format!("cannot write {}: {it}", log.display()))?;
        self.0.stdout(out).stderr(err);
        self.run()
    }

    /// Runs the program, and exits with its exit code.
    pub(crate) fn hand_over(mut self) -> Result {
        // In the caller's folder and not in the root, because the user typed paths relative to it.
        self.0.current_dir(
            std::env::current_dir().map_err(|it| format!("there is no current folder: {it}"))?,
        );
        let status = self.0.status().map_err(|it| format!("cannot run {}: {it}", self.line()))?;
        exit(status.code().unwrap_or(101))
    }

    /// Runs the program without showing its output, and returns what it printed; nothing if it
    /// fails.
    pub(crate) fn output(mut self) -> Option<String> {
        let output = self.0.output().ok().filter(|it| it.status.success())?;
        Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    fn line(&self) -> String {
        let arguments: Vec<_> = self.0.get_args().map(OsStr::to_string_lossy).collect();
        format!("`{} {}`", self.0.get_program().to_string_lossy(), arguments.join(" "))
    }
}

/// Writes a file if its content differs, so that cargo does not build again without need. Returns
/// whether the file was written.
pub(crate) fn write_if_changed(path: &Path, content: &[u8]) -> Result<bool> {
    if std::fs::read(path).is_ok_and(|it| it == content) {
        return Ok(false);
    }
    let folder = path.parent().expect("a file lies in a folder");
    std::fs::create_dir_all(folder)
        .map_err(|it| format!("cannot make {}: {it}", folder.display()))?;
    std::fs::write(path, content).map_err(|it| format!("cannot write {}: {it}", path.display()))?;
    Ok(true)
}
