//! The example of an organisation's own pack, `rules-wasm/examples/cel`: each of its fixtures says
//! what is expected. That the sandbox says the same is a test of `snapshots`.

mod harness;

use std::{fs, path::Path};

use harness::{evaluate, load};
use libtest_mimic::{Arguments, Failed, Trial};
use rulebox_sdk::testing::Fixture;

fn main() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules-wasm/examples/cel");
    let mut trials = Vec::new();
    for rule in list(&folder.join("fixtures")) {
        for fixture in list(&rule) {
            let id = rule.file_name().expect("a name").to_string_lossy().into_owned();
            let stem = fixture.file_stem().expect("a name").to_string_lossy().into_owned();
            let pack = folder.join("pack.yaml");
            trials.push(Trial::test(format!("{id}/{stem}"), move || {
                let pack = load(&fs::read_to_string(&pack)?);
                judge(&pack, &id, &fs::read_to_string(&fixture)?)
            }));
        }
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

fn judge(pack: &rulebox_cel::Pack, rule: &str, dump: &str) -> Result<(), Failed> {
    let fixture = Fixture::parse(dump)?;
    Ok(fixture.judge(&evaluate(pack, rule, dump))?)
}

fn list(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder).expect("the folder is there");
    let mut all: Vec<_> = entries.map(|it| it.expect("an entry").path()).collect();
    all.sort();
    all
}
