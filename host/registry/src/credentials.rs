//! Who this user is to a registry: what `docker login` and its kin have left in a file, or a
//! program that the file names gives. Of both only what concerns the named registry is asked for.

use std::{
    collections::BTreeMap,
    env, fmt,
    fs::File,
    io::{self, Read as _},
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Deserialize;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    process::Command,
    time::timeout,
};

use crate::{RegistryError, error::cut};

/// A file with a hundred logins has 20 kB.
const FILE_BYTES: u64 = 1 << 20;

/// What a helper may say: a name and a token.
const HELPER_BYTES: u64 = 64 << 10;

/// Some helpers ask a cloud, and some a person who has to unlock a keychain.
const HELPER_PATIENCE: Duration = Duration::from_secs(30);

/// What helpers say, with exit code 1, where they know nothing: then nobody is told who asks.
const NOT_FOUND: &str = "credentials not found";

/// The name by which helpers and identity tokens say that the secret is a token.
const TOKEN: &str = "<token>";

/// Docker's own registry has an old name in the files.
pub(crate) const DOCKER: &str = "docker.io";
const DOCKER_KEY: &str = "https://index.docker.io/v1/";

/// What is told to a registry, or to the server that gives tokens for it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Login {
    Password {
        user: String,
        secret: String,
    },
    /// What a token is given for.
    Identity(String),
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Login")
    }
}

/// The logins of a user.
#[derive(Default, Clone)]
pub struct Credentials {
    path: PathBuf,
    file: Logins,
    helpers: Helpers,
}

/// How helpers are run.
#[derive(Clone)]
struct Helpers {
    /// Where they are; else on the `PATH`.
    folder: Option<PathBuf>,
    patience: Duration,
}

impl Default for Helpers {
    fn default() -> Self {
        Self { folder: None, patience: HELPER_PATIENCE }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("path", &self.path).finish_non_exhaustive()
    }
}

#[derive(Default, Clone, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Logins {
    auths: BTreeMap<String, Entry>,
    creds_store: String,
    cred_helpers: BTreeMap<String, String>,
}

#[derive(Default, Clone, Deserialize)]
#[serde(default)]
struct Entry {
    auth: String,
    username: String,
    password: String,
    identitytoken: String,
}

/// What a helper says.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Said {
    username: String,
    secret: String,
}

impl Credentials {
    /// Those of the user: of `$REGISTRY_AUTH_FILE`, else of `config.json` in `$DOCKER_CONFIG`, else
    /// of `~/.docker/config.json`. Without a file there are none; one that cannot be read is an
    /// error, since something else would happen than its user wants.
    pub fn from_env() -> Result<Self, RegistryError> {
        let path = |name: &str| env::var_os(name).filter(|it| !it.is_empty()).map(PathBuf::from);
        let named = path("REGISTRY_AUTH_FILE");
        let folder = path("DOCKER_CONFIG").or_else(|| Some(path("HOME")?.join(".docker")));
        match named.or_else(|| Some(folder?.join("config.json"))) {
            Some(path) => Self::read(&path),
            None => Ok(Self::default()),
        }
    }

    /// Those of a file.
    pub fn read(path: &Path) -> Result<Self, RegistryError> {
        let wrong = |reason: String| RegistryError::Setting {
            what: format!("the logins of {}", path.display()),
            reason,
        };
        let mut text = String::new();
        let read = File::open(path).and_then(|it| it.take(FILE_BYTES).read_to_string(&mut text));
        match read {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(wrong(error.to_string())),
            Ok(_) if text.trim().is_empty() => Ok(Self::default()),
            // Its text holds secrets, and the parser would repeat some of it.
            Ok(_) => match serde_json::from_str(&text) {
                Ok(file) => Ok(Self { path: path.to_owned(), file, helpers: Helpers::default() }),
                Err(it) => Err(wrong(format!("line {} is no JSON of logins", it.line()))),
            },
        }
    }

    /// Who the user is to a registry; nobody where nothing is known.
    pub(crate) async fn of(
        &self,
        registry: &str,
        repository: &str,
    ) -> Result<Option<Login>, RegistryError> {
        let keys = keys(registry, repository);
        let helper = keys.iter().find_map(|it| self.file.cred_helpers.get(it));
        let store = Some(&self.file.creds_store).filter(|it| !it.is_empty());
        if let Some(helper) = helper.or(store) {
            let name = if registry == DOCKER { DOCKER_KEY } else { registry };
            if let Some(login) = self.ask(helper, name, registry).await? {
                return Ok(Some(login));
            }
        }
        match keys.iter().find_map(|it| self.file.auths.get(it)) {
            Some(entry) => self.login(entry, registry),
            None => Ok(None),
        }
    }

    fn login(&self, entry: &Entry, registry: &str) -> Result<Option<Login>, RegistryError> {
        if !entry.identitytoken.is_empty() {
            return Ok(Some(Login::Identity(entry.identitytoken.clone())));
        }
        if !entry.username.is_empty() {
            let (user, secret) = (entry.username.clone(), entry.password.clone());
            return Ok(Some(Login::Password { user, secret }));
        }
        if entry.auth.is_empty() {
            return Ok(None);
        }
        let plain =
            STANDARD.decode(entry.auth.trim()).ok().and_then(|it| String::from_utf8(it).ok());
        let parted = plain.as_deref().and_then(|it| it.split_once(':'));
        let (user, secret) = parted.ok_or_else(|| RegistryError::Credentials {
            host: registry.to_owned(),
            reason: format!("its `auth` in {} is not base64 of NAME:PASSWORD", self.path.display()),
        })?;
        let secret = secret.trim_end_matches('\0').to_owned();
        Ok(Some(Login::Password { user: user.to_owned(), secret }))
    }

    /// Runs the helper of a registry, as docker does: its name in, a login out.
    async fn ask(
        &self,
        helper: &str,
        name: &str,
        registry: &str,
    ) -> Result<Option<Login>, RegistryError> {
        let failed = |reason: String| RegistryError::Credentials {
            host: registry.to_owned(),
            reason: format!(
                "docker-credential-{helper}, which {} names: {reason}",
                self.path.display()
            ),
        };
        let is_word = |it: u8| it.is_ascii_alphanumeric() || b"-_.".contains(&it);
        if !helper.bytes().all(is_word) {
            return Err(failed("it is no name of a program".to_owned()));
        }
        let Helpers { folder, patience } = &self.helpers;
        let mut program = PathBuf::from(format!("docker-credential-{helper}"));
        if let Some(folder) = folder {
            program = folder.join(program);
        }
        let ran = timeout(*patience, run(&program, name)).await;
        let late = |_| failed(format!("no answer within {} s", patience.as_secs_f64()));
        let ran = ran.map_err(late)?;
        let (success, said) = ran.map_err(|it| failed(it.to_string()))?;
        if !success {
            // Its words, when it fails, are no secret.
            let words = String::from_utf8_lossy(&said);
            if words.to_lowercase().contains(NOT_FOUND) {
                return Ok(None);
            }
            return Err(failed(cut(&words)));
        }
        let said: Said = serde_json::from_slice(&said)
            .map_err(|_| failed("its answer is not the JSON of a login".to_owned()))?;
        Ok(Some(match said.username.as_str() {
            TOKEN => Login::Identity(said.secret),
            _ => Login::Password { user: said.username, secret: said.secret },
        }))
    }
}

async fn run(program: &Path, name: &str) -> io::Result<(bool, Vec<u8>)> {
    let mut child = Command::new(program)
        .arg("get")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    let mut said = Vec::new();
    let mut input = child.stdin.take().expect("it is piped");
    // One that asks nothing has ended already.
    let _told = input.write_all(name.as_bytes()).await;
    drop(input);
    let output = child.stdout.take().expect("it is piped");
    output.take(HELPER_BYTES + 1).read_to_end(&mut said).await?;
    if said.len() as u64 > HELPER_BYTES {
        return Err(io::Error::other(format!("it says more than {HELPER_BYTES} bytes")));
    }
    Ok((child.wait().await?.success(), said))
}

/// The words under which a file may have the login of a repository, those that say most first.
fn keys(registry: &str, repository: &str) -> Vec<String> {
    let name = format!("{registry}/{repository}");
    let ends = name.match_indices('/').map(|it| it.0).chain([name.len()]);
    let mut keys: Vec<_> = ends.map(|it| name[..it].to_owned()).collect();
    keys.reverse();
    for form in ["https://{}", "https://{}/", "https://{}/v1/", "https://{}/v2/", "http://{}"] {
        keys.push(form.replace("{}", registry));
    }
    if registry == DOCKER {
        keys.extend([DOCKER_KEY.to_owned(), "index.docker.io".to_owned()]);
    }
    keys
}

#[cfg(test)]
mod tests;
