//! Which words are Kubernetes', the backup center's or a cloud's, and tell nothing of who uses
//! them: they stay, so that a report with pseudonyms can still be understood.

use std::sync::LazyLock;

use regex::Regex;

/// Namespaces and components that each installation has, and sidecars that injectors name.
const OWN: &[&str] = &[
    "ack-csi-fuse",
    "alibaba-log-controller",
    "coredns",
    "csdr",
    "csdr-controller",
    "csdr-velero",
    "csi-plugin",
    "csi-provisioner",
    "daprd",
    "default",
    "hbr-client",
    "hbr-operator",
    "in-cluster",
    "istio-init",
    "istio-proxy",
    "kube-node-lease",
    "kube-public",
    "kube-system",
    "linkerd-init",
    "linkerd-proxy",
    "managed-controller",
    "migrate-controller",
    "node-agent",
    "restic",
    "snapshot-controller",
    "vault-agent",
    "velero",
];

/// Labels whose values are words of rules, and no names.
const LABELS: &[&str] = &[
    "access_mode",
    "backup_type",
    "class",
    "code",
    "component",
    "data_type",
    "error_code",
    "kind",
    "missing",
    "network",
    "phase",
    "reason",
    "region",
    "resource",
    "result",
    "severity",
    "state",
    "status",
    "taint",
    "type",
    "version",
];

/// Fields whose values are names.
const NAMES: &[&str] = &[
    "backup",
    "backuplocation",
    "backupname",
    "bucket",
    "claimname",
    "cluster",
    "clusterid",
    "clustername",
    "domain",
    "endpoint",
    "generatename",
    "host",
    "hostname",
    "instance",
    "login",
    "name",
    "namespace",
    "node",
    "nodename",
    "owner",
    "plan",
    "prefix",
    "project",
    "repository",
    "restorename",
    "schedule",
    "schedulename",
    "secretname",
    "server",
    "serviceaccountname",
    "storagelocation",
    "tenant",
    "user",
    "username",
    "vault",
    "volumename",
    "volumesnapshotlocation",
];

/// Words that sentences have of their own. An object may have such a name; in a sentence nobody can
/// tell it from the word.
const SENTENCE: &[&str] = &[
    "a",
    "all",
    "an",
    "and",
    "app",
    "as",
    "at",
    "backup",
    "backups",
    "be",
    "bucket",
    "by",
    "client",
    "cluster",
    "config",
    "container",
    "controller",
    "data",
    "describe",
    "disk",
    "error",
    "event",
    "events",
    "failed",
    "file",
    "files",
    "for",
    "from",
    "get",
    "has",
    "image",
    "in",
    "input",
    "is",
    "it",
    "job",
    "known",
    "kubectl",
    "kubernetes",
    "log",
    "logs",
    "memory",
    "name",
    "namespace",
    "namespaces",
    "new",
    "no",
    "node",
    "nodes",
    "not",
    "object",
    "of",
    "on",
    "one",
    "or",
    "pack",
    "path",
    "phase",
    "plan",
    "pod",
    "pods",
    "reason",
    "region",
    "report",
    "restore",
    "rule",
    "rulebox",
    "schedule",
    "secret",
    "server",
    "service",
    "snapshot",
    "spec",
    "status",
    "storage",
    "task",
    "text",
    "that",
    "the",
    "this",
    "to",
    "type",
    "user",
    "vault",
    "version",
    "volume",
    "was",
    "with",
    "words",
];

/// What controllers put behind a name.
static MADE: LazyLock<Regex> = LazyLock::new(|| {
    // The letters that Kubernetes takes for what it generates; the numbers of a StatefulSet.
    let pattern = "^(?:-[bcdf-hj-np-tv-xz0-9]{8,10}(?:-[bcdf-hj-np-tv-xz0-9]{5})?|\
                   -[bcdf-hj-np-tv-xz0-9]{5}|-[0-9]{1,3})$";
    Regex::new(pattern).expect("the pattern is sound")
});

/// Whether a name is one that each installation has, perhaps with what a controller puts behind it.
pub(super) fn is_own(name: &str) -> bool {
    let behind = |own: &str| {
        let rest = name.strip_prefix(own)?;
        Some(rest.is_empty() || MADE.is_match(rest))
    };
    OWN.iter().any(|own| behind(own).unwrap_or_default())
}

/// Whether the values of a label are words, and no names.
pub(super) fn is_word_label(label: &str) -> bool {
    LABELS.binary_search(&label).is_ok()
}

/// Whether a field holds a name: the last key of its path says so.
pub(super) fn is_name_field(path: &str) -> bool {
    let last = path.rsplit('.').next().unwrap_or(path);
    let last = last.split('[').next().unwrap_or(last).to_lowercase();
    NAMES.binary_search(&&*last).is_ok()
}

/// Whether a sentence may have this word without naming anything.
pub(super) fn is_of_sentences(word: &str) -> bool {
    word.len() < 2 || is_sentence_word(word)
}

/// Whether a word that stands before a slash and a name says what the name is, and is no namespace:
/// `deployment/web-1`.
pub(super) fn is_before_name(word: &str) -> bool {
    const WORDS: [&str; 44] = [
        "api",
        "apis",
        "application",
        "apps",
        "audio",
        "batch",
        "clusterrole",
        "configmap",
        "configmaps",
        "cronjob",
        "cronjobs",
        "daemonset",
        "daemonsets",
        "deployment",
        "deployments",
        "dev",
        "endpoints",
        "etc",
        "font",
        "home",
        "ingress",
        "ingresses",
        "jobs",
        "mnt",
        "opt",
        "persistentvolume",
        "persistentvolumeclaim",
        "persistentvolumeclaims",
        "persistentvolumes",
        "pv",
        "pvc",
        "replicaset",
        "replicasets",
        "role",
        "root",
        "secrets",
        "services",
        "specs",
        "statefulset",
        "statefulsets",
        "tmp",
        "usr",
        "var",
        "video",
    ];
    word.contains('.') || is_sentence_word(word) || WORDS.binary_search(&word).is_ok()
}

/// Whether a text says when something is done again and again.
pub(super) fn is_cron(text: &str) -> bool {
    text.starts_with('@') || text.split_whitespace().count() >= 5
}

/// Whether what stands behind a name, and a dash between, was made by a controller: what it makes
/// of one name belongs together.
pub(super) fn is_made(behind: &str) -> bool {
    MADE.is_match(&format!("-{behind}"))
}

/// Whether it is a time in digits, as programs put it behind a name.
pub(super) fn is_time(behind: &str) -> bool {
    (8..=14).contains(&behind.len()) && behind.bytes().all(|it| it.is_ascii_digit())
}

/// Whether sentences have this word of their own.
pub(super) fn is_sentence_word(word: &str) -> bool {
    SENTENCE.binary_search(&word).is_ok()
}

/// Whether this is a group of APIs that everybody has.
pub(super) fn is_public_group(group: &str) -> bool {
    const SUFFIXES: [&str; 7] = [
        "alibabacloud.com",
        "k8s.io",
        "kubernetes.io",
        "openreports.io",
        "rulebox.dev",
        "velero.io",
        "x-k8s.io",
    ];
    SUFFIXES
        .iter()
        .any(|it| group.strip_suffix(it).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')))
}

/// Whether a host has documentation, of which remedies name pages.
pub(super) fn is_documentation(host: &str) -> bool {
    const HOSTS: [&str; 6] = [
        "github.com",
        "help.aliyun.com",
        "kubernetes.io",
        "velero.io",
        "www.alibabacloud.com",
        "www.aliyun.com",
    ];
    HOSTS.contains(&host)
}

/// Whether the path of an image is one that everybody pulls.
pub(super) fn is_public_image(path: &str) -> bool {
    ["/acs/", "/velero/", "/library/"].iter().any(|it| path.starts_with(it))
}

/// How much of a host's end is the address of a service of a cloud: `oss-cn-hangzhou.aliyuncs.com`
/// of `bucket.oss-cn-hangzhou.aliyuncs.com`. None of another host.
pub(super) fn service_of(host: &str) -> Option<&str> {
    static SERVICE: LazyLock<Regex> = LazyLock::new(|| {
        let pattern = concat!(
            r"(?:^|\.)(?<service>(?:(?:[a-z]{2,12}(?:-vpc)?|vpc100|[a-z0-9]{2,12}-internal",
            r"|registry-[a-z0-9-]{2,30}\.ack)\.)?",
            r"(?:(?:oss-|s3-)?(?:cn|us|eu|ap|me|sa|af|ca|na)-[a-z0-9-]{2,24}\.)?",
            r"(?:aliyuncs\.com|aliyun\.com|amazonaws\.com(?:\.cn)?|googleapis\.com",
            r"|core\.windows\.net|myqcloud\.com|docker\.io|quay\.io|gcr\.io|ghcr\.io",
            r"|github\.com))$",
        );
        Regex::new(pattern).expect("the pattern is sound")
    });
    Some(SERVICE.captures(host)?.name("service")?.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_sorted() {
        assert!([LABELS, NAMES, SENTENCE].iter().all(|it| it.is_sorted()));
    }

    #[test]
    fn components_and_their_pods_are_own() {
        for own in ["csdr", "csdr-velero", "csdr-velero-6bf7d4cf9c-x2b7k", "velero-0"] {
            assert!(is_own(own), "{own}");
        }
        for name in ["erp", "csdr-erp", "velero-erp-prod", "csdr-velero-customer"] {
            assert!(!is_own(name), "{name}");
        }
    }

    #[test]
    fn what_stands_before_a_service_is_a_name() {
        let host = "backups-erp.oss-cn-hangzhou.aliyuncs.com";
        assert_eq!(service_of(host), Some("oss-cn-hangzhou.aliyuncs.com"));
        let registry = "registry-cn-hangzhou-vpc.ack.aliyuncs.com";
        assert_eq!(service_of(registry), Some(registry));
        assert_eq!(service_of("db.example.com"), None);
    }
}
