//! What is configured of registries: mirrors, plain HTTP, authorities, and whose signatures count;
//! each for references that begin with a prefix. Where it is written is not known here.

use std::collections::BTreeSet;

use crate::{PublicKey, Reference, RegistryError};

/// How the registries of a prefix are reached.
#[derive(Debug, Clone, Default)]
pub struct Registry {
    /// A host, or a host and the beginning of a path: `registry.example/acme`.
    pub prefix: String,
    /// Places that have the same, which are asked first, in this order.
    pub mirrors: Vec<String>,
    /// Whether it is asked without TLS; without a word, only a loopback without `ca` is.
    pub plain_http: Option<bool>,
    /// Authorities, as PEM, that its certificate may be signed by, beside those of the system.
    pub ca: Option<Vec<u8>>,
}

/// Whose signatures count for a prefix.
#[derive(Debug, Clone, Default)]
pub struct Signers {
    /// As of [`Registry`].
    pub prefix: String,
    /// A signature by one of these is enough.
    pub keys: Vec<PublicKey>,
    /// Whether packs may be used that nobody has signed.
    pub allow_unsigned: bool,
}

/// Of several prefixes the longest that a reference begins with.
pub(crate) fn longest<'a, T>(
    all: &'a [T],
    prefix: impl Fn(&T) -> &str,
    of: &Reference,
) -> Option<&'a T> {
    let name = of.name();
    all.iter().filter(|it| begins(&name, prefix(it))).max_by_key(|it| prefix(it).len())
}

/// Whether a name begins with a prefix that ends where a word of the name does. Hosts are the same
/// in any case of letters, and repositories have small ones alone.
fn begins(name: &str, prefix: &str) -> bool {
    let prefix = prefix.trim_end_matches('/');
    name.split_at_checked(prefix.len()).is_some_and(|(begin, rest)| {
        begin.eq_ignore_ascii_case(prefix) && (rest.is_empty() || rest.starts_with('/'))
    })
}

impl Registry {
    /// What counts for a reference; by default nothing.
    pub(crate) fn of<'a>(all: &'a [Self], reference: &Reference) -> Option<&'a Self> {
        longest(all, |it| &it.prefix, reference)
    }
}

/// Whether a place is asked without TLS.
pub(crate) fn is_plain(all: &[Registry], place: &Reference) -> bool {
    let settings = Registry::of(all, place);
    let has_ca = settings.is_some_and(|it| it.ca.is_some());
    let said = settings.and_then(|it| it.plain_http);
    said.unwrap_or(!has_ca && is_loopback(place.registry()))
}

/// Where a pack is asked for: the mirrors that are named for its reference, and its registry.
pub(crate) fn places(
    all: &[Registry],
    reference: &Reference,
) -> Result<Vec<Reference>, RegistryError> {
    let mut places = Vec::new();
    if let Some(registry) = Registry::of(all, reference) {
        let prefix = registry.prefix.trim_end_matches('/');
        for mirror in &registry.mirrors {
            let place = reference.below(prefix, mirror.trim_end_matches('/'));
            places.push(place.ok_or_else(|| RegistryError::Setting {
                what: format!("the mirror `{mirror}` of {prefix}"),
                reason: "it is no host, or host and path, of a registry".to_owned(),
            })?);
        }
    }
    places.push(reference.clone());
    Ok(places)
}

/// The ports that who pulls a pack connects to. Another server may give tokens or contents, which
/// only the registry knows.
pub fn ports(all: &[Registry], reference: &Reference) -> Result<BTreeSet<u16>, RegistryError> {
    let port = |place: Reference| {
        let typed = place.registry().rsplit_once(':').and_then(|it| it.1.parse().ok());
        typed.unwrap_or(if is_plain(all, &place) { 80 } else { 443 })
    };
    Ok(places(all, reference)?.into_iter().map(port).collect())
}

/// Whether an authority's host is this machine: names and addresses of the loopback.
pub(crate) fn is_loopback(registry: &str) -> bool {
    let host = match registry.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => host,
        _ => registry,
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|it| it.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_prefix_that_ends_with_a_word_counts() {
        let all = ["r.example", "r.example/acme/", "r.example/ac"]
            .map(|it| Registry { prefix: it.to_owned(), ..Registry::default() });
        let of = |reference: &str| {
            let reference = reference.parse().expect("a reference");
            Registry::of(&all, &reference).map(|it| it.prefix.clone())
        };
        assert_eq!(of("oci://r.example/acme/rules:1").as_deref(), Some("r.example/acme/"));
        assert_eq!(of("oci://r.example/acmes/rules:1").as_deref(), Some("r.example"));
        assert_eq!(of("oci://r.example.evil/acme/rules:1"), None);
        assert_eq!(of("oci://r.example:5000/acme/rules:1"), None);
        let all = [Registry { prefix: "R.Example/acme".to_owned(), ..Registry::default() }];
        let reference = "oci://r.example/acme/rules:1".parse().expect("a reference");
        assert!(Registry::of(&all, &reference).is_some());
    }

    #[test]
    fn who_pulls_connects_to_the_ports_of_the_registry_and_its_mirrors() {
        let all = [
            Registry {
                prefix: "r.example/acme".to_owned(),
                mirrors: vec!["m.example:5000/x".to_owned(), "plain.example".to_owned()],
                ..Registry::default()
            },
            Registry {
                prefix: "plain.example".to_owned(),
                plain_http: Some(true),
                ..Registry::default()
            },
        ];
        let of = |reference: &str| {
            let reference = reference.parse().expect("a reference");
            ports(&all, &reference).expect("ports").into_iter().collect::<Vec<_>>()
        };
        assert_eq!(of("oci://r.example/acme/rules:1"), [80, 443, 5000]);
        assert_eq!(of("oci://r.example/other:1"), [443]);
        assert_eq!(of("oci://[fd00::1]:8443/other:1"), [8443]);
        assert_eq!(of("oci://[fd00::1]/other:1"), [443]);
        assert_eq!(of("oci://localhost/other:1"), [80]);
    }

    #[test]
    fn a_loopback_is_this_machine_and_nothing_else() {
        for it in ["localhost", "localhost:5000", "127.0.0.1:5000", "127.9.9.9", "[::1]:5000"] {
            assert!(is_loopback(it), "{it}");
        }
        for it in ["localhost.example", "127.0.0.1.example", "10.0.0.1", "r:127"] {
            assert!(!is_loopback(it), "{it}");
        }
    }
}
