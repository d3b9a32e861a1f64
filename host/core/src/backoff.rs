//! How long to wait before something is tried again.

use std::time::Duration;

/// The pause after so many failures before it: twice as long each time, to a bound. Whoever is one
/// of many adds a part by chance.
pub fn backoff(first: Duration, longest: Duration, failures: u32) -> Duration {
    first.saturating_mul(1_u32.checked_shl(failures).unwrap_or(u32::MAX)).min(longest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_to_their_bound() {
        let longest = Duration::from_mins(2);
        let pauses = [0, 1, 2, 5, 6, 31, 32, u32::MAX];
        let pauses = pauses.map(|it| backoff(Duration::from_secs(3), longest, it).as_secs());
        assert_eq!(pauses, [3, 6, 12, 96, 120, 120, 120, 120]);
    }
}
