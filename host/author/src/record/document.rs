//! What a fixture is made of: objects, and lists that say that all of a kind was seen. As YAML each
//! is a document; where there is a list of a kind, objects of the kind stand in it.

use rulebox_core::group_of;
use rulebox_deploy::to_yaml;
use rulebox_report::visible_json;
use serde_json::{Value, json};

/// A document of a fixture.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Document {
    /// An object.
    Object(Value),
    /// All objects of a kind were seen.
    List(Listed),
}

/// A kind of which all was seen that the rule needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The version in which the dump shows its group; any is as good.
    pub api_version: String,
    /// `Pod`.
    pub kind: String,
    /// Whether the rule cannot judge without it.
    pub is_required: bool,
}

impl Document {
    /// The object; none of a list.
    pub(super) fn object(&self) -> Option<&Value> {
        match self {
            Self::Object(object) => Some(object),
            Self::List(_) => None,
        }
    }
}

/// All of them as one text of YAML.
pub(super) fn yaml(documents: &[Document]) -> String {
    let objects = || documents.iter().filter_map(Document::object);
    let texts = documents.iter().filter_map(|it| match it {
        Document::Object(object) => {
            let lists = documents.iter().filter_map(|it| match it {
                Document::List(list) => Some(list),
                Document::Object(_) => None,
            });
            let is_in_list = lists.into_iter().any(|it| it.is_of(object));
            (!is_in_list).then(|| to_yaml(object))
        }
        Document::List(list) => {
            let items: Vec<_> = objects().filter(|it| list.is_of(it)).collect();
            let kind = format!("{}List", list.kind);
            Some(to_yaml(&json!({"apiVersion": list.api_version, "items": items, "kind": kind})))
        }
    });
    // A text of an object must not act where it is shown; what that changes shows when it is read.
    visible_json(&(texts.collect::<Vec<_>>().join("\n---\n") + "\n"))
}

impl Listed {
    /// Whether an object is of this kind.
    pub(super) fn is_of(&self, object: &Value) -> bool {
        let text = |key: &str| object[key].as_str().unwrap_or_default();
        group_of(text("apiVersion")) == group_of(&self.api_version) && text("kind") == self.kind
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_a_document() {
        let listed = |version: &str, kind: &str| {
            let (api_version, kind) = (version.to_owned(), kind.to_owned());
            Document::List(Listed { api_version, kind, is_required: true })
        };
        let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a\u{202e}"}});
        let vault = json!({"apiVersion": "velero.io/v1beta1", "kind": "Vault"});
        let documents = [
            Document::Object(pod),
            Document::Object(vault),
            listed("v1", "Event"),
            listed("velero.io/v1", "Backup"),
        ];
        let want = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: \"a\\u202e\"\n---\n\
                    apiVersion: velero.io/v1beta1\nkind: Vault\n---\n\
                    apiVersion: v1\nitems: []\nkind: EventList\n---\n\
                    apiVersion: velero.io/v1\nitems: []\nkind: BackupList\n";
        assert_eq!(yaml(&documents), want);
    }

    #[test]
    fn objects_stand_in_the_list_of_their_kind() {
        let event = json!({"apiVersion": "v1", "kind": "Event", "metadata": {"name": "a"}});
        let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "b"}});
        let events =
            Listed { api_version: "v1".to_owned(), kind: "Event".to_owned(), is_required: false };
        let documents = [Document::Object(event), Document::Object(pod), Document::List(events)];
        let want = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: b\n---\n\
                    apiVersion: v1\nitems:\n- apiVersion: v1\n  kind: Event\n  metadata:\n    \
                    name: a\nkind: EventList\n";
        assert_eq!(yaml(&documents), want);
    }
}
