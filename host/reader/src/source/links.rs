//! Links in an archive. None is followed; but what only a link leads to is missing.

use std::{
    collections::{HashMap, HashSet},
    hash::{DefaultHasher, Hash, Hasher},
};

use crate::{
    input::{name::FileName, session::Session},
    journal::Skipped,
    limits::{MAX_JUMPS, MAX_LOOKUPS},
};

/// The links of an archive, judged when all of it has been read.
#[derive(Default)]
pub(super) struct Links {
    /// Hashes of the paths of files that were read.
    read: HashSet<u64>,
    /// By path.
    links: HashMap<String, Link>,
    /// The paths of the links, in order.
    order: Vec<(FileName, String)>,
    bytes: usize,
}

struct Link {
    target: String,
    /// Whether the target is a path in the archive, not one from where the link is.
    hard: bool,
}

impl Links {
    /// The file at this path was read.
    pub(super) fn saw(&mut self, path: &str) {
        self.read.insert(hash(&normal(path)));
    }

    /// There is a link at this path.
    pub(super) fn add(
        &mut self,
        session: &mut Session<'_>,
        name: FileName,
        path: &str,
        target: String,
        hard: bool,
    ) {
        self.bytes += 4 * path.len() + target.len();
        if self.bytes > session.needs().limits.link_bytes {
            let limit = session.needs().limits.link_bytes;
            let reason =
                format!("one of many links, which hold more than {limit} bytes: not looked at");
            return if name.is_of_objects() {
                session.lost_file(&name, reason);
            } else {
                session.skip_file(Skipped::Link, &name);
            };
        }
        let path = normal(path);
        self.order.push((name, path.clone()));
        self.links.insert(path, Link { target, hard });
    }

    /// Tells what the links lead to. A link whose name promises objects, and that leads to nothing
    /// that was read, is a loss; any other is passed over.
    pub(super) fn settle(self, session: &mut Session<'_>) {
        let mut lookups = MAX_LOOKUPS;
        for (name, path) in &self.order {
            if !name.is_of_objects() || self.leads_to_read(path, &mut lookups) {
                session.skip_file(Skipped::Link, name);
            } else {
                let target = self.links[path].target.replace(char::is_control, "\u{fffd}");
                let most = session.needs().limits.path_bytes;
                let target = &target[..target.floor_char_boundary(most)];
                let many = if lookups == 0 {
                    format!("more than {MAX_LOOKUPS} parts of paths of links, so not looked up: ")
                } else {
                    String::new()
                };
                let reason = format!(
                    "{many}a link to {target}, which was not read in this archive: pack what it \
                     leads to (`tar --dereference`)"
                );
                session.lost_file(name, reason);
            }
        }
    }

    /// Whether the link at this path leads to a file that was read, perhaps through other links.
    fn leads_to_read(&self, link: &str, lookups: &mut usize) -> bool {
        let mut at = link.to_owned();
        // The parts of paths that remain, last first.
        let mut rest: Vec<&str> = Vec::new();
        let mut jumps = 0;
        loop {
            if let Some(Link { target, hard }) = self.links.get(&at) {
                jumps += 1;
                if jumps > MAX_JUMPS || (!hard && target.starts_with('/')) {
                    return false;
                }
                at.truncate(if *hard { 0 } else { at.rfind('/').unwrap_or(0) });
                rest.extend(target.split('/').rev());
            }
            let Some(part) = rest.pop() else { return self.read.contains(&hash(&at)) };
            let Some(left) = lookups.checked_sub(1) else { return false };
            *lookups = left;
            match part {
                "" | "." => {}
                ".." if at.is_empty() => return false,
                ".." => at.truncate(at.rfind('/').unwrap_or(0)),
                name => {
                    if !at.is_empty() {
                        at.push('/');
                    }
                    at.push_str(name);
                }
            }
        }
    }
}

/// The path without empty parts and dots.
fn normal(path: &str) -> String {
    let parts: Vec<_> = path.split('/').filter(|it| !it.is_empty() && *it != ".").collect();
    parts.join("/")
}

fn hash(path: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    path.hash(&mut hasher);
    hasher.finish()
}
