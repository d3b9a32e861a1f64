//! The page at `/`: what it is, and how a browser keeps it up to date. `cargo xtask page` names a
//! browser; without one the test of that says that it was skipped.

use std::{
    env,
    io::{BufRead as _, BufReader},
    process::{Command, Stdio},
};

use crate::{
    ONE,
    api::Api,
    client::get,
    cluster,
    program::root,
    served::{Served, eventually},
    vault,
};

#[test]
fn the_report_is_served_as_a_page_that_may_ask_this_server_alone() {
    let served = Served::start(&Api::new(cluster()), &ONE);
    served.ready();
    let page = served.get("/");
    assert_eq!(page.status, 200, "{}", page.body);
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    assert!(page.body.contains("BackupLocation csdr/vault-prod"), "{}", page.body);
    let policy = page.header("content-security-policy").expect("a policy");
    for part in ["default-src 'none'", "connect-src 'self'", "frame-ancestors 'none'"] {
        assert!(policy.contains(part), "{part}: {policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    let etag = page.header("etag").expect("a tag");
    let again = get(served.address, "/", &[("If-None-Match", etag)]);
    assert!(again.status == 304 && again.body.is_empty(), "{again:?}");
    assert_eq!(served.get("/index.html").status, 404);
    assert_eq!(served.get("/?severity=high").status, 400, "choices stand behind the #");
}

/// The browser says what is to happen, and sees what it has said come true.
#[test]
fn a_browser_sees_what_changes_and_that_the_server_is_away() {
    let Some(chromium) = env::var_os("RULEBOX_CHROMIUM") else {
        eprintln!("skipped: no browser; type `cargo xtask page`");
        return;
    };
    let api = Api::new(cluster());
    let (_folder, kubeconfig) = api.kubeconfig("");
    let mut served = Some(Served::start_with(&kubeconfig, &ONE));
    let address = served.as_ref().expect("it serves").address.to_string();
    served.as_ref().expect("it serves").ready();
    let mut browser = Command::new("node");
    browser.args(["--test", "--test-reporter=spec", "host/report/browser/live.test.mjs"]);
    browser.current_dir(root()).env("RULEBOX_CHROMIUM", chromium);
    browser.env("RULEBOX_PAGE", format!("http://{address}/"));
    let mut browser = browser.stdout(Stdio::piped()).spawn().expect("node runs");
    let lines = BufReader::new(browser.stdout.take().expect("a pipe")).lines();
    for line in lines.map_while(Result::ok) {
        let Some((_, wanted)) = line.split_once("rulebox: ") else {
            println!("{line}");
            continue;
        };
        match wanted.split_whitespace().collect::<Vec<_>>()[..] {
            ["vault", name, phase] => api.apply(vault(name, phase)),
            ["end"] => drop(served.take()),
            ["start"] => {
                let listen = [&ONE[..], &["--listen", &address]].concat();
                served = Some(Served::start_with(&kubeconfig, &listen));
            }
            _ => panic!("{line}"),
        }
    }
    eventually("the browser has ended", || browser.try_wait().expect("a child").is_some());
    assert!(browser.wait().expect("a child").success(), "its tests have failed: see above");
}
