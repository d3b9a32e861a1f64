//! The table of messages as a page that can be read and searched without the program.

use std::fmt::Write as _;

use table::{CATALOGUE, Entry, NAMES, Source, Step, Tells};

#[path = "../../rules/standard/src/packs/backup_center/catalogue.rs"]
#[cfg_attr(not(test), expect(dead_code, reason = "the page searches nothing"))]
#[expect(unreachable_pub, reason = "it is public where it belongs")]
mod table;

/// `CATALOGUE.md`.
pub(crate) fn page() -> String {
    let mut page = String::from(
        "<!-- Generated from packs/backup_center/catalogue.rs by `cargo xtask codegen`. -->\n\
         # What the messages of the backup center mean\n\n\
         The rules of the pack `backup-center` look messages up in this table, from the top. A\n\
         message matches if it contains, in any case, one of each group of words between two\n\
         *and*. An unknown message is quoted verbatim.\n\n\
         These names are filled in. In a command, an unknown name stays in upper case:\n\n\
         | name | what it is |\n|---|---|\n",
    );
    for (name, meaning) in NAMES {
        let _ = writeln!(page, "| `{{{name}}}` | {meaning} |");
    }
    page += "\n| message | of | reason |\n|---|---|---|\n";
    for entry in CATALOGUE {
        let Entry { reason, .. } = entry;
        let _ =
            writeln!(page, "| {} | {} | [{reason}](#{reason}) |", message(entry), subjects(entry));
    }
    for entry in CATALOGUE {
        section(&mut page, entry);
    }
    page
}

fn message(entry: &Entry) -> String {
    let groups = entry.message.iter().map(|parts| {
        let parts: Vec<_> = parts.iter().map(|it| code(it)).collect();
        parts.join(" or ")
    });
    match groups.collect::<Vec<_>>().as_slice() {
        [] => "(no message; a rule sees it)".to_owned(),
        groups => groups.join(" *and* "),
    }
}

/// As code in a table: a bar would end the cell, and a backtick the code.
fn code(text: &str) -> String {
    format!("`{}`", text.replace('|', "\\|"))
}

fn subjects(entry: &Entry) -> String {
    entry.of.iter().map(|it| it.as_str()).collect::<Vec<_>>().join(", ")
}

fn section(page: &mut String, entry: &Entry) {
    let Entry { reason, network, class, tells, cause, possible, remedy, source, .. } = entry;
    let _ = write!(page, "\n## {reason}\n\n{}", message(entry));
    if !network.is_empty() {
        let _ = write!(page, ", where the network is `{network}`");
    }
    let tells = match tells {
        Tells::Cause => "",
        Tells::Symptom => ", unless another text about the same object says more",
    };
    let _ =
        write!(page, "\n\nClass `{}`, of: {}{tells}.\n\n{cause}", class.as_str(), subjects(entry));
    if !possible.is_empty() {
        let _ = write!(page, " {possible}");
    }
    page.push_str("\n\n");
    let more = match (entry.quotes, entry.bare) {
        (_, true) => "Only where the message says no more than that.\n\n",
        (true, _) if possible.is_empty() => "A message that says more is quoted verbatim.\n\n",
        (true, _) => {
            "A message that says more is quoted verbatim, in place of what is only possible.\n\n"
        }
        _ => "",
    };
    page.push_str(more);
    // Commands that follow each other stand in one block.
    let mut commands = false;
    for step in *remedy {
        let is_command = matches!(step, Step::Type(_));
        if commands != is_command {
            page.push_str(if commands { "  ```\n\n" } else { "\n  ```sh\n" });
            commands = is_command;
        }
        let line = match step {
            Step::Say(text) => format!("- {text}"),
            Step::Type(command) => format!("  {command}"),
            Step::Again => "- Start the task again, as its kind allows.".to_owned(),
        };
        let _ = writeln!(page, "{line}");
    }
    if commands {
        page.push_str("  ```\n");
    }
    let (word, text) = match source {
        Source::Documented(text) => ("Documented", text),
        Source::Inferred(text) => ("Inferred", text),
    };
    let _ = writeln!(page, "\n{word}: {text}");
}
