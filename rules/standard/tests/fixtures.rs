//! Every fixture of every pack, run natively: each file is a test of its own, named after it.
//!
//! `fixtures/<pack>/<rule>/{bad,good}_<case>.yaml` says in its first comments what is expected; see
//! `rulebox_sdk::testing::Fixture`.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use libtest_mimic::{Arguments, Failed, Trial};
use rulebox_rules_standard::PACKS;
use rulebox_sdk::{
    Pack,
    testing::{self, Expectation, Fixture},
};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let mut trials = Vec::new();
    for built_in in PACKS {
        let pack = built_in.pack;
        let name = pack().name();
        trials.push(Trial::test(format!("{name}::documentation"), move || {
            testing::check_examples(&pack());
            Ok(())
        }));
        trials.push(Trial::test(format!("{name}::every_rule_has_fixtures"), move || {
            complete(&pack())
        }));
        if let Some(reasons) = built_in.reasons {
            let known = move || known(name, reasons());
            trials.push(Trial::test(format!("{name}::every_reason_has_a_fixture"), known));
        }
        for case in cases(name) {
            trials.push(Trial::test(case.name(), move || case.run(&pack())));
        }
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn folder(pack: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(pack)
}

/// A fixture file.
struct Case {
    pack: String,
    rule: String,
    file: String,
}

fn cases(pack: &str) -> Vec<Case> {
    let rules = names(&folder(pack));
    let case = |rule: &str, file| Case { pack: pack.to_owned(), rule: rule.to_owned(), file };
    rules
        .iter()
        .flat_map(|rule| {
            names(&folder(pack).join(rule)).into_iter().map(move |file| case(rule, file))
        })
        .collect()
}

/// What lies in a folder, sorted.
fn names(folder: &Path) -> BTreeSet<String> {
    let entries =
        fs::read_dir(folder).unwrap_or_else(|it| panic!("cannot read {}: {it}", folder.display()));
    let name = |it: fs::DirEntry| it.file_name().into_string().expect("fixtures have plain names");
    entries.map(|it| name(it.expect("a folder that can be listed"))).collect()
}

impl Case {
    fn name(&self) -> String {
        let Self { pack, rule, file } = self;
        format!("{pack}::{rule}::{}", file.trim_end_matches(".yaml"))
    }

    fn path(&self) -> PathBuf {
        folder(&self.pack).join(&self.rule).join(&self.file)
    }

    fn run(&self, pack: &Pack) -> Result<(), Failed> {
        let text = fs::read_to_string(self.path())?;
        let fixture = Fixture::parse(&text)?;
        fixture.judge(&testing::evaluate(pack, &self.rule, &text))?;
        Ok(())
    }
}

/// Each reason of the pack's catalogue is expected by a bad case of some rule.
fn known(pack: &str, reasons: Vec<&str>) -> Result<(), Failed> {
    let mut expected = BTreeSet::new();
    for case in cases(pack).iter().filter(|it| it.file.starts_with("bad_")) {
        let text = fs::read_to_string(case.path())?;
        for expectation in Fixture::parse(&text)?.expectations {
            if let Expectation::Finding { labels, .. } = expectation {
                expected.extend(labels.into_iter().filter(|it| it.0 == "reason").map(|it| it.1));
            }
        }
    }
    let missing = reasons.into_iter().filter(|it| !expected.contains(*it));
    match missing.collect::<Vec<_>>().as_slice() {
        [] => Ok(()),
        missing => {
            Err(format!("no bad_*.yaml expects reason={}", missing.join(", reason=")).into())
        }
    }
}

/// Each rule has a folder with good and bad cases, each folder a rule, and no file has another
/// name.
fn complete(pack: &Pack) -> Result<(), Failed> {
    let rules: BTreeSet<_> = pack.describe().rules.into_iter().map(|it| it.id).collect();
    let folders = names(&folder(pack.name()));
    if rules != folders {
        return Err(format!("rules {rules:?}, folders of fixtures {folders:?}").into());
    }
    for rule in &rules {
        let files = names(&folder(pack.name()).join(rule));
        for kind in ["bad_", "good_"] {
            if !files.iter().any(|it| it.starts_with(kind)) {
                return Err(format!("{rule} has no fixture {kind}*.yaml").into());
            }
        }
        let is_case = |it: &&String| {
            it.strip_suffix(".yaml")
                .is_some_and(|it| it.starts_with("bad_") || it.starts_with("good_"))
        };
        if let Some(stray) = files.iter().find(|it| !is_case(it)) {
            return Err(format!("{rule}/{stray} is neither bad_*.yaml nor good_*.yaml").into());
        }
    }
    Ok(())
}
