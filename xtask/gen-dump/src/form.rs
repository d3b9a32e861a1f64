//! How a dump is laid out: as one text, or as a folder of files.

use crate::stock::Style;

/// How the objects of a dump are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Form {
    /// YAML, one `kind: List`: `kubectl get -o yaml`.
    List,
    /// YAML, one document for each object, with `---` between them.
    MultiDocument,
    /// YAML, a list of each kind, whose items name no kind.
    TypedList,
    /// JSON without blanks, one `kind: List`.
    Json,
    /// JSON indented by four, one `kind: List`: `kubectl get -o json`.
    JsonIndented,
    /// JSON, a list of each kind on a line of its own, as an API server answers it.
    JsonAnswers,
    /// JSON and logs in one text: `kubectl cluster-info dump`. No custom resources, as all of its
    /// forms.
    ClusterInfoText,
    /// A folder with a YAML file of each object.
    Folder,
    /// A folder: `kubectl cluster-info dump --output-directory`.
    ClusterInfoDump,
    /// A folder: `oc adm must-gather`.
    MustGather,
    /// A folder: what `sonobuoy retrieve` unpacks to.
    Sonobuoy,
    /// A folder: a support bundle of Troubleshoot.
    Troubleshoot,
    /// A folder: what Velero stores as a backup.
    VeleroBackup,
    /// A folder: `velero debug`.
    VeleroDebug,
}

impl Form {
    /// Whether the form has several files.
    pub(crate) fn is_tree(self) -> bool {
        match self {
            Self::List
            | Self::MultiDocument
            | Self::TypedList
            | Self::Json
            | Self::JsonIndented
            | Self::JsonAnswers
            | Self::ClusterInfoText => false,
            Self::Folder
            | Self::ClusterInfoDump
            | Self::MustGather
            | Self::Sonobuoy
            | Self::Troubleshoot
            | Self::VeleroBackup
            | Self::VeleroDebug => true,
        }
    }

    /// The usual name of a file or folder of this form.
    pub fn file_name(self) -> &'static str {
        match self {
            Self::List => "list.yaml",
            Self::MultiDocument => "multi-document.yaml",
            Self::TypedList => "typed-list.yaml",
            Self::Json => "list.json",
            Self::JsonIndented => "list-indented.json",
            Self::JsonAnswers => "answers.json",
            Self::ClusterInfoText => "cluster-info.txt",
            Self::Folder => "folder",
            Self::ClusterInfoDump => "cluster-info",
            Self::MustGather => "must-gather",
            Self::Sonobuoy => "sonobuoy",
            Self::Troubleshoot => "support-bundle",
            Self::VeleroBackup => "velero-backup",
            Self::VeleroDebug => "velero-debug",
        }
    }

    /// How most objects are printed in this form.
    pub(crate) fn style(self) -> Style {
        match self {
            Self::List | Self::TypedList => Style::YamlItem,
            Self::MultiDocument | Self::Folder | Self::MustGather => Style::Yaml,
            Self::Json | Self::JsonAnswers | Self::Sonobuoy | Self::VeleroBackup => {
                Style::JsonCompact
            }
            Self::JsonIndented
            | Self::ClusterInfoText
            | Self::ClusterInfoDump
            | Self::VeleroDebug => Style::Json { by: 4, level: 2 },
            Self::Troubleshoot => Style::Json { by: 2, level: 2 },
        }
    }
}
