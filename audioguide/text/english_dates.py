"""English: dates, times of day, years and decades."""

from __future__ import annotations

import re
from typing import Final

from audioguide.text.english_numbers import cardinal, ordinal, plural, year
from audioguide.text.english_quantities import Match, Style

_MONTHS: Final = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_BY_NAME: Final = {name[:3]: name for name in _MONTHS}
MONTH: Final = (
    r"(?P<month>January|February|March|April|May|June|July|August|September|October|November|December"
    r"|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)(?:\.|(?!\w)))"
)
_SHORT_MONTH: Final = r"(?:Jan|Feb|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\."
_DAY: Final = (
    r"(?P<day>0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?(?:\s?[-–]\s?(?P<last>[12]\d|3[01]|[1-9])(?:st|nd|rd|th)?)?"
)
_YEAR: Final = r"(?:,?\s(?P<year>1\d{3}|20\d\d)(?![\w,]\d|\w|\.\d))?"

MONTH_FIRST: Final = rf"{MONTH}\s{_DAY}(?![\w/:]|[.,]\d){_YEAR}"
DAY_FIRST: Final = rf"{_DAY}\s(?:of\s)?{MONTH}{_YEAR}(?!\w)"
MONTH_YEAR: Final = rf"{MONTH},?\s'?(?P<year>1\d{{3}}|20\d\d)(?!\w|[.,]\d)"
MONTH_ALONE: Final = rf"{_SHORT_MONTH}(?=\s[a-z(]|,|;)|(?<=in )(?:{_SHORT_MONTH})"
ISO_DATE: Final = (
    r"(?P<year>\d{4})-(?P<m>0[1-9]|1[0-2])-(?P<d>0[1-9]|[12]\d|3[01])(?:T(?P<time>\d\d:\d\d)\S*|(?![\w-]))"
)
NUMBER_DATE: Final = r"(?P<a>\d{1,2})(?P<by>[/.])(?P<b>\d{1,2})(?P<again>[/.])(?P<year>\d{4}|\d{2})(?![\w/]|\.\d)"
WEEKDAY: Final = r"(?P<day>Mon|Tues?|Wed|Thurs?|Fri)\.|(?P<other>Sat|Sun)\.(?=,|\s\d)"
_WEEKDAYS: Final = {
    "Mon": "Monday", "Tue": "Tuesday", "Wed": "Wednesday", "Thu": "Thursday", "Fri": "Friday", "Sat": "Saturday",
    "Sun": "Sunday",
}  # fmt: skip

_NOON: Final = r"(?:\s?(?P<half>[AaPp]\.?[Mm](?:\.|(?!\w))))"
TIME: Final = rf"(?P<hour>[01]?\d|2[0-4])[:.](?P<minute>[0-5]\d){_NOON}"
CLOCK: Final = r"(?P<hour>\d{1,2}):(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d))?(?:\s?h(?!\w))?(?![\w:]|\.\d)"
HOUR: Final = rf"(?P<hour>1[0-2]|0?\d){_NOON}"
RATIO: Final = r"(?P<a>\d+):(?P<b>\d+)(?![\w:])"
HALF_DAY: Final = r"(?P<half>[AaPp]\.[Mm]\.)"

DECADE: Final = r"'?(?P<n>(?:1\d|20)\d0|[1-9]0)(?P<mark>'?)s(?!\w)"
SHORT_YEAR: Final = r"'(?P<n>\d\d)(?!\w|')"
ERA: Final = r"(?P<n>\d{1,4})\s?(?P<era>BCE|BC|CE|AD|B\.C\.E?\.?|A\.D\.|C\.E\.)(?!\w)"
ERA_FIRST: Final = r"(?P<era>AD|A\.D\.)\s(?P<n>\d{1,4})(?!\w)"
CENTURIES: Final = r"(?P<n>1\d|20)00s(?!\w)"


def final_stop(match: Match) -> str:
    """The full stop that a short form shares with the end of its sentence."""
    return "." if match[0].endswith(".") and not match.string[match.end() :].strip(" \"')") else ""


def _month(written: str) -> str:
    return _BY_NAME[written[:3]]


def _spoken_date(match: Match, month: str, days: list[int], *, day_first: bool) -> str:
    said = " to ".join(ordinal(day) for day in days)
    written_year = match["year"]
    tail = f", {year(int(written_year))}" if written_year else ""
    if not day_first:
        return f"{month} {said}{tail}"
    the = (
        "" if re.search(r"\bthe $", match.string[max(0, match.start() - 5) : match.start()], re.IGNORECASE) else "the "
    )
    return f"{the}{said} of {month}{tail}"


def _days(match: Match) -> list[int]:
    return [int(day) for day in (match["day"], match["last"]) if day]


def say_month_first(match: Match, style: Style) -> str | None:
    """`Nov. 5, 2026` -> "November fifth, twenty twenty-six"."""
    return _spoken_date(match, _month(match["month"]), _days(match), day_first=style.british)


def say_day_first(match: Match, _style: Style) -> str | None:
    """`5 Nov 2026` -> "the fifth of November, twenty twenty-six"."""
    return _spoken_date(match, _month(match["month"]), _days(match), day_first=True)


def say_month_year(match: Match, _style: Style) -> str | None:
    """`Nov. 2026` -> "November twenty twenty-six"."""
    return f"{_month(match['month'])} {year(int(match['year']))}"


def say_month(match: Match, _style: Style) -> str | None:
    """`Nov.` -> "November"."""
    return _month(match[0]) + final_stop(match)


def say_weekday(match: Match, _style: Style) -> str | None:
    """`Mon.` -> "Monday"."""
    return _WEEKDAYS[match[0][:3]] + final_stop(match)


def say_iso_date(match: Match, style: Style) -> str | None:
    """`2026-11-22` -> "November twenty-second, twenty twenty-six"."""
    said = _spoken_date(match, _MONTHS[int(match["m"]) - 1], [int(match["d"])], day_first=style.british)
    if not match["time"]:
        return said
    hour, _, minute = match["time"].partition(":")
    return f"{said}, {_of_day(int(hour), int(minute))}"


def say_number_date(match: Match, style: Style) -> str | None:
    """`11/22/2026`: the month comes first in the US, unless it cannot be one."""
    first, second = int(match["a"]), int(match["b"])
    if match["by"] != match["again"] or (len(match["year"]) == 2 and match["by"] == "."):
        return None
    month_first = not style.british and match["by"] == "/"
    if (month_first and first > 12) or (not month_first and second > 12):
        month_first = not month_first
    month, day = (first, second) if month_first else (second, first)
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    written = int(match["year"])
    full = written if written > 99 else written + (2000 if written < 50 else 1900)
    if style.british or match["by"] == ".":
        return f"the {ordinal(day)} of {_MONTHS[month - 1]}, {year(full)}"
    return f"{_MONTHS[month - 1]} {ordinal(day)}, {year(full)}"


def _minutes(minute: int) -> str:
    return f"oh {cardinal(minute)}" if minute < 10 else cardinal(minute)


def _of_day(hour: int, minute: int) -> str:
    if minute:
        return f"{cardinal(hour)} {_minutes(minute)}"
    if hour in {0, 24}:
        return "midnight"
    return f"{cardinal(hour)} o'clock" if hour <= 12 else f"{cardinal(hour)} hundred"


_SMALL_NEXT: Final = re.compile(r"\s*[-–]?\s*[a-z\d]")


def _half(match: Match) -> str:
    """AM with stops where a word follows: without, an engine takes "AM to" for a verb."""
    letter, stop = match["half"][0].upper(), final_stop(match)
    return f"{letter}.M." if _SMALL_NEXT.match(match.string, match.end()) else f"{letter}M{stop}"


def say_time(match: Match, _style: Style) -> str | None:
    """`7:30 p.m.` -> "seven thirty PM"."""
    minute = int(match["minute"])
    said = f" {_minutes(minute)}" if minute else ""
    return f"{cardinal(int(match['hour']))}{said} {_half(match)}"


def say_hour(match: Match, _style: Style) -> str | None:
    """`9am` -> "nine AM"."""
    return f"{cardinal(int(match['hour']))} {_half(match)}"


def say_half_day(match: Match, _style: Style) -> str | None:
    """`p.m.` -> "PM"."""
    return _half(match)


def say_clock(match: Match, _style: Style) -> str | None:
    """`14:05` -> "fourteen oh five"; what is no time of day is read as numbers."""
    hour, minute = int(match["hour"]), int(match["minute"])
    if match["second"]:
        return f"{cardinal(hour)} {_minutes(minute)} {_minutes(int(match['second']))}"
    return _of_day(hour, minute) if hour <= 24 else f"{cardinal(hour)} {_minutes(minute)}"


def say_ratio(match: Match, style: Style) -> str | None:
    """`2:1` -> "two to one"."""
    return f"{style.number(match['a'])} to {style.number(match['b'])}"


def say_decade(match: Match, _style: Style) -> str | None:
    """`1990s` -> "nineteen nineties", `'90s` -> "nineties"; `30s` may be seconds."""
    before = match.string[max(0, match.start() - 6) : match.start()].lower()
    short = len(match["n"]) == 2
    if short and not match[0].startswith("'") and not match["mark"] and not _OF_AGE.search(before):
        return None
    return plural(year(int(match["n"]))) if not short else plural(cardinal(int(match["n"])))


_OF_AGE: Final = re.compile(r"(?:the|his|her|its|my|our|your|their|heir|arly|late|mid|low|high)[ -]$")


def say_short_year(match: Match, _style: Style) -> str | None:
    """`'98` -> "ninety-eight"."""
    number = int(match["n"])
    return _minutes(number)


def say_era(match: Match, _style: Style) -> str | None:
    """`1066 BC` -> "ten sixty-six BC"."""
    return f"{year(int(match['n']))} {match['era'].replace('.', '')}{final_stop(match)}"


def say_era_first(match: Match, _style: Style) -> str | None:
    """`AD 79` -> "AD seventy-nine"."""
    return f"AD {year(int(match['n']))}"
