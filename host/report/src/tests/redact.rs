//! Secrets that were planted, and what must stay.

use std::{borrow::Cow, fs, path::Path};

use proptest::prelude::*;

use crate::{redact, redact_json};

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
    for name in [
        "glpat-rotator-7d9f8b6c5d-x2lqz",
        "sk-ant-hill-service-7d9f8b6c5d",
        "xoxb-bridge-5c7d9f8b6c-x2lqz",
        "hvs.agent-7d9f8b6c5d-x2lqz",
        "glrt-runner-7d9f8b6c5d-x2lqz",
        "LTAI-service-prod-gateway-2026",
    ] {
        check(name);
        check(&format!("kubectl -n shop get pod {name}"));
    }
    check("‹glpat-abcDEF123456ghiJKL78›, ‹xoxb-123456789012-AbCdEfGhIjKlMnOp›");
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
fn private_keys_without_their_first_line_go() {
    check("‹MIIEowSens1Sens1aa\nMIISens2==›\n-----END RSA PRIVATE KEY-----\nbehind");
    check(r"‹QUJDRE\nMIIEowSens1\nMIISens2==›\n-----END RSA PRIVATE KEY-----\nbehind");
    check_hidden(
        "get 'tailMIIEowSens1?c2Vucw==?-----END PRIVATE KEY-----?'",
        "get 'REDACTED-----END PRIVATE KEY-----?'",
    );
    check("get '‹tailMIIEowSens1c2Vucw==›-----END PRIVATE KEY-----?' -o yaml");
    check("it ends in\n‹MIIEowSens1\nc2Vucw==›\n-----END PRIVATE KEY-----\nbehind");
    let line = "MIIEowSens1".repeat(6);
    check(&format!("all in one line: ‹{line} {line} c2Vucw==› -----END EC PRIVATE KEY-----"));
    check("begin [123 bytes are left out here] ‹Sens1\nMIISens2›\n-----END PRIVATE KEY-----, end");
    check(
        "‹-----BEGIN PRIVATE KEY-----\nMII [123 bytes are left out here] Sens1\nMIISens2\n\
         -----END PRIVATE KEY-----›, end",
    );
    for stays in ["MIIB\n-----END CERTIFICATE-----", "no -----END PRIVATE KEY----- was found"] {
        check(stays);
    }
}

#[test]
fn a_value_behind_a_cut_goes() {
    check("begin [123 bytes are left out here] ‹kd83JsLq2mm› and more");
    let line = "QUJDREVG".repeat(8);
    check(&format!("begin [123 bytes are left out here] ‹{line}\nNTY3OA==›\nbehind"));
    check("begin [123 bytes are left out here] the volume pvc-disk-1 is gone");
}

#[test]
fn values_of_secrets_in_any_quotes_go() {
    check(r#"{"kind":"Secret","stringData":{"c":"‹{\"x\":\"S1\",\"y\":{}}›","b":"‹S3›"}}"#);
    check(r#"{"a":"{\"kind\":\"Secret\",\"data\":{\"c\":\"‹{\\\"x\\\":1}›\",\"d\":\"‹S5›\"}}"}"#);
    check("map[data:map[x:‹U0VOUw==› y:‹U0VO›] kind:Secret metadata:map[name:abc]]");
    check(r#"Data:map[string][]byte{"a":[]byte("‹it is›"), "b":[]uint8{‹0x53, 0x45›}}, Type:"x""#);
    for stays in [
        "map[data:map[x:y] kind:ConfigMap]",
        r#"{"kind":"ConfigMap","data":{"c":"{\"x\":\"y\"}"}}"#,
        "kind: Secret, metadata: {name: abc}",
    ] {
        check(stays);
    }
}

#[test]
fn arguments_behind_flags_go() {
    check(r#"args ["--password","‹arrPw4433›"] and ["--token", "‹x›", "--level", "3"]"#);
    check(r#"args [\"--db-password\",\"‹arr Pw4433›\",\"--level\"]"#);
    check("with --password, ‹ArgSens1122› and [--password, ‹hunter›, --level, 3]");
    check("args:\n- --password\n- ‹arrPw4433›\n- --level\n");
    check("tool --password '‹two words99›' --x and --encryption-key \"‹a b›\"");
    check(r"sh -c 'tool --password '\''‹two words99›'\'' --token '\''‹ab›'\'''");
    check(r"sh -c 'export DB_PASSWORD='\''‹two words99›'\'''");
    for stays in [
        "flags --password, --token, and --user, or --secret, which are needed",
        r#"["--password","$(DB_PASSWORD)","--token","--level","--token-ttl","3600a"]"#,
        r#"["--password-file","/etc/x1","--token","/var/run/secrets/token1"]"#,
    ] {
        check(stays);
    }
}

#[test]
fn values_of_variables_go_whatever_they_look_like() {
    check("DB_PASSWORD=‹/SlashSens1122› ENCRYPTION_KEY=‹abcdef› PWD=/root");
    check("APP_SECRET: ‹correct horse battery›\nSECRET_KEY:   ‹abcdefghijklmnop›\n");
    check(r#"{"x":"a\nAPP_SECRET: ‹correct horse›\nAPI_KEY: ‹two words›","y":"b c"}"#);
    check("get 'x ?APP_SECRET: ‹correct horse›?' -o yaml");
    check("error: SECRET_KEY: ‹abcdefghijklmnop›, then");
    check("MYSQL_PWD=‹hunter› REDIS_AUTH=‹redisPw11› DB_CREDENTIALS=‹app:dbPw1122›");
    check("DB_PASSWORD_OLD=‹old123› PASSWORD2=‹pw2› JWT_SECRET_KEY_V1=‹abcdef›");
    check(
        "DB_PASSWORD_PROD=‹a1› PASSWORD_1=‹one› password2=‹two› TOKEN_PROD=‹abc› API_KEY_V2=‹ef›",
    );
    check("{value: ‹envPw›, name: DB_PASSWORD} {\"value\":\"‹a x›\",\"name\":\"DB_PASSWORD\"}");
    check("name: DB_PASSWORD_V2, value: ‹/SlashSens1›");
    check("- name: MYSQL_PWD\n  value: ‹hunter›\n- name: REDIS_AUTH\n  value: ‹redisPw11›\n");
    for stays in [
        "secretName: a1b2c3d4, tokenTTL=3600s1, passwordFile: /etc/x, passwordFile=/etc/x",
        "DB_PASSWORD_FILE=/run/secrets/db PASSWORD=/run/secrets/db1",
        "tokenExpirationSeconds: 3607, token: true, password: false",
        "- name: DB_PASSWORD\n  valueFrom:\n    secretKeyRef: {name: db-1, key: password}\n",
        "{value: a1b2c3d4, name: TOKEN_URL} name: PWD, value: /root",
        "HBR_TOKEN: not found\nAPP_SECRET: it is missing\nAPI_KEY: Unauthorized\n",
        "GOOGLE_APPLICATION_CREDENTIALS=/var/secrets/key1.json BASIC_AUTH=enabled",
        "token=2026-09-15T02:26:39Z, password: 2026-09-15T02:26:39+08:00",
        "MY_SECRET: cloud-credentials",
        "HBR_TOKEN: token was rejected by the server",
    ] {
        check(stays);
    }
}

#[test]
fn passwords_of_users_that_are_mail_addresses_go() {
    check("smtp://me@example.com:‹mailPw1122›@smtp.example.com:587");
    check("https://me@example.com:‹gitPw1122›@git.example.com/x");
    check("dsn root:‹hunter2hunter›@tcp(db:3306)/x and a:‹b@c›@unix(/run/x.sock)/y");
    check("https://me@example.com:8443/x and me@tcp");
}

#[test]
fn a_password_with_characters_that_may_end_it_goes_as_a_whole() {
    check("password=(‹kd83JsLq2mm›) password=‹ab,cdEF123xx› password=‹ab{c1}d›");
    check("password=‹ab;cd12›&user=x password=‹a1›,user=b f(password=‹abc›), then");
    check("[token=‹abc1›],(user=b) and ?token=‹a1b2›&next=1");
    check("password=(none) password={x} token=[]");
}

#[test]
fn further_cookies_go() {
    check("Cookie: lang=en; ‹JSESSIONID=5F3A99BC0D12›; theme=dark");
    check("Set-Cookie: ‹session=planted1planted2›; Path=/; Max-Age=1209600x");
}

#[test]
fn secrets_in_commands_go() {
    check("CREATE ROLE x WITH PASSWORD '‹sqlPw6688›'; ALTER USER bob PASSWORD '‹bobPw1›'");
    check("curl -uadmin:‹Curlpw97› https://x");
    check("aws configure set aws_secret_access_key ‹wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY›");
    check("‹AKIAIOSFODNN7EXAMPLE / wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY›, then");
    check("‹AKIAIOSFODNN7EXAMPLE›: SignatureDoesNotMatchIt");
    check("ossutil config -i ‹LTAI5tExampleExampleExam› -k ‹ossSecret1122› -e oss");
}

#[test]
fn the_second_line_of_a_secret_in_base64_goes() {
    let line = "QUJDREVG".repeat(8);
    check(&format!("token=‹{line}\nNTY3ODlB{line}\nNTY3OD==›\nnext line").replace("NTY3ODlB", ""));
    check(&format!("token=‹{line}›\nNTY3 is no line of it"));
}

#[test]
fn values_of_objects_go_as_those_of_texts_do() {
    let mut object = serde_json::json!({
        "env": [
            {"name": "DB_PASSWORD", "value": "/Slash1122"}, {"value": "a b", "name": "A_SECRET"},
            {"name": "TOKEN_URL", "value": "a1b2c3d4"}, {"name": "A_PASSWORD", "valueFrom": {}},
        ],
        "args": ["--db-password", "word", "-v", "--token", "--level", "--secret-name", "a1b2c3d4"],
        "data": {"PASSWORD_1": "x y", "tokenTTL": "3600s1", "passwordFile": "/etc/x"},
    });
    assert_eq!(redact_json(&mut object), 4);
    let want = serde_json::json!({
        "env": [
            {"name": "DB_PASSWORD", "value": "REDACTED"}, {"value": "REDACTED", "name": "A_SECRET"},
            {"name": "TOKEN_URL", "value": "a1b2c3d4"}, {"name": "A_PASSWORD", "valueFrom": {}},
        ],
        "args": [
            "--db-password", "REDACTED", "-v", "--token", "--level", "--secret-name", "a1b2c3d4",
        ],
        "data": {"PASSWORD_1": "REDACTED", "tokenTTL": "3600s1", "passwordFile": "/etc/x"},
    });
    assert_eq!(object, want);
    assert_eq!(redact_json(&mut object), 0);
}

/// Long texts that look like many beginnings: a time that is not linear would not end.
#[test]
fn texts_that_are_made_to_take_long_do_not() {
    for part in [
        "password=a,",
        "password=a,0token=b{",
        "+token=a,",
        "MIIB\\n",
        "data:map[",
        "\"data\":{\"a\\",
        "Data:map[string]string{\"",
        "cookie: a=b; ",
        "value: \"a\", ",
        "--password, ",
        "-----END PRIVATE KEY",
        "token=QUJDREVGQUJDREVGQUJDREVGQUJDREVGQUJDREVGQUJDREVGQUJDREVGQUJDREVG\n",
        " [1 bytes are left out here] ",
        "root:a@tcp",
    ] {
        let text = format!("kind: Secret {}", part.repeat(20_000));
        assert!(!redact(&text).0.is_empty());
    }
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
            "%3D", "<password>", "</", "\u{1b}[31m", "IDENTIFIED BY '", "-----END PRIVATE KEY",
            ",", "(", "[", "]", "}", "DB_PASSWORD", "APP_SECRET", "_V2", "name", "value", "Cookie",
            ";", "Data:map[string][]byte{", "data:map[", "kind:Secret", "\"data\":{", "\\n",
            " [1 bytes are left out here] ", "@tcp(", "_AUTH",
        ]),
        0..24,
    )) {
        let text = parts.concat();
        let once = redact(&text).0.into_owned();
        prop_assert_eq!(&*redact(&once).0, &*once, "{}", text);
    }
}
