//! The forms of secrets: those of well-kept scanners, and those that Alibaba Cloud has.
//!
//! A secret is known by its own form (an access key id, a token), or by what stands before it.
//! Where only a colon does, as in `token: x`, it may also be a sentence, so the value must look
//! like one that a program has made.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use regex::Captures;

use super::{
    keys::{
        ending, is_error, is_login, is_measure, is_name_of_parts, is_secret_of, is_variable, keys,
        suffixes,
    },
    looks::{
        Place, begins_as_a_token, is_mixed, is_name, is_placeholder, is_reference, is_sentence,
        is_time, looks_made,
    },
};

/// What stands in the place of a secret.
pub(super) const MARK: &str = "REDACTED";

/// One form of secrets.
pub(super) struct Form {
    /// What the report counts it as.
    pub(super) kind: &'static str,
    /// The text has one of these, in any case, where it has such a secret.
    pub(super) signs: &'static [&'static str],
    /// The group `secret` is what goes. No search may look far ahead and then match little: that
    /// would take quadratic time.
    pub(super) pattern: &'static str,
    /// Whether it is one.
    pub(super) is_secret: fn(&Captures<'_>, &Place<'_>) -> bool,
}

/// A value behind its name: in quotes, in quotes of a text that is quoted itself, or without.
macro_rules! value {
    () => {
        concat!(
            // A quote inside has a backslash before it. Who has quoted a text twice has two.
            r#"(?:"(?<secret>(?:[^"\\]|\\\\"[A-Za-z0-9]|\\[\s\S])+)"#,
            // So a shell writes a quote inside quotes.
            r"|'\\''(?<shell>[^'\\]+)",
            r"|'(?<single>(?:[^'\\]|''|\\[\s\S])+)",
            // In JSON in a string, such a quote has three, and the last quote has one.
            r#"|\\"(?<once>(?:[^"\\]|\\\\\\["\\]|\\[^"])+)"#,
            r#"|\\{2,4}"(?<nested>(?:[^"\\]|\\[^"])+)|\\{1,4}'(?<inner>(?:[^'\\]|\\[^'])+)"#,
            r#"|(?<plain>[^\s"'\\,;&<>(){}\[\]]+))"#,
        )
    };
}

/// What a program is given behind a flag.
macro_rules! option {
    () => {
        concat!(
            r#"(?:"(?<secret>[^"\r\n]+)|'\\''(?<shell>[^'\r\n]+)|'(?<single>[^'\r\n]+)"#,
            r#"|(?<plain>[^\s"'\\;|&<>(){}-][^\s"'\\;|&<>(){}]*))"#,
        )
    };
}

/// The groups of `value!`, and of all other forms the first.
pub(super) const GROUPS: [&str; 7] =
    ["secret", "single", "shell", "once", "nested", "inner", "plain"];

pub(super) const FORMS: &[Form] = &[
    // Private keys, also one that is cut off.
    Form {
        kind: "private-key",
        signs: &["private key"],
        pattern: concat!(
            r"(?s)(?<secret>-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY.*?",
            r"(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|\z))",
        ),
        is_secret: |_, _| true,
    },
    // Passwords in addresses: `https://user:password@host`, also where the user is a mail address.
    Form {
        kind: "password",
        signs: &["://"],
        pattern: concat!(
            r#"[A-Za-z][A-Za-z0-9+.-]{0,30}://[^\s/:?\#"'<>]*:"#,
            r#"(?<secret>[^\s/"'<>]+)@"#,
        ),
        is_secret: |_, _| true,
    },
    // The same where the password has a slash, which an address with a port has, too:
    // `registry:5000/app@sha256:…`.
    Form {
        kind: "password",
        signs: &["://"],
        pattern: concat!(
            r#"[A-Za-z][A-Za-z0-9+.-]{0,30}://[^\s/:@?\#"'<>\[]*:"#,
            r#"(?<secret>[^\s/@"'<>]+/[^\s@"'<>]*)@"#,
        ),
        is_secret: |_, place| {
            let before = place.value.split('/').next().unwrap_or_default();
            !before.bytes().all(|it| it.is_ascii_digit())
        },
    },
    // Those of drivers of databases in Go: `root:password@tcp(host:3306)/database`.
    Form {
        kind: "password",
        signs: &["@tcp", "@udp", "@unix", "@cloudsql"],
        pattern: concat!(
            r"(?-u:\b)[A-Za-z0-9_.-]{1,64}:(?<secret>[^\s\x22'<>]+?)",
            r"@(?:tcp[46]?|udp|unix|cloudsql[a-z-]{0,20})\(",
        ),
        is_secret: |_, place| !is_placeholder(place.value),
    },
    // Headers: `Authorization: Bearer x`, also as Go prints them, in brackets.
    Form {
        kind: "authorization",
        signs: &["authorization"],
        pattern: concat!(
            r#"(?i)(?-u:\b)authorization\\{0,4}["']?[ \t]{0,4}[:=][ \t]{0,4}\[?\\{0,4}["']?"#,
            r#"(?:(?<scheme>[a-z][a-z0-9-]{1,30})[ \t]{1,4})?(?<secret>[^\s"'\\,;\]]+)"#,
        ),
        is_secret: |found, place| {
            let scheme = found.name("scheme").map_or("", |it| it.as_str()).to_lowercase();
            let is_known = ["bearer", "basic", "token", "negotiate"].contains(&&*scheme);
            (is_known && !is_sentence(place)) || looks_made(place.value)
        },
    },
    // The same in a sentence, where `basic authentication` is none.
    Form {
        kind: "authorization",
        signs: &["bearer", "basic"],
        pattern: concat!(
            r"(?i)(?-u:\b)(?:bearer|basic)[ \t]{1,4}",
            r"(?<secret>[A-Za-z0-9+/=._~-]{8,})",
        ),
        is_secret: |_, place| looks_made(place.value),
    },
    // Parameters of signed addresses, and headers of their names. Dates and expiries stay: they say
    // why an address is refused.
    Form {
        kind: "signature",
        signs: &["signature", "credential", "token", "sig", "accesskeyid", "q-ak", "auth_key"],
        pattern: concat!(
            r"(?i)(?:(?-u:\b)|\\u0026)",
            r"(?:x-[a-z]{2,5}-(?:credential|signature|security-token)|q-(?:ak|signature)|auth_key",
            r"|ossaccesskeyid|awsaccesskeyid|security-?token|signature|sig)",
            r#"\\{0,4}["']?[ \t]{0,4}[=:][ \t]{0,4}\[?\\{0,4}["']?"#,
            r"(?<secret>[A-Za-z0-9%+/=_.~-]{8,})",
        ),
        is_secret: |_, place| looks_made(place.value),
    },
    // Flags: `--password x`, also as lists of arguments have them: `["--password","x"]`.
    Form {
        kind: "password",
        signs: &["--"],
        pattern: concat!(
            r"(?i)--(?:[a-z-]{0,30}(?:password|passwd|passphrase|token|secret|pwd|(?:",
            keys!(),
            r")-?key)|(?:[a-z-]{0,30}-)?pass)",
            ending!(),
            r#"(?:[ \t]{1,4}|(?<list>\\{0,4}["'],[ \t\r\n]{0,60}|[ \t]{0,4}\r?\n[ \t]{0,60}"#,
            r#"(?:-[ \t]{1,4})?)|(?<comma>,[ \t]{0,4}))"#,
            r#"(?:"(?<secret>[^"\r\n]+)|'\\''(?<shell>[^'\\\r\n]+)"#,
            r#"|'(?<single>[^'\r\n]+)|\\{1,4}"(?<once>[^"\\\r\n]+)"#,
            r#"|(?<plain>[^\s"'\\,;$<{(-][^\s"'\\,;]*))"#,
        ),
        is_secret: |found, place| {
            // Sentences list flags, too.
            let is_word = || place.value.bytes().all(|it| it.is_ascii_lowercase() || it == b'.');
            let may = match (found.name("list"), found.name("comma")) {
                (Some(_), _) => true,
                (_, Some(_)) => !is_word() || place.before.ends_with('['),
                _ => found.name("plain").is_none() || !is_sentence(place),
            };
            may && is_secret_behind_flag(place.value)
        },
    },
    // Programs that take a password behind a short flag: `mysqldump -uroot -px`, `sshpass -p x`.
    Form {
        kind: "password",
        signs: &["mysql", "mariadb"],
        pattern: concat!(
            r"(?-u:\b)(?:mysql|mariadb)[a-z_-]{0,20}[ \t](?:[ -:<-{}~]{0,200}?[ \t])??-p",
            option!(),
        ),
        is_secret: |_, place| !is_placeholder(place.value),
    },
    Form {
        kind: "password",
        signs: &["sshpass", "mongo", "login", "redis-cli", "ldap", "ossutil"],
        pattern: concat!(
            r"(?-u:\b)(?:(?:sshpass|mongo[a-z]{0,10}",
            r"|(?:docker|podman|nerdctl|skopeo|oras|registry)[ \t]{1,4}login)",
            r"[ \t](?:[ -:<-{}~]{0,200}?[ \t])??-p",
            r"|ossutil[0-9a-z]{0,4}[ \t](?:[ -:<-{}~]{0,200}?[ \t])??-k",
            r"|redis-cli[ \t](?:[ -:<-{}~]{0,200}?[ \t])??-a",
            r"|ldap[a-z]{1,10}[ \t](?:[ -:<-{}~]{0,200}?[ \t])??-w)[ \t]{1,4}",
            option!(),
        ),
        is_secret: |_, place| !is_placeholder(place.value),
    },
    // A secret of several words is the rest of its line where a variable is assigned there:
    // `RESTIC_PASSWORD: correct horse`. `password: it is too short` is an error.
    Form {
        kind: "assigned",
        signs: &["pass", "pw", "secret", "token", "key"],
        pattern: concat!(
            r"(?m)(?:^[ \t]{0,40}(?:-[ \t]{1,4})?",
            r"(?<key>[A-Za-z0-9_]*(?i:pass|pw|secret|token|key)[A-Za-z0-9_]*):[ \t]{1,40}",
            r#"(?<secret>[^\s"'|>&*!\[{<$\\](?:[^\r\n\\]|\\[^\r\nnr])*[^\s\\])"#,
            // The same where JSON or a command shows the ends of lines.
            r"|(?:\\[nr]|\?)[ \t]{0,40}(?:-[ \t]{1,4})?",
            r"(?<inner_key>[A-Za-z0-9_]*(?i:pass|pw|secret|token|key)[A-Za-z0-9_]*):[ \t]{1,40}",
            r#"(?<single>[^\s"'|>&*!\[{<$\\?][^\r\n\\?"]*[^\s\\?"]))"#,
        ),
        is_secret: |found, place| {
            let key = found.name("key").or_else(|| found.name("inner_key"));
            let (key, value) = (key.map_or("", |it| it.as_str()), place.value);
            // Names of one word begin sentences.
            let is_named = if is_variable(key) {
                key.contains('_') || (is_of_password(key) && key.len() > "PASS".len())
            } else {
                key.contains('_') && !key.contains(is_capital) && is_of_password(key)
            };
            // Nobody writes a key of several words that tells of an error.
            let is_told = !is_of_password(key) && value.split_whitespace().any(is_error);
            is_named
                && !is_error(value)
                && !is_told
                && !value.contains(MARK)
                && is_secret_of(key, value)
        },
    },
    // Assignments: `password: x`, `TOKEN=x`, `"clientSecret": "x"`, also in JSON in a string.
    Form {
        kind: "assigned",
        signs: &["pass", "pw", "secret", "token", "sk", "key", "auth", "cred"],
        pattern: concat!(
            r"(?i)(?<key>passw(?:or)?d|(?:(?-u:\b)|_)pwd|(?-i:[a-z0-9]Pwd)|passphrase|secret|token",
            r"|(?-u:\b)sk|(?-u:\b)(?:[a-z0-9]{1,30}_){0,6}(?:pass|pw)|(?-i:[a-z0-9]P(?:ass|w))",
            r"|(?:",
            keys!(),
            r")[_-]?key|_auth|_credentials?|_creds)",
            ending!(),
            r#"(?<quote>\\{0,4}["'])?[ \t]{0,4}(?<sign>=>|[:=]|%3d)[ \t]{0,4}"#,
            // YAML may put the value on a line of its own.
            r"(?:[|>]?[+-]?\r?\n[ \t]{1,40})?",
            value!(),
        ),
        is_secret: is_assigned,
    },
    // The same in brackets: `password=(x)`.
    Form {
        kind: "assigned",
        signs: &["pass", "pw", "secret", "token", "key"],
        pattern: concat!(
            r"(?i)(?:passw(?:or)?d|(?:(?-u:\b)|_)pwd|passphrase|secret|token|_pass|_pw|(?:",
            keys!(),
            r")[_-]?key)",
            ending!(),
            r#"=[({\[]{1,3}(?<secret>[^\s"'\\<>(){}\[\]]+)"#,
        ),
        is_secret: |_, place| {
            let value = place.value;
            is_mixed(value) && value.len() >= 6 && !is_name(value) && !value.contains(MARK)
        },
    },
    // Elements of XML.
    Form {
        kind: "assigned",
        signs: &["password>", "passwd>", "passphrase>", "keysecret>", "accesskey>", "token>"],
        pattern: concat!(
            r"(?i)<[a-z:_-]{0,30}(?:password|passwd|passphrase|accesskeysecret|secretaccesskey",
            r"|securitytoken|sessiontoken)>(?<secret>[^<>\s]+)</",
        ),
        is_secret: |_, place| !is_placeholder(place.value),
    },
    // `CREATE USER 'a'@'%' IDENTIFIED BY 'x'`; in lower case it may be a sentence.
    Form {
        kind: "password",
        signs: &["identified"],
        pattern: concat!(
            r#"(?:IDENTIFIED (?:WITH [^\s]{1,40} )?BY (?:PASSWORD )?"#,
            r#"|@['"`][^\s'"`]{1,80}['"`] identified by )['"](?:\\'')?(?<secret>[^'"]+)"#,
        ),
        is_secret: |_, place| !is_placeholder(place.value),
    },
    // `CREATE ROLE a WITH PASSWORD 'x'`
    Form {
        kind: "password",
        signs: &["password '"],
        pattern: concat!(
            r"(?i)(?-u:\b)(?:with|encrypted|login|alter user [^\s]{1,64}) password ",
            r"'(?:\\'')?(?<secret>[^'\r\n]+)",
        ),
        is_secret: |_, place| !is_placeholder(place.value),
    },
    // `aws configure set aws_secret_access_key x`
    Form {
        kind: "assigned",
        signs: &["config"],
        pattern: concat!(
            r"(?i)(?-u:\b)config(?:ure)?[ \t]{1,4}set[ \t]{1,4}[a-z0-9_.-]{0,60}",
            r"(?:password|secret|token|key)",
            ending!(),
            r"[ \t]{1,4}",
            option!(),
        ),
        is_secret: |_, place| looks_made(place.value) && !is_name(place.value),
    },
    // Of a node that joins.
    Form {
        kind: "token",
        signs: &["token"],
        pattern: concat!(
            r#"(?i)token[ \t]{1,4}["'`]?"#,
            r"(?<secret>(?-i:[a-z0-9]{6}\.[a-z0-9]{16}))(?-u:\b)",
        ),
        is_secret: |_, place| looks_made(place.value),
    },
    // Ids of access keys, and what is written behind one.
    Form {
        kind: "access-key",
        signs: &["ltai", "akia", "asia", "abia", "acca", "akid", "goog1e", "sts."],
        pattern: concat!(
            r"(?-u:\b)(?<secret>(?:LTAI[A-Za-z0-9]{12,28}|(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}",
            r"|AKID[A-Za-z0-9]{28,}|GOOG1E[A-Z0-9]{20,}",
            r"|STS\.[A-Za-z0-9]{16,40})",
            r"(?:(?:[:/]|[ \t]{1,4}/[ \t]{1,4})[A-Za-z0-9+/]{20,}={0,2})?)",
        ),
        is_secret: |_, _| true,
    },
    // JSON Web Tokens.
    Form {
        kind: "json-web-token",
        signs: &["eyj"],
        pattern: concat!(
            r"(?-u:\b)(?<secret>eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}",
            r"(?:\.[A-Za-z0-9_-]*){0,3})",
        ),
        is_secret: |_, _| true,
    },
    // Tokens that say what they are.
    Form {
        kind: "token",
        signs: &[
            "ghp_",
            "gho_",
            "ghu_",
            "ghs_",
            "ghr_",
            "github_pat_",
            "xox",
            "xapp-",
            "glpat-",
            "glagent-",
            "glcbt-",
            "gldt-",
            "glft-",
            "gloas-",
            "glptt-",
            "glrt-",
            "glsoat-",
            "npm_",
            "pypi-",
            "rubygems_",
            "dckr_",
            "hf_",
            "k_live_",
            "k_test_",
            "k_prod_",
            "whsec_",
            "shpat_",
            "shpca_",
            "shppa_",
            "shpss_",
            "sq0",
            "sg.",
            ":aa",
            "aiza",
            "ya29.",
            "gocspx-",
            "q~",
            "_v1_",
            "dapi",
            "hvb.",
            "hvr.",
            "hvs.",
            ".atlasv1.",
            "glc_",
            "glsa_",
            "pul-",
            "dp.",
            "nrak-",
            "pmak-",
            "atatt3",
            "lin_api_",
            "age-secret-key-",
            "sha256~",
            "k8s-aws-v1.",
        ],
        pattern: concat!(
            r"(?-u:\b)(?<secret>",
            // GitHub, GitLab, Slack.
            r"(?:gh[pousr]_|github_pat_|xox[a-z]-|xapp-)[A-Za-z0-9_-]{16,}",
            r"|gl(?:pat|agent|cbt|dt|ft|oas|ptt|rt|soat)-[A-Za-z0-9_.-]{16,}",
            // Registries of packages and images.
            r"|npm_[A-Za-z0-9]{30,}|pypi-[A-Za-z0-9_-]{50,}|rubygems_[0-9a-f]{40,}",
            r"|dckr_(?:pat|oat)_[A-Za-z0-9_-]{20,}|hf_[A-Za-z0-9]{30,}",
            // Stripe, Shopify, Square, SendGrid, Telegram.
            r"|[sr]k_(?:live|test|prod)_[A-Za-z0-9]{10,}|whsec_[A-Za-z0-9+/=]{16,}",
            r"|shp(?:at|ca|pa|ss)_[A-Fa-f0-9]{32,}|sq0[a-z]{3}-[A-Za-z0-9_-]{20,}",
            r"|SG\.[A-Za-z0-9_-]{16,64}\.[A-Za-z0-9_-]{16,64}",
            r"|(?:bot)?[0-9]{8,10}:AA[A-Za-z0-9_-]{33}",
            // Google, Microsoft, DigitalOcean, Databricks.
            r"|AIza[A-Za-z0-9_-]{35}|ya29\.[A-Za-z0-9_-]{16,}|GOCSPX-[A-Za-z0-9_-]{20,}",
            r"|[A-Za-z0-9_~.]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,34}",
            r"|do[opr]_v1_[a-f0-9]{40,}|dapi[a-f0-9]{32}",
            // Vault, Terraform, Grafana, Pulumi, Doppler, New Relic, Postman, Atlassian, Linear.
            r"|hv[brs]\.[A-Za-z0-9_-]{20,}|[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{40,}",
            r"|gl(?:c|sa)_[A-Za-z0-9+/=_]{20,}|pul-[a-f0-9]{40}",
            r"|dp\.(?:ct|pt|sa|st)\.[A-Za-z0-9.]{30,}|NRAK-[A-Z0-9]{20,}",
            r"|PMAK-[A-Fa-f0-9-]{40,}|ATATT3[A-Za-z0-9_=-]{40,}|lin_api_[A-Za-z0-9]{30,}",
            // age, OpenShift, EKS.
            r"|AGE-SECRET-KEY-1[A-Z0-9]{40,}|sha256~[A-Za-z0-9_-]{43}",
            r"|k8s-aws-v1\.[A-Za-z0-9_-]{16,})",
        ),
        is_secret: |_, place| !begins_as_a_token(place.value),
    },
    // Of OpenAI and those who took its form, which also begins names: `sk-learn-7d9f8`.
    Form {
        kind: "token",
        signs: &["sk-"],
        pattern: r"(?-u:\b)(?<secret>sk-[A-Za-z0-9_-]{20,})",
        is_secret: |_, place| {
            let has = |is: fn(u8) -> bool| place.value.bytes().any(is);
            has(|it| it.is_ascii_uppercase()) && has(|it| it.is_ascii_digit())
        },
    },
    // Those of which only the beginning is left.
    Form {
        kind: "token",
        signs: &[
            "ltai",
            "akia",
            "asia",
            "aiza",
            "sts.",
            "eyj",
            "ghp_",
            "gho_",
            "ghu_",
            "ghs_",
            "ghr_",
            "github_pat_",
            "glpat-",
            "xox",
            "npm_",
            "hvb.",
            "hvs.",
            "sk-ant-",
            "sk-proj-",
            "k_live_",
            "gocspx-",
            "ya29.",
            "sha256~",
        ],
        pattern: concat!(
            r"(?-u:\b)(?<secret>(?:LTAI|AKIA|ASIA|AIza|STS\.|eyJ|gh[pousr]_|github_pat_|glpat-",
            r"|xox[a-z]-|npm_|hv[bs]\.|sk-(?:ant|proj)-|[sr]k_live_|GOCSPX-|ya29\.|sha256~)",
            r"[A-Za-z0-9_/+.-]{4,60}?)(?:…|\.\.\.|\z)",
        ),
        is_secret: |_, place| !begins_as_a_token(place.value),
    },
    // The secret part of an address that takes messages.
    Form {
        kind: "token",
        signs: &["hooks.slack.com", "api/webhooks", "webhookb2", "bot/v2/hook", "webhook/send"],
        pattern: concat!(
            r"(?:hooks\.slack\.com/(?:services|workflows|triggers)/",
            r"|discord(?:app)?\.com/api/webhooks/|webhook\.office\.com/webhookb2/",
            r"|(?:feishu\.cn|larksuite\.com)/open-apis/bot/v2/hook/|webhook/send\?key=)",
            r"(?<secret>[A-Za-z0-9@/_-]{16,})",
        ),
        is_secret: |_, _| true,
    },
    // Digests of passwords: of bcrypt, crypt, htpasswd.
    Form {
        kind: "password",
        signs: &["$"],
        pattern: concat!(
            r"(?<secret>\$2[abxy]\$[0-9]{2}\$[./A-Za-z0-9]{20,}",
            r"|\$(?:[156y]|apr1|argon2id?)\$[./A-Za-z0-9,=$+]{20,})",
        ),
        is_secret: |_, _| true,
    },
    // `curl -u user:password`
    Form {
        kind: "password",
        signs: &["curl", "wget"],
        pattern: concat!(
            r"(?i)(?-u:\b)(?:curl|wget)[ \t](?:[ -:<-{}~]{0,200}?[ \t])??(?:-u[ =]?|--user[ =])",
            r#"(?:'[^\s:']+:(?<single>[^'\r\n]+)|"[^\s:"]+:(?<secret>[^"\r\n\\]+)"#,
            r#"|[^\s:"']+:(?<plain>[^\s"'\\]+))"#,
        ),
        is_secret: |_, place| !is_placeholder(place.value),
    },
    // Who sends an address without a name for the password: `https://token@host`.
    Form {
        kind: "password",
        signs: &["://"],
        pattern: r"[a-z][a-z0-9+.-]{0,30}://(?<secret>[A-Za-z0-9%._~+=-]{16,200})@",
        is_secret: |_, place| looks_made(place.value) && !is_name(place.value),
    },
    Form {
        kind: "authorization",
        signs: &["cookie"],
        pattern: concat!(
            r#"(?i)(?-u:\b)(?:set-)?cookie\\{0,4}["']?[ \t]{0,4}[:=][ \t]{0,4}\[?\\{0,4}["']?"#,
            r#"(?<secret>[^\s"'\\,;\]]+)"#,
        ),
        is_secret: |_, place| looks_made(place.value),
    },
    // The logins of registries: `{"auths":{"host":{"auth":"dXNlcjpwYXNz"}}}`.
    Form {
        kind: "password",
        signs: &["auth"],
        pattern: concat!(
            r#"(?-u:\b)auth\\{0,4}["'][ \t]{0,4}:[ \t]{0,4}\\{0,4}["']"#,
            r"(?<secret>[A-Za-z0-9+/=]{8,})",
        ),
        is_secret: |_, place| {
            let login = STANDARD.decode(place.value).ok();
            login.is_some_and(|it| it.contains(&b':') && it.iter().all(|it| !it.is_ascii_control()))
        },
    },
    // Variables of containers, as YAML, JSON and Go write them.
    Form {
        kind: "assigned",
        signs: &["name"],
        pattern: concat!(
            r#"(?i)(?-u:\b)name\\{0,4}["']?[ \t]{0,4}:[ \t]{0,4}\\{0,4}["']?"#,
            r"(?<key>[a-z0-9_.-]+)",
            r#"\\{0,4}["']?[,\s]{1,40}\\{0,4}["']?value\\{0,4}["']?[ \t]{0,4}:[ \t]{0,4}"#,
            value!(),
        ),
        is_secret: |found, place| is_secret_of(&found["key"], place.value),
    },
    // The same with the value before the name.
    Form {
        kind: "assigned",
        signs: &["value"],
        pattern: concat!(
            r#"(?i)(?-u:\b)value\\{0,4}["']?[ \t]{0,4}:[ \t]{0,4}"#,
            value!(),
            r#"\\{0,4}["']?[,\s]{1,40}\\{0,4}["']?name\\{0,4}["']?[ \t]{0,4}:[ \t]{0,4}"#,
            r#"\\{0,4}["']?(?<key>[a-z0-9_.-]+)"#,
        ),
        is_secret: |found, place| is_secret_of(&found["key"], place.value),
    },
];

/// Whether a secret is assigned. `password: x` is one where no sentence follows; of tokens and
/// secrets with a colon alone the value must look made, for `failed to get token: Unauthorized` is
/// an error.
fn is_assigned(found: &Captures<'_>, place: &Place<'_>) -> bool {
    let Place { before, value, .. } = *place;
    let key = found["key"].to_lowercase();
    let is_of_key = |it: char| it.is_ascii_alphanumeric() || "_.-".contains(it);
    let before_key = before.trim_end_matches(is_of_key);
    let is_quoted = found.name("plain").is_none();
    // Messages quote names: `"own-secret": Failed to list`, or `"…/token": EOF`.
    let is_member = found.name("quote").is_some() && before_key.ends_with(['"', '\'']);
    let is_certain = match &found["sign"] {
        ":" => is_member && is_quoted,
        "=>" => is_quoted,
        _ => true,
    };
    let is_folder = key == "pwd" && value.starts_with('/');
    if is_placeholder(value) || is_folder || is_reference(value) || is_time(value) {
        return false;
    }
    if ["auth", "credential", "credentials", "creds"].iter().any(|it| key.ends_with(it)) {
        return is_login(value) && (is_certain || looks_made(value));
    }
    if ["pass", "pw"].iter().any(|it| key.ends_with(it)) {
        let is_word = key == "pass";
        return match (is_word, is_certain || is_quoted) {
            _ if is_measure(value) => false,
            // `3 pass`, `the first pass: started`.
            (true, true) => value.len() >= SHORTEST_OF_PASS,
            (true, false) => value.len() >= SHORTEST_OF_PASS && is_mixed(value) && !is_name(value),
            (false, is_certain) => is_certain || !is_sentence(place),
        };
    }
    if key.starts_with("pass") || key.ends_with("pwd") {
        return is_certain || is_quoted || !is_sentence(place);
    }
    if key == "secret" && before_key.len() == before.len() && is_name(value) {
        return false;
    }
    let is_number = value.len() < 6 && value.bytes().all(|it| it.is_ascii_digit());
    let is_made = looks_made(value) && !is_name(value);
    if is_certain { !is_number } else { is_made || is_of_variable(found, place) }
}

/// Whether a variable has this value, though only a colon says so: `SECRET_KEY: abcdefghijklmnop`.
fn is_of_variable(found: &Captures<'_>, place: &Place<'_>) -> bool {
    /// A shorter word may be one of an error.
    const SHORTEST: usize = 12;
    let is_named =
        is_variable(&found["key"]) && (found["key"].contains('_') || place.before.ends_with('_'));
    is_named
        && place.value.len() >= SHORTEST
        && !is_sentence(place)
        && !is_error(place.value)
        && !is_name_of_parts(place.value)
}

fn is_capital(it: char) -> bool {
    it.is_ascii_uppercase()
}

/// Whether this names a password, which may have several words wherever it stands.
fn is_of_password(key: &str) -> bool {
    let of_number = |it: char| it.is_ascii_digit() || it == '_';
    ["password", "passwd", "passphrase", "pass", "pw", "pwd"]
        .iter()
        .any(|it| key.to_lowercase().trim_end_matches(of_number).ends_with(it))
}

/// What is assigned to `pass` is a word of a sentence where it is shorter.
const SHORTEST_OF_PASS: usize = 6;

/// Whether a flag by itself names a secret, which the next argument is: `--password`.
pub(super) fn is_flag_of_secret(argument: &str) -> bool {
    argument.strip_prefix('-').is_some_and(|it| {
        let name = it.trim_start_matches('-');
        !name.contains(['=', ' ', '/', '.']) && is_secret_of(name, "a1B2c3D4")
    })
}

/// Whether an argument behind such a flag is a secret, and neither another flag nor a place to fill
/// in.
pub(super) fn is_secret_behind_flag(value: &str) -> bool {
    !value.starts_with('-')
        && !value.contains(MARK)
        && !is_placeholder(value)
        && !is_reference(value)
}
