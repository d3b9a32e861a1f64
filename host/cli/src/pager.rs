//! A pager, as git has one: text that is longer than the terminal goes through `less`, or through
//! what the environment names. Whether a text may be paged is decided elsewhere.

use std::{
    env,
    ffi::{OsStr, OsString},
    io::{self, IsTerminal as _, Write as _},
    process::{Command, Stdio},
};

use terminal_size::{Height, Width, terminal_size};
use tokio::signal::unix::{SignalKind, signal};
use unicode_width::UnicodeWidthStr as _;

/// What counts before `PAGER`, which other programs have too.
const OWN: &str = "RULEBOX_PAGER";

/// What makes a shell of a pager's words, as git decides it.
const OF_SHELL: &str = "|&;<>()$`\\\"' \t\n*?[#~=%";

/// What shows text in parts.
#[derive(Debug, PartialEq, Eq)]
enum Pager {
    /// What nobody has named, and need not be installed.
    Less,
    Named(OsString),
}

/// Shows a text in a pager, and waits until whoever reads it has seen enough. Whether it was shown:
/// not where standard output is no terminal or has room for it, or nobody wants a pager; the error
/// says why one that is wanted could not be started.
pub(crate) fn show(text: &str) -> Result<bool, String> {
    let Some((Width(columns), Height(lines))) = terminal_size() else { return Ok(false) };
    let is_dumb = env::var_os("TERM").is_some_and(|it| it == "dumb");
    if !io::stdout().is_terminal() || is_dumb || !is_longer(text, columns.into(), lines.into()) {
        return Ok(false);
    }
    let Some(pager) = pager() else { return Ok(false) };
    let (name, mut command) = match &pager {
        Pager::Less => ("less".into(), Command::new("less")),
        Pager::Named(it) => (it.to_string_lossy(), started(it)),
    };
    // Leaves what was shown on the screen, and keeps colours and links. Git's values.
    for (variable, value) in [("LESS", "FRX"), ("LV", "-c")] {
        if env::var_os(variable).is_none() {
            command.env(variable, value);
        }
    }
    // Ctrl-C is for the pager: without this program it would fight with the shell for the keys.
    let waits = tokio::runtime::Builder::new_current_thread().enable_io().build();
    let entered = waits.as_ref().map(tokio::runtime::Runtime::enter);
    let caught = entered.is_ok().then(|| signal(SignalKind::interrupt()));
    let ended = command.stdin(Stdio::piped()).spawn().and_then(|mut child| {
        if let Some(mut into) = child.stdin.take() {
            // Whoever has seen enough ends the pager before it has read all.
            let _ = into.write_all(text.as_bytes());
        }
        child.wait()
    });
    drop(caught);
    match ended {
        // So a shell tells that there is no such program.
        Ok(it) if matches!(it.code(), Some(126 | 127)) => {
            Err(format!("the pager `{name}` cannot be started; is it installed?"))
        }
        Ok(_) => Ok(true),
        Err(_) if pager == Pager::Less => Ok(false),
        Err(it) => Err(format!("the pager `{name}` cannot be started: {it}")),
    }
}

/// Whether hyperlinks come through where a text is paged.
pub(crate) fn keeps_links() -> bool {
    let less = env::var_os("LESS");
    let is_raw = less.is_none_or(|it| it.to_string_lossy().contains(['r', 'R']));
    match pager() {
        None => true,
        Some(Pager::Less) => is_raw,
        Some(Pager::Named(it)) => is_raw && it.to_string_lossy().starts_with("less"),
    }
}

fn pager() -> Option<Pager> {
    chosen(env::var_os(OWN), env::var_os("PAGER"))
}

/// The pager that the environment wants. A variable that is empty, or says `cat`, wants none.
fn chosen(own: Option<OsString>, common: Option<OsString>) -> Option<Pager> {
    let Some(named) = own.or(common) else { return Some(Pager::Less) };
    let words = named.to_string_lossy();
    if ["", "cat"].contains(&words.trim()) { None } else { Some(Pager::Named(named)) }
}

/// A program alone is started as it is: its error is then ours to tell.
fn started(named: &OsStr) -> Command {
    match named.to_str() {
        Some(name) if !name.contains(|it| OF_SHELL.contains(it)) => Command::new(name),
        _ => {
            let mut command = Command::new("sh");
            command.arg("-c").arg(named);
            command
        }
    }
}

/// Whether a text and the prompt behind it take more lines than a terminal has.
fn is_longer(text: &str, columns: usize, lines: usize) -> bool {
    let columns = columns.max(1);
    let mut rows = 0;
    for line in text.lines() {
        let shown = anstream::adapter::strip_str(line).to_string();
        rows += shown.width().div_ceil(columns).max(1);
        if rows >= lines {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(own: Option<&str>, common: Option<&str>, want: Option<Pager>) {
        assert_eq!(chosen(own.map(OsString::from), common.map(OsString::from)), want);
    }

    #[test]
    fn the_environment_chooses() {
        let named = |it: &str| Some(Pager::Named(it.into()));
        check(None, None, Some(Pager::Less));
        check(None, Some("more"), named("more"));
        check(Some("most -s"), Some("more"), named("most -s"));
        for none in ["", " ", "cat", " cat "] {
            check(Some(none), Some("more"), None);
            check(None, Some(none), None);
        }
    }

    #[test]
    fn a_text_is_longer_than_the_screen_by_its_rows() {
        let check = |text: &str, lines: usize, want: bool| {
            assert_eq!(is_longer(text, 4, lines), want, "{text:?} in {lines}");
        };
        check("a\nb\n", 3, false);
        check("a\nb\n", 2, true);
        check("aaaa\n\n", 3, false);
        check("aaaaa\n\n", 3, true);
        check("备份\n", 2, false);
        check("备份备\n", 2, true);
        check("\u{1b}[31maaaa\u{1b}[0m\n", 2, false);
        check("\u{1b}]8;;file:///a\u{1b}\\aaaa\u{1b}]8;;\u{1b}\\\n", 2, false);
    }
}
