//! Where the outputs of a run go, decided before anything is read, and what is written there; notes
//! and logs go to standard error. How a format looks is not known here.

use std::{
    io::{self, IsTerminal as _, Write as _},
    path::{Path, PathBuf},
};

use rulebox_core::Report;
use rulebox_report::{
    Collect, Detail, Format, Links, PrometheusOptions, RenderOptions, TextStyle, redact,
    redacted_text,
};

use crate::{
    exit::Failure,
    files::{self, Identity, Target},
    output_args::{OutputTo, Written},
    pager,
};

/// What was typed of how text looks on standard output.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Looks {
    /// Whether it has colours.
    pub(crate) color: bool,
    /// Whether a terminal shows what is longer in a pager.
    pub(crate) pages: bool,
}

/// Where each output goes: none is standard output.
#[derive(Debug)]
pub(crate) struct Destinations(Vec<(Format, Option<Target>)>);

impl Destinations {
    /// Finds the places of all outputs. Refuses those that cannot be written, two in one place, and
    /// those that would overwrite what the run reads.
    /// `inputs`: what is read, of which a file may be a dump. `read`: all files that the run reads,
    /// and what each is to it.
    pub(crate) fn of(
        outputs: &[OutputTo],
        inputs: &[PathBuf],
        read: impl FnOnce() -> Vec<(&'static str, PathBuf)>,
    ) -> Result<Self, Failure> {
        let mut all = Vec::new();
        for output in outputs {
            all.push((output.format, output.file.as_deref().map(Target::of).transpose()?));
        }
        apart(&all)?;
        let targets: Vec<_> =
            all.iter().filter_map(|it| it.1.as_ref()).filter(|it| it.file().is_some()).collect();
        // A kubeconfig is looked into only where something could be written over what it names.
        if !targets.is_empty() {
            let read = read();
            targets.iter().try_for_each(|it| it.apart_from(&read, "an output"))?;
            targets.iter().try_for_each(|it| keeps_dumps(it, inputs))?;
        }
        Ok(Self(all))
    }

    /// The outputs that programs read: where the only cluster could not be read, a person has its
    /// error on the terminal, and needs no report of nothing. A file of metrics that an earlier run
    /// has written must not stay.
    pub(crate) fn of_programs(mut self) -> Self {
        self.0.retain(|(format, target)| target.is_some() || *format != Format::Text);
        self
    }

    /// The real paths of the files that are written: in a folder that is read, they are none of
    /// its dumps.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let targets = self.0.iter().filter_map(|it| it.1.as_ref());
        targets.filter_map(Target::file).map(Path::to_owned).collect()
    }
}

/// What stands in a folder that is read may be a report of the run before, and is written anew. A
/// dump is not written over, unread.
fn keeps_dumps(target: &Target, inputs: &[PathBuf]) -> Result<(), Failure> {
    let Some(file) = target.file() else { return Ok(()) };
    let holds = |it: &PathBuf| it.canonicalize().is_ok_and(|it| file.starts_with(it));
    if !inputs.iter().any(holds) || !files::may_be_dump(file) {
        return Ok(());
    }
    let name = target.typed().display();
    Err(Failure::usage(format!("{name} is an output, and may be a dump of a folder that is read"))
        .help("write it to another file, or take that file out of the folder first"))
}

/// No two outputs may go to one place.
fn apart(all: &[(Format, Option<Target>)]) -> Result<(), Failure> {
    if all.iter().filter(|it| it.1.is_none()).count() > 1 {
        return Err(Failure::usage("two outputs go to standard output")
            .help("give one of them a file: -o json=report.json"));
    }
    let identity = |path: &str| Identity::of(Path::new(path));
    let place = |(_, target): &(Format, Option<Target>)| match target {
        None => Some(("standard output".to_owned(), identity("/dev/stdout")?)),
        Some(it) if it.keeps() => Some((it.typed().display().to_string(), it.identity()?)),
        Some(_) => None,
    };
    let places: Vec<_> = all
        .iter()
        .filter_map(place)
        .filter(|it| Some(&it.1) != identity("/dev/null").as_ref())
        .collect();
    for (nth, (one, identity)) in places.iter().enumerate() {
        if let Some((other, _)) = places[..nth].iter().find(|it| it.1 == *identity) {
            let message = if one == other {
                format!("two outputs go to {one}")
            } else {
                format!("two outputs go to one place: {other} and {one}")
            };
            return Err(Failure::usage(message).help("give each a file of its own"));
        }
    }
    Ok(())
}

/// Writes a report in all its formats. Returns what could not be written; that costs none of the
/// other outputs.
pub(crate) fn write(
    report: &Report,
    to: &Destinations,
    options: &Written,
    collect: Option<&Collect>,
    links: &Links,
    looks: Looks,
) -> Vec<Failure> {
    if !options.quiet {
        note(redacted_text(&report.redacted));
    }
    let printed = (links, looks.color);
    write_each(
        to,
        |format, is_printed| {
            render(format, is_printed.then_some(printed), report, options, collect)
        },
        looks,
    )
}

/// Writes a text to each place; `render` is given the format, and whether it goes to standard
/// output. Returns what could not be written; that costs none of the other outputs.
pub(crate) fn write_each(
    to: &Destinations,
    render: impl Fn(Format, bool) -> String,
    looks: Looks,
) -> Vec<Failure> {
    let texts: Vec<_> =
        to.0.iter().map(|(format, target)| render(*format, target.is_none())).collect();
    let outputs = || to.0.iter().map(|it| it.1.as_ref()).zip(&texts);
    let to_files: Vec<_> =
        outputs().filter_map(|(target, text)| Some((target?, text.as_bytes()))).collect();
    let mut failures = files::write(&to_files);
    for ((format, target), text) in to.0.iter().zip(&texts) {
        match (target, format) {
            (Some(_), _) => {}
            (None, Format::Text) => failures.extend(print_long(text, looks).err()),
            (None, _) => failures.extend(print(text).err()),
        }
    }
    failures
}

/// The text of one output. `printed`: of standard output, its links and whether it has colours.
fn render(
    format: Format,
    printed: Option<(&Links, bool)>,
    report: &Report,
    options: &Written,
    collect: Option<&Collect>,
) -> String {
    let detail = match options {
        Written { quiet: true, .. } => Detail::Quiet,
        Written { verbose: true, .. } => Detail::Verbose,
        _ => Detail::Normal,
    };
    let text = match printed {
        Some((links, color)) => TextStyle { color, width: width(), detail, links: links.clone() },
        None => TextStyle { detail, ..TextStyle::default() },
    };
    let options = RenderOptions {
        text,
        collect: collect.cloned(),
        prometheus: PrometheusOptions { max_series: options.max_series },
    };
    format.render(report, &options)
}

/// Prints text for people; in a pager, where a terminal has no room for it. Without the pager that
/// was named it is printed all the same.
pub(crate) fn print_long(text: &str, looks: Looks) -> Result<(), Failure> {
    let paged = if looks.pages { pager::show(text) } else { Ok(false) };
    if let Err(reason) = &paged {
        warn(std::slice::from_ref(reason));
    }
    if paged == Ok(true) { Ok(()) } else { print(text) }
}

/// Whether standard output is a terminal that takes hyperlinks, and nothing stands before it that
/// does not.
pub(crate) fn takes_links(Looks { color, pages }: Looks) -> bool {
    color
        && io::stdout().is_terminal()
        && supports_hyperlinks::supports_hyperlinks()
        && (!pages || pager::keeps_links())
}

/// Prints to standard output. Where its reader has seen enough (`| head`), that is no failure.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    match io::stdout().write_all(text.as_bytes()).and_then(|()| io::stdout().flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::usage(format!("cannot write to standard output: {error}")))
        }
        _ => Ok(()),
    }
}

/// Tells what a person is told even if they want to hear little.
pub(crate) fn warn(warnings: &[String]) {
    for warning in warnings {
        tell(&format!("warning: {warning}"));
    }
}

/// Tells what a person may want to know, where they want to hear more than warnings.
pub(crate) fn note(notes: impl IntoIterator<Item = String>) {
    for note in notes {
        tell(&format!("note: {note}"));
    }
}

/// Tells a person something beside the outputs. Where nobody can hear it, the outputs still count.
pub(crate) fn tell(line: &str) {
    let _ = writeln!(io::stderr(), "{}", redact(line).0);
}

/// Says why something failed.
pub(crate) fn complain(failure: &Failure) {
    let style = anstyle::AnsiColor::Red.on_default().bold();
    let said = failure.to_string();
    let _ = writeln!(anstream::stderr(), "{style}error:{style:#} {}", redact(&said).0);
}

/// How wide text on standard output may be.
fn width() -> usize {
    screen().unwrap_or(TextStyle::default().width)
}

/// How wide the terminal is, where standard output is one.
pub(crate) fn screen() -> Option<usize> {
    io::stdout().is_terminal().then(terminal_width)
}

/// Prose wider than a hundred columns is hard to read.
fn terminal_width() -> usize {
    const WIDEST: u16 = 100;
    terminal_size::terminal_size()
        .map_or(TextStyle::default().width, |(width, _)| usize::from(width.0.min(WIDEST)))
}
