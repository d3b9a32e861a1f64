//! Which cluster is read, and with which credentials: kubeconfig files, a pod's service account,
//! proxies.

use std::{
    collections::BTreeSet,
    env,
    io::ErrorKind,
    os::unix::fs::FileTypeExt as _,
    path::{Path, PathBuf},
};

use hyper_util::client::proxy::matcher::Matcher;
use kube::{
    Config,
    config::{AuthInfo, Cluster, KubeConfigOptions, Kubeconfig},
};

use crate::{
    ClusterError, Options,
    credentials::Source,
    failure::{excerpt, innermost},
};

/// The name of the cluster in which the program itself runs as a pod.
const IN_CLUSTER: &str = "in-cluster";

/// The contexts of a kubeconfig, sorted. If no kubeconfig is named, those of `$KUBECONFIG` or
/// `~/.kube/config`. An error if there are none.
pub fn contexts(kubeconfig: Option<&Path>) -> Result<Vec<String>, ClusterError> {
    let paths = paths(kubeconfig);
    let merged = read(&paths, kubeconfig.is_some())?;
    let known = merged.as_ref().map(known_contexts).unwrap_or_default();
    if known.is_empty() {
        return Err(ClusterError::NotConfigured { reason: looked_in(&paths) });
    }
    Ok(known)
}

/// The files that credentials are read from, and what each is: kubeconfigs, and what they name of
/// tokens, certificates and keys. Nothing may be written over them. A kubeconfig that cannot be
/// read names none.
pub fn files(kubeconfig: Option<&Path>) -> Vec<(&'static str, PathBuf)> {
    let paths = paths(kubeconfig);
    let merged = read(&paths, false).ok().flatten().unwrap_or_default();
    let mut files: Vec<_> = paths.into_iter().map(|it| ("the kubeconfig", it)).collect();
    let clusters = merged.clusters.into_iter().filter_map(|it| it.cluster);
    let authorities = clusters.filter_map(|it| it.certificate_authority);
    files.extend(authorities.map(|it| ("a certificate of the kubeconfig", it.into())));
    for user in merged.auth_infos.into_iter().filter_map(|it| it.auth_info) {
        let named = [
            ("a token of the kubeconfig", user.token_file),
            ("a certificate of the kubeconfig", user.client_certificate),
            ("a key of the kubeconfig", user.client_key),
        ];
        files.extend(named.into_iter().filter_map(|(what, it)| Some((what, it?.into()))));
    }
    files
}

/// A cluster to connect to.
pub(crate) struct Chosen {
    /// The context, or `in-cluster`.
    pub(crate) name: String,
    /// `context kind-prod`, or `in-cluster`.
    pub(crate) described: String,
    pub(crate) config: Config,
    /// How its token is come by.
    pub(crate) source: Source,
    /// Why requests are sent without credentials; empty if they are not.
    pub(crate) anonymous: String,
}

/// Finds the cluster as `kubectl` does: by the kubeconfig that is named, else by those of
/// `$KUBECONFIG`, else by `~/.kube/config`. If these have no context and none is asked for, it is
/// the cluster of this pod.
pub(crate) async fn choose(options: &Options) -> Result<Chosen, ClusterError> {
    let paths = paths(options.kubeconfig.as_deref());
    let merged = read(&paths, options.kubeconfig.is_some())?;
    let Some(mut kubeconfig) =
        merged.filter(|it| options.context.is_some() || !it.contexts.is_empty())
    else {
        if let Some(context) = &options.context {
            let known = Vec::new();
            return Err(ClusterError::UnknownContext { context: context.clone(), known });
        }
        return in_cluster(&paths);
    };
    let known = known_contexts(&kubeconfig);
    let current = kubeconfig.current_context.clone().filter(|it| !it.is_empty());
    let Some(name) = options.context.clone().or(current) else {
        return Err(ClusterError::NoCurrentContext { known });
    };
    if !known.contains(&name) {
        return Err(ClusterError::UnknownContext { context: name, known });
    }
    let described = format!("context {name}");
    let names_proxy = names_proxy(&kubeconfig, &name);
    let unusable =
        |reason: String| ClusterError::Configuration { cluster: described.clone(), reason };
    let anonymous = anonymous(&kubeconfig, &name);
    complete_server(&mut kubeconfig, &name).map_err(&unusable)?;
    let selected = KubeConfigOptions { context: Some(name.clone()), ..Default::default() };
    let config = Config::from_custom_kubeconfig(kubeconfig, &selected).await;
    let mut config = config.map_err(|it| unusable(excerpt(&it.to_string())))?;
    if !names_proxy && !goes_by_proxy(&Matcher::from_env(), &config.cluster_url) {
        config.proxy_url = None;
    }
    let source = Source::take(&mut config.auth_info);
    Ok(Chosen { name, described, config, source, anonymous })
}

/// Why a context sends no credentials; empty if it sends some. As kubectl does, such a context is
/// used all the same: some servers ask for none.
fn anonymous(kubeconfig: &Kubeconfig, context: &str) -> String {
    let context = kubeconfig.contexts.iter().find(|it| it.name == context);
    let user = context.and_then(|it| it.context.as_ref()).and_then(|it| it.user.as_deref());
    let Some(user) = user.filter(|it| !it.is_empty()) else {
        return "the context names no user".to_owned();
    };
    let known = kubeconfig.auth_infos.iter().find(|it| it.name == user);
    let Some(known) = known else {
        return format!("the kubeconfig has no user `{}`", excerpt(user));
    };
    let AuthInfo { username, token, token_file, auth_provider, exec, .. } =
        known.auth_info.clone().unwrap_or_default();
    let has_certificate = known
        .auth_info
        .as_ref()
        .is_some_and(|it| it.client_certificate.is_some() || it.client_certificate_data.is_some());
    let has_some = has_certificate
        || username.is_some()
        || token.is_some()
        || token_file.is_some()
        || auth_provider.is_some()
        || exec.is_some();
    if has_some { String::new() } else { format!("the user `{}` has none", excerpt(user)) }
}

/// Completes the address of a context's server as kubectl does: without a scheme it is https where
/// the kubeconfig says anything of certificates, and else http. What cannot be an address is an
/// error: kube would panic at it.
fn complete_server(kubeconfig: &mut Kubeconfig, context: &str) -> Result<(), String> {
    let context = kubeconfig.contexts.iter().find(|it| it.name == context);
    let context = context.and_then(|it| it.context.clone()).unwrap_or_default();
    let user = kubeconfig.auth_infos.iter().find(|it| Some(&it.name) == context.user.as_ref());
    let has_certificate = user
        .and_then(|it| it.auth_info.as_ref())
        .is_some_and(|it| it.client_certificate.is_some() || it.client_certificate_data.is_some());
    let cluster = kubeconfig.clusters.iter_mut().find(|it| it.name == context.cluster);
    let Some(cluster) = cluster.and_then(|it| it.cluster.as_mut()) else { return Ok(()) };
    let Cluster { insecure_skip_tls_verify, certificate_authority, .. } = &*cluster;
    let has_certificate = has_certificate
        || *insecure_skip_tls_verify == Some(true)
        || certificate_authority.is_some()
        || cluster.certificate_authority_data.is_some();
    let Some(server) = cluster.server.as_mut() else { return Ok(()) };
    let typed = server.trim().to_owned();
    *server = match typed.split_once("://") {
        Some(_) => typed.clone(),
        None if has_certificate => format!("https://{typed}"),
        None => format!("http://{typed}"),
    };
    let address: Option<http::Uri> = server.parse().ok();
    let is_address = address.is_some_and(|it| {
        matches!(it.scheme_str(), Some("http" | "https"))
            && it.host().is_some_and(|it| !it.is_empty())
            && it.query().is_none()
    });
    if is_address {
        return Ok(());
    }
    let typed = excerpt(&typed);
    Err(format!(
        "`server` of the cluster `{}` is `{typed}`, and must be a URL or host:port",
        excerpt(&context.cluster)
    ))
}

fn in_cluster(paths: &[PathBuf]) -> Result<Chosen, ClusterError> {
    let mut config = Config::incluster_env().map_err(|it| {
        let looked_in = looked_in(paths);
        // What every pod has.
        let reason = match env::var_os("KUBERNETES_SERVICE_HOST") {
            Some(_) => {
                format!("{looked_in}, and that of this pod cannot be used: {}", innermost(&it))
            }
            None => format!("{looked_in}, and this is no pod"),
        };
        ClusterError::NotConfigured { reason }
    })?;
    let source = Source::take(&mut config.auth_info);
    let (name, described) = (IN_CLUSTER.to_owned(), IN_CLUSTER.to_owned());
    Ok(Chosen { name, described, config, source, anonymous: String::new() })
}

/// The files to merge, whether or not they exist.
fn paths(named: Option<&Path>) -> Vec<PathBuf> {
    if let Some(path) = named {
        return vec![path.to_owned()];
    }
    let listed = env::var_os("KUBECONFIG").unwrap_or_default();
    let listed: Vec<_> =
        env::split_paths(&listed).filter(|it| !it.as_os_str().is_empty()).collect();
    if listed.is_empty() {
        env::home_dir().map(|it| it.join(".kube/config")).into_iter().collect()
    } else {
        listed
    }
}

/// The merged files; the first file that sets something wins. None if no file exists. A missing
/// file is skipped, as `kubectl` does, unless the file `must_exist`.
fn read(paths: &[PathBuf], must_exist: bool) -> Result<Option<Kubeconfig>, ClusterError> {
    let mut merged: Option<Kubeconfig> = None;
    for path in paths {
        let error = |reason| ClusterError::Kubeconfig { path: path.clone(), reason };
        match path.metadata() {
            // A device may have no end.
            Ok(it) if it.is_dir() || it.file_type().is_char_device() => {
                return Err(error("it is no file".to_owned()));
            }
            Ok(_) => {}
            Err(it) if it.kind() == ErrorKind::NotFound && !must_exist => continue,
            // One that may not be read is there: nothing else may take its place in silence.
            Err(it) => return Err(error(it.to_string())),
        }
        let file = Kubeconfig::read_from(path).map_err(|it| error(innermost(&it)))?;
        merged = Some(match merged {
            Some(before) => before.merge(file).map_err(|it| error(it.to_string()))?,
            None => file,
        });
    }
    Ok(merged)
}

fn known_contexts(kubeconfig: &Kubeconfig) -> Vec<String> {
    let names: BTreeSet<_> = kubeconfig.contexts.iter().map(|it| it.name.clone()).collect();
    names.into_iter().collect()
}

fn looked_in(paths: &[PathBuf]) -> String {
    let listed = |paths: &[&PathBuf]| {
        paths.iter().map(|it| it.display().to_string()).collect::<Vec<_>>().join(", ")
    };
    let (there, missing): (Vec<_>, Vec<_>) = paths.iter().partition(|it| it.exists());
    match (there.as_slice(), missing.as_slice()) {
        ([], []) => "there is no ~/.kube/config".to_owned(),
        ([], missing) => format!("there is no file {}", listed(missing)),
        (there, []) => format!("no context in {}", listed(there)),
        (there, missing) => {
            format!("no context in {}, and no file {}", listed(there), listed(missing))
        }
    }
}

/// Whether the cluster of a context has its own `proxy-url`.
fn names_proxy(kubeconfig: &Kubeconfig, context: &str) -> bool {
    let context = kubeconfig.contexts.iter().find(|it| it.name == context);
    let cluster = context.and_then(|it| it.context.as_ref()).map(|it| &it.cluster);
    let cluster = kubeconfig.clusters.iter().find(|it| Some(&it.name) == cluster);
    let proxy = cluster.and_then(|it| it.cluster.as_ref()).and_then(|it| it.proxy_url.as_ref());
    proxy.is_some_and(|it| !it.is_empty())
}

/// Whether the environment sends requests to this server through a proxy. kube compares `$NO_PROXY`
/// with the address of the proxy and not with that of the server, so this function decides anew. As
/// in Go, the loopback never uses a proxy.
fn goes_by_proxy(environment: &Matcher, server: &http::Uri) -> bool {
    let host = server.host().unwrap_or_default().trim_matches(['[', ']']);
    let loopback =
        host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|it| it.is_loopback());
    !loopback && environment.intercept(server).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_proxy(no_proxy: &str, server: &str, want: bool) {
        let environment = Matcher::builder().https("http://proxy:3128").no(no_proxy).build();
        assert_eq!(goes_by_proxy(&environment, &server.parse().expect("a URI")), want, "{server}");
    }

    #[test]
    fn the_environments_proxy_spares_the_loopback_and_what_no_proxy_names() {
        check_proxy("", "https://api.example:6443/", true);
        check_proxy("", "https://127.0.0.1:6443/", false);
        check_proxy("", "https://[::1]:6443/", false);
        check_proxy("", "https://localhost:6443/", false);
        check_proxy("10.0.0.0/8,.example", "https://api.example:6443/", false);
        check_proxy("10.0.0.0/8,.example", "https://10.1.2.3:6443/", false);
        check_proxy("10.0.0.0/8,.example", "https://11.1.2.3:6443/", true);
        check_proxy("", "http://api.example/", false);
    }

    fn file(folder: &Path, name: &str, context: &str, current: &str) -> PathBuf {
        let path = folder.join(name);
        let text = format!(
            "contexts: [{{name: {context}, context: {{cluster: {name}}}}}]\n\
             clusters: [{{name: {name}, cluster: {{server: 'http://{name}'}}}}]\n\
             current-context: {current}\n"
        );
        std::fs::write(&path, text).expect("written");
        path
    }

    #[test]
    fn files_are_merged_the_first_outweighs_and_a_missing_one_is_passed_over() {
        let folder = tempfile::tempdir().expect("a folder");
        let one = file(folder.path(), "one", "blue", "blue");
        let two = file(folder.path(), "two", "green", "green");
        let three = file(folder.path(), "three", "blue", "blue");
        let missing = folder.path().join("missing");
        let merged = read(&[missing.clone(), one, two, three], false).expect("readable");
        let merged = merged.expect("files");
        assert_eq!(known_contexts(&merged), ["blue", "green"]);
        assert_eq!(merged.current_context.as_deref(), Some("blue"));
        let blue = merged.contexts.iter().find(|it| it.name == "blue").expect("blue");
        assert_eq!(blue.context.as_ref().expect("a context").cluster, "one");
        assert!(read(std::slice::from_ref(&missing), false).expect("passed over").is_none());
        assert!(read(&[missing], true).is_err());
    }

    #[test]
    fn a_broken_file_among_good_ones_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let good = file(folder.path(), "good", "blue", "blue");
        let broken = folder.path().join("broken");
        std::fs::write(&broken, "contexts: [").expect("written");
        let error = read(&[good, broken.clone()], false).expect_err("broken").to_string();
        assert!(error.contains(&broken.display().to_string()), "{error}");
    }

    #[test]
    fn a_file_that_may_not_be_looked_at_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let good = file(folder.path(), "good", "blue", "blue");
        // Not even root looks into a file as into a folder.
        let hidden = good.join("config");
        for must_exist in [false, true] {
            let error = read(&[hidden.clone(), good.clone()], must_exist).expect_err("hidden");
            let error = error.to_string();
            assert!(error.contains(&hidden.display().to_string()), "{error}");
            assert!(error.contains("Not a directory"), "{error}");
        }
    }

    /// A kubeconfig with one context, whose cluster and user are these.
    fn one(cluster: &str, user: &str) -> Kubeconfig {
        let text = format!(
            "clusters: [{{name: c, cluster: {{{cluster}}}}}]\nusers: [{user}]\n\
             contexts: [{{name: x, context: {{cluster: c, user: u}}}}]"
        );
        Kubeconfig::from_yaml(&text).expect("a kubeconfig")
    }

    #[track_caller]
    fn check_server(cluster: &str, user: &str, want: Result<&str, &str>) {
        let mut kubeconfig = one(cluster, user);
        let got = complete_server(&mut kubeconfig, "x");
        let server = kubeconfig.clusters[0].cluster.as_ref().expect("a cluster").server.as_deref();
        let got = got.map(|()| server.unwrap_or_default());
        assert_eq!(got, want.map_err(str::to_owned), "{cluster}");
    }

    #[test]
    fn a_server_is_completed_as_kubectl_does() {
        check_server("server: 'https://a:6443'", "", Ok("https://a:6443"));
        check_server("server: 'localhost:8080'", "", Ok("http://localhost:8080"));
        check_server("server: 127.0.0.1", "", Ok("http://127.0.0.1"));
        let authority = "server: 'a:6443', certificate-authority: /ca.crt";
        check_server(authority, "", Ok("https://a:6443"));
        check_server("server: a, insecure-skip-tls-verify: true", "", Ok("https://a"));
        let user = "{name: u, user: {client-certificate-data: x}}";
        check_server("server: a", user, Ok("https://a"));
        check_server(
            "server: 'https://a:6443/k8s/clusters/c-1'",
            "",
            Ok("https://a:6443/k8s/clusters/c-1"),
        );
        for typed in ["ftp://a", "https://", "/a", "a b", "", "https://a/?x=y"] {
            let want =
                format!("`server` of the cluster `c` is `{typed}`, and must be a URL or host:port");
            check_server(&format!("server: '{typed}'"), "", Err(&want));
        }
    }

    #[track_caller]
    fn check_anonymous(users: &str, want: &str) {
        assert_eq!(anonymous(&one("server: a", users), "x"), want, "{users}");
    }

    #[test]
    fn a_user_without_credentials_is_told() {
        check_anonymous("", "the kubeconfig has no user `u`");
        check_anonymous("{name: v, user: {token: t}}", "the kubeconfig has no user `u`");
        check_anonymous("{name: u}", "the user `u` has none");
        check_anonymous("{name: u, user: {}}", "the user `u` has none");
        check_anonymous("{name: u, user: {as: v}}", "the user `u` has none");
        for some in ["token: t", "tokenFile: f", "client-certificate: f", "exec: {command: c}"] {
            check_anonymous(&format!("{{name: u, user: {{{some}}}}}"), "");
        }
        let text = "contexts: [{name: x, context: {cluster: c}}]";
        let kubeconfig = Kubeconfig::from_yaml(text).expect("a kubeconfig");
        assert_eq!(anonymous(&kubeconfig, "x"), "the context names no user");
    }

    #[test]
    fn a_cluster_may_name_its_own_proxy() {
        let text = "clusters: [{name: a, cluster: {proxy-url: 'socks5://p:1'}}, \
            {name: b, cluster: {}}]\n\
            contexts: [{name: x, context: {cluster: a}}, {name: y, context: {cluster: b}}]";
        let kubeconfig = Kubeconfig::from_yaml(text).expect("a kubeconfig");
        assert!(names_proxy(&kubeconfig, "x") && !names_proxy(&kubeconfig, "y"));
    }
}
