//! Writes objects into many files, as the tools lay them out. The reader's `layout.rs` says where
//! each layout is documented.

use std::io::{self, Write};

use crate::{
    files::Files,
    form::Form,
    lists::{self, Notation},
    names::CSDR,
    plan::{self, Group, namespaces, of_one_kind},
    stock::{Shelf, Stock, Style},
};

/// Writes a dump of many files.
pub(crate) fn write(
    form: Form,
    stock: &Stock,
    groups: &[Group],
    files: &mut dyn Files,
) -> io::Result<()> {
    let tree = Tree { stock, groups };
    match form {
        Form::Folder => tree.folder(files),
        Form::ClusterInfoDump => tree.cluster_info_dump(files),
        Form::MustGather => tree.must_gather(files),
        Form::Sonobuoy => tree.sonobuoy(files),
        Form::Troubleshoot => tree.troubleshoot(files),
        Form::VeleroBackup => tree.velero_backup(files),
        Form::VeleroDebug => tree.velero_debug(files),
        _ => unreachable!("a form of one text"),
    }
}

struct Tree<'s> {
    stock: &'s Stock,
    groups: &'s [Group],
}

/// The name of a group in a path: `core` for the group without a name.
fn group_or_core(group: &str) -> &str {
    if group.is_empty() { "core" } else { group }
}

fn text(files: &mut dyn Files, path: &str, text: &str) -> io::Result<()> {
    files.file(path, &|out: &mut dyn Write| out.write_all(text.as_bytes()))
}

impl Tree<'_> {
    fn of(&self, plural: &str, namespace: &str) -> &[Group] {
        plan::of(self.groups, plural, namespace)
    }

    /// Writes a list of one kind.
    fn list(
        &self,
        files: &mut dyn Files,
        path: &str,
        of: (&str, &str),
        groups: &[Group],
        (notation, typed): (Notation, bool),
    ) -> io::Result<()> {
        files.file(path, &|out: &mut dyn Write| {
            if matches!(notation, Notation::Yaml) && typed {
                out.write_all(b"---\n")?;
            }
            lists::typed_list(self.stock, of, groups, notation, typed, out)
        })
    }

    /// Writes each object into a file of its own.
    fn each(
        &self,
        files: &mut dyn Files,
        group: &Group,
        style: Style,
        mut path: impl FnMut(&Shelf, u64, &str) -> String,
    ) -> io::Result<()> {
        let shelf = self.stock.shelf(*group, style, true);
        let names = shelf.styled(Style::Name);
        let before = if style == Style::Yaml { "---\n" } else { "" };
        let behind = if style == Style::Yaml { "" } else { "\n" };
        for nth in 0..group.count {
            let path = path(&shelf, nth, &names.text(nth));
            text(files, &path, &format!("{before}{}{behind}", shelf.text(nth)))?;
        }
        Ok(())
    }

    /// Writes the log of each container of each pod in a namespace.
    fn logs(
        &self,
        files: &mut dyn Files,
        namespace: &str,
        path: impl Fn(&str, &str) -> String,
        framed: bool,
    ) -> io::Result<()> {
        for group in self.of("pods", namespace) {
            let pods = self.stock.shelf(*group, Style::Name, true);
            for nth in 0..group.count {
                let pod = pods.text(nth);
                let containers = lists::containers(pods.prototype(nth));
                if framed {
                    let logs = containers.iter().map(|it| lists::printed_log(namespace, &pod, it));
                    text(files, &path(&pod, ""), &logs.collect::<String>())?;
                } else {
                    for container in &containers {
                        text(files, &path(&pod, container), &lists::log(container))?;
                    }
                }
            }
        }
        Ok(())
    }

    /// `<namespace>/<plural>.<group>/<name>.yaml`.
    fn folder(&self, files: &mut dyn Files) -> io::Result<()> {
        for group in self.groups {
            let place = if group.namespace.is_empty() { "cluster" } else { group.namespace };
            let resource = group.kind.resource();
            self.each(files, group, Style::Yaml, |_, _, name| {
                format!("{place}/{resource}/{name}.yaml")
            })?;
        }
        Ok(())
    }

    fn cluster_info_dump(&self, files: &mut dyn Files) -> io::Result<()> {
        let json = (Notation::Indented(4), false);
        self.list(files, "nodes.json", ("v1", "Node"), self.of("nodes", ""), json)?;
        for namespace in namespaces() {
            for (file, api_version, kind) in lists::CLUSTER_INFO {
                let groups = self.of(&file.replace('-', ""), namespace);
                let path = format!("{namespace}/{file}.json");
                self.list(files, &path, (api_version, kind), groups, json)?;
            }
            self.logs(files, namespace, |pod, _| format!("{namespace}/{pod}/logs.txt"), true)?;
        }
        Ok(())
    }

    fn must_gather(&self, files: &mut dyn Files) -> io::Result<()> {
        let root = "must-gather/registry-shop-example-must-gather-sha256-8f2b";
        text(files, &format!("{root}/version"), "openshift/must-gather\n4.17.0-202609010000\n")?;
        text(files, &format!("{root}/timestamp"), "2026-09-15 02:30:00.1 +0000 UTC m=+0.1\n")?;
        let yaml = (Notation::Yaml, true);
        for kind in of_one_kind(self.groups) {
            let it = kind[0].kind;
            let folder = group_or_core(it.group);
            for group in kind.iter().filter(|it| it.namespace.is_empty()) {
                self.each(files, group, Style::Yaml, |_, _, name| {
                    format!("{root}/cluster-scoped-resources/{folder}/{}/{name}.yaml", it.plural)
                })?;
            }
            for group in kind.iter().filter(|it| !it.namespace.is_empty()) {
                let place = format!("{root}/namespaces/{}", group.namespace);
                if it.is_custom() {
                    self.each(files, group, Style::Yaml, |_, _, name| {
                        format!("{place}/{folder}/{}/{name}.yaml", it.plural)
                    })?;
                    continue;
                }
                let path = format!("{place}/{folder}/{}.yaml", it.plural);
                let groups = std::slice::from_ref(group);
                self.list(files, &path, (&it.api_version(), it.kind), groups, yaml)?;
                if it.is_pod() {
                    self.each(files, group, Style::Yaml, |_, _, name| {
                        format!("{place}/pods/{name}/{name}.yaml")
                    })?;
                    let log = |pod: &str, it: &str| {
                        format!("{place}/pods/{pod}/{it}/{it}/logs/current.log")
                    };
                    self.logs(files, group.namespace, log, false)?;
                }
            }
        }
        Ok(())
    }

    /// Bare lists, and no file without objects. The tool takes neither events nor secrets nor
    /// custom resources.
    fn sonobuoy(&self, files: &mut dyn Files) -> io::Result<()> {
        for group in self.groups {
            let kind = group.kind;
            if kind.is_custom() || ["events", "secrets"].contains(&kind.plural) {
                continue;
            }
            let place = match group.namespace {
                "" => "cluster".to_owned(),
                namespace => format!("ns/{namespace}"),
            };
            let folder = group_or_core(kind.group);
            let path = format!("resources/{place}/{folder}_{}_{}.json", kind.version, kind.plural);
            files.file(&path, &|out: &mut dyn Write| {
                out.write_all(b"[")?;
                self.stock.shelf(*group, Style::JsonCompact, true).write("", ",", out)?;
                out.write_all(b"]\n")
            })?;
            if kind.is_pod() {
                let namespace = group.namespace;
                let log = |pod: &str, it: &str| format!("podlogs/{namespace}/{pod}/logs/{it}.txt");
                self.logs(files, namespace, log, false)?;
            }
        }
        text(
            files,
            "serverversion.json",
            "{\"gitVersion\":\"v1.31.1\",\"major\":\"1\",\"minor\":\"31\"}\n",
        )
    }

    fn troubleshoot(&self, files: &mut dyn Files) -> io::Result<()> {
        let root = "support-bundle-2026-09-15T02_30_00";
        let resources = format!("{root}/cluster-resources");
        text(
            files,
            &format!("{root}/version.yaml"),
            "apiVersion: troubleshoot.sh/v1beta2\nkind: SupportBundle\nspec:\n  versionNumber: \
             v0.123.0\n",
        )?;
        let json = (Notation::Indented(2), true);
        for (file, plural, of) in [
            ("nodes", "nodes", ("v1", "Node")),
            (
                "custom-resource-definitions",
                "customresourcedefinitions",
                ("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
            ),
        ] {
            self.list(files, &format!("{resources}/{file}.json"), of, self.of(plural, ""), json)?;
        }
        for namespace in namespaces() {
            for (plural, of) in [
                ("configmaps", ("v1", "ConfigMap")),
                ("deployments", ("apps/v1", "Deployment")),
                ("events", ("v1", "Event")),
                ("pods", ("v1", "Pod")),
                ("replicasets", ("apps/v1", "ReplicaSet")),
            ] {
                let path = format!("{resources}/{plural}/{namespace}.json");
                self.list(files, &path, of, self.of(plural, namespace), json)?;
            }
            let log =
                |pod: &str, it: &str| format!("{resources}/pods/logs/{namespace}/{pod}/{it}.log");
            self.logs(files, namespace, log, false)?;
        }
        for group in self.groups.iter().filter(|it| it.kind.is_custom()) {
            let path = format!(
                "{resources}/custom-resources/{}/{}.yaml",
                group.kind.resource(),
                group.namespace
            );
            let shelf = self.stock.shelf(*group, Style::YamlItem, true);
            files.file(&path, &|out: &mut dyn Write| shelf.write("", "", out))?;
        }
        Ok(())
    }

    fn velero_backup(&self, files: &mut dyn Files) -> io::Result<()> {
        text(files, "metadata/version", "1.1.0\n")?;
        for group in self.groups {
            let resource = group.kind.resource();
            let version = group.kind.version;
            let place = match group.namespace {
                "" => "cluster".to_owned(),
                namespace => format!("namespaces/{namespace}"),
            };
            for folder in [place.clone(), format!("{version}-preferredversion/{place}")] {
                self.each(files, group, Style::JsonCompact, |_, _, name| {
                    format!("resources/{resource}/{folder}/{name}.json")
                })?;
            }
        }
        Ok(())
    }

    /// The objects of Velero, the pods of its namespace, and their logs.
    fn velero_debug(&self, files: &mut dyn Files) -> io::Result<()> {
        text(
            files,
            "velero-bundle/version.txt",
            "Client:\n\tVersion: v1.16.0\nServer:\n\tVersion: v1.16.0\n",
        )?;
        let json = (Notation::Indented(4), true);
        for (i, group) in self.groups.iter().enumerate() {
            let kind = group.kind;
            if group.namespace != CSDR || !(kind.group == "velero.io" || kind.is_pod()) {
                continue;
            }
            let folder = format!(
                "velero-bundle/kubecapture/{}_{}/{CSDR}",
                group_or_core(kind.group),
                kind.version
            );
            let path = format!("{folder}/{}-202609150230.{i:04}.json", kind.plural);
            let groups = std::slice::from_ref(group);
            self.list(files, &path, (&kind.api_version(), kind.kind), groups, json)?;
            if kind.is_pod() {
                let log = |pod: &str, it: &str| format!("{folder}/{pod}/{it}/{it}.log");
                self.logs(files, CSDR, log, false)?;
            }
        }
        Ok(())
    }
}
