//! Where in a command a placeholder may stand. What it stands for is quoted as one word of the
//! shell, whatever it holds; that is only a word where the shell reads words.

/// A place in a command, as the shell reads it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Place {
    quote: Option<Quote>,
    escaped: bool,
    comment: bool,
    /// `((`, `${` and subscripts that are open: what stands there is evaluated.
    arithmetic: usize,
    /// The character before.
    last: Option<char>,
    /// The word that is being read, without its quotes.
    word: String,
    /// The program of the command, without its folder; none where none was named yet.
    program: Option<String>,
    /// The word before.
    previous: String,
    runs: Runs,
}

/// Whether the program of a command takes what follows for a program or an expression.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Runs {
    #[default]
    No,
    /// Until a file is named.
    Now,
    Always,
}

/// Words before the name of a program.
const BEFORE: [&str; 19] = [
    "!", "{", "builtin", "command", "do", "elif", "else", "env", "exec", "if", "nice", "nohup",
    "sudo", "then", "time", "timeout", "until", "while", "xargs",
];

/// Programs that read a program or an expression from their words, and what of the shell takes the
/// name of a variable, whose subscript is evaluated.
const RUNS: [&str; 26] = [
    ".",
    "alias",
    "at",
    "awk",
    "batch",
    "crontab",
    "declare",
    "eval",
    "gawk",
    "getopts",
    "let",
    "local",
    "mapfile",
    "mawk",
    "parallel",
    "read",
    "readarray",
    "readonly",
    "sed",
    "source",
    "ssh",
    "su",
    "trap",
    "typeset",
    "unset",
    "watch",
];

/// Programs that read one from a file, whose words are then its own, or behind an option.
const INTERPRETERS: [&str; 14] = [
    "ash", "bash", "dash", "ksh", "lua", "node", "perl", "php", "python", "python2", "python3",
    "ruby", "sh", "zsh",
];

/// What runs a command of its own behind `--`.
const CONTAINERS: [&str; 6] = ["crictl", "docker", "kubectl", "nerdctl", "oc", "podman"];

/// What takes the name of a variable behind `-v`.
const TAKE_NAMES: [&str; 3] = ["[", "printf", "test"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quote {
    Single,
    Double,
    Backtick,
    /// `$'…'`.
    Dollar,
}

impl Place {
    /// Goes on behind a part of the command.
    pub(crate) fn read(&mut self, text: &str) {
        text.chars().for_each(|it| self.step(it));
    }

    /// Goes on behind a placeholder, which is a word or a part of one.
    pub(crate) fn word(&mut self) {
        self.escaped = false;
        self.last = Some('x');
        self.word.push('x');
    }

    /// A word has ended.
    fn end(&mut self) {
        let word = std::mem::take(&mut self.word);
        if word.is_empty() {
            return;
        }
        let name = word.rsplit('/').next().unwrap_or_default();
        let program = self.program.as_deref();
        if word == "--" && program.is_some_and(|it| CONTAINERS.contains(&it)) {
            self.program = None;
        } else if program.is_some_and(|it| TAKE_NAMES.contains(&it)) && word == "-v" {
            self.runs = Runs::Always;
        } else if program.is_some_and(|it| INTERPRETERS.contains(&it)) {
            let takes_code = |it: &str| it.contains(['c', 'e', 'E', 'r', 's']);
            self.runs = match (self.runs, word.strip_prefix('-')) {
                (Runs::Now, None) => Runs::No,
                (Runs::Now, Some(option)) if !option.starts_with('-') && takes_code(option) => {
                    Runs::Always
                }
                (runs, _) => runs,
            };
        } else if program.is_none() {
            let is_option = word.starts_with('-') || word.bytes().all(|it| it.is_ascii_digit());
            if !is_option && !is_assignment(&word) && !BEFORE.contains(&name) {
                self.program = Some(name.to_owned());
                self.runs = match name {
                    it if RUNS.contains(&it) => Runs::Always,
                    it if INTERPRETERS.contains(&it) => Runs::Now,
                    _ => Runs::No,
                };
            }
        }
        self.previous = word;
    }

    fn step(&mut self, c: char) {
        let before = self.last.replace(c);
        if self.comment {
            return;
        }
        if std::mem::take(&mut self.escaped) {
            self.last = Some('x');
            return;
        }
        let word = before.is_some_and(|it| it.is_ascii_alphanumeric() || it == '_');
        match (self.quote, c) {
            (None | Some(Quote::Double | Quote::Dollar), '\\') => self.escaped = true,
            (Some(Quote::Single | Quote::Dollar), '\'') | (Some(Quote::Double), '"') => {
                self.quote = None;
            }
            (Some(Quote::Backtick), '`') => self.quote = None,
            (None, '\'') if before == Some('$') => self.quote = Some(Quote::Dollar),
            (None, '\'') => self.quote = Some(Quote::Single),
            (None, '"') => self.quote = Some(Quote::Double),
            (None, '`') => self.quote = Some(Quote::Backtick),
            (None, '#') => self.comment = before.is_none_or(char::is_whitespace),
            (None, '(') if before == Some('(') => self.arithmetic += 1,
            (None, ')') if before == Some(')') => {
                self.arithmetic = self.arithmetic.saturating_sub(1);
            }
            (None, '[') if word || matches!(before, Some('[' | '$')) => self.arithmetic += 1,
            (None, '{') if before == Some('$') => self.arithmetic += 1,
            (None, ']' | '}') => self.arithmetic = self.arithmetic.saturating_sub(1),
            _ => {}
        }
        if self.quote.is_none() && matches!(c, '|' | '&' | ';' | '(' | '\n') {
            self.end();
            (self.program, self.runs) = (None, Runs::No);
        } else if self.quote.is_none() && c.is_whitespace() {
            self.end();
        } else if !matches!(c, '\'' | '"' | '\\') {
            self.word.push(c);
        }
    }

    /// Why no placeholder may stand here, and what to do.
    pub(crate) fn refusal(&self) -> Option<(&'static str, &'static str)> {
        const PLAIN: &str = "write it as a word of its own, behind a blank or `=`";
        const UNQUOTED: &str =
            "leave the quotes out: what it stands for is quoted by itself, as one word";
        match self.quote {
            Some(Quote::Single) => return Some(("between quotes (')", UNQUOTED)),
            Some(Quote::Double) => return Some(("between quotes (\")", UNQUOTED)),
            Some(Quote::Backtick) => return Some(("between quotes (`)", UNQUOTED)),
            Some(Quote::Dollar) => return Some(("between quotes ($')", UNQUOTED)),
            None => {}
        }
        if self.comment {
            return Some(("in a comment", "leave the comment out: say it in a step of its own"));
        }
        if self.escaped {
            return Some(("behind a backslash", PLAIN));
        }
        if self.last == Some('$') {
            return Some(("behind a `$`", PLAIN));
        }
        if self.arithmetic > 0 {
            return Some(("where the shell evaluates what it reads: in `((`, `${` or `[`", PLAIN));
        }
        // `awk -v name=WORD` takes it for a text.
        let is_text =
            self.previous == "-v" && self.program.as_deref().is_some_and(|it| it.ends_with("awk"));
        if self.runs != Runs::No && !is_text {
            return Some((
                "where it is run or evaluated: behind `eval`, `sh`, `ssh`, `awk` and their like",
                "give it to a program that takes it for a plain word",
            ));
        }
        if self.program.is_none() && !is_assignment(&self.word) {
            return Some(("where a program is named", "write the name of the program"));
        }
        None
    }
}

/// Whether a word gives a variable a value: `X=1`.
fn is_assignment(word: &str) -> bool {
    let name = word.split_once('=').map_or("", |it| it.0);
    !name.is_empty() && name.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The place of the placeholder `@`, of which there may be several; the last one counts.
    #[track_caller]
    fn check(command: &str, want: Option<&str>) {
        let mut place = Place::default();
        let mut parts = command.split('@');
        place.read(parts.next().unwrap_or_default());
        let mut refused = place.refusal();
        let rest: Vec<_> = parts.collect();
        for part in &rest[..rest.len() - 1] {
            place.word();
            place.read(part);
            refused = place.refusal();
        }
        assert_eq!(refused.map(|it| it.0), want, "{command}");
    }

    #[test]
    fn a_placeholder_is_a_word() {
        check("kubectl -n @ get pod/@ -o yaml", None);
        check("kubectl get pods -l app=@,tier!=@", None);
        check("kubectl get pods -o jsonpath='{.items[0]}' -n @", None);
        check("kubectl get $(kubectl -n @ get pods -o name)", None);
        check("echo 'it''s' \"a \\\" b\" @", None);
        check("test [ -f @ ]", None);
        check("echo \\$ @", None);
        check("X=@ kubectl get pods", None);
        check("echo a#@", None);
        check("kubectl patch @ -p '{\"a\":[1]}' @", None);
    }

    #[test]
    fn where_the_shell_reads_no_words_there_is_none() {
        check("echo '@'", Some("between quotes (')"));
        check("echo \"a @\"", Some("between quotes (\")"));
        check("echo `ls @`", Some("between quotes (`)"));
        check("echo $'a\\'@", Some("between quotes ($')"));
        check("echo \\@", Some("behind a backslash"));
        check("echo $@", Some("behind a `$`"));
        check("ls # of @", Some("in a comment"));
        let evaluated = Some("where the shell evaluates what it reads: in `((`, `${` or `[`");
        check("echo $[ @ + 1 ]", evaluated);
        check("echo ${a:@}", evaluated);
        check("echo $((1 + @))", evaluated);
        check("a[@]=1", evaluated);
        check("a[1+@]=1", evaluated);
        check("[[ @ -eq 1 ]]", evaluated);
        let program = Some("where a program is named");
        check("@ get pods", program);
        check("kubectl get pods | @", program);
        check("true && @", program);
        check("echo $(@)", program);
        for before in ["if", "while", "!", "time", "{", "X=1", "sudo -n", "timeout 5", "env A=1"] {
            check(&format!("{before} @"), program);
            check(&format!("{before} kubectl get pod @"), None);
        }
        check("ls; do @", program);
        check("/opt/@ a", program);
    }

    #[test]
    fn what_is_run_or_evaluated_is_no_word() {
        let run =
            Some("where it is run or evaluated: behind `eval`, `sh`, `ssh`, `awk` and their like");
        check("eval @", run);
        check("sh -c @", run);
        check("/bin/bash -c 'ls \"$0\"' @", run);
        check("bash @", run);
        check("python3 -u @", run);
        check("bash runbook.sh @", None);
        check("python3 -u tool.py --pod @", None);
        check("bash -ec ls @", run);
        check("kubectl exec p -- @", Some("where a program is named"));
        check("grep -- @ file", None);
        check("kubectl get node @", None);
        check("kubectl get pods | awk -v n=@ '$1 == n'", None);
        check("watch kubectl get pod @", run);
        check("kubectl exec p -- sh -c @", run);
        check("kubectl exec -n @ p -- sh -c ls", None);
        check("sudo ssh h @", run);
        check("kubectl get pods | awk @", run);
        check("kubectl get pods | awk 1; kubectl get pod @", None);
        check("let x=@", run);
        check("read @", run);
        check("printf -v @ a", run);
        check("printf %s @", None);
        check("[ -v @ ]", run);
        check("kubectl logs -v 6 @", None);
    }
}
