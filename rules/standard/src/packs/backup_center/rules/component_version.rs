//! See [`component_version`].

use rulebox_sdk::{Consulted, Coverage, Draft, Objects, Run, Seen, Severity, rule, shell_word};
use serde_json::json;

use crate::{
    kubernetes::objects::{apps::TemplateContainer, core::Node},
    packs::backup_center::{
        components::{CSDR_CONTROLLER, CSDR_VELERO, MIGRATE_CONTROLLER},
        objects::selections::{CsdrDeployment, KubeSystemDeployment},
    },
    version::{self, Version},
};

/// Makes snapshots of disks.
const CSI_PROVISIONER: &str = "csi-provisioner";

/// What the image of ACK's CSI driver is called, in csi-provisioner as on every node.
const CSI_PLUGIN: &str = "csi-plugin";

/// From here on migrate-controller can be monitored, and can be given a VolumeSnapshotClass.
const MIGRATE_CONTROLLER_NEEDED: Version = Version(1, 7, 10);

/// From here on the newest migrate-controller can be installed.
const KUBERNETES_NEEDED: Version = Version(1, 20, 0);

/// From here on csi-provisioner gives a snapshot the validity of its backup.
const CSI_PROVISIONER_NEEDED: Version = Version(1, 20, 6);

/// A component is older than the backup center requires.
///
/// Backups still run, but without some features of the product. Only clusters that use the backup
/// center are judged: one with a Deployment migrate-controller in kube-system, or csdr-controller
/// or csdr-velero in csdr.
///
/// - `migrate-controller`: the Deployment migrate-controller, older than 1.7.10 (severity low);
///   what is lost: metrics and alerts of the product. Remedy: upgrade it.
/// - `kubernetes`: the Node with the newest kubelet, where that is older than 1.20; what is lost:
///   the newest migrate-controller cannot be installed. Remedy: upgrade the cluster.
/// - `csi-provisioner`: the Deployment csi-provisioner, older than 1.20.6; what is lost: a snapshot
///   of a disk expires at another time than its backup. Remedy: upgrade it, or give it a
///   VolumeSnapshotClass with a time.
///
/// **Quiet** on newer ones, and where csi-provisioner is not there: ACK can run it outside of the
/// cluster. While one node is new enough, so is the API server, and nodes that an upgrade has left
/// behind do not concern the backup center. Virtual nodes report versions of their own and are
/// skipped.
///
/// The version of a component is the tag of its image, of which the first three numbers count: what
/// ACK appends names a build. In csi-provisioner it is the image csi-plugin that counts, or else
/// the container csi-provisioner; the images of its other containers have numbers of their own. A
/// tag without three numbers (`latest`, a digest alone) is `no data`, with the image.
///
/// # Settings
///
/// None: the versions are those that the product documents.
///
/// # Metrics
///
/// None.
///
/// # Examples
///
/// ```yaml fires
/// apiVersion: apps/v1
/// kind: Deployment
/// metadata: {name: migrate-controller, namespace: kube-system}
/// spec:
///   template:
///     spec:
///       containers:
///       - name: migrate-controller
///         image: acs/migrate-controller:v1.7.9-2f6b1d7-aliyun
/// ---
/// apiVersion: v1
/// kind: Node
/// metadata: {name: cn-hangzhou.192.168.9.88}
/// status: {nodeInfo: {kubeletVersion: v1.28.9-aliyun.1}}
/// ```
///
/// ```yaml quiet
/// apiVersion: apps/v1
/// kind: Deployment
/// metadata: {name: migrate-controller, namespace: kube-system}
/// spec:
///   template:
///     spec:
///       containers:
///       - name: migrate-controller
///         image: acs/migrate-controller:v1.7.10-2f6b1d7-aliyun
/// ---
/// apiVersion: v1
/// kind: Node
/// metadata: {name: cn-hangzhou.192.168.9.88}
/// status: {nodeInfo: {kubeletVersion: v1.28.9-aliyun.1}}
/// ```
///
/// # Sources
///
/// - migrate-controller 1.7.10 and Kubernetes 1.20:
///   [Monitor the backup center](https://www.alibabacloud.com/help/doc-detail/2833564.html).
/// - csi-provisioner 1.20.6, and the VolumeSnapshotClass `csdr-disk-snapshot-with-default-ttl`:
///   [Backup center
///   FAQ](https://www.alibabacloud.com/help/en/ack/ack-managed-and-ack-dedicated/user-guide/faq-about-the-backup-center).
/// - The containers and images of csi-provisioner: kubernetes-sigs/alibaba-cloud-csi-driver@01ac472
///   `deploy/ack/csi-provisioner.yaml`. That a kubelet is never newer than the API server: [Version
///   skew policy](https://kubernetes.io/releases/version-skew-policy/#kubelet).
/// - Inferred: that the tags of migrate-controller are its versions, as those of the other images
///   of ACK are; the API version of the VolumeSnapshotClass, from Kubernetes 1.20 on.
#[rule(severity = medium)]
pub fn component_version(
    run: &Run<'_>,
    system_deployments: Objects<'_, KubeSystemDeployment>,
    nodes: Objects<'_, Node>,
    csdr_deployments: Consulted<'_, CsdrDeployment>,
) {
    let named = |name: &str| system_deployments.iter().find(|it| it.name() == name);
    let migrate_controller = named(MIGRATE_CONTROLLER);
    let is_of_csdr =
        |it: &Seen<CsdrDeployment>| [CSDR_CONTROLLER, CSDR_VELERO].contains(&it.name());
    if migrate_controller.is_none() && !csdr_deployments.iter().any(|it| is_of_csdr(&it)) {
        return;
    }
    if let Some(it) = &migrate_controller {
        let is_it = |it: &TemplateContainer| {
            it.name == MIGRATE_CONTROLLER || version::repository(&it.image) == MIGRATE_CONTROLLER
        };
        judge(run, it, container(it, &[&is_it]), MIGRATE_CONTROLLER_NEEDED, old_migrate_controller);
    }
    if let Some(it) = &named(CSI_PROVISIONER) {
        let is_driver = |it: &TemplateContainer| version::repository(&it.image) == CSI_PLUGIN;
        let is_named = |it: &TemplateContainer| it.name == CSI_PROVISIONER;
        let driver = container(it, &[&is_driver, &is_named]);
        judge(run, it, driver, CSI_PROVISIONER_NEEDED, old_csi_provisioner);
    }
    judge_nodes(run, &nodes);
}

type Is<'a> = &'a dyn Fn(&TemplateContainer) -> bool;

/// The first container of a Deployment that the first of these matches, else the second; and its
/// index.
fn container<'a>(
    deployment: &'a Seen<KubeSystemDeployment>,
    known_by: &[Is<'_>],
) -> Option<(usize, &'a TemplateContainer)> {
    let containers = &deployment.spec.template.spec.containers;
    known_by.iter().find_map(|is| containers.iter().enumerate().find(|(_, it)| is(it)))
}

fn judge(
    run: &Run<'_>,
    deployment: &Seen<KubeSystemDeployment>,
    container: Option<(usize, &TemplateContainer)>,
    needed: Version,
    old: fn(&Seen<KubeSystemDeployment>, Version) -> Draft,
) {
    let Some((i, container)) = container else {
        run.undecided(&format!(
            "{}: none of its containers is known to show its version",
            deployment.reference()
        ));
        return;
    };
    let path = format!("spec.template.spec.containers[{i}].image");
    match Version::of_image(&container.image) {
        None => run.undecided(&format!(
            "{}: the tag of `{path}` is not a version: `{}`",
            deployment.reference(),
            container.image
        )),
        Some(version) if version < needed => {
            let draft = old(deployment, version)
                .label("component", deployment.name())
                .label("reason", deployment.name())
                .label("version", version)
                .evidence(&path, &container.image);
            run.report(draft);
        }
        Some(_) => {}
    }
}

fn old_migrate_controller(deployment: &Seen<KubeSystemDeployment>, version: Version) -> Draft {
    let needed = MIGRATE_CONTROLLER_NEEDED;
    deployment
        .finding(format!("{MIGRATE_CONTROLLER} is {version}, older than {needed}"))
        .severity(Severity::Low)
        .cause(format!(
            "Before {needed} the backup center provides no metrics: its dashboards stay empty and \
             its alerts silent."
        ))
        .remedy(
            "Upgrade migrate-controller on the Add-ons page of the console while no task runs; \
             this shows its image:",
        )
        .command(format!(
            "kubectl -n kube-system get deploy {MIGRATE_CONTROLLER} -o \
             jsonpath='{{.spec.template.spec.containers[*].image}}'"
        ))
}

fn old_csi_provisioner(deployment: &Seen<KubeSystemDeployment>, version: Version) -> Draft {
    let needed = CSI_PROVISIONER_NEEDED;
    let class = json!({
        "apiVersion": "snapshot.storage.k8s.io/v1",
        "kind": "VolumeSnapshotClass",
        "metadata": {"name": "csdr-disk-snapshot-with-default-ttl"},
        "driver": "diskplugin.csi.alibabacloud.com",
        "deletionPolicy": "Retain",
        "parameters": {"retentionDays": "30"},
    });
    deployment
        .finding(format!(
            "{CSI_PROVISIONER} is {version}, older than {needed}: snapshots of disks expire at \
             another time than their backups"
        ))
        .cause(format!(
            "Before {needed} it does not take the retention of a snapshot from the backup that it \
             belongs to."
        ))
        .remedy(
            "Upgrade csi-plugin and csi-provisioner on the Add-ons page of the console; this shows \
             its images:",
        )
        .command(format!(
            "kubectl -n kube-system get deploy {CSI_PROVISIONER} -o \
             jsonpath='{{.spec.template.spec.containers[*].image}}'"
        ))
        .remedy(format!(
            "If that is not possible, and {MIGRATE_CONTROLLER} is {MIGRATE_CONTROLLER_NEEDED} or \
             newer, give snapshots a retention of their own, in days:"
        ))
        .command(format!("echo {} | kubectl create -f -", shell_word(&class.to_string())))
}

/// Judges the cluster by its newest kubelet: the API server is at least as new.
fn judge_nodes(run: &Run<'_>, nodes: &Objects<'_, Node>) {
    let mut newest: Option<(Version, Seen<Node>)> = None;
    let mut seen = 0;
    for node in nodes {
        if node.metadata.labels.kind == "virtual-kubelet" {
            continue;
        }
        seen += 1;
        let version_text = &node.status.node_info.kubelet_version;
        match Version::parse(version_text) {
            None => run.undecided(&format!(
                "{}: its status.nodeInfo.kubeletVersion is not a version: `{version_text}`",
                node.reference()
            )),
            Some(version) if newest.as_ref().is_none_or(|(it, _)| version > *it) => {
                newest = Some((version, node));
            }
            Some(_) => {}
        }
    }
    let Some((version, node)) = newest else { return };
    if version >= KUBERNETES_NEEDED || nodes.coverage() != Coverage::Complete {
        // A node that was not seen may be newer: the host says so.
        return;
    }
    let Version(major, minor, _) = KUBERNETES_NEEDED;
    let which =
        if seen == 1 { "The only node".to_owned() } else { format!("The newest of {seen} nodes") };
    let draft = node
        .finding(format!(
            "Kubernetes is {version}, older than {major}.{minor}: the newest {MIGRATE_CONTROLLER} \
             cannot be installed"
        ))
        .cause(format!("{which} runs kubelet {version}."))
        .label("component", "kubernetes")
        .label("reason", "kubernetes")
        .label("version", version)
        .remedy(
            "Upgrade the cluster, first its control plane and then its node pools, then \
             migrate-controller. A control plane can be newer than its nodes, so check its version \
             first:",
        )
        .command("kubectl version")
        .evidence("status.nodeInfo.kubeletVersion", &node.status.node_info.kubelet_version);
    run.report(draft);
}
