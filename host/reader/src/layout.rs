//! What the path of a file in a support bundle implies about its objects.
//!
//! Some tools write bare lists whose items have no kind; then only the path shows the kind. And
//! each tool omits something, so a missing object may still exist: see [`Bundles`]. Must not know
//! contents of files.
//!
//! Layouts, and where their sources are on GitHub:
//!
//! - `kubectl cluster-info dump` (kubernetes/kubernetes:
//!   staging/src/k8s.io/kubectl/pkg/cmd/clusterinfo/clusterinfo_dump.go):
//!   - `nodes.json`
//!   - `<namespace>/replication-controllers.json` and six more
//! - must-gather (openshift/oc:
//!   pkg/cli/admin/inspect):
//!   - `cluster-scoped-resources/<group>/<plural>/<name>.yaml`
//!   - `namespaces/<namespace>/<group>/<plural>.yaml`
//!   - `namespaces/<namespace>/pods/<pod>/<pod>.yaml`
//! - sonobuoy (vmware-tanzu/sonobuoy:
//!   pkg/discovery):
//!   - `resources/{cluster,ns/<namespace>}/<group>_<version>_<plural>.json`
//! - Troubleshoot (replicatedhq/troubleshoot:
//!   pkg/collect/cluster_resources.go):
//!   - `cluster-resources/<plural>/<namespace>.json`
//!   - `cluster-resources/<plural>.json`
//!   - `cluster-resources/custom-resources/<plural>.<group>/<namespace>.yaml`
//! - a backup of Velero (vmware-tanzu/velero:
//!   pkg/archive):
//!   - `resources/<plural>.<group>/{cluster,namespaces/<namespace>}/<name>.json`, also
//!     with the version after the group
//! - `velero debug` (vmware-tanzu/velero:
//!   pkg/cmd/cli/debug/cshd-scripts/velero.cshd, and vmware-tanzu/crash-diagnostics: k8s):
//!   - `kubecapture/<group>_<version>/<namespace>/<plural>-<time>.json`
//!
//! What Rulebox collects says itself what it holds: see [`collected`] and `rulebox-bundle`.

mod items;

mod location;

mod bundle;

pub(crate) mod collected;

mod kinds;
mod tool;

pub(crate) use {bundle::Bundles, items::Layout};
