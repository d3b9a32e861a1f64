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
fn passwords_behind_short_flags_go() {
    check("mysqldump -uroot -p‹hunter2› db > dump.sql");
    check("mysqldump -u root -p'‹hun ter2›' db");
    check("mariadb-dump -h db -p‹hunter2› db");
    check("sshpass -p ‹hunter2› ssh x");
    check("sshpass -p ‹hunter› ssh x");
    check("mongodump --host db -u root -p \"‹hun ter2›\" --archive");
    check("redis-cli -h redis -a ‹hunter2› ping");
    check("docker login -u a -p ‹hunter2› registry.example");
    check("ldapsearch -D cn=a -w ‹hunter2› -b dc=b");
    check("curl -u 'user:‹hun ter2›' http://x");
    check("curl -u \"user:‹hun ter2›\" http://x and wget --user a:‹b2›");
    check("restic --db-pass ‹hunter2› backup");
    for stays in [
        "mysqldump -p db and mysql -P 3306",
        "mysql-0 restarts: -p is no flag; sshpass -p $PASS ssh x; sshpass -f file ssh x",
        "the login -p of nobody; redis-cli -h redis ping",
        "tool --bypass now",
    ] {
        check(stays);
    }
}

#[test]
fn passwords_with_short_names_go() {
    check("DB_PASS=‹hunter2secret9› DB_HOST=db");
    check("pass: ‹hunter2›");
    check("pw=‹hunter2›");
    check("bind_pw: ‹hunter2x9›");
    check("dbPass=‹hunter2› bindPw: ‹hunter2›");
    check(r#"{"pass":"‹hunter2 x›","user":"a"}"#);
    check("- name: DB_PASS\n  value: ‹hunter2›\n");
    for stays in [
        "3 pass, 0 fail, by-pass, bypass: started, compass=north",
        "pass: 13, fail: 2, pass=13 fail=2, pass=true",
        "the first pass: started, second pass: backup-1 is done",
        "pass: 1200ms, pass: 10.5s, PASS: TestBackup",
        "name: bypass, value: often",
    ] {
        check(stays);
    }
}

#[test]
fn a_password_of_several_words_goes_as_a_whole() {
    check("RESTIC_PASSWORD: ‹correct horse battery staple›");
    check("env:\n  RESTIC_PASSWORD: ‹correct horse battery staple›\n  RESTIC_HOST: db\n");
    check("restic_password: ‹correct horse›\r\nnext: line");
    for stays in [
        "RESTIC_PASSWORD: parameter null or not set",
        "password: it must have 8 characters",
        "DB_PASSWORD: $(cat file)",
    ] {
        check(stays);
    }
}

#[test]
fn a_password_with_a_slash_in_an_address_goes() {
    check("amqp://guest:‹gu/est›@h:5672/");
    check("redis://:‹a/b/c›@redis:6379/0, then");
    for stays in [
        "https://help.aliyun.com:443/a@b",
        "oci://registry.example:5000/app@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822c",
        "http://[::1]:8080/x@y",
    ] {
        check(stays);
    }
}

#[test]
fn keys_of_applications_go() {
    check("secret_key_base: ‹0123456789abcdef0123456789abcdef›");
    check("SECRET_KEY_BASE=‹0123456789abcdef0123456789abcdef›");
}

#[test]
fn a_secret_with_quotes_inside_goes_as_a_whole() {
    check(r#"password="‹ab\"quPw9kk9›", then"#);
    check(r#"{"password":"‹ab\"quPw9kk8›","user":"a"}"#);
    check(r#"{"password":"‹ab\\"quPw9kk8›"}"#);
    check(r"{'password': '‹it\'s Pw9kk7›', 'user': 'a'}");
    check("password: '‹it''s Pw9kk7›'");
    check(r#"last-applied: {\"password\":\"‹ab\\\"quPw9kk8›\",\"user\":\"a\"}"#);
    check(r#"env: {"name":"DB_PASSWORD","value":"‹ab\"quPw9kk8›"}"#);
}

#[test]
fn forms_of_other_programs_go() {
    check("clone https://‹0a1B2c3D4e5F6a7B8c9D›@git.example.com/a");
    check("https://api.telegram.org/‹bot123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1›/getMe");
    check("pull with ‹hf_0a1B2c3D4e5F6a7B8c9D0e1F2a3B4c5D6e›");
    check("the bootstrap token \"‹abcdef.0123456789abcdef›\" has expired");
    check("<user>a</user><password>‹hunter2›</password><db:passwd>‹xy›</db:passwd>");
    check("<AccessKeySecret>‹7xTq9KpLm2VbNz4RwYc8HsJdFg6Ae3›</AccessKeySecret>");
    check("body user%3Da%26password%3D‹hunter2›");
    check("{:password=>\"‹hunter2›\", :token => '‹abc›', :user=>\"a\"}");
    check("CREATE USER 'a'@'%' IDENTIFIED WITH mysql_native_password BY '‹hunter2›'");
    check("alter user 'a'@'%' identified by '‹hunter2›'");
    for stays in [
        "the vault is identified by 'vault-a'",
        "<token>Unauthorized</token> <password></password> <password>***</password>",
        "secret => not-found, token => Unauthorized",
        "token system.controllermanager is unknown",
        "https://backups-of-erp-and-shop@git.example.com",
    ] {
        check(stays);
    }
}

#[track_caller]
fn check_hidden(text: &str, want: &str) {
    assert_eq!(redact(text).0, want);
    assert_eq!(redact(want), (Cow::Borrowed(want), 0));
}

#[test]
fn a_secret_with_colours_inside_goes_as_a_whole() {
    check_hidden("password=bo\u{1b}[31mldPw9kk\u{1b}[0m", "password=REDACTED");
    check_hidden(
        "got ghp_16C7e42F292c6912E771\u{1b}[31m0c838347Ae178B4a, then",
        "got REDACTED, then",
    );
    // Where they part words, and none where they part nothing.
    check_hidden("x\u{200b}ghp_16C7e42F292c6912E7710c838347Ae178B4a", "xREDACTED");
    let coloured = "\u{1b}[31merror\u{1b}[0m: password=REDACTED";
    check_hidden("\u{1b}[31merror\u{1b}[0m: password=hunter2", coloured);
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
            "https://", "@", "é", "\n", "REDACTED", "&Signature", "--token ", "{", "x", "\\", "=>",
            "%3D", "<password>", "</", "\u{1b}[31m", "IDENTIFIED BY '",
        ]),
        0..24,
    )) {
        let text = parts.concat();
        let once = redact(&text).0.into_owned();
        prop_assert_eq!(&*redact(&once).0, &*once, "{}", text);
    }
}
