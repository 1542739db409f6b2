"""French."""

from __future__ import annotations

from typing import Final

from audioguide.text import continental
from audioguide.text.continental import Match, Names, Tables, in_words
from audioguide.text.english_words import roman_value
from audioguide.text.readings import Language, Rule

_MONTHS: Final = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
]
_WRITTEN: Final = {
    **{month: month for month in _MONTHS}, "janv.": "janvier", "févr.": "février", "avr.": "avril", "juil.": "juillet",
    "sept.": "septembre", "oct.": "octobre", "nov.": "novembre", "déc.": "décembre",
}  # fmt: skip
_MONTH: Final = "|".join(month.replace(".", r"\.") for month in sorted(_WRITTEN, key=len, reverse=True))
_ROMAN: Final = r"(?P<roman>(?=[IVX])X{0,3}(?:IX|IV|V?I{0,3}))"


def _day(written: str) -> str:
    return "premier" if int(written) == 1 else in_words(int(written), "fr")


def _date(match: Match) -> str:
    year = f" {in_words(int(match['year']), 'fr')}" if match["year"] else ""
    return f"{_day(match['day'])} {_WRITTEN[match['month']]}{year}"


def _number_date(match: Match) -> str | None:
    day, month = int(match["day"]), int(match["month"])
    if not (1 <= day <= 31 and 1 <= month <= 12):
        return None
    return f"{_day(match['day'])} {_MONTHS[month - 1]} {in_words(int(match['year']), 'fr')}"


def _clock(match: Match) -> str:
    hour, minute = int(match["hour"]), int(match["minute"] or 0)
    said = "une heure" if hour == 1 else f"{_feminine(in_words(hour, 'fr'))} heures"
    return f"{said} {_feminine(in_words(minute, 'fr'))}" if minute else said


def _feminine(words: str) -> str:
    return words + "e" if words.endswith("un") else words


def _ordinal(match: Match) -> str:
    number = int(match["n"])
    if number == 1:
        return "premier" if match["end"] == "er" else "première"
    return in_words(number, "fr", "ordinal")


def _roman_ordinal(match: Match) -> str:
    number = roman_value(match["roman"])
    return "premier" if number == 1 else in_words(number, "fr", "ordinal")


def _ruler(match: Match) -> str:
    number = roman_value(match["roman"])
    return f"{match['name']} {'premier' if number == 1 else in_words(number, 'fr')}"


def _list_number(match: Match) -> str:
    return f"{in_words(int(match['n']), 'fr').capitalize()}, "


def _un(word: str) -> Names:
    return (f"un {word}", _many(word))


def _une(word: str) -> Names:
    return (f"une {word}", _many(word))


def _many(word: str) -> str:
    first, space, rest = word.partition(" ")
    return f"{first}s{space}" + (f"{rest}s" if rest in {"carré", "cube", "suisse"} else rest)


_CENT: Final = ("un centime", "centimes")
_EURO: Final = (_un("euro"), _CENT)
_DOLLAR: Final = (_un("dollar"), ("un cent", "cents"))
_POUND: Final = (_une("livre"), ("un penny", "pence"))
TABLES: Final = Tables(
    code="fr",
    comma="virgule",
    to="à",
    minus="moins",
    dot="point",
    slash="barre oblique",
    at="arobase",
    of_coins="de",
    digit_by_digit=False,
    coins={
        "€": _EURO, "EUR": _EURO, "euros": _EURO, "$": _DOLLAR, "US$": _DOLLAR, "USD": _DOLLAR, "£": _POUND,
        "CHF": (_un("franc suisse"), _CENT),
    },
    scales={
        "M": ("un million", "millions"), "Md": ("un milliard", "milliards"), "Mds": ("un milliard", "milliards"),
        "millions": ("un million", "millions"), "milliards": ("un milliard", "milliards"),
    },
    units={
        "mm": _un("millimètre"), "cm": _un("centimètre"), "m": _un("mètre"), "km": _un("kilomètre"),
        "km/h": _un("kilomètre à l'heure"), "m/s": _un("mètre par seconde"), "m²": _un("mètre carré"),
        "km²": _un("kilomètre carré"), "m³": _un("mètre cube"), "ha": ("un hectare", "hectares"), "g": _un("gramme"),
        "kg": _un("kilo"), "mg": _un("milligramme"), "t": _une("tonne"), "l": _un("litre"), "L": _un("litre"),
        "ml": _un("millilitre"), "cl": _un("centilitre"), "°C": _un("degré Celsius"), "°": _un("degré"),
        "%": ("un pour cent", "pour cent"), "kWh": _un("kilowattheure"), "kW": _un("kilowatt"), "W": _un("watt"),
        "Go": _un("gigaoctet"), "Mo": _un("mégaoctet"), "min": _une("minute"), "s": _une("seconde"),
    },
    short_forms={
        "M.": "Monsieur", "MM.": "Messieurs", "Mme": "Madame", "Mmes": "Mesdames", "Mlle": "Mademoiselle",
        "Mme.": "Madame", "Mlle.": "Mademoiselle", "Dr": "Docteur", "Dr.": "Docteur", "Pr": "Professeur",
        "etc.": "et cetera", "p. ex.": "par exemple", "c.-à-d.": "c'est-à-dire", "env.": "environ", "av.": "avenue",
        "av. J.-C.": "avant Jésus-Christ", "apr. J.-C.": "après Jésus-Christ", "bd": "boulevard", "bd.": "boulevard",
        "St": "Saint", "Ste": "Sainte", "cf.": "voir", "km/h": "kilomètres à l'heure", "max.": "maximum",
    },
    before_number={
        "n°": "numéro", "N°": "numéro", "nº": "numéro", "p.": "page", "pp.": "pages", "vol.": "volume",
        "chap.": "chapitre", "fig.": "figure", "art.": "article", "tél.": "téléphone", "Tél.": "téléphone",
    },
    signs={"&": "et", "+": "plus", "=": "égale", "×": "fois", "%": "pour cent", "½": "et demi", "/": ""},
    extra=(
        Rule(r"(?<![\s\S])(?P<n>\d{1,2})[.)]\s(?=\S)", _list_number),
        Rule(r"(?P<day>\d{1,2})/(?P<month>\d{1,2})/(?P<year>\d{4})(?!\d)", _number_date),
        Rule(rf"(?P<day>\d{{1,2}})(?:er)?\s(?P<month>{_MONTH})(?:\s(?P<year>\d{{4}})(?!\d))?(?!\w)", _date),
        Rule(r"(?P<hour>[01]?\d|2[0-4])\s?(?:h|:)\s?(?P<minute>[0-5]\d)(?!\w)", _clock),
        Rule(r"(?P<hour>[01]?\d|2[0-4])\sh(?P<minute>)(?!\w)", _clock),
        Rule(r"(?P<hour>[01]?\d|2[0-4])h(?P<minute>)(?!\w)", _clock),
        Rule(r"(?P<n>\d{1,4})(?P<end>er|re|ère|ème|e|nd|nde)(?!\w)", _ordinal),
        Rule(rf"{_ROMAN}(?:e|er|ème)(?!\w)", _roman_ordinal),
        Rule(rf"(?P<name>Louis|Henri|Charles|François|Napoléon|Philippe|Jean-Paul|Benoît|Pie|Élisabeth)\s{_ROMAN}(?!\w)", _ruler),
        Rule(r"½", lambda _match: "un demi", "other"),
    ),
)  # fmt: skip


def language(_region: str) -> Language:
    """The same for every region."""
    return continental.language(TABLES)
