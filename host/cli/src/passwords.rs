//! The password of a key: from the environment, as cosign takes it, or from whoever sits at the
//! terminal, who sees nothing of it.

use std::{
    env,
    fs::{File, OpenOptions},
    io::{self, BufRead as _, BufReader, Write as _},
};

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

use crate::exit::Failure;

/// The variable of cosign.
const VARIABLE: &str = "COSIGN_PASSWORD";

/// Bytes of a line at a terminal.
const LONGEST: u64 = 4096;

/// Asks for the password of a key.
pub(crate) fn ask(of: &str) -> Result<Vec<u8>, Failure> {
    match env::var_os(VARIABLE) {
        Some(it) => Ok(it.into_encoded_bytes()),
        None => at_terminal(&format!("Password of {of}: ")),
    }
}

/// Asks for a new one, twice.
pub(crate) fn ask_new() -> Result<Vec<u8>, Failure> {
    if let Some(it) = env::var_os(VARIABLE) {
        return Ok(it.into_encoded_bytes());
    }
    let first = at_terminal("Password of the new key: ")?;
    if first != at_terminal("The same again: ")? {
        return Err(Failure::usage("the two passwords differ").help("try again"));
    }
    Ok(first)
}

fn at_terminal(prompt: &str) -> Result<Vec<u8>, Failure> {
    read(prompt).map_err(|it| {
        let message = format!("there is no terminal to ask for the password of the key: {it}");
        Failure::usage(message).help(format!("set {VARIABLE}"))
    })
}

fn read(prompt: &str) -> io::Result<Vec<u8>> {
    let mut terminal = OpenOptions::new().read(true).write(true).open("/dev/tty")?;
    terminal.write_all(prompt.as_bytes())?;
    let quiet = Quiet::new(&terminal)?;
    let mut line = Vec::new();
    let mut reader = io::Read::take(BufReader::new(&terminal), LONGEST);
    reader.read_until(b'\n', &mut line)?;
    drop(quiet);
    (&terminal).write_all(b"\n")?;
    let end = line.iter().rposition(|it| !b"\r\n".contains(it)).map_or(0, |it| it + 1);
    line.truncate(end);
    Ok(line)
}

/// A terminal that does not show what is typed, until this is dropped.
struct Quiet<'a> {
    terminal: &'a File,
    before: Termios,
}

impl<'a> Quiet<'a> {
    fn new(terminal: &'a File) -> io::Result<Self> {
        let before = tcgetattr(terminal)?;
        let mut quiet = before.clone();
        quiet.local_modes -= LocalModes::ECHO;
        tcsetattr(terminal, OptionalActions::Flush, &quiet)?;
        Ok(Self { terminal, before })
    }
}

impl Drop for Quiet<'_> {
    fn drop(&mut self) {
        // A terminal that is gone needs nothing back.
        let _set = tcsetattr(self.terminal, OptionalActions::Flush, &self.before);
    }
}
