"""English: the readings in the order in which they are tried."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, Literal

from audioguide.text import english_dates as dates
from audioguide.text import english_quantities as quantities
from audioguide.text import english_words as words
from audioguide.text.english_quantities import Style
from audioguide.text.readings import Language, Rule

Say = Callable[[re.Match[str], Style], str | None]

Starts = Literal["letter", "other", "either", "sign"]

_BRITISH: Final = frozenset({"gb", "uk", "ie", "au", "nz", "in", "za", "sg", "hk"})
_LOWER_WORDS: Final = r"(?:chapter|part|volume|act|scene|book|section|article|appendix|phase|type|stage|level|class|grade) [IVXLC]|vs\s|psi"
_CAPITALS: Final = r"[A-Z]{2}|(?<=[a-z] )[VX](?!\w)|[A-Z][a-z]+ I(?!\w)"
_LAST_WORDS: Final = frozenset(
    [
        "etc.",
        "al.",
        "Jr.",
        "Sr.",
        "Inc.",
        "Ltd.",
        "Co.",
        "Corp.",
        "Bros.",
        "St.",
        "Ave.",
        "Rd.",
        "Blvd.",
        "Dr.",
        "Ln.",
        "Sq.",
        "Ct.",
        "Pl.",
        "hrs.",
        "Nov.",
        "Dec.",
        "Oct.",
        "Sept.",
        "Feb.",
        "Aug.",
    ]
)

_READINGS: Final[tuple[tuple[Starts, str, Say], ...]] = (
    ("letter", words.URL, words.say_url),
    ("either", words.EMAIL, words.say_email),
    ("either", words.DOMAIN, words.say_url),
    ("other", words.LIST_NUMBER, words.say_list_number),
    ("other", dates.ISO_DATE, dates.say_iso_date),
    ("other", dates.NUMBER_DATE, dates.say_number_date),
    ("other", quantities.PHONE, quantities.say_phone),
    ("letter", dates.MONTH_FIRST, dates.say_month_first),
    ("letter", dates.MONTH_YEAR, dates.say_month_year),
    ("letter", dates.MONTH_ALONE, dates.say_month),
    ("other", dates.DAY_FIRST, dates.say_day_first),
    ("letter", dates.WEEKDAY, dates.say_weekday),
    ("other", dates.TIME, dates.say_time),
    ("other", dates.CLOCK, dates.say_clock),
    ("other", dates.HOUR, dates.say_hour),
    ("letter", dates.HALF_DAY, dates.say_half_day),
    ("other", dates.RATIO, dates.say_ratio),
    ("other", dates.DECADE, dates.say_decade),
    ("other", dates.SHORT_YEAR, dates.say_short_year),
    ("other", dates.ERA, dates.say_era),
    ("letter", dates.ERA_FIRST, dates.say_era_first),
    ("letter", words.ACRONYM, words.say_acronym),
    ("letter", words.AMPERSAND_NAME, words.keep),
    ("either", quantities.MONEY_BEFORE, quantities.say_money),
    ("other", quantities.MONEY_AFTER, quantities.say_money),
    ("other", quantities.CENTS, quantities.say_cents),
    ("other", quantities.FEET, quantities.say_feet),
    ("either", quantities.VERSION, quantities.say_version),
    ("other", quantities.ORDINAL, quantities.say_ordinal),
    ("other", quantities.FRACTION, quantities.say_fraction),
    ("other", quantities.SIZE, quantities.say_size),
    ("other", quantities.TIMES, quantities.say_times),
    ("other", quantities.UNIT, quantities.say_measure),
    ("letter", quantities.BARE_UNIT, quantities.say_bare_unit),
    ("letter", words.BEFORE_NUMBER, words.say_before_number),
    ("letter", words.TITLE, words.say_title),
    ("letter", words.STREET, words.say_street),
    ("letter", words.SHORT_FORM, words.say_short_form),
    ("letter", words.DOTTED, words.say_dotted),
    ("letter", words.ROMAN_PART, words.say_roman_part),
    ("letter", words.ROMAN_NAME, words.say_roman_name),
    ("either", quantities.CODE, quantities.say_code),
    ("other", quantities.PLAIN_NUMBER, quantities.say_number),
    ("other", words.HANDLE, words.say_handle),
    ("other", words.HASHTAG, words.say_hashtag),
)
"""What a reading begins with, where it applies, what is said."""


def language(region: str) -> Language:
    """The tables for a region, in small letters: `us`, `gb`, or "" for American habits."""
    style = Style(british=region in _BRITISH)
    spoken = [Rule(pattern, _styled(say, style), starts) for starts, pattern, say in _READINGS]
    signs = [Rule(pattern, _always(said), "sign") for pattern, said in words.SIGNS]
    return Language([*spoken, *signs], lower_words=_LOWER_WORDS, capitals=_CAPITALS, last_words=_LAST_WORDS)


def _styled(say: Say, style: Style) -> Callable[[re.Match[str]], str | None]:
    return lambda match: say(match, style)


def _always(said: str) -> Callable[[re.Match[str]], str | None]:
    return lambda _match: said
