//! The comparison of two reports for programs and people that prefer YAML: the same fields as the
//! JSON.

use crate::{diff::DiffView, yaml::yaml_of};

/// Writes a comparison as one YAML document, with the fields of [`crate::diff_json`].
pub fn diff_yaml(diff: &DiffView) -> String {
    yaml_of(diff)
}
