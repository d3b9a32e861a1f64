//! What differs between the platforms that a workload runs on.

/// The parts of remedies that depend on the platform, and on how the workload is installed.
#[derive(Debug)]
pub struct Platform {
    /// Where the workload is installed from, after `from`.
    pub installer: &'static str,
    /// What a registry needs to be reached, after a colon.
    pub registry: &'static str,
    /// What the addresses of pods come from.
    pub addresses: &'static str,
    /// Secrets that are neither installed nor restored: the name, and how each is made.
    pub secrets: &'static [(&'static str, &'static str)],
}
