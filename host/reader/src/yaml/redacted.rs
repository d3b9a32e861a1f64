//! Values replaced by stars.
//!
//! Troubleshoot writes `***HIDDEN***` instead of addresses and passwords. In YAML, a star starts an
//! alias, so the whole document would be invalid.

/// Whether a value may start with two stars. No alias that a person or a program writes does.
pub(crate) fn is_starred(text: &str) -> bool {
    text.contains(": **") || text.contains("- **")
}

/// The same text, with such values quoted.
pub(crate) fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 64);
    for line in text.split_inclusive('\n') {
        let content = line.trim_end_matches(['\n', '\r']);
        let value = [": **", "- **"].iter().filter_map(|it| content.find(it)).min();
        match value {
            Some(at) => {
                let (before, value) = content.split_at(at + 2);
                quoted.push_str(before);
                quoted.push('\'');
                quoted.push_str(&value.replace('\'', "''"));
                quoted.push('\'');
                quoted.push_str(&line[content.len()..]);
            }
            None => quoted.push_str(line),
        }
    }
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starred_values_are_quoted_and_lines_stay() {
        let text = "ip: ***HIDDEN***\r\na:\n- ***HIDDEN***:1 it's\nb: *alias\n";
        assert!(is_starred(text));
        assert_eq!(quote(text), "ip: '***HIDDEN***'\r\na:\n- '***HIDDEN***:1 it''s'\nb: *alias\n");
        assert!(!is_starred("a: *b\nc: \"**\"\n"));
    }
}
