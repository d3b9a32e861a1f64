//! The contract's name and version. Both stand in the imports of packs, and errors name them.

/// The package of the contract.
pub const CONTRACT: &str = "rulebox:rules";

/// The newest version of the contract that this host supports. Within a minor version the contract
/// only grows, so that it supports the older patches too.
pub const CONTRACT_VERSION: &str = "0.1.1";

/// How the version of a contract that a pack names stands to [`CONTRACT_VERSION`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spoken {
    /// The same minor version, at this patch, which is no newer.
    Supported(u32),
    /// One that came later.
    Newer,
    /// No version, or one that nothing here speaks any more.
    Other,
}

impl Spoken {
    pub(crate) fn of(version: &str) -> Self {
        match (parts(version), parts(CONTRACT_VERSION)) {
            (Some(it), Some(own)) if it > own => Self::Newer,
            (Some(it), Some(own)) if it[..2] == own[..2] => Self::Supported(it[2]),
            _ => Self::Other,
        }
    }
}

/// Major, minor and patch.
pub(crate) fn parts(version: &str) -> Option<[u32; 3]> {
    let parts: Option<Vec<_>> = version.split('.').map(|it| it.parse().ok()).collect();
    parts?.try_into().ok()
}
