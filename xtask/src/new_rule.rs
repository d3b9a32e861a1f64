//! A new rule, ready to be filled in: everything that belongs to it, and nothing else touched.

use crate::{
    codegen::{self, layout},
    process::{Result, root, write_if_changed},
    wasm,
};

/// Writes the rule's file and its fixtures, and the generated files anew.
pub(crate) fn run(pack: &str, rule: &str) -> Result {
    let packs = wasm::packs()?;
    if !packs.iter().any(|it| it == pack) {
        return Err(format!("there is no pack `{pack}`; there is {}", packs.join(", ")));
    }
    let legal = rule.split('-').all(|it| {
        !it.is_empty() && it.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
    });
    if !legal || !rule.starts_with(|c: char| c.is_ascii_lowercase()) {
        return Err(format!(
            "`{rule}` is no rule id: write kebab-case, named after the problem, as in vault-unavailable"
        ));
    }
    let module = rule.replace('-', "_");
    let source = root().join(layout::rules_folder(pack)).join(format!("{module}.rs"));
    if source.exists() {
        return Err(format!("{} is there already", source.display()));
    }
    let fixtures = root().join("fixtures").join(pack).join(rule);
    for (path, text) in [
        (source, SOURCE.replace("MODULE", &module)),
        (fixtures.join("bad_example.yaml"), BAD.to_owned()),
        (fixtures.join("good_example.yaml"), GOOD.to_owned()),
    ] {
        write_if_changed(&path, text.as_bytes())?;
        println!("wrote {}", path.display());
    }
    codegen::run(false)?;
    println!("Fill them in, then type: INSTA_UPDATE=always cargo xtask test --test rules");
    Ok(())
}

const SOURCE: &str = r#"//! See [`MODULE`].

use rulebox_sdk::{Fields, Object, Objects, Run, rule};
use serde::Deserialize;

#[derive(Default, Deserialize, Object)]
#[object(id = "MODULE")]
#[serde(rename_all = "camelCase", default)]
struct Pod {
    status: Status,
}

#[derive(Default, Deserialize, Fields)]
#[serde(rename_all = "camelCase", default)]
struct Status {
    phase: String,
}

/// One line that names the problem.
///
/// What it finds, why it matters, and when it fires and when not.
///
/// # Example
///
/// ```yaml fires
/// apiVersion: v1
/// kind: Pod
/// metadata: {name: web-0, namespace: default}
/// status: {phase: Failed}
/// ```
///
/// ```yaml quiet
/// apiVersion: v1
/// kind: Pod
/// metadata: {name: web-0, namespace: default}
/// status: {phase: Running}
/// ```
///
/// # Sources
///
/// - documented or inferred, and where
#[rule(severity = medium)]
pub fn MODULE(run: &Run<'_>, pods: Objects<'_, Pod>) {
    for pod in pods {
        if pod.status.phase == "Failed" {
            run.report(
                pod.finding("the pod failed")
                    .cause("why, as far as the evidence tells")
                    .remedy(format!("kubectl -n {} describe pod {}", pod.namespace(), pod.name()))
                    .evidence("status.phase", &pod.status.phase),
            );
        }
    }
}
"#;

const BAD: &str = "\
# One sentence that says the case.
# expect: Pod default/web-0: the pod failed
apiVersion: v1
kind: Pod
metadata:
  name: web-0
  namespace: default
status:
  phase: Failed
";

const GOOD: &str = "\
# One sentence that says the case.
# expect: none
apiVersion: v1
kind: Pod
metadata:
  name: web-0
  namespace: default
status:
  phase: Running
";
