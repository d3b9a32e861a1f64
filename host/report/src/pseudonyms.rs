//! Puts pseudonyms in the place of names, so that a report can be shown to strangers: one name has
//! one pseudonym, in all fields and sentences, so that all references still match.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
    sync::{Arc, LazyLock},
};

use aho_corasick::{AhoCorasick, Anchored, Input, Match, MatchKind, StartKind};
use hmac::{Hmac, KeyInit as _, Mac as _};
use regex::{Captures, Regex};
use rulebox_core::{Baseline, Report};
use serde_json::Value;
use sha2::Sha256;

use self::words::{
    is_before_name, is_cron, is_documentation, is_name_field, is_of_sentences, is_own,
    is_public_group, is_public_image, is_sentence_word, is_word_label, service_of,
};
use crate::texts::{self, Said};

pub(crate) mod objects;
mod words;

/// How often the search for names reads a text again at most, so that its time stays linear.
const READ_AGAIN: usize = 64;

/// Names and their pseudonyms.
///
/// Names are those of objects, namespaces, clusters, inputs and files, and all that fields and
/// labels name: buckets, nodes, vaults, plans. Beside them go addresses of machines, hosts, paths
/// of addresses, mail addresses, uids, ids of requests and numbers of accounts, wherever they
/// stand. Words of Kubernetes, of rules and of clouds stay, and so do times and numbers.
#[derive(Debug, Clone)]
pub struct Pseudonyms {
    key: Option<Vec<u8>>,
    /// By name.
    names: BTreeMap<String, String>,
    /// How many there are of each sort.
    counts: BTreeMap<String, usize>,
    fingerprints: BTreeMap<String, String>,
    /// All pseudonyms.
    all: BTreeSet<String>,
    /// Names with their sorts that are not to have pseudonyms yet, where they are collected.
    collected: Option<Vec<(String, String)>>,
    /// Finds the names in sentences; none where names have come since it was made.
    finder: Option<Arc<Finder>>,
}

/// Finds the names in sentences.
#[derive(Debug)]
struct Finder {
    found: Option<AhoCorasick>,
    names: Vec<String>,
}

impl Pseudonyms {
    /// The shortest key in bytes: who can guess the key can find a name by trying.
    pub const SHORTEST_KEY: usize = 16;

    /// Pseudonyms that number the names in the order in which they come: `pod-1`. They are the same
    /// in all that one value of this type is given, and nowhere else.
    pub fn numbered() -> Self {
        Self {
            key: None,
            names: BTreeMap::new(),
            counts: BTreeMap::new(),
            fingerprints: BTreeMap::new(),
            all: BTreeSet::new(),
            collected: None,
            finder: None,
        }
    }

    /// Pseudonyms made of the names and a secret key: the same from report to report, as
    /// `name-3f9a1c20b7d4`.
    pub fn keyed(key: &[u8]) -> Self {
        Self { key: Some(key.to_vec()), ..Self::numbered() }
    }

    /// Learns the names in an object, which a sentence may quote though the report does not have
    /// the object.
    pub fn learn(&mut self, object: &Value) {
        self.finder = None;
        let kind = object.get("kind").and_then(Value::as_str).unwrap_or("object").to_lowercase();
        self.learn_fields(&kind, "", object);
    }

    fn learn_fields(&mut self, kind: &str, key: &str, value: &Value) {
        match value {
            Value::String(text) if key == "uid" => self.uid(text),
            // That of a CronJob is no name.
            Value::String(text) if key == "schedule" && is_cron(text) => {}
            Value::String(text) if is_name_field(key) => {
                let sort = match key {
                    "name" => kind.to_owned(),
                    key => sort_of(key),
                };
                self.name(&sort, text);
            }
            Value::Array(items) => items.iter().for_each(|it| self.learn_fields(kind, key, it)),
            Value::Object(entries) => {
                for (inner, value) in entries {
                    // The names of containers, ports and variables say what a thing is.
                    let names = ["metadata", "ownerReferences", "involvedObject", "regarding"];
                    let is_of_object = names.contains(&key) || key.ends_with("Ref");
                    if inner != "name" || is_of_object {
                        self.learn_fields(kind, inner, value);
                    }
                }
            }
            _ => {}
        }
    }

    /// Learns the names in a report. Of reports that are compared, all are learnt before any is
    /// changed.
    pub fn learn_report(&mut self, report: &Report) {
        self.finder = None;
        let words = report.rules.iter().flat_map(|it| [&it.pack, &it.rule.id]);
        let words = words.chain(report.coverage.iter().flat_map(|it| [&it.pack, &it.need]));
        let words: BTreeSet<_> = words.map(String::as_str).collect();
        let mut scratch = report.clone();
        texts::change(&mut scratch, &mut |said, text| match said {
            Said::Cluster => self.name("cluster", text),
            Said::Input if text != "-" => self.name("input", text),
            Said::File => self.name("file", text),
            Said::Namespace => self.name("namespace", text),
            Said::Name(kind) => self.name(&kind.to_lowercase(), text),
            Said::Uid => self.uid(text),
            Said::Object => {
                if let Some((kind, namespace, name)) = parts(text) {
                    self.name("namespace", namespace);
                    self.name(&kind.to_lowercase(), name);
                }
            }
            Said::Label(label) if !is_word_label(label) => self.name(&sort_of(label), text),
            Said::Lane => self.lane(text),
            Said::Value { kind, path } => {
                // Without an object it is a line of a file, or a field of the finding's subject.
                if let Some(file) = file_of_line(path).filter(|_| kind.is_empty()) {
                    self.name("file", file);
                } else if is_name_field(path) {
                    let key = path.rsplit('.').next().unwrap_or(path);
                    self.name(&sort_of(key), text);
                }
            }
            _ => {}
        });
        // What messages quote is most often a name.
        texts::change(&mut scratch, &mut |said, text| {
            if let Said::Prose | Said::Value { .. } = said {
                for found in quoted(text).filter(|it| !words.contains(it)) {
                    self.name("name", found);
                }
            }
        });
    }

    /// A report with pseudonyms. All that is in it must have been learnt.
    #[must_use]
    pub fn report(&mut self, mut report: Report) -> Report {
        let finder = self.finder();
        texts::change(&mut report, &mut |said, text| match said {
            Said::Type => self.type_name(text),
            Said::Cluster
            | Said::Input
            | Said::File
            | Said::Namespace
            | Said::Name(_)
            | Said::Uid
            | Said::Label(_) => *text = self.whole(&finder, text),
            // Short names, which no sentence is searched for, too.
            Said::Lane => {
                let words = text.split(' ').map(|it| match self.names.get(it) {
                    Some(name) if !is_sentence_word(it) => name.clone(),
                    _ => self.prose(&finder, it),
                });
                *text = words.collect::<Vec<_>>().join(" ");
            }
            Said::Object => {
                *text = match parts(text) {
                    Some((kind, "", name)) => format!("{kind} {}", self.whole(&finder, name)),
                    Some((kind, namespace, name)) => {
                        let namespace = self.whole(&finder, namespace);
                        format!("{kind} {namespace}/{}", self.whole(&finder, name))
                    }
                    None => self.prose(&finder, text),
                }
            }
            Said::Path | Said::Value { .. } | Said::Prose => *text = self.prose(&finder, text),
        });
        let gone = report.baseline.iter_mut().flat_map(|it| &mut it.gone);
        for it in report.findings.iter_mut().chain(gone) {
            for fingerprint in [&mut it.fingerprint].into_iter().chain(&mut it.causes) {
                *fingerprint = self.fingerprint(fingerprint);
            }
        }
        if let Some(Baseline { known, .. }) = &mut report.baseline {
            let names = std::mem::take(known).into_iter();
            *known = names
                .map(|(cluster, fingerprint)| {
                    let cluster = self.names.get(&cluster).cloned().unwrap_or(cluster);
                    (cluster, self.fingerprint(&fingerprint))
                })
                .collect();
        }
        report
    }

    /// A line of a log or a note with pseudonyms.
    pub fn line(&mut self, text: &str) -> String {
        let finder = self.finder();
        self.prose(&finder, text)
    }

    /// A fingerprint is made of names: who guesses them can make it too.
    fn fingerprint(&mut self, fingerprint: &str) -> String {
        if let Some(known) = self.fingerprints.get(fingerprint) {
            return known.clone();
        }
        let made = match &self.key {
            Some(key) => digest(key, fingerprint),
            None => format!("{:016x}", self.fingerprints.len() + 1),
        };
        self.fingerprints.insert(fingerprint.to_owned(), made.clone());
        made
    }

    /// A group of APIs may name who made it.
    fn type_name(&mut self, text: &mut String) {
        let (group, version) = match text.split_once('/') {
            Some((group, version)) => (group, Some(version)),
            None => (text.as_str(), None),
        };
        if !group.contains('.') || is_public_group(group) {
            return;
        }
        let made = self.made("group", group);
        *text = match version {
            Some(version) => format!("{made}/{version}"),
            None => made,
        };
    }

    fn finder(&mut self) -> Arc<Finder> {
        if let Some(made) = &self.finder {
            return Arc::clone(made);
        }
        let names: Vec<_> =
            self.names.iter().filter(|it| !is_of_sentences(it.0)).map(|it| it.0.clone()).collect();
        let found = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .start_kind(StartKind::Both)
            .build(&names);
        let made = Arc::new(Finder { found: found.ok(), names });
        self.finder = Some(Arc::clone(&made));
        made
    }

    /// A text that is a name as a whole.
    fn whole(&mut self, finder: &Finder, text: &str) -> String {
        match self.names.get(text) {
            Some(name) => name.clone(),
            None => self.prose(finder, text),
        }
    }

    fn prose(&mut self, finder: &Finder, text: &str) -> String {
        let text = self.known(finder, text);
        self.addresses(&text).into_owned()
    }

    /// Each name that is known, where it stands by itself.
    fn known(&self, Finder { found, names }: &Finder, text: &str) -> String {
        let Some(found) = found else { return text.to_owned() };
        // `erp` is in `erp-db`, and not in `enterprise`.
        let stands = |it: &Match| {
            let joins = |c: Option<char>, end: Option<char>| {
                c.is_some_and(char::is_alphanumeric) && end.is_some_and(char::is_alphanumeric)
            };
            let name = &names[it.pattern()];
            !joins(text[..it.start()].chars().next_back(), name.chars().next())
                && !joins(text[it.end()..].chars().next(), name.chars().next_back())
        };
        let mut shown = String::with_capacity(text.len());
        let (mut end, mut from) = (0, 0);
        // What is read again. Where names are made to take long, they go though they stand in
        // other words.
        let mut most = text.len().saturating_mul(READ_AGAIN);
        while let Some(mut it) = found.find(Input::new(text).range(from..)) {
            from = it.start() + 1;
            // Where the longest name goes on as another word, a shorter one may end with it, and
            // others begin in it.
            let taken = loop {
                if stands(&it) || most < it.len() {
                    break Some(it);
                }
                most -= it.len();
                let shorter =
                    Input::new(text).range(it.start()..it.end() - 1).anchored(Anchored::Yes);
                match found.find(shorter) {
                    Some(next) => it = next,
                    None => break None,
                }
            };
            if let Some(it) = taken {
                shown.push_str(&text[end..it.start()]);
                shown.push_str(&self.names[&names[it.pattern()]]);
                end = it.end();
                from = end;
            }
        }
        shown.push_str(&text[end..]);
        shown
    }

    /// What shows by its form that it names somebody's machine, account or object.
    fn addresses<'t>(&mut self, text: &'t str) -> Cow<'t, str> {
        ADDRESSES.replace_all(text, |found: &Captures<'_>| {
            let part = |name: &str| found.name(name).map_or("", |it| it.as_str());
            if let Some(arn) = found.name("arn") {
                return self.resource(arn.as_str(), part("account"), part("resource"));
            }
            if let Some(written) = found.name("named").or_else(|| found.name("bare")) {
                let host = written.as_str().to_lowercase();
                let shown = self.host(&host);
                // A sentence may end behind it.
                let path = part("path").trim_end_matches(['.', ':']);
                let end = &part("path")[path.len()..];
                let is_public = is_documentation(&host)
                    || (shown == host && service_of(&host).is_some() && is_public_image(path))
                    || (part("scheme").is_empty() && is_public_group(&host));
                let path = match path {
                    "" | "/" => path.to_owned(),
                    path if is_public => path.to_owned(),
                    path => format!("/{}", self.made("path", path)),
                };
                // A kind stands before its group: `BackupLocation.csdr.alibabacloud.com`.
                let shown = if shown == host { written.as_str() } else { &shown };
                return format!("{}{shown}{}{path}{end}", part("scheme"), part("port"));
            }
            let sorts = [("mail", "mail"), ("ip", "ip"), ("id", "id")];
            let sort = sorts.into_iter().find(|it| found.name(it.0).is_some());
            match (sort, &found[0]) {
                (None, all) | (_, all @ ("127.0.0.1" | "0.0.0.0")) => all.to_owned(),
                (Some((_, sort)), all) => self.made(sort, all),
            }
        })
    }

    /// The name of a resource of a cloud: `arn:aws:iam::123456789012:role/AcmeRole`, of which the
    /// service and the type stay.
    fn resource(&mut self, service: &str, account: &str, resource: &str) -> String {
        let is_type = |it: &str| it.bytes().all(|it| it.is_ascii_lowercase() || it == b'-');
        let is_store = [":s3:", ":oss:"].iter().any(|it| service.contains(it));
        let end = resource.trim_end_matches(['.', ':', '/']).len();
        let (resource, behind) = resource.split_at(end);
        let typed = resource.split_once('/').filter(|(first, _)| is_type(first) && !is_store);
        let account = if account.is_empty() { String::new() } else { self.made("id", account) };
        let shown = match typed {
            Some((first, name)) => format!("{first}/{}", self.made("resource", name)),
            None => self.made("resource", resource),
        };
        format!("{service}{account}:{shown}{behind}")
    }

    fn host(&mut self, host: &str) -> String {
        if is_public_group(host)
            || is_documentation(host)
            || self.all.contains(host)
            || ["localhost", "127.0.0.1"].contains(&host)
        {
            return host.to_owned();
        }
        if host.parse::<IpAddr>().is_ok() {
            return self.made("ip", host);
        }
        match service_of(host) {
            Some(service) if service == host => host.to_owned(),
            Some(service) => {
                let owner = host[..host.len() - service.len()].trim_end_matches('.');
                let known = self.all.contains(owner);
                let owner = if known { owner.to_owned() } else { self.made("host", owner) };
                format!("{owner}.{service}")
            }
            None => self.made("host", host),
        }
    }

    /// Learns the names in `vault vault-dr`: all but the words that sentences have of their own.
    /// The whole is no name: it would have another pseudonym than the vault.
    fn lane(&mut self, lane: &str) {
        let mut sort = "lane";
        for word in lane.split(' ') {
            if is_sentence_word(word) {
                sort = word;
            } else {
                self.name(&sort_of(sort), word);
            }
        }
    }

    fn uid(&mut self, uid: &str) {
        self.learnt("id", uid);
    }

    fn name(&mut self, sort: &str, name: &str) {
        if !is_own(name) {
            self.learnt(sort, name);
        }
    }

    fn learnt(&mut self, sort: &str, name: &str) {
        match &mut self.collected {
            _ if name.is_empty() => {}
            Some(all) => all.push((sort.to_owned(), name.to_owned())),
            None => _ = self.made(sort, name),
        }
    }

    /// The pseudonym of a name, made where it is not known.
    fn made(&mut self, sort: &str, name: &str) -> String {
        if let Some(known) = self.names.get(name) {
            return known.clone();
        }
        let made = if let Some(key) = &self.key {
            // Not the sort, which depends on where the name comes first.
            format!("name-{}", &digest(key, name)[..12])
        } else {
            let count = self.counts.entry(sort.to_owned()).or_default();
            *count += 1;
            format!("{sort}-{count}")
        };
        self.names.insert(name.to_owned(), made.clone());
        self.all.insert(made.clone());
        made
    }
}

/// The kind, the namespace and the name of an object, as `ObjectRef` writes them.
fn parts(object: &str) -> Option<(&str, &str, &str)> {
    let (kind, rest) = object.split_once(' ')?;
    let (namespace, name) = rest.split_once('/').unwrap_or(("", rest));
    Some((kind, namespace, name))
}

/// 16 hexadecimal digits of a text and a key.
fn digest(key: &[u8], text: &str) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(key).expect("a key may have any length");
    let digest = mac.chain_update(text).finalize().into_bytes();
    let head = digest.iter().take(8).fold(0_u64, |head, byte| head << 8 | u64::from(*byte));
    format!("{head:016x}")
}

/// The file of `logs/velero.log:17`.
fn file_of_line(path: &str) -> Option<&str> {
    let (file, line) = path.rsplit_once(':')?;
    (!line.is_empty() && line.bytes().all(|it| it.is_ascii_digit())).then_some(file)
}

/// The sort of what a field or a label names, as a word: `storageLocation` is a `storagelocation`.
fn sort_of(key: &str) -> String {
    let key = key.split('[').next().unwrap_or(key).to_lowercase();
    let key = key.strip_suffix("name").filter(|it| !it.is_empty()).unwrap_or(&key);
    key.chars().filter(char::is_ascii_alphanumeric).take(20).collect()
}

/// What a sentence quotes that may be a name, and what commands are aimed at. A word of letters
/// alone is more often a value: names that controllers make, and most of what people call things,
/// have a hyphen or a digit.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    static QUOTED: LazyLock<Regex> = LazyLock::new(|| {
        // A namespace has up to 63 characters, a name 253.
        let pattern = concat!(
            r#"[`"'“”‘„«](?<quoted>[a-z][a-z0-9./-]{0,315}[a-z0-9])[`"'\\”’“»]"#,
            r"|[ \t](?:-n|--namespace|--kubeconfig|--context)[ \t=]",
            r#"['"]?(?<named>[^\s'"`,;)]+)"#,
            // Images with a tag or a digest; those with a host have the form of an address.
            r#"|[`"'“](?<image>[a-z0-9_-]{1,63}(?:/[a-z0-9._-]{1,100}){1,4})"#,
            r"(?::[A-Za-z0-9_]|@sha256:)",
            // Users that the API server makes of names.
            r"|system:serviceaccounts?:(?<namespace>[a-z0-9-]{1,63})",
            r"(?::(?<account>[a-z0-9.-]{0,252}[a-z0-9]))?",
            r"|system:node:(?<node>[a-z0-9.-]{0,252}[a-z0-9])",
            // Keys of etcd.
            r"|/registry/(?<key>[a-z][a-z0-9./-]{0,400}[a-z0-9])",
        );
        Regex::new(pattern).expect("the pattern is sound")
    });
    let may = |it: &&str| is_made_name(it);
    QUOTED.captures_iter(text).flat_map(move |found| {
        let part = |name: &str| found.name(name).map(|it| it.as_str());
        let quoted = part("quoted").unwrap_or_default();
        // `namespace/name`, of which the namespace may be a word.
        let namespace = quoted.split_once('/').filter(|(first, name)| {
            !name.contains('/') && is_made_name(name) && !is_before_name(first)
        });
        let image = part("image").filter(|it| !is_public_image(&format!("/{it}")));
        let wholes = ["named", "namespace", "account", "node"].map(part);
        let wholes = wholes.into_iter().flatten().chain(image).chain(namespace.map(|it| it.0));
        let key = part("key").into_iter().flat_map(of_key);
        let quoted = quoted.split('/').filter(may);
        wholes.chain(key).chain(quoted).collect::<Vec<_>>()
    })
}

/// Whether a quoted word may be a name.
fn is_made_name(word: &str) -> bool {
    static WORD: LazyLock<Regex> = LazyLock::new(|| {
        // Versions, digests, regions.
        let pattern = r"^(?:v[0-9][0-9a-z.-]*|sha[0-9]+|(?:cn|us|eu|ap|me)-[a-z]+(?:-[0-9a-z])?)$";
        Regex::new(pattern).expect("the pattern is sound")
    });
    let made = word.contains(|it: char| it.is_ascii_digit() || it == '-');
    made && !WORD.is_match(word) && !is_public_group(word) && service_of(word).is_none()
}

/// The namespace and the name in `pods/namespace/name`, a key of etcd.
fn of_key(key: &str) -> impl Iterator<Item = &str> {
    let mut parts: Vec<_> = key.split('/').collect();
    let name = parts.pop().filter(|_| !parts.is_empty());
    let namespace = parts.pop().filter(|it| !parts.is_empty() && !is_before_name(it));
    name.into_iter().chain(namespace)
}

/// What shows by its form what it is: addresses of the web, hosts, mail, machines, and ids.
static ADDRESSES: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = concat!(
        r"(?<arn>(?-u:\b)(?:arn:[a-z-]{2,12}|acs):[a-z0-9-]{1,30}:[a-z0-9-]{0,30}:)",
        r#"(?<account>[0-9]{0,20}):(?<resource>[^\s"'`<>()\[\]{},;\\]+)"#,
        r"|(?<mail>[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8})",
        r#"|(?:(?<scheme>[a-zA-Z][a-zA-Z0-9+.-]{0,20}://)(?:[^\s/@"'<>]+@)?"#,
        r#"(?<named>[^\s/:"'`<>()\[\]{},;\\?\#]+)"#,
        r"|(?-u:\b)(?<bare>(?:[A-Za-z0-9_-]{1,63}\.){1,8}(?:com|net|org|io|cn|dev|cloud|internal",
        r"|local|corp|lan|intra|example|test|invalid|svc|info|biz|edu|gov|de|eu|uk|fr|jp|sg|us))",
        r"(?-u:\b))",
        r#"(?<port>:[0-9]{1,5})?(?<path>/[^\s"'`<>()\[\]{},;\\]*)?"#,
        r"|(?<ip>(?-u:\b)(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?-u:\b)",
        r"|(?-u:\b)(?:[0-9a-fA-F]{1,4}:){4,7}[0-9a-fA-F]{1,4}(?-u:\b)",
        r"|(?-u:\b)(?:[0-9a-fA-F]{1,4}:){1,6}(?::[0-9a-fA-F]{1,4}){1,6}(?-u:\b))",
        // Uids; requests to Alibaba Cloud, its clusters and its resources; accounts of clouds.
        r"|(?<id>(?-u:\b)[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}(?-u:\b)",
        r"|(?-u:\b)[0-9A-F]{24}(?-u:\b)|(?-u:\b)c[0-9a-f]{32}(?-u:\b)",
        r"|(?-u:\b)(?:d|eni|i|lb|p|po|r|s|sg|v|vpc|vsw)-[a-z0-9]{16,26}(?-u:\b)",
        r"|(?-u:\b)[0-9]{12}(?:[0-9]{4})?(?-u:\b))",
    );
    Regex::new(pattern).expect("the pattern is sound")
});
