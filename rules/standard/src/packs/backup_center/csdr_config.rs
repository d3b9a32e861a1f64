//! What the ConfigMap csdr-config sets.
//!
//! Its values are texts in YAML, each a flat list of `key: value` lines. They are read line by line
//! here: a parser of all of YAML would make the pack a tenth larger for three lines. Any other line
//! is reported instead of guessed, and the default applies.

use rulebox_sdk::{Consulted, Draft, ObjectRef};

use crate::packs::backup_center::{
    objects::selections::CsdrConfigMap, settings::BackupCenterSettings,
};

/// The ConfigMap, in the namespace csdr.
const NAME: &str = "csdr-config";

/// How long a task may be in progress, and where that is set.
#[derive(Debug)]
pub struct TaskTimeout {
    /// The limit. Documented for each part of a task, and so the least that a whole one may take.
    pub minutes: u32,
    /// The ConfigMap, where there is one, with what it says.
    source: Option<(ObjectRef, String)>,
}

impl TaskTimeout {
    /// From `velero_timeout_minutes`, else from the settings.
    pub fn read(config: &Consulted<'_, CsdrConfigMap>, settings: &BackupCenterSettings) -> Self {
        let default = settings.task_timeout_minutes;
        let Some(map) = config.iter().find(|it| it.name() == NAME) else {
            return Self { minutes: default, source: None };
        };
        let (minutes, source) = match velero_timeout_minutes(&map.data.application_backup) {
            Ok(Some(minutes)) => (minutes, format!("velero_timeout_minutes: {minutes}")),
            Ok(None) => (default, format!("no velero_timeout_minutes; the default of {default}")),
            Err(why) => (default, format!("{why}; the default of {default} minutes applies")),
        };
        Self { minutes, source: Some((map.reference().clone(), source)) }
    }

    /// Adds it to a finding as evidence.
    pub fn cite(&self, draft: Draft) -> Draft {
        match &self.source {
            Some((map, source)) => draft.related_to(map, "data.applicationBackup", source),
            None => draft,
        }
    }
}

/// How many minutes Velero has for its part; none if the text does not set it.
fn velero_timeout_minutes(yaml: &str) -> Result<Option<u32>, String> {
    const KEY: &str = "velero_timeout_minutes";
    let Some(value) = value(yaml, KEY)? else { return Ok(None) };
    let minutes = value.parse().ok().filter(|it| *it > 0);
    minutes.map(Some).ok_or_else(|| format!("{KEY} is `{value}`, which is no number of minutes"))
}

/// The value of a key of a flat mapping, without quotes and comments.
fn value<'y>(yaml: &'y str, key: &str) -> Result<Option<&'y str>, String> {
    let (mut found, mut indent) = (None, None);
    for (i, line) in yaml.lines().enumerate() {
        let line = without_comment(line);
        if line.trim().is_empty() || line.trim() == "---" {
            continue;
        }
        let unreadable =
            || format!("line {} is no `key: value` of a flat list: {}", i + 1, line.trim());
        let (name, value) = line.split_once(':').ok_or_else(unreadable)?;
        let is_glued = !value.is_empty() && !value.starts_with([' ', '\t']);
        let depth = line.len() - line.trim_start().len();
        let is_nested = *indent.get_or_insert(depth) != depth;
        if is_glued || is_nested || name.trim().starts_with(['{', '[', '-', '&', '?']) {
            return Err(unreadable());
        }
        if unquoted(name) == key {
            found = Some(unquoted(value));
        }
    }
    Ok(found)
}

/// A comment begins with `#` at the start of the line or behind a blank.
fn without_comment(line: &str) -> &str {
    let is_comment =
        |(i, _): &(usize, &str)| line[..*i].is_empty() || line[..*i].ends_with([' ', '\t']);
    let comment = line.match_indices('#').find(is_comment);
    comment.map_or(line, |(i, _)| &line[..i])
}

fn unquoted(text: &str) -> &str {
    let text = text.trim();
    let inner = |quote| text.strip_prefix(quote)?.strip_suffix(quote);
    inner('"').or_else(|| inner('\'')).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The number, `-` for none, or what is wrong.
    #[track_caller]
    fn check(yaml: &str, want: &str) {
        let got = match velero_timeout_minutes(yaml) {
            Ok(Some(minutes)) => minutes.to_string(),
            Ok(None) => "-".to_owned(),
            Err(why) => why,
        };
        assert_eq!(got, want, "{yaml:?}");
    }

    #[test]
    fn the_timeout_is_one_line_of_several() {
        check("backup_max_worker_num: 15\nvelero_timeout_minutes: 100\nnode: x\n", "100");
        check("velero_timeout_minutes: 100", "100");
        check("---\r\n  velero_timeout_minutes: 100\r\n", "100");
    }

    #[test]
    fn quotes_and_comments_are_no_part_of_it() {
        check("# more\nvelero_timeout_minutes: \"100\" # was 60", "100");
        check("'velero_timeout_minutes': '100'", "100");
        check("# velero_timeout_minutes: 100", "-");
        check("note: a#b\n", "-");
    }

    #[test]
    fn what_is_not_said_has_no_value() {
        check("", "-");
        check("backup_max_worker_num: 15", "-");
        check("old_velero_timeout_minutes: 100", "-");
    }

    #[test]
    fn what_cannot_be_read_is_told() {
        let no_number =
            |it| format!("velero_timeout_minutes is `{it}`, which is no number of minutes");
        check("velero_timeout_minutes: soon", &no_number("soon"));
        check("velero_timeout_minutes: 0", &no_number("0"));
        check("velero_timeout_minutes: -5", &no_number("-5"));
        check("velero_timeout_minutes:", &no_number(""));
        check("velero_timeout_minutes: 99999999999", &no_number("99999999999"));
        check(
            "velero_timeout_minutes",
            "line 1 is no `key: value` of a flat list: velero_timeout_minutes",
        );
        check(
            "velero_timeout_minutes:100",
            "line 1 is no `key: value` of a flat list: velero_timeout_minutes:100",
        );
        check(
            "{velero_timeout_minutes: 100}",
            "line 1 is no `key: value` of a flat list: {velero_timeout_minutes: 100}",
        );
        check(
            "hbr:\n  velero_timeout_minutes: 100",
            "line 2 is no `key: value` of a flat list: velero_timeout_minutes: 100",
        );
        check("a: 1\n- b: 2", "line 2 is no `key: value` of a flat list: - b: 2");
    }
}
