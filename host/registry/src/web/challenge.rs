//! What a registry says when it wants to know who asks: `WWW-Authenticate`, of the schemes Bearer
//! and Basic. Whether it is told is not decided here.

/// How a registry wants to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Challenge {
    /// By a token, which another server gives.
    Bearer { realm: String, service: Option<String> },
    /// By name and password.
    Basic,
}

/// Of several challenges the one that is answered: a token tells a registry less than a password.
pub(crate) fn best<'a>(headers: impl Iterator<Item = &'a str>) -> Option<Challenge> {
    let mut found = None;
    for header in headers {
        match read(header) {
            Some(it @ Challenge::Bearer { .. }) => return Some(it),
            it => found = found.or(it),
        }
    }
    found
}

/// `Bearer realm="https://auth.example/token",service="registry.example"`.
fn read(header: &str) -> Option<Challenge> {
    let (scheme, parameters) = header.trim().split_once(' ').unwrap_or((header.trim(), ""));
    if scheme.eq_ignore_ascii_case("basic") {
        return Some(Challenge::Basic);
    }
    if !scheme.eq_ignore_ascii_case("bearer") {
        return None;
    }
    let (mut realm, mut service) = (None, None);
    for (name, value) in pairs(parameters) {
        match name.as_str() {
            "realm" => realm = Some(value),
            "service" => service = Some(value),
            _ => {}
        }
    }
    Some(Challenge::Bearer { realm: realm?, service })
}

/// The pairs of a list: values are words, or stand in quotes, where commas are part of them.
fn pairs(mut text: &str) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    while let Some((name, rest)) = text.split_once('=') {
        let name = name.trim_matches([' ', ',', '\t']).to_ascii_lowercase();
        let value;
        if let Some(quoted) = rest.strip_prefix('"') {
            let mut text_of = String::new();
            let mut characters = quoted.char_indices();
            let mut end = quoted.len();
            while let Some((at, it)) = characters.next() {
                match it {
                    '\\' => text_of.extend(characters.next().map(|it| it.1)),
                    '"' => {
                        end = at + 1;
                        break;
                    }
                    it => text_of.push(it),
                }
            }
            (value, text) = (text_of, &quoted[end..]);
        } else {
            let end = rest.find(',').unwrap_or(rest.len());
            (value, text) = (rest[..end].trim().to_owned(), &rest[end..]);
        }
        pairs.push((name, value));
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(headers: &[&str], want: Option<Challenge>) {
        assert_eq!(best(headers.iter().copied()), want, "{headers:?}");
    }

    fn bearer(realm: &str, service: Option<&str>) -> Challenge {
        Challenge::Bearer { realm: realm.to_owned(), service: service.map(str::to_owned) }
    }

    #[test]
    fn challenges_of_registries() {
        check(&["Basic realm=\"x\""], Some(Challenge::Basic));
        check(&["basic"], Some(Challenge::Basic));
        check(
            &["Bearer realm=\"https://a/t\",service=\"r\""],
            Some(bearer("https://a/t", Some("r"))),
        );
        check(&["bearer service=r, Realm=\"https://a/t\""], Some(bearer("https://a/t", Some("r"))));
        check(
            &["Bearer realm=\"https://a/t\",scope=\"repository:x:pull,push\",service=\"r\""],
            Some(bearer("https://a/t", Some("r"))),
        );
        check(
            &["Basic realm=x", "Bearer realm=\"https://a/t\""],
            Some(bearer("https://a/t", None)),
        );
    }

    #[test]
    fn what_is_no_challenge_is_none() {
        for it in ["", "Digest realm=\"x\"", "Bearer", "Bearer service=\"r\"", "Bearer realm", "="]
        {
            check(&[it], None);
        }
        check(&["Bearer realm=\"unclosed"], Some(bearer("unclosed", None)));
        check(&["Bearer realm=\"a\\"], Some(bearer("a", None)));
        check(&["Bearer realm=\"ä\\\"b\""], Some(bearer("ä\"b", None)));
    }
}
