//! The script as a customer runs it: in each shell that is here, with a kubectl that answers from
//! files. What it leaves is compared whole.

use std::{
    env,
    fmt::Write as _,
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use rulebox_bundle::{FIELDS, Fields, INFO, Info, LISTS, List, script};
use rulebox_core::{NeedSet, ObjectNeed};
use tempfile::TempDir;

/// The shells that a customer may have. One that is not here is not tried; `sh` always is.
const SHELLS: [&[&str]; 6] =
    [&["sh"], &["dash"], &["bash"], &["busybox", "sh"], &["ksh"], &["mksh"]];

/// A cluster: the files from which kubectl answers, and the needs that ask for them.
struct Cluster {
    folder: TempDir,
    needs: NeedSet,
}

/// How a run ended.
struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Cluster {
    /// A cluster that serves Pods and Secrets, and as yet none of their lists.
    fn new(needs: &[(&str, &str, &str)]) -> Self {
        let need = |&(group, kind, namespace): &(&str, &str, &str)| ObjectNeed {
            group: group.to_owned(),
            kind: kind.to_owned(),
            namespaces: Some(namespace.to_owned())
                .into_iter()
                .filter(|it| !it.is_empty())
                .collect(),
            ..ObjectNeed::default()
        };
        let needs = NeedSet { objects: needs.iter().map(need).collect(), texts: Vec::new() };
        let cluster = Self { folder: tempfile::tempdir().expect("a folder"), needs };
        cluster
            .serves("/api/v1", &[("pods/log", "Pod"), ("pods", "Pod"), ("secrets", "Secret")])
            .answers("/version.json", "{\"gitVersion\": \"v1.30.1\"}\n")
            .answers("/uid.json", "0f9b7c1e-2d55")
    }

    fn answers(self, path: &str, text: &str) -> Self {
        let file = self.path("answers").join(&path[1..]);
        fs::create_dir_all(file.parent().expect("a folder")).expect("made");
        fs::write(file, text).expect("written");
        self
    }

    /// The resources of a version of a group, as a server writes them.
    fn serves(self, version: &str, resources: &[(&str, &str)]) -> Self {
        let resource = |(name, kind): &(&str, &str)| {
            let verbs = if name.contains('/') { "get" } else { "delete\",\"list\",\"watch" };
            format!(
                "{{\"name\":\"{name}\",\"singularName\":\"\",\"namespaced\":true,\
                 \"kind\":\"{kind}\",\"verbs\":[\"{verbs}\"],\"shortNames\":[\"x\"]}}"
            )
        };
        let resources = resources.iter().map(resource).collect::<Vec<_>>().join(",");
        let list = format!("{{\"kind\":\"APIResourceList\",\"resources\":[{resources}]}}\n");
        self.answers(&format!("{version}.json"), &list)
    }

    /// A group with these versions, of which the last is preferred.
    fn has_group(self, group: &str, versions: &[&str]) -> Self {
        let version =
            |it: &&str| format!("{{\"groupVersion\":\"{group}/{it}\",\"version\":\"{it}\"}}");
        let all: Vec<_> = versions.iter().map(version).collect();
        let preferred = all.last().expect("a version");
        let text = format!(
            "{{\"kind\":\"APIGroup\",\"name\":\"{group}\",\"versions\":[{}],\
             \"preferredVersion\":{preferred}}}\n",
            all.join(",")
        );
        self.answers(&format!("/apis/{group}.json"), &text)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs the script in a folder.
    fn run(&self, shell: &[&str], work: &Path, path: &str) -> Ran {
        self.run_with(shell, work, path, &["--context", "the prod"])
    }

    /// The same, with these arguments.
    fn run_with(&self, shell: &[&str], work: &Path, path: &str, arguments: &[&str]) -> Ran {
        fs::create_dir_all(work).expect("made");
        let file = self.path("collect.sh");
        fs::write(&file, script(&self.needs, "0.1.0").expect("a script")).expect("written");
        let mut command = Command::new(found(shell[0]).expect("the shell is here"));
        command.args(&shell[1..]).arg(file).args(arguments).current_dir(work);
        command.env("PATH", path).env("ANSWERS", self.path("answers"));
        let output = command.stdin(Stdio::null()).output().expect("the shell runs");
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        let (out, err) = (text(output.stdout), text(output.stderr));
        Ran { code: output.status.code(), out, err }
    }

    /// Runs the script in each shell: its code, what it leaves, and its last line on standard
    /// error.
    #[track_caller]
    fn check(&self, code: i32, left: &str, last: &str) {
        for shell in SHELLS.iter().filter(|it| found(it[0]).is_some()) {
            let work = self.path(&format!("in {}", shell[0]));
            let ran = self.run(shell, &work, &with_kubectl());
            assert_eq!(ran.code, Some(code), "{shell:?}: {}", ran.err);
            assert_eq!(unpacked(&work, &ran.out), left, "{shell:?}: {}", ran.err);
            assert_eq!(ran.err.lines().last(), Some(last), "{shell:?}: {}", ran.err);
        }
    }

    /// What kubectl was asked for in all runs.
    fn asked(&self) -> String {
        fs::read_to_string(self.path("answers/asked")).unwrap_or_default()
    }
}

/// The `PATH`, with the kubectl of these tests before all others.
fn with_kubectl() -> String {
    let bin = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/bin");
    format!("{bin}:{}", env::var("PATH").expect("a PATH"))
}

/// Where the `PATH` has a program.
fn found(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|it| it.join(program)).find(|it| it.is_file())
}

/// The files that the printed archive holds, each behind its name; the archive is all that is left.
fn unpacked(work: &Path, out: &str) -> String {
    let left = files(work);
    let Some(archive) = out.strip_suffix('\n') else {
        assert_eq!((out, left.as_slice()), ("", &[][..]), "nothing is left where nothing is named");
        return String::new();
    };
    assert_eq!(left, [archive]);
    let mode = fs::metadata(work.join(archive)).expect("it is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "only its owner may read it");
    let tar = Command::new("tar").arg("-xzf").arg(archive).current_dir(work).status();
    assert!(tar.expect("tar runs").success(), "{archive}");
    let bundle = work.join(archive.strip_suffix(".tar.gz").expect("an archive"));
    let mut text = String::new();
    for name in files(&bundle) {
        let content = fs::read_to_string(bundle.join(&name)).expect("UTF-8");
        // The end of a table is checked here; a line for whole objects says nothing more.
        let rows = |is_told: fn(&str) -> bool| {
            content
                .lines()
                .filter(|it| !it.starts_with("end ") && is_told(it))
                .fold(String::new(), |rows, it| rows + it + "\n")
        };
        let content = match &*name {
            LISTS => List::parse(&content).map(|_| rows(|_| true)).expect("a table"),
            FIELDS => {
                let rows = rows(|it| !it.ends_with(" *"));
                Fields::parse(&content).expect("a table");
                if rows.is_empty() {
                    continue;
                }
                rows
            }
            _ => content.clone(),
        };
        if name != INFO {
            write!(text, "== {name}\n{content}").expect("a string takes all");
            continue;
        }
        let info: Info = Info::parse(&content).expect("what it is to be");
        let stamp = info.as_of.to_string().replace(['-', ':'], "");
        assert!(archive.contains(&stamp), "{archive} is not of {stamp}");
        let Info { format, rulebox, cluster, .. } = info;
        writeln!(text, "== {name}\n{format} {rulebox} {cluster}").expect("a string takes all");
    }
    text
}

/// All files below a folder, sorted.
fn files(folder: &Path) -> Vec<String> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let entry = entry.expect("an entry");
        let name = entry.file_name().into_string().expect("UTF-8");
        if entry.path().is_dir() {
            all.extend(files(&entry.path()).iter().map(|it| format!("{name}/{it}")));
        } else {
            all.push(name);
        }
    }
    all.sort();
    all
}

const PODS: &str = "{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"items\":[]}\n";
const BACKUPS: &str = "{\"kind\":\"BackupList\",\"items\":[{\"metadata\":{\"name\":\"a\\nb\"}}]}\n";

/// What stands behind the lists in each bundle.
const REST: &str = "\
== rulebox-bundle.json
1 0.1.0 0f9b7c1e-2d55
== version.json
{\"gitVersion\": \"v1.30.1\"}
";

#[test]
fn every_list_is_a_file() {
    let cluster = Cluster::new(&[("velero.io", "Backup", ""), ("", "Pod", "csdr")])
        .has_group("velero.io", &["v1alpha1", "v1"])
        .serves("/apis/velero.io/v1alpha1", &[("backups", "Backup")])
        .serves("/apis/velero.io/v1", &[("backups", "Backup")])
        .answers("/apis/velero.io/v1/backups.json", BACKUPS)
        .answers("/api/v1/namespaces/csdr/pods.json", PODS);
    let left = format!(
        "== lists.txt\n\
         pods@csdr             -         Pod    csdr\n\
         backups.velero.io@ALL velero.io Backup -\n\
         == lists/backups.velero.io@ALL.json\n{BACKUPS}\
         == lists/pods@csdr.json\n{PODS}{REST}"
    );
    cluster.check(0, &left, "reading backups.velero.io@ALL");
    let asked = cluster.asked();
    let is_read = |it: &str| it.starts_with("--context the prod get ");
    assert!(asked.lines().all(is_read), "the flags go to kubectl, and it only gets:\n{asked}");
}

#[test]
fn what_is_not_served_says_so() {
    let cluster = Cluster::new(&[
        ("", "Pod", "csdr"),
        ("", "Ghost", ""),
        ("velero.io", "Backup", ""),
        ("csdr.alibabacloud.com", "Vault", "csdr"),
    ])
    .has_group("velero.io", &["v1"])
    .serves("/apis/velero.io/v1", &[("backups/status", "Backup"), ("restores", "Restore")])
    .answers("/api/v1/namespaces/csdr/pods.json", PODS);
    let left = format!(
        "== lists.txt\n\
         ghosts@ALL                        -                     Ghost  -\n\
         pods@csdr                         -                     Pod    csdr\n\
         vaults.csdr.alibabacloud.com@csdr csdr.alibabacloud.com Vault  csdr\n\
         backups.velero.io@ALL             velero.io             Backup -\n\
         == lists/backups.velero.io@ALL.err\nthe cluster serves no Backup.velero.io\n\
         == lists/ghosts@ALL.err\nthe cluster serves no Ghost\n\
         == lists/pods@csdr.json\n{PODS}\
         == lists/vaults.csdr.alibabacloud.com@csdr.err\n\
         the cluster serves no Vault.csdr.alibabacloud.com\n{REST}"
    );
    let last = "3 of 4 lists could not be read: lists/*.err in the file say why";
    cluster.check(0, &left, last);
}

#[test]
fn a_kind_may_be_served_in_another_version() {
    let cluster = Cluster::new(&[("velero.io", "Backup", ""), ("velero.io", "Upload", "")])
        .has_group("velero.io", &["v1beta1", "v2alpha1", "v1"])
        // The fields stand in another order, and blanks between them.
        .answers(
            "/apis/velero.io/v2alpha1.json",
            "{\"resources\": [ {\n  \"kind\": \"Upload\",\n  \"verbs\": [\"get\", \"list\"],\n  \
             \"singularName\": \"upload\",\n  \"name\": \"datauploads\"\n} ]}\n",
        )
        .answers("/apis/velero.io/v1beta1.err", "Error from server (ServiceUnavailable): x\n")
        .serves("/apis/velero.io/v1", &[("backups", "Backup")])
        .answers("/apis/velero.io/v1/backups.json", BACKUPS)
        .answers("/apis/velero.io/v2alpha1/datauploads.json", PODS);
    let left = format!(
        "== lists.txt\n\
         backups.velero.io@ALL velero.io Backup -\n\
         uploads.velero.io@ALL velero.io Upload -\n\
         == lists/backups.velero.io@ALL.json\n{BACKUPS}\
         == lists/uploads.velero.io@ALL.json\n{PODS}{REST}"
    );
    cluster.check(0, &left, "reading uploads.velero.io@ALL");
}

#[test]
fn a_group_that_cannot_be_looked_at_is_not_called_unserved() {
    let words = "Error from server (ServiceUnavailable): the server is currently unable \
                 to handle the request\n";
    let cluster = Cluster::new(&[("velero.io", "Backup", ""), ("", "Pod", "")])
        .answers("/apis/velero.io.err", words)
        .answers("/api/v1/pods.json", PODS);
    let left = format!(
        "== lists.txt\n\
         pods@ALL              -         Pod    -\n\
         backups.velero.io@ALL velero.io Backup -\n\
         == lists/backups.velero.io@ALL.err\n{words}\
         == lists/pods@ALL.json\n{PODS}{REST}"
    );
    let last = "1 of 2 lists could not be read: lists/*.err in the file say why";
    cluster.check(0, &left, last);
}

#[test]
fn what_is_forbidden_is_told_in_the_words_of_kubectl() {
    let words = "Error from server (Forbidden): pods is forbidden: User \"C:\\dev\" cannot list \
                 resource \"pods\" in API group \"\" in the namespace \"csdr\"\n";
    let cluster =
        Cluster::new(&[("", "Pod", "csdr")]).answers("/api/v1/namespaces/csdr/pods.err", words);
    let left = format!("== lists.txt\npods@csdr - Pod csdr\n== lists/pods@csdr.err\n{words}{REST}");
    let last = "1 of 1 lists could not be read: lists/*.err in the file say why";
    cluster.check(1, &left, last);
}

#[test]
fn a_list_that_broke_off_stays_with_the_reason() {
    let words = "error: unexpected EOF\n";
    let cluster = Cluster::new(&[("", "Pod", "csdr"), ("", "Pod", "velero")])
        .answers("/api/v1/namespaces/csdr/pods.json", "{\"kind\":\"PodL")
        .answers("/api/v1/namespaces/csdr/pods.err", words)
        .answers("/api/v1/namespaces/velero/pods.json", PODS)
        .answers("/api/v1/namespaces/velero/pods.warning", "Warning: v1 is old\n");
    let left = format!(
        "== lists.txt\npods@csdr   - Pod csdr\npods@velero - Pod velero\n\
         == lists/pods@csdr.err\n{words}\
         == lists/pods@csdr.json\n{{\"kind\":\"PodL== lists/pods@velero.json\n{PODS}{REST}"
    );
    let last = "1 of 2 lists could not be read: lists/*.err in the file say why";
    cluster.check(0, &left, last);
}

#[test]
fn a_kubectl_that_dies_without_a_word_gives_a_reason() {
    let cluster =
        Cluster::new(&[("", "Pod", "csdr")]).answers("/api/v1/namespaces/csdr/pods.err", "");
    let left = format!(
        "== lists.txt\npods@csdr - Pod csdr\n\
         == lists/pods@csdr.err\nkubectl ended with status 1\n{REST}"
    );
    let last = "1 of 1 lists could not be read: lists/*.err in the file say why";
    cluster.check(1, &left, last);
}

#[test]
fn of_a_server_that_does_not_answer_nothing_is_left() {
    let words = "The connection to the server 10.0.0.1:6443 was refused - did you specify the \
                 right host or port?\n";
    let cluster = Cluster::new(&[("", "Pod", "csdr")]).answers("/down.err", words);
    cluster.check(1, "", "kubectl does not reach the cluster: nothing was collected");
    let work = cluster.path("once more");
    assert!(cluster.run(&["sh"], &work, &with_kubectl()).err.starts_with(words));
}

#[test]
fn a_server_that_hides_its_version_is_read() {
    let cluster = Cluster::new(&[("", "Pod", "csdr")])
        .answers("/version.err", "Error from server (Forbidden): no\n")
        .answers("/uid.json", "\"}<html>")
        .answers("/api/v1/namespaces/csdr/pods.json", PODS);
    let left = format!(
        "== lists.txt\npods@csdr - Pod csdr\n== lists/pods@csdr.json\n{PODS}\
         == rulebox-bundle.json\n1 0.1.0 \n"
    );
    cluster.check(0, &left, "reading pods@csdr");
}

#[test]
fn of_secrets_no_value_is_asked_for() {
    let secrets = "{\"kind\":\"SecretList\",\"items\":[]}\n";
    let cluster = Cluster::new(&[("", "Secret", "csdr")]).answers("/secrets.json", secrets);
    let left = format!(
        "== fields.txt\n\
         - Secret metadata.creationTimestamp\n\
         - Secret metadata.labels\n\
         - Secret metadata.name\n\
         - Secret metadata.namespace\n\
         - Secret metadata.resourceVersion\n\
         - Secret metadata.uid\n\
         - Secret type\n\
         == lists.txt\nsecrets@csdr - Secret csdr\n\
         == lists/secrets@csdr.json\n{secrets}{REST}"
    );
    cluster.check(0, &left, "reading secrets@csdr");
    let asked = cluster.asked();
    assert!(asked.contains("get secrets --namespace=csdr -o go-template={\"kind\""), "{asked}");
    assert!(!asked.contains("/secrets"), "values were asked for:\n{asked}");
    // Neither the values of keys nor annotations stand in the template.
    for it in ["annotations", "stringData", "{{$value}}\"{{$comma = \",\"}}{{end -}}\n}}\n"] {
        assert!(!asked.contains(it), "{it}:\n{asked}");
    }
}

#[test]
fn two_runs_in_one_second_leave_two_files() {
    let cluster =
        Cluster::new(&[("", "Pod", "csdr")]).answers("/api/v1/namespaces/csdr/pods.json", PODS);
    let work = cluster.path("it's $HOME; `id`");
    let runs = [(); 3].map(|()| cluster.run(&["sh"], &work, &with_kubectl()));
    let mut printed: Vec<_> = runs.iter().map(|it| it.out.trim_end().to_owned()).collect();
    printed.sort();
    assert!(runs.iter().all(|it| it.code == Some(0)));
    assert_eq!(files(&work), printed);
}

#[test]
fn without_kubectl_one_line_says_so() {
    let cluster = Cluster::new(&[("", "Pod", "csdr")]);
    for shell in SHELLS.iter().filter(|it| found(it[0]).is_some()) {
        let work = cluster.path("work");
        let Ran { code, out, err } = cluster.run(shell, &work, "/nowhere");
        let first = "kubectl is needed, and the PATH has none\n";
        assert!(err.starts_with(first), "{shell:?}: {err}");
        assert_eq!((code, &*out, files(&work)), (Some(127), "", Vec::new()), "{shell:?}");
    }
}

/// Whichever options its caller has set, the script does its work.
#[test]
fn a_shell_that_ends_at_the_first_failure_collects_too() {
    let cluster = Cluster::new(&[("", "Ghost", ""), ("", "Pod", "csdr")])
        .answers("/api/v1/namespaces/csdr/pods.json", PODS);
    for shell in [&["sh", "-e"][..], &["sh", "-eu"]] {
        let work = cluster.path("work");
        let ran = cluster.run(shell, &work, &with_kubectl());
        assert_eq!(ran.code, Some(0), "{shell:?}: {}", ran.err);
        assert!(ran.err.contains("1 of 2 lists could not be read"), "{shell:?}: {}", ran.err);
    }
    if found("bash").is_some() {
        let shell = ["bash", "-eu", "-o", "pipefail"];
        let ran = cluster.run(&shell, &cluster.path("work"), &with_kubectl());
        assert_eq!(ran.code, Some(0), "{}", ran.err);
    }
}

#[test]
fn its_help_is_its_head() {
    let cluster = Cluster::new(&[("", "Pod", "csdr")]);
    for flag in ["--help", "-h"] {
        let work = cluster.path("work");
        let ran = cluster.run_with(&["sh"], &work, &with_kubectl(), &["--context", "a", flag]);
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
        assert!(ran.out.starts_with("Collects from a Kubernetes cluster what "), "{}", ran.out);
        assert!(ran.out.contains("sh collect.sh [FLAGS OF KUBECTL]"), "{}", ran.out);
        assert!(!ran.out.contains("secrets>") && !ran.out.contains('#'), "{}", ran.out);
        assert_eq!(files(&work), Vec::<String>::new());
    }
    assert_eq!(cluster.asked(), "");
}

/// The last line where kubectl fails at once with these words.
#[track_caller]
fn check_failure(words: &str, last: &str) {
    let cluster = Cluster::new(&[("", "Pod", "csdr")]).answers("/down.err", words);
    cluster.check(1, "", &format!("{last}: nothing was collected"));
    let work = cluster.path("once more");
    assert!(cluster.run(&["sh"], &work, &with_kubectl()).err.starts_with(words));
}

#[test]
fn a_failure_of_kubectl_is_called_what_it_is() {
    check_failure(
        "error: unknown flag: --contxt\nSee 'kubectl get --help' for usage.\n",
        "kubectl refuses what was typed",
    );
    check_failure(
        "error: You must be logged in to the server (Unauthorized)\n",
        "the cluster refuses the credentials",
    );
    check_failure(
        "Error from server (Unauthorized): Unauthorized\n",
        "the cluster refuses the credentials",
    );
    check_failure("error: context \"x\" does not exist\n", "kubectl failed, as it says above");
}

#[test]
fn each_program_that_is_missing_is_named() {
    let cluster = Cluster::new(&[("", "Pod", "csdr")]);
    let work = cluster.path("work");
    let shell = found("sh").expect("a shell");
    let Ran { code, err, .. } = cluster.run(&[shell.to_str().expect("UTF-8")], &work, "/nowhere");
    assert_eq!(code, Some(127));
    for program in ["kubectl", "sed", "grep", "tar", "gzip"] {
        assert!(err.contains(&format!("{program} is needed, and the PATH has none\n")), "{err}");
    }
}

#[test]
fn where_files_may_not_grow_the_folder_that_stays_is_named() {
    let cluster = Cluster::new(&[("", "Pod", "csdr")]);
    let much = (0..200_000).map(|it| (it * 7919 % 65521).to_string()).collect::<Vec<_>>().concat();
    let list = format!("{{\"kind\":\"PodList\",\"items\":[\"{much}\"]}}\n");
    let cluster = cluster.answers("/api/v1/namespaces/csdr/pods.json", &list);
    let work = cluster.path("work");
    fs::create_dir_all(&work).expect("a folder");
    let file = cluster.path("collect.sh");
    fs::write(&file, script(&cluster.needs, "0.1.0").expect("a script")).expect("written");
    let limited = format!("ulimit -f 1; exec sh '{}'", file.display());
    let mut sh = Command::new("sh");
    sh.args(["-c", &limited]).current_dir(&work).env("PATH", with_kubectl());
    sh.env("ANSWERS", cluster.path("answers")).stdin(Stdio::null());
    let output = sh.output().expect("the shell runs");
    let err = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{err}");
    assert!(err.contains("perhaps the disk is full, or files may not be so large"), "{err}");
    let left: Vec<_> = fs::read_dir(&work).expect("a folder").map(|it| it.expect("one")).collect();
    for it in &left {
        assert!(err.contains(&*it.file_name().to_string_lossy()), "{it:?} is not told: {err}");
    }
}

#[test]
fn without_standard_output_there_is_no_success() {
    let cluster =
        Cluster::new(&[("", "Pod", "csdr")]).answers("/api/v1/namespaces/csdr/pods.json", PODS);
    let work = cluster.path("work");
    fs::create_dir_all(&work).expect("a folder");
    let file = cluster.path("collect.sh");
    fs::write(&file, script(&cluster.needs, "0.1.0").expect("a script")).expect("written");
    let closed = format!("exec sh '{}' >&-", file.display());
    let mut sh = Command::new("sh");
    sh.args(["-c", &closed]).current_dir(&work).env("PATH", with_kubectl());
    sh.env("ANSWERS", cluster.path("answers")).stdin(Stdio::null());
    let output = sh.output().expect("the shell runs");
    let err = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{err}");
    let [archive] = &*files(&work) else { panic!("{:?}", files(&work)) };
    assert!(err.contains(archive.as_str()), "{err}");
}
