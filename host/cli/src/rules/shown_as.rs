//! `-o` of the commands for authors: a form, and the file that it goes to.

use std::{ffi::OsStr, marker::PhantomData, path::PathBuf};

use clap::{
    ValueEnum,
    builder::{OsStringValueParser, TypedValueParser},
};

use crate::{
    exit::Failure,
    files::{self, Target},
    output::{self, Looks},
    output_args::parted,
};

/// A form and the file that it goes to: `json`, `json=results.json`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ShownAs<F> {
    pub(crate) form: F,
    pub(crate) file: Option<PathBuf>,
}

impl<F: ValueEnum + Send + Sync + 'static> ShownAs<F> {
    /// As clap parses it.
    pub(crate) fn parser() -> impl TypedValueParser<Value = Self> {
        OsStringValueParser::new().try_map(|it| Self::parse(&it))
    }

    fn parse(typed: &OsStr) -> Result<Self, String> {
        let (word, file) = parted(typed);
        if file.is_some_and(|it| it.is_empty() || it == "-") {
            return Err(
                "a file's name must follow `=`; without `=` it goes to standard output".to_owned()
            );
        }
        let form = F::from_str(&word, true).map_err(|_| {
            let words = F::value_variants().iter().filter_map(F::to_possible_value);
            let words: Vec<_> = words.map(|it| it.get_name().to_owned()).collect();
            format!("`{word}` is none of: {}", words.join(", "))
        })?;
        Ok(Self { form, file: file.map(PathBuf::from) })
    }
}

/// Where the forms go, found before anything is done.
pub(crate) struct Places<F>(Vec<Option<Target>>, PhantomData<F>);

impl<F: Copy> Places<F> {
    /// Refuses places that cannot be written, and two forms in one. `read`: what must not be
    /// written over, and what it is.
    pub(crate) fn of(
        typed: &[ShownAs<F>],
        read: &[(&'static str, PathBuf)],
    ) -> Result<Self, Failure> {
        let mut targets: Vec<Option<Target>> = Vec::new();
        for it in typed {
            let target = it.file.as_deref().map(Target::of).transpose()?;
            let (keeps, identity) = match &target {
                Some(it) => (it.keeps(), it.identity()),
                None => (true, None),
            };
            let same = |other: &Option<Target>| match other {
                Some(other) => target.is_some() && other.identity() == identity,
                None => target.is_none(),
            };
            if keeps && targets.iter().any(same) {
                return Err(Failure::usage("two outputs go to one place")
                    .help("give each a file of its own: -o json=results.json"));
            }
            target.as_ref().map_or(Ok(()), |it| it.apart_from(read, "an output"))?;
            targets.push(target);
        }
        Ok(Self(targets, PhantomData))
    }

    /// Writes each form to its place. Returns what could not be written, which costs none of the
    /// others.
    pub(crate) fn write(
        &self,
        typed: &[ShownAs<F>],
        text: impl Fn(F) -> String,
        looks: Looks,
    ) -> Vec<Failure> {
        let texts: Vec<_> = typed.iter().map(|it| text(it.form)).collect();
        let to_files = self.0.iter().zip(&texts);
        let to_files: Vec<_> =
            to_files.filter_map(|(to, text)| Some((to.as_ref()?, text.as_bytes()))).collect();
        let mut failures = files::write(&to_files);
        let printed = self.0.iter().zip(&texts).filter(|it| it.0.is_none());
        failures.extend(printed.filter_map(|it| output::print_long(it.1, looks).err()));
        failures
    }
}
