//! The boards are what Grafana's own types read: no field is missing, unknown or of another type.
//! `GRAFANA_BOARDS` names a program that has them, which `cargo xtask e2e` builds; without it
//! nothing is tested, and the test says so.

use std::{env, fs, path::Path, process::Command};

use rulebox_deploy::{Board, dashboard};

#[test]
fn grafana_reads_the_boards() {
    let Some(program) = env::var_os("GRAFANA_BOARDS") else {
        eprintln!("SKIPPED, nothing was tested: GRAFANA_BOARDS names no program");
        return;
    };
    for board in Board::ALL {
        let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{}.json", board.as_str()));
        fs::write(&file, dashboard(board)).expect("written");
        let output = Command::new(&program).arg(&file).output().expect("it runs");
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    }
}
