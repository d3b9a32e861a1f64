//! What the program is made of, as CycloneDX 1.6: each crate that is linked into it or into its
//! packs, with its licence and the digest that Cargo.lock names. Without a time and a number, so
//! that the same tree gives the same bytes.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use serde_json::{Value, json};

use crate::process::{Result, cargo, root};

/// The bill of materials of the program for a target.
pub(crate) fn bom(target: &str) -> Result<String> {
    let metadata = cargo(["metadata", "--format-version", "1", "--locked"])
        .args(["--filter-platform", target])
        .output()
        .ok_or("cargo metadata failed: is Cargo.lock that of Cargo.toml?")?;
    let metadata: Value =
        serde_json::from_str(&metadata).map_err(|it| format!("cargo metadata: {it}"))?;
    let lock = root().join("Cargo.lock");
    let lock =
        fs::read_to_string(&lock).map_err(|it| format!("cannot read {}: {it}", lock.display()))?;
    let bom = of(&metadata, &checksums(&lock))?;
    serde_json::to_string_pretty(&bom).map(|it| it + "\n").map_err(|it| it.to_string())
}

fn items<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value[key].as_array().map(Vec::as_slice).unwrap_or_default()
}

fn word<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_default()
}

fn of(metadata: &Value, checksums: &BTreeMap<(String, String), String>) -> Result<Value> {
    let packages: BTreeMap<&str, &Value> =
        items(metadata, "packages").iter().map(|it| (word(it, "id"), it)).collect();
    let nodes: BTreeMap<&str, &Value> =
        items(&metadata["resolve"], "nodes").iter().map(|it| (word(it, "id"), it)).collect();
    let is_linked = |it: &&Value| items(it, "dep_kinds").iter().any(|it| it["kind"].is_null());
    let needs = |id: &str| -> Vec<&str> {
        let node = nodes.get(id).copied().unwrap_or(&Value::Null);
        items(node, "deps").iter().filter(is_linked).map(|it| word(it, "pkg")).collect()
    };
    let own = |name: &str| {
        let parts = ["rulebox-pack-", "rulebox-interpreter-"];
        name == "rulebox" || parts.iter().any(|it| name.starts_with(it))
    };
    let roots = packages.iter().filter(|it| it.1["source"].is_null() && own(word(it.1, "name")));
    let mut left: Vec<&str> = roots.map(|it| *it.0).collect();
    let mut linked: BTreeSet<&str> = BTreeSet::new();
    while let Some(id) = left.pop() {
        if linked.insert(id) {
            left.extend(needs(id));
        }
    }
    let component = |id: &str| {
        let package = packages.get(id).copied().unwrap_or(&Value::Null);
        let (name, version) = (word(package, "name"), word(package, "version"));
        let mut it = json!({
            "type": if name == "rulebox" { "application" } else { "library" },
            "bom-ref": purl(package),
            "name": name,
            "version": version,
            "purl": purl(package),
        });
        if let Some(license) = package["license"].as_str() {
            // Cargo took `/` for OR once.
            it["licenses"] = json!([{ "expression": license.replace('/', " OR ") }]);
        }
        if let Some(checksum) = checksums.get(&(name.to_owned(), version.to_owned())) {
            it["hashes"] = json!([{ "alg": "SHA-256", "content": checksum }]);
        }
        it
    };
    let is_program = |it: &&str| packages.get(*it).is_some_and(|it| it["name"] == "rulebox");
    let program = linked.iter().copied().find(is_program).ok_or("there is no package rulebox")?;
    let reference = |id: &str| packages.get(id).map_or_else(String::new, |it| purl(it));
    let dependencies = linked.iter().map(|id| {
        let on: BTreeSet<_> = needs(id).into_iter().map(reference).collect();
        json!({ "ref": reference(id), "dependsOn": on })
    });
    let others = linked.iter().filter(|it| **it != program);
    Ok(json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": { "component": component(program) },
        "components": others.map(|it| component(it)).collect::<Vec<_>>(),
        "dependencies": dependencies.collect::<Vec<_>>(),
    }))
}

/// As a package is named among those of all ecosystems.
fn purl(package: &Value) -> String {
    format!("pkg:cargo/{}@{}", word(package, "name"), word(package, "version"))
}

/// The digest of each package from a registry, by name and version.
fn checksums(lock: &str) -> BTreeMap<(String, String), String> {
    let value = |block: &str, key: &str| {
        let lines = block.lines().find_map(|it| it.strip_prefix(&format!("{key} = \"")));
        lines.map(|it| it.trim_end_matches('"').to_owned())
    };
    let blocks = lock.split("[[package]]");
    let known = blocks.filter_map(|it| {
        Some(((value(it, "name")?, value(it, "version")?), value(it, "checksum")?))
    });
    known.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(id: &str, name: &str) -> Value {
        let source = if name == "serde" { json!("registry") } else { Value::Null };
        let license = "MIT/Apache-2.0";
        json!({"id": id, "name": name, "version": "1.0.0", "source": source, "license": license})
    }

    fn needs(id: &str, kind: &Value) -> Value {
        json!({"pkg": id, "dep_kinds": [{"kind": kind}]})
    }

    #[test]
    fn what_is_linked_is_listed_and_what_tests_use_is_not() {
        let metadata = json!({
            "packages": [package("r", "rulebox"), package("s", "serde"), package("i", "insta")],
            "resolve": {"nodes": [
                {"id": "r", "deps": [needs("s", &Value::Null), needs("i", &json!("dev"))]},
                {"id": "s", "deps": []},
                {"id": "i", "deps": []},
            ]},
        });
        let lock = "[[package]]\nname = \"serde\"\nversion = \"1.0.0\"\nchecksum = \"abc\"\n";
        let bom = of(&metadata, &checksums(lock)).expect("a program");
        assert_eq!(bom["metadata"]["component"]["purl"], "pkg:cargo/rulebox@1.0.0");
        let [serde] = items(&bom, "components") else { panic!("one component: {bom}") };
        assert_eq!(serde["hashes"][0]["content"], "abc");
        assert_eq!(serde["licenses"][0]["expression"], "MIT OR Apache-2.0");
        assert_eq!(bom["dependencies"][0]["dependsOn"], json!(["pkg:cargo/serde@1.0.0"]));
    }
}
