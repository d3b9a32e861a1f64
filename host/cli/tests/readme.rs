//! The finding that the README shows is what the program prints.

use std::{fs, path::Path, process::Command};

const BEGIN: &str = "<!-- begin finding: checked by host/cli/tests/readme.rs -->\n";
const END: &str = "<!-- end finding -->";

#[test]
fn the_readme_shows_what_is_printed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut command = Command::new(env!("CARGO_BIN_EXE_rulebox"));
    let output = command
        .args(["check", "fixtures/clusters/vault-denied.yaml"])
        .current_dir(&root)
        .env("NO_COLOR", "1")
        .output();
    let printed = String::from_utf8(output.expect("the binary runs").stdout).expect("UTF-8");
    let shown = format!("{BEGIN}```text\n{printed}```\n{END}");
    let path = root.join("README.md");
    let readme = fs::read_to_string(&path).expect("a README");
    let (start, end) =
        (readme.find(BEGIN).expect("a beginning"), readme.find(END).expect("an end") + END.len());
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, format!("{}{shown}{}", &readme[..start], &readme[end..]))
            .expect("written");
    } else {
        assert!(
            readme[start..end] == shown,
            "the README shows something else; type: BLESS=1 cargo test --workspace --test readme"
        );
    }
}
