"""Opening hours computed in another way, to check the engine against.

Reads {"cases": [{"file": a configuration as JSON, "instants": [milliseconds since 1970]}]} from standard input and
writes, for each case and each of its offices, [open, until, next] for every instant: whether it is open, when it
closes and when it opens next, as the engine's isOpen, openUntil and nextOpening say it.

Nothing is shared with the engine: rules and Easter by python-dateutil, clocks by zoneinfo and dateutil.tz. Weeks of the
year are Python's own (isocalendar): dateutil's are wrong around New Year.
"""
import bisect
import json
import sys
from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

from dateutil import easter, relativedelta, rrule, tz

WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
FIXED = [(1, 1), (1, 6), (4, 25), (5, 1), (6, 2), (8, 15), (11, 1), (12, 8), (12, 25), (12, 26)]
UTC = timezone.utc


def is_holiday(config, day):
    holidays = config.get("holidays")
    if holidays is None:
        return False
    if (day.month, day.day) in FIXED or day - easter.easter(day.year) in (timedelta(0), timedelta(days=1)):
        return True
    if (day.month, day.day) == (10, 4) and day.year >= 2026:
        return True
    return holidays.get("patron") == day.strftime("%m-%d")


def every_year(first, last):
    """The days MM-DD of a range that comes every year, walked through 2024, which has a 29 February."""
    walk = datetime.strptime(f"2024-{first}", "%Y-%m-%d").date()
    found = set()
    for _ in range(366):
        found.add(walk.strftime("%m-%d"))
        if walk.strftime("%m-%d") == last:
            break
        walk += timedelta(days=1)
    return found


def closed_days(config):
    """A function that says whether a day is in a closure."""
    ranges, yearly = [], set()
    for closure in config.get("closures", []):
        first, last = closure["from"], closure.get("to", closure["from"])
        if len(first) == 10:
            ranges.append((date.fromisoformat(first), date.fromisoformat(last)))
        else:
            yearly |= every_year(first, last)
    return lambda day: day.strftime("%m-%d") in yearly or any(first <= day <= last for first, last in ranges)


def local(zone, day, clock, days_later):
    """The instant of a wall time: skipped ones moved on, of doubled ones the earlier."""
    day += timedelta(days=days_later)
    if clock == "24:00":
        day, clock = day + timedelta(days=1), "00:00"
    wall = datetime.combine(day, time.fromisoformat(clock), tzinfo=zone).replace(fold=0)
    return tz.resolve_imaginary(wall).astimezone(UTC)


def milliseconds(moment):
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def week_days(rule, start, first, last):
    """The days of a rule by ISO weeks, counted from its start: their year is that of the week."""
    parts = dict(part.split("=") for part in rule.split(";"))
    numbers = {int(number) for number in parts["BYWEEKNO"].split(",")}
    weekdays = {["MO", "TU", "WE", "TH", "FR", "SA", "SU"].index(day) for day in parts["BYDAY"].split(",")}
    interval = int(parts.get("INTERVAL", "1"))
    count = int(parts.get("COUNT", "0"))
    until = datetime.strptime(parts.get("UNTIL", "99991231"), "%Y%m%d").date()
    found = []
    day = start
    while day <= min(last, until):
        year, week, _ = day.isocalendar()
        weeks = date(year, 12, 28).isocalendar()[1]
        if (year - start.isocalendar()[0]) % interval == 0 and day.weekday() in weekdays and (week in numbers or week - weeks - 1 in numbers):
            found.append(day)
        day += timedelta(days=1)
    return {day for day in (found[:count] if count else found) if first <= day}


def rule_days(text, first, last):
    lines = text.split("\n")
    start = datetime(2020, 1, 1)
    if len(lines) == 2:
        start = datetime.strptime(lines[0].split(":")[1], "%Y%m%d")
    if "BYWEEKNO=" in lines[-1]:
        return week_days(lines[-1], start.date(), first, last)
    rule = rrule.rrulestr(lines[-1], dtstart=start)
    return {found.date() for found in rule.between(datetime.combine(first, time()), datetime.combine(last, time()), inc=True)}


def open_spans(config, office, first, last):
    zone = ZoneInfo(config["comune"]["zone"])
    exceptions = {date.fromisoformat(e["date"]): e["hours"] for e in office.get("exceptions", [])}
    rules = [(rule_days(r["rrule"], first, last), r["hours"]) for r in office.get("rules", [])]
    is_closed = closed_days(config)
    spans = []
    day = first
    while day <= last:
        if day in exceptions:
            hours = exceptions[day]
        elif is_closed(day) or is_holiday(config, day):
            hours = []
        else:
            hours = list(office.get("hours", {}).get(WEEKDAYS[day.weekday()], []))
            for days, extra in rules:
                if day in days:
                    hours += extra
        for interval in hours:
            opens, closes = interval.split("-")
            later = 1 if closes <= opens else 0
            start, end = local(zone, day, opens, 0), local(zone, day, closes, later)
            if start < end:
                spans.append((milliseconds(start), milliseconds(end)))
        day += timedelta(days=1)
    spans.sort()
    merged = []
    for start, end in spans:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def answers(config, office, instants):
    zone = ZoneInfo(config["comune"]["zone"])
    moments = [datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at) for at in instants]
    first = min(moments).date() - timedelta(days=3)
    last = max(moments).date() + timedelta(days=370)
    spans = open_spans(config, office, first, last)
    starts = [start for start, _ in spans]
    found = []
    for at, moment in zip(instants, moments):
        limit = moment.astimezone(zone).replace(tzinfo=None) + relativedelta.relativedelta(years=1)
        limit = milliseconds(tz.resolve_imaginary(limit.replace(tzinfo=zone)).astimezone(UTC))
        coming = bisect.bisect_right(starts, at)
        is_open = coming > 0 and at < spans[coming - 1][1]
        until = spans[coming - 1][1] if is_open and spans[coming - 1][1] <= limit else None
        opens = starts[coming] if coming < len(starts) and starts[coming] <= limit else None
        found.append([is_open, until, opens])
    return found


def main():
    cases = json.load(sys.stdin)["cases"]
    result = [[answers(c["file"], office, c["instants"]) for office in c["file"]["offices"]] for c in cases]
    json.dump(result, sys.stdout)


main()
