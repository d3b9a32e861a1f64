//! Numbers that are typed, and what is wrong with those that are none. What they mean is not known
//! here.

use std::{fmt, str::FromStr, time::Duration};

pub(crate) const MIB: usize = 1 << 20;

/// A whole number of seconds, from 1.
pub(crate) fn whole_seconds(text: &str) -> Result<u64, String> {
    match text.parse() {
        Ok(0) => Err("must be 1 or more".to_owned()),
        Ok(seconds) => Ok(seconds),
        Err(_) => Err(match text.strip_suffix('s').and_then(|it| it.parse::<u64>().ok()) {
            Some(seconds) => format!("a number of seconds has no unit: write {seconds}"),
            None => "not a whole number of seconds".to_owned(),
        }),
    }
}

/// How many of something.
pub(crate) fn count(text: &str) -> Result<usize, String> {
    text.parse().map_err(|_| "not a whole number, 0 or more".to_owned())
}

/// An amount of memory in MiB.
pub(crate) fn mebibytes<const MOST: u32>(text: &str) -> Result<u32, String> {
    let mib = text.parse().ok().filter(|it| (1..=MOST).contains(it));
    mib.ok_or_else(|| format!("not a whole number of MiB from 1 to {MOST}"))
}

pub(crate) fn mib(bytes: u64) -> u32 {
    u32::try_from(bytes / MIB as u64).expect("the defaults are less than a terabyte")
}

/// A duration in seconds, with or without a fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seconds(pub(crate) Duration);

impl FromStr for Seconds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        /// A day: whoever waits longer has no deadline, and a sum with any clock stays in range.
        const LONGEST: f64 = 86_400.0;
        let seconds: f64 = text.parse().map_err(|_| "not a number of seconds".to_owned())?;
        let duration = Duration::try_from_secs_f64(seconds).unwrap_or_default();
        if duration.is_zero() || seconds > LONGEST {
            return Err(format!("must be more than 0, and {LONGEST} at most"));
        }
        Ok(Self(duration))
    }
}

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_secs_f64().fmt(f)
    }
}
