//! A project of each language, as `rulebox rules new` begins it and its compiler builds it: its own
//! cases hold, and it asks for nothing but what its rule reads. `cargo xtask test` builds them
//! where the compilers are there.

mod program;

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use program::{Ran, command, root, run};

fn main() {
    let trials = ["rust", "javascript", "python"].into_iter().flat_map(|language| {
        [
            trial(language, "holds its own cases", holds),
            trial(language, "reads what its rule reads", reads),
        ]
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit();
}

fn trial(language: &'static str, name: &str, test: fn(&str) -> Result<(), Failed>) -> Trial {
    Trial::ignorable_test(format!("{language} {name}"), move || {
        let folder = format!("target/packs/projects/{language}");
        if !root().join(&folder).join("acme.wasm").exists() {
            return Ok(Completion::ignored_with("not built; type: cargo xtask test"));
        }
        test(&folder).map(|()| Completion::Completed)
    })
}

fn rules(arguments: &[&str]) -> Ran {
    run(&mut command(&[&["rules"], arguments].concat()), "")
}

fn holds(folder: &str) -> Result<(), Failed> {
    let ran = rules(&["test", folder, "--coverage"]);
    let want = ["acme 0.1.0: 6 cases: 6 ok, 0 failed\n", "rules   1 of 1\n", "needs   1 of 1\n"];
    if ran.code != 0 || !want.iter().all(|it| ran.out.contains(it)) {
        return Err(format!("{}: {}{}", ran.code, ran.out, ran.err).into());
    }
    Ok(())
}

fn reads(folder: &str) -> Result<(), Failed> {
    let ran = rules(&["inspect", folder, "-o", "json"]);
    let json: serde_json::Value = serde_json::from_str(&ran.out)?;
    let pack = &json["packs"][0];
    let fields = serde_json::json!(["spec.containers[].name", "spec.containers[].image"]);
    assert_eq!(
        (&pack["objects"][0]["kind"], &pack["objects"][0]["fields"]),
        (&"Pod".into(), &fields)
    );
    assert_eq!(pack["settings"]["properties"]["registry"]["default"], "registry.example.com/");
    assert_eq!(pack["name"], "acme");
    Ok(())
}
