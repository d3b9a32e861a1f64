//! The options of a dump, as the command line and the benches give them.

use std::path::PathBuf;

use crate::{
    files::Packing,
    form::Form,
    plan::{Choices, Group},
    pods::Planted,
    stock::Stock,
};

/// What to write.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// How many objects.
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    pub(crate) objects: u64,
    /// As many objects as give about this size, each once and unpacked: 500M, 10G, 64Ki.
    #[arg(long, value_name = "SIZE", conflicts_with = "objects", value_parser = size)]
    pub(crate) bytes: Option<u64>,
    /// Another seed gives other objects.
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub(crate) seed: u64,
    /// Kinds by their plural, each with a weight or not: pods,events=5,secrets=95. `all`: as a
    /// cluster with a backup center has them.
    #[arg(long, value_name = "KIND[=WEIGHT],…", default_value = "pods")]
    pub(crate) kinds: Choices,
    /// How many percent of the objects the built-in pack needs: those of the backup center's
    /// namespace. Without it, a fiftieth of pods, events and the like, and all custom resources.
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    pub(crate) needed: Option<f64>,
    /// How the objects are written.
    #[arg(long, value_enum, default_value_t = Form::List)]
    pub(crate) form: Form,
    /// Pack the files of a form that has several.
    #[arg(long, value_enum)]
    pub(crate) archive: Option<Packing>,
    /// Leave `metadata.managedFields` out, as kubectl does unless told otherwise.
    #[arg(long)]
    pub(crate) without_managed_fields: bool,
    /// The file to write, or the folder for a form of several files that is not packed; without it,
    /// standard output.
    #[arg(long, value_name = "PATH")]
    pub(crate) out: Option<PathBuf>,
}

impl Options {
    /// Pods alone.
    pub fn pods(objects: u64, seed: u64, form: Form) -> Self {
        Self {
            objects,
            bytes: None,
            seed,
            kinds: "pods".parse().expect("a kind"),
            needed: None,
            form,
            archive: None,
            without_managed_fields: false,
            out: None,
        }
    }

    /// As many objects of all kinds as make up a size, with this percentage needed.
    pub fn mix(bytes: u64, needed: f64, seed: u64, form: Form) -> Self {
        let kinds = "all".parse().expect("kinds");
        Self { bytes: Some(bytes), kinds, needed: Some(needed), ..Self::pods(0, seed, form) }
    }

    /// A folder of this many files with one object each.
    pub fn files(objects: u64, needed: f64, seed: u64) -> Self {
        let kinds = "all".parse().expect("kinds");
        Self { kinds, needed: Some(needed), ..Self::pods(objects, seed, Form::Folder) }
    }

    /// The same dump as an archive, if it is a folder.
    #[must_use]
    pub fn packed(self) -> Self {
        Self { archive: Some(Packing::TarGz), ..self }
    }

    /// A few objects of kinds.
    pub fn of(kinds: &str, objects: u64, form: Form) -> Result<Self, String> {
        Ok(Self { kinds: kinds.parse()?, ..Self::pods(objects, 1, form) })
    }

    pub(crate) fn plan(&self) -> Result<(Stock, Vec<Group>), String> {
        let groups = self.kinds.plan(self.count()?, self.needed)?;
        let pods = groups.iter().filter(|it| it.kind.is_pod()).map(|it| it.count).sum();
        Ok((self.stock(pods), groups))
    }

    fn stock(&self, pods: u64) -> Stock {
        let Self { seed, without_managed_fields, .. } = *self;
        Stock { seed, planted: Planted::among(pods), managed_fields: !without_managed_fields }
    }

    /// The number of objects that make up the size asked for, if a size is.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "both are positive, and the size is a u64"
    )]
    fn count(&self) -> Result<u64, String> {
        let Some(bytes) = self.bytes else { return Ok(self.objects) };
        const SAMPLE: u64 = 1_000_000;
        let stock = self.stock(0);
        let groups = self.kinds.plan(SAMPLE, self.needed)?;
        let mean = |it: &Group| stock.shelf(*it, self.form.style(), true).mean();
        let total: f64 = groups.iter().map(|it| it.count as f64 * mean(it)).sum();
        Ok((bytes as f64 * SAMPLE as f64 / total).round() as u64)
    }
}

fn percent(text: &str) -> Result<f64, String> {
    let percent = text.parse().ok().filter(|it| (0.0..=100.0).contains(it));
    percent.ok_or_else(|| "not a number from 0 to 100".to_owned())
}

/// A number of bytes, with a suffix of Kubernetes' quantities.
pub fn size(text: &str) -> Result<u64, String> {
    const SUFFIXES: [(&str, u64); 8] = [
        ("Ki", 1 << 10),
        ("Mi", 1 << 20),
        ("Gi", 1 << 30),
        ("Ti", 1 << 40),
        ("k", 1_000),
        ("M", 1_000_000),
        ("G", 1_000_000_000),
        ("T", 1_000_000_000_000),
    ];
    let suffix = SUFFIXES.iter().find_map(|(it, unit)| Some((text.strip_suffix(it)?, *unit)));
    let (number, unit) = suffix.unwrap_or((text, 1));
    let bytes = number.parse::<u64>().ok().and_then(|it| it.checked_mul(unit));
    bytes.ok_or_else(|| {
        "not a number of bytes with one of Ki, Mi, Gi, Ti, k, M, G, T or nothing behind it"
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_quantities() {
        assert_eq!(["7", "64Ki", "10G"].map(size), [Ok(7), Ok(65_536), Ok(10_000_000_000)]);
        for text in ["", "G", "1.5G", "-1", "1g", "99999999999T"] {
            assert!(size(text).is_err(), "{text}");
        }
        assert_eq!([percent("3"), percent("0.5")], [Ok(3.0), Ok(0.5)]);
        for text in ["101", "-1", "NaN", "x"] {
            assert!(percent(text).is_err(), "{text}");
        }
    }
}
