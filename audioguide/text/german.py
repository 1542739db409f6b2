"""German."""

from __future__ import annotations

import re
from typing import Final

from audioguide.text import continental
from audioguide.text.continental import Match, Names, Tables, in_words
from audioguide.text.readings import Language, Rule

_MONTHS: Final = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
]
_SHORT_MONTHS: Final = {
    "Jan.": "Januar", "Feb.": "Februar", "Mär.": "März", "Apr.": "April", "Jun.": "Juni", "Jul.": "Juli",
    "Aug.": "August", "Sep.": "September", "Sept.": "September", "Okt.": "Oktober", "Nov.": "November",
    "Dez.": "Dezember",
}  # fmt: skip
_WRITTEN_MONTHS: Final = {**{month: month for month in _MONTHS}, **_SHORT_MONTHS}
_MONTH: Final = "|".join(re.escape(month) for month in sorted(_WRITTEN_MONTHS, key=len, reverse=True))

_DATIVE: Final = re.compile(
    r"\b(?:am|vom|zum|beim|im|dem|den|des|seit|ab|bis|einem|jedem|diesem|ihrem|seinem|zur|der [a-zäöü]+en) $",
    re.IGNORECASE,
)
_ARTICLE: Final = re.compile(r"\b(?:der|die|das|dies[er]s?|jede[rs]?) $", re.IGNORECASE)
_YEAR: Final = r"(?:\s(?P<year>\d{4})(?!\d))?"


def _before(match: Match) -> str:
    return match.string[max(0, match.start() - 16) : match.start()]


def _ordinal(day: int, match: Match) -> str:
    """`am 3.` -> "dritten", `der 3.` -> "dritte", else "dritter"."""
    said = in_words(day, "de", "ordinal")
    if _DATIVE.search(_before(match)):
        return f"{said}n"
    return said if _ARTICLE.search(_before(match)) else f"{said}r"


def _year(written: str) -> str:
    return in_words(int(written), "de", "year") if 1100 <= int(written) < 2000 else in_words(int(written), "de")


def _date(match: Match) -> str:
    month = _WRITTEN_MONTHS[match["month"]]
    year = f" {_year(match['year'])}" if match["year"] else ""
    return f"{_ordinal(int(match['day']), match)} {month}{year}"


def _number_date(match: Match) -> str | None:
    day, month = int(match["day"]), int(match["month"])
    if not (1 <= day <= 31 and 1 <= month <= 12):
        return None
    year = f" {_year(match['year'])}" if match["year"] else ""
    return f"{_ordinal(day, match)} {_MONTHS[month - 1]}{year}"


def _clock(match: Match) -> str:
    hour, minute = int(match["hour"]), int(match["minute"])
    said = "ein" if hour == 1 else in_words(hour, "de")
    return f"{said} Uhr {in_words(minute, 'de')}" if minute else f"{said} Uhr"


def _noun_ordinal(match: Match) -> str | None:
    before = _before(match)
    return _ordinal(int(match["n"]), match) if _DATIVE.search(before) or _ARTICLE.search(before) else None


def _list_number(match: Match) -> str:
    return f"{in_words(int(match['n']), 'de').capitalize()}, "


def _plain_year(match: Match) -> str:
    return _year(match[0])


def _decade(match: Match) -> str:
    return f"{_year(match['n'])}er"


def _same(word: str, *, article: str = "ein") -> Names:
    return (f"{article} {word}", word)


def _money(coin: str, cent: Names = ("ein Cent", "Cent")) -> tuple[Names, Names]:
    return (_same(coin), cent)


_POUND: Final = (_same("Pfund"), ("ein Penny", "Pence"))
TABLES: Final = Tables(
    code="de",
    comma="Komma",
    to="bis",
    minus="minus",
    dot="Punkt",
    slash="Schrägstrich",
    at="at",
    coins={
        "€": _money("Euro"), "EUR": _money("Euro"), "Euro": _money("Euro"), "$": _money("Dollar"),
        "US$": _money("US-Dollar"), "USD": _money("US-Dollar"), "£": _POUND, "GBP": _POUND,
        "CHF": (_same("Schweizer Franken"), ("ein Rappen", "Rappen")), "¥": _money("Yen"),
    },
    scales={
        "Mio.": ("eine Million", "Millionen"), "Mio": ("eine Million", "Millionen"), "Mrd.": ("eine Milliarde", "Milliarden"),
        "Mrd": ("eine Milliarde", "Milliarden"), "Millionen": ("eine Million", "Millionen"),
        "Milliarden": ("eine Milliarde", "Milliarden"), "Million": ("eine Million", "Millionen"),
        "Tsd.": ("eintausend", "tausend"),
    },
    units={
        "mm": _same("Millimeter"), "cm": _same("Zentimeter"), "m": _same("Meter"), "km": _same("Kilometer"),
        "km/h": _same("Kilometer pro Stunde"), "m/s": _same("Meter pro Sekunde"), "m²": _same("Quadratmeter"),
        "km²": _same("Quadratkilometer"), "m³": _same("Kubikmeter"), "ha": _same("Hektar"), "g": _same("Gramm"),
        "kg": _same("Kilogramm"), "mg": _same("Milligramm"), "t": ("eine Tonne", "Tonnen"), "l": _same("Liter"),
        "ml": _same("Milliliter"), "°C": _same("Grad Celsius"), "° C": _same("Grad Celsius"), "°": _same("Grad"),
        "%": _same("Prozent"), "kWh": ("eine Kilowattstunde", "Kilowattstunden"), "kW": _same("Kilowatt"),
        "W": _same("Watt"), "GB": _same("Gigabyte"), "MB": _same("Megabyte"), "Std.": ("eine Stunde", "Stunden"),
        "h": ("eine Stunde", "Stunden"), "min": ("eine Minute", "Minuten"), "Min.": ("eine Minute", "Minuten"),
        "s": ("eine Sekunde", "Sekunden"), "Sek.": ("eine Sekunde", "Sekunden"), "kcal": ("eine Kilokalorie", "Kilokalorien"),
    },
    short_forms={
        "z. B.": "zum Beispiel", "z.B.": "zum Beispiel", "d. h.": "das heißt", "d.h.": "das heißt",
        "u. a.": "unter anderem", "u.a.": "unter anderem", "usw.": "und so weiter", "bzw.": "beziehungsweise",
        "ca.": "circa", "vgl.": "vergleiche", "sog.": "sogenannte", "evtl.": "eventuell", "ggf.": "gegebenenfalls",
        "inkl.": "inklusive", "zzgl.": "zuzüglich", "Dr.": "Doktor", "Prof.": "Professor", "Hr.": "Herr", "Fr.": "Frau",
        "St.": "Sankt", "v. Chr.": "vor Christus", "n. Chr.": "nach Christus", "Jh.": "Jahrhundert", "etc.": "et cetera",
        "geb.": "geboren", "gest.": "gestorben", "Std.": "Stunden", "max.": "maximal", "min.": "minimal",
        "u. s. w.": "und so weiter", "o. Ä.": "oder Ähnliches", "i. d. R.": "in der Regel", "km/h": "Kilometer pro Stunde",
    },
    before_number={
        "Nr.": "Nummer", "S.": "Seite", "Bd.": "Band", "Kap.": "Kapitel", "Abb.": "Abbildung", "Tab.": "Tabelle",
        "Art.": "Artikel", "Abs.": "Absatz", "Tel.": "Telefon", "§": "Paragraf",
    },
    signs={"&": "und", "+": "plus", "=": "gleich", "×": "mal", "%": "Prozent", "§": "Paragraf", "½": "einhalb", "/": ""},
    extra=(
        Rule(r"(?<![\s\S])(?P<n>\d{1,2})[.)]\s(?=\S)(?!(?:" + _MONTH + r"))", _list_number),
        Rule(r"(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4})(?!\d)", _number_date),
        Rule(rf"(?P<day>\d{{1,2}})\.\s?(?P<month>{_MONTH}){_YEAR}(?!\w)", _date),
        Rule(r"(?P<hour>[01]?\d|2[0-4])[:.](?P<minute>[0-5]\d)(?:\sUhr)(?!\w)", _clock),
        Rule(r"(?P<hour>[01]?\d|2[0-4]):(?P<minute>[0-5]\d)(?![\w:])", _clock),
        Rule(r"1(?=\sUhr)", lambda _match: "ein"),
        Rule(r"(?P<n>\d{1,2})\.(?=\s[A-ZÄÖÜa-z])", _noun_ordinal),
        Rule(r"(?P<n>(?:1\d|20)\d0|[2-9]0)er(?!\w)", _decade),
        Rule(r"(?:1[1-9]\d\d|20\d\d)(?![\d.,]*\d|\s?(?:€|EUR|%|k?m\b|kg\b|°|Mio|Mrd))", _plain_year),
        Rule(r"½", lambda _match: "ein halb", "other"),
        Rule(r"(?P<n>\d{1,9})½", lambda match: f"{in_words(int(match['n']), 'de')}einhalb"),
    ),
)  # fmt: skip


def language(_region: str) -> Language:
    """The same for every region."""
    return continental.language(TABLES)
