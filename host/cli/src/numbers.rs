//! Numbers that are typed, and what is wrong with those that are none. What they mean is not known
//! here.

use std::{fmt, str::FromStr, time::Duration};

use jiff::SignedDuration;

pub(crate) const MIB: usize = 1 << 20;

/// `90`, `0.5`, `90s`, `5m`, `1h 30m`: more than nothing, at most a day. Whoever waits longer has
/// no deadline, and a sum with any clock stays in range.
pub(crate) fn duration(typed: &str) -> Result<Duration, String> {
    let error = || "write a time such as 30s, 5m or 1h, at most 24h".to_owned();
    let duration = if let Ok(seconds) = typed.parse::<f64>() {
        Duration::try_from_secs_f64(seconds).map_err(|_| error())?
    } else {
        let duration: SignedDuration = typed.parse().map_err(|_| error())?;
        Duration::try_from(duration).map_err(|_| error())?
    };
    let fits = !duration.is_zero() && duration <= Duration::from_hours(24);
    fits.then_some(duration).ok_or_else(error)
}

/// The same, in whole seconds.
pub(crate) fn whole_seconds(typed: &str) -> Result<u64, String> {
    let duration = duration(typed)?;
    let is_whole = duration.subsec_nanos() == 0;
    is_whole.then_some(duration.as_secs()).ok_or_else(|| "write whole seconds: 30s".to_owned())
}

/// How many of something.
pub(crate) fn count(text: &str) -> Result<usize, String> {
    text.parse().map_err(|_| "not a whole number, 0 or more".to_owned())
}

/// How many of something of which there must be one.
pub(crate) fn some(text: &str) -> Result<usize, String> {
    let many = text.parse().ok().filter(|it| *it > 0);
    many.ok_or_else(|| "not a whole number, 1 or more".to_owned())
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

    fn from_str(typed: &str) -> Result<Self, String> {
        duration(typed).map(Self)
    }
}

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_secs_f64().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(typed: &str, want: Option<f64>) {
        assert_eq!(duration(typed).ok().map(|it| it.as_secs_f64()), want, "{typed}");
    }

    #[test]
    fn a_duration_is_seconds_or_says_its_units() {
        check("30", Some(30.0));
        check("0.5", Some(0.5));
        check("90s", Some(90.0));
        check("5m", Some(300.0));
        check("1h 30m", Some(5400.0));
        check("500ms", Some(0.5));
        for wrong in ["", "0", "-5s", "-5", "25h", "soon", "1d", "0s", "NaN", "inf", "1e99"] {
            check(wrong, None);
        }
    }

    #[test]
    fn whole_seconds_have_no_fraction() {
        assert_eq!(whole_seconds("2m"), Ok(120));
        assert!(whole_seconds("1.5s").is_err_and(|it| it.contains("whole seconds")));
    }
}
