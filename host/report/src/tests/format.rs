//! The list of formats: its words, and what each writes.

use super::sample::all;
use crate::{Format, RenderOptions};

#[test]
fn each_word_names_its_format() {
    for format in Format::ALL {
        assert_eq!(format.to_string().parse(), Ok(format));
    }
}

#[test]
fn an_unknown_word_is_answered_with_the_choices() {
    let error = "nonsense".parse::<Format>().expect_err("no format");
    assert!(error.starts_with("`nonsense` is not an output format"), "{error}");
    for format in Format::ALL {
        assert!(error.contains(format.as_str()), "no {format} in: {error}");
    }
}

#[test]
fn every_format_writes_whole_lines_of_every_report() {
    for format in Format::ALL {
        for (name, report) in all() {
            let text = format.render(&report, &RenderOptions::default());
            assert!(text.ends_with('\n'), "{name} as {format}: {text}");
        }
    }
}
