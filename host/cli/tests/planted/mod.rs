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
