//! The list of formats: its words, and what else is written from it.

use std::{fs, path::Path};

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

const BEGIN: &str = "<!-- begin formats: checked by host/report/src/tests/format.rs -->\n";
const END: &str = "<!-- end formats -->";

#[test]
fn the_readme_lists_every_format() {
    let row = |it: Format| format!("| `{it}` | {} |\n", it.about());
    let rows = Format::ALL.map(row).concat();
    let shown = format!("{BEGIN}\n| format | |\n|---|---|\n{rows}\n{END}");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
    let readme = fs::read_to_string(&path).expect("a README");
    let (start, end) =
        (readme.find(BEGIN).expect("a beginning"), readme.find(END).expect("an end") + END.len());
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, format!("{}{shown}{}", &readme[..start], &readme[end..]))
            .expect("written");
    } else {
        assert!(
            readme[start..end] == shown,
            "the README lists other formats; type: BLESS=1 cargo test --workspace --lib readme"
        );
    }
}
