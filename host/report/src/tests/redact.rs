//! Secrets that were planted, and what must stay.

use std::{borrow::Cow, fs, path::Path};

use proptest::prelude::*;

use crate::redact;

/// Each `‹secret›` of a text goes, and nothing else; without one the text stays.
#[track_caller]
fn check(marked: &str) {
    let text = marked.replace(['‹', '›'], "");
    let mut want = String::new();
    let mut count = 0;
    for part in marked.split('›') {
        match part.split_once('‹') {
            Some((before, _)) => {
                want.push_str(before);
                want.push_str("REDACTED");
                count += 1;
            }
            None => want.push_str(part),
        }
    }
    let (redacted, is) = redact(&text);
    assert_eq!(redacted, want);
    assert_eq!(is, count, "{text}");
    assert_eq!(redact(&want), (Cow::Borrowed(&*want), 0), "redacting twice is redacting once");
}

#[test]
fn access_keys_go() {
    check("OSS refuses ‹LTAI5tExampleExampleExam›: InvalidAccessKeyId");
    check("<OSSAccessKeyId>‹LTAI5tExampleExample1234›</OSSAccessKeyId>");
    check("sts id ‹STS.NUGh5Exam3pleExam3pleExam› of role");
    check("id=‹AKIAIOSFODNN7EXAMPLE›, session ‹ASIAY34FZKBOKMUTVV7A›");
    check(
        "[default]\naws_access_key_id = ‹AKIAIOSFODNN7EXAMPLE›\n\
         aws_secret_access_key = ‹wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY›\n",
    );
    check("AccessKeySecret: ‹7xTq9KpLm2VbNz4RwYc8HsJdFg6Ae3›");
    check(
        "accessKeyId=‹LTAI5tExampleExampleExam› accessKeySecret=‹abcdefghijklmnopqrstuvwxyzabcd›",
    );
    check("ak ‹LTAI5tExampleExampleExam:7xTq9KpLm2VbNz4RwYc8HsJdFg6Ae3› was used");
    check(
        "{\"AccessKeyId\":\"‹STS.NUGh5Exam3pleExam3pleExam›\",\
         \"SecurityToken\":\"‹CAISzgJ1q6Ft5B2yfSjIr5bBEd›\"}",
    );
}

#[test]
fn tokens_go() {
    check(
        "token ‹eyJhbGciOiJSUzI1NiIsImtpZCI6IiJ9.eyJpc3MiOiJrdWJlcm5ldGVz.c2lnbmF0dXJl› is expired",
    );
    check("Authorization: Bearer ‹abcdef›");
    check("authorization: basic ‹dXNlcjpwYXNzd29yZA==›");
    check("headers map[Authorization:[Bearer ‹k8s-aws-v1.aHR0cHM6Ly9›] Accept:[*/*]]");
    check(r#"curl -H "Authorization: token ‹0123456789abcdef›" https://x"#);
    check("Authorization: OSS ‹LTAI5tExampleExampleExam:bGVuZ3RoMjAvLS0rKw==›");
    check("sent bearer ‹9f86d081884c7d659a2feaa0c55ad015›, got 401");
    check("clone with ‹ghp_16C7e42F292c6912E7710c838347Ae178B4a›");
    check("kubeadm join --token ‹abcdef.0123456789abcdef› --discovery");
    check("token: ‹abcdef.0123456789abcdef›");
    check("token: ‹123e4567-e89b-12d3-a456-426614174000›");
    check("TOKEN=‹x› and HBR_TOKEN=‹secretvalue›");
}

#[test]
fn passwords_go() {
    check("postgres://app:‹hunter2›@db.csdr:5432/app and redis://:‹p@ss›@redis");
    check("password: ‹hunter2›");
    check("password: ‹hunter›");
    check("password: ‹$ecret123› passwd='‹%a<b›'");
    check("DB_PASSWORD=‹hunter2› DB_HOST=db");
    check("mysqldump --password ‹hunter2› --all-databases");
    check("mysqldump --password=‹hunter2› --all-databases");
    check(r#"{"password":"‹two words\\n›","user":"a"}"#);
    check(r#"last-applied: {\"spec\":{\"clientSecret\":\"‹abc›\",\"passwd\": \"‹x y›\"}}"#);
    check("spring.datasource.password = '‹it is long›'");
    check(
        "AccountName=a;AccountKey=‹Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq\
         /K1SZFPTOtr/KBHBeksoGMGw==›;E=x",
    );
    check("passphrase: ‹correct-horse›, then");
}

#[test]
fn signed_addresses_are_useless_afterwards() {
    check(
        "GET http://b.oss-cn-hangzhou.aliyuncs.com/o?OSSAccessKeyId=‹nz2pc56s936ex9l0›\
         &Expires=1141889120&Signature=‹vjbyPxybdZaNmGa%2ByT272YEAiv4%3D› failed",
    );
    check(
        "https://b/o?x-oss-credential=‹LTAI5tExampleExampleExam%2F20260915›\
         &x-oss-expires=60&x-oss-signature=‹77dba0d3›",
    );
    check(
        "https://b/o?X-Amz-Algorithm=AWS4-HMAC-SHA256\
         &X-Amz-Credential=‹AKIAIOSFODNN7EXAMPLE%2F20130524›&X-Amz-Date=20130524T000000Z\
         &X-Amz-Expires=86400&X-Amz-Security-Token=‹IQoJb3JpZ2luX2VjEA%3D›\
         &X-Amz-SignedHeaders=host&X-Amz-Signature=‹aeeed9bbccd4d02e›",
    );
    check("https://b/o?sv=2022&security-token=‹CAIS%2BAF1q6Ft5B2y›&sig=‹Abc123Def456%3D›");
    check(r"https://b/o?Expires=1\u0026Signature=‹vjbyPxybdZaNmGa%2ByT272YEAiv4%3D›\u0026x=1");
}

#[test]
fn private_keys_go() {
    check("key:\n‹-----BEGIN RSA PRIVATE KEY-----\nMIIB\n-----END RSA PRIVATE KEY-----›\nbehind");
    check(
        "‹-----BEGIN PRIVATE KEY-----\\nMIIB\\n-----END PRIVATE KEY-----›\\n and \
         ‹-----BEGIN EC PRIVATE KEY-----\\nMII›",
    );
    check("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----");
}

#[test]
fn what_diagnoses_stand_on_stays() {
    for stays in [
        "StatusCode=403, ErrorCode=InvalidAccessKeyId, ErrorMessage=\"The OSS Access Key Id you \
         provided does not exist in our records.\", RequestId=68C77D760C5B4A3439E8D1F9",
        "SignatureDoesNotMatch: The request signature we calculated does not match",
        "ErrorCode=SecurityTokenExpired, ErrorMessage=\"The security token you provided has \
         expired.\"",
        "ErrorCode: InvalidSecurityToken.Expired",
        "failed to get sts token: InvalidAccessKeyId.NotFound",
        "failed to get token: Unauthorized",
        "secrets \"addon.aliyuncsmanagedbackuprestorerole.token\" is forbidden",
        "secret \"cloud-credentials\" not found",
        "failed to get secret: secrets \"x\" not found",
        "secret: csdr/hbr-token-x7k2p, secret=cloud-credentials",
        "couldn't find key HBR_TOKEN in Secret csdr/hbr-client",
        "references non-existent secret key: password",
        "object-\"csdr\"/\"metrics-secret\": Failed to watch *v1.Secret: failed to list",
        "\"dockerPullSecret\": map[string]interface{}{",
        "secretName: default-token-8xk2p",
        "imagePullSecrets: acr-credential-0123456789ab",
        "automountServiceAccountToken: false",
        "{\"serviceAccountToken\":{\"expirationSeconds\":3607,\"path\":\"token\"}}",
        "MountVolume.SetUp failed for volume \"kube-api-access\": failed to fetch token: Post \
         \"https://10.0.0.1:443/api/v1/namespaces/csdr/serviceaccounts/default/token\": EOF",
        "basic authentication is required, or a bearer token",
        "Authorization: basic authentication failed",
        "authorization: permission denied",
        "invalid password: it must have 8 characters",
        "the password is wrong: see https://help.aliyun.com:443/a@b",
        "PASSWORD=$(DB_PASSWORD) password=${X} password: '***' token: null",
        "password: '<password>' token=%s secret: \"{{ .Values.x }}\" passwd=$PASS",
        "PWD=/root and pwd: /home",
        "image registry:5000/app@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15",
        "uid 123e4567-e89b-12d3-a456-426614174000, resourceVersion 1234567890",
        "-----BEGIN CERTIFICATE-----",
        "fencing token=17 of lease",
        "sk-learn, task=2, risk: high",
    ] {
        check(stays);
    }
}

/// What a line of fixtures loses.
#[track_caller]
fn check_files(folder: &str, want: &[&str]) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut changed = Vec::new();
    for file in files(&root.join(folder)) {
        let text = fs::read(&file).expect("a file");
        let text = String::from_utf8_lossy(&text);
        let redacted = redact(&text).0;
        let lines = text.lines().zip(redacted.lines());
        changed.extend(lines.filter(|it| it.0 != it.1).map(|it| it.1.trim().to_owned()));
    }
    assert_eq!(changed, want);
}

fn files(path: &Path) -> Vec<std::path::PathBuf> {
    if path.is_file() {
        return vec![path.to_owned()];
    }
    let mut entries: Vec<_> =
        fs::read_dir(path).expect("a folder").map(|it| it.expect("an entry").path()).collect();
    entries.sort();
    entries.iter().flat_map(|it| files(it)).collect()
}

#[test]
fn fixtures_stay() {
    check_files("fixtures/backup-center", &[]);
    check_files("fixtures/clusters", &[]);
}

#[test]
fn messages_that_rules_know_stay() {
    check_files("rules/standard/CATALOGUE.md", &[]);
    check_files("rules/standard/RULES.md", &[]);
    check_files("snapshots/backup-center", &[]);
}

proptest! {
    /// Fragments of secrets in any order: never a panic, and once is enough.
    #[test]
    fn redacting_twice_is_redacting_once(parts in prop::collection::vec(
        prop::sample::select(vec![
            "password", "token", "secret", "=", ":", " ", "\"", "\\\"", "'", "LTAI5tExampleExam",
            "Bearer ", "Authorization", "eyJhbGciOiJS", ".", "-----BEGIN PRIVATE KEY", "a1B2c3D4",
            "https://", "@", "é", "\n", "REDACTED", "&Signature", "--token ", "{", "x",
        ]),
        0..24,
    )) {
        let text = parts.concat();
        let once = redact(&text).0.into_owned();
        prop_assert_eq!(&*redact(&once).0, &*once, "{}", text);
    }
}
