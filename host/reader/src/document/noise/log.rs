//! Lines as logs have them: of containers, of daemons, of programs.
//!
//! Whoever writes into a log may write lines behind it that look like objects. So a line of a log
//! that stands among objects tells something of all that stands behind it ([`Logged`]).

use rulebox_core::Logged;

use super::{
    line::is_understood,
    message::{is_message, is_of_kubectl, klog_file},
};
use crate::{json, object::value::Value};

/// One form of lines.
struct Form {
    #[cfg(test)]
    example: &'static str,
    logged: Logged,
    is: fn(&str) -> bool,
}

macro_rules! forms {
    ($($example:literal: $logged:ident, $is:expr,)*) => {
        &[$(Form { #[cfg(test)] example: $example, logged: Logged::$logged, is: $is }),*]
    };
}

/// The first that a line has counts. What scripts and tools write around what they collect, too,
/// are only lines.
const FORMS: &[Form] = forms![
    "2026-09-15T02:30:00.123456789Z stdout F starting": Log, is_cri,
    "I0915 02:30:00.123456       1 controller.go:12] starting": Log, |it| klog_file(it).is_some(),
    "{\"log\":\"starting\\n\",\"stream\":\"stdout\",\"time\":\"2026-09-15T02:30:00Z\"}": Log,
        |it| of_json(it) == Logged::Log,
    "{\"level\":\"info\",\"msg\":\"starting\"}": Lines, |it| of_json(it) == Logged::Lines,
    "Sep 15 02:30:00 node-1 kubelet[812]: starting": Log, is_syslog,
    "2026-09-15T02:30:00+0000 node-1 kubelet[812]: starting": Log, is_journal,
    "<34>1 2026-09-15T02:30:00Z node-1 app - - - starting": Log, is_syslog_protocol,
    "-- Logs begin at Tue 2026-09-15 02:30:00 UTC. --": Log, is_of_journalctl,
    "10.0.0.1 - - [15/Sep/2026:02:30:00 +0000] \"GET / HTTP/1.1\" 200 5": Log, is_access,
    "time=\"2026-09-15T02:30:00Z\" level=info msg=starting": Lines, is_logfmt,
    "2026-09-15T02:30:00Z starting": Lines, |it| is_stamped(it.strip_prefix('[').unwrap_or(it)),
    "1789439400.123\tINFO\tstarting": Lines, is_epoch,
    "[    1.234567] Linux version 6.1": Lines, is_kernel,
    "[INFO] starting": Lines, is_level,
    "[pod/csdr-velero-0/velero] starting": Lines, |it| it.starts_with("[pod/"),
];

/// Longer lines are looked at up to here: containerd and CRI-O split them at this length.
pub(crate) const LOOKED_AT: usize = 16 << 10;

/// Whether logs have such a line, which is no part of an object.
pub(crate) fn logged(line: &str) -> Logged {
    let line = &line[..line.floor_char_boundary(LOOKED_AT)];
    // What kubectl says is said of what it has collected.
    if is_message(line) || is_of_kubectl(line) {
        return Logged::No;
    }
    FORMS.iter().find(|it| (it.is)(line)).map_or(Logged::No, |it| it.logged)
}

/// The same for a line that stands between objects: one that nobody understands may be of a log,
/// too. Which objects it stands behind is not told here.
fn logged_between(line: &str) -> Logged {
    match logged(line) {
        Logged::No if !is_understood(&line[..line.floor_char_boundary(LOOKED_AT)]) => Logged::Text,
        logged => logged,
    }
}

/// The most certain of some lines.
pub(crate) fn logged_by(text: &str) -> Logged {
    most(text, logged)
}

/// The most certain of lines that stand between objects.
pub(crate) fn logged_by_text(text: &str) -> Logged {
    most(text, logged_between)
}

fn most(text: &str, logged: fn(&str) -> Logged) -> Logged {
    let mut most = Logged::No;
    for line in text.lines() {
        most = most.max(logged(line));
        if most == Logged::Log {
            break;
        }
    }
    most
}

/// Takes a text in parts, and tells what its lines are.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    /// The line that is not complete yet, as far as it is looked at.
    line: String,
    most: Logged,
    /// Whether they stand between objects.
    between: bool,
}

impl Lines {
    /// Of lines that stand between objects.
    pub(crate) fn between() -> Self {
        Self { between: true, ..Self::default() }
    }

    fn logged(&self, line: &str) -> Logged {
        if self.between { logged_between(line) } else { logged(line) }
    }

    pub(crate) fn add(&mut self, text: &str) {
        for part in text.split_inclusive('\n') {
            let ends = part.ends_with('\n');
            if self.most == Logged::Log {
                return;
            }
            if ends && self.line.is_empty() {
                self.most = self.most.max(self.logged(part.trim_end()));
                continue;
            }
            // One more than is looked at, so that a line shows that it is longer.
            let room = (LOOKED_AT + 4).saturating_sub(self.line.len());
            self.line.push_str(&part[..part.floor_char_boundary(room)]);
            if ends {
                self.most = self.most.max(self.logged(self.line.trim_end()));
                self.line.clear();
            }
        }
    }

    pub(crate) fn most(self) -> Logged {
        self.most.max(self.logged(self.line.trim_end()))
    }
}

/// Whether a line begins so: digits for `0`, capital letters for `A`, small ones for `a`, and each
/// other sign for itself. Returns the rest.
fn like<'t>(line: &'t str, form: &str) -> Option<&'t str> {
    let begins = line.as_bytes().get(..form.len())?;
    let is = |(sign, form): (&u8, u8)| match form {
        b'0' => sign.is_ascii_digit(),
        b'A' => sign.is_ascii_uppercase(),
        b'a' => sign.is_ascii_lowercase(),
        _ => *sign == form,
    };
    begins.iter().zip(form.bytes()).all(is).then(|| &line[form.len()..])
}

/// What follows a time of RFC 3339, or one as loggers of Java, Python and Go write it; and whether
/// it has a zone.
pub(super) fn stamp(line: &str) -> Option<(&str, bool)> {
    const FORMS: [&str; 4] =
        ["0000-00-00T00:00:00", "0000-00-00 00:00:00", "0000/00/00 00:00:00", "00:00:00"];
    let mut rest = FORMS.iter().find_map(|it| like(line, it))?;
    if let Some(fraction) = rest.strip_prefix(['.', ',']) {
        rest = fraction.trim_start_matches(|it: char| it.is_ascii_digit());
    }
    const ZONES: [&str; 6] = ["Z", "z", "+00:00", "-00:00", "+0000", "-0000"];
    match ZONES.iter().find_map(|it| like(rest, it)) {
        Some(rest) => Some((rest, true)),
        None => Some((rest, false)),
    }
}

/// `2026-09-15T02:30:00Z stdout F `: containerd and CRI-O.
fn is_cri(line: &str) -> bool {
    let Some((rest, _)) = stamp(line) else { return false };
    let Some(rest) = rest.strip_prefix(" stdout ").or_else(|| rest.strip_prefix(" stderr ")) else {
        return false;
    };
    rest.starts_with(['F', 'P'])
}

/// `Sep 15 02:30:00 host program[1]: `, as syslog and journalctl write it.
fn is_syslog(line: &str) -> bool {
    let time = like(line, "Aaa 00 00:00:00").or_else(|| like(line, "Aaa  0 00:00:00"));
    time.is_some_and(|it| it.starts_with([' ', '.']) && it.contains(": "))
}

/// `2026-09-15T02:30:00+0000 host program[1]: `, as `journalctl -o short-iso` writes it.
fn is_journal(line: &str) -> bool {
    let Some((rest, true)) = stamp(line) else { return false };
    let mut words = rest.strip_prefix(' ').unwrap_or_default().splitn(3, ' ');
    let (host, program) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let is_program = program.strip_suffix("]:").is_some_and(|it| {
        it.split_once('[').is_some_and(|(_, pid)| pid.bytes().all(|it| it.is_ascii_digit()))
    });
    !host.is_empty() && (is_program || program == "kernel:")
}

/// What journalctl writes before its lines, or `-o export` as lines.
fn is_of_journalctl(line: &str) -> bool {
    const STARTS: [&str; 6] = [
        "-- Logs begin at ",
        "-- Journal begins at ",
        "-- Boot ",
        "__CURSOR=",
        "__REALTIME_TIMESTAMP=",
        "__MONOTONIC_TIMESTAMP=",
    ];
    STARTS.iter().any(|it| line.starts_with(it))
}

/// `<34>1 `, or `<34>Sep 15 02:30:00 `: as syslog sends it.
fn is_syslog_protocol(line: &str) -> bool {
    let Some((priority, rest)) = line.strip_prefix('<').and_then(|it| it.split_once('>')) else {
        return false;
    };
    let digits = !priority.is_empty() && priority.bytes().all(|it| it.is_ascii_digit());
    digits && (like(rest, "0 0000-00-00T").is_some() || like(rest, "Aaa ").is_some())
}

/// `10.0.0.1 - - [15/Sep/2026:02:30:00 +0000] "GET …`, as web servers write it.
fn is_access(line: &str) -> bool {
    let Some((before, rest)) = line.split_once(" [") else { return false };
    before.split(' ').count() == 3 && like(rest, "00/Aaa/0000:00:00:00 ").is_some()
}

/// `time="…" level=info msg="…"`: two pairs or more, the first of which a logger writes.
fn is_logfmt(line: &str) -> bool {
    const KEYS: [&str; 12] = [
        "caller",
        "component",
        "err",
        "error",
        "level",
        "logger",
        "lvl",
        "msg",
        "severity",
        "time",
        "timestamp",
        "ts",
    ];
    let Some((key, rest)) = line.split_once('=') else { return false };
    let is_known = |key: &str| KEYS.contains(&key) || key == "t";
    let words = rest.split(' ').filter_map(|it| it.split_once('='));
    is_known(key) && words.into_iter().any(|(key, _)| is_known(key))
}

/// A time, and something behind it: a time alone is what `date` prints.
fn is_stamped(line: &str) -> bool {
    let Some((rest, _)) = stamp(line) else { return false };
    rest.starts_with([' ', '\t', ']', ':', ',', '|']) && rest.len() > 2
}

/// `1789439400.123 `, `1.789439400e+09 `: seconds, as zap writes them.
fn is_epoch(line: &str) -> bool {
    let length = line.bytes().take_while(|it| it.is_ascii_digit() || b".e+".contains(it)).count();
    let (number, rest) = line.split_at(length);
    let seconds = number.parse::<f64>().is_ok_and(|it| (1e9..1e14).contains(&it));
    seconds && rest.starts_with([' ', '\t']) && !rest.trim().is_empty()
}

/// `[    1.234567] `, as the kernel writes it.
fn is_kernel(line: &str) -> bool {
    let Some((time, _)) = line.strip_prefix('[').and_then(|it| it.split_once("] ")) else {
        return false;
    };
    time.contains('.') && time.trim_start().parse::<f64>().is_ok()
}

/// `[INFO] `, `INFO[0000] `, `WARN  `, `ERROR: `: a level, and something behind it.
fn is_level(line: &str) -> bool {
    const LEVELS: [&str; 9] =
        ["TRACE", "DEBUG", "INFO", "NOTICE", "WARN", "WARNING", "ERROR", "FATAL", "CRITICAL"];
    let inner = line.strip_prefix('[').unwrap_or(line);
    let length = inner.bytes().take_while(u8::is_ascii_uppercase).count();
    let (level, rest) = inner.split_at(length);
    LEVELS.contains(&level) && rest.len() > 1 && rest.starts_with([']', '[', ' ', '\t', ':', '|'])
}

/// A line of JSON that has what loggers write, and is no object.
fn of_json(line: &str) -> Logged {
    const TIMES: [&str; 12] = [
        "@timestamp",
        "__REALTIME_TIMESTAMP",
        "asctime",
        "date",
        "datetime",
        "eventTime",
        "t",
        "time",
        "timeMillis",
        "timestamp",
        "ts",
        "_SOURCE_REALTIME_TIMESTAMP",
    ];
    const LEVELS: [&str; 7] =
        ["PRIORITY", "level", "levelname", "log.level", "loglevel", "lvl", "severity"];
    const MESSAGES: [&str; 9] =
        ["MESSAGE", "_msg", "body", "error", "event", "log", "message", "msg", "textPayload"];
    if !line.starts_with('{') || line.len() < 2 {
        return Logged::No;
    }
    let [time, level, message] = if let Ok(Value::Map(entries)) = json::whole(line) {
        if ["apiVersion", "kind"].iter().all(|key| entries.iter().any(|it| it.0 == *key)) {
            return Logged::No;
        }
        let has = |keys: &[&str]| entries.iter().any(|it| keys.contains(&it.0.as_ref()));
        [has(&TIMES), has(&LEVELS), has(&MESSAGES)]
    } else if line.len() + 4 > LOOKED_AT {
        // Longer than what is looked at.
        let is = |key: &&str| line.contains(&format!("\"{key}\":"));
        let has = |keys: &[&str]| keys.iter().any(is);
        [has(&TIMES), has(&LEVELS), has(&MESSAGES)]
    } else {
        return Logged::No;
    };
    match (time, level, message) {
        (true, _, true) => Logged::Log,
        (true, true, _) | (_, true, true) => Logged::Lines,
        _ => Logged::No,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::noise::line::is_noise;

    #[test]
    fn each_form_has_its_example() {
        for (i, form) in FORMS.iter().enumerate() {
            let first = FORMS.iter().position(|it| (it.is)(form.example));
            assert_eq!(first, Some(i), "{}", form.example);
            assert_eq!(logged(form.example), form.logged, "{}", form.example);
            assert!(!is_noise(form.example), "{}", form.example);
        }
    }

    #[track_caller]
    fn check(line: &str, want: Logged) {
        assert_eq!(logged(line), want, "{line}");
        for at in [0, 1, line.len() / 2, line.len()] {
            let mut lines = Lines::default();
            let (head, tail) = line.split_at(line.floor_char_boundary(at));
            for part in [head, tail, "\nkind: Pod\n"] {
                lines.add(part);
            }
            assert_eq!(lines.most(), want, "{line}");
        }
    }

    #[test]
    fn lines_that_only_logs_have() {
        for line in [
            "2026-09-15T02:30:00+02:00 stderr P cut",
            "E0915 02:30:00.1   1 a.go:1] failed",
            "{\"ts\":1789439400.1,\"level\":\"info\",\"msg\":\"a\"}",
            "{\"@timestamp\":\"2026\",\"message\":\"a\"}",
            "{\"MESSAGE\":\"a\",\"__REALTIME_TIMESTAMP\":\"1\"}",
            "Sep  5 02:30:00 host sshd[1]: Accepted",
            "2026-09-15T02:30:00Z host kernel: a",
            "<13>Sep 15 02:30:00 host app: a",
        ] {
            check(line, Logged::Log);
        }
    }

    #[test]
    fn lines_that_scripts_write_too() {
        for line in [
            "2026-09-15 02:30:00,123 - root - INFO - a",
            "2026/09/15 02:30:00 [error] 1#1: a",
            "[2026-10-21 06:40:00] INFO collecting",
            "02:30:00.123 [main] INFO a",
            "level=info ts=2026-09-15T02:30:00Z caller=a.go:1 msg=a",
            "1.7894394e+09\tinfo\ta",
            "INFO[0000] a",
            "ERROR: a",
        ] {
            check(line, Logged::Lines);
        }
    }

    #[test]
    fn lines_of_objects_and_of_people_are_none() {
        for line in [
            "",
            "{",
            "{}",
            "apiVersion: v1",
            "{\"apiVersion\":\"v1\",\"kind\":\"Event\",\"message\":\"a\",\"eventTime\":null}",
            "{\"type\":\"ADDED\",\"object\":{}}",
            "2026-09-15T02:30:00Z",
            "Wed Oct 21 06:40:00 UTC 2026",
            "E1021 06:39:59.123456   12345 memcache.go:265] couldn't get resource list",
            "kubectl.exe : W1021 06:39:59.123456   12345 gcp.go:119] WARNING: a",
            "error: a",
            "Warning: a",
            "WARNING: a",
            "=== 2026-09-15T02:30:00Z ===",
            "Here is what you asked for at 02:30:00",
            "10 pods",
            "é",
        ] {
            check(line, Logged::No);
        }
    }

    #[test]
    fn a_long_line_is_looked_at_up_to_a_length() {
        let long = "x".repeat(2 * LOOKED_AT);
        check(&format!("2026-09-15T02:30:00Z stdout F {long}"), Logged::Log);
        check(&format!("{{\"time\":1,\"msg\":\"{long}\"}}"), Logged::Log);
    }
}
