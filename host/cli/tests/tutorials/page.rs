//! What a tutorial asks its reader to do: the steps of a page in their order, and where the page
//! shows what they print.
//!
//! | block | is |
//! |---|---|
//! | `sh` | commands that succeed |
//! | `sh exits N` | the same, but that the last one ends with this exit code |
//! | `text`, the next block behind commands | what they print |
//! | `console` | commands that only the reader can run |
//! | any other, behind a paragraph that ends with `` Write `FILE`: `` | a file |
//! | the same behind `` Append to `FILE`: `` | what is added to a file |
//!
//! In what is shown, a line `…` stands for any lines, and `…` in a line for any text.

use std::ops::Range;

/// What stands for what is left out.
const LEFT_OUT: &str = "…";

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Write(File),
    Run(Run),
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct File {
    /// Relative to the folder that the commands before have gone to.
    pub(crate) path: String,
    pub(crate) text: String,
    /// Whether the text is added to a file that is there.
    pub(crate) appended: bool,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Run {
    /// The line of the page that the commands begin at, from 1.
    pub(crate) line: usize,
    pub(crate) commands: Vec<String>,
    /// The exit code of the last command.
    pub(crate) code: i32,
    /// The lines of the page that show what is printed, from 0; none where nothing is shown.
    pub(crate) shown: Option<Range<usize>>,
}

/// The steps of a page, or which line is none that a reader understands.
pub(crate) fn steps(page: &str) -> Result<Vec<Step>, String> {
    let mut steps: Vec<Step> = Vec::new();
    let mut paragraph = String::new();
    // Whether what was printed may be shown next.
    let mut ran = false;
    let mut lines = page.lines().enumerate();
    while let Some((nth, line)) = lines.next() {
        let info = line.trim_start_matches('`');
        let fence = &line[..line.len() - info.len()];
        if fence.len() < 3 {
            let is_end = line.is_empty();
            paragraph = if is_end && !paragraph.ends_with("`:") {
                String::new()
            } else {
                format!("{paragraph} {line}").trim().to_owned()
            };
            continue;
        }
        let inner: Vec<_> = lines.by_ref().map(|it| it.1).take_while(|it| *it != fence).collect();
        let block = nth + 1..nth + 1 + inner.len();
        let cannot = |why: &str| format!("line {}: {why}", nth + 1);
        if page.lines().nth(block.end) != Some(fence) {
            return Err(cannot("the block has no end"));
        }
        match (info, steps.last_mut()) {
            ("text", Some(Step::Run(run))) if ran => run.shown = Some(block),
            ("text", _) => return Err(cannot("no commands stand before what they print")),
            ("console", _) => {}
            _ if info == "sh" || info.starts_with("sh ") => {
                let code = exit_code(info).ok_or_else(|| cannot("write `sh` or `sh exits N`"))?;
                let commands = inner.iter().map(|it| (*it).to_owned()).collect();
                steps.push(Step::Run(Run { line: nth + 2, commands, code, shown: None }));
            }
            _ => {
                let why = "no file: end the paragraph before it with Write `FILE`:";
                let (path, appended) = file(&paragraph).ok_or_else(|| cannot(why))?;
                let text = joined(&inner);
                steps.push(Step::Write(File { path: path.to_owned(), text, appended }));
            }
        }
        ran = info.starts_with("sh");
        paragraph.clear();
    }
    Ok(steps)
}

fn exit_code(info: &str) -> Option<i32> {
    match info {
        "sh" => Some(0),
        _ => info.strip_prefix("sh exits ")?.parse().ok().filter(|it| *it != 0),
    }
}

/// The file that a paragraph names at its end, and whether it is added to.
fn file(paragraph: &str) -> Option<(&str, bool)> {
    let (before, path) = paragraph.strip_suffix("`:")?.rsplit_once('`')?;
    match before.trim_end() {
        it if it.ends_with("Write") => Some((path, false)),
        it if it.ends_with("Append to") => Some((path, true)),
        _ => None,
    }
}

/// Whether what a page shows is what was printed.
pub(crate) fn fits(shown: &[&str], printed: &[&str]) -> bool {
    match (shown, printed) {
        ([], []) => true,
        ([LEFT_OUT, rest @ ..], _) => (0..=printed.len()).any(|it| fits(rest, &printed[it..])),
        ([one, rest @ ..], [line, others @ ..]) => line_fits(one, line) && fits(rest, others),
        _ => false,
    }
}

fn line_fits(shown: &str, printed: &str) -> bool {
    let Some((before, rest)) = shown.split_once(LEFT_OUT) else { return shown == printed };
    let Some(behind) = printed.strip_prefix(before) else { return false };
    let mut starts = behind.char_indices().map(|it| it.0).chain([behind.len()]);
    starts.any(|it| line_fits(rest, &behind[it..]))
}

/// The page with what was printed in the place of what it shows: pairs of lines, from 0, and text.
pub(crate) fn shows(page: &str, printed: &[(Range<usize>, String)]) -> String {
    let mut lines: Vec<_> = page.lines().collect();
    for (range, text) in printed.iter().rev() {
        lines.splice(range.clone(), text.lines());
    }
    joined(&lines)
}

/// Lines as a text.
fn joined(lines: &[&str]) -> String {
    lines.iter().flat_map(|it| [it, "\n"]).collect()
}

/// What pages are read as.
pub(crate) mod tests {
    use super::{File, Range, Run, Step, fits, shows, steps};

    /// The tests, by their names.
    pub(crate) const ALL: [(&str, fn()); 4] = [
        ("steps are commands and files", steps_are_commands_and_files),
        ("what is no step is told with its line", what_is_no_step_is_told),
        ("what is left out may be anything", what_is_left_out_may_be_anything),
        ("what was printed is written into the page", what_was_printed_is_written),
    ];

    #[track_caller]
    fn check(page: &str, want: &[Step]) {
        assert_eq!(steps(page).as_deref(), Ok(want), "{page}");
    }

    fn run(line: usize, command: &str, code: i32, shown: Option<Range<usize>>) -> Step {
        Step::Run(Run { line, commands: vec![command.to_owned()], code, shown })
    }

    fn write(path: &str, text: &str, appended: bool) -> Step {
        Step::Write(File { path: path.to_owned(), text: text.to_owned(), appended })
    }

    fn steps_are_commands_and_files() {
        check("# A page\n\nProse of `rulebox check`:\n", &[]);
        check("```sh\ntrue\n```\n", &[run(2, "true", 0, None)]);
        check("```sh exits 4\nx\n```\n\n```text\n1\n2\n```\n", &[run(2, "x", 4, Some(5..7))]);
        check("```sh\nx\n```\nIt prints:\n```text\n```\n", &[run(2, "x", 0, Some(5..5))]);
        check("```console\n$ kubectl apply\n```\n", &[]);
        check(
            "So: write it.\nWrite `a/b.js`:\n\n```js\nx\n```\n",
            &[write("a/b.js", "x\n", false)],
        );
        check("Append to\n`a`:\n\n````md\n```sh\n```\n````\n", &[write("a", "```sh\n```\n", true)]);
    }

    #[track_caller]
    fn check_wrong(page: &str, want: &str) {
        let refused = steps(page).err().unwrap_or_default();
        assert!(refused.contains(want), "{page}: {refused}");
    }

    fn what_is_no_step_is_told() {
        check_wrong("A\n\n```yaml\nx: 1\n```\n", "line 3: no file: ");
        check_wrong("See `a.yaml`:\n\n```yaml\nx: 1\n```\n", "line 3: no file: ");
        check_wrong("Write `a.yaml`:\n\nMore.\n\n```yaml\n```\n", "line 5: no file: ");
        check_wrong("```text\n```\n", "line 1: no commands");
        check_wrong("```sh\n```\n```console\n```\n```text\n```\n", "line 5: no commands");
        check_wrong("```sh\n```\n```text\n```\n```text\n```\n", "line 5: no commands");
        check_wrong("```sh exits\n```\n", "line 1: write `sh`");
        check_wrong("```sh exits 0\n```\n", "line 1: write `sh`");
        check_wrong("```sh\ntrue\n", "line 1: the block has no end");
        check_wrong("```sh\ntrue\n````\n", "line 1: the block has no end");
    }

    #[track_caller]
    fn check_fits(shown: &str, printed: &str, want: bool) {
        let shown_lines: Vec<_> = shown.lines().collect();
        let printed_lines: Vec<_> = printed.lines().collect();
        assert_eq!(fits(&shown_lines, &printed_lines), want, "{shown:?} {printed:?}");
    }

    fn what_is_left_out_may_be_anything() {
        check_fits("", "", true);
        check_fits("a\nb", "a\nb", true);
        check_fits("a", "a\nb", false);
        check_fits("a\nb", "a", false);
        check_fits("a\n…", "a", true);
        check_fits("a\n…\nd\n…\ne", "a\nb\nd\nc\nd\ne", true);
        check_fits("a\n…\nd", "a\nb\nc", false);
        check_fits("built …: … bytes", "built ä.wasm: 12 bytes", true);
        check_fits("built …: … bytes", "built ä.wasm: 12 KiB", false);
    }

    fn what_was_printed_is_written() {
        let printed = [(1..1, "a\nb\n".to_owned()), (3..4, "c\n".to_owned())];
        assert_eq!(shows("```\n```\n```\nold\n```\n", &printed), "```\na\nb\n```\n```\nc\n```\n");
    }
}
