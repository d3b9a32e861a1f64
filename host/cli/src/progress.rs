//! A line on the terminal while long work runs: not where standard error is a pipe or a file, and
//! not for short work.

use std::{io::IsTerminal as _, time::Duration};

use indicatif::{HumanBytes, ProgressBar, ProgressStyle};
use rulebox_core::text::{escape, escaped};

/// How long nothing is shown, since short work needs no progress; then the line is drawn once in
/// each such time.
const PATIENCE: Duration = Duration::from_millis(200);

/// A line on standard error that says what is being done, with a bar where the end is known. Does
/// nothing where standard error is no terminal.
pub(crate) struct Progress(Option<ProgressBar>);

impl Progress {
    pub(crate) fn new(quiet: bool) -> Self {
        if quiet || !std::io::stderr().is_terminal() {
            return Self(None);
        }
        let bar = ProgressBar::new_spinner().with_style(style("{spinner} {elapsed} {msg}"));
        bar.enable_steady_tick(PATIENCE);
        Self(Some(bar))
    }

    /// Shows how much was read.
    pub(crate) fn read(&self, it: &rulebox_reader::Progress<'_>) {
        let Some(bar) = &self.0 else { return };
        if let Some(total) = it.total {
            if bar.length() != Some(total) {
                bar.set_style(style(
                    "{spinner} {elapsed} [{bar:30}] {bytes} of {total_bytes} {msg}",
                ));
                bar.set_length(total);
            }
            bar.set_position(it.bytes);
        }
        bar.set_message(message(it));
    }

    /// Shows what is being done, where its end is unknown.
    pub(crate) fn say(&self, message: impl FnOnce() -> String) {
        if let Some(bar) = &self.0 {
            bar.set_style(style("{spinner} {elapsed} {msg}"));
            bar.set_message(escaped(message()));
        }
    }
}

/// What stands behind the bar, or in its place.
fn message(it: &rulebox_reader::Progress<'_>) -> String {
    let (objects, input) = (it.objects, escape(it.input));
    match it.total {
        Some(_) => format!("{objects} objects, {input}"),
        None => format!("{}, {objects} objects, {input}", HumanBytes(it.bytes)),
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("the templates of this file are right")
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_file_stays_in_the_line() {
        let input = "a\u{1b}[2J\n\u{202e}b";
        for total in [None, Some(2)] {
            let progress =
                rulebox_reader::Progress { input, files: 1, bytes: 1, total, objects: 3 };
            let shown = message(&progress);
            assert!(shown.ends_with(r"3 objects, a\u{1b}[2J\n\u{202e}b"), "{shown}");
        }
    }
}
