//! Builds kube-apiserver and etcd from their Go modules, once: releases are not among the
//! registries that a build may ask.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::Programs;
use crate::process::{Process, Result, root, write_if_changed};

/// The Kubernetes that is tested against. Its staging modules have the same number with another
/// major version.
const KUBERNETES: &str = "1.37.2";
const STAGING: &str = "0.37.2";

/// The etcd that this Kubernetes is released with.
const ETCD: &str = "3.7.3";

/// The programs in `folder`, built there if they are missing: a quarter of an hour on two cores.
pub(super) fn programs(folder: &Path) -> Result<Programs> {
    let programs = Programs {
        kube_apiserver: folder.join(format!("kube-apiserver-{KUBERNETES}")),
        etcd: folder.join(format!("etcd-{ETCD}")),
    };
    let missing = !programs.etcd.exists() || !programs.kube_apiserver.exists();
    if missing && Process::new("go").args(["version"]).output().is_none() {
        return Err(format!(
            "the end-to-end tests need kube-apiserver and etcd, and there is no Go to build them: \
             install Go, or name a folder with both: {}=FOLDER cargo xtask e2e",
            super::ASSETS
        ));
    }
    if !programs.etcd.exists() {
        let module = Module::begin(folder, "etcd", "go.etcd.io/etcd/server/v3")?;
        module.go(&["get", &format!("go.etcd.io/etcd/server/v3@v{ETCD}")])?;
        module.build("go.etcd.io/etcd/server/v3", &programs.etcd)?;
    }
    if !programs.kube_apiserver.exists() {
        let module =
            Module::begin(folder, "kube-apiserver", "k8s.io/kubernetes/cmd/kube-apiserver/app")?;
        let version = format!("k8s.io/kubernetes@v{KUBERNETES}");
        module.go(&["mod", "edit", "-require", &version])?;
        for name in module.staging(&version)? {
            module.go(&["mod", "edit", "-replace", &format!("{name}={name}@v{STAGING}")])?;
        }
        module.build("k8s.io/kubernetes/cmd/kube-apiserver", &programs.kube_apiserver)?;
    }
    Ok(programs)
}

/// A Go module that requires what is built, and nothing else.
struct Module {
    folder: PathBuf,
}

impl Module {
    /// An empty module that imports one package, so that Go keeps the requirement.
    fn begin(folder: &Path, name: &str, package: &str) -> Result<Self> {
        let folder = folder.join("build").join(name);
        eprintln!("Building {name} from its Go modules, once, in {}.", folder.display());
        let imports = format!("//go:build tools\n\npackage tools\n\nimport _ \"{package}\"\n");
        write_if_changed(&folder.join("tools.go"), imports.as_bytes())?;
        let module = Self { folder };
        if !module.folder.join("go.mod").exists() {
            module.go(&["mod", "init", &format!("rulebox.dev/e2e/{name}")])?;
        }
        Ok(module)
    }

    fn go(&self, arguments: &[&str]) -> Result {
        self.process(arguments).run()
    }

    fn process(&self, arguments: &[&str]) -> Process {
        let folder = self.folder.display().to_string();
        // Go changes to the folder before it does anything else.
        Process::new("go").args(["-C", &folder]).args(arguments).env("GOFLAGS", "-mod=mod")
    }

    /// The modules that a module takes from its own tree, by the version that stands for it:
    /// v0.0.0.
    fn staging(&self, version: &str) -> Result<Vec<String>> {
        let arguments = ["mod", "download", "-json", version];
        let answer = self.process(&arguments).output().ok_or("`go mod download` failed")?;
        let path = answer.lines().find_map(|it| it.trim().strip_prefix("\"GoMod\": \""));
        let path = path.and_then(|it| it.split('"').next()).ok_or("go names no go.mod")?;
        let text = fs::read_to_string(path).map_err(|it| format!("cannot read {path}: {it}"))?;
        let names = text.lines().filter_map(|it| it.trim().strip_suffix(" v0.0.0"));
        let names = names.filter(|it| it.starts_with("k8s.io/") && !it.contains(' '));
        Ok(names.map(str::to_owned).collect())
    }

    fn build(&self, package: &str, to: &Path) -> Result {
        let part = to.with_extension("part");
        let (target, to) = (part.display().to_string(), to.display());
        self.go(&["build", "-trimpath", "-ldflags", "-s -w", "-o", &target, package])?;
        // A build that was stopped must not leave half a program under the name.
        fs::rename(&part, root().join(to.to_string()))
            .map_err(|it| format!("cannot name {to}: {it}"))
    }
}
