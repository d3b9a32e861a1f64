//! The contract's name and version. Both stand in the imports of packs, and errors name them.

/// The package of the contract.
pub const CONTRACT: &str = "rulebox:rules";

/// The version of the contract that this host supports. Each change of the contract makes a new
/// version, so the host supports no other.
pub const CONTRACT_VERSION: &str = "0.1.0";
