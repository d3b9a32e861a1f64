//! Times that are typed, and what is wrong with those that are none. What they mean is not known
//! here.

use jiff::{Timestamp, civil, tz::TimeZone};

/// A moment with its date, its time of day and its zone.
pub(crate) fn moment(text: &str) -> Result<Timestamp, String> {
    text.parse().map_err(|_| {
        let has_time = text.contains(':');
        if let Some(time) = other_form(text) {
            format!("write it as RFC 3339 does: {time}")
        } else if let (true, Ok(time)) = (has_time, text.parse::<civil::DateTime>()) {
            format!("it needs a zone: {time}Z, or {time}+08:00")
        } else if let (false, Ok(date)) = (has_time, text.parse::<civil::Date>()) {
            format!("it needs a time of day and a zone: {date}T02:30:00Z")
        } else {
            "not a time such as 2026-09-15T02:30:00Z".to_owned()
        }
    })
}

/// A moment as other programs print it: `date`, git, mail, seconds since 1970.
fn other_form(text: &str) -> Option<Timestamp> {
    const ZONED: [&str; 3] =
        ["%Y-%m-%d %H:%M:%S %z", "%Y-%m-%d %H:%M %z", "%a %b %d %H:%M:%S %z %Y"];
    const UTC: [&str; 3] =
        ["%Y-%m-%d %H:%M:%S UTC", "%Y-%m-%d %H:%M UTC", "%a %b %d %H:%M:%S UTC %Y"];
    let zoned = ZONED.iter().find_map(|it| Timestamp::strptime(it, text).ok());
    // Not by name: the machine may have no database of zones.
    let in_utc =
        |it: &&str| TimeZone::UTC.to_timestamp(civil::DateTime::strptime(it, text).ok()?).ok();
    let utc = || UTC.iter().find_map(&in_utc);
    let mail = || jiff::fmt::rfc2822::parse(text).ok().map(|it| it.timestamp());
    // Fewer digits are a date or a year.
    let seconds = || Timestamp::from_second(text.parse().ok().filter(|_| text.len() >= 9)?).ok();
    zoned.or_else(utc).or_else(mail).or_else(seconds)
}
