//! Secrets for tests to plant. None is anybody's; they are written in two parts, so that scanners
//! of code do not take them for one.

/// What each stands in, and the part of it that must not come out.
pub(crate) const PLANTED: &[(&str, &str)] = &[
    (concat!("id LTA", "I5tPlantedAlibaba12"), "tPlantedAlibaba12"),
    (concat!("id AKI", "AIOSFODNN7PLANTED"), "OSFODNN7PLANTED"),
    ("AccessKeySecret: 7xTq9KpLmPlantedOss8HsJdFg6Ae3", "7xTq9KpLmPlantedOss"),
    (concat!("with gh", "p_PlantedGithub912E7710c838347Ae"), "PlantedGithub912E7710"),
    (concat!("and xox", "b-123456789012-PlantedSlack12"), "PlantedSlack12"),
    ("jwt eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJwbGFudGVkIn0.c2lnbmF0dXJl", "eyJpc3MiOiJwbGFudGVkIn0"),
    (
        "https://b.oss-cn-beijing.aliyuncs.com/o?Signature=PlantedSignature12%3D",
        "PlantedSignature12",
    ),
    ("postgres://app:PlantedInUrl1@db:5432/app", "PlantedInUrl1"),
    ("password: PlantedInYaml1", "PlantedInYaml1"),
    ("{\"clientSecret\":\"PlantedInJson1\"}", "PlantedInJson1"),
    ("Authorization: Bearer PlantedBearer1", "PlantedBearer1"),
    ("-----BEGIN PRIVATE KEY-----\nMIIPlantedKey1\n-----END PRIVATE KEY-----", "MIIPlantedKey1"),
    // `{"password":"planted1"}`
    ("config eyJwYXNzd29yZCI6InBsYW50ZWQxIn0=", "eyJwYXNzd29yZCI6InBsYW50ZWQxIn0"),
    // Keys, values and lines of which the beginning is left out.
    ("tail\nMIIEPlantedTail1\nMIIEPlantedTail2\n-----END RSA PRIVATE KEY-----\n", "PlantedTail1"),
    ("\nMIIEPlantedLast1\nUGxh==\n-----END PRIVATE KEY-----\n", "PlantedLast1"),
    ("[9 bytes are left out here] kdPlantedCut9 on", "PlantedCut9"),
    // Variables, whatever their values look like.
    ("DB_PASSWORD=/PlantedSlash1", "PlantedSlash1"),
    ("ENCRYPTION_KEY=plantedencryption", "plantedencryption"),
    ("\nAPP_SECRET: planted horse battery\n", "plantedhorsebattery"),
    ("\nSECRET_KEY: plantedlowercase\n", "plantedlowercase"),
    ("MYSQL_PWD=PlantedPwd", "PlantedPwd"),
    ("REDIS_AUTH=PlantedAuth1", "PlantedAuth1"),
    ("DB_CREDENTIALS=app:PlantedLogin1", "PlantedLogin1"),
    ("DB_PASSWORD_OLD=PlantedOld", "PlantedOld"),
    ("password2=PlantedSecond", "PlantedSecond"),
    ("JWT_SECRET_KEY_V1=PlantedVersion", "PlantedVersion"),
    ("{value: PlantedBefore, name: DB_PASSWORD}", "PlantedBefore"),
    // Arguments.
    ("[\"--password\",\"PlantedArgument\"]", "PlantedArgument"),
    ("with --password, PlantedListed1", "PlantedListed1"),
    ("tool --password 'planted two words'", "plantedtwowords"),
    // Manifests.
    (r#"{"kind":"Secret","stringData":{"c.json":"{\"x\":\"PlantedInner1\"}"}}"#, "PlantedInner1"),
    ("map[data:map[x:UGxhbnRlZFByaW50ZWQ=] kind:Secret]", "UGxhbnRlZFByaW50ZWQ"),
    (r#"Data:map[string][]byte{"a":[]byte("PlantedTyped")}"#, "PlantedTyped"),
    // Addresses, and characters that end other values.
    ("smtp://me@example.com:PlantedMail1@smtp.example.com:587", "PlantedMail1"),
    ("root:PlantedDriver1@tcp(db:3306)/x", "PlantedDriver1"),
    ("password=(PlantedBrackets1)", "PlantedBrackets1"),
    ("password=ab,PlantedComma1", "PlantedComma1"),
    // Headers, statements, commands.
    ("Cookie: lang=en; JSESSIONID=5F3APlantedCookie1", "PlantedCookie1"),
    ("CREATE ROLE a WITH PASSWORD 'PlantedSql'", "PlantedSql"),
    ("curl -uadmin:PlantedCurl https://x", "PlantedCurl"),
    ("aws configure set aws_secret_access_key PlantedAws1/PlantedAws2", "PlantedAws1"),
    (concat!("AKI", "AIOSFODNN7EXAMPLE / PlantedBehindKey1234567"), "PlantedBehindKey1"),
    ("ossutil config -k PlantedOss12 -e x", "PlantedOss12"),
    (concat!("split gl", "pat-Planted\u{200b}Gitlab123456"), "Gitlab123456"),
];

/// All in one text.
pub(crate) fn text() -> String {
    PLANTED.iter().map(|it| it.0).collect::<Vec<_>>().join(" ; ")
}

/// Fails where a secret is in a text, also where the text is wrapped.
#[track_caller]
pub(crate) fn check(what: &str, text: &str) {
    let bare: String = text.chars().filter(|it| !it.is_whitespace()).collect();
    for (_, secret) in PLANTED {
        assert!(!bare.contains(secret), "{secret} in {what}:\n{text}");
    }
}
