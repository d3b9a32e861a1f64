//! What the messages of the backup center mean, and what to do about each: one table, to be read in
//! one go.
//!
//! A message is recognised by parts of it, case-insensitively. The table is searched from the top,
//! so a message that another may contain is above that. This file knows texts and no objects, and
//! depends on nothing, because `cargo xtask codegen` builds `CATALOGUE.md` from this file alone.
//! The module `diagnosis` fills names in.
//!
//! Sources: what the vendor or a project documents is [`Source::Documented`]; where only general
//! knowledge of OSS, of Velero or of Kubernetes speaks for an entry, it is [`Source::Inferred`].
//! Where the cause itself is a deduction, its wording says `likely`.

use Source::{Documented, Inferred};
use Step::{Again, Say, Type};
use Subject::{Backup, Console, Conversion, Namespace, Pod, Restore, Vault};
use Tells::{Cause, Symptom};

/// One kind of failure.
#[derive(Debug)]
pub struct Entry {
    /// A stable word: the label `reason` of findings.
    pub reason: &'static str,
    /// What its messages are about: of another object the same words say something else.
    pub of: &'static [Subject],
    /// Lower-case patterns: the message contains at least one of every group. `{pvc}` in a pattern
    /// matches a name, quoted or not. Without a group no message matches, and a rule detects it in
    /// another way.
    pub message: &'static [&'static [&'static str]],
    /// The network by which the bucket was asked, `internal` or `public`; empty: whichever.
    pub network: &'static str,
    /// Whose failure it is.
    pub class: Class,
    /// Whether it says why, or only where it went wrong.
    pub tells: Tells,
    /// Why, or where it went wrong, in sentences, with [`NAMES`] in braces: no more than the
    /// message says.
    pub cause: &'static str,
    /// What may be behind it, in a sentence: told only where neither the message nor another
    /// object says more.
    pub possible: &'static str,
    /// Whether a message that says more than its pattern is quoted, in place of `possible`: behind
    /// a known beginning may stand any cause.
    pub quotes: bool,
    /// Whether it explains only a message that says no more than its pattern.
    pub bare: bool,
    /// How many steps of the remedy are right whatever a message that says more says.
    pub looks: usize,
    /// What to do, with the same names.
    pub remedy: &'static [Step],
    /// Its source.
    pub source: Source,
}

/// What most entries are like.
const PLAIN: Entry = Entry {
    reason: "",
    of: &[],
    message: &[],
    network: "",
    class: Class::Vault,
    tells: Cause,
    cause: "",
    possible: "",
    quotes: false,
    bare: false,
    looks: usize::MAX,
    remedy: &[],
    source: Inferred(""),
};

/// The names in braces in causes and remedies, and where they come from.
pub const NAMES: &[(&str, &str)] = &[
    ("vault", "the BackupLocation"),
    ("bucket", "its bucket"),
    ("region", "the region of the bucket"),
    ("public_network", "a merge patch that lets a vault use the public endpoint"),
    ("set_region", "a merge patch that gives a vault its region"),
    ("backup", "the ApplicationBackup that was made, restored or converted"),
    ("job", "its job in Cloud Backup"),
    ("kind", "`backup` or `restore`"),
    ("task", "the backup, restore or conversion"),
    ("namespace", "from the message"),
    ("pvc", "from the message"),
    ("storage_class", "from the message"),
    ("access_mode", "from the message"),
    ("snapshot", "from the message"),
    ("driver", "from the message"),
    ("delete_request", "from the message"),
    ("pod", "the pod that the message is about"),
    ("node", "its node"),
];

/// What a message is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// A BackupLocation, or its twin in Velero.
    Vault,
    /// An ApplicationBackup, or its twin in Velero.
    Backup,
    /// An ApplicationRestore, or its twin in Velero.
    Restore,
    /// A ConvertToSnapshot.
    Conversion,
    /// A pod of a component.
    Pod,
    /// The namespace csdr.
    Namespace,
    /// The console: a person reads it there, and no object need say it.
    Console,
}

impl Subject {
    /// How it is called in the documentation.
    pub const fn as_str(self) -> &'static str {
        match self {
            Vault => "vault",
            Backup => "backup",
            Restore => "restore",
            Conversion => "conversion",
            Pod => "pod",
            Namespace => "namespace",
            Console => "console",
        }
    }
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
    /// A volume: its StorageClass, its access mode, its snapshot.
    Volume,
    /// A component in the namespace csdr.
    Component,
    /// What was asked for.
    Request,
}

impl Class {
    /// The label `class` of findings.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Vault => "vault",
            Self::CloudBackup => "cloud-backup",
            Self::Velero => "velero",
            Self::Volume => "volume",
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
    /// Start the task again, as its kind allows.
    Again,
}

/// The source of an [`Entry`].
#[derive(Debug, Clone, Copy)]
pub enum Source {
    /// A text that says it.
    Documented(&'static str),
    /// A deduction, from this.
    Inferred(&'static str),
}

/// Names found in a message: which of [`NAMES`], and the value.
pub type FoundNames = Vec<(&'static str, String)>;

/// What a message means.
#[derive(Debug)]
pub struct Found {
    /// The first entry that matches it.
    pub entry: &'static Entry,
    /// The names found in it.
    pub names: FoundNames,
    /// Whether there are words behind those by which it is known.
    pub says_more: bool,
}

/// The first entry that matches a message. An unknown network is empty.
pub fn find(message: &str, subject: Subject, network: &str) -> Option<Found> {
    let lower = message.to_ascii_lowercase();
    let asks_another = asks_another(&lower);
    let entries = CATALOGUE.iter().filter(|it| {
        it.of.contains(&subject)
            && (it.network.is_empty() || it.network == network)
            && !(asks_another && it.message.contains(&OSS_REQUEST))
    });
    entries.filter(|it| !it.message.is_empty()).find_map(|entry| {
        let group =
            |parts: &&[&'static str]| parts.iter().find_map(|it| stands_in(it, message, &lower));
        let found: Option<Vec<_>> = entry.message.iter().map(group).collect();
        let (names, ends): (Vec<_>, Vec<_>) = found?.into_iter().unzip();
        let end = ends.into_iter().max().unwrap_or_default();
        let says_more = message[end..].contains(|it: char| it.is_alphanumeric());
        let is_meant = !(entry.bare && says_more);
        is_meant.then(|| Found { entry, names: names.concat(), says_more })
    })
}

/// Whether a text in lower case names hosts that were asked, and none of them is of OSS.
fn asks_another(lower: &str) -> bool {
    let is_no_host = |it: char| !(it.is_ascii_alphanumeric() || "-._".contains(it));
    let behind = |mark| lower.split(mark).skip(1);
    let asked = ["://", "lookup "].into_iter().flat_map(behind);
    let asked = asked.filter_map(|it| it.split(is_no_host).next());
    let known = lower.split(is_no_host).filter(|it| it.ends_with(".aliyuncs.com"));
    let mut hosts = asked.chain(known).filter(|it| !it.is_empty()).peekable();
    hosts.peek().is_some()
        && hosts.all(|it| !it.split('.').any(|it| it == "oss" || it.starts_with("oss-")))
}

/// The entry of a reason.
pub fn named(reason: &str) -> Option<&'static Entry> {
    CATALOGUE.iter().find(|it| it.reason == reason)
}

/// The names that a pattern finds in a message, and where it ends, if it matches. `lower` is the
/// message in lower case.
fn stands_in(pattern: &'static str, message: &str, lower: &str) -> Option<(FoundNames, usize)> {
    let first = pattern.split('{').next().unwrap_or_default();
    lower.match_indices(first).find_map(|(start, _)| {
        let (names, len) = stands_at(pattern, &message[start..], &lower[start..])?;
        Some((names, start + len))
    })
}

fn stands_at(pattern: &'static str, message: &str, lower: &str) -> Option<(FoundNames, usize)> {
    let mut found = Vec::new();
    let (mut pattern, mut at) = (pattern, 0);
    while let Some((text, rest)) = pattern.split_once('{') {
        let (name, rest) = rest.split_once('}')?;
        at += lower[at..].starts_with(text).then_some(text.len())?;
        at += QUOTES.len_in(&message[at..]);
        let end = at + characters(name).len_in(&message[at..]);
        // A sentence may end behind a name.
        let word = message[at..end].trim_end_matches('.');
        if word.is_empty() {
            return None;
        }
        found.push((name, word.to_owned()));
        at = end + QUOTES.len_in(&message[end..]);
        pattern = rest;
    }
    lower[at..].starts_with(pattern).then_some((found, at + pattern.len()))
}

/// Those that a name of [`NAMES`] is made of.
fn characters(name: &str) -> Characters {
    if name == "driver" { DRIVER } else { NAME }
}

/// A kind of characters.
struct Characters(fn(&u8) -> bool);

/// Those of the name of a Kubernetes object, and of words like `ReadWriteMany`.
const NAME: Characters = Characters(|it| it.is_ascii_alphanumeric() || b"-.".contains(it));
/// Those of a driver of FlexVolume, such as `alicloud/nas`.
const DRIVER: Characters = Characters(|it| NAME.0(it) || *it == b'/');
/// What may surround a name, also inside a text that is quoted itself.
const QUOTES: Characters = Characters(|it| b"\"'`\\[]".contains(it));

impl Characters {
    /// How many of them a text begins with.
    fn len_in(&self, text: &str) -> usize {
        text.bytes().take_while(self.0).count()
    }
}

const FAQ: &str = "https://www.alibabacloud.com/help/en/ack/ack-managed-and-ack-dedicated/\
                   user-guide/faq-about-the-backup-center";
const OSS_403: &str = "https://github.com/AlibabaCloudDocs/oss/blob/f684091/intl.en-US/\
                       Developer%20Guide/Troubleshooting/HTTP%20403%20status%20code.md";
const OSS_USER_DISABLE: &str = "https://www.alibabacloud.com/help/ja/oss/\
                                how-to-troubleshoot-403-status-code-when-you-access-oss";
const OSS_CODES: &str = "the error codes of the OSS API";
const PLUGIN: &str = "https://github.com/AliyunContainerService/velero-plugin at 1b0cc14579f2";
const VELERO: &str = "https://github.com/vmware-tanzu/velero at d30d389b";
const VELERO_ISSUES: &str = "https://github.com/vmware-tanzu/velero/issues/1856, 3234 and 6780";

/// Whatever asks OSS for something.
const ASKS_OSS: &[Subject] = &[Vault, Backup, Restore, Conversion];
/// Whatever asks Cloud Backup for something.
const ASKS_CLOUD_BACKUP: &[Subject] = &[Vault, Backup, Restore, Conversion, Pod];
/// What Velero does.
const BY_VELERO: &[Subject] = &[Backup, Restore];
/// Whatever restores a volume.
const RESTORES: &[Subject] = &[Restore, Conversion];
/// Every task.
const TASKS: &[Subject] = &[Backup, Restore, Conversion];
/// Everything that can say something.
const ANYTHING: &[Subject] = &[Vault, Backup, Restore, Conversion, Pod, Namespace, Console];

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
    "On an ACK managed cluster the name of the bucket must begin with cnfs-oss-, and since version \
     1.8.0 of migrate-controller this Secret must exist; without it, authorize the role \
     AliyunCSManagedBackupRestoreRole in the console, once for the account:",
);
const SHOW_ROLE_TOKEN: Step =
    Type("kubectl -n kube-system get secret addon.aliyuncsmanagedbackuprestorerole.token");
const ON_DEDICATED: Step = Say(
    "On an ACK dedicated or registered cluster, the RAM role or user of the cluster needs a policy \
     that allows it to read and write the bucket {bucket}.",
);
const UPDATE_KEY: Step = Say(
    "Put a valid AccessKey into the Secret alibaba-addon-secret, then restart migrate-controller \
     so that it is read:",
);
const EDIT_KEY: Step = Type("kubectl -n csdr edit secret alibaba-addon-secret");
const RESTART_MIGRATE_CONTROLLER: Step =
    Type("kubectl -n kube-system delete pod -l app=migrate-controller");
const SHOW_PODS: Step = Type("kubectl -n csdr get pod -o wide");
const USE_PUBLIC_VAULT: Step = Type(
    "kubectl -n csdr patch backuplocations.csdr.alibabacloud.com/{vault} --type=merge -p \
     {public_network}",
);
const USE_PUBLIC_TWIN: Step = Type(
    "kubectl -n csdr patch backupstoragelocations.velero.io/{vault} --type=merge -p \
     {public_network}",
);
/// The command that shows what Velero made of a backup or restore.
pub const DESCRIBE_VELERO: &str = "kubectl -n csdr exec deploy/csdr-velero -c velero -- ./velero \
                                   -n csdr {kind} describe {task} --details";
/// The command that shows Velero's log of a backup or restore.
pub const LOG_VELERO: &str =
    "kubectl -n csdr exec deploy/csdr-velero -c velero -- ./velero -n csdr {kind} logs {task}";
const SHOW_HBR_CLIENTS: Step = Type("kubectl -n csdr get pod -l app=hbr-client -o wide");
const SHOW_STORAGE_CLASSES: Step = Type("kubectl get storageclasses.storage.k8s.io");
const SHOW_VERSION: Step = Type(
    "kubectl -n kube-system get deploy migrate-controller -o \
     jsonpath='{.spec.template.spec.containers[0].image}'",
);
const SHOW_REQUEST: Step = Type(
    "kubectl -n csdr get applicationbackups.csdr.alibabacloud.com/{backup} -o jsonpath='{.spec}'",
);
const ALLOW_SNAPSHOTS: Step =
    Say("Add the policy for ECS snapshots to the RAM role or user of the cluster, as the page on \
         installing migrate-controller shows it.");
const OR_CNFS_NAS: Step = Say(
    "Or convert the volume to the StorageClass alibabacloud-cnfs-nas, which several nodes can \
     mount at once.",
);

/// The table.
pub static CATALOGUE: &[Entry] = &[
    // What OSS answers, whatever it is wrapped in.
    Entry {
        reason: "bucket-not-owned",
        of: ASKS_OSS,
        message: &[&["the bucket you access does not belong to you", "bucketnotbelongto"]],
        class: Class::Vault,
        tells: Cause,
        cause: "OSS refuses the bucket {bucket}: the cluster's account does not own it, or its RAM \
                user has no permission to manage buckets.",
        remedy: &[
            Say(
                "See in the OSS console which account owns the bucket {bucket}. A vault cannot be \
                 changed to another bucket: if it belongs to someone else, create a vault under a \
                 new name.",
            ),
            ON_MANAGED,
            SHOW_ROLE_TOKEN,
            ON_DEDICATED,
        ],
        source: Documented(OSS_403),
        ..PLAIN
    },
    Entry {
        reason: "no-such-bucket",
        of: ASKS_OSS,
        message: &[&["nosuchbucket", "the specified bucket does not exist"]],
        class: Class::Vault,
        tells: Cause,
        cause: "The bucket {bucket} does not exist: it was deleted, or its name is wrong.",
        remedy: &[Say(
            "Look for the bucket {bucket} in the OSS console. Where it was deleted, its backups \
             are gone: create a bucket, and a vault on it under a new name (the name of a deleted \
             vault cannot be used again).",
        )],
        source: Inferred(OSS_CODES),
        ..PLAIN
    },
    Entry {
        reason: "wrong-endpoint",
        of: ASKS_OSS,
        message: &[&["must be addressed using the specified endpoint"]],
        class: Class::Vault,
        tells: Cause,
        cause: "The bucket {bucket} is not in the region of the vault, {region}.",
        remedy: &[
            Say("See in the OSS console which region the bucket {bucket} is in, and compare it \
                 with the vault:"),
            Type(
                "kubectl -n csdr get backuplocations.csdr.alibabacloud.com/{vault} -o \
                 jsonpath='{.spec.config}'",
            ),
            Say("A vault cannot be changed: create one with the right region, under a new name."),
        ],
        source: Documented(OSS_403),
        ..PLAIN
    },
    Entry {
        reason: "kms-denied",
        of: ASKS_OSS,
        message: &[&["forbidden by kms"]],
        class: Class::Vault,
        tells: Cause,
        cause: "The bucket {bucket} is encrypted with a key of KMS that the cluster may not use.",
        remedy: &[Say(
            "Add kms:List*, kms:DescribeKey, kms:GenerateDataKey and kms:Decrypt to the RAM policy \
             of the cluster's role or user.",
        )],
        source: Documented(FAQ),
        ..PLAIN
    },
    Entry {
        reason: "bucket-acl",
        of: ASKS_OSS,
        message: &[&["no right to access this object because of bucket acl"]],
        class: Class::Vault,
        tells: Cause,
        cause: "The RAM user or role of the cluster may not read or write the objects in the \
                bucket {bucket}.",
        remedy: &[ON_MANAGED, SHOW_ROLE_TOKEN, ON_DEDICATED],
        source: Documented(OSS_403),
        ..PLAIN
    },
    Entry {
        reason: "authorizer-policy",
        of: ASKS_OSS,
        message: &[&["access denied by authorizer's policy"]],
        class: Class::Vault,
        tells: Cause,
        cause: "The policy of the RAM role that the cluster assumes does not allow the request on \
                the bucket {bucket}.",
        remedy: &[ON_MANAGED, SHOW_ROLE_TOKEN, ON_DEDICATED],
        source: Documented(OSS_403),
        ..PLAIN
    },
    Entry {
        reason: "bucket-policy",
        of: ASKS_OSS,
        message: &[&["access denied by bucket policy"]],
        class: Class::Vault,
        tells: Cause,
        cause: "The policy on the bucket {bucket} itself refuses the cluster.",
        remedy: &[Say(
            "In the OSS console, allow the RAM role or user of the cluster in the policy of the \
             bucket {bucket}.",
        )],
        source: Documented(OSS_403),
        ..PLAIN
    },
    Entry {
        reason: "invalid-access-key",
        of: ASKS_OSS,
        message: &[&["invalidaccesskeyid"]],
        class: Class::Vault,
        tells: Cause,
        cause: "The AccessKey that the cluster uses was deleted or disabled.",
        remedy: &[UPDATE_KEY, EDIT_KEY, RESTART_MIGRATE_CONTROLLER],
        source: Documented(FAQ),
        ..PLAIN
    },
    Entry {
        reason: "signature-mismatch",
        of: ASKS_OSS,
        message: &[&["signaturedoesnotmatch"]],
        class: Class::Vault,
        tells: Cause,
        cause: "The secret half of the AccessKey that the cluster uses is wrong.",
        remedy: &[UPDATE_KEY, EDIT_KEY, RESTART_MIGRATE_CONTROLLER],
        source: Documented(OSS_403),
        ..PLAIN
    },
    Entry {
        reason: "token-expired",
        of: ASKS_OSS,
        message: &[&["securitytokenexpired"]],
        class: Class::Vault,
        tells: Cause,
        cause: "The token of the cluster's RAM role has expired; likely it is not renewed, or the \
                clock of the node is wrong.",
        remedy: &[
            Say("Restart the components, so that they fetch a new token:"),
            Type("kubectl -n csdr rollout restart deploy csdr-controller csdr-velero"),
            Say("If it expires again, look at the clock of their nodes:"),
            SHOW_PODS,
        ],
        source: Inferred(OSS_CODES),
        ..PLAIN
    },
    Entry {
        reason: "account-disabled",
        of: ASKS_OSS,
        message: &[&["userdisable"]],
        class: Class::Vault,
        tells: Cause,
        cause: "OSS refuses the account that owns the bucket {bucket}: a payment is overdue, or \
                Alibaba Cloud has suspended it for security.",
        remedy: &[Say(
            "See in the console whether a payment is overdue, and in its Message Center whether \
             the account was suspended. After 15 days without payment OSS deletes the data.",
        )],
        source: Documented(OSS_USER_DISABLE),
        ..PLAIN
    },
    Entry {
        reason: "time-skewed",
        of: ASKS_OSS,
        message: &[&["requesttimetooskewed"]],
        class: Class::Vault,
        tells: Cause,
        cause: "The clock of the node that runs csdr-velero differs by more than OSS allows.",
        remedy: &[
            Say("Set the clock of that node; this shows which it is:"),
            Type("kubectl -n csdr get pod -l component=csdr -o wide"),
        ],
        source: Inferred(OSS_CODES),
        ..PLAIN
    },
    Entry {
        reason: "archive-class",
        of: ASKS_OSS,
        message: &[&["invalidobjectstate"]],
        class: Class::Vault,
        tells: Cause,
        cause: "Objects in the bucket {bucket} are of a storage class that cannot be read at once: \
                Archive, Cold Archive or Deep Cold Archive.",
        remedy: &[Say(
            "Use a bucket of the storage class Standard, and no lifecycle rule that archives the \
             backups: create a vault on it under a new name.",
        )],
        source: Inferred(
            "https://www.alibabacloud.com/help/en/ack/ack-managed-and-ack-dedicated/user-guide/\
             faq-about-the-backup-center, \
             which asks for the class Standard",
        ),
        ..PLAIN
    },
    // What the OSS plug-in says before it asks OSS.
    Entry {
        reason: "access-key-not-set",
        of: ASKS_OSS,
        message: &[&["alibaba_cloud_access_key_id"], &["not set"]],
        class: Class::Vault,
        tells: Cause,
        cause: "csdr-velero has no AccessKey.",
        remedy: &[UPDATE_KEY, EDIT_KEY, RESTART_MIGRATE_CONTROLLER],
        source: Documented(PLUGIN),
        ..PLAIN
    },
    Entry {
        reason: "credentials-unreadable",
        of: ASKS_OSS,
        message: &[&[
            "alibaba_cloud_credentials_file",
            "error loading credientials file",
            "error loading credentials file",
        ]],
        class: Class::Vault,
        tells: Cause,
        cause: "csdr-velero cannot read its credentials.",
        possible: "Possible causes: the file is missing, or not written as lines of KEY=VALUE.",
        quotes: true,
        looks: 2,
        remedy: &[
            Say("See which Secret it is mounted from, and whether that exists:"),
            Type("kubectl -n csdr describe pod -l component=csdr"),
            UPDATE_KEY,
            EDIT_KEY,
            RESTART_MIGRATE_CONTROLLER,
        ],
        source: Documented(PLUGIN),
        ..PLAIN
    },
    Entry {
        reason: "managed-role-missing",
        of: ANYTHING,
        message: &[&[
            "addonrolenotauthorized",
            "addon.aliyuncsmanagedbackuprestorerole.token\" not found",
            "addon.aliyuncsmanagedbackuprestorerole.token\\\" not found",
            "addon.aliyuncsmanagedbackuprestorerole.token not found",
        ]],
        class: Class::Vault,
        tells: Cause,
        cause: "The backup center has no permission on OSS: since version 1.8.0 it needs the role \
                AliyunCSManagedBackupRestoreRole, which is not authorized. Installing or upgrading \
                it elsewhere than in the console leaves this out.",
        remedy: &[
            Say(
                "Authorize the role AliyunCSManagedBackupRestoreRole in the console, once for the \
                 account. Then this Secret exists:",
            ),
            SHOW_ROLE_TOKEN,
            Say("Or give the cluster the RAM policy of an ACK dedicated cluster, and keep its \
                 AccessKey in the Secret alibaba-addon-secret."),
        ],
        source: Documented(FAQ),
        ..PLAIN
    },
    Entry {
        reason: "ram-role-unavailable",
        of: ASKS_OSS,
        message: &[&["failed to get ram role", "failed to get sts token"]],
        class: Class::Vault,
        tells: Cause,
        cause: "csdr-velero gets no token for a RAM role.",
        possible: "Possible causes: the role is not authorized, or the node does not provide it.",
        quotes: true,
        looks: 0,
        remedy: &[ON_MANAGED, SHOW_ROLE_TOKEN, ON_DEDICATED],
        source: Documented(PLUGIN),
        ..PLAIN
    },
    Entry {
        reason: "region-missing",
        of: ASKS_OSS,
        message: &[&["either endpoint or region must be specified"]],
        class: Class::Vault,
        tells: Cause,
        cause: "The vault has no region, so the endpoint of OSS is unknown.",
        remedy: &[
            Say("Replace {region} by the region of the bucket {bucket}, on the vault and on its \
                 twin:"),
            Type(
                "kubectl -n csdr patch backuplocations.csdr.alibabacloud.com/{vault} --type=merge \
                 -p {set_region}",
            ),
            Type(
                "kubectl -n csdr patch backupstoragelocations.velero.io/{vault} --type=merge -p \
                 {set_region}",
            ),
        ],
        source: Documented(PLUGIN),
        ..PLAIN
    },
    Entry {
        reason: "plugin-missing",
        of: ASKS_OSS,
        message: &[&["unable to locate objectstore plugin"]],
        class: Class::Velero,
        tells: Cause,
        cause: "csdr-velero runs without the plug-in for OSS.",
        remedy: &[
            Say("See which init containers it has, and whether they completed; then update or \
                 reinstall migrate-controller, which installs it:"),
            Type("kubectl -n csdr describe pod -l component=csdr"),
        ],
        source: Documented(VELERO),
        ..PLAIN
    },
    // Cloud Backup.
    Entry {
        reason: "hbr-repository-deleted",
        of: ASKS_CLOUD_BACKUP,
        message: &[&["hbrerror"], &["illegal request. please modify the parameters"]],
        class: Class::CloudBackup,
        tells: Cause,
        cause: "The repository ack-backup-data of Cloud Backup in the region {region} was deleted. \
                Volume data of earlier backups cannot be restored.",
        remedy: &[
            Say("Confirm in the Cloud Backup console that it is gone. Then remove the vaults in \
                 every cluster of the region; the bucket is not touched:"),
            Type("kubectl -n csdr delete backuplocations.csdr.alibabacloud.com --all"),
            Type("kubectl -n csdr delete backupstoragelocations.velero.io --all"),
            Say("Create the vault under a new name, and back up: this creates the repository \
                 again."),
        ],
        source: Documented(FAQ),
        ..PLAIN
    },
    Entry {
        reason: "hbr-not-authorized",
        of: ASKS_CLOUD_BACKUP,
        message: &[&["check hbr vault error"]],
        class: Class::CloudBackup,
        tells: Cause,
        bare: true,
        cause: "Cloud Backup is not activated, or the cluster has no permission to use it.",
        remedy: &[
            Say("Activate Cloud Backup in its console. In Ulanqab, Heyuan and Guangzhou also \
                 authorize it to use API Gateway."),
            Say(
                "On an ACK dedicated or registered cluster, add the policy for HBR to the RAM role \
                 or user of the cluster.",
            ),
        ],
        source: Documented(FAQ),
        ..PLAIN
    },
    Entry {
        reason: "hbr-check-failed",
        of: ASKS_CLOUD_BACKUP,
        message: &[&["check hbr vault error"]],
        class: Class::CloudBackup,
        tells: Symptom,
        cause: "The check of Cloud Backup failed.",
        quotes: true,
        remedy: &[Say(
            "Look the words of the message up in the Cloud Backup console: whether Cloud Backup is \
             activated, what it refuses, and to whom.",
        )],
        source: Documented(FAQ),
        ..PLAIN
    },
    Entry {
        reason: "hbr-api-gateway-not-authorized",
        of: ASKS_CLOUD_BACKUP,
        message: &[&["magpiebridgeslrnotexist", "aliyunserviceroleforhbrmagpiebridge"]],
        class: Class::CloudBackup,
        tells: Cause,
        cause: "Cloud Backup may not use API Gateway: the role AliyunServiceRoleForHbrMagpieBridge \
                does not exist.",
        remedy: &[
            Say("Authorize Cloud Backup to use API Gateway in the Cloud Backup console."),
            Again,
        ],
        source: Documented(FAQ),
        ..PLAIN
    },
    Entry {
        reason: "hbr-token-missing",
        of: ASKS_CLOUD_BACKUP,
        message: &[&["couldn't find key hbr_token"]],
        class: Class::CloudBackup,
        tells: Cause,
        cause: "hbr-client has no token on a node.",
        remedy: &[
            Say(
                "See on which node it does not start, and remove it from that node; the next task \
                 installs it again. Do not copy a token from another cluster.",
            ),
            SHOW_HBR_CLIENTS,
            Type("kubectl label node {node} csdr.alibabacloud.com/agent-enable=false --overwrite"),
            Again,
        ],
        source: Documented(FAQ),
        ..PLAIN
    },
    Entry {
        reason: "hbr-client-missing",
        of: ASKS_CLOUD_BACKUP,
        message: &[&["clientnotexist"]],
        class: Class::CloudBackup,
        tells: Cause,
        cause: "The hbr-client on the node of a volume does not work.",
        remedy: &[
            Say("Look for the pod that is not ready, whether its node has free IP addresses, \
                 memory and CPU, and at the log of its last run:"),
            SHOW_HBR_CLIENTS,
            Type("kubectl -n csdr logs --previous {pod}"),
            Again,
        ],
        source: Documented(FAQ),
        ..PLAIN
    },
    Entry {
        reason: "hbr-source-missing",
        of: ASKS_CLOUD_BACKUP,
        message: &[&["source_not_exist"]],
        class: Class::CloudBackup,
        tells: Cause,
        cause: "hbr-client cannot find the files of a volume: the kubelet's root directory is not \
                the default or is a symbolic link, or the volume is a HostPath.",
        remedy: &[
            Say("If the kubelet has another root directory, set it for csdr-controller; replace \
                 /KUBELET/ROOT by the real directory:"),
            Type(
                "kubectl -n csdr set env deploy/csdr-controller \
                 KUBELET_ROOT_PATH=/KUBELET/ROOT/pods",
            ),
            Say("HostPath volumes need a ticket to the vendor."),
            Again,
        ],
        source: Documented(FAQ),
        ..PLAIN
    },
    Entry {
        reason: "hbr-partially-completed",
        of: ASKS_CLOUD_BACKUP,
        message: &[&["process hbr partially completed"]],
        class: Class::CloudBackup,
        tells: Cause,
        cause: "Cloud Backup did not copy everything.",
        possible: "Possible causes: some volumes are of a kind that it does not support, or files \
                   were deleted while it ran.",
        quotes: true,
        remedy: &[Say("Open {job} in the Cloud Backup console; it names the files.")],
        source: Documented(FAQ),
        ..PLAIN
    },
    Entry {
        reason: "hbr-request-failed",
        of: ASKS_CLOUD_BACKUP,
        message: &[&["hbr backup request failed"]],
        class: Class::CloudBackup,
        tells: Symptom,
        cause: "Cloud Backup did not take or finish the job.",
        possible: "Possible causes: the storage plug-in of a volume is not supported, a volume is \
                   of mode Block, or hbr-client failed or ran out of time.",
        quotes: true,
        remedy: &[
            Say("Open {job} in the Cloud Backup console; it names the volume and why. Disks are \
                 better backed up by snapshots, which needs the CSI plug-in."),
            SHOW_HBR_CLIENTS,
        ],
        source: Documented(FAQ),
        ..PLAIN
    },
    Entry {
        reason: "hbr-internal-error",
        of: ASKS_CLOUD_BACKUP,
        message: &[&["hbr"], &["internal error"]],
        class: Class::CloudBackup,
        tells: Symptom,
        cause: "Cloud Backup or its client had an internal error.",
        possible: "It may not be available in the region {region}.",
        quotes: true,
        remedy: &[
            Say("See in the Cloud Backup console whether container backup is available in the \
                 region {region}, and open {job}."),
            SHOW_HBR_CLIENTS,
        ],
        source: Documented(FAQ),
        ..PLAIN
    },
    // Velero.
    Entry {
        reason: "velero-restarted",
        of: BY_VELERO,
        message: &[&["during the server starting", "get a backup with status"]],
        class: Class::Velero,
        tells: Cause,
        cause: "csdr-velero was restarted during the {kind} and marked it Failed when it started \
                again.",
        possible: "The usual reason is that it was OOM-killed.",
        remedy: &[
            Say(
                "Look for OOMKilled and exit code 137, and raise its memory limit first where you \
                 find them:",
            ),
            Type("kubectl -n csdr describe pod -l component=csdr"),
            Again,
        ],
        source: Documented(VELERO),
        ..PLAIN
    },
    Entry {
        reason: "velero-plugin-killed",
        of: &[Vault, Backup, Restore],
        message: &[&[
            "transport is closing",
            "error reading from server: eof",
            "all subconns are in transientfailure",
            "dial unix /tmp/plugin",
            "signal: killed",
        ]],
        class: Class::Velero,
        tells: Cause,
        cause: "A plug-in process of csdr-velero died.",
        possible: "Likely it was OOM-killed: that leaves no trace in the pod, because the \
                   container keeps running.",
        remedy: &[
            Say(
                "See the memory limit of csdr-velero, and double it; this restarts it. For a limit \
                 of 2Gi:",
            ),
            Type("kubectl -n csdr describe deploy csdr-velero"),
            Type("kubectl -n csdr set resources deploy csdr-velero -c velero --limits=memory=4Gi"),
            Again,
        ],
        source: Inferred(VELERO_ISSUES),
        ..PLAIN
    },
    Entry {
        reason: "vault-read-only",
        of: BY_VELERO,
        message: &[&["is currently in read-only mode"]],
        class: Class::Vault,
        tells: Cause,
        cause: "The BackupStorageLocation of the vault {vault} is read-only.",
        remedy: &[Type(
            "kubectl -n csdr patch backupstoragelocations.velero.io/{vault} --type=merge -p \
             '{\"spec\":{\"accessMode\":\"ReadWrite\"}}'",
        )],
        source: Documented(VELERO),
        ..PLAIN
    },
    Entry {
        reason: "vault-unknown",
        of: BY_VELERO,
        message: &[&["an existing backup storage location was not specified"]],
        class: Class::Vault,
        tells: Cause,
        cause: "Velero has no BackupStorageLocation {vault}: the vault has not been initialized in \
                this cluster, or was deleted.",
        remedy: &[
            Say("See whether both exist; if not, create the vault in this cluster:"),
            Type(
                "kubectl -n csdr get \
                 backuplocations.csdr.alibabacloud.com,backupstoragelocations.velero.io",
            ),
        ],
        source: Documented(VELERO),
        ..PLAIN
    },
    Entry {
        reason: "invalid-request",
        of: BY_VELERO,
        message: &[&[
            "invalid included/excluded",
            "encountered labelselector as well as orlabelselectors",
        ]],
        class: Class::Request,
        tells: Cause,
        cause: "Velero refused the {kind}, because of what it is to include or to exclude.",
        quotes: true,
        remedy: &[
            Say("Correct the lists; this shows what Velero received:"),
            Type("kubectl -n csdr get {kind}s.velero.io/{task} -o jsonpath='{.spec}'"),
            Again,
        ],
        source: Documented(VELERO),
        ..PLAIN
    },
    Entry {
        reason: "pod-volume-timeout",
        of: BY_VELERO,
        message: &[&["timed out waiting for all podvolumebackups to complete"]],
        class: Class::Velero,
        tells: Cause,
        cause: "Velero ran out of time while it copied the files of volumes.",
        remedy: &[
            Say("See which volume is slow, and take fewer namespaces at once:"),
            Type(DESCRIBE_VELERO),
        ],
        source: Documented(VELERO),
        ..PLAIN
    },
    Entry {
        reason: "velero-partially-completed",
        of: BY_VELERO,
        message: &[&["process velero partially completed"]],
        class: Class::Velero,
        tells: Symptom,
        cause: "Velero could not process some objects of the cluster.",
        quotes: true,
        remedy: &[Say("See which, and why:"), Type(DESCRIBE_VELERO), Type(LOG_VELERO)],
        source: Documented(FAQ),
        ..PLAIN
    },
    Entry {
        reason: "csi-driver-unsupported",
        of: BY_VELERO,
        message: &[&["unsupported csi driver: {driver}"]],
        class: Class::Volume,
        tells: Cause,
        cause: "A volume is of the CSI driver {driver}, of which the plug-in of csdr-velero cannot \
                take snapshots; it supports disks of diskplugin.csi.alibabacloud.com.",
        remedy: &[
            Say("See which volumes are of that driver, and leave them out, or have their files \
                 copied by Cloud Backup:"),
            Type(
                "kubectl get persistentvolumes -o \
                 custom-columns=NAME:.metadata.name,DRIVER:.spec.csi.driver,\
                 NAMESPACE:.spec.claimRef.namespace,CLAIM:.spec.claimRef.name",
            ),
            Again,
        ],
        source: Documented(PLUGIN),
        ..PLAIN
    },
    Entry {
        reason: "flexvolume-driver-unsupported",
        of: BY_VELERO,
        message: &[&["unsupported flexvolume driver: {driver}"]],
        class: Class::Volume,
        tells: Cause,
        cause: "A volume is mounted through FlexVolume, by the driver {driver}; the plug-in of \
                csdr-velero takes snapshots of alicloud/disk at most, and the backup center needs \
                CSI.",
        remedy: &[
            Say("See which volumes are of FlexVolume, and migrate them to CSI:"),
            Type(
                "kubectl get persistentvolumes -o \
                 custom-columns=NAME:.metadata.name,DRIVER:.spec.flexVolume.driver,\
                 NAMESPACE:.spec.claimRef.namespace,CLAIM:.spec.claimRef.name",
            ),
            Again,
        ],
        source: Documented(PLUGIN),
        ..PLAIN
    },
    Entry {
        reason: "backup-unknown",
        of: &[Restore],
        message: &[&["error retrieving backup: "], &["not found"]],
        class: Class::Request,
        tells: Cause,
        cause: "Velero has no backup {backup}: it was deleted or has expired, or its vault is not \
                initialized in this cluster yet.",
        remedy: &[
            Say(
                "See whether the backup exists, and whether its vault is Available; the backups of \
                 a new vault appear within some minutes:",
            ),
            Type(
                "kubectl -n csdr get \
                 applicationbackups.csdr.alibabacloud.com,backups.velero.io,\
                 backuplocations.csdr.alibabacloud.com",
            ),
            Again,
        ],
        source: Documented(VELERO),
        ..PLAIN
    },
    Entry {
        reason: "velero-timeout",
        of: BY_VELERO,
        message: &[&["velero backup process timeout"]],
        class: Class::Velero,
        tells: Symptom,
        cause: "The {kind} exceeded its time limit, 60 minutes unless csdr-config sets another.",
        possible: "Possible causes: there is too much to copy, or the bucket {bucket} is of an \
                   archive class.",
        quotes: true,
        looks: 0,
        remedy: &[
            Say(
                "The bucket must be of the storage class Standard; see the OSS console. To give it \
                 more time, set velero_timeout_minutes: 100 in data.applicationBackup, then \
                 restart csdr-controller while no task runs:",
            ),
            Type("kubectl -n csdr edit configmap csdr-config"),
            Type("kubectl -n csdr rollout restart deploy csdr-controller"),
            Again,
        ],
        source: Documented(FAQ),
        ..PLAIN
    },
    // The request.
    Entry {
        reason: "backup-name-taken",
        of: &[Backup],
        message: &[&["backup already exists in oss bucket"]],
        class: Class::Request,
        tells: Cause,
        cause: "The bucket {bucket} already holds a backup of this name: made by another cluster, \
                failed, or deleted elsewhere.",
        remedy: &[Say("Start the backup again, under a new name.")],
        source: Documented(FAQ),
        ..PLAIN
    },
    Entry {
        reason: "no-target-namespace",
        of: &[Backup],
        message: &[&["get target namespace failed"]],
        class: Class::Request,
        tells: Cause,
        cause: "The namespaces to back up could not be found.",
        possible: "Possible causes: none of them exists: those that the plan includes were \
                   deleted, or it excludes all.",
        quotes: true,
        looks: 3,
        remedy: &[
            Say("Compare what the backup requested with what exists:"),
            SHOW_REQUEST,
            Type("kubectl get namespaces"),
            Say("Then correct the namespaces of the plan."),
        ],
        source: Documented(FAQ),
        ..PLAIN
    },
    Entry {
        reason: "delete-request-left-over",
        of: ANYTHING,
        message: &[&[
            "deleterequests.csdr.alibabacloud.com {delete_request} already exists",
            "the name has been used",
        ]],
        class: Class::Request,
        tells: Cause,
        cause: "A DeleteRequest {delete_request} of an earlier deletion was left behind, so its \
                name and that of its object cannot be used again.",
        remedy: &[
            Say("Remove it, then try again; or choose a new name:"),
            Type("kubectl -n csdr get deleterequests.csdr.alibabacloud.com"),
            Type("kubectl -n csdr delete deleterequests.csdr.alibabacloud.com/{delete_request}"),
        ],
        source: Documented(FAQ),
        ..PLAIN
    },
    Entry {
        reason: "component-abnormal",
        of: TASKS,
        message: &[&["addon status is abnormal"]],
        class: Class::Component,
        tells: Symptom,
        cause: "A component in the namespace csdr did not work.",
        quotes: true,
        remedy: &[
            Say("Look for a pod that is not ready or was restarted, and for the reason:"),
            SHOW_PODS,
            Type("kubectl -n csdr describe pod"),
            Again,
        ],
        source: Documented(FAQ),
        ..PLAIN
    },
    // Volumes, in restores and conversions.
    Entry {
        reason: "snapshot-policy-missing",
        of: RESTORES,
        message: &[
            &["failed avs: {snapshot}", "ecs-snapshot related ram policy"],
            &["ecs-snapshot related ram policy is missing"],
        ],
        class: Class::Volume,
        tells: Cause,
        cause: "The cluster has no permission on ECS snapshots, so no disk can be created from the \
                snapshot {snapshot}.",
        remedy: &[ALLOW_SNAPSHOTS, Again],
        source: Documented(FAQ),
        ..PLAIN
    },
    Entry {
        reason: "cross-region-not-a-disk",
        of: RESTORES,
        message: &[&["only disk type pvs support cross-region restore"]],
        class: Class::Volume,
        tells: Cause,
        cause: "The backup is from another region, and contains volumes that are not disks; only \
                disks can be restored across regions, since version 1.7.7 of migrate-controller.",
        remedy: &[
            Say(
                "Create a PersistentVolume and a PVC for each of these volumes by hand, on storage \
                 of this region, or leave the volumes out. These are the volumes:",
            ),
            SHOW_REQUEST,
            Again,
        ],
        source: Documented(FAQ),
        ..PLAIN
    },
    Entry {
        reason: "snapshot-cross-region-failed",
        of: RESTORES,
        message: &[&["snapshot cross region request failed"]],
        class: Class::Volume,
        tells: Cause,
        cause: "The snapshot could not be copied from the other region.",
        possible: "Likely the cluster has no permission on ECS snapshots.",
        quotes: true,
        looks: 0,
        remedy: &[ALLOW_SNAPSHOTS, Again],
        source: Documented(FAQ),
        ..PLAIN
    },
    Entry {
        reason: "disk-for-several-nodes",
        of: RESTORES,
        message: &[&["multi-node writing is only supported for block volume"]],
        class: Class::Volume,
        tells: Cause,
        cause: "A volume that several nodes mount at once (ReadWriteMany or ReadOnlyMany) is to be \
                restored to a disk, which only one node can mount.",
        remedy: &[
            Say("From version 1.8.4 on, migrate-controller makes these volumes ReadWriteOnce by \
                 itself; this shows the version:"),
            SHOW_VERSION,
            Say("Or name ReadWriteOnce in convertToAccessModes of the restore."),
            OR_CNFS_NAS,
            Again,
        ],
        source: Documented(FAQ),
        ..PLAIN
    },
    Entry {
        reason: "disk-access-mode",
        of: RESTORES,
        message: &[&[
            "accessmode of pvc {namespace}/{pvc} is {access_mode}",
            "accessmode of pvc {pvc} is {access_mode}",
        ]],
        class: Class::Volume,
        tells: Cause,
        cause: "The PVC {pvc} requests an access mode, {access_mode}, that a disk supports only \
                with multiAttach.",
        remedy: &[
            Say(
                "Convert the volume to the StorageClass alibabacloud-cnfs-nas, which several nodes \
                 can mount at once, then restore. These StorageClasses exist:",
            ),
            SHOW_STORAGE_CLASSES,
            Again,
        ],
        source: Documented(FAQ),
        ..PLAIN
    },
    Entry {
        reason: "storage-class-missing",
        of: RESTORES,
        message: &[&["storageclass {storage_class} not exists"]],
        class: Class::Volume,
        tells: Cause,
        cause: "No StorageClass {storage_class} exists in this cluster.",
        remedy: &[
            Say("Create the StorageClass {storage_class}, or choose one of these:"),
            SHOW_STORAGE_CLASSES,
            Again,
        ],
        source: Documented(FAQ),
        ..PLAIN
    },
    Entry {
        reason: "storage-class-unsupported",
        of: RESTORES,
        message: &[&[
            "only support convert to storageclass with csi diskplugin or nasplugin provisioner",
        ]],
        class: Class::Volume,
        tells: Cause,
        cause: "The target StorageClass has a provisioner other than that of CSI disks, NAS or \
                OSS.",
        remedy: &[
            Say("Choose one whose provisioner is diskplugin.csi.alibabacloud.com or \
                 nasplugin.csi.alibabacloud.com:"),
            SHOW_STORAGE_CLASSES,
            Again,
        ],
        source: Documented(FAQ),
        ..PLAIN
    },
    Entry {
        reason: "storage-class-binds-immediately",
        of: RESTORES,
        message: &[&["current cluster is multi-zoned"]],
        class: Class::Volume,
        tells: Cause,
        cause: "The nodes of the cluster are in several zones, and the StorageClass binds its \
                volumes immediately (Immediate), in any zone: the pod may be in another.",
        remedy: &[
            Say("Choose a StorageClass with the VOLUMEBINDINGMODE WaitForFirstConsumer, such as \
                 alicloud-disk-topology-alltype:"),
            SHOW_STORAGE_CLASSES,
            Again,
        ],
        source: Documented(FAQ),
        ..PLAIN
    },
    Entry {
        reason: "cluster-resources-timeout",
        of: RESTORES,
        message: &[&[
            "wait for created tmp pvc {namespace}/{pvc} for convertion bound time out",
            "wait for created tmp pvc {namespace}/{pvc} for convertion",
            "create cluster resources timeout",
        ]],
        class: Class::Volume,
        tells: Symptom,
        cause: "A temporary pod or volume was not ready in time: the PVC {pvc} is not bound.",
        possible: "Possible causes: no capacity, no such StorageClass, no such disk type in the \
                   zone, a CNFS that does not work, or a StorageClass that binds immediately in a \
                   cluster of several zones.",
        quotes: true,
        remedy: &[
            Say("See which PVCs are not bound; the events of the PVC say why:"),
            Type("kubectl get persistentvolumeclaims --all-namespaces"),
            Type("kubectl -n {namespace} describe persistentvolumeclaims/{pvc}"),
            SHOW_STORAGE_CLASSES,
            Again,
        ],
        source: Documented(FAQ),
        ..PLAIN
    },
    // What no message of an object shows.
    Entry {
        reason: "working-component-abnormal",
        of: ANYTHING,
        message: &[&[
            "working component is abnormal",
            "failed to fetch current data",
            "components are abnormal",
            "failed to retrieve the data",
        ]],
        class: Class::Component,
        tells: Symptom,
        cause: "The backup center does not answer the console.",
        possible: "Possible causes: the cluster has no nodes, mounts volumes through FlexVolume, \
                   or gives the components too few permissions, or no node can run \
                   csdr-controller and csdr-velero.",
        quotes: true,
        remedy: &[
            Say("See whether there are nodes, whether the components run, and what \
                 migrate-controller, which installs them, says:"),
            Type("kubectl get nodes"),
            SHOW_PODS,
            Type("kubectl -n kube-system logs deploy/migrate-controller --since=1h"),
        ],
        source: Documented(FAQ),
        ..PLAIN
    },
    Entry {
        reason: "console-not-allowed",
        of: ANYTHING,
        message: &[&["apiserver.403"]],
        class: Class::Request,
        tells: Cause,
        cause: "The user has no permission in the cluster on the objects of the backup center.",
        remedy: &[
            Say(
                "Give the user a ClusterRole that allows get, list, watch, create, update, patch, \
                 delete and deletecollection on all resources of the API groups \
                 csdr.alibabacloud.com and velero.io, and get and list on namespaces and \
                 StorageClasses. This shows whether the user has it; replace USER by the name:",
            ),
            Type(
                "kubectl auth can-i list applicationbackups.csdr.alibabacloud.com -n csdr \
                 --as=USER",
            ),
        ],
        source: Documented(FAQ),
        ..PLAIN
    },
    Entry {
        reason: "namespace-terminating",
        of: &[Namespace],
        message: &[
            &["some resources are remaining", "finalizers remaining"],
            &["csdr.alibabacloud.com"],
        ],
        class: Class::Component,
        tells: Cause,
        cause: "The namespace was deleted while tasks were in progress, and their finalizers block \
                the deletion; likely the controller that would remove the finalizers is already \
                gone.",
        remedy: &[Say(
            "If these tasks are no longer needed, remove their finalizers. Then the namespace is \
             deleted, and the backup center can be installed, upgraded or uninstalled:",
        )],
        source: Documented(FAQ),
        ..PLAIN
    },
    Entry {
        reason: "restore-incomplete",
        of: &[Restore],
        message: &[],
        class: Class::Velero,
        tells: Symptom,
        cause: "A restore that is Completed may be incomplete: Velero could not restore some \
                objects.",
        remedy: &[
            Say("See which, and why:"),
            Type(DESCRIBE_VELERO),
            Type(LOG_VELERO),
            Say("An object is not restored if it is not in the backup, was excluded, or has an \
                 owner that does not exist (then it is garbage-collected). This shows what is in \
                 the backup:"),
            Type(
                "kubectl -n csdr exec deploy/csdr-velero -c velero -- ./velero -n csdr backup \
                 describe {backup} --details",
            ),
        ],
        source: Documented(FAQ),
        ..PLAIN
    },
    // OSS without an answer, or with one that says little.
    Entry {
        reason: "endpoint-not-resolved",
        of: ASKS_OSS,
        message: &[&["no such host"], OSS_REQUEST],
        class: Class::Vault,
        tells: Cause,
        cause: "The name of the OSS endpoint does not resolve: likely the region of the vault, \
                {region}, is misspelt, or the cluster's DNS fails.",
        remedy: &[
            Say("Compare the region with that of the bucket {bucket} in the OSS console. A vault \
                 cannot be changed: where it is wrong, create one under a new name. Where it is \
                 right, look at CoreDNS:"),
            Type("kubectl -n kube-system get pod -l k8s-app=kube-dns"),
        ],
        source: Inferred("how Go's resolver names its error"),
        ..PLAIN
    },
    Entry {
        reason: "internal-network-unreachable",
        of: ASKS_OSS,
        message: &[NO_ANSWER, OSS_REQUEST],
        network: "internal",
        class: Class::Vault,
        tells: Cause,
        cause: "The internal endpoint of OSS does not answer. It can only be reached from the \
                bucket's own region, and not from an ACK Edge cluster or a registered cluster \
                without a route to the VPC.",
        remedy: &[
            Say(
                "Let the vault use the public endpoint, on the BackupLocation and on its twin, the \
                 BackupStorageLocation; the cluster then needs Internet access:",
            ),
            USE_PUBLIC_VAULT,
            USE_PUBLIC_TWIN,
            Say(
                "Or route the internal addresses of OSS to the cluster by CEN, Express Connect or \
                 VPN.",
            ),
        ],
        source: Documented(FAQ),
        ..PLAIN
    },
    Entry {
        reason: "public-network-unreachable",
        of: ASKS_OSS,
        message: &[NO_ANSWER, OSS_REQUEST],
        network: "public",
        class: Class::Vault,
        tells: Cause,
        cause: "The public endpoint of OSS does not answer: likely the cluster has no Internet \
                access.",
        remedy: &[Say(
            "Give the nodes Internet access: a NAT gateway with an SNAT entry, or an EIP. A \
             cluster in the bucket's own region can use the network internal instead.",
        )],
        source: Documented(FAQ),
        ..PLAIN
    },
    Entry {
        reason: "network-unreachable",
        of: ASKS_OSS,
        message: &[NO_ANSWER, OSS_REQUEST],
        class: Class::Vault,
        tells: Cause,
        cause: "OSS does not answer; which network was used is unknown.",
        remedy: &[
            Say("See spec.config.network. The internal endpoint can only be reached from the \
                 bucket's own region; the public one (public) needs a NAT gateway or an EIP."),
            Type(
                "kubectl -n csdr get backuplocations.csdr.alibabacloud.com/{vault} -o \
                 jsonpath='{.spec.config}'",
            ),
        ],
        source: Documented(FAQ),
        ..PLAIN
    },
    Entry {
        reason: "access-denied",
        of: ASKS_OSS,
        message: &[&["errorcode=accessdenied", "error code: accessdenied"]],
        class: Class::Vault,
        tells: Symptom,
        cause: "OSS refuses the cluster access to the bucket {bucket}.",
        remedy: &[ON_MANAGED, SHOW_ROLE_TOKEN, ON_DEDICATED],
        source: Documented(FAQ),
        ..PLAIN
    },
    Entry {
        reason: "bucket-files-failed",
        of: ASKS_OSS,
        message: &[
            &["check backup files", "upload backup files", "download backup files"],
            &["oss bucket failed"],
        ],
        class: Class::Vault,
        tells: Symptom,
        cause: "Files of the backup could not be read from, or written to, the bucket {bucket}.",
        possible: "Possible causes: permission to use its key in KMS is missing, permission to \
                   read and write is missing, or the AccessKey was revoked.",
        quotes: true,
        looks: 0,
        remedy: &[
            Say("Where the bucket {bucket} is encrypted by KMS, add kms:List*, kms:DescribeKey, \
                 kms:GenerateDataKey and kms:Decrypt to the RAM policy of the cluster."),
            ON_DEDICATED,
            UPDATE_KEY,
            EDIT_KEY,
            RESTART_MIGRATE_CONTROLLER,
        ],
        source: Documented(FAQ),
        ..PLAIN
    },
    Entry {
        reason: "bucket-not-listed",
        of: ASKS_OSS,
        message: &[&["failed to list objects with prefix"], &["in bucket {bucket}", "in bucket"]],
        class: Class::Vault,
        tells: Symptom,
        cause: "csdr-velero cannot list what is in the bucket {bucket}.",
        possible: "Likely it has no permission on it, or OSS does not answer.",
        quotes: true,
        looks: 0,
        remedy: &[ON_MANAGED, SHOW_ROLE_TOKEN, ON_DEDICATED],
        source: Documented(PLUGIN),
        ..PLAIN
    },
    Entry {
        reason: "bucket-not-written",
        of: ASKS_OSS,
        message: &[&["failed to put object"], &["with encryption"]],
        class: Class::Vault,
        tells: Symptom,
        cause: "csdr-velero cannot write to the bucket {bucket} with the encryption that is asked \
                for.",
        possible: "Likely it may not use the key in KMS.",
        quotes: true,
        looks: 0,
        remedy: &[
            Say("Add kms:List*, kms:DescribeKey, kms:GenerateDataKey and kms:Decrypt to the RAM \
                 policy of the cluster's role or user."),
            ON_DEDICATED,
        ],
        source: Documented(PLUGIN),
        ..PLAIN
    },
    Entry {
        reason: "vault-unavailable",
        of: ASKS_OSS,
        message: &[&[
            "backup vault is unavailable",
            "is in unavailable status. please create a new backup after the bsl becomes available",
            "is in unavailable status",
            "is unavailable, cannot retrieve the backup",
        ]],
        class: Class::Vault,
        tells: Symptom,
        cause: "The vault {vault} could not be used.",
        possible: "Possible causes: its bucket {bucket} does not exist, the cluster has no \
                   permission on it, or it cannot be reached.",
        quotes: true,
        looks: 2,
        remedy: &[
            Say("See what the vault and its twin say:"),
            Type(
                "kubectl -n csdr describe backuplocations.csdr.alibabacloud.com/{vault} \
                 backupstoragelocations.velero.io/{vault}",
            ),
            Say("See in the OSS console that the bucket {bucket} exists in the region {region}."),
            ON_MANAGED,
            SHOW_ROLE_TOKEN,
            ON_DEDICATED,
        ],
        source: Documented(FAQ),
        ..PLAIN
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(message: &str, subject: Subject, network: &str, want: &str) {
        let found = find(message, subject, network).map_or("", |it| it.entry.reason);
        assert_eq!(found, want, "{message}");
    }

    #[test]
    fn what_oss_answers_outweighs_what_it_is_wrapped_in() {
        let wrapped = |inner: &str| format!("VaultError: backup vault is unavailable: {inner}");
        check(
            &wrapped("ErrorMessage=\"The bucket you access does not belong to you.\""),
            Vault,
            "",
            "bucket-not-owned",
        );
        check(&wrapped("StatusCode=403, ErrorCode=AccessDenied"), Vault, "", "access-denied");
        check(&wrapped("something"), Restore, "", "vault-unavailable");
        check(
            "upload backup files to OSS bucket failed: ErrorCode=InvalidAccessKeyId",
            Backup,
            "",
            "invalid-access-key",
        );
        check(
            "upload backup files to OSS bucket failed: ErrorCode=AccessDenied",
            Backup,
            "",
            "access-denied",
        );
    }

    #[test]
    fn what_the_plugin_could_not_do_says_less_than_why() {
        let list = "failed to list objects with prefix a/ in bucket b";
        check(list, Vault, "", "bucket-not-listed");
        check(&format!("{list}: ErrorCode=AccessDenied"), Vault, "", "access-denied");
        check(
            &format!("{list}: Get \"https://b.oss-cn-hangzhou.aliyuncs.com/\": i/o timeout"),
            Vault,
            "public",
            "public-network-unreachable",
        );
        let put = "failed to put object a to bucket b with encryption";
        check(put, Backup, "", "bucket-not-written");
        check(&format!("{put}: This request is forbidden by kms"), Backup, "", "kms-denied");
    }

    #[test]
    fn the_network_tells_why_nobody_answers() {
        let message =
            "Get \"https://b.oss-cn-hangzhou.aliyuncs.com/\": dial tcp 1.2.3.4:443: i/o timeout";
        check(message, Vault, "internal", "internal-network-unreachable");
        check(message, Vault, "public", "public-network-unreachable");
        check(message, Vault, "", "network-unreachable");
    }

    #[test]
    fn a_timeout_of_something_else_is_not_that_of_oss() {
        check("list pods across namespaces: i/o timeout", Backup, "internal", "");
        check("velero backup process timeout", Backup, "internal", "velero-timeout");
        check(
            "get target namespace failed: i/o timeout",
            Backup,
            "internal",
            "no-target-namespace",
        );
        check(
            "HBR backup request failed: deadline exceeded",
            Backup,
            "public",
            "hbr-request-failed",
        );
    }

    #[test]
    fn cloud_backup() {
        check("HBRError: check HBR vault error", Backup, "", "hbr-not-authorized");
        check(
            "HBRError: check HBR vault error, code: 400, Illegal request. Please modify the \
             parameters",
            Backup,
            "",
            "hbr-repository-deleted",
        );
        check(
            "hbr task finished with unexpected status: FAILED, errMsg ClientNotExist",
            Backup,
            "",
            "hbr-client-missing",
        );
        check(
            "hbr task finished with unexpected status: FAILED, errMsg SOURCE_NOT_EXIST",
            Backup,
            "",
            "hbr-source-missing",
        );
        check("PROCESS hbr partially completed", Backup, "", "hbr-partially-completed");
        check("PROCESS velero partially completed", Backup, "", "velero-partially-completed");
    }

    #[track_caller]
    fn check_more(message: &str, subject: Subject, want: &str, says_more: bool) {
        let found = find(message, subject, "").expect("a known message");
        assert_eq!((found.entry.reason, found.says_more), (want, says_more), "{message}");
    }

    #[test]
    fn words_behind_a_known_beginning_are_not_known() {
        check_more("HBRError: check HBR vault error.", Backup, "hbr-not-authorized", false);
        check_more("HBRError: check HBR vault error: InDebt", Backup, "hbr-check-failed", true);
        check_more("backup vault is unavailable", Backup, "vault-unavailable", false);
        check_more("backup vault is unavailable: x509: expired", Backup, "vault-unavailable", true);
        check_more(
            "backup can't be created because BackupStorageLocation v is in Unavailable status. \
             please create a new backup after the BSL becomes available",
            Backup,
            "vault-unavailable",
            false,
        );
        check_more(
            "wait for created tmp pvc a/b for convertion bound time out",
            Restore,
            "cluster-resources-timeout",
            false,
        );
        check_more(
            "failed to list objects with prefix a/ in bucket b",
            Vault,
            "bucket-not-listed",
            false,
        );
        check_more(
            "failed to list objects with prefix a/ in bucket b: quota",
            Vault,
            "bucket-not-listed",
            true,
        );
    }

    #[test]
    fn a_refusal_is_none_of_another_code() {
        let refused = |code: &str| {
            format!("VaultError: backup vault is unavailable: StatusCode=403, ErrorCode={code}")
        };
        check(&refused("AccessDenied"), Backup, "", "access-denied");
        check(&refused("UserDisable"), Backup, "", "account-disabled");
        check(&refused("QpsLimitExceeded"), Backup, "", "vault-unavailable");
    }

    #[test]
    fn a_secret_that_may_not_be_read_is_not_one_that_is_missing() {
        let secret = r#"secrets "addon.aliyuncsmanagedbackuprestorerole.token" "#;
        check(&format!("{secret}not found"), Vault, "", "managed-role-missing");
        check(&format!("{secret}is forbidden"), Vault, "", "");
    }

    #[test]
    fn what_another_service_does_not_answer_is_not_said_of_oss() {
        let asked = |it: &str| format!("backup vault is unavailable: {it}: i/o timeout");
        for request in [
            "Post \"https://hbr-vpc.cn-hangzhou.aliyuncs.com/\": dial tcp 1.2.3.4:443",
            "Get \"https://172.21.0.1:443/api/v1/namespaces/csdr/secrets\": \
             dial tcp 172.21.0.1:443",
            "dial tcp: lookup sts.cn-hangzhou.aliyuncs.com on 10.0.0.10:53: read udp",
        ] {
            check(&asked(request), Backup, "public", "vault-unavailable");
        }
        let oss = "Head \"https://b.oss-cn-hangzhou-internal.aliyuncs.com/x\"";
        check(&asked(oss), Backup, "internal", "internal-network-unreachable");
        check(&asked("dial tcp 1.2.3.4:443"), Backup, "public", "public-network-unreachable");
    }

    #[test]
    fn an_unknown_message_is_nobodys() {
        check("the loom ran out of thread", Backup, "public", "");
        check("", Backup, "", "");
    }

    #[test]
    fn the_same_words_of_another_object_say_something_else() {
        check("storageclass fast not exists", Conversion, "", "storage-class-missing");
        check("storageclass fast not exists", Backup, "", "");
        check("get target namespace failed", Restore, "", "");
    }

    /// The names found in a message, joined.
    #[track_caller]
    fn check_told(message: &str, subject: Subject, want: &str) {
        let found = find(message, subject, "").expect("a known message");
        let found: Vec<_> = found.names.iter().map(|(name, it)| format!("{name}={it}")).collect();
        assert_eq!(found.join(" "), want, "{message}");
    }

    #[test]
    fn names_are_told() {
        check_told("storageclass Fast.Disk-1 not exists", Conversion, "storage_class=Fast.Disk-1");
        check_told(
            "get storageclass: storageclass \"a\" not exists",
            Conversion,
            "storage_class=a",
        );
        check_told(
            "wait for created tmp pvc crm/data-for-convert202609150200 for convertion bound time \
             out",
            Conversion,
            "namespace=crm pvc=data-for-convert202609150200",
        );
        check_told(
            "accessMode of PVC crm/data is [ReadWriteMany]",
            Restore,
            "namespace=crm pvc=data access_mode=ReadWriteMany",
        );
        check_told("unsupported FlexVolume driver: alicloud/nas", Backup, "driver=alicloud/nas");
        check_told(
            "accessMode of PVC data is ReadOnlyMany.",
            Restore,
            "pvc=data access_mode=ReadOnlyMany",
        );
        check_told(
            "RestoreError: process advancedvolumesnapshot failed avs: snapshot-hz, err: transition \
             canceled with error: the ECS-snapshot related ram policy is missing",
            Restore,
            "snapshot=snapshot-hz",
        );
        check_told(
            r#"error="deleterequests.csdr.alibabacloud.com \"x-dbr\" already exists""#,
            Vault,
            "delete_request=x-dbr",
        );
    }

    #[test]
    fn a_message_need_not_tell_its_names() {
        check_told("create cluster resources timeout", Conversion, "");
        check_told("the ECS-snapshot related ram policy is missing", Restore, "");
        check_told("The name has been used. Change the name and try again", Console, "");
    }

    #[test]
    fn an_empty_name_is_none() {
        check("storageclass  not exists", Conversion, "", "");
        check("storageclass \"\" not exists", Conversion, "", "");
    }

    #[test]
    fn a_message_in_any_script_is_searched() {
        check("存储类 storageclass 快 not exists", Conversion, "", "");
        check("ſtorage İ storageclass a not exists", Conversion, "", "storage-class-missing");
    }

    #[test]
    fn every_entry_can_be_read() {
        for (i, it) in CATALOGUE.iter().enumerate() {
            let reason = it.reason;
            assert!(reason.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{reason}");
            assert!(CATALOGUE[..i].iter().all(|other| other.reason != reason), "{reason} twice");
            assert!(!it.of.is_empty() && !it.remedy.is_empty(), "{reason}");
            assert!(std::ptr::eq(named(reason).expect("there it is"), it), "{reason}");
            assert!(it.cause.ends_with('.'), "{reason}");
            assert!(it.possible.is_empty() || it.possible.ends_with('.'), "{reason}");
            // What is possible is told of a bare message, or where no object says otherwise.
            assert!(it.looks == usize::MAX || it.quotes, "{reason}");
            for part in it.message.iter().copied().flatten() {
                assert!(part.is_ascii(), "{reason}");
                assert_eq!(*part, part.to_lowercase(), "{reason}");
                assert!(!part.starts_with('{') && !part.is_empty(), "{reason}");
                // A name ends where one of its characters does not follow.
                let behind = part.split('}').skip(1).filter_map(|it| it.bytes().next());
                assert!(behind.into_iter().all(|it| !DRIVER.0(&it) || it == b'/'), "{reason}");
            }
        }
    }

    #[test]
    fn every_entry_can_be_found() {
        // Its own parts, first of each group, find it: nothing above takes its place.
        for it in CATALOGUE.iter().filter(|it| !it.message.is_empty()) {
            let message: Vec<_> = it.message.iter().map(|parts| parts[0]).collect();
            let message = NAMES.iter().fold(message.join(" "), |message, (name, _)| {
                message.replace(&format!("{{{name}}}"), &name.replace('_', "-"))
            });
            // Where one above explains the bare message, words follow.
            let is_bare = CATALOGUE.iter().any(|above| above.bare && above.message == it.message);
            let message = if is_bare && !it.bare { message + ": so" } else { message };
            for subject in it.of {
                check(&message, *subject, it.network, it.reason);
            }
        }
    }

    #[test]
    fn names_in_braces_are_known() {
        for it in CATALOGUE {
            let steps = it.remedy.iter().filter_map(|step| match step {
                Say(text) | Type(text) => Some(*text),
                Again => None,
            });
            let patterns = it.message.iter().copied().flatten().copied();
            for text in steps.chain([it.cause, it.possible]).chain(patterns) {
                let braces = text.split('{').skip(1).filter_map(|it| Some(it.split_once('}')?.0));
                let unknown = braces
                    .filter(|name| name.bytes().all(|it| it.is_ascii_lowercase() || it == b'_'))
                    .find(|name| NAMES.iter().all(|(it, _)| it != name));
                assert_eq!(unknown, None, "{}: {text}", it.reason);
            }
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
                // Outputs take text in backticks for a command.
                Say(text) => assert!(text.ends_with(['.', ':']) && !text.contains('`'), "{text}"),
                Again => {}
            }
        }
    }
}
