//! What the messages of the backup center mean, and what to do about each: one table, to be read in one go.
//!
//! A message is known by parts of it, in any case of letters. The table is searched from its top, so what stands inside
//! another message stands above it. It knows texts and no objects; [`crate::diagnosis`] puts names in.
//!
//! Sources: what the vendor or a project documents is [`Source::Documented`]; where only general knowledge of OSS or of
//! Velero speaks for an entry, it is [`Source::Inferred`]. Where the cause itself is a deduction, its wording says `likely`.

use Source::{Documented, Inferred};
use Step::{Say, Type};
use Tells::{Cause, Symptom};

/// One kind of failure.
#[derive(Debug)]
pub struct Entry {
    /// A stable word: the label `reason` of findings.
    pub reason: &'static str,
    /// Lower-case parts of the message: of every group, at least one stands in it.
    pub message: &'static [&'static [&'static str]],
    /// The network by which the bucket was asked, `internal` or `public`; empty: whichever.
    pub network: &'static str,
    /// Whose failure it is.
    pub class: Class,
    /// Whether it says why, or only where it went wrong.
    pub tells: Tells,
    /// Why, in sentences. `{vault}`, `{bucket}`, `{region}` and `{backup}` are the object's own; `{set_region}` and
    /// `{public_network}` are merge patches of its configuration.
    pub cause: &'static str,
    /// What to do, with the same names.
    pub remedy: &'static [Step],
    /// What it stands on.
    pub source: Source,
}

/// Whose failure it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// The vault: its bucket, and the way to it.
    Vault,
    /// Cloud Backup (HBR), which copies the files of volumes.
    CloudBackup,
    /// Velero, which copies the objects of the cluster.
    Velero,
    /// A component in the namespace csdr.
    Component,
    /// What the backup was asked to do.
    Request,
}

impl Class {
    /// The label `class` of findings.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Vault => "vault",
            Self::CloudBackup => "cloud-backup",
            Self::Velero => "velero",
            Self::Component => "component",
            Self::Request => "request",
        }
    }
}

/// How much an [`Entry`] says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tells {
    /// Why.
    Cause,
    /// Where it went wrong; another text about the same object may say why.
    Symptom,
}

/// A step of a remedy.
#[derive(Debug, Clone, Copy)]
pub enum Step {
    /// A sentence.
    Say(&'static str),
    /// A command.
    Type(&'static str),
}

/// What an [`Entry`] stands on.
#[derive(Debug, Clone, Copy)]
pub enum Source {
    /// A text that says it.
    Documented(&'static str),
    /// A deduction, from this.
    Inferred(&'static str),
}

/// The entry that knows a message best. A network that is not known is empty.
pub fn find(message: &str, network: &str) -> Option<&'static Entry> {
    let message = message.to_lowercase();
    let knows = |it: &&Entry| {
        (it.network.is_empty() || it.network == network)
            && it.message.iter().all(|parts| parts.iter().any(|it| message.contains(it)))
    };
    CATALOGUE.iter().find(knows)
}

const FAQ: &str = "https://www.alibabacloud.com/help/en/ack/ack-managed-and-ack-dedicated/user-guide/faq-about-the-backup-center";
const OSS_403: &str = "https://github.com/AlibabaCloudDocs/oss/blob/f684091/intl.en-US/Developer%20Guide/Troubleshooting/HTTP%20403%20status%20code.md";
const OSS_CODES: &str = "the error codes of the OSS API";
const PLUGIN: &str = "https://github.com/AliyunContainerService/velero-plugin at 1b0cc14579f2";
const VELERO: &str = "https://github.com/vmware-tanzu/velero at d30d389b";
const VELERO_ISSUES: &str = "https://github.com/vmware-tanzu/velero/issues/1856, 3234 and 6780";

/// What a request to OSS looks like in an error of Go's HTTP client, or what speaks of a vault.
const OSS_REQUEST: &[&str] =
    &["//oss-", ".oss-", "vault is unavailable", "backupstoragelocation \""];
/// How Go says that a host does not answer.
const NO_ANSWER: &[&str] = &[
    "timeout",
    "timed out",
    "deadline exceeded",
    "connection refused",
    "no route to host",
    "network is unreachable",
];

const ON_MANAGED: Step = Say(
    "On an ACK managed cluster the name of the bucket must begin with cnfs-oss-, and since version 1.8.0 of migrate-controller this Secret must exist; without it, authorize the role AliyunCSManagedBackupRestoreRole in the console, once for the account:",
);
const SHOW_ROLE_TOKEN: Step =
    Type("kubectl -n kube-system get secret addon.aliyuncsmanagedbackuprestorerole.token");
const ON_DEDICATED: Step = Say(
    "On an ACK dedicated or registered cluster, the RAM role or user of the cluster needs a policy that allows it to read and write the bucket {bucket}.",
);
const UPDATE_KEY: Step = Say(
    "Put a valid AccessKey into the Secret alibaba-addon-secret, then restart migrate-controller so that it is read:",
);
const EDIT_KEY: Step = Type("kubectl -n csdr edit secret alibaba-addon-secret");
const RESTART_MIGRATE_CONTROLLER: Step =
    Type("kubectl -n kube-system delete pod -l app=migrate-controller");
const SHOW_PODS: Step = Type("kubectl -n csdr get pod -o wide");
const USE_PUBLIC_VAULT: Step = Type(
    "kubectl -n csdr patch backuplocations.csdr.alibabacloud.com/{vault} --type=merge -p {public_network}",
);
const USE_PUBLIC_TWIN: Step = Type(
    "kubectl -n csdr patch backupstoragelocations.velero.io/{vault} --type=merge -p {public_network}",
);
const BACK_UP_AGAIN: Step =
    Say("Then start the backup again under a new name, or wait for the next run of its plan.");
const DESCRIBE_VELERO: Step = Type(
    "kubectl -n csdr exec deploy/csdr-velero -c velero -- ./velero -n csdr backup describe {backup} --details",
);
const LOG_VELERO: Step = Type(
    "kubectl -n csdr exec deploy/csdr-velero -c velero -- ./velero -n csdr backup logs {backup}",
);

/// The table.
pub static CATALOGUE: &[Entry] = &[
    // What OSS answers, whatever it is wrapped in.
    Entry {
        reason: "bucket-not-owned",
        message: &[&["the bucket you access does not belong to you", "bucketnotbelongto"]],
        network: "",
        class: Class::Vault,
        tells: Cause,
        cause: "OSS refuses the bucket {bucket}: the account that the cluster speaks for does not own it, or its RAM user has no permission to manage buckets.",
        remedy: &[
            Say(
                "See in the OSS console which account owns the bucket {bucket}. A vault cannot be changed to another bucket: if it is somebody else's, create a vault under a new name.",
            ),
            ON_MANAGED,
            SHOW_ROLE_TOKEN,
            ON_DEDICATED,
        ],
        source: Documented(OSS_403),
    },
    Entry {
        reason: "no-such-bucket",
        message: &[&["nosuchbucket", "the specified bucket does not exist"]],
        network: "",
        class: Class::Vault,
        tells: Cause,
        cause: "OSS knows no bucket {bucket}: it was deleted, or its name is wrong.",
        remedy: &[Say(
            "Look for the bucket {bucket} in the OSS console. Where it was deleted, its backups are gone: create a bucket, and a vault on it under a new name (the name of a deleted vault cannot be used again).",
        )],
        source: Inferred(OSS_CODES),
    },
    Entry {
        reason: "wrong-endpoint",
        message: &[&["must be addressed using the specified endpoint"]],
        network: "",
        class: Class::Vault,
        tells: Cause,
        cause: "The bucket {bucket} is not in the region of the vault, {region}.",
        remedy: &[
            Say(
                "See in the OSS console which region the bucket {bucket} is in, and compare it with the vault:",
            ),
            Type(
                "kubectl -n csdr get backuplocations.csdr.alibabacloud.com/{vault} -o jsonpath='{.spec.config}'",
            ),
            Say("A vault cannot be changed: create one with the right region, under a new name."),
        ],
        source: Documented(OSS_403),
    },
    Entry {
        reason: "kms-denied",
        message: &[&["forbidden by kms"]],
        network: "",
        class: Class::Vault,
        tells: Cause,
        cause: "The bucket {bucket} is encrypted with a key of KMS that the cluster may not use.",
        remedy: &[Say(
            "Add kms:List*, kms:DescribeKey, kms:GenerateDataKey and kms:Decrypt to the RAM policy of the cluster's role or user.",
        )],
        source: Documented(FAQ),
    },
    Entry {
        reason: "bucket-acl",
        message: &[&["no right to access this object because of bucket acl"]],
        network: "",
        class: Class::Vault,
        tells: Cause,
        cause: "The RAM user or role of the cluster may not read or write the objects in the bucket {bucket}.",
        remedy: &[ON_MANAGED, SHOW_ROLE_TOKEN, ON_DEDICATED],
        source: Documented(OSS_403),
    },
    Entry {
        reason: "authorizer-policy",
        message: &[&["access denied by authorizer's policy"]],
        network: "",
        class: Class::Vault,
        tells: Cause,
        cause: "The policy of the RAM role that the cluster assumes does not allow the request on the bucket {bucket}.",
        remedy: &[ON_MANAGED, SHOW_ROLE_TOKEN, ON_DEDICATED],
        source: Documented(OSS_403),
    },
    Entry {
        reason: "bucket-policy",
        message: &[&["access denied by bucket policy"]],
        network: "",
        class: Class::Vault,
        tells: Cause,
        cause: "The policy on the bucket {bucket} itself refuses the cluster.",
        remedy: &[Say(
            "In the OSS console, allow the RAM role or user of the cluster in the policy of the bucket {bucket}.",
        )],
        source: Documented(OSS_403),
    },
    Entry {
        reason: "invalid-access-key",
        message: &[&["invalidaccesskeyid"]],
        network: "",
        class: Class::Vault,
        tells: Cause,
        cause: "The AccessKey that the cluster uses was deleted or disabled.",
        remedy: &[UPDATE_KEY, EDIT_KEY, RESTART_MIGRATE_CONTROLLER],
        source: Documented(FAQ),
    },
    Entry {
        reason: "signature-mismatch",
        message: &[&["signaturedoesnotmatch"]],
        network: "",
        class: Class::Vault,
        tells: Cause,
        cause: "The secret half of the AccessKey that the cluster uses is wrong.",
        remedy: &[UPDATE_KEY, EDIT_KEY, RESTART_MIGRATE_CONTROLLER],
        source: Documented(OSS_403),
    },
    Entry {
        reason: "token-expired",
        message: &[&["securitytokenexpired"]],
        network: "",
        class: Class::Vault,
        tells: Cause,
        cause: "The token of the cluster's RAM role has expired; likely it is not renewed, or the clock of the node is off.",
        remedy: &[
            Say("Restart the components, so that they fetch a new token:"),
            Type("kubectl -n csdr rollout restart deploy csdr-controller csdr-velero"),
            Say("If it expires again, look at the clock of their nodes:"),
            SHOW_PODS,
        ],
        source: Inferred(OSS_CODES),
    },
    Entry {
        reason: "time-skewed",
        message: &[&["requesttimetooskewed"]],
        network: "",
        class: Class::Vault,
        tells: Cause,
        cause: "The clock of the node that runs csdr-velero is off by more than OSS allows.",
        remedy: &[
            Say("Set the clock of that node; this shows which it is:"),
            Type("kubectl -n csdr get pod -l component=csdr -o wide"),
        ],
        source: Inferred(OSS_CODES),
    },
    Entry {
        reason: "archive-class",
        message: &[&["invalidobjectstate"]],
        network: "",
        class: Class::Vault,
        tells: Cause,
        cause: "Objects in the bucket {bucket} are of a storage class that cannot be read at once: Archive, Cold Archive or Deep Cold Archive.",
        remedy: &[Say(
            "Use a bucket of the storage class Standard, and no lifecycle rule that archives the backups: create a vault on it under a new name.",
        )],
        source: Inferred(
            "https://www.alibabacloud.com/help/en/ack/ack-managed-and-ack-dedicated/user-guide/faq-about-the-backup-center, which asks for the class Standard",
        ),
    },
    // What the OSS plug-in says before it asks OSS.
    Entry {
        reason: "access-key-not-set",
        message: &[&["alibaba_cloud_access_key_id"], &["not set"]],
        network: "",
        class: Class::Vault,
        tells: Cause,
        cause: "csdr-velero was given no AccessKey.",
        remedy: &[UPDATE_KEY, EDIT_KEY, RESTART_MIGRATE_CONTROLLER],
        source: Documented(PLUGIN),
    },
    Entry {
        reason: "credentials-unreadable",
        message: &[&[
            "alibaba_cloud_credentials_file",
            "error loading credientials file",
            "error loading credentials file",
        ]],
        network: "",
        class: Class::Vault,
        tells: Cause,
        cause: "csdr-velero cannot read its credentials: the file is missing, or not written as lines of KEY=VALUE.",
        remedy: &[
            Say("See which Secret it is mounted from, and whether that exists:"),
            Type("kubectl -n csdr describe pod -l component=csdr"),
            UPDATE_KEY,
            EDIT_KEY,
            RESTART_MIGRATE_CONTROLLER,
        ],
        source: Documented(PLUGIN),
    },
    Entry {
        reason: "ram-role-unavailable",
        message: &[&["failed to get ram role", "failed to get sts token"]],
        network: "",
        class: Class::Vault,
        tells: Cause,
        cause: "csdr-velero gets no token of a RAM role: the role is not authorized, or the node does not hand it out.",
        remedy: &[ON_MANAGED, SHOW_ROLE_TOKEN, ON_DEDICATED],
        source: Documented(PLUGIN),
    },
    Entry {
        reason: "region-missing",
        message: &[&["either endpoint or region must be specified"]],
        network: "",
        class: Class::Vault,
        tells: Cause,
        cause: "The vault names no region, so the endpoint of OSS is not known.",
        remedy: &[
            Say(
                "Put the region of the bucket {bucket} in the place of {region}, on the vault and on its twin:",
            ),
            Type(
                "kubectl -n csdr patch backuplocations.csdr.alibabacloud.com/{vault} --type=merge -p {set_region}",
            ),
            Type(
                "kubectl -n csdr patch backupstoragelocations.velero.io/{vault} --type=merge -p {set_region}",
            ),
        ],
        source: Documented(PLUGIN),
    },
    Entry {
        reason: "plugin-missing",
        message: &[&["unable to locate objectstore plugin"]],
        network: "",
        class: Class::Velero,
        tells: Cause,
        cause: "csdr-velero runs without the plug-in for OSS.",
        remedy: &[
            Say(
                "See which init containers it has, and whether they completed; then update or reinstall migrate-controller, which installs it:",
            ),
            Type("kubectl -n csdr describe pod -l component=csdr"),
        ],
        source: Documented(VELERO),
    },
    // Cloud Backup.
    Entry {
        reason: "hbr-repository-deleted",
        message: &[&["hbrerror"], &["illegal request. please modify the parameters"]],
        network: "",
        class: Class::CloudBackup,
        tells: Cause,
        cause: "The repository ack-backup-data of Cloud Backup in the region {region} was deleted. Volume data of earlier backups cannot be restored.",
        remedy: &[
            Say(
                "Make sure in the Cloud Backup console that it is gone. Then, in every cluster of the region, remove the vaults; the bucket is not touched:",
            ),
            Type("kubectl -n csdr delete backuplocations.csdr.alibabacloud.com --all"),
            Type("kubectl -n csdr delete backupstoragelocations.velero.io --all"),
            Say("Create the vault under a new name, and back up: this makes the repository anew."),
        ],
        source: Documented(FAQ),
    },
    Entry {
        reason: "hbr-not-authorized",
        message: &[&["check hbr vault error"]],
        network: "",
        class: Class::CloudBackup,
        tells: Cause,
        cause: "Cloud Backup is not activated, or the cluster has no permission to use it.",
        remedy: &[
            Say(
                "Activate Cloud Backup in its console. In Ulanqab, Heyuan and Guangzhou also authorize it to use API Gateway.",
            ),
            Say(
                "On an ACK dedicated or registered cluster, add the policy for HBR to the RAM role or user of the cluster.",
            ),
        ],
        source: Documented(FAQ),
    },
    Entry {
        reason: "hbr-api-gateway-not-authorized",
        message: &[&["magpiebridgeslrnotexist", "aliyunserviceroleforhbrmagpiebridge"]],
        network: "",
        class: Class::CloudBackup,
        tells: Cause,
        cause: "Cloud Backup may not use API Gateway: the role AliyunServiceRoleForHbrMagpieBridge does not exist.",
        remedy: &[Say(
            "Authorize Cloud Backup to use API Gateway in the Cloud Backup console, then start the backup again.",
        )],
        source: Documented(FAQ),
    },
    Entry {
        reason: "hbr-token-missing",
        message: &[&["couldn't find key hbr_token"]],
        network: "",
        class: Class::CloudBackup,
        tells: Cause,
        cause: "hbr-client has no token on a node.",
        remedy: &[
            Say(
                "See on which node it does not start, take the label off that node, and start the backup again. Do not copy a token from another cluster.",
            ),
            Type("kubectl -n csdr get pod -l app=hbr-client -o wide"),
            Type("kubectl label node NODE csdr.alibabacloud.com/agent-enable=false --overwrite"),
        ],
        source: Documented(FAQ),
    },
    Entry {
        reason: "hbr-client-missing",
        message: &[&["clientnotexist"]],
        network: "",
        class: Class::CloudBackup,
        tells: Cause,
        cause: "The hbr-client on the node of a volume does not work.",
        remedy: &[
            Say(
                "Look for the pod that is not ready, whether its node has free IP addresses, memory and CPU, and at the log of its last run, with its name in the place of POD:",
            ),
            Type("kubectl -n csdr get pod -l app=hbr-client -o wide"),
            Type("kubectl -n csdr logs --previous POD"),
        ],
        source: Documented(FAQ),
    },
    Entry {
        reason: "hbr-source-missing",
        message: &[&["source_not_exist"]],
        network: "",
        class: Class::CloudBackup,
        tells: Cause,
        cause: "hbr-client does not find the files of a volume: the kubelet's root directory is not the default or is a symbolic link, or the volume is a HostPath.",
        remedy: &[
            Say(
                "If the kubelet's root directory is another, tell csdr-controller, with the real directory in the place of /KUBELET/ROOT:",
            ),
            Type(
                "kubectl -n csdr set env deploy/csdr-controller KUBELET_ROOT_PATH=/KUBELET/ROOT/pods",
            ),
            Say("HostPath volumes need a ticket to the vendor."),
        ],
        source: Documented(FAQ),
    },
    Entry {
        reason: "hbr-partially-completed",
        message: &[&["process hbr partially completed"]],
        network: "",
        class: Class::CloudBackup,
        tells: Cause,
        cause: "Cloud Backup did not copy everything: some volumes are of a kind that it does not know, or files were deleted while it ran.",
        remedy: &[Say(
            "Open the job {backup}-hbr in the Cloud Backup console; it names the files.",
        )],
        source: Documented(FAQ),
    },
    Entry {
        reason: "hbr-request-failed",
        message: &[&["hbr backup request failed"]],
        network: "",
        class: Class::CloudBackup,
        tells: Symptom,
        cause: "Cloud Backup did not take or finish the job: the storage plug-in of a volume is not supported, a volume is of mode Block, or hbr-client failed or ran out of time.",
        remedy: &[
            Say(
                "Open the job {backup}-hbr in the Cloud Backup console; it names the volume and why. Disks are better backed up by snapshots, which needs the CSI plug-in.",
            ),
            Type("kubectl -n csdr get pod -l app=hbr-client -o wide"),
        ],
        source: Documented(FAQ),
    },
    Entry {
        reason: "hbr-internal-error",
        message: &[&["hbr backup/restore internal error", "hbrerror: internal error"]],
        network: "",
        class: Class::CloudBackup,
        tells: Symptom,
        cause: "Cloud Backup or its client failed inside; it may not be offered in the region {region}.",
        remedy: &[
            Say(
                "See in the Cloud Backup console whether container backup is offered in the region {region}, and open the job {backup}-hbr.",
            ),
            Type("kubectl -n csdr get pod -l app=hbr-client -o wide"),
        ],
        source: Documented(FAQ),
    },
    // Velero.
    Entry {
        reason: "velero-restarted",
        message: &[&["during the server starting", "get a backup with status"]],
        network: "",
        class: Class::Velero,
        tells: Cause,
        cause: "csdr-velero was restarted in the middle of the backup. When it came back it marked the backup Failed. It is mostly killed for want of memory.",
        remedy: &[
            Say(
                "Look for OOMKilled and exit code 137, and raise its memory limit first where you find them:",
            ),
            Type("kubectl -n csdr describe pod -l component=csdr"),
            BACK_UP_AGAIN,
        ],
        source: Documented(VELERO),
    },
    Entry {
        reason: "velero-plugin-killed",
        message: &[&[
            "transport is closing",
            "error reading from server: eof",
            "all subconns are in transientfailure",
            "dial unix /tmp/plugin",
            "signal: killed",
        ]],
        network: "",
        class: Class::Velero,
        tells: Cause,
        cause: "A plug-in process of csdr-velero died. Likely it was killed for want of memory: that leaves no trace in the pod, for the container lives on.",
        remedy: &[
            Say(
                "See the memory limit of csdr-velero, and double it; this restarts it. 4Gi is the double of 2Gi:",
            ),
            Type("kubectl -n csdr describe deploy csdr-velero"),
            Type("kubectl -n csdr set resources deploy csdr-velero -c velero --limits=memory=4Gi"),
            BACK_UP_AGAIN,
        ],
        source: Inferred(VELERO_ISSUES),
    },
    Entry {
        reason: "vault-read-only",
        message: &[&["read-only mode"]],
        network: "",
        class: Class::Vault,
        tells: Cause,
        cause: "The BackupStorageLocation of the vault {vault} is read-only.",
        remedy: &[Type(
            "kubectl -n csdr patch backupstoragelocations.velero.io/{vault} --type=merge -p '{\"spec\":{\"accessMode\":\"ReadWrite\"}}'",
        )],
        source: Documented(VELERO),
    },
    Entry {
        reason: "vault-unknown",
        message: &[&["an existing backup storage location was not specified"]],
        network: "",
        class: Class::Vault,
        tells: Cause,
        cause: "Velero knows no BackupStorageLocation {vault}: the vault has not been initialized in this cluster, or was deleted.",
        remedy: &[
            Say("See whether both are there; if not, create the vault in this cluster:"),
            Type(
                "kubectl -n csdr get backuplocations.csdr.alibabacloud.com,backupstoragelocations.velero.io",
            ),
        ],
        source: Documented(VELERO),
    },
    Entry {
        reason: "invalid-request",
        message: &[&[
            "invalid included/excluded",
            "encountered labelselector as well as orlabelselectors",
        ]],
        network: "",
        class: Class::Request,
        tells: Cause,
        cause: "Velero refused the backup, because what it is to include and to exclude contradicts itself.",
        remedy: &[
            Say("Correct the lists of the plan or the backup; this shows them:"),
            Type(
                "kubectl -n csdr get applicationbackups.csdr.alibabacloud.com/{backup} -o jsonpath='{.spec}'",
            ),
        ],
        source: Documented(VELERO),
    },
    Entry {
        reason: "pod-volume-timeout",
        message: &[&["timed out waiting for all podvolumebackups to complete"]],
        network: "",
        class: Class::Velero,
        tells: Cause,
        cause: "Velero ran out of time while it copied the files of volumes.",
        remedy: &[
            Say("See which volume is slow, and back up fewer namespaces at once:"),
            DESCRIBE_VELERO,
        ],
        source: Documented(VELERO),
    },
    Entry {
        reason: "velero-partially-completed",
        message: &[&["process velero partially completed"]],
        network: "",
        class: Class::Velero,
        tells: Symptom,
        cause: "Velero could not copy some objects of the cluster.",
        remedy: &[Say("See which, and why:"), DESCRIBE_VELERO, LOG_VELERO],
        source: Documented(FAQ),
    },
    Entry {
        reason: "velero-timeout",
        message: &[&["velero backup process timeout"]],
        network: "",
        class: Class::Velero,
        tells: Symptom,
        cause: "The backup took longer than it may, 60 minutes unless csdr-config says otherwise: there is too much to copy, or the bucket {bucket} is of an archive class.",
        remedy: &[
            Say(
                "The bucket must be of the storage class Standard; see the OSS console. To give it more time, set velero_timeout_minutes: 100 in data.applicationBackup, then restart csdr-controller while no task runs:",
            ),
            Type("kubectl -n csdr edit configmap csdr-config"),
            Type("kubectl -n csdr rollout restart deploy csdr-controller"),
        ],
        source: Documented(FAQ),
    },
    // The request.
    Entry {
        reason: "backup-name-taken",
        message: &[&["backup already exists in oss bucket"]],
        network: "",
        class: Class::Request,
        tells: Cause,
        cause: "The bucket {bucket} already holds a backup of this name: made by another cluster, failed, or deleted elsewhere.",
        remedy: &[Say("Start the backup again, under a new name.")],
        source: Documented(FAQ),
    },
    Entry {
        reason: "no-target-namespace",
        message: &[&["get target namespace failed"]],
        network: "",
        class: Class::Request,
        tells: Cause,
        cause: "No namespace that the backup is to hold exists: those that the plan includes were deleted, or it excludes all.",
        remedy: &[
            Say("Correct the namespaces of the plan; this shows what the backup asked for:"),
            Type(
                "kubectl -n csdr get applicationbackups.csdr.alibabacloud.com/{backup} -o jsonpath='{.spec}'",
            ),
            Type("kubectl get namespaces"),
        ],
        source: Documented(FAQ),
    },
    Entry {
        reason: "component-abnormal",
        message: &[&["addon status is abnormal"]],
        network: "",
        class: Class::Component,
        tells: Symptom,
        cause: "A component in the namespace csdr did not work.",
        remedy: &[
            Say("Look for a pod that is not ready or was restarted, and at why:"),
            SHOW_PODS,
            Type("kubectl -n csdr describe pod"),
        ],
        source: Documented(FAQ),
    },
    // OSS without an answer, or with one that says little.
    Entry {
        reason: "endpoint-not-resolved",
        message: &[&["no such host"], OSS_REQUEST],
        network: "",
        class: Class::Vault,
        tells: Cause,
        cause: "The name of the OSS endpoint does not resolve: likely the region of the vault, {region}, is misspelt, or the cluster's DNS fails.",
        remedy: &[
            Say(
                "Compare the region with that of the bucket {bucket} in the OSS console. A vault cannot be changed: where it is wrong, create one under a new name. Where it is right, look at CoreDNS:",
            ),
            Type("kubectl -n kube-system get pod -l k8s-app=kube-dns"),
        ],
        source: Inferred("how Go's resolver names its error"),
    },
    Entry {
        reason: "internal-network-unreachable",
        message: &[NO_ANSWER, OSS_REQUEST],
        network: "internal",
        class: Class::Vault,
        tells: Cause,
        cause: "The internal endpoint of OSS does not answer. It is only reached from the bucket's own region, and not from an ACK Edge cluster or a registered cluster without a route to the VPC.",
        remedy: &[
            Say(
                "Let the vault use the public endpoint, on the BackupLocation and on its twin, the BackupStorageLocation; the cluster then needs a way out to the Internet:",
            ),
            USE_PUBLIC_VAULT,
            USE_PUBLIC_TWIN,
            Say(
                "Or route the internal addresses of OSS to the cluster by CEN, Express Connect or VPN.",
            ),
        ],
        source: Documented(FAQ),
    },
    Entry {
        reason: "public-network-unreachable",
        message: &[NO_ANSWER, OSS_REQUEST],
        network: "public",
        class: Class::Vault,
        tells: Cause,
        cause: "The public endpoint of OSS does not answer: the cluster has no way out to the Internet.",
        remedy: &[Say(
            "Give the nodes a way out: a NAT gateway with an SNAT entry, or an EIP. A cluster in the bucket's own region can use the network internal instead.",
        )],
        source: Documented(FAQ),
    },
    Entry {
        reason: "network-unreachable",
        message: &[NO_ANSWER, OSS_REQUEST],
        network: "",
        class: Class::Vault,
        tells: Cause,
        cause: "OSS does not answer, and by which network it was asked is not known.",
        remedy: &[
            Say(
                "See spec.config.network. The internal endpoint is only reached from the bucket's own region; the public one (public) needs a NAT gateway or an EIP.",
            ),
            Type(
                "kubectl -n csdr get backuplocations.csdr.alibabacloud.com/{vault} -o jsonpath='{.spec.config}'",
            ),
        ],
        source: Documented(FAQ),
    },
    Entry {
        reason: "bucket-files-failed",
        message: &[
            &["check backup files", "upload backup files", "download backup files"],
            &["oss bucket failed"],
        ],
        network: "",
        class: Class::Vault,
        tells: Symptom,
        cause: "Files of the backup could not be read from or written to the bucket {bucket}: permission to use its key in KMS is missing, permission to read and write is missing, or the AccessKey was revoked.",
        remedy: &[
            Say(
                "Where the bucket {bucket} is encrypted by KMS, add kms:List*, kms:DescribeKey, kms:GenerateDataKey and kms:Decrypt to the RAM policy of the cluster.",
            ),
            ON_DEDICATED,
            UPDATE_KEY,
            EDIT_KEY,
            RESTART_MIGRATE_CONTROLLER,
        ],
        source: Documented(FAQ),
    },
    Entry {
        reason: "access-denied",
        message: &[&[
            "errorcode=accessdenied",
            "error code: accessdenied",
            "statuscode=403",
            "status code: 403",
        ]],
        network: "",
        class: Class::Vault,
        tells: Symptom,
        cause: "OSS refuses the cluster access to the bucket {bucket}.",
        remedy: &[ON_MANAGED, SHOW_ROLE_TOKEN, ON_DEDICATED],
        source: Documented(FAQ),
    },
    Entry {
        reason: "vault-unavailable",
        message: &[&["backup vault is unavailable", "is in unavailable status"]],
        network: "",
        class: Class::Vault,
        tells: Symptom,
        cause: "The vault {vault} could not be used: its bucket {bucket} does not exist, the cluster has no permission on it, or the network does not reach it.",
        remedy: &[
            Say("See what the vault and its twin say:"),
            Type(
                "kubectl -n csdr describe backuplocations.csdr.alibabacloud.com/{vault} backupstoragelocations.velero.io/{vault}",
            ),
            Say("See in the OSS console that the bucket {bucket} exists in the region {region}."),
            ON_MANAGED,
            SHOW_ROLE_TOKEN,
            ON_DEDICATED,
        ],
        source: Documented(FAQ),
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(message: &str, network: &str, want: &str) {
        assert_eq!(find(message, network).map_or("", |it| it.reason), want, "{message}");
    }

    #[test]
    fn what_oss_answers_outweighs_what_it_is_wrapped_in() {
        let wrapped = |inner: &str| format!("VaultError: backup vault is unavailable: {inner}");
        check(
            &wrapped("ErrorMessage=\"The bucket you access does not belong to you.\""),
            "",
            "bucket-not-owned",
        );
        check(&wrapped("StatusCode=403, ErrorCode=AccessDenied"), "", "access-denied");
        check(&wrapped("something"), "", "vault-unavailable");
        check(
            "upload backup files to OSS bucket failed: ErrorCode=InvalidAccessKeyId",
            "",
            "invalid-access-key",
        );
        check(
            "upload backup files to OSS bucket failed: ErrorCode=AccessDenied",
            "",
            "bucket-files-failed",
        );
    }

    #[test]
    fn the_network_tells_why_nobody_answers() {
        let message =
            "Get \"https://b.oss-cn-hangzhou.aliyuncs.com/\": dial tcp 1.2.3.4:443: i/o timeout";
        check(message, "internal", "internal-network-unreachable");
        check(message, "public", "public-network-unreachable");
        check(message, "", "network-unreachable");
    }

    #[test]
    fn a_timeout_of_something_else_is_not_that_of_oss() {
        check("list pods across namespaces: i/o timeout", "internal", "");
        check("velero backup process timeout", "internal", "velero-timeout");
        check("get target namespace failed: i/o timeout", "internal", "no-target-namespace");
        check("HBR backup request failed: deadline exceeded", "public", "hbr-request-failed");
    }

    #[test]
    fn cloud_backup() {
        check("HBRError: check HBR vault error", "", "hbr-not-authorized");
        check(
            "HBRError: check HBR vault error, code: 400, Illegal request. Please modify the parameters",
            "",
            "hbr-repository-deleted",
        );
        check(
            "hbr task finished with unexpected status: FAILED, errMsg ClientNotExist",
            "",
            "hbr-client-missing",
        );
        check(
            "hbr task finished with unexpected status: FAILED, errMsg SOURCE_NOT_EXIST",
            "",
            "hbr-source-missing",
        );
        check("PROCESS hbr partially completed", "", "hbr-partially-completed");
        check("PROCESS velero partially completed", "", "velero-partially-completed");
    }

    #[test]
    fn an_unknown_message_is_nobodys() {
        check("the loom ran out of thread", "public", "");
        check("", "", "");
    }

    #[test]
    fn every_entry_can_be_read() {
        for (i, it) in CATALOGUE.iter().enumerate() {
            let reason = it.reason;
            assert!(reason.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{reason}");
            assert!(CATALOGUE[..i].iter().all(|other| other.reason != reason), "{reason} twice");
            assert!(!it.message.is_empty() && !it.remedy.is_empty(), "{reason}");
            assert!(it.cause.ends_with('.'), "{reason}");
            for part in it.message.iter().copied().flatten() {
                assert_eq!(*part, part.to_lowercase(), "{reason}");
            }
        }
    }

    #[test]
    fn every_entry_can_be_found() {
        // Its own parts, first of each group, find it: nothing above takes its place.
        for it in CATALOGUE {
            let message: Vec<_> = it.message.iter().map(|parts| parts[0]).collect();
            check(&message.join(" "), it.network, it.reason);
        }
    }

    #[test]
    fn commands_can_be_typed() {
        let texts = CATALOGUE.iter().flat_map(|it| it.remedy);
        for step in texts {
            match step {
                Type(command) => {
                    assert!(command.starts_with("kubectl ") && !command.contains('<'), "{command}");
                }
                // Outputs take what stands in backticks for a command.
                Say(text) => assert!(text.ends_with(['.', ':']) && !text.contains('`'), "{text}"),
            }
        }
    }
}
