use std::hash::{Hash, Hasher};

use crate::group_of;

/// Which object a copy is of, in one piece: a dump may hold hundreds of thousands.
///
/// Two are equal where they tell the same uid; where one tells none, where they tell the same place in the API: group,
/// kind, namespace and name.
#[derive(Debug, Clone)]
pub struct Identity {
    /// Namespace, name, uid, API version and kind, one behind the other.
    text: Box<str>,
    /// Where each of them but the last ends.
    ends: [usize; 4],
}

impl Identity {
    /// The object of this API version and kind; what the source does not tell is empty.
    pub fn new(api_version: &str, kind: &str, namespace: &str, name: &str, uid: &str) -> Self {
        let parts = [namespace, name, uid, api_version, kind];
        let mut end = 0;
        let ends = std::array::from_fn(|i| {
            end += parts[i].len();
            end
        });
        Self { text: parts.concat().into(), ends }
    }

    /// Namespace, name, uid, API version: the order in which rules see objects.
    pub(crate) fn order(&self) -> [&str; 4] {
        let [namespace, name, uid, api_version, _] = self.parts();
        [namespace, name, uid, api_version]
    }

    fn parts(&self) -> [&str; 5] {
        let [namespace, name, uid, api_version] = self.ends;
        let text = &*self.text;
        [
            &text[..namespace],
            &text[namespace..name],
            &text[name..uid],
            &text[uid..api_version],
            &text[api_version..],
        ]
    }

    /// What two have in common that are equal. A uid stands alone, and a place never does.
    fn key(&self) -> (&str, [&str; 4]) {
        let [namespace, name, uid, api_version, kind] = self.parts();
        if uid.is_empty() {
            ("", [group_of(api_version), kind, namespace, name])
        } else {
            (uid, [""; 4])
        }
    }
}

impl PartialEq for Identity {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Identity {}

impl Hash for Identity {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self.key() {
            ("", place) => place.hash(state),
            (uid, _) => uid.hash(state),
        }
    }
}
