//! Lengths of time as people say them.

use jiff::SignedDuration;

/// `25 minutes`, `3 h 05 min`, `4 days 2 h`: no more than two units, and nothing smaller than what
/// counts. For a limit; an [`Age`](crate::Age) has words of its own.
pub fn duration_words(duration: SignedDuration) -> String {
    let minutes = duration.as_mins();
    match (minutes / (24 * 60), minutes / 60 % 24, minutes % 60) {
        (0, 0, 1) => "1 minute".to_owned(),
        (0, 0, minutes) => format!("{minutes} minutes"),
        (0, hours, 0) => format!("{hours} h"),
        (0, hours, minutes) => format!("{hours} h {minutes:02} min"),
        (1, hours, _) => format!("{} h", 24 + hours),
        (days, 0, _) => format!("{days} days"),
        (days, hours, _) => format!("{days} days {hours} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(minutes: i64, want: &str) {
        assert_eq!(duration_words(SignedDuration::from_mins(minutes)), want);
    }

    #[test]
    fn lengths_of_time_have_words() {
        check(0, "0 minutes");
        check(1, "1 minute");
        check(59, "59 minutes");
        check(60, "1 h");
        check(125, "2 h 05 min");
        check(24 * 60, "24 h");
        check(47 * 60 + 59, "47 h");
        check(48 * 60, "2 days");
        check(100 * 60, "4 days 4 h");
    }
}
