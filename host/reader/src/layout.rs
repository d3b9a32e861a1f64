//! What the place of a file in a support bundle says of the objects in it.
//!
//! Some tools write bare lists whose items name no kind; then the path is all there is. And each tool leaves something out,
//! which is no proof that it does not exist: see [`Bundles`].
//!
//! | written by | path | source |
//! |---|---|---|
//! | `kubectl cluster-info dump` | `nodes.json`, `<namespace>/replication-controllers.json` and six more | [`clusterinfo_dump.go`](https://github.com/kubernetes/kubernetes/blob/master/staging/src/k8s.io/kubectl/pkg/cmd/clusterinfo/clusterinfo_dump.go) |
//! | must-gather | `cluster-scoped-resources/<group>/<plural>/<name>.yaml`, `namespaces/<namespace>/<group>/<plural>.yaml`, `namespaces/<namespace>/pods/<pod>/<pod>.yaml` | [`oc adm inspect`](https://github.com/openshift/oc/tree/master/pkg/cli/admin/inspect) |
//! | sonobuoy | `resources/{cluster,ns/<namespace>}/<group>_<version>_<plural>.json` | [`pkg/discovery`](https://github.com/vmware-tanzu/sonobuoy/tree/main/pkg/discovery) |
//! | Troubleshoot | `cluster-resources/<plural>/<namespace>.json`, `cluster-resources/<plural>.json`, `cluster-resources/custom-resources/<plural>.<group>/<namespace>.yaml` | [`cluster_resources.go`](https://github.com/replicatedhq/troubleshoot/blob/main/pkg/collect/cluster_resources.go) |
//! | a backup of Velero | `resources/<plural>.<group>/{cluster,namespaces/<namespace>}/<name>.json`, with the version between | [`pkg/archive`](https://github.com/vmware-tanzu/velero/tree/main/pkg/archive) |
//! | `velero debug` | `kubecapture/<group>_<version>/<namespace>/<plural>-<time>.json` | [`velero.cshd`](https://github.com/vmware-tanzu/velero/blob/main/pkg/cmd/cli/debug/cshd-scripts/velero.cshd), [`crash-diagnostics`](https://github.com/vmware-tanzu/crash-diagnostics/tree/main/k8s) |

mod items;

mod location;

mod bundle;

mod kinds;
mod tool;

pub(crate) use {bundle::Bundles, items::Layout};
