//! What stands behind the question mark of a request. A name or a value that is misspelt would find
//! nothing, and pass for healthy: it is refused, with what there is and what may have been meant.

use axum::{extract::Request, middleware::Next, response::Response};
use http::StatusCode;
use rulebox_core::closest;

use super::refused;

/// More names than these are a page of their own: the report.
const NAMED: usize = 50;

/// Why a request cannot be answered as it stands, and what to do.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) error: String,
    pub(super) help: String,
}

impl Wrong {
    pub(super) fn answer(&self) -> Response {
        refused(StatusCode::BAD_REQUEST, &self.error, &self.help)
    }
}

/// Refuses a name that is none of those that are known. `kind`: what it should name.
pub(super) fn check(kind: &str, name: &str, known: &[&str]) -> Result<(), Wrong> {
    if known.contains(&name) {
        return Ok(());
    }
    let meant = closest(name, known.iter().copied());
    let meant = meant.map(|it| format!("did you mean `{it}`? ")).unwrap_or_default();
    let named = known.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    let there_are = match known.len() {
        0 => "there is none".to_owned(),
        1..=NAMED => format!("there are {named}"),
        many => format!("there are {named} and {} more", many - NAMED),
    };
    Err(Wrong {
        error: format!("there is no {kind} `{name}`"),
        help: format!("{meant}{there_are}"),
    })
}

/// Answers a request that has no parameters, and no other.
pub(super) async fn none(request: Request, next: Next) -> Response {
    let query = request.uri().query().unwrap_or_default();
    let first = form_urlencoded::parse(query.as_bytes()).next();
    match first.map(|(name, _)| name.into_owned()) {
        None => next.run(request).await,
        Some(name) => {
            let error = format!("there is no parameter `{name}`");
            let help = format!("{} has no parameters", request.uri().path());
            Wrong { error, help }.answer()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_help(name: &str, known: &[&str], want: &str) {
        let error = format!("there is no pack `{name}`");
        let help = want.to_owned();
        assert_eq!(check("pack", name, known), Err(Wrong { error, help }));
    }

    #[test]
    fn what_is_not_there_says_what_is_and_what_was_meant() {
        assert_eq!(check("pack", "mine", &["yours", "mine"]), Ok(()));
        check_help("mien", &["mine", "yours"], "did you mean `mine`? there are mine, yours");
        check_help("", &["mine"], "there are mine");
        check_help("mine", &[], "there is none");
        let many: Vec<_> = (0..NAMED + 2).map(|it| format!("{it:04}")).collect();
        let many: Vec<_> = many.iter().map(String::as_str).collect();
        let want = format!("there are {} and 2 more", many[..NAMED].join(", "));
        check_help("mine", &many, &want);
    }
}
