//! Writes objects into one text.

use std::io::{self, Write};

use serde_json::Value;

use crate::{
    plan::{self, Group},
    stock::{Stock, Style},
};

/// The `resourceVersion` that API servers and kubectl give a list.
const VERSION: &str = "49000000";

/// How a list is written.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Notation {
    Yaml,
    /// On one line.
    Compact,
    /// With lines, indented by this many blanks.
    Indented(usize),
}

impl Notation {
    fn style(self) -> Style {
        match self {
            Self::Yaml => Style::YamlItem,
            Self::Compact => Style::JsonCompact,
            Self::Indented(by) => Style::Json { by, level: 2 },
        }
    }

    /// The text before the first item, between items, and after the last item.
    fn around(self, api_version: &str, kind: &str, version: &str, empty: bool) -> [String; 3] {
        match self {
            Self::Yaml => [
                format!("apiVersion: {api_version}\nitems:{}\n", if empty { " []" } else { "" }),
                String::new(),
                format!("kind: {kind}\nmetadata:\n  resourceVersion: \"{version}\"\n"),
            ],
            Self::Compact => [
                format!("{{\"apiVersion\":\"{api_version}\",\"items\":["),
                ",".to_owned(),
                format!(
                    "],\"kind\":\"{kind}\",\"metadata\":{{\"resourceVersion\":\"{version}\"}}}}\n"
                ),
            ],
            Self::Indented(by) => {
                let [one, two] = [1, 2].map(|level| " ".repeat(by * level));
                let (open, close) = if empty {
                    (String::new(), String::new())
                } else {
                    (format!("\n{two}"), format!("\n{one}"))
                };
                [
                    format!("{{\n{one}\"apiVersion\": \"{api_version}\",\n{one}\"items\": [{open}"),
                    format!(",\n{two}"),
                    format!(
                        "{close}],\n{one}\"kind\": \"{kind}\",\n{one}\"metadata\": \
                         {{\n{two}\"resourceVersion\": \"{version}\"\n{one}}}\n}}\n"
                    ),
                ]
            }
        }
    }
}

/// Writes one `kind: List` of everything: `kubectl get a,b,c -A -o yaml`.
pub(crate) fn list(
    stock: &Stock,
    groups: &[Group],
    notation: Notation,
    out: &mut dyn Write,
) -> io::Result<()> {
    let around = notation.around("v1", "List", "", groups.is_empty());
    write(stock, groups, notation.style(), true, &around, out)
}

/// Writes a list of one kind. If `typed`, the items name their kind. All groups are of that kind.
pub(crate) fn typed_list(
    stock: &Stock,
    (api_version, kind): (&str, &str),
    groups: &[Group],
    notation: Notation,
    typed: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    let around = notation.around(api_version, &format!("{kind}List"), VERSION, groups.is_empty());
    write(stock, groups, notation.style(), typed, &around, out)
}

/// Writes the list as the API server answers it: its kind comes first, and items of built-in kinds
/// name no kind.
pub(crate) fn answer(
    stock: &Stock,
    (api_version, kind): (&str, &str),
    groups: &[Group],
    out: &mut dyn Write,
) -> io::Result<()> {
    let typed = groups.iter().any(|it| it.kind.is_custom());
    let around = [
        format!(
            "{{\"kind\":\"{kind}List\",\"apiVersion\":\"{api_version}\",\
             \"metadata\":{{\"resourceVersion\":\"{VERSION}\"}},\"items\":["
        ),
        ",".to_owned(),
        "]}\n".to_owned(),
    ];
    write(stock, groups, Style::JsonCompact, typed, &around, out)
}

fn write(
    stock: &Stock,
    groups: &[Group],
    style: Style,
    typed: bool,
    [before, between, behind]: &[String; 3],
    out: &mut dyn Write,
) -> io::Result<()> {
    out.write_all(before.as_bytes())?;
    for (i, group) in groups.iter().enumerate() {
        let first = if i == 0 { "" } else { between };
        stock.shelf(*group, style, typed).write(first, between, out)?;
    }
    out.write_all(behind.as_bytes())
}

/// The lists that `kubectl cluster-info dump` reads of each namespace, in its order: file,
/// apiVersion, kind.
pub(crate) const CLUSTER_INFO: [(&str, &str, &str); 7] = [
    ("events", "v1", "Event"),
    ("replication-controllers", "v1", "ReplicationController"),
    ("services", "v1", "Service"),
    ("daemonsets", "apps/v1", "DaemonSet"),
    ("deployments", "apps/v1", "Deployment"),
    ("replicasets", "apps/v1", "ReplicaSet"),
    ("pods", "v1", "Pod"),
];

/// The names of the containers of a pod.
pub(crate) fn containers(pod: &Value) -> Vec<String> {
    let containers = ["initContainers", "containers"].into_iter();
    let containers = containers.filter_map(|it| pod["spec"][it].as_array()).flatten();
    containers.filter_map(|it| it["name"].as_str().map(str::to_owned)).collect()
}

/// A log of some lines, one of which mentions objects.
pub(crate) fn log(container: &str) -> String {
    format!(
        "2026-09-15T02:29:58.104Z INFO {container} started\n\
         I0915 02:29:59.001 controller.go:120] \"Reconciling\" kind=\"Pod\" apiVersion=\"v1\"\n\
         {{\"level\":\"info\",\"msg\":\"patched\",\"metadata\":{{\"name\":\"{container}\"}}}}\n"
    )
}

/// The log as `kubectl cluster-info dump` prints it between documents.
pub(crate) fn printed_log(namespace: &str, pod: &str, container: &str) -> String {
    let of = format!("logs for container {container} of pod {namespace}/{pod} ====\n");
    format!("==== START {of}{}==== END {of}", log(container))
}

/// Writes what `kubectl cluster-info dump` prints if no folder is given.
pub(crate) fn cluster_info(stock: &Stock, groups: &[Group], out: &mut dyn Write) -> io::Result<()> {
    let of = |plural: &str, namespace: &str| plan::of(groups, plural, namespace);
    let notation = Notation::Indented(4);
    typed_list(stock, ("v1", "Node"), of("nodes", ""), notation, false, out)?;
    for namespace in plan::namespaces() {
        for (file, api_version, kind) in CLUSTER_INFO {
            let groups = of(&file.replace('-', ""), namespace);
            typed_list(stock, (api_version, kind), groups, notation, false, out)?;
        }
        for group in of("pods", namespace) {
            let pods = stock.shelf(*group, Style::Name, true);
            for nth in 0..group.count {
                for container in containers(pods.prototype(nth)) {
                    let log = printed_log(namespace, &pods.text(nth), &container);
                    out.write_all(log.as_bytes())?;
                }
            }
        }
    }
    Ok(())
}
