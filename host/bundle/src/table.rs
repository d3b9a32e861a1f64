//! Tables that tell of a bundle: a line for each row, and a last one, `end N`, that counts them. A
//! table that lost its end, in whichever line, is known by that.

/// A line of a table cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableError {
    /// From 1.
    pub line: usize,
    /// What is wrong: a lower-case fragment.
    pub reason: String,
}

/// The word that begins the last line. No group and no file of a list is called so.
const END: &str = "end";

/// Adds the last line.
pub(crate) fn ended(rows: String) -> String {
    let number = rows.lines().count();
    format!("{rows}{END} {number}\n")
}

/// The rows of a table, each with its line, from 1.
pub(crate) fn rows(table: &str) -> Result<Vec<(usize, &str)>, TableError> {
    let table = table.trim_start_matches('\u{feff}');
    let lines = table.lines().enumerate().map(|(nth, it)| (nth + 1, it));
    let mut rows: Vec<_> = lines.filter(|it| !it.1.trim().is_empty()).collect();
    let (line, last) = rows.pop().unwrap_or((1, ""));
    let number = last.strip_prefix(END).and_then(|it| it.trim().parse::<usize>().ok());
    let reason = match number {
        None => format!("the last line is no `{END} N`, which counts the others: its end is lost"),
        Some(number) if number != rows.len() => {
            format!("{number} lines are to stand here, and there are {}", rows.len())
        }
        Some(_) => return Ok(rows),
    };
    Err(TableError { line, reason })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(table: &str, want: Result<&[(usize, &str)], (usize, &str)>) {
        let rows = rows(table);
        let rows = rows.as_deref().map_err(|it| (it.line, it.reason.as_str()));
        assert_eq!(rows, want);
    }

    const LOST: &str = "the last line is no `end N`, which counts the others: its end is lost";

    #[test]
    fn what_was_ended_is_read() {
        check(&ended("a\nb\n".to_owned()), Ok(&[(1, "a"), (2, "b")]));
        check("\u{feff}a\r\n\r\nend 1\r\n", Ok(&[(1, "a")]));
        check(&ended(String::new()), Ok(&[]));
    }

    #[test]
    fn a_table_that_lost_its_end_or_lines_is_refused() {
        check("", Err((1, LOST)));
        check("a\nb\nen", Err((3, LOST)));
        check("a\nb\n", Err((2, LOST)));
        check("a\nend ", Err((2, LOST)));
        check("a\nend 12\n", Err((2, "12 lines are to stand here, and there are 1")));
        check("a\nend 1\nb\n", Err((3, LOST)));
    }
}
