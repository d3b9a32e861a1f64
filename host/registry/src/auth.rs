//! Tells a registry who asks, as it wants to be told: by a password, or by a token that another
//! server gives for it. What is told goes to these two alone.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{HeaderValue, Method, Uri, header};
use hyper::body::Bytes;
use serde::Deserialize;

use crate::{
    RegistryError,
    credentials::Login,
    limits,
    web::{
        Answer, Asked, Exchange,
        challenge::{Challenge, best},
        exchange::odd,
    },
};

/// The name by which servers that give tokens may know this program.
const CLIENT: &str = "rulebox";

/// A token, as a server gives it: registries have two names for it.
#[derive(Deserialize)]
struct Token {
    #[serde(default)]
    token: String,
    #[serde(default)]
    access_token: String,
}

/// What an `Authorization` header says after this refusal; none where nothing more can be said.
/// `scope`: what is asked for, and no more than that.
pub(crate) async fn answer(
    exchange: &Exchange,
    asked: &Asked,
    refusal: &Answer,
    login: Option<&Login>,
    scope: &str,
) -> Result<Option<HeaderValue>, RegistryError> {
    let challenges = refusal.headers.get_all(header::WWW_AUTHENTICATE);
    let challenges = challenges.iter().filter_map(|it| it.to_str().ok());
    match (best(challenges), login) {
        (None, _) | (Some(Challenge::Basic), None | Some(Login::Identity(_))) => Ok(None),
        (Some(Challenge::Basic), Some(Login::Password { user, secret })) => {
            Ok(Some(basic(asked, user, secret)?))
        }
        (Some(Challenge::Bearer { realm, service }), login) => {
            let token = token(exchange, asked, &realm, service.as_deref(), login, scope).await?;
            Ok(Some(sensitive(asked, &format!("Bearer {token}"))?))
        }
    }
}

fn basic(asked: &Asked, user: &str, secret: &str) -> Result<HeaderValue, RegistryError> {
    sensitive(asked, &format!("Basic {}", STANDARD.encode(format!("{user}:{secret}"))))
}

fn sensitive(asked: &Asked, text: &str) -> Result<HeaderValue, RegistryError> {
    let value = HeaderValue::from_str(text);
    let mut value = value.map_err(|_| odd(asked, "its token is none"))?;
    value.set_sensitive(true);
    Ok(value)
}

/// Asks the server that the registry names for a token.
async fn token(
    exchange: &Exchange,
    asked: &Asked,
    realm: &str,
    service: Option<&str>,
    login: Option<&Login>,
    scope: &str,
) -> Result<String, RegistryError> {
    let url: Option<Uri> = realm.parse().ok();
    let url = url.filter(|it| it.scheme().is_some() && it.authority().is_some());
    let url = url.ok_or_else(|| odd(asked, "it names no server that gives tokens"))?;
    // A password does not go where others can read it, unless the registry itself is there.
    let plain = url.scheme_str() != Some("https");
    if plain && (url.scheme_str() != Some("http") || asked.url.scheme_str() != Some("http")) {
        return Err(odd(asked, "it names a server that gives tokens, and that has no TLS"));
    }
    let mut pairs = form_urlencoded::Serializer::new(String::new());
    pairs.extend_pairs(service.map(|it| ("service", it)));
    pairs.append_pair("scope", scope);
    let what = "token for it";
    let mut request = Asked::get(url.clone(), what, limits::TOKEN_BYTES);
    if let Some(Login::Identity(identity)) = login {
        pairs.append_pair("grant_type", "refresh_token");
        pairs.append_pair("client_id", CLIENT);
        pairs.append_pair("refresh_token", identity);
        request.method = Method::POST;
        let form = "application/x-www-form-urlencoded".to_owned();
        request.content = Some((form, Bytes::from(pairs.finish())));
    } else {
        let separator = if url.query().is_some() { '&' } else { '?' };
        let url = format!("{url}{separator}{}", pairs.finish()).parse();
        request.url = url.map_err(|_| odd(asked, "the URL of its tokens is none"))?;
        if let Some(Login::Password { user, secret }) = login {
            request.authorization = Some(basic(asked, user, secret)?);
        }
    }
    let answer = exchange.send(&request).await?;
    if !answer.status.is_success() {
        return Err(RegistryError::Refused {
            host: request.host(),
            what: format!("a token for {}", asked.host()),
            reason: answer.status.to_string(),
            known: login.is_some(),
        });
    }
    // What it says instead is not repeated: it may hold a token.
    let token: Token = serde_json::from_slice(&answer.body)
        .map_err(|_| odd(&request, "it is not the JSON of a token"))?;
    let all = [token.token, token.access_token].into_iter();
    all.into_iter()
        .find(|it| !it.is_empty())
        .ok_or_else(|| odd(&request, "there is no token in it"))
}
