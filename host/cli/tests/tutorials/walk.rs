//! Does what a tutorial says, in a shell and a folder of its own, and gives what was printed.

use std::{
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::page::Step;

/// A page that is walked through. The folder holds `work`, where the reader is, and what he does
/// and sees beside it.
pub(crate) struct Walk<'a> {
    pub(crate) folder: &'a Path,
    pub(crate) steps: &'a [Step],
    /// A text of the page, and what takes its place where it is run: an address, which is another
    /// one each time.
    pub(crate) address: (&'a str, &'a str),
    pub(crate) environment: Vec<(&'static str, PathBuf)>,
}

impl Walk<'_> {
    /// What each step prints, both streams as they come; nothing for a file. An error tells the
    /// step that failed, by its number, and what it has said.
    pub(crate) fn run(&self) -> io::Result<Result<Vec<String>, (usize, String)>> {
        fs::create_dir(self.folder.join("work"))?;
        let mut script = String::new();
        for (nth, step) in self.steps.iter().enumerate() {
            self.begin(nth, step, &mut script)?;
        }
        let path = self.folder.join("script");
        fs::write(&path, script)?;
        let mut shell = Command::new("sh");
        shell.arg("-e").arg(path).current_dir(self.folder.join("work")).stdin(Stdio::null());
        shell.envs(self.environment.iter().map(|(name, value)| (*name, value)));
        for name in ["KUBECONFIG", "REGISTRY_AUTH_FILE", "SOURCE_DATE_EPOCH", "CARGO_BUILD_TARGET"]
        {
            shell.env_remove(name);
        }
        let said = shell.output()?;
        let mut printed = Vec::new();
        for nth in 0..self.steps.len() {
            match fs::read(self.folder.join(format!("{nth}.out"))) {
                Ok(bytes) => printed.push(self.as_shown(&bytes)),
                Err(_) => break,
            }
        }
        if said.status.success() {
            return Ok(Ok(printed));
        }
        let last = printed.pop().unwrap_or_default();
        let shell = String::from_utf8_lossy(&said.stderr).into_owned();
        Ok(Err((printed.len(), format!("{last}{shell}"))))
    }

    /// Adds a step to the script.
    fn begin(&self, nth: usize, step: &Step, script: &mut String) -> io::Result<()> {
        let own = |end: &str| self.folder.join(format!("{nth}.{end}")).display().to_string();
        let here = |text: &str| text.replace(self.address.0, self.address.1);
        // A shell that ends tells by the last of these files how far it has come.
        let _ = writeln!(script, "exec >'{}' 2>&1", own("out"));
        match step {
            Step::Write(file) => {
                fs::write(own("file"), here(&file.text))?;
                let (path, sign) = (&file.path, if file.appended { ">>" } else { ">" });
                let _ = writeln!(script, "mkdir -p \"$(dirname '{path}')\"");
                let _ = writeln!(script, "cat '{}' {sign} '{path}'", own("file"));
            }
            Step::Run(run) => {
                let (last, before) = run.commands.split_last().expect("a block has commands");
                for command in before {
                    let _ = writeln!(script, "{}", here(command));
                }
                if run.code == 0 {
                    let _ = writeln!(script, "{}", here(last));
                } else {
                    let _ = writeln!(script, "set +e\n{}\ncode=$?\nset -e", here(last));
                    let wrong = format!("the exit code is $code, and not {}", run.code);
                    let _ = writeln!(script, "if [ $code != {} ]; then", run.code);
                    let _ = writeln!(script, "echo \"{wrong}\"\nexit 1\nfi");
                }
            }
        }
        Ok(())
    }

    fn as_shown(&self, bytes: &[u8]) -> String {
        String::from_utf8_lossy(bytes).replace(self.address.1, self.address.0)
    }
}
