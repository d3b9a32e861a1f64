//! When the runs of a plan are due.
//!
//! Velero reads `spec.schedule` by `ParseStandard` of robfig/cron v3, and from 1.18.3 on of its
//! fork netresearch/go-cron: five fields or a descriptor, and a time zone before them. croner finds
//! the times, configured to read cron as these do. They differ in one thing: where both the day of
//! the month and the day of the week are restricted, the first runs when one of them matches, the
//! fork when both do. What still differs:
//!
//! - The day 7 for Sunday and an interval without `@every` are read here and refused by Velero,
//!   whose schedule is then `FailedValidation`. A star in a list (`*,17`) is the other way round.
//! - A time that the clocks skip in spring is due at the end of the gap here, and not at all on
//!   that day in Velero; of a time that they repeat in autumn croner runs once, robfig/cron as
//!   often as the hour is seen.
//! - Names of time zones are read in any case of letters.
//!
//! Sources: vmware-tanzu/velero@d30d389 `pkg/controller/schedule_controller.go`, `go.mod` of
//! v1.18.2 and v1.18.3, robfig/cron v3.0.1 and netresearch/go-cron v0.15.0 `parser.go` and
//! `spec.go`. An interval without `@every` is what products on top of Velero write.

use std::cmp::Ordering;

use croner::{
    CivilDate, CivilDateTime, CivilTime, Cron, CronDateTime, Resolution, Weekday,
    errors::CronError,
    parser::{CronParser, Seconds, Year},
};
use jiff::{
    SignedDuration, Timestamp, ZonedDateTime, civil,
    tz::{AmbiguousOffset, TimeZone, TimeZoneDatabase},
};

/// When something runs.
#[derive(Debug)]
pub enum Schedule {
    /// At certain times of a time zone.
    At(Box<Times>, TimeZone),
    /// So long after the last run.
    Every(SignedDuration),
}

/// What five fields mean.
#[derive(Debug)]
pub struct Times {
    /// To every Velero, or to those before 1.18.3.
    before: Cron,
    /// To Velero from 1.18.3 on, where that differs.
    since: Option<Cron>,
}

impl Schedule {
    /// Reads `0 2 * * *`, `TZ=Asia/Shanghai 0 2 * * *`, `@daily`, `@every 6h30m` or `6h30m`. What
    /// it cannot read it names.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let zoned = text.strip_prefix("CRON_TZ=").or_else(|| text.strip_prefix("TZ="));
        let (zone, times) = match zoned {
            Some(it) => {
                let (zone, times) = it.split_once(' ').unwrap_or((it, ""));
                (time_zone(zone)?, times.trim())
            }
            // Containers keep UTC.
            None => (TimeZone::UTC, text),
        };
        if let Some(every) = times.strip_prefix("@every ") {
            return interval(every);
        }
        let fields = match times {
            "@yearly" | "@annually" => "0 0 1 1 *",
            "@monthly" => "0 0 1 * *",
            "@weekly" => "0 0 * * 0",
            "@daily" | "@midnight" => "0 0 * * *",
            "@hourly" => "0 * * * *",
            it if it.starts_with('@') => return Err(format!("`{it}` is no descriptor of cron")),
            it if !it.is_empty() && !it.contains(char::is_whitespace) => return interval(it),
            it => it,
        };
        Ok(Self::At(Box::new(of_fields(fields)?), zone))
    }

    /// The first run after a moment, if there is one, of a Velero that runs as often as any.
    pub fn next(&self, after: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Every(interval) => after.checked_add(*interval).ok(),
            Self::At(times, zone) => next(&times.before, zone, after),
        }
    }

    /// The first run after a moment of a Velero from 1.18.3 on; another than [`Self::next`] only
    /// where a day of the month and one of the week are named: all its runs are among those.
    pub fn next_since_1_18_3(&self, after: Timestamp) -> Option<Timestamp> {
        match self {
            Self::At(times, zone) => {
                next(times.since.as_ref().unwrap_or(&times.before), zone, after)
            }
            Self::Every(_) => self.next(after),
        }
    }
}

fn next(cron: &Cron, zone: &TimeZone, after: Timestamp) -> Option<Timestamp> {
    let after = Moment(after.to_zoned_datetime(zone.clone()));
    cron.find_next_occurrence(&after, false).ok().map(|it| it.0.timestamp())
}

fn time_zone(name: &str) -> Result<TimeZone, String> {
    match name {
        "" | "Local" => Ok(TimeZone::UTC),
        name => TimeZoneDatabase::bundled()
            .get(name)
            .map_err(|_| format!("`{name}` is no known time zone")),
    }
}

fn interval(text: &str) -> Result<Schedule, String> {
    // Go keeps nanoseconds in 64 bits, and refuses what is longer.
    let longest = SignedDuration::from_nanos(i64::MAX);
    let interval = text.trim().parse::<SignedDuration>().ok();
    interval
        .filter(|it| it.is_positive() && *it <= longest)
        .map(Schedule::Every)
        .ok_or_else(|| format!("`{text}` is neither an interval nor five fields of cron"))
}

/// Five fields.
fn of_fields(text: &str) -> Result<Times, String> {
    let unreadable = |why: &str| format!("`{text}` cannot be read as cron: {why}");
    let fields: Vec<_> = text.split_whitespace().collect();
    let [minute, hour, day, month, weekday] = fields[..] else {
        return Err(unreadable(&format!("it has {} fields, not 5", fields.len())));
    };
    // The characters that croner knows beyond those of robfig/cron.
    let is_plain = |it: &str| it.chars().all(|c| c.is_ascii_digit() || "*/,-?".contains(c));
    let is_named = |it: &str| {
        let words = it.split(|c: char| !c.is_ascii_alphabetic());
        it.chars().all(|c| c.is_ascii_alphanumeric() || "*/,-?".contains(c))
            && words.into_iter().all(|it| it.is_empty() || it.len() == 3)
    };
    if ![minute, hour, day].into_iter().all(is_plain) || ![month, weekday].into_iter().all(is_named)
    {
        return Err(unreadable("it has characters that are not of cron"));
    }
    let read = |both_match| {
        let parser = CronParser::builder()
            .seconds(Seconds::Disallowed)
            .year(Year::Disallowed)
            // `5/15` is `5-59/15`.
            .sloppy_ranges(true)
            .dom_and_dow(both_match)
            .build();
        parser.parse(&text.replace('?', "*")).map_err(|it| unreadable(&it.to_string()))
    };
    let both = read(true)?;
    if is_any(day) || is_any(weekday) {
        return Ok(Times { before: both, since: None });
    }
    Ok(Times { before: read(false)?, since: Some(both) })
}

/// Whether a field restricts nothing. A star with an interval of more than one does.
fn is_any(field: &str) -> bool {
    field.split(',').any(|it| {
        let (range, step) = it.split_once('/').unwrap_or((it, "1"));
        matches!(range, "*" | "?") && step.parse() == Ok(1)
    })
}

/// A moment of jiff, as croner walks it.
#[derive(Debug, Clone)]
struct Moment(ZonedDateTime);

impl CronDateTime for Moment {
    fn to_civil(&self) -> CivilDateTime {
        let at = self.0.datetime();
        let of = |it: i8| u32::from(it.unsigned_abs());
        CivilDateTime::new(
            CivilDate::from_parts_unchecked(i32::from(at.year()), of(at.month()), of(at.day())),
            CivilTime::from_parts_unchecked(of(at.hour()), of(at.minute()), of(at.second())),
        )
    }

    fn civil_weekday(&self) -> Weekday {
        let days = self.0.weekday().to_sunday_zero_offset();
        Weekday::from_days_from_sunday(u32::from(days.unsigned_abs()))
    }

    fn resolve_civil(&self, at: CivilDateTime) -> Result<Resolution<Self>, CronError> {
        let invalid = |_| CronError::InvalidTime;
        let of = |it: u32| i8::try_from(it).map_err(|_| CronError::InvalidTime);
        let year = i16::try_from(at.year()).map_err(|_| CronError::InvalidDate)?;
        let date = civil::Date::new(year, of(at.month())?, of(at.day())?).map_err(invalid)?;
        let time = civil::Time::new(of(at.hour())?, of(at.minute())?, of(at.second())?, 0);
        let at = date.to_datetime(time.map_err(invalid)?);
        let moment = self.0.time_zone().to_ambiguous_zoned_datetime(at);
        Ok(match moment.offset() {
            AmbiguousOffset::Unambiguous { .. } => {
                Resolution::Single(Self(moment.unambiguous().map_err(invalid)?))
            }
            AmbiguousOffset::Gap { .. } => Resolution::Gap,
            AmbiguousOffset::Fold { .. } => Resolution::Ambiguous(
                Self(moment.clone().earlier().map_err(invalid)?),
                Self(moment.later().map_err(invalid)?),
            ),
        })
    }

    fn checked_add_seconds(&self, seconds: i64) -> Option<Self> {
        self.0.checked_add(SignedDuration::from_secs(seconds)).ok().map(Self)
    }

    fn cmp_instant(&self, other: &Self) -> Ordering {
        self.0.timestamp().cmp(&other.0.timestamp())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first runs after Tuesday, 2026-09-15T02:30:00Z, as `month-day hour:minute` of UTC; or
    /// what is wrong.
    #[track_caller]
    fn check(text: &str, want: &str) {
        let got = match Schedule::parse(text) {
            Err(why) => why,
            Ok(schedule) => {
                let start: Timestamp = "2026-09-15T02:30:00Z".parse().expect("a time");
                let runs = std::iter::successors(schedule.next(start), |it| schedule.next(*it));
                let count = want.split(", ").count();
                let runs = runs.take(count).map(|it| it.strftime("%m-%d %H:%M").to_string());
                runs.collect::<Vec<_>>().join(", ")
            }
        };
        assert_eq!(got, want, "{text}");
    }

    #[test]
    fn five_fields() {
        check("0 2 * * *", "09-16 02:00, 09-17 02:00");
        check("30 5,11,17,23 * * *", "09-15 05:30, 09-15 11:30");
        check("*/20 * * * *", "09-15 02:40, 09-15 03:00");
        check("0\t2\t*\t*\t*", "09-16 02:00");
        check("5/15 * * * *", "09-15 02:35, 09-15 02:50, 09-15 03:05");
        check("*/90 * * * *", "09-15 03:00");
        check("1-3 4 * * *", "09-15 04:01, 09-15 04:02");
        check("0 0 1 jan,JUL *", "01-01 00:00, 07-01 00:00");
        check("0 2 * * ?", "09-16 02:00");
        check("? 2 * * *", "09-15 02:31");
    }

    #[test]
    fn weekdays_have_numbers_and_names() {
        check("0 2 * * 0", "09-20 02:00, 09-27 02:00");
        check("0 2 * * sun", "09-20 02:00");
        check("0 2 * * MON-FRI", "09-16 02:00, 09-17 02:00, 09-18 02:00, 09-21 02:00");
        check("0 2 * * 6", "09-19 02:00");
    }

    #[test]
    fn of_day_and_weekday_one_is_enough() {
        check("0 2 17 * 5", "09-17 02:00, 09-18 02:00, 09-25 02:00");
        check("0 2 1-31 * 5", "09-16 02:00, 09-17 02:00");
        check("0 2 */2 * 5", "09-17 02:00, 09-18 02:00, 09-19 02:00");
        check("0 2 17 * */2", "09-17 02:00, 09-19 02:00, 09-20 02:00");
    }

    #[track_caller]
    fn check_since_1_18_3(text: &str, want: &str) {
        let schedule = Schedule::parse(text).expect("a schedule");
        let start: Timestamp = "2026-09-15T02:30:00Z".parse().expect("a time");
        let next = |it| schedule.next_since_1_18_3(it);
        let runs = std::iter::successors(next(start), |it| next(*it)).take(2);
        let runs = runs.map(|it| it.strftime("%m-%d %H:%M").to_string());
        assert_eq!(runs.collect::<Vec<_>>().join(", "), want, "{text}");
    }

    #[test]
    fn since_1_18_3_day_and_weekday_must_match() {
        check_since_1_18_3("0 2 */2 * 5", "09-25 02:00, 10-09 02:00");
        check_since_1_18_3("0 2 25-31 * 5", "09-25 02:00, 10-30 02:00");
        check_since_1_18_3("0 2 * * 5", "09-18 02:00, 09-25 02:00");
        check_since_1_18_3("@every 12h", "09-15 14:30, 09-16 02:30");
    }

    #[test]
    fn a_star_in_day_or_weekday_restricts() {
        check("0 2 * * 5", "09-18 02:00, 09-25 02:00");
        check("0 2 */1 * 5", "09-18 02:00, 09-25 02:00");
        check("0 2 ? * 5", "09-18 02:00, 09-25 02:00");
        check("0 2 17 * *", "09-17 02:00, 10-17 02:00");
    }

    #[test]
    fn descriptors() {
        check("@hourly", "09-15 03:00, 09-15 04:00");
        check("@daily", "09-16 00:00, 09-17 00:00");
        check("@midnight", "09-16 00:00");
        check("@weekly", "09-20 00:00, 09-27 00:00");
        check("@monthly", "10-01 00:00, 11-01 00:00");
        check("@yearly", "01-01 00:00");
        check("@annually", "01-01 00:00");
        check("@often", "`@often` is no descriptor of cron");
    }

    #[test]
    fn intervals_begin_with_the_last_run() {
        check("@every 6h30m", "09-15 09:00, 09-15 15:30");
        check("6h30m", "09-15 09:00, 09-15 15:30");
        check("@every 1.5h", "09-15 04:00");
        check("@every 90m", "09-15 04:00");
        check("@every 0s", "`0s` is neither an interval nor five fields of cron");
        check("@every -1h", "`-1h` is neither an interval nor five fields of cron");
        check("@every 2562048h", "`2562048h` is neither an interval nor five fields of cron");
        check("@every day", "`day` is neither an interval nor five fields of cron");
        check("daily", "`daily` is neither an interval nor five fields of cron");
    }

    #[test]
    fn times_are_of_a_time_zone() {
        check("TZ=Asia/Shanghai 0 2 * * *", "09-15 18:00, 09-16 18:00");
        check("CRON_TZ=Asia/Shanghai 0 2 * * *", "09-15 18:00");
        check("TZ=UTC 0 2 * * *", "09-16 02:00");
        check("TZ=Local 0 2 * * *", "09-16 02:00");
        check("TZ=Asia/Shanghai @daily", "09-15 16:00");
        check("TZ=Asia/Shanghai 0 2 * * sun", "09-19 18:00");
        check("TZ=Asia/Nowhere 0 2 * * *", "`Asia/Nowhere` is no known time zone");
        check("TZ=Asia/Shanghai", "`` cannot be read as cron: it has 0 fields, not 5");
    }

    #[test]
    fn clocks_that_change_neither_lose_nor_add_a_run() {
        // 2026-10-25 in Berlin: 3:00 becomes 2:00. 2027-03-28: 2:00 becomes 3:00.
        let schedule = Schedule::parse("TZ=Europe/Berlin 30 2 * * *").expect("a schedule");
        let check = |after: &str, want: &str| {
            let next = schedule.next(after.parse().expect("a time")).expect("a run");
            assert_eq!(next.to_string(), want);
        };
        check("2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z");
        check("2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z");
        check("2027-03-27T12:00:00Z", "2027-03-28T01:00:00Z");
        check("2027-03-28T01:00:00Z", "2027-03-29T00:30:00Z");
    }

    #[test]
    fn a_day_that_never_comes_has_no_run() {
        let schedule = Schedule::parse("0 0 30 2 *").expect("a schedule");
        assert_eq!(schedule.next("2026-09-15T02:30:00Z".parse().expect("a time")), None);
    }

    #[test]
    fn what_velero_does_not_read_is_not_read_here() {
        let unreadable = |it: &str, why: &str| format!("`{it}` cannot be read as cron: {why}");
        let strange = "it has characters that are not of cron";
        check("", &unreadable("", "it has 0 fields, not 5"));
        check("0 2 * *", &unreadable("0 2 * *", "it has 4 fields, not 5"));
        check("0 0 2 * * *", &unreadable("0 0 2 * * *", "it has 6 fields, not 5"));
        check("0 2 L * *", &unreadable("0 2 L * *", strange));
        check("0 2 * * 5#3", &unreadable("0 2 * * 5#3", strange));
        check("0 2 * * +5", &unreadable("0 2 * * +5", strange));
        check("MON 2 * * *", &unreadable("MON 2 * * *", strange));
        check("0 2 * * sunday", &unreadable("0 2 * * sunday", strange));
        for text in [
            "60 2 * * *",
            "0 24 * * *",
            "0 2 32 * *",
            "0 2 * 13 *",
            "0 2 * * 8",
            "a b c d e",
            "*/0 * * * *",
            "1-2-3 * * * *",
            "1/2/3 * * * *",
            "- * * * *",
            "99999999999 * * * *",
            "0 2 * * foo",
        ] {
            assert!(Schedule::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_only_one_of_the_two_reads() {
        check("0 2 * * 7", "09-20 02:00");
        assert!(Schedule::parse("0 2 *,17 * 5").is_err());
    }
}
