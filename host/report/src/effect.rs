//! Whether a command only looks or may change something. What is not known to look changes: a
//! command that is marked in vain costs a second look, one that is not costs a cluster.

/// Whether a command, or a script of several lines, may change something: unless each program that
/// it runs is known to look only.
pub(crate) fn changes(script: &str) -> bool {
    match commands(script) {
        Some(commands) => !commands
            .iter()
            .all(|command| looks(&command.iter().map(String::as_str).collect::<Vec<_>>())),
        None => true,
    }
}

/// The words of each command between pipes, `&&`, `;` and line feeds. None where a shell would
/// expand, write a file or read on: then the words do not tell what runs.
fn commands(script: &str) -> Option<Vec<Vec<String>>> {
    let mut commands = vec![Vec::new()];
    let mut word: Option<String> = None;
    let mut chars = script.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            ' ' | '\t' => commands.last_mut()?.extend(word.take()),
            '|' | ';' | '&' | '\n' => {
                commands.last_mut()?.extend(word.take());
                commands.push(Vec::new());
            }
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next()? {
                        '\'' => break,
                        c => word.push(c),
                    }
                }
            }
            '"' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next()? {
                        '"' => break,
                        '`' => return None,
                        '$' if chars.peek() == Some(&'(') => return None,
                        '\\' => word.push(chars.next()?),
                        c => word.push(c),
                    }
                }
            }
            '\\' => match chars.next()? {
                // The command goes on in the next line.
                '\n' => commands.last_mut()?.extend(word.take()),
                c => word.get_or_insert_default().push(c),
            },
            '$' if chars.peek().is_some_and(|it| "('".contains(*it)) => return None,
            '`' | '(' | ')' | '<' | '>' => return None,
            '#' if word.is_none() => while chars.next_if(|it| *it != '\n').is_some() {},
            c => word.get_or_insert_default().push(c),
        }
    }
    commands.last_mut()?.extend(word);
    commands.retain(|it| !it.is_empty());
    Some(commands)
}

/// Programs that read and print, whatever they are given. Not among them: what writes to a file
/// that an argument names (`sort`, `uniq`, `tee`), and what runs others (`awk`, `sed`).
const READERS: [&str; 10] =
    ["base64", "cat", "cut", "echo", "grep", "head", "jq", "tail", "tr", "wc"];

/// Flags of kubectl that may stand before its verb, and are followed by a value.
const KUBECTL_FLAGS: [&str; 11] = [
    "-n",
    "--namespace",
    "--context",
    "--cluster",
    "--user",
    "--kubeconfig",
    "-s",
    "--server",
    "--as",
    "--request-timeout",
    "-v",
];

const KUBECTL: [&[&str]; 20] = [
    &["api-resources"],
    &["api-versions"],
    &["auth", "can-i"],
    &["auth", "whoami"],
    &["cluster-info"],
    &["config", "current-context"],
    &["config", "get-clusters"],
    &["config", "get-contexts"],
    &["config", "view"],
    &["describe"],
    &["diff"],
    &["events"],
    &["explain"],
    &["get"],
    &["logs"],
    &["rollout", "history"],
    &["rollout", "status"],
    &["top"],
    &["version"],
    &["wait"],
];

const VELERO_FLAGS: [&str; 4] = ["-n", "--namespace", "--kubeconfig", "--kubecontext"];

/// What velero can do with each of its kinds.
const VELERO_VERBS: [&str; 3] = ["get", "describe", "logs"];

const VELERO_KINDS: [&str; 7] =
    ["backup", "restore", "schedule", "backup-location", "snapshot-location", "repo", "plugin"];

const HELM_FLAGS: [&str; 4] = ["-n", "--namespace", "--kube-context", "--kubeconfig"];

const HELM: [&[&str]; 7] =
    [&["get"], &["history"], &["list"], &["ls"], &["search"], &["status"], &["version"]];

const OSSUTIL: [&[&str]; 3] = [&["du"], &["ls"], &["stat"]];

/// Flags of xargs that are followed by a value. Without a program it prints.
const XARGS_FLAGS: [&str; 5] = ["-n", "-I", "-L", "-P", "-d"];

/// Whether one command is known to look only.
fn looks(command: &[&str]) -> bool {
    let Some((&program, arguments)) = command.split_first() else { return true };
    let begins = |arguments: Option<&[&str]>, known: &[&[&str]]| {
        arguments.is_some_and(|it| known.iter().any(|verbs| it.starts_with(verbs)))
    };
    match program {
        "kubectl" => match behind(arguments, &KUBECTL_FLAGS) {
            // What runs in the container stands behind two dashes.
            Some(["exec", rest @ ..]) => {
                let run = rest.iter().position(|it| *it == "--").map(|at| &rest[at + 1..]);
                run.is_some_and(looks)
            }
            arguments => begins(arguments, &KUBECTL),
        },
        "helm" => begins(behind(arguments, &HELM_FLAGS), &HELM),
        "ossutil" => begins(behind(arguments, &[]), &OSSUTIL),
        // Its image has it where its shell begins.
        "velero" | "./velero" => match behind(arguments, &VELERO_FLAGS) {
            Some(["version", ..]) => true,
            Some([kind, verb, ..]) if VELERO_KINDS.contains(kind) => VELERO_VERBS.contains(verb),
            Some([verb, ..]) => VELERO_VERBS.contains(verb),
            Some([]) | None => false,
        },
        "xargs" => behind(arguments, &XARGS_FLAGS).is_some_and(looks),
        program => READERS.contains(&program),
    }
}

/// The words behind the flags of a program, which are followed by a value, or hold it behind `=`.
/// None where a flag is another: what follows may be its value.
fn behind<'w, 'a>(mut arguments: &'w [&'a str], with_value: &[&str]) -> Option<&'w [&'a str]> {
    while let [flag, rest @ ..] = arguments {
        if !flag.starts_with('-') {
            break;
        }
        arguments = if with_value.contains(flag) {
            rest.get(1..)?
        } else if flag.contains('=') {
            rest
        } else {
            return None;
        };
    }
    Some(arguments)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(looks: &[&str], change: &[&str]) {
        for it in looks {
            assert!(!changes(it), "it only looks: {it}");
        }
        for it in change {
            assert!(changes(it), "it changes: {it}");
        }
    }

    #[test]
    fn kubectl() {
        check(
            &[
                "kubectl get pods",
                "kubectl -n csdr get pods -o wide",
                "kubectl --namespace=csdr --context prod describe pod a",
                "kubectl logs deploy/csdr-controller --previous",
                "kubectl top pod",
                "kubectl explain pod.spec",
                "kubectl events --for pod/a",
                "kubectl auth can-i delete pods",
                "kubectl api-resources --verbs=list",
                "kubectl version",
                "kubectl config view",
                "kubectl -n csdr rollout status deploy/a",
                "kubectl rollout history deploy/a",
                "kubectl diff -f a.yaml",
                "kubectl get pod 'delete; patch'",
                "kubectl -n csdr exec -t deploy/csdr-velero -- velero describe backup a",
                "kubectl exec deploy/csdr-velero -c velero -- ./velero -n csdr backup logs a",
            ],
            &[
                "kubectl",
                "kubectl delete pod a",
                "kubectl -n get delete pod a",
                "kubectl --unknown get delete ns csdr",
                "kubectl -n csdr patch deploy a -p '{}'",
                "kubectl set resources deploy a --limits=memory=1Gi",
                "kubectl label node a b=c --overwrite",
                "kubectl rollout restart deploy/a",
                "kubectl rollout undo deploy/a",
                "kubectl config use-context prod",
                "kubectl auth reconcile -f a",
                "kubectl apply -f a",
                "kubectl exec a ls",
                "kubectl exec a -- rm b",
                "kubectl exec -it a -- sh",
                "kubectl exec a -- ./velero backup delete b",
                "kubectl cp a:/b .",
                "kubectl debug a",
                "kubectl drain a",
                "kubectl cordon a",
                "kubectl scale deploy a --replicas=0",
                "kubectl edit deploy a",
                "kubectl run a --image=b",
                "kubectl get-and-delete a",
            ],
        );
    }

    #[test]
    fn other_programs() {
        check(
            &[
                "velero -n csdr backup describe a --details",
                "velero get backups",
                "velero describe backup a",
                "velero restore logs a",
                "velero version",
                "ossutil ls oss://a",
                "ossutil stat oss://a/b",
                "helm -n a list",
                "echo a",
            ],
            &[
                "velero backup create a",
                "velero create backup a",
                "velero backup delete a",
                "velero backup get-lost",
                "velero restore create --from-backup get",
                "ossutil rm oss://a",
                "ossutil cp a oss://b",
                "helm upgrade a b",
                "rm -rf /",
                "sudo kubectl get pods",
                "./kubectl get pods",
                "A=b kubectl get pods",
                "aliyun cs GET /clusters",
                "curl -X DELETE https://a",
                "awk 1",
                "sort -o a b",
            ],
        );
    }

    #[test]
    fn any_part_that_changes_makes_it_a_change() {
        check(
            &[
                "kubectl get pods | grep -v Running | head -3",
                "kubectl get pods && kubectl get nodes; kubectl version",
                "kubectl api-resources -o name | xargs -n 1 kubectl -n csdr get --show-kind",
                "kubectl get pods \\\n  -o wide",
                "kubectl get secret a -o jsonpath='{.data.b}' | base64 -d",
                "kubectl get pods # delete them",
                "kubectl get \"pods\"",
                "",
            ],
            &[
                "echo '{}' | kubectl create -f -",
                "kubectl get pods && kubectl delete pod a",
                "kubectl get pods || kubectl delete pod a",
                "kubectl get pods & kubectl delete pod a",
                "kubectl get pods;kubectl delete pod a",
                "kubectl get pods\nkubectl delete pod a",
                "kubectl get pods -o name | xargs -n 1 kubectl delete",
                "kubectl get pods -o name | xargs kubectl delete",
                "kubectl get pods -o name | xargs -I {} kubectl delete {}",
                "kubectl get pods | tee a",
                "kubectl get pods > a",
                "kubectl get pods >> a",
                "kubectl get $(rm a)",
                "kubectl get `rm a`",
                "kubectl get \"$(rm a)\"",
                "kubectl get \"`rm a`\"",
                "kubectl get 'pods",
                "kubectl get \"pods",
                "(kubectl delete pod a)",
                "kubectl diff -f <(rm a)",
                "kubectl get pods \\\n; rm a",
            ],
        );
    }
}
