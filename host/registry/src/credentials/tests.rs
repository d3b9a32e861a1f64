//! Files of logins as they are found, and helpers that behave and misbehave.

use std::fs;

use super::*;

fn of(text: &str) -> Credentials {
    let file = serde_json::from_str(text).expect("logins");
    Credentials { path: "config.json".into(), file, helpers: Helpers::default() }
}

#[track_caller]
fn check(text: &str, name: &str, want: Option<(&str, &str)>) {
    let (registry, repository) = name.split_once('/').expect("a repository");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let got = runtime.expect("a runtime").block_on(of(text).of(registry, repository));
    let want = want
        .map(|(user, secret)| Login::Password { user: user.to_owned(), secret: secret.to_owned() });
    assert!(got.expect("no error") == want, "{name} in {text}");
}

#[test]
fn logins_are_found_by_registry_and_the_longest_path() {
    let text = r#"{"auths": {
        "r.example": {"auth": "YTpi"},
        "r.example/acme": {"auth": "YWNtZTpzOmU="},
        "https://old.example/v1/": {"auth": "b2xkOng="},
        "https://index.docker.io/v1/": {"username": "d", "password": "p"},
        "empty.example": {}
    }, "unknown": 1}"#;
    check(text, "r.example/other/rules", Some(("a", "b")));
    check(text, "r.example/acme/rules", Some(("acme", "s:e")));
    check(text, "r.example/acmes/rules", Some(("a", "b")));
    check(text, "old.example/rules", Some(("old", "x")));
    check(text, "docker.io/acme/rules", Some(("d", "p")));
    check(text, "empty.example/rules", None);
    check(text, "r.example.evil/rules", None);
    check(text, "r.example:5000/rules", None);
    check("{}", "r.example/rules", None);
}

#[tokio::test]
async fn what_is_no_login_says_so_without_its_text() {
    let broken = of(r#"{"auths": {"r": {"auth": "c2VjcmV0"}}}"#);
    let error = broken.of("r", "x").await.expect_err("no colon").to_string();
    assert!(error.contains("not base64 of NAME:PASSWORD") && !error.contains("c2Vj"), "{error}");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("config.json");
    fs::write(&path, "{\"auths\": {\"r\": {\"auth\": \"c2VjcmV0\" oops").expect("written");
    let error = Credentials::read(&path).expect_err("no JSON").to_string();
    assert!(error.contains("line 1 is no JSON of logins") && !error.contains("c2Vj"), "{error}");
    assert!(Credentials::read(&folder.path().join("none")).is_ok());
    assert!(Credentials::read(folder.path()).is_err(), "a folder");
}

/// What a helper of `tests/helpers` makes of the name of a registry.
async fn helped(helper: &str, registry: &str) -> Result<Option<Login>, RegistryError> {
    let cred_helpers = [(registry.to_owned(), helper.to_owned())].into();
    let folder = Some(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/helpers"));
    let credentials = Credentials {
        path: "config.json".into(),
        file: Logins { cred_helpers, ..Logins::default() },
        helpers: Helpers { folder, patience: Duration::from_millis(500) },
    };
    credentials.of(registry, "x").await
}

#[tokio::test]
async fn a_helper_is_asked_for_its_registry_alone() {
    let login = helped("login", "r.example").await.expect("an answer");
    let want = Login::Password { user: "u".to_owned(), secret: "for r.example".to_owned() };
    assert!(login == Some(want));
    let token = helped("token", "r").await.expect("a token");
    assert!(token == Some(Login::Identity("t".to_owned())));
    assert!(helped("unknown", "r").await.expect("nobody").is_none());
}

#[tokio::test]
async fn a_helper_that_fails_hangs_or_talks_is_named() {
    for (helper, want) in [
        ("locked", ": locked"),
        ("talks", "is not the JSON of a login"),
        ("hangs", "no answer within 0.5 s"),
        ("floods", "it says more than 65536 bytes"),
        ("none", "No such file"),
    ] {
        let error = helped(helper, "r").await.expect_err(helper).to_string();
        let begin = format!("no credentials for r: docker-credential-{helper}, which config.json");
        assert!(error.starts_with(&begin) && error.contains(want), "{error}");
    }
}

#[tokio::test]
async fn a_helper_is_the_name_of_a_program() {
    for helper in ["../../bin/sh", "a b", "x;y", "ä"] {
        let credentials = of(&format!(r#"{{"credsStore": "{helper}"}}"#));
        let error = credentials.of("r", "x").await.expect_err(helper).to_string();
        assert!(error.contains("it is no name of a program"), "{error}");
    }
}
