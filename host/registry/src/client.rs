//! One repository of one registry, as the OCI distribution specification has it: manifests, blobs,
//! referrers, uploads. Whatever comes by a digest is compared with it here.

use std::sync::Mutex;

use http::{HeaderValue, Method, StatusCode, Uri, header};
use hyper::body::Bytes;
use serde::Deserialize;

use crate::{
    Credentials, Digest, Limits, Proxies, Reference, RegistryError, auth,
    credentials::{DOCKER, Login},
    error::cut,
    limits,
    manifest::{Descriptor, INDEX, Index, MANIFEST},
    settings::{Registry, is_plain},
    web::{
        Answer, Asked, Exchange,
        exchange::{header_of, odd, origin, resolve},
    },
};

/// Where Docker's registry answers.
const DOCKER_HOST: &str = "registry-1.docker.io";

/// What is accepted where a manifest is asked for.
const MANIFESTS: &str =
    "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json";

/// What all requests of a run share.
#[derive(Debug, Clone)]
pub struct Network {
    /// How registries are reached.
    pub registries: Vec<Registry>,
    /// Who the user is to them.
    pub credentials: Credentials,
    /// Through whom they are reached.
    pub proxies: Proxies,
    /// What they may send.
    pub limits: Limits,
}

/// A repository.
#[derive(Debug)]
pub(crate) struct Client {
    exchange: Exchange,
    registry: String,
    repository: String,
    /// `https://registry.example/v2/acme/rules`.
    base: String,
    credentials: Credentials,
    writes: bool,
    /// What is told, once it is known.
    authorization: Mutex<Option<HeaderValue>>,
}

/// What registries say when they refuse.
#[derive(Deserialize)]
struct Problems {
    errors: Vec<Problem>,
}

#[derive(Deserialize)]
struct Problem {
    #[serde(default)]
    code: String,
    #[serde(default)]
    message: String,
}

impl Client {
    /// Of the repository of a reference. `writes`: whether something is to be pushed.
    pub(crate) fn new(
        network: &Network,
        of: &Reference,
        writes: bool,
    ) -> Result<Self, RegistryError> {
        let Network { registries, credentials, proxies, limits } = network;
        let ca = Registry::of(registries, of).and_then(|it| it.ca.as_deref());
        let exchange = Exchange::new(ca, proxies, limits.clone());
        let exchange = exchange.map_err(|reason| RegistryError::Setting {
            what: format!("the authority of {}", of.registry()),
            reason,
        })?;
        let host = if of.registry() == DOCKER { DOCKER_HOST } else { of.registry() };
        let scheme = if is_plain(registries, of) { "http" } else { "https" };
        Ok(Self {
            exchange,
            registry: of.registry().to_owned(),
            repository: of.repository().to_owned(),
            base: format!("{scheme}://{host}/v2/{}", of.repository()),
            credentials: credentials.clone(),
            writes,
            authorization: Mutex::new(None),
        })
    }

    /// The manifest under a tag or a digest, and its digest.
    pub(crate) async fn manifest(&self, name: &str) -> Result<(Vec<u8>, Digest), RegistryError> {
        let what = format!("manifest {name} of {}", self.repository);
        let url = self.url(&format!("/manifests/{name}"))?;
        let mut asked = Asked::get(url, what, limits::MANIFEST_BYTES);
        asked.accept = MANIFESTS;
        let answer = self.expect(asked.clone()).await?;
        let said = header_of(&answer.headers, "docker-content-digest".parse().expect("a name"));
        let said = said.and_then(|it| it.parse().ok());
        let digest = Digest::of(&answer.body);
        // By a tag only the registry can tell what it meant to send.
        let want: Option<Digest> = name.parse().ok().or(said);
        if want.is_some_and(|it| it != digest) {
            let (host, what) = (asked.host(), asked.what);
            return Err(RegistryError::WrongDigest { host, what, got: digest });
        }
        Ok((answer.body, digest))
    }

    /// The same, or none where there is no such tag or digest.
    pub(crate) async fn manifest_if_any(
        &self,
        name: &str,
    ) -> Result<Option<(Vec<u8>, Digest)>, RegistryError> {
        match self.manifest(name).await {
            Ok(it) => Ok(Some(it)),
            Err(RegistryError::Missing { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The content that a manifest names. `kind`: what it is to the manifest.
    pub(crate) async fn blob(
        &self,
        of: &Descriptor,
        kind: &str,
        limit: usize,
    ) -> Result<Vec<u8>, RegistryError> {
        let Descriptor { digest, size, .. } = of;
        let what = format!("{kind} {digest}");
        let url = self.url(&format!("/blobs/{digest}"))?;
        let host = || url.authority().map(ToString::to_string).unwrap_or_default();
        if *size > limit as u64 {
            return Err(RegistryError::TooLarge { host: host(), what, limit });
        }
        // Not more than it says: what is longer is something else.
        let said = usize::try_from(*size).unwrap_or(limit);
        let asked = Asked::get(url.clone(), what.clone(), said);
        let wrong_size =
            || RegistryError::WrongSize { host: host(), what: what.clone(), said: *size };
        let answer = match self.expect(asked).await {
            Err(RegistryError::TooLarge { .. }) => return Err(wrong_size()),
            other => other?,
        };
        if answer.body.len() != said {
            return Err(wrong_size());
        }
        let got = Digest::of(&answer.body);
        if got != *digest {
            return Err(RegistryError::WrongDigest { host: host(), what, got });
        }
        Ok(answer.body)
    }

    /// What says that it is about a digest: by the API of referrers, or where a registry does not
    /// have it, by the tag that stands for it.
    pub(crate) async fn referrers(&self, digest: &Digest) -> Result<Index, RegistryError> {
        let what = format!("referrers of {digest}");
        let url = self.url(&format!("/referrers/{digest}"))?;
        let mut asked = Asked::get(url, what.clone(), limits::MANIFEST_BYTES);
        asked.accept = INDEX;
        match self.expect(asked).await {
            Ok(answer) => return Index::read(&answer.body, &what),
            Err(RegistryError::Missing { .. } | RegistryError::Failed { .. }) => {}
            Err(error) => return Err(error),
        }
        match self.manifest_if_any(&referrers_tag(digest)).await? {
            Some((bytes, _)) => Index::read(&bytes, &what),
            None => Ok(Index::new(Vec::new())),
        }
    }

    /// Lets a manifest with a subject be found by it: a registry without the API of referrers is
    /// given the tag that stands for it.
    pub(crate) async fn refer(
        &self,
        manifest: Descriptor,
        subject: &Digest,
    ) -> Result<(), RegistryError> {
        let mut index = self.referrers(subject).await?;
        if index.manifests.iter().any(|it| it.digest == manifest.digest) {
            return Ok(());
        }
        index.manifests.push(manifest);
        self.put_manifest(&referrers_tag(subject), INDEX, &index.bytes()).await
    }

    /// Uploads content, unless it is there.
    pub(crate) async fn put_blob(&self, bytes: &[u8]) -> Result<Digest, RegistryError> {
        let digest = Digest::of(bytes);
        let what = format!("upload of {digest}");
        let mut asked = Asked::get(self.url(&format!("/blobs/{digest}"))?, what.clone(), 0);
        asked.method = Method::HEAD;
        match self.expect(asked).await {
            Ok(_) => return Ok(digest),
            Err(RegistryError::Missing { .. }) => {}
            Err(error) => return Err(error),
        }
        let begin = self.url("/blobs/uploads/")?;
        let mut asked = Asked::get(begin.clone(), what.clone(), limits::PROBLEM_BYTES);
        asked.method = Method::POST;
        let answer = self.expect(asked.clone()).await?;
        let to = header_of(&answer.headers, header::LOCATION).and_then(|it| resolve(&begin, it));
        // Another host would be told who pushes, or be given the pack by nobody.
        let to = to.filter(|it| origin(it) == origin(&begin));
        let to = to.ok_or_else(|| odd(&asked, "it does not say where to upload, in itself"))?;
        let separator = if to.query().is_some() { '&' } else { '?' };
        let to: Result<Uri, _> = format!("{to}{separator}digest={digest}").parse();
        asked.url = to.map_err(|_| odd(&asked, "where to upload is no URL"))?;
        asked.method = Method::PUT;
        let bytes = Bytes::copy_from_slice(bytes);
        asked.content = Some(("application/octet-stream".to_owned(), bytes));
        self.expect(asked).await?;
        Ok(digest)
    }

    /// Puts a manifest, or an index, under a tag or its digest.
    pub(crate) async fn put_manifest(
        &self,
        name: &str,
        media_type: &str,
        bytes: &[u8],
    ) -> Result<(), RegistryError> {
        let url = self.url(&format!("/manifests/{name}"))?;
        let mut asked = Asked::get(url, format!("push of {name}"), limits::PROBLEM_BYTES);
        asked.method = Method::PUT;
        asked.content = Some((media_type.to_owned(), Bytes::copy_from_slice(bytes)));
        self.expect(asked).await?;
        Ok(())
    }

    /// Puts a manifest under its digest, or a tag.
    pub(crate) async fn put(&self, name: &str, bytes: &[u8]) -> Result<(), RegistryError> {
        self.put_manifest(name, MANIFEST, bytes).await
    }

    fn url(&self, path: &str) -> Result<Uri, RegistryError> {
        let url = format!("{}{path}", self.base);
        url.parse().map_err(|_| RegistryError::Setting {
            what: url.clone(),
            reason: "it is no URL".to_owned(),
        })
    }

    /// A good answer. Who asks is told when the registry wants to know it, once.
    async fn expect(&self, mut asked: Asked) -> Result<Answer, RegistryError> {
        asked.authorization = self.told();
        let mut answer = self.exchange.send(&asked).await?;
        let mut known = asked.authorization.is_some();
        if answer.status == StatusCode::UNAUTHORIZED {
            let login = self.credentials.of(&self.registry, &self.repository).await?;
            known = login.is_some();
            if let Some(value) = self.authorize(&asked, &answer, login.as_ref()).await? {
                *self.authorization.lock().expect("nobody panics with it") = Some(value.clone());
                asked.authorization = Some(value);
                answer = self.exchange.send(&asked).await?;
            }
        }
        let host = asked.host();
        let what = asked.what;
        match answer.status {
            it if it.is_success() => Ok(answer),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                Err(RegistryError::Refused { host, what, reason: words(&answer), known })
            }
            StatusCode::NOT_FOUND => Err(RegistryError::Missing { host, what }),
            _ => Err(RegistryError::Failed { host, what, reason: words(&answer) }),
        }
    }

    fn told(&self) -> Option<HeaderValue> {
        self.authorization.lock().expect("nobody panics with it").clone()
    }

    async fn authorize(
        &self,
        asked: &Asked,
        refusal: &Answer,
        login: Option<&Login>,
    ) -> Result<Option<HeaderValue>, RegistryError> {
        let actions = if self.writes { "pull,push" } else { "pull" };
        let scope = format!("repository:{}:{actions}", self.repository);
        auth::answer(&self.exchange, asked, refusal, login, &scope).await
    }
}

/// The tag that stands for the referrers of a digest.
fn referrers_tag(digest: &Digest) -> String {
    format!("sha256-{}", digest.hex())
}

/// What a registry says of a refusal: its first error, or the beginning of its text.
fn words(answer: &Answer) -> String {
    let status = answer.status;
    let said = match serde_json::from_slice::<Problems>(&answer.body) {
        Ok(it) => it.errors.into_iter().next().map(
            |Problem { code, message }| {
                if message.is_empty() { code } else { message }
            },
        ),
        Err(_) => None,
    };
    let wait = header_of(&answer.headers, header::RETRY_AFTER);
    let wait = wait.map_or(String::new(), |it| format!("; it asks to wait: {}", cut(it)));
    match said {
        Some(said) if !said.is_empty() => format!("{status}: {}{wait}", cut(&said)),
        _ => format!("{status}{wait}"),
    }
}
