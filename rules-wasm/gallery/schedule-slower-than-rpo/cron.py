"""The longest time between two runs of backup schedules, from the texts of their times.

A schedule is read as Velero reads it: five fields of cron, a descriptor such as `@daily`, or an interval (`@every 6h30m`), with a
time zone before it. Nothing here asks for a clock: the times are looked through over the years after which dates and days of the
week repeat.

Where both the day of the month and the day of the week are restricted, older versions of Velero run on days that match one of
them, and newer ones on days that match both.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

DAY = 24 * 60

# From 1901 to 2099 every fourth year has a leap day, so that dates fall on the same days of the week again after 28 years.
FIRST = date(2001, 1, 1)
YEARS = 28

MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
WEEKDAYS = "sun mon tue wed thu fri sat".split()

DESCRIPTORS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}


@dataclass(frozen=True)
class Times:
    """Runs at certain minutes of certain days."""

    minutes: tuple  # of a day, ascending
    days: frozenset
    months: frozenset
    weekdays: frozenset  # Sunday is 0
    restricts_days: bool
    restricts_weekdays: bool
    zone: str

    def is_ambiguous(self):
        """Whether it depends on the version of Velero on which days it runs."""
        return self.restricts_days and self.restricts_weekdays

    def runs_on(self, day, both):
        """Whether it runs on a day; of two restrictions `both` must match, or one."""
        of_month, of_week = day.day in self.days, (day.weekday() + 1) % 7 in self.weekdays
        matches = of_month and of_week if both or not self.is_ambiguous() else of_month or of_week
        return day.month in self.months and matches


@dataclass(frozen=True)
class Every:
    """Runs so many minutes after its last run."""

    minutes: float


def read(text):
    """Reads the times of a schedule. What it cannot read it tells in a ValueError."""
    zone, times = "UTC", text.strip()
    if match := re.match(r"(?:CRON_TZ|TZ)=(\S*)\s+(.*)", times):
        zone, times = match.groups()
        # Containers keep UTC.
        zone = "UTC" if zone in ("", "Local", "Etc/UTC", "UTC") else zone
    if times.startswith("@every "):
        minutes = duration(times.removeprefix("@every ").strip())
        if not minutes:
            raise ValueError(f"`{text}` has no interval such as 6h30m")
        return Every(minutes)
    fields = DESCRIPTORS.get(times, times).split()
    if len(fields) != 5:
        raise ValueError(f"`{text}` is neither five fields of cron nor a descriptor such as @daily")
    minute, hour, day, month, weekday = fields
    try:
        of_minute, _ = field(minute, 0, 59)
        of_hour, _ = field(hour, 0, 23)
        days, any_day = field(day, 1, 31)
        months, _ = field(month, 1, 12, MONTHS)
        weekdays, any_weekday = field(weekday, 0, 6, WEEKDAYS)
    except ValueError as error:
        raise ValueError(f"`{text}` cannot be read as cron: {error}") from None
    minutes = sorted(60 * h + m for h in of_hour for m in of_minute)
    return Times(tuple(minutes), days, months, weekdays, not any_day, not any_weekday, zone)


def field(text, least, most, names=()):
    """The numbers that one field names, and whether it names all by a star."""
    numbers, has_star = set(), False
    for part in filter(None, text.split(",")):
        span, *step = part.split("/")
        low, *high = span.split("-")
        if len(step) > 1 or len(high) > 1:
            raise ValueError(f"`{part}` is no range")
        step_by = number(step[0]) if step else 1
        if low in ("*", "?"):
            first, last = least, most
            # With a step it restricts: `*/2` is every second day.
            has_star = has_star or step_by == 1
        else:
            first = number(low, names, least)
            last = number(high[0], names, least) if high else most if step else first
        if not (least <= first <= last <= most) or step_by < 1:
            raise ValueError(f"`{part}` is not within {least} and {most}")
        numbers.update(range(first, last + 1, step_by))
    if not numbers:
        raise ValueError("a field is empty")
    return frozenset(numbers), has_star


def number(text, names=(), least=0):
    """A number, or the place of a name, counted from `least`."""
    if text.lower() in names:
        return names.index(text.lower()) + least
    # `int` would take a sign, spaces, and digits of other scripts.
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise ValueError(f"`{text}` is no number")
    return int(text)


def duration(text):
    """Minutes of `1d`, `6h30m` or `90m`; None where it is something else."""
    if not re.fullmatch(r"(?:[0-9]{1,9}(?:\.[0-9]{1,9})?(?:ms|[dhms]))+", text):
        return None
    units = {"d": DAY, "h": 60, "m": 1, "s": 1 / 60, "ms": 1 / 60_000}
    return sum(float(value) * units[unit] for value, unit in re.findall(r"([0-9.]+)(ms|[dhms])", text))


def longest_gap(schedules, both):
    """Minutes between two runs of all these Times of one zone, at the longest; None where they never run.

    Where a schedule restricts days of the month and of the week, `both` must match, or one.
    """
    if all(len(it.days) == 31 and len(it.months) == 12 for it in schedules) and not any(
        it.is_ambiguous() for it in schedules
    ):
        # What only days of the week restrict repeats after a week.
        end = FIRST + timedelta(days=7)
    else:
        end = FIRST.replace(year=FIRST.year + YEARS)
    of_day, gap, first, last = {}, None, None, None
    for nth in range((end - FIRST).days):
        day = FIRST + timedelta(days=nth)
        running = tuple(it.runs_on(day, both) for it in schedules)
        if running not in of_day:
            of_day[running] = within_a_day([it for it, runs in zip(schedules, running) if runs])
        if not (runs := of_day[running]):
            continue
        begin, finish, inner = runs
        at = nth * DAY
        gap = max(gap or 0, inner, 0 if last is None else at + begin - last)
        first, last = at + begin if first is None else first, at + finish
    if last is None:
        return None
    return max(gap, (end - FIRST).days * DAY + first - last)


def within_a_day(schedules):
    """The first and the last minute on a day when these run, and the longest time between two; None where none runs."""
    minutes = sorted({minute for it in schedules for minute in it.minutes})
    if not minutes:
        return None
    return minutes[0], minutes[-1], max((b - a for a, b in pairwise(minutes)), default=0)
