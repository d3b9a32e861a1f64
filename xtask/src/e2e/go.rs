//! What comes as Go modules, had once: kube-apiserver and its CEL, etcd, Helm, kube-score and
//! Grafana's types are built of them, and the definitions of custom resources lie in some. Releases
//! are not among the registries that a build may ask. Which versions, and the sums of all that they
//! are made of, stand in `modules` and here, so that nothing but the module proxy is asked.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use super::{Programs, Readers};
use crate::process::{Process, Result, write_if_changed};

/// A program, and the module that requires what it is built of.
struct Module {
    /// As it is called, with its version.
    name: &'static str,
    package: &'static str,
    go_mod: &'static str,
    go_sum: &'static str,
    /// The text of the package, where it is ours.
    main: Option<&'static str>,
}

/// The Kubernetes that is tested against. Its staging modules have the same number with another
/// major version.
const KUBE_APISERVER: Module = Module {
    name: "kube-apiserver-1.37.2",
    package: "k8s.io/kubernetes/cmd/kube-apiserver",
    go_mod: include_str!("modules/kube-apiserver/go.mod"),
    go_sum: include_str!("modules/kube-apiserver/go.sum"),
    main: None,
};

/// The etcd that this Kubernetes is released with.
const ETCD: Module = Module {
    name: "etcd-3.7.3",
    package: "go.etcd.io/etcd/server/v3",
    go_mod: include_str!("modules/etcd/go.mod"),
    go_sum: include_str!("modules/etcd/go.sum"),
    main: None,
};

/// What reads the chart as most users do.
const HELM: Module = Module {
    name: "helm-4.3.2",
    package: "helm.sh/helm/v4/cmd/helm",
    go_mod: include_str!("modules/helm/go.mod"),
    go_sum: include_str!("modules/helm/go.sum"),
    main: None,
};

/// What says of objects how they should be.
const KUBE_SCORE: Module = Module {
    name: "kube-score-1.20.0",
    package: "github.com/zegl/kube-score/cmd/kube-score",
    go_mod: include_str!("modules/kube-score/go.mod"),
    go_sum: include_str!("modules/kube-score/go.sum"),
    main: None,
};

/// What signs packs, and verifies their signatures, wherever they are kept.
const COSIGN: Module = Module {
    name: "cosign-3.1.3",
    package: "github.com/sigstore/cosign/v3/cmd/cosign",
    go_mod: include_str!("modules/cosign/go.mod"),
    go_sum: include_str!("modules/cosign/go.sum"),
    main: None,
};

/// What reads boards as Grafana does: its own types, and a few lines around them.
const BOARDS: Module = Module {
    name: "boards-0.0.22",
    package: ".",
    go_mod: include_str!("modules/boards/go.mod"),
    go_sum: include_str!("modules/boards/go.sum"),
    main: Some(include_str!("modules/boards/main.go")),
};

/// What evaluates expressions in CEL as an API server does: its own library, and a few lines
/// around.
const CEL: Module = Module {
    name: "cel-0.37.2",
    package: ".",
    go_mod: include_str!("modules/cel/go.mod"),
    go_sum: include_str!("modules/cel/go.sum"),
    main: Some(include_str!("modules/cel/main.go")),
};

/// Files of a module.
struct Files {
    /// With its version.
    module: &'static str,
    /// As in a go.sum.
    sum: &'static str,
    files: &'static [&'static str],
}

/// The definitions of the custom resources that are written, and that manifests hold.
const DEFINITIONS: [Files; 3] = [
    Files {
        module: "github.com/prometheus-operator/prometheus-operator@v0.85.0",
        sum: "h1:M5xLCLEoaW2IJfnuCwFzzpL+jSVQu3KGT84Pye+fW8s=",
        files: &[
            "example/prometheus-operator-crd/monitoring.coreos.com_prometheusrules.yaml",
            "example/prometheus-operator-crd/monitoring.coreos.com_servicemonitors.yaml",
        ],
    },
    Files {
        module: "github.com/openreports/reports-api@v0.2.1",
        sum: "h1:g9KS3yle9Y1elmww4TK9EkD1rl6inIaiIJPX6e+u680=",
        files: &[
            "config/crd/openreports.io_clusterreports.yaml",
            "config/crd/openreports.io_reports.yaml",
        ],
    },
    Files {
        module: "github.com/kyverno/kyverno@v1.19.1",
        sum: "h1:/MkgFii3/VlQfKR1JpC9tVwNNVNQTt2S4U6qCsafsTU=",
        files: &[
            "config/crds/policyreport/wgpolicyk8s.io_clusterpolicyreports.yaml",
            "config/crds/policyreport/wgpolicyk8s.io_policyreports.yaml",
        ],
    },
];

/// The programs in `folder`, built there if they are missing: a quarter of an hour on two cores.
pub(super) fn programs(folder: &Path) -> Result<Programs> {
    Ok(Programs { etcd: ETCD.built(folder)?, kube_apiserver: KUBE_APISERVER.built(folder)? })
}

/// What reads manifests and boards, on the PATH or else in `folder`, built there if it is missing:
/// some minutes on two cores.
pub(super) fn readers(folder: &Path) -> Result<Readers> {
    Ok(Readers {
        helm: found("helm", &HELM, folder)?,
        kube_score: found("kube-score", &KUBE_SCORE, folder)?,
        boards: BOARDS.built(folder)?,
    })
}

/// The program of cosign, on the PATH or else in `folder`, built there if it is missing: five
/// minutes on two cores.
pub(super) fn cosign(folder: &Path) -> Result<PathBuf> {
    found("cosign", &COSIGN, folder)
}

/// The program that evaluates expressions, built in `folder` if it is missing: some minutes on two
/// cores, and less where kube-apiserver was built before.
pub(super) fn cel(folder: &Path) -> Result<PathBuf> {
    CEL.built(folder)
}

/// A program on the PATH, or else built.
fn found(program: &str, module: &Module, folder: &Path) -> Result<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut all = env::split_paths(&path).map(|it| it.join(program));
    all.find(|it| it.is_file()).map_or_else(|| module.built(folder), Ok)
}

/// The folder with the definitions of custom resources, fetched if they are missing.
pub(super) fn definitions(folder: &Path) -> Result<PathBuf> {
    let folder = folder.join("definitions");
    for Files { module, sum, files } in DEFINITIONS {
        let of = |file: &str| folder.join(file.rsplit('/').next().unwrap_or(file));
        if files.iter().all(|it| of(it).exists()) {
            continue;
        }
        // The sum is compared here: the database of sums is not asked.
        let fetched = Process::new("go").env("GONOSUMDB", "*");
        let fetched = fetched.args(["mod", "download", "-json", module]).output();
        let said = fetched.ok_or_else(|| format!("cannot fetch {module}"))?;
        let value = |key: &str| {
            let key = format!("\"{key}\": \"");
            let (_, rest) = said.split_once(&key)?;
            rest.split_once('"').map(|it| it.0)
        };
        if value("Sum") != Some(sum) {
            return Err(format!("{module} is not what it was: {said}"));
        }
        let from = Path::new(value("Dir").unwrap_or_default());
        for file in files {
            let text = fs::read(from.join(file));
            let text = text.map_err(|it| format!("cannot read {file} of {module}: {it}"))?;
            write_if_changed(&of(file), &text)?;
        }
    }
    Ok(folder)
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
                "the end-to-end tests need {}, and there is no Go to build it: install Go, or name \
                 a folder with kube-apiserver and etcd: {}=FOLDER cargo xtask e2e",
                self.name,
                super::ASSETS
            ));
        }
        let module = folder.join("build").join(self.name);
        eprintln!("Building {} from its Go modules, once, in {}.", self.name, module.display());
        write_if_changed(&module.join("go.mod"), self.go_mod.as_bytes())?;
        write_if_changed(&module.join("go.sum"), self.go_sum.as_bytes())?;
        if let Some(main) = self.main {
            write_if_changed(&module.join("main.go"), main.as_bytes())?;
        }
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
