//! Times as Rego counts them: nanoseconds since 1970, in UTC. Zones by name would bring a database
//! of them, and Kubernetes writes UTC.

use anyhow::{Context, Result, anyhow, bail};
use jiff::{
    Span, Timestamp, Unit,
    civil::{DateTime, Weekday},
    tz::Offset,
};
use regorus::Value;

use super::text;

/// A time, or a time with the name of its zone.
fn civil(function: &str, value: &Value) -> Result<DateTime> {
    let (time, zone) = match value {
        Value::Array(it) if it.len() == 2 => (it[0].clone(), it[1].clone()),
        _ => (value.clone(), Value::from("UTC")),
    };
    if !matches!(&zone, Value::String(it) if matches!(&**it, "" | "UTC")) {
        bail!("{function}: only UTC is known");
    }
    let nanoseconds = time.as_i64().map_err(|_| anyhow!("{function} takes nanoseconds"))?;
    let time = Timestamp::from_nanosecond(nanoseconds.into())
        .with_context(|| format!("{function}: the time is out of range"))?;
    Ok(Offset::UTC.to_datetime(time))
}

fn timestamp(function: &str, time: DateTime) -> Result<Timestamp> {
    Offset::UTC.to_timestamp(time).map_err(|_| anyhow!("{function}: the time is out of range"))
}

fn nanoseconds(function: &str, time: Timestamp) -> Result<Value> {
    let nanoseconds = i64::try_from(time.as_nanosecond());
    Ok(Value::from(nanoseconds.map_err(|_| anyhow!("{function}: the time is out of range"))?))
}

fn numbers(of: impl IntoIterator<Item = i64>) -> Value {
    Value::from(of.into_iter().map(Value::from).collect::<Vec<_>>())
}

pub(super) fn parse_rfc3339(of: &[Value]) -> Result<Value> {
    let name = "time.parse_rfc3339_ns";
    let time = text(name, &of[0])?.parse::<Timestamp>();
    nanoseconds(name, time.map_err(|_| anyhow!("{name}: the text is no time"))?)
}

pub(super) fn date(of: &[Value]) -> Result<Value> {
    let it = civil("time.date", &of[0])?;
    Ok(numbers([it.year().into(), it.month().into(), it.day().into()]))
}

pub(super) fn clock(of: &[Value]) -> Result<Value> {
    let it = civil("time.clock", &of[0])?;
    Ok(numbers([it.hour().into(), it.minute().into(), it.second().into()]))
}

pub(super) fn format(of: &[Value]) -> Result<Value> {
    Ok(Value::from(timestamp("time.format", civil("time.format", &of[0])?)?.to_string()))
}

pub(super) fn weekday(of: &[Value]) -> Result<Value> {
    Ok(Value::from(match civil("time.weekday", &of[0])?.weekday() {
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
        Weekday::Sunday => "Sunday",
    }))
}

pub(super) fn add_date(of: &[Value]) -> Result<Value> {
    let name = "time.add_date";
    let time = civil(name, &of[0])?;
    let number = |nth: usize| of[nth].as_i32().map_err(|_| anyhow!("{name} takes whole numbers"));
    let range = || anyhow!("{name}: the time is out of range");
    let span = Span::new().try_years(number(1)?).map_err(|_| range())?;
    let span = span.try_months(number(2)?).map_err(|_| range())?;
    let span = span.try_days(number(3)?).map_err(|_| range())?;
    nanoseconds(name, timestamp(name, time.checked_add(span).map_err(|_| range())?)?)
}

/// Years, months, days, hours, minutes and seconds between two times.
pub(super) fn diff(of: &[Value]) -> Result<Value> {
    let (a, b) = (civil("time.diff", &of[0])?, civil("time.diff", &of[1])?);
    let (early, late) = if a < b { (a, b) } else { (b, a) };
    let span = early
        .until((Unit::Year, late))
        .map_err(|_| anyhow!("time.diff: the times are out of range"))?;
    Ok(numbers([
        span.get_years().into(),
        span.get_months().into(),
        span.get_days().into(),
        span.get_hours().into(),
        span.get_minutes(),
        span.get_seconds(),
    ]))
}

/// `1h30m`, as Go writes durations.
pub(super) fn parse_duration(of: &[Value]) -> Result<Value> {
    let name = "time.parse_duration_ns";
    let written = text(name, &of[0])?;
    let wrong = || anyhow!("{name}: `{written}` is no duration");
    let (sign, mut rest) = match written.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, written.strip_prefix('+').unwrap_or(written)),
    };
    if rest == "0" {
        return Ok(Value::from(0));
    }
    let mut sum = 0.0;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(wrong)?;
        let number: f64 = rest[..end].parse().map_err(|_| wrong())?;
        let unit = rest[end..].find(|c: char| c.is_ascii_digit()).map_or(rest.len(), |it| end + it);
        sum += number
            * match &rest[end..unit] {
                "ns" => 1.0,
                "us" | "µs" | "μs" => 1e3,
                "ms" => 1e6,
                "s" => 1e9,
                "m" => 60e9,
                "h" => 3600e9,
                _ => return Err(wrong()),
            };
        rest = &rest[unit..];
    }
    if written.is_empty() || !(0.0..9e18).contains(&sum) {
        return Err(wrong());
    }
    #[expect(clippy::cast_possible_truncation, reason = "it was just compared with the range")]
    Ok(Value::from((sign * sum) as i64))
}
