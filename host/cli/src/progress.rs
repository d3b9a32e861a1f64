//! A line on the terminal while long work runs. Never in a pipe, never in a log, never for short work.

use std::{io::IsTerminal as _, time::Duration};

use indicatif::{HumanBytes, ProgressBar, ProgressStyle};

/// A spinner on standard error that can be told what is going on. Does nothing where nobody looks.
pub(crate) struct Progress(Option<ProgressBar>);

impl Progress {
    pub(crate) fn new(quiet: bool) -> Self {
        if quiet || !std::io::stderr().is_terminal() {
            return Self(None);
        }
        let style = ProgressStyle::with_template("{spinner} {elapsed} {msg}")
            .expect("the template is right");
        let bar = ProgressBar::new_spinner().with_style(style);
        bar.enable_steady_tick(Duration::from_millis(100));
        Self(Some(bar))
    }

    /// How far reading has come.
    pub(crate) fn read(&self, it: &rulebox_reader::Progress<'_>) {
        self.say(|| {
            let total = it.total.map(|it| format!(" of {}", HumanBytes(it))).unwrap_or_default();
            format!("reading {}: {}{total}, {} objects", it.input, HumanBytes(it.bytes), it.objects)
        });
    }

    pub(crate) fn say(&self, message: impl FnOnce() -> String) {
        if let Some(bar) = &self.0 {
            bar.set_message(message());
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
