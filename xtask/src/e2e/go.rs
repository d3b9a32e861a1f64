//! Builds kube-apiserver and etcd from their Go modules, once: releases are not among the
//! registries that a build may ask. Which versions, and the sums of all that they are made of,
//! stand in `modules`, so that nothing but the module proxy is asked.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::Programs;
use crate::process::{Process, Result, write_if_changed};

/// A program, and the module that requires what it is built of.
struct Module {
    /// As it is called, with its version.
    name: &'static str,
    package: &'static str,
    go_mod: &'static str,
    go_sum: &'static str,
}

/// The Kubernetes that is tested against. Its staging modules have the same number with another
/// major version.
const KUBE_APISERVER: Module = Module {
    name: "kube-apiserver-1.37.2",
    package: "k8s.io/kubernetes/cmd/kube-apiserver",
    go_mod: include_str!("modules/kube-apiserver/go.mod"),
    go_sum: include_str!("modules/kube-apiserver/go.sum"),
};

/// The etcd that this Kubernetes is released with.
const ETCD: Module = Module {
    name: "etcd-3.7.3",
    package: "go.etcd.io/etcd/server/v3",
    go_mod: include_str!("modules/etcd/go.mod"),
    go_sum: include_str!("modules/etcd/go.sum"),
};

/// The programs in `folder`, built there if they are missing: a quarter of an hour on two cores.
pub(super) fn programs(folder: &Path) -> Result<Programs> {
    Ok(Programs { etcd: ETCD.built(folder)?, kube_apiserver: KUBE_APISERVER.built(folder)? })
}

impl Module {
    /// Where the program is, which is built there if it is missing.
    fn built(&self, folder: &Path) -> Result<PathBuf> {
        let program = folder.join(self.name);
        if program.exists() {
            return Ok(program);
        }
        if Process::new("go").args(["version"]).output().is_none() {
            return Err(format!(
                "the end-to-end tests need kube-apiserver and etcd, and there is no Go to build \
                 them: install Go, or name a folder with both: {}=FOLDER cargo xtask e2e",
                super::ASSETS
            ));
        }
        let module = folder.join("build").join(self.name);
        eprintln!("Building {} from its Go modules, once, in {}.", self.name, module.display());
        write_if_changed(&module.join("go.mod"), self.go_mod.as_bytes())?;
        write_if_changed(&module.join("go.sum"), self.go_sum.as_bytes())?;
        let part = program.with_extension("part");
        // Go changes to the folder before it does anything else. What the module does not name, it
        // may add to this copy.
        Process::new("go")
            .args(["-C", &module.display().to_string(), "build", "-mod=mod", "-trimpath"])
            .args(["-ldflags", "-s -w", "-o", &part.display().to_string(), self.package])
            .run()?;
        // A build that was stopped must not leave half a program under the name.
        fs::rename(&part, &program).map_err(|it| format!("cannot name {}: {it}", self.name))?;
        Ok(program)
    }
}
