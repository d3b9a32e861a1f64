//! With which credentials requests are sent: a token, a file of one that is written anew, what a
//! plugin gives. Certificates and passwords are left to kube. Which user's they are, and what is
//! asked with them, is not known here.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use http::HeaderValue;
use jiff::Timestamp;
use k8s_openapi::ByteString;
use kube::{
    Client, Config,
    config::{AuthInfo, ExecConfig},
};
use tokio::{sync::Mutex, time::Instant};

use crate::{
    failure::{Failure, excerpt, innermost},
    plugin,
};

/// A file of a token is read again after this time, as kubectl does: a kubelet writes a new one
/// long before the old one expires.
const FILE_AGE: Duration = Duration::from_mins(1);

/// What a plugin gives is renewed so long before it expires.
const EARLY: Duration = Duration::from_mins(1);

/// How a token is come by.
#[derive(Debug, Clone)]
pub(crate) enum Source {
    /// There is none, or it never changes.
    Fixed(Option<String>),
    /// A file; and the token that counts while the file cannot be read.
    File(PathBuf, Option<String>),
    /// A program.
    Plugin(Box<ExecConfig>),
}

impl Source {
    /// Takes from a user what kube would handle worse: it panics at a token with a line feed, waits
    /// for a plugin as long as that takes, and never asks one again.
    pub(crate) fn take(user: &mut AuthInfo) -> Self {
        // What kube hides from logs it shows to who writes a kubeconfig.
        let shown = serde_json::to_value(&*user).unwrap_or_default();
        let token = shown.get("token").and_then(|it| it.as_str()).map(str::trim);
        let token = token.filter(|it| !it.is_empty()).map(str::to_owned);
        user.token = None;
        let file = user.token_file.take().filter(|it| !it.is_empty());
        let plugin = user.exec.take();
        match (file, plugin) {
            (Some(file), _) => Self::File(file.into(), token),
            (None, Some(plugin)) if token.is_none() => Self::Plugin(Box::new(plugin)),
            _ => Self::Fixed(token),
        }
    }
}

/// Gives requests their client and their credentials, and renews both.
#[derive(Clone)]
pub(crate) struct Access(Arc<Inner>);

struct Inner {
    /// What clients are made of; none where there is but one.
    config: Option<Config>,
    source: Source,
    /// How long a plugin may take that asks nobody.
    plugin_time: Duration,
    current: Mutex<Option<Current>>,
    /// Whether the server has accepted what the current ticket has.
    accepted: std::sync::Mutex<u32>,
}

/// What requests are sent with now.
#[derive(Clone)]
struct Current {
    ticket: Ticket,
    /// When it is renewed.
    until: Option<Timestamp>,
}

/// What one request is sent with.
#[derive(Clone)]
pub(crate) struct Ticket {
    pub(crate) client: Client,
    pub(crate) authorization: Option<HeaderValue>,
    /// Counts renewals, from 1.
    generation: u32,
}

impl From<Client> for Access {
    fn from(client: Client) -> Self {
        let ticket = Ticket { client, authorization: None, generation: 1 };
        let current = Current { ticket, until: None };
        Self::new(None, Source::Fixed(None), Duration::ZERO, Some(current))
    }
}

impl Access {
    fn new(
        config: Option<Config>,
        source: Source,
        plugin_time: Duration,
        current: Option<Current>,
    ) -> Self {
        let (current, accepted) = (Mutex::new(current), std::sync::Mutex::new(0));
        Self(Arc::new(Inner { config, source, plugin_time, current, accepted }))
    }

    /// Access to the cluster of a configuration, whose user [`Source::take`] has taken from.
    pub(crate) fn of(config: Config, source: Source, plugin_time: Duration) -> Self {
        Self::new(Some(config), source, plugin_time, None)
    }

    /// What the next request is sent with. Asks a plugin where there is one and nothing, or
    /// nothing that still holds, is known of it. `until`: when it must have answered.
    pub(crate) async fn ticket(&self, until: Option<Instant>) -> Result<Ticket, Failure> {
        let mut current = self.0.current.lock().await;
        if let Some(Current { ticket, until }) = &*current
            && until.is_none_or(|it| Timestamp::now() < it)
        {
            return Ok(ticket.clone());
        }
        self.renew(&mut current, until).await
    }

    /// The server has refused what this ticket has. Whether there is something else to send: what
    /// was refused before anything was accepted is not renewed twice.
    pub(crate) async fn refused(
        &self,
        ticket: &Ticket,
        until: Option<Instant>,
    ) -> Result<bool, Failure> {
        if matches!(self.0.source, Source::Fixed(_)) {
            return Ok(false);
        }
        let mut current = self.0.current.lock().await;
        let known = current.as_ref().map_or(0, |it| it.ticket.generation);
        if known != ticket.generation {
            return Ok(true);
        }
        let was_accepted = *self.0.accepted.lock().expect("no panic") == ticket.generation;
        if ticket.generation > 1 && !was_accepted {
            return Ok(false);
        }
        let before = ticket.authorization.clone();
        let renewed = self.renew(&mut current, until).await?;
        Ok(matches!(self.0.source, Source::Plugin(_)) || renewed.authorization != before)
    }

    /// The server has accepted what this ticket has.
    pub(crate) fn accepted(&self, ticket: &Ticket) {
        *self.0.accepted.lock().expect("no panic") = ticket.generation;
    }

    async fn renew(
        &self,
        current: &mut Option<Current>,
        until: Option<Instant>,
    ) -> Result<Ticket, Failure> {
        let generation = current.as_ref().map_or(0, |it| it.ticket.generation) + 1;
        let known = current.as_ref().map(|it| it.ticket.client.clone());
        let Given { token, identity, until } = match &self.0.source {
            Source::Fixed(token) => Given { token: token.clone(), ..Given::default() },
            Source::File(path, token) => read_token(path, token.as_deref(), current.as_ref())?,
            Source::Plugin(plugin) => {
                let left = until.map(|it| it.saturating_duration_since(Instant::now()));
                given(plugin::ask(plugin, self.0.plugin_time, left).await?)?
            }
        };
        let authorization = token.as_deref().map(bearer).transpose()?;
        let client = match (known, &self.0.config) {
            (Some(client), _) if identity.is_none() => client,
            (_, Some(config)) => client(config.clone(), identity).await?,
            (Some(client), None) => client,
            (None, None) => unreachable!("without a configuration there is a client"),
        };
        let ticket = Ticket { client, authorization, generation };
        *current = Some(Current { ticket: ticket.clone(), until });
        Ok(ticket)
    }
}

/// What a source gives.
#[derive(Default)]
struct Given {
    token: Option<String>,
    /// A certificate and its key, PEM.
    identity: Option<(String, String)>,
    until: Option<Timestamp>,
}

/// What a plugin has said.
fn given(said: plugin::Said) -> Result<Given, Failure> {
    let plugin::Said { token, certificate, key, expires } = said;
    let identity = certificate.zip(key);
    let token = token.map(|it| it.trim().to_owned()).filter(|it| !it.is_empty());
    if identity.is_none() && token.is_none() {
        let reason = "the credential plugin gives neither a token nor a certificate".to_owned();
        return Err(Failure::Credentials { reason });
    }
    let until = expires.map(|it| it.saturating_sub(EARLY).unwrap_or(it));
    // What has expired when it comes is sent all the same, and not asked for at each request.
    let until = until.map(|it| it.max(Timestamp::now() + Duration::from_secs(1)));
    Ok(Given { token, identity, until })
}

/// Reads a file of a token. Where it cannot be read, what was read before still counts: some are
/// taken away soon after the start.
fn read_token(
    path: &Path,
    other: Option<&str>,
    before: Option<&Current>,
) -> Result<Given, Failure> {
    let shown = path.display();
    let read = fs::read_to_string(path)
        .map_err(|it| format!("the token file {shown} cannot be read: {}", innermost(&it)));
    let read = read.and_then(|it| match it.trim() {
        "" => Err(format!("the token file {shown} is empty")),
        token => Ok(token.to_owned()),
    });
    let before = || {
        let header = before?.ticket.authorization.as_ref()?.to_str().ok()?;
        header.strip_prefix(BEARER).map(str::to_owned)
    };
    let token = read.or_else(|reason| before().or(other.map(str::to_owned)).ok_or(reason));
    let token = token.map_err(|reason| Failure::Credentials { reason: excerpt(&reason) })?;
    Ok(Given { token: Some(token), identity: None, until: Some(Timestamp::now() + FILE_AGE) })
}

const BEARER: &str = "Bearer ";

fn bearer(token: &str) -> Result<HeaderValue, Failure> {
    let mut value = HeaderValue::from_str(&format!("{BEARER}{token}")).map_err(|_| {
        let reason = "the token holds a line feed, or another character that no token has";
        Failure::Credentials { reason: reason.to_owned() }
    })?;
    value.set_sensitive(true);
    Ok(value)
}

/// Makes a client. kube reads files of certificates then, and old `auth-provider`s run programs: so
/// this is done beside the runtime.
async fn client(mut config: Config, identity: Option<(String, String)>) -> Result<Client, Failure> {
    if let Some((certificate, key)) = identity {
        let encoded = |pem: String| {
            let text = serde_json::to_value(ByteString(pem.into_bytes()));
            text.ok().and_then(|it| it.as_str().map(str::to_owned))
        };
        config.auth_info.client_certificate_data = encoded(certificate);
        config.auth_info.client_key_data = encoded(key).map(Into::into);
    }
    let made = tokio::task::spawn_blocking(move || Client::try_from(config)).await;
    let made = made.map_err(|it| it.to_string()).and_then(|it| it.map_err(|it| it.to_string()));
    made.map_err(|it| Failure::Credentials { reason: excerpt(&it) })
}
