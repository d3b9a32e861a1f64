//! A line on the terminal while long work runs. Never in a pipe, never in a log, never for short work.

use std::{io::IsTerminal as _, time::Duration};

use indicatif::{HumanBytes, ProgressBar, ProgressStyle};

/// How long nothing is shown: work that is done by then needs no progress. It is also how often the line is drawn.
const PATIENCE: Duration = Duration::from_millis(200);

/// A line on standard error that says what is going on, with a bar where the end is known. Does nothing where nobody looks.
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

    /// How far reading has come.
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
            bar.set_message(format!("{} objects, {}", it.objects, it.input));
        } else {
            let bytes = HumanBytes(it.bytes);
            bar.set_message(format!("{bytes}, {} objects, {}", it.objects, it.input));
        }
    }

    /// What is being done, where nobody knows how long it takes.
    pub(crate) fn say(&self, message: impl FnOnce() -> String) {
        if let Some(bar) = &self.0 {
            bar.set_style(style("{spinner} {elapsed} {msg}"));
            bar.set_message(message());
        }
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
