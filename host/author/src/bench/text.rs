//! A measurement for people: two tables, and what has changed.

use std::fmt::Write as _;

use rulebox_core::text::escape;
use rulebox_report::amounts::{count, micros, size};

use super::view::{BenchView, Beside, ChangeView, ComparedView, CostView, InputView};

impl InputView {
    /// `10,000 objects of 12 cases, 3.4 KiB`
    pub(super) fn words(&self) -> String {
        let Self { from, files, bytes, objects } = self;
        let one = if from == "cases" { "case" } else { "file" };
        let plural = |many: usize| if many == 1 { "" } else { "s" };
        format!(
            "{} object{} of {} {one}{}, {}",
            count(*objects as u64),
            plural(*objects),
            count(*files as u64),
            plural(*files),
            size(*bytes)
        )
    }
}

impl BenchView {
    /// For people.
    pub fn text(&self) -> String {
        let mut text = format!("PACK  {} {}\n", escape(&self.pack), escape(&self.version));
        let _ = writeln!(text, "  given     {}", escape(&self.input.words()));
        text += "  beside    an empty pack, which reads the same and looks at nothing\n";
        let _ = writeln!(text, "\n  {:30} {:>14} {:>14} {:>9}", "", "pack", "empty", "ratio");
        let mut row = |what: &str, it: Option<Beside>, shown: fn(f64) -> String| {
            let Some(Beside { pack, empty, ratio }) = it else { return };
            // Of instructions the empty pack has next to none: the host does its work.
            let is_time = !what.starts_with("instructions");
            let ratio = ratio.filter(|_| is_time).map(times).unwrap_or_default();
            let _ =
                writeln!(text, "  {what:30} {:>14} {:>14} {ratio:>9}", shown(pack), shown(empty));
        };
        let bytes: fn(f64) -> String = |it| size(whole(it));
        let whole_count: fn(f64) -> String = |it| count(whole(it));
        let all = &self.all;
        row("size", Some(self.bytes), bytes);
        row("memory, with all objects", Some(all.memory_bytes), bytes);
        row("time to load", Some(self.microseconds_to_load), micros);
        row("time to start", Some(all.microseconds_to_start), micros);
        row("instructions to start", Some(all.instructions_to_start), whole_count);
        row("time an object", all.microseconds_per_object, micros);
        row("instructions an object", all.instructions_per_object, whole_count);
        self.rules_text(&mut text);
        if let Some(compared) = &self.compared {
            text += &compared.text(&self.pack);
        }
        text
    }

    fn rules_text(&self, text: &mut String) {
        let widest = self.rules.iter().map(|it| it.id.len()).max().unwrap_or_default();
        let _ = writeln!(
            text,
            "\n  {:widest$} {:>10} {:>10} {:>14} {:>12} {:>9} {:>10}",
            "RULE", "objects", "findings", "instructions", "time", "ratio", "memory"
        );
        for it in &self.rules {
            let CostView { objects, findings, memory_bytes, .. } = it.cost;
            let object = |it: Option<Beside>, shown: fn(f64) -> String| {
                it.map_or_else(|| "no object".to_owned(), |it| shown(it.pack))
            };
            let (instructions, time) =
                (it.cost.instructions_per_object, it.cost.microseconds_per_object);
            let ratio = time.and_then(|it| it.ratio).map(times).unwrap_or_default();
            let _ = writeln!(
                text,
                "  {:widest$} {:>10} {:>10} {:>14} {:>12} {ratio:>9} {:>10}",
                escape(&it.id),
                count(objects as u64),
                count(findings as u64),
                object(instructions, |it| count(whole(it))),
                object(time, micros),
                size(whole(memory_bytes.pack))
            );
        }
        *text += "  Instructions and time are those that an object adds; the ratio is that of\n  \
                  the time to that of the empty pack.\n";
    }
}

impl ComparedView {
    fn text(&self, pack: &str) -> String {
        let Self { version, other_tool, tolerance, changes, .. } = self;
        let mut text = format!("\nSINCE  {} {}\n", escape(pack), escape(version));
        if let Some(tool) = other_tool {
            let _ = writeln!(
                text,
                "  that was measured by {}, which may have counted otherwise",
                escape(tool)
            );
        }
        for ChangeView { what, rule, before, now, percent, exceeds } in changes {
            let (what, shown): (_, fn(f64) -> String) = match what.as_str() {
                "bytes" => ("size", |it| size(whole(it))),
                "memoryBytes" => ("memory", |it| size(whole(it))),
                "instructionsToStart" => ("instructions to start", |it| count(whole(it))),
                _ => ("instructions", |it| count(whole(it))),
            };
            let of = rule.as_ref().map(|it| format!(" of {}", escape(it))).unwrap_or_default();
            let percent = percent.map(|it| format!(", {it:+.1}%")).unwrap_or_default();
            let more = match () {
                () if *exceeds => format!(": MORE than {tolerance}% more"),
                () if now > before => ": within the tolerance".to_owned(),
                () => String::new(),
            };
            let _ = writeln!(
                text,
                "  {what}{of}: {} from {}{percent}{more}",
                shown(*now),
                shown(*before)
            );
        }
        if changes.is_empty() {
            text += "  it costs what it did\n";
        }
        for (what, rules) in [("new", &self.new_rules), ("gone", &self.gone_rules)] {
            if !rules.is_empty() {
                let _ = writeln!(text, "  {what}: {}", escape(&rules.join(", ")));
            }
        }
        if let Some((before, now)) = self.time_ratio {
            let _ = writeln!(
                text,
                "  time an object, beside the empty pack: {} from {}; times do not count",
                times(now),
                times(before)
            );
        }
        text
    }
}

/// `3.1x`
fn times(ratio: f64) -> String {
    if ratio < 100.0 { format!("{ratio:.1}x") } else { format!("{ratio:.0}x") }
}

/// The whole number of something that is counted; what is less than nothing is noise.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it is no less than 0, and numbers of bytes and instructions fit"
)]
fn whole(number: f64) -> u64 {
    number.max(0.0).round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::view::RuleCostView;

    fn view() -> BenchView {
        let cost = CostView {
            objects: 1200,
            findings: 3,
            instructions: 12_345_678,
            instructions_to_start: Beside::of(5000.0, 100.0),
            instructions_per_object: Some(Beside::of(10_000.0, 40.0)),
            microseconds_to_start: Beside::of(900.0, 30.0),
            microseconds_per_object: Some(Beside::of(2.5, 0.1)),
            memory_bytes: Beside::of(1_310_720.0, 65_536.0),
        };
        let rule = RuleCostView { id: "pod-crash-loop".to_owned(), cost: cost.clone() };
        let none = CostView { objects: 0, findings: 0, ..CostView::default() };
        let idle = RuleCostView { id: "idle".to_owned(), cost: none };
        BenchView {
            pack: "acme".to_owned(),
            version: "1.1.0".to_owned(),
            input: InputView { from: "cases".to_owned(), files: 1, bytes: 300, objects: 1200 },
            bytes: Beside::of(2048.0, 1024.0),
            microseconds_to_load: Beside::of(3000.0, 200.0),
            all: cost,
            rules: vec![rule, idle],
            ..BenchView::default()
        }
    }

    #[track_caller]
    fn check(text: &str, want: &[&str]) {
        for line in want {
            assert!(text.lines().any(|it| it == *line), "no {line:?}:\n{text}");
        }
    }

    #[test]
    fn each_number_stands_beside_that_of_the_empty_pack() {
        let want = [
            "PACK  acme 1.1.0",
            "  given     1,200 objects of 1 case, 300 B",
            "  size                                  2.0 KiB        1.0 KiB      2.0x",
            "  instructions an object                 10,000             40          ",
            "  time an object                        2.50 µs        0.10 µs     25.0x",
            "  pod-crash-loop      1,200          3         10,000      2.50 µs     25.0x    1.2 \
             MiB",
            "  idle                    0          0      no object    no object                  \
             0 B",
        ];
        check(&view().text(), &want);
    }

    #[test]
    fn what_has_changed_says_by_how_much_and_whether_it_counts() {
        let change = |what: &str, rule: Option<&str>, before, now, percent, exceeds| ChangeView {
            what: what.to_owned(),
            rule: rule.map(str::to_owned),
            before,
            now,
            percent: Some(percent),
            exceeds,
        };
        let compared = ComparedView {
            version: "1.0.0".to_owned(),
            other_tool: Some("Rulebox 0.9.0".to_owned()),
            tolerance: 5.0,
            changes: vec![
                change("instructions", None, 1000.0, 1100.0, 10.0, true),
                change("memoryBytes", Some("a"), 65_536.0, 65_537.0, 0.1, false),
                change("bytes", None, 2048.0, 1024.0, -50.0, false),
            ],
            new_rules: vec!["b".to_owned()],
            gone_rules: Vec::new(),
            time_ratio: Some((10.0, 25.0)),
        };
        let want = [
            "SINCE  acme 1.0.0",
            "  that was measured by Rulebox 0.9.0, which may have counted otherwise",
            "  instructions: 1,100 from 1,000, +10.0%: MORE than 5% more",
            "  memory of a: 64.0 KiB from 64.0 KiB, +0.1%: within the tolerance",
            "  size: 1.0 KiB from 2.0 KiB, -50.0%",
            "  new: b",
            "  time an object, beside the empty pack: 25.0x from 10.0x; times do not count",
        ];
        check(&BenchView { compared: Some(compared), ..view() }.text(), &want);
        let same = ComparedView { version: "1.1.0".to_owned(), ..ComparedView::default() };
        let same = BenchView { compared: Some(same), ..view() }.text();
        check(&same, &["  it costs what it did"]);
    }
}
