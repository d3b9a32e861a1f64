//! Numbers that are typed, and what is wrong with those that are none. What they mean is not known
//! here.

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
